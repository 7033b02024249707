#pragma once

#include <span>
#include <string>

#include "metaspatial/eval/rollout.hpp"
#include "metaspatial/rl/policy_update.hpp"
#include "metaspatial/vlm/model.hpp"

namespace metaspatial::rl {

/// Names the first answer with a number that is not finite, and that number, for the message of a run that
/// ends: "room 'a bedroom', rollout 3, turn 2: its reference log-prob is not finite". Where all numbers are
/// finite, the first answer whose gradient by itself is not; else "no single answer is to blame".
///
/// Shape    training[i] is what is learned from groups[i].
/// Cost     a forward and a backward pass of every answer by itself.
[[nodiscard]] std::string blame(const vlm::Model& model, std::span<const eval::RolloutGroup> groups,
                                std::span<const TrainingGroup> training, double temperature);

}  // namespace metaspatial::rl
