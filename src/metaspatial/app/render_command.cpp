#include "metaspatial/app/render_command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "metaspatial/app/arguments.hpp"
#include "metaspatial/app/assets_option.hpp"
#include "metaspatial/app/exit_code.hpp"
#include "metaspatial/app/views.hpp"
#include "metaspatial/base/files.hpp"
#include "metaspatial/base/json.hpp"
#include "metaspatial/render/guide_files.hpp"
#include "metaspatial/render/guides.hpp"
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
  std::string view = "corner";
  std::string depth, normals, ids;
  PictureOptions picture;
  bool empty = false;
};

/// The path of one view's file: with several views its name goes before the ending.
std::string path_of(const std::string& path, const PictureOptions& picture, std::size_t view) {
  if (picture.views.size() == 1) return path;
  const std::filesystem::path whole = path;
  return (whole.parent_path() /
          fmt::format("{}_{}{}", whole.stem().string(), picture.views[view].name, whole.extension().string()))
      .string();
}

Json vector_json(const scene::Vec3& v) {
  return Json::array({v.x(), v.y(), v.z()});
}

/// What the values of a picture of ids mean, and the camera that sees it.
Json legend_json(const render::RoomScene& room, const render::RenderOptions& options, std::string_view view,
                 std::span<const int> ids) {
  const auto& objects = room.graph().objects;
  struct Seen {
    std::size_t pixels = 0;
    int x0 = std::numeric_limits<int>::max(), y0 = x0, x1 = -1, y1 = -1;
  };
  std::vector<Seen> seen(objects.size());
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (ids[i] < 0) continue;
    Seen& s = seen[static_cast<std::size_t>(ids[i])];
    const int x = static_cast<int>(i) % options.width_px;
    const int y = static_cast<int>(i) / options.width_px;
    ++s.pixels;
    s.x0 = std::min(s.x0, x);
    s.x1 = std::max(s.x1, x);
    s.y0 = std::min(s.y0, y);
    s.y1 = std::max(s.y1, y);
  }
  const auto unhidden = render::unhidden_pixels(room, options);
  Json rows = Json::array();
  for (std::size_t i = 0; i < objects.size(); ++i) {
    const Seen& s = seen[i];
    Json row{{"value", i + 2}, {"id", objects[i].id}, {"kind", objects[i].kind}, {"pixels", s.pixels}};
    const double share =
        unhidden[i] == 0 ? 0.0 : static_cast<double>(s.pixels) / static_cast<double>(unhidden[i]);
    row["visible_share"] = std::round(1e4 * std::min(1.0, share)) / 1e4;
    row["box_px"] = s.pixels == 0 ? Json() : Json::array({s.x0, s.y0, s.x1 + 1, s.y1 + 1});
    rows.push_back(std::move(row));
  }
  const render::CameraModel camera = render::camera_model(room, options);
  Json camera_json{{"kind", camera.parallel ? "parallel" : "pinhole"},
                   {"origin_m", vector_json(camera.origin_m)},
                   {"right", vector_json(camera.right)},
                   {"up", vector_json(camera.up)},
                   {"forward", vector_json(camera.forward)}};
  if (camera.parallel)
    camera_json["m_per_px"] = camera.m_per_px;
  else
    camera_json["focal_px"] = camera.focal_px;
  camera_json["centre_px"] = Json::array({camera.cx_px, camera.cy_px});
  return Json{
      {"view", view}, {"width_px", options.width_px}, {"height_px", options.height_px},  {"background", 0},
      {"room", 1},    {"objects", std::move(rows)},   {"camera", std::move(camera_json)}};
}

/// Depth, normals and ids of every view, where they were asked for.
Result<void> write_guides(const RenderArguments& arguments, const render::RoomScene& room) {
  const auto each = view_options(arguments.picture);
  for (std::size_t k = 0; k < each.size(); ++k) {
    const render::RenderOptions& one = each[k];
    const auto path = [&](const std::string& given) { return path_of(given, arguments.picture, k); };
    if (!arguments.depth.empty()) {
      METASPATIAL_TRY_VOID(render::write_depth(path(arguments.depth), render::render_depth(room, one),
                                               one.width_px, one.height_px));
      fmt::print("{}\n", path(arguments.depth));
    }
    if (!arguments.normals.empty()) {
      METASPATIAL_TRY_VOID(render::write_normals(path(arguments.normals), render::render_normals(room, one),
                                                 one.width_px, one.height_px));
      fmt::print("{}\n", path(arguments.normals));
    }
    if (!arguments.ids.empty()) {
      const std::vector<int> ids = render::render_object_ids(room, one);
      METASPATIAL_TRY_VOID(render::write_object_ids(path(arguments.ids), ids, one.width_px, one.height_px));
      const std::string legend =
          std::filesystem::path(path(arguments.ids)).replace_extension(".json").string();
      METASPATIAL_TRY_VOID(write_file_atomic(
          legend, dump_json(legend_json(room, one, arguments.picture.views[k].name, ids), 1) + "\n"));
      fmt::print("{}\n{}\n", path(arguments.ids), legend);
    }
  }
  return {};
}

Result<int> run(RenderArguments& arguments) {
  PictureOptions& picture = arguments.picture;
  METASPATIAL_TRY(picture.views, parse_views(arguments.view));
  choose_size(picture);
  if (picture.views.size() > 1 && std::min(picture.width_px, picture.height_px) < 64)
    return fail(ErrorCode::Usage, "several views need a picture of at least 64 pixels a side", "--view");
  for (const std::string* path : {&arguments.depth, &arguments.normals, &arguments.ids})
    if (!path->empty()) METASPATIAL_TRY_VOID(render::check_guide_path(*path));
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
  const assets::Detail detail = picture.path ? assets::Detail::Full : assets::Detail::Preview;
  METASPATIAL_TRY_VOID(find_assets(library.get(), scene.graph, detail));
  const auto device = std::make_shared<render::Device>(library, detail);
  const render::RoomScene room(device, std::move(scene.graph), std::move(scene.layout));
  METASPATIAL_TRY_VOID(render::write_png(arguments.out, make_picture(room, picture)));
  fmt::print("{}\n", arguments.out);
  METASPATIAL_TRY_VOID(write_guides(arguments, room));
  return kExitDone;
}

}  // namespace

void add_render_command(Program& program) {
  auto arguments = std::make_shared<RenderArguments>();
  CLI::App* command = program.add("render", "Draw a picture of a room, furnished or empty",
                                  "metaspatial render room.json -o room.png --view sheet --labels --faults",
                                  [arguments] { return run(*arguments); });
  command->add_option("scene", arguments->scene, "a scene file")->required();
  command->add_option("-o,--out", arguments->out, "the PNG file to write")->capture_default_str();
  command
      ->add_option("--view", arguments->view,
                   "corner: from above a corner, the near walls cut away; opposite: from the corner across; "
                   "top: a plan; eye: from eye height; several apart by commas on one sheet; sheet: all four")
      ->option_text("VIEW[,VIEW...] | sheet [corner]");
  add_annotation_flags(command, arguments->picture.annotations);
  command
      ->add_option("--width", arguments->picture.width_px,
                   "pixels, of a sheet the whole [512, of a sheet 1024]")
      ->check(CLI::Range(8, 4096));
  command
      ->add_option("--height", arguments->picture.height_px,
                   "pixels, of a sheet the whole [512, of a sheet 1024]")
      ->check(CLI::Range(8, 4096));
  command
      ->add_option("--samples", arguments->picture.samples_per_pixel, "samples per pixel [8, with --path 64]")
      ->check(CLI::Range(1, 65536));
  command->add_flag("--path", arguments->picture.path, "trace paths of light: slower, for judges and people");
  command
      ->add_option("--bounces", arguments->picture.tracing.max_bounces,
                   "with --path: how often light is scattered")
      ->capture_default_str()
      ->check(CLI::Range(1, 64));
  command->add_flag("!--noisy", arguments->picture.tracing.denoise,
                    "with --path: leave the noise of few samples in");
  command->add_option("--seed", arguments->picture.tracing.seed, "with --path: the noise")
      ->capture_default_str();
  command->add_option("--size", arguments->size,
                      "the room's size, if the file does not say it, like 6x4x3 (metres)");
  arguments->assets.add_to(command);
  command->add_option("--depth", arguments->depth,
                      "also write distances: .png of 16 bits in millimetres, 0 for none, or .npy in metres");
  command->add_option("--normals", arguments->normals,
                      "also write normals: .png with 127.5 * (n + 1), or .npy");
  command->add_option(
      "--ids", arguments->ids,
      "also write which object each pixel shows: .png of 16 bits or .npy, and a .json that says "
      "what the values mean and where the camera is");
  command->add_flag("--empty", arguments->empty, "draw the room without its furniture");
}

}  // namespace metaspatial::app
