#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <ATen/core/Tensor.h>

#include "metaspatial/eval/rollout.hpp"
#include "metaspatial/rl/credit.hpp"
#include "metaspatial/rl/micro_batches.hpp"
#include "metaspatial/rl/train_config.hpp"
#include "metaspatial/vlm/model.hpp"

namespace metaspatial::rl {

/// What one room contributes to an update: one suffix per turn of every rollout.
///
/// Shape    the vectors of suffix g have one entry per token of that suffix; the mask is 1 on what the model
/// wrote.
struct TrainingGroup {
  vlm::SequenceGroup sequences;
  std::vector<at::Tensor> mask;
  std::vector<at::Tensor> advantage;
  std::vector<at::Tensor> old_log_prob;
  std::vector<at::Tensor> ref_log_prob;  ///< empty without a KL term
  std::vector<at::Tensor> ref_hidden;    ///< (S, D) of the reference; empty without a full KL
  std::vector<at::Tensor> old_value;     ///< the critic's, before its update; empty without one
  std::vector<at::Tensor> returns;       ///< what it is to learn; the same
  /// Which turn of which rollout a suffix is.
  struct Source {
    std::size_t rollout = 0;
    std::size_t turn = 0;
    std::int64_t read = 0;  ///< tokens of the suffix before the answer
  };
  std::vector<Source> sources;
  /// No: another process learns from it, see play_together(). The sequences then lack their prompts.
  bool here = true;
  double answer_tokens = 0;
  double all_tokens = 0;
};

/// Every turn of a group, by turn, then rollout; without advantages.
///
/// REQUIRES a policy that has tokens. Log-probs that it did not tell are NaN.
[[nodiscard]] TrainingGroup training_group(const eval::RolloutGroup& group);
/// Leaves the turns that are learned from, with their advantages and returns.
///
/// REQUIRES the order of training_group(), which assign_credit() has.
void take_credit(TrainingGroup& group, std::span<const LearnedTurn> learned);

[[nodiscard]] GroupTokens group_tokens(const TrainingGroup& group);
/// Prefix and suffixes of every part of a micro-batch of `groups`.
[[nodiscard]] std::vector<vlm::SequenceGroup> sequences_of(std::span<const TrainingGroup> groups,
                                                           const MicroBatch& batch);
/// What the suffixes of a micro-batch of `groups` have as `member`, one after another.
[[nodiscard]] std::vector<at::Tensor> of_parts(std::span<const TrainingGroup> groups, const MicroBatch& batch,
                                               std::vector<at::Tensor> TrainingGroup::*member);
/// Tokens that a mask lets through, at least 1.
[[nodiscard]] double answer_length(const at::Tensor& mask);

/// What the losses of one update's tokens are related to.
struct UpdateScale {
  double all_tokens = 1;                  ///< answer tokens of all its rooms
  double responses = 1;                   ///< answers of all its rooms
  double kl_coef = 0;                     ///< of the KL term in the loss, if there is one
  const vlm::Model* reference = nullptr;  ///< for a full KL
};

/// Sums over answer tokens, for the log.
struct LossParts {
  double policy = 0;
  double kl = 0;
  double entropy = 0;
  double clipped = 0;
  double gap = 0;  ///< |log-prob of training - log-prob of generation|, before the first update of a step
  double largest_gap = 0;
  double tokens = 0;
  LossParts& operator+=(const LossParts& b);
};

/// The loss of one room's tokens, as its share of the update's [worker.actor.loss_avg_mode]: policy loss, KL
/// term and entropy bonus as the config says. Undefined where there is nothing to learn.
[[nodiscard]] at::Tensor group_loss(const vlm::Model& model, const TrainingGroup& group,
                                    const TrainConfig& config, const UpdateScale& scale, LossParts& parts);

/// The same for a micro-batch of `groups`, in few tensor operations however many rooms there are. The losses
/// of an update's micro-batches add up to the loss of the whole, and so do their gradients.
[[nodiscard]] at::Tensor micro_batch_loss(const vlm::Model& model, std::span<const TrainingGroup> groups,
                                          const MicroBatch& batch, const TrainConfig& config,
                                          const UpdateScale& scale, LossParts& parts);

/// Fills in `ref_log_prob` of the suffixes of a micro-batch, and for a full KL `ref_hidden`.
///
/// REQUIRES those of every group to have an entry per suffix. Threads  distinct micro-batches may be filled
/// in at once.
void score_reference(const vlm::Model& reference, std::span<TrainingGroup> groups, const MicroBatch& batch,
                     double temperature, bool full_kl = false);

/// The KL penalty of every answer token, before an update: what rewards are lowered by.
///
/// Shape    out[g]: one entry per token of suffix g's answer.
/// REQUIRES what score_reference() fills in; of `learner` the weights that answered, for a full KL alone.
[[nodiscard]] std::vector<std::vector<double>> answer_kl(const TrainingGroup& group,
                                                         const vlm::Model& learner,
                                                         const vlm::Model& reference,
                                                         const TrainConfig& config);

}  // namespace metaspatial::rl
