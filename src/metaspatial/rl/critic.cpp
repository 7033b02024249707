#include "metaspatial/rl/critic.hpp"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include "metaspatial/base/files.hpp"
#include "metaspatial/base/json.hpp"
#include "metaspatial/rl/checkpoint.hpp"
#include "metaspatial/rl/data_parallel.hpp"
#include "metaspatial/rl/schedule.hpp"
#include "metaspatial/vlm/safetensors.hpp"

namespace metaspatial::rl {

namespace {

/// The hidden states of a micro-batch's suffixes, one after another, in float32.
at::Tensor hidden_rows(const vlm::Model& model, std::span<const TrainingGroup> groups,
                       const MicroBatch& batch) {
  std::vector<at::Tensor> rows;
  for (auto& group : model.hidden(sequences_of(groups, batch)))
    std::ranges::move(group, std::back_inserter(rows));
  return at::cat(rows).to(at::kFloat);
}

bool is_empty(const MicroBatch& batch) {
  return std::ranges::all_of(batch.parts, [](const GroupPart& part) { return part.count == 0; });
}

}  // namespace

Result<void> read_critic_config(ConfigReader& reader, std::string_view where, CriticConfig& config) {
  std::string mean = "token";
  reader.read("critic.model.path", config.model_path);
  METASPATIAL_TRY_VOID(read_trainable_config(reader, "critic.model", where, config.trainable));
  reader.read("critic.optim.lr", config.learning_rate, 0, 1);
  reader.read("critic.optim.lr_warmup_steps", config.lr_warmup_steps, 0, 1000000);
  reader.read("critic.optim.weight_decay", config.optimizer.weight_decay, 0, 1);
  reader.read("critic.max_grad_norm", config.optimizer.max_grad_norm, 0, 1e6);
  reader.read("critic.cliprange_value", config.cliprange_value, 0, 1e6);
  reader.read("critic.loss_avg_mode", mean, loss_mean_names());
  reader.read("trainer.critic_warmup", config.warmup_steps, 0, 1000000);
  config.loss_avg_mode = loss_mean(mean);
  return {};
}

ValueParts& ValueParts::operator+=(const ValueParts& b) {
  loss += b.loss;
  value += b.value;
  clipped += b.clipped;
  tokens += b.tokens;
  return *this;
}

Critic::Critic(const CriticConfig& config, vlm::Model model, const CriticOptions& options)
    : config_(config), model_(std::move(model)) {
  model_.use_bf16(options.bf16);
  model_.use_gradient_checkpointing(options.gradient_checkpointing);
  const auto like = at::TensorOptions(at::kFloat).device(options.device);
  weight_ = at::zeros({1, model_.config().hidden_size}, like);
  bias_ = at::zeros({1}, like);
  std::vector<vlm::NamedTensor> parameters = model_.trainable_parameters();
  parameters.push_back({"value_head.weight", weight_});
  parameters.push_back({"value_head.bias", bias_});
  optimizer_ = std::make_unique<AdamW>(std::move(parameters), config.optimizer, options.shard);
  workers_ = std::make_unique<GradientWorkers>(model_, options.workers);
}

Result<std::unique_ptr<Critic>> Critic::open(const CriticConfig& config,
                                             const std::filesystem::path& policy_path,
                                             const std::optional<std::filesystem::path>& checkpoint,
                                             std::uint64_t seed, const CriticOptions& options) {
  const std::filesystem::path start =
      config.model_path.empty() ? policy_path : std::filesystem::path(config.model_path);
  const auto folder = checkpoint ? std::optional(*checkpoint / "critic") : std::nullopt;
  METASPATIAL_TRY(vlm::Model model, open_learner(config.trainable, start, folder, seed));
  if (!options.device.is_cpu()) model = model.to_device(options.device);
  std::unique_ptr<Critic> critic(new Critic(config, std::move(model), options));
  if (folder) METASPATIAL_TRY_VOID(critic->load(*folder));
  return critic;
}

void Critic::predict(std::span<TrainingGroup> groups, std::span<const MicroBatch> batches) const {
  for (TrainingGroup& group : groups) group.old_value.resize(group.mask.size());
  workers_->each(token_costs(batches), [&](std::size_t i) {
    if (is_empty(batches[i])) return;
    const at::Tensor values =
        at::linear(hidden_rows(model_, groups, batches[i]), weight_, bias_).squeeze(1).to(at::kCPU);
    std::int64_t from = 0;
    for (const GroupPart& part : batches[i].parts) {
      TrainingGroup& group = groups[part.group];
      for (std::size_t g = part.first; g < part.first + part.count; ++g) {
        const std::int64_t length = group.mask[g].size(0);
        group.old_value[g] = values.narrow(0, from, length).clone();
        from += length;
      }
    }
  });
}

std::vector<at::Tensor> Critic::gradients(std::span<const TrainingGroup> groups,
                                          std::span<const MicroBatch> batches, double all_tokens,
                                          double responses, double max_tokens, ValueParts& parts) {
  const at::Device device = model_.device();
  std::vector<ValueParts> of_batch(batches.size());
  std::vector<std::pair<at::Tensor, at::Tensor>> of_head(batches.size());
  auto gradients = workers_->run(token_costs(batches), [&](const vlm::Model& replica, std::size_t i) {
    const MicroBatch& batch = batches[i];
    if (is_empty(batch)) return at::Tensor();
    const at::Tensor hidden = hidden_rows(replica, groups, batch);
    // The head goes backward here, on leaves of this micro-batch's own: replicas share it, and its gradients
    // are to be summed in a fixed order.
    const at::Tensor rows = hidden.detach().set_requires_grad(true);
    const at::Tensor weight = weight_.clone().set_requires_grad(true);
    const at::Tensor bias = bias_.clone().set_requires_grad(true);
    const at::Tensor values = at::linear(rows, weight, bias).squeeze(1);
    const at::Tensor old_values = at::cat(of_parts(groups, batch, &TrainingGroup::old_value)).to(device);
    const at::Tensor returns = at::cat(of_parts(groups, batch, &TrainingGroup::returns)).to(device);
    const at::Tensor mask = at::cat(of_parts(groups, batch, &TrainingGroup::mask)).to(device);
    const at::Tensor per_token = value_loss(values, old_values, returns, config_.cliprange_value);
    std::vector<at::Tensor> shares;
    for (const GroupPart& part : batch.parts) {
      for (std::size_t g = part.first; g < part.first + part.count; ++g) {
        const at::Tensor& of_suffix = groups[part.group].mask[g];
        shares.push_back(of_suffix / loss_divisor(config_.loss_avg_mode, answer_length(of_suffix), all_tokens,
                                                  responses, max_tokens));
      }
    }
    (per_token * at::cat(shares).to(device)).sum().backward();
    of_head[i] = {weight.grad(), bias.grad()};
    const auto sum = [&](const at::Tensor& x) { return (x.detach() * mask).sum().item<double>(); };
    of_batch[i] = {sum(per_token), sum(values),
                   sum((values - old_values).abs().gt(config_.cliprange_value).to(at::kFloat)),
                   mask.sum().item<double>()};
    return (hidden * rows.grad()).sum();  // whose gradient to the hidden states is the loss's
  });
  at::Tensor weight_gradient = at::zeros_like(weight_), bias_gradient = at::zeros_like(bias_);
  for (std::size_t i = 0; i < batches.size(); ++i) {
    parts += of_batch[i];
    if (!of_head[i].first.defined()) continue;
    weight_gradient.add_(of_head[i].first);
    bias_gradient.add_(of_head[i].second);
  }
  gradients.push_back(weight_gradient);
  gradients.push_back(bias_gradient);
  return gradients;
}

double Critic::learning_rate(int train_step) const {
  const LrSchedule schedule{.decay = LrDecay::Constant, .warmup_steps = config_.lr_warmup_steps};
  return schedule.rate(config_.learning_rate, Budget(), train_step, 0);
}

Result<double> Critic::step(ProcessGroup& processes, const std::vector<at::Tensor>& gradients, int train_step,
                            std::string_view what) {
  return optimizer_step(processes, *optimizer_, gradients, learning_rate(train_step), what);
}

Result<void> Critic::save(const std::filesystem::path& folder,
                          const std::map<std::string, at::Tensor>& moments) const {
  const std::filesystem::path target = folder / "critic";
  if (model_.adapter()) {
    METASPATIAL_TRY_VOID(model_.save_adapter(target));
  } else {
    METASPATIAL_TRY_VOID(model_.save(target));
  }
  METASPATIAL_TRY_VOID(write_tensors(target / "value_head.safetensors",
                                     {{"weight", weight_.to(at::kCPU)}, {"bias", bias_.to(at::kCPU)}}));
  METASPATIAL_TRY_VOID(write_tensors(target / "optimizer.safetensors", moments));
  return write_file_atomic(target / "state.json",
                           dump_json(Json{{"optimizer_steps", optimizer_->steps()}}, 1) + "\n");
}

Result<void> Critic::load(const std::filesystem::path& folder) {
  const auto head = folder / "value_head.safetensors";
  METASPATIAL_TRY(const vlm::SafetensorsFile file, vlm::SafetensorsFile::open(head));
  for (const auto& [name, target] : {std::pair{"weight", &weight_}, {"bias", &bias_}}) {
    const auto found = file.tensors().find(name);
    if (found == file.tensors().end() || found->second.dtype != vlm::DType::F32 ||
        found->second.shape != target->sizes().vec())
      return invalid(fmt::format("the value head's {} is missing or has another shape", name), head.string());
    const auto& bytes = found->second.bytes;
    target->copy_(at::from_blob(const_cast<std::byte*>(bytes.data()), found->second.shape, at::kFloat));
  }
  METASPATIAL_TRY(const std::string text, read_file(folder / "state.json"));
  METASPATIAL_TRY(const Json state, parse_json(text, (folder / "state.json").string()));
  return load_optimizer(folder, state.value("optimizer_steps", std::int64_t{0}), *optimizer_);
}

}  // namespace metaspatial::rl
