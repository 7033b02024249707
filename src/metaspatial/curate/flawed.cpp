#include "metaspatial/curate/flawed.hpp"

#include <algorithm>
#include <cmath>

#include "metaspatial/curate/placer.hpp"

namespace metaspatial::curate {
namespace {

using scene::Element;
using scene::Layout;
using scene::ObjectRef;
using scene::Preposition;
using scene::Relation;
using scene::SceneGraph;
using scene::SupportKind;
using scene::Vec2;
using scene::Vec3;

double snapped(double v, double grid) {
  return std::round(v / grid) * grid;
}

/// Folds v into [lo, hi] like a ball between two walls.
double reflected(double v, double lo, double hi) {
  if (hi <= lo) return 0.5 * (lo + hi);
  const double span = hi - lo;
  double t = std::fmod(v - lo, 2 * span);
  if (t < 0) t += 2 * span;
  return lo + (t <= span ? t : 2 * span - t);
}

/// On the grid, inside [lo, hi] where a grid point is inside.
double grid_inside(double v, double lo, double hi, double grid) {
  const double first = std::ceil(lo / grid - 1e-6);
  const double last = std::floor(hi / grid + 1e-6);
  if (first > last) return snapped(0.5 * (lo + hi), grid);
  return std::clamp(std::round(v / grid), first, last) * grid;
}

/// What an untrained reader takes the position to be: the words right, the arithmetic wrong.
enum class Mistake { RoomFrame, WrongSide, HalfSizes, Crowding, Anywhere };

Vec2 unit(Preposition p, double yaw_rad) {
  switch (p) {
    case Preposition::LeftOf:
      return -scene::right_axis(yaw_rad);
    case Preposition::RightOf:
      return scene::right_axis(yaw_rad);
    case Preposition::InFront:
      return scene::front_axis(yaw_rad);
    case Preposition::Behind:
      return -scene::front_axis(yaw_rad);
    default:
      return Vec2::Zero();
  }
}

}  // namespace

Layout imperfect_layout(const SceneGraph& graph, const Layout& solved, Rng& rng,
                        const Imperfection& imperfection) {
  const std::size_t n = graph.objects.size();
  Layout layout = solved;
  const Vec2 room(graph.size.length_m, graph.size.width_m);
  Placer supports(graph, imperfection.grid_m);
  for (std::size_t i = 0; i < n; ++i) {
    const auto& object = graph.objects[i];
    scene::Pose& pose = layout.poses[i];
    const Vec2 half = scene::half_extent_m(object.size_m, pose.yaw_rad);
    Vec2 p = pose.position_m.head<2>();
    const Relation* beside = nullptr;
    const Relation* any = nullptr;
    std::optional<scene::Wall> wall;
    for (const Relation& r : object.relations) {
      if (const ObjectRef* ref = std::get_if<ObjectRef>(&r.target)) {
        if (ref->index == static_cast<int>(i)) continue;
        if (any == nullptr) any = &r;
        if (beside == nullptr && unit(r.preposition, 0.0) != Vec2::Zero()) beside = &r;
      } else if (const auto w = scene::wall_of(std::get<Element>(r.target)); w && !wall) {
        wall = w;
      }
    }
    // Whatever an object relates to has its place already (targets come first); it follows even where its own
    // place is read correctly, as a reader would go by the words.
    if (any != nullptr) {
      const std::size_t t = static_cast<std::size_t>(std::get<ObjectRef>(any->target).index);
      p += (layout.poses[t].position_m - solved.poses[t].position_m).head<2>();
    }
    bool inside = true;
    if (rng.chance(imperfection.mistaken)) {
      // The typical mistake outweighs the others: an untrained reader errs the same way again and again.
      const double dice = rng.uniform();
      Mistake mistake = Mistake::Anywhere;
      if (beside != nullptr)
        mistake = dice < 0.5    ? Mistake::HalfSizes
                  : dice < 0.75 ? Mistake::RoomFrame
                  : dice < 0.85 ? Mistake::WrongSide
                  : dice < 0.95 ? Mistake::Crowding
                                : Mistake::Anywhere;
      else
        mistake = dice < 0.75 ? Mistake::HalfSizes : dice < 0.95 ? Mistake::Crowding : Mistake::Anywhere;
      switch (mistake) {
        case Mistake::RoomFrame:
        case Mistake::WrongSide: {
          const std::size_t t = static_cast<std::size_t>(std::get<ObjectRef>(beside->target).index);
          const scene::Pose& target = layout.poses[t];
          const double frame = mistake == Mistake::RoomFrame ? 0.0 : target.yaw_rad;
          Vec2 out = unit(beside->preposition, frame);
          if (mistake == Mistake::WrongSide) out = -out;
          const Vec2 target_half = scene::half_extent_m(graph.objects[t].size_m, target.yaw_rad);
          const double reach = std::abs(out.x()) * (target_half.x() + half.x()) +
                               std::abs(out.y()) * (target_half.y() + half.y());
          p = target.position_m.head<2>() +
              out * (reach + (beside->adjacent ? rng.uniform(0, 0.2) : rng.uniform(0.3, 1.5)));
          break;
        }
        case Mistake::HalfSizes:
          if (beside != nullptr) {
            const std::size_t t = static_cast<std::size_t>(std::get<ObjectRef>(beside->target).index);
            const scene::Pose& target = layout.poses[t];
            const Vec2 out = unit(beside->preposition, target.yaw_rad);
            const Vec2 target_half = scene::half_extent_m(graph.objects[t].size_m, target.yaw_rad);
            p = target.position_m.head<2>() +
                out * (std::abs(out.x()) * target_half.x() + std::abs(out.y()) * target_half.y());
          } else if (wall) {
            if (*wall == scene::Wall::South) p.y() = 0;
            if (*wall == scene::Wall::North) p.y() = room.y();
            if (*wall == scene::Wall::West) p.x() = 0;
            if (*wall == scene::Wall::East) p.x() = room.x();
            inside = false;
          } else {
            p += Vec2(rng.chance(0.5) ? half.x() : -half.x(), rng.chance(0.5) ? half.y() : -half.y());
          }
          break;
        case Mistake::Crowding: {
          // Along its wall, or near its place, without looking at doors and neighbours.
          const Vec2 anywhere(rng.uniform(half.x(), std::max(half.x(), room.x() - half.x())),
                              rng.uniform(half.y(), std::max(half.y(), room.y() - half.y())));
          if (wall && (*wall == scene::Wall::South || *wall == scene::Wall::North))
            p.x() = anywhere.x();
          else if (wall)
            p.y() = anywhere.y();
          else
            p = 0.5 * (p + anywhere);
          break;
        }
        case Mistake::Anywhere:
          p = Vec2(rng.uniform(0, room.x()), rng.uniform(0, room.y()));
          break;
      }
    }
    if (rng.chance(imperfection.coarse)) p = Vec2(snapped(p.x(), 0.5), snapped(p.y(), 0.5));
    if (rng.chance(imperfection.noise)) p += imperfection.noise_m * Vec2(rng.normal(), rng.normal());
    for (Eigen::Index a = 0; a < 2; ++a) {
      // A forgotten half size leaves the box partly outside, but a centre outside the room is not what models
      // say.
      const double margin = inside ? std::min(half[a], 0.5 * room[a]) : 0.0;
      p[a] = grid_inside(reflected(p[a], margin, room[a] - margin), margin, room[a] - margin,
                         imperfection.grid_m);
    }
    pose.position_m.x() = p.x();
    pose.position_m.y() = p.y();
    supports.put(static_cast<int>(i), pose);
    if (const auto z = supports.fixed_z_m(static_cast<int>(i))) pose.position_m.z() = *z;
    supports.put(static_cast<int>(i), pose);
  }
  return layout;
}

Layout random_layout(const SceneGraph& graph, Rng& rng, double grid_m) {
  Layout layout;
  layout.poses.resize(graph.objects.size());
  Placer supports(graph, grid_m);
  std::vector<Vec3> none;
  const std::vector<int> order = dependency_order(graph, std::vector<double>(graph.objects.size(), 0.0));
  for (const int i : order) {
    const std::size_t si = static_cast<std::size_t>(i);
    const auto& object = graph.objects[si];
    scene::Pose& pose = layout.poses[si];
    pose.yaw_rad = scene::resolve_yaw_rad(graph, none, i);
    const Vec2 half = scene::half_extent_m(object.size_m, pose.yaw_rad);
    const Vec2 room(graph.size.length_m, graph.size.width_m);
    for (int draw = 0; draw < 100; ++draw) {
      for (Eigen::Index a = 0; a < 2; ++a) {
        const double lo = std::min(half[a], 0.5 * room[a]);
        pose.position_m[a] = grid_inside(rng.uniform(lo, room[a] - lo), lo, room[a] - lo, grid_m);
      }
      if (!supports.off_floor(i, pose)) break;
    }
    supports.put(i, pose);
    const double half_z = 0.5 * object.size_m.z();
    const double hung = snapped(
        std::clamp(rng.uniform(0.8, 2.0), half_z, std::max(half_z, graph.size.height_m - half_z)), grid_m);
    pose.position_m.z() = supports.fixed_z_m(i).value_or(
        std::clamp(hung, half_z, std::max(half_z, graph.size.height_m - half_z)));
    supports.put(i, pose);
  }
  return layout;
}

}  // namespace metaspatial::curate
