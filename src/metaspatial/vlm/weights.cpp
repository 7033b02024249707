#include "metaspatial/vlm/weights.hpp"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>

#include "metaspatial/vlm/ops.hpp"

namespace metaspatial::vlm {

at::Tensor apply(const Linear& linear, const at::Tensor& x, bool bf16) {
  const at::Tensor y = ops::linear(x, linear.weight, linear.bias, bf16);
  if (!linear.adapted()) return y;
  const at::Tensor low = ops::linear(x, linear.lora_a, {}, bf16) * linear.lora_scale;  // (T, r)
  return y + ops::linear(low, linear.lora_b, {}, bf16);
}

bool trainable(const Linear& linear) {
  return linear.weight.requires_grad() || (linear.bias.defined() && linear.bias.requires_grad()) ||
         (linear.adapted() && (linear.lora_a.requires_grad() || linear.lora_b.requires_grad()));
}

bool trainable(const VisionBlock& block) {
  return block.norm1.requires_grad() || block.norm2.requires_grad() || trainable(block.qkv) ||
         trainable(block.proj) || trainable(block.gate) || trainable(block.up) || trainable(block.down);
}

bool trainable(const DecoderLayer& layer) {
  return layer.input_norm.requires_grad() || layer.post_attention_norm.requires_grad() ||
         trainable(layer.q) || trainable(layer.k) || trainable(layer.v) || trainable(layer.o) ||
         trainable(layer.gate) || trainable(layer.up) || trainable(layer.down);
}

at::Tensor merged_weight(const Linear& linear) {
  if (!linear.adapted()) return linear.weight;
  const at::ScalarType type = linear.weight.scalar_type() == at::kDouble ? at::kDouble : at::kFloat;
  return at::addmm(linear.weight.to(type), linear.lora_b.to(type), linear.lora_a.to(type), 1.0,
                   linear.lora_scale);
}

Linear flattened(const Linear& convolution) {
  const auto matrix = [](const at::Tensor& tensor) {
    return tensor.defined() ? tensor.reshape({tensor.size(0), -1}) : tensor;
  };
  return {matrix(convolution.weight), convolution.bias, matrix(convolution.lora_a),
          matrix(convolution.lora_b), convolution.lora_scale};
}

std::unique_ptr<Model::Impl> empty_model(const VlmConfig& config) {
  ops::use_single_threaded_blas();
  auto impl = std::make_unique<Model::Impl>();
  impl->config = config;
  impl->layers.resize(static_cast<std::size_t>(config.num_hidden_layers));
  impl->vision.blocks.resize(static_cast<std::size_t>(config.vision.depth));
  return impl;
}

at::Tensor embed(const at::Tensor& embedding, const at::Tensor& ids) {
  const at::Tensor x = at::embedding(embedding, ids);
  return x.scalar_type() == at::kDouble ? x : x.to(at::kFloat);
}

}  // namespace metaspatial::vlm
