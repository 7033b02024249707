#include "metaspatial/rl/run_memory.hpp"

#include <malloc.h>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "metaspatial/rl/estimators.hpp"

namespace metaspatial::rl {

namespace {

constexpr std::int64_t kCheckpointedWeights = 500000000;
constexpr std::int64_t kMostCacheBytes = std::int64_t{8} << 30;
constexpr double kGiB = 1024.0 * 1024.0 * 1024.0;

std::int64_t cache_bytes_per_token(const TrainConfig& config, const vlm::VlmConfig& model) {
  return vlm::cache_bytes_per_token(model, config.rollout_device == "cpu" ? 4 : 2);
}

/// The most tokens of a first turn, an answer, and of a later one: the answer before, the user's reply, which
/// is about as long as the question, and an answer.
std::pair<std::int64_t, std::int64_t> turn_tokens(const TrainConfig& config, const vlm::Sequence& question) {
  const std::int64_t answer = config.max_response_tokens;
  const auto asked = static_cast<std::int64_t>(question.ids.size());
  return {answer, config.env.max_turns > 1 ? 2 * answer + asked : 0};
}

/// Tokens of a step's rollouts whose keys and values are kept at once: all, up to kMostCacheBytes; rows wait
/// for room where that is less.
std::int64_t cached_tokens(const TrainConfig& config, const vlm::VlmConfig& model,
                           const vlm::Sequence& question) {
  const auto [answer, later] = turn_tokens(config, question);
  const auto asked = static_cast<std::int64_t>(question.ids.size());
  const std::int64_t longest = std::max(answer, later);
  const std::int64_t all = config.rooms_per_step * (asked + config.rollouts_per_room * longest);
  const std::int64_t most = kMostCacheBytes / cache_bytes_per_token(config, model);
  return std::min(all, std::max(most, asked + longest));
}

/// What of a model learns.
Result<void> set_learner(const TrainableConfig& config, const vlm::VlmConfig& model,
                         vlm::TrainingShape& shape) {
  METASPATIAL_TRY(shape.weights, count_weights(config, model));
  shape.frozen_bytes = config.bf16_weights ? 2 : 4;
  shape.vision_trains = !config.frozen.vision_tower;
  shape.head_trains = config.lora_rank == 0 && !config.frozen.language_model;
  return {};
}

/// The plan of a run from the shape of its policy's training.
using Plan = std::function<vlm::MemoryPlan(const vlm::TrainingShape&)>;

/// A critic reads the policy's micro-batches and writes nothing.
Result<Plan> plan_with_critic(const TrainConfig& config, const vlm::VlmConfig& policy) {
  vlm::VlmConfig model = policy;
  if (!config.critic.model_path.empty()) {
    METASPATIAL_TRY(model, vlm::load_config(config.critic.model_path));
  }
  vlm::TrainingShape learner;
  METASPATIAL_TRY_VOID(set_learner(config.critic.trainable, model, learner));
  return [policy, model, learner](const vlm::TrainingShape& shape) {
    vlm::TrainingShape own = shape;
    own.weights = learner.weights;
    own.frozen_bytes = learner.frozen_bytes;
    own.vision_trains = learner.vision_trains;
    own.head_trains = learner.head_trains;
    own.reference = own.writer = false;
    own.cached_tokens = 0;
    vlm::MemoryPlan plan = vlm::plan_memory(policy, shape);
    vlm::add_critic(plan, vlm::plan_memory(model, own));
    return plan;
  };
}

/// The keys that would make a run smaller, with what each would save, the most first.
std::string advice(const TrainConfig& config, const Plan& plan, const vlm::TrainingShape& shape) {
  const std::int64_t now = plan(shape).total();
  struct Change {
    std::string text;
    std::int64_t saved;
  };
  std::vector<Change> changes;
  const auto consider = [&](std::string text, const auto& change) {
    vlm::TrainingShape other = shape;
    change(other);
    const std::int64_t saved = now - plan(other).total();
    if (saved > now / 50) changes.push_back({std::move(text), saved});
  };
  if (!shape.checkpointing)
    consider("worker.actor.model.enable_gradient_checkpointing: true",
             [](vlm::TrainingShape& s) { s.checkpointing = true; });
  consider(config.use_dynamic_bsz
               ? fmt::format("worker.actor.ppo_max_token_len_per_gpu: {}", config.max_token_len / 2)
               : fmt::format("worker.actor.use_dynamic_bsz: true with ppo_max_token_len_per_gpu: {}",
                             shape.tokens / 2),
           [](vlm::TrainingShape& s) {
             s.tokens /= 2;
             s.scored_tokens /= 2;
             s.patches /= 2;
             s.attended_keys /= 2;
           });
  if (shape.workers > 1) consider("trainer.threads: 1", [](vlm::TrainingShape& s) { s.workers = 1; });
  if (shape.reference)
    consider("algorithm.use_kl_loss: false", [](vlm::TrainingShape& s) { s.reference = false; });
  if (changes.empty()) return "Take a smaller model or a larger machine.";
  std::ranges::stable_sort(changes, std::greater<>{}, &Change::saved);
  std::string out = "What would make it smaller:";
  for (const Change& change : changes)
    out += fmt::format("{} {} ({:.1f} GiB)", &change == &changes.front() ? "" : ",", change.text,
                       static_cast<double>(change.saved) / kGiB);
  return out;
}

}  // namespace

void return_large_blocks(std::int64_t bytes) {
#ifdef __GLIBC__
  if (bytes > std::int64_t{2} << 30) mallopt(M_MMAP_THRESHOLD, 1 << 20);
#else
  static_cast<void>(bytes);
#endif
}

bool checkpoints_gradients(const TrainConfig& config, const vlm::VlmConfig& model) {
  const vlm::WeightCounts counts = vlm::count_weights(model);
  return config.gradient_checkpointing.value_or(counts.trainable >= kCheckpointedWeights);  // all are, here
}

Result<vlm::TrainingShape> training_shape(const TrainConfig& config, const vlm::VlmConfig& model,
                                          const vlm::Sequence& question, bool on_gpu) {
  vlm::TrainingShape shape;
  METASPATIAL_TRY_VOID(set_learner(config.trainable, model, shape));
  shape.path = !on_gpu       ? vlm::ComputePath::Cpu
               : config.bf16 ? vlm::ComputePath::Flash
                             : vlm::ComputePath::Aten;
  shape.checkpointing = checkpoints_gradients(config, model);
  shape.workers = on_gpu ? 1 : config.threads;
  shape.reference =
      needs_reference(config) && config.trainable.lora_rank == 0;  // below an adapter lies the reference

  const auto asked = static_cast<std::int64_t>(question.ids.size());
  const auto [answer, later] = turn_tokens(config, question);
  const std::int64_t longest = std::max(answer, later);
  const std::int64_t rollouts = config.rollouts_per_room;
  const std::int64_t turns = config.env.max_turns;
  const std::int64_t of_room = asked + rollouts * (answer + (turns - 1) * later);
  const std::int64_t rooms = std::min(config.rooms_per_update, config.rooms_per_step);
  shape.tokens = on_gpu || config.use_dynamic_bsz ? rooms * of_room : of_room;
  if (config.use_dynamic_bsz)
    shape.tokens = std::min(shape.tokens, std::max<std::int64_t>(config.max_token_len, asked + longest));
  const double share = static_cast<double>(shape.tokens) / static_cast<double>(of_room);  // in rooms
  shape.scored_tokens =
      shape.tokens - std::min(shape.tokens, static_cast<std::int64_t>(share * static_cast<double>(asked)));
  std::int64_t patches = 0;
  for (const auto& image : question.images)
    patches += static_cast<std::int64_t>(image->grid_h) * image->grid_w;
  // The question's pictures, and in later turns as many again per rollout.
  shape.patches = static_cast<std::int64_t>(std::max(1.0, share) *
                                            static_cast<double>(patches * (1 + rollouts * (turns - 1))));
  shape.attended_keys =
      shape.tokens + static_cast<std::int64_t>(share * static_cast<double>(rollouts * turns * asked));
  shape.several_steps = config.use_dynamic_bsz || (!on_gpu && rooms > config.threads);
  shape.cached_tokens = cached_tokens(config, model, question);
  return shape;
}

std::int64_t rollout_cache_bytes(const TrainConfig& config, const vlm::VlmConfig& model,
                                 const vlm::Sequence& question) {
  return std::max(std::int64_t{1} << 30,
                  cached_tokens(config, model, question) * cache_bytes_per_token(config, model));
}

Result<void> check_run_memory(const TrainConfig& config, const vlm::VlmConfig& model,
                              const vlm::Sequence& question, at::Device compute) {
  const bool on_gpu = !compute.is_cpu();
  METASPATIAL_TRY(vlm::TrainingShape shape, training_shape(config, model, question, on_gpu));
  const Plan of_policy = [&](const vlm::TrainingShape& part) { return vlm::plan_memory(model, part); };
  Plan of_learners = of_policy;
  if (estimator(config.credit.estimator).critic) {
    METASPATIAL_TRY(of_learners, plan_with_critic(config, model));
  }
  const auto check = [&](const vlm::TrainingShape& part, const Plan& plan_of,
                         at::Device device) -> Result<void> {
    const vlm::MemoryPlan plan = plan_of(part);
    METASPATIAL_TRY(const std::string text, vlm::check_memory(plan, vlm::available_memory(device),
                                                              config.output, advice(config, plan_of, part)));
    if (device.is_cpu()) return_large_blocks(plan.total());
    spdlog::info("{}: {}", device.is_cpu() ? "memory" : "GPU memory", text);
    return {};
  };
  if (!on_gpu) return check(shape, of_learners, compute);
  // The CPU holds a copy of the weights, and may write the answers.
  vlm::TrainingShape host;
  host.weights.frozen = shape.weights.trainable + shape.weights.frozen;
  host.frozen_bytes = shape.frozen_bytes;
  shape.writer = config.rollout_device != "cpu";
  host.cached_tokens = shape.writer ? 0 : shape.cached_tokens;
  METASPATIAL_TRY_VOID(check(host, of_policy, at::Device(at::kCPU)));
  if (!shape.writer) shape.cached_tokens = 0;
  return check(shape, of_learners, compute);
}

}  // namespace metaspatial::rl
