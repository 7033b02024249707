#include "metaspatial/physics/reference_rules.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

namespace metaspatial::physics::reference {
namespace {

PyValue parsed(const std::string& text) {
  PyResult<PyValue> value = parse_py_json(text);
  EXPECT_TRUE(value) << text;
  return value ? *value : PyValue();
}

// A 6 x 4 x 3 room.
const std::string kLayout = R"(
 {"new_object_id": "south_wall", "position": {"x": 3, "y": 0, "z": 1.5},
  "size_in_meters": {"length": 6, "width": 0, "height": 3}, "rotation": {"z_angle": 0}},
 {"new_object_id": "north_wall", "position": {"x": 3, "y": 4, "z": 1.5},
  "size_in_meters": {"length": 6, "width": 0, "height": 3}, "rotation": {"z_angle": 180}},
 {"new_object_id": "east_wall", "position": {"x": 6, "y": 2, "z": 1.5},
  "size_in_meters": {"length": 4, "width": 0, "height": 3}, "rotation": {"z_angle": 270}},
 {"new_object_id": "west_wall", "position": {"x": 0, "y": 2, "z": 1.5},
  "size_in_meters": {"length": 4, "width": 0, "height": 3}, "rotation": {"z_angle": 90}},
 {"new_object_id": "middle of the room", "position": {"x": 3, "y": 2, "z": 0},
  "size_in_meters": {"length": 6, "width": 4, "height": 0}, "rotation": {"z_angle": 0}},
 {"new_object_id": "ceiling", "position": {"x": 3, "y": 2, "z": 3},
  "size_in_meters": {"length": 6, "width": 4, "height": 0}, "rotation": {"z_angle": 0}}])";
const char* const kRoom = "[6, 4, 3]";

struct Object {
  std::string id;
  std::string position = R"({"x": 3, "y": 2, "z": 0.5})";
  std::string size = R"({"length": 1, "width": 1, "height": 1})";
  std::string rotation = R"("rotation": {"z_angle": 0},)";
  std::string on_layout = "";
  std::string on_objects = "";
};
std::string text_of(const Object& object) {
  return fmt::format(
      R"({{"new_object_id": "{}", "position": {}, "size_in_meters": {}, {} "is_on_the_floor": true,
      "placement": {{"room_layout_elements": [{}], "objects_in_room": [{}]}}}})",
      object.id, object.position, object.size, object.rotation, object.on_layout, object.on_objects);
}
PyValue room_with(const std::vector<Object>& objects) {
  std::string text = "[";
  for (const Object& object : objects) text += text_of(object) + ",";
  return parsed(text + kLayout);
}
std::string kind_of(const std::optional<PyError>& error) {
  return error ? std::string(name(error->kind)) : "none";
}
std::string relation(std::string_view key, std::string_view target, std::string_view preposition,
                     std::string_view more = "") {
  return fmt::format(R"({{"{}": "{}", "preposition": "{}"{}}})", key, target, preposition, more);
}

TEST(Collisions, RatioCountsTheLayoutElements) {
  const Collisions found = check_collisions(room_with({{.id = "a"}, {.id = "b"}}));
  ASSERT_FALSE(found.error);
  EXPECT_EQ(found.count, 1U);
  EXPECT_EQ(found.ratio, 1.0 / 28.0);
}

TEST(Collisions, AMillimetreOfPenetrationIsTouching) {
  const auto count = [](const std::string& x) {
    return check_collisions(
               room_with({{.id = "a"}, {.id = "b", .position = R"({"x": )" + x + R"(, "y": 2, "z": 0.5})"}}))
        .count;
  };
  EXPECT_EQ(count("4.0"), 0U);
  EXPECT_EQ(count("3.9991"), 0U);
  EXPECT_EQ(count("3.998"), 1U);
  EXPECT_EQ(count("NaN"), 0U);
}

TEST(Collisions, QuarterTurnsAreRecognisedLoosely) {
  const auto count = [](const std::string& angle) {
    return check_collisions(room_with({{.id = "long",
                                        .size = R"({"length": 2, "width": 0.2, "height": 1})",
                                        .rotation = R"("rotation": {"z_angle": )" + angle + "},"},
                                       {.id = "b", .position = R"({"x": 4.2, "y": 2, "z": 0.5})"}}))
        .count;
  };
  EXPECT_EQ(count("0"), 1U);
  EXPECT_EQ(count("90.0009"), 0U);
  EXPECT_EQ(count("90.00092"), 1U);
  EXPECT_EQ(count("269.9974"), 0U);
  EXPECT_EQ(count("-90"), 1U);
  EXPECT_EQ(count("[[90.0]]"), 0U);
}

TEST(Collisions, ThinObjectsNeverCollideAndHideTheOther) {
  const std::string thin = R"({"length": 1, "width": 0.025, "height": 1})";
  EXPECT_EQ(check_collisions(room_with({{.id = "a", .size = thin}, {.id = "b"}})).count, 0U);
  // 2 / 0.05 is exactly 40; an extra number takes part.
  EXPECT_EQ(check_collisions(
                room_with({{.id = "a", .size = R"({"length": 1, "width": 1, "height": 1, "depth": 0.025})"},
                           {.id = "b"}}))
                .count,
            0U);
  // A second object with a broken size counts only where the first is not thin.
  const std::string broken = R"({"length": 1, "width": "1", "height": 1})";
  const Collisions met = check_collisions(room_with({{.id = "a"}, {.id = "b", .size = broken}}));
  EXPECT_EQ(kind_of(met.error), "Exception");
  EXPECT_EQ(met.error_at, (std::array<std::size_t, 2>{0, 1}));
  const Collisions first =
      check_collisions(room_with({{.id = "a", .size = thin}, {.id = "b", .size = broken}}));
  EXPECT_EQ(kind_of(first.error), "TypeError");
  EXPECT_EQ(first.error_at, (std::array<std::size_t, 2>{1, 2}));
}

TEST(Collisions, ErrorsComeInTheReferencesOrder) {
  EXPECT_EQ(kind_of(check_collisions(room_with({{.id = "a", .position = "null"}})).error), "TypeError");
  EXPECT_EQ(kind_of(check_collisions(room_with({{.id = "a", .rotation = ""}})).error), "KeyError");
  EXPECT_EQ(kind_of(check_collisions(room_with({{.id = "a", .size = "[1, 1, 1]"}})).error), "AttributeError");
  EXPECT_EQ(kind_of(check_collisions(room_with({{.id = "a", .size = "{}"}})).error), "ValueError");
  EXPECT_EQ(kind_of(check_collisions(parsed("[null, {}]")).error), "TypeError");
  EXPECT_EQ(kind_of(check_collisions(parsed("7")).error), "TypeError");
  EXPECT_EQ(check_collisions(parsed("[]")).ratio, 0);
  EXPECT_EQ(check_collisions(parsed("[null]")).ratio, 0);
}

TEST(Constraints, AnyConstraintSuffices) {
  const std::string wall = relation("layout_element_id", "south_wall", "on");
  const std::string floor = relation("layout_element_id", "middle of the room", "on");
  const PyValue room = parsed(kRoom);
  const Constraints found = check_constraints(room_with({{.id = "wall only", .on_layout = wall},
                                                         {.id = "either", .on_layout = wall + "," + floor},
                                                         {.id = "none"}}),
                                              room);
  ASSERT_FALSE(found.error);
  EXPECT_EQ(found.violating, (std::vector<std::size_t>{0, 2}));
  EXPECT_EQ(found.ratio, 2.0 / 3.0);
}

TEST(Constraints, ErrorsOfTargetsAndPrepositions) {
  const PyValue room = parsed(kRoom);
  const auto error = [&](const std::string& on_objects, const std::string& turn = "0") {
    return kind_of(
        check_constraints(room_with({{.id = "a", .on_objects = on_objects},
                                     {.id = "b", .rotation = R"("rotation": {"z_angle": )" + turn + "},"}}),
                          room)
            .error);
  };
  EXPECT_EQ(error(relation("object_id", "missing", "on")), "IndexError");
  EXPECT_EQ(error(relation("object_id", "b", "on ")), "KeyError");
  EXPECT_EQ(error(relation("object", "b", "on")), "KeyError");
  EXPECT_EQ(error(relation("object_id", "b", "left of"), "45"), "UnboundLocalError");
  EXPECT_EQ(error(relation("object_id", "b", "on"), "45"), "none");
  EXPECT_EQ(error(relation("object_id", "b", "left of", R"(, "is_adjacent": null)")), "TypeError");
  EXPECT_EQ(error(relation("object_id", "b", "on", R"(, "is_adjacent": null)")), "none");
}

TEST(Constraints, MissingRotationsAreFilledInAsTheCheckGoes) {
  const PyValue room = parsed(kRoom);
  const Object parent{.id = "parent",
                      .rotation = R"("facing": "east_wall",)",
                      .on_layout = relation("layout_element_id", "middle of the room", "on")};
  const Object child{.id = "child", .on_objects = relation("object_id", "parent", "in front")};
  EXPECT_EQ(kind_of(check_constraints(room_with({parent, child}), room).error), "none");
  const Constraints early = check_constraints(room_with({child, parent}), room);
  EXPECT_EQ(kind_of(early.error), "KeyError");
  EXPECT_EQ(early.error_at, std::optional<std::size_t>(0));
}

TEST(Constraints, ACycleOfParentsEndsInRecursionError) {
  const PyValue room = parsed(kRoom);
  const Object a{.id = "a", .rotation = "", .on_objects = relation("object_id", "b", "on")};
  const Object b{.id = "b", .rotation = "", .on_objects = relation("object_id", "a", "on")};
  EXPECT_EQ(kind_of(check_constraints(room_with({a, b}), room).error), "RecursionError");
}

TEST(PossiblePositions, NonAdjacentSlackIsHalfAMetre) {
  const auto found = possible_positions(
      room_with(
          {{.id = "a", .on_objects = relation("object_id", "b", "left of", R"(, "is_adjacent": false)")},
           {.id = "b"}}),
      parsed(kRoom));
  ASSERT_EQ(found.size(), 2U);
  ASSERT_EQ(found[0].boxes.size(), 1U);
  // x from half of a to contact, y half a metre past either side of b, z half of a.
  EXPECT_EQ(dump_py_json(PyValue(PyValue::List(found[0].boxes[0].begin(), found[0].boxes[0].end()))),
            "[0.5, 2.0, 1.0, 3.0, 0.5, 0.5]");
  EXPECT_EQ(dump_py_json(found[0].rotation), "0");
}

TEST(PossiblePositions, TheRoomHeightStaysAsItWasWritten) {
  Object lamp{.id = "lamp", .on_objects = relation("object_id", "b", "above")};
  std::string text = "[" + text_of(lamp) + "," + text_of({.id = "b"}) + "," + kLayout;
  const std::string floor = R"("is_on_the_floor": true)";
  text.replace(text.find(floor), floor.size(), R"("is_on_the_floor": false)");
  const auto found = possible_positions(parsed(text), parsed(kRoom));
  EXPECT_EQ(dump_py_json(found[0].boxes[0][5]), "3");
}

TEST(Scene, HostileSizesAreRefusedNotSuffered) {
  std::string text = "[";
  for (std::size_t i = 0; i <= kMaxEntries; ++i) text += "{},";
  text += "{}]";
  const PyValue scene = parsed(text);
  EXPECT_EQ(kind_of(check_collisions(scene).error), "MemoryError");
  EXPECT_EQ(kind_of(check_constraints(scene, parsed(kRoom)).error), "MemoryError");
}

TEST(Scene, OddTopLevelsBehaveAsInPython) {
  const PyValue room = parsed(kRoom);
  EXPECT_EQ(kind_of(check_constraints(parsed("{}"), room).error), "TypeError");
  EXPECT_EQ(kind_of(check_constraints(parsed("null"), room).error), "TypeError");
  EXPECT_EQ(kind_of(check_constraints(parsed("\"a scene as text\""), room).error), "none");
  EXPECT_EQ(kind_of(check_collisions(parsed("\"a scene as text\"")).error), "none");
  EXPECT_EQ(kind_of(check_collisions(parsed(R"({"position": 1, "b": 2})")).error), "none");
  EXPECT_EQ(kind_of(check_collisions(parsed(R"({"position": 1, "my position": 2})")).error), "TypeError");
}

}  // namespace
}  // namespace metaspatial::physics::reference
