#include "metaspatial/rl/collector.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <atomic>
#include <iterator>
#include <utility>

#include "metaspatial/base/parallel.hpp"
#include "metaspatial/base/rng.hpp"
#include "metaspatial/base/stopwatch.hpp"
#include "metaspatial/rl/advantages.hpp"
#include "metaspatial/rl/credit.hpp"
#include "metaspatial/rl/data_parallel.hpp"

namespace metaspatial::rl {

namespace {

/// Draws of one room that may be too large for the curriculum.
constexpr std::uint64_t kDraws = 2000;

/// Whether a group's trajectories are worth different returns.
bool tells_apart(const eval::RolloutGroup& group, int turns, double gamma) {
  std::vector<double> returns;
  for (const eval::Rollout& rollout : group.rollouts)
    returns.push_back(return_of(played_trajectory(rollout), static_cast<std::size_t>(turns), gamma));
  return is_informative(returns);
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
    return invalid(fmt::format("data.curriculum: none of {} rooms is within max_objects {}, max_floor_m2 {} "
                               "(0: no limit)",
                               kDraws, stage.max_objects, stage.max_floor_m2),
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
  const auto play_in = [&](std::span<const std::shared_ptr<const env::Room>> rooms,
                           const eval::PlayOptions& options, std::string_view answers) {
    const auto owners =
        owners_of_rooms(rooms, static_cast<std::size_t>(config_.rooms_per_update), processes_.size());
    return play_together(processes_, owners, policy_, rooms, *out.env, options,
                         fmt::format("the {} of step {}", answers, step + 1));
  };

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
    METASPATIAL_TRY(auto groups, play_in(rooms, play, "answers"));
    for (eval::RolloutGroup& group : groups) {
      const bool tells = !config_.online_filtering || tells_apart(group, out.turns, config_.credit.gamma);
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
    METASPATIAL_TRY(out.greedy, play_in(rooms, once, "greedy answers"));
  }
  std::ranges::move(left_out, std::back_inserter(out.played));
  if (config_.online_filtering) answered(out.groups());
  return out;
}

}  // namespace metaspatial::rl
