// Every estimator and loss against numbers worked out by hand, and gradients against differences.

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <vector>

#include "metaspatial/rl/advantages.hpp"
#include "metaspatial/rl/losses.hpp"

namespace metaspatial::rl {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

std::vector<double> doubles(const at::Tensor& tensor) {
  const at::Tensor t = tensor.detach().to(at::kDouble).contiguous();
  return {t.data_ptr<double>(), t.data_ptr<double>() + t.numel()};
}

void expect_near(const std::vector<double>& got, const std::vector<double>& expected,
                 double tolerance = 1e-12) {
  ASSERT_EQ(got.size(), expected.size());
  for (std::size_t i = 0; i < got.size(); ++i) EXPECT_NEAR(got[i], expected[i], tolerance) << i;
}

/// d sum f(x) / d x by autograd and by central differences.
void expect_gradient(const std::function<at::Tensor(const at::Tensor&)>& f, const at::Tensor& at_point) {
  const at::Tensor x = at_point.clone().requires_grad_(true);
  f(x).sum().backward();
  for (std::int64_t i = 0; i < x.numel(); ++i) {
    const double h = 1e-6;
    at::Tensor up = at_point.clone();
    at::Tensor down = at_point.clone();
    up[i] += h;
    down[i] -= h;
    const double slope = (f(up).sum() - f(down).sum()).item<double>() / (2 * h);
    EXPECT_NEAR(x.grad()[i].item<double>(), slope, 1e-6) << i;
  }
}

TEST(Estimators, Rloo) {
  // Means of the others: 5.5, 4, 2.5.
  expect_near(rloo_advantages(std::vector<double>{1, 4, 7}), {-4.5, 0.0, 4.5});
  expect_near(rloo_advantages(std::vector<double>{1, kNan, 7}), {-6, 0, 6});
  expect_near(rloo_advantages(std::vector<double>{3}), {0});
}

TEST(Estimators, Remax) {
  expect_near(remax_advantages(std::vector<double>{0.2, 0.9, kNan}, 0.5), {-0.3, 0.4, 0.0});
}

TEST(Estimators, DapoLeavesOutGroupsThatTellNothing) {
  EXPECT_FALSE(is_informative(std::vector<double>{1, 1, 1}));
  EXPECT_FALSE(is_informative(std::vector<double>{1, kNan, 1}));
  EXPECT_FALSE(is_informative(std::vector<double>{kNan}));
  EXPECT_TRUE(is_informative(std::vector<double>{1, 1, 0.5}));
}

TEST(Estimators, DapoOverlongPenalty) {
  EXPECT_EQ(overlong_penalty(80, 100, 20), 0.0);
  EXPECT_NEAR(overlong_penalty(85, 100, 20), -0.25, 1e-12);
  EXPECT_NEAR(overlong_penalty(100, 100, 20, 0.5), -0.5, 1e-12);
  EXPECT_NEAR(overlong_penalty(140, 100, 20), -1.0, 1e-12);
  EXPECT_EQ(overlong_penalty(140, 100, 0), 0.0);
}

TEST(Estimators, ReinforcePlusPlus) {
  std::vector<std::vector<double>> returns{discounted_returns(std::vector<double>{0, 0, 4}, 0.5),
                                           discounted_returns(std::vector<double>{0, 6}, 0.5)};
  expect_near(returns[0], {1, 2, 4});
  expect_near(returns[1], {3, 6});
  whiten(returns, 0.0);
  // Of 1 2 4 3 6: mean 3.2, squares 14.8, variance 3.7.
  const double s = std::sqrt(3.7);
  expect_near(returns[0], {-2.2 / s, -1.2 / s, 0.8 / s});
  expect_near(returns[1], {-0.2 / s, 2.8 / s});
}

TEST(Estimators, GaeByHand) {
  // Backwards: delta 1 - 0.5 = 0.5; 0 + 0.9 0.5 - 0.4 = 0.05; 0 + 0.9 0.4 - 0.2 = 0.16. gamma lambda = 0.72.
  const Gae g = gae(std::vector<double>{0, 0, 1}, std::vector<double>{0.2, 0.4, 0.5}, 0.9, 0.8);
  const double a1 = 0.05 + 0.72 * 0.5;
  const double a0 = 0.16 + 0.72 * a1;
  expect_near(g.advantages, {a0, a1, 0.5});
  expect_near(g.returns, {a0 + 0.2, a1 + 0.4, 1.0});
  // lambda 1, gamma 1: return less value.
  expect_near(gae(std::vector<double>{1, 2}, std::vector<double>{0.5, 0.25}, 1, 1).advantages, {2.5, 1.75});
}

TEST(Estimators, BiLevelGaeByHand) {
  // Turn 2: delta 1 - 0.5 = 0.5. Turn 1: 0.2 + 0.9 0.5 - 0.3 = 0.35, A = 0.35 + 0.9 0.8 0.5 = 0.71.
  const std::vector<std::vector<double>> rewards{{0, 0.2}, {0, 0, 1}};
  const std::vector<std::vector<double>> values{{0.1, 0.3}, {0.2, 0.4, 0.5}};
  const auto turns = bi_level_gae(rewards, values, 1.0, 0.8, 0.9);
  EXPECT_NEAR(turns[0].advantages[1], 0.71, 1e-12);
  EXPECT_NEAR(turns[1].advantages[2], 0.5, 1e-12);
  EXPECT_NEAR(turns[0].advantages[0], (0.3 - 0.1) + 0.8 * 0.71, 1e-12);
  EXPECT_NEAR(turns[1].advantages[1], (0.5 - 0.4) + 0.8 * 0.5, 1e-12);
  EXPECT_NEAR(turns[1].returns[2], 1.0, 1e-12);
  // One turn is plain GAE.
  const auto one = bi_level_gae(std::span(rewards).first(1), std::span(values).first(1), 0.9, 0.8, 0.5);
  expect_near(one[0].advantages, gae(rewards[0], values[0], 0.9, 0.8).advantages);
}

TEST(Estimators, SpoAsReconstructedExplodes) {
  // The example of the reconstruction: returns that hardly differ and one factor of 0.6. Mean 1, std 0.00816.
  const auto a =
      spo_advantages(std::vector<double>{1.01, 1.00, 0.99, 1.00}, std::vector<double>{1, 1, 1, 0.6}, 0.0);
  const double std = std::sqrt(2e-4 / 3);
  expect_near(a, {0.01 / std, 0, -0.01 / std, -0.4 / std}, 1e-9);
  EXPECT_LT(a[3], -48.0);
  // Without faults it is GRPO.
  const std::vector<double> returns{1, 2, 3};
  expect_near(spo_advantages(returns, std::vector<double>{1, kNan, 1}), grpo_advantages(returns));
}

TEST(Losses, DualClipBoundsTheLossOfBadTokens) {
  const auto old = at::zeros({3}, at::kDouble);
  const auto log_prob = at::tensor({std::log(5.0), std::log(5.0), std::log(2.0)}, at::kDouble);
  const auto advantage = at::tensor({-1.0, 1.0, -1.0}, at::kDouble);
  expect_near(doubles(dual_clip_policy_loss(log_prob, old, advantage, 0.2, 0.3, 3.0).per_token),
              {3.0, -1.3, 2.0});
  expect_gradient(
      [&](const at::Tensor& x) { return dual_clip_policy_loss(x, old, advantage, 0.2, 0.3, 3.0).per_token; },
      log_prob);
}

TEST(Losses, GspoHasOneRatioPerResponse) {
  const auto old = at::tensor({-1.0, -2.0}, at::kDouble);
  const auto log_prob = at::tensor({-0.9, -1.7}, at::kDouble).requires_grad_(true);
  const auto advantage = at::tensor({2.0, 2.0}, at::kDouble);
  const PolicyLoss loss = gspo_loss(log_prob, old, advantage, 0.5, 0.5);
  const double ratio = std::exp(0.2);  // mean of 0.1 and 0.3
  expect_near(doubles(loss.per_token), {-2 * ratio, -2 * ratio});
  // The mean over tokens has the gradient of -A exp(mean(...)): -A ratio / n each.
  loss.per_token.mean().backward();
  expect_near(doubles(log_prob.grad()), {-ratio, -ratio});
  const PolicyLoss clipped = gspo_loss(log_prob, old, advantage, 0.1, 0.1);
  expect_near(doubles(clipped.per_token), {-2.2, -2.2});
  expect_near(doubles(clipped.clipped), {1, 1});
}

TEST(Losses, GspoOfAMaskedResponseFollowsTheMean) {
  // What was read (the first two) has no say; the third and fourth differ by 0.1 and 0.3.
  const auto old = at::tensor({-9.0, -9.0, -1.0, -2.0}, at::kDouble);
  const auto log_prob = at::tensor({-1.0, -2.0, -0.9, -1.7}, at::kDouble).requires_grad_(true);
  const auto mask = at::tensor({0.0, 0.0, 1.0, 1.0}, at::kDouble);
  const auto advantage = at::tensor({0.0, 0.0, 2.0, -1.0}, at::kDouble);
  const double ratio = std::exp(0.2);
  const PolicyLoss loss = gspo_loss(log_prob, old, advantage, 0.5, 0.5, false, mask);
  expect_near(doubles(loss.per_token), {0, 0, -2 * ratio, ratio});
  // One ratio: d sum(-A s) / d log_prob = -(2 - 1) s / 2 for both, whatever their own A.
  (loss.per_token * mask).sum().backward();
  expect_near(doubles(log_prob.grad()), {0, 0, -ratio / 2, -ratio / 2});
  const auto each = log_prob.detach().clone().requires_grad_(true);
  (gspo_loss(each, old, advantage, 0.5, 0.5, true, mask).per_token * mask).sum().backward();
  expect_near(doubles(each.grad()), {0, 0, -2 * ratio, ratio});
}

TEST(Losses, CispoClipsTheWeightAndKeepsTheGradient) {
  const auto old = at::zeros({3}, at::kDouble);
  const auto log_prob = at::tensor({std::log(2.0), std::log(1.1), std::log(0.5)}, at::kDouble);
  const auto leaf = log_prob.clone().requires_grad_(true);
  const auto advantage = at::tensor({1.0, -2.0, 1.0}, at::kDouble);
  const PolicyLoss loss = cispo_loss(leaf, old, advantage, 0.2, 0.3);
  expect_near(doubles(loss.per_token), {-1.3 * std::log(2.0), 2.2 * std::log(1.1), -0.8 * std::log(0.5)});
  expect_near(doubles(loss.clipped), {1, 0, 1});
  loss.per_token.sum().backward();
  expect_near(doubles(leaf.grad()), {-1.3, 2.2, -0.8});
}

TEST(Losses, MeansOverTokensAndResponses) {
  // Two responses of 2 and 6 tokens, 10 possible.
  EXPECT_EQ(loss_divisor(LossMean::Token, 2, 8, 2, 10), 8);
  EXPECT_EQ(loss_divisor(LossMean::SequenceSum, 2, 8, 2, 10), 2);
  EXPECT_EQ(loss_divisor(LossMean::SequenceMean, 6, 8, 2, 10), 12);
  EXPECT_EQ(loss_divisor(LossMean::SequenceSumNorm, 6, 8, 2, 10), 20);
}

TEST(Losses, KlPenaltiesByHand) {
  const auto log_prob = at::tensor({-1.0, -2.0}, at::kDouble);
  const auto ref = at::tensor({-1.5, -1.6}, at::kDouble);
  expect_near(doubles(kl_penalty(KlPenalty::Kl, log_prob, ref)), {0.5, -0.4});
  expect_near(doubles(kl_penalty(KlPenalty::Abs, log_prob, ref)), {0.5, 0.4});
  expect_near(doubles(kl_penalty(KlPenalty::Mse, log_prob, ref)), {0.125, 0.08});
  expect_near(doubles(kl_penalty(KlPenalty::LowVarKl, log_prob, ref)),
              {std::exp(-0.5) + 0.5 - 1, std::exp(0.4) - 0.4 - 1});
  for (const KlPenalty kind : {KlPenalty::Kl, KlPenalty::Abs, KlPenalty::Mse, KlPenalty::LowVarKl})
    expect_gradient([&](const at::Tensor& x) { return kl_penalty(kind, x, ref); }, log_prob);
  // Over two words: p = (0.75, 0.25), q = (0.5, 0.5).
  const auto p = at::tensor({std::log(0.75), std::log(0.25)}, at::kDouble).unsqueeze(0);
  const auto q = at::tensor({std::log(0.5), std::log(0.5)}, at::kDouble).unsqueeze(0);
  expect_near(doubles(full_kl(p, q)), {0.75 * std::log(1.5) + 0.25 * std::log(0.5)});
}

TEST(Losses, KlControllerGoesTowardsItsTarget) {
  KlController fixed(0.01);
  fixed.update(5.0, 100);
  EXPECT_EQ(fixed.coefficient(), 0.01);
  KlController adaptive(0.1, 0.1, 1000);
  adaptive.update(0.11, 100);  // error 0.1
  EXPECT_NEAR(adaptive.coefficient(), 0.1 * 1.01, 1e-12);
  adaptive.restore(0.1);
  adaptive.update(9.0, 100);  // error clipped to 0.2
  EXPECT_NEAR(adaptive.coefficient(), 0.1 * 1.02, 1e-12);
  adaptive.restore(0.1);
  adaptive.update(0.0, 100);
  EXPECT_NEAR(adaptive.coefficient(), 0.1 * 0.98, 1e-12);
}

TEST(Losses, ValueLossIsTheLargerOfThePlainAndTheClipped) {
  const auto value = at::tensor({1.0, 0.3}, at::kDouble);
  const auto old = at::tensor({0.5, 0.2}, at::kDouble);
  const auto returns = at::tensor({2.0, 0.0}, at::kDouble);
  // Clipped 0.7: (1.3)^2 / 2 is more than 1 / 2; 0.3 lies within the clip.
  expect_near(doubles(value_loss(value, old, returns, 0.2)), {0.845, 0.045});
  expect_gradient([&](const at::Tensor& x) { return value_loss(x, old, returns, 0.2); }, value);
}

}  // namespace
}  // namespace metaspatial::rl
