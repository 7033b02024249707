#pragma once

#include <cstdint>
#include <string_view>

#include "metaspatial/base/config.hpp"

/// How long a run is, and how its learning rate goes over it. Plain numbers.
namespace metaspatial::rl {

/// A run ends when its steps are done or its seconds are used up, whichever comes first. The last step is the
/// one that, going by the mean of those before, ends nearest to the limit: runs of long and of short steps
/// take the same time on average.
struct Budget {
  std::int64_t steps = 1;
  double seconds = 0;  ///< of training, checkpoints and validation not counted; 0: no limit

  /// The part that is used before a step: the larger of the share of steps and the share of seconds, in
  /// [0, 1].
  [[nodiscard]] double used(std::int64_t steps_done, double seconds_used) const;
  [[nodiscard]] bool spent(std::int64_t steps_done, double seconds_used) const;
  /// Seconds that are left at the pace so far; 0 before the first step.
  [[nodiscard]] double seconds_left(std::int64_t steps_done, double seconds_used) const;
};

enum class LrDecay {
  Constant,
  Linear,
  Cosine,  ///< half a period
};

/// The learning rate over a run. A run that is limited in seconds has other rates, and so other bytes, on
/// every machine and every time.
struct LrSchedule {
  LrDecay decay = LrDecay::Linear;
  int warmup_steps = 0;
  double warmup_ratio = 0;  ///< above 0: of the budget, in place of warmup_steps
  double min_lr_ratio = 0;  ///< the share of the peak that is left at the end; not for Constant

  /// The rate of the step that comes after `steps_done`.
  ///
  /// Warm-up rises in a straight line, (s + 1) / (w + 1) of the peak at its step s of w; with warmup_ratio s
  /// and w are the used and the given share times the budget's steps. After it, with p the share of the
  /// budget that is used:
  ///
  ///     Linear   peak (1 - (1 - min_lr_ratio) p)
  ///     Cosine   peak (min_lr_ratio + (1 - min_lr_ratio) (1 + cos(pi q)) / 2),  q = (p - w) / (1 - w)
  ///
  /// with w the share that was warm-up.
  /// REQUIRES steps_done >= 0, seconds_used >= 0, a budget of at least one step.
  [[nodiscard]] double rate(double peak, const Budget& budget, std::int64_t steps_done,
                            double seconds_used) const;
};

/// Reads "<section>.{lr_scheduler_type, lr_warmup_steps, lr_warmup_ratio, min_lr_ratio}", as EasyR1 calls
/// them; the types are "constant", "linear" and "cosine".
void read_lr_schedule(ConfigReader& reader, std::string_view section, LrSchedule& schedule);

}  // namespace metaspatial::rl
