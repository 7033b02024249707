#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "metaspatial/base/error.hpp"
#include "metaspatial/base/json.hpp"
#include "metaspatial/eval/rollout.hpp"
#include "metaspatial/rl/adamw.hpp"
#include "metaspatial/rl/credit.hpp"
#include "metaspatial/rl/critic.hpp"
#include "metaspatial/rl/gradient_workers.hpp"
#include "metaspatial/rl/losses.hpp"
#include "metaspatial/rl/policy_update.hpp"
#include "metaspatial/rl/process_group.hpp"
#include "metaspatial/rl/train_config.hpp"

namespace metaspatial::rl {

/// How far a server's log-probs are from the learner's.
struct ServerGap {
  double gap = 0;     ///< sum of |log-prob here - log-prob there| over the tokens that were told
  double told = 0;    ///< tokens
  double tokens = 0;  ///< in all
  ServerGap& operator+=(const ServerGap& b);
};

/// What the updates of one step did.
struct UpdateReport {
  LossParts parts;         ///< over all updates
  double gap = 0;          ///< mean |log-prob of training - log-prob of generation| before the first update
  double largest_gap = 0;  ///< of one token
  double grad_norm = 0;    ///< mean over updates, before clipping
  ServerGap server;        ///< with an endpoint for rollouts
  /// What only some algorithms have, as it stands in metrics.jsonl: actor/kl_coef, actor/kl_penalty,
  /// critic/vf_loss, critic/vf_clipfrac, critic/vpred_mean, critic/grad_norm, critic/lr.
  Json more = Json::object();
};

/// The answers of a step as they are learned from: what is known of them before they are graded.
struct ReadAnswers {
  std::vector<TrainingGroup> training;  ///< one per room; no advantages yet
  ServerGap server;                     ///< with an endpoint for rollouts
};

/// The updating half of a step: from scored answers to new weights.
///
/// Ownership  borrows the config, the processor, the processes and the learner, whose weights it changes in
/// place.
class PolicyUpdater {
 public:
  /// `reference`: the policy of the KL term, if there is one, on the learner's device; `critic`: of
  /// estimators that ask for values, on that device, too.
  /// `processes`: those that it learns with, each from the groups that it has played.
  PolicyUpdater(const TrainConfig& config, const vlm::Processor& processor, vlm::Model& learner,
                std::optional<vlm::Model> reference, ProcessGroup& processes,
                std::unique_ptr<Critic> critic = nullptr);

  /// What needs no grades, and may be done while a judge is asked for them: sequences of every turn of every
  /// rollout, the reference's log-probs, the critic's values, and, of a server's answers, the learner's.
  /// Added to `read`.
  void read(std::span<const eval::RolloutGroup> groups, ReadAnswers& read);

  /// Learns from the answers of step `step`, all of which were read, with the learning rate `rate`. `greedy`:
  /// a group of one per room, played at temperature 0, for estimators that ask for it; else empty.
  ///
  /// Errors   InvalidInput, on every process, if a loss or a gradient is not finite: the step, and the answer
  ///          that is to blame. The weights are then as they were before that update. Those of ProcessGroup.
  [[nodiscard]] Result<UpdateReport> learn(std::span<const eval::RolloutGroup> groups, ReadAnswers read,
                                           std::span<const eval::RolloutGroup> greedy,
                                           const CreditConfig& credit, double rate, int step);

  /// With several processes, the shard of this one.
  [[nodiscard]] AdamW& optimizer() { return optimizer_; }
  /// Null for estimators without one.
  [[nodiscard]] Critic* critic() { return critic_.get(); }
  /// What state.json of a checkpoint holds of it: {"kl_coef"} where that adapts.
  [[nodiscard]] Json state() const;
  void restore(const Json& state);

 private:
  [[nodiscard]] ServerGap recompute_old_log_probs(std::span<TrainingGroup> training,
                                                  std::span<const double> costs);
  /// Micro-batches for work without gradients: a room at a time, unless a budget says how many.
  [[nodiscard]] std::vector<MicroBatch> scoring_batches(std::span<const TrainingGroup> training) const;
  void score_with_reference(std::span<TrainingGroup> training);
  /// Takes the KL penalty from the rewards of all answers' tokens.
  [[nodiscard]] Result<void> take_kl(std::span<const TrainingGroup> training, std::span<PlayedRoom> played,
                                     const std::string& what, UpdateReport& report);
  /// Hands the critic's values of all answers to the credit.
  [[nodiscard]] Result<void> take_values(std::span<const TrainingGroup> training,
                                         std::span<PlayedRoom> played, const std::string& what);
  /// The advantages of every turn that is learned from.
  [[nodiscard]] Result<std::vector<std::vector<LearnedTurn>>> credit_of(
      std::span<const eval::RolloutGroup> groups, std::span<const TrainingGroup> training,
      std::span<const eval::RolloutGroup> greedy, const CreditConfig& credit, const std::string& what,
      UpdateReport& report);
  /// One update of the critic.
  [[nodiscard]] Result<void> update_critic(std::span<const TrainingGroup> rooms, const UpdateScale& scale,
                                           int step, const std::string& what, ValueParts& parts,
                                           double& norms);

  const TrainConfig& config_;
  const vlm::Processor& processor_;
  vlm::Model& learner_;
  std::optional<vlm::Model> reference_;
  ProcessGroup& processes_;
  std::unique_ptr<Critic> critic_;
  KlController kl_;
  bool on_gpu_;
  AdamW optimizer_;
  GradientWorkers workers_;
};

}  // namespace metaspatial::rl
