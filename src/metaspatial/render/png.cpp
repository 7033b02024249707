#include "metaspatial/render/png.hpp"

#include <cstdlib>
#include <memory>

#include "metaspatial/base/files.hpp"

// The PNG coder is stb's, compiled into this file alone; its own warnings are not ours.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#pragma GCC diagnostic ignored "-Wunused-function"
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"
#define STB_IMAGE_STATIC
#define STB_IMAGE_IMPLEMENTATION
#define STBI_ONLY_PNG
#define STBI_NO_STDIO
#include <stb/stb_image.h>
#define STB_IMAGE_WRITE_STATIC
#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STBI_WRITE_NO_STDIO
#include <stb/stb_image_write.h>
#pragma GCC diagnostic pop

namespace metaspatial::render {

std::string png_bytes(const Image& image) {
  std::string bytes;
  if (image.width_px <= 0 || image.height_px <= 0) return bytes;
  const auto append = [](void* context, void* data, int size) {
    static_cast<std::string*>(context)->append(static_cast<const char*>(data),
                                               static_cast<std::size_t>(size));
  };
  stbi_write_png_to_func(append, &bytes, image.width_px, image.height_px, 3, image.pixels.data(),
                         image.width_px * 3);
  return bytes;
}

namespace {

void append_u32(std::string& bytes, std::uint32_t value) {
  for (const int shift : {24, 16, 8, 0}) bytes.push_back(static_cast<char>(value >> shift & 0xFFU));
}

/// A chunk with its length and its check sum: CRC-32 of type and data (PNG specification, annex D).
void append_chunk(std::string& bytes, std::string_view type, std::string_view data) {
  append_u32(bytes, static_cast<std::uint32_t>(data.size()));
  const std::size_t start = bytes.size();
  bytes += type;
  bytes += data;
  std::uint32_t crc = 0xFFFFFFFFU;
  for (std::size_t i = start; i < bytes.size(); ++i) {
    crc ^= static_cast<unsigned char>(bytes[i]);
    for (int k = 0; k < 8; ++k) crc = (crc >> 1) ^ ((crc & 1U) != 0 ? 0xEDB88320U : 0U);
  }
  append_u32(bytes, ~crc);
}

}  // namespace

std::string gray16_png_bytes(std::span<const std::uint16_t> values, int width_px, int height_px) {
  METASPATIAL_CHECK(
      width_px > 0 && height_px > 0 &&
          values.size() == static_cast<std::size_t>(width_px) * static_cast<std::size_t>(height_px),
      "one value per pixel");
  std::string rows;
  rows.reserve(values.size() * 2 + static_cast<std::size_t>(height_px));
  for (std::size_t i = 0; i < values.size(); ++i) {
    // Each row says first how it is filtered: as the difference to the pixel on its left.
    const bool first = i % static_cast<std::size_t>(width_px) == 0;
    if (first) rows.push_back(1);
    const unsigned left = first ? 0U : values[i - 1];
    const unsigned value = values[i];
    rows.push_back(static_cast<char>(((value >> 8) - (left >> 8)) & 0xFFU));
    rows.push_back(static_cast<char>((value - left) & 0xFFU));
  }
  int size = 0;
  const std::unique_ptr<unsigned char, void (*)(void*)> packed(
      stbi_zlib_compress(reinterpret_cast<unsigned char*>(rows.data()), static_cast<int>(rows.size()), &size,
                         8),
      [](void* p) { std::free(p); });
  METASPATIAL_CHECK(packed != nullptr, "memory for a PNG");
  std::string header;
  append_u32(header, static_cast<std::uint32_t>(width_px));
  append_u32(header, static_cast<std::uint32_t>(height_px));
  header += std::string("\x10\x00\x00\x00\x00", 5);  // 16 bits, grey, deflate, filtered rows, not interlaced
  std::string bytes = "\x89PNG\r\n\x1a\n";
  append_chunk(bytes, "IHDR", header);
  append_chunk(bytes, "IDAT", {reinterpret_cast<const char*>(packed.get()), static_cast<std::size_t>(size)});
  append_chunk(bytes, "IEND", {});
  return bytes;
}

Result<void> write_png(const std::filesystem::path& path, const Image& image) {
  const std::string bytes = png_bytes(image);
  if (bytes.empty())
    return fail(ErrorCode::InvalidInput, "an empty picture cannot be written", path.string());
  return write_file_atomic(path, bytes);
}

Result<Image> read_png(std::string_view bytes, int max_side_px) {
  constexpr std::size_t kMaxBytes = std::size_t{128} << 20;
  if (bytes.size() > kMaxBytes) return invalid("a PNG of more than 128 MB; expected a picture");
  const auto* data = reinterpret_cast<const stbi_uc*>(bytes.data());
  const int size = static_cast<int>(bytes.size());
  int width = 0;
  int height = 0;
  int channels = 0;
  // Size first, so that a small file cannot ask for a huge picture.
  if (stbi_info_from_memory(data, size, &width, &height, &channels) == 0) return invalid("not a PNG picture");
  if (width < 1 || height < 1 || width > max_side_px || height > max_side_px) {
    return invalid("a picture of " + std::to_string(width) + " x " + std::to_string(height) +
                   " pixels; expected at most " + std::to_string(max_side_px) + " a side");
  }
  const std::unique_ptr<stbi_uc, void (*)(void*)> pixels(
      stbi_load_from_memory(data, size, &width, &height, &channels, 3), [](void* p) { std::free(p); });
  if (!pixels) return invalid(std::string("a damaged PNG picture: ") + stbi_failure_reason());
  Image image(width, height);
  std::copy_n(pixels.get(), image.pixels.size(), image.pixels.begin());
  return image;
}

}  // namespace metaspatial::render
