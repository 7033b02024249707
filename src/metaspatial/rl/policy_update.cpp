#include "metaspatial/rl/policy_update.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "metaspatial/rl/losses.hpp"

namespace metaspatial::rl {

namespace {

constexpr float kNotTold = std::numeric_limits<float>::quiet_NaN();

at::Tensor tensor_of(const std::vector<float>& values) {
  return at::from_blob(const_cast<float*>(values.data()), {static_cast<std::int64_t>(values.size())},
                       at::kFloat)
      .clone();
}

std::vector<std::vector<vlm::Model::TokenScores>> scores_of(const vlm::Model& model,
                                                            std::span<const TrainingGroup> groups,
                                                            const MicroBatch& batch, double temperature,
                                                            bool keep_hidden) {
  return model.score(sequences_of(groups, batch), temperature, keep_hidden);
}

bool full_kl_loss(const TrainConfig& config) {
  return config.use_kl_loss && config.kl_penalty == KlPenalty::Full;
}

/// The policy loss of one response's tokens.
PolicyLoss response_loss(const TrainConfig& config, const at::Tensor& log_prob,
                         const at::Tensor& old_log_prob, const at::Tensor& advantage,
                         const at::Tensor& mask) {
  const double low = config.clip_ratio_low, high = config.clip_ratio_high, dual = config.clip_ratio_dual;
  switch (config.loss_type) {
    case PolicyLossKind::Default:
      return dual > 0 ? dual_clip_policy_loss(log_prob, old_log_prob, advantage, low, high, dual)
                      : policy_loss(log_prob, old_log_prob, advantage, low, high);
    case PolicyLossKind::Gspo:
      return gspo_loss(log_prob, old_log_prob, advantage, low, high, false, mask);
    case PolicyLossKind::GspoToken:
      return gspo_loss(log_prob, old_log_prob, advantage, low, high, true, mask);
    case PolicyLossKind::Cispo:
      return cispo_loss(log_prob, old_log_prob, advantage, low, high);
  }
  return {};
}

}  // namespace

TrainingGroup training_group(const eval::RolloutGroup& group) {
  TrainingGroup out;
  out.here = group.question != nullptr;
  if (out.here) out.sequences.prefix = group.question->tokens;
  out.all_tokens = static_cast<double>(out.sequences.prefix.ids.size());
  std::size_t turns = 0;
  for (const eval::Rollout& rollout : group.rollouts) turns = std::max(turns, rollout.turns.size());
  for (std::size_t t = 0; t < turns; ++t) {
    for (std::size_t g = 0; g < group.rollouts.size(); ++g) {
      if (t >= group.rollouts[g].turns.size()) continue;
      const eval::TurnTokens& turn = group.rollouts[g].turns[t];
      vlm::Sequence suffix = turn.prompt;
      const std::size_t read = suffix.ids.size();
      suffix.ids.insert(suffix.ids.end(), turn.generation.ids.begin(), turn.generation.ids.end());
      suffix.positions.insert(suffix.positions.end(), turn.generation.positions.begin(),
                              turn.generation.positions.end());
      std::vector<float> mask(suffix.ids.size(), 0.0F);
      std::vector<float> old_log_prob(suffix.ids.size(), 0.0F);
      for (std::size_t k = 0; k < turn.generation.ids.size(); ++k) {
        mask[read + k] = 1.0F;
        old_log_prob[read + k] =
            k < turn.generation.log_probs.size() ? turn.generation.log_probs[k] : kNotTold;
      }
      out.answer_tokens += static_cast<double>(turn.generation.ids.size());
      out.all_tokens += static_cast<double>(suffix.ids.size());
      out.sequences.suffixes.push_back(std::move(suffix));
      out.mask.push_back(tensor_of(mask));
      out.old_log_prob.push_back(tensor_of(old_log_prob));
      out.sources.push_back({g, t, static_cast<std::int64_t>(read)});
    }
  }
  return out;
}

void take_credit(TrainingGroup& group, std::span<const LearnedTurn> learned) {
  TrainingGroup out;
  out.here = group.here;
  out.sequences.prefix = std::move(group.sequences.prefix);
  out.all_tokens = static_cast<double>(out.sequences.prefix.ids.size());
  auto next = learned.begin();
  for (std::size_t g = 0; g < group.sources.size(); ++g) {
    const TrainingGroup::Source& turn = group.sources[g];
    if (next == learned.end() || next->rollout != turn.rollout || next->turn != turn.turn) continue;
    const std::int64_t length = group.mask[g].size(0);
    const auto spread = [&](const std::vector<float>& of_answer) {
      METASPATIAL_CHECK(turn.read + static_cast<std::int64_t>(of_answer.size()) == length,
                        "credit for every token");
      std::vector<float> all(static_cast<std::size_t>(turn.read), 0.0F);
      all.insert(all.end(), of_answer.begin(), of_answer.end());
      return tensor_of(all);
    };
    out.advantage.push_back(spread(next->advantages));
    if (!next->returns.empty()) out.returns.push_back(spread(next->returns));
    out.answer_tokens += static_cast<double>(next->advantages.size());
    out.all_tokens += static_cast<double>(length);
    out.sequences.suffixes.push_back(std::move(group.sequences.suffixes[g]));
    out.sources.push_back(turn);
    for (const auto member :
         {&TrainingGroup::mask, &TrainingGroup::old_log_prob, &TrainingGroup::ref_log_prob,
          &TrainingGroup::ref_hidden, &TrainingGroup::old_value})
      if (!(group.*member).empty()) (out.*member).push_back((group.*member)[g]);
    ++next;
  }
  METASPATIAL_CHECK(next == learned.end(), "credit for a turn that was not played");
  group = std::move(out);
}

std::vector<vlm::SequenceGroup> sequences_of(std::span<const TrainingGroup> groups, const MicroBatch& batch) {
  std::vector<vlm::SequenceGroup> sequences;
  for (const GroupPart& part : batch.parts) {
    const vlm::SequenceGroup& whole = groups[part.group].sequences;
    const auto first = whole.suffixes.begin() + static_cast<std::ptrdiff_t>(part.first);
    sequences.push_back({whole.prefix, {first, first + static_cast<std::ptrdiff_t>(part.count)}});
  }
  return sequences;
}

std::vector<at::Tensor> of_parts(std::span<const TrainingGroup> groups, const MicroBatch& batch,
                                 std::vector<at::Tensor> TrainingGroup::*member) {
  std::vector<at::Tensor> out;
  for (const GroupPart& part : batch.parts) {
    const auto first = (groups[part.group].*member).begin() + static_cast<std::ptrdiff_t>(part.first);
    out.insert(out.end(), first, first + static_cast<std::ptrdiff_t>(part.count));
  }
  return out;
}

double answer_length(const at::Tensor& mask) {
  return std::max(1.0, mask.sum().item<double>());
}

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
                      const UpdateScale& scale, LossParts& parts) {
  const bool full = full_kl_loss(config);
  const auto scores = model.score({&group.sequences, 1}, config.temperature, full);
  at::Tensor total;
  for (std::size_t g = 0; g < group.mask.size(); ++g) {
    const auto& [log_prob, entropy, hidden] = scores[0][g];
    const at::Tensor& mask = group.mask[g];
    const PolicyLoss policy =
        response_loss(config, log_prob, group.old_log_prob[g], group.advantage[g], mask);
    at::Tensor per_token = policy.per_token;
    parts.policy += (policy.per_token * mask).sum().item<double>();
    if (config.use_kl_loss) {
      const at::Tensor kl =
          full ? model.full_kl(hidden, *scale.reference, group.ref_hidden[g], config.temperature)
               : kl_penalty(config.kl_penalty, log_prob, group.ref_log_prob[g]);
      per_token = per_token + scale.kl_coef * kl;
      parts.kl += (kl * mask).sum().item<double>();
    }
    if (config.entropy_coeff != 0) per_token = per_token - config.entropy_coeff * entropy;
    parts.entropy += (entropy.detach() * mask).sum().item<double>();
    parts.clipped += (policy.clipped * mask).sum().item<double>();
    const at::Tensor gap = (log_prob.detach() - group.old_log_prob[g]).abs() * mask;
    parts.gap += gap.sum().item<double>();
    if (gap.numel() > 0) parts.largest_gap = std::max(parts.largest_gap, gap.max().item<double>());
    const double divisor = loss_divisor(config.loss_avg_mode, answer_length(mask), scale.all_tokens,
                                        scale.responses, config.max_response_tokens);
    const at::Tensor loss = (per_token * mask).sum() / divisor;
    total = total.defined() ? total + loss : loss;
  }
  parts.tokens += group.answer_tokens;
  return total;
}

at::Tensor micro_batch_loss(const vlm::Model& model, std::span<const TrainingGroup> groups,
                            const MicroBatch& batch, const TrainConfig& config, const UpdateScale& scale,
                            LossParts& parts) {
  const std::vector<at::Tensor> masks = of_parts(groups, batch, &TrainingGroup::mask);
  if (masks.empty()) return {};
  const bool full = full_kl_loss(config);
  std::vector<at::Tensor> log_probs, entropies, hidden;
  for (const auto& group : scores_of(model, groups, batch, config.temperature, full)) {
    for (const auto& suffix : group) {
      log_probs.push_back(suffix.log_prob);
      entropies.push_back(suffix.entropy);
      if (full) hidden.push_back(suffix.hidden);
    }
  }
  const at::Device device = model.device();
  const at::Tensor log_prob = at::cat(log_probs);
  const at::Tensor answers = at::cat(masks);
  const at::Tensor mask = answers.to(device);
  const at::Tensor old_log_prob = at::cat(of_parts(groups, batch, &TrainingGroup::old_log_prob)).to(device);
  const at::Tensor advantage = at::cat(of_parts(groups, batch, &TrainingGroup::advantage)).to(device);
  PolicyLoss policy;
  if (config.loss_type == PolicyLossKind::Default || config.loss_type == PolicyLossKind::Cispo) {
    policy = response_loss(config, log_prob, old_log_prob, advantage, mask);
  } else {  // a ratio per response
    std::vector<at::Tensor> losses, clipped;
    std::int64_t from = 0;
    for (const at::Tensor& of_suffix : masks) {
      const std::int64_t length = of_suffix.size(0);
      const auto rows = [&](const at::Tensor& x) { return x.narrow(0, from, length); };
      const PolicyLoss one =
          response_loss(config, rows(log_prob), rows(old_log_prob), rows(advantage), rows(mask));
      losses.push_back(one.per_token);
      clipped.push_back(one.clipped);
      from += length;
    }
    policy = {at::cat(losses), at::cat(clipped)};
  }
  at::Tensor per_token = policy.per_token;
  const auto sum = [&](const at::Tensor& values) { return (values.detach() * mask).sum().item<double>(); };
  if (config.use_kl_loss) {
    const at::Tensor kl =
        full ? model.full_kl(at::cat(hidden), *scale.reference,
                             at::cat(of_parts(groups, batch, &TrainingGroup::ref_hidden)), config.temperature)
             : kl_penalty(config.kl_penalty, log_prob,
                          at::cat(of_parts(groups, batch, &TrainingGroup::ref_log_prob)));
    per_token = per_token + scale.kl_coef * kl;
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
  if (config.loss_avg_mode == LossMean::Token) return (per_token * mask).sum() / scale.all_tokens;
  std::vector<at::Tensor> shares;
  for (const at::Tensor& of_suffix : masks)
    shares.push_back(of_suffix / loss_divisor(config.loss_avg_mode, answer_length(of_suffix),
                                              scale.all_tokens, scale.responses, config.max_response_tokens));
  return (per_token * at::cat(shares).to(device)).sum();
}

void score_reference(const vlm::Model& reference, std::span<TrainingGroup> groups, const MicroBatch& batch,
                     double temperature, bool full_kl) {
  const auto scores = scores_of(reference, groups, batch, temperature, full_kl);
  for (std::size_t p = 0; p < batch.parts.size(); ++p) {
    const GroupPart& part = batch.parts[p];
    for (std::size_t g = 0; g < part.count; ++g) {
      groups[part.group].ref_log_prob[part.first + g] = scores[p][g].log_prob;
      // A copy: a view would keep alive the states of the whole portion.
      if (full_kl) groups[part.group].ref_hidden[part.first + g] = scores[p][g].hidden.clone();
    }
  }
}

std::vector<std::vector<double>> answer_kl(const TrainingGroup& group, const vlm::Model& learner,
                                           const vlm::Model& reference, const TrainConfig& config) {
  const bool full = config.kl_penalty == KlPenalty::Full;
  std::vector<std::vector<at::Tensor>> hidden;
  if (full) hidden = learner.hidden({&group.sequences, 1});
  std::vector<std::vector<double>> out;
  for (std::size_t g = 0; g < group.mask.size(); ++g) {
    const at::Tensor kl =
        full ? learner.full_kl(hidden[0][g], reference, group.ref_hidden[g], config.temperature)
             : kl_penalty(config.kl_penalty, group.old_log_prob[g], group.ref_log_prob[g].to(at::kCPU));
    const std::int64_t read = group.sources[g].read;
    const at::Tensor of_answer = kl.narrow(0, read, kl.size(0) - read).to(at::kCPU, at::kDouble).contiguous();
    out.emplace_back(of_answer.data_ptr<double>(), of_answer.data_ptr<double>() + of_answer.numel());
  }
  return out;
}

}  // namespace metaspatial::rl
