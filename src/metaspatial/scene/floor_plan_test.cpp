#include "metaspatial/scene/floor_plan.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "metaspatial/scene/io.hpp"

namespace metaspatial::scene {
namespace {

const RoomSize kSize{6, 4, 3};

double pocket_area(const FloorPlan& plan) {
  double area = 0;
  for (const Pocket& pocket : plan.pockets) area += 0.5 * twice_area_m2(pocket.corners_m);
  return area;
}

TEST(FloorPlan, ARectangleNeedsNone) {
  EXPECT_TRUE(FloorPlan({}, kSize).rectangle());
}

TEST(FloorPlan, PocketsAndFloorMakeUpTheRectangle) {
  const std::vector<std::vector<Vec2>> floors = {
      {{0, 0}, {6, 0}, {6, 2}, {3, 2}, {3, 4}, {0, 4}},                                  // L
      {{0, 0}, {6, 0}, {6, 4}, {4, 4}, {4, 1}, {2, 1}, {2, 4}, {0, 4}},                  // U
      {{3, 0}, {6, 2}, {3, 4}, {0, 2}},                                                  // a rhomb
      {{0, 0}, {4.5, 0}, {6, 1}, {6, 3}, {4, 3}, {3.5, 4}, {2.5, 4}, {2, 3}, {0, 2.5}},  // a bay
  };
  for (const auto& floor : floors) {
    const FloorPlan plan(floor, kSize);
    EXPECT_NEAR(pocket_area(plan) + 0.5 * twice_area_m2(floor), 24, 1e-9);
    EXPECT_EQ(plan.walls.size(), floor.size());
    EXPECT_FALSE(crosses_itself(floor));
  }
  EXPECT_EQ(FloorPlan(floors[0], kSize).pockets.size(), 1U);
  EXPECT_EQ(FloorPlan(floors[1], kSize).pockets.size(), 1U);
  EXPECT_EQ(FloorPlan(floors[2], kSize).pockets.size(), 4U);
}

TEST(FloorPlan, PartsCoverTheFloorOnce) {
  const std::vector<std::vector<Vec2>> floors = {
      {{0, 0}, {6, 0}, {6, 2}, {3, 2}, {3, 4}, {0, 4}},                                  // L
      {{0, 0}, {6, 0}, {6, 4}, {4, 4}, {4, 1}, {2, 1}, {2, 4}, {0, 4}},                  // U
      {{3, 0}, {6, 2}, {3, 4}, {0, 2}},                                                  // a rhomb
      {{0, 0}, {4.5, 0}, {6, 1}, {6, 3}, {4, 3}, {3.5, 4}, {2.5, 4}, {2, 3}, {0, 2.5}},  // a bay
  };
  for (const auto& floor : floors) {
    const auto parts = floor_parts_m(floor, kSize);
    double area = 0;
    for (const auto& part : parts) area += 0.5 * twice_area_m2(part);
    EXPECT_NEAR(area, 0.5 * twice_area_m2(floor), 1e-9);
    // Off the lines on which corners lie, a point is in one part if it is floor and in none if it is not.
    for (double x = 0.03; x < 6; x += 0.17) {
      for (double y = 0.03; y < 4; y += 0.17) {
        int holding = 0;
        for (const auto& part : parts) holding += encloses(part, {x, y}) ? 1 : 0;
        EXPECT_EQ(holding, encloses(floor, {x, y}) ? 1 : 0) << x << ' ' << y;
      }
    }
  }
}

TEST(FloorPlan, CentroidIsThatOfTheAreas) {
  // 6 x 2 around (3, 1) and 3 x 2 around (1.5, 3).
  const std::vector<Vec2> l = {{0, 0}, {6, 0}, {6, 2}, {3, 2}, {3, 4}, {0, 4}};
  EXPECT_TRUE(centroid_m(l).isApprox(Vec2((12 * 3 + 6 * 1.5) / 18, (12 * 1 + 6 * 3.0) / 18)));
  for (const Vec2& inside : {Vec2(1, 3), Vec2(5, 1), Vec2(0.01, 0.01)}) EXPECT_TRUE(encloses(l, inside));
  for (const Vec2& outside : {Vec2(5, 3), Vec2(3.01, 2.01), Vec2(-1, 1), Vec2(1, 5), Vec2(7, 2)})
    EXPECT_FALSE(encloses(l, outside));
}

TEST(FloorPlan, WallsLookIntoTheRoom) {
  const std::vector<Vec2> floor = {{0, 0}, {6, 0}, {6, 2}, {3, 2}, {3, 4}, {0, 4}};
  const FloorPlan plan(floor, kSize);
  EXPECT_EQ(plan.walls[0].wall, Wall::South);
  EXPECT_EQ(plan.walls[1].wall, Wall::East);
  EXPECT_EQ(plan.walls[2].wall, Wall::North);
  EXPECT_EQ(plan.walls[3].wall, Wall::East);
  EXPECT_EQ(plan.walls[4].wall, Wall::North);
  EXPECT_EQ(plan.walls[5].wall, Wall::West);
  for (const WallSegment& wall : plan.walls) {
    EXPECT_TRUE(right_axis(wall.inward_yaw_rad).isApprox(wall.along));
    EXPECT_TRUE(front_axis(wall.inward_yaw_rad).isApprox(wall.inward));
  }
  EXPECT_TRUE(plan.walls[2].corner_lo);
  EXPECT_FALSE(plan.walls[2].corner_hi);  // (3, 2) is an outer edge
}

TEST(FloorPlan, CrossingAndFoldingAreSeen) {
  EXPECT_TRUE(crosses_itself(std::vector<Vec2>{{0, 0}, {1, 1}, {1, 0}, {0, 1}}));
  EXPECT_TRUE(crosses_itself(std::vector<Vec2>{{0, 0}, {2, 0}, {1, 0}, {1, 1}}));
  EXPECT_TRUE(crosses_itself(std::vector<Vec2>{{0, 0}, {1, 0}, {1, 0}, {1, 1}}));
  EXPECT_TRUE(crosses_itself(std::vector<Vec2>{{0, 0}, {2, 0}, {2, 2}, {1, 0}, {0, 2}}));  // touches its side
}

TEST(FloorPlan, IsReadCheckedAndWrittenAgain) {
  const auto row = [](const char* floor, const char* openings = "[]") {
    return *parse_json(std::string(R"({"size_of_room": {"x": 6, "y": 4, "z": 3}, "floor": )") + floor +
                           R"(, "openings": )" + openings + R"(, "scene_graph": []})",
                       "test");
  };
  // Clockwise corners are turned around.
  const auto scene = read_scene(row("[[0, 4], [3, 4], [3, 2], [6, 2], [6, 0], [0, 0]]"), "test");
  ASSERT_TRUE(scene) << to_string(scene.error());
  EXPECT_EQ(scene->graph.floor_m.size(), 6U);
  EXPECT_GT(twice_area_m2(scene->graph.floor_m), 0);
  const auto again = read_scene(room_row_json(scene->graph), "test");
  ASSERT_TRUE(again);
  EXPECT_EQ(again->graph.floor_m, scene->graph.floor_m);
  for (const char* bad : {"[]", "[[0,0],[6,0]]", "[[0,0],[6,4],[6,0],[0,4]]", "[[0,0],[5,0],[5,4],[0,4]]",
                          "[[0,0],[6,0],[6,5],[0,4]]", "[[0,0],[6,0],[6,\"4\"],[0,4]]", "{\"x\":1}", "7",
                          "[[0,0],[6,0],[6,4],[0,4],[0,4]]", "[[0,0,0],[6,0,0],[6,4,0],[0,4,0]]"}) {
    const auto refused = read_scene(row(bad), "test");
    ASSERT_FALSE(refused) << bad;
    EXPECT_NE(to_string(refused.error()).find("floor"), std::string::npos) << to_string(refused.error());
  }
  // The floor does not reach the north wall east of x = 3.
  const char* l = "[[0, 0], [6, 0], [6, 2], [3, 2], [3, 4], [0, 4]]";
  const char* door =
      R"([{"id": "door_1", "kind": "door", "wall": "north_wall", "centre": 4.5, "width": 0.9, "bottom": 0, "height": 2}])";
  EXPECT_FALSE(read_scene(row(l, door), "test"));
  EXPECT_TRUE(read_scene(row("null", door), "test"));
}

}  // namespace
}  // namespace metaspatial::scene
