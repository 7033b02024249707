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

/// Which part of all numbers an optimiser updates, and has moments of: the parameters in their order as one
/// vector, cut into `count` parts of shard_size() numbers each.
///
/// Source   ZeRO stage 1, Rajbhandari et al. 2020, section 5.1.
struct Shard {
  int index = 0;
  int count = 1;
};

/// AdamW with decoupled weight decay and global gradient clipping, on float32 parameters.
///
/// Source   Loshchilov and Hutter 2019, algorithm 2. Threads  one at a time.
class AdamW {
 public:
  /// A part of a parameter, or all of it, that this optimiser updates.
  struct Piece {
    std::size_t parameter = 0;
    std::int64_t begin = 0;  ///< the first of its numbers
    std::int64_t place = 0;  ///< of that number in the shard
    at::Tensor weight;       ///< the parameter itself, or, with several shards, (n) of its numbers
    bool decays = false;
  };

  AdamW(std::vector<vlm::NamedTensor> parameters, const AdamWConfig& config, Shard shard = {});

  /// One update from `gradients` (one per parameter, undefined ones count as zero). Returns the gradients'
  /// global norm before clipping; if it is not finite nothing is changed.
  double step(const std::vector<at::Tensor>& gradients, double learning_rate);

  /// step() in two halves, for processes that have a shard each: the sum of the squares of the pieces'
  /// gradients, and the update, given the norm of all gradients of all shards.
  ///
  /// Shape    one gradient per piece, of its weight's shape; undefined: left as it is.
  [[nodiscard]] double squares(const std::vector<at::Tensor>& gradients) const;
  void apply(const std::vector<at::Tensor>& gradients, double norm, double learning_rate);

  [[nodiscard]] const std::vector<vlm::NamedTensor>& parameters() const { return parameters_; }
  [[nodiscard]] const std::vector<Piece>& pieces() const { return pieces_; }
  /// Of every shard alike; what is over at the end of the last one is nobody's.
  [[nodiscard]] std::int64_t shard_size() const { return shard_size_; }
  /// The moments of the pieces, in the shard's order, for whoever puts shards together.
  ///
  /// Shape    (shard_size), on the parameters' device.
  [[nodiscard]] at::Tensor shard_of_moments(bool second) const;

  /// Moments, for checkpoints, on the CPU. Names are "exp_avg.<parameter>", "exp_avg_sq.<parameter>".
  /// REQUIRES one shard; see gather_state() for several.
  [[nodiscard]] std::map<std::string, at::Tensor> state() const;
  [[nodiscard]] std::int64_t steps() const { return steps_; }
  /// Takes what it needs of the state of all parameters, whatever number of shards that was saved by.
  ///
  /// Errors   InvalidInput if a tensor is missing or has another shape.
  [[nodiscard]] Result<void> restore(const std::map<std::string, at::Tensor>& state, std::int64_t steps);

 private:
  void apply_foreach(const std::vector<at::Tensor>& gradients, double scale, double learning_rate);

  std::vector<vlm::NamedTensor> parameters_;
  Shard shard_;
  std::int64_t shard_size_ = 0;
  std::vector<Piece> pieces_;
  std::vector<at::Tensor> exp_avg_;  // one per piece
  std::vector<at::Tensor> exp_avg_sq_;
  AdamWConfig config_;
  std::int64_t steps_ = 0;
};

}  // namespace metaspatial::rl
