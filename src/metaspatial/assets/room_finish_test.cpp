#include "metaspatial/assets/room_finish.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "metaspatial/assets/palette.hpp"

namespace metaspatial::assets {
namespace {

ShellMaterials finishes(std::string_view wish, std::string_view name = "") {
  scene::SceneGraph graph;
  graph.room_name = name;
  graph.user_preference = wish;
  return finishes_of(graph);
}

bool green(const Vec3f& c) {
  return c.y() > 1.1F * c.x() && c.y() > 1.1F * c.z();
}
bool blue(const Vec3f& c) {
  return c.z() > 1.5F * c.x();
}

}  // namespace

TEST(RoomFinish, WallsAndFloorAreWhatIsSaid) {
  EXPECT_TRUE(green(finishes("A bedroom with sage green walls and an oak floor").wall.base_color));
  EXPECT_EQ(finishes("A bedroom with sage green walls and an oak floor").floor.pattern, Pattern::Planks);
  EXPECT_TRUE(blue(finishes("A study, its walls painted in deep navy, with brass lamps").wall.base_color));
  EXPECT_EQ(finishes("A loft with exposed brick walls").wall.pattern, Pattern::Brick);
  EXPECT_EQ(finishes("A living room with a plush grey carpet").floor.pattern, Pattern::Weave);
  EXPECT_EQ(finishes("A kitchen with terracotta floor tiles").floor.pattern, Pattern::Tiles);
  EXPECT_EQ(finishes("A hall with white marble floors").floor.pattern, Pattern::Marble);
  EXPECT_EQ(finishes("A bathroom with polished concrete flooring").floor.pattern, Pattern::None);
  EXPECT_LT(luminance(finishes("A den with dark walnut floorboards").floor.base_color),
            0.5F * luminance(finishes("A den with pale oak floorboards").floor.base_color));
}

TEST(RoomFinish, ARoomMayBePaintedWithoutItsWalls) {
  EXPECT_TRUE(green(finishes("A bedroom with a bunk bed, painted the green of new leaves.").wall.base_color));
  EXPECT_TRUE(green(finishes("A warm cigar lounge with two sofas, in bottle green.").wall.base_color));
  EXPECT_TRUE(finishes("A living room with plants, in green pots on a shelf.").wall.base_color ==
              finishes("A living room").wall.base_color);
}

TEST(RoomFinish, ThingsAtWallsAndOnFloorsSayNothingOfThem) {
  const Vec3f plain = finishes("A living room").wall.base_color;
  for (const std::string_view wish :
       {"A living room with a green wall clock", "A living room with blue wall art",
        "A living room, red floor lamp", "A living room with a blue sofa",
        "A living room with navy floor cushions"}) {
    EXPECT_TRUE(finishes(wish).wall.base_color == plain) << wish;
    EXPECT_TRUE(finishes(wish).floor.base_color == finishes("A living room").floor.base_color) << wish;
  }
}

TEST(RoomFinish, UseAndStyleDecideWhatIsNotSaid) {
  EXPECT_EQ(finishes("A bright bathroom").floor.pattern, Pattern::Tiles);
  EXPECT_EQ(finishes("A wine cellar for tastings").wall.pattern, Pattern::Brick);
  EXPECT_GT(finishes("A home gym").floor.roughness, 0.8F);
  EXPECT_TRUE(green(finishes("A Victorian library with leather armchairs").wall.base_color));
  EXPECT_GT(luminance(finishes("A Scandinavian bedroom").floor.base_color),
            1.5F * luminance(finishes("A Victorian bedroom").floor.base_color));
  // Doors are of the style, none is signal orange.
  EXPECT_GT(luminance(finishes("A minimalist office").door.base_color), 0.6F);
  EXPECT_LT(luminance(finishes("A gothic chapel").door.base_color), 0.05F);
}

TEST(RoomFinish, APlanIsAlwaysMadeOfTheSame) {
  // The built-in model was trained on these two colours of floor and their lines.
  scene::SceneGraph graph;
  graph.user_preference = "A gothic study with purple walls, a marble floor and a black carpet";
  const ShellMaterials wood = plan_finishes_of(graph);
  EXPECT_TRUE(wood.floor.base_color == linear_from_srgb(0xb98d62));
  EXPECT_EQ(wood.floor.roughness, 0.5F);
  EXPECT_EQ(wood.floor.pattern, Pattern::Planks);
  graph.user_preference = "A kitchen with an oak floor";
  EXPECT_TRUE(plan_finishes_of(graph).floor.base_color == linear_from_srgb(0xcfcac1));
  graph.user_preference = "A garage";
  EXPECT_TRUE(plan_finishes_of(graph).floor.base_color == linear_from_srgb(0xa5a7a8));
  EXPECT_EQ(plan_finishes_of(graph).floor.pattern, Pattern::Tiles);
}

TEST(RoomFinish, EveryTextGivesSurfaces) {
  for (const std::string& wish :
       {std::string(), std::string(100000, 'x'), std::string("walls walls floor floor"),
        std::string("\0\xff wall of \xc3\xa9 floor", 20), std::string("floor of wall of floor")}) {
    const ShellMaterials m = finishes(wish, wish);
    for (const Material* part :
         {&m.floor, &m.wall, &m.ceiling, &m.skirting, &m.frame, &m.door, &m.door_panel, &m.handle, &m.pane}) {
      EXPECT_TRUE(part->base_color.allFinite());
      EXPECT_LE(part->base_color.maxCoeff(), 0.8501F);
      EXPECT_FALSE(part->name.empty());
      EXPECT_EQ(part->opacity, 1);
    }
  }
}

}  // namespace metaspatial::assets
