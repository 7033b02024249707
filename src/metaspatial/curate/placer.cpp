#include "metaspatial/curate/placer.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "metaspatial/physics/bounds.hpp"

namespace metaspatial::curate {
namespace {

using physics::RelationRegion;
using scene::Element;
using scene::ObjectRef;
using scene::Preposition;
using scene::Relation;
using scene::SupportKind;
using scene::Vec2;

constexpr double kTiny = 1e-6;
// Strip in front of a functional side that the first search keeps free: room to stand, not to walk.
constexpr double kAccess_m = 0.5;

bool cardinal(double yaw_rad) {
  const double quarters = yaw_rad / (scene::kPi / 2);
  return std::abs(quarters - std::round(quarters)) < 1e-9;
}

const ObjectRef* object_of(const scene::Target& target) {
  return std::get_if<ObjectRef>(&target);
}

bool directional(Preposition p) {
  return p == Preposition::LeftOf || p == Preposition::RightOf || p == Preposition::InFront ||
         p == Preposition::Behind;
}

/// The axis-aligned box of the room around a region: the region itself if its frame is cardinal.
std::pair<Vec3, Vec3> room_box(const RelationRegion& r) {
  const Vec2 right = scene::right_axis(r.frame_yaw_rad);
  const Vec2 front = scene::front_axis(r.frame_yaw_rad);
  // A half plane reaches beyond every room, but not so far that its other side is lost.
  constexpr double kFar_m = 1e4;
  const Vec2 lo = r.lo_m.head<2>().cwiseMax(-kFar_m);
  const Vec2 hi = r.hi_m.head<2>().cwiseMin(kFar_m);
  const Vec2 a = right * lo.x() + front * lo.y();
  const Vec2 b = right * hi.x() + front * hi.y();
  if (cardinal(r.frame_yaw_rad))
    return {Vec3(std::min(a.x(), b.x()), std::min(a.y(), b.y()), r.lo_m.z()),
            Vec3(std::max(a.x(), b.x()), std::max(a.y(), b.y()), r.hi_m.z())};
  const Vec2 c = right * lo.x() + front * hi.y();
  const Vec2 d = right * hi.x() + front * lo.y();
  const Vec2 low = a.cwiseMin(b).cwiseMin(c).cwiseMin(d);
  const Vec2 high = a.cwiseMax(b).cwiseMax(c).cwiseMax(d);
  return {Vec3(low.x(), low.y(), r.lo_m.z()), Vec3(high.x(), high.y(), r.hi_m.z())};
}

bool has_room(const RelationRegion& r) {
  return (r.lo_m.array() <= r.hi_m.array() + kTiny).all();
}

struct Rect {
  double x0, x1, y0, y1;
  [[nodiscard]] bool meets(const Rect& o) const {
    return x0 < o.x1 - kTiny && o.x0 < x1 - kTiny && y0 < o.y1 - kTiny && o.y0 < y1 - kTiny;
  }
};

Rect rect_of(const Vec3& p_m, const Vec2& half_m) {
  return {p_m.x() - half_m.x(), p_m.x() + half_m.x(), p_m.y() - half_m.y(), p_m.y() + half_m.y()};
}

/// The strip of depth kAccess_m outside one side of an object; side 0 front, 1 right, 2 back, 3 left.
Rect strip(const Vec3& p_m, const Vec3& size_m, double yaw_rad, int side) {
  const Vec2 out = side % 2 == 0 ? Vec2(scene::front_axis(yaw_rad)) : Vec2(scene::right_axis(yaw_rad));
  const Vec2 dir = side < 2 ? out : Vec2(-out);
  const double half_out = 0.5 * (side % 2 == 0 ? size_m.y() : size_m.x());
  const double half_across = 0.5 * (side % 2 == 0 ? size_m.x() : size_m.y());
  const Vec2 centre = Vec2(p_m.x(), p_m.y()) + dir * (half_out + 0.5 * kAccess_m);
  const double hx = std::abs(dir.x()) * 0.5 * kAccess_m + std::abs(dir.y()) * half_across;
  const double hy = std::abs(dir.y()) * 0.5 * kAccess_m + std::abs(dir.x()) * half_across;
  return {centre.x() - hx, centre.x() + hx, centre.y() - hy, centre.y() + hy};
}

bool is_mat(std::string_view kind) {
  return kind == "yoga_mat" || kind == "gym_mat" || kind == "play_mat" || kind == "tatami_mat" ||
         kind == "prayer_rug";
}

bool related(const scene::SceneObject& object, int target) {
  return std::ranges::any_of(object.relations, [&](const Relation& r) {
    const ObjectRef* ref = object_of(r.target);
    return ref != nullptr && ref->index == target;
  });
}

}  // namespace

Placer::Placer(const SceneGraph& graph, double grid_m)
    : graph_(graph), plan_(graph.floor_m, graph.size), grid_m_(grid_m) {
  resize();
  for (const scene::Opening& opening : graph.openings)
    zones_m_.push_back(physics::clear_zone_m(graph, opening));
}

void Placer::resize() {
  const std::size_t n = graph_.objects.size();
  layout_.poses.resize(n);
  placed_.resize(n, 0);
  const std::size_t known = std::min(facts_.size(), n);
  facts_.resize(n);
  for (std::size_t i = known; i < n; ++i) {
    placed_[i] = 0;
    facts_[i].kind = &scene::kind_or_default(graph_.objects[i].kind);
    facts_[i].flat = facts_[i].kind->flat;
  }
}

void Placer::put(int i, const Pose& pose) {
  layout_.poses[static_cast<std::size_t>(i)] = pose;
  placed_[static_cast<std::size_t>(i)] = 1;
}

bool Placer::exempt(int i, int j) const {
  if (facts_[static_cast<std::size_t>(i)].flat || facts_[static_cast<std::size_t>(j)].flat) return true;
  const auto rests = [&](int a, int b) {
    return std::ranges::any_of(graph_.objects[static_cast<std::size_t>(a)].relations, [&](const Relation& r) {
      const ObjectRef* ref = object_of(r.target);
      return ref != nullptr && ref->index == b &&
             (r.preposition == Preposition::On || r.preposition == Preposition::Under ||
              r.preposition == Preposition::InMiddle || r.preposition == Preposition::InCorner);
    });
  };
  return rests(i, j) || rests(j, i);
}

bool Placer::off_floor(int i, const Pose& pose) const {
  if (plan_.rectangle()) return false;
  physics::Box box(graph_.objects[static_cast<std::size_t>(i)].size_m, pose);
  // Its footprint alone: heights are a matter of support.
  const scene::RoomSize tall{graph_.size.length_m, graph_.size.width_m,
                             std::numeric_limits<double>::infinity()};
  box.centre_m.z() = box.half_m.z();
  return physics::out_of_room(tall, plan_, box).distance_m > 2 * kTiny;
}

bool Placer::overlap(int i, const Vec3& p_m, double yaw_i_rad, int j) const {
  const auto& a = graph_.objects[static_cast<std::size_t>(i)];
  const auto& b = graph_.objects[static_cast<std::size_t>(j)];
  const Pose& pose_b = layout_.poses[static_cast<std::size_t>(j)];
  const Vec3 d = pose_b.position_m - p_m;
  if (std::abs(d.z()) >= 0.5 * (a.size_m.z() + b.size_m.z()) - kTiny) return false;
  const Vec2 ha = scene::half_extent_m(a.size_m, yaw_i_rad);
  const Vec2 hb = scene::half_extent_m(b.size_m, pose_b.yaw_rad);
  if (std::abs(d.x()) >= ha.x() + hb.x() - kTiny || std::abs(d.y()) >= ha.y() + hb.y() - kTiny) return false;
  if (cardinal(yaw_i_rad) && cardinal(pose_b.yaw_rad)) return true;
  const std::array<Vec2, 4> axes = {scene::right_axis(yaw_i_rad), scene::front_axis(yaw_i_rad),
                                    scene::right_axis(pose_b.yaw_rad), scene::front_axis(pose_b.yaw_rad)};
  const auto reach = [&](const scene::SceneObject& o, std::size_t k, const Vec2& axis) {
    return 0.5 *
           (o.size_m.x() * std::abs(axes[k].dot(axis)) + o.size_m.y() * std::abs(axes[k + 1].dot(axis)));
  };
  return std::ranges::all_of(axes, [&](const Vec2& axis) {
    return std::abs(axis.dot(d.head<2>())) < reach(a, 0, axis) + reach(b, 2, axis) - kTiny;
  });
}

bool Placer::blocks_opening(int i, const Vec3& p_m) const {
  const auto& object = graph_.objects[static_cast<std::size_t>(i)];
  const Rect rect =
      rect_of(p_m, scene::half_extent_m(object.size_m, layout_.poses[static_cast<std::size_t>(i)].yaw_rad));
  const double bottom = p_m.z() - 0.5 * object.size_m.z();
  const double top = p_m.z() + 0.5 * object.size_m.z();
  for (std::size_t k = 0; k < zones_m_.size(); ++k) {
    const auto& z = zones_m_[k];
    if (!rect.meets({z[0], z[1], z[2], z[3]})) continue;
    const scene::Opening& opening = graph_.openings[k];
    if (opening.kind == scene::OpeningKind::Door) {
      if (top > 0.05 + kTiny && bottom < 2.0 - kTiny) return true;
    } else {
      const bool curtain = facts_[static_cast<std::size_t>(i)].kind->shape == scene::Shape::Curtain;
      if (!curtain && top > opening.bottom_m + kTiny && bottom < opening.bottom_m + opening.height_m - kTiny)
        return true;
    }
  }
  return false;
}

bool Placer::keeps_access(int i, const Vec3& p_m) const {
  const std::size_t si = static_cast<std::size_t>(i);
  const auto& object = graph_.objects[si];
  const double yaw = layout_.poses[si].yaw_rad;
  if (facts_[si].flat) {
    // Mats are meant for people: they overlap neither each other nor furniture that is not said to be on
    // them.
    const double own_yaw = yaw;
    for (std::size_t j = 0; j < placed_.size(); ++j)
      if (placed_[j] && j != si && facts_[j].kind->support == SupportKind::Floor &&
          (facts_[j].flat || facts_[si].kind->name != "rug") && !related(object, static_cast<int>(j))) {
        const Vec3 low(p_m.x(), p_m.y(), layout_.poses[j].position_m.z());
        if (overlap(i, low, own_yaw, static_cast<int>(j)) &&
            (facts_[j].flat || is_mat(facts_[si].kind->name)))
          return false;
      }
    return true;
  }
  const auto sides = [](const scene::FunctionalSides& s) {
    return std::array<bool, 4>{s.front, s.right, s.back, s.left};
  };
  const auto low = [](const scene::SceneObject& o, const Vec3& p) {
    return p.z() - 0.5 * o.size_m.z() < 1.6;
  };
  const bool own = low(object, p_m) && facts_[si].kind->support == SupportKind::Floor;
  const Rect rect = rect_of(p_m, scene::half_extent_m(object.size_m, yaw));
  // Functional sides of a table are reached through its chairs; only single-sided things need a free strip.
  const auto mine = sides(facts_[si].kind->functional);
  const bool check_mine = own && facts_[si].kind->functional.front && !facts_[si].kind->functional.back;
  for (std::size_t j = 0; j < placed_.size(); ++j) {
    if (!placed_[j] || j == si || facts_[j].flat) continue;
    const auto& other = graph_.objects[j];
    if (related(object, static_cast<int>(j)) || related(other, i)) continue;
    const Pose& pose = layout_.poses[j];
    const Rect other_rect = rect_of(pose.position_m, scene::half_extent_m(other.size_m, pose.yaw_rad));
    if (check_mine && low(other, pose.position_m) && facts_[j].kind->support != SupportKind::Wall) {
      for (int side = 0; side < 4; ++side)
        if (mine[static_cast<std::size_t>(side)] && side == 0 &&
            strip(p_m, object.size_m, yaw, side).meets(other_rect))
          return false;
    }
    if (own && facts_[j].kind->support == SupportKind::Floor && facts_[j].kind->functional.front &&
        !facts_[j].kind->functional.back && strip(pose.position_m, other.size_m, pose.yaw_rad, 0).meets(rect))
      return false;
  }
  return true;
}

double Placer::snap_m(double v, double lo, double hi) const {
  const double first = std::ceil(lo / grid_m_ - kTiny);
  const double last = std::floor(hi / grid_m_ + kTiny);
  if (first > last) return std::clamp(v, lo, hi);
  return std::clamp(std::round(v / grid_m_), first, last) * grid_m_;
}

std::optional<double> Placer::fixed_z_m(int i) const {
  const std::size_t si = static_cast<std::size_t>(i);
  const auto& object = graph_.objects[si];
  const double half = 0.5 * object.size_m.z();
  for (const Relation& r : object.relations) {
    if (const ObjectRef* ref = object_of(r.target);
        ref != nullptr && r.preposition == Preposition::On && !object.on_floor) {
      const std::size_t t = static_cast<std::size_t>(ref->index);
      return layout_.poses[t].position_m.z() + 0.5 * graph_.objects[t].size_m.z() + half;
    }
    if (const Element* e = std::get_if<Element>(&r.target); e != nullptr && *e == Element::Ceiling)
      return graph_.size.height_m - half;
  }
  if (object.on_floor) return half;
  if (facts_[si].kind->support == SupportKind::Ceiling) return graph_.size.height_m - half;
  return {};
}

double Placer::hanging_z_m(int i, const Box& box, Rng* rng) const {
  const std::size_t si = static_cast<std::size_t>(i);
  const double half = 0.5 * graph_.objects[si].size_m.z();
  // Eye height for the centre of small things; tall things keep their top below two metres where they can.
  double wish = 1.5;
  switch (facts_[si].kind->shape) {
    case scene::Shape::Curtain:
      wish = half;
      break;
    case scene::Shape::Clock:
      wish = 1.8;
      break;
    case scene::Shape::Screen:
      wish = 1.3;
      break;
    case scene::Shape::Shelf:
    case scene::Shape::Cabinet:
      wish = 1.7;
      break;
    default:
      break;
  }
  if (wish - half < 0.3 && half < 1.2) wish = std::max(wish, 0.3 + half);
  if (rng != nullptr && rng->chance(0.4)) wish += (rng->chance(0.5) ? 0.1 : -0.1);
  return snap_m(wish, box.lo_m.z(), box.hi_m.z());
}

Placer::Search Placer::search(int i, bool strict, Rng* rng) const {
  const std::size_t si = static_cast<std::size_t>(i);
  const auto& object = graph_.objects[si];
  const double yaw = layout_.poses[si].yaw_rad;
  const Vec2 half = scene::half_extent_m(object.size_m, yaw);
  Search s;
  Box room;
  room.lo_m = Vec3(half.x(), half.y(), 0.5 * object.size_m.z());
  room.hi_m = Vec3(graph_.size.length_m - half.x(), graph_.size.width_m - half.y(),
                   graph_.size.height_m - 0.5 * object.size_m.z());
  if ((room.lo_m.array() > room.hi_m.array() + kTiny).any()) return s;
  if (const auto z = fixed_z_m(i)) {
    if (*z + 0.5 * object.size_m.z() > graph_.size.height_m + kTiny || *z < 0.5 * object.size_m.z() - kTiny)
      return s;
    room.lo_m.z() = room.hi_m.z() = *z;
  }
  s.boxes.push_back(room);
  for (std::size_t r = 0; r < object.relations.size(); ++r) {
    const Relation& relation = object.relations[r];
    const ObjectRef* ref = object_of(relation.target);
    if (ref != nullptr && !placed_[static_cast<std::size_t>(ref->index)]) continue;
    const auto regions = physics::relation_regions(graph_, layout_, i, static_cast<int>(r), rules_);
    if (regions.empty()) {
      s.unsatisfiable = true;
      if (strict) {
        s.boxes.clear();
        return s;
      }
      continue;
    }
    const bool all_cardinal = std::ranges::all_of(
        regions, [](const RelationRegion& region) { return cardinal(region.frame_yaw_rad); });
    if (!all_cardinal) {
      s.turned.push_back(regions);
      if (plan_.rectangle()) continue;
    }
    std::vector<Box> next;
    // A few centimetres of tolerance, well within the rules', let sizes off the grid still meet their
    // demands.
    for (const double slack : {1e-6, 0.4 * rules_.relation_slop_m}) {
      for (const Box& box : s.boxes) {
        for (const RelationRegion& region : regions) {
          if (!all_cardinal && !has_room(region)) continue;
          const auto [lo, hi] = room_box(region);
          Box cut = box;
          cut.lo_m = box.lo_m.cwiseMax((lo.array() - slack).matrix());
          cut.hi_m = box.hi_m.cwiseMin((hi.array() + slack).matrix());
          if (!cardinal(region.frame_yaw_rad) && !cut.along) cut.along = region;
          if ((cut.lo_m.array() <= cut.hi_m.array() + 2 * kTiny).all()) next.push_back(cut);
        }
      }
      if (!next.empty()) break;
    }
    s.boxes = std::move(next);
    if (s.boxes.empty()) return s;
    if (ref != nullptr && relation.preposition == Preposition::On && !object.on_floor) {
      // A thing on a table stands on it with its whole foot, where the table is large enough.
      const std::size_t top = static_cast<std::size_t>(ref->index);
      const Vec2 top_half = scene::half_extent_m(graph_.objects[top].size_m, layout_.poses[top].yaw_rad);
      for (Box& box : s.boxes) {
        for (Eigen::Index a = 0; a < 2; ++a) {
          const double reach = std::max(0.0, top_half[a] - half[a]);
          const double lo = std::max(box.lo_m[a], layout_.poses[top].position_m[a] - reach);
          const double hi = std::min(box.hi_m[a], layout_.poses[top].position_m[a] + reach);
          if (lo > hi + kTiny) continue;
          box.lo_m[a] = lo;
          box.hi_m[a] = hi;
        }
      }
    }
    if (ref == nullptr || rng == nullptr) continue;
    if (!directional(relation.preposition)) {
      const Vec3& centre = layout_.poses[static_cast<std::size_t>(ref->index)].position_m;
      s.ideal_m[0].push_back(centre.x());
      s.ideal_m[1].push_back(centre.y());
      continue;
    }
    // Ideal places: centred on the neighbour or flush with its back, and for an adjacent one in near contact.
    const std::size_t t = static_cast<std::size_t>(ref->index);
    const Pose& target = layout_.poses[t];
    if (!cardinal(target.yaw_rad)) continue;
    const Vec3& size = graph_.objects[t].size_m;
    const bool sideways =
        relation.preposition == Preposition::LeftOf || relation.preposition == Preposition::RightOf;
    const Vec2 along =
        sideways ? Vec2(scene::right_axis(target.yaw_rad)) : Vec2(scene::front_axis(target.yaw_rad));
    const Vec2 across =
        sideways ? Vec2(scene::front_axis(target.yaw_rad)) : Vec2(scene::right_axis(target.yaw_rad));
    const double sign =
        relation.preposition == Preposition::RightOf || relation.preposition == Preposition::InFront ? 1.0
                                                                                                     : -1.0;
    const std::size_t along_axis = std::abs(along.x()) > 0.5 ? 0 : 1;
    const std::size_t across_axis = 1 - along_axis;
    const auto ai = static_cast<Eigen::Index>(along_axis);
    const auto ci = static_cast<Eigen::Index>(across_axis);
    s.ideal_m[across_axis].push_back(target.position_m[ci]);
    s.ideal_m[across_axis].push_back(target.position_m[ci]);
    if (sideways) {
      const double flush = across[ci] * (-0.5 * size.y()) + (across[ci] > 0 ? half[ci] : -half[ci]);
      s.ideal_m[across_axis].push_back(target.position_m[ci] + flush);
    }
    if (relation.adjacent) {
      const double contact = 0.5 * (sideways ? size.x() : size.y()) + half[ai];
      for (const double gap : {0.0, 0.0, 0.05, 0.05, 0.1})
        s.ideal_m[along_axis].push_back(target.position_m[ai] + sign * along[ai] * (contact + gap));
    }
  }
  return s;
}

bool Placer::fits(int i, const Vec3& p_m, const Search& s, const Wish& wish, bool access) {
  const std::size_t si = static_cast<std::size_t>(i);
  const double yaw = layout_.poses[si].yaw_rad;
  if (off_floor(i, {p_m, yaw})) return false;
  for (const auto& regions : s.turned) {
    const bool inside = std::ranges::any_of(regions, [&](const RelationRegion& region) {
      return physics::move_into(region, p_m).norm() < 0.5 * rules_.relation_slop_m;
    });
    if (!inside) return false;
  }
  for (std::size_t j = 0; j < placed_.size(); ++j) {
    if (placed_[j] && j != si && overlap(i, p_m, yaw, static_cast<int>(j)) && !exempt(i, static_cast<int>(j)))
      return false;
  }
  if (blocks_opening(i, p_m)) return false;
  if (access && !keeps_access(i, p_m)) return false;
  if (!wish.may_break) {
    // Relations of placed objects towards this one are rare (the graph lists targets first), so test them
    // last.
    for (std::size_t j = 0; j < placed_.size(); ++j) {
      if (!placed_[j] || j == si || !related(graph_.objects[j], i)) continue;
      const Pose old = layout_.poses[si];  // a trial pose, put back below
      layout_.poses[si].position_m = p_m;
      bool all = true;
      for (std::size_t r = 0; all && r < graph_.objects[j].relations.size(); ++r) {
        const ObjectRef* ref = object_of(graph_.objects[j].relations[r].target);
        if (ref != nullptr && ref->index == i) all = holds(static_cast<int>(j), static_cast<int>(r));
      }
      layout_.poses[si] = old;
      if (!all) return false;
    }
  }
  return true;
}

bool Placer::holds(int i, int r) const {
  const auto regions = physics::relation_regions(graph_, layout_, i, r, rules_);
  if (regions.empty()) return true;
  const Vec3& p = layout_.poses[static_cast<std::size_t>(i)].position_m;
  return std::ranges::any_of(regions, [&](const RelationRegion& region) {
    return physics::move_into(region, p).norm() <= 0.5 * rules_.relation_slop_m;
  });
}

std::vector<int> Placer::broken_by(int i) const {
  std::vector<int> broken;
  for (std::size_t j = 0; j < placed_.size(); ++j) {
    if (!placed_[j] || static_cast<int>(j) == i) continue;
    const auto& relations = graph_.objects[j].relations;
    for (std::size_t r = 0; r < relations.size(); ++r) {
      const ObjectRef* ref = object_of(relations[r].target);
      if (ref == nullptr || ref->index != i) continue;
      const bool fallen =
          relations[r].preposition == Preposition::On && fixed_z_m(static_cast<int>(j)) &&
          std::abs(*fixed_z_m(static_cast<int>(j)) - layout_.poses[j].position_m.z()) > rules_.support_slop_m;
      if (fallen || !holds(static_cast<int>(j), static_cast<int>(r))) {
        broken.push_back(static_cast<int>(j));
        break;
      }
    }
  }
  return broken;
}

std::vector<int> Placer::colliding_with(int i) const {
  std::vector<int> found;
  const Pose& pose = layout_.poses[static_cast<std::size_t>(i)];
  for (std::size_t j = 0; j < placed_.size(); ++j) {
    const int other = static_cast<int>(j);
    if (placed_[j] && other != i && overlap(i, pose.position_m, pose.yaw_rad, other) && !exempt(i, other))
      found.push_back(other);
  }
  return found;
}

Vec3 Placer::draw_m(int i, const Search& s, double ideal_chance, Rng& rng) const {
  const auto floor_m2 = [&](const Box& box) {
    const Vec3 extent = box.hi_m - box.lo_m;
    return (extent.x() + grid_m_) * (extent.y() + grid_m_);
  };
  double total = 0;
  for (const Box& box : s.boxes) total += floor_m2(box);
  double u = rng.uniform() * total;
  const Box* chosen = &s.boxes.back();
  for (const Box& box : s.boxes) {
    u -= floor_m2(box);
    if (u <= 0) {
      chosen = &box;
      break;
    }
  }
  const Box& box = *chosen;
  Vec3 p;
  for (std::size_t axis = 0; axis < 2; ++axis) {
    const auto ax = static_cast<Eigen::Index>(axis);
    const double lo = box.lo_m[ax];
    const double hi = box.hi_m[ax];
    double v = rng.uniform(lo, hi);
    const double dice = rng.uniform();
    if (!s.ideal_m[axis].empty()) {
      if (dice < ideal_chance) {
        const double ideal = rng.pick(s.ideal_m[axis]);
        if (ideal >= lo - 0.5 * grid_m_ && ideal <= hi + 0.5 * grid_m_) v = ideal;
      }
    } else if (dice < 0.2 && hi - lo > 0.3) {
      v = 0.5 * (lo + hi);
    }
    p[ax] = snap_m(v, lo, hi);
  }
  if (box.along) {
    // The grid misses a slanted wall: what belongs to it stands at it, wherever along it.
    const RelationRegion& region = *box.along;
    const Vec2 right = scene::right_axis(region.frame_yaw_rad);
    const Vec2 front = scene::front_axis(region.frame_yaw_rad);
    Vec2 q(p.head<2>().dot(right), p.head<2>().dot(front));
    for (Eigen::Index a = 0; a < 2; ++a) {
      const double lo = std::max(region.lo_m[a], -1e4);
      const double hi = std::min(region.hi_m[a], 1e4);
      // A half plane has no middle to draw around: there the place stays as near as it was drawn.
      q[a] = hi - lo < 1e3 ? rng.uniform(std::min(lo, hi), hi) : std::clamp(q[a], lo, hi);
    }
    const Vec2 at = right * q.x() + front * q.y();
    p.head<2>() = at.cwiseMax(box.lo_m.head<2>()).cwiseMin(box.hi_m.head<2>());
  }
  p.z() = box.lo_m.z() == box.hi_m.z() ? box.lo_m.z() : hanging_z_m(i, box, &rng);
  return p;
}

bool Placer::place_ejecting(int i, Rng& rng, std::vector<int>& ejected, std::span<const double> worth) {
  const std::size_t si = static_cast<std::size_t>(i);
  const Search s = search(i, false, &rng);
  if (s.boxes.empty()) return false;
  double least = std::numeric_limits<double>::infinity();
  Vec3 best = Vec3::Zero();
  for (int draw = 0; draw < (worth.empty() ? 16 : 64); ++draw) {
    const Vec3 p = draw_m(i, s, 0.5, rng);
    if (blocks_opening(i, p) || off_floor(i, {p, layout_.poses[si].yaw_rad})) continue;
    bool turned = true;
    for (const auto& regions : s.turned)
      turned = turned && std::ranges::any_of(regions, [&](const RelationRegion& region) {
                 return physics::move_into(region, p).norm() < 0.5 * rules_.relation_slop_m;
               });
    if (!turned) continue;
    double cost = rng.uniform(0, 0.5);
    for (std::size_t j = 0; j < placed_.size(); ++j) {
      const int other = static_cast<int>(j);
      if (placed_[j] && j != si && overlap(i, p, layout_.poses[si].yaw_rad, other) && !exempt(i, other))
        cost += (worth.empty() ? 1.0 : worth[j]) +
                static_cast<double>(std::ranges::count_if(
                    graph_.objects, [&](const scene::SceneObject& o) { return related(o, other); }));
    }
    if (cost < least) {
      least = cost;
      best = p;
    }
  }
  if (!std::isfinite(least)) return false;
  layout_.poses[si].position_m = best;
  placed_[si] = 1;
  for (const int j : colliding_with(i)) ejected.push_back(j);
  for (const int j : broken_by(i))
    if (std::ranges::find(ejected, j) == ejected.end()) ejected.push_back(j);
  // What leaned on an ejected object goes with it.
  for (std::size_t k = 0; k < ejected.size(); ++k) {
    remove(ejected[k]);
    for (std::size_t j = 0; j < placed_.size(); ++j)
      if (placed_[j] && static_cast<int>(j) != i && related(graph_.objects[j], ejected[k]) &&
          std::ranges::find(ejected, static_cast<int>(j)) == ejected.end())
        ejected.push_back(static_cast<int>(j));
  }
  return true;
}

bool Placer::place(int i, Rng& rng, const Wish& wish) {
  const std::size_t si = static_cast<std::size_t>(i);
  std::vector<Vec3> positions;
  for (const Pose& pose : layout_.poses) positions.push_back(pose.position_m);
  const auto& object = graph_.objects[si];
  // A yaw that follows from the bearing to another object depends on the place itself: start from the middle
  // of the room and settle it once more at the place found.
  positions[si] = Vec3(0.5 * graph_.size.length_m, 0.5 * graph_.size.width_m, 0);
  layout_.poses[si].yaw_rad = scene::resolve_yaw_rad(graph_, positions, i);
  const bool follows = !object.file_yaw_rad && object.facing && object_of(*object.facing) != nullptr;
  for (int round = 0; round < (follows ? 8 : 1); ++round) {
    const Search s = search(i, wish.strict, &rng);
    if (s.boxes.empty()) return false;
    const auto accept = [&](const Vec3& p, bool access) {
      if (follows) {
        positions[si] = p;
        layout_.poses[si].yaw_rad = scene::resolve_yaw_rad(graph_, positions, i);
        const Search again = search(i, wish.strict, nullptr);
        const bool inside = std::ranges::any_of(again.boxes, [&](const Box& box) {
          return (p.array() >= box.lo_m.array() - 0.03).all() && (p.array() <= box.hi_m.array() + 0.03).all();
        });
        if (!inside || !fits(i, p, again, wish, access)) return false;
      } else if (!fits(i, p, s, wish, access)) {
        return false;
      }
      layout_.poses[si].position_m = p;
      placed_[si] = 1;
      return true;
    };
    const int draws = follows ? 24 : 48;
    for (int draw = 0; draw < draws; ++draw) {
      const Vec3 p = draw_m(i, s, draw < draws / 2 ? 0.8 : 0.3, rng);
      if (accept(p, wish.keep_access && (!wish.relax || draw < (3 * draws) / 4))) return true;
    }
    if (follows) continue;
    if (!wish.thorough) return false;
    // The room is tight here: look at every grid point, from a random start, unless there are very many.
    for (const Box& box : s.boxes) {
      const int nx = 1 + static_cast<int>((box.hi_m.x() - box.lo_m.x()) / grid_m_ + 1e-3);
      const int ny = 1 + static_cast<int>((box.hi_m.y() - box.lo_m.y()) / grid_m_ + 1e-3);
      const int count = nx * ny;
      if (count > 4000) continue;
      const int start = static_cast<int>(rng.below(static_cast<std::size_t>(count)));
      for (int k = 0; k < count; ++k) {
        const int at = (start + k) % count;
        Vec3 p(snap_m(box.lo_m.x() + grid_m_ * (at % nx), box.lo_m.x(), box.hi_m.x()),
               snap_m(box.lo_m.y() + grid_m_ * (at / nx), box.lo_m.y(), box.hi_m.y()), box.lo_m.z());
        if (box.lo_m.z() != box.hi_m.z()) p.z() = hanging_z_m(i, box, nullptr);
        if (accept(p, wish.keep_access && !wish.relax)) return true;
      }
    }
    return false;
  }
  return false;
}

bool Placer::place_nearest(int i, const Vec3& from_m, const Wish& wish) {
  const std::size_t si = static_cast<std::size_t>(i);
  std::vector<Vec3> positions;
  for (const Pose& pose : layout_.poses) positions.push_back(pose.position_m);
  positions[si] = from_m;
  layout_.poses[si].yaw_rad = scene::resolve_yaw_rad(graph_, positions, i);
  const Search s = search(i, wish.strict, nullptr);
  double best = std::numeric_limits<double>::infinity();
  Vec3 best_p = Vec3::Zero();
  for (const Box& box : s.boxes) {
    double z = box.lo_m.z();
    if (box.lo_m.z() != box.hi_m.z()) z = snap_m(from_m.z(), box.lo_m.z(), box.hi_m.z());
    const auto first = [&](Eigen::Index a) { return std::ceil(box.lo_m[a] / grid_m_ - kTiny); };
    const auto last = [&](Eigen::Index a) { return std::floor(box.hi_m[a] / grid_m_ + kTiny); };
    const auto value = [&](Eigen::Index a, int k) {
      return first(a) > last(a) ? 0.5 * (box.lo_m[a] + box.hi_m[a]) : (first(a) + k) * grid_m_;
    };
    const auto steps = [&](Eigen::Index a) { return std::max(0, static_cast<int>(last(a) - first(a))); };
    const int nx = steps(0);
    const int ny = steps(1);
    const auto near_index = [&](Eigen::Index a, int n) {
      return std::clamp(static_cast<int>(std::round(from_m[a] / grid_m_ - first(a))), 0, n);
    };
    const int cx = near_index(0, nx);
    const int cy = near_index(1, ny);
    // Rings of growing size around the nearest point; the first ring that lies beyond the best place ends it.
    const int rings = std::max({cx, nx - cx, cy, ny - cy});
    for (int ring = 0; ring <= rings; ++ring) {
      const double least = (ring - 1) * grid_m_;
      if (least > 0 && least * least > best) break;
      for (int dy = -ring; dy <= ring; ++dy) {
        const int y = cy + dy;
        if (y < 0 || y > ny) continue;
        const int step = (dy == -ring || dy == ring || ring == 0) ? 1 : 2 * ring;
        for (int dx = -ring; dx <= ring; dx += step) {
          const int x = cx + dx;
          if (x < 0 || x > nx) continue;
          const Vec3 p(value(0, x), value(1, y), z);
          const double d = (p - from_m).squaredNorm();
          if (d < best - 1e-12 && fits(i, p, s, wish, wish.keep_access)) {
            best = d;
            best_p = p;
          }
        }
      }
    }
  }
  if (!std::isfinite(best)) return false;
  layout_.poses[si].position_m = best_p;
  placed_[si] = 1;
  return true;
}

std::vector<int> dependency_order(const SceneGraph& graph, const std::vector<double>& priority) {
  const std::size_t n = graph.objects.size();
  std::vector<int> waits(n, 0);
  std::vector<std::vector<int>> users(n);
  const auto link = [&](std::size_t i, const scene::Target& target) {
    const ObjectRef* ref = object_of(target);
    if (ref == nullptr || ref->index < 0 || ref->index == static_cast<int>(i)) return;
    users[static_cast<std::size_t>(ref->index)].push_back(static_cast<int>(i));
    ++waits[i];
  };
  for (std::size_t i = 0; i < n; ++i) {
    for (const Relation& r : graph.objects[i].relations) link(i, r.target);
    if (graph.objects[i].facing && !graph.objects[i].file_yaw_rad) link(i, *graph.objects[i].facing);
  }
  std::vector<double> urgency = priority;
  std::vector<int> order;
  std::vector<char> done(n, 0);
  while (order.size() < n) {
    int best = -1;
    // In a cycle nothing is ready: take the object that waits for the fewest others.
    for (std::size_t i = 0; i < n; ++i) {
      if (done[i]) continue;
      if (best < 0) {
        best = static_cast<int>(i);
        continue;
      }
      const std::size_t b = static_cast<std::size_t>(best);
      if (waits[i] < waits[b] || (waits[i] == waits[b] && urgency[i] > urgency[b]))
        best = static_cast<int>(i);
    }
    const std::size_t b = static_cast<std::size_t>(best);
    done[b] = 1;
    order.push_back(best);
    for (const int user : users[b]) --waits[static_cast<std::size_t>(user)];
  }
  return order;
}

}  // namespace metaspatial::curate
