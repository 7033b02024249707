#include "metaspatial/physics/rules.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <optional>
#include <tuple>

#include "metaspatial/base/error.hpp"
#include "metaspatial/physics/alignment.hpp"
#include "metaspatial/physics/bounds.hpp"
#include "metaspatial/physics/use.hpp"

namespace metaspatial::physics {
namespace {

using scene::OpeningKind;
using scene::Relation;

template <typename Flag>
double share_of(const std::vector<ObjectReport>& objects, Flag flag) {
  if (objects.empty()) return 0;
  const auto count = std::count_if(objects.begin(), objects.end(),
                                   [flag](const ObjectReport& object) { return std::invoke(flag, object); });
  return static_cast<double>(count) / static_cast<double>(objects.size());
}

}  // namespace

double Report::faulty_share() const {
  return share_of(objects, &ObjectReport::faulty);
}
double Report::colliding_share() const {
  return share_of(objects, &ObjectReport::colliding);
}
double Report::out_share() const {
  return share_of(objects, &ObjectReport::out);
}
double Report::blocking_share() const {
  return share_of(objects, &ObjectReport::blocking);
}
double Report::unsupported_share() const {
  return share_of(objects, &ObjectReport::unsupported);
}
double Report::unusable_share() const {
  return share_of(objects, &ObjectReport::unusable);
}
double Report::misaligned_share() const {
  return share_of(objects, &ObjectReport::misaligned);
}
double Report::broken_relation_share() const {
  const int judged = relations - unsatisfiable_relations;
  return judged <= 0 ? 0 : static_cast<double>(broken_relations) / judged;
}

Report check(const SceneGraph& graph, const Layout& layout, const Rules& rules) {
  const PreparedRoom room(graph, rules);
  Report report;
  Checker(room).check(layout, report);
  return report;
}

Checker::Checker(const PreparedRoom& room, std::size_t loop_up_to) : room_(&room), neighbours_(loop_up_to) {}

void Checker::check(const Layout& layout, Report& report) {
  const PreparedRoom& room = *room_;
  const SceneGraph& graph = *room.graph;
  const Rules& rules = room.rules;
  const std::size_t n = graph.objects.size();
  METASPATIAL_CHECK(layout.poses.size() == n, "one pose per object");
  report.faults.clear();
  report.objects.assign(n, {});
  report.colliding_pairs = report.relations = report.broken_relations = report.unsatisfiable_relations = 0;

  boxes_.clear();
  boxes_.reserve(n);
  for (std::size_t i = 0; i < n; ++i) boxes_.emplace_back(graph.objects[i].size_m, layout.poses[i]);
  neighbours_.build(boxes_);

  report.graded_overlaps.clear();
  const auto off_the_floor = [&](std::size_t i) {
    return std::abs(boxes_[i].bottom_m()) > rules.support_slop_m + kRounding_m;
  };
  neighbours_.for_each_pair([&](int i, int j) {
    const auto ui = static_cast<std::size_t>(i);
    const auto uj = static_cast<std::size_t>(j);
    if (room.objects[ui].flat || room.objects[uj].flat) return;
    const auto contact = box_contact(boxes_[ui], boxes_[uj]);
    const bool put_down = room.objects[ui].modes.floor && room.objects[uj].modes.floor &&
                          (off_the_floor(ui) || off_the_floor(uj));
    if (!contact && !put_down) return;
    if (share_space(graph, i, j)) return;
    const auto fault_of = [&](const Contact& c) {
      return Fault{FaultKind::Overlap, i, j, c.depth_m, c.push_m, rules.overlap_slop_m, c.share};
    };
    const auto is_fault = [&](const std::optional<Contact>& c) {
      return c && c->depth_m > rules.overlap_slop_m + kRounding_m;
    };
    if (put_down) {
      Box a = boxes_[ui];
      Box b = boxes_[uj];
      a.centre_m.z() = a.half_m.z();
      b.centre_m.z() = b.half_m.z();
      if (const auto below = box_contact(a, b); is_fault(below))
        report.graded_overlaps.push_back(fault_of(*below));
    }
    if (!contact) return;
    report.objects[ui].overlap_m = std::max(report.objects[ui].overlap_m, contact->depth_m);
    report.objects[uj].overlap_m = std::max(report.objects[uj].overlap_m, contact->depth_m);
    if (!is_fault(contact)) return;
    report.objects[ui].colliding = report.objects[uj].colliding = true;
    ++report.colliding_pairs;
    report.faults.push_back(fault_of(*contact));
    if (!put_down) report.graded_overlaps.push_back(report.faults.back());
  });

  for (std::size_t i = 0; i < n; ++i) {
    const scene::SceneObject& object = graph.objects[i];
    const PreparedObject& prepared = room.objects[i];
    const Box& box = boxes_[i];
    ObjectReport& mine = report.objects[i];
    const int index = static_cast<int>(i);

    const OutOfRoom out = out_of_room(graph.size, room.plan, box);
    mine.out_m = out.distance_m;
    if (out.distance_m > rules.room_slop_m + kRounding_m) {
      mine.out = true;
      report.faults.push_back({FaultKind::OutOfRoom, index, -1, out.distance_m, out.move_m, rules.room_slop_m,
                               outside_share(graph.size, room.plan, box)});
    }

    mine.relations = static_cast<int>(object.relations.size());
    report.relations += mine.relations;
    for (int r = 0; r < mine.relations; ++r) {
      if (room.satisfiable[static_cast<std::size_t>(prepared.relations_begin + r)] == 0) {
        ++mine.unsatisfiable_relations;
        ++report.unsatisfiable_relations;
        continue;
      }
      const Relation& relation = object.relations[static_cast<std::size_t>(r)];
      const RelationGap gap = relation_gap(room, relation, object, box, boxes_);
      mine.relation_m = std::max(mine.relation_m, gap.distance_m);
      mine.relation_axis_m = mine.relation_axis_m.cwiseMax(gap.move_m.cwiseAbs());
      if (gap.distance_m > rules.relation_slop_m + kRounding_m) {
        ++mine.broken_relations;
        report.faults.push_back(
            {FaultKind::Relation, index, r, gap.distance_m, gap.move_m, rules.relation_slop_m, 0});
      }
    }
    report.broken_relations += mine.broken_relations;

    const SupportGap gap = support_gap(room, neighbours_, index);
    mine.support_m = gap.gap_m;
    if (gap.gap_m > gap.slop_m + kRounding_m) {
      mine.unsupported = true;
      report.faults.push_back({FaultKind::Support, index, -1, gap.gap_m, gap.move_m, gap.slop_m, 0});
    }

    if (rules.use) {
      const std::size_t before = report.faults.size();
      mine.use_m = check_use(room, neighbours_, index, report.faults).excess_m;
      mine.unusable = report.faults.size() > before;
    }
    if (rules.alignment) {
      const std::size_t before = report.faults.size();
      mine.alignment_m = check_alignment(room, neighbours_, index, report.faults).excess_m;
      mine.misaligned = report.faults.size() > before;
    }
  }

  for (std::size_t o = 0; o < graph.openings.size(); ++o) {
    const bool door = graph.openings[o].kind == OpeningKind::Door;
    const ClearZone& zone = room.zones[o];
    for (std::size_t i = 0; i < n; ++i) {
      if (room.objects[i].flat || (!door && room.objects[i].curtain)) continue;
      const Intrusion in_zone = intrusion(boxes_[i], zone);
      report.objects[i].blocked_m = std::max(report.objects[i].blocked_m, in_zone.depth_m);
      if (in_zone.depth_m <= rules.swing_slop_m + kRounding_m) continue;
      report.objects[i].blocking = true;
      report.faults.push_back({door ? FaultKind::DoorBlocked : FaultKind::WindowBlocked, static_cast<int>(i),
                               static_cast<int>(o), in_zone.depth_m, in_zone.push_m, rules.swing_slop_m, 0});
    }
  }

  std::sort(report.faults.begin(), report.faults.end(), [](const Fault& a, const Fault& b) {
    return std::tie(a.object, a.kind, a.other, a.side) < std::tie(b.object, b.kind, b.other, b.side);
  });
}

}  // namespace metaspatial::physics
