#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "metaspatial/base/error.hpp"
#include "metaspatial/base/message.hpp"
#include "metaspatial/chat/chat.hpp"
#include "metaspatial/eval/dialogue.hpp"
#include "metaspatial/vlm/generate.hpp"
#include "metaspatial/vlm/model.hpp"
#include "metaspatial/vlm/sequence.hpp"

namespace metaspatial::eval {

/// What the model read and wrote in one turn, in tokens.
struct TurnTokens {
  vlm::Sequence prompt;  ///< what followed the question; empty in turn 1
  vlm::Generation generation;
};

/// The dialogues of one room that wait for an answer: a question, and what followed it in each of them.
///
/// Shape    one continuation (empty in turn 1) and one seed per dialogue.
struct DialogueGroup {
  Conversation question;
  std::shared_ptr<const Question> tokens;  ///< of the question: what Policy::read() made of it
  std::vector<Conversation> continuations;
  std::vector<std::uint64_t> seeds;
};

/// The text is what counts. Where a policy has no tokenizer there are no tokens, and of the generation only
/// `finished` is told. A generation's log-probs are then empty, or NaN for the tokens that are not told.
struct PolicyAnswer {
  std::string text;
  TurnTokens tokens;
  std::vector<chat::TokenLogProb> told;  ///< a server's own tokens, if it was asked for them and tells them
};

/// Why a dialogue has no answer. That is never the model's doing, and no answer of it is made up.
struct PolicyFailure {
  Error error;
  bool rejected = false;  ///< there is a text, but the local tokenizer does not give it back
};
using PolicyOutcome = tl::expected<PolicyAnswer, PolicyFailure>;

/// What a policy has done since it was made.
struct PolicyUsage {
  std::int64_t asked = 0;     ///< dialogues
  std::int64_t failed = 0;    ///< of them without an answer, rejected ones included
  std::int64_t rejected = 0;  ///< answers that the local tokenizer does not give back
  std::int64_t requests = 0;  ///< sent to a server, repeated ones included
  std::int64_t cached = 0;    ///< answers that were in the cache
  std::int64_t prompt_tokens = 0;
  std::int64_t completion_tokens = 0;
  std::int64_t estimated = 0;  ///< requests whose tokens are a guess
  double cost = 0;
};

/// Whoever answers: a model here, or one behind an endpoint.
///
/// Threads  read() from several at once; the rest from one at a time.
class Policy {
 public:
  Policy() = default;
  virtual ~Policy() = default;
  Policy(const Policy&) = delete;
  Policy& operator=(const Policy&) = delete;

  /// The tokens of a question, which all dialogues of a room share; null for a policy without a tokenizer.
  ///
  /// Errors   those of the processor.
  [[nodiscard]] virtual Result<std::shared_ptr<const Question>> read(const Conversation& question) const = 0;

  /// Answers every dialogue once.
  ///
  /// Shape    out[b][g]: of dialogue g of group b.
  /// Errors   those of the processor. A request that failed is an outcome.
  [[nodiscard]] virtual Result<std::vector<std::vector<PolicyOutcome>>> answer(
      std::span<const DialogueGroup> groups, const vlm::SamplingParams& sampling) = 0;

  /// To be called when the model's weights have changed: whatever was computed with the old ones is dropped.
  virtual void weights_changed() {}
  [[nodiscard]] virtual PolicyUsage usage() const = 0;
};

/// A model of this process.
///
/// Ownership  borrows the model and the processor.
/// Threads    generation uses `threads` workers; the answers do not depend on their number.
class LocalPolicy final : public Policy {
 public:
  /// `cache_bytes`: for keys and values, those in use and those that a later turn may want.
  LocalPolicy(const vlm::Model& model, const vlm::Processor& processor, int threads,
              std::int64_t cache_bytes = std::int64_t{1} << 30);
  [[nodiscard]] Result<std::shared_ptr<const Question>> read(const Conversation& question) const override;
  [[nodiscard]] Result<std::vector<std::vector<PolicyOutcome>>> answer(
      std::span<const DialogueGroup> groups, const vlm::SamplingParams& sampling) override;
  void weights_changed() override { generator_.weights_changed(); }
  [[nodiscard]] PolicyUsage usage() const override { return usage_; }

 private:
  const vlm::Processor* processor_;
  vlm::Generator generator_;
  PolicyUsage usage_;
};

/// The text that a generation adds to the dialogue: its tokens without the end-of-turn token.
[[nodiscard]] std::string response_text(const vlm::Processor& processor, const vlm::Generation& generation);

}  // namespace metaspatial::eval
