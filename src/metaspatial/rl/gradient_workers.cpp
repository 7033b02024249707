#include "metaspatial/rl/gradient_workers.hpp"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <exception>
#include <mutex>
#include <thread>

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

GradientWorkers::GradientWorkers(const vlm::Model& model, int workers) {
  for (int w = 0; w < workers; ++w) {
    replicas_.push_back(model.replica());
    parameters_.push_back(replicas_.back().parameters());
  }
}

std::vector<at::Tensor> GradientWorkers::run(
    std::size_t micro_batches, const std::function<at::Tensor(const vlm::Model&, std::size_t)>& loss) {
  for (auto& parameters : parameters_) {
    for (auto& [name, tensor] : parameters) tensor.mutable_grad() = at::Tensor();
  }
  on_threads(replicas_.size(), [&](std::size_t w) {
    for (std::size_t i = w; i < micro_batches; i += replicas_.size()) {
      const at::Tensor value = loss(replicas_[w], i);
      if (value.defined()) value.backward();
    }
  });
  std::vector<at::Tensor> gradients(parameters_.front().size());
  const at::NoGradGuard no_grad;
  for (std::size_t p = 0; p < gradients.size(); ++p) {
    for (auto& parameters : parameters_) {
      const at::Tensor& gradient = parameters[p].tensor.grad();
      if (!gradient.defined()) continue;
      gradients[p] = gradients[p].defined() ? gradients[p] + gradient : gradient;
    }
  }
  return gradients;
}

void GradientWorkers::each(std::size_t n, const std::function<void(std::size_t)>& body) const {
  on_threads(replicas_.size(), [&](std::size_t w) {
    const at::NoGradGuard no_grad;
    for (std::size_t i = w; i < n; i += replicas_.size()) body(i);
  });
}

}  // namespace metaspatial::rl
