#include "metaspatial/eval/metric_names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace metaspatial::eval {
namespace {

struct Known {
  std::string_view key;
  std::string_view label;
  std::string_view note;
  Unit unit;
  Better better;
};

constexpr std::array kOurs{
    Known{"reward", "Reward", "format, physics and looks in one number", Unit::Number, Better::Higher},
    Known{"format", "Readable answers", "the answer follows the schema and names every object once",
          Unit::Share, Better::Higher},
    Known{"faulty_objects", "Faulty objects", "objects with any physical fault, of all objects", Unit::Share,
          Better::Lower},
    Known{"colliding_objects", "Colliding objects", "objects whose box enters another's", Unit::Share,
          Better::Lower},
    Known{"out_of_room", "Out of the room", "objects that reach through a wall, the floor or the ceiling",
          Unit::Share, Better::Lower},
    Known{"broken_relations", "Broken relations", "relations not met within the tolerance, of all relations",
          Unit::Share, Better::Lower},
    Known{"unsupported", "Unsupported objects", "objects that float or sink", Unit::Share, Better::Lower},
    Known{"blocking", "Blocking objects", "objects in a door's swing or in front of a window", Unit::Share,
          Better::Lower},
    Known{"opening_blocked", "Rooms with a blocked opening",
          "rooms in which anything blocks a door or a window", Unit::Share, Better::Lower},
    Known{"unusable_objects", "Objects hard to use",
          "turned away from what they face, too far from their table, or without access", Unit::Share,
          Better::Lower},
    Known{"misaligned_objects", "Objects out of line", "askew, not flush with their wall, out of their row",
          Unit::Share, Better::Lower},
    Known{"not_walkable", "Floor out of reach", "free floor that a person cannot walk to, of all free floor",
          Unit::Share, Better::Lower},
};
constexpr std::array kReference{
    Known{"collision_reference", "Collision ratio",
          "colliding pairs over all pairs, walls counted as objects", Unit::Share, Better::Lower},
    Known{"constraint_reference", "Constraint ratio", "objects outside every region their relations allow",
          Unit::Share, Better::Lower},
};
constexpr std::string_view kReadable = "_readable";
constexpr std::string_view kBest = "before_best_temperature";
constexpr std::array<std::string_view, 3> kErrorSuffixes{"_stderr", "_se", "_std"};

bool ends_with_any(std::string_view key, std::span<const std::string_view> suffixes) {
  return std::any_of(suffixes.begin(), suffixes.end(), [&](std::string_view s) { return key.ends_with(s); });
}

const Known* find_known(std::string_view key) {
  for (const Known& known : kOurs)
    if (known.key == key) return &known;
  for (const Known& known : kReference)
    if (known.key == key) return &known;
  return nullptr;
}

SummaryMetric metric_of(const Known& known, std::string key) {
  return SummaryMetric{std::move(key), known.label, known.note, known.unit, known.better};
}

}  // namespace

std::optional<double> summary_number(const Json& summary, std::string_view column, const std::string& key) {
  const Json* at = &summary;
  while (!column.empty()) {
    const std::size_t slash = column.find('/');
    const std::string part(column.substr(0, slash));
    if (!at->is_object() || !at->contains(part)) return {};
    at = &(*at)[part];
    column = slash == std::string_view::npos ? std::string_view() : column.substr(slash + 1);
  }
  if (!at->is_object() || !at->contains(key)) return {};
  const Json& value = (*at)[key];
  if (!value.is_number()) return {};
  const double number = value.get<double>();
  if (!std::isfinite(number)) return {};
  return number;
}

std::vector<SummaryColumn> summary_columns(const Json& summary) {
  std::vector<SummaryColumn> columns;
  const auto has = [](const Json& json, const char* key) {
    return json.is_object() && json.contains(key) && json[key].is_object();
  };
  if (has(summary, "before")) columns.push_back({"before", "untrained"});
  if (const auto temperature = summary_number(summary, kBest, "temperature"); temperature && *temperature > 0)
    columns.push_back({kBest, fmt::format("untrained, at T = {:.3g}", *temperature)});
  if (has(summary, "after")) columns.push_back({"after", "trained"});
  if (has(summary, "bounds")) {
    if (has(summary["bounds"], "random")) columns.push_back({"bounds/random", "random"});
    if (has(summary["bounds"], "solver")) columns.push_back({"bounds/solver", "solver"});
  }
  return columns;
}

std::string_view baseline_column(const Json& summary) {
  std::string_view baseline;
  bool after = false;
  for (const SummaryColumn& column : summary_columns(summary)) {
    if (column.path == "before" || column.path == kBest) baseline = column.path;
    after = after || column.path == "after";
  }
  return after ? baseline : std::string_view();
}

std::vector<SummaryGroup> summary_groups(const Json& summary) {
  const std::vector<SummaryColumn> columns = summary_columns(summary);
  const auto present = [&](const std::string& key) {
    return std::any_of(columns.begin(), columns.end(), [&](const SummaryColumn& column) {
      return summary_number(summary, column.path, key).has_value();
    });
  };
  std::vector<SummaryGroup> groups(4);
  groups[0].title = "Our rules";
  groups[1].title = "The Python reference's formulas, on our rooms";
  groups[2].title = "Over readable answers only";
  groups[3].title = "Also measured";
  const auto add_known = [&](std::span<const Known> list, SummaryGroup& group) {
    for (const Known& known : list) {
      const std::string key(known.key);
      if (present(key)) group.metrics.push_back(metric_of(known, key));
      const std::string readable = key + std::string(kReadable);
      if (key != "format" && present(readable)) groups[2].metrics.push_back(metric_of(known, readable));
    }
  };
  add_known(kOurs, groups[0]);
  add_known(kReference, groups[1]);
  for (const SummaryColumn& column : columns) {
    if (column.path.find('/') != std::string_view::npos) continue;
    for (const auto& [key, value] : summary[std::string(column.path)].items()) {
      std::string_view base = key;
      if (base.ends_with(kReadable)) base.remove_suffix(kReadable.size());
      const bool listed = std::any_of(groups[3].metrics.begin(), groups[3].metrics.end(),
                                      [&k = key](const SummaryMetric& metric) { return metric.key == k; });
      if (key == "rooms" || key == "temperature") continue;  // told beside the table
      if (!value.is_number() || find_known(base) != nullptr || ends_with_any(key, kErrorSuffixes) || listed)
        continue;
      groups[3].metrics.push_back({key, {}, {}, guess_unit(key, value), Better::Neither});
    }
  }
  std::erase_if(groups, [](const SummaryGroup& group) { return group.metrics.empty(); });
  return groups;
}

std::string format_metric(double value, Unit unit) {
  switch (unit) {
    case Unit::Share:
      return fmt::format("{:.1f} %", 100 * value);
    case Unit::Count:
      return fmt::format("{:.0f}", value);
    case Unit::Seconds:
      if (value < 60) return fmt::format("{:.1f} s", value);
      return fmt::format("{:.0f} min {:02.0f} s", std::floor(value / 60), std::floor(std::fmod(value, 60)));
    case Unit::Number:
      break;
  }
  if (value != 0 && std::abs(value) < 0.01) return fmt::format("{:.2g}", value);
  return std::abs(value) < 100 ? fmt::format("{:.3f}", value) : fmt::format("{:.1f}", value);
}

std::string format_change(double before, double after, const SummaryMetric& metric) {
  if (metric.unit == Unit::Share) {
    // Of a share of faults one asks what part is gone; of a share that should be all, how many points came.
    if (metric.better == Better::Lower && before > 0)
      return fmt::format("{:+.0f} %", 100 * (after - before) / before);
    return fmt::format("{:+.1f} points", 100 * (after - before));
  }
  if (metric.unit == Unit::Number) return fmt::format("{:+.3f}", after - before);
  return {};
}

Unit guess_unit(std::string_view key, const Json& value) {
  constexpr std::array<std::string_view, 3> share_endings{"_rate", "_share", "_ratio"};
  if (ends_with_any(key, share_endings)) return Unit::Share;
  if (key.ends_with("_seconds") || key.ends_with("_s")) return Unit::Seconds;
  std::string_view base = key.substr(key.find_last_of('/') + 1);
  // "faulty_1", "colliding_objects_2": a metric of one turn.
  while (!base.empty() && (base.back() == '_' || (base.back() >= '0' && base.back() <= '9')))
    base.remove_suffix(1);
  if (base.ends_with(kReadable)) base.remove_suffix(kReadable.size());
  if (const Known* known = find_known(base)) return known->unit;
  constexpr std::array<std::string_view, 4> share_words{"faulty", "faulty_fewer", "blocking_objects",
                                                        "openings_named"};
  if (std::find(share_words.begin(), share_words.end(), base) != share_words.end()) return Unit::Share;
  if (value.is_number_integer()) return Unit::Count;
  return Unit::Number;
}

std::string words_from_key(std::string_view key) {
  std::string words(key);
  std::replace(words.begin(), words.end(), '_', ' ');
  return words;
}

const std::vector<ChartMetric>& chart_metrics() {
  static const std::vector<ChartMetric> charts{
      {"critic/score/mean", "Reward", Unit::Number},
      {"reward/format", "Readable answers", Unit::Share},
      {"reward/physics", "Physics part of the reward", Unit::Number},
      {"reward/looks", "Looks part of the reward", Unit::Number},
      {"env/faulty_objects", "Faulty objects", Unit::Share},
      {"env/colliding_objects", "Colliding objects", Unit::Share},
      {"env/out_of_room", "Out of the room", Unit::Share},
      {"env/broken_relations", "Broken relations", Unit::Share},
      {"env/opening_blocked", "Rooms with a blocked door or window", Unit::Share},
      {"env/collision_reference", "Collision, the reference's formula", Unit::Share},
      {"env/constraint_reference", "Constraint, the reference's formula", Unit::Share},
      {"response_length/mean", "Response length (tokens)", Unit::Count},
      {"response_length/clip_ratio", "Answers cut off at the limit", Unit::Share},
      {"actor/kl_loss", "KL to the untrained policy", Unit::Number},
      {"actor/entropy_loss", "Entropy", Unit::Number},
      {"actor/pg_clipfrac", "Clipped tokens", Unit::Share},
      {"actor/pg_loss", "Policy loss", Unit::Number},
      {"actor/grad_norm", "Gradient norm", Unit::Number},
      {"actor/lr", "Learning rate", Unit::Number},
  };
  return charts;
}

}  // namespace metaspatial::eval
