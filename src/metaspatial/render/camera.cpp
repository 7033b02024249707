#include "metaspatial/render/camera.hpp"

#include <Eigen/Geometry>
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>
#include <span>
#include <vector>

#include "metaspatial/assets/room_shell.hpp"
#include "metaspatial/scene/floor_plan.hpp"
#include "metaspatial/scene/kinds.hpp"

namespace metaspatial::render {
namespace {

using scene::SceneGraph;
using scene::Vec2;
using scene::Wall;

/// Room sides as floats, within what can be drawn.
Vec3f room_size_m(const scene::RoomSize& size) {
  const auto side = [](double value_m) {
    return std::isfinite(value_m) ? static_cast<float>(std::clamp(value_m, 0.1, 1000.0)) : 1.0F;
  };
  return {side(size.length_m), side(size.width_m), side(size.height_m)};
}

/// Moves the camera along its axes to the nearest place from which all points are in the picture.
///
/// Source   each point bounds the apex from both sides of each frustum plane; the tightest two meet in it.
void fit(Camera& camera, const std::vector<Vec3f>& points) {
  const auto solve = [&](const Vec3f& axis, float tangent) {
    float a = -std::numeric_limits<float>::infinity();
    float b = a;
    for (const Vec3f& p : points) {
      const float depth = tangent * camera.forward.dot(p);
      a = std::max(a, axis.dot(p) - depth);
      b = std::max(b, -axis.dot(p) - depth);
    }
    return std::pair{0.5F * (a - b), -(a + b) / (2 * tangent)};  // along the axis, along forward
  };
  const auto [x, depth_x] = solve(camera.right, camera.half_width);
  const auto [y, depth_y] = solve(camera.up, camera.half_height);
  camera.origin = x * camera.right + y * camera.up + std::min(depth_x, depth_y) * camera.forward;
}

void look(Camera& camera, const Vec3f& forward) {
  camera.forward = forward.normalized();
  camera.right = camera.forward.cross(Vec3f::UnitZ()).normalized();
  camera.up = camera.right.cross(camera.forward);
}

Camera corner_camera(const SceneGraph& graph, Camera camera) {
  const Vec3f size = room_size_m(graph.size);
  const CameraCorner corner = camera.corner;
  const auto t = static_cast<float>(kWallThickness_m);
  constexpr float kMargin = 0.95F;  // share of the picture's half that the room may fill
  const float tangent = std::tan(0.5F * 28.0F * 3.14159265F / 180.0F);
  const float aspect = camera.width_px / camera.height_px;
  camera.half_height = kMargin * (aspect >= 1 ? tangent : tangent / aspect);
  camera.half_width = camera.half_height * aspect;
  std::vector<Vec3f> points;
  for (const float x : {-t, size.x() + t})
    for (const float y : {-t, size.y() + t}) {
      points.emplace_back(x, y, -0.1F);
      const bool near_corner = (x < 0) == corner.west && (y < 0) == corner.south;
      points.emplace_back(x, y, near_corner ? 0.15F : size.z() + 0.02F);
    }
  // Of a few directions, the one that shows the floor largest.
  Camera best = camera;
  float best_area = -1;
  for (int azimuth_deg = 30; azimuth_deg <= 60; azimuth_deg += 3) {
    const float azimuth = static_cast<float>(azimuth_deg) * 3.14159265F / 180.0F;
    constexpr float kElevation_rad = 40.0F * 3.14159265F / 180.0F;
    Camera candidate = camera;
    look(candidate, Vec3f((corner.west ? 1.0F : -1.0F) * std::cos(azimuth) * std::cos(kElevation_rad),
                          (corner.south ? 1.0F : -1.0F) * std::sin(azimuth) * std::cos(kElevation_rad),
                          -std::sin(kElevation_rad)));
    fit(candidate, points);
    const std::array<Vec3f, 4> floor = {
        candidate.project(Vec3f(0, 0, 0)), candidate.project(Vec3f(size.x(), 0, 0)),
        candidate.project(Vec3f(size.x(), size.y(), 0)), candidate.project(Vec3f(0, size.y(), 0))};
    float area = 0;
    for (std::size_t i = 0; i < 4; ++i) {
      const Vec3f& p = floor[i];
      const Vec3f& q = floor[(i + 1) % 4];
      area += 0.5F * (p.x() * q.y() - p.y() * q.x());
    }
    area = std::abs(area) * (1 - 0.002F * static_cast<float>(std::abs(azimuth_deg - 45)));
    if (area > best_area) {
      best_area = area;
      best = candidate;
    }
  }
  best.half_width /= kMargin;
  best.half_height /= kMargin;
  return best;
}

Camera top_camera(const SceneGraph& graph, Camera camera) {
  const Vec3f size = room_size_m(graph.size);
  const auto margin = static_cast<float>(plan_margin_m(graph.size));
  camera.parallel = true;
  camera.origin = Vec3f(0.5F * size.x(), 0.5F * size.y(), std::max(size.z(), 3.0F) + 5.0F);
  const float aspect = camera.width_px / camera.height_px;
  camera.half_height = std::max(0.5F * size.y() + margin, (0.5F * size.x() + margin) / aspect);
  camera.half_width = camera.half_height * aspect;
  return camera;
}

/// How far the furniture that reaches eye height is from this place; at most 2 m.
float clearance_m(const RoomScene& room, const Vec3f& eye) {
  float clearance = 2.0F;
  if (!room.layout()) return clearance;
  const auto& objects = room.graph().objects;
  const auto& poses = room.layout()->poses;
  for (std::size_t i = 0; i < std::min(poses.size(), objects.size()); ++i) {
    const auto& object = objects[i];
    const auto half = scene::half_extent_m(object.size_m, poses[i].yaw_rad);
    const auto& p = poses[i].position_m;
    if (!p.allFinite() || p.z() + 0.5 * object.size_m.z() < 1.0) continue;
    const double dx = std::max(0.0, std::abs(p.x() - static_cast<double>(eye.x())) - half.x());
    const double dy = std::max(0.0, std::abs(p.y() - static_cast<double>(eye.y())) - half.y());
    clearance = std::min(clearance, static_cast<float>(std::hypot(dx, dy)));
  }
  return clearance;
}

/// The camera's place in a room with a polygonal floor, and what it looks at.
struct EyePlace {
  Vec3f eye, target;
};

/// Of the places in its corners the one that sees most of the floor, and then has most room around it; it
/// looks between the middle and the far end of what it sees.
std::optional<EyePlace> eye_place(const RoomScene& room, std::span<const Vec2> floor_m, float z_m) {
  const scene::FloorPlan plan(floor_m, room.graph().size);
  const scene::RoomSize& size = room.graph().size;
  const double inset_m = std::min(0.3, 0.2 * std::min(size.length_m, size.width_m));
  constexpr int kSamples = 16;  // per side of the bounding rectangle
  std::vector<Vec2> samples;
  for (int row = 0; row < kSamples; ++row)
    for (int column = 0; column < kSamples; ++column) {
      const Vec2 p(size.length_m * (column + 0.5) / kSamples, size.width_m * (row + 0.5) / kSamples);
      if (scene::encloses(floor_m, p)) samples.push_back(p);
    }
  const auto sees = [&](const Vec2& from, const Vec2& to) {
    for (std::size_t i = 0; i < floor_m.size(); ++i) {
      const Vec2& a = floor_m[i];
      const Vec2& b = floor_m[(i + 1) % floor_m.size()];
      const auto side = [](const Vec2& p, const Vec2& q, const Vec2& r) {
        return (q - p).x() * (r - p).y() - (q - p).y() * (r - p).x();
      };
      if (side(a, b, from) * side(a, b, to) < 0 && side(from, to, a) * side(from, to, b) < 0) return false;
    }
    return true;
  };
  std::optional<EyePlace> best;
  double best_score = -1;
  for (std::size_t k = 0; k < plan.walls.size(); ++k) {
    const scene::WallSegment& here = plan.walls[k];
    const scene::WallSegment& next = plan.walls[(k + 1) % plan.walls.size()];
    if (!here.corner_hi) continue;
    // At the same distance from both walls of the corner.
    const double cosine = here.inward.dot(next.inward);
    if (cosine < -0.9) continue;
    const Vec2 eye = floor_m[(k + 1) % floor_m.size()] + inset_m / (1 + cosine) * (here.inward + next.inward);
    if (!scene::encloses(floor_m, eye)) continue;
    Vec2 middle = Vec2::Zero();
    Vec2 far = eye;
    double seen = 0;
    for (const Vec2& p : samples) {
      if (!sees(eye, p)) continue;
      seen += 1;
      middle += p;
      if ((p - eye).norm() > (far - eye).norm()) far = p;
    }
    if (seen == 0) continue;
    const Vec3f place(static_cast<float>(eye.x()), static_cast<float>(eye.y()), z_m);
    const double score =
        4 * seen / static_cast<double>(samples.size()) + static_cast<double>(clearance_m(room, place));
    if (score <= best_score) continue;
    best_score = score;
    const Eigen::Vector2f target = (0.5 * (middle / seen + far)).cast<float>();
    best = EyePlace{place, Vec3f(target.x(), target.y(), 0.4F * z_m)};
  }
  return best;
}

/// From the corner that has most room around it, at eye height, towards the far end of the room.
Camera eye_camera(const RoomScene& room, Camera camera) {
  const SceneGraph& graph = room.graph();
  const Vec3f size = room_size_m(graph.size);
  const float inset = std::min(0.3F, 0.2F * std::min(size.x(), size.y()));
  const float z = std::min(1.65F, 0.7F * size.z());
  const CameraCorner preferred = camera_corner(graph);
  Vec3f best = Vec3f::Zero();
  float best_score = -1;
  for (const bool west : {true, false}) {
    for (const bool south : {true, false}) {
      const Vec3f eye(west ? inset : size.x() - inset, south ? inset : size.y() - inset, z);
      const float clearance = clearance_m(room, eye);
      const bool same = west == preferred.west && south == preferred.south;
      const float score = clearance + (same ? 0.5F : 0.0F);
      if (score > best_score) {
        best_score = score;
        best = eye;
      }
    }
  }
  const std::vector<Vec2> floor_m = assets::drawable_floor_m(graph);
  if (const auto place = floor_m.empty() ? std::nullopt : eye_place(room, floor_m, z)) {
    camera.origin = place->eye;
    look(camera, place->target - place->eye);
  } else {
    camera.origin = best;
    const Vec3f target(size.x() - 1.0F * best.x(), size.y() - 1.0F * best.y(), 0.35F * z);
    look(camera, (0.5F * (target + Vec3f(0.5F * size.x(), 0.5F * size.y(), 0.45F * z)) - best));
  }
  const float aspect = camera.width_px / camera.height_px;
  const float tangent = std::tan(0.5F * 70.0F * 3.14159265F / 180.0F);
  camera.half_width = aspect >= 1 ? tangent * std::sqrt(aspect) : tangent * aspect;
  camera.half_height = camera.half_width / aspect;
  return camera;
}

}  // namespace

int clamped_side_px(int side_px) {
  return std::clamp(side_px, 8, 4096);
}

CameraCorner camera_corner(const SceneGraph& graph) {
  std::array<double, 4> load{};  // per wall: what would be cut away or seen from behind
  for (const scene::Opening& opening : graph.openings) {
    if (std::isfinite(opening.width_m))
      load[static_cast<std::size_t>(opening.wall)] += 0.7 * std::min(opening.width_m, 5.0);
  }
  for (const scene::SceneObject& object : graph.objects) {
    for (const scene::Relation& relation : object.relations) {
      const auto* element = std::get_if<scene::Element>(&relation.target);
      if (!element) continue;
      const auto wall = scene::wall_of(*element);
      if (!wall) continue;
      const double height_m = std::clamp(object.size_m.z(), 0.0, 3.0);
      const double length_m = std::clamp(object.size_m.x(), 0.0, 5.0);
      load[static_cast<std::size_t>(*wall)] +=
          (object.on_floor ? std::max(0.0, height_m - 0.5) : 1.5) * length_m;
    }
  }
  const double south = load[static_cast<std::size_t>(Wall::South)];
  const double north = load[static_cast<std::size_t>(Wall::North)];
  const double east = load[static_cast<std::size_t>(Wall::East)];
  const double west = load[static_cast<std::size_t>(Wall::West)];
  return {.west = west <= east, .south = south <= north};
}

Camera make_camera(const RoomScene& room, const RenderOptions& options) {
  Camera camera;
  camera.width_px = static_cast<float>(clamped_side_px(options.width_px));
  camera.height_px = static_cast<float>(clamped_side_px(options.height_px));
  camera.corner = camera_corner(room.graph());
  if (options.opposite) camera.corner = {!camera.corner.west, !camera.corner.south};
  switch (options.view) {
    case View::Corner:
      return corner_camera(room.graph(), camera);
    case View::Top:
      return top_camera(room.graph(), camera);
    case View::Eye:
      return eye_camera(room, camera);
  }
  return camera;
}

}  // namespace metaspatial::render
