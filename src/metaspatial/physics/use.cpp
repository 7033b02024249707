#include "metaspatial/physics/use.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>

#include "metaspatial/physics/bounds.hpp"

namespace metaspatial::physics {
namespace {

using scene::Element;
using scene::ObjectRef;

/// A strip is looked at between these heights above the object's foot: who walks there steps over what is
/// lower and under what is higher.
constexpr double kStepOver_m = 0.05;
constexpr double kHeadroom_m = 1.8;
/// Over this height an obstacle goes from none to a whole one, so that nothing jumps.
constexpr double kBlend_m = 0.05;

double wrapped(double angle_rad) {
  return std::remainder(angle_rad, 2 * scene::kPi);
}

/// Angle to `facing`, for an object or a wall; false if it names no direction.
bool explicit_facing(const PreparedRoom& room, std::span<const Box> boxes, int i, double& angle_rad,
                     int& other) {
  const PreparedObject& mine = room.objects[static_cast<std::size_t>(i)];
  if (!mine.object->facing) return false;
  const Box& box = boxes[static_cast<std::size_t>(i)];
  if (const auto* element = std::get_if<Element>(&*mine.object->facing)) {
    const auto wall = scene::wall_of(*element);
    if (!wall) return false;
    other = -1;
    angle_rad = wrapped(scene::facing_yaw_rad(*wall) - box.yaw_rad);
    return true;
  }
  other = std::get<ObjectRef>(*mine.object->facing).index;
  if (other < 0 || other >= static_cast<int>(boxes.size()) || other == i) return false;
  angle_rad = facing_angle_rad(box, boxes[static_cast<std::size_t>(other)]);
  return true;
}

/// What an angle beyond the tolerance counts. Within 0.2 m of the target's footprint it fades: inside of it
/// there is no direction, and a layout must not gain or lose at one blow there.
double facing_cost(const Rules& rules, double angle_rad, double distance_m) {
  constexpr double kFade_m = 0.2;
  return std::max(0.0, std::abs(angle_rad) - rules.facing_slop_rad) * std::min(1.0, distance_m / kFade_m);
}

struct SideReport {
  double length_m = 0;
  double free_share = 1;
  int blocker = -1;
};

/// Whether the question puts `object` close to a side of object `other`.
bool put_close(const scene::SceneObject& object, int other) {
  return std::any_of(object.relations.begin(), object.relations.end(),
                     [other](const scene::Relation& relation) {
                       const auto* ref = std::get_if<ObjectRef>(&relation.target);
                       return ref != nullptr && ref->index == other && relation.adjacent;
                     });
}

/// Chairs stand at their tables, what is put in or on a thing is not in its way, nor is what the question
/// puts close to it.
bool belong_together(const PreparedRoom& room, int i, int j) {
  const PreparedObject& a = room.objects[static_cast<std::size_t>(i)];
  const PreparedObject& b = room.objects[static_cast<std::size_t>(j)];
  return put_close(*a.object, j) || put_close(*b.object, i) || (a.wants & b.offers) != 0 ||
         (b.wants & a.offers) != 0 || share_space(*room.graph, i, j);
}

SideReport side_report(const PreparedRoom& room, const Neighbours& neighbours, int i, Side side) {
  const Box& box = neighbours.boxes()[static_cast<std::size_t>(i)];
  const bool along_front = side == Side::Front || side == Side::Back;
  const double sign = side == Side::Front || side == Side::Right ? 1.0 : -1.0;
  const double depth = room.rules.access_depth_m;
  SideReport report;
  report.length_m = 2 * (along_front ? box.half_m.x() : box.half_m.y());
  Box strip = box;
  const Vec2 out = sign * (along_front ? box.front : box.right);
  const double reach = (along_front ? box.half_m.y() : box.half_m.x()) + 0.5 * depth;
  strip.centre_m.head<2>() += reach * out;
  strip.half_m = along_front ? Vec3(box.half_m.x(), 0.5 * depth, 0) : Vec3(0.5 * depth, box.half_m.y(), 0);
  strip.extent_m = Vec2(strip.along(Vec2(1, 0)), strip.along(Vec2(0, 1)));
  const double area = report.length_m * depth;
  if (area < 1e-9) return report;

  double blocked =
      area - std::min(area, area_on_floor_m2(room.graph->size, room.plan, ConvexPolygon(strip.corners_m())));
  const double by_walls = blocked;
  const double low = box.bottom_m() + kStepOver_m;
  const double high = box.bottom_m() + kHeadroom_m;
  const Vec2 centre = strip.centre_m.head<2>();
  int last = -1;
  double last_part = 0;
  // A box may be visited twice by a grid; a small fixed list of those that count keeps that harmless.
  std::array<int, 16> seen;
  std::array<ConvexPolygon, 16> covers;
  std::array<double, 16> weights;
  double twice = 0;
  std::size_t count = 0;
  neighbours.for_each_near(centre - strip.extent_m, centre + strip.extent_m, [&](int j) {
    // What stands on a thing or hangs from the ceiling is in nobody's way; what it stands on may be.
    const SupportModes& held = room.objects[static_cast<std::size_t>(j)].modes;
    if (j == i || room.objects[static_cast<std::size_t>(j)].flat || (!held.floor && !held.wall)) return;
    const Box& other = neighbours.boxes()[static_cast<std::size_t>(j)];
    const double in_the_way = std::clamp((other.top_m() - low) / kBlend_m, 0.0, 1.0) *
                              std::clamp((high - other.bottom_m()) / kBlend_m, 0.0, 1.0);
    if (in_the_way <= 0) return;
    if (std::find(seen.begin(), seen.begin() + static_cast<std::ptrdiff_t>(count), j) !=
        seen.begin() + static_cast<std::ptrdiff_t>(count))
      return;
    const ConvexPolygon cover = common_footprint(strip, other);
    const double part = in_the_way * cover.area_m2();
    if (part <= 1e-9 || belong_together(room, i, j)) return;
    // Where two things cover the strip twice, one over the other, it counts once (of three, nearly so).
    for (std::size_t k = 0; k < count; ++k) {
      ConvexPolygon both = covers[k];
      for (const Vec2& n : {other.right, other.front}) {
        const double middle = n.dot(other.centre_m.head<2>());
        both.clip(n, middle + other.along(n));
        both.clip(-n, other.along(n) - middle);
      }
      if (both.count >= 3) twice += std::min(in_the_way, weights[k]) * both.area_m2();
    }
    if (count < seen.size()) {
      covers[count] = cover;
      weights[count] = in_the_way;
      seen[count++] = j;
    }
    blocked += part;
    // What blocks most is named; of equals, up to rounding, the last.
    if (part > last_part + kRounding_m || (part > last_part - kRounding_m && j > last)) {
      last_part = std::max(part, last_part);
      last = j;
    }
  });
  if (last >= 0 && last_part > by_walls - kRounding_m) report.blocker = last;
  // Never less than what the worst one alone takes.
  blocked = std::max(blocked - twice, std::max(last_part, by_walls));
  report.free_share = std::clamp(1 - blocked / area, 0.0, 1.0);
  return report;
}

}  // namespace

double facing_angle_rad(const Box& object, const Box& target) {
  const Vec2 inside = target.local(object.centre_m.head<2>()).cwiseAbs();
  if (inside.x() <= target.half_m.x() && inside.y() <= target.half_m.y()) return 0;
  double least = std::numeric_limits<double>::infinity();
  bool left = false;
  bool right = false;
  double wide_left = 0;
  double wide_right = 0;
  for (const Vec2& corner : target.corners_m()) {
    const Vec2 p = object.local(corner);
    const double angle = std::atan2(p.x(), p.y());
    if (std::abs(angle) < std::abs(least)) least = angle;
    if (angle < 0) {
      left = true;
      wide_left = std::min(wide_left, angle);
    } else {
      right = true;
      wide_right = std::max(wide_right, angle);
    }
  }
  // Corners on both sides: the footprint is ahead, unless it spans the direction behind.
  if (left && right && wide_right - wide_left < scene::kPi) return 0;
  return least;
}

UseReport check_use(const PreparedRoom& room, const Neighbours& neighbours, int i,
                    std::vector<Fault>& faults) {
  const PreparedObject& mine = room.objects[static_cast<std::size_t>(i)];
  const Rules& rules = room.rules;
  const std::span<const Box> boxes = neighbours.boxes();
  const Box& box = boxes[static_cast<std::size_t>(i)];
  UseReport report;

  double angle = 0;
  int faced = -1;
  const bool told = explicit_facing(room, boxes, i, angle, faced);
  const auto distance_m = [&](int j) {
    return j < 0 ? 1.0 : move_over(boxes[static_cast<std::size_t>(j)], box.centre_m.head<2>()).norm();
  };
  double cost = told ? facing_cost(rules, angle, distance_m(faced)) : 0.0;
  double gap = 0;
  int partner = -1;
  if (mine.wants != 0) {
    double best = std::numeric_limits<double>::infinity();
    double best_angle = 0;
    const double own_reach = mine.partner_gap_m + std::hypot(box.half_m.x(), box.half_m.y());
    neighbours.outwards_from(
        box.centre_m.head<2>(),
        [&](int j) {
          if (j == i || (room.objects[static_cast<std::size_t>(j)].offers & mine.wants) == 0) return;
          const Box& other = boxes[static_cast<std::size_t>(j)];
          const double gap_here = footprint_gap_m(box, other);
          double cost_here = std::max(0.0, gap_here - mine.partner_gap_m);
          if (cost_here > best) return;
          // Where the question says what to face, the table asks for nearness alone.
          const double angle_here = told ? 0.0 : facing_angle_rad(box, other);
          cost_here += facing_cost(rules, angle_here, distance_m(j));
          if (cost_here > best || (cost_here == best && partner >= 0 && gap_here >= gap)) return;
          best = cost_here;
          best_angle = angle_here;
          gap = gap_here;
          partner = j;
        },
        [&](double at_least_m) { return at_least_m - own_reach <= best; });
    if (partner >= 0) {
      cost += best;
      if (!told) {
        angle = best_angle;
        faced = partner;
      }
    }
  }
  report.facing_rad = std::abs(angle);
  report.partner_m = gap;
  report.excess_m = cost;
  if (report.facing_rad > rules.facing_slop_rad + kRounding_m) {
    Fault fault{FaultKind::Facing, i, faced, report.facing_rad, Vec3::Zero(), rules.facing_slop_rad, 0};
    fault.turn_rad = angle;
    faults.push_back(fault);
  }
  if (partner >= 0 && gap > mine.partner_gap_m + kRounding_m) {
    const Box& other = boxes[static_cast<std::size_t>(partner)];
    const Vec2 towards = move_over(other, box.centre_m.head<2>());
    const double length = towards.norm();
    const Vec2 push = length > 0 ? Vec2(towards * ((gap - mine.partner_gap_m) / length)) : Vec2(0, 0);
    faults.push_back(
        {FaultKind::TooFar, i, partner, gap, Vec3(push.x(), push.y(), 0), mine.partner_gap_m, 0});
  }

  if (mine.access) {
    scene::FunctionalSides sides = mine.kind->functional;
    // One gets into a bed over any side but its head.
    if (mine.kind->shape == scene::Shape::Bed)
      sides = {.front = true, .back = false, .left = true, .right = true};
    // Beds, baths, tables, bars: one good side is enough.
    const bool any = sides.left || sides.right || (sides.front && sides.back);
    const double needed = sides.left || sides.right ? rules.access_side_share : rules.access_front_share;
    double lacking_best = std::numeric_limits<double>::infinity();
    Fault best;
    const auto consider = [&](bool wanted, Side side) {
      if (!wanted) return;
      const SideReport here = side_report(room, neighbours, i, side);
      const double lacking = std::max(0.0, needed - here.free_share) * here.length_m;
      Fault fault{FaultKind::Access, i, here.blocker, lacking, Vec3::Zero(), 0, here.free_share};
      fault.side = side;
      if (any) {
        // Of two sides that are equally bad the one is told whose blocker comes last: the same when mirrored.
        if (lacking < lacking_best - kRounding_m ||
            (lacking < lacking_best + kRounding_m && fault.other > best.other))
          best = fault;
        lacking_best = std::min(lacking_best, lacking);
        return;
      }
      report.access_m = std::max(report.access_m, lacking);
      report.excess_m += lacking;
      if (lacking > kRounding_m) faults.push_back(fault);
    };
    consider(sides.front, Side::Front);
    consider(sides.back, Side::Back);
    consider(sides.left, Side::Left);
    consider(sides.right, Side::Right);
    if (any) {
      report.access_m = lacking_best;
      report.excess_m += lacking_best;
      if (lacking_best > kRounding_m) faults.push_back(best);
    }
  }
  return report;
}

}  // namespace metaspatial::physics
