#include "metaspatial/rl/turn_credit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "metaspatial/base/error.hpp"
#include "metaspatial/rl/advantages.hpp"

namespace metaspatial::rl {

namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

/// The larger one; NaN if either is.
double larger(double a, double b) {
  return std::isnan(a) || std::isnan(b) ? kNone : std::max(a, b);
}

std::vector<double> trajectory(const TurnRewards& of, const TurnCreditConfig& config) {
  return std::vector<double>(of.rewards.size(), trajectory_return(of.rewards, config.gamma));
}

/// R_t; the last turn is paid for those that were not used, too.
std::vector<double> rewards_as_they_came(const TurnRewards& of, const TurnCreditConfig& config) {
  std::vector<double> payments(of.rewards.begin(),
                               of.rewards.begin() + static_cast<std::ptrdiff_t>(of.played));
  payments.back() = trajectory_return(of.rewards.subspan(of.played - 1), config.gamma);
  return payments;
}

std::vector<double> improvement(const TurnRewards& of, const TurnCreditConfig&) {
  std::vector<double> scores(of.rewards.size(), kNone);
  for (std::size_t t = 0; t < of.played; ++t)
    scores[t] = t > 0 ? of.rewards[t] - of.rewards[t - 1] : of.rewards[t];
  return scores;
}

std::vector<double> gains(const TurnRewards& of, const TurnCreditConfig& config) {
  std::vector<double> payments = improvement(of, config);
  payments.resize(of.played);
  return payments;
}

std::vector<double> last_turn(const TurnRewards& of, const TurnCreditConfig& config) {
  const double mean = trajectory_return(of.rewards, 1.0) / static_cast<double>(of.rewards.size());
  const double w = config.last_turn_weight;
  return std::vector<double>(of.rewards.size(), w * of.rewards.back() + (1 - w) * mean);
}

std::vector<double> last_turn_payments(const TurnRewards& of, const TurnCreditConfig& config) {
  const double w = config.last_turn_weight;
  const double share = (1 - w) / static_cast<double>(of.rewards.size());
  std::vector<double> payments;
  for (std::size_t t = 0; t < of.played; ++t) payments.push_back(share * of.rewards[t]);
  for (std::size_t t = of.played; t < of.rewards.size(); ++t) payments.back() += share * of.rewards[t];
  payments.back() += w * of.rewards.back();
  return payments;
}

std::vector<double> best_turn(const TurnRewards& of, const TurnCreditConfig&) {
  std::vector<double> scores(of.rewards.begin(), of.rewards.end());
  for (std::size_t t = scores.size() - 1; t-- > 0;) scores[t] = larger(scores[t], scores[t + 1]);
  return scores;
}

std::vector<double> best_turn_payments(const TurnRewards& of, const TurnCreditConfig&) {
  std::vector<double> payments;
  double best = 0;
  for (std::size_t t = 0; t < of.played; ++t) {
    const double now = t > 0 ? larger(best, of.rewards[t]) : of.rewards[t];
    payments.push_back(now - best);
    best = now;
  }
  return payments;
}

std::vector<double> per_turn(const TurnRewards& of, const TurnCreditConfig&) {
  std::vector<double> scores(of.rewards.size(), kNone);
  std::copy_n(of.rewards.begin(), of.played, scores.begin());
  return scores;
}

std::vector<double> per_turn_payments(const TurnRewards& of, const TurnCreditConfig&) {
  return {of.rewards.begin(), of.rewards.begin() + static_cast<std::ptrdiff_t>(of.played)};
}

std::vector<double> per_turn_return(const TurnRewards& of, const TurnCreditConfig& config) {
  return discounted_returns(of.rewards, config.gamma);
}

constexpr std::array kTurnCredits{
    TurnCredit{.name = "trajectory",
               .scores = trajectory,
               .payments = rewards_as_they_came,
               .formula = "S = sum_t gamma^(t-1) R_t, for every turn"},
    TurnCredit{.name = "improvement",
               .scores = improvement,
               .payments = gains,
               .penalty_from = PenaltyFrom::Turn,
               .whole = false,
               .gains = true,
               .formula = "S_1 = R_1, S_t = R_t - R_(t-1)"},
    TurnCredit{.name = "improvement_over_keep",
               .scores = improvement,
               .payments = gains,
               .penalty_from = PenaltyFrom::Turn,
               .whole = false,
               .gains = true,
               .over_keep = true,
               .formula = "the same; A_t = clip(S_t / (rms S_t + 0.02), -3, 3) for t > 1"},
    TurnCredit{.name = "last_turn",
               .scores = last_turn,
               .payments = last_turn_payments,
               .formula = "S = w R_T + (1 - w) mean_t R_t, for every turn; w = last_turn_weight"},
    TurnCredit{.name = "best_turn",
               .scores = best_turn,
               .payments = best_turn_payments,
               .penalty_from = PenaltyFrom::UpToTurn,
               .formula = "S_t = max R_s over s >= t"},
    TurnCredit{.name = "per_turn",
               .scores = per_turn,
               .payments = per_turn_payments,
               .penalty_from = PenaltyFrom::Turn,
               .whole = false,
               .turn_ends = true,
               .formula = "S_t = R_t"},
    TurnCredit{.name = "per_turn_return",
               .scores = per_turn_return,
               .payments = rewards_as_they_came,
               .penalty_from = PenaltyFrom::UpToTurn,
               .formula = "S_t = sum gamma^(s-t) R_s over s >= t"},
};

}  // namespace

std::span<const TurnCredit> turn_credits() {
  return kTurnCredits;
}

const TurnCredit& turn_credit(std::string_view name) {
  const auto found = std::ranges::find(kTurnCredits, name, &TurnCredit::name);
  METASPATIAL_CHECK(found != kTurnCredits.end(), fmt::format("no turn credit '{}'", name));
  return *found;
}

std::vector<std::string_view> turn_credit_names() {
  std::vector<std::string_view> names;
  for (const TurnCredit& each : kTurnCredits) names.push_back(each.name);
  return names;
}

}  // namespace metaspatial::rl
