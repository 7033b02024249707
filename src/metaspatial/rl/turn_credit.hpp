#pragma once

#include <span>
#include <string_view>
#include <vector>

/// What each turn of a trajectory is paid for, by name [algorithm.turn_credit].
namespace metaspatial::rl {

/// The rewards of one trajectory in a group whose longest has T turns.
///
/// A trajectory that stopped early left its room as it is: its last reward stands for the turns that it did
/// not use, so that stopping is neither punished nor paid.
struct TurnRewards {
  std::span<const double> rewards;  ///< (T) R_1 to R_T, the last one repeated; NaN: the judge failed, or the
                                    ///< answer never came
  std::size_t played = 0;           ///< turns that were played, at least 1
};

struct TurnCreditConfig {
  double gamma = 1.0;             ///< [algorithm.gamma]
  double last_turn_weight = 0.5;  ///< [algorithm.last_turn_weight]
};

/// What a penalty (KL in the reward, overlong answers) of turn t is taken from.
enum class PenaltyFrom {
  EveryTurn,  ///< the scores of all turns, discounted
  UpToTurn,   ///< those of turn t and before, discounted
  Turn,       ///< that of turn t
};

/// One way to credit turns. Estimators that compare the trajectories of a group are given scores, turn by
/// turn; those that go token by token find payments at the turns' ends, whose sum is what the trajectory is
/// paid for.
struct TurnCredit {
  std::string_view name;
  /// -> (T) S_t; NaN: not compared.
  std::vector<double> (*scores)(const TurnRewards&, const TurnCreditConfig&);
  /// -> (played).
  std::vector<double> (*payments)(const TurnRewards&, const TurnCreditConfig&);
  PenaltyFrom penalty_from = PenaltyFrom::EveryTurn;
  bool whole = true;       ///< a trajectory that lacks a reward is left out as a whole; else those turns are
  bool gains = false;      ///< parts (objects, axes) are scored by what they gained, too
  bool over_keep = false;  ///< later turns are compared with leaving the layout, not within the group
  bool turn_ends = false;  ///< a turn's tokens are a sequence of their own
  std::string_view formula;
};

[[nodiscard]] std::span<const TurnCredit> turn_credits();
/// REQUIRES a name of the table.
[[nodiscard]] const TurnCredit& turn_credit(std::string_view name);
[[nodiscard]] std::vector<std::string_view> turn_credit_names();

}  // namespace metaspatial::rl
