#pragma once

#include "metaspatial/base/error.hpp"
#include "metaspatial/rl/process_group.hpp"
#include "metaspatial/rl/train_config.hpp"

namespace metaspatial::rl {

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
/// The same as one of several processes, all of which are given the same config and see the same folders.
/// Each plays its share of a step's rooms, see data_parallel.hpp; metrics, checkpoints and the model are
/// written by rank 0, and are those of one process within rounding. A checkpoint may be gone on from with any
/// number.
///
/// Errors   also those of ProcessGroup; an error of one process ends all of them.
[[nodiscard]] Result<double> train(const TrainConfig& config, ProcessGroup& processes);

}  // namespace metaspatial::rl
