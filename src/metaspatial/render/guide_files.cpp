#include "metaspatial/render/guide_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "metaspatial/base/files.hpp"
#include "metaspatial/base/image.hpp"
#include "metaspatial/render/png.hpp"

namespace metaspatial::render {
namespace {

static_assert(std::endian::native == std::endian::little, "NPY files are written as they lie in memory");

/// NPY format, version 1.0: magic, version, length of the header, the header padded to 64 bytes, the values.
std::string npy_bytes(std::string_view type, std::string_view shape, const void* values, std::size_t size) {
  std::string header = fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}), }}", type, shape);
  constexpr std::size_t kPrefix = 10;
  header.append(63 - (kPrefix + header.size()) % 64, ' ');
  header += '\n';
  std::string bytes = "\x93NUMPY";
  bytes += '\x01';
  bytes += '\0';
  bytes += static_cast<char>(header.size() & 0xFFU);
  bytes += static_cast<char>(header.size() >> 8);
  bytes += header;
  const std::size_t at = bytes.size();
  bytes.resize(at + size);
  std::memcpy(bytes.data() + at, values, size);
  return bytes;
}

bool is_npy(const std::filesystem::path& path) {
  return path.extension() == ".npy";
}

/// Background, room, objects: 0, 1, 2 and on.
std::int32_t file_id(int id) {
  return id >= 0 ? id + 2 : id == -2 ? 1 : 0;
}

}  // namespace

Result<void> check_guide_path(const std::filesystem::path& path) {
  if (path.extension() == ".png" || is_npy(path)) return {};
  return fail(ErrorCode::Usage, fmt::format("'{}' ends in neither .png nor .npy", path.string()), "render");
}

Result<void> write_depth(const std::filesystem::path& path, std::span<const float> depth_m, int width_px,
                         int height_px) {
  METASPATIAL_TRY_VOID(check_guide_path(path));
  if (is_npy(path))
    return write_file_atomic(path, npy_bytes("<f4", fmt::format("{}, {}", height_px, width_px),
                                             depth_m.data(), depth_m.size_bytes()));
  std::vector<std::uint16_t> values;
  values.reserve(depth_m.size());
  for (const float d : depth_m)
    values.push_back(std::isfinite(d) ? static_cast<std::uint16_t>(std::clamp(
                                            std::round(1000 * static_cast<double>(d)), 1.0, 65535.0))
                                      : std::uint16_t{0});
  return write_file_atomic(path, gray16_png_bytes(values, width_px, height_px));
}

Result<void> write_normals(const std::filesystem::path& path, std::span<const Eigen::Vector3f> normals,
                           int width_px, int height_px) {
  METASPATIAL_TRY_VOID(check_guide_path(path));
  if (is_npy(path))
    return write_file_atomic(path, npy_bytes("<f4", fmt::format("{}, {}, 3", height_px, width_px),
                                             normals.data(), normals.size_bytes()));
  Image image(width_px, height_px);
  for (std::size_t i = 0; i < normals.size(); ++i) {
    if (normals[i].isZero()) continue;
    for (int c = 0; c < 3; ++c)
      image.pixels[3 * i + static_cast<std::size_t>(c)] = static_cast<std::uint8_t>(
          std::clamp(std::lround(127.5 * (static_cast<double>(normals[i][c]) + 1)), 0L, 255L));
  }
  return write_png(path, image);
}

Result<void> write_object_ids(const std::filesystem::path& path, std::span<const int> ids, int width_px,
                              int height_px) {
  METASPATIAL_TRY_VOID(check_guide_path(path));
  if (is_npy(path)) {
    std::vector<std::int32_t> values;
    for (const int id : ids) values.push_back(file_id(id));
    return write_file_atomic(path, npy_bytes("<i4", fmt::format("{}, {}", height_px, width_px), values.data(),
                                             values.size() * sizeof(std::int32_t)));
  }
  std::vector<std::uint16_t> values;
  values.reserve(ids.size());
  for (const int id : ids) values.push_back(static_cast<std::uint16_t>(std::min(file_id(id), 65535)));
  return write_file_atomic(path, gray16_png_bytes(values, width_px, height_px));
}

}  // namespace metaspatial::render
