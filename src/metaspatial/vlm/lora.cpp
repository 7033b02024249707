#include "metaspatial/vlm/lora.hpp"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include <ATen/Functions.h>
#include <fmt/format.h>

#include "metaspatial/base/files.hpp"
#include "metaspatial/vlm/model.hpp"
#include "metaspatial/vlm/safetensors.hpp"
#include "metaspatial/vlm/tensor_files.hpp"
#include "metaspatial/vlm/weights.hpp"

namespace metaspatial::vlm {

namespace {

constexpr std::string_view kConfig = "adapter_config.json";
constexpr std::string_view kTensors = "adapter_model.safetensors";
constexpr std::string_view kPrefix = "base_model.model.";
constexpr int kMaxRank = 1 << 16;
constexpr std::size_t kMaxNames = 4096;
constexpr std::size_t kMaxRegex = 4096;

/// Modules that PEFT could adapt and we cannot: they are no linear maps of ours.
constexpr std::string_view kOthers[] = {"model.embed_tokens", "lm_head"};

/// A compiled ModulePattern.
class Matcher {
 public:
  static Result<Matcher> compile(const ModulePattern& pattern, std::string_view key) {
    Matcher matcher;
    matcher.names_ = pattern.names;
    matcher.key_ = key;
    if (pattern.regex.empty()) return matcher;
    int code = 0;
    PCRE2_SIZE place = 0;
    matcher.regex_.reset(pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern.regex.data()),
                                       pattern.regex.size(), PCRE2_ANCHORED | PCRE2_ENDANCHORED | PCRE2_UTF,
                                       &code, &place, nullptr));
    if (matcher.regex_ == nullptr)
      return invalid(fmt::format("key '{}': no regular expression, at character {}", key, place));
    return matcher;
  }

  [[nodiscard]] Result<bool> matches(std::string_view module) const {
    if (regex_ == nullptr)
      return std::any_of(names_.begin(), names_.end(), [&](const std::string& name) {
        return module == name || (module.size() > name.size() && module.ends_with(name) &&
                                  module[module.size() - name.size() - 1] == '.');
      });
    const std::unique_ptr<pcre2_match_data, void (*)(pcre2_match_data*)> data(
        pcre2_match_data_create_from_pattern(regex_.get(), nullptr), pcre2_match_data_free);
    const std::unique_ptr<pcre2_match_context, void (*)(pcre2_match_context*)> limits(
        pcre2_match_context_create(nullptr), pcre2_match_context_free);
    pcre2_set_match_limit(limits.get(), 1'000'000);
    const int found = pcre2_match(regex_.get(), reinterpret_cast<PCRE2_SPTR>(module.data()), module.size(), 0,
                                  0, data.get(), limits.get());
    if (found < 0 && found != PCRE2_ERROR_NOMATCH)
      return invalid(fmt::format("key '{}': the regular expression takes too long", key_));
    return found >= 0;
  }

 private:
  struct Free {
    void operator()(pcre2_code* code) const { pcre2_code_free(code); }
  };
  std::vector<std::string> names_;
  std::unique_ptr<pcre2_code, Free> regex_;
  std::string key_;
};

/// A LoraConfig's choice of modules.
class Targets {
 public:
  static Result<Targets> of(const LoraConfig& config) {
    ModulePattern wanted = config.target_modules;
    if (wanted.empty()) wanted.names = all_linear_modules();
    METASPATIAL_TRY(Matcher targets, Matcher::compile(wanted, "target_modules"));
    METASPATIAL_TRY(Matcher excluded, Matcher::compile(config.exclude_modules, "exclude_modules"));
    return Targets{std::move(targets), std::move(excluded)};
  }
  [[nodiscard]] Result<bool> contains(const std::string& module) const {
    bool target = false;
    for (const std::string& path : names_in_files(module)) {
      METASPATIAL_TRY(const bool excluded, excluded_.matches(path));
      if (excluded) return false;
      METASPATIAL_TRY(const bool matched, targets_.matches(path));
      target = target || matched;
    }
    return target;
  }

 private:
  Targets(Matcher targets, Matcher excluded) : targets_(std::move(targets)), excluded_(std::move(excluded)) {}
  Matcher targets_;
  Matcher excluded_;
};

Json pattern_json(const ModulePattern& pattern) {
  if (!pattern.regex.empty()) return pattern.regex;
  if (pattern.names.empty()) return nullptr;
  return pattern.names;
}

/// Nothing, false, "", 0, [] and {}.
bool is_unset(const Json& json) {
  if (json.is_null()) return true;
  if (json.is_boolean()) return !json.get<bool>();
  if (json.is_number()) return json.get<double>() == 0;
  return json.empty() || (json.is_string() && json.get_ref<const std::string&>().empty());
}

/// An adapter's matrices for a map: A (r, in) and B (out, r), for the patch embedding as convolutions.
std::pair<std::vector<std::int64_t>, std::vector<std::int64_t>> adapter_shapes(const Linear& linear,
                                                                               std::int64_t rank) {
  std::vector<std::int64_t> a = linear.weight.sizes().vec();
  std::vector<std::int64_t> b(a.size(), 1);
  b[0] = a[0];
  b[1] = rank;
  a[0] = rank;
  return {a, b};
}

at::TensorOptions adapter_options(const Linear& linear) {
  const at::ScalarType type = linear.weight.scalar_type() == at::kDouble ? at::kDouble : at::kFloat;
  return at::TensorOptions(type).device(linear.weight.device());
}

void freeze_all(Model& model) {
  model.freeze({.vision_tower = true, .projector = true, .language_model = true});
}

}  // namespace

double LoraConfig::scale() const {
  return use_rslora ? alpha / std::sqrt(static_cast<double>(rank)) : alpha / rank;
}

std::vector<std::string> all_linear_modules() {
  return {"q_proj",    "k_proj", "v_proj",    "o_proj", "gate_proj", "up_proj",
          "down_proj", "qkv",    "attn.proj", "mlp.0",  "mlp.2"};
}

Result<ModulePattern> read_module_pattern(const Json& json, std::string_view key, std::string_view where) {
  ModulePattern pattern;
  const auto bad = [&] {
    return invalid(fmt::format("key '{}': expected a list of module names or a regular expression", key),
                   std::string(where));
  };
  if (json.is_null() || json == "all-linear") return pattern;
  if (json.is_string()) {
    pattern.regex = json.get<std::string>();
    if (pattern.regex.size() > kMaxRegex) return bad();
    return pattern;
  }
  if (!json.is_array() || json.size() > kMaxNames) return bad();
  for (const auto& name : json) {
    if (!name.is_string() || name.get_ref<const std::string&>().empty()) return bad();
    pattern.names.push_back(name.get<std::string>());
  }
  return pattern;
}

Result<LoraConfig> read_lora_config(const Json& json, std::string_view where) {
  const auto bad = [&](std::string_view key, std::string_view expected) {
    return invalid(fmt::format("key '{}': expected {}", key, expected), std::string(where));
  };
  if (!json.is_object()) return invalid("expected an object", std::string(where));
  if (!json.contains("peft_type") || json["peft_type"] != "LORA") return bad("peft_type", "\"LORA\"");
  for (const char* key :
       {"use_dora", "use_qalora", "lora_bias", "fan_in_fan_out", "modules_to_save", "layers_to_transform",
        "layer_replication", "rank_pattern", "alpha_pattern", "target_parameters", "trainable_token_indices",
        "megatron_config", "alora_invocation_tokens", "arrow_config", "use_bdlora"})
    if (json.contains(key) && !is_unset(json[key]))
      return bad(key, "nothing: this variant of LoRA is not built");
  if (json.contains("bias") && json["bias"] != "none") return bad("bias", "\"none\"");
  if (json.contains("init_lora_weights")) {
    // Others take a part of the base model's weights into the adapter.
    const Json& init = json["init_lora_weights"];
    if (!init.is_boolean() && !init.is_null() && init != "gaussian")
      return bad("init_lora_weights", "true, false or \"gaussian\"");
  }
  LoraConfig config;
  if (json.contains("r")) {
    const Json& rank = json["r"];
    if (!rank.is_number_integer() || rank.get<std::int64_t>() < 1 || rank.get<std::int64_t>() > kMaxRank)
      return bad("r", fmt::format("a whole number in 1..{}", kMaxRank));
    config.rank = rank.get<int>();
  }
  const auto number = [&](const char* key, double& value) {
    if (!json.contains(key)) return true;
    if (!json[key].is_number()) return false;
    value = json[key].get<double>();
    return std::isfinite(value);
  };
  if (!number("lora_alpha", config.alpha)) return bad("lora_alpha", "a number");
  if (!number("lora_dropout", config.dropout) || config.dropout < 0 || config.dropout >= 1)
    return bad("lora_dropout", "a number from 0 to below 1");
  if (json.contains("use_rslora") && !json["use_rslora"].is_null()) {
    if (!json["use_rslora"].is_boolean()) return bad("use_rslora", "true or false");
    config.use_rslora = json["use_rslora"].get<bool>();
  }
  METASPATIAL_TRY(config.target_modules,
                  read_module_pattern(json.value("target_modules", Json()), "target_modules", where));
  METASPATIAL_TRY(config.exclude_modules,
                  read_module_pattern(json.value("exclude_modules", Json()), "exclude_modules", where));
  if (json.contains("base_model_name_or_path") && json["base_model_name_or_path"].is_string())
    config.base_model = json["base_model_name_or_path"].get<std::string>();
  return config;
}

Json lora_config_json(const LoraConfig& config) {
  ModulePattern targets = config.target_modules;
  if (targets.empty()) targets.names = all_linear_modules();
  return {{"peft_type", "LORA"},
          {"task_type", "CAUSAL_LM"},
          {"base_model_name_or_path", config.base_model.empty() ? Json(nullptr) : Json(config.base_model)},
          {"bias", "none"},
          {"exclude_modules", pattern_json(config.exclude_modules)},
          {"fan_in_fan_out", false},
          {"inference_mode", true},
          {"init_lora_weights", true},
          {"lora_alpha", config.alpha == std::floor(config.alpha) && std::abs(config.alpha) < 1e15
                             ? Json(static_cast<std::int64_t>(config.alpha))
                             : Json(config.alpha)},
          {"lora_dropout", config.dropout},
          {"modules_to_save", nullptr},
          {"r", config.rank},
          {"target_modules", pattern_json(targets)},
          {"use_dora", false},
          {"use_rslora", config.use_rslora}};
}

Result<bool> is_target(const LoraConfig& config, const std::string& module) {
  METASPATIAL_TRY(const Targets targets, Targets::of(config));
  return targets.contains(module);
}

Result<void> Model::add_adapter(const LoraConfig& config, Rng& rng) {
  METASPATIAL_CHECK(!impl_->adapter, "a model has one adapter");
  if (config.rank < 1 || config.rank > kMaxRank)
    return invalid(fmt::format("LoRA: rank {}; expected 1..{}", config.rank, kMaxRank));
  if (config.dropout != 0)
    return invalid(fmt::format("LoRA: dropout {}; expected 0, no other is built", config.dropout));
  if (!std::isfinite(config.alpha)) return invalid("LoRA: alpha is not finite");
  METASPATIAL_TRY(const Targets targets, Targets::of(config));
  for (const std::string_view other : kOthers) {
    METASPATIAL_TRY(const bool wanted, targets.contains(std::string(other)));
    if (wanted) return invalid(fmt::format("LoRA: target_modules meet '{}', which takes no adapter", other));
  }
  std::vector<Linear*> chosen;
  std::optional<Error> error;
  visit_linears(*impl_, [&](const std::string& name, Linear& linear) {
    const Result<bool> wanted = targets.contains(name);
    if (!wanted && !error) error = wanted.error();
    if (wanted && *wanted) chosen.push_back(&linear);
  });
  if (error) return tl::unexpected<Error>(*error);
  if (chosen.empty()) return invalid("LoRA: target_modules meet no linear map of the model");
  freeze_all(*this);
  for (Linear* linear : chosen) {
    const auto [a_shape, b_shape] = adapter_shapes(*linear, config.rank);
    at::Tensor a = at::empty(a_shape, at::kFloat);
    const double bound = 1.0 / std::sqrt(static_cast<double>(a.numel() / config.rank));
    float* values = a.data_ptr<float>();
    for (std::int64_t i = 0; i < a.numel(); ++i) values[i] = static_cast<float>(rng.uniform(-bound, bound));
    linear->lora_a = a.to(adapter_options(*linear)).set_requires_grad(true);
    linear->lora_b = at::zeros(b_shape, adapter_options(*linear)).set_requires_grad(true);
    linear->lora_scale = config.scale();
  }
  impl_->adapter = config;
  return {};
}

Result<void> Model::load_adapter(const std::filesystem::path& directory) {
  METASPATIAL_CHECK(!impl_->adapter, "a model has one adapter");
  const std::string config_path = (directory / kConfig).string();
  METASPATIAL_TRY(const std::string text, read_file(config_path));
  METASPATIAL_TRY(const Json json, parse_json(text, config_path));
  METASPATIAL_TRY(const LoraConfig config, read_lora_config(json, config_path));
  METASPATIAL_TRY(const Targets targets, Targets::of(config));
  const std::string where = (directory / kTensors).string();
  METASPATIAL_TRY(const SafetensorsFile file, SafetensorsFile::open(where));

  std::set<std::string> places;
  visit_linears(*impl_, [&](const std::string& module, const Linear&) {
    for (const std::string& path : names_in_files(module))
      for (const char* part : {".lora_A.weight", ".lora_B.weight"})
        places.insert(std::string(kPrefix) + path + part);
  });
  for (const auto& [name, view] : file.tensors())
    if (!places.contains(name))
      return invalid(
          fmt::format("tensor {} {} has no place in this model", shown(name), shape_text(view.shape)), where);

  // Which maps there are matrices for is what the tensors say; the config has to agree.
  struct Found {
    Linear* linear;
    const TensorView* a = nullptr;
    const TensorView* b = nullptr;
  };
  std::vector<Found> found;
  std::optional<Error> error;
  const auto problem = [&](std::string message) {
    if (!error) error = Error{ErrorCode::InvalidInput, std::move(message), where};
  };
  visit_linears(*impl_, [&](const std::string& name, Linear& linear) {
    Found map{&linear};
    const auto [a_shape, b_shape] = adapter_shapes(linear, config.rank);
    const auto take = [&](const char* part, const std::vector<std::int64_t>& shape) -> const TensorView* {
      const TensorView* view = nullptr;
      for (const std::string& module : names_in_files(name)) {
        const std::string tensor = std::string(kPrefix) + module + part;
        const auto entry = file.tensors().find(tensor);
        if (entry == file.tensors().end()) continue;
        if (view != nullptr) problem(fmt::format("tensor '{}' is there under two names", tensor));
        view = &entry->second;
        if (view->shape != shape)
          problem(fmt::format("tensor '{}' has shape {}; expected {}", tensor, shape_text(view->shape),
                              shape_text(shape)));
        if (!is_floating(view->dtype))
          problem(fmt::format("tensor '{}' holds integers; expected F32, BF16 or F16", tensor));
      }
      return view;
    };
    map.a = take(".lora_A.weight", a_shape);
    map.b = take(".lora_B.weight", b_shape);
    if (map.a == nullptr && map.b == nullptr) return;
    if (map.a == nullptr || map.b == nullptr)
      return problem(fmt::format("module '{}' has one of lora_A and lora_B, not both", name));
    const Result<bool> wanted = targets.contains(name);
    if (!wanted) return problem(wanted.error().message);
    if (!*wanted) return problem(fmt::format("module '{}' is none of the config's target_modules", name));
    found.push_back(map);
  });
  if (!error && found.empty()) problem("holds no adapter");
  if (error) return tl::unexpected<Error>(*error);
  struct Values {
    at::Tensor a, b;
  };
  std::vector<Values> values;
  for (const Found& map : found) {
    METASPATIAL_TRY(const at::Tensor a, read_tensor(file, *map.a, at::kFloat, where));
    METASPATIAL_TRY(const at::Tensor b, read_tensor(file, *map.b, at::kFloat, where));
    values.push_back({a, b});
  }
  freeze_all(*this);
  for (std::size_t i = 0; i < found.size(); ++i) {
    Linear& linear = *found[i].linear;
    linear.lora_a = values[i].a.to(adapter_options(linear)).set_requires_grad(true);
    linear.lora_b = values[i].b.to(adapter_options(linear)).set_requires_grad(true);
    linear.lora_scale = config.scale();
  }
  impl_->adapter = config;
  return {};
}

Result<void> Model::save_adapter(const std::filesystem::path& directory) const {
  METASPATIAL_CHECK(impl_->adapter.has_value(), "a model with an adapter");
  std::map<std::string, TensorView> views;
  std::vector<at::Tensor> alive;  // the views borrow their bytes
  visit_adapter(*impl_, [&](const std::string& name, const at::Tensor& tensor) {
    alive.push_back(tensor.detach().to(at::kCPU, at::kFloat).contiguous());
    views[std::string(kPrefix) + names_in_files(name).back()] = {
        DType::F32,
        tensor.sizes().vec(),
        {static_cast<const std::byte*>(alive.back().data_ptr()), alive.back().nbytes()}};
  });
  METASPATIAL_TRY_VOID(write_safetensors(directory / kTensors, views, {{"format", "pt"}}));
  return write_file_atomic(directory / kConfig, lora_config_json(*impl_->adapter).dump(2) + "\n");
}

}  // namespace metaspatial::vlm
