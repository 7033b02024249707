#pragma once

#include <limits>
#include <span>
#include <string_view>
#include <vector>

#include "metaspatial/rl/advantages.hpp"

/// The advantage estimators that a run can choose, by name [algorithm.adv_estimator]. To add one: write its
/// function and its row in estimators.cpp; the config, the trainer and the check of docs/ALGORITHMS.md read
/// the table.
namespace metaspatial::rl {

/// What estimators may depend on beside rewards.
struct EstimatorConfig {
  double gamma = 1.0;            ///< [algorithm.gamma]
  double lam = 1.0;              ///< [algorithm.lam]
  double turn_gamma = 1.0;       ///< [algorithm.high_level_gamma] between turns, of bi-level GAE
  bool normalise_by_std = true;  ///< [algorithm.norm_adv_by_std]
};

/// The scores of one turn of a room's trajectories; see TurnCredit for what a score is.
struct GroupScores {
  std::span<const double> scores;                            ///< (G); NaN: left out
  double greedy = std::numeric_limits<double>::quiet_NaN();  ///< of the greedy trajectory, for those that ask
};
/// -> (G), every token of trajectory g's turn; 0 for what is left out.
using GroupEstimator = std::vector<double> (*)(const GroupScores&, const EstimatorConfig&);

/// One trajectory, token by token: what the model wrote, turn by turn. What it read in between is no step.
struct TrajectoryTokens {
  std::span<const std::vector<double>> rewards;  ///< [t][k]
  std::span<const std::vector<double>> values;   ///< the critic's, the same shape; empty without one
};
/// -> one per turn, an entry per token; `returns` is what a critic is to learn.
using TokenEstimator = std::vector<Gae> (*)(const TrajectoryTokens&, const EstimatorConfig&);

/// One of the two functions is set.
struct Estimator {
  std::string_view name;
  GroupEstimator of_group = nullptr;
  TokenEstimator of_tokens = nullptr;
  bool whiten = false;  ///< then whitened over all tokens of the step
  bool critic = false;  ///< asks for values
  bool greedy = false;  ///< asks for a greedy trajectory per room
  std::string_view formula;
  std::string_view source;
};

[[nodiscard]] std::span<const Estimator> estimators();
/// REQUIRES a name of the table.
[[nodiscard]] const Estimator& estimator(std::string_view name);
[[nodiscard]] std::vector<std::string_view> estimator_names();

}  // namespace metaspatial::rl
