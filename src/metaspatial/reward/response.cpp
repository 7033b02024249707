#include "metaspatial/reward/response.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <unordered_map>
#include <utility>

#include "metaspatial/base/error.hpp"
#include "metaspatial/reward/json_scanner.hpp"

namespace metaspatial::reward {
namespace {

constexpr std::string_view kThinkOpen = "<think>";
constexpr std::string_view kThinkClose = "</think>";
constexpr std::string_view kAnswerOpen = "<answer>";
constexpr std::string_view kAnswerClose = "</answer>";

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

std::size_t skip_space(std::string_view text, std::size_t at) {
  while (at < text.size() && is_space(text[at])) ++at;
  return at;
}

/// Text of a model, short and in one line, for a message.
std::string excerpt(std::string_view text) {
  std::string result;
  for (const char c : text.substr(0, 40)) {
    const auto byte = static_cast<unsigned char>(c);
    result += byte < 0x20 || byte >= 0x7F ? '?' : c;
  }
  if (text.size() > 40) result += "...";
  return result;
}

ParsedResponse unreadable(ParsedResponse&& response, ResponseStatus status, double format,
                          std::string reason) {
  response.status = status;
  response.format = format;
  response.reason = std::move(reason);
  response.layout.poses.clear();
  response.entries.clear();
  return std::move(response);
}

/// Finds an object by its id; answers usually keep the question's order, so the next one is tried first.
class IdIndex {
 public:
  explicit IdIndex(const SceneGraph& graph) : graph_(graph) {
    constexpr std::size_t kLinearUpTo = 64;
    if (graph.objects.size() <= kLinearUpTo) return;
    for (std::size_t i = 0; i < graph.objects.size(); ++i)
      index_.emplace(graph.objects[i].id, static_cast<int>(i));
  }
  int find(std::string_view id) {
    if (next_ < graph_.objects.size() && graph_.objects[next_].id == id) return static_cast<int>(next_++);
    int found = -1;
    if (index_.empty()) {
      found = graph_.find(id);
    } else if (const auto it = index_.find(id); it != index_.end()) {
      found = it->second;
    }
    if (found >= 0) next_ = static_cast<std::size_t>(found) + 1;
    return found;
  }

 private:
  const SceneGraph& graph_;
  std::unordered_map<std::string_view, int> index_;
  std::size_t next_ = 0;
};

/// One entry of the list as far as it could be understood.
struct Entry {
  EntryRanges ranges;
  std::optional<std::string> id;
  scene::Vec3 position_m = scene::Vec3::Zero();
  std::optional<double> z_angle_deg;
  std::string trouble;  ///< why it is not what the schema asks for; empty if it is
};

/// How reading an entry ended.
enum class EntryEnd { Read, NotJson, TooDeep };

EntryEnd read_entry(JsonScanner& scan, const ParseOptions& options, Entry& entry) {
  const auto trouble = [&entry](std::string words) {
    if (entry.trouble.empty()) entry.trouble = std::move(words);
  };
  entry.ranges.entry.begin = scan.at();
  bool too_deep = false;
  if (!scan.read_char('{')) {
    if (!scan.skip_value(options.max_depth - 1, too_deep))
      return too_deep ? EntryEnd::TooDeep : EntryEnd::NotJson;
    trouble("is not an object");
    return EntryEnd::Read;
  }
  unsigned seen = 0;
  const auto once = [&](unsigned field, std::string_view key) {
    if ((seen & field) != 0) trouble(fmt::format("has the field '{}' twice", key));
    seen |= field;
  };
  std::string key;
  std::string text;
  scan.skip_space();
  bool more = !scan.read_char('}');
  while (more) {
    scan.skip_space();
    if (!scan.read_string(&key)) return EntryEnd::NotJson;
    scan.skip_space();
    if (!scan.read_char(':')) return EntryEnd::NotJson;
    scan.skip_space();
    const std::size_t begin = scan.at();

    ByteRange* range = nullptr;
    bool understood = false;
    if (key == "new_object_id") {
      once(1, key);
      understood = scan.read_string(&text);
      if (understood) {
        if (!entry.id) entry.id = text;
      } else {
        trouble("has a new_object_id that is not a string");
      }
    } else if (key == "why") {
      once(2, key);
      range = &entry.ranges.why;
      understood = scan.read_string(nullptr);
      if (!understood) trouble("has a why that is not a string");
    } else if (key == "x" || key == "y" || key == "z" || key == "z_angle") {
      const bool angle = key == "z_angle";
      const int axis = key[0] - 'x';
      once(angle ? 32U : 4U << axis, key);
      range = angle       ? &entry.ranges.z_angle
              : axis == 0 ? &entry.ranges.x
              : axis == 1 ? &entry.ranges.y
                          : &entry.ranges.z;
      double value = 0;
      understood = scan.read_number(value);
      if (!understood) {
        trouble(fmt::format("has a field '{}' that is not a number", key));
      } else if (!std::isfinite(value)) {
        trouble(fmt::format("has a field '{}' that is not finite", key));
      } else if (angle) {
        entry.z_angle_deg = value;
      } else if (std::abs(value) > options.max_coordinate) {
        trouble(fmt::format("has a field '{}' beyond {:g} m", key, options.max_coordinate));
      } else {
        entry.position_m[axis] = value;
      }
    } else {
      trouble(fmt::format("has the unknown field '{}'", excerpt(key)));
    }
    if (!understood && !scan.skip_value(options.max_depth - 2, too_deep))
      return too_deep ? EntryEnd::TooDeep : EntryEnd::NotJson;
    if (range != nullptr) *range = {begin, scan.at()};

    scan.skip_space();
    more = scan.read_char(',');
    if (!more && !scan.read_char('}')) return EntryEnd::NotJson;
  }
  entry.ranges.entry.end = scan.at();
  constexpr unsigned kRequired = 1 | 4 | 8 | 16;
  if ((seen & kRequired) != kRequired)
    trouble(fmt::format("has no field '{}'", (seen & 1) == 0   ? "new_object_id"
                                             : (seen & 4) == 0 ? "x"
                                             : (seen & 8) == 0 ? "y"
                                                               : "z"));
  return EntryEnd::Read;
}

}  // namespace

std::string_view name(ResponseStatus status) {
  switch (status) {
    case ResponseStatus::Ok:
      return "ok";
    case ResponseStatus::Keep:
      return "keep";
    case ResponseStatus::TooLarge:
      return "too_large";
    case ResponseStatus::NoThink:
      return "no_think";
    case ResponseStatus::NoAnswer:
      return "no_answer";
    case ResponseStatus::ExtraText:
      return "extra_text";
    case ResponseStatus::SeveralAnswers:
      return "several_answers";
    case ResponseStatus::KeepNotAllowed:
      return "keep_not_allowed";
    case ResponseStatus::NotJson:
      return "not_json";
    case ResponseStatus::TooDeep:
      return "too_deep";
    case ResponseStatus::NotAList:
      return "not_a_list";
    case ResponseStatus::WrongIds:
      return "wrong_ids";
    case ResponseStatus::BadField:
      return "bad_field";
  }
  return "unknown";
}

ParsedResponse parse_response(const SceneGraph& graph, std::string_view text, const ParseOptions& options) {
  ParsedResponse response;
  if (text.size() > options.max_bytes)
    return unreadable(
        std::move(response), ResponseStatus::TooLarge, 0,
        fmt::format("the response is {} bytes long; the limit is {}", text.size(), options.max_bytes));

  // The blocks. Whatever the company, an opened and closed answer after a thought earns a little.
  const std::size_t start = skip_space(text, 0);
  const std::size_t think_close = text.find(kThinkClose);
  const bool thinks =
      text.substr(start, kThinkOpen.size()) == kThinkOpen && think_close != std::string_view::npos;
  const std::size_t after_think =
      think_close == std::string_view::npos ? 0 : think_close + kThinkClose.size();
  const std::size_t answer_open = text.find(kAnswerOpen, after_think);
  const std::size_t answer_close =
      answer_open == std::string_view::npos ? answer_open : text.find(kAnswerClose, answer_open);
  const bool answers = answer_close != std::string_view::npos;
  if (!thinks)
    return unreadable(std::move(response), ResponseStatus::NoThink, answers && after_think > 0 ? 0.05 : 0,
                      "the response does not open with a <think>...</think> block");
  response.think =
      std::string(text.substr(start + kThinkOpen.size(), think_close - start - kThinkOpen.size()));
  if (!answers)
    return unreadable(std::move(response), ResponseStatus::NoAnswer, 0.02,
                      "no <answer>...</answer> block follows the </think>");
  const std::size_t begin = answer_open + kAnswerOpen.size();
  response.answer = {begin, answer_close};
  const std::size_t after_answer = answer_close + kAnswerClose.size();
  if (text.find(kAnswerOpen, begin) != std::string_view::npos ||
      text.find(kAnswerClose, after_answer) != std::string_view::npos)
    return unreadable(std::move(response), ResponseStatus::SeveralAnswers, 0.05,
                      "there is more than one answer block");
  if (skip_space(text, after_think) != answer_open)
    return unreadable(std::move(response), ResponseStatus::ExtraText, 0.05,
                      fmt::format("there is text between </think> and <answer>: '{}'",
                                  excerpt(text.substr(after_think, answer_open - after_think))));
  if (skip_space(text, after_answer) != text.size())
    return unreadable(std::move(response), ResponseStatus::ExtraText, 0.05,
                      fmt::format("there is text after </answer>: '{}'", excerpt(text.substr(after_answer))));

  JsonScanner scan(text, begin, answer_close);
  scan.skip_space();
  constexpr std::string_view kKeep = "keep";
  if (text.substr(scan.at(), kKeep.size()) == kKeep &&
      skip_space(text, scan.at() + kKeep.size()) == answer_close) {
    if (!options.allow_keep)
      return unreadable(std::move(response), ResponseStatus::KeepNotAllowed, 0.1,
                        "the answer is 'keep', but there is no earlier layout to keep");
    response.status = ResponseStatus::Keep;
    response.format = 1;
    return response;
  }

  const auto not_json = [&](bool too_deep) {
    if (too_deep)
      return unreadable(std::move(response), ResponseStatus::TooDeep, 0.1,
                        fmt::format("the answer is nested deeper than {} levels", options.max_depth));
    return unreadable(std::move(response), ResponseStatus::NotJson, 0.1,
                      fmt::format("the answer is not JSON (byte {} of the response: '{}')", scan.at(),
                                  excerpt(text.substr(scan.at(), answer_close - scan.at()))));
  };
  bool too_deep = false;
  if (scan.peek() != '[') {
    if (!scan.skip_value(options.max_depth, too_deep)) return not_json(too_deep);
    scan.skip_space();
    if (scan.at() != answer_close) return not_json(false);
    return unreadable(std::move(response), ResponseStatus::NotAList, 0.2, "the answer is not a JSON list");
  }

  // The list. After the first wrong entry reading goes on, to tell JSON from the rest and to grade how much
  // is right.
  const std::size_t n = graph.objects.size();
  IdIndex ids(graph);
  response.layout.poses.resize(n);
  response.entries.resize(n);
  std::vector<std::optional<double>> answered_rad(n);
  std::vector<char> taken(n, 0);
  std::size_t count = 0;
  std::size_t right = 0;
  ResponseStatus trouble = ResponseStatus::Ok;
  std::string reason;
  const auto note = [&](ResponseStatus status, std::string words) {
    if (trouble != ResponseStatus::Ok) return;
    trouble = status;
    reason = std::move(words);
  };
  scan.read_char('[');
  scan.skip_space();
  bool more = !scan.read_char(']');
  while (more) {
    scan.skip_space();
    Entry entry;
    const EntryEnd end = read_entry(scan, options, entry);
    if (end != EntryEnd::Read) return not_json(end == EntryEnd::TooDeep);
    ++count;
    const int i = entry.id ? ids.find(*entry.id) : -1;
    if (!entry.trouble.empty()) {
      note(ResponseStatus::BadField,
           entry.id ? fmt::format("the entry of '{}' {}", excerpt(*entry.id), entry.trouble)
                    : fmt::format("entry {} {}", count, entry.trouble));
    } else if (i < 0) {
      note(ResponseStatus::WrongIds, fmt::format("'{}' is not an object of this room", excerpt(*entry.id)));
    } else if (taken[static_cast<std::size_t>(i)] != 0) {
      note(ResponseStatus::WrongIds, fmt::format("'{}' is listed twice", excerpt(*entry.id)));
    } else {
      const auto k = static_cast<std::size_t>(i);
      taken[k] = 1;
      ++right;
      response.entries[k] = entry.ranges;
      response.layout.poses[k].position_m = entry.position_m;
      if (entry.z_angle_deg) answered_rad[k] = scene::rad_from_deg(std::fmod(*entry.z_angle_deg, 360.0));
    }
    scan.skip_space();
    more = scan.read_char(',');
    if (!more && !scan.read_char(']')) return not_json(false);
  }
  scan.skip_space();
  if (scan.at() != answer_close) return not_json(false);

  if (trouble == ResponseStatus::Ok && right < n) {
    const auto missing = static_cast<std::size_t>(std::find(taken.begin(), taken.end(), 0) - taken.begin());
    note(ResponseStatus::WrongIds, fmt::format("'{}' is missing", excerpt(graph.objects[missing].id)));
  }
  if (trouble != ResponseStatus::Ok) {
    const double format = count == n
                              ? 0.5 + 0.4 * static_cast<double>(right) / static_cast<double>(n)
                              : 0.3 + 0.2 * 2.0 * static_cast<double>(right) / static_cast<double>(n + count);
    return unreadable(std::move(response), trouble, format, std::move(reason));
  }

  std::vector<scene::Vec3> positions_m(n);
  for (std::size_t i = 0; i < n; ++i) positions_m[i] = response.layout.poses[i].position_m;
  for (std::size_t i = 0; i < n; ++i)
    response.layout.poses[i].yaw_rad =
        scene::resolve_yaw_rad(graph, positions_m, static_cast<int>(i), answered_rad[i]);
  response.status = ResponseStatus::Ok;
  response.format = 1;
  return response;
}

}  // namespace metaspatial::reward
