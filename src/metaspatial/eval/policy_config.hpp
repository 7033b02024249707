#pragma once

#include <string>

#include "metaspatial/base/config.hpp"
#include "metaspatial/env/episode.hpp"
#include "metaspatial/eval/remote_policy.hpp"
#include "metaspatial/vlm/generate.hpp"

namespace metaspatial::eval {

/// Who answers, and what it is asked: the section `policy` of config files. docs/MODELS.md lists the keys.
struct PolicyConfig {
  bool endpoint = false;   ///< else a model of this process
  RemoteConfig remote;     ///< its client's `model` is the name at the server, or the folder of a local model
  double temperature = 1;  ///< where answers are drawn by chance
  double top_p = 1;
  int top_k = -1;
  int max_tokens = 0;  ///< of an answer; 0: as many as suit the prompts
  // What the model is shown; 0 and "auto": what suits it.
  std::string prompt_style = "auto";
  std::string view = "auto";
  std::string system_message = "auto";  ///< empty: none
  int picture_px = 0;
  int samples_per_pixel = 0;
};

/// Reads the keys under "policy.".
///
/// Errors   those of the reader.
void read_policy_config(ConfigReader& reader, PolicyConfig& config);

/// suited_env() of the model, or readable prompts and pictures of 448 px for one behind an endpoint (no
/// processor), with what the config says over it.
[[nodiscard]] env::EnvConfig suited_env(const PolicyConfig& config, const vlm::Processor* processor);

/// Tokens of an answer that suit an environment: room for a thought and every object in full prompts' JSON.
[[nodiscard]] int suited_max_tokens(const PolicyConfig& config, const env::EnvConfig& env);

/// {"kind", "asked", "failed", ...}; of an endpoint also requests, tokens and cost.
[[nodiscard]] Json usage_json(const PolicyConfig& config, const PolicyUsage& usage);

}  // namespace metaspatial::eval
