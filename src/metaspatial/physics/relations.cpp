#include "metaspatial/physics/relations.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <optional>
#include <span>
#include <utility>

#include "metaspatial/base/error.hpp"
#include "metaspatial/physics/box.hpp"
#include "metaspatial/physics/prepared_room.hpp"
#include "metaspatial/scene/floor_plan.hpp"
#include "metaspatial/scene/kinds.hpp"

namespace metaspatial::physics {
namespace {

using scene::Element;
using scene::FloorPlan;
using scene::ObjectRef;
using scene::Preposition;
using scene::Relation;
using scene::RoomSize;
using scene::SceneObject;
using scene::Wall;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// The room as relations see it.
struct Place {
  const RoomSize& size;
  const FloorPlan& plan;
};

unsigned bit(Wall wall) {
  return 1U << static_cast<unsigned>(wall);
}

/// The walls whose corner the object is said to be in.
unsigned corner_walls(const SceneObject& object) {
  unsigned walls = 0;
  for (const Relation& relation : object.relations) {
    if (relation.preposition != Preposition::InCorner) continue;
    if (const auto* element = std::get_if<Element>(&relation.target))
      if (const auto wall = scene::wall_of(*element)) walls |= bit(*wall);
  }
  return walls;
}

/// The four corners of a range in plan, as seen from `walls`: only those that lie on each of them.
template <typename Emit>
void emit_corners(unsigned walls, const Vec3& lo_m, const Vec3& hi_m, Emit&& emit) {
  for (int k = 0; k < 4; ++k) {
    const bool west = (k & 1) == 0;
    const bool south = (k & 2) == 0;
    const unsigned here = bit(west ? Wall::West : Wall::East) | bit(south ? Wall::South : Wall::North);
    if ((walls & ~here) != 0) continue;
    const double x = west ? lo_m.x() : hi_m.x();
    const double y = south ? lo_m.y() : hi_m.y();
    emit(RelationRegion{0, Vec3(x, y, lo_m.z()), Vec3(x, y, hi_m.z())});
  }
}

/// Where the outline of a polygonal floor narrows to a corner that lies on each of `walls`: flush with the
/// piece of wall, at its end.
template <typename Emit>
void emit_plan_corners(const FloorPlan& plan, unsigned walls, const Vec3& size_m, double yaw_rad, double lo_z,
                       double hi_z, Emit&& emit) {
  const std::size_t n = plan.walls.size();
  for (std::size_t k = 0; k < n; ++k) {
    const scene::WallSegment& here = plan.walls[k];
    const scene::WallSegment& next = plan.walls[(k + 1) % n];
    if (!here.corner_hi) continue;
    if ((walls & ~(bit(here.wall) | bit(next.wall))) != 0) continue;
    const Vec2 extent = scene::half_extent_m(size_m, yaw_rad - here.inward_yaw_rad);
    const double x = here.hi_m - extent.x();
    const double y = here.offset_m + extent.y();
    emit(RelationRegion{here.inward_yaw_rad, Vec3(x, y, lo_z), Vec3(x, y, hi_z)});
  }
}

/// Regions of a relation to one piece of a wall of a polygonal floor, in that piece's frame.
template <typename Emit>
void segment_regions(const scene::WallSegment& segment, const SceneObject& object, double yaw_rad,
                     double lo_z, double hi_z, const Relation& relation, const Rules& rules, Emit&& emit) {
  const Vec2 extent = scene::half_extent_m(object.size_m, yaw_rad - segment.inward_yaw_rad);
  const double at = segment.offset_m + extent.y();
  Vec3 lo(segment.lo_m + extent.x(), at, lo_z);
  Vec3 hi(segment.hi_m - extent.x(), at, hi_z);
  const double third = (segment.hi_m - segment.lo_m) / 3;
  switch (relation.preposition) {
    case Preposition::On:
    case Preposition::Under:
    case Preposition::Above:
      break;
    case Preposition::InMiddle:
      lo.x() = std::max(lo.x(), segment.lo_m + third);
      hi.x() = std::min(hi.x(), segment.hi_m - third);
      break;
    case Preposition::InFront:
      hi.y() = at + (relation.adjacent ? rules.adjacent_gap_m : rules.far_gap_m);
      break;
    case Preposition::LeftOf:
    case Preposition::RightOf: {
      // Seen from the wall into the room; the halves are those of the piece of wall, however far from it.
      const double middle = 0.5 * (segment.lo_m + segment.hi_m);
      lo = Vec3(-kInfinity, -kInfinity, lo_z);
      hi = Vec3(kInfinity, kInfinity, hi_z);
      (relation.preposition == Preposition::RightOf ? lo : hi).x() = middle;
      break;
    }
    case Preposition::Behind:
    case Preposition::InCorner:
      return;
  }
  emit(RelationRegion{segment.inward_yaw_rad, lo, hi});
}

/// Regions of a relation to a wall, the middle or the ceiling. Boxes may be empty (lo > hi) where the object
/// does not fit; no box at all means that the words ask for nothing that exists.
template <typename Emit>
void element_regions(const Place& place, const SceneObject& object, const Vec3& half_m, double yaw_rad,
                     Element element, const Relation& relation, const Rules& rules, Emit&& emit) {
  const RoomSize& room = place.size;
  const Vec3 size(room.length_m, room.width_m, room.height_m);
  Vec3 lo = half_m;
  Vec3 hi = size - half_m;
  const Vec3 in_lo = lo;
  const Vec3 in_hi = hi;
  if (object.on_floor) {  // its height is a matter of support, not of the relation
    lo.z() = -kInfinity;
    hi.z() = kInfinity;
  }
  const auto middle_third = [&](int axis) {
    lo[axis] = std::max(lo[axis], size[axis] / 3);
    hi[axis] = std::min(hi[axis], 2 * size[axis] / 3);
  };

  const auto wall = scene::wall_of(element);
  if (wall && !place.plan.rectangle()) {
    if (relation.preposition == Preposition::InCorner) {
      emit_plan_corners(place.plan, bit(*wall) | corner_walls(object), object.size_m, yaw_rad, lo.z(), hi.z(),
                        emit);
      return;
    }
    for (const scene::WallSegment& segment : place.plan.walls)
      if (segment.wall == *wall)
        segment_regions(segment, object, yaw_rad, lo.z(), hi.z(), relation, rules, emit);
    return;
  }
  if (wall) {
    const int across = *wall == Wall::South || *wall == Wall::North ? 1 : 0;
    const int along = 1 - across;
    const bool at_zero = *wall == Wall::South || *wall == Wall::West;
    const auto touch = [&](double gap_lo, double gap_hi) {
      const double lo_c = at_zero ? in_lo[across] + gap_lo : in_hi[across] - gap_hi;
      const double hi_c = at_zero ? in_lo[across] + gap_hi : in_hi[across] - gap_lo;
      lo[across] = lo_c;
      hi[across] = hi_c;
    };
    switch (relation.preposition) {
      case Preposition::On:
      case Preposition::Under:
      case Preposition::Above:
        touch(0, 0);
        break;
      case Preposition::InMiddle:
        touch(0, 0);
        middle_third(along);
        break;
      case Preposition::InFront:
        touch(0, relation.adjacent ? rules.adjacent_gap_m : rules.far_gap_m);
        break;
      case Preposition::Behind:
        return;
      case Preposition::InCorner:
        emit_corners(bit(*wall) | corner_walls(object), lo, hi, emit);
        return;
      case Preposition::LeftOf:
      case Preposition::RightOf: {
        // Seen from the wall into the room.
        const Vec2 right = scene::right_axis(scene::inward_yaw_rad(*wall));
        const bool positive = (right[along] > 0) == (relation.preposition == Preposition::RightOf);
        (positive ? lo : hi)[along] = 0.5 * size[along];
        break;
      }
    }
    emit(RelationRegion{0, lo, hi});
    return;
  }

  const bool ceiling = element == Element::Ceiling;
  switch (relation.preposition) {
    case Preposition::On:
    case Preposition::InMiddle:
    case Preposition::InCorner:
      if (ceiling) lo.z() = hi.z() = in_hi.z();
      if (relation.preposition == Preposition::InMiddle) {
        middle_third(0);
        middle_third(1);
      } else if (relation.preposition == Preposition::InCorner) {
        if (place.plan.rectangle())
          emit_corners(0, lo, hi, emit);
        else
          emit_plan_corners(place.plan, 0, object.size_m, yaw_rad, lo.z(), hi.z(), emit);
        return;
      }
      break;
    case Preposition::Above:
      if (ceiling) return;
      break;
    case Preposition::Under:
      break;
    case Preposition::LeftOf:
      hi.x() = 0.5 * size.x();
      break;
    case Preposition::RightOf:
      lo.x() = 0.5 * size.x();
      break;
    case Preposition::InFront:
      lo.y() = 0.5 * size.y();
      break;
    case Preposition::Behind:
      hi.y() = 0.5 * size.y();
      break;
  }
  emit(RelationRegion{0, lo, hi});
}

/// Regions of a relation to another object, in that object's frame.
template <typename Emit>
void object_regions(const Vec3& size_m, double yaw_rad, const Box& target, bool target_holds_inside,
                    const Relation& relation, const Rules& rules, Emit&& emit) {
  const Vec2 extent = scene::half_extent_m(size_m, yaw_rad - target.yaw_rad);
  const double half_z = 0.5 * size_m.z();
  const Vec2 centre(target.centre_m.head<2>().dot(target.right), target.centre_m.head<2>().dot(target.front));
  const Vec2 half = target.half_m.head<2>();
  Vec3 lo(centre.x() - half.x(), centre.y() - half.y(), -kInfinity);
  Vec3 hi(centre.x() + half.x(), centre.y() + half.y(), kInfinity);

  const auto beside = [&](int axis, double sign) {
    const int across = 1 - axis;
    const double near = half[axis] + extent[axis];
    const double far = near + (relation.adjacent ? rules.adjacent_gap_m : rules.far_gap_m);
    lo[axis] = centre[axis] + (sign > 0 ? near : -far);
    hi[axis] = centre[axis] + (sign > 0 ? far : -near);
    const double reach = half[across] + (relation.adjacent ? 0.0 : extent[across]);
    lo[across] = centre[across] - reach;
    hi[across] = centre[across] + reach;
  };
  switch (relation.preposition) {
    case Preposition::LeftOf:
      beside(0, -1);
      break;
    case Preposition::RightOf:
      beside(0, 1);
      break;
    case Preposition::InFront:
      beside(1, 1);
      break;
    case Preposition::Behind:
      beside(1, -1);
      break;
    case Preposition::On:
      lo.z() = hi.z() = target.top_m() + half_z;
      if (target_holds_inside) lo.z() = target.bottom_m() + half_z;
      break;
    case Preposition::Above:
      lo.z() = target.top_m() + half_z;
      break;
    case Preposition::Under:
      hi.z() = target.top_m() - half_z;
      break;
    case Preposition::InMiddle:
      for (int axis = 0; axis < 2; ++axis) {
        lo[axis] = centre[axis] - half[axis] / 3;
        hi[axis] = centre[axis] + half[axis] / 3;
      }
      break;
    case Preposition::InCorner:
      for (int k = 0; k < 4; ++k) {
        for (int axis = 0; axis < 2; ++axis) {
          const bool low = (k >> axis & 1) == 0;
          lo[axis] = centre[axis] + (low ? -half[axis] : half[axis] / 3);
          hi[axis] = centre[axis] + (low ? -half[axis] / 3 : half[axis]);
        }
        emit(RelationRegion{target.yaw_rad, lo, hi});
      }
      return;
  }
  emit(RelationRegion{target.yaw_rad, lo, hi});
}

/// The region, with an axis that has no room collapsed to its middle; `lack_m` is how much room is lacking.
RelationRegion collapsed(const RelationRegion& region, double& lack_m) {
  RelationRegion result = region;
  lack_m = 0;
  for (int axis = 0; axis < 3; ++axis) {
    if (result.lo_m[axis] <= result.hi_m[axis]) continue;
    lack_m = std::max(lack_m, 0.5 * (result.lo_m[axis] - result.hi_m[axis]));
    result.lo_m[axis] = result.hi_m[axis] = 0.5 * (result.lo_m[axis] + result.hi_m[axis]);
  }
  return result;
}

/// Whether a box can stand in the room at all, at one of the four cardinal yaws.
bool fits(const RoomSize& room, const Vec3& size_m, double slop_m) {
  const auto within = [&](double x, double y) {
    return x <= room.length_m + slop_m && y <= room.width_m + slop_m;
  };
  return within(size_m.x(), size_m.y()) || within(size_m.y(), size_m.x());
}

std::string_view phrase(Preposition preposition) {
  switch (preposition) {
    case Preposition::InFront:
      return "in front of";
    case Preposition::InCorner:
      return "in the corner of";
    case Preposition::On:
      return "on";
    case Preposition::Under:
      return "under";
    case Preposition::Above:
      return "above";
    case Preposition::LeftOf:
      return "left of";
    case Preposition::RightOf:
      return "right of";
    case Preposition::Behind:
      return "behind";
    case Preposition::InMiddle:
      return "in the middle of";
  }
  return "on";
}

const SceneObject& object_of(const SceneGraph& graph, int i) {
  METASPATIAL_CHECK(i >= 0 && i < static_cast<int>(graph.objects.size()),
                    "a fault of an object of this graph");
  return graph.objects[static_cast<std::size_t>(i)];
}

const Relation& relation_of(const SceneGraph& graph, int i, int r) {
  const SceneObject& object = object_of(graph, i);
  METASPATIAL_CHECK(r >= 0 && r < static_cast<int>(object.relations.size()), "a relation of this object");
  return object.relations[static_cast<std::size_t>(r)];
}

}  // namespace

const SceneObject* target_object(const SceneGraph& graph, int i, const Relation& relation) {
  const auto* ref = std::get_if<ObjectRef>(&relation.target);
  if (ref == nullptr || ref->index == i || ref->index < 0 ||
      ref->index >= static_cast<int>(graph.objects.size()))
    return nullptr;
  return &graph.objects[static_cast<std::size_t>(ref->index)];
}

bool share_space(const SceneGraph& graph, int i, int j) {
  const auto puts = [&graph](int object, int other) {
    const SceneObject& target = graph.objects[static_cast<std::size_t>(other)];
    return std::ranges::any_of(
        graph.objects[static_cast<std::size_t>(object)].relations, [&](const Relation& relation) {
          const auto* ref = std::get_if<ObjectRef>(&relation.target);
          if (ref == nullptr || ref->index != other) return false;
          return relation.preposition == Preposition::On || relation.preposition == Preposition::InMiddle ||
                 relation.preposition == Preposition::InCorner ||
                 (relation.preposition == Preposition::Under && holds_beneath(target));
        });
  };
  return puts(i, j) || puts(j, i);
}

std::string place_phrase(const SceneGraph& graph, const Relation& relation) {
  if (const auto* ref = std::get_if<ObjectRef>(&relation.target)) {
    const bool known = ref->index >= 0 && ref->index < static_cast<int>(graph.objects.size());
    const std::string_view id = known
                                    ? std::string_view(graph.objects[static_cast<std::size_t>(ref->index)].id)
                                    : "an unknown object";
    const bool directional =
        relation.preposition == Preposition::LeftOf || relation.preposition == Preposition::RightOf ||
        relation.preposition == Preposition::InFront || relation.preposition == Preposition::Behind;
    return fmt::format("{}{} {}", directional && relation.adjacent ? "close " : "",
                       phrase(relation.preposition), id);
  }
  const Element element = std::get<Element>(relation.target);
  if (element == Element::Middle) {
    if (relation.preposition == Preposition::InMiddle) return "in the middle of the room";
    if (relation.preposition == Preposition::On) return "on the floor of the room";
  }
  return fmt::format("{} the {}", phrase(relation.preposition), scene::name(element));
}

std::vector<RelationRegion> relation_regions(const SceneGraph& graph, const Layout& layout, int i, int r,
                                             const Rules& rules) {
  const Relation& relation = relation_of(graph, i, r);
  METASPATIAL_CHECK(layout.poses.size() == graph.objects.size(), "one pose per object");
  const SceneObject& object = graph.objects[static_cast<std::size_t>(i)];
  const double yaw_rad = layout.poses[static_cast<std::size_t>(i)].yaw_rad;
  std::vector<RelationRegion> result;
  const auto emit = [&result](RelationRegion region) {
    // An object exactly as long as its wall leaves lo == hi but for rounding.
    for (int axis = 0; axis < 3; ++axis)
      if (region.lo_m[axis] > region.hi_m[axis] && region.lo_m[axis] <= region.hi_m[axis] + kRounding_m)
        region.hi_m[axis] = region.lo_m[axis];
    if (!region.empty()) result.push_back(region);
  };
  if (const auto* element = std::get_if<Element>(&relation.target)) {
    const FloorPlan plan(graph.floor_m, graph.size);
    const Vec2 extent = scene::half_extent_m(object.size_m, yaw_rad);
    element_regions({graph.size, plan}, object, Vec3(extent.x(), extent.y(), 0.5 * object.size_m.z()),
                    yaw_rad, *element, relation, rules, emit);
  } else if (const SceneObject* target = target_object(graph, i, relation)) {
    const auto j = static_cast<std::size_t>(std::get<ObjectRef>(relation.target).index);
    object_regions(object.size_m, yaw_rad, Box(target->size_m, layout.poses[j]), holds_inside(*target),
                   relation, rules, emit);
  }
  return result;
}

RelationGap relation_gap(const PreparedRoom& room, const Relation& relation, const SceneObject& object,
                         const Box& box, std::span<const Box> boxes) {
  RelationGap gap;
  gap.distance_m = kInfinity;
  const auto emit = [&](const RelationRegion& wanted) {
    // Turned like this the object may not fit (its region is empty) although another yaw would do: the
    // nearest thing to it counts, and what is lacking.
    double lack_m = 0;
    const RelationRegion region = collapsed(wanted, lack_m);
    const Vec3 move = move_into(region, box.centre_m);
    const double distance = std::hypot(move.x(), move.y(), move.z()) + lack_m;
    if (distance < gap.distance_m) {
      gap.distance_m = distance;
      gap.move_m = move;
    }
  };
  if (const auto* element = std::get_if<Element>(&relation.target)) {
    element_regions({room.graph->size, room.plan}, object,
                    Vec3(box.extent_m.x(), box.extent_m.y(), box.half_m.z()), box.yaw_rad, *element, relation,
                    room.rules, emit);
  } else {
    const auto j = static_cast<std::size_t>(std::get<ObjectRef>(relation.target).index);
    object_regions(object.size_m, box.yaw_rad, boxes[j], room.objects[j].holds_inside, relation, room.rules,
                   emit);
  }
  return gap;
}

Vec3 move_into(const RelationRegion& region, const Vec3& p_m) {
  const Vec2 right = scene::right_axis(region.frame_yaw_rad);
  const Vec2 front = scene::front_axis(region.frame_yaw_rad);
  const double u = p_m.head<2>().dot(right);
  const double v = p_m.head<2>().dot(front);
  const double du = std::clamp(u, region.lo_m.x(), region.hi_m.x()) - u;
  const double dv = std::clamp(v, region.lo_m.y(), region.hi_m.y()) - v;
  const Vec2 plan = right * du + front * dv;
  return {plan.x(), plan.y(), std::clamp(p_m.z(), region.lo_m.z(), region.hi_m.z()) - p_m.z()};
}

bool satisfiable(const SceneGraph& graph, int i, int r, const Rules& rules) {
  const Relation& relation = relation_of(graph, i, r);
  const SceneObject& a = graph.objects[static_cast<std::size_t>(i)];
  const double slop = 2 * rules.relation_slop_m;  // a region grows on both sides
  if (const auto* element = std::get_if<Element>(&relation.target)) {
    if (const auto wall = scene::wall_of(*element)) {
      if (relation.preposition == Preposition::Behind) return false;
      if (relation.preposition == Preposition::InCorner) {
        const unsigned walls = corner_walls(a);
        const unsigned opposite_y = bit(Wall::South) | bit(Wall::North);
        const unsigned opposite_x = bit(Wall::West) | bit(Wall::East);
        if ((walls & opposite_y) == opposite_y || (walls & opposite_x) == opposite_x) return false;
      }
    } else if (*element == Element::Ceiling && relation.preposition == Preposition::Above) {
      return false;
    }
    if (const auto wall = scene::wall_of(*element); wall && !graph.floor_m.empty()) {
      // Some piece of the wall must be as long as the object's shorter side.
      const FloorPlan plan(graph.floor_m, graph.size);
      const double side = std::min(a.size_m.x(), a.size_m.y());
      if (std::ranges::none_of(plan.walls, [&](const scene::WallSegment& piece) {
            return piece.wall == *wall && piece.hi_m - piece.lo_m + slop >= side;
          }))
        return false;
    }
    return fits(graph.size, a.size_m, slop) && (a.on_floor || a.size_m.z() <= graph.size.height_m + slop);
  }
  const SceneObject* b = target_object(graph, i, relation);
  if (b == nullptr) return false;
  switch (relation.preposition) {
    case Preposition::LeftOf:
    case Preposition::RightOf:
    case Preposition::InFront:
    case Preposition::Behind:
      // Side by side along one of the room's axes, whatever way both are turned.
      return std::min(a.size_m.x(), a.size_m.y()) + std::min(b->size_m.x(), b->size_m.y()) <=
             std::max(graph.size.length_m, graph.size.width_m) + slop;
    case Preposition::On:
    case Preposition::Above:
      return a.size_m.z() + b->size_m.z() <= graph.size.height_m + slop;
    case Preposition::Under: {
      if (b->on_floor && !holds_beneath(*b) && !scene::kind_or_default(a.kind).flat) return false;
      const double top_m = b->on_floor ? b->size_m.z() : graph.size.height_m;
      return a.size_m.z() <= top_m + slop;
    }
    case Preposition::InCorner:
    case Preposition::InMiddle:
      return true;
  }
  return true;
}

namespace {

/// Whether one yaw of the object and one place satisfy both relations, each within its tolerance. Tries yaws
/// in steps; `slack_m` makes up for those between.
class Both {
 public:
  Both(const SceneGraph& graph, int i, const Rules& rules)
      : graph_(graph),
        object_(graph.objects[static_cast<std::size_t>(i)]),
        rules_(rules),
        plan_(graph.floor_m, graph.size) {}

  bool possible(const Relation& a, const Relation& b) {
    constexpr int kSteps = 32;
    // The quarter turns first: nearly always one of them will do.
    for (int k = 0; k < 4 * kSteps; ++k) {
      const int step = (k % 4) * kSteps + k / 4;
      if (at_yaw(step * 2 * scene::kPi / (4 * kSteps), a, b, 2 * scene::kPi / (4 * kSteps))) return true;
    }
    return false;
  }

 private:
  bool at_yaw(double yaw_rad, const Relation& a, const Relation& b, double step_rad) {
    // Extents change by at most the diagonal times the turn.
    const double slack =
        2 * rules_.relation_slop_m + (step_rad * std::hypot(object_.size_m.x(), object_.size_m.y()));
    first_.clear();
    regions(a, yaw_rad, [this](const RelationRegion& region) { first_.push_back(region); });
    bool found = false;
    regions(b, yaw_rad, [&](const RelationRegion& two) {
      for (const RelationRegion& one : first_) {
        if (one.frame_yaw_rad != two.frame_yaw_rad) {
          found = true;  // pieces of a polygon's walls: not looked into
          continue;
        }
        const Vec3 lo = one.lo_m.cwiseMax(two.lo_m);
        const Vec3 hi = one.hi_m.cwiseMin(two.hi_m);
        found = found || ((hi - lo).array() >= -slack).all();
      }
    });
    return found;
  }

  template <typename Emit>
  void regions(const Relation& relation, double yaw_rad, Emit&& emit) const {
    const auto boxed = [&](RelationRegion region) {
      double lack_m = 0;
      emit(collapsed(region, lack_m));
    };
    if (const auto* element = std::get_if<Element>(&relation.target)) {
      const Vec2 extent = scene::half_extent_m(object_.size_m, yaw_rad);
      element_regions({graph_.size, plan_}, object_, Vec3(extent.x(), extent.y(), 0.5 * object_.size_m.z()),
                      yaw_rad, *element, relation, rules_, boxed);
      return;
    }
    // Only what is relative to the target matters: it stands at the origin, unturned.
    const SceneObject& target =
        graph_.objects[static_cast<std::size_t>(std::get<ObjectRef>(relation.target).index)];
    object_regions(object_.size_m, yaw_rad, Box(target.size_m, scene::Pose{}), holds_inside(target), relation,
                   rules_, boxed);
  }

  const SceneGraph& graph_;
  const SceneObject& object_;
  const Rules& rules_;
  FloorPlan plan_;
  std::vector<RelationRegion> first_;
};

/// Whether what object i is "on" leads back to itself.
bool on_itself(const SceneGraph& graph, int i, int start) {
  std::vector<int> todo = {start};
  std::vector<char> seen(graph.objects.size());
  while (!todo.empty()) {
    const int at = todo.back();
    todo.pop_back();
    if (at == i) return true;
    if (seen[static_cast<std::size_t>(at)] != 0) continue;
    seen[static_cast<std::size_t>(at)] = 1;
    for (const Relation& relation : graph.objects[static_cast<std::size_t>(at)].relations)
      if (const SceneObject* target = target_object(graph, at, relation);
          target != nullptr &&
          (relation.preposition == Preposition::On || relation.preposition == Preposition::Above ||
           ((relation.preposition == Preposition::InMiddle ||
             relation.preposition == Preposition::InCorner) &&
            holds_inside(*target))))
        todo.push_back(std::get<ObjectRef>(relation.target).index);
  }
  return false;
}

}  // namespace

std::vector<RoomFault> room_faults(const SceneGraph& graph, const Rules& rules) {
  std::vector<RoomFault> faults;
  for (std::size_t i = 0; i < graph.objects.size(); ++i) {
    const SceneObject& object = graph.objects[i];
    const int index = static_cast<int>(i);
    const int count = static_cast<int>(object.relations.size());
    const auto relation = [&object](int r) -> const Relation& {
      return object.relations[static_cast<std::size_t>(r)];
    };
    std::optional<Both> both;
    for (int r = 0; r < count; ++r) {
      RoomFault fault{index, r, -1};
      bool impossible = !satisfiable(graph, index, r, rules);
      const SceneObject* target = impossible ? nullptr : target_object(graph, index, relation(r));
      if (target != nullptr &&
          (relation(r).preposition == Preposition::On || relation(r).preposition == Preposition::Above)) {
        const bool flat = scene::kind_or_default(target->kind).flat;
        if (object.on_floor && !flat && !holds_inside(*target) &&
            target->size_m.z() > rules.relation_slop_m + rules.support_slop_m) {
          impossible = true;
          fault.with = -2;
        } else if (on_itself(graph, index, std::get<ObjectRef>(relation(r).target).index)) {
          impossible = true;
          fault.with = -3;
        }
      }
      for (int other = 0; other < count && !impossible; ++other) {
        if (other == r || relation(other) == relation(r)) continue;
        // Two relations to elements, or two to the same object; of others, the target can move.
        if (relation(other).target.index() != relation(r).target.index()) continue;
        if (target != nullptr && relation(other).target != relation(r).target) continue;
        if (!satisfiable(graph, index, other, rules)) continue;
        if (!both) both.emplace(graph, index, rules);
        if (both->possible(relation(r), relation(other))) continue;
        impossible = true;
        fault.with = other;
      }
      if (impossible) faults.push_back(fault);
    }
  }
  return faults;
}

std::string describe(const SceneGraph& graph, const RoomFault& fault) {
  const SceneObject& object = object_of(graph, fault.object);
  const std::string place = place_phrase(graph, relation_of(graph, fault.object, fault.relation));
  if (fault.with >= 0)
    return fmt::format("{} cannot be {} and {}", object.id, place,
                       place_phrase(graph, relation_of(graph, fault.object, fault.with)));
  if (fault.with == -2) return fmt::format("{} cannot be {} and on the floor", object.id, place);
  if (fault.with == -3)
    return fmt::format("{} cannot be {}: what it is on comes back to itself", object.id, place);
  return fmt::format("{} cannot be {} in this room", object.id, place);
}

bool holds_beneath(const SceneObject& object) {
  switch (scene::kind_or_default(object.kind).shape) {
    case scene::Shape::Wardrobe:
    case scene::Shape::Cabinet:
    case scene::Shape::Drawers:
    case scene::Shape::Counter:
    case scene::Shape::Fridge:
    case scene::Shape::Stove:
    case scene::Shape::Bathtub:
    case scene::Shape::Fireplace:
    case scene::Shape::Chest:
    case scene::Shape::Crate:
    case scene::Shape::Barrel:
    case scene::Shape::Books:
    case scene::Shape::Statue:
    case scene::Shape::Machine:
    case scene::Shape::Tub:
      return false;
    default:
      return true;
  }
}

bool holds_inside(const SceneObject& object) {
  switch (scene::kind_or_default(object.kind).shape) {
    case scene::Shape::Bed:
    case scene::Shape::Seat:
    case scene::Shape::Sofa:
    case scene::Shape::Bench:
    case scene::Shape::Shelf:
    case scene::Shape::Rack:
    case scene::Shape::Bathtub:
    case scene::Shape::Tub:
    case scene::Shape::Sink:
    case scene::Shape::Crib:
    case scene::Shape::Basket:
    case scene::Shape::Crate:
    case scene::Shape::Fireplace:
    case scene::Shape::Swing:
      return true;
    default:
      return false;
  }
}

}  // namespace metaspatial::physics
