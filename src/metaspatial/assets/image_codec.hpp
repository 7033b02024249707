#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

/// Bytes as files hold them. Internal to `assets`.
namespace metaspatial::assets {

/// A PNG file.
///
/// Shape    pixels.size() == width_px * height_px * channels; channels 1 grey, 3 RGB, 4 RGBA.
[[nodiscard]] std::string png_of(int width_px, int height_px, int channels,
                                 std::span<const std::uint8_t> pixels);
/// A zlib stream (RFC 1950).
[[nodiscard]] std::string zlib_of(std::string_view bytes);
/// Base64 (RFC 4648) without line breaks.
[[nodiscard]] std::string base64_of(std::string_view bytes);
/// The checksum of ZIP files.
[[nodiscard]] std::uint32_t crc32_of(std::string_view bytes);

}  // namespace metaspatial::assets
