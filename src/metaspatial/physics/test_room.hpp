#pragma once

#include <string>
#include <utility>
#include <vector>

#include "metaspatial/scene/graph.hpp"

/// Rooms by hand, for the tests of physics.
namespace metaspatial::physics {

inline scene::SceneObject thing(std::string id, scene::Vec3 size_m,
                                std::vector<scene::Relation> relations = {}, bool on_floor = true) {
  scene::SceneObject object;
  object.kind = scene::kind_from_id(id);
  object.id = std::move(id);
  object.size_m = size_m;
  object.relations = std::move(relations);
  object.on_floor = on_floor;
  return object;
}

/// A room of 6 x 4 x 3 m.
inline scene::SceneGraph room(std::vector<scene::SceneObject> objects) {
  scene::SceneGraph graph;
  graph.size = {6, 4, 3};
  graph.objects = std::move(objects);
  return graph;
}

inline scene::Pose at(double x, double y, double z, double yaw_deg = 0) {
  return {scene::Vec3(x, y, z), scene::rad_from_deg(yaw_deg)};
}

}  // namespace metaspatial::physics
