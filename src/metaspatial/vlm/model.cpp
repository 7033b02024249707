#include "metaspatial/vlm/model.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>

#include "metaspatial/vlm/weights.hpp"

namespace metaspatial::vlm {

namespace {

constexpr double kEmbeddingStd = 0.05;

/// The same weights and adapter, each tensor passed through `change`.
template <typename F>
std::unique_ptr<Model::Impl> transformed(const Model::Impl& model, F&& change) {
  auto out = std::make_unique<Model::Impl>(model);
  visit_weights(*out,
                [&](const std::string&, at::Tensor& tensor, const auto&, Init) { tensor = change(tensor); });
  visit_adapter(*out, [&](const std::string&, at::Tensor& tensor) { tensor = change(tensor); });
  return out;
}

/// A leaf of its own that learns if the original does.
at::Tensor leaf(const at::Tensor& tensor, const at::Tensor& original) {
  return tensor.set_requires_grad(original.requires_grad());
}

bool is_frozen(const FrozenParts& parts, const std::string& name) {
  if (name.starts_with("visual.merger.")) return parts.projector;
  return name.starts_with("visual.") ? parts.vision_tower : parts.language_model;
}

}  // namespace

Model::Model(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Model::Model(Model&&) noexcept = default;
Model& Model::operator=(Model&&) noexcept = default;
Model::~Model() = default;

Model Model::random(const VlmConfig& config, Rng& rng) {
  auto impl = empty_model(config);
  const double residual_scale = 1.0 / std::sqrt(2.0 * std::max(1, config.num_hidden_layers));
  const double vision_residual_scale = 1.0 / std::sqrt(2.0 * std::max(1, config.vision.depth));
  visit_weights(*impl, [&](const std::string& name, at::Tensor& tensor,
                           const std::vector<std::int64_t>& shape, Init init) {
    tensor = at::zeros(shape, at::kFloat);
    if (init == Init::Norm) tensor.fill_(1.0);
    if (init == Init::Norm || init == Init::Bias) return;
    const double fan_in = static_cast<double>(tensor.numel()) / static_cast<double>(shape[0]);
    double deviation = init == Init::Embedding ? kEmbeddingStd : 1.0 / std::sqrt(fan_in);
    if (init == Init::Residual)
      deviation *= name.starts_with("visual.") ? vision_residual_scale : residual_scale;
    float* values = tensor.data_ptr<float>();
    for (std::int64_t i = 0; i < tensor.numel(); ++i)
      values[i] = static_cast<float>(deviation * rng.normal());
  });
  visit_weights(*impl, [](const std::string&, at::Tensor& tensor, const auto&, Init) {
    tensor.set_requires_grad(true);
  });
  return Model(std::move(impl));
}

Model Model::noise(const VlmConfig& config, at::ScalarType type, at::Device device) {
  auto impl = empty_model(config);
  visit_weights(
      *impl, [&](const std::string&, at::Tensor& tensor, const std::vector<std::int64_t>& shape, Init init) {
        tensor = at::empty(shape, at::TensorOptions(device).dtype(type));
        if (init == Init::Norm) {
          tensor.fill_(1.0);
        } else {
          tensor.normal_(0.0, 0.02);
        }
        tensor.set_requires_grad(true);
      });
  return Model(std::move(impl));
}

const VlmConfig& Model::config() const {
  return impl_->config;
}

std::vector<NamedTensor> Model::parameters() const {
  std::vector<NamedTensor> out;
  visit_weights(*impl_, [&](const std::string& name, const at::Tensor& tensor, const auto&, Init) {
    out.push_back({name, tensor});
  });
  return out;
}

std::int64_t Model::parameter_count() const {
  std::int64_t count = 0;
  for (const NamedTensor& parameter : parameters()) count += parameter.tensor.numel();
  return count;
}

std::vector<NamedTensor> Model::trainable_parameters() const {
  std::vector<NamedTensor> out;
  const auto add = [&](const std::string& name, const at::Tensor& tensor) {
    if (tensor.requires_grad()) out.push_back({name, tensor});
  };
  visit_weights(*impl_, [&](const std::string& name, const at::Tensor& tensor, const auto&, Init) {
    add(name, tensor);
  });
  visit_adapter(*impl_, add);
  return out;
}

void Model::freeze(const FrozenParts& parts) {
  const auto stop = [&](const std::string& name, at::Tensor& tensor) {
    if (is_frozen(parts, name)) tensor.set_requires_grad(false);
  };
  visit_weights(*impl_,
                [&](const std::string& name, at::Tensor& tensor, const auto&, Init) { stop(name, tensor); });
  visit_adapter(*impl_, stop);
}

void Model::use_bf16(bool on) {
  impl_->bf16 = on;
}

void Model::use_gradient_checkpointing(bool on) {
  impl_->checkpointing = on;
}

Model Model::replica() const {
  return Model(transformed(*impl_, [](const at::Tensor& tensor) { return leaf(tensor.detach(), tensor); }));
}

Model Model::to(at::Device device, at::ScalarType type) const {
  auto out = std::make_unique<Impl>(*impl_);
  const auto moved = [&](at::Tensor& tensor, at::ScalarType wanted) {
    tensor = leaf(tensor.detach().to(device, wanted, /*non_blocking=*/false, /*copy=*/true), tensor);
  };
  visit_weights(*out,
                [&](const std::string&, at::Tensor& tensor, const auto&, Init) { moved(tensor, type); });
  visit_adapter(*out, [&](const std::string&, at::Tensor& tensor) {
    moved(tensor, type == at::kDouble ? at::kDouble : at::kFloat);
  });
  return Model(std::move(out));
}

Model Model::to_device(at::Device device) const {
  return Model(transformed(*impl_, [&](const at::Tensor& tensor) {
    return leaf(tensor.detach().to(device, tensor.scalar_type(), /*non_blocking=*/false, /*copy=*/true),
                tensor);
  }));
}

at::Device Model::device() const {
  return impl_->embedding.device();
}

Model Model::without_adapter() const {
  auto out = std::make_unique<Impl>(*impl_);
  out->adapter.reset();
  visit_linears(*out,
                [](const std::string&, Linear& linear) { linear.lora_a = linear.lora_b = at::Tensor(); });
  visit_weights(*out,
                [](const std::string&, at::Tensor& tensor, const auto&, Init) { tensor = tensor.detach(); });
  return Model(std::move(out));
}

const std::optional<LoraConfig>& Model::adapter() const {
  return impl_->adapter;
}

Model Model::clone() const {
  return Model(transformed(*impl_, [](const at::Tensor& tensor) { return tensor.detach().clone(); }));
}

}  // namespace metaspatial::vlm
