#include "metaspatial/app/generate_command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "metaspatial/app/arguments.hpp"
#include "metaspatial/app/exit_code.hpp"
#include "metaspatial/app/room_files.hpp"
#include "metaspatial/reward/reward.hpp"

namespace metaspatial::app {

void GenerateArguments::add_to(CLI::App* command) {
  command->add_option("sentence", sentence, "what the room should be, in your own words")->required();
  command->add_option("--size", size, "length x width x height in metres")->capture_default_str();
  command
      ->add_option("-o,--out", out, "the glTF file to write; picture (.png) and scene (.json) go beside it")
      ->capture_default_str();
  command
      ->add_option("--view", view,
                   "the picture: corner, opposite, top, eye, several apart by commas, or sheet")
      ->capture_default_str();
  command->add_flag("--path", path, "trace paths of light for the picture: slower, better to look at");
  add_annotation_flags(command, annotations);
  assets.add_to(command);
  command->add_flag("--solver", solver, "let the solver place the objects, not a model");
  command->add_option("--model", model, "the model's directory [models/nano], or its name at the endpoint");
  command->add_option(
      "--endpoint", endpoint,
      "address of an OpenAI-compatible server (vLLM, llama-server, hosted) that has the model");
  command->add_option("--api-key-env", api_key_env, "the environment variable with the endpoint's key");
  command->add_option("--config", config, "YAML file whose section `policy` says how the model is asked");
  command->add_option("--samples", samples, "attempts, of which the checker keeps the best")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  command->add_option("--threads", threads, "for the model")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  command
      ->add_option("--turns", turns,
                   "how often each attempt of the model may look at its room and try again; none is 0")
      ->transform(CLI::Transformer(std::map<std::string, int>{{"none", 0}}))
      ->check(CLI::Range(0, 15))
      ->option_text("0..15 | none [none]");
  command->add_option("--seed", seed, "the same seed (and number of threads) gives the same room")
      ->capture_default_str();
  command->add_flag("-v,--verbose", verbose, "also print how long each stage took");
  command->add_flag("--json", json, "print what was made as one JSON line");
}

Result<scene::RoomDescription> GenerateArguments::description() const {
  METASPATIAL_TRY(const scene::RoomSize room, parse_size(size));
  METASPATIAL_TRY_VOID(parse_views(view));
  METASPATIAL_TRY_VOID(check_glb_path(out));
  METASPATIAL_TRY_VOID(assets.open());
  constexpr std::size_t longest = 20000;
  if (sentence.find_first_not_of(" \t\r\n") == std::string::npos)
    return invalid("the sentence is empty", "generate");
  if (sentence.size() > longest)
    return invalid(fmt::format("the sentence has {} bytes; at most {} are read", sentence.size(), longest),
                   "generate");
  return scene::RoomDescription{sentence, room};
}

Result<int> GenerateArguments::finish(const curate::FurnishedRoom& room, const Placement& placement,
                                      Stopwatch& watch) const {
  PictureOptions picture;
  METASPATIAL_TRY(picture.views, parse_views(view));
  choose_size(picture, 768, 1280);
  picture.annotations = annotations;
  picture.path = path;
  METASPATIAL_TRY(const auto library, assets.open());
  METASPATIAL_TRY(const RoomFiles files, write_room_files(out, room.graph, room.layout, picture, library));
  watch.lap("files");
  const std::string text =
      json ? dump_json(made_room_json(room.graph, room.notes, placement, files, watch.stages())) + "\n"
           : made_room_text(room.graph, room.notes, placement, files, verbose ? &watch.stages() : nullptr);
  METASPATIAL_TRY_VOID(write_output("", text));
  return kExitDone;
}

namespace {

/// A room of the solver, and how it was found.
struct SolvedRoom {
  curate::FurnishedRoom room;
  Placement placement;
};

/// The solver sees to it that nothing is physically wrong; of several rooms the one is kept that is also
/// easiest to use and in best order.
Result<SolvedRoom> best_of(const scene::RoomDescription& description, const GenerateArguments& arguments) {
  reward::RewardConfig config;
  config.alignment_weight = config.use_weight;
  std::optional<SolvedRoom> best;
  std::optional<Error> trouble;
  Placement placement;
  placement.by = "solver";
  placement.attempts = arguments.samples;
  placement.least_reward = 1e9;
  for (int k = 0; k < arguments.samples; ++k) {
    Rng rng{arguments.seed, static_cast<std::uint64_t>(k)};
    Result<curate::FurnishedRoom> room = curate::design_and_solve(description, rng);
    if (!room) {
      if (!trouble) trouble = room.error();
      continue;
    }
    const double reward = reward::score_layout(room->graph, room->layout, config).total;
    ++placement.answers;
    placement.least_reward = std::min(placement.least_reward, reward);
    if (best && reward <= placement.most_reward) continue;
    placement.most_reward = reward;
    placement.kept_attempt = k + 1;
    best = SolvedRoom{std::move(*room), {}};
  }
  if (!best) return tl::unexpected(*trouble);
  best->placement = placement;
  return std::move(*best);
}

}  // namespace

void add_generate_command(Program& program) {
  auto arguments = std::make_shared<GenerateArguments>();
  CLI::App* command =
      program.add("generate", kGenerateDescription, kGenerateExample, [arguments]() -> Result<int> {
        METASPATIAL_TRY(const scene::RoomDescription description, arguments->description());
        Stopwatch watch;
        METASPATIAL_TRY(const SolvedRoom made, best_of(description, *arguments));
        watch.lap("design and places");
        return arguments->finish(made.room, made.placement, watch);
      });
  arguments->add_to(command);
}

}  // namespace metaspatial::app
