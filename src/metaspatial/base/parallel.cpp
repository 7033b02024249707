#include "metaspatial/base/parallel.hpp"

#include <tbb/global_control.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <memory>
#include <mutex>
#include <thread>

namespace metaspatial {

namespace {
// The only global of the project: a process has one set of cores.
struct Budget {
  std::mutex mutex;
  int threads = 0;
  std::unique_ptr<tbb::global_control> control;
};
Budget& budget() {
  static Budget instance;
  return instance;
}
}  // namespace

void set_thread_budget(int threads) {
  Budget& b = budget();
  const std::scoped_lock lock(b.mutex);
  b.threads = std::max(1, threads);
  b.control = std::make_unique<tbb::global_control>(tbb::global_control::max_allowed_parallelism,
                                                    static_cast<std::size_t>(b.threads));
}

int thread_budget() {
  Budget& b = budget();
  const std::scoped_lock lock(b.mutex);
  if (b.threads == 0) b.threads = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  return b.threads;
}

void parallel_for(std::size_t n, const std::function<void(std::size_t)>& body) {
  if (thread_budget() == 1) {
    for (std::size_t i = 0; i < n; ++i) body(i);
    return;
  }
  tbb::parallel_for(std::size_t{0}, n, [&](std::size_t i) { body(i); });
}

void isolated(const std::function<void()>& body) {
  tbb::this_task_arena::isolate(body);
}

}  // namespace metaspatial
