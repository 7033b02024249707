#pragma once

#include <limits>

#include "metaspatial/physics/fault.hpp"
#include "metaspatial/scene/graph.hpp"

namespace metaspatial::physics {

/// The ways in which an object may be held up; at least one is set. `on_floor` decides first, then what it is
/// `on` (or in), then its kind.
struct SupportModes {
  bool floor = false;
  bool on_top = false;
  bool wall = false;
  bool ceiling = false;
};
[[nodiscard]] SupportModes support_modes(const SceneGraph& graph, int i);

/// How far an object is from being held up, and the move that would do it.
struct SupportGap {
  double gap_m = std::numeric_limits<double>::infinity();
  double slop_m = 0;
  Vec3 move_m = Vec3::Zero();
  void consider(double gap, double slop, const Vec3& move) {
    // The least excess wins, so that alternatives with different tolerances compare fairly.
    if (gap - slop < gap_m - slop_m) {
      gap_m = gap;
      slop_m = slop;
      move_m = move;
    }
  }
};

struct PreparedRoom;
class Neighbours;
/// The nearest support of object `i` among those that its modes allow: floor and rugs, tops (its centre over
/// the top, or over the hull of where it touches several tops), the inside of what things are put into,
/// walls, the ceiling.
[[nodiscard]] SupportGap support_gap(const PreparedRoom& room, const Neighbours& neighbours, int i);

}  // namespace metaspatial::physics
