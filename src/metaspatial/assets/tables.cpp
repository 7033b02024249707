#include "metaspatial/assets/piece.hpp"

#include <array>
#include <numbers>
#include <vector>

namespace metaspatial::assets {
namespace {

/// The table top's material and the legs'.
struct Looks {
  int top;
  int legs;
};
Looks looks(Piece& p) {
  const bool metal_legs = p.palette.metal_is_named || (p.styled("industrial") && !p.palette.main_is_named);
  const bool woody = p.palette.main_is_wood && !metal_legs;
  return {p.use(p.palette.main), woody ? p.use(p.palette.wood) : p.use(p.palette.metal)};
}

void scale_disc(Piece& p, float z0, float z1, float share, int m, int sides = 28) {
  p.builder.push(Eigen::Affine3f(Eigen::Scaling(p.x2, p.y2, 1.0F)));
  p.builder.cylinder(Vec3f(0, 0, z0), Vec3f(0, 0, z1), share, m, sides);
  p.builder.pop();
}

void picnic_table(Piece& p) {
  const int wood = p.use(p.palette.wood);
  const float top_y = 0.5F * p.y2;
  const auto planks = [&](float y0, float y1, float z, int n) {
    const float step = (y1 - y0) / static_cast<float>(n);
    for (int i = 0; i < n; ++i) {
      const float y = y0 + static_cast<float>(i) * step;
      p.soft(-p.x2, p.x2, y + 0.006F, y + step - 0.006F, z - 0.035F, z, 0.006F, wood, 1);
    }
  };
  planks(-top_y, top_y, p.h, 6);
  planks(-p.y2, -0.66F * p.y2, 0.6F * p.h, 2);
  planks(0.66F * p.y2, p.y2, 0.6F * p.h, 2);
  for (const float x : {-0.7F * p.x2, 0.7F * p.x2}) {
    p.box(x - 0.03F, x + 0.03F, -0.9F * p.y2, 0.9F * p.y2, 0.5F * p.h, 0.56F * p.h, wood);
    for (const float s : {-1.0F, 1.0F})
      p.builder.cone(Vec3f(x, s * 0.75F * p.y2, 0), Vec3f(x, s * 0.35F * p.y2, p.h - 0.03F), 0.04F, 0.04F,
                     wood, 6);
  }
}

}  // namespace

void draw_table(Piece& p) {
  if (p.is("picnic")) return picnic_table(p);
  const auto [top, legs] = looks(p);
  const bool low = p.h < 0.55F;
  const float thick = p.palette.main_is_glass ? 0.015F : std::min(0.045F, 0.12F * p.h);
  const float under = p.h - thick;
  if (p.is("conference") || p.is("banquet")) {
    p.soft(-p.x2, p.x2, -p.y2, p.y2, under, p.h, 0.012F, top, 1);
    for (const float x : {-0.6F * p.x2, 0.6F * p.x2}) {
      p.box(x - 0.06F, x + 0.06F, -0.55F * p.y2, 0.55F * p.y2, 0.06F, under, legs);
      p.box(x - 0.1F, x + 0.1F, -0.75F * p.y2, 0.75F * p.y2, 0, 0.06F, legs);
    }
    p.box(-0.6F * p.x2, 0.6F * p.x2, -0.04F, 0.04F, 0.3F * p.h, 0.4F * p.h, legs);
    if (p.is("banquet")) {
      const int runner = p.use(p.palette.accent);
      p.box(-p.x2, p.x2, -0.22F * p.y2, 0.22F * p.y2, p.h - 0.002F, p.h, runner);
    }
    return;
  }
  if (p.is("chess")) {
    p.soft(-p.x2, p.x2, -p.y2, p.y2, under, p.h - 0.002F, 0.01F, top, 1);
    const int dark = p.use(p.palette.dark_wood);
    const int light = p.use("light square", 0xeadfc4);
    const float s = 0.72F * std::min(p.x2, p.y2) / 4;
    for (int i = 0; i < 8; ++i)
      for (int j = 0; j < 8; ++j) {
        const float x = (static_cast<float>(i) - 4) * s;
        const float y = (static_cast<float>(j) - 4) * s;
        p.box(x, x + s, y, y + s, p.h - 0.004F, p.h, (i + j) % 2 ? light : dark);
      }
    p.four_legs(0, under, 0.025F, 0.02F, legs);
    return;
  }
  p.soft(-p.x2, p.x2, -p.y2, p.y2, under, p.h, std::min(0.012F, 0.3F * thick), top, 1);
  if (p.is("folding")) {
    const int metal = p.use(p.palette.metal);
    for (const float x : {-0.75F * p.x2, 0.75F * p.x2}) {
      p.builder.cylinder(Vec3f(x, -0.85F * p.y2, 0), Vec3f(x, 0.85F * p.y2, under), 0.014F, metal, 8);
      p.builder.cylinder(Vec3f(x, 0.85F * p.y2, 0), Vec3f(x, -0.85F * p.y2, under), 0.014F, metal, 8);
    }
    return;
  }
  const float half = std::clamp(0.022F * p.x2 + 0.012F, 0.014F, 0.045F);
  if (p.palette.main.pattern == Pattern::Marble) {
    p.soft(-0.55F * p.x2, 0.55F * p.x2, -0.55F * p.y2, 0.55F * p.y2, 0, under, 0.02F, low ? top : legs, 1);
    return;
  }
  if (p.palette.main_is_wood) {
    // Tapered legs and an apron between them.
    const float x = p.x2 - half - 0.02F;
    const float y = p.y2 - half - 0.02F;
    if (p.period() && p.h > 0.3F) {
      p.four_turned_legs(0, under, 1.35F * half, 0.01F, legs);
    } else if (p.styled("rustic") || p.styled("farmhouse") || p.styled("industrial")) {
      p.four_legs(0, under, 1.2F * half, 0.02F, legs);
    } else {
      for (const float sx : {-x, x})
        for (const float sy : {-y, y})
          p.builder.cone(Vec3f(sx, sy, 0), Vec3f(sx, sy, under), p.slim() ? 0.5F * half : 0.75F * half,
                         1.15F * half, legs, 8);
    }
    const float apron = std::min(0.08F, 0.2F * p.h);
    for (const float sy : {-y, y}) p.box(-x, x, sy - 0.01F, sy + 0.01F, under - apron, under, legs);
    for (const float sx : {-x, x}) p.box(sx - 0.01F, sx + 0.01F, -y, y, under - apron, under, legs);
    if (p.is("console")) {
      const int dark = p.use(p.palette.dark_wood);
      const int metal = p.use(p.palette.metal);
      for (const float s : {-0.5F, 0.5F}) {
        p.box(s * p.x2 - 0.42F * p.x2, s * p.x2 + 0.42F * p.x2, y, p.y2 - 0.004F, under - 0.12F,
              under - 0.01F, dark);
        p.builder.ellipsoid(Vec3f(s * p.x2, p.y2 - 0.012F, under - 0.065F), Vec3f::Constant(0.014F), metal,
                            8);
      }
    }
    if (p.is("coffee") || p.is("console") || p.is("side") || p.is("tea") || p.is("work")) {
      const float z = p.is("work") ? 0.15F : 0.25F * p.h;
      p.box(-x, x, -y, y, z - 0.012F, z + 0.012F, legs);
    }
  } else if (p.palette.main.name == "main" && p.palette.main.pattern == Pattern::Weave) {
    p.four_legs(0, under, 1.3F * half, 0.01F, top);
    p.box(-0.93F * p.x2, 0.93F * p.x2, -0.93F * p.y2, 0.93F * p.y2, under - 0.25F * p.h, under, top);
    const int pane = p.use(p.palette.glass);
    p.box(-0.9F * p.x2, 0.9F * p.x2, -0.9F * p.y2, 0.9F * p.y2, p.h - 0.002F, p.h, pane);
  } else {
    // A metal frame: legs joined by skids.
    const float x = p.x2 - half - 0.01F;
    const float y = p.y2 - half - 0.01F;
    p.four_legs(0, under, half, 0.01F, legs);
    for (const float sx : {-x, x}) {
      p.box(sx - half, sx + half, -y, y, 0, 2 * half, legs);
      p.box(sx - half, sx + half, -y, y, under - 2 * half, under, legs);
    }
    for (const float sy : {-y, y}) p.box(-x, x, sy - half, sy + half, under - 2 * half, under, legs);
  }
}

void draw_round_table(Piece& p) {
  const bool poker = p.is("poker") || p.is("game");
  const auto [top, legs] = looks(p);
  const float thick = std::min(0.045F, 0.1F * p.h);
  const float under = p.h - thick;
  if (poker) {
    const int rim = p.use(p.palette.dark_wood);
    const int felt = p.use("felt", 0x1f7a4a, 0.95F);
    scale_disc(p, under - 0.04F, p.h - 0.006F, 1.0F, rim);
    scale_disc(p, p.h - 0.02F, p.h, 0.88F, felt);
    const int white = p.use(p.palette.white);
    const int red = p.use("chip", 0xb03a35, 0.4F);
    for (int i = 0; i < 4; ++i) {
      const float a = 0.5F * std::numbers::pi_v<float> * static_cast<float>(i);
      p.box(0.6F * p.x2 * std::cos(a) - 0.04F, 0.6F * p.x2 * std::cos(a) + 0.04F,
            0.6F * p.y2 * std::sin(a) - 0.06F, 0.6F * p.y2 * std::sin(a) + 0.06F, p.h - 0.003F, p.h,
            i % 2 ? white : red);
    }
  } else {
    scale_disc(p, under, p.h, 1.0F, top);
  }
  const float r = 0.16F * std::min(p.x2, p.y2);
  if (p.palette.main_is_metal || p.is("bistro")) {
    p.post(0, 0, 0.02F, under, 0.5F * r + 0.01F, legs, 12);
    p.builder.cylinder(Vec3f(0, 0, 0), Vec3f(0, 0, 0.025F), 0.55F * std::min(p.x2, p.y2), legs, 22);
    return;
  }
  p.builder.lathe(0, 0,
                  std::array<std::pair<float, float>, 7>{{{0.6F * r, 0.1F * p.h},
                                                          {1.2F * r, 0.2F * p.h},
                                                          {1.25F * r, 0.3F * p.h},
                                                          {0.6F * r, 0.45F * p.h},
                                                          {0.55F * r, 0.7F * p.h},
                                                          {0.9F * r, 0.85F * p.h},
                                                          {1.6F * r, under}}},
                  legs, 16);
  for (int i = 0; i < 4; ++i) {
    const float a = std::numbers::pi_v<float> * (0.25F + 0.5F * static_cast<float>(i));
    p.builder.cone(Vec3f(0.62F * p.x2 * std::cos(a), 0.62F * p.y2 * std::sin(a), 0.03F),
                   Vec3f(0, 0, 0.2F * p.h), 0.028F, 0.05F, legs, 8);
  }
}

void draw_desk(Piece& p) {
  const auto [top, legs] = looks(p);
  const int metal = p.use(p.palette.metal);
  const int dark = p.use(p.palette.dark_wood);
  const bool woody = p.palette.main_is_wood;
  const float thick = 0.04F;
  if (p.is("drafting") || p.is("drawing")) {
    const int paper = p.use(p.palette.linen);
    const float lo = 0.72F * p.h;
    const std::array<std::pair<float, float>, 4> board = {
        {{p.y2, lo}, {-p.y2, p.h - 0.04F}, {-p.y2, p.h}, {p.y2, lo + 0.04F}}};
    p.builder.prism_yz(board, -p.x2, p.x2, top);
    const std::array<std::pair<float, float>, 4> sheet = {{{0.8F * p.y2, lo + 0.06F + 0.1F * 0.28F * p.h},
                                                           {-0.7F * p.y2, p.h - 0.15F * 0.28F * p.h + 0.002F},
                                                           {-0.7F * p.y2, p.h - 0.15F * 0.28F * p.h + 0.006F},
                                                           {0.8F * p.y2, lo + 0.064F + 0.1F * 0.28F * p.h}}};
    p.builder.prism_yz(sheet, -0.7F * p.x2, 0.7F * p.x2, paper);
    for (const float x : {-0.8F * p.x2, 0.8F * p.x2}) {
      p.builder.cylinder(Vec3f(x, -0.85F * p.y2, 0), Vec3f(x, 0.3F * p.y2, 0.85F * p.h), 0.025F, legs, 8);
      p.builder.cylinder(Vec3f(x, 0.85F * p.y2, 0), Vec3f(x, -0.5F * p.y2, 0.88F * p.h), 0.025F, legs, 8);
    }
    p.builder.cylinder(Vec3f(-0.8F * p.x2, 0, 0.4F * p.h), Vec3f(0.8F * p.x2, 0, 0.4F * p.h), 0.02F, legs, 8);
    return;
  }
  if (p.is("control")) {
    const int screen = p.glow("display", 0x2f8fd9, 0.6F);
    const int green = p.glow("lamp green", 0x4fd97a, 0.8F);
    const int red = p.glow("lamp red", 0xe0503a, 0.8F);
    const std::array<std::pair<float, float>, 5> body = {
        {{-p.y2, 0}, {0.55F * p.y2, 0}, {p.y2, 0.68F * p.h}, {0.0F, 0.8F * p.h}, {-p.y2, p.h}}};
    p.builder.prism_yz(body, -p.x2, p.x2, p.use(p.palette.main));
    for (int i = 0; i < 3; ++i) {
      const float x = (static_cast<float>(i) - 1) * 0.64F * p.x2;
      const std::array<std::pair<float, float>, 4> display = {{{-0.15F * p.y2, 0.845F * p.h},
                                                               {-0.85F * p.y2, 0.985F * p.h},
                                                               {-0.85F * p.y2, 0.995F * p.h},
                                                               {-0.15F * p.y2, 0.855F * p.h}}};
      p.builder.prism_yz(display, x - 0.28F * p.x2, x + 0.28F * p.x2, screen);
    }
    for (int i = 0; i < 12; ++i)
      p.builder.ellipsoid(Vec3f((static_cast<float>(i) - 5.5F) * 0.15F * p.x2, 0.5F * p.y2, 0.745F * p.h),
                          Vec3f(0.02F, 0.02F, 0.015F), i % 3 ? green : red, 8);
    return;
  }
  const float surface = p.is("vanity") && p.h > 1.05F ? 0.75F : p.h;
  const float under = surface - thick;
  if (p.is("corner") || (p.is("l_shaped"))) {
    // An L: along the back and along the left side; the seat is in the inner corner.
    const float d = std::min(0.65F, 0.8F * p.y2);
    p.soft(-p.x2, p.x2, -p.y2, -p.y2 + d, under, surface, 0.01F, top, 1);
    p.soft(-p.x2, -p.x2 + d, -p.y2 + d - 0.01F, p.y2, under, surface, 0.01F, top, 1);
    p.box(p.x2 - 0.42F, p.x2 - 0.02F, -p.y2 + 0.02F, -p.y2 + d - 0.03F, 0.04F, under, legs);
    for (int i = 0; i < 3; ++i) {
      const float z = 0.07F + (under - 0.08F) * static_cast<float>(i) / 3;
      p.box(p.x2 - 0.40F, p.x2 - 0.04F, -p.y2 + d - 0.04F, -p.y2 + d - 0.02F, z,
            z + (under - 0.08F) / 3 - 0.02F, dark);
    }
    for (const Vec3f& at : {Vec3f(-p.x2 + 0.04F, -p.y2 + 0.04F, 0), Vec3f(-p.x2 + 0.04F, p.y2 - 0.04F, 0),
                            Vec3f(-p.x2 + d - 0.04F, p.y2 - 0.04F, 0)})
      p.box(at.x() - 0.025F, at.x() + 0.025F, at.y() - 0.025F, at.y() + 0.025F, 0, under, metal);
    return;
  }
  p.soft(-p.x2, p.x2, -p.y2, p.y2, under, surface, 0.01F, top, 1);
  if (p.is("work") && p.is("bench")) {
    const int steel = p.use("steel", 0x8f969d, 0.4F, 1);
    p.four_legs(0, under, 0.045F, 0.02F, legs);
    p.box(-p.x2 + 0.05F, p.x2 - 0.05F, -p.y2 + 0.05F, p.y2 - 0.05F, 0.2F * p.h, 0.24F * p.h, legs);
    // A vise at the front and boxes below.
    p.box(0.55F * p.x2, 0.75F * p.x2, p.y2 - 0.1F, p.y2, under - 0.1F, surface, steel);
    for (int i = 0; i < 3; ++i) {
      const float x = (-0.75F + 0.5F * static_cast<float>(i)) * p.x2;
      p.box(x, x + 0.36F * p.x2, -0.6F * p.y2, 0.6F * p.y2, 0.24F * p.h, 0.48F * p.h,
            p.use(i % 2 ? colored("bin red", 0xb5472f, 0.5F) : colored("bin blue", 0x3a6ea5, 0.5F)));
    }
    return;
  }
  if (p.is("potting")) {
    p.four_legs(0, under, 0.03F, 0.02F, legs);
    p.box(-p.x2 + 0.04F, p.x2 - 0.04F, -p.y2 + 0.04F, p.y2 - 0.04F, 0.25F * p.h, 0.28F * p.h, legs);
    const int pot = p.use("terracotta", 0xb5613e, 0.8F);
    const int green = p.use("leaf", 0x4f8a45, 0.7F);
    for (int i = 0; i < 4; ++i) {
      const float x = (-0.66F + 0.44F * static_cast<float>(i)) * p.x2;
      p.builder.cone(Vec3f(x, 0, 0.28F * p.h), Vec3f(x, 0, 0.48F * p.h), 0.055F, 0.08F, pot, 12);
      p.builder.ellipsoid(Vec3f(x, 0, 0.52F * p.h), Vec3f(0.09F, 0.09F, 0.07F), green, 8);
    }
    return;
  }
  if (p.is("school")) {
    p.four_legs(0, under, 0.018F, 0.02F, metal);
    p.box(-p.x2 + 0.03F, p.x2 - 0.03F, -p.y2 + 0.02F, p.y2 - 0.04F, under - 0.12F, under - 0.105F, metal);
    p.box(-0.5F * p.x2, 0.1F * p.x2, -0.4F * p.y2, 0.3F * p.y2, surface - 0.002F, surface,
          p.use(p.palette.linen));
    return;
  }
  if (p.is("standing")) {
    for (const float x : {-0.72F * p.x2, 0.72F * p.x2}) {
      p.box(x - 0.035F, x + 0.035F, -0.04F, 0.04F, 0.03F, under, metal);
      p.box(x - 0.04F, x + 0.04F, -0.9F * p.y2, 0.9F * p.y2, 0, 0.035F, metal);
    }
    p.box(-0.72F * p.x2, 0.72F * p.x2, -0.02F, 0.02F, under - 0.06F, under, metal);
    return;
  }
  if (p.is("vanity") && surface == p.h) {
    // A dainty table: slender legs, three small drawers under the top.
    if (p.period())
      p.four_turned_legs(0, under, 0.035F, 0.02F, legs);
    else
      p.four_round_legs(0, under, 0.024F, 0.012F, 0.03F, 0.0F, legs);
    const float low = under - std::min(0.14F, 0.25F * p.h);
    p.box(-0.95F * p.x2, 0.95F * p.x2, -0.92F * p.y2, 0.9F * p.y2, low, under, top);
    const int knob = p.use("brass", 0xc79a4a, 0.3F, 1);
    for (int i = 0; i < 3; ++i) {
      const float x = 0.62F * p.x2 * static_cast<float>(i - 1);
      p.box(x - 0.28F * p.x2, x + 0.28F * p.x2, 0.9F * p.y2, 0.95F * p.y2, low + 0.012F, under - 0.012F, top);
      p.builder.ellipsoid(Vec3f(x, 0.98F * p.y2, 0.5F * (low + under)), Vec3f(0.014F, 0.02F, 0.014F), knob,
                          8);
    }
    return;
  }
  const bool executive = p.is("executive") || p.is("teacher");
  const float chest = std::min(executive ? 0.45F : 0.38F, 0.6F * p.x2);
  const auto drawers = [&](float x0, float x1) {
    p.box(x0, x1, -p.y2 + 0.03F, p.y2 - 0.04F, 0.03F, under, woody ? legs : p.use(p.palette.wood));
    for (int i = 0; i < 3; ++i) {
      const float step = (under - 0.06F) / 3;
      const float z = 0.045F + static_cast<float>(i) * step;
      p.soft(x0 + 0.012F, x1 - 0.012F, p.y2 - 0.05F, p.y2 - 0.02F, z, z + step - 0.02F, 0.006F,
             woody ? top : p.use(p.palette.wood), 1);
      p.box(0.5F * (x0 + x1) - 0.05F, 0.5F * (x0 + x1) + 0.05F, p.y2 - 0.025F, p.y2 - 0.004F, z + 0.5F * step,
            z + 0.5F * step + 0.012F, metal);
    }
  };
  drawers(p.x2 - chest - 0.02F, p.x2 - 0.02F);
  if (executive || p.is("vanity")) {
    drawers(-p.x2 + 0.02F, -p.x2 + 0.02F + chest);
  } else if (woody) {
    p.box(-p.x2 + 0.02F, -p.x2 + 0.055F, -p.y2 + 0.03F, p.y2 - 0.03F, 0, under, legs);
  } else {
    for (const float y : {-p.y2 + 0.05F, p.y2 - 0.05F})
      p.box(-p.x2 + 0.02F, -p.x2 + 0.06F, y - 0.02F, y + 0.02F, 0, under, metal);
  }
  // The panel at the back.
  p.box(-p.x2 + 0.03F, p.x2 - 0.03F, -p.y2 + 0.04F, -p.y2 + 0.06F, 0.35F * surface, under,
        woody ? legs : metal);
  if (surface < p.h - 0.05F) {
    const int mirror = p.use("mirror", 0xd5e6ee, 0.02F, 1);
    p.box(-0.55F * p.x2, 0.55F * p.x2, -p.y2, -p.y2 + 0.04F, surface, p.h, top);
    p.box(-0.48F * p.x2, 0.48F * p.x2, -p.y2 + 0.04F, -p.y2 + 0.046F, surface + 0.06F, p.h - 0.05F, mirror);
  }
  // A drawer under the top, a leather pad on it.
  if (executive || p.is("writing")) {
    const int pad = p.use("desk pad", 0x2f4a3a, 0.6F);
    p.box(-0.4F * p.x2, 0.3F * p.x2, 0.05F * p.y2, 0.85F * p.y2, surface - 0.003F, surface, pad);
  }
}

void draw_pool_table(Piece& p) {
  const int wood = p.use(p.palette.main_is_wood ? p.palette.wood : colored("pool wood", 0x5f3522, 0.4F));
  const int dark = p.use(p.palette.black);
  const bool ping_pong = p.is("ping") || p.is("tennis");
  const bool foosball = p.is("foos");
  const int felt = p.use("felt", ping_pong ? 0x2a5fa0U : 0x1f8a55U, 0.95F);
  const int white = p.use(p.palette.white);
  const bool long_y = p.y2 > p.x2;
  const float lx = long_y ? p.y2 : p.x2;  // long half
  const float ly = long_y ? p.x2 : p.y2;
  Eigen::Affine3f turn = Eigen::Affine3f::Identity();
  if (long_y) turn = Eigen::AngleAxisf(0.5F * std::numbers::pi_v<float>, Vec3f::UnitZ());
  p.builder.push(turn);
  if (ping_pong) {
    const float top = p.h - 0.15F;
    p.box(-lx, lx, -ly, ly, top - 0.03F, top, felt);
    p.box(-lx, lx, -0.01F, 0.01F, top - 0.001F, top + 0.002F, white);
    for (const float y : {-ly + 0.015F, ly - 0.015F})
      p.box(-lx, lx, y - 0.015F, y + 0.015F, top - 0.001F, top + 0.002F, white);
    for (const float x : {-lx + 0.015F, lx - 0.015F})
      p.box(x - 0.015F, x + 0.015F, -ly, ly, top - 0.001F, top + 0.002F, white);
    p.box(-0.008F, 0.008F, -ly, ly, top, p.h - 0.02F, p.use("net", 0x3f444a, 0.9F));
    p.box(-0.01F, 0.01F, -ly, ly, p.h - 0.02F, p.h, white);
    for (const float x : {-0.7F * lx, 0.7F * lx})
      for (const float y : {-0.75F * ly, 0.75F * ly}) p.post(x, y, 0, top - 0.03F, 0.025F, dark, 8);
    p.builder.pop();
    return;
  }
  const float rim = 0.12F * ly + 0.03F;
  p.soft(-lx, lx, -ly, ly, p.h - 0.2F, p.h - 0.02F, 0.03F, wood, 1);
  p.box(-lx + rim, lx - rim, -ly + rim, ly - rim, p.h - 0.06F, p.h - 0.014F, felt);
  p.soft(-lx, lx, -ly, -ly + rim, p.h - 0.1F, p.h, 0.02F, wood, 1);
  p.soft(-lx, lx, ly - rim, ly, p.h - 0.1F, p.h, 0.02F, wood, 1);
  p.soft(-lx, -lx + rim, -ly, ly, p.h - 0.1F, p.h, 0.02F, wood, 1);
  p.soft(lx - rim, lx, -ly, ly, p.h - 0.1F, p.h, 0.02F, wood, 1);
  for (const float x : {-0.85F * lx, 0.85F * lx})
    for (const float y : {-0.75F * ly, 0.75F * ly})
      p.builder.cone(Vec3f(x, y, 0), Vec3f(x, y, p.h - 0.18F), 0.06F, 0.09F, wood, 10);
  if (foosball) {
    const int steel = p.use("steel", 0x9aa1a8, 0.35F, 1);
    for (int i = 0; i < 6; ++i) {
      const float x = (-0.75F + 0.3F * static_cast<float>(i)) * lx;
      p.builder.cylinder(Vec3f(x, -ly, p.h - 0.01F), Vec3f(x, ly, p.h - 0.01F), 0.01F, steel, 6);
      for (int k = -1; k <= 1; ++k)
        p.box(x - 0.015F, x + 0.015F, 0.4F * ly * static_cast<float>(k) - 0.02F,
              0.4F * ly * static_cast<float>(k) + 0.02F, p.h - 0.1F, p.h,
              p.use(i % 2 ? colored("team red", 0xb5362f, 0.5F) : colored("team blue", 0x2f5fb5, 0.5F)));
    }
    p.builder.pop();
    return;
  }
  for (const float x : {-lx + 0.6F * rim, 0.0F, lx - 0.6F * rim})
    for (const float y : {-ly + 0.6F * rim, ly - 0.6F * rim})
      p.builder.cylinder(Vec3f(x, y, p.h - 0.03F), Vec3f(x, y, p.h - 0.001F), 0.055F, dark, 12);
  constexpr std::array<std::uint32_t, 6> balls = {0xe0b52f, 0x2f5fb5, 0xb5362f, 0x6b3f8f, 0xd9752f, 0x26282b};
  for (std::size_t i = 0; i < 6; ++i) {
    const int row = i < 1 ? 0 : (i < 3 ? 1 : 2);
    const float column = static_cast<float>(i) - (row == 0 ? 0.0F : row == 1 ? 1.5F : 4.0F);
    p.builder.ellipsoid(
        Vec3f(0.35F * lx + 0.06F * static_cast<float>(row), 0.065F * column, p.h - 0.014F + 0.0F),
        Vec3f(0.03F, 0.03F, 0.014F), p.use("ball " + std::to_string(i), balls[i], 0.2F), 10);
  }
  p.builder.ellipsoid(Vec3f(-0.4F * lx, 0.02F, p.h - 0.014F), Vec3f(0.03F, 0.03F, 0.014F), white, 10);
  p.builder.pop();
}

void draw_bar(Piece& p) {
  const int body = p.use(p.palette.main_is_wood ? p.palette.wood : p.palette.main);
  const int dark = p.use(p.palette.dark_wood);
  const int top = p.palette.main_is_wood ? dark : p.use(p.palette.dark_wood);
  // The front panel looks to the guests (+y); behind it a lower work surface.
  p.box(-0.98F * p.x2, 0.98F * p.x2, 0.2F * p.y2, 0.88F * p.y2, 0.08F, p.h - 0.05F, body);
  p.box(-0.96F * p.x2, 0.96F * p.x2, 0.25F * p.y2, 0.84F * p.y2, 0, 0.08F, dark);
  p.box(-0.98F * p.x2, 0.98F * p.x2, -p.y2, 0.2F * p.y2, 0, 0.78F * p.h, body);
  p.soft(-p.x2, p.x2, 0.0F * p.y2, p.y2, p.h - 0.05F, p.h, 0.015F, top, 1);
  const int panels = std::max(2, static_cast<int>(std::lround(2 * p.x2 / 0.5F)));
  const float step = 1.96F * p.x2 / static_cast<float>(panels);
  for (int i = 0; i < panels; ++i) {
    const float x0 = -0.98F * p.x2 + static_cast<float>(i) * step;
    p.box(x0 + 0.04F, x0 + step - 0.04F, 0.86F * p.y2, 0.92F * p.y2, 0.18F, p.h - 0.15F, dark);
    p.box(x0 + 0.06F, x0 + step - 0.06F, 0.88F * p.y2, 0.94F * p.y2, 0.2F, p.h - 0.17F, body);
  }
  if (p.is("bar") && !p.is("reception")) {
    const int brass = p.use("brass", 0xc79a4a, 0.3F, 1);
    p.builder.cylinder(Vec3f(-0.95F * p.x2, 0.96F * p.y2, 0.2F), Vec3f(0.95F * p.x2, 0.96F * p.y2, 0.2F),
                       0.018F, brass, 8);
  }
}

}  // namespace metaspatial::assets
