#include "metaspatial/base/count_allocations.hpp"

#include <cstdlib>
#include <new>

namespace {
std::size_t g_allocations = 0;
}  // namespace

std::size_t metaspatial::allocations() {
  return g_allocations;
}

void* operator new(std::size_t size) {
  ++g_allocations;
  if (void* p = std::malloc(size == 0 ? 1 : size)) return p;
  throw std::bad_alloc();
}
void operator delete(void* p) noexcept {
  std::free(p);
}
void operator delete(void* p, std::size_t) noexcept {
  std::free(p);
}
