#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "metaspatial/base/error.hpp"
#include "metaspatial/vlm/model.hpp"

namespace metaspatial::rl {

struct AdamWConfig {
  double beta1 = 0.9;
  double beta2 = 0.98;
  double epsilon = 1e-8;
  double weight_decay = 0.01;  ///< on matrices only; norms and biases are not decayed
  double max_grad_norm = 1.0;  ///< global norm; 0: no clipping
  bool foreach = false;        ///< all tensors in one ATen operation each; always so for parameters on a GPU
};

/// AdamW with decoupled weight decay and global gradient clipping, on float32 parameters.
///
/// Source   Loshchilov and Hutter 2019, algorithm 2. Threads  one at a time.
class AdamW {
 public:
  AdamW(std::vector<vlm::NamedTensor> parameters, const AdamWConfig& config);

  /// One update from `gradients` (one per parameter, undefined ones count as zero). Returns the gradients'
  /// global norm before clipping; if it is not finite nothing is changed.
  double step(const std::vector<at::Tensor>& gradients, double learning_rate);

  /// Moments and step count, for checkpoints, on the CPU. Names are "exp_avg.<parameter>",
  /// "exp_avg_sq.<parameter>".
  [[nodiscard]] std::map<std::string, at::Tensor> state() const;
  [[nodiscard]] std::int64_t steps() const { return steps_; }
  /// Errors   InvalidInput if a tensor is missing or has another shape.
  [[nodiscard]] Result<void> restore(const std::map<std::string, at::Tensor>& state, std::int64_t steps);

 private:
  double step_foreach(const std::vector<at::Tensor>& gradients, double learning_rate);

  std::vector<vlm::NamedTensor> parameters_;
  std::vector<at::Tensor> exp_avg_;
  std::vector<at::Tensor> exp_avg_sq_;
  AdamWConfig config_;
  std::int64_t steps_ = 0;
};

}  // namespace metaspatial::rl
