#include "metaspatial/physics/reference_flat.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <string>

#include "metaspatial/base/rng.hpp"
#include "metaspatial/physics/reference_rules.hpp"

namespace metaspatial::physics::reference {
namespace {

constexpr std::array<std::string_view, 6> kElementNames = {"south_wall", "north_wall",         "east_wall",
                                                           "west_wall",  "middle of the room", "ceiling"};

PyValue numbers(const std::array<std::string_view, 3>& keys, const std::array<PyValue, 3>& values) {
  return make_dict({{std::string(keys[0]), values[0]},
                    {std::string(keys[1]), values[1]},
                    {std::string(keys[2]), values[2]}});
}

// Whole numbers half of the time, on a coarse grid so that faces meet and edges coincide.
PyValue coordinate(Rng& rng, double extent) {
  if (rng.chance(0.2)) return PyValue(static_cast<int>(rng.below(static_cast<std::size_t>(extent) + 1)));
  const double value = rng.uniform(0, extent);
  return PyValue(rng.chance(0.5) ? std::round(value * 20) / 20 : value);
}

PyValue random_scene(Rng& rng, const std::array<int, 3>& room) {
  const std::size_t objects = 1 + rng.below(12);
  const std::array<std::string_view, 3> kSize = {"length", "width", "height"};
  const std::array<std::string_view, 3> kAxes = {"x", "y", "z"};
  const std::array<double, 4> angles = {0, 90, 180, 270};
  PyValue::List entries;
  const auto position = [&] {
    return numbers(kAxes, {coordinate(rng, room[0]), coordinate(rng, room[1]), coordinate(rng, room[2])});
  };
  for (std::size_t i = 0; i < objects; ++i) {
    const auto size = [&] {
      if (rng.chance(0.05)) return PyValue(0);
      return rng.chance(0.2) ? PyValue(static_cast<int>(1 + rng.below(2))) : coordinate(rng, 2);
    };
    PyValue::List groups[2];
    for (std::size_t k = rng.below(4); k > 0; --k) {
      constexpr std::array<scene::Preposition, 9> kAll = {
          scene::Preposition::On,     scene::Preposition::Under,    scene::Preposition::Above,
          scene::Preposition::LeftOf, scene::Preposition::RightOf,  scene::Preposition::InFront,
          scene::Preposition::Behind, scene::Preposition::InCorner, scene::Preposition::InMiddle};
      const bool to_layout = rng.chance(0.5);
      const std::string target =
          to_layout ? std::string(rng.pick(kElementNames)) : fmt::format("object_{}", rng.below(objects));
      std::vector<std::pair<std::string, PyValue>> fields = {
          {to_layout ? "layout_element_id" : "object_id", PyValue(target)},
          {"preposition", PyValue(scene::name(rng.pick(kAll)))}};
      if (rng.chance(0.7)) fields.emplace_back("is_adjacent", PyValue(rng.chance(0.5)));
      groups[to_layout ? 0 : 1].push_back(make_dict(std::move(fields)));
    }
    // Mostly quarter turns; now and then an angle at the edge of what counts as one.
    PyValue angle(rng.chance(0.5) ? PyValue(rng.pick(angles)) : PyValue(static_cast<int>(90 * rng.below(4))));
    if (rng.chance(0.03)) angle = PyValue(90.0005);
    entries.push_back(
        make_dict({{"new_object_id", PyValue(fmt::format("object_{}", i))},
                   {"size_in_meters", numbers(kSize, {size(), size(), size()})},
                   {"is_on_the_floor", PyValue(rng.chance(0.6))},
                   {"placement", make_dict({{"room_layout_elements", PyValue(std::move(groups[0]))},
                                            {"objects_in_room", PyValue(std::move(groups[1]))}})},
                   {"rotation", make_dict({{"z_angle", std::move(angle)}})},
                   {"position", position()}}));
  }
  for (std::size_t e = 0; e < 6; ++e) {
    const bool side = e < 4;
    const int length = side && e >= 2 ? room[1] : room[0];
    const int angle[] = {0, 180, 270, 90, 0, 0};
    const double walls = rng.chance(0.1) ? 0.2 : 0.0;  // thick walls meet in the corners
    entries.push_back(make_dict(
        {{"new_object_id", PyValue(kElementNames[e])},
         {"size_in_meters", numbers(kSize, {PyValue(length), side ? PyValue(walls) : PyValue(room[1]),
                                            side ? PyValue(room[2]) : PyValue(0)})},
         {"rotation", make_dict({{"z_angle", PyValue(angle[e])}})},
         {"position", numbers(kAxes, {PyValue(e == 2   ? room[0]
                                              : e == 3 ? 0.0
                                                       : room[0] / 2.0),
                                      PyValue(e == 0   ? 0.0
                                              : e == 1 ? room[1]
                                                       : room[1] / 2.0),
                                      PyValue(side     ? room[2] / 2.0
                                              : e == 4 ? 0.0
                                                       : room[2])})}}));
  }
  return PyValue(std::move(entries));
}

// Puts some objects into the middle or onto an edge of one of their own regions, so that both answers occur.
void settle(Rng& rng, PyValue& scene, const PyValue& room) {
  const auto regions = possible_positions(scene, room);
  auto& entries = *scene.as<PyValue::List>();
  for (std::size_t i = 0; i < regions.size(); ++i) {
    if (regions[i].boxes.empty() || rng.chance(0.3)) continue;
    const Box& box = rng.pick(regions[i].boxes);
    const std::size_t corner = rng.below(2);
    entries[i].as<Dict>()->set("position",
                               numbers({"x", "y", "z"}, {box[corner], box[2 + corner], box[4 + corner]}));
  }
}

TEST(FlatScene, EqualsTheSlowPathOnRandomScenes) {
  constexpr std::uint64_t kSeed = 20240607;
  SCOPED_TRACE(fmt::format("seed {}", kSeed));
  Rng rng(kSeed);
  int compared = 0, colliding = 0, violating = 0, satisfied = 0;
  for (int round = 0; round < 1500; ++round) {
    const std::array<int, 3> size = {static_cast<int>(3 + rng.below(5)), static_cast<int>(3 + rng.below(4)),
                                     static_cast<int>(2 + rng.below(2))};
    const PyValue room(PyValue::List{PyValue(size[0]), PyValue(size[1]), PyValue(size[2])});
    PyValue scene = random_scene(rng, size);
    settle(rng, scene, room);
    const auto flat = FlatScene::from(scene, room);
    const Constraints constraints = check_constraints(scene, room);
    const Collisions collisions = check_collisions(scene);
    ASSERT_FALSE(collisions.error);
    if (!flat) {
      // Only what the reference raises on is refused here.
      EXPECT_TRUE(dump_py_json(scene).find("90.0005") != std::string::npos) << dump_py_json(scene);
      continue;
    }
    ASSERT_FALSE(constraints.error) << constraints.error->message;
    const FlatVerdict verdict = flat->check();
    ASSERT_EQ(verdict.collision_ratio, collisions.ratio) << dump_py_json(scene);
    ASSERT_EQ(verdict.constraint_ratio, constraints.ratio) << dump_py_json(scene);
    ASSERT_EQ(verdict.colliding_pairs, collisions.count);
    ASSERT_EQ(verdict.violating, constraints.violating.size());
    ++compared;
    colliding += static_cast<int>(verdict.colliding_pairs);
    violating += static_cast<int>(verdict.violating);
    satisfied += static_cast<int>(flat->objects() - verdict.violating);
  }
  // The comparison means something only if every answer occurs often.
  EXPECT_GT(compared, 1000);
  EXPECT_GT(colliding, 1000);
  EXPECT_GT(violating, 1000);
  EXPECT_GT(satisfied, 1000);
}

TEST(FlatScene, MovedObjectsEqualASceneMadeThere) {
  Rng rng(5);
  const std::array<int, 3> size = {6, 5, 3};
  const PyValue room(PyValue::List{PyValue(6), PyValue(5), PyValue(3)});
  for (int round = 0; round < 200; ++round) {
    PyValue scene = random_scene(rng, size);
    const auto flat = FlatScene::from(scene, room);
    if (!flat) continue;
    std::vector<std::array<double, 3>> moved_m;
    for (std::size_t i = 0; i < flat->objects(); ++i) {
      moved_m.push_back({rng.uniform(0, 6), rng.uniform(0, 5), rng.uniform(0, 3)});
      (*scene.as<PyValue::List>())[i].as<Dict>()->set(
          "position",
          numbers({"x", "y", "z"}, {PyValue(moved_m[i][0]), PyValue(moved_m[i][1]), PyValue(moved_m[i][2])}));
    }
    EXPECT_EQ(flat->check(moved_m), FlatScene::from(scene, room)->check());
  }
}

TEST(FlatScene, RefusesWhatIsNotWellFormed) {
  Rng rng(3);
  const PyValue room(PyValue::List{PyValue(6), PyValue(5), PyValue(3)});
  const PyValue good = random_scene(rng, {6, 5, 3});
  ASSERT_TRUE(FlatScene::from(good, room));
  const auto with = [&](std::string_view key, PyValue value) {
    PyValue scene = good;
    (*scene.as<PyValue::List>())[0].as<Dict>()->set(key, std::move(value));
    return FlatScene::from(scene, room).has_value();
  };
  EXPECT_FALSE(with("position", PyValue()));
  EXPECT_FALSE(with("position", numbers({"x", "y", "z"}, {PyValue(1), PyValue("1"), PyValue(1)})));
  EXPECT_FALSE(with("position", numbers({"x", "y", "z"}, {PyValue(1), PyValue(true), PyValue(1)})));
  EXPECT_FALSE(with("position", numbers({"x", "y", "z"}, {PyValue(1), PyValue(1e300), PyValue(1)})));
  EXPECT_FALSE(with("new_object_id", PyValue("ceiling")));
  EXPECT_FALSE(with("is_on_the_floor", PyValue(1)));
  EXPECT_FALSE(with("placement", PyValue(PyValue::List{})));
  EXPECT_FALSE(FlatScene::from(PyValue(), room));
  EXPECT_FALSE(FlatScene::from(good, PyValue("653")));
}

TEST(FlatScene, AGraphOfOursGivesTheReferencesRatios) {
  scene::SceneGraph graph;
  graph.size = {6, 4, 3};
  scene::SceneObject bed;
  bed.id = "bed_1";
  bed.size_m = {1.6, 2.0, 0.5};
  bed.relations = {{scene::Preposition::On, scene::Element::NorthWall, true}};
  scene::SceneObject stand;
  stand.id = "nightstand_1";
  stand.size_m = {0.5, 0.4, 0.5};
  stand.relations = {{scene::Preposition::LeftOf, scene::ObjectRef{0}, true}};
  graph.objects = {bed, stand};
  scene::Layout layout;
  // The bed's back to the north wall; it faces south, so its left is east.
  layout.poses = {{{3.0, 3.0, 0.25}, scene::kPi}, {{4.05, 3.0, 0.25}, scene::kPi}};
  const Result<FlatVerdict> good = reference_verdict(graph, layout);
  ASSERT_TRUE(good);
  EXPECT_EQ(good->colliding_pairs, 0U);
  EXPECT_EQ(good->violating, 0U);
  layout.poses[1].position_m.x() = 3.9;
  const Result<FlatVerdict> bad = reference_verdict(graph, layout);
  ASSERT_TRUE(bad);
  EXPECT_EQ(bad->collision_ratio, 1.0 / 28.0);
  EXPECT_EQ(bad->constraint_ratio, 0.5);
  layout.poses[0].yaw_rad = 0.3;
  EXPECT_FALSE(reference_verdict(graph, layout));
}

}  // namespace
}  // namespace metaspatial::physics::reference
