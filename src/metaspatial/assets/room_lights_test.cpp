#include "metaspatial/assets/room_lights.hpp"

#include <gtest/gtest.h>

#include <Eigen/Geometry>
#include <algorithm>

#include "metaspatial/scene/kinds.hpp"

namespace metaspatial::assets {
namespace {

scene::SceneGraph room() {
  scene::SceneGraph graph;
  graph.size = {5, 4, 2.8};
  scene::Opening window;
  window.id = "window_1";
  window.kind = scene::OpeningKind::Window;
  window.wall = scene::Wall::East;
  window.centre_m = 2;
  window.width_m = 1.2;
  window.bottom_m = 0.9;
  window.height_m = 1.3;
  graph.openings.push_back(window);
  for (const char* kind : {"floor_lamp", "desk"}) {
    scene::SceneObject object;
    object.kind = kind;
    object.id = object.kind + "_1";
    object.size_m = scene::kind_or_default(kind).size_m;
    graph.objects.push_back(object);
  }
  return graph;
}

TEST(RoomLights, TheCeilingAndEveryWindowShineIntoTheRoom) {
  const auto lights = room_lights(room(), nullptr);
  ASSERT_EQ(lights.size(), 2U);
  const Vec3f inside(2.5F, 2, 1.4F);
  for (const RoomLight& light : lights) {
    EXPECT_TRUE(light.area);
    EXPECT_GT(light.normal.dot(inside - light.position_m), 0) << light.name;
    EXPECT_GT(light.half_u_m.cross(light.half_v_m).dot(light.normal), 0) << light.name;
  }
  EXPECT_EQ(lights[1].name, "window_1_daylight");
  EXPECT_NEAR(lights[1].position_m.x(), 4.97F, 1e-4F);
  EXPECT_NEAR(lights[1].position_m.y(), 2, 1e-4F);
  EXPECT_NEAR(lights[1].position_m.z(), 1.55F, 1e-4F);
}

TEST(RoomLights, ALampShinesWhereItsBulbIs) {
  const scene::SceneGraph graph = room();
  scene::Layout layout;
  layout.poses.resize(2);
  layout.poses[0].position_m = {1, 3, 0.5 * graph.objects[0].size_m.z()};
  layout.poses[1].position_m = {4, 1, 0.5 * graph.objects[1].size_m.z()};
  const auto lights = room_lights(graph, &layout);
  ASSERT_EQ(lights.size(), 3U);
  EXPECT_EQ(lights[2].name, "floor_lamp_1_light");
  EXPECT_FALSE(lights[2].area);
  EXPECT_EQ(lights[2].object, 0U);
  EXPECT_NEAR(lights[2].position_m.x(), 1, 0.4);
  EXPECT_NEAR(lights[2].position_m.y(), 3, 0.4);
  EXPECT_GT(lights[2].position_m.z(), 0.5 * graph.objects[0].size_m.z());
  EXPECT_GT(lights[2].radiance.minCoeff(), 0);
}

}  // namespace
}  // namespace metaspatial::assets
