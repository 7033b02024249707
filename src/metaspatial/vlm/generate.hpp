#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "metaspatial/vlm/sequence.hpp"

namespace metaspatial::vlm {

class Model;

struct SamplingParams {
  double temperature = 1.0;  ///< 0: greedy
  double top_p = 1.0;
  int top_k = -1;  ///< -1: off
  int max_new_tokens = 768;
};

/// One continuation.
struct Generation {
  std::vector<TokenId> ids;  ///< the end-of-turn token included if it was produced
  std::vector<PositionId> positions;
  std::vector<float>
      log_probs;          ///< of the sampled tokens at the sampling temperature, before top-p and top-k
  bool finished = false;  ///< ended with the end-of-turn token
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

/// Continues every suffix of every group, batched, with a key/value cache.
///
/// Shape    out[b][g]. Threads  uses `threads` workers, one share of the groups each; the result does not
/// depend
///          on their number.
[[nodiscard]] std::vector<std::vector<Generation>> generate(const Model& model,
                                                            std::span<const GenerationGroup> groups,
                                                            const SamplingParams& sampling, int threads = 1);

}  // namespace metaspatial::vlm
