#pragma once

#include <string>
#include <string_view>

#include "metaspatial/scene/graph.hpp"

/// What can be wrong with a layout, in metres, radians and words. docs/METRICS.md has the definitions, the
/// reason of every tolerance, and what others call the same.
namespace metaspatial::physics {

using scene::Layout;
using scene::SceneGraph;
using scene::Vec2;
using scene::Vec3;

/// Version of the definitions; written into every result file.
inline constexpr int kRulesVersion = 2;

/// Tolerances. A magnitude up to its tolerance is no fault.
struct Rules {
  double overlap_slop_m = 0.01;   ///< penetration of two boxes
  double room_slop_m = 0.01;      ///< distance out of the room
  double relation_slop_m = 0.10;  ///< distance to a relation's region
  double support_slop_m = 0.01;   ///< gap under an object, or how far it is sunk into what holds it
  double adjacent_gap_m = 0.30;   ///< an adjacent neighbour is at most this far from contact
  double far_gap_m = 2.5;         ///< a non-adjacent neighbour is at most this far away
  double swing_slop_m = 0.02;     ///< intrusion into a door's swing or a window's clear zone
  double wall_gap_m = 0.10;       ///< what hangs on a wall is at most this far from it

  double facing_slop_rad =
      0.5235988;                    ///< angle between an object's front and what it should face: 30 degrees
  double seat_gap_m = 0.5;          ///< a seat is at most this far from the table that it is for
  double screen_gap_m = 6.0;        ///< a sofa is at most this far from its screen
  double access_depth_m = 0.2;      ///< depth of the free strip along a functional side
  double access_front_share = 0.8;  ///< free share that a front or back needs (doors, drawers, knees)
  double access_side_share = 0.5;   ///< free share that the better side of a bed, bath or table needs

  double align_slop_rad = 0.0872665;  ///< angle to the nearest wall or neighbour modulo 90 degrees: 5 degrees
  double flush_slop_m = 0.05;         ///< gap behind what stands against a wall ...
  double free_standing_m = 0.40;      ///< ... unless it is this far from the wall, and so free-standing
  double row_slop_m = 0.05;           ///< how far an object is out of its row ...
  double row_reach_m = 0.25;          ///< ... unless it is this far from it, and so no part of it

  bool use = true;        ///< whether facing, function and access are checked
  bool alignment = true;  ///< whether angle, flushness and rows are checked
};

/// The rules without use and alignment: what a room needs to be physically right.
[[nodiscard]] inline Rules physical_rules() {
  Rules rules;
  rules.use = rules.alignment = false;
  return rules;
}

enum class FaultKind {
  Overlap,
  OutOfRoom,
  Relation,
  Support,
  DoorBlocked,
  WindowBlocked,
  Facing,    ///< turned away from what it should face
  TooFar,    ///< a seat too far from the table or screen that it is for
  Access,    ///< no free strip along a functional side
  Turned,    ///< at an angle to the walls and to its neighbours
  NotFlush,  ///< neither at the wall nor free of it
  OutOfRow,  ///< neither in the row of its like nor apart from it
};
[[nodiscard]] std::string_view name(FaultKind kind);

/// What a fault means. Physical faults are wrong for everybody; the others ask what things are for, and
/// whether the room looks orderly, which depends on the catalogue of kinds.
enum class FaultGroup { Physical, Use, Alignment };
[[nodiscard]] FaultGroup group_of(FaultKind kind);
[[nodiscard]] std::string_view name(FaultGroup group);
/// Whether its magnitude is an angle in radians; else it is metres.
[[nodiscard]] constexpr bool is_angle(FaultKind kind) {
  return kind == FaultKind::Facing || kind == FaultKind::Turned;
}

/// The four sides of an object, in its own frame.
enum class Side { Front, Back, Left, Right };
[[nodiscard]] std::string_view name(Side side);

/// One thing that is wrong.
struct Fault {
  FaultKind kind = FaultKind::Overlap;
  int object = -1;       ///< whose fault; for an overlap the lower index of the pair
  int other = -1;        ///< Overlap, TooFar: the other object; Relation: index into the object's relations;
                         ///< DoorBlocked, WindowBlocked: index of the opening; Facing: the object to face, -1
                         ///< for the wall of its `facing`; Access: what blocks most, -1 for a wall; else -1
  double magnitude = 0;  ///< depth, distance, gap, intrusion, lacking width in metres; angle in radians
  Vec3 push_m = Vec3::Zero();  ///< the shortest move of `object` that would end the fault, room frame
  double slop = 0;             ///< the tolerance that `magnitude` exceeds
  double share = 0;            ///< Overlap: Contact::share; OutOfRoom: the share of the box that is outside;
                               ///< Access: the free share of the side
  double turn_rad = 0;         ///< Facing, Turned: the turn that would end it, clockwise positive
  Side side = Side::Front;     ///< Access: which side
};

/// "nightstand_1 overlaps bed_1 by 0.21 m". States fact and magnitude, never the remedy (fair play).
[[nodiscard]] std::string describe(const SceneGraph& graph, const Fault& fault);
/// "overlap 0.21 m": the same in a few words, for pictures in which the object is seen. ASCII but for ids.
[[nodiscard]] std::string brief(const SceneGraph& graph, const Fault& fault);
/// "0.21 m east would free it", for people.
[[nodiscard]] std::string remedy(const SceneGraph& graph, const Fault& fault);

}  // namespace metaspatial::physics
