#pragma once

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

/// low_var_kl: exp(d) - d - 1 with d = ref_log_prob - log_prob, clamped to [-10, 10]: never negative,
/// unbiased.
///
/// Shape    (T) -> (T). Source  http://joschu.net/blog/kl-approx.html, estimator k3; verl's name.
[[nodiscard]] at::Tensor low_var_kl(const at::Tensor& log_prob, const at::Tensor& ref_log_prob);

}  // namespace metaspatial::rl
