#include "metaspatial/render/shading.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "metaspatial/assets/pattern.hpp"

namespace metaspatial::render {
namespace {

constexpr float kPi = 3.14159265F;

}  // namespace

Light light_for(View view, const Camera& camera) {
  Light light;
  if (view == View::Top) {
    light.sun_direction = Vec3f(-0.40F, 0.45F, 1.0F).normalized();
  } else {
    Vec3f ahead = camera.forward;
    ahead.z() = 0;
    ahead.normalize();
    // From above, behind the viewer's left shoulder.
    light.sun_direction = (Vec3f::UnitZ() * 1.25F - 0.55F * ahead - 0.55F * camera.right).normalized();
  }
  light.sun = Vec3f(0.64F, 0.60F, 0.53F);
  light.sky_up = Vec3f(0.47F, 0.49F, 0.52F);
  light.sky_down = Vec3f(0.30F, 0.27F, 0.24F);
  if (view != View::Top) light.bounced = 0.3F;
  if (view == View::Corner) {
    // The cut-away room is a stage: light also comes from where the viewer is.
    light.sun *= 1.05F;
    light.sky_up *= 1.05F;
    light.sky_down = Vec3f(0.44F, 0.41F, 0.37F);
  }
  if (view == View::Eye) {
    // Indoors the key light is a lamp's and weaker, and the walls send more back.
    light.sun *= 0.65F;
    light.sky_up *= 1.35F;
    light.sky_down *= 1.9F;
  }
  return light;
}

Vec3f surface_color(const Surface& surface, float footprint_m) {
  Vec3f color =
      assets::patterned_color(*surface.material, surface.local_position_m, surface.local_normal, footprint_m);
  color = color.cwiseProduct(surface.vertex_color);
  if (surface.textures != nullptr && surface.textures->base_color)
    color = color.cwiseProduct(
        surface.textures->base_color->at(surface.uv, surface.uv_per_m * footprint_m).head<3>());
  return color;
}

float PowerMemo::power(float b, float e) {
  if (b == base && e == exponent) return value;
  base = b;
  exponent = e;
  return value = std::pow(b, e);
}

Vec3f shade(const assets::Material& material, const Vec3f& color, const Vec3f& n, const Vec3f& direction,
            const Light& light, float sun, float sky, PowerMemo& memo) {
  const float up = 0.5F * (n.z() + 1);
  const Vec3f ambient =
      (light.bounced + (1 - light.bounced) * sky) * (up * light.sky_up + (1 - up) * light.sky_down);
  const float lambert = std::max(0.0F, n.dot(light.sun_direction));
  const Vec3f diffuse_light = ambient + (sun * lambert) * light.sun;
  const Vec3f reflected = direction - 2 * direction.dot(n) * n;
  const float gloss = 1 - material.roughness;
  // A room in the mirror: bright above, walls around, floor below.
  const float t = std::clamp(0.5F * (reflected.z() + 1), 0.0F, 1.0F);
  const Vec3f room =
      (0.25F + 0.75F * sky) * ((1 - t) * Vec3f(0.24F, 0.20F, 0.17F) + t * Vec3f(0.86F, 0.88F, 0.92F));
  const float exponent = 4 + 140 * gloss * gloss;
  const float highlight =
      sun > 0 ? sun * gloss * gloss * memo.power(std::max(0.0F, reflected.dot(light.sun_direction)), exponent)
              : 0.0F;
  Vec3f radiance;
  if (material.metallic > 0.5F) {
    const float share = 0.35F + 0.5F * gloss;
    radiance = color.cwiseProduct((1 - share) * diffuse_light + share * 1.15F * room) + highlight * color;
  } else {
    const float away = 1 - std::clamp(-direction.dot(n), 0.0F, 1.0F);
    const float grazing = away > 0 ? std::pow(away, 5.0F) : 0.0F;
    const float fresnel = gloss * (0.04F + 0.5F * grazing);
    radiance =
        (1 - fresnel) * color.cwiseProduct(diffuse_light) + fresnel * room + 0.35F * highlight * light.sun;
  }
  // A picture of what glows is the path tracer's.
  return material.emission_texture ? radiance : Vec3f(radiance + material.emission);
}

Vec3f background(View view, float y_share) {
  const Vec3f top = view == View::Top ? Vec3f(0.018F, 0.020F, 0.025F) : Vec3f(0.085F, 0.095F, 0.115F);
  const Vec3f bottom = view == View::Top ? top : Vec3f(0.030F, 0.033F, 0.042F);
  return top + y_share * (bottom - top);
}

namespace {

std::uint8_t exact_srgb_byte(float radiance) {
  // Linear up to 0.7, then a shoulder that reaches white at infinity: bright walls keep their shape.
  constexpr float kKnee = 0.7F;
  float x = std::isfinite(radiance) ? std::max(0.0F, radiance) : 1.0F;
  if (x > kKnee) x = kKnee + (1 - kKnee) * (1 - std::exp(-(x - kKnee) / (1 - kKnee)));
  const float s = x <= 0.0031308F ? 12.92F * x : 1.055F * std::pow(x, 1 / 2.4F) - 0.055F;
  return static_cast<std::uint8_t>(std::clamp(s * 255 + 0.5F, 0.0F, 255.0F));
}

/// The tone curve as the least radiance of each byte, and where to begin looking.
struct ToneTable {
  static constexpr float kEnd = 4;  // far beyond what gives 255
  static constexpr int kSteps = 4096;
  std::array<float, 257> least;
  std::array<std::uint8_t, kSteps> first;

  ToneTable() {
    least[0] = 0;
    for (unsigned byte = 1; byte < 256; ++byte) {
      auto low = std::bit_cast<std::uint32_t>(least[byte - 1]);  // bits of positive floats are in their order
      auto high = std::bit_cast<std::uint32_t>(kEnd);
      while (high - low > 1) {
        const std::uint32_t middle = low + (high - low) / 2;
        (exact_srgb_byte(std::bit_cast<float>(middle)) >= byte ? high : low) = middle;
      }
      least[byte] = std::bit_cast<float>(high);
    }
    least[256] = std::numeric_limits<float>::infinity();
    for (int i = 0; i < kSteps; ++i)
      first[static_cast<std::size_t>(i)] = exact_srgb_byte(static_cast<float>(i) * kEnd / kSteps);
  }
};

}  // namespace

std::uint8_t srgb_byte(float radiance) {
  static const ToneTable table;
  if (!(radiance > 0)) return std::isnan(radiance) ? exact_srgb_byte(radiance) : std::uint8_t{0};
  if (radiance >= ToneTable::kEnd) return exact_srgb_byte(radiance);
  unsigned byte = table.first[static_cast<std::size_t>(radiance * (ToneTable::kSteps / ToneTable::kEnd))];
  while (radiance >= table.least[byte + 1]) ++byte;
  return static_cast<std::uint8_t>(byte);
}

namespace {

/// A golden-angle spiral whose heights are spaced for a cosine density, in an order that puts unlike
/// directions next to each other: every `stride`-th.
template <std::size_t N>
std::array<Vec3f, N> spread_directions(std::size_t stride) {
  std::array<Vec3f, N> result;
  for (std::size_t i = 0; i < N; ++i) {
    const auto k = static_cast<float>((i * stride) % N);
    const float r = std::sqrt((k + 0.5F) / N);
    const float angle = 2.39996323F * k;
    result[i] = Vec3f(r * std::cos(angle), r * std::sin(angle), std::sqrt(1 - r * r));
  }
  return result;
}

}  // namespace

const std::array<Vec3f, 16>& hemisphere_directions() {
  static const auto directions = spread_directions<16>(7);
  return directions;
}

const std::array<Vec3f, 64>& many_hemisphere_directions() {
  static const auto directions = spread_directions<64>(23);
  return directions;
}

const std::array<Eigen::Vector2f, 16>& disc_offsets() {
  static const std::array<Eigen::Vector2f, 16> offsets = [] {
    std::array<Eigen::Vector2f, 16> result;
    for (std::size_t i = 0; i < 16; ++i) {
      const auto k = static_cast<float>((i * 5) % 16);
      const float r = std::sqrt((k + 0.5F) / 16);
      const float angle = 2.39996323F * k + kPi / 5;
      result[i] = Eigen::Vector2f(r * std::cos(angle), r * std::sin(angle));
    }
    return result;
  }();
  return offsets;
}

}  // namespace metaspatial::render
