#pragma once

#include <cstdint>
#include <string>

#include "metaspatial/app/command.hpp"
#include "metaspatial/curate/designer.hpp"
#include "metaspatial/scene/graph.hpp"
#include "metaspatial/scene/io.hpp"

namespace metaspatial::app {

/// The arguments of `generate`, the same whether the solver furnishes the room or a model.
struct GenerateArguments {
  std::string sentence;
  std::string size = "5x4x2.8";
  std::string out = "room.glb";
  std::string model = "models/nano";
  std::uint64_t seed = 0;
  int samples = 16;  ///< attempts of a model, of which the checker keeps the best
  int turns = 3;     ///< how often each may look at its room and try again
  int threads = 2;
  bool solver = false;
  bool json = false;

  void add_to(CLI::App* command);
  /// The sentence and the size as read.
  ///
  /// Errors   Usage for a wrong size, InvalidInput for an empty sentence.
  [[nodiscard]] Result<scene::RoomDescription> description() const;
  /// Writes the furnished room's files and prints what they are (see room_files.hpp).
  [[nodiscard]] Result<int> finish(const scene::SceneGraph& graph, const scene::Layout& layout,
                                   const curate::DesignNotes& notes) const;
};

inline constexpr const char* kGenerateDescription =
    "Furnish a room from a sentence: glTF, picture, scene, faults";
inline constexpr const char* kGenerateExample =
    "metaspatial generate \"a cozy library with an oak desk and two armchairs\" --size 6x4x3 -o library.glb";

/// `metaspatial generate --solver`: furnishes with the solver, without a model.
void add_generate_command(Program& program);

}  // namespace metaspatial::app
