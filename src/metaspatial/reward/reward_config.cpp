#include "metaspatial/reward/reward_config.hpp"

#include <fmt/format.h>

#include <string_view>

namespace metaspatial::reward {

namespace {

// Weights count relative to each other; those that a sum is divided by must not vanish.
constexpr double kLeastWeight = 1e-3;
constexpr double kMostWeight = 1e3;
constexpr double kShortestFalloff_m = 1e-3;
constexpr double kLongestFalloff_m = 100;

void read_falloff(ConfigReader& reader, std::string_view fault, Falloff& falloff) {
  reader.read(fmt::format("reward.falloff.{}.near_m", fault), falloff.near_m, kShortestFalloff_m,
              kLongestFalloff_m);
  reader.read(fmt::format("reward.falloff.{}.far_m", fault), falloff.far_m, kShortestFalloff_m,
              kLongestFalloff_m);
}

}  // namespace

void read_rules(ConfigReader& reader, physics::Rules& rules) {
  reader.read("reward.rules.overlap_slop_m", rules.overlap_slop_m, 0, 1);
  reader.read("reward.rules.room_slop_m", rules.room_slop_m, 0, 1);
  reader.read("reward.rules.relation_slop_m", rules.relation_slop_m, 0, 10);
  reader.read("reward.rules.support_slop_m", rules.support_slop_m, 0, 1);
  reader.read("reward.rules.adjacent_gap_m", rules.adjacent_gap_m, 0, 100);
  reader.read("reward.rules.far_gap_m", rules.far_gap_m, 0, 1000);
  reader.read("reward.rules.swing_slop_m", rules.swing_slop_m, 0, 1);
  reader.read("reward.rules.wall_gap_m", rules.wall_gap_m, 0, 10);
  reader.read("reward.rules.facing_slop_rad", rules.facing_slop_rad, 0, scene::kPi);
  reader.read("reward.rules.seat_gap_m", rules.seat_gap_m, 0, 100);
  reader.read("reward.rules.screen_gap_m", rules.screen_gap_m, 0, 100);
  reader.read("reward.rules.access_depth_m", rules.access_depth_m, 0.01, 10);
  reader.read("reward.rules.access_front_share", rules.access_front_share, 0, 1);
  reader.read("reward.rules.access_side_share", rules.access_side_share, 0, 1);
  reader.read("reward.rules.align_slop_rad", rules.align_slop_rad, 0, scene::kPi);
  reader.read("reward.rules.flush_slop_m", rules.flush_slop_m, 0, 10);
  reader.read("reward.rules.free_standing_m", rules.free_standing_m, 0, 100);
  reader.read("reward.rules.row_slop_m", rules.row_slop_m, 0, 10);
  reader.read("reward.rules.row_reach_m", rules.row_reach_m, 0, 100);
  reader.read("reward.rules.use", rules.use);
  reader.read("reward.rules.alignment", rules.alignment);
}

void read_reward_config(ConfigReader& reader, RewardConfig& config) {
  reader.read("reward.format_weight", config.format_weight, kLeastWeight, kMostWeight);
  reader.read("reward.physics_weight", config.physics_weight, 0, kMostWeight);
  reader.read("reward.looks_weight", config.looks_weight, 0, kMostWeight);

  reader.read("reward.object.overlap_weight", config.overlap_weight, 0, kMostWeight);
  reader.read("reward.object.relation_weight", config.relation_weight, kLeastWeight, kMostWeight);
  reader.read("reward.object.support_weight", config.support_weight, 0, kMostWeight);
  reader.read("reward.object.blocked_weight", config.blocked_weight, 0, kMostWeight);
  reader.read("reward.object.use_weight", config.use_weight, 0, kMostWeight);
  reader.read("reward.object.alignment_weight", config.alignment_weight, 0, kMostWeight);

  read_falloff(reader, "overlap", config.overlap);
  read_falloff(reader, "bounds", config.bounds);
  read_falloff(reader, "relation", config.relation);
  read_falloff(reader, "support", config.support);
  read_falloff(reader, "blocked", config.blocked);
  read_falloff(reader, "use", config.use);
  read_falloff(reader, "alignment", config.alignment);

  read_rules(reader, config.rules);
}

void read_stage_schedule(ConfigReader& reader, StageSchedule& schedule) {
  reader.read("reward.stages.enabled", schedule.enabled);
  reader.read("reward.stages.physics_after_format", schedule.physics_after_format, 0, 1);
  reader.read("reward.stages.looks_after_physics", schedule.looks_after_physics, 0, 1);
  reader.read("reward.stages.patience", schedule.patience, 1, 10000);
}

}  // namespace metaspatial::reward
