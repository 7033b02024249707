#include "metaspatial/rl/pretrain.hpp"

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "metaspatial/base/files.hpp"
#include "metaspatial/base/parallel.hpp"
#include "metaspatial/env/env_config.hpp"
#include "metaspatial/eval/rollout.hpp"
#include "metaspatial/rl/checkpoint.hpp"
#include "metaspatial/rl/gradient_workers.hpp"
#include "metaspatial/rl/run_log.hpp"
#include "metaspatial/rl/run_memory.hpp"
#include "metaspatial/vlm/device.hpp"
#include "metaspatial/vlm/memory_plan.hpp"

namespace metaspatial::rl {

namespace {

struct Batch {
  std::vector<Demonstration> demonstrations;
  std::vector<double> costs;  ///< tokens of each demonstration
  double weight = 0;          ///< sum of the tokens' loss weights
  std::int64_t tokens = 0;    ///< that go through the model
};

Result<Batch> make_batch(const PretrainConfig& config, const eval::RoomSource& source,
                         const std::shared_ptr<render::Device>& device, const vlm::Processor& processor,
                         const std::vector<std::optional<scene::Layout>>& own, std::int64_t number) {
  Batch batch;
  for (int r = 0; r < config.rooms_per_step; ++r) {
    const auto index =
        static_cast<std::uint64_t>(number) * static_cast<std::uint64_t>(config.rooms_per_step) +
        static_cast<std::uint64_t>(r);
    Rng rng{config.seed, index, 0x64656d6f};
    METASPATIAL_TRY(Demonstration demonstration,
                    demonstrate(source.room(index), device, config.env, processor, config.demonstrations, rng,
                                own.empty() ? std::nullopt : own[index]));
    std::size_t tokens = demonstration.group.prefix.ids.size();
    for (std::size_t g = 0; g < demonstration.weights.size(); ++g) {
      tokens += demonstration.weights[g].size();
      for (const float w : demonstration.weights[g]) batch.weight += static_cast<double>(w);
    }
    batch.tokens += static_cast<std::int64_t>(tokens);
    batch.costs.push_back(static_cast<double>(tokens));
    batch.demonstrations.push_back(std::move(demonstration));
  }
  return batch;
}

/// The batches of a run, made ahead of their steps by threads of their own; which batch it is depends on the
/// step alone.
class BatchQueue {
 public:
  using Made = std::shared_ptr<const Result<Batch>>;

  BatchQueue(const PretrainConfig& config, std::function<Result<Batch>(std::int64_t)> make)
      : config_(config), make_(std::move(make)) {}

  /// REQUIRES steps in ascending order.
  Made take(std::int64_t step) {
    // With repeats every other step needs a new batch.
    const std::int64_t window = config_.repeat_after > 0 ? 2 * config_.loaders : config_.loaders;
    ask(step, step + window);
    Made made = futures_.at(batch_of(step)).get();
    ask(step + 1, step + 1 + window);
    const std::int64_t done = config_.repeat_after > 0 ? (step - 1) / 2 - config_.repeat_after : step;
    futures_.erase(futures_.begin(), futures_.upper_bound(done));
    return made;
  }

 private:
  std::int64_t batch_of(std::int64_t step) const {
    if (config_.repeat_after == 0) return step;
    const std::int64_t fresh = step / 2;
    if (step % 2 == 0) return fresh;
    return fresh >= config_.repeat_after ? fresh - config_.repeat_after : fresh / 2;
  }
  void ask(std::int64_t begin, std::int64_t end) {
    for (std::int64_t step = begin; step < std::min<std::int64_t>(config_.steps, end); ++step) {
      const std::int64_t number = batch_of(step);
      if (futures_.contains(number)) continue;
      futures_[number] = std::async(std::launch::async, [this, number] {
                           give_way();
                           return Made(std::make_shared<const Result<Batch>>(make_(number)));
                         }).share();
    }
  }
  /// Lets the threads that feed a GPU go before this one.
  void give_way() const {
    if (config_.device == "cpu") return;
    ::setpriority(PRIO_PROCESS, static_cast<id_t>(::syscall(SYS_gettid)), 10);
  }

  const PretrainConfig& config_;
  std::function<Result<Batch>(std::int64_t)> make_;
  std::map<std::int64_t, std::shared_future<Made>> futures_;
};

/// Says in the log what memory the run needs, going by some of its rooms. `model` is loaded, moments and
/// gradients are not there yet.
Result<void> check_memory(const PretrainConfig& config, const vlm::Model& model, const Batch& some) {
  vlm::TrainingShape shape;
  for (const vlm::NamedTensor& parameter : model.parameters())
    (parameter.tensor.requires_grad() ? shape.weights.trainable : shape.weights.frozen) +=
        parameter.tensor.numel();
  if (!model.device().is_cpu()) shape.path = config.bf16 ? vlm::ComputePath::Flash : vlm::ComputePath::Aten;
  shape.checkpointing = config.gradient_checkpointing;
  shape.workers = std::min(config.threads, config.micro_batches);
  shape.several_steps = config.micro_batches > shape.workers;
  std::int64_t patches = 0, keys = 0;
  for (const Demonstration& demonstration : some.demonstrations) {
    const auto count = [&](const vlm::Sequence& sequence) {
      for (const auto& image : sequence.images)
        patches += static_cast<std::int64_t>(image->grid_h) * image->grid_w;
    };
    count(demonstration.group.prefix);
    for (const vlm::Sequence& suffix : demonstration.group.suffixes) {
      count(suffix);
      keys += static_cast<std::int64_t>(demonstration.group.prefix.ids.size());
    }
  }
  const std::int64_t rooms = (config.rooms_per_step + config.micro_batches - 1) / config.micro_batches;
  const auto n = static_cast<std::int64_t>(some.demonstrations.size());
  shape.tokens = some.tokens * rooms / n;
  shape.scored_tokens = shape.tokens;
  shape.patches = patches * rooms / n;
  shape.attended_keys = shape.tokens + keys * rooms / n;
  const vlm::MemoryPlan plan = vlm::plan_memory(model.config(), shape);
  auto available = vlm::available_memory(model.device());
  if (available) *available += plan.weights;
  METASPATIAL_TRY(
      const std::string text,
      vlm::check_memory(plan, available, config.output,
                        "More trainer.micro_batches, model.enable_gradient_checkpointing: true or "
                        "a smaller data.train_batch_size would make it smaller."));
  if (model.device().is_cpu()) return_large_blocks(plan.total());
  spdlog::info("memory: {}", text);
  return {};
}

/// What a model answers in every room of the run, drawn at temperature 0.7; nothing where it could not be
/// read.
Result<std::vector<std::optional<scene::Layout>>> own_answers(const vlm::Model& model,
                                                              const PretrainConfig& config,
                                                              const eval::RoomSource& source,
                                                              const std::shared_ptr<render::Device>& device,
                                                              const vlm::Processor& processor) {
  constexpr std::size_t kAtOnce = 256;
  env::EnvConfig env = config.env;
  env.max_turns = 1;
  const auto count = static_cast<std::size_t>(config.steps) * static_cast<std::size_t>(config.rooms_per_step);
  std::vector<std::optional<scene::Layout>> answers(count);
  eval::LocalPolicy policy(model, processor, config.threads);
  for (std::size_t from = 0; from < count; from += kAtOnce) {
    std::vector<std::shared_ptr<const env::Room>> rooms(std::min(kAtOnce, count - from));
    parallel_for(rooms.size(),
                 [&](std::size_t r) { rooms[r] = env::make_room(device, source.room(from + r).graph, env); });
    eval::PlayOptions options;
    options.sampling.temperature = 0.7;
    options.seed = Rng{config.seed, from, 0x6f776e}.next();
    METASPATIAL_TRY(const auto groups, eval::play(policy, rooms, env, options));
    for (std::size_t r = 0; r < groups.size(); ++r)
      answers[from + r] = groups[r].rollouts.front().episode.turns().front().layout;
  }
  return answers;
}

/// Sum of -w log p over the group's tokens; `correct` and `counted` collect numbers for the log.
at::Tensor group_loss(const vlm::Model::TokenScores& scores, const std::vector<float>& weights) {
  const at::Tensor w = at::from_blob(const_cast<float*>(weights.data()),
                                     {static_cast<std::int64_t>(weights.size())}, at::kFloat)
                           .clone();
  return -(scores.log_prob * w).sum();
}

/// Sum of -w log p over all groups, for a GPU: few operations, however many answers there are.
at::Tensor joint_loss(const std::vector<std::vector<vlm::Model::TokenScores>>& scores,
                      const std::vector<const Demonstration*>& demonstrations) {
  std::vector<at::Tensor> log_probs;
  std::vector<float> weights;
  for (std::size_t b = 0; b < scores.size(); ++b) {
    for (std::size_t g = 0; g < scores[b].size(); ++g) {
      log_probs.push_back(scores[b][g].log_prob);
      const std::vector<float>& part = demonstrations[b]->weights[g];
      weights.insert(weights.end(), part.begin(), part.end());
    }
  }
  if (log_probs.empty()) return {};
  const at::Tensor joined = at::cat(log_probs);
  const at::Tensor w =
      at::from_blob(weights.data(), {static_cast<std::int64_t>(weights.size())}, at::kFloat).clone();
  return -(joined * w.to(joined.device())).sum();
}

/// Copies the weights of `from`'s vision tower into `model`'s.
Result<void> take_over_vision(const std::filesystem::path& from, const vlm::Model& model) {
  METASPATIAL_TRY(const vlm::Model other, vlm::Model::load(from));
  const auto source = other.parameters();
  for (const auto& [name, tensor] : model.parameters()) {
    if (!name.starts_with("visual.")) continue;
    const auto found = std::ranges::find(source, name, &vlm::NamedTensor::name);
    // The map to the decoder has the decoder's width.
    if (name.starts_with("visual.merger.mlp.2.") && found != source.end() &&
        found->tensor.size(0) != tensor.size(0))
      continue;
    if (found == source.end() || found->tensor.sizes() != tensor.sizes())
      return invalid(fmt::format("its vision tower does not fit: {} is missing or of another shape", name),
                     from.string());
    tensor.detach().copy_(found->tensor.detach());
  }
  return {};
}

}  // namespace

Result<PretrainConfig> read_pretrain_config(const Json& json, std::string_view where) {
  PretrainConfig config;
  ConfigReader reader(json, where);
  reader.read("model.path", config.model_path);
  reader.read("model.vision_path", config.vision_path);
  METASPATIAL_TRY_VOID(read_trainable_config(reader, "model", where, config.trainable));
  reader.read("nano.hidden_size", config.nano.hidden_size, 16, 1024);
  reader.read("nano.num_hidden_layers", config.nano.num_hidden_layers, 1, 32);
  reader.read("nano.num_attention_heads", config.nano.num_attention_heads, 1, 32);
  reader.read("nano.num_key_value_heads", config.nano.num_key_value_heads, 1, 32);
  reader.read("nano.head_dim", config.nano.head_dim, 8, 128);
  reader.read("nano.intermediate_size", config.nano.intermediate_size, 16, 4096);
  reader.read("nano.vision_hidden_size", config.nano.vision_hidden_size, 16, 1024);
  reader.read("nano.vision_depth", config.nano.vision_depth, 1, 32);
  reader.read("nano.vision_num_heads", config.nano.vision_num_heads, 1, 32);
  reader.read("nano.vision_intermediate_size", config.nano.vision_intermediate_size, 16, 4096);
  reader.read("nano.picture_px", config.nano.picture_px, 28, 448);
  reader.read("data.descriptions", config.descriptions);
  reader.read("data.seed", config.seed);
  reader.read("data.train_batch_size", config.rooms_per_step, 1, 4096);
  reader.read("data.repeat_after", config.repeat_after, 0, 100000);
  METASPATIAL_TRY_VOID(read_loggers(reader, where, config.loggers));
  reader.read("trainer.default_local_dir", config.output);
  reader.read("trainer.total_steps", config.steps, 1, 100000000);
  reader.read("trainer.max_seconds", config.max_seconds, 0, 1e9);
  reader.read("trainer.micro_batches", config.micro_batches, 1, 4096);
  reader.read("trainer.save_freq", config.save_every, 1, 100000000);
  reader.read("trainer.threads", config.threads, 1, 256);
  reader.read("trainer.loaders", config.loaders, 1, 1024);
  reader.read("model.enable_gradient_checkpointing", config.gradient_checkpointing);
  reader.read("trainer.bf16", config.bf16);
  reader.read("trainer.device", config.device);
  reader.read("optim.lr", config.learning_rate, 0, 1);
  read_lr_schedule(reader, "optim", config.schedule);
  reader.read("optim.weight_decay", config.optimizer.weight_decay, 0, 1);
  reader.read("optim.max_grad_norm", config.optimizer.max_grad_norm, 0, 1e6);
  auto& d = config.demonstrations;
  reader.read("demonstrations.clumsy", d.clumsy, 0, 1);
  reader.read("demonstrations.answers", d.answers, 0, 64);
  reader.read("demonstrations.corrections", d.corrections, 0, 64);
  reader.read("demonstrations.flawed", d.flawed, 0, 1);
  reader.read("demonstrations.own", d.own, 0, 1);
  reader.read("demonstrations.unreadable", d.unreadable, 0, 1);
  reader.read("demonstrations.clean_feedback", d.clean_feedback, 0, 1);
  reader.read("demonstrations.words", d.words, 0, 1);
  reader.read("demonstrations.picture", d.picture, 0, 1);
  reader.read("demonstrations.hidden_openings", d.hidden_openings, 0, 1);
  reader.read("demonstrations.looking", d.looking, 0, 1);
  reader.read("demonstrations.blank", d.blank, 0, 1);
  reader.read("demonstrations.renamed", d.renamed, 0, 1);
  reader.read("demonstrations.candidates", d.candidates, 1, 64);
  reader.read("demonstrations.reasoning", d.reasoning);
  reader.read("demonstrations.clearance", d.clearance);
  reader.read("demonstrations.first_weight", d.first_weight, 0, 100);
  reader.read("demonstrations.later_weight", d.later_weight, 0, 100);
  env::read_env_config(reader, config.env);
  METASPATIAL_TRY_VOID(reader.finish());
  if (config.env.judge_config.vlm)
    return invalid(
        "key 'judge.kind' is \"vlm\"; expected \"measured\": no model grades a warm start's layouts",
        std::string(where));
  return config;
}

Result<void> pretrain(const PretrainConfig& config) {
  const std::filesystem::path output = config.output;
  METASPATIAL_TRY(const at::Device compute, vlm::compute_device(config.device));
  const bool on_gpu = !compute.is_cpu();
  if (config.demonstrations.own > 0 && config.model_path.empty())
    return invalid("demonstrations.own needs model.path: a fresh model has no answers of its own",
                   output.string());
  const bool with_adapter = config.trainable.lora_rank > 0;
  if (with_adapter && (config.model_path.empty() || !config.vision_path.empty()))
    return invalid(
        "model.lora_rank needs model.path and no model.vision_path: an adapter lies on a model "
        "that stays as it is",
        output.string());
  METASPATIAL_TRY(const eval::RoomSource source, eval::RoomSource::open(config.descriptions, config.seed));
  METASPATIAL_TRY(auto found, find_checkpoint(output));

  // The directory that holds the tokenizer and image processor files of this model.
  std::filesystem::path files = config.model_path.empty() ? output : std::filesystem::path(config.model_path);
  std::optional<vlm::Model> model;
  if (!found && config.model_path.empty()) {
    METASPATIAL_TRY(auto fresh, create_nano(output, config.nano, config.seed));
    model = std::move(fresh);
    METASPATIAL_TRY_VOID(model->save(output));
    model->freeze(config.trainable.frozen);
    if (model->trainable_parameters().empty())
      return invalid("all parts of the model are frozen: there is nothing to learn", output.string());
  } else {
    const auto from = found ? std::optional(found->directory) : std::nullopt;
    METASPATIAL_TRY(auto loaded, open_learner(config.trainable, config.model_path, from, config.seed));
    model = std::move(loaded);
    if (found && !with_adapter) files = found->directory;  // an adapter's checkpoints have no such files
  }
  if (!found && !config.vision_path.empty())
    METASPATIAL_TRY_VOID(take_over_vision(config.vision_path, *model));
  METASPATIAL_TRY(const vlm::Processor processor, vlm::Processor::load(files));
  if (files != output) METASPATIAL_TRY_VOID(copy_model_files(files, output));
  if (on_gpu) {
    at::globalContext().setAllowTF32CuBLAS(config.bf16);  // where factors stay float32: 10 bits of mantissa
    model = model->to_device(compute);
  }
  model->use_bf16(config.bf16);
  model->use_gradient_checkpointing(config.gradient_checkpointing);
  const auto device = std::make_shared<render::Device>();
  {
    PretrainConfig few = config;
    few.rooms_per_step = std::min(4, config.rooms_per_step);
    METASPATIAL_TRY(const Batch some, make_batch(few, source, device, processor, {}, 0));
    METASPATIAL_TRY_VOID(check_memory(config, *model, some));
  }
  AdamW optimizer(model->trainable_parameters(), config.optimizer);
  std::int64_t first_step = 0;
  double train_seconds = 0;  // of steps, over all the run's processes
  if (found) {
    first_step = found->step;
    train_seconds = found->state.value("train_seconds", 0.0);
    METASPATIAL_TRY_VOID(
        load_optimizer(found->directory, found->state.value("optimizer_steps", first_step), optimizer));
    spdlog::info("going on from {}", found->directory.string());
  }
  METASPATIAL_TRY(RunLog log, RunLog::open(output, found ? first_step : -1, config.loggers.tensorboard));
  spdlog::info("{} parameters, {} descriptions, {} steps of {} rooms", model->parameter_count(),
               source.descriptions(), config.steps, config.rooms_per_step);

  GradientWorkers workers(*model, config.threads);
  std::vector<std::optional<scene::Layout>> own;
  if (config.demonstrations.own > 0) {
    METASPATIAL_TRY(const vlm::Model start_model, vlm::Model::load(config.model_path));
    spdlog::info("playing {} rooms for the answers to correct", config.steps * config.rooms_per_step);
    METASPATIAL_TRY(own, own_answers(start_model, config, source, device, processor));
  }
  BatchQueue batches(config, [&](std::int64_t number) {
    return make_batch(config, source, device, processor, own, number);
  });
  const Budget budget{config.steps, config.max_seconds};
  const auto since = [](std::chrono::steady_clock::time_point begin) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  };
  double recent_loss = 0;
  double waited_s = 0;  // for batches
  double here_s = 0;    // in steps of this process
  for (std::int64_t step = first_step; !budget.spent(step, train_seconds); ++step) {
    const auto begin = std::chrono::steady_clock::now();
    const BatchQueue::Made made = batches.take(step);
    waited_s += since(begin);
    if (!*made) return tl::unexpected<Error>(made->error());
    const Batch& batch = **made;
    const std::size_t micro = static_cast<std::size_t>(config.micro_batches);
    std::vector<double> losses(micro, 0.0);
    std::vector<at::Tensor> gpu_losses(micro);
    const auto shares = balanced(batch.costs, micro);
    const std::vector<double> even(micro, 1.0);
    const auto gradients = workers.run(even, [&](const vlm::Model& replica, std::size_t m) {
      std::vector<vlm::SequenceGroup> groups;
      const std::vector<std::size_t>& members = shares[m];
      for (const std::size_t d : members) groups.push_back(batch.demonstrations[d].group);
      at::Tensor loss;
      if (groups.empty()) return loss;
      const auto scores = replica.score(groups);
      if (on_gpu) {
        std::vector<const Demonstration*> taught;
        for (const std::size_t d : members) taught.push_back(&batch.demonstrations[d]);
        loss = joint_loss(scores, taught) / batch.weight;
        gpu_losses[m] = loss.detach();  // read when the GPU is done with the gradients, too
        return loss;
      }
      for (std::size_t b = 0; b < members.size(); ++b) {
        for (std::size_t g = 0; g < scores[b].size(); ++g) {
          const at::Tensor part = group_loss(scores[b][g], batch.demonstrations[members[b]].weights[g]);
          loss = loss.defined() ? loss + part : part;
        }
      }
      loss = loss / batch.weight;
      losses[m] = loss.item<double>();
      return loss;
    });
    double loss = 0;
    for (const double l : losses) loss += l;
    const double rate = config.schedule.rate(config.learning_rate, budget, step, train_seconds);
    const double norm = optimizer.step(gradients, rate);
    for (const at::Tensor& part : gpu_losses)
      if (part.defined()) loss += part.item<double>();
    if (!std::isfinite(loss) || !std::isfinite(norm))
      return invalid(fmt::format("the loss of step {} is not finite", step), output.string());
    recent_loss = step == first_step ? loss : 0.98 * recent_loss + 0.02 * loss;
    const double step_s = since(begin);
    train_seconds += step_s;
    here_s += step_s;
    METASPATIAL_TRY_VOID(
        log.write(Json{{"step", step + 1},
                       {"loss", loss},
                       {"actor/grad_norm", norm},
                       {"actor/lr", rate},
                       {"tokens", batch.tokens}},
                  Json{{"step", step + 1}, {"seconds", train_seconds}, {"waited_seconds", waited_s}}));
    const bool last = budget.spent(step + 1, train_seconds);
    if ((step + 1) % 50 == 0 || last) {
      const double per_step_s = here_s / static_cast<double>(step + 1 - first_step);
      spdlog::info("step {}/{}  loss {:.4f}  {:.0f} tokens/s  {:.0f} % waiting  {:.0f} s left", step + 1,
                   config.steps, recent_loss, static_cast<double>(batch.tokens) / per_step_s,
                   100.0 * waited_s / here_s, budget.seconds_left(step + 1, train_seconds));
    }
    if ((step + 1) % config.save_every == 0 || last) {
      const Json state{
          {"step", step + 1}, {"optimizer_steps", optimizer.steps()}, {"train_seconds", train_seconds}};
      METASPATIAL_TRY_VOID(save_checkpoint(output, step + 1, *model, optimizer.state(), state, output, 2));
    }
  }
  return save_trained(*model, output, output / "adapter");
}

}  // namespace metaspatial::rl
