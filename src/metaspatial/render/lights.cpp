#include "metaspatial/render/lights.hpp"

#include <Eigen/Geometry>
#include <algorithm>
#include <cmath>

#include "metaspatial/assets/room_lights.hpp"
#include "metaspatial/render/tone.hpp"

namespace metaspatial::render {
namespace {

constexpr float kPi = 3.14159265F;
constexpr float kLeastGlow = 0.9F;  // radiance from which on something is a lamp

/// Square of the sine under which a rectangle is too flat for its solid angle in float.
constexpr float kFlatness = 1e-4F;

}  // namespace

Lighting lighting_of(const RoomScene& room, View view, const Camera& camera) {
  // Radiance by view: of the ceiling's light, of windows, of the key light and of the sky.
  struct Levels {
    float ceiling, window, key, sky_above, sky_below;
  };
  const Levels levels = view == View::Eye      ? Levels{2.2F, 3.5F, 0.0F, 0.0F, 0.0F}
                        : view == View::Corner ? Levels{0.42F, 1.2F, 1.25F, 0.22F, 0.16F}
                                               : Levels{0.80F, 0.0F, 0.9F, 0.30F, 0.2F};
  Lighting lighting;
  lighting.lamp_gain = 3;
  Vec3f size_m = Vec3f::Ones();
  for (const assets::RoomLight& light : assets::room_lights(room.graph(), nullptr)) {
    RectangleLight rectangle{light.position_m, light.half_u_m, light.half_v_m, light.radiance};
    const bool ceiling = light.normal.z() < -0.5F;
    if (ceiling) size_m = Vec3f(light.position_m.x() * 2, light.position_m.y() * 2, light.position_m.z());
    rectangle.radiance *= ceiling ? levels.ceiling : levels.window;
    if (ceiling && view != View::Eye) {
      // The missing ceiling, all of it.
      rectangle.half_u_m *= 2;
      rectangle.half_v_m *= 2;
    }
    lighting.rectangles.push_back(rectangle);
  }
  if (levels.key > 0) {
    Vec3f ahead(0, 1, 0);
    Vec3f right(1, 0, 0);
    if (!camera.parallel) {
      ahead = Vec3f(camera.forward.x(), camera.forward.y(), 0).normalized();
      right = camera.right;
    }
    const float reach_m = std::max({size_m.x(), size_m.y(), 2.0F});
    const Vec3f middle(0.5F * size_m.x(), 0.5F * size_m.y(), 0);
    const Vec3f towards = (1.2F * Vec3f::UnitZ() - 0.8F * ahead - 0.35F * right).normalized();
    const float distance_m = 2.5F * reach_m;
    const float half_m = 0.28F * distance_m;  // soft: half an angle of 16 degrees
    const Vec3f side = towards.cross(Vec3f::UnitX()).normalized();
    const Vec3f other = towards.cross(side);
    RectangleLight key;
    key.centre_m = middle + distance_m * towards;
    key.half_u_m = half_m * side;
    key.half_v_m = half_m * other;
    if (key.half_u_m.cross(key.half_v_m).dot(towards) > 0) key.half_u_m = -key.half_u_m;
    // As bright as to send `key` off a white wall that faces it.
    const float solid_angle = 4 * half_m * half_m / (distance_m * distance_m);
    key.radiance = levels.key * kPi / solid_angle * Vec3f(1.0F, 0.95F, 0.87F);
    lighting.rectangles.push_back(key);
  }
  lighting.sky.above = levels.sky_above * Vec3f(0.95F, 0.98F, 1.05F);
  lighting.sky.below = levels.sky_below * Vec3f(1.0F, 0.98F, 0.95F);
  return lighting;
}

/// A rectangle as one place sees it.
///
/// Source   Urena, Fajardo and King 2013, An Area-Preserving Parametrization for Spherical Rectangles.
struct LightPicker::SphericalRectangle {
  const Rectangle& light;
  float x0, x1, y0, y1, z0;
  float b0, b1, k, solid_angle;

  SphericalRectangle(const Rectangle& rectangle, const Vec3f& place_m) : light(rectangle) {
    const Vec3f d = light.centre_m - place_m;
    z0 = d.dot(light.normal);  // below zero: it shines this way
    x0 = d.dot(light.x) - light.half_x_m;
    x1 = x0 + 2 * light.half_x_m;
    y0 = d.dot(light.y) - light.half_y_m;
    y1 = y0 + 2 * light.half_y_m;
    // The z parts of the normals of the planes through the place and the edges.
    const float z2 = z0 * z0;
    const float n0 = -y0 / std::sqrt(z2 + y0 * y0);
    const float n1 = x1 / std::sqrt(z2 + x1 * x1);
    const float n2 = y1 / std::sqrt(z2 + y1 * y1);
    const float n3 = -x0 / std::sqrt(z2 + x0 * x0);
    const auto angle = [](float cosine) { return std::acos(std::clamp(cosine, -1.0F, 1.0F)); };
    b0 = n0;
    b1 = n2;
    k = 2 * kPi - angle(-n2 * n3) - angle(-n3 * n0);
    solid_angle = angle(-n0 * n1) + angle(-n1 * n2) - k;
  }

  /// Whether a rectangle fills so much of what a place sees that its solid angle is worth the arithmetic; for
  /// small ones sampling by area is as good, and float loses no digits.
  static bool worth(const Rectangle& light, const Vec3f& d) {
    const float distance2 = d.squaredNorm();
    const float z = d.dot(light.normal);
    return light.area_m2 * -z > 0.3F * distance2 * std::sqrt(distance2) && z * z > kFlatness * distance2;
  }

  /// From the place to a point of the rectangle.
  [[nodiscard]] Vec3f sample(float u, float v) const {
    const float au = u * solid_angle + k;
    const float sine = std::sin(au);
    const float fu = (std::cos(au) * b0 - b1) / (std::abs(sine) > 1e-7F ? sine : 1e-7F);
    const float cu = std::clamp(std::copysign(1 / std::sqrt(fu * fu + b0 * b0), fu), -1.0F, 1.0F);
    const float xu = std::clamp(-(cu * z0) / std::sqrt(std::max(1e-12F, 1 - cu * cu)), x0, x1);
    const float d2 = xu * xu + z0 * z0;
    const float h0 = y0 / std::sqrt(d2 + y0 * y0);
    const float h1 = y1 / std::sqrt(d2 + y1 * y1);
    const float hv = h0 + v * (h1 - h0);
    const float yv = hv * hv < 1 - 1e-6F ? hv * std::sqrt(d2 / (1 - hv * hv)) : y1;
    return xu * light.x + std::clamp(yv, y0, y1) * light.y + z0 * light.normal;
  }
};

LightPicker::LightPicker(const Lighting& lighting, const TopLevel& world) : points_(lighting.points) {
  for (const RectangleLight& light : lighting.rectangles) {
    Rectangle r;
    r.centre_m = light.centre_m;
    r.half_x_m = light.half_u_m.norm();
    r.half_y_m = light.half_v_m.norm();
    r.area_m2 = 4 * r.half_x_m * r.half_y_m;
    r.luminance = luminance(light.radiance);
    if (!(r.area_m2 > 1e-8F) || !(r.luminance > 0)) continue;
    r.x = light.half_u_m / r.half_x_m;
    r.y = light.half_v_m / r.half_y_m;
    r.normal = r.x.cross(r.y);
    r.radiance = light.radiance;
    rectangles_.push_back(r);
  }
  std::ranges::stable_sort(rectangles_, [](const Rectangle& a, const Rectangle& b) {
    return a.area_m2 * a.luminance > b.area_m2 * b.luminance;
  });
  rectangles_.resize(std::min(rectangles_.size(), kMost / 2));
  points_.resize(std::min(points_.size(), kMost / 4));
  const auto instances = world.instances();
  for (std::uint32_t i = 0; i < instances.size(); ++i) {
    const TopLevel::Instance& instance = instances[i];
    if (instance.owner == kRoom || instance.opacity < 1) continue;
    const assets::Model& model = *instance.prepared->model;
    if (std::ranges::none_of(model.materials, [](const assets::Material& m) {
          return m.emission.maxCoeff() >= kLeastGlow && !m.emission_texture;
        }))
      continue;
    Lamp lamp;
    lamp.instance = i;
    lamp.glows.assign(model.mesh.triangles.size(), false);
    Vec3f middle = Vec3f::Zero();
    for (std::size_t t = 0; t < model.mesh.triangles.size(); ++t) {
      const assets::Material& material = model.materials[model.mesh.material_of[t]];
      if (material.emission.maxCoeff() < kLeastGlow || material.emission_texture) continue;
      std::array<Vec3f, 3> corners;
      for (std::size_t k = 0; k < 3; ++k)
        corners[k] =
            instance.rotation * model.mesh.positions_m[model.mesh.triangles[t][k]] + instance.position;
      const float area = 0.5F * (corners[1] - corners[0]).cross(corners[2] - corners[0]).norm();
      if (!(area > 0)) continue;
      lamp.glows[t] = true;
      lamp.area_m2 += area;
      lamp.cumulative.push_back(lamp.area_m2);
      lamp.radiance.push_back(lighting.lamp_gain * material.emission);
      lamp.power += area * luminance(lamp.radiance.back());
      middle += area / 3 * (corners[0] + corners[1] + corners[2]);
      lamp.corners_m.push_back(corners);
    }
    if (lamp.corners_m.empty()) continue;
    lamp.centre_m = middle / lamp.area_m2;
    for (const auto& corners : lamp.corners_m)
      for (const Vec3f& p : corners) lamp.radius_m = std::max(lamp.radius_m, (p - lamp.centre_m).norm());
    lamps_.push_back(std::move(lamp));
  }
  std::ranges::stable_sort(lamps_, [](const Lamp& a, const Lamp& b) { return a.power > b.power; });
  lamps_.resize(std::min(lamps_.size(), kMost - rectangles_.size() - points_.size()));
}

void LightPicker::chances(const Vec3f& place_m, const Vec3f& normal, Chances& out) const {
  out.place_m = place_m;
  float sum = 0;
  std::size_t i = 0;
  for (const Rectangle& light : rectangles_) {
    const Vec3f d = light.centre_m - place_m;
    const float shines = -light.normal.dot(d);
    // How far its highest corner is above the place's horizon.
    const float reach =
        light.half_x_m * std::abs(normal.dot(light.x)) + light.half_y_m * std::abs(normal.dot(light.y));
    const float rise = normal.dot(d);
    float share = 0;
    if (shines > 0 && rise + reach > 0) {
      // Roughly its irradiance: the part above the horizon, a solid angle that ends at a half space.
      const float distance2 = d.squaredNorm();
      const float distance = std::sqrt(distance2);
      const float solid_angle = light.area_m2 * shines / (distance * (distance2 + light.area_m2 / (2 * kPi)));
      const float above = rise > reach ? rise : 0.25F * (rise + reach) * (rise + reach) / reach;
      share = light.luminance * solid_angle * (0.02F + above / (distance + reach));
    }
    out.share[i++] = share;
    sum += share;
  }
  for (const PointLight& light : points_) {
    const Vec3f d = light.position_m - place_m;
    const float share = normal.dot(d) > 0 ? luminance(light.intensity) / (d.squaredNorm() + 1e-4F) : 0.0F;
    out.share[i++] = share;
    sum += share;
  }
  for (const Lamp& lamp : lamps_) {
    const Vec3f d = lamp.centre_m - place_m;
    const float distance = d.norm();
    const float cosine = std::clamp((normal.dot(d) + lamp.radius_m) / (distance + lamp.radius_m), 0.0F, 1.0F);
    const float share =
        cosine * lamp.power / 4 / (distance * distance + lamp.radius_m * lamp.radius_m + 1e-4F);
    out.share[i++] = share;
    sum += share;
  }
  out.any = sum > 0 && std::isfinite(sum);
  if (!out.any) return;
  const float scale = 1 / sum;
  for (std::size_t k = 0; k < i; ++k) out.share[k] *= scale;
}

LightPicker::Sample LightPicker::sample(const Chances& chances, float choice, float u, float v) const {
  Sample sample;
  const Vec3f& place_m = chances.place_m;
  const std::size_t count = rectangles_.size() + points_.size() + lamps_.size();
  std::size_t i = 0;
  while (i + 1 < count && choice >= chances.share[i]) choice -= chances.share[i++];
  const float share = chances.share[i];
  if (!(share > 0)) return sample;
  if (i < rectangles_.size()) {
    const Rectangle& light = rectangles_[i];
    Vec3f d = light.centre_m - place_m;
    if (SphericalRectangle::worth(light, d)) {
      const SphericalRectangle seen(light, place_m);
      d = seen.sample(u, v);
      sample.distance_m = d.norm();
      sample.pdf = share / seen.solid_angle;
    } else {
      d += (2 * u - 1) * light.half_x_m * light.x + (2 * v - 1) * light.half_y_m * light.y;
      sample.distance_m = d.norm();
      const float cosine = -d.dot(light.normal) / sample.distance_m;
      if (!(cosine > 1e-6F)) return Sample{};
      sample.pdf = share * sample.distance_m * sample.distance_m / (cosine * light.area_m2);
    }
    sample.direction = d / sample.distance_m;
    sample.radiance = light.radiance / sample.pdf;
    return sample;
  }
  i -= rectangles_.size();
  if (i < points_.size()) {
    const Vec3f d = points_[i].position_m - place_m;
    sample.distance_m = d.norm();
    sample.direction = d / sample.distance_m;
    sample.radiance = points_[i].intensity / (sample.distance_m * sample.distance_m * share);
    return sample;
  }
  i -= points_.size();
  if (i >= lamps_.size()) return sample;
  const Lamp& lamp = lamps_[i];
  // The choice among the lamp's triangles uses the same number; what is left of it is as good as new.
  const float target = std::min(u, 0x1.fffffep-1F) * lamp.area_m2;
  const auto found = std::ranges::upper_bound(lamp.cumulative, target);
  const auto t =
      std::min(static_cast<std::size_t>(found - lamp.cumulative.begin()), lamp.corners_m.size() - 1);
  const float before = t == 0 ? 0 : lamp.cumulative[t - 1];
  const float again = std::clamp((target - before) / (lamp.cumulative[t] - before), 0.0F, 1.0F);
  const auto& [a, b, c] = lamp.corners_m[t];
  const float root = std::sqrt(again);
  const Vec3f point = (1 - root) * a + root * (1 - v) * b + root * v * c;
  const Vec3f d = point - place_m;
  sample.distance_m = d.norm();
  const Vec3f normal = (b - a).cross(c - a).normalized();
  const float cosine = std::abs(normal.dot(d)) / sample.distance_m;
  if (!(cosine > 1e-5F) || !(sample.distance_m > 1e-4F)) return Sample{};
  sample.direction = d / sample.distance_m;
  sample.pdf = share * sample.distance_m * sample.distance_m / (cosine * lamp.area_m2);
  sample.radiance = lamp.radiance[t] / sample.pdf;
  return sample;
}

Vec3f LightPicker::rectangles_along(const Vec3f& origin_m, const Vec3f& direction, float far_m,
                                    const Chances& chances, float pdf) const {
  Vec3f sum = Vec3f::Zero();
  for (std::size_t i = 0; i < rectangles_.size(); ++i) {
    const Rectangle& light = rectangles_[i];
    const float slope = light.normal.dot(direction);
    if (!(slope < 0)) continue;
    const Vec3f d = light.centre_m - origin_m;
    const float t = light.normal.dot(d) / slope;
    if (!(t > 0) || t >= far_m) continue;
    const Vec3f off = t * direction - d;
    if (std::abs(off.dot(light.x)) > light.half_x_m || std::abs(off.dot(light.y)) > light.half_y_m) continue;
    float other = 0;
    if (chances.any && chances.share[i] > 0) {
      other = chances.share[i] * (SphericalRectangle::worth(light, d)
                                      ? 1 / SphericalRectangle(light, origin_m).solid_angle
                                      : t * t / (-slope * light.area_m2));
    }
    sum += pdf * pdf / (pdf * pdf + other * other) * light.radiance;
  }
  return sum;
}

float LightPicker::pdf_of(std::uint32_t instance, std::uint32_t triangle, const Vec3f& flat_normal,
                          const Vec3f& direction, float distance_m, const Chances& chances) const {
  if (!chances.any) return 0;
  for (std::size_t i = 0; i < lamps_.size(); ++i) {
    const Lamp& lamp = lamps_[i];
    if (lamp.instance != instance) continue;
    if (!lamp.glows[triangle]) return 0;
    const float cosine = std::abs(flat_normal.dot(direction));
    const float share = chances.share[rectangles_.size() + points_.size() + i];
    return share * distance_m * distance_m / (std::max(1e-5F, cosine) * lamp.area_m2);
  }
  return 0;
}

}  // namespace metaspatial::render
