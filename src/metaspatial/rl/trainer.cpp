#include "metaspatial/rl/trainer.hpp"

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "metaspatial/base/parallel.hpp"
#include "metaspatial/base/stopwatch.hpp"
#include "metaspatial/eval/evaluate.hpp"
#include "metaspatial/eval/remote_policy.hpp"
#include "metaspatial/eval/rollout.hpp"
#include "metaspatial/reward/stages.hpp"
#include "metaspatial/rl/checkpoint.hpp"
#include "metaspatial/rl/collector.hpp"
#include "metaspatial/rl/data_parallel.hpp"
#include "metaspatial/rl/nano.hpp"
#include "metaspatial/rl/progress.hpp"
#include "metaspatial/rl/rollout_server.hpp"
#include "metaspatial/rl/run_log.hpp"
#include "metaspatial/rl/run_memory.hpp"
#include "metaspatial/rl/samples.hpp"
#include "metaspatial/rl/step_metrics.hpp"
#include "metaspatial/rl/update_step.hpp"
#include "metaspatial/vlm/device.hpp"

namespace metaspatial::rl {

namespace {

/// Copies what learns from one model to another of the same sizes.
void copy_weights(const vlm::Model& from, const vlm::Model& to) {
  const auto source = from.trainable_parameters();
  const auto target = to.trainable_parameters();
  for (std::size_t i = 0; i < source.size(); ++i) target[i].tensor.detach().copy_(source[i].tensor.detach());
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

/// Every process must have found the same checkpoint.
Result<void> go_on_together(ProcessGroup& processes, const std::optional<FoundCheckpoint>& found,
                            const std::filesystem::path& output) {
  METASPATIAL_TRY(const auto steps, gather_values(processes, found ? found->step : std::int64_t{-1},
                                                  "the step of the newest checkpoint"));
  const auto other = std::ranges::find_if(steps, [&](std::int64_t step) { return step != steps.front(); });
  if (other == steps.end()) return {};
  return invalid(
      fmt::format("process {} finds the checkpoint of step {} as the newest, process 0 that of step {} "
                  "(-1: none): all must see the same folder",
                  other - steps.begin(), *other, steps.front()),
      output.string());
}

/// Wall seconds of a step.
struct StepTimes {
  double rollout = 0;
  double read = 0;  ///< sequences and reference log-probs
  double update = 0;
  double step = 0;
};

/// A run from its start or its checkpoint to its end.
class Run {
 public:
  [[nodiscard]] static Result<std::unique_ptr<Run>> open(const TrainConfig& config, ProcessGroup& processes);
  [[nodiscard]] Result<double> go();

 private:
  Run(const TrainConfig& config, ProcessGroup& processes)
      : config_(config),
        processes_(processes),
        output_(config.output),
        budget_{config.total_steps, config.max_seconds},
        left_(budget_, config.val_every, config.save_every),
        activity_(config.loggers.console && processes.first()) {}

  [[nodiscard]] Result<void> open_models(const std::optional<FoundCheckpoint>& found);
  [[nodiscard]] Result<void> open_policy(const vlm::Sequence& example);
  [[nodiscard]] Result<void> step(int step);
  [[nodiscard]] Result<void> log(int step, const Experience& experience, const UpdateReport& report,
                                 double rate, const StageMeans& means, reward::Stage stage,
                                 const StepTimes& times);
  [[nodiscard]] Result<void> validate(int step);
  /// Rank 0's half of it: what was measured, samples, the best model.
  [[nodiscard]] Result<void> keep_validation(int step, std::span<const eval::RolloutGroup> groups,
                                             const Stopwatch& watch);
  [[nodiscard]] Result<void> save(int step);
  /// Keeps the model of `step` in best/ if its grade in validation is the best so far.
  [[nodiscard]] Result<void> keep_best(int step, double grade);
  /// Has the server, if there is one, write its next answers with the weights of before `step`.
  [[nodiscard]] Result<void> load_server(int step);

  const TrainConfig& config_;
  ProcessGroup& processes_;  // rank 0 writes: the log, checkpoints, the model
  std::filesystem::path output_;
  Budget budget_;
  TimeLeft left_;
  Activity activity_;
  double log_seconds_ = 0;  // since the last line of a step, as the next one tells
  double save_seconds_ = 0;
  std::optional<eval::RoomSource> source_;
  std::optional<vlm::Processor> processor_;
  std::shared_ptr<render::Device> device_ = std::make_shared<render::Device>();
  std::optional<vlm::Model> model_;
  std::optional<vlm::Model> on_device_;  // what gradients are for, on a GPU: a copy, whose weights come back
                                         // to model_ after every step
  std::optional<vlm::Model> writer_;     // of answers on a GPU; model_ is then brought up to date to be saved
  vlm::Model* learner_ = nullptr;        // model_ or on_device_
  std::unique_ptr<PolicyUpdater> updater_;
  std::unique_ptr<eval::Policy> policy_;
  std::unique_ptr<Collector> collector_;
  std::optional<RolloutServer> server_;
  std::optional<reward::Stages> stages_;
  std::optional<RunLog> log_;  // of rank 0
  eval::EvalRooms val_rooms_;
  int first_step_ = 0;
  double train_seconds_ = 0;
  std::optional<double> best_;  ///< the best grade in validation so far
};

Result<std::unique_ptr<Run>> Run::open(const TrainConfig& config, ProcessGroup& processes) {
  std::unique_ptr<Run> run(new Run(config, processes));
  METASPATIAL_TRY(const at::Device compute, vlm::compute_device(config.device));
  METASPATIAL_TRY(run->source_, eval::RoomSource::open(config.train_descriptions, config.seed));
  METASPATIAL_TRY(const eval::RoomSource val_source, eval::RoomSource::open(config.val_descriptions, 7));
  METASPATIAL_TRY(run->processor_, vlm::Processor::load(config.model_path));
  METASPATIAL_TRY(
      const eval::Question example,
      eval::encode_question(
          *run->processor_,
          env::Episode(env::make_room(run->device_, run->source_->room(0).graph, config.env), config.env)
              .question()));
  METASPATIAL_TRY_VOID(check_run_memory(config, run->processor_->config(), example.tokens, compute));
  METASPATIAL_TRY(auto found, find_checkpoint(run->output_));
  METASPATIAL_TRY_VOID(go_on_together(processes, found, run->output_));
  METASPATIAL_TRY_VOID(run->open_models(found));
  METASPATIAL_TRY(run->stages_, open_stages(config.stages, found));
  if (processes.first()) {
    METASPATIAL_TRY(run->log_,
                    RunLog::open(run->output_, found ? run->first_step_ : -1, config.loggers.tensorboard));
  }
  METASPATIAL_TRY_VOID(run->open_policy(example.tokens));
  run->collector_ =
      std::make_unique<Collector>(config, *run->source_, run->device_, *run->policy_, processes);
  if (config.val_every > 0)
    run->val_rooms_ =
        eval::make_eval_rooms(eval::distinct_rooms(val_source, static_cast<std::size_t>(config.val_rooms)),
                              run->device_, config.env);
  return run;
}

Result<void> Run::open_models(const std::optional<FoundCheckpoint>& found) {
  METASPATIAL_TRY(const at::Device compute, vlm::compute_device(config_.device));
  const auto checkpoint = found ? std::optional(found->directory) : std::nullopt;
  METASPATIAL_TRY(model_, open_learner(config_.trainable, config_.model_path, checkpoint, config_.seed));
  const bool on_gpu = !compute.is_cpu();
  if (on_gpu) {
    at::globalContext().setAllowTF32CuBLAS(config_.bf16);
    on_device_ = model_->to_device(compute);
  }
  learner_ = on_gpu ? &*on_device_ : &*model_;
  learner_->use_bf16(config_.bf16);
  learner_->use_gradient_checkpointing(checkpoints_gradients(config_, learner_->config()));
  std::optional<vlm::Model> reference;
  if (needs_reference(config_) && learner_->adapter()) {
    reference = learner_->without_adapter();
  } else if (needs_reference(config_)) {
    METASPATIAL_TRY(vlm::Model start_model, vlm::Model::load(config_.model_path));
    reference = on_gpu ? start_model.to_device(compute) : std::move(start_model);
    reference->use_bf16(config_.bf16);
  }
  std::unique_ptr<Critic> critic;
  if (estimator(config_.credit.estimator).critic) {
    const CriticOptions options{compute,
                                on_gpu ? 1 : config_.threads,
                                config_.bf16,
                                checkpoints_gradients(config_, learner_->config()),
                                {processes_.rank(), processes_.size()}};
    METASPATIAL_TRY(critic,
                    Critic::open(config_.critic, config_.model_path, checkpoint, config_.seed, options));
  }
  updater_ = std::make_unique<PolicyUpdater>(config_, *processor_, *learner_, std::move(reference),
                                             processes_, std::move(critic));
  if (!found) return {};
  first_step_ = static_cast<int>(found->step);
  train_seconds_ = found->state.value("train_seconds", 0.0);
  updater_->restore(found->state);
  // A run that was killed while it put a better one in its place has none; a later one takes it.
  if (found->state.contains("best") && std::filesystem::exists(output_ / "best"))
    best_ = found->state["best"].get<double>();
  spdlog::info("going on from {}", found->directory.string());
  return load_optimizer(found->directory, found->state.value("optimizer_steps", std::int64_t{0}),
                        updater_->optimizer());
}

Result<void> Run::open_policy(const vlm::Sequence& example) {
  if (config_.rollout_endpoint) {
    eval::RemoteConfig remote = config_.policy.remote;
    remote.client.keep_replies = false;
    METASPATIAL_TRY(auto opened, eval::RemotePolicy::open(remote, "policy.", &*processor_));
    server_.emplace(WeightSync{config_.sync_command, config_.sync_lora_name}, output_, &opened->client());
    policy_ = std::move(opened);
    return {};
  }
  if (config_.rollout_device != "cpu") writer_ = learner_->to(learner_->device(), at::kBFloat16);
  policy_ = std::make_unique<eval::LocalPolicy>(writer_ ? *writer_ : *model_, *processor_, config_.threads,
                                                rollout_cache_bytes(config_, processor_->config(), example));
  return {};
}

Result<void> Run::load_server(int step) {
  if (!server_) return {};
  const auto save = [this](const std::filesystem::path& folder) -> Result<void> {
    if (!config_.sync_lora_name.empty()) return model_->save_adapter(folder);
    METASPATIAL_TRY_VOID(model_->save(folder));
    return copy_model_files(config_.model_path, folder);
  };
  return processes_.agree(processes_.first() ? server_->load(save, step) : Result<void>(),
                          "whether the server has the weights");
}

Result<void> Run::validate(int step) {
  activity_.show(fmt::format("step {}: validating on {} rooms", step, val_rooms_.rooms.size()));
  const Stopwatch watch;
  eval::PlayOptions options;
  options.sampling.temperature = 0;
  options.sampling.max_new_tokens = config_.max_response_tokens;
  METASPATIAL_TRY_VOID(load_server(step));
  METASPATIAL_TRY(
      const auto groups,
      play_together(processes_, owners_of_rooms(val_rooms_.rooms, val_rooms_.rooms.size(), processes_.size()),
                    *policy_, val_rooms_.rooms, config_.env, options,
                    fmt::format("the answers of validation {}", step)));
  return processes_.agree(processes_.first() ? keep_validation(step, groups, watch) : Result<void>(),
                          fmt::format("whether validation {} is written", step));
}

Result<void> Run::keep_validation(int step, std::span<const eval::RolloutGroup> groups,
                                  const Stopwatch& watch) {
  Json line{{"step", step}};
  line.update(validation_metrics(groups, config_.env.max_turns));
  METASPATIAL_TRY_VOID(log_->write_samples(sample_line(step, groups)));
  const double seconds = watch.wall_s();
  left_.validated(seconds);
  activity_.clear();
  METASPATIAL_TRY_VOID(
      log_->write(line, Json{{"step", step}, {"seconds", train_seconds_}, {"validation_seconds", seconds}}));
  const Json& grade = line["val/reward_last_turn"];
  return grade.is_number() ? keep_best(step, grade.get<double>()) : Result<void>();
}

Result<void> Run::keep_best(int step, double grade) {
  if (!config_.save_best || (best_ && grade <= *best_)) return {};
  best_ = grade;
  if (writer_) copy_weights(*learner_, *model_);
  return save_best(output_, step, grade, *model_, config_.model_path);
}

Result<void> Run::step(int step) {
  activity_.show(fmt::format("step {}/{}: furnishing rooms", step + 1, config_.total_steps));
  const Stopwatch of_step;
  CreditConfig credit = config_.credit;
  const reward::Stage stage = stages_->stage();
  if (stage == reward::Stage::Format) credit.object_credit = 0;  // it pays for physics
  METASPATIAL_TRY_VOID(load_server(step));
  ReadAnswers read;
  double read_seconds = 0;
  const auto answered = [&](std::span<const eval::RolloutGroup> groups) {
    const Stopwatch watch;
    updater_->read(groups, read);
    read_seconds += watch.wall_s();
  };
  METASPATIAL_TRY(const Experience experience,
                  collector_->collect(step, budget_.used(step, train_seconds_),
                                      stages_->staged(config_.env.reward), answered));
  const double played_s = of_step.wall_s();
  activity_.show(fmt::format("step {}/{}: learning", step + 1, config_.total_steps));
  const StageMeans means = stage_means(experience.played);
  stages_->observe(means.format, means.physics);

  const double rate = config_.schedule.rate(config_.learning_rate, budget_, step, train_seconds_);
  METASPATIAL_TRY(const UpdateReport report, updater_->learn(experience.groups(), std::move(read),
                                                             experience.greedy, credit, rate, step));
  if (on_device_) copy_weights(*learner_, writer_ ? *writer_ : *model_);
  policy_->weights_changed();
  const double done_s = of_step.wall_s();
  // Rank 0's, as every process goes by it.
  METASPATIAL_TRY(const auto seconds,
                  gather_values(processes_, done_s, fmt::format("the time of step {}", step + 1)));
  StepTimes times;
  times.step = seconds.front();
  times.read = read_seconds;
  times.rollout = played_s - read_seconds;
  times.update = done_s - played_s;
  train_seconds_ += times.step;
  activity_.clear();
  const Stopwatch watch;
  METASPATIAL_TRY_VOID(processes_.agree(
      processes_.first() ? log(step, experience, report, rate, means, stage, times) : Result<void>(),
      fmt::format("whether step {} is logged", step + 1)));
  if (!processes_.first()) return {};
  log_seconds_ = watch.wall_s();
  if (stages_->stage() != stage)
    spdlog::info("step {}: stage {} is done, {} begins", step + 1, reward::name(stage),
                 reward::name(stages_->stage()));
  return {};
}

Result<void> Run::log(int step, const Experience& experience, const UpdateReport& report, double rate,
                      const StageMeans& means, reward::Stage stage, const StepTimes& times) {
  Json line{{"step", step + 1}};
  const std::vector<eval::RolloutGroup>& groups = experience.played;
  line.update(rollout_metrics(groups, experience.turns));
  if (config_.online_filtering) {
    line["rollout/rooms_played"] = groups.size();
    line["rollout/rooms_learned"] = experience.learned;
  }
  if (!config_.curriculum.stages.empty()) line["curriculum/max_turns"] = experience.turns;
  const double tokens = std::max(1.0, report.parts.tokens);
  line["actor/pg_loss"] = report.parts.policy / tokens;
  line["actor/kl_loss"] = report.parts.kl / tokens;
  line["actor/entropy_loss"] = report.parts.entropy / tokens;
  line["actor/pg_clipfrac"] = report.parts.clipped / tokens;
  line["actor/grad_norm"] = report.grad_norm;
  line["actor/lr"] = rate;
  line["actor/logprob_gap"] = report.gap;
  line["actor/logprob_gap_max"] = report.largest_gap;
  line.update(report.more);
  const TokenCounts written = count_tokens(groups);
  const double learned = count_tokens(experience.groups()).all * config_.ppo_epochs;
  Json timing{{"step", step + 1},
              {"seconds", train_seconds_},
              {"rollout_seconds", times.rollout},
              {"step_seconds", times.step},
              {"answer_tokens", tokens / config_.ppo_epochs},
              {"update_tokens", learned},
              {"rooms_cpu_seconds", experience.times.rooms_cpu},
              {"generation_seconds", experience.times.generation},
              {"environment_seconds", experience.times.environment},
              {"environment_cpu_seconds", experience.times.environment_cpu},
              {"judge_seconds", experience.times.judge},
              {"reference_seconds", times.read},
              {"update_seconds", times.update},
              {"log_seconds", log_seconds_},
              {"save_seconds", std::exchange(save_seconds_, 0.0)},
              {"threads", config_.threads}};
  if (server_) {
    const eval::AnswerCounts answers = eval::count_answers(groups);
    const auto asked = static_cast<double>(answers.answers + answers.missing);
    double rejected = 0;
    for (const auto& group : groups)
      for (const auto& rollout : group.rollouts)
        rejected += rollout.failure && rollout.failure->rejected ? 1 : 0;
    line["rollout/failed"] = (static_cast<double>(answers.missing) - rejected) / asked;
    line["rollout/rejected"] = rejected / asked;
    // Tokens whose log-probs the server told, which it does for the same tokens as ours only.
    const ServerGap& gap = report.server;
    line["rollout/told_tokens"] = gap.tokens > 0 ? gap.told / gap.tokens : 0.0;
    line["rollout/logprob_gap"] = gap.told > 0 ? Json(gap.gap / gap.told) : Json();
    const eval::PolicyUsage used = policy_->usage();  // of this process
    timing["rollout_requests"] = used.requests;
    timing["rollout_tokens"] = used.prompt_tokens + used.completion_tokens;
    timing["rollout_cost"] = used.cost;
  }
  if (config_.env.judge != nullptr) {
    line["judge/failed"] = judge_failed_share(groups);
    const judge::JudgeUsage used = config_.env.judge->usage();  // of this process
    timing["judge_requests"] = used.requests;
    timing["judge_cache_hits"] = used.cache_hits;
    timing["judge_tokens"] = used.prompt_tokens + used.completion_tokens;
    timing["judge_cost"] = used.cost;
  }
  if (config_.stages.enabled) {
    line["stages/stage"] = std::string(reward::name(stage));
    line["stages/format"] = means.format;
    line["stages/physics"] = means.physics;
  }
  METASPATIAL_TRY_VOID(log_->write(line, timing));
  if (!config_.loggers.console) return {};
  StepProgress progress;
  progress.step = step + 1;
  progress.steps = config_.total_steps;
  if (line["critic/score/mean"].is_number()) progress.reward = line["critic/score/mean"].get<double>();
  progress.format = line["reward/format"].get<double>();
  progress.colliding = line["env/colliding_objects"].get<double>();
  progress.written_per_s = written.written / times.rollout;
  progress.learned_per_s = learned / times.update;
  progress.left_s = left_.seconds(step + 1, train_seconds_);
  spdlog::info("{}", progress_line(progress));
  return {};
}

Result<void> Run::save(int step) {
  activity_.show(fmt::format("step {}: saving", step));
  const Stopwatch watch;
  Json state{
      {"step", step}, {"optimizer_steps", updater_->optimizer().steps()}, {"train_seconds", train_seconds_}};
  state.update(updater_->state());
  if (config_.stages.enabled) state["stages"] = stages_->state();
  if (best_) state["best"] = *best_;
  if (writer_) copy_weights(*learner_, *model_);
  const std::string what = fmt::format("the moments of step {}", step);
  METASPATIAL_TRY(const auto moments, gather_state(processes_, updater_->optimizer(), what));
  std::function<Result<void>(const std::filesystem::path&)> more;
  if (Critic* critic = updater_->critic()) {
    METASPATIAL_TRY(const auto of_critic, gather_state(processes_, critic->optimizer(), what));
    more = [critic, of_critic](const std::filesystem::path& folder) {
      return critic->save(folder, of_critic);
    };
  }
  METASPATIAL_TRY_VOID(processes_.agree(
      processes_.first() ? save_checkpoint(output_, step, *model_, moments, state, config_.model_path,
                                           config_.keep_checkpoints, more)
                         : Result<void>(),
      fmt::format("whether the checkpoint of step {} is written", step)));
  save_seconds_ += watch.wall_s();
  left_.saved(watch.wall_s());
  activity_.clear();
  return {};
}

Result<double> Run::go() {
  if (config_.val_every > 0 && first_step_ == 0) METASPATIAL_TRY_VOID(validate(0));
  for (int i = first_step_; !budget_.spent(i, train_seconds_); ++i) {
    METASPATIAL_TRY_VOID(step(i));
    const bool last = budget_.spent(i + 1, train_seconds_);
    if (config_.val_every > 0 && ((i + 1) % config_.val_every == 0 || last))
      METASPATIAL_TRY_VOID(validate(i + 1));
    if ((i + 1) % config_.save_every == 0 || last) METASPATIAL_TRY_VOID(save(i + 1));
  }
  const auto finish = [this]() -> Result<void> {
    METASPATIAL_TRY_VOID(save_trained(*model_, output_ / "model", output_ / "adapter"));
    return copy_model_files(config_.model_path, output_ / "model");
  };
  METASPATIAL_TRY_VOID(
      processes_.agree(processes_.first() ? finish() : Result<void>(), "whether the model is written"));
  return train_seconds_;
}

}  // namespace

Result<double> train(const TrainConfig& config) {
  ProcessGroup alone;
  return train(config, alone);
}

Result<double> train(const TrainConfig& config, ProcessGroup& processes) {
  auto run = Run::open(config, processes);
  METASPATIAL_TRY_VOID(
      processes.agree(run ? Result<void>() : tl::unexpected<Error>(run.error()), "whether all could begin"));
  return (*run)->go();
}

}  // namespace metaspatial::rl
