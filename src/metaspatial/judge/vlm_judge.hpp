#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "metaspatial/base/config.hpp"
#include "metaspatial/base/error.hpp"
#include "metaspatial/chat/client_config.hpp"
#include "metaspatial/judge/judge.hpp"
#include "metaspatial/render/render.hpp"

namespace metaspatial::judge {

/// A vision-language model as judge.
struct VlmJudgeConfig {
  chat::ClientConfig client;
  int samples = 1;
  int required_samples = 0;  ///< with grades, for a verdict; 0: more than half
  double temperature = 0;
  int max_tokens = 1024;   ///< of a reply
  std::uint64_t seed = 0;  ///< sample i is asked for with seed + i
  std::vector<render::View> views{render::View::Corner, render::View::Top};
  int picture_px = 512;  ///< square pictures
  int samples_per_pixel = 8;
};

/// Which judge a run has.
struct JudgeConfig {
  bool vlm = false;  ///< else the measured one
  VlmJudgeConfig model;
};

/// Reads "corner,top".
///
/// Errors   InvalidInput if a word is no view, or there is none, or one stands twice.
[[nodiscard]] Result<std::vector<render::View>> parse_views(std::string_view text);
[[nodiscard]] std::string_view name(render::View view);

/// Reads the keys under "judge."; docs/JUDGE.md lists them.
///
/// Errors   those of the reader.
void read_judge_config(ConfigReader& reader, JudgeConfig& config);

/// Makes the judge of a config. `rules` are the tolerances of the measured one.
///
/// Errors   those of chat::Client::create.
[[nodiscard]] Result<std::shared_ptr<const Judge>> make_judge(const JudgeConfig& config,
                                                              const physics::Rules& rules);

/// Asks a model behind an OpenAI-compatible endpoint. Pictures of all questions are drawn on the thread
/// budget, then every sample of every question is a request, as many at once as the client allows; questions
/// that are the same to the pixel are asked once. A sample without five readable grades is a failed one, and
/// is not kept in the cache; a question with too few others has failed.
///
/// Cost     `samples` requests per question.
[[nodiscard]] Result<std::shared_ptr<const Judge>> make_vlm_judge(const VlmJudgeConfig& config);

}  // namespace metaspatial::judge
