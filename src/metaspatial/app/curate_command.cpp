#include "metaspatial/app/curate_command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "metaspatial/app/arguments.hpp"
#include "metaspatial/app/exit_code.hpp"
#include "metaspatial/base/files.hpp"
#include "metaspatial/base/json.hpp"
#include "metaspatial/base/parallel.hpp"
#include "metaspatial/base/progress.hpp"
#include "metaspatial/base/rng.hpp"
#include "metaspatial/curate/designer.hpp"
#include "metaspatial/curate/solver.hpp"
#include "metaspatial/render/png.hpp"
#include "metaspatial/render/render.hpp"
#include "metaspatial/render/room_scene.hpp"
#include "metaspatial/scene/io.hpp"

namespace metaspatial::app {
namespace {

render::RenderOptions plan_picture() {
  render::RenderOptions options;
  options.view = render::View::Top;
  options.width_px = options.height_px = 224;
  return options;
}

struct CurateArguments {
  std::string descriptions;
  std::string out = "rooms";
  std::size_t limit = 0;
  std::uint64_t seed = 1;
  bool no_images = false;
  bool json = false;
  int threads = 0;
  render::RenderOptions picture = plan_picture();
};

/// What became of one description.
struct Row {
  std::string room;
  std::string layout;
  std::string skipped;
  std::optional<Error> trouble;  ///< of the disk; stops the command
};

Json strings(const std::vector<std::string>& list) {
  Json array = Json::array();
  for (const std::string& text : list) array.push_back(text);
  return array;
}

Row curate_one(std::size_t index, const Result<scene::RoomDescription>& entry,
               const CurateArguments& arguments, const std::shared_ptr<render::Device>& device) {
  Row row;
  const auto skip = [&](const Error& error) {
    Json line;
    line["index"] = index;
    line["reason"] = error.message;
    if (entry) line["description"] = entry->description;
    row.skipped = dump_json(line);
  };
  if (!entry) {
    skip(entry.error());
    return row;
  }
  Rng rng({arguments.seed, index});
  auto designed = curate::design_and_solve(*entry, rng);
  if (!designed) {
    skip(designed.error());
    return row;
  }
  // The layout that comes with the design proves the room possible; a second one, found from the question
  // alone, is what a reader of the question can be asked for.
  scene::Layout layout = std::move(designed->layout);
  if (auto solved = curate::solve(designed->graph, rng)) layout = *std::move(solved);

  const std::string id = fmt::format("room_{:06}", index);
  Json room;
  room["id"] = id;
  room.update(scene::room_row_json(designed->graph));
  if (!arguments.no_images) {
    const std::string image = fmt::format("images/{}.png", id);
    room["image"] = image;
    scene::SceneGraph shell = designed->graph;
    // A plan of the empty room does not depend on the furniture; the other views choose their corner by it.
    if (arguments.picture.view == render::View::Top) shell.objects.clear();
    const render::RoomScene empty(device, std::move(shell), std::nullopt);
    const auto written = render::write_png(std::filesystem::path(arguments.out) / image,
                                           render::render_preview(empty, arguments.picture));
    if (!written) {
      row.trouble = written.error();
      return row;
    }
  }
  Json notes;
  notes["description"] = index;
  notes["room_kind"] = designed->notes.room_kind;
  notes["named"] = strings(designed->notes.named);
  notes["not_understood"] = strings(designed->notes.not_understood);
  notes["dropped"] = strings(designed->notes.dropped);
  notes["signature"] = fmt::format("{:016x}", curate::signature(designed->graph));
  room["notes"] = std::move(notes);
  row.room = dump_json(room);
  Json line;
  line["id"] = id;
  line["layout"] = scene::layout_json(designed->graph, layout);
  row.layout = dump_json(line);
  return row;
}

Result<int> run(const CurateArguments& arguments) {
  if (arguments.threads > 0) set_thread_budget(arguments.threads);
  METASPATIAL_TRY(const std::string text, read_input(arguments.descriptions));
  METASPATIAL_TRY(const scene::DescriptionFile file, scene::read_descriptions(text, arguments.descriptions));
  const std::size_t count =
      arguments.limit == 0 ? file.entries.size() : std::min(arguments.limit, file.entries.size());
  const auto device = arguments.no_images ? nullptr : std::make_shared<render::Device>();
  const auto start = std::chrono::steady_clock::now();
  std::vector<Row> rows(count);
  {
    Progress progress("curate", count);
    constexpr std::size_t kChunk = 64;
    for (std::size_t first = 0; first < count; first += kChunk) {
      const std::size_t n = std::min(kChunk, count - first);
      parallel_for(n, [&](std::size_t k) {
        rows[first + k] = curate_one(first + k, file.entries[first + k], arguments, device);
      });
      for (std::size_t k = 0; k < n; ++k)
        if (rows[first + k].trouble) return tl::unexpected<Error>(*rows[first + k].trouble);
      progress.update(first + n);
    }
  }
  std::string rooms;
  std::string layouts;
  std::string skipped;
  std::size_t made = 0;
  for (const Row& row : rows) {
    if (row.room.empty()) {
      skipped += row.skipped + "\n";
      continue;
    }
    ++made;
    rooms += row.room + "\n";
    layouts += row.layout + "\n";
  }
  const std::filesystem::path out(arguments.out);
  METASPATIAL_TRY_VOID(write_file_atomic(out / "layouts.jsonl", layouts));
  METASPATIAL_TRY_VOID(write_file_atomic(out / "skipped.jsonl", skipped));
  METASPATIAL_TRY_VOID(write_file_atomic(out / "rooms.jsonl", rooms));
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  if (arguments.json) {
    Json summary;
    summary["descriptions"] = count;
    summary["rooms"] = made;
    summary["skipped"] = count - made;
    summary["seconds"] = std::round(seconds * 1000) / 1000;
    summary["out"] = arguments.out;
    fmt::print("{}\n", dump_json(summary));
  } else {
    fmt::print("{} of {} descriptions became rooms in {:.1f} s; {} skipped, with reasons in {}\n", made,
               count, seconds, count - made, (out / "skipped.jsonl").string());
  }
  return kExitDone;
}

}  // namespace

void add_curate_command(Program& program) {
  auto arguments = std::make_shared<CurateArguments>();
  CLI::App* command =
      program.add("curate", "Make a data set of rooms from descriptions",
                  "metaspatial curate --descriptions data/descriptions/train.json --out rooms --limit 100",
                  [arguments] { return run(*arguments); });
  command
      ->add_option("--descriptions,descriptions", arguments->descriptions,
                   "a JSON array of {\"description\", \"size\": {\"x\", \"y\", \"z\"}}; - for standard input")
      ->required();
  command
      ->add_option("-o,--out", arguments->out,
                   "the folder to write rooms.jsonl, layouts.jsonl, skipped.jsonl into")
      ->capture_default_str();
  command->add_option("--limit", arguments->limit, "use the first N descriptions only; 0 for all")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber);
  command->add_option("--seed", arguments->seed, "same seed, same bytes")->capture_default_str();
  command->add_flag("--no-images", arguments->no_images, "do not draw the empty rooms");
  static const std::map<std::string, render::View> views{
      {"corner", render::View::Corner}, {"top", render::View::Top}, {"eye", render::View::Eye}};
  command->add_option("--view", arguments->picture.view, "of the empty room")
      ->transform(CLI::Transformer(views))
      ->option_text("corner | top | eye [top]");
  command->add_option("--image-size", arguments->picture.width_px, "pixels on a side")
      ->capture_default_str()
      ->check(CLI::Range(8, 4096))
      ->each([arguments](const std::string& text) { arguments->picture.height_px = std::stoi(text); });
  command->add_option("--threads", arguments->threads, "0 for all cores")->capture_default_str();
  command->add_flag("--json", arguments->json, "print the summary as JSON");
}

}  // namespace metaspatial::app
