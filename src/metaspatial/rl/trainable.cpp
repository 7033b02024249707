#include "metaspatial/rl/trainable.hpp"

#include <fmt/format.h>

#include <array>
#include <vector>

#include "metaspatial/base/rng.hpp"

namespace metaspatial::rl {

namespace {

/// A module's name in an expression.
std::string escaped(const std::string& name) {
  std::string out;
  for (const char c : name) {
    if (std::string_view("\\.^$|()[]{}*+?").find(c) != std::string_view::npos) out.push_back('\\');
    out.push_back(c);
  }
  return out;
}

}  // namespace

Result<void> read_trainable_config(ConfigReader& reader, const std::string& prefix, std::string_view where,
                                   TrainableConfig& config) {
  static constexpr std::array<std::string_view, 2> kTypes{"float32", "bfloat16"};
  std::string type = "float32";
  Json targets, excluded;
  reader.read(prefix + ".freeze_vision_tower", config.frozen.vision_tower);
  reader.read(prefix + ".freeze_projector", config.frozen.projector);
  reader.read(prefix + ".freeze_language_model", config.frozen.language_model);
  reader.read(prefix + ".lora_rank", config.lora_rank, 0, 4096);
  reader.read(prefix + ".lora_alpha", config.lora_alpha, 0, 1e6);
  reader.read(prefix + ".target_modules", targets);
  reader.read(prefix + ".exclude_modules", excluded);
  reader.read(prefix + ".torch_dtype", type, kTypes);
  METASPATIAL_TRY(config.target_modules,
                  vlm::read_module_pattern(targets, prefix + ".target_modules", where));
  METASPATIAL_TRY(config.exclude_modules,
                  vlm::read_module_pattern(excluded, prefix + ".exclude_modules", where));
  config.bf16_weights = type == "bfloat16";
  if (config.bf16_weights && config.lora_rank == 0)
    return invalid(fmt::format("key '{}.torch_dtype': bfloat16 is for weights that do not learn; expected "
                               "float32, or lora_rank above 0",
                               prefix),
                   std::string(where));
  return {};
}

vlm::LoadOptions load_options(const TrainableConfig& config) {
  vlm::LoadOptions options;
  if (config.bf16_weights) options.type = at::kBFloat16;
  return options;
}

vlm::LoraConfig lora_config(const TrainableConfig& config, const std::string& base_model) {
  vlm::LoraConfig lora;
  lora.rank = config.lora_rank;
  lora.alpha = config.lora_alpha;
  lora.target_modules = config.target_modules;
  lora.exclude_modules = config.exclude_modules;
  lora.base_model = base_model;
  std::vector<std::string> frozen;
  if (config.frozen.vision_tower) frozen.emplace_back(R"((.*\.)?visual\.(patch_embed|blocks)\..*)");
  if (config.frozen.projector) frozen.emplace_back(R"((.*\.)?visual\.merger\..*)");
  if (config.frozen.language_model) frozen.emplace_back(R"((model\.)?(language_model\.)?layers\..*)");
  if (frozen.empty()) return lora;
  // One expression for all that is left out, in the form that PEFT has for it.
  std::vector<std::string> all = frozen;
  if (!lora.exclude_modules.regex.empty()) all.push_back(lora.exclude_modules.regex);
  for (const std::string& name : lora.exclude_modules.names) all.push_back(R"((.*\.)?)" + escaped(name));
  lora.exclude_modules.names.clear();
  lora.exclude_modules.regex.clear();
  for (const std::string& each : all)
    lora.exclude_modules.regex += (lora.exclude_modules.regex.empty() ? "(?:" : "|(?:") + each + ")";
  return lora;
}

Result<vlm::WeightCounts> count_weights(const TrainableConfig& config, const vlm::VlmConfig& model) {
  if (config.lora_rank > 0) return vlm::count_weights(model, lora_config(config, {}));
  return vlm::count_weights(model, [&](const std::string& name) {
    if (name.starts_with("visual.merger.")) return !config.frozen.projector;
    if (name.starts_with("visual.")) return !config.frozen.vision_tower;
    return !config.frozen.language_model;
  });
}

Result<vlm::Model> open_learner(const TrainableConfig& config, const std::filesystem::path& model_path,
                                const std::optional<std::filesystem::path>& checkpoint, std::uint64_t seed) {
  const bool with_adapter = config.lora_rank > 0;
  METASPATIAL_TRY(
      vlm::Model model,
      vlm::Model::load(with_adapter ? model_path : checkpoint.value_or(model_path), load_options(config)));
  if (with_adapter) {
    const vlm::LoraConfig wanted = lora_config(config, model_path.string());
    if (checkpoint) {
      METASPATIAL_TRY_VOID(model.load_adapter(*checkpoint));
      if (vlm::lora_config_json(*model.adapter()) != vlm::lora_config_json(wanted))
        return invalid("its adapter is not the one that the config describes (rank, alpha, modules, model)",
                       checkpoint->string());
    } else {
      Rng rng{seed, 0x6c6f7261};
      METASPATIAL_TRY_VOID(model.add_adapter(wanted, rng));
    }
  }
  model.freeze(config.frozen);
  if (model.trainable_parameters().empty())
    return invalid("all parts of the model are frozen: there is nothing to learn", model_path.string());
  return model;
}

Result<void> save_trained(const vlm::Model& model, const std::filesystem::path& directory,
                          const std::filesystem::path& adapter) {
  if (model.adapter()) METASPATIAL_TRY_VOID(model.save_adapter(adapter));
  return model.save(directory, {.type = std::nullopt});
}

}  // namespace metaspatial::rl
