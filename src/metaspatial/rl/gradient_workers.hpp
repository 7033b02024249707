#pragma once

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <functional>
#include <vector>

#include "metaspatial/vlm/model.hpp"

namespace metaspatial::rl {

/// Data parallelism inside one process: every worker has a replica of the model (same weights, own gradients)
/// and takes every n-th micro-batch; the gradients are added in a fixed order.
///
/// Same micro-batches, same number of workers: same bytes.
class GradientWorkers {
 public:
  GradientWorkers(const vlm::Model& model, int workers);

  /// Runs loss(replica, i) for each micro-batch i and backward through what it returns (an undefined tensor:
  /// nothing to learn there). Returns the summed gradients, one per parameter; undefined where nothing
  /// reached one.
  ///
  /// Threads  `loss` is called from several threads, never twice for the same i.
  [[nodiscard]] std::vector<at::Tensor> run(
      std::size_t micro_batches, const std::function<at::Tensor(const vlm::Model&, std::size_t)>& loss);

  /// Calls body(i) for every i on the same workers, without gradients.
  void each(std::size_t n, const std::function<void(std::size_t)>& body) const;

 private:
  std::vector<vlm::Model> replicas_;
  std::vector<std::vector<vlm::NamedTensor>> parameters_;
};

}  // namespace metaspatial::rl
