#include <array>
#include <numbers>

#include "metaspatial/assets/piece.hpp"

namespace metaspatial::assets {
namespace {

constexpr std::array<std::uint32_t, 8> kBindings = {0x8c3b32, 0x2f5a78, 0x4f6b45, 0xc99a3f,
                                                    0x5a3f66, 0xd9cfb8, 0x2f3a44, 0xb5653a};
constexpr std::array<std::uint32_t, 4> kPacks = {0xd9a441, 0x4f8fb8, 0x8fae6f, 0xd9705a};

int binding(Piece& p, std::size_t i) {
  i %= kBindings.size();
  return p.use("binding " + std::to_string(i), kBindings[i], 0.75F);
}
int pack(Piece& p, std::size_t i) {
  i %= kPacks.size();
  return p.use("pack " + std::to_string(i), kPacks[i], 0.5F);
}

/// A small handle in front of a door or drawer, its outer face at y1; long side along x or z.
void handle(Piece& p, float x, float z, float y1, float half, bool upright) {
  const int metal = p.use(p.palette.metal);
  const float dx = upright ? 0.008F : half;
  const float dz = upright ? half : 0.008F;
  p.box(x - dx, x + dx, y1 - 0.022F, y1, z - dz, z + dz, metal);
}

/// Books side by side on a board at z; `tall` is the height of the gap.
void book_row(Piece& p, float x0, float x1, float y0, float y1, float z, float tall) {
  const float end = x1 - p.random(0.05F, 0.25F) * (x1 - x0);
  float x = x0;
  for (std::size_t i = 0; i < 60 && x < end; ++i) {
    const float w = p.random(0.025F, 0.05F);
    if (x + w > x1) break;
    const float top = z + tall * p.random(0.6F, 0.88F);
    const float front = y1 - 0.1F * (y1 - y0) * p.random(0.2F, 1.0F);
    p.builder.box(Vec3f(x, y0, z), Vec3f(x + w - 0.002F, front, top),
                  binding(p, static_cast<std::size_t>(p.rng.below(8))));
    x += w;
  }
}

/// What stands in one bay of a shelf.
void fill_bay(Piece& p, float x0, float x1, float y0, float y1, float z, float tall, int bay) {
  const float w = x1 - x0;
  if (w < 0.06F || tall < 0.06F) return;
  const float cx = 0.5F * (x0 + x1);
  const float cy = 0.5F * (y0 + y1);
  const float deep = y1 - y0;
  const auto n_of = [&](float step) { return std::clamp(static_cast<int>(w / step), 1, 8); };
  const auto slot = [&](int i, int n) {
    return x0 + w * (static_cast<float>(i) + 0.5F) / static_cast<float>(n);
  };
  if (p.is("shoe")) {
    const int n = n_of(0.28F);
    for (int i = 0; i < n; ++i)
      for (const float s : {-0.045F, 0.045F}) {
        const float x = slot(i, n) + s;
        const int m = binding(p, static_cast<std::size_t>(i + 3 * bay));
        p.soft(x - 0.035F, x + 0.035F, y0, y1, z, z + std::min(0.05F, 0.3F * tall), 0.02F, m, 1);
        p.soft(x - 0.03F, x + 0.03F, y0, cy, z, z + std::min(0.11F, 0.6F * tall), 0.02F, m, 1);
      }
    return;
  }
  if (p.is("plant") || p.is("greenhouse")) {
    const int pot = p.use("terracotta", 0xb5613e, 0.8F);
    const int green = p.use("foliage", 0x4f8a45, 0.7F);
    const int n = n_of(0.3F);
    const float r = std::min({0.1F, 0.42F * deep, 0.4F * w});
    for (int i = 0; i < n; ++i) {
      const float x = slot(i, n);
      p.builder.cone(Vec3f(x, cy, z), Vec3f(x, cy, z + 0.4F * tall), 0.6F * r, 0.85F * r, pot, 10);
      p.builder.ellipsoid(Vec3f(x, cy, z + 0.62F * tall), Vec3f(r, r, 0.3F * tall), green, 8);
    }
    return;
  }
  if (p.is("spice") || p.is("pantry") || p.is("pottery") || p.is("display") || p.is("wine")) {
    const int n = n_of(p.is("spice") ? 0.08F : 0.2F);
    const float r = std::min({0.35F * w / static_cast<float>(n), 0.42F * deep, 0.09F});
    for (int i = 0; i < n; ++i) {
      const float top = z + tall * p.random(0.45F, 0.8F);
      const float x = slot(i, n);
      const int m = pack(p, static_cast<std::size_t>(i + bay));
      if (p.is("pottery") || p.is("display")) {
        const float t = top - z;
        p.builder.lathe(
            x, cy,
            std::array<std::pair<float, float>, 5>{
                {{0.5F * r, z}, {r, z + 0.4F * t}, {0.5F * r, z + 0.8F * t}, {0.6F * r, top}, {0, top}}},
            m, 12);
      } else {
        p.post(x, cy, z, top - 0.1F * tall, r, m, 10);
        p.post(x, cy, top - 0.1F * tall, top, 0.8F * r, p.use(p.palette.white), 10);
      }
    }
    return;
  }
  if (p.is("storage") || p.is("laundry") || p.is("craft") || p.is("toy") || p.is("cubby")) {
    if (bay % 3 == 2) return book_row(p, x0, x1, y0, y1, z, tall);
    const int n = n_of(0.4F);
    const float half = 0.42F * w / static_cast<float>(n);
    for (int i = 0; i < n; ++i) {
      const float x = slot(i, n);
      const int m = p.is("laundry") ? p.use(p.palette.linen) : pack(p, static_cast<std::size_t>(i + bay));
      p.soft(x - half, x + half, y0, y1 - 0.02F, z, z + tall * p.random(0.5F, 0.75F), 0.01F, m, 1);
    }
    return;
  }
  if (bay % 4 == 3 && tall > 0.15F) {
    // A vase beside a few books breaks the rows.
    book_row(p, x0, cx, y0, y1, z, tall);
    const float r = std::min({0.3F * deep, 0.2F * w, 0.07F});
    p.builder.ellipsoid(Vec3f(cx + 0.25F * w, cy, z + 0.3F * tall), Vec3f(r, r, 0.3F * tall),
                        p.use(p.palette.accent), 10);
    return;
  }
  book_row(p, x0, x1, y0, y1, z, tall);
}

void dollhouse(Piece& p) {
  const int wall = p.use(p.palette.main);
  const int roof = p.use("roof", 0xb5483f, 0.7F);
  const float eave = 0.7F * p.h;
  p.box(-p.x2, p.x2, -p.y2, -p.y2 + 0.02F, 0, eave, p.use(p.palette.linen));
  for (const float z : {0.0F, 0.34F * p.h, eave - 0.02F}) p.box(-p.x2, p.x2, -p.y2, p.y2, z, z + 0.02F, wall);
  for (const float x : {-p.x2 + 0.01F, -0.1F * p.x2, p.x2 - 0.01F})
    p.box(x - 0.01F, x + 0.01F, -p.y2, 0.96F * p.y2, 0, eave, wall);
  p.builder.prism_xz(std::array<std::pair<float, float>, 3>{{{-p.x2, eave}, {p.x2, eave}, {0.0F, p.h}}},
                     -p.y2, p.y2, roof);
  int k = 0;
  for (const float z : {0.02F, 0.34F * p.h + 0.02F})
    for (const float x : {-0.6F * p.x2, 0.45F * p.x2})
      p.soft(x - 0.22F * p.x2, x + 0.22F * p.x2, -0.7F * p.y2, 0.2F * p.y2, z, z + 0.13F * p.h, 0.01F,
             pack(p, static_cast<std::size_t>(k++)), 1);
}

void aquarium(Piece& p) {
  const int stand = p.use(p.palette.wood);
  const int black = p.use(p.palette.black);
  const float foot = 0.45F * p.h;
  Material water = colored("water", 0x4fa8d0, 0.05F);
  water.opacity = 0.35F;
  p.box(-p.x2, p.x2, -p.y2, p.y2, 0, foot, stand);
  for (const float s : {-1.0F, 1.0F}) {
    p.box(s * 0.03F * p.x2, s * 0.95F * p.x2, p.y2 - 0.006F, p.y2 + 0.004F, 0.04F, foot - 0.03F,
          p.use(p.palette.dark_wood));
    handle(p, s * 0.12F * p.x2, 0.6F * foot, p.y2 + 0.012F, 0.05F, true);
  }
  p.box(-0.98F * p.x2, 0.98F * p.x2, -0.96F * p.y2, 0.96F * p.y2, foot, foot + 0.06F * p.h,
        p.use("gravel", 0xcdb487, 0.9F));
  p.box(-0.98F * p.x2, 0.98F * p.x2, -0.96F * p.y2, -0.93F * p.y2, foot, 0.95F * p.h,
        p.use("deep water", 0x1f5f8f, 0.4F));
  const int weed = p.use("water weed", 0x3f9a55, 0.7F);
  for (int i = 0; i < 7; ++i) {
    const float x = p.random(-0.85F, 0.85F) * p.x2;
    p.builder.cone(Vec3f(x, -0.4F * p.y2, foot),
                   Vec3f(x + 0.03F, -0.4F * p.y2, foot + p.random(0.2F, 0.4F) * p.h), 0.025F, 0.004F, weed,
                   6);
  }
  const int fish = p.use("fish", 0xf07f2f, 0.4F);
  for (int i = 0; i < 5; ++i) {
    const Vec3f at(p.random(-0.75F, 0.75F) * p.x2, p.random(-0.2F, 0.6F) * p.y2,
                   foot + p.random(0.15F, 0.4F) * p.h);
    p.builder.ellipsoid(at, Vec3f(0.045F, 0.015F, 0.025F), fish, 8);
    p.builder.cone(at + Vec3f(0.035F, 0, 0), at + Vec3f(0.075F, 0, 0), 0.004F, 0.022F, fish, 6);
  }
  p.box(-0.98F * p.x2, 0.98F * p.x2, -0.96F * p.y2, 0.96F * p.y2, foot, 0.93F * p.h, p.use(water));
  p.box(-p.x2, p.x2, -p.y2, p.y2, 0.93F * p.h, p.h, black);
}

/// A showcase: a base, glass above, things inside.
void glass_case(Piece& p) {
  const int frame = p.use(p.palette.main_is_glass ? p.palette.wood : p.palette.main);
  const int pane = p.use(p.palette.glass);
  const float base = (p.is("china") ? 0.4F : 0.3F) * p.h;
  const float t = 0.02F;
  p.box(-p.x2, p.x2, -p.y2, p.y2, 0, base, frame);
  for (const float s : {-1.0F, 1.0F}) {
    p.box(s * 0.04F * p.x2, s * 0.94F * p.x2, p.y2, p.y2 + 0.008F, 0.05F, base - 0.03F,
          p.use(p.palette.dark_wood));
    handle(p, s * 0.12F * p.x2, 0.6F * base, p.y2 + 0.022F, 0.04F, true);
  }
  p.box(-p.x2, p.x2, -p.y2, p.y2, p.h - 2 * t, p.h, frame);
  p.box(-p.x2, p.x2, -p.y2, -p.y2 + t, base, p.h - t, frame);
  for (const float x : {-p.x2 + t, p.x2 - t})
    for (const float y : {-p.y2 + t, p.y2 - t}) p.box(x - t, x + t, y - t, y + t, base, p.h - t, frame);
  const int n = std::clamp(static_cast<int>((p.h - base) / 0.32F), 1, 5);
  const float step = (p.h - 2 * t - base) / static_cast<float>(n);
  for (int i = 0; i < n; ++i) {
    const float z = base + static_cast<float>(i) * step;
    if (i > 0) p.box(-p.x2 + t, p.x2 - t, -p.y2 + t, p.y2 - t, z - 0.006F, z, pane);
    const int things = std::clamp(static_cast<int>(p.x2 / 0.12F), 2, 7);
    for (int k = 0; k < things; ++k) {
      const float x = (-0.85F + 1.7F * (static_cast<float>(k) + 0.5F) / static_cast<float>(things)) * p.x2;
      const float r = std::min(0.6F * p.x2 / static_cast<float>(things), 0.35F * p.y2);
      if (p.is("pastry")) {
        p.builder.cylinder(Vec3f(x, 0, z), Vec3f(x, 0, z + 0.3F * step), r,
                           p.use(k % 2 ? colored("cream cake", 0xf3dfc0) : colored("choco cake", 0x6b3f28)),
                           12);
        p.builder.ellipsoid(Vec3f(x, 0, z + 0.34F * step), Vec3f(0.3F * r, 0.3F * r, 0.08F * step),
                            p.use("berry", 0xc0303f, 0.4F), 8);
      } else if (p.is("china")) {
        const float zc = z + 0.35F * step;
        p.builder.cylinder(Vec3f(x, -0.6F * p.y2, zc), Vec3f(x, -0.5F * p.y2, zc), std::min(r, 0.34F * step),
                           p.use(p.palette.white), 14);
      } else {
        p.builder.ellipsoid(Vec3f(x, 0, z + 0.3F * step), Vec3f(0.7F * r, 0.7F * r, 0.3F * step),
                            pack(p, static_cast<std::size_t>(k + i)), 10);
      }
    }
  }
  p.box(-p.x2 + t, p.x2 - t, p.y2 - 0.012F, p.y2 - 0.006F, base, p.h - t, pane);
}

/// Doors side by side on a carcase's front.
void doors(Piece& p, float x0, float x1, float z0, float z1, int n, int m) {
  const float w = (x1 - x0) / static_cast<float>(n);
  for (int i = 0; i < n; ++i) {
    const float x = x0 + static_cast<float>(i) * w;
    p.soft(x + 0.006F, x + w - 0.006F, p.y2 - 0.035F, p.y2 - 0.012F, z0 + 0.006F, z1 - 0.006F, 0.005F, m, 1);
    // Handles meet in the middle of each pair.
    const float hx = n == 1 || i % 2 == 0 ? x + w - 0.045F : x + 0.045F;
    handle(p, hx, 0.5F * (z0 + z1), p.y2, std::min(0.08F, 0.2F * (z1 - z0)), true);
  }
}

void clothes(Piece& p, float x0, float x1, float z_rail, float z_low, float half_deep) {
  const int n = std::clamp(static_cast<int>((x1 - x0) / 0.07F), 2, 26);
  for (int i = 0; i < n; ++i) {
    const float x = x0 + (x1 - x0) * (static_cast<float>(i) + 0.5F) / static_cast<float>(n);
    const int m = binding(p, static_cast<std::size_t>(p.rng.below(8)));
    const float low = z_low + p.random(0.0F, 0.35F) * (z_rail - z_low);
    p.builder.prism_yz(std::array<std::pair<float, float>, 5>{{{-0.7F * half_deep, low},
                                                               {0.7F * half_deep, low},
                                                               {0.85F * half_deep, z_rail - 0.14F},
                                                               {0.0F, z_rail - 0.03F},
                                                               {-0.85F * half_deep, z_rail - 0.14F}}},
                       x - 0.02F, x + 0.02F, m);
  }
}

/// Uprights at the four corners and open boards: the frame of most racks.
void frame_and_boards(Piece& p, int levels, int m) {
  const float t = std::min(0.02F, 0.1F * std::min(p.x2, p.y2));
  p.four_legs(0, p.h, t, 0, m);
  for (int i = 0; i < levels; ++i) {
    const float z =
        p.h * (0.08F + 0.9F * static_cast<float>(i) / static_cast<float>(std::max(1, levels - 1)));
    p.box(-p.x2, p.x2, -p.y2, p.y2, z - 0.02F, z, m);
  }
}

void clothing_rack(Piece& p) {
  const int m = p.use(p.palette.metal);
  for (const float x : {-0.94F * p.x2, 0.94F * p.x2}) {
    p.post(x, 0, 0.03F, p.h - 0.02F, 0.016F, m);
    p.box(x - 0.02F, x + 0.02F, -p.y2, p.y2, 0, 0.04F, m);
  }
  p.builder.cylinder(Vec3f(-p.x2, 0, p.h - 0.02F), Vec3f(p.x2, 0, p.h - 0.02F), 0.02F, m, 10);
  p.builder.cylinder(Vec3f(-0.94F * p.x2, 0, 0.12F), Vec3f(0.94F * p.x2, 0, 0.12F), 0.012F, m, 8);
  clothes(p, -0.8F * p.x2, 0.8F * p.x2, p.h - 0.02F, 0.3F * p.h, 0.9F * p.y2);
}

void coat_rack(Piece& p) {
  const int m = p.use(p.palette.main);
  const float r = std::min(p.x2, p.y2);
  p.post(0, 0, 0.04F, p.h, 0.022F, m, 12);
  p.builder.cylinder(Vec3f(0, 0, 0), Vec3f(0, 0, 0.04F), 0.7F * r, m, 20);
  for (int i = 0; i < 6; ++i) {
    const float a = std::numbers::pi_v<float> * static_cast<float>(i) / 3;
    const float z = p.h * (i % 2 ? 0.9F : 0.78F);
    const Vec3f tip(p.x2 * std::cos(a), p.y2 * std::sin(a), z + 0.1F);
    const std::array<Vec3f, 3> arm = {Vec3f(0, 0, z), Vec3f(0.8F * tip.x(), 0.8F * tip.y(), z), tip};
    p.builder.tube(arm, 0.013F, m, 6);
  }
  const int coat = p.use(p.palette.textile);
  p.soft(0.2F * p.x2, p.x2, -0.45F * p.y2, 0.45F * p.y2, 0.35F * p.h, 0.82F * p.h, 0.08F, coat);
}

void cat_tree(Piece& p) {
  const int plush = p.use("plush", 0xcdbfa8, 0.95F);
  const int rope = p.use("sisal rope", 0xb99a66, 0.95F);
  p.soft(-p.x2, p.x2, -p.y2, p.y2, 0, 0.05F * p.h, 0.02F, plush, 1);
  const auto level = [&](float x, float y, float z0, float z1, float r) {
    p.post(x, y, z0, z1, 0.05F, rope, 12);
    p.soft(x - r * p.x2, x + r * p.x2, y - r * p.y2, y + r * p.y2, z1, z1 + 0.04F * p.h, 0.02F, plush, 1);
  };
  p.soft(-0.9F * p.x2, 0.1F * p.x2, -0.8F * p.y2, 0.5F * p.y2, 0.05F * p.h, 0.3F * p.h, 0.03F, plush, 1);
  p.builder.cylinder(Vec3f(-0.4F * p.x2, 0.45F * p.y2, 0.16F * p.h),
                     Vec3f(-0.4F * p.x2, 0.51F * p.y2, 0.16F * p.h), 0.09F * p.h, p.use(p.palette.black), 16);
  level(-0.45F * p.x2, -0.3F * p.y2, 0.3F * p.h, 0.62F * p.h, 0.5F);
  level(0.5F * p.x2, 0.2F * p.y2, 0.05F * p.h, 0.45F * p.h, 0.48F);
  level(0.4F * p.x2, -0.4F * p.y2, 0.05F * p.h, 0.9F * p.h, 0.5F);
  p.soft(0.0F, 0.85F * p.x2, -0.8F * p.y2, -0.65F * p.y2, 0.93F * p.h, p.h, 0.02F, plush, 1);
}

void dumbbells(Piece& p) {
  const int m = p.use(p.palette.metal);
  const int black = p.use(p.palette.black);
  for (const float x : {-p.x2 + 0.03F, p.x2 - 0.03F}) {
    p.box(x - 0.03F, x + 0.03F, -p.y2, p.y2, 0, 0.06F, m);
    p.box(x - 0.03F, x + 0.03F, -p.y2, -p.y2 + 0.06F, 0, p.h, m);
  }
  const int n = std::clamp(static_cast<int>(p.x2 / 0.12F), 2, 9);
  for (int level = 0; level < 2; ++level) {
    const float z = p.h * (level ? 0.78F : 0.32F);
    p.box(-p.x2, p.x2, -p.y2, level ? 0.5F * p.y2 : p.y2, z - 0.03F, z, m);
    for (int i = 0; i < n; ++i) {
      const float x = (-0.9F + 1.8F * (static_cast<float>(i) + 0.5F) / static_cast<float>(n)) * p.x2;
      const float y = level ? -0.25F * p.y2 : 0.1F * p.y2;
      const float r = std::min(0.62F * p.x2 / static_cast<float>(n), 0.1F * p.h);
      p.builder.cylinder(Vec3f(x, y - 0.6F * p.y2, z + r), Vec3f(x, y + 0.6F * p.y2, z + r), 0.35F * r, m, 8);
      for (const float s : {-0.5F, 0.5F})
        p.builder.cylinder(Vec3f(x, y + (s - 0.16F) * p.y2, z + r), Vec3f(x, y + (s + 0.16F) * p.y2, z + r),
                           r, black, 8);
    }
  }
}

void squat_rack(Piece& p) {
  const int m = p.use(p.palette.main);
  const int black = p.use(p.palette.black);
  const int steel = p.use("bar steel", 0xb4b9be, 0.3F, 1);
  for (const float x : {-0.7F * p.x2, 0.7F * p.x2}) {
    for (const float y : {-0.9F * p.y2, 0.5F * p.y2})
      p.box(x - 0.035F, x + 0.035F, y - 0.035F, y + 0.035F, 0, p.h, m);
    for (const float z : {0.0F, p.h - 0.07F}) p.box(x - 0.035F, x + 0.035F, -p.y2, p.y2, z, z + 0.07F, m);
  }
  for (const float y : {-0.9F * p.y2, 0.5F * p.y2})
    p.box(-0.7F * p.x2, 0.7F * p.x2, y - 0.03F, y + 0.03F, p.h - 0.07F, p.h, m);
  const float z = 0.6F * p.h;
  const float y = 0.62F * p.y2;
  p.builder.cylinder(Vec3f(-p.x2, y, z), Vec3f(p.x2, y, z), 0.016F, steel, 8);
  for (const float s : {-1.0F, 1.0F})
    for (const float x : {0.8F, 0.88F})
      p.builder.cylinder(Vec3f(s * x * p.x2, y, z), Vec3f(s * (x + 0.06F) * p.x2, y, z),
                         std::min(0.22F, 0.1F * p.h), black, 18);
}

void climbing_frame(Piece& p) {
  const int wood = p.use(p.palette.main);
  const int slide = p.use("slide", 0xe0503a, 0.4F);
  const int rung = p.use("rung", 0x3f7fc4, 0.4F);
  const float deck = 0.55F * p.h;
  for (const float x : {-0.95F * p.x2, -0.05F * p.x2})
    for (const float y : {-0.9F * p.y2, 0.9F * p.y2})
      p.box(x - 0.04F, x + 0.04F, y - 0.04F, y + 0.04F, 0, 0.85F * p.h, wood);
  p.box(-p.x2, 0.0F, -0.95F * p.y2, 0.95F * p.y2, deck - 0.04F, deck, wood);
  p.builder.prism_yz(
      std::array<std::pair<float, float>, 3>{{{-p.y2, 0.82F * p.h}, {p.y2, 0.82F * p.h}, {0.0F, p.h}}}, -p.x2,
      0.02F * p.x2, p.use("roof", 0x4f9a55, 0.5F));
  p.builder.prism_xz(
      std::array<std::pair<float, float>, 4>{
          {{0.0F, deck - 0.03F}, {p.x2, 0.0F}, {p.x2, 0.04F}, {0.0F, deck + 0.01F}}},
      -0.5F * p.y2, 0.5F * p.y2, slide);
  for (const float y : {-0.55F * p.y2, 0.5F * p.y2})
    p.builder.prism_xz(
        std::array<std::pair<float, float>, 4>{
            {{0.0F, deck - 0.03F}, {p.x2, 0.0F}, {p.x2, 0.14F}, {0.0F, deck + 0.12F}}},
        y, y + 0.05F * p.y2, slide);
  for (int i = 1; i < 5; ++i) {
    const float z = deck * static_cast<float>(i) / 5;
    p.builder.cylinder(Vec3f(-0.95F * p.x2, -0.9F * p.y2, z), Vec3f(-0.95F * p.x2, 0.9F * p.y2, z), 0.02F,
                       rung, 8);
    p.builder.cylinder(Vec3f(-0.95F * p.x2, 0.9F * p.y2, z), Vec3f(-0.05F * p.x2, 0.9F * p.y2, z), 0.02F,
                       rung, 8);
  }
}

void car_lift(Piece& p) {
  const int m = p.use("lift blue", 0x2f5fb0, 0.4F);
  const int black = p.use(p.palette.black);
  for (const float s : {-1.0F, 1.0F}) {
    p.box(s * 0.84F * p.x2, s * p.x2, -0.25F * p.y2, 0.25F * p.y2, 0, p.h, m);
    p.box(s * 0.78F * p.x2, s * p.x2, -0.4F * p.y2, 0.4F * p.y2, 0, 0.03F, m);
    for (const float t : {-1.0F, 1.0F}) {
      p.builder.cylinder(Vec3f(s * 0.84F * p.x2, t * 0.1F * p.y2, 0.15F),
                         Vec3f(s * 0.35F * p.x2, t * 0.92F * p.y2, 0.15F), 0.04F, m, 8);
      p.builder.cylinder(Vec3f(s * 0.35F * p.x2, t * 0.92F * p.y2, 0.13F),
                         Vec3f(s * 0.35F * p.x2, t * 0.92F * p.y2, 0.2F), 0.08F * p.y2, black, 12);
    }
  }
  p.box(-0.9F * p.x2, 0.9F * p.x2, -0.1F * p.y2, 0.1F * p.y2, p.h - 0.08F, p.h, m);
}

/// Rails between two uprights: towels, mats, laundry, saddles hang on them.
void rails(Piece& p, int n, int m, bool hang) {
  for (const float x : {-p.x2 + 0.015F, p.x2 - 0.015F})
    for (const float y : {-p.y2 + 0.015F, p.y2 - 0.015F})
      p.box(x - 0.015F, x + 0.015F, y - 0.015F, y + 0.015F, 0, p.h, m);
  for (int i = 0; i < n; ++i) {
    const float z = p.h * (static_cast<float>(i) + 1) / static_cast<float>(n) - 0.015F;
    for (const float y : {-p.y2 + 0.015F, p.y2 - 0.015F})
      p.builder.cylinder(Vec3f(-p.x2, y, z), Vec3f(p.x2, y, z), 0.012F, m, 8);
    for (const float x : {-p.x2 + 0.015F, p.x2 - 0.015F})
      p.box(x - 0.012F, x + 0.012F, -p.y2, p.y2, z - 0.012F, z + 0.012F, m);
    if (!hang || (i % 2 == 0 && n > 2)) continue;
    const int cloth = i % 3 ? p.use(p.palette.accent) : p.use(p.palette.linen);
    const float drop = std::min(0.8F * z, 0.35F * p.h);
    const float shift = (i % 2 ? -0.12F : 0.12F) * p.x2;
    p.soft(shift - 0.62F * p.x2, shift + 0.62F * p.x2, p.y2 - 0.035F, p.y2, z - drop, z + 0.014F, 0.008F,
           cloth, 1);
  }
}

void cart(Piece& p) {
  const int m = p.use(p.palette.metal);
  const int tray = p.use(p.palette.main);
  const int black = p.use(p.palette.black);
  const float r = std::min(0.04F, 0.06F * p.h);
  for (const float x : {-p.x2 + 0.03F, p.x2 - 0.03F})
    for (const float y : {-p.y2 + 0.03F, p.y2 - 0.03F}) {
      p.builder.cylinder(Vec3f(x - 0.012F, y, r), Vec3f(x + 0.012F, y, r), r, black, 12);
      p.post(x, y, r, p.h, 0.014F, m, 8);
    }
  const int levels = p.h > 0.75F ? 3 : 2;
  for (int i = 0; i < levels; ++i) {
    const float z =
        2 * r + 0.02F + (0.8F * p.h - 2 * r) * static_cast<float>(i) / static_cast<float>(levels - 1);
    p.soft(-p.x2, p.x2, -p.y2, p.y2, z, z + 0.03F, 0.01F, tray, 1);
    for (int k = 0; k < 4; ++k) {
      const float x = (-0.6F + 0.4F * static_cast<float>(k)) * p.x2;
      const float tall = std::min(0.18F, 0.19F * p.h);
      const float b = std::min(0.045F, 0.16F * p.x2);
      if (p.is("medical"))
        p.box(x - b, x + b, -0.4F * p.y2, 0.4F * p.y2, z + 0.03F, z + 0.03F + 0.6F * tall,
              k % 2 ? p.use(p.palette.white) : p.use("med blue", 0x4fa0c4, 0.5F));
      else
        p.builder.lathe(
            x, 0,
            std::array<std::pair<float, float>, 4>{
                {{b, z + 0.03F}, {b, z + 0.6F * tall}, {0.3F * b, z + 0.75F * tall}, {0.3F * b, z + tall}}},
            pack(p, static_cast<std::size_t>(k + i)), 10);
    }
  }
}

void wine_rack(Piece& p) {
  const int m = p.use(p.palette.main);
  const int bottle = p.use("bottle", 0x23402c, 0.15F);
  const int capsule = p.use("capsule", 0x8c1f2f, 0.4F);
  const float t = 0.02F;
  p.box(-p.x2, p.x2, -p.y2, -p.y2 + t, 0, p.h, p.use(p.palette.dark_wood));
  const int nx = std::clamp(static_cast<int>(p.x2 / 0.07F), 2, 8);
  const int nz = std::clamp(static_cast<int>(p.h / 0.14F), 2, 9);
  for (int i = 0; i <= nx; ++i) {
    const float x = -p.x2 + 0.5F * t + (2 * p.x2 - t) * static_cast<float>(i) / static_cast<float>(nx);
    p.box(x - 0.5F * t, x + 0.5F * t, -p.y2, 0.9F * p.y2, 0, p.h, m);
  }
  for (int j = 0; j <= nz; ++j) {
    const float z = (p.h - t) * static_cast<float>(j) / static_cast<float>(nz);
    p.box(-p.x2, p.x2, -p.y2, 0.9F * p.y2, z, z + t, m);
    if (j == nz) break;
    for (int i = 0; i < nx; ++i) {
      const float x = -p.x2 + 2 * p.x2 * (static_cast<float>(i) + 0.5F) / static_cast<float>(nx);
      const float cell = p.h / static_cast<float>(nz);
      const float r = 0.36F * std::min(cell, 2 * p.x2 / static_cast<float>(nx));
      if (p.rng.below(5) == 0) continue;
      p.builder.cylinder(Vec3f(x, -0.8F * p.y2, z + t + r), Vec3f(x, 0.7F * p.y2, z + t + r), r, bottle, 10);
      p.builder.cylinder(Vec3f(x, 0.7F * p.y2, z + t + r), Vec3f(x, p.y2, z + t + r), 0.4F * r, capsule, 8);
    }
  }
}

}  // namespace

void draw_shelf(Piece& p) {
  if (p.is("dollhouse")) return dollhouse(p);
  const int m = p.use(p.palette.main_is_glass ? p.palette.wood : p.palette.main);
  const float t = std::min(0.025F, 0.08F * p.h);
  if (p.is("wall_shelf") && p.h < 0.45F) {
    p.box(-p.x2, p.x2, -p.y2, p.y2, 0.25F * p.h, 0.25F * p.h + t, m);
    for (const float x : {-0.7F * p.x2, 0.7F * p.x2}) {
      p.box(x - 0.012F, x + 0.012F, -p.y2, -p.y2 + 0.015F, 0, 0.25F * p.h, p.use(p.palette.metal));
      p.box(x - 0.012F, x + 0.012F, -p.y2, 0.7F * p.y2, 0.25F * p.h - 0.015F, 0.25F * p.h,
            p.use(p.palette.metal));
    }
    const float z = 0.25F * p.h + t;
    fill_bay(p, -0.9F * p.x2, 0.2F * p.x2, -0.9F * p.y2, 0.8F * p.y2, z, p.h - z, 0);
    const float r = std::min(0.12F * p.x2, 0.7F * p.y2);
    p.builder.lathe(
        0.6F * p.x2, 0,
        std::array<std::pair<float, float>, 4>{
            {{0.5F * r, z}, {r, z + 0.4F * (p.h - z)}, {0.4F * r, z + 0.8F * (p.h - z)}, {0.6F * r, p.h}}},
        p.use(p.palette.accent), 12);
    return;
  }
  const bool open_back = p.is("plant") || p.is("greenhouse") || p.palette.main_is_metal;
  if (open_back)
    p.four_legs(0, p.h, t, 0, m);
  else
    for (const float s : {-1.0F, 1.0F}) p.box(s * (p.x2 - t), s * p.x2, -p.y2, p.y2, 0, p.h, m);
  if (!open_back) p.box(-p.x2, p.x2, -p.y2, -p.y2 + 0.012F, 0, p.h, p.use(p.palette.dark_wood));
  const float gap = p.is("shoe") || p.is("spice") ? 0.2F : (p.is("record") || p.is("cubby") ? 0.38F : 0.33F);
  const int rows = std::clamp(static_cast<int>(p.h / gap + 0.3F), 1, 9);
  const float wide = p.is("cubby") || p.is("toy") ? 0.4F : 0.95F;
  const int columns = std::clamp(static_cast<int>(2 * p.x2 / wide + 0.4F), 1, 8);
  const float low = rows > 1 && p.h > 0.5F ? 0.04F : 0.0F;
  const float step = (p.h - low - t) / static_cast<float>(rows);
  const float cell = 2 * (p.x2 - t) / static_cast<float>(columns);
  for (int j = 0; j <= rows; ++j) {
    const float z = low + static_cast<float>(j) * step;
    p.box(-p.x2, p.x2, -p.y2, p.y2, z, z + t, m);
    if (j == rows) break;
    for (int i = 0; i < columns; ++i) {
      const float x = -p.x2 + t + static_cast<float>(i) * cell;
      if (i > 0) p.box(x - 0.5F * t, x + 0.5F * t, -p.y2, 0.98F * p.y2, z, z + step, m);
      fill_bay(p, x + t, x + cell - t, -p.y2 + 0.03F, 0.85F * p.y2, z + t, step - t,
               i + j * columns + p.variation);
    }
  }
}

void draw_cabinet(Piece& p) {
  if (p.is("aquarium")) return aquarium(p);
  if (p.is("case") || p.is("china")) return glass_case(p);
  const int m = p.use(p.palette.main_is_glass ? p.palette.wood : p.palette.main);
  const int dark = p.use(p.palette.dark_wood);
  const float foot = p.is("wall") ? 0.0F : std::min(0.1F, 0.15F * p.h);
  p.soft(-p.x2, p.x2, -p.y2, p.y2, p.h - 0.03F, p.h, 0.006F, m, 1);
  p.box(-p.x2 + 0.005F, p.x2 - 0.005F, -p.y2, p.y2 - 0.034F, foot, p.h - 0.03F, dark);
  for (const float s : {-1.0F, 1.0F})
    p.box(s * (p.x2 - 0.02F), s * p.x2, -p.y2, p.y2 - 0.012F, foot, p.h - 0.02F, m);
  if (foot > 0)
    p.four_round_legs(0, foot, 0.022F, 0.016F, 0.03F, 0.0F,
                      p.use(p.palette.main_is_wood ? p.palette.dark_wood : p.palette.metal));
  const float x = p.x2 - 0.02F;
  const float top = p.h - 0.03F;
  const int n = std::clamp(static_cast<int>(2 * p.x2 / 0.45F + 0.5F), 1, 6);
  if (p.is("tv") || p.is("bar_cabinet")) {
    // Doors at the sides, open bays between them.
    doors(p, -x, -0.4F * x, foot, top, 1, m);
    doors(p, 0.4F * x, x, foot, top, 1, m);
    const float mid = 0.5F * (foot + top);
    p.box(-0.4F * x, 0.4F * x, -p.y2, p.y2 - 0.02F, mid - 0.01F, mid + 0.01F, m);
    p.box(-0.3F * x, 0.1F * x, -0.5F * p.y2, p.y2 - 0.025F, mid + 0.01F, mid + 0.3F * (top - mid),
          p.use(p.palette.black));
    return;
  }
  if (p.is("jewel") || p.is("sideboard") || p.is("kitchen")) {
    const float split = p.is("jewel") ? foot : foot + 0.72F * (top - foot);
    const int rows = p.is("jewel") ? 5 : 1;
    const int columns = p.is("jewel") ? 1 : n;
    if (split > foot) doors(p, -x, x, foot, split, n, m);
    for (int j = 0; j < rows; ++j)
      for (int i = 0; i < columns; ++i) {
        const float w = 2 * x / static_cast<float>(columns);
        const float z = split + (top - split) * static_cast<float>(j) / static_cast<float>(rows);
        const float z1 = split + (top - split) * static_cast<float>(j + 1) / static_cast<float>(rows);
        const float x0 = -x + w * static_cast<float>(i);
        p.soft(x0 + 0.006F, x0 + w - 0.006F, p.y2 - 0.035F, p.y2 - 0.012F, z + 0.006F, z1 - 0.006F, 0.005F, m,
               1);
        handle(p, x0 + 0.5F * w, 0.5F * (z + z1), p.y2, std::min(0.06F, 0.2F * w), false);
      }
    return;
  }
  doors(p, -x, x, foot, top, n, p.is("chemical") ? p.use("safety yellow", 0xe8b82f, 0.5F) : m);
}

void draw_wardrobe(Piece& p) {
  const int m = p.use(p.palette.main);
  const int dark = p.use(p.palette.dark_wood);
  const float t = 0.03F;
  if (p.is("sauna") || p.is("booth")) {
    const bool sauna = p.is("sauna");
    const int pane = p.use(p.palette.glass);
    p.box(-p.x2, p.x2, -p.y2, p.y2, 0, t, m);
    p.box(-p.x2, p.x2, -p.y2, p.y2, p.h - 2 * t, p.h, m);
    p.box(-p.x2, p.x2, -p.y2, -p.y2 + t, 0, p.h, m);
    for (const float s : {-1.0F, 1.0F}) p.box(s * (p.x2 - t), s * p.x2, -p.y2, p.y2, 0, p.h, m);
    p.box(-p.x2, -0.45F * p.x2, p.y2 - t, p.y2, 0, p.h, m);
    p.box(0.45F * p.x2, p.x2, p.y2 - t, p.y2, 0, p.h, m);
    if (sauna) {
      p.box(-p.x2 + t, p.x2 - t, -p.y2 + t, -0.2F * p.y2, 0.2F * p.h, 0.22F * p.h, m);
      p.box(-p.x2 + t, p.x2 - t, -p.y2 + t, -p.y2 + t + 0.02F, 0.4F * p.h, 0.44F * p.h, dark);
    } else {
      p.post(0, -0.3F * p.y2, t, 0.7F * p.h, 0.012F, p.use(p.palette.metal), 8);
      p.builder.ellipsoid(Vec3f(0, -0.3F * p.y2, 0.73F * p.h), Vec3f(0.04F, 0.04F, 0.07F),
                          p.use(p.palette.black), 10);
    }
    p.box(-0.45F * p.x2, 0.45F * p.x2, p.y2 - 0.7F * t, p.y2 - 0.4F * t, t, p.h - 2 * t, pane);
    p.box(0.36F * p.x2, 0.4F * p.x2, p.y2 - 0.4F * t, p.y2 + 0.02F, 0.45F * p.h, 0.55F * p.h,
          p.use(p.palette.metal));
    return;
  }
  // The carcass stays within its sides and its top.
  p.box(-p.x2 + 0.01F, p.x2 - 0.01F, -p.y2 + 0.005F, p.y2 - 0.034F, 0, p.h - 0.01F,
        p.is("locker") ? p.use(p.palette.black) : dark);
  for (const float s : {-1.0F, 1.0F}) p.box(s * (p.x2 - 0.02F), s * p.x2, -p.y2, p.y2 - 0.012F, 0, p.h, m);
  const bool locker = p.is("locker");
  p.soft(-p.x2, p.x2, -p.y2, p.y2 - 0.005F, p.h - 0.05F, p.h, 0.01F, m, 1);
  const float base = locker ? 0.06F : 0.08F;
  if (p.period() && !locker)
    p.box(-p.x2, p.x2, -p.y2, p.y2, p.h - 0.025F, p.h, dark);  // the cornice's upper moulding
  const int n = std::clamp(static_cast<int>(2 * p.x2 / (locker ? 0.32F : 0.52F) + 0.5F), 1, 6);
  const float w = 2 * (p.x2 - 0.02F) / static_cast<float>(n);
  const bool low_drawers = !locker && p.h > 1.7F;
  const float split = low_drawers ? base + 0.2F * p.h : base;
  for (int i = 0; i < n; ++i) {
    const float x = -p.x2 + 0.02F + w * static_cast<float>(i);
    p.soft(x + 0.005F, x + w - 0.005F, p.y2 - 0.035F, p.y2 - 0.012F, split + 0.005F, p.h - 0.055F, 0.006F, m,
           1);
    if (locker) {
      for (int k = 0; k < 4; ++k)
        p.box(x + 0.3F * w, x + 0.7F * w, p.y2 - 0.014F, p.y2 - 0.01F,
              (0.82F + 0.025F * static_cast<float>(k)) * p.h, (0.83F + 0.025F * static_cast<float>(k)) * p.h,
              p.use(p.palette.black));
    } else if (!p.plain()) {
      p.box(x + 0.13F * w, x + 0.87F * w, p.y2 - 0.013F, p.y2 - 0.009F, split + 0.08F, p.h - 0.14F, dark);
      p.box(x + 0.15F * w, x + 0.85F * w, p.y2 - 0.012F, p.y2 - 0.007F, split + 0.09F, p.h - 0.15F, m);
    }
    if (low_drawers) {
      p.soft(x + 0.005F, x + w - 0.005F, p.y2 - 0.035F, p.y2 - 0.012F, base, split - 0.005F, 0.006F, m, 1);
      handle(p, x + 0.5F * w, 0.5F * (base + split), p.y2, 0.05F, false);
    }
    handle(p, n == 1 || i % 2 == 0 ? x + w - 0.03F : x + 0.03F, 0.55F * p.h, p.y2, 0.07F, true);
  }
}

void draw_drawers(Piece& p) {
  const int m = p.use(p.palette.main);
  const int inner = p.use(p.palette.main_is_wood ? p.palette.dark_wood : p.palette.black);
  const bool island = p.is("island");
  const bool steel = p.is("filing") || p.is("tool");
  const float foot = steel || island ? 0.05F : std::min(0.12F, 0.16F * p.h);
  const float pad = p.is("changing") ? 0.1F : 0.0F;
  const float top = p.h - pad;
  p.soft(-p.x2, p.x2, -p.y2, p.y2, top - 0.03F, top, 0.008F, m, 1);
  p.box(-p.x2 + 0.012F, p.x2 - 0.012F, -p.y2 + 0.005F, p.y2 - 0.034F, foot, top - 0.03F, m);
  p.box(-p.x2 + 0.02F, p.x2 - 0.02F, p.y2 - 0.036F, p.y2 - 0.032F, foot, top - 0.03F, inner);
  if (p.is("tool")) {
    const int black = p.use(p.palette.black);
    for (const float x : {-p.x2 + 0.06F, p.x2 - 0.06F})
      for (const float y : {-p.y2 + 0.05F, p.y2 - 0.05F})
        p.builder.cylinder(Vec3f(x - 0.015F, y, 0.03F), Vec3f(x + 0.015F, y, 0.03F), 0.03F, black, 12);
  } else if (steel || island) {
    p.box(-p.x2 + 0.03F, p.x2 - 0.03F, -p.y2 + 0.02F, p.y2 - 0.05F, 0, foot, inner);
  } else {
    p.four_round_legs(0, foot, 0.024F, 0.015F, 0.02F, 0.0F,
                      p.use(p.palette.main_is_wood ? p.palette.dark_wood : p.palette.metal));
  }
  const int columns = std::clamp(static_cast<int>(2 * p.x2 / (steel ? 1.2F : 0.65F) + 0.5F), 1, 4);
  const int rows = std::clamp(static_cast<int>((top - foot) / (p.is("tool")     ? 0.13F
                                                               : p.is("filing") ? 0.32F
                                                                                : 0.21F)),
                              1, 7);
  const float w = 2 * (p.x2 - 0.015F) / static_cast<float>(columns);
  const float step = (top - 0.035F - foot) / static_cast<float>(rows);
  for (int i = 0; i < columns; ++i)
    for (int j = 0; j < rows; ++j) {
      const float x = -p.x2 + 0.015F + w * static_cast<float>(i);
      const float z = foot + step * static_cast<float>(j);
      p.soft(x + 0.008F, x + w - 0.008F, p.y2 - 0.035F, p.y2 - 0.012F, z + 0.006F, z + step - 0.008F, 0.006F,
             m, 1);
      handle(p, x + 0.5F * w, z + 0.55F * step, p.y2, std::min(steel ? 0.12F : 0.06F, 0.3F * w), false);
      if (p.is("filing"))
        p.box(x + 0.5F * w - 0.05F, x + 0.5F * w + 0.05F, p.y2 - 0.013F, p.y2 - 0.008F, z + 0.7F * step,
              z + 0.85F * step, p.use(p.palette.white));
    }
  if (pad > 0) {
    p.soft(-0.9F * p.x2, 0.9F * p.x2, -0.85F * p.y2, 0.85F * p.y2, top, top + 0.6F * pad, 0.03F,
           p.use(p.palette.linen));
    for (const float s : {-1.0F, 1.0F})
      p.soft(-p.x2, p.x2, s * 0.8F * p.y2, s * p.y2, top - 0.01F, p.h, 0.02F, p.use(p.palette.textile), 1);
  }
}

void draw_rack(Piece& p) {
  const int m = p.use(p.palette.main);
  const int metal = p.use(p.palette.metal);
  if (p.is("clothing")) return clothing_rack(p);
  if (p.is("coat_rack")) return coat_rack(p);
  if (p.is("cat_tree")) return cat_tree(p);
  if (p.is("dumbbell")) return dumbbells(p);
  if (p.is("squat")) return squat_rack(p);
  if (p.is("climbing")) return climbing_frame(p);
  if (p.is("car_lift")) return car_lift(p);
  if (p.is("cart")) return cart(p);
  if (p.is("wine")) return wine_rack(p);
  if (p.is("hook")) {
    p.box(-p.x2, p.x2, -p.y2, -0.5F * p.y2, 0.35F * p.h, p.h, p.use(p.palette.wood));
    const int n = std::clamp(static_cast<int>(p.x2 / 0.08F), 2, 8);
    for (int i = 0; i < n; ++i) {
      const float x = (-0.85F + 1.7F * static_cast<float>(i) / static_cast<float>(n - 1)) * p.x2;
      const std::array<Vec3f, 4> hook = {
          Vec3f(x, -0.5F * p.y2, 0.7F * p.h), Vec3f(x, 0.3F * p.y2, 0.1F * p.h),
          Vec3f(x, 0.75F * p.y2, 0.1F * p.h), Vec3f(x, 0.8F * p.y2, 0.6F * p.h)};
      p.builder.tube(hook, std::min(0.009F, 0.1F * p.h), metal, 6);
    }
    p.box(-0.86F * p.x2, -0.84F * p.x2, 0.7F * p.y2, p.y2, 0.0F, 0.1F * p.h, metal);
    return;
  }
  if (p.is("library_ladder") || p.is("towel_ladder")) {
    // Leans towards the wall at its back.
    for (const float x : {-p.x2 + 0.025F, p.x2 - 0.025F})
      p.builder.prism_yz(
          std::array<std::pair<float, float>, 4>{
              {{p.y2 - 0.06F, 0.0F}, {p.y2, 0.0F}, {-p.y2 + 0.06F, p.h}, {-p.y2, p.h}}},
          x - 0.025F, x + 0.025F, m);
    const int n = std::clamp(static_cast<int>(p.h / 0.3F), 3, 9);
    for (int i = 1; i < n; ++i) {
      const float s = static_cast<float>(i) / static_cast<float>(n);
      const float y = p.y2 - 0.03F - (2 * p.y2 - 0.06F) * s;
      p.box(-p.x2, p.x2, y - 0.03F, y + 0.03F, s * p.h - 0.012F, s * p.h + 0.012F, m);
      if (p.is("towel") && i % 2)
        p.soft(-0.75F * p.x2, 0.75F * p.x2, y + 0.03F, y + 0.05F, s * p.h - 0.2F * p.h, s * p.h + 0.016F,
               0.008F, p.use(p.palette.linen), 1);
    }
    return;
  }
  if (p.is("towel_rack")) {
    for (const float x : {-p.x2 + 0.02F, p.x2 - 0.02F})
      p.box(x - 0.02F, x + 0.02F, -p.y2, 0.8F * p.y2, 0.85F * p.h, p.h, metal);
    p.builder.cylinder(Vec3f(-p.x2, 0.7F * p.y2, 0.94F * p.h), Vec3f(p.x2, 0.7F * p.y2, 0.94F * p.h), 0.01F,
                       metal, 8);
    p.soft(-0.7F * p.x2, 0.6F * p.x2, 0.4F * p.y2, p.y2, 0, 0.98F * p.h, 0.012F, p.use(p.palette.linen), 1);
    return;
  }
  if (p.is("pot_rack")) {
    for (const float y : {-p.y2 + 0.015F, p.y2 - 0.015F})
      p.box(-p.x2, p.x2, y - 0.015F, y + 0.015F, 0.55F * p.h, 0.6F * p.h, metal);
    for (const float x : {-p.x2 + 0.015F, p.x2 - 0.015F}) {
      p.box(x - 0.015F, x + 0.015F, -p.y2, p.y2, 0.55F * p.h, 0.6F * p.h, metal);
      for (const float y : {-p.y2 + 0.015F, p.y2 - 0.015F}) p.post(x, y, 0.6F * p.h, p.h, 0.006F, metal, 6);
    }
    const int copper = p.use("copper", 0xc0714a, 0.3F, 1);
    for (int i = 0; i < 5; ++i) {
      const float x = (-0.8F + 0.4F * static_cast<float>(i)) * p.x2;
      const float r = std::min(0.17F * p.x2, 0.22F * p.h);
      p.post(x, 0, 0.2F * p.h, 0.58F * p.h, 0.008F, metal, 6);
      p.builder.cylinder(Vec3f(x, -0.2F * p.y2, r), Vec3f(x, 0.2F * p.y2, r), r,
                         i % 2 ? copper : p.use(p.palette.black), 16);
    }
    p.box(-p.x2, p.x2, -0.02F, 0.02F, 0.55F * p.h, 0.59F * p.h, metal);
    p.post(0, 0, 0, 0.05F, 0.01F, metal, 6);
    return;
  }
  if (p.is("stanchion")) {
    const int gold = p.use("gold", 0xd9a93f, 0.3F, 1);
    for (const float x : {-p.x2 + p.y2, p.x2 - p.y2}) {
      p.builder.cylinder(Vec3f(x, 0, 0), Vec3f(x, 0, 0.03F), p.y2, gold, 20);
      p.post(x, 0, 0.03F, 0.95F * p.h, 0.022F, gold, 12);
      p.builder.ellipsoid(Vec3f(x, 0, 0.95F * p.h), Vec3f(0.04F, 0.04F, 0.05F * p.h), gold, 12);
    }
    std::array<Vec3f, 9> rope;
    for (std::size_t i = 0; i < rope.size(); ++i) {
      const float s = static_cast<float>(i) / 4 - 1;
      rope[i] = Vec3f(s * (p.x2 - p.y2), 0, 0.86F * p.h - 0.25F * p.h * (1 - s * s));
    }
    p.builder.tube(rope, 0.022F, p.use("rope red", 0xa3263a, 0.9F), 8);
    return;
  }
  if (p.is("barre")) {
    for (const float x : {-0.8F * p.x2, 0.8F * p.x2}) {
      p.box(x - 0.025F, x + 0.025F, -p.y2, p.y2, 0, 0.04F, metal);
      p.post(x, 0, 0.04F, p.h, 0.02F, metal, 10);
    }
    for (const float z : {0.72F * p.h, p.h - 0.025F})
      p.builder.cylinder(Vec3f(-p.x2, 0, z), Vec3f(p.x2, 0, z), 0.025F, m, 10);
    return;
  }
  if (p.is("firewood")) {
    p.four_legs(0, p.h, 0.015F, 0, metal);
    p.box(-p.x2, p.x2, -p.y2, p.y2, 0.06F, 0.08F, metal);
    const int bark = p.use("bark", 0x6b4a30, 0.95F);
    const int cut = p.use("cut wood", 0xd8b078, 0.8F);
    const int n = std::clamp(static_cast<int>(p.x2 / 0.06F), 2, 10);
    const float r = (p.x2 - 0.035F) / static_cast<float>(n);
    for (int j = 0; 0.08F + (1.75F * static_cast<float>(j) + 2) * r < 0.95F * p.h && j < 12; ++j)
      for (int i = 0; i < n - j % 2; ++i) {
        const float x = -p.x2 + 0.035F + (2 * static_cast<float>(i) + 1 + static_cast<float>(j % 2)) * r;
        const float z = 0.08F + (1.75F * static_cast<float>(j) + 1) * r;
        p.builder.cylinder(Vec3f(x, -0.95F * p.y2, z), Vec3f(x, 0.95F * p.y2, z), r, bark, 9);
        p.builder.cylinder(Vec3f(x, 0.95F * p.y2, z), Vec3f(x, 0.97F * p.y2, z), 0.8F * r, cut, 9);
      }
    p.box(-p.x2, p.x2, p.y2 - 0.03F, p.y2, p.h - 0.02F, p.h, metal);
    return;
  }
  if (p.is("towel") || p.is("drying") || p.is("saddle") || p.is("magazine")) {
    rails(p, p.is("magazine") ? 3 : 4, p.is("drying") ? metal : m, !p.is("magazine"));
    if (p.is("magazine"))
      for (int i = 0; i < 3; ++i)
        for (int k = 0; k < 2; ++k) {
          const float z = p.h * static_cast<float>(i) / 3;
          const float x = (k ? 0.06F : -0.9F) * p.x2;
          p.box(x, x + 0.84F * p.x2, p.y2 - 0.06F, p.y2 - 0.03F, z + 0.03F, z + 0.32F * p.h,
                binding(p, static_cast<std::size_t>(2 * i + k)));
        }
    return;
  }
  if (p.is("mat_rack")) {
    frame_and_boards(p, 4, m);
    for (int j = 0; j < 3; ++j)
      for (int i = 0; i < 4; ++i) {
        const float r = std::min(0.2F * p.x2, 0.12F * p.h);
        const float x = (-0.72F + 0.48F * static_cast<float>(i)) * p.x2;
        const float z = p.h * (0.08F + 0.3F * static_cast<float>(j)) + r;
        p.builder.cylinder(Vec3f(x, -0.9F * p.y2, z), Vec3f(x, 0.95F * p.y2, z), r,
                           pack(p, static_cast<std::size_t>(i + j)), 14);
      }
    return;
  }
  if (p.is("bike_rack")) {
    for (const float y : {-0.8F * p.y2, 0.8F * p.y2})
      p.builder.cylinder(Vec3f(-p.x2, y, 0.02F), Vec3f(p.x2, y, 0.02F), 0.02F, metal, 8);
    for (int i = 0; i < 5; ++i) {
      const float x = (-0.9F + 0.45F * static_cast<float>(i)) * p.x2;
      const std::array<Vec3f, 5> hoop = {Vec3f(x, -0.98F * p.y2, 0), Vec3f(x, -0.8F * p.y2, 0.85F * p.h),
                                         Vec3f(x, 0, p.h), Vec3f(x, 0.8F * p.y2, 0.85F * p.h),
                                         Vec3f(x, 0.98F * p.y2, 0)};
      p.builder.tube(hoop, 0.02F, metal, 8);
    }
    return;
  }
  const int levels = std::clamp(static_cast<int>(p.h / 0.4F) + 1, 2, 6);
  frame_and_boards(p, levels, m);
  for (int j = 0; j + 1 < levels; ++j) {
    const float z = p.h * (0.08F + 0.9F * static_cast<float>(j) / static_cast<float>(levels - 1));
    const float tall = 0.9F * p.h / static_cast<float>(levels - 1) - 0.03F;
    if (p.is("bread")) {
      for (int i = 0; i < 5; ++i)
        p.builder.ellipsoid(Vec3f((-0.72F + 0.36F * static_cast<float>(i)) * p.x2, 0, z + 0.25F * tall),
                            Vec3f(0.16F * p.x2, 0.7F * p.y2, 0.25F * tall), p.use("bread", 0xc98f4a, 0.8F),
                            10);
    } else if (p.is("sports")) {
      for (int i = 0; i < 4; ++i)
        p.builder.ellipsoid(Vec3f((-0.72F + 0.48F * static_cast<float>(i)) * p.x2, 0,
                                  z + std::min(0.45F * tall, 0.2F * p.x2)),
                            Vec3f::Constant(std::min({0.45F * tall, 0.2F * p.x2, 0.8F * p.y2})),
                            pack(p, static_cast<std::size_t>(i + j)), 12);
    } else if (p.is("instrument")) {
      for (int i = 0; i < 3; ++i)
        p.soft((-0.85F + 0.6F * static_cast<float>(i)) * p.x2, (-0.4F + 0.6F * static_cast<float>(i)) * p.x2,
               -0.8F * p.y2, 0.8F * p.y2, z, z + 0.6F * tall, 0.04F,
               i % 2 ? p.use(p.palette.black) : p.use("case brown", 0x76502f, 0.5F));
    } else {
      fill_bay(p, -0.9F * p.x2, 0.9F * p.x2, -0.85F * p.y2, 0.85F * p.y2, z, tall, j);
    }
  }
}

void draw_crate(Piece& p) {
  const int m = p.use(p.palette.main);
  const float t = std::min(0.03F, 0.12F * std::min(p.x2, p.y2));
  if (p.is("hay")) {
    const int straw = p.use("straw", 0xd6b964, 0.95F);
    const int twine = p.use("twine", 0x8f6a3a, 0.9F);
    p.soft(-p.x2, p.x2, -0.99F * p.y2, 0.99F * p.y2, 0, 0.99F * p.h, 0.04F, straw);
    for (const float x : {-0.45F * p.x2, 0.45F * p.x2})
      p.box(x - 0.01F, x + 0.01F, -p.y2, p.y2, 0, p.h, twine);
    for (int i = 0; i < 40; ++i) {
      const float x = p.random(-0.9F, 0.9F) * p.x2;
      const float z = p.random(0.1F, 0.9F) * p.h;
      p.box(x - 0.05F, x + 0.05F, 0.98F * p.y2, 0.995F * p.y2, z - 0.003F, z + 0.003F,
            i % 2 ? twine : p.use("straw light", 0xeadb9a, 0.95F));
    }
    return;
  }
  if (p.is("zen")) {
    const int sand = p.use("sand", 0xe3d8bd, 0.95F);
    const int groove = p.use("sand groove", 0xcbbd9c, 0.95F);
    const int rock = p.use("rock", 0x6f6c68, 0.8F);
    const int wood = p.use(p.palette.wood);
    const float bed = 0.35F * p.h;
    p.box(-p.x2 + t, p.x2 - t, -p.y2 + t, p.y2 - t, 0, bed, sand);
    for (int i = 1; i < 9; ++i) {
      const float y = (-1 + static_cast<float>(i) * 2 / 9) * (p.y2 - t);
      p.box(-p.x2 + t, p.x2 - t, y - 0.006F, y + 0.006F, bed, bed + 0.004F, groove);
    }
    for (const auto& [x, y, s] : std::array<std::array<float, 3>, 3>{
             {{-0.4F, -0.2F, 1.0F}, {0.1F, 0.4F, 0.6F}, {0.5F, -0.3F, 0.75F}}}) {
      p.builder.torus(Vec3f(x * p.x2, y * p.y2, bed), 0.32F * s * p.y2, 0.008F, 2, groove, 20);
      p.builder.ellipsoid(Vec3f(x * p.x2, y * p.y2, bed),
                          Vec3f(0.2F * s * p.y2, 0.2F * s * p.y2, s * (p.h - bed)), rock, 10);
    }
    for (const float s : {-1.0F, 1.0F}) {
      p.box(s * (p.x2 - t), s * p.x2, -p.y2, p.y2, 0, 0.55F * p.h, wood);
      p.box(-p.x2, p.x2, s * (p.y2 - t), s * p.y2, 0, 0.55F * p.h, wood);
    }
    return;
  }
  if (p.is("building")) {
    const float s = 2 * p.h / 5;
    int k = 0;
    for (int level = 0; level < 3; ++level)
      for (int i = 0; i < 3 - level; ++i) {
        const float x = (-0.66F + 0.66F * static_cast<float>(i) + 0.33F * static_cast<float>(level)) * p.x2;
        const float z = p.h * static_cast<float>(level) / 3;
        p.soft(x - 0.31F * p.x2, x + 0.31F * p.x2, -p.y2 * (level ? 0.6F : 1.0F),
               p.y2 * (level ? 0.5F : 1.0F), z, z + p.h / 3, 0.1F * s, pack(p, static_cast<std::size_t>(k++)),
               1);
      }
    return;
  }
  if (p.is("dog")) {
    const int n = std::clamp(static_cast<int>(p.x2 / 0.03F), 6, 20);
    for (int i = 0; i <= n; ++i) {
      const float x = -p.x2 + 0.008F + 2 * (p.x2 - 0.008F) * static_cast<float>(i) / static_cast<float>(n);
      for (const float y : {-p.y2 + 0.008F, p.y2 - 0.008F})
        p.box(x - 0.005F, x + 0.005F, y - 0.005F, y + 0.005F, 0, p.h, m);
      p.box(x - 0.005F, x + 0.005F, -p.y2, p.y2, p.h - 0.01F, p.h, m);
      const float y = -p.y2 + 0.008F + 2 * (p.y2 - 0.008F) * static_cast<float>(i) / static_cast<float>(n);
      for (const float sx : {-p.x2 + 0.008F, p.x2 - 0.008F})
        p.box(sx - 0.005F, sx + 0.005F, y - 0.005F, y + 0.005F, 0, p.h, m);
    }
    for (const float z : {0.0F, 0.5F * p.h, p.h - 0.02F}) {
      for (const float s : {-1.0F, 1.0F}) {
        p.box(s * (p.x2 - 0.012F), s * p.x2, -p.y2, p.y2, z, z + 0.02F, m);
        p.box(-p.x2, p.x2, s * (p.y2 - 0.012F), s * p.y2, z, z + 0.02F, m);
      }
    }
    p.soft(-0.95F * p.x2, 0.95F * p.x2, -0.93F * p.y2, 0.93F * p.y2, 0.01F, 0.12F * p.h, 0.03F,
           p.use(p.palette.textile));
    return;
  }
  if (p.is("bin")) {
    p.soft(-0.95F * p.x2, 0.95F * p.x2, -0.93F * p.y2, 0.93F * p.y2, 0, 0.9F * p.h, 0.04F, m);
    p.soft(-p.x2, p.x2, -p.y2, p.y2, 0.86F * p.h, p.h, 0.02F, p.use("lid", 0x4f5a66, 0.4F), 1);
    p.box(-0.2F * p.x2, 0.2F * p.x2, 0.92F * p.y2, 0.97F * p.y2, 0.55F * p.h, 0.75F * p.h,
          p.use(p.palette.white));
    return;
  }
  // Slats around corner posts.
  p.box(-0.97F * p.x2, 0.97F * p.x2, -0.96F * p.y2, 0.96F * p.y2, 0.0F, 0.5F * t, m);
  p.box(-0.96F * p.x2, 0.96F * p.x2, -0.94F * p.y2, 0.94F * p.y2, 0.5F * t, 0.6F * p.h,
        p.use(p.palette.dark_wood));
  for (int i = 0; i < 4; ++i) {
    const float z0 = p.h * (static_cast<float>(i) * 0.25F + 0.012F);
    const float z1 = p.h * (static_cast<float>(i) * 0.25F + 0.238F);
    for (const float s : {-1.0F, 1.0F}) {
      p.box(-p.x2, p.x2, s * (p.y2 - 0.5F * t), s * p.y2, z0, i == 3 ? p.h : z1, m);
      p.box(s * (p.x2 - 0.5F * t), s * p.x2, -p.y2, p.y2, z0, i == 3 ? p.h : z1, m);
    }
  }
  p.four_legs(0, p.h, 0.6F * t, 0.5F * t, m);
}

void draw_barrel(Piece& p) {
  p.builder.push(Eigen::Affine3f(Eigen::Scaling(p.x2, p.y2, 1.0F)));
  if (p.is("tire")) {
    const int rubber = p.use("rubber", 0x26282b, 0.8F);
    const int n = std::clamp(static_cast<int>(p.h / 0.2F + 0.5F), 1, 6);
    const float step = p.h / static_cast<float>(n);
    for (int i = 0; i < n; ++i) {
      const float z = step * static_cast<float>(i);
      const std::array<std::pair<float, float>, 7> ring = {{{0.55F, z + 0.1F * step},
                                                            {0.85F, z},
                                                            {1.0F, z + 0.2F * step},
                                                            {1.0F, z + 0.8F * step},
                                                            {0.85F, z + step},
                                                            {0.55F, z + 0.9F * step},
                                                            {0.55F, z + 0.1F * step}}};
      p.builder.lathe(0, 0, ring, rubber, 24);
    }
  } else if (p.is("cauldron")) {
    const int iron = p.use(p.palette.main);
    const int brew = p.glow("brew", 0x5fd94f, 0.5F);
    p.builder.lathe(0, 0,
                    std::array<std::pair<float, float>, 7>{{{0.0F, 0.12F * p.h},
                                                            {0.6F, 0.16F * p.h},
                                                            {1.0F, 0.5F * p.h},
                                                            {0.8F, 0.88F * p.h},
                                                            {0.92F, p.h},
                                                            {0.8F, p.h},
                                                            {0.74F, 0.85F * p.h}}},
                    iron, 24);
    p.builder.cylinder(Vec3f(0, 0, 0.84F * p.h), Vec3f(0, 0, 0.88F * p.h), 0.76F, brew, 20);
    for (int i = 0; i < 3; ++i) {
      const float a = 2.1F * static_cast<float>(i) + 0.5F;
      p.builder.cone(Vec3f(0.65F * std::cos(a), 0.65F * std::sin(a), 0),
                     Vec3f(0.5F * std::cos(a), 0.5F * std::sin(a), 0.25F * p.h), 0.07F, 0.12F, iron, 8);
    }
  } else if (p.is("punching")) {
    const int leather = p.use(p.palette.main);
    p.builder.lathe(0, 0,
                    std::array<std::pair<float, float>, 6>{{{0.0F, 0.0F},
                                                            {0.85F, 0.01F * p.h},
                                                            {1.0F, 0.05F * p.h},
                                                            {1.0F, 0.72F * p.h},
                                                            {0.85F, 0.76F * p.h},
                                                            {0.0F, 0.77F * p.h}}},
                    leather, 20);
    for (int i = 0; i < 4; ++i) {
      const float a = 1.571F * static_cast<float>(i);
      p.builder.cylinder(Vec3f(0.8F * std::cos(a), 0.8F * std::sin(a), 0.76F * p.h), Vec3f(0, 0, 0.92F * p.h),
                         0.04F, p.use(p.palette.metal), 6);
    }
    p.builder.cylinder(Vec3f(0, 0, 0.9F * p.h), Vec3f(0, 0, p.h), 0.05F, p.use(p.palette.metal), 6);
    p.builder.cylinder(Vec3f(0, 0, 0.36F * p.h), Vec3f(0, 0, 0.42F * p.h), 1.005F, p.use(p.palette.white),
                       20);
  } else if (p.is("kiln")) {
    p.builder.cylinder(Vec3f(0, 0, 0.1F * p.h), Vec3f(0, 0, 0.85F * p.h), 1.0F, p.use(p.palette.main), 10);
    p.builder.cone(Vec3f(0, 0, 0.85F * p.h), Vec3f(0, 0, p.h), 1.0F, 0.7F, p.use(p.palette.metal), 10);
    for (const float z : {0.12F, 0.45F, 0.8F})
      p.builder.cylinder(Vec3f(0, 0, z * p.h), Vec3f(0, 0, (z + 0.04F) * p.h), 1.005F, p.use(p.palette.metal),
                         10);
    p.builder.cylinder(Vec3f(0, 0, 0), Vec3f(0, 0, 0.1F * p.h), 0.85F, p.use(p.palette.black), 10);
    p.builder.cylinder(Vec3f(0, 0.8F, 0.45F * p.h), Vec3f(0, 0.99F, 0.45F * p.h), 0.12F,
                       p.glow("ember", 0xff8030, 1.2F), 10);
  } else {
    const int wood = p.use(p.palette.main);
    const int hoop = p.use("hoop", 0x3d3f43, 0.5F, 1);
    const auto radius = [&](float s) { return 0.98F - 0.2F * (2 * s - 1) * (2 * s - 1); };
    std::array<std::pair<float, float>, 9> body;
    for (std::size_t i = 0; i < body.size(); ++i) {
      const float s = static_cast<float>(i) / 8;
      body[i] = {radius(s), s * p.h};
    }
    p.builder.lathe(0, 0, body, wood, 24);
    p.builder.cylinder(Vec3f(0, 0, 0.94F * p.h), Vec3f(0, 0, 0.97F * p.h), 0.8F, p.use(p.palette.dark_wood),
                       20);
    p.builder.cylinder(Vec3f(0, 0, 0.0F), Vec3f(0, 0, 0.02F * p.h), 0.78F, p.use(p.palette.dark_wood), 20);
    for (const float s : {0.06F, 0.28F, 0.72F, 0.94F})
      p.builder.cone(Vec3f(0, 0, (s - 0.025F) * p.h), Vec3f(0, 0, (s + 0.025F) * p.h),
                     radius(s - 0.025F) + 0.02F, radius(s + 0.025F) + 0.02F, hoop, 24);
  }
  p.builder.pop();
}

void draw_basket(Piece& p) {
  const int m = p.use(p.palette.main);
  const int dark = p.use(p.palette.dark_wood);
  p.builder.push(Eigen::Affine3f(Eigen::Scaling(p.x2, p.y2, 1.0F)));
  const auto pot = [&](float foot, float rim, float z0, float z1, int outside, int inside) {
    p.builder.cone(Vec3f(0, 0, z0), Vec3f(0, 0, z1 - 0.002F), foot, 0.99F * rim, outside, 22);
    p.builder.cylinder(Vec3f(0, 0, z1 - 0.006F), Vec3f(0, 0, z1 - 0.001F), 0.9F * rim, inside, 22);
    p.builder.lathe(
        0, 0,
        std::array<std::pair<float, float>, 3>{{{rim, z1 - 0.04F * (z1 - z0)}, {rim, z1}, {0.88F * rim, z1}}},
        outside, 22);
  };
  if (p.is("birdcage")) {
    const int metal = p.use(p.palette.metal);
    p.builder.cylinder(Vec3f(0, 0, 0), Vec3f(0, 0, 0.04F * p.h), 0.8F, metal, 20);
    p.builder.cylinder(Vec3f(0, 0, 0.04F * p.h), Vec3f(0, 0, 0.4F * p.h), 0.06F, metal, 10);
    p.builder.cylinder(Vec3f(0, 0, 0.4F * p.h), Vec3f(0, 0, 0.42F * p.h), 1.0F, metal, 20);
    for (int i = 0; i < 14; ++i) {
      const float a = 2 * std::numbers::pi_v<float> * static_cast<float>(i) / 14;
      const float c = std::cos(a);
      const float s = std::sin(a);
      const std::array<Vec3f, 4> wire = {Vec3f(0.96F * c, 0.96F * s, 0.42F * p.h),
                                         Vec3f(0.96F * c, 0.96F * s, 0.78F * p.h),
                                         Vec3f(0.65F * c, 0.65F * s, 0.92F * p.h), Vec3f(0, 0, 0.97F * p.h)};
      p.builder.tube(wire, 0.025F, metal, 5);
    }
    p.builder.cylinder(Vec3f(0, 0, 0.96F * p.h), Vec3f(0, 0, p.h), 0.1F, metal, 8);
    const int bird = p.use("bird", 0xf0c03a, 0.8F);
    p.builder.ellipsoid(Vec3f(0, 0, 0.6F * p.h), Vec3f(0.18F, 0.3F, 0.06F * p.h), bird, 10);
    p.builder.ellipsoid(Vec3f(0, 0.22F, 0.66F * p.h), Vec3f(0.14F, 0.14F, 0.035F * p.h), bird, 10);
    p.builder.cylinder(Vec3f(-0.95F, 0, 0.535F * p.h), Vec3f(0.95F, 0, 0.535F * p.h), 0.025F,
                       p.use(p.palette.wood), 6);
  } else if (p.is("umbrella")) {
    pot(0.85F, 1.0F, 0, 0.62F * p.h, m, dark);
    p.builder.pop();
    for (int i = 0; i < 3; ++i) {
      const float a = 2.1F * static_cast<float>(i);
      const Vec3f top(0.6F * p.x2 * std::cos(a), 0.6F * p.y2 * std::sin(a), 0.86F * p.h);
      p.builder.cone(Vec3f(0, 0, 0.2F * p.h), top, 0.01F, 0.2F * p.x2,
                     binding(p, static_cast<std::size_t>(i)), 8);
      p.builder.cylinder(top, top + Vec3f(0, 0, 0.14F * p.h), 0.01F, p.use(p.palette.wood), 8);
    }
    return;
  } else if (p.is("fruit")) {
    p.builder.lathe(0, 0,
                    std::array<std::pair<float, float>, 6>{{{0.4F, 0.0F},
                                                            {0.4F, 0.05F * p.h},
                                                            {0.75F, 0.25F * p.h},
                                                            {1.0F, 0.6F * p.h},
                                                            {0.93F, 0.6F * p.h},
                                                            {0.0F, 0.3F * p.h}}},
                    m, 22);
    const std::array<std::uint32_t, 5> fruit = {0xc0303a, 0xf0962f, 0x8fb83f, 0xe8c83f, 0xb53a2f};
    for (std::size_t i = 0; i < 5; ++i) {
      const float a = 1.5708F * static_cast<float>(i);
      const Vec3f at =
          i == 4 ? Vec3f(0, 0, 0.79F * p.h) : Vec3f(0.42F * std::cos(a), 0.42F * std::sin(a), 0.58F * p.h);
      p.builder.ellipsoid(at, Vec3f(0.36F, 0.36F, 0.21F * p.h),
                          p.use("fruit " + std::to_string(i), fruit[i], 0.4F), 12);
    }
  } else if (p.is("watering")) {
    pot(1.0F, 0.8F, 0, 0.7F * p.h, m, dark);
    p.builder.pop();
    const float x = p.x2;
    p.builder.cone(Vec3f(0.8F * x, 0, 0.18F * p.h), Vec3f(1.9F * x, 0, 0.85F * p.h), 0.07F * p.h, 0.04F * p.h,
                   m, 10);
    p.builder.cone(Vec3f(1.86F * x, 0, 0.83F * p.h), Vec3f(2.05F * x, 0, 0.95F * p.h), 0.04F * p.h,
                   0.11F * p.h, m, 12);
    const std::array<Vec3f, 4> grip = {Vec3f(0.6F * x, 0, 0.68F * p.h), Vec3f(0, 0, 0.97F * p.h),
                                       Vec3f(-1.5F * x, 0, 0.75F * p.h), Vec3f(-0.9F * x, 0, 0.15F * p.h)};
    p.builder.tube(grip, 0.03F * p.h, m, 8);
    return;
  } else if (p.is("trash")) {
    pot(0.8F, 0.95F, 0, 0.86F * p.h, m, dark);
    p.builder.lathe(0, 0,
                    std::array<std::pair<float, float>, 4>{
                        {{1.0F, 0.84F * p.h}, {1.0F, 0.9F * p.h}, {0.6F, 0.98F * p.h}, {0.0F, p.h}}},
                    p.use(p.palette.black), 22);
    p.box(-0.2F, 0.2F, 0.6F, 1.0F, 0, 0.04F * p.h, p.use(p.palette.black));
  } else {
    const float rim = p.is("laundry") ? 0.9F * p.h : 0.78F * p.h;
    pot(0.78F, 1.0F, 0, rim, m, dark);
    const int bands = 6;
    for (int i = 1; i < bands; ++i) {
      const float s = static_cast<float>(i) / bands;
      const float r = 0.78F + 0.22F * s;
      p.builder.cylinder(Vec3f(0, 0, s * rim - 0.008F * p.h), Vec3f(0, 0, s * rim + 0.008F * p.h), r + 0.004F,
                         dark, 22);
    }
    const int cloth = p.use(p.palette.linen);
    p.builder.ellipsoid(Vec3f(-0.2F, 0.05F, rim), Vec3f(0.6F, 0.65F, p.h - rim), cloth, 12);
    p.builder.ellipsoid(Vec3f(0.4F, -0.2F, rim), Vec3f(0.4F, 0.5F, 0.7F * (p.h - rim)),
                        p.use(p.palette.accent), 12);
  }
  p.builder.pop();
}

void draw_chest(Piece& p) {
  const int m = p.use(p.palette.main);
  const int metal = p.use(p.is("toy") ? p.palette.white : p.palette.metal);
  const float lid = 0.68F * p.h;
  const float y = p.y2 - 0.012F;
  p.box(-p.x2 + 0.008F, p.x2 - 0.008F, -y, y, 0, lid - 0.006F, m);
  p.box(-p.x2 + 0.02F, p.x2 - 0.02F, -y + 0.01F, y - 0.01F, lid - 0.008F, lid + 0.01F,
        p.use(p.palette.dark_wood));
  if (p.is("trunk")) {
    // A vaulted lid.
    std::array<std::pair<float, float>, 10> arch;
    for (std::size_t i = 0; i < arch.size(); ++i) {
      const float a = std::numbers::pi_v<float> * static_cast<float>(i) / 9;
      arch[i] = {y * std::cos(a), lid + (p.h - 0.006F - lid) * std::sin(a)};
    }
    p.builder.prism_yz(arch, -p.x2 + 0.008F, p.x2 - 0.008F, m);
    for (auto& [ay, az] : arch) {
      ay *= 1.015F;
      az += az > lid ? 0.006F : 0.0F;
    }
    for (const float x : {-0.6F * p.x2, 0.6F * p.x2}) p.builder.prism_yz(arch, x - 0.03F, x + 0.03F, metal);
  } else {
    p.soft(-p.x2, p.x2, -p.y2, p.y2, lid, p.h, 0.02F, p.is("toy") ? p.use(p.palette.accent) : m, 1);
  }
  for (const float x : {-0.6F * p.x2, 0.6F * p.x2})
    p.box(x - 0.03F, x + 0.03F, -p.y2, p.y2 - 0.006F, 0, lid - 0.01F, metal);
  for (const float s : {-1.0F, 1.0F}) {
    p.box(s * (p.x2 - 0.05F), s * p.x2, -y - 0.004F, y + 0.004F, 0, 0.05F, metal);
    p.builder.torus(Vec3f(s * (p.x2 - 0.008F), 0, 0.45F * p.h), 0.05F, 0.008F, 0, metal, 12);
  }
  p.box(-0.04F, 0.04F, y, p.y2, lid - 0.07F, lid + 0.04F, p.use("lock", 0xc79a4a, 0.3F, 1));
}

void draw_books(Piece& p) {
  const int paper = p.use(p.palette.linen);
  const bool sheets = p.is("paper");
  const int n = std::clamp(static_cast<int>(p.h / (sheets ? 0.012F : 0.035F)), 2, 14);
  const float step = p.h / static_cast<float>(n);
  for (int i = 0; i < n; ++i) {
    const float z = step * static_cast<float>(i);
    // The lowest one fills the footprint; the others lie loosely on it.
    const float s = i == 0 ? 1.0F : p.random(0.72F, 0.94F);
    const float dx = i == 0 ? 0.0F : p.random(-0.05F, 0.05F) * p.x2;
    const float dy = i == 0 ? 0.0F : p.random(-0.05F, 0.05F) * p.y2;
    if (sheets) {
      p.box(dx - s * p.x2, dx + s * p.x2, dy - s * p.y2, dy + s * p.y2, z, z + 0.96F * step,
            i % 3 == 2 ? p.use("folder", 0xd9b26a, 0.8F) : paper);
      continue;
    }
    const int cover = binding(p, static_cast<std::size_t>(p.rng.below(8)));
    p.box(dx - s * p.x2, dx + s * p.x2, dy - s * p.y2, dy + s * p.y2, z, z + 0.14F * step, cover);
    p.box(dx - s * p.x2, dx + s * p.x2, dy - s * p.y2, dy + s * p.y2, z + 0.86F * step, z + step, cover);
    p.box(dx - s * p.x2, dx - 0.94F * s * p.x2, dy - s * p.y2, dy + s * p.y2, z, z + step, cover);
    p.box(dx - 0.95F * s * p.x2, dx + 0.95F * s * p.x2, dy - 0.96F * s * p.y2, dy + 0.96F * s * p.y2,
          z + 0.14F * step, z + 0.86F * step, paper);
  }
}

}  // namespace metaspatial::assets
