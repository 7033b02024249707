#pragma once

#include <array>

#include "metaspatial/physics/box.hpp"
#include "metaspatial/scene/graph.hpp"

/// What doors and windows keep free.
namespace metaspatial::physics {

using scene::SceneGraph;

/// The floor area kept free by a door's swing (a square of its width inside the room) or in front of a window
/// (shallow strip, 0.3 m deep, that nothing taller than the window's lower edge may enter), as x_lo, x_hi,
/// y_lo, y_hi. Curtains may hang before windows; rugs, things below 0.05 m and things hung above 2 m may be
/// in a door's swing.
[[nodiscard]] std::array<double, 4> clear_zone_m(const SceneGraph& graph, const scene::Opening& opening);

/// The clear zone of an opening in its wall's own terms.
struct ClearZone {
  Vec2 along{1, 0};   ///< unit vector along the wall
  Vec2 inward{0, 1};  ///< unit vector into the room
  double along_lo_m = 0;
  double along_hi_m = 0;
  double wall_m = 0;  ///< inward coordinate of the wall
  double depth_m = 0;
  double bottom_m = 0;
  double top_m = 0;
};
[[nodiscard]] ClearZone clear_zone(const scene::RoomSize& room, const scene::Opening& opening);

/// How deep a box is in a clear zone, and the shortest way out that does not lead through the wall.
struct Intrusion {
  double depth_m = 0;
  Vec3 push_m = Vec3::Zero();
};
[[nodiscard]] Intrusion intrusion(const Box& box, const ClearZone& zone);

}  // namespace metaspatial::physics
