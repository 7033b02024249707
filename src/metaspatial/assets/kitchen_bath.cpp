#include <array>
#include <numbers>

#include "metaspatial/assets/piece.hpp"

namespace metaspatial::assets {
namespace {

using Profile = std::pair<float, float>;

int steel(Piece& p) {
  return p.use("steel", 0xb4b9be, 0.3F, 1);
}

/// Doors of the cupboards below a worktop.
void cupboards(Piece& p, float z0, float z1, float y1, int m) {
  const int metal = p.use(p.palette.metal);
  const int n = std::clamp(static_cast<int>(2 * p.x2 / 0.5F + 0.5F), 1, 8);
  const float w = 2 * p.x2 / static_cast<float>(n);
  for (int i = 0; i < n; ++i) {
    const float x = -p.x2 + w * static_cast<float>(i);
    const float split = z0 + 0.78F * (z1 - z0);
    p.soft(x + 0.008F, x + w - 0.008F, y1 - 0.025F, y1, z0 + 0.005F, split - 0.005F, 0.005F, m, 1);
    p.soft(x + 0.008F, x + w - 0.008F, y1 - 0.025F, y1, split + 0.005F, z1 - 0.01F, 0.005F, m, 1);
    p.box(x + 0.3F * w, x + 0.7F * w, y1, y1 + 0.018F, 0.5F * (split + z1) - 0.006F,
          0.5F * (split + z1) + 0.006F, metal);
    const float hx = i % 2 == 0 && n > 1 ? x + w - 0.05F : x + 0.05F;
    p.box(hx - 0.006F, hx + 0.006F, y1, y1 + 0.018F, split - 0.2F * (z1 - z0), split - 0.04F, metal);
  }
}

/// A base cabinet with a worktop; gives the height of the worktop's upper face.
void base_unit(Piece& p, float top, int body, int worktop) {
  const int dark = p.use(p.palette.dark_wood);
  p.box(-p.x2 + 0.01F, p.x2 - 0.01F, -p.y2 + 0.01F, p.y2 - 0.08F, 0, 0.1F * top, dark);
  p.box(-p.x2 + 0.005F, p.x2 - 0.005F, -p.y2, p.y2 - 0.06F, 0.1F * top, top - 0.04F, body);
  p.box(-p.x2 + 0.01F, p.x2 - 0.01F, p.y2 - 0.061F, p.y2 - 0.058F, 0.1F * top, top - 0.04F, dark);
  cupboards(p, 0.1F * top, top - 0.04F, p.y2 - 0.035F, body);
  p.soft(-p.x2, p.x2, -p.y2, p.y2, top - 0.04F, top, 0.006F, worktop, 1);
}

/// A tap that stands at (x, y, z) and pours forwards.
void tap(Piece& p, float x, float y, float z, float tall, float reach) {
  const int m = steel(p);
  const std::array<Vec3f, 5> pipe = {
      Vec3f(x, y, z), Vec3f(x, y, z + 0.75F * tall), Vec3f(x, y + 0.25F * reach, z + tall - 0.012F),
      Vec3f(x, y + 0.75F * reach, z + tall - 0.012F), Vec3f(x, y + reach, z + 0.7F * tall)};
  p.builder.tube(pipe, 0.012F, m, 8);
}

/// A bowl sunk in a worktop at height z, seen from above: rim, inside, drain.
void sunk_bowl(Piece& p, float x0, float x1, float y0, float y1, float z, int rim, int inside) {
  const float t = 0.025F;
  p.box(x0, x1, y0, y1, z - 0.002F, z + 0.001F, inside);
  p.box(x0, x1, y0, y0 + t, z, z + 0.01F, rim);
  p.box(x0, x1, y1 - t, y1, z, z + 0.01F, rim);
  p.box(x0, x0 + t, y0, y1, z, z + 0.01F, rim);
  p.box(x1 - t, x1, y0, y1, z, z + 0.01F, rim);
  p.post(0.5F * (x0 + x1), 0.5F * (y0 + y1), z, z + 0.004F, 0.025F, p.use(p.palette.black), 12);
}

void hob(Piece& p, float z) {
  const int black = p.use(p.palette.black);
  const int ring = p.use("burner", 0x3f4247, 0.5F);
  p.box(-0.92F * p.x2, 0.92F * p.x2, -0.85F * p.y2, 0.75F * p.y2, z - 0.004F, z, black);
  for (const float sx : {-0.45F, 0.45F})
    for (const float sy : {-0.42F, 0.35F}) {
      const float r = 0.28F * std::min(p.x2, p.y2);
      p.builder.torus(Vec3f(sx * p.x2, sy * p.y2, z), r, 0.01F, 2, ring, 18);
      p.builder.torus(Vec3f(sx * p.x2, sy * p.y2, z), 0.5F * r, 0.008F, 2, ring, 14);
    }
}

/// An oven's door between z0 and z1: window, handle.
void oven_door(Piece& p, float z0, float z1) {
  const int black = p.use(p.palette.black);
  const int metal = steel(p);
  const float y = p.y2 - 0.03F;
  p.soft(-0.95F * p.x2, 0.95F * p.x2, y - 0.02F, y, z0, z1, 0.006F, p.use(p.palette.main), 1);
  p.box(-0.72F * p.x2, 0.72F * p.x2, y, y + 0.003F, z0 + 0.15F * (z1 - z0), z0 + 0.72F * (z1 - z0), black);
  p.builder.cylinder(Vec3f(-0.75F * p.x2, p.y2 - 0.01F, z1 - 0.1F * (z1 - z0)),
                     Vec3f(0.75F * p.x2, p.y2 - 0.01F, z1 - 0.1F * (z1 - z0)), 0.01F, metal, 8);
}

void knobs(Piece& p, int n, float z, float y, int m) {
  for (int i = 0; i < n; ++i) {
    const float x = (-0.75F + 1.5F * static_cast<float>(i) / static_cast<float>(std::max(1, n - 1))) * p.x2;
    p.builder.cylinder(Vec3f(x, y, z), Vec3f(x, y + 0.025F, z), std::min(0.022F, 0.12F * p.x2), m, 10);
  }
}

void grill(Piece& p) {
  const int black = p.use(p.palette.black);
  const int metal = steel(p);
  for (const float x : {-0.45F * p.x2, 0.45F * p.x2})
    for (const float y : {-0.8F * p.y2, 0.75F * p.y2})
      p.box(x - 0.02F, x + 0.02F, y - 0.02F, y + 0.02F, 0, 0.65F * p.h, metal);
  p.box(-0.45F * p.x2, 0.45F * p.x2, -0.8F * p.y2, 0.75F * p.y2, 0.12F * p.h, 0.16F * p.h, metal);
  p.soft(-0.55F * p.x2, 0.55F * p.x2, -p.y2, 0.9F * p.y2, 0.6F * p.h, 0.76F * p.h, 0.03F, black);
  std::array<Profile, 9> lid;
  for (std::size_t i = 0; i < lid.size(); ++i) {
    const float a = std::numbers::pi_v<float> * static_cast<float>(i) / 8;
    lid[i] = {-0.05F * p.y2 + 0.95F * p.y2 * std::cos(a), 0.76F * p.h + 0.24F * p.h * std::sin(a)};
  }
  p.builder.prism_yz(lid, -0.54F * p.x2, 0.54F * p.x2, p.use(p.palette.main));
  p.builder.cylinder(Vec3f(-0.35F * p.x2, 0.97F * p.y2, 0.83F * p.h),
                     Vec3f(0.35F * p.x2, 0.97F * p.y2, 0.83F * p.h), 0.014F, metal, 8);
  for (const float s : {-1.0F, 1.0F})
    p.box(s * 0.55F * p.x2, s * p.x2, -0.7F * p.y2, 0.7F * p.y2, 0.72F * p.h, 0.76F * p.h, metal);
  knobs(p, 3, 0.68F * p.h, 0.9F * p.y2, metal);
}

}  // namespace

void draw_counter(Piece& p) {
  const bool woody = p.palette.main_is_wood || p.palette.main_is_metal;
  const int body = woody ? p.use(p.palette.main) : p.use("painted front", 0xe9e5dc, 0.5F);
  const int stone = woody ? p.use("worktop", 0xd9d5cd, 0.3F) : p.use(p.palette.main);
  if (p.is("lab")) {
    const int black = p.use(p.palette.black);
    const float top = 0.82F * p.h;
    base_unit(p, top, p.use("lab front", 0xdfe4e6, 0.5F), black);
    Material liquid = colored("liquid", 0x3fb0d9, 0.1F);
    for (int i = 0; i < 5; ++i) {
      const float x = (-0.7F + 0.28F * static_cast<float>(i)) * p.x2;
      const float r = std::min(0.05F, 0.1F * p.x2);
      p.builder.cone(Vec3f(x, -0.2F * p.y2, top), Vec3f(x, -0.2F * p.y2, top + 0.11F * p.h), r, 0.3F * r,
                     i % 2 ? p.use(liquid) : p.use("reagent", 0x8fd04f, 0.1F), 12);
      p.post(x, -0.2F * p.y2, top + 0.11F * p.h, p.h, 0.3F * r, p.use(p.palette.glass), 10);
    }
    tap(p, 0.7F * p.x2, -0.7F * p.y2, top, p.h - top, 0.6F * p.y2);
    sunk_bowl(p, 0.5F * p.x2, 0.9F * p.x2, -0.4F * p.y2, 0.5F * p.y2, top, steel(p),
              p.use("bowl", 0x6f757c, 0.4F));
    return;
  }
  if (p.is("butcher")) {
    const int wood = p.use(p.palette.wood);
    p.soft(-p.x2, p.x2, -p.y2, p.y2, 0.82F * p.h, p.h - 0.004F, 0.012F, wood, 1);
    const int n = 6;
    for (int i = 0; i < n; i += 2) {
      const float x = -p.x2 + 2 * p.x2 * static_cast<float>(i) / n;
      p.box(x + 0.004F, x + 2 * p.x2 / n, -0.98F * p.y2, 0.98F * p.y2, p.h - 0.005F, p.h,
            p.use(p.palette.dark_wood));
    }
    p.four_legs(0, 0.82F * p.h, 0.04F, 0.02F, wood);
    p.box(-p.x2 + 0.04F, p.x2 - 0.04F, -p.y2 + 0.04F, p.y2 - 0.04F, 0.22F * p.h, 0.25F * p.h, wood);
    return;
  }
  if (p.is("coffee")) {
    const float top = 0.7F * p.h;
    base_unit(p, top, body, stone);
    p.soft(-0.75F * p.x2, -0.1F * p.x2, -0.8F * p.y2, 0.4F * p.y2, top, p.h, 0.02F, steel(p), 1);
    p.box(-0.65F * p.x2, -0.2F * p.x2, 0.4F * p.y2, 0.45F * p.y2, top + 0.03F, p.h - 0.08F,
          p.use(p.palette.black));
    for (int i = 0; i < 3; ++i)
      p.builder.cone(Vec3f((0.15F + 0.25F * static_cast<float>(i)) * p.x2, 0, top),
                     Vec3f((0.15F + 0.25F * static_cast<float>(i)) * p.x2, 0, top + 0.09F), 0.03F, 0.042F,
                     p.use(p.palette.white), 12);
    return;
  }
  base_unit(p, p.h, body, stone);
}

void draw_fridge(Piece& p) {
  const int m = p.use(p.palette.main);
  const int gap = p.use(p.palette.black);
  const int metal = steel(p);
  const float back = p.y2 - 0.06F;
  p.soft(-p.x2, p.x2, -p.y2, back, 0.03F, p.h, 0.015F, m, 1);
  p.box(-0.92F * p.x2, 0.92F * p.x2, -0.9F * p.y2, 0.85F * p.y2, 0, 0.05F, gap);
  p.box(-0.98F * p.x2, 0.98F * p.x2, back, back + 0.008F, 0.05F, p.h - 0.01F, gap);
  const float y = p.y2 - 0.018F;
  if (p.is("freezer") && p.x2 > 0.55F) {
    // A chest freezer: one lid on top.
    p.soft(-p.x2, p.x2, -p.y2, p.y2, 0.9F * p.h, p.h, 0.02F, p.use(p.palette.white), 1);
    p.box(-0.15F * p.x2, 0.15F * p.x2, y, p.y2, 0.86F * p.h, 0.9F * p.h, metal);
    return;
  }
  const float split = p.h < 1.1F ? 0.72F * p.h : 0.36F * p.h;
  const auto door = [&](float x0, float x1, float z0, float z1, float hx) {
    p.soft(x0 + 0.004F, x1 - 0.004F, back, y, z0 + 0.004F, z1 - 0.004F, 0.012F, m, 1);
    p.soft(hx - 0.012F, hx + 0.012F, y, p.y2, z0 + 0.2F * (z1 - z0), z1 - 0.15F * (z1 - z0), 0.006F, metal,
           1);
  };
  if (p.x2 > 0.42F) {
    door(-p.x2, 0, split, p.h, -0.06F);
    door(0, p.x2, split, p.h, 0.06F);
    p.box(-0.62F * p.x2, -0.28F * p.x2, y, y + 0.006F, 0.6F * p.h, 0.74F * p.h, gap);
  } else {
    door(-p.x2, p.x2, split, p.h, p.x2 - 0.07F);
  }
  door(-p.x2, p.x2, 0.05F, split, p.x2 - 0.07F);
}

void draw_stove(Piece& p) {
  if (p.is("grill")) return grill(p);
  const int m = p.use(p.palette.main);
  const int black = p.use(p.palette.black);
  const int metal = steel(p);
  const bool play = p.is("play");
  const float top = play ? 0.6F * p.h : (p.h > 0.8F && p.h < 1.2F ? 0.92F * p.h : p.h);
  p.box(-p.x2, p.x2, -p.y2, p.y2 - 0.05F, 0.04F, top, m);
  p.box(-0.95F * p.x2, 0.95F * p.x2, -p.y2, 0.85F * p.y2, 0, 0.05F, black);
  p.soft(-p.x2, p.x2, p.y2 - 0.06F, p.y2 - 0.03F, 0.84F * top, top, 0.006F, p.is("oven") ? black : m, 1);
  knobs(p, 5, 0.92F * top, p.y2 - 0.03F, p.is("oven") ? metal : black);
  oven_door(p, 0.28F * top, 0.82F * top);
  p.soft(-0.95F * p.x2, 0.95F * p.x2, p.y2 - 0.05F, p.y2 - 0.03F, 0.07F * top, 0.26F * top, 0.006F, m, 1);
  if (p.h < 1.3F && (!p.is("oven") || play)) hob(p, top + 0.004F);
  if (play) {
    // A back wall with a shelf and toy jars.
    p.box(-p.x2, p.x2, -p.y2, -0.9F * p.y2, top, p.h, m);
    p.box(-p.x2, p.x2, -p.y2, -0.3F * p.y2, 0.85F * p.h, 0.88F * p.h, p.use(p.palette.accent));
    for (int i = 0; i < 4; ++i)
      p.post((-0.66F + 0.44F * static_cast<float>(i)) * p.x2, -0.62F * p.y2, 0.88F * p.h, p.h, 0.05F,
             i % 2 ? p.use("toy red", 0xe0503a, 0.4F) : p.use("toy blue", 0x3f8fd0, 0.4F), 10);
  } else if (top < p.h) {
    p.box(-p.x2, p.x2, -p.y2, -0.88F * p.y2, top, p.h, metal);
    const int pot = p.use("pot", 0xb03a35, 0.3F);
    p.post(0.45F * p.x2, -0.42F * p.y2, top, top + 0.07F, 0.25F * p.x2, pot, 16);
  }
}

void draw_sink(Piece& p) {
  const bool kitchen = p.is("kitchen");
  const int white = kitchen ? steel(p) : p.use(p.palette.white);
  const int inside = p.use("bowl", kitchen ? 0x7d848bU : 0xd3d7d8U, 0.3F);
  const bool furniture = kitchen || p.is("vanity") || p.palette.main_is_wood;
  const float tall = std::min(0.22F, 0.22F * p.h);
  const float top = p.h - tall;
  if (furniture) {
    const int body =
        kitchen && !p.palette.main_is_wood ? p.use("painted front", 0xe9e5dc, 0.5F) : p.use(p.palette.wood);
    base_unit(p, top, body,
              kitchen ? p.use("worktop", 0xcfcac0, 0.3F)
                      : p.use(p.palette.main_is_wood ? p.palette.white : p.palette.main));
    const int bowls = p.x2 > 0.65F ? 2 : 1;
    for (int i = 0; i < bowls; ++i) {
      const float x = bowls == 1 ? 0.0F : (i ? 0.48F : -0.48F) * p.x2;
      const float half = bowls == 1 ? std::min(0.3F, 0.6F * p.x2) : 0.36F * p.x2;
      sunk_bowl(p, x - half, x + half, -0.45F * p.y2, 0.65F * p.y2, top, white, inside);
      if (!kitchen || i == 0) tap(p, kitchen ? 0.0F : x, -0.7F * p.y2, top, tall, 0.7F * p.y2);
    }
    return;
  }
  // A pedestal basin.
  p.builder.lathe(0, -0.25F * p.y2,
                  std::array<Profile, 4>{{{0.42F * p.x2, 0.0F},
                                          {0.26F * p.x2, 0.1F * top},
                                          {0.24F * p.x2, 0.6F * top},
                                          {0.4F * p.x2, 0.8F * top}}},
                  white, 18);
  p.soft(-p.x2, p.x2, -p.y2, p.y2, 0.78F * top, top, 0.07F, white, 3);
  p.builder.push(Eigen::Translation3f(0, 0.15F * p.y2, 0) *
                 Eigen::Affine3f(Eigen::Scaling(0.78F * p.x2, 0.68F * p.y2, 1.0F)));
  p.builder.cylinder(Vec3f(0, 0, top - 0.01F), Vec3f(0, 0, top + 0.002F), 1.0F, inside, 26);
  p.builder.pop();
  p.post(0, 0.15F * p.y2, top, top + 0.006F, 0.022F, p.use(p.palette.black), 12);
  tap(p, 0, -0.75F * p.y2, top, tall, 0.7F * p.y2);
}

void draw_toilet(Piece& p) {
  const int white = p.use(p.palette.white);
  const int shade = p.use("toilet shade", 0xd5dadc, 0.3F);
  const int metal = steel(p);
  const bool bidet = p.is("bidet");
  const float seat = bidet ? p.h - 0.06F : std::min(0.42F, 0.55F * p.h);
  const float mid = bidet ? 0.0F : 0.18F * p.y2;
  const float half = bidet ? p.y2 : p.y2 - mid;
  // The bowl: an oval that tapers to its foot.
  p.builder.push(Eigen::Translation3f(0, mid, 0) * Eigen::Affine3f(Eigen::Scaling(0.98F * p.x2, half, 1.0F)));
  p.builder.lathe(0, 0,
                  std::array<Profile, 6>{{{0.62F, 0.0F},
                                          {0.55F, 0.25F * seat},
                                          {0.7F, 0.55F * seat},
                                          {1.0F, 0.85F * seat},
                                          {1.0F, seat},
                                          {0.72F, seat}}},
                  white, 28);
  p.builder.cylinder(Vec3f(0, 0, 0.86F * seat), Vec3f(0, 0, 0.95F * seat), 0.8F, shade, 24);
  p.builder.cylinder(Vec3f(0, 0, 0.95F * seat), Vec3f(0, 0, 0.955F * seat), 0.45F,
                     p.use("water", 0x8fc0d4, 0.05F), 20);
  p.builder.pop();
  if (bidet) return tap(p, 0, -0.8F * p.y2, seat, p.h - seat, 0.4F * p.y2);
  p.box(-0.5F * p.x2, 0.5F * p.x2, -p.y2, 0.0F, 0, 0.8F * seat, white);
  // Seat ring, open lid, cistern with its button.
  p.builder.push(Eigen::Translation3f(0, mid, seat) *
                 Eigen::Affine3f(Eigen::Scaling(0.84F * p.x2, 0.86F * half, 0.12F)));
  p.builder.torus(Vec3f(0, 0, 0.1F), 1.0F, 0.16F, 2, white, 26);
  p.builder.pop();
  const float tank = -p.y2 + 0.42F * p.y2;
  p.soft(-p.x2, p.x2, -p.y2, tank, 0.85F * seat, p.h - 0.035F, 0.03F, white);
  p.soft(-p.x2, p.x2, -p.y2, tank + 0.01F, p.h - 0.04F, p.h - 0.006F, 0.012F, white, 1);
  p.post(0, 0.5F * (tank - p.y2), p.h - 0.01F, p.h, 0.03F, metal, 12);
  p.soft(-0.85F * p.x2, 0.85F * p.x2, tank, tank + 0.03F, seat, std::min(seat + 0.4F, p.h - 0.05F), 0.014F,
         shade, 1);
}

void draw_bathtub(Piece& p) {
  const int white =
      p.use(p.palette.main_is_wood || p.palette.main_is_metal ? p.palette.main : p.palette.white);
  const int inner = p.use("tub inside", 0xe3e8ea, 0.2F);
  const int water = p.use("bath water", 0x9fd0e0, 0.05F);
  const int metal = steel(p);
  const float rim = 0.86F * p.h;
  const float foot = 0.1F * p.h;
  // Walls around the water, so that the tub reads as hollow from above.
  const float t = std::min(0.09F, 0.22F * std::min(p.x2, p.y2));
  p.soft(-0.97F * p.x2, 0.97F * p.x2, -0.95F * p.y2, 0.95F * p.y2, foot, 0.7F * rim, 0.14F, white, 3);
  for (const float s : {-1.0F, 1.0F}) {
    p.soft(s * (p.x2 - t), s * p.x2, -p.y2, p.y2, 0.45F * rim, rim, 0.4F * t, white);
    p.soft(-p.x2, p.x2, s * (p.y2 - t), s * p.y2, 0.45F * rim, rim, 0.4F * t, white);
  }
  p.box(-p.x2 + t, p.x2 - t, -p.y2 + t, p.y2 - t, 0.6F * rim, 0.7F * rim, inner);
  p.box(-p.x2 + t, p.x2 - t, -p.y2 + t, p.y2 - t, 0.7F * rim, 0.78F * rim, water);
  p.four_round_legs(0, 0.2F * p.h, 0.035F, 0.025F, 0.06F, 0.0F, metal);
  // Taps at one end of the long side.
  const bool along_x = p.x2 >= p.y2;
  const float ex = along_x ? -p.x2 + 0.5F * t : 0.0F;
  const float ey = along_x ? 0.0F : -p.y2 + 0.5F * t;
  const Vec3f in = along_x ? Vec3f::UnitX() : Vec3f::UnitY();
  const Vec3f side = along_x ? Vec3f::UnitY() : Vec3f::UnitX();
  const Vec3f root(ex, ey, rim - 0.02F);
  const std::array<Vec3f, 3> spout = {root, root + Vec3f(0, 0, p.h - rim),
                                      root + 0.16F * in + Vec3f(0, 0, 0.8F * (p.h - rim))};
  p.builder.tube(spout, 0.018F, metal, 8);
  for (const float s : {-0.1F, 0.1F}) {
    const Vec3f at = root + s * side;
    p.builder.cylinder(at, at + Vec3f(0, 0, 0.6F * (p.h - rim) + 0.02F), 0.02F, metal, 10);
  }
}

void draw_shower(Piece& p) {
  const int white = p.use(p.palette.white);
  const int pane = p.use(p.palette.glass);
  const int metal = steel(p);
  const int tile = p.use("shower tile", 0xcfe0e4, 0.3F);
  p.soft(-p.x2, p.x2, -p.y2, p.y2, 0, 0.06F * p.h, 0.02F, white, 1);
  p.post(0, 0, 0.06F * p.h, 0.063F * p.h, 0.05F, metal, 14);
  // Tiles at the back and one side; glass at the other two.
  p.box(-p.x2, p.x2, -p.y2, -p.y2 + 0.02F, 0.05F * p.h, p.h, tile);
  p.box(-p.x2, -p.x2 + 0.02F, -p.y2, p.y2, 0.05F * p.h, p.h, tile);
  for (int i = 1; i < 8; ++i) {
    const float z = p.h * (0.05F + 0.95F * static_cast<float>(i) / 8);
    p.box(-p.x2, p.x2, -p.y2 + 0.02F, -p.y2 + 0.022F, z - 0.003F, z + 0.003F, white);
    p.box(-p.x2 + 0.02F, -p.x2 + 0.022F, -p.y2, p.y2, z - 0.003F, z + 0.003F, white);
  }
  p.box(p.x2 - 0.012F, p.x2 - 0.004F, -p.y2, p.y2, 0.06F * p.h, 0.97F * p.h, pane);
  p.box(-p.x2, p.x2, p.y2 - 0.012F, p.y2 - 0.004F, 0.06F * p.h, 0.97F * p.h, pane);
  const float t = 0.014F;
  for (const float x : {-p.x2 + t, p.x2 - t})
    p.box(x - t, x + t, p.y2 - 2 * t, p.y2, 0.05F * p.h, 0.98F * p.h, metal);
  p.box(-t, t, p.y2 - 2 * t, p.y2, 0.05F * p.h, 0.98F * p.h, metal);
  p.box(-p.x2, p.x2, p.y2 - 2 * t, p.y2, 0.96F * p.h, 0.98F * p.h, metal);
  p.box(p.x2 - 2 * t, p.x2, -p.y2, p.y2, 0.96F * p.h, 0.98F * p.h, metal);
  p.box(0.08F * p.x2, 0.12F * p.x2, p.y2 - 2 * t, p.y2 + 0.02F, 0.45F * p.h, 0.58F * p.h, metal);
  const std::array<Vec3f, 3> pipe = {Vec3f(0, -p.y2 + 0.03F, 0.45F * p.h),
                                     Vec3f(0, -p.y2 + 0.03F, 0.93F * p.h),
                                     Vec3f(0, -0.35F * p.y2, 0.93F * p.h)};
  p.builder.tube(pipe, 0.012F, metal, 8);
  p.builder.cone(Vec3f(0, -0.35F * p.y2, 0.93F * p.h), Vec3f(0, -0.35F * p.y2, 0.9F * p.h), 0.03F, 0.11F,
                 metal, 18);
}

namespace {

void boat(Piece& p) {
  const int hull = p.use(p.palette.main);
  const int inside = p.use(p.palette.dark_wood);
  const int trim = p.use(p.palette.white);
  // Pointed at the front, cut off at the back; sections from back to front.
  const auto half = [&](float s) {
    return p.x2 * (s < 0.0F ? 0.75F + 0.25F * (1 + s) : std::sqrt(std::max(0.0F, 1 - s * s * s)));
  };
  constexpr int n = 14;
  for (int i = 0; i < n; ++i) {
    const float s0 = -1 + 2 * static_cast<float>(i) / n;
    const float s1 = -1 + 2 * static_cast<float>(i + 1) / n;
    const float a = half(s0);
    const float b = half(s1);
    const float y0 = s0 * p.y2;
    const float y1 = s1 * p.y2;
    const float r0 = p.h * (0.82F + 0.18F * s0 * s0);
    const float r1 = p.h * (0.82F + 0.18F * s1 * s1);
    for (const float e : {-1.0F, 1.0F}) {
      const Vec3f q0(e * a, y0, r0), q1(e * b, y1, r1), k0(e * 0.45F * a, y0, 0), k1(e * 0.45F * b, y1, 0);
      const Vec3f in0(e * 0.9F * a, y0, r0), in1(e * 0.9F * b, y1, r1), f0(e * 0.5F * a, y0, 0.12F * p.h),
          f1(e * 0.5F * b, y1, 0.12F * p.h);
      if (e > 0) {
        p.builder.quad(k0, k1, q1, q0, hull);
        p.builder.quad(in0, in1, f1, f0, inside);
        p.builder.quad(q0, q1, in1, in0, trim);
      } else {
        p.builder.quad(q0, q1, k1, k0, hull);
        p.builder.quad(f0, f1, in1, in0, inside);
        p.builder.quad(in0, in1, q1, q0, trim);
      }
    }
    p.builder.quad(Vec3f(-0.5F * a, y0, 0.12F * p.h), Vec3f(0.5F * a, y0, 0.12F * p.h),
                   Vec3f(0.5F * b, y1, 0.12F * p.h), Vec3f(-0.5F * b, y1, 0.12F * p.h), inside);
    p.builder.quad(Vec3f(-0.45F * b, y1, 0), Vec3f(0.45F * b, y1, 0), Vec3f(0.45F * a, y0, 0),
                   Vec3f(-0.45F * a, y0, 0), hull);
  }
  p.builder.prism_xz(
      std::array<Profile, 4>{
          {{-0.34F * p.x2, 0.0F}, {0.34F * p.x2, 0.0F}, {0.75F * p.x2, p.h}, {-0.75F * p.x2, p.h}}},
      -p.y2, -0.98F * p.y2, hull);
  for (const float s : {-0.55F, 0.1F})
    p.box(-0.8F * half(s), 0.8F * half(s), s * p.y2 - 0.1F, s * p.y2 + 0.1F, 0.6F * p.h, 0.66F * p.h,
          p.use(p.palette.wood));
  for (const float e : {-1.0F, 1.0F})
    p.builder.cylinder(Vec3f(e * 0.5F * p.x2, -0.7F * p.y2, 0.72F * p.h),
                       Vec3f(e * 0.6F * p.x2, 0.45F * p.y2, 0.8F * p.h), 0.02F, p.use("oar", 0xd8b078, 0.6F),
                       8);
}

void wheelbarrow(Piece& p) {
  const int pan = p.use(p.palette.main);
  const int wood = p.use("handle wood", 0xb5854f, 0.7F);
  const int black = p.use(p.palette.black);
  const float r = std::min(0.28F * p.h, 0.22F * p.y2);
  p.builder.torus(Vec3f(0, p.y2 - r, r), 0.8F * r, 0.2F * r, 0, black, 20);
  p.builder.cylinder(Vec3f(-0.03F, p.y2 - r, r), Vec3f(0.03F, p.y2 - r, r), 0.3F * r, p.use(p.palette.metal),
                     10);
  const float z0 = 0.5F * p.h;
  p.builder.prism_yz(
      std::array<Profile, 4>{
          {{-0.3F * p.y2, z0}, {0.45F * p.y2, z0}, {0.9F * p.y2, p.h}, {-0.45F * p.y2, 0.92F * p.h}}},
      -p.x2, p.x2, pan);
  p.builder.prism_yz(std::array<Profile, 4>{{{-0.35F * p.y2, 0.86F * p.h},
                                             {0.72F * p.y2, 0.9F * p.h},
                                             {0.8F * p.y2, 0.985F * p.h},
                                             {-0.4F * p.y2, 0.95F * p.h}}},
                     -0.9F * p.x2, 0.9F * p.x2, p.use("earth", 0x5a4230, 0.95F));
  for (const float e : {-1.0F, 1.0F}) {
    p.builder.cylinder(Vec3f(e * 0.06F, p.y2 - r, r), Vec3f(e * 0.7F * p.x2, -p.y2, 0.72F * p.h), 0.022F,
                       wood, 8);
    p.builder.cylinder(Vec3f(e * 0.55F * p.x2, -0.25F * p.y2, z0), Vec3f(e * 0.55F * p.x2, -0.35F * p.y2, 0),
                       0.018F, p.use(p.palette.metal), 8);
  }
}

/// Stones in a ring around an oval.
void stone_ring(Piece& p, float z, float share) {
  const int light = p.use("stone light", 0xa39c92, 0.9F);
  const int dark = p.use("stone dark", 0x7d766d, 0.9F);
  const int n = std::clamp(static_cast<int>((p.x2 + p.y2) * 9), 10, 40);
  for (int i = 0; i < n; ++i) {
    const float a = 2 * std::numbers::pi_v<float> * static_cast<float>(i) / static_cast<float>(n);
    const float rx = share * p.x2;
    const float ry = share * p.y2;
    const float along = 3.6F * std::max(rx, ry) / static_cast<float>(n);
    p.builder.ellipsoid(Vec3f((p.x2 - rx) * std::cos(a), (p.y2 - ry) * std::sin(a), 0.5F * z),
                        Vec3f(std::max(rx, along), std::max(ry, along), 0.5F * z * p.random(0.8F, 1.0F)),
                        i % 2 ? light : dark, 10);
  }
}

void fountain(Piece& p) {
  const int stone = p.use(p.palette.main);
  const int water = p.use("water", 0x6fb8d9, 0.05F);
  p.builder.push(Eigen::Affine3f(Eigen::Scaling(p.x2, p.y2, 1.0F)));
  const auto basin = [&](float r, float z0, float z1) {
    p.builder.lathe(0, 0,
                    std::array<Profile, 6>{{{0.25F * r, z0},
                                            {0.95F * r, z0 + 0.4F * (z1 - z0)},
                                            {r, z1},
                                            {0.9F * r, z1},
                                            {0.85F * r, z0 + 0.6F * (z1 - z0)},
                                            {0.0F, z0 + 0.6F * (z1 - z0)}}},
                    stone, 24);
    p.builder.cylinder(Vec3f(0, 0, z0 + 0.6F * (z1 - z0)), Vec3f(0, 0, z1 - 0.12F * (z1 - z0)), 0.87F * r,
                       water, 24);
  };
  p.builder.cylinder(Vec3f(0, 0, 0), Vec3f(0, 0, 0.06F * p.h), 0.95F, stone, 24);
  if (p.is("bird")) {
    p.builder.lathe(0, 0,
                    std::array<Profile, 5>{{{0.6F, 0.0F},
                                            {0.5F, 0.08F * p.h},
                                            {0.2F, 0.15F * p.h},
                                            {0.18F, 0.6F * p.h},
                                            {0.4F, 0.78F * p.h}}},
                    stone, 18);
    basin(1.0F, 0.76F * p.h, 0.94F * p.h);
    const int bird = p.use("bird", 0x3f7fc4, 0.8F);
    p.builder.ellipsoid(Vec3f(0.75F, 0.1F, 0.965F * p.h), Vec3f(0.12F, 0.2F, 0.035F * p.h), bird, 10);
  } else {
    basin(1.0F, 0.03F * p.h, 0.28F * p.h);
    p.builder.cone(Vec3f(0, 0, 0.1F * p.h), Vec3f(0, 0, 0.6F * p.h), 0.2F, 0.12F, stone, 14);
    basin(0.58F, 0.5F * p.h, 0.66F * p.h);
    p.builder.cone(Vec3f(0, 0, 0.6F * p.h), Vec3f(0, 0, 0.85F * p.h), 0.1F, 0.07F, stone, 12);
    basin(0.3F, 0.8F * p.h, 0.9F * p.h);
    for (int i = 0; i < 8; ++i) {
      const float a = 0.7854F * static_cast<float>(i);
      p.builder.cone(Vec3f(0.28F * std::cos(a), 0.28F * std::sin(a), 0.89F * p.h),
                     Vec3f(0.4F * std::cos(a), 0.4F * std::sin(a), 0.62F * p.h), 0.02F, 0.035F, water, 6);
    }
    p.builder.cone(Vec3f(0, 0, 0.86F * p.h), Vec3f(0, 0, p.h), 0.07F, 0.02F, water, 8);
  }
  p.builder.pop();
}

}  // namespace

void draw_tub(Piece& p) {
  if (p.is("boat")) return boat(p);
  if (p.is("wheelbarrow")) return wheelbarrow(p);
  if (p.is("fountain") || p.is("bird")) return fountain(p);
  const int water = p.use("water", p.is("pool") || p.is("tub") ? 0x4fb8dcU : 0x3f7f8fU, 0.05F);
  if (p.is("swimming")) {
    const int rim = p.use("pool rim", 0xe6e2d8, 0.6F);
    const float t = std::min(0.25F, 0.12F * p.y2);
    for (const float s : {-1.0F, 1.0F}) {
      p.soft(s * (p.x2 - t), s * p.x2, -p.y2, p.y2, 0, 0.85F * p.h, 0.02F, rim, 1);
      p.soft(-p.x2, p.x2, s * (p.y2 - t), s * p.y2, 0, 0.85F * p.h, 0.02F, rim, 1);
    }
    p.box(-p.x2 + t, p.x2 - t, -p.y2 + t, p.y2 - t, 0, 0.7F * p.h, water);
    for (int i = 1; i < 4; ++i) {
      const float y = (-1 + 0.5F * static_cast<float>(i)) * (p.y2 - t);
      p.box(-p.x2 + t, p.x2 - t, y - 0.03F, y + 0.03F, 0.7F * p.h, 0.705F * p.h,
            p.use("lane", 0xe8f4f8, 0.5F));
    }
    for (const float y : {-0.2F, 0.2F}) {
      const std::array<Vec3f, 3> rail = {Vec3f(p.x2 - 0.1F, y, 0.8F * p.h),
                                         Vec3f(p.x2 - 0.2F, y, p.h - 0.02F),
                                         Vec3f(p.x2 - t - 0.1F, y, 0.7F * p.h)};
      p.builder.tube(rail, 0.02F, steel(p), 8);
    }
    return;
  }
  if (p.is("fire_pit")) {
    stone_ring(p, 0.55F * p.h, 0.18F);
    const int ash = p.use("ash", 0x3a3632, 0.95F);
    const int log = p.use("log", 0x5a3d28, 0.95F);
    p.builder.push(Eigen::Affine3f(Eigen::Scaling(p.x2, p.y2, 1.0F)));
    p.builder.cylinder(Vec3f(0, 0, 0), Vec3f(0, 0, 0.15F * p.h), 0.8F, ash, 22);
    p.builder.pop();
    const float r = std::min(p.x2, p.y2);
    for (int i = 0; i < 5; ++i) {
      const float a = 1.2566F * static_cast<float>(i);
      p.builder.cylinder(Vec3f(0.55F * r * std::cos(a), 0.55F * r * std::sin(a), 0.18F * p.h),
                         Vec3f(0, 0, 0.6F * p.h), 0.08F * r, log, 8);
      p.builder.cone(Vec3f(0.22F * r * std::cos(a), 0.22F * r * std::sin(a), 0.25F * p.h),
                     Vec3f(0.1F * r * std::cos(a), 0.1F * r * std::sin(a),
                           p.h * (0.8F + 0.05F * static_cast<float>(i % 2))),
                     0.16F * r, 0.01F, p.glow("flame", 0xff8a2a, 1.6F), 8);
    }
    p.builder.cone(Vec3f(0, 0, 0.3F * p.h), Vec3f(0, 0, p.h), 0.2F * r, 0.01F,
                   p.glow("flame core", 0xffd060, 2.0F), 8);
    return;
  }
  if (p.is("pond")) {
    stone_ring(p, 0.8F * p.h, 0.1F);
    p.builder.push(Eigen::Affine3f(Eigen::Scaling(p.x2, p.y2, 1.0F)));
    p.builder.cylinder(Vec3f(0, 0, 0), Vec3f(0, 0, 0.45F * p.h), 0.9F, water, 26);
    const int lily = p.use("lily leaf", 0x4f9a4f, 0.7F);
    for (int i = 0; i < 5; ++i) {
      const Vec3f at(p.random(-0.5F, 0.5F), p.random(-0.5F, 0.5F), 0.45F * p.h);
      p.builder.cylinder(at, at + Vec3f(0, 0, 0.03F * p.h), 0.13F, lily, 12);
      if (i % 2 == 0)
        p.builder.ellipsoid(at + Vec3f(0, 0, 0.15F * p.h), Vec3f(0.06F, 0.06F, 0.12F * p.h),
                            p.use("lily flower", 0xf0a8c0, 0.6F), 8);
    }
    p.builder.pop();
    for (int i = 0; i < 6; ++i) {
      const float x = (-0.7F + 0.05F * static_cast<float>(i)) * p.x2;
      p.builder.cone(Vec3f(x, -0.55F * p.y2, 0.3F * p.h),
                     Vec3f(x + 0.02F, -0.55F * p.y2, p.h * (0.85F + 0.03F * static_cast<float>(i % 6))),
                     0.015F, 0.006F, p.use("reed", 0x6f8f3f, 0.8F), 6);
    }
    return;
  }
  const bool balls = p.is("ball");
  const int side = p.use(p.palette.main);
  const bool round = !balls && std::abs(p.x2 - p.y2) < 0.1F * p.x2;
  p.builder.push(Eigen::Affine3f(Eigen::Scaling(p.x2, p.y2, 1.0F)));
  if (round || balls) {
    p.builder.lathe(0, 0,
                    std::array<Profile, 5>{{{0.95F, 0.0F},
                                            {1.0F, 0.1F * p.h},
                                            {1.0F, 0.92F * p.h},
                                            {0.86F, 0.92F * p.h},
                                            {0.86F, 0.5F * p.h}}},
                    side, 28);
    if (!balls) p.builder.cylinder(Vec3f(0, 0, 0.3F * p.h), Vec3f(0, 0, 0.8F * p.h), 0.87F, water, 28);
  }
  p.builder.pop();
  if (balls) {
    constexpr std::array<std::uint32_t, 5> colors = {0xe0503a, 0x3f8fd0, 0xf0c03a, 0x5fb55f, 0xe388b0};
    const float r = std::clamp(0.09F * p.x2, 0.04F, 0.1F);
    for (std::size_t i = 0; i < 90; ++i) {
      // A sunflower's spiral covers the disc evenly.
      const float d = 0.84F * std::sqrt((static_cast<float>(i) + 0.5F) / 90);
      const float a = 2.39996F * static_cast<float>(i);
      const float z = (i == 0 ? p.h - r : 0.84F * p.h - p.random(0.0F, 0.08F) * p.h - 0.3F * r);
      p.builder.ellipsoid(Vec3f(d * p.x2 * std::cos(a), d * p.y2 * std::sin(a), z), Vec3f::Constant(r),
                          p.use("ball " + std::to_string(i % 5), colors[i % 5], 0.4F), 8);
    }
    p.builder.push(Eigen::Affine3f(Eigen::Scaling(p.x2, p.y2, 1.0F)));
    p.builder.cylinder(Vec3f(0, 0, 0.4F * p.h), Vec3f(0, 0, 0.7F * p.h), 0.87F,
                       p.use("ball 1", colors[1], 0.4F), 28);
    p.builder.pop();
    return;
  }
  if (!round) {
    const float t = 0.18F * std::min(p.x2, p.y2);
    for (const float s : {-1.0F, 1.0F}) {
      p.soft(s * (p.x2 - t), s * p.x2, -p.y2, p.y2, 0, 0.92F * p.h, 0.4F * t, side);
      p.soft(-p.x2, p.x2, s * (p.y2 - t), s * p.y2, 0, 0.92F * p.h, 0.4F * t, side);
    }
    p.box(-p.x2 + t, p.x2 - t, -p.y2 + t, p.y2 - t, 0, 0.8F * p.h, water);
  }
  // Foam of the jets, headrests.
  const int foam = p.use("foam", 0xf2f8fa, 0.9F);
  for (int i = 0; i < 10; ++i) {
    const float a = 0.628F * static_cast<float>(i);
    p.builder.ellipsoid(Vec3f(0.45F * p.x2 * std::cos(a), 0.45F * p.y2 * std::sin(a), 0.8F * p.h),
                        Vec3f(0.12F * p.x2, 0.12F * p.y2, 0.025F * p.h), foam, 8);
  }
  for (int i = 0; i < 4; ++i) {
    const float a = 0.7854F + 1.5708F * static_cast<float>(i);
    const float reach = round ? 0.9F : 1.22F;
    p.builder.ellipsoid(Vec3f(reach * p.x2 * std::cos(a), reach * p.y2 * std::sin(a), 0.94F * p.h),
                        Vec3f(0.1F * p.x2, 0.1F * p.y2, 0.06F * p.h), p.use(p.palette.black), 10);
  }
}

namespace {

/// A cabinet with a round window in front: washing machine, dryer.
void washer(Piece& p) {
  const int body = p.use(p.palette.main_is_metal ? p.palette.white : p.palette.main);
  const int metal = steel(p);
  p.soft(-p.x2, p.x2, -p.y2, p.y2 - 0.03F, 0, p.h, 0.015F, body, 1);
  p.box(-0.96F * p.x2, 0.96F * p.x2, p.y2 - 0.035F, p.y2 - 0.022F, 0.84F * p.h, 0.97F * p.h,
        p.use("panel", 0xcdd3d6, 0.4F));
  p.box(0.1F * p.x2, 0.5F * p.x2, p.y2 - 0.024F, p.y2 - 0.018F, 0.87F * p.h, 0.94F * p.h,
        p.use(p.palette.black));
  p.builder.cylinder(Vec3f(-0.1F * p.x2, p.y2 - 0.03F, 0.905F * p.h), Vec3f(-0.1F * p.x2, p.y2, 0.905F * p.h),
                     0.04F, metal, 14);
  const float r = 0.62F * std::min(p.x2, 0.5F * p.h);
  const Vec3f at(0, p.y2 - 0.03F, 0.45F * p.h);
  p.builder.cylinder(at, at + Vec3f(0, 0.015F, 0), r, metal, 28);
  p.builder.cylinder(
      at, at + Vec3f(0, 0.022F, 0), 0.78F * r,
      p.use(p.is("dryer") ? colored("drum", 0x5f666d, 0.2F) : colored("door glass", 0x27303a, 0.1F)), 26);
  p.builder.torus(at + Vec3f(0, 0.015F, 0), r, 0.015F, 1, metal, 26);
  p.box(0.8F * r, 1.05F * r, p.y2 - 0.03F, p.y2 - 0.004F, 0.42F * p.h, 0.48F * p.h, metal);
}

/// A tall cabinet with a picture or screen: arcade, slot, jukebox, vending, server rack.
void tall_cabinet(Piece& p) {
  const int black = p.use(p.palette.black);
  const int metal = steel(p);
  if (p.is("vending")) {
    const int body = p.use("vending red", 0xb52a2a, 0.4F);
    p.soft(-p.x2, p.x2, -p.y2, p.y2 - 0.02F, 0, p.h, 0.02F, body, 1);
    p.box(-0.9F * p.x2, 0.4F * p.x2, p.y2 - 0.021F, p.y2 - 0.015F, 0.3F * p.h, 0.94F * p.h,
          p.glow("inside light", 0xf3f6f0, 0.4F));
    constexpr std::array<std::uint32_t, 5> packs = {0xe0503a, 0x3f8fd0, 0xf0c03a, 0x5fb55f, 0x8a4fb0};
    for (int j = 0; j < 5; ++j)
      for (int i = 0; i < 5; ++i) {
        const float x = (-0.8F + 0.25F * static_cast<float>(i)) * p.x2;
        const float z = (0.33F + 0.12F * static_cast<float>(j)) * p.h;
        const auto k = static_cast<std::size_t>((i + 2 * j) % 5);
        p.box(x, x + 0.17F * p.x2, p.y2 - 0.016F, p.y2 - 0.004F, z, z + 0.085F * p.h,
              p.use("pack " + std::to_string(k), packs[k], 0.4F));
      }
    p.box(0.52F * p.x2, 0.88F * p.x2, p.y2 - 0.021F, p.y2 - 0.006F, 0.5F * p.h, 0.75F * p.h, black);
    p.box(-0.7F * p.x2, 0.2F * p.x2, p.y2 - 0.021F, p.y2, 0.1F * p.h, 0.22F * p.h, black);
    return;
  }
  if (p.is("server")) {
    p.box(-p.x2, p.x2, -p.y2, p.y2 - 0.03F, 0, p.h, black);
    const int n = std::clamp(static_cast<int>(p.h / 0.1F), 4, 22);
    for (int i = 0; i < n; ++i) {
      const float z = p.h * (0.03F + 0.94F * static_cast<float>(i) / static_cast<float>(n));
      const float z1 = z + 0.8F * p.h / static_cast<float>(n);
      p.box(-0.86F * p.x2, 0.86F * p.x2, p.y2 - 0.03F, p.y2 - 0.01F, z, z1, p.use("unit", 0x444b54, 0.4F));
      for (int k = 0; k < 4; ++k)
        p.box((-0.75F + 0.12F * static_cast<float>(k)) * p.x2,
              (-0.69F + 0.12F * static_cast<float>(k)) * p.x2, p.y2 - 0.01F, p.y2 - 0.006F,
              0.5F * (z + z1) - 0.008F, 0.5F * (z + z1) + 0.008F,
              (i + k) % 3 ? p.glow("led green", 0x4fe07a, 1.2F) : p.glow("led blue", 0x4f9fff, 1.2F));
    }
    for (const float s : {-1.0F, 1.0F}) p.box(s * 0.88F * p.x2, s * p.x2, p.y2 - 0.04F, p.y2, 0, p.h, metal);
    return;
  }
  if (p.is("jukebox")) {
    const int wood = p.use(p.palette.dark_wood);
    std::array<Profile, 12> arch;
    for (std::size_t i = 0; i < 10; ++i) {
      const float a = std::numbers::pi_v<float> * static_cast<float>(i) / 9;
      arch[i] = {p.x2 * std::cos(a), 0.68F * p.h + 0.32F * p.h * std::sin(a)};
    }
    arch[10] = {-p.x2, 0.0F};
    arch[11] = {p.x2, 0.0F};
    p.builder.prism_xz(arch, -p.y2, p.y2 - 0.06F, wood);
    const std::array<Material, 3> bands = {glowing("neon orange", 0xff9030, 1.0F),
                                           glowing("neon pink", 0xf050a0, 1.0F),
                                           glowing("neon blue", 0x50b0ff, 1.0F)};
    for (std::size_t b = 0; b < 3; ++b) {
      std::array<Profile, 12> ring = arch;
      const float s = 0.92F - 0.16F * static_cast<float>(b);
      for (auto& [x, z] : ring) {
        x *= s;
        z = 0.1F * p.h + (z - 0.0F) * 0.88F * (0.97F - 0.07F * static_cast<float>(b)) * 0.98F;
      }
      p.builder.prism_xz(ring, p.y2 - 0.06F, p.y2 - 0.04F + 0.013F * static_cast<float>(b), p.use(bands[b]));
    }
    p.box(-0.5F * p.x2, 0.5F * p.x2, p.y2 - 0.05F, p.y2, 0.55F * p.h, 0.7F * p.h, p.use(p.palette.linen));
    p.box(-0.5F * p.x2, 0.5F * p.x2, p.y2 - 0.05F, p.y2, 0.15F * p.h, 0.48F * p.h, black);
    return;
  }
  // Arcade and slot machines: one profile, a lit screen, a marquee, controls.
  const bool slot = p.is("slot");
  const int side = p.use(slot                      ? colored("slot red", 0xa3263a, 0.4F)
                         : p.palette.main_is_metal ? colored("arcade blue", 0x2b3f8f, 0.4F)
                                                   : p.palette.main);
  p.builder.prism_yz(
      std::array<Profile, 4>{
          {{-p.y2, 0.0F}, {0.75F * p.y2, 0.0F}, {0.75F * p.y2, 0.5F * p.h}, {-p.y2, 0.5F * p.h}}},
      -p.x2, p.x2, side);
  p.builder.prism_yz(std::array<Profile, 4>{{{-p.y2, 0.5F * p.h},
                                             {0.25F * p.y2, 0.5F * p.h},
                                             {-0.1F * p.y2, 0.84F * p.h},
                                             {-p.y2, 0.84F * p.h}}},
                     -p.x2, p.x2, side);
  p.box(-p.x2, p.x2, -p.y2, 0.45F * p.y2, 0.84F * p.h, p.h, side);
  p.box(-0.9F * p.x2, 0.9F * p.x2, 0.45F * p.y2, 0.47F * p.y2, 0.86F * p.h, 0.98F * p.h,
        p.glow("marquee", 0xffc83f, 1.0F));
  p.builder.prism_yz(std::array<Profile, 4>{{{0.25F * p.y2, 0.52F * p.h},
                                             {0.3F * p.y2, 0.52F * p.h},
                                             {-0.02F * p.y2, 0.83F * p.h},
                                             {-0.1F * p.y2, 0.83F * p.h}}},
                     -0.85F * p.x2, 0.85F * p.x2, black);
  p.builder.prism_yz(std::array<Profile, 4>{{{0.25F * p.y2, 0.55F * p.h},
                                             {0.32F * p.y2, 0.55F * p.h},
                                             {0.06F * p.y2, 0.8F * p.h},
                                             {0.0F, 0.8F * p.h}}},
                     -0.72F * p.x2, 0.72F * p.x2, p.glow("game screen", 0x3fc4e0, 0.7F));
  p.builder.prism_yz(
      std::array<Profile, 4>{
          {{0.2F * p.y2, 0.46F * p.h}, {p.y2, 0.43F * p.h}, {p.y2, 0.48F * p.h}, {0.2F * p.y2, 0.53F * p.h}}},
      -p.x2, p.x2, black);
  p.builder.cylinder(Vec3f(-0.5F * p.x2, 0.65F * p.y2, 0.49F * p.h),
                     Vec3f(-0.5F * p.x2, 0.65F * p.y2, 0.54F * p.h), 0.012F, metal, 8);
  p.builder.ellipsoid(Vec3f(-0.5F * p.x2, 0.65F * p.y2, 0.555F * p.h), Vec3f::Constant(0.03F),
                      p.use("knob red", 0xe03a3a, 0.3F), 10);
  for (int i = 0; i < 3; ++i)
    p.post((0.1F + 0.25F * static_cast<float>(i)) * p.x2, 0.65F * p.y2, 0.48F * p.h, 0.512F * p.h, 0.025F,
           i % 2 ? p.use("button yellow", 0xf0c03a, 0.3F) : p.use("button blue", 0x3f8fd0, 0.3F), 12);
  if (slot) {
    p.builder.cylinder(Vec3f(0.97F * p.x2, 0.2F * p.y2, 0.5F * p.h),
                       Vec3f(0.97F * p.x2, 0.2F * p.y2, 0.7F * p.h), 0.015F, metal, 8);
    p.builder.ellipsoid(Vec3f(0.95F * p.x2, 0.2F * p.y2, 0.72F * p.h), Vec3f::Constant(0.035F),
                        p.use("knob red", 0xe03a3a, 0.3F), 10);
    for (int i = -1; i <= 1; ++i)
      p.box((0.44F * static_cast<float>(i) - 0.18F) * p.x2, (0.44F * static_cast<float>(i) + 0.18F) * p.x2,
            0.1F * p.y2, 0.3F * p.y2, 0.62F * p.h, 0.73F * p.h, p.use(p.palette.white));
  }
  p.box(-0.25F * p.x2, 0.25F * p.x2, 0.75F * p.y2, 0.77F * p.y2, 0.12F * p.h, 0.3F * p.h, black);
}

void pinball(Piece& p) {
  const int side = p.use("pinball side", 0x8c1f3f, 0.4F);
  const int metal = steel(p);
  const float low = 0.42F * p.h;
  p.builder.prism_yz(
      std::array<Profile, 4>{
          {{p.y2, low}, {p.y2, 0.52F * p.h}, {-0.75F * p.y2, 0.62F * p.h}, {-0.75F * p.y2, low}}},
      -p.x2, p.x2, side);
  p.builder.prism_yz(std::array<Profile, 4>{{{0.94F * p.y2, 0.524F * p.h},
                                             {0.94F * p.y2, 0.534F * p.h},
                                             {-0.75F * p.y2, 0.63F * p.h},
                                             {-0.75F * p.y2, 0.62F * p.h}}},
                     -0.9F * p.x2, 0.9F * p.x2, p.use("playfield", 0x2f8fc4, 0.3F));
  for (int i = 0; i < 6; ++i) {
    const float y = (-0.55F + 0.2F * static_cast<float>(i)) * p.y2;
    p.post((i % 2 ? 0.4F : -0.4F) * p.x2, y, 0.55F * p.h, 0.65F * p.h - 0.02F * p.h * static_cast<float>(i),
           0.05F, i % 3 ? p.use("bumper yellow", 0xf0c03a, 0.3F) : p.use("bumper red", 0xe0503a, 0.3F), 12);
  }
  p.box(-p.x2, p.x2, -p.y2, -0.75F * p.y2, low, p.h, side);
  p.box(-0.9F * p.x2, 0.9F * p.x2, -0.75F * p.y2, -0.73F * p.y2, 0.66F * p.h, 0.97F * p.h,
        p.glow("backglass", 0xffb03f, 0.8F));
  p.four_legs(0, low, 0.03F, 0.01F, metal);
}

/// Machines of a workshop: a heavy base, a column, a head or a table.
void workshop_machine(Piece& p) {
  const int body = p.use(p.palette.main);
  const int black = p.use(p.palette.black);
  const int metal = steel(p);
  if (p.is("table_saw")) {
    p.soft(-0.7F * p.x2, 0.7F * p.x2, -0.7F * p.y2, 0.7F * p.y2, 0, 0.78F * p.h, 0.02F, body, 1);
    p.box(-p.x2, p.x2, -p.y2, p.y2, 0.78F * p.h, 0.83F * p.h, metal);
    const float r = 0.17F * p.h;
    p.builder.cylinder(Vec3f(-0.004F, 0, 0.83F * p.h), Vec3f(0.004F, 0, 0.83F * p.h), r,
                       p.use("blade", 0xd5dade, 0.2F, 1), 26);
    p.box(0.4F * p.x2, 0.48F * p.x2, -p.y2, p.y2, 0.83F * p.h, 0.9F * p.h, p.use("fence", 0xe0a02f, 0.4F));
    p.box(-0.2F * p.x2, 0.2F * p.x2, 0.7F * p.y2, 0.72F * p.y2, 0.4F * p.h, 0.55F * p.h,
          p.use("switch red", 0xd03a2f, 0.4F));
    return;
  }
  if (p.is("drill")) {
    p.box(-p.x2, p.x2, -p.y2, p.y2, 0, 0.05F * p.h, body);
    p.post(0, -0.5F * p.y2, 0.05F * p.h, 0.95F * p.h, 0.16F * p.x2, metal, 14);
    p.soft(-0.5F * p.x2, 0.5F * p.x2, -p.y2, 0.75F * p.y2, 0.72F * p.h, p.h, 0.04F, body);
    p.builder.cylinder(Vec3f(0, 0.35F * p.y2, 0.72F * p.h), Vec3f(0, 0.35F * p.y2, 0.6F * p.h), 0.15F * p.x2,
                       metal, 12);
    p.builder.cone(Vec3f(0, 0.35F * p.y2, 0.6F * p.h), Vec3f(0, 0.35F * p.y2, 0.5F * p.h), 0.012F, 0.006F,
                   metal, 8);
    p.box(-0.75F * p.x2, 0.75F * p.x2, -0.6F * p.y2, 0.9F * p.y2, 0.42F * p.h, 0.45F * p.h, metal);
    for (int i = 0; i < 3; ++i) {
      const float a = 2.094F * static_cast<float>(i);
      p.builder.cylinder(
          Vec3f(0.52F * p.x2, 0.2F * p.y2, 0.8F * p.h),
          Vec3f(0.6F * p.x2, 0.2F * p.y2 + 0.12F * std::cos(a), 0.8F * p.h + 0.12F * std::sin(a)), 0.012F,
          black, 6);
    }
    return;
  }
  if (p.is("lawn")) {
    const float r = std::min(0.22F * p.h, 0.2F * p.y2);
    p.soft(-0.85F * p.x2, 0.85F * p.x2, -0.1F * p.y2, p.y2, 0.12F * p.h, 0.36F * p.h, 0.05F,
           p.use("mower red", 0xc0302f, 0.4F));
    p.post(0, 0.45F * p.y2, 0.36F * p.h, 0.5F * p.h, 0.4F * p.x2, black, 16);
    for (const float x : {-0.92F * p.x2, 0.92F * p.x2})
      for (const float y : {-0.1F * p.y2 + 0.5F * r, p.y2 - r})
        p.builder.cylinder(Vec3f(x - 0.08F * p.x2, y, r), Vec3f(x + 0.08F * p.x2, y, r), r, black, 16);
    for (const float s : {-1.0F, 1.0F})
      p.builder.cylinder(Vec3f(s * 0.7F * p.x2, -0.05F * p.y2, 0.3F * p.h),
                         Vec3f(s * 0.7F * p.x2, -0.98F * p.y2, 0.98F * p.h), 0.016F, metal, 8);
    p.builder.cylinder(Vec3f(-0.7F * p.x2, -0.97F * p.y2, 0.975F * p.h),
                       Vec3f(0.7F * p.x2, -0.97F * p.y2, 0.975F * p.h), 0.022F, black, 8);
    return;
  }
  if (p.is("multi_gym")) {
    const int pad = p.use("gym pad", 0xa3262f, 0.6F);
    for (const float x : {-0.9F * p.x2, 0.9F * p.x2})
      p.box(x - 0.04F, x + 0.04F, -0.9F * p.y2, -0.8F * p.y2, 0, p.h, body);
    p.box(-p.x2, p.x2, -p.y2, -0.75F * p.y2, 0.94F * p.h, p.h, body);
    p.box(-p.x2, p.x2, -p.y2, -0.75F * p.y2, 0, 0.05F * p.h, body);
    for (int i = 0; i < 10; ++i)
      p.box(-0.85F * p.x2, -0.35F * p.x2, -0.98F * p.y2, -0.65F * p.y2,
            (0.06F + 0.045F * static_cast<float>(i)) * p.h, (0.1F + 0.045F * static_cast<float>(i)) * p.h,
            black);
    p.builder.cylinder(Vec3f(-0.6F * p.x2, -0.82F * p.y2, 0.5F * p.h),
                       Vec3f(-0.6F * p.x2, -0.82F * p.y2, 0.95F * p.h), 0.008F, metal, 6);
    p.box(0.15F * p.x2, 0.25F * p.x2, -0.8F * p.y2, p.y2, 0, 0.05F * p.h, body);
    p.soft(-0.05F * p.x2, 0.45F * p.x2, -0.4F * p.y2, 0.7F * p.y2, 0.21F * p.h, 0.26F * p.h, 0.03F, pad);
    p.soft(-0.05F * p.x2, 0.45F * p.x2, -0.55F * p.y2, -0.4F * p.y2, 0.26F * p.h, 0.6F * p.h, 0.03F, pad);
    p.box(0.17F * p.x2, 0.23F * p.x2, -0.5F * p.y2, 0.5F * p.y2, 0.05F * p.h, 0.22F * p.h, body);
    for (const float x : {-0.25F, 0.65F})
      p.builder.cylinder(Vec3f(x * p.x2, -0.75F * p.y2, 0.62F * p.h),
                         Vec3f(x * p.x2, 0.1F * p.y2, 0.5F * p.h), 0.02F, black, 8);
    p.builder.cylinder(Vec3f(-0.5F * p.x2, -0.2F * p.y2, 0.88F * p.h),
                       Vec3f(0.9F * p.x2, -0.2F * p.y2, 0.88F * p.h), 0.018F, metal, 8);
    p.builder.cylinder(Vec3f(0.2F * p.x2, -0.2F * p.y2, 0.88F * p.h),
                       Vec3f(0.2F * p.x2, -0.85F * p.y2, 0.97F * p.h), 0.01F, metal, 6);
    return;
  }
  if (p.is("robot")) {
    const int joint = p.use("joint", 0xe07a2f, 0.4F);
    p.builder.cylinder(Vec3f(0, 0, 0), Vec3f(0, 0, 0.12F * p.h), 0.95F * std::min(p.x2, p.y2), black, 20);
    const std::array<Vec3f, 4> arm = {Vec3f(0, -0.3F * p.y2, 0.12F * p.h), Vec3f(0, -0.5F * p.y2, 0.6F * p.h),
                                      Vec3f(0, 0.5F * p.y2, 0.92F * p.h), Vec3f(0, 0.85F * p.y2, 0.6F * p.h)};
    const float r = 0.2F * std::min(p.x2, p.y2);
    for (std::size_t i = 0; i + 1 < arm.size(); ++i) {
      p.builder.cone(arm[i], arm[i + 1], r * (1.2F - 0.25F * static_cast<float>(i)),
                     r * (0.95F - 0.25F * static_cast<float>(i)), joint, 12);
      p.builder.cylinder(arm[i] - Vec3f(1.4F * r, 0, 0), arm[i] + Vec3f(1.4F * r, 0, 0), 1.25F * r, metal,
                         14);
    }
    for (const float s : {-1.0F, 1.0F})
      p.box(s * 0.3F * r, s * 0.8F * r, 0.75F * p.y2, 0.95F * p.y2, 0.48F * p.h, 0.6F * p.h, black);
    p.builder.ellipsoid(Vec3f(0, 0.45F * p.y2, 0.94F * p.h), Vec3f(r, r, 0.06F * p.h), metal, 10);
    return;
  }
  if (p.is("press")) {
    const int iron = p.use("iron", 0x3a3d42, 0.5F, 1);
    for (const float x : {-0.85F * p.x2, 0.85F * p.x2})
      p.box(x - 0.1F * p.x2, x + 0.1F * p.x2, -0.35F * p.y2, 0.05F * p.y2, 0, p.h, iron);
    p.box(-p.x2, p.x2, -0.4F * p.y2, 0.1F * p.y2, 0.88F * p.h, p.h, iron);
    p.box(-p.x2, p.x2, -0.8F * p.y2, p.y2, 0, 0.05F * p.h, iron);
    p.box(-0.7F * p.x2, 0.7F * p.x2, -p.y2, p.y2, 0.45F * p.h, 0.53F * p.h, p.use(p.palette.wood));
    p.box(-0.6F * p.x2, 0.6F * p.x2, 0.1F * p.y2, 0.9F * p.y2, 0.53F * p.h, 0.54F * p.h,
          p.use(p.palette.linen));
    p.post(0, -0.15F * p.y2, 0.62F * p.h, 0.9F * p.h, 0.07F, metal, 12);
    p.box(-0.6F * p.x2, 0.6F * p.x2, -0.35F * p.y2, 0.05F * p.y2, 0.56F * p.h, 0.63F * p.h, iron);
    p.builder.cylinder(Vec3f(0, -0.15F * p.y2, 0.75F * p.h), Vec3f(0.6F * p.x2, 0.7F * p.y2, 0.75F * p.h),
                       0.025F, p.use(p.palette.wood), 8);
    return;
  }
  if (p.is("three_d")) {
    const float t = 0.05F * p.h;
    for (const float x : {-p.x2 + t, p.x2 - t})
      for (const float y : {-p.y2 + t, p.y2 - t}) p.box(x - t, x + t, y - t, y + t, 0, p.h, black);
    p.box(-p.x2, p.x2, -p.y2, p.y2, 0, 0.14F * p.h, black);
    p.box(-p.x2, p.x2, -p.y2, p.y2, 0.92F * p.h, p.h, black);
    p.box(-0.7F * p.x2, 0.7F * p.x2, -0.7F * p.y2, 0.7F * p.y2, 0.2F * p.h, 0.23F * p.h, metal);
    p.builder.lathe(0, 0,
                    std::array<Profile, 4>{{{0.25F * p.x2, 0.23F * p.h},
                                            {0.35F * p.x2, 0.35F * p.h},
                                            {0.2F * p.x2, 0.5F * p.h},
                                            {0.0F, 0.52F * p.h}}},
                    p.use("printed", 0xf07f2f, 0.4F), 14);
    p.builder.cylinder(Vec3f(-0.95F * p.x2, 0, 0.65F * p.h), Vec3f(0.95F * p.x2, 0, 0.65F * p.h), 0.02F * p.h,
                       metal, 8);
    p.box(-0.15F * p.x2, 0.15F * p.x2, -0.15F * p.y2, 0.2F * p.y2, 0.56F * p.h, 0.72F * p.h,
          p.use("print head", 0x3f8fd0, 0.4F));
    p.box(-0.3F * p.x2, 0.3F * p.x2, p.y2 - 0.01F, p.y2, 0.03F * p.h, 0.11F * p.h,
          p.glow("display", 0x4fc4e0, 0.6F));
    return;
  }
  if (p.is("fume")) {
    p.box(-p.x2, p.x2, -p.y2, p.y2, 0, 0.42F * p.h, p.use(p.palette.white));
    p.box(-p.x2, p.x2, -p.y2, p.y2, 0.42F * p.h, 0.46F * p.h, black);
    p.box(-p.x2, p.x2, -p.y2, -0.85F * p.y2, 0.46F * p.h, p.h, p.use(p.palette.white));
    for (const float s : {-1.0F, 1.0F}) p.box(s * 0.9F * p.x2, s * p.x2, -p.y2, p.y2, 0.46F * p.h, p.h, body);
    p.box(-p.x2, p.x2, -p.y2, p.y2, 0.85F * p.h, p.h, body);
    p.box(-0.9F * p.x2, 0.9F * p.x2, 0.85F * p.y2, 0.87F * p.y2, 0.6F * p.h, 0.86F * p.h,
          p.use(p.palette.glass));
    p.box(-0.9F * p.x2, 0.9F * p.x2, 0.85F * p.y2, 0.9F * p.y2, 0.59F * p.h, 0.61F * p.h, metal);
    for (const float s : {-1.0F, 1.0F})
      p.box(s * 0.05F * p.x2, s * 0.9F * p.x2, p.y2 - 0.01F, p.y2 + 0.01F, 0.06F * p.h, 0.4F * p.h,
            p.use("lab front", 0xc9d2d6, 0.5F));
    for (int i = 0; i < 3; ++i)
      p.builder.cone(Vec3f((-0.4F + 0.4F * static_cast<float>(i)) * p.x2, 0, 0.46F * p.h),
                     Vec3f((-0.4F + 0.4F * static_cast<float>(i)) * p.x2, 0, 0.55F * p.h), 0.08F, 0.03F,
                     p.use("reagent", 0x8fd04f, 0.1F), 12);
    return;
  }
  if (p.is("loom")) {
    const int wood = p.use(p.palette.wood);
    for (const float x : {-p.x2 + 0.04F, p.x2 - 0.04F}) {
      for (const float y : {-p.y2 + 0.04F, p.y2 - 0.04F})
        p.box(x - 0.04F, x + 0.04F, y - 0.04F, y + 0.04F, 0, 0.65F * p.h, wood);
      p.box(x - 0.04F, x + 0.04F, -0.04F, 0.04F, 0, p.h, wood);
      p.box(x - 0.03F, x + 0.03F, -p.y2, p.y2, 0.3F * p.h, 0.36F * p.h, wood);
    }
    for (const float y : {-p.y2 + 0.04F, p.y2 - 0.04F})
      p.builder.cylinder(Vec3f(-p.x2, y, 0.65F * p.h), Vec3f(p.x2, y, 0.65F * p.h), 0.05F, wood, 10);
    p.box(-p.x2, p.x2, -0.05F, 0.05F, 0.92F * p.h, p.h, wood);
    p.box(-0.85F * p.x2, 0.85F * p.x2, -p.y2, 0.0F, 0.66F * p.h, 0.67F * p.h, p.use(p.palette.linen));
    for (int i = 0; i < 6; ++i) {
      const float y = p.y2 * static_cast<float>(i) / 6;
      p.box(-0.85F * p.x2, 0.85F * p.x2, y, y + p.y2 / 6, 0.66F * p.h, 0.675F * p.h,
            i % 2 ? p.use(p.palette.accent) : p.use(p.palette.textile));
    }
    for (int i = 0; i < 2; ++i)
      p.box(-0.85F * p.x2, 0.85F * p.x2, -0.06F + 0.08F * static_cast<float>(i),
            -0.03F + 0.08F * static_cast<float>(i), 0.55F * p.h, 0.85F * p.h,
            p.use("heddles", 0xd9cfb8, 0.8F));
    return;
  }
  // Pottery wheel: a tray, a turning head with a pot, a pedal's body.
  const int tray = p.use("tray", 0x3f6fa8, 0.4F);
  p.soft(-0.9F * p.x2, 0.9F * p.x2, -p.y2, p.y2, 0.1F * p.h, 0.6F * p.h, 0.04F, body);
  p.soft(-p.x2, p.x2, -p.y2, p.y2, 0.5F * p.h, 0.68F * p.h, 0.04F, tray);
  p.four_legs(0, 0.15F * p.h, 0.03F, 0.04F, black);
  const float r = 0.6F * std::min(p.x2, p.y2);
  p.builder.cylinder(Vec3f(0, 0, 0.68F * p.h), Vec3f(0, 0, 0.73F * p.h), r, metal, 24);
  p.builder.lathe(0, 0,
                  std::array<Profile, 5>{{{0.35F * r, 0.73F * p.h},
                                          {0.6F * r, 0.82F * p.h},
                                          {0.5F * r, 0.94F * p.h},
                                          {0.55F * r, p.h},
                                          {0.4F * r, 0.95F * p.h}}},
                  p.use("wet clay", 0x9a6148, 0.4F), 18);
}

/// Things that stand on a table.
void small_machine(Piece& p) {
  const int body = p.use(p.palette.main);
  const int black = p.use(p.palette.black);
  const int metal = steel(p);
  if (p.is("coffee")) {
    p.soft(-p.x2, p.x2, -p.y2, -0.1F * p.y2, 0, p.h, 0.02F, body, 1);
    p.soft(-p.x2, p.x2, -p.y2, p.y2, 0.68F * p.h, p.h, 0.02F, body, 1);
    p.box(-p.x2, p.x2, -p.y2, p.y2, 0, 0.1F * p.h, black);
    p.builder.cylinder(Vec3f(0, 0.4F * p.y2, 0.55F * p.h), Vec3f(0, 0.4F * p.y2, 0.68F * p.h), 0.3F * p.x2,
                       black, 14);
    p.builder.cone(Vec3f(0, 0.4F * p.y2, 0.1F * p.h), Vec3f(0, 0.4F * p.y2, 0.34F * p.h), 0.22F * p.x2,
                   0.32F * p.x2, p.use(p.palette.white), 14);
    return knobs(p, 3, 0.85F * p.h, p.y2 - 0.02F, black);
  }
  if (p.is("mixer") || p.is("sewing")) {
    // A base, a column and an arm over it; along y or along x.
    const bool sewing = p.is("sewing");
    const int paint = sewing ? p.use(p.palette.black) : p.use("mixer paint", 0xb52f35, 0.3F);
    if (sewing) {
      p.box(-p.x2, p.x2, -p.y2, p.y2, 0, 0.14F * p.h, p.use(p.palette.wood));
      p.soft(0.45F * p.x2, 0.85F * p.x2, -0.6F * p.y2, 0.6F * p.y2, 0.14F * p.h, p.h, 0.04F, paint);
      p.soft(-0.85F * p.x2, 0.85F * p.x2, -0.5F * p.y2, 0.5F * p.y2, 0.66F * p.h, 0.96F * p.h, 0.04F, paint);
      p.soft(-0.85F * p.x2, -0.45F * p.x2, -0.5F * p.y2, 0.5F * p.y2, 0.42F * p.h, 0.9F * p.h, 0.03F, paint);
      p.post(-0.65F * p.x2, 0, 0.16F * p.h, 0.45F * p.h, 0.006F, metal, 6);
      p.builder.cylinder(Vec3f(0.85F * p.x2, 0, 0.78F * p.h), Vec3f(p.x2, 0, 0.78F * p.h), 0.2F * p.h, metal,
                         18);
      p.box(-0.9F * p.x2, 0.2F * p.x2, -0.6F * p.y2, 0.9F * p.y2, 0.14F * p.h, 0.17F * p.h,
            p.use(p.palette.accent));
      return;
    }
    p.soft(-0.8F * p.x2, 0.8F * p.x2, -p.y2, p.y2, 0, 0.12F * p.h, 0.02F, paint);
    p.soft(-0.45F * p.x2, 0.45F * p.x2, -p.y2, -0.4F * p.y2, 0.1F * p.h, 0.9F * p.h, 0.04F, paint);
    p.soft(-0.55F * p.x2, 0.55F * p.x2, -p.y2, p.y2, 0.65F * p.h, p.h, 0.06F, paint);
    p.builder.lathe(0, 0.4F * p.y2,
                    std::array<Profile, 5>{{{0.4F * p.x2, 0.12F * p.h},
                                            {0.85F * p.x2, 0.3F * p.h},
                                            {p.x2, 0.55F * p.h},
                                            {0.92F * p.x2, 0.55F * p.h},
                                            {0.0F, 0.25F * p.h}}},
                    metal, 20);
    p.post(0, 0.4F * p.y2, 0.4F * p.h, 0.66F * p.h, 0.05F, metal, 10);
    return;
  }
  if (p.is("typewriter")) {
    const int paint = p.use("typewriter", 0x2f5f5a, 0.4F);
    p.builder.prism_yz(std::array<Profile, 5>{{{-p.y2, 0.0F},
                                               {p.y2, 0.0F},
                                               {p.y2, 0.18F * p.h},
                                               {0.1F * p.y2, 0.5F * p.h},
                                               {-p.y2, 0.6F * p.h}}},
                       -0.9F * p.x2, 0.9F * p.x2, paint);
    for (int j = 0; j < 4; ++j)
      for (int i = 0; i < 9; ++i) {
        const float x = (-0.68F + 0.17F * static_cast<float>(i)) * p.x2;
        const float y = (0.85F - 0.2F * static_cast<float>(j)) * p.y2;
        const float z = (0.25F + 0.07F * static_cast<float>(j)) * p.h;
        p.post(x, y, z - 0.06F * p.h, z + 0.05F * p.h, 0.055F * p.x2, p.use(p.palette.linen), 8);
      }
    p.builder.cylinder(Vec3f(-p.x2, -0.6F * p.y2, 0.62F * p.h), Vec3f(p.x2, -0.6F * p.y2, 0.62F * p.h),
                       0.11F * p.h, black, 14);
    p.box(-0.65F * p.x2, 0.65F * p.x2, -0.66F * p.y2, -0.63F * p.y2, 0.62F * p.h, p.h,
          p.use(p.palette.linen));
    return;
  }
  if (p.is("microscope")) {
    p.soft(-p.x2, p.x2, -p.y2, p.y2, 0, 0.1F * p.h, 0.02F, black, 1);
    p.box(-0.3F * p.x2, 0.3F * p.x2, -p.y2, -0.55F * p.y2, 0.1F * p.h, 0.75F * p.h, p.use(p.palette.white));
    p.box(-0.8F * p.x2, 0.8F * p.x2, -0.55F * p.y2, 0.7F * p.y2, 0.36F * p.h, 0.4F * p.h, black);
    p.box(-0.3F * p.x2, 0.3F * p.x2, -0.9F * p.y2, 0.4F * p.y2, 0.65F * p.h, 0.76F * p.h,
          p.use(p.palette.white));
    p.builder.cone(Vec3f(0, 0.15F * p.y2, 0.65F * p.h), Vec3f(0, 0.15F * p.y2, 0.44F * p.h), 0.3F * p.x2,
                   0.12F * p.x2, metal, 12);
    for (const float s : {-0.3F, 0.3F})
      p.builder.cylinder(Vec3f(s * p.x2, -0.1F * p.y2, 0.74F * p.h),
                         Vec3f(s * p.x2, -0.7F * p.y2, 0.97F * p.h), 0.2F * p.x2, black, 12);
    for (const float s : {-1.0F, 1.0F})
      p.builder.cylinder(Vec3f(s * 0.3F * p.x2, -0.75F * p.y2, 0.3F * p.h),
                         Vec3f(s * 0.6F * p.x2, -0.75F * p.y2, 0.3F * p.h), 0.1F * p.h, metal, 14);
    return;
  }
  if (p.is("drone")) {
    p.soft(-0.3F * p.x2, 0.3F * p.x2, -0.4F * p.y2, 0.4F * p.y2, 0.3F * p.h, 0.75F * p.h, 0.03F,
           p.use(p.palette.white));
    const float r = 0.36F * std::min(p.x2, p.y2);
    for (const float sx : {-1.0F, 1.0F})
      for (const float sy : {-1.0F, 1.0F}) {
        const Vec3f at(sx * (p.x2 - r), sy * (p.y2 - r), 0.8F * p.h);
        p.builder.cylinder(Vec3f(0, 0, 0.6F * p.h), at, 0.05F * p.x2, metal, 8);
        p.builder.torus(at, 0.93F * r, 0.07F * r, 2, black, 20);
        p.box(at.x() - 0.8F * r, at.x() + 0.8F * r, at.y() - 0.08F * r, at.y() + 0.08F * r, 0.86F * p.h,
              0.9F * p.h, black);
        p.post(at.x(), at.y(), 0.7F * p.h, p.h, 0.05F * p.x2, metal, 8);
        p.builder.cylinder(Vec3f(0.2F * p.x2 * sx, 0.2F * p.y2 * sy, 0.35F * p.h),
                           Vec3f(0.35F * p.x2 * sx, 0.35F * p.y2 * sy, 0), 0.01F, black, 6);
      }
    p.builder.ellipsoid(Vec3f(0, 0.42F * p.y2, 0.42F * p.h), Vec3f::Constant(0.14F * p.h), black, 10);
    return;
  }
  if (p.is("darkroom")) {
    p.box(-p.x2, p.x2, -p.y2, p.y2, 0, 0.05F * p.h, p.use(p.palette.wood));
    p.box(-0.4F * p.x2, 0.4F * p.x2, -0.3F * p.y2, 0.7F * p.y2, 0.05F * p.h, 0.06F * p.h,
          p.use(p.palette.white));
    p.box(-0.1F * p.x2, 0.1F * p.x2, -0.9F * p.y2, -0.75F * p.y2, 0.05F * p.h, p.h, metal);
    p.box(-0.12F * p.x2, 0.12F * p.x2, -0.8F * p.y2, 0.2F * p.y2, 0.62F * p.h, 0.68F * p.h, metal);
    p.builder.cone(Vec3f(0, 0.2F * p.y2, 0.7F * p.h), Vec3f(0, 0.2F * p.y2, 0.5F * p.h), 0.4F * p.x2,
                   0.15F * p.x2, black, 14);
    p.post(0, 0.2F * p.y2, 0.7F * p.h, 0.9F * p.h, 0.4F * p.x2, body, 16);
    return;
  }
  // A printer: a tray of paper, a slot, a panel.
  p.soft(-p.x2, p.x2, -p.y2, 0.85F * p.y2, 0, 0.78F * p.h, 0.03F, p.use("printer body", 0xe3e4e2, 0.5F));
  p.soft(-0.96F * p.x2, 0.96F * p.x2, -0.9F * p.y2, 0.5F * p.y2, 0.76F * p.h, 0.9F * p.h, 0.02F,
         p.use("printer dark", 0x4a4f55, 0.5F), 1);
  p.box(-0.6F * p.x2, 0.6F * p.x2, 0.84F * p.y2, 0.86F * p.y2, 0.3F * p.h, 0.5F * p.h, black);
  p.box(-0.55F * p.x2, 0.55F * p.x2, 0.6F * p.y2, p.y2, 0.34F * p.h, 0.37F * p.h, p.use(p.palette.white));
  p.box(-0.55F * p.x2, 0.55F * p.x2, -0.85F * p.y2, -0.8F * p.y2, 0.85F * p.h, p.h, p.use(p.palette.white));
  p.box(0.55F * p.x2, 0.9F * p.x2, 0.845F * p.y2, 0.87F * p.y2, 0.55F * p.h, 0.7F * p.h,
        p.glow("display", 0x4fc4e0, 0.6F));
}

}  // namespace

void draw_machine(Piece& p) {
  if (p.is("washing") || p.is("dryer")) return washer(p);
  if (p.is("pinball")) return pinball(p);
  for (const std::string_view word : {"arcade", "slot", "jukebox", "vending", "server"})
    if (p.is(word)) return tall_cabinet(p);
  for (const std::string_view word :
       {"table_saw", "drill", "lawn", "multi_gym", "robot", "press", "three_d", "fume", "loom", "pottery"})
    if (p.is(word)) return workshop_machine(p);
  for (const std::string_view word :
       {"coffee", "mixer", "sewing", "typewriter", "microscope", "drone", "darkroom", "printer"})
    if (p.is(word)) return small_machine(p);
  const int body = p.use(p.palette.main);
  const int black = p.use(p.palette.black);
  const int metal = steel(p);
  if (p.is("water_cooler")) {
    const float r = 0.85F * std::min(p.x2, p.y2);
    Material bottle = colored("bottle", 0x5fa8e0, 0.05F);
    bottle.opacity = 0.6F;
    p.soft(-p.x2, p.x2, -p.y2, p.y2, 0, 0.68F * p.h, 0.03F, p.use(p.palette.white), 1);
    p.builder.lathe(0, 0,
                    std::array<Profile, 6>{{{0.3F * r, 0.66F * p.h},
                                            {0.35F * r, 0.72F * p.h},
                                            {r, 0.77F * p.h},
                                            {r, 0.95F * p.h},
                                            {0.9F * r, p.h},
                                            {0.0F, p.h}}},
                    p.use(bottle), 22);
    p.box(-0.7F * p.x2, 0.7F * p.x2, p.y2 - 0.004F, p.y2 + 0.004F, 0.42F * p.h, 0.6F * p.h,
          p.use("panel", 0x9aa6ae, 0.4F));
    p.box(-0.4F * p.x2, -0.2F * p.x2, p.y2, p.y2 + 0.03F, 0.52F * p.h, 0.56F * p.h,
          p.use("tap blue", 0x3f7fd0, 0.4F));
    p.box(0.2F * p.x2, 0.4F * p.x2, p.y2, p.y2 + 0.03F, 0.52F * p.h, 0.56F * p.h,
          p.use("tap red", 0xd03a2f, 0.4F));
    return;
  }
  if (p.is("popcorn")) {
    const int red = p.use("popcorn red", 0xb5262c, 0.4F);
    p.box(-p.x2, p.x2, -p.y2, p.y2, 0, 0.42F * p.h, red);
    for (int i = 0; i < 5; ++i)
      p.box((-0.9F + 0.4F * static_cast<float>(i)) * p.x2, (-0.7F + 0.4F * static_cast<float>(i)) * p.x2,
            p.y2 - 0.004F, p.y2 + 0.006F, 0.03F * p.h, 0.4F * p.h, p.use(p.palette.white));
    for (const float x : {-0.96F * p.x2, 0.96F * p.x2})
      for (const float y : {-0.96F * p.y2, 0.96F * p.y2})
        p.box(x - 0.04F * p.x2, x + 0.04F * p.x2, y - 0.04F * p.y2, y + 0.04F * p.y2, 0.42F * p.h,
              0.88F * p.h, p.use("brass", 0xc79a4a, 0.3F, 1));
    p.soft(-p.x2, p.x2, -p.y2, p.y2, 0.86F * p.h, p.h, 0.04F, red);
    for (int i = 0; i < 26; ++i)
      p.builder.ellipsoid(
          Vec3f(p.random(-0.8F, 0.8F) * p.x2, p.random(-0.8F, 0.8F) * p.y2, p.random(0.44F, 0.54F) * p.h),
          Vec3f::Constant(0.1F * p.x2), p.use("popcorn", 0xf3e3b0, 0.9F), 8);
    p.post(0, 0, 0.66F * p.h, 0.8F * p.h, 0.3F * p.x2, metal, 14);
    p.post(0, 0, 0.8F * p.h, 0.88F * p.h, 0.03F, metal, 8);
    p.box(-0.92F * p.x2, 0.92F * p.x2, 0.94F * p.y2, 0.96F * p.y2, 0.42F * p.h, 0.87F * p.h,
          p.use(p.palette.glass));
    return;
  }
  // A dishwasher, or any boxy appliance: a door with a handle under a panel.
  p.soft(-p.x2, p.x2, -p.y2, p.y2 - 0.03F, 0.05F * p.h, p.h, 0.01F, body, 1);
  p.box(-0.95F * p.x2, 0.95F * p.x2, -p.y2, 0.85F * p.y2, 0, 0.08F * p.h, black);
  p.soft(-0.98F * p.x2, 0.98F * p.x2, p.y2 - 0.035F, p.y2 - 0.015F, 0.1F * p.h, 0.84F * p.h, 0.008F, body, 1);
  p.box(-0.98F * p.x2, 0.98F * p.x2, p.y2 - 0.032F, p.y2 - 0.018F, 0.86F * p.h, 0.99F * p.h, black);
  p.builder.cylinder(Vec3f(-0.75F * p.x2, p.y2 - 0.01F, 0.78F * p.h),
                     Vec3f(0.75F * p.x2, p.y2 - 0.01F, 0.78F * p.h), 0.01F, metal, 8);
  for (int i = 0; i < 4; ++i)
    p.box((0.2F + 0.15F * static_cast<float>(i)) * p.x2, (0.27F + 0.15F * static_cast<float>(i)) * p.x2,
          p.y2 - 0.02F, p.y2 - 0.014F, 0.91F * p.h, 0.94F * p.h, p.glow("light", 0x4fe0c0, 0.8F));
}

}  // namespace metaspatial::assets
