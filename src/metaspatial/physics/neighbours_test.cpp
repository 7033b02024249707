#include "metaspatial/physics/neighbours.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "metaspatial/base/count_allocations.hpp"
#include "metaspatial/base/rng.hpp"
#include "metaspatial/physics/rules.hpp"

namespace metaspatial::physics {
namespace {

/// A hall of n things, about one per 4 m2, some of them on others, some with relations.
std::pair<SceneGraph, Layout> hall(int n, Rng& rng) {
  SceneGraph graph;
  const double side = 2 * std::sqrt(static_cast<double>(n));
  graph.size = {side, side, 3};
  Layout layout;
  constexpr std::array kKinds = {"desk", "office_chair", "table_lamp", "wardrobe", "rug", "sofa", "tv_stand"};
  for (int i = 0; i < n; ++i) {
    scene::SceneObject object;
    object.kind = rng.pick(kKinds);
    object.id = object.kind + "_" + std::to_string(i);
    object.size_m = Vec3(rng.uniform(0.2, 2), rng.uniform(0.2, 1), rng.uniform(0.1, 2));
    if (rng.chance(0.02)) object.size_m.x() = side;  // as long as the hall
    object.on_floor = rng.chance(0.7);
    if (i > 0 && rng.chance(0.5))
      object.relations.push_back({scene::Preposition::LeftOf,
                                  scene::ObjectRef{static_cast<int>(rng.below(static_cast<std::size_t>(i)))},
                                  false});
    graph.objects.push_back(object);
    layout.poses.push_back({Vec3(rng.uniform(-0.5, side + 0.5), rng.uniform(-0.5, side + 0.5),
                                 object.on_floor ? 0.5 * object.size_m.z() : rng.uniform(0, 3)),
                            rng.uniform(0, 7)});
  }
  return {graph, layout};
}

TEST(Neighbours, GridAndLoopFindTheSamePairs) {
  for (const int n : {1, 2, 7, 60, 300}) {
    Rng rng(static_cast<std::uint64_t>(n));
    const auto [graph, layout] = hall(n, rng);
    std::vector<Box> boxes;
    for (std::size_t i = 0; i < layout.poses.size(); ++i)
      boxes.emplace_back(graph.objects[i].size_m, layout.poses[i]);
    const auto pairs = [&boxes](std::size_t loop_up_to) {
      Neighbours neighbours(loop_up_to);
      neighbours.build(boxes);
      std::vector<std::pair<int, int>> found;
      neighbours.for_each_pair([&](int i, int j) { found.emplace_back(i, j); });
      const std::set<std::pair<int, int>> once(found.begin(), found.end());
      EXPECT_EQ(once.size(), found.size()) << "a pair was visited twice";
      return once;
    };
    EXPECT_EQ(pairs(0), pairs(1000)) << n;
  }
}

TEST(Neighbours, GridAndLoopGiveTheSameReport) {
  for (int trial = 0; trial < 60; ++trial) {
    Rng rng(static_cast<std::uint64_t>(trial));
    const auto [graph, layout] = hall(1 + static_cast<int>(rng.below(120)), rng);
    const PreparedRoom room(graph);
    Checker loop(room, 1000);
    Checker grid(room, 0);
    const Report& a = loop.check(layout);
    const Report& b = grid.check(layout);
    ASSERT_EQ(a.faults.size(), b.faults.size()) << "trial " << trial;
    for (std::size_t k = 0; k < a.faults.size(); ++k) {
      EXPECT_EQ(a.faults[k].kind, b.faults[k].kind) << describe(graph, a.faults[k]);
      EXPECT_EQ(a.faults[k].object, b.faults[k].object);
      EXPECT_NEAR(a.faults[k].magnitude, b.faults[k].magnitude, 1e-12);
    }
    for (std::size_t i = 0; i < a.objects.size(); ++i) {
      EXPECT_NEAR(a.objects[i].support_m, b.objects[i].support_m, 1e-12);
      EXPECT_NEAR(a.objects[i].use_m, b.objects[i].use_m, 1e-12);
      EXPECT_NEAR(a.objects[i].alignment_m, b.objects[i].alignment_m, 1e-12);
    }
  }
}

TEST(Checker, AllocatesNothingOnceItIsWarm) {
  for (const int n : {12, 200}) {
    Rng rng(5);
    const auto [graph, layout] = hall(n, rng);
    const PreparedRoom room(graph);
    Checker checker(room);
    std::vector<Layout> layouts(50, layout);
    for (Layout& other : layouts)
      for (scene::Pose& pose : other.poses) pose.position_m += Vec3(rng.normal(), rng.normal(), 0);
    for (const Layout& other : layouts) (void)checker.check(other);
    const std::size_t before = allocations();
    for (const Layout& other : layouts) (void)checker.check(other);
    EXPECT_EQ(allocations(), before) << n << " objects";
  }
}

TEST(Checker, IsTheSameAsCheck) {
  Rng rng(6);
  const auto [graph, layout] = hall(30, rng);
  const PreparedRoom room(graph);
  Checker checker(room);
  (void)checker.check(layout);
  const Report& again = checker.check(layout);
  const Report once = check(graph, layout);
  ASSERT_EQ(again.faults.size(), once.faults.size());
  for (std::size_t k = 0; k < once.faults.size(); ++k)
    EXPECT_EQ(describe(graph, again.faults[k]), describe(graph, once.faults[k]));
}

}  // namespace
}  // namespace metaspatial::physics
