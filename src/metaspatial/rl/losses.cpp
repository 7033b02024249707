#include "metaspatial/rl/losses.hpp"

#include <ATen/ATen.h>

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "metaspatial/base/error.hpp"

namespace metaspatial::rl {

namespace {

constexpr std::array<std::string_view, 6> kLossMeans{
    "token", "seq", "token-mean", "seq-mean-token-mean", "seq-mean-token-sum", "seq-mean-token-sum-norm"};

}  // namespace

PolicyLoss policy_loss(const at::Tensor& log_prob, const at::Tensor& old_log_prob,
                       const at::Tensor& advantage, double clip_low, double clip_high) {
  // Far-off ratios only arise from broken inputs; the clamp keeps exp finite without touching any clipped
  // value.
  const at::Tensor ratio = (log_prob - old_log_prob).clamp(-20.0, 20.0).exp();
  const at::Tensor plain = -advantage * ratio;
  const at::Tensor clipped = -advantage * ratio.clamp(1.0 - clip_low, 1.0 + clip_high);
  return {at::max(plain, clipped), clipped.gt(plain).to(at::kFloat).detach()};
}

PolicyLoss dual_clip_policy_loss(const at::Tensor& log_prob, const at::Tensor& old_log_prob,
                                 const at::Tensor& advantage, double clip_low, double clip_high,
                                 double dual_clip) {
  PolicyLoss loss = policy_loss(log_prob, old_log_prob, advantage, clip_low, clip_high);
  const at::Tensor most = -advantage * dual_clip;
  loss.per_token = at::where(advantage.lt(0), at::min(loss.per_token, most), loss.per_token);
  return loss;
}

PolicyLoss gspo_loss(const at::Tensor& log_prob, const at::Tensor& old_log_prob, const at::Tensor& advantage,
                     double clip_low, double clip_high, bool token_gradient, const at::Tensor& mask) {
  const at::Tensor difference = log_prob - old_log_prob;
  const at::Tensor mean =
      mask.defined() ? (difference * mask).sum() / mask.sum().clamp_min(1.0) : difference.mean();
  const at::Tensor log_ratio =
      token_gradient ? log_prob - log_prob.detach() + mean.detach() : mean.expand_as(log_prob);
  const at::Tensor ratio = log_ratio.clamp(-20.0, 10.0).exp();
  const at::Tensor plain = -advantage * ratio;
  const at::Tensor clipped = -advantage * ratio.clamp(1.0 - clip_low, 1.0 + clip_high);
  return {at::max(plain, clipped), clipped.gt(plain).to(at::kFloat).detach()};
}

PolicyLoss cispo_loss(const at::Tensor& log_prob, const at::Tensor& old_log_prob, const at::Tensor& advantage,
                      double clip_low, double clip_high) {
  const at::Tensor ratio = (log_prob.detach() - old_log_prob).clamp(-20.0, 20.0).exp();
  const at::Tensor held = ratio.clamp(1.0 - clip_low, 1.0 + clip_high);
  return {-advantage * log_prob * held, held.ne(ratio).to(at::kFloat)};
}

std::span<const std::string_view> loss_mean_names() {
  return kLossMeans;
}

LossMean loss_mean(std::string_view name) {
  if (name == "seq" || name == "seq-mean-token-mean") return LossMean::SequenceMean;
  if (name == "seq-mean-token-sum") return LossMean::SequenceSum;
  if (name == "seq-mean-token-sum-norm") return LossMean::SequenceSumNorm;
  METASPATIAL_CHECK(name == "token" || name == "token-mean", fmt::format("no loss mean '{}'", name));
  return LossMean::Token;
}

double loss_divisor(LossMean mean, double tokens, double all_tokens, double responses, double max_tokens) {
  switch (mean) {
    case LossMean::Token:
      return all_tokens;
    case LossMean::SequenceSum:
      return responses;
    case LossMean::SequenceMean:
      return responses * tokens;
    case LossMean::SequenceSumNorm:
      return responses * max_tokens;
  }
  return all_tokens;
}

at::Tensor kl_penalty(KlPenalty kind, const at::Tensor& log_prob, const at::Tensor& ref_log_prob) {
  const at::Tensor d = log_prob - ref_log_prob;
  switch (kind) {
    case KlPenalty::Kl:
      return d;
    case KlPenalty::Abs:
      return d.abs();
    case KlPenalty::Mse:
      return 0.5 * d * d;
    case KlPenalty::LowVarKl:
      return low_var_kl(log_prob, ref_log_prob);
    case KlPenalty::Full:
      break;
  }
  METASPATIAL_CHECK(false, "a full KL needs distributions");
  return d;
}

at::Tensor full_kl(const at::Tensor& log_probs, const at::Tensor& ref_log_probs) {
  return (log_probs.exp() * (log_probs - ref_log_probs)).sum(-1);
}

void KlController::update(double kl, double samples) {
  if (horizon_ <= 0) return;
  const double error = std::clamp(kl / target_ - 1.0, -0.2, 0.2);
  coefficient_ *= 1.0 + error * samples / horizon_;
}

at::Tensor value_loss(const at::Tensor& value, const at::Tensor& old_value, const at::Tensor& returns,
                      double clip) {
  const at::Tensor held = old_value + (value - old_value).clamp(-clip, clip);
  return 0.5 * at::max((value - returns).square(), (held - returns).square());
}

at::Tensor low_var_kl(const at::Tensor& log_prob, const at::Tensor& ref_log_prob) {
  const at::Tensor d = (ref_log_prob - log_prob).clamp(-20.0, 20.0);
  return (d.exp() - d - 1.0).clamp(-10.0, 10.0);
}

}  // namespace metaspatial::rl
