#include "metaspatial/rl/losses.hpp"

#include <ATen/ATen.h>

namespace metaspatial::rl {

PolicyLoss policy_loss(const at::Tensor& log_prob, const at::Tensor& old_log_prob,
                       const at::Tensor& advantage, double clip_low, double clip_high) {
  // Far-off ratios only arise from broken inputs; the clamp keeps exp finite without touching any clipped
  // value.
  const at::Tensor ratio = (log_prob - old_log_prob).clamp(-20.0, 20.0).exp();
  const at::Tensor plain = -advantage * ratio;
  const at::Tensor clipped = -advantage * ratio.clamp(1.0 - clip_low, 1.0 + clip_high);
  return {at::max(plain, clipped), clipped.gt(plain).to(at::kFloat).detach()};
}

at::Tensor low_var_kl(const at::Tensor& log_prob, const at::Tensor& ref_log_prob) {
  const at::Tensor d = (ref_log_prob - log_prob).clamp(-20.0, 20.0);
  return (d.exp() - d - 1.0).clamp(-10.0, 10.0);
}

}  // namespace metaspatial::rl
