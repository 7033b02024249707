#include <array>
#include <numbers>

#include "metaspatial/assets/piece.hpp"

namespace metaspatial::assets {
namespace {

using Profile = std::pair<float, float>;

void lectern(Piece& p) {
  // The speaker stands at the back; the board slopes down to him.
  const int wood = p.use(p.palette.main);
  const int dark = p.use(p.palette.dark_wood);
  const int paper = p.use(p.palette.linen);
  p.soft(-0.85F * p.x2, 0.85F * p.x2, -0.75F * p.y2, 0.95F * p.y2, 0, 0.06F * p.h, 0.01F, dark, 1);
  p.builder.prism_yz(std::array<Profile, 4>{{{-0.35F * p.y2, 0.06F * p.h},
                                             {0.8F * p.y2, 0.06F * p.h},
                                             {0.7F * p.y2, 0.9F * p.h},
                                             {-0.35F * p.y2, 0.82F * p.h}}},
                     -0.6F * p.x2, 0.6F * p.x2, wood);
  p.box(-0.4F * p.x2, 0.4F * p.x2, 0.74F * p.y2, 0.84F * p.y2, 0.2F * p.h, 0.75F * p.h, dark);
  const auto slope = [&](float x, float y0, float y1, float lift, float thick, int m) {
    const auto z = [&](float y) { return (0.86F + 0.1F * y / p.y2) * p.h + lift; };
    p.builder.prism_yz(
        std::array<Profile, 4>{{{y0, z(y0)}, {y1, z(y1)}, {y1, z(y1) + thick}, {y0, z(y0) + thick}}}, -x, x,
        m);
  };
  slope(p.x2, -p.y2, p.y2, -0.03F * p.h, 0.04F * p.h, wood);
  slope(p.x2, -p.y2, -0.9F * p.y2, 0.0F, 0.04F * p.h, dark);
  slope(0.6F * p.x2, -0.6F * p.y2, 0.5F * p.y2, 0.01F * p.h, 0.008F * p.h, paper);
  p.builder.cylinder(Vec3f(0.5F * p.x2, 0.8F * p.y2, 0.92F * p.h),
                     Vec3f(0.3F * p.x2, 0.1F * p.y2, p.h - 0.01F), 0.01F, p.use(p.palette.black), 6);
}

void altar(Piece& p) {
  const int stone = p.use(p.palette.main);
  const int cloth = p.use(p.palette.linen);
  const int gold = p.use("gold thread", 0xd1a63f, 0.35F, 1);
  p.soft(-p.x2, p.x2, -p.y2, p.y2, 0, 0.08F * p.h, 0.01F, stone, 1);
  p.box(-0.86F * p.x2, 0.86F * p.x2, -0.85F * p.y2, 0.85F * p.y2, 0.08F * p.h, 0.88F * p.h, stone);
  for (const float s : {-0.62F, 0.62F})
    p.box((s - 0.17F) * p.x2, (s + 0.17F) * p.x2, 0.85F * p.y2, 0.89F * p.y2, 0.2F * p.h, 0.76F * p.h,
          p.use(p.palette.dark_wood));
  p.soft(-p.x2, p.x2, -p.y2, p.y2, 0.88F * p.h, 0.995F * p.h, 0.01F, stone, 1);
  // A runner over the top that hangs down in front.
  p.box(-0.34F * p.x2, 0.34F * p.x2, -p.y2, p.y2, 0.99F * p.h, p.h, cloth);
  p.box(-0.34F * p.x2, 0.34F * p.x2, 0.97F * p.y2, p.y2, 0.34F * p.h, p.h, cloth);
  p.box(-0.34F * p.x2, 0.34F * p.x2, 0.98F * p.y2, 1.0F * p.y2 + 0.001F, 0.34F * p.h, 0.39F * p.h, gold);
  p.builder.cylinder(Vec3f(0, 0.96F * p.y2, 0.7F * p.h), Vec3f(0, p.y2 + 0.002F, 0.7F * p.h),
                     0.16F * std::min(p.x2, p.h), gold, 16);
}

void hologram(Piece& p) {
  const int dark = p.use("console", 0x33383f, 0.35F);
  const int ring = p.glow("hologram ring", 0x4fd9f0, 1.2F);
  const int lines = p.glow("hologram", 0x5fe0ff, 0.9F);
  Material light = glowing("hologram light", 0x4fb8e0, 0.35F);
  light.opacity = 0.25F;
  p.builder.push(Eigen::Affine3f(Eigen::Scaling(p.x2, p.y2, p.h)));
  p.builder.lathe(
      0, 0,
      std::array<Profile, 6>{
          {{1.0F, 0.0F}, {0.9F, 0.08F}, {0.72F, 0.2F}, {0.85F, 0.38F}, {0.98F, 0.42F}, {0, 0.42F}}},
      dark, 26);
  p.builder.torus(Vec3f(0, 0, 0.425F), 0.82F, 0.03F, 2, ring, 26);
  p.builder.lathe(0, 0, std::array<Profile, 2>{{{0.35F, 0.43F}, {0.62F, 0.98F}}}, p.use(light), 22);
  p.builder.ellipsoid(Vec3f(0, 0, 0.72F), Vec3f(0.34F, 0.34F, 0.24F), lines, 14);
  p.builder.torus(Vec3f(0, 0, 0.72F), 0.5F, 0.012F, 2, lines, 24);
  p.builder.torus(Vec3f(0, 0, 0.985F), 0.62F, 0.014F, 2, lines, 24);
  p.builder.pop();
}

void sewing_table(Piece& p) {
  // A treadle table: iron sides, a wheel, a pedal; drawers beside the knees.
  const int top = p.use(p.palette.main);
  const int iron = p.use("cast iron", 0x2c2e31, 0.6F);
  const int brass = p.use("brass", 0xc79a4a, 0.3F, 1);
  const float under = p.h - 0.04F;
  p.soft(-p.x2, p.x2, -p.y2, p.y2, under, p.h, 0.01F, top, 1);
  for (const float s : {-1.0F, 1.0F}) {
    const float x = s * 0.62F * p.x2;
    p.builder.cylinder(Vec3f(x, -0.8F * p.y2, 0.02F), Vec3f(x, 0.6F * p.y2, under), 0.016F, iron, 6);
    p.builder.cylinder(Vec3f(x, 0.8F * p.y2, 0.02F), Vec3f(x, -0.6F * p.y2, under), 0.016F, iron, 6);
    p.builder.torus(Vec3f(x, 0, 0.5F * under), 0.2F * p.h, 0.012F, 0, iron, 18);
    p.box(x - 0.02F, x + 0.02F, -0.95F * p.y2, 0.95F * p.y2, 0, 0.04F, iron);
    p.soft(s * 0.66F * p.x2, s * 0.98F * p.x2, -0.8F * p.y2, 0.9F * p.y2, 0.66F * p.h, under, 0.008F, top, 1);
    for (const float z : {0.72F, 0.86F})
      p.builder.ellipsoid(Vec3f(s * 0.82F * p.x2, 0.93F * p.y2, z * p.h), Vec3f::Constant(0.016F), brass, 8);
  }
  p.builder.torus(Vec3f(0.45F * p.x2, -0.2F * p.y2, 0.3F * p.h), 0.2F * p.h, 0.015F, 0, iron, 20);
  p.box(-0.45F * p.x2, 0.3F * p.x2, -0.4F * p.y2, 0.6F * p.y2, 0.09F * p.h, 0.12F * p.h, iron);
  p.builder.cylinder(Vec3f(-0.62F * p.x2, 0, 0.3F * p.h), Vec3f(0.62F * p.x2, 0, 0.3F * p.h), 0.012F, iron,
                     6);
}

void mixing_console(Piece& p) {
  const int body = p.use(p.palette.main_is_wood ? p.palette.wood : colored("console side", 0x4a3426, 0.5F));
  const int panel = p.use("console", 0x3a3d42, 0.5F);
  const int white = p.use(p.palette.white);
  const int meter = p.glow("meter", 0x5fe08a, 0.7F);
  const float lo = 0.72F * p.h;
  // The panel rises from the engineer (+y) to the meters at the back.
  const auto z = [&](float y) { return lo + (0.14F - 0.14F * y / p.y2) * p.h; };
  for (const float s : {-1.0F, 1.0F}) {
    p.builder.prism_yz(std::array<Profile, 5>{{{-0.9F * p.y2, 0.0F},
                                               {0.5F * p.y2, 0.0F},
                                               {p.y2, lo - 0.06F * p.h},
                                               {p.y2, lo + 0.03F * p.h},
                                               {-p.y2, p.h}}},
                       s > 0 ? 0.93F * p.x2 : -p.x2, s > 0 ? p.x2 : -0.93F * p.x2, body);
  }
  p.builder.prism_yz(std::array<Profile, 4>{{{-p.y2, 0.74F * p.h},
                                             {0.97F * p.y2, lo - 0.08F * p.h},
                                             {0.97F * p.y2, z(0.97F * p.y2) - 0.005F},
                                             {-p.y2, z(-p.y2) - 0.005F}}},
                     -0.93F * p.x2, 0.93F * p.x2, panel);
  const int strips = std::clamp(static_cast<int>(p.x2 / 0.055F), 6, 18);
  constexpr std::array<std::uint32_t, 3> kCaps = {0xd9453a, 0x3f8fd0, 0xe0b53a};
  for (int i = 0; i < strips; ++i) {
    const float x = (-0.87F + 1.74F * (static_cast<float>(i) + 0.5F) / static_cast<float>(strips)) * p.x2;
    const float at = (0.15F + 0.07F * static_cast<float>((i * 5) % 8)) * p.y2;
    const float half = 0.22F * p.x2 / static_cast<float>(strips);
    p.box(x - half, x + half, at, at + 0.09F * p.y2, z(at) - 0.01F, z(at) + 0.025F, white);
    for (int k = 0; k < 3; ++k) {
      const float y = (-0.1F - 0.18F * static_cast<float>(k)) * p.y2;
      p.builder.cylinder(Vec3f(x, y, z(y) - 0.01F), Vec3f(x, y, z(y) + 0.02F), half,
                         p.use("knob " + std::to_string(k), kCaps[static_cast<std::size_t>(k)], 0.4F), 6);
    }
    if (i % 2 == 0)
      p.box(x - half, x + half, -0.95F * p.y2, -0.72F * p.y2, z(-0.72F * p.y2), z(-0.72F * p.y2) + 0.012F,
            meter);
  }
}

void racing_simulator(Piece& p) {
  const int frame = p.use(p.palette.main_is_metal ? p.palette.metal : colored("rig", 0x55595f, 0.45F));
  const int black = p.use(p.palette.black);
  const int red = p.use("racing trim", 0xc8342f, 0.5F);
  const int screen = p.glow("race", 0x4f9ad9, 0.8F);
  for (const float s : {-1.0F, 1.0F}) p.box(s * 0.55F * p.x2, s * 0.68F * p.x2, -p.y2, p.y2, 0, 0.06F, frame);
  p.box(-0.68F * p.x2, 0.68F * p.x2, -0.7F * p.y2, -0.62F * p.y2, 0, 0.05F, frame);
  // A bucket seat at the back, looking forward (+y) over the wheel at the screen.
  const float seat = 0.26F * p.h;
  p.soft(-0.5F * p.x2, 0.5F * p.x2, -0.75F * p.y2, -0.1F * p.y2, 0.06F, seat, 0.05F, black);
  p.soft(-0.5F * p.x2, 0.5F * p.x2, -p.y2, -0.72F * p.y2, 0.1F * p.h, 0.88F * p.h, 0.06F, black);
  for (const float s : {-1.0F, 1.0F}) {
    p.soft(s * 0.36F * p.x2, s * 0.62F * p.x2, -0.9F * p.y2, -0.15F * p.y2, seat - 0.06F, seat + 0.07F * p.h,
           0.04F, red);
    p.soft(s * 0.4F * p.x2, s * 0.62F * p.x2, -0.98F * p.y2, -0.66F * p.y2, 0.45F * p.h, 0.76F * p.h, 0.04F,
           red);
  }
  p.box(-0.6F * p.x2, 0.6F * p.x2, 0.2F * p.y2, 0.3F * p.y2, 0.5F * p.h, 0.56F * p.h, frame);
  for (const float s : {-1.0F, 1.0F})
    p.box(s * 0.55F * p.x2, s * 0.63F * p.x2, 0.2F * p.y2, 0.3F * p.y2, 0.05F, 0.56F * p.h, frame);
  p.builder.push(Eigen::Translation3f(0, 0.1F * p.y2, 0.6F * p.h) *
                 Eigen::Affine3f(Eigen::AngleAxisf(-0.35F, Vec3f::UnitX())));
  p.builder.torus(Vec3f(0, 0, 0), 0.13F * p.h, 0.018F, 1, black, 20);
  p.box(-0.12F * p.h, 0.12F * p.h, -0.01F, 0.01F, -0.012F, 0.012F, red);
  p.builder.pop();
  p.builder.cylinder(Vec3f(0, 0.1F * p.y2, 0.6F * p.h), Vec3f(0, 0.26F * p.y2, 0.53F * p.h), 0.025F, frame,
                     8);
  for (const float x : {-0.12F, 0.12F})
    p.box(x - 0.04F, x + 0.04F, 0.5F * p.y2, 0.62F * p.y2, 0.05F, 0.2F * p.h, frame);
  p.box(-0.06F, 0.06F, 0.82F * p.y2, 0.9F * p.y2, 0, 0.7F * p.h, frame);
  p.soft(-p.x2, p.x2, 0.9F * p.y2, p.y2, 0.48F * p.h, p.h, 0.01F, black, 1);
  p.box(-0.96F * p.x2, 0.96F * p.x2, 0.88F * p.y2, 0.9F * p.y2, 0.51F * p.h, 0.97F * p.h, screen);
}

void rocking_horse(Piece& p) {
  const int coat = p.use(p.palette.main);
  const int rockers = p.use(p.palette.main_is_wood ? p.palette.accent : p.palette.wood);
  const int mane = p.use("mane", 0x5a3d28, 0.95F);
  const int saddle = p.use("saddle", 0xb03a35, 0.5F);
  const int black = p.use(p.palette.black);
  const float body = 0.56F * p.h;
  for (const float s : {-1.0F, 1.0F}) {
    const float x = s * 0.82F * p.x2;
    std::array<Vec3f, 11> arc;
    for (std::size_t i = 0; i < arc.size(); ++i) {
      const float t = 2 * static_cast<float>(i) / static_cast<float>(arc.size() - 1) - 1;
      arc[i] = Vec3f(x, t * (p.y2 - 0.02F), 0.03F * p.h + 0.13F * p.h * t * t);
    }
    p.builder.tube(arc, 0.03F * p.h, rockers, 8);
    for (const float y : {-0.5F, 0.45F})
      p.builder.cone(Vec3f(x, (y > 0 ? 0.62F : -0.66F) * p.y2, 0.09F * p.h), Vec3f(0.4F * x, y * p.y2, body),
                     0.035F * p.h, 0.06F * p.h, coat, 10);
  }
  for (const float y : {-0.55F, 0.55F})
    p.box(-0.82F * p.x2, 0.82F * p.x2, (y - 0.04F) * p.y2, (y + 0.04F) * p.y2, 0.04F * p.h, 0.07F * p.h,
          rockers);
  p.builder.ellipsoid(Vec3f(0, -0.02F * p.y2, body), Vec3f(0.48F * p.x2, 0.62F * p.y2, 0.13F * p.h), coat,
                      18);
  p.soft(-0.52F * p.x2, 0.52F * p.x2, -0.3F * p.y2, 0.18F * p.y2, body + 0.02F * p.h, body + 0.15F * p.h,
         0.05F * p.h, saddle);
  // Neck, head, ears, mane, tail.
  p.builder.cone(Vec3f(0, 0.4F * p.y2, body + 0.02F * p.h), Vec3f(0, 0.62F * p.y2, 0.86F * p.h), 0.3F * p.x2,
                 0.2F * p.x2, coat, 12);
  p.builder.ellipsoid(Vec3f(0, 0.76F * p.y2, 0.84F * p.h), Vec3f(0.2F * p.x2, 0.24F * p.y2, 0.075F * p.h),
                      coat, 14);
  for (const float s : {-1.0F, 1.0F}) {
    p.builder.cone(Vec3f(s * 0.12F * p.x2, 0.6F * p.y2, 0.88F * p.h),
                   Vec3f(s * 0.14F * p.x2, 0.58F * p.y2, p.h), 0.06F * p.x2, 0.01F, coat, 8);
    p.builder.ellipsoid(Vec3f(s * 0.19F * p.x2, 0.74F * p.y2, 0.87F * p.h), Vec3f::Constant(0.014F * p.h),
                        black, 8);
  }
  p.builder.cylinder(Vec3f(-0.5F * p.x2, 0.56F * p.y2, 0.78F * p.h),
                     Vec3f(0.5F * p.x2, 0.56F * p.y2, 0.78F * p.h), 0.018F * p.h, rockers, 8);
  for (int i = 0; i < 4; ++i) {
    const float t = static_cast<float>(i) / 3;
    p.builder.ellipsoid(Vec3f(0, (0.28F + 0.24F * t) * p.y2, body + (0.12F + 0.24F * t) * p.h),
                        Vec3f(0.1F * p.x2, 0.1F * p.y2, 0.07F * p.h), mane, 8);
  }
  p.builder.cone(Vec3f(0, -0.58F * p.y2, body + 0.04F * p.h), Vec3f(0, -0.86F * p.y2, 0.34F * p.h),
                 0.08F * p.x2, 0.16F * p.x2, mane, 10);
}

void slide(Piece& p) {
  const int chute = p.use("slide", 0xe0503a, 0.35F);
  const int frame = p.use(p.palette.main_is_wood ? p.palette.wood : colored("slide frame", 0x3f8fd0, 0.4F));
  const int rung = p.use("rung", 0xf0c03a, 0.4F);
  const float deck = 0.78F * p.h;
  const float back = -0.55F * p.y2;  // the chute begins here
  const auto side = [&](float x0, float x1, float low, float high, int m) {
    p.builder.prism_yz(std::array<Profile, 6>{{{back, deck - 0.03F * p.h + low},
                                               {0.7F * p.y2, 0.06F * p.h + low},
                                               {p.y2, 0.03F * p.h + low},
                                               {p.y2, 0.05F * p.h + high},
                                               {0.7F * p.y2, 0.09F * p.h + high},
                                               {back, deck + high}}},
                       x0, x1, m);
  };
  side(-0.8F * p.x2, 0.8F * p.x2, 0, 0, chute);
  side(-p.x2, -0.8F * p.x2, 0, 0.1F * p.h, chute);
  side(0.8F * p.x2, p.x2, 0, 0.1F * p.h, chute);
  p.box(-p.x2, p.x2, -0.8F * p.y2, back, deck - 0.04F * p.h, deck, frame);
  for (const float s : {-1.0F, 1.0F}) {
    const float x = s * 0.88F * p.x2;
    p.builder.cylinder(Vec3f(x, -p.y2 + 0.03F, 0), Vec3f(x, -0.78F * p.y2, p.h - 0.02F), 0.028F, frame, 8);
    p.builder.cylinder(Vec3f(x, back, 0), Vec3f(x, back, p.h - 0.02F), 0.028F, frame, 8);
    p.builder.cylinder(Vec3f(x, -0.78F * p.y2, p.h - 0.025F), Vec3f(x, back, p.h - 0.025F), 0.025F, frame, 8);
  }
  for (int i = 1; i < 5; ++i) {
    const float t = static_cast<float>(i) / 5;
    const float y = -p.y2 + 0.03F + t * 0.2F * p.y2;
    p.box(-0.88F * p.x2, 0.88F * p.x2, y - 0.03F, y + 0.03F, t * deck - 0.012F, t * deck + 0.012F, rung);
  }
}

void sawhorse(Piece& p) {
  const int wood = p.use(p.palette.main_is_wood ? p.palette.wood : colored("lumber", 0xcfa66d, 0.7F));
  const int plank = p.use("plank", 0xd9b885, 0.7F);
  const float beam = 0.86F * p.h;
  for (const float y : {-0.5F * p.y2, 0.5F * p.y2}) {
    p.box(-0.92F * p.x2, 0.92F * p.x2, y - 0.035F, y + 0.035F, beam - 0.09F, beam, wood);
    for (const float x : {-0.8F * p.x2, 0.8F * p.x2})
      for (const float s : {-1.0F, 1.0F})
        p.builder.cone(Vec3f(x * 1.12F, y + s * 0.42F * p.y2, 0), Vec3f(x, y, beam - 0.02F), 0.03F, 0.03F,
                       wood, 6);
  }
  for (int i = 0; i < 3; ++i) {
    const float x = (-0.6F + 0.6F * static_cast<float>(i)) * p.x2;
    p.box(x - 0.24F * p.x2, x + 0.24F * p.x2, -p.y2, (i == 1 ? 0.85F : 1.0F) * p.y2, beam,
          i == 1 ? p.h : 0.93F * p.h, i == 1 ? plank : wood);
  }
}

void air_hockey(Piece& p) {
  const bool long_y = p.y2 > p.x2;
  const float lx = long_y ? p.y2 : p.x2;
  const float ly = long_y ? p.x2 : p.y2;
  const int body = p.use("hockey body", 0x2f3f78, 0.4F);
  const int ice = p.use("hockey ice", 0xe6ebee, 0.15F);
  const int red = p.use("hockey red", 0xc8342f, 0.4F);
  const int blue = p.use("hockey blue", 0x2f6fd0, 0.4F);
  const int black = p.use(p.palette.black);
  Eigen::Affine3f turn = Eigen::Affine3f::Identity();
  if (long_y) turn = Eigen::AngleAxisf(0.5F * std::numbers::pi_v<float>, Vec3f::UnitZ());
  p.builder.push(turn);
  const float rim = 0.09F * ly;
  p.soft(-lx, lx, -ly, ly, 0.68F * p.h, 0.95F * p.h, 0.03F, body, 1);
  p.box(-lx + rim, lx - rim, -ly + rim, ly - rim, 0.9F * p.h, 0.955F * p.h, ice);
  for (const float s : {-1.0F, 1.0F}) {
    p.soft(-lx, lx, s * ly, s * (ly - rim), 0.88F * p.h, p.h, 0.012F, body, 1);
    p.soft(s * lx, s * (lx - rim), -ly, ly, 0.88F * p.h, p.h, 0.012F, body, 1);
    p.box(s * (lx - 1.05F * rim), s * (lx - 0.6F * rim), -0.3F * ly, 0.3F * ly, 0.9F * p.h, p.h, black);
    p.box(s * 0.5F * lx - 0.012F, s * 0.5F * lx + 0.012F, -ly + rim, ly - rim, 0.955F * p.h, 0.958F * p.h,
          blue);
    p.builder.cylinder(Vec3f(s * 0.7F * lx, 0.1F * ly, 0.955F * p.h),
                       Vec3f(s * 0.7F * lx, 0.1F * ly, 0.975F * p.h), 0.055F, s > 0 ? red : blue, 14);
    p.builder.cylinder(Vec3f(s * 0.7F * lx, 0.1F * ly, 0.975F * p.h), Vec3f(s * 0.7F * lx, 0.1F * ly, p.h),
                       0.022F, s > 0 ? red : blue, 10);
    for (const float y : {-0.7F * ly, 0.7F * ly})
      p.box(s * 0.82F * lx - 0.06F, s * 0.82F * lx + 0.06F, y - 0.06F, y + 0.06F, 0, 0.7F * p.h, black);
  }
  p.box(-0.012F, 0.012F, -ly + rim, ly - rim, 0.955F * p.h, 0.958F * p.h, red);
  p.builder.torus(Vec3f(0, 0, 0.955F * p.h), 0.3F * ly, 0.01F, 2, red, 24);
  p.builder.cylinder(Vec3f(0.2F * lx, -0.2F * ly, 0.955F * p.h), Vec3f(0.2F * lx, -0.2F * ly, 0.968F * p.h),
                     0.035F, red, 14);
  p.builder.pop();
}

void saddle_rack(Piece& p) {
  const int wood = p.use(p.palette.main);
  const int leather = p.use("saddle leather", 0x6e3f22, 0.45F);
  const int dark = p.use("saddle flap", 0x50301e, 0.45F);
  const int steel = p.use("stirrup", 0xb4b9be, 0.3F, 1);
  const float beam = 0.7F * p.h;
  for (const float y : {-0.8F * p.y2, 0.8F * p.y2})
    for (const float s : {-1.0F, 1.0F})
      p.builder.cone(Vec3f(s * 0.9F * p.x2, y, 0), Vec3f(s * 0.1F * p.x2, y, beam), 0.035F, 0.035F, wood, 8);
  p.box(-0.08F * p.x2 - 0.03F, 0.08F * p.x2 + 0.03F, -p.y2, p.y2, beam - 0.08F, beam, wood);
  p.box(-0.6F * p.x2, 0.6F * p.x2, -0.82F * p.y2, 0.82F * p.y2, 0.22F * p.h, 0.25F * p.h, wood);
  // The saddle sits astride the beam: flaps at both sides, pommel in front, cantle behind.
  for (const float s : {-1.0F, 1.0F}) {
    p.builder.prism_yz(std::array<Profile, 4>{{{-0.35F * p.y2, 0.34F * p.h},
                                               {0.4F * p.y2, 0.34F * p.h},
                                               {0.6F * p.y2, 0.82F * p.h},
                                               {-0.6F * p.y2, 0.82F * p.h}}},
                       s > 0 ? 0.5F * p.x2 : -0.58F * p.x2, s > 0 ? 0.58F * p.x2 : -0.5F * p.x2, dark);
    p.box(s * 0.6F * p.x2 - 0.012F, s * 0.6F * p.x2 + 0.012F, -0.04F, 0.04F, 0.3F * p.h, 0.6F * p.h, dark);
    p.builder.torus(Vec3f(s * 0.6F * p.x2, 0, 0.26F * p.h), 0.05F * p.h, 0.012F, 0, steel, 14);
  }
  p.builder.ellipsoid(Vec3f(0, 0, 0.78F * p.h), Vec3f(0.58F * p.x2, 0.78F * p.y2, 0.1F * p.h), leather, 18);
  p.soft(-0.45F * p.x2, 0.45F * p.x2, -0.8F * p.y2, -0.6F * p.y2, 0.78F * p.h, p.h, 0.05F, leather);
  p.soft(-0.16F * p.x2, 0.16F * p.x2, 0.56F * p.y2, 0.74F * p.y2, 0.78F * p.h, 0.99F * p.h, 0.04F, leather);
}

void hair_dryer_chair(Piece& p) {
  const int leather = p.use(p.palette.textile);
  const int chrome = p.use("chrome leg", 0xb4b9be, 0.2F, 1);
  const int hood = p.use("dryer hood", 0xd9dcde, 0.25F);
  Material visor = colored("dryer visor", 0x8fb8c9, 0.1F);
  visor.opacity = 0.4F;
  const float seat = 0.36F * p.h;
  p.builder.cylinder(Vec3f(0, 0, 0), Vec3f(0, 0, 0.03F), 0.8F * std::min(p.x2, p.y2), chrome, 20);
  p.post(0, 0, 0.03F, seat - 0.08F, 0.05F, chrome, 12);
  p.soft(-0.8F * p.x2, 0.8F * p.x2, -0.55F * p.y2, 0.6F * p.y2, seat - 0.1F, seat + 0.02F, 0.05F, leather);
  p.soft(-0.8F * p.x2, 0.8F * p.x2, -0.8F * p.y2, -0.5F * p.y2, seat - 0.04F, 0.7F * p.h, 0.06F, leather);
  for (const float s : {-1.0F, 1.0F})
    p.soft(s * 0.8F * p.x2, s * p.x2, -0.6F * p.y2, 0.4F * p.y2, seat + 0.12F, seat + 0.2F, 0.03F, leather);
  p.soft(-0.6F * p.x2, 0.6F * p.x2, 0.75F * p.y2, p.y2, 0.1F * p.h, 0.16F * p.h, 0.02F, leather, 1);
  p.builder.cylinder(Vec3f(0, 0.4F * p.y2, seat - 0.06F), Vec3f(0, 0.88F * p.y2, 0.13F * p.h), 0.02F, chrome,
                     8);
  p.builder.cylinder(Vec3f(0, -0.95F * p.y2, 0.2F * p.h), Vec3f(0, -0.95F * p.y2, 0.86F * p.h), 0.025F,
                     chrome, 8);
  p.builder.cylinder(Vec3f(0, -0.95F * p.y2, 0.86F * p.h), Vec3f(0, -0.35F * p.y2, 0.9F * p.h), 0.03F, chrome,
                     8);
  p.builder.cylinder(Vec3f(0, -0.9F * p.y2, 0.2F * p.h), Vec3f(0, 0, 0.14F * p.h), 0.02F, chrome, 8);
  p.builder.push(Eigen::Translation3f(0, -0.35F * p.y2, 0) *
                 Eigen::Affine3f(Eigen::Scaling(0.72F * p.x2, 0.5F * p.y2, p.h)));
  p.builder.lathe(
      0, 0,
      std::array<Profile, 6>{
          {{1.0F, 0.74F}, {1.0F, 0.82F}, {0.92F, 0.91F}, {0.7F, 0.96F}, {0.35F, 0.99F}, {0, 1.0F}}},
      hood, 20);
  p.builder.lathe(0, 0, std::array<Profile, 2>{{{1.02F, 0.68F}, {1.0F, 0.76F}}}, p.use(visor), 20);
  p.builder.pop();
}

void ironing_board(Piece& p) {
  const bool long_x = p.x2 > p.y2;
  const float l = long_x ? p.x2 : p.y2;
  const float w = long_x ? p.y2 : p.x2;
  const int cover = p.use(p.palette.main_is_textile ? p.palette.textile : colored("cover", 0x7fa3b5, 0.95F));
  const int metal = p.use("steel", 0xb4b9be, 0.35F, 1);
  const int iron = p.use("iron", 0x3f7fb5, 0.35F);
  const float top = 0.88F * p.h;
  if (long_x)
    p.builder.push(Eigen::Affine3f(Eigen::AngleAxisf(-0.5F * std::numbers::pi_v<float>, Vec3f::UnitZ())));
  if (!long_x) p.builder.push(Eigen::Affine3f::Identity());
  p.builder.prism_xy(std::array<Profile, 9>{{{-w, -l},
                                             {w, -l},
                                             {w, 0.25F * l},
                                             {0.8F * w, 0.6F * l},
                                             {0.5F * w, 0.88F * l},
                                             {0.0F, l},
                                             {-0.5F * w, 0.88F * l},
                                             {-0.8F * w, 0.6F * l},
                                             {-w, 0.25F * l}}},
                     top - 0.04F, top, cover);
  for (const float s : {-1.0F, 1.0F}) {
    const float x = s * 0.3F * w;
    p.builder.cylinder(Vec3f(x, -0.75F * l, 0.02F), Vec3f(x, 0.6F * l, top - 0.05F), 0.014F, metal, 8);
    p.builder.cylinder(Vec3f(x, 0.7F * l, 0.02F), Vec3f(x, -0.65F * l, top - 0.05F), 0.014F, metal, 8);
    p.builder.cylinder(Vec3f(-0.8F * w, s * 0.73F * l, 0.015F), Vec3f(0.8F * w, s * 0.73F * l, 0.015F),
                       0.015F, metal, 8);
  }
  const float y = -0.6F * l;
  p.builder.prism_xy(std::array<Profile, 5>{{{-0.07F, y - 0.12F},
                                             {0.07F, y - 0.12F},
                                             {0.065F, y + 0.02F},
                                             {0.0F, y + 0.13F},
                                             {-0.065F, y + 0.02F}}},
                     top, top + 0.35F * (p.h - top), iron);
  p.soft(-0.03F, 0.03F, y - 0.11F, y + 0.05F, p.h - 0.3F * (p.h - top), p.h, 0.012F, p.use(p.palette.black),
         1);
  for (const float d : {-0.1F, 0.03F})
    p.box(-0.02F, 0.02F, y + d, y + d + 0.025F, top, p.h - 0.1F * (p.h - top), p.use(p.palette.black));
  p.builder.pop();
}

void market_stall(Piece& p) {
  const int wood = p.use(p.palette.wood);
  const int white = p.use(p.palette.linen);
  const int stripe = p.use("awning", 0xc23f35, 0.95F);
  const bool awning = p.h > 1.5F;
  const float top = awning ? std::min(0.9F, 0.45F * p.h) : 0.82F * p.h;
  p.box(-0.96F * p.x2, 0.96F * p.x2, -0.6F * p.y2, 0.9F * p.y2, 0, top - 0.03F, wood);
  for (int i = 0; i < 5; ++i)
    p.box((-0.9F + 0.37F * static_cast<float>(i)) * p.x2, (-0.58F + 0.37F * static_cast<float>(i)) * p.x2,
          0.9F * p.y2, 0.93F * p.y2, 0.06F, top - 0.08F, p.use(p.palette.dark_wood));
  p.soft(-p.x2, p.x2, -0.7F * p.y2, p.y2, top - 0.04F, top, 0.01F, wood, 1);
  constexpr std::array<std::uint32_t, 5> kFruit = {0xc93a2f, 0xe59a2f, 0x6fa03f, 0xe0c53a, 0x7a3f6b};
  const int crates = std::clamp(static_cast<int>(p.x2 / 0.22F), 2, 5);
  for (int i = 0; i < crates; ++i) {
    const float w = 0.92F * p.x2 / static_cast<float>(crates);
    const float x = (-0.96F * p.x2) + w * (2 * static_cast<float>(i) + 1) * 1.04F;
    const float z = top + 0.1F;
    p.box(x - 0.9F * w, x + 0.9F * w, -0.3F * p.y2, 0.9F * p.y2, top, z - 0.02F, p.use(p.palette.dark_wood));
    const float r = std::min(0.3F * w, 0.2F * p.y2);
    for (int k = 0; k < 9; ++k)
      p.builder.ellipsoid(Vec3f(x + 0.58F * w * static_cast<float>(k % 3 - 1),
                                0.3F * p.y2 + 0.38F * p.y2 * static_cast<float>(k / 3 - 1), z - 0.01F),
                          Vec3f(r, r, std::min(r, 0.05F)),
                          p.use("fruit " + std::to_string(i), kFruit[static_cast<std::size_t>(i)], 0.4F), 8);
  }
  if (!awning) {
    p.box(-0.96F * p.x2, 0.96F * p.x2, -p.y2, -0.62F * p.y2, top - 0.1F, p.h, wood);
    return;
  }
  const float eave = 0.84F * p.h;
  for (const float s : {-1.0F, 1.0F}) {
    p.box(s * 0.93F * p.x2 - 0.025F, s * 0.93F * p.x2 + 0.025F, -0.95F * p.y2, -0.85F * p.y2, 0, 0.97F * p.h,
          wood);
    p.box(s * 0.93F * p.x2 - 0.025F, s * 0.93F * p.x2 + 0.025F, 0.8F * p.y2, 0.9F * p.y2, 0, eave, wood);
  }
  const int stripes = 2 * std::clamp(static_cast<int>(p.x2 / 0.16F), 3, 8) + 1;
  for (int i = 0; i < stripes; ++i) {
    const float x0 = -p.x2 + 2 * p.x2 * static_cast<float>(i) / static_cast<float>(stripes);
    const float x1 = -p.x2 + 2 * p.x2 * static_cast<float>(i + 1) / static_cast<float>(stripes);
    const int m = i % 2 ? white : stripe;
    p.builder.prism_yz(
        std::array<Profile, 4>{{{-p.y2, p.h - 0.02F}, {p.y2, eave - 0.02F}, {p.y2, eave}, {-p.y2, p.h}}}, x0,
        x1, m);
    p.box(x0, x1, p.y2 - 0.012F, p.y2, eave - 0.12F, eave - 0.005F, m);
  }
}

void display_counter(Piece& p) {
  const int body = p.use(p.palette.main_is_glass ? p.palette.wood : p.palette.main);
  const int dark = p.use(p.palette.dark_wood);
  const int pane = p.use(p.palette.glass);
  const int metal = p.use(p.palette.metal);
  constexpr std::array<std::uint32_t, 4> kGoods = {0xd9a441, 0x4f8fb8, 0xb5533f, 0x8fae6f};
  const float base = 0.38F * p.h;
  p.box(-0.96F * p.x2, 0.96F * p.x2, -p.y2, 0.9F * p.y2, 0, 0.08F, dark);
  p.box(-p.x2, p.x2, -p.y2, p.y2, 0.08F, base, body);
  p.box(-p.x2, p.x2, -p.y2, -0.82F * p.y2, base, p.h - 0.03F, body);
  p.soft(-p.x2, p.x2, -p.y2, 0.1F * p.y2, p.h - 0.035F, p.h, 0.01F, body, 1);
  p.box(-p.x2, p.x2, 0.1F * p.y2, p.y2, p.h - 0.012F, p.h, pane);
  for (const float s : {-1.0F, 1.0F}) {
    p.box(s * 0.975F * p.x2, s * p.x2, -0.82F * p.y2, 0.97F * p.y2, base, p.h - 0.012F, pane);
    p.box(s * 0.97F * p.x2, s * p.x2, 0.92F * p.y2, p.y2, base, p.h, metal);
  }
  const float shelf = 0.5F * (base + p.h);
  p.box(-0.97F * p.x2, 0.97F * p.x2, -0.8F * p.y2, 0.8F * p.y2, shelf - 0.008F, shelf, pane);
  const int n = std::clamp(static_cast<int>(p.x2 / 0.1F), 4, 14);
  for (int i = 0; i < n; ++i) {
    const float x = (-0.9F + 1.8F * (static_cast<float>(i) + 0.5F) / static_cast<float>(n)) * p.x2;
    const float w = 0.6F * p.x2 / static_cast<float>(n);
    for (int row = 0; row < 2; ++row) {
      const auto k = static_cast<std::size_t>((i + 2 * row) % 4);
      const int goods = p.use("goods " + std::to_string(k), kGoods[k], 0.5F);
      const float z = row ? shelf : base;
      p.box(x - w, x + w, -0.1F * p.y2, 0.6F * p.y2, z, z + (k % 2 ? 0.5F : 0.75F) * (shelf - base - 0.03F),
            goods);
    }
  }
  p.box(-0.97F * p.x2, 0.97F * p.x2, 0.96F * p.y2, p.y2, base, p.h - 0.012F, pane);
}

void trampoline(Piece& p) {
  const int frame = p.use("steel", 0x8f969d, 0.4F, 1);
  const int pad = p.use("safety pad", 0x2f6fc0, 0.6F);
  const int mat = p.use("jump mat", 0x2c2e31, 0.8F);
  const float r = std::min(p.x2, p.y2);
  p.builder.push(Eigen::Affine3f(Eigen::Scaling(p.x2, p.y2, 1.0F)));
  p.builder.cylinder(Vec3f(0, 0, 0.9F * p.h), Vec3f(0, 0, 0.94F * p.h), 0.86F, mat, 28);
  p.builder.lathe(0, 0,
                  std::array<Profile, 5>{{{0.82F, 0.86F * p.h},
                                          {0.98F, 0.86F * p.h},
                                          {1.0F, 0.93F * p.h},
                                          {0.97F, p.h},
                                          {0.8F, 0.97F * p.h}}},
                  pad, 28);
  p.builder.pop();
  for (int i = 0; i < 6; ++i) {
    const float a = std::numbers::pi_v<float> * static_cast<float>(i) / 3;
    p.builder.cylinder(Vec3f(0.9F * p.x2 * std::cos(a), 0.9F * p.y2 * std::sin(a), 0),
                       Vec3f(0.9F * p.x2 * std::cos(a), 0.9F * p.y2 * std::sin(a), 0.88F * p.h),
                       std::min(0.025F, 0.05F * r), frame, 8);
  }
}

void acoustic_panel(Piece& p) {
  // Foam wedges, upright and lying in turn.
  const int foam =
      p.use(p.palette.main_is_named && !p.palette.main_is_textile ? p.palette.main
                                                                  : colored("foam", 0x4a4e55, 0.97F));
  const int other = p.use("foam accent", 0x6b7079, 0.97F);
  p.box(-p.x2, p.x2, -p.y2, -0.4F * p.y2, 0, p.h, foam);
  const int nx = std::clamp(static_cast<int>(p.x2 / 0.22F + 0.5F), 1, 6);
  const int nz = std::clamp(static_cast<int>(p.h / 0.44F + 0.5F), 1, 5);
  const float w = 2 * p.x2 / static_cast<float>(nx);
  const float h = p.h / static_cast<float>(nz);
  constexpr int kWedges = 4;
  for (int i = 0; i < nx; ++i)
    for (int j = 0; j < nz; ++j)
      for (int k = 0; k < kWedges; ++k) {
        const float x0 = -p.x2 + static_cast<float>(i) * w;
        const float z0 = static_cast<float>(j) * h;
        const auto t = static_cast<float>(k) / kWedges;
        const float step = 1.0F / kWedges;
        if ((i + j) % 2) {
          p.builder.prism_yz(std::array<Profile, 3>{{{-0.4F * p.y2, z0 + t * h},
                                                     {p.y2, z0 + (t + 0.5F * step) * h},
                                                     {-0.4F * p.y2, z0 + (t + step) * h}}},
                             x0, x0 + w, other);
        } else {
          p.builder.prism_xy(std::array<Profile, 3>{{{x0 + t * w, -0.4F * p.y2},
                                                     {x0 + (t + step) * w, -0.4F * p.y2},
                                                     {x0 + (t + 0.5F * step) * w, p.y2}}},
                             z0, z0 + h, foam);
        }
      }
}

struct Special {
  std::string_view kind;
  void (*draw)(Piece&);
};
constexpr std::array kSpecials = std::to_array<Special>({
    {"acoustic_panel", acoustic_panel},
    {"air_hockey_table", air_hockey},
    {"altar", altar},
    {"display_counter", display_counter},
    {"hair_dryer_chair", hair_dryer_chair},
    {"holographic_display", hologram},
    {"ironing_board", ironing_board},
    {"lectern", lectern},
    {"market_stall", market_stall},
    {"mixing_console", mixing_console},
    {"racing_simulator", racing_simulator},
    {"rocking_horse", rocking_horse},
    {"saddle_rack", saddle_rack},
    {"sawhorse", sawhorse},
    {"sewing_table", sewing_table},
    {"slide", slide},
    {"trampoline", trampoline},
});

}  // namespace

bool draw_special(Piece& p, std::string_view name) {
  for (const Special& special : kSpecials) {
    if (name != special.kind) continue;
    special.draw(p);
    return true;
  }
  return false;
}

}  // namespace metaspatial::assets
