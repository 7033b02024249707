#include "metaspatial/physics/prepared_room.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string_view>
#include <tuple>

namespace metaspatial::physics {
namespace {

using scene::Shape;

// What seats are for, as bits.
constexpr unsigned kTable = 1;  // that one sits at: of sitting height or higher, not those beside a sofa
constexpr unsigned kBar = 2;
constexpr unsigned kIsland = 4;  // of a kitchen
constexpr unsigned kPiano = 8;
constexpr unsigned kScreen = 16;

unsigned offers_of(const PreparedObject& object) {
  const std::string_view name = object.kind->name;
  if (name == "television" || name == "tv_stand" || name == "projector_screen" || name == "video_wall")
    return kScreen;
  if (!object.modes.floor) return 0;
  switch (object.kind->shape) {
    case Shape::Table:
    case Shape::RoundTable:
    case Shape::Desk:
      return object.object->size_m.z() >= 0.55 ? kTable : 0;
    case Shape::Counterbar:
      return kTable | kBar;
    case Shape::Counter:
      return name == "kitchen_island" ? kBar | kIsland : kBar;
    case Shape::Piano:
      return kPiano;
    default:
      return 0;
  }
}

/// Seats that make sense at one thing only, and those that are for watching; of others nothing is asked.
unsigned wants_of(const PreparedObject& object) {
  if (!object.modes.floor) return 0;
  const std::string_view name = object.kind->name;
  if (name == "office_chair" || name == "gaming_chair" || name == "school_chair" || name == "vanity_stool")
    return kTable;
  if (name == "dining_chair" || name == "high_chair" || name == "kids_chair") return kTable | kIsland;
  if (name == "bar_stool") return kBar;
  if (name == "piano_bench") return kPiano;
  // Where the question says what a sofa faces, that is what it is for.
  const bool sofa =
      object.kind->shape == Shape::Sofa && name != "daybed" && name != "chaise_lounge" && name != "booth";
  if ((sofa || name == "theater_seat" || name == "recliner") && !object.object->facing) return kScreen;
  return 0;
}

}  // namespace

PreparedRoom::PreparedRoom(const SceneGraph& scene_graph, const Rules& tolerances)
    : graph(&scene_graph), rules(tolerances), plan(scene_graph.floor_m, scene_graph.size) {
  const std::size_t n = graph->objects.size();
  objects.resize(n);
  int relations = 0;
  for (std::size_t i = 0; i < n; ++i) {
    PreparedObject& mine = objects[i];
    mine.object = &graph->objects[i];
    mine.kind = &scene::kind_or_default(mine.object->kind);
    mine.modes = support_modes(*graph, static_cast<int>(i));
    mine.flat = mine.kind->flat;
    mine.curtain = mine.kind->shape == Shape::Curtain;
    mine.holds_inside = holds_inside(*mine.object);
    const scene::FunctionalSides& sides = mine.kind->functional;
    mine.access = mine.modes.floor && !mine.flat && (sides.front || sides.back || sides.left || sides.right);
    mine.relations_begin = relations;
    relations += static_cast<int>(mine.object->relations.size());
  }

  satisfiable.assign(static_cast<std::size_t>(relations), 1);
  for (const RoomFault& fault : room_faults(*graph, rules))
    satisfiable[static_cast<std::size_t>(objects[static_cast<std::size_t>(fault.object)].relations_begin +
                                         fault.relation)] = 0;
  zones.reserve(graph->openings.size());
  for (const scene::Opening& opening : graph->openings) zones.push_back(clear_zone(graph->size, opening));

  if (rules.use) {
    unsigned offered = 0;
    for (PreparedObject& object : objects) offered |= object.offers = offers_of(object);
    for (PreparedObject& object : objects) {
      object.wants = wants_of(object) & offered;
      object.partner_gap_m = (object.wants & kScreen) != 0 ? rules.screen_gap_m : rules.seat_gap_m;
    }
  }
  if (rules.alignment) {
    // Objects of one kind and size, to the millimetre, may form rows.
    std::vector<int> order(n);
    for (std::size_t i = 0; i < n; ++i) order[i] = static_cast<int>(i);
    const auto key = [this](int i) {
      const PreparedObject& object = objects[static_cast<std::size_t>(i)];
      const auto mm = [&object](int axis) { return std::round(object.object->size_m[axis] * 1000); };
      return std::tuple(std::string_view(object.object->kind), mm(0), mm(1), mm(2));
    };
    std::sort(order.begin(), order.end(), [&key](int a, int b) { return key(a) < key(b); });
    for (std::size_t begin = 0, group = 0; begin < n; ++group) {
      std::size_t end = begin + 1;
      while (end < n && key(order[end]) == key(order[begin])) ++end;
      for (std::size_t k = begin; k < end; ++k) {
        PreparedObject& object = objects[static_cast<std::size_t>(order[k])];
        object.like = static_cast<int>(group);
        object.likes = static_cast<int>(end - begin);
      }
      begin = end;
    }
  }
}

}  // namespace metaspatial::physics
