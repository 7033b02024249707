#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "metaspatial/app/views.hpp"
#include "metaspatial/assets/asset_library.hpp"
#include "metaspatial/base/error.hpp"
#include "metaspatial/base/json.hpp"
#include "metaspatial/curate/designer.hpp"
#include "metaspatial/scene/graph.hpp"

/// What `generate` leaves behind, whoever furnished the room.
namespace metaspatial::app {

/// How the objects of a room came to their places.
struct Placement {
  std::string by;  ///< "solver" or the model's directory
  int attempts = 0;
  int turns = 0;       ///< answers of an attempt at most; 0 for the solver
  int answers = 0;     ///< layouts or responses in all
  int unreadable = 0;  ///< of them
  double least_reward = 0;
  double most_reward = 0;
  int kept_attempt = 0;  ///< counted from 1
  int kept_turn = 0;     ///< counted from 1; 0 for the solver
  std::vector<double>
      turn_rewards;  ///< of the kept attempt, turn by turn; unreadable answers have theirs too
};

/// Seconds of the clock on the wall, stage by stage.
using Stages = std::vector<std::pair<std::string, double>>;

/// The files of a furnished room, what was decided, and what is wrong with it.
struct RoomFiles {
  std::filesystem::path glb;        ///< room.glb: glTF
  std::filesystem::path picture;    ///< room.png: from above a corner, or as asked
  std::filesystem::path scene;      ///< room.json: our row, with positions
  std::vector<std::string> faults;  ///< in words
  std::size_t faulty_objects = 0;   ///< objects with a fault of any kind
};

/// Writes the room's three files beside each other, named after `glb`; nothing is written unless all three
/// could be made. With a library its assets stand for the objects, and the scene names them.
///
/// Shape    one finite pose per object.
/// Errors   Usage if `glb` does not end in ".glb"; those of AssetLibrary::load; Io.
[[nodiscard]] Result<RoomFiles> write_room_files(const std::filesystem::path& glb,
                                                 const scene::SceneGraph& graph, const scene::Layout& layout,
                                                 const PictureOptions& picture,
                                                 const std::shared_ptr<const assets::AssetLibrary>& library);
/// Whether `glb` ends in ".glb".
///
/// Errors   Usage.
[[nodiscard]] Result<void> check_glb_path(const std::filesystem::path& glb);

/// Everything about a room that was made, for a person: the objects and why they are there, what of the
/// sentence was not understood or found no place, how the layout was found, faults, files.
[[nodiscard]] std::string made_room_text(const scene::SceneGraph& graph, const curate::DesignNotes& notes,
                                         const Placement& placement, const RoomFiles& files,
                                         const Stages* stages);
[[nodiscard]] Json made_room_json(const scene::SceneGraph& graph, const curate::DesignNotes& notes,
                                  const Placement& placement, const RoomFiles& files, const Stages& stages);

}  // namespace metaspatial::app
