#pragma once

#include <Eigen/Core>

#include "metaspatial/render/render.hpp"

namespace metaspatial::render {

using Vec3f = Eigen::Vector3f;

/// The corner above which the corner view's camera hangs; the two walls that meet there are cut away.
struct CameraCorner {
  bool west = true;
  bool south = true;
};

/// A pinhole or parallel camera. Internal to `render`.
///
/// Frame    room frame; pixel (0, 0) is the top left corner of the picture, (width, height) its bottom right.
struct Camera {
  bool parallel = false;
  Vec3f origin = Vec3f::Zero();
  Vec3f right = Vec3f::UnitX();
  Vec3f up = Vec3f::UnitY();
  Vec3f forward = -Vec3f::UnitZ();
  float half_width = 1;  ///< tangent of half the field of view, or metres if parallel
  float half_height = 1;
  float width_px = 1;
  float height_px = 1;
  CameraCorner corner;  ///< View::Corner: above which corner it hangs

  struct Ray {
    Vec3f origin;
    Vec3f direction;  ///< unit length
  };
  [[nodiscard]] Ray ray(float x_px, float y_px) const {
    const float sx = (2 * x_px / width_px - 1) * half_width;
    const float sy = (1 - 2 * y_px / height_px) * half_height;
    if (parallel) return {origin + sx * right + sy * up, forward};
    return {origin, (forward + sx * right + sy * up).normalized()};
  }
  /// Pixel position and distance along the view axis; negative behind a pinhole camera.
  [[nodiscard]] Vec3f project(const Vec3f& p) const {
    const Vec3f d = p - origin;
    const float depth = d.dot(forward);
    const float scale = parallel ? 1.0F : 1.0F / depth;
    return {(d.dot(right) * scale / half_width + 1) * 0.5F * width_px,
            (1 - d.dot(up) * scale / half_height) * 0.5F * height_px, depth};
  }
  /// Size of a pixel on a surface at this distance, seen head-on, in metres.
  [[nodiscard]] float footprint_m(float distance_m) const {
    const float size = 2 * half_height / height_px;
    return parallel ? size : size * distance_m;
  }
};

/// The corner from which least is hidden or cut away: the two walls that carry least furniture and fewest
/// openings. Depends on the question only, so that all turns of an episode look from the same corner.
[[nodiscard]] CameraCorner camera_corner(const scene::SceneGraph& graph);

/// The camera of a view, fitted to this room and picture size.
[[nodiscard]] Camera make_camera(const RoomScene& room, const RenderOptions& options);

/// Picture size within limits.
[[nodiscard]] int clamped_side_px(int side_px);

}  // namespace metaspatial::render
