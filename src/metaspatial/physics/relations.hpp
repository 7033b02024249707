#pragma once

#include <string>
#include <vector>

#include "metaspatial/physics/fault.hpp"
#include "metaspatial/scene/graph.hpp"

/// Relations as regions: where an object may be so that "left of the bed, close" holds.
namespace metaspatial::physics {

/// The axis-aligned region in which an object's *centre* satisfies a relation, in the frame of the target
/// turned by `frame_yaw_rad` (0 for the walls of a rectangle and for the room): lo <= rotate(p) <= hi per
/// axis.
struct RelationRegion {
  double frame_yaw_rad = 0;
  Vec3 lo_m = Vec3::Zero();  ///< in the turned frame; -inf and +inf where the relation does not say
  Vec3 hi_m = Vec3::Zero();
  /// Corners and "on a wall" of several pieces are unions of several boxes; see relation_regions().
  [[nodiscard]] bool empty() const { return (lo_m.array() > hi_m.array()).any(); }
};

/// All boxes whose union satisfies relation `r` of object `i`, given every pose (only the target's matters)
/// and the object's own yaw. Empty regions are dropped: an empty result means "unsatisfiable here".
///
/// Frame    turned frame: p' = (right_axis . p, front_axis . p, p.z) of frame_yaw_rad.
/// Cost     O(1), for a polygonal floor O(its corners); allocates.
[[nodiscard]] std::vector<RelationRegion> relation_regions(const SceneGraph& graph, const Layout& layout,
                                                           int i, int r, const Rules& rules = {});
/// The shortest move, in the room frame, that brings `p_m` into the region; zero inside. REQUIRES
/// !region.empty().
[[nodiscard]] Vec3 move_into(const RelationRegion& region, const Vec3& p_m);

/// Whether some layout could satisfy relation `r` of object `i`, its other relations aside. Depends on the
/// graph alone: an answer cannot make a relation unsatisfiable to get rid of it, by pushing the target to a
/// wall, say.
[[nodiscard]] bool satisfiable(const SceneGraph& graph, int i, int r, const Rules& rules = {});

/// Why no layout can meet a relation: it asks for what does not exist or does not fit (`with` is -1), or it
/// contradicts another relation of the same object (`with`), or the object's place on the floor (`with` is
/// -2), or a chain of "on" that comes back to the object (`with` is -3).
struct RoomFault {
  int object = -1;
  int relation = -1;
  int with = -1;
};
/// Every relation that no layout can meet, sorted by object and relation; where two contradict each other,
/// both. Conservative: what it names is impossible, but it does not find every impossibility (three relations
/// that only together leave no room, say).
///
/// Cost     O(relations of an object squared), with a handful of yaws tried per pair.
[[nodiscard]] std::vector<RoomFault> room_faults(const SceneGraph& graph, const Rules& rules = {});
/// "nightstand_1 cannot be left of bed_1 and right of bed_1".
[[nodiscard]] std::string describe(const SceneGraph& graph, const RoomFault& fault);

/// Whether things may rest inside of the kind's box, not only on top: cushions on a sofa, books in a shelf.
[[nodiscard]] bool holds_inside(const scene::SceneObject& object);
/// Whether there is room under the kind: under tables, beds and chairs, not under wardrobes and fridges.
[[nodiscard]] bool holds_beneath(const scene::SceneObject& object);
/// Whether the question puts object `i` in, on or under object `j`, or the other way round: then the two may
/// share space.
[[nodiscard]] bool share_space(const SceneGraph& graph, int i, int j);
/// The object that a relation of object `i` refers to, or null for an element, itself, or an index that does
/// not exist.
[[nodiscard]] const scene::SceneObject* target_object(const SceneGraph& graph, int i,
                                                      const scene::Relation& relation);
/// "close left of bed_1", "in the corner of the north_wall".
[[nodiscard]] std::string place_phrase(const SceneGraph& graph, const scene::Relation& relation);

}  // namespace metaspatial::physics
