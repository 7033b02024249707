#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "metaspatial/scene/graph.hpp"

/// What is wrong with a layout, per object, in metres and in words: our rules.
namespace metaspatial::physics {

using scene::Layout;
using scene::SceneGraph;
using scene::Vec2;
using scene::Vec3;

/// Version of the definitions below; written into every result file.
inline constexpr int kRulesVersion = 1;

/// Tolerances.
struct Rules {
  double overlap_slop_m = 0.01;       ///< penetration still accepted between two boxes
  double room_slop_m = 0.01;          ///< distance out of the room still accepted
  double relation_slop_m = 0.10;      ///< distance to a relation's region still accepted
  double support_slop_m = 0.02;       ///< gap (or sinking) under an object still accepted
  double adjacent_gap_m = 0.30;       ///< an adjacent neighbour is at most this far from contact
  double far_gap_m = 2.5;             ///< a non-adjacent neighbour is at most this far away
  double swing_slop_m = 0.02;         ///< intrusion into a door's swing (or a window's clear zone) still accepted
};

enum class FaultKind { Overlap, OutOfRoom, Relation, Support, DoorBlocked, WindowBlocked };
[[nodiscard]] std::string_view name(FaultKind kind);

/// One thing that is wrong.
struct Fault {
  FaultKind kind = FaultKind::Overlap;
  int object = -1;        ///< whose fault; for an overlap the lower index of the pair
  int other = -1;         ///< Overlap: the other object; Relation: index into the object's relations;
                          ///< DoorBlocked, WindowBlocked: index of the opening; else -1
  double magnitude_m = 0; ///< depth, distance out, distance to the region, gap, intrusion
  Vec3 push_m = Vec3::Zero();  ///< the shortest move of `object` that would end the fault, room frame
};

/// The axis-aligned region in which an object's *centre* satisfies a relation, in the frame of the target turned
/// by `frame_yaw_rad` (0 for walls and the room): lo <= rotate(p) <= hi per axis.
struct RelationRegion {
  double frame_yaw_rad = 0;
  Vec3 lo_m = Vec3::Zero();  ///< in the turned frame; use `to_frame`
  Vec3 hi_m = Vec3::Zero();
  /// Corners and "on a wall, any wall" style relations are unions of several boxes; see relation_regions().
  [[nodiscard]] bool empty() const { return (lo_m.array() > hi_m.array()).any(); }
};

/// All boxes whose union satisfies relation `r` of object `i`, given every pose (only the target's matters) and
/// the object's own yaw. Empty regions are dropped: an empty result means "unsatisfiable here".
///
/// Frame    turned frame: p' = (right_axis . p, front_axis . p, p.z) of frame_yaw_rad.
[[nodiscard]] std::vector<RelationRegion> relation_regions(const SceneGraph& graph, const Layout& layout, int i, int r,
                                                           const Rules& rules = {});
/// The shortest move that brings `p_m` into the region; zero inside.
[[nodiscard]] Vec3 move_into(const RelationRegion& region, const Vec3& p_m);

/// Graded parts of one object, each in [0, 1], 1 is perfect; the raw material of rewards and per-object credit.
struct ObjectReport {
  double overlap_m = 0;        ///< deepest penetration with any other object
  double out_m = 0;            ///< distance out of the room
  double relation_m = 0;       ///< largest distance to a relation's region
  Vec3 relation_axis_m = Vec3::Zero();  ///< the same per room axis (largest absolute move needed on each)
  double support_m = 0;        ///< gap under the object, or how far its centre is off its support
  double blocked_m = 0;        ///< intrusion into door swings and window zones
  int relations = 0;           ///< how many relations it has
  int broken_relations = 0;
  bool colliding = false;
  bool out = false;
  bool unsupported = false;
  bool blocking = false;
  [[nodiscard]] bool faulty() const { return colliding || out || unsupported || blocking || broken_relations > 0; }
};

/// Everything that is wrong with a layout.
struct Report {
  std::vector<Fault> faults;         ///< sorted by (object, kind, other)
  std::vector<ObjectReport> objects; ///< one per object
  int colliding_pairs = 0;
  int relations = 0;
  int broken_relations = 0;
  int unsatisfiable_relations = 0;   ///< relations with no region at all: the room's fault; not counted as broken

  /// Shares in [0, 1]; 0 for a room without objects (relations).
  [[nodiscard]] double faulty_share() const;
  [[nodiscard]] double colliding_share() const;
  [[nodiscard]] double out_share() const;
  [[nodiscard]] double broken_relation_share() const;
  [[nodiscard]] double blocking_share() const;
  [[nodiscard]] double unsupported_share() const;
};

/// Checks a layout against our rules.
///
/// Units    metres, radians. Shape  one pose per object; REQUIRES finite poses.
/// Threads  const on its arguments.
[[nodiscard]] Report check(const SceneGraph& graph, const Layout& layout, const Rules& rules = {});

/// "nightstand_1 overlaps bed_1 by 0.21 m". States fact and magnitude, never the remedy (fair play).
[[nodiscard]] std::string describe(const SceneGraph& graph, const Fault& fault);
/// "0.21 m east would free it", for people.
[[nodiscard]] std::string remedy(const SceneGraph& graph, const Fault& fault);

/// The floor area kept free by a door's swing (a square of its width inside the room) or in front of a window (shallow
/// strip, 0.3 m deep, that nothing taller than the window's lower edge may enter), as x_lo, x_hi, y_lo, y_hi.
[[nodiscard]] std::array<double, 4> clear_zone_m(const SceneGraph& graph, const scene::Opening& opening);

}  // namespace metaspatial::physics
