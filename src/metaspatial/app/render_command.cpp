#include "metaspatial/app/render_command.hpp"

#include <fmt/format.h>

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "metaspatial/app/arguments.hpp"
#include "metaspatial/app/assets_option.hpp"
#include "metaspatial/app/exit_code.hpp"
#include "metaspatial/render/png.hpp"
#include "metaspatial/render/render.hpp"
#include "metaspatial/render/room_scene.hpp"
#include "metaspatial/scene/io.hpp"

namespace metaspatial::app {
namespace {

struct RenderArguments {
  std::string scene;
  std::string out = "room.png";
  std::string size;
  AssetsOption assets;
  render::RenderOptions options;
  render::PathOptions tracing;
  bool path = false;
  bool empty = false;
};

Result<int> run(const RenderArguments& arguments) {
  std::optional<scene::RoomSize> size;
  if (!arguments.size.empty()) {
    METASPATIAL_TRY(size, parse_size(arguments.size));
  }
  METASPATIAL_TRY(scene::Scene scene, scene::read_scene_file(arguments.scene, size));
  if (!scene.layout && !arguments.empty)
    return invalid(
        "some objects have no position, so the room cannot be drawn furnished; --empty draws it empty",
        arguments.scene);
  if (arguments.empty) scene.layout.reset();
  METASPATIAL_TRY(const auto library, arguments.assets.open());
  const assets::Detail detail = arguments.path ? assets::Detail::Full : assets::Detail::Preview;
  METASPATIAL_TRY_VOID(find_assets(library.get(), scene.graph, detail));
  const auto device = std::make_shared<render::Device>(library, detail);
  const render::RoomScene room(device, std::move(scene.graph), std::move(scene.layout));
  METASPATIAL_TRY_VOID(render::write_png(
      arguments.out, arguments.path ? render::render_path_traced(room, arguments.options, arguments.tracing)
                                    : render::render_preview(room, arguments.options)));
  fmt::print("{}\n", arguments.out);
  return kExitDone;
}

}  // namespace

void add_render_command(Program& program) {
  auto arguments = std::make_shared<RenderArguments>();
  CLI::App* command =
      program.add("render", "Draw a picture of a room, furnished or empty",
                  "metaspatial render room.json -o room.png --view top --width 800 --height 600",
                  [arguments] { return run(*arguments); });
  command->add_option("scene", arguments->scene, "a scene file")->required();
  command->add_option("-o,--out", arguments->out, "the PNG file to write")->capture_default_str();
  static const std::map<std::string, render::View> views{
      {"corner", render::View::Corner}, {"top", render::View::Top}, {"eye", render::View::Eye}};
  command
      ->add_option("--view", arguments->options.view,
                   "corner: from above a corner, the near walls cut away; top: a plan; eye: from eye height")
      ->transform(CLI::Transformer(views))
      ->option_text("corner | top | eye [corner]");
  command->add_option("--width", arguments->options.width_px, "pixels")
      ->capture_default_str()
      ->check(CLI::Range(8, 4096));
  command->add_option("--height", arguments->options.height_px, "pixels")
      ->capture_default_str()
      ->check(CLI::Range(8, 4096));
  command->add_option("--samples", arguments->options.samples_per_pixel, "samples per pixel")
      ->capture_default_str()
      ->check(CLI::Range(1, 1024));
  command->add_flag("--path", arguments->path, "trace paths of light: slower, for judges and people");
  command
      ->add_option("--bounces", arguments->tracing.max_bounces, "with --path: how often light is scattered")
      ->capture_default_str()
      ->check(CLI::Range(1, 64));
  command->add_option("--seed", arguments->tracing.seed, "with --path: the noise")->capture_default_str();
  command->add_option("--size", arguments->size,
                      "the room's size, if the file does not say it, like 6x4x3 (metres)");
  arguments->assets.add_to(command);
  command->add_flag("--empty", arguments->empty, "draw the room without its furniture");
}

}  // namespace metaspatial::app
