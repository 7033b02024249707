#include "metaspatial/assets/piece.hpp"

namespace metaspatial::assets {
namespace {

/// Mattress, pillows, duvet and a throw on a surface at z0; the pillows lie at the back (-y).
void bedding(Piece& p, float x, float y_lo, float y_hi, float z0, float z1) {
  const int linen = p.use(p.palette.linen);
  const int duvet = p.use(p.palette.textile);
  const int accent = p.use(p.palette.accent);
  const float depth = y_hi - y_lo;
  const float thick = z1 - z0;
  const float top = z1 - std::min(0.05F, 0.25F * thick);
  p.soft(-x, x, y_lo, y_hi, z0, top, 0.06F, linen);
  // The duvet lies over the sides and stops short of the pillows; its turned-down edge shows linen.
  const float y_duvet = y_lo + 0.34F * depth;
  p.soft(-x - 0.015F, x + 0.015F, y_duvet, y_hi + 0.012F, z0 + 0.35F * thick, z1, 0.05F, duvet);
  p.soft(-x - 0.02F, x + 0.02F, y_duvet - 0.02F, y_duvet + 0.12F * depth, z0 + 0.4F * thick, z1 + 0.012F,
         0.04F, linen);
  p.soft(-x - 0.025F, x + 0.025F, y_lo + 0.74F * depth, y_lo + 0.92F * depth, z0 + 0.3F * thick, z1 + 0.012F,
         0.03F, accent);
  const int pillows = x > 0.6F ? 2 : 1;
  const float gap = 0.04F;
  const float width = (2 * x - gap * static_cast<float>(pillows + 1)) / static_cast<float>(pillows);
  for (int i = 0; i < pillows; ++i) {
    const float x0 = -x + gap + static_cast<float>(i) * (width + gap);
    p.builder.pillow(Vec3f(x0, y_lo + 0.04F * depth, top - 0.03F),
                     Vec3f(x0 + width, y_lo + 0.27F * depth, top + 0.13F), 2, linen);
  }
  // A small cushion in the accent colour.
  const float c = std::min(0.2F, 0.4F * x);
  p.builder.pillow(Vec3f(-c, y_lo + 0.19F * depth, top + 0.01F),
                   Vec3f(c, y_lo + 0.19F * depth + 0.7F * c, top + 0.14F), 2, accent);
}

void frame_panel(Piece& p, float y0, float y1, float z0, float z1, bool soft) {
  if (soft) {
    const int m = p.use(p.palette.textile);
    // Vertical channels of upholstery.
    const int channels = std::max(3, static_cast<int>(std::lround(p.x2 * 2 / 0.22F)));
    const float step = 2 * p.x2 / static_cast<float>(channels);
    for (int i = 0; i < channels; ++i) {
      const float x0 = -p.x2 + static_cast<float>(i) * step;
      p.soft(x0, x0 + step, y0, y1, z0, z1, 0.035F, m);
    }
    return;
  }
  const int wood = p.use(p.palette.main_is_metal ? p.palette.metal : p.palette.wood);
  if (p.palette.main_is_metal) {
    const float y = 0.5F * (y0 + y1);
    const float r = 0.022F;
    p.post(-p.x2 + r, y, 0, z1, r, wood);
    p.post(p.x2 - r, y, 0, z1, r, wood);
    p.builder.cylinder(Vec3f(-p.x2 + r, y, z1 - r), Vec3f(p.x2 - r, y, z1 - r), r, wood);
    p.builder.cylinder(Vec3f(-p.x2 + r, y, z0 + 0.05F), Vec3f(p.x2 - r, y, z0 + 0.05F), r, wood);
    const int bars = std::max(4, static_cast<int>(p.x2 * 2 / 0.15F));
    for (int i = 1; i < bars; ++i) {
      const float x = -p.x2 + 2 * p.x2 * static_cast<float>(i) / static_cast<float>(bars);
      p.post(x, y, z0 + 0.05F, z1 - r, 0.011F, wood, 6);
    }
    return;
  }
  p.box(-p.x2, p.x2, y0, y1, z0, z1 - 0.04F, wood);
  p.soft(-p.x2, p.x2, y0 - 0.004F, y1 + 0.01F, z1 - 0.05F, z1, 0.012F, wood, 1);
  const int dark = p.use(p.palette.dark_wood);
  // Inset panels.
  const int panels = p.x2 > 0.6F ? 3 : 2;
  const float step = 2 * p.x2 / static_cast<float>(panels);
  const float bottom = std::min(z1 - 0.12F, std::max(z0, z1 - 0.6F));
  for (int i = 0; i < panels; ++i) {
    const float x0 = -p.x2 + static_cast<float>(i) * step + 0.05F;
    p.box(x0, x0 + step - 0.1F, y0 + 0.01F, y1 + 0.004F, bottom, z1 - 0.09F, dark);
    p.box(x0 + 0.012F, x0 + step - 0.112F, y0 + 0.01F, y1 + 0.009F, bottom + 0.012F, z1 - 0.102F, wood);
  }
}

void draw_bunk(Piece& p) {
  const int wood = p.use(p.palette.main_is_metal ? p.palette.metal : p.palette.wood);
  const bool loft = p.is("loft");
  const float t = 0.05F;
  for (const float x : {-p.x2 + t / 2, p.x2 - t / 2})
    for (const float y : {-p.y2 + t / 2, p.y2 - t / 2})
      p.box(x - t / 2, x + t / 2, y - t / 2, y + t / 2, 0, p.h, wood);
  const auto bed_at = [&](float z) {
    p.box(-p.x2, p.x2, -p.y2 + t, p.y2 - t, z, z + 0.09F, wood);
    bedding(p, p.x2 - 0.05F, -p.y2 + t, p.y2 - t, z + 0.06F, z + 0.24F);
  };
  const float upper = p.h - 0.50F;
  bed_at(upper);
  if (!loft) bed_at(0.2F * p.h);
  // Rails of the upper bed on three sides, ladder at the right front.
  for (const float z : {p.h - 0.16F, p.h - 0.06F}) {
    p.box(-p.x2, p.x2, -p.y2, -p.y2 + 0.03F, z - 0.03F, z + 0.03F, wood);
    p.box(-p.x2, p.x2, p.y2 - 0.03F, p.y2, z - 0.03F, z + 0.03F, wood);
    p.box(-p.x2, -p.x2 + 0.03F, -p.y2, p.y2, z - 0.03F, z + 0.03F, wood);
    p.box(p.x2 - 0.03F, p.x2, -p.y2, 0.45F * p.y2, z - 0.03F, z + 0.03F, wood);
  }
  const float y0 = 0.5F * p.y2;
  const float y1 = 0.85F * p.y2;
  p.box(p.x2 - 0.03F, p.x2, y0 - 0.02F, y0 + 0.02F, 0, p.h, wood);
  p.box(p.x2 - 0.03F, p.x2, y1 - 0.02F, y1 + 0.02F, 0, p.h, wood);
  for (int i = 1; i <= 5; ++i) {
    const float z = upper * static_cast<float>(i) / 5.5F;
    p.box(p.x2 - 0.03F, p.x2, y0, y1, z - 0.015F, z + 0.015F, wood);
  }
  if (loft) {
    // A desk in the space below.
    p.box(-p.x2 + t, p.x2 - t, -p.y2 + 0.1F, 0.1F * p.y2, 0.40F * p.h, 0.40F * p.h + 0.04F, wood);
    p.box(-p.x2 + t, -p.x2 + 0.35F * p.x2, -p.y2 + 0.1F, 0.0F, 0, 0.40F * p.h, wood);
  }
}

void draw_treatment_bed(Piece& p) {
  const int pad = p.use(p.palette.main_is_textile ? p.palette.textile : colored("pad", 0x4f8f94, 0.5F));
  const int metal = p.use(p.palette.metal);
  const int linen = p.use(p.palette.linen);
  const float top = p.h;
  p.soft(-p.x2, p.x2, -0.55F * p.y2, p.y2, top - 0.12F, top - 0.02F, 0.04F, pad);
  p.soft(-p.x2, p.x2, -p.y2 * 0.98F, -0.57F * p.y2, top - 0.12F, top - 0.02F, 0.04F, pad);
  p.soft(-0.7F * p.x2, 0.7F * p.x2, -0.2F * p.y2, p.y2, top - 0.04F, top - 0.005F, 0.015F, linen);
  p.builder.pillow(Vec3f(-0.6F * p.x2, -0.97F * p.y2, top - 0.05F), Vec3f(0.6F * p.x2, -0.65F * p.y2, top), 2,
                   linen);
  p.box(-0.9F * p.x2, 0.9F * p.x2, -0.95F * p.y2, 0.95F * p.y2, top - 0.16F, top - 0.12F, metal);
  p.four_legs(0, top - 0.16F, 0.022F, 0.06F, metal);
  p.box(-0.8F * p.x2, 0.8F * p.x2, -0.75F * p.y2, 0.75F * p.y2, 0.18F, 0.21F, metal);
}

void draw_hospital_bed(Piece& p) {
  const int white = p.use(p.palette.white);
  const int metal = p.use("rail", 0xb9bec4, 0.4F, 0.0F);
  const int black = p.use(p.palette.black);
  const float deck = 0.5F * p.h;
  p.soft(-p.x2, p.x2, -p.y2, -p.y2 + 0.05F, 0.35F * p.h, p.h, 0.02F, white);
  p.soft(-p.x2, p.x2, p.y2 - 0.05F, p.y2, 0.35F * p.h, 0.85F * p.h, 0.02F, white);
  p.box(-0.9F * p.x2, 0.9F * p.x2, -p.y2 + 0.06F, p.y2 - 0.06F, deck - 0.08F, deck, metal);
  bedding(p, 0.86F * p.x2, -p.y2 + 0.07F, p.y2 - 0.07F, deck, deck + 0.18F);
  for (const float x : {-0.97F * p.x2, 0.97F * p.x2}) {
    for (const float z : {deck + 0.1F, deck + 0.22F})
      p.builder.cylinder(Vec3f(x, -0.6F * p.y2, z), Vec3f(x, 0.3F * p.y2, z), 0.014F, metal, 6);
    for (const float y : {-0.6F, -0.15F, 0.3F})
      p.post(x, y * p.y2, deck - 0.05F, deck + 0.22F, 0.012F, metal, 6);
    for (const float y : {-0.85F, 0.85F}) {
      p.post(x * 0.85F, y * p.y2, 0.08F, deck - 0.08F, 0.025F, metal, 8);
      p.builder.cylinder(Vec3f(x * 0.85F - 0.02F, y * p.y2, 0.06F), Vec3f(x * 0.85F + 0.02F, y * p.y2, 0.06F),
                         0.06F, black, 10);
    }
  }
}

}  // namespace

void draw_bed(Piece& p) {
  if (p.is("bunk") || p.is("loft")) return draw_bunk(p);
  if (p.is("massage") || p.is("exam") || p.is("treatment")) return draw_treatment_bed(p);
  if (p.is("hospital")) return draw_hospital_bed(p);
  const int wood = p.use(p.palette.main_is_metal ? p.palette.metal : p.palette.wood);
  if (p.is("futon") || p.h < 0.33F) {
    p.box(-p.x2, p.x2, -p.y2, p.y2, 0, 0.25F * p.h, wood);
    bedding(p, 0.96F * p.x2, -0.98F * p.y2, 0.97F * p.y2, 0.25F * p.h, 0.8F * p.h);
    return;
  }
  const bool canopy = p.is("canopy") || p.h > 1.7F;
  const bool upholstered = p.palette.main_is_textile;
  const float head = canopy ? std::min(1.1F, 0.6F * p.h) : p.h;
  const float top = std::min(0.55F, 0.80F * std::min(head, 0.75F));  // of the mattress
  const float board = 0.08F;
  frame_panel(p, -p.y2, -p.y2 + board, 0.06F, head, upholstered);
  const float rail_lo = 0.22F * top;
  const float rail_hi = 0.58F * top;
  const int rail = upholstered ? p.use(p.palette.textile) : wood;
  p.soft(-p.x2, p.x2, -p.y2 + board, p.y2, rail_lo, rail_hi, 0.015F, rail, 1);
  for (const float x : {-0.9F * p.x2, 0.9F * p.x2})
    for (const float y : {-0.9F * p.y2, 0.94F * p.y2})
      p.box(x - 0.035F, x + 0.035F, y - 0.035F, y + 0.035F, 0, rail_lo, wood);
  if (!upholstered && !canopy && p.h >= 0.5F) {
    p.soft(-p.x2, p.x2, p.y2 - 0.06F, p.y2, rail_lo * 0.5F, std::max(rail_hi + 0.03F, 0.85F * top), 0.015F,
           wood, 1);
  }
  bedding(p, p.x2 - 0.045F, -p.y2 + board + 0.01F, p.y2 - 0.075F, rail_hi - 0.05F, top);
  if (canopy) {
    const float t = 0.035F;
    const int cloth = p.use(p.palette.linen);
    for (const float x : {-p.x2 + t, p.x2 - t})
      for (const float y : {-p.y2 + t, p.y2 - t}) {
        p.post(x, y, 0, p.h - 0.02F, t, wood, 10);
        // Gathered curtains at the posts.
        const float dx = x < 0 ? 1.0F : -1.0F;
        const float dy = y < 0 ? 1.0F : -1.0F;
        p.builder.cone(Vec3f(x + dx * 0.05F, y + dy * 0.07F, 0.1F),
                       Vec3f(x + dx * 0.04F, y + dy * 0.1F, 0.55F * p.h), 0.07F, 0.03F, cloth, 10);
        p.builder.cone(Vec3f(x + dx * 0.04F, y + dy * 0.1F, 0.55F * p.h),
                       Vec3f(x + dx * 0.03F, y + dy * 0.2F, p.h - 0.04F), 0.03F, 0.08F, cloth, 10);
      }
    for (const float x : {-p.x2 + t, p.x2 - t}) p.box(x - t, x + t, -p.y2, p.y2, p.h - 0.07F, p.h, wood);
    for (const float y : {-p.y2 + t, p.y2 - t}) p.box(-p.x2, p.x2, y - t, y + t, p.h - 0.07F, p.h, wood);
  }
}

void draw_crib(Piece& p) {
  const int wood = p.use(p.palette.wood);
  const int linen = p.use(p.palette.linen);
  const int textile = p.use(p.palette.textile);
  if (p.is("bassinet") || p.is("cradle")) {
    const int woven = p.use(p.palette.main);
    p.soft(-p.x2, p.x2, -p.y2, p.y2, 0.5F * p.h, 0.85F * p.h, 0.12F, woven);
    p.soft(-0.86F * p.x2, 0.86F * p.x2, -0.9F * p.y2, 0.9F * p.y2, 0.75F * p.h, 0.88F * p.h, 0.05F, linen);
    p.soft(-0.84F * p.x2, 0.84F * p.x2, -0.1F * p.y2, 0.86F * p.y2, 0.78F * p.h, 0.91F * p.h, 0.04F, textile);
    // The hood at the head end.
    p.builder.ellipsoid(Vec3f(0, -0.7F * p.y2, 0.78F * p.h), Vec3f(p.x2, 0.3F * p.y2, 0.22F * p.h), woven,
                        14);
    p.four_round_legs(0, 0.5F * p.h, 0.02F, 0.015F, 0.08F, 0.05F, wood);
    return;
  }
  const float t = 0.022F;
  for (const float x : {-p.x2 + t, p.x2 - t})
    for (const float y : {-p.y2 + t, p.y2 - t}) p.box(x - t, x + t, y - t, y + t, 0, p.h, wood);
  for (const float z : {p.h - 0.05F, 0.28F * p.h}) {
    for (const float x : {-p.x2 + t, p.x2 - t}) p.box(x - t, x + t, -p.y2, p.y2, z, z + 0.04F, wood);
    for (const float y : {-p.y2 + t, p.y2 - t}) p.box(-p.x2, p.x2, y - t, y + t, z, z + 0.04F, wood);
  }
  const int n_long = std::max(4, static_cast<int>(p.y2 * 2 / 0.1F));
  for (int i = 1; i < n_long; ++i) {
    const float y = -p.y2 + 2 * p.y2 * static_cast<float>(i) / static_cast<float>(n_long);
    for (const float x : {-p.x2 + t, p.x2 - t})
      p.box(x - 0.01F, x + 0.01F, y - 0.01F, y + 0.01F, 0.3F * p.h, p.h - 0.03F, wood);
  }
  const int n_short = std::max(3, static_cast<int>(p.x2 * 2 / 0.1F));
  for (int i = 1; i < n_short; ++i) {
    const float x = -p.x2 + 2 * p.x2 * static_cast<float>(i) / static_cast<float>(n_short);
    for (const float y : {-p.y2 + t, p.y2 - t})
      p.box(x - 0.01F, x + 0.01F, y - 0.01F, y + 0.01F, 0.3F * p.h, p.h - 0.03F, wood);
  }
  p.soft(-p.x2 + 0.05F, p.x2 - 0.05F, -p.y2 + 0.05F, p.y2 - 0.05F, 0.3F * p.h, 0.45F * p.h, 0.04F, linen);
  p.soft(-p.x2 + 0.06F, p.x2 - 0.06F, -0.1F * p.y2, p.y2 - 0.06F, 0.4F * p.h, 0.48F * p.h, 0.03F, textile);
  p.builder.pillow(Vec3f(-0.6F * p.x2, -0.85F * p.y2, 0.43F * p.h),
                   Vec3f(0.6F * p.x2, -0.45F * p.y2, 0.53F * p.h), 2, p.use(p.palette.accent));
}

}  // namespace metaspatial::assets
