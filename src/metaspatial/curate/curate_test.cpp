#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include "metaspatial/base/files.hpp"
#include "metaspatial/curate/designer.hpp"
#include "metaspatial/curate/flawed.hpp"
#include "metaspatial/curate/room_kinds.hpp"
#include "metaspatial/curate/solver.hpp"
#include "metaspatial/curate/words.hpp"
#include "metaspatial/physics/rules.hpp"
#include "metaspatial/scene/floor_plan.hpp"
#include "metaspatial/scene/io.hpp"
#include "metaspatial/scene/kinds.hpp"

namespace metaspatial::curate {
namespace {

using scene::ObjectRef;
using scene::Relation;

FurnishedRoom room_of(const std::string& text, double x, double y, double z = 3, std::uint64_t seed = 1) {
  Rng rng(seed);
  auto room = design_and_solve({text, {x, y, z}}, rng);
  EXPECT_TRUE(room.has_value()) << text;
  return room ? *std::move(room) : FurnishedRoom{};
}

int count_of(const SceneGraph& graph, std::string_view kind) {
  return static_cast<int>(std::ranges::count(graph.objects, kind, &scene::SceneObject::kind));
}

std::vector<scene::RoomDescription> descriptions(const std::string& name) {
  const std::string path = std::string(METASPATIAL_SOURCE_DIR) + "/data/descriptions/" + name;
  const auto text = read_file(path);
  EXPECT_TRUE(text.has_value()) << path;
  std::vector<scene::RoomDescription> list;
  if (!text) return list;
  const auto file = scene::read_descriptions(*text, path);
  EXPECT_TRUE(file.has_value());
  if (!file) return list;
  for (const auto& entry : file->entries) {
    EXPECT_TRUE(entry.has_value());
    if (entry) list.push_back(*entry);
  }
  return list;
}

bool on_grid(double v) {
  return std::abs(v / 0.05 - std::round(v / 0.05)) < 1e-6;
}

bool same(const Layout& a, const Layout& b) {
  if (a.poses.size() != b.poses.size()) return false;
  for (std::size_t i = 0; i < a.poses.size(); ++i)
    if (a.poses[i].position_m != b.poses[i].position_m || a.poses[i].yaw_rad != b.poses[i].yaw_rad)
      return false;
  return true;
}

// --------------------------------------------------------------------------------------------------- words

TEST(Words, FindsObjectsWithNumberAndAdjectives) {
  const Reading reading =
      read_description("A quiet study with two red velvet armchairs, a desk and an antique globe.");
  std::set<std::string> kinds;
  for (const Mention& mention : reading.mentions) kinds.insert(std::string(mention.kind->name));
  EXPECT_TRUE(kinds.contains("armchair"));
  EXPECT_TRUE(kinds.contains("desk"));
  EXPECT_TRUE(kinds.contains("globe"));
  const auto chair =
      std::ranges::find_if(reading.mentions, [](const Mention& m) { return m.kind->name == "armchair"; });
  EXPECT_EQ(chair->count, 2);
  EXPECT_EQ(chair->material, "red velvet");
  const auto globe =
      std::ranges::find_if(reading.mentions, [](const Mention& m) { return m.kind->name == "globe"; });
  EXPECT_EQ(globe->style, "antique");
  EXPECT_TRUE(reading.not_understood.empty());
}

TEST(Words, ReadsNamesAcrossAdjectives) {
  const Reading reading = read_description("A dining area with a round glass table.");
  ASSERT_EQ(reading.mentions.size(), 1U);
  EXPECT_EQ(reading.mentions[0].kind->name, "round_table");
}

TEST(Words, ListsNounsThatAreNotUnderstood) {
  const Reading reading = read_description("A cabin with a sofa, a zorbuloid and two quixotrons.");
  EXPECT_EQ(reading.not_understood, (std::vector<std::string>{"zorbuloid", "quixotron"}));
}

TEST(Words, WhatIsSeenOutsideIsNotInTheRoom) {
  const Reading reading =
      read_description("A sunny room overlooking a garden bench and a fountain, with a desk.");
  for (const Mention& mention : reading.mentions) EXPECT_NE(mention.kind->name, "garden_bench");
  EXPECT_TRUE(std::ranges::any_of(reading.mentions, [](const Mention& m) { return m.kind->name == "desk"; }));
}

TEST(Words, AnyBytesAreRead) {
  Rng rng(5);
  for (int i = 0; i < 300; ++i) {
    std::string bytes(rng.below(400), ' ');
    for (char& c : bytes) c = static_cast<char>(rng.below(256));
    (void)read_description(bytes);
  }
  (void)read_description("");
  (void)read_description(std::string(200000, 's'));
}

TEST(RoomKinds, NameOnlyKindsOfTheCatalogue) {
  EXPECT_GE(room_kinds().size(), 25U);
  for (const RoomKind& room : room_kinds()) {
    EXPECT_GE(room.usual.size(), 10U) << room.name;
    for (const Usual& usual : room.usual)
      for (const std::string_view kind : usual.kinds)
        EXPECT_NE(scene::find_kind(kind), nullptr) << room.name << ": " << kind;
    for (const Meaning& meaning : room.meanings) {
      EXPECT_NE(scene::find_kind(meaning.generic), nullptr) << room.name << ": " << meaning.generic;
      EXPECT_NE(scene::find_kind(meaning.here), nullptr) << room.name << ": " << meaning.here;
    }
  }
}

TEST(RoomKinds, AreRecognisedInTheHead) {
  const auto kind = [](std::string_view text) {
    const Reading reading = read_description(text);
    const RoomKind* found = find_room_kind(reading.words, reading.head_end);
    return found == nullptr ? std::string("none") : std::string(found->name);
  };
  EXPECT_EQ(kind("A cozy attic bedroom with a window seat."), "bedroom");
  EXPECT_EQ(kind("A spacious kitchen with a dining area and an island."), "kitchen");
  EXPECT_EQ(kind("A home office in a converted garage."), "home_office");
  EXPECT_EQ(kind("An old café with small tables."), "cafe");
  EXPECT_EQ(kind("A cozy attic with a trunk."), "attic");
  EXPECT_EQ(kind("Something else entirely."), "none");
}

// ---------------------------------------------------------------------------------------------- the designer

TEST(Designer, WhatTheWordsNameIsThere) {
  struct Case {
    const char* text;
    std::vector<std::pair<const char*, int>> kinds;
  };
  const std::vector<Case> cases = {
      {"A parlor with a grand piano and a fireplace.", {{"grand_piano", 1}, {"fireplace", 1}}},
      {"A bedroom with a canopy bed, two nightstands and a wardrobe.",
       {{"canopy_bed", 1}, {"nightstand", 2}, {"wardrobe", 1}}},
      {"A library with a telescope, a globe and two leather armchairs.",
       {{"telescope", 1}, {"globe", 1}, {"armchair", 2}}},
      {"A gym with a treadmill and a punching bag.", {{"treadmill", 1}, {"punching_bag", 1}}},
      {"A bathroom with a freestanding bathtub and a toilet.", {{"bathtub", 1}, {"toilet", 1}}},
      {"A garage with a car and a workbench.", {{"car", 1}, {"workbench", 1}}},
  };
  for (const Case& c : cases) {
    for (std::uint64_t seed = 0; seed < 5; ++seed) {
      const FurnishedRoom room = room_of(c.text, 6, 5, 3, seed);
      for (const auto& [kind, count] : c.kinds)
        EXPECT_GE(count_of(room.graph, kind), count) << c.text << " " << kind;
      EXPECT_TRUE(room.notes.dropped.empty());
    }
  }
}

TEST(Designer, RoomsKeepTheirPromises) {
  const auto list = descriptions("train.json");
  int objects = 0;
  int object_relations = 0;
  std::vector<int> counts;
  for (std::size_t k = 0; k < list.size(); k += 4) {
    Rng rng({11, k});
    const auto made = design_and_solve(list[k], rng);
    ASSERT_TRUE(made.has_value()) << list[k].description;
    const SceneGraph& graph = made->graph;
    const int n = static_cast<int>(graph.objects.size());
    EXPECT_LE(n, 12);
    EXPECT_GE(n, 4) << list[k].description;
    counts.push_back(n);
    std::set<std::string> ids;
    for (int i = 0; i < n; ++i) {
      const auto& object = graph.objects[static_cast<std::size_t>(i)];
      EXPECT_TRUE(ids.insert(object.id).second) << object.id;
      EXPECT_GE(object.relations.size(), 1U);
      EXPECT_LE(object.relations.size(), 3U);
      ASSERT_TRUE(object.file_yaw_rad.has_value());
      const double quarters = *object.file_yaw_rad / (scene::kPi / 2);
      EXPECT_NEAR(quarters, std::round(quarters), 1e-9);
      const bool flat = scene::kind_or_default(object.kind).flat;
      for (Eigen::Index a = 0; a < 3; ++a)
        if (a < 2 || !flat) {
          EXPECT_NEAR(object.size_m[a] * 10, std::round(object.size_m[a] * 10), 1e-6) << object.id;
        }
      for (const scene::Relation& r : object.relations) {
        if (const auto* ref = std::get_if<ObjectRef>(&r.target)) {
          ++object_relations;
          EXPECT_LT(ref->index, i) << "targets come first: " << object.id;
          EXPECT_GE(ref->index, 0);
        }
      }
    }
    objects += n;
    EXPECT_GE(graph.openings.size(), 1U);
    // Which opening is which can be told from a picture: doors first, then wall by wall, and along each.
    std::array<int, 2> numbers{};
    for (std::size_t o = 0; o < graph.openings.size(); ++o) {
      const auto& opening = graph.openings[o];
      const bool door = opening.kind == scene::OpeningKind::Door;
      EXPECT_EQ(opening.id, (door ? "door_" : "window_") + std::to_string(++numbers[door ? 0 : 1]));
      if (o == 0) continue;
      const auto& before = graph.openings[o - 1];
      if (before.kind == opening.kind) {
        EXPECT_TRUE(before.wall < opening.wall ||
                    (before.wall == opening.wall && before.centre_m < opening.centre_m));
      } else {
        EXPECT_EQ(before.kind, scene::OpeningKind::Door);
      }
    }
    EXPECT_TRUE(physics::check(graph, made->layout, physics::physical_rules()).faults.empty())
        << list[k].description;
  }
  std::ranges::sort(counts);
  EXPECT_GE(counts[counts.size() / 2], 8);
  const double per_object = static_cast<double>(object_relations) / objects;
  EXPECT_GT(per_object, 0.85);
  EXPECT_LT(per_object, 1.3);
}

TEST(Designer, SaysWhyARoomIsImpossible) {
  Rng rng(1);
  for (const scene::RoomSize size :
       {scene::RoomSize{4, 4, 0}, scene::RoomSize{4, 4, 1.5}, scene::RoomSize{0.5, 4, 3},
        scene::RoomSize{4, 400, 3}, scene::RoomSize{4, 4, std::nan("")}, scene::RoomSize{-4, 4, 3}}) {
    const auto room = design_and_solve({"A room.", size}, rng);
    ASSERT_FALSE(room.has_value());
    EXPECT_EQ(room.error().code, ErrorCode::InvalidInput);
    EXPECT_FALSE(room.error().message.empty());
  }
  for (const scene::RoomSize size : {scene::RoomSize{1.2, 1.2, 1.8}, scene::RoomSize{40, 40, 12},
                                     scene::RoomSize{3.33, 2.71, 2.513}, scene::RoomSize{1.5, 12, 2.5}}) {
    const auto room = design_and_solve({"A library with a piano and a sofa.", size}, rng);
    if (!room) continue;
    EXPECT_TRUE(physics::check(room->graph, room->layout, physics::physical_rules()).faults.empty());
  }
}

TEST(Designer, SameSeedSameRoom) {
  for (const char* text : {"A cafe with round tables.", "A nursery with a crib and a rocking chair."}) {
    const FurnishedRoom a = room_of(text, 5, 4, 2.7, 42);
    const FurnishedRoom b = room_of(text, 5, 4, 2.7, 42);
    EXPECT_EQ(dump_json(scene::room_row_json(a.graph)), dump_json(scene::room_row_json(b.graph)));
    EXPECT_TRUE(same(a.layout, b.layout));
    EXPECT_EQ(signature(a.graph), signature(b.graph));
    const FurnishedRoom c = room_of(text, 5, 4, 2.7, 43);
    EXPECT_NE(signature(a.graph), signature(c.graph));
  }
}

TEST(Designer, SignatureIgnoresNamesAndSeesRelations) {
  const FurnishedRoom room = room_of("A bedroom with a bed.", 5, 4);
  SceneGraph renamed = room.graph;
  renamed.user_preference = "other words";
  for (auto& object : renamed.objects) object.id += "0";
  EXPECT_EQ(signature(room.graph), signature(renamed));
  SceneGraph changed = room.graph;
  changed.objects.back().relations.pop_back();
  EXPECT_NE(signature(room.graph), signature(changed));
}

TEST(Designer, TrainingAndHeldOutRoomsShareNoDescriptionAndNoSignature) {
  const auto train = descriptions("train.json");
  const auto heldout = descriptions("heldout.json");
  EXPECT_GE(train.size(), 400U);
  EXPECT_GE(heldout.size(), 120U);
  std::set<std::string> words;
  std::set<std::uint64_t> signatures;
  for (std::size_t k = 0; k < train.size(); ++k) {
    words.insert(train[k].description);
    Rng rng({3, k});
    if (const auto room = design_and_solve(train[k], rng)) signatures.insert(signature(room->graph));
  }
  for (std::size_t k = 0; k < heldout.size(); ++k) {
    EXPECT_FALSE(words.contains(heldout[k].description)) << heldout[k].description;
    Rng rng({4, k});
    const auto room = design_and_solve(heldout[k], rng);
    ASSERT_TRUE(room.has_value()) << heldout[k].description;
    EXPECT_FALSE(signatures.contains(signature(room->graph)));
  }
}

TEST(Designer, HeldOutKindsOfRoomsAreNotTrainedOn) {
  std::set<std::string> trained_kinds;
  std::set<std::uint64_t> signatures;
  const auto train = descriptions("train.json");
  for (std::size_t k = 0; k < train.size(); ++k) {
    Rng rng({3, k});
    const auto room = design_and_solve(train[k], rng);
    if (!room) continue;
    trained_kinds.insert(room->notes.room_kind);
    signatures.insert(signature(room->graph));
  }
  const auto heldout = descriptions("heldout_kinds.json");
  EXPECT_GE(heldout.size(), 120U);
  std::set<std::string> kinds;
  for (std::size_t k = 0; k < heldout.size(); ++k) {
    Rng rng({4, k});
    const auto room = design_and_solve(heldout[k], rng);
    ASSERT_TRUE(room.has_value()) << heldout[k].description;
    EXPECT_TRUE(room->notes.room_named) << heldout[k].description;
    EXPECT_FALSE(trained_kinds.contains(room->notes.room_kind)) << heldout[k].description;
    EXPECT_FALSE(signatures.contains(signature(room->graph))) << heldout[k].description;
    kinds.insert(room->notes.room_kind);
  }
  EXPECT_EQ(kinds.size(), 8U);
}

// ------------------------------------------------------------------------------------ solver and corrector

TEST(Solver, LayoutsHaveNoFaultAndLieOnTheGrid) {
  const auto list = descriptions("heldout.json");
  int solved = 0;
  int tried = 0;
  for (std::size_t k = 0; k < list.size(); k += 2) {
    Rng rng({21, k});
    const auto room = design_and_solve(list[k], rng);
    ASSERT_TRUE(room.has_value());
    ++tried;
    const auto layout = solve(room->graph, rng);
    if (!layout) continue;
    ++solved;
    EXPECT_TRUE(physics::check(room->graph, *layout, physics::physical_rules()).faults.empty())
        << list[k].description;
    const bool grid_room = on_grid(room->graph.size.length_m) && on_grid(room->graph.size.width_m);
    for (std::size_t i = 0; grid_room && i < layout->poses.size(); ++i) {
      EXPECT_TRUE(on_grid(layout->poses[i].position_m.x())) << room->graph.objects[i].id;
      EXPECT_TRUE(on_grid(layout->poses[i].position_m.y())) << room->graph.objects[i].id;
    }
  }
  EXPECT_GE(solved, 0.95 * tried);
}

/// Five objects on walls, one beside another, one anywhere: for any floor of 6 x 5 m.
SceneGraph polygonal_room(std::vector<scene::Vec2> floor_m) {
  SceneGraph graph;
  graph.size = {6, 5, 2.8};
  graph.floor_m = std::move(floor_m);
  const auto add = [&](const char* id, const scene::Vec3& size_m, double yaw_deg, const Relation& relation,
                       bool on_floor = true) {
    scene::SceneObject object;
    object.id = id;
    object.kind = scene::kind_from_id(id);
    object.size_m = size_m;
    object.file_yaw_rad = scene::rad_from_deg(yaw_deg);
    object.relations = {relation};
    object.on_floor = on_floor;
    graph.objects.push_back(object);
  };
  using scene::Element;
  using scene::Preposition;
  add("bed_1", {1.6, 2.0, 0.6}, 180, {Preposition::On, Element::NorthWall});
  add("nightstand_1", {0.4, 0.4, 0.6}, 180, {Preposition::LeftOf, ObjectRef{0}, true});
  add("wardrobe_1", {1.2, 0.6, 2.0}, 270, {Preposition::On, Element::EastWall});
  add("desk_1", {1.2, 0.6, 0.8}, 90, {Preposition::On, Element::WestWall});
  add("armchair_1", {0.8, 0.8, 0.9}, 0, {Preposition::On, Element::SouthWall});
  add("rug_1", {1.6, 1.0, 0.02}, 0, {Preposition::On, Element::Middle});
  add("painting_1", {0.8, 0.1, 0.6}, 180, {Preposition::On, Element::NorthWall}, false);
  return graph;
}

TEST(Solver, FurnishesPolygonalFloors) {
  const std::vector<std::vector<scene::Vec2>> floors = {
      {{0, 0}, {6, 0}, {6, 2.6}, {3.4, 2.6}, {3.4, 5}, {0, 5}},                  // L
      {{2.6, 0}, {6, 0}, {6, 5}, {0, 5}, {0, 2.4}, {2.6, 2.4}},                  // L, turned
      {{0, 0}, {6, 0}, {6, 5}, {4, 5}, {4, 2.4}, {2.2, 2.4}, {2.2, 5}, {0, 5}},  // U
      {{0, 0}, {4.5, 0}, {6, 1.5}, {6, 5}, {2, 5}, {0, 3}},                      // slanted
  };
  for (std::size_t k = 0; k < floors.size(); ++k) {
    const SceneGraph graph = polygonal_room(floors[k]);
    for (std::uint64_t seed = 0; seed < 10; ++seed) {
      Rng rng({seed, k});
      const auto layout = solve(graph, rng);
      ASSERT_TRUE(layout.has_value()) << "floor " << k << ", seed " << seed;
      EXPECT_TRUE(physics::check(graph, *layout, physics::physical_rules()).faults.empty());
      // A step into the wall is put right again.
      Layout flawed = *layout;
      flawed.poses[3].position_m.head<2>() = scene::Vec2(k == 0 ? 5 : k == 1 ? 1 : 3, k == 1 ? 1 : 4);
      const Correction correction = correct(graph, flawed, rng);
      EXPECT_TRUE(correction.clean) << "floor " << k << ", seed " << seed;
    }
  }
}

TEST(Solver, StandsThingsFlushAtSlantedWalls) {
  SceneGraph graph = polygonal_room({{0, 0}, {6, 0}, {6, 5}, {2.5, 5}, {0, 2.5}});
  const scene::FloorPlan plan(graph.floor_m, graph.size);
  const scene::WallSegment& slanted = plan.walls[3];
  graph.objects.resize(1);
  graph.objects[0].size_m = {2.8, 0.6, 0.8};
  graph.objects[0].file_yaw_rad = scene::rad_from_deg(135);
  graph.objects[0].relations[0].target = scene::element_of(slanted.wall);
  int flush = 0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    Rng rng(seed);
    const auto layout = solve(graph, rng);
    ASSERT_TRUE(layout.has_value()) << seed;
    const auto gap_m = slanted.inward.dot(layout->poses[0].position_m.head<2>()) - slanted.offset_m - 0.3;
    if (std::abs(gap_m) < 1e-6) ++flush;
  }
  EXPECT_GE(flush, 5);  // the other pieces of that wall are as good
}

TEST(Solver, TheLShapedSampleIsFurnishedWithoutFault) {
  const auto sample =
      scene::read_scene_file(std::string(METASPATIAL_SOURCE_DIR) + "/data/rooms/l_shaped.json");
  ASSERT_TRUE(sample) << to_string(sample.error());
  ASSERT_TRUE(sample->layout.has_value());
  EXPECT_EQ(sample->graph.floor_m.size(), 6U);
  EXPECT_TRUE(physics::check(sample->graph, *sample->layout, physics::physical_rules()).faults.empty());
  Rng rng(1);
  EXPECT_TRUE(solve(sample->graph, rng).has_value());
}

TEST(Solver, GivesUpOnAnImpossibleRoom) {
  FurnishedRoom room = room_of("A bedroom with a bed.", 4, 4);
  for (auto& object : room.graph.objects) object.size_m = scene::Vec3(3, 3, 0.5);
  Rng rng(1);
  EXPECT_FALSE(solve(room.graph, rng, {0.05, 5}).has_value());
}

TEST(Solver, GapsAreMeasuredToTheNearestUnrelatedNeighbour) {
  SceneGraph graph;
  graph.size = {10, 10, 3};
  for (const char* id : {"chair_1", "chair_2", "chair_3", "rug_1"}) {
    scene::SceneObject object;
    object.id = id;
    object.kind = scene::kind_from_id(id);
    object.size_m = {1, 1, 1};
    graph.objects.push_back(object);
  }
  graph.objects[3].relations.push_back({scene::Preposition::Under, ObjectRef{0}, true});
  Layout layout;
  layout.poses.resize(4);
  layout.poses[0].position_m = {1, 1, 0.5};
  layout.poses[1].position_m = {2.1, 1.05, 0.5};  // 0.1 m from the first along x
  layout.poses[2].position_m = {5, 5, 0.5};       // far from all
  layout.poses[3].position_m = {1, 1, 0.5};  // in the first one, but related to it; 0.1 m from the second
  EXPECT_NEAR(mean_gap_m(graph, layout, 0.4), (0.1 + 0.1 + 0.4 + 0.1) / 4, 1e-12);
  layout.poses[1].position_m.z() = 1.5;  // above the others' heads
  EXPECT_NEAR(mean_gap_m(graph, layout, 0.4), 0.4, 1e-12);
}

TEST(Solver, RoomySolutionsHaveMoreRoomAndNoFault) {
  const FurnishedRoom room =
      room_of("A living room with a sofa, two armchairs, a bookshelf and a piano.", 6, 5);
  double one = 0;
  double eight = 0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    Rng rng_one(seed);
    Rng rng_eight(seed);
    const auto first = solve_roomy(room.graph, rng_one, 1);
    const auto best = solve_roomy(room.graph, rng_eight, 8);
    ASSERT_TRUE(first && best);
    EXPECT_TRUE(physics::check(room.graph, *best, physics::physical_rules()).faults.empty());
    one += mean_gap_m(room.graph, *first);
    eight += mean_gap_m(room.graph, *best);
  }
  EXPECT_GT(eight, one);
}

TEST(Corrector, LeavesWhatIsRightWhereItIs) {
  const auto list = descriptions("train.json");
  int clean = 0;
  int rooms = 0;
  int good = 0;
  int moved = 0;
  for (std::size_t k = 0; k < list.size(); k += 8) {
    Rng rng({31, k});
    const auto room = design_and_solve(list[k], rng);
    ASSERT_TRUE(room.has_value());
    // One object out of its place: only it, and what leans on it, has a reason to move.
    Layout flawed = room->layout;
    const std::size_t n = flawed.poses.size();
    const std::size_t victim = rng.below(n);
    flawed.poses[victim].position_m.x() = room->graph.size.length_m - flawed.poses[victim].position_m.x();
    flawed.poses[victim].position_m.y() += 0.75;
    const physics::Report report = physics::check(room->graph, flawed, physics::physical_rules());
    const Correction fixed = correct(room->graph, flawed, rng);
    ++rooms;
    clean += fixed.clean ? 1 : 0;
    EXPECT_EQ(fixed.clean,
              physics::check(room->graph, fixed.layout, physics::physical_rules()).faults.empty());
    for (std::size_t i = 0; i < n; ++i) {
      EXPECT_EQ(fixed.moved[i], fixed.layout.poses[i].position_m != flawed.poses[i].position_m);
      if (report.objects[i].faulty()) continue;
      ++good;
      moved += fixed.moved[i] ? 1 : 0;
    }
  }
  EXPECT_GE(clean, 0.95 * rooms);
  EXPECT_LE(moved, 0.1 * good);
}

TEST(Corrector, ReturnsAFaultlessLayoutUnchanged) {
  const FurnishedRoom room = room_of("An office with a desk and a sofa.", 5, 5);
  Rng rng(2);
  const Correction same_again = correct(room.graph, room.layout, rng);
  EXPECT_TRUE(same_again.clean);
  EXPECT_TRUE(same(same_again.layout, room.layout));
  EXPECT_EQ(std::ranges::count(same_again.moved, true), 0);
}

// ------------------------------------------------------------------------------------------ flawed layouts

TEST(Flawed, ImperfectLayoutsAreClumsyButInTheRoom) {
  const auto list = descriptions("train.json");
  double faulty = 0;
  int rooms = 0;
  for (std::size_t k = 0; k < list.size(); k += 10) {
    Rng rng({41, k});
    const auto room = design_and_solve(list[k], rng);
    ASSERT_TRUE(room.has_value());
    const Layout flawed = imperfect_layout(room->graph, room->layout, rng);
    faulty += physics::check(room->graph, flawed, physics::physical_rules()).faulty_share();
    ++rooms;
    for (std::size_t i = 0; i < flawed.poses.size(); ++i) {
      const auto& p = flawed.poses[i].position_m;
      EXPECT_TRUE(p.allFinite());
      EXPECT_GE(p.x(), -1e-9);
      EXPECT_LE(p.x(), room->graph.size.length_m + 1e-9);
      EXPECT_GE(p.y(), -1e-9);
      EXPECT_LE(p.y(), room->graph.size.width_m + 1e-9);
      EXPECT_TRUE(on_grid(p.x())) << p.x();
      EXPECT_TRUE(on_grid(p.y())) << p.y();
    }
    Imperfection none;
    none.mistaken = none.coarse = none.noise = 0;
    const Layout unharmed = imperfect_layout(room->graph, room->layout, rng, none);
    for (std::size_t i = 0; i < unharmed.poses.size(); ++i)
      EXPECT_LT((unharmed.poses[i].position_m - room->layout.poses[i].position_m).norm(), 0.05 + 1e-9);
  }
  EXPECT_GT(faulty / rooms, 0.6);
  EXPECT_LT(faulty / rooms, 0.97);
}

TEST(Flawed, RandomLayoutsStayInTheRoomWithTheRightHeight) {
  const FurnishedRoom room =
      room_of("A living room with a sofa, a television, a lamp on a side table.", 5, 4, 2.6);
  Rng rng(7);
  for (int k = 0; k < 50; ++k) {
    const Layout layout = random_layout(room.graph, rng);
    const physics::Report report = physics::check(room.graph, layout, physics::physical_rules());
    EXPECT_EQ(report.out_share(), 0.0);
    for (std::size_t i = 0; i < layout.poses.size(); ++i)
      if (room.graph.objects[i].on_floor) {
        EXPECT_NEAR(layout.poses[i].position_m.z(), 0.5 * room.graph.objects[i].size_m.z(), 1e-9);
      }
  }
}

}  // namespace
}  // namespace metaspatial::curate
