#include "metaspatial/vlm/model.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <utility>

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>
#include <c10/core/GradMode.h>
#include <fmt/format.h>

#include "metaspatial/base/files.hpp"
#include "metaspatial/base/json.hpp"
#include "metaspatial/vlm/decoder.hpp"
#include "metaspatial/vlm/ops.hpp"
#include "metaspatial/vlm/safetensors.hpp"
#include "metaspatial/vlm/weights.hpp"

namespace metaspatial::vlm {

namespace {

constexpr double kEmbeddingStd = 0.05;

std::unique_ptr<Model::Impl> empty_model(const VlmConfig& config) {
  ops::use_single_threaded_blas();
  auto impl = std::make_unique<Model::Impl>();
  impl->config = config;
  impl->layers.resize(static_cast<std::size_t>(config.num_hidden_layers));
  impl->vision.blocks.resize(static_cast<std::size_t>(config.vision.depth));
  return impl;
}

/// The same weights, each passed through `change`.
template <typename F>
std::unique_ptr<Model::Impl> transformed(const Model::Impl& model, F&& change) {
  auto out = std::make_unique<Model::Impl>(model);
  visit_weights(*out,
                [&](const std::string&, at::Tensor& tensor, const auto&, Init) { tensor = change(tensor); });
  return out;
}

/// The names a weight has in files: ours is the hub checkpoints', newer transformers nest both parts in
/// "model".
std::vector<std::string> names_in_files(const std::string& name) {
  std::vector<std::string> names{name};
  if (name.starts_with("model.")) names.push_back("model.language_model." + name.substr(6));
  if (name.starts_with("visual.")) names.push_back("model." + name);
  return names;
}

at::ScalarType scalar_type(DType dtype) {
  switch (dtype) {
    case DType::F32:
      return at::kFloat;
    case DType::BF16:
      return at::kBFloat16;
    case DType::F16:
      return at::kHalf;
    case DType::I64:
      return at::kLong;
  }
  return at::kFloat;
}

/// A float32 copy of a tensor of a file.
at::Tensor float_copy(const TensorView& view) {
  at::Tensor raw = at::empty(view.shape, scalar_type(view.dtype));
  std::memcpy(raw.data_ptr(), view.bytes.data(), view.bytes.size());
  return raw.to(at::kFloat);
}

std::string shape_text(const std::vector<std::int64_t>& shape) {
  return fmt::format("({})", fmt::join(shape, ", "));
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

Result<Model> Model::load(const std::filesystem::path& directory) {
  const std::filesystem::path config_path = directory / "config.json";
  METASPATIAL_TRY(const std::string text, read_file(config_path));
  METASPATIAL_TRY(const Json json, parse_json(text, config_path.string()));
  METASPATIAL_TRY(const VlmConfig config, read_config(json, config_path.string()));
  METASPATIAL_TRY(const SafetensorsFile file, SafetensorsFile::open(directory));
  auto impl = empty_model(config);
  std::string problem;
  visit_weights(
      *impl, [&](const std::string& name, at::Tensor& tensor, const std::vector<std::int64_t>& shape, Init) {
        if (!problem.empty()) return;
        for (const std::string& candidate : names_in_files(name)) {
          const auto found = file.tensors().find(candidate);
          if (found == file.tensors().end()) continue;
          const TensorView& view = found->second;
          if (view.shape != shape) {
            problem = fmt::format("tensor '{}' has shape {}; config.json asks for {}", candidate,
                                  shape_text(view.shape), shape_text(shape));
          } else if (view.dtype == DType::I64) {
            problem = fmt::format("tensor '{}' holds integers; expected F32, BF16 or F16", candidate);
          } else {
            tensor = float_copy(view);
            tensor.set_requires_grad(true);
          }
          return;
        }
        problem = fmt::format("tensor '{}' {} is missing", name, shape_text(shape));
      });
  if (!problem.empty()) return invalid(problem, directory.string());
  return Model(std::move(impl));
}

Result<void> Model::save(const std::filesystem::path& directory) const {
  std::map<std::string, TensorView> views;
  std::vector<at::Tensor> alive;  // the views borrow their bytes
  for (const NamedTensor& parameter : parameters()) {
    alive.push_back(parameter.tensor.detach().to(at::kCPU, at::kFloat).contiguous());
    const at::Tensor& tensor = alive.back();
    views[parameter.name] = {DType::F32,
                             tensor.sizes().vec(),
                             {static_cast<const std::byte*>(tensor.data_ptr()), tensor.nbytes()}};
  }
  METASPATIAL_TRY_VOID(write_safetensors(directory / "model.safetensors", views, {{"format", "pt"}}));
  return write_file_atomic(directory / "config.json", config_json(impl_->config).dump(2) + "\n");
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

void Model::use_bf16(bool on) {
  impl_->bf16 = on;
}

Model Model::replica() const {
  return Model(
      transformed(*impl_, [](const at::Tensor& tensor) { return tensor.detach().set_requires_grad(true); }));
}

Model Model::to(at::Device device, at::ScalarType type) const {
  return Model(transformed(*impl_, [&](const at::Tensor& tensor) {
    return tensor.detach().to(device, type, /*non_blocking=*/false, /*copy=*/true).set_requires_grad(true);
  }));
}

at::Device Model::device() const {
  return impl_->embedding.device();
}

Model Model::clone() const {
  return Model(transformed(*impl_, [](const at::Tensor& tensor) { return tensor.detach().clone(); }));
}

}  // namespace metaspatial::vlm
