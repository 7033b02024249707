#include <array>
#include <cstddef>
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

/// While it lives, a piece that is longer side to side than front to back is drawn turned a quarter, so that
/// bikes and treadmills always lie along their box.
class AlongY {
 public:
  explicit AlongY(Piece& p) : p_(p), turned_(p.x2 > 1.15F * p.y2) {
    if (!turned_) return;
    std::swap(p_.x2, p_.y2);
    p_.builder.push(Eigen::Affine3f(Eigen::AngleAxisf(-0.5F * kPi, Vec3f::UnitZ())));
  }
  ~AlongY() {
    if (!turned_) return;
    std::swap(p_.x2, p_.y2);
    p_.builder.pop();
  }
  AlongY(const AlongY&) = delete;
  AlongY& operator=(const AlongY&) = delete;

 private:
  Piece& p_;
  bool turned_;
};

int steel(Piece& p) {
  return p.use("steel", 0x9aa1a8, 0.3F, 1);
}
int chrome(Piece& p) {
  return p.use("chrome", 0xcfd4d9, 0.15F, 1);
}

/// The case of a piano: its wood, or its lacquer.
int case_material(Piece& p) {
  // A piano of which no more is said is black; of plain wood only the small ones are.
  if (p.is("grand") && !p.palette.main_is_named) return p.use("piano lacquer", 0x26272a, 0.12F);
  return p.palette.main_is_wood ? p.use(p.palette.wood) : p.use(p.palette.main);
}

/// A keyboard whose player sits at y = `near`; the black keys lie towards y = `far`.
void keys(Piece& p, float half_x, float near, float far, float z, float height) {
  const int white = p.use("ivory", 0xf6f3ea, 0.3F);
  const int black = p.use("ebony key", 0x141416, 0.3F);
  const int count = std::clamp(static_cast<int>(std::lround(2 * half_x / 0.03F)), 14, 52);
  const float step = 2 * half_x / static_cast<float>(count);
  // In the player's eyes the octave runs left to right.
  const float right = near > far ? -1.0F : 1.0F;
  for (int i = 0; i < count; ++i) {
    const float x = right * (-half_x + step * static_cast<float>(i));
    p.box(x + right * 0.06F * step, x + right * 0.94F * step, near, far, z, z + height, white);
    if (i % 7 == 2 || i % 7 == 6 || i + 1 == count) continue;
    const float middle = x + right * step;
    p.box(middle - 0.3F * step, middle + 0.3F * step, near + 0.4F * (far - near), far, z, z + 1.6F * height,
          black);
  }
}

void grand_piano(Piece& p) {
  const int body = case_material(p);
  const int gold = p.use("sound plate", 0xc79a4a, 0.35F, 1);
  const int black = p.use(p.palette.black);
  const float lo = 0.58F * p.h;
  const float hi = 0.84F * p.h;
  // The player sits at the back; the straight bass side is on the left.
  const std::array<std::pair<float, float>, 11> rim = {{{-1, -0.72F},
                                                        {1, -0.72F},
                                                        {1, -0.1F},
                                                        {0.94F, 0.12F},
                                                        {0.78F, 0.28F},
                                                        {0.52F, 0.4F},
                                                        {0.32F, 0.58F},
                                                        {0.18F, 0.82F},
                                                        {-0.1F, 0.97F},
                                                        {-0.55F, 1},
                                                        {-1, 0.9F}}};
  const auto outline = [&](float grow) {
    std::vector<std::pair<float, float>> points;
    for (const auto& [x, y] : rim)
      points.emplace_back((x * grow - 0.02F * (1 - grow)) * p.x2, (y * grow + 0.1F * (1 - grow)) * p.y2);
    return points;
  };
  p.builder.prism_xy(outline(1), lo, hi, body);
  p.builder.prism_xy(outline(0.9F), hi - 0.01F, hi + 0.004F, gold);
  // The arms and the bed of the keyboard.
  for (const float s : {-1.0F, 1.0F})
    p.box(s * 0.88F * p.x2, s * p.x2, -p.y2, -0.7F * p.y2, lo, 0.8F * p.h, body);
  p.box(-p.x2, p.x2, -p.y2, -0.7F * p.y2, lo, 0.68F * p.h, body);
  keys(p, 0.86F * p.x2, -0.97F * p.y2, -0.73F * p.y2, 0.68F * p.h, 0.02F);
  // The lid is up a little; its hinge is on the bass side.
  const float tilt = std::atan2(p.h - hi - 0.04F * p.h, 2 * p.x2);
  p.builder.push(Eigen::Affine3f(Eigen::Translation3f(-p.x2, 0, hi + 0.012F * p.h) *
                                 Eigen::AngleAxisf(-tilt, Vec3f::UnitY()) *
                                 Eigen::Translation3f(p.x2, 0, 0)));
  std::vector<std::pair<float, float>> lid = outline(1);
  lid[0].second = lid[1].second = -0.42F * p.y2;
  p.builder.prism_xy(lid, 0, 0.022F * p.h, body);
  p.builder.pop();
  p.builder.cylinder(Vec3f(0.9F * p.x2, -0.2F * p.y2, hi), Vec3f(0.9F * p.x2, -0.2F * p.y2, 0.95F * p.h),
                     0.012F, black, 6);
  // Music desk, legs, lyre.
  p.box(-0.45F * p.x2, 0.45F * p.x2, -0.6F * p.y2, -0.57F * p.y2, hi, 0.98F * p.h, body);
  p.box(-0.2F * p.x2, 0.2F * p.x2, -0.61F * p.y2, -0.6F * p.y2, 0.86F * p.h, 0.97F * p.h,
        p.use(p.palette.linen));
  for (const Vec3f& at : {Vec3f(-0.85F, -0.7F, 0), Vec3f(0.85F, -0.7F, 0), Vec3f(-0.5F, 0.75F, 0)})
    p.builder.cone(Vec3f(at.x() * p.x2, at.y() * p.y2, 0), Vec3f(at.x() * p.x2, at.y() * p.y2, lo), 0.035F,
                   0.06F, body, 8);
  for (const float x : {-0.06F, 0.06F})
    p.box(x - 0.012F, x + 0.012F, -0.62F * p.y2, -0.59F * p.y2, 0.1F * p.h, lo, body);
  p.box(-0.12F, 0.12F, -0.66F * p.y2, -0.56F * p.y2, 0.06F * p.h, 0.12F * p.h, body);
  for (int i = -1; i <= 1; ++i)
    p.box(0.06F * static_cast<float>(i) - 0.014F, 0.06F * static_cast<float>(i) + 0.014F, -0.78F * p.y2,
          -0.6F * p.y2, 0.06F * p.h, 0.075F * p.h, gold);
}

/// A case against the wall with a keyboard at its front, as high as `top`.
void upright_case(Piece& p, float top, int manuals) {
  const int body = case_material(p);
  const int dark = p.palette.main_is_wood ? p.use(p.palette.dark_wood) : p.use(p.palette.black);
  const int brass = p.use("brass", 0xc79a4a, 0.3F, 1);
  const float bed = std::min(0.68F, 0.56F * top);
  const float face = 0.05F * p.y2;
  p.box(-0.98F * p.x2, 0.98F * p.x2, -p.y2, face, 0, top - 0.02F, body);
  p.soft(-p.x2, p.x2, -p.y2, face + 0.1F * p.y2, top - 0.03F, top, 0.01F, body, 1);
  for (const float s : {-1.0F, 1.0F}) {
    p.box(s * 0.9F * p.x2, s * 0.98F * p.x2, face - 0.01F, p.y2, bed - 0.06F, bed + 0.08F, body);
    p.builder.cone(Vec3f(s * 0.93F * p.x2, 0.88F * p.y2, 0.04F),
                   Vec3f(s * 0.93F * p.x2, 0.88F * p.y2, bed - 0.05F), 0.025F, 0.04F, body, 8);
    p.box(s * 0.9F * p.x2, s * 0.98F * p.x2, face - 0.01F, p.y2, 0, 0.05F, body);
  }
  p.box(-0.98F * p.x2, 0.98F * p.x2, face - 0.01F, p.y2, bed - 0.06F, bed, body);
  for (int i = 0; i < manuals; ++i) {
    const float shift = static_cast<float>(i) * 0.4F * p.y2;
    const float z = bed + 0.05F * static_cast<float>(i);
    if (i > 0) p.box(-0.9F * p.x2, 0.9F * p.x2, face, 0.9F * p.y2 - shift, z - 0.05F, z, body);
    keys(p, 0.88F * p.x2, 0.95F * p.y2 - shift, std::max(face, 0.4F * p.y2 - shift), z, 0.018F);
  }
  // Panels above and below the keys, the music on its desk, pedals.
  p.box(-0.85F * p.x2, 0.85F * p.x2, face, face + 0.012F, 0.12F, bed - 0.12F, dark);
  p.box(-0.82F * p.x2, 0.82F * p.x2, face + 0.01F, face + 0.016F, 0.15F, bed - 0.15F, body);
  if (top > bed + 0.25F) {
    p.box(-0.5F * p.x2, 0.5F * p.x2, face, face + 0.02F, bed + 0.16F, top - 0.05F, dark);
    p.box(-0.55F * p.x2, 0.55F * p.x2, face, face + 0.16F * p.y2, bed + 0.13F, bed + 0.16F, body);
    p.box(-0.22F * p.x2, 0.22F * p.x2, face + 0.02F, face + 0.03F, bed + 0.16F,
          std::min(top - 0.04F, bed + 0.42F), p.use(p.palette.linen));
  }
  for (int i = -1; i <= 1; ++i)
    p.box(0.08F * static_cast<float>(i) - 0.02F, 0.08F * static_cast<float>(i) + 0.02F, face,
          face + 0.5F * p.y2, 0.05F, 0.065F, brass);
}

void organ(Piece& p) {
  const float top = std::min(1.15F, 0.58F * p.h);
  upright_case(p, top, 2);
  const int pipe = p.use("organ pipe", 0xc2c6ca, 0.22F, 1);
  const int mouth = p.use("pipe mouth", 0x2b2d30, 0.8F);
  const int body = case_material(p);
  for (const float s : {-1.0F, 1.0F})
    p.box(s * 0.9F * p.x2, s * p.x2, -p.y2, -0.35F * p.y2, top - 0.03F, 0.93F * p.h, body);
  p.box(-p.x2, p.x2, -p.y2, -0.35F * p.y2, top + 0.12F * (p.h - top), top + 0.2F * (p.h - top), body);
  const int count = std::clamp(static_cast<int>(std::lround(1.76F * p.x2 / 0.11F)), 7, 25) | 1;
  const float step = 1.76F * p.x2 / static_cast<float>(count);
  for (int i = 0; i < count; ++i) {
    const float x = -0.88F * p.x2 + step * (static_cast<float>(i) + 0.5F);
    const float side = std::abs(x) / (0.88F * p.x2);
    const float z1 = p.h - (p.h - top) * 0.45F * std::sin(kPi * std::min(1.0F, 1.2F * side));
    const float r = 0.44F * step;
    p.builder.cone(Vec3f(x, -0.6F * p.y2, top), Vec3f(x, -0.6F * p.y2, top + 0.16F * (p.h - top)), 0.3F * r,
                   r, pipe, 10);
    p.post(x, -0.6F * p.y2, top + 0.16F * (p.h - top), z1, r, pipe, 12);
    p.box(x - 0.5F * r, x + 0.5F * r, -0.6F * p.y2 + 0.9F * r, -0.6F * p.y2 + 1.02F * r,
          top + 0.22F * (p.h - top), top + 0.27F * (p.h - top), mouth);
  }
}

void synthesizer(Piece& p) {
  const int body = p.use(p.palette.black);
  const int accent = p.use(p.palette.main_is_wood ? p.palette.wood : colored("panel", 0x3a3f46, 0.5F));
  const int metal = steel(p);
  const float z = p.h - 0.12F;
  p.soft(-p.x2, p.x2, -p.y2, p.y2, z, p.h - 0.025F, 0.015F, body, 1);
  for (const float s : {-1.0F, 1.0F}) p.box(s * 0.955F * p.x2, s * p.x2, -p.y2, p.y2, z, p.h, accent);
  p.box(-0.95F * p.x2, 0.95F * p.x2, -0.95F * p.y2, -0.15F * p.y2, p.h - 0.03F, p.h - 0.01F, accent);
  keys(p, 0.94F * p.x2, 0.97F * p.y2, -0.1F * p.y2, p.h - 0.03F, 0.014F);
  p.box(-0.2F * p.x2, 0.2F * p.x2, -0.75F * p.y2, -0.3F * p.y2, p.h - 0.015F, p.h - 0.006F,
        p.glow("display", 0x4fb3ff, 0.9F));
  for (int i = 0; i < 8; ++i) {
    const float x = (i < 4 ? -0.85F : 0.35F) + 0.16F * static_cast<float>(i % 4);
    p.post(x * p.x2, -0.5F * p.y2, p.h - 0.015F, p.h, 0.014F, p.use(p.palette.white), 8);
  }
  // Two crossed legs on each side.
  for (const float y : {-0.5F * p.y2, 0.5F * p.y2}) {
    p.builder.cylinder(Vec3f(-0.6F * p.x2, y, 0.03F), Vec3f(0.6F * p.x2, y, z), 0.018F, metal, 8);
    p.builder.cylinder(Vec3f(0.6F * p.x2, y, 0.03F), Vec3f(-0.6F * p.x2, y, z), 0.018F, metal, 8);
  }
  for (const float s : {-0.6F, 0.6F})
    p.builder.cylinder(Vec3f(s * p.x2, -0.95F * p.y2, 0.02F), Vec3f(s * p.x2, 0.95F * p.y2, 0.02F), 0.02F,
                       metal, 8);
}

}  // namespace

void draw_piano(Piece& p) {
  if (p.is("grand")) return grand_piano(p);
  if (p.is("organ")) return organ(p);
  if (p.is("synth")) return synthesizer(p);
  upright_case(p, p.h, 1);
}

namespace {

/// A plucked or bowed instrument, upright on z = 0, its face towards +y, its back at y = 0.
struct Instrument {
  float half_width = 0.18F;
  float depth = 0.1F;
  float length = 1;
  float body_share = 0.47F;  ///< of the length
  bool bowed = false;        ///< f-holes, a scroll
};

void instrument(Piece& p, const Instrument& shape, int body, int edge) {
  const int dark = p.use("fingerboard", 0x2a1f1a, 0.5F);
  const int metal = chrome(p);
  const float body_h = shape.body_share * shape.length;
  // Half widths from the lower bout over the waist to the upper bout.
  constexpr std::array<std::pair<float, float>, 11> kSide = {{{0.0F, 0.35F},
                                                              {0.05F, 0.72F},
                                                              {0.16F, 0.96F},
                                                              {0.27F, 1.0F},
                                                              {0.4F, 0.88F},
                                                              {0.53F, 0.68F},
                                                              {0.62F, 0.64F},
                                                              {0.74F, 0.74F},
                                                              {0.86F, 0.74F},
                                                              {0.95F, 0.56F},
                                                              {1.0F, 0.25F}}};
  const auto outline = [&](float grow) {
    std::vector<std::pair<float, float>> points;
    for (const auto& [t, w] : kSide)
      points.emplace_back(grow * w * shape.half_width, body_h * (0.5F + grow * (t - 0.5F)));
    for (std::size_t i = kSide.size(); i-- > 0;)
      points.emplace_back(-grow * kSide[i].second * shape.half_width,
                          body_h * (0.5F + grow * (kSide[i].first - 0.5F)));
    return points;
  };
  const float face = 0.92F * shape.depth;
  p.builder.prism_xz(outline(1), 0, 0.88F * shape.depth, edge);
  p.builder.prism_xz(outline(0.95F), 0.5F * shape.depth, face, body);
  const float w = shape.half_width;
  if (shape.bowed) {
    for (const float s : {-1.0F, 1.0F})
      p.box(s * 0.38F * w, s * 0.46F * w, face - 0.001F, face + 0.004F * shape.length, 0.36F * body_h,
            0.66F * body_h, dark);
    p.box(-0.34F * w, 0.34F * w, face, 1.25F * shape.depth, 0.44F * body_h, 0.46F * body_h, body);
    p.box(-0.16F * w, 0.16F * w, face, 1.1F * shape.depth, 0.06F * body_h, 0.34F * body_h, dark);
  } else {
    p.builder.cylinder(Vec3f(0, face - 0.01F, 0.64F * body_h), Vec3f(0, face + 0.003F, 0.64F * body_h),
                       0.3F * w, dark, 18);
    p.box(-0.42F * w, 0.42F * w, face, shape.depth, 0.27F * body_h, 0.31F * body_h, dark);
  }
  const float head = 0.87F * shape.length;
  const float neck = shape.bowed ? 0.14F : 0.15F;
  p.box(-neck * w, neck * w, 0.55F * face, face, 0.93F * body_h, head, edge);
  p.box(-0.9F * neck * w, 0.9F * neck * w, face, face + 0.06F * shape.depth,
        (shape.bowed ? 0.62F : 0.76F) * body_h, head, dark);
  p.box(-0.24F * w, 0.24F * w, 0.45F * face, 0.9F * face, head, 0.98F * shape.length, edge);
  if (shape.bowed)
    p.builder.ellipsoid(Vec3f(0, 0.75F * face, 0.97F * shape.length),
                        Vec3f(0.2F * w, 0.35F * face, 0.03F * shape.length), edge, 10);
  for (int i = 0; i < 3; ++i)
    for (const float s : {-1.0F, 1.0F}) {
      const float z = head + (0.025F + 0.035F * static_cast<float>(i)) * shape.length;
      p.builder.cylinder(Vec3f(s * 0.2F * w, 0.65F * face, z), Vec3f(s * 0.36F * w, 0.65F * face, z),
                         0.008F * shape.length, metal, 6);
    }
  if (!shape.bowed)
    p.box(-0.2F * w, 0.2F * w, 0.9F * face, 0.9F * face + 0.002F, 0.98F * shape.length, shape.length, dark);
  for (int i = 0; i < 4; ++i) {
    const float x = neck * w * (-0.6F + 0.4F * static_cast<float>(i));
    const float y = shape.bowed ? 1.2F * shape.depth : face + 0.09F * shape.depth;
    p.builder.cylinder(Vec3f(x, y, 0.29F * body_h), Vec3f(x, face + 0.08F * shape.depth, head),
                       0.0025F * shape.length, metal, 4);
  }
}

void harp(Piece& p) {
  const int gold = p.palette.main_is_metal ? p.use(p.palette.main) : p.use("gilt", 0xd1a63f, 0.3F, 1);
  const int wood = p.use(p.palette.wood);
  const int string = p.use("gut", 0xf0e6d0, 0.5F);
  const float r = 0.05F * p.h / 1.7F;
  p.soft(-p.x2, p.x2, 0.1F * p.y2, p.y2, 0, 0.07F * p.h, 0.02F, gold, 1);
  // The pillar in front, the sound box leaning to the player's shoulder, the neck curving between them.
  const Vec3f foot(0, 0.8F * p.y2, 0.05F * p.h);
  const Vec3f shoulder(0, -0.88F * p.y2, 0.74F * p.h);
  p.builder.cylinder(foot, Vec3f(0, 0.85F * p.y2, 0.95F * p.h), r, gold, 14);
  p.builder.ellipsoid(Vec3f(0, 0.85F * p.y2, 0.955F * p.h), Vec3f(1.6F * r, 1.6F * r, 0.045F * p.h), gold,
                      12);
  p.builder.cone(Vec3f(0, 0.55F * p.y2, 0.06F * p.h), shoulder, 0.5F * p.x2, 0.22F * p.x2, wood, 12);
  std::array<Vec3f, 9> neck;
  for (std::size_t i = 0; i < neck.size(); ++i) {
    const float t = static_cast<float>(i) / static_cast<float>(neck.size() - 1);
    neck[i] = Vec3f(0, (-0.88F + 1.73F * t) * p.y2,
                    p.h * (0.74F + 0.2F * t + 0.06F * std::sin(kTau * (t + 0.05F)) * (1 - t)));
  }
  p.builder.tube(neck, 0.8F * r, gold, 10);
  for (int i = 1; i < 16; ++i) {
    const float t = static_cast<float>(i) / 16;
    const float k = t * static_cast<float>(neck.size() - 1);
    const auto j = static_cast<std::size_t>(k);
    const Vec3f top = neck[j] + (k - static_cast<float>(j)) * (neck[j + 1] - neck[j]);
    const float low = (top.y() - shoulder.y()) / (0.55F * p.y2 - shoulder.y());
    if (low > 1) continue;
    p.builder.cylinder(Vec3f(0, top.y(), shoulder.z() + low * (0.06F * p.h - shoulder.z())), top, 0.0035F,
                       string, 4);
  }
}

}  // namespace

void draw_guitar(Piece& p) {
  if (p.is("harp")) return harp(p);
  const int face = p.palette.main_is_wood ? p.use(p.palette.wood) : p.use(p.palette.main);
  const int edge = p.use(p.palette.dark_wood);
  if (p.is("wall")) {
    const int count = std::clamp(static_cast<int>(std::lround(2 * p.x2 / 0.45F)), 1, 5);
    const float half = p.x2 / static_cast<float>(count);
    for (int i = 0; i < count; ++i) {
      const float x = half * (2 * static_cast<float>(i) + 1) - p.x2;
      p.box(x - 0.025F, x + 0.025F, -p.y2, -0.4F * p.y2, 0.86F * p.h, 0.97F * p.h, p.use(p.palette.black));
      p.builder.push(Eigen::Affine3f(Eigen::Translation3f(x, -0.9F * p.y2, 0)));
      const std::array<int, 3> tones = {face, p.use("sunburst", 0xb5482f, 0.3F),
                                        p.use("sea blue", 0x2f6f96, 0.3F)};
      instrument(p, {std::min(0.97F * half, 0.2F * p.h), 1.88F * p.y2, p.h, 0.47F, false},
                 tones[static_cast<std::size_t>(i % 3)], edge);
      p.builder.pop();
    }
    return;
  }
  if (p.is("violin")) {
    // It lies on its back, the neck along the box's longer side, the bow beside it.
    const bool along_x = p.x2 >= p.y2;
    Eigen::Matrix3f lay;
    if (along_x)
      lay << 0, 0, 1, 1, 0, 0, 0, 1, 0;
    else
      lay << -1, 0, 0, 0, 0, 1, 0, 1, 0;
    const float length = along_x ? p.x2 : p.y2;
    const float side = along_x ? p.y2 : p.x2;
    p.builder.push(Eigen::Affine3f(lay) * Eigen::Translation3f(0.2F * side, 0, -length));
    instrument(p, {0.78F * side, 0.8F * p.h, 2 * length, 0.6F, true}, face, edge);
    p.builder.cylinder(Vec3f(-1.1F * side, 0.25F * p.h, 0.1F * length),
                       Vec3f(-1.1F * side, 0.25F * p.h, 1.9F * length), 0.05F * p.h, edge, 8);
    p.box(-1.2F * side, -1.0F * side, 0, 0.3F * p.h, 0.1F * length, 0.25F * length, p.use(p.palette.black));
    p.builder.pop();
    return;
  }
  const bool cello = p.is("cello");
  const int stand = p.use(p.palette.black);
  // The instrument leans back on a stand.
  const float lean = cello ? 0.1F : 0.14F;
  const float foot = 0.06F * p.h;
  const float length = (p.h - foot) / std::cos(lean);
  const float width = std::min(0.97F * p.x2, (cello ? 0.22F : 0.2F) * p.h);
  const float depth = std::min((cello ? 0.1F : 0.09F) * p.h, 0.6F * p.y2);
  p.builder.push(
      Eigen::Affine3f(Eigen::Translation3f(0, 0.15F * p.y2, foot) * Eigen::AngleAxisf(lean, Vec3f::UnitX()) *
                      Eigen::Scaling(1.0F, 1.0F, 0.985F)));
  instrument(p, {width, depth, length, cello ? 0.6F : 0.46F, cello}, face, edge);
  p.builder.pop();
  const Vec3f hub(0, -0.05F * p.y2, 0.34F * p.h);
  for (const float s : {-1.0F, 1.0F}) {
    p.builder.cylinder(hub, Vec3f(0.95F * s * p.x2, 0.85F * p.y2, 0.015F), 0.012F, stand, 6);
    p.builder.cylinder(Vec3f(0.5F * s * p.x2, 0.3F * p.y2, 0.06F * p.h),
                       Vec3f(0.5F * s * p.x2, 0.98F * p.y2, 0.05F * p.h), 0.012F, stand, 6);
    p.builder.cylinder(Vec3f(0.5F * s * p.x2, 0.98F * p.y2, 0.05F * p.h),
                       Vec3f(0.5F * s * p.x2, 0.98F * p.y2, 0.1F * p.h), 0.012F, stand, 6);
  }
  p.builder.cylinder(Vec3f(-0.5F * p.x2, 0.3F * p.y2, 0.06F * p.h),
                     Vec3f(0.5F * p.x2, 0.3F * p.y2, 0.06F * p.h), 0.012F, stand, 6);
  p.builder.cylinder(hub, Vec3f(0, -0.97F * p.y2, 0.015F), 0.012F, stand, 6);
}

namespace {

/// A drum from a to b: a shell in a colour, bright hoops and white heads.
void drum(Piece& p, const Vec3f& a, const Vec3f& b, float r, int shell) {
  const int hoop = chrome(p);
  const int head = p.use("drum head", 0xf4f1e8, 0.7F);
  const Vec3f along = (b - a).normalized();
  p.builder.cylinder(a, b, 0.96F * r, shell, 24);
  for (const auto& [at, out] : {std::pair(a, Vec3f(-along)), std::pair(b, along)}) {
    p.builder.cylinder(at - 0.08F * r * out, at, r, hoop, 24);
    p.builder.cylinder(at, at + 0.01F * r * out, 0.93F * r, head, 24);
  }
}

void drum_kit(Piece& p) {
  const int shell =
      p.use(p.palette.main_is_metal || p.palette.main_is_wood ? colored("drum shell", 0xa3262f, 0.25F)
                                                              : p.palette.main);
  const int metal = chrome(p);
  const int cymbal = p.use("cymbal", 0xd6ad4a, 0.25F, 1);
  const int black = p.use(p.palette.black);
  // The audience is at the front, the drummer's stool at the back.
  const float bass = std::min(0.27F * p.h, 0.4F * p.x2);
  drum(p, Vec3f(0, 0.25F * p.y2, bass), Vec3f(0, 0.97F * p.y2, bass), bass, shell);
  p.builder.cylinder(Vec3f(0, 0.975F * p.y2, bass), Vec3f(0, p.y2, bass), 0.3F * bass, black, 16);
  for (const float s : {-1.0F, 1.0F}) {
    drum(p, Vec3f(0.28F * s * p.x2, 0.42F * p.y2, 2.05F * bass),
         Vec3f(0.27F * s * p.x2, 0.3F * p.y2, 2.05F * bass + 0.18F * p.h), 0.23F * p.x2, shell);
    p.builder.cylinder(Vec3f(0.9F * s * bass, 0.55F * p.y2, 0),
                       Vec3f(0.7F * s * bass, 0.6F * p.y2, 0.5F * bass), 0.012F, metal, 6);
  }
  drum(p, Vec3f(0.68F * p.x2, -0.15F * p.y2, 0.16F * p.h), Vec3f(0.68F * p.x2, -0.15F * p.y2, 0.48F * p.h),
       0.27F * p.x2, shell);
  for (int i = 0; i < 3; ++i) {
    const float a = kTau * static_cast<float>(i) / 3;
    p.post(0.68F * p.x2 + 0.27F * p.x2 * std::cos(a), -0.15F * p.y2 + 0.27F * p.x2 * std::sin(a), 0,
           0.3F * p.h, 0.01F, metal, 6);
  }
  drum(p, Vec3f(-0.5F * p.x2, -0.3F * p.y2, 0.4F * p.h), Vec3f(-0.5F * p.x2, -0.3F * p.y2, 0.52F * p.h),
       0.23F * p.x2, steel(p));
  p.post(-0.5F * p.x2, -0.3F * p.y2, 0, 0.4F * p.h, 0.015F, metal, 8);
  const auto cymbal_at = [&](float x, float y, float z, float r) {
    p.builder.lathe(x, y,
                    std::array<std::pair<float, float>, 4>{
                        {{r, z - 0.02F}, {0.3F * r, z - 0.002F}, {0.22F * r, z + 0.012F}, {0, z + 0.016F}}},
                    cymbal, 22);
    p.builder.lathe(x, y, std::array<std::pair<float, float>, 2>{{{0, z + 0.001F}, {r, z - 0.021F}}}, cymbal,
                    22);
    p.post(x, y, 0.02F, z + 0.02F, 0.012F, metal, 6);
    for (int i = 0; i < 3; ++i) {
      const float a = kTau * (static_cast<float>(i) / 3 + 0.08F);
      p.builder.cylinder(Vec3f(x + 0.14F * p.x2 * std::cos(a), y + 0.14F * p.x2 * std::sin(a), 0.01F),
                         Vec3f(x, y, 0.15F * p.h), 0.01F, metal, 5);
    }
  };
  cymbal_at(-0.7F * p.x2, 0.45F * p.y2, 0.98F * p.h, 0.3F * p.x2);
  cymbal_at(0.7F * p.x2, 0.5F * p.y2, 0.92F * p.h, 0.3F * p.x2);
  cymbal_at(-0.8F * p.x2, -0.1F * p.y2, 0.68F * p.h, 0.2F * p.x2);
  cymbal_at(-0.8F * p.x2, -0.1F * p.y2, 0.72F * p.h, 0.2F * p.x2);
  p.soft(-0.22F * p.x2, 0.22F * p.x2, -p.y2, -0.62F * p.y2, 0.38F * p.h, 0.44F * p.h, 0.025F, black);
  p.post(0, -0.8F * p.y2, 0.02F, 0.4F * p.h, 0.02F, metal, 8);
  for (int i = 0; i < 3; ++i) {
    const float a = kTau * (static_cast<float>(i) / 3 + 0.25F);
    p.builder.cylinder(Vec3f(0.17F * p.x2 * std::cos(a), -0.8F * p.y2 + 0.17F * p.y2 * std::sin(a), 0.01F),
                       Vec3f(0, -0.8F * p.y2, 0.16F * p.h), 0.012F, metal, 5);
  }
}

void gong(Piece& p) {
  const int frame = p.palette.main_is_wood ? p.use(p.palette.wood) : p.use("gong frame", 0x5a2a22, 0.4F);
  const int bronze = p.use("gong bronze", 0xc79a4a, 0.28F, 1);
  const float t = 0.05F * p.x2 + 0.015F;
  for (const float s : {-1.0F, 1.0F}) {
    const float x = s * (0.95F * p.x2 - t);
    p.box(x - t, x + t, -t, t, 0.04F * p.h, 0.96F * p.h, frame);
    p.box(x - 1.3F * t, x + 1.3F * t, -p.y2, p.y2, 0, 0.06F * p.h, frame);
  }
  p.box(-p.x2, p.x2, -1.2F * t, 1.2F * t, 0.9F * p.h, p.h, frame);
  const float r = std::min(0.78F * p.x2, 0.38F * p.h);
  const float z = 0.86F * p.h - r;
  p.builder.cylinder(Vec3f(0, -0.02F, z), Vec3f(0, 0.02F, z), r, bronze, 32);
  p.builder.torus(Vec3f(0, 0, z), r, 0.025F, 1, bronze, 32);
  p.builder.torus(Vec3f(0, 0.02F, z), 0.6F * r, 0.008F, 1, p.use("gong ring", 0x8f6a3e, 0.4F, 1), 28);
  p.builder.ellipsoid(Vec3f(0, 0.02F, z), Vec3f(0.25F * r, 0.03F, 0.25F * r), bronze, 14);
  for (const float s : {-0.45F, 0.45F})
    p.builder.cylinder(Vec3f(s * r, 0, z + 0.87F * r), Vec3f(s * r, 0, 0.92F * p.h), 0.008F,
                       p.use("cord", 0x2b2320, 0.9F), 5);
}

}  // namespace

void draw_drums(Piece& p) {
  if (p.is("gong")) return gong(p);
  if (!p.is("hand")) return drum_kit(p);
  // A goblet drum with its ropes.
  const int body = p.palette.main_is_wood ? p.use(p.palette.wood) : p.use(p.palette.main);
  const int rope = p.use("rope", 0xe0cfa0, 0.9F);
  const int hide = p.use("hide", 0xeadbb8, 0.8F);
  p.builder.push(Eigen::Affine3f(Eigen::Scaling(p.x2, p.y2, p.h)));
  p.builder.lathe(0, 0,
                  std::array<std::pair<float, float>, 9>{{{0, 0},
                                                          {0.68F, 0},
                                                          {0.66F, 0.04F},
                                                          {0.46F, 0.3F},
                                                          {0.48F, 0.42F},
                                                          {0.85F, 0.62F},
                                                          {0.95F, 0.78F},
                                                          {0.92F, 0.96F},
                                                          {0, 0.96F}}},
                  body, 24);
  p.builder.cylinder(Vec3f(0, 0, 0.93F), Vec3f(0, 0, 0.99F), 0.96F, rope, 24);
  p.builder.cylinder(Vec3f(0, 0, 0.97F), Vec3f(0, 0, 1), 0.9F, hide, 24);
  p.builder.cylinder(Vec3f(0, 0, 0.4F), Vec3f(0, 0, 0.44F), 0.53F, rope, 20);
  for (int i = 0; i < 14; ++i) {
    const float a = kTau * static_cast<float>(i) / 14;
    const float b = a + kTau / 28;
    for (const float to : {a, b + kTau / 28})
      p.builder.cylinder(Vec3f(0.97F * std::cos(a), 0.97F * std::sin(a), 0.94F),
                         Vec3f(0.66F * std::cos(0.5F * (to + b)), 0.66F * std::sin(0.5F * (to + b)), 0.46F),
                         0.016F, rope, 4);
  }
  p.builder.pop();
}

namespace {

/// A loudspeaker's cone in a face at y, looking to the front.
void driver(Piece& p, float x, float y, float z, float r, float out) {
  const int rim = p.use("driver rim", 0x55595e, 0.4F);
  const int cone = p.use("driver cone", 0x17181a, 0.8F);
  const int cap = p.use("driver cap", 0x8f969d, 0.4F);
  p.builder.cylinder(Vec3f(x, y - 0.01F, z), Vec3f(x, y + 0.3F * out, z), r, rim, 20);
  p.builder.cylinder(Vec3f(x, y, z), Vec3f(x, y + 0.45F * out, z), 0.86F * r, cone, 20);
  p.builder.ellipsoid(Vec3f(x, y + 0.35F * out, z), Vec3f(0.32F * r, 0.65F * out, 0.32F * r), cap, 10);
}

void amplifier(Piece& p) {
  const int body = p.use(p.palette.main_is_wood ? p.palette.wood : p.palette.black);
  const int cloth = p.use("grille cloth", 0x6f665a, 0.95F);
  const int panel = p.use("panel", 0xb9a36b, 0.4F, 1);
  const float face = 0.9F * p.y2;
  p.soft(-p.x2, p.x2, -p.y2, face, 0.03F * p.h, 0.93F * p.h, 0.025F, body, 1);
  for (const float x : {-0.8F * p.x2, 0.8F * p.x2})
    for (const float y : {-0.75F * p.y2, 0.7F * p.y2})
      p.post(x, y, 0, 0.05F * p.h, 0.02F, p.use(p.palette.black), 8);
  p.box(-0.92F * p.x2, 0.92F * p.x2, face - 0.01F, 0.96F * p.y2, 0.09F * p.h, 0.7F * p.h, cloth);
  p.box(-0.92F * p.x2, 0.92F * p.x2, face - 0.01F, 0.94F * p.y2, 0.73F * p.h, 0.88F * p.h, panel);
  for (int i = 0; i < 7; ++i)
    p.builder.cylinder(Vec3f((-0.75F + 0.22F * static_cast<float>(i)) * p.x2, 0.93F * p.y2, 0.8F * p.h),
                       Vec3f((-0.75F + 0.22F * static_cast<float>(i)) * p.x2, p.y2, 0.8F * p.h), 0.035F * p.h,
                       p.use(p.palette.black), 10);
  p.box(0.72F * p.x2, 0.8F * p.x2, 0.94F * p.y2, 0.98F * p.y2, 0.78F * p.h, 0.82F * p.h,
        p.glow("pilot lamp", 0xff4030, 1.4F));
  const int handle = p.use(p.palette.black);
  p.box(-0.3F * p.x2, 0.3F * p.x2, -0.12F * p.y2, 0.12F * p.y2, 0.97F * p.h, p.h, handle);
  for (const float s : {-0.3F, 0.3F})
    p.box(s * p.x2 - 0.012F, s * p.x2 + 0.012F, -0.12F * p.y2, 0.12F * p.y2, 0.92F * p.h, p.h, handle);
}

void radio(Piece& p) {
  const int body = p.use(p.palette.main_is_wood ? p.palette.wood : p.palette.main);
  const int cloth = p.use("grille cloth", 0xc9b48a, 0.95F);
  const float top = 0.78F * p.h;
  const float face = 0.86F * p.y2;
  p.soft(-p.x2, p.x2, -p.y2, face, 0, top, std::min(0.05F, 0.18F * p.h), body);
  p.box(-0.86F * p.x2, 0.05F * p.x2, face - 0.01F, face + 0.03F * p.y2, 0.14F * p.h, 0.64F * p.h, cloth);
  for (int i = 0; i < 4; ++i) {
    const float z = (0.2F + 0.12F * static_cast<float>(i)) * p.h;
    p.box(-0.84F * p.x2, 0.03F * p.x2, face, face + 0.06F * p.y2, z, z + 0.025F * p.h, body);
  }
  p.box(0.16F * p.x2, 0.86F * p.x2, face - 0.01F, face + 0.03F * p.y2, 0.42F * p.h, 0.64F * p.h,
        p.glow("dial", 0xffd890, 0.9F));
  p.box(0.42F * p.x2, 0.45F * p.x2, face, face + 0.05F * p.y2, 0.42F * p.h, 0.64F * p.h,
        p.use("needle", 0xc4302b, 0.5F));
  for (const float x : {0.3F * p.x2, 0.72F * p.x2})
    p.builder.cylinder(Vec3f(x, face - 0.01F, 0.24F * p.h), Vec3f(x, p.y2, 0.24F * p.h), 0.09F * p.h,
                       p.use(p.palette.black), 14);
  p.builder.cylinder(Vec3f(0.8F * p.x2, -0.7F * p.y2, top - 0.02F),
                     Vec3f(0.4F * p.x2, -0.7F * p.y2, 0.99F * p.h), 0.012F * p.h + 0.001F, chrome(p), 6);
  p.builder.ellipsoid(Vec3f(0.4F * p.x2, -0.7F * p.y2, 0.98F * p.h),
                      Vec3f(0.02F * p.h, 0.02F * p.h, 0.02F * p.h), chrome(p), 8);
}

void stereo(Piece& p) {
  const int body = p.use(p.palette.black);
  const int face_material = p.use("stereo face", 0x8f969d, 0.35F, 1);
  const float inner = 0.42F * p.x2;
  const float face = 0.92F * p.y2;
  const int wood = p.use(p.palette.wood);
  for (const float s : {-1.0F, 1.0F}) {
    p.box(s * (inner + 0.01F), s * p.x2, -p.y2, face, 0, 0.97F * p.h, wood);
    const float x = 0.5F * s * (inner + p.x2);
    const float r = std::min(0.42F * (p.x2 - inner), 0.2F * p.h);
    p.box(s * (inner + 0.02F), s * (p.x2 - 0.01F), face - 0.01F, face + 0.005F, 0.02F * p.h, 0.95F * p.h,
          body);
    driver(p, x, face, 0.26F * p.h, r, p.y2 - face);
    driver(p, x, face, 0.6F * p.h, 0.75F * r, p.y2 - face);
    driver(p, x, face, 0.83F * p.h, 0.4F * r, p.y2 - face);
  }
  constexpr int kUnits = 5;
  const int display = p.glow("display", 0x5fd0ff, 1.0F);
  for (int i = 0; i < kUnits; ++i) {
    const float z0 = 0.94F * p.h * static_cast<float>(i) / kUnits;
    const float z1 = 0.94F * p.h * static_cast<float>(i + 1) / kUnits - 0.012F;
    p.box(-inner, inner, -0.95F * p.y2, 0.85F * p.y2, z0, z1, body);
    p.box(-inner, inner, 0.84F * p.y2, 0.88F * p.y2, z0, z1, i % 2 ? body : face_material);
    p.box(-0.8F * inner, 0.2F * inner, 0.87F * p.y2, 0.9F * p.y2, z0 + 0.35F * (z1 - z0),
          z0 + 0.7F * (z1 - z0), i % 2 ? display : body);
    p.builder.cylinder(Vec3f(0.65F * inner, 0.86F * p.y2, 0.5F * (z0 + z1)),
                       Vec3f(0.65F * inner, 0.97F * p.y2, 0.5F * (z0 + z1)),
                       std::min(0.22F * inner, 0.32F * (z1 - z0)), face_material, 12);
  }
  // A turntable on top.
  p.box(-inner, inner, -0.9F * p.y2, 0.9F * p.y2, 0.93F * p.h, 0.96F * p.h, wood);
  p.builder.push(Eigen::Affine3f(Eigen::Scaling(0.85F * inner, 0.75F * p.y2, 1.0F)));
  p.builder.cylinder(Vec3f(0, 0, 0.96F * p.h), Vec3f(0, 0, 0.985F * p.h), 1, body, 22);
  p.builder.cylinder(Vec3f(0, 0, 0.985F * p.h), Vec3f(0, 0, p.h), 0.33F, p.use("label", 0xc4302b, 0.6F), 14);
  p.builder.pop();
}

void projector(Piece& p) {
  const int body = p.palette.main_is_metal ? p.use(p.palette.black) : p.use(p.palette.white);
  const int black = p.use(p.palette.black);
  const float top = 0.7F * p.h;
  p.soft(-p.x2, p.x2, -p.y2, 0.88F * p.y2, 0, top, 0.12F * p.h, body, 1);
  p.post(0, -0.1F * p.y2, top - 0.01F, p.h, 0.12F * p.x2, p.use(p.palette.metal), 10);
  p.box(-0.4F * p.x2, 0.4F * p.x2, -0.4F * p.y2, 0.2F * p.y2, 0.93F * p.h, p.h, p.use(p.palette.metal));
  const float r = 0.32F * p.h;
  p.builder.cylinder(Vec3f(0.35F * p.x2, 0.8F * p.y2, 0.35F * p.h),
                     Vec3f(0.35F * p.x2, 0.97F * p.y2, 0.35F * p.h), std::min(r, 0.4F * p.x2), black, 18);
  p.builder.cylinder(Vec3f(0.35F * p.x2, 0.9F * p.y2, 0.35F * p.h), Vec3f(0.35F * p.x2, p.y2, 0.35F * p.h),
                     0.7F * std::min(r, 0.4F * p.x2), p.glow("lens", 0xbfe0ff, 1.6F), 16);
  for (int i = 0; i < 4; ++i)
    p.box(-0.85F * p.x2, -0.2F * p.x2, 0.86F * p.y2, 0.9F * p.y2,
          (0.15F + 0.11F * static_cast<float>(i)) * p.h, (0.19F + 0.11F * static_cast<float>(i)) * p.h,
          black);
}

}  // namespace

void draw_speaker(Piece& p) {
  if (p.is("amplifier")) return amplifier(p);
  if (p.is("radio")) return radio(p);
  if (p.is("stereo")) return stereo(p);
  if (p.is("projector")) return projector(p);
  const int body = p.use(p.palette.main_is_wood ? p.palette.wood : p.palette.main);
  const int black = p.use(p.palette.black);
  const float face = 0.92F * p.y2;
  p.box(-0.9F * p.x2, 0.9F * p.x2, -0.95F * p.y2, 0.88F * p.y2, 0.025F * p.h, p.h, body);
  p.box(-0.86F * p.x2, 0.86F * p.x2, 0.86F * p.y2, face, 0.05F * p.h, 0.98F * p.h, black);
  p.box(-p.x2, p.x2, -p.y2, p.y2, 0, 0.03F * p.h, black);
  const float r = std::min(0.74F * p.x2, 0.19F * p.h);
  driver(p, 0, face, 0.08F * p.h + r, r, p.y2 - face);
  if (p.h > 4.2F * p.x2) driver(p, 0, face, 0.11F * p.h + 3 * r, r, p.y2 - face);
  driver(p, 0, face, 0.93F * p.h - 0.5F * r, 0.48F * r, p.y2 - face);
  driver(p, 0, face, 0.93F * p.h - 1.9F * r, 0.75F * r, p.y2 - face);
}

namespace {

/// A display that looks back to the one who exercises.
void console(Piece& p, float y, float z, float half_x, float half_z) {
  p.builder.push(Eigen::Affine3f(Eigen::Translation3f(0, y, z) * Eigen::AngleAxisf(-0.35F, Vec3f::UnitX())));
  p.soft(-half_x, half_x, -0.03F, 0.04F, -half_z, half_z, 0.025F, p.use(p.palette.black), 1);
  p.box(-0.62F * half_x, 0.62F * half_x, -0.035F, -0.02F, -0.6F * half_z, 0.65F * half_z,
        p.glow("display", 0x4fb3ff, 0.9F));
  p.builder.pop();
}

void rowing_machine(Piece& p) {
  const int metal = steel(p);
  const int black = p.use(p.palette.black);
  const int trim = p.use("trim", 0xc8342f, 0.5F);
  const float rail = 0.4F * p.h;
  const float r = std::min(0.32F * p.h, 0.25F * p.y2);
  // The flywheel is at the front; the rower looks at it.
  p.builder.cylinder(Vec3f(-0.35F * p.x2, p.y2 - r, 0.12F * p.h + r),
                     Vec3f(0.35F * p.x2, p.y2 - r, 0.12F * p.h + r), r, black, 24);
  p.builder.torus(Vec3f(0.36F * p.x2, p.y2 - r, 0.12F * p.h + r), 0.75F * r, 0.012F, 0, metal, 20);
  p.builder.torus(Vec3f(-0.36F * p.x2, p.y2 - r, 0.12F * p.h + r), 0.75F * r, 0.012F, 0, metal, 20);
  p.box(-0.12F * p.x2, 0.12F * p.x2, -0.97F * p.y2, p.y2 - 1.5F * r, rail - 0.06F, rail, metal);
  for (const float y : {-0.93F * p.y2, 0.72F * p.y2}) {
    p.builder.cylinder(Vec3f(0, y, rail - 0.03F), Vec3f(0, y + (y < 0 ? -0.03F : 0.05F) * p.y2, 0.04F), 0.03F,
                       metal, 8);
    p.soft(-p.x2, p.x2, y - 0.035F * p.y2, y + 0.035F * p.y2, 0, 0.06F, 0.02F, black, 1);
  }
  p.soft(-0.55F * p.x2, 0.55F * p.x2, -0.35F * p.y2, -0.12F * p.y2, rail + 0.04F, rail + 0.1F, 0.025F, black);
  p.box(-0.25F * p.x2, 0.25F * p.x2, -0.32F * p.y2, -0.15F * p.y2, rail - 0.02F, rail + 0.05F, metal);
  for (const float s : {-1.0F, 1.0F}) {
    p.builder.push(Eigen::Affine3f(Eigen::Translation3f(0.45F * s * p.x2, 0.42F * p.y2, rail) *
                                   Eigen::AngleAxisf(0.8F, Vec3f::UnitX())));
    p.soft(-0.055F, 0.055F, -0.13F, 0.13F, -0.012F, 0.012F, 0.01F, trim, 1);
    p.builder.pop();
  }
  p.builder.cylinder(Vec3f(-0.7F * p.x2, 0.3F * p.y2, rail + 0.14F),
                     Vec3f(0.7F * p.x2, 0.3F * p.y2, rail + 0.14F), 0.018F, black, 8);
  p.builder.cylinder(Vec3f(0, 0.3F * p.y2, rail + 0.14F), Vec3f(0, p.y2 - r, 0.12F * p.h + 1.3F * r), 0.006F,
                     metal, 5);
  p.builder.cylinder(Vec3f(0, p.y2 - 0.8F * r, 0.12F * p.h + 1.9F * r), Vec3f(0, p.y2 - 1.7F * r, 0.9F * p.h),
                     0.018F, metal, 6);
  console(p, p.y2 - 1.8F * r, 0.87F * p.h, 0.4F * p.x2, 0.12F * p.h);
}

void elliptical(Piece& p) {
  const int metal = steel(p);
  const int black = p.use(p.palette.black);
  for (const float y : {-0.92F * p.y2, 0.9F * p.y2})
    p.soft(-p.x2, p.x2, y - 0.08F * p.y2, y + 0.08F * p.y2, 0, 0.07F, 0.025F, black, 1);
  p.box(-0.12F * p.x2, 0.12F * p.x2, -0.9F * p.y2, 0.9F * p.y2, 0.03F, 0.1F, metal);
  const float r = std::min(0.18F * p.h, 0.4F * p.y2);
  p.soft(-0.3F * p.x2, 0.3F * p.x2, 0.85F * p.y2 - 2 * r, 0.9F * p.y2, 0.08F, 0.1F + 2 * r, 0.05F, black);
  p.builder.cylinder(Vec3f(-0.34F * p.x2, 0.87F * p.y2 - r, 0.1F + r),
                     Vec3f(0.34F * p.x2, 0.87F * p.y2 - r, 0.1F + r), 0.8F * r, p.use("trim", 0xc8342f, 0.5F),
                     22);
  p.builder.cylinder(Vec3f(0, 0.6F * p.y2, 0.1F + 1.8F * r), Vec3f(0, 0.4F * p.y2, 0.92F * p.h), 0.035F,
                     metal, 10);
  for (const float s : {-1.0F, 1.0F}) {
    const float x = 0.5F * s * p.x2;
    const float lift = s > 0 ? 0.12F * p.h : 0.0F;
    const Vec3f crank(x, 0.87F * p.y2 - r, 0.1F + r + (s > 0 ? 0.5F : -0.5F) * r);
    p.builder.cylinder(Vec3f(x, -0.85F * p.y2, 0.12F + 0.3F * lift), crank, 0.022F, metal, 8);
    p.soft(x - 0.3F * p.x2, x + 0.3F * p.x2, -0.5F * p.y2, -0.05F * p.y2, 0.14F + 0.5F * lift,
           0.18F + 0.5F * lift, 0.015F, black, 1);
    // The moving arms.
    const Vec3f pivot(0.62F * s * p.x2, 0.5F * p.y2, 0.55F * p.h);
    const Vec3f grip(0.85F * s * p.x2, (s > 0 ? 0.0F : 0.25F) * p.y2, p.h - 0.02F);
    p.builder.cylinder(Vec3f(x, 0.2F * p.y2, 0.2F), pivot, 0.018F, metal, 8);
    p.builder.cylinder(pivot, grip, 0.018F, metal, 8);
    p.builder.cylinder(pivot + 0.6F * (grip - pivot), grip, 0.026F, black, 8);
    p.builder.cylinder(Vec3f(0, 0.5F * p.y2, 0.55F * p.h), pivot, 0.02F, metal, 8);
  }
  console(p, 0.38F * p.y2, 0.92F * p.h, 0.4F * p.x2, 0.06F * p.h);
}

}  // namespace

void draw_treadmill(Piece& p) {
  const AlongY turned(p);
  if (p.is("rowing")) return rowing_machine(p);
  if (p.is("elliptical")) return elliptical(p);
  const int frame = p.use(p.palette.main_is_metal ? p.palette.metal : p.palette.main);
  const int black = p.use(p.palette.black);
  const int belt = p.use("belt", 0x34373b, 0.9F);
  const int stripe = p.use("belt mark", 0xd9dde2, 0.8F);
  const float deck = std::min(0.2F, 0.16F * p.h);
  p.soft(-p.x2, p.x2, -p.y2, 0.85F * p.y2, 0.03F, deck, 0.03F, frame, 1);
  p.box(-0.76F * p.x2, 0.76F * p.x2, -0.97F * p.y2, 0.62F * p.y2, deck - 0.01F, deck + 0.006F, belt);
  p.box(-0.05F * p.x2, 0.05F * p.x2, -0.6F * p.y2, 0.2F * p.y2, deck, deck + 0.008F, stripe);
  p.soft(-0.98F * p.x2, 0.98F * p.x2, 0.6F * p.y2, p.y2, 0.03F, deck + 0.1F, 0.05F, black);
  for (const float s : {-1.0F, 1.0F}) {
    const float x = 0.9F * s * p.x2;
    p.box(x - 0.04F, x + 0.04F, -0.9F * p.y2, -0.8F * p.y2, 0, 0.05F, black);
    p.box(x - 0.04F, x + 0.04F, 0.8F * p.y2, 0.9F * p.y2, 0, 0.05F, black);
    const Vec3f top(x, 0.55F * p.y2, 0.86F * p.h);
    p.builder.cylinder(Vec3f(x, 0.82F * p.y2, 0.1F), top, 0.035F, frame, 10);
    p.builder.cylinder(top - Vec3f(0, 0, 0.04F), Vec3f(x, 0.05F * p.y2, 0.72F * p.h), 0.025F, black, 8);
  }
  p.builder.cylinder(Vec3f(-0.9F * p.x2, 0.55F * p.y2, 0.84F * p.h),
                     Vec3f(0.9F * p.x2, 0.55F * p.y2, 0.84F * p.h), 0.035F, black, 8);
  console(p, 0.55F * p.y2, 0.91F * p.h, 0.7F * p.x2, 0.085F * p.h);
}

namespace {

void wheel(Piece& p, float y, float r, float tyre, int spokes) {
  const int rubber = p.use(p.palette.black);
  const int metal = chrome(p);
  p.builder.torus(Vec3f(0, y, r), r - tyre, tyre, 0, rubber, 28);
  p.builder.torus(Vec3f(0, y, r), r - 2 * tyre, 0.4F * tyre, 0, metal, 28);
  p.builder.cylinder(Vec3f(-0.04F, y, r), Vec3f(0.04F, y, r), 0.025F, metal, 10);
  for (int i = 0; i < spokes; ++i) {
    const float a = kTau * static_cast<float>(i) / static_cast<float>(spokes);
    p.builder.cylinder(Vec3f(0, y, r),
                       Vec3f(0, y + (r - 2 * tyre) * std::cos(a), r + (r - 2 * tyre) * std::sin(a)), 0.004F,
                       metal, 4);
  }
}

int paint(Piece& p) {
  // A frame of plain metal is painted in the style's accent colour.
  return p.palette.main_is_metal && p.palette.main.metallic > 0 ? p.use("paint", 0xb5362f, 0.3F)
                                                                : p.use(p.palette.main);
}

void bicycle(Piece& p) {
  const int frame = paint(p);
  const int metal = chrome(p);
  const int black = p.use(p.palette.black);
  const float r = std::min(0.31F * p.h, 0.41F * p.y2);
  const float rear = -p.y2 + r;
  const float front = p.y2 - r;
  wheel(p, rear, r, 0.022F, 14);
  wheel(p, front, r, 0.022F, 14);
  const Vec3f axle(0, rear, r);
  const Vec3f bottom(0, -0.1F * p.y2, 0.85F * r);
  const Vec3f seat(0, -0.24F * p.y2, 0.8F * p.h);
  const Vec3f head(0, front - 0.22F * p.y2, 0.82F * p.h);
  const Vec3f fork(0, front - 0.16F * p.y2, 0.62F * p.h);
  const auto tube = [&](const Vec3f& a, const Vec3f& b, float thick) {
    p.builder.cylinder(a, b, thick, frame, 8);
  };
  tube(bottom, seat, 0.018F);
  tube(bottom, fork, 0.02F);
  tube(Vec3f(seat - Vec3f(0, 0, 0.08F * p.h)), Vec3f(0.5F * (head + fork)), 0.018F);
  tube(head, fork, 0.022F);
  for (const float s : {-0.05F, 0.05F}) {
    const Vec3f side(s, 0, 0);
    tube(Vec3f(axle + side), Vec3f(bottom + 0.3F * side), 0.012F);
    tube(Vec3f(axle + side), Vec3f(seat - Vec3f(0, 0, 0.1F * p.h)), 0.012F);
    tube(Vec3f(Vec3f(0, front, r) + side), Vec3f(fork + 0.6F * side), 0.014F);
  }
  // Saddle, handlebar, cranks, chain ring.
  p.builder.cylinder(seat, seat + Vec3f(0, 0, 0.05F * p.h), 0.014F, metal, 8);
  p.builder.ellipsoid(seat + Vec3f(0, -0.02F, 0.07F * p.h), Vec3f(0.07F, 0.13F, 0.035F), black, 12);
  p.builder.cylinder(head, head + Vec3f(0, 0.03F, 0.12F * p.h), 0.016F, metal, 8);
  const Vec3f bar = head + Vec3f(0, 0.03F, 0.13F * p.h);
  p.builder.cylinder(bar - Vec3f(0.6F * p.x2, 0, 0), bar + Vec3f(0.6F * p.x2, 0, 0), 0.014F, metal, 8);
  for (const float s : {-1.0F, 1.0F}) {
    const Vec3f from = bar + Vec3f(0.6F * s * p.x2, 0, 0);
    p.builder.cylinder(from, Vec3f(0.97F * s * p.x2, bar.y() - 0.12F * p.y2, p.h - 0.02F), 0.02F, black, 8);
    const Vec3f end = bottom + Vec3f(0.1F * s, 0.12F * s, -0.12F * s);
    p.builder.cylinder(bottom + Vec3f(0.06F * s, 0, 0), end, 0.012F, metal, 6);
    p.box(end.x() - 0.01F * s, end.x() + 0.1F * s, end.y() - 0.045F, end.y() + 0.045F, end.z() - 0.012F,
          end.z() + 0.012F, black);
  }
  p.builder.torus(bottom + Vec3f(0.06F, 0, 0), 0.08F, 0.008F, 0, metal, 18);
}

void motorcycle(Piece& p) {
  const int body = paint(p);
  const int metal = chrome(p);
  const int black = p.use(p.palette.black);
  const float r = std::min(0.3F * p.h, 0.36F * p.y2);
  const float rear = -p.y2 + r;
  const float front = p.y2 - r;
  for (const float y : {rear, front}) {
    wheel(p, y, r, 0.2F * r, 8);
    p.builder.push(Eigen::Affine3f(Eigen::Translation3f(0, y, r) * Eigen::Scaling(1.5F, 1.0F, 1.0F)));
    p.builder.torus(Vec3f::Zero(), 0.8F * r, 0.2F * r, 0, black, 28);
    p.builder.pop();
  }
  p.soft(-0.32F * p.x2, 0.32F * p.x2, -0.28F * p.y2, 0.26F * p.y2, 0.16F * p.h, 0.5F * p.h, 0.05F,
         p.use("engine", 0x5d6268, 0.4F, 1));
  for (int i = 0; i < 5; ++i)
    p.box(-0.38F * p.x2, 0.38F * p.x2, -0.1F * p.y2, 0.2F * p.y2,
          (0.3F + 0.035F * static_cast<float>(i)) * p.h, (0.315F + 0.035F * static_cast<float>(i)) * p.h,
          metal);
  p.builder.ellipsoid(Vec3f(0, 0.12F * p.y2, 0.62F * p.h), Vec3f(0.36F * p.x2, 0.3F * p.y2, 0.13F * p.h),
                      body, 18);
  p.soft(-0.32F * p.x2, 0.32F * p.x2, -0.66F * p.y2, -0.1F * p.y2, 0.56F * p.h, 0.66F * p.h, 0.045F,
         p.use("saddle", 0x3a2a22, 0.6F));
  p.soft(-0.24F * p.x2, 0.24F * p.x2, -0.9F * p.y2, -0.45F * p.y2, 0.5F * p.h, 0.6F * p.h, 0.04F, body);
  p.builder.ellipsoid(Vec3f(0, front, 1.75F * r), Vec3f(0.18F * p.x2, 0.7F * r, 0.35F * r), body, 14);
  const Vec3f head(0, 0.44F * p.y2, 0.78F * p.h);
  for (const float s : {-0.17F * p.x2, 0.17F * p.x2}) {
    p.builder.cylinder(Vec3f(s, front, r), Vec3f(s, head.y(), head.z()), 0.028F, metal, 8);
    p.builder.cylinder(Vec3f(s, rear, r), Vec3f(s, -0.25F * p.y2, 0.36F * p.h), 0.028F, black, 8);
  }
  p.builder.ellipsoid(Vec3f(0, 0.55F * p.y2, 0.76F * p.h), Vec3f(0.25F * p.x2, 0.09F * p.y2, 0.1F * p.h),
                      metal, 14);
  p.builder.ellipsoid(Vec3f(0, 0.6F * p.y2, 0.76F * p.h), Vec3f(0.2F * p.x2, 0.06F * p.y2, 0.08F * p.h),
                      p.glow("headlight", 0xfff3cf, 1.6F), 12);
  for (const float s : {-1.0F, 1.0F}) {
    const std::array<Vec3f, 3> bar = {head, Vec3f(0.55F * s * p.x2, 0.42F * p.y2, 0.9F * p.h),
                                      Vec3f(0.72F * s * p.x2, 0.34F * p.y2, 0.9F * p.h)};
    p.builder.tube(bar, 0.02F, metal, 8);
    p.builder.cylinder(bar[2], Vec3f(0.98F * s * p.x2, 0.26F * p.y2, 0.89F * p.h), 0.028F, black, 8);
    p.builder.cylinder(bar[1], Vec3f(0.75F * s * p.x2, 0.4F * p.y2, 0.97F * p.h), 0.01F, metal, 5);
    p.builder.ellipsoid(Vec3f(0.75F * s * p.x2, 0.4F * p.y2, 0.965F * p.h), Vec3f(0.06F, 0.02F, 0.035F * p.h),
                        black, 8);
  }
  p.builder.cylinder(Vec3f(0.45F * p.x2, 0.15F * p.y2, 0.2F * p.h),
                     Vec3f(0.5F * p.x2, -0.85F * p.y2, 0.28F * p.h), 0.05F, metal, 12);
  p.box(-0.12F * p.x2, 0.12F * p.x2, -0.95F * p.y2, -0.88F * p.y2, 0.52F * p.h, 0.57F * p.h,
        p.glow("tail light", 0xff3020, 1.2F));
}

void exercise_bike(Piece& p) {
  const int frame = p.use(p.palette.main_is_metal ? p.palette.metal : p.palette.main);
  const int metal = chrome(p);
  const int black = p.use(p.palette.black);
  for (const float y : {-0.9F * p.y2, 0.9F * p.y2})
    p.soft(-p.x2, p.x2, y - 0.1F * p.y2, y + 0.1F * p.y2, 0, 0.07F, 0.03F, black, 1);
  p.box(-0.1F * p.x2, 0.1F * p.x2, -0.9F * p.y2, 0.9F * p.y2, 0.03F, 0.1F, frame);
  const float r = std::min(0.22F * p.h, 0.42F * p.y2);
  const Vec3f hub(0, 0.88F * p.y2 - r, 0.1F + r);
  p.builder.cylinder(hub - Vec3f(0.045F, 0, 0), hub + Vec3f(0.045F, 0, 0), r, metal, 26);
  p.builder.cylinder(hub - Vec3f(0.05F, 0, 0), hub + Vec3f(0.05F, 0, 0), 0.7F * r,
                     p.use("trim", 0xc8342f, 0.5F), 22);
  const Vec3f bottom(0, -0.1F * p.y2, 0.3F * p.h);
  const Vec3f seat(0, -0.55F * p.y2, 0.74F * p.h);
  const Vec3f head(0, 0.45F * p.y2, 0.84F * p.h);
  p.builder.cylinder(Vec3f(0, -0.05F * p.y2, 0.08F), bottom, 0.04F, frame, 10);
  p.builder.cylinder(bottom, seat, 0.032F, frame, 10);
  p.builder.cylinder(bottom, head, 0.035F, frame, 10);
  for (const float s : {-0.07F, 0.07F})
    p.builder.cylinder(hub + Vec3f(s, 0, 0), Vec3f(s, 0.3F * p.y2, 0.66F * p.h), 0.018F, frame, 8);
  p.builder.ellipsoid(seat + Vec3f(0, 0, 0.03F * p.h), Vec3f(0.1F, 0.15F, 0.045F), black, 14);
  for (const float s : {-1.0F, 1.0F}) {
    const std::array<Vec3f, 4> bar = {head, Vec3f(0.5F * s * p.x2, 0.45F * p.y2, 0.88F * p.h),
                                      Vec3f(0.72F * s * p.x2, 0.65F * p.y2, 0.92F * p.h),
                                      Vec3f(0.72F * s * p.x2, 0.75F * p.y2, 0.99F * p.h)};
    p.builder.tube(bar, 0.022F, black, 8);
    const Vec3f end = bottom + Vec3f(0.14F * s, 0.12F * s, -0.12F * s);
    p.builder.cylinder(bottom + Vec3f(0.07F * s, 0, 0), end, 0.015F, metal, 6);
    p.box(end.x() - 0.02F * s, end.x() + 0.1F * s, end.y() - 0.055F, end.y() + 0.055F, end.z() - 0.015F,
          end.z() + 0.015F, black);
  }
  p.soft(-0.1F, 0.1F, bottom.y() - 0.08F, bottom.y() + 0.1F, bottom.z() - 0.08F, bottom.z() + 0.08F, 0.04F,
         black);
  console(p, 0.4F * p.y2, 0.92F * p.h, 0.35F * p.x2, 0.07F * p.h);
}

void spinning_wheel(Piece& p) {
  const int wood = p.use(p.palette.main_is_wood ? p.palette.wood : p.palette.main);
  const int dark = p.use(p.palette.dark_wood);
  const float r = std::min(0.36F * p.h, 0.55F * p.x2);
  const Vec3f hub(-p.x2 + r, 0, p.h - r);
  p.builder.torus(hub, 0.94F * r, 0.06F * r, 1, wood, 30);
  p.builder.cylinder(hub - Vec3f(0, 0.3F * p.y2, 0), hub + Vec3f(0, 0.3F * p.y2, 0), 0.1F * r, dark, 12);
  for (int i = 0; i < 10; ++i) {
    const float a = kTau * static_cast<float>(i) / 10;
    p.builder.cylinder(hub, hub + 0.92F * r * Vec3f(std::cos(a), 0, std::sin(a)), 0.035F * r, wood, 6);
  }
  // A sloping bench on three legs, posts to the hub, the spindle at the other end.
  const float bench = 0.34F * p.h;
  const std::array<std::pair<float, float>, 4> board = {{{-0.95F * p.x2, bench - 0.06F * p.h},
                                                         {0.95F * p.x2, bench + 0.08F * p.h},
                                                         {0.95F * p.x2, bench + 0.13F * p.h},
                                                         {-0.95F * p.x2, bench - 0.01F * p.h}}};
  p.builder.prism_xz(board, -0.35F * p.y2, 0.35F * p.y2, wood);
  for (const Vec3f& foot : {Vec3f(-0.95F, -0.95F, 0), Vec3f(-0.95F, 0.95F, 0), Vec3f(0.97F, 0, 0)})
    p.builder.cone(Vec3f(foot.x() * p.x2, foot.y() * p.y2, 0),
                   Vec3f(0.7F * foot.x() * p.x2, 0.3F * foot.y() * p.y2, bench), 0.018F, 0.03F, dark, 8);
  for (const float s : {-0.25F, 0.25F})
    p.builder.cylinder(Vec3f(hub.x(), s * p.y2, bench - 0.03F), Vec3f(hub.x(), s * p.y2, hub.z() + 0.05F),
                       0.02F, dark, 8);
  for (const float s : {-0.3F, 0.3F})
    p.post(0.75F * p.x2, s * p.y2, bench + 0.1F * p.h, 0.74F * p.h, 0.018F, dark, 8);
  p.builder.cylinder(Vec3f(0.75F * p.x2, -0.5F * p.y2, 0.68F * p.h),
                     Vec3f(0.75F * p.x2, 0.5F * p.y2, 0.68F * p.h), 0.012F, dark, 8);
  p.builder.cylinder(Vec3f(0.75F * p.x2, -0.22F * p.y2, 0.68F * p.h),
                     Vec3f(0.75F * p.x2, 0.22F * p.y2, 0.68F * p.h), 0.045F, p.use("wool", 0xe6dcc8, 1.0F),
                     12);
  p.builder.cylinder(hub + Vec3f(0, 0, r), Vec3f(0.75F * p.x2, 0, 0.7F * p.h), 0.004F,
                     p.use("wool", 0xe6dcc8, 1.0F), 4);
}

}  // namespace

void draw_bike(Piece& p) {
  if (p.is("spinning")) return spinning_wheel(p);
  const AlongY turned(p);
  if (p.is("motor")) return motorcycle(p);
  if (p.is("exercise")) return exercise_bike(p);
  bicycle(p);
}

}  // namespace metaspatial::assets
