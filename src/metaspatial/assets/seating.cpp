#include "metaspatial/assets/piece.hpp"

#include <array>
#include <numbers>
#include <vector>

namespace metaspatial::assets {
namespace {

constexpr float kTau = 2 * std::numbers::pi_v<float>;

void office_chair(Piece& p) {
  const int frame = p.use(p.palette.black);
  const int metal = p.use("chrome leg", 0xaab0b6, 0.3F, 1);
  const bool gaming = p.is("gaming");
  const int seat = gaming ? p.use(p.palette.black) : p.use(p.palette.textile);
  const int trim = gaming ? p.use("racing trim", 0xc8342f, 0.5F) : seat;
  const float seat_z = std::min(0.48F, 0.45F * p.h);
  const float r = 0.95F * std::min(p.x2, p.y2);
  for (int i = 0; i < 5; ++i) {
    const float a = kTau * (static_cast<float>(i) / 5 + 0.05F);
    const Vec3f foot(r * std::cos(a), r * std::sin(a), 0.06F);
    p.builder.cone(Vec3f(0, 0, 0.10F), foot, 0.025F, 0.016F, metal, 8);
    p.builder.ellipsoid(foot - Vec3f(0, 0, 0.03F), Vec3f::Constant(0.03F), frame, 8);
  }
  p.post(0, 0, 0.08F, seat_z - 0.06F, 0.03F, metal);
  const float w = 0.85F * p.x2;
  p.soft(-w, w, -0.65F * p.y2, 0.85F * p.y2, seat_z - 0.07F, seat_z + 0.03F, 0.045F, seat);
  // The back leans a little and is narrower at its top.
  const float back_lo = seat_z + 0.08F;
  p.soft(-0.85F * w, 0.85F * w, -p.y2, -p.y2 + 0.12F, back_lo, p.h, 0.055F, seat);
  if (gaming) {
    p.soft(-w, -0.72F * w, -p.y2, -p.y2 + 0.17F, back_lo, 0.92F * p.h, 0.04F, trim);
    p.soft(0.72F * w, w, -p.y2, -p.y2 + 0.17F, back_lo, 0.92F * p.h, 0.04F, trim);
    p.soft(-0.45F * w, 0.45F * w, -p.y2 + 0.08F, -p.y2 + 0.2F, p.h - 0.24F, p.h - 0.1F, 0.04F, trim);
  }
  p.box(-0.04F, 0.04F, -p.y2 + 0.02F, -p.y2 + 0.08F, seat_z - 0.05F, back_lo + 0.1F, frame);
  for (const float sx : {-1.0F, 1.0F}) {
    const float x = sx * (p.x2 - 0.035F);
    p.box(x - 0.018F, x + 0.018F, -0.15F * p.y2, -0.02F * p.y2, seat_z - 0.03F, seat_z + 0.2F, frame);
    p.soft(x - 0.035F, x + 0.035F, -0.45F * p.y2, 0.4F * p.y2, seat_z + 0.19F, seat_z + 0.235F, 0.018F, frame,
           1);
  }
}

/// The legs of a sofa or an armchair in its style; returns the height of what they carry.
float upholstery_legs(Piece& p, float foot) {
  if (p.slim()) {
    foot = std::min(1.6F * foot, 0.2F * p.h);
    p.four_round_legs(0, foot + 0.02F, 0.024F, 0.011F, 0.07F, 0.04F, p.use(p.palette.wood));
  } else if (p.period()) {
    p.four_turned_legs(0, foot + 0.02F, 0.038F, 0.02F, p.use(p.palette.dark_wood));
  } else if (p.styled("industrial")) {
    p.four_legs(0, foot + 0.02F, 0.018F, 0.03F, p.use(p.palette.metal));
  } else {
    p.four_round_legs(0, foot + 0.03F, 0.028F, 0.018F, 0.04F, 0.0F, p.use(p.palette.dark_wood));
  }
  return foot;
}

/// Scrolls along both arms, a wooden disc at the front of each.
void rolled_arms(Piece& p, float arm, float y0, float y1, float z, int body) {
  const int disc = p.use(p.palette.wood);
  const float r = std::min(0.6F * arm, 0.1F);
  for (const float s : {-1.0F, 1.0F}) {
    const float x = s * (p.x2 - r);
    p.builder.cylinder(Vec3f(x, y0, z), Vec3f(x, y1 - 0.01F, z), r, body, 16);
    p.builder.cylinder(Vec3f(x, y1 - 0.012F, z), Vec3f(x, y1, z), 0.6F * r, disc, 12);
  }
}

void upholstered_chair(Piece& p) {
  const bool woven = p.is("wicker") || p.is("rattan");
  const int body = woven ? p.use(p.palette.main) : p.use(p.palette.textile);
  const int cushion = woven ? p.use(p.palette.linen) : body;
  const float arm = 0.17F * 2 * p.x2 * (p.slim() ? 0.6F : 0.9F);
  const float seat_z = std::min(0.46F, 0.5F * p.h);
  const float back = 0.22F * 2 * p.y2;
  const float foot = upholstery_legs(p, 0.1F);
  p.soft(-p.x2, p.x2, -p.y2, 0.96F * p.y2, foot, seat_z - 0.12F, 0.03F, body);
  p.soft(-p.x2, -p.x2 + arm, -p.y2, 0.97F * p.y2, foot, seat_z + 0.18F, 0.06F, body);
  p.soft(p.x2 - arm, p.x2, -p.y2, 0.97F * p.y2, foot, seat_z + 0.18F, 0.06F, body);
  p.soft(-p.x2 + 0.02F, p.x2 - 0.02F, -p.y2, -p.y2 + back, foot, p.h, 0.07F, body);
  p.soft(-p.x2 + arm, p.x2 - arm, -p.y2 + back - 0.02F, p.y2, seat_z - 0.13F, seat_z + 0.02F, 0.05F, cushion);
  p.soft(-p.x2 + arm + 0.01F, p.x2 - arm - 0.01F, -p.y2 + back - 0.04F, -p.y2 + back + 0.1F, seat_z,
         0.93F * p.h, 0.06F, cushion);
  if (p.period() && !woven) rolled_arms(p, arm, -p.y2 + back, 0.97F * p.y2, seat_z + 0.16F, body);
  if (p.is("recliner") || p.is("theater")) {
    p.soft(-p.x2 + arm, p.x2 - arm, p.y2 - 0.08F, p.y2, foot, seat_z - 0.02F, 0.04F, cushion);
    const int cup = p.use(p.palette.black);
    for (const float x : {-p.x2 + 0.5F * arm, p.x2 - 0.5F * arm})
      p.builder.torus(Vec3f(x, 0.6F * p.y2, seat_z + 0.175F), 0.035F, 0.012F, 2, cup, 12);
  } else {
    p.builder.pillow(Vec3f(-0.45F * p.x2, -p.y2 + back + 0.02F, seat_z + 0.04F),
                     Vec3f(0.45F * p.x2, -p.y2 + back + 0.16F, seat_z + 0.36F), 1, p.use(p.palette.accent));
  }
}

void plain_chair(Piece& p) {
  const int frame = p.palette.main_is_metal ? p.use(p.palette.metal) : p.use(p.palette.wood);
  const bool plastic = !p.palette.main_is_wood && !p.palette.main_is_metal && !p.palette.main_is_textile;
  const float seat_z = p.is("high_chair") ? 0.6F * p.h : std::min(0.47F, 0.52F * p.h);
  const float t = 0.018F + 0.008F * p.x2;
  const int cushion =
      p.palette.main_is_wood && !p.is("school") ? p.use(p.palette.textile) : p.use(p.palette.main);
  const bool rocking = p.is("rocking");
  const float foot = rocking ? 0.08F : 0.0F;
  // Front legs, back legs that go on as the posts of the back.
  for (const float sx : {-1.0F, 1.0F}) {
    const float x = sx * (p.x2 - t);
    p.builder.cone(Vec3f(x, p.y2 - t - (rocking ? 0.1F : 0.0F), foot),
                   Vec3f(x, p.y2 - t - 0.02F - (rocking ? 0.08F : 0.0F), seat_z), 0.8F * t, t, frame, 8);
    const float back_y = -p.y2 + t + (rocking ? 0.1F : 0.0F);
    p.builder.cone(Vec3f(x, back_y, foot), Vec3f(x, back_y + 0.03F, seat_z), 0.8F * t, t, frame, 8);
    p.builder.cone(Vec3f(x, back_y + 0.03F, seat_z), Vec3f(x, -p.y2 + t, p.h - 0.01F), t, 0.8F * t, frame, 8);
  }
  if (plastic) {
    const int shell = p.use(p.palette.main);
    p.soft(-p.x2, p.x2, -p.y2 + 0.02F, p.y2, seat_z - 0.02F, seat_z + 0.02F, 0.018F, shell);
    p.soft(-p.x2, p.x2, -p.y2, -p.y2 + 0.035F, seat_z + 0.14F, p.h, 0.017F, shell);
  } else {
    p.soft(-p.x2, p.x2, -p.y2 + 0.03F, p.y2, seat_z - 0.035F, seat_z, 0.012F, frame, 1);
    p.soft(-0.92F * p.x2, 0.92F * p.x2, -0.85F * p.y2, 0.95F * p.y2, seat_z - 0.005F, seat_z + 0.035F, 0.018F,
           cushion);
    if (p.palette.main_is_textile && !rocking) {
      p.soft(-0.93F * p.x2, 0.93F * p.x2, -p.y2 + 0.005F, -p.y2 + 0.06F, seat_z + 0.1F, p.h, 0.025F, cushion);
    } else {
      p.soft(-p.x2 + t, p.x2 - t, -p.y2, -p.y2 + 0.03F, p.h - 0.1F, p.h, 0.012F, frame, 1);
      p.box(-p.x2 + t, p.x2 - t, -p.y2 + 0.005F, -p.y2 + 0.028F, seat_z + 0.08F, seat_z + 0.12F, frame);
      const int slats = std::max(3, static_cast<int>(p.x2 * 2 / 0.1F));
      for (int i = 0; i < slats; ++i) {
        const float x = (p.x2 - 0.05F) * (2 * (static_cast<float>(i) + 0.5F) / static_cast<float>(slats) - 1);
        p.box(x - 0.013F, x + 0.013F, -p.y2 + 0.008F, -p.y2 + 0.025F, seat_z + 0.1F, p.h - 0.08F, frame);
      }
    }
  }
  if (rocking || p.is("throne") || p.is("waiting") || p.is("high_chair")) {
    for (const float sx : {-1.0F, 1.0F}) {
      const float x = sx * (p.x2 - t);
      const float arm_z = seat_z + 0.2F;
      p.soft(x - 0.025F, x + 0.025F, -p.y2 + 0.02F, 0.85F * p.y2, arm_z - 0.03F, arm_z, 0.012F, frame, 1);
      p.post(x, 0.7F * p.y2, seat_z, arm_z - 0.02F, 0.8F * t, frame, 8);
    }
  }
  if (rocking) {
    for (const float sx : {-1.0F, 1.0F}) {
      std::array<Vec3f, 9> arc;
      for (std::size_t i = 0; i < arc.size(); ++i) {
        const float s = 2 * static_cast<float>(i) / static_cast<float>(arc.size() - 1) - 1;
        arc[i] = Vec3f(sx * (p.x2 - t), s * (p.y2 - 0.02F), 0.02F + 0.09F * s * s);
      }
      p.builder.tube(arc, 0.02F, frame);
    }
  }
  if (p.is("high_chair"))
    p.soft(-p.x2, p.x2, 0.1F * p.y2, p.y2, seat_z + 0.2F, seat_z + 0.235F, 0.015F, p.use(p.palette.white), 1);
}

void throne(Piece& p) {
  const int wood = p.use(p.palette.dark_wood);
  const int gold = p.use("gold", 0xd1a63f, 0.3F, 1);
  const int velvet =
      p.use(p.palette.main_is_textile ? p.palette.textile : colored("royal velvet", 0x8c1f2f, 0.95F));
  const float seat_z = std::min(0.5F, 0.4F * p.h);
  p.box(-p.x2, p.x2, -p.y2, p.y2, 0, 0.08F, gold);
  p.box(-0.95F * p.x2, 0.95F * p.x2, -0.95F * p.y2, 0.95F * p.y2, 0.08F, seat_z - 0.05F, wood);
  p.soft(-0.75F * p.x2, 0.75F * p.x2, -0.8F * p.y2, p.y2, seat_z - 0.06F, seat_z + 0.05F, 0.04F, velvet);
  p.box(-0.9F * p.x2, 0.9F * p.x2, -p.y2, -0.78F * p.y2, seat_z - 0.1F, 0.94F * p.h, gold);
  p.soft(-0.68F * p.x2, 0.68F * p.x2, -0.8F * p.y2, -0.68F * p.y2, seat_z + 0.08F, 0.88F * p.h, 0.04F,
         velvet);
  for (const float sx : {-1.0F, 1.0F}) {
    p.box(sx * p.x2 - sx * 0.22F * p.x2, sx * p.x2, -p.y2, 0.9F * p.y2, seat_z + 0.16F, seat_z + 0.24F, gold);
    p.box(sx * p.x2 - sx * 0.2F * p.x2, sx * p.x2 - sx * 0.03F, 0.65F * p.y2, 0.88F * p.y2, 0.08F,
          seat_z + 0.2F, gold);
    p.builder.ellipsoid(Vec3f(sx * 0.8F * p.x2, -0.89F * p.y2, 0.95F * p.h), Vec3f(0.06F, 0.05F, 0.05F * p.h),
                        gold, 10);
  }
  p.builder.ellipsoid(Vec3f(0, -0.89F * p.y2, 0.93F * p.h), Vec3f(0.16F, 0.05F, 0.07F * p.h), gold, 12);
}

void wheelchair(Piece& p) {
  const int metal = p.use("frame", 0x9aa1a8, 0.3F, 1);
  const int black = p.use(p.palette.black);
  const float r = std::min(0.32F, 0.36F * p.h);
  for (const float sx : {-1.0F, 1.0F}) {
    const float x = sx * (p.x2 - 0.025F);
    p.builder.torus(Vec3f(x, -p.y2 + r + 0.03F, r), r - 0.02F, 0.02F, 0, black, 24);
    p.builder.torus(Vec3f(x + sx * 0.01F, -p.y2 + r + 0.03F, r), r - 0.06F, 0.009F, 0, metal, 20);
    for (int i = 0; i < 6; ++i) {
      const float a = kTau * static_cast<float>(i) / 6;
      p.builder.cylinder(
          Vec3f(x, -p.y2 + r + 0.03F, r),
          Vec3f(x, -p.y2 + r + 0.03F + (r - 0.03F) * std::cos(a), r + (r - 0.03F) * std::sin(a)), 0.005F,
          metal, 5);
    }
    p.builder.torus(Vec3f(0.75F * x, 0.6F * p.y2, 0.08F), 0.06F, 0.02F, 0, black, 12);
    p.post(0.78F * x, -0.55F * p.y2, 0.4F * p.h, p.h, 0.015F, metal, 8);
    p.soft(0.78F * x - 0.03F, 0.78F * x + 0.03F, -0.6F * p.y2, 0.2F * p.y2, 0.7F * p.h, 0.74F * p.h, 0.015F,
           black, 1);
    p.builder.cylinder(Vec3f(0.78F * x, 0.25F * p.y2, 0.5F * p.h), Vec3f(0.6F * x, 0.95F * p.y2, 0.12F),
                       0.015F, metal, 8);
    p.box(0.6F * x - 0.07F, 0.6F * x + 0.07F, 0.8F * p.y2, p.y2, 0.1F, 0.12F, black);
    p.builder.cylinder(Vec3f(0.78F * x, -0.55F * p.y2, p.h - 0.015F),
                       Vec3f(0.78F * x, -0.85F * p.y2, p.h - 0.015F), 0.015F, black, 8);
  }
  p.soft(-0.74F * p.x2, 0.74F * p.x2, -0.55F * p.y2, 0.35F * p.y2, 0.5F * p.h, 0.56F * p.h, 0.02F, black);
  p.soft(-0.74F * p.x2, 0.74F * p.x2, -0.62F * p.y2, -0.54F * p.y2, 0.55F * p.h, 0.93F * p.h, 0.02F, black);
}

void salon_chair(Piece& p) {
  const int leather = p.use(p.palette.textile);
  const int chrome = p.use("chrome leg", 0xaab0b6, 0.3F, 1);
  const float seat_z = 0.5F * p.h;
  p.builder.cylinder(Vec3f(0, 0, 0), Vec3f(0, 0, 0.04F), 0.75F * std::min(p.x2, p.y2), chrome, 20);
  p.post(0, 0, 0.04F, seat_z - 0.1F, 0.05F, chrome, 12);
  p.soft(-0.8F * p.x2, 0.8F * p.x2, -0.5F * p.y2, 0.5F * p.y2, seat_z - 0.1F, seat_z + 0.02F, 0.05F, leather);
  p.soft(-0.75F * p.x2, 0.75F * p.x2, -0.75F * p.y2, -0.5F * p.y2, seat_z - 0.02F, 0.85F * p.h, 0.05F,
         leather);
  p.soft(-0.35F * p.x2, 0.35F * p.x2, -p.y2, -0.72F * p.y2, 0.8F * p.h, p.h, 0.05F, leather);
  for (const float sx : {-1.0F, 1.0F}) {
    p.soft(sx * p.x2 - sx * 0.2F * p.x2, sx * p.x2, -0.5F * p.y2, 0.4F * p.y2, seat_z + 0.12F, seat_z + 0.19F,
           0.03F, leather, 1);
    p.box(sx * 0.88F * p.x2 - 0.015F, sx * 0.88F * p.x2 + 0.015F, -0.2F * p.y2, 0.1F * p.y2, seat_z - 0.08F,
          seat_z + 0.14F, chrome);
    p.builder.cylinder(Vec3f(sx * 0.3F * p.x2, 0.4F * p.y2, seat_z - 0.08F),
                       Vec3f(sx * 0.3F * p.x2, 0.92F * p.y2, 0.2F * p.h), 0.02F, chrome, 8);
  }
  p.soft(-0.5F * p.x2, 0.5F * p.x2, 0.8F * p.y2, p.y2, 0.14F * p.h, 0.2F * p.h, 0.02F, leather, 1);
}

}  // namespace

void draw_seat(Piece& p) {
  if (p.is("office") || p.is("gaming") || p.is("executive") || p.is("task_chair")) return office_chair(p);
  if (p.is("throne")) return throne(p);
  if (p.is("wheelchair")) return wheelchair(p);
  if (p.is("salon") || p.is("barber") || p.is("dentist")) return salon_chair(p);
  if (p.is("armchair") || p.is("recliner") || p.is("theater") || p.is("wicker") || p.is("lounge")) {
    return upholstered_chair(p);
  }
  plain_chair(p);
}

void draw_sofa(Piece& p) {
  const bool woven = p.is("wicker") || p.is("rattan");
  const int body = woven ? p.use(p.palette.main) : p.use(p.palette.textile);
  const int cushion = woven ? p.use(p.palette.linen) : body;
  const int accent = p.use(p.palette.accent);
  const int leg = p.use(p.palette.dark_wood);
  const bool chaise = p.is("chaise") || p.x2 * 1.4F < p.y2;
  const bool booth = p.is("booth");
  const bool daybed = p.is("daybed");
  const float seat_z = std::min(0.45F, 0.56F * p.h);
  const float foot =
      booth ? 0.0F : (p.slim() && !chaise ? std::min(0.16F, 0.2F * p.h) : std::min(0.1F, 0.15F * p.h));
  const float arm = booth ? 0.0F : std::min(p.slim() ? 0.12F : 0.2F, 0.22F * p.x2);
  if (chaise) {
    p.four_round_legs(0, foot + 0.03F, 0.028F, 0.018F, 0.05F, 0, leg);
    p.soft(-p.x2, p.x2, -p.y2, p.y2, foot, seat_z - 0.12F, 0.04F, body);
    p.soft(-0.97F * p.x2, 0.97F * p.x2, -0.75F * p.y2, p.y2, seat_z - 0.14F, seat_z, 0.06F, cushion);
    p.soft(-p.x2, p.x2, -p.y2, -p.y2 + 0.2F, foot, p.h, 0.08F, body);
    p.soft(-0.9F * p.x2, 0.9F * p.x2, -p.y2 + 0.16F, -p.y2 + 0.3F, seat_z - 0.04F, 0.92F * p.h, 0.06F,
           cushion);
    p.soft(-p.x2, -p.x2 + 0.14F, -p.y2, -0.1F * p.y2, foot, seat_z + 0.2F, 0.06F, body);
    p.builder.cylinder(Vec3f(-0.8F * p.x2, -p.y2 + 0.36F, seat_z + 0.06F),
                       Vec3f(0.8F * p.x2, -p.y2 + 0.36F, seat_z + 0.06F), 0.08F, accent, 12);
    return;
  }
  const bool sectional = p.is("sectional");
  // The sectional's long seat runs along the back; its chaise comes forward on the right.
  const float depth = sectional ? std::min(2 * p.y2, std::max(0.85F, 1.1F * p.y2)) : 2 * p.y2;
  const float front = -p.y2 + depth;
  const float back = std::min(0.24F, 0.28F * depth);
  const float chaise_x = sectional ? p.x2 - std::max(0.8F, 0.62F * p.x2) : p.x2;
  if (!booth) upholstery_legs(p, 0.1F);
  p.soft(-p.x2, p.x2, -p.y2, front - 0.02F, foot, seat_z - 0.13F, 0.03F, body);
  p.soft(-p.x2 + 0.02F, p.x2 - 0.02F, -p.y2, -p.y2 + back, foot,
         std::max(seat_z + 0.1F, p.h - (booth ? 0.0F : 0.08F)), 0.07F, body);
  if (arm > 0) {
    const float arm_z = daybed ? p.h : std::min(seat_z + 0.2F, 0.85F * p.h);
    p.soft(-p.x2, -p.x2 + arm, -p.y2, front, foot, arm_z, 0.06F, body);
    if (!sectional) p.soft(p.x2 - arm, p.x2, -p.y2, front, foot, arm_z, 0.06F, body);
  }
  const float right = sectional ? p.x2 : p.x2 - arm;
  const float inner = right + p.x2 - arm;
  const int seats = daybed || booth ? 1 : std::max(1, static_cast<int>(std::lround(inner / 0.72F)));
  const float step = inner / static_cast<float>(seats);
  if (sectional) {
    p.soft(chaise_x, p.x2, -p.y2, p.y2 - 0.01F, foot, seat_z - 0.13F, 0.03F, body);
    p.soft(chaise_x, p.x2, -p.y2 + back - 0.03F, p.y2, seat_z - 0.15F, seat_z, 0.06F, cushion);
    for (const float x : {chaise_x + 0.08F, p.x2 - 0.08F})
      p.post(x, p.y2 - 0.08F, 0, foot + 0.02F, 0.022F, leg);
  }
  for (int i = 0; i < seats; ++i) {
    const float x0 = -p.x2 + arm + static_cast<float>(i) * step;
    const float x1 = x0 + step;
    const float seat_end = sectional ? std::min(x1, chaise_x) : x1;
    if (seat_end - x0 > 0.05F)
      p.soft(x0 + 0.004F, seat_end - 0.004F, -p.y2 + back - 0.03F, front, seat_z - 0.15F, seat_z, 0.055F,
             cushion);
    if (!daybed)
      p.soft(x0 + 0.012F, x1 - 0.012F, -p.y2 + back - 0.07F, -p.y2 + back + 0.13F, seat_z - 0.02F,
             p.h - (booth ? 0.05F : 0.0F), 0.075F, cushion);
  }
  if (daybed) {
    p.soft(-p.x2, p.x2, -p.y2, -p.y2 + 0.1F, foot, p.h, 0.05F, body);
    for (int i = 0; i < 3; ++i) {
      const float x = (static_cast<float>(i) - 1) * 0.5F * p.x2;
      p.builder.pillow(Vec3f(x - 0.24F, -p.y2 + 0.18F, seat_z - 0.02F),
                       Vec3f(x + 0.24F, -p.y2 + 0.36F, std::min(p.h, seat_z + 0.36F)), 1,
                       i == 1 ? accent : p.use(p.palette.linen));
    }
    return;
  }
  if (booth) {
    const int buttons = p.use(p.palette.dark_wood);
    p.box(-p.x2, p.x2, -p.y2, -p.y2 + back, p.h - 0.03F, p.h, buttons);
    return;
  }
  if (p.period() && !woven && !sectional) {
    rolled_arms(p, arm, -p.y2 + back, front, std::min(seat_z + 0.2F, 0.85F * p.h) - 0.02F, body);
    // Buttons in the back.
    const int buttons = p.use(p.palette.dark_wood);
    for (int i = 0; i < 2 * seats; ++i)
      p.builder.ellipsoid(Vec3f(-p.x2 + arm + (static_cast<float>(i) + 0.5F) * 0.5F * step,
                                -p.y2 + back + 0.13F, seat_z + 0.55F * (p.h - seat_z)),
                          Vec3f(0.016F, 0.01F, 0.016F), buttons, 6);
  }
  // Two cushions in the corners.
  const float c = std::min(0.21F, 0.2F * inner);
  const float y = -p.y2 + back + 0.12F;
  const float top = std::min(seat_z + 2 * c, p.h);
  p.builder.pillow(Vec3f(-p.x2 + arm + 0.03F, y, seat_z - 0.01F),
                   Vec3f(-p.x2 + arm + 0.03F + 2 * c, y + 0.15F, top), 1, accent);
  if (inner > 1.1F)
    p.builder.pillow(Vec3f(right - 0.05F - 2 * c, y, seat_z - 0.01F), Vec3f(right - 0.05F, y + 0.15F, top), 1,
                     accent);
}

void draw_stool(Piece& p) {
  const int seat = p.palette.main_is_textile ? p.use(p.palette.textile) : p.use(p.palette.main);
  const int frame = p.palette.main_is_metal ? p.use(p.palette.metal) : p.use(p.palette.wood);
  const float thick = p.palette.main_is_textile ? 0.1F : 0.045F;
  const float z = p.h - std::min(thick, 0.3F * p.h);
  const int sides = 22;
  p.builder.push(Eigen::Affine3f(Eigen::Scaling(p.x2, p.y2, 1.0F)));
  if (p.palette.main_is_textile)
    p.builder.lathe(
        0, 0,
        std::array<std::pair<float, float>, 6>{
            {{0.0F, z}, {0.96F, z}, {1.0F, z + 0.03F}, {1.0F, p.h - 0.03F}, {0.9F, p.h - 0.005F}, {0, p.h}}},
        seat, sides);
  else
    p.builder.lathe(0, 0,
                    std::array<std::pair<float, float>, 5>{
                        {{0.0F, z}, {0.94F, z}, {1.0F, z + 0.01F}, {0.98F, p.h}, {0, p.h - 0.008F}}},
                    seat, sides);
  p.builder.pop();
  const float r = 0.02F;
  p.four_round_legs(0, z, r, 0.75F * r, 0.3F * p.x2 + r, 0.22F * p.x2, frame);
  if (p.h > 0.55F) {
    const float ring = 0.82F * std::min(p.x2, p.y2);
    p.builder.torus(Vec3f(0, 0, 0.35F * p.h), ring, 0.011F, 2, frame, 20);
  }
}

void draw_bench(Piece& p) {
  const bool metal = p.palette.main_is_metal;
  const int frame = metal ? p.use(p.palette.metal) : p.use(p.palette.wood);
  const int seat = p.palette.main_is_textile ? p.use(p.palette.textile) : p.use(p.palette.main);
  const bool with_back = p.h > 0.62F;
  const bool weights = p.is("weight");
  const bool stored = p.is("window_seat") || p.is("hall") || p.is("storage");
  const float seat_z = with_back ? std::min(0.45F, 0.55F * p.h) : p.h;
  if (weights) {
    const int black = p.use(p.palette.black);
    const int steel = p.use("steel", 0x9aa1a8, 0.35F, 1);
    const float z = std::min(0.45F, 0.45F * p.h);
    // Bench along y, bar across at its head.
    p.soft(-0.25F * p.x2, 0.25F * p.x2, -0.7F * p.y2, 0.95F * p.y2, z - 0.08F, z, 0.03F, black);
    for (const float y : {-0.6F, 0.8F})
      p.box(-0.28F * p.x2, 0.28F * p.x2, y * p.y2 - 0.03F, y * p.y2 + 0.03F, 0, z - 0.08F, steel);
    for (const float sx : {-0.45F, 0.45F})
      p.box(sx * p.x2 - 0.03F, sx * p.x2 + 0.03F, -0.86F * p.y2, -0.78F * p.y2, 0, p.h - 0.14F, steel);
    p.builder.cylinder(Vec3f(-p.x2, -0.82F * p.y2, p.h - 0.16F), Vec3f(p.x2, -0.82F * p.y2, p.h - 0.16F),
                       0.015F, steel, 8);
    for (const float sx : {-1.0F, 1.0F})
      p.builder.cylinder(Vec3f(sx * 0.75F * p.x2, -0.82F * p.y2, p.h - 0.16F),
                         Vec3f(sx * 0.9F * p.x2, -0.82F * p.y2, p.h - 0.16F), 0.16F, black, 18);
    return;
  }
  if (stored) {
    const float cushion = 0.09F;
    p.box(-p.x2, p.x2, -p.y2, p.y2 - 0.015F, 0, p.h - cushion, frame);
    const int dark = p.use(p.palette.dark_wood);
    const int doors = std::max(2, static_cast<int>(std::lround(2 * p.x2 / 0.5F)));
    const float step = 2 * p.x2 / static_cast<float>(doors);
    for (int i = 0; i < doors; ++i) {
      const float x0 = -p.x2 + static_cast<float>(i) * step;
      p.box(x0 + 0.02F, x0 + step - 0.02F, p.y2 - 0.018F, p.y2, 0.05F, p.h - cushion - 0.03F, frame);
      p.box(x0 + step / 2 - 0.05F, x0 + step / 2 + 0.05F, p.y2 - 0.012F, p.y2 + 0.002F, 0.55F * p.h,
            0.55F * p.h + 0.02F, dark);
    }
    p.soft(-p.x2, p.x2, -p.y2, p.y2, p.h - cushion, p.h, 0.035F, p.use(p.palette.textile));
    return;
  }
  if (p.palette.main_is_textile) {
    p.soft(-p.x2, p.x2, -p.y2, p.y2, seat_z - 0.11F, seat_z, 0.045F, seat);
  } else if (with_back || p.is("garden")) {
    const int slats = std::max(3, static_cast<int>(p.y2 * 2 / 0.11F));
    const float step = 2 * p.y2 / static_cast<float>(slats);
    for (int i = 0; i < slats; ++i) {
      const float y0 = -p.y2 + static_cast<float>(i) * step;
      p.soft(-p.x2, p.x2, y0 + 0.008F, y0 + step - 0.008F, seat_z - 0.03F, seat_z, 0.008F, seat, 1);
    }
  } else {
    p.soft(-p.x2, p.x2, -p.y2, p.y2, seat_z - 0.05F, seat_z, 0.012F, seat, 1);
  }
  const float leg_z = seat_z - (p.palette.main_is_textile ? 0.09F : 0.03F);
  if (p.palette.main.pattern == Pattern::Marble) {
    for (const float x : {-0.75F, 0.75F})
      p.box(x * p.x2 - 0.07F, x * p.x2 + 0.07F, -0.85F * p.y2, 0.85F * p.y2, 0, leg_z, seat);
  } else {
    p.four_legs(0, leg_z, 0.026F, 0.03F, frame);
    p.box(-p.x2 + 0.05F, p.x2 - 0.05F, -0.02F, 0.02F, 0.3F * leg_z, 0.3F * leg_z + 0.03F, frame);
  }
  if (with_back) {
    const int rows = 3;
    for (int i = 0; i < rows; ++i) {
      const float z0 = seat_z + 0.1F + (p.h - seat_z - 0.1F) * static_cast<float>(i) / rows;
      p.soft(-p.x2, p.x2, -p.y2, -p.y2 + 0.03F, z0,
             z0 + 0.7F * (p.h - seat_z - 0.1F) / rows +
                 (i + 1 == rows ? 0.3F * (p.h - seat_z - 0.1F) / rows : 0.0F),
             0.01F, seat, 1);
    }
    for (const float x : {-p.x2 + 0.03F, p.x2 - 0.03F}) {
      p.box(x - 0.025F, x + 0.025F, -p.y2, -p.y2 + 0.05F, 0, p.h, frame);
      p.box(x - 0.025F, x + 0.025F, -p.y2, p.y2, seat_z + 0.17F, seat_z + 0.21F, frame);
      p.box(x - 0.02F, x + 0.02F, p.y2 - 0.06F, p.y2 - 0.02F, 0, seat_z + 0.18F, frame);
    }
  }
}

void draw_swing(Piece& p) {
  const int frame = p.palette.main_is_metal ? p.use(p.palette.metal) : p.use(p.palette.wood);
  if (p.is("hammock")) {
    const int cloth = p.use(p.palette.textile);
    const int stripe = p.use(p.palette.accent);
    for (const float sx : {-1.0F, 1.0F}) {
      p.builder.cone(Vec3f(sx * 0.55F * p.x2, 0, 0.04F), Vec3f(sx * (p.x2 - 0.03F), 0, p.h - 0.02F), 0.035F,
                     0.03F, frame);
      p.builder.cylinder(Vec3f(sx * 0.6F * p.x2, -p.y2, 0.03F), Vec3f(sx * 0.6F * p.x2, p.y2, 0.03F), 0.03F,
                         frame);
    }
    p.builder.cylinder(Vec3f(-0.6F * p.x2, 0, 0.04F), Vec3f(0.6F * p.x2, 0, 0.04F), 0.03F, frame);
    // Cloth: parabola along x, trough across y.
    constexpr int n = 14;
    constexpr int k = 6;
    const auto at = [&](int i, int j) {
      const float s = 2 * static_cast<float>(i) / n - 1;
      const float t = 2 * static_cast<float>(j) / k - 1;
      const float width = p.y2 * 0.85F * std::pow(1 - s * s * s * s, 0.6F);
      return Vec3f(s * (p.x2 - 0.06F), t * width,
                   0.3F * p.h + 0.62F * p.h * s * s + 0.18F * p.h * t * t * (1 - s * s));
    };
    for (int i = 0; i < n; ++i)
      for (int j = 0; j < k; ++j)
        p.builder.quad(at(i, j), at(i + 1, j), at(i + 1, j + 1), at(i, j + 1), j % 2 ? cloth : stripe);
    return;
  }
  if (p.is("hanging")) {
    const int woven = p.use(p.palette.main);
    const int cushion = p.use(p.palette.textile);
    const int metal = p.use(p.palette.black);
    p.builder.cylinder(Vec3f(0, 0, 0), Vec3f(0, 0, 0.03F), 0.98F * std::min(p.x2, p.y2), metal, 24);
    std::array<Vec3f, 8> arc;
    for (std::size_t i = 0; i < arc.size(); ++i) {
      const float a = std::numbers::pi_v<float> * static_cast<float>(i) / static_cast<float>(arc.size() - 1);
      arc[i] =
          Vec3f(0, -p.y2 * 0.5F - 0.42F * p.y2 * std::sin(a), 0.03F + (p.h - 0.06F) * (1 - std::cos(a)) / 2);
    }
    arc.back().y() = 0;
    arc.back().z() = p.h - 0.03F;
    p.builder.tube(arc, 0.03F, metal);
    // The egg: an open shell of rings, front (+y) left out.
    const float cz = 0.48F * p.h;
    const float rx = 0.9F * p.x2;
    const float ry = 0.75F * p.y2;
    const float rz = 0.36F * p.h;
    constexpr int rings = 10;
    constexpr int sides = 20;
    const auto at = [&](int i, int j) {
      const float polar = std::numbers::pi_v<float> * (0.08F + 0.84F * static_cast<float>(j) / rings);
      // From 130 degrees round the back to 50 degrees: the opening is in front.
      const float angle = std::numbers::pi_v<float> * (0.80F + 1.40F * static_cast<float>(i) / sides);
      return Vec3f(rx * std::sin(polar) * std::cos(angle), ry * std::sin(polar) * std::sin(angle),
                   cz - rz * std::cos(polar));
    };
    for (int j = 0; j < rings; ++j)
      for (int i = 0; i < sides; ++i)
        p.builder.quad(at(i, j), at(i + 1, j), at(i + 1, j + 1), at(i, j + 1), woven);
    p.soft(-0.7F * rx, 0.7F * rx, -0.5F * ry, 0.7F * ry, cz - 0.72F * rz, cz - 0.45F * rz, 0.06F, cushion);
    p.builder.pillow(Vec3f(-0.5F * rx, -0.7F * ry, cz - 0.45F * rz),
                     Vec3f(0.5F * rx, -0.3F * ry, cz + 0.3F * rz), 1, p.use(p.palette.accent));
    p.builder.cylinder(Vec3f(0, 0, cz + 0.9F * rz), Vec3f(0, 0, p.h - 0.02F), 0.012F, metal, 6);
    return;
  }
  // A-frames at both sides, a bar, a seat on ropes.
  const int rope = p.use("rope", 0xc9b58a);
  for (const float sx : {-1.0F, 1.0F}) {
    const float x = sx * (p.x2 - 0.03F);
    p.builder.cylinder(Vec3f(x, -p.y2 + 0.03F, 0), Vec3f(x, 0, p.h - 0.03F), 0.03F, frame);
    p.builder.cylinder(Vec3f(x, p.y2 - 0.03F, 0), Vec3f(x, 0, p.h - 0.03F), 0.03F, frame);
  }
  p.builder.cylinder(Vec3f(-p.x2, 0, p.h - 0.03F), Vec3f(p.x2, 0, p.h - 0.03F), 0.03F, frame);
  const float w = 0.72F * p.x2;
  const float d = std::min(0.25F, 0.6F * p.y2);
  for (const float sx : {-1.0F, 1.0F})
    p.builder.cylinder(Vec3f(sx * w, 0, 0.45F), Vec3f(sx * w, 0, p.h - 0.03F), 0.012F, rope, 6);
  p.soft(-w - 0.04F, w + 0.04F, -d, d, 0.42F, 0.47F, 0.012F, frame, 1);
  p.soft(-w, w, -d, d, 0.47F, 0.53F, 0.025F, p.use(p.palette.textile));
  p.soft(-w, w, -d - 0.02F, -d + 0.03F, 0.5F, std::min(0.95F, 0.6F * p.h), 0.02F, frame, 1);
}

void draw_cushion(Piece& p) {
  const int main = p.use(p.palette.main_is_textile ? p.palette.textile : p.palette.main);
  const int accent = p.use(p.palette.accent);
  if (p.is("bean_bag")) {
    p.builder.push(Eigen::Affine3f(Eigen::Scaling(p.x2, p.y2, p.h)));
    p.builder.lathe(0, 0,
                    std::array<std::pair<float, float>, 9>{{{0, 0},
                                                            {0.72F, 0},
                                                            {0.95F, 0.1F},
                                                            {1.0F, 0.28F},
                                                            {0.93F, 0.46F},
                                                            {0.72F, 0.66F},
                                                            {0.42F, 0.83F},
                                                            {0.14F, 0.95F},
                                                            {0, 1}}},
                    main, 20);
    p.builder.pop();
    // A dent where one sits, in front.
    p.builder.ellipsoid(Vec3f(0, 0.42F * p.y2, 0.5F * p.h), Vec3f(0.5F * p.x2, 0.4F * p.y2, 0.12F * p.h),
                        accent, 14);
    return;
  }
  if (p.is("pouf")) {
    p.builder.push(Eigen::Affine3f(Eigen::Scaling(p.x2, p.y2, p.h)));
    p.builder.lathe(0, 0,
                    std::array<std::pair<float, float>, 8>{{{0, 0},
                                                            {0.8F, 0},
                                                            {0.96F, 0.2F},
                                                            {1.0F, 0.5F},
                                                            {0.96F, 0.8F},
                                                            {0.8F, 0.96F},
                                                            {0.2F, 1.0F},
                                                            {0, 0.97F}}},
                    main, 20);
    p.builder.pop();
    for (int i = 0; i < 8; ++i) {
      const float a = kTau * static_cast<float>(i) / 8;
      p.box(0.985F * p.x2 * std::cos(a) - 0.008F, 0.985F * p.x2 * std::cos(a) + 0.008F,
            0.985F * p.y2 * std::sin(a) - 0.008F, 0.985F * p.y2 * std::sin(a) + 0.008F, 0.25F * p.h,
            0.75F * p.h, accent);
    }
    return;
  }
  if (p.is("ottoman")) {
    const float foot = 0.2F * p.h;
    p.four_round_legs(0, foot + 0.02F, 0.022F, 0.016F, 0.04F, 0, p.use(p.palette.dark_wood));
    p.soft(-p.x2, p.x2, -p.y2, p.y2, foot, 0.62F * p.h, 0.03F, main);
    p.soft(-p.x2, p.x2, -p.y2, p.y2, 0.58F * p.h, p.h, 0.05F, main);
    const int buttons = p.use(p.palette.dark_wood);
    for (const float x : {-0.5F, 0.0F, 0.5F})
      for (const float y : {-0.35F, 0.35F})
        p.builder.ellipsoid(Vec3f(x * p.x2, y * p.y2, p.h - 0.006F), Vec3f(0.018F, 0.018F, 0.008F), buttons,
                            8);
    return;
  }
  if (p.is("blanket") || p.is("throw")) {
    for (int i = 0; i < 3; ++i) {
      const float z0 = p.h * static_cast<float>(i) / 3;
      p.soft(-p.x2 + 0.01F * static_cast<float>(i), p.x2, -p.y2, p.y2 - 0.01F * static_cast<float>(i), z0,
             z0 + p.h / 3, 0.4F * p.h / 3, i == 1 ? accent : main);
    }
    return;
  }
  if (p.is("pet_bed")) {
    const int inner = p.use(p.palette.linen);
    p.soft(-p.x2, p.x2, -p.y2, p.y2, 0, 0.45F * p.h, 0.4F * p.h, main);
    const float t = std::min(p.x2, p.y2) * 0.3F;
    p.soft(-p.x2, p.x2, -p.y2, -p.y2 + t, 0, p.h, 0.45F * t, main);
    p.soft(-p.x2, -p.x2 + t, -p.y2, p.y2, 0, p.h, 0.45F * t, main);
    p.soft(p.x2 - t, p.x2, -p.y2, p.y2, 0, p.h, 0.45F * t, main);
    p.soft(-p.x2, p.x2, p.y2 - t, p.y2, 0, 0.6F * p.h, 0.45F * t, main);
    p.builder.pillow(Vec3f(-p.x2 + t, -p.y2 + t, 0.3F * p.h), Vec3f(p.x2 - t, p.y2 - t, 0.65F * p.h), 2,
                     inner);
    return;
  }
  if (p.is("mat") || p.is("sleeping")) {
    const bool bag = p.is("sleeping");
    p.soft(-p.x2, p.x2, -p.y2, p.y2, 0, bag ? 0.85F * p.h : p.h, 0.48F * p.h, main);
    if (bag) {
      p.builder.pillow(Vec3f(-0.8F * p.x2, -0.96F * p.y2, 0.5F * p.h), Vec3f(0.8F * p.x2, -0.68F * p.y2, p.h),
                       2, p.use(p.palette.linen));
      p.soft(-0.98F * p.x2, 0.98F * p.x2, -0.55F * p.y2, -0.42F * p.y2, 0.3F * p.h, 0.9F * p.h, 0.02F,
             accent);
    }
    return;
  }
  if (!p.is("cushion") && p.h > 0.45F * std::min(2 * p.x2, 2 * p.y2))
    return p.soft(-p.x2, p.x2, -p.y2, p.y2, 0, p.h, 0.3F * p.h, main);
  p.builder.pillow(Vec3f(-p.x2, -p.y2, 0), Vec3f(p.x2, p.y2, p.h), 2, main);
  p.builder.torus(Vec3f(0, 0, p.h - 0.006F), 0.03F, 0.006F, 2, accent, 10);
}

}  // namespace metaspatial::assets
