#include "metaspatial/assets/gltf.hpp"

#include <gtest/gtest.h>
#include <tiny_gltf.h>

#include <Eigen/Geometry>
#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <string>

#include "metaspatial/assets/room_shell.hpp"
#include "metaspatial/scene/io.hpp"

namespace metaspatial::assets {
namespace {

scene::SceneGraph test_room() {
  scene::SceneGraph graph;
  graph.room_name = "study";
  graph.size = {5, 4, 2.8};
  const auto object = [](std::string id, std::string kind, scene::Vec3 size_m) {
    scene::SceneObject o;
    o.id = std::move(id);
    o.kind = std::move(kind);
    o.material = "oak";
    o.size_m = size_m;
    return o;
  };
  graph.objects = {object("dining_table_1", "dining_table", {1.6, 0.8, 0.7}),
                   object("dining_chair_1", "dining_chair", {0.4, 0.4, 0.9}),
                   object("dining_chair_2", "dining_chair", {0.4, 0.4, 0.9}),
                   object("bed_1", "bed", {1.6, 2.0, 0.6})};
  graph.openings = {{"door_1", scene::OpeningKind::Door, scene::Wall::South, 1.0, 0.9, 0, 2.0},
                    {"window_1", scene::OpeningKind::Window, scene::Wall::East, 2.0, 1.2, 0.9, 1.2}};
  return graph;
}

scene::Layout test_layout() {
  return {{{{2.5, 2.0, 0.35}, 0},
           {{2.5, 1.2, 0.45}, 0},
           {{2.5, 2.8, 0.45}, scene::kPi},
           {{1.0, 3.0, 0.3}, scene::rad_from_deg(90)}}};
}

tinygltf::Model parsed(const std::string& bytes) {
  tinygltf::Model model;
  tinygltf::TinyGLTF reader;
  std::string error;
  std::string warning;
  EXPECT_TRUE(reader.LoadBinaryFromMemory(&model, &error, &warning,
                                          reinterpret_cast<const unsigned char*>(bytes.data()),
                                          static_cast<unsigned>(bytes.size())))
      << error;
  EXPECT_EQ(error + warning, "");
  return model;
}

const tinygltf::Node* find_node(const tinygltf::Model& model, const std::string& name) {
  for (const tinygltf::Node& node : model.nodes)
    if (node.name == name) return &node;
  return nullptr;
}

/// All vertices of a node's mesh in glTF's world.
std::vector<Eigen::Vector3d> world_vertices(const tinygltf::Model& model, const tinygltf::Node& node) {
  Eigen::Quaterniond turn = Eigen::Quaterniond::Identity();
  if (node.rotation.size() == 4)
    turn = Eigen::Quaterniond(node.rotation[3], node.rotation[0], node.rotation[1], node.rotation[2]);
  Eigen::Vector3d shift = Eigen::Vector3d::Zero();
  if (node.translation.size() == 3) shift = {node.translation[0], node.translation[1], node.translation[2]};
  std::vector<Eigen::Vector3d> vertices;
  for (const auto& primitive : model.meshes[static_cast<std::size_t>(node.mesh)].primitives) {
    const auto& accessor = model.accessors[static_cast<std::size_t>(primitive.attributes.at("POSITION"))];
    const auto& view = model.bufferViews[static_cast<std::size_t>(accessor.bufferView)];
    const unsigned char* data = model.buffers[0].data.data() + view.byteOffset + accessor.byteOffset;
    for (std::size_t i = 0; i < accessor.count; ++i) {
      float p[3];
      std::memcpy(p, data + 12 * i, 12);
      vertices.push_back(turn * Eigen::Vector3d(double{p[0]}, double{p[1]}, double{p[2]}) + shift);
    }
  }
  return vertices;
}

TEST(RoomGlb, PutsEveryObjectWhereTheLayoutSays) {
  const auto graph = test_room();
  const auto layout = test_layout();
  const auto bytes = room_glb(graph, layout);
  ASSERT_TRUE(bytes) << to_string(bytes.error());
  const tinygltf::Model model = parsed(*bytes);
  for (std::size_t i = 0; i < graph.objects.size(); ++i) {
    const tinygltf::Node* node = find_node(model, graph.objects[i].id);
    ASSERT_NE(node, nullptr) << graph.objects[i].id;
    const scene::Vec3& p = layout.poses[i].position_m;
    ASSERT_EQ(node->translation.size(), 3U);
    EXPECT_EQ(node->translation[0], p.x());
    EXPECT_EQ(node->translation[1], p.z());
    EXPECT_EQ(node->translation[2], -p.y());
    // The vertices fill the object's box in the room, turned.
    const scene::Vec2 half = scene::half_extent_m(graph.objects[i].size_m, layout.poses[i].yaw_rad);
    Eigen::AlignedBox3d box;
    for (const auto& v : world_vertices(model, *node)) box.extend(Eigen::Vector3d(v.x(), -v.z(), v.y()));
    EXPECT_NEAR(box.min().x(), p.x() - half.x(), 1e-5);
    EXPECT_NEAR(box.max().x(), p.x() + half.x(), 1e-5);
    EXPECT_NEAR(box.min().y(), p.y() - half.y(), 1e-5);
    EXPECT_NEAR(box.max().y(), p.y() + half.y(), 1e-5);
    EXPECT_NEAR(box.min().z(), p.z() - 0.5 * graph.objects[i].size_m.z(), 1e-5);
    EXPECT_EQ(node->extras.Get("kind").Get<std::string>(), graph.objects[i].kind);
  }
  for (const char* name :
       {"floor", "south_wall", "north_wall", "east_wall", "west_wall", "door_1", "window_1", "overview"})
    EXPECT_NE(find_node(model, name), nullptr) << name;
}

TEST(RoomGlb, TurnsTheFrontOfAnObject) {
  // A chair's back rest is its highest part and at its back: looking east (yaw 90) it is at the west.
  const auto graph = test_room();
  auto layout = test_layout();
  layout.poses[1].yaw_rad = scene::rad_from_deg(90);
  const auto bytes = room_glb(graph, layout);
  ASSERT_TRUE(bytes);
  const tinygltf::Model model = parsed(*bytes);
  double top_x = 0;
  int count = 0;
  for (const auto& v : world_vertices(model, *find_node(model, "dining_chair_1"))) {
    if (v.y() < 0.85) continue;
    top_x += v.x();
    ++count;
  }
  ASSERT_GT(count, 0);
  EXPECT_LT(top_x / count, 2.5 - 0.1);
}

TEST(RoomGlb, SharesMeshesOfEqualObjects) {
  const auto bytes = room_glb(test_room(), test_layout());
  ASSERT_TRUE(bytes);
  const tinygltf::Model model = parsed(*bytes);
  EXPECT_EQ(find_node(model, "dining_chair_1")->mesh, find_node(model, "dining_chair_2")->mesh);
  EXPECT_NE(find_node(model, "dining_chair_1")->mesh, find_node(model, "bed_1")->mesh);
}

TEST(RoomGlb, StatesTheBoundsOfEveryPositionAndUnitNormals) {
  const auto bytes = room_glb(test_room(), test_layout());
  ASSERT_TRUE(bytes);
  const tinygltf::Model model = parsed(*bytes);
  for (const auto& mesh : model.meshes) {
    for (const auto& primitive : mesh.primitives) {
      const auto& p = model.accessors[static_cast<std::size_t>(primitive.attributes.at("POSITION"))];
      const auto& n = model.accessors[static_cast<std::size_t>(primitive.attributes.at("NORMAL"))];
      ASSERT_EQ(p.minValues.size(), 3U);
      ASSERT_EQ(p.count, n.count);
      const auto at = [&](const tinygltf::Accessor& a, std::size_t i) {
        Eigen::Vector3f v;
        const auto& view = model.bufferViews[static_cast<std::size_t>(a.bufferView)];
        std::memcpy(v.data(), model.buffers[0].data.data() + view.byteOffset + a.byteOffset + 12 * i, 12);
        return v;
      };
      Eigen::AlignedBox3f box;
      for (std::size_t i = 0; i < p.count; ++i) {
        box.extend(at(p, i));
        EXPECT_NEAR(at(n, i).norm(), 1, 1e-4F);
      }
      for (int axis = 0; axis < 3; ++axis) {
        EXPECT_EQ(static_cast<double>(box.min()[axis]), p.minValues[static_cast<std::size_t>(axis)]);
        EXPECT_EQ(static_cast<double>(box.max()[axis]), p.maxValues[static_cast<std::size_t>(axis)]);
      }
    }
  }
}

TEST(RoomGlb, BuildsTheWallsOfAPolygonalFloor) {
  const auto sample =
      scene::read_scene_file(std::string(METASPATIAL_SOURCE_DIR) + "/data/rooms/l_shaped.json");
  ASSERT_TRUE(sample) << to_string(sample.error());
  const auto bytes = room_glb(sample->graph, *sample->layout);
  ASSERT_TRUE(bytes) << to_string(bytes.error());
  const tinygltf::Model model = parsed(*bytes);
  // The pocket is x > 3.4 and y > 2.6; walls and floor reach into it by their thickness only.
  for (const char* name : {"floor", "south_wall", "north_wall", "east_wall", "west_wall"}) {
    const tinygltf::Node* node = find_node(model, name);
    ASSERT_NE(node, nullptr) << name;
    for (const auto& v : world_vertices(model, *node))
      EXPECT_TRUE(v.x() < 3.4 + kWallThickness_m + 1e-5 || -v.z() < 2.6 + kWallThickness_m + 1e-5)
          << name << ' ' << v.transpose();
  }
  // Two pieces each of the north and the east wall, all of them as high as the room.
  const auto holds = [&](const char* name, double x, double y, double z) {
    return std::ranges::any_of(world_vertices(model, *find_node(model, name)), [&](const auto& v) {
      return (Eigen::Vector3d(v.x(), -v.z(), v.y()) - Eigen::Vector3d(x, y, z)).norm() < 1e-5;
    });
  };
  EXPECT_TRUE(holds("north_wall", 3.4, 2.6, 2.8));
  EXPECT_TRUE(holds("north_wall", 0, 5 + kWallThickness_m, 2.8) ||
              holds("north_wall", -kWallThickness_m, 5 + kWallThickness_m, 2.8));
  EXPECT_TRUE(holds("east_wall", 3.4, 2.6, 2.8));
  // Doors and windows are where they are in a rectangle: the door's middle at x = 5.2 in the south wall.
  Eigen::AlignedBox3d door;
  for (const auto& v : world_vertices(model, *find_node(model, "door_1"))) door.extend(v);
  EXPECT_NEAR(door.center().x(), 5.2, 0.01);
  EXPECT_NEAR(-door.center().z(), -0.04, 0.05);
}

TEST(RoomGlb, GivesTheSameBytesAgain) {
  EXPECT_EQ(*room_glb(test_room(), test_layout()), *room_glb(test_room(), test_layout()));
}

TEST(RoomGlb, RefusesPosesThatAreMissingOrNotFinite) {
  auto layout = test_layout();
  layout.poses[1].position_m.x() = std::numeric_limits<double>::quiet_NaN();
  const auto bytes = room_glb(test_room(), layout);
  ASSERT_FALSE(bytes);
  EXPECT_EQ(bytes.error().code, ErrorCode::InvalidInput);
  EXPECT_EQ(bytes.error().where, "dining_chair_1");
  layout = test_layout();
  layout.poses.pop_back();
  EXPECT_FALSE(room_glb(test_room(), layout));
}

TEST(RoomGlb, SurvivesHostileRooms) {
  auto graph = test_room();
  graph.objects[0].id = "caf\xff\xfe";
  graph.objects[0].size_m = {std::numeric_limits<double>::infinity(), -1, 1e300};
  graph.openings[0].id = std::string("\xc3", 1);
  graph.openings[0].width_m = 100;  // the whole wall is a door
  graph.openings[0].height_m = 100;
  graph.openings[1].centre_m = std::numeric_limits<double>::quiet_NaN();
  graph.floor_m = {{0, 0}, {std::numeric_limits<double>::quiet_NaN(), 0}, {5, 4}};
  EXPECT_TRUE(room_glb(graph, test_layout()));
  graph.floor_m = {{0, 0}, {5, 4}, {5, 0}, {0, 4}};  // crosses itself
  EXPECT_TRUE(room_glb(graph, test_layout()));
  graph.size = {1e300, -5, std::numeric_limits<double>::quiet_NaN()};
  const auto bytes = room_glb(graph, test_layout());
  ASSERT_TRUE(bytes) << to_string(bytes.error());
  const tinygltf::Model model = parsed(*bytes);
  EXPECT_NE(find_node(model, "caf\xef\xbf\xbd\xef\xbf\xbd"), nullptr);
}

}  // namespace
}  // namespace metaspatial::assets
