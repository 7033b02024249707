#pragma once

#include <cstddef>
#include <functional>

namespace metaspatial {

/// The one thread budget of the process, shared by TBB, Embree and the model's workers. Default: all cores.
void set_thread_budget(int threads);
[[nodiscard]] int thread_budget();

/// Calls body(i) for every i in [0, n), on the thread budget, in no particular order. The caller must make
/// body(i) depend on i alone, so that one thread and many give the same bytes.
///
/// Errors   an exception of a body is rethrown in the caller.
void parallel_for(std::size_t n, const std::function<void(std::size_t)>& body);

/// Runs body() here. While it waits for tasks of its own, this thread takes on no others: what the caller
/// holds (a lock, a buffer of the thread) is safe from them.
void isolated(const std::function<void()>& body);

}  // namespace metaspatial
