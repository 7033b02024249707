#pragma once

#include <span>
#include <vector>

#include "metaspatial/physics/box.hpp"
#include "metaspatial/physics/fault.hpp"
#include "metaspatial/physics/openings.hpp"
#include "metaspatial/physics/relations.hpp"
#include "metaspatial/physics/support.hpp"
#include "metaspatial/scene/floor_plan.hpp"
#include "metaspatial/scene/graph.hpp"
#include "metaspatial/scene/kinds.hpp"

namespace metaspatial::physics {

/// What the checks need to know about an object and that does not depend on where it stands.
struct PreparedObject {
  const scene::SceneObject* object = nullptr;
  const scene::Kind* kind = nullptr;
  SupportModes modes;
  bool flat = false;
  bool curtain = false;
  bool holds_inside = false;
  bool access = false;       ///< it stands on the floor and has sides to keep free
  int relations_begin = 0;   ///< into PreparedRoom::satisfiable
  unsigned offers = 0;       ///< what it is for seats: bits of a table, a bar, a piano, a screen
  unsigned wants = 0;        ///< what a seat is for, if the room has any such thing; else 0
  double partner_gap_m = 0;  ///< how far from what it wants it may be
  int likes = 0;             ///< how many objects have its kind and size, itself included
  int like = 0;              ///< number of that group
};

/// A room made ready for checking many layouts of it.
///
/// Threads  immutable once made. REQUIRES `graph` to outlive it, unchanged.
/// Cost     O(objects + relations), about as much as checking one layout.
struct PreparedRoom {
  explicit PreparedRoom(const SceneGraph& graph, const Rules& rules = {});

  const SceneGraph* graph;
  Rules rules;
  scene::FloorPlan plan;
  std::vector<PreparedObject> objects;
  std::vector<char> satisfiable;  ///< per relation, all objects' one after the other
  std::vector<ClearZone> zones;   ///< per opening
};

/// How far an object is from satisfying a relation.
struct RelationGap {
  double distance_m = 0;
  Vec3 move_m = Vec3::Zero();
};
/// REQUIRES a relation whose target exists.
[[nodiscard]] RelationGap relation_gap(const PreparedRoom& room, const scene::Relation& relation,
                                       const scene::SceneObject& object, const Box& box,
                                       std::span<const Box> boxes);

}  // namespace metaspatial::physics
