#include "metaspatial/physics/settling.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <thread>

#include "metaspatial/base/rng.hpp"
#include "metaspatial/physics/test_room.hpp"

namespace metaspatial::physics {
namespace {

using scene::Element;
using scene::kPi;
using scene::ObjectRef;
using scene::Pose;
using scene::Preposition;
using scene::rad_from_deg;
using scene::Relation;
using scene::SceneObject;

SceneObject raised(std::string id, Vec3 size_m, std::vector<Relation> relations = {}) {
  return thing(std::move(id), size_m, std::move(relations), false);
}

bool same_bytes(const Settlement& a, const Settlement& b) {
  if (a.objects.size() != b.objects.size() || a.unstable != b.unstable) return false;
  for (std::size_t i = 0; i < a.objects.size(); ++i) {
    const SettledObject& x = a.objects[i];
    const SettledObject& y = b.objects[i];
    const auto same = [](double u, double v) { return std::memcmp(&u, &v, sizeof u) == 0; };
    if (!same(x.move_m.x(), y.move_m.x()) || !same(x.move_m.y(), y.move_m.y()) ||
        !same(x.move_m.z(), y.move_m.z()) || !same(x.moved_m, y.moved_m) ||
        !same(x.tipped_rad, y.tipped_rad) || x.stable != y.stable || x.fixed != y.fixed ||
        x.carried_by != y.carried_by)
      return false;
  }
  return true;
}

/// Boxes strewn over the room, many of them inside one another.
std::pair<SceneGraph, Layout> strewn(int count, std::uint64_t seed) {
  Rng rng(seed);
  SceneGraph graph = room({});
  Layout layout;
  for (int i = 0; i < count; ++i) {
    const Vec3 size(rng.uniform(0.02, 1.2), rng.uniform(0.02, 1.2), rng.uniform(0.02, 1.5));
    graph.objects.push_back(thing("chair_" + std::to_string(i), size));
    layout.poses.push_back(
        at(rng.uniform(0, 6), rng.uniform(0, 4), rng.uniform(0, 1.5), rng.uniform(0, 360)));
  }
  return {std::move(graph), std::move(layout)};
}

TEST(Settle, NothingToSettle) {
  const Settlement settlement = settle(room({}), {});
  EXPECT_TRUE(settlement.objects.empty());
  EXPECT_EQ(settlement.unstable_share(), 0);
}

TEST(Settle, DropsToTheFloor) {
  // Bottom at 0.5 m: the centre ends 0.5 m lower, upright, where it was in plan.
  const SceneGraph graph = room({thing("chair_1", {0.5, 0.4, 0.8})});
  const Settlement settlement = settle(graph, {{at(3, 2, 0.9, 30)}});
  const SettledObject& chair = settlement.objects[0];
  EXPECT_NEAR(chair.moved_m, 0.5, 0.01);
  EXPECT_NEAR(chair.move_m.z(), -0.5, 0.01);
  EXPECT_LT(chair.tipped_rad, 0.01);
  EXPECT_FALSE(chair.stable);
  EXPECT_EQ(settlement.unstable, 1);
  EXPECT_EQ(describe(graph, chair, 0), "chair_1 falls 0.50 m");
}

TEST(Settle, FallsAsGalileoSays) {
  // 9.81 / 2 * 0.4^2 = 0.785 m after 0.4 s; the integrator is ahead by half a step: 9.81 / 2 * 0.4 / 240.
  SettleOptions options;
  options.seconds = 0.4;
  const Settlement settlement = settle(room({thing("chair_1", {0.5, 0.5, 0.5})}), {{at(3, 2, 2)}}, options);
  EXPECT_NEAR(settlement.objects[0].move_m.z(), -(0.785 + 0.008), 0.001);
}

TEST(Settle, FaceContactDoesNotCreep) {
  // On the floor, wall to wall, face to face and stacked: everything touches and nothing overlaps.
  const SceneGraph graph = room({
      thing("wardrobe_1", {2, 0.6, 2}),
      thing("wardrobe_2", {2, 0.6, 2}),
      thing("desk_1", {1.2, 0.6, 0.7}),
      raised("lamp_1", {0.2, 0.2, 0.4}, {{Preposition::On, ObjectRef{2}, true}}),
      thing("chair_1", {0.5, 0.5, 0.9}),
  });
  const Layout layout = {
      {at(1, 0.3, 1), at(3, 0.3, 1), at(4.6, 0.3, 0.35), at(4.6, 0.3, 0.9, 45), at(2, 2, 0.45, 37)}};
  const Settlement settlement = settle(graph, layout);
  for (const SettledObject& object : settlement.objects) {
    EXPECT_LT(object.moved_m, 0.005);
    EXPECT_LT(object.tipped_rad, 0.005);
    EXPECT_TRUE(object.stable);
  }
  EXPECT_EQ(settlement.unstable, 0);
  EXPECT_EQ(describe(graph, settlement.objects[1], 1), "wardrobe_2 stays where it is");
}

TEST(Settle, StackStays) {
  SceneGraph graph = room({});
  Layout layout;
  for (int i = 0; i < 5; ++i) {
    graph.objects.push_back(thing("crate_" + std::to_string(i), {0.5, 0.5, 0.4}));
    layout.poses.push_back(at(3 + 0.05 * (i % 2), 2, 0.2 + 0.4 * i, 10.0 * i));
  }
  const Settlement settlement = settle(graph, layout);
  for (const SettledObject& object : settlement.objects) {
    EXPECT_LT(object.moved_m, 0.005);
    EXPECT_TRUE(object.stable);
  }
}

TEST(Settle, OverhangTipsWhenItsCentreIsOffTheEdge) {
  // A table from x = 2.5 to 3.5; a box 0.6 m long on it with its centre 0.1 m inside, then 0.1 m outside.
  const SceneGraph graph = room({
      thing("table_1", {1, 1, 0.7}),
      raised("crate_1", {0.6, 0.3, 0.3}, {{Preposition::On, ObjectRef{0}, true}}),
  });
  const Settlement stays = settle(graph, {{at(3, 2, 0.35), at(3.4, 2, 0.85)}});
  EXPECT_TRUE(stays.objects[1].stable);
  EXPECT_LT(stays.objects[1].moved_m, 0.005);

  const Settlement tips = settle(graph, {{at(3, 2, 0.35), at(3.6, 2, 0.85)}});
  EXPECT_TRUE(tips.objects[0].stable);
  EXPECT_FALSE(tips.objects[1].stable);
  EXPECT_LT(tips.objects[1].move_m.z(), -0.4);
}

TEST(Settle, TallThingTipsOverAnEdge) {
  const SceneGraph graph = room({
      thing("platform_1", {1, 1, 0.1}),
      thing("wardrobe_1", {0.4, 0.8, 1.8}),
  });
  const Settlement settlement = settle(graph, {{at(3, 2, 0.05), at(3.55, 2, 1.0)}});
  const SettledObject& wardrobe = settlement.objects[1];
  EXPECT_NEAR(wardrobe.tipped_rad, kPi / 2, 0.2);
  EXPECT_FALSE(wardrobe.stable);
  const std::string words = describe(graph, wardrobe, 1);
  EXPECT_NE(words.find("wardrobe_1 falls 0."), std::string::npos) << words;
  EXPECT_NE(words.find("tips over by"), std::string::npos) << words;
}

TEST(Settle, BoardBridgesTwoSupports) {
  const SceneGraph graph = room({
      thing("crate_1", {0.3, 0.4, 0.5}),
      thing("crate_2", {0.3, 0.4, 0.5}),
      raised("board_1", {1.6, 0.3, 0.03}, {{Preposition::On, ObjectRef{0}, true}}),
  });
  const Settlement bridge = settle(graph, {{at(2.4, 2, 0.25), at(3.6, 2, 0.25), at(3, 2, 0.515)}});
  for (const SettledObject& object : bridge.objects) EXPECT_LT(object.moved_m, 0.005);
  // Without the second support it comes down.
  const Settlement fallen = settle(graph, {{at(2.4, 2, 0.25), at(5, 2, 0.25), at(3, 2, 0.515)}});
  EXPECT_FALSE(fallen.objects[2].stable);
}

TEST(Settle, WhatStandsOnAFallingThingFallsWithIt) {
  const SceneGraph graph = room({
      thing("table_1", {1, 1, 0.1}),
      raised("vase_1", {0.2, 0.2, 0.3}, {{Preposition::On, ObjectRef{0}, true}}),
  });
  const Settlement settlement = settle(graph, {{at(3, 2, 0.65), at(3, 2, 0.85)}});
  EXPECT_NEAR(settlement.objects[0].move_m.z(), -0.6, 0.01);
  EXPECT_NEAR(settlement.objects[1].move_m.z(), -0.6, 0.02);
}

TEST(Settle, PictureOnTheWallStaysAndInMidRoomFalls) {
  const SceneGraph graph = room({
      raised("painting_1", {0.8, 0.04, 0.6}, {{Preposition::On, Element::SouthWall, true}}),
  });
  const Settlement hangs = settle(graph, {{at(3, 0.02, 1.6)}});
  EXPECT_TRUE(hangs.objects[0].fixed);
  EXPECT_TRUE(hangs.objects[0].stable);
  EXPECT_EQ(hangs.objects[0].moved_m, 0);

  const Settlement falls = settle(graph, {{at(3, 2, 1.6)}});
  EXPECT_FALSE(falls.objects[0].fixed);
  EXPECT_FALSE(falls.objects[0].stable);
  EXPECT_LT(falls.objects[0].move_m.z(), -1.2);
}

TEST(Settle, CeilingLampStaysOnlyUnderTheCeiling) {
  const SceneGraph graph = room({
      raised("chandelier_1", {0.6, 0.6, 0.5}, {{Preposition::On, Element::Ceiling, true}}),
  });
  EXPECT_TRUE(settle(graph, {{at(3, 2, 2.75)}}).objects[0].fixed);
  const Settlement falls = settle(graph, {{at(3, 2, 2.0)}});
  EXPECT_NEAR(falls.objects[0].move_m.z(), -1.75, 0.02);
}

TEST(Settle, WallShelfHoldsThings) {
  const SceneGraph graph = room({
      raised("shelf_1", {1, 0.3, 0.03}, {{Preposition::On, Element::NorthWall, true}}),
      raised("vase_1", {0.15, 0.15, 0.3}, {{Preposition::On, ObjectRef{0}, true}}),
  });
  const Settlement settlement = settle(graph, {{at(3, 3.85, 1.5), at(3, 3.85, 1.665)}});
  EXPECT_TRUE(settlement.objects[0].fixed);
  EXPECT_TRUE(settlement.objects[1].stable);
  EXPECT_FALSE(settlement.objects[1].fixed);
  EXPECT_LT(settlement.objects[1].moved_m, 0.005);
}

TEST(Settle, RugsCarryAndAreStoodThrough) {
  // A chair on top of the rug, a table whose legs stand beside it: its box goes through the rug.
  const SceneGraph graph = room({
      thing("rug_1", {2, 2, 0.02}),
      thing("chair_1", {0.5, 0.5, 0.9}),
      thing("coffee_table_1", {1, 0.6, 0.4}),
  });
  const Settlement settlement = settle(graph, {{at(3, 2, 0.01), at(2.4, 2, 0.47), at(3.6, 2, 0.2)}});
  EXPECT_TRUE(settlement.objects[0].fixed);
  for (const SettledObject& object : settlement.objects) EXPECT_LT(object.moved_m, 0.005);
}

TEST(Settle, ChairUnderADeskIsNotThrownOut) {
  const SceneGraph graph = room({
      thing("desk_1", {1.4, 0.7, 0.75}),
      thing("chair_1", {0.5, 0.5, 0.9}, {{Preposition::Under, ObjectRef{0}, true}}),
  });
  const Settlement settlement = settle(graph, {{at(3, 2, 0.375), at(3, 2.2, 0.45)}});
  for (const SettledObject& object : settlement.objects) {
    EXPECT_LT(object.moved_m, 0.005);
    EXPECT_EQ(object.carried_by, -1);
  }
  // Without the words the boxes are moved apart.
  SceneGraph silent = graph;
  silent.objects[1].relations.clear();
  const Settlement pushed = settle(silent, {{at(3, 2, 0.375), at(3, 2.2, 0.45)}});
  EXPECT_GT(pushed.objects[0].moved_m + pushed.objects[1].moved_m, 0.2);
}

TEST(Settle, CushionInASofaIsCarried) {
  // The sofa's box reaches up to its back: the cushion on its seat is inside the box.
  const SceneGraph graph = room({
      thing("sofa_1", {2, 0.9, 0.9}),
      raised("cushion_1", {0.4, 0.4, 0.15}, {{Preposition::On, ObjectRef{0}, true}}),
  });
  const Settlement rests = settle(graph, {{at(3, 2, 0.45), at(2.4, 2, 0.55, 20)}});
  EXPECT_EQ(rests.objects[1].carried_by, 0);
  EXPECT_LT(rests.objects[1].moved_m, 0.005);
  EXPECT_TRUE(rests.objects[1].stable);
  // A sofa that floats comes down with its cushion.
  const Settlement falls = settle(graph, {{at(3, 2, 0.95), at(2.4, 2, 1.05, 20)}});
  EXPECT_NEAR(falls.objects[0].move_m.z(), -0.5, 0.01);
  EXPECT_NEAR(falls.objects[1].move_m.z(), -0.5, 0.01);
}

TEST(Settle, BooksInAWallShelfStay) {
  const SceneGraph graph = room({
      raised("shelf_1", {1, 0.3, 0.8}, {{Preposition::On, Element::NorthWall, true}}),
      raised("books_1", {0.3, 0.2, 0.25}, {{Preposition::On, ObjectRef{0}, true}}),
  });
  const Settlement settlement = settle(graph, {{at(3, 3.85, 1.5), at(3, 3.85, 1.5)}});
  EXPECT_EQ(settlement.objects[1].carried_by, 0);
  EXPECT_EQ(settlement.objects[1].moved_m, 0);
}

TEST(Settle, SameInputSameBytes) {
  const auto [graph, layout] = strewn(25, 7);
  const Settlement first = settle(graph, layout);
  EXPECT_TRUE(same_bytes(first, settle(graph, layout)));
  // Also with other worlds alive at the same time.
  std::vector<Settlement> results(3);
  std::vector<std::thread> threads;
  for (Settlement& result : results)
    threads.emplace_back([&, g = &graph, l = &layout] { result = settle(*g, *l); });
  for (std::thread& thread : threads) thread.join();
  for (const Settlement& result : results) EXPECT_TRUE(same_bytes(first, result));
}

TEST(Settle, TurningTheRoomChangesNothing) {
  // (x, y) -> (4 - y, x): a quarter turn counter-clockwise of the 6 x 4 room into a 4 x 6 one.
  const SceneGraph graph = room({
      thing("table_1", {1, 0.8, 0.7}),
      raised("crate_1", {0.6, 0.3, 0.3}, {{Preposition::On, ObjectRef{0}, true}}),
      thing("chair_1", {0.5, 0.4, 0.9}),
      thing("chair_2", {0.5, 0.4, 0.9}),
      thing("wardrobe_1", {1, 0.5, 2}),
  });
  const Layout layout = {
      {at(3, 2, 0.35, 10), at(3.58, 2, 0.85, 20), at(1, 1, 0.85, 30), at(4.6, 3, 0.45), at(5.6, 3, 1, 90)}};
  SceneGraph turned_graph = graph;
  std::swap(turned_graph.size.length_m, turned_graph.size.width_m);
  Layout turned = layout;
  for (Pose& pose : turned.poses) {
    pose.position_m = Vec3(4 - pose.position_m.y(), pose.position_m.x(), pose.position_m.z());
    pose.yaw_rad -= kPi / 2;
  }
  const Settlement a = settle(graph, layout);
  const Settlement b = settle(turned_graph, turned);
  for (std::size_t i = 0; i < a.objects.size(); ++i) {
    EXPECT_NEAR(a.objects[i].moved_m, b.objects[i].moved_m, 0.03) << i;
    EXPECT_NEAR(a.objects[i].tipped_rad, b.objects[i].tipped_rad, 0.05) << i;
    EXPECT_EQ(a.objects[i].stable, b.objects[i].stable) << i;
  }
}

TEST(Settle, DeepOverlapIsMovedApartAndNoMore) {
  // Two equal boxes 0.3 m into each other: apart by 0.3 m together, no explosion.
  const SceneGraph graph = room({thing("bed_1", {1, 1, 0.5}), thing("bed_2", {1, 1, 0.5})});
  const Settlement settlement = settle(graph, {{at(3, 2, 0.25), at(3, 2.7, 0.25)}});
  EXPECT_NEAR(settlement.objects[0].moved_m + settlement.objects[1].moved_m, 0.3, 0.05);
  EXPECT_FALSE(settlement.objects[0].stable);
  // Exactly inside each other there is no way out that is better than others.
  const Settlement same = settle(graph, {{at(3, 2, 0.25), at(3, 2, 0.25)}});
  for (const SettledObject& object : same.objects) {
    EXPECT_TRUE(object.move_m.allFinite());
    EXPECT_LT(object.moved_m, 1.5);
  }
}

TEST(Settle, SixtyObjectsInAHeapStayFiniteAndBounded) {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    const auto [graph, layout] = strewn(60, seed);
    const Settlement settlement = settle(graph, layout);
    for (const SettledObject& object : settlement.objects) {
      EXPECT_TRUE(object.move_m.allFinite()) << "seed " << seed;
      EXPECT_LT(object.moved_m, 6) << "seed " << seed;
    }
  }
}

TEST(Settle, ThinAndTinyThingsDoNotTunnel) {
  // Dropped from 2.4 m (6.9 m/s, 0.029 m per step) on a wall shelf of 0.02 m, and on the floor.
  const SceneGraph graph = room({
      raised("shelf_1", {1, 0.6, 0.02}, {{Preposition::On, Element::NorthWall, true}}),
      raised("candle_1", {0.03, 0.03, 0.03}),
      raised("book_1", {0.3, 0.2, 0.02}),
      raised("coin_1", {0.01, 0.01, 0.001}),
  });
  const Layout layout = {{at(3, 3.7, 0.4), at(3, 3.6, 2.8), at(2.7, 3.6, 2.8), at(1, 1, 2.8)}};
  const Settlement settlement = settle(graph, layout);
  // The shelf's top is at 0.41.
  EXPECT_NEAR(2.8 + settlement.objects[1].move_m.z(), 0.425, 0.02);
  EXPECT_NEAR(2.8 + settlement.objects[2].move_m.z(), 0.42, 0.02);
  EXPECT_NEAR(2.8 + settlement.objects[3].move_m.z(), 0.0025, 0.01);  // simulated 5 mm thick
}

TEST(Settle, ZeroHugeFarAndBrokenNumbers) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const SceneGraph graph = room({
      thing("zero_1", {0, 0, 0}),
      thing("huge_1", {1e6, 1e6, 1e6}),
      thing("far_1", {1, 1, 1}),
      thing("broken_1", {1, nan, 1}),
      thing("large_1", {900, 900, 900}),
      thing("chair_1", {0.5, 0.5, 0.9}),
      thing("lost_1", {1, 1, 1}),
      thing("line_1", {0, 0, 2}),
  });
  const Layout layout = {{at(1, 1, 0),
                          at(0, 0, 0),
                          at(1e4, -1e4, 0.5),
                          at(1, 1, 1),
                          at(-9e3, 0, 450),
                          at(3, 2, 0.45),
                          {Vec3(nan, 0, 0), 0},
                          at(5, 3, 1)}};
  const Settlement settlement = settle(graph, layout);
  const auto simulated = [&](std::size_t i) { return settlement.objects[i].simulated; };
  EXPECT_TRUE(simulated(0) && simulated(2) && simulated(4) && simulated(5) && simulated(7));
  EXPECT_FALSE(simulated(1) || simulated(3) || simulated(6));
  EXPECT_FALSE(settlement.objects[1].stable);
  for (const SettledObject& object : settlement.objects) EXPECT_TRUE(object.move_m.allFinite());
  EXPECT_TRUE(settlement.objects[2].stable);
  EXPECT_TRUE(settlement.objects[4].stable);
  EXPECT_TRUE(settlement.objects[5].stable);
  EXPECT_EQ(describe(graph, settlement.objects[1], 1), "huge_1 is too large or too far away to be simulated");
}

TEST(Settle, SunkIntoTheFloorComesUp) {
  const SceneGraph graph = room({thing("chair_1", {0.5, 0.5, 0.9})});
  const Settlement settlement = settle(graph, {{at(3, 2, 0.25)}});
  EXPECT_NEAR(settlement.objects[0].move_m.z(), 0.2, 0.01);
  EXPECT_EQ(describe(graph, settlement.objects[0], 0), "chair_1 is pushed up 0.20 m");
}

TEST(Settle, WordsForSlidingAndTilting) {
  const SceneGraph graph = room({thing("chair_1", {0.5, 0.5, 0.9})});
  SettledObject settled;
  settled.move_m = Vec3(0.11, 0, 0);
  EXPECT_EQ(describe(graph, settled, 0), "chair_1 slides 0.11 m");
  settled.move_m = Vec3(0.03, 0.04, -0.2);
  settled.tipped_rad = rad_from_deg(12);
  EXPECT_EQ(describe(graph, settled, 0), "chair_1 falls 0.20 m, slides 0.05 m and tilts by 12 degrees");
  settled.tipped_rad = rad_from_deg(85);
  EXPECT_EQ(describe(graph, settled, 0), "chair_1 falls 0.20 m and tips over by 85 degrees");
}

}  // namespace
}  // namespace metaspatial::physics
