#include "metaspatial/app/export_command.hpp"

#include <fmt/format.h>

#include <memory>
#include <optional>
#include <string>

#include "metaspatial/app/arguments.hpp"
#include "metaspatial/app/assets_option.hpp"
#include "metaspatial/app/exit_code.hpp"
#include "metaspatial/app/export_files.hpp"
#include "metaspatial/render/device.hpp"
#include "metaspatial/scene/io.hpp"

namespace metaspatial::app {
namespace {

struct ExportArguments {
  std::string scene;
  std::string out = "room.glb";
  std::string size;
  std::string light_units = "candela";
  AssetsOption assets;
};

Result<int> run(const ExportArguments& arguments) {
  if (!can_export(arguments.out))
    return fail(ErrorCode::Usage, fmt::format("'{}' does not end in {}", arguments.out, kExportEndings),
                "--out");
  std::optional<scene::RoomSize> size;
  if (!arguments.size.empty()) {
    METASPATIAL_TRY(size, parse_size(arguments.size));
  }
  METASPATIAL_TRY(scene::Scene scene, scene::read_scene_file(arguments.scene, size));
  if (scene.graph.objects.empty()) scene.layout = scene::Layout{};  // an empty room is furnished enough
  if (!scene.layout)
    return invalid("some objects have no position; only a furnished room can be exported", arguments.scene);
  METASPATIAL_TRY(const auto library, arguments.assets.open());
  METASPATIAL_TRY_VOID(find_assets(library.get(), scene.graph, assets::Detail::Full));
  assets::ExportOptions options;
  options.model_of = models_of(library);
  options.cameras = picture_cameras({std::make_shared<render::Device>(), scene.graph, *scene.layout});
  options.light_units =
      arguments.light_units == "unitless" ? assets::LightUnits::Unitless : assets::LightUnits::Candela;
  METASPATIAL_TRY_VOID(write_export(arguments.out, scene.graph, *scene.layout, options));
  fmt::print("{}\n", arguments.out);
  return kExitDone;
}

}  // namespace

void add_export_command(Program& program) {
  auto arguments = std::make_shared<ExportArguments>();
  CLI::App* command =
      program.add("export", "Write a furnished room as glTF, USD or a script for Blender",
                  "metaspatial export room.json -o room.glb", [arguments] { return run(*arguments); });
  command->add_option("scene", arguments->scene, "a scene file with a position for every object")->required();
  command
      ->add_option("-o,--out", arguments->out,
                   "the file to write: .glb, .usda (with a folder of textures), .usdz or .blend.py")
      ->capture_default_str();
  command->add_option("--size", arguments->size,
                      "the room's size, if the file does not say it, like 6x4x3 (metres)");
  arguments->assets.add_to(command);
  command
      ->add_option("--light-units", arguments->light_units,
                   "of lamps in glTF: candela, or unitless for viewers without exposure (three.js)")
      ->check(CLI::IsMember({"candela", "unitless"}))
      ->capture_default_str();
}

}  // namespace metaspatial::app
