#include "metaspatial/app/model_commands.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "metaspatial/app/arguments.hpp"
#include "metaspatial/app/exit_code.hpp"
#include "metaspatial/app/yaml_config.hpp"
#include "metaspatial/base/parallel.hpp"
#include "metaspatial/eval/report.hpp"
#include "metaspatial/rl/pretrain.hpp"
#include "metaspatial/rl/results.hpp"
#include "metaspatial/rl/trainer.hpp"

namespace metaspatial::app {

namespace {

/// --config FILE and any number of key.key=value.
struct ConfigArguments {
  std::string file;
  std::vector<std::string> overrides;
  bool json = false;

  void add_to(CLI::App* command) {
    command->add_option("--config", file, "YAML file; every key has a default");
    command->add_option("overrides", overrides, "key.key=value, applied after the file");
    command->add_flag("--json", json, "print the result as JSON");
  }
};

}  // namespace

void add_pretrain_command(Program& program) {
  auto arguments = std::make_shared<ConfigArguments>();
  CLI::App* command = program.add(
      "pretrain", "Teach a model the form of an answer, supervised, on layouts made on the fly",
      "metaspatial pretrain --config configs/pretrain_nano_base.yaml trainer.total_steps=100",
      [arguments]() -> Result<int> {
        METASPATIAL_TRY(const Json json, read_config(arguments->file, arguments->overrides));
        METASPATIAL_TRY(const rl::PretrainConfig config, rl::read_pretrain_config(json, arguments->file));
        set_thread_budget(config.threads);
        METASPATIAL_TRY_VOID(rl::pretrain(config));
        fmt::print("model: {}\n", config.output);
        return kExitDone;
      });
  arguments->add_to(command);
}

void add_train_command(Program& program) {
  auto arguments = std::make_shared<ConfigArguments>();
  CLI::App* command = program.add(
      "train", "Train a model by multi-turn reinforcement learning; a killed run goes on from its checkpoint",
      "metaspatial train --config configs/demo.yaml trainer.max_steps=20 trainer.default_local_dir=runs/try",
      [arguments]() -> Result<int> {
        METASPATIAL_TRY(const Json json, read_config(arguments->file, arguments->overrides));
        METASPATIAL_TRY(const rl::TrainConfig config, rl::read_train_config(json, arguments->file));
        set_thread_budget(config.threads);
        METASPATIAL_TRY(const double seconds, rl::train(config));
        if (config.final_rooms == 0) return kExitDone;
        METASPATIAL_TRY(const Json summary, rl::write_results(config, seconds));
        if (arguments->json) {
          fmt::print("{}\n", dump_json(summary));
        } else {
          fmt::print("{}\nmodel:   {}/model\nreport:  {}/report.html\n", eval::summary_table(summary),
                     config.output, config.output);
        }
        return kExitDone;
      });
  arguments->add_to(command);
}

void add_eval_command(Program& program) {
  auto config = std::make_shared<rl::EvaluateConfig>();
  auto output = std::make_shared<std::string>();
  CLI::App* command = program.add(
      "eval", "Evaluate a model on held-out rooms: single turn, several turns, ablations",
      "metaspatial eval --model models/nano --rooms 128 -o eval.json", [config, output]() -> Result<int> {
        set_thread_budget(config->threads);
        METASPATIAL_TRY(const Json result, rl::evaluate_model(*config));
        METASPATIAL_TRY_VOID(write_output(*output, dump_json(result, 1) + "\n"));
        return kExitDone;
      });
  command->add_option("--model", config->model_path, "model directory in the Hugging Face form");
  command->add_option("--descriptions", config->descriptions, "room descriptions to make rooms from");
  command->add_option("--rooms", config->rooms, "how many rooms")->check(CLI::Range(1, 100000));
  command->add_option("--turns", config->turns, "turns per episode")->check(CLI::Range(1, 16));
  command->add_option("--seed", config->seed, "of the rooms");
  command->add_option("--threads", config->threads)->check(CLI::Range(1, 256));
  command->add_option("-o,--output", *output, "JSON file; standard output if left out");
}

}  // namespace metaspatial::app
