#include "metaspatial/rl/train_config.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "metaspatial/base/config.hpp"
#include "metaspatial/env/env_config.hpp"
#include "metaspatial/reward/reward_config.hpp"

namespace metaspatial::rl {

namespace {

/// [algorithm.*] and the losses of [worker.actor.*]; estimators and turn credits are named in their tables.
void read_algorithm(ConfigReader& reader, TrainConfig& config) {
  static constexpr std::array<std::string_view, 4> kLossTypes{"default", "gspo", "gspo_token", "cispo"};
  static constexpr std::array<std::string_view, 5> kKlPenalties{"kl", "abs", "mse", "low_var_kl", "full"};
  static constexpr std::array<std::string_view, 2> kKlTypes{"fixed", "adaptive"};
  static constexpr std::array<std::string_view, 2> kObjectKinds{"normalised", "spo"};
  static constexpr std::array<std::string_view, 2> kObjectTokens{"entry", "numbers"};
  CreditConfig& credit = config.credit;
  std::string loss_type = "default", loss_avg_mode = "token", penalty = "low_var_kl", kl_type = "fixed",
              object_kind = "normalised", object_tokens = "entry";
  bool disable_kl = false;
  reader.read("worker.actor.clip_ratio_low", config.clip_ratio_low, 0, 1);
  reader.read("worker.actor.clip_ratio_high", config.clip_ratio_high, 0, 10);
  reader.read("worker.actor.clip_ratio_dual", config.clip_ratio_dual, 0, 1000);
  reader.read("worker.actor.loss_type", loss_type, kLossTypes);
  reader.read("worker.actor.loss_avg_mode", loss_avg_mode, loss_mean_names());
  reader.read("worker.actor.entropy_coeff", config.entropy_coeff, 0, 1);
  reader.read("algorithm.adv_estimator", credit.estimator, estimator_names());
  reader.read("algorithm.turn_credit", credit.turn_credit, turn_credit_names());
  reader.read("algorithm.gamma", credit.gamma, 0, 1);
  reader.read("algorithm.lam", credit.lam, 0, 1);
  reader.read("algorithm.high_level_gamma", credit.high_level_gamma, 0, 1);
  reader.read("algorithm.norm_adv_by_std", credit.normalise_by_std);
  reader.read("algorithm.last_turn_weight", credit.last_turn_weight, 0, 1);
  reader.read("algorithm.object_credit", credit.object_credit, 0, 10);
  reader.read("algorithm.object_credit_kind", object_kind, kObjectKinds);
  reader.read("algorithm.object_credit_tokens", object_tokens, kObjectTokens);
  reader.read("algorithm.object_credit_per_axis", credit.per_axis);
  reader.read("algorithm.object_credit_clip", credit.credit_clip, 0, 100);
  reader.read("algorithm.disable_kl", disable_kl);
  reader.read("algorithm.use_kl_loss", config.use_kl_loss);
  reader.read("algorithm.use_kl_in_reward", config.use_kl_in_reward);
  reader.read("algorithm.kl_penalty", penalty, kKlPenalties);
  reader.read("algorithm.kl_coef", config.kl_coef, 0, 10);
  reader.read("algorithm.kl_type", kl_type, kKlTypes);
  reader.read("algorithm.kl_horizon", config.kl_horizon, 1, 1e12);
  reader.read("algorithm.kl_target", config.kl_target, 1e-9, 1e6);
  reader.read("reward_model.overlong_buffer.enable", credit.overlong.enabled);
  reader.read("reward_model.overlong_buffer.len", credit.overlong.buffer_tokens, 1, 65536);
  reader.read("reward_model.overlong_buffer.penalty_factor", credit.overlong.penalty_factor, 0, 1000);
  const auto place_in = [](std::string_view word, const auto& words) {
    return std::ranges::find(words, word) - words.begin();
  };
  config.loss_type = static_cast<PolicyLossKind>(place_in(loss_type, kLossTypes));
  config.loss_avg_mode = loss_mean(loss_avg_mode);
  config.kl_penalty = static_cast<KlPenalty>(place_in(penalty, kKlPenalties));
  config.kl_adaptive = kl_type == "adaptive";
  credit.spo = object_kind == "spo";
  credit.numbers_only = object_tokens == "numbers";
  if (disable_kl) config.use_kl_loss = config.use_kl_in_reward = false;
}

Result<void> check_algorithm(const TrainConfig& config, std::string_view where) {
  METASPATIAL_TRY_VOID(check_credit(config.credit, where));
  const auto wrong = [&](std::string message) { return invalid(std::move(message), std::string(where)); };
  if (config.use_kl_loss && config.use_kl_in_reward)
    return wrong(
        "key 'algorithm.use_kl_in_reward': there is one kl_coef; expected use_kl_loss: false with it");
  if (config.clip_ratio_dual != 0 && config.clip_ratio_dual <= 1)
    return wrong("key 'worker.actor.clip_ratio_dual': expected 0 (none) or a number above 1");
  if (config.credit.overlong.enabled && config.credit.overlong.buffer_tokens > config.max_response_tokens)
    return wrong("key 'reward_model.overlong_buffer.len': expected at most data.max_response_length");
  return {};
}

}  // namespace

Result<TrainConfig> read_train_config(const Json& json, std::string_view where) {
  static constexpr std::array<std::string_view, 2> kDevices{"cpu", "cuda"};
  TrainConfig config;
  static constexpr std::array<std::string_view, 2> kRollouts{"local", "endpoint"};
  std::string rollout = "local";
  Json curriculum;
  ConfigReader reader(json, where);
  reader.read("data.train_files", config.train_descriptions);
  reader.read("data.val_files", config.val_descriptions);
  reader.read("data.seed", config.seed);
  reader.read("data.rollout_batch_size", config.rooms_per_step, 1, 65536);
  reader.read("data.max_response_length", config.max_response_tokens, 1, 65536);
  reader.read("data.curriculum", curriculum);
  reader.read("worker.rollout.n", config.rollouts_per_room, 1, 1024);
  reader.read("worker.rollout.temperature", config.temperature, 0.01, 10);
  reader.read("worker.rollout.name", rollout, kRollouts);
  reader.read("worker.rollout.sync_command", config.sync_command);
  reader.read("worker.rollout.lora_name", config.sync_lora_name);
  reader.read("worker.actor.model.model_path", config.model_path);
  METASPATIAL_TRY_VOID(read_trainable_config(reader, "worker.actor.model", where, config.trainable));
  reader.read("worker.actor.model.enable_gradient_checkpointing", config.gradient_checkpointing);
  reader.read("worker.actor.global_batch_size", config.rooms_per_update, 1, 65536);
  reader.read("worker.actor.ppo_epochs", config.ppo_epochs, 1, 64);
  reader.read("worker.actor.use_dynamic_bsz", config.use_dynamic_bsz);
  reader.read("worker.actor.ppo_max_token_len_per_gpu", config.max_token_len, 1, 100000000);
  reader.read("worker.actor.max_grad_norm", config.optimizer.max_grad_norm, 0, 1e6);
  reader.read("worker.actor.optim.lr", config.learning_rate, 0, 1);
  read_lr_schedule(reader, "worker.actor.optim", config.schedule);
  reader.read("worker.actor.optim.weight_decay", config.optimizer.weight_decay, 0, 1);
  read_algorithm(reader, config);
  reader.read("algorithm.online_filtering", config.online_filtering);
  reader.read("trainer.max_try_make_batch", config.max_try_make_batch, 1, 1000);
  METASPATIAL_TRY_VOID(read_critic_config(reader, where, config.critic));
  reader.read("trainer.max_steps", config.total_steps, 1, 100000000);
  reader.read("trainer.max_seconds", config.max_seconds, 0, 1e9);
  reader.read("trainer.save_freq", config.save_every, 1, 100000000);
  reader.read("trainer.save_limit", config.keep_checkpoints, 1, 1000);
  reader.read("trainer.save_best", config.save_best);
  reader.read("trainer.val_freq", config.val_every, 0, 100000000);
  reader.read("trainer.val_rooms", config.val_rooms, 1, 100000);
  reader.read("trainer.final_rooms", config.final_rooms, 0, 100000);
  reader.read("trainer.process_timeout_s", config.process_timeout_s, 1, 1000000);
  reader.read("trainer.threads", config.threads, 1, 256);
  reader.read("trainer.device", config.device);
  reader.read("worker.rollout.device", config.rollout_device, kDevices);
  reader.read("trainer.bf16", config.bf16);
  METASPATIAL_TRY_VOID(read_loggers(reader, where, config.loggers));
  reader.read("trainer.default_local_dir", config.output);
  env::read_env_config(reader, config.env);
  reward::read_stage_schedule(reader, config.stages);
  eval::read_policy_config(reader, config.policy);
  METASPATIAL_TRY_VOID(reader.finish());
  METASPATIAL_TRY(config.curriculum, read_curriculum(curriculum, "data.curriculum", where));
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
  METASPATIAL_TRY_VOID(check_algorithm(config, where));
  return config;
}

}  // namespace metaspatial::rl
