#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "metaspatial/chat/client.hpp"
#include "metaspatial/eval/policy.hpp"

namespace metaspatial::eval {

/// A model behind an OpenAI-compatible endpoint.
struct RemoteConfig {
  chat::ClientConfig client;
  std::string stop;  ///< a text that ends an answer; empty: none. The server must leave it in the answer
  bool log_probs = false;  ///< ask for the log-probs of the answers' tokens
};

/// Sends each dialogue as messages, pictures as PNG data URLs; the chat template is the server's. The
/// dialogues of a group are requests of their own, `concurrency` at a time, each with its own seed (where
/// answers are drawn by chance); a server with a prefix cache reads their question once.
///
/// With a processor the answers are also tokens: the local tokenizer's, for the local model to learn from
/// (see reencode()).
///
/// Ownership  borrows the processor.
class RemotePolicy final : public Policy {
 public:
  /// `section` is what messages call the config's place ("policy.").
  ///
  /// Errors   those of chat::Client::create.
  [[nodiscard]] static Result<std::unique_ptr<RemotePolicy>> open(const RemoteConfig& config,
                                                                  const std::string& section,
                                                                  const vlm::Processor* processor = nullptr);

  [[nodiscard]] Result<std::shared_ptr<const Question>> read(const Conversation& question) const override;
  [[nodiscard]] Result<std::vector<std::vector<PolicyOutcome>>> answer(
      std::span<const DialogueGroup> groups, const vlm::SamplingParams& sampling) override;
  [[nodiscard]] PolicyUsage usage() const override;
  [[nodiscard]] chat::Client& client() { return *client_; }

 private:
  RemotePolicy(RemoteConfig config, std::unique_ptr<chat::Client> client, const vlm::Processor* processor)
      : config_(std::move(config)), client_(std::move(client)), processor_(processor) {}

  RemoteConfig config_;
  std::unique_ptr<chat::Client> client_;
  const vlm::Processor* processor_;
  PolicyUsage usage_;  ///< what the client does not count
};

/// A dialogue as messages of the protocol.
[[nodiscard]] std::vector<chat::ChatMessage> chat_messages(const Conversation& dialogue);

/// A server's text as the tokens that the local model would have written it with: its re-encoding, and the
/// end-of-turn token if it was finished. `cursor` stands behind the prompt. Log-probs are the server's, if
/// its tokens are the same ones (NaN for an end-of-turn token it does not tell), else empty.
///
/// Returns  the generation, or why the text cannot be learned from: its re-encoding gives another text
/// (invalid
///          UTF-8, a normaliser), holds special tokens (a text that spells one), or is empty or longer than
///          `max_new_tokens`.
[[nodiscard]] tl::expected<vlm::Generation, std::string> reencode(const vlm::Processor& processor,
                                                                  std::string_view text, bool finished,
                                                                  int max_new_tokens,
                                                                  std::span<const chat::TokenLogProb> told,
                                                                  vlm::PositionCursor cursor);

}  // namespace metaspatial::eval
