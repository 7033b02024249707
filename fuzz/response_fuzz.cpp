// Any bytes are a response: parse_response and score over a few fixed rooms.
//
// Input    a byte, then the response; the byte chooses the room (bits 0 and 1) and whether `keep` is allowed
//          (bit 2).

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "bytes.hpp"
#include "metaspatial/base/error.hpp"
#include "metaspatial/reward/json_scanner.hpp"
#include "metaspatial/reward/response.hpp"
#include "metaspatial/reward/reward.hpp"

namespace metaspatial::fuzz {
namespace {

using reward::ByteRange;
using reward::ParsedResponse;
using reward::ResponseStatus;

scene::SceneGraph room_of(const std::vector<std::string>& ids) {
  scene::SceneGraph graph;
  graph.size = {5, 4, 3};
  for (const std::string& id : ids) {
    scene::SceneObject object;
    object.id = id;
    object.kind = scene::kind_from_id(id);
    object.size_m = {1, 0.5, 0.5};
    if (!graph.objects.empty()) {
      object.relations = {{scene::Preposition::LeftOf, scene::ObjectRef{0}, true},
                          {scene::Preposition::On, scene::Element::SouthWall, true}};
      object.facing = scene::ObjectRef{0};
    }
    graph.objects.push_back(object);
  }
  graph.openings = {{"door_1", scene::OpeningKind::Door, scene::Wall::South, 1, 0.9, 0, 2},
                    {"window_1", scene::OpeningKind::Window, scene::Wall::East, 2, 1, 0.9, 1.2}};
  return graph;
}

const scene::SceneGraph& room(std::size_t k) {
  static const std::vector<scene::SceneGraph> rooms = [] {
    std::vector<std::string> many;  // enough for an index
    for (int i = 0; i < 70; ++i) many.push_back("o" + std::to_string(i));
    return std::vector<scene::SceneGraph>{
        room_of({"bed_1", "lamp_1"}),
        room_of({}),
        // a bed, an emoji of several code points, Hebrew, e with a combining accent, quotes and a line break
        room_of({"\xe5\xba\x8a_1", "\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x9a\x80",
                 "\xd7\x9e\xd7\x99\xd7\x98\xd7\x94", "e\xcc\x81", "\"\\\n"}),
        room_of(many),
    };
  }();
  return rooms[k % rooms.size()];
}

bool inside(const ByteRange& outer, const ByteRange& inner) {
  return outer.begin <= inner.begin && inner.begin < inner.end && inner.end <= outer.end;
}

void check_number(std::string_view text, const ByteRange& range, double expected) {
  reward::JsonScanner scan(text, range.begin, range.end);
  double value = 0;
  METASPATIAL_CHECK(scan.read_number(value) && scan.finished() && value == expected,
                    "a range holds the number that was read");
}

void check_entries(std::string_view text, const ParsedResponse& response) {
  for (std::size_t i = 0; i < response.entries.size(); ++i) {
    const reward::EntryRanges& entry = response.entries[i];
    const scene::Vec3& position_m = response.layout.poses[i].position_m;
    METASPATIAL_CHECK(position_m.cwiseAbs().maxCoeff() <= reward::ParseOptions{}.max_coordinate &&
                          std::isfinite(response.layout.poses[i].yaw_rad),
                      "poses are finite and within the limit");
    METASPATIAL_CHECK(inside(response.answer, entry.entry) && text[entry.entry.begin] == '{' &&
                          text[entry.entry.end - 1] == '}',
                      "an entry stands in the answer");
    for (const ByteRange* range : {&entry.x, &entry.y, &entry.z})
      METASPATIAL_CHECK(inside(entry.entry, *range), "a coordinate stands in its entry");
    for (const ByteRange* range : {&entry.z_angle, &entry.why})
      METASPATIAL_CHECK(range->empty() || inside(entry.entry, *range), "a field stands in its entry");
    check_number(text, entry.x, position_m.x());
    check_number(text, entry.y, position_m.y());
    check_number(text, entry.z, position_m.z());
    for (std::size_t k = 0; k < i; ++k)
      METASPATIAL_CHECK(entry.entry.end <= response.entries[k].entry.begin ||
                            response.entries[k].entry.end <= entry.entry.begin,
                        "entries do not overlap");
  }
}

/// What another parser says of the answer, where both have an opinion.
void check_against_another_parser(std::string_view text, const ParsedResponse& response) {
  const std::string_view answer =
      text.substr(response.answer.begin, response.answer.end - response.answer.begin);
  // It takes a byte order mark at the start and stops at a zero byte.
  if (answer.starts_with("\xEF\xBB\xBF") || answer.find('\0') != std::string_view::npos) return;
  nlohmann::json value;
  try {
    value = nlohmann::json::parse(answer);
  } catch (const nlohmann::json::out_of_range&) {
    return;  // 1e999 is JSON, but not for it
  } catch (const nlohmann::json::parse_error&) {
    METASPATIAL_CHECK(response.status != ResponseStatus::Ok && response.status != ResponseStatus::NotAList &&
                          response.status != ResponseStatus::WrongIds &&
                          response.status != ResponseStatus::BadField,
                      "what another parser rejects is not JSON");
    return;
  }
  METASPATIAL_CHECK(response.status != ResponseStatus::NotJson, "what another parser reads is JSON");
  if (response.status == ResponseStatus::NotAList) METASPATIAL_CHECK(!value.is_array(), "not a list");
  if (response.status == ResponseStatus::Ok)
    METASPATIAL_CHECK(value.is_array() && value.size() == response.entries.size(), "one entry per object");
}

void check_response(const scene::SceneGraph& graph, std::string_view text, bool keep) {
  scene::Layout previous;
  previous.poses.resize(graph.objects.size());
  reward::RewardConfig config;
  config.parse.allow_keep = keep;
  const ParsedResponse response = reward::parse_response(graph, text, config.parse);
  METASPATIAL_CHECK(response.format >= 0 && response.format <= 1, "format lies in [0, 1]");
  METASPATIAL_CHECK(response.readable() ? response.format == 1 : response.format <= 0.9,
                    "format of the unreadable");
  METASPATIAL_CHECK(response.readable() == response.reason.empty(), "a reason is given where it is needed");
  METASPATIAL_CHECK(std::all_of(response.reason.begin(), response.reason.end(),
                                [](char c) { return c >= 0x20 && c < 0x7F; }),
                    "a reason is one line of plain text");
  METASPATIAL_CHECK(response.status != ResponseStatus::Keep || keep, "keep where it is allowed");
  METASPATIAL_CHECK(response.answer.begin <= response.answer.end && response.answer.end <= text.size(),
                    "the answer stands in the text");
  METASPATIAL_CHECK(text.find(response.think) != std::string_view::npos, "the thought stands in the text");
  const std::size_t poses = response.status == ResponseStatus::Ok ? graph.objects.size() : 0;
  METASPATIAL_CHECK(response.layout.poses.size() == poses && response.entries.size() == poses,
                    "one pose per object if a layout was read");
  check_entries(text, response);
  if (!response.answer.empty()) check_against_another_parser(text, response);

  const reward::Reward reward = reward::score(graph, text, config, {}, keep ? &previous : nullptr);
  METASPATIAL_CHECK(reward.status == response.status && reward.format == response.format, "the same reading");
  METASPATIAL_CHECK(
      reward.total >= 0 && reward.total <= 1 && reward.physics >= 0 && reward.physics <= 1 + 1e-12,
      "a reward lies in [0, 1]");
  const double worst_readable =
      config.format_weight / (config.format_weight + config.physics_weight + config.looks_weight);
  METASPATIAL_CHECK(
      reward.readable() ? reward.total >= worst_readable - 1e-12 : reward.total < worst_readable,
      "the unreadable is below every readable answer");
  METASPATIAL_CHECK(reward.objects.size() == graph.objects.size(), "one score per object");
  for (const reward::ObjectScore& object : reward.objects)
    METASPATIAL_CHECK(object.total >= 0 && object.total <= 1 + 1e-12 && object.axis.allFinite(),
                      "an object's grade lies in [0, 1]");
  METASPATIAL_CHECK(parse_json(dump_json(reward::reward_json(graph, reward)), "reward").has_value(),
                    "a reward is written as JSON");

  // White space around a response means nothing.
  const ParsedResponse spaced = reward::parse_response(graph, "\n" + std::string(text) + " ", config.parse);
  METASPATIAL_CHECK(spaced.status == response.status && spaced.format == response.format,
                    "white space changes nothing");
}

}  // namespace
}  // namespace metaspatial::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  metaspatial::fuzz::Bytes bytes(metaspatial::fuzz::text_of(data, size));
  const unsigned choice = bytes.byte();
  metaspatial::fuzz::check_response(metaspatial::fuzz::room(choice & 3U), bytes.rest(), (choice & 4U) != 0);
  return 0;
}
