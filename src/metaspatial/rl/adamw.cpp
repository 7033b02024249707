#include "metaspatial/rl/adamw.hpp"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace metaspatial::rl {

namespace {

// Numbers that one round of foreach operations takes: enough to fill a GPU, 512 MiB of intermediate results.
constexpr std::int64_t kForeachNumbers = std::int64_t{64} << 20;

}  // namespace

AdamW::AdamW(std::vector<vlm::NamedTensor> parameters, const AdamWConfig& config, Shard shard)
    : parameters_(std::move(parameters)), shard_(shard), config_(config) {
  METASPATIAL_CHECK(shard.count >= 1 && shard.index >= 0 && shard.index < shard.count, "a shard of several");
  std::int64_t numbers = 0;
  for (const auto& [name, tensor] : parameters_) {
    METASPATIAL_CHECK(tensor.scalar_type() == at::kFloat && tensor.is_contiguous(),
                      fmt::format("parameter {} is not a contiguous float32 tensor", name));
    config_.foreach = config_.foreach || !tensor.device().is_cpu();
    numbers += tensor.numel();
  }
  shard_size_ = (numbers + shard.count - 1) / shard.count;
  const std::int64_t first = shard_size_ * shard.index, last = first + shard_size_;
  std::int64_t place = 0;  // of the parameter in the vector of all
  for (std::size_t p = 0; p < parameters_.size(); ++p) {
    const at::Tensor weight = parameters_[p].tensor.detach();
    const std::int64_t begin = std::clamp(first - place, std::int64_t{0}, weight.numel());
    const std::int64_t end = std::clamp(last - place, std::int64_t{0}, weight.numel());
    if (shard.count == 1 || begin < end) {
      pieces_.push_back({p, begin, place + begin - first,
                         shard.count == 1 ? weight : weight.view({-1}).slice(0, begin, end),
                         weight.dim() >= 2});
      exp_avg_.push_back(at::zeros_like(pieces_.back().weight));
      exp_avg_sq_.push_back(at::zeros_like(pieces_.back().weight));
    }
    place += weight.numel();
  }
}

double AdamW::squares(const std::vector<at::Tensor>& gradients) const {
  METASPATIAL_CHECK(gradients.size() == pieces_.size(), "one gradient per piece");
  if (config_.foreach) {
    std::vector<at::Tensor> grads;
    for (const at::Tensor& gradient : gradients)
      if (gradient.defined()) grads.push_back(gradient.detach());
    if (grads.empty()) return 0.0;
    const double norm = at::stack(at::_foreach_norm(grads)).norm().item<double>();
    return norm * norm;
  }
  double sum = 0;
  for (const at::Tensor& gradient : gradients) {
    if (!gradient.defined()) continue;
    const at::Tensor contiguous = gradient.detach().contiguous();
    const float* g = contiguous.data_ptr<float>();
    for (std::int64_t k = 0; k < contiguous.numel(); ++k) sum += static_cast<double>(g[k]) * g[k];
  }
  return sum;
}

double AdamW::step(const std::vector<at::Tensor>& gradients, double learning_rate) {
  METASPATIAL_CHECK(shard_.count == 1, "shards are put together by optimizer_step()");
  METASPATIAL_CHECK(gradients.size() == parameters_.size(), "one gradient per parameter");
  std::vector<at::Tensor> contiguous(gradients.size());
  bool any = false;
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    any = any || gradients[i].defined();
    if (gradients[i].defined()) contiguous[i] = gradients[i].detach().contiguous();
  }
  if (!any && config_.foreach) return 0.0;
  const double norm = std::sqrt(squares(contiguous));
  if (std::isfinite(norm)) apply(contiguous, norm, learning_rate);
  return norm;
}

void AdamW::apply_foreach(const std::vector<at::Tensor>& gradients, double scale, double learning_rate) {
  const c10::AutoGradMode no_grad(false);
  std::vector<at::Tensor> weights, grads, first, second;
  std::vector<bool> decays;
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    if (!gradients[i].defined()) continue;
    weights.push_back(pieces_[i].weight);
    decays.push_back(pieces_[i].decays);
    grads.push_back(gradients[i].detach());
    first.push_back(exp_avg_[i]);
    second.push_back(exp_avg_sq_[i]);
  }
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
    for (std::size_t i = 0; i < some.size(); ++i)
      if (decays[begin + i]) matrices.push_back(some[i]);
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
}

void AdamW::apply(const std::vector<at::Tensor>& gradients, double norm, double learning_rate) {
  METASPATIAL_CHECK(gradients.size() == pieces_.size(), "one gradient per piece");
  ++steps_;
  const double scale =
      config_.max_grad_norm > 0 && norm > config_.max_grad_norm ? config_.max_grad_norm / norm : 1.0;
  if (config_.foreach) return apply_foreach(gradients, scale, learning_rate);
  const double correction1 = 1.0 - std::pow(config_.beta1, static_cast<double>(steps_));
  const double correction2 = 1.0 - std::pow(config_.beta2, static_cast<double>(steps_));
  const auto step_size = static_cast<float>(learning_rate / correction1);
  const auto root_correction2 = static_cast<float>(std::sqrt(correction2));
  const auto beta1 = static_cast<float>(config_.beta1);
  const auto beta2 = static_cast<float>(config_.beta2);
  const auto epsilon = static_cast<float>(config_.epsilon);
  const auto g_scale = static_cast<float>(scale);
  for (std::size_t i = 0; i < pieces_.size(); ++i) {
    if (!gradients[i].defined()) continue;
    const at::Tensor& weight = pieces_[i].weight;
    const at::Tensor contiguous = gradients[i].detach().contiguous();
    const float decay =
        pieces_[i].decays ? static_cast<float>(1.0 - learning_rate * config_.weight_decay) : 1.0F;
    float* w = weight.data_ptr<float>();
    float* m = exp_avg_[i].data_ptr<float>();
    float* v = exp_avg_sq_[i].data_ptr<float>();
    const float* g = contiguous.data_ptr<float>();
    const std::int64_t n = weight.numel();
    for (std::int64_t k = 0; k < n; ++k) {
      const float gradient = g[k] * g_scale;
      m[k] = beta1 * m[k] + (1.0F - beta1) * gradient;
      v[k] = beta2 * v[k] + (1.0F - beta2) * gradient * gradient;
      w[k] = decay * w[k] - step_size * m[k] / (std::sqrt(v[k]) / root_correction2 + epsilon);
    }
  }
}

at::Tensor AdamW::shard_of_moments(bool second) const {
  const std::vector<at::Tensor>& moments = second ? exp_avg_sq_ : exp_avg_;
  const at::TensorOptions options =
      parameters_.empty() ? at::TensorOptions(at::kFloat) : parameters_[0].tensor.options();
  const at::Tensor shard = at::zeros({shard_size_}, options.requires_grad(false));
  for (std::size_t i = 0; i < pieces_.size(); ++i)
    shard.narrow(0, pieces_[i].place, moments[i].numel()).copy_(moments[i].view({-1}));
  return shard;
}

std::map<std::string, at::Tensor> AdamW::state() const {
  METASPATIAL_CHECK(shard_.count == 1, "shards are put together by gather_state()");
  std::map<std::string, at::Tensor> tensors;
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    tensors["exp_avg." + parameters_[i].name] = exp_avg_[i].to(at::kCPU);
    tensors["exp_avg_sq." + parameters_[i].name] = exp_avg_sq_[i].to(at::kCPU);
  }
  return tensors;
}

Result<void> AdamW::restore(const std::map<std::string, at::Tensor>& state, std::int64_t steps) {
  for (const auto& [parameter, tensor] : parameters_) {
    for (const char* moment : {"exp_avg.", "exp_avg_sq."}) {
      const auto found = state.find(moment + parameter);
      if (found == state.end() || found->second.sizes() != tensor.sizes())
        return invalid(
            fmt::format("optimiser state '{}{}' is missing or has another shape", moment, parameter));
    }
  }
  for (std::size_t i = 0; i < pieces_.size(); ++i) {
    const Piece& piece = pieces_[i];
    const std::int64_t numbers = piece.weight.numel();
    for (const bool second : {false, true}) {
      const at::Tensor& whole =
          state.at((second ? "exp_avg_sq." : "exp_avg.") + parameters_[piece.parameter].name);
      (second ? exp_avg_sq_ : exp_avg_)[i].view({-1}).copy_(
          whole.reshape({-1}).narrow(0, piece.begin, numbers));
    }
  }
  steps_ = steps;
  return {};
}

}  // namespace metaspatial::rl
