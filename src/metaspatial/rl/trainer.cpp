#include "metaspatial/rl/trainer.hpp"

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "metaspatial/base/parallel.hpp"
#include "metaspatial/env/env_config.hpp"
#include "metaspatial/eval/evaluate.hpp"
#include "metaspatial/eval/rollout.hpp"
#include "metaspatial/reward/reward_config.hpp"
#include "metaspatial/reward/stages.hpp"
#include "metaspatial/rl/checkpoint.hpp"
#include "metaspatial/rl/gradient_workers.hpp"
#include "metaspatial/rl/losses.hpp"
#include "metaspatial/rl/nano.hpp"
#include "metaspatial/rl/run_log.hpp"
#include "metaspatial/vlm/device.hpp"

namespace metaspatial::rl {

namespace {

/// What one room contributes to an update: one suffix per turn of every rollout.
///
/// Shape    the vectors of suffix g have one entry per token of that suffix; the mask is 1 on what the model
/// wrote.
struct TrainingGroup {
  vlm::SequenceGroup sequences;
  std::vector<at::Tensor> mask;
  std::vector<at::Tensor> advantage;
  std::vector<at::Tensor> old_log_prob;
  std::vector<at::Tensor> ref_log_prob;  ///< empty without a KL term
  double answer_tokens = 0;
  double all_tokens = 0;
};

at::Tensor tensor_of(const std::vector<float>& values) {
  return at::from_blob(const_cast<float*>(values.data()), {static_cast<std::int64_t>(values.size())},
                       at::kFloat)
      .clone();
}

TrainingGroup make_training_group(const eval::RolloutGroup& group, const vlm::Processor& processor,
                                  const CreditConfig& credit) {
  TrainingGroup out;
  out.sequences.prefix = group.question.tokens;
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
      old_log_prob[read + k] = turn.generation.log_probs[k];
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

/// Sums over answer tokens, for the log.
struct LossParts {
  double policy = 0;
  double kl = 0;
  double entropy = 0;
  double clipped = 0;
  double gap = 0;  ///< |log-prob of training - log-prob of generation|, before the first update of a step
  double tokens = 0;
  LossParts& operator+=(const LossParts& b) {
    policy += b.policy;
    kl += b.kl;
    entropy += b.entropy;
    clipped += b.clipped;
    gap += b.gap;
    tokens += b.tokens;
    return *this;
  }
};

/// The loss of one room's tokens, as a share of `all_tokens`: verl's token-mean over the mini-batch.
at::Tensor group_loss(const vlm::Model& model, const TrainingGroup& group, const TrainConfig& config,
                      double all_tokens, LossParts& parts) {
  const auto scores = model.score({&group.sequences, 1}, config.temperature);
  at::Tensor total;
  for (std::size_t g = 0; g < group.mask.size(); ++g) {
    const auto& [log_prob, entropy] = scores[0][g];
    const at::Tensor& mask = group.mask[g];
    const PolicyLoss policy = policy_loss(log_prob, group.old_log_prob[g], group.advantage[g],
                                          config.clip_ratio_low, config.clip_ratio_high);
    at::Tensor per_token = policy.per_token;
    parts.policy += (policy.per_token * mask).sum().item<double>();
    if (config.use_kl_loss) {
      const at::Tensor kl = low_var_kl(log_prob, group.ref_log_prob[g]);
      per_token = per_token + config.kl_coef * kl;
      parts.kl += (kl * mask).sum().item<double>();
    }
    if (config.entropy_coeff != 0) per_token = per_token - config.entropy_coeff * entropy;
    parts.entropy += (entropy.detach() * mask).sum().item<double>();
    parts.clipped += (policy.clipped * mask).sum().item<double>();
    parts.gap += ((log_prob.detach() - group.old_log_prob[g]).abs() * mask).sum().item<double>();
    const at::Tensor loss = (per_token * mask).sum() / all_tokens;
    total = total.defined() ? total + loss : loss;
  }
  parts.tokens += group.answer_tokens;
  return total;
}

/// group_loss() of many rooms at once, for a GPU.
at::Tensor joint_loss(const vlm::Model& model, std::span<const TrainingGroup> groups,
                      const TrainConfig& config, double all_tokens, LossParts& parts) {
  std::vector<vlm::SequenceGroup> sequences;
  std::vector<at::Tensor> masks, advantages, old_log_probs, ref_log_probs;
  for (const TrainingGroup& group : groups) {
    sequences.push_back(group.sequences);
    masks.insert(masks.end(), group.mask.begin(), group.mask.end());
    advantages.insert(advantages.end(), group.advantage.begin(), group.advantage.end());
    old_log_probs.insert(old_log_probs.end(), group.old_log_prob.begin(), group.old_log_prob.end());
    ref_log_probs.insert(ref_log_probs.end(), group.ref_log_prob.begin(), group.ref_log_prob.end());
    parts.tokens += group.answer_tokens;
  }
  if (masks.empty()) return {};
  std::vector<at::Tensor> log_probs, entropies;
  for (const auto& group : model.score(sequences, config.temperature)) {
    for (const auto& suffix : group) {
      log_probs.push_back(suffix.log_prob);
      entropies.push_back(suffix.entropy);
    }
  }
  const at::Device device = model.device();
  const at::Tensor log_prob = at::cat(log_probs);
  const at::Tensor mask = at::cat(masks).to(device);
  const at::Tensor old_log_prob = at::cat(old_log_probs).to(device);
  const PolicyLoss policy = policy_loss(log_prob, old_log_prob, at::cat(advantages).to(device),
                                        config.clip_ratio_low, config.clip_ratio_high);
  at::Tensor per_token = policy.per_token;
  const auto sum = [&](const at::Tensor& values) { return (values.detach() * mask).sum().item<double>(); };
  if (config.use_kl_loss) {
    const at::Tensor kl = low_var_kl(log_prob, at::cat(ref_log_probs));
    per_token = per_token + config.kl_coef * kl;
    parts.kl += sum(kl);
  }
  const at::Tensor entropy = at::cat(entropies);
  if (config.entropy_coeff != 0) per_token = per_token - config.entropy_coeff * entropy;
  parts.policy += sum(policy.per_token);
  parts.entropy += sum(entropy);
  parts.clipped += sum(policy.clipped);
  parts.gap += sum((log_prob - old_log_prob).abs());
  return (per_token * mask).sum() / all_tokens;
}

/// Copies the weights of one model to another of the same sizes.
void copy_weights(const vlm::Model& from, const vlm::Model& to) {
  const auto source = from.parameters();
  const auto target = to.parameters();
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
  static constexpr std::array<std::string_view, 3> kTurnCredit{"trajectory", "improvement",
                                                               "improvement_over_keep"};
  TrainConfig config;
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
  reader.read("worker.actor.model.model_path", config.model_path);
  reader.read("worker.actor.global_batch_size", config.rooms_per_update, 1, 65536);
  reader.read("worker.actor.ppo_epochs", config.ppo_epochs, 1, 64);
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
  reader.read("trainer.bf16", config.bf16);
  reader.read("trainer.default_local_dir", config.output);
  env::read_env_config(reader, config.env);
  reward::read_stage_schedule(reader, config.stages);
  METASPATIAL_TRY_VOID(reader.finish());
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
  METASPATIAL_TRY(auto found, find_checkpoint(output));
  METASPATIAL_TRY(vlm::Model start_model, vlm::Model::load(config.model_path));
  vlm::Model reference = on_gpu ? start_model.to(compute) : start_model.clone();
  reference.use_bf16(config.bf16);
  std::optional<vlm::Model> model(std::move(start_model));
  if (found) {
    METASPATIAL_TRY(auto loaded, vlm::Model::load(found->directory));
    model = std::move(loaded);
  }
  // What gradients are for; on a GPU a copy, whose weights come back to `model` after every step.
  std::optional<vlm::Model> on_device;
  if (on_gpu) {
    at::globalContext().setAllowTF32CuBLAS(config.bf16);
    on_device = model->to(compute);
  }
  vlm::Model& learner = on_gpu ? *on_device : *model;
  learner.use_bf16(config.bf16);
  AdamW optimizer(learner.parameters(), config.optimizer);
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

  const auto device = std::make_shared<render::Device>();
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
    options.threads = config.threads;
    METASPATIAL_TRY(const auto groups, eval::play(*model, processor, val_rooms.rooms, config.env, options));
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
    play.threads = config.threads;
    METASPATIAL_TRY(const auto groups, eval::play(*model, processor, rooms, env, play));
    const auto played = std::chrono::steady_clock::now();
    const StageMeans means = stage_means(groups);
    stages.observe(means.format, means.physics);

    std::vector<TrainingGroup> training;
    for (const auto& group : groups) training.push_back(make_training_group(group, processor, credit));
    std::vector<double> costs;
    for (const TrainingGroup& group : training) costs.push_back(group.all_tokens);
    if (config.use_kl_loss && on_gpu) {
      workers.each(std::vector<double>{1.0}, [&](std::size_t) {
        for (TrainingGroup& group : training)
          for (const auto& suffix : reference.score({&group.sequences, 1}, config.temperature)[0])
            group.ref_log_prob.push_back(suffix.log_prob);
      });
    } else if (config.use_kl_loss) {
      workers.each(costs, [&](std::size_t i) {
        const auto scores = reference.score({&training[i].sequences, 1}, config.temperature);
        for (const auto& suffix : scores[0]) training[i].ref_log_prob.push_back(suffix.log_prob);
      });
    }
    const double rate = learning_rate(config, step);
    LossParts parts;
    double gap = 0;
    double norms = 0;
    int updates = 0;
    for (int epoch = 0; epoch < config.ppo_epochs; ++epoch) {
      for (std::size_t from = 0; from < n_rooms; from += static_cast<std::size_t>(config.rooms_per_update)) {
        const std::size_t to = std::min(n_rooms, from + static_cast<std::size_t>(config.rooms_per_update));
        double tokens = 0;
        for (std::size_t i = from; i < to; ++i) tokens += training[i].answer_tokens;
        std::vector<LossParts> of_room(to - from);
        const auto of_part = std::span(costs).subspan(from, on_gpu ? 1 : to - from);
        const auto gradients = workers.run(of_part, [&](const vlm::Model& replica, std::size_t i) {
          return on_gpu ? joint_loss(replica, std::span(training).subspan(from, to - from), config, tokens,
                                     of_room[0])
                        : group_loss(replica, training[from + i], config, tokens, of_room[i]);
        });
        LossParts sum;
        for (std::size_t i = 0; i < of_room.size(); ++i) {
          if (!std::isfinite(of_room[i].policy) || !std::isfinite(of_room[i].kl))
            return invalid(fmt::format("step {}: the loss of room '{}' is not finite", step,
                                       groups[from + i].room->graph->room_name),
                           output.string());
          sum += of_room[i];
        }
        const double norm = optimizer.step(gradients, rate);
        if (!std::isfinite(norm))
          return invalid(fmt::format("step {}: the gradient is not finite", step), output.string());
        if (updates == 0 && sum.tokens > 0) gap = sum.gap / sum.tokens;
        parts += sum;
        norms += norm;
        ++updates;
      }
    }
    if (on_gpu) copy_weights(learner, *model);
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
    Json timing{{"step", step + 1},
                {"seconds", train_seconds},
                {"rollout_seconds", rollout_s},
                {"step_seconds", step_s},
                {"answer_tokens", tokens / config.ppo_epochs}};
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
      METASPATIAL_TRY_VOID(save_checkpoint(output, step + 1, *model, optimizer, state, config.model_path,
                                           config.keep_checkpoints));
    }
  }
  METASPATIAL_TRY_VOID(model->save(output / "model"));
  METASPATIAL_TRY_VOID(copy_model_files(config.model_path, output / "model"));
  return train_seconds;
}

}  // namespace metaspatial::rl
