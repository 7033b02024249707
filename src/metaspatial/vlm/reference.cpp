// Qwen2.5-VL, one sequence at a time, in ATen's plain operations: what the fast path is tested against, and
// the place to read how the architecture works. Names of the steps follow Hugging Face transformers.

#include <cmath>
#include <limits>

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>

#include "metaspatial/base/error.hpp"
#include "metaspatial/vlm/decoder.hpp"
#include "metaspatial/vlm/vision_tower.hpp"
#include "metaspatial/vlm/weights.hpp"

namespace metaspatial::vlm {

namespace {

using at::Tensor;

Tensor linear_map(const Linear& linear, const Tensor& x) {
  const Tensor y = at::matmul(x, merged_weight(linear).to(x.scalar_type()).t());
  return linear.bias.defined() ? y + linear.bias : y;
}

Tensor rms_norm(const Tensor& x, const Tensor& weight, double eps) {
  return weight * (x / (x * x).mean(-1, true).add(eps).sqrt());
}

Tensor mlp(const Tensor& x, const Linear& gate, const Linear& up, const Linear& down) {
  return linear_map(down, at::silu(linear_map(gate, x)) * linear_map(up, x));
}

// (a, b) -> (-b, a): with it, x cos + rotate_half(x) sin turns pairs (i, i + E/2).
Tensor rotate_half(const Tensor& x) {
  const std::vector<Tensor> halves = x.chunk(2, -1);
  return at::cat({-halves[1], halves[0]}, -1);
}

// x (heads, T, E), angles (T, E / 2).
Tensor rotary(const Tensor& x, const Tensor& angles) {
  const Tensor both = at::cat({angles, angles}, -1);
  return x * both.cos() + rotate_half(x) * both.sin();
}

// q (H, T, E), k and v (H, T, E), allowed (T, T) bool -> (T, H * E).
Tensor attend(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& allowed) {
  const Tensor scores = at::matmul(q, k.transpose(1, 2)) / std::sqrt(static_cast<double>(q.size(2)));
  const Tensor p =
      scores.masked_fill(allowed.logical_not(), -std::numeric_limits<double>::infinity()).softmax(-1);
  return at::matmul(p, v).transpose(0, 1).reshape({q.size(1), -1});
}

// (T, n * E) -> (n, T, E).
Tensor by_head(const Tensor& x, std::int64_t n) {
  return x.reshape({x.size(0), n, -1}).transpose(0, 1);
}

// One picture -> (merged tokens, D). No reordering: the windows are a mask.
Tensor see(const Model::Impl& model, const ImagePatches& image) {
  const VisionConfig& config = model.config.vision;
  const VisionWeights& weights = model.vision;
  const std::int64_t patches = static_cast<std::int64_t>(image.grid_h) * image.grid_w;
  const Tensor pixels =
      at::from_blob(const_cast<float*>(image.patches.data()),
                    {patches, static_cast<std::int64_t>(image.patches.size()) / patches}, at::kFloat);

  // Row and column of each patch: units of merge x merge patches, row by row, and row by row inside.
  const std::int64_t merge = config.spatial_merge_size;
  std::vector<std::int64_t> rows, columns;
  for (std::int64_t r = 0; r < image.grid_h; r += merge)
    for (std::int64_t c = 0; c < image.grid_w; c += merge)
      for (std::int64_t i = 0; i < merge; ++i)
        for (std::int64_t j = 0; j < merge; ++j) {
          rows.push_back(r + i);
          columns.push_back(c + j);
        }
  const Tensor row = long_tensor(rows);
  const Tensor column = long_tensor(columns);
  const std::int64_t side =
      config.window_size / merge / config.patch_size * merge;  // patches per window side
  const Tensor window = row.div(side, "floor") * 1000000 + column.div(side, "floor");
  const Tensor same_window = window.unsqueeze(0) == window.unsqueeze(1);
  const Tensor everywhere = at::ones_like(same_window);

  // Half of a head's frequencies turn by the row, half by the column.
  const std::int64_t head = config.hidden_size / config.num_heads;
  const Tensor frequency =
      at::pow(10000.0, -at::arange(0, head / 2, 2, at::kDouble) / static_cast<double>(head / 2))
          .to(at::kFloat);
  const Tensor angles =
      at::cat({at::outer(row.to(at::kFloat), frequency), at::outer(column.to(at::kFloat), frequency)}, 1);

  Tensor x = linear_map(flattened(weights.patch_embed), pixels);
  for (std::size_t i = 0; i < weights.blocks.size(); ++i) {
    const VisionBlock& block = weights.blocks[i];
    bool full = false;
    for (const int index : config.fullatt_block_indexes) full = full || index == static_cast<int>(i);
    const std::vector<Tensor> qkv = linear_map(block.qkv, rms_norm(x, block.norm1, 1e-6)).chunk(3, 1);
    const Tensor q = rotary(by_head(qkv[0], config.num_heads), angles);
    const Tensor k = rotary(by_head(qkv[1], config.num_heads), angles);
    x = x + linear_map(block.proj,
                       attend(q, k, by_head(qkv[2], config.num_heads), full ? everywhere : same_window));
    x = x + mlp(rms_norm(x, block.norm2, 1e-6), block.gate, block.up, block.down);
  }
  const Tensor units = rms_norm(x, weights.ln_q, 1e-6).reshape({-1, merge * merge * config.hidden_size});
  return linear_map(weights.merge_out, at::gelu(linear_map(weights.merge_in, units)));
}

}  // namespace

at::Tensor Model::logits_reference(const Sequence& sequence) const {
  const Impl& model = *impl_;
  const VlmConfig& c = model.config;
  const auto tokens = static_cast<std::int64_t>(sequence.ids.size());
  const std::int64_t repeats = c.num_attention_heads / c.num_key_value_heads;

  // Tokens to vectors; the picture tokens' are replaced by what the tower saw.
  Tensor x = embed(model.embedding, long_tensor({sequence.ids.begin(), sequence.ids.end()}));  // (T, D)
  std::vector<Tensor> seen;
  for (const auto& image : sequence.images) seen.push_back(see(model, *image));
  if (!seen.empty()) {
    std::vector<std::int64_t> places;
    for (std::int64_t t = 0; t < tokens; ++t)
      if (sequence.ids[static_cast<std::size_t>(t)] == c.image_token_id) places.push_back(t);
    x = x.index_copy(0, long_tensor(places), at::cat(seen));
  }

  // Multimodal rope: frequency i turns by the position id (temporal, height or width) of its section.
  const std::int64_t half = c.head_size() / 2;
  std::vector<Tensor> sections;
  std::int64_t first = 0;
  for (std::size_t s = 0; s < c.mrope_section.size(); ++s) {
    std::vector<std::int64_t> ids;
    for (const PositionId& position : sequence.positions) ids.push_back(position[s % 3]);
    const Tensor exponent =
        at::arange(first, first + c.mrope_section[s], at::kDouble) / static_cast<double>(half);
    sections.push_back(
        at::outer(long_tensor(ids).to(at::kFloat), at::pow(c.rope_theta, -exponent).to(at::kFloat)));
    first += c.mrope_section[s];
  }
  const Tensor angles = at::cat(sections, 1);  // (T, E / 2)

  const Tensor causal = at::ones({tokens, tokens}, at::kBool).tril();
  for (const DecoderLayer& layer : model.layers) {
    const Tensor normed = rms_norm(x, layer.input_norm, c.rms_norm_eps);
    const Tensor q = rotary(by_head(linear_map(layer.q, normed), c.num_attention_heads), angles);
    const Tensor k = rotary(by_head(linear_map(layer.k, normed), c.num_key_value_heads), angles);
    const Tensor v = by_head(linear_map(layer.v, normed), c.num_key_value_heads);
    x = x + linear_map(layer.o,
                       attend(q, k.repeat_interleave(repeats, 0), v.repeat_interleave(repeats, 0), causal));
    x = x + mlp(rms_norm(x, layer.post_attention_norm, c.rms_norm_eps), layer.gate, layer.up, layer.down);
  }
  return at::matmul(rms_norm(x, model.final_norm, c.rms_norm_eps),
                    model.head().to(at::kFloat).t());  // (T, V)
}

}  // namespace metaspatial::vlm
