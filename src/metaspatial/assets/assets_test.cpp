#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "metaspatial/assets/library.hpp"
#include "metaspatial/assets/parametric.hpp"
#include "metaspatial/scene/kinds.hpp"

namespace metaspatial::assets {
namespace {

scene::SceneObject object_of(std::string_view kind, const scene::Vec3& size_m) {
  scene::SceneObject object;
  object.kind = kind;
  object.id = object.kind + "_1";
  object.style = "modern";
  object.material = scene::kind_or_default(kind).default_material;
  object.size_m = size_m;
  return object;
}

scene::SceneObject usual(std::string_view kind) {
  return object_of(kind, scene::kind_or_default(kind).size_m);
}

/// What is wrong with a model, or nothing.
std::string fault_of(const Model& model, const Vec3f& size_m) {
  const Mesh& mesh = model.mesh;
  if (mesh.triangles.empty()) return "no triangles";
  if (mesh.normals.size() != mesh.positions_m.size()) return "not one normal per vertex";
  if (mesh.material_of.size() != mesh.triangles.size()) return "not one material per triangle";
  Vec3f lo = Vec3f::Constant(std::numeric_limits<float>::max());
  Vec3f hi = -lo;
  // Only what a triangle shows counts: a stray vertex may not hold up the box.
  for (std::size_t t = 0; t < mesh.triangles.size(); ++t) {
    if (mesh.material_of[t] >= model.materials.size()) return "a material out of range";
    for (const std::uint32_t v : mesh.triangles[t]) {
      if (v >= mesh.positions_m.size()) return "a vertex out of range";
      lo = lo.cwiseMin(mesh.positions_m[v]);
      hi = hi.cwiseMax(mesh.positions_m[v]);
    }
  }
  for (const Vec3f& p : mesh.positions_m)
    if (!p.allFinite()) return "a position is not finite";
  for (const Vec3f& n : mesh.normals) {
    if (!n.allFinite()) return "a normal is not finite";
    if (std::abs(n.norm() - 1) > 1e-3F) return "a normal of length " + std::to_string(n.norm());
  }
  for (const Material& material : model.materials) {
    if (!material.base_color.allFinite() || !material.emission.allFinite())
      return "colour of " + material.name;
    if (material.base_color.minCoeff() < 0 || material.base_color.maxCoeff() > 1)
      return "colour of " + material.name;
    if (!(material.opacity > 0) || material.opacity > 1) return "opacity of " + material.name;
  }
  for (int axis = 0; axis < 3; ++axis) {
    const float half = 0.5F * size_m[axis];
    const float slack = 0.02F * size_m[axis];
    const std::string name(1, "xyz"[axis]);
    if (lo[axis] < -half - 1e-3F || hi[axis] > half + 1e-3F) return "outside its box along " + name;
    if (lo[axis] > -half + slack || hi[axis] < half - slack) return "does not fill its box along " + name;
  }
  return "";
}

bool same_bits(const Vec3f& a, const Vec3f& b) {
  for (int i = 0; i < 3; ++i)
    if (std::bit_cast<std::uint32_t>(a[i]) != std::bit_cast<std::uint32_t>(b[i])) return false;
  return true;
}

bool same_bytes(const Model& a, const Model& b) {
  if (a.materials.size() != b.materials.size() || !same_bits(a.size_m, b.size_m)) return false;
  for (std::size_t i = 0; i < a.materials.size(); ++i) {
    const Material& m = a.materials[i];
    const Material& n = b.materials[i];
    if (m.name != n.name || !same_bits(m.base_color, n.base_color) || !same_bits(m.emission, n.emission))
      return false;
    if (m.roughness != n.roughness || m.metallic != n.metallic || m.opacity != n.opacity) return false;
    if (m.pattern != n.pattern) return false;
  }
  return a.mesh.triangles == b.mesh.triangles && a.mesh.material_of == b.mesh.material_of &&
         std::ranges::equal(a.mesh.positions_m, b.mesh.positions_m, same_bits) &&
         std::ranges::equal(a.mesh.normals, b.mesh.normals, same_bits);
}

Vec3f as_float(const scene::Vec3& v) {
  return v.cast<float>();
}

}  // namespace

TEST(Furniture, EveryKindFillsItsBox) {
  ASSERT_GE(scene::all_kinds().size(), 120U);
  for (const scene::Kind& kind : scene::all_kinds()) {
    for (const scene::Vec3& size_m : {kind.size_m, kind.min_size_m, kind.max_size_m}) {
      const Model model = make_model(object_of(kind.name, size_m));
      EXPECT_EQ(fault_of(model, as_float(size_m)), "") << kind.name << " of " << size_m.transpose();
      EXPECT_TRUE(model.size_m.isApprox(as_float(size_m))) << kind.name;
    }
  }
}

TEST(Furniture, EveryVariationFillsItsBox) {
  for (const scene::Kind& kind : scene::all_kinds()) {
    std::set<int> seen;
    for (int i = 0; i < 24; ++i) {
      scene::SceneObject object = usual(kind.name);
      object.id = object.kind + "_" + std::to_string(i);
      if (!seen.insert(variation_of(object)).second) continue;
      EXPECT_EQ(fault_of(make_model(object), as_float(kind.size_m)), "") << object.id;
    }
  }
}

TEST(Furniture, ATurnedOrOddBoxIsFilledToo) {
  // Files name sizes in any order, and rooms of other makers have odd ones.
  for (const scene::Kind& kind : scene::all_kinds()) {
    const scene::Vec3& s = kind.size_m;
    for (const scene::Vec3& size_m :
         {scene::Vec3(s.y(), s.x(), s.z()), scene::Vec3(0.3, 2.9, 0.15), scene::Vec3(0.06, 0.07, 2.4)})
      EXPECT_EQ(fault_of(make_model(object_of(kind.name, size_m)), as_float(size_m)), "")
          << kind.name << " of " << size_m.transpose();
  }
}

TEST(Furniture, EveryShapeIsDrawnInItsOwnWay) {
  // An unknown kind is a plain block; a shape that gives the same triangles was never drawn.
  for (int i = 0; i <= static_cast<int>(scene::Shape::Pooltable); ++i) {
    const auto shape = static_cast<scene::Shape>(i);
    const auto kind = std::ranges::find(scene::all_kinds(), shape, &scene::Kind::shape);
    ASSERT_NE(kind, scene::all_kinds().end()) << "no kind of shape " << i;
    if (shape == scene::Shape::Box) continue;
    const Model model = make_model(usual(kind->name));
    const Model block = make_model(object_of("something_nobody_knows", kind->size_m));
    EXPECT_FALSE(std::ranges::equal(model.mesh.positions_m, block.mesh.positions_m, same_bits)) << kind->name;
  }
}

TEST(Furniture, SameObjectSameBytes) {
  for (const scene::Kind& kind : scene::all_kinds()) {
    const scene::SceneObject object = usual(kind.name);
    EXPECT_TRUE(same_bytes(make_model(object), make_model(object))) << kind.name;
  }
}

TEST(Furniture, ThreadsDoNotChangeTheBytes) {
  const scene::SceneObject object = usual("potted_plant");
  const Model alone = make_model(object);
  std::vector<Model> models(4);
  {
    std::vector<std::jthread> threads;
    for (Model& model : models) threads.emplace_back([&] { model = make_model(object); });
  }
  for (const Model& model : models) EXPECT_TRUE(same_bytes(alone, model));
}

TEST(Furniture, SizesThatMakeNoSenseAreBounded) {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  constexpr double kInf = std::numeric_limits<double>::infinity();
  for (const std::string_view kind :
       {"sofa", "grand_piano", "floor_lamp", "bicycle", "potted_plant", "nothing"}) {
    for (const scene::Vec3& size_m :
         {scene::Vec3(kNan, kInf, -kInf), scene::Vec3(0, -1, 0), scene::Vec3(1e9, 1e-9, 1)}) {
      const Model model = make_model(object_of(kind, size_m));
      EXPECT_GE(model.size_m.minCoeff(), 0.0049F);
      EXPECT_LE(model.size_m.maxCoeff(), 100.0F);
      EXPECT_EQ(fault_of(model, model.size_m), "") << kind << " of " << size_m.transpose();
    }
  }
}

TEST(Furniture, WordsThatMakeNoSenseAreABlock) {
  scene::SceneObject object = object_of("", scene::Vec3(0.6, 0.4, 0.8));
  object.id = std::string(5000, '\xff');
  object.kind = object.id;
  object.style = std::string(100000, 'x');
  object.material = std::string("\0%n\n", 4);
  EXPECT_EQ(fault_of(make_model(object), Vec3f(0.6F, 0.4F, 0.8F)), "");
}

TEST(Furniture, MaterialGivesTheColour) {
  scene::SceneObject sofa = usual("sofa");
  const auto has = [](const Model& model, auto&& test) { return std::ranges::any_of(model.materials, test); };
  sofa.material = "red fabric";
  EXPECT_TRUE(
      has(make_model(sofa), [](const Material& m) { return m.base_color.x() > 3 * m.base_color.z(); }));
  sofa.material = "blue fabric";
  EXPECT_TRUE(
      has(make_model(sofa), [](const Material& m) { return m.base_color.z() > 3 * m.base_color.x(); }));
}

TEST(Furniture, StyleShows) {
  scene::SceneObject table = usual("dining_table");
  table.material = "wood";
  table.style = "scandinavian";
  const Model light = make_model(table);
  table.style = "gothic";
  const Model dark = make_model(table);
  EXPECT_GT(light.materials[0].base_color.sum(), 2 * dark.materials[0].base_color.sum());
}

TEST(Furniture, FormsFollowTheStyle) {
  // Not only the colours differ: there are other parts.
  for (const std::string_view kind : {"sofa", "armchair", "dining_table"}) {
    scene::SceneObject object = usual(kind);
    std::set<std::size_t> counts;
    for (const std::string_view style : {"modern", "victorian", "industrial"}) {
      object.style = style;
      const Model model = make_model(object);
      EXPECT_EQ(fault_of(model, as_float(object.size_m)), "") << kind << ' ' << style;
      counts.insert(model.mesh.triangles.size());
    }
    EXPECT_EQ(counts.size(), 3U) << kind;
  }
}

TEST(Furniture, EveryKindHasPartsInEveryStyle) {
  for (const scene::Kind& kind : scene::all_kinds()) {
    for (const std::string_view style : {"victorian", "mid-century modern", "industrial", "rustic"}) {
      scene::SceneObject object = usual(kind.name);
      object.style = style;
      const Model model = make_model(object);
      EXPECT_EQ(fault_of(model, as_float(kind.size_m)), "") << kind.name << ' ' << style;
      EXPECT_GE(model.mesh.triangles.size(), 24U) << kind.name;
      EXPECT_LE(model.mesh.triangles.size(), 9000U) << kind.name;
    }
  }
}

TEST(Furniture, KindsOfOneShapeDiffer) {
  // Each of them was once drawn as the other.
  const auto differ = [](std::string_view a, std::string_view b) {
    scene::SceneObject first = usual(a);
    scene::SceneObject second = usual(b);
    second.size_m = first.size_m;
    return !std::ranges::equal(make_model(first).mesh.triangles, make_model(second).mesh.triangles);
  };
  EXPECT_TRUE(differ("lectern", "desk"));
  EXPECT_TRUE(differ("altar", "desk"));
  EXPECT_TRUE(differ("sewing_table", "desk"));
  EXPECT_TRUE(differ("mixing_console", "desk"));
  EXPECT_TRUE(differ("slide", "swing"));
  EXPECT_TRUE(differ("rocking_horse", "swing"));
  EXPECT_TRUE(differ("sawhorse", "garden_bench"));
  EXPECT_TRUE(differ("air_hockey_table", "pool_table"));
  EXPECT_TRUE(differ("ironing_board", "dining_table"));
  EXPECT_TRUE(differ("market_stall", "bar_counter"));
  EXPECT_TRUE(differ("display_counter", "bar_counter"));
  EXPECT_TRUE(differ("trampoline", "round_table"));
  EXPECT_TRUE(differ("holographic_display", "round_table"));
}

TEST(Furniture, MaterialsAreThoseThatAreMeant) {
  const auto main_of = [](std::string_view kind, std::string_view material) {
    scene::SceneObject object = usual(kind);
    object.material = material;
    const Model model = make_model(object);
    const auto main = std::ranges::find(model.materials, "main", &Material::name);
    return main == model.materials.end() ? Material{} : *main;
  };
  EXPECT_EQ(main_of("refrigerator", "metal").metallic, 1);
  EXPECT_GT(main_of("refrigerator", "metal").base_color.minCoeff(), 0.3F);
  EXPECT_LT(main_of("refrigerator", "black metal").base_color.maxCoeff(), 0.1F);
  EXPECT_EQ(main_of("dining_table", "velvet").pattern, Pattern::Wood);
  EXPECT_EQ(main_of("dining_table", "marble").pattern, Pattern::Marble);
}

TEST(Furniture, LampsShine) {
  for (const std::string_view kind :
       {"table_lamp", "floor_lamp", "chandelier", "pendant_light", "ceiling_light"}) {
    const Model model = make_model(usual(kind));
    EXPECT_TRUE(std::ranges::any_of(model.materials, [](const Material& m) { return m.emission.sum() > 1; }))
        << kind;
  }
}

TEST(Furniture, OnlyGrownAndCollectedThingsVary) {
  std::set<int> plants;
  for (int i = 0; i < 40; ++i) {
    scene::SceneObject object = usual("potted_plant");
    object.id = "potted_plant_" + std::to_string(i);
    plants.insert(variation_of(object));
    object = usual("dining_chair");
    object.id = "dining_chair_" + std::to_string(i);
    EXPECT_EQ(variation_of(object), 0);
  }
  EXPECT_EQ(plants, (std::set<int>{0, 1, 2, 3}));
}

TEST(ModelCache, ObjectsThatLookTheSameShareAModel) {
  ModelCache cache;
  scene::SceneObject chair = usual("dining_chair");
  const auto first = cache.get(chair);
  EXPECT_EQ(cache.get(chair), first);
  chair.id = "dining_chair_7";
  EXPECT_EQ(cache.get(chair), first);
  EXPECT_EQ(cache.size(), 1U);
  EXPECT_TRUE(same_bytes(*first, make_model(chair)));
}

TEST(ModelCache, WhatShowsTellsModelsApart) {
  ModelCache cache;
  const scene::SceneObject chair = usual("dining_chair");
  scene::SceneObject other = chair;
  other.material = "black plastic";
  EXPECT_NE(cache.get(other), cache.get(chair));
  other = chair;
  other.style = "rustic";
  EXPECT_NE(cache.get(other), cache.get(chair));
  other = chair;
  other.size_m.z() += 0.05;
  EXPECT_NE(cache.get(other), cache.get(chair));
  EXPECT_EQ(cache.size(), 4U);
}

TEST(ModelCache, TheLeastRecentlyUsedGoesFirst) {
  ModelCache cache(2);
  const auto chair = cache.get(usual("dining_chair"));
  const auto table = cache.get(usual("dining_table"));
  EXPECT_EQ(cache.get(usual("dining_chair")), chair);
  (void)cache.get(usual("floor_lamp"));
  EXPECT_EQ(cache.size(), 2U);
  EXPECT_EQ(cache.get(usual("dining_chair")), chair);
  EXPECT_NE(cache.get(usual("dining_table")), table);
  // Whoever holds a model keeps it.
  EXPECT_FALSE(table->mesh.triangles.empty());
}

TEST(ModelCache, ThreadsGetOneModel) {
  ModelCache cache;
  std::vector<std::shared_ptr<const Model>> models(8);
  {
    std::vector<std::jthread> threads;
    for (auto& model : models) threads.emplace_back([&] { model = cache.get(usual("drum_kit")); });
  }
  for (const auto& model : models) EXPECT_EQ(model, models.front());
}

}  // namespace metaspatial::assets
