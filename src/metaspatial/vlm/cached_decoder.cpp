#include "metaspatial/vlm/cached_decoder.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include <ATen/Functions.h>

#include "metaspatial/base/error.hpp"
#include "metaspatial/vlm/kernels.hpp"

namespace metaspatial::vlm {

namespace {

using kernels::kPanel;

std::int64_t panels(std::int64_t n) {
  return (n + kPanel - 1) / kPanel;
}
std::size_t usize(std::int64_t n) {
  return static_cast<std::size_t>(n);
}

std::vector<float> floats(const at::Tensor& tensor) {
  const at::Tensor contiguous = tensor.detach().contiguous();
  const float* data = contiguous.data_ptr<float>();
  return {data, data + contiguous.numel()};
}

// A workspace only grows.
float* sized(std::vector<float>& buffer, std::int64_t n) {
  if (buffer.size() < usize(n)) buffer.resize(usize(n));
  return buffer.data();
}

}  // namespace

TokenCache::TokenCache(const VlmConfig& config)
    : kv_heads_(config.num_key_value_heads),
      head_(config.head_size()),
      layers_(usize(config.num_hidden_layers)) {}

void TokenCache::append(std::size_t layer, const float* key, const float* value) {
  Layer& l = layers_[layer];
  const std::int64_t width = kv_heads_ * head_;
  const std::int64_t place = l.count % kPanel;
  if (place == 0) l.keys.resize(l.keys.size() + usize(width * kPanel), 0.0F);
  float* block = l.keys.data() + l.count / kPanel * width * kPanel;
  for (std::int64_t i = 0; i < width; ++i) block[i * kPanel + place] = key[i];
  l.values.insert(l.values.end(), value, value + width);
  ++l.count;
}

const float* TokenCache::keys(std::size_t layer, std::int64_t block, std::int64_t kv_head) const {
  return layers_[layer].keys.data() + (block * kv_heads_ + kv_head) * head_ * kPanel;
}

const float* TokenCache::values(std::size_t layer, std::int64_t kv_head) const {
  return layers_[layer].values.data() + kv_head * head_;
}

CachedDecoder::Packed::Packed(const std::vector<const Linear*>& stacked) {
  in_ = stacked[0]->weight.size(1);
  for (const Linear* linear : stacked) out_ += linear->weight.size(0);
  panels_.assign(usize(padded() * in_), 0.0F);
  const bool biased = stacked[0]->bias.defined();
  std::int64_t column = 0;
  for (const Linear* linear : stacked) {
    const std::vector<float> weight = floats(merged_weight(*linear));
    for (std::int64_t n = 0; n < linear->weight.size(0); ++n, ++column)
      for (std::int64_t k = 0; k < in_; ++k)
        panels_[usize((column / kPanel * in_ + k) * kPanel + column % kPanel)] = weight[usize(n * in_ + k)];
    if (biased) {
      const std::vector<float> bias = floats(linear->bias);
      bias_.insert(bias_.end(), bias.begin(), bias.end());
    }
  }
}

std::int64_t CachedDecoder::Packed::padded() const {
  return panels(out_) * kPanel;
}

void CachedDecoder::Packed::multiply(const float* x, std::int64_t rows, float* y, std::int64_t stride,
                                     bool accumulate) const {
  if (!bias_.empty()) {
    METASPATIAL_CHECK(!accumulate, "a bias replaces what was there");
    for (std::int64_t r = 0; r < rows; ++r)
      std::memcpy(y + r * stride, bias_.data(), bias_.size() * sizeof(float));
  }
  const std::int64_t columns = stride >= padded() && bias_.empty() ? padded() : out_;
  for (std::int64_t p = 0; p < panels(out_); ++p)
    kernels::table().gemm(rows, std::min(kPanel, columns - p * kPanel), in_, x, in_,
                          panels_.data() + p * in_ * kPanel, kPanel, y + p * kPanel, stride,
                          accumulate || !bias_.empty());
}

CachedDecoder::CachedDecoder(const Model::Impl& model)
    : model_(&model), embedding_(floats(model.embedding)), final_norm_(floats(model.final_norm)) {
  for (const DecoderLayer& layer : model.layers)
    layers_.push_back({floats(layer.input_norm), floats(layer.post_attention_norm),
                       Packed({&layer.q, &layer.k, &layer.v}), Packed({&layer.o}),
                       Packed({&layer.gate, &layer.up}), Packed({&layer.down})});
  const Linear head{model.head(), {}};
  head_ = Packed({&head});
}

void CachedDecoder::project(const float* hidden, std::int64_t rows, std::vector<float>& logits) const {
  head_.multiply(hidden, rows, sized(logits, rows * head_.padded()), head_.padded());
}

void CachedDecoder::step(std::span<const DecodeRow> rows, Workspace& work, std::vector<float>& logits) const {
  const VlmConfig& config = model_->config;
  const kernels::Table& kernel = kernels::table();
  const auto n = static_cast<std::int64_t>(rows.size());
  const std::int64_t width = config.hidden_size;
  const std::int64_t inner = config.intermediate_size;
  const std::int64_t head = config.head_size();
  const std::int64_t kv_heads = config.num_key_value_heads;
  const std::int64_t turning = (config.num_attention_heads + kv_heads) * head;  // queries and keys
  const std::int64_t qkv = turning + kv_heads * head;
  const auto eps = static_cast<float>(config.rms_norm_eps);

  std::vector<PositionId> positions;
  for (const DecodeRow& row : rows) positions.push_back(row.position);
  const at::Tensor angles = rope_angles(config, positions);
  const at::Tensor cos = angles.cos();
  const at::Tensor sin = angles.sin();

  float* x = sized(work.x, n * width);
  float* normed = sized(work.normed, n * width);
  for (std::int64_t r = 0; r < n; ++r)
    std::memcpy(x + r * width, embedding_.data() + rows[usize(r)].token * width,
                usize(width) * sizeof(float));
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    const Layer& layer = layers_[i];
    kernel.rms_norm(n, width, x, layer.input_norm.data(), eps, normed, nullptr);
    layer.qkv.multiply(normed, n, sized(work.qkv, n * qkv), qkv);
    kernel.rope(n, turning / head, head, work.qkv.data(), qkv, cos.data_ptr<float>(), sin.data_ptr<float>(),
                1.0F, sized(work.rotated, n * turning));
    for (std::int64_t r = 0; r < n; ++r)
      rows[usize(r)].own->append(i, work.rotated.data() + (r + 1) * turning - kv_heads * head,
                                 work.qkv.data() + r * qkv + turning);
    attend(rows, i, work);
    layer.o.multiply(work.mixed.data(), n, x, width, true);
    kernel.rms_norm(n, width, x, layer.post_attention_norm.data(), eps, normed, nullptr);
    layer.gate_up.multiply(normed, n, sized(work.gate_up, n * 2 * inner), 2 * inner);
    sized(work.inner, n * inner);
    for (std::int64_t r = 0; r < n; ++r) {
      const float* gate = work.gate_up.data() + r * 2 * inner;
      kernel.swiglu(inner, gate, gate + inner, work.inner.data() + r * inner);
    }
    layer.down.multiply(work.inner.data(), n, x, width, true);
  }
  kernel.rms_norm(n, width, x, final_norm_.data(), eps, normed, nullptr);
  project(normed, n, logits);
}

// Queries of rows that share a prefix are multiplied with its keys together, each row's own keys after it:
// scores (row, query head of the group; prefix keys to whole blocks, own keys to whole blocks).
void CachedDecoder::attend(std::span<const DecodeRow> rows, std::size_t layer, Workspace& work) const {
  const VlmConfig& config = model_->config;
  const kernels::Table& kernel = kernels::table();
  const std::int64_t head = config.head_size();
  const std::int64_t heads = config.num_attention_heads;
  const std::int64_t kv_heads = config.num_key_value_heads;
  const std::int64_t repeats = heads / kv_heads;
  const std::int64_t turning = (heads + kv_heads) * head;
  const float scale = 1.0F / std::sqrt(static_cast<float>(head));
  sized(work.mixed, static_cast<std::int64_t>(rows.size()) * heads * head);

  for (std::size_t begin = 0, end = 0; begin < rows.size(); begin = end) {
    const TokenCache& prefix = *rows[begin].prefix;
    std::int64_t longest = 0;
    while (end < rows.size() && rows[end].prefix == &prefix)
      longest = std::max(longest, rows[end++].own->count(layer));
    const auto count = static_cast<std::int64_t>(end - begin);
    const std::int64_t prefix_keys = prefix.count(layer);
    const std::int64_t own_column = panels(prefix_keys) * kPanel;
    const std::int64_t stride = own_column + panels(longest) * kPanel;
    float* queries = sized(work.queries, count * repeats * head);
    float* scores = sized(work.scores, count * repeats * stride);
    float* outputs = sized(work.outputs, count * repeats * head);
    float* factors = sized(work.factors, count * repeats);
    for (std::int64_t kv = 0; kv < kv_heads; ++kv) {
      for (std::int64_t r = 0; r < count; ++r)
        std::memcpy(
            queries + r * repeats * head,
            work.rotated.data() + (static_cast<std::int64_t>(begin) + r) * turning + kv * repeats * head,
            usize(repeats * head) * sizeof(float));
      for (std::int64_t b = 0; b < panels(prefix_keys); ++b)
        kernel.gemm(count * repeats, kPanel, head, queries, head, prefix.keys(layer, b, kv), kPanel,
                    scores + b * kPanel, stride, false);
      for (std::int64_t r = 0; r < count; ++r) {
        const TokenCache& own = *rows[begin + usize(r)].own;
        const std::int64_t own_keys = own.count(layer);
        float* own_scores = scores + r * repeats * stride + own_column;
        for (std::int64_t b = 0; b < panels(own_keys); ++b)
          kernel.gemm(repeats, kPanel, head, queries + r * repeats * head, head, own.keys(layer, b, kv),
                      kPanel, own_scores + b * kPanel, stride, false);
        for (std::int64_t t = r * repeats; t < (r + 1) * repeats; ++t) {
          float* row = scores + t * stride;
          std::fill(row + prefix_keys, row + own_column, -std::numeric_limits<float>::infinity());
          float max = 0;
          float sum = 0;
          kernel.exp_row(row, own_column + own_keys, own_column + panels(own_keys) * kPanel, scale, &max,
                         &sum);
          factors[t] = 1.0F / sum;
        }
      }
      kernel.gemm(count * repeats, head, prefix_keys, scores, stride, prefix.values(layer, kv),
                  kv_heads * head, outputs, head, false);
      for (std::int64_t r = 0; r < count; ++r) {
        const TokenCache& own = *rows[begin + usize(r)].own;
        float* out = outputs + r * repeats * head;
        kernel.gemm(repeats, head, own.count(layer), scores + r * repeats * stride + own_column, stride,
                    own.values(layer, kv), kv_heads * head, out, head, true);
        for (std::int64_t t = 0; t < repeats; ++t)
          kernel.scale_row(out + t * head, head, factors[r * repeats + t]);
        std::memcpy(
            work.mixed.data() + (static_cast<std::int64_t>(begin) + r) * heads * head + kv * repeats * head,
            out, usize(repeats * head) * sizeof(float));
      }
    }
  }
}

}  // namespace metaspatial::vlm
