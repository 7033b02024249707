#include "metaspatial/rl/progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace metaspatial::rl {

namespace {

std::string short_count(double value) {
  if (value >= 99950) return fmt::format("{:.0f}k", value / 1000);
  return value >= 999.5 ? fmt::format("{:.1f}k", value / 1000) : fmt::format("{:.0f}", value);
}

/// Multiples of `every` in (done, end], and the end itself: the run's last step always counts.
std::int64_t times(std::int64_t done, std::int64_t end, std::int64_t every) {
  if (every <= 0 || end <= done) return 0;
  return end / every - done / every + (end % every != 0 ? 1 : 0);
}

}  // namespace

std::string short_duration(double seconds) {
  const auto whole = static_cast<std::int64_t>(std::llround(std::max(0.0, seconds)));
  if (whole < 60) return fmt::format("{}s", whole);
  if (whole < 3600) return fmt::format("{}m{:02}s", whole / 60, whole % 60);
  return fmt::format("{}h{:02}m", whole / 3600, whole / 60 % 60);
}

std::string progress_line(const StepProgress& step) {
  return fmt::format("step {}/{}  reward {}  format {:.0f} %  colliding {:.0f} %  {}/{} tokens/s  {} left",
                     step.step, step.steps, step.reward ? fmt::format("{:.3f}", *step.reward) : "none",
                     100 * step.format, 100 * step.colliding, short_count(step.written_per_s),
                     short_count(step.learned_per_s), short_duration(step.left_s));
}

double TimeLeft::seconds(std::int64_t steps_done, double train_seconds) const {
  const double train_s = budget_.seconds_left(steps_done, train_seconds);
  if (steps_done <= 0 || train_seconds <= 0) return train_s;
  const double per_step_s = train_seconds / static_cast<double>(steps_done);
  const std::int64_t end =
      std::min(budget_.steps, steps_done + static_cast<std::int64_t>(std::ceil(train_s / per_step_s - 1e-9)));
  return train_s + validation_s_ * static_cast<double>(times(steps_done, end, val_every_)) +
         save_s_ * static_cast<double>(times(steps_done, end, save_every_));
}

Activity::Activity(bool wanted) : terminal_(wanted && ::isatty(STDERR_FILENO) == 1) {}

void Activity::show(std::string_view text) {
  if (!terminal_) return;
  drawn_ = true;
  fmt::print(stderr, "\r\033[K{}", text);
  std::fflush(stderr);
}

void Activity::clear() {
  if (!drawn_) return;
  drawn_ = false;
  fmt::print(stderr, "\r\033[K");
  std::fflush(stderr);
}

}  // namespace metaspatial::rl
