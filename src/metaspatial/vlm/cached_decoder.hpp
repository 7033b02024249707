#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "metaspatial/vlm/decoder.hpp"
#include "metaspatial/vlm/weights.hpp"

namespace metaspatial::vlm {

/// Keys and values of a run of tokens, all layers, grown token by token.
///
/// Keys lie transposed in blocks of kernels::kPanel tokens: (block, K, E, kPanel), so that a query's products
/// with 32 keys are one pass of vectors; values as (token, K, E).
class TokenCache {
 public:
  TokenCache() = default;
  explicit TokenCache(const VlmConfig& config);
  /// Appends one token's key and value, (K * E) each, to a layer. Every layer gets every token.
  void append(std::size_t layer, const float* key, const float* value);
  [[nodiscard]] std::int64_t count(std::size_t layer) const { return layers_[layer].count; }
  [[nodiscard]] const float* keys(std::size_t layer, std::int64_t block, std::int64_t kv_head) const;
  [[nodiscard]] const float* values(std::size_t layer, std::int64_t kv_head) const;

 private:
  struct Layer {
    std::int64_t count = 0;
    std::vector<float> keys;
    std::vector<float> values;
  };
  std::int64_t kv_heads_ = 0;
  std::int64_t head_ = 0;
  std::vector<Layer> layers_;
};

/// One sequence that goes on by one token. Rows that share a prefix stand next to each other.
struct DecodeRow {
  const TokenCache* prefix = nullptr;  ///< read only
  TokenCache* own = nullptr;           ///< what follows the prefix; the token is appended
  TokenId token = 0;
  PositionId position{};
};

/// The decoder's single-token step without ATen: at nano's size a tensor operation's dispatch costs more than
/// its arithmetic. Float32 on a CPU.
///
/// A row's logits are the same bytes whatever other rows are in the step (see kernels.hpp).
/// Threads  const; each thread brings its own Workspace.
class CachedDecoder {
 public:
  explicit CachedDecoder(const Model::Impl& model);

  struct Workspace {
    std::vector<float> x, normed, qkv, rotated, mixed, gate_up, inner, queries, scores, outputs, factors;
  };
  /// Distance of the rows of logits: V rounded up to whole panels.
  [[nodiscard]] std::int64_t logit_stride() const { return head_.padded(); }
  /// logits (rows, logit_stride()).
  void step(std::span<const DecodeRow> rows, Workspace& work, std::vector<float>& logits) const;
  /// Logits of hidden rows (rows, D) after the final norm.
  void project(const float* hidden, std::int64_t rows, std::vector<float>& logits) const;

 private:
  /// weight^T of one or more stacked linear maps in panels of kernels::kPanel columns.
  class Packed {
   public:
    Packed() = default;
    explicit Packed(const std::vector<const Linear*>& stacked);
    [[nodiscard]] std::int64_t size() const { return out_; }
    [[nodiscard]] std::int64_t padded() const;
    /// y (rows, stride) = x (rows, in) weight^T + bias, or y += ... A stride of padded() or more may be
    /// written to the end of the last panel.
    void multiply(const float* x, std::int64_t rows, float* y, std::int64_t stride,
                  bool accumulate = false) const;

   private:
    std::int64_t in_ = 0, out_ = 0;
    std::vector<float> panels_;
    std::vector<float> bias_;
  };
  struct Layer {
    std::vector<float> input_norm, post_attention_norm;
    Packed qkv, o, gate_up, down;
  };
  void attend(std::span<const DecodeRow> rows, std::size_t layer, Workspace& work) const;

  const Model::Impl* model_;
  std::vector<Layer> layers_;
  std::vector<float> embedding_, final_norm_;
  Packed head_;
};

}  // namespace metaspatial::vlm
