#include "metaspatial/physics/openings.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>

namespace metaspatial::physics {
namespace {

using scene::Opening;
using scene::OpeningKind;
using scene::RoomSize;
using scene::Wall;

/// A door leaf clears what is lower than this (a threshold, a mat) ...
constexpr double kSwingFloor_m = 0.05;
/// ... and what hangs higher than this, the usual height of a door.
constexpr double kSwingTop_m = 2.0;
constexpr double kWindowDepth_m = 0.3;
/// Clear zones go on this far outside the wall, so that an object pushed out through a door does not change
/// from "deep in the swing" to "free" in one point.
constexpr double kZoneOutside_m = 0.5;

}  // namespace

ClearZone clear_zone(const RoomSize& room, const Opening& opening) {
  const bool door = opening.kind == OpeningKind::Door;
  const bool along_x = opening.wall == Wall::South || opening.wall == Wall::North;
  const double wall_length = room.wall_length_m(opening.wall);
  ClearZone zone;
  zone.along = along_x ? Vec2(1, 0) : Vec2(0, 1);
  zone.inward = scene::front_axis(scene::inward_yaw_rad(opening.wall));
  // Exact axes: cos(pi / 2) is not quite 0.
  zone.inward = Vec2(std::round(zone.inward.x()), std::round(zone.inward.y()));
  zone.along_lo_m = std::clamp(opening.centre_m - 0.5 * opening.width_m, 0.0, wall_length);
  zone.along_hi_m = std::clamp(opening.centre_m + 0.5 * opening.width_m, 0.0, wall_length);
  zone.wall_m = opening.wall == Wall::North  ? -room.width_m
                : opening.wall == Wall::East ? -room.length_m
                                             : 0.0;
  zone.depth_m = door ? opening.width_m : kWindowDepth_m;
  zone.bottom_m = door ? kSwingFloor_m : opening.bottom_m;
  zone.top_m = door ? kSwingTop_m : opening.bottom_m + opening.height_m;
  return zone;
}

Intrusion intrusion(const Box& box, const ClearZone& zone) {
  const double high = std::min(zone.top_m - box.bottom_m(), box.top_m() - zone.bottom_m);
  if (high <= 0) return {};
  const double half_along = 0.5 * (zone.along_hi_m - zone.along_lo_m);
  const double half_inward = 0.5 * (zone.depth_m + kZoneOutside_m);
  const Vec2 centre =
      zone.along * (zone.along_lo_m + half_along) + zone.inward * (zone.wall_m + zone.depth_m - half_inward);
  const Vec2 between = box.centre_m.head<2>() - centre;
  const bool parallel = std::abs(box.right.x() * box.right.y()) < 1e-12;
  const std::array<Vec2, 4> axes = {zone.along, zone.inward, box.right, box.front};
  Intrusion result;
  result.depth_m = high;
  double push = std::numeric_limits<double>::infinity();
  for (std::size_t k = 0; k < (parallel ? 2U : 4U); ++k) {
    const Vec2& n = axes[k];
    const double reach =
        box.along(n) + half_along * std::abs(zone.along.dot(n)) + half_inward * std::abs(zone.inward.dot(n));
    const double d = between.dot(n);
    for (const double sign : {d < 0 ? -1.0 : 1.0, d < 0 ? 1.0 : -1.0}) {
      const double overlap = reach - sign * d;
      if (overlap <= 0) return {};
      result.depth_m = std::min(result.depth_m, overlap);
      if (sign * n.dot(zone.inward) >= -1e-9 && overlap < push - kRounding_m) {
        push = overlap;
        result.push_m = Vec3(sign * n.x(), sign * n.y(), 0) * overlap;
      }
    }
  }
  return result;
}

std::array<double, 4> clear_zone_m(const SceneGraph& graph, const Opening& opening) {
  const ClearZone zone = clear_zone(graph.size, opening);
  const double inner = zone.wall_m + zone.depth_m;
  const Vec2 a = zone.along * zone.along_lo_m + zone.inward * zone.wall_m;
  const Vec2 b = zone.along * zone.along_hi_m + zone.inward * inner;
  return {std::min(a.x(), b.x()), std::max(a.x(), b.x()), std::min(a.y(), b.y()), std::max(a.y(), b.y())};
}

}  // namespace metaspatial::physics
