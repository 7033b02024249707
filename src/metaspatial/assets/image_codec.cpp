#include "metaspatial/assets/image_codec.hpp"

#include <array>
#include <cstddef>
#include <cstdlib>

// Deflate is stb's, compiled into this file alone; its own warnings are not ours.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#pragma GCC diagnostic ignored "-Wunused-function"
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"
#define STB_IMAGE_WRITE_STATIC
#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STBI_WRITE_NO_STDIO
#include <stb/stb_image_write.h>
#pragma GCC diagnostic pop

namespace metaspatial::assets {

std::string png_of(int width_px, int height_px, int channels, std::span<const std::uint8_t> pixels) {
  // One filter for all rows, the difference to the left: trying all five takes longer than all the rest.
  const auto stride = static_cast<std::size_t>(width_px) * static_cast<std::size_t>(channels);
  std::string rows;
  rows.reserve((stride + 1) * static_cast<std::size_t>(height_px));
  for (std::size_t row = 0; row < static_cast<std::size_t>(height_px); ++row) {
    rows += '\1';
    const std::span<const std::uint8_t> line = pixels.subspan(row * stride, stride);
    for (std::size_t i = 0; i < stride; ++i) {
      const unsigned left =
          i < static_cast<std::size_t>(channels) ? 0U : line[i - static_cast<std::size_t>(channels)];
      rows += static_cast<char>(line[i] - left);
    }
  }
  const auto big_endian = [](std::size_t value) {
    std::string bytes;
    for (const int shift : {24, 16, 8, 0}) bytes += static_cast<char>(value >> shift & 0xff);
    return bytes;
  };
  std::string file = "\x89PNG\r\n\x1a\n";
  const auto chunk = [&](std::string_view kind, const std::string& data) {
    const std::string body = std::string(kind) + data;
    file += big_endian(data.size()) + body + big_endian(crc32_of(body));
  };
  const char color_type = channels == 1 ? '\0' : channels == 3 ? '\2' : '\6';
  std::string header =
      big_endian(static_cast<std::size_t>(width_px)) + big_endian(static_cast<std::size_t>(height_px));
  header += '\10';  // eight bits
  header += color_type;
  header.append(3, '\0');
  chunk("IHDR", header);
  chunk("IDAT", zlib_of(rows));
  chunk("IEND", "");
  return file;
}

std::string zlib_of(std::string_view bytes) {
  // stb counts in int: what is larger goes in as stored blocks, which any reader of zlib takes.
  constexpr std::size_t kMost = std::size_t{1} << 30;
  if (bytes.size() <= kMost) {
    std::string input(bytes);
    int size = 0;
    unsigned char* data = stbi_zlib_compress(reinterpret_cast<unsigned char*>(input.data()),
                                             static_cast<int>(input.size()), &size, 5);
    if (data != nullptr) {
      std::string result(reinterpret_cast<const char*>(data), static_cast<std::size_t>(size));
      std::free(data);
      return result;
    }
  }
  std::string result("\x78\x01", 2);
  std::uint32_t a = 1;
  std::uint32_t b = 0;
  for (std::size_t at = 0; at == 0 || at < bytes.size(); at += 0xffff) {
    const std::string_view block = bytes.substr(at, 0xffff);
    const auto size = static_cast<std::uint16_t>(block.size());
    const auto rest = static_cast<std::uint16_t>(~size);
    result += at + 0xffff >= bytes.size() ? '\1' : '\0';
    for (const std::uint16_t word : {size, rest}) {
      result += static_cast<char>(word & 0xff);
      result += static_cast<char>(word >> 8);
    }
    result += block;
    for (const char c : block) {
      a = (a + static_cast<unsigned char>(c)) % 65521;
      b = (b + a) % 65521;
    }
  }
  const std::uint32_t sum = b << 16 | a;
  for (const int shift : {24, 16, 8, 0}) result += static_cast<char>(sum >> shift & 0xff);
  return result;
}

std::string base64_of(std::string_view bytes) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const auto byte = [&](std::size_t k) -> std::uint32_t {
      return i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0U;
    };
    const std::uint32_t bits = byte(0) << 16 | byte(1) << 8 | byte(2);
    text += kDigits[bits >> 18];
    text += kDigits[bits >> 12 & 63];
    text += i + 1 < bytes.size() ? kDigits[bits >> 6 & 63] : '=';
    text += i + 2 < bytes.size() ? kDigits[bits & 63] : '=';
  }
  return text;
}

std::uint32_t crc32_of(std::string_view bytes) {
  static const std::array<std::uint32_t, 256> table = [] {
    std::array<std::uint32_t, 256> t{};
    for (std::uint32_t i = 0; i < 256; ++i) {
      std::uint32_t c = i;
      for (int bit = 0; bit < 8; ++bit) c = c & 1 ? 0xedb88320U ^ (c >> 1) : c >> 1;
      t[i] = c;
    }
    return t;
  }();
  std::uint32_t crc = 0xffffffffU;
  for (const char c : bytes) crc = table[(crc ^ static_cast<unsigned char>(c)) & 0xff] ^ (crc >> 8);
  return ~crc;
}

}  // namespace metaspatial::assets
