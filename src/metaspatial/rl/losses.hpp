#pragma once

#include <span>
#include <string_view>

#include <ATen/core/Tensor.h>

/// The losses of policy optimisation, one function per formula.
///
/// Shape glossary   T  tokens of all answers of a mini-batch, packed
namespace metaspatial::rl {

/// Clipped surrogate: -min(r A, clip(r, 1 - low, 1 + high) A) per token, r = exp(log_prob - old_log_prob).
///
/// Shape    all (T); the loss is per token, so that the caller chooses how to average.
/// Source   PPO, Schulman et al. 2017, eq. 7; asymmetric clip: DAPO, Yu et al. 2025.
struct PolicyLoss {
  at::Tensor per_token;
  at::Tensor clipped;  ///< 1 where the clipped branch was the smaller one, else 0; no gradient
};
[[nodiscard]] PolicyLoss policy_loss(const at::Tensor& log_prob, const at::Tensor& old_log_prob,
                                     const at::Tensor& advantage, double clip_low, double clip_high);

/// The same with PPO's dual clip: where A < 0 the loss is at most -A `dual_clip`, so that a token that has
/// become far more likely is not pushed down without bound.
///
/// Source   Ye et al. 2020, eq. 4; EasyR1's clip_ratio_dual.
[[nodiscard]] PolicyLoss dual_clip_policy_loss(const at::Tensor& log_prob, const at::Tensor& old_log_prob,
                                               const at::Tensor& advantage, double clip_low, double clip_high,
                                               double dual_clip);

/// GSPO: one ratio per response, s = exp(mean over its tokens of (log_prob - old_log_prob)), clipped as a
/// whole. `token_gradient` (GSPO-token): each token carries the ratio with its own gradient; else with that
/// of the mean. Both are GSPO where a response's advantages are equal and its tokens are averaged; where they
/// differ (credit per object) GSPO-token follows each token's own.
///
/// Shape    of one response, all (T); `mask` (T) is 1 on its tokens, 0 on what was read; undefined: all
/// count. Source   Zheng et al. 2025, eq. 5 to 7 and 13.
[[nodiscard]] PolicyLoss gspo_loss(const at::Tensor& log_prob, const at::Tensor& old_log_prob,
                                   const at::Tensor& advantage, double clip_low, double clip_high,
                                   bool token_gradient = true, const at::Tensor& mask = {});

/// CISPO: -A log_prob clip(r, 1 - low, 1 + high) with no gradient through the ratio: every token keeps one.
///
/// Shape    all (T). Source  MiniMax-M1, 2025, eq. 4 and 5.
[[nodiscard]] PolicyLoss cispo_loss(const at::Tensor& log_prob, const at::Tensor& old_log_prob,
                                    const at::Tensor& advantage, double clip_low, double clip_high);

/// Which policy loss; EasyR1's names.
enum class PolicyLossKind {
  Default,    ///< default: policy_loss(), with a dual clip where one is set
  Gspo,       ///< gspo
  GspoToken,  ///< gspo_token
  Cispo,      ///< cispo
};

/// How the losses of tokens become one number. A response is one turn's answer.
enum class LossMean {
  Token,            ///< token, verl's token-mean: over all tokens (DAPO)
  SequenceSum,      ///< seq-mean-token-sum: over responses of their sums
  SequenceMean,     ///< seq, verl's seq-mean-token-mean: over responses of their means (GRPO, GSPO)
  SequenceSumNorm,  ///< seq-mean-token-sum-norm: over responses of their sums / the longest possible length
                    ///< (Dr. GRPO)
};
/// [loss_avg_mode] by EasyR1's and verl's names.
[[nodiscard]] std::span<const std::string_view> loss_mean_names();
/// REQUIRES one of them.
[[nodiscard]] LossMean loss_mean(std::string_view name);
/// What the sum of a response's losses is divided by, in a mini-batch of `responses` with `all_tokens`
/// tokens.
[[nodiscard]] double loss_divisor(LossMean mean, double tokens, double all_tokens, double responses,
                                  double max_tokens);

/// An estimate of KL(policy || reference) per token, by EasyR1's names.
enum class KlPenalty {
  Kl,        ///< log_prob - ref_log_prob (k1): unbiased, any sign
  Abs,       ///< |log_prob - ref_log_prob|
  Mse,       ///< (log_prob - ref_log_prob)^2 / 2 (k2)
  LowVarKl,  ///< low_var_kl() (k3)
  Full,      ///< full_kl(), exactly: needs both distributions
};
/// REQUIRES another kind than Full.
[[nodiscard]] at::Tensor kl_penalty(KlPenalty kind, const at::Tensor& log_prob,
                                    const at::Tensor& ref_log_prob);

/// Full: sum over the vocabulary of p (log p - log p_ref).
///
/// Shape    log-probabilities (T, V) each -> (T). For few tokens; vlm::Model::full_kl() never has all rows at
///          once.
[[nodiscard]] at::Tensor full_kl(const at::Tensor& log_probs, const at::Tensor& ref_log_probs);

/// The coefficient of the KL term.
///
/// Source   adaptive: Ziegler et al. 2019, section 2.2: proportional, the error clipped to +-0.2.
class KlController {
 public:
  /// A horizon of 0: fixed.   REQUIRES target > 0 with another.
  explicit KlController(double coefficient, double target = 0.1, double horizon = 0)
      : coefficient_(coefficient), target_(target), horizon_(horizon) {}
  [[nodiscard]] double coefficient() const { return coefficient_; }
  /// After `samples` responses whose mean KL was `kl`.
  void update(double kl, double samples);
  /// Of a checkpoint.
  void restore(double coefficient) { coefficient_ = coefficient; }

 private:
  double coefficient_;
  double target_;
  double horizon_;
};

/// Half the squared error of the critic, clipped like the policy: the larger of that of V and that of
/// clip(V, V_old - clip, V_old + clip).
///
/// Shape    all (T) -> (T). Source  Schulman et al. 2017's implementation; verl's cliprange_value.
[[nodiscard]] at::Tensor value_loss(const at::Tensor& value, const at::Tensor& old_value,
                                    const at::Tensor& returns, double clip);

/// low_var_kl: exp(d) - d - 1 with d = ref_log_prob - log_prob, clamped to [-10, 10]: never negative,
/// unbiased.
///
/// Shape    (T) -> (T). Source  http://joschu.net/blog/kl-approx.html, estimator k3; verl's name.
[[nodiscard]] at::Tensor low_var_kl(const at::Tensor& log_prob, const at::Tensor& ref_log_prob);

}  // namespace metaspatial::rl
