#include "metaspatial/render/guides.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "metaspatial/render/png.hpp"

namespace metaspatial::render {
namespace {

using scene::Vec3;

/// A 5 x 4 x 2.8 m room with a block of 1.0 x 0.6 x 0.8 m, turned by 30 degrees; no door, no window.
RoomScene furnished() {
  scene::SceneGraph graph;
  graph.size = {5, 4, 2.8};
  scene::SceneObject box;
  box.id = "object_1";
  box.kind = "no such kind";  // drawn as a plain block
  box.size_m = {1.0, 0.6, 0.8};
  graph.objects = {box};
  return {std::make_shared<Device>(), graph, scene::Layout{{{{3.0, 2.5, 0.4}, scene::rad_from_deg(30)}}}};
}

RenderOptions view(View which, bool opposite = false) {
  RenderOptions options;
  options.view = which;
  options.opposite = opposite;
  options.width_px = 160;
  options.height_px = 120;
  return options;
}

std::size_t pixel_of(const RoomScene& room, const RenderOptions& options, const Vec3& p) {
  const PixelPosition at = project(room, options, p);
  return static_cast<std::size_t>(at.y_px) * static_cast<std::size_t>(options.width_px) +
         static_cast<std::size_t>(at.x_px);
}

/// The place that a pixel's centre shows, by the formula of CameraModel.
Vec3 place_of(const CameraModel& camera, int width_px, std::size_t pixel, double depth_m) {
  const double x = static_cast<double>(pixel % static_cast<std::size_t>(width_px)) + 0.5;
  const double y = static_cast<double>(pixel / static_cast<std::size_t>(width_px)) + 0.5;
  const double s = camera.parallel ? camera.m_per_px : depth_m / camera.focal_px;
  return camera.origin_m + depth_m * camera.forward + (x - camera.cx_px) * s * camera.right -
         (y - camera.cy_px) * s * camera.up;
}

TEST(Guides, APlanMeasuresHeights) {
  // The plan's camera hangs 5 m above 3 m, the height of any lower room.
  const RoomScene room = furnished();
  const RenderOptions options = view(View::Top);
  const auto depth = render_depth(room, options);
  const auto normals = render_normals(room, options);
  const auto ids = render_object_ids(room, options);
  const std::size_t floor = pixel_of(room, options, {1, 1, 0});
  const std::size_t block = pixel_of(room, options, {3.0, 2.5, 0.8});
  EXPECT_NEAR(depth[floor], 8.0, 1e-5);
  EXPECT_NEAR(depth[block], 7.2, 1e-5);
  EXPECT_TRUE(std::isinf(depth[0]));
  EXPECT_TRUE(normals[floor].isApprox(Eigen::Vector3f::UnitZ(), 1e-5F));
  EXPECT_TRUE(normals[0].isZero());
  EXPECT_EQ(ids[floor], -2);
  EXPECT_EQ(ids[block], 0);
  EXPECT_EQ(ids[0], -1);
}

TEST(Guides, WallsLookIntoTheRoom) {
  const RoomScene room = furnished();
  for (const bool opposite : {false, true}) {
    const RenderOptions options = view(View::Corner, opposite);
    const CameraModel camera = camera_model(room, options);
    // The two walls that are not cut away are those the camera looks at.
    const double x = camera.forward.x() > 0 ? 5 : 0;
    const double y = camera.forward.y() > 0 ? 4 : 0;
    const auto normals = render_normals(room, options);
    const Eigen::Vector3f from_x = normals[pixel_of(room, options, {x, 2, 2.2})];
    const Eigen::Vector3f from_y = normals[pixel_of(room, options, {2.5, y, 2.2})];
    EXPECT_TRUE(from_x.isApprox(Eigen::Vector3f(x > 0 ? -1 : 1, 0, 0), 1e-5F)) << from_x.transpose();
    EXPECT_TRUE(from_y.isApprox(Eigen::Vector3f(0, y > 0 ? -1 : 1, 0), 1e-5F)) << from_y.transpose();
  }
}

TEST(Guides, DistancesLeadBackToThePlaceThatIsSeen) {
  const RoomScene room = furnished();
  const double c = std::cos(scene::rad_from_deg(30));
  const double s = std::sin(scene::rad_from_deg(30));
  for (const RenderOptions& options :
       {view(View::Top), view(View::Corner), view(View::Corner, true), view(View::Eye)}) {
    const CameraModel camera = camera_model(room, options);
    const auto depth = render_depth(room, options);
    const auto ids = render_object_ids(room, options);
    int on_block = 0;
    for (std::size_t i = 0; i < depth.size(); ++i) {
      EXPECT_EQ(std::isinf(depth[i]), ids[i] == -1);
      if (ids[i] == -1) continue;
      const Vec3 p = place_of(camera, options.width_px, i, static_cast<double>(depth[i]));
      if (ids[i] == 0) {
        // On the block's surface: its own axes are right = (c, -s) and front = (s, c).
        const Vec3 d = p - Vec3(3.0, 2.5, 0.4);
        const Vec3 local(c * d.x() - s * d.y(), s * d.x() + c * d.y(), d.z());
        const double out = (local.cwiseAbs() - Vec3(0.5, 0.3, 0.4)).maxCoeff();
        // Edges are rounded by a bit more than a centimetre.
        EXPECT_LT(out, 0.002) << p.transpose();
        EXPECT_GT(out, -0.015) << p.transpose();
        ++on_block;
      } else {
        EXPECT_TRUE(p.x() > -0.13 && p.x() < 5.13 && p.y() > -0.13 && p.y() < 4.13 && p.z() > -0.2 &&
                    p.z() < 2.83)
            << p.transpose();
      }
    }
    EXPECT_GT(on_block, 50);
  }
}

TEST(Guides, WhatIsHiddenCountsInFull) {
  // A second block in front of the first, as the corner's camera sees it.
  const RoomScene alone = furnished();
  const RenderOptions options = view(View::Corner);
  const Vec3 forward = camera_model(alone, options).forward;
  scene::SceneGraph graph = alone.graph();
  graph.objects.push_back(graph.objects[0]);
  graph.objects[1].id = "object_2";
  scene::Layout layout = *alone.layout();
  layout.poses.push_back({layout.poses[0].position_m - 0.9 * Vec3(forward.x(), forward.y(), 0).normalized(),
                          layout.poses[0].yaw_rad});
  const RoomScene both(std::make_shared<Device>(), graph, layout);
  const auto unhidden = unhidden_pixels(both, options);
  ASSERT_EQ(unhidden.size(), 2U);
  EXPECT_EQ(unhidden[0], unhidden_pixels(alone, options)[0]);
  std::size_t seen[2] = {};
  for (const int id : render_object_ids(both, options))
    if (id >= 0) ++seen[id];
  EXPECT_LT(seen[0], unhidden[0]);
  EXPECT_EQ(seen[1], unhidden[1]);
}

TEST(Guides, TheOppositeCornerLooksBack) {
  const RoomScene room = furnished();
  const Vec3 here = camera_model(room, view(View::Corner)).forward;
  const Vec3 there = camera_model(room, view(View::Corner, true)).forward;
  EXPECT_LT(here.x() * there.x(), 0);
  EXPECT_LT(here.y() * there.y(), 0);
  EXPECT_NE(render_preview(room, view(View::Corner)), render_preview(room, view(View::Corner, true)));
}

TEST(Png, SixteenBitsSurvive) {
  // Our reader keeps the high byte of each value.
  const int width = 37;
  const int height = 11;
  std::vector<std::uint16_t> values;
  for (int i = 0; i < width * height; ++i) values.push_back(static_cast<std::uint16_t>(i * 7919 + i / 3));
  const std::string bytes = gray16_png_bytes(values, width, height);
  const auto image = read_png(bytes);
  ASSERT_TRUE(image) << image.error().message;
  ASSERT_EQ(image->width_px, width);
  ASSERT_EQ(image->height_px, height);
  for (std::size_t i = 0; i < values.size(); ++i) EXPECT_EQ(image->pixels[3 * i], values[i] >> 8);
  EXPECT_EQ(bytes, gray16_png_bytes(values, width, height));
}

}  // namespace
}  // namespace metaspatial::render
