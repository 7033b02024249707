#include "metaspatial/physics/bounds.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "metaspatial/base/rng.hpp"
#include "metaspatial/physics/rules.hpp"

namespace metaspatial::physics {
namespace {

using scene::Element;
using scene::FloorPlan;
using scene::Pose;
using scene::Preposition;
using scene::rad_from_deg;

const scene::RoomSize kSize{6, 4, 3};
/// An L: the north-east quarter, 3 x 2 m, is not floor.
const std::vector<Vec2> kL = {{0, 0}, {6, 0}, {6, 2}, {3, 2}, {3, 4}, {0, 4}};

Box box(double x, double y, double length = 1, double width = 1, double yaw_deg = 0) {
  return {Vec3(length, width, 1), Pose{Vec3(x, y, 0.5), rad_from_deg(yaw_deg)}};
}

TEST(Bounds, AnLShapedFloorHasACornerThatPokesIn) {
  const FloorPlan plan(kL, kSize);
  ASSERT_EQ(plan.pockets.size(), 1U);
  const auto out = [&](const Box& b) { return out_of_room(kSize, plan, b); };
  EXPECT_DOUBLE_EQ(out(box(1, 3)).distance_m, 0);
  EXPECT_DOUBLE_EQ(out(box(5, 1)).distance_m, 0);
  // Half into the pocket over its south side; 0.3 m into it from the west.
  EXPECT_NEAR(out(box(4.5, 2)).distance_m, 0.5, 1e-12);
  EXPECT_TRUE(out(box(4.5, 2)).move_m.isApprox(Vec3(0, -0.5, 0)));
  EXPECT_NEAR(out(box(2.8, 3)).distance_m, 0.3, 1e-12);
  EXPECT_TRUE(out(box(2.8, 3)).move_m.isApprox(Vec3(-0.3, 0, 0)));
  // Deep in the pocket the shorter way out counts: 1.5 m south, not 2 m west; not out through the walls.
  EXPECT_NEAR(out(box(4.5, 3)).distance_m, 1.5, 1e-12);
  // All of its corners are on the floor, but the corner at (3, 2) pokes in: the square's north-east side,
  // turned by 45 degrees, is 0.5 m from its centre, the corner 0.4 / sqrt 2.
  EXPECT_NEAR(out(box(2.8, 1.8, 1, 1, 45)).distance_m, 0.5 - 0.4 / std::sqrt(2.0), 1e-9);
}

TEST(Bounds, OffAPolygonTheDistanceIsNoLongerThanTheShortestMove) {
  // The move leads onto the floor, none that is shorter by a hundredth does in any of 64 directions; turning
  // the room by 90 degrees leaves the distance alone; small steps change it little.
  const std::vector<std::vector<Vec2>> floors = {
      kL,
      {{0, 0}, {6, 0}, {6, 4}, {4, 4}, {4, 1}, {2, 1}, {2, 4}, {0, 4}},
      {{0, 0},
       {4.5, 0},
       {6, 1},
       {6, 3},
       {4, 3},
       {3.5, 4},
       {2.5, 4},
       {2, 3},
       {0.9, 2.5},
       {0, 3},
       {0, 2},
       {0.8, 1.5}}};
  Rng rng(8);
  int moved = 0;
  for (int trial = 0; trial < 600; ++trial) {
    SCOPED_TRACE("trial " + std::to_string(trial));
    const std::vector<Vec2>& floor = floors[static_cast<std::size_t>(trial) % floors.size()];
    const FloorPlan plan(floor, kSize);
    const Box b = box(rng.uniform(-1, 7), rng.uniform(-1, 5), rng.uniform(0.1, 1.2), rng.uniform(0.1, 1.2),
                      rng.chance(0.5) ? 90.0 * static_cast<double>(rng.below(4)) : rng.uniform(0, 360));
    const OutOfRoom out = out_of_room(kSize, plan, b);
    const auto outside_after = [&](const Vec2& move) {
      Box there = b;
      there.centre_m.head<2>() += move;
      return outside_share(kSize, plan, there);
    };
    if (out.distance_m > 1e-9 && outside_after(out.move_m.head<2>()) < 1e-6) {
      ++moved;
      EXPECT_LE(out.distance_m, out.move_m.head<2>().norm() + 1e-9);
      for (int k = 0; k < 64; ++k) {
        const double angle = 2 * scene::kPi * k / 64;
        EXPECT_GT(outside_after(0.99 * out.move_m.head<2>().norm() * Vec2(std::cos(angle), std::sin(angle))),
                  0);
      }
    }
    std::vector<Vec2> turned;
    for (const Vec2& p : floor) turned.emplace_back(p.y(), 6 - p.x());
    const scene::RoomSize turned_size{4, 6, 3};
    const Box turned_box(2 * b.half_m,
                         Pose{Vec3(b.centre_m.y(), 6 - b.centre_m.x(), 0.5), b.yaw_rad + scene::kPi / 2});
    EXPECT_NEAR(out_of_room(turned_size, FloorPlan(turned, turned_size), turned_box).distance_m,
                out.distance_m, 1e-6);
    Box near = b;
    near.centre_m.x() += 1e-6;
    EXPECT_NEAR(out_of_room(kSize, plan, near).distance_m, out.distance_m, 1e-5);
  }
  EXPECT_GT(moved, 200);
}

TEST(Bounds, InAnArmThatIsTooNarrowTheOverhangCounts) {
  // A T: the stem, 1 m wide, goes down from the bar. A box 1.1 m wide in the stem sticks out by 0.05 m on
  // both sides, however far the bar is.
  const std::vector<Vec2> floor = {{2.5, 0}, {3.5, 0}, {3.5, 3}, {6, 3}, {6, 4}, {0, 4}, {0, 3}, {2.5, 3}};
  const FloorPlan plan(floor, kSize);
  const OutOfRoom out = out_of_room(kSize, plan, box(3, 0.5, 1.1, 0.5));
  EXPECT_NEAR(out.distance_m, 0.05, 1e-12);
  EXPECT_NEAR(out.move_m.y(), 2.75, 1e-9);  // past the outer corners
}

TEST(Bounds, ShareOutsideByHand) {
  const FloorPlan plan(kL, kSize);
  EXPECT_DOUBLE_EQ(outside_share(kSize, plan, box(1, 3)), 0);
  EXPECT_NEAR(outside_share(kSize, plan, box(4.5, 2)), 0.5, 1e-12);
  EXPECT_NEAR(outside_share(kSize, plan, box(3, 2)), 0.25, 1e-12);
  EXPECT_NEAR(outside_share(kSize, plan, box(0, 0)), 0.75, 1e-12);
  EXPECT_NEAR(outside_share(kSize, plan, box(0, 2, 1, 1, 45)), 0.5, 1e-12);
  EXPECT_NEAR(outside_share(kSize, plan, Box(Vec3(1, 1, 1), Pose{Vec3(1, 1, -0.25), 0})), 0.75, 1e-12);
  EXPECT_DOUBLE_EQ(outside_share(kSize, plan, box(20, 20)), 1);
}

TEST(Bounds, ShareAgreesWithSamplingOnAnyPolygon) {
  // A bay to the north, a notch in the west, a slanted south-east corner.
  const std::vector<Vec2> floor = {{0, 0},   {4.5, 0}, {6, 1},     {6, 3}, {4, 3}, {3.5, 4},
                                   {2.5, 4}, {2, 3},   {0.9, 2.5}, {0, 3}, {0, 2}, {0.8, 1.5}};
  const FloorPlan plan(floor, kSize);
  const auto inside = [&floor](const Vec2& p) {
    bool odd = false;
    for (std::size_t i = 0; i < floor.size(); ++i) {
      const Vec2& a = floor[i];
      const Vec2& b = floor[(i + 1) % floor.size()];
      if ((a.y() > p.y()) != (b.y() > p.y()) &&
          p.x() < a.x() + (p.y() - a.y()) / (b.y() - a.y()) * (b.x() - a.x()))
        odd = !odd;
    }
    return odd;
  };
  Rng rng(3);
  for (int trial = 0; trial < 40; ++trial) {
    const Box b = box(rng.uniform(-0.5, 6.5), rng.uniform(-0.5, 4.5), rng.uniform(0.2, 2),
                      rng.uniform(0.2, 2), rng.uniform(0, 360));
    constexpr int kSamples = 100;
    int out = 0;
    for (int x = 0; x < kSamples; ++x)
      for (int y = 0; y < kSamples; ++y) {
        const double u = (2 * (x + 0.5) / kSamples - 1) * b.half_m.x();
        const double v = (2 * (y + 0.5) / kSamples - 1) * b.half_m.y();
        out += inside(b.centre_m.head<2>() + u * b.right + v * b.front) ? 0 : 1;
      }
    const double share = outside_share(kSize, plan, b);
    EXPECT_NEAR(share, out / double{kSamples * kSamples}, 0.012) << "trial " << trial;
    // Out by some distance if and only if some share is out.
    EXPECT_EQ(share > 1e-9, out_of_room(kSize, plan, b).distance_m > 1e-9) << "trial " << trial;
  }
}

TEST(Bounds, RelationsToTheWallsOfAPolygon) {
  SceneGraph graph;
  graph.size = kSize;
  graph.floor_m = kL;
  scene::SceneObject shelf;
  shelf.id = "bookshelf_1";
  shelf.kind = "bookshelf";
  shelf.size_m = Vec3(1, 0.4, 2);
  shelf.relations = {{Preposition::On, Element::NorthWall, true}};
  graph.objects = {shelf};
  const Rules physical = physical_rules();
  const auto relation_m = [&](double x, double y, double yaw_deg) {
    return check(graph, {{Pose{Vec3(x, y, 1), rad_from_deg(yaw_deg)}}}, physical).objects[0].relation_m;
  };
  // Both pieces of the north wall will do: y = 4 west of x = 3, y = 2 east of it.
  EXPECT_NEAR(relation_m(1, 3.8, 180), 0, 1e-9);
  EXPECT_NEAR(relation_m(4.5, 1.8, 180), 0, 1e-9);
  EXPECT_NEAR(relation_m(1, 1.8, 180), 2, 1e-9);
  graph.objects[0].relations[0].preposition = Preposition::InCorner;
  EXPECT_NEAR(relation_m(0.5, 3.8, 180), 0, 1e-9);
  EXPECT_NEAR(relation_m(2.5, 3.8, 180), 0, 1e-9);
  EXPECT_NEAR(relation_m(5.5, 1.8, 180), 0, 1e-9);
  EXPECT_GT(relation_m(3.5, 1.8, 180), 0.9);  // the outer edge at (3, 2) is no corner
  // A picture hangs on any piece.
  graph.objects[0].on_floor = false;
  graph.objects[0].kind = "painting";
  graph.objects[0].size_m = Vec3(1, 0.05, 0.6);
  graph.objects[0].relations[0].preposition = Preposition::On;
  EXPECT_NEAR(check(graph, {{Pose{Vec3(4.5, 1.975, 1.5), scene::kPi}}}, physical).objects[0].support_m, 0,
              1e-9);
}

}  // namespace
}  // namespace metaspatial::physics
