#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "metaspatial/base/error.hpp"
#include "metaspatial/vlm/sequence.hpp"
#include "metaspatial/vlm/tokenizer.hpp"

namespace metaspatial::vlm {

class Model;

struct SamplingParams {
  double temperature = 1.0;  ///< 0: greedy
  double top_p = 1.0;
  int top_k = -1;  ///< -1: off
  int max_new_tokens = 768;
  /// Texts that end a continuation, "</answer>": the token whose bytes complete one is its last.
  std::vector<std::string> stop{};
  /// Tokens that end it beside those of the config.
  std::vector<TokenId> end_tokens{};
  /// A picture token that the model makes up has no picture behind it: such an answer cannot be scored, nor
  /// shown to the model again, here or in transformers. Off: it may be drawn, as transformers' generate()
  /// does.
  bool forbid_image_token = true;
};

/// One continuation.
struct Generation {
  std::vector<TokenId> ids;  ///< the end-of-turn token included if it was produced
  std::vector<PositionId> positions;
  std::vector<float>
      log_probs;          ///< of the sampled tokens at the sampling temperature, before top-p and top-k
  bool finished = false;  ///< ended with an end token or a stop text
};

/// G prompts that share a prefix: the prefix is read once. `suffixes[g]` (may be empty of tokens) is read,
/// then continued; `cursors[g]` stands behind its last token; `seeds[g]` keys its random numbers, so that the
/// text of one rollout does not depend on what else is in the batch.
struct GenerationGroup {
  Sequence prefix;
  std::vector<Sequence> suffixes;
  std::vector<PositionCursor> cursors;
  std::vector<std::uint64_t> seeds;
};

/// Float32 matrices of more bytes than this are not copied into panels on a CPU, but read where they lie.
constexpr std::int64_t kPackLimitBytes = std::int64_t{256} << 20;

/// How a Generator computes.
enum class DecodePath {
  Auto,     ///< Kernels where the weights lie on a CPU in float32 or bfloat16, else Tensors
  Kernels,  ///< our own loops
  Tensors,  ///< ATen's operations: any device, any type
};

struct GeneratorOptions {
  int threads = 1;
  /// Sequences that are continued at a time; 0: 48 per thread on the CPU, 256 elsewhere.
  int rows_in_flight = 0;
  /// Keys and values kept, those in use and those that may be of use again, in bytes.
  std::int64_t cache_bytes = std::int64_t{1} << 30;
  DecodePath path = DecodePath::Auto;
  /// Needed for SamplingParams::stop.
  std::optional<Tokenizer> tokenizer{};
};

/// What a Generator has done since it was made.
struct GeneratorUsage {
  std::int64_t cache_bytes = 0;       ///< of keys and values held now
  std::int64_t peak_cache_bytes = 0;  ///< the most at any time
  std::int64_t prompt_tokens = 0;     ///< that rows began with
  std::int64_t prompt_tokens_read =
      0;  ///< of those, run through the model: the others were cached, or shared
  std::int64_t made_tokens = 0;
  std::int64_t preemptions = 0;  ///< rows put off, because the cache was full, and read again later
};

/// Continues prompts, and remembers what it has read: a later call whose prompts begin like earlier ones (the
/// next turn of the same dialogues) reads only what is new.
///
/// Prefixes are recognised by their content (token ids, positions, pictures), longest match first; what was
/// used least recently goes when room is needed. Rows join as others end (continuous batching). On the
/// kernels' path a row's result is the same bytes whatever else is in the batch, in the cache, and however
/// many threads there are; on the tensors' path it is the same within rounding.
///
/// Ownership  borrows the model, which must outlive it and stay where it is.
/// Threads    not safe to share: one caller at a time.
/// Cost       float32 matrices of up to 256 MiB in all are copied into panels; larger ones, and bfloat16, are
///            read where they lie.
class Generator {
 public:
  explicit Generator(const Model& model, GeneratorOptions options = {});
  Generator(Generator&&) noexcept;
  Generator& operator=(Generator&&) noexcept;
  ~Generator();

  /// Continues every suffix of every group.
  ///
  /// Shape    out[b][g].
  /// Errors   InvalidInput if one sequence alone needs more than the cache's limit, an empty prompt, stop
  ///          texts without a tokenizer.
  [[nodiscard]] Result<std::vector<std::vector<Generation>>> generate(std::span<const GenerationGroup> groups,
                                                                      const SamplingParams& sampling);
  /// To be called after the model's weights changed: what was computed with the old ones is dropped.
  void weights_changed();
  /// Drops what has been read; packed weights stay.
  void forget();
  [[nodiscard]] const GeneratorUsage& usage() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

/// The same once, with a Generator of its own and as large a cache as one sequence needs.
[[nodiscard]] std::vector<std::vector<Generation>> generate(const Model& model,
                                                            std::span<const GenerationGroup> groups,
                                                            const SamplingParams& sampling, int threads = 1);

}  // namespace metaspatial::vlm
