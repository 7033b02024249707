#pragma once

#include <string_view>
#include <vector>

#include "metaspatial/base/error.hpp"
#include "metaspatial/base/json.hpp"
#include "metaspatial/scene/graph.hpp"

namespace metaspatial::rl {

/// What a part of a run trains on. 0: no limit.
struct CurriculumStage {
  double until = 1;         ///< of the run's steps (or time, where a run ends by time), in (0, 1]
  int max_objects = 0;      ///< rooms with at most so many objects
  double max_floor_m2 = 0;  ///< rooms with at most so large a floor
  int max_turns = 0;        ///< at most so many turns
};

/// Easy rooms and few turns first. The stages follow each other; past the last one nothing is limited.
struct Curriculum {
  std::vector<CurriculumStage> stages;

  /// The stage of a run of which `progress` (0: its start, 1: its end) is done.
  [[nodiscard]] CurriculumStage at(double progress) const;
};

/// Whether a stage trains on a room.
[[nodiscard]] bool allows(const CurriculumStage& stage, const scene::SceneGraph& graph);

/// Reads a list such as [{"until": 0.3, "max_objects": 6, "max_turns": 1}]; null is no curriculum.
///
/// Errors   InvalidInput that names `key`: not such a list, a key that is none, a value out of range, stages
///          that do not follow each other.
[[nodiscard]] Result<Curriculum> read_curriculum(const Json& json, std::string_view key,
                                                 std::string_view where);

}  // namespace metaspatial::rl
