#include "metaspatial/env/env_config.hpp"

#include <array>
#include <string>
#include <string_view>

#include "metaspatial/reward/reward_config.hpp"

namespace metaspatial::env {

void read_env_config(ConfigReader& reader, EnvConfig& config) {
  static constexpr std::array<std::string_view, 2> kStyles{"compact", "full"};
  static constexpr std::array<std::string_view, 2> kViews{"top", "corner"};
  static constexpr const char* kSuited = "auto";
  std::string style = config.style == PromptStyle::Compact ? "compact" : "full";
  std::string view = config.view == render::View::Top ? "top" : "corner";
  reader.read("env.max_turns", config.max_turns, 1, 16);
  reader.read("env.prompt_style", style, kStyles);
  std::string system = config.system_message.value_or(kSuited);
  reader.read("env.system_message", system);
  reader.read("env.view", view, kViews);
  reader.read("env.picture_px", config.picture_px, 28, 1024);
  reader.read("env.samples_per_pixel", config.samples_per_pixel, 1, 64);
  reader.read("env.feedback_words", config.feedback_words);
  reader.read("env.feedback_picture", config.feedback_picture);
  reader.read("env.allow_keep", config.allow_keep);
  reader.read("env.looks", config.looks);
  reward::read_reward_config(reader, config.reward);
  judge::read_judge_config(reader, config.judge_config);
  if (system != kSuited) config.system_message = system;
  config.style = style == "compact" ? PromptStyle::Compact : PromptStyle::Full;
  config.view = view == "top" ? render::View::Top : render::View::Corner;
}

}  // namespace metaspatial::env
