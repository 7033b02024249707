#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "metaspatial/base/error.hpp"
#include "metaspatial/eval/rollout.hpp"
#include "metaspatial/rl/estimators.hpp"
#include "metaspatial/rl/turn_credit.hpp"

/// From what was played to the advantages of tokens, in two steps: played_room() takes out the numbers,
/// assign_credit() works on them alone.
namespace metaspatial::rl {

/// DAPO's soft punishment of long answers; see overlong_penalty().
struct OverlongConfig {
  bool enabled = false;         ///< [reward_model.overlong_buffer.enable]
  int buffer_tokens = 100;      ///< [reward_model.overlong_buffer.len]
  double penalty_factor = 1.0;  ///< [reward_model.overlong_buffer.penalty_factor]
};

/// How rewards become the advantages of tokens.
struct CreditConfig {
  std::string estimator = "grpo";          ///< [algorithm.adv_estimator] of estimators()
  std::string turn_credit = "trajectory";  ///< [algorithm.turn_credit] of turn_credits()
  double gamma = 1.0;                      ///< [algorithm.gamma]
  double lam = 1.0;                        ///< [algorithm.lam]
  double high_level_gamma = 1.0;           ///< [algorithm.high_level_gamma]
  bool normalise_by_std = true;            ///< [algorithm.norm_adv_by_std]
  double last_turn_weight = 0.5;           ///< [algorithm.last_turn_weight]
  double object_credit = 0.0;  ///< [algorithm.object_credit] lambda of the per-object part; 0: none
  bool spo = false;            ///< [algorithm.object_credit_kind] spo: spo_advantages() in place of our form
  /// [algorithm.object_credit_tokens] numbers: an object's tokens are those that hold any byte of its
  /// numbers, not of its whole entry. spo knows no others.
  bool numbers_only = false;
  bool per_axis = true;      ///< [algorithm.object_credit_per_axis] the tokens of x, y and z carry their own
                             ///< axis' score instead of the object's
  double credit_clip = 3.0;  ///< [algorithm.object_credit_clip]
  OverlongConfig overlong;
};

/// Errors   InvalidInput for parts that do not go together.
[[nodiscard]] Result<void> check_credit(const CreditConfig& config, std::string_view where);

/// An object, or one number of it, that a token belongs to.
struct TokenPart {
  std::size_t token = 0;
  std::size_t object = 0;
  int axis = -1;  ///< 0, 1, 2: holds a byte of x, y, z; -1: of the entry's rest
  bool operator==(const TokenPart&) const = default;
};
/// The objects whose entries the tokens hold a byte of. A token that two entries share is the one's that
/// comes first in the graph, one that two numbers of an entry share the first one's.
///
/// Shape    at most one part per token, ascending by token.
[[nodiscard]] std::vector<TokenPart> entry_parts(std::span<const vlm::TokenId> ids,
                                                 const vlm::Tokenizer& tokenizer,
                                                 std::span<const reward::EntryRanges> entries);
/// The numbers (x, y, z; z_angle with axis -1) that the tokens hold a byte of: exactly 3D-SPO's mask.
///
/// Shape    ascending by token; a token that several numbers share has a part for each.
[[nodiscard]] std::vector<TokenPart> number_parts(std::span<const vlm::TokenId> ids,
                                                  const vlm::Tokenizer& tokenizer,
                                                  std::span<const reward::EntryRanges> entries);

/// One turn, in numbers.
struct PlayedTurn {
  double reward = 0;                           ///< R_t; NaN where the judge failed
  std::size_t tokens = 0;                      ///< that the model wrote
  double overlong = 0;                         ///< <= 0, part of the reward of its last token
  std::vector<std::array<double, 4>> objects;  ///< [object]: its score, and x's, y's, z's; in [0, 1];
                                               ///< empty: unreadable, or the judge failed
  std::vector<TokenPart> parts;                ///< which tokens they are credited to
  std::vector<double> kl;                      ///< per token, times its coefficient, taken from its
                                               ///< reward; empty: none
  std::vector<double> values;                  ///< the critic's, per token; empty: no critic
};
struct PlayedTrajectory {
  std::vector<PlayedTurn> turns;
  bool complete = true;  ///< no: the next answer never came
};
struct PlayedRoom {
  std::vector<PlayedTrajectory> rollouts;
  std::optional<PlayedTrajectory> greedy;  ///< for estimators that ask for one
};

/// The numbers of a group; those of tokens (kl, values) are the caller's to fill in.
///
/// `max_response_tokens`: data.max_response_length, for the overlong penalty.
/// Errors   none; METASPATIAL_CHECKs that rewards are finite but where the judge failed.
[[nodiscard]] PlayedRoom played_room(const eval::RolloutGroup& group, const vlm::Processor& processor,
                                     const CreditConfig& config, std::int64_t max_response_tokens = 0);
/// The rewards and lengths of one rollout, without objects and penalties.
[[nodiscard]] PlayedTrajectory played_trajectory(const eval::Rollout& rollout);
/// sum_t gamma^(t-1) R_t over `turns` turns; those that a complete trajectory did not use have its last
/// reward. NaN where a reward is missing.
[[nodiscard]] double return_of(const PlayedTrajectory& played, std::size_t turns, double gamma);

/// One turn of one rollout as it is learned from.
///
/// Shape    one entry per token of the generation.
struct LearnedTurn {
  std::size_t rollout = 0;
  std::size_t turn = 0;
  std::vector<float> advantages;
  std::vector<float> returns;  ///< for the critic; empty with an estimator that asks for none
};

/// The advantages of every turn of a step. A turn whose judge failed or whose answer never came, or whose
/// credit needs such a turn, is left out: it is not in the result, and no mean knows of it.
///
/// Shape    one list per room, by turn, then rollout.
/// REQUIRES values and greedy trajectories where the estimator asks for them. A room whose greedy trajectory
///          failed is left out.
[[nodiscard]] std::vector<std::vector<LearnedTurn>> assign_credit(std::span<const PlayedRoom> rooms,
                                                                  const CreditConfig& config);
/// Of a step of one room.
[[nodiscard]] std::vector<LearnedTurn> assign_credit(const eval::RolloutGroup& group,
                                                     const vlm::Processor& processor,
                                                     const CreditConfig& config);

}  // namespace metaspatial::rl
