#include "metaspatial/rl/estimators.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "metaspatial/base/error.hpp"

namespace metaspatial::rl {

namespace {

std::vector<double> grpo(const GroupScores& group, const EstimatorConfig& config) {
  return grpo_advantages(group.scores, config.normalise_by_std);
}

std::vector<double> grpo_passk(const GroupScores& group, const EstimatorConfig& config) {
  return grpo_passk_advantages(group.scores, config.normalise_by_std);
}

std::vector<double> rloo(const GroupScores& group, const EstimatorConfig&) {
  return rloo_advantages(group.scores);
}

std::vector<double> remax(const GroupScores& group, const EstimatorConfig&) {
  return remax_advantages(group.scores, group.greedy);
}

std::vector<double> reinforce_plus_plus_baseline(const GroupScores& group, const EstimatorConfig&) {
  return centred_advantages(group.scores);
}

/// Runs `body` over the tokens of all turns as one sequence.
template <typename Body>
std::vector<Gae> as_one_sequence(const TrajectoryTokens& tokens, const Body& body) {
  const auto joined = [](std::span<const std::vector<double>> turns) {
    std::vector<double> all;
    for (const auto& turn : turns) all.insert(all.end(), turn.begin(), turn.end());
    return all;
  };
  const Gae whole = body(joined(tokens.rewards), joined(tokens.values));
  std::vector<Gae> out;
  auto advantage = whole.advantages.begin();
  auto value = whole.returns.begin();
  for (const auto& turn : tokens.rewards) {
    const auto length = static_cast<std::ptrdiff_t>(turn.size());
    out.push_back({{advantage, advantage + length}, {value, value + length}});
    advantage += length;
    value += length;
  }
  return out;
}

std::vector<Gae> reinforce_plus_plus(const TrajectoryTokens& tokens, const EstimatorConfig& config) {
  return as_one_sequence(tokens, [&](const std::vector<double>& rewards, const std::vector<double>&) {
    std::vector<double> returns = discounted_returns(rewards, config.gamma);
    return Gae{returns, returns};
  });
}

std::vector<Gae> generalised(const TrajectoryTokens& tokens, const EstimatorConfig& config) {
  return as_one_sequence(tokens, [&](const std::vector<double>& rewards, const std::vector<double>& values) {
    return gae(rewards, values, config.gamma, config.lam);
  });
}

std::vector<Gae> bi_level(const TrajectoryTokens& tokens, const EstimatorConfig& config) {
  return bi_level_gae(tokens.rewards, tokens.values, config.gamma, config.lam, config.turn_gamma);
}

constexpr std::array kEstimators{
    Estimator{.name = "grpo",
              .of_group = grpo,
              .formula = "A = (S - mean S) / (std S + 1e-6); norm_adv_by_std: false leaves the division out",
              .source = "Shao et al. 2024, 4.1; Dr. GRPO, Liu et al. 2025"},
    Estimator{.name = "grpo_passk",
              .of_group = grpo_passk,
              .formula = "A = (S - second best S) / (std S + 1e-6) for the best, 0 for all others",
              .source = "arXiv 2503.19595"},
    Estimator{.name = "rloo",
              .of_group = rloo,
              .formula = "A = S - mean of the others' S",
              .source = "Ahmadian et al. 2024, eq. 5"},
    Estimator{.name = "remax",
              .of_group = remax,
              .greedy = true,
              .formula = "A = S - S of the greedy trajectory",
              .source = "Li et al. 2023, algorithm 1"},
    Estimator{.name = "reinforce_plus_plus",
              .of_tokens = reinforce_plus_plus,
              .whiten = true,
              .formula = "G_k = r_k + gamma G_(k+1), whitened over the step's tokens",
              .source = "Hu 2025, eq. 8"},
    Estimator{.name = "reinforce_plus_plus_baseline",
              .of_group = reinforce_plus_plus_baseline,
              .whiten = true,
              .formula = "S - mean S, whitened over the step's tokens",
              .source = "Hu 2025, section 3"},
    Estimator{.name = "gae",
              .of_tokens = generalised,
              .whiten = true,
              .critic = true,
              .formula = "d_k = r_k + gamma V_(k+1) - V_k, A_k = d_k + gamma lam A_(k+1), whitened",
              .source = "Schulman et al. 2016, eq. 16; PPO"},
    Estimator{.name = "bi_level_gae",
              .of_tokens = bi_level,
              .whiten = true,
              .critic = true,
              .formula = "GAE over turns with high_level_gamma, then over each turn's tokens, whitened",
              .source = "VAGEN, Wang et al. 2025, 4.2"},
};

}  // namespace

std::span<const Estimator> estimators() {
  return kEstimators;
}

const Estimator& estimator(std::string_view name) {
  const auto found = std::ranges::find(kEstimators, name, &Estimator::name);
  METASPATIAL_CHECK(found != kEstimators.end(), fmt::format("no estimator '{}'", name));
  return *found;
}

std::vector<std::string_view> estimator_names() {
  std::vector<std::string_view> names;
  for (const Estimator& each : kEstimators) names.push_back(each.name);
  return names;
}

}  // namespace metaspatial::rl
