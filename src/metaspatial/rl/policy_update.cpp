#include "metaspatial/rl/policy_update.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <numeric>

#include "metaspatial/rl/losses.hpp"

namespace metaspatial::rl {

namespace {

/// The part's prefix and suffixes.
vlm::SequenceGroup sequences_of(const TrainingGroup& group, const GroupPart& part) {
  const auto first = group.sequences.suffixes.begin() + static_cast<std::ptrdiff_t>(part.first);
  return {group.sequences.prefix, {first, first + static_cast<std::ptrdiff_t>(part.count)}};
}

std::vector<std::vector<vlm::Model::TokenScores>> scores_of(const vlm::Model& model,
                                                            std::span<const TrainingGroup> groups,
                                                            const MicroBatch& batch, double temperature) {
  std::vector<vlm::SequenceGroup> sequences;
  for (const GroupPart& part : batch.parts) sequences.push_back(sequences_of(groups[part.group], part));
  return model.score(sequences, temperature);
}

}  // namespace

GroupTokens group_tokens(const TrainingGroup& group) {
  GroupTokens out;
  out.prefix = static_cast<std::int64_t>(group.sequences.prefix.ids.size());
  for (const vlm::Sequence& suffix : group.sequences.suffixes)
    out.suffixes.push_back(static_cast<std::int64_t>(suffix.ids.size()));
  return out;
}

LossParts& LossParts::operator+=(const LossParts& b) {
  policy += b.policy;
  kl += b.kl;
  entropy += b.entropy;
  clipped += b.clipped;
  gap += b.gap;
  largest_gap = std::max(largest_gap, b.largest_gap);
  tokens += b.tokens;
  return *this;
}

at::Tensor group_loss(const vlm::Model& model, const TrainingGroup& group, const TrainConfig& config,
                      double all_tokens, LossParts& parts) {
  const auto scores = model.score({&group.sequences, 1}, config.temperature);
  at::Tensor total;
  for (std::size_t g = 0; g < group.mask.size(); ++g) {
    const auto& [log_prob, entropy] = scores[0][g];
    const at::Tensor& mask = group.mask[g];
    const PolicyLoss policy = policy_loss(log_prob, group.old_log_prob[g], group.advantage[g],
                                          config.clip_ratio_low, config.clip_ratio_high);
    at::Tensor per_token = policy.per_token;
    parts.policy += (policy.per_token * mask).sum().item<double>();
    if (config.use_kl_loss) {
      const at::Tensor kl = low_var_kl(log_prob, group.ref_log_prob[g]);
      per_token = per_token + config.kl_coef * kl;
      parts.kl += (kl * mask).sum().item<double>();
    }
    if (config.entropy_coeff != 0) per_token = per_token - config.entropy_coeff * entropy;
    parts.entropy += (entropy.detach() * mask).sum().item<double>();
    parts.clipped += (policy.clipped * mask).sum().item<double>();
    const at::Tensor gap = (log_prob.detach() - group.old_log_prob[g]).abs() * mask;
    parts.gap += gap.sum().item<double>();
    if (gap.numel() > 0) parts.largest_gap = std::max(parts.largest_gap, gap.max().item<double>());
    const at::Tensor loss = (per_token * mask).sum() / all_tokens;
    total = total.defined() ? total + loss : loss;
  }
  parts.tokens += group.answer_tokens;
  return total;
}

at::Tensor micro_batch_loss(const vlm::Model& model, std::span<const TrainingGroup> groups,
                            const MicroBatch& batch, const TrainConfig& config, double all_tokens,
                            LossParts& parts) {
  std::vector<at::Tensor> masks, advantages, old_log_probs, ref_log_probs;
  for (const GroupPart& part : batch.parts) {
    const TrainingGroup& group = groups[part.group];
    const auto append = [&](std::vector<at::Tensor>& to, const std::vector<at::Tensor>& from) {
      const auto first = from.begin() + static_cast<std::ptrdiff_t>(part.first);
      to.insert(to.end(), first, first + static_cast<std::ptrdiff_t>(part.count));
    };
    append(masks, group.mask);
    append(advantages, group.advantage);
    append(old_log_probs, group.old_log_prob);
    if (config.use_kl_loss) append(ref_log_probs, group.ref_log_prob);
  }
  if (masks.empty()) return {};
  std::vector<at::Tensor> log_probs, entropies;
  for (const auto& group : scores_of(model, groups, batch, config.temperature)) {
    for (const auto& suffix : group) {
      log_probs.push_back(suffix.log_prob);
      entropies.push_back(suffix.entropy);
    }
  }
  const at::Device device = model.device();
  const at::Tensor log_prob = at::cat(log_probs);
  const at::Tensor answers = at::cat(masks);
  const at::Tensor mask = answers.to(device);
  const at::Tensor old_log_prob = at::cat(old_log_probs).to(device);
  const PolicyLoss policy = policy_loss(log_prob, old_log_prob, at::cat(advantages).to(device),
                                        config.clip_ratio_low, config.clip_ratio_high);
  at::Tensor per_token = policy.per_token;
  const auto sum = [&](const at::Tensor& values) { return (values.detach() * mask).sum().item<double>(); };
  if (config.use_kl_loss) {
    const at::Tensor kl = low_var_kl(log_prob, at::cat(ref_log_probs));
    per_token = per_token + config.kl_coef * kl;
    parts.kl += sum(kl);
  }
  const at::Tensor entropy = at::cat(entropies);
  if (config.entropy_coeff != 0) per_token = per_token - config.entropy_coeff * entropy;
  parts.policy += sum(policy.per_token);
  parts.entropy += sum(entropy);
  parts.clipped += sum(policy.clipped);
  const at::Tensor gap = (log_prob - old_log_prob).abs();
  parts.gap += sum(gap);
  parts.largest_gap = (gap.detach() * mask).max().item<double>();
  parts.tokens += answers.sum().item<double>();
  return (per_token * mask).sum() / all_tokens;
}

void score_reference(const vlm::Model& reference, std::span<TrainingGroup> groups, const MicroBatch& batch,
                     double temperature) {
  const auto scores = scores_of(reference, groups, batch, temperature);
  for (std::size_t p = 0; p < batch.parts.size(); ++p) {
    const GroupPart& part = batch.parts[p];
    for (std::size_t g = 0; g < part.count; ++g)
      groups[part.group].ref_log_prob[part.first + g] = scores[p][g].log_prob;
  }
}

}  // namespace metaspatial::rl
