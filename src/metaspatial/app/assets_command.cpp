#include "metaspatial/app/assets_command.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "metaspatial/app/arguments.hpp"
#include "metaspatial/app/exit_code.hpp"
#include "metaspatial/assets/asset_import.hpp"
#include "metaspatial/assets/asset_library.hpp"
#include "metaspatial/assets/model_glb.hpp"
#include "metaspatial/base/files.hpp"
#include "metaspatial/base/json.hpp"
#include "metaspatial/base/progress.hpp"
#include "metaspatial/render/png.hpp"
#include "metaspatial/render/render.hpp"
#include "metaspatial/render/room_scene.hpp"
#include "metaspatial/scene/graph.hpp"

namespace metaspatial::app {
namespace {

struct AssetsArguments {
  std::string library = "library";
  std::string from;
  std::vector<std::string> tags;
  std::vector<std::string> words;
  std::string name;
  std::string out;
  bool json = false;
};

Json info_json(const assets::AssetInfo& info) {
  return Json{{"name", info.name},
              {"kind", info.kind},
              {"size_m", {info.size_m.x(), info.size_m.y(), info.size_m.z()}},
              {"front_known", info.front_known},
              {"triangles", info.triangles},
              {"preview_triangles", info.preview_triangles},
              {"tags", info.tags},
              {"description", info.description},
              {"license", info.license},
              {"source", info.source},
              {"notes", info.notes}};
}

std::string info_text(const assets::AssetInfo& info) {
  return fmt::format("{:<32} {:<18} {:.2f} x {:.2f} x {:.2f} m, {} triangles{}\n", info.name,
                     info.kind.empty() ? "(unknown kind)" : info.kind, info.size_m.x(), info.size_m.y(),
                     info.size_m.z(), info.triangles, info.front_known ? "" : ", front assumed");
}

std::string_view word_of(assets::ImportOutcome outcome) {
  switch (outcome) {
    case assets::ImportOutcome::Added:
      return "added";
    case assets::ImportOutcome::Updated:
      return "updated";
    case assets::ImportOutcome::Unchanged:
      return "unchanged";
  }
  return "";
}

Result<int> import(const AssetsArguments& arguments) {
  assets::ImportOptions options;
  options.tags = arguments.tags;
  std::unique_ptr<Progress> progress;
  METASPATIAL_TRY(const assets::ImportReport report,
                  assets::import_assets(arguments.from, arguments.library, options,
                                        [&](std::size_t done, std::size_t total) {
                                          if (!progress)
                                            progress = std::make_unique<Progress>("importing", total);
                                          progress->update(done);
                                        }));
  progress.reset();
  std::size_t changed = 0;
  for (const assets::ImportedAsset& asset : report.assets) {
    const bool unchanged = asset.outcome == assets::ImportOutcome::Unchanged;
    changed += unchanged ? 0 : 1;
    if (arguments.json) {
      Json line{{"file", asset.info.source}, {"outcome", word_of(asset.outcome)}};
      if (unchanged)
        line["name"] = asset.info.name;
      else
        line.update(info_json(asset.info));
      METASPATIAL_TRY_VOID(write_output("", dump_json(line) + "\n"));
    } else if (!unchanged) {
      std::string text = fmt::format("{:<8} {}", word_of(asset.outcome), info_text(asset.info));
      if (!asset.info.notes.empty()) text += fmt::format("         {}\n", asset.info.notes);
      METASPATIAL_TRY_VOID(write_output("", text));
    }
  }
  for (const Error& failure : report.failures) {
    static_cast<void>(report_error(failure));
    if (arguments.json) {
      METASPATIAL_TRY_VOID(
          write_output("", dump_json(Json{{"file", failure.where}, {"error", failure.message}}) + "\n"));
    }
  }
  if (!arguments.json) {
    METASPATIAL_TRY_VOID(
        write_output("", fmt::format("{}: {} imported, {} unchanged, {} failed\n", arguments.library, changed,
                                     report.assets.size() - changed, report.failures.size())));
  }
  return report.failures.empty() ? kExitDone : kExitInput;
}

Result<int> list(const AssetsArguments& arguments) {
  METASPATIAL_TRY(const auto library, assets::AssetLibrary::open(arguments.library));
  std::string words;
  for (const std::string& word : arguments.words) words += word + ' ';
  METASPATIAL_TRY(const std::vector<assets::AssetInfo> found, library->search(words));
  std::string text;
  for (const assets::AssetInfo& info : found)
    text += arguments.json ? dump_json(info_json(info)) + "\n" : info_text(info);
  METASPATIAL_TRY_VOID(write_output("", text));
  return kExitDone;
}

/// A picture of the asset alone, in a room that is a little larger.
Result<std::string> picture(const std::shared_ptr<const assets::AssetLibrary>& library,
                            const assets::AssetInfo& info) {
  scene::SceneGraph graph;
  const double margin_m = 0.6 * info.size_m.maxCoeff();
  graph.size = {info.size_m.x() + margin_m, info.size_m.y() + margin_m, info.size_m.z() + margin_m};
  scene::SceneObject object;
  object.id = "asset_1";
  object.kind = info.kind.empty() ? "object" : info.kind;
  object.asset = info.name;
  object.size_m = info.size_m;
  graph.objects.push_back(object);
  scene::Layout layout;
  layout.poses.push_back({scene::Vec3(graph.size.length_m / 2, graph.size.width_m / 2, info.size_m.z() / 2),
                          scene::kPi});  // it looks south, at the viewer
  const render::RoomScene room(std::make_shared<render::Device>(library, assets::Detail::Full), graph,
                               layout);
  render::RenderOptions options;
  options.width_px = 768;
  options.height_px = 768;
  return render::png_bytes(render::render_preview(room, options));
}

Result<int> show(const AssetsArguments& arguments) {
  METASPATIAL_TRY(const auto library, assets::AssetLibrary::open(arguments.library));
  const assets::AssetInfo* info = library->info(arguments.name);
  if (info == nullptr)
    return fail(ErrorCode::NotFound, "has no asset '" + arguments.name + "'; assets list shows all",
                arguments.library);
  METASPATIAL_TRY_VOID(write_output(
      "", arguments.json
              ? dump_json(info_json(*info)) + "\n"
              : info_text(*info) +
                    fmt::format("  tags: {}\n  description: {}\n  license: {}\n  source: {}\n  notes: {}\n",
                                info->tags, info->description, info->license, info->source, info->notes)));
  if (arguments.out.empty()) return kExitDone;
  const std::string extension = std::filesystem::path(arguments.out).extension().string();
  if (extension != ".png" && extension != ".glb")
    return fail(ErrorCode::Usage, "'" + arguments.out + "' ends neither in .png nor in .glb", "--out");
  METASPATIAL_TRY(const auto model, library->load(info->name, assets::Detail::Full));
  METASPATIAL_TRY(const std::string bytes, extension == ".png"
                                               ? picture(library, *info)
                                               : assets::model_glb(*model, nullptr, info->name));
  METASPATIAL_TRY_VOID(write_file_atomic(arguments.out, bytes));
  return kExitDone;
}

}  // namespace

void add_assets_command(Program& program) {
  auto arguments = std::make_shared<AssetsArguments>();
  CLI::App* command = program.cli.add_subcommand("assets", "Libraries of models that stand for furniture");
  command->require_subcommand(1);
  const auto add = [&](const char* name, const char* description, const char* example,
                       Result<int> (*action)(const AssetsArguments&)) {
    CLI::App* part = command->add_subcommand(name, description);
    part->footer(std::string("Example:\n  ") + example);
    part->callback([&program, arguments, action] {
      program.action = [arguments, action] { return action(*arguments); };
    });
    part->add_option("--library", arguments->library, "the library's folder")->capture_default_str();
    part->add_flag("--json", arguments->json, "one JSON line per asset");
    return part;
  };
  CLI::App* in = add("import", "Read GLB and glTF files into a library",
                     "metaspatial assets import models/ --library library", import);
  in->add_option("from", arguments->from, "a .glb or .gltf file, or a folder of them")->required();
  in->add_option("--tag", arguments->tags, "a tag for every asset; may be repeated");
  CLI::App* all = add("list", "List the assets that have these words, the best first; all without words",
                      "metaspatial assets list leather sofa --library library", list);
  all->add_option("words", arguments->words, "words of names, kinds, tags, descriptions");
  CLI::App* one = add("show", "Say what is known of an asset, and draw or write it",
                      "metaspatial assets show red_sofa -o sofa.png --library library", show);
  one->add_option("name", arguments->name, "the asset's name")->required();
  one->add_option("-o,--out", arguments->out, "a .png or .glb file to write");
}

}  // namespace metaspatial::app
