#pragma once

#include <chrono>
#include <ctime>

namespace metaspatial {

/// Seconds since it was made: on the wall, and of CPU over all threads of the process.
class Stopwatch {
 public:
  [[nodiscard]] double wall_s() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - wall_).count();
  }
  [[nodiscard]] double process_cpu_s() const { return cpu_now_s() - cpu_s_; }

 private:
  static double cpu_now_s() {
    std::timespec now{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
  }
  std::chrono::steady_clock::time_point wall_ = std::chrono::steady_clock::now();
  double cpu_s_ = cpu_now_s();
};

}  // namespace metaspatial
