#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <mutex>
#include <unordered_map>

#include <c10/core/Allocator.h>
#include <c10/core/CPUAllocator.h>
#include <c10/core/impl/alloc_cpu.h>

#include "metaspatial/vlm/torch_version.hpp"

namespace metaspatial::vlm {

/// While one lives, counts the bytes of all tensors made on the CPU, for tests and benchmarks of memory.
///
/// Threads  at most one alive, made and destroyed where no other thread uses libtorch; counts all threads'.
class TensorMemory final : public c10::Allocator {
 public:
  TensorMemory() : before_(c10::GetCPUAllocator()) { c10::SetCPUAllocator(this, kPriority); }
  ~TensorMemory() override { c10::SetCPUAllocator(before_, kPriority); }
  TensorMemory(const TensorMemory&) = delete;
  TensorMemory& operator=(const TensorMemory&) = delete;

  /// Bytes of the tensors made since this began to live that still exist.
  [[nodiscard]] std::int64_t now() const { return count().now; }
  /// The most since the last reset_peak().
  [[nodiscard]] std::int64_t peak() const { return count().peak; }
  void reset_peak() { count().peak = count().now.load(); }

#if METASPATIAL_TORCH_AT_LEAST(2, 3)
  c10::DataPtr allocate(std::size_t bytes) override {
    return counted(bytes);
  }
  void copy_data(void* to, const void* from, std::size_t bytes) const override {
    std::memcpy(to, from, bytes);
  }
#else
  c10::DataPtr allocate(std::size_t bytes) const override {
    return counted(bytes);
  }
#endif

 private:
  // Tensors may outlive the allocator; the counts are the process's.
  struct Count {
    std::atomic<std::int64_t> now{0}, peak{0};
    std::mutex mutex;
    std::unordered_map<void*, std::int64_t> sizes;
  };
  static Count& count() {
    static Count one;
    return one;
  }
  static void release(void* data) {
    {
      const std::lock_guard lock(count().mutex);
      const auto found = count().sizes.find(data);
      if (found != count().sizes.end()) {  // libraries keep memory of before, and give it back here
        count().now -= found->second;
        count().sizes.erase(found);
      }
    }
    c10::free_cpu(data);
  }
  static c10::DataPtr counted(std::size_t bytes) {
    void* data = c10::alloc_cpu(bytes);
    if (data != nullptr) {
      const std::lock_guard lock(count().mutex);
      count().sizes[data] = static_cast<std::int64_t>(bytes);
      count().now += static_cast<std::int64_t>(bytes);
      count().peak = std::max(count().peak.load(), count().now.load());
    }
    return {data, data, data == nullptr ? nullptr : &release, c10::Device(c10::kCPU)};
  }
  [[nodiscard]] c10::DeleterFnPtr raw_deleter() const override {
    return &release;
  }

  static constexpr std::uint8_t kPriority = 100;
  c10::Allocator* before_;
};

}  // namespace metaspatial::vlm
