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
