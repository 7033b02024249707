#include "metaspatial/assets/gltf_reader.hpp"

#include <gtest/gtest.h>

#include <Eigen/Geometry>
#include <cmath>
#include <filesystem>
#include <limits>
#include <set>
#include <string>

#include "metaspatial/assets/image_reader.hpp"
#include "metaspatial/assets/test_glb.hpp"
#include "metaspatial/base/files.hpp"

namespace metaspatial::assets {
namespace {

GltfModel read(const std::string& bytes, const GltfLimits& limits = {}, int scene = -1) {
  Result<GltfModel> model = read_glb(bytes, "test.glb", limits, scene);
  EXPECT_TRUE(model) << (model ? "" : to_string(model.error()));
  return model ? *std::move(model) : GltfModel{};
}

/// The error's message, which must be one line that names the file.
std::string error_of(const std::string& bytes, const GltfLimits& limits = {}) {
  const Result<GltfModel> model = read_glb(bytes, "test.glb", limits);
  if (model) return "no error";
  EXPECT_EQ(model.error().where, "test.glb");
  EXPECT_EQ(model.error().message.find('\n'), std::string::npos);
  return model.error().message;
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// Everything that is promised of a mesh that was read.
void expect_sound(const Model& model) {
  const Mesh& mesh = model.mesh;
  const std::size_t n = mesh.positions_m.size();
  EXPECT_EQ(mesh.normals.size(), n);
  for (const auto size : {mesh.uvs.size(), mesh.colors.size(), mesh.tangents.size()})
    EXPECT_TRUE(size == 0 || size == n);
  EXPECT_EQ(mesh.material_of.size(), mesh.triangles.size());
  for (const std::uint16_t m : mesh.material_of) EXPECT_LT(m, model.materials.size());
  for (const auto& t : mesh.triangles)
    for (const std::uint32_t corner : t) ASSERT_LT(corner, n);
  for (const Vec3f& normal : mesh.normals) EXPECT_NEAR(normal.norm(), 1, 1e-2);
  for (const auto& t : mesh.tangents) EXPECT_NEAR(t.head<3>().norm(), 1, 1e-2);
}

/// Each triangle's winding agrees with its normals, and a closed mesh has its normals outside.
double signed_volume(const Mesh& mesh) {
  double sum = 0;
  for (const auto& t : mesh.triangles) {
    const Vec3f a = mesh.positions_m[t[0]];
    const Vec3f b = mesh.positions_m[t[1]];
    const Vec3f c = mesh.positions_m[t[2]];
    sum += static_cast<double>(a.dot(b.cross(c))) / 6;
    EXPECT_GT((b - a).cross(c - a).dot(mesh.normals[t[0]]), 0);
  }
  return sum;
}

TEST(ReadGlb, ATriangle) {
  TestGlb glb;
  glb.triangle();
  const GltfModel read_model = read(glb.glb());
  expect_sound(read_model.model);
  EXPECT_EQ(read_model.model.mesh.triangles.size(), 1U);
  EXPECT_EQ(read_model.model.size_m, Vec3f(1, 2, 0));
  EXPECT_EQ(read_model.model.mesh.normals[0], Vec3f(0, 0, 1));
  EXPECT_TRUE(read_model.notes.empty());
}

TEST(ReadGlb, MissingNormalsKeepEdgesAndSmoothTheRest) {
  TestGlb glb;
  glb.box({0, 0, 0}, {1, 1, 1});
  const GltfModel box = read(glb.glb());
  expect_sound(box.model);
  EXPECT_EQ(box.model.mesh.positions_m.size(), 24U);  // each corner has three normals
  EXPECT_NEAR(signed_volume(box.model.mesh), 1, 1e-6);

  // A prism of 36 sides is a cylinder: its faces meet at 10 degrees.
  std::vector<float> ring;
  std::vector<std::uint8_t> indices;
  for (int i = 0; i < 36; ++i) {
    const double at = i * 10 * 3.14159265358979 / 180;
    for (const float y : {0.0F, 1.0F}) {
      ring.push_back(static_cast<float>(std::sin(at)));
      ring.push_back(y);
      ring.push_back(static_cast<float>(std::cos(at)));
    }
    const auto index = [&](int k) { indices.push_back(static_cast<std::uint8_t>((2 * i + k) % 72)); };
    for (const int k : {0, 2, 1, 1, 2, 3}) index(k);
  }
  TestGlb cylinder;
  const std::size_t positions = cylinder.positions(ring);
  const std::size_t index = cylinder.accessor(indices, "SCALAR", indices.size(), 5121);
  cylinder.primitive(positions)["indices"] = index;
  const GltfModel round = read(cylinder.glb());
  EXPECT_EQ(round.model.mesh.positions_m.size(), 72U);
  for (std::size_t v = 0; v < 72; ++v) {
    const Vec3f& p = round.model.mesh.positions_m[v];
    EXPECT_GT(round.model.mesh.normals[v].dot(Vec3f(p.x(), 0, p.z())), 0.995F);
  }
}

TEST(ReadGlb, NodesMultiplyTheirTransforms) {
  TestGlb glb;
  glb.box({0, 0, 0}, {1, 1, 1});
  const double half = std::sqrt(0.5);
  // Outer: 10 along x, quarter turn about z; inner: twice as wide. The box's x goes to y.
  glb.json["nodes"] =
      Json::array({Json{{"translation", {10, 0, 0}}, {"rotation", {0, 0, half, half}}, {"children", {1}}},
                   Json{{"matrix", {2, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1}}, {"mesh", 0}}});
  const GltfModel moved = read(glb.glb());
  expect_sound(moved.model);
  EXPECT_LT((moved.model.size_m - Vec3f(1, 2, 1)).norm(), 1e-5);
  EXPECT_LT((moved.low - Vec3f(9, 0, 0)).norm(), 1e-5);
  EXPECT_NEAR(signed_volume(moved.model.mesh), 2, 1e-5);
}

TEST(ReadGlb, ANegativeScaleKeepsTheOutsideOut) {
  for (const bool with_normals : {false, true}) {
    TestGlb glb;
    Json& primitive = glb.box({0, 0, 0}, {1, 1, 1});
    if (with_normals) {
      std::vector<float> outwards;
      for (unsigned i = 0; i < 8; ++i)
        for (unsigned axis = 0; axis < 3; ++axis)
          outwards.push_back((i >> axis & 1U) != 0 ? 0.57735F : -0.57735F);
      primitive["attributes"]["NORMAL"] = glb.floats(outwards, "VEC3", 3);
    }
    glb.json["nodes"][0]["scale"] = {-2, 1, 1};
    const GltfModel mirrored = read(glb.glb());
    expect_sound(mirrored.model);
    EXPECT_NEAR(signed_volume(mirrored.model.mesh), 2, 1e-5);
  }
}

TEST(ReadGlb, ReadsTheDefaultSceneAndInstances) {
  TestGlb glb;
  glb.triangle();
  glb.json["nodes"] = Json::array({Json{{"mesh", 0}}, Json{{"mesh", 0}, {"translation", {5, 0, 0}}},
                                   Json{{"mesh", 0}, {"translation", {0, 0, 7}}, {"name", "third"}}});
  glb.json["scenes"] =
      Json::array({Json{{"nodes", {0}}}, Json{{"nodes", {1, 2}}, {"name", "pair"}}, Json{{"nodes", {2}}}});
  glb.json["scene"] = 1;
  const GltfModel pair = read(glb.glb());
  EXPECT_EQ(pair.model.mesh.triangles.size(), 2U);
  EXPECT_EQ(pair.name, "pair");
  const GltfModel third = read(glb.glb(), {}, 2);
  EXPECT_EQ(third.low, Vec3f(0, 0, 7));
  EXPECT_EQ(third.name, "third");
  glb.json.erase("scenes");
  glb.json.erase("scene");
  EXPECT_EQ(read(glb.glb()).model.mesh.triangles.size(), 3U);
}

TEST(ReadGlb, StripsAndFans) {
  // Five points around the half circle from +x to -x; a fan has its centre first, a strip zigzags.
  TestGlb fan;
  fan.primitive(fan.positions({0, 0, 0, 1, 0, 0, 1, 1, 0, 0, 1, 0}))["mode"] = 6;
  EXPECT_EQ(read(fan.glb()).model.mesh.triangles.size(), 2U);
  signed_volume(read(fan.glb()).model.mesh);
  TestGlb strip;
  strip.primitive(strip.positions({0, 0, 0, 1, 0, 0, 0, 1, 0, 1, 1, 0, 0, 2, 0}))["mode"] = 5;
  const GltfModel read_strip = read(strip.glb());
  EXPECT_EQ(read_strip.model.mesh.triangles.size(), 3U);
  for (const Vec3f& n : read_strip.model.mesh.normals) EXPECT_GT(n.z(), 0.99F);
  TestGlb lines;
  lines.triangle();
  lines.primitive(0)["mode"] = 1;
  EXPECT_EQ(read(lines.glb()).notes.size(), 1U);
}

TEST(ReadGlb, EveryIndexAndAttributeType) {
  for (const int type : {5121, 5123, 5125}) {
    TestGlb glb;
    const std::size_t positions = glb.positions({9, 9, 9, 0, 0, 0, 1, 0, 0, 0, 2, 0});
    std::size_t index = 0;
    if (type == 5121) index = glb.accessor(std::vector<std::uint8_t>{1, 2, 3}, "SCALAR", 3, type);
    if (type == 5123) index = glb.accessor(std::vector<std::uint16_t>{1, 2, 3}, "SCALAR", 3, type);
    if (type == 5125) index = glb.accessor(std::vector<std::uint32_t>{1, 2, 3}, "SCALAR", 3, type);
    glb.primitive(positions)["indices"] = index;
    const GltfModel model = read(glb.glb());
    EXPECT_EQ(model.model.size_m, Vec3f(1, 2, 0)) << type;  // the first vertex is not used
    EXPECT_EQ(model.model.mesh.positions_m.size(), 3U);
  }
  // Quantised: positions of bytes without normalisation, normalised with it.
  TestGlb bytes;
  const std::size_t position =
      bytes.accessor(std::vector<std::int8_t>{0, 0, 0, 100, 0, 0, 0, -100, 0}, "VEC3", 3, 5120);
  bytes.primitive(position);
  EXPECT_EQ(read(bytes.glb()).model.size_m, Vec3f(100, 100, 0));
  bytes.json["accessors"][position]["normalized"] = true;
  EXPECT_LT((read(bytes.glb()).model.size_m - Vec3f(100, 100, 0) / 127).norm(), 1e-6);
  TestGlb shorts;
  const std::size_t wide =
      shorts.accessor(std::vector<std::uint16_t>{0, 0, 0, 65535, 0, 0, 0, 32768, 0}, "VEC3", 3, 5123, true);
  shorts.primitive(wide);
  EXPECT_LT((read(shorts.glb()).model.size_m - Vec3f(1, 32768 / 65535.0F, 0)).norm(), 1e-6);
}

TEST(ReadGlb, InterleavedAndSparseAccessors) {
  TestGlb glb;
  const std::size_t view = glb.view(std::vector<float>{0, 0, 0, 7, 1, 0, 0, 7, 0, 2, 0, 7}, 16);
  glb.json["accessors"].push_back(
      Json{{"bufferView", view}, {"componentType", 5126}, {"count", 3}, {"type", "VEC3"}});
  glb.primitive(0);
  EXPECT_EQ(read(glb.glb()).model.size_m, Vec3f(1, 2, 0));
  const std::size_t which = glb.view(std::vector<std::uint16_t>{2});
  const std::size_t values = glb.view(std::vector<float>{0, 5, 0});
  glb.json["accessors"][0]["sparse"] = {{"count", 1},
                                        {"indices", {{"bufferView", which}, {"componentType", 5123}}},
                                        {"values", {{"bufferView", values}}}};
  EXPECT_EQ(read(glb.glb()).model.size_m, Vec3f(1, 5, 0));
  // Without a bufferView the others are zero: two vertices in one place have no area, but an extent.
  glb.json["accessors"][0].erase("bufferView");
  EXPECT_EQ(read(glb.glb()).model.size_m, Vec3f(0, 5, 0));
}

TEST(ReadGlb, MaterialsAndTextures) {
  TestGlb glb;
  Json& primitive = glb.triangle();
  primitive["attributes"]["TEXCOORD_0"] = glb.floats({0, 0, 1, 0, 0, 1}, "VEC2", 2);
  primitive["attributes"]["COLOR_0"] = glb.accessor(
      std::vector<std::uint8_t>{255, 0, 0, 255, 0, 255, 0, 255, 0, 0, 255, 255}, "VEC4", 3, 5121, true);
  primitive["material"] = 0;
  glb.json["images"] = Json::array({Json{{"bufferView", glb.view(test_png())}, {"mimeType", "image/png"}}});
  glb.json["samplers"] = Json::array({Json{{"wrapS", 33071}, {"wrapT", 33648}}});
  glb.json["textures"] = Json::array({Json{{"source", 0}, {"sampler", 0}}});
  glb.json["materials"] = Json::array(
      {Json{{"name", "oak"},
            {"pbrMetallicRoughness",
             {{"baseColorFactor", {0.5, 0.25, 1, 0.5}},
              {"metallicFactor", 0},
              {"roughnessFactor", 0.3},
              {"baseColorTexture",
               {{"index", 0},
                {"extensions",
                 {{"KHR_texture_transform", {{"offset", {0.5, 0}}, {"scale", {2, 2}}, {"rotation", 0}}}}}}}}},
            {"emissiveFactor", {1, 0, 0}},
            {"extensions", {{"KHR_materials_emissive_strength", {{"emissiveStrength", 4}}}}}}});
  GltfModel read_model = read(glb.glb());
  expect_sound(read_model.model);
  ASSERT_EQ(read_model.model.materials.size(), 1U);
  const Material& oak = read_model.model.materials[0];
  EXPECT_EQ(oak.name, "oak");
  EXPECT_EQ(oak.base_color, Vec3f(0.5F, 0.25F, 1));
  EXPECT_EQ(oak.opacity, 1);  // opaque unless the alpha mode says otherwise
  EXPECT_EQ(oak.emission, Vec3f(4, 0, 0));
  EXPECT_FLOAT_EQ(oak.roughness, 0.3F);
  ASSERT_TRUE(oak.base_color_texture);
  EXPECT_EQ(oak.base_color_texture->width_px, 2);
  EXPECT_EQ(oak.base_color_texture->rgba[15], 255);  // and so is its picture
  EXPECT_EQ(oak.base_color_texture->encoded, test_png());
  EXPECT_EQ(oak.base_color_texture->wrap_u, Texture::Wrap::Clamp);
  EXPECT_EQ(oak.base_color_texture->wrap_v, Texture::Wrap::Mirror);
  EXPECT_EQ(read_model.model.mesh.uvs[1], Eigen::Vector2f(2.5F, 0));
  EXPECT_EQ(read_model.model.mesh.colors[2], Vec3f(0, 0, 1));

  glb.json["materials"][0]["alphaMode"] = "MASK";
  EXPECT_FLOAT_EQ(read(glb.glb()).model.materials[0].alpha_cutoff, 0.5F);
  glb.json["materials"][0]["alphaMode"] = "BLEND";
  EXPECT_FLOAT_EQ(read(glb.glb()).model.materials[0].opacity, 0.5F);
  glb.json["materials"][0].erase("alphaMode");
  glb.json["materials"][0]["extensions"] = {{"KHR_materials_transmission", {{"transmissionFactor", 0.7}}}};
  EXPECT_NEAR(read(glb.glb()).model.materials[0].opacity, 0.3F, 1e-6);
  glb.json["materials"][0]["extensions"] = {
      {"KHR_materials_pbrSpecularGlossiness",
       {{"diffuseFactor", {0, 0, 0, 1}}, {"specularFactor", {0.9, 0.6, 0.2}}, {"glossinessFactor", 0.75}}}};
  const Material gold = read(glb.glb()).model.materials[0];
  EXPECT_EQ(gold.metallic, 1);
  EXPECT_FLOAT_EQ(gold.roughness, 0.25F);
  EXPECT_EQ(gold.base_color, Vec3f(0.9F, 0.6F, 0.2F));

  glb.json["materials"][0] =
      Json{{"pbrMetallicRoughness", {{"baseColorFactor", {0.1, 0.1, 0.1, 1}}, {"metallicFactor", 0}}},
           {"extensions", {{"KHR_materials_sheen", {{"sheenColorFactor", {1, 0.5, 0}}}}}}};
  EXPECT_LT((read(glb.glb()).model.materials[0].base_color - Vec3f(0.37F, 0.22F, 0.07F)).norm(), 1e-5);

  glb.json["materials"][0] = Json{{"pbrMetallicRoughness", {{"baseColorTexture", {{"index", 0}}}}}};
  GltfLimits small;
  small.max_texture_side_px = 1;
  const Material tiny = read(glb.glb(), small).model.materials[0];
  EXPECT_EQ(tiny.base_color_texture->width_px, 1);
  EXPECT_TRUE(tiny.base_color_texture->encoded.empty());
  EXPECT_EQ(tiny.base_color_texture->rgba[0], 128);  // (255 + 0 + 0 + 255) / 4
}

TEST(ReadGlb, TangentsWhereANormalMapNeedsThem) {
  TestGlb glb;
  Json& primitive = glb.triangle();
  // An upright picture: u along +x, v against +y.
  primitive["attributes"]["TEXCOORD_0"] = glb.floats({0, 1, 1, 1, 0, 0}, "VEC2", 2);
  primitive["material"] = 0;
  glb.json["images"] = Json::array({Json{{"bufferView", glb.view(test_png())}}});
  glb.json["textures"] = Json::array({Json{{"source", 0}}});
  glb.json["materials"] = Json::array({Json{{"normalTexture", {{"index", 0}, {"scale", 0.5}}}}});
  const GltfModel bumpy = read(glb.glb());
  expect_sound(bumpy.model);
  ASSERT_EQ(bumpy.model.mesh.tangents.size(), 3U);
  // The bitangent w * n x t points up in the picture.
  EXPECT_LT((bumpy.model.mesh.tangents[0] - Eigen::Vector4f(1, 0, 0, 1)).norm(), 1e-5);
  EXPECT_FLOAT_EQ(bumpy.model.materials[0].normal_scale, 0.5F);
  glb.json["nodes"][0]["scale"] = {-1, 1, 1};
  const GltfModel mirrored = read(glb.glb());
  EXPECT_LT((mirrored.model.mesh.tangents[0] - Eigen::Vector4f(-1, 0, 0, -1)).norm(), 1e-5);
  glb.json["materials"][0].erase("normalTexture");
  EXPECT_TRUE(read(glb.glb()).model.mesh.tangents.empty());
}

TEST(ReadGlb, SkinsStandWhereTheirJointsDo) {
  TestGlb glb;
  Json& primitive = glb.triangle();
  primitive["attributes"]["JOINTS_0"] =
      glb.accessor(std::vector<std::uint8_t>{0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0}, "VEC4", 3, 5121);
  primitive["attributes"]["WEIGHTS_0"] = glb.floats({1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0}, "VEC4", 4);
  std::vector<float> inverse(32);
  for (std::size_t i = 0; i < 8; ++i) inverse[16 * (i / 4) + 5 * (i % 4)] = 1;
  glb.json["skins"] =
      Json::array({Json{{"joints", {1, 2}}, {"inverseBindMatrices", glb.floats(inverse, "MAT4", 16)}}});
  // The node's own place does not count; the second joint lifts the third vertex by 3.
  glb.json["nodes"] =
      Json::array({Json{{"mesh", 0}, {"skin", 0}, {"translation", {50, 0, 0}}, {"children", {1, 2}}},
                   Json{{"translation", {-50, 0, 0}}}, Json{{"translation", {-50, 3, 0}}}});
  const GltfModel skinned = read(glb.glb());
  EXPECT_LT((skinned.model.size_m - Vec3f(1, 5, 0)).norm(), 1e-5);
  EXPECT_LT(skinned.low.norm(), 1e-5);
  glb.json["skins"][0]["joints"] = {1};
  EXPECT_TRUE(has(error_of(glb.glb()), "has the joint 1")) << error_of(glb.glb());
}

TEST(ReadGlb, FilesBesideAreReadOnlyFromTheFolder) {
  const std::filesystem::path root = std::filesystem::path(testing::TempDir()) / "gltf_files";
  std::filesystem::remove_all(root);
  std::filesystem::create_directories(root / "model" / "parts");
  TestGlb glb;
  glb.triangle();
  ASSERT_TRUE(write_file_atomic(root / "model" / "parts" / "a b.bin", glb.binary));
  ASSERT_TRUE(write_file_atomic(root / "secret.bin", glb.binary));
  std::filesystem::create_symlink(root / "secret.bin", root / "model" / "link.bin");
  std::filesystem::create_directory_symlink(root, root / "model" / "up");
  const auto with = [&](const std::string& uri) {
    TestGlb file = glb;
    file.json["buffers"][0] = Json{{"uri", uri}, {"byteLength", glb.binary.size()}};
    const auto path = root / "model" / "model.gltf";
    EXPECT_TRUE(write_file_atomic(path, file.json.dump()));
    const Result<GltfModel> model = read_gltf_file(path);
    return model ? std::string("read") : model.error().message;
  };
  EXPECT_EQ(with("parts/a%20b.bin"), "read");
  EXPECT_EQ(with("./parts/a b.bin"), "read");
  EXPECT_EQ(with("data:application/octet-stream;base64,AAAAAAAAAAAAAAAAAACAPwAAAAAAAAAAAAAAAAAAAEAAAAAA"),
            "read");
  for (const char* uri :
       {"../secret.bin", "../../etc/passwd", "/etc/passwd", "parts/../../secret.bin", "link.bin",
        "up/secret.bin", "%2e%2e/secret.bin", "file:///etc/passwd", "..\\secret.bin", "parts", ""})
    EXPECT_TRUE(has(with(uri), "expected a file in the model's own folder")) << uri << ": " << with(uri);
  EXPECT_TRUE(has(with("missing.bin"), "which is not there")) << with("missing.bin");
  EXPECT_TRUE(has(with("data:text/plain,hello"), "not base64"));
  EXPECT_TRUE(has(with("data:;base64,AA*A"), "not base64"));
  // The bytes of a model alone have no folder.
  glb.json["buffers"][0]["uri"] = "a.bin";
  EXPECT_TRUE(has(error_of(glb.glb()), "names the file 'a.bin'"));
}

TEST(ReadGlb, ContainersThatLie) {
  TestGlb glb;
  glb.triangle();
  const std::string good = glb.glb();
  EXPECT_TRUE(has(error_of(""), "is empty"));
  EXPECT_TRUE(has(error_of("solid cube"), "is no glTF file"));
  EXPECT_TRUE(
      has(error_of("version https://git-lfs.github.com/spec/v1\noid sha256:28a2"), "pointer of Git LFS"));
  EXPECT_TRUE(has(error_of("glTF"), "ends within its header"));
  EXPECT_TRUE(has(error_of(good.substr(0, good.size() - 8)), "says it has"));
  for (std::size_t cut = 0; cut < good.size(); cut += 7)
    EXPECT_NE(error_of(good.substr(0, cut)), "no error") << cut;
  const auto with_word = [&](std::size_t at, std::uint32_t value) {
    std::string bytes = good;
    std::memcpy(bytes.data() + at, &value, 4);
    return error_of(bytes);
  };
  EXPECT_TRUE(has(with_word(4, 1), "version 1"));
  EXPECT_TRUE(has(with_word(8, 0xffffffffU), "says it has 4294967295 bytes"));
  EXPECT_TRUE(has(with_word(12, 0xfffffff0U), "ends after the file"));
  EXPECT_TRUE(has(with_word(16, 0x004e4942U), "does not begin with a JSON chunk"));
  EXPECT_TRUE(has(error_of(TestGlb::glb_of("{\"asset\":", "")), "not valid JSON"));
  EXPECT_TRUE(has(error_of(R"({"asset": {"version": "1.0"}})"), "expected \"2.0\""));
  EXPECT_TRUE(has(error_of("{\"asset\":" + std::string(5000, '[')), "test.glb") ||
              has(error_of("{\"asset\":" + std::string(5000, '[')), "nest"));
  GltfLimits small;
  small.max_file_bytes = 10;
  EXPECT_TRUE(has(error_of(good, small), "at most 10"));
}

TEST(ReadGlb, RangesThatLie) {
  TestGlb good;
  Json& first = good.triangle();
  first["indices"] = good.accessor(std::vector<std::uint16_t>{0, 1, 2}, "SCALAR", 3, 5123);
  const auto with = [&](const char* pointer, const Json& value) {
    TestGlb glb = good;
    glb.json[Json::json_pointer(pointer)] = value;
    std::string bytes = TestGlb::glb_of(glb.json.dump(), glb.binary);
    return error_of(bytes);
  };
  good.json["buffers"][0]["byteLength"] = good.binary.size();
  EXPECT_TRUE(has(with("/accessors/0/count", 4), "reaches to byte 48"));
  EXPECT_TRUE(has(with("/accessors/0/count", 1000000000), "has more than 4000000 vertices"));
  EXPECT_TRUE(has(with("/accessors/1/count", 1000000000), "1000000000 elements; at most"));
  EXPECT_TRUE(has(with("/accessors/0/count", -3), "has no count"));
  EXPECT_TRUE(has(with("/accessors/0/count", 1e30), "has no count"));
  EXPECT_TRUE(has(with("/accessors/0/byteOffset", 18446744073709551615ULL), "no number"));
  EXPECT_TRUE(has(with("/accessors/0/byteOffset", 40), "reaches to byte"));
  EXPECT_TRUE(has(with("/accessors/0/componentType", 5130), "unknown type"));
  EXPECT_TRUE(has(with("/accessors/0/type", "VEC9"), "unknown type"));
  EXPECT_TRUE(has(with("/accessors/0/bufferView", 99), "bufferViews[99] does not exist"));
  EXPECT_TRUE(has(with("/accessors/1/componentType", 5122), "unsigned whole numbers"));
  EXPECT_TRUE(has(with("/bufferViews/0/byteLength", 1099511627775ULL), "reaches to byte"));
  EXPECT_TRUE(has(with("/bufferViews/0/byteStride", 4), "byteStride"));
  EXPECT_TRUE(has(with("/bufferViews/0/byteStride", 65536), "byteStride"));
  EXPECT_TRUE(has(with("/bufferViews/0/buffer", 7), "buffers[7] does not exist"));
  EXPECT_TRUE(has(with("/buffers/0/byteLength", 1 << 30), "says it has 1073741824 bytes"));
  EXPECT_TRUE(has(with("/meshes/0/primitives/0/indices", 5), "accessors[5] does not exist"));
  EXPECT_TRUE(has(with("/meshes/0/primitives/0/indices", "two"), "no accessor"));
  EXPECT_TRUE(has(with("/meshes/0/primitives/0/material", 3), "materials[3] does not exist"));
  EXPECT_TRUE(has(with("/meshes/0/primitives/0/mode", 9), "unknown mode"));
  EXPECT_TRUE(has(with("/nodes/0/mesh", 4), "meshes[4] does not exist"));
  EXPECT_TRUE(has(with("/scenes/0/nodes/0", 12), "nodes[12] does not exist"));
  EXPECT_TRUE(has(with("/scene", 3), "scenes[3] does not exist"));
  EXPECT_TRUE(has(with("/nodes/0", 1), "no JSON object"));
  TestGlb index = good;
  index.binary[index.binary.size() - 2] = 9;
  EXPECT_TRUE(has(error_of(index.glb()), "has the index 9, but only 3 vertices"));
  // A billion zeros without any data.
  TestGlb zeros = good;
  zeros.json["accessors"][0] = Json{{"componentType", 5126}, {"count", 1000000000}, {"type", "VEC3"}};
  EXPECT_TRUE(has(error_of(zeros.glb()), "4000000 vertices"));
  TestGlb sparse = good;
  sparse.json["accessors"][0]["sparse"] = {{"count", 2},
                                           {"indices", {{"bufferView", 1}, {"componentType", 5123}}},
                                           {"values", {{"bufferView", 0}, {"byteOffset", 30}}}};
  EXPECT_TRUE(has(error_of(sparse.glb()), "sparse values that reach beyond"));
}

TEST(ReadGlb, NodesThatGoInCircles) {
  TestGlb glb;
  glb.triangle();
  glb.json["nodes"] = Json::array({Json{{"mesh", 0}, {"children", {1}}}, Json{{"children", {0}}}});
  EXPECT_TRUE(has(error_of(glb.glb()), "node 0 is reached twice"));
  glb.json["nodes"] = Json::array({Json{{"children", {0}}}});
  EXPECT_TRUE(has(error_of(glb.glb()), "reached twice"));
  glb.json["nodes"] = Json::array({Json{{"children", {1, 2}}}, Json{{"children", {2}}}, Json{{"mesh", 0}}});
  EXPECT_TRUE(has(error_of(glb.glb()), "node 2 is reached twice"));
  Json chain = Json::array();
  for (int i = 0; i < 2000; ++i) chain.push_back(Json{{"children", {i + 1}}});
  chain.push_back(Json{{"mesh", 0}});
  glb.json["nodes"] = chain;
  EXPECT_TRUE(has(error_of(glb.glb()), "nested deeper"));
  Json many = Json::array();
  for (int i = 0; i < 30000; ++i) many.push_back(Json::object());
  glb.json["nodes"] = many;
  EXPECT_TRUE(has(error_of(glb.glb()), "30000 nodes"));
}

TEST(ReadGlb, NumbersThatAreNone) {
  for (const float value :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(), 1e30F}) {
    TestGlb glb;
    glb.primitive(glb.positions({0, 0, 0, value, 0, 0, 0, 2, 0}));
    EXPECT_TRUE(has(error_of(glb.glb()), "not finite or beyond")) << value;
  }
  TestGlb glb;
  glb.triangle();
  glb.json["nodes"][0]["scale"] = {1e11, 1, 1};
  EXPECT_TRUE(has(error_of(glb.glb()), "not finite or beyond"));
  glb.json["nodes"][0]["scale"] = {1e300, 1, 1};
  EXPECT_TRUE(has(error_of(glb.glb()), "scale that is not 3 numbers"));
  glb.json["nodes"][0] = Json{{"mesh", 0}, {"rotation", {0, 0, 0, 0}}};
  EXPECT_TRUE(has(error_of(glb.glb()), "no quaternion"));
  glb.json["nodes"][0] = Json{{"mesh", 0}, {"scale", {0, 0, 0}}};
  EXPECT_TRUE(has(error_of(glb.glb()), "no extent"));
  TestGlb empty;
  EXPECT_TRUE(has(error_of(empty.glb()), "has no triangles"));
  empty.primitive(empty.positions({0, 0, 0, 1, 0, 0}));
  EXPECT_TRUE(has(error_of(empty.glb()), "has no triangles"));
}

TEST(ReadGlb, ExtensionsThatAreNotReadAreNamed) {
  TestGlb glb;
  glb.triangle();
  glb.json["extensionsRequired"] = {"KHR_draco_mesh_compression"};
  EXPECT_TRUE(has(error_of(glb.glb()), "'KHR_draco_mesh_compression'"));
  glb.json["extensionsRequired"] = {"KHR_mesh_quantization"};
  EXPECT_EQ(error_of(glb.glb()), "no error");
  glb.json.erase("extensionsRequired");
  glb.json["bufferViews"][0]["extensions"] = {{"EXT_meshopt_compression", Json::object()}};
  EXPECT_TRUE(has(error_of(glb.glb()), "'EXT_meshopt_compression'"));
  TestGlb picture;
  picture.triangle()["material"] = 0;
  picture.json["materials"] =
      Json::array({Json{{"pbrMetallicRoughness", {{"baseColorTexture", {{"index", 0}}}}}}});
  picture.json["textures"] = Json::array({Json{{"extensions", {{"KHR_texture_basisu", {{"source", 0}}}}}}});
  EXPECT_TRUE(has(error_of(picture.glb()), "'KHR_texture_basisu'"));
  picture.json["textures"] = Json::array({Json{{"source", 0}}});
  picture.json["images"] =
      Json::array({Json{{"bufferView", picture.view(std::string("\xabKTX 20\xbb\r\n\x1a\n", 12))}}});
  EXPECT_TRUE(has(error_of(picture.glb()), "KTX2"));
}

TEST(ReadGlb, PicturesThatAreBombs) {
  // The header of a picture of 60000 x 60000 pixels.
  std::string bomb = test_png();
  for (const std::size_t at : {16U, 20U}) {
    bomb[at] = 0;
    bomb[at + 1] = 0;
    bomb[at + 2] = static_cast<char>(0xea);
    bomb[at + 3] = 0x60;
  }
  EXPECT_FALSE(read_texture(bomb, 1U << 30));
  // 16000 x 16000 is a size that is read, but not here.
  for (const std::size_t at : {16U, 20U}) {
    bomb[at + 2] = 0x3e;
    bomb[at + 3] = static_cast<char>(0x80);
  }
  const Result<Texture> large = read_texture(bomb, 1U << 20);
  ASSERT_FALSE(large);
  EXPECT_TRUE(has(large.error().message, "16000 x 16000 pixels")) << large.error().message;
  const std::string good = test_png();
  for (std::size_t cut = 0; cut < good.size() - 12; ++cut)
    EXPECT_FALSE(read_texture(good.substr(0, cut), 100)) << cut;
  EXPECT_FALSE(read_texture("GIF89a", 100));
  TestGlb glb;
  glb.triangle()["material"] = 0;
  glb.json["materials"] = Json::array({Json{{"emissiveTexture", {{"index", 0}}}}});
  glb.json["textures"] = Json::array({Json{{"source", 0}}});
  glb.json["images"] = Json::array({Json{{"bufferView", glb.view(bomb)}}});
  EXPECT_TRUE(has(error_of(glb.glb()), "image 0 has 16000 x 16000 pixels")) << error_of(glb.glb());
}

TEST(ReadGlb, LimitsHoldForInstancesToo) {
  TestGlb glb;
  glb.box({0, 0, 0}, {1, 1, 1});
  glb.json["nodes"] = Json::array();
  glb.json["scenes"][0]["nodes"] = Json::array();
  for (int i = 0; i < 100; ++i) {
    glb.json["nodes"].push_back(Json{{"mesh", 0}, {"translation", {i, 0, 0}}});
    glb.json["scenes"][0]["nodes"].push_back(i);
  }
  EXPECT_EQ(read(glb.glb()).model.mesh.triangles.size(), 1200U);
  GltfLimits limits;
  limits.max_triangles = 1000;
  EXPECT_TRUE(has(error_of(glb.glb(), limits), "more than 1000 triangles"));
  limits = {};
  limits.max_vertices = 1000;
  EXPECT_TRUE(has(error_of(glb.glb(), limits), "more than 1000 vertices"));
}

}  // namespace
}  // namespace metaspatial::assets
