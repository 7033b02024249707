#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "metaspatial/base/error.hpp"
#include "metaspatial/eval/rollout.hpp"
#include "metaspatial/eval/rooms.hpp"
#include "metaspatial/reward/reward.hpp"
#include "metaspatial/rl/curriculum.hpp"
#include "metaspatial/rl/process_group.hpp"
#include "metaspatial/rl/train_config.hpp"

namespace metaspatial::rl {

/// What a step learns from, and what it was made of.
struct Experience {
  std::unique_ptr<env::EnvConfig> env;     ///< of the step; the episodes borrow it
  std::vector<eval::RolloutGroup> played;  ///< every room, those that are learned from first
  std::size_t learned = 0;                 ///< how many these are; all, unless some are left out
  std::vector<eval::RolloutGroup> greedy;  ///< one trajectory per room that is learned from, for estimators
                                           ///< that ask for it; else none
  int turns = 1;                           ///< that were allowed
  eval::PlayTimes times;
  [[nodiscard]] std::span<const eval::RolloutGroup> groups() const { return {played.data(), learned}; }
};

/// The collecting half of a step: rooms of the curriculum's stage, and answers in them.
///
/// Ownership  borrows the config, the source, the policy and the processes that play together.
class Collector {
 public:
  Collector(const TrainConfig& config, const eval::RoomSource& source, std::shared_ptr<render::Device> device,
            eval::Policy& policy, ProcessGroup& processes)
      : config_(config),
        source_(source),
        device_(std::move(device)),
        policy_(policy),
        processes_(processes) {}

  /// Plays the rooms of step `step`. `answered` is called as PlayOptions::answered is, with groups that will
  /// be learned from; not at all where groups may be dropped.
  ///
  /// With `algorithm.online_filtering` rooms whose answers all have the same return are played and left out,
  /// and others are played in their place, for `trainer.max_try_make_batch` rounds at most; what there is
  /// then is learned from, be it nothing.
  ///
  /// Errors   those of eval::play(); InvalidInput if no room is small enough for the curriculum.
  [[nodiscard]] Result<Experience> collect(
      int step, double progress, const reward::RewardConfig& reward,
      const std::function<void(std::span<const eval::RolloutGroup>)>& answered);

 private:
  [[nodiscard]] Result<std::vector<std::shared_ptr<const env::Room>>> make_rooms(
      std::uint64_t first, std::size_t count, const CurriculumStage& stage) const;

  const TrainConfig& config_;
  const eval::RoomSource& source_;
  std::shared_ptr<render::Device> device_;
  eval::Policy& policy_;
  ProcessGroup& processes_;
};

}  // namespace metaspatial::rl
