#include "metaspatial/curate/designer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <optional>
#include <span>
#include <tuple>

#include "metaspatial/curate/placer.hpp"
#include "metaspatial/curate/room_kinds.hpp"
#include "metaspatial/curate/words.hpp"

namespace metaspatial::curate {
namespace {

using scene::Element;
using scene::Kind;
using scene::ObjectRef;
using scene::Preposition;
using scene::Relation;
using scene::Shape;
using scene::SupportKind;
using scene::Target;
using scene::Vec3;
using scene::Wall;
using std::string;
using std::string_view;

constexpr double kPi = scene::kPi;
constexpr std::array kWalls = {Wall::South, Wall::North, Wall::East, Wall::West};

// ------------------------------------------------------------------------------------------- kinds in use

bool one_of(string_view name, std::initializer_list<string_view> names) {
  return std::ranges::find(names, name) != names.end();
}

/// What part a kind plays in a room: decides where it may stand and in which order things are placed.
enum class Part {
  Bed,
  Sofa,
  Screen,
  Desk,
  Table,
  LowTable,
  SideTable,
  Seat,
  Stool,
  WallUnit,
  Run,
  Machine,
  Centre,
  Mat,
  Rug,
  FloorLamp,
  Plant,
  Small,
  OnTop,
  Hung,
  Ceiling,
  Pouf,
  Free,
};

Part part_of(const Kind& kind) {
  const string_view n = kind.name;
  if (kind.support == SupportKind::Ceiling) return Part::Ceiling;
  if (kind.support == SupportKind::Wall) return Part::Hung;
  if (kind.support == SupportKind::OnTop) return Part::OnTop;
  if (one_of(n, {"yoga_mat", "gym_mat", "sleeping_bag", "floor_cushion", "prayer_rug", "tatami_mat"}))
    return Part::Mat;
  if (kind.flat) return Part::Rug;
  if (one_of(n, {"tv_stand", "fireplace", "wood_stove", "stage"})) return Part::Screen;
  if (one_of(n, {"coffee_table", "low_table", "tea_table", "wicker_table"})) return Part::LowTable;
  if (one_of(n, {"side_table", "nightstand"})) return Part::SideTable;
  if (one_of(n, {"ottoman", "pouf", "bean_bag", "cushion", "pet_bed", "blanket"})) return Part::Pouf;
  if (one_of(n, {"massage_table",
                 "exam_table",
                 "pool_table",
                 "foosball_table",
                 "ping_pong_table",
                 "air_hockey_table",
                 "car",
                 "motorcycle",
                 "closet_island",
                 "kitchen_island",
                 "grand_piano",
                 "drum_kit",
                 "easel",
                 "pottery_wheel",
                 "table_saw",
                 "fire_pit",
                 "hot_tub",
                 "display_table",
                 "play_tent",
                 "fountain",
                 "indoor_fountain",
                 "water_fountain",
                 "pedestal",
                 "swing",
                 "hammock",
                 "futon"}))
    return Part::Centre;
  if (one_of(n, {"bench", "hall_bench", "pew", "window_seat", "garden_bench", "trunk", "booth"}))
    return Part::WallUnit;
  switch (kind.shape) {
    case Shape::Bed:
    case Shape::Crib:
      return Part::Bed;
    case Shape::Sofa:
      return Part::Sofa;
    case Shape::Seat:
      return Part::Seat;
    case Shape::Stool:
      return Part::Stool;
    case Shape::Desk:
      return Part::Desk;
    case Shape::Table:
    case Shape::RoundTable:
      return kind.against_wall ? Part::WallUnit : Part::Table;
    case Shape::Counter:
    case Shape::Counterbar:
    case Shape::Fridge:
    case Shape::Stove:
    case Shape::Sink:
      return kind.against_wall ? Part::Run : Part::Desk;
    case Shape::Treadmill:
    case Shape::Bike:
    case Shape::Machine:
      return Part::Machine;
    case Shape::FloorLamp:
      return Part::FloorLamp;
    case Shape::Plant:
    case Shape::Tree:
      return Part::Plant;
    case Shape::Rug:
      return Part::Rug;
    case Shape::Cushion:
      return Part::Pouf;
    case Shape::Books:
    case Shape::Vase:
    case Shape::Basket:
    case Shape::Crate:
    case Shape::Barrel:
    case Shape::Globe:
    case Shape::Statue:
    case Shape::Guitar:
    case Shape::Speaker:
      return Part::Small;
    default:
      break;
  }
  return kind.against_wall ? Part::WallUnit : Part::Free;
}

/// A thing that people look at.
bool is_screen(const Kind& kind) {
  return kind.shape == Shape::Screen && !one_of(kind.name, {"folding_screen", "photo_backdrop"});
}

/// Placed in this order: what organises the room first, what leans on it later.
int tier_of(const Kind& kind) {
  switch (part_of(kind)) {
    case Part::Bed:
    case Part::Screen:
      return 0;
    case Part::Hung:
      return is_screen(kind) || kind.shape == Shape::Whiteboard || kind.name == "mirror_wall" ? 1 : 10;
    case Part::Sofa:
    case Part::Table:
    case Part::Desk:
    case Part::Centre:
    case Part::Run:
      return 2;
    case Part::LowTable:
    case Part::Machine:
      return 3;
    case Part::WallUnit:
      return 4;
    case Part::SideTable:
    case Part::Seat:
    case Part::Stool:
    case Part::Mat:
      return 5;
    case Part::Free:
    case Part::Pouf:
      return 6;
    case Part::FloorLamp:
    case Part::Plant:
    case Part::Small:
      return 7;
    case Part::Rug:
      return 8;
    case Part::OnTop:
      return 9;
    case Part::Ceiling:
      return 11;
  }
  return 6;
}

/// How well a seat of this kind goes with that table, desk or instrument; 0 not at all.
double seat_fits(string_view seat, const Kind& host) {
  const string_view h = host.name;
  const Part part = part_of(host);
  const auto among = [&](std::initializer_list<string_view> hosts) { return one_of(h, hosts); };
  if (one_of(seat, {"office_chair", "gaming_chair"}))
    return part == Part::Desk && !among({"school_desk", "workbench", "potting_bench"}) ? 3
           : among({"conference_table", "worktable"})                                  ? 3
           : among({"poker_table", "dining_table", "round_table"})                     ? 1
                                                                                       : 0;
  if (seat == "school_chair") return h == "school_desk" ? 4 : among({"worktable", "desk"}) ? 1 : 0;
  if (seat == "kids_chair") return h == "kids_table" ? 4 : among({"desk", "writing_desk"}) ? 1 : 0;
  if (seat == "vanity_stool") return h == "vanity_table" ? 4 : 0;
  if (seat == "piano_bench") return host.shape == Shape::Piano ? 4 : 0;
  if (seat == "bar_stool")
    return among({"kitchen_island", "bar_counter", "counter"}) ? 4
           : among({"bistro_table", "kitchen_counter"})        ? 1
                                                               : 0;
  if (seat == "high_chair") return part == Part::Table ? 3 : 0;
  if (seat == "floor_cushion")
    return among({"low_table", "tea_table"}) ? 4 : among({"coffee_table", "altar"}) ? 2 : 0;
  if (seat == "stool")
    return host.shape == Shape::Easel || host.shape == Shape::Piano || host.shape == Shape::Drums ? 4
           : among({"workbench", "worktable", "lab_bench", "drafting_table", "sewing_table", "bar_counter",
                    "kitchen_island", "potting_bench", "pottery_wheel", "massage_table", "mixing_console",
                    "vanity_table"})
               ? 3
           : part == Part::Desk ? 1
                                : 0;
  if (one_of(seat, {"dining_chair", "wicker_chair", "throne"})) {
    if (part == Part::Table && host.name != "kids_table") return 3;
    if (seat == "wicker_chair" && part == Part::LowTable) return 3;
    if (seat == "dining_chair" && part == Part::Desk && host.name != "school_desk") return 2;
    return 0;
  }
  if (one_of(seat, {"armchair", "recliner", "rocking_chair", "loveseat", "wicker_sofa", "chaise_lounge",
                    "hanging_chair"}))
    return part == Part::LowTable ? 3 : among({"bistro_table", "round_table", "chess_table"}) ? 1 : 0;
  if (seat == "salon_chair") return among({"vanity_table"}) || host.shape == Shape::Mirror ? 3 : 0;
  return 0;
}

bool is_rows_kind(string_view n) {
  return one_of(
      n, {"theater_seat", "pew", "school_desk", "yoga_mat", "gym_mat", "waiting_chair", "salon_chair",
          "bistro_table", "round_table", "treadmill", "exercise_bike", "elliptical", "lab_bench", "locker",
          "wine_rack", "bookshelf", "school_chair", "computer_desk", "banquet_table"});
}

// ------------------------------------------------------------------------------------------------- design

struct Want {
  const Kind* kind = nullptr;
  bool named = false;
  string style;
  string material;
  int order = 0;
};

struct Option {
  std::vector<Relation> relations;
  double yaw_rad = 0;
  std::optional<Target> facing;
  double weight = 1;
  double longest_m = 1e9;  // a limit on the object's length here
};

double turn(double yaw_rad) {
  double quarters = std::fmod(std::round(yaw_rad / (kPi / 2)), 4.0);
  if (quarters < 0) quarters += 4;
  return quarters * (kPi / 2);
}

Wall faced_wall(double yaw_rad) {
  for (const Wall wall : kWalls)
    if (std::abs(turn(scene::facing_yaw_rad(wall)) - turn(yaw_rad)) < 1e-6) return wall;
  return Wall::North;
}

Wall opposite(Wall wall) {
  switch (wall) {
    case Wall::South:
      return Wall::North;
    case Wall::North:
      return Wall::South;
    case Wall::East:
      return Wall::West;
    case Wall::West:
      return Wall::East;
  }
  return Wall::South;
}

double round_to(double v, double step) {
  return std::round(v / step) * step;
}

class Designer {
 public:
  Designer(const scene::RoomDescription& description, const Reading& reading, const RoomKind& room, Rng& rng,
           const DesignOptions& options)
      : reading_(reading), room_(room), rng_(rng), options_(options) {
    graph_.room_name = room.name;
    std::ranges::replace(graph_.room_name, '_', ' ');
    graph_.user_preference = description.description;
    graph_.size = description.size;
    area_m2_ = description.size.length_m * description.size.width_m;
  }

  /// One design from the start; returns its badness.
  double run() {
    make_openings();
    choose();
    Placer placer(graph_, options_.grid_m);
    placer_ = &placer;
    for (const Want& want : wants_) {
      if (static_cast<int>(graph_.objects.size()) >= options_.most_objects) {
        if (want.named) dropped_.push_back(string(want.kind->name));
        continue;
      }
      if (add(want)) continue;
      if (want.named) dropped_.push_back(string(want.kind->name));
    }
    relate_more();
    layout_ = placer.layout();
    placer_ = nullptr;
    const int n = static_cast<int>(graph_.objects.size());
    double bad = 10.0 * static_cast<double>(dropped_.size());
    bad += 3.0 * std::max(0, std::min(8, target_) - n);
    if (n < 4) bad += 20;
    return bad;
  }

  SceneGraph graph_;
  Layout layout_;
  std::vector<string> dropped_;

 private:
  // ---------------------------------------------------------------------------------------------- openings

  bool free_on_wall(Wall wall, double centre_m, double width_m) const {
    return std::ranges::none_of(graph_.openings, [&](const scene::Opening& o) {
      return o.wall == wall && std::abs(o.centre_m - centre_m) < 0.5 * (o.width_m + width_m) + 0.2;
    });
  }

  void add_opening(scene::OpeningKind kind, double width_m, double bottom_m, double height_m) {
    for (int tries = 0; tries < 12; ++tries) {
      const Wall wall = rng_.pick(kWalls);
      const double length = graph_.size.wall_length_m(wall);
      const double margin = kind == scene::OpeningKind::Door ? 0.1 : 0.2;
      if (length < width_m + 2 * margin) continue;
      const double lo = margin + 0.5 * width_m;
      const double hi = length - lo;
      double centre = rng_.uniform(lo, hi);
      if (kind == scene::OpeningKind::Door && rng_.chance(0.6)) centre = rng_.chance(0.5) ? lo : hi;
      if (kind == scene::OpeningKind::Window && rng_.chance(0.5)) centre = 0.5 * length;
      centre = std::clamp(round_to(centre, 0.05), lo, hi);
      if (!free_on_wall(wall, centre, width_m)) continue;
      scene::Opening opening;
      opening.kind = kind;
      opening.wall = wall;
      opening.centre_m = centre;
      opening.width_m = width_m;
      opening.bottom_m = bottom_m;
      opening.height_m = height_m;
      graph_.openings.push_back(std::move(opening));
      return;
    }
  }

  void make_openings() {
    const double h = graph_.size.height_m;
    const double side = std::min(graph_.size.length_m, graph_.size.width_m);
    const int doors = area_m2_ > 25 && rng_.chance(0.35) ? 2 : 1;
    for (int i = 0; i < doors; ++i) {
      const double width =
          side < 2.2 ? 0.7 : 0.8 + 0.1 * static_cast<double>(rng_.below(area_m2_ > 30 ? 3 : 2));
      add_opening(scene::OpeningKind::Door, width, 0,
                  std::min(2.0 + 0.05 * static_cast<double>(rng_.below(3)), std::floor(h * 20 - 2) / 20));
    }
    int windows = static_cast<int>(rng_.below(area_m2_ > 14 ? 4 : 3));
    if (reading_.windows) windows = std::max(1, windows);
    if (reading_.no_windows) windows = 0;
    if (one_of(room_.name, {"wine_cellar", "closet", "pantry", "home_theater"}) && !reading_.windows)
      windows = std::min(windows, rng_.chance(0.2) ? 1 : 0);
    for (int i = 0; i < windows; ++i) {
      const double width = 0.8 + 0.2 * static_cast<double>(rng_.below(side > 3.5 ? 6 : 3));
      double bottom = 0.8 + 0.1 * static_cast<double>(rng_.below(3));
      // A high window lets tall furniture stand beneath it nowhere, a low one nothing at all: rare.
      if (reading_.floor_windows && i == 0) bottom = 0.1;
      const double top =
          std::min(h - 0.2, bottom < 0.5 ? 2.4 : bottom + 1.0 + 0.1 * static_cast<double>(rng_.below(4)));
      const double height = std::floor((top - bottom) * 20 + 1e-6) / 20;
      if (height >= 0.3) add_opening(scene::OpeningKind::Window, width, bottom, height);
    }
    number_openings();
    graph_.openings_in_text = rng_.chance(0.5);
  }

  /// Doors before windows, each numbered in the order of walls (south, north, east, west) and along them:
  /// which one is window_1 can be told from a picture.
  void number_openings() {
    std::ranges::sort(graph_.openings, {}, [](const scene::Opening& o) {
      return std::tuple(o.kind != scene::OpeningKind::Door, o.wall, o.centre_m);
    });
    std::array<int, 2> numbers{};
    for (scene::Opening& o : graph_.openings) {
      const bool door = o.kind == scene::OpeningKind::Door;
      o.id = fmt::format("{}_{}", door ? "door" : "window", ++numbers[door ? 0 : 1]);
    }
  }

  // --------------------------------------------------------------------------------------------- selection

  const Kind* here(const Mention& mention) const {
    if (mention.generic)
      for (const Meaning& meaning : room_.meanings)
        if (meaning.generic == mention.kind->name)
          if (const Kind* kind = scene::find_kind(meaning.here)) return kind;
    // Loose cushions lie on the floor where there is neither bed nor sofa.
    if (mention.kind->name == "cushion") {
      const bool soft = std::ranges::any_of(reading_.mentions, [](const Mention& m) {
        const Part part = part_of(*m.kind);
        return part == Part::Bed || part == Part::Sofa;
      });
      if (!soft)
        if (const Kind* kind = scene::find_kind("floor_cushion")) return kind;
    }
    return mention.kind;
  }

  bool wanted(string_view name) const {
    return std::ranges::any_of(wants_, [&](const Want& w) { return w.kind->name == name; });
  }

  static double footprint_m2(const Kind& kind) {
    return kind.support == SupportKind::Floor && !kind.flat ? kind.size_m.x() * kind.size_m.y() : 0.0;
  }
  double planned_m2() const {
    double sum = 0;
    for (const Want& want : wants_) sum += scale_guess() * footprint_m2(*want.kind);
    return sum;
  }
  /// How much larger than usual things will be in this room, in area.
  double scale_guess() const { return area_m2_ < 8 ? 0.75 : area_m2_ > 30 ? 1.3 : 1.0; }

  void want(const Kind* kind, bool named, const Mention* mention = nullptr) {
    Want w;
    w.kind = kind;
    w.named = named;
    w.order = static_cast<int>(wants_.size());
    if (mention != nullptr) {
      w.style = mention->style;
      w.material = mention->material == "wooden" ? "wood" : mention->material;
    }
    wants_.push_back(std::move(w));
  }

  void choose() {
    const int n_lo = area_m2_ < 5    ? 4
                     : area_m2_ < 8  ? 6
                     : area_m2_ < 11 ? 7
                     : area_m2_ < 22 ? 8
                     : area_m2_ < 36 ? 9
                                     : 11;
    const int n_hi = area_m2_ < 5 ? 5 : area_m2_ < 8 ? 8 : area_m2_ < 11 ? 9 : area_m2_ < 18 ? 11 : 12;
    target_ = std::min(options_.most_objects,
                       n_lo + static_cast<int>(rng_.below(static_cast<std::size_t>(n_hi - n_lo + 1))));
    const double most_m2 = 0.40 * area_m2_;
    const std::size_t most = static_cast<std::size_t>(options_.most_objects);

    // What the words name; then further pieces of what they name in the plural, while there is room.
    std::vector<const Mention*> plural;
    for (const Mention& mention : reading_.mentions) {
      const Kind* kind = here(mention);
      if (wanted(kind->name)) continue;
      if (wants_.size() >= most) {
        dropped_.push_back(string(kind->name));
        continue;
      }
      want(kind, true, &mention);
      if (mention.count > 1) plural.push_back(&mention);
    }
    for (int round = 2; round <= 6; ++round) {
      for (const Mention* mention : plural) {
        const Kind* kind = here(*mention);
        const bool large = footprint_m2(*kind) > 0.12 * area_m2_;
        if (mention->count < round || wants_.size() + 1 >= most ||
            planned_m2() + footprint_m2(*kind) > most_m2 || (large && round > 2))
          continue;
        want(kind, false, mention);
      }
    }

    // What belongs to it.
    const auto complete = [&](string_view kind_name, int count, double chance) {
      const Kind* kind = scene::find_kind(kind_name);
      if (kind == nullptr || wanted(kind_name) || !rng_.chance(chance)) return;
      for (int i = 0; i < count && static_cast<int>(wants_.size()) < target_; ++i)
        if (planned_m2() + footprint_m2(*kind) <= most_m2) want(kind, false);
    };
    const auto seats_for = [&](const Kind& host) {
      return std::ranges::any_of(wants_, [&](const Want& w) { return seat_fits(w.kind->name, host) > 0; });
    };
    const std::size_t named = wants_.size();
    for (std::size_t i = 0; i < named; ++i) {
      const Kind& kind = *wants_[i].kind;
      const Part part = part_of(kind);
      if (kind.shape == Shape::Piano && !seats_for(kind)) {
        complete(scene::find_kind("piano_bench") != nullptr ? "piano_bench" : "stool", 1, 0.9);
      } else if (part == Part::Desk && !seats_for(kind)) {
        complete(
            kind.name == "school_desk"    ? "school_chair"
            : kind.name == "vanity_table" ? "vanity_stool"
            : one_of(kind.name, {"workbench", "potting_bench", "drafting_table", "lab_bench"})
                ? "stool"
                : "office_chair",
            static_cast<int>(std::ranges::count_if(wants_, [&](const Want& w) { return w.kind == &kind; })),
            0.9);
      } else if (part == Part::Table && kind.name == "kids_table" && !seats_for(kind)) {
        complete("kids_chair", 2, 0.9);
      } else if (part == Part::Table && kind.name == "conference_table" && !seats_for(kind)) {
        complete("office_chair", 4, 0.95);
      } else if (part == Part::Table && !seats_for(kind) &&
                 !one_of(kind.name, {"worktable", "folding_table", "display_table"})) {
        complete("dining_chair", kind.name == "bistro_table" ? 2 : 4, 0.9);
      } else if (one_of(kind.name, {"kitchen_island", "bar_counter"})) {
        complete("bar_stool", 2, 0.7);
      } else if (part == Part::Sofa) {
        complete("coffee_table", 1, 0.8);
      } else if (part == Part::Bed && one_of(kind.name, {"bed", "king_bed", "canopy_bed", "single_bed"})) {
        complete("nightstand", area_m2_ > 10 ? 2 : 1, 0.8);
      }
    }

    // What such a room usually has; with a second, more generous pass if that was too little.
    for (int pass = 0; pass < 3; ++pass) {
      for (const Usual& usual : room_.usual) {
        if (static_cast<int>(wants_.size()) >= target_) break;
        std::vector<const Kind*> kinds;
        bool there = false;
        for (const string_view name : usual.kinds) {
          const Kind* kind = scene::find_kind(name);
          if (kind == nullptr) continue;
          there = there || wanted(name);
          kinds.push_back(kind);
        }
        if (there && pass == 0 && usual.least > 1) {
          // Four chairs belong to this table although the words only said "chairs".
          for (const Kind* kind : kinds) {
            auto have = std::ranges::count_if(wants_, [&](const Want& w) { return w.kind == kind; });
            for (; have > 0 && have < usual.least && static_cast<int>(wants_.size()) < target_; ++have)
              if (planned_m2() + footprint_m2(*kind) <= most_m2) want(kind, false);
          }
        }
        if (there || kinds.empty() || !rng_.chance(pass == 0 ? usual.chance : pass == 1 ? 0.7 : 1.0))
          continue;
        // The first alternative is the typical one.
        const Kind* kind = rng_.chance(0.5) ? kinds.front() : rng_.pick(kinds);
        if (footprint_m2(*kind) * scale_guess() > 0.3 * area_m2_) {
          const auto smallest =
              std::ranges::min_element(kinds, {}, [](const Kind* k) { return footprint_m2(*k); });
          kind = *smallest;
        }
        int count = usual.least +
                    static_cast<int>(rng_.below(static_cast<std::size_t>(usual.most - usual.least + 1)));
        const Part part = part_of(*kind);
        if (part == Part::Seat || part == Part::Stool) {
          // One seat for each desk.
          const auto desks = std::ranges::count_if(wants_, [&](const Want& w) {
            return part_of(*w.kind) == Part::Desk && seat_fits(kind->name, *w.kind) >= 2;
          });
          if (desks > 0 && usual.most > 1) count = static_cast<int>(desks);
        }
        for (int i = 0; i < count && static_cast<int>(wants_.size()) < target_; ++i)
          if (planned_m2() + footprint_m2(*kind) * scale_guess() <= most_m2 || (i == 0 && wants_.size() < 3))
            want(kind, false);
      }
    }
    // A bare floor takes more of what is usual, beyond the number aimed at.
    for (const Usual& usual : room_.usual) {
      if (wants_.size() >= most || planned_m2() > 0.17 * area_m2_) break;
      const Kind* kind = scene::find_kind(usual.kinds.front());
      if (kind == nullptr || footprint_m2(*kind) < 0.3) continue;
      if (std::ranges::any_of(usual.kinds, [&](string_view name) { return wanted(name); })) continue;
      want(kind, false);
    }
    // What stands on top of something needs something to stand on.
    const bool small = std::ranges::any_of(
        wants_, [](const Want& w) { return w.named && w.kind->support == SupportKind::OnTop; });
    const bool holder = std::ranges::any_of(wants_, [](const Want& w) {
      return w.kind->holds_things && w.kind->support == SupportKind::Floor && w.kind->size_m.z() <= 1.2 &&
             part_of(*w.kind) != Part::Bed && part_of(*w.kind) != Part::Sofa;
    });
    if (small && !holder) {
      const Kind* kind = scene::find_kind(area_m2_ > 8 ? "console_table" : "side_table");
      if (kind != nullptr) {
        if (wants_.size() >= most && !wants_.back().named) wants_.pop_back();
        if (wants_.size() < most) want(kind, false);
      }
    }
    stretch_ = std::clamp(0.26 * area_m2_ / std::max(0.5, planned_m2()), 0.6, 2.2);

    // Order of placing: by part; a seat right after what it belongs to, before others fill the space there.
    std::ranges::stable_sort(
        wants_, [](const Want& a, const Want& b) { return tier_of(*a.kind) < tier_of(*b.kind); });
    std::vector<Want> ordered;
    std::vector<char> taken(wants_.size(), 0);
    for (std::size_t i = 0; i < wants_.size(); ++i) {
      if (taken[i]) continue;
      taken[i] = 1;
      ordered.push_back(wants_[i]);
      const Part part = part_of(*wants_[i].kind);
      const Kind& host = *wants_[i].kind;
      int room_for = part == Part::Table                           ? 6
                     : part == Part::Desk || part == Part::Machine ? 1
                     : part == Part::LowTable                      ? 3
                                                                   : 2;
      // Several hosts of a kind share the seats.
      const auto hosts =
          std::ranges::count_if(wants_, [&](const Want& w) { return w.kind == wants_[i].kind; });
      for (std::size_t k = i + 1; k < wants_.size() && room_for > 0; ++k) {
        if (taken[k]) continue;
        const Kind& kind = *wants_[k].kind;
        const bool bedside = part == Part::Bed && kind.name == "nightstand";
        if (!bedside && seat_fits(kind.name, host) < 2) continue;
        taken[k] = 1;
        ordered.push_back(wants_[k]);
        --room_for;
        if (hosts > 1 && part == Part::Table && room_for <= 6 - 2) break;
      }
    }
    wants_ = std::move(ordered);
  }

  // --------------------------------------------------------------------------------------------- placing

  Vec3 size_for(const Kind& kind, int shrink) {
    const double roomy = std::clamp((area_m2_ - 6) / 30, 0.0, 1.0);
    // Rooms that would stay bare get larger pieces, crowded ones smaller pieces.
    double q = std::clamp(0.25 + 0.4 * roomy + 0.35 * (stretch_ - 1) + rng_.uniform(-0.25, 0.25), 0.0, 1.0);
    if (shrink == 1) q = std::min(q, 0.25);
    if (shrink >= 2) q = 0;
    const auto blend = [&](double lo, double mid, double hi, double t) {
      return t < 0.5 ? lo + (mid - lo) * 2 * t : mid + (hi - mid) * (2 * t - 1);
    };
    Vec3 size;
    for (Eigen::Index a = 0; a < 3; ++a) {
      double t = std::clamp(q + rng_.uniform(-0.1, 0.1), 0.0, 1.0);
      if (a == 2) t = std::clamp(0.5 + rng_.uniform(-0.35, 0.35), 0.0, 1.0);
      size[a] =
          std::max(0.1, round_to(blend(kind.min_size_m[a], kind.size_m[a], kind.max_size_m[a], t), 0.1));
    }
    if (kind.shape == Shape::RoundTable ||
        (kind.size_m.x() == kind.size_m.y() && kind.min_size_m.x() == kind.min_size_m.y()))
      size.y() = size.x();
    if (kind.flat) size.z() = kind.size_m.z();
    const double most_height =
        kind.support == SupportKind::Floor ? graph_.size.height_m - 0.1 : 0.6 * graph_.size.height_m;
    if (size.z() > most_height) size.z() = std::max(0.1, std::floor(most_height * 10) / 10);
    return size;
  }

  Relation to(Preposition p, Element e) const { return {p, e, true}; }
  Relation to(Preposition p, int object, bool adjacent = true) const {
    return {p, ObjectRef{object}, adjacent};
  }

  const Kind& kind_of(int i) const {
    return scene::kind_or_default(graph_.objects[static_cast<std::size_t>(i)].kind);
  }
  double yaw_of(int i) const { return placer_->layout().poses[static_cast<std::size_t>(i)].yaw_rad; }
  std::optional<Wall> back_wall(int i) const {
    const auto& object = graph_.objects[static_cast<std::size_t>(i)];
    for (const Relation& r : object.relations) {
      const Element* e = std::get_if<Element>(&r.target);
      if (e == nullptr || (r.preposition != Preposition::On && r.preposition != Preposition::InCorner))
        continue;
      const auto wall = scene::wall_of(*e);
      if (wall && std::abs(turn(scene::inward_yaw_rad(*wall)) - turn(yaw_of(i))) < 1e-6) return wall;
    }
    return {};
  }
  /// How many objects have a relation towards i.
  int users(int i) const {
    int count = 0;
    for (const auto& object : graph_.objects)
      for (const Relation& r : object.relations) {
        const ObjectRef* ref = std::get_if<ObjectRef>(&r.target);
        count += ref != nullptr && ref->index == i ? 1 : 0;
      }
    return count;
  }
  bool taken(int i, Preposition p) const {
    for (const auto& object : graph_.objects)
      for (const Relation& r : object.relations) {
        const ObjectRef* ref = std::get_if<ObjectRef>(&r.target);
        if (ref != nullptr && ref->index == i && r.preposition == p) return true;
      }
    return false;
  }

  void on_walls(std::vector<Option>& out, double weight) const {
    for (const Wall wall : kWalls) {
      double free = graph_.size.wall_length_m(wall);
      for (const scene::Opening& o : graph_.openings)
        if (o.wall == wall) free -= o.kind == scene::OpeningKind::Door ? o.width_m + 0.3 : 0.5 * o.width_m;
      if (free < 0.3) continue;
      const double yaw = turn(scene::inward_yaw_rad(wall));
      out.push_back({{to(Preposition::On, scene::element_of(wall))},
                     yaw,
                     Target(scene::element_of(opposite(wall))),
                     weight * free / (0.5 * (graph_.size.length_m + graph_.size.width_m)),
                     graph_.size.wall_length_m(wall)});
    }
  }
  void in_corners(std::vector<Option>& out, double weight) const {
    for (const Wall wall : kWalls) {
      const double yaw = turn(scene::inward_yaw_rad(wall));
      const Target facing(scene::element_of(opposite(wall)));
      out.push_back({{to(Preposition::InCorner, scene::element_of(wall))}, yaw, facing, 0.6 * weight, 1e9});
      for (const Wall side : kWalls) {
        if (side == wall || side == opposite(wall)) continue;
        out.push_back({{to(Preposition::InCorner, scene::element_of(wall)),
                        to(Preposition::InCorner, scene::element_of(side))},
                       yaw,
                       facing,
                       0.2 * weight,
                       1e9});
      }
    }
  }
  void on_floor(std::vector<Option>& out, Preposition p, double weight) {
    for (int quarter = 0; quarter < 4; ++quarter) {
      const double yaw = quarter * (kPi / 2);
      out.push_back({{to(p, Element::Middle)}, yaw, Target(scene::element_of(faced_wall(yaw))), weight, 1e9});
    }
  }
  /// Left or right of the host, looking the same way, on the same wall if both stand against it.
  void beside(std::vector<Option>& out, int host, bool walled, double weight) const {
    const double yaw = yaw_of(host);
    for (const Preposition p : {Preposition::LeftOf, Preposition::RightOf}) {
      Option option;
      const auto wall = back_wall(host);
      if (walled && !wall) continue;
      if (walled && wall) option.relations.push_back(to(Preposition::On, scene::element_of(*wall)));
      option.relations.push_back(to(p, host));
      option.yaw_rad = yaw;
      option.facing = Target(scene::element_of(faced_wall(yaw)));
      option.weight = taken(host, p) ? 0.15 * weight : weight;
      out.push_back(std::move(option));
    }
  }
  /// On one side of the host and turned towards it.
  void facing_host(std::vector<Option>& out, int host, std::initializer_list<Preposition> sides,
                   bool adjacent, double weight) const {
    const double yaw = yaw_of(host);
    for (const Preposition p : sides) {
      double own = yaw;
      if (p == Preposition::InFront) own = yaw + kPi;
      if (p == Preposition::LeftOf) own = yaw + kPi / 2;
      if (p == Preposition::RightOf) own = yaw - kPi / 2;
      Option option;
      option.relations.push_back(to(p, host, adjacent));
      option.yaw_rad = turn(own);
      option.facing = Target(ObjectRef{host});
      option.weight = taken(host, p) ? 0.5 * weight : weight;
      out.push_back(std::move(option));
    }
  }
  void before(std::vector<Option>& out, int host, bool adjacent, double weight) const {
    Option option;
    option.relations.push_back(to(Preposition::InFront, host, adjacent));
    option.yaw_rad = yaw_of(host);
    option.facing = Target(scene::element_of(faced_wall(option.yaw_rad)));
    option.weight = taken(host, Preposition::InFront) ? 0.3 * weight : weight;
    out.push_back(std::move(option));
  }

  std::vector<Option> options_for(const Kind& kind, bool named) {
    std::vector<Option> out;
    const string_view name = kind.name;
    const Part part = part_of(kind);
    const int n = static_cast<int>(graph_.objects.size());
    const auto each = [&](auto&& use) {
      for (int i = 0; i < n; ++i) use(i, kind_of(i), part_of(kind_of(i)));
    };
    const auto same_kind = [&](double weight, bool walled) {
      each([&](int i, const Kind& k, Part) {
        if (k.name != name) return;
        beside(out, i, walled && back_wall(i).has_value(), weight);
      });
    };
    const auto seats = [&](double scale) {
      each([&](int i, const Kind& k, Part p) {
        double fit = seat_fits(name, k) * scale;
        if (fit <= 0) return;
        // Seats spread over what they may belong to.
        fit /= 1.0 + (p == Part::Table || p == Part::LowTable ? 0.4 : 2.0) * users(i);
        const bool all_sides = p == Part::Table || p == Part::LowTable || k.shape == Shape::Table;
        const bool lounge = one_of(name, {"armchair", "recliner", "rocking_chair", "loveseat", "wicker_sofa",
                                          "chaise_lounge", "wicker_chair"});
        if (all_sides && lounge && p == Part::LowTable) {
          facing_host(out, i, {Preposition::InFront, Preposition::LeftOf, Preposition::RightOf}, true, fit);
        } else if (all_sides) {
          facing_host(out, i, {Preposition::InFront, Preposition::Behind}, true, 1.5 * fit);
          facing_host(out, i, {Preposition::LeftOf, Preposition::RightOf}, true, 0.7 * fit);
        } else if (one_of(k.name, {"kitchen_island", "bar_counter", "counter"}) && !back_wall(i)) {
          facing_host(out, i, {Preposition::InFront, Preposition::Behind}, true, fit);
        } else if (one_of(k.name, {"massage_table", "exam_table"})) {
          facing_host(out, i, {Preposition::LeftOf, Preposition::RightOf, Preposition::Behind}, true, fit);
        } else if (!back_wall(i) &&
                   one_of(k.name, {"executive_desk", "teacher_desk", "reception_desk", "control_desk"})) {
          facing_host(out, i, {Preposition::Behind}, true, 2 * fit);
          facing_host(out, i, {Preposition::InFront}, true, 0.5 * fit);
        } else {
          facing_host(out, i, {Preposition::InFront}, true, 2 * fit);
        }
      });
    };
    switch (part) {
      case Part::Bed:
        if (is_single(name)) in_corners(out, 0.6);
        on_walls(out, 1);
        same_kind(3, true);
        if (name == "hospital_bed") same_kind(4, true);
        break;
      case Part::Screen:
        on_walls(out, 1);
        each([&](int i, const Kind&, Part p) {
          if (p == Part::Bed && back_wall(i)) across(out, i, 12);
        });
        break;
      case Part::Sofa: {
        const bool view = has_screen();
        on_walls(out, view ? 0.3 : 1);
        each([&](int i, const Kind& k, Part p) {
          if (p == Part::Screen || is_screen(k)) {
            across(out, i, 10);
            facing_host(out, i, {Preposition::InFront}, false, area_m2_ > 14 ? 14 : 5);
          }
          if (p == Part::Sofa) corner_to(out, i, 4);
          if (p == Part::LowTable)
            facing_host(out, i, {Preposition::InFront, Preposition::LeftOf, Preposition::RightOf}, true, 4);
        });
        if (area_m2_ > 20 && !view) on_floor(out, Preposition::On, 0.3);
        break;
      }
      case Part::LowTable:
        each([&](int i, const Kind& k, Part p) {
          if (p == Part::Sofa) before(out, i, true, 10);
          if (p == Part::Seat && k.name != "dining_chair") before(out, i, true, 4);
        });
        if (out.empty() || named) on_floor(out, Preposition::InMiddle, out.empty() ? 2 : 0.2);
        if (out.empty() || area_m2_ > 12) on_floor(out, Preposition::On, 0.1);
        break;
      case Part::SideTable:
        each([&](int i, const Kind& k, Part p) {
          if (p == Part::Bed && name == "nightstand") beside(out, i, true, 12 / (1.0 + users(i)));
          if (p == Part::Bed && name == "nightstand" && !back_wall(i)) beside(out, i, false, 6);
          if (p == Part::Sofa) beside(out, i, back_wall(i).has_value(), name == "side_table" ? 6 : 1);
          if (p == Part::Seat && name == "side_table" &&
              !one_of(k.name, {"dining_chair", "office_chair", "school_chair"}))
            beside(out, i, false, 6);
          if (k.name == "massage_table" || p == Part::Bed || k.name == "bathtub") beside(out, i, false, 2);
        });
        if (out.empty()) on_walls(out, 0.5);
        in_corners(out, 0.05);
        break;
      case Part::Table:
        if (is_rows_kind(name)) {
          each([&](int i, const Kind& k, Part) {
            if (k.name != name) return;
            apart(out, i, 6);
          });
        }
        on_floor(out, Preposition::InMiddle, n == 0 || !middle_taken() ? 2 : 0.05);
        on_floor(out, Preposition::On, area_m2_ > 12 ? 0.6 : 0.3);
        if (area_m2_ < 9) on_walls(out, 0.5);
        break;
      case Part::Centre:
        on_floor(out, Preposition::InMiddle, middle_taken() ? 0.1 : 2);
        on_floor(out, Preposition::On, 0.6);
        each([&](int i, const Kind& k, Part p) {
          if (k.name == name) apart(out, i, 3);
          if (name == "kitchen_island" && p == Part::Run && back_wall(i)) before_apart(out, i, 4);
        });
        if (area_m2_ < 10) on_walls(out, 0.5);
        if (one_of(name, {"easel", "fountain", "pedestal", "play_tent", "hammock", "swing"}))
          in_corners(out, 0.4);
        break;
      case Part::Desk:
        if (name == "school_desk") {
          each([&](int i, const Kind& k, Part) {
            if (k.name == name) {
              apart(out, i, 8);
              // Not between the others and the board.
              std::erase_if(out, [&](const Option& option) {
                return option.relations.front().preposition == Preposition::Behind;
              });
            }
            if (k.shape == Shape::Whiteboard || k.name == "teacher_desk") facing_away(out, i, 2);
          });
          if (out.empty()) on_floor(out, Preposition::On, 1);
          on_floor(out, Preposition::InMiddle, out.empty() ? 1 : 0.05);
        } else if (one_of(name, {"executive_desk", "teacher_desk", "reception_desk", "control_desk",
                                 "drafting_table", "lab_bench", "bar_counter", "counter"})) {
          on_floor(out, Preposition::InMiddle, middle_taken() || area_m2_ < 9 ? 0.1 : 0.8);
          on_floor(out, Preposition::On, area_m2_ < 9 ? 0.1 : 0.6);
          on_walls(out, area_m2_ < 14 ? 1 : 0.4);
          same_kind(4, true);
          each([&](int i, const Kind& k, Part) {
            if (k.name == name) apart(out, i, 3);
            if (name == "teacher_desk" && k.shape == Shape::Whiteboard) before(out, i, rng_.chance(0.5), 12);
          });
        } else {
          on_walls(out, 1);
          same_kind(5, true);
          if (area_m2_ > 16) {
            each([&](int i, const Kind& k, Part) {
              if (k.name == name && !back_wall(i)) apart(out, i, 4);
            });
            on_floor(out, Preposition::On, 0.15);
          }
        }
        break;
      case Part::Seat:
      case Part::Stool:
        // In a cinema everything looks at the screen, not at the drinks.
        if (room_.name != "home_theater" || !has_screen()) seats(4);
        if (one_of(name, {"theater_seat", "recliner"})) {
          each([&](int i, const Kind& k, Part p) {
            if (p == Part::Screen || is_screen(k))
              facing_host(out, i, {Preposition::InFront}, false, 6.0 / (1 + 3 * users(i)));
            if (k.name == name) {
              beside(out, i, false, 8);
              behind_row(out, i, 2);
            }
          });
        }
        if (name == "salon_chair" || name == "waiting_chair" || name == "throne")
          same_kind(5, name == "waiting_chair");
        if (name == "salon_chair")
          each([&](int i, const Kind& k, Part) {
            if (k.shape == Shape::Mirror)
              facing_host(out, i, {Preposition::InFront}, true, 8.0 / (1 + users(i)));
          });
        if ((room_.name == "home_theater" && has_screen())
                ? false
                : one_of(name, {"armchair", "recliner", "rocking_chair", "wicker_chair", "hanging_chair",
                                "gaming_chair"})) {
          each([&](int i, const Kind& k, Part p) {
            if (p == Part::Screen) facing_host(out, i, {Preposition::InFront}, false, 3);
            if (p == Part::Sofa) corner_to(out, i, 2.5);
            if (k.name == name) beside(out, i, back_wall(i).has_value(), 2);
            if (k.shape == Shape::Shelf && back_wall(i)) beside(out, i, true, 2.5);
            if (k.shape == Shape::Crib && back_wall(i)) beside(out, i, true, 3);
          });
          in_corners(out, 0.7);
          on_walls(out, 0.15);
        }
        if (out.empty()) {
          on_walls(out, 0.5);
          in_corners(out, 0.3);
          each([&](int i, const Kind& k, Part p) {
            if (p == Part::Seat && k.name != name) beside(out, i, false, 1);
            if (p == Part::WallUnit || p == Part::Run) facing_host(out, i, {Preposition::InFront}, true, 0.6);
            if (k.name == name) beside(out, i, back_wall(i).has_value(), 3);
          });
        }
        break;
      case Part::Run:
      case Part::WallUnit:
      case Part::Machine: {
        const bool walled = part != Part::Machine || kind.against_wall || area_m2_ < 16;
        if (walled) on_walls(out, part == Part::Run ? 0.5 : 0.8);
        if (!walled) on_floor(out, Preposition::On, 0.8);
        each([&](int i, const Kind& k, Part p) {
          const bool kin = p == part && (p != Part::WallUnit || k.name == name || rng_.chance(0.35));
          if (kin && back_wall(i)) beside(out, i, true, k.name == name || p == Part::Run ? 5 : 2.5);
          if (kin && !back_wall(i) && p == Part::Machine) beside(out, i, false, 5);
          if (p == Part::Bed && back_wall(i) && part == Part::WallUnit && kind.functional.front &&
              rng_.chance(0.4))
            across(out, i, 2);
          if (one_of(name, {"bench", "trunk"}) && p == Part::Bed && i == 0) before(out, i, true, 12);
          if (one_of(name, {"bench", "pew"}) && p == Part::Table)
            facing_host(out, i, {Preposition::InFront, Preposition::Behind}, true, 4);
          if (name == "pew" && (k.name == "altar" || k.name == "lectern"))
            facing_host(out, i, {Preposition::InFront}, false, 6);
          if (name == "pew" && k.name == "pew") behind_row(out, i, 5);
          if (part == Part::WallUnit && p == Part::Desk && back_wall(i)) beside(out, i, true, 1.5);
          if (part == Part::WallUnit && p == Part::Sofa && back_wall(i) && kind.max_size_m.x() < 1.6)
            beside(out, i, true, 1);
        });
        if (kind.shape == Shape::Shower || kind.shape == Shape::Toilet || name == "full_length_mirror" ||
            name == "locker" || part == Part::WallUnit)
          in_corners(out, 0.25);
        if (name == "full_length_mirror")
          each([&](int i, const Kind& k, Part) {
            if (k.shape == Shape::Wardrobe && back_wall(i)) beside(out, i, true, 4);
          });
        break;
      }
      case Part::Mat:
        each([&](int i, const Kind& k, Part p) {
          if (k.name == name) apart(out, i, 6);
          if (p == Part::LowTable && name != "yoga_mat")
            facing_host(
                out, i,
                {Preposition::InFront, Preposition::Behind, Preposition::LeftOf, Preposition::RightOf}, true,
                3);
          if (k.shape == Shape::Mirror) before(out, i, false, 1.5);
        });
        on_floor(out, Preposition::On, 0.3);
        if (!middle_taken()) on_floor(out, Preposition::InMiddle, 0.6);
        break;
      case Part::Rug:
        each([&](int i, const Kind& k, Part p) {
          if (taken(i, Preposition::Under)) return;
          if (p == Part::LowTable) under(out, i, 8);
          if (p == Part::Table) under(out, i, 5);
          if (p == Part::Bed) {
            under(out, i, 2);
            before(out, i, true, 2);
          }
          if (p == Part::Sofa || k.shape == Shape::Fireplace || k.shape == Shape::Bathtub ||
              k.shape == Shape::Sink)
            before(out, i, true, 2);
          if (p == Part::Seat && k.size_m.x() > 0.7) under(out, i, 1);
        });
        on_floor(out, Preposition::InMiddle, out.empty() ? 2 : 0.15);
        break;
      case Part::FloorLamp:
        each([&](int i, const Kind& k, Part p) {
          if (p == Part::Sofa || p == Part::Bed)
            beside(out, i, back_wall(i).has_value() && rng_.chance(0.6), 3);
          if (p == Part::Seat && k.size_m.x() > 0.65) beside(out, i, false, 3);
          if (p == Part::Desk) beside(out, i, false, 1.5);
        });
        in_corners(out, 0.5);
        break;
      case Part::Pouf:
        each([&](int i, const Kind& k, Part p) {
          if (p == Part::Sofa || (p == Part::Seat && k.size_m.x() > 0.65))
            facing_host(out, i, {Preposition::InFront}, true, 3);
          if (p == Part::LowTable)
            facing_host(out, i, {Preposition::InFront, Preposition::LeftOf, Preposition::RightOf}, true, 2);
          if (k.shape == Shape::Shelf) facing_host(out, i, {Preposition::InFront}, false, 1);
          if (k.name == name) apart(out, i, 1);
        });
        on_floor(out, Preposition::On, out.empty() ? 1 : 0.15);
        in_corners(out, 0.15);
        break;
      case Part::Plant:
      case Part::Small:
      case Part::Free:
        each([&](int i, const Kind& k, Part p) {
          if (p == Part::Sofa || p == Part::WallUnit || p == Part::Desk || p == Part::Bed ||
              p == Part::Screen || p == Part::Run)
            beside(out, i, back_wall(i).has_value() && rng_.chance(0.5), part == Part::Free ? 0.4 : 0.8);
          if (k.name == name) beside(out, i, back_wall(i).has_value(), 1.2);
          if (kind.shape == Shape::Speaker && (p == Part::Screen || is_screen(k)))
            beside(out, i, back_wall(i).has_value(), 5);
          if (kind.shape == Shape::Guitar && k.shape == Shape::Speaker) beside(out, i, false, 2);
          if (one_of(name, {"mannequin", "ironing_board"}) && p == Part::Desk) beside(out, i, false, 2);
          if (one_of(name, {"music_stand", "microphone_stand"}) &&
              (k.shape == Shape::Piano || k.shape == Shape::Drums))
            beside(out, i, false, 3);
        });
        in_corners(out, part == Part::Free ? 0.3 : 0.6);
        if (part == Part::Free) {
          const bool rack = kind.shape == Shape::Rack || kind.shape == Shape::Swing;
          on_floor(out, Preposition::On, rack ? 0.1 : 0.7);
          on_walls(out, rack ? 0.8 : 0.15);
        }
        break;
      case Part::OnTop:
        each([&](int i, const Kind& k, Part p) {
          if (!k.holds_things) return;
          const auto& host = graph_.objects[static_cast<std::size_t>(i)];
          if (host.size_m.z() > 1.4 || host.size_m.z() < 0.3 || !host.on_floor) return;
          double weight = 1.0 / (1 + 2 * users_on(i));
          if (p == Part::Bed || p == Part::Sofa)
            weight *= one_of(name, {"cushion", "blanket", "stuffed_animal"}) ? 5 : 0.02;
          if (kind.shape == Shape::Lamp && k.name == "nightstand") weight *= 8;
          if (kind.shape == Shape::Lamp && (p == Part::SideTable || p == Part::Desk)) weight *= 3;
          if (kind.shape == Shape::Monitor && p == Part::Desk) weight *= 10;
          if (is_screen(kind) && p == Part::Screen) weight *= 10;
          if (kind.shape == Shape::Machine && p == Part::Desk) weight *= 3;
          if (name == "microscope" && k.name == "lab_bench") weight *= 6;
          if (name == "sewing_machine" && (k.name == "sewing_table" || k.name == "worktable")) weight *= 10;
          if (one_of(name,
                     {"microwave", "coffee_machine", "espresso_machine", "toaster", "kettle", "mixer"}) &&
              p == Part::Run)
            weight *= 5;
          if (name == "desk_lamp" && p == Part::Desk) weight *= 6;
          if (one_of(name, {"vase", "fruit_bowl", "candelabra", "candle", "dinnerware", "tea_set"}) &&
              (p == Part::Table || p == Part::LowTable))
            weight *= 4;
          Option option;
          option.relations.push_back(to(Preposition::On, i));
          option.yaw_rad = yaw_of(i);
          option.facing = Target(scene::element_of(faced_wall(option.yaw_rad)));
          option.weight = weight;
          out.push_back(std::move(option));
        });
        break;
      case Part::Hung:
        for (const Wall wall : kWalls) {
          const double yaw = turn(scene::inward_yaw_rad(wall));
          const Target facing(scene::element_of(opposite(wall)));
          // One place to look at: a screen goes over the stand or the fire, where there is one.
          bool elsewhere = false;
          if (is_screen(kind))
            for (int i = 0; i < n; ++i)
              elsewhere = elsewhere || (part_of(kind_of(i)) == Part::Screen && back_wall(i) != wall);
          double hung = elsewhere ? 20 : 0;
          for (int i = 0; i < n; ++i)
            if (part_of(kind_of(i)) == Part::Hung && back_wall(i) == wall) hung += 1;
          out.push_back({{to(Preposition::On, scene::element_of(wall))},
                         yaw,
                         facing,
                         graph_.size.wall_length_m(wall) * 0.25 / (1 + hung),
                         graph_.size.wall_length_m(wall)});
          each([&](int i, const Kind& k, Part p) {
            const auto& host = graph_.objects[static_cast<std::size_t>(i)];
            if (back_wall(i) != wall || p == Part::Hung || host.size_m.z() > 1.3 ||
                taken(i, Preposition::Above))
              return;
            double weight = 1.2;
            if (kind.shape == Shape::Mirror &&
                (k.shape == Shape::Sink ||
                 one_of(k.name, {"vanity_table", "console_table", "dresser", "bathroom_vanity"})))
              weight = 10;
            if (kind.shape == Shape::Picture && (p == Part::Sofa || p == Part::Bed || p == Part::Screen))
              weight = 3;
            if (is_screen(kind) && (p == Part::Screen || k.name == "dresser")) weight = 8;
            if (name == "range_hood" && k.shape == Shape::Stove) weight = 20;
            if ((kind.shape == Shape::Shelf || kind.shape == Shape::Cabinet) &&
                (p == Part::Desk || p == Part::Run))
              weight = 3;
            if (name == "pegboard" && p == Part::Desk) weight = 6;
            out.push_back({{to(Preposition::On, scene::element_of(wall)), to(Preposition::Above, i, false)},
                           yaw,
                           facing,
                           weight,
                           graph_.size.wall_length_m(wall)});
          });
          each([&](int i, const Kind&, Part p) {
            const bool viewer = p == Part::Sofa || p == Part::Bed;
            if (!viewer || (!is_screen(kind) && kind.shape != Shape::Whiteboard)) return;
            if (std::abs(turn(yaw_of(i)) - turn(scene::facing_yaw_rad(wall))) > 1e-6) return;
            out.push_back({{to(Preposition::On, scene::element_of(wall)), to(Preposition::InFront, i, false)},
                           yaw,
                           Target(ObjectRef{i}),
                           8,
                           graph_.size.wall_length_m(wall)});
          });
        }
        break;
      case Part::Ceiling: {
        const Target facing(Element::NorthWall);
        out.push_back({{to(Preposition::On, Element::Ceiling)}, 0.0, facing, 0.7, 1e9});
        out.push_back({{to(Preposition::On, Element::Ceiling), to(Preposition::InMiddle, Element::Middle)},
                       0.0,
                       facing,
                       0.5,
                       1e9});
        each([&](int i, const Kind& k, Part p) {
          if (taken(i, Preposition::Above)) return;
          const double weight = p == Part::Table                                             ? 4
                                : p == Part::LowTable || p == Part::Bed || p == Part::Centre ? 1.5
                                : k.shape == Shape::Crib                                     ? 5
                                                                                             : 0;
          if (weight > 0)
            out.push_back({{to(Preposition::On, Element::Ceiling), to(Preposition::Above, i, false)},
                           0.0,
                           facing,
                           weight,
                           1e9});
        });
        break;
      }
    }
    return out;
  }

  bool has_screen() const {
    return std::ranges::any_of(graph_.objects, [](const scene::SceneObject& o) {
      const Kind& kind = scene::kind_or_default(o.kind);
      return part_of(kind) == Part::Screen || is_screen(kind);
    });
  }
  static bool is_single(string_view name) {
    return one_of(name, {"single_bed", "bunk_bed", "loft_bed", "crib", "daybed", "bassinet"});
  }
  bool middle_taken() const {
    return std::ranges::any_of(graph_.objects, [&](const scene::SceneObject& o) {
      if (scene::kind_or_default(o.kind).flat || !o.on_floor) return false;
      return std::ranges::any_of(o.relations,
                                 [](const Relation& r) { return r.preposition == Preposition::InMiddle; });
    });
  }
  int users_on(int host) const {
    int count = 0;
    for (const auto& object : graph_.objects)
      for (const Relation& r : object.relations) {
        const ObjectRef* ref = std::get_if<ObjectRef>(&r.target);
        count += ref != nullptr && ref->index == host && r.preposition == Preposition::On ? 1 : 0;
      }
    return count;
  }
  /// On the wall that the host looks at, in front of it and turned towards it.
  void across(std::vector<Option>& out, int host, double weight) const {
    const Wall wall = faced_wall(yaw_of(host));
    out.push_back({{to(Preposition::On, scene::element_of(wall)), to(Preposition::InFront, host, false)},
                   turn(yaw_of(host) + kPi),
                   Target(ObjectRef{host}),
                   taken(host, Preposition::InFront) ? 0.4 * weight : weight,
                   1e9});
  }
  /// At a right angle to a sofa, looking across the space in front of it.
  void corner_to(std::vector<Option>& out, int host, double weight) const {
    facing_host(out, host, {Preposition::InFront}, false, 0.6 * weight);
    const double yaw = yaw_of(host);
    for (const int side : {-1, 1}) {
      Option option;
      option.relations.push_back(to(Preposition::InFront, host, false));
      option.yaw_rad = turn(yaw + side * kPi / 2);
      option.facing = Target(scene::element_of(faced_wall(option.yaw_rad)));
      option.weight = 0.7 * weight;
      out.push_back(std::move(option));
    }
  }
  /// A further piece of the same kind at some distance, looking the same way.
  void apart(std::vector<Option>& out, int host, double weight) const {
    for (const Preposition p :
         {Preposition::LeftOf, Preposition::RightOf, Preposition::Behind, Preposition::InFront}) {
      Option option;
      option.relations.push_back(to(p, host, false));
      option.yaw_rad = yaw_of(host);
      option.facing = Target(scene::element_of(faced_wall(option.yaw_rad)));
      option.weight = taken(host, p) ? 0.2 * weight : weight;
      out.push_back(std::move(option));
    }
  }
  void before_apart(std::vector<Option>& out, int host, double weight) const {
    Option option;
    option.relations.push_back(to(Preposition::InFront, host, false));
    option.yaw_rad = yaw_of(host);
    option.facing = Target(scene::element_of(faced_wall(option.yaw_rad)));
    option.weight = taken(host, Preposition::InFront) ? 0.2 * weight : weight;
    out.push_back(std::move(option));
  }
  void behind_row(std::vector<Option>& out, int host, double weight) const {
    Option option;
    option.relations.push_back(to(Preposition::Behind, host, false));
    option.yaw_rad = yaw_of(host);
    option.facing = Target(scene::element_of(faced_wall(option.yaw_rad)));
    option.weight = taken(host, Preposition::Behind) ? 0.2 * weight : weight;
    out.push_back(std::move(option));
  }
  /// Desks that turn their back to the teacher's side, so that pupils look at it.
  void facing_away(std::vector<Option>& out, int host, double weight) const {
    Option option;
    option.relations.push_back(to(Preposition::InFront, host, false));
    option.yaw_rad = yaw_of(host);
    option.facing = Target(scene::element_of(faced_wall(option.yaw_rad)));
    option.weight = weight;
    out.push_back(std::move(option));
  }
  void under(std::vector<Option>& out, int host, double weight) const {
    Option option;
    option.relations.push_back(to(Preposition::Under, host, true));
    option.yaw_rad = yaw_of(host);
    option.facing = Target(scene::element_of(faced_wall(option.yaw_rad)));
    option.weight = weight;
    out.push_back(std::move(option));
  }

  bool add(const Want& want) {
    const Kind& kind = *want.kind;
    std::vector<Option> choices = options_for(kind, want.named);
    if (choices.empty()) return false;
    const int index = static_cast<int>(graph_.objects.size());
    scene::SceneObject object;
    object.kind = kind.name;
    int number = 1;
    for (const auto& other : graph_.objects) number += other.kind == kind.name ? 1 : 0;
    object.id = fmt::format("{}_{}", kind.name, number);
    object.style = !want.style.empty()       ? want.style
                   : !reading_.style.empty() ? reading_.style
                                             : default_style_;
    object.material = !want.material.empty() ? want.material : string(kind.default_material);
    object.on_floor = kind.support == SupportKind::Floor;
    graph_.objects.push_back(std::move(object));
    placer_->resize();
    auto& mine = graph_.objects.back();
    std::vector<double> key(choices.size());
    for (int pass = 0; pass < 3; ++pass) {
      // Weighted order: the largest of u^(1/w) first.
      for (std::size_t i = 0; i < choices.size(); ++i)
        key[i] = std::log(std::max(1e-12, rng_.uniform())) / std::max(1e-6, choices[i].weight);
      std::vector<std::size_t> order(choices.size());
      for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
      std::ranges::sort(order, [&](std::size_t a, std::size_t b) { return key[a] > key[b]; });
      const std::size_t most = pass == 0 ? 10 : want.named ? 40 : 16;
      for (std::size_t k = 0; k < order.size() && k < most; ++k) {
        const Option& option = choices[order[k]];
        mine.size_m = size_for(kind, pass);
        if (mine.size_m.x() > option.longest_m) continue;
        if (part_of(kind) == Part::OnTop) {
          const auto& host = graph_.objects[static_cast<std::size_t>(
              std::get<ObjectRef>(option.relations.front().target).index)];
          mine.size_m.x() = std::min(mine.size_m.x(), host.size_m.x());
          mine.size_m.y() = std::min(mine.size_m.y(), host.size_m.y());
        }
        mine.relations = option.relations;
        mine.file_yaw_rad = option.yaw_rad;
        mine.facing = option.facing;
        Placer::Wish wish;
        wish.strict = true;
        wish.keep_access = pass < 2;
        wish.relax = false;
        wish.thorough = pass == 2 && want.named;
        if (placer_->place(index, rng_, wish)) return true;
      }
      if (pass == 1 && !want.named && index >= 4) break;
    }
    graph_.objects.pop_back();
    placer_->resize();
    return false;
  }

  // ------------------------------------------------------------------------------------- more relations

  /// Objects that relate to no other one get a true statement about a neighbour, until there is about one
  /// relation to another object for each.
  void relate_more() {
    const int n = static_cast<int>(graph_.objects.size());
    int have = 0;
    for (const auto& object : graph_.objects)
      for (const Relation& r : object.relations) have += std::holds_alternative<ObjectRef>(r.target) ? 1 : 0;
    struct Fact {
      int object;
      Relation relation;
      double worth;
    };
    std::vector<Fact> facts;
    const Layout& layout = placer_->layout();
    for (int i = 1; i < n; ++i) {
      auto& object = graph_.objects[static_cast<std::size_t>(i)];
      const Part part = part_of(kind_of(i));
      if ((!object.on_floor && part != Part::Hung) || part == Part::Rug || object.relations.size() >= 3)
        continue;
      int own = 0;
      for (const Relation& r : object.relations) own += std::holds_alternative<ObjectRef>(r.target) ? 1 : 0;
      if (own >= 3) continue;
      const Vec3& p = layout.poses[static_cast<std::size_t>(i)].position_m;
      for (int j = 0; j < i; ++j) {
        const auto& other = graph_.objects[static_cast<std::size_t>(j)];
        const Part other_part = part_of(kind_of(j));
        if (!other.on_floor || other_part == Part::Rug || other_part == Part::Plant ||
            other_part == Part::Small)
          continue;
        const bool known = std::ranges::any_of(object.relations, [&](const Relation& r) {
          const ObjectRef* ref = std::get_if<ObjectRef>(&r.target);
          return ref != nullptr && ref->index == j;
        });
        if (known) continue;
        for (const Preposition prep :
             {Preposition::LeftOf, Preposition::RightOf, Preposition::InFront, Preposition::Behind}) {
          for (const bool adjacent : {true, false}) {
            const Relation relation = to(prep, j, adjacent);
            object.relations.push_back(relation);
            const auto regions =
                physics::relation_regions(graph_, layout, i, static_cast<int>(object.relations.size()) - 1);
            object.relations.pop_back();
            const bool holds = std::ranges::any_of(regions, [&](const physics::RelationRegion& r) {
              return physics::move_into(r, p).norm() < 1e-9;
            });
            if (!holds) continue;
            // Near neighbours and things of weight make the clearest statements.
            const double distance =
                (layout.poses[static_cast<std::size_t>(j)].position_m - p).head<2>().norm();
            facts.push_back({i, relation,
                             (own == 0   ? 3.0
                              : own == 1 ? 0.6
                                         : 0.0) +
                                 (adjacent ? 0.7 : 0.0) - 0.4 * distance + rng_.uniform(0, 1.5)});
            break;  // the narrower statement is enough
          }
        }
      }
    }
    std::ranges::stable_sort(facts, [](const Fact& a, const Fact& b) { return a.worth > b.worth; });
    for (const Fact& fact : facts) {
      if (have >= n) break;
      auto& relations = graph_.objects[static_cast<std::size_t>(fact.object)].relations;
      if (relations.size() >= 3) continue;
      int own = 0;
      for (const Relation& r : relations) own += std::holds_alternative<ObjectRef>(r.target) ? 1 : 0;
      if (own >= 3) continue;
      relations.push_back(fact.relation);
      ++have;
    }
  }

  const Reading& reading_;
  const RoomKind& room_;
  Rng& rng_;
  const DesignOptions& options_;
  Placer* placer_ = nullptr;
  std::vector<Want> wants_;
  double area_m2_ = 0;
  double stretch_ = 1;
  int target_ = 8;
  string default_style_ = rng_.pick(
      std::array<string, 6>{"modern", "contemporary", "classic", "scandinavian", "rustic", "traditional"});
};

const RoomKind& room_kind_for(const Reading& reading) {
  if (const RoomKind* found = find_room_kind(reading.words, reading.head_end); found != nullptr)
    return *found;
  // Nothing names the room: it is the kind whose usual things are named most.
  const RoomKind* best = &room_kinds().front();
  double most = 0;
  for (const RoomKind& kind : room_kinds()) {
    if (kind.weak) continue;
    double score = 0;
    double place = 1;
    for (const Usual& usual : kind.usual) {
      for (const Mention& mention : reading.mentions)
        if (std::ranges::find(usual.kinds, mention.kind->name) != usual.kinds.end()) score += place;
      place *= 0.8;
    }
    if (score > most) {
      most = score;
      best = &kind;
    }
  }
  return *best;
}

}  // namespace

Result<FurnishedRoom> design_and_solve(const scene::RoomDescription& description, Rng& rng,
                                       const DesignOptions& options) {
  const scene::RoomSize& size = description.size;
  const auto within = [](double v, double lo, double hi) { return std::isfinite(v) && v >= lo && v <= hi; };
  if (!within(size.height_m, 1.8, 12.0))
    return invalid(fmt::format("height is {} m; expected 1.8 to 12 m", scene::format_number(size.height_m)));
  if (!within(size.length_m, 1.2, 40.0) || !within(size.width_m, 1.2, 40.0))
    return invalid(fmt::format("floor is {} x {} m; expected sides of 1.2 to 40 m",
                               scene::format_number(size.length_m), scene::format_number(size.width_m)));
  const Reading reading = read_description(description.description);
  const RoomKind& kind = room_kind_for(reading);
  FurnishedRoom best;
  double least = 1e9;
  for (int attempt = 0; attempt < std::max(1, options.attempts); ++attempt) {
    Designer designer(description, reading, kind, rng, options);
    const double bad = designer.run();
    if (bad < least &&
        physics::check(designer.graph_, designer.layout_, physics::physical_rules()).faults.empty()) {
      least = bad;
      best.graph = std::move(designer.graph_);
      best.layout = std::move(designer.layout_);
      best.notes.dropped = std::move(designer.dropped_);
    }
    if (least < 1) break;
  }
  if (best.graph.objects.empty()) return invalid("no object has a place in this room");
  best.notes.room_kind = kind.name;
  best.notes.room_named = find_room_kind(reading.words, reading.head_end) != nullptr;
  for (const Mention& mention : reading.mentions) best.notes.named.emplace_back(mention.kind->name);
  best.notes.not_understood = reading.not_understood;
  return best;
}

Result<SceneGraph> design_room(const scene::RoomDescription& description, Rng& rng,
                               const DesignOptions& options, DesignNotes* notes) {
  METASPATIAL_TRY(FurnishedRoom room, design_and_solve(description, rng, options));
  if (notes != nullptr) *notes = std::move(room.notes);
  return std::move(room.graph);
}

std::uint64_t signature(const SceneGraph& graph) {
  std::string text;
  for (const auto& object : graph.objects) {
    text += fmt::format("{}:{:.0f},{:.0f},{:.0f}:{:.0f}", object.kind, object.size_m.x() * 1000,
                        object.size_m.y() * 1000, object.size_m.z() * 1000,
                        object.file_yaw_rad ? *object.file_yaw_rad * 1000 : -1.0);
    for (const Relation& r : object.relations) {
      text += fmt::format("|{}", scene::name(r.preposition));
      if (const Element* e = std::get_if<Element>(&r.target))
        text += scene::name(*e);
      else
        text += fmt::format("#{}{}", std::get<ObjectRef>(r.target).index, r.adjacent ? "+" : "-");
    }
    text += ';';
  }
  return hash_bytes(text);
}

}  // namespace metaspatial::curate
