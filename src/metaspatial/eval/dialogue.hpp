#pragma once

#include "metaspatial/base/error.hpp"
#include "metaspatial/env/episode.hpp"
#include "metaspatial/vlm/generate.hpp"
#include "metaspatial/vlm/sequence.hpp"

/// Where episodes meet the model: dialogues as tokens, and playing many of them at once.
namespace metaspatial::eval {

/// The tokens of a question, up to where the assistant begins to speak, and the cursor behind them. Every
/// turn of every rollout of a room goes on from here, so a group reads it once.
struct Question {
  vlm::Sequence tokens;
  vlm::PositionCursor cursor;
};
[[nodiscard]] Result<Question> encode_question(const vlm::Processor& processor, const Conversation& question);

/// The tokens that follow a question in a later turn: the rest of the assistant's message, the user's
/// feedback, and the head of the assistant's next message. Empty for an empty continuation. Advances
/// `cursor`.
[[nodiscard]] Result<vlm::Sequence> encode_continuation(const vlm::Processor& processor,
                                                        const Conversation& continuation,
                                                        vlm::PositionCursor& cursor);

/// The environment that suits a model: Compact prompts if its positions are structured, and square pictures
/// of the size that its image processor keeps, at most 448 px.
[[nodiscard]] env::EnvConfig suited_env(const vlm::Processor& processor);

/// Appends b to a.
void append(vlm::Sequence& a, const vlm::Sequence& b);

}  // namespace metaspatial::eval
