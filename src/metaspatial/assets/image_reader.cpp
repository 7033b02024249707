#include "metaspatial/assets/image_reader.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <utility>
#include <vector>

namespace {

// The decoder's buffers grow with what the file says, also where the header says otherwise: no buffer may be
// larger than the largest picture needs.
constexpr std::size_t kMaxAllocation = std::size_t{1} << 30;

void* bounded_malloc(std::size_t size) {
  return size <= kMaxAllocation ? std::malloc(size) : nullptr;
}
void* bounded_realloc(void* old, std::size_t size) {
  return size <= kMaxAllocation ? std::realloc(old, size) : nullptr;
}

}  // namespace

// stb's decoder, compiled into this file alone; its own warnings are not ours.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#pragma GCC diagnostic ignored "-Wunused-function"
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"
#define STB_IMAGE_STATIC
#define STB_IMAGE_IMPLEMENTATION
#define STBI_ONLY_PNG
#define STBI_ONLY_JPEG
#define STBI_NO_STDIO
#define STBI_MAX_DIMENSIONS 16384
#define STBI_MALLOC(size) bounded_malloc(size)
#define STBI_REALLOC(old, size) bounded_realloc(old, size)
#define STBI_FREE(old) std::free(old)
#include <stb/stb_image.h>
#pragma GCC diagnostic pop

namespace metaspatial::assets {
namespace {

bool starts(std::string_view bytes, std::string_view magic) {
  return bytes.substr(0, magic.size()) == magic;
}

/// The mean of 2 x 2 pixels; an odd last row or column is left out.
void halve(Texture& texture) {
  const auto width = static_cast<std::size_t>(texture.width_px);
  const std::size_t new_width = std::max<std::size_t>(1, width / 2);
  const std::size_t new_height = std::max<std::size_t>(1, static_cast<std::size_t>(texture.height_px) / 2);
  const std::size_t step_x = width > 1 ? 1 : 0;
  const std::size_t step_y = texture.height_px > 1 ? width : 0;
  std::vector<std::uint8_t> rgba(new_width * new_height * 4);
  for (std::size_t y = 0; y < new_height; ++y)
    for (std::size_t x = 0; x < new_width; ++x)
      for (std::size_t c = 0; c < 4; ++c) {
        const std::size_t at = 2 * y * (step_y == 0 ? 0 : width) + 2 * x * step_x;
        const auto value = [&](std::size_t pixel) {
          return static_cast<unsigned>(texture.rgba[4 * pixel + c]);
        };
        const unsigned sum =
            value(at) + value(at + step_x) + value(at + step_y) + value(at + step_x + step_y);
        rgba[4 * (y * new_width + x) + c] = static_cast<std::uint8_t>((sum + 2) / 4);
      }
  texture.rgba = std::move(rgba);
  texture.width_px = static_cast<int>(new_width);
  texture.height_px = static_cast<int>(new_height);
}

}  // namespace

Result<ImageHeader> read_image_header(std::string_view bytes) {
  using namespace std::string_view_literals;
  if (starts(bytes, "\xabKTX 20\xbb"sv)) return invalid("is a KTX2 picture; expected PNG or JPEG");
  if (starts(bytes, "RIFF"sv) && bytes.size() > 12 && bytes.substr(8, 4) == "WEBP")
    return invalid("is a WebP picture; expected PNG or JPEG");
  if (!starts(bytes, "\x89PNG"sv) && !starts(bytes, "\xff\xd8"sv))
    return invalid("is no picture that can be read; expected PNG or JPEG");
  if (bytes.size() > kMaxAllocation) return invalid("has more than 1 GiB");
  ImageHeader header;
  int channels = 0;
  if (stbi_info_from_memory(reinterpret_cast<const stbi_uc*>(bytes.data()), static_cast<int>(bytes.size()),
                            &header.width_px, &header.height_px, &channels) == 0 ||
      header.width_px <= 0 || header.height_px <= 0)
    return invalid("is a broken picture, or one of more than 16384 pixels a side");
  return header;
}

Result<Texture> read_texture(std::string_view bytes, std::size_t max_pixels, int max_side_px) {
  METASPATIAL_TRY(const ImageHeader header, read_image_header(bytes));
  const std::size_t pixels =
      static_cast<std::size_t>(header.width_px) * static_cast<std::size_t>(header.height_px);
  if (pixels > max_pixels)
    return invalid("has " + std::to_string(header.width_px) + " x " + std::to_string(header.height_px) +
                   " pixels; at most " + std::to_string(max_pixels) + " are read");
  int width = 0;
  int height = 0;
  int channels = 0;
  const std::unique_ptr<stbi_uc, decltype(&std::free)> decoded(
      stbi_load_from_memory(reinterpret_cast<const stbi_uc*>(bytes.data()), static_cast<int>(bytes.size()),
                            &width, &height, &channels, 4),
      &std::free);
  if (!decoded || width != header.width_px || height != header.height_px)
    return invalid("is a broken picture: its data cannot be decoded");
  Texture texture;
  texture.width_px = width;
  texture.height_px = height;
  texture.rgba.assign(decoded.get(), decoded.get() + 4 * pixels);
  if (max_side_px <= 0 || std::max(width, height) <= max_side_px) {
    texture.encoded = std::string(bytes);
    return texture;
  }
  while (std::max(texture.width_px, texture.height_px) > max_side_px) halve(texture);
  return texture;
}

}  // namespace metaspatial::assets
