#include "metaspatial/reward/stages.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <string>
#include <utility>

namespace metaspatial::reward {

namespace {

constexpr std::array kStages{Stage::Format, Stage::Physics, Stage::Looks};

}  // namespace

std::string_view name(Stage stage) {
  switch (stage) {
    case Stage::Format:
      return "format";
    case Stage::Physics:
      return "physics";
    case Stage::Looks:
      return "looks";
  }
  return "?";
}

Stages::Stages(const StageSchedule& schedule)
    : schedule_(schedule), stage_(schedule.enabled ? Stage::Format : Stage::Looks) {
  METASPATIAL_CHECK(schedule.patience >= 1, "a schedule's patience, validated where the config is read");
}

void Stages::observe(double mean_format, double mean_physics) {
  METASPATIAL_CHECK(std::isfinite(mean_format) && std::isfinite(mean_physics), "the mean of a reward");
  if (stage_ == Stage::Looks) return;
  const auto patience = static_cast<std::size_t>(schedule_.patience);
  recent_.push_back(stage_ == Stage::Format ? mean_format : mean_physics);
  if (recent_.size() > patience) recent_.erase(recent_.begin());
  const double mean =
      std::accumulate(recent_.begin(), recent_.end(), 0.0) / static_cast<double>(recent_.size());
  const double threshold =
      stage_ == Stage::Format ? schedule_.physics_after_format : schedule_.looks_after_physics;
  if (recent_.size() < patience || mean < threshold) return;
  stage_ = stage_ == Stage::Format ? Stage::Physics : Stage::Looks;
  recent_.clear();
}

RewardConfig Stages::staged(const RewardConfig& config) const {
  RewardConfig staged = config;
  if (stage_ == Stage::Format) {
    staged.physics_weight = 0;
    staged.looks_weight = 0;
  } else if (stage_ == Stage::Physics) {
    staged.physics_weight += staged.looks_weight;
    staged.looks_weight = 0;
  }
  return staged;
}

Json Stages::state() const {
  return Json{{"stage", std::string(name(stage_))}, {"recent", Json(recent_)}};
}

Result<void> Stages::restore(const Json& state) {
  if (!state.is_object() || !state.contains("stage") || !state["stage"].is_string())
    return invalid("is not a state of stages; expected {\"stage\", \"recent\"}");
  const auto word = state["stage"].get<std::string>();
  const auto* const stage = std::ranges::find(kStages, word, [](Stage s) { return name(s); });
  if (stage == kStages.end())
    return invalid("stage '" + word + "' is not known; expected format, physics or looks");
  std::vector<double> recent;
  if (!state.contains("recent") || !state["recent"].is_array())
    return invalid("\"recent\" is missing; expected a list of numbers from 0 to 1");
  for (const Json& mean : state["recent"]) {
    if (!mean.is_number() || !(mean.get<double>() >= 0 && mean.get<double>() <= 1))
      return invalid("\"recent\" holds something else than numbers from 0 to 1");
    recent.push_back(mean.get<double>());
  }
  if (!schedule_.enabled) return {};
  stage_ = *stage;
  recent_ = std::move(recent);
  // Of a run that was more patient the newest are enough.
  const auto patience = static_cast<std::size_t>(schedule_.patience);
  if (recent_.size() > patience)
    recent_.erase(recent_.begin(), recent_.end() - static_cast<std::ptrdiff_t>(patience));
  return {};
}

}  // namespace metaspatial::reward
