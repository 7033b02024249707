#include "metaspatial/assets/palette.hpp"

#include <gtest/gtest.h>

#include <string>

#include "metaspatial/assets/parametric.hpp"
#include "metaspatial/scene/kinds.hpp"

namespace metaspatial::assets {
namespace {

Palette palette(std::string_view style, std::string_view material, std::string_view usual = "wood") {
  scene::SceneObject object;
  object.kind = "object";
  object.style = style;
  object.material = material;
  return palette_of(object, usual);
}

bool reddish(const Vec3f& c) {
  return c.x() > 1.3F * c.y() && c.x() > 1.3F * c.z();
}

}  // namespace

TEST(Palette, NamedWoodsAreInTheirOrder) {
  const auto light = [](std::string_view wood) { return luminance(palette("", wood).main.base_color); };
  EXPECT_LT(light("ebony"), light("walnut"));
  EXPECT_LT(light("walnut"), light("teak"));
  EXPECT_LT(light("teak"), light("oak"));
  EXPECT_LT(light("oak"), light("birch"));
  EXPECT_LT(light("dark oak"), light("oak"));
  EXPECT_GT(light("whitewashed oak"), light("oak"));
  // A white oak is a tree, white wood is painted.
  EXPECT_LT(light("white oak"), light("white wood"));
}

TEST(Palette, MaterialsAreAsSmoothAsTheyAre) {
  EXPECT_LT(palette("", "marble").main.roughness, palette("", "concrete").main.roughness);
  EXPECT_LT(palette("", "chrome").main.roughness, palette("", "iron").main.roughness);
  EXPECT_LT(palette("", "leather").main.roughness, palette("", "velvet").main.roughness);
  EXPECT_LT(palette("", "glass").main.opacity, 1);
  for (const std::string_view bare : {"chrome", "brass", "gold", "copper", "stainless steel"})
    EXPECT_EQ(palette("", bare).main.metallic, 1) << bare;
  for (const std::string_view painted : {"black metal", "white metal", "wrought iron", "oak", "velvet"})
    EXPECT_EQ(palette("", painted).main.metallic, 0) << painted;
}

TEST(Palette, SeveralMaterialsEachHaveTheirPart) {
  const Palette table = palette("modern", "walnut and brass");
  EXPECT_TRUE(table.main_is_wood);
  EXPECT_TRUE(table.metal_is_named);
  EXPECT_TRUE(reddish(table.main.base_color));
  EXPECT_GT(table.metal.base_color.x(), 2 * table.metal.base_color.z());
  // A sofa is made of what it is covered with, whatever is said first.
  const Palette sofa = palette("modern", "oak frame with blue velvet", "fabric");
  EXPECT_TRUE(sofa.main_is_textile);
  EXPECT_GT(sofa.main.base_color.z(), 2 * sofa.main.base_color.x());
  EXPECT_GT(sofa.wood.base_color.x(), sofa.wood.base_color.z());
  // The colour is that of the word it stands before.
  const Palette desk = palette("modern", "oak with black steel");
  EXPECT_GT(luminance(desk.main.base_color), 0.2F);
  EXPECT_LT(luminance(desk.metal.base_color), 0.05F);
}

TEST(Palette, WordsAreWholeWords) {
  EXPECT_FALSE(palette("", "washed fabric", "fabric").main_is_wood);  // no ash
  EXPECT_FALSE(color_in("tanned").has_value());
  EXPECT_FALSE(color_in("inspired by nature").has_value());  // no red
  EXPECT_FALSE(material_in("cozy furniture").has_value());
  ASSERT_TRUE(material_in("wide golden oak boards").has_value());
  EXPECT_EQ(material_in("wide golden oak boards")->word, "gold");
  EXPECT_EQ(material_in("wooden")->kind, MaterialClass::Wood);
}

TEST(Palette, StylesHaveTheirOwnColours) {
  EXPECT_GT(luminance(palette("scandinavian", "wood").wood.base_color),
            3 * luminance(palette("gothic", "wood").wood.base_color));
  EXPECT_GT(palette("art deco", "wood").metal.base_color.x(),
            2 * palette("art deco", "wood").metal.base_color.z());
  EXPECT_TRUE(palette("mid-century modern", "wood").wood.base_color ==
              palette("midcentury", "wood").wood.base_color);
  // "Modern" says less than what stands beside it.
  EXPECT_TRUE(palette("modern farmhouse", "wood").wood.base_color ==
              palette("farmhouse", "wood").wood.base_color);
}

TEST(Palette, EveryColourIsOneOfASurface) {
  for (const scene::Kind& kind : scene::all_kinds()) {
    for (const std::string_view style : {"modern", "gothic", "minimalist", "futuristic", "shabby chic"}) {
      for (const std::string_view material :
           {"", "white lacquer", "black leather", "marble", "walnut and brass"}) {
        scene::SceneObject object;
        object.kind = kind.name;
        object.id = object.kind + "_1";
        object.style = style;
        object.material = material.empty() ? kind.default_material : material;
        const Palette p = palette_of(object, kind.default_material);
        for (const Material* m : {&p.main, &p.wood, &p.dark_wood, &p.textile, &p.accent, &p.linen, &p.metal,
                                  &p.black, &p.white, &p.glass}) {
          EXPECT_LE(m->base_color.maxCoeff(), 0.8501F) << kind.name << ' ' << style << ' ' << material;
          EXPECT_GE(m->base_color.minCoeff(), 0.0119F) << kind.name << ' ' << style << ' ' << material;
          EXPECT_TRUE(m->metallic == 0 || m->metallic == 1);
          EXPECT_GE(m->roughness, 0.02F);
          EXPECT_LE(m->roughness, 1.0F);
        }
      }
    }
  }
}

}  // namespace metaspatial::assets
