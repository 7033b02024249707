#include "metaspatial/rl/gradient_workers.hpp"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <exception>
#include <mutex>
#include <numeric>
#include <thread>
#include <utility>

namespace metaspatial::rl {

namespace {

/// Runs work(w) on threads of its own; an exception of any is rethrown here.
void on_threads(std::size_t workers, const std::function<void(std::size_t)>& work) {
  std::exception_ptr error;
  std::mutex mutex;
  std::vector<std::thread> threads;
  for (std::size_t w = 0; w < workers; ++w) {
    threads.emplace_back([&, w] {
      // Parallel work is split by micro-batch here; a second level of threads would only fight over the
      // cores.
      at::set_num_threads(1);
      try {
        work(w);
      } catch (...) {
        const std::scoped_lock lock(mutex);
        error = std::current_exception();
      }
    });
  }
  for (auto& thread : threads) thread.join();
  if (error) std::rethrow_exception(error);
}

}  // namespace

std::vector<std::vector<std::size_t>> balanced(std::span<const double> costs, std::size_t parts) {
  std::vector<std::size_t> order(costs.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) { return costs[a] > costs[b]; });
  std::vector<std::vector<std::size_t>> shares(parts);
  std::vector<double> sums(parts, 0.0);
  for (const std::size_t item : order) {
    const auto least = static_cast<std::size_t>(std::ranges::min_element(sums) - sums.begin());
    shares[least].push_back(item);
    sums[least] += costs[item];
  }
  for (auto& share : shares) std::ranges::sort(share);
  return shares;
}

GradientWorkers::GradientWorkers(const vlm::Model& model, int workers) {
  for (int w = 0; w < workers; ++w) {
    replicas_.push_back(model.replica());
    parameters_.push_back(replicas_.back().trainable_parameters());
  }
}

std::vector<at::Tensor> GradientWorkers::run(
    std::span<const double> costs, const std::function<at::Tensor(const vlm::Model&, std::size_t)>& loss) {
  for (auto& parameters : parameters_) {
    for (auto& [name, tensor] : parameters) tensor.mutable_grad() = at::Tensor();
  }
  const auto shares = balanced(costs, replicas_.size());
  on_threads(replicas_.size(), [&](std::size_t w) {
    for (const std::size_t i : shares[w]) {
      const at::Tensor value = loss(replicas_[w], i);
      // Frozen parts may be all that a micro-batch went through.
      if (value.defined() && value.requires_grad()) value.backward();
    }
  });
  std::vector<at::Tensor> gradients(parameters_.front().size());
  const c10::AutoGradMode no_grad(false);
  for (std::size_t p = 0; p < gradients.size(); ++p) {
    for (auto& parameters : parameters_) {
      at::Tensor gradient;
      std::swap(gradient, parameters[p].tensor.mutable_grad());  // freed with the sum, not at the next run
      if (!gradient.defined()) continue;
      if (gradients[p].defined())
        gradients[p].add_(gradient);
      else
        gradients[p] = std::move(gradient);
    }
  }
  return gradients;
}

void GradientWorkers::each(std::span<const double> costs,
                           const std::function<void(std::size_t)>& body) const {
  const auto shares = balanced(costs, replicas_.size());
  on_threads(replicas_.size(), [&](std::size_t w) {
    const c10::AutoGradMode no_grad(false);
    for (const std::size_t i : shares[w]) body(i);
  });
}

}  // namespace metaspatial::rl
