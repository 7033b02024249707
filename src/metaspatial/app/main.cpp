#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string_view>
#include <system_error>

#include "metaspatial/app/assets_command.hpp"
#include "metaspatial/app/check_command.hpp"
#include "metaspatial/app/command.hpp"
#include "metaspatial/app/curate_command.hpp"
#include "metaspatial/app/export_command.hpp"
#include "metaspatial/app/generate_command.hpp"
#include "metaspatial/app/judge_command.hpp"
#include "metaspatial/app/render_command.hpp"
#include "metaspatial/app/score_command.hpp"

namespace metaspatial::app {
namespace {

/// Commands that need the model, and with it libtorch, which takes half a second to load: they run in a
/// program of their own, so that the others start at once.
struct ModelCommand {
  std::string_view name;
  std::string_view description;
};
constexpr std::array kModelCommands{
    ModelCommand{"pretrain", "Teach a model the form of an answer, supervised"},
    ModelCommand{"train", "Train a model by multi-turn reinforcement learning"},
    ModelCommand{"eval", "Evaluate a model on held-out rooms"},
    ModelCommand{"merge", "Merge a LoRA adapter into its model, or convert a model"},
};

bool needs_model(int argc, char** argv) {
  if (argc < 2) return false;
  const std::string_view command = argv[1];
  // A room is furnished by a model unless the solver is asked to; the help is the same for both.
  if (command == "generate") {
    return std::none_of(argv + 2, argv + argc, [](const std::string_view argument) {
      return argument == "--solver" || argument == "--help" || argument == "-h";
    });
  }
  return std::any_of(kModelCommands.begin(), kModelCommands.end(),
                     [&](const ModelCommand& model) { return model.name == command; });
}

/// Becomes metaspatial-model, which lies beside this program; returns only if that fails.
int run_model_program(char** argv) {
  std::error_code error;
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", error);
  const std::filesystem::path program = self.parent_path() / "metaspatial-model";
  execv(program.c_str(), argv);
  return report_error(
      {ErrorCode::Io, std::string("cannot be started: ") + std::strerror(errno), program.string()});
}

int run(int argc, char** argv) {
  if (needs_model(argc, argv)) return run_model_program(argv);
  Program program(
      "Furnishes 3D rooms from sentences, checks and scores layouts, and trains the models that make them.");
  program.cli.set_version_flag("--version", "metaspatial " METASPATIAL_VERSION);
  program.cli.footer("Example:\n  metaspatial check room.json\nmetaspatial COMMAND --help tells more.");
  add_check_command(program);
  add_score_command(program);
  add_judge_command(program);
  add_render_command(program);
  add_export_command(program);
  add_curate_command(program);
  add_generate_command(program);
  add_assets_command(program);
  for (const ModelCommand& model : kModelCommands)  // for the list of commands; they never get here
    program.cli.add_subcommand(std::string(model.name), std::string(model.description));
  return run_program(program, argc, argv);
}

}  // namespace
}  // namespace metaspatial::app

int main(int argc, char** argv) {
  return metaspatial::app::run(argc, argv);
}
