#include "metaspatial/vlm/generate.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>

#include <ATen/Parallel.h>
#include <c10/core/GradMode.h>

#include "metaspatial/base/error.hpp"
#include "metaspatial/base/rng.hpp"
#include "metaspatial/vlm/cached_decoder.hpp"
#include "metaspatial/vlm/kernels.hpp"
#include "metaspatial/vlm/model.hpp"

namespace metaspatial::vlm {

namespace {

// Rows that a worker keeps in flight: enough for the matrix kernels, few enough for their keys and values to
// stay in the shared cache.
constexpr std::size_t kRowsInFlight = 48;

struct Drawn {
  TokenId token = 0;
  float log_prob = 0;
};

/// Draws tokens from rows of logits.
class Sampler {
 public:
  /// `forbidden` is never drawn: a picture token that the model makes up has no picture behind it.
  Sampler(const SamplingParams& params, std::int64_t vocabulary, TokenId forbidden)
      : params_(params),
        vocabulary_(vocabulary),
        forbidden_(forbidden),
        weights_(static_cast<std::size_t>((vocabulary + 15) / 16 * 16)) {}

  /// The token of a row, its random number keyed by the row's seed and its place in the row.
  Drawn draw(const float* logits, std::uint64_t seed, std::uint64_t index) {
    const bool greedy = params_.temperature <= 0;
    const auto scale = static_cast<float>(greedy ? 1.0 : 1.0 / params_.temperature);
    std::copy(logits, logits + vocabulary_, weights_.begin());
    float max = 0;
    float sum = 0;
    kernels::table().exp_row(weights_.data(), vocabulary_, static_cast<std::int64_t>(weights_.size()), scale,
                             &max, &sum);
    float& forbidden = weights_[static_cast<std::size_t>(forbidden_)];
    const float allowed = sum - forbidden;
    forbidden = 0;
    const TokenId token = greedy ? argmax() : pick(Rng{seed, index}.uniform(), allowed);
    return {token, logits[token] * scale - (max + std::log(sum))};
  }

 private:
  // Of the weights: the largest logit has weight 1, and the first of equals stays the first.
  TokenId argmax() const {
    return static_cast<TokenId>(std::max_element(weights_.begin(), weights_.begin() + vocabulary_) -
                                weights_.begin());
  }

  TokenId pick(double uniform, float sum) {
    const bool top_k = params_.top_k > 0 && params_.top_k < vocabulary_;
    const bool top_p = params_.top_p < 1.0;
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
        top_k ? 0.0 : (1.0 - params_.top_p) / static_cast<double>(vocabulary_) * static_cast<double>(sum);
    candidates_.clear();
    for (std::int64_t id = 0; id < vocabulary_; ++id) {
      const float weight = weights_[static_cast<std::size_t>(id)];
      if (static_cast<double>(weight) >= least) candidates_.push_back({static_cast<TokenId>(id), weight});
    }
    if (candidates_.empty()) return 0;  // logits that are not numbers
    const auto by_weight = [](const Candidate& a, const Candidate& b) {
      return a.weight != b.weight ? a.weight > b.weight : a.token < b.token;
    };
    if (top_k && static_cast<std::size_t>(params_.top_k) < candidates_.size()) {
      std::nth_element(candidates_.begin(), candidates_.begin() + params_.top_k, candidates_.end(),
                       by_weight);
      candidates_.resize(static_cast<std::size_t>(params_.top_k));
    }
    double mass = static_cast<double>(sum);
    if (top_k) mass = total(candidates_.begin(), candidates_.end());
    if (top_p) candidates_.erase(nucleus_end(params_.top_p * mass, by_weight), candidates_.end());
    double left = uniform * total(candidates_.begin(), candidates_.end());
    for (const Candidate& candidate : candidates_) {
      left -= static_cast<double>(candidate.weight);
      if (left < 0) return candidate.token;
    }
    return candidates_.back().token;
  }

  struct Candidate {
    TokenId token;
    float weight;
  };
  using Place = std::vector<Candidate>::iterator;

  static double total(Place begin, Place end) {
    double sum = 0;
    for (; begin != end; ++begin) sum += static_cast<double>(begin->weight);
    return sum;
  }

  // Moves the fewest candidates that weigh `target` or more, the heaviest first, to the front, and returns
  // their end; at least one. By halves, without sorting: a flat distribution would make sorting the costliest
  // part.
  template <typename Order>
  Place nucleus_end(double target, const Order& heavier) {
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

  SamplingParams params_;
  std::int64_t vocabulary_;
  TokenId forbidden_;
  std::vector<float> weights_;
  std::vector<Candidate> candidates_;
};

/// A continuation under way.
struct Row {
  Generation* out;
  PositionCursor cursor;
  std::uint64_t seed;
  TokenCache own;
};

/// The rows of a group that are not finished. On the heap: rows point to the prefix.
struct ActiveGroup {
  TokenCache prefix;
  std::vector<Row> rows;
};

/// Takes groups from the common queue and continues them, some at a time.
class Worker {
 public:
  Worker(const Model::Impl& model, const CachedDecoder& decoder, std::span<const GenerationGroup> groups,
         const SamplingParams& params, std::atomic<std::size_t>& next,
         std::vector<std::vector<Generation>>& out)
      : model_(model),
        decoder_(decoder),
        groups_(groups),
        params_(params),
        next_(next),
        out_(out),
        sampler_(params, model.config.vocab_size, model.config.image_token_id) {}

  void run() {
    for (;;) {
      while (!drained_ && rows_in_flight() < kRowsInFlight) admit();
      if (active_.empty()) {
        if (drained_) return;
        continue;
      }
      step();
    }
  }

 private:
  std::size_t rows_in_flight() const {
    std::size_t rows = 0;
    for (const auto& group : active_) rows += group->rows.size();
    return rows;
  }

  // Reads the next group's prompts and draws each row's first token.
  void admit() {
    const std::size_t index = next_.fetch_add(1);
    if (index >= groups_.size()) {
      drained_ = true;
      return;
    }
    const GenerationGroup& group = groups_[index];
    if (group.suffixes.empty() || params_.max_new_tokens <= 0) return;
    const GroupView view{&group.prefix, group.suffixes};
    const PackedTokens tokens = pack(model_.config, {&view, 1}, Wanted::LastRows);
    std::vector<KeysValues> cache;
    const at::Tensor hidden = decode(model_, tokens, false, &cache).contiguous();
    decoder_.project(hidden.data_ptr<float>(), hidden.size(0), logits_);

    auto active = std::make_unique<ActiveGroup>();
    std::int64_t row = 0;  // of the packed tokens
    active->prefix = copy_rows(cache, row, group.prefix.ids.size());
    // The prefix's last hidden row stands first if any suffix is empty.
    std::int64_t hidden_row = 0;
    const bool any_empty = std::any_of(group.suffixes.begin(), group.suffixes.end(),
                                       [](const Sequence& s) { return s.ids.empty(); });
    METASPATIAL_CHECK(!any_empty || !group.prefix.ids.empty(), "generate: an empty prompt");
    if (any_empty) ++hidden_row;
    for (std::size_t g = 0; g < group.suffixes.size(); ++g) {
      const std::size_t length = group.suffixes[g].ids.size();
      Row fresh{&out_[index][g], group.cursors[g], group.seeds[g], copy_rows(cache, row, length)};
      const std::int64_t from = length == 0 ? 0 : hidden_row++;
      if (extend(fresh, logits_.data() + from * decoder_.logit_stride()))
        active->rows.push_back(std::move(fresh));
    }
    if (!active->rows.empty()) active_.push_back(std::move(active));
  }

  TokenCache copy_rows(const std::vector<KeysValues>& cache, std::int64_t& row, std::size_t count) const {
    TokenCache out(model_.config);
    for (std::size_t layer = 0; layer < cache.size(); ++layer) {
      const std::int64_t width = cache[layer].keys.size(1);
      const float* keys = cache[layer].keys.data_ptr<float>() + row * width;
      const float* values = cache[layer].values.data_ptr<float>() + row * width;
      for (std::size_t i = 0; i < count; ++i, keys += width, values += width) out.append(layer, keys, values);
    }
    row += static_cast<std::int64_t>(count);
    return out;
  }

  // Draws a row's next token; true if the row goes on.
  bool extend(Row& row, const float* logits) {
    Generation& out = *row.out;
    const Drawn drawn = sampler_.draw(logits, row.seed, out.ids.size());
    out.ids.push_back(drawn.token);
    out.log_probs.push_back(drawn.log_prob);
    out.positions.push_back(row.cursor.next(drawn.token));
    out.finished = drawn.token == model_.config.eos_token_id;
    return !out.finished && out.ids.size() < static_cast<std::size_t>(params_.max_new_tokens);
  }

  void step() {
    decode_rows_.clear();
    for (const auto& group : active_)
      for (Row& row : group->rows)
        decode_rows_.push_back({&group->prefix, &row.own, row.out->ids.back(), row.out->positions.back()});
    decoder_.step(decode_rows_, workspace_, logits_);
    const float* logits = logits_.data();
    for (auto& group : active_) {
      std::size_t kept = 0;
      for (Row& row : group->rows) {
        if (extend(row, logits)) {
          if (&group->rows[kept] != &row) group->rows[kept] = std::move(row);
          ++kept;
        }
        logits += decoder_.logit_stride();
      }
      group->rows.erase(group->rows.begin() + static_cast<std::ptrdiff_t>(kept), group->rows.end());
    }
    std::erase_if(active_, [](const auto& group) { return group->rows.empty(); });
  }

  const Model::Impl& model_;
  const CachedDecoder& decoder_;
  std::span<const GenerationGroup> groups_;
  const SamplingParams& params_;
  std::atomic<std::size_t>& next_;
  std::vector<std::vector<Generation>>& out_;
  Sampler sampler_;
  std::vector<std::unique_ptr<ActiveGroup>> active_;
  bool drained_ = false;
  std::vector<DecodeRow> decode_rows_;
  CachedDecoder::Workspace workspace_;
  std::vector<float> logits_;
};

}  // namespace

std::vector<std::vector<Generation>> generate(const Model& model, std::span<const GenerationGroup> groups,
                                              const SamplingParams& sampling, int threads) {
  std::vector<std::vector<Generation>> out(groups.size());
  for (std::size_t b = 0; b < groups.size(); ++b) {
    METASPATIAL_CHECK(groups[b].cursors.size() == groups[b].suffixes.size(), "generate: a cursor per suffix");
    METASPATIAL_CHECK(groups[b].seeds.size() == groups[b].suffixes.size(), "generate: a seed per suffix");
    out[b].resize(groups[b].suffixes.size());
  }
  if (groups.empty()) return out;
  const CachedDecoder decoder(model.impl());
  // Which worker takes which group depends on the clock; what becomes of a group does not: it is read alone,
  // and the decoder's rows do not touch each other.
  std::atomic<std::size_t> next{0};
  std::exception_ptr failure;
  std::mutex failure_mutex;
  const auto work = [&] {
    try {
      // Both are per thread in ATen.
      at::set_num_threads(1);
      const c10::AutoGradMode no_gradient(false);
      Worker(model.impl(), decoder, groups, sampling, next, out).run();
    } catch (...) {
      const std::lock_guard lock(failure_mutex);
      failure = std::current_exception();
    }
  };
  const auto workers = std::min(static_cast<std::size_t>(std::max(1, threads)), groups.size());
  {
    std::vector<std::jthread> pool;
    for (std::size_t i = 0; i < workers; ++i) pool.emplace_back(work);
  }
  if (failure) std::rethrow_exception(failure);
  return out;
}

}  // namespace metaspatial::vlm
