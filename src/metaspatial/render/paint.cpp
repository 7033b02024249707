#include "metaspatial/render/paint.hpp"

#include <Eigen/Geometry>
#include <algorithm>
#include <cmath>
#include <vector>

namespace metaspatial::render {
namespace {

/// How many of a pixel's 4 x 4 samples lie in a convex outline.
int samples_inside(std::span<const Vec3f> outline, float turn, float x, float y) {
  constexpr float kFirst = 0.5F / 4;
  constexpr float kLast = 3.5F / 4;
  bool whole = true;
  // An edge's side changes monotonically, with its rounding: the outer four samples speak for all.
  for (std::size_t i = 0; i < outline.size(); ++i) {
    const Vec3f& p = outline[i];
    const Vec3f& q = outline[i + 1 < outline.size() ? i + 1 : 0];
    const float dx = q.x() - p.x();
    const float dy = q.y() - p.y();
    int in = 0;
    for (const float px : {x + kFirst, x + kLast})
      for (const float py : {y + kFirst, y + kLast})
        in += turn * (dx * (py - p.y()) - dy * (px - p.x())) >= 0 ? 1 : 0;
    if (in == 0) return 0;
    whole = whole && in == 4;
  }
  if (whole) return 16;
  int inside = 0;
  for (int k = 0; k < 16; ++k) {
    const float px = x + (static_cast<float>(k & 3) + 0.5F) / 4;
    const float py = y + (static_cast<float>(k >> 2) + 0.5F) / 4;
    bool in = true;
    for (std::size_t i = 0; in && i < outline.size(); ++i) {
      const Vec3f& p = outline[i];
      const Vec3f& q = outline[i + 1 < outline.size() ? i + 1 : 0];
      in = turn * ((q.x() - p.x()) * (py - p.y()) - (q.y() - p.y()) * (px - p.x())) >= 0;
    }
    inside += in ? 1 : 0;
  }
  return inside;
}

}  // namespace

void for_each_covered(const Overlay& overlay, const Canvas& canvas,
                      const std::function<void(std::size_t index, float share)>& visit) {
  const Camera& camera = canvas.camera;
  const int width = static_cast<int>(camera.width_px);
  const int height = static_cast<int>(camera.height_px);
  if (overlay.points_m.size() < 3 || overlay.points_m.size() > 1000 || !(overlay.opacity > 0)) return;
  // Clipped against a plane just in front of the camera.
  constexpr float kNear_m = 0.05F;
  std::vector<Vec3f> clipped;
  for (std::size_t i = 0; i < overlay.points_m.size(); ++i) {
    const Vec3f a = overlay.points_m[i].cast<float>();
    const Vec3f b = overlay.points_m[(i + 1) % overlay.points_m.size()].cast<float>();
    if (!a.allFinite() || !b.allFinite()) return;
    const float da = (a - camera.origin).dot(camera.forward) - kNear_m;
    const float db = (b - camera.origin).dot(camera.forward) - kNear_m;
    if (da >= 0) clipped.push_back(a);
    if ((da < 0) != (db < 0)) clipped.push_back(a + da / (da - db) * (b - a));
  }
  if (clipped.size() < 3) return;
  std::vector<Vec3f> outline;
  Vec3f lo = Vec3f::Constant(1e9F);
  Vec3f hi = -lo;
  for (const Vec3f& p : clipped) {
    outline.push_back(camera.project(p));
    lo = lo.cwiseMin(outline.back());
    hi = hi.cwiseMax(outline.back());
  }
  if (hi.x() <= 0 || hi.y() <= 0 || lo.x() >= camera.width_px || lo.y() >= camera.height_px) return;
  const float turn = [&] {
    float area = 0;
    for (std::size_t i = 0; i < outline.size(); ++i) {
      const Vec3f& p = outline[i];
      const Vec3f& q = outline[(i + 1) % outline.size()];
      area += p.x() * q.y() - q.x() * p.y();
    }
    return area >= 0 ? 1.0F : -1.0F;
  }();
  // Inverse depth is linear over a projected plane; over a parallel projection depth itself is.
  const Vec3f plane_normal = [&] {
    Vec3f n = Vec3f::Zero();
    for (std::size_t i = 1; i + 1 < clipped.size(); ++i)
      n += (clipped[i] - clipped[0]).cross(clipped[i + 1] - clipped[0]);
    return n;
  }();
  const int x0 = std::clamp(static_cast<int>(std::floor(lo.x())), 0, width - 1);
  const int x1 = std::clamp(static_cast<int>(std::ceil(hi.x())), 0, width);
  const int y0 = std::clamp(static_cast<int>(std::floor(lo.y())), 0, height - 1);
  const int y1 = std::clamp(static_cast<int>(std::ceil(hi.y())), 0, height);
  for (int y = y0; y < y1; ++y) {
    for (int x = x0; x < x1; ++x) {
      const int inside = samples_inside(outline, turn, static_cast<float>(x), static_cast<float>(y));
      if (inside == 0) continue;
      const std::size_t i =
          static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x);
      if (!overlay.on_top) {
        const auto ray = camera.ray(static_cast<float>(x) + 0.5F, static_cast<float>(y) + 0.5F);
        const float slope = plane_normal.dot(ray.direction);
        if (std::abs(slope) > 1e-12F) {
          const float t = plane_normal.dot(clipped[0] - ray.origin) / slope;
          const float depth = t * ray.direction.dot(camera.forward);
          if (depth > canvas.depth_m(x, y) + 0.01F) continue;
        }
      }
      const float share =
          static_cast<float>(std::min(overlay.opacity, 1.0)) * static_cast<float>(inside) / 16;
      visit(i, share);
    }
  }
}

void paint(const Overlay& overlay, const Canvas& canvas, std::span<Vec3f> pixels) {
  Vec3f color;
  for (int c = 0; c < 3; ++c) {
    const double s = std::clamp(overlay.color[c], 0.0, 1.0);
    color[c] = static_cast<float>(s <= 0.04045 ? s / 12.92 : std::pow((s + 0.055) / 1.055, 2.4));
  }
  for_each_covered(overlay, canvas,
                   [&](std::size_t i, float share) { pixels[i] = pixels[i] + share * (color - pixels[i]); });
}

}  // namespace metaspatial::render
