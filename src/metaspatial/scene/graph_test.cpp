#include "metaspatial/scene/graph.hpp"

#include <gtest/gtest.h>

namespace metaspatial::scene {
namespace {

TEST(Names, RoundTripAndAreTheFilesWords) {
  for (const Wall wall : {Wall::South, Wall::North, Wall::East, Wall::West}) {
    EXPECT_EQ(wall_from_name(name(wall)), wall);
    EXPECT_EQ(wall_of(element_of(wall)), wall);
    EXPECT_EQ(name(element_of(wall)), name(wall));
  }
  for (int i = 0; i < 6; ++i)
    EXPECT_EQ(element_from_name(name(static_cast<Element>(i))), static_cast<Element>(i));
  for (int i = 0; i < 9; ++i)
    EXPECT_EQ(preposition_from_name(name(static_cast<Preposition>(i))), static_cast<Preposition>(i));
  EXPECT_EQ(name(Wall::East), "east_wall");
  EXPECT_EQ(name(Element::Middle), "middle of the room");
  EXPECT_EQ(name(Preposition::InMiddle), "in the middle of");
  EXPECT_FALSE(wall_from_name("ceiling"));
  EXPECT_FALSE(wall_from_name("middle of the room"));
  EXPECT_FALSE(wall_of(Element::Ceiling));
  EXPECT_FALSE(preposition_from_name("near"));
  EXPECT_FALSE(element_from_name("South_wall"));
}

TEST(Names, KindIsTheIdWithoutItsNumber) {
  EXPECT_EQ(kind_from_id("coffee_table_12"), "coffee_table");
  EXPECT_EQ(kind_from_id("sofa-3"), "sofa");
  EXPECT_EQ(kind_from_id("sofa"), "sofa");
  EXPECT_EQ(kind_from_id("r2d2"), "r2d2");
  EXPECT_EQ(kind_from_id("shelf_2_left"), "shelf_2_left");
  EXPECT_EQ(kind_from_id("_1"), "_1");
  EXPECT_EQ(kind_from_id("42"), "42");
  EXPECT_EQ(kind_from_id(""), "");
}

TEST(Frame, WallYawsLookInAndOut) {
  // Clockwise from north: east is a quarter turn.
  const auto front = [](double yaw) { return front_axis(yaw); };
  EXPECT_NEAR(front(inward_yaw_rad(Wall::South)).y(), 1, 1e-12);
  EXPECT_NEAR(front(inward_yaw_rad(Wall::North)).y(), -1, 1e-12);
  EXPECT_NEAR(front(inward_yaw_rad(Wall::West)).x(), 1, 1e-12);
  EXPECT_NEAR(front(inward_yaw_rad(Wall::East)).x(), -1, 1e-12);
  for (const Wall wall : {Wall::South, Wall::North, Wall::East, Wall::West})
    EXPECT_NEAR((front(inward_yaw_rad(wall)) + front(facing_yaw_rad(wall))).norm(), 0, 1e-12);
}

SceneGraph two_objects() {
  SceneGraph graph;
  graph.objects.resize(2);
  graph.objects[0].id = "a_1";
  graph.objects[1].id = "b_1";
  return graph;
}

TEST(ResolveYaw, PrefersAnswerThenFileThenFacing) {
  SceneGraph graph = two_objects();
  EXPECT_EQ(graph.find("b_1"), 1);
  EXPECT_EQ(graph.find("c_1"), -1);
  EXPECT_EQ(resolve_yaw_rad(graph, {}, 0), 0);
  graph.objects[0].facing = Element::EastWall;
  EXPECT_EQ(resolve_yaw_rad(graph, {}, 0), 0.5 * kPi);
  graph.objects[0].file_yaw_rad = 0.25;
  EXPECT_EQ(resolve_yaw_rad(graph, {}, 0), 0.25);
  EXPECT_EQ(resolve_yaw_rad(graph, {}, 0, 1.5), 1.5);
  graph.objects[1].facing = Element::Ceiling;
  EXPECT_EQ(resolve_yaw_rad(graph, {}, 1), 0);
}

TEST(ResolveYaw, FacedObjectGivesItsBearing) {
  SceneGraph graph = two_objects();
  graph.objects[0].facing = ObjectRef{1};
  EXPECT_EQ(resolve_yaw_rad(graph, {}, 0), 0);  // nothing is known about places
  const auto yaw = [&](Vec3 to) {
    const std::array<Vec3, 2> positions = {Vec3(1, 1, 0), Vec3(1, 1, 0) + to};
    return resolve_yaw_rad(graph, positions, 0);
  };
  EXPECT_NEAR(yaw({0, 2, 1}), 0, 1e-12);
  EXPECT_NEAR(yaw({2, 0, 0}), 0.5 * kPi, 1e-12);
  EXPECT_NEAR(yaw({0, -2, 0}), kPi, 1e-12);
  EXPECT_NEAR(yaw({-2, 0, 0}), 1.5 * kPi, 1e-12);
  EXPECT_NEAR(yaw({1, 1, 0}), 0.25 * kPi, 1e-12);
  EXPECT_EQ(yaw({0, 0, 3}), 0);
  graph.objects[0].facing = ObjectRef{0};  // itself
  EXPECT_EQ(yaw({1, 1, 0}), 0);
}

}  // namespace
}  // namespace metaspatial::scene
