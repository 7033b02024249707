#include "metaspatial/scene/io.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <limits>
#include <map>
#include <sstream>

#include "metaspatial/base/files.hpp"
#include "metaspatial/base/rng.hpp"

namespace metaspatial::scene {
namespace {

SceneGraph sample_graph() {
  SceneGraph graph;
  graph.room_name = "room_7";
  graph.user_preference = "A quiet study \xe2\x80\x94 \"two\" desks.";
  graph.size = {5, 4.2, 2.7};
  SceneObject desk;
  desk.id = "writing_desk_1";
  desk.kind = "writing_desk";
  desk.style = "modern";
  desk.material = "wood";
  desk.size_m = Vec3(0.1 + 0.2, 0.6, 0.8);
  desk.facing = Element::NorthWall;
  desk.relations = {{Preposition::On, Element::SouthWall, true},
                    {Preposition::InCorner, Element::WestWall, true}};
  desk.file_yaw_rad = 0.0;
  SceneObject lamp;
  lamp.id = "table_lamp_1";
  lamp.kind = "table_lamp";
  lamp.size_m = Vec3(0.2, 0.2, 0.4);
  lamp.on_floor = false;
  lamp.facing = ObjectRef{0};
  lamp.relations = {{Preposition::On, ObjectRef{0}, true}, {Preposition::LeftOf, ObjectRef{2}, false}};
  SceneObject rug;
  rug.id = "rug_1";
  rug.kind = "rug";
  rug.size_m = Vec3(2, 1.4, 0.02);
  rug.relations = {{Preposition::InMiddle, Element::Middle, true}};
  graph.objects = {desk, lamp, rug};
  graph.openings = {{"door_1", OpeningKind::Door, Wall::East, 1.2, 0.9, 0, 2},
                    {"window_1", OpeningKind::Window, Wall::North, 2.5, 1.4, 0.9, 1.2}};
  graph.openings_in_text = false;
  return graph;
}

Layout sample_layout() {
  Layout layout;
  layout.poses = {
      {Vec3(0.15, 0.3, 0.4), 0.0}, {Vec3(0.2, 0.1 + 0.2, 1.0), 1.5 * kPi}, {Vec3(2.5, 2.1, 0.01), kPi / 4}};
  return layout;
}

void expect_equal(const SceneGraph& a, const SceneGraph& b) {
  EXPECT_EQ(a.room_name, b.room_name);
  EXPECT_EQ(a.user_preference, b.user_preference);
  EXPECT_EQ(a.size.length_m, b.size.length_m);
  EXPECT_EQ(a.size.width_m, b.size.width_m);
  EXPECT_EQ(a.size.height_m, b.size.height_m);
  EXPECT_EQ(a.openings_in_text, b.openings_in_text);
  ASSERT_EQ(a.objects.size(), b.objects.size());
  for (std::size_t i = 0; i < a.objects.size(); ++i) {
    const SceneObject& p = a.objects[i];
    const SceneObject& q = b.objects[i];
    EXPECT_EQ(p.id, q.id);
    EXPECT_EQ(p.kind, q.kind);
    EXPECT_EQ(p.style, q.style);
    EXPECT_EQ(p.material, q.material);
    EXPECT_EQ(p.asset, q.asset);
    EXPECT_LT((p.size_m - q.size_m).norm(), 1e-9);
    EXPECT_EQ(p.on_floor, q.on_floor);
    EXPECT_EQ(p.facing, q.facing);
    EXPECT_EQ(p.relations, q.relations);
    ASSERT_EQ(p.file_yaw_rad.has_value(), q.file_yaw_rad.has_value());
    if (p.file_yaw_rad) {
      EXPECT_NEAR(*p.file_yaw_rad, *q.file_yaw_rad, 1e-9);
    }
  }
  ASSERT_EQ(a.openings.size(), b.openings.size());
  for (std::size_t i = 0; i < a.openings.size(); ++i) {
    EXPECT_EQ(a.openings[i].id, b.openings[i].id);
    EXPECT_EQ(a.openings[i].kind, b.openings[i].kind);
    EXPECT_EQ(a.openings[i].wall, b.openings[i].wall);
    EXPECT_EQ(a.openings[i].centre_m, b.openings[i].centre_m);
    EXPECT_EQ(a.openings[i].width_m, b.openings[i].width_m);
    EXPECT_EQ(a.openings[i].bottom_m, b.openings[i].bottom_m);
    EXPECT_EQ(a.openings[i].height_m, b.openings[i].height_m);
  }
}

Json parsed(std::string_view text) {
  auto json = parse_json(text, "test");
  EXPECT_TRUE(json) << to_string(json.error());
  return json ? *json : Json();
}

TEST(SceneFile, RowRoundTripsThroughText) {
  const SceneGraph graph = sample_graph();
  const std::string text = dump_json(room_row_json(graph));
  const auto scene = read_scene(parsed(text), "row");
  ASSERT_TRUE(scene) << to_string(scene.error());
  EXPECT_FALSE(scene->layout);
  expect_equal(graph, scene->graph);
  EXPECT_EQ(dump_json(room_row_json(scene->graph)), text);
}

TEST(SceneFile, AnObjectMayNameItsAsset) {
  SceneGraph graph = sample_graph();
  EXPECT_EQ(scene_graph_json(graph)[0].count("asset"),
            0U);  // readers of the reference's form see no difference
  graph.objects[0].asset = "oak_desk_2";
  Json json = room_row_json(graph);
  const Result<Scene> scene = read_scene(json, "row");
  ASSERT_TRUE(scene) << to_string(scene.error());
  expect_equal(scene->graph, graph);
  json["scene_graph"][0]["asset"] = 3;
  EXPECT_FALSE(read_scene(json, "row"));
  json["scene_graph"][0]["asset"] = std::string(30000, 'x');
  EXPECT_FALSE(read_scene(json, "row"));
}

TEST(SceneFile, LayoutRoundTripsInsideTheGraphAndOnItsOwn) {
  SceneGraph graph = sample_graph();
  const Layout layout = sample_layout();
  const std::string text = dump_json(scene_graph_json(graph, &layout));
  const auto scene = read_scene(parsed(text), "array");
  ASSERT_TRUE(scene) << to_string(scene.error());
  ASSERT_TRUE(scene->layout);
  const auto alone = read_layout(layout_json(graph, layout), graph, "layout");
  ASSERT_TRUE(alone) << to_string(alone.error());
  for (std::size_t i = 0; i < layout.poses.size(); ++i)
    for (const Layout* read : {&*scene->layout, &*alone}) {
      EXPECT_LT((read->poses[i].position_m - layout.poses[i].position_m).norm(), 1e-9);
      EXPECT_NEAR(read->poses[i].yaw_rad, layout.poses[i].yaw_rad, 1e-9);
    }
  EXPECT_EQ(dump_json(scene_graph_json(scene->graph, &*scene->layout)), text);
}

TEST(SceneFile, NumbersCarryNoFloatNoise) {
  SceneGraph graph = sample_graph();
  const Layout layout = sample_layout();
  const std::string text = dump_json(scene_graph_json(graph, &layout));
  EXPECT_NE(text.find(R"("size_in_meters":{"length":0.3,"width":0.6,"height":0.8})"), std::string::npos)
      << text;
  EXPECT_NE(text.find(R"("position":{"x":0.2,"y":0.3,"z":1})"), std::string::npos) << text;
  EXPECT_NE(text.find(R"("rotation":{"z_angle":45})"), std::string::npos) << text;
}

TEST(SceneFile, WritesTheReferencesWallEntries) {
  SceneGraph graph;
  graph.size = {5, 4, 3};
  // As in the reference's own files; 5 and 5.0 are one number to JSON.
  const Json expected = parsed(R"([
    {"new_object_id": "south_wall", "itemType": "wall", "position": {"x": 2.5, "y": 0, "z": 1.5},
     "size_in_meters": {"length": 5, "width": 0.0, "height": 3}, "rotation": {"z_angle": 0.0}},
    {"new_object_id": "north_wall", "itemType": "wall", "position": {"x": 2.5, "y": 4, "z": 1.5},
     "size_in_meters": {"length": 5, "width": 0.0, "height": 3}, "rotation": {"z_angle": 180.0}},
    {"new_object_id": "east_wall", "itemType": "wall", "position": {"x": 5, "y": 2.0, "z": 1.5},
     "size_in_meters": {"length": 4, "width": 0.0, "height": 3}, "rotation": {"z_angle": 270.0}},
    {"new_object_id": "west_wall", "itemType": "wall", "position": {"x": 0, "y": 2.0, "z": 1.5},
     "size_in_meters": {"length": 4, "width": 0.0, "height": 3}, "rotation": {"z_angle": 90.0}},
    {"new_object_id": "middle of the room", "itemType": "floor", "position": {"x": 2.5, "y": 2.0, "z": 0},
     "size_in_meters": {"length": 5, "width": 4, "height": 0.0}, "rotation": {"z_angle": 0.0}},
    {"new_object_id": "ceiling", "itemType": "ceiling", "position": {"x": 2.5, "y": 2.0, "z": 3},
     "size_in_meters": {"length": 5, "width": 4, "height": 0.0}, "rotation": {"z_angle": 0.0}}])");
  EXPECT_EQ(scene_graph_json(graph), expected) << dump_json(scene_graph_json(graph));
}

TEST(SceneFile, OptionalFieldsMayBeMissing) {
  const auto scene = read_scene(parsed(R"([
    {"new_object_id": "desk_1", "size_in_meters": {"length": 1, "width": 0.5, "height": 0.8}},
    {"new_object_id": "vase_1", "size_in_meters": {"length": 0.1, "width": 0.1, "height": 0.2}, "facing": null,
     "placement": {"objects_in_room": [{"object_id": "desk_1", "preposition": "on"}]}},
    {"new_object_id": "shelf_2", "size_in_meters": {"length": 1, "width": 0.1, "height": 0.2}, "facing": "",
     "placement": {"room_layout_elements": [{"object_id": "desk_1", "preposition": "above"}],
                   "objects_in_room": [{"layout_element_id": "east_wall", "preposition": "on", "is_adjacent": false}]}}
    ])"),
                                "small.json", RoomSize{4, 3, 2.5});
  ASSERT_TRUE(scene) << to_string(scene.error());
  const auto& objects = scene->graph.objects;
  ASSERT_EQ(objects.size(), 3u);
  EXPECT_FALSE(scene->layout);
  EXPECT_TRUE(objects[0].on_floor);
  EXPECT_FALSE(objects[1].on_floor);  // it stands on a desk
  EXPECT_FALSE(objects[2].on_floor);  // it is above a desk
  EXPECT_FALSE(objects[1].facing);
  EXPECT_FALSE(objects[2].facing);
  EXPECT_TRUE(objects[1].relations.at(0).adjacent);
  EXPECT_EQ(objects[2].relations.at(0).target, Target(ObjectRef{0}));
  EXPECT_EQ(objects[2].relations.at(1).target, Target(Element::EastWall));
  EXPECT_EQ(objects[2].kind, "shelf");
}

TEST(SceneFile, RoomSizeComesFromTheElementsOrTheCaller) {
  const SceneGraph graph = sample_graph();
  const Json array = scene_graph_json(graph);
  const auto own = read_scene(array, "a");
  ASSERT_TRUE(own);
  EXPECT_EQ(own->graph.size.width_m, 4.2);
  EXPECT_EQ(own->graph.size.height_m, 2.7);
  const auto given = read_scene(array, "a", RoomSize{7, 8, 3});
  ASSERT_TRUE(given);
  EXPECT_EQ(given->graph.size.length_m, 7);
  const auto none = read_scene(parsed("[]"), "a.json");
  ASSERT_FALSE(none);
  EXPECT_NE(to_string(none.error()).find("a.json: the room's length is unknown"), std::string::npos);
  EXPECT_FALSE(read_scene(array, "a", RoomSize{7, 0, 3}));
  EXPECT_FALSE(read_scene(array, "a", RoomSize{7, std::nan(""), 3}));
}

/// The error of the sample row after `change`.
template <typename Change>
std::string error_after(const Change& change) {
  Json row = room_row_json(sample_graph());
  change(row);
  const auto scene = read_scene(row, "rooms.jsonl");
  return scene ? "no error" : to_string(scene.error());
}

TEST(SceneFile, ErrorsNameFileObjectFieldAndExpectation) {
  const auto expect_error = [](const std::string& error, std::initializer_list<std::string_view> parts) {
    for (const std::string_view part : parts)
      EXPECT_NE(error.find(part), std::string::npos) << part << "\n" << error;
    EXPECT_EQ(error.find('\n'), std::string::npos) << error;
  };
  expect_error(
      error_after([](Json& row) { row["scene_graph"][1]["size_in_meters"]["width"] = -0.5; }),
      {"rooms.jsonl: entry 1, object \"table_lamp_1\": field 'size_in_meters.width' is -0.5; expected"});
  expect_error(error_after([](Json& row) { row["scene_graph"][1]["size_in_meters"]["width"] = "wide"; }),
               {"\"table_lamp_1\"", "'size_in_meters.width' is \"wide\"; expected a number"});
  expect_error(
      error_after([](Json& row) { row["scene_graph"][0]["size_in_meters"]["height"] = std::nan(""); }),
      {"writing_desk_1", "size_in_meters.height"});
  expect_error(error_after([](Json& row) { row["scene_graph"][0]["size_in_meters"]["height"] = true; }),
               {"'size_in_meters.height' is true"});
  expect_error(error_after([](Json& row) { row["scene_graph"][0].erase("size_in_meters"); }),
               {"field 'size_in_meters' is missing; expected {\"length\", \"width\", \"height\"}"});
  expect_error(error_after([](Json& row) {
                 row["scene_graph"][1]["placement"]["objects_in_room"][0]["object_id"] = "bed_9";
               }),
               {"'placement.objects_in_room[0].object_id' is \"bed_9\"; expected the id of"});
  expect_error(error_after([](Json& row) {
                 row["scene_graph"][1]["placement"]["objects_in_room"][0]["object_id"] = "table_lamp_1";
               }),
               {"another object, not this one"});
  expect_error(error_after([](Json& row) {
                 row["scene_graph"][1]["placement"]["objects_in_room"][0]["preposition"] = "near";
               }),
               {".preposition' is \"near\"; expected one of: on, under"});
  expect_error(error_after([](Json& row) {
                 row["scene_graph"][1]["placement"]["objects_in_room"][1]["is_adjacent"] = 1;
               }),
               {"[1].is_adjacent' is 1; expected true or false"});
  expect_error(error_after([](Json& row) { row["scene_graph"][2]["facing"] = "north wall"; }),
               {"'facing' is \"north wall\""});
  expect_error(error_after([](Json& row) { row["scene_graph"][2]["new_object_id"] = "table_lamp_1"; }),
               {"entry 2", "that no entry before it has"});
  expect_error(error_after([](Json& row) { row["scene_graph"][2]["new_object_id"] = std::string(201, 'x'); }),
               {"entry 2", "1 to 200 bytes"});
  expect_error(error_after([](Json& row) { row["scene_graph"][2]["new_object_id"] = ""; }),
               {"1 to 200 bytes"});
  expect_error(error_after([](Json& row) {
                 row["scene_graph"][1]["new_object_id"] = "a\nb";
                 row["scene_graph"][1]["style"] = 3;
               }),
               {"object \"a\\nb\": field 'style' is 3"});
  expect_error(error_after([](Json& row) { row["scene_graph"][2] = 7; }),
               {"entry 2: is 7; expected a JSON object"});
  expect_error(error_after([](Json& row) { row["scene_graph"][2]["rotation"] = 90; }),
               {"'rotation' is 90; expected {\"z_angle\": degrees}"});
  expect_error(error_after([](Json& row) {
                 row["scene_graph"][2]["position"] = Json::array({1, 2, 3});
               }),
               {"'position' is an array of 3"});
  expect_error(error_after([](Json& row) {
                 row["scene_graph"][2]["position"] = Json({{"x", 1}, {"y", 1e300}, {"z", 0}});
               }),
               {"'position.y' is 1e+300"});
  expect_error(error_after([](Json& row) { row["size_of_room"]["z"] = 0; }),
               {"field 'size_of_room.z' is 0; expected the room's height, above 0"});
  expect_error(error_after([](Json& row) { row.erase("scene_graph"); }), {"field 'scene_graph' is missing"});
  expect_error(error_after([](Json& row) { row["openings_in_text"] = "no"; }), {"openings_in_text"});
  expect_error(error_after([](Json& row) { row["user_preference"] = Json::array(); }), {"user_preference"});
  expect_error(error_after([](Json& row) { row = 3; }), {"rooms.jsonl: is 3; expected a scene graph"});
  expect_error(error_after([](Json& row) {
                 for (int i = 0; i < 2001; ++i) {
                   row["scene_graph"].push_back(row["scene_graph"][0]);
                   row["scene_graph"].back()["new_object_id"] = "desk_x_" + std::to_string(i);
                 }
               }),
               {"at most 2000"});
}

TEST(Openings, AreValidated) {
  const auto change_door = [](const char* key, Json value) {
    return error_after([&](Json& row) { row["openings"][0][key] = std::move(value); });
  };
  EXPECT_EQ(error_after([](Json&) {}), "no error");
  EXPECT_NE(change_door("id", "window_1").find("openings[1]: field 'id' is \"window_1\""), std::string::npos);
  EXPECT_NE(change_door("kind", "gate").find("\"door\" or \"window\""), std::string::npos);
  EXPECT_NE(change_door("wall", "ceiling").find("'wall' is \"ceiling\""), std::string::npos);
  EXPECT_NE(change_door("centre", 4.0).find("within the wall, 0 to 4.2 m"), std::string::npos);
  EXPECT_NE(change_door("centre", 0.4).find("span -0.05 to 0.85"), std::string::npos);
  EXPECT_NE(change_door("width", 0).find("above 0"), std::string::npos);
  EXPECT_NE(change_door("bottom", -0.1).find("'bottom' is -0.1"), std::string::npos);
  EXPECT_NE(change_door("height", 2.8).find("at most the room's height, 2.7 m"), std::string::npos);
  EXPECT_NE(change_door("height", std::numeric_limits<double>::infinity()).find("'height'"),
            std::string::npos);
  EXPECT_EQ(change_door("centre", 3.75), "no error");  // flush with the wall's end
  EXPECT_NE(error_after([](Json& row) { row["openings"] = "none"; }).find("'openings' is \"none\""),
            std::string::npos);
}

// A room of 1e-7 m was read but written as 0 m, which is not read; so was a door that filled its wall but for
// the last decimals.
TEST(SceneFile, WhatIsReadIsReadAgainAfterWriting) {
  const auto read_and_write = [](Json row) -> std::string {
    const auto scene = read_scene(row, "row");
    if (!scene) return "not read";
    const Json written = room_row_json(scene->graph);
    const auto again = read_scene(written, "written");
    return again ? dump_json(room_row_json(again->graph)) == dump_json(written) ? "same" : "different"
                 : to_string(again.error());
  };
  Json row = room_row_json(sample_graph());
  EXPECT_EQ(read_and_write(row), "same");
  for (const double length : {1e-7, 4.9e-7, 9.9e-7, 1e-300}) {
    Json tiny = row;
    tiny["size_of_room"]["x"] = length;
    EXPECT_EQ(read_and_write(tiny), "not read") << length;
    tiny = row;
    tiny["openings"][0]["width"] = length;
    EXPECT_EQ(read_and_write(tiny), "not read") << length;
  }
  Rng rng(11);
  int same = 0;
  for (int trial = 0; trial < 2000; ++trial) {
    Json door = row;
    door["openings"] = Json::array({door["openings"][0]});
    door["openings"][0]["width"] = 4.2 + rng.uniform(-2e-6, 2e-6);
    door["openings"][0]["centre"] = 2.1 + rng.uniform(-2e-6, 2e-6);
    door["openings"][0]["height"] = 2.7 + rng.uniform(-2e-6, 2e-6);
    door["size_of_room"]["y"] = 4.2 + rng.uniform(-1e-6, 1e-6);
    const std::string result = read_and_write(door);
    EXPECT_TRUE(result == "same" || result == "not read") << result;
    same += result == "same" ? 1 : 0;
  }
  EXPECT_GT(same, 100);
}

// Corners that coincide in what is written were read as a polygon and refused the second time.
TEST(SceneFile, AFloorIsReadAsItIsWritten) {
  Rng rng(12);
  int same = 0;
  for (int trial = 0; trial < 5000; ++trial) {
    const auto about = [&rng](double value) { return value + rng.uniform(-1e-6, 1e-6); };
    Json row = room_row_json(sample_graph());
    row["openings"].erase(1);
    row["size_of_room"]["x"] = about(5);
    row["floor"] = Json::array();
    for (const auto& [x, y] : std::initializer_list<std::pair<double, double>>{
             {0, 0}, {5, 0}, {5, 4.2}, {2.5, 1e-6 * static_cast<double>(rng.below(4))}, {2.5, 4.2}, {0, 4.2}})
      row["floor"].push_back(Json::array({about(x), about(y)}));
    const auto scene = read_scene(row, "row");
    if (!scene) continue;
    const std::string written = dump_json(room_row_json(scene->graph));
    const auto again = read_scene(parsed(written), "written");
    ASSERT_TRUE(again) << to_string(again.error()) << "\n" << dump_json(row);
    EXPECT_EQ(dump_json(room_row_json(again->graph)), written);
    ++same;
  }
  EXPECT_GT(same, 100);
}

TEST(SceneFile, TenMegabytesOfNonsenseAreNoTrouble) {
  constexpr std::size_t kMany = 10'000'000;
  const auto with_id = [](std::string id) {
    return error_after([&](Json& row) { row["scene_graph"][0]["new_object_id"] = std::move(id); });
  };
  EXPECT_NE(with_id(std::string(kMany, 'x')).find("an id of 1 to 200 bytes"), std::string::npos);
  EXPECT_LT(with_id(std::string(kMany, '\xFF')).size(), 1000U);
  EXPECT_LT(with_id(std::string(kMany, '\\')).size(), 1000U);
  const auto preference = error_after([](Json& row) { row["user_preference"] = std::string(kMany, '"'); });
  EXPECT_LT(preference.size(), 1000U);
  EXPECT_FALSE(read_scene(Json(std::vector<int>(1'000'000)), "array"));
  EXPECT_FALSE(read_scene(Json(std::string(kMany, '[')), "text"));
}

TEST(LayoutFile, IsStrict) {
  const SceneGraph graph = sample_graph();
  const Json good = layout_json(graph, sample_layout());
  const auto error_of = [&](const auto& change) {
    Json json = good;
    change(json);
    const auto layout = read_layout(json, graph, "l.json");
    return layout ? std::string("no error") : to_string(layout.error());
  };
  EXPECT_NE(error_of([](Json& l) { l.erase(1); }).find("no entry for object \"table_lamp_1\""),
            std::string::npos);
  EXPECT_NE(error_of([](Json& l) { l[1]["new_object_id"] = "rug_1"; }).find("every object once"),
            std::string::npos);
  EXPECT_NE(error_of([](Json& l) { l[1]["new_object_id"] = "bed"; }).find("of the scene"), std::string::npos);
  EXPECT_NE(error_of([](Json& l) { l[1].erase("y"); }).find("'position.y' is missing"), std::string::npos);
  EXPECT_NE(error_of([](Json& l) { l[1]["x"] = nullptr; }).find("position.x"), std::string::npos);
  EXPECT_NE(error_of([](Json& l) { l[0]["z_angle"] = "north"; }).find("z_angle"), std::string::npos);
  EXPECT_NE(error_of([](Json& l) { l = Json::object(); }).find("expected an array"), std::string::npos);
  EXPECT_EQ(error_of([](Json& l) { std::swap(l[0], l[2]); }), "no error");
  // Without an angle the yaw is the scene's: the lamp faces the desk, which lies due west of it.
  Json bare = good;
  for (Json& entry : bare) entry.erase("z_angle");
  const auto layout = read_layout(bare, graph, "l.json");
  ASSERT_TRUE(layout);
  EXPECT_NEAR(layout->poses[1].yaw_rad, 1.5 * kPi, 1e-9);
}

TEST(Descriptions, BadEntriesStayInTheirPlace) {
  const auto file = read_descriptions(R"([
    {"description": "A cozy library.", "size": {"x": 6, "y": 4, "z": 3}},
    {"description": "An attic.", "size": {"x": 6, "y": 4, "z": 0}},
    {"description": "  ", "size": {"x": 6, "y": 4, "z": 3}},
    {"size": {"x": 6, "y": 4, "z": 3}}, 5, {"description": "A hall."},
    {"description": "A hall.", "size": {"x": "6", "y": 4, "z": 3}},
    {"description": ["A hall."], "size": {"x": 6, "y": 4, "z": 3}}])",
                                      "d.json");
  ASSERT_TRUE(file);
  ASSERT_EQ(file->entries.size(), 8u);
  ASSERT_TRUE(file->entries[0]);
  EXPECT_EQ(file->entries[0]->description, "A cozy library.");
  EXPECT_EQ(file->entries[0]->size.length_m, 6);
  for (std::size_t i = 1; i < 8; ++i) ASSERT_FALSE(file->entries[i]) << i;
  EXPECT_EQ(
      to_string(file->entries[1].error()),
      "d.json, entry 1: field 'size.z' is 0; expected the room's height, above 0 and at most 1000 metres");
  EXPECT_NE(to_string(file->entries[3].error()).find("entry 3: field 'description' is missing"),
            std::string::npos);
  EXPECT_FALSE(read_descriptions("{}", "d.json"));
  EXPECT_FALSE(read_descriptions("[", "d.json"));
  EXPECT_FALSE(read_descriptions("", "d.json"));
}

TEST(FormatNumber, IsShort) {
  EXPECT_EQ(format_number(0.1 + 0.2), "0.3");
  EXPECT_EQ(format_number(2), "2");
  EXPECT_EQ(format_number(100), "100");
  EXPECT_EQ(format_number(2.345, 1), "2.3");
  EXPECT_EQ(format_number(-0.001), "0");
  EXPECT_EQ(format_number(-1.5), "-1.5");
  EXPECT_EQ(format_number(0.01), "0.01");
  EXPECT_EQ(format_number(10.5, 0), "10");  // to even, as printf does
  EXPECT_EQ(format_number(1e-9, 6), "0");
}

/// Reading may fail, but must return; what it accepts must be writable and readable again.
void read_anything(std::string_view text) {
  const auto json = parse_json(text, "fuzz");
  if (!json) return;
  const auto scene = read_scene(*json, "fuzz");
  if (!scene) {
    EXPECT_FALSE(scene.error().message.empty());
    return;
  }
  const std::string written =
      dump_json(room_row_json(scene->graph, scene->layout ? &*scene->layout : nullptr));
  const auto again_json = parse_json(written, "again");
  ASSERT_TRUE(again_json);
  const auto again = read_scene(*again_json, "again");
  EXPECT_TRUE(again) << to_string(again.error()) << "\n" << written;
}

TEST(SceneFile, DamagedBytesNeverCrash) {
  const SceneGraph graph = sample_graph();
  const Layout layout = sample_layout();
  const std::string text = dump_json(room_row_json(graph, &layout));
  for (std::size_t n = 0; n < text.size(); n += 3) read_anything(std::string_view(text).substr(0, n));
  Rng rng(20240607);
  for (int trial = 0; trial < 4000; ++trial) {
    std::string damaged = text;
    const std::size_t edits = 1 + rng.below(3);
    for (std::size_t e = 0; e < edits; ++e) {
      const std::size_t at = rng.below(damaged.size());
      switch (rng.below(4)) {
        case 0:
          damaged[at] = static_cast<char>(rng.below(256));
          break;
        case 1:
          damaged.erase(at, 1 + rng.below(20));
          break;
        case 2:
          damaged[at] = "0123456789-eE.,:[]{}\"ntf"[rng.below(24)];
          break;
        default:
          damaged.insert(at, damaged.substr(rng.below(damaged.size()), rng.below(30)));
          break;
      }
    }
    read_anything(damaged);
  }
}

TEST(SceneFile, DamagedValuesNeverCrash) {
  const SceneGraph graph = sample_graph();
  const Layout layout = sample_layout();
  const Json row = room_row_json(graph, &layout);
  const std::array<Json, 12> values = {Json(),
                                       Json(true),
                                       Json(-1),
                                       Json(1e308),
                                       Json(std::nan("")),
                                       Json("x"),
                                       Json("south_wall"),
                                       Json::array(),
                                       Json::object(),
                                       Json(0),
                                       Json(std::numeric_limits<std::uint64_t>::max()),
                                       Json(std::string(300, 'a'))};
  const Json flat = row.flatten();
  int accepted = 0;
  for (const auto& item : flat.items())
    for (const Json& value : values) {
      Json damaged = row;
      damaged[Json::json_pointer(item.key())] = value;
      const auto scene = read_scene(damaged, "fuzz");
      accepted += scene ? 1 : 0;
      if (!scene) {
        EXPECT_FALSE(scene.error().message.empty());
      }
    }
  EXPECT_GT(accepted, 0);
}

std::filesystem::path golden() {
  return METASPATIAL_GOLDEN_DIR;
}

TEST(Golden, EveryOrdinarySceneParsesAndNoneCrashes) {
  const auto list = read_file(golden() / "expected.jsonl");
  if (!list) GTEST_SKIP() << "no golden vectors at " << golden();
  std::istringstream lines(*list);
  std::map<std::string, int> parsed_count;
  for (std::string line; std::getline(lines, line);) {
    const Json row = parsed(line);
    const std::string file = row["file"];
    const bool ordinary = row["class"] != "adversarial" && row["strict_json"] == true;
    const auto scene = read_scene_file(golden() / "scenes" / file);
    if (!ordinary) continue;
    ASSERT_TRUE(scene) << to_string(scene.error());
    ++parsed_count[row["class"]];
    EXPECT_EQ(scene->graph.objects.size(), row["objects"].get<std::size_t>()) << file;
    EXPECT_TRUE(scene->layout) << file;
    EXPECT_EQ(scene->graph.size.length_m, row["room_dimensions"][0].get<double>()) << file;
    EXPECT_EQ(scene->graph.size.width_m, row["room_dimensions"][1].get<double>()) << file;
    EXPECT_EQ(scene->graph.size.height_m, row["room_dimensions"][2].get<double>()) << file;
    const std::string written = dump_json(scene_graph_json(scene->graph, &*scene->layout));
    const auto again = read_scene(parsed(written), file);
    ASSERT_TRUE(again) << to_string(again.error());
    EXPECT_EQ(dump_json(scene_graph_json(again->graph, &*again->layout)), written) << file;
  }
  EXPECT_EQ(parsed_count["good"], 75);
  EXPECT_EQ(parsed_count["random"], 72);
  EXPECT_EQ(parsed_count["real-room"], 5);
}

}  // namespace
}  // namespace metaspatial::scene
