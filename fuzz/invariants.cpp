#include "invariants.hpp"

#include <cmath>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_set>

#include "metaspatial/base/error.hpp"
#include "metaspatial/base/json.hpp"
#include "metaspatial/physics/relations.hpp"
#include "metaspatial/physics/rules.hpp"
#include "metaspatial/reward/reward.hpp"
#include "metaspatial/scene/floor_plan.hpp"

namespace metaspatial::fuzz {
namespace {

constexpr double kRounding = 1e-12;  // of sums of weights

bool in_unit(double value) {
  return value >= -kRounding && value <= 1 + kRounding;
}
bool is_distance(double value) {
  return std::isfinite(value) && value >= 0;
}
bool within(double value, double low, double high) {
  return value >= low && value <= high;
}

void check_target(const scene::SceneGraph& graph, const scene::Target& target) {
  const auto* object = std::get_if<scene::ObjectRef>(&target);
  if (object == nullptr) return;
  METASPATIAL_CHECK(object->index >= 0 && static_cast<std::size_t>(object->index) < graph.objects.size(),
                    "a reference points outside the graph");
}

void check_fault(const scene::SceneGraph& graph, const physics::Fault& fault) {
  using physics::FaultKind;
  const int objects = static_cast<int>(graph.objects.size());
  METASPATIAL_CHECK(fault.object >= 0 && fault.object < objects, "a fault of no object");
  int others = 0;
  switch (fault.kind) {
    case FaultKind::Overlap:
      others = objects;
      METASPATIAL_CHECK(fault.other > fault.object, "an overlap belongs to the lower index");
      break;
    case FaultKind::Relation:
      others = static_cast<int>(graph.objects[static_cast<std::size_t>(fault.object)].relations.size());
      break;
    case FaultKind::DoorBlocked:
    case FaultKind::WindowBlocked:
      others = static_cast<int>(graph.openings.size());
      break;
    case FaultKind::TooFar:
      others = objects;
      break;
    case FaultKind::Facing:
    case FaultKind::Access:
      if (fault.other >= 0) others = objects;
      break;
    case FaultKind::OutOfRoom:
    case FaultKind::Support:
    case FaultKind::Turned:
    case FaultKind::NotFlush:
    case FaultKind::OutOfRow:
      break;
  }
  METASPATIAL_CHECK(others == 0 ? fault.other == -1 : fault.other >= 0 && fault.other < others,
                    "a fault with something that is not there");
  METASPATIAL_CHECK(is_distance(fault.slop) && std::isfinite(fault.magnitude) && fault.magnitude > fault.slop,
                    "a fault is larger than its tolerance");
  METASPATIAL_CHECK(fault.push_m.allFinite() && std::isfinite(fault.turn_rad) && in_unit(fault.share),
                    "a fault's push and share");
  METASPATIAL_CHECK(!physics::describe(graph, fault).empty() && !physics::remedy(graph, fault).empty(),
                    "a fault has words");
}

}  // namespace

void check_graph(const scene::SceneGraph& graph) {
  const auto is_side = [](double side_m) { return side_m > 0 && side_m <= 1000; };
  METASPATIAL_CHECK(
      is_side(graph.size.length_m) && is_side(graph.size.width_m) && is_side(graph.size.height_m),
      "the room's size");
  for (const scene::Vec2& corner : graph.floor_m)
    METASPATIAL_CHECK(within(corner.x(), 0, graph.size.length_m) && within(corner.y(), 0, graph.size.width_m),
                      "the floor lies in the room");
  METASPATIAL_CHECK(
      graph.floor_m.empty() || (graph.floor_m.size() >= 3 && !scene::crosses_itself(graph.floor_m) &&
                                scene::twice_area_m2(graph.floor_m) > 0),
      "the floor is a simple polygon, counterclockwise");
  METASPATIAL_CHECK(graph.objects.size() <= 2000, "the number of objects");
  std::unordered_set<std::string_view> ids;
  for (std::size_t i = 0; i < graph.objects.size(); ++i) {
    const scene::SceneObject& object = graph.objects[i];
    METASPATIAL_CHECK(!object.id.empty() && ids.insert(object.id).second, "ids are unique");
    METASPATIAL_CHECK(!scene::element_from_name(object.id), "an object is not a layout element");
    METASPATIAL_CHECK(object.kind == scene::kind_from_id(object.id), "the kind follows from the id");
    for (int axis = 0; axis < 3; ++axis)
      METASPATIAL_CHECK(within(object.size_m[axis], 0, 1e6), "an object's size");
    for (const scene::Relation& relation : object.relations) {
      check_target(graph, relation.target);
      METASPATIAL_CHECK(relation.target != scene::Target(scene::ObjectRef{static_cast<int>(i)}),
                        "no object relates to itself");
    }
    if (object.facing) check_target(graph, *object.facing);
    if (object.file_yaw_rad) METASPATIAL_CHECK(within(*object.file_yaw_rad, -1e6, 1e6), "an object's yaw");
  }
  for (const scene::Opening& opening : graph.openings) {
    const double wall_m = graph.size.wall_length_m(opening.wall);
    METASPATIAL_CHECK(opening.width_m > 0 && opening.height_m > 0 && opening.bottom_m >= 0,
                      "an opening's size");
    METASPATIAL_CHECK(within(opening.centre_m - opening.width_m / 2, -1e-5, wall_m) &&
                          within(opening.centre_m + opening.width_m / 2, 0, wall_m + 1e-5) &&
                          opening.bottom_m + opening.height_m <= graph.size.height_m + 1e-5,
                      "an opening lies in its wall");
  }
}

void check_layout(const scene::SceneGraph& graph, const scene::Layout& layout) {
  for (const physics::RoomFault& fault : physics::room_faults(graph))
    METASPATIAL_CHECK(!physics::describe(graph, fault).empty(), "what a room asks for in vain has words");
  const physics::Report report = physics::check(graph, layout);
  METASPATIAL_CHECK(report.objects.size() == graph.objects.size(), "one report per object");
  int relations = 0;
  int broken = 0;
  int unsatisfiable = 0;
  for (std::size_t i = 0; i < report.objects.size(); ++i) {
    const physics::ObjectReport& object = report.objects[i];
    METASPATIAL_CHECK(is_distance(object.overlap_m) && is_distance(object.out_m) &&
                          is_distance(object.relation_m) && is_distance(object.support_m) &&
                          is_distance(object.blocked_m) && is_distance(object.use_m) &&
                          is_distance(object.alignment_m) && object.relation_axis_m.allFinite(),
                      "an object's report is finite");
    METASPATIAL_CHECK(object.relations == static_cast<int>(graph.objects[i].relations.size()) &&
                          object.broken_relations >= 0 && object.unsatisfiable_relations >= 0 &&
                          object.broken_relations + object.unsatisfiable_relations <= object.relations,
                      "an object's relations add up");
    relations += object.relations;
    broken += object.broken_relations;
    unsatisfiable += object.unsatisfiable_relations;
  }
  METASPATIAL_CHECK(report.relations == relations && report.broken_relations == broken &&
                        report.unsatisfiable_relations == unsatisfiable,
                    "the room's relations are those of its objects");
  int colliding = 0;
  for (std::size_t k = 0; k < report.faults.size(); ++k) {
    const physics::Fault& fault = report.faults[k];
    check_fault(graph, fault);
    if (fault.kind == physics::FaultKind::Overlap) ++colliding;
    const physics::ObjectReport& object = report.objects[static_cast<std::size_t>(fault.object)];
    METASPATIAL_CHECK(object.faulty() || object.unusable || object.misaligned,
                      "an object with a fault is faulty");
    if (k == 0) continue;
    const physics::Fault& before = report.faults[k - 1];
    METASPATIAL_CHECK(
        std::tie(before.object, before.kind, before.other) < std::tie(fault.object, fault.kind, fault.other),
        "faults are sorted, each is listed once");
  }
  METASPATIAL_CHECK(report.colliding_pairs == colliding, "each colliding pair is a fault");
  METASPATIAL_CHECK(in_unit(report.faulty_share()) && in_unit(report.colliding_share()) &&
                        in_unit(report.out_share()) && in_unit(report.broken_relation_share()) &&
                        in_unit(report.blocking_share()) && in_unit(report.unsupported_share()) &&
                        in_unit(report.unusable_share()) && in_unit(report.misaligned_share()),
                    "shares");

  const reward::RewardConfig config;
  const reward::Reward reward = reward::score_layout(graph, layout, config);
  METASPATIAL_CHECK(within(reward.total, 0, 1) && in_unit(reward.physics) && reward.format == 1,
                    "a reward lies in [0, 1]");
  METASPATIAL_CHECK(reward.objects.size() == graph.objects.size(), "one score per object");
  for (const reward::ObjectScore& object : reward.objects) {
    METASPATIAL_CHECK(in_unit(object.total) && in_unit(object.overlap) && in_unit(object.bounds) &&
                          in_unit(object.relation) && in_unit(object.support) && in_unit(object.blocked) &&
                          in_unit(object.use) && in_unit(object.alignment),
                      "an object's grades lie in [0, 1]");
    for (int axis = 0; axis < 3; ++axis)
      METASPATIAL_CHECK(in_unit(object.axis[axis]), "an axis' grade lies in [0, 1]");
  }
  METASPATIAL_CHECK(!report.faults.empty() || reward.physics > 1 - 1e-9,
                    "a layout without faults is faultless");
  METASPATIAL_CHECK(parse_json(dump_json(reward::reward_json(graph, reward)), "reward").has_value(),
                    "a reward is written as JSON");
}

}  // namespace metaspatial::fuzz
