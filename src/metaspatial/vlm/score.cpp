#include <algorithm>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>
#include <c10/core/GradMode.h>

#include "metaspatial/vlm/decoder.hpp"
#include "metaspatial/vlm/model.hpp"
#include "metaspatial/vlm/ops.hpp"
#include "metaspatial/vlm/weights.hpp"

namespace metaspatial::vlm {

namespace {

// Without gradients score() works through its groups in portions of about this many tokens, so that the
// intermediate results stay in the cache and memory does not grow with the number of groups.
constexpr std::size_t kScorePortionTokens = 8192;

/// The tokens of all suffixes, one after another, and what predicts each of them.
struct Predictions {
  at::Tensor hidden;                  // (sum of S, D); undefined if there is nothing to predict
  std::vector<std::int64_t> targets;  // (sum of S)
  std::vector<float> counts;          // 1, or 0 where nothing is to be predicted
  std::vector<std::int64_t> lengths;  // of each suffix
  bool all_count = true;
};

Predictions predict(const Model::Impl& model, std::span<const SequenceGroup> groups) {
  std::vector<GroupView> views;
  for (const SequenceGroup& group : groups) views.push_back({&group.prefix, group.suffixes});
  const PackedTokens tokens = pack(model.config, views, Wanted::Predictions);

  // pack() wants, per group, the prefix's last row once, then every suffix's rows but the last. Suffix token
  // s is predicted by the row before it; the first one of each suffix by the prefix's.
  Predictions out;
  std::vector<std::int64_t> sources;
  std::int64_t row = 0;
  for (const SequenceGroup& group : groups) {
    const bool any = std::any_of(group.suffixes.begin(), group.suffixes.end(),
                                 [](const Sequence& s) { return !s.ids.empty(); });
    const bool has_prefix = !group.prefix.ids.empty();
    const std::int64_t prefix_row = row;
    if (any && has_prefix) ++row;
    for (const Sequence& suffix : group.suffixes) {
      out.lengths.push_back(static_cast<std::int64_t>(suffix.ids.size()));
      for (std::size_t s = 0; s < suffix.ids.size(); ++s) {
        const bool first_of_all = s == 0 && !has_prefix;
        const bool counted = suffix.ids[s] != model.config.image_token_id && !first_of_all;
        sources.push_back(first_of_all ? 0 : s == 0 ? prefix_row : row++);
        out.targets.push_back(suffix.ids[s]);
        out.counts.push_back(counted ? 1.0F : 0.0F);
        out.all_count = out.all_count && counted;
      }
    }
  }
  if (!tokens.wanted_rows.empty())
    out.hidden =
        decode(model, tokens, model.bf16).index_select(0, long_tensor(sources).to(model.embedding.device()));
  return out;
}

/// One entry per suffix, shared out by group.
template <typename T>
std::vector<std::vector<T>> by_group(std::span<const SequenceGroup> groups, std::vector<T> of_suffixes) {
  std::vector<std::vector<T>> out(groups.size());
  std::size_t next = 0;
  for (std::size_t b = 0; b < groups.size(); ++b)
    for (std::size_t g = 0; g < groups[b].suffixes.size(); ++g)
      out[b].push_back(std::move(of_suffixes[next++]));
  return out;
}

at::TensorOptions result_options(const Model::Impl& model) {
  return model.embedding.options().dtype(at::kFloat).requires_grad(false);
}

std::vector<std::vector<Model::TokenScores>> score_portion(const Model::Impl& model,
                                                           std::span<const SequenceGroup> groups,
                                                           double temperature, bool keep_hidden) {
  const Predictions predictions = predict(model, groups);
  std::vector<Model::TokenScores> out;
  if (!predictions.hidden.defined()) {
    for (const std::int64_t length : predictions.lengths) {
      const at::Tensor zeros = at::zeros({length}, result_options(model));
      out.push_back({zeros, zeros, {}});
      if (keep_hidden)
        out.back().hidden = at::zeros({length, model.config.hidden_size}, result_options(model));
    }
    return by_group(groups, std::move(out));
  }
  const at::Device device = model.embedding.device();
  ops::TokenScoreTensors scores = ops::token_scores(
      predictions.hidden, model.head(), long_tensor(predictions.targets).to(device), temperature, model.bf16);
  if (!predictions.all_count) {
    const at::Tensor mask = at::empty({static_cast<std::int64_t>(predictions.counts.size())}, at::kFloat);
    std::copy(predictions.counts.begin(), predictions.counts.end(), mask.data_ptr<float>());
    scores = {scores.log_prob * mask.to(device), scores.entropy * mask.to(device)};
  }
  const auto log_probs = scores.log_prob.split_with_sizes(predictions.lengths);
  const auto entropies = scores.entropy.split_with_sizes(predictions.lengths);
  for (std::size_t i = 0; i < log_probs.size(); ++i) out.push_back({log_probs[i], entropies[i], {}});
  if (keep_hidden) {
    const auto hidden = predictions.hidden.split_with_sizes(predictions.lengths);
    for (std::size_t i = 0; i < hidden.size(); ++i) out[i].hidden = hidden[i];
  }
  return by_group(groups, std::move(out));
}

std::vector<std::vector<at::Tensor>> hidden_portion(const Model::Impl& model,
                                                    std::span<const SequenceGroup> groups) {
  const Predictions predictions = predict(model, groups);
  std::vector<at::Tensor> out;
  if (predictions.hidden.defined())
    return by_group(groups, predictions.hidden.split_with_sizes(predictions.lengths));
  for (const std::int64_t length : predictions.lengths)
    out.push_back(at::zeros({length, model.config.hidden_size}, result_options(model)));
  return by_group(groups, std::move(out));
}

std::size_t token_count(const SequenceGroup& group) {
  std::size_t count = group.prefix.ids.size();
  for (const Sequence& suffix : group.suffixes) count += suffix.ids.size();
  return count;
}

/// Calls body with the groups: all at once with gradients, portion by portion without.
template <typename Body>
void each_portion(std::span<const SequenceGroup> groups, const Body& body) {
  if (c10::GradMode::is_enabled()) {
    body(groups);
    return;
  }
  for (std::size_t begin = 0; begin < groups.size();) {
    std::size_t end = begin;
    for (std::size_t tokens = 0; end < groups.size() && (end == begin || tokens < kScorePortionTokens); ++end)
      tokens += token_count(groups[end]);
    body(groups.subspan(begin, end - begin));
    begin = end;
  }
}

}  // namespace

std::vector<std::vector<Model::TokenScores>> Model::score(std::span<const SequenceGroup> groups,
                                                          double temperature, bool keep_hidden) const {
  std::vector<std::vector<TokenScores>> out;
  each_portion(groups, [&](std::span<const SequenceGroup> portion) {
    for (auto& scores : score_portion(*impl_, portion, temperature, keep_hidden))
      out.push_back(std::move(scores));
  });
  return out;
}

std::vector<std::vector<at::Tensor>> Model::hidden(std::span<const SequenceGroup> groups) const {
  std::vector<std::vector<at::Tensor>> out;
  each_portion(groups, [&](std::span<const SequenceGroup> portion) {
    for (auto& rows : hidden_portion(*impl_, portion)) out.push_back(std::move(rows));
  });
  return out;
}

at::Tensor Model::full_kl(const at::Tensor& own, const Model& reference, const at::Tensor& of_reference,
                          double temperature) const {
  return ops::full_kl(own, impl_->head(), of_reference, reference.impl().head(), temperature, impl_->bf16);
}

}  // namespace metaspatial::vlm
