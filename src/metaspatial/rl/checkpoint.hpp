#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "metaspatial/base/error.hpp"
#include "metaspatial/base/json.hpp"
#include "metaspatial/rl/adamw.hpp"
#include "metaspatial/vlm/model.hpp"

namespace metaspatial::rl {

/// A checkpoint is a model directory in the Hugging Face form, with optimizer.safetensors and state.json
/// beside:
///
///     <run>/checkpoints/global_step_40/{config.json, model.safetensors, tokenizer.json, ...,
///     optimizer.safetensors,
///                                       state.json}
///
/// or, where only an adapter learns, the adapter in PEFT's form, without the model that it lies on:
///
///     <run>/checkpoints/global_step_40/{adapter_config.json, adapter_model.safetensors,
///     optimizer.safetensors,
///                                       state.json}
///
/// The optimiser's file has the parameters that learn. It is written under another name and renamed when it
/// is whole, so a folder of this name is a good checkpoint.
[[nodiscard]] std::filesystem::path checkpoint_path(const std::filesystem::path& run, std::int64_t step);

/// Writes float32 tensors of the CPU as one safetensors file.
///
/// Errors   Io.
[[nodiscard]] Result<void> write_tensors(const std::filesystem::path& path,
                                         const std::map<std::string, at::Tensor>& tensors);

/// Writes one, `more` into the same folder, and then removes all but the newest `keep`. `optimizer_state`: of
/// AdamW::state(), or of gather_state() where processes have shards of it.
///
/// Errors   Io; what was there before stays, and nothing of the new one.
[[nodiscard]] Result<void> save_checkpoint(
    const std::filesystem::path& run, std::int64_t step, const vlm::Model& model,
    const std::map<std::string, at::Tensor>& optimizer_state, const Json& state,
    const std::filesystem::path& model_files, int keep,
    const std::function<Result<void>(const std::filesystem::path&)>& more = {});

/// Writes the model to <run>/best, with best.json beside it: {"step": 40, "val/reward": 0.81}. What was there
/// goes when the new one is whole.
///
/// Errors   Io; what was there before stays.
[[nodiscard]] Result<void> save_best(const std::filesystem::path& run, std::int64_t step, double grade,
                                     const vlm::Model& model, const std::filesystem::path& model_files);

/// The newest checkpoint of a run.
struct FoundCheckpoint {
  std::filesystem::path directory;
  std::int64_t step = 0;
  Json state;
};
[[nodiscard]] Result<std::optional<FoundCheckpoint>> find_checkpoint(const std::filesystem::path& run);

/// Errors   InvalidInput if the optimiser's file is damaged or belongs to another model.
[[nodiscard]] Result<void> load_optimizer(const std::filesystem::path& checkpoint, std::int64_t steps,
                                          AdamW& optimizer);

}  // namespace metaspatial::rl
