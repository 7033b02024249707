#include "metaspatial/render/tone.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace metaspatial::render {

float filmic(float radiance) {
  constexpr float kMaximum = 1;
  constexpr float kContrast = 1;
  constexpr float kStart = 0.22F;
  constexpr float kLength = 0.4F;
  constexpr float kBlack = 1.33F;
  const float x = std::isfinite(radiance) ? std::max(0.0F, radiance) : kMaximum;
  constexpr float l0 = (kMaximum - kStart) * kLength / kContrast;
  constexpr float s0 = kStart + l0;
  constexpr float s1 = kStart + kContrast * l0;
  constexpr float c2 = kContrast * kMaximum / (kMaximum - s1);
  const float t = std::clamp(x / kStart, 0.0F, 1.0F);
  const float toe_share = 1 - t * t * (3 - 2 * t);
  const float toe = kStart * std::pow(x / kStart, kBlack);
  const float line = kStart + kContrast * (x - kStart);
  const float shoulder = kMaximum - (kMaximum - s1) * std::exp(-c2 * (x - s0) / kMaximum);
  if (x >= s0) return shoulder;
  return toe * toe_share + line * (1 - toe_share);
}

float exposure_of(std::span<const Vec3f> radiance, std::span<const float> shown) {
  constexpr float kMiddle = 0.26F;
  constexpr float kBright = 0.85F;
  std::vector<float> logs;
  logs.reserve(radiance.size());
  for (std::size_t i = 0; i < radiance.size(); ++i) {
    if (shown[i] < 0.5F) continue;
    const Vec3f c = radiance[i] / shown[i];
    logs.push_back(std::log(std::max(1e-3F, luminance(c))));
  }
  if (logs.empty()) return 1;
  std::ranges::sort(logs);
  const std::size_t cut = logs.size() / 20;
  double sum = 0;
  for (std::size_t i = cut; i < logs.size() - cut; ++i) sum += static_cast<double>(logs[i]);
  const auto mean = static_cast<float>(sum / static_cast<double>(logs.size() - 2 * cut));
  // What is bright, lamps and their surroundings aside, keeps its shape.
  const float bright = std::exp(logs[logs.size() - 1 - logs.size() / 12]);
  return std::clamp(std::min(kMiddle / std::exp(mean), kBright / bright), 0.5F, 4.0F);
}

std::uint8_t coded_srgb(float display) {
  const float x = std::clamp(display, 0.0F, 1.0F);
  const float s = x <= 0.0031308F ? 12.92F * x : 1.055F * std::pow(x, 1 / 2.4F) - 0.055F;
  return static_cast<std::uint8_t>(s * 255 + 0.5F);
}

}  // namespace metaspatial::render
