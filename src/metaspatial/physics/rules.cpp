#include "metaspatial/physics/rules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <limits>
#include <tuple>
#include <utility>

#include "metaspatial/base/error.hpp"
#include "metaspatial/scene/kinds.hpp"

namespace metaspatial::physics {
namespace {

using scene::Element;
using scene::ObjectRef;
using scene::Opening;
using scene::OpeningKind;
using scene::Pose;
using scene::Preposition;
using scene::Relation;
using scene::RoomSize;
using scene::SceneObject;
using scene::Wall;

constexpr double kInfinity = std::numeric_limits<double>::infinity();
/// Room for rounding where a layout sits exactly on a tolerance: numbers on a 0.05 m grid often do.
constexpr double kRounding_m = 1e-9;
/// A door leaf clears what is lower than this (a threshold, a mat) ...
constexpr double kSwingFloor_m = 0.05;
/// ... and what hangs higher than this, the usual height of a door.
constexpr double kSwingTop_m = 2.0;
constexpr double kWindowDepth_m = 0.3;
/// Clear zones go on this far outside the wall, so that an object pushed out through a door does not change
/// from "deep in the swing" to "free" in one point.
constexpr double kZoneOutside_m = 0.5;

double vector_length(const Vec3& v) {
  return std::hypot(v.x(), v.y(), v.z());
}

/// A box with everything that the checks ask for, worked out once.
struct Box {
  Vec3 centre_m;
  Vec3 half_m;  ///< on its own axes
  Vec2 right;   ///< own axes in the room frame
  Vec2 front;
  Vec2 extent_m;  ///< half extents on the room's axes
  double yaw_rad;
  bool flat;

  [[nodiscard]] double bottom_m() const { return centre_m.z() - half_m.z(); }
  [[nodiscard]] double top_m() const { return centre_m.z() + half_m.z(); }
  /// Half of its extent along a horizontal unit vector.
  [[nodiscard]] double along(const Vec2& n) const {
    return half_m.x() * std::abs(right.dot(n)) + half_m.y() * std::abs(front.dot(n));
  }
};

Box make_box(const Vec3& size_m, const Pose& pose, bool flat = false) {
  const double c = std::cos(pose.yaw_rad);
  const double s = std::sin(pose.yaw_rad);
  Box box;
  box.centre_m = pose.position_m;
  box.half_m = 0.5 * size_m;
  box.right = {c, -s};
  box.front = {s, c};
  box.extent_m = {std::abs(c) * box.half_m.x() + std::abs(s) * box.half_m.y(),
                  std::abs(s) * box.half_m.x() + std::abs(c) * box.half_m.y()};
  box.yaw_rad = pose.yaw_rad;
  box.flat = flat;
  return box;
}

std::optional<Contact> contact_of(const Box& a, const Box& b) {
  const Vec2 between = (a.centre_m - b.centre_m).head<2>();
  const double up_reach = a.half_m.z() + b.half_m.z();
  const double up = a.centre_m.z() - b.centre_m.z();
  const double up_overlap = up_reach - std::abs(up);
  if (up_overlap <= 0) return std::nullopt;

  Contact contact;
  contact.depth_m = kInfinity;
  contact.share = 1;
  const auto consider = [&contact](double overlap, double smaller_half, const Vec3& push) {
    contact.share = std::min(contact.share, smaller_half > 0 ? 0.5 * overlap / smaller_half : 1.0);
    if (overlap < contact.depth_m - kRounding_m) {
      contact.depth_m = overlap;
      contact.push_m = push * overlap;
    }
  };
  // Boxes turned by a multiple of 90 degrees to each other share their axes; b's two add nothing then.
  const bool parallel = std::abs(a.right.dot(b.right) * a.right.dot(b.front)) < 1e-12;
  const std::array<Vec2, 4> axes = {a.right, a.front, b.right, b.front};
  for (std::size_t k = 0; k < (parallel ? 2U : 4U); ++k) {
    const Vec2& n = axes[k];
    const double half_a = a.along(n);
    const double half_b = b.along(n);
    const double d = between.dot(n);
    const double overlap = half_a + half_b - std::abs(d);
    if (overlap <= 0) return std::nullopt;
    const double sign = d < 0 ? -1.0 : 1.0;
    consider(overlap, std::min(half_a, half_b), Vec3(sign * n.x(), sign * n.y(), 0));
  }
  consider(up_overlap, std::min(a.half_m.z(), b.half_m.z()), Vec3(0, 0, up < 0 ? -1.0 : 1.0));
  return contact;
}

/// How far p is outside b's footprint, as the shortest move in the room frame; zero over it.
Vec2 move_over(const Box& b, const Vec2& p_m) {
  const Vec2 d = p_m - b.centre_m.head<2>();
  const double u = d.dot(b.right);
  const double v = d.dot(b.front);
  return b.right * (std::clamp(u, -b.half_m.x(), b.half_m.x()) - u) +
         b.front * (std::clamp(v, -b.half_m.y(), b.half_m.y()) - v);
}

OutOfRoom out_of(const RoomSize& room, const Box& box) {
  OutOfRoom result;
  const Vec3 extent(box.extent_m.x(), box.extent_m.y(), box.half_m.z());
  const Vec3 size(room.length_m, room.width_m, room.height_m);
  for (int axis = 0; axis < 3; ++axis) {
    const double p = box.centre_m[axis];
    const double below = extent[axis] - p;
    const double beyond = p + extent[axis] - size[axis];
    result.distance_m = std::max({result.distance_m, below, beyond});
    if (2 * extent[axis] > size[axis]) {
      result.move_m[axis] = 0.5 * size[axis] - p;
    } else if (below > 0) {
      result.move_m[axis] = below;
    } else if (beyond > 0) {
      result.move_m[axis] = -beyond;
    }
  }
  return result;
}

// ---------------------------------------------------------------------------------------------- relations

/// At most four boxes (the corners of a room or of an object).
struct Regions {
  std::array<RelationRegion, 4> boxes;
  int count = 0;
  void add(double yaw_rad, const Vec3& lo_m, const Vec3& hi_m) {
    boxes[static_cast<std::size_t>(count++)] = {yaw_rad, lo_m, hi_m};
  }
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
void add_corners(Regions& out, unsigned walls, const Vec3& lo_m, const Vec3& hi_m) {
  for (int k = 0; k < 4; ++k) {
    const bool west = (k & 1) == 0;
    const bool south = (k & 2) == 0;
    const unsigned here = bit(west ? Wall::West : Wall::East) | bit(south ? Wall::South : Wall::North);
    if ((walls & ~here) != 0) continue;
    const double x = west ? lo_m.x() : hi_m.x();
    const double y = south ? lo_m.y() : hi_m.y();
    out.add(0, Vec3(x, y, lo_m.z()), Vec3(x, y, hi_m.z()));
  }
}

/// Regions of a relation to a wall, the middle or the ceiling. Boxes may be empty (lo > hi) where the object
/// does not fit; no box at all means that the words ask for nothing that exists.
void element_regions(const RoomSize& room, const SceneObject& object, const Vec3& half_m, Element element,
                     const Relation& relation, const Rules& rules, Regions& out) {
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
        add_corners(out, bit(*wall) | corner_walls(object), lo, hi);
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
    out.add(0, lo, hi);
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
        add_corners(out, 0, lo, hi);
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
  out.add(0, lo, hi);
}

/// Regions of a relation to another object, in that object's frame.
void object_regions(const Vec3& size_m, double yaw_rad, const Box& target, const Relation& relation,
                    const Rules& rules, Regions& out) {
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
        out.add(target.yaw_rad, lo, hi);
      }
      return;
  }
  out.add(target.yaw_rad, lo, hi);
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

/// The object that a relation refers to, or nothing for an element, itself or an index that does not exist.
const SceneObject* target_object(const SceneGraph& graph, int i, const Relation& relation) {
  const auto* ref = std::get_if<ObjectRef>(&relation.target);
  if (ref == nullptr || ref->index == i || ref->index < 0 ||
      ref->index >= static_cast<int>(graph.objects.size()))
    return nullptr;
  return &graph.objects[static_cast<std::size_t>(ref->index)];
}

/// One thing is in, on or under the other because the question says so: then they may share space.
bool shares_space(const SceneObject& object, int other) {
  return std::any_of(object.relations.begin(), object.relations.end(), [other](const Relation& relation) {
    if (relation.preposition != Preposition::On && relation.preposition != Preposition::Under &&
        relation.preposition != Preposition::InMiddle && relation.preposition != Preposition::InCorner)
      return false;
    const auto* ref = std::get_if<ObjectRef>(&relation.target);
    return ref != nullptr && ref->index == other;
  });
}

// ------------------------------------------------------------------------------------------------ support

struct SupportGap {
  double gap_m = kInfinity;
  double slop_m = 0;
  Vec3 move_m = Vec3::Zero();
  void consider(double gap, double slop, const Vec3& move) {
    // The least excess wins, so that alternatives with different tolerances compare fairly.
    if (gap - slop < gap_m - slop_m) {
      gap_m = gap;
      slop_m = slop;
      move_m = move;
    }
  }
};

void consider_top(SupportGap& best, const Box& box, const Box& below, double slop_m) {
  const double up = below.top_m() - box.bottom_m();
  if (std::abs(up) - slop_m >= best.gap_m - best.slop_m) return;
  const Vec2 over = move_over(below, box.centre_m.head<2>());
  best.consider(std::hypot(over.x(), over.y(), up), slop_m, Vec3(over.x(), over.y(), up));
}

SupportGap support_gap(const RoomSize& room, const std::vector<Box>& boxes, std::size_t i,
                       const SupportModes& modes, const Rules& rules) {
  const Box& box = boxes[i];
  SupportGap best;
  const auto on_floor = [&] {
    best.consider(std::abs(box.bottom_m()), rules.support_slop_m, Vec3(0, 0, -box.bottom_m()));
  };
  if (modes.floor) {
    on_floor();
    for (std::size_t j = 0; j < boxes.size(); ++j)
      if (j != i && boxes[j].flat) consider_top(best, box, boxes[j], rules.support_slop_m);
  }
  if (modes.on_top) {
    for (std::size_t j = 0; j < boxes.size(); ++j)
      if (j != i) consider_top(best, box, boxes[j], rules.support_slop_m);
    // Nothing else is in the room: the question offers no top to stand on, the floor has to do.
    if (boxes.size() == 1) on_floor();
  }
  if (modes.wall) {
    const std::array<std::pair<double, Vec3>, 4> walls = {{
        {box.centre_m.y() - box.extent_m.y(), Vec3(0, -1, 0)},
        {room.width_m - box.centre_m.y() - box.extent_m.y(), Vec3(0, 1, 0)},
        {room.length_m - box.centre_m.x() - box.extent_m.x(), Vec3(1, 0, 0)},
        {box.centre_m.x() - box.extent_m.x(), Vec3(-1, 0, 0)},
    }};
    for (const auto& [gap, outwards] : walls) best.consider(std::abs(gap), rules.wall_gap_m, outwards * gap);
  }
  if (modes.ceiling) {
    const double up = room.height_m - box.top_m();
    best.consider(std::abs(up), rules.support_slop_m, Vec3(0, 0, up));
  }
  return best;
}

// ----------------------------------------------------------------------------------------------- openings

/// The clear zone of an opening in the wall's own terms.
struct Zone {
  Vec2 along;   ///< unit vector along the wall
  Vec2 inward;  ///< unit vector into the room
  double along_lo_m;
  double along_hi_m;
  double wall_m;  ///< inward coordinate of the wall
  double depth_m;
  double bottom_m;
  double top_m;
};

Zone zone_of(const RoomSize& room, const Opening& opening) {
  const bool door = opening.kind == OpeningKind::Door;
  const bool along_x = opening.wall == Wall::South || opening.wall == Wall::North;
  const double wall_length = room.wall_length_m(opening.wall);
  Zone zone;
  zone.along = along_x ? Vec2(1, 0) : Vec2(0, 1);
  zone.inward = scene::front_axis(scene::inward_yaw_rad(opening.wall));
  // Exact axes: cos(pi / 2) is not quite 0.
  zone.inward = Vec2(std::round(zone.inward.x()), std::round(zone.inward.y()));
  zone.along_lo_m = std::clamp(opening.centre_m - 0.5 * opening.width_m, 0.0, wall_length);
  zone.along_hi_m = std::clamp(opening.centre_m + 0.5 * opening.width_m, 0.0, wall_length);
  zone.wall_m = opening.wall == Wall::North  ? -room.width_m
                : opening.wall == Wall::East ? -room.length_m
                                             : 0.0;
  zone.depth_m = door ? opening.width_m : kWindowDepth_m;
  zone.bottom_m = door ? kSwingFloor_m : opening.bottom_m;
  zone.top_m = door ? kSwingTop_m : opening.bottom_m + opening.height_m;
  return zone;
}

struct Intrusion {
  double depth_m = 0;
  Vec3 push_m = Vec3::Zero();
};

/// How deep a box is in a clear zone, and the shortest way out that does not lead through the wall.
Intrusion intrusion_of(const Box& box, const Zone& zone) {
  const double high = std::min(zone.top_m - box.bottom_m(), box.top_m() - zone.bottom_m);
  if (high <= 0) return {};
  const double half_along = 0.5 * (zone.along_hi_m - zone.along_lo_m);
  const double half_inward = 0.5 * (zone.depth_m + kZoneOutside_m);
  const Vec2 centre =
      zone.along * (zone.along_lo_m + half_along) + zone.inward * (zone.wall_m + zone.depth_m - half_inward);
  const Vec2 between = box.centre_m.head<2>() - centre;
  const bool parallel = std::abs(box.right.x() * box.right.y()) < 1e-12;
  const std::array<Vec2, 4> axes = {zone.along, zone.inward, box.right, box.front};
  Intrusion result;
  result.depth_m = high;
  double push = kInfinity;
  for (std::size_t k = 0; k < (parallel ? 2U : 4U); ++k) {
    const Vec2& n = axes[k];
    const double reach =
        box.along(n) + half_along * std::abs(zone.along.dot(n)) + half_inward * std::abs(zone.inward.dot(n));
    const double d = between.dot(n);
    for (const double sign : {d < 0 ? -1.0 : 1.0, d < 0 ? 1.0 : -1.0}) {
      const double overlap = reach - sign * d;
      if (overlap <= 0) return {};
      result.depth_m = std::min(result.depth_m, overlap);
      if (sign * n.dot(zone.inward) >= -1e-9 && overlap < push - kRounding_m) {
        push = overlap;
        result.push_m = Vec3(sign * n.x(), sign * n.y(), 0) * overlap;
      }
    }
  }
  return result;
}

// -------------------------------------------------------------------------------------------------- words

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

const SceneObject& object_of(const SceneGraph& graph, int i) {
  METASPATIAL_CHECK(i >= 0 && i < static_cast<int>(graph.objects.size()),
                    "a fault of an object of this graph");
  return graph.objects[static_cast<std::size_t>(i)];
}

const Opening& opening_of(const SceneGraph& graph, int i) {
  METASPATIAL_CHECK(i >= 0 && i < static_cast<int>(graph.openings.size()),
                    "a fault at an opening of this graph");
  return graph.openings[static_cast<std::size_t>(i)];
}

const Relation& relation_of(const SceneGraph& graph, int i, int r) {
  const SceneObject& object = object_of(graph, i);
  METASPATIAL_CHECK(r >= 0 && r < static_cast<int>(object.relations.size()), "a relation of this object");
  return object.relations[static_cast<std::size_t>(r)];
}

/// The border that the largest part of a move back into the room leads away from.
std::string_view crossed_border(const Vec3& move_m) {
  int axis = 0;
  move_m.cwiseAbs().maxCoeff(&axis);
  const bool up = move_m[axis] > 0;
  if (axis == 0) return up ? "west_wall" : "east_wall";
  if (axis == 1) return up ? "south_wall" : "north_wall";
  return up ? "floor" : "ceiling";
}

template <typename Flag>
double share_of(const std::vector<ObjectReport>& objects, Flag flag) {
  if (objects.empty()) return 0;
  const auto count = std::count_if(objects.begin(), objects.end(),
                                   [flag](const ObjectReport& object) { return std::invoke(flag, object); });
  return static_cast<double>(count) / static_cast<double>(objects.size());
}

}  // namespace

std::string_view name(FaultKind kind) {
  switch (kind) {
    case FaultKind::Overlap:
      return "overlap";
    case FaultKind::OutOfRoom:
      return "out_of_room";
    case FaultKind::Relation:
      return "relation";
    case FaultKind::Support:
      return "support";
    case FaultKind::DoorBlocked:
      return "door_blocked";
    case FaultKind::WindowBlocked:
      return "window_blocked";
  }
  return "unknown";
}

std::optional<Contact> box_contact(const Vec3& size_a_m, const Pose& a, const Vec3& size_b_m, const Pose& b) {
  return contact_of(make_box(size_a_m, a), make_box(size_b_m, b));
}

OutOfRoom out_of_room(const RoomSize& room, const Vec3& size_m, const Pose& pose) {
  return out_of(room, make_box(size_m, pose));
}

SupportModes support_modes(const SceneGraph& graph, int i) {
  const SceneObject& object = object_of(graph, i);
  SupportModes modes;
  if (object.on_floor) {
    modes.floor = true;
    return modes;
  }
  bool above = false;
  for (const Relation& relation : object.relations) {
    if (const auto* element = std::get_if<Element>(&relation.target)) {
      if (*element == Element::Ceiling && relation.preposition != Preposition::Under) modes.ceiling = true;
      if (scene::wall_of(*element) && relation.preposition == Preposition::On) modes.wall = true;
    } else if (target_object(graph, i, relation) != nullptr) {
      if (relation.preposition == Preposition::On) modes.on_top = true;
      if (relation.preposition == Preposition::Above) above = true;
    }
  }
  const scene::SupportKind kind = scene::kind_or_default(object.kind).support;
  // "lamp above the table" may stand or hang; a picture above a sofa hangs.
  if (above && kind != scene::SupportKind::Wall && kind != scene::SupportKind::Ceiling) modes.on_top = true;
  // A thing on top that also names a wall ("on the shelf, on the north wall") stands on its top.
  if (modes.on_top && kind == scene::SupportKind::OnTop) modes.wall = false;
  if (modes.on_top || modes.wall || modes.ceiling) return modes;
  switch (kind) {
    case scene::SupportKind::OnTop:
      modes.on_top = true;
      break;
    case scene::SupportKind::Wall:
      modes.wall = true;
      break;
    case scene::SupportKind::Ceiling:
      modes.ceiling = true;
      break;
    case scene::SupportKind::Floor:
      // The question says that it is not on the floor and nothing says on what: anything may hold it.
      modes.on_top = modes.wall = modes.ceiling = true;
      break;
  }
  return modes;
}

std::vector<RelationRegion> relation_regions(const SceneGraph& graph, const Layout& layout, int i, int r,
                                             const Rules& rules) {
  const Relation& relation = relation_of(graph, i, r);
  METASPATIAL_CHECK(layout.poses.size() == graph.objects.size(), "one pose per object");
  const SceneObject& object = graph.objects[static_cast<std::size_t>(i)];
  const double yaw_rad = layout.poses[static_cast<std::size_t>(i)].yaw_rad;
  Regions regions;
  if (const auto* element = std::get_if<Element>(&relation.target)) {
    const Vec2 extent = scene::half_extent_m(object.size_m, yaw_rad);
    element_regions(graph.size, object, Vec3(extent.x(), extent.y(), 0.5 * object.size_m.z()), *element,
                    relation, rules, regions);
  } else if (const SceneObject* target = target_object(graph, i, relation)) {
    const auto j = static_cast<std::size_t>(std::get<ObjectRef>(relation.target).index);
    object_regions(object.size_m, yaw_rad, make_box(target->size_m, layout.poses[j]), relation, rules,
                   regions);
  }
  std::vector<RelationRegion> result;
  for (int k = 0; k < regions.count; ++k) {
    RelationRegion region = regions.boxes[static_cast<std::size_t>(k)];
    // An object exactly as long as its wall leaves lo == hi but for rounding.
    for (int axis = 0; axis < 3; ++axis)
      if (region.lo_m[axis] > region.hi_m[axis] && region.lo_m[axis] <= region.hi_m[axis] + kRounding_m)
        region.hi_m[axis] = region.lo_m[axis];
    if (!region.empty()) result.push_back(region);
  }
  return result;
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
      const double top_m = b->on_floor ? b->size_m.z() : graph.size.height_m;
      return a.size_m.z() <= top_m + slop;
    }
    case Preposition::InCorner:
    case Preposition::InMiddle:
      return true;
  }
  return true;
}

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
double Report::broken_relation_share() const {
  const int judged = relations - unsatisfiable_relations;
  return judged <= 0 ? 0 : static_cast<double>(broken_relations) / judged;
}

Report check(const SceneGraph& graph, const Layout& layout, const Rules& rules) {
  const std::size_t n = graph.objects.size();
  METASPATIAL_CHECK(layout.poses.size() == n, "one pose per object");
  Report report;
  report.objects.resize(n);

  std::vector<Box> boxes;
  boxes.reserve(n);
  std::vector<bool> curtain(n);
  for (std::size_t i = 0; i < n; ++i) {
    const scene::Kind& kind = scene::kind_or_default(graph.objects[i].kind);
    boxes.push_back(make_box(graph.objects[i].size_m, layout.poses[i], kind.flat));
    curtain[i] = kind.shape == scene::Shape::Curtain;
  }

  // Overlaps: sweep along x.
  std::vector<int> order(n);
  for (std::size_t i = 0; i < n; ++i) order[i] = static_cast<int>(i);
  const auto low_x = [&](int i) {
    const Box& box = boxes[static_cast<std::size_t>(i)];
    return box.centre_m.x() - box.extent_m.x();
  };
  std::sort(order.begin(), order.end(), [&](int i, int j) {
    const double a = low_x(i);
    const double b = low_x(j);
    return a != b ? a < b : i < j;
  });
  for (std::size_t k = 0; k < n; ++k) {
    const Box& first = boxes[static_cast<std::size_t>(order[k])];
    if (first.flat) continue;
    const double high_x = first.centre_m.x() + first.extent_m.x();
    for (std::size_t l = k + 1; l < n && low_x(order[l]) < high_x; ++l) {
      const Box& second = boxes[static_cast<std::size_t>(order[l])];
      if (second.flat ||
          std::abs(first.centre_m.y() - second.centre_m.y()) >= first.extent_m.y() + second.extent_m.y())
        continue;
      const int i = std::min(order[k], order[l]);
      const int j = std::max(order[k], order[l]);
      const auto ui = static_cast<std::size_t>(i);
      const auto uj = static_cast<std::size_t>(j);
      const auto contact = contact_of(boxes[ui], boxes[uj]);
      if (!contact || shares_space(graph.objects[ui], j) || shares_space(graph.objects[uj], i)) continue;
      report.objects[ui].overlap_m = std::max(report.objects[ui].overlap_m, contact->depth_m);
      report.objects[uj].overlap_m = std::max(report.objects[uj].overlap_m, contact->depth_m);
      if (contact->depth_m <= rules.overlap_slop_m + kRounding_m) continue;
      report.objects[ui].colliding = report.objects[uj].colliding = true;
      ++report.colliding_pairs;
      report.faults.push_back({FaultKind::Overlap, i, j, contact->depth_m, contact->push_m,
                               rules.overlap_slop_m, contact->share});
    }
  }

  for (std::size_t i = 0; i < n; ++i) {
    const SceneObject& object = graph.objects[i];
    const Box& box = boxes[i];
    ObjectReport& mine = report.objects[i];
    const int index = static_cast<int>(i);

    const OutOfRoom out = out_of(graph.size, box);
    mine.out_m = out.distance_m;
    if (out.distance_m > rules.room_slop_m + kRounding_m) {
      mine.out = true;
      report.faults.push_back(
          {FaultKind::OutOfRoom, index, -1, out.distance_m, out.move_m, rules.room_slop_m, 0});
    }

    mine.relations = static_cast<int>(object.relations.size());
    report.relations += mine.relations;
    for (int r = 0; r < mine.relations; ++r) {
      if (!satisfiable(graph, index, r, rules)) {
        ++mine.unsatisfiable_relations;
        ++report.unsatisfiable_relations;
        continue;
      }
      const Relation& relation = object.relations[static_cast<std::size_t>(r)];
      Regions regions;
      if (const auto* element = std::get_if<Element>(&relation.target)) {
        element_regions(graph.size, object, Vec3(box.extent_m.x(), box.extent_m.y(), box.half_m.z()),
                        *element, relation, rules, regions);
      } else {
        const auto j = static_cast<std::size_t>(std::get<ObjectRef>(relation.target).index);
        object_regions(object.size_m, box.yaw_rad, boxes[j], relation, rules, regions);
      }
      double distance_m = kInfinity;
      Vec3 move_m = Vec3::Zero();
      for (int k = 0; k < regions.count; ++k) {
        // Turned like this the object may not fit (its region is empty) although another yaw would do: the
        // nearest thing to it counts, and what is lacking.
        double lack_m = 0;
        const RelationRegion region = collapsed(regions.boxes[static_cast<std::size_t>(k)], lack_m);
        const Vec3 move = move_into(region, box.centre_m);
        const double distance = vector_length(move) + lack_m;
        if (distance < distance_m) {
          distance_m = distance;
          move_m = move;
        }
      }
      mine.relation_m = std::max(mine.relation_m, distance_m);
      mine.relation_axis_m = mine.relation_axis_m.cwiseMax(move_m.cwiseAbs());
      if (distance_m > rules.relation_slop_m + kRounding_m) {
        ++mine.broken_relations;
        report.faults.push_back(
            {FaultKind::Relation, index, r, distance_m, move_m, rules.relation_slop_m, 0});
      }
    }
    report.broken_relations += mine.broken_relations;

    const SupportGap gap = support_gap(graph.size, boxes, i, support_modes(graph, index), rules);
    mine.support_m = gap.gap_m;
    if (gap.gap_m > gap.slop_m + kRounding_m) {
      mine.unsupported = true;
      report.faults.push_back({FaultKind::Support, index, -1, gap.gap_m, gap.move_m, gap.slop_m, 0});
    }
  }

  for (std::size_t o = 0; o < graph.openings.size(); ++o) {
    const bool door = graph.openings[o].kind == OpeningKind::Door;
    const Zone zone = zone_of(graph.size, graph.openings[o]);
    for (std::size_t i = 0; i < n; ++i) {
      if (boxes[i].flat || (!door && curtain[i])) continue;
      const Intrusion intrusion = intrusion_of(boxes[i], zone);
      report.objects[i].blocked_m = std::max(report.objects[i].blocked_m, intrusion.depth_m);
      if (intrusion.depth_m <= rules.swing_slop_m + kRounding_m) continue;
      report.objects[i].blocking = true;
      report.faults.push_back({door ? FaultKind::DoorBlocked : FaultKind::WindowBlocked, static_cast<int>(i),
                               static_cast<int>(o), intrusion.depth_m, intrusion.push_m, rules.swing_slop_m,
                               0});
    }
  }

  std::sort(report.faults.begin(), report.faults.end(), [](const Fault& a, const Fault& b) {
    return std::tie(a.object, a.kind, a.other) < std::tie(b.object, b.kind, b.other);
  });
  return report;
}

std::string describe(const SceneGraph& graph, const Fault& fault) {
  const SceneObject& object = object_of(graph, fault.object);
  const double m = fault.magnitude_m;
  switch (fault.kind) {
    case FaultKind::Overlap:
      return fmt::format("{} overlaps {} by {:.2f} m", object.id, object_of(graph, fault.other).id, m);
    case FaultKind::OutOfRoom: {
      const std::string_view border = crossed_border(fault.push_m);
      return fmt::format("{} is {:.2f} m out of the room, {} the {}", object.id, m,
                         border == "floor"     ? "below"
                         : border == "ceiling" ? "above"
                                               : "beyond",
                         border);
    }
    case FaultKind::Relation:
      return fmt::format("{} is not {}: {:.2f} m off", object.id,
                         place_phrase(graph, relation_of(graph, fault.object, fault.other)), m);
    case FaultKind::Support: {
      const SupportModes modes = support_modes(graph, fault.object);
      const bool plain_drop = std::hypot(fault.push_m.x(), fault.push_m.y()) < kRounding_m;
      if (modes.floor && plain_drop)
        return fault.push_m.z() < 0 ? fmt::format("{} floats {:.2f} m above the floor", object.id, m)
                                    : fmt::format("{} is sunk {:.2f} m into the floor", object.id, m);
      if (modes.ceiling && !modes.on_top && !modes.wall)
        return fmt::format("{} is {:.2f} m {} the ceiling", object.id, m,
                           fault.push_m.z() > 0 ? "below" : "above");
      if (modes.wall && !modes.on_top && !modes.ceiling)
        return fmt::format("{} hangs {:.2f} m away from any wall", object.id, m);
      return fmt::format("{} rests on nothing: {:.2f} m from the nearest support", object.id, m);
    }
    case FaultKind::DoorBlocked:
      return fmt::format("{} is {:.2f} m inside the swing of {}", object.id, m,
                         opening_of(graph, fault.other).id);
    case FaultKind::WindowBlocked:
      return fmt::format("{} covers {} by {:.2f} m", object.id, opening_of(graph, fault.other).id, m);
  }
  return {};
}

std::string remedy(const SceneGraph& graph, const Fault& fault) {
  static constexpr std::array<std::array<std::string_view, 2>, 3> kDirections = {
      {{"west", "east"}, {"south", "north"}, {"down", "up"}}};
  std::string moves;
  for (std::size_t axis = 0; axis < 3; ++axis) {
    const double step = fault.push_m[static_cast<int>(axis)];
    if (std::abs(step) < 0.005) continue;  // prints as 0.00
    if (!moves.empty()) moves += " and ";
    moves += fmt::format("{:.2f} m {}", std::abs(step), kDirections[axis][step > 0 ? 1 : 0]);
  }
  const SceneObject& object = object_of(graph, fault.object);
  if (moves.empty()) return fmt::format("no move helps {}; another orientation may", object.id);
  switch (fault.kind) {
    case FaultKind::Overlap:
      return fmt::format("{} would free it", moves);
    case FaultKind::OutOfRoom:
      return fmt::format("{} would bring it inside", moves);
    case FaultKind::Relation:
      return fmt::format("{} would put it in its place", moves);
    case FaultKind::Support:
      return fmt::format("{} would hold it up", moves);
    case FaultKind::DoorBlocked:
    case FaultKind::WindowBlocked:
      return fmt::format("{} would clear {}", moves, opening_of(graph, fault.other).id);
  }
  return {};
}

std::array<double, 4> clear_zone_m(const SceneGraph& graph, const Opening& opening) {
  const Zone zone = zone_of(graph.size, opening);
  const double inner = zone.wall_m + zone.depth_m;
  const Vec2 a = zone.along * zone.along_lo_m + zone.inward * zone.wall_m;
  const Vec2 b = zone.along * zone.along_hi_m + zone.inward * inner;
  return {std::min(a.x(), b.x()), std::max(a.x(), b.x()), std::min(a.y(), b.y()), std::max(a.y(), b.y())};
}

}  // namespace metaspatial::physics
