#include "metaspatial/base/progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

namespace metaspatial {

Progress::Progress(std::string_view what, std::size_t total)
    : what_(what),
      total_(total),
      terminal_(::isatty(STDERR_FILENO) == 1),
      start_(std::chrono::steady_clock::now()),
      last_(start_) {}

Progress::~Progress() {
  if (drawn_) fmt::print(stderr, "\r\033[K");
}

void Progress::update(std::size_t done, std::string_view note) {
  if (!terminal_) return;
  const auto now = std::chrono::steady_clock::now();
  const double elapsed_s = std::chrono::duration<double>(now - start_).count();
  if (elapsed_s < 2.0 || std::chrono::duration<double>(now - last_).count() < 0.2) return;
  last_ = now;
  drawn_ = true;
  const double rate = static_cast<double>(done) / elapsed_s;
  if (total_ == 0) {
    fmt::print(stderr, "\r\033[K{} {}  {:.1f}/s  {}", what_, done, rate, note);
    std::fflush(stderr);
    return;
  }
  const double left_s = rate > 0 ? static_cast<double>(total_ - done) / rate : 0;
  fmt::print(stderr, "\r\033[K{} {}/{}  {:.1f}/s  {:.0f} s left  {}", what_, done, total_, rate, left_s,
             note);
  std::fflush(stderr);
}

}  // namespace metaspatial
