#pragma once

#include <string>
#include <vector>

#include "metaspatial/physics/rules.hpp"

/// What happens to a layout when gravity is switched on: a check by simulation, beside the rules' check by
/// measurement. It knows what no pairwise rule knows: that a tall thing on a ledge tips, that what stands on
/// a thing that falls falls with it.
namespace metaspatial::physics {

/// How long, how finely and with which tolerances to simulate.
struct SettleOptions {
  Rules rules;  ///< `support_slop_m` and `wall_gap_m` decide what hangs, `support_slop_m` what is sunk
  double seconds = 2.0;  ///< a fall from 2.5 m takes 0.7 s, the tipping that follows about as long
  /// With 1/240 s and 40 sweeps a stack of five turned crates creeps 0.3 mm; with 1/120 s 4 mm, with 20
  /// sweeps 4 mm.
  double step_s = 1.0 / 240;
  int solver_iterations = 40;
  bool walls = true;  ///< walls and ceiling are solid; false: only the floor is
  /// Gravity may move a thing this far before it counts as unstable: what the rules let float
  /// (support_slop_m, 0.01) and overlap (overlap_slop_m, 0.01) is not held against it a second time.
  double stable_move_m = 0.02;
  /// 5 degrees: a box 0.25 m deep that comes down 0.02 m on one side only.
  double stable_tip_rad = scene::rad_from_deg(5);
};

/// What became of one object.
struct SettledObject {
  bool simulated = true;       ///< false: too large, too far away or not finite; it took no part
  bool fixed = false;          ///< hung on a wall or the ceiling, or a rug on the floor: cannot move
  int carried_by = -1;         ///< the object that it is sunk into as the question wants it; moves with it
  Vec3 move_m = Vec3::Zero();  ///< of its centre, from start to end, room frame
  double moved_m = 0;          ///< length of `move_m`
  double tipped_rad = 0;       ///< angle between its up axis at the start and at the end, [0, pi]
  bool stable = true;          ///< moved and tipped within the tolerances; false if not simulated
};

/// The outcome of a simulation, one entry per object.
struct Settlement {
  std::vector<SettledObject> objects;
  int unstable = 0;
  /// Share of objects that are not stable, in [0, 1]; 0 for a room without objects.
  [[nodiscard]] double unstable_share() const;
};

/// Lets the layout stand under gravity and reports what moved.
///
/// Objects are boxes of 200 kg/m3 (a chair of 0.5 x 0.5 x 0.9 m weighs 45 kg as a full box; real ones weigh
/// less, and only ratios of masses matter here), friction 0.6 (wood on wood: 0.4 to 0.6), no bounce. What
/// `support_modes` lets hang on a wall or the ceiling, and really touches one, cannot move, nor can a rug
/// that lies on the floor; the floor goes on outside the walls.
///
/// Overlaps at the start do not explode: boxes are moved apart by about their overlap and gain no speed from
/// it. Two kinds of pairs do not push at all: a rug with what stands through it, and things that the question
/// puts on, under, in the middle or in a corner of one another and whose boxes overlap by more than
/// `support_slop_m` (a chair under a desk, a cushion within a sofa's box). Of such a pair, what is on or in
/// the other and not on the floor itself is carried: it moves with the other as one body, because its box
/// cannot say where inside it rests.
///
/// Units    metres, radians, seconds. Sizes below 5 mm are simulated as 5 mm; an object with a size over
///          1000 m, a centre more than 100 km away or a value that is not finite takes no part.
/// Shape    one pose per object.
/// Errors   none: a collapse is an outcome. REQUIRES step_s > 0, solver_iterations > 0; at most 10000 steps.
/// Threads  const on its arguments; safe to call from several threads at once (a world of its own per call,
///          solved on the calling thread). Same input, same bytes.
/// Cost     9 ms for 15 objects at rest (it stops when nothing has moved for 0.25 s), 20 ms where they
///          fall, 40 to 60 ms where most of them overlap; 0.27 s for a heap of 60. One core.
/// Source   sequential impulses, Catto, Iterative Dynamics with Temporal Coherence, GDC 2005, as in Bullet
///          3.24 (btDiscreteDynamicsWorld) in double precision.
[[nodiscard]] Settlement settle(const SceneGraph& graph, const Layout& layout,
                                const SettleOptions& options = {});

/// "lamp_1 falls 0.72 m and tips over by 85 degrees", "chair_2 slides 0.11 m", "bed_1 stays where it is".
/// States fact and magnitude, never the remedy (fair play). REQUIRES that `i` is an object of the graph.
[[nodiscard]] std::string describe(const SceneGraph& graph, const SettledObject& settled, int i);

}  // namespace metaspatial::physics
