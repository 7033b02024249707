#pragma once

#include <span>

#include "metaspatial/base/json.hpp"
#include "metaspatial/eval/rollout.hpp"

namespace metaspatial::rl {

/// What the rollouts of a step were like: scores, lengths, faults, for metrics.jsonl.
[[nodiscard]] Json rollout_metrics(std::span<const eval::RolloutGroup> groups, int turns);

/// The tokens of a step's answers, and of all that is read to learn from them: a room's question once, what
/// each turn was shown, the answers.
struct TokenCounts {
  double written = 0;
  double all = 0;
};
[[nodiscard]] TokenCounts count_tokens(std::span<const eval::RolloutGroup> groups);

/// The same of a validation: first answers, and the reward of the last turn.
[[nodiscard]] Json validation_metrics(std::span<const eval::RolloutGroup> groups, int turns);

/// The share of what was to be graded that the judge gave no grade for.
[[nodiscard]] double judge_failed_share(std::span<const eval::RolloutGroup> groups);

/// Means over every answer of a step, unreadable ones included: what stages go by.
struct StageMeans {
  double format = 0;
  double physics = 0;
};
[[nodiscard]] StageMeans stage_means(std::span<const eval::RolloutGroup> groups);

}  // namespace metaspatial::rl
