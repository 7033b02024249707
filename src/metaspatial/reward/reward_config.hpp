#pragma once

#include "metaspatial/base/config.hpp"
#include "metaspatial/reward/reward.hpp"
#include "metaspatial/reward/stages.hpp"

/// What a reward is made of, as config files say it; docs/FORMATS.md lists the keys.
namespace metaspatial::reward {

/// Reads the keys under "reward." that belong to a reward: weights, falloffs and, under "reward.rules.", the
/// tolerances. What is absent keeps its value.
///
/// Errors   those of the reader, which name the key and its range.
void read_reward_config(ConfigReader& reader, RewardConfig& config);

/// Reads the tolerances alone, "reward.rules.".
void read_rules(ConfigReader& reader, physics::Rules& rules);

/// Reads the keys under "reward.stages.", which belong to training.
void read_stage_schedule(ConfigReader& reader, StageSchedule& schedule);

}  // namespace metaspatial::reward
