#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <ATen/core/Tensor.h>

#include "metaspatial/rl/adamw.hpp"
#include "metaspatial/rl/critic_config.hpp"
#include "metaspatial/rl/gradient_workers.hpp"
#include "metaspatial/rl/policy_update.hpp"
#include "metaspatial/rl/process_group.hpp"
#include "metaspatial/vlm/model.hpp"

namespace metaspatial::rl {

/// Sums over answer tokens, for the log.
struct ValueParts {
  double loss = 0;
  double value = 0;
  double clipped = 0;
  double tokens = 0;
  ValueParts& operator+=(const ValueParts& b);
};

/// How a critic computes.
struct CriticOptions {
  at::Device device = at::kCPU;
  int workers = 1;
  bool bf16 = false;
  bool gradient_checkpointing = false;
  Shard shard = {};  ///< of its moments, with several processes
};

/// A model of its own with a linear head in place of the words: V_k = w h_k + b, h_k what it knows before
/// token k (vlm::Model::hidden). The head starts at 0.
///
/// Same micro-batches, same number of workers: same bytes.
/// Source   PPO, Schulman et al. 2017; verl's critic.
class Critic {
 public:
  /// As it is in `checkpoint`, or, if there is none, at the run's start.
  ///
  /// Errors   those of open_learner(); of load().
  [[nodiscard]] static Result<std::unique_ptr<Critic>> open(
      const CriticConfig& config, const std::filesystem::path& policy_path,
      const std::optional<std::filesystem::path>& checkpoint, std::uint64_t seed,
      const CriticOptions& options);

  /// Fills in `old_value` of every suffix.
  void predict(std::span<TrainingGroup> groups, std::span<const MicroBatch> batches) const;

  /// The gradients of value_loss() over all micro-batches of an update, one per parameter, the head's last.
  ///
  /// REQUIRES `old_value` and `returns`.
  [[nodiscard]] std::vector<at::Tensor> gradients(std::span<const TrainingGroup> groups,
                                                  std::span<const MicroBatch> batches, double all_tokens,
                                                  double responses, double max_tokens, ValueParts& parts);
  /// One update from the sum of everybody's gradients; optimizer_step().
  [[nodiscard]] Result<double> step(ProcessGroup& processes, const std::vector<at::Tensor>& gradients,
                                    int train_step, std::string_view what);
  [[nodiscard]] double learning_rate(int train_step) const;

  /// Everything that a resumed run needs, in `folder`/critic: weights (or an adapter), head, and `moments`,
  /// those of all shards (gather_state()).
  ///
  /// Errors   Io.
  [[nodiscard]] Result<void> save(const std::filesystem::path& folder,
                                  const std::map<std::string, at::Tensor>& moments) const;

  /// With several processes, the shard of this one.
  [[nodiscard]] AdamW& optimizer() { return *optimizer_; }
  [[nodiscard]] const vlm::Model& model() const { return model_; }
  [[nodiscard]] const at::Tensor& head_weight() const { return weight_; }

 private:
  Critic(const CriticConfig& config, vlm::Model model, const CriticOptions& options);
  /// Errors   InvalidInput if the folder is damaged or belongs to another model.
  [[nodiscard]] Result<void> load(const std::filesystem::path& folder);

  CriticConfig config_;
  vlm::Model model_;
  at::Tensor weight_;  // (1, D)
  at::Tensor bias_;    // (1)
  std::unique_ptr<AdamW> optimizer_;
  std::unique_ptr<GradientWorkers> workers_;
};

}  // namespace metaspatial::rl
