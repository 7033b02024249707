#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "metaspatial/scene/graph.hpp"

namespace metaspatial::scene {

/// How an object of a kind is held up.
enum class SupportKind {
  Floor,    ///< stands on the floor (or on a rug)
  OnTop,    ///< stands on another object: a lamp on a nightstand
  Wall,     ///< fixed to a wall: a painting, a shelf
  Ceiling,  ///< hangs from the ceiling
};

/// Sides of an object that must stay reachable, in its own frame.
struct FunctionalSides {
  bool front = false;
  bool back = false;
  bool left = false;
  bool right = false;
};

/// Which family of parametric model draws the kind; `assets` turns it into a mesh.
enum class Shape {
  Box,
  Bed,
  Seat,
  Sofa,
  Stool,
  Bench,
  Table,
  RoundTable,
  Desk,
  Shelf,
  Cabinet,
  Wardrobe,
  Drawers,
  Counter,
  Fridge,
  Stove,
  Sink,
  Toilet,
  Bathtub,
  Shower,
  Lamp,
  FloorLamp,
  CeilingLamp,
  Plant,
  Rug,
  Picture,
  Mirror,
  Screen,
  Monitor,
  Piano,
  Guitar,
  Drums,
  Fireplace,
  Treadmill,
  Bike,
  Rack,
  Crate,
  Barrel,
  Books,
  Vase,
  Cushion,
  Easel,
  Tent,
  Globe,
  Statue,
  Clock,
  Curtain,
  Speaker,
  Machine,
  Tub,
  Tree,
  Basket,
  Chest,
  Crib,
  Whiteboard,
  Telescope,
  Swing,
  Counterbar,
  Car,
  Pooltable,
};

/// One entry of the catalogue of object kinds.
///
/// Units    metres. Sizes of things that stand on the floor, on top or on a wall are multiples of 0.1 where
/// the
///          thing allows it, so that centres fall on a 0.05 m grid.
/// Shape    `words` are lower case and singular (plus irregular plurals), letters and digits with single
/// blanks;
///          read hyphens as blanks and drop apostrophes before comparing. No word belongs to two kinds.
struct Kind {
  std::string_view name;                ///< "coffee_table"
  std::vector<std::string_view> words;  ///< what people call it: "coffee table", "low table"
  Vec3 size_m;                          ///< usual length, width, height
  Vec3 min_size_m;                      ///< smallest plausible
  Vec3 max_size_m;                      ///< largest plausible
  SupportKind support = SupportKind::Floor;
  FunctionalSides functional;  ///< sides kept free
  bool against_wall = false;   ///< usually stands with its back to a wall
  bool flat = false;           ///< a rug: things may stand on it, it collides with nothing
  bool holds_things = false;   ///< its top carries other things (tables, cabinets)
  Shape shape = Shape::Box;
  std::string_view default_material;  ///< "wood", "fabric", "metal", "glass", ...
};

/// The whole catalogue, sorted by name; 120 kinds or more.
[[nodiscard]] std::span<const Kind> all_kinds();
/// The entry for a name, exact ("coffee_table") or as people say it ("PersianRug"), or a box on the floor.
[[nodiscard]] const Kind& kind_or_default(std::string_view name);
/// The entry with this exact name, or null.
[[nodiscard]] const Kind* find_kind(std::string_view name);

}  // namespace metaspatial::scene
