#pragma once

#include <Eigen/Core>
#include <filesystem>
#include <span>

#include "metaspatial/base/error.hpp"

/// Files of what guides.hpp makes, chosen by the path's ending: ".png" for every program that reads pictures,
/// ".npy" for numpy and without rounding. All are written atomically.
///
/// Shape    width_px * height_px entries, rows from the top.
/// Errors   Usage for another ending; Io.
namespace metaspatial::render {

/// PNG: 16-bit grey, millimetres, 0 where there is nothing, 65535 for 65.535 m and beyond. NPY: float32
/// metres, infinity where there is nothing.
[[nodiscard]] Result<void> write_depth(const std::filesystem::path& path, std::span<const float> depth_m,
                                       int width_px, int height_px);
/// PNG: 8-bit RGB, 127.5 * (n + 1), black where there is nothing. NPY: float32, height x width x 3.
[[nodiscard]] Result<void> write_normals(const std::filesystem::path& path,
                                         std::span<const Eigen::Vector3f> normals, int width_px,
                                         int height_px);
/// PNG: 16-bit grey: 0 the background, 1 the room itself, 2 the first object. NPY: the same as int32.
[[nodiscard]] Result<void> write_object_ids(const std::filesystem::path& path, std::span<const int> ids,
                                            int width_px, int height_px);
/// Whether a path has an ending that the three understand.
///
/// Errors   Usage.
[[nodiscard]] Result<void> check_guide_path(const std::filesystem::path& path);

}  // namespace metaspatial::render
