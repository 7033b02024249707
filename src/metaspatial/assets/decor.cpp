#include <array>
#include <numbers>

#include "metaspatial/assets/piece.hpp"

namespace metaspatial::assets {
namespace {

using Profile = std::pair<float, float>;
constexpr float kPi = std::numbers::pi_v<float>;

constexpr std::array<std::array<std::uint32_t, 5>, 4> kPaintings = {{
    {0xe8d9b5, 0xd9704a, 0x2f5a78, 0x7fa08c, 0xf0c25a},
    {0xbfd6e2, 0x4f7f5f, 0x8fae6f, 0x3f5f8f, 0xf3e6c0},
    {0xf0e6dc, 0x8c3b4a, 0xc98a6f, 0x4a4a5a, 0xd9b48a},
    {0x27365c, 0xe0c060, 0x5f8fb0, 0xb9d0dc, 0x8a5a8f},
}};

int paint(Piece& p, std::size_t i) {
  const auto& set = kPaintings[static_cast<std::size_t>(p.variation) % kPaintings.size()];
  i %= set.size();
  return p.use("paint " + std::to_string(i), set[i], 0.8F);
}

/// A flat strip on the front of a wall piece, y from y0 to y1.
void frame(Piece& p, float t, float y0, float y1, int m) {
  for (const float s : {-1.0F, 1.0F}) {
    p.box(s * (p.x2 - t), s * p.x2, y0, y1, 0, p.h, m);
    p.box(-p.x2, p.x2, y0, y1, s < 0 ? 0.0F : p.h - t, s < 0 ? t : p.h, m);
  }
}

/// A picture between two corners of the x-z plane at y: a landscape, fields of colour, or a portrait.
void painting(Piece& p, float x0, float x1, float z0, float z1, float y) {
  const float w = x1 - x0;
  const float t = z1 - z0;
  p.box(x0, x1, y - 0.004F, y, z0, z1, paint(p, 0));
  const auto patch = [&](float a, float b, float c, float d, int layer, std::size_t m) {
    p.box(x0 + a * w, x0 + b * w, y, y + 0.001F * static_cast<float>(layer), z0 + c * t, z0 + d * t,
          paint(p, m));
  };
  const auto disc = [&](float cx, float cz, float r, int layer, std::size_t m) {
    const float radius = r * std::min(w, t);
    p.builder.cylinder(Vec3f(x0 + cx * w, y, z0 + cz * t),
                       Vec3f(x0 + cx * w, y + 0.001F * static_cast<float>(layer), z0 + cz * t), radius,
                       paint(p, m), 24);
  };
  if (p.variation == 1) {
    const auto hills = [&](float low, float high, int layer, std::size_t m, float phase) {
      std::array<Profile, 14> line;
      for (std::size_t i = 0; i < 12; ++i) {
        const float s = 1 - static_cast<float>(i) / 11;
        line[i] = {x0 + s * w, z0 + t * (low + (high - low) * (0.5F + 0.5F * std::sin(phase + 5 * s)))};
      }
      line[12] = {x0, z0};
      line[13] = {x1, z0};
      p.builder.prism_xz(line, y, y + 0.001F * static_cast<float>(layer), paint(p, m));
    };
    disc(0.72F, 0.74F, 0.1F, 1, 4);
    hills(0.42F, 0.62F, 2, 3, 0.4F);
    hills(0.26F, 0.44F, 3, 1, 2.2F);
    hills(0.08F, 0.28F, 4, 2, 4.0F);
  } else if (p.variation == 2) {
    patch(0.06F, 0.94F, 0.05F, 0.95F, 1, 3);
    disc(0.5F, 0.28F, 0.3F, 2, 1);
    disc(0.5F, 0.64F, 0.17F, 3, 4);
    disc(0.5F, 0.73F, 0.14F, 2, 2);
  } else if (p.variation == 3) {
    patch(0, 1, 0, 0.3F, 1, 2);
    disc(0.7F, 0.7F, 0.13F, 1, 1);
    for (int i = 0; i < 9; ++i) disc(p.random(0.05F, 0.95F), p.random(0.4F, 0.95F), 0.015F, 2, 3);
    patch(0.1F, 0.32F, 0.2F, 0.62F, 2, 4);
    patch(0.36F, 0.5F, 0.2F, 0.48F, 2, 4);
  } else {
    patch(0.06F, 0.5F, 0.1F, 0.56F, 1, 1);
    patch(0.42F, 0.92F, 0.42F, 0.9F, 2, 2);
    patch(0.58F, 0.88F, 0.1F, 0.36F, 1, 4);
    disc(0.3F, 0.7F, 0.17F, 3, 3);
  }
}

/// Sheets pinned in rows, no two alike.
void sheets(Piece& p, float y, int columns, int rows) {
  constexpr std::array<std::uint32_t, 5> papers = {0xf7f2e6, 0xf5e27a, 0xb9dcf0, 0xf3b9c4, 0xc6e6b5};
  for (int j = 0; j < rows; ++j)
    for (int i = 0; i < columns; ++i) {
      const float w = 2 * p.x2 / static_cast<float>(columns);
      const float t = p.h / static_cast<float>(rows);
      const float x = -p.x2 + w * (static_cast<float>(i) + p.random(0.12F, 0.24F));
      const float z = t * (static_cast<float>(j) + p.random(0.12F, 0.24F));
      const auto k = static_cast<std::size_t>(p.rng.below(5));
      p.box(x, x + 0.62F * w, y - 0.003F, y, z, z + 0.62F * t,
            p.use("sheet " + std::to_string(k), papers[k], 0.9F));
      p.builder.ellipsoid(Vec3f(x + 0.31F * w, y, z + 0.57F * t), Vec3f::Constant(0.01F),
                          p.use("pin", 0xd03a2f, 0.4F), 6);
    }
}

/// Letters as plain strokes: unreadable, but plainly a word.
void letters(Piece& p, float y0, float y1, float share, int m) {
  const int n = std::clamp(static_cast<int>(2 * p.x2 / (0.75F * p.h)), 2, 7);
  const float w = 2 * share * p.x2 / static_cast<float>(n);
  const float low = 0.5F * p.h * (1 - share);
  const float high = p.h - low;
  const float t = 0.18F * w;
  // Who reads it stands in front: the word runs towards -x.
  const auto stroke = [&](float x_a, float x_b, float z_a, float z_b) {
    p.box(-x_b, -x_a, y0, y1, z_a, z_b, m);
  };
  for (int i = 0; i < n; ++i) {
    const float x = -share * p.x2 + w * (static_cast<float>(i) + 0.1F);
    const float x1 = x + 0.8F * w;
    stroke(x, x + t, low, high);
    if (i % 3 != 1) stroke(x, x1, high - t, high);
    if (i % 2 == 0) stroke(x1 - t, x1, low, high);
    if (i % 4 != 2) stroke(x, x1, 0.5F * (low + high - t), 0.5F * (low + high + t));
    if (i % 3 == 1) stroke(x, x1, low, low + t);
  }
}

void stairs(Piece& p) {
  const int tread = p.use(p.palette.main);
  const int riser = p.use("riser", 0xeae6dd, 0.6F);
  const int metal = p.use(p.palette.metal);
  const float rail = std::min(0.9F, 0.35F * p.h);
  const float top = p.h - rail;
  const int n = std::clamp(static_cast<int>(top / 0.19F + 0.5F), 3, 18);
  const float deep = 2 * p.y2 / static_cast<float>(n);
  for (int i = 0; i < n; ++i) {
    const float z = top * static_cast<float>(i + 1) / static_cast<float>(n);
    const float y = p.y2 - deep * static_cast<float>(i);
    p.box(-0.96F * p.x2, 0.96F * p.x2, -p.y2, y - 0.02F, i > 0 ? z - top / static_cast<float>(n) : 0.0F,
          z - 0.03F, riser);
    p.box(-p.x2, p.x2, y - deep - 0.02F, y, z - 0.03F, z, tread);
    for (const float x : {-0.95F * p.x2, 0.95F * p.x2})
      p.post(x, y - 0.5F * deep, z, z + rail, 0.012F, metal, 6);
  }
  for (const float x : {-0.95F * p.x2, 0.95F * p.x2})
    p.builder.cylinder(Vec3f(x, p.y2 - 0.5F * deep, top / static_cast<float>(n) + rail),
                       Vec3f(x, -p.y2 + 0.5F * deep, p.h - 0.02F), 0.03F, tread, 8);
}

void record_player(Piece& p, bool horn) {
  const int wood = p.use(p.palette.wood);
  const int black = p.use(p.palette.black);
  const int metal = p.use("brass", 0xc79a4a, 0.3F, 1);
  const float base = horn ? 0.28F * p.h : 0.6F * p.h;
  p.soft(-p.x2, p.x2, -p.y2, p.y2, 0, base, 0.012F, wood, 1);
  const float r = 0.78F * std::min(p.x2, p.y2);
  const float x = horn ? 0.0F : -0.2F * p.x2;
  p.post(x, 0, base, base + 0.06F * p.h, r, black, 26);
  p.post(x, 0, base + 0.06F * p.h, base + 0.07F * p.h, 0.36F * r, p.use("label", 0xc0392f, 0.6F), 18);
  if (!horn) {
    const std::array<Vec3f, 3> arm = {Vec3f(0.8F * p.x2, -0.6F * p.y2, base + 0.15F * p.h),
                                      Vec3f(0.75F * p.x2, 0.2F * p.y2, base + 0.15F * p.h),
                                      Vec3f(0.35F * p.x2, 0.45F * p.y2, base + 0.1F * p.h)};
    p.builder.tube(arm, 0.008F, metal, 6);
    p.builder.cylinder(Vec3f(0.8F * p.x2, -0.6F * p.y2, base),
                       Vec3f(0.8F * p.x2, -0.6F * p.y2, base + 0.2F * p.h), 0.025F, metal, 12);
    // The lid stands open at the back.
    p.box(-p.x2, p.x2, -p.y2, -p.y2 + 0.012F, base, p.h, p.use(p.palette.glass));
    return;
  }
  const std::array<Vec3f, 4> pipe = {
      Vec3f(0, 0.3F * p.y2, base + 0.08F * p.h), Vec3f(0, -0.6F * p.y2, base + 0.12F * p.h),
      Vec3f(0, -0.85F * p.y2, 0.5F * p.h), Vec3f(0, -0.4F * p.y2, 0.66F * p.h)};
  p.builder.tube(pipe, 0.016F, metal, 8);
  const float flare = std::min(p.x2, 0.36F * p.h);
  p.builder.cone(pipe[3], Vec3f(0, 0.3F * p.y2, 0.74F * p.h), 0.018F, 0.45F * flare, metal, 18);
  p.builder.cone(Vec3f(0, 0.3F * p.y2, 0.74F * p.h), Vec3f(0, 0.8F * p.y2, 0.78F * p.h), 0.45F * flare,
                 0.8F * flare, metal, 18);
  p.builder.cylinder(Vec3f(0, 0.8F * p.y2, 0.78F * p.h), Vec3f(0, 0.82F * p.y2, 0.782F * p.h), 0.7F * flare,
                     p.use(p.palette.black), 18);
}

void small_appliance(Piece& p) {
  const int body = p.use(p.palette.main);
  const int black = p.use(p.palette.black);
  const int metal = p.use(p.palette.metal);
  if (p.is("toaster")) {
    p.soft(-p.x2, p.x2, -p.y2, p.y2, 0.04F * p.h, p.h, 0.25F * std::min(p.y2, p.h), body);
    p.box(-0.9F * p.x2, 0.9F * p.x2, -0.9F * p.y2, 0.9F * p.y2, 0, 0.1F * p.h, black);
    for (const float y : {-0.35F, 0.35F}) {
      p.box(-0.7F * p.x2, 0.7F * p.x2, (y - 0.14F) * p.y2, (y + 0.14F) * p.y2, 0.99F * p.h, p.h, black);
      p.box(-0.55F * p.x2, 0.55F * p.x2, (y - 0.1F) * p.y2, (y + 0.1F) * p.y2, 0.9F * p.h, 1.12F * p.h,
            p.use("toast", 0xc98f4a, 0.9F));
    }
    p.box(0.98F * p.x2, 1.05F * p.x2, -0.1F * p.y2, 0.1F * p.y2, 0.55F * p.h, 0.65F * p.h, black);
    return;
  }
  if (p.is("microwave")) {
    p.soft(-p.x2, p.x2, -p.y2, 0.94F * p.y2, 0, p.h, 0.01F, body, 1);
    // The panel is at the right of who stands in front.
    p.box(-0.5F * p.x2, 0.94F * p.x2, 0.93F * p.y2, 0.97F * p.y2, 0.08F * p.h, 0.92F * p.h, black);
    p.box(-0.47F * p.x2, -0.42F * p.x2, 0.96F * p.y2, p.y2, 0.12F * p.h, 0.88F * p.h, metal);
    p.box(-0.92F * p.x2, -0.6F * p.x2, 0.93F * p.y2, 0.97F * p.y2, 0.74F * p.h, 0.9F * p.h,
          p.glow("display", 0x4fe08f, 0.7F));
    for (int i = 0; i < 9; ++i) {
      const float x = (-0.92F + 0.11F * static_cast<float>(i % 3)) * p.x2;
      const float z = (0.15F + 0.17F * static_cast<float>(i / 3)) * p.h;
      p.box(x, x + 0.08F * p.x2, 0.93F * p.y2, 0.96F * p.y2, z, z + 0.12F * p.h, black);
    }
    return;
  }
  if (p.is("telephone")) {
    p.builder.prism_yz(
        std::array<Profile, 4>{
            {{-p.y2, 0.0F}, {p.y2, 0.0F}, {0.7F * p.y2, 0.25F * p.h}, {-0.7F * p.y2, 0.7F * p.h}}},
        -0.8F * p.x2, 0.8F * p.x2, body);
    p.builder.push(Eigen::Translation3f(0, 0.15F * p.y2, 0.48F * p.h) *
                   Eigen::Affine3f(Eigen::AngleAxisf(-0.5F, Vec3f::UnitX())));
    p.builder.cylinder(Vec3f(0, 0, 0), Vec3f(0, 0, 0.1F * p.h), 0.42F * p.x2, p.use(p.palette.white), 20);
    p.builder.cylinder(Vec3f(0, 0, 0.1F * p.h), Vec3f(0, 0, 0.12F * p.h), 0.2F * p.x2, black, 16);
    p.builder.pop();
    p.builder.cylinder(Vec3f(-0.8F * p.x2, -0.5F * p.y2, 0.85F * p.h),
                       Vec3f(0.8F * p.x2, -0.5F * p.y2, 0.85F * p.h), 0.1F * p.h, body, 10);
    for (const float s : {-1.0F, 1.0F})
      p.builder.ellipsoid(Vec3f(s * 0.8F * p.x2, -0.5F * p.y2, 0.82F * p.h),
                          Vec3f(0.2F * p.x2, 0.3F * p.y2, 0.18F * p.h), body, 10);
    return;
  }
  if (p.is("keyboard")) {
    p.soft(-p.x2, p.x2, -p.y2, p.y2, 0, 0.6F * p.h, 0.3F * p.h, body, 1);
    for (int j = 0; j < 4; ++j)
      for (int i = 0; i < 13; ++i) {
        const float x = (-0.94F + 1.88F * static_cast<float>(i) / 13) * p.x2;
        const float y = (-0.85F + 1.7F * static_cast<float>(j) / 4) * p.y2;
        p.box(x, x + 0.12F * p.x2, y, y + 0.36F * p.y2, 0.55F * p.h, p.h, black);
      }
    return;
  }
  if (p.is("game_console")) {
    p.soft(-p.x2, p.x2, -p.y2, 0.5F * p.y2, 0, p.h, 0.01F, p.use(p.palette.white), 1);
    p.box(-0.9F * p.x2, 0.9F * p.x2, 0.49F * p.y2, 0.52F * p.y2, 0.4F * p.h, 0.5F * p.h,
          p.glow("console light", 0x3f9fff, 1.2F));
    p.box(-1.0F * p.x2, p.x2, -0.99F * p.y2, 0.49F * p.y2, 0.42F * p.h, 0.58F * p.h, black);
    for (const float s : {-1.0F, 1.0F})
      p.builder.ellipsoid(Vec3f(s * 0.3F * p.x2, 0.8F * p.y2, 0.25F * p.h),
                          Vec3f(0.2F * p.x2, 0.2F * p.y2, 0.25F * p.h), black, 10);
    p.box(-0.3F * p.x2, 0.3F * p.x2, 0.68F * p.y2, 0.85F * p.y2, 0.1F * p.h, 0.4F * p.h, black);
    return;
  }
  // Plates in stacks, cups on them.
  for (const float s : {-0.45F, 0.45F}) {
    const float r = 0.5F * std::min(p.x2, 2 * p.y2);
    for (int i = 0; i < 5; ++i) {
      const float z = 0.1F * p.h * static_cast<float>(i);
      p.builder.cone(Vec3f(s * p.x2, 0, z), Vec3f(s * p.x2, 0, z + 0.09F * p.h), 0.65F * r, r,
                     i % 2 ? p.use(p.palette.accent) : p.use(p.palette.white), 22);
    }
    p.builder.cone(Vec3f(s * p.x2, 0, 0.5F * p.h), Vec3f(s * p.x2, 0, p.h), 0.3F * r, 0.5F * r, body, 16);
    p.builder.torus(Vec3f(s * p.x2 + 0.5F * r, 0, 0.75F * p.h), 0.15F * p.h, 0.04F * p.h, 1, body, 12);
  }
}

void boxing_ring(Piece& p) {
  const int canvas = p.use("ring canvas", 0xdfe3e8, 0.9F);
  const int blue = p.use("ring apron", 0x27408f, 0.8F);
  const float deck = 0.42F * p.h;
  p.box(-p.x2, p.x2, -p.y2, p.y2, 0, deck, blue);
  p.box(-p.x2, p.x2, -p.y2, p.y2, deck, deck + 0.02F, canvas);
  const float x = 0.88F * p.x2;
  const float y = 0.88F * p.y2;
  for (const float sx : {-x, x})
    for (const float sy : {-y, y}) {
      p.post(sx, sy, deck, p.h, 0.05F, p.use(p.palette.metal), 12);
      p.soft(sx * 0.95F - 0.08F, sx * 0.95F + 0.08F, sy * 0.95F - 0.08F, sy * 0.95F + 0.08F,
             deck + 0.15F * p.h, 0.97F * p.h, 0.04F,
             sx * sy > 0 ? p.use("corner red", 0xc0302f, 0.6F) : p.use("corner blue", 0x2f5fc0, 0.6F));
    }
  for (int i = 0; i < 3; ++i) {
    const float z = deck + (p.h - deck) * (0.35F + 0.29F * static_cast<float>(i));
    const int rope = i == 1 ? p.use(p.palette.white) : p.use("rope red", 0xc0302f, 0.7F);
    for (const float s : {-1.0F, 1.0F}) {
      p.builder.cylinder(Vec3f(-x, s * y, z), Vec3f(x, s * y, z), 0.02F, rope, 6);
      p.builder.cylinder(Vec3f(s * x, -y, z), Vec3f(s * x, y, z), 0.02F, rope, 6);
    }
  }
}

void waterfall(Piece& p) {
  const int stone = p.use(p.palette.main);
  const int dark = p.use("wet stone", 0x5a564f, 0.4F);
  const int water = p.use("falling water", 0xa8d8ea, 0.1F);
  p.soft(-p.x2, p.x2, -p.y2, p.y2, 0, 0.14F * p.h, 0.03F, stone);
  p.box(-0.88F * p.x2, 0.88F * p.x2, -0.6F * p.y2, 0.85F * p.y2, 0.14F * p.h, 0.15F * p.h,
        p.use("pool water", 0x5fa8c8, 0.05F));
  for (int j = 0; j < 7; ++j)
    for (int i = 0; i < 4; ++i) {
      const float x = (-0.75F + 0.5F * static_cast<float>(i)) * p.x2;
      const float z = (0.18F + 0.125F * static_cast<float>(j)) * p.h;
      const float out = p.random(-0.25F, 0.2F);
      p.soft(x - 0.245F * p.x2, x + 0.245F * p.x2, -p.y2, out * p.y2, z - 0.05F * p.h, z + 0.07F * p.h,
             0.025F, (i + j) % 3 ? stone : dark, 1);
    }
  p.box(-0.45F * p.x2, 0.45F * p.x2, -0.8F * p.y2, 0.28F * p.y2, 0.97F * p.h, p.h, water);
  for (int i = 0; i < 7; ++i) {
    const float x = (-0.42F + 0.12F * static_cast<float>(i)) * p.x2;
    p.box(x, x + 0.09F * p.x2, 0.22F * p.y2, (0.27F + 0.02F * static_cast<float>(i % 3)) * p.y2, 0.15F * p.h,
          0.99F * p.h, water);
  }
  for (int i = 0; i < 6; ++i)
    p.builder.ellipsoid(Vec3f((-0.4F + 0.16F * static_cast<float>(i)) * p.x2, 0.35F * p.y2, 0.16F * p.h),
                        Vec3f(0.1F * p.x2, 0.15F * p.y2, 0.02F * p.h), p.use("foam", 0xf2f8fa, 0.9F), 8);
}

}  // namespace

void draw_box(Piece& p) {
  const int m = p.use(p.palette.main);
  const int black = p.use(p.palette.black);
  const int metal = p.use(p.palette.metal);
  if (p.is("stair")) return stairs(p);
  if (p.is("record_player") || p.is("gramophone")) return record_player(p, p.is("gramophone"));
  if (p.is("boxing")) return boxing_ring(p);
  if (p.is("waterfall")) return waterfall(p);
  for (const std::string_view word :
       {"toaster", "microwave", "telephone", "keyboard", "game_console", "dinnerware"})
    if (p.is(word)) return small_appliance(p);
  if (p.is("safe")) {
    p.soft(-p.x2, p.x2, -p.y2, 0.9F * p.y2, 0, p.h, 0.015F, m, 1);
    p.soft(-0.85F * p.x2, 0.85F * p.x2, 0.88F * p.y2, 0.94F * p.y2, 0.08F * p.h, 0.92F * p.h, 0.01F, black,
           1);
    p.builder.cylinder(Vec3f(0, 0.94F * p.y2, 0.58F * p.h), Vec3f(0, p.y2, 0.58F * p.h), 0.22F * p.x2, metal,
                       20);
    for (int i = 0; i < 3; ++i) {
      const float a = 1.0472F * static_cast<float>(i);
      const Vec3f reach(0.3F * p.x2 * std::cos(a), 0, 0.3F * p.x2 * std::sin(a));
      p.builder.cylinder(Vec3f(-0.4F * p.x2, 0.98F * p.y2, 0.28F * p.h) - reach,
                         Vec3f(-0.4F * p.x2, 0.98F * p.y2, 0.28F * p.h) + reach, 0.012F, metal, 6);
    }
    return;
  }
  if (p.is("range_hood")) {
    p.builder.prism_yz(
        std::array<Profile, 4>{{{-p.y2, 0.0F}, {p.y2, 0.0F}, {p.y2, 0.12F * p.h}, {-p.y2, 0.12F * p.h}}},
        -p.x2, p.x2, m);
    for (const float s : {-1.0F, 1.0F})
      p.builder.prism_xz(std::array<Profile, 4>{{{-p.x2, 0.12F * p.h},
                                                 {p.x2, 0.12F * p.h},
                                                 {0.3F * p.x2, 0.5F * p.h},
                                                 {-0.3F * p.x2, 0.5F * p.h}}},
                         s < 0 ? -p.y2 : -0.5F * p.y2, s < 0 ? -0.5F * p.y2 : 0.6F * p.y2, m);
    p.box(-0.3F * p.x2, 0.3F * p.x2, -p.y2, 0.2F * p.y2, 0.45F * p.h, p.h, m);
    p.box(-0.3F * p.x2, 0.3F * p.x2, p.y2 - 0.006F, p.y2 + 0.004F, 0.03F * p.h, 0.09F * p.h, black);
    return;
  }
  if (p.is("spa")) {
    for (int i = 0; i < 4; ++i) {
      const float s = 1.0F - 0.18F * static_cast<float>(i);
      p.builder.ellipsoid(
          Vec3f(0, 0, p.h * (0.125F + 0.25F * static_cast<float>(i))), Vec3f(s * p.x2, s * p.y2, 0.14F * p.h),
          p.use(i % 2 ? colored("pebble light", 0x7d7873, 0.5F) : colored("pebble dark", 0x4a4846, 0.5F)),
          16);
    }
    return;
  }
  if (p.is("cubicle")) {
    const int cloth = p.use(p.palette.textile);
    const float t = 0.05F;
    for (const float s : {-1.0F, 1.0F}) {
      p.box(s * (p.x2 - t), s * p.x2, -p.y2, p.y2, 0.05F, p.h - 0.03F, cloth);
      p.box(s * (p.x2 - t), s * p.x2, -p.y2, p.y2, p.h - 0.03F, p.h, metal);
      p.box(s * (p.x2 - t), s * p.x2, -p.y2, p.y2, 0, 0.05F, metal);
    }
    p.box(-p.x2, p.x2, -p.y2, -p.y2 + t, 0.05F, p.h - 0.03F, cloth);
    p.box(-p.x2, p.x2, -p.y2, -p.y2 + t, p.h - 0.03F, p.h, metal);
    const float desk = std::min(0.75F, 0.6F * p.h);
    p.box(-p.x2 + t, p.x2 - t, -p.y2 + t, -p.y2 + std::min(0.7F, 0.9F * p.y2), desk - 0.03F, desk,
          p.use(p.palette.wood));
    p.box(-0.35F * p.x2, 0.35F * p.x2, -p.y2 + 0.2F, -p.y2 + 0.23F, desk + 0.1F,
          std::min(desk + 0.4F, 0.97F * p.h), black);
    p.box(-0.06F, 0.06F, -p.y2 + 0.15F, -p.y2 + 0.3F, desk, desk + 0.1F, black);
    return;
  }
  if (p.is("air_con")) {
    p.soft(-p.x2, p.x2, -p.y2, p.y2, 0, p.h, 0.25F * std::min(p.y2, p.h), p.use(p.palette.white));
    for (int i = 0; i < 3; ++i)
      p.box(-0.9F * p.x2, 0.9F * p.x2, 0.9F * p.y2, p.y2, (0.1F + 0.08F * static_cast<float>(i)) * p.h,
            (0.14F + 0.08F * static_cast<float>(i)) * p.h, p.use("vent", 0x7d858b, 0.5F));
    p.box(0.6F * p.x2, 0.7F * p.x2, 0.97F * p.y2, p.y2 + 0.003F, 0.45F * p.h, 0.5F * p.h,
          p.glow("light", 0x4fe0a0, 1.0F));
    return;
  }
  if (p.is("radiator")) {
    const int white = p.use(p.palette.main_is_metal ? p.palette.white : p.palette.main);
    const int n = std::clamp(static_cast<int>(p.x2 / 0.04F), 4, 30);
    for (int i = 0; i < n; ++i) {
      const float x = -p.x2 + 2 * p.x2 * (static_cast<float>(i) + 0.5F) / static_cast<float>(n);
      p.soft(x - 0.75F * p.x2 / static_cast<float>(n), x + 0.75F * p.x2 / static_cast<float>(n), -p.y2, p.y2,
             0.08F * p.h, p.h, 0.015F, white, 1);
    }
    for (const float z : {0.2F, 0.88F})
      p.box(-p.x2, p.x2, -0.4F * p.y2, 0.4F * p.y2, (z - 0.05F) * p.h, (z + 0.05F) * p.h, white);
    for (const float x : {-0.8F, 0.8F})
      p.box(x * p.x2 - 0.02F, x * p.x2 + 0.02F, -0.6F * p.y2, 0.6F * p.y2, 0, 0.1F * p.h, metal);
    return;
  }
  if (p.is("stage")) {
    p.box(-p.x2, p.x2, -p.y2, 0.99F * p.y2, 0, 0.9F * p.h, black);
    const int n = std::clamp(static_cast<int>(2 * p.y2 / 0.18F), 3, 20);
    for (int i = 0; i < n; ++i) {
      const float y = -p.y2 + 2 * p.y2 * static_cast<float>(i) / static_cast<float>(n);
      p.box(-p.x2, p.x2, y + 0.002F, y + 2 * p.y2 / static_cast<float>(n) - 0.002F, 0.9F * p.h, p.h, m);
    }
    p.box(-p.x2, p.x2, 0.99F * p.y2, p.y2, 0, 0.88F * p.h, p.use("stage skirt", 0x7a2335, 0.9F));
    return;
  }
  if (p.is("pedestal")) {
    p.soft(-p.x2, p.x2, -p.y2, p.y2, 0, 0.1F * p.h, 0.01F, m, 1);
    p.soft(-0.88F * p.x2, 0.88F * p.x2, -0.88F * p.y2, 0.88F * p.y2, 0.1F * p.h, 0.14F * p.h, 0.01F, m, 1);
    p.box(-0.76F * p.x2, 0.76F * p.x2, -0.76F * p.y2, 0.76F * p.y2, 0.14F * p.h, 0.88F * p.h, m);
    p.soft(-p.x2, p.x2, -p.y2, p.y2, 0.88F * p.h, p.h, 0.01F, m, 1);
    return;
  }
  // An unknown thing: a plain block with an edge, so that its box reads clearly.
  p.soft(-p.x2, p.x2, -p.y2, p.y2, 0, p.h, std::min(0.02F, 0.1F * std::min({p.x2, p.y2, p.h})), m, 1);
  p.box(-0.8F * p.x2, 0.8F * p.x2, p.y2 - 0.002F, p.y2, 0.2F * p.h, 0.8F * p.h, p.use(p.palette.accent));
}

void draw_rug(Piece& p) {
  const int field = p.use(p.palette.textile);
  const int accent = p.use(p.palette.accent);
  const int linen = p.use(p.palette.linen);
  const float z = 0.8F * p.h;
  const auto layer = [&](float inset, int step, int m) {
    const float top = z + 0.04F * p.h * static_cast<float>(step);
    p.box(-p.x2 + inset, p.x2 - inset, -p.y2 + inset, p.y2 - inset, 0.0F, top, m);
  };
  const float side = std::min(p.x2, p.y2);
  if (p.is("round")) {
    p.builder.push(Eigen::Affine3f(Eigen::Scaling(p.x2, p.y2, 1.0F)));
    const std::array<float, 5> radii = {1.0F, 0.9F, 0.82F, 0.5F, 0.42F};
    for (std::size_t i = 0; i < radii.size(); ++i)
      p.builder.cylinder(Vec3f(0, 0, 0), Vec3f(0, 0, p.h * (0.8F + 0.05F * static_cast<float>(i))), radii[i],
                         i == 0 || i == 3 ? accent
                         : i == 1         ? linen
                                          : field,
                         36);
    p.builder.pop();
    return;
  }
  if (p.is("bear")) {
    const int fur = p.use("fur", 0x6b4a30, 0.98F);
    const int dark = p.use("fur dark", 0x3f2c1f, 0.98F);
    const auto patch = [&](float x, float y, float rx, float ry, float t, int m) {
      p.builder.ellipsoid(Vec3f(x * p.x2, y * p.y2, 0.5F * p.h), Vec3f(rx * p.x2, ry * p.y2, 0.5F * p.h * t),
                          m, 22);
    };
    patch(0, -0.05F, 0.55F, 0.75F, 0.8F, fur);
    for (const float s : {-1.0F, 1.0F}) {
      patch(s * 0.65F, 0.42F, 0.35F, 0.2F, 0.7F, fur);
      patch(s * 0.65F, -0.62F, 0.35F, 0.22F, 0.7F, fur);
      patch(s * 0.88F, 0.46F, 0.12F, 0.14F, 0.75F, dark);
      patch(s * 0.88F, -0.66F, 0.12F, 0.14F, 0.75F, dark);
      patch(s * 0.2F, 0.9F, 0.08F, 0.08F, 0.95F, dark);
    }
    patch(0, 0.8F, 0.24F, 0.2F, 1.0F, fur);
    patch(0, 0.9F, 0.1F, 0.08F, 1.0F, dark);
    patch(0, -0.85F, 0.1F, 0.14F, 0.7F, dark);
    return;
  }
  if (p.is("doormat") || p.is("gym_mat") || p.is("yoga")) {
    const int main = p.use(p.palette.main);
    layer(0, 5, main);
    if (p.is("doormat")) {
      layer(0.06F, 5, p.use("coir", 0xb08a55, 0.98F));
      for (int i = -1; i <= 1; ++i)
        p.box(0.3F * p.x2 * (static_cast<float>(i) - 0.3F), 0.3F * p.x2 * (static_cast<float>(i) + 0.3F),
              -0.2F * p.y2, 0.2F * p.y2, z, p.h * 1.02F, p.use("mat print", 0x3a2f26, 0.98F));
    } else {
      for (const float s : {-0.8F, 0.8F})
        p.box(-p.x2, p.x2, (s - 0.04F) * p.y2, (s + 0.04F) * p.y2, 0, p.h * 1.01F, accent);
    }
    return;
  }
  if (p.is("play") || p.is("tatami") || p.is("dance")) {
    // Tiles: gay squares, straw mats with dark hems, parquet.
    const float tile = p.is("tatami") ? 0.9F : 0.45F;
    const int nx = std::clamp(static_cast<int>(2 * p.x2 / tile + 0.5F), 2, 12);
    const int ny = std::clamp(static_cast<int>(2 * p.y2 / tile + 0.5F), 2, 12);
    constexpr std::array<std::uint32_t, 4> toys = {0xe0604a, 0x4f9fd0, 0xf0c84a, 0x6fb86a};
    for (int j = 0; j < ny; ++j)
      for (int i = 0; i < nx; ++i) {
        const float x0 = -p.x2 + 2 * p.x2 * static_cast<float>(i) / static_cast<float>(nx);
        const float y0 = -p.y2 + 2 * p.y2 * static_cast<float>(j) / static_cast<float>(ny);
        const float x1 = x0 + 2 * p.x2 / static_cast<float>(nx);
        const float y1 = y0 + 2 * p.y2 / static_cast<float>(ny);
        const auto k = static_cast<std::size_t>((i + 2 * j) % 4);
        if (p.is("tatami")) {
          p.box(x0, x1, y0, y1, 0, 0.9F * p.h, p.use("tatami hem", 0x2f3a2f, 0.9F));
          p.box(x0 + 0.03F, x1 - 0.03F, y0, y1 - 0.004F, 0, p.h, p.use("tatami straw", 0xc9be85, 0.95F));
        } else if (p.is("play")) {
          p.box(x0, x1, y0, y1, 0, p.h, p.use("tile " + std::to_string(k), toys[k], 0.9F));
        } else {
          p.box(x0, x1, y0, y1, 0, p.h, (i + j) % 2 ? p.use(p.palette.wood) : p.use(p.palette.dark_wood));
        }
      }
    return;
  }
  layer(0, 0, accent);
  layer(0.1F * side, 1, linen);
  layer(0.14F * side, 2, field);
  const auto diamond = [&](float x, float y, float r, int step, int m) {
    const float top = z + 0.04F * p.h * static_cast<float>(step);
    p.builder.prism_xy(std::array<Profile, 4>{{{x - r, y}, {x, y - r}, {x + r, y}, {x, y + r}}}, 0, top, m);
  };
  if (p.is("prayer")) {
    // A niche that points forwards.
    p.builder.prism_xy(std::array<Profile, 5>{{{-0.6F * p.x2, -0.75F * p.y2},
                                               {0.6F * p.x2, -0.75F * p.y2},
                                               {0.6F * p.x2, 0.3F * p.y2},
                                               {0.0F, 0.78F * p.y2},
                                               {-0.6F * p.x2, 0.3F * p.y2}}},
                       0, z + 0.12F * p.h, linen);
    p.builder.prism_xy(std::array<Profile, 5>{{{-0.5F * p.x2, -0.7F * p.y2},
                                               {0.5F * p.x2, -0.7F * p.y2},
                                               {0.5F * p.x2, 0.26F * p.y2},
                                               {0.0F, 0.66F * p.y2},
                                               {-0.5F * p.x2, 0.26F * p.y2}}},
                       0, p.h, accent);
    return;
  }
  if (p.is("bath")) return layer(0.24F * side, 5, linen);
  // A row of diamonds along the long side, fringes at its ends.
  const bool along_x = p.x2 > p.y2;
  const float reach = std::max(p.x2, p.y2);
  const int n = std::clamp(static_cast<int>(reach / (0.8F * side) + 0.5F), 1, 4);
  for (int i = 0; i < n; ++i) {
    const float s =
        n == 1 ? 0.0F : (-0.6F + 1.2F * static_cast<float>(i) / static_cast<float>(n - 1)) * reach;
    const float r = 0.5F * side;
    const float x = along_x ? s : 0.0F;
    const float y = along_x ? 0.0F : s;
    diamond(x, y, r, 3, accent);
    diamond(x, y, 0.75F * r, 4, linen);
    diamond(x, y, 0.45F * r, 5, field);
  }
}

void draw_picture(Piece& p) {
  const int metal = p.use(p.palette.metal);
  const int black = p.use(p.palette.black);
  const float t = std::clamp(0.06F * std::min(2 * p.x2, p.h), 0.015F, 0.05F);
  if (p.is("canvas_stack")) {
    // Canvases lean against each other.
    for (int i = 0; i < 3; ++i) {
      const float y = p.y2 - 0.62F * p.y2 * static_cast<float>(i);
      const float w = p.x2 * (i == 2 ? 1.0F : 0.82F - 0.1F * static_cast<float>(1 - i));
      const float top = p.h * (i == 2 ? 1.0F : 0.6F + 0.2F * static_cast<float>(i));
      p.builder.prism_yz(
          std::array<Profile, 4>{
              {{y - 0.04F, 0.0F}, {y, 0.0F}, {y - 0.35F * p.y2, top}, {y - 0.35F * p.y2 - 0.04F, top}}},
          -w, w, p.use(p.palette.linen));
      p.builder.prism_yz(std::array<Profile, 4>{{{y - 0.012F * p.y2, 0.04F * top},
                                                 {y + 0.004F, 0.04F * top},
                                                 {y - 0.33F * p.y2 + 0.004F, 0.95F * top},
                                                 {y - 0.34F * p.y2, 0.95F * top}}},
                         -0.92F * w, 0.92F * w, paint(p, static_cast<std::size_t>(i + 1)));
    }
    return;
  }
  if (p.is("string_lights")) {
    std::array<Vec3f, 13> line;
    for (std::size_t i = 0; i < line.size(); ++i) {
      const float s = static_cast<float>(i) / 12;
      line[i] =
          Vec3f((2 * s - 1) * p.x2, -0.6F * p.y2, p.h * (0.97F - 0.55F * std::abs(std::sin(2 * kPi * s))));
    }
    p.builder.tube(line, 0.006F, black, 5);
    const float r = std::min({0.2F * p.h, p.y2, 0.05F});
    for (std::size_t i = 0; i < line.size(); ++i)
      p.builder.ellipsoid(line[i] + Vec3f(0, 0.4F * p.y2, -1.3F * r), Vec3f(r, r, 1.3F * r),
                          p.glow("bulb", 0xffd890, 2.5F), 8);
    return;
  }
  if (p.is("neon")) {
    p.box(-p.x2, p.x2, -p.y2, -0.5F * p.y2, 0, p.h, black);
    return letters(p, -0.2F * p.y2, p.y2, 0.8F, p.glow("neon pink", 0xff4fa0, 2.2F));
  }
  if (p.is("letters")) return letters(p, -p.y2, p.y2, 1.0F, p.use(p.palette.main));
  if (p.is("sign")) {
    p.soft(-p.x2, p.x2, -p.y2, 0.4F * p.y2, 0, p.h, 0.02F, p.use(p.palette.main), 1);
    return letters(p, 0.3F * p.y2, p.y2, 0.7F, p.use(p.palette.linen));
  }
  if (p.is("acoustic")) {
    const int foam = p.use(p.palette.main);
    const int n = std::clamp(static_cast<int>(p.x2 / 0.06F), 4, 20);
    p.box(-p.x2, p.x2, -p.y2, -0.5F * p.y2, 0, p.h, foam);
    const float w = 2 * p.x2 / static_cast<float>(n);
    for (int i = 0; i < n; ++i) {
      const float x = -p.x2 + w * static_cast<float>(i);
      p.builder.prism_xy(
          std::array<Profile, 3>{{{x, -0.5F * p.y2}, {x + w, -0.5F * p.y2}, {x + 0.5F * w, p.y2}}}, 0, p.h,
          foam);
    }
    return;
  }
  if (p.is("mask")) {
    const int wood = p.use(p.palette.main);
    for (int i = 0; i < 3; ++i) {
      const float x = (-0.66F + 0.66F * static_cast<float>(i)) * p.x2;
      p.builder.ellipsoid(Vec3f(x, -p.y2, 0.5F * p.h),
                          Vec3f(0.32F * p.x2, 2 * p.y2, (i == 1 ? 0.5F : 0.42F) * p.h),
                          i == 1 ? p.use(p.palette.accent) : wood, 18);
      for (const float s : {-0.12F, 0.12F})
        p.builder.ellipsoid(Vec3f(x + s * p.x2, 0.6F * p.y2, 0.62F * p.h),
                            Vec3f(0.07F * p.x2, 0.5F * p.y2, 0.05F * p.h), black, 8);
      p.builder.ellipsoid(Vec3f(x, 0.6F * p.y2, 0.3F * p.h), Vec3f(0.12F * p.x2, 0.5F * p.y2, 0.06F * p.h),
                          black, 8);
    }
    p.box(-p.x2, p.x2, -p.y2, -0.96F * p.y2, 0.02F * p.h, 0.98F * p.h, p.use(p.palette.linen));
    return;
  }
  if (p.is("tapestry")) {
    p.builder.cylinder(Vec3f(-p.x2, 0, 0.97F * p.h), Vec3f(p.x2, 0, 0.97F * p.h), std::min(0.03F * p.h, p.y2),
                       p.use(p.palette.wood), 10);
    p.box(-0.95F * p.x2, 0.95F * p.x2, -0.3F * p.y2, 0.3F * p.y2, 0.06F * p.h, 0.97F * p.h,
          p.use(p.palette.textile));
    for (int i = 0; i < 3; ++i) {
      const float z = p.h * (0.26F + 0.25F * static_cast<float>(i));
      const float r = 0.11F * p.h;
      const float rx = std::min(0.7F * p.x2, 1.6F * r);
      p.builder.prism_xz(std::array<Profile, 4>{{{-rx, z}, {0.0F, z - r}, {rx, z}, {0.0F, z + r}}},
                         0.3F * p.y2, 0.45F * p.y2, i % 2 ? p.use(p.palette.linen) : p.use(p.palette.accent));
    }
    for (int i = 0; i < 16; ++i)
      p.box((-0.94F + 0.12F * static_cast<float>(i)) * p.x2, (-0.9F + 0.12F * static_cast<float>(i)) * p.x2,
            -0.1F * p.y2, 0.1F * p.y2, 0, 0.06F * p.h, p.use(p.palette.linen));
    p.box(-0.02F, 0.02F, -p.y2, 0, 0.95F * p.h, 0.98F * p.h, metal);
    return;
  }
  if (p.is("cork")) {
    frame(p, t, -p.y2, p.y2, p.use(p.palette.wood));
    p.box(-p.x2, p.x2, -p.y2, 0.2F * p.y2, 0, p.h, p.use("cork", 0xb98a58, 0.95F));
    return sheets(p, 0.35F * p.y2, std::clamp(static_cast<int>(p.x2 / 0.14F), 2, 6),
                  std::clamp(static_cast<int>(p.h / 0.28F), 2, 4));
  }
  if (p.is("map")) {
    frame(p, t, -p.y2, p.y2, p.use(p.palette.wood));
    p.box(-p.x2, p.x2, -p.y2, 0.2F * p.y2, 0, p.h, p.use("sea", 0xa9cfe0, 0.9F));
    const std::array<std::array<float, 4>, 7> lands = {{{-0.6F, 0.68F, 0.26F, 0.17F},
                                                        {-0.42F, 0.34F, 0.13F, 0.22F},
                                                        {0.06F, 0.48F, 0.17F, 0.24F},
                                                        {0.08F, 0.76F, 0.15F, 0.1F},
                                                        {0.45F, 0.7F, 0.36F, 0.16F},
                                                        {0.7F, 0.3F, 0.15F, 0.1F},
                                                        {-0.2F, 0.9F, 0.12F, 0.06F}}};
    for (std::size_t i = 0; i < lands.size(); ++i) {
      const auto& [x, z, rx, rz] = lands[i];
      p.builder.ellipsoid(Vec3f(x * p.x2, 0.2F * p.y2, z * p.h), Vec3f(rx * p.x2, 0.1F * p.y2, rz * p.h),
                          i % 2 ? p.use("land tan", 0xd9bd7c, 0.9F) : p.use("land green", 0x8fae6f, 0.9F),
                          12);
    }
    return;
  }
  if (p.is("certificate") || p.is("poster")) {
    frame(p, 0.5F * t, -p.y2, p.y2, black);
    const bool paper = p.is("certificate");
    p.box(-p.x2, p.x2, -p.y2, 0.0F, 0, p.h, p.use(p.palette.linen));
    if (!paper) return painting(p, -0.9F * p.x2, 0.9F * p.x2, 0.14F * p.h, 0.94F * p.h, 0.2F * p.y2);
    for (int i = 0; i < 5; ++i) {
      const float half = i == 4 ? 0.6F : 0.5F - 0.07F * static_cast<float>(i % 3);
      p.box(-half * p.x2, half * p.x2, 0.0F, 0.1F * p.y2, (0.36F + 0.11F * static_cast<float>(i)) * p.h,
            (i == 4 ? 0.87F : 0.385F + 0.11F * static_cast<float>(i)) * p.h, p.use("ink", 0x3a3a4a, 0.9F));
    }
    p.builder.cylinder(Vec3f(0.45F * p.x2, 0, 0.2F * p.h), Vec3f(0.45F * p.x2, 0.3F * p.y2, 0.2F * p.h),
                       0.08F * p.h, p.use("seal", 0xc03a2f, 0.5F), 16);
    return;
  }
  if (p.is("mural")) {
    p.box(-p.x2, p.x2, -p.y2, 0.9F * p.y2, 0, p.h, p.use(p.palette.linen));
    return painting(p, -p.x2, p.x2, 0, p.h, p.y2 - 0.005F);
  }
  // A painting or a framed picture; a frame of wood or metal, a mount around small ones.
  frame(p, t, -p.y2, p.y2, p.use(p.palette.main_is_metal ? p.palette.metal : p.palette.wood));
  const bool mount = p.is("frame");
  p.box(-p.x2, p.x2, -p.y2, 0.1F * p.y2, 0, p.h, p.use(mount ? p.palette.linen : p.palette.black));
  const float in = mount ? 0.14F : 0.0F;
  painting(p, (-1 + in) * p.x2 + t, (1 - in) * p.x2 - t, 0.5F * in * p.h + t, (1 - 0.5F * in) * p.h - t,
           0.2F * p.y2);
}

void draw_mirror(Piece& p) {
  const int wood = p.use(p.palette.main_is_glass ? p.palette.wood : p.palette.main);
  const int mirror = p.use("mirror", 0xd5e6ee, 0.02F, 1);
  const float t = std::clamp(0.05F * std::min(2 * p.x2, p.h), 0.015F, 0.06F);
  if (p.is("wall") && p.is("mirror")) {
    // Panels side by side.
    const int n = std::clamp(static_cast<int>(2 * p.x2 / 0.9F + 0.5F), 1, 6);
    p.box(-p.x2, p.x2, -p.y2, 0.4F * p.y2, 0, p.h, p.use(p.palette.metal));
    const float w = 2 * p.x2 / static_cast<float>(n);
    for (int i = 0; i < n; ++i)
      p.box(-p.x2 + w * static_cast<float>(i) + 0.008F, -p.x2 + w * static_cast<float>(i + 1) - 0.008F,
            0.4F * p.y2, p.y2, 0.012F, p.h - 0.012F, mirror);
    return;
  }
  if (p.is("medicine")) {
    p.box(-p.x2, p.x2, -p.y2, 0.75F * p.y2, 0, p.h, p.use(p.palette.white));
    for (const float s : {-1.0F, 1.0F})
      p.box(s * 0.02F * p.x2, s * 0.98F * p.x2, 0.75F * p.y2, 0.9F * p.y2, 0.02F * p.h, 0.98F * p.h, mirror);
    for (const float s : {-1.0F, 1.0F})
      p.box(s * 0.05F * p.x2, s * 0.08F * p.x2, 0.88F * p.y2, p.y2, 0.1F * p.h, 0.3F * p.h,
            p.use(p.palette.metal));
    return;
  }
  if (p.is("styling")) {
    const float desk = 0.42F * p.h;
    p.soft(-p.x2, p.x2, -p.y2, p.y2, desk - 0.04F, desk, 0.008F, p.use(p.palette.wood), 1);
    p.box(-0.9F * p.x2, 0.9F * p.x2, -p.y2, 0.6F * p.y2, 0.22F * p.h, desk - 0.04F, p.use(p.palette.white));
    p.box(-0.85F * p.x2, -0.8F * p.x2, -p.y2, 0.5F * p.y2, 0, 0.22F * p.h, p.use(p.palette.metal));
    p.box(0.8F * p.x2, 0.85F * p.x2, -p.y2, 0.5F * p.y2, 0, 0.22F * p.h, p.use(p.palette.metal));
    p.box(-0.75F * p.x2, 0.75F * p.x2, -p.y2, -p.y2 + 0.04F, desk, p.h, p.use(p.palette.wood));
    p.box(-0.66F * p.x2, 0.66F * p.x2, -p.y2 + 0.04F, -p.y2 + 0.05F, desk + 0.06F, p.h - 0.04F, mirror);
    for (int i = 0; i < 5; ++i)
      for (const float s : {-0.71F, 0.71F})
        p.builder.ellipsoid(
            Vec3f(s * p.x2, -p.y2 + 0.05F, desk + (p.h - desk) * (0.15F + 0.18F * static_cast<float>(i))),
            Vec3f::Constant(0.025F), p.glow("bulb", 0xfff0d0, 2.0F), 8);
    for (int i = 0; i < 3; ++i)
      p.post((0.3F + 0.2F * static_cast<float>(i)) * p.x2, 0, desk, desk + 0.14F, 0.03F,
             p.use(p.palette.accent), 10);
    return;
  }
  const bool standing = p.is("full_length") && p.y2 > 0.06F;
  if (standing) {
    // A cheval: two feet, two posts, the glass leaning between them.
    for (const float s : {-1.0F, 1.0F}) {
      p.box(s * (p.x2 - 0.04F), s * p.x2, -p.y2, p.y2, 0, 0.05F, wood);
      p.box(s * (p.x2 - 0.035F), s * (p.x2 - 0.005F), -0.02F, 0.02F, 0.05F, 0.75F * p.h, wood);
      p.builder.ellipsoid(Vec3f(s * (p.x2 - 0.02F), 0, 0.77F * p.h), Vec3f::Constant(0.025F), wood, 10);
    }
    p.builder.prism_yz(
        std::array<Profile, 4>{
            {{0.0F, 0.07F * p.h}, {0.04F, 0.07F * p.h}, {-0.3F * p.y2 + 0.04F, p.h}, {-0.3F * p.y2, p.h}}},
        -p.x2 + 0.05F, p.x2 - 0.05F, wood);
    p.builder.prism_yz(std::array<Profile, 4>{{{0.03F, 0.11F * p.h},
                                               {0.045F, 0.11F * p.h},
                                               {-0.28F * p.y2 + 0.045F, 0.96F * p.h},
                                               {-0.28F * p.y2 + 0.03F, 0.96F * p.h}}},
                       -p.x2 + 0.09F, p.x2 - 0.09F, mirror);
    return;
  }
  if (std::abs(2 * p.x2 - p.h) < 0.15F) {
    // Nearly square: an oval one.
    p.builder.push(Eigen::Translation3f(0, 0, 0.5F * p.h) *
                   Eigen::Affine3f(Eigen::Scaling(p.x2, 1.0F, 0.5F * p.h)));
    p.builder.cylinder(Vec3f(0, -p.y2, 0), Vec3f(0, 0.6F * p.y2, 0), 1.0F, wood, 36);
    p.builder.cylinder(Vec3f(0, 0.6F * p.y2, 0), Vec3f(0, p.y2, 0), 0.9F, mirror, 36);
    p.builder.pop();
    return;
  }
  frame(p, t, -p.y2, p.y2, wood);
  p.box(-p.x2 + 0.5F * t, p.x2 - 0.5F * t, -p.y2, 0.5F * p.y2, 0.5F * t, p.h - 0.5F * t, mirror);
}

void draw_screen(Piece& p) {
  const int black = p.use(p.palette.black);
  const int metal = p.use(p.palette.metal);
  if (p.is("folding")) {
    // Panels in a zigzag.
    const int n = std::clamp(static_cast<int>(2 * p.x2 / 0.45F + 0.5F), 3, 6);
    const float t = std::min(0.015F, 0.2F * p.y2);
    for (int i = 0; i < n; ++i) {
      const float x0 = -p.x2 + 2 * p.x2 * static_cast<float>(i) / static_cast<float>(n);
      const float x1 = x0 + 2 * p.x2 / static_cast<float>(n);
      const float y0 = (i % 2 ? 1.0F : -1.0F) * (p.y2 - t);
      const auto panel = [&](float a, float b, float z0, float z1, float half, int m) {
        const auto at = [&](float s) { return Vec3f(x0 + s * (x1 - x0), y0 * (1 - 2 * s), 0); };
        p.builder.prism_xy(std::array<Profile, 4>{{{at(a).x(), at(a).y() - half},
                                                   {at(b).x(), at(b).y() - half},
                                                   {at(b).x(), at(b).y() + half},
                                                   {at(a).x(), at(a).y() + half}}},
                           z0, z1, m);
      };
      panel(0.0F, 1.0F, 0.05F * p.h, 0.1F * p.h, t, p.use(p.palette.wood));
      panel(0.0F, 1.0F, 0.95F * p.h, p.h, t, p.use(p.palette.wood));
      panel(0.0F, 0.08F, 0, p.h, t, p.use(p.palette.wood));
      panel(0.92F, 1.0F, 0, p.h, t, p.use(p.palette.wood));
      panel(0.08F, 0.92F, 0.1F * p.h, 0.95F * p.h, 0.4F * t,
            i % 2 ? p.use(p.palette.textile) : p.use(p.palette.linen));
      for (const float z : {0.4F, 0.68F})
        panel(0.08F, 0.92F, z * p.h, (z + 0.012F) * p.h, 0.7F * t, p.use(p.palette.wood));
    }
    return;
  }
  if (p.is("backdrop") || p.is("projector")) {
    const bool floor = p.is("backdrop");
    const int cloth = floor ? p.use(p.palette.main) : p.use(p.palette.white);
    const float r = std::min(0.5F * p.y2, 0.04F);
    p.builder.cylinder(Vec3f(-p.x2, 0, p.h - r), Vec3f(p.x2, 0, p.h - r), r,
                       floor ? metal : p.use(p.palette.linen), 12);
    p.box(-0.93F * p.x2, 0.93F * p.x2, -0.006F, 0.0F, floor ? 0.01F : 0.03F * p.h, p.h - r, cloth);
    if (!floor) {
      p.box(-0.88F * p.x2, 0.88F * p.x2, 0.0F, 0.004F, 0.08F * p.h, 0.9F * p.h,
            p.glow("projection", 0xdce8f4, 0.35F));
      p.box(-0.95F * p.x2, 0.95F * p.x2, -p.y2, p.y2, 0, 0.03F * p.h, black);
      return;
    }
    p.box(-0.93F * p.x2, 0.93F * p.x2, -0.006F, 0.98F * p.y2, 0, 0.01F, cloth);
    for (const float s : {-1.0F, 1.0F}) {
      p.post(s * 0.97F * p.x2, 0, 0, p.h, 0.014F, metal, 8);
      p.box(s * 0.97F * p.x2 - 0.012F, s * 0.97F * p.x2 + 0.012F, -p.y2, p.y2, 0, 0.03F, metal);
    }
    return;
  }
  const bool wall = p.is("video_wall");
  p.soft(-p.x2, p.x2, -p.y2, p.y2, 0, p.h, 0.008F, black, 1);
  const int nx = wall ? 3 : 1;
  const int nz = wall ? 2 : 1;
  for (int j = 0; j < nz; ++j)
    for (int i = 0; i < nx; ++i) {
      const float w = 2 * p.x2 / static_cast<float>(nx);
      const float t = p.h / static_cast<float>(nz);
      const float in = 0.018F;
      const float x = -p.x2 + w * static_cast<float>(i);
      const float z = t * static_cast<float>(j);
      const int m = wall ? ((i + j) % 2 ? p.glow("display blue", 0x2f6fc0, 0.7F)
                                        : p.glow("display teal", 0x2f9fa8, 0.7F))
                         : p.use("dark screen", 0x26384c, 0.06F);
      p.box(x + in, x + w - in, p.y2, p.y2 + 0.002F, z + in, z + t - in, m);
    }
}

void draw_monitor(Piece& p) {
  const int black = p.use(p.palette.black);
  const int metal = p.use(p.palette.metal);
  if (p.is("laptop") || p.h < 0.16F) {
    p.soft(-p.x2, p.x2, -p.y2, p.y2, 0, 0.08F * p.h, 0.004F, metal, 1);
    p.box(-0.9F * p.x2, 0.9F * p.x2, -0.8F * p.y2, 0.3F * p.y2, 0.08F * p.h, 0.09F * p.h, black);
    p.box(-p.x2, p.x2, -p.y2, -p.y2 + 0.012F, 0.05F * p.h, p.h, metal);
    p.box(-0.95F * p.x2, 0.95F * p.x2, -p.y2 + 0.012F, -p.y2 + 0.014F, 0.12F * p.h, 0.96F * p.h,
          p.glow("display", 0x4f8fd9, 0.6F));
    return;
  }
  const float low = 0.2F * p.h;
  p.soft(-0.4F * p.x2, 0.4F * p.x2, -p.y2, p.y2, 0, 0.03F * p.h, 0.005F, metal, 1);
  p.box(-0.08F * p.x2, 0.08F * p.x2, -0.5F * p.y2, -0.3F * p.y2, 0.03F * p.h, 0.6F * p.h, metal);
  p.soft(-p.x2, p.x2, -0.3F * p.y2, 0.05F * p.y2, low, p.h, 0.006F, black, 1);
  const float y = 0.05F * p.y2;
  p.box(-0.96F * p.x2, 0.96F * p.x2, y, y + 0.002F, low + 0.03F * p.h, 0.97F * p.h,
        p.glow("display", 0x4f8fd9, 0.6F));
  p.box(-0.85F * p.x2, -0.1F * p.x2, y, y + 0.003F, low + 0.2F * p.h, 0.88F * p.h,
        p.glow("window", 0xeaf0f5, 0.6F));
}

void draw_clock(Piece& p) {
  const int wood = p.use(p.palette.main_is_glass ? p.palette.wood : p.palette.main);
  const int black = p.use(p.palette.black);
  const int white = p.use(p.palette.white);
  const int brass = p.use("brass", 0xc79a4a, 0.3F, 1);
  const auto dial = [&](float z, float r, float y, float reach) {
    p.builder.cylinder(Vec3f(0, y, z), Vec3f(0, y + 0.3F * reach, z), r, white, 30);
    for (int i = 0; i < 12; ++i) {
      const float a = kPi * static_cast<float>(i) / 6;
      const Vec3f d(std::sin(a), 0, std::cos(a));
      p.builder.cylinder(Vec3f(0, y + 0.35F * reach, z) + 0.78F * r * d,
                         Vec3f(0, y + 0.35F * reach, z) + 0.92F * r * d, 0.03F * r, black, 5);
    }
    for (const auto& [a, length] : std::array<Profile, 2>{{{-1.05F, 0.5F}, {1.05F, 0.75F}}})
      p.builder.cylinder(Vec3f(0, y + 0.6F * reach, z),
                         Vec3f(length * r * std::sin(a), y + 0.6F * reach, z + length * r * std::cos(a)),
                         0.035F * r, black, 5);
    p.builder.ellipsoid(Vec3f(0, y + 0.6F * reach, z), Vec3f(0.08F * r, 0.4F * reach, 0.08F * r), brass, 8);
  };
  if (p.is("grandfather")) {
    p.soft(-p.x2, p.x2, -p.y2, p.y2, 0, 0.14F * p.h, 0.01F, wood, 1);
    p.box(-0.75F * p.x2, 0.75F * p.x2, -0.9F * p.y2, 0.7F * p.y2, 0.14F * p.h, 0.7F * p.h, wood);
    p.box(-0.5F * p.x2, 0.5F * p.x2, 0.7F * p.y2, 0.72F * p.y2, 0.2F * p.h, 0.66F * p.h,
          p.use(p.palette.dark_wood));
    p.box(-0.02F, 0.02F, 0.73F * p.y2, 0.77F * p.y2, 0.32F * p.h, 0.66F * p.h, brass);
    p.builder.cylinder(Vec3f(0, 0.73F * p.y2, 0.3F * p.h), Vec3f(0, 0.85F * p.y2, 0.3F * p.h), 0.3F * p.x2,
                       brass, 20);
    p.box(-0.95F * p.x2, 0.95F * p.x2, -p.y2, 0.85F * p.y2, 0.7F * p.h, 0.92F * p.h, wood);
    p.builder.prism_xz(std::array<Profile, 5>{{{-p.x2, 0.92F * p.h},
                                               {p.x2, 0.92F * p.h},
                                               {0.7F * p.x2, 0.95F * p.h},
                                               {0.0F, p.h},
                                               {-0.7F * p.x2, 0.95F * p.h}}},
                       -p.y2, 0.9F * p.y2, wood);
    return dial(0.81F * p.h, std::min(0.75F * p.x2, 0.1F * p.h), 0.85F * p.y2, 0.15F * p.y2);
  }
  p.builder.push(Eigen::Translation3f(0, 0, 0.5F * p.h) *
                 Eigen::Affine3f(Eigen::Scaling(p.x2, p.y2, 0.5F * p.h)));
  const auto disc = [&](float r, float y0, float y1, int m) {
    p.builder.cylinder(Vec3f(0, y0, 0), Vec3f(0, y1, 0), r, m, 32);
  };
  if (p.is("dartboard")) {
    disc(1.0F, -1.0F, 0.3F, black);
    const std::array<float, 4> radii = {0.8F, 0.72F, 0.48F, 0.4F};
    for (std::size_t ring = 0; ring < radii.size(); ++ring)
      for (int i = 0; i < 20; ++i) {
        const float a0 = kPi * (static_cast<float>(i) - 0.5F) / 10;
        const float a1 = kPi * (static_cast<float>(i) + 0.5F) / 10;
        const float r = radii[ring];
        const float y = 0.3F + 0.08F * static_cast<float>(ring + 1);
        const bool thin = ring % 2 == 0;
        const int m = thin ? (i % 2 ? p.use("dart green", 0x1f8a4f, 0.8F) : p.use("dart red", 0xc0302f, 0.8F))
                           : (i % 2 ? p.use("dart cream", 0xeadfc0, 0.9F) : black);
        p.builder.prism_xz(
            std::array<Profile, 3>{
                {{0.0F, 0.0F}, {r * std::sin(a1), r * std::cos(a1)}, {r * std::sin(a0), r * std::cos(a0)}}},
            0.3F, y, m);
      }
    disc(0.1F, 0.3F, 0.8F, p.use("dart green", 0x1f8a4f, 0.8F));
    disc(0.05F, 0.3F, 1.0F, p.use("dart red", 0xc0302f, 0.8F));
    p.builder.pop();
    return;
  }
  if (p.is("wheel")) {
    p.builder.torus(Vec3f::Zero(), 0.85F, 0.15F, 1, wood, 32);
    for (int i = 0; i < 8; ++i) {
      const float a = 0.25F * kPi * static_cast<float>(i);
      p.builder.cylinder(Vec3f::Zero(), Vec3f(0.85F * std::sin(a), 0, 0.85F * std::cos(a)), 0.05F, wood, 8);
    }
    disc(0.18F, -1.0F, 1.0F, wood);
    p.builder.pop();
    return;
  }
  disc(1.0F, -1.0F, 0.4F, wood);
  p.builder.pop();
  const float r = 0.86F * std::min(p.x2, 0.5F * p.h);
  dial(0.5F * p.h, r, 0.4F * p.y2, 0.6F * p.y2);
}

void draw_curtain(Piece& p) {
  const int cloth = p.use(p.palette.main_is_textile ? p.palette.main : p.palette.textile);
  const int metal = p.use(p.palette.metal);
  if (p.is("net")) {
    // A canopy: a ring at the ceiling, gauze that widens downwards.
    Material gauze = colored("gauze", 0xf3f0ea, 0.95F);
    gauze.opacity = 0.55F;
    p.builder.push(Eigen::Affine3f(Eigen::Scaling(p.x2, p.y2, 1.0F)));
    p.builder.lathe(
        0, 0,
        std::array<Profile, 5>{
            {{1.0F, 0.0F}, {0.8F, 0.35F * p.h}, {0.5F, 0.75F * p.h}, {0.36F, 0.88F * p.h}, {0.05F, p.h}}},
        p.use(gauze), 24);
    p.builder.torus(Vec3f(0, 0, 0.88F * p.h), 0.36F, 0.015F, 2, metal, 24);
    p.builder.pop();
    return;
  }
  p.builder.cylinder(Vec3f(-p.x2, 0, 0.975F * p.h), Vec3f(p.x2, 0, 0.975F * p.h),
                     std::min(0.4F * p.y2, 0.02F * p.h), metal, 10);
  const int n = std::clamp(static_cast<int>(p.x2 / 0.09F), 4, 14);
  for (const float side : {-1.0F, 1.0F}) {
    // Each half is drawn aside; its folds are half columns.
    const float from = 0.97F * p.x2;
    const float to = 0.38F * p.x2;
    for (int i = 0; i < n; ++i) {
      const float s = (static_cast<float>(i) + 0.5F) / static_cast<float>(n);
      const float x = side * (from + s * (to - from));
      const float r = 0.62F * (from - to) / static_cast<float>(n);
      p.builder.push(Eigen::Translation3f(x, 0, 0) *
                     Eigen::Affine3f(Eigen::Scaling(r, i % 2 ? p.y2 : 0.7F * p.y2, 1.0F)));
      p.builder.cylinder(Vec3f(0, 0, 0), Vec3f(0, 0, 0.97F * p.h), 1.0F, cloth, 10);
      p.builder.pop();
    }
    p.box(side * 0.36F * p.x2, side * 0.99F * p.x2, -0.9F * p.y2, 0.9F * p.y2, 0.42F * p.h, 0.45F * p.h,
          p.use(p.palette.accent));
  }
  for (const float s : {-1.0F, 1.0F})
    p.builder.ellipsoid(Vec3f(s * p.x2, 0, 0.975F * p.h), Vec3f(0.03F, 0.8F * p.y2, 0.025F * p.h), metal, 10);
}

void draw_whiteboard(Piece& p) {
  const float t = std::min(0.03F, 0.05F * p.h);
  if (p.is("climbing")) {
    const int panel = p.use(p.palette.main);
    p.box(-p.x2, p.x2, -p.y2, -0.2F * p.y2, 0, p.h, panel);
    constexpr std::array<std::uint32_t, 5> holds = {0xe0503a, 0x3f8fd0, 0xf0c03a, 0x5fb55f, 0x8a4fb0};
    for (std::size_t i = 0; i < 42; ++i) {
      const Vec3f at((-0.86F + 0.286F * (static_cast<float>(i % 7) + p.random(-0.25F, 0.25F))) * p.x2,
                     -0.2F * p.y2,
                     (0.08F + 0.167F * (static_cast<float>(i / 7) + p.random(-0.25F, 0.25F))) * p.h);
      const float r = p.random(0.04F, 0.08F);
      p.builder.ellipsoid(at, Vec3f(r, i == 0 ? 1.2F * p.y2 : 0.9F * p.y2, 0.8F * r),
                          p.use("hold " + std::to_string(i % 5), holds[i % 5], 0.6F), 8);
    }
    return;
  }
  if (p.is("pegboard")) {
    p.box(-p.x2, p.x2, -p.y2, -0.6F * p.y2, 0, p.h, p.use("peg panel", 0xd9bd8a, 0.8F));
    frame(p, 0.6F * t, -p.y2, -0.4F * p.y2, p.use(p.palette.wood));
    const int steel = p.use("tool steel", 0x9aa1a8, 0.3F, 1);
    const int grip = p.use("tool grip", 0xc0392f, 0.5F);
    const int n = std::clamp(static_cast<int>(p.x2 / 0.1F), 4, 9);
    for (int i = 0; i < n; ++i) {
      const float x = (-0.85F + 1.7F * static_cast<float>(i) / static_cast<float>(n - 1)) * p.x2;
      const float w = 0.35F * p.x2 / static_cast<float>(n);
      p.box(x - 0.4F * w, x + 0.4F * w, -0.5F * p.y2, 0.3F * p.y2, 0.25F * p.h, 0.5F * p.h, grip);
      p.box(x - 0.25F * w, x + 0.25F * w, -0.5F * p.y2, 0.1F * p.y2, 0.5F * p.h, 0.8F * p.h, steel);
      if (i % 3 == 0) p.box(x - 1.4F * w, x + 1.4F * w, -0.5F * p.y2, p.y2, 0.74F * p.h, 0.84F * p.h, steel);
      if (i % 3 == 1) p.builder.torus(Vec3f(x, 0, 0.82F * p.h), 1.1F * w, 0.35F * w, 1, steel, 12);
    }
    return;
  }
  const bool chalk = p.is("black") || p.is("menu");
  const int board = chalk ? p.use("slate", p.is("menu") ? 0x24282bU : 0x2c4a3eU, 0.9F)
                          : p.use("white board", 0xf5f7f7, 0.25F);
  p.box(-p.x2, p.x2, -p.y2, 0.2F * p.y2, 0, p.h, board);
  frame(p, t, -p.y2, 0.5F * p.y2, chalk ? p.use(p.palette.wood) : p.use("aluminium", 0xb9bdc2, 0.35F, 1));
  p.box(-0.9F * p.x2, 0.9F * p.x2, 0.2F * p.y2, p.y2, 0.0F, 0.6F * t, p.use(p.palette.metal));
  // Handwriting: lines of strokes that run towards -x, the reader's right; a drawn curve.
  const int ink = chalk ? p.use("chalk", 0xf0f0e6, 0.95F) : p.use("marker blue", 0x2f4fb0, 0.6F);
  const int second = chalk ? p.use("chalk yellow", 0xf0dc7a, 0.95F) : p.use("marker red", 0xc0392f, 0.6F);
  for (int j = 0; j < 5; ++j) {
    float x = -0.85F * p.x2;
    const float z = p.h * (0.8F - 0.13F * static_cast<float>(j));
    const float end = (p.is("menu") ? 0.85F : 0.0F) * p.x2;
    for (int i = 0; i < 12 && x < end; ++i) {
      const float w = p.random(0.04F, 0.16F) * p.x2;
      p.box(-std::min(x + w, end), -x, 0.2F * p.y2, 0.26F * p.y2, z, z + 0.035F * p.h, j == 0 ? second : ink);
      x += w + 0.04F * p.x2;
    }
  }
  if (p.is("menu")) return;
  std::array<Vec3f, 9> curve;
  for (std::size_t i = 0; i < curve.size(); ++i) {
    const float s = static_cast<float>(i) / 8;
    curve[i] = Vec3f((-0.2F - 0.6F * s) * p.x2, 0.22F * p.y2, p.h * (0.3F + 0.45F * s * s));
  }
  p.builder.tube(curve, 0.008F, second, 5);
  p.box(-0.2F * p.x2, -0.18F * p.x2, 0.2F * p.y2, 0.26F * p.y2, 0.25F * p.h, 0.8F * p.h, ink);
  p.box(-0.85F * p.x2, -0.18F * p.x2, 0.2F * p.y2, 0.26F * p.y2, 0.25F * p.h, 0.27F * p.h, ink);
}

void draw_globe(Piece& p) {
  if (p.is("ball")) {
    const int rubber = p.use("ball rubber", 0x3f8fc4, 0.4F);
    p.builder.ellipsoid(Vec3f(0, 0, 0.5F * p.h), Vec3f(p.x2, p.y2, 0.5F * p.h), rubber, 30);
    for (const float s : {-0.3F, 0.0F, 0.3F}) {
      const float r = std::sqrt(1 - 4 * s * s * 0.99F);
      p.builder.push(Eigen::Affine3f(Eigen::Scaling(p.x2, p.y2, 1.0F)));
      p.builder.cylinder(Vec3f(0, 0, (0.5F + s) * p.h - 0.006F), Vec3f(0, 0, (0.5F + s) * p.h + 0.006F),
                         1.005F * r, p.use("ball rib", 0x2f6f9a, 0.4F), 28);
      p.builder.pop();
    }
    return;
  }
  const bool desk = p.is("desk");
  const int wood = p.use(p.palette.main_is_glass ? p.palette.wood : p.palette.main);
  const int brass = p.use("brass", 0xc79a4a, 0.3F, 1);
  const int sea = p.use("sea", 0x4f8fbf, 0.35F);
  const int land = p.use("land", 0xc9b06a, 0.7F);
  const int forest = p.use("land green", 0x6f9a5a, 0.7F);
  const float side = std::min(p.x2, p.y2);
  const float r = std::min(0.88F * side, 0.38F * p.h);
  const float z = p.h - 1.1F * r;
  p.builder.ellipsoid(Vec3f(0, 0, z), Vec3f::Constant(r), sea, 26);
  const std::array<std::array<float, 3>, 9> lands = {{{0.4F, 0.5F, 0.34F},
                                                      {0.9F, -0.2F, 0.26F},
                                                      {2.2F, 0.2F, 0.36F},
                                                      {2.1F, 0.8F, 0.28F},
                                                      {3.2F, 0.6F, 0.42F},
                                                      {4.0F, -0.4F, 0.22F},
                                                      {4.6F, 0.5F, 0.36F},
                                                      {5.6F, -0.3F, 0.28F},
                                                      {1.5F, 0.55F, 0.32F}}};
  for (std::size_t i = 0; i < lands.size(); ++i) {
    // A flattened blob that lies in the sphere's surface.
    const auto& [lon, lat, size] = lands[i];
    const Vec3f d(std::cos(lat) * std::cos(lon), std::cos(lat) * std::sin(lon), std::sin(lat));
    p.builder.push(Eigen::Translation3f(Vec3f(0, 0, z) + 0.97F * r * d) *
                   Eigen::Affine3f(Eigen::Quaternionf::FromTwoVectors(Vec3f::UnitZ(), d)));
    p.builder.ellipsoid(Vec3f::Zero(), Vec3f(size * r, 0.75F * size * r, 0.045F * r), i % 2 ? land : forest,
                        12);
    p.builder.pop();
  }
  p.builder.torus(Vec3f(0, 0, z), 1.06F * r, 0.04F * r, 1, brass, 30);
  if (desk) {
    p.builder.lathe(0, 0,
                    std::array<Profile, 5>{{{0.8F * side, 0.0F},
                                            {0.8F * side, 0.05F * p.h},
                                            {0.2F * side, 0.1F * p.h},
                                            {0.14F * side, z - r},
                                            {0.0F, z - r}}},
                    wood, 20);
    return;
  }
  p.builder.push(Eigen::Affine3f(Eigen::Scaling(p.x2, p.y2, 1.0F)));
  p.builder.lathe(0, 0,
                  std::array<Profile, 5>{{{0.92F * r / side, z - 0.02F},
                                          {1.0F, z - 0.02F},
                                          {1.0F, z + 0.02F},
                                          {1.03F * r / side, z + 0.02F},
                                          {1.03F * r / side, z - 0.02F}}},
                  wood, 30);
  p.builder.pop();
  for (int i = 0; i < 4; ++i) {
    const float a = kPi * (0.25F + 0.5F * static_cast<float>(i));
    p.builder.cone(Vec3f(0.85F * p.x2 * std::cos(a), 0.85F * p.y2 * std::sin(a), 0),
                   Vec3f(0.95F * p.x2 * std::cos(a), 0.95F * p.y2 * std::sin(a), z), 0.018F, 0.026F, wood, 8);
  }
  p.builder.cylinder(Vec3f(-0.6F * p.x2, -0.6F * p.y2, 0.15F * p.h),
                     Vec3f(0.6F * p.x2, 0.6F * p.y2, 0.15F * p.h), 0.014F, wood, 8);
  p.builder.cylinder(Vec3f(-0.6F * p.x2, 0.6F * p.y2, 0.15F * p.h),
                     Vec3f(0.6F * p.x2, -0.6F * p.y2, 0.15F * p.h), 0.014F, wood, 8);
}

namespace {

/// A standing person: proportions after the usual eight heads; z from z0 to z1.
void figure(Piece& p, float z0, float z1, float half_wide, float half_deep, int body, int head, int legs) {
  const float t = z1 - z0;
  const auto limb = [&](const Vec3f& a, const Vec3f& b, float ra, float rb, int m) {
    p.builder.cone(a, b, ra, rb, m, 10);
  };
  const float w = half_wide;
  const float leg = 0.26F * std::min(w, 0.3F * t);
  for (const float s : {-1.0F, 1.0F}) {
    limb(Vec3f(s * 0.3F * w, 0, z0 + 0.04F * t), Vec3f(s * 0.28F * w, 0, z0 + 0.5F * t), 0.6F * leg, leg,
         legs);
    p.builder.ellipsoid(Vec3f(s * 0.3F * w, 0.25F * half_deep, z0 + 0.02F * t),
                        Vec3f(0.7F * leg, 0.6F * half_deep, 0.02F * t), legs, 8);
    limb(Vec3f(s * 0.68F * w, 0, z0 + 0.8F * t), Vec3f(s * 0.92F * w, 0.1F * half_deep, z0 + 0.6F * t),
         0.65F * leg, 0.5F * leg, body);
    limb(Vec3f(s * 0.92F * w, 0.1F * half_deep, z0 + 0.6F * t),
         Vec3f(s * 0.85F * w, 0.45F * half_deep, z0 + 0.44F * t), 0.5F * leg, 0.4F * leg, body);
    p.builder.ellipsoid(Vec3f(s * 0.7F * w, 0, z0 + 0.8F * t), Vec3f(0.8F * leg, 0.8F * leg, 0.8F * leg),
                        body, 10);
  }
  p.builder.push(Eigen::Affine3f(Eigen::Scaling(0.62F * w, std::min(0.7F * half_deep, 0.5F * w), 1.0F)));
  p.builder.lathe(0, 0,
                  std::array<Profile, 6>{{{0.7F, z0 + 0.46F * t},
                                          {0.9F, z0 + 0.52F * t},
                                          {0.72F, z0 + 0.63F * t},
                                          {1.05F, z0 + 0.76F * t},
                                          {0.85F, z0 + 0.83F * t},
                                          {0.2F, z0 + 0.86F * t}}},
                  body, 16);
  p.builder.pop();
  p.builder.cylinder(Vec3f(0, 0, z0 + 0.83F * t), Vec3f(0, 0, z0 + 0.9F * t), 0.03F * t, head, 10);
  p.builder.ellipsoid(Vec3f(0, 0.01F * t, z0 + 0.935F * t), Vec3f(0.045F * t, 0.052F * t, 0.065F * t), head,
                      14);
}

void mounted_head(Piece& p) {
  const int fur = p.use("deer fur", 0x8a6138, 0.95F);
  const int horn = p.use("antler", 0xd9c9a3, 0.6F);
  const int black = p.use(p.palette.black);
  const float z = 0.32F * p.h;
  p.builder.push(Eigen::Translation3f(0, 0, z) *
                 Eigen::Affine3f(Eigen::Scaling(0.5F * p.x2, 1.0F, 0.32F * p.h)));
  p.builder.cylinder(Vec3f(0, -p.y2, 0), Vec3f(0, -0.88F * p.y2, 0), 1.0F, p.use(p.palette.dark_wood), 20);
  p.builder.pop();
  p.builder.cone(Vec3f(0, -0.9F * p.y2, z - 0.05F * p.h), Vec3f(0, 0.1F * p.y2, z + 0.16F * p.h), 0.18F * p.h,
                 0.1F * p.h, fur, 12);
  p.builder.ellipsoid(Vec3f(0, 0.2F * p.y2, z + 0.2F * p.h), Vec3f(0.11F * p.h, 0.35F * p.y2, 0.12F * p.h),
                      fur, 14);
  p.builder.cone(Vec3f(0, 0.3F * p.y2, z + 0.17F * p.h), Vec3f(0, 0.95F * p.y2, z + 0.06F * p.h), 0.09F * p.h,
                 0.05F * p.h, fur, 12);
  p.builder.ellipsoid(Vec3f(0, 0.95F * p.y2, z + 0.06F * p.h), Vec3f(0.04F * p.h, 0.05F * p.y2, 0.04F * p.h),
                      black, 8);
  for (const float s : {-1.0F, 1.0F}) {
    p.builder.ellipsoid(Vec3f(s * 0.09F * p.h, 0.4F * p.y2, z + 0.22F * p.h), Vec3f::Constant(0.018F * p.h),
                        black, 8);
    p.builder.ellipsoid(Vec3f(s * 0.17F * p.h, 0.0F, z + 0.27F * p.h),
                        Vec3f(0.08F * p.h, 0.1F * p.y2, 0.03F * p.h), fur, 8);
    const std::array<Vec3f, 4> main = {Vec3f(s * 0.05F * p.h, 0.1F * p.y2, z + 0.29F * p.h),
                                       Vec3f(s * 0.45F * p.x2, -0.1F * p.y2, 0.72F * p.h),
                                       Vec3f(s * 0.92F * p.x2, 0.0F, 0.82F * p.h),
                                       Vec3f(s * 0.95F * p.x2, 0.1F * p.y2, 0.98F * p.h)};
    p.builder.tube(main, 0.02F * p.h, horn, 7);
    p.builder.cone(main[1], Vec3f(s * 0.35F * p.x2, 0.1F * p.y2, 0.95F * p.h), 0.02F * p.h, 0.006F * p.h,
                   horn, 7);
    p.builder.cone(main[2], Vec3f(s * 0.7F * p.x2, 0.2F * p.y2, 0.97F * p.h), 0.018F * p.h, 0.006F * p.h,
                   horn, 7);
  }
}

void suit_of_armor(Piece& p) {
  const int steel = p.use("armour steel", 0xa9b0b7, 0.25F, 1);
  const int black = p.use(p.palette.black);
  p.box(-p.x2, p.x2, -p.y2, p.y2, 0, 0.05F * p.h, p.use(p.palette.dark_wood));
  const float w = 0.8F * p.x2;
  figure(p, 0.05F * p.h, 0.97F * p.h, w, 0.8F * p.y2, steel, steel, steel);
  const float z = 0.91F * p.h;
  const float r = 0.065F * p.h;
  p.builder.lathe(0, 0,
                  std::array<Profile, 5>{{{0.9F * r, z - 1.4F * r},
                                          {r, z - 0.4F * r},
                                          {r, z + 0.3F * r},
                                          {0.6F * r, z + 1.0F * r},
                                          {0.0F, z + 1.3F * r}}},
                  steel, 16);
  p.box(-0.8F * r, 0.8F * r, 0.75F * r, 1.02F * r, z - 0.12F * r, z + 0.1F * r, black);
  p.builder.cone(Vec3f(0, -0.3F * r, z + 1.0F * r), Vec3f(0, -1.0F * r, p.h), 0.25F * r, 0.4F * r,
                 p.use("plume", 0xa3263a, 0.9F), 10);
  for (const float s : {-1.0F, 1.0F})
    p.builder.ellipsoid(Vec3f(s * 0.75F * w, 0, 0.8F * p.h), Vec3f(0.3F * w, 0.3F * w, 0.05F * p.h), steel,
                        12);
  p.builder.cylinder(Vec3f(0.95F * p.x2, 0.5F * p.y2, 0.05F * p.h),
                     Vec3f(0.95F * p.x2, 0.5F * p.y2, 0.9F * p.h), 0.015F, p.use(p.palette.wood), 8);
  p.builder.cone(Vec3f(0.95F * p.x2, 0.5F * p.y2, 0.9F * p.h), Vec3f(0.95F * p.x2, 0.5F * p.y2, p.h), 0.035F,
                 0.003F, steel, 6);
}

void buddha(Piece& p) {
  const int m = p.use(p.palette.main);
  p.builder.push(Eigen::Affine3f(Eigen::Scaling(p.x2, p.y2, 1.0F)));
  p.builder.lathe(0, 0,
                  std::array<Profile, 5>{{{0.95F, 0.0F},
                                          {1.0F, 0.06F * p.h},
                                          {0.85F, 0.1F * p.h},
                                          {0.98F, 0.16F * p.h},
                                          {0.0F, 0.17F * p.h}}},
                  p.use(p.palette.dark_wood), 24);
  p.builder.ellipsoid(Vec3f(0, 0.1F, 0.24F * p.h), Vec3f(0.95F, 0.8F, 0.1F * p.h), m, 22);
  p.builder.ellipsoid(Vec3f(0, -0.15F, 0.46F * p.h), Vec3f(0.52F, 0.5F, 0.24F * p.h), m, 20);
  for (const float s : {-1.0F, 1.0F}) {
    p.builder.ellipsoid(Vec3f(s * 0.5F, -0.05F, 0.47F * p.h), Vec3f(0.17F, 0.22F, 0.19F * p.h), m, 14);
    p.builder.ellipsoid(Vec3f(s * 0.28F, 0.45F, 0.33F * p.h), Vec3f(0.32F, 0.16F, 0.05F * p.h), m, 12);
    p.builder.ellipsoid(Vec3f(s * 0.3F, -0.1F, 0.78F * p.h), Vec3f(0.06F, 0.1F, 0.07F * p.h), m, 8);
  }
  p.builder.ellipsoid(Vec3f(0, -0.1F, 0.8F * p.h), Vec3f(0.3F, 0.36F, 0.13F * p.h), m, 18);
  p.builder.ellipsoid(Vec3f(0, -0.15F, 0.93F * p.h), Vec3f(0.13F, 0.16F, 0.07F * p.h), m, 12);
  p.builder.pop();
}

void bust(Piece& p) {
  const int m = p.use(p.palette.main);
  p.builder.lathe(0, 0,
                  std::array<Profile, 4>{{{0.6F * p.x2, 0.0F},
                                          {0.6F * p.x2, 0.06F * p.h},
                                          {0.3F * p.x2, 0.12F * p.h},
                                          {0.35F * p.x2, 0.24F * p.h}}},
                  p.use(p.palette.dark_wood), 18);
  // Chest, shoulders, neck, face with nose and brows, hair.
  const auto blob = [&](float y, float z, float rx, float ry, float rz) {
    p.builder.ellipsoid(Vec3f(0, y * p.y2, z * p.h), Vec3f(rx * p.x2, ry * p.y2, rz * p.h), m, 18);
  };
  p.builder.push(Eigen::Affine3f(Eigen::Scaling(p.x2, 0.6F * p.y2, p.h)));
  p.builder.lathe(
      0, 0,
      std::array<Profile, 6>{
          {{0.5F, 0.2F}, {0.78F, 0.28F}, {1.0F, 0.42F}, {0.86F, 0.49F}, {0.42F, 0.53F}, {0.0F, 0.56F}}},
      m, 20);
  p.builder.pop();
  p.builder.cone(Vec3f(0, -0.05F * p.y2, 0.4F * p.h), Vec3f(0, 0, 0.66F * p.h), 0.32F * std::min(p.x2, p.y2),
                 0.24F * std::min(p.x2, p.y2), m, 14);
  blob(0.06F, 0.77F, 0.3F, 0.36F, 0.2F);
  blob(0.22F, 0.64F, 0.15F, 0.16F, 0.06F);
  blob(0.4F, 0.75F, 0.045F, 0.08F, 0.035F);
  blob(-0.06F, 0.85F, 0.34F, 0.38F, 0.14F);
  for (const float s : {-1.0F, 1.0F})
    p.builder.ellipsoid(Vec3f(s * 0.4F * p.x2, 0, 0.77F * p.h),
                        Vec3f(0.06F * p.x2, 0.12F * p.y2, 0.05F * p.h), m, 8);
}

void teddy(Piece& p) {
  const int fur = p.use("bear fur", 0xb07f4c, 0.98F);
  const int pale = p.use("bear muzzle", 0xe3c9a0, 0.98F);
  const int black = p.use(p.palette.black);
  const auto blob = [&](float x, float y, float z, float rx, float ry, float rz, int m) {
    p.builder.ellipsoid(Vec3f(x * p.x2, y * p.y2, z * p.h), Vec3f(rx * p.x2, ry * p.y2, rz * p.h), m, 16);
  };
  blob(0, -0.2F, 0.32F, 0.62F, 0.6F, 0.3F, fur);
  blob(0, 0.15F, 0.32F, 0.4F, 0.32F, 0.2F, pale);
  blob(0, -0.1F, 0.72F, 0.55F, 0.55F, 0.22F, fur);
  blob(0, 0.35F, 0.67F, 0.25F, 0.25F, 0.1F, pale);
  blob(0, 0.58F, 0.7F, 0.09F, 0.07F, 0.04F, black);
  for (const float s : {-1.0F, 1.0F}) {
    blob(s * 0.42F, -0.1F, 0.91F, 0.2F, 0.12F, 0.09F, fur);
    blob(s * 0.22F, 0.38F, 0.78F, 0.06F, 0.06F, 0.035F, black);
    blob(s * 0.75F, 0.1F, 0.42F, 0.25F, 0.3F, 0.12F, fur);
    blob(s * 0.5F, 0.55F, 0.14F, 0.28F, 0.45F, 0.14F, fur);
    blob(s * 0.5F, 0.93F, 0.15F, 0.18F, 0.07F, 0.1F, pale);
  }
}

void skeleton(Piece& p) {
  const int bone = p.use("bone", 0xece3cc, 0.6F);
  const int black = p.use(p.palette.black);
  const int metal = p.use(p.palette.metal);
  const auto rod = [&](float x0, float y0, float z0, float x1, float y1, float z1, float r) {
    p.builder.cylinder(Vec3f(x0 * p.x2, y0 * p.y2, z0 * p.h), Vec3f(x1 * p.x2, y1 * p.y2, z1 * p.h), r, bone,
                       7);
  };
  p.builder.push(Eigen::Affine3f(Eigen::Scaling(p.x2, p.y2, 1.0F)));
  p.builder.cylinder(Vec3f(0, 0, 0), Vec3f(0, 0, 0.02F * p.h), 0.95F, metal, 18);
  p.builder.pop();
  p.post(0, -0.45F * p.y2, 0, 0.97F * p.h, 0.012F, metal, 6);
  p.builder.ellipsoid(Vec3f(0, 0, 0.94F * p.h), Vec3f(0.045F * p.h, 0.055F * p.h, 0.06F * p.h), bone, 14);
  for (const float s : {-1.0F, 1.0F})
    p.builder.ellipsoid(Vec3f(s * 0.018F * p.h, 0.047F * p.h, 0.945F * p.h), Vec3f::Constant(0.013F * p.h),
                        black, 8);
  p.box(-0.02F * p.h, 0.02F * p.h, 0.0F, 0.045F * p.h, 0.88F * p.h, 0.9F * p.h, bone);
  rod(0, 0, 0.52F, 0, 0, 0.89F, 0.018F);
  for (int i = 0; i < 6; ++i) {
    p.builder.push(Eigen::Translation3f(0, 0.1F * p.y2, (0.64F + 0.03F * static_cast<float>(i)) * p.h) *
                   Eigen::Affine3f(Eigen::Scaling(0.45F * p.x2, 0.4F * p.y2, 1.0F)));
    p.builder.torus(Vec3f::Zero(), 0.9F - 0.03F * static_cast<float>(i), 0.012F, 2, bone, 16);
    p.builder.pop();
  }
  p.builder.ellipsoid(Vec3f(0, 0, 0.53F * p.h), Vec3f(0.4F * p.x2, 0.3F * p.y2, 0.04F * p.h), bone, 12);
  for (const float s : {-1.0F, 1.0F}) {
    rod(0, 0.1F, 0.83F, s * 0.62F, 0, 0.83F, 0.012F);
    rod(s * 0.62F, 0, 0.83F, s * 0.85F, 0, 0.65F, 0.013F);
    rod(s * 0.85F, 0, 0.65F, s * 0.95F, 0.2F, 0.47F, 0.011F);
    rod(s * 0.95F, 0.2F, 0.47F, s * 0.98F, 0.25F, 0.41F, 0.016F);
    rod(s * 0.3F, 0, 0.52F, s * 0.32F, 0, 0.28F, 0.017F);
    rod(s * 0.32F, 0, 0.28F, s * 0.32F, 0, 0.05F, 0.014F);
    rod(s * 0.32F, -0.1F, 0.04F, s * 0.36F, 0.5F, 0.03F, 0.017F);
  }
}

}  // namespace

void draw_statue(Piece& p) {
  if (p.is("mounted")) return mounted_head(p);
  if (p.is("armor") || p.is("armour")) return suit_of_armor(p);
  if (p.is("buddha")) return buddha(p);
  if (p.is("bust")) return bust(p);
  if (p.is("stuffed")) return teddy(p);
  if (p.is("skeleton")) return skeleton(p);
  const int m = p.use(p.palette.main);
  if (p.is("mannequin")) {
    const int linen = p.use(p.palette.linen);
    const float z = 0.42F * p.h;
    const auto at = [&](float s) { return z + s * (p.h - z); };
    p.builder.push(Eigen::Affine3f(Eigen::Scaling(0.85F * p.x2, 0.8F * p.y2, 1.0F)));
    p.builder.lathe(0, 0,
                    std::array<Profile, 8>{{{0.75F, z},
                                            {0.95F, at(0.12F)},
                                            {0.62F, at(0.42F)},
                                            {0.98F, at(0.66F)},
                                            {0.9F, at(0.8F)},
                                            {0.28F, at(0.87F)},
                                            {0.22F, at(0.96F)},
                                            {0.0F, at(0.97F)}}},
                    p.use(p.palette.textile), 20);
    p.builder.lathe(0, 0, std::array<Profile, 3>{{{1.18F, 0.62F * z}, {0.98F, at(0.1F)}, {0.66F, at(0.4F)}}},
                    linen, 20);
    p.builder.pop();
    p.post(0, 0, 0, z, 0.02F, p.use(p.palette.wood), 8);
    p.builder.ellipsoid(Vec3f(0, 0, at(0.97F)), Vec3f(0.04F, 0.04F, 0.03F * (p.h - z)), p.use(p.palette.wood),
                        10);
    for (int i = 0; i < 3; ++i) {
      const float a = 2.0944F * static_cast<float>(i) + 0.5236F;
      p.builder.cone(Vec3f(0, 0, 0.1F * p.h),
                     Vec3f(0.95F * p.x2 * std::cos(a), 0.95F * p.y2 * std::sin(a), 0.01F), 0.018F, 0.012F,
                     p.use(p.palette.wood), 8);
    }
    return;
  }
  const float base = 0.16F * p.h;
  p.soft(-p.x2, p.x2, -p.y2, p.y2, 0, 0.7F * base, 0.01F, m, 1);
  p.box(-0.8F * p.x2, 0.8F * p.x2, -0.8F * p.y2, 0.8F * p.y2, 0.7F * base, base, m);
  if (p.variation == 3) {
    // An abstract one: rings and a drop.
    p.builder.torus(Vec3f(0, 0, base + 0.36F * (p.h - base)), 0.3F * (p.h - base), 0.07F * (p.h - base), 1, m,
                    28);
    p.builder.ellipsoid(Vec3f(0, 0, base + 0.36F * (p.h - base)), Vec3f::Constant(0.13F * (p.h - base)),
                        p.use("brass", 0xc79a4a, 0.3F, 1), 16);
    p.builder.cone(Vec3f(0, 0, base + 0.7F * (p.h - base)), Vec3f(0, 0, p.h), 0.1F * (p.h - base), 0.02F, m,
                   14);
    return;
  }
  figure(p, base, p.h, 0.85F * p.x2, 0.7F * p.y2, m, m, m);
}

void draw_easel(Piece& p) {
  const int m = p.use(p.palette.main);
  const int metal = p.use(p.palette.metal);
  if (p.is("music")) {
    const float z = 0.72F * p.h;
    p.post(0, 0, 0.12F * p.h, z + 0.05F * p.h, 0.012F, metal, 8);
    for (int i = 0; i < 3; ++i) {
      const float a = 2.0944F * static_cast<float>(i) + 0.5236F;
      p.builder.cylinder(Vec3f(0, 0, 0.25F * p.h),
                         Vec3f(0.9F * p.x2 * std::cos(a), 0.95F * p.y2 * std::sin(a), 0.01F), 0.01F, metal,
                         6);
    }
    // The desk faces the player, who stands in front.
    p.builder.prism_yz(
        std::array<Profile, 4>{
            {{0.5F * p.y2, z}, {0.55F * p.y2, z}, {-0.2F * p.y2, p.h}, {-0.25F * p.y2, p.h}}},
        -p.x2, p.x2, p.use(p.palette.black));
    p.builder.prism_yz(std::array<Profile, 4>{{{0.5F * p.y2, z + 0.02F},
                                               {0.6F * p.y2, z + 0.02F},
                                               {-0.12F * p.y2, 0.97F * p.h},
                                               {-0.2F * p.y2, 0.97F * p.h}}},
                       -0.8F * p.x2, 0.8F * p.x2, p.use(p.palette.linen));
    p.box(-p.x2, p.x2, 0.5F * p.y2, 0.75F * p.y2, z - 0.01F, z + 0.01F, p.use(p.palette.black));
    return;
  }
  const bool flip = p.is("flip");
  const int leg = flip ? metal : p.use(p.palette.wood);
  const float y_top = -0.35F * p.y2;
  for (const float s : {-1.0F, 1.0F})
    p.builder.cylinder(Vec3f(s * 0.95F * p.x2, 0.9F * p.y2, 0), Vec3f(s * 0.25F * p.x2, y_top, 0.97F * p.h),
                       0.02F, leg, 8);
  p.builder.cylinder(Vec3f(0, -0.97F * p.y2, 0), Vec3f(0, y_top, 0.95F * p.h), 0.02F, leg, 8);
  const float z0 = 0.36F * p.h;
  const float z1 = 0.94F * p.h;
  const auto y_at = [&](float z) { return 0.9F * p.y2 + (y_top - 0.9F * p.y2) * z / p.h + 0.03F; };
  const auto sheet = [&](float a, float b, float half, float out, int m_sheet) {
    p.builder.prism_yz(std::array<Profile, 4>{{{y_at(a) + out - 0.015F, a},
                                               {y_at(a) + out, a},
                                               {y_at(b) + out, b},
                                               {y_at(b) + out - 0.015F, b}}},
                       -half, half, m_sheet);
  };
  sheet(z0, z1, 0.86F * p.x2, 0.0F, flip ? p.use(p.palette.white) : m);
  if (flip) {
    sheet(z1 - 0.04F * p.h, z1 + 0.01F, 0.88F * p.x2, 0.006F, metal);
    for (int i = 0; i < 4; ++i)
      sheet(z0 + (0.12F + 0.1F * static_cast<float>(i)) * p.h,
            z0 + (0.135F + 0.1F * static_cast<float>(i)) * p.h,
            (0.7F - 0.1F * static_cast<float>(i % 2)) * p.x2, 0.003F, p.use("marker blue", 0x2f4fb0, 0.6F));
  } else {
    sheet(z0 + 0.02F * p.h, z1 - 0.02F * p.h, 0.8F * p.x2, 0.004F, p.use("canvas", 0xf3eddd, 0.9F));
    sheet(z0 + 0.06F * p.h, z0 + 0.22F * p.h, 0.72F * p.x2, 0.007F, p.use("paint green", 0x6f9a5a, 0.8F));
    sheet(z0 + 0.22F * p.h, z1 - 0.06F * p.h, 0.72F * p.x2, 0.007F, p.use("paint sky", 0x8fb8d9, 0.8F));
    sheet(z0 + 0.32F * p.h, z0 + 0.42F * p.h, 0.22F * p.x2, 0.01F, p.use("paint sun", 0xf0c25a, 0.8F));
  }
  p.box(-0.9F * p.x2, 0.9F * p.x2, y_at(z0) - 0.03F, std::min(y_at(z0) + 0.07F, p.y2), z0 - 0.03F, z0, leg);
}

void draw_tent(Piece& p) {
  if (p.is("house")) {
    const int wall = p.use(p.palette.main);
    const int roof = p.use("playhouse roof", 0xc0503f, 0.7F);
    const int white = p.use(p.palette.white);
    const float eave = 0.62F * p.h;
    const float x = 0.92F * p.x2;
    const float y = 0.9F * p.y2;
    p.box(-x, x, -y, y, 0, eave, wall);
    p.builder.prism_xz(std::array<Profile, 3>{{{-x, eave}, {x, eave}, {0.0F, 0.96F * p.h}}}, -y, y, wall);
    const float thick = 0.04F * p.h;
    p.builder.prism_xz(
        std::array<Profile, 4>{{{0.0F, p.h - thick}, {p.x2, eave - thick}, {p.x2, eave}, {0.0F, p.h}}}, -p.y2,
        p.y2, roof);
    p.builder.prism_xz(
        std::array<Profile, 4>{{{0.0F, p.h}, {-p.x2, eave}, {-p.x2, eave - thick}, {0.0F, p.h - thick}}},
        -p.y2, p.y2, roof);
    p.box(-0.62F * x, -0.05F * x, y, y + 0.01F, 0, 0.52F * p.h, p.use(p.palette.dark_wood));
    p.box(0.2F * x, 0.75F * x, y, y + 0.015F, 0.26F * p.h, 0.5F * p.h, white);
    p.box(0.25F * x, 0.7F * x, y + 0.01F, y + 0.018F, 0.29F * p.h, 0.47F * p.h,
          p.use("pane", 0x8fc4de, 0.1F));
    for (const float s : {-1.0F, 1.0F})
      p.box(s * x, s * (x + 0.012F), -0.4F * y, 0.4F * y, 0.26F * p.h, 0.5F * p.h, white);
    return;
  }
  // A teepee: four cloth faces, an opening in front, poles that cross at the top.
  const int cloth = p.use(p.palette.main_is_textile ? p.palette.main : p.palette.textile);
  const int inside = p.use("tent inside", 0x5f5648, 0.95F);
  const int pole = p.use(p.palette.wood);
  const float top = 0.86F * p.h;
  const float s = 0.07F;
  const auto base = [&](float x, float y) { return Vec3f(x * 0.97F * p.x2, y * 0.97F * p.y2, 0); };
  const auto apex = [&](float x, float y) { return Vec3f(x * s * p.x2, y * s * p.y2, top); };
  const std::array<std::array<float, 2>, 4> corners = {
      {{1.0F, 1.0F}, {-1.0F, 1.0F}, {-1.0F, -1.0F}, {1.0F, -1.0F}}};
  for (std::size_t i = 0; i < 4; ++i) {
    const auto& a = corners[i];
    const auto& b = corners[(i + 1) % 4];
    p.builder.quad(base(a[0], a[1]), base(b[0], b[1]), apex(b[0], b[1]), apex(a[0], a[1]), cloth);
    p.builder.cylinder(base(a[0], a[1]), Vec3f(-a[0] * 0.14F * p.x2, -a[1] * 0.14F * p.y2, p.h), 0.018F, pole,
                       8);
  }
  const float out = 0.02F;
  const auto face = [&](float x, float t) {
    return Vec3f(x * p.x2, 0.97F * p.y2 * (1 - t * (1 - s)) + out, t * top);
  };
  p.builder.quad(face(0.5F, 0.0F), face(-0.5F, 0.0F), face(-0.02F, 0.72F), face(0.02F, 0.72F), inside);
  for (const float e : {-1.0F, 1.0F}) {
    const std::array<Vec3f, 3> hem = {face(e * 0.62F, 0.0F), face(e * 0.5F, 0.3F), face(0.0F, 0.74F)};
    p.builder.tube(hem, 0.025F, p.use(p.palette.accent), 7);
  }
  for (int i = 0; i < 7; ++i) {
    // A garland of pennants over the front.
    const float x = (-0.42F + 0.14F * static_cast<float>(i)) * p.x2;
    const float t = 0.5F;
    const float y = 0.97F * p.y2 * (1 - t * (1 - s)) + 2 * out;
    p.builder.prism_xz(
        std::array<Profile, 3>{
            {{x - 0.06F * p.x2, t * top}, {x, (t - 0.1F) * top}, {x + 0.06F * p.x2, t * top}}},
        y, y + 0.006F, i % 2 ? p.use(p.palette.accent) : p.use(p.palette.linen));
  }
}

void draw_telescope(Piece& p) {
  const int m = p.use(p.palette.main);
  const int black = p.use(p.palette.black);
  const int wood = p.use(p.palette.wood);
  const bool camera = p.is("camera");
  const float z = camera ? 0.8F * p.h : 0.66F * p.h;
  for (int i = 0; i < 3; ++i) {
    const float a = 2.0944F * static_cast<float>(i) + 0.5236F;
    p.builder.cone(Vec3f(0.9F * p.x2 * std::cos(a), 0.9F * p.y2 * std::sin(a), 0),
                   Vec3f(0.02F * std::cos(a), 0.02F * std::sin(a), z), 0.014F, 0.02F, camera ? black : wood,
                   8);
    p.builder.cylinder(Vec3f(0, 0, 0.35F * z),
                       Vec3f(0.55F * p.x2 * std::cos(a), 0.55F * p.y2 * std::sin(a), 0.38F * z), 0.007F,
                       p.use(p.palette.metal), 6);
  }
  p.post(0, 0, 0.3F * z, z + 0.03F, 0.025F, p.use(p.palette.metal), 10);
  if (camera) {
    const float w = std::min(0.3F * p.x2, 0.1F);
    p.soft(-1.2F * w, 1.2F * w, -0.8F * w, 0.8F * w, z + 0.03F, z + 0.03F + 0.55F * (p.h - z), 0.01F, black,
           1);
    p.box(-0.4F * w, 0.4F * w, -0.5F * w, 0.5F * w, z + 0.5F * (p.h - z), p.h, black);
    p.builder.cylinder(Vec3f(0, 0.8F * w, z + 0.3F * (p.h - z) + 0.02F),
                       Vec3f(0, 2.4F * w, z + 0.3F * (p.h - z) + 0.02F), 0.24F * (p.h - z) + 0.01F,
                       p.use("lens barrel", 0x3a3d42, 0.3F), 18);
    p.builder.cylinder(Vec3f(0, 2.4F * w, z + 0.3F * (p.h - z) + 0.02F),
                       Vec3f(0, 2.45F * w, z + 0.3F * (p.h - z) + 0.02F), 0.18F * (p.h - z) + 0.01F,
                       p.use("lens glass", 0x5f7fb0, 0.05F), 18);
    p.builder.cylinder(Vec3f(0, 0, z), Vec3f(0.1F, -0.7F * p.y2, z - 0.08F), 0.008F, black, 6);
    return;
  }
  // The tube looks up and forwards.
  const Vec3f tail(0, -0.62F * p.y2, z - 0.02F * p.h);
  const Vec3f mouth(0, 0.92F * p.y2, 0.95F * p.h);
  const Vec3f along = (mouth - tail).normalized();
  const float r = std::min(0.2F * p.x2, 0.05F * p.h);
  p.builder.cone(tail, mouth, 0.8F * r, r, m, 20);
  p.builder.cylinder(mouth - 0.12F * (mouth - tail).norm() * along, mouth, 1.2F * r, black, 20);
  p.builder.cylinder(mouth, mouth + 0.004F * along, 1.0F * r, p.use("lens glass", 0x7fa8d0, 0.05F), 18);
  p.builder.cylinder(tail - 0.1F * along, tail, 0.4F * r, black, 12);
  p.builder.cylinder(tail - 0.1F * along, tail - 0.1F * along + Vec3f(0, 0, 0.06F), 0.3F * r, black, 10);
  p.builder.cylinder(tail + 0.1F * along + Vec3f(0, 0, 1.5F * r),
                     tail + 0.35F * along + Vec3f(0, 0, 1.5F * r), 0.25F * r, black, 10);
}

void draw_car(Piece& p) {
  const int paint_m = p.use(p.palette.main_is_metal ? colored("car paint", 0xb02f2f, 0.25F) : p.palette.main);
  const int black = p.use(p.palette.black);
  const int window = p.use("car window", 0x2a343c, 0.05F);
  const int chrome = p.use("chrome", 0xc9ced3, 0.15F, 1);
  const bool along_y = p.y2 >= p.x2;
  // Built with its nose along +y; turned when the box is wide instead.
  const float w = along_y ? p.x2 : p.y2;
  const float l = along_y ? p.y2 : p.x2;
  Eigen::Affine3f turn = Eigen::Affine3f::Identity();
  if (!along_y) turn = Eigen::AngleAxisf(-0.5F * kPi, Vec3f::UnitZ());
  p.builder.push(turn);
  const float r = std::min(0.235F * p.h, 0.17F * l);
  const float sill = 0.75F * r;
  const float belt = 0.6F * p.h;
  // The body's side view, star-shaped about its middle.
  const std::array<Profile, 10> side = {{{-0.97F * l, sill},
                                         {0.97F * l, sill},
                                         {l, 0.38F * p.h},
                                         {0.95F * l, 0.5F * p.h},
                                         {0.45F * l, belt},
                                         {-0.6F * l, belt},
                                         {-0.92F * l, 0.58F * p.h},
                                         {-0.98F * l, 0.5F * p.h},
                                         {-l, 0.4F * p.h},
                                         {-0.99F * l, 1.3F * sill}}};
  p.builder.prism_yz(side, -0.96F * w, 0.96F * w, paint_m);
  p.soft(-w, w, -0.9F * l, 0.88F * l, sill, 0.52F * p.h, 0.05F, paint_m, 2);
  // The cabin: glass below, roof on top, narrower upwards.
  const std::array<Profile, 4> glass = {
      {{-0.62F * l, belt}, {0.42F * l, belt}, {0.12F * l, 0.95F * p.h}, {-0.42F * l, 0.95F * p.h}}};
  p.builder.prism_yz(glass, -0.82F * w, 0.82F * w, window);
  p.soft(-0.8F * w, 0.8F * w, -0.44F * l, 0.14F * l, 0.92F * p.h, p.h, 0.03F, paint_m, 1);
  for (const float s : {-1.0F, 1.0F}) {
    const auto pillar = [&](float y0, float y1, float t) {
      p.builder.cone(Vec3f(s * 0.83F * w, y0, belt), Vec3f(s * 0.79F * w, y1, 0.95F * p.h), t, t, paint_m, 6);
    };
    pillar(0.42F * l, 0.12F * l, 0.022F * l);
    pillar(-0.1F * l, -0.12F * l, 0.016F * l);
    pillar(-0.62F * l, -0.42F * l, 0.03F * l);
    for (const float y : {-0.6F * l, 0.62F * l}) {
      p.builder.cylinder(Vec3f(s * 0.72F * w, y, r), Vec3f(s * w, y, r), r, black, 22);
      p.builder.cylinder(Vec3f(s * w, y, r), Vec3f(s * 1.005F * w, y, r), 0.6F * r, chrome, 16);
    }
    p.builder.ellipsoid(Vec3f(s * 0.7F * w, 0.96F * l, 0.45F * p.h), Vec3f(0.16F * w, 0.03F * l, 0.05F * p.h),
                        p.glow("headlight", 0xfff6dc, 0.8F), 12);
    p.box(s * 0.55F * w, s * 0.9F * w, -l, -0.97F * l, 0.44F * p.h, 0.52F * p.h,
          p.glow("tail light", 0xd02a2a, 0.6F));
    p.box(s * 0.995F * w, s * 1.01F * w, -0.1F * l, -0.02F * l, 0.5F * p.h, 0.515F * p.h, chrome);
    p.box(s * 0.85F * w, s * 1.0F * w, 0.32F * l, 0.37F * l, belt, belt + 0.07F * p.h, paint_m);
  }
  p.box(-0.45F * w, 0.45F * w, 0.975F * l, l, 0.34F * p.h, 0.42F * p.h, black);
  p.box(-0.22F * w, 0.22F * w, 0.99F * l, 1.005F * l, 0.26F * p.h, 0.32F * p.h, p.use(p.palette.white));
  p.box(-0.22F * w, 0.22F * w, -1.005F * l, -0.99F * l, 0.3F * p.h, 0.37F * p.h, p.use(p.palette.white));
  p.builder.pop();
}

}  // namespace metaspatial::assets
