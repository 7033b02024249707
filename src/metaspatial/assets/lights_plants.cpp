#include <array>
#include <initializer_list>
#include <numbers>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "metaspatial/assets/piece.hpp"

namespace metaspatial::assets {
namespace {

constexpr float kPi = std::numbers::pi_v<float>;
constexpr float kTau = 2 * kPi;

/// While it lives, things are drawn in shares of the box: x and y in [-1, 1], z in [0, 1].
class InShares {
 public:
  explicit InShares(Piece& p) : InShares(p, Vec3f::Zero(), Vec3f(p.x2, p.y2, p.h)) {}
  InShares(Piece& p, const Vec3f& origin, const Vec3f& unit) : builder_(p.builder) {
    builder_.push(Eigen::Affine3f(Eigen::Translation3f(origin) * Eigen::Scaling(unit)));
  }
  ~InShares() { builder_.pop(); }
  InShares(const InShares&) = delete;
  InShares& operator=(const InShares&) = delete;

 private:
  Builder& builder_;
};

using Profile = std::initializer_list<std::pair<float, float>>;

/// A turned body about the box's axis; radii and heights in shares of the box.
void turned(Piece& p, Profile profile, int m, int sides = 20) {
  const InShares shares(p);
  p.builder.lathe(0, 0, std::span(profile.begin(), profile.size()), m, sides);
}

/// A turned body that stands anywhere: radii and heights in metres.
void turned_at(Piece& p, float x, float y, Profile profile, int m, int sides = 14) {
  p.builder.lathe(x, y, std::span(profile.begin(), profile.size()), m, sides);
}

int warm_shade(Piece& p) {
  return p.glow("lit shade", 0xfff0d2, 1.1F);
}
int bulb(Piece& p) {
  return p.glow("bulb", 0xfff3cf, 2.2F);
}
int flame(Piece& p) {
  return p.glow("flame", 0xffb040, 2.0F);
}

/// What lamps' stems are made of: glass and paper lamps hang on the style's metal.
int lamp_body(Piece& p) {
  return p.palette.main_is_glass || p.palette.main_is_textile ? p.use(p.palette.metal)
                                                              : p.use(p.palette.main);
}

void candle_at(Piece& p, float x, float y, float z0, float z1, float r) {
  const float wick = 0.75F * z1 + 0.25F * z0;
  p.post(x, y, z0, wick, r, p.use("wax", 0xf2e6cc, 0.6F), 10);
  p.builder.ellipsoid(Vec3f(x, y, 0.55F * z1 + 0.45F * wick), Vec3f(0.6F * r, 0.6F * r, 0.45F * (z1 - wick)),
                      flame(p), 8);
}

void candelabra(Piece& p) {
  const int body = p.use(p.palette.main);
  const float r = std::min(0.09F * p.x2 + 0.006F, 0.02F);
  turned(p,
         {{0, 0},
          {0.75F, 0},
          {0.7F, 0.03F},
          {0.2F, 0.08F},
          {0.1F, 0.2F},
          {0.16F, 0.3F},
          {0.08F, 0.36F},
          {0.08F, 0.62F},
          {0.0F, 0.62F}},
         body);
  for (int i = -2; i <= 2; ++i) {
    const float x = 0.45F * static_cast<float>(i) * p.x2;
    std::array<Vec3f, 6> arm;
    for (std::size_t k = 0; k < arm.size(); ++k) {
      const float t = static_cast<float>(k) / static_cast<float>(arm.size() - 1);
      arm[k] =
          Vec3f(x * std::sin(0.25F * kTau * t), 0, p.h * (0.42F + 0.2F * (1 - std::cos(0.25F * kTau * t))));
    }
    if (i != 0) p.builder.tube(arm, 0.6F * r, body, 6);
    p.builder.cone(Vec3f(x, 0, 0.6F * p.h), Vec3f(x, 0, 0.66F * p.h), r, 1.9F * r, body, 10);
    candle_at(p, x, 0, 0.66F * p.h, p.h, r);
  }
}

void lantern(Piece& p) {
  const int body = lamp_body(p);
  const int pane = p.use(p.palette.glass);
  p.box(-p.x2, p.x2, -p.y2, p.y2, 0, 0.08F * p.h, body);
  p.box(-p.x2, p.x2, -p.y2, p.y2, 0.68F * p.h, 0.72F * p.h, body);
  for (const float x : {-0.85F * p.x2, 0.85F * p.x2})
    for (const float y : {-0.85F * p.y2, 0.85F * p.y2})
      p.box(x - 0.07F * p.x2, x + 0.07F * p.x2, y - 0.07F * p.y2, y + 0.07F * p.y2, 0.05F * p.h, 0.7F * p.h,
            body);
  p.box(-0.8F * p.x2, 0.8F * p.x2, -0.8F * p.y2, 0.8F * p.y2, 0.08F * p.h, 0.68F * p.h, pane);
  candle_at(p, 0, 0, 0.08F * p.h, 0.55F * p.h, 0.25F * p.x2);
  turned(p, {{0.98F, 0.72F}, {0.3F, 0.86F}, {0.0F, 0.88F}}, body, 4);
  p.builder.torus(Vec3f(0, 0, 0.915F * p.h), 0.075F * p.h, 0.01F * p.h, 1, body, 14);
}

void desk_lamp(Piece& p) {
  const int body = lamp_body(p);
  const int joint = p.use(p.palette.black);
  const bool along_x = p.x2 >= p.y2;
  const float length = along_x ? p.x2 : p.y2;
  const float side = along_x ? p.y2 : p.x2;
  if (!along_x) p.builder.push(Eigen::Affine3f(Eigen::AngleAxisf(0.5F * kPi, Vec3f::UnitZ())));
  {
    const InShares shares(p, Vec3f(-0.35F * length, 0, 0), Vec3f(0.65F * length, side, 1));
    p.builder.cone(Vec3f(0, 0, 0), Vec3f(0, 0, 0.05F * p.h), 1, 0.85F, body, 20);
  }
  const Vec3f foot(-0.35F * length, 0, 0.04F * p.h);
  const Vec3f elbow(-0.85F * length, 0, 0.55F * p.h);
  const Vec3f head(0.1F * length, 0, 0.93F * p.h);
  const float r = 0.022F * p.h;
  p.builder.cylinder(foot, elbow, r, body, 8);
  p.builder.cylinder(elbow, head, r, body, 8);
  for (const Vec3f& at : {foot, elbow, head}) p.builder.ellipsoid(at, Vec3f::Constant(1.8F * r), joint, 8);
  const Vec3f mouth(0.55F * length, 0, 0.7F * p.h);
  const float wide = std::min(0.85F * side, 0.17F * p.h);
  p.builder.cone(head, mouth, 0.4F * wide, wide, body, 16);
  p.builder.cylinder(mouth, mouth + 0.01F * (mouth - head), 0.85F * wide, bulb(p), 14);
  if (!along_x) p.builder.pop();
}

void wall_sconce(Piece& p) {
  const int body = lamp_body(p);
  p.soft(-0.45F * p.x2, 0.45F * p.x2, -p.y2, -0.85F * p.y2, 0, 0.75F * p.h, 0.01F, body, 1);
  const std::array<Vec3f, 4> arm = {Vec3f(0, -0.85F * p.y2, 0.3F * p.h), Vec3f(0, -0.2F * p.y2, 0.22F * p.h),
                                    Vec3f(0, 0.2F * p.y2, 0.28F * p.h), Vec3f(0, 0.2F * p.y2, 0.46F * p.h)};
  p.builder.tube(arm, 0.035F * p.h, body);
  const InShares shares(p, Vec3f(0, 0.15F * p.y2, 0), Vec3f(p.x2, 0.85F * p.y2, p.h));
  p.builder.cone(Vec3f(0, 0, 0.42F), Vec3f(0, 0, 0.5F), 0.35F, 0.62F, body, 16);
  p.builder.cone(Vec3f(0, 0, 0.5F), Vec3f(0, 0, 1), 0.6F, 1, warm_shade(p), 18);
}

}  // namespace

void draw_lamp(Piece& p) {
  if (p.is("candelabra")) return candelabra(p);
  if (p.is("lantern")) return lantern(p);
  if (p.is("desk")) return desk_lamp(p);
  if (p.is("sconce")) return wall_sconce(p);
  const int body = lamp_body(p);
  if (p.palette.main_is_metal || p.palette.main_is_glass || p.palette.main_is_textile) {
    turned(p, {{0, 0}, {0.62F, 0}, {0.6F, 0.03F}, {0.1F, 0.06F}, {0.07F, 0.12F}, {0.07F, 0.6F}, {0, 0.6F}},
           body);
  } else {
    // A round-bellied foot for ceramic, wood and stone.
    turned(p,
           {{0, 0},
            {0.42F, 0},
            {0.4F, 0.03F},
            {0.34F, 0.05F},
            {0.56F, 0.16F},
            {0.6F, 0.25F},
            {0.5F, 0.37F},
            {0.2F, 0.48F},
            {0.12F, 0.52F},
            {0.1F, 0.6F},
            {0, 0.6F}},
           body);
  }
  turned(p, {{0, 0.53F}, {1, 0.53F}, {0.68F, 0.97F}, {0, 0.97F}}, warm_shade(p), 24);
  turned(p, {{0, 0.96F}, {0.07F, 0.97F}, {0.05F, 1.0F}, {0, 1}}, p.use(p.palette.metal), 8);
}

void draw_floor_lamp(Piece& p) {
  const int metal = p.palette.main_is_wood ? p.use(p.palette.wood) : p.use(p.palette.metal);
  const float r = std::clamp(0.05F * p.x2, 0.007F, 0.02F);
  const auto tripod = [&](float z, int m, float thick) {
    for (int i = 0; i < 3; ++i) {
      const float a = kTau * (static_cast<float>(i) / 3 + 0.25F);
      p.builder.cone(Vec3f(0.98F * p.x2 * std::cos(a), 0.98F * p.y2 * std::sin(a), 0), Vec3f(0, 0, z),
                     0.8F * thick, thick, m, 8);
    }
  };
  if (p.is("dance")) {
    const int chrome = p.use("chrome", 0xcfd4d9, 0.12F, 1);
    turned(p, {{0, 0}, {1, 0}, {1, 0.008F}, {0.3F, 0.02F}, {0, 0.02F}}, chrome, 24);
    p.post(0, 0, 0, p.h, 0.025F, chrome, 16);
    turned(p, {{0, 0.98F}, {0.3F, 0.98F}, {0.7F, 0.995F}, {0.7F, 1}, {0, 1}}, chrome, 24);
    return;
  }
  if (p.is("softbox")) {
    const int black = p.use(p.palette.black);
    tripod(0.45F * p.h, black, 0.016F);
    p.post(0, 0, 0.2F * p.h, 0.75F * p.h, 0.014F, black, 8);
    const float lo = p.h - std::min(0.55F * p.h, 1.7F * p.x2);
    p.builder.push(Eigen::Affine3f(Eigen::Translation3f(0, -0.1F * p.y2, 0.5F * (lo + p.h)) *
                                   Eigen::AngleAxisf(-0.5F * kPi, Vec3f::UnitX()) *
                                   Eigen::Scaling(p.x2, 0.5F * (p.h - lo), 1.0F)));
    // Now z points to the front (+y).
    p.builder.cone(Vec3f(0, 0, -0.35F * p.y2), Vec3f(0, 0, 0.55F * p.y2), 0.3F, 1, black, 8);
    p.builder.cylinder(Vec3f(0, 0, 0.55F * p.y2), Vec3f(0, 0, 0.6F * p.y2), 0.93F,
                       p.glow("diffuser", 0xffffff, 1.6F), 8);
    p.builder.pop();
    return;
  }
  if (p.is("microphone")) {
    const int black = p.use(p.palette.black);
    turned(p, {{0, 0}, {1, 0}, {0.95F, 0.015F}, {0.1F, 0.03F}, {0, 0.03F}}, black, 22);
    p.post(0, 0, 0, 0.87F * p.h, 0.012F, p.use("chrome", 0xcfd4d9, 0.2F, 1), 8);
    p.builder.cone(Vec3f(0, -0.1F * p.y2, 0.84F * p.h), Vec3f(0, 0.25F * p.y2, 0.94F * p.h), 0.018F, 0.026F,
                   black, 10);
    p.builder.ellipsoid(Vec3f(0, 0.35F * p.y2, 0.965F * p.h), Vec3f(0.042F, 0.042F, 0.035F * p.h),
                        p.use("mesh", 0x9aa1a8, 0.5F, 1), 12);
    return;
  }
  if (p.is("iv_stand")) {
    const int chrome = p.use("chrome", 0xcfd4d9, 0.2F, 1);
    for (int i = 0; i < 5; ++i) {
      const float a = kTau * (static_cast<float>(i) / 5 + 0.05F);
      const Vec3f foot(0.92F * p.x2 * std::cos(a), 0.92F * p.y2 * std::sin(a), 0.06F);
      p.builder.cone(Vec3f(0, 0, 0.1F), foot, 0.018F, 0.012F, chrome, 8);
      p.builder.ellipsoid(foot - Vec3f(0, 0, 0.035F), Vec3f::Constant(0.025F), p.use(p.palette.black), 8);
    }
    p.post(0, 0, 0.08F, p.h - 0.01F, 0.014F, chrome, 10);
    p.builder.cylinder(Vec3f(-0.7F * p.x2, 0, p.h - 0.02F), Vec3f(0.7F * p.x2, 0, p.h - 0.02F), 0.01F, chrome,
                       8);
    p.builder.pillow(Vec3f(0.35F * p.x2, -0.14F * p.y2, 0.76F * p.h),
                     Vec3f(0.95F * p.x2, 0.14F * p.y2, 0.97F * p.h), 1, p.use("drip bag", 0xdcebf2, 0.2F));
    p.soft(-0.35F * p.x2, 0.35F * p.x2, 0, 0.6F * p.y2, 0.55F * p.h, 0.68F * p.h, 0.015F,
           p.use(p.palette.white), 1);
    p.box(-0.25F * p.x2, 0.25F * p.x2, 0.6F * p.y2, 0.62F * p.y2, 0.6F * p.h, 0.66F * p.h,
          p.glow("display", 0x3fd97a, 0.9F));
    return;
  }
  if (p.palette.main_is_wood) {
    tripod(0.78F * p.h, metal, 0.02F);
  } else {
    turned(p, {{0, 0}, {0.75F, 0}, {0.72F, 0.012F}, {0.08F, 0.022F}, {0, 0.022F}}, metal, 22);
    p.post(0, 0, 0, 0.85F * p.h, r, metal, 10);
  }
  const float shade = 1 - std::min(0.3F, 0.95F * p.x2 / p.h * 1.4F);
  turned(p, {{0, shade}, {1, shade}, {0.66F, 0.99F}, {0, 0.99F}}, warm_shade(p), 24);
  p.post(0, 0, 0.97F * p.h, p.h, 1.2F * r, metal, 8);
}

void draw_ceiling_lamp(Piece& p) {
  const int body = lamp_body(p);
  if (p.is("fan")) {
    const int blade = p.use(p.palette.wood);
    p.post(0, 0, 0.55F * p.h, p.h, 0.018F, p.use(p.palette.metal), 10);
    turned(p, {{0, 0.9F}, {0.12F, 0.92F}, {0.14F, 1}, {0, 1}}, p.use(p.palette.metal));
    turned(p, {{0, 0.32F}, {0.18F, 0.34F}, {0.2F, 0.55F}, {0.1F, 0.64F}, {0, 0.64F}}, p.use(p.palette.metal));
    turned(p, {{0, 0}, {0.12F, 0.05F}, {0.19F, 0.32F}, {0, 0.33F}}, warm_shade(p));
    for (int i = 0; i < 5; ++i) {
      const InShares shares(p);
      p.builder.push(Eigen::Affine3f(Eigen::AngleAxisf(kTau * static_cast<float>(i) / 5, Vec3f::UnitZ())));
      const std::array<std::pair<float, float>, 6> outline = {
          {{0.17F, -0.05F}, {0.5F, -0.11F}, {0.99F, -0.13F}, {1.0F, 0.1F}, {0.5F, 0.09F}, {0.17F, 0.05F}}};
      p.builder.prism_xy(outline, 0.42F, 0.46F, blade);
      p.builder.pop();
    }
    return;
  }
  if (p.is("chandelier")) {
    const int gold =
        p.use(p.palette.main_is_metal ? p.palette.main : colored("chandelier gold", 0xc79a4a, 0.25F, 1));
    const int drop = p.use(p.palette.glass);
    p.post(0, 0, 0.3F * p.h, p.h, 0.02F * p.x2 + 0.004F, gold, 8);
    turned(p, {{0, 0.95F}, {0.2F, 0.97F}, {0.22F, 1}, {0, 1}}, gold);
    turned(
        p,
        {{0, 0.02F}, {0.05F, 0.06F}, {0.16F, 0.2F}, {0.1F, 0.32F}, {0.05F, 0.5F}, {0.1F, 0.58F}, {0, 0.66F}},
        gold);
    const auto tier = [&](int arms, float reach, float z) {
      for (int i = 0; i < arms; ++i) {
        const float a = kTau * static_cast<float>(i) / static_cast<float>(arms);
        const float x = reach * p.x2 * std::cos(a);
        const float y = reach * p.y2 * std::sin(a);
        const std::array<Vec3f, 4> arm = {
            Vec3f(0.08F * x, 0.08F * y, p.h * z), Vec3f(0.5F * x, 0.5F * y, p.h * (z - 0.13F)),
            Vec3f(0.88F * x, 0.88F * y, p.h * (z - 0.09F)), Vec3f(0.93F * x, 0.93F * y, p.h * (z + 0.03F))};
        p.builder.tube(arm, 0.02F * p.x2, gold, 6);
        const float r = 0.045F * p.x2;
        p.builder.cone(Vec3f(0.93F * x, 0.93F * y, p.h * (z + 0.02F)),
                       Vec3f(0.93F * x, 0.93F * y, p.h * (z + 0.05F)), 0.7F * r, 1.9F * r, gold, 8);
        p.post(0.93F * x, 0.93F * y, p.h * (z + 0.05F), p.h * (z + 0.16F), 0.8F * r, p.use(p.palette.white),
               8);
        p.builder.ellipsoid(Vec3f(0.93F * x, 0.93F * y, p.h * (z + 0.21F)), Vec3f(r, r, 0.06F * p.h), bulb(p),
                            8);
        p.builder.ellipsoid(Vec3f(0.7F * x, 0.7F * y, p.h * (z - 0.2F)),
                            Vec3f(0.8F * r, 0.8F * r, 0.06F * p.h), drop, 6);
      }
    };
    tier(8, 1.0F, 0.34F);
    tier(4, 0.55F, 0.6F);
    p.builder.ellipsoid(Vec3f(0, 0, 0.06F * p.h), Vec3f(0.1F * p.x2, 0.1F * p.y2, 0.06F * p.h), drop, 10);
    return;
  }
  if (p.is("track")) {
    const bool along_x = p.x2 >= p.y2;
    const float length = along_x ? p.x2 : p.y2;
    const float side = along_x ? p.y2 : p.x2;
    if (!along_x) p.builder.push(Eigen::Affine3f(Eigen::AngleAxisf(0.5F * kPi, Vec3f::UnitZ())));
    p.box(-length, length, -0.25F * side, 0.25F * side, 0.82F * p.h, p.h, body);
    const int spots = std::clamp(static_cast<int>(std::lround(2 * length / 0.35F)), 2, 12);
    for (int i = 0; i < spots; ++i) {
      const float x = length * (2 * (static_cast<float>(i) + 0.5F) / static_cast<float>(spots) - 1);
      const Vec3f back(x, -0.45F * side, 0.62F * p.h);
      const Vec3f front(x, 0.55F * side, 0.22F * p.h);
      const float r = std::min(0.4F * side, 0.22F * p.h);
      p.builder.cylinder(Vec3f(x, 0, 0.45F * p.h), Vec3f(x, 0, 0.85F * p.h), 0.2F * r, body, 6);
      p.builder.cone(back, front, 0.75F * r, 1.05F * r, body, 12);
      p.builder.cylinder(front, front + 0.02F * (front - back), 0.9F * r, bulb(p), 12);
    }
    if (!along_x) p.builder.pop();
    return;
  }
  if (p.is("disco")) {
    const InShares shares(p);
    const int silver = p.use("mirror tile", 0xd9dee3, 0.08F, 1);
    const int blue = p.use("mirror tile blue", 0x9fb8d9, 0.08F, 1);
    const int violet = p.use("mirror tile dark", 0x6f7783, 0.1F, 1);
    p.builder.cylinder(Vec3f(0, 0, 0.85F), Vec3f(0, 0, 1), 0.06F, p.use(p.palette.black), 8);
    // Facets: flat tiles on a sphere, of changing tones.
    constexpr int kRings = 10;
    constexpr int kAround = 18;
    const auto at = [](int ring, int step) {
      const float polar = kPi * static_cast<float>(ring) / kRings;
      const float a = kTau * static_cast<float>(step) / kAround;
      return Vec3f(std::sin(polar) * std::cos(a), std::sin(polar) * std::sin(a),
                   0.45F - 0.45F * std::cos(polar));
    };
    for (int j = 0; j < kRings; ++j)
      for (int i = 0; i < kAround; ++i) {
        const int tone = (5 * i + 3 * j + i * j) % 4;
        p.builder.quad(at(j, i), at(j, i + 1), at(j + 1, i + 1), at(j + 1, i),
                       tone == 0   ? blue
                       : tone == 1 ? violet
                                   : silver);
      }
    return;
  }
  if (p.is("paper_lantern")) {
    const int paper = warm_shade(p);
    const int rib = p.use("rib", 0xc9a06a, 0.8F);
    const InShares shares(p);
    p.builder.cylinder(Vec3f(0, 0, 0.8F), Vec3f(0, 0, 1), 0.03F, p.use(p.palette.black), 6);
    p.builder.ellipsoid(Vec3f(0, 0, 0.43F), Vec3f(0.97F, 0.97F, 0.42F), paper, 24);
    for (int i = 1; i < 8; ++i) {
      const float polar = kPi * static_cast<float>(i) / 8;
      p.builder.push(Eigen::Affine3f(Eigen::Translation3f(0, 0, 0.43F - 0.42F * std::cos(polar)) *
                                     Eigen::Scaling(1.0F, 1.0F, 0.4F)));
      p.builder.torus(Vec3f::Zero(), 0.975F * std::sin(polar), 0.012F, 2, rib, 24);
      p.builder.pop();
    }
    p.builder.cylinder(Vec3f(0, 0, 0), Vec3f(0, 0, 0.03F), 0.2F, rib, 14);
    return;
  }
  if (p.is("mobile")) {
    const int bar = p.use(p.palette.wood);
    const int cord = p.use("cord", 0xe6e0d2, 0.9F);
    constexpr std::array<std::uint32_t, 6> kTones = {0xf0b84a, 0x6fb3d9, 0xef7d7d,
                                                     0x8fcf8a, 0xb79ad9, 0xf3e6b0};
    p.post(0, 0, 0.75F * p.h, p.h, 0.02F * p.x2, cord, 6);
    p.builder.cylinder(Vec3f(-0.9F * p.x2, 0, 0.76F * p.h), Vec3f(0.9F * p.x2, 0, 0.76F * p.h), 0.03F * p.x2,
                       bar, 8);
    p.builder.cylinder(Vec3f(0, -0.9F * p.y2, 0.76F * p.h), Vec3f(0, 0.9F * p.y2, 0.76F * p.h), 0.03F * p.x2,
                       bar, 8);
    for (std::size_t i = 0; i < 5; ++i) {
      const float a = 0.25F * kTau * static_cast<float>(i);
      const float reach = i < 4 ? 0.84F : 0.0F;
      const Vec3f at(reach * p.x2 * std::cos(a), reach * p.y2 * std::sin(a),
                     p.h * (i < 4 ? (i % 2 ? 0.3F : 0.2F) : 0.13F));
      p.builder.cylinder(at, Vec3f(at.x(), at.y(), 0.76F * p.h), 0.012F * p.x2, cord, 4);
      const int tone = p.use("toy " + std::to_string(i), kTones[i], 0.9F);
      p.builder.ellipsoid(at, Vec3f(0.16F * p.x2, 0.16F * p.y2, 0.13F * p.h), tone, 12);
      p.builder.ellipsoid(at + Vec3f(0, 0, 0.13F * p.h), Vec3f(0.1F * p.x2, 0.1F * p.y2, 0.06F * p.h), tone,
                          8);
    }
    return;
  }
  if (p.is("pendant")) {
    turned(p, {{0, 0.97F}, {0.25F, 0.97F}, {0.25F, 1}, {0, 1}}, body);
    p.post(0, 0, 0.6F * p.h, p.h, 0.008F, p.use(p.palette.black), 6);
    turned(p,
           {{0.99F, 0.04F},
            {0.94F, 0.16F},
            {0.72F, 0.36F},
            {0.38F, 0.5F},
            {0.14F, 0.56F},
            {0.12F, 0.68F},
            {0, 0.7F}},
           p.palette.main_is_glass ? warm_shade(p) : p.use(p.palette.main), 24);
    turned(p, {{0, 0.08F}, {0.9F, 0.08F}, {1, 0.0F}, {1, 0.04F}, {0, 0.2F}}, warm_shade(p), 24);
    return;
  }
  // A flat bowl under a ring; above a glass one it is white, as its mount is what is seen from above.
  turned(p, {{0, 0.7F}, {0.98F, 0.7F}, {1, 0.74F}, {1, 0.86F}, {0.7F, 1}, {0, 1}},
         p.palette.main_is_glass ? p.use(p.palette.white) : body, 28);
  turned(p, {{0, 0}, {0.4F, 0.06F}, {0.72F, 0.26F}, {0.9F, 0.55F}, {0.95F, 0.75F}, {0, 0.76F}}, warm_shade(p),
         28);
}

namespace {

int green(Piece& p) {
  constexpr std::array<std::uint32_t, 4> kTones = {0x3f8246, 0x4f9a4a, 0x2f6f45, 0x6ba052};
  return p.use("leaf", kTones[static_cast<std::size_t>(p.variation & 3)], 0.6F);
}
int dark_green(Piece& p) {
  return p.use("deep leaf", 0x25562f, 0.8F);
}
int soil(Piece& p) {
  return p.use("soil", 0x3d2c20, 1.0F);
}

/// The pot's material: the object's own unless that says only "plant".
int pot_material(Piece& p) {
  constexpr std::array<std::uint32_t, 4> kPots = {0xb5613e, 0xeeeae2, 0x4a4f55, 0xc9a877};
  if (!p.palette.main_is_wood) return p.use(p.palette.main);
  return p.use("pot", kPots[static_cast<std::size_t>(p.variation & 3)], 0.6F);
}

/// A pot on the floor of the box, `height` and `radius` in shares of the box.
void pot(Piece& p, float radius, float height) {
  const InShares shares(p);
  const std::array<std::pair<float, float>, 6> profile = {{{0, 0},
                                                           {0.72F * radius, 0},
                                                           {0.95F * radius, 0.82F * height},
                                                           {radius, 0.84F * height},
                                                           {radius, height},
                                                           {0.86F * radius, height}}};
  p.builder.lathe(0, 0, profile, pot_material(p), 20);
  p.builder.cylinder(Vec3f(0, 0, 0.8F * height), Vec3f(0, 0, 0.93F * height), 0.88F * radius, soil(p), 18);
}

/// Leaves all over an ellipsoid, in the current frame; denser foliage looks dark inside.
void crown(Piece& p, const Vec3f& centre, const Vec3f& radii, int count, float length, float width, int m) {
  p.builder.ellipsoid(centre, 0.58F * radii, dark_green(p), 12);
  for (int i = 0; i < count; ++i) {
    const float up = 1 - 2 * (static_cast<float>(i) + 0.5F) / static_cast<float>(count);
    const float a = 2.39996F * static_cast<float>(i) + p.random(-0.2F, 0.2F);
    const float flat = std::sqrt(std::max(0.0F, 1 - up * up));
    const Vec3f d = Vec3f(flat * std::cos(a), flat * std::sin(a), up).cwiseProduct(radii);
    const Vec3f out = (d / std::max(1e-4F, d.norm()) + Vec3f(0, 0, p.random(-0.5F, 0.1F))).normalized();
    const float shell = i % 3 ? 1.0F : 0.7F;
    p.builder.leaf(centre + shell * (1 - 0.8F * length) * d, out, Vec3f::UnitZ(), length * radii.maxCoeff(),
                   width, m);
  }
}

/// A long leaf that arches over to its tip, in the current frame.
void frond(Piece& p, const Vec3f& root, float angle, float reach, float rise, float width, int m) {
  const Vec3f out(std::cos(angle), std::sin(angle), 0);
  const Vec3f side(-std::sin(angle), std::cos(angle), 0);
  constexpr int kSteps = 5;
  const auto at = [&](int i) {
    const float t = static_cast<float>(i) / kSteps;
    return Vec3f(root + reach * t * out + Vec3f(0, 0, rise * (2.2F * t - 1.7F * t * t)));
  };
  for (int i = 0; i < kSteps; ++i) {
    const auto half = [&](int k) {
      return width * std::sin(kPi * (0.12F + 0.88F * static_cast<float>(k) / kSteps)) * 0.5F;
    };
    const Vec3f a = at(i);
    const Vec3f b = at(i + 1);
    const Vec3f drop(0, 0, -0.25F * width * std::abs(rise));
    p.builder.quad(a, b, b + half(i + 1) * side + drop, a + half(i) * side + drop, m);
    p.builder.quad(a - half(i) * side + drop, b - half(i + 1) * side + drop, b, a, m);
  }
}

/// Round blossoms; `tall` makes up for a frame that is stretched upwards.
void blossoms(Piece& p, const Vec3f& centre, const Vec3f& radii, int count, float size, float tall = 1) {
  constexpr std::array<std::uint32_t, 4> kTones = {0xe0607a, 0xf2c14a, 0xf3efe6, 0xb57ad0};
  const int petal = p.use("petal", kTones[static_cast<std::size_t>(p.variation & 3)], 0.7F);
  const int heart = p.use("blossom heart", 0xe8b53a, 0.8F);
  for (int i = 0; i < count; ++i) {
    const float a = 2.39996F * static_cast<float>(i);
    const float r = std::sqrt((static_cast<float>(i) + 0.5F) / static_cast<float>(count));
    const Vec3f at = centre + Vec3f(r * radii.x() * std::cos(a), r * radii.y() * std::sin(a),
                                    radii.z() * std::sqrt(std::max(0.0F, 1 - r * r)));
    p.builder.ellipsoid(at, Vec3f(size, size, 0.7F * size * tall), petal, 8);
    p.builder.ellipsoid(at + Vec3f(0, 0, 0.5F * size * tall),
                        Vec3f(0.45F * size, 0.45F * size, 0.35F * size * tall), heart, 6);
  }
}

void bonsai(Piece& p) {
  const int bark = p.use("bark", 0x5f4431, 0.9F);
  p.box(-0.8F * p.x2, 0.8F * p.x2, -0.88F * p.y2, 0.88F * p.y2, 0.04F * p.h, 0.2F * p.h, pot_material(p));
  p.box(-0.98F * p.x2, 0.98F * p.x2, -0.98F * p.y2, 0.98F * p.y2, 0.18F * p.h, 0.22F * p.h, pot_material(p));
  for (const float x : {-0.65F * p.x2, 0.65F * p.x2})
    p.box(x - 0.1F * p.x2, x + 0.1F * p.x2, -0.5F * p.y2, 0.5F * p.y2, 0, 0.05F * p.h, pot_material(p));
  p.box(-0.75F * p.x2, 0.75F * p.x2, -0.82F * p.y2, 0.82F * p.y2, 0.2F * p.h, 0.225F * p.h,
        p.use("moss", 0x5f7d3a, 1.0F));
  const InShares shares(p);
  const std::array<Vec3f, 5> trunk = {Vec3f(0.2F, 0, 0.2F), Vec3f(-0.05F, 0.05F, 0.38F),
                                      Vec3f(0.2F, 0, 0.52F), Vec3f(0.0F, -0.1F, 0.68F),
                                      Vec3f(0.1F, 0, 0.85F)};
  for (std::size_t i = 0; i + 1 < trunk.size(); ++i) {
    const float r = 0.13F - 0.025F * static_cast<float>(i);
    p.builder.cone(trunk[i], trunk[i + 1], r, r - 0.025F, bark, 10);
  }
  p.builder.cone(trunk[1], Vec3f(-0.55F, 0.1F, 0.5F), 0.06F, 0.03F, bark, 8);
  p.builder.cone(trunk[2], Vec3f(0.6F, -0.05F, 0.62F), 0.06F, 0.03F, bark, 8);
  const int leafy = green(p);
  crown(p, Vec3f(-0.55F, 0.1F, 0.54F), Vec3f(0.42F, 0.6F, 0.09F), 60, 0.34F, 0.2F, leafy);
  crown(p, Vec3f(0.55F, -0.05F, 0.66F), Vec3f(0.42F, 0.6F, 0.09F), 60, 0.34F, 0.2F, leafy);
  crown(p, Vec3f(0.05F, 0, 0.88F), Vec3f(0.55F, 0.7F, 0.11F), 80, 0.34F, 0.2F, leafy);
}

void planter_box(Piece& p) {
  const int body = p.use(p.palette.main);
  const float rim = 0.55F * p.h;
  p.box(-p.x2, p.x2, -p.y2, p.y2, 0.03F * p.h, rim, body);
  for (int i = 1; i < 3; ++i) {
    const float z = rim * static_cast<float>(i) / 3;
    p.box(-p.x2 - 0.002F, p.x2 + 0.002F, -p.y2 - 0.002F, p.y2 + 0.002F, z - 0.004F, z + 0.004F,
          p.use(p.palette.dark_wood));
  }
  p.box(-0.94F * p.x2, 0.94F * p.x2, -0.88F * p.y2, 0.88F * p.y2, rim, rim + 0.01F, soil(p));
  const int count = std::clamp(static_cast<int>(std::lround(2 * p.x2 / 0.24F)), 2, 10);
  for (int i = 0; i < count; ++i) {
    const float x = 0.88F * p.x2 * (2 * (static_cast<float>(i) + 0.5F) / static_cast<float>(count) - 1);
    const float wide = 0.85F * p.x2 / static_cast<float>(count);
    const float top = i % 2 ? p.h : 0.88F * p.h;
    const Vec3f centre(x, 0, 0.5F * (rim + top));
    const Vec3f radii(wide, 0.8F * p.y2, 0.45F * (top - rim));
    crown(p, centre, radii, 22, 0.5F, 0.05F, green(p));
    if (i % 2 == 0) blossoms(p, centre, 0.9F * radii, 7, 0.03F);
  }
}

void trellis(Piece& p) {
  const int wood = p.use(p.palette.main);
  const float z0 = 0.16F * p.h;
  p.soft(-p.x2, p.x2, -p.y2, p.y2, 0, z0, 0.01F, wood, 1);
  p.box(-0.95F * p.x2, 0.95F * p.x2, -0.8F * p.y2, 0.8F * p.y2, z0 - 0.01F, z0 + 0.004F, soil(p));
  const float y = -0.6F * p.y2;
  const float t = 0.012F;
  const int columns = std::max(3, static_cast<int>(2 * p.x2 / 0.2F));
  for (int i = 0; i <= columns; ++i) {
    const float x = (p.x2 - 2 * t) * (2 * static_cast<float>(i) / static_cast<float>(columns) - 1);
    p.box(x - t, x + t, y - t, y + t, z0 - 0.02F, p.h, wood);
  }
  const int rows = std::max(3, static_cast<int>((p.h - z0) / 0.2F));
  for (int i = 1; i <= rows; ++i) {
    const float z = z0 + (p.h - z0 - t) * static_cast<float>(i) / static_cast<float>(rows);
    p.box(-p.x2 + t, p.x2 - t, y, y + 2 * t, z - t, z + t, wood);
  }
  const int leafy = green(p);
  const int stem = dark_green(p);
  for (int vine = 0; vine < columns; ++vine) {
    float x = 0.9F * p.x2 * (2 * (static_cast<float>(vine) + 0.5F) / static_cast<float>(columns) - 1);
    const float top = p.random(0.6F, 0.97F) * p.h;
    for (float z = z0; z < top; z += 0.1F) {
      const float next = std::clamp(x + p.random(-0.06F, 0.06F), -0.9F * p.x2, 0.9F * p.x2);
      p.builder.cylinder(Vec3f(x, y + 0.03F, z), Vec3f(next, y + 0.03F, z + 0.1F), 0.006F, stem, 5);
      for (int k = 0; k < 3; ++k) {
        const float a = p.random(0, kTau);
        p.builder.leaf(Vec3f(next, y + 0.03F, z + 0.1F), Vec3f(std::cos(a), 0.5F, std::sin(a)),
                       Vec3f::UnitY(), 0.1F, 0.07F, leafy);
      }
      if (p.random(0, 1) < 0.3F)
        blossoms(p, Vec3f(next, y + 0.05F, z + 0.06F), Vec3f(0.02F, 0.02F, 0.01F), 1, 0.03F);
      x = next;
    }
  }
}

void hanging_plant(Piece& p) {
  const int cord = p.use("cord", 0xcdb98f, 0.9F);
  {
    const InShares shares(p);
    const std::array<std::pair<float, float>, 4> profile = {
        {{0, 0.36F}, {0.3F, 0.38F}, {0.48F, 0.5F}, {0.5F, 0.58F}}};
    p.builder.lathe(0, 0, profile, pot_material(p), 20);
    p.builder.cylinder(Vec3f(0, 0, 0.54F), Vec3f(0, 0, 0.57F), 0.47F, soil(p), 18);
    for (int i = 0; i < 3; ++i) {
      const float a = kTau * static_cast<float>(i) / 3;
      p.builder.cylinder(Vec3f(0.49F * std::cos(a), 0.49F * std::sin(a), 0.57F), Vec3f(0, 0, 0.97F), 0.014F,
                         cord, 6);
    }
    p.builder.cylinder(Vec3f(0, 0, 0.95F), Vec3f(0, 0, 1), 0.05F, cord, 8);
    crown(p, Vec3f(0, 0, 0.6F), Vec3f(0.55F, 0.55F, 0.13F), 26, 0.6F, 0.22F, green(p));
    // Vines over the rim, hanging down.
    for (int i = 0; i < 14; ++i) {
      const float a = kTau * (static_cast<float>(i) + p.random(-0.3F, 0.3F)) / 14;
      const float low = p.random(0.0F, 0.3F);
      const float far = p.random(0.75F, 0.97F);
      Vec3f last(0.45F * std::cos(a), 0.45F * std::sin(a), 0.6F);
      for (int k = 1; k <= 5; ++k) {
        const float t = static_cast<float>(k) / 5;
        const float r = 0.45F + (far - 0.45F) * std::min(1.0F, 1.8F * t);
        const Vec3f at(r * std::cos(a), r * std::sin(a), 0.6F + (low - 0.6F) * t * t);
        p.builder.cylinder(last, at, 0.012F, dark_green(p), 4);
        const Vec3f side(-std::sin(a), std::cos(a), -0.15F);
        p.builder.leaf(at, side, Vec3f(std::cos(a), std::sin(a), 0.3F), 0.22F, 0.16F, green(p));
        p.builder.leaf(at, -side - Vec3f(0, 0, 0.3F), Vec3f(std::cos(a), std::sin(a), 0.3F), 0.22F, 0.16F,
                       green(p));
        last = at;
      }
    }
  }
}

void small_plant(Piece& p) {
  const int leafy = green(p);
  if (p.variation == 1) {  // a cactus
    pot(p, 0.85F, 0.38F);
    const InShares shares(p);
    p.builder.ellipsoid(Vec3f(0, 0, 0.66F), Vec3f(0.42F, 0.42F, 0.34F), leafy, 14);
    for (const float s : {-1.0F, 1.0F}) {
      p.builder.ellipsoid(Vec3f(0.52F * s, 0, 0.56F + 0.05F * s), Vec3f(0.25F, 0.14F, 0.07F), leafy, 8);
      p.builder.ellipsoid(Vec3f(0.72F * s, 0, 0.68F + 0.05F * s), Vec3f(0.14F, 0.14F, 0.16F), leafy, 8);
    }
    blossoms(p, Vec3f(0, 0, 0.95F), Vec3f(0.1F, 0.1F, 0.02F), 1, 0.07F);
    return;
  }
  pot(p, 0.75F, 0.45F);
  const InShares shares(p);
  if (p.variation == 2) {  // an orchid
    for (int i = 0; i < 6; ++i)
      frond(p, Vec3f(0, 0, 0.4F), kTau * static_cast<float>(i) / 6, 0.95F, 0.12F, 0.3F, leafy);
    for (const float s : {-1.0F, 1.0F}) {
      const std::array<Vec3f, 4> stem = {Vec3f(0, 0, 0.4F), Vec3f(0.15F * s, 0.1F, 0.7F),
                                         Vec3f(0.35F * s, 0.15F, 0.9F), Vec3f(0.7F * s, 0.2F, 0.93F)};
      p.builder.tube(stem, 0.025F, leafy, 6);
      blossoms(p, Vec3f(0.5F * s, 0.2F, 0.9F), Vec3f(0.35F, 0.15F, 0.04F), 5, 0.16F, 0.6F);
    }
    return;
  }
  // Rosettes of thick leaves.
  for (int ring = 0; ring < 4; ++ring) {
    const int count = 10 - 2 * ring;
    for (int i = 0; i < count; ++i) {
      const float a =
          kTau * (static_cast<float>(i) + 0.5F * static_cast<float>(ring % 2)) / static_cast<float>(count);
      const float lift = 0.15F + 0.55F * static_cast<float>(ring);
      p.builder.leaf(Vec3f(0, 0, 0.42F + 0.05F * static_cast<float>(ring)),
                     Vec3f(std::cos(a), std::sin(a), 0.6F * lift), Vec3f::UnitZ(),
                     1.02F - 0.18F * static_cast<float>(ring), 0.36F, leafy);
    }
  }
  p.builder.cone(Vec3f(0, 0, 0.5F), Vec3f(0, 0, 1), 0.12F, 0.02F, leafy, 8);
}

}  // namespace

void draw_plant(Piece& p) {
  if (p.is("bonsai")) return bonsai(p);
  if (p.is("planter")) return planter_box(p);
  if (p.is("trellis")) return trellis(p);
  if (p.is("hanging")) return hanging_plant(p);
  if (p.is("small")) return small_plant(p);
  const int leafy = green(p);
  pot(p, 0.66F, 0.3F);
  const InShares shares(p);
  if (p.variation == 0) {  // broad leaves on long stems
    for (int i = 0; i < 16; ++i) {
      const float a = 2.39996F * static_cast<float>(i);
      const float high = 0.42F + 0.42F * static_cast<float>(i) / 15;
      const float reach = 0.42F * (1.15F - high);
      const Vec3f tip(reach * std::cos(a), reach * std::sin(a), high);
      p.builder.cylinder(Vec3f(0, 0, 0.27F), tip, 0.02F, dark_green(p), 5);
      p.builder.leaf(tip, Vec3f(std::cos(a), std::sin(a), 0.14F), Vec3f::UnitZ(), 1 - reach, 0.52F, leafy);
    }
    p.builder.leaf(Vec3f(0, 0, 0.7F), Vec3f(0.2F, 0.1F, 1), Vec3f::UnitX(), 0.3F, 0.4F, leafy);
  } else if (p.variation == 1) {  // upright blades
    for (int i = 0; i < 18; ++i) {
      const float a = 2.39996F * static_cast<float>(i);
      const float r = 0.5F * std::sqrt(static_cast<float>(i) / 17);
      const float top = 1 - 0.35F * r - p.random(0.0F, 0.12F);
      const Vec3f root(0.7F * r * std::cos(a), 0.7F * r * std::sin(a), 0.27F);
      const Vec3f out(1.3F * r * std::cos(a), 1.3F * r * std::sin(a), top - 0.27F);
      p.builder.leaf(root, out, Vec3f(std::cos(a), std::sin(a), 0.1F), out.norm(), 0.24F,
                     i % 3 ? leafy : dark_green(p));
    }
  } else if (p.variation == 2) {  // a fern
    for (int ring = 0; ring < 3; ++ring)
      for (int i = 0; i < 11; ++i)
        frond(p, Vec3f(0, 0, 0.27F), kTau * (static_cast<float>(i) + 0.33F * static_cast<float>(ring)) / 11,
              0.98F - 0.17F * static_cast<float>(ring), 0.14F + 0.42F * static_cast<float>(ring), 0.26F,
              ring == 1 ? dark_green(p) : leafy);
  } else {  // a rubber plant: leaves up a trunk
    p.builder.cone(Vec3f(0, 0, 0.27F), Vec3f(0, 0, 0.94F), 0.06F, 0.03F, p.use("bark", 0x6b5138, 0.9F), 8);
    for (int i = 0; i < 22; ++i) {
      const float a = 2.39996F * static_cast<float>(i);
      const float z = 0.4F + 0.5F * static_cast<float>(i) / 21;
      p.builder.leaf(Vec3f(0, 0, z), Vec3f(std::cos(a), std::sin(a), 0.1F), Vec3f::UnitZ(),
                     1.05F - 0.5F * (z - 0.4F), 0.42F, leafy);
    }
    p.builder.leaf(Vec3f(0, 0, 0.8F), Vec3f(0.1F, 0.1F, 1), Vec3f::UnitX(), 0.2F, 0.3F, leafy);
  }
}

void draw_tree(Piece& p) {
  const int bark = p.use("bark", 0x6b4c33, 0.9F);
  if (p.is("christmas")) {
    constexpr std::array<std::uint32_t, 4> kBaubles = {0xc4302b, 0xd9a93f, 0xc9ced3, 0x2f5fb5};
    const int needles = p.use("needles", 0x1f5a35, 0.9F);
    const int tips = p.use("needle tips", 0x2f7a45, 0.9F);
    const int light = p.glow("fairy light", 0xffe0a0, 2.0F);
    turned(p, {{0, 0}, {0.3F, 0}, {0.36F, 0.09F}, {0, 0.09F}}, p.use("stand", 0x8c3b32, 0.7F));
    const InShares shares(p);
    p.builder.cylinder(Vec3f(0, 0, 0.05F), Vec3f(0, 0, 0.3F), 0.09F, bark, 10);
    constexpr int kTiers = 5;
    for (int i = 0; i < kTiers; ++i) {
      const float t = static_cast<float>(i) / kTiers;
      const float z = 0.13F + 0.8F * t;
      const float r = 1 - 0.86F * t;
      p.builder.cone(Vec3f(0, 0, z), Vec3f(0, 0, std::min(0.95F, z + 0.3F - 0.1F * t)), r, 0.1F * r,
                     i % 2 ? tips : needles, 20);
      const int count = 12 - 2 * i;
      for (int k = 0; k < count; ++k) {
        const float a =
            kTau * (static_cast<float>(k) + 0.5F * static_cast<float>(i % 2)) / static_cast<float>(count);
        const Vec3f at(0.93F * r * std::cos(a), 0.93F * r * std::sin(a), z + 0.005F);
        const auto tone = static_cast<std::size_t>((k + i) % 4);
        p.builder.ellipsoid(
            at, Vec3f(0.065F, 0.065F, 0.02F),
            p.use("bauble " + std::to_string(tone), kBaubles[tone], 0.15F, tone == 2 ? 1.0F : 0.0F), 8);
        p.builder.ellipsoid(Vec3f(0.75F * r * std::cos(a + 0.2F), 0.75F * r * std::sin(a + 0.2F), z + 0.07F),
                            Vec3f(0.025F, 0.025F, 0.008F), light, 6);
      }
    }
    const int star = p.glow("star", 0xffd24a, 1.2F);
    std::array<std::pair<float, float>, 10> outline;
    for (std::size_t i = 0; i < outline.size(); ++i) {
      const float a = kTau * (static_cast<float>(i) / 10 + 0.25F);
      const float r = i % 2 ? 0.4F : 1.0F;
      outline[i] = {0.14F * r * std::cos(a), 0.955F + 0.045F * r * std::sin(a)};
    }
    p.builder.prism_xz(outline, -0.03F, 0.03F, star);
    return;
  }
  pot(p, 0.42F, 0.16F);
  const int leafy = green(p);
  const InShares shares(p);
  if (p.variation == 1) {  // a palm
    const std::array<Vec3f, 4> trunk = {Vec3f(0, 0, 0.14F), Vec3f(0.06F, 0.02F, 0.32F),
                                        Vec3f(0.05F, 0.03F, 0.5F), Vec3f(0, 0, 0.66F)};
    p.builder.tube(trunk, 0.07F, bark, 10);
    for (int ring = 0; ring < 3; ++ring)
      for (int i = 0; i < 9; ++i)
        frond(p, Vec3f(0, 0, 0.64F), kTau * (static_cast<float>(i) + 0.33F * static_cast<float>(ring)) / 9,
              1.0F - 0.22F * static_cast<float>(ring), 0.12F + 0.2F * static_cast<float>(ring), 0.26F,
              ring == 1 ? dark_green(p) : leafy);
    return;
  }
  p.builder.cone(Vec3f(0, 0, 0.13F), Vec3f(0.03F, 0, 0.6F), 0.08F, 0.05F, bark, 10);
  for (const float s : {-1.0F, 1.0F})
    p.builder.cone(Vec3f(0.02F, 0, 0.42F), Vec3f(0.4F * s, 0.25F * s, 0.64F), 0.045F, 0.025F, bark, 8);
  if (p.variation == 2) {  // an olive: a few loose clumps
    const int silver = p.use("olive leaf", 0x7d9470, 0.7F);
    crown(p, Vec3f(-0.42F, -0.25F, 0.64F), Vec3f(0.52F, 0.55F, 0.16F), 110, 0.35F, 0.13F, silver);
    crown(p, Vec3f(0.45F, 0.28F, 0.68F), Vec3f(0.5F, 0.55F, 0.16F), 110, 0.35F, 0.13F, silver);
    crown(p, Vec3f(0.05F, 0, 0.84F), Vec3f(0.55F, 0.55F, 0.14F), 110, 0.35F, 0.13F, silver);
    return;
  }
  crown(p, Vec3f(0, 0, 0.7F), Vec3f(0.92F, 0.92F, 0.22F), 200, 0.32F, 0.24F, leafy);
  if (p.variation == 3) {
    const int lemon = p.use("lemon", 0xf0c832, 0.4F);
    for (int i = 0; i < 16; ++i) {
      const float up = 0.85F - 1.5F * (static_cast<float>(i) + 0.5F) / 16;
      const float a = 2.39996F * static_cast<float>(i);
      const float flat = std::sqrt(1 - up * up);
      p.builder.ellipsoid(Vec3f(0.85F * flat * std::cos(a), 0.85F * flat * std::sin(a), 0.72F + 0.25F * up),
                          Vec3f(0.075F, 0.075F, 0.03F), lemon, 8);
    }
  }
}

void draw_vase(Piece& p) {
  const int body = p.use(p.palette.main);
  if (p.is("candle")) {
    turned(p, {{0, 0}, {1, 0}, {1, 0.04F}, {0.75F, 0.06F}, {0, 0.06F}}, p.use(p.palette.metal));
    const InShares shares(p);
    p.builder.cylinder(Vec3f(0, 0, 0.05F), Vec3f(0, 0, 0.76F), 0.66F, p.use("wax", 0xf2e6cc, 0.6F), 18);
    p.builder.cylinder(Vec3f(0, 0, 0.76F), Vec3f(0, 0, 0.84F), 0.04F, p.use(p.palette.black), 6);
    p.builder.cone(Vec3f(0, 0, 0.84F), Vec3f(0, 0, 1), 0.16F, 0.0F, flame(p), 10);
    p.builder.ellipsoid(Vec3f(0, 0, 0.85F), Vec3f(0.16F, 0.16F, 0.05F), flame(p), 10);
    return;
  }
  if (p.is("incense")) {
    turned(p, {{0, 0}, {0.7F, 0}, {0.55F, 0.06F}, {0.9F, 0.2F}, {1, 0.4F}, {0.9F, 0.48F}, {0, 0.46F}}, body);
    const int stick = p.use("incense stick", 0x7a4a2c, 0.9F);
    const InShares shares(p);
    for (int i = -1; i <= 1; ++i) {
      const float x = 0.25F * static_cast<float>(i);
      p.builder.cylinder(Vec3f(0.3F * x, 0, 0.4F), Vec3f(x, 0, 0.96F), 0.03F, stick, 6);
      p.builder.ellipsoid(Vec3f(x, 0, 0.97F), Vec3f(0.05F, 0.05F, 0.03F), p.glow("ember", 0xff7030, 1.5F), 6);
    }
    return;
  }
  if (p.is("bowl")) {
    turned(p,
           {{0, 0.16F},
            {0.5F, 0.16F},
            {0.85F, 0.36F},
            {0.98F, 0.7F},
            {0.94F, 1},
            {0.86F, 1},
            {0.88F, 0.7F},
            {0.7F, 0.4F},
            {0, 0.34F}},
           body, 24);
    turned(p, {{0, 0}, {0.9F, 0}, {1, 0.08F}, {0.9F, 0.18F}, {0, 0.2F}}, p.use(p.palette.accent));
    const InShares shares(p);
    p.builder.cylinder(Vec3f(-0.4F, 0.2F, 0.4F), Vec3f(0.8F, -0.3F, 1.0F), 0.08F, p.use(p.palette.wood), 8);
    return;
  }
  if (p.is("tea")) {
    // A pot with its cups on a tray.
    const int tray = p.use(p.palette.wood);
    p.soft(-p.x2, p.x2, -p.y2, p.y2, 0, 0.08F * p.h, 0.01F, tray, 1);
    const float r = 0.42F * std::min(p.x2, p.y2);
    const float x = -0.35F * p.x2;
    turned_at(p, x, 0,
              {{0, 0.08F * p.h},
               {0.6F * r, 0.08F * p.h},
               {r, 0.35F * p.h},
               {0.95F * r, 0.55F * p.h},
               {0.45F * r, 0.8F * p.h},
               {0.12F * r, 0.88F * p.h},
               {0.16F * r, 0.97F * p.h},
               {0, p.h}},
              body, 18);
    p.builder.cone(Vec3f(x + 0.8F * r, 0, 0.35F * p.h), Vec3f(x + 1.7F * r, 0, 0.72F * p.h), 0.22F * r,
                   0.1F * r, body, 10);
    p.builder.torus(Vec3f(x - 1.05F * r, 0, 0.48F * p.h), 0.19F * p.h, 0.03F * p.h, 1, body, 14);
    for (const float y : {-0.55F * p.y2, 0.55F * p.y2}) {
      const float c = 0.24F * std::min(p.x2, p.y2);
      turned_at(p, 0.65F * p.x2, y,
                {{0, 0.08F * p.h},
                 {1.3F * c, 0.1F * p.h},
                 {0.6F * c, 0.12F * p.h},
                 {c, 0.45F * p.h},
                 {0.85F * c, 0.45F * p.h},
                 {0.5F * c, 0.2F * p.h},
                 {0, 0.2F * p.h}},
                body);
    }
    return;
  }
  if (p.is("lab")) {
    const int glass = p.use(p.palette.glass);
    const float r = 0.42F * std::min(p.x2, p.y2);
    const auto liquid = [&](std::string_view name, std::uint32_t srgb) { return p.use(name, srgb, 0.2F); };
    const float x = -0.45F * p.x2;
    const int blue = liquid("blue liquid", 0x2f7fd9);
    turned_at(p, x, 0, {{0, 0}, {1.25F * r, 0}, {0.3F * r, 0.7F * p.h}, {0.3F * r, p.h}, {0.36F * r, p.h}},
              glass, 18);
    turned_at(p, x, 0, {{0, 0.02F * p.h}, {1.15F * r, 0.02F * p.h}, {0.8F * r, 0.3F * p.h}, {0, 0.3F * p.h}},
              blue, 18);
    turned_at(p, 0.42F * p.x2, 0.45F * p.y2, {{0, 0}, {r, 0}, {r, 0.55F * p.h}}, glass, 18);
    turned_at(p, 0.42F * p.x2, 0.45F * p.y2,
              {{0, 0.02F * p.h}, {0.93F * r, 0.02F * p.h}, {0.93F * r, 0.35F * p.h}, {0, 0.35F * p.h}},
              liquid("green liquid", 0x4fc46a), 18);
    p.box(0.0F, p.x2, -p.y2, -0.45F * p.y2, 0.3F * p.h, 0.36F * p.h, p.use(p.palette.wood));
    p.box(0.0F, p.x2, -p.y2, -0.45F * p.y2, 0, 0.06F * p.h, p.use(p.palette.wood));
    for (int i = 0; i < 3; ++i) {
      const float tube_x = p.x2 * (0.2F + 0.3F * static_cast<float>(i));
      p.post(tube_x, -0.72F * p.y2, 0.04F * p.h, 0.7F * p.h, 0.2F * r, glass, 10);
      p.post(tube_x, -0.72F * p.y2, 0.05F * p.h, 0.45F * p.h, 0.17F * r,
             i == 1 ? liquid("red liquid", 0xd9443a) : blue, 10);
    }
    return;
  }
  if (p.is("bottle")) {
    // Rows of bottles, the outer ones at the sides of the box.
    constexpr std::array<std::uint32_t, 3> kTones = {0x2f5a3a, 0x8f5a24, 0x7a2233};
    const auto fitting = [&](float half) {
      return std::clamp(static_cast<int>(std::lround(half / (0.17F * p.h))), 1, 8);
    };
    const int columns = fitting(p.x2);
    const int rows = fitting(p.y2);
    const float r = 0.95F * std::min(p.x2 / static_cast<float>(columns), p.y2 / static_cast<float>(rows));
    const auto place = [r](int i, int n, float half) {
      return n > 1 ? (half - r) * (2 * static_cast<float>(i) / static_cast<float>(n - 1) - 1) : 0.0F;
    };
    for (int k = 0; k < columns * rows; ++k) {
      const float x = place(k % columns, columns, p.x2);
      const float y = place(k / columns, rows, p.y2);
      const auto tone = static_cast<std::size_t>((k + k / columns) % 3);
      const float top = k % 2 ? 0.88F * p.h : p.h;
      const int glass = p.use("bottle " + std::to_string(tone), kTones[tone], 0.1F);
      turned_at(p, x, y,
                {{0, 0},
                 {r, 0},
                 {r, 0.55F * top},
                 {0.36F * r, 0.72F * top},
                 {0.3F * r, 0.95F * top},
                 {0, 0.95F * top}},
                glass);
      turned_at(p, x, y,
                {{1.01F * r, 0.15F * top},
                 {1.02F * r, 0.15F * top},
                 {1.02F * r, 0.45F * top},
                 {1.01F * r, 0.45F * top}},
                p.use(p.palette.linen));
      p.post(x, y, 0.93F * top, top, 0.34F * r, p.use("cork", 0xc7a276, 0.9F), 8);
    }
    return;
  }
  if (p.is("floor")) {
    // Two shapes: an amphora and a slender column.
    if (p.variation % 2 == 0)
      turned(p,
             {{0, 0},
              {0.45F, 0},
              {0.5F, 0.03F},
              {0.85F, 0.3F},
              {1, 0.55F},
              {0.85F, 0.74F},
              {0.42F, 0.86F},
              {0.38F, 0.92F},
              {0.6F, 1},
              {0.5F, 0.99F},
              {0.3F, 0.9F},
              {0, 0.9F}},
             body, 24);
    else
      turned(p,
             {{0, 0},
              {0.7F, 0},
              {0.62F, 0.1F},
              {0.66F, 0.5F},
              {0.98F, 0.82F},
              {1, 0.9F},
              {0.75F, 1},
              {0.65F, 0.98F},
              {0.6F, 0.88F},
              {0, 0.88F}},
             body, 24);
    turned(p,
           {{p.variation % 2 ? 0.68F : 0.93F, 0.4F},
            {p.variation % 2 ? 0.72F : 1.0F, 0.42F},
            {p.variation % 2 ? 0.72F : 1.0F, 0.46F},
            {p.variation % 2 ? 0.7F : 0.96F, 0.48F}},
           p.use(p.palette.accent), 24);
    return;
  }
  // A vase of flowers.
  turned(p,
         {{0, 0},
          {0.4F, 0},
          {0.6F, 0.18F},
          {0.58F, 0.3F},
          {0.32F, 0.45F},
          {0.42F, 0.52F},
          {0.34F, 0.52F},
          {0.26F, 0.45F},
          {0, 0.44F}},
         body, 22);
  const InShares shares(p);
  for (int i = 0; i < 10; ++i) {
    const float a = 2.39996F * static_cast<float>(i);
    const float r = 0.8F * std::sqrt((static_cast<float>(i) + 0.5F) / 10);
    const Vec3f head(r * std::cos(a), r * std::sin(a), 0.94F - 0.28F * r * r);
    p.builder.cylinder(Vec3f(0.2F * head.x(), 0.2F * head.y(), 0.45F), head, 0.025F, dark_green(p), 5);
    p.builder.leaf(Vec3f(0.5F * head.x(), 0.5F * head.y(), 0.62F), Vec3f(std::cos(a), std::sin(a), 0.2F),
                   Vec3f::UnitZ(), 0.55F, 0.22F, green(p));
    blossoms(p, head, Vec3f(0.02F, 0.02F, 0.0F), 1, 0.21F, 0.55F);
  }
}

namespace {

void fire(Piece& p, float half_x, float y, float half_y, float z0, float height) {
  const int log = p.use("log", 0x5a3c26, 0.95F);
  const int hot = p.glow("embers", 0xff6a20, 1.8F);
  const int bright = p.glow("fire", 0xffa530, 2.4F);
  const float r = std::min(0.4F * half_y, 0.14F * height);
  p.box(-0.9F * half_x, 0.9F * half_x, y - half_y, y + half_y, z0, z0 + 0.3F * r, hot);
  for (const float s : {-1.0F, 1.0F})
    p.builder.cylinder(Vec3f(-0.85F * half_x, y + 0.5F * s * half_y, z0 + r),
                       Vec3f(0.85F * half_x, y + 0.4F * s * half_y, z0 + r), r, log, 8);
  p.builder.cylinder(Vec3f(-0.6F * half_x, y - 0.2F * half_y, z0 + 2.3F * r),
                     Vec3f(0.65F * half_x, y + 0.2F * half_y, z0 + 2.4F * r), r, log, 8);
  for (int i = -2; i <= 2; ++i) {
    const float x = 0.34F * static_cast<float>(i) * half_x;
    const float top = height * (1 - 0.14F * static_cast<float>(i * i) - (i == 1 ? 0.2F : 0.0F));
    p.builder.cone(Vec3f(x, y, z0 + 1.5F * r), Vec3f(x + 0.06F * half_x, y, z0 + top), 0.17F * half_x, 0,
                   i % 2 ? hot : bright, 8);
  }
}

}  // namespace

void draw_fireplace(Piece& p) {
  const int black = p.use("soot", 0x1a1614, 1.0F);
  if (p.is("pizza")) {
    const int brick = p.use(p.palette.main);
    const int slab = p.use("oven slab", 0x9c948a, 0.8F);
    p.box(-0.96F * p.x2, 0.96F * p.x2, -0.96F * p.y2, 0.96F * p.y2, 0, 0.44F * p.h, brick);
    p.box(-p.x2, p.x2, -p.y2, p.y2, 0.42F * p.h, 0.48F * p.h, slab);
    p.box(-0.5F * p.x2, 0.5F * p.x2, 0.93F * p.y2, 0.97F * p.y2, 0.05F * p.h, 0.34F * p.h, black);
    turned(p, {{0.92F, 0.47F}, {0.9F, 0.56F}, {0.78F, 0.68F}, {0.55F, 0.77F}, {0.28F, 0.82F}, {0, 0.83F}},
           brick, 24);
    p.box(-0.14F * p.x2, 0.14F * p.x2, -0.1F * p.y2, 0.2F * p.y2, 0.76F * p.h, p.h, brick);
    // The mouth, with the fire behind it.
    const float front = 0.94F * p.y2;
    for (const float s : {-1.0F, 1.0F})
      p.box(s * 0.36F * p.x2, s * 0.48F * p.x2, 0.4F * p.y2, front, 0.48F * p.h, 0.66F * p.h, slab);
    p.box(-0.48F * p.x2, 0.48F * p.x2, 0.4F * p.y2, front, 0.66F * p.h, 0.71F * p.h, slab);
    p.box(-0.36F * p.x2, 0.36F * p.x2, 0.4F * p.y2, 0.7F * p.y2, 0.48F * p.h, 0.66F * p.h, black);
    fire(p, 0.3F * p.x2, 0.78F * p.y2, 0.07F * p.y2, 0.48F * p.h, 0.15F * p.h);
    return;
  }
  if (p.is("wood_stove")) {
    const int iron = p.use(p.palette.main_is_metal ? p.palette.black : p.palette.main);
    const int metal = p.use("steel", 0x9aa1a8, 0.35F, 1);
    const float top = 0.74F * p.h;
    p.four_legs(0, 0.16F * p.h, 0.025F, 0.03F, iron);
    p.soft(-0.94F * p.x2, 0.94F * p.x2, -0.9F * p.y2, 0.86F * p.y2, 0.13F * p.h, top - 0.02F, 0.02F, iron, 1);
    p.box(-p.x2, p.x2, -p.y2, p.y2, top - 0.03F, top, iron);
    p.post(0, -0.4F * p.y2, top, p.h, 0.16F * p.x2, iron, 14);
    const int glow = p.glow("fire", 0xff8a30, 1.5F);
    p.box(-0.7F * p.x2, 0.7F * p.x2, 0.84F * p.y2, 0.9F * p.y2, 0.24F * p.h, 0.62F * p.h, metal);
    p.box(-0.6F * p.x2, 0.6F * p.x2, 0.88F * p.y2, 0.92F * p.y2, 0.27F * p.h, 0.59F * p.h, black);
    for (int i = -1; i <= 1; ++i) {
      const float x = 0.3F * static_cast<float>(i) * p.x2;
      const std::array<std::pair<float, float>, 3> tongue = {
          {{x - 0.16F * p.x2, 0.29F * p.h}, {x + 0.16F * p.x2, 0.29F * p.h}, {x, p.h * (i ? 0.46F : 0.56F)}}};
      p.builder.prism_xz(tongue, 0.9F * p.y2, 0.94F * p.y2, glow);
    }
    p.box(0.72F * p.x2, 0.78F * p.x2, 0.86F * p.y2, 0.99F * p.y2, 0.38F * p.h, 0.48F * p.h, metal);
    return;
  }
  const int stone = p.use(p.palette.main);
  const int shelf = p.use(p.palette.main_is_wood ? p.palette.main : p.palette.wood);
  const float lintel = 0.68F * p.h;
  const float jamb = 0.3F * p.x2;
  p.box(-p.x2, p.x2, -p.y2, p.y2, 0, 0.06F * p.h, stone);
  for (const float s : {-1.0F, 1.0F}) {
    p.box(s * (p.x2 - jamb), s * 0.95F * p.x2, -p.y2, 0.7F * p.y2, 0.06F * p.h, 0.94F * p.h, stone);
    p.box(s * (p.x2 - 0.85F * jamb), s * (p.x2 - 0.3F * jamb), 0.68F * p.y2, 0.8F * p.y2, 0.08F * p.h,
          0.86F * p.h, stone);
  }
  p.box(-0.95F * p.x2, 0.95F * p.x2, -p.y2, 0.7F * p.y2, lintel, 0.94F * p.h, stone);
  p.box(-0.6F * p.x2, 0.6F * p.x2, 0.68F * p.y2, 0.76F * p.y2, 0.74F * p.h, 0.88F * p.h, stone);
  p.soft(-p.x2, p.x2, -p.y2, p.y2, 0.93F * p.h, p.h, 0.012F, shelf, 1);
  p.box(-p.x2 + jamb, p.x2 - jamb, -p.y2, -0.85F * p.y2, 0.06F * p.h, lintel, black);
  p.box(-p.x2 + jamb, p.x2 - jamb, -0.85F * p.y2, 0.5F * p.y2, 0.06F * p.h, 0.07F * p.h, black);
  fire(p, 0.62F * (p.x2 - jamb), -0.1F * p.y2, 0.4F * p.y2, 0.07F * p.h, 0.5F * p.h);
}

}  // namespace metaspatial::assets
