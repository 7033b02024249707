#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "metaspatial/base/error.hpp"
#include "metaspatial/base/json.hpp"
#include "metaspatial/env/episode.hpp"
#include "metaspatial/eval/policy_config.hpp"
#include "metaspatial/reward/stages.hpp"
#include "metaspatial/rl/adamw.hpp"
#include "metaspatial/rl/credit.hpp"
#include "metaspatial/rl/critic_config.hpp"
#include "metaspatial/rl/curriculum.hpp"
#include "metaspatial/rl/losses.hpp"
#include "metaspatial/rl/run_log.hpp"
#include "metaspatial/rl/schedule.hpp"
#include "metaspatial/rl/trainable.hpp"

namespace metaspatial::rl {

/// A run of multi-turn reinforcement learning. Keys of config files are those of EasyR1/verl wherever the
/// meaning is the same; they are given in brackets.
struct TrainConfig {
  std::string model_path = "models/nano-base";  ///< [worker.actor.model.model_path]
  TrainableConfig trainable;                    ///< [worker.actor.model.*] which of its weights learn
  std::string train_descriptions = "data/descriptions/train.json";  ///< [data.train_files]
  std::string val_descriptions = "data/descriptions/heldout.json";  ///< [data.val_files]
  std::uint64_t seed = 1;                                           ///< [data.seed]
  int rooms_per_step = 16;                                          ///< [data.rollout_batch_size]
  int max_response_tokens = 400;                                    ///< [data.max_response_length]
  int rollouts_per_room = 8;                                        ///< [worker.rollout.n]
  double temperature = 1.0;                                         ///< [worker.rollout.temperature]
  bool rollout_endpoint = false;  ///< [worker.rollout.name] local, or endpoint: answers come from policy.*'s
  std::string sync_command;       ///< [worker.rollout.sync_command] see WeightSync; with endpoint
  std::string sync_lora_name;     ///< [worker.rollout.lora_name] this or that is needed
  eval::PolicyConfig policy;     ///< [policy.*] the endpoint, and what it is asked for beside the temperature
  int rooms_per_update = 4;      ///< [worker.actor.global_batch_size] rooms in one optimiser step
  int ppo_epochs = 1;            ///< [worker.actor.ppo_epochs]
  bool use_dynamic_bsz = false;  ///< [worker.actor.use_dynamic_bsz] micro-batches by tokens; else a room each
                                 ///< on a CPU, all rooms of an update at once on a GPU
  std::optional<bool>
      gradient_checkpointing;    ///< [worker.actor.model.enable_gradient_checkpointing] see
                                 ///< vlm::Model; default: models of half a billion weights or more
  int max_token_len = 16384;     ///< [worker.actor.ppo_max_token_len_per_gpu] tokens of a micro-batch
  double clip_ratio_low = 0.2;   ///< [worker.actor.clip_ratio_low]
  double clip_ratio_high = 0.2;  ///< [worker.actor.clip_ratio_high]
  double clip_ratio_dual = 0;    ///< [worker.actor.clip_ratio_dual] above 1; 0: no dual clip
  PolicyLossKind loss_type = PolicyLossKind::Default;  ///< [worker.actor.loss_type]
  LossMean loss_avg_mode = LossMean::Token;            ///< [worker.actor.loss_avg_mode]
  bool use_kl_loss = true;        ///< [algorithm.use_kl_loss] to the frozen starting policy, in the loss
  bool use_kl_in_reward = false;  ///< [algorithm.use_kl_in_reward] the same, taken from tokens' rewards
  KlPenalty kl_penalty = KlPenalty::LowVarKl;  ///< [algorithm.kl_penalty]
  double kl_coef = 0.01;                       ///< [algorithm.kl_coef]
  bool kl_adaptive = false;                    ///< [algorithm.kl_type] adaptive
  double kl_horizon = 10000;                   ///< [algorithm.kl_horizon] answers
  double kl_target = 0.1;                      ///< [algorithm.kl_target]
  double entropy_coeff = 0.0;                  ///< [worker.actor.entropy_coeff]
  double learning_rate = 1e-3;                 ///< [worker.actor.optim.lr]
  LrSchedule schedule{.decay = LrDecay::Linear,
                      .warmup_steps = 3,
                      .min_lr_ratio = 0.1};  ///< [worker.actor.optim.lr_scheduler_type, lr_warmup_steps, ...]
  AdamWConfig optimizer;          ///< [worker.actor.optim.weight_decay], [worker.actor.max_grad_norm]
  CreditConfig credit;            ///< [algorithm.*]
  CriticConfig critic;            ///< [critic.*]
  bool online_filtering = false;  ///< [algorithm.online_filtering] rooms whose answers all have the same
                                  ///< return are replaced by others: DAPO's dynamic sampling
  int max_try_make_batch = 10;    ///< [trainer.max_try_make_batch] rounds of it in a step
  Curriculum curriculum;          ///< [data.curriculum]
  env::EnvConfig env;             ///< [env.*], [reward.*], [judge.*]; opened: env::open_judge()
  reward::StageSchedule stages;   ///< [reward.stages.*] of training steps, not of evaluation
  int total_steps = 60;           ///< [trainer.max_steps]
  double max_seconds = 0;      ///< [trainer.max_seconds] of training steps, not of validation; 0: as long as
                               ///< they take. Limited so, no two runs have the same bytes
  int save_every = 10;         ///< [trainer.save_freq]
  int keep_checkpoints = 2;    ///< [trainer.save_limit]
  bool save_best = true;       ///< [trainer.save_best] the model with the best validation reward (of the last
                               ///< turn) stays in best/, whatever comes after it
  int val_every = 10;          ///< [trainer.val_freq] 0: never
  int val_rooms = 48;          ///< [trainer.val_rooms] for the curves
  int final_rooms = 160;       ///< [trainer.final_rooms] for summary.json; 0: no summary
  int threads = 2;             ///< [trainer.threads]
  std::string device = "cpu";  ///< [trainer.device] where gradients are computed: cpu or cuda
  std::string rollout_device = "cpu";  ///< [worker.rollout.device] where answers are written: cpu, or, with
                                       ///< gradients there, cuda, by a copy of the weights in bfloat16
  bool bf16 = false;  ///< [trainer.bf16] see vlm::Model::use_bf16; the gap to generation is then about 1e-2
  int process_timeout_s = 600;        ///< [trainer.process_timeout_s] how long one process waits for another
  Loggers loggers;                    ///< [trainer.logger]
  std::string output = "runs/train";  ///< [trainer.default_local_dir]
};

/// Whether the run keeps the starting policy, for a KL term.
[[nodiscard]] inline bool needs_reference(const TrainConfig& config) {
  return config.use_kl_loss || config.use_kl_in_reward;
}

[[nodiscard]] Result<TrainConfig> read_train_config(const Json& json, std::string_view where);

}  // namespace metaspatial::rl
