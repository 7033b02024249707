#include "metaspatial/physics/alignment.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <optional>

namespace metaspatial::physics {
namespace {

using scene::ObjectRef;
using scene::Shape;

constexpr double kQuarter_rad = 0.5 * scene::kPi;
/// Neighbours further than this do not show whether two things are parallel.
constexpr double kNeighbourGap_m = 0.5;
/// Things of a row look the same way, within 10 degrees, and are at most this far from each other.
constexpr double kRowGap_m = 1.0;
constexpr double kRowTurn_rad = 0.1745;

/// The signed turn that would bring `yaw_rad` to the nearest multiple of 90 degrees from `to_rad`.
double quarter_turn(double yaw_rad, double to_rad) {
  return -std::remainder(yaw_rad - to_rad, kQuarter_rad);
}

/// What looks the same from all sides has no angle.
bool is_round(const scene::Kind& kind) {
  switch (kind.shape) {
    case Shape::RoundTable:
    case Shape::Stool:
    case Shape::Lamp:
    case Shape::FloorLamp:
    case Shape::CeilingLamp:
    case Shape::Plant:
    case Shape::Tree:
    case Shape::Barrel:
    case Shape::Vase:
    case Shape::Globe:
    case Shape::Cushion:
    case Shape::Basket:
      return true;
    default:
      return false;
  }
}

/// Calls visit(inward direction, distance of the box's nearest point) for each wall of the room.
template <typename Visit>
void for_each_wall(const PreparedRoom& room, const Box& box, Visit&& visit) {
  const Vec2 centre = box.centre_m.head<2>();
  if (room.plan.rectangle()) {
    const scene::RoomSize& size = room.graph->size;
    const std::array<std::pair<Vec2, double>, 4> walls = {
        {{Vec2(0, 1), 0.0}, {Vec2(0, -1), -size.width_m}, {Vec2(-1, 0), -size.length_m}, {Vec2(1, 0), 0.0}}};
    for (const auto& [inward, offset] : walls) visit(inward, inward.dot(centre) - offset - box.along(inward));
    return;
  }
  for (const scene::WallSegment& wall : room.plan.walls) {
    const double at = wall.along.dot(centre);
    if (at < wall.lo_m || at > wall.hi_m) continue;
    visit(wall.inward, wall.inward.dot(centre) - wall.offset_m - box.along(wall.inward));
  }
}

}  // namespace

AlignmentReport check_alignment(const PreparedRoom& room, const Neighbours& neighbours, int i,
                                std::vector<Fault>& faults) {
  const auto index = static_cast<std::size_t>(i);
  const PreparedObject& mine = room.objects[index];
  const Rules& rules = room.rules;
  const std::span<const Box> boxes = neighbours.boxes();
  const Box& box = boxes[index];
  AlignmentReport report;
  if (mine.flat && mine.kind->shape != Shape::Rug) return report;
  const bool stands = mine.modes.floor && !mine.flat;

  // The angle: to the walls; to what it faces; then, if it is still askew, to what stands near.
  if (!is_round(*mine.kind)) {
    double turn = quarter_turn(box.yaw_rad, 0);
    const auto consider = [&](double other) {
      if (std::abs(other) < std::abs(turn)) turn = other;
    };
    for (const scene::WallSegment& wall : room.plan.walls)
      consider(quarter_turn(box.yaw_rad, wall.inward_yaw_rad));
    if (std::abs(turn) > rules.align_slop_rad && mine.object->facing) {
      // Turned straight at what it should face, it is meant to stand so.
      if (const auto* ref = std::get_if<ObjectRef>(&*mine.object->facing);
          ref != nullptr && ref->index >= 0 && ref->index < static_cast<int>(boxes.size()) &&
          ref->index != i) {
        const Vec2 d = (boxes[static_cast<std::size_t>(ref->index)].centre_m - box.centre_m).head<2>();
        if (d.squaredNorm() > 0) consider(quarter_turn(box.yaw_rad, std::atan2(d.x(), d.y())));
      }
    }
    if (std::abs(turn) > rules.align_slop_rad) {
      const Vec2 reach = box.extent_m + Vec2(kNeighbourGap_m, kNeighbourGap_m);
      const Vec2 centre = box.centre_m.head<2>();
      neighbours.for_each_near(centre - reach, centre + reach, [&](int j) {
        const auto other = static_cast<std::size_t>(j);
        if (j == i || is_round(*room.objects[other].kind)) return;
        if (footprint_gap_m(box, boxes[other]) > kNeighbourGap_m) return;
        consider(quarter_turn(box.yaw_rad, boxes[other].yaw_rad));
      });
    }
    report.angle_rad = std::abs(turn);
    if (report.angle_rad > rules.align_slop_rad + kRounding_m) {
      Fault fault{FaultKind::Turned, i, -1, report.angle_rad, Vec3::Zero(), rules.align_slop_rad, 0};
      fault.turn_rad = turn;
      faults.push_back(fault);
    }
  }

  // Flushness: what is meant for a wall and has its back to one stands at it, or free of it, but not between.
  if (stands && mine.kind->against_wall) {
    double nearest = std::numeric_limits<double>::infinity();
    Vec2 inwards = Vec2::Zero();
    for_each_wall(room, box, [&](const Vec2& inward, double gap) {
      if (inward.dot(box.front) < 0.985 || gap >= nearest) return;  // its back within 10 degrees
      nearest = gap;
      inwards = inward;
    });
    if (nearest > 0 && nearest < rules.free_standing_m) {
      report.flush_m = std::min(nearest, rules.free_standing_m - nearest);
      if (report.flush_m > rules.flush_slop_m + kRounding_m) {
        const Vec2 push =
            inwards *
            (nearest <= rules.free_standing_m - nearest ? -nearest : rules.free_standing_m - nearest);
        faults.push_back(
            {FaultKind::NotFlush, i, -1, nearest, Vec3(push.x(), push.y(), 0), rules.flush_slop_m, 0});
      }
    }
  }

  // Rows: three or more of a kind, side by side, looking the same way.
  if (stands && mine.likes >= 3) {
    const Vec2 reach = 2 * box.extent_m + Vec2(kRowGap_m, kRowGap_m);
    const Vec2 centre = box.centre_m.head<2>();
    std::array<std::pair<int, double>, 12> others;  // index and how far in front of this object's line
    std::size_t count = 0;
    neighbours.for_each_near(centre - reach, centre + reach, [&](int j) {
      const auto other = static_cast<std::size_t>(j);
      if (j == i || room.objects[other].like != mine.like || count == others.size()) return;
      if (std::abs(std::remainder(boxes[other].yaw_rad - box.yaw_rad, 2 * scene::kPi)) > kRowTurn_rad) return;
      const Vec2 d = box.local(boxes[other].centre_m.head<2>());
      if (std::abs(d.y()) > rules.row_reach_m || std::abs(d.x()) > 4 * box.half_m.x() + 2 * kRowGap_m) return;
      for (std::size_t k = 0; k < count; ++k)
        if (others[k].first == j) return;
      others[count++] = {j, d.y()};
    });
    if (count >= 2) {
      std::sort(others.begin(), others.begin() + static_cast<std::ptrdiff_t>(count),
                [](const auto& a, const auto& b) { return a.second < b.second; });
      const double middle = others[count / 2].second;
      const auto agree = std::count_if(
          others.begin(), others.begin() + static_cast<std::ptrdiff_t>(count),
          [&](const auto& other) { return std::abs(other.second - middle) <= 0.5 * rules.row_slop_m; });
      if (agree >= 2 && 3 * static_cast<std::size_t>(agree) >= 2 * count) {
        const double off = std::abs(middle);
        report.row_m = std::min(off, rules.row_reach_m - std::min(off, rules.row_reach_m));
        if (report.row_m > rules.row_slop_m + kRounding_m) {
          const Vec2 push = box.front * middle;
          faults.push_back(
              {FaultKind::OutOfRow, i, -1, off, Vec3(push.x(), push.y(), 0), rules.row_slop_m, 0});
        }
      }
    }
  }
  report.excess_m = std::max(0.0, report.angle_rad - rules.align_slop_rad) +
                    std::max(0.0, report.flush_m - rules.flush_slop_m) +
                    std::max(0.0, report.row_m - rules.row_slop_m);
  return report;
}

}  // namespace metaspatial::physics
