#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "metaspatial/base/error.hpp"
#include "metaspatial/base/json.hpp"
#include "metaspatial/env/episode.hpp"
#include "metaspatial/eval/policy_config.hpp"
#include "metaspatial/reward/stages.hpp"
#include "metaspatial/rl/adamw.hpp"
#include "metaspatial/rl/credit.hpp"
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
      gradient_checkpointing;          ///< [worker.actor.model.enable_gradient_checkpointing] see
                                       ///< vlm::Model; default: models of half a billion weights or more
  int max_token_len = 16384;           ///< [worker.actor.ppo_max_token_len_per_gpu] tokens of a micro-batch
  double clip_ratio_low = 0.2;         ///< [worker.actor.clip_ratio_low]
  double clip_ratio_high = 0.2;        ///< [worker.actor.clip_ratio_high]
  bool use_kl_loss = true;             ///< [algorithm.use_kl_loss] low_var_kl to the frozen starting policy
  double kl_coef = 0.01;               ///< [algorithm.kl_coef]
  double entropy_coeff = 0.0;          ///< [worker.actor.entropy_coeff]
  double learning_rate = 1e-3;         ///< [worker.actor.optim.lr]
  int warmup_steps = 3;                ///< [worker.actor.optim.lr_warmup_steps]
  double final_lr_share = 0.1;         ///< [worker.actor.optim.min_lr_ratio] linear decay to this share
  AdamWConfig optimizer;               ///< [worker.actor.optim.weight_decay], [worker.actor.max_grad_norm]
  CreditConfig credit;                 ///< [algorithm.*]
  env::EnvConfig env;                  ///< [env.*], [reward.*], [judge.*]; opened: env::open_judge()
  reward::StageSchedule stages;        ///< [reward.stages.*] of training steps, not of evaluation
  int total_steps = 60;                ///< [trainer.max_steps]
  int save_every = 10;                 ///< [trainer.save_freq]
  int keep_checkpoints = 2;            ///< [trainer.save_limit]
  int val_every = 10;                  ///< [trainer.val_freq] 0: never
  int val_rooms = 48;                  ///< [trainer.val_rooms] for the curves
  int final_rooms = 160;               ///< [trainer.final_rooms] for summary.json; 0: no summary
  int threads = 2;                     ///< [trainer.threads]
  std::string device = "cpu";          ///< [trainer.device] where gradients are computed: cpu or cuda
  std::string rollout_device = "cpu";  ///< [worker.rollout.device] where answers are written: cpu, or, with
                                       ///< gradients there, cuda, by a copy of the weights in bfloat16
  bool bf16 = false;  ///< [trainer.bf16] see vlm::Model::use_bf16; the gap to generation is then about 1e-2
  std::string output = "runs/train";  ///< [trainer.default_local_dir]
};

[[nodiscard]] Result<TrainConfig> read_train_config(const Json& json, std::string_view where);

/// Trains, resuming from the newest checkpoint of config.output if there is one, and leaves there
/// checkpoints, metrics.jsonl, timing.jsonl and the trained model in model/, with LoRA merged, its adapter in
/// adapter/. The policy of the KL term is the starting model; with LoRA that is the same weights without the
/// adapter. What the judge could not grade
/// is left out of its group; its share is in metrics.jsonl where a model is the judge, and what it cost in
/// timing.jsonl.
///
/// With an endpoint for rollouts the answers are the server's texts, as the tokens of the local tokenizer;
/// texts that it does not give back, and requests that failed, are left out and counted. Their log-probs are
/// those of the local model before the step's first update (verl's old_log_prob); where the server tells some
/// for the same tokens, metrics.jsonl has the gap. The server is given the current weights before each step,
/// see RolloutServer.
///
/// REQUIRES env::open_judge(config.env) where a model is the judge.
/// Errors   of files and configs; InvalidInput with step and room if a loss or reward is not finite; those of
///          RolloutServer, and an endpoint's first failure if it answers none of a step's questions.
/// Returns  the seconds that were spent on training steps, over all the run's processes.
[[nodiscard]] Result<double> train(const TrainConfig& config);

}  // namespace metaspatial::rl
