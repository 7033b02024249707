#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>

#include "metaspatial/assets/builder.hpp"
#include "metaspatial/assets/palette.hpp"
#include "metaspatial/base/rng.hpp"

/// The families of parametric furniture. Internal to `assets`.
namespace metaspatial::assets {

/// One piece of furniture while it is being built.
///
/// Units    metres. Frame  x in [-x2, x2] side to side, y in [-y2, y2] back to front, z in [0, h].
struct Piece {
  Builder builder;
  Palette palette;
  std::string kind;
  std::string style;  ///< as it was said, in lower case, its words parted by single blanks
  float x2 = 0.5F;
  float y2 = 0.5F;
  float h = 1;
  int variation = 0;
  Rng rng{0};  ///< keyed by kind and variation: the order of books, the shape of leaves

  [[nodiscard]] bool is(std::string_view word) const { return kind.find(word) != std::string::npos; }
  /// Whether the style asks for the forms of an age: turned legs, rolled arms, cornices.
  [[nodiscard]] bool period() const;
  /// Whether it asks for light forms on tall, tapered legs.
  [[nodiscard]] bool slim() const;
  /// Whether it asks for smooth fronts.
  [[nodiscard]] bool plain() const;
  [[nodiscard]] bool styled(std::string_view word) const { return style.find(word) != std::string::npos; }
  int use(const Material& material) { return builder.material(material); }
  int use(std::string_view name, std::uint32_t srgb, float roughness = 0.7F, float metallic = 0) {
    return builder.material(colored(name, srgb, roughness, metallic));
  }
  int glow(std::string_view name, std::uint32_t srgb, float strength) {
    return builder.material(glowing(name, srgb, strength));
  }
  /// A block, its edges bevelled where that can be seen: not those of fittings, panes and thin boards.
  void box(float x0, float x1, float y0, float y1, float z0, float z1, int m);
  void soft(float x0, float x1, float y0, float y1, float z0, float z1, float radius, int m, int steps = 2) {
    builder.soft_box(Vec3f(x0, y0, z0), Vec3f(x1, y1, z1), radius, m, steps);
  }
  /// A vertical round post.
  void post(float x, float y, float z0, float z1, float r, int m, int sides = 10) {
    builder.cylinder(Vec3f(x, y, z0), Vec3f(x, y, z1), r, m, sides);
  }
  float random(float low, float high) { return static_cast<float>(rng.uniform(low, high)); }
  /// Four square legs under a box, `inset` from its edges.
  void four_legs(float z0, float z1, float half_thickness, float inset, int m);
  /// Four legs from a lathe: a ball foot, a ring, a vase.
  void four_turned_legs(float z0, float z1, float r, float inset, int m);
  /// Four round legs, splayed outwards towards the floor by `splay`.
  void four_round_legs(float z0, float z1, float r_top, float r_foot, float inset, float splay, int m);
};

/// Draws the kinds that look like no other of their shape (special.cpp); false if `name` is none of them.
bool draw_special(Piece& p, std::string_view name);
// sleeping.cpp
void draw_bed(Piece& p);
void draw_crib(Piece& p);
// seating.cpp
void draw_seat(Piece& p);
void draw_sofa(Piece& p);
void draw_stool(Piece& p);
void draw_bench(Piece& p);
void draw_swing(Piece& p);
void draw_cushion(Piece& p);
// tables.cpp
void draw_table(Piece& p);
void draw_round_table(Piece& p);
void draw_desk(Piece& p);
void draw_pool_table(Piece& p);
void draw_bar(Piece& p);
// storage.cpp
void draw_shelf(Piece& p);
void draw_cabinet(Piece& p);
void draw_wardrobe(Piece& p);
void draw_drawers(Piece& p);
void draw_rack(Piece& p);
void draw_crate(Piece& p);
void draw_barrel(Piece& p);
void draw_basket(Piece& p);
void draw_chest(Piece& p);
void draw_books(Piece& p);
// kitchen_bath.cpp
void draw_counter(Piece& p);
void draw_fridge(Piece& p);
void draw_stove(Piece& p);
void draw_sink(Piece& p);
void draw_toilet(Piece& p);
void draw_bathtub(Piece& p);
void draw_shower(Piece& p);
void draw_tub(Piece& p);
void draw_machine(Piece& p);
// lights_plants.cpp
void draw_lamp(Piece& p);
void draw_floor_lamp(Piece& p);
void draw_ceiling_lamp(Piece& p);
void draw_plant(Piece& p);
void draw_tree(Piece& p);
void draw_vase(Piece& p);
void draw_fireplace(Piece& p);
// decor.cpp
void draw_rug(Piece& p);
void draw_picture(Piece& p);
void draw_mirror(Piece& p);
void draw_screen(Piece& p);
void draw_monitor(Piece& p);
void draw_clock(Piece& p);
void draw_curtain(Piece& p);
void draw_whiteboard(Piece& p);
void draw_globe(Piece& p);
void draw_statue(Piece& p);
void draw_easel(Piece& p);
void draw_tent(Piece& p);
void draw_telescope(Piece& p);
void draw_car(Piece& p);
void draw_box(Piece& p);
// music_sport.cpp
void draw_piano(Piece& p);
void draw_guitar(Piece& p);
void draw_drums(Piece& p);
void draw_speaker(Piece& p);
void draw_treadmill(Piece& p);
void draw_bike(Piece& p);

}  // namespace metaspatial::assets
