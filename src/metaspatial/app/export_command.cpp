#include "metaspatial/app/export_command.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "metaspatial/app/arguments.hpp"
#include "metaspatial/app/exit_code.hpp"
#include "metaspatial/assets/gltf.hpp"
#include "metaspatial/base/files.hpp"
#include "metaspatial/scene/io.hpp"

namespace metaspatial::app {
namespace {

struct ExportArguments {
  std::string scene;
  std::string out = "room.glb";
  std::string size;
};

Result<int> run(const ExportArguments& arguments) {
  if (std::filesystem::path(arguments.out).extension() != ".glb")
    return fail(ErrorCode::Usage, "'" + arguments.out + "' does not end in .glb", "--out");
  std::optional<scene::RoomSize> size;
  if (!arguments.size.empty()) {
    METASPATIAL_TRY(size, parse_size(arguments.size));
  }
  METASPATIAL_TRY(const scene::Scene scene, scene::read_scene_file(arguments.scene, size));
  if (!scene.layout)
    return invalid("some objects have no position; only a furnished room can be exported", arguments.scene);
  METASPATIAL_TRY(const std::string bytes, assets::room_glb(scene.graph, *scene.layout));
  METASPATIAL_TRY_VOID(write_file_atomic(arguments.out, bytes));
  fmt::print("{}\n", arguments.out);
  return kExitDone;
}

}  // namespace

void add_export_command(Program& program) {
  auto arguments = std::make_shared<ExportArguments>();
  CLI::App* command =
      program.add("export", "Write a furnished room as glTF, for Blender, game engines and web pages",
                  "metaspatial export room.json -o room.glb", [arguments] { return run(*arguments); });
  command->add_option("scene", arguments->scene, "a scene file with a position for every object")->required();
  command->add_option("-o,--out", arguments->out, "the .glb file to write")->capture_default_str();
  command->add_option("--size", arguments->size,
                      "the room's size, if the file does not say it, like 6x4x3 (metres)");
}

}  // namespace metaspatial::app
