#pragma once

#include "metaspatial/physics/box.hpp"
#include "metaspatial/scene/floor_plan.hpp"
#include "metaspatial/scene/graph.hpp"

namespace metaspatial::physics {

/// How far a box is out of the room.
struct OutOfRoom {
  Vec3 move_m = Vec3::Zero();  ///< the shortest move per axis that brings it in (its middle, on an axis where
                               ///< it is larger than the room); zero inside
  double distance_m = 0;       ///< the largest overhang over walls, floor and ceiling
};
/// In a rectangle the distance is the largest overhang. On a polygonal floor it is, in plan, the largest of:
/// how far each corner of the box is from the floor, and how deep each outer corner of the walls is inside of
/// the box (where a wall goes right through it, the length of the move). `move_m` is then the shortest move
/// in plan that brings the footprint onto the floor; zero where none does.
///
/// Cost     O(1); for a polygonal floor O(pockets), and for a box that sticks out O(pockets^2).
[[nodiscard]] OutOfRoom out_of_room(const scene::RoomSize& size, const scene::FloorPlan& plan,
                                    const Box& box);
/// The share of the box's volume that is outside of the room, in [0, 1]. A flat box counts by its area.
[[nodiscard]] double outside_share(const scene::RoomSize& size, const scene::FloorPlan& plan, const Box& box);
/// The floor area of a footprint that lies on the room's floor.
[[nodiscard]] double area_on_floor_m2(const scene::RoomSize& size, const scene::FloorPlan& plan,
                                      const ConvexPolygon& footprint);

}  // namespace metaspatial::physics
