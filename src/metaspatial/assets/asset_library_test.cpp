#include "metaspatial/assets/asset_library.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "metaspatial/assets/asset_import.hpp"
#include "metaspatial/assets/asset_metadata.hpp"
#include "metaspatial/assets/gltf_reader.hpp"
#include "metaspatial/assets/library.hpp"
#include "metaspatial/assets/model_glb.hpp"
#include "metaspatial/assets/normalise.hpp"
#include "metaspatial/assets/parametric.hpp"
#include "metaspatial/assets/simplify.hpp"
#include "metaspatial/assets/test_glb.hpp"
#include "metaspatial/base/files.hpp"
#include "metaspatial/scene/kinds.hpp"

namespace metaspatial::assets {
namespace {

namespace fs = std::filesystem;

/// A folder of models and an empty library, gone and made anew for each test.
class Library : public testing::Test {
 protected:
  void SetUp() override {
    fs::remove_all(root_);
    fs::create_directories(models_);
  }

  /// A box of this size in glTF's axes (x, y up, z to the front), standing on the ground.
  void write_box(const std::string& name, float x, float y, float z, const std::string& metadata = "") {
    TestGlb glb;
    glb.box({0, 0, 0}, {x, y, z});
    write(name + ".glb", glb.glb());
    if (!metadata.empty()) write(name + ".json", metadata);
  }
  void write(const std::string& name, const std::string& bytes) {
    ASSERT_TRUE(write_file_atomic(models_ / name, bytes));
  }
  ImportReport import(const ImportOptions& options = {}) {
    Result<ImportReport> report = import_assets(models_, library_, options);
    EXPECT_TRUE(report) << (report ? "" : to_string(report.error()));
    return report ? *std::move(report) : ImportReport{};
  }
  std::shared_ptr<const AssetLibrary> open() {
    auto library = AssetLibrary::open(library_);
    EXPECT_TRUE(library) << (library ? "" : to_string(library.error()));
    return library ? *library : nullptr;
  }
  static scene::SceneObject object(const std::string& kind, double length, double width, double height) {
    scene::SceneObject result;
    result.id = kind + "_1";
    result.kind = kind;
    result.size_m = scene::Vec3(length, width, height);
    return result;
  }
  static std::string found(const AssetLibrary& library, const scene::SceneObject& object) {
    const auto ref = library.find(object);
    EXPECT_TRUE(ref) << (ref ? "" : to_string(ref.error()));
    return ref && *ref ? (*ref)->name : std::string();
  }

  fs::path root_ =
      fs::path(testing::TempDir()) / testing::UnitTest::GetInstance()->current_test_info()->name();
  fs::path models_ = root_ / "models";
  fs::path library_ = root_ / "library";
};

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(KindOfAsset, PeoplesWordsAreUnderstood) {
  const auto name = [](std::string_view text, const scene::Vec3& size_m = scene::Vec3(1, 1, 1)) {
    const scene::Kind* kind = kind_of_asset({}, text, "", size_m);
    return kind ? std::string(kind->name) : std::string();
  };
  EXPECT_EQ(name("Old oak Sofa, low poly (free)"), "sofa");
  EXPECT_EQ(name("Sofa_03"), "sofa");
  EXPECT_EQ(name("IKEA bookshelf low poly"), "bookshelf");
  EXPECT_EQ(name("Persian rugs"), "rug");
  EXPECT_EQ(name("dining chair for a desk"), "dining_chair");
  EXPECT_EQ(name("tableCoffeeGlass"), "coffee_table");
  EXPECT_EQ(name("lampRoundFloor"), "floor_lamp");
  EXPECT_EQ(name("plantSmall1"), "small_plant");
  EXPECT_EQ(name("spaceship"), "");
  EXPECT_EQ(name(""), "");
  EXPECT_EQ(name(std::string(100000, 'x')), "");
  // Either word could be it: it stands like the one and lies like the other.
  EXPECT_EQ(name("chairCushion", {0.2, 0.2, 0.46}), "dining_chair");
  EXPECT_EQ(name("chairCushion", {0.5, 0.5, 0.15}), "cushion");
  AssetMetadata category;
  category.category = "Armchair";
  EXPECT_EQ(kind_of_asset(category, "sofa", "", {1, 1, 1})->name, "armchair");
}

TEST(AssetMetadata, OwnObjathorAndObjaverseFields) {
  const auto read = [](const char* text) { return read_asset_metadata(*parse_json(text, "test")); };
  const AssetMetadata own =
      read(R"({"name": "Ash", "kind": "sofa", "tags": ["a", "b"], "up_axis": "z", "front": "-Y",
      "unit_m": 0.01, "size_m": [2, 1, 0.8], "license": "CC0", "style": "nordic", "material": "ash"})");
  EXPECT_EQ(own.name, "Ash");
  EXPECT_EQ(own.category, "sofa");
  EXPECT_EQ(own.up, "+Z");
  EXPECT_EQ(own.front, "-Y");
  EXPECT_DOUBLE_EQ(own.unit_m.value(), 0.01);
  EXPECT_EQ(own.size_m.value(), scene::Vec3(2, 1, 0.8));
  EXPECT_EQ(own.tags, (std::vector<std::string>{"a", "b"}));

  const AssetMetadata objathor =
      read(R"({"uid": "f00", "category": "armchair", "description_auto": "A red chair",
      "scale": 0.9, "z_axis_scale": true, "height": 90, "pose_z_rot_angle": 1.5707963, "materials": ["wood", "wool"],
      "onFloor": true, "onWall": false})");
  EXPECT_EQ(objathor.description, "A red chair");
  EXPECT_DOUBLE_EQ(objathor.height_m.value(), 0.9);
  EXPECT_FALSE(objathor.longest_m);
  EXPECT_NEAR(objathor.turn_rad.value(), 1.5707963, 1e-9);
  EXPECT_EQ(objathor.material, "wood wool");
  EXPECT_EQ(objathor.tags, (std::vector<std::string>{"on floor"}));
  EXPECT_DOUBLE_EQ(read(R"({"scale": 2, "z_axis_scale": false})").longest_m.value(), 2);
  EXPECT_EQ(
      read(
          R"({"annotations": {"category": "bed"}, "assetMetadata": {"boundingBox": {"x": 2, "y": 1, "z": 3}}})")
          .size_m.value(),
      scene::Vec3(2, 3, 1));

  const AssetMetadata objaverse = read(R"({"name": "Couch", "tags": [{"name": "sofa"}, {"slug": "red"}],
      "categories": [{"name": "furniture-home"}], "license": "by", "user": {"username": "ann"}})");
  EXPECT_EQ(objaverse.tags, (std::vector<std::string>{"sofa", "red", "furniture-home"}));
  EXPECT_EQ(objaverse.source, "ann");

  // Nonsense is ignored, field by field.
  const AssetMetadata odd = read(R"({"name": 3, "tags": "x", "up_axis": "up", "unit_m": -1, "size_m": [1, 2],
      "pose_z_rot_angle": "north", "height": 1e300, "scale": [], "z_axis_scale": 1, "assetMetadata": 4})");
  EXPECT_TRUE(odd.name.empty() && odd.tags.empty() && odd.up.empty() && !odd.unit_m && !odd.size_m &&
              !odd.turn_rad && !odd.height_m && !odd.longest_m);
}

/// A box of these sides in the file's axes, with a mark: one vertex of its front (+Z) side's triangle stands
/// out.
GltfModel box_model(float x, float y, float z) {
  TestGlb glb;
  glb.box({0, 0, 0}, {x, y, z});
  return read_glb(glb.glb(), "box").value();
}

TEST(Normalised, TurnsIntoTheObjectFrame) {
  // A wedge whose highest edge is at its front (+Z) right (+x) corner seen from the front, which is our left
  // (-x).
  TestGlb glb;
  glb.primitive(glb.positions({0, 0, 0, 2, 0, 0, 2, 1, 3, 0, 0, 0, 2, 1, 3, 0, 0, 3}));
  const NormalisedAsset wedge = normalised(read_glb(glb.glb(), "wedge").value(), {}, nullptr).value();
  EXPECT_EQ(wedge.model.size_m, Vec3f(2, 3, 1));
  EXPECT_FALSE(wedge.front_known);
  ASSERT_EQ(wedge.notes.size(), 1U);
  EXPECT_TRUE(has(wedge.notes[0], "front is not known"));
  bool seen = false;
  for (const Vec3f& p : wedge.model.mesh.positions_m) seen = seen || p == Vec3f(-1, 1.5F, 0.5F);
  EXPECT_TRUE(seen);

  AssetMetadata blender;
  blender.up = "+Z";
  EXPECT_EQ(normalised(box_model(2, 1, 0.5F), blender, nullptr)->model.size_m, Vec3f(2, 1, 0.5F));
  blender.front = "+X";
  const NormalisedAsset turned = normalised(box_model(2, 1, 0.5F), blender, nullptr).value();
  EXPECT_EQ(turned.model.size_m, Vec3f(1, 2, 0.5F));
  EXPECT_TRUE(turned.front_known);
  blender.front = "-Z";
  EXPECT_FALSE(normalised(box_model(2, 1, 0.5F), blender, nullptr));
  AssetMetadata quarter;
  quarter.turn_rad = scene::kPi / 2;
  EXPECT_LT((normalised(box_model(2, 1, 0.5F), quarter, nullptr)->model.size_m - Vec3f(0.5F, 2, 1)).norm(),
            1e-5);
}

TEST(Normalised, SizesAreMetres) {
  const scene::Kind* sofa = scene::find_kind("sofa");
  ASSERT_TRUE(sofa);
  const auto size = [&](const GltfModel& model, const AssetMetadata& metadata) {
    return normalised(model, metadata, sofa)->model.size_m;
  };
  EXPECT_LT((size(box_model(2, 0.8F, 0.9F), {}) - Vec3f(2, 0.9F, 0.8F)).norm(), 1e-5);
  EXPECT_LT((size(box_model(200, 80, 90), {}) - Vec3f(2, 0.9F, 0.8F)).norm(), 1e-5);     // centimetres
  EXPECT_LT((size(box_model(2000, 800, 900), {}) - Vec3f(2, 0.9F, 0.8F)).norm(), 1e-4);  // millimetres
  AssetMetadata said;
  said.height_m = 0.8;
  EXPECT_LT((size(box_model(20, 8, 9), said) - Vec3f(2, 0.9F, 0.8F)).norm(), 1e-5);
  said = {};
  said.size_m = scene::Vec3(2, 0.9, 0.8);
  EXPECT_LT((size(box_model(20, 8, 9), said) - Vec3f(2, 0.9F, 0.8F)).norm(), 1e-5);
  // A unit cube's worth of sofa: no unit explains it, so the catalogue decides, evenly.
  const NormalisedAsset tiny = normalised(box_model(0.02F, 0.008F, 0.009F), {}, sofa).value();
  EXPECT_NEAR(tiny.model.size_m.x() / tiny.model.size_m.z(), 2.5, 1e-4);
  EXPECT_GT(tiny.model.size_m.x(), 1.2F);
  EXPECT_LT(tiny.model.size_m.x(), 3.5F);
  EXPECT_TRUE(has(tiny.notes.back(), "is no size for the kind sofa; scaled to")) << tiny.notes.back();
}

TEST(Simplified, FewTrianglesOfTheSameShapeAndMaterials) {
  Model model;
  model.materials.resize(2);
  constexpr int kSides = 96;
  for (int i = 0; i <= kSides; ++i)
    for (int j = 0; j <= kSides; ++j) {
      const double a = scene::kPi * i / kSides;
      const double b = 2 * scene::kPi * j / kSides;
      const Vec3f n(static_cast<float>(std::sin(a) * std::cos(b)),
                    static_cast<float>(std::sin(a) * std::sin(b)), static_cast<float>(std::cos(a)));
      model.mesh.positions_m.push_back(n);
      model.mesh.normals.push_back(n);
    }
  for (std::uint32_t i = 0; i < kSides; ++i)
    for (std::uint32_t j = 0; j < kSides; ++j) {
      const std::uint32_t at = i * (kSides + 1) + j;
      model.mesh.triangles.push_back({at, at + kSides + 1, at + 1});
      model.mesh.triangles.push_back({at + 1, at + kSides + 1, at + kSides + 2});
      model.mesh.material_of.insert(model.mesh.material_of.end(), 2, i < kSides / 2 ? 0 : 1);
    }
  model.size_m = Vec3f(2, 2, 2);
  const Model small = simplified(model, 1000, 0.01F);
  EXPECT_LE(small.mesh.triangles.size(), 1500U);
  EXPECT_GE(small.mesh.triangles.size(), 100U);
  EXPECT_EQ(small.mesh.normals.size(), small.mesh.positions_m.size());
  std::size_t upper = 0;
  for (std::size_t t = 0; t < small.mesh.triangles.size(); ++t) {
    upper += small.mesh.material_of[t] == 0 ? 1 : 0;
    for (const std::uint32_t corner : small.mesh.triangles[t])
      EXPECT_NEAR(small.mesh.positions_m[corner].norm(), 1, 1e-5);
  }
  EXPECT_NEAR(static_cast<double>(upper) / static_cast<double>(small.mesh.triangles.size()), 0.5, 0.1);
  EXPECT_EQ(simplified(small, 5000).mesh.triangles.size(), small.mesh.triangles.size());
}

TEST(ModelGlb, ComesBackAsItWas) {
  scene::SceneObject lamp;
  lamp.id = "floor_lamp_1";
  lamp.kind = "floor_lamp";
  lamp.size_m = scene::Vec3(0.4, 0.4, 1.6);
  Model model = make_model(lamp);
  auto texture = std::make_shared<Texture>();
  texture->encoded = test_png();
  texture->wrap_u = Texture::Wrap::Mirror;
  model.materials[0].base_color_texture = texture;
  model.materials[0].alpha_cutoff = 0.25F;
  model.materials[0].opacity = 1;
  model.mesh.uvs.assign(model.mesh.positions_m.size(), Eigen::Vector2f(0.25F, 0.75F));
  const std::string bytes = model_glb(model, nullptr, "lamp").value();
  EXPECT_EQ(bytes, model_glb(model, nullptr, "lamp").value());
  GltfModel back = read_glb(bytes, "lamp").value();
  turn_from_gltf(back.model);
  EXPECT_LT((back.model.size_m - model.size_m).norm(), 1e-6);
  ASSERT_EQ(back.model.mesh.triangles.size(), model.mesh.triangles.size());
  EXPECT_EQ(back.model.mesh.uvs[0], Eigen::Vector2f(0.25F, 0.75F));
  EXPECT_EQ(back.name, "lamp");
  bool seen = false;
  for (const Material& m : back.model.materials) {
    if (m.name != model.materials[0].name) continue;
    seen = true;
    ASSERT_TRUE(m.base_color_texture);
    EXPECT_EQ(m.base_color_texture->encoded, test_png());
    EXPECT_EQ(m.base_color_texture->wrap_u, Texture::Wrap::Mirror);
    EXPECT_FLOAT_EQ(m.alpha_cutoff, 0.25F);
    EXPECT_FLOAT_EQ(m.roughness, model.materials[0].roughness);
    EXPECT_LT((m.base_color - model.materials[0].base_color).norm(), 1e-6);
  }
  EXPECT_TRUE(seen);
}

TEST_F(Library, ImportsFindsAndFits) {
  write_box("red_sofa", 2, 0.8F, 0.9F,
            R"({"kind": "sofa", "front": "+Z", "style": "modern", "material": "leather"})");
  write_box("old_sofa", 2, 0.81F, 0.9F,
            R"({"kind": "sofa", "front": "+Z", "style": "victorian", "material": "velvet"})");
  write_box("small_table", 0.6F, 0.5F, 0.6F, R"({"kind": "coffee_table"})");
  const ImportReport report = import();
  EXPECT_EQ(report.assets.size(), 3U);
  EXPECT_TRUE(report.failures.empty());
  const auto library = open();
  ASSERT_EQ(library->all().size(), 3U);
  EXPECT_EQ(library->all()[0].name, "old_sofa");
  EXPECT_TRUE(library->all()[0].front_known);
  EXPECT_EQ(library->info("red_sofa")->kind, "sofa");
  EXPECT_EQ(library->info("nothing"), nullptr);
  EXPECT_EQ(library->search("velvet")->size(), 1U);
  EXPECT_EQ(library->search("\" OR * NEAR(")->size(), 0U);  // no syntax, only words

  scene::SceneObject sofa = object("sofa", 2.2, 0.9, 0.9);
  sofa.style = "modern";
  sofa.material = "brown leather";
  EXPECT_EQ(found(*library, sofa), "red_sofa");
  sofa.style = "Victorian";
  sofa.material = "green velvet";
  EXPECT_EQ(found(*library, sofa), "old_sofa");
  sofa.asset = "red_sofa";
  EXPECT_EQ(found(*library, sofa), "red_sofa");
  // An unknown name is not an obstacle; a size that no sofa can be stretched to is.
  sofa.asset = "gone";
  EXPECT_EQ(found(*library, sofa), "old_sofa");
  EXPECT_EQ(found(*library, object("sofa", 2.2, 0.2, 0.9)), "");
  EXPECT_EQ(found(*library, object("bed", 2, 1.6, 0.6)), "");

  const auto ref = library->find(sofa).value().value();
  const Model fitted = library->fitted(ref, sofa.size_m, Detail::Full).value();
  Vec3f low = fitted.mesh.positions_m[0];
  Vec3f high = low;
  for (const Vec3f& p : fitted.mesh.positions_m) {
    low = low.cwiseMin(p);
    high = high.cwiseMax(p);
  }
  EXPECT_EQ(high, Vec3f(1.1F, 0.45F, 0.45F));
  EXPECT_EQ(low, Vec3f(-1.1F, -0.45F, -0.45F));
}

TEST_F(Library, TheLeastStretchedWinsAndTurnsIfItsFrontIsUnknown) {
  write_box("table_a", 1.8F, 0.75F, 0.9F, R"({"kind": "dining_table"})");
  write_box("table_b", 1.2F, 0.75F, 0.8F, R"({"kind": "dining_table"})");
  write_box("table_c", 0.9F, 0.75F, 1.8F, R"({"kind": "dining_table", "front": "+Z"})");
  EXPECT_TRUE(import().failures.empty());
  const auto library = open();
  EXPECT_EQ(found(*library, object("dining_table", 1.8, 0.9, 0.75)), "table_a");
  EXPECT_EQ(found(*library, object("dining_table", 1.2, 0.8, 0.75)), "table_b");
  const auto turned = library->find(object("dining_table", 0.8, 1.2, 0.75)).value().value();
  EXPECT_EQ(turned.name, "table_b");
  EXPECT_TRUE(turned.quarter_turn);
  EXPECT_NEAR(turned.stretch, 1, 1e-6);
  const Model model = library->fitted(turned, scene::Vec3(0.8, 1.2, 0.75), Detail::Full).value();
  EXPECT_LT((model.size_m - Vec3f(0.8F, 1.2F, 0.75F)).norm(), 1e-5);
  // As good as table_c, whose front is known; the name that comes first wins.
  EXPECT_EQ(found(*library, object("dining_table", 0.9, 1.8, 0.75)), "table_a");
}

TEST_F(Library, UnknownKindsAreFoundByAllOfTheirWords) {
  write_box("Arcade Machine 80s", 0.7F, 1.8F, 0.8F);
  write_box("sewing_machine", 0.7F, 1.8F, 0.8F, R"({"tags": ["retro"]})");
  EXPECT_TRUE(import().failures.empty());
  const auto library = open();
  const std::string arcade = found(*library, object("zorbing_arcade", 0.7, 0.8, 1.8));
  EXPECT_EQ(arcade, "");
  EXPECT_EQ(library->all()[0].name, "arcade_machine_80s");
}

TEST_F(Library, BrokenFilesLeaveItAsItWas) {
  write_box("sofa", 2, 0.8F, 0.9F, R"({"kind": "sofa"})");
  EXPECT_EQ(import().assets.size(), 1U);
  const std::string before = read_file(library_ / "library.sqlite").value();
  fs::remove_all(models_);
  fs::create_directories(models_);
  write("empty.glb", "");
  write("text.glb", "hello");
  TestGlb glb;
  glb.triangle();
  write("cut.glb", glb.glb().substr(0, 100));
  glb.json["nodes"] = Json::array({Json{{"children", {0}}}});
  write("cycle.glb", glb.glb());
  write_box("metadata", 1, 1, 1, R"({"kind": "sofa")");
  write_box("axes", 1, 1, 1, R"({"up_axis": "Y", "front": "Y"})");
  const ImportReport report = import();
  EXPECT_TRUE(report.assets.empty());
  ASSERT_EQ(report.failures.size(), 6U);
  for (const Error& failure : report.failures) {
    EXPECT_TRUE(has(failure.where, models_.string())) << to_string(failure);
    EXPECT_EQ(to_string(failure).find('\n'), std::string::npos);
  }
  EXPECT_EQ(read_file(library_ / "library.sqlite").value(), before);
  EXPECT_FALSE(import_assets(root_ / "nowhere", library_));
  fs::create_directories(root_ / "bare");
  EXPECT_FALSE(import_assets(root_ / "bare", library_));
}

TEST_F(Library, ImportingAgainUpdates) {
  write_box("sofa", 2, 0.8F, 0.9F, R"({"kind": "sofa"})");
  write_box("couch", 2, 0.8F, 1.0F, R"({"kind": "sofa", "name": "Sofa"})");
  EXPECT_EQ(import().assets.size(), 2U);
  EXPECT_EQ(open()->all()[1].name, "sofa_2");
  const ImportReport again = import();
  for (const ImportedAsset& asset : again.assets) EXPECT_EQ(asset.outcome, ImportOutcome::Unchanged);
  // Other metadata, other contents, another place.
  write("sofa.json", R"({"kind": "sofa", "style": "baroque"})");
  EXPECT_EQ(import().assets[1].outcome, ImportOutcome::Updated);
  EXPECT_EQ(open()->search("baroque")->size(), 1U);
  write_box("sofa", 2.5F, 0.8F, 0.9F);
  EXPECT_EQ(import().assets[1].outcome, ImportOutcome::Updated);
  EXPECT_EQ(open()->all().size(), 2U);
  fs::rename(models_ / "couch.glb", models_ / "divan.glb");
  fs::rename(models_ / "couch.json", models_ / "divan.json");
  const ImportReport moved = import();
  EXPECT_EQ(open()->all().size(), 2U);
  EXPECT_TRUE(moved.failures.empty());
  const auto library = open();
  for (const AssetInfo& info : library->all()) EXPECT_TRUE(library->load(info.name, Detail::Full));
}

TEST_F(Library, KeepsTexturesAndMakesPreviews) {
  TestGlb glb;
  std::vector<float> grid;
  std::vector<float> uvs;
  std::vector<std::uint32_t> indices;
  constexpr std::uint32_t kSide = 80;
  for (std::uint32_t i = 0; i <= kSide; ++i)
    for (std::uint32_t j = 0; j <= kSide; ++j) {
      const float x = static_cast<float>(i) / kSide;
      const float z = static_cast<float>(j) / kSide;
      grid.insert(grid.end(), {x, 0.1F * std::sin(9 * x) * std::sin(7 * z), z});
      uvs.insert(uvs.end(), {x, z});
      if (i == kSide || j == kSide) continue;
      const std::uint32_t at = i * (kSide + 1) + j;
      for (const std::uint32_t k : {at, at + 1, at + kSide + 1, at + 1, at + kSide + 2, at + kSide + 1})
        indices.push_back(k);
    }
  const std::size_t positions = glb.positions(grid);
  Json& primitive = glb.primitive(positions);
  primitive["attributes"]["TEXCOORD_0"] = glb.floats(uvs, "VEC2", 2);
  primitive["indices"] = glb.accessor(indices, "SCALAR", indices.size(), 5125);
  primitive["material"] = 0;
  glb.json["images"] = Json::array({Json{{"bufferView", glb.view(test_png())}}});
  glb.json["textures"] = Json::array({Json{{"source", 0}}});
  glb.json["materials"] =
      Json::array({Json{{"pbrMetallicRoughness", {{"baseColorTexture", {{"index", 0}}}}}}});
  write("blanket.glb", glb.glb());
  EXPECT_TRUE(import().failures.empty());
  const auto library = open();
  const auto full = library->load("blanket", Detail::Full).value();
  EXPECT_EQ(full->mesh.triangles.size(), 2 * kSide * kSide);
  EXPECT_EQ(full->materials[0].base_color_texture->encoded, test_png());
  EXPECT_EQ(library->load("blanket", Detail::Full).value(), full);
  const auto preview = library->load("blanket", Detail::Preview).value();
  EXPECT_LE(preview->mesh.triangles.size(), 6000U);
  EXPECT_EQ(static_cast<std::int64_t>(preview->mesh.triangles.size()),
            library->info("blanket")->preview_triangles);
  ASSERT_TRUE(preview->materials[0].base_color_texture);
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      for (int k = 0; k < 5; ++k) {
        EXPECT_TRUE(library->load("blanket", k % 2 == 0 ? Detail::Full : Detail::Preview));
        EXPECT_TRUE(library->find(object("sofa", 2, 1, 1)));
      }
    });
}

TEST_F(Library, ReadersGoOnWhileItIsWritten) {
  write_box("sofa", 2, 0.8F, 0.9F, R"({"kind": "sofa"})");
  import();
  std::atomic<bool> done = false;
  std::jthread reader([&] {
    while (!done) {
      const auto library = AssetLibrary::open(library_);
      ASSERT_TRUE(library) << to_string(library.error());
      ASSERT_EQ((*library)->all().size(), 1U);
      EXPECT_TRUE((*library)->find(object("sofa", 2, 0.9, 0.8)));
      const auto model = (*library)->load("sofa", Detail::Full);
      EXPECT_TRUE(model || model.error().code == ErrorCode::NotFound);  // replaced in between
    }
  });
  for (int i = 1; i <= 8; ++i) {
    write_box("sofa", 2 + 0.01F * static_cast<float>(i), 0.8F, 0.9F);
    EXPECT_EQ(import().assets.size(), 1U);
  }
  done = true;
}

TEST_F(Library, DamageIsOneClearError) {
  EXPECT_EQ(AssetLibrary::open(library_).error().code, ErrorCode::NotFound);
  write_box("sofa", 2, 0.8F, 0.9F, R"({"kind": "sofa"})");
  import();
  const fs::path file = library_ / "library.sqlite";
  const std::string good = read_file(file).value();
  ASSERT_TRUE(write_file_atomic(file,
                                "no database at all, but long enough to be read as the header of one........"
                                "..........................................................."));
  EXPECT_TRUE(has(AssetLibrary::open(library_).error().message, "is damaged, or no asset library"));
  EXPECT_FALSE(import_assets(models_, library_));
  ASSERT_TRUE(write_file_atomic(file, ""));
  EXPECT_TRUE(has(AssetLibrary::open(library_).error().message, "is no asset library"));
  std::string newer = good;
  newer[63] = 9;  // PRAGMA user_version in SQLite's header
  ASSERT_TRUE(write_file_atomic(file, newer));
  EXPECT_TRUE(has(AssetLibrary::open(library_).error().message, "of version 9; expected 1"));
  // Damage in a model: the checksum sees it, and the object stays parametric.
  std::string bad = good;
  const std::size_t at = bad.find("glTF");
  ASSERT_NE(at, std::string::npos);
  bad[at + 600] = static_cast<char>(bad[at + 600] ^ 1);
  ASSERT_TRUE(write_file_atomic(file, bad));
  const auto library = open();
  EXPECT_TRUE(has(library->load("sofa", Detail::Full).error().message, "do not match their checksum"));
  // Any byte: an error or a library, never a crash.
  for (std::size_t k = 0; k < good.size(); k += 997) {
    std::string changed = good;
    changed[k] = static_cast<char>(changed[k] ^ 0x55);
    ASSERT_TRUE(write_file_atomic(file, changed));
    if (const auto opened = AssetLibrary::open(library_))
      for (const AssetInfo& info : (*opened)->all()) {
        static_cast<void>((*opened)->load(info.name, Detail::Full));
        static_cast<void>((*opened)->find(object("sofa", 2, 1, 1)));
      }
  }
}

TEST_F(Library, ModelsOfObjectsComeFromIt) {
  write_box("sofa", 2, 0.8F, 0.9F, R"({"kind": "sofa"})");
  import();
  const scene::SceneObject sofa = object("sofa", 2.2, 0.9, 0.8);
  const scene::SceneObject bed = object("bed", 1.6, 2, 0.6);
  ModelCache with(16, open());
  ModelCache without;
  EXPECT_EQ(with.get(sofa)->mesh.triangles.size(), 12U);
  EXPECT_LT((with.get(sofa)->size_m - Vec3f(2.2F, 0.9F, 0.8F)).norm(), 1e-6);
  EXPECT_EQ(with.get(sofa), with.get(sofa));
  EXPECT_GT(without.get(sofa)->mesh.triangles.size(), 12U);
  EXPECT_EQ(with.get(bed)->mesh.positions_m, without.get(bed)->mesh.positions_m);
}

}  // namespace
}  // namespace metaspatial::assets
