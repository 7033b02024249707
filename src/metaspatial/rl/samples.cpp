#include "metaspatial/rl/samples.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "metaspatial/scene/io.hpp"

namespace metaspatial::rl {

namespace {

constexpr std::string_view kFile = "samples.jsonl";

Json turn_json(const env::Turn& turn, const scene::SceneGraph& graph) {
  const auto told = [](double value) { return std::isfinite(value) ? Json(value) : Json(); };
  return Json{{"response", turn.response},
              {"reward", told(turn.reward.total)},
              {"format", turn.reward.format},
              {"physics", turn.reward.physics},
              {"looks", turn.reward.looks ? Json(*turn.reward.looks) : Json()},
              {"faults", faults_in_words(turn, graph)},
              {"layout", turn.layout ? scene::layout_json(graph, *turn.layout) : Json()}};
}

std::optional<double> number(const Json& json, const char* key) {
  const Json value = json.value(key, Json());
  return value.is_number() ? std::optional(value.get<double>()) : std::nullopt;
}

Result<eval::ReportTurn> read_turn(const Json& json, const scene::SceneGraph& graph,
                                   const render::RoomScene& room) {
  const auto is_text = [](const Json& value) { return value.is_string(); };
  if (!json.is_object() || !json.value("response", Json()).is_string() ||
      !json.value("faults", Json()).is_array() || !std::ranges::all_of(json["faults"], is_text))
    return invalid("expected a turn with response and faults", std::string(kFile));
  eval::ReportTurn turn;
  turn.response = json["response"].get<std::string>();
  for (const Json& fault : json["faults"]) turn.faults.push_back(fault.get<std::string>());
  turn.reward = number(json, "reward").value_or(std::nan(""));
  turn.format = number(json, "format");
  turn.physics = number(json, "physics");
  turn.looks = number(json, "looks");
  if (const Json layout = json.value("layout", Json()); !layout.is_null()) {
    METASPATIAL_TRY(scene::Layout read, scene::read_layout(layout, graph, kFile));
    turn.picture = portrait(room, read);
  }
  return turn;
}

/// A room of a line; null if the line has none of that name.
const Json* find_room(const Json& line, const Json& name) {
  for (const Json& entry : line["rooms"])
    if (entry.is_object() && entry.contains("room") && entry["room"].is_object() &&
        entry["room"].value("room_name", Json()) == name)
      return &entry;
  return nullptr;
}

std::string label(std::int64_t step) {
  if (step == 0) return "before training";
  return step == 1 ? "after 1 step" : fmt::format("after {} steps", step);
}

}  // namespace

Image portrait(const render::RoomScene& room, const std::optional<scene::Layout>& layout) {
  render::RoomScene furnished = room;
  if (layout) furnished.set_layout(*layout);
  render::RenderOptions options;
  options.view = render::View::Corner;
  options.width_px = 420;
  options.height_px = 340;
  return render::render_preview(furnished, options);
}

std::vector<std::string> faults_in_words(const env::Turn& turn, const scene::SceneGraph& graph) {
  std::vector<std::string> words;
  if (!turn.reward.readable()) words.push_back("unreadable: " + turn.reward.reason);
  for (const auto& fault : turn.reward.report.faults) words.push_back(physics::describe(graph, fault));
  return words;
}

Json sample_line(std::int64_t step, std::span<const eval::RolloutGroup> groups, std::size_t rooms) {
  Json line{{"step", step}, {"rooms", Json::array()}};
  for (const eval::RolloutGroup& group : groups.first(std::min(rooms, groups.size()))) {
    const scene::SceneGraph& graph = *group.room->graph;
    Json turns = Json::array();
    if (!group.rollouts.empty())
      for (const env::Turn& turn : group.rollouts.front().episode.turns())
        turns.push_back(turn_json(turn, graph));
    line["rooms"].push_back(Json{{"room", scene::room_row_json(graph)}, {"turns", std::move(turns)}});
  }
  return line;
}

Result<std::vector<eval::ReportSample>> report_samples(std::span<const Json> lines,
                                                       const std::shared_ptr<render::Device>& device) {
  std::vector<eval::ReportSample> samples;
  if (lines.empty()) return samples;
  for (const Json* line : {&lines.front(), &lines.back()})
    if (!line->is_object() || !line->value("rooms", Json()).is_array() ||
        !line->value("step", Json()).is_number_integer())
      return invalid("expected a line with step and rooms", std::string(kFile));
  for (const Json& entry : lines.back()["rooms"]) {
    if (!entry.is_object() || !entry.contains("room")) return invalid("expected a room", std::string(kFile));
    METASPATIAL_TRY(const scene::Scene scene, scene::read_scene(entry["room"], kFile));
    const render::RoomScene room(device, scene.graph);
    eval::ReportSample sample;
    sample.name = scene.graph.room_name;
    sample.wish = scene.graph.user_preference;
    sample.caption = fmt::format("{} x {} m, {} objects", scene::format_number(scene.graph.size.length_m),
                                 scene::format_number(scene.graph.size.width_m), scene.graph.objects.size());
    const auto add = [&](const Json& line) -> Result<void> {
      const Json* of_line = find_room(line, entry["room"].value("room_name", Json()));
      if (of_line == nullptr || !of_line->value("turns", Json()).is_array()) return {};
      eval::ReportEpisode episode{label(line["step"].get<std::int64_t>()), {}};
      for (const Json& turn : (*of_line)["turns"]) {
        METASPATIAL_TRY(eval::ReportTurn read, read_turn(turn, scene.graph, room));
        episode.turns.push_back(std::move(read));
      }
      if (!episode.turns.empty()) sample.episodes.push_back(std::move(episode));
      return {};
    };
    if (lines.size() > 1) METASPATIAL_TRY_VOID(add(lines.front()));
    METASPATIAL_TRY_VOID(add(lines.back()));
    samples.push_back(std::move(sample));
  }
  return samples;
}

}  // namespace metaspatial::rl
