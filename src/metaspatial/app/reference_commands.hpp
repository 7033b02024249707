#pragma once

#include <filesystem>
#include <ostream>

#include "metaspatial/base/error.hpp"

/// `metaspatial check --rules reference` and `metaspatial score --rules reference`: the Python reference's
/// checker and reward over a list of rows (docs/REFERENCE.md).
namespace metaspatial::app {

struct ReferenceRun {
  std::filesystem::path scenes;  ///< --dir: the folder of the scene files that the rows name
  std::filesystem::path list;    ///< --list: one JSON object per line
  bool json = false;             ///< --json: one JSON line per row; otherwise one line of words
};

/// Rows {"file", "room_dimensions": [x, y, z]} give {"file", "entries", "objects", "collision", "constraint",
/// "possible_positions"}; where the reference raises, a part holds {"error": {"class", "message"}} and the
/// place. A row that cannot be read gives {"error": ...}, and the run goes on.
///
/// Errors   NotFound, Io for the list itself.
[[nodiscard]] Result<void> check_reference(const ReferenceRun& run, std::ostream& out);

/// Rows {"id", "scene", "response", "size_of_room": {"x", "y", "z"}} with the recorded judge ("grades", or
/// "judge_raises", or "judge_reply": its text) give {"id", "format_reward" | "format_error", "total" |
/// "total_error", "judge_called", "judge_result", "collision_ratio", "constraint_ratio"}. `room_missing:
/// true` stands for a scene file that does not exist.
///
/// Errors   as check_reference().
[[nodiscard]] Result<void> score_reference(const ReferenceRun& run, std::ostream& out);

}  // namespace metaspatial::app
