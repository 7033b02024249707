#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace metaspatial::vlm {

/// GPT-2's byte alphabet: every byte as one visible character, so that a vocabulary of bytes can stand in
/// JSON.
///
/// Bytes 33-126, 161-172 and 174-255 are the characters of the same number; the others are, in order, 256 up.
[[nodiscard]] inline const std::array<char32_t, 256>& byte_alphabet() {
  static const std::array<char32_t, 256> table = [] {
    std::array<char32_t, 256> made{};
    char32_t next = 256;
    for (char32_t byte = 0; byte < 256; ++byte) {
      const bool visible = (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
      made[byte] = visible ? byte : next++;
    }
    return made;
  }();
  return table;
}

/// Bytes written in the byte alphabet, as UTF-8.
[[nodiscard]] inline std::string to_byte_alphabet(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) {
    const char32_t point = byte_alphabet()[static_cast<unsigned char>(c)];
    if (point < 0x80) {
      out.push_back(static_cast<char>(point));
    } else {  // the alphabet ends at U+0143
      out.push_back(static_cast<char>(0xC0 | (point >> 6)));
      out.push_back(static_cast<char>(0x80 | (point & 0x3F)));
    }
  }
  return out;
}

/// The bytes of text in the byte alphabet; nothing if a character is not of it.
[[nodiscard]] inline std::optional<std::string> from_byte_alphabet(std::string_view text) {
  static const std::array<int, 0x144> inverse = [] {
    std::array<int, 0x144> made{};
    made.fill(-1);
    for (int byte = 0; byte < 256; ++byte) made[byte_alphabet()[static_cast<std::size_t>(byte)]] = byte;
    return made;
  }();
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto lead = static_cast<unsigned char>(text[i]);
    std::size_t point = lead;
    if (lead >= 0x80) {
      if ((lead & 0xE0) != 0xC0 || i + 1 >= text.size()) return std::nullopt;
      const auto trail = static_cast<unsigned char>(text[++i]);
      point = static_cast<std::size_t>(lead & 0x1F) << 6 | (trail & 0x3F);
    }
    if (point >= inverse.size() || inverse[point] < 0) return std::nullopt;
    out.push_back(static_cast<char>(inverse[point]));
  }
  return out;
}

}  // namespace metaspatial::vlm
