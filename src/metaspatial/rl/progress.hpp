#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "metaspatial/rl/schedule.hpp"

/// What a run tells a person who is watching it.
namespace metaspatial::rl {

/// A step as its line on the console has it.
struct StepProgress {
  std::int64_t step = 0;  ///< that was done, from 1
  std::int64_t steps = 0;
  std::optional<double> reward;  ///< nothing where the judge gave no grade at all
  double format = 0;             ///< share of answers, as `colliding` is of objects
  double colliding = 0;
  double written_per_s = 0;  ///< tokens of answers, over the seconds of the rollouts
  double learned_per_s = 0;  ///< tokens of questions and answers, over the seconds of the update
  double left_s = 0;         ///< of the whole run
};
/// "step 12/40  reward 0.734  format 98 %  colliding 12 %  1.2k/5.2k tokens/s  3m50s left": written, learned.
[[nodiscard]] std::string progress_line(const StepProgress& step);

/// "45s", "3m50s", "2h05m".
[[nodiscard]] std::string short_duration(double seconds);

/// How long a run will still take: steps at the pace so far, and as long for each validation and checkpoint
/// that is to come as the last one took.
class TimeLeft {
 public:
  /// `val_every` 0: never.
  TimeLeft(const Budget& budget, int val_every, int save_every)
      : budget_(budget), val_every_(val_every), save_every_(save_every) {}
  void validated(double seconds) { validation_s_ = seconds; }
  void saved(double seconds) { save_s_ = seconds; }
  /// REQUIRES steps_done >= 0, train_seconds >= 0: what Budget::seconds_left takes.
  [[nodiscard]] double seconds(std::int64_t steps_done, double train_seconds) const;

 private:
  Budget budget_;
  std::int64_t val_every_;
  std::int64_t save_every_;
  double validation_s_ = 0;
  double save_s_ = 0;
};

/// What is being done at the moment, on the last line of a terminal; nothing elsewhere.
class Activity {
 public:
  explicit Activity(bool wanted);
  ~Activity() { clear(); }
  Activity(const Activity&) = delete;
  Activity& operator=(const Activity&) = delete;
  void show(std::string_view text);
  /// Before another line is written.
  void clear();

 private:
  bool terminal_;
  bool drawn_ = false;
};

}  // namespace metaspatial::rl
