#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "metaspatial/eval/rollout.hpp"

namespace metaspatial::rl {

/// How rewards become the advantages of tokens.
struct CreditConfig {
  double gamma = 1.0;            ///< of the trajectory return
  bool normalise_by_std = true;  ///< GRPO's division
  /// Trajectory: every turn's tokens carry the trajectory's return. Improvement: turn 1 carries R_1, turn t
  /// carries R_t - R_(t-1), each compared within the group.
  bool improvement = false;
  /// With `improvement`, later turns are not compared within the group but with leaving the layout as it is.
  bool over_keep = false;
  double object_credit = 0.0;  ///< lambda of the per-object part; 0 is plain GRPO
  bool per_axis = true;  ///< the tokens of x, y and z carry their own axis' score instead of the object's
  double credit_clip = 3.0;
};

/// One turn of one rollout as it is learned from.
///
/// Shape    advantages has one entry per token of the generation.
struct LearnedTurn {
  std::size_t rollout = 0;
  std::size_t turn = 0;
  std::vector<float> advantages;
};

/// The advantages of every turn of a group. A turn whose judge failed or whose answer never came, or which is
/// compared with such a turn, is left out of the group: it is not in the result, and no mean knows of it.
///
/// Errors   none; METASPATIAL_CHECKs that every other reward is finite.
[[nodiscard]] std::vector<LearnedTurn> assign_credit(const eval::RolloutGroup& group,
                                                     const vlm::Processor& processor,
                                                     const CreditConfig& config);

/// Which object, and which of its numbers, each token of a response belongs to: a token is an object's token
/// if it holds any byte of that object's entry, and an axis' token if it holds any byte of that number.
///
/// Shape    one entry per token; object -1: none; axis -1: the rest of the entry.
struct TokenPart {
  int object = -1;
  int axis = -1;
};
[[nodiscard]] std::vector<TokenPart> token_parts(std::span<const vlm::TokenId> ids,
                                                 const vlm::Tokenizer& tokenizer,
                                                 std::span<const reward::EntryRanges> entries);

}  // namespace metaspatial::rl
