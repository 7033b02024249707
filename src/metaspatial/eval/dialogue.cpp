#include "metaspatial/eval/dialogue.hpp"

#include <algorithm>
#include <cmath>

namespace metaspatial::eval {

void append(vlm::Sequence& a, const vlm::Sequence& b) {
  a.ids.insert(a.ids.end(), b.ids.begin(), b.ids.end());
  a.positions.insert(a.positions.end(), b.positions.begin(), b.positions.end());
  a.images.insert(a.images.end(), b.images.begin(), b.images.end());
}

env::EnvConfig suited_env(const vlm::Processor& processor) {
  env::EnvConfig env;
  env.style = processor.config().positions.structured ? env::PromptStyle::Compact : env::PromptStyle::Full;
  const vlm::ImageProcessorConfig& image = processor.image_config();
  const int step = image.patch_size * image.merge_size;
  const int side = static_cast<int>(std::sqrt(static_cast<double>(image.max_pixels)));
  env.picture_px = std::clamp(side / step * step, step, 448);
  return env;
}

Result<Question> encode_question(const vlm::Processor& processor, const Conversation& question) {
  vlm::PositionCursor cursor = processor.cursor();
  METASPATIAL_TRY(vlm::Sequence tokens, processor.encode(question, true, cursor));
  return Question{std::move(tokens), cursor};
}

Result<vlm::Sequence> encode_continuation(const vlm::Processor& processor, const Conversation& continuation,
                                          vlm::PositionCursor& cursor) {
  if (continuation.empty()) return vlm::Sequence{};
  METASPATIAL_CHECK(continuation.size() == 2 && continuation.front().role == Role::Assistant,
                    "a continuation is an answer and its feedback");
  const auto& previous = std::get<std::string>(continuation.front().parts.front());
  vlm::Sequence tokens = processor.encode_text(previous + "<|im_end|>\n", cursor);
  METASPATIAL_TRY(const vlm::Sequence feedback, processor.encode({continuation.back()}, true, cursor));
  append(tokens, feedback);
  return tokens;
}

}  // namespace metaspatial::eval
