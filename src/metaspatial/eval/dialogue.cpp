#include "metaspatial/eval/dialogue.hpp"

namespace metaspatial::eval {

void append(vlm::Sequence& a, const vlm::Sequence& b) {
  a.ids.insert(a.ids.end(), b.ids.begin(), b.ids.end());
  a.positions.insert(a.positions.end(), b.positions.begin(), b.positions.end());
  a.images.insert(a.images.end(), b.images.begin(), b.images.end());
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
