#include "metaspatial/rl/schedule.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "metaspatial/base/error.hpp"
#include "metaspatial/scene/graph.hpp"

namespace metaspatial::rl {

namespace {

constexpr std::array<std::string_view, 3> kDecays{"constant", "linear", "cosine"};  // in LrDecay's order

}  // namespace

double Budget::used(std::int64_t steps_done, double seconds_used) const {
  const double of_steps = static_cast<double>(steps_done) / static_cast<double>(steps);
  const double of_seconds = seconds > 0 ? seconds_used / seconds : 0.0;
  return std::min(1.0, std::max(of_steps, of_seconds));
}

bool Budget::spent(std::int64_t steps_done, double seconds_used) const {
  if (steps_done >= steps) return true;
  if (seconds <= 0 || steps_done <= 0) return false;
  const double step_s = seconds_used / static_cast<double>(steps_done);
  return seconds_used + 0.5 * step_s >= seconds;
}

double Budget::seconds_left(std::int64_t steps_done, double seconds_used) const {
  if (steps_done <= 0) return 0;
  const double of_steps = seconds_used / static_cast<double>(steps_done) *
                          static_cast<double>(std::max<std::int64_t>(0, steps - steps_done));
  return seconds > 0 ? std::min(of_steps, std::max(0.0, seconds - seconds_used)) : of_steps;
}

double LrSchedule::rate(double peak, const Budget& budget, std::int64_t steps_done,
                        double seconds_used) const {
  METASPATIAL_CHECK(steps_done >= 0 && seconds_used >= 0 && budget.steps >= 1,
                    "a schedule begins at its start");
  const double used = budget.used(steps_done, seconds_used);
  const auto steps = static_cast<double>(budget.steps);
  const bool by_ratio = warmup_ratio > 0;
  const double warmup = by_ratio ? warmup_ratio * steps : static_cast<double>(warmup_steps);
  const double at = by_ratio ? used * steps : static_cast<double>(steps_done);
  if (at < warmup) return peak * (at + 1) / (warmup + 1);
  switch (decay) {
    case LrDecay::Constant:
      return peak;
    case LrDecay::Linear:
      return peak * (1.0 - (1.0 - min_lr_ratio) * used);
    case LrDecay::Cosine:
      break;
  }
  const double before = std::min(1.0, warmup / steps);
  const double progress = before < 1 ? std::max(0.0, (used - before) / (1.0 - before)) : 1.0;
  const double cosine = 0.5 * (1.0 + std::cos(scene::kPi * progress));
  return peak * (min_lr_ratio + (1.0 - min_lr_ratio) * cosine);
}

void read_lr_schedule(ConfigReader& reader, std::string_view section, LrSchedule& schedule) {
  const auto key = [section](std::string_view name) {
    return std::string(section) + "." + std::string(name);
  };
  std::string decay(kDecays[static_cast<std::size_t>(schedule.decay)]);
  reader.read(key("lr_scheduler_type"), decay, kDecays);
  reader.read(key("lr_warmup_steps"), schedule.warmup_steps, 0, 1000000);
  reader.read(key("lr_warmup_ratio"), schedule.warmup_ratio, 0, 1);
  reader.read(key("min_lr_ratio"), schedule.min_lr_ratio, 0, 1);
  const auto found = std::find(kDecays.begin(), kDecays.end(), decay);
  if (found != kDecays.end()) schedule.decay = static_cast<LrDecay>(found - kDecays.begin());
}

}  // namespace metaspatial::rl
