#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

namespace metaspatial {

/// One line on stderr with rate and remaining time, redrawn a few times a second, only on a terminal and only
/// after two seconds of work. Silent elsewhere. A total of 0 is one that is not known: there is a rate, and
/// no remaining time.
class Progress {
 public:
  Progress(std::string_view what, std::size_t total);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  /// `done` of the total are finished; `note` is appended to the line.
  void update(std::size_t done, std::string_view note = {});

 private:
  std::string what_;
  std::size_t total_;
  bool terminal_;
  bool drawn_ = false;
  std::chrono::steady_clock::time_point start_;
  std::chrono::steady_clock::time_point last_;
};

}  // namespace metaspatial
