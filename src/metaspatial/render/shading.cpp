#include "metaspatial/render/shading.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

namespace metaspatial::render {
namespace {

using assets::Pattern;

constexpr float kPi = 3.14159265F;

/// A number in [0, 1) from lattice coordinates.
float lattice(int x, int y, int z) {
  auto h = static_cast<std::uint32_t>(x) * 0x8da6b343U ^ static_cast<std::uint32_t>(y) * 0xd8163841U ^
           static_cast<std::uint32_t>(z) * 0xcb1ab31fU;
  h ^= h >> 13;
  h *= 0x5bd1e995U;
  h ^= h >> 15;
  return static_cast<float>(h & 0xffffU) / 65536.0F;
}

/// Smooth noise in [0, 1], one cycle per unit.
float noise(const Vec3f& p) {
  const Vec3f bounded = p.cwiseMax(-1e6F).cwiseMin(1e6F);
  const Vec3f base(std::floor(bounded.x()), std::floor(bounded.y()), std::floor(bounded.z()));
  Vec3f f = bounded - base;
  f = f.cwiseProduct(f).cwiseProduct(Vec3f::Constant(3) - 2 * f);
  const int x = static_cast<int>(base.x());
  const int y = static_cast<int>(base.y());
  const int z = static_cast<int>(base.z());
  const auto mix = [](float a, float b, float t) { return a + (b - a) * t; };
  const auto plane = [&](int k) {
    return mix(mix(lattice(x, y, k), lattice(x + 1, y, k), f.x()),
               mix(lattice(x, y + 1, k), lattice(x + 1, y + 1, k), f.x()), f.y());
  };
  if (f.z() == 0) return plane(z);  // floors: the weight of the other plane is zero
  return mix(plane(z), plane(z + 1), f.z());
}

/// 1 where a detail of this size is wide enough for the picture, 0 where it is finer than a pixel.
float fade(float detail_m, float footprint_m) {
  return std::clamp(1.6F * detail_m / footprint_m - 0.6F, 0.0F, 1.0F);
}

/// Share of a line of this half width within a pixel around distance `d` from it.
float line(float d, float half_width_m, float footprint_m) {
  const float reach = half_width_m + 0.5F * footprint_m;
  return std::clamp((reach - std::abs(d)) / footprint_m, 0.0F, 1.0F) *
         std::min(1.0F, 2 * half_width_m / footprint_m);
}

float fraction(float x) {
  return x - std::floor(x);
}

/// Darkening of joints between bricks of size (a, b), shifted every other row; and the brick's own number.
struct Joint {
  float line = 0;
  int row = 0;
  int column = 0;
};
Joint joints(float u, float v, float a, float b, float shift, float half_width_m, float footprint_m) {
  Joint joint;
  const float row = std::floor(v / b);
  joint.row = static_cast<int>(std::clamp(row, -1e6F, 1e6F));
  // The rows of planks are shifted by different lengths, those of bricks by half.
  const float offset = shift < 0 ? lattice(joint.row, 7, 3) * a : (joint.row & 1 ? shift * a : 0.0F);
  const float along = (u + offset) / a;
  joint.column = static_cast<int>(std::clamp(std::floor(along), -1e6F, 1e6F));
  const float du = std::min(fraction(along), 1 - fraction(along)) * a;
  const float dv = std::min(fraction(v / b), 1 - fraction(v / b)) * b;
  joint.line = std::max(line(du, half_width_m, footprint_m), line(dv, half_width_m, footprint_m));
  return joint;
}

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

Vec3f patterned_color(const Surface& surface, float footprint_m) {
  const assets::Material& material = *surface.material;
  Vec3f color = material.base_color;
  const Vec3f& p = surface.local_position_m;
  const Vec3f n = surface.local_normal.cwiseAbs();
  switch (material.pattern) {
    case Pattern::None:
      break;
    case Pattern::Wood: {
      // The grain runs along x; on a side, where it would end, it runs upwards.
      const bool side = n.x() > 0.7F;
      const Vec3f across = side ? Vec3f(p.z(), p.y(), p.x()) : p;
      const float grain = fade(0.03F, footprint_m);
      if (grain > 0) {
        const float g = noise(Vec3f(4 * across.x(), 40 * across.y(), 40 * across.z())) - 0.5F;
        color *= 1 + 0.22F * grain * g;
      }
      const float coarse = fade(0.1F, footprint_m);
      if (coarse > 0) {
        const float broad = noise(Vec3f(1.5F * across.x(), 9 * across.y(), 9 * across.z())) - 0.5F;
        color *= 1 + 0.16F * coarse * broad;
      }
      break;
    }
    case Pattern::Planks: {
      const Joint joint = joints(p.x(), p.y(), 1.3F, 0.15F, -1, 0.004F, footprint_m);
      const float tint = lattice(joint.row, joint.column, 11) - 0.5F;
      const float fine = fade(0.03F, footprint_m);
      const float grain = fine > 0 ? noise(Vec3f(3 * p.x() + 17 * tint, 45 * p.y(), 0)) - 0.5F : 0;
      color *= 1 + 0.20F * fade(0.15F, footprint_m) * tint + 0.12F * fine * grain;
      color *= 1 - 0.45F * joint.line;
      break;
    }
    case Pattern::Tiles: {
      const Joint joint = joints(p.x(), p.y(), 0.5F, 0.5F, 0, 0.006F, footprint_m);
      const float tint = lattice(joint.row, joint.column, 5) - 0.5F;
      color *= 1 + 0.05F * tint;
      color *= 1 - 0.30F * joint.line;
      break;
    }
    case Pattern::Weave: {
      const float share = fade(0.03F, footprint_m);
      if (share > 0) color *= 1 + 0.14F * share * (noise(60.0F * p) - 0.5F);
      color *= 1 + 0.06F * fade(0.15F, footprint_m) * (noise(9.0F * p) - 0.5F);
      break;
    }
    case Pattern::Marble: {
      const float bend = noise(3.0F * p);
      const float vein = std::abs(noise(Vec3f(5.0F * p + Vec3f::Constant(3 * bend))) - 0.5F);
      color *= 1 - 0.35F * fade(0.05F, footprint_m) * std::max(0.0F, 1 - 9 * vein) - 0.08F * bend;
      break;
    }
    case Pattern::Brick: {
      const bool up = n.z() > 0.7F;
      const float u = n.x() > n.y() && !up ? p.y() : p.x();
      const float v = up ? p.y() : p.z();
      const Joint joint = joints(u, v, 0.22F, 0.08F, 0.5F, 0.006F, footprint_m);
      color *= 1 + 0.3F * fade(0.08F, footprint_m) * (lattice(joint.row, joint.column, 2) - 0.5F);
      color = color + 0.6F * joint.line * (Vec3f(0.55F, 0.52F, 0.48F) - color);
      break;
    }
  }
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
