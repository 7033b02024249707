#include "metaspatial/vlm/sampler.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>

#include "metaspatial/base/rng.hpp"
#include "metaspatial/vlm/kernels.hpp"

namespace metaspatial::vlm {

double token_uniform(std::uint64_t seed, std::uint64_t index) {
  return Rng{seed, index}.uniform();
}

std::vector<TokenId> forbidden_tokens(const VlmConfig& config, const SamplingParams& params) {
  if (!params.forbid_image_token) return {};
  std::vector<TokenId> out;
  for (const TokenId id : {config.image_token_id, config.video_token_id})
    if (id >= 0 && id < config.vocab_size) out.push_back(id);
  return out;
}

Sampler::Sampler(const SamplingParams& params, const VlmConfig& config)
    : temperature_(params.temperature),
      top_p_(params.top_p),
      top_k_(params.top_k),
      vocabulary_(config.vocab_size),
      forbidden_(forbidden_tokens(config, params)),
      weights_(static_cast<std::size_t>((vocabulary_ + 15) / 16 * 16)) {}

Drawn Sampler::draw(const float* logits, double uniform) {
  const bool greedy = temperature_ <= 0;
  const auto scale = static_cast<float>(greedy ? 1.0 : 1.0 / temperature_);
  std::copy(logits, logits + vocabulary_, weights_.begin());
  float max = 0;
  float sum = 0;
  kernels::table().exp_row(weights_.data(), vocabulary_, static_cast<std::int64_t>(weights_.size()), scale,
                           &max, &sum);
  float allowed = sum;
  for (const TokenId id : forbidden_) {
    allowed -= weights_[static_cast<std::size_t>(id)];
    weights_[static_cast<std::size_t>(id)] = 0;
  }
  const TokenId token = greedy ? largest() : pick(uniform, allowed);
  return {token, logits[token] * scale - (max + std::log(sum))};
}

// Of the weights: the largest logit has weight 1, and the first of equals stays the first.
TokenId Sampler::largest() const {
  return static_cast<TokenId>(std::max_element(weights_.begin(), weights_.begin() + vocabulary_) -
                              weights_.begin());
}

TokenId Sampler::pick(double uniform, float sum) {
  const bool top_k = top_k_ > 0 && top_k_ < vocabulary_;
  const bool top_p = top_p_ < 1.0;
  if (!top_k && !top_p) {
    double left = uniform * static_cast<double>(sum);
    TokenId last = 0;
    for (std::int64_t id = 0; id < vocabulary_; ++id) {
      const float weight = weights_[static_cast<std::size_t>(id)];
      if (weight <= 0) continue;
      last = static_cast<TokenId>(id);
      left -= static_cast<double>(weight);
      if (left < 0) break;
    }
    return last;
  }
  // Tokens below (1 - top_p) / V sum to less than what top-p leaves out: none of them can be needed.
  const double least =
      top_k ? 0.0 : (1.0 - top_p_) / static_cast<double>(vocabulary_) * static_cast<double>(sum);
  candidates_.clear();
  for (std::int64_t id = 0; id < vocabulary_; ++id) {
    const float weight = weights_[static_cast<std::size_t>(id)];
    if (static_cast<double>(weight) >= least) candidates_.push_back({static_cast<TokenId>(id), weight});
  }
  if (candidates_.empty()) return 0;  // logits that are not numbers
  const auto by_weight = [](const Candidate& a, const Candidate& b) {
    return a.weight != b.weight ? a.weight > b.weight : a.token < b.token;
  };
  if (top_k && static_cast<std::size_t>(top_k_) < candidates_.size()) {
    std::nth_element(candidates_.begin(), candidates_.begin() + top_k_, candidates_.end(), by_weight);
    candidates_.resize(static_cast<std::size_t>(top_k_));
  }
  double mass = static_cast<double>(sum);
  if (top_k) mass = total(candidates_.begin(), candidates_.end());
  if (top_p) candidates_.erase(nucleus_end(top_p_ * mass, by_weight), candidates_.end());
  double left = uniform * total(candidates_.begin(), candidates_.end());
  for (const Candidate& candidate : candidates_) {
    left -= static_cast<double>(candidate.weight);
    if (left < 0) return candidate.token;
  }
  return candidates_.back().token;
}

double Sampler::total(Place begin, Place end) {
  double sum = 0;
  for (; begin != end; ++begin) sum += static_cast<double>(begin->weight);
  return sum;
}

// Moves the fewest candidates that weigh `target` or more, the heaviest first, to the front, and returns
// their end; at least one. By halves, without sorting: a flat distribution would make sorting the costliest
// part.
template <typename Order>
Sampler::Place Sampler::nucleus_end(double target, const Order& heavier) {
  Place begin = candidates_.begin();
  Place end = candidates_.end();
  while (end - begin > 1) {
    const Place middle = begin + (end - begin) / 2;
    std::nth_element(begin, middle, end, heavier);
    const double upper = total(begin, middle);
    if (upper >= target) {
      end = middle;
    } else {
      target -= upper;
      begin = middle;
    }
  }
  return end;
}

DrawnTensors draw(const at::Tensor& logits, const at::Tensor& uniforms, const SamplingParams& params,
                  const std::vector<TokenId>& forbidden) {
  const bool greedy = params.temperature <= 0;
  const at::Tensor scaled = logits.to(at::kFloat) * (greedy ? 1.0 : 1.0 / params.temperature);
  const at::Tensor lse = scaled.logsumexp(1);
  at::Tensor allowed = scaled.clone();
  for (const TokenId id : forbidden) allowed.select(1, id).fill_(-std::numeric_limits<float>::infinity());
  at::Tensor tokens;
  if (greedy) {
    tokens = allowed.argmax(1);
  } else {
    const std::int64_t vocabulary = logits.size(1);
    const bool top_k = params.top_k > 0 && params.top_k < vocabulary;
    const bool top_p = params.top_p < 1.0;
    at::Tensor order;  // (R, C): candidates by falling weight, or by id
    at::Tensor weights;
    if (top_k) {
      const auto best = allowed.topk(params.top_k, 1);
      weights = std::get<0>(best).softmax(1);
      order = std::get<1>(best);
    } else if (top_p) {
      const auto sorted = allowed.sort(1, /*descending=*/true);
      weights = std::get<0>(sorted).softmax(1);
      order = std::get<1>(sorted);
    } else {
      weights = allowed.softmax(1);
    }
    // In float64: a running sum over 150,000 tokens.
    at::Tensor below = weights.to(at::kDouble).cumsum(1);
    if (top_p) {  // a candidate stays while those before it weigh less than top-p
      weights = weights * (below - weights).lt(params.top_p);
      below = weights.to(at::kDouble).cumsum(1);
    }
    const at::Tensor target = uniforms.to(at::kDouble).unsqueeze(1) * below.slice(1, below.size(1) - 1);
    const at::Tensor place =
        at::searchsorted(below, target, /*out_int32=*/false, /*right=*/true).clamp_max(below.size(1) - 1);
    tokens = (order.defined() ? order.gather(1, place) : place).squeeze(1);
  }
  return {tokens, scaled.gather(1, tokens.unsqueeze(1)).squeeze(1) - lse};
}

StopTexts::StopTexts(std::vector<std::string> texts, std::optional<Tokenizer> tokenizer)
    : texts_(std::move(texts)), tokenizer_(std::move(tokenizer)) {
  std::erase(texts_, std::string());
  for (const std::string& text : texts_) longest_ = std::max(longest_, text.size());
}

bool StopTexts::completes(std::string& tail, TokenId token) const {
  if (texts_.empty()) return false;
  tail += tokenizer_->token_bytes(token);
  for (const std::string& text : texts_)
    if (tail.find(text) != std::string::npos) return true;
  if (tail.size() >= longest_) tail.erase(0, tail.size() - (longest_ - 1));
  return false;
}

}  // namespace metaspatial::vlm
