#include "metaspatial/assets/builder.hpp"

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <utility>

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

TEST(Builder, ABevelledBlockIsClosedAndFillsItsBox) {
  Builder builder;
  builder.bevel_box({0, 0, 0}, {1, 2, 3}, 0.1F, builder.material({.name = "m"}));
  const Mesh mesh = std::move(builder).take().mesh;
  EXPECT_EQ(mesh.triangles.size(), 44U);
  Vec3f lo = Vec3f::Constant(9);
  Vec3f hi = -lo;
  std::map<std::pair<std::uint32_t, std::uint32_t>, int> edges;
  double volume_m3 = 0;
  for (const auto& t : mesh.triangles) {
    const Vec3f& a = mesh.positions_m[t[0]];
    const Vec3f& b = mesh.positions_m[t[1]];
    const Vec3f& c = mesh.positions_m[t[2]];
    volume_m3 += static_cast<double>(a.dot(b.cross(c))) / 6;
    const Vec3f n = (b - a).cross(c - a).normalized();
    for (std::size_t i = 0; i < 3; ++i) {
      EXPECT_GT(n.dot(mesh.normals[t[i]]), 0.5F);
      lo = lo.cwiseMin(mesh.positions_m[t[i]]);
      hi = hi.cwiseMax(mesh.positions_m[t[i]]);
      ++edges[{t[i], t[(i + 1) % 3]}];
    }
  }
  EXPECT_TRUE(lo == Vec3f(0, 0, 0));
  EXPECT_TRUE(hi == Vec3f(1, 2, 3));
  for (const auto& [edge, count] : edges) {
    EXPECT_EQ(count, 1);
    EXPECT_EQ(edges.count({edge.second, edge.first}), 1U);
  }
  // Off the box: a prism of e^2 / 2 along each edge between its corners, and of each corner's cube of side e
  // what is beyond the three planes and the corner's triangle: 5/6.
  const double e = 0.1;
  EXPECT_NEAR(volume_m3, 6 - 4 * (0.8 + 1.8 + 2.8) * e * e / 2 - 8 * e * e * e * 5 / 6, 1e-5);
}

}  // namespace
}  // namespace metaspatial::assets
