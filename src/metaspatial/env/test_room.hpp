#pragma once

#include "metaspatial/scene/graph.hpp"

namespace metaspatial::env {

/// A 5 x 4 x 3 m bedroom for the tests: a bed on the north wall, a nightstand left of it, a rug in the
/// middle; a door in the south wall and a window in the east wall. `good` is a layout without faults.
struct TestRoom {
  scene::SceneGraph graph;
  scene::Layout good;
};
inline TestRoom test_room() {
  TestRoom room;
  room.graph.room_name = "test_room";
  room.graph.user_preference = "A quiet bedroom.";
  room.graph.size = {5, 4, 3};
  const auto add = [&](const char* id, scene::Vec3 size_m, double yaw_deg, scene::Vec3 position_m) {
    scene::SceneObject object;
    object.id = id;
    object.kind = scene::kind_from_id(id);
    object.size_m = size_m;
    object.file_yaw_rad = scene::rad_from_deg(yaw_deg);
    room.graph.objects.push_back(object);
    room.good.poses.push_back({position_m, scene::rad_from_deg(yaw_deg)});
    return room.graph.objects.size() - 1;
  };
  const auto bed = add("bed_1", {1.6, 2.0, 0.6}, 180, {2.5, 3.0, 0.3});
  const auto stand = add("nightstand_1", {0.4, 0.4, 0.6}, 180, {3.55, 3.8, 0.3});
  const auto rug = add("rug_1", {1.6, 1.2, 0.02}, 0, {2.5, 1.5, 0.01});
  room.graph.objects[bed].relations = {{scene::Preposition::On, scene::Element::NorthWall, true}};
  // The bed looks south, so its left is east.
  room.graph.objects[stand].relations = {{scene::Preposition::LeftOf, scene::ObjectRef{0}, true}};
  room.graph.objects[rug].relations = {{scene::Preposition::On, scene::Element::Middle, true}};
  room.graph.openings = {{"door_1", scene::OpeningKind::Door, scene::Wall::South, 4.2, 0.9, 0, 2},
                         {"window_1", scene::OpeningKind::Window, scene::Wall::East, 1.5, 1.2, 1, 1.2}};
  return room;
}

}  // namespace metaspatial::env
