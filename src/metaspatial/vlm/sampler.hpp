#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "metaspatial/vlm/generate.hpp"

namespace metaspatial::vlm {

struct Drawn {
  TokenId token = 0;
  float log_prob = 0;  ///< at the sampling temperature, of all tokens, before top-k and top-p
};

/// The random number of a row's token `index`, in [0, 1).
[[nodiscard]] double token_uniform(std::uint64_t seed, std::uint64_t index);

/// Tokens that are never drawn: picture and video tokens, unless `params` allow them.
[[nodiscard]] std::vector<TokenId> forbidden_tokens(const VlmConfig& config, const SamplingParams& params);

/// Draws tokens from rows of logits in memory.
///
/// Threads  one each: it has buffers.
class Sampler {
 public:
  Sampler(const SamplingParams& params, const VlmConfig& config);
  /// `uniform` in [0, 1) decides; logits (V). Greedy: the first of the largest.
  [[nodiscard]] Drawn draw(const float* logits, double uniform);

 private:
  struct Candidate {
    TokenId token;
    float weight;
  };
  using Place = std::vector<Candidate>::iterator;
  [[nodiscard]] TokenId largest() const;
  [[nodiscard]] TokenId pick(double uniform, float sum);
  [[nodiscard]] static double total(Place begin, Place end);
  template <typename Order>
  Place nucleus_end(double target, const Order& heavier);

  double temperature_, top_p_;
  int top_k_;
  std::int64_t vocabulary_;
  std::vector<TokenId> forbidden_;
  std::vector<float> weights_;
  std::vector<Candidate> candidates_;
};

/// The same on tensors, all rows at once, on their device, without waiting for it.
///
/// Shape    logits (R, V) of any type, uniforms (R) float32 -> tokens (R) int64, log-probabilities (R)
/// float32.
struct DrawnTensors {
  at::Tensor tokens, log_probs;
};
[[nodiscard]] DrawnTensors draw(const at::Tensor& logits, const at::Tensor& uniforms,
                                const SamplingParams& params, const std::vector<TokenId>& forbidden);

/// Notices that a text has come to one of the stop texts' ends, across the borders of tokens.
class StopTexts {
 public:
  StopTexts(std::vector<std::string> texts, std::optional<Tokenizer> tokenizer);
  /// Appends a token to the last bytes of a row; true if a stop text has just been completed.
  [[nodiscard]] bool completes(std::string& tail, TokenId token) const;

 private:
  std::vector<std::string> texts_;
  std::optional<Tokenizer> tokenizer_;
  std::size_t longest_ = 0;
};

}  // namespace metaspatial::vlm
