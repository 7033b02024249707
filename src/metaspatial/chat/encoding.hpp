#pragma once

#include <string>
#include <string_view>

/// Bytes as text.
namespace metaspatial::chat {

/// Base64 with padding (RFC 4648, section 4).
[[nodiscard]] std::string base64(std::string_view bytes);

/// The SHA-256 of bytes as 64 lower-case hexadecimal digits.
///
/// Cost     about 4 ns per byte.
/// Source   FIPS 180-4, section 6.2.
[[nodiscard]] std::string sha256_hex(std::string_view bytes);

}  // namespace metaspatial::chat
