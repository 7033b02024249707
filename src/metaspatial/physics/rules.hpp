#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
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
  double overlap_slop_m = 0.01;   ///< penetration still accepted between two boxes
  double room_slop_m = 0.01;      ///< distance out of the room still accepted
  double relation_slop_m = 0.10;  ///< distance to a relation's region still accepted
  double support_slop_m = 0.02;   ///< gap (or sinking) under an object still accepted
  double adjacent_gap_m = 0.30;   ///< an adjacent neighbour is at most this far from contact
  double far_gap_m = 2.5;         ///< a non-adjacent neighbour is at most this far away
  double swing_slop_m = 0.02;     ///< intrusion into a door's swing (or a window's clear zone) still accepted
  double wall_gap_m = 0.10;       ///< what hangs on a wall is at most this far from it
};

enum class FaultKind { Overlap, OutOfRoom, Relation, Support, DoorBlocked, WindowBlocked };
[[nodiscard]] std::string_view name(FaultKind kind);

/// One thing that is wrong.
struct Fault {
  FaultKind kind = FaultKind::Overlap;
  int object = -1;             ///< whose fault; for an overlap the lower index of the pair
  int other = -1;              ///< Overlap: the other object; Relation: index into the object's relations;
                               ///< DoorBlocked, WindowBlocked: index of the opening; else -1
  double magnitude_m = 0;      ///< depth, distance out, distance to the region, gap, intrusion
  Vec3 push_m = Vec3::Zero();  ///< the shortest move of `object` that would end the fault, room frame
  double slop_m = 0;           ///< the tolerance that `magnitude_m` exceeds
  double share = 0;            ///< Overlap: Contact::share
};

/// How two boxes interpenetrate.
struct Contact {
  double depth_m = 0;          ///< the shortest move that separates them
  Vec3 push_m = Vec3::Zero();  ///< that move, of the first box; room frame
  double share =
      0;  ///< the least, over the separating axes, of overlap over the smaller box's extent; in [0, 1]
};

/// The contact of two oriented boxes (turned about the vertical only), or nothing if they are apart.
///
/// Units    metres; full sizes. Ties between axes go to the first of: a's right, a's front, b's right, b's
/// front,
///          up; with equal centres the push is along the positive axis.
/// Source   separating-axis test of two boxes, Ericson, Real-Time Collision Detection, 4.4.1.
[[nodiscard]] std::optional<Contact> box_contact(const Vec3& size_a_m, const scene::Pose& a,
                                                 const Vec3& size_b_m, const scene::Pose& b);

/// The shortest move per axis that brings the box into the room (its middle, on an axis where it is larger
/// than the room), zero inside; `distance_m` is the largest overhang over walls, floor and ceiling.
struct OutOfRoom {
  Vec3 move_m = Vec3::Zero();
  double distance_m = 0;
};
[[nodiscard]] OutOfRoom out_of_room(const scene::RoomSize& room, const Vec3& size_m, const scene::Pose& pose);

/// The ways in which an object may be held up; at least one is set. `on_floor` decides first, then what it is
/// `on`, then its kind.
struct SupportModes {
  bool floor = false;
  bool on_top = false;
  bool wall = false;
  bool ceiling = false;
};
[[nodiscard]] SupportModes support_modes(const SceneGraph& graph, int i);

/// The axis-aligned region in which an object's *centre* satisfies a relation, in the frame of the target
/// turned by `frame_yaw_rad` (0 for walls and the room): lo <= rotate(p) <= hi per axis.
struct RelationRegion {
  double frame_yaw_rad = 0;
  Vec3 lo_m = Vec3::Zero();  ///< in the turned frame; -inf and +inf where the relation does not say
  Vec3 hi_m = Vec3::Zero();
  /// Corners and "on a wall, any wall" style relations are unions of several boxes; see relation_regions().
  [[nodiscard]] bool empty() const { return (lo_m.array() > hi_m.array()).any(); }
};

/// All boxes whose union satisfies relation `r` of object `i`, given every pose (only the target's matters)
/// and the object's own yaw. Empty regions are dropped: an empty result means "unsatisfiable here".
///
/// Frame    turned frame: p' = (right_axis . p, front_axis . p, p.z) of frame_yaw_rad.
/// Cost     O(1); one small allocation.
[[nodiscard]] std::vector<RelationRegion> relation_regions(const SceneGraph& graph, const Layout& layout,
                                                           int i, int r, const Rules& rules = {});
/// The shortest move, in the room frame, that brings `p_m` into the region; zero inside. REQUIRES
/// !region.empty().
[[nodiscard]] Vec3 move_into(const RelationRegion& region, const Vec3& p_m);

/// Whether some layout could satisfy relation `r` of object `i` (its other relations aside). Depends on the
/// graph alone: an answer cannot make a relation unsatisfiable to get rid of it, by pushing the target to a
/// wall, say.
[[nodiscard]] bool satisfiable(const SceneGraph& graph, int i, int r, const Rules& rules = {});

/// What is wrong with one object, in metres: the raw material of rewards and per-object credit.
struct ObjectReport {
  double overlap_m = 0;                 ///< deepest penetration with any other object
  double out_m = 0;                     ///< distance out of the room
  double relation_m = 0;                ///< largest distance to a relation's region
  Vec3 relation_axis_m = Vec3::Zero();  ///< the same per room axis (largest absolute move needed on each)
  double support_m = 0;                 ///< gap under the object, or how far its centre is off its support
  double blocked_m = 0;                 ///< intrusion into door swings and window zones
  int relations = 0;                    ///< how many relations it has
  int broken_relations = 0;
  int unsatisfiable_relations = 0;  ///< relations that no layout satisfies
  bool colliding = false;
  bool out = false;
  bool unsupported = false;
  bool blocking = false;
  [[nodiscard]] bool faulty() const {
    return colliding || out || unsupported || blocking || broken_relations > 0;
  }
};

/// Everything that is wrong with a layout.
struct Report {
  std::vector<Fault> faults;          ///< sorted by (object, kind, other)
  std::vector<ObjectReport> objects;  ///< one per object
  int colliding_pairs = 0;
  int relations = 0;
  int broken_relations = 0;
  int unsatisfiable_relations =
      0;  ///< relations that no layout satisfies: the room's fault, not counted as broken

  /// Shares in [0, 1]; 0 for a room without objects (relations). Unsatisfiable relations are in neither part
  /// of the relation share.
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
/// Cost     O(n log n + k) for k pairs that are near each other, plus O(n) for each object that stands on
/// another.
[[nodiscard]] Report check(const SceneGraph& graph, const Layout& layout, const Rules& rules = {});

/// "nightstand_1 overlaps bed_1 by 0.21 m". States fact and magnitude, never the remedy (fair play).
[[nodiscard]] std::string describe(const SceneGraph& graph, const Fault& fault);
/// "0.21 m east would free it", for people.
[[nodiscard]] std::string remedy(const SceneGraph& graph, const Fault& fault);

/// The floor area kept free by a door's swing (a square of its width inside the room) or in front of a window
/// (shallow strip, 0.3 m deep, that nothing taller than the window's lower edge may enter), as x_lo, x_hi,
/// y_lo, y_hi. Curtains may hang before windows; rugs, things below 0.05 m and things hung above 2 m may be
/// in a door's swing.
[[nodiscard]] std::array<double, 4> clear_zone_m(const SceneGraph& graph, const scene::Opening& opening);

}  // namespace metaspatial::physics
