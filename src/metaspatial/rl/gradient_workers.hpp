#pragma once

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include "metaspatial/vlm/model.hpp"

namespace metaspatial::rl {

/// Shares items out among `parts` so that the sums of their costs are nearly equal: the costliest first, each
/// to the part that has least so far. The same costs give the same shares.
///
/// Shape    one list of ascending indices per part.
/// Source   longest processing time first, Graham 1969: at most 4/3 of the best possible largest sum.
[[nodiscard]] std::vector<std::vector<std::size_t>> balanced(std::span<const double> costs,
                                                             std::size_t parts);

/// Data parallelism inside one process: every worker has a replica of the model (same weights, own gradients)
/// and takes its balanced() share of the micro-batches; the gradients are added in a fixed order.
///
/// Same micro-batches, same number of workers: same bytes.
class GradientWorkers {
 public:
  GradientWorkers(const vlm::Model& model, int workers);

  /// Runs loss(replica, i) for each micro-batch i, whose work is about costs[i], and backward through what it
  /// returns (an undefined tensor: nothing to learn there). Returns the summed gradients, one per trainable
  /// parameter; undefined where nothing reached one.
  ///
  /// Threads  `loss` is called from several threads, never twice for the same i.
  [[nodiscard]] std::vector<at::Tensor> run(
      std::span<const double> costs, const std::function<at::Tensor(const vlm::Model&, std::size_t)>& loss);

  /// Calls body(i) for every i on the same workers, without gradients.
  void each(std::span<const double> costs, const std::function<void(std::size_t)>& body) const;

 private:
  std::vector<vlm::Model> replicas_;
  std::vector<std::vector<vlm::NamedTensor>> parameters_;
};

}  // namespace metaspatial::rl
