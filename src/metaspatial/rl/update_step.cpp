#include "metaspatial/rl/update_step.hpp"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "metaspatial/rl/data_parallel.hpp"
#include "metaspatial/rl/non_finite.hpp"

namespace metaspatial::rl {

namespace {

double answers_of(std::span<const TrainingGroup> rooms) {
  double count = 0;
  for (const TrainingGroup& room : rooms) count += static_cast<double>(room.mask.size());
  return count;
}

std::vector<bool> played_here(std::span<const TrainingGroup> rooms) {
  std::vector<bool> here;
  for (const TrainingGroup& room : rooms) here.push_back(room.here);
  return here;
}

/// Puts the learner's log-probs in place of those that a server told, or did not tell.
ServerGap put_own_log_probs(const vlm::Model& learner, TrainingGroup& group, double temperature) {
  ServerGap out;
  const auto scores = learner.score({&group.sequences, 1}, temperature);
  for (std::size_t g = 0; g < group.mask.size(); ++g) {
    const at::Tensor here = scores[0][g].log_prob.to(at::kCPU, at::kFloat);
    const at::Tensor& there = group.old_log_prob[g];
    const at::Tensor told = (group.mask[g] > 0).logical_and(at::isfinite(there));
    out.gap += at::where(told, (here - there).abs(), at::zeros_like(here)).sum().item<double>();
    out.told += static_cast<double>(told.sum().item<std::int64_t>());
    group.old_log_prob[g] = here;
  }
  out.tokens = group.answer_tokens;
  return out;
}

}  // namespace

ServerGap& ServerGap::operator+=(const ServerGap& b) {
  gap += b.gap;
  told += b.told;
  tokens += b.tokens;
  return *this;
}

PolicyUpdater::PolicyUpdater(const TrainConfig& config, const vlm::Processor& processor, vlm::Model& learner,
                             std::optional<vlm::Model> reference, ProcessGroup& processes,
                             std::unique_ptr<Critic> critic)
    : config_(config),
      processor_(processor),
      learner_(learner),
      reference_(std::move(reference)),
      processes_(processes),
      critic_(std::move(critic)),
      kl_(config.kl_coef, config.kl_target, config.kl_adaptive ? config.kl_horizon : 0),
      on_gpu_(!learner.device().is_cpu()),
      optimizer_(learner.trainable_parameters(), config.optimizer, {processes.rank(), processes.size()}),
      workers_(learner, on_gpu_ ? 1 : config.threads) {}

Json PolicyUpdater::state() const {
  return config_.kl_adaptive ? Json{{"kl_coef", kl_.coefficient()}} : Json::object();
}

void PolicyUpdater::restore(const Json& state) {
  if (config_.kl_adaptive) kl_.restore(state.value("kl_coef", config_.kl_coef));
}

ServerGap PolicyUpdater::recompute_old_log_probs(std::span<TrainingGroup> training,
                                                 std::span<const double> costs) {
  ServerGap sum;
  std::vector<ServerGap> of_group(training.size());
  const std::vector<double> whole{1.0};  // on a GPU in one go
  workers_.each(on_gpu_ ? std::span<const double>(whole) : costs, [&](std::size_t i) {
    for (std::size_t t = on_gpu_ ? 0 : i; t < (on_gpu_ ? training.size() : i + 1); ++t)
      if (training[t].here) of_group[t] = put_own_log_probs(learner_, training[t], config_.temperature);
  });
  for (const ServerGap& gap : of_group) sum += gap;
  return sum;
}

std::vector<MicroBatch> PolicyUpdater::scoring_batches(std::span<const TrainingGroup> training) const {
  std::vector<GroupTokens> lengths;
  std::vector<MicroBatch> batches;
  for (std::size_t i = 0; i < training.size(); ++i) {
    lengths.push_back(training[i].here ? group_tokens(training[i]) : GroupTokens());
    if (training[i].here)
      batches.push_back(
          {{{i, 0, training[i].mask.size()}}, static_cast<std::int64_t>(training[i].all_tokens)});
  }
  return config_.use_dynamic_bsz ? micro_batches(lengths, config_.max_token_len) : batches;
}

void PolicyUpdater::score_with_reference(std::span<TrainingGroup> training) {
  const bool full = config_.kl_penalty == KlPenalty::Full;
  for (TrainingGroup& group : training) {
    group.ref_log_prob.resize(group.mask.size());
    if (full) group.ref_hidden.resize(group.mask.size());
  }
  const std::vector<MicroBatch> batches = scoring_batches(training);
  workers_.each(token_costs(batches), [&](std::size_t i) {
    score_reference(*reference_, training, batches[i], config_.temperature, full);
  });
}

void PolicyUpdater::read(std::span<const eval::RolloutGroup> groups, ReadAnswers& read) {
  std::vector<TrainingGroup> training;
  std::vector<double> costs;
  for (const auto& group : groups) {
    training.push_back(training_group(group));
    METASPATIAL_CHECK(training.back().here || !processes_.alone(),
                      "a policy that is learned from has tokens");
    costs.push_back(training.back().all_tokens);
  }
  if (config_.rollout_endpoint) read.server += recompute_old_log_probs(training, costs);
  if (reference_) score_with_reference(training);
  if (critic_) critic_->predict(training, scoring_batches(training));
  std::ranges::move(training, std::back_inserter(read.training));
}

Result<void> PolicyUpdater::take_kl(std::span<const TrainingGroup> training, std::span<PlayedRoom> played,
                                    const std::string& what, UpdateReport& report) {
  TokenNumbers kl(training.size());
  std::vector<double> costs;
  for (const TrainingGroup& group : training) costs.push_back(group.here ? group.all_tokens : 0);
  workers_.each(costs, [&](std::size_t r) {
    if (training[r].here) kl[r] = answer_kl(training[r], learner_, *reference_, config_);
  });
  METASPATIAL_TRY_VOID(share_numbers(processes_, played_here(training), kl, what));
  double sum_of_means = 0;
  double answers = 0;
  for (std::size_t r = 0; r < training.size(); ++r) {
    for (std::size_t g = 0; g < kl[r].size(); ++g) {
      std::vector<double>& of_answer = kl[r][g];
      if (of_answer.empty()) continue;
      sum_of_means +=
          std::accumulate(of_answer.begin(), of_answer.end(), 0.0) / static_cast<double>(of_answer.size());
      ++answers;
      for (double& of_token : of_answer) of_token *= kl_.coefficient();
      const TrainingGroup::Source& source = training[r].sources[g];
      played[r].rollouts[source.rollout].turns[source.turn].kl = std::move(of_answer);
    }
  }
  const double mean = answers > 0 ? sum_of_means / answers : 0.0;
  report.more["actor/kl_penalty"] = mean;
  report.more["actor/kl_coef"] = kl_.coefficient();
  kl_.update(mean, answers);
  return {};
}

Result<void> PolicyUpdater::take_values(std::span<const TrainingGroup> training, std::span<PlayedRoom> played,
                                        const std::string& what) {
  TokenNumbers values(training.size());
  for (std::size_t r = 0; r < training.size(); ++r) {
    if (!training[r].here) continue;
    for (std::size_t g = 0; g < training[r].sources.size(); ++g) {
      const at::Tensor& all = training[r].old_value[g];
      values[r].emplace_back(all.data_ptr<float>() + training[r].sources[g].read,
                             all.data_ptr<float>() + all.numel());
    }
  }
  METASPATIAL_TRY_VOID(share_numbers(processes_, played_here(training), values, what));
  for (std::size_t r = 0; r < training.size(); ++r) {
    for (std::size_t g = 0; g < training[r].sources.size(); ++g) {
      const TrainingGroup::Source& source = training[r].sources[g];
      played[r].rollouts[source.rollout].turns[source.turn].values.assign(values[r][g].begin(),
                                                                          values[r][g].end());
    }
  }
  return {};
}

Result<std::vector<std::vector<LearnedTurn>>> PolicyUpdater::credit_of(
    std::span<const eval::RolloutGroup> groups, std::span<const TrainingGroup> training,
    std::span<const eval::RolloutGroup> greedy, const CreditConfig& credit, const std::string& what,
    UpdateReport& report) {
  std::vector<PlayedRoom> played;
  for (const eval::RolloutGroup& group : groups)
    played.push_back(played_room(group, processor_, credit, config_.max_response_tokens));
  METASPATIAL_CHECK(greedy.empty() || greedy.size() == groups.size(), "a greedy trajectory per room");
  for (std::size_t r = 0; r < greedy.size(); ++r) {
    METASPATIAL_CHECK(greedy[r].rollouts.size() == 1, "one greedy trajectory per room");
    played[r].greedy = played_trajectory(greedy[r].rollouts.front());
  }
  if (config_.use_kl_in_reward) METASPATIAL_TRY_VOID(take_kl(training, played, what, report));
  if (critic_) METASPATIAL_TRY_VOID(take_values(training, played, what));
  return assign_credit(played, credit);
}

Result<void> PolicyUpdater::update_critic(std::span<const TrainingGroup> rooms, const UpdateScale& scale,
                                          int step, const std::string& what, ValueParts& parts,
                                          double& norms) {
  ValueParts of_process;
  const auto gradients = critic_->gradients(rooms, scoring_batches(rooms), scale.all_tokens, scale.responses,
                                            config_.max_response_tokens, of_process);
  METASPATIAL_TRY(const ValueParts sum, sum_over(processes_, of_process, what));
  const auto not_finite = [&](std::string_view which) {
    return invalid(fmt::format("step {}: the critic's {} is not finite", step + 1, which), config_.output);
  };
  if (!std::isfinite(sum.loss)) return not_finite("loss");
  METASPATIAL_TRY(const double norm, critic_->step(processes_, gradients, step, what));
  if (!std::isfinite(norm)) return not_finite("gradient");
  parts += sum;
  norms += norm;
  return {};
}

Result<UpdateReport> PolicyUpdater::learn(std::span<const eval::RolloutGroup> groups, ReadAnswers read,
                                          std::span<const eval::RolloutGroup> greedy,
                                          const CreditConfig& credit, double rate, int step) {
  UpdateReport report;
  std::vector<TrainingGroup>& training = read.training;
  METASPATIAL_CHECK(training.size() == groups.size(), "every group is read before it is learned from");
  const std::string what = fmt::format("the losses and gradients of step {}", step + 1);
  METASPATIAL_TRY(const auto learned, credit_of(groups, training, greedy, credit, what, report));
  std::vector<double> costs;
  std::vector<GroupTokens> lengths;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    take_credit(training[i], learned[i]);
    costs.push_back(training[i].all_tokens);
    lengths.push_back(training[i].here ? group_tokens(training[i]) : GroupTokens());
  }
  METASPATIAL_TRY(report.server, sum_over(processes_, read.server, what));
  const bool critic_alone = critic_ && step < config_.critic.warmup_steps;
  ValueParts values;
  double value_norms = 0;

  const std::size_t n_rooms = training.size();
  int updates = 0;
  for (int epoch = 0; epoch < config_.ppo_epochs; ++epoch) {
    for (std::size_t from = 0; from < n_rooms; from += static_cast<std::size_t>(config_.rooms_per_update)) {
      const std::size_t to = std::min(n_rooms, from + static_cast<std::size_t>(config_.rooms_per_update));
      double tokens = 0;
      for (std::size_t i = from; i < to; ++i) tokens += training[i].answer_tokens;
      const std::span<const TrainingGroup> rooms_of_update(training.data() + from, to - from);
      const UpdateScale scale{tokens, answers_of(rooms_of_update), kl_.coefficient(),
                              reference_ ? &*reference_ : nullptr};
      if (critic_)
        METASPATIAL_TRY_VOID(update_critic(rooms_of_update, scale, step, what, values, value_norms));
      if (critic_alone) {
        ++updates;
        continue;
      }
      // On a CPU a room at a time, on a GPU all at once, unless a budget says how many.
      std::vector<MicroBatch> batches;
      if (config_.use_dynamic_bsz || on_gpu_)
        batches = micro_batches(
            std::span(lengths).subspan(from, to - from),
            config_.use_dynamic_bsz ? config_.max_token_len : std::numeric_limits<std::int64_t>::max());
      else
        for (std::size_t i = 0; i < to - from; ++i)
          if (rooms_of_update[i].here)
            batches.push_back({{{i, 0, 0}}, static_cast<std::int64_t>(costs[from + i])});
      std::vector<LossParts> of_batch(batches.size());
      const auto gradients =
          workers_.run(token_costs(batches), [&](const vlm::Model& replica, std::size_t i) {
            return config_.use_dynamic_bsz || on_gpu_
                       ? micro_batch_loss(replica, rooms_of_update, batches[i], config_, scale, of_batch[i])
                       : group_loss(replica, rooms_of_update[batches[i].parts.front().group], config_, scale,
                                    of_batch[i]);
          });
      const auto not_finite = [&](std::string_view which) {
        return invalid(fmt::format("step {}: the {} is not finite; {}", step + 1, which,
                                   blame(learner_, groups.subspan(from, to - from), rooms_of_update,
                                         config_.temperature)),
                       config_.output);
      };
      LossParts of_process;
      bool finite = true;
      for (const LossParts& parts : of_batch) {
        finite = finite && std::isfinite(parts.policy) && std::isfinite(parts.kl);
        of_process += parts;
      }
      METASPATIAL_TRY_VOID(processes_.agree(finite ? Result<void>() : not_finite("loss"), what));
      METASPATIAL_TRY(const LossParts sum, sum_over(processes_, of_process, what));
      METASPATIAL_TRY(const double norm, optimizer_step(processes_, optimizer_, gradients, rate, what));
      if (!std::isfinite(norm)) return not_finite("gradient");  // the weights are as they were
      if (updates == 0 && sum.tokens > 0) {
        report.gap = sum.gap / sum.tokens;
        report.largest_gap = sum.largest_gap;
      }
      report.parts += sum;
      report.grad_norm += norm;
      ++updates;
    }
  }
  report.grad_norm /= std::max(1, updates);
  if (config_.use_kl_loss && config_.kl_adaptive) {
    report.more["actor/kl_coef"] = kl_.coefficient();
    if (report.parts.tokens > 0) kl_.update(report.parts.kl / report.parts.tokens, answers_of(training));
  }
  if (critic_) {
    const double tokens = std::max(1.0, values.tokens);
    report.more["critic/vf_loss"] = values.loss / tokens;
    report.more["critic/vf_clipfrac"] = values.clipped / tokens;
    report.more["critic/vpred_mean"] = values.value / tokens;
    report.more["critic/grad_norm"] = value_norms / std::max(1, updates);
    report.more["critic/lr"] = critic_->learning_rate(step);
  }
  return report;
}

}  // namespace metaspatial::rl
