#include "metaspatial/rl/trainer.hpp"

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <memory>
#include <numeric>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "metaspatial/base/parallel.hpp"
#include "metaspatial/env/env_config.hpp"
#include "metaspatial/eval/evaluate.hpp"
#include "metaspatial/eval/remote_policy.hpp"
#include "metaspatial/eval/rollout.hpp"
#include "metaspatial/reward/reward_config.hpp"
#include "metaspatial/reward/stages.hpp"
#include "metaspatial/rl/checkpoint.hpp"
#include "metaspatial/rl/gradient_workers.hpp"
#include "metaspatial/rl/nano.hpp"
#include "metaspatial/rl/policy_update.hpp"
#include "metaspatial/rl/rollout_server.hpp"
#include "metaspatial/rl/run_log.hpp"
#include "metaspatial/rl/run_memory.hpp"
#include "metaspatial/vlm/device.hpp"

namespace metaspatial::rl {

namespace {

constexpr float kNotTold = std::numeric_limits<float>::quiet_NaN();

at::Tensor tensor_of(const std::vector<float>& values) {
  return at::from_blob(const_cast<float*>(values.data()), {static_cast<std::int64_t>(values.size())},
                       at::kFloat)
      .clone();
}

TrainingGroup make_training_group(const eval::RolloutGroup& group, const vlm::Processor& processor,
                                  const CreditConfig& credit) {
  TrainingGroup out;
  METASPATIAL_CHECK(group.question != nullptr, "a policy that is learned from has tokens");
  out.sequences.prefix = group.question->tokens;
  out.all_tokens = static_cast<double>(out.sequences.prefix.ids.size());
  for (const LearnedTurn& learned : assign_credit(group, processor, credit)) {
    const eval::TurnTokens& turn = group.rollouts[learned.rollout].turns[learned.turn];
    vlm::Sequence suffix = turn.prompt;
    const std::size_t read = suffix.ids.size();
    suffix.ids.insert(suffix.ids.end(), turn.generation.ids.begin(), turn.generation.ids.end());
    suffix.positions.insert(suffix.positions.end(), turn.generation.positions.begin(),
                            turn.generation.positions.end());
    std::vector<float> mask(suffix.ids.size(), 0.0F);
    std::vector<float> advantage(suffix.ids.size(), 0.0F);
    std::vector<float> old_log_prob(suffix.ids.size(), 0.0F);
    for (std::size_t k = 0; k < turn.generation.ids.size(); ++k) {
      mask[read + k] = 1.0F;
      advantage[read + k] = learned.advantages[k];
      old_log_prob[read + k] = k < turn.generation.log_probs.size() ? turn.generation.log_probs[k] : kNotTold;
    }
    out.answer_tokens += static_cast<double>(turn.generation.ids.size());
    out.all_tokens += static_cast<double>(suffix.ids.size());
    out.sequences.suffixes.push_back(std::move(suffix));
    out.mask.push_back(tensor_of(mask));
    out.advantage.push_back(tensor_of(advantage));
    out.old_log_prob.push_back(tensor_of(old_log_prob));
  }
  return out;
}

std::vector<double> token_costs(std::span<const MicroBatch> batches) {
  std::vector<double> costs;
  for (const MicroBatch& batch : batches) costs.push_back(static_cast<double>(batch.tokens));
  return costs;
}

/// Puts the learner's log-probs in place of those that a server told, or did not tell.
struct ServerGap {
  double gap = 0;     ///< sum of |log-prob here - log-prob there| over the tokens that were told
  double told = 0;    ///< tokens
  double tokens = 0;  ///< in all
  ServerGap& operator+=(const ServerGap& b) {
    gap += b.gap;
    told += b.told;
    tokens += b.tokens;
    return *this;
  }
};
ServerGap recompute_old_log_probs(const vlm::Model& learner, TrainingGroup& group, double temperature) {
  ServerGap out;
  const auto scores = learner.score({&group.sequences, 1}, temperature);
  for (std::size_t g = 0; g < group.mask.size(); ++g) {
    const at::Tensor here = scores[0][g].log_prob.to(at::kCPU, at::kFloat);
    const at::Tensor& there = group.old_log_prob[g];
    const at::Tensor told = (group.mask[g] > 0).logical_and(at::isfinite(there));
    out.gap += at::where(told, (here - there).abs(), at::zeros_like(here)).sum().item<double>();
    out.told += static_cast<double>(told.sum().item<std::int64_t>());
    group.old_log_prob[g] = here;
  }
  out.tokens = group.answer_tokens;
  return out;
}

/// Copies what learns from one model to another of the same sizes.
void copy_weights(const vlm::Model& from, const vlm::Model& to) {
  const auto source = from.trainable_parameters();
  const auto target = to.trainable_parameters();
  for (std::size_t i = 0; i < source.size(); ++i) target[i].tensor.detach().copy_(source[i].tensor.detach());
}

double learning_rate(const TrainConfig& config, int step) {
  if (step < config.warmup_steps)
    return config.learning_rate * static_cast<double>(step + 1) /
           static_cast<double>(config.warmup_steps + 1);
  const double progress = static_cast<double>(step) / static_cast<double>(std::max(1, config.total_steps));
  return config.learning_rate * (1.0 - (1.0 - config.final_lr_share) * progress);
}

/// What the rollouts of a step were like.
Json rollout_metrics(std::span<const eval::RolloutGroup> groups, int turns) {
  std::vector<double> rewards;
  double response_tokens = 0;
  double responses = 0;
  double unfinished = 0;
  for (const auto& group : groups) {
    for (const auto& rollout : group.rollouts) {
      for (std::size_t t = 0; t < rollout.turns.size(); ++t) {
        const reward::Reward& reward = rollout.episode.turns()[t].reward;
        if (reward.complete()) rewards.push_back(reward.total);
        response_tokens += static_cast<double>(rollout.turns[t].generation.ids.size());
        unfinished += rollout.turns[t].generation.finished ? 0 : 1;
        ++responses;
      }
    }
  }
  // Without any grade of the judge there is no reward to tell.
  const auto [low, high] = std::minmax_element(rewards.begin(), rewards.end());
  const double mean =
      std::accumulate(rewards.begin(), rewards.end(), 0.0) / static_cast<double>(rewards.size());
  const auto told = [&rewards](double value) { return rewards.empty() ? Json() : Json(value); };
  Json line{{"critic/score/mean", told(mean)},
            {"critic/score/min", rewards.empty() ? Json() : Json(*low)},
            {"critic/score/max", rewards.empty() ? Json() : Json(*high)},
            {"response_length/mean", response_tokens / responses},
            {"response_length/clip_ratio", unfinished / responses}};
  const auto by_turn = eval::metrics_by_turn(groups, turns);
  const Json first = eval::metrics_json(by_turn.front());
  line["reward/format"] = first["format"];
  for (const char* key : {"faulty_objects", "colliding_objects", "out_of_room", "broken_relations",
                          "opening_blocked", "collision_reference", "constraint_reference"})
    line[std::string("env/") + key] = first[key];
  for (int t = 0; t < turns; ++t) {
    const Json turn = eval::metrics_json(by_turn[static_cast<std::size_t>(t)]);
    line[fmt::format("env/reward_turn_{}", t + 1)] = turn["reward"];
  }
  return line;
}

/// The share of what was to be graded that the judge gave no grade for.
double judge_failed_share(std::span<const eval::RolloutGroup> groups) {
  double wanted = 0;
  double failed = 0;
  for (const auto& group : groups)
    for (const auto& rollout : group.rollouts)
      for (const env::Turn& turn : rollout.episode.turns()) {
        wanted += turn.reward.looks_state == reward::LooksState::NotWanted ? 0 : 1;
        failed += turn.reward.looks_state == reward::LooksState::Failed ? 1 : 0;
      }
  return wanted > 0 ? failed / wanted : 0.0;
}

/// Means over every answer of a step, unreadable ones included: what stages go by.
struct StageMeans {
  double format = 0;
  double physics = 0;
};
StageMeans stage_means(std::span<const eval::RolloutGroup> groups) {
  StageMeans means;
  double answers = 0;
  for (const auto& group : groups) {
    for (const auto& rollout : group.rollouts) {
      for (const env::Turn& turn : rollout.episode.turns()) {
        means.format += turn.reward.format;
        means.physics += turn.reward.physics;
        ++answers;
      }
    }
  }
  means.format /= answers;
  means.physics /= answers;
  return means;
}

/// The stages of a run, from its checkpoint if there is one.
Result<reward::Stages> open_stages(const reward::StageSchedule& schedule,
                                   const std::optional<FoundCheckpoint>& found) {
  reward::Stages stages(schedule);
  if (!schedule.enabled || !found) return stages;
  const std::string place = (found->directory / "state.json").string();
  if (!found->state.contains("stages")) {
    spdlog::warn("{}: this run had no stages so far; they begin here, with format", place);
    return stages;
  }
  auto restored = stages.restore(found->state["stages"]);
  if (!restored) return invalid("stages: " + restored.error().message, place);
  return stages;
}

}  // namespace

Result<TrainConfig> read_train_config(const Json& json, std::string_view where) {
  static constexpr std::array<std::string_view, 1> kEstimators{"grpo"};
  static constexpr std::array<std::string_view, 1> kKlTypes{"low_var_kl"};
  static constexpr std::array<std::string_view, 2> kDevices{"cpu", "cuda"};
  static constexpr std::array<std::string_view, 3> kTurnCredit{"trajectory", "improvement",
                                                               "improvement_over_keep"};
  TrainConfig config;
  static constexpr std::array<std::string_view, 2> kRollouts{"local", "endpoint"};
  std::string rollout = "local";
  std::string estimator = "grpo";
  std::string kl_type = "low_var_kl";
  std::string turn_credit = "trajectory";
  ConfigReader reader(json, where);
  reader.read("data.train_files", config.train_descriptions);
  reader.read("data.val_files", config.val_descriptions);
  reader.read("data.seed", config.seed);
  reader.read("data.rollout_batch_size", config.rooms_per_step, 1, 65536);
  reader.read("data.max_response_length", config.max_response_tokens, 1, 65536);
  reader.read("worker.rollout.n", config.rollouts_per_room, 1, 1024);
  reader.read("worker.rollout.temperature", config.temperature, 0.01, 10);
  reader.read("worker.rollout.name", rollout, kRollouts);
  reader.read("worker.rollout.sync_command", config.sync_command);
  reader.read("worker.rollout.lora_name", config.sync_lora_name);
  reader.read("worker.actor.model.model_path", config.model_path);
  METASPATIAL_TRY_VOID(read_trainable_config(reader, "worker.actor.model", where, config.trainable));
  bool checkpointing = true, otherwise = false;  // both keep their values where the key is absent
  reader.read("worker.actor.model.enable_gradient_checkpointing", checkpointing);
  reader.read("worker.actor.model.enable_gradient_checkpointing", otherwise);
  if (checkpointing == otherwise) config.gradient_checkpointing = checkpointing;
  reader.read("worker.actor.global_batch_size", config.rooms_per_update, 1, 65536);
  reader.read("worker.actor.ppo_epochs", config.ppo_epochs, 1, 64);
  reader.read("worker.actor.use_dynamic_bsz", config.use_dynamic_bsz);
  reader.read("worker.actor.ppo_max_token_len_per_gpu", config.max_token_len, 1, 100000000);
  reader.read("worker.actor.clip_ratio_low", config.clip_ratio_low, 0, 1);
  reader.read("worker.actor.clip_ratio_high", config.clip_ratio_high, 0, 10);
  reader.read("worker.actor.entropy_coeff", config.entropy_coeff, 0, 1);
  reader.read("worker.actor.max_grad_norm", config.optimizer.max_grad_norm, 0, 1e6);
  reader.read("worker.actor.optim.lr", config.learning_rate, 0, 1);
  reader.read("worker.actor.optim.lr_warmup_steps", config.warmup_steps, 0, 1000000);
  reader.read("worker.actor.optim.min_lr_ratio", config.final_lr_share, 0, 1);
  reader.read("worker.actor.optim.weight_decay", config.optimizer.weight_decay, 0, 1);
  reader.read("algorithm.adv_estimator", estimator, kEstimators);
  reader.read("algorithm.gamma", config.credit.gamma, 0, 1);
  reader.read("algorithm.norm_adv_by_std", config.credit.normalise_by_std);
  reader.read("algorithm.turn_credit", turn_credit, kTurnCredit);
  reader.read("algorithm.object_credit", config.credit.object_credit, 0, 10);
  reader.read("algorithm.object_credit_per_axis", config.credit.per_axis);
  reader.read("algorithm.object_credit_clip", config.credit.credit_clip, 0, 100);
  reader.read("algorithm.use_kl_loss", config.use_kl_loss);
  reader.read("algorithm.kl_penalty", kl_type, kKlTypes);
  reader.read("algorithm.kl_coef", config.kl_coef, 0, 10);
  reader.read("trainer.max_steps", config.total_steps, 1, 100000000);
  reader.read("trainer.save_freq", config.save_every, 1, 100000000);
  reader.read("trainer.save_limit", config.keep_checkpoints, 1, 1000);
  reader.read("trainer.val_freq", config.val_every, 0, 100000000);
  reader.read("trainer.val_rooms", config.val_rooms, 1, 100000);
  reader.read("trainer.final_rooms", config.final_rooms, 0, 100000);
  reader.read("trainer.threads", config.threads, 1, 256);
  reader.read("trainer.device", config.device);
  reader.read("worker.rollout.device", config.rollout_device, kDevices);
  reader.read("trainer.bf16", config.bf16);
  reader.read("trainer.default_local_dir", config.output);
  env::read_env_config(reader, config.env);
  reward::read_stage_schedule(reader, config.stages);
  eval::read_policy_config(reader, config.policy);
  METASPATIAL_TRY_VOID(reader.finish());
  if (config.rollout_device != "cpu" && config.device != config.rollout_device)
    return invalid("key 'worker.rollout.device': cuda needs trainer.device: cuda", std::string(where));
  config.rollout_endpoint = rollout == "endpoint";
  config.policy.endpoint = config.rollout_endpoint;
  const std::string place(where);
  if (config.rollout_endpoint && config.sync_command.empty() == config.sync_lora_name.empty())
    return invalid(
        "worker.rollout: expected sync_command, a command that makes the server serve the weights in folder "
        "$1, or lora_name, what the server calls the adapter",
        place);
  if (!config.sync_lora_name.empty() && config.trainable.lora_rank == 0)
    return invalid("worker.rollout.lora_name: needs worker.actor.model.lora_rank above 0", place);
  const eval::PolicyConfig& asked = config.policy;
  const bool asks_otherwise = asked.temperature != 1 || asked.top_p != 1 || asked.top_k != -1 ||
                              asked.max_tokens != 0 || !asked.remote.stop.empty() ||
                              asked.prompt_style != "auto" || asked.system_message != "auto" ||
                              asked.view != "auto" || asked.picture_px != 0 || asked.samples_per_pixel != 0;
  if (config.rollout_endpoint && asks_otherwise)
    return invalid(
        "policy: expected nothing but the endpoint; worker.rollout.temperature, data.max_response_length and "
        "env.* "
        "say how answers are asked for in training",
        place);
  if (config.rollout_endpoint && !config.policy.remote.client.cache.empty())
    return invalid("policy.cache: expected none; a reply that was kept is one of other weights", place);
  config.credit.over_keep = turn_credit == "improvement_over_keep";
  config.credit.improvement = turn_credit == "improvement" || config.credit.over_keep;
  return config;
}

Result<double> train(const TrainConfig& config) {
  const std::filesystem::path output = config.output;
  METASPATIAL_TRY(const at::Device compute, vlm::compute_device(config.device));
  const bool on_gpu = !compute.is_cpu();
  METASPATIAL_TRY(const eval::RoomSource source,
                  eval::RoomSource::open(config.train_descriptions, config.seed));
  METASPATIAL_TRY(const eval::RoomSource val_source, eval::RoomSource::open(config.val_descriptions, 7));
  METASPATIAL_TRY(const vlm::Processor processor, vlm::Processor::load(config.model_path));
  const auto device = std::make_shared<render::Device>();
  METASPATIAL_TRY(
      const eval::Question example,
      eval::encode_question(
          processor,
          env::Episode(env::make_room(device, source.room(0).graph, config.env), config.env).question()));
  METASPATIAL_TRY_VOID(check_run_memory(config, processor.config(), example.tokens, compute));
  METASPATIAL_TRY(auto found, find_checkpoint(output));
  const auto checkpoint = found ? std::optional(found->directory) : std::nullopt;
  METASPATIAL_TRY(vlm::Model loaded,
                  open_learner(config.trainable, config.model_path, checkpoint, config.seed));
  std::optional<vlm::Model> model(std::move(loaded));
  // What gradients are for; on a GPU a copy, whose weights come back to `model` after every step.
  std::optional<vlm::Model> on_device;
  if (on_gpu) {
    at::globalContext().setAllowTF32CuBLAS(config.bf16);
    on_device = model->to_device(compute);
  }
  vlm::Model& learner = on_gpu ? *on_device : *model;
  learner.use_bf16(config.bf16);
  learner.use_gradient_checkpointing(checkpoints_gradients(config, learner.config()));
  std::optional<vlm::Model> reference;
  if (config.use_kl_loss && learner.adapter()) {
    reference = learner.without_adapter();
  } else if (config.use_kl_loss) {
    METASPATIAL_TRY(vlm::Model start_model, vlm::Model::load(config.model_path));
    reference = on_gpu ? start_model.to_device(compute) : std::move(start_model);
    reference->use_bf16(config.bf16);
  }
  AdamW optimizer(learner.trainable_parameters(), config.optimizer);
  int first_step = 0;
  double train_seconds = 0;
  if (found) {
    first_step = static_cast<int>(found->step);
    train_seconds = found->state.value("train_seconds", 0.0);
    METASPATIAL_TRY_VOID(
        load_optimizer(found->directory, found->state.value("optimizer_steps", std::int64_t{0}), optimizer));
    spdlog::info("going on from {}", found->directory.string());
  }
  METASPATIAL_TRY(reward::Stages stages, open_stages(config.stages, found));
  METASPATIAL_TRY(RunLog log, RunLog::open(output, found ? first_step : -1));

  std::optional<vlm::Model> writer;  // of answers on a GPU; `model` is then brought up to date to be saved
  std::unique_ptr<eval::Policy> policy;
  std::optional<RolloutServer> server;
  if (config.rollout_endpoint) {
    eval::RemoteConfig remote = config.policy.remote;
    remote.client.keep_replies = false;
    METASPATIAL_TRY(auto opened, eval::RemotePolicy::open(remote, "policy.", &processor));
    server.emplace(WeightSync{config.sync_command, config.sync_lora_name}, output, &opened->client());
    policy = std::move(opened);
  } else {
    if (config.rollout_device != "cpu") writer = learner.to(compute, at::kBFloat16);
    policy =
        std::make_unique<eval::LocalPolicy>(writer ? *writer : *model, processor, config.threads,
                                            rollout_cache_bytes(config, processor.config(), example.tokens));
  }
  const auto fetch_weights = [&] {
    if (writer) copy_weights(learner, *model);
  };
  const auto save_for_server = [&](const std::filesystem::path& folder) -> Result<void> {
    if (!config.sync_lora_name.empty()) return model->save_adapter(folder);
    METASPATIAL_TRY_VOID(model->save(folder));
    return copy_model_files(config.model_path, folder);
  };
  GradientWorkers workers(learner, on_gpu ? 1 : config.threads);
  const eval::EvalRooms val_rooms =
      config.val_every > 0 ? eval::make_eval_rooms(
                                 eval::distinct_rooms(val_source, static_cast<std::size_t>(config.val_rooms)),
                                 device, config.env)
                           : eval::EvalRooms{};
  const auto validate = [&](int step) -> Result<void> {
    eval::PlayOptions options;
    options.sampling.temperature = 0;
    options.sampling.max_new_tokens = config.max_response_tokens;
    if (server) METASPATIAL_TRY_VOID(server->load(save_for_server, step));
    METASPATIAL_TRY(const auto groups, eval::play(*policy, val_rooms.rooms, config.env, options));
    const auto by_turn = eval::metrics_by_turn(groups, config.env.max_turns);
    const Json first = eval::metrics_json(by_turn.front());
    Json line{{"step", step}};
    for (const char* key :
         {"reward", "format", "faulty_objects", "colliding_objects", "out_of_room", "broken_relations",
          "opening_blocked", "collision_reference", "constraint_reference"})
      line[std::string("val/") + key] = first[key];
    line["val/reward_last_turn"] = eval::metrics_json(by_turn.back())["reward"];
    return log.write(line, Json{{"step", step}, {"seconds", train_seconds}});
  };
  if (config.val_every > 0 && first_step == 0) METASPATIAL_TRY_VOID(validate(0));

  for (int step = first_step; step < config.total_steps; ++step) {
    const auto begin = std::chrono::steady_clock::now();
    const auto n_rooms = static_cast<std::size_t>(config.rooms_per_step);
    std::vector<std::shared_ptr<const env::Room>> rooms(n_rooms);
    parallel_for(n_rooms, [&](std::size_t r) {
      const auto index = static_cast<std::uint64_t>(step) * n_rooms + r;
      rooms[r] = env::make_room(device, source.room(index).graph, config.env);
    });
    // Outlives the groups, whose episodes borrow it.
    env::EnvConfig env = config.env;
    env.reward = stages.staged(config.env.reward);
    CreditConfig credit = config.credit;
    const reward::Stage stage = stages.stage();
    if (stage == reward::Stage::Format) credit.object_credit = 0;  // it pays for physics
    eval::PlayOptions play;
    play.group_size = config.rollouts_per_room;
    play.sampling.temperature = config.temperature;
    play.sampling.max_new_tokens = config.max_response_tokens;
    play.seed = Rng{config.seed, static_cast<std::uint64_t>(step), 0x706c6179}.next();
    if (server) METASPATIAL_TRY_VOID(server->load(save_for_server, step));
    METASPATIAL_TRY(const auto groups, eval::play(*policy, rooms, env, play));
    const auto played = std::chrono::steady_clock::now();
    const StageMeans means = stage_means(groups);
    stages.observe(means.format, means.physics);

    std::vector<TrainingGroup> training;
    for (const auto& group : groups) training.push_back(make_training_group(group, processor, credit));
    std::vector<double> costs;
    std::vector<GroupTokens> lengths;
    for (const TrainingGroup& group : training) {
      costs.push_back(group.all_tokens);
      lengths.push_back(group_tokens(group));
    }
    ServerGap server_gap;
    if (server) {
      std::vector<ServerGap> of_group(training.size());
      workers.each(on_gpu ? std::vector<double>{1.0} : costs, [&](std::size_t i) {
        for (std::size_t t = on_gpu ? 0 : i; t < (on_gpu ? training.size() : i + 1); ++t)
          of_group[t] = recompute_old_log_probs(learner, training[t], config.temperature);
      });
      for (const ServerGap& gap_of_group : of_group) server_gap += gap_of_group;
    }
    if (config.use_kl_loss) {
      for (TrainingGroup& group : training) group.ref_log_prob.resize(group.mask.size());
      // A room at a time, unless a budget says how many.
      std::vector<MicroBatch> batches;
      if (config.use_dynamic_bsz)
        batches = micro_batches(lengths, config.max_token_len);
      else
        for (std::size_t i = 0; i < training.size(); ++i)
          batches.push_back({{{i, 0, training[i].mask.size()}}, static_cast<std::int64_t>(costs[i])});
      workers.each(token_costs(batches), [&](std::size_t i) {
        score_reference(*reference, training, batches[i], config.temperature);
      });
    }
    const double rate = learning_rate(config, step);
    LossParts parts;
    double gap = 0;
    double largest_gap = 0;
    double norms = 0;
    int updates = 0;
    for (int epoch = 0; epoch < config.ppo_epochs; ++epoch) {
      for (std::size_t from = 0; from < n_rooms; from += static_cast<std::size_t>(config.rooms_per_update)) {
        const std::size_t to = std::min(n_rooms, from + static_cast<std::size_t>(config.rooms_per_update));
        double tokens = 0;
        for (std::size_t i = from; i < to; ++i) tokens += training[i].answer_tokens;
        const std::span<const TrainingGroup> rooms_of_update(training.data() + from, to - from);
        // On a CPU a room at a time, on a GPU all at once, unless a budget says how many.
        std::vector<MicroBatch> batches;
        if (config.use_dynamic_bsz || on_gpu)
          batches = micro_batches(
              std::span(lengths).subspan(from, to - from),
              config.use_dynamic_bsz ? config.max_token_len : std::numeric_limits<std::int64_t>::max());
        else
          for (std::size_t i = 0; i < to - from; ++i)
            batches.push_back({{{i, 0, 0}}, static_cast<std::int64_t>(costs[from + i])});
        std::vector<LossParts> of_batch(batches.size());
        const auto gradients =
            workers.run(token_costs(batches), [&](const vlm::Model& replica, std::size_t i) {
              return config.use_dynamic_bsz || on_gpu
                         ? micro_batch_loss(replica, rooms_of_update, batches[i], config, tokens, of_batch[i])
                         : group_loss(replica, rooms_of_update[i], config, tokens, of_batch[i]);
            });
        LossParts sum;
        for (std::size_t i = 0; i < of_batch.size(); ++i) {
          const std::size_t room = from + batches[i].parts.front().group;
          const std::size_t others = batches[i].parts.size() - 1;
          if (!std::isfinite(of_batch[i].policy) || !std::isfinite(of_batch[i].kl))
            return invalid(fmt::format("step {}: the loss of room '{}'{} is not finite", step,
                                       groups[room].room->graph->room_name,
                                       others > 0 ? fmt::format(" or of {} in its micro-batch", others) : ""),
                           output.string());
          sum += of_batch[i];
        }
        const double norm = optimizer.step(gradients, rate);
        if (!std::isfinite(norm))
          return invalid(fmt::format("step {}: the gradient is not finite", step), output.string());
        if (updates == 0 && sum.tokens > 0) {
          gap = sum.gap / sum.tokens;
          largest_gap = sum.largest_gap;
        }
        parts += sum;
        norms += norm;
        ++updates;
      }
    }
    if (on_gpu) copy_weights(learner, writer ? *writer : *model);
    policy->weights_changed();
    const auto now = std::chrono::steady_clock::now();
    const double rollout_s = std::chrono::duration<double>(played - begin).count();
    const double step_s = std::chrono::duration<double>(now - begin).count();
    train_seconds += step_s;
    Json line{{"step", step + 1}};
    line.update(rollout_metrics(groups, config.env.max_turns));
    const double tokens = std::max(1.0, parts.tokens);
    line["actor/pg_loss"] = parts.policy / tokens;
    line["actor/kl_loss"] = parts.kl / tokens;
    line["actor/entropy_loss"] = parts.entropy / tokens;
    line["actor/pg_clipfrac"] = parts.clipped / tokens;
    line["actor/grad_norm"] = norms / std::max(1, updates);
    line["actor/lr"] = rate;
    line["actor/logprob_gap"] = gap;
    line["actor/logprob_gap_max"] = largest_gap;
    Json timing{{"step", step + 1},
                {"seconds", train_seconds},
                {"rollout_seconds", rollout_s},
                {"step_seconds", step_s},
                {"answer_tokens", tokens / config.ppo_epochs}};
    if (server) {
      const eval::AnswerCounts answers = eval::count_answers(groups);
      const auto asked = static_cast<double>(answers.answers + answers.missing);
      double rejected = 0;
      for (const auto& group : groups)
        for (const auto& rollout : group.rollouts)
          rejected += rollout.failure && rollout.failure->rejected ? 1 : 0;
      line["rollout/failed"] = (static_cast<double>(answers.missing) - rejected) / asked;
      line["rollout/rejected"] = rejected / asked;
      // Tokens whose log-probs the server told, which it does for the same tokens as ours only.
      line["rollout/told_tokens"] = server_gap.tokens > 0 ? server_gap.told / server_gap.tokens : 0.0;
      line["rollout/logprob_gap"] = server_gap.told > 0 ? Json(server_gap.gap / server_gap.told) : Json();
      const eval::PolicyUsage used = policy->usage();  // of this process
      timing["rollout_requests"] = used.requests;
      timing["rollout_tokens"] = used.prompt_tokens + used.completion_tokens;
      timing["rollout_cost"] = used.cost;
    }
    if (config.env.judge != nullptr) {
      line["judge/failed"] = judge_failed_share(groups);
      const judge::JudgeUsage used = config.env.judge->usage();  // of this process
      timing["judge_requests"] = used.requests;
      timing["judge_cache_hits"] = used.cache_hits;
      timing["judge_tokens"] = used.prompt_tokens + used.completion_tokens;
      timing["judge_cost"] = used.cost;
    }
    if (config.stages.enabled) {
      line["stages/stage"] = std::string(reward::name(stage));
      line["stages/format"] = means.format;
      line["stages/physics"] = means.physics;
    }
    METASPATIAL_TRY_VOID(log.write(line, timing));
    spdlog::info(
        "step {}/{}  reward {:.3f}  format {:.3f}  faulty {:.3f}  colliding {:.3f}  broken {:.3f}  kl {:.4f} "
        " "
        "{:.1f} s ({:.1f} rollout)  {:.0f} s left",
        step + 1, config.total_steps,
        line["critic/score/mean"].is_number() ? line["critic/score/mean"].get<double>() : 0.0,
        line["reward/format"].get<double>(), line["env/faulty_objects"].get<double>(),
        line["env/colliding_objects"].get<double>(), line["env/broken_relations"].get<double>(),
        line["actor/kl_loss"].get<double>(), step_s, rollout_s,
        train_seconds / (step + 1) * (config.total_steps - step - 1));
    if (stages.stage() != stage)
      spdlog::info("step {}: stage {} is done, {} begins", step + 1, reward::name(stage),
                   reward::name(stages.stage()));
    const bool last = step + 1 == config.total_steps;
    if (config.val_every > 0 && ((step + 1) % config.val_every == 0 || last))
      METASPATIAL_TRY_VOID(validate(step + 1));
    if ((step + 1) % config.save_every == 0 || last) {
      Json state{
          {"step", step + 1}, {"optimizer_steps", optimizer.steps()}, {"train_seconds", train_seconds}};
      if (config.stages.enabled) state["stages"] = stages.state();
      fetch_weights();
      METASPATIAL_TRY_VOID(save_checkpoint(output, step + 1, *model, optimizer, state, config.model_path,
                                           config.keep_checkpoints));
    }
  }
  METASPATIAL_TRY_VOID(save_trained(*model, output / "model", output / "adapter"));
  METASPATIAL_TRY_VOID(copy_model_files(config.model_path, output / "model"));
  return train_seconds;
}

}  // namespace metaspatial::rl
