#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <ATen/core/Tensor.h>

#include "metaspatial/rl/micro_batches.hpp"
#include "metaspatial/rl/trainer.hpp"
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
  double answer_tokens = 0;
  double all_tokens = 0;
};

[[nodiscard]] GroupTokens group_tokens(const TrainingGroup& group);

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

/// The loss of one room's tokens, as a share of `all_tokens`: verl's token-mean over the mini-batch.
/// Undefined where there is nothing to learn.
[[nodiscard]] at::Tensor group_loss(const vlm::Model& model, const TrainingGroup& group,
                                    const TrainConfig& config, double all_tokens, LossParts& parts);

/// The same for a micro-batch of `groups`, in few tensor operations however many rooms there are. The losses
/// of an update's micro-batches add up to the loss of the whole, and so do their gradients.
[[nodiscard]] at::Tensor micro_batch_loss(const vlm::Model& model, std::span<const TrainingGroup> groups,
                                          const MicroBatch& batch, const TrainConfig& config,
                                          double all_tokens, LossParts& parts);

/// Fills in `ref_log_prob` of the suffixes of a micro-batch.
///
/// REQUIRES `ref_log_prob` of every group to have an entry per suffix. Threads  distinct micro-batches may be
/// filled in at once.
void score_reference(const vlm::Model& reference, std::span<TrainingGroup> groups, const MicroBatch& batch,
                     double temperature);

}  // namespace metaspatial::rl
