#include "metaspatial/rl/adamw.hpp"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <fmt/format.h>

#include <cmath>

namespace metaspatial::rl {

namespace {

// Numbers that one round of foreach operations takes: enough to fill a GPU, 512 MiB of intermediate results.
constexpr std::int64_t kForeachNumbers = std::int64_t{64} << 20;

}  // namespace

AdamW::AdamW(std::vector<vlm::NamedTensor> parameters, const AdamWConfig& config)
    : parameters_(std::move(parameters)), config_(config) {
  for (const auto& [name, tensor] : parameters_) {
    METASPATIAL_CHECK(tensor.scalar_type() == at::kFloat && tensor.is_contiguous(),
                      fmt::format("parameter {} is not a contiguous float32 tensor", name));
    exp_avg_.push_back(at::zeros_like(tensor.detach()));
    exp_avg_sq_.push_back(at::zeros_like(tensor.detach()));
    config_.foreach = config_.foreach || !tensor.device().is_cpu();
  }
}

double AdamW::step_foreach(const std::vector<at::Tensor>& gradients, double learning_rate) {
  const c10::AutoGradMode no_grad(false);
  std::vector<at::Tensor> weights, grads, first, second;
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    if (!gradients[i].defined()) continue;
    weights.push_back(parameters_[i].tensor.detach());
    grads.push_back(gradients[i].detach());
    first.push_back(exp_avg_[i]);
    second.push_back(exp_avg_sq_[i]);
  }
  if (grads.empty()) return 0.0;
  const double norm = at::stack(at::_foreach_norm(grads)).norm().item<double>();
  if (!std::isfinite(norm)) return norm;
  ++steps_;
  const double scale =
      config_.max_grad_norm > 0 && norm > config_.max_grad_norm ? config_.max_grad_norm / norm : 1.0;
  const double correction1 = 1.0 - std::pow(config_.beta1, static_cast<double>(steps_));
  const double correction2 = 1.0 - std::pow(config_.beta2, static_cast<double>(steps_));
  // Some tensors at a time: what an update needs beside the moments stays small.
  for (std::size_t begin = 0; begin < grads.size();) {
    std::size_t end = begin;
    for (std::int64_t numbers = 0; end < grads.size() && (end == begin || numbers < kForeachNumbers); ++end)
      numbers += grads[end].numel();
    const auto part = [&](const std::vector<at::Tensor>& of) {
      return std::vector<at::Tensor>(of.begin() + static_cast<std::ptrdiff_t>(begin),
                                     of.begin() + static_cast<std::ptrdiff_t>(end));
    };
    const std::vector<at::Tensor> some = part(weights), m = part(first), v = part(second);
    std::vector<at::Tensor> matrices;
    for (const at::Tensor& weight : some)
      if (weight.dim() >= 2) matrices.push_back(weight);
    const std::vector<at::Tensor> scaled = at::_foreach_mul(part(grads), scale);
    at::_foreach_mul_(m, config_.beta1);
    at::_foreach_add_(m, at::_foreach_mul(scaled, 1.0 - config_.beta1));
    at::_foreach_mul_(v, config_.beta2);
    at::_foreach_addcmul_(v, scaled, scaled, 1.0 - config_.beta2);
    std::vector<at::Tensor> denominators = at::_foreach_sqrt(v);
    at::_foreach_div_(denominators, std::sqrt(correction2));
    at::_foreach_add_(denominators, config_.epsilon);
    if (!matrices.empty()) at::_foreach_mul_(matrices, 1.0 - learning_rate * config_.weight_decay);
    at::_foreach_addcdiv_(some, m, denominators, -learning_rate / correction1);
    begin = end;
  }
  return norm;
}

double AdamW::step(const std::vector<at::Tensor>& gradients, double learning_rate) {
  METASPATIAL_CHECK(gradients.size() == parameters_.size(), "one gradient per parameter");
  if (config_.foreach) return step_foreach(gradients, learning_rate);
  std::vector<at::Tensor> contiguous(gradients.size());
  double squares = 0;
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    if (!gradients[i].defined()) continue;
    contiguous[i] = gradients[i].detach().contiguous();
    const float* g = contiguous[i].data_ptr<float>();
    for (std::int64_t k = 0; k < contiguous[i].numel(); ++k) squares += static_cast<double>(g[k]) * g[k];
  }
  const double norm = std::sqrt(squares);
  if (!std::isfinite(norm)) return norm;
  ++steps_;
  const double scale =
      config_.max_grad_norm > 0 && norm > config_.max_grad_norm ? config_.max_grad_norm / norm : 1.0;
  const double correction1 = 1.0 - std::pow(config_.beta1, static_cast<double>(steps_));
  const double correction2 = 1.0 - std::pow(config_.beta2, static_cast<double>(steps_));
  const auto step_size = static_cast<float>(learning_rate / correction1);
  const auto root_correction2 = static_cast<float>(std::sqrt(correction2));
  const auto beta1 = static_cast<float>(config_.beta1);
  const auto beta2 = static_cast<float>(config_.beta2);
  const auto epsilon = static_cast<float>(config_.epsilon);
  const auto g_scale = static_cast<float>(scale);
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    if (!contiguous[i].defined()) continue;
    const at::Tensor weight = parameters_[i].tensor.detach();
    const float decay =
        weight.dim() >= 2 ? static_cast<float>(1.0 - learning_rate * config_.weight_decay) : 1.0F;
    float* w = weight.data_ptr<float>();
    float* m = exp_avg_[i].data_ptr<float>();
    float* v = exp_avg_sq_[i].data_ptr<float>();
    const float* g = contiguous[i].data_ptr<float>();
    const std::int64_t n = weight.numel();
    for (std::int64_t k = 0; k < n; ++k) {
      const float gradient = g[k] * g_scale;
      m[k] = beta1 * m[k] + (1.0F - beta1) * gradient;
      v[k] = beta2 * v[k] + (1.0F - beta2) * gradient * gradient;
      w[k] = decay * w[k] - step_size * m[k] / (std::sqrt(v[k]) / root_correction2 + epsilon);
    }
  }
  return norm;
}

std::map<std::string, at::Tensor> AdamW::state() const {
  std::map<std::string, at::Tensor> tensors;
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    tensors["exp_avg." + parameters_[i].name] = exp_avg_[i].to(at::kCPU);
    tensors["exp_avg_sq." + parameters_[i].name] = exp_avg_sq_[i].to(at::kCPU);
  }
  return tensors;
}

Result<void> AdamW::restore(const std::map<std::string, at::Tensor>& state, std::int64_t steps) {
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    for (const bool second : {false, true}) {
      const std::string name = (second ? "exp_avg_sq." : "exp_avg.") + parameters_[i].name;
      const auto found = state.find(name);
      at::Tensor& target = second ? exp_avg_sq_[i] : exp_avg_[i];
      if (found == state.end() || found->second.sizes() != target.sizes())
        return invalid(fmt::format("optimiser state '{}' is missing or has another shape", name));
      target.copy_(found->second);
    }
  }
  steps_ = steps;
  return {};
}

}  // namespace metaspatial::rl
