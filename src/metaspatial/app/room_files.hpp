#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "metaspatial/base/error.hpp"
#include "metaspatial/base/json.hpp"
#include "metaspatial/curate/designer.hpp"
#include "metaspatial/scene/graph.hpp"

/// What `generate` leaves behind, whoever furnished the room.
namespace metaspatial::app {

/// The files of a furnished room, and what is wrong with it.
struct RoomFiles {
  std::filesystem::path glb;      ///< room.glb: glTF
  std::filesystem::path picture;  ///< room.png: from above a corner
  std::filesystem::path scene;    ///< room.json: our row, with positions
  std::size_t objects = 0;
  std::vector<std::string> faults;  ///< in words
};

/// Writes the room's three files beside each other, named after `glb`; nothing is written unless all three
/// could be made.
///
/// Shape    one finite pose per object.
/// Errors   Usage if `glb` does not end in ".glb"; Io.
[[nodiscard]] Result<RoomFiles> write_room_files(const std::filesystem::path& glb,
                                                 const scene::SceneGraph& graph, const scene::Layout& layout,
                                                 int picture_px = 768);

/// The same for a person: paths, faults, and what of the sentence was not understood or found no place.
[[nodiscard]] std::string room_files_text(const RoomFiles& files, const curate::DesignNotes& notes);
[[nodiscard]] Json room_files_json(const RoomFiles& files, const curate::DesignNotes& notes);

}  // namespace metaspatial::app
