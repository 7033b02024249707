// Our rules on scenes made from bytes: finite, bounded, the same for any order of the objects, and a fault's
// push ends it.
//
// Input    see make_scene; then one byte per object for another order.

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <vector>

#include "bytes.hpp"
#include "invariants.hpp"
#include "made_scene.hpp"
#include "metaspatial/base/error.hpp"
#include "metaspatial/physics/bounds.hpp"
#include "metaspatial/physics/box.hpp"
#include "metaspatial/physics/relations.hpp"
#include "metaspatial/physics/rules.hpp"
#include "metaspatial/physics/support.hpp"
#include "metaspatial/reward/reward.hpp"

namespace metaspatial::fuzz {
namespace {

/// Of coordinates up to 1e6 m: a double has 1e-10 m there, and a yaw of 1e6 degrees as much in radians.
double rounding_m(const MadeScene& made) {
  double largest =
      std::max({1.0, made.graph.size.length_m, made.graph.size.width_m, made.graph.size.height_m});
  for (std::size_t i = 0; i < made.graph.objects.size(); ++i)
    largest = std::max({largest, made.graph.objects[i].size_m.maxCoeff(),
                        made.layout.poses[i].position_m.cwiseAbs().maxCoeff()});
  return 1e-8 + 1e-11 * largest;
}

MadeScene reordered(const MadeScene& made, const std::vector<std::size_t>& order) {
  std::vector<int> place(order.size());
  for (std::size_t k = 0; k < order.size(); ++k) place[order[k]] = static_cast<int>(k);
  const auto rename = [&place](scene::Target& target) {
    if (auto* ref = std::get_if<scene::ObjectRef>(&target))
      ref->index = place[static_cast<std::size_t>(ref->index)];
  };
  MadeScene result = made;
  for (std::size_t k = 0; k < order.size(); ++k) {
    scene::SceneObject& object = result.graph.objects[k] = made.graph.objects[order[k]];
    for (scene::Relation& relation : object.relations) rename(relation.target);
    if (object.facing) rename(*object.facing);
    result.layout.poses[k] = made.layout.poses[order[k]];
  }
  return result;
}

void check_regions(const MadeScene& made) {
  for (std::size_t i = 0; i < made.graph.objects.size(); ++i) {
    const int object = static_cast<int>(i);
    for (int r = 0; r < static_cast<int>(made.graph.objects[i].relations.size()); ++r) {
      static_cast<void>(physics::satisfiable(made.graph, object, r));
      for (const auto& region : physics::relation_regions(made.graph, made.layout, object, r)) {
        METASPATIAL_CHECK(!region.empty() && std::isfinite(region.frame_yaw_rad), "a region has room");
        for (int axis = 0; axis < 3; ++axis)
          METASPATIAL_CHECK(!std::isnan(region.lo_m[axis]) && !std::isnan(region.hi_m[axis]),
                            "bounds of a region");
        METASPATIAL_CHECK(physics::move_into(region, made.layout.poses[i].position_m).allFinite(),
                          "there is a way into a region");
      }
    }
    const physics::SupportModes modes = physics::support_modes(made.graph, object);
    METASPATIAL_CHECK(modes.floor || modes.on_top || modes.wall || modes.ceiling, "something holds it");
  }
}

void check_order(const MadeScene& made, const std::vector<std::size_t>& order) {
  const MadeScene other = reordered(made, order);
  const physics::Report a = physics::check(made.graph, made.layout);
  const physics::Report b = physics::check(other.graph, other.layout);
  const double rounding = rounding_m(made);
  const auto same = [rounding](double p, double q) { return std::abs(p - q) <= rounding; };
  for (std::size_t k = 0; k < order.size(); ++k) {
    const physics::ObjectReport& p = a.objects[order[k]];
    const physics::ObjectReport& q = b.objects[k];
    METASPATIAL_CHECK(same(p.overlap_m, q.overlap_m) && same(p.out_m, q.out_m) &&
                          same(p.relation_m, q.relation_m) && same(p.support_m, q.support_m) &&
                          same(p.blocked_m, q.blocked_m) && same(p.use_m, q.use_m) &&
                          same(p.alignment_m, q.alignment_m),
                      "the order of the objects changes no magnitude");
    METASPATIAL_CHECK(p.unsatisfiable_relations == q.unsatisfiable_relations && p.out == q.out &&
                          p.unsupported == q.unsupported && p.blocking == q.blocking,
                      "the order of the objects changes no verdict");
  }
  if (rounding > 1e-7) return;
  METASPATIAL_CHECK(std::abs(reward::score_layout(made.graph, made.layout).total -
                             reward::score_layout(other.graph, other.layout).total) < 1e-4,
                    "the order of the objects changes no reward");
}

/// The push of a fault is "the shortest move that would end it": it ends it.
void check_push(MadeScene made, const physics::Fault& fault) {
  using physics::FaultKind;
  const auto i = static_cast<std::size_t>(fault.object);
  const scene::Vec3& size_m = made.graph.objects[i].size_m;
  made.layout.poses[i].position_m += fault.push_m;
  const scene::Pose& pose = made.layout.poses[i];
  const double rounding = rounding_m(made);
  switch (fault.kind) {
    case FaultKind::Overlap: {
      const auto j = static_cast<std::size_t>(fault.other);
      const auto contact = physics::box_contact(
          physics::Box(size_m, pose), physics::Box(made.graph.objects[j].size_m, made.layout.poses[j]));
      METASPATIAL_CHECK(!contact || contact->depth_m <= rounding, "the push separates two objects");
      break;
    }
    case FaultKind::Relation:
      for (const auto& region : physics::relation_regions(made.graph, made.layout, fault.object, fault.other))
        if (physics::move_into(region, pose.position_m).norm() <= rounding) return;
      // Turned as it is, it may not fit; then the push is not the whole distance.
      METASPATIAL_CHECK(fault.magnitude > fault.push_m.norm() - rounding,
                        "a push is not longer than the distance");
      METASPATIAL_CHECK(
          physics::relation_regions(made.graph, made.layout, fault.object, fault.other).empty() ||
              fault.magnitude > fault.push_m.norm() + rounding,
          "the push leads into the region");
      break;
    case FaultKind::OutOfRoom: {
      if (!made.graph.floor_m.empty()) break;  // out of one pocket may lead into another
      const auto out = physics::out_of_room(made.graph.size, {}, physics::Box(size_m, pose));
      METASPATIAL_CHECK(out.move_m.norm() <= rounding, "the push brings it inside or to the middle");
      break;
    }
    case FaultKind::Support:
    case FaultKind::DoorBlocked:
    case FaultKind::WindowBlocked: {
      const physics::Report report = physics::check(made.graph, made.layout);
      METASPATIAL_CHECK(std::none_of(report.faults.begin(), report.faults.end(),
                                     [&fault](const physics::Fault& left) {
                                       return left.object == fault.object && left.kind == fault.kind &&
                                              left.other == fault.other;
                                     }),
                        "the push ends the fault");
      break;
    }
    case FaultKind::Facing:
    case FaultKind::TooFar:
    case FaultKind::Access:
    case FaultKind::Turned:
    case FaultKind::NotFlush:
    case FaultKind::OutOfRow:
      break;  // these depend on where others are
  }
}

/// A scorer that met another layout before gives the same reward.
void check_scorer(const MadeScene& made) {
  scene::Layout other = made.layout;
  std::reverse(other.poses.begin(), other.poses.end());
  reward::LayoutScorer scorer(made.graph);
  scorer.score(other);
  METASPATIAL_CHECK(scorer.score(made.layout).total == reward::score_layout(made.graph, made.layout).total,
                    "a reward does not depend on what was scored before");
}

void check_rules(Bytes& bytes) {
  const MadeScene made = make_scene(bytes);
  check_graph(made.graph);
  check_layout(made.graph, made.layout);
  check_regions(made);
  check_scorer(made);

  std::vector<std::size_t> order(made.graph.objects.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  for (std::size_t k = order.size(); k > 1; --k) std::swap(order[k - 1], order[bytes.below(k)]);
  check_order(made, order);

  const physics::Report report = physics::check(made.graph, made.layout);
  constexpr std::size_t kPushes = 8;
  for (std::size_t k = 0; k < std::min(kPushes, report.faults.size()); ++k)
    check_push(made, report.faults[(k + bytes.byte()) % report.faults.size()]);
}

}  // namespace
}  // namespace metaspatial::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  metaspatial::fuzz::Bytes bytes(metaspatial::fuzz::text_of(data, size));
  metaspatial::fuzz::check_rules(bytes);
  return 0;
}
