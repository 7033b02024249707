#include "metaspatial/rl/advantages.hpp"

#include <algorithm>
#include <cmath>

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
