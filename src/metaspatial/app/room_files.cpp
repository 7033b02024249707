#include "metaspatial/app/room_files.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <set>
#include <string_view>

#include "metaspatial/app/assets_option.hpp"
#include "metaspatial/app/export_files.hpp"
#include "metaspatial/assets/gltf.hpp"
#include "metaspatial/base/files.hpp"
#include "metaspatial/base/parallel.hpp"
#include "metaspatial/physics/relations.hpp"
#include "metaspatial/physics/rules.hpp"
#include "metaspatial/render/png.hpp"
#include "metaspatial/render/room_scene.hpp"
#include "metaspatial/scene/io.hpp"

namespace metaspatial::app {
namespace {

using scene::format_number;

std::string spaced(std::string words) {
  std::replace(words.begin(), words.end(), '_', ' ');
  return words;
}

/// Kinds with how often each is there: "2 x bookshelf, armchair".
std::string counted(const std::vector<std::string>& kinds) {
  std::vector<std::pair<std::string, int>> counts;
  for (const std::string& kind : kinds) {
    const auto same = [&](const auto& count) { return count.first == kind; };
    const auto at = std::find_if(counts.begin(), counts.end(), same);
    if (at == counts.end())
      counts.emplace_back(kind, 1);
    else
      ++at->second;
  }
  std::vector<std::string> words;
  for (const auto& [kind, n] : counts)
    words.push_back(n == 1 ? spaced(kind) : fmt::format("{} x {}", n, spaced(kind)));
  return fmt::format("{}", fmt::join(words, ", "));
}

bool is_named(const curate::DesignNotes& notes, const scene::SceneObject& object) {
  return std::find(notes.named.begin(), notes.named.end(), object.kind) != notes.named.end();
}

/// Where the question puts an object, all its relations.
std::vector<std::string> places_of(const scene::SceneGraph& graph, const scene::SceneObject& object) {
  std::vector<std::string> places;
  for (const scene::Relation& relation : object.relations)
    places.push_back(physics::place_phrase(graph, relation));
  return places;
}

std::string article(std::string_view noun) {
  const bool vowel = !noun.empty() && std::string_view("aeiou").find(noun[0]) != std::string_view::npos;
  return vowel ? "an" : "a";
}

std::string size_text(const scene::Vec3& size_m) {
  return fmt::format("{} x {} x {}", format_number(size_m.x()), format_number(size_m.y()),
                     format_number(size_m.z()));
}

std::string objects_text(const scene::SceneGraph& graph, const curate::DesignNotes& notes) {
  std::vector<std::array<std::string, 4>> rows;
  const std::string usual = fmt::format("usual in {} {}", article(notes.room_kind), spaced(notes.room_kind));
  for (const scene::SceneObject& object : graph.objects)
    rows.push_back({object.id, size_text(object.size_m), is_named(notes, object) ? "in your words" : usual,
                    fmt::format("{}", fmt::join(places_of(graph, object), ", "))});
  std::size_t widths[3] = {};
  for (const auto& row : rows)
    for (std::size_t k = 0; k < 3; ++k) widths[k] = std::max(widths[k], row[k].size());
  std::string text;
  for (const auto& row : rows)
    text += fmt::format("  {:<{}}  {:<{}}  {:<{}}  {}\n", row[0], widths[0], row[1], widths[1], row[2],
                        widths[2], row[3]);
  return text;
}

std::string openings_text(const scene::SceneGraph& graph) {
  std::string text;
  for (const scene::Opening& opening : graph.openings)
    text += fmt::format("{}{} in the {}", text.empty() ? "  " : ", ", opening.id, scene::name(opening.wall));
  return text.empty() ? text : text + "\n";
}

std::string count_text(std::size_t n, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", n, n == 1 ? one : many);
}

std::string placement_text(const Placement& placement) {
  const auto many = [](int n) { return static_cast<std::size_t>(n); };
  std::string text;
  if (placement.turns == 0) {
    text = fmt::format("placed by the {}: {}, ", placement.by,
                       count_text(many(placement.attempts), "layout", "layouts"));
    if (placement.attempts == 1) return text + fmt::format("reward {:.2f}\n", placement.most_reward);
    return text + fmt::format("rewards {:.2f} to {:.2f}; kept the best, number {}\n", placement.least_reward,
                              placement.most_reward, placement.kept_attempt);
  }
  text = fmt::format("placed by {}: {}", placement.by,
                     count_text(many(placement.attempts), "attempt", "attempts"));
  if (placement.turns > 1) text += fmt::format(" of up to {} turns", placement.turns);
  if (placement.answers != placement.attempts) text += fmt::format(", {} answers", placement.answers);
  if (placement.unreadable > 0) text += fmt::format(", {} unreadable", placement.unreadable);
  if (placement.answers == 1) return text + fmt::format(", reward {:.2f}\n", placement.most_reward);
  text += fmt::format(", rewards {:.2f} to {:.2f}\n", placement.least_reward, placement.most_reward);
  std::vector<std::string> turns;
  for (std::size_t k = 0; k < placement.turn_rewards.size(); ++k)
    turns.push_back(fmt::format("{}{:.2f}", static_cast<int>(k) + 1 == placement.kept_turn ? "kept " : "",
                                placement.turn_rewards[k]));
  return text +
         fmt::format("  attempt {}, turn by turn: {}\n", placement.kept_attempt, fmt::join(turns, ", "));
}

}  // namespace

Result<void> check_glb_path(const std::filesystem::path& glb) {
  if (glb.extension() == ".glb") return {};
  return fail(ErrorCode::Usage, "'" + glb.string() + "' does not end in .glb", "--out");
}

Result<RoomFiles> write_room_files(const std::filesystem::path& glb, const scene::SceneGraph& designed,
                                   const scene::Layout& layout, const PictureOptions& picture,
                                   const std::shared_ptr<const assets::AssetLibrary>& library) {
  METASPATIAL_TRY_VOID(check_glb_path(glb));
  scene::SceneGraph graph = designed;
  const assets::Detail detail = picture.path ? assets::Detail::Full : assets::Detail::Preview;
  METASPATIAL_TRY_VOID(name_assets(library.get(), graph, detail));
  RoomFiles files;
  files.glb = glb;
  files.picture = std::filesystem::path(glb).replace_extension(".png");
  files.scene = std::filesystem::path(glb).replace_extension(".json");
  std::set<int> faulty;
  for (const physics::Fault& fault : physics::check(graph, layout).faults) {
    files.faults.push_back(physics::describe(graph, fault));
    faulty.insert(fault.object);
    if (fault.kind == physics::FaultKind::Overlap) faulty.insert(fault.other);
  }
  files.faulty_objects = faulty.size();

  const render::RoomScene room(std::make_shared<render::Device>(library, detail), graph, layout);
  assets::ExportOptions with_cameras;
  with_cameras.model_of = models_of(library);
  with_cameras.cameras = picture_cameras(room, view_options(picture).front().width_px);
  Result<std::string> glb_bytes;
  std::string picture_bytes;
  parallel_for(2, [&](std::size_t part) {
    if (part == 0)
      glb_bytes = assets::room_glb(graph, layout, with_cameras);
    else
      picture_bytes = render::png_bytes(make_picture(room, picture));
  });
  if (!glb_bytes) return tl::unexpected(glb_bytes.error());
  const std::string scene_bytes = dump_json(scene::room_row_json(graph, &layout), 1) + "\n";

  METASPATIAL_TRY_VOID(write_file_atomic(files.glb, *glb_bytes));
  METASPATIAL_TRY_VOID(write_file_atomic(files.picture, picture_bytes));
  METASPATIAL_TRY_VOID(write_file_atomic(files.scene, scene_bytes));
  return files;
}

std::string made_room_text(const scene::SceneGraph& graph, const curate::DesignNotes& notes,
                           const Placement& placement, const RoomFiles& files, const Stages* stages) {
  std::string text =
      fmt::format("{}, {} x {} x {} m, {}:\n", spaced(notes.room_kind), format_number(graph.size.length_m),
                  format_number(graph.size.width_m), format_number(graph.size.height_m),
                  count_text(graph.objects.size(), "object", "objects"));
  text += objects_text(graph, notes) + openings_text(graph);
  if (!notes.room_named)
    text += fmt::format("your words name no kind of room{}: taken for {} {}\n",
                        notes.named.empty() ? " and nothing that belongs in one" : "",
                        article(notes.room_kind), spaced(notes.room_kind));
  if (!notes.dropped.empty()) text += fmt::format("no place found for: {}\n", counted(notes.dropped));
  if (!notes.not_understood.empty())
    text += fmt::format("not understood: {}\n", fmt::join(notes.not_understood, ", "));
  text += placement_text(placement);
  if (files.faults.empty()) {
    text += "no faults\n";
  } else {
    text += fmt::format("{} in {} of {} objects:\n", count_text(files.faults.size(), "fault", "faults"),
                        files.faulty_objects, graph.objects.size());
    for (const std::string& fault : files.faults) text += "  " + fault + "\n";
  }
  text += fmt::format("model:   {}\npicture: {}\nscene:   {}\n", files.glb.string(), files.picture.string(),
                      files.scene.string());
  if (stages != nullptr) {
    double total = 0;
    std::vector<std::string> words;
    for (const auto& [name, seconds] : *stages) {
      total += seconds;
      words.push_back(fmt::format("{} {:.2f}", name, seconds));
    }
    text += fmt::format("seconds: {:.2f} ({})\n", total, fmt::join(words, ", "));
  }
  return text;
}

Json made_room_json(const scene::SceneGraph& graph, const curate::DesignNotes& notes,
                    const Placement& placement, const RoomFiles& files, const Stages& stages) {
  Json design = Json::array();
  for (const scene::SceneObject& object : graph.objects)
    design.push_back(Json{{"id", object.id},
                          {"kind", object.kind},
                          {"named", is_named(notes, object)},
                          {"places", places_of(graph, object)}});
  Json placed{{"by", placement.by},
              {"attempts", placement.attempts},
              {"answers", placement.answers},
              {"unreadable", placement.unreadable},
              {"least_reward", placement.least_reward},
              {"reward", placement.most_reward},
              {"kept_attempt", placement.kept_attempt}};
  if (placement.turns > 0) {
    placed["turns"] = placement.turns;
    placed["kept_turn"] = placement.kept_turn;
    placed["turn_rewards"] = placement.turn_rewards;
  }
  Json seconds = Json::object();
  for (const auto& [name, value] : stages) seconds[name] = value;
  return Json{{"glb", files.glb.string()},     {"picture", files.picture.string()},
              {"scene", files.scene.string()}, {"objects", graph.objects.size()},
              {"faults", files.faults},        {"faulty_objects", files.faulty_objects},
              {"room_kind", notes.room_kind},  {"room_named", notes.room_named},
              {"design", std::move(design)},   {"not_understood", notes.not_understood},
              {"dropped", notes.dropped},      {"placement", std::move(placed)},
              {"seconds", std::move(seconds)}};
}

}  // namespace metaspatial::app
