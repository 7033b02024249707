#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "metaspatial/base/error.hpp"
#include "metaspatial/base/image.hpp"

namespace metaspatial::render {

/// The picture as PNG bytes: same picture, same bytes.
[[nodiscard]] std::string png_bytes(const Image& image);

/// 16-bit grey values as PNG bytes: what OpenCV, numpy, Pillow and Blender read without loss.
///
/// Shape    width_px * height_px values, rows from the top; both sides at least 1.
[[nodiscard]] std::string gray16_png_bytes(std::span<const std::uint16_t> values, int width_px,
                                           int height_px);

/// Writes a PNG file atomically.
///
/// Errors   Io.
[[nodiscard]] Result<void> write_png(const std::filesystem::path& path, const Image& image);

/// Reads a PNG from hostile bytes; other channel counts are converted to RGB.
///
/// Errors   InvalidInput if it is not a PNG or larger than `max_side_px` on a side.
[[nodiscard]] Result<Image> read_png(std::string_view bytes, int max_side_px = 4096);

}  // namespace metaspatial::render
