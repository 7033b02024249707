#include "metaspatial/rl/collector.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <atomic>
#include <iterator>
#include <limits>
#include <utility>

#include "metaspatial/base/parallel.hpp"
#include "metaspatial/base/rng.hpp"
#include "metaspatial/base/stopwatch.hpp"
#include "metaspatial/rl/advantages.hpp"
#include "metaspatial/rl/data_parallel.hpp"

namespace metaspatial::rl {

namespace {

/// Draws of one room that may be too large for the curriculum.
constexpr std::uint64_t kDraws = 2000;

/// The returns of a group's trajectories, NaN where one has none.
std::vector<double> returns_of(const eval::RolloutGroup& group, int turns, double gamma) {
  std::vector<double> returns;
  for (const eval::Rollout& rollout : group.rollouts) {
    std::vector<double> rewards;
    for (const env::Turn& turn : rollout.episode.turns()) rewards.push_back(turn.reward.total);
    if (rollout.failure || rewards.empty()) {
      returns.push_back(std::numeric_limits<double>::quiet_NaN());
      continue;
    }
    rewards.resize(static_cast<std::size_t>(turns), rewards.back());
    returns.push_back(trajectory_return(rewards, gamma));
  }
  return returns;
}

}  // namespace

Result<std::vector<std::shared_ptr<const env::Room>>> Collector::make_rooms(
    std::uint64_t first, std::size_t count, const CurriculumStage& stage) const {
  std::vector<std::shared_ptr<const env::Room>> rooms(count);
  std::atomic<bool> none{false};
  parallel_for(count, [&](std::size_t r) {
    for (std::uint64_t draw = 0; draw < kDraws && !none; ++draw) {
      eval::SolvedRoom solved = source_.room(first + r + (draw << 40U));
      if (!allows(stage, solved.graph)) continue;
      rooms[r] = env::make_room(device_, std::move(solved.graph), config_.env);
      return;
    }
    none = true;
  });
  if (none)
    return invalid(fmt::format("data.curriculum: none of {} rooms has at most {} objects{}", kDraws,
                               stage.max_objects > 0 ? std::to_string(stage.max_objects) : "any number of",
                               stage.max_floor_m2 > 0 ? fmt::format(" on {} m2", stage.max_floor_m2) : ""),
                   config_.train_descriptions);
  return rooms;
}

Result<Experience> Collector::collect(
    int step, double progress, const reward::RewardConfig& reward,
    const std::function<void(std::span<const eval::RolloutGroup>)>& answered) {
  const CurriculumStage stage = config_.curriculum.at(progress);
  Experience out;
  out.env = std::make_unique<env::EnvConfig>(config_.env);
  out.env->reward = reward;
  if (stage.max_turns > 0) out.env->max_turns = std::min(out.env->max_turns, stage.max_turns);
  out.turns = out.env->max_turns;
  eval::PlayOptions play;
  play.group_size = config_.rollouts_per_room;
  play.sampling.temperature = config_.temperature;
  play.sampling.max_new_tokens = config_.max_response_tokens;
  play.seed = Rng{config_.seed, static_cast<std::uint64_t>(step), 0x706c6179}.next();
  // While a model grades one half of the rooms, the other half is furnished, and what is there is read.
  if (out.env->judge != nullptr) play.waves = 2;
  if (!config_.online_filtering) play.answered = answered;

  play.times = &out.times;

  const auto wanted = static_cast<std::size_t>(config_.rooms_per_step);
  const std::uint64_t first = static_cast<std::uint64_t>(step) * wanted;
  const int rounds = config_.online_filtering ? config_.max_try_make_batch : 1;
  std::vector<eval::RolloutGroup> left_out;
  for (int round = 0; round < rounds && out.played.size() < wanted; ++round) {
    // The rooms of later rounds are no other step's.
    const std::uint64_t index = first + (static_cast<std::uint64_t>(round) << 32U);
    const Stopwatch watch;
    METASPATIAL_TRY(const auto rooms, make_rooms(index, wanted, stage));
    out.times.rooms_cpu += watch.process_cpu_s();
    play.room_keys.clear();
    for (std::size_t r = 0; r < wanted; ++r)
      play.room_keys.push_back(static_cast<std::uint64_t>(round) * wanted + r);
    METASPATIAL_TRY(
        auto groups,
        play_together(
            processes_,
            owners_of_rooms(rooms, static_cast<std::size_t>(config_.rooms_per_update), processes_.size()),
            policy_, rooms, *out.env, play, fmt::format("the answers of step {}", step + 1)));
    for (eval::RolloutGroup& group : groups) {
      const bool tells =
          !config_.online_filtering || is_informative(returns_of(group, out.turns, config_.credit.gamma));
      (tells && out.played.size() < wanted ? out.played : left_out).push_back(std::move(group));
    }
  }
  out.learned = out.played.size();
  if (out.learned < wanted)
    spdlog::warn(
        "step {}: {} of {} rooms have answers of different worth after {} rounds; it learns from these",
        step + 1, out.learned, wanted, rounds);
  if (estimator(config_.credit.estimator).greedy && out.learned > 0) {
    std::vector<std::shared_ptr<const env::Room>> rooms;
    for (const eval::RolloutGroup& group : out.played) rooms.push_back(group.room);
    eval::PlayOptions once;
    once.sampling = eval::greedy_sampling();
    once.sampling.max_new_tokens = config_.max_response_tokens;
    METASPATIAL_TRY(
        out.greedy,
        play_together(
            processes_,
            owners_of_rooms(rooms, static_cast<std::size_t>(config_.rooms_per_update), processes_.size()),
            policy_, rooms, *out.env, once, fmt::format("the greedy answers of step {}", step + 1)));
  }
  std::ranges::move(left_out, std::back_inserter(out.played));
  if (config_.online_filtering) answered(out.groups());
  return out;
}

}  // namespace metaspatial::rl
