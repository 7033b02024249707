#pragma once

#include <Eigen/Core>
#include <cstddef>
#include <vector>

#include "metaspatial/render/render.hpp"

/// What lies behind a picture, for segmentation, for other programs and for tests. One ray through every
/// pixel's centre, to the first surface, glass and veils included, as render_object_ids does: all agree.
///
/// Shape    width_px * height_px entries of the options, rows from the top.
/// Threads  const on the room; work on the caller's thread.
/// Cost     about a quarter of the preview's.
namespace metaspatial::render {

/// How far from the camera each pixel's surface is, along the view axis; infinity where there is nothing.
///
/// Units    metres.
[[nodiscard]] std::vector<float> render_depth(const RoomScene& room, const RenderOptions& options);

/// The smooth normal of each pixel's surface, turned towards the camera; zero where there is nothing.
///
/// Frame    room frame, unit length.
[[nodiscard]] std::vector<Eigen::Vector3f> render_normals(const RoomScene& room,
                                                          const RenderOptions& options);

/// How many pixels each object would cover if it stood alone in this view: with those that it does cover, the
/// share of it that is seen. Parts outside of the picture count in neither.
///
/// Shape    one per object; 0 for what is not in the layout.
/// Cost     one picture of ids per object.
[[nodiscard]] std::vector<std::size_t> unhidden_pixels(const RoomScene& room, const RenderOptions& options);

/// The camera of a picture, for those who turn its distances back into places.
///
/// Units    metres and pixels. Frame  room frame; pixel (0, 0) is the top left corner of the picture.
///          A place on the ray through (x, y) at distance d along `forward` is
///          origin + d * forward + (x - cx) * s * right - (y - cy) * s * up,
///          where s = d / focal_px, or m_per_px for a parallel camera.
struct CameraModel {
  bool parallel = false;
  scene::Vec3 origin_m = scene::Vec3::Zero();
  scene::Vec3 right = scene::Vec3::UnitX();
  scene::Vec3 up = scene::Vec3::UnitZ();
  scene::Vec3 forward = scene::Vec3::UnitY();
  double focal_px = 0;  ///< 0 for a parallel camera
  double m_per_px = 0;  ///< 0 for a pinhole camera
  double cx_px = 0;
  double cy_px = 0;
};
[[nodiscard]] CameraModel camera_model(const RoomScene& room, const RenderOptions& options);

}  // namespace metaspatial::render
