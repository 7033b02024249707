#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "metaspatial/vlm/lora.hpp"
#include "metaspatial/vlm/model.hpp"

namespace metaspatial::vlm {

/// y = x weight^T + bias, and with an adapter + lora_scale (x lora_a^T) lora_b^T.
///
/// Shape    weight (out, in); bias (out) or undefined; lora_a (r, in) and lora_b (out, r), or both undefined.
///          The patch embedding's have its convolution's shape, see flattened().
/// Source   Hu et al. 2021, LoRA, 4.1.
struct Linear {
  at::Tensor weight;
  at::Tensor bias;
  at::Tensor lora_a;
  at::Tensor lora_b;
  double lora_scale = 0.0;

  [[nodiscard]] bool adapted() const { return lora_a.defined(); }
};

/// x through the map, with gradient if grad mode is on: for what requires it, so that frozen weights cost
/// none. A weight of another type than x's is used as x's type, exactly.
///
/// Shape    x (T, in) -> (T, out). `bf16`: see ops::linear().
[[nodiscard]] at::Tensor apply(const Linear& linear, const at::Tensor& x, bool bf16);
/// The one matrix that the map multiplies by.
///
/// Shape    (out, in), with gradient; the weight itself, in the type it is stored in, where there is no
///          adapter, else float32 (float64 if the weight is).
[[nodiscard]] at::Tensor merged_weight(const Linear& linear);
/// The same map with matrices for weights: a convolution whose stride is its size is linear.
[[nodiscard]] Linear flattened(const Linear& convolution);
/// Looks tokens up, in the type that activations have: float32, or float64 where the weights are.
///
/// Shape    ids (T) int64 -> (T, D).
[[nodiscard]] at::Tensor embed(const at::Tensor& embedding, const at::Tensor& ids);

/// Whether backward passes add to any weight of the map.
[[nodiscard]] bool trainable(const Linear& linear);

struct VisionBlock {
  at::Tensor norm1, norm2;  // (Dv)
  Linear qkv;               // (3 Dv, Dv)
  Linear proj;              // (Dv, Dv)
  Linear gate, up, down;
};

struct VisionWeights {
  Linear patch_embed;  // (Dv, C, temporal, patch, patch): a convolution whose stride is its size
  std::vector<VisionBlock> blocks;
  at::Tensor ln_q;   // (Dv)
  Linear merge_in;   // (merge^2 Dv, merge^2 Dv)
  Linear merge_out;  // (D, merge^2 Dv)
};

struct DecoderLayer {
  at::Tensor input_norm, post_attention_norm;  // (D)
  Linear q, k, v;                              // (H E, D), (K E, D), (K E, D)
  Linear o;                                    // (D, H E)
  Linear gate, up, down;                       // (I, D), (I, D), (D, I)
};

struct Model::Impl {
  VlmConfig config;
  at::Tensor embedding;  // (V, D)
  std::vector<DecoderLayer> layers;
  at::Tensor final_norm;  // (D)
  at::Tensor lm_head;     // (V, D); undefined if tied to the embedding
  VisionWeights vision;
  bool bf16 = false;           // Model::use_bf16
  bool checkpointing = false;  // Model::use_gradient_checkpointing
  std::optional<LoraConfig> adapter;

  const at::Tensor& head() const { return lm_head.defined() ? lm_head : embedding; }
};

/// Whether backward passes add to any of these weights.
[[nodiscard]] bool trainable(const VisionBlock& block);
[[nodiscard]] bool trainable(const DecoderLayer& layer);

/// A model of these sizes whose tensors are yet to come.
[[nodiscard]] std::unique_ptr<Model::Impl> empty_model(const VlmConfig& config);

/// How a fresh weight is drawn.
enum class Init { Embedding, Norm, Linear, Residual, Bias };

/// Calls weight(name, tensor, shape, init) for every weight, once, in a fixed order, under its Hugging Face
/// name, and map(name, linear) for every linear map before its weights.
/// REQUIRES `layers` and `vision.blocks` to have the config's lengths.
template <typename ImplType, typename F, typename G>
void visit_maps_and_weights(ImplType& model, F&& weight, G&& map) {
  using Shape = std::vector<std::int64_t>;
  const VlmConfig& c = model.config;
  const std::int64_t hidden = c.hidden_size;
  const std::int64_t inner = c.intermediate_size;
  const std::int64_t q_size = static_cast<std::int64_t>(c.num_attention_heads) * c.head_size();
  const std::int64_t kv_size = static_cast<std::int64_t>(c.num_key_value_heads) * c.head_size();
  const auto linear = [&](const std::string& name, auto& l, const Shape& shape, bool bias, Init init) {
    map(name, l);
    weight(name + ".weight", l.weight, shape, init);
    if (bias) weight(name + ".bias", l.bias, Shape{shape[0]}, Init::Bias);
  };
  weight("model.embed_tokens.weight", model.embedding, Shape{c.vocab_size, hidden}, Init::Embedding);
  for (std::size_t i = 0; i < model.layers.size(); ++i) {
    auto& layer = model.layers[i];
    const std::string prefix = "model.layers." + std::to_string(i) + ".";
    weight(prefix + "input_layernorm.weight", layer.input_norm, Shape{hidden}, Init::Norm);
    linear(prefix + "self_attn.q_proj", layer.q, {q_size, hidden}, true, Init::Linear);
    linear(prefix + "self_attn.k_proj", layer.k, {kv_size, hidden}, true, Init::Linear);
    linear(prefix + "self_attn.v_proj", layer.v, {kv_size, hidden}, true, Init::Linear);
    linear(prefix + "self_attn.o_proj", layer.o, {hidden, q_size}, false, Init::Residual);
    weight(prefix + "post_attention_layernorm.weight", layer.post_attention_norm, Shape{hidden}, Init::Norm);
    linear(prefix + "mlp.gate_proj", layer.gate, {inner, hidden}, false, Init::Linear);
    linear(prefix + "mlp.up_proj", layer.up, {inner, hidden}, false, Init::Linear);
    linear(prefix + "mlp.down_proj", layer.down, {hidden, inner}, false, Init::Residual);
  }
  weight("model.norm.weight", model.final_norm, Shape{hidden}, Init::Norm);
  if (!c.tie_word_embeddings)
    weight("lm_head.weight", model.lm_head, Shape{c.vocab_size, hidden}, Init::Linear);

  const VisionConfig& v = c.vision;
  const std::int64_t vision = v.hidden_size;
  const std::int64_t merged = vision * v.spatial_merge_size * v.spatial_merge_size;
  linear("visual.patch_embed.proj", model.vision.patch_embed,
         {vision, v.in_channels, v.temporal_patch_size, v.patch_size, v.patch_size}, false, Init::Linear);
  for (std::size_t i = 0; i < model.vision.blocks.size(); ++i) {
    auto& block = model.vision.blocks[i];
    const std::string prefix = "visual.blocks." + std::to_string(i) + ".";
    weight(prefix + "norm1.weight", block.norm1, Shape{vision}, Init::Norm);
    linear(prefix + "attn.qkv", block.qkv, {3 * vision, vision}, true, Init::Linear);
    linear(prefix + "attn.proj", block.proj, {vision, vision}, true, Init::Residual);
    weight(prefix + "norm2.weight", block.norm2, Shape{vision}, Init::Norm);
    linear(prefix + "mlp.gate_proj", block.gate, {v.intermediate_size, vision}, true, Init::Linear);
    linear(prefix + "mlp.up_proj", block.up, {v.intermediate_size, vision}, true, Init::Linear);
    linear(prefix + "mlp.down_proj", block.down, {vision, v.intermediate_size}, true, Init::Residual);
  }
  weight("visual.merger.ln_q.weight", model.vision.ln_q, Shape{vision}, Init::Norm);
  linear("visual.merger.mlp.0", model.vision.merge_in, {merged, merged}, true, Init::Linear);
  linear("visual.merger.mlp.2", model.vision.merge_out, {v.out_hidden_size, merged}, true, Init::Linear);
}

/// Calls f(name, tensor, shape, init) for every weight of the model itself.
template <typename ImplType, typename F>
void visit_weights(ImplType& model, F&& f) {
  visit_maps_and_weights(model, f, [](const std::string&, auto&) {});
}

/// Calls f(name, linear) for every linear map that may carry an adapter: "model.layers.0.self_attn.q_proj".
template <typename ImplType, typename F>
void visit_linears(ImplType& model, F&& f) {
  visit_maps_and_weights(
      model, [](const std::string&, auto&, const auto&, Init) {}, f);
}

/// Calls f(name, tensor) for the adapter's matrices: "model.layers.0.self_attn.q_proj.lora_A.weight".
template <typename ImplType, typename F>
void visit_adapter(ImplType& model, F&& f) {
  visit_linears(model, [&](const std::string& name, auto& linear) {
    if (!linear.adapted()) return;
    f(name + ".lora_A.weight", linear.lora_a);
    f(name + ".lora_B.weight", linear.lora_b);
  });
}

}  // namespace metaspatial::vlm
