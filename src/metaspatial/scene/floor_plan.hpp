#pragma once

#include <array>
#include <span>
#include <vector>

#include "metaspatial/scene/graph.hpp"

/// The outline of a room whose floor is a polygon: its walls one by one, and what lies outside of them.
namespace metaspatial::scene {

/// One straight piece of the outline. The room is on its left, going from `from_m` to `to_m`.
struct WallSegment {
  Wall wall = Wall::South;  ///< the wall it is part of: the one whose inward direction is nearest to its own
  double inward_yaw_rad = 0;  ///< of something on it that looks into the room
  Vec2 along{1, 0};           ///< unit vector from `from_m` to `to_m`: right_axis(inward_yaw_rad)
  Vec2 inward{0, 1};          ///< unit vector into the room: front_axis(inward_yaw_rad)
  double offset_m = 0;        ///< inward . p of its points
  double lo_m = 0;            ///< along . from_m
  double hi_m = 0;            ///< along . to_m
  bool corner_lo = false;  ///< the room narrows to a corner at `from_m` (it does not at a wall's outer edge)
  bool corner_hi = false;  ///< the same at `to_m`
};

/// A convex part of the bounding rectangle that is not floor; corners counterclockwise, some may coincide.
struct Pocket {
  std::array<Vec2, 4> corners_m;
};

/// What a polygonal floor is made of; both parts are empty for a rectangle, which needs neither.
///
/// Cost     O(k^2 log k) for k corners, k <= 64.
struct FloorPlan {
  std::vector<WallSegment> walls;
  std::vector<Pocket> pockets;  ///< their union is the bounding rectangle less the floor

  FloorPlan() = default;
  explicit FloorPlan(std::span<const Vec2> floor_m, const RoomSize& size);
  [[nodiscard]] bool rectangle() const { return walls.empty(); }
};

/// Trapezoids that cover the floor and do not overlap, corners counterclockwise as in Pocket.
///
/// Shape    REQUIRES a simple, counterclockwise polygon within the rectangle of `size`.
[[nodiscard]] std::vector<std::array<Vec2, 4>> floor_parts_m(std::span<const Vec2> floor_m,
                                                             const RoomSize& size);
/// Whether the point lies within the polygon; on its outline either answer is right. O(k).
[[nodiscard]] bool encloses(std::span<const Vec2> polygon_m, const Vec2& p_m);
/// The centre of the polygon's area; it need not lie within. REQUIRES an area above 0.
[[nodiscard]] Vec2 centroid_m(std::span<const Vec2> polygon_m);
/// Twice the signed area; positive if the corners go counterclockwise.
[[nodiscard]] double twice_area_m2(std::span<const Vec2> polygon_m);
/// Whether two sides of the polygon touch or cross where they should not. O(k^2).
[[nodiscard]] bool crosses_itself(std::span<const Vec2> polygon_m);

}  // namespace metaspatial::scene
