#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "metaspatial/eval/policy.hpp"

namespace metaspatial::eval {

/// The most likely token each time.
[[nodiscard]] inline vlm::SamplingParams greedy_sampling() {
  vlm::SamplingParams sampling;
  sampling.temperature = 0;
  return sampling;
}

/// One trajectory: the episode and its tokens, turn by turn.
struct Rollout {
  env::Episode episode;
  std::vector<TurnTokens> turns;  ///< one per turn of the episode; without tokens where the policy has none
  /// Why the next answer is missing. The trajectory ends there, and is neither one that stopped by itself nor
  /// a bad one: it is left out of whatever needs the turns that it lacks.
  std::optional<PolicyFailure> failure;
};

/// The trajectories of one room.
struct RolloutGroup {
  std::shared_ptr<const env::Room> room;
  std::shared_ptr<const Question> question;  ///< null where the policy has no tokenizer
  std::vector<Rollout> rollouts;
};

/// Where the time of playing went, in seconds. CPU seconds are those of the whole process while nothing else
/// of it ran; what a model as judge takes beside the generation is in neither.
struct PlayTimes {
  double rooms_cpu = 0;        ///< making rooms: designer, solver, their pictures
  double generation = 0;       ///< wall: reading questions, writing answers
  double environment_cpu = 0;  ///< reading answers, physics, rewards, pictures and words of later turns
  double environment = 0;      ///< the same on the wall
  double judge = 0;            ///< wall: waiting for grades with nothing else to do
};

/// How episodes are played.
struct PlayOptions {
  int group_size = 1;  ///< rollouts per room
  vlm::SamplingParams sampling;
  std::uint64_t seed = 0;  ///< rollouts are keyed by (seed, room key, rollout, turn)
  /// The keys of the rooms; empty: their places, 0, 1, ... A room's answers depend on its key, not on which
  /// other rooms are played with it.
  std::vector<std::uint64_t> room_keys;
  /// In how many parts the rooms are played: while a model grades the answers of one, the next one's are
  /// written. 1 is best where grading takes no waiting.
  int waves = 1;
  /// Called with the groups of a part when all their answers are there, while the last ones are being graded:
  /// their episodes must not be looked at, their tokens may. In the order of the rooms, from play()'s thread.
  std::function<void(std::span<const RolloutGroup>)> answered;
  PlayTimes* times = nullptr;  ///< added to; null: not wanted
};

/// Plays `group_size` episodes in every room to their ends, all turns batched.
///
/// Shape    one group per room, in order.
/// Threads  pictures and physics use the thread budget; the result does not depend on it.
/// Errors   those of the policy; its first failure if no dialogue at all got an answer to its question. Other
///          failures end their rollouts, with one warning per turn.
[[nodiscard]] Result<std::vector<RolloutGroup>> play(Policy& policy,
                                                     std::span<const std::shared_ptr<const env::Room>> rooms,
                                                     const env::EnvConfig& env, const PlayOptions& options);

/// How many answers there are, and of what kind.
struct AnswerCounts {
  std::int64_t answers = 0;
  std::int64_t readable = 0;
  std::int64_t unfinished = 0;  ///< cut off at the limit of tokens
  std::int64_t missing = 0;     ///< that never came: in no other count
};
[[nodiscard]] AnswerCounts count_answers(std::span<const RolloutGroup> groups);

}  // namespace metaspatial::eval
