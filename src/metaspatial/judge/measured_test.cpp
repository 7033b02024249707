#include "metaspatial/judge/measured.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "metaspatial/base/rng.hpp"

namespace metaspatial::judge {
namespace {

using scene::Layout;
using scene::SceneGraph;
using scene::Vec3;

enum : std::size_t { kRealism, kFunctionality, kLayout, kColor, kAtmosphere };

struct Bedroom {
  SceneGraph graph;
  Layout good;
};

/// A 5 x 4 x 3 m bedroom as a person would furnish it; door in the south wall, window in the east wall.
Bedroom bedroom() {
  Bedroom room;
  room.graph.room_name = "bedroom";
  room.graph.user_preference = "A quiet bedroom with a place to read.";
  room.graph.size = {5, 4, 3};
  const auto add = [&](const char* id, const char* material, const Vec3& size_m, double yaw_deg,
                       const Vec3& p_m, bool on_floor = true) {
    scene::SceneObject object;
    object.id = id;
    object.kind = scene::kind_from_id(id);
    object.style = "scandinavian";
    object.material = material;
    object.size_m = size_m;
    object.on_floor = on_floor;
    room.graph.objects.push_back(object);
    room.good.poses.push_back({p_m, scene::rad_from_deg(yaw_deg)});
  };
  add("bed_1", "oak", {1.6, 2.0, 0.6}, 180, {2.4, 3.0, 0.3});
  add("nightstand_1", "oak", {0.4, 0.4, 0.6}, 180, {3.4, 3.8, 0.3});
  add("nightstand_2", "oak", {0.4, 0.4, 0.6}, 180, {1.4, 3.8, 0.3});
  add("table_lamp_1", "linen", {0.3, 0.3, 0.4}, 180, {3.4, 3.8, 0.8}, false);
  add("wardrobe_1", "oak", {1.2, 0.6, 2.0}, 90, {0.3, 1.4, 1.0});
  add("desk_1", "oak", {1.2, 0.6, 0.8}, 0, {2.2, 0.3, 0.4});
  add("dining_chair_1", "linen", {0.4, 0.4, 0.8}, 180, {2.2, 0.85, 0.4});
  add("potted_plant_1", "ceramic", {0.4, 0.4, 0.9}, 0, {4.75, 3.75, 0.45});
  add("rug_1", "wool", {1.6, 1.0, 0.02}, 0, {2.4, 1.5, 0.01});
  add("painting_1", "canvas", {0.8, 0.1, 0.6}, 180, {2.4, 3.95, 1.6}, false);
  room.graph.objects[3].relations = {{scene::Preposition::On, scene::ObjectRef{1}, true}};
  room.graph.openings = {{"door_1", scene::OpeningKind::Door, scene::Wall::South, 4.2, 0.9, 0, 2},
                         {"window_1", scene::OpeningKind::Window, scene::Wall::East, 1.8, 1.2, 1, 1.2}};
  return room;
}

Grades grade(const SceneGraph& graph, const Layout& layout, const Image* picture = nullptr) {
  return measured_grades(graph, layout, physics::check(graph, layout), picture);
}

Layout random_layout(const Bedroom& room, Rng& rng) {
  Layout layout = room.good;
  for (scene::Pose& pose : layout.poses) {
    pose.position_m.x() = rng.uniform() * 5;
    pose.position_m.y() = rng.uniform() * 4;
    pose.yaw_rad = rng.uniform() * 2 * scene::kPi;
  }
  return layout;
}

void expect_in_range(const Grades& grades) {
  for (const double value : grades.values) {
    EXPECT_GE(value, 1);
    EXPECT_LE(value, 10);
  }
}

TEST(MeasuredJudge, LikesAHandMadeBedroom) {
  const Bedroom room = bedroom();
  const Grades grades = grade(room.graph, room.good);
  expect_in_range(grades);
  EXPECT_NEAR(grades.values[kRealism], 10, 0.1);
  for (const double value : grades.values) EXPECT_GT(value, 6.5);
}

TEST(MeasuredJudge, PrefersItToTheSameFurnitureStacked) {
  const Bedroom room = bedroom();
  const Grades good = grade(room.graph, room.good);
  Layout stacked = room.good;
  for (scene::Pose& pose : stacked.poses) {
    pose.position_m.x() = 2.5;
    pose.position_m.y() = 2;
  }
  const Grades bad = grade(room.graph, stacked);
  for (std::size_t k = 0; k < 5; ++k) EXPECT_GT(good.values[k], bad.values[k] + 1) << kGradeNames[k];
}

TEST(MeasuredJudge, PrefersItToTheSameFurnitureOutside) {
  const Bedroom room = bedroom();
  const Grades good = grade(room.graph, room.good);
  Layout outside = room.good;
  for (scene::Pose& pose : outside.poses) pose.position_m.x() += 6;
  const Grades bad = grade(room.graph, outside);
  for (std::size_t k = 0; k < 5; ++k) EXPECT_GT(good.values[k], bad.values[k] + 3) << kGradeNames[k];
}

TEST(MeasuredJudge, PrefersItToRandomLayouts) {
  const Bedroom room = bedroom();
  const Grades good = grade(room.graph, room.good);
  Rng rng(1);
  for (int k = 0; k < 200; ++k) {
    const Grades bad = grade(room.graph, random_layout(room, rng));
    expect_in_range(bad);
    EXPECT_GT(good.mean01(), bad.mean01() + 0.1);
    EXPECT_GT(good.values[kRealism], bad.values[kRealism]);
    EXPECT_GT(good.values[kLayout], bad.values[kLayout]);
  }
}

TEST(MeasuredJudge, EachGradeAnswersToItsOwnFlaw) {
  const Bedroom room = bedroom();
  const Grades good = grade(room.graph, room.good);
  const auto with = [&](std::size_t i, const Vec3& p_m, double yaw_deg) {
    Layout layout = room.good;
    layout.poses[i] = {p_m, scene::rad_from_deg(yaw_deg)};
    return grade(room.graph, layout);
  };
  // A plant 0.2 m into the north wall.
  EXPECT_LT(with(7, {4.75, 4.0, 0.45}, 0).values[kRealism], good.values[kRealism] - 1);
  // The plant in the door's swing.
  EXPECT_LT(with(7, {4.2, 0.4, 0.45}, 0).values[kFunctionality], good.values[kFunctionality] - 0.5);
  // The chair turns its back to the desk.
  EXPECT_LT(with(6, {2.2, 0.85, 0.4}, 0).values[kFunctionality], good.values[kFunctionality] - 0.3);
  // The wardrobe's doors to the wall: nothing else moves.
  EXPECT_LT(with(4, {0.3, 1.4, 1.0}, 270).values[kLayout], good.values[kLayout] - 0.3);
  EXPECT_LT(with(4, {0.3, 1.4, 1.0}, 270).values[kFunctionality], good.values[kFunctionality] - 0.3);
  // Askew.
  EXPECT_LT(with(4, {0.7, 1.4, 1.0}, 65).values[kLayout], good.values[kLayout] - 0.3);
  // A painting at the floor.
  EXPECT_LT(with(9, {0.4, 3.95, 0.35}, 180).values[kAtmosphere], good.values[kAtmosphere] - 0.2);
}

TEST(MeasuredJudge, CoherentColorsGradeHigher) {
  const Bedroom room = bedroom();
  SceneGraph motley = room.graph;
  const std::array<const char*, 5> styles = {"gothic", "futuristic", "coastal", "rustic", "retro"};
  const std::array<const char*, 5> materials = {"red plastic", "green felt", "blue lacquer", "yellow foam",
                                                "purple velvet"};
  for (std::size_t i = 0; i < motley.objects.size(); ++i) {
    motley.objects[i].style = styles[i % 5];
    motley.objects[i].material = materials[i % 5];
  }
  const Grades good = grade(room.graph, room.good);
  const Grades bad = grade(motley, room.good);
  EXPECT_GT(good.values[kColor], bad.values[kColor] + 2);
  for (const std::size_t k : {kRealism, kFunctionality, kLayout, kAtmosphere})
    EXPECT_EQ(good.values[k], bad.values[k]);
}

TEST(MeasuredJudge, ReadsThePicture) {
  const Bedroom room = bedroom();
  Image calm(64, 48);
  Image garish(64, 48);
  for (int y = 0; y < 48; ++y)
    for (int x = 0; x < 64; ++x) {
      const bool first = (x / 8 + y / 8) % 2 == 0;
      const std::array<std::uint8_t, 3> wood = {0xc0, 0x95, 0x5f};
      const std::array<std::uint8_t, 3> wall = {0xee, 0xe4, 0xcf};
      std::copy_n((first ? wood : wall).begin(), 3, calm.at(x, y));
      const std::array<std::array<std::uint8_t, 3>, 3> loud = {{{255, 0, 0}, {0, 200, 0}, {0, 0, 255}}};
      std::copy_n(loud[static_cast<std::size_t>(x / 8 + y / 8) % 3].begin(), 3, garish.at(x, y));
    }
  EXPECT_GT(grade(room.graph, room.good, &calm).values[kColor],
            grade(room.graph, room.good, &garish).values[kColor] + 1);
  const Image empty;
  EXPECT_EQ(grade(room.graph, room.good, &empty).values, grade(room.graph, room.good).values);
}

TEST(MeasuredJudge, DoesNotCareAboutTheOrderOfObjects) {
  const Bedroom room = bedroom();
  Rng rng(2);
  for (int round = 0; round < 20; ++round) {
    const Layout layout = round == 0 ? room.good : random_layout(room, rng);
    std::vector<std::size_t> order(room.graph.objects.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    for (std::size_t i = order.size(); i > 1; --i)
      std::swap(order[i - 1], order[static_cast<std::size_t>(rng.uniform() * static_cast<double>(i))]);
    std::vector<int> new_index(order.size());
    for (std::size_t k = 0; k < order.size(); ++k) new_index[order[k]] = static_cast<int>(k);
    SceneGraph graph = room.graph;
    Layout shuffled = layout;
    for (std::size_t k = 0; k < order.size(); ++k) {
      graph.objects[k] = room.graph.objects[order[k]];
      shuffled.poses[k] = layout.poses[order[k]];
      for (scene::Relation& relation : graph.objects[k].relations)
        if (auto* object = std::get_if<scene::ObjectRef>(&relation.target))
          object->index = new_index[static_cast<std::size_t>(object->index)];
    }
    const Grades a = grade(room.graph, layout);
    const Grades b = grade(graph, shuffled);
    for (std::size_t k = 0; k < 5; ++k) EXPECT_NEAR(a.values[k], b.values[k], 1e-9) << kGradeNames[k];
  }
}

// Small moves change grades little: no object moves by more than 4 mm and 0.2 degrees per step. The report's
// tolerances (a fault of 1 cm appears at once) allow steps, but only small ones.
TEST(MeasuredJudge, IsContinuous) {
  const Bedroom room = bedroom();
  Rng rng(3);
  double largest = 0;
  for (int walk = 0; walk < 5; ++walk) {
    Layout from = walk == 0 ? room.good : random_layout(room, rng);
    const Layout to = random_layout(room, rng);
    constexpr int kSteps = 2000;
    Layout step = from;
    Grades before = grade(room.graph, from);
    for (int k = 1; k <= kSteps; ++k) {
      const double t = static_cast<double>(k) / kSteps;
      for (std::size_t i = 0; i < from.poses.size(); ++i) {
        step.poses[i].position_m = (1 - t) * from.poses[i].position_m + t * to.poses[i].position_m;
        step.poses[i].yaw_rad = (1 - t) * from.poses[i].yaw_rad + t * to.poses[i].yaw_rad;
      }
      const Grades after = grade(room.graph, step);
      for (std::size_t g = 0; g < 5; ++g)
        largest = std::max(largest, std::abs(after.values[g] - before.values[g]));
      before = after;
    }
  }
  RecordProperty("largest_step", std::to_string(largest));
  EXPECT_LT(largest, 0.1);
}

TEST(MeasuredJudge, IsFiniteForEveryFiniteLayout) {
  const Bedroom room = bedroom();
  for (const double x : {-1e6, -1e-300, 0.0, 1e-9, 1e6}) {
    Layout layout = room.good;
    for (scene::Pose& pose : layout.poses) pose = {Vec3::Constant(x), x};
    expect_in_range(grade(room.graph, layout));
  }
  SceneGraph flat = room.graph;
  for (scene::SceneObject& object : flat.objects) object.size_m = Vec3::Zero();
  expect_in_range(grade(flat, room.good));
}

TEST(MeasuredJudge, ARectangleWrittenAsAPolygonHasTheSameGrades) {
  const Bedroom room = bedroom();
  SceneGraph polygon = room.graph;
  polygon.floor_m = {{0, 0}, {5, 0}, {5, 4}, {0, 4}};
  const Grades a = grade(room.graph, room.good);
  const Grades b = grade(polygon, room.good);
  for (std::size_t k = 0; k < a.values.size(); ++k) EXPECT_NEAR(a.values[k], b.values[k], 1e-9);
}

TEST(MeasuredJudge, CountsOnlyTheFloorOfAPolygon) {
  Bedroom room = bedroom();
  // The north-east of the room is no longer floor: the plant and the painting's neighbourhood are lost.
  room.graph.floor_m = {{0, 0}, {5, 0}, {5, 3.4}, {4, 3.4}, {4, 4}, {0, 4}};
  const Grades outside = grade(room.graph, room.good);
  Layout moved = room.good;
  moved.poses[7].position_m = {4.75, 3.15, 0.45};  // the plant, in the corner that is left
  const Grades inside = grade(room.graph, moved);
  EXPECT_GT(inside.values[kRealism], outside.values[kRealism] + 0.2);
  EXPECT_GT(inside.mean01(), outside.mean01() + 0.02);

  // Half of the rectangle is floor, all of it under one block: none of it can be walked on.
  SceneGraph half;
  half.size = {4, 4, 3};
  half.floor_m = {{0, 0}, {4, 0}, {4, 1}, {1, 1}, {1, 4}, {0, 4}};
  scene::SceneObject block;
  block.id = block.kind = "sideboard";
  block.size_m = {4, 1, 0.8};
  half.objects = {block, block};
  half.objects[1].size_m = {3, 1, 0.8};
  const Layout full{{{{2, 0.5, 0.4}, 0}, {{0.5, 2.5, 0.4}, scene::kPi / 2}}};
  const Grades crowded = grade(half, full);
  Layout pocket = full;
  pocket.poses[1].position_m = {2.5, 2.5, 0.4};  // beside the floor: seven points of it are free again
  const Grades beside = grade(half, pocket);
  EXPECT_GT(crowded.values[kRealism], 9.9);
  EXPECT_LT(beside.values[kRealism], 7);
}

TEST(MeasuredJudge, KnowsSlantedWalls) {
  SceneGraph graph;
  graph.size = {6, 5, 3};
  graph.floor_m = {{0, 0}, {6, 0}, {6, 5}, {2, 5}, {0, 3}};
  scene::SceneObject sofa;
  sofa.id = "sofa_1";
  sofa.kind = "sofa";
  sofa.size_m = {1.6, 0.8, 0.8};
  graph.objects = {sofa};
  // The slanted wall runs from (2, 5) to (0, 3); what stands on it with its back looks south-east.
  const scene::Vec2 at = scene::Vec2(1, 4) + 0.4 * scene::Vec2(std::sqrt(0.5), -std::sqrt(0.5));
  const Layout flush{{{{at.x(), at.y(), 0.4}, scene::rad_from_deg(135)}}};
  const Layout across{{{{at.x(), at.y(), 0.4}, scene::rad_from_deg(45)}}};
  const Layout free{{{{at.x() + 0.6, at.y() - 0.6, 0.4}, scene::rad_from_deg(135)}}};
  EXPECT_GT(grade(graph, flush).values[kLayout], grade(graph, across).values[kLayout] + 1);
  EXPECT_GT(grade(graph, flush).values[kLayout], grade(graph, free).values[kLayout] + 1);
}

TEST(MeasuredJudge, GivesNothingForAnEmptyRoom) {
  SceneGraph graph;
  graph.size = {4, 4, 3};
  const Grades grades = grade(graph, {});
  for (const double value : grades.values) EXPECT_EQ(value, 1);
  EXPECT_EQ(grades.mean01(), 0);
}

}  // namespace
}  // namespace metaspatial::judge
