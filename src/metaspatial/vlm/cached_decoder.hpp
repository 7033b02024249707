#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "metaspatial/vlm/decoder.hpp"
#include "metaspatial/vlm/generate.hpp"
#include "metaspatial/vlm/kv_cache.hpp"
#include "metaspatial/vlm/weights.hpp"

namespace metaspatial::vlm {

/// Where the keys and values of blocks lie: float32, in memory, one piece per block.
///
/// A block holds per layer the keys, transposed, (K, E, kBlockTokens), so that a query's products with all of
/// them are one pass of vectors, then the values (K, kBlockTokens, E).
/// Threads  reserve() alone; different blocks may then be written by different threads.
class BlockStore {
 public:
  explicit BlockStore(const VlmConfig& config);
  /// Gives the block memory if it has none yet.
  void reserve(BlockId block);
  void copy(BlockId from, BlockId to);
  [[nodiscard]] std::int64_t bytes_per_block() const {
    return layers_ * layer_ * std::int64_t{sizeof(float)};
  }
  [[nodiscard]] float* keys(BlockId block, std::size_t layer) const {
    return blocks_[static_cast<std::size_t>(block)].get() + static_cast<std::int64_t>(layer) * layer_;
  }
  [[nodiscard]] float* values(BlockId block, std::size_t layer) const {
    return keys(block, layer) + layer_ / 2;
  }

 private:
  std::int64_t layers_;
  std::int64_t layer_;  // floats of a layer's keys and values
  std::vector<std::unique_ptr<float[]>> blocks_;
};

/// Consecutive tokens of one sequence, read behind those that are cached.
struct TokenRun {
  std::span<const CachedToken> tokens;
  std::span<const float* const> picture_rows;  ///< (tokens): (D) of a picture token, else null; or empty
  std::int64_t first = 0;                      ///< tokens of the sequence before these, all cached
  std::span<const BlockId> blocks;             ///< of the whole sequence, these tokens included
  std::int64_t group = 0;    ///< neighbours of one group attend to the blocks that they share together
  bool wants_logits = true;  ///< of the last token
};

/// The decoder over cached keys and values without ATen: at nano's size a tensor operation's dispatch costs
/// more than its arithmetic, and at any size a row's result has to be independent of its company.
///
/// A token's result is the same bytes whatever other runs are in the call, and whether the tokens before it
/// were read in this call or long ago (see kernels.hpp: keys stand at their places in the sequence, and all
/// sums run in their order). Weights in float32 or bfloat16 on a CPU; activations and sums in float32.
/// Threads  const; each thread brings its own Workspace.
class CachedDecoder {
 public:
  /// Up to `pack_limit` bytes of float32 matrices are copied into panels; more than that is read in place.
  CachedDecoder(const Model::Impl& model, const BlockStore& store, std::int64_t pack_limit = kPackLimitBytes);

  struct Workspace {
    std::vector<float> x, normed, qkv, rotated, mixed, gate_up, inner, cos, sin;
    struct Attention {
      std::vector<float> queries, scores, outputs, factors;
    };
    std::vector<Attention> attention;  // one per unit of work that runs at a time
  };
  /// Distance of the rows of logits: V rounded up to whole panels.
  [[nodiscard]] std::int64_t logit_stride() const { return head_.padded(); }
  /// Whether matrices are so large that threads should share one step rather than have steps of their own.
  [[nodiscard]] bool large() const { return large_; }
  /// Reads the runs: their keys and values go to their blocks, and `logits` (rows, logit_stride()) receives a
  /// row per run that wants one. `shared`: matrices are divided among the threads of parallel_for.
  void read(std::span<const TokenRun> runs, Workspace& work, std::vector<float>& logits,
            bool shared = false) const;

 private:
  /// One or more stacked linear maps. Packed: weight^T in panels of kernels::kPanel columns. Else as stored.
  class Matrix {
   public:
    Matrix() = default;
    Matrix(const std::vector<const Linear*>& stacked, bool packed);
    [[nodiscard]] std::int64_t size() const { return out_; }
    [[nodiscard]] std::int64_t padded() const;
    /// y (rows, stride) = x (rows, in) weight^T + bias, or y += ... A stride of padded() or more may be
    /// written to the end of the last panel.
    void multiply(const float* x, std::int64_t rows, float* y, std::int64_t stride, bool accumulate,
                  bool shared) const;

   private:
    void multiply_stored(const float* x, std::int64_t rows, float* y, std::int64_t stride, bool accumulate,
                         bool shared) const;

    std::int64_t in_ = 0, out_ = 0;
    std::vector<float> panels_;
    /// A weight read where it lies, and its adapter's matrices, the scale in B: merging would make a copy.
    struct Stored {
      at::Tensor weight, lora_a, lora_b;
    };
    std::vector<Stored> stored_;
    std::vector<float> bias_;
  };
  struct Layer {
    std::vector<float> input_norm, post_attention_norm;
    Matrix qkv, o, gate_up, down;
  };
  /// Query rows that are worked on together: those of some runs, which share their first `common` blocks.
  struct Tile {
    struct Part {
      const TokenRun* run;
      std::int64_t offset;  // first of the run's tokens
      std::int64_t rows;
      std::int64_t row;  // of the call's rows
    };
    std::vector<Part> parts;
    std::int64_t rows = 0;
    std::int64_t common = 0;
  };
  static std::vector<Tile> tiles_of(std::span<const TokenRun> runs);
  void attend(const std::vector<Tile>& tiles, std::size_t layer, Workspace& work, bool shared) const;
  void attend(const Tile& tile, std::int64_t kv_head, std::size_t layer, const Workspace& work,
              Workspace::Attention& buffers, float* mixed) const;
  void embed(const CachedToken& token, const float* picture_row, float* x) const;
  void rope_tables(std::span<const TokenRun> runs, Workspace& work) const;

  const VlmConfig* config_;
  const BlockStore* store_;
  bool large_ = false;
  std::vector<Layer> layers_;
  at::Tensor embedding_;
  std::vector<float> final_norm_;
  Matrix head_;
  std::vector<float> frequencies_;
  std::vector<std::size_t> axes_;  // of each frequency
};

}  // namespace metaspatial::vlm
