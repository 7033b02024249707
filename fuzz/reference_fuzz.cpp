// The reference's rules and reward: the fast path gives the slow path's numbers, JSON is written as it was
// read, and no input escapes the errors that Python has.
//
// Input    a byte, then by its value modulo 4: a scene file; a response; a judge's reply; bytes of
// make_scene.

#include <array>
#include <cmath>
#include <string>
#include <string_view>

#include "bytes.hpp"
#include "made_scene.hpp"
#include "metaspatial/base/error.hpp"
#include "metaspatial/base/json.hpp"
#include "metaspatial/physics/reference_flat.hpp"
#include "metaspatial/physics/reference_rules.hpp"
#include "metaspatial/reward/reference_reward.hpp"
#include "metaspatial/scene/io.hpp"

namespace metaspatial::fuzz {
namespace {

using namespace physics::reference;
namespace reference = reward::reference;

bool is_ratio(double value) {
  return value >= 0 && value <= 1;
}

/// Whether the fast path had an opinion.
bool check_paths(const PyValue& scene, const PyValue& room) {
  const Collisions collisions = check_collisions(scene);
  const Constraints constraints = check_constraints(scene, room);
  METASPATIAL_CHECK(is_ratio(collisions.ratio) && is_ratio(constraints.ratio), "ratios lie in [0, 1]");
  const auto flat = FlatScene::from(scene, room);
  if (!flat) return false;
  METASPATIAL_CHECK(!collisions.error && !constraints.error, "the fast path refuses what raises");
  const FlatVerdict verdict = flat->check();
  METASPATIAL_CHECK(
      verdict.collision_ratio == collisions.ratio && verdict.constraint_ratio == constraints.ratio &&
          verdict.colliding_pairs == collisions.count && verdict.violating == constraints.violating.size(),
      "the fast path gives the slow path's numbers");
  return true;
}

void check_scene(std::string_view text) {
  const PyResult<PyValue> scene = parse_py_json_bytes(text);
  if (!scene) return;
  const std::string written = dump_py_json(*scene);
  const PyResult<PyValue> again = parse_py_json(written);
  METASPATIAL_CHECK(again && dump_py_json(*again) == written, "JSON is written as it was read");
  const PyValue room(PyValue::List{PyValue(6), PyValue(4.5), PyValue(3)});
  check_paths(*scene, room);
  static_cast<void>(possible_positions(*scene, room));
  check_paths(*scene, *scene);  // any value may stand for the room
}

void check_response(std::string_view text) {
  static const std::string kScene = R"([
    {"new_object_id": "bed_1", "size_in_meters": {"length": 2, "width": 1.6, "height": 0.5},
     "is_on_the_floor": true, "rotation": {"z_angle": 90},
     "placement": {"room_layout_elements": [{"layout_element_id": "west_wall", "preposition": "on"}],
                   "objects_in_room": []}},
    {"new_object_id": "lamp_1", "size_in_meters": {"length": 0.3, "width": 0.3, "height": 0.4},
     "is_on_the_floor": false, "rotation": {"z_angle": 0.0},
     "placement": {"room_layout_elements": [],
                   "objects_in_room": [{"object_id": "bed_1", "preposition": "on", "is_adjacent": true}]}}])";
  const reference::SceneReader read = [] { return PyResult<std::string>(kScene); };
  const PyResult<double> format = reference::format_reward(text, read);
  if (format)
    METASPATIAL_CHECK(*format == 0 || *format == 0.1 || *format == 0.5 || *format == 1, "the four formats");
  const PyValue size = make_dict({{"x", PyValue(6)}, {"y", PyValue(4)}, {"z", PyValue(3)}});
  for (const bool raises : {false, true}) {
    const reference::Score score = reference::score(text, read, size, {PyValue(), raises});
    METASPATIAL_CHECK(score.total.has_value() != score.total_error.has_value(), "a total or an error");
    if (score.total) METASPATIAL_CHECK(std::isfinite(*score.total), "a total is finite");
  }
}

void check_reply(std::string_view text) {
  const PyResult<PyValue> reply = reference::read_judge_reply(text);
  if (reply) METASPATIAL_CHECK(reply->as<Dict>() != nullptr, "grades are a dict");
}

void check_made(Bytes& bytes) {
  const MadeScene made = make_scene(bytes);
  const PyResult<PyValue> scene = parse_py_json(dump_json(scene::scene_graph_json(made.graph, &made.layout)));
  METASPATIAL_CHECK(scene.has_value(), "a scene of ours is read");
  const scene::RoomSize& size = made.graph.size;
  check_paths(*scene,
              PyValue(PyValue::List{PyValue(size.length_m), PyValue(size.width_m), PyValue(size.height_m)}));
  const auto verdict = reference_verdict(made.graph, made.layout);
  if (verdict)
    METASPATIAL_CHECK(is_ratio(verdict->collision_ratio) && is_ratio(verdict->constraint_ratio), "ratios");
}

}  // namespace
}  // namespace metaspatial::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  metaspatial::fuzz::Bytes bytes(metaspatial::fuzz::text_of(data, size));
  switch (bytes.byte() % 4) {
    case 0:
      metaspatial::fuzz::check_scene(bytes.rest());
      break;
    case 1:
      metaspatial::fuzz::check_response(bytes.rest());
      break;
    case 2:
      metaspatial::fuzz::check_reply(bytes.rest());
      break;
    default:
      metaspatial::fuzz::check_made(bytes);
  }
  return 0;
}
