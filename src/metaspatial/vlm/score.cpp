#include <algorithm>
#include <cstdint>
#include <span>
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

std::vector<std::vector<Model::TokenScores>> score_portion(const Model::Impl& model,
                                                           std::span<const SequenceGroup> groups,
                                                           double temperature) {
  std::vector<GroupView> views;
  for (const SequenceGroup& group : groups) views.push_back({&group.prefix, group.suffixes});
  const PackedTokens tokens = pack(model.config, views, Wanted::Predictions);

  // pack() wants, per group, the prefix's last row once, then every suffix's rows but the last. Suffix token
  // s is predicted by the row before it; the first one of each suffix by the prefix's.
  std::vector<std::int64_t> sources, targets, lengths;
  std::vector<float> counts;  // 1, or 0 where nothing is to be predicted
  std::int64_t row = 0;
  bool all_count = true;
  for (const SequenceGroup& group : groups) {
    const bool any = std::any_of(group.suffixes.begin(), group.suffixes.end(),
                                 [](const Sequence& s) { return !s.ids.empty(); });
    const bool has_prefix = !group.prefix.ids.empty();
    const std::int64_t prefix_row = row;
    if (any && has_prefix) ++row;
    for (const Sequence& suffix : group.suffixes) {
      lengths.push_back(static_cast<std::int64_t>(suffix.ids.size()));
      for (std::size_t s = 0; s < suffix.ids.size(); ++s) {
        const bool first_of_all = s == 0 && !has_prefix;
        const bool counted = suffix.ids[s] != model.config.image_token_id && !first_of_all;
        sources.push_back(first_of_all ? 0 : s == 0 ? prefix_row : row++);
        targets.push_back(suffix.ids[s]);
        counts.push_back(counted ? 1.0F : 0.0F);
        all_count = all_count && counted;
      }
    }
  }
  std::vector<std::vector<Model::TokenScores>> out(groups.size());
  std::vector<at::Tensor> log_probs, entropies;
  if (tokens.wanted_rows.empty()) {
    for (const std::int64_t length : lengths) {
      log_probs.push_back(
          at::zeros({length}, model.embedding.options().dtype(at::kFloat).requires_grad(false)));
      entropies.push_back(log_probs.back());
    }
  } else {
    const at::Device device = model.embedding.device();
    const at::Tensor hidden =
        decode(model, tokens, model.bf16).index_select(0, long_tensor(sources).to(device));  // (sum of S, D)
    ops::TokenScoreTensors scores =
        ops::token_scores(hidden, model.head(), long_tensor(targets).to(device), temperature, model.bf16);
    if (!all_count) {
      const at::Tensor mask = at::empty({static_cast<std::int64_t>(counts.size())}, at::kFloat);
      std::copy(counts.begin(), counts.end(), mask.data_ptr<float>());
      scores = {scores.log_prob * mask.to(device), scores.entropy * mask.to(device)};
    }
    log_probs = scores.log_prob.split_with_sizes(lengths);
    entropies = scores.entropy.split_with_sizes(lengths);
  }
  std::size_t next = 0;
  for (std::size_t b = 0; b < groups.size(); ++b)
    for (std::size_t g = 0; g < groups[b].suffixes.size(); ++g, ++next)
      out[b].push_back({log_probs[next], entropies[next]});
  return out;
}

std::size_t token_count(const SequenceGroup& group) {
  std::size_t count = group.prefix.ids.size();
  for (const Sequence& suffix : group.suffixes) count += suffix.ids.size();
  return count;
}

}  // namespace

std::vector<std::vector<Model::TokenScores>> Model::score(std::span<const SequenceGroup> groups,
                                                          double temperature) const {
  if (c10::GradMode::is_enabled()) return score_portion(*impl_, groups, temperature);
  std::vector<std::vector<TokenScores>> out;
  for (std::size_t begin = 0; begin < groups.size();) {
    std::size_t end = begin;
    for (std::size_t tokens = 0; end < groups.size() && (end == begin || tokens < kScorePortionTokens); ++end)
      tokens += token_count(groups[end]);
    for (auto& scores : score_portion(*impl_, groups.subspan(begin, end - begin), temperature))
      out.push_back(std::move(scores));
    begin = end;
  }
  return out;
}

}  // namespace metaspatial::vlm
