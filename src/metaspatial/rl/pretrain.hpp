#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "metaspatial/base/error.hpp"
#include "metaspatial/base/json.hpp"
#include "metaspatial/env/episode.hpp"
#include "metaspatial/rl/adamw.hpp"
#include "metaspatial/rl/demonstrations.hpp"
#include "metaspatial/rl/nano.hpp"
#include "metaspatial/rl/run_log.hpp"
#include "metaspatial/rl/schedule.hpp"
#include "metaspatial/rl/trainable.hpp"

namespace metaspatial::rl {

/// A supervised warm start. Keys in a config file are given in brackets where they differ.
struct PretrainConfig {
  std::string model_path;     ///< [model.path] to go on from; empty: a fresh nano
  std::string vision_path;    ///< [model.vision_path] a model whose vision tower is taken over; empty: none.
                              ///< Where the decoder's width differs, the last map of the tower starts afresh
  TrainableConfig trainable;  ///< [model.*] which of its weights learn; an adapter needs model.path
  NanoSize nano;              ///< [nano.*] sizes of a fresh one
  std::string descriptions = "data/descriptions/train.json";  ///< [data.descriptions]
  Loggers loggers;                                            ///< [trainer.logger]
  std::string output = "runs/pretrain";                       ///< [trainer.default_local_dir]
  std::uint64_t seed = 1;                                     ///< [data.seed]
  int steps = 2000;                                           ///< [trainer.total_steps]
  double max_seconds = 0;  ///< [trainer.max_seconds] of training steps; 0: as long as they take. Limited so,
                           ///< no two runs have the same bytes
  int rooms_per_step = 8;  ///< [data.train_batch_size]
  int micro_batches = 2;   ///< [trainer.micro_batches]
  double learning_rate = 1.5e-3;  ///< [optim.lr]
  LrSchedule schedule{.decay = LrDecay::Cosine,
                      .warmup_steps = 30,
                      .min_lr_ratio = 0.05};  ///< [optim.lr_scheduler_type, lr_warmup_steps, ...]
  AdamWConfig optimizer;                      ///< [optim.*]
  DemonstrationConfig demonstrations;         ///< [demonstrations.*]
  env::EnvConfig env;                         ///< [env.*], [reward.*]
  int save_every = 250;                       ///< [trainer.save_freq]
  int threads = 2;                            ///< [trainer.threads]
  int repeat_after = 0;  ///< [data.repeat_after] n > 0: every batch is learned from a second time, n batches
                         ///< later, where making rooms takes longer than learning from them; 0: once
  int loaders = 1;       ///< [trainer.loaders] batches that are made ahead, each on a thread of its own
  bool gradient_checkpointing = false;  ///< [model.enable_gradient_checkpointing] see vlm::Model
  bool bf16 = false;           ///< [trainer.bf16] bfloat16 factors in matrix products, where the CPU has them
  std::string device = "cpu";  ///< [trainer.device] cpu or cuda, of a libtorch that has it; `threads` share
                               ///< the GPU then, and one is best
};

[[nodiscard]] Result<PretrainConfig> read_pretrain_config(const Json& json, std::string_view where);

/// Trains on demonstrations made on the fly and leaves a model directory in config.output, with
/// metrics.jsonl, timing.jsonl and checkpoints; with LoRA the adapter is merged, and alone in adapter/. A run
/// that was killed goes on from its newest checkpoint.
///
/// Errors   of files and configs; OutOfMemory, before the first step, if its batches are too large for the
///          machine; InvalidInput with the step if the loss is not finite.
[[nodiscard]] Result<void> pretrain(const PretrainConfig& config);

}  // namespace metaspatial::rl
