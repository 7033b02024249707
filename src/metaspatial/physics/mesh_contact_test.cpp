#include "metaspatial/physics/mesh_contact.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>

#include "metaspatial/base/rng.hpp"
#include "metaspatial/physics/test_room.hpp"

namespace metaspatial::physics {
namespace {

using Eigen::Vector3f;
using scene::kPi;
using scene::ObjectRef;
using scene::Pose;
using scene::Preposition;
using scene::rad_from_deg;
using scene::Relation;
using scene::SceneObject;

/// Triangles that own their memory.
struct Triangles {
  std::vector<Vector3f> positions;
  std::vector<std::array<std::uint32_t, 3>> triangles;

  [[nodiscard]] MeshView view() const { return {positions, triangles}; }
  void quad(const Vec3& a, const Vec3& b, const Vec3& c, const Vec3& d) {
    const auto base = static_cast<std::uint32_t>(positions.size());
    for (const Vec3& p : {a, b, c, d}) positions.emplace_back(p.cast<float>());
    triangles.push_back({base, base + 1, base + 2});
    triangles.push_back({base, base + 2, base + 3});
  }
  /// A closed box between two corners, each face with vertices of its own.
  void box(const Vec3& lo, const Vec3& hi) {
    prism({{lo.x(), lo.y()}, {hi.x(), lo.y()}, {hi.x(), hi.y()}, {lo.x(), hi.y()}}, lo.z(), hi.z(),
          {{0, 1, 2}, {0, 2, 3}});
  }
  /// A counter-clockwise outline in the xy plane, extruded along z; `cap` triangulates it.
  void prism(const std::vector<Vec2>& outline, double lo, double hi,
             const std::vector<std::array<std::uint32_t, 3>>& cap) {
    const auto point = [&](std::size_t k, double z) { return Vec3(outline[k].x(), outline[k].y(), z); };
    for (std::size_t k = 0; k < outline.size(); ++k) {
      const std::size_t next = (k + 1) % outline.size();
      quad(point(k, lo), point(next, lo), point(next, hi), point(k, hi));
    }
    for (const double z : {lo, hi}) {
      const auto base = static_cast<std::uint32_t>(positions.size());
      for (std::size_t k = 0; k < outline.size(); ++k) positions.emplace_back(point(k, z).cast<float>());
      for (const auto& t : cap) {
        if (z == hi) triangles.push_back({base + t[0], base + t[1], base + t[2]});
        if (z == lo) triangles.push_back({base + t[2], base + t[1], base + t[0]});
      }
    }
  }
  /// A closed profile (radius, z) turned about the z axis; a radius of 0 closes it.
  void lathe(const std::vector<Vec2>& profile, int sectors) {
    const auto point = [&](std::size_t k, int s) {
      const double angle = 2 * kPi * (s % sectors) / sectors;
      return Vec3(profile[k].x() * std::cos(angle), profile[k].x() * std::sin(angle), profile[k].y());
    };
    for (std::size_t k = 0; k + 1 < profile.size(); ++k)
      for (int s = 0; s < sectors; ++s)
        quad(point(k, s), point(k, s + 1), point(k + 1, s + 1), point(k + 1, s));
  }
};

/// A U of 1 x 0.2 x 1 m, open at the top: a cavity 0.6 m wide above a base of 0.2 m.
Triangles u_shape() {
  Triangles result;
  // Outline in xy with y up, then stood upright: (x, y, z) -> (x, -z, y).
  result.prism({{-0.5, -0.5},
                {0.5, -0.5},
                {0.5, 0.5},
                {0.3, 0.5},
                {0.3, -0.3},
                {-0.3, -0.3},
                {-0.3, 0.5},
                {-0.5, 0.5}},
               -0.1, 0.1, {{0, 1, 4}, {0, 4, 5}, {1, 2, 3}, {1, 3, 4}, {0, 5, 6}, {0, 6, 7}});
  for (Vector3f& p : result.positions) p = Vector3f(p.x(), -p.z(), p.y());
  return result;
}

std::vector<MeshContact> contacts_of(const Triangles& mesh, const Pose& pose, const Vec3& box_m,
                                     const Pose& box) {
  const CollisionMesh shape = CollisionMesh::from(mesh.view());
  const std::vector<const CollisionMesh*> mesh_of = {&shape, nullptr};
  return mesh_contacts(room({thing("sofa_1", {1, 1, 1}), thing("crate_1", box_m)}), {{pose, box}}, mesh_of);
}

TEST(CollisionMesh, ABoxIsOnePart) {
  Triangles mesh;
  mesh.box({-1, -0.5, -0.2}, {1, 0.5, 0.2});
  const CollisionMesh shape = CollisionMesh::from(mesh.view());
  EXPECT_EQ(shape.parts().size(), 1U);
  EXPECT_EQ(shape.components(), 1U);
  EXPECT_EQ(shape.open_components(), 0U);
  EXPECT_LT(shape.overfill_m(), 1e-6);
}

TEST(CollisionMesh, AUIsCutAtItsFaces) {
  const CollisionMesh shape = CollisionMesh::from(u_shape().view());
  EXPECT_EQ(shape.components(), 1U);
  EXPECT_EQ(shape.open_components(), 0U);
  EXPECT_EQ(shape.parts().size(), 3U);
  EXPECT_LT(shape.overfill_m(), 1e-6);
}

TEST(CollisionMesh, ABallIsConvexAndABowlIsNot) {
  Triangles ball;
  std::vector<Vec2> profile;
  for (int k = 0; k <= 16; ++k)
    profile.emplace_back(0.5 * std::sin(kPi * k / 16), -0.5 * std::cos(kPi * k / 16));
  ball.lathe(profile, 16);
  EXPECT_EQ(CollisionMesh::from(ball.view()).parts().size(), 1U);

  // A bowl of radius 0.3 with a wall of 0.03.
  Triangles bowl;
  profile.clear();
  for (int k = 0; k <= 4; ++k)
    profile.emplace_back(0.3 * std::sin(kPi * k / 8), 0.3 - 0.3 * std::cos(kPi * k / 8));
  for (int k = 4; k >= 0; --k)
    profile.emplace_back(0.27 * std::sin(kPi * k / 8), 0.3 - 0.27 * std::cos(kPi * k / 8));
  bowl.lathe(profile, 12);
  const CollisionMesh shape = CollisionMesh::from(bowl.view());
  EXPECT_EQ(shape.open_components(), 0U);
  EXPECT_GT(shape.parts().size(), 10U);
  EXPECT_LT(shape.overfill_m(), 0.01);

  // A ball of cheese in the bowl does not touch it; the same crate lower or wider does.
  EXPECT_TRUE(contacts_of(bowl, at(3, 2, 0.7), {0.2, 0.2, 0.2}, at(3, 2, 0.95)).empty());
  EXPECT_FALSE(contacts_of(bowl, at(3, 2, 0.7), {0.2, 0.2, 0.2}, at(3, 2, 0.8)).empty());
  EXPECT_FALSE(contacts_of(bowl, at(3, 2, 0.7), {0.5, 0.2, 0.2}, at(3, 2, 0.95)).empty());
}

TEST(CollisionMesh, DegenerateInput) {
  EXPECT_TRUE(CollisionMesh::from({}).parts().empty());
  const float nan = std::numeric_limits<float>::quiet_NaN();
  Triangles mesh;
  mesh.positions = {{0, 0, 0}, {1, 0, 0}, {0, 1, 0}, {nan, 0, 0}, {0, 0, 1e30F}, {2, 0, 0}};
  mesh.triangles = {{0, 1, 3}, {0, 1, 4}, {0, 1, 99}, {0, 0, 1}, {0, 1, 5}};
  const CollisionMesh nothing = CollisionMesh::from(mesh.view());
  EXPECT_TRUE(nothing.parts().empty());  // broken, broken, broken, a point, a line
  mesh.triangles.push_back({0, 1, 2});
  EXPECT_EQ(CollisionMesh::from(mesh.view()).parts().size(), 1U);

  const std::vector<const CollisionMesh*> mesh_of = {&nothing, nullptr};
  const SceneGraph graph = room({thing("sofa_1", {1, 1, 1}), thing("crate_1", {1, 1, 1})});
  EXPECT_TRUE(mesh_contacts(graph, {{at(3, 2, 1), at(3, 2, 1)}}, mesh_of).empty());
  // Poses and sizes that are not numbers touch nothing.
  const double bad = std::numeric_limits<double>::quiet_NaN();
  EXPECT_TRUE(mesh_contacts(graph, {{{Vec3(bad, 0, 0), 0}, at(3, 2, 1)}}, {}).empty());
  EXPECT_TRUE(mesh_contacts(room({thing("sofa_1", {1, bad, 1}), thing("crate_1", {1, 1, 1})}),
                            {{at(3, 2, 1), at(3, 2, 1)}}, {})
                  .empty());
  // A closed surface without volume is a sheet: two triangles back to back.
  Triangles flat;
  flat.positions = {{0, 0, 0}, {1, 0, 0}, {0, 1, 0}};
  flat.triangles = {{0, 1, 2}, {2, 1, 0}};
  EXPECT_TRUE(contacts_of(flat, at(3, 2, 1), {1, 1, 1}, at(6, 2, 1)).empty());
  const auto sheet = contacts_of(flat, at(3, 2, 1), {1, 1, 1}, at(3, 2, 1.47));
  ASSERT_EQ(sheet.size(), 1U);
  EXPECT_NEAR(sheet[0].depth_m, 0.03, 1e-5);
}

TEST(CollisionMesh, RandomSoupsDoNotHurt) {
  constexpr std::uint64_t seed = 3;
  Rng rng(seed);
  for (int k = 0; k < 200; ++k) {
    // Few distinct coordinates: many points, edges and faces coincide, many surfaces are closed by accident.
    Triangles mesh;
    for (int v = 0; v < 12; ++v)
      mesh.positions.emplace_back(0.25F * static_cast<float>(rng.below(4)),
                                  0.25F * static_cast<float>(rng.below(3)),
                                  k % 4 == 0 ? 0.0F : 0.25F * static_cast<float>(rng.below(3)));
    for (std::size_t t = rng.below(40); t > 0; --t) {
      std::array<std::uint32_t, 3> triangle = {};
      for (std::uint32_t& corner : triangle) corner = static_cast<std::uint32_t>(rng.below(13));
      mesh.triangles.push_back(triangle);
      if (rng.chance(0.5)) mesh.triangles.push_back({triangle[2], triangle[1], triangle[0]});
    }
    const CollisionMesh shape = CollisionMesh::from(mesh.view());
    const std::vector<const CollisionMesh*> mesh_of = {&shape, &shape, nullptr};
    const SceneGraph graph =
        room({thing("sofa_1", {1, 1, 1}), thing("sofa_2", {1, 1, 1}), thing("crate_1", {0.3, 0.3, 0.3})});
    for (const MeshContact& contact : mesh_contacts(
             graph, {{at(3, 2, 1), at(3.1, 2, 1.1, rng.uniform(0, 360)), at(3.3, 2.2, 1.2)}}, mesh_of)) {
      EXPECT_TRUE(contact.push_m.allFinite() && contact.at_m.allFinite()) << "seed " << seed << " case " << k;
      EXPECT_LT(contact.depth_m, 1.5) << "seed " << seed << " case " << k;
    }
  }
}

TEST(MeshContact, BoxesAgreeWithTheSeparatingAxes) {
  constexpr std::uint64_t seed = 11;
  Rng rng(seed);
  int touching = 0;
  for (int k = 0; k < 500; ++k) {
    const auto size = [&] { return Vec3(rng.uniform(0.05, 2), rng.uniform(0.05, 2), rng.uniform(0.05, 2)); };
    const auto pose = [&] {
      return at(rng.uniform(0, 2), rng.uniform(0, 2), rng.uniform(0, 1),
                k % 3 == 0 ? 90.0 * (k % 4) : rng.uniform(0, 360));
    };
    const SceneGraph graph = room({thing("a_1", size()), thing("b_1", size())});
    const Layout layout = {{pose(), pose()}};
    const auto expected = box_contact(Box(graph.objects[0].size_m, layout.poses[0]),
                                      Box(graph.objects[1].size_m, layout.poses[1]));
    const Triangles meshes[2] = {[&] {
                                   Triangles m;
                                   m.box(-0.5 * graph.objects[0].size_m, 0.5 * graph.objects[0].size_m);
                                   return m;
                                 }(),
                                 [&] {
                                   Triangles m;
                                   m.box(-0.5 * graph.objects[1].size_m, 0.5 * graph.objects[1].size_m);
                                   return m;
                                 }()};
    const CollisionMesh a = CollisionMesh::from(meshes[0].view());
    const CollisionMesh b = CollisionMesh::from(meshes[1].view());
    const std::vector<const CollisionMesh*> mesh_of = {&a, &b};
    for (const auto& contacts : {mesh_contacts(graph, layout, mesh_of), mesh_contacts(graph, layout, {})}) {
      const double depth = expected ? expected->depth_m : 0;
      if (std::abs(depth - 0.005) < 1e-5) continue;
      ASSERT_EQ(contacts.size(), depth > 0.005 ? 1U : 0U)
          << "seed " << seed << " case " << k << " depth " << depth;
      if (contacts.empty()) continue;
      ++touching;
      const MeshContact& contact = contacts.front();
      EXPECT_NEAR(contact.depth_m, depth, 1e-4) << "seed " << seed << " case " << k;
      EXPECT_NEAR(contact.push_m.norm(), contact.depth_m, 1e-9);
      // The push does free a.
      Layout freed = layout;
      freed.poses[0].position_m += contact.push_m * 1.0001;
      EXPECT_TRUE(mesh_contacts(graph, freed, mesh_of).empty());
    }
  }
  EXPECT_GT(touching, 200);
}

TEST(MeshContact, ChairUnderATableTouchesItsBoxAlone) {
  Triangles table;
  table.box({-0.7, -0.4, 0.33}, {0.7, 0.4, 0.38});
  for (const double x : {-0.65, 0.65})
    for (const double y : {-0.35, 0.35}) table.box({x - 0.03, y - 0.03, -0.38}, {x + 0.03, y + 0.03, 0.33});
  const CollisionMesh shape = CollisionMesh::from(table.view());
  EXPECT_EQ(shape.components(), 5U);
  EXPECT_EQ(shape.parts().size(), 5U);
  const SceneGraph graph =
      room({thing("table_1", {1.4, 0.8, 0.76}),
            thing("chair_1", {0.5, 0.5, 0.7}, {{Preposition::Under, ObjectRef{0}, true}})});
  const std::vector<const CollisionMesh*> mesh_of = {&shape, nullptr};
  const Layout under = {{at(3, 2, 0.38), at(3, 2, 0.35)}};
  EXPECT_GT(
      box_contact(Box(graph.objects[0].size_m, under.poses[0]), Box(graph.objects[1].size_m, under.poses[1]))
          ->depth_m,
      0.3);
  EXPECT_TRUE(mesh_contacts(graph, under, mesh_of).empty());
  // 0.05 m higher it is 0.04 m in the top (whose lower face is at 0.71): down is the way out.
  const auto contacts = mesh_contacts(graph, {{at(3, 2, 0.38), at(3, 2, 0.4)}}, mesh_of);
  ASSERT_EQ(contacts.size(), 1U);
  EXPECT_EQ(contacts[0].a, 0);
  EXPECT_EQ(contacts[0].b, 1);
  EXPECT_NEAR(contacts[0].depth_m, 0.04, 1e-5);
  EXPECT_NEAR(contacts[0].push_m.z(), 0.04, 1e-5);  // of the table, which is a
  EXPECT_NEAR(contacts[0].at_m.z(), 0.73, 0.03);
  // Shifted along the table it meets a leg (x from 3.62): its right face is at 3.65.
  const auto leg = mesh_contacts(graph, {{at(3, 2, 0.38), at(3.4, 2.2, 0.35)}}, mesh_of);
  ASSERT_EQ(leg.size(), 1U);
  EXPECT_NEAR(leg[0].depth_m, 0.03, 1e-5);
}

TEST(MeshContact, ABoxInTheCavityOfOnePiece) {
  const Triangles mesh = u_shape();
  // The cavity is 0.6 m wide, from z = 1.2 to 2 for a U at z = 1.5.
  EXPECT_TRUE(contacts_of(mesh, at(3, 2, 1.5), {0.58, 0.2, 0.5}, at(3, 2, 1.5)).empty());
  EXPECT_TRUE(contacts_of(mesh, at(3, 2, 1.5, 90), {0.2, 0.58, 0.5}, at(3, 2, 1.5)).empty());
  const auto wide = contacts_of(mesh, at(3, 2, 1.5), {0.64, 0.2, 0.5}, at(3, 2, 1.5));
  ASSERT_EQ(wide.size(), 1U);
  EXPECT_NEAR(wide[0].depth_m, 0.02, 1e-5);
  const auto low = contacts_of(mesh, at(3, 2, 1.5), {0.5, 0.2, 0.5}, at(3, 2, 1.42));
  ASSERT_EQ(low.size(), 1U);
  EXPECT_NEAR(low[0].depth_m, 0.03, 1e-5);
  EXPECT_NEAR(low[0].push_m.z(), -0.03, 1e-5);
}

TEST(MeshContact, CushionInASofaOfFourParts) {
  Triangles sofa;
  sofa.box({-1, -0.45, -0.45}, {1, 0.45, 0});   // base, its top is the seat
  sofa.box({-1, -0.45, 0}, {1, -0.25, 0.45});   // back
  sofa.box({-1, -0.25, 0}, {-0.8, 0.45, 0.2});  // arms
  sofa.box({0.8, -0.25, 0}, {1, 0.45, 0.2});
  const CollisionMesh shape = CollisionMesh::from(sofa.view());
  const SceneGraph graph = room({thing("sofa_1", {2, 0.9, 0.9}), thing("cushion_1", {0.4, 0.2, 0.4})});
  const std::vector<const CollisionMesh*> mesh_of = {&shape, nullptr};
  // Leans on the back and sits on the seat, both exactly.
  EXPECT_TRUE(mesh_contacts(graph, {{at(3, 2, 0.45), at(2.5, 1.85, 0.65)}}, mesh_of).empty());
  const auto sunk = mesh_contacts(graph, {{at(3, 2, 0.45), at(2.5, 1.85, 0.55)}}, mesh_of);
  ASSERT_EQ(sunk.size(), 1U);
  EXPECT_NEAR(sunk[0].depth_m, 0.1, 1e-5);
}

TEST(MeshContact, RestingIsNotAContact) {
  Triangles block;
  block.box({-0.5, -0.5, -0.5}, {0.5, 0.5, 0.5});
  for (const auto& [depth, touches] :
       {std::pair(0.0, false), std::pair(0.004, false), std::pair(0.006, true)}) {
    const auto above = contacts_of(block, at(3, 2, 0.5), {0.3, 0.3, 0.3}, at(3, 2, 1.15 - depth, 33));
    const auto beside = contacts_of(block, at(3, 2, 0.5), {0.4, 0.4, 0.4}, at(3.7 - depth, 2, 0.5));
    EXPECT_EQ(above.size(), touches ? 1U : 0U) << depth;
    EXPECT_EQ(beside.size(), touches ? 1U : 0U) << depth;
    if (touches) {
      EXPECT_NEAR(above[0].depth_m, depth, 1e-5);
    }
  }
}

TEST(MeshContact, InsideAClosedMeshIsAContact) {
  Triangles block;
  block.box({-0.5, -0.5, -0.5}, {0.5, 0.5, 0.5});
  // 0.1 m from the east face, 0.1 m long: 0.2 m to get out.
  const auto in_block = contacts_of(block, at(3, 2, 0.5), {0.1, 0.1, 0.1}, at(3.35, 2, 0.5));
  ASSERT_EQ(in_block.size(), 1U);
  EXPECT_NEAR(in_block[0].depth_m, 0.2, 1e-5);
  EXPECT_NEAR(in_block[0].push_m.x(), -0.2, 1e-5);
  // In the base of a U, 0.2 m thick, in its middle: 0.15 m up or down.
  const auto in_u = contacts_of(u_shape(), at(3, 2, 1.5), {0.1, 0.04, 0.1}, at(3, 2, 1.1));
  ASSERT_EQ(in_u.size(), 1U);
  EXPECT_GT(in_u[0].depth_m, 0.1);
  EXPECT_LT(in_u[0].depth_m, 0.16);
}

TEST(MeshContact, OpenSurfacesAreThin) {
  // A curtain: one quad 2 m wide and high in the plane y = 0.
  Triangles curtain;
  curtain.quad({-1, 0, -1}, {1, 0, -1}, {1, 0, 1}, {-1, 0, 1});
  EXPECT_EQ(CollisionMesh::from(curtain.view()).open_components(), 1U);
  // A box whose back is 0.03 m behind it.
  const auto through = contacts_of(curtain, at(3, 2, 1), {0.5, 0.5, 0.5}, at(3.3, 2.22, 1));
  ASSERT_EQ(through.size(), 1U);
  EXPECT_NEAR(through[0].depth_m, 0.03, 1e-5);
  EXPECT_TRUE(contacts_of(curtain, at(3, 2, 1), {0.5, 0.5, 0.5}, at(3.3, 2.25, 1)).empty());
}

TEST(MeshContact, RugsCollideWithNothingAndPairsAreSorted) {
  const SceneGraph graph = room({thing("rug_1", {2, 2, 0.02}), thing("bed_1", {1, 1, 1}),
                                 thing("desk_1", {1, 1, 1}), thing("chair_1", {1, 1, 1})});
  const Layout layout = {{at(3, 2, 0.01), at(3.5, 2, 0.5), at(2.6, 2, 0.5), at(3, 2.4, 0.5)}};
  const auto contacts = mesh_contacts(graph, layout, {});
  ASSERT_EQ(contacts.size(), 3U);
  EXPECT_EQ(std::pair(contacts[0].a, contacts[0].b), std::pair(1, 2));
  EXPECT_EQ(std::pair(contacts[1].a, contacts[1].b), std::pair(1, 3));
  EXPECT_EQ(std::pair(contacts[2].a, contacts[2].b), std::pair(2, 3));
}

TEST(MeshContact, MovingAndTurningTheRoomChangesNothing) {
  constexpr std::uint64_t seed = 5;
  Rng rng(seed);
  const CollisionMesh shape = CollisionMesh::from(u_shape().view());
  const SceneGraph graph =
      room({thing("sofa_1", {1, 0.2, 1}), thing("crate_1", {0.3, 0.3, 0.3}), thing("sofa_2", {1, 0.2, 1})});
  const std::vector<const CollisionMesh*> mesh_of = {&shape, nullptr, &shape};
  for (int k = 0; k < 100; ++k) {
    Layout layout;
    for (int i = 0; i < 3; ++i)
      layout.poses.push_back(
          at(rng.uniform(-0.5, 0.5), rng.uniform(-0.3, 0.3), rng.uniform(-0.5, 0.5), rng.uniform(0, 360)));
    const double yaw = rng.uniform(0, 2 * kPi);
    Layout turned = layout;
    for (Pose& pose : turned.poses) {
      const Vec3 p = pose.position_m;
      const Vec2 q = scene::right_axis(yaw) * p.x() + scene::front_axis(yaw) * p.y();
      pose = {Vec3(q.x() + 1e4, q.y() - 1e4, p.z() + 7), pose.yaw_rad + yaw};
    }
    const auto a = mesh_contacts(graph, layout, mesh_of);
    const auto b = mesh_contacts(graph, turned, mesh_of);
    ASSERT_EQ(a.size(), b.size()) << "seed " << seed << " case " << k;
    for (std::size_t c = 0; c < a.size(); ++c) {
      EXPECT_EQ(std::pair(a[c].a, a[c].b), std::pair(b[c].a, b[c].b));
      EXPECT_NEAR(a[c].depth_m, b[c].depth_m, 1e-6) << "seed " << seed << " case " << k;
    }
  }
}

}  // namespace
}  // namespace metaspatial::physics
