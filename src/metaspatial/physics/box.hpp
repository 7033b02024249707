#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <optional>
#include <span>

#include "metaspatial/scene/graph.hpp"

/// Boxes that are turned about the vertical only, and their footprints: the geometry under the rules.
namespace metaspatial::physics {

using scene::Vec2;
using scene::Vec3;

/// Room for rounding where a layout sits exactly on a tolerance: numbers on a 0.05 m grid often do.
inline constexpr double kRounding_m = 1e-9;

/// An object's box with everything that the checks ask for, worked out once.
struct Box {
  Vec3 centre_m = Vec3::Zero();
  Vec3 half_m = Vec3::Zero();  ///< on its own axes
  Vec2 right{1, 0};            ///< own axes in the room frame
  Vec2 front{0, 1};
  Vec2 extent_m = Vec2::Zero();  ///< half extents on the room's axes
  double yaw_rad = 0;

  Box() = default;
  Box(const Vec3& size_m, const scene::Pose& pose);

  [[nodiscard]] double bottom_m() const { return centre_m.z() - half_m.z(); }
  [[nodiscard]] double top_m() const { return centre_m.z() + half_m.z(); }
  /// Half of its extent along a horizontal unit vector.
  [[nodiscard]] double along(const Vec2& n) const {
    return half_m.x() * std::abs(right.dot(n)) + half_m.y() * std::abs(front.dot(n));
  }
  /// A point of the room on its own axes, relative to its centre.
  [[nodiscard]] Vec2 local(const Vec2& p_m) const {
    const Vec2 d = p_m - centre_m.head<2>();
    return {d.dot(right), d.dot(front)};
  }
  /// The corners of its footprint, counterclockwise.
  [[nodiscard]] std::array<Vec2, 4> corners_m() const;
};

/// How two boxes interpenetrate.
struct Contact {
  double depth_m = 0;          ///< the shortest move that separates them
  Vec3 push_m = Vec3::Zero();  ///< that move, of the first box; room frame
  double share =
      0;  ///< the least, over the separating axes, of overlap over the smaller box's extent; in [0, 1]
};

/// The contact of two boxes, or nothing if they are apart.
///
/// Units    metres. Ties between axes go to the first of: a's right, a's front, b's right, b's front, up;
/// with
///          equal centres the push is along the positive axis.
/// Source   separating-axis test of two boxes, Ericson, Real-Time Collision Detection, 4.4.1.
[[nodiscard]] std::optional<Contact> box_contact(const Box& a, const Box& b);

/// How far p is outside b's footprint, as the shortest move in the room frame; zero over it.
[[nodiscard]] Vec2 move_over(const Box& b, const Vec2& p_m);

/// A convex polygon of at most 16 corners, counterclockwise. Kept on the stack: checks allocate nothing.
struct ConvexPolygon {
  std::array<Vec2, 16> corners_m;
  std::size_t count = 0;

  ConvexPolygon() = default;
  explicit ConvexPolygon(std::span<const Vec2> corners);
  [[nodiscard]] double area_m2() const;
  /// Keeps the part where `inside . p <= limit_m`.
  void clip(const Vec2& inside, double limit_m);
};

/// The part of a footprint that another one covers.
[[nodiscard]] ConvexPolygon common_footprint(const Box& a, const Box& b);
/// The distance between two footprints; 0 where they touch or overlap.
[[nodiscard]] double footprint_gap_m(const Box& a, const Box& b);

}  // namespace metaspatial::physics
