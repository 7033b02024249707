#include "metaspatial/assets/room_lights.hpp"

#include <Eigen/Geometry>
#include <algorithm>
#include <cmath>

#include "metaspatial/assets/parametric.hpp"
#include "metaspatial/assets/room_shell.hpp"
#include "metaspatial/scene/floor_plan.hpp"

namespace metaspatial::assets {
namespace {

constexpr float kCeilingShare = 0.25F;     // half the light's side, of the room's
constexpr float kBeforeWindow_m = -0.03F;  // inside its frame, which would else be a blaze of its own
constexpr float kLeastGlow = 0.9F;         // screens and pilot lamps glow less, and light nothing
constexpr float kLampGain = 5;             // a shade looks dimmer than its bulb is
const Vec3f kDaylight(0.92F, 0.97F, 1.06F);
const Vec3f kWarm(1.04F, 1.0F, 0.93F);

/// Where the middle of the ceiling is: for a floor whose centre of area is outside of it, a place on it.
Eigen::Vector2f ceiling_middle(const RoomShell& shell) {
  const Eigen::Vector2f middle(0.5F * shell.size_m.x(), 0.5F * shell.size_m.y());
  if (shell.floor_m.empty() || scene::encloses(shell.floor_m, middle.cast<double>())) return middle;
  Eigen::Vector2f best = middle;
  float nearest = 1e9F;
  for (int i = 1; i < 16; ++i)
    for (int j = 1; j < 16; ++j) {
      const Eigen::Vector2f p(shell.size_m.x() * static_cast<float>(i) / 16,
                              shell.size_m.y() * static_cast<float>(j) / 16);
      if (!scene::encloses(shell.floor_m, p.cast<double>()) || (p - middle).norm() >= nearest) continue;
      nearest = (p - middle).norm();
      best = p;
    }
  return best;
}

}  // namespace

std::vector<RoomLight> room_lights(const scene::SceneGraph& graph, const scene::Layout* layout) {
  const RoomShell shell(graph);
  std::vector<RoomLight> lights;
  RoomLight ceiling;
  ceiling.name = "ceiling_light";
  ceiling.position_m << ceiling_middle(shell), shell.size_m.z() - 0.02F;
  ceiling.half_u_m = Vec3f(0, kCeilingShare * shell.size_m.y(), 0);
  ceiling.half_v_m = Vec3f(kCeilingShare * shell.size_m.x(), 0, 0);
  ceiling.radiance = kWarm;
  lights.push_back(std::move(ceiling));
  for (const WallPiece& wall : shell.walls) {
    for (const Hole& hole : wall.holes) {
      if (hole.kind != scene::OpeningKind::Window) continue;
      RoomLight window;
      window.name = graph.openings[hole.opening].id + "_daylight";
      window.position_m = wall.at(0.5F * (hole.s0 + hole.s1), kBeforeWindow_m, 0.5F * (hole.z0 + hole.z1));
      window.half_u_m << 0.5F * (hole.s1 - hole.s0) * wall.along, 0;
      window.half_v_m = Vec3f(0, 0, 0.5F * (hole.z1 - hole.z0));
      window.normal << -wall.outward, 0;
      if (window.half_u_m.cross(window.half_v_m).dot(window.normal) < 0) window.half_u_m = -window.half_u_m;
      window.radiance = kDaylight;
      lights.push_back(std::move(window));
    }
  }
  if (layout == nullptr) return lights;
  for (std::size_t i = 0; i < std::min(graph.objects.size(), layout->poses.size()); ++i) {
    const scene::Pose& pose = layout->poses[i];
    if (!pose.position_m.allFinite() || !std::isfinite(pose.yaw_rad)) continue;
    const Model model = make_model(graph.objects[i]);
    Vec3f middle = Vec3f::Zero();
    Vec3f power = Vec3f::Zero();
    float area_m2 = 0;
    for (std::size_t t = 0; t < model.mesh.triangles.size(); ++t) {
      const Vec3f& emission = model.materials[model.mesh.material_of[t]].emission;
      if (emission.maxCoeff() < kLeastGlow) continue;
      const auto [a, b, c] = model.mesh.triangles[t];
      const Vec3f& p = model.mesh.positions_m[a];
      const Vec3f& q = model.mesh.positions_m[b];
      const Vec3f& r = model.mesh.positions_m[c];
      const float area = 0.5F * (q - p).cross(r - p).norm();
      area_m2 += area;
      middle += area / 3 * (p + q + r);
      power += area * emission;
    }
    if (!(area_m2 > 0)) continue;
    middle /= area_m2;
    RoomLight lamp;
    lamp.name = graph.objects[i].id + "_light";
    lamp.area = false;
    const auto cosine = static_cast<float>(std::cos(pose.yaw_rad));
    const auto sine = static_cast<float>(std::sin(pose.yaw_rad));
    lamp.position_m =
        pose.position_m.cast<float>() +
        Vec3f(cosine * middle.x() + sine * middle.y(), -sine * middle.x() + cosine * middle.y(), middle.z());
    lamp.radiance = kLampGain / 4 * power;  // a convex body shows a quarter of its surface
    lamp.object = i;
    lights.push_back(std::move(lamp));
  }
  return lights;
}

}  // namespace metaspatial::assets
