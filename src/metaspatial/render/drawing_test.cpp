#include "metaspatial/render/drawing.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "metaspatial/base/rng.hpp"
#include "metaspatial/render/labels.hpp"
#include "metaspatial/render/sheet.hpp"
#include "metaspatial/render/text.hpp"

namespace metaspatial::render {
namespace {

using scene::Vec2;
using scene::Vec3;

TEST(Text, EveryPrintableCharacterIsDrawnWithinItsLine) {
  const double capital = 60;
  for (char c = '!'; c <= '~'; ++c) {
    const std::string text(1, c);
    const auto stems = text_stems(text, capital);
    ASSERT_FALSE(stems.empty()) << c;
    const double width = text_width_px(text, capital);
    for (const Stem& stem : stems) {
      ASSERT_FALSE(stem.empty()) << c;
      for (const Vec2& p : stem) {
        EXPECT_GE(p.x(), -1e-9) << c;
        EXPECT_LE(p.x(), width + 1e-9) << c;
        EXPECT_GE(p.y(), -1.1 * capital) << c;
        EXPECT_LE(p.y(), 0.4 * capital) << c;
      }
    }
  }
}

TEST(Text, WidthsGrowWithTextAndSize) {
  EXPECT_EQ(text_width_px("", 10), 0);
  EXPECT_NEAR(text_width_px("bed_1", 20), 2 * text_width_px("bed_1", 10), 1e-9);
  EXPECT_GT(text_width_px("bed_12", 10), text_width_px("bed_1", 10));
  // One box for each character that is not ours, however many bytes it has.
  EXPECT_EQ(text_stems("\xC3\xA4", 10).size(), 1U);
  EXPECT_EQ(text_stems("\xE5\xBA\x8A\xE5\xBA\x8A", 10).size(), 2U);
  // Any bytes are a text, and long ones end.
  EXPECT_LT(text_width_px(std::string(100000, 'm'), 10), 3000);
  std::string all;
  for (int c = 0; c < 256; ++c) all += static_cast<char>(c);
  EXPECT_FALSE(text_stems(all, 10).empty());
}

TEST(Labels, NoneCoversAnotherOrLeavesThePicture) {
  Rng rng{7};
  for (int trial = 0; trial < 20; ++trial) {
    const int width = 300 + static_cast<int>(rng.uniform() * 500);
    const int height = 300 + static_cast<int>(rng.uniform() * 500);
    std::vector<Label> labels;
    for (int i = 0; i < 30; ++i) {
      Label label;
      label.lines = {{"coffee_table_" + std::to_string(i), Vec3(1, 1, 1)}};
      if (i % 7 == 0) label.lines.push_back({"overlap 0.21 m", Vec3(1, 0, 0)});
      // Crowded on purpose.
      label.x_px = width * (0.3 + 0.4 * rng.uniform());
      label.y_px = height * (0.3 + 0.4 * rng.uniform());
      label.beside = i % 3 == 0;
      labels.push_back(label);
    }
    const auto placed = place_labels(labels, width, height);
    EXPECT_GE(placed.size(), 20U);
    for (std::size_t a = 0; a < placed.size(); ++a) {
      EXPECT_GE(placed[a].area.lo.minCoeff(), 0);
      EXPECT_LE(placed[a].area.hi.x(), width);
      EXPECT_LE(placed[a].area.hi.y(), height);
      for (std::size_t b = 0; b < a; ++b)
        EXPECT_FALSE(placed[a].area.meets(placed[b].area, Vec2::Zero())) << trial << " " << a << " " << b;
    }
  }
}

TEST(Labels, ALoneLabelStandsOnItsPlaceOrRightBesideIt) {
  Label label;
  label.lines = {{"bed_1", Vec3(1, 1, 1)}};
  label.x_px = 250;
  label.y_px = 200;
  auto placed = place_labels(std::span(&label, 1), 512, 512);
  ASSERT_EQ(placed.size(), 1U);
  EXPECT_NEAR((0.5 * (placed[0].area.lo + placed[0].area.hi) - Vec2(250, 200)).norm(), 0, 1e-9);
  EXPECT_FALSE(placed[0].led);
  label.beside = true;
  placed = place_labels(std::span(&label, 1), 512, 512);
  ASSERT_EQ(placed.size(), 1U);
  EXPECT_GT(placed[0].area.distance(Vec2(250, 200)), 2);
  EXPECT_LT(placed[0].area.distance(Vec2(250, 200)), 20);
}

RoomScene empty_room() {
  scene::SceneGraph graph;
  graph.size = {4, 4, 2.8};
  return {std::make_shared<Device>(), graph};
}

TEST(Drawing, LinesLieWhereTheRoomShowsThem) {
  const RoomScene room = empty_room();
  RenderOptions options;
  options.view = View::Top;
  options.width_px = options.height_px = 256;
  const Image plain = render_preview(room, options);
  Image image = plain;
  Stroke stroke;
  stroke.points_m = {{1, 2, 0.5}, {3, 2, 0.5}};
  stroke.color = {0, 1, 0};
  stroke.halo = 0;
  Drawing(image, room, options).line(stroke);
  for (const double x : {1.1, 2.0, 2.9}) {
    const PixelPosition at = project(room, options, {x, 2, 0.5});
    const int px = static_cast<int>(at.x_px);
    const int py = static_cast<int>(at.y_px);
    int greenest = 0;
    for (int dy = -1; dy <= 1; ++dy)
      greenest = std::max(greenest, image.at(px, py + dy)[1] - image.at(px, py + dy)[0]);
    EXPECT_GT(greenest, 80);
    for (int c = 0; c < 3; ++c) EXPECT_EQ(image.at(px, py + 8)[c], plain.at(px, py + 8)[c]);
  }
}

TEST(Drawing, WhatIsHiddenIsNotDrawnUnlessAsked) {
  // Under the floor nothing is seen from above.
  const RoomScene room = empty_room();
  RenderOptions options;
  options.view = View::Top;
  options.width_px = options.height_px = 128;
  const Image plain = render_preview(room, options);
  Stroke stroke;
  stroke.points_m = {{1, 2, -0.5}, {3, 2, -0.5}};
  stroke.hidden = 0;
  Image image = plain;
  Drawing(image, room, options).line(stroke);
  EXPECT_EQ(image, plain);
  stroke.hidden = 0.5;
  Drawing(image, room, options).line(stroke);
  EXPECT_NE(image, plain);
}

TEST(Drawing, SurvivesPlacesThatCannotBeDrawn) {
  const RoomScene room = empty_room();
  RenderOptions options;
  options.view = View::Eye;
  options.width_px = options.height_px = 64;
  Image image = render_preview(room, options);
  Drawing drawing(image, room, options);
  const double nan = std::nan("");
  for (const Vec3& p : {Vec3(nan, 0, 0), Vec3(1e30, 0, 0), Vec3(-50, -50, -50), Vec3(0, 0, 1.6)}) {
    Stroke stroke;
    stroke.points_m = {{2, 2, 0}, p};
    stroke.arrow = stroke.dashed = true;
    drawing.line(stroke);
    drawing.fill({{{2, 2, 0}, {3, 2, 0}, p}, Vec3(1, 0, 0), 0.5, false});
  }
  Label label;
  label.lines = {{"far", Vec3(1, 1, 1)}};
  label.x_px = nan;
  drawing.labels(std::span(&label, 1));
  drawing.compass();
  SUCCEED();
}

TEST(Sheet, CellsFillThePictureWithoutOverlap) {
  for (int count = 1; count <= 6; ++count) {
    for (const auto& [width, height] : {std::pair{640, 480}, std::pair{300, 900}, std::pair{512, 512}}) {
      const auto cells = sheet_cells(count, width, height);
      ASSERT_EQ(cells.size(), static_cast<std::size_t>(count));
      double area = 0;
      for (std::size_t a = 0; a < cells.size(); ++a) {
        const Cell& p = cells[a];
        EXPECT_GE(p.x_px, 0);
        EXPECT_GE(p.y_px, 0);
        EXPECT_LE(p.x_px + p.width_px, width);
        EXPECT_LE(p.y_px + p.height_px, height);
        area += static_cast<double>(p.width_px) * p.height_px;
        for (std::size_t b = 0; b < a; ++b) {
          const Cell& q = cells[b];
          EXPECT_TRUE(p.x_px >= q.x_px + q.width_px || q.x_px >= p.x_px + p.width_px ||
                      p.y_px >= q.y_px + q.height_px || q.y_px >= p.y_px + p.height_px);
        }
      }
      if (count != 5) {
        EXPECT_GT(area, 0.95 * width * height);
      }
    }
  }
}

}  // namespace
}  // namespace metaspatial::render
