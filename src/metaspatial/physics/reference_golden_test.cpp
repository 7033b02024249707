#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <sstream>
#include <string>

#include "metaspatial/base/files.hpp"
#include "metaspatial/physics/reference_flat.hpp"
#include "metaspatial/physics/reference_rules.hpp"

// Vectors recorded by running the public Python reference: every number is matched to the bit, every error by
// class.
namespace metaspatial::physics::reference {
namespace {

const std::filesystem::path kGolden = METASPATIAL_GOLDEN_DIR;

// As the vectors write results: numbers that are not finite are texts.
PyValue recorded(const PyValue& value) {
  return *parse_py_json(dump_py_json(value));
}
std::string key(const PyValue& value) {
  return equality_key(recorded(value));
}

std::string class_of(const PyValue& part) {
  const PyValue* error = part.as<Dict>()->find("error");
  return error != nullptr ? *item(*error, "class").as<std::string>() : "none";
}
std::string class_of(const std::optional<PyError>& error) {
  return error ? std::string(name(error->kind)) : "none";
}

PyValue ids_at(const PyValue::List& entries, const std::vector<std::size_t>& indices) {
  PyValue::List ids;
  for (const std::size_t i : indices) ids.push_back(item(entries[i], "new_object_id"));
  return PyValue(std::move(ids));
}

class Golden : public testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(kGolden / "expected.jsonl")) GTEST_SKIP() << "no vectors at " << kGolden;
  }
};

TEST_F(Golden, EverySceneOfTheReference) {
  std::istringstream lines(*read_file(kGolden / "expected.jsonl"));
  int scenes = 0, flat_scenes = 0;
  for (std::string line; std::getline(lines, line);) {
    const PyValue row = *parse_py_json_bytes(line);
    const std::string file = *item(row, "file").as<std::string>();
    SCOPED_TRACE(file);
    const PyValue scene = *parse_py_json_bytes(*read_file(kGolden / "scenes" / file));
    const PyValue& room = item(row, "room_dimensions");
    const auto& entries = *scene.as<PyValue::List>();
    ++scenes;

    const Collisions collisions = check_collisions(scene);
    const PyValue& want_collisions = item(row, "collision");
    ASSERT_EQ(class_of(collisions.error), class_of(want_collisions));
    if (collisions.error) {
      const PyValue at(PyValue::List{PyValue(collisions.error_at[0]), PyValue(collisions.error_at[1])});
      EXPECT_EQ(key(at), key(item(want_collisions, "at_indices")));
    } else {
      PyValue::List pairs;
      for (const auto& pair : collisions.pairs)
        pairs.emplace_back(PyValue::List{PyValue(pair[0]), PyValue(pair[1])});
      EXPECT_EQ(key(PyValue(std::move(pairs))), key(item(want_collisions, "pair_indices")));
      EXPECT_EQ(key(PyValue(collisions.ratio)), key(item(want_collisions, "ratio")));
    }

    const Constraints constraints = check_constraints(scene, room);
    const PyValue& want_constraints = item(row, "constraint");
    ASSERT_EQ(class_of(constraints.error), class_of(want_constraints));
    EXPECT_EQ(key(ids_at(entries, constraints.violating)),
              key(item(want_constraints, constraints.error ? "violating_before_error" : "violating")));
    if (constraints.error) {
      EXPECT_EQ(key(PyValue(*constraints.error_at)), key(item(want_constraints, "at_index")));
    } else {
      EXPECT_EQ(key(PyValue(constraints.ratio)), key(item(want_constraints, "ratio")));
    }

    const auto regions = possible_positions(scene, room);
    const auto& want_regions = *item(row, "possible_positions").as<PyValue::List>();
    ASSERT_EQ(regions.size(), want_regions.size());
    for (std::size_t i = 0; i < regions.size(); ++i) {
      SCOPED_TRACE(fmt::format("object {}", i));
      ASSERT_EQ(class_of(regions[i].error), class_of(want_regions[i]));
      if (regions[i].error) continue;
      PyValue::List boxes;
      for (const Box& box : regions[i].boxes) boxes.emplace_back(PyValue::List(box.begin(), box.end()));
      EXPECT_EQ(key(PyValue(std::move(boxes))), key(item(want_regions[i], "boxes")));
      EXPECT_EQ(key(regions[i].rotation), key(item(want_regions[i], "rotation")));
    }

    if (const auto flat = FlatScene::from(scene, room)) {
      ++flat_scenes;
      EXPECT_EQ(flat->check().collision_ratio, collisions.ratio);
      EXPECT_EQ(flat->check().constraint_ratio, constraints.ratio);
    }
  }
  EXPECT_GT(scenes, 0);
  EXPECT_GT(flat_scenes, scenes / 2);
}

}  // namespace
}  // namespace metaspatial::physics::reference
