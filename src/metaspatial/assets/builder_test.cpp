#include "metaspatial/assets/builder.hpp"

#include <gtest/gtest.h>

namespace metaspatial::assets {
namespace {

TEST(Builder, TheLaterOfTwoFacesInOnePlaneIsSeen) {
  // A wardrobe's sides and carcass shared their outer faces, and pictures showed a speckle of both.
  Builder builder;
  builder.lift_parts(2e-5F);
  const int first = builder.material({.name = "first"});
  const int second = builder.material({.name = "second"});
  builder.box({-1, -1, 0}, {1, 1, 1}, first);
  builder.box({-1, -1, 0}, {1, 1, 1}, second);
  const Model model = std::move(builder).finish({2, 2, 1});
  const auto reach_of = [&](int material, int axis) {
    float reach = 0;
    for (std::size_t t = 0; t < model.mesh.triangles.size(); ++t)
      for (const std::uint32_t corner : model.mesh.triangles[t])
        if (model.mesh.material_of[t] == material)
          reach = std::max(reach, model.mesh.positions_m[corner][axis]);
    return reach;
  };
  for (int axis = 0; axis < 3; ++axis) {
    EXPECT_EQ(reach_of(second, axis), axis == 2 ? 0.5F : 1.0F);
    EXPECT_LT(reach_of(first, axis), reach_of(second, axis) - 1e-5F);
    EXPECT_GT(reach_of(first, axis), reach_of(second, axis) - 1e-4F);
  }
}

TEST(Builder, DoesNotLiftUnlessAsked) {
  Builder builder;
  const int m = builder.material({.name = "m"});
  builder.box({0, 0, 0}, {1, 1, 1}, m);
  builder.box({0, 0, 0}, {1, 1, 1}, m);
  for (const Vec3f& p : std::move(builder).take().mesh.positions_m)
    for (int axis = 0; axis < 3; ++axis) EXPECT_TRUE(p[axis] == 0 || p[axis] == 1);
}

}  // namespace
}  // namespace metaspatial::assets
