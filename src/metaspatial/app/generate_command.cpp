#include "metaspatial/app/generate_command.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <memory>
#include <optional>
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
  command->add_flag("--solver", solver, "let the solver place the objects, not a model");
  command->add_option("--model", model, "the model's directory")->capture_default_str();
  command->add_option("--samples", samples, "attempts, of which the checker keeps the best")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  command->add_option("--threads", threads, "for the model")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  command->add_option("--turns", turns, "how often each attempt may look at its room and try again")
      ->check(CLI::Range(1, 16))
      ->capture_default_str();
  command->add_option("--seed", seed, "the same seed (and number of threads) gives the same room")
      ->capture_default_str();
  command->add_flag("--json", json, "print what was made as one JSON line");
}

Result<scene::RoomDescription> GenerateArguments::description() const {
  METASPATIAL_TRY(const scene::RoomSize room, parse_size(size));
  constexpr std::size_t longest = 20000;
  if (sentence.find_first_not_of(" \t\r\n") == std::string::npos)
    return invalid("the sentence is empty", "generate");
  if (sentence.size() > longest)
    return invalid(fmt::format("the sentence has {} bytes; at most {} are read", sentence.size(), longest),
                   "generate");
  return scene::RoomDescription{sentence, room};
}

Result<int> GenerateArguments::finish(const scene::SceneGraph& graph, const scene::Layout& layout,
                                      const curate::DesignNotes& notes) const {
  METASPATIAL_TRY(const RoomFiles files, write_room_files(out, graph, layout));
  METASPATIAL_TRY_VOID(write_output(
      "", json ? dump_json(room_files_json(files, notes)) + "\n" : room_files_text(files, notes)));
  return kExitDone;
}

namespace {

/// The solver sees to it that nothing is physically wrong; of several rooms the one is kept that is also
/// easiest to use and in best order.
Result<curate::FurnishedRoom> best_of(const scene::RoomDescription& description,
                                      const GenerateArguments& arguments) {
  reward::RewardConfig config;
  config.alignment_weight = config.use_weight;
  std::optional<Result<curate::FurnishedRoom>> best;
  double best_score = -1;
  for (int k = 0; k < arguments.samples; ++k) {
    Rng rng{arguments.seed, static_cast<std::uint64_t>(k)};
    Result<curate::FurnishedRoom> room = curate::design_and_solve(description, rng);
    const double score = room ? reward::score_layout(room->graph, room->layout, config).total : -1;
    if (best && score <= best_score) continue;
    best_score = score;
    best = std::move(room);
  }
  return *best;
}

}  // namespace

void add_generate_command(Program& program) {
  auto arguments = std::make_shared<GenerateArguments>();
  CLI::App* command =
      program.add("generate", kGenerateDescription, kGenerateExample, [arguments]() -> Result<int> {
        METASPATIAL_TRY(const scene::RoomDescription description, arguments->description());
        METASPATIAL_TRY(const curate::FurnishedRoom room, best_of(description, *arguments));
        return arguments->finish(room.graph, room.layout, room.notes);
      });
  arguments->add_to(command);
}

}  // namespace metaspatial::app
