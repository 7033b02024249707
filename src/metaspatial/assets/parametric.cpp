#include "metaspatial/assets/parametric.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <string_view>
#include <utility>

#include "metaspatial/assets/piece.hpp"
#include "metaspatial/scene/kinds.hpp"

namespace metaspatial::assets {
namespace {

using scene::Shape;

/// Kinds whose single pieces differ (no two plants are the same); all others look alike in a room.
bool varies(Shape shape) {
  switch (shape) {
    case Shape::Plant:
    case Shape::Tree:
    case Shape::Books:
    case Shape::Shelf:
    case Shape::Picture:
    case Shape::Vase:
    case Shape::Statue:
      return true;
    default:
      return false;
  }
}

/// Corrects what is possible but never meant: a kitchen of dark iron, a table of velvet.
void make_plausible(Shape shape, std::string_view kind, Palette& palette) {
  constexpr std::array<std::string_view, 10> kAppliances = {
      "refrigerator", "mini_fridge", "freezer",        "stove",   "oven",
      "dishwasher",   "microwave",   "coffee_machine", "toaster", "range_hood"};
  if (palette.main_is_metal && !palette.main_is_named &&
      std::ranges::find(kAppliances, kind) != kAppliances.end()) {
    palette.main = colored("main", 0xb9bdc1, 0.35F, 1);
    palette.metal = colored("metal", 0x9fa5ab, 0.3F, 1);
  }
  switch (shape) {
    case Shape::Table:
    case Shape::RoundTable:
    case Shape::Desk:
    case Shape::Shelf:
    case Shape::Cabinet:
    case Shape::Wardrobe:
    case Shape::Drawers:
    case Shape::Counter:
      if (!palette.main_is_textile) return;
      palette.main = palette.wood;
      palette.main.name = "main";
      palette.main_is_textile = false;
      palette.main_is_wood = true;
      return;
    default:
      return;
  }
}

void draw(Shape shape, Piece& p) {
  switch (shape) {
    case Shape::Box:
      return draw_box(p);
    case Shape::Bed:
      return draw_bed(p);
    case Shape::Seat:
      return draw_seat(p);
    case Shape::Sofa:
      return draw_sofa(p);
    case Shape::Stool:
      return draw_stool(p);
    case Shape::Bench:
      return draw_bench(p);
    case Shape::Table:
      return draw_table(p);
    case Shape::RoundTable:
      return draw_round_table(p);
    case Shape::Desk:
      return draw_desk(p);
    case Shape::Shelf:
      return draw_shelf(p);
    case Shape::Cabinet:
      return draw_cabinet(p);
    case Shape::Wardrobe:
      return draw_wardrobe(p);
    case Shape::Drawers:
      return draw_drawers(p);
    case Shape::Counter:
      return draw_counter(p);
    case Shape::Fridge:
      return draw_fridge(p);
    case Shape::Stove:
      return draw_stove(p);
    case Shape::Sink:
      return draw_sink(p);
    case Shape::Toilet:
      return draw_toilet(p);
    case Shape::Bathtub:
      return draw_bathtub(p);
    case Shape::Shower:
      return draw_shower(p);
    case Shape::Lamp:
      return draw_lamp(p);
    case Shape::FloorLamp:
      return draw_floor_lamp(p);
    case Shape::CeilingLamp:
      return draw_ceiling_lamp(p);
    case Shape::Plant:
      return draw_plant(p);
    case Shape::Rug:
      return draw_rug(p);
    case Shape::Picture:
      return draw_picture(p);
    case Shape::Mirror:
      return draw_mirror(p);
    case Shape::Screen:
      return draw_screen(p);
    case Shape::Monitor:
      return draw_monitor(p);
    case Shape::Piano:
      return draw_piano(p);
    case Shape::Guitar:
      return draw_guitar(p);
    case Shape::Drums:
      return draw_drums(p);
    case Shape::Fireplace:
      return draw_fireplace(p);
    case Shape::Treadmill:
      return draw_treadmill(p);
    case Shape::Bike:
      return draw_bike(p);
    case Shape::Rack:
      return draw_rack(p);
    case Shape::Crate:
      return draw_crate(p);
    case Shape::Barrel:
      return draw_barrel(p);
    case Shape::Books:
      return draw_books(p);
    case Shape::Vase:
      return draw_vase(p);
    case Shape::Cushion:
      return draw_cushion(p);
    case Shape::Easel:
      return draw_easel(p);
    case Shape::Tent:
      return draw_tent(p);
    case Shape::Globe:
      return draw_globe(p);
    case Shape::Statue:
      return draw_statue(p);
    case Shape::Clock:
      return draw_clock(p);
    case Shape::Curtain:
      return draw_curtain(p);
    case Shape::Speaker:
      return draw_speaker(p);
    case Shape::Machine:
      return draw_machine(p);
    case Shape::Tub:
      return draw_tub(p);
    case Shape::Tree:
      return draw_tree(p);
    case Shape::Basket:
      return draw_basket(p);
    case Shape::Chest:
      return draw_chest(p);
    case Shape::Crib:
      return draw_crib(p);
    case Shape::Whiteboard:
      return draw_whiteboard(p);
    case Shape::Telescope:
      return draw_telescope(p);
    case Shape::Swing:
      return draw_swing(p);
    case Shape::Counterbar:
      return draw_bar(p);
    case Shape::Car:
      return draw_car(p);
    case Shape::Pooltable:
      return draw_pool_table(p);
  }
  draw_box(p);
}

}  // namespace

bool Piece::period() const {
  for (const std::string_view word :
       {"victorian", "traditional", "classic", "baroque", "rococo", "edwardian", "georgian", "antique",
        "french", "renaissance", "colonial", "gothic", "medieval", "luxur", "elegant", "vintage"})
    if (styled(word)) return true;
  return false;
}

bool Piece::slim() const {
  for (const std::string_view word :
       {"mid century", "midcentury", "scandi", "nordic", "retro", "japandi", "danish"})
    if (styled(word)) return true;
  return false;
}

bool Piece::plain() const {
  for (const std::string_view word : {"modern", "contemporary", "minimal", "scandi", "nordic", "japandi",
                                      "futur", "industrial", "sleek", "high tech", "zen", "japanese"})
    if (styled(word)) return !styled("farmhouse") && !styled("mid century");
  return false;
}

void Piece::box(float x0, float x1, float y0, float y1, float z0, float z1, int m) {
  const Vec3f lo(x0, y0, z0);
  const Vec3f hi(x1, y1, z1);
  const Vec3f side = (hi - lo).cwiseAbs();
  const float least = side.minCoeff();
  const float most = side.maxCoeff();
  const float middle = side.sum() - least - most;
  if (least < 0.016F || middle < 0.03F || most < 0.15F)
    builder.box(lo, hi, m);
  else
    builder.bevel_box(lo, hi, std::min(0.008F, 0.12F * least), m);
}

void Piece::four_legs(float z0, float z1, float half_thickness, float inset, int m) {
  const float x = std::max(half_thickness, x2 - inset - half_thickness);
  const float y = std::max(half_thickness, y2 - inset - half_thickness);
  for (const float sx : {-x, x})
    for (const float sy : {-y, y})
      box(sx - half_thickness, sx + half_thickness, sy - half_thickness, sy + half_thickness, z0, z1, m);
}

void Piece::four_turned_legs(float z0, float z1, float r, float inset, int m) {
  const float x = std::max(r, x2 - inset - r);
  const float y = std::max(r, y2 - inset - r);
  const float t = z1 - z0;
  const std::array<std::pair<float, float>, 9> profile = {{{0.45F * r, z0},
                                                           {0.8F * r, z0 + 0.04F * t},
                                                           {0.5F * r, z0 + 0.12F * t},
                                                           {0.55F * r, z0 + 0.3F * t},
                                                           {1.0F * r, z0 + 0.62F * t},
                                                           {0.6F * r, z0 + 0.74F * t},
                                                           {0.95F * r, z0 + 0.78F * t},
                                                           {0.95F * r, z0 + 0.83F * t},
                                                           {0.9F * r, z1}}};
  for (const float sx : {-x, x})
    for (const float sy : {-y, y}) builder.lathe(sx, sy, profile, m, 10);
}

void Piece::four_round_legs(float z0, float z1, float r_top, float r_foot, float inset, float splay, int m) {
  const float x = std::max(r_top, x2 - inset - r_top);
  const float y = std::max(r_top, y2 - inset - r_top);
  for (const float sx : {-1.0F, 1.0F})
    for (const float sy : {-1.0F, 1.0F})
      builder.cone(Vec3f(sx * (x + splay), sy * (y + splay), z0), Vec3f(sx * x, sy * y, z1), r_foot, r_top, m,
                   10);
}

int variation_of(const scene::SceneObject& object) {
  if (!varies(scene::kind_or_default(object.kind).shape)) return 0;
  return static_cast<int>(Rng{hash_bytes(object.id)}.below(4));
}

Model make_model(const scene::SceneObject& object) {
  const scene::Kind& kind = scene::kind_or_default(object.kind);
  Vec3f size_m;
  for (int axis = 0; axis < 3; ++axis) {
    const double wanted_m = object.size_m[axis];
    size_m[axis] = std::isfinite(wanted_m) ? static_cast<float>(std::clamp(wanted_m, 0.005, 100.0)) : 0.5F;
  }
  Piece piece;
  piece.palette = palette_of(object, kind.default_material);
  make_plausible(kind.shape, kind.name, piece.palette);
  piece.kind = object.kind;
  piece.style = object.style.substr(0, 200);
  for (char& c : piece.style)
    c = c == '-' || c == '_' ? ' ' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  piece.x2 = 0.5F * size_m.x();
  piece.y2 = 0.5F * size_m.y();
  piece.h = size_m.z();
  piece.variation = variation_of(object);
  piece.rng = Rng{hash_bytes(object.kind), static_cast<std::uint64_t>(piece.variation)};
  piece.builder.lift_parts(2e-5F);
  if (!draw_special(piece, kind.name)) draw(kind.shape, piece);
  return std::move(piece.builder).finish(size_m);
}

}  // namespace metaspatial::assets
