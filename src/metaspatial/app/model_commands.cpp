#include "metaspatial/app/model_commands.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "metaspatial/app/arguments.hpp"
#include "metaspatial/app/exit_code.hpp"
#include "metaspatial/app/generate_command.hpp"
#include "metaspatial/app/processes.hpp"
#include "metaspatial/app/scoring_config.hpp"
#include "metaspatial/app/yaml_config.hpp"
#include "metaspatial/base/config.hpp"
#include "metaspatial/base/parallel.hpp"
#include "metaspatial/curate/designer.hpp"
#include "metaspatial/eval/policy_config.hpp"
#include "metaspatial/eval/remote_policy.hpp"
#include "metaspatial/eval/report.hpp"
#include "metaspatial/eval/rollout.hpp"
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

/// The model's folder as named, or, if there is none here, the same path in the source tree that the program
/// was built in: so that `generate` finds the shipped model from any folder.
std::string find_model(const std::string& path) {
  std::error_code error;
  if (std::filesystem::exists(path, error)) return path;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", error);
  const std::filesystem::path beside = program.parent_path() / "../../.." / path;
  return std::filesystem::exists(beside / "config.json", error) ? beside.lexically_normal().string() : path;
}

/// The section `policy` of a config file with the command line's words over it.
///
/// Errors   those of the file; Usage for a key without an endpoint.
Result<eval::PolicyConfig> policy_config(const std::string& file, const std::string& endpoint,
                                         const std::string& model, const std::string& api_key_env) {
  eval::PolicyConfig config;
  if (!file.empty()) {
    METASPATIAL_TRY(const Json json, read_config(file, {}));
    Json section = Json::object();
    for (const auto& [key, value] : json.items())
      if (key == "policy" || key.starts_with("policy.")) section[key] = value;
    ConfigReader reader(section, file);
    eval::read_policy_config(reader, config);
    METASPATIAL_TRY_VOID(reader.finish());
  }
  if (!endpoint.empty()) {
    config.endpoint = true;
    config.remote.client.base_url = endpoint;
  }
  if (!model.empty()) config.remote.client.model = model;
  if (!api_key_env.empty()) {
    if (!config.endpoint) return fail(ErrorCode::Usage, "expected --endpoint URL with it", "--api-key-env");
    config.remote.client.api_key_env = api_key_env;
  }
  return config;
}

/// Whoever places the objects, with what it borrows.
struct Furnisher {
  std::optional<vlm::Processor> processor;
  std::optional<vlm::Model> model;
  std::unique_ptr<eval::Policy> policy;
};

/// The best of several attempts, of a few turns each: the model looks at its own room and tries again, and
/// the checker says which answer of all was best. A single attempt is greedy, several are drawn by chance.
/// The layout takes the place of the room's own.
///
/// Errors   InvalidInput if no answer could be read.
Result<Placement> furnish(const GenerateArguments& arguments, curate::FurnishedRoom& furnished,
                          Stopwatch& watch) {
  METASPATIAL_TRY(const eval::PolicyConfig asked, policy_config(arguments.config, arguments.endpoint,
                                                                arguments.model, arguments.api_key_env));
  const std::string name =
      asked.remote.client.model.empty() && !asked.endpoint ? "models/nano" : asked.remote.client.model;
  const std::string model_path = asked.endpoint ? name : find_model(name);
  Furnisher furnisher;
  if (asked.endpoint) {
    METASPATIAL_TRY(furnisher.policy, eval::RemotePolicy::open(asked.remote, "policy."));
  } else {
    METASPATIAL_TRY(furnisher.processor, vlm::Processor::load(model_path));
    METASPATIAL_TRY(furnisher.model, vlm::Model::load(model_path, vlm::kForAnswering));
    furnisher.policy =
        std::make_unique<eval::LocalPolicy>(*furnisher.model, *furnisher.processor, arguments.threads);
  }
  watch.lap("model");
  env::EnvConfig env = eval::suited_env(asked, furnisher.processor ? &*furnisher.processor : nullptr);
  env.max_turns = 1 + arguments.turns;
  const auto room = env::make_room(std::make_shared<render::Device>(), furnished.graph, env);
  eval::PlayOptions options;
  // A group is one worker's work: the room stands there once for each of them.
  const int groups_wanted = std::min(arguments.threads, arguments.samples);
  const std::vector<std::shared_ptr<const env::Room>> rooms(static_cast<std::size_t>(groups_wanted), room);
  options.group_size = (arguments.samples + groups_wanted - 1) / groups_wanted;
  options.sampling.temperature = arguments.samples > 1 ? 0.7 : 0.0;
  options.sampling.max_new_tokens = eval::suited_max_tokens(asked, env);
  options.sampling.top_p = asked.top_p;
  options.sampling.top_k = asked.top_k;
  options.seed = arguments.seed;
  METASPATIAL_TRY(const auto groups, eval::play(*furnisher.policy, rooms, env, options));
  watch.lap("places");
  Placement placement;
  placement.by = name;
  placement.turns = env.max_turns;
  placement.least_reward = 1e9;
  const env::Turn* best = nullptr;
  std::string reason;
  for (const eval::RolloutGroup& group : groups) {
    for (const eval::Rollout& rollout : group.rollouts) {
      if (rollout.episode.turns().empty()) continue;  // no answer came: play() has said so
      ++placement.attempts;
      const auto& turns = rollout.episode.turns();
      for (std::size_t k = 0; k < turns.size(); ++k) {
        const env::Turn& turn = turns[k];
        ++placement.answers;
        placement.least_reward = std::min(placement.least_reward, turn.reward.total);
        if (!turn.layout) {
          ++placement.unreadable;
          reason = turn.parsed.reason;
          continue;
        }
        if (best != nullptr && turn.reward.total <= best->reward.total) continue;
        best = &turn;
        placement.most_reward = turn.reward.total;
        placement.kept_attempt = placement.attempts;
        placement.kept_turn = static_cast<int>(k) + 1;
        placement.turn_rewards.clear();
        for (const env::Turn& each : turns) placement.turn_rewards.push_back(each.reward.total);
      }
    }
  }
  if (best == nullptr) return invalid("the model's answer could not be read: " + reason, model_path);
  furnished.layout = *best->layout;
  return placement;
}

}  // namespace

void add_model_generate_command(Program& program) {
  auto arguments = std::make_shared<GenerateArguments>();
  arguments->add_to(
      program.add("generate", kGenerateDescription, kGenerateExample, [arguments]() -> Result<int> {
        METASPATIAL_TRY(const scene::RoomDescription description, arguments->description());
        Stopwatch watch;
        Rng rng{arguments->seed};
        // The solver's layout is proof that the room is possible; the model never sees it.
        METASPATIAL_TRY(curate::FurnishedRoom room, curate::design_and_solve(description, rng));
        watch.lap("design");
        set_thread_budget(arguments->threads);
        METASPATIAL_TRY(const Placement placement, furnish(*arguments, room, watch));
        return arguments->finish(room, placement, watch);
      }));
}

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
  auto processes = std::make_shared<int>(1);
  CLI::App* command = program.add(
      "train", "Train a model by multi-turn reinforcement learning; a killed run goes on from its checkpoint",
      "metaspatial train --config configs/demo.yaml trainer.max_steps=20 trainer.default_local_dir=runs/try",
      [arguments, processes]() -> Result<int> {
        METASPATIAL_TRY(const Json json, read_config(arguments->file, arguments->overrides));
        METASPATIAL_TRY(rl::TrainConfig config, rl::read_train_config(json, arguments->file));
        METASPATIAL_TRY(const rl::ProcessPlace place, rl::process_place());
        if (*processes > 1 && place.size == 1) return run_processes(*processes);
        set_thread_budget(config.threads);
        METASPATIAL_TRY_VOID(env::open_judge(config.env));
        METASPATIAL_TRY(rl::ProcessGroup group,
                        rl::ProcessGroup::open(place, std::chrono::seconds(config.process_timeout_s)));
        if (!group.first()) spdlog::set_level(spdlog::level::warn);
        // A GPU for each, unless it is said which; before CUDA is asked for.
        if (!group.alone() && config.device == "cuda")
          ::setenv("CUDA_VISIBLE_DEVICES", std::to_string(place.local_rank).c_str(), 0);
        METASPATIAL_TRY(const double seconds, rl::train(config, group));
        if (!group.first() || config.final_rooms == 0) return kExitDone;
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
  command
      ->add_option("--processes", *processes,
                   "how many processes of this machine share each step's rooms, each with trainer.threads; "
                   "torchrun and mpirun start them, too")
      ->check(CLI::Range(1, 1024));
}

void add_eval_command(Program& program) {
  auto config = std::make_shared<rl::EvaluateConfig>();
  auto output = std::make_shared<std::string>();
  auto scoring = std::make_shared<std::string>();
  auto model = std::make_shared<std::string>();
  auto endpoint = std::make_shared<std::string>();
  auto api_key_env = std::make_shared<std::string>();
  auto tables = std::make_shared<std::vector<std::string>>();
  auto max_tokens = std::make_shared<int>(0);
  CLI::App* command = program.add(
      "eval", "Evaluate a model on held-out rooms: single turn, several turns, ablations",
      "metaspatial eval --model models/nano --rooms 128 -o eval.json\n  "
      "metaspatial eval --endpoint http://127.0.0.1:8000/v1 --model Qwen/Qwen2.5-VL-7B-Instruct --rooms 16",
      [=]() -> Result<int> {
        set_thread_budget(config->threads);
        if (!scoring->empty()) {
          METASPATIAL_TRY(const env::EnvConfig env, read_scoring_config(*scoring));
          config->reward = env.reward;
          config->judge = env.judge_config;
        }
        METASPATIAL_TRY(config->policy, policy_config(*scoring, *endpoint, *model, *api_key_env));
        if (!config->policy.endpoint && !config->policy.remote.client.model.empty())
          config->model_path = config->policy.remote.client.model;
        if (*max_tokens > 0) config->policy.max_tokens = *max_tokens;
        config->tables.insert(tables->begin(), tables->end());
        // Every answer of an endpoint is paid for, in money or in time.
        if (tables->empty() && config->policy.endpoint) config->tables = {"none"};
        if (config->tables.contains("all")) config->tables.clear();
        METASPATIAL_TRY(const Json result, rl::evaluate_model(*config));
        METASPATIAL_TRY_VOID(write_output(*output, dump_json(result, 1) + "\n"));
        return kExitDone;
      });
  command->add_option("--model", *model,
                      "model directory in the Hugging Face form [models/nano], or its name at the endpoint");
  command->add_option(
      "--endpoint", *endpoint,
      "address of an OpenAI-compatible server (vLLM, llama-server, hosted) that has the model");
  command->add_option("--api-key-env", *api_key_env, "the environment variable with the endpoint's key");
  command->add_option("--max-tokens", *max_tokens, "of an answer; left out: as many as suit the prompts")
      ->check(CLI::Range(1, 65536));
  command
      ->add_option(
          "--tables", *tables,
          "beside the greedy one: sampled, sampled_turns, diversity, choice, turns, pictures, all or none; "
          "left out: all, and none for an endpoint")
      ->delimiter(',')
      ->check(CLI::IsMember(
          {"sampled", "sampled_turns", "diversity", "choice", "turns", "pictures", "all", "none"}));
  command->add_option("--descriptions", config->descriptions, "room descriptions to make rooms from");
  command->add_option("--rooms", config->rooms, "how many rooms")->check(CLI::Range(1, 100000));
  command->add_option("--turns", config->turns, "turns per episode")->check(CLI::Range(1, 16));
  command->add_option("--samples", config->samples, "answers per room whose diversity is measured")
      ->check(CLI::Range(2, 64));
  command->add_option("--seed", config->seed, "of the rooms");
  command->add_option("--threads", config->threads)->check(CLI::Range(1, 256));
  command->add_option(
      "--config", *scoring,
      "YAML file whose sections `reward`, `judge` and `policy` say what counts, who grades, and "
      "how the model is asked");
  command->add_option(
      "--answers", config->answers,
      "JSON lines of every greedy answer with its question, reward and faults; `score` reads them");
  command->add_option("-o,--output", *output, "JSON file; standard output if left out");
}

}  // namespace metaspatial::app
