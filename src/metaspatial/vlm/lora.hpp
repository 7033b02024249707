#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "metaspatial/base/error.hpp"
#include "metaspatial/base/json.hpp"

namespace metaspatial::vlm {

/// Modules of a model, meant as PEFT means them: by the ends of their paths ("q_proj" is every module whose
/// path is "q_proj" or ends in ".q_proj"), or by a regular expression that the whole path has to match.
///
/// Paths are those of transformers' classes, in the layout since 4.52 ("model.language_model.layers.0...",
/// "model.visual.blocks.0...") or in the one before ("model.layers.0...", "visual.blocks.0..."): a module
/// with either is meant.
struct ModulePattern {
  std::vector<std::string> names;
  std::string regex;  ///< counts where it is not empty

  [[nodiscard]] bool empty() const { return names.empty() && regex.empty(); }
};

/// A list of names, or one expression; null or "all-linear" gives an empty pattern.
///
/// Errors   InvalidInput naming the key.
[[nodiscard]] Result<ModulePattern> read_module_pattern(const Json& json, std::string_view key,
                                                        std::string_view where);

/// A low-rank adapter, fields as in PEFT's adapter_config.json.
struct LoraConfig {
  int rank = 8;                   ///< "r"
  double alpha = 8.0;             ///< "lora_alpha"
  double dropout = 0.0;           ///< "lora_dropout"; only 0 can be trained
  bool use_rslora = false;        ///< alpha / sqrt(r) instead of alpha / r
  ModulePattern target_modules;   ///< empty: every linear map, PEFT's "all-linear"
  ModulePattern exclude_modules;  ///< these are left out
  std::string base_model;         ///< "base_model_name_or_path"

  [[nodiscard]] double scale() const;
};

/// The names that "all-linear" stands for in Qwen2.5-VL: all of vision tower, projector and decoder but the
/// output head.
[[nodiscard]] std::vector<std::string> all_linear_modules();

/// Reads adapter_config.json as PEFT writes it.
///
/// Errors   InvalidInput naming the key: another method than LoRA, or a variant of it that is not built
///          (DoRA, biases, ranks per module, extra modules, initial values that change the base model).
[[nodiscard]] Result<LoraConfig> read_lora_config(const Json& json, std::string_view where);
/// What PEFT reads.
[[nodiscard]] Json lora_config_json(const LoraConfig& config);

/// Whether a module is an adapter's target: in `target_modules` and not in `exclude_modules`.
///
/// Errors   InvalidInput if an expression is none, or runs too long on `module`.
[[nodiscard]] Result<bool> is_target(const LoraConfig& config, const std::string& module);

}  // namespace metaspatial::vlm
