#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "metaspatial/eval/dialogue.hpp"
#include "metaspatial/vlm/model.hpp"

namespace metaspatial::eval {

/// How episodes are played.
struct PlayOptions {
  int group_size = 1;  ///< rollouts per room
  vlm::SamplingParams sampling;
  std::uint64_t seed = 0;  ///< rollouts are keyed by (seed, room index, rollout, turn)
  int threads = 1;
};

/// What the model read and wrote in one turn, in tokens.
struct TurnTokens {
  vlm::Sequence prompt;  ///< what followed the question; empty in turn 1
  vlm::Generation generation;
};

/// One trajectory: the episode and its tokens, turn by turn.
struct Rollout {
  env::Episode episode;
  std::vector<TurnTokens> turns;
};

/// The trajectories of one room.
struct RolloutGroup {
  std::shared_ptr<const env::Room> room;
  Question question;
  std::vector<Rollout> rollouts;
};

/// Plays `group_size` episodes in every room to their ends, all turns batched.
///
/// Shape    one group per room, in order. Threads  pictures, physics and generation use `threads` workers;
/// the
///          result does not depend on their number.
/// Errors   those of the processor.
[[nodiscard]] Result<std::vector<RolloutGroup>> play(const vlm::Model& model, const vlm::Processor& processor,
                                                     std::span<const std::shared_ptr<const env::Room>> rooms,
                                                     const env::EnvConfig& env, const PlayOptions& options);

/// The text that a generation adds to the dialogue: its tokens without the end-of-turn token.
[[nodiscard]] std::string response_text(const vlm::Processor& processor, const vlm::Generation& generation);

}  // namespace metaspatial::eval
