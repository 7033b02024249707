#include "metaspatial/vlm/decoder.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>
#include <utility>

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>
#include <c10/core/GradMode.h>

#include "metaspatial/base/error.hpp"
#include "metaspatial/vlm/recompute.hpp"
#include "metaspatial/vlm/vision_tower.hpp"

namespace metaspatial::vlm {

namespace {

class Packer {
 public:
  Packer(const VlmConfig& config, Wanted wanted) : config_(config), wanted_(wanted) {}

  void add(const GroupView& group) {
    const std::int64_t prefix_begin = append(*group.prefix);
    const auto prefix_count = static_cast<std::int64_t>(group.prefix->ids.size());
    if (prefix_count > 0)
      out_.spans.push_back({prefix_begin, prefix_count, prefix_begin, prefix_count, 0, 0, 0, 1});
    const bool prefix_last =
        prefix_count > 0 &&
        std::any_of(group.suffixes.begin(), group.suffixes.end(), [&](const Sequence& suffix) {
          return wanted_ == Wanted::Predictions ? !suffix.ids.empty() : suffix.ids.empty();
        });
    if (prefix_last)
      want(prefix_begin + prefix_count - 1, 1, {0, 0, prefix_begin, prefix_count, prefix_count - 1, 0, 0, 1});
    for (const Sequence& suffix : group.suffixes) {
      const std::int64_t begin = append(suffix);
      const auto count = static_cast<std::int64_t>(suffix.ids.size());
      if (count == 0) continue;
      out_.spans.push_back({begin, count, begin, count, 0, prefix_begin, prefix_count, 1});
      const std::int64_t first = wanted_ == Wanted::Predictions ? 0 : count - 1;
      const std::int64_t end = wanted_ == Wanted::Predictions ? count - 1 : count;
      if (end > first)
        want(begin + first, end - first, {0, 0, begin, end, first, prefix_begin, prefix_count, 1});
    }
  }
  PackedTokens finish() { return std::move(out_); }

 private:
  void want(std::int64_t first_row, std::int64_t count, ops::AttentionSpan span) {
    span.query_begin = static_cast<std::int64_t>(out_.wanted_rows.size());
    span.query_count = count;
    for (std::int64_t i = 0; i < count; ++i) out_.wanted_rows.push_back(first_row + i);
    out_.wanted_spans.push_back(span);
  }

  std::int64_t append(const Sequence& sequence) {
    METASPATIAL_CHECK(sequence.ids.size() == sequence.positions.size(), "sequence: a position per token");
    const auto begin = static_cast<std::int64_t>(out_.ids.size());
    out_.positions.insert(out_.positions.end(), sequence.positions.begin(), sequence.positions.end());
    std::size_t image = 0;
    std::int64_t next = 0, end = 0;  // rows of the vision tower's output left of the current picture
    for (const TokenId id : sequence.ids) {
      METASPATIAL_CHECK(id >= 0 && id < config_.vocab_size, "sequence: token id outside the vocabulary");
      if (id == config_.image_token_id) {
        if (next == end) {
          METASPATIAL_CHECK(image < sequence.images.size(), "sequence: more picture tokens than pictures");
          std::tie(next, end) = place_image(sequence.images[image++]);
        }
        out_.image_rows.push_back(static_cast<std::int64_t>(out_.ids.size()));
        out_.image_sources.push_back(next++);
      }
      out_.ids.push_back(id);
    }
    METASPATIAL_CHECK(next == end && image == sequence.images.size(),
                      "sequence: more pictures than picture tokens");
    return begin;
  }

  // First and past-the-last row of a picture in the vision tower's output.
  std::pair<std::int64_t, std::int64_t> place_image(const std::shared_ptr<const ImagePatches>& image) {
    const int merge = config_.vision.spatial_merge_size;
    const auto [entry, is_new] = places_.try_emplace(image.get());
    if (is_new) {
      const std::int64_t count = static_cast<std::int64_t>(image->grid_h / merge) * (image->grid_w / merge);
      METASPATIAL_CHECK(count > 0, "sequence: an empty picture");
      entry->second = {image_tokens_, image_tokens_ + count};
      image_tokens_ += count;
      out_.images.push_back(image);
    }
    return entry->second;
  }

  const VlmConfig& config_;
  Wanted wanted_;
  PackedTokens out_;
  std::map<const ImagePatches*, std::pair<std::int64_t, std::int64_t>> places_;
  std::int64_t image_tokens_ = 0;
};

}  // namespace

at::Tensor long_tensor(const std::vector<std::int64_t>& values) {
  at::Tensor out = at::empty({static_cast<std::int64_t>(values.size())}, at::kLong);
  std::copy(values.begin(), values.end(), out.data_ptr<std::int64_t>());
  return out;
}

PackedTokens pack(const VlmConfig& config, std::span<const GroupView> groups, Wanted wanted) {
  Packer packer(config, wanted);
  for (const GroupView& group : groups) packer.add(group);
  return packer.finish();
}

at::Tensor rope_angles(const VlmConfig& config, std::span<const PositionId> positions) {
  const std::int64_t half = config.head_size() / 2;
  std::vector<float> frequency(static_cast<std::size_t>(half));
  std::vector<std::size_t> axis;  // of each frequency
  for (std::size_t a = 0; a < config.mrope_section.size(); ++a)
    axis.insert(axis.end(), static_cast<std::size_t>(config.mrope_section[a]), a % 3);
  METASPATIAL_CHECK(static_cast<std::int64_t>(axis.size()) == half, "mrope_section");
  for (std::size_t i = 0; i < frequency.size(); ++i)
    frequency[i] = static_cast<float>(
        1.0 / std::pow(config.rope_theta, static_cast<double>(2 * i) / static_cast<double>(2 * half)));
  at::Tensor out = at::empty({static_cast<std::int64_t>(positions.size()), half}, at::kFloat);
  float* angle = out.data_ptr<float>();
  for (const PositionId& position : positions)
    for (std::size_t i = 0; i < frequency.size(); ++i)
      *angle++ = static_cast<float>(position[axis[i]]) * frequency[i];
  return out;
}

namespace {

/// What every decoder layer needs beside its weights.
struct LayerContext {
  std::int64_t heads = 0, kv_heads = 0;
  double eps = 0;
  bool bf16 = false;
  at::Tensor cos, sin;  // (T, E / 2)
  ops::AttentionPlan spans;
  // For the last layer, which computes the wanted rows only: T becomes R.
  at::Tensor wanted, wanted_cos, wanted_sin;
  ops::AttentionPlan wanted_spans;
};

/// x (T, D) -> (T, D), or (R, D) for the last layer. `cache` may be null.
at::Tensor run_layer(const DecoderLayer& layer, const LayerContext& c, bool last, at::Tensor x,
                     std::vector<KeysValues>* cache) {
  at::Tensor normed = ops::rms_norm(x, layer.input_norm, c.eps, c.bf16);
  const at::Tensor k = ops::rope(apply(layer.k, normed, c.bf16), c.cos, c.sin);  // (T, K E)
  const at::Tensor v = apply(layer.v, normed, c.bf16);
  if (cache != nullptr) cache->push_back({k, v});
  if (last) {
    normed = normed.index_select(0, c.wanted);
    x = x.index_select(0, c.wanted);
  }
  const at::Tensor q = ops::rope(apply(layer.q, normed, c.bf16), last ? c.wanted_cos : c.cos,
                                 last ? c.wanted_sin : c.sin);  // (T, H E)
  const at::Tensor mixed =
      ops::attention(q, k, v, last ? c.wanted_spans : c.spans, c.heads, c.kv_heads, c.bf16);
  x = x + apply(layer.o, mixed, c.bf16);
  normed = ops::rms_norm(x, layer.post_attention_norm, c.eps, c.bf16);
  const at::Tensor inner = ops::swiglu(apply(layer.gate, normed, c.bf16), apply(layer.up, normed, c.bf16));
  return x + apply(layer.down, inner, c.bf16);
}

}  // namespace

at::Tensor decode(const Model::Impl& model, const PackedTokens& tokens, bool bf16,
                  std::vector<KeysValues>* cache) {
  const VlmConfig& config = model.config;
  const at::Device device = model.embedding.device();
  const auto context = std::make_shared<LayerContext>();
  context->heads = config.num_attention_heads;
  context->kv_heads = config.num_key_value_heads;
  context->eps = config.rms_norm_eps;
  context->bf16 = bf16;
  const at::Tensor angles = rope_angles(config, tokens.positions).to(device);
  context->cos = angles.cos();
  context->sin = angles.sin();
  context->wanted = long_tensor(tokens.wanted_rows).to(device);
  context->wanted_cos = context->cos.index_select(0, context->wanted);
  context->wanted_sin = context->sin.index_select(0, context->wanted);

  // The sum over layers stays float32, also with bf16 and for weights of another type.
  at::Tensor x = embed(model.embedding, long_tensor(tokens.ids).to(device));  // (T, D)
  context->spans = ops::attention_plan(tokens.spans, x, bf16);
  context->wanted_spans = ops::attention_plan(tokens.wanted_spans, x, bf16);
  if (!tokens.images.empty())
    x = x.index_copy(0, long_tensor(tokens.image_rows).to(device),
                     vision_tower(model, tokens.images, bf16)
                         .index_select(0, long_tensor(tokens.image_sources).to(device))
                         .to(x.scalar_type()));
  for (std::size_t i = 0; i < model.layers.size(); ++i) {
    const DecoderLayer& layer = model.layers[i];
    const bool last = i + 1 == model.layers.size();
    const bool gradient = c10::GradMode::is_enabled() && (x.requires_grad() || trainable(layer));
    if (model.checkpointing && gradient && cache == nullptr)
      x = recomputed(x, [layer, context, last](const at::Tensor& input) {
        return run_layer(layer, *context, last, input, nullptr);
      });
    else
      x = run_layer(layer, *context, last, std::move(x), cache);
  }
  return ops::rms_norm(x, model.final_norm, config.rms_norm_eps, bf16);
}

}  // namespace metaspatial::vlm
