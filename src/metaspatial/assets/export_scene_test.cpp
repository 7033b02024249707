#include "metaspatial/assets/export_scene.hpp"

#include <gtest/gtest.h>
#include <tiny_gltf.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <set>
#include <string>

#include "metaspatial/assets/blender.hpp"
#include "metaspatial/assets/builder.hpp"
#include "metaspatial/assets/gltf.hpp"
#include "metaspatial/assets/pattern.hpp"
#include "metaspatial/assets/usd.hpp"

namespace metaspatial::assets {
namespace {

scene::SceneGraph two_signs() {
  scene::SceneGraph graph;
  graph.room_name = "gallery";
  graph.size = {4, 3, 2.5};
  for (const char* id : {"sign_1", "sign_2"}) {
    scene::SceneObject object;
    object.id = id;
    object.kind = "sign";
    object.size_m = {1, 0.1, 1};
    graph.objects.push_back(object);
  }
  return graph;
}

scene::Layout two_places() {
  return {{{{1, 1, 0.5}, 0}, {{3, 1, 0.5}, scene::kPi / 2}}};
}

std::shared_ptr<Texture> checker() {
  auto texture = std::make_shared<Texture>();
  texture->width_px = 2;
  texture->height_px = 2;
  texture->rgba = {255, 0, 0, 255, 0, 255, 0, 0, 0, 0, 255, 255, 255, 255, 255, 128};
  texture->wrap_u = Texture::Wrap::Clamp;
  texture->wrap_v = Texture::Wrap::Mirror;
  return texture;
}

/// An upright square that faces +y, with everything a model from a library may carry.
std::shared_ptr<Model> sign() {
  auto model = std::make_shared<Model>();
  model->size_m = Vec3f(1, 0.1F, 1);
  Mesh& mesh = model->mesh;
  mesh.positions_m = {
      {0.5F, 0.05F, -0.5F}, {-0.5F, 0.05F, -0.5F}, {-0.5F, 0.05F, 0.5F}, {0.5F, -0.05F, 0.5F}};
  mesh.normals.assign(4, Vec3f::UnitY());
  mesh.uvs = {{0, 1}, {1, 1}, {1, 0}, {0, 0}};
  mesh.colors = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}, {1, 1, 1}};
  mesh.triangles = {{0, 1, 2}, {0, 2, 3}};
  mesh.material_of = {0, 0};
  Material material;
  material.name = "print";
  material.base_color = Vec3f(0.5F, 0.6F, 0.7F);
  material.base_color_texture = checker();
  material.normal_texture = material.base_color_texture;
  material.normal_scale = 0.5F;
  material.alpha_cutoff = 0.25F;
  material.emission = Vec3f(4, 2, 0);
  model->materials = {material};
  return model;
}

ExportOptions with(std::shared_ptr<const Model> model) {
  ExportOptions options;
  options.model_of = [model](const scene::SceneObject&) { return model; };
  return options;
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
  return model;
}

TEST(Export, GlbCarriesTheTexturesOfAModel) {
  const auto bytes = room_glb(two_signs(), two_places(), with(sign()));
  ASSERT_TRUE(bytes) << to_string(bytes.error());
  const tinygltf::Model model = parsed(*bytes);
  const auto found = std::ranges::find_if(model.materials, [](const auto& m) { return m.name == "print"; });
  ASSERT_NE(found, model.materials.end());
  EXPECT_EQ(found->alphaMode, "MASK");
  EXPECT_EQ(found->alphaCutoff, 0.25);
  EXPECT_EQ(found->normalTexture.scale, 0.5);
  EXPECT_EQ(found->emissiveFactor, (std::vector<double>{1, 0.5, 0}));
  EXPECT_EQ(
      found->extensions.at("KHR_materials_emissive_strength").Get("emissiveStrength").GetNumberAsDouble(), 4);
  // One picture for both uses, with its pixels and its way to go on beyond the edge.
  const int index = found->pbrMetallicRoughness.baseColorTexture.index;
  ASSERT_GE(index, 0);
  EXPECT_EQ(found->normalTexture.index, index);
  const tinygltf::Texture& texture = model.textures[static_cast<std::size_t>(index)];
  const tinygltf::Image& image = model.images[static_cast<std::size_t>(texture.source)];
  EXPECT_EQ(image.image, checker()->rgba);
  const tinygltf::Sampler& sampler = model.samplers[static_cast<std::size_t>(texture.sampler)];
  EXPECT_EQ(sampler.wrapS, TINYGLTF_TEXTURE_WRAP_CLAMP_TO_EDGE);
  EXPECT_EQ(sampler.wrapT, TINYGLTF_TEXTURE_WRAP_MIRRORED_REPEAT);
  const tinygltf::Node* node = nullptr;
  std::set<int> meshes;
  for (const tinygltf::Node& n : model.nodes)
    if (n.name.starts_with("sign")) {
      node = &n;
      meshes.insert(n.mesh);
    }
  ASSERT_NE(node, nullptr);
  EXPECT_EQ(meshes.size(), 1U);
  const auto& attributes = model.meshes[static_cast<std::size_t>(node->mesh)].primitives[0].attributes;
  for (const char* name : {"POSITION", "NORMAL", "TEXCOORD_0", "COLOR_0", "TANGENT"})
    EXPECT_TRUE(attributes.contains(name)) << name;
  EXPECT_EQ(attributes.size(), 5U);
}

TEST(Export, TangentsOfAModelWithoutThemFollowItsPicture) {
  const auto room = export_scene(two_signs(), two_places(), with(sign()));
  ASSERT_TRUE(room);
  const ExportMesh& mesh = room->meshes[static_cast<std::size_t>(room->nodes.back().mesh)];
  ASSERT_EQ(mesh.uses, 2);
  ASSERT_EQ(mesh.parts.size(), 1U);
  // u grows towards -x, up in the picture is +z; the sign leans back a little at one corner.
  for (const Eigen::Vector4f& t : mesh.parts[0].tangents) {
    EXPECT_LT(t.x(), -0.99F);
    const Vec3f up = Vec3f::UnitY().cross(t.head<3>()) * t.w();
    EXPECT_GT(up.z(), 0.99F);
  }
}

TEST(Export, KeepsAPictureFileAsItWasRead) {
  auto model = sign();
  auto texture = checker();
  texture->encoded = "\xff\xd8\xff\xe0 a picture that need not decode here";
  model->materials[0].base_color_texture = texture;
  model->materials[0].normal_texture = nullptr;
  const auto room = export_scene(two_signs(), two_places(), with(model));
  ASSERT_TRUE(room);
  const auto found = std::ranges::find_if(room->images, [](const ExportImage& image) { return image.jpeg; });
  ASSERT_NE(found, room->images.end());
  EXPECT_EQ(found->bytes, texture->encoded);
}

TEST(Export, SplitsVerticesWhereProjectionsMeet) {
  // A box of brick: every corner has three faces, and their vertices are apart already; each face's
  // coordinates are metres along two axes over the tile.
  Builder builder;
  Material brick;
  brick.name = "brick";
  brick.pattern = Pattern::Brick;
  builder.box(Vec3f(-0.5F, -0.05F, 0), Vec3f(0.5F, 0.05F, 1), builder.material(brick));
  const auto model = std::make_shared<const Model>(std::move(builder).finish(Vec3f(1, 0.1F, 1)));
  const auto room = export_scene(two_signs(), two_places(), with(model));
  ASSERT_TRUE(room);
  const ExportPart& part = room->meshes[static_cast<std::size_t>(room->nodes.back().mesh)].parts[0];
  ASSERT_EQ(part.indices.size(), 36U);
  EXPECT_EQ(part.positions_m.size(), 24U);
  const PatternTile tile = tile_of(Pattern::Brick);
  for (std::size_t i = 0; i < part.positions_m.size(); ++i) {
    const Vec3f& p = part.positions_m[i];
    const Vec3f& n = part.normals[i];
    const float u = std::abs(n.x()) > 0.5F ? p.y() : p.x();
    const float v = std::abs(n.z()) > 0.5F ? p.y() : p.z();
    EXPECT_NEAR(part.uvs[i].x(), u / tile.u_m, 1e-5F);
    EXPECT_NEAR(1 - part.uvs[i].y(), v / tile.v_m, 1e-5F);
  }
}

TEST(Export, UsdNamesAreUniqueIdentifiersAndKeepTheIds) {
  auto graph = two_signs();
  graph.objects[0].id = "sign 1";
  graph.objects[1].id = "sign\"1";
  const auto files = room_usda(graph, two_places());
  ASSERT_TRUE(files);
  EXPECT_NE(files->layer.find("def Xform \"sign_1\" ("), std::string::npos);
  EXPECT_NE(files->layer.find("def Xform \"sign_1_2\" ("), std::string::npos);
  EXPECT_NE(files->layer.find("displayName = \"sign 1\""), std::string::npos);
  EXPECT_NE(files->layer.find("displayName = \"sign\\\"1\""), std::string::npos);
  EXPECT_FALSE(files->textures.empty());
}

TEST(Export, EveryFormatSurvivesHostileRoomsAndRepeatsItsBytes) {
  auto graph = two_signs();
  graph.room_name = "''' \xff";
  graph.user_preference = std::string("a\0b'''\\", 7);
  graph.objects[0].id = "";
  graph.objects[1].id = "caf\xff\n'''";
  graph.objects[1].size_m = {std::numeric_limits<double>::infinity(), -1, 1e300};
  graph.size = {1e300, -5, std::numeric_limits<double>::quiet_NaN()};
  ExportOptions options;
  options.cameras.resize(1);
  options.cameras[0].origin.x() = std::numeric_limits<float>::quiet_NaN();
  const auto layout = two_places();
  const auto glb = room_glb(graph, layout, options);
  const auto usdz = room_usdz(graph, layout, options);
  const auto script = room_blender_script(graph, layout, options);
  ASSERT_TRUE(glb && usdz && script);
  EXPECT_EQ(*glb, *room_glb(graph, layout, options));
  EXPECT_EQ(*usdz, *room_usdz(graph, layout, options));
  EXPECT_EQ(*script, *room_blender_script(graph, layout, options));
  auto broken = layout;
  broken.poses[1].yaw_rad = std::numeric_limits<double>::quiet_NaN();
  EXPECT_FALSE(room_usda(graph, broken));
  EXPECT_FALSE(room_blender_script(graph, broken));
}

}  // namespace
}  // namespace metaspatial::assets
