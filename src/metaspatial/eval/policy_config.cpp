#include "metaspatial/eval/policy_config.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace metaspatial::eval {

void read_policy_config(ConfigReader& reader, PolicyConfig& config) {
  static constexpr std::array<std::string_view, 2> kKinds{"local", "endpoint"};
  static constexpr std::array<std::string_view, 3> kStyles{"auto", "compact", "full"};
  static constexpr std::array<std::string_view, 3> kViews{"auto", "top", "corner"};
  std::string kind = config.endpoint ? "endpoint" : "local";
  reader.read("policy.kind", kind, kKinds);
  reader.read("policy.temperature", config.temperature, 0, 2);
  reader.read("policy.top_p", config.top_p, 0.0001, 1);
  reader.read("policy.top_k", config.top_k, -1, 1000000);
  reader.read("policy.max_tokens", config.max_tokens, 0, 65536);
  reader.read("policy.stop", config.remote.stop);
  reader.read("policy.logprobs", config.remote.log_probs);
  reader.read("policy.prompt_style", config.prompt_style, kStyles);
  reader.read("policy.system_message", config.system_message);
  reader.read("policy.view", config.view, kViews);
  reader.read("policy.picture_px", config.picture_px, 0, 2048);
  reader.read("policy.samples_per_pixel", config.samples_per_pixel, 0, 256);
  chat::read_client_config(reader, "policy.", config.remote.client);
  config.endpoint = kind == "endpoint";
}

env::EnvConfig suited_env(const PolicyConfig& config, const vlm::Processor* processor) {
  env::EnvConfig env;
  if (processor != nullptr) {
    env = suited_env(*processor);
  } else {
    env.style = env::PromptStyle::Full;
    env.picture_px = 448;
  }
  if (config.prompt_style != "auto")
    env.style = config.prompt_style == "full" ? env::PromptStyle::Full : env::PromptStyle::Compact;
  if (config.view != "auto") env.view = config.view == "top" ? render::View::Top : render::View::Corner;
  if (config.system_message != "auto") env.system_message = config.system_message;
  if (config.picture_px > 0) env.picture_px = std::max(28, config.picture_px);
  if (config.samples_per_pixel > 0) env.samples_per_pixel = config.samples_per_pixel;
  return env;
}

int suited_max_tokens(const PolicyConfig& config, const env::EnvConfig& env) {
  if (config.max_tokens > 0) return config.max_tokens;
  return env.style == env::PromptStyle::Full ? 2048 : 768;
}

Json usage_json(const PolicyConfig& config, const PolicyUsage& usage) {
  Json json{{"kind", config.endpoint ? "endpoint" : "local"}, {"asked", usage.asked}};
  if (!config.endpoint) return json;
  json["failed"] = usage.failed;
  json["failed_share"] =
      usage.asked > 0 ? static_cast<double>(usage.failed) / static_cast<double>(usage.asked) : 0.0;
  json["base_url"] = config.remote.client.base_url;
  json["requests"] = usage.requests;
  json["cached"] = usage.cached;
  json["prompt_tokens"] = usage.prompt_tokens;
  json["completion_tokens"] = usage.completion_tokens;
  json["estimated"] = usage.estimated;
  json["cost"] = usage.cost;
  return json;
}

}  // namespace metaspatial::eval
