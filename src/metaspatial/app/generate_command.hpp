#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>

#include "metaspatial/app/assets_option.hpp"
#include "metaspatial/app/command.hpp"
#include "metaspatial/app/room_files.hpp"
#include "metaspatial/app/views.hpp"
#include "metaspatial/curate/designer.hpp"
#include "metaspatial/scene/graph.hpp"
#include "metaspatial/scene/io.hpp"

namespace metaspatial::app {

/// Tells how long the stages of a command take.
class Stopwatch {
 public:
  /// Ends a stage: what has passed since the last one ended.
  void lap(std::string name) {
    const auto now = std::chrono::steady_clock::now();
    stages_.emplace_back(std::move(name), std::chrono::duration<double>(now - from_).count());
    from_ = now;
  }
  [[nodiscard]] const Stages& stages() const { return stages_; }

 private:
  std::chrono::steady_clock::time_point from_ = std::chrono::steady_clock::now();
  Stages stages_;
};

/// The arguments of `generate`, the same whether the solver furnishes the room or a model.
struct GenerateArguments {
  std::string sentence;
  std::string size = "5x4x2.8";
  std::string out = "room.glb";
  std::string model;        ///< empty: the config's, or the built-in one
  std::string endpoint;     ///< address of an OpenAI-compatible server; `model` is then its name there
  std::string api_key_env;  ///< the environment variable with the key
  std::string config;       ///< YAML file with a section `policy`
  std::string view = "corner";
  std::uint64_t seed = 0;
  int samples = 16;  ///< attempts, of which the checker keeps the best
  int turns = 0;     ///< how often each may look at its room and try again; nano gains little by it
  int threads = 2;
  env::Annotations annotations;
  AssetsOption assets;
  bool solver = false;
  bool path = false;
  bool json = false;
  bool verbose = false;

  void add_to(CLI::App* command);
  /// The sentence and the size as read. Whatever else can be wrong with the arguments is found here too,
  /// before any work.
  ///
  /// Errors   Usage for a wrong size, view or output; InvalidInput for an empty or overlong sentence.
  [[nodiscard]] Result<scene::RoomDescription> description() const;
  /// Writes the furnished room's files and prints what was decided (see room_files.hpp).
  [[nodiscard]] Result<int> finish(const curate::FurnishedRoom& room, const Placement& placement,
                                   Stopwatch& watch) const;
};

inline constexpr const char* kGenerateDescription =
    "Furnish a room from a sentence: glTF, picture, scene, faults";
inline constexpr const char* kGenerateExample =
    "metaspatial generate \"a cozy library with an oak desk and two armchairs\" --size 6x4x3 -o library.glb";

/// `metaspatial generate --solver`: furnishes with the solver, without a model.
void add_generate_command(Program& program);

}  // namespace metaspatial::app
