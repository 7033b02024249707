#include "metaspatial/render/render.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string>
#include <thread>
#include <vector>

#include "metaspatial/base/rng.hpp"
#include "metaspatial/render/camera.hpp"
#include "metaspatial/render/png.hpp"
#include "metaspatial/render/shell.hpp"
#include "metaspatial/scene/floor_plan.hpp"
#include "metaspatial/scene/io.hpp"

namespace metaspatial::render {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// A 5 x 4 m room with a door in the south wall, a window in the east wall and a block 1.0 x 0.6 x 0.8 m.
scene::SceneGraph test_room() {
  scene::SceneGraph graph;
  graph.size = {5, 4, 2.8};
  scene::SceneObject box;
  box.id = "object_1";
  box.kind = "no such kind";  // drawn as a plain block
  box.size_m = {1.0, 0.6, 0.8};
  graph.objects = {box};
  graph.openings = {{"door_1", scene::OpeningKind::Door, scene::Wall::South, 1.0, 0.9, 0, 2.0},
                    {"window_1", scene::OpeningKind::Window, scene::Wall::East, 2.0, 1.2, 0.9, 1.2}};
  return graph;
}

scene::Layout test_layout() {
  return {{{{3.0, 2.5, 0.4}, scene::rad_from_deg(90)}}};
}

RoomScene furnished() {
  return {std::make_shared<Device>(), test_room(), test_layout()};
}

RenderOptions top(int side_px) {
  RenderOptions options;
  options.view = View::Top;
  options.width_px = side_px;
  options.height_px = side_px;
  return options;
}

std::array<int, 3> pixel_at(const Image& image, const PixelPosition& p) {
  const std::uint8_t* c = image.at(static_cast<int>(p.x_px), static_cast<int>(p.y_px));
  return {c[0], c[1], c[2]};
}

std::array<int, 3> bytes_of(const scene::Vec3& srgb) {
  return {static_cast<int>(std::lround(255 * srgb.x())), static_cast<int>(std::lround(255 * srgb.y())),
          static_cast<int>(std::lround(255 * srgb.z()))};
}

/// Largest difference of a channel.
int distance(const std::array<int, 3>& a, const std::array<int, 3>& b) {
  return std::max({std::abs(a[0] - b[0]), std::abs(a[1] - b[1]), std::abs(a[2] - b[2])});
}

TEST(TopView, ShowsABoxExactlyWhereItStands) {
  // The picture's half height is half the longer side plus the margin of 0.12 + 9 % of 5 m: 3.07 m for 100
  // px, and its middle is that of the room. The box, turned by 90 degrees, covers x 2.7..3.3, y 2.0..3.0.
  const RoomScene room = furnished();
  const auto ids = render_object_ids(room, top(200));
  const double m_per_px = 2 * 3.07 / 200;
  int wrong = 0;
  int covered = 0;
  for (int py = 0; py < 200; ++py) {
    for (int px = 0; px < 200; ++px) {
      const double x = 2.5 + (px + 0.5 - 100) * m_per_px;
      const double y = 2.0 - (py + 0.5 - 100) * m_per_px;
      const double inside_m = std::min({x - 2.7, 3.3 - x, y - 2.0, 3.0 - y});
      const bool shown = ids[static_cast<std::size_t>(py * 200 + px)] == 0;
      covered += shown ? 1 : 0;
      if (inside_m > 0.01 && !shown) ++wrong;
      if (inside_m < -0.01 && shown) ++wrong;
    }
  }
  EXPECT_EQ(wrong, 0);
  EXPECT_NEAR(covered * m_per_px * m_per_px, 0.6, 0.04);
}

TEST(TopView, TellsRoomAndBackgroundFromObjects) {
  const RoomScene room = furnished();
  const auto options = top(200);
  const auto ids = render_object_ids(room, options);
  const auto id_at = [&](const scene::Vec3& p) {
    const auto at = project(room, options, p);
    return ids[static_cast<std::size_t>(at.y_px) * 200 + static_cast<std::size_t>(at.x_px)];
  };
  EXPECT_EQ(id_at({3.0, 2.5, 0.8}), 0);
  EXPECT_EQ(id_at({1.0, 1.0, 0}), -2);
  EXPECT_EQ(id_at({5.06, 1.0, 0}), -2);  // the wall
  EXPECT_EQ(id_at({5.3, 1.0, 0}), -1);   // outside
}

TEST(TopView, PaintsDoorsAndWindowsOnTheirWalls) {
  const RoomScene room(std::make_shared<Device>(), test_room());
  const auto options = top(224);
  const Image image = render_preview(room, options);
  const auto color = [&](double x, double y) { return pixel_at(image, project(room, options, {x, y, 0})); };
  EXPECT_LE(distance(color(1.0, -0.06), bytes_of(kDoorColor)), 12);
  EXPECT_LE(distance(color(0.7, -0.06), bytes_of(kDoorColor)), 12);
  EXPECT_GT(distance(color(1.9, -0.06), bytes_of(kDoorColor)), 60);
  EXPECT_LE(distance(color(5.02, 2.4), bytes_of(kWindowColor)), 40);  // beside the white line in its middle
  EXPECT_GT(distance(color(5.06, 3.0), bytes_of(kWindowColor)), 60);
  // Inside the swing the floor is tinted: more red against blue than beside it.
  const auto swing = color(0.8, 0.3);
  const auto floor = color(2.5, 0.3);
  EXPECT_GT(swing[0] - swing[2], floor[0] - floor[2] + 15);
}

TEST(TopView, TheShellDoesNotFollowTheWish) {
  // The built-in model was trained on plans of two kinds of floor. Corner and Eye follow the wish.
  const auto picture = [](std::string_view wish, View view) {
    scene::SceneGraph graph = test_room();
    graph.user_preference = wish;
    RenderOptions options = top(64);
    options.view = view;
    return render_preview(RoomScene(std::make_shared<Device>(), std::move(graph)), options);
  };
  const Image plain = picture("", View::Top);
  for (const std::string_view wish :
       {"A Victorian library with dark green walls", "A loft with brick walls and a concrete floor",
        "A bedroom with a black carpet", "A gothic crypt of stone"}) {
    EXPECT_EQ(picture(wish, View::Top), plain) << wish;
    EXPECT_NE(picture(wish, View::Corner), picture("", View::Corner)) << wish;
  }
  EXPECT_EQ(picture("A kitchen", View::Top), picture("A kitchen with an oak floor and red walls", View::Top));
  EXPECT_NE(picture("A kitchen", View::Top), plain);
}

TEST(TopView, HangingLampsDoNotHideWhatStandsBelow) {
  auto graph = test_room();
  scene::SceneObject lamp = graph.objects[0];
  lamp.id = "chandelier_1";
  lamp.kind = "chandelier";
  lamp.size_m = {1.4, 1.4, 0.6};
  graph.objects.push_back(lamp);
  const auto device = std::make_shared<Device>();
  const RoomScene with(device, graph, scene::Layout{{{{3, 2.5, 0.4}, 0}, {{3, 2.5, 2.5}, 0}}});
  const RoomScene without(device, graph, scene::Layout{{{{3, 2.5, 0.4}, 0}}});
  EXPECT_NE(render_preview(with, top(64)), render_preview(without, top(64)));
  // Through the lamp one still sees whether the block is below it.
  const RoomScene moved(device, graph, scene::Layout{{{{1, 2.5, 0.4}, 0}, {{3, 2.5, 2.5}, 0}}});
  const Image a = render_preview(with, top(128));
  const Image b = render_preview(moved, top(128));
  int alike = 0;
  for (double x = 2.6; x < 3.41; x += 0.1)
    for (double y = 2.3; y < 2.71; y += 0.1) {
      const auto at = project(with, top(128), {x, y, 0.8});
      alike += distance(pixel_at(a, at), pixel_at(b, at)) < 6 ? 1 : 0;
    }
  EXPECT_LE(alike, 3);  // of 45; the bulbs outshine it
}

TEST(Project, AgreesWithWhatIsSeenInEveryView) {
  const RoomScene room = furnished();
  for (const View view : {View::Top, View::Corner, View::Eye}) {
    RenderOptions options = top(256);
    options.view = view;
    options.width_px = 320;
    const auto at = project(room, options, {3.0, 2.5, 0.8});  // the middle of the block's top
    EXPECT_TRUE(at.in_front);
    ASSERT_TRUE(at.x_px >= 0 && at.x_px < 320 && at.y_px >= 0 && at.y_px < 256) << static_cast<int>(view);
    const auto ids = render_object_ids(room, options);
    EXPECT_EQ(ids[static_cast<std::size_t>(at.y_px) * 320 + static_cast<std::size_t>(at.x_px)], 0)
        << static_cast<int>(view);
  }
}

TEST(CornerView, HoldsTheWholeRoom) {
  for (const scene::RoomSize size :
       {scene::RoomSize{3, 3, 2.5}, scene::RoomSize{12, 3, 2.5}, scene::RoomSize{4, 9, 5}}) {
    auto graph = test_room();
    graph.size = size;
    const RoomScene room(std::make_shared<Device>(), graph);
    for (const int width_px : {128, 300}) {
      RenderOptions options;
      options.width_px = width_px;
      options.height_px = 128;
      const CameraCorner corner = camera_corner(graph);
      for (const double x : {0.0, size.length_m})
        for (const double y : {0.0, size.width_m})
          for (const double z : {0.0, size.height_m}) {
            const bool cut = (x == 0) == corner.west && (y == 0) == corner.south;
            if (cut && z > 0) continue;  // where both cut walls meet nothing stands
            const auto at = project(room, options, {x, y, z});
            EXPECT_TRUE(at.in_front && at.x_px >= 0 && at.x_px <= width_px && at.y_px >= 0 && at.y_px <= 128)
                << x << ' ' << y << ' ' << z;
          }
    }
  }
}

TEST(CornerView, MirrorsShowTheRoom) {
  auto graph = test_room();
  graph.openings.clear();
  scene::SceneObject mirror = graph.objects[0];
  mirror.id = "mirror_1";
  mirror.kind = "mirror";
  mirror.size_m = {1.6, 0.1, 1.6};
  // Hung on the north wall, looking south; the camera hangs above the south-west corner.
  mirror.relations = {{scene::Preposition::On, scene::Element::NorthWall, true}};
  graph.objects.push_back(mirror);
  const scene::Pose hung{{2.5, 3.95, 1.0}, scene::kPi};
  ASSERT_TRUE(camera_corner(graph).south);
  const auto device = std::make_shared<Device>();
  RenderOptions options;
  options.width_px = 200;
  options.height_px = 200;
  // A block in the reflected direction, and the same block elsewhere.
  const RoomScene seen(device, graph, scene::Layout{{{{3.2, 2.6, 0.4}, 0}, hung}});
  const RoomScene unseen(device, graph, scene::Layout{{{{0.8, 0.5, 0.4}, 0}, hung}});
  const Image a = render_preview(seen, options);
  const Image b = render_preview(unseen, options);
  const auto ids_a = render_object_ids(seen, options);
  const auto ids_b = render_object_ids(unseen, options);
  int changed = 0;
  for (std::size_t i = 0; i < ids_a.size(); ++i)
    if (ids_a[i] == 1 && ids_b[i] == 1 && std::abs(a.pixels[3 * i] - b.pixels[3 * i]) > 20) ++changed;
  EXPECT_GT(changed, 50);
}

TEST(Overlays, AreBlendedOverThePicture) {
  const RoomScene room(std::make_shared<Device>(), test_room());
  RenderOptions options = top(100);
  options.overlays = {rectangle_overlay(2, 3, 1, 2, 0, {0, 1, 0}),
                      rectangle_overlay(3, 4, 1, 2, 0, {0, 0, 1}, 0.0),
                      Overlay{{{kNan, 0, 0}, {1, 0, 0}, {0, 1, 0}}, {1, 0, 0}, 1, true},
                      Overlay{{{0, 0, 0}}, {1, 0, 0}, 1, true}};
  const Image image = render_preview(room, options);
  const Image plain = render_preview(room, top(100));
  const auto inside = project(room, options, {2.5, 1.5, 0});
  EXPECT_LE(distance(pixel_at(image, inside), {0, 232, 0}), 25);
  const auto outside = project(room, options, {3.5, 1.5, 0});
  EXPECT_EQ(pixel_at(image, outside), pixel_at(plain, outside));
}

TEST(Preview, SameRoomSameBytesOnEveryThread) {
  const Image expected = render_preview(furnished(), top(96));
  const auto device = std::make_shared<Device>();
  std::array<Image, 2> images;
  {
    std::array<std::jthread, 2> threads;
    for (std::size_t t = 0; t < 2; ++t)
      threads[t] = std::jthread([&, t] {
        RoomScene room(device, test_room());
        for (int i = 0; i < 5; ++i) {
          room.clear_layout();
          (void)render_preview(room, top(64));
          room.set_layout(test_layout());
          images[t] = render_preview(room, top(96));
        }
      });
  }
  EXPECT_EQ(images[0], expected);
  EXPECT_EQ(images[1], expected);
}

TEST(Preview, CopiesOfARoomAreIndependent) {
  const RoomScene room(std::make_shared<Device>(), test_room());
  const Image empty = render_preview(room, top(64));
  RoomScene copy = room;
  copy.set_layout(test_layout());
  EXPECT_NE(render_preview(copy, top(64)), empty);
  EXPECT_EQ(render_preview(room, top(64)), empty);
  copy.clear_layout();
  EXPECT_EQ(render_preview(copy, top(64)), empty);
}

TEST(Preview, SurvivesHostileLayouts) {
  const auto device = std::make_shared<Device>();
  const RoomScene empty(device, test_room());
  for (const View view : {View::Top, View::Corner, View::Eye}) {
    RenderOptions options = top(48);
    options.view = view;
    const Image nothing = render_preview(empty, options);
    RoomScene room = empty;
    for (const scene::Pose& pose : {scene::Pose{{kNan, 1, 1}, 0}, scene::Pose{{1, kInfinity, 1}, 0},
                                    scene::Pose{{1, 1, 1}, kNan}, scene::Pose{{1e30, 0, 0}, 0}}) {
      room.set_layout({{pose}});
      EXPECT_EQ(render_preview(room, options), nothing);
    }
    room.set_layout({});
    EXPECT_EQ(render_preview(room, options), nothing);
    // Far outside, below the floor, through the camera: anything but a crash.
    for (const scene::Vec3& p : {scene::Vec3(900, -900, 0), scene::Vec3(2, 2, -3), scene::Vec3(2.5, 2, 8),
                                 scene::Vec3(0.3, 0.3, 1.6)}) {
      room.set_layout({{{p, 1e9}, {{1, 1, 1}, 0}}});  // and a pose too many
      EXPECT_EQ(render_preview(room, options).pixels.size(), 48U * 48U * 3U);
    }
  }
}

TEST(Preview, SurvivesHostileRooms) {
  for (const double side_m : {kNan, kInfinity, -3.0, 0.0, 1e300, 1e-300}) {
    auto graph = test_room();
    graph.size = {side_m, 4, side_m};
    graph.openings[0].width_m = 1e300;
    graph.openings[1].bottom_m = -kInfinity;
    graph.objects[0].size_m = {side_m, 1, 1e300};
    graph.openings.resize(5000, graph.openings[0]);
    const RoomScene room(std::make_shared<Device>(), graph, test_layout());
    for (const View view : {View::Top, View::Corner, View::Eye}) {
      RenderOptions options = top(24);
      options.view = view;
      options.overlays = plan_ruler_overlays(graph.size);
      EXPECT_EQ(render_preview(room, options).pixels.size(), 24U * 24U * 3U);
    }
  }
}

TEST(Preview, ClampsThePictureSize) {
  const RoomScene room(std::make_shared<Device>(), test_room());
  RenderOptions options = top(-5);
  options.samples_per_pixel = -1;
  const Image image = render_preview(room, options);
  EXPECT_EQ(image.width_px, 8);
  EXPECT_EQ(image.height_px, 8);
}

std::vector<std::vector<scene::Vec2>> polygonal_floors() {
  return {{{0, 0}, {5, 0}, {5, 2}, {2.8, 2}, {2.8, 4}, {0, 4}},  // L, its pocket in the north-east
          {{2.2, 0}, {5, 0}, {5, 4}, {0, 4}, {0, 2}, {2.2, 2}},  // in the south-west
          {{0, 0}, {2.8, 0}, {2.8, 2}, {5, 2}, {5, 4}, {0, 4}},  // in the south-east
          {{0, 0}, {5, 0}, {5, 4}, {3.5, 4}, {3.5, 2}, {1.6, 2}, {1.6, 4}, {0, 4}},  // U
          {{0, 0}, {3.6, 0}, {5, 1.1}, {5, 4}, {1.4, 4}, {0, 2.4}}};                 // two corners cut off
}

TEST(Polygon, ARectangleWrittenAsOneLooksTheSame) {
  auto graph = test_room();
  graph.floor_m = {{0, 0}, {5, 0}, {5, 4}, {2, 4}, {0, 4}};
  const RoomScene polygon(std::make_shared<Device>(), graph, test_layout());
  for (const View view : {View::Corner, View::Top}) {
    RenderOptions options = top(160);
    options.view = view;
    // But for how walls meet around the room's corners.
    const auto ids = render_object_ids(polygon, options);
    const auto expected = render_object_ids(furnished(), options);
    int moved = 0;
    for (std::size_t i = 0; i < ids.size(); ++i) moved += ids[i] != expected[i] ? 1 : 0;
    EXPECT_LT(moved, view == View::Top ? 1 : 160 * 160 / 100);
    const Image a = render_preview(polygon, options);
    const Image b = render_preview(furnished(), options);
    std::size_t different = 0;
    for (std::size_t i = 0; i < a.pixels.size(); ++i)
      different += std::abs(int{a.pixels[i]} - int{b.pixels[i]}) > 4 ? 1 : 0;
    EXPECT_LT(different, a.pixels.size() / 100) << static_cast<int>(view);
  }
}

TEST(Polygon, ThePlanShowsFloorAndWallsAndNothingElse) {
  for (const auto& floor : polygonal_floors()) {
    auto graph = test_room();
    graph.floor_m = floor;
    const RoomScene room(std::make_shared<Device>(), graph);
    const auto ids = render_object_ids(room, top(224));
    const auto shown = [&](double x, double y) {
      const auto at = project(room, top(224), {x, y, 0});
      return ids[static_cast<std::size_t>(at.y_px) * 224 + static_cast<std::size_t>(at.x_px)] == -2;
    };
    for (double x = 0.06; x < 5; x += 0.11)
      for (double y = 0.06; y < 4; y += 0.11) {
        bool by_wall = false;
        for (const double dx : {-0.2, 0.0, 0.2})
          for (const double dy : {-0.2, 0.0, 0.2})
            by_wall = by_wall || scene::encloses(floor, {x + dx, y + dy});
        const bool on_floor = scene::encloses(floor, {x, y});
        if (on_floor || !by_wall) {
          EXPECT_EQ(shown(x, y), on_floor) << x << ' ' << y;
        }
      }
  }
}

TEST(Polygon, OpeningsAreWhereTheySay) {
  // In the outline of a polygon the north wall runs from east to west.
  auto graph = test_room();
  graph.floor_m = {{0, 0}, {5, 0}, {5, 4}, {2, 4}, {2, 2}, {0, 2}};
  graph.openings = {{"door_1", scene::OpeningKind::Door, scene::Wall::North, 2.8, 0.9, 0, 2.0},
                    {"window_1", scene::OpeningKind::Window, scene::Wall::West, 1.2, 1.0, 0.9, 1.2}};
  const RoomScene room(std::make_shared<Device>(), graph);
  const Image image = render_preview(room, top(224));
  const auto color = [&](double x, double y) { return pixel_at(image, project(room, top(224), {x, y, 0})); };
  for (const double x : {2.4, 2.8, 3.2}) EXPECT_LE(distance(color(x, 4.06), bytes_of(kDoorColor)), 12) << x;
  for (const double x : {2.2, 3.5, 4.5}) EXPECT_GT(distance(color(x, 4.06), bytes_of(kDoorColor)), 60) << x;
  for (const double y : {0.8, 1.6}) EXPECT_LE(distance(color(-0.02, y), bytes_of(kWindowColor)), 40) << y;
  EXPECT_GT(distance(color(-0.02, 0.4), bytes_of(kWindowColor)), 60);
}

TEST(Polygon, TheCornerViewHidesNoFloor) {
  // A low block anywhere on the floor is seen, from each of the four corners.
  for (const auto& floor : polygonal_floors()) {
    for (const scene::Wall loaded : {scene::Wall::North, scene::Wall::South}) {
      for (const scene::Wall other : {scene::Wall::East, scene::Wall::West}) {
        auto graph = test_room();
        graph.floor_m = floor;
        graph.openings.clear();
        graph.objects[0].size_m = {0.2, 0.2, 0.2};
        // The camera hangs above the walls that carry least.
        graph.objects[0].on_floor = false;
        graph.objects[0].relations = {{scene::Preposition::On, scene::element_of(loaded)},
                                      {scene::Preposition::On, scene::element_of(other)}};
        RoomScene room(std::make_shared<Device>(), graph);
        RenderOptions options = top(200);
        options.view = View::Corner;
        int hidden = 0;
        int places = 0;
        for (double x = 0.25; x < 5; x += 0.45) {
          for (double y = 0.25; y < 4; y += 0.45) {
            bool inside = true;
            for (const double dx : {-0.2, 0.2})
              for (const double dy : {-0.2, 0.2}) inside = inside && scene::encloses(floor, {x + dx, y + dy});
            if (!inside) continue;
            room.set_layout({{{{x, y, 0.1}, 0}}});
            const auto ids = render_object_ids(room, options);
            ++places;
            if (std::ranges::find(ids, 0) == ids.end()) ++hidden;
          }
        }
        EXPECT_GT(places, 20);
        EXPECT_EQ(hidden, 0) << static_cast<int>(loaded) << ' ' << static_cast<int>(other);
      }
    }
  }
}

TEST(Polygon, TheEyeStandsOnTheFloorAndLooksAlongIt) {
  for (const auto& floor : polygonal_floors()) {
    auto graph = test_room();
    graph.floor_m = floor;
    graph.openings.clear();
    const RoomScene room(std::make_shared<Device>(), graph);
    RenderOptions options = top(96);
    options.view = View::Eye;
    const Camera camera = make_camera(room, options);
    const scene::Vec2 eye = camera.origin.head<2>().cast<double>();
    EXPECT_TRUE(scene::encloses(floor, eye));
    EXPECT_TRUE(scene::encloses(floor, eye + camera.forward.head<2>().cast<double>()));
    // The room is closed: no background is seen.
    const auto ids = render_object_ids(room, options);
    EXPECT_EQ(std::ranges::count(ids, -1), 0);
  }
}

TEST(Polygon, TheLShapedSampleIsDrawn) {
  const auto sample =
      scene::read_scene_file(std::string(METASPATIAL_SOURCE_DIR) + "/data/rooms/l_shaped.json");
  ASSERT_TRUE(sample) << to_string(sample.error());
  const RoomScene room(std::make_shared<Device>(), sample->graph, sample->layout);
  for (const View view : {View::Corner, View::Top}) {
    RenderOptions options = top(224);
    options.view = view;
    const auto ids = render_object_ids(room, options);
    for (int i = 0; i < static_cast<int>(sample->graph.objects.size()); ++i)
      EXPECT_NE(std::ranges::find(ids, i), ids.end())
          << sample->graph.objects[static_cast<std::size_t>(i)].id;
  }
}

TEST(Png, ReadsWhatItWrote) {
  Image image(7, 5);
  for (std::size_t i = 0; i < image.pixels.size(); ++i) image.pixels[i] = static_cast<std::uint8_t>(i * 37);
  const std::string bytes = png_bytes(image);
  const auto again = read_png(bytes);
  ASSERT_TRUE(again) << to_string(again.error());
  EXPECT_EQ(*again, image);
  EXPECT_EQ(png_bytes(*again), bytes);
  EXPECT_FALSE(read_png(bytes, 6));
}

TEST(Png, RefusesHostileBytes) {
  Image image(16, 16);
  const std::string good = png_bytes(image);
  EXPECT_FALSE(read_png(""));
  EXPECT_FALSE(read_png("not a picture"));
  EXPECT_FALSE(read_png(good.substr(0, 20)));
  std::string huge = good;
  huge[16] = '\x7f';  // the header's width
  EXPECT_FALSE(read_png(huge));
  Rng rng{4};
  for (int i = 0; i < 3000; ++i) {
    std::string bytes = good.substr(0, rng.below(good.size() + 1));
    for (int k = 0; k < 3 && !bytes.empty(); ++k)
      bytes[rng.below(bytes.size())] = static_cast<char>(rng.below(256));
    const auto read = read_png(bytes);
    if (read) {
      EXPECT_LE(read->width_px, 4096);
    }
  }
}

}  // namespace
}  // namespace metaspatial::render
