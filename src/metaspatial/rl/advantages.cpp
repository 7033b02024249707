#include "metaspatial/rl/advantages.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "metaspatial/base/error.hpp"

namespace metaspatial::rl {

namespace {

struct Moments {
  double mean = 0;
  double std = 0;
  int count = 0;
};

Moments moments(std::span<const double> values) {
  Moments m;
  for (const double v : values) {
    if (std::isnan(v)) continue;
    m.mean += v;
    ++m.count;
  }
  if (m.count == 0) return m;
  m.mean /= m.count;
  double squares = 0;
  for (const double v : values) {
    if (!std::isnan(v)) squares += (v - m.mean) * (v - m.mean);
  }
  if (m.count > 1) m.std = std::sqrt(squares / (m.count - 1));
  return m;
}

}  // namespace

double trajectory_return(std::span<const double> turn_rewards, double gamma) {
  double sum = 0;
  double discount = 1;
  for (const double reward : turn_rewards) {
    sum += discount * reward;
    discount *= gamma;
  }
  return sum;
}

std::vector<double> grpo_advantages(std::span<const double> returns, bool normalise_by_std, double epsilon) {
  const Moments m = moments(returns);
  std::vector<double> advantages(returns.size(), 0.0);
  if (m.count < 2) return advantages;
  for (std::size_t g = 0; g < returns.size(); ++g) {
    if (std::isnan(returns[g])) continue;
    advantages[g] = returns[g] - m.mean;
    if (normalise_by_std) advantages[g] /= m.std + epsilon;
  }
  return advantages;
}

std::vector<double> rloo_advantages(std::span<const double> returns) {
  const Moments m = moments(returns);
  std::vector<double> advantages(returns.size(), 0.0);
  if (m.count < 2) return advantages;
  for (std::size_t g = 0; g < returns.size(); ++g) {
    if (!std::isnan(returns[g])) advantages[g] = (returns[g] - m.mean) * m.count / (m.count - 1);
  }
  return advantages;
}

std::vector<double> grpo_passk_advantages(std::span<const double> returns, bool normalise_by_std,
                                          double epsilon) {
  const Moments m = moments(returns);
  std::vector<double> advantages(returns.size(), 0.0);
  if (m.count < 2) return advantages;
  std::size_t best = returns.size();
  double second = -std::numeric_limits<double>::infinity();
  for (std::size_t g = 0; g < returns.size(); ++g) {
    if (std::isnan(returns[g])) continue;
    if (best == returns.size()) {
      best = g;
    } else if (returns[g] > returns[best]) {
      second = returns[best];
      best = g;
    } else {
      second = std::max(second, returns[g]);
    }
  }
  advantages[best] = returns[best] - second;
  if (normalise_by_std) advantages[best] /= m.std + epsilon;
  return advantages;
}

std::vector<double> centred_advantages(std::span<const double> returns) {
  const Moments m = moments(returns);
  std::vector<double> advantages(returns.size(), 0.0);
  for (std::size_t g = 0; g < returns.size(); ++g) {
    if (!std::isnan(returns[g])) advantages[g] = returns[g] - (m.count > 1 ? m.mean : 0.0);
  }
  return advantages;
}

std::vector<double> remax_advantages(std::span<const double> returns, double greedy_return) {
  std::vector<double> advantages(returns.size(), 0.0);
  for (std::size_t g = 0; g < returns.size(); ++g) {
    if (!std::isnan(returns[g])) advantages[g] = returns[g] - greedy_return;
  }
  return advantages;
}

bool is_informative(std::span<const double> returns, double least_spread) {
  double low = std::numeric_limits<double>::infinity();
  double high = -low;
  for (const double r : returns) {
    if (std::isnan(r)) continue;
    low = std::min(low, r);
    high = std::max(high, r);
  }
  return high - low > least_spread;
}

double overlong_penalty(std::int64_t tokens, std::int64_t max_tokens, std::int64_t buffer_tokens,
                        double factor) {
  const std::int64_t over = tokens - (max_tokens - buffer_tokens);
  if (over <= 0 || buffer_tokens <= 0) return 0.0;
  return -factor * std::min(1.0, static_cast<double>(over) / static_cast<double>(buffer_tokens));
}

std::vector<double> discounted_returns(std::span<const double> rewards, double gamma) {
  std::vector<double> returns(rewards.size());
  double next = 0;
  for (std::size_t k = rewards.size(); k-- > 0;) returns[k] = next = rewards[k] + gamma * next;
  return returns;
}

void whiten(std::span<std::vector<double>> of_responses, double epsilon) {
  double sum = 0;
  double count = 0;
  for (const auto& values : of_responses) {
    for (const double v : values) sum += v;
    count += static_cast<double>(values.size());
  }
  if (count < 2) return;
  const double mean = sum / count;
  double squares = 0;
  for (const auto& values : of_responses)
    for (const double v : values) squares += (v - mean) * (v - mean);
  const double scale = 1.0 / std::sqrt(squares / (count - 1) + epsilon);
  for (auto& values : of_responses)
    for (double& v : values) v = (v - mean) * scale;
}

Gae gae(std::span<const double> rewards, std::span<const double> values, double gamma, double lambda) {
  METASPATIAL_CHECK(rewards.size() == values.size(), "gae: a value per reward");
  Gae out{std::vector<double>(rewards.size()), std::vector<double>(rewards.size())};
  double next_value = 0;
  double next_advantage = 0;
  for (std::size_t k = rewards.size(); k-- > 0;) {
    const double delta = rewards[k] + gamma * next_value - values[k];
    out.advantages[k] = next_advantage = delta + gamma * lambda * next_advantage;
    out.returns[k] = out.advantages[k] + values[k];
    next_value = values[k];
  }
  return out;
}

std::vector<Gae> bi_level_gae(std::span<const std::vector<double>> rewards,
                              std::span<const std::vector<double>> values, double gamma, double lambda,
                              double turn_gamma) {
  METASPATIAL_CHECK(rewards.size() == values.size(), "bi_level_gae: values of every turn");
  std::vector<double> turn_rewards;
  std::vector<double> turn_values;
  for (std::size_t t = 0; t < rewards.size(); ++t) {
    METASPATIAL_CHECK(!values[t].empty(), "bi_level_gae: a turn has tokens");
    turn_rewards.push_back(std::accumulate(rewards[t].begin(), rewards[t].end(), 0.0));
    turn_values.push_back(values[t].back());
  }
  const Gae turns = gae(turn_rewards, turn_values, turn_gamma, lambda);
  std::vector<Gae> out;
  for (std::size_t t = 0; t < rewards.size(); ++t) {
    std::vector<double> in_turn(rewards[t].size(), 0.0);
    in_turn.back() = turns.returns[t];  // less the last token's value that is the turn's advantage
    out.push_back(gae(in_turn, values[t], gamma, lambda));
  }
  return out;
}

std::vector<double> spo_advantages(std::span<const double> returns, std::span<const double> factors,
                                   double epsilon) {
  METASPATIAL_CHECK(returns.size() == factors.size(), "spo: a factor per trajectory");
  const Moments m = moments(returns);
  std::vector<double> advantages(returns.size(), 0.0);
  if (m.count < 2) return advantages;
  for (std::size_t g = 0; g < returns.size(); ++g) {
    if (std::isnan(returns[g])) continue;
    const double factor = std::isnan(factors[g]) ? 1.0 : factors[g];
    advantages[g] = (returns[g] * factor - m.mean) / (m.std + epsilon);
  }
  return advantages;
}

std::vector<double> part_credit(std::span<const double> scores, double clip, double epsilon) {
  const Moments m = moments(scores);
  std::vector<double> credit(scores.size(), 0.0);
  if (m.count < 2) return credit;
  for (std::size_t g = 0; g < scores.size(); ++g) {
    if (!std::isnan(scores[g])) credit[g] = std::clamp((scores[g] - m.mean) / (m.std + epsilon), -clip, clip);
  }
  return credit;
}

std::vector<double> gain_advantages(std::span<const double> gains, double clip, double epsilon) {
  double squares = 0;
  int count = 0;
  for (const double gain : gains) {
    if (std::isnan(gain)) continue;
    squares += gain * gain;
    ++count;
  }
  const double rms = count > 0 ? std::sqrt(squares / count) : 0.0;
  std::vector<double> advantages(gains.size(), 0.0);
  for (std::size_t g = 0; g < gains.size(); ++g) {
    if (!std::isnan(gains[g])) advantages[g] = std::clamp(gains[g] / (rms + epsilon), -clip, clip);
  }
  return advantages;
}

}  // namespace metaspatial::rl
