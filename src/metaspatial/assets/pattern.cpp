#include "metaspatial/assets/pattern.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include "metaspatial/assets/image_codec.hpp"

namespace metaspatial::assets {
namespace {

constexpr float kPlankLength_m = 1.3F;
constexpr float kPlankWidth_m = 0.15F;
constexpr float kTileSide_m = 0.5F;
constexpr float kBrickLength_m = 0.22F;
constexpr float kBrickHeight_m = 0.08F;
constexpr float kJointDepth_m = 0.0015F;
const Vec3f kMortar(0.55F, 0.52F, 0.48F);

/// `i` in [0, period); as it is without a period.
int wrapped(int i, int period) {
  if (period == 0) return i;
  const int rest = i % period;
  return rest < 0 ? rest + period : rest;
}

/// A number in [0, 1) from lattice coordinates.
float lattice(int x, int y, int z) {
  auto h = static_cast<std::uint32_t>(x) * 0x8da6b343U ^ static_cast<std::uint32_t>(y) * 0xd8163841U ^
           static_cast<std::uint32_t>(z) * 0xcb1ab31fU;
  h ^= h >> 13;
  h *= 0x5bd1e995U;
  h ^= h >> 15;
  return static_cast<float>(h & 0xffffU) / 65536.0F;
}

/// A frequency (per metre) along an axis, and after how many cycles the noise repeats; 0: never. With a
/// repeat it is the nearest frequency that fits.
struct Cycles {
  Cycles(float wanted_per_m, float repeat_m) : per_m(wanted_per_m) {
    if (!(repeat_m > 0)) return;
    period = std::max(1, static_cast<int>(std::lround(wanted_per_m * repeat_m)));
    per_m = static_cast<float>(period) / repeat_m;
  }
  float per_m;
  int period = 0;
};

/// Smooth noise in [0, 1], one cycle per unit.
float noise(const Vec3f& p, int period_x, int period_y) {
  const Vec3f bounded = p.cwiseMax(-1e6F).cwiseMin(1e6F);
  const Vec3f base(std::floor(bounded.x()), std::floor(bounded.y()), std::floor(bounded.z()));
  Vec3f f = bounded - base;
  f = f.cwiseProduct(f).cwiseProduct(Vec3f::Constant(3) - 2 * f);
  const int x0 = wrapped(static_cast<int>(base.x()), period_x);
  const int x1 = wrapped(static_cast<int>(base.x()) + 1, period_x);
  const int y0 = wrapped(static_cast<int>(base.y()), period_y);
  const int y1 = wrapped(static_cast<int>(base.y()) + 1, period_y);
  const int z = static_cast<int>(base.z());
  const auto mix = [](float a, float b, float t) { return a + (b - a) * t; };
  const auto plane = [&](int k) {
    return mix(mix(lattice(x0, y0, k), lattice(x1, y0, k), f.x()),
               mix(lattice(x0, y1, k), lattice(x1, y1, k), f.x()), f.y());
  };
  if (f.z() == 0) return plane(z);  // floors: the weight of the other plane is zero
  return mix(plane(z), plane(z + 1), f.z());
}

/// The same at a place in metres.
float noise(const Vec3f& p_m, const Cycles& x, const Cycles& y, float z_per_m, float shift = 0) {
  return noise(Vec3f(x.per_m * p_m.x() + shift, y.per_m * p_m.y() + shift, z_per_m * p_m.z() + shift),
               x.period, y.period);
}

/// 1 where a detail of this size is wide enough for the picture, 0 where it is finer than a pixel.
float fade(float detail_m, float footprint_m) {
  return std::clamp(1.6F * detail_m / footprint_m - 0.6F, 0.0F, 1.0F);
}

/// Share of a line of this half width within a pixel around distance `d_m` from it.
float line(float d_m, float half_width_m, float footprint_m) {
  const float reach = half_width_m + 0.5F * footprint_m;
  return std::clamp((reach - std::abs(d_m)) / footprint_m, 0.0F, 1.0F) *
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
Joint joints(float u, float v, float a, float b, float shift, float half_width_m, float footprint_m,
             const PatternTile& tile) {
  const int rows = static_cast<int>(std::lround(tile.v_m / b));
  const int columns = static_cast<int>(std::lround(tile.u_m / a));
  Joint joint;
  const float row = std::floor(v / b);
  joint.row = wrapped(static_cast<int>(std::clamp(row, -1e6F, 1e6F)), rows);
  // The rows of planks are shifted by different lengths, those of bricks by half.
  const float offset = shift < 0 ? lattice(joint.row, 7, 3) * a : (joint.row & 1 ? shift * a : 0.0F);
  const float along = (u + offset) / a;
  joint.column = wrapped(static_cast<int>(std::clamp(std::floor(along), -1e6F, 1e6F)), columns);
  const float du = std::min(fraction(along), 1 - fraction(along)) * a;
  const float dv = std::min(fraction(v / b), 1 - fraction(v / b)) * b;
  joint.line = std::max(line(du, half_width_m, footprint_m), line(dv, half_width_m, footprint_m));
  return joint;
}

/// The joints of a pattern that has some.
Joint joints_of(Pattern pattern, const Eigen::Vector2f& uv_m, float footprint_m, const PatternTile& tile) {
  const float u = uv_m.x();
  const float v = uv_m.y();
  switch (pattern) {
    case Pattern::Planks:
      return joints(u, v, kPlankLength_m, kPlankWidth_m, -1, 0.004F, footprint_m, tile);
    case Pattern::Tiles:
      return joints(u, v, kTileSide_m, kTileSide_m, 0, 0.006F, footprint_m, tile);
    case Pattern::Brick:
      return joints(u, v, kBrickLength_m, kBrickHeight_m, 0.5F, 0.006F, footprint_m, tile);
    case Pattern::None:
    case Pattern::Wood:
    case Pattern::Weave:
    case Pattern::Marble:
      break;
  }
  return {};
}

bool has_joints(Pattern pattern) {
  return pattern == Pattern::Planks || pattern == Pattern::Tiles || pattern == Pattern::Brick;
}

/// The axes that u and v are read along.
std::pair<int, int> uv_axes(Pattern pattern, const Vec3f& normal) {
  const Vec3f n = normal.cwiseAbs();
  switch (pattern) {
    case Pattern::Planks:
    case Pattern::Tiles:
      return {0, 1};
    case Pattern::Wood:
      // The grain runs along x; on a side, where it would end, it runs upwards.
      if (n.x() > 0.7F) return {2, 1};
      return n.y() > n.z() ? std::pair{0, 2} : std::pair{0, 1};
    case Pattern::Brick:
      if (n.z() > 0.7F) return {0, 1};
      return n.x() > n.y() ? std::pair{1, 2} : std::pair{0, 2};
    case Pattern::None:
    case Pattern::Weave:
    case Pattern::Marble:
      break;
  }
  if (n.x() > n.y() && n.x() > n.z()) return {1, 2};
  return n.y() > n.z() ? std::pair{0, 2} : std::pair{0, 1};
}

/// The sRGB coding of linear values in steps of 1/4096: within half a byte, and no power per pixel.
std::uint8_t srgb_byte(float linear) {
  constexpr int kSteps = 4096;
  static const std::array<std::uint8_t, kSteps + 1> table = [] {
    std::array<std::uint8_t, kSteps + 1> t{};
    for (int i = 0; i <= kSteps; ++i) {
      const float x = static_cast<float>(i) / kSteps;
      const float s = x <= 0.0031308F ? 12.92F * x : 1.055F * std::pow(x, 1 / 2.4F) - 0.055F;
      t[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(s * 255 + 0.5F);
    }
    return t;
  }();
  return table[static_cast<std::size_t>(std::clamp(linear, 0.0F, 1.0F) * kSteps + 0.5F)];
}

std::uint8_t number_byte(float value) {
  return static_cast<std::uint8_t>(std::clamp(value, 0.0F, 1.0F) * 255 + 0.5F);
}

/// The joints of a pattern as grooves, in glTF's tangent space.
std::string normals_of(Pattern pattern, int side_px) {
  const PatternTile tile = tile_of(pattern);
  const float du_m = tile.u_m / static_cast<float>(side_px);
  const float dv_m = tile.v_m / static_cast<float>(side_px);
  std::vector<float> heights_m;
  for (int j = 0; j < side_px; ++j)
    for (int i = 0; i < side_px; ++i) {
      const Eigen::Vector2f p((static_cast<float>(i) + 0.5F) * du_m, (static_cast<float>(j) + 0.5F) * dv_m);
      heights_m.push_back(-kJointDepth_m * joints_of(pattern, p, std::max(du_m, dv_m), tile).line);
    }
  const auto height_m = [&](int i, int j) {
    return heights_m[static_cast<std::size_t>(wrapped(j, side_px) * side_px + wrapped(i, side_px))];
  };
  std::vector<std::uint8_t> bytes;
  for (int j = side_px - 1; j >= 0; --j)
    for (int i = 0; i < side_px; ++i) {
      const float slope_u = (height_m(i + 1, j) - height_m(i - 1, j)) / (2 * du_m);
      const float slope_v = (height_m(i, j + 1) - height_m(i, j - 1)) / (2 * dv_m);
      const Vec3f n = Vec3f(-slope_u, -slope_v, 1).normalized();
      for (int axis = 0; axis < 3; ++axis) bytes.push_back(number_byte(0.5F * n[axis] + 0.5F));
    }
  return png_of(side_px, side_px, 3, bytes);
}

/// The pattern of a material as pictures; grey if the pattern only lightens and darkens.
PatternTexture bake(const Material& material, int side_px) {
  PatternTexture result;
  const PatternTile tile = tile_of(material.pattern);
  result.tile = tile;
  const float du_m = tile.u_m / static_cast<float>(side_px);
  const float dv_m = tile.v_m / static_cast<float>(side_px);
  const float footprint_m = std::min(du_m, dv_m);
  const auto texel = [&](int row, int column) -> Eigen::Vector2f {
    return {(static_cast<float>(column) + 0.5F) * du_m,
            (static_cast<float>(side_px - 1 - row) + 0.5F) * dv_m};
  };
  const auto count = static_cast<std::size_t>(side_px) * static_cast<std::size_t>(side_px);
  std::vector<Vec3f> colors;
  colors.reserve(count);
  Vec3f most = Vec3f::Constant(1e-6F);
  bool grey = true;
  for (int row = 0; row < side_px; ++row)
    for (int column = 0; column < side_px; ++column) {
      const Eigen::Vector2f p = texel(row, column);
      const Vec3f color =
          patterned_color(material, Vec3f(p.x(), p.y(), 0), Vec3f::UnitZ(), footprint_m, tile);
      grey = grey && color.x() == color.y() && color.y() == color.z();
      most = most.cwiseMax(color);
      colors.push_back(color);
    }
  result.color_factor = most;
  std::vector<std::uint8_t> bytes;
  bytes.reserve(grey ? count : 3 * count);
  for (const Vec3f& color : colors)
    for (int channel = 0; channel < (grey ? 1 : 3); ++channel)
      bytes.push_back(srgb_byte(color[channel] / most[channel]));
  result.color_png = png_of(side_px, side_px, grey ? 1 : 3, bytes);
  if (has_joints(material.pattern)) result.normal_png = normals_of(material.pattern, side_px / 2);
  return result;
}

/// Of a white material.
PatternTexture bake_white(Pattern pattern, int side_px) {
  Material white;
  white.base_color = Vec3f::Ones();
  white.pattern = pattern;
  return bake(white, side_px);
}

const PatternTexture& white_texture(Pattern pattern) {
  switch (pattern) {
    case Pattern::None:
    case Pattern::Brick:
    case Pattern::Wood:
      break;
    case Pattern::Planks: {
      static const PatternTexture texture = bake_white(Pattern::Planks, 512);
      return texture;
    }
    case Pattern::Tiles: {
      static const PatternTexture texture = bake_white(Pattern::Tiles, 512);
      return texture;
    }
    case Pattern::Weave: {
      static const PatternTexture texture = bake_white(Pattern::Weave, 256);
      return texture;
    }
    case Pattern::Marble: {
      static const PatternTexture texture = bake_white(Pattern::Marble, 256);
      return texture;
    }
  }
  static const PatternTexture texture = bake_white(Pattern::Wood, 256);
  return texture;
}

}  // namespace

PatternTile tile_of(Pattern pattern) {
  switch (pattern) {
    case Pattern::None:
      break;
    case Pattern::Wood:
      return {2, 1};
    case Pattern::Planks:
      return {2 * kPlankLength_m, 12 * kPlankWidth_m};
    case Pattern::Tiles:
      return {4 * kTileSide_m, 4 * kTileSide_m};
    case Pattern::Weave:
    case Pattern::Marble:
      return {1, 1};
    case Pattern::Brick:
      return {4 * kBrickLength_m, 12 * kBrickHeight_m};
  }
  return {};
}

Eigen::Vector2f pattern_uv_m(Pattern pattern, const Vec3f& position_m, const Vec3f& normal) {
  const auto [u, v] = uv_axes(pattern, normal);
  return {position_m[u], position_m[v]};
}

Eigen::Matrix<float, 3, 2> pattern_axes(Pattern pattern, const Vec3f& normal) {
  const auto [u, v] = uv_axes(pattern, normal);
  Eigen::Matrix<float, 3, 2> axes;
  axes.col(0) = Vec3f::Unit(u);
  axes.col(1) = Vec3f::Unit(v);
  return axes;
}

Vec3f patterned_color(const Material& material, const Vec3f& position_m, const Vec3f& normal,
                      float footprint_m, const PatternTile& tile) {
  Vec3f color = material.base_color;
  const Vec3f& p = position_m;
  const auto along = [&](float per_m) { return Cycles(per_m, tile.u_m); };
  const auto across = [&](float per_m) { return Cycles(per_m, tile.v_m); };
  switch (material.pattern) {
    case Pattern::None:
      break;
    case Pattern::Wood: {
      const bool side = std::abs(normal.x()) > 0.7F;
      const Vec3f q = side ? Vec3f(p.z(), p.y(), p.x()) : p;
      const float grain = fade(0.03F, footprint_m);
      if (grain > 0) color *= 1 + 0.22F * grain * (noise(q, along(4), across(40), 40) - 0.5F);
      const float coarse = fade(0.1F, footprint_m);
      if (coarse > 0) color *= 1 + 0.16F * coarse * (noise(q, along(1.5F), across(9), 9) - 0.5F);
      break;
    }
    case Pattern::Planks: {
      const Joint joint = joints_of(Pattern::Planks, p.head<2>(), footprint_m, tile);
      const float tint = lattice(joint.row, joint.column, 11) - 0.5F;
      const float fine = fade(0.03F, footprint_m);
      const Cycles x = along(3);
      const Cycles y = across(45);
      const float grain =
          fine > 0 ? noise(Vec3f(x.per_m * p.x() + 17 * tint, y.per_m * p.y(), 0), x.period, y.period) - 0.5F
                   : 0;
      color *= 1 + 0.20F * fade(kPlankWidth_m, footprint_m) * tint + 0.12F * fine * grain;
      color *= 1 - 0.45F * joint.line;
      break;
    }
    case Pattern::Tiles: {
      const Joint joint = joints_of(Pattern::Tiles, p.head<2>(), footprint_m, tile);
      color *= 1 + 0.05F * (lattice(joint.row, joint.column, 5) - 0.5F);
      color *= 1 - 0.30F * joint.line;
      break;
    }
    case Pattern::Weave: {
      const float share = fade(0.03F, footprint_m);
      if (share > 0) color *= 1 + 0.14F * share * (noise(p, along(60), across(60), 60) - 0.5F);
      color *= 1 + 0.06F * fade(0.15F, footprint_m) * (noise(p, along(9), across(9), 9) - 0.5F);
      break;
    }
    case Pattern::Marble: {
      const float bend = noise(p, along(3), across(3), 3);
      const float vein = std::abs(noise(p, along(5), across(5), 5, 3 * bend) - 0.5F);
      color *= 1 - 0.35F * fade(0.05F, footprint_m) * std::max(0.0F, 1 - 9 * vein) - 0.08F * bend;
      break;
    }
    case Pattern::Brick: {
      const Joint joint =
          joints_of(Pattern::Brick, pattern_uv_m(Pattern::Brick, p, normal), footprint_m, tile);
      color *= 1 + 0.3F * fade(kBrickHeight_m, footprint_m) * (lattice(joint.row, joint.column, 2) - 0.5F);
      color = color + 0.6F * joint.line * (kMortar - color);
      break;
    }
  }
  return color;
}

PatternTexture pattern_texture(const Material& material) {
  // Mortar has its own colour whatever the bricks have, so they are no white texture times a factor.
  if (material.pattern == Pattern::Brick) return bake(material, 256);
  PatternTexture texture = white_texture(material.pattern);
  texture.color_factor = texture.color_factor.cwiseProduct(material.base_color);
  return texture;
}

}  // namespace metaspatial::assets
