#pragma once

#include <cstddef>

namespace metaspatial {

/// How many blocks the program has taken from the heap with `new` so far. For tests of what promises to
/// allocate nothing; only programs that list count_allocations.cpp among their sources have it.
///
/// Threads  not counted exactly if several threads allocate at once.
[[nodiscard]] std::size_t allocations();

}  // namespace metaspatial
