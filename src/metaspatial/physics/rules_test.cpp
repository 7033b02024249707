#include "metaspatial/physics/rules.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <tuple>

#include "metaspatial/base/rng.hpp"
#include "metaspatial/physics/bounds.hpp"
#include "metaspatial/physics/test_room.hpp"

namespace metaspatial::physics {
namespace {

using scene::Element;
using scene::inward_yaw_rad;
using scene::kPi;
using scene::ObjectRef;
using scene::Opening;
using scene::OpeningKind;
using scene::Pose;
using scene::Preposition;
using scene::rad_from_deg;
using scene::Relation;
using scene::SceneObject;
using scene::Wall;

/// The physical rules alone: for tests that count faults.
const Rules kPhysical = physical_rules();

std::vector<Fault> faults_of(const Report& report, FaultKind kind) {
  std::vector<Fault> result;
  std::copy_if(report.faults.begin(), report.faults.end(), std::back_inserter(result),
               [kind](const Fault& fault) { return fault.kind == kind; });
  return result;
}

std::optional<Contact> box_contact(const Vec3& size_a_m, const Pose& a, const Vec3& size_b_m, const Pose& b) {
  return physics::box_contact(Box(size_a_m, a), Box(size_b_m, b));
}

OutOfRoom out_of_room(const scene::RoomSize& size, const Vec3& size_m, const Pose& pose) {
  return physics::out_of_room(size, {}, Box(size_m, pose));
}

// ------------------------------------------------------------------------------------------------- overlap

TEST(Contact, DepthPushAndShareByHand) {
  // 2 x 1 x 1 at (0,0), 1 x 1 x 1 at (1.3, 0.2): x overlap 1.5 - 1.3 = 0.2, y 1 - 0.2 = 0.8, z 1.
  const auto contact = box_contact({2, 1, 1}, at(0, 0, 0.5), {1, 1, 1}, at(1.3, 0.2, 0.5));
  ASSERT_TRUE(contact);
  EXPECT_NEAR(contact->depth_m, 0.2, 1e-12);
  EXPECT_TRUE(contact->push_m.isApprox(Vec3(-0.2, 0, 0), 1e-9)) << contact->push_m.transpose();
  EXPECT_NEAR(contact->share, 0.2, 1e-12);  // 0.2 of the smaller box's 1 m
}

TEST(Contact, TurnedBoxesMeetWhereTheirCornersDo) {
  // A unit square turned by 45 degrees reaches sqrt(1/2) along x; the other reaches 0.5.
  const double touch = 0.5 + std::sqrt(0.5);
  EXPECT_FALSE(box_contact({1, 1, 1}, at(0, 0, 0), {1, 1, 1}, at(touch + 0.001, 0, 0, 45)));
  const auto contact = box_contact({1, 1, 1}, at(0, 0, 0), {1, 1, 1}, at(touch - 0.1, 0, 0, 45));
  ASSERT_TRUE(contact);
  EXPECT_NEAR(contact->depth_m, 0.1, 1e-9);
  // Axis-aligned bounds overlap, the boxes do not.
  EXPECT_FALSE(box_contact({1, 1, 1}, at(0, 0, 0), {1, 1, 1}, at(1.0, 1.0, 0, 45)));
}

TEST(Contact, VerticalGapMeansNoContact) {
  EXPECT_FALSE(box_contact({1, 1, 1}, at(0, 0, 0.5), {1, 1, 1}, at(0, 0, 1.5)));
  const auto contact = box_contact({1, 1, 1}, at(0, 0, 0.5), {1, 1, 1}, at(0.1, 0, 1.4));
  ASSERT_TRUE(contact);
  EXPECT_NEAR(contact->push_m.z(), -0.1, 1e-12);
}

TEST(Contact, SameCentreSeparatesAlongTheFirstShortestAxis) {
  const auto contact = box_contact({1, 1, 1}, at(0, 0, 0), {1, 1, 1}, at(0, 0, 0));
  ASSERT_TRUE(contact);
  EXPECT_TRUE(contact->push_m.isApprox(Vec3(1, 0, 0), 1e-12));
  EXPECT_DOUBLE_EQ(contact->share, 1);
}

/// Whether a point lies in a box, written apart from the code under test.
bool inside(const Vec3& p, const Vec3& size, const Pose& pose, double grow) {
  const Vec3 d = p - pose.position_m;
  const double c = std::cos(-pose.yaw_rad);
  const double s = std::sin(-pose.yaw_rad);
  const Vec3 own(c * d.x() + s * d.y(), -s * d.x() + c * d.y(), d.z());
  return (own.cwiseAbs().array() <= 0.5 * size.array() + grow).all();
}

TEST(Contact, AgreesWithSamplingOnRandomBoxes) {
  const std::uint64_t seed = 20250101;
  Rng rng(seed);
  int apart = 0;
  int deep = 0;
  for (int trial = 0; trial < 400; ++trial) {
    SCOPED_TRACE("seed " + std::to_string(seed) + ", trial " + std::to_string(trial));
    const Vec3 size_a(rng.uniform(0.2, 2), rng.uniform(0.2, 2), rng.uniform(0.2, 2));
    const Vec3 size_b(rng.uniform(0.2, 2), rng.uniform(0.2, 2), rng.uniform(0.2, 2));
    const Pose a{Vec3::Zero(), rng.uniform(-10, 10)};
    const Pose b{Vec3(rng.uniform(-1.5, 1.5), rng.uniform(-1.5, 1.5), rng.uniform(-1.5, 1.5)),
                 rng.uniform(-10, 10)};
    const auto contact = box_contact(size_a, a, size_b, b);
    bool shared = false;
    constexpr int kSteps = 20;
    const double half_a = 0.5 * std::hypot(size_a.x(), size_a.y());
    for (int i = 0; i <= kSteps && !shared; ++i)
      for (int j = 0; j <= kSteps && !shared; ++j)
        for (int k = 0; k <= kSteps && !shared; ++k) {
          const Vec3 p(half_a * (2.0 * i / kSteps - 1), half_a * (2.0 * j / kSteps - 1),
                       0.5 * size_a.z() * (2.0 * k / kSteps - 1));
          shared = inside(p, size_a, a, 1e-9) && inside(p, size_b, b, 1e-9);
        }
    if (shared) {
      EXPECT_TRUE(contact);
    }
    if (contact && contact->depth_m > 0.25) {
      // Deeper than the diagonal of a cell of the sampling grid (at most 0.14, 0.14, 0.1 m).
      EXPECT_TRUE(shared);
      ++deep;
    }
    apart += contact ? 0 : 1;
    if (contact) {
      // The push separates, half of it does not.
      Pose moved = a;
      moved.position_m += contact->push_m * (1 + 1e-9);
      const auto after = box_contact(size_a, moved, size_b, b);
      EXPECT_TRUE(!after || after->depth_m < 1e-6);
      moved.position_m = a.position_m + 0.5 * contact->push_m;
      EXPECT_TRUE(box_contact(size_a, moved, size_b, b));
      EXPECT_NEAR(contact->push_m.norm(), contact->depth_m, 1e-9);
    }
  }
  EXPECT_GT(apart, 30);
  EXPECT_GT(deep, 30);
}

TEST(Contact, IsContinuous) {
  Rng rng(7);
  for (int trial = 0; trial < 200; ++trial) {
    const Vec3 size_a(rng.uniform(0.2, 2), rng.uniform(0.2, 2), 1);
    const Vec3 size_b(rng.uniform(0.2, 2), rng.uniform(0.2, 2), 1);
    Pose a{Vec3::Zero(), kPi / 2 * static_cast<double>(rng.below(4))};  // at, and just off, the shared axes
    Pose b{Vec3(rng.uniform(-1, 1), rng.uniform(-1, 1), rng.uniform(-1, 1)), 0};
    const auto before = box_contact(size_a, a, size_b, b);
    b.position_m += Vec3(rng.uniform(-1, 1), rng.uniform(-1, 1), rng.uniform(-1, 1)) * 1e-4;
    b.yaw_rad += rng.uniform(-1, 1) * 1e-4;
    const auto after = box_contact(size_a, a, size_b, b);
    EXPECT_NEAR(before ? before->depth_m : 0, after ? after->depth_m : 0, 1e-3);
    EXPECT_NEAR(before ? before->share : 0, after ? after->share : 0, 1e-2);
  }
}

TEST(Check, OverlapIsReportedForBothAndInWords) {
  const SceneGraph graph = room({thing("bed_1", {2, 1.5, 0.5}), thing("nightstand_1", {0.5, 0.4, 0.5})});
  const Layout layout{{at(3, 2, 0.25), at(4.04, 2, 0.25)}};  // 1 + 0.25 - 1.04 = 0.21
  const Report report = check(graph, layout, kPhysical);
  ASSERT_EQ(report.faults.size(), 1U);
  const Fault& fault = report.faults[0];
  EXPECT_EQ(fault.kind, FaultKind::Overlap);
  EXPECT_NEAR(fault.magnitude, 0.21, 1e-12);
  EXPECT_EQ(describe(graph, fault), "bed_1 overlaps nightstand_1 by 0.21 m");
  EXPECT_EQ(brief(graph, fault), "overlap 0.21 m");
  EXPECT_EQ(remedy(graph, fault), "0.21 m west would free it");
  EXPECT_TRUE(report.objects[0].colliding && report.objects[1].colliding);
  EXPECT_EQ(report.colliding_pairs, 1);
  EXPECT_DOUBLE_EQ(report.colliding_share(), 1);
  EXPECT_DOUBLE_EQ(report.faulty_share(), 1);
}

TEST(Check, TouchingIsNoOverlapAndRugsNeverCollide) {
  const SceneGraph graph = room(
      {thing("bed_1", {2, 1.5, 0.5}), thing("nightstand_1", {0.5, 0.4, 0.5}), thing("rug_1", {3, 2, 0.02})});
  const Layout layout{{at(3, 2, 0.25), at(4.25, 2, 0.25), at(3, 2, 0.01)}};
  EXPECT_TRUE(check(graph, layout).faults.empty());
}

TEST(Check, WhatIsSaidToBeOnOrUnderMaySharePlace) {
  SceneObject chair = thing("dining_chair_1", {0.5, 0.5, 0.7}, {{Preposition::Under, ObjectRef{0}, true}});
  SceneGraph graph = room({thing("desk_1", {1.4, 0.7, 0.75}), chair});
  const Layout layout{{at(3, 2, 0.375), at(3, 2.2, 0.35)}};
  EXPECT_TRUE(check(graph, layout).faults.empty());
  graph.objects[1].relations.clear();
  EXPECT_EQ(faults_of(check(graph, layout), FaultKind::Overlap).size(), 1U);
}

// -------------------------------------------------------------------------------------------- out of room

TEST(Check, OutOfRoomIsTheLargestOverhang) {
  const SceneGraph graph = room({thing("bed_1", {2, 1, 0.5})});
  const Report report = check(graph, {{at(0.65, 2, 0.25)}}, kPhysical);
  ASSERT_EQ(report.faults.size(), 1U);
  EXPECT_NEAR(report.faults[0].magnitude, 0.35, 1e-12);
  EXPECT_EQ(describe(graph, report.faults[0]), "bed_1 is 0.35 m out of the room, beyond the west_wall");
  EXPECT_EQ(brief(graph, report.faults[0]), "0.35 m out of the room");
  EXPECT_EQ(remedy(graph, report.faults[0]), "0.35 m east would bring it inside");
  // Turned by 90 degrees it reaches only 0.5 m to each side.
  EXPECT_TRUE(check(graph, {{at(0.65, 2, 0.25, 90)}}, kPhysical).faults.empty());
  // By 45 degrees: (2 + 1) / 2 / sqrt 2 = 1.0607.
  EXPECT_NEAR(check(graph, {{at(0.65, 2, 0.25, 45)}}, kPhysical).objects[0].out_m,
              1.5 * std::sqrt(0.5) - 0.65, 1e-12);
}

TEST(OutOfRoom, EveryBorderAndTooLargeThings) {
  const scene::RoomSize size{6, 4, 3};
  const auto out = [&](double x, double y, double z) { return out_of_room(size, {1, 1, 1}, at(x, y, z)); };
  EXPECT_DOUBLE_EQ(out(3, 2, 1.5).distance_m, 0);
  EXPECT_TRUE(out(0.3, 2, 1.5).move_m.isApprox(Vec3(0.2, 0, 0)));
  EXPECT_TRUE(out(5.8, 2, 1.5).move_m.isApprox(Vec3(-0.3, 0, 0)));
  EXPECT_TRUE(out(3, 0.1, 1.5).move_m.isApprox(Vec3(0, 0.4, 0)));
  EXPECT_TRUE(out(3, 3.7, 1.5).move_m.isApprox(Vec3(0, -0.2, 0)));
  EXPECT_TRUE(out(3, 2, 0.25).move_m.isApprox(Vec3(0, 0, 0.25)));
  EXPECT_TRUE(out(3, 2, 2.75).move_m.isApprox(Vec3(0, 0, -0.25)));
  EXPECT_NEAR(out(0.3, 3.9, 1.5).distance_m, 0.4, 1e-12);
  const OutOfRoom large = out_of_room(size, {8, 1, 1}, at(2, 2, 1.5));
  EXPECT_NEAR(large.distance_m, 2, 1e-12);
  EXPECT_TRUE(large.move_m.isApprox(Vec3(1, 0, 0)));
}

// ---------------------------------------------------------------------------------------------- relations

/// The one region of a relation of a 1 x 0.4 x 1 m thing at yaw 0 in the 6 x 4 x 3 m room.
RelationRegion region_of(Preposition preposition, Element element, double yaw_deg = 0) {
  const SceneGraph graph = room({thing("cabinet_1", {1, 0.4, 1}, {{preposition, element, true}})});
  const auto regions = relation_regions(graph, {{at(3, 2, 0.5, yaw_deg)}}, 0, 0);
  EXPECT_EQ(regions.size(), 1U);
  return regions.empty() ? RelationRegion{} : regions[0];
}

void expect_plan(const RelationRegion& region, double x_lo, double x_hi, double y_lo, double y_hi) {
  EXPECT_NEAR(region.lo_m.x(), x_lo, 1e-9);
  EXPECT_NEAR(region.hi_m.x(), x_hi, 1e-9);
  EXPECT_NEAR(region.lo_m.y(), y_lo, 1e-9);
  EXPECT_NEAR(region.hi_m.y(), y_hi, 1e-9);
}

TEST(Regions, WallsAndMiddle) {
  expect_plan(region_of(Preposition::On, Element::SouthWall), 0.5, 5.5, 0.2, 0.2);
  expect_plan(region_of(Preposition::On, Element::NorthWall), 0.5, 5.5, 3.8, 3.8);
  expect_plan(region_of(Preposition::On, Element::EastWall), 5.5, 5.5, 0.2, 3.8);
  expect_plan(region_of(Preposition::On, Element::EastWall, 90), 5.8, 5.8, 0.5, 3.5);
  expect_plan(region_of(Preposition::On, Element::WestWall), 0.5, 0.5, 0.2, 3.8);
  expect_plan(region_of(Preposition::On, Element::Middle), 0.5, 5.5, 0.2, 3.8);
  expect_plan(region_of(Preposition::InMiddle, Element::Middle), 2, 4, 4.0 / 3, 8.0 / 3);
  expect_plan(region_of(Preposition::InMiddle, Element::SouthWall), 2, 4, 0.2, 0.2);
  // Seen from the north wall into the room, left is east.
  expect_plan(region_of(Preposition::LeftOf, Element::NorthWall), 3, 5.5, 0.2, 3.8);
  expect_plan(region_of(Preposition::LeftOf, Element::SouthWall), 0.5, 3, 0.2, 3.8);
  expect_plan(region_of(Preposition::InFront, Element::NorthWall), 0.5, 5.5, 3.5, 3.8);
}

TEST(Regions, InTheMiddleNarrowsToTheOnlyPlaceOfALargeThing) {
  const SceneGraph graph =
      room({thing("stage_1", {6, 3, 0.2}, {{Preposition::InMiddle, Element::Middle, true}})});
  const auto regions = relation_regions(graph, {{at(3, 2, 0.1)}}, 0, 0);
  ASSERT_EQ(regions.size(), 1U);
  expect_plan(regions[0], 3, 3, 1.5, 2.5);
}

TEST(Regions, CeilingFixesTheTop) {
  SceneGraph graph = room({thing("thing_1", {1, 1, 0.4}, {{Preposition::On, Element::Ceiling, true}})});
  graph.objects[0].on_floor = false;
  const auto regions = relation_regions(graph, {{at(3, 2, 0.1)}}, 0, 0);
  ASSERT_EQ(regions.size(), 1U);
  EXPECT_NEAR(regions[0].lo_m.z(), 2.8, 1e-12);
  EXPECT_NEAR(regions[0].hi_m.z(), 2.8, 1e-12);
}

TEST(Regions, ACornerOfOneWallIsEitherEndAndOfTwoWallsOnePoint) {
  SceneGraph graph =
      room({thing("plant_1", {0.4, 0.4, 1}, {{Preposition::InCorner, Element::SouthWall, true}})});
  const Layout layout{{at(5.8, 0.2, 0.5)}};
  ASSERT_EQ(relation_regions(graph, layout, 0, 0).size(), 2U);
  EXPECT_TRUE(check(graph, layout).faults.empty());
  EXPECT_TRUE(check(graph, {{at(0.2, 0.2, 0.5)}}).faults.empty());
  graph.objects[0].relations.push_back({Preposition::InCorner, Element::WestWall, true});
  const auto corner = relation_regions(graph, layout, 0, 1);
  ASSERT_EQ(corner.size(), 1U);
  expect_plan(corner[0], 0.2, 0.2, 0.2, 0.2);
  const Report report = check(graph, layout);
  EXPECT_EQ(report.broken_relations, 2);
  EXPECT_NEAR(report.objects[0].relation_m, 5.6, 1e-12);
  EXPECT_TRUE(report.objects[0].relation_axis_m.isApprox(Vec3(5.6, 0, 0)));
  EXPECT_TRUE(check(graph, {{at(0.25, 0.2, 0.5)}}).faults.empty());  // within the tolerance
}

TEST(Regions, BesideAnObjectTurnsWithIt) {
  SceneGraph graph =
      room({thing("bed_1", {2, 1.6, 0.5}),
            thing("nightstand_1", {0.5, 0.4, 0.5}, {{Preposition::LeftOf, ObjectRef{0}, true}})});
  // Yaw 0: left is -x. Gap 0 at 3 - 1 - 0.25 = 1.75, gap 0.3 at 1.45; across within the bed's 0.8.
  const auto north = relation_regions(graph, {{at(3, 2, 0.25), at(0, 0, 0.25)}}, 1, 0);
  ASSERT_EQ(north.size(), 1U);
  expect_plan(north[0], 1.45, 1.75, 1.2, 2.8);
  // Not adjacent: up to 2.5 m, and the projections only have to meet.
  graph.objects[1].relations[0].adjacent = false;
  expect_plan(relation_regions(graph, {{at(3, 2, 0.25), at(0, 0, 0.25)}}, 1, 0)[0], -0.75, 1.75, 1.0, 3.0);
  graph.objects[1].relations[0].adjacent = true;
  // Yaw 90 (facing east): left is +y. The thing keeps its own yaw 0: half 0.25 along the room's x.
  const Layout east{{at(3, 2, 0.25, 90), at(3, 3.25, 0.25)}};  // 2 + 1 + 0.2 = 3.2 is gap 0
  const Report report = check(graph, east, kPhysical);
  EXPECT_TRUE(report.faults.empty()) << (report.faults.empty() ? "" : describe(graph, report.faults[0]));
  const Report wrong = check(graph, {{at(3, 2, 0.25, 90), at(3, 0.75, 0.25)}}, kPhysical);
  ASSERT_EQ(wrong.faults.size(), 1U);
  EXPECT_NEAR(wrong.faults[0].magnitude, 2.45, 1e-9);
  EXPECT_EQ(describe(graph, wrong.faults[0]), "nightstand_1 is not close left of bed_1: 2.45 m off");
  EXPECT_EQ(brief(graph, wrong.faults[0]), "not left of: 2.45 m off");
  EXPECT_EQ(remedy(graph, wrong.faults[0]), "2.45 m north would put it in its place");
}

TEST(Regions, OnUnderAndAboveAnObject) {
  SceneObject lamp = thing("table_lamp_1", {0.2, 0.2, 0.4}, {{Preposition::On, ObjectRef{0}, true}});
  lamp.on_floor = false;
  SceneGraph graph = room({thing("nightstand_1", {0.5, 0.4, 0.5}), lamp});
  const Layout good{{at(3, 2, 0.25), at(3.1, 2, 0.7)}};
  EXPECT_TRUE(check(graph, good).faults.empty());
  // 0.3 m beside the footprint, at the right height: off by 0.3 as relation and as support.
  const Report beside = check(graph, {{at(3, 2, 0.25), at(3.55, 2, 0.7)}});
  ASSERT_EQ(beside.faults.size(), 2U);
  EXPECT_NEAR(beside.faults[0].magnitude, 0.3, 1e-9);
  EXPECT_NEAR(beside.faults[1].magnitude, 0.3, 1e-9);
  EXPECT_EQ(describe(graph, beside.faults[1]),
            "table_lamp_1 rests on nothing: 0.30 m from the nearest support");
  graph.objects[1].relations[0].preposition = Preposition::Above;
  EXPECT_TRUE(faults_of(check(graph, {{at(3, 2, 0.25), at(3, 2, 1.7)}}), FaultKind::Relation).empty());
  graph.objects[1].relations[0].preposition = Preposition::Under;
  const auto under = relation_regions(graph, good, 1, 0);
  ASSERT_EQ(under.size(), 1U);
  EXPECT_NEAR(under[0].hi_m.z(), 0.5 - 0.2, 1e-12);
}

TEST(Relations, TheToleranceIsTheEdge) {
  const SceneGraph graph =
      room({thing("cabinet_1", {1, 0.4, 1}, {{Preposition::On, Element::SouthWall, true}})});
  EXPECT_TRUE(check(graph, {{at(3, 0.3, 0.5)}}, kPhysical).faults.empty());
  const Report report = check(graph, {{at(3, 0.31, 0.5)}}, kPhysical);
  ASSERT_EQ(report.faults.size(), 1U);
  EXPECT_NEAR(report.faults[0].magnitude, 0.11, 1e-12);
  EXPECT_NEAR(report.faults[0].slop, 0.10, 1e-12);
  EXPECT_EQ(describe(graph, report.faults[0]), "cabinet_1 is not on the south_wall: 0.11 m off");
}

TEST(Relations, UnsatisfiableOnesAreTheRoomsFault) {
  const Relation on_south{Preposition::On, Element::SouthWall, true};
  SceneGraph graph = room({thing("bus_1", {8, 7, 2}, {on_south})});  // larger than the room both ways
  Report report = check(graph, {{at(3, 2, 1)}});
  EXPECT_EQ(report.unsatisfiable_relations, 1);
  EXPECT_EQ(report.broken_relations, 0);
  EXPECT_DOUBLE_EQ(report.broken_relation_share(), 0);

  const auto unsatisfiable = [](const SceneGraph& g) { return !satisfiable(g, 0, 0); };
  EXPECT_TRUE(
      unsatisfiable(room({thing("a_1", {1, 1, 1}, {{Preposition::Behind, Element::NorthWall, true}})})));
  EXPECT_TRUE(unsatisfiable(room({thing("a_1", {1, 1, 1}, {{Preposition::Above, Element::Ceiling, true}})})));
  EXPECT_TRUE(unsatisfiable(room({thing("a_1", {1, 1, 1},
                                        {{Preposition::InCorner, Element::NorthWall, true},
                                         {Preposition::InCorner, Element::SouthWall, true}})})));
  EXPECT_TRUE(unsatisfiable(room({thing("a_1", {1, 1, 1.5}, {{Preposition::Under, ObjectRef{1}, true}}),
                                  thing("table_1", {1, 1, 0.7})})));
  EXPECT_TRUE(unsatisfiable(room({thing("a_1", {1, 1, 1.5}, {{Preposition::LeftOf, ObjectRef{0}, true}})})));
  EXPECT_TRUE(unsatisfiable(room({thing("a_1", {1, 1, 1.5}, {{Preposition::LeftOf, ObjectRef{9}, true}})})));
  EXPECT_TRUE(unsatisfiable(room(
      {thing("a_1", {4, 4, 1}, {{Preposition::LeftOf, ObjectRef{1}, true}}), thing("b_1", {4, 3.5, 1})})));
}

TEST(Relations, AnAnswerCannotMakeARelationUnsatisfiable) {
  // The bed at the west wall leaves no room to its left: that is the answer's fault.
  const SceneGraph graph =
      room({thing("bed_1", {2, 1.6, 0.5}),
            thing("nightstand_1", {0.5, 0.4, 0.5}, {{Preposition::LeftOf, ObjectRef{0}, true}})});
  const Report report = check(graph, {{at(1, 2, 0.25), at(0.25, 3.5, 0.25)}});
  EXPECT_EQ(report.unsatisfiable_relations, 0);
  EXPECT_EQ(report.broken_relations, 1);
  // Turned so that it does not fit its wall: also the answer's fault, and the more it lacks, the larger.
  const SceneGraph wall = room({thing("shelf_1", {5, 0.4, 2}, {{Preposition::On, Element::WestWall, true}})});
  EXPECT_TRUE(relation_regions(wall, {{at(0.2, 2, 1, 90)}}, 0, 0).empty());
  const Report turned = check(wall, {{at(0.2, 2, 1, 90)}});
  EXPECT_EQ(turned.broken_relations, 1);
  EXPECT_NEAR(turned.objects[0].relation_m, 0.5, 1e-9);
}

// ------------------------------------------------------------------------------------------------ support

TEST(Support, FloorThingsStandOnTheFloorOrARug) {
  const SceneGraph graph = room({thing("rug_1", {2, 2, 0.02}), thing("stool_1", {0.4, 0.4, 0.4})});
  EXPECT_TRUE(check(graph, {{at(3, 2, 0.01), at(3, 2, 0.22)}}).faults.empty());
  EXPECT_TRUE(check(graph, {{at(3, 2, 0.01), at(3, 2, 0.20)}}).faults.empty());
  const Report floats = check(graph, {{at(3, 2, 0.01), at(5, 2, 0.5)}});
  ASSERT_EQ(floats.faults.size(), 1U);
  EXPECT_NEAR(floats.faults[0].magnitude, 0.3, 1e-12);
  EXPECT_EQ(describe(graph, floats.faults[0]), "stool_1 floats 0.30 m above the floor");
  EXPECT_EQ(remedy(graph, floats.faults[0]), "0.30 m down would hold it up");
  const Report sunk = check(graph, {{at(3, 2, 0.01), at(5, 2, 0.1)}});
  const auto faults = faults_of(sunk, FaultKind::Support);
  ASSERT_EQ(faults.size(), 1U);
  EXPECT_EQ(describe(graph, faults[0]), "stool_1 is sunk 0.10 m into the floor");
}

TEST(Support, OnTheFloorOverrulesTheKind) {
  SceneGraph graph = room({thing("painting_1", {1, 0.1, 0.8})});
  EXPECT_TRUE(support_modes(graph, 0).floor);
  EXPECT_TRUE(check(graph, {{at(3, 2, 0.4)}}).faults.empty());
  graph.objects[0].on_floor = false;
  EXPECT_FALSE(support_modes(graph, 0).floor);
}

TEST(Support, WallThingsTouchAWallAndCeilingThingsTheCeiling) {
  SceneGraph graph = room({thing("something_1", {1, 0.1, 0.8}, {{Preposition::On, Element::NorthWall, true}}),
                           thing("other_1", {0.4, 0.4, 0.5}, {{Preposition::On, Element::Ceiling, true}})});
  graph.objects[0].on_floor = graph.objects[1].on_floor = false;
  EXPECT_TRUE(support_modes(graph, 0).wall);
  EXPECT_TRUE(support_modes(graph, 1).ceiling);
  EXPECT_TRUE(check(graph, {{at(3, 3.95, 1.5), at(3, 2, 2.75)}}).faults.empty());
  const Report report = check(graph, {{at(3, 3.5, 1.5), at(3, 2, 2.25)}});
  const auto faults = faults_of(report, FaultKind::Support);
  ASSERT_EQ(faults.size(), 2U);
  EXPECT_EQ(describe(graph, faults[0]), "something_1 hangs 0.45 m away from any wall");
  EXPECT_EQ(describe(graph, faults[1]), "other_1 is 0.50 m below the ceiling");
  EXPECT_EQ(remedy(graph, faults[0]), "0.45 m north would hold it up");
}

// ----------------------------------------------------------------------------------------------- openings

SceneGraph with_opening(SceneGraph graph, OpeningKind kind, Wall wall, double centre_m, double width_m,
                        double bottom_m, double height_m) {
  Opening opening;
  opening.id = kind == OpeningKind::Door ? "door_1" : "window_1";
  opening.kind = kind;
  opening.wall = wall;
  opening.centre_m = centre_m;
  opening.width_m = width_m;
  opening.bottom_m = bottom_m;
  opening.height_m = height_m;
  graph.openings.push_back(opening);
  return graph;
}

TEST(Openings, ClearZonesAreInsideTheRoom) {
  const auto zone = [](OpeningKind kind, Wall wall) {
    const SceneGraph graph = with_opening(room({}), kind, wall, 1.5, 1.0, 0.9, 1.2);
    return clear_zone_m(graph, graph.openings[0]);
  };
  const auto near = [](const std::array<double, 4>& a, const std::array<double, 4>& b) {
    for (std::size_t k = 0; k < 4; ++k) EXPECT_NEAR(a[k], b[k], 1e-12) << k;
  };
  near(zone(OpeningKind::Door, Wall::South), {1, 2, 0, 1});
  near(zone(OpeningKind::Door, Wall::North), {1, 2, 3, 4});
  near(zone(OpeningKind::Door, Wall::East), {5, 6, 1, 2});
  near(zone(OpeningKind::Window, Wall::West), {0, 0.3, 1, 2});
}

TEST(Openings, ADoorNeedsItsSwing) {
  const SceneGraph graph = with_opening(room({thing("desk_1", {1, 0.6, 0.7}), thing("rug_1", {1, 1, 0.02})}),
                                        OpeningKind::Door, Wall::East, 2, 0.9, 0, 2);
  // The swing is x 5.1..6, y 1.55..2.45. The desk reaches to x 5.3: 0.2 m in it.
  const Report report = check(graph, {{at(4.8, 2, 0.35), at(5.5, 2, 0.01)}});
  ASSERT_EQ(report.faults.size(), 1U);
  EXPECT_EQ(report.faults[0].kind, FaultKind::DoorBlocked);
  EXPECT_NEAR(report.faults[0].magnitude, 0.2, 1e-9);
  EXPECT_EQ(describe(graph, report.faults[0]), "desk_1 is 0.20 m inside the swing of door_1");
  EXPECT_EQ(remedy(graph, report.faults[0]), "0.20 m west would clear door_1");
  EXPECT_TRUE(check(graph, {{at(4.6, 2, 0.35), at(5.5, 2, 0.01)}}).faults.empty());
  // At the wall, inside the swing: the way out leads along the wall or into the room, never through it.
  const Report deep = check(graph, {{at(5.5, 2, 0.35), at(3, 2, 0.01)}});
  ASSERT_EQ(deep.faults.size(), 1U);
  EXPECT_LE(deep.faults[0].push_m.x(), 1e-9);
}

TEST(Openings, AThinPictureOverADoorIsDeepInIt) {
  SceneGraph graph = with_opening(
      room({thing("something_1", {0.8, 0.05, 0.6}, {{Preposition::On, Element::EastWall, true}})}),
      OpeningKind::Door, Wall::East, 2, 0.9, 0, 2);
  graph.objects[0].on_floor = false;
  const Report report = check(graph, {{at(5.975, 2, 1.5, 270)}});
  ASSERT_EQ(report.faults.size(), 1U);
  EXPECT_GT(report.faults[0].magnitude, 0.2);
  EXPECT_TRUE(check(graph, {{at(5.975, 2, 2.3, 270)}}).faults.empty());  // above the door
}

TEST(Openings, AWindowMindsOnlyWhatIsTallerThanItsSill) {
  const SceneGraph graph = with_opening(room({thing("wardrobe_1", {1, 0.6, 2})}), OpeningKind::Window,
                                        Wall::North, 3, 1.2, 0.9, 1.2);
  const Report report = check(graph, {{at(3, 3.7, 1)}}, kPhysical);
  ASSERT_EQ(report.faults.size(), 1U);
  EXPECT_EQ(report.faults[0].kind, FaultKind::WindowBlocked);
  EXPECT_TRUE(check(graph, {{at(5.2, 3.7, 1)}}, kPhysical).faults.empty());
  const SceneGraph low = with_opening(room({thing("bench_1", {1, 0.6, 0.9})}), OpeningKind::Window,
                                      Wall::North, 3, 1.2, 0.9, 1.2);
  EXPECT_TRUE(check(low, {{at(3, 3.7, 0.45)}}, kPhysical).faults.empty());
}

// --------------------------------------------------------------------------------------------- properties

/// A room with everything in it, for the property tests.
struct Case {
  SceneGraph graph;
  Layout layout;
};

Case random_case(Rng& rng) {
  Case result;
  SceneGraph& graph = result.graph;
  graph.size = {rng.uniform(4, 7), rng.uniform(3, 5), rng.uniform(2.4, 3)};
  constexpr std::array kPrepositions = {Preposition::On,     Preposition::Under,    Preposition::Above,
                                        Preposition::LeftOf, Preposition::RightOf,  Preposition::InFront,
                                        Preposition::Behind, Preposition::InCorner, Preposition::InMiddle};
  constexpr std::array kKinds = {"bed",      "rug",          "nightstand",   "table_lamp",
                                 "painting", "pendant_lamp", "dining_chair", "desk",
                                 "sofa",     "television",   "wardrobe",     "unknown"};
  const int n = 3 + static_cast<int>(rng.below(8));
  for (int i = 0; i < n; ++i) {
    SceneObject object = thing(std::string(rng.pick(kKinds)) + "_" + std::to_string(i),
                               {rng.uniform(0.2, 2), rng.uniform(0.2, 1.5), rng.uniform(0.1, 1.5)});
    object.on_floor = rng.chance(0.7);
    const int relations = static_cast<int>(rng.below(3));
    for (int r = 0; r < relations; ++r) {
      Relation relation{rng.pick(kPrepositions), static_cast<Element>(rng.below(4)), rng.chance(0.5)};
      if (i > 0 && rng.chance(0.5)) {
        relation.target = ObjectRef{static_cast<int>(rng.below(static_cast<std::size_t>(i)))};
      } else if (rng.chance(0.2)) {
        // Elements without a direction of their own; "left of the middle" has the room's, which turning
        // changes.
        relation.target = rng.chance(0.5) ? Element::Middle : Element::Ceiling;
        relation.preposition = rng.chance(0.5) ? Preposition::On : Preposition::InMiddle;
      }
      object.relations.push_back(relation);
    }
    if (rng.chance(0.2)) {
      object.facing = static_cast<Element>(rng.below(4));
    } else if (i > 0 && rng.chance(0.2)) {
      object.facing = ObjectRef{static_cast<int>(rng.below(static_cast<std::size_t>(i)))};
    }
    graph.objects.push_back(object);
    result.layout.poses.push_back(
        {Vec3(rng.uniform(-0.5, graph.size.length_m + 0.5), rng.uniform(-0.5, graph.size.width_m + 0.5),
              rng.chance(0.5) ? 0.5 * object.size_m.z() : rng.uniform(0, 3)),
         rng.chance(0.5) ? kPi / 2 * static_cast<double>(rng.below(4)) : rng.uniform(-7, 7)});
  }
  for (int k = 0; k < 2; ++k) {
    const auto wall = static_cast<Wall>(rng.below(4));
    graph = with_opening(std::move(graph), k == 0 ? OpeningKind::Door : OpeningKind::Window, wall,
                         rng.uniform(0.6, graph.size.wall_length_m(wall) - 0.6), 0.9, k == 0 ? 0 : 0.9, 1.2);
  }
  return result;
}

void expect_same_magnitudes(const SceneGraph& graph, const Report& a, const Report& b) {
  ASSERT_EQ(a.faults.size(), b.faults.size());
  for (std::size_t k = 0; k < a.faults.size(); ++k) {
    EXPECT_EQ(a.faults[k].kind, b.faults[k].kind);
    EXPECT_EQ(a.faults[k].object, b.faults[k].object);
    EXPECT_EQ(a.faults[k].other, b.faults[k].other);
    EXPECT_NEAR(a.faults[k].magnitude, b.faults[k].magnitude, 1e-7) << describe(graph, a.faults[k]);
    EXPECT_NEAR(a.faults[k].share, b.faults[k].share, 1e-7);
  }
  for (std::size_t i = 0; i < a.objects.size(); ++i) {
    EXPECT_NEAR(a.objects[i].overlap_m, b.objects[i].overlap_m, 1e-7);
    EXPECT_NEAR(a.objects[i].out_m, b.objects[i].out_m, 1e-7);
    EXPECT_NEAR(a.objects[i].relation_m, b.objects[i].relation_m, 1e-7);
    EXPECT_NEAR(a.objects[i].support_m, b.objects[i].support_m, 1e-7);
    EXPECT_NEAR(a.objects[i].blocked_m, b.objects[i].blocked_m, 1e-7);
  }
  EXPECT_EQ(a.unsatisfiable_relations, b.unsatisfiable_relations);
  for (std::size_t i = 0; i < a.objects.size(); ++i) {
    EXPECT_NEAR(a.objects[i].use_m, b.objects[i].use_m, 1e-7);
    EXPECT_NEAR(a.objects[i].alignment_m, b.objects[i].alignment_m, 1e-7);
  }
}

TEST(Properties, TurningTheRoomLeavesMagnitudesAlone) {
  const std::uint64_t seed = 11;
  Rng rng(seed);
  // A quarter turn clockwise, seen from above: north becomes east, (x, y) -> (y, length - x).
  const auto turned = [](Wall wall) {
    switch (wall) {
      case Wall::North:
        return Wall::East;
      case Wall::East:
        return Wall::South;
      case Wall::South:
        return Wall::West;
      case Wall::West:
        return Wall::North;
    }
    return wall;
  };
  for (int trial = 0; trial < 300; ++trial) {
    SCOPED_TRACE("seed " + std::to_string(seed) + ", trial " + std::to_string(trial));
    const Case before = random_case(rng);
    Case after = before;
    after.graph.size = {before.graph.size.width_m, before.graph.size.length_m, before.graph.size.height_m};
    for (Pose& pose : after.layout.poses) {
      pose.position_m =
          Vec3(pose.position_m.y(), before.graph.size.length_m - pose.position_m.x(), pose.position_m.z());
      pose.yaw_rad += kPi / 2;
    }
    const auto turn = [&](scene::Target& target) {
      if (auto* element = std::get_if<Element>(&target))
        if (const auto wall = scene::wall_of(*element)) *element = scene::element_of(turned(*wall));
    };
    for (SceneObject& object : after.graph.objects) {
      for (Relation& relation : object.relations) turn(relation.target);
      if (object.facing) turn(*object.facing);
    }
    for (Opening& opening : after.graph.openings) {
      // Along south and north the new coordinate on west and east is length - x; along west and east it stays
      // y.
      if (opening.wall == Wall::South || opening.wall == Wall::North)
        opening.centre_m = before.graph.size.length_m - opening.centre_m;
      opening.wall = turned(opening.wall);
    }
    expect_same_magnitudes(before.graph, check(before.graph, before.layout),
                           check(after.graph, after.layout));
  }
}

TEST(Properties, AMirroredRoomWithSidesSwappedIsTheSame) {
  const std::uint64_t seed = 12;
  Rng rng(seed);
  for (int trial = 0; trial < 300; ++trial) {
    SCOPED_TRACE("seed " + std::to_string(seed) + ", trial " + std::to_string(trial));
    const Case before = random_case(rng);
    Case after = before;
    for (Pose& pose : after.layout.poses) {
      pose.position_m.x() = before.graph.size.length_m - pose.position_m.x();
      pose.yaw_rad = -pose.yaw_rad;
    }
    const auto mirror = [](scene::Target& target) {
      if (target == scene::Target(Element::WestWall)) {
        target = Element::EastWall;
      } else if (target == scene::Target(Element::EastWall)) {
        target = Element::WestWall;
      }
    };
    for (SceneObject& object : after.graph.objects) {
      if (object.facing) mirror(*object.facing);
      for (Relation& relation : object.relations) {
        mirror(relation.target);
        if (relation.preposition == Preposition::LeftOf) {
          relation.preposition = Preposition::RightOf;
        } else if (relation.preposition == Preposition::RightOf) {
          relation.preposition = Preposition::LeftOf;
        }
      }
    }
    for (Opening& opening : after.graph.openings) {
      if (opening.wall == Wall::South || opening.wall == Wall::North) {
        opening.centre_m = before.graph.size.length_m - opening.centre_m;
      } else {
        opening.wall = opening.wall == Wall::West ? Wall::East : Wall::West;
      }
    }
    expect_same_magnitudes(before.graph, check(before.graph, before.layout),
                           check(after.graph, after.layout));
  }
}

TEST(Properties, OrderOfObjectsDoesNotMatter) {
  const std::uint64_t seed = 13;
  Rng rng(seed);
  for (int trial = 0; trial < 200; ++trial) {
    SCOPED_TRACE("seed " + std::to_string(seed) + ", trial " + std::to_string(trial));
    const Case before = random_case(rng);
    const std::size_t n = before.graph.objects.size();
    std::vector<int> to(n);
    for (std::size_t i = 0; i < n; ++i) to[i] = static_cast<int>(i);
    rng.shuffle(std::span<int>(to));
    Case after = before;
    for (std::size_t i = 0; i < n; ++i) {
      const auto j = static_cast<std::size_t>(to[i]);
      after.graph.objects[j] = before.graph.objects[i];
      after.layout.poses[j] = before.layout.poses[i];
      for (Relation& relation : after.graph.objects[j].relations)
        if (auto* ref = std::get_if<ObjectRef>(&relation.target))
          ref->index = to[static_cast<std::size_t>(ref->index)];
      if (auto& facing = after.graph.objects[j].facing)
        if (auto* ref = std::get_if<ObjectRef>(&*facing))
          ref->index = to[static_cast<std::size_t>(ref->index)];
    }
    const Report a = check(before.graph, before.layout);
    const Report b = check(after.graph, after.layout);
    ASSERT_EQ(a.faults.size(), b.faults.size());
    for (std::size_t i = 0; i < n; ++i) {
      const ObjectReport& mine = a.objects[i];
      const ObjectReport& theirs = b.objects[static_cast<std::size_t>(to[i])];
      EXPECT_NEAR(mine.overlap_m, theirs.overlap_m, 1e-9);
      EXPECT_NEAR(mine.out_m, theirs.out_m, 1e-9);
      EXPECT_NEAR(mine.relation_m, theirs.relation_m, 1e-9);
      EXPECT_NEAR(mine.support_m, theirs.support_m, 1e-9);
      EXPECT_NEAR(mine.blocked_m, theirs.blocked_m, 1e-9);
      EXPECT_NEAR(mine.use_m, theirs.use_m, 1e-9);
      EXPECT_NEAR(mine.alignment_m, theirs.alignment_m, 1e-9);
      EXPECT_EQ(mine.broken_relations, theirs.broken_relations);
    }
  }
}

TEST(Properties, MagnitudesAreContinuous) {
  const std::uint64_t seed = 14;
  Rng rng(seed);
  for (int trial = 0; trial < 500; ++trial) {
    SCOPED_TRACE("seed " + std::to_string(seed) + ", trial " + std::to_string(trial));
    Case c = random_case(rng);
    const Report before = check(c.graph, c.layout);
    constexpr double kStep_m = 1e-5;
    for (Pose& pose : c.layout.poses) {
      pose.position_m += Vec3(rng.uniform(-1, 1), rng.uniform(-1, 1), rng.uniform(-1, 1)) * kStep_m;
      pose.yaw_rad += rng.uniform(-1, 1) * kStep_m;
    }
    const Report after = check(c.graph, c.layout);
    for (std::size_t i = 0; i < before.objects.size(); ++i) {
      EXPECT_NEAR(before.objects[i].overlap_m, after.objects[i].overlap_m, 20 * kStep_m);
      EXPECT_NEAR(before.objects[i].out_m, after.objects[i].out_m, 20 * kStep_m);
      EXPECT_NEAR(before.objects[i].relation_m, after.objects[i].relation_m, 40 * kStep_m);
      EXPECT_NEAR(before.objects[i].support_m, after.objects[i].support_m, 40 * kStep_m);
      EXPECT_NEAR(before.objects[i].blocked_m, after.objects[i].blocked_m, 20 * kStep_m);
      EXPECT_NEAR(before.objects[i].use_m, after.objects[i].use_m, 200 * kStep_m);
    }
  }
}

TEST(Properties, TheMoveOfARelationLeadsIntoItsRegion) {
  const std::uint64_t seed = 15;
  Rng rng(seed);
  int moved = 0;
  for (int trial = 0; trial < 300; ++trial) {
    SCOPED_TRACE("seed " + std::to_string(seed) + ", trial " + std::to_string(trial));
    Case c = random_case(rng);
    const Report report = check(c.graph, c.layout);
    for (const Fault& fault : report.faults) {
      if (fault.kind != FaultKind::Relation ||
          relation_regions(c.graph, c.layout, fault.object, fault.other).empty())
        continue;
      EXPECT_NEAR(fault.push_m.norm(), fault.magnitude, 1e-9);
      Layout after = c.layout;
      after.poses[static_cast<std::size_t>(fault.object)].position_m += fault.push_m;
      for (const Fault& left : check(c.graph, after).faults)
        EXPECT_FALSE(left.kind == FaultKind::Relation && left.object == fault.object &&
                     left.other == fault.other);
      ++moved;
    }
  }
  EXPECT_GT(moved, 100);
}

TEST(Check, AnEmptyRoomAndHugeNumbersAreFine) {
  EXPECT_DOUBLE_EQ(check(room({}), {}).faulty_share(), 0);
  const SceneGraph graph =
      room({thing("bed_1", {2, 1.6, 0.5}),
            thing("nightstand_1", {0.5, 0.4, 0.5}, {{Preposition::LeftOf, ObjectRef{0}, true}})});
  const Report report = check(graph, {{at(1e300, -1e300, 1e300), at(-1e300, 1e300, 0, 1e9)}});
  EXPECT_DOUBLE_EQ(report.faulty_share(), 1);
  for (const Fault& fault : report.faults) EXPECT_FALSE(describe(graph, fault).empty());
}

}  // namespace
}  // namespace metaspatial::physics
