#include "metaspatial/render/denoise.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <utility>

#include "metaspatial/base/parallel.hpp"
#include "metaspatial/render/tone.hpp"

namespace metaspatial::render {
namespace {

constexpr int kRings = 5;
constexpr float kLightSpread = 3;  // standard deviations of noise that two pixels may differ by
constexpr float kPlaneSpread =
    0.008F;  // distance from the surface's plane, in shares of the viewer's distance

/// exp(-x) for x >= 0, to a percent; 0 from 12 on.
float fading(float x) {
  if (x >= 12) return 0;
  const float y = 1 - x * (1.0F / 64);
  const float y2 = y * y;
  const float y4 = y2 * y2;
  const float y8 = y4 * y4;
  const float y16 = y8 * y8;
  const float y32 = y16 * y16;
  return y32 * y32;
}

struct Pixel {
  Vec3f light = Vec3f::Zero();
  float variance = 0;
  Vec3f normal = Vec3f::Zero();
  bool solid = false;
  Vec3f position_m = Vec3f::Zero();
  float brightness = 0;  ///< of `light`
};

}  // namespace

void denoise(std::vector<Vec3f>& radiance, const std::vector<float>& shown,
             const std::vector<PixelGuide>& guides, int width_px, int height_px, int samples) {
  const auto at = [&](int x, int y) {
    return static_cast<std::size_t>(y) * static_cast<std::size_t>(width_px) + static_cast<std::size_t>(x);
  };
  const std::size_t count = radiance.size();
  std::vector<Pixel> now(count);
  for (std::size_t i = 0; i < count; ++i) {
    if (!(shown[i] > 0)) continue;
    const PixelGuide& guide = guides[i];
    Pixel& p = now[i];
    const Vec3f albedo = (guide.albedo / shown[i]).cwiseMax(kLeastAlbedo);
    p.light = ((radiance[i] - guide.emitted) / shown[i]).cwiseQuotient(albedo);
    p.brightness = luminance(p.light);
    p.normal = guide.normal.norm() > 1e-3F ? Vec3f(guide.normal.normalized()) : Vec3f(Vec3f::Zero());
    p.position_m = guide.position_m / shown[i];
    p.solid = shown[i] > 0.5F;
    const float square = guide.square / shown[i];
    p.variance =
        std::max(0.0F, square - p.brightness * p.brightness) / static_cast<float>(std::max(1, samples));
  }
  // A pixel's own few samples say little of its variance: a mean over neighbours says more.
  std::vector<float> smooth(count);
  parallel_for(static_cast<std::size_t>(height_px), [&](std::size_t row) {
    const int y = static_cast<int>(row);
    for (int x = 0; x < width_px; ++x) {
      float sum = 0;
      float weight = 0;
      for (int v = std::max(0, y - 3); v <= std::min(height_px - 1, y + 3); ++v)
        for (int u = std::max(0, x - 3); u <= std::min(width_px - 1, x + 3); ++u) {
          const Pixel& q = now[at(u, v)];
          if (!q.solid || q.normal.dot(now[at(x, y)].normal) < 0.8F) continue;
          sum += q.variance;
          weight += 1;
        }
      smooth[at(x, y)] = weight > 0 ? sum / weight : now[at(x, y)].variance;
    }
  });
  for (std::size_t i = 0; i < count; ++i) now[i].variance = smooth[i];

  constexpr std::array<float, 3> kKernel = {3.0F / 8, 1.0F / 4, 1.0F / 16};
  std::vector<Pixel> next = now;
  for (int ring = 0; ring < kRings; ++ring) {
    const int step = 1 << ring;
    parallel_for(static_cast<std::size_t>(height_px), [&](std::size_t row) {
      const int y = static_cast<int>(row);
      for (int x = 0; x < width_px; ++x) {
        const Pixel& p = now[at(x, y)];
        if (!p.solid) continue;
        const float per_light = 1 / (kLightSpread * std::sqrt(p.variance) + 1e-4F);
        const float distance_m = std::max(0.1F, p.position_m.norm());  // relative to the camera
        const float per_m = 1 / (kPlaneSpread * distance_m * static_cast<float>(step));
        Vec3f light = Vec3f::Zero();
        float variance = 0;
        float weight = 0;
        for (int v = -2; v <= 2; ++v) {
          const int qy = y + v * step;
          if (qy < 0 || qy >= height_px) continue;
          for (int u = -2; u <= 2; ++u) {
            const int qx = x + u * step;
            if (qx < 0 || qx >= width_px) continue;
            const Pixel& q = now[at(qx, qy)];
            if (!q.solid) continue;
            const float facing = p.normal.dot(q.normal);
            if (facing < 0.5F) continue;
            const float off = std::abs(p.normal.dot(q.position_m - p.position_m)) * per_m +
                              std::abs(p.brightness - q.brightness) * per_light + 24 * (1 - facing);
            const float w = kKernel[static_cast<std::size_t>(std::abs(u))] *
                            kKernel[static_cast<std::size_t>(std::abs(v))] * fading(off);
            light += w * q.light;
            variance += w * w * q.variance;
            weight += w;
          }
        }
        Pixel& out = next[at(x, y)];
        if (!(weight > 1e-6F)) continue;
        out.light = light / weight;
        out.variance = variance / (weight * weight);
        out.brightness = luminance(out.light);
      }
    });
    std::swap(now, next);
  }
  for (std::size_t i = 0; i < count; ++i) {
    if (!now[i].solid) continue;
    const Vec3f albedo = (guides[i].albedo / shown[i]).cwiseMax(kLeastAlbedo);
    radiance[i] = guides[i].emitted + shown[i] * now[i].light.cwiseProduct(albedo);
  }
}

}  // namespace metaspatial::render
