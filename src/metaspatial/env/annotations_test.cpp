#include "metaspatial/env/annotations.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <memory>
#include <utility>

#include "metaspatial/env/test_room.hpp"

namespace metaspatial::env {
namespace {

using scene::Vec3;

render::RenderOptions view(render::View which) {
  render::RenderOptions options;
  options.view = which;
  options.width_px = options.height_px = 320;
  return options;
}

struct Pictures {
  Image plain, drawn;
};
Pictures pictures(const scene::SceneGraph& graph, const scene::Layout& layout,
                  const render::RenderOptions& options, const Annotations& what) {
  const render::RoomScene room(std::make_shared<render::Device>(), graph, layout);
  Pictures both;
  both.plain = render::render_preview(room, options);
  both.drawn = both.plain;
  annotate(both.drawn, room, options, what);
  return both;
}

/// Where a place of the room is: its pixel.
std::pair<int, int> pixel(const scene::SceneGraph& graph, const scene::Layout& layout,
                          const render::RenderOptions& options, const Vec3& p) {
  const render::RoomScene room(std::make_shared<render::Device>(), graph, layout);
  const auto at = render::project(room, options, p);
  return {static_cast<int>(at.x_px), static_cast<int>(at.y_px)};
}

/// How much more of a channel than of the others there is around a pixel, at most.
int most(const Image& image, std::pair<int, int> at, int channel) {
  int best = -255;
  for (int dy = -2; dy <= 2; ++dy)
    for (int dx = -2; dx <= 2; ++dx) {
      const auto* c = image.at(at.first + dx, at.second + dy);
      best = std::max(best, c[channel] - std::max(c[(channel + 1) % 3], c[(channel + 2) % 3]));
    }
  return best;
}

TEST(Annotations, NothingIsDrawnUnlessAsked) {
  const TestRoom room = test_room();
  const auto both = pictures(room.graph, room.good, view(render::View::Corner), {});
  EXPECT_EQ(both.plain, both.drawn);
}

TEST(Annotations, AFaultlessRoomHasNoFaultsDrawn) {
  const TestRoom room = test_room();
  Annotations what;
  what.faults = true;
  ASSERT_TRUE(physics::check(room.graph, room.good).faults.empty());
  for (const auto which : {render::View::Corner, render::View::Top, render::View::Eye}) {
    const auto both = pictures(room.graph, room.good, view(which), what);
    EXPECT_EQ(both.plain, both.drawn);
  }
}

TEST(Annotations, OverlapsAreRedWhereTheyAre) {
  // The nightstand, 0.4 m wide, moved 0.45 m into the bed: x 2.9 to 3.3 is theirs alone.
  TestRoom room = test_room();
  room.good.poses[1].position_m = {3.1, 3.8, 0.3};
  Annotations what;
  what.faults = true;
  const auto options = view(render::View::Top);
  const auto both = pictures(room.graph, room.good, options, what);
  const auto at = pixel(room.graph, room.good, options, {3.2, 3.7, 0.6});
  EXPECT_GT(most(both.drawn, at, 0), most(both.plain, at, 0) + 60);
  const auto away = pixel(room.graph, room.good, options, {1.0, 0.6, 0});
  EXPECT_EQ(most(both.drawn, away, 0), most(both.plain, away, 0));
}

TEST(Annotations, RelationsAreGreenOrRed) {
  TestRoom room = test_room();
  Annotations what;
  what.relations = true;
  const auto options = view(render::View::Top);
  {
    // The rug is in the middle, the bed on the north wall: from its centre to the wall.
    const auto both = pictures(room.graph, room.good, options, what);
    EXPECT_GT(most(both.drawn, pixel(room.graph, room.good, options, {2.5, 3.25, 0.3}), 1), 30);
  }
  room.good.poses[0].position_m.y() = 2.0;
  const auto both = pictures(room.graph, room.good, options, what);
  EXPECT_GT(most(both.drawn, pixel(room.graph, room.good, options, {2.5, 2.4, 0.3}), 0), 60);
  EXPECT_LT(most(both.drawn, pixel(room.graph, room.good, options, {2.5, 2.4, 0.3}), 1), 30);
}

TEST(Annotations, TheGridLiesOnWholeMetres) {
  const TestRoom room = test_room();
  Annotations what;
  what.grid = true;
  const auto options = view(render::View::Top);
  const render::RoomScene empty(std::make_shared<render::Device>(), room.graph);
  const Image plain = render::render_preview(empty, options);
  Image drawn = plain;
  annotate(drawn, empty, options, what);
  const auto change = [&](double x, double y) {
    const auto [px, py] = pixel(room.graph, room.good, options, {x, y, 0});
    int sum = 0;
    for (int d = -1; d <= 1; ++d) sum += drawn.at(px + d, py)[1] - plain.at(px + d, py)[1];
    return sum;
  };
  for (const double x : {1.0, 2.0, 3.0, 4.0}) EXPECT_GT(change(x, 1.5), 20) << x;
  for (const double x : {0.5, 1.5, 2.5, 3.5, 4.5}) EXPECT_EQ(change(x, 1.5), 0) << x;
}

TEST(Annotations, SameRoomSamePixels) {
  TestRoom room = test_room();
  room.good.poses[1].position_m = {3.1, 3.8, 0.9};
  const Annotations all{true, true, true, true};
  for (const auto which : {render::View::Corner, render::View::Top, render::View::Eye}) {
    const auto a = pictures(room.graph, room.good, view(which), all);
    const auto b = pictures(room.graph, room.good, view(which), all);
    EXPECT_EQ(a.drawn, b.drawn);
    EXPECT_NE(a.drawn, a.plain);
  }
}

TEST(Annotations, LayoutsThatAreNoLayoutsAreSurvived) {
  TestRoom room = test_room();
  const Annotations all{true, true, true, true};
  const auto options = view(render::View::Corner);
  room.good.poses[1].position_m.x() = std::nan("");
  pictures(room.graph, room.good, options, all);
  room.good.poses[1].position_m.x() = 1e300;
  pictures(room.graph, room.good, options, all);
  room.good.poses.pop_back();
  pictures(room.graph, room.good, options, all);
  // A relation to an object that does not exist, and one to itself.
  room = test_room();
  room.graph.objects[1].relations = {{scene::Preposition::LeftOf, scene::ObjectRef{99}, true},
                                     {scene::Preposition::LeftOf, scene::ObjectRef{1}, true}};
  pictures(room.graph, room.good, options, all);
}

}  // namespace
}  // namespace metaspatial::env
