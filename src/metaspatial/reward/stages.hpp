#pragma once

#include <string_view>
#include <vector>

#include "metaspatial/base/error.hpp"
#include "metaspatial/base/json.hpp"
#include "metaspatial/reward/reward.hpp"

/// Rewards in stages: the form of an answer first, then where things stand, looks last.
namespace metaspatial::reward {

/// What counts so far.
enum class Stage {
  Format,   ///< format alone
  Physics,  ///< format and physics
  Looks,    ///< everything
};
[[nodiscard]] std::string_view name(Stage stage);

/// When a run goes on to the next stage: when the mean of its last `patience` steps of this stage has reached
/// the threshold.
///
/// Source   "format first, physics once format is above 0.9, looks last": MetaSpatial (arXiv 2503.18470). It
///          names no threshold for looks: 0.45 lies between the first steps of configs/demo.yaml from
///          models/nano-base (mean physics 0.33) and from models/nano (0.53).
struct StageSchedule {
  bool enabled = false;               ///< off: everything counts from the start
  double physics_after_format = 0.9;  ///< in [0, 1]: Reward::format, mean over a step's answers
  double looks_after_physics = 0.45;  ///< in [0, 1]: Reward::physics, mean over a step's answers
  int patience = 3;                   ///< >= 1
};

/// The stage a run is in. It only goes forward, by one stage per step at most. A value.
class Stages {
 public:
  /// Starts in Format, or, if the schedule is off, in Looks for good.
  explicit Stages(const StageSchedule& schedule);

  /// Takes the means of a step's answers, unreadable ones included, and goes on if it is time. REQUIRES both
  /// finite.
  void observe(double mean_format, double mean_physics);

  [[nodiscard]] Stage stage() const { return stage_; }

  /// The reward that counts in this stage: `config` without what comes later, and `config` itself in Looks.
  /// In Physics the weight of looks goes to physics, as it does where there is no grade of looks, so that
  /// format weighs the same as at the end.
  [[nodiscard]] RewardConfig staged(const RewardConfig& config) const;

  /// For checkpoints: {"stage": "physics", "recent": [0.52, 0.55]}.
  [[nodiscard]] Json state() const;
  /// Goes on from a state; the schedule stays this object's, and a schedule that is off stays in Looks.
  ///
  /// Errors   InvalidInput, without a place, if it is not such a state; this object is then unchanged.
  [[nodiscard]] Result<void> restore(const Json& state);

 private:
  StageSchedule schedule_;
  Stage stage_;
  std::vector<double> recent_;  ///< the newest means of this stage, oldest first; at most `patience`
};

}  // namespace metaspatial::reward
