#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "metaspatial/base/config.hpp"
#include "metaspatial/base/error.hpp"
#include "metaspatial/vlm/lora.hpp"
#include "metaspatial/vlm/memory_plan.hpp"
#include "metaspatial/vlm/model.hpp"

namespace metaspatial::rl {

/// Which weights of a model a run trains. Keys are those of EasyR1/verl where there are such, below a prefix
/// such as "worker.actor.model".
struct TrainableConfig {
  vlm::FrozenParts frozen;             ///< [freeze_vision_tower], [freeze_projector], [freeze_language_model]
  int lora_rank = 0;                   ///< [lora_rank] above 0: only a low-rank adapter learns
  double lora_alpha = 16;              ///< [lora_alpha]
  vlm::ModulePattern target_modules;   ///< [target_modules] "all-linear", a list of names, or an expression
  vlm::ModulePattern exclude_modules;  ///< [exclude_modules] a list of names, or an expression
  bool bf16_weights = false;  ///< [torch_dtype] float32, or bfloat16: half the memory for what does not learn
};

/// Errors   those of the reader, later; InvalidInput for a pattern that is none, or for weights in bfloat16
///          that are to learn.
[[nodiscard]] Result<void> read_trainable_config(ConfigReader& reader, const std::string& prefix,
                                                 std::string_view where, TrainableConfig& config);

/// How the run's models are loaded.
[[nodiscard]] vlm::LoadOptions load_options(const TrainableConfig& config);

/// The adapter of a run: frozen parts get none.
[[nodiscard]] vlm::LoraConfig lora_config(const TrainableConfig& config, const std::string& base_model);

/// What of a model such a run trains, without making it.
///
/// Errors   those of vlm::is_target().
[[nodiscard]] Result<vlm::WeightCounts> count_weights(const TrainableConfig& config,
                                                      const vlm::VlmConfig& model);

/// The model that learns, as it is in `checkpoint`, or, if there is none, at the run's start.
///
/// Errors   those of Model::load and its adapters; InvalidInput if nothing is left to learn, or if the
///          checkpoint's adapter is not the config's.
[[nodiscard]] Result<vlm::Model> open_learner(const TrainableConfig& config,
                                              const std::filesystem::path& model_path,
                                              const std::optional<std::filesystem::path>& checkpoint,
                                              std::uint64_t seed);

/// Writes a trained model: its weights, an adapter merged into them, in `directory`, and the adapter alone in
/// `adapter`, if there is one. Weights have the type that they have in memory.
[[nodiscard]] Result<void> save_trained(const vlm::Model& model, const std::filesystem::path& directory,
                                        const std::filesystem::path& adapter);

}  // namespace metaspatial::rl
