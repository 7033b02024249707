#include "metaspatial/assets/room_shell.hpp"

#include <Eigen/Geometry>
#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>

#include "metaspatial/scene/floor_plan.hpp"

namespace metaspatial::assets {
namespace {

using scene::Opening;
using scene::OpeningKind;
using scene::SceneGraph;
using scene::Vec2;
using scene::Wall;

constexpr float kThick_m = static_cast<float>(kWallThickness_m);
constexpr float kSkirting_m = 0.014F;
constexpr float kSlab_m = 0.1F;
constexpr std::size_t kMaxOpenings = 64;  // a hostile file may hold any number
constexpr std::size_t kMaxCorners = 64;

/// The walls of a rectangle.
std::vector<WallPiece> rectangle_walls(const Vec3f& size_m) {
  std::vector<WallPiece> walls(4);
  const auto set = [&](std::size_t i, Wall wall, Eigen::Vector2f origin_m, Eigen::Vector2f along,
                       Eigen::Vector2f outward) {
    WallPiece& piece = walls[i];
    piece.wall = wall;
    piece.origin_m = std::move(origin_m);
    piece.along = std::move(along);
    piece.outward = std::move(outward);
    const bool along_x = piece.along.x() > 0;
    piece.length_m = along_x ? size_m.x() : size_m.y();
    // North and south walls reach around the corners.
    piece.start_m = along_x ? -kThick_m : 0.0F;
    piece.end_m = along_x ? piece.length_m + kThick_m : piece.length_m;
    piece.foot_end_m = piece.length_m;
  };
  set(0, Wall::South, {0, 0}, {1, 0}, {0, -1});
  set(1, Wall::North, {0, size_m.y()}, {1, 0}, {0, 1});
  set(2, Wall::East, {size_m.x(), 0}, {0, 1}, {1, 0});
  set(3, Wall::West, {0, 0}, {0, 1}, {-1, 0});
  return walls;
}

/// The walls of a polygonal floor.
std::vector<WallPiece> polygon_walls(const std::vector<Vec2>& floor_m, const scene::RoomSize& size) {
  const scene::FloorPlan plan(floor_m, size);
  const std::size_t n = plan.walls.size();
  // How far two walls go on around the corner between them, in shares of their thickness: the outer edge of a
  // right or a blunt corner, and no spike at a sharp one.
  const auto around = [&](std::size_t before, std::size_t after) {
    const double cosine = std::clamp(plan.walls[before].along.dot(plan.walls[after].along), -1.0, 1.0);
    return static_cast<float>(std::min(1.0, std::tan(0.5 * std::acos(cosine))));
  };
  std::vector<WallPiece> walls;
  for (std::size_t i = 0; i < n; ++i) {
    const scene::WallSegment& segment = plan.walls[i];
    WallPiece piece;
    piece.wall = segment.wall;
    piece.origin_m = floor_m[i].cast<float>();
    piece.along = segment.along.cast<float>();
    piece.outward = (-segment.inward).cast<float>();
    piece.length_m = static_cast<float>(segment.hi_m - segment.lo_m);
    const float low = around((i + n - 1) % n, i);
    const float high = around(i, (i + 1) % n);
    piece.start_m = segment.corner_lo ? -kThick_m * low : 0.0F;
    piece.end_m = piece.length_m + (segment.corner_hi ? kThick_m * high : 0.0F);
    piece.foot_start_m = segment.corner_lo ? 0.0F : -kSkirting_m * low;
    piece.foot_end_m = piece.length_m + (segment.corner_hi ? 0.0F : kSkirting_m * high);
    walls.push_back(std::move(piece));
  }
  return walls;
}

/// The piece of wall that an opening is in, and where along it the opening's middle is: the nearest one of
/// those on the outer wall; nothing if the floor does not reach that.
std::pair<WallPiece*, float> wall_of(RoomShell& shell, const Opening& opening) {
  const auto centre = static_cast<float>(std::clamp(opening.centre_m, -1e4, 1e4));
  const auto position = [&]() -> Eigen::Vector2f {
    switch (opening.wall) {
      case Wall::South:
        return {centre, 0};
      case Wall::North:
        return {centre, shell.size_m.y()};
      case Wall::West:
        return {0, centre};
      case Wall::East:
        return {shell.size_m.x(), centre};
    }
    return {0, 0};
  }();
  std::pair<WallPiece*, float> best{nullptr, 0.0F};
  float least_m = 1e9F;
  for (WallPiece& piece : shell.walls) {
    const Eigen::Vector2f d = position - piece.origin_m;
    if (piece.wall != opening.wall || std::abs(piece.outward.dot(d)) > 1e-3F ||
        piece.along.cwiseAbs().maxCoeff() < 1)
      continue;
    const float s = piece.along.dot(d);
    const float off_m = std::max({0.0F, -s, s - piece.length_m});
    if (off_m >= least_m) continue;
    least_m = off_m;
    best = {&piece, s};
  }
  return best;
}

void add_casing(Builder& builder, const RoomShell& shell, const WallPiece& f, const Hole& h, bool sill) {
  const int m = builder.material(shell.materials.frame);
  const float w = std::min(0.06F, 0.2F * (h.s1 - h.s0));
  const float out = kThick_m;
  add_wall_box(builder, f, h.s0 - w, h.s0 + 0.015F, -0.022F, out, h.z0, h.z1 + w, m);
  add_wall_box(builder, f, h.s1 - 0.015F, h.s1 + w, -0.022F, out, h.z0, h.z1 + w, m);
  add_wall_box(builder, f, h.s0 - w, h.s1 + w, -0.022F, out, h.z1 - 0.015F, h.z1 + w, m);
  if (sill) add_wall_box(builder, f, h.s0 - w, h.s1 + w, -0.06F, out, h.z0 - 0.03F, h.z0 + 0.012F, m);
}

}  // namespace

std::vector<Vec2> drawable_floor_m(const SceneGraph& graph) {
  const scene::RoomSize& size = graph.size;
  const auto drawable = [](double side_m) { return side_m >= 0.1 && side_m <= 1000; };
  if (graph.floor_m.size() < 3 || graph.floor_m.size() > kMaxCorners || !drawable(size.length_m) ||
      !drawable(size.width_m))
    return {};
  std::vector<Vec2> floor;
  for (const Vec2& p : graph.floor_m) {
    const bool within = p.x() >= 0 && p.y() >= 0 && p.x() <= size.length_m && p.y() <= size.width_m;
    if (!within) return {};
    floor.push_back(p);
  }
  if (scene::crosses_itself(floor) || scene::twice_area_m2(floor) < 1e-3) return {};
  // A corner on a straight line would cut a wall, and what hangs in it, in two.
  for (std::size_t i = 0; i < floor.size() && floor.size() > 3;) {
    const Vec2 before = floor[i] - floor[(i + floor.size() - 1) % floor.size()];
    const Vec2 after = floor[(i + 1) % floor.size()] - floor[i];
    const double sine = (before.x() * after.y() - before.y() * after.x()) / (before.norm() * after.norm());
    if (std::abs(sine) < 1e-9)
      floor.erase(floor.begin() + static_cast<std::ptrdiff_t>(i));
    else
      ++i;
  }
  return floor;
}

RoomShell::RoomShell(const SceneGraph& graph)
    : materials(finishes_of(graph)), plan_materials(plan_finishes_of(graph)) {
  const auto side = [](double value_m) {
    return std::isfinite(value_m) ? static_cast<float>(std::clamp(value_m, 0.1, 1000.0)) : 1.0F;
  };
  size_m = Vec3f(side(graph.size.length_m), side(graph.size.width_m), side(graph.size.height_m));
  floor_m = drawable_floor_m(graph);
  walls = floor_m.empty() ? rectangle_walls(size_m) : polygon_walls(floor_m, graph.size);
  for (std::size_t i = 0; i < std::min(graph.openings.size(), kMaxOpenings); ++i) {
    const Opening& opening = graph.openings[i];
    if (!std::isfinite(opening.centre_m) || !std::isfinite(opening.width_m) ||
        !std::isfinite(opening.bottom_m) || !std::isfinite(opening.height_m))
      continue;
    WallPiece* wall = nullptr;
    double centre_m = opening.centre_m;
    if (floor_m.empty()) {
      wall = &*std::ranges::find(walls, opening.wall, &WallPiece::wall);
    } else {
      float s = 0;
      std::tie(wall, s) = wall_of(*this, opening);
      if (wall == nullptr) continue;
      centre_m = static_cast<double>(s);
    }
    const float length = wall->length_m;
    const auto clamp_to = [](double v, float hi) {
      return static_cast<float>(std::clamp(v, 0.0, static_cast<double>(hi)));
    };
    Hole hole{i,
              opening.kind,
              clamp_to(centre_m - 0.5 * opening.width_m, length),
              clamp_to(centre_m + 0.5 * opening.width_m, length),
              clamp_to(opening.bottom_m, size_m.z()),
              clamp_to(opening.bottom_m + opening.height_m, size_m.z())};
    if (hole.s1 - hole.s0 < 0.02F || hole.z1 - hole.z0 < 0.02F) continue;
    // The leaf is hung on the side that is nearer to a corner of the room.
    hole.hinge_low = hole.s0 + hole.s1 <= length;
    wall->holes.push_back(hole);
  }
}

void add_floor(Builder& builder, const RoomShell& shell, const Material& slab) {
  const Vec3f& size = shell.size_m;
  const int floor_m = builder.material(shell.materials.floor);
  if (shell.floor_m.empty()) {
    builder.quad(Vec3f(0, 0, 0), Vec3f(size.x(), 0, 0), Vec3f(size.x(), size.y(), 0), Vec3f(0, size.y(), 0),
                 floor_m);
    builder.box(Vec3f(-kThick_m, -kThick_m, -kSlab_m),
                Vec3f(size.x() + kThick_m, size.y() + kThick_m, -0.004F), builder.material(slab));
    return;
  }
  const int slab_m = builder.material(slab);
  const scene::RoomSize room{static_cast<double>(size.x()), static_cast<double>(size.y()),
                             static_cast<double>(size.z())};
  for (const auto& part : scene::floor_parts_m(shell.floor_m, room)) {
    std::vector<std::pair<float, float>> outline;
    for (const Vec2& corner : part) {
      const std::pair<float, float> p(static_cast<float>(corner.x()), static_cast<float>(corner.y()));
      if (outline.empty() || (p != outline.back() && p != outline.front())) outline.push_back(p);
    }
    if (outline.size() < 3) continue;
    builder.prism_xy(outline, -kSlab_m, -0.004F, slab_m);
    const auto corner = [&](std::size_t k) { return Vec3f(outline[k].first, outline[k].second, 0); };
    builder.quad(corner(0), corner(1), corner(2), corner(outline.size() - 1), floor_m);
  }
  for (const WallPiece& wall : shell.walls)
    add_wall_box(builder, wall, wall.start_m, wall.end_m, 0, kThick_m, -kSlab_m, -0.004F, slab_m);
}

void add_wall_box(Builder& builder, const WallPiece& wall, float s0, float s1, float d0, float d1, float z0,
                  float z1, int material) {
  if (s1 - s0 < 1e-4F || z1 - z0 < 1e-4F) return;
  if (wall.along.x() == 0 || wall.along.y() == 0) {
    builder.box(wall.at(s0, d0, z0), wall.at(s1, d1, z1), material);
    return;
  }
  Eigen::Affine3f room_from_wall = Eigen::Affine3f::Identity();
  room_from_wall.matrix().col(0).head<2>() = wall.along;
  room_from_wall.matrix().col(1).head<2>() = -wall.outward;
  room_from_wall.translation().head<2>() = wall.origin_m;
  builder.push(room_from_wall);
  builder.box(Vec3f(s0, -d0, z0), Vec3f(s1, -d1, z1), material);
  builder.pop();
}

void add_wall(Builder& builder, const RoomShell& shell, const WallPiece& f, float top_m,
              const Material& material, bool skirting) {
  const int wall_m = builder.material(material);
  // The wall as a grid of blocks between all edges of openings; a block inside an opening is left out.
  std::vector<float> cuts_s = {f.start_m, f.end_m};
  std::vector<float> cuts_z = {0.0F, top_m};
  for (const Hole& hole : f.holes) {
    cuts_s.insert(cuts_s.end(), {hole.s0, hole.s1});
    for (const float z : {hole.z0, hole.z1})
      if (z > 0 && z < top_m) cuts_z.push_back(z);
  }
  std::ranges::sort(cuts_s);
  std::ranges::sort(cuts_z);
  for (std::size_t i = 0; i + 1 < cuts_s.size(); ++i) {
    for (std::size_t j = 0; j + 1 < cuts_z.size(); ++j) {
      const float s = 0.5F * (cuts_s[i] + cuts_s[i + 1]);
      const float z = 0.5F * (cuts_z[j] + cuts_z[j + 1]);
      const bool open = std::ranges::any_of(
          f.holes, [&](const Hole& h) { return s > h.s0 && s < h.s1 && z > h.z0 && z < h.z1; });
      if (open) continue;
      add_wall_box(builder, f, cuts_s[i], cuts_s[i + 1], 0, kThick_m, cuts_z[j], cuts_z[j + 1], wall_m);
      if (skirting && j == 0)
        add_wall_box(builder, f, i == 0 ? f.foot_start_m : cuts_s[i],
                     i + 2 == cuts_s.size() ? f.foot_end_m : cuts_s[i + 1], -kSkirting_m, 0, 0,
                     std::min(0.09F, 0.5F * top_m), builder.material(shell.materials.skirting));
    }
  }
}

void add_door(Builder& builder, const RoomShell& shell, const WallPiece& f, const Hole& h) {
  add_casing(builder, shell, f, h, false);
  const float width = h.s1 - h.s0;
  const float height = h.z1 - h.z0;
  add_wall_box(builder, f, h.s0, h.s1, 0.02F, 0.06F, h.z0, h.z1, builder.material(shell.materials.door));
  const int panel_m = builder.material(shell.materials.door_panel);
  for (int row = 0; row < 2; ++row) {
    for (int column = 0; column < 2; ++column) {
      const float s0 = h.s0 + width * (0.12F + 0.42F * static_cast<float>(column));
      const float z0 = h.z0 + height * (row == 0 ? 0.08F : 0.52F);
      add_wall_box(builder, f, s0, s0 + 0.34F * width, 0.010F, 0.03F, z0,
                   z0 + height * (row == 0 ? 0.36F : 0.40F), panel_m);
    }
  }
  const float s = h.hinge_low ? h.s1 - 0.09F * width - 0.02F : h.s0 + 0.09F * width + 0.02F;
  const float z = h.z0 + 0.49F * height;
  builder.ellipsoid(f.at(s, -0.035F, z), Vec3f::Constant(0.035F), builder.material(shell.materials.handle),
                    10);
}

void add_window(Builder& builder, const RoomShell& shell, const WallPiece& f, const Hole& h) {
  add_casing(builder, shell, f, h, true);
  const int frame_m = builder.material(shell.materials.frame);
  add_wall_box(builder, f, h.s0, h.s1, 0.05F, 0.06F, h.z0, h.z1, builder.material(shell.materials.pane));
  const float bar = std::min(0.025F, 0.08F * (h.s1 - h.s0));
  const int columns = std::clamp(static_cast<int>(std::lround((h.s1 - h.s0) / 0.7F)), 1, 6);
  for (int i = 1; i < columns; ++i) {
    const float s = h.s0 + (h.s1 - h.s0) * static_cast<float>(i) / static_cast<float>(columns);
    add_wall_box(builder, f, s - bar, s + bar, 0.02F, 0.055F, h.z0, h.z1, frame_m);
  }
  if (h.z1 - h.z0 > 0.8F) {
    const float z = h.z0 + 0.62F * (h.z1 - h.z0);
    add_wall_box(builder, f, h.s0, h.s1, 0.02F, 0.055F, z - bar, z + bar, frame_m);
  }
}

}  // namespace metaspatial::assets
