// Scene files: what is read is sound, is written and read again as the same scene, and can be checked, scored
// and answered.
//
// Input    the file.

#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>
#include <vector>

#include "bytes.hpp"
#include "invariants.hpp"
#include "metaspatial/base/error.hpp"
#include "metaspatial/base/json.hpp"
#include "metaspatial/reward/response.hpp"
#include "metaspatial/scene/io.hpp"

namespace metaspatial::fuzz {
namespace {

constexpr double kWritten = 1e-6;  // six decimals

bool near(double a, double b) {
  return std::abs(a - b) <= kWritten;
}

scene::Scene read_again(const std::string& text) {
  Result<Json> json = parse_json(text, "written");
  METASPATIAL_CHECK(json.has_value(), "what is written is JSON");
  Result<scene::Scene> scene = scene::read_scene(*json, "written");
  METASPATIAL_CHECK(scene.has_value(), scene ? "" : to_string(scene.error()));
  return *std::move(scene);
}

/// The relations in the order in which they are written: layout elements first.
std::vector<scene::Relation> written_order(std::vector<scene::Relation> relations) {
  std::stable_partition(relations.begin(), relations.end(), [](const scene::Relation& relation) {
    return std::holds_alternative<scene::Element>(relation.target);
  });
  return relations;
}

void check_same(const scene::Scene& a, const scene::Scene& b) {
  METASPATIAL_CHECK(near(a.graph.size.length_m, b.graph.size.length_m) &&
                        near(a.graph.size.width_m, b.graph.size.width_m) &&
                        near(a.graph.size.height_m, b.graph.size.height_m),
                    "the same room");
  METASPATIAL_CHECK(a.graph.objects.size() == b.graph.objects.size(), "the same objects");
  METASPATIAL_CHECK(a.layout.has_value() == b.layout.has_value(), "a layout stays one");
  for (std::size_t i = 0; i < a.graph.objects.size(); ++i) {
    const scene::SceneObject& p = a.graph.objects[i];
    const scene::SceneObject& q = b.graph.objects[i];
    METASPATIAL_CHECK(p.id == q.id && p.style == q.style && p.material == q.material && p.asset == q.asset,
                      "the same words");
    METASPATIAL_CHECK((p.size_m - q.size_m).cwiseAbs().maxCoeff() <= kWritten, "the same size");
    METASPATIAL_CHECK(p.on_floor == q.on_floor && p.facing == q.facing, "the same flags");
    METASPATIAL_CHECK(written_order(p.relations) == q.relations, "the same relations");
    if (a.layout) {
      METASPATIAL_CHECK(
          (a.layout->poses[i].position_m - b.layout->poses[i].position_m).cwiseAbs().maxCoeff() <= kWritten &&
              near(a.layout->poses[i].yaw_rad, b.layout->poses[i].yaw_rad),
          "the same pose");
    } else {
      METASPATIAL_CHECK(p.file_yaw_rad.has_value() == q.file_yaw_rad.has_value() &&
                            (!p.file_yaw_rad || near(*p.file_yaw_rad, *q.file_yaw_rad)),
                        "the same yaw");
    }
  }
}

void check_round_trip(const scene::Scene& scene) {
  const scene::Layout* layout = scene.layout ? &*scene.layout : nullptr;
  const scene::Scene array = read_again(dump_json(scene::scene_graph_json(scene.graph, layout)));
  check_same(scene, array);
  const std::string row = dump_json(scene::room_row_json(scene.graph, layout));
  const scene::Scene again = read_again(row);
  check_same(scene, again);
  METASPATIAL_CHECK(again.graph.room_name == scene.graph.room_name &&
                        again.graph.user_preference == scene.graph.user_preference &&
                        again.graph.openings_in_text == scene.graph.openings_in_text &&
                        again.graph.openings.size() == scene.graph.openings.size() &&
                        again.graph.floor_m.size() == scene.graph.floor_m.size(),
                    "the same row");
  METASPATIAL_CHECK(
      dump_json(scene::room_row_json(again.graph, again.layout ? &*again.layout : nullptr)) == row,
      "the second time the same bytes");
}

/// The layout as a model would answer it: it can be read, whatever the ids are.
void check_answer(const scene::SceneGraph& graph, const scene::Layout& layout) {
  const Json list = scene::layout_json(graph, layout);
  const Result<scene::Layout> read = scene::read_layout(list, graph, "layout");
  METASPATIAL_CHECK(read.has_value(), "a layout is read");
  for (const bool ascii : {false, true}) {
    // An id may hold "</answer>"; in JSON its bracket can be escaped.
    std::string text;
    for (const char c : list.dump(-1, ' ', ascii)) c == '<' ? text += "\\u003c" : text += c;
    reward::ParseOptions options;
    options.max_bytes = std::size_t{1} << 24;
    options.max_coordinate = 2e6;
    const reward::ParsedResponse response =
        reward::parse_response(graph, "<think></think><answer>" + text + "</answer>", options);
    METASPATIAL_CHECK(response.status == reward::ResponseStatus::Ok, response.reason);
    for (std::size_t i = 0; i < layout.poses.size(); ++i)
      METASPATIAL_CHECK(response.layout.poses[i].position_m == read->poses[i].position_m, "the same place");
  }
}

void check_file(std::string_view text) {
  const Result<Json> json = parse_json(text, "file");
  if (!json) return;
  static_cast<void>(scene::read_scene(*json, "file", scene::RoomSize{5, 4, 3}));
  const Result<scene::Scene> scene = scene::read_scene(*json, "file");
  if (!scene) {
    METASPATIAL_CHECK(!scene.error().message.empty() && scene.error().message.find('\n') == std::string::npos,
                      "an error is one line");
    return;
  }
  check_graph(scene->graph);
  check_round_trip(*scene);
  if (!scene->layout) return;
  METASPATIAL_CHECK(scene->layout->poses.size() == scene->graph.objects.size(), "one pose per object");
  check_layout(scene->graph, *scene->layout);
  check_answer(scene->graph, *scene->layout);
}

}  // namespace
}  // namespace metaspatial::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  metaspatial::fuzz::check_file(metaspatial::fuzz::text_of(data, size));
  return 0;
}
