#pragma once

#include <cmath>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "metaspatial/vlm/model.hpp"

namespace metaspatial::vlm {

/// y = x weight^T + bias.   Shape  weight (out, in); bias (out) or undefined.
struct Linear {
  at::Tensor weight;
  at::Tensor bias;
};

/// x through the map, with gradient if grad mode is on.   Shape  x (T, in) -> (T, out). `bf16`: see
/// ops::linear().
[[nodiscard]] at::Tensor apply(const Linear& linear, const at::Tensor& x, bool bf16);
/// The one matrix that the map multiplies by.   Shape  (out, in), with gradient.
[[nodiscard]] at::Tensor merged_weight(const Linear& linear);

struct VisionBlock {
  at::Tensor norm1, norm2;  // (Dv)
  Linear qkv;               // (3 Dv, Dv)
  Linear proj;              // (Dv, Dv)
  Linear gate, up, down;
};

struct VisionWeights {
  at::Tensor patch_embed;  // (Dv, C, temporal, patch, patch): a convolution whose stride is its size, so a
                           // linear map
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
  bool bf16 = false;  // Model::use_bf16

  const at::Tensor& head() const { return lm_head.defined() ? lm_head : embedding; }
};

/// How a fresh weight is drawn.
enum class Init { Embedding, Norm, Linear, Residual, Bias };

/// Calls f(name, tensor, shape, init) for every weight, once, in a fixed order, under its Hugging Face name.
/// REQUIRES `layers` and `vision.blocks` to have the config's lengths.
template <typename ImplType, typename F>
void visit_weights(ImplType& model, F&& f) {
  using Shape = std::vector<std::int64_t>;
  const VlmConfig& c = model.config;
  const std::int64_t hidden = c.hidden_size;
  const std::int64_t inner = c.intermediate_size;
  const std::int64_t q_size = static_cast<std::int64_t>(c.num_attention_heads) * c.head_size();
  const std::int64_t kv_size = static_cast<std::int64_t>(c.num_key_value_heads) * c.head_size();
  const auto linear = [&](const std::string& name, auto& l, std::int64_t out, std::int64_t in, bool bias,
                          Init init) {
    f(name + ".weight", l.weight, Shape{out, in}, init);
    if (bias) f(name + ".bias", l.bias, Shape{out}, Init::Bias);
  };
  f("model.embed_tokens.weight", model.embedding, Shape{c.vocab_size, hidden}, Init::Embedding);
  for (std::size_t i = 0; i < model.layers.size(); ++i) {
    auto& layer = model.layers[i];
    const std::string prefix = "model.layers." + std::to_string(i) + ".";
    f(prefix + "input_layernorm.weight", layer.input_norm, Shape{hidden}, Init::Norm);
    linear(prefix + "self_attn.q_proj", layer.q, q_size, hidden, true, Init::Linear);
    linear(prefix + "self_attn.k_proj", layer.k, kv_size, hidden, true, Init::Linear);
    linear(prefix + "self_attn.v_proj", layer.v, kv_size, hidden, true, Init::Linear);
    linear(prefix + "self_attn.o_proj", layer.o, hidden, q_size, false, Init::Residual);
    f(prefix + "post_attention_layernorm.weight", layer.post_attention_norm, Shape{hidden}, Init::Norm);
    linear(prefix + "mlp.gate_proj", layer.gate, inner, hidden, false, Init::Linear);
    linear(prefix + "mlp.up_proj", layer.up, inner, hidden, false, Init::Linear);
    linear(prefix + "mlp.down_proj", layer.down, hidden, inner, false, Init::Residual);
  }
  f("model.norm.weight", model.final_norm, Shape{hidden}, Init::Norm);
  if (!c.tie_word_embeddings) f("lm_head.weight", model.lm_head, Shape{c.vocab_size, hidden}, Init::Linear);

  const VisionConfig& v = c.vision;
  const std::int64_t vision = v.hidden_size;
  const std::int64_t merged = vision * v.spatial_merge_size * v.spatial_merge_size;
  f("visual.patch_embed.proj.weight", model.vision.patch_embed,
    Shape{vision, v.in_channels, v.temporal_patch_size, v.patch_size, v.patch_size}, Init::Linear);
  for (std::size_t i = 0; i < model.vision.blocks.size(); ++i) {
    auto& block = model.vision.blocks[i];
    const std::string prefix = "visual.blocks." + std::to_string(i) + ".";
    f(prefix + "norm1.weight", block.norm1, Shape{vision}, Init::Norm);
    linear(prefix + "attn.qkv", block.qkv, 3 * vision, vision, true, Init::Linear);
    linear(prefix + "attn.proj", block.proj, vision, vision, true, Init::Residual);
    f(prefix + "norm2.weight", block.norm2, Shape{vision}, Init::Norm);
    linear(prefix + "mlp.gate_proj", block.gate, v.intermediate_size, vision, true, Init::Linear);
    linear(prefix + "mlp.up_proj", block.up, v.intermediate_size, vision, true, Init::Linear);
    linear(prefix + "mlp.down_proj", block.down, vision, v.intermediate_size, true, Init::Residual);
  }
  f("visual.merger.ln_q.weight", model.vision.ln_q, Shape{vision}, Init::Norm);
  linear("visual.merger.mlp.0", model.vision.merge_in, merged, merged, true, Init::Linear);
  linear("visual.merger.mlp.2", model.vision.merge_out, v.out_hidden_size, merged, true, Init::Linear);
}

}  // namespace metaspatial::vlm
