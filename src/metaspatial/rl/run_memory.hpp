#pragma once

#include <cstdint>

#include <c10/core/Device.h>

#include "metaspatial/base/error.hpp"
#include "metaspatial/rl/train_config.hpp"
#include "metaspatial/vlm/config.hpp"
#include "metaspatial/vlm/memory_plan.hpp"
#include "metaspatial/vlm/sequence.hpp"

namespace metaspatial::rl {

/// Whether a run keeps gradient checkpoints: as its config says, by default from half a billion weights on.
[[nodiscard]] bool checkpoints_gradients(const TrainConfig& config, const vlm::VlmConfig& model);

/// The largest micro-batch and the rollouts of a run whose questions are like `question`, if every answer is
/// as long as it may be.
[[nodiscard]] Result<vlm::TrainingShape> training_shape(const TrainConfig& config,
                                                        const vlm::VlmConfig& model,
                                                        const vlm::Sequence& question, bool on_gpu);

/// For keys and values of the rollouts of a step: from 1 to 8 GiB, or what the longest one takes.
[[nodiscard]] std::int64_t rollout_cache_bytes(const TrainConfig& config, const vlm::VlmConfig& model,
                                               const vlm::Sequence& question);

/// Has the C library give every freed block of a mebibyte or more back to the system at once, for runs that
/// need `bytes`, where that is more than two gibibytes. Otherwise it keeps blocks of up to 32 MiB, and memory
/// grew to 1.26 times the sum of the tensors; for small models keeping them is faster.
void return_large_blocks(std::int64_t bytes);

/// Says in the log what memory a run needs, on the CPU and, if that is where gradients are computed, on the
/// GPU.
///
/// Errors   OutOfMemory if it does not fit, with what to change.
[[nodiscard]] Result<void> check_run_memory(const TrainConfig& config, const vlm::VlmConfig& model,
                                            const vlm::Sequence& question, at::Device compute);

}  // namespace metaspatial::rl
