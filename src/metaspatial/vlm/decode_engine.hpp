#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "metaspatial/vlm/generate.hpp"
#include "metaspatial/vlm/kv_cache.hpp"
#include "metaspatial/vlm/sampler.hpp"
#include "metaspatial/vlm/weights.hpp"

namespace metaspatial::vlm {

/// Row `row` of what the vision tower makes of picture `picture`; -1: none.
struct PictureRow {
  std::int32_t picture = -1;
  std::int32_t row = 0;
};

/// A sequence under way: its first `cached` tokens have keys and values in `blocks`. A row that makes tokens
/// (`out` not null) has one more token than that while it is continued: the one drawn last.
struct GenerationRow {
  std::int64_t group = 0;
  std::int64_t index = 0;     // of the group's suffixes
  Generation* out = nullptr;  // null: a prefix, which is only read
  PositionCursor cursor;
  std::uint64_t seed = 0;
  std::vector<CachedToken> tokens{};
  std::vector<PictureRow> pictures{};  // of the first tokens; empty if there are none
  std::vector<BlockId> blocks{};
  std::int64_t cached = 0;
  std::string tail{};  // last bytes written, for stop texts
  bool ended = false;

  [[nodiscard]] std::int64_t size() const { return static_cast<std::int64_t>(tokens.size()); }
};

/// The pictures of a call, each once, and what the vision tower makes of them, each read alone and only when
/// it is needed.
class CallPictures {
 public:
  CallPictures(const Model::Impl& model, int threads) : model_(&model), threads_(threads) {}
  /// The picture's number, and its hash.
  std::int32_t add(const std::shared_ptr<const ImagePatches>& picture);
  [[nodiscard]] const std::array<std::uint64_t, 2>& hash(std::int32_t picture) const {
    return entries_[static_cast<std::size_t>(picture)].hash;
  }
  /// Reads the pictures of the rows' tokens that are not cached.
  void read(std::span<GenerationRow* const> rows);
  /// (rows, D), of the type that the vision tower returns.
  [[nodiscard]] const at::Tensor& rows(std::int32_t picture) const {
    return entries_[static_cast<std::size_t>(picture)].rows;
  }

 private:
  struct Entry {
    std::shared_ptr<const ImagePatches> picture;
    std::array<std::uint64_t, 2> hash;
    at::Tensor rows;
  };
  const Model::Impl* model_;
  int threads_;
  std::map<const ImagePatches*, std::int32_t> numbers_;
  std::vector<Entry> entries_;
};

/// What a call wants of its rows.
class Continuation {
 public:
  Continuation(const SamplingParams& params, const VlmConfig& config, std::optional<Tokenizer> tokenizer);
  [[nodiscard]] const SamplingParams& params() const { return params_; }
  [[nodiscard]] double uniform(const GenerationRow& row) const {
    return token_uniform(row.seed, row.out->ids.size());
  }
  /// Appends a drawn token to the row, which may end with it. Threads  different rows may be in several.
  void append(GenerationRow& row, Drawn drawn) const;
  /// Tokens that the row may still draw.
  [[nodiscard]] std::int64_t left(const GenerationRow& row) const {
    return row.ended ? 0 : params_.max_new_tokens - static_cast<std::int64_t>(row.out->ids.size());
  }

 private:
  SamplingParams params_;
  StopTexts stop_;
};

/// The model's arithmetic behind a Generator.
class DecodeEngine {
 public:
  DecodeEngine() = default;
  DecodeEngine(const DecodeEngine&) = delete;
  DecodeEngine& operator=(const DecodeEngine&) = delete;
  virtual ~DecodeEngine() = default;

  [[nodiscard]] virtual std::int64_t bytes_per_block() const = 0;
  /// Gives a block memory, if it has none.
  virtual void reserve(BlockId block) = 0;
  virtual void copy(BlockId from, BlockId to) = 0;
  /// Reads each row's tokens that are not cached; a row with `out` then draws its next token.
  virtual void read(std::span<GenerationRow* const> rows, const CallPictures& pictures,
                    const Continuation& continuation) = 0;
  /// Draws up to `steps` tokens for every row, until it ends. The rows' blocks have room for them.
  virtual void decode(std::span<GenerationRow* const> rows, int steps, const Continuation& continuation) = 0;
};

[[nodiscard]] std::unique_ptr<DecodeEngine> make_kernel_engine(const Model::Impl& model, int threads);
[[nodiscard]] std::unique_ptr<DecodeEngine> make_tensor_engine(const Model::Impl& model);

}  // namespace metaspatial::vlm
