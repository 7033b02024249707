#include "metaspatial/rl/step_metrics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

#include "metaspatial/eval/evaluate.hpp"

namespace metaspatial::rl {

namespace {

/// Copies what training and validation both tell of first answers.
void tell_faults(const Json& first, const std::string& prefix, Json& line) {
  for (const char* key : {"faulty_objects", "colliding_objects", "out_of_room", "broken_relations",
                          "opening_blocked", "collision_reference", "constraint_reference"})
    line[prefix + key] = first[key];
}

}  // namespace

Json validation_metrics(std::span<const eval::RolloutGroup> groups, int turns) {
  const auto by_turn = eval::metrics_by_turn(groups, turns);
  const Json first = eval::metrics_json(by_turn.front());
  Json line{{"val/reward", first["reward"]}, {"val/format", first["format"]}};
  tell_faults(first, "val/", line);
  line["val/reward_last_turn"] = eval::metrics_json(by_turn.back())["reward"];
  return line;
}

Json rollout_metrics(std::span<const eval::RolloutGroup> groups, int turns) {
  std::vector<double> rewards;
  double response_tokens = 0;
  double shortest = std::numeric_limits<double>::infinity();
  double longest = 0;
  double responses = 0;
  double physics = 0;
  double looks = 0;
  double graded = 0;
  double unfinished = 0;
  for (const auto& group : groups) {
    for (const auto& rollout : group.rollouts) {
      for (std::size_t t = 0; t < rollout.turns.size(); ++t) {
        const reward::Reward& reward = rollout.episode.turns()[t].reward;
        if (reward.complete()) rewards.push_back(reward.total);
        physics += reward.physics;
        looks += reward.looks.value_or(0);
        graded += reward.looks ? 1 : 0;
        const auto tokens = static_cast<double>(rollout.turns[t].generation.ids.size());
        response_tokens += tokens;
        shortest = std::min(shortest, tokens);
        longest = std::max(longest, tokens);
        unfinished += rollout.turns[t].generation.finished ? 0 : 1;
        ++responses;
      }
    }
  }
  // Without any grade of the judge there is no reward to tell.
  const auto [low, high] = std::minmax_element(rewards.begin(), rewards.end());
  const double mean =
      std::accumulate(rewards.begin(), rewards.end(), 0.0) / static_cast<double>(rewards.size());
  const auto told = [&rewards](double value) { return rewards.empty() ? Json() : Json(value); };
  Json line{{"critic/score/mean", told(mean)},
            {"critic/score/min", rewards.empty() ? Json() : Json(*low)},
            {"critic/score/max", rewards.empty() ? Json() : Json(*high)},
            {"response_length/mean", response_tokens / responses},
            {"response_length/min", shortest},
            {"response_length/max", longest},
            {"response_length/clip_ratio", unfinished / responses}};
  const auto by_turn = eval::metrics_by_turn(groups, turns);
  const Json first = eval::metrics_json(by_turn.front());
  line["reward/format"] = first["format"];
  line["reward/physics"] = physics / responses;
  if (graded > 0) line["reward/looks"] = looks / graded;
  tell_faults(first, "env/", line);
  for (int t = 0; t < turns; ++t) {
    const Json turn = eval::metrics_json(by_turn[static_cast<std::size_t>(t)]);
    line[fmt::format("env/reward_turn_{}", t + 1)] = turn["reward"];
  }
  return line;
}

TokenCounts count_tokens(std::span<const eval::RolloutGroup> groups) {
  TokenCounts counts;
  for (const auto& group : groups) {
    if (group.question != nullptr) counts.all += static_cast<double>(group.question->tokens.ids.size());
    for (const auto& rollout : group.rollouts) {
      for (const eval::TurnTokens& turn : rollout.turns) {
        counts.written += static_cast<double>(turn.generation.ids.size());
        counts.all += static_cast<double>(turn.prompt.ids.size() + turn.generation.ids.size());
      }
    }
  }
  return counts;
}

double judge_failed_share(std::span<const eval::RolloutGroup> groups) {
  double wanted = 0;
  double failed = 0;
  for (const auto& group : groups)
    for (const auto& rollout : group.rollouts)
      for (const env::Turn& turn : rollout.episode.turns()) {
        wanted += turn.reward.looks_state == reward::LooksState::NotWanted ? 0 : 1;
        failed += turn.reward.looks_state == reward::LooksState::Failed ? 1 : 0;
      }
  return wanted > 0 ? failed / wanted : 0.0;
}

StageMeans stage_means(std::span<const eval::RolloutGroup> groups) {
  StageMeans means;
  double answers = 0;
  for (const auto& group : groups) {
    for (const auto& rollout : group.rollouts) {
      for (const env::Turn& turn : rollout.episode.turns()) {
        means.format += turn.reward.format;
        means.physics += turn.reward.physics;
        ++answers;
      }
    }
  }
  means.format /= answers;
  means.physics /= answers;
  return means;
}

}  // namespace metaspatial::rl
