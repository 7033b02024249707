#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <variant>
#include <vector>

#include "metaspatial/base/error.hpp"
#include "metaspatial/base/json.hpp"
#include "metaspatial/base/message.hpp"

/// Talking to a model behind an OpenAI-compatible endpoint: hosted, vLLM, llama-server. Knows no rooms.
namespace metaspatial::chat {

/// A picture as the bytes of a PNG file; shared, so that many samples of one question hold it once.
struct Picture {
  std::shared_ptr<const std::string> png;
};
using ChatPart = std::variant<std::string, Picture>;

struct ChatMessage {
  Role role = Role::User;
  std::vector<ChatPart> parts;
};

/// What is asked of a model.
struct ChatRequest {
  std::string model;  ///< empty: that of the client
  std::vector<ChatMessage> messages;
  Json schema;                        ///< JSON schema of the reply, or null: free text
  std::string schema_name = "reply";  ///< letters, digits, '_' and '-'
  double temperature = 1;
  double top_p = 1;                   ///< 1: not sent
  int top_k = -1;                     ///< -1: not sent; an extension of vLLM, llama-server and the like
  int max_tokens = 1024;              ///< of the reply
  std::vector<std::string> stop;      ///< texts that end the reply, asked for as a part of it
  bool log_probs = false;             ///< of the reply's tokens, where the server tells them
  std::optional<std::uint64_t> seed;  ///< sample i of a request is asked for with seed + i
};

/// Tokens that were read and written.
struct TokenCount {
  std::int64_t prompt = 0;
  std::int64_t completion = 0;
  bool estimated = false;  ///< the server did not say: text by its length, pictures by a round number
  [[nodiscard]] std::int64_t total() const { return prompt + completion; }
};

/// A token of a reply as the server tells it.
struct TokenLogProb {
  std::string bytes;    ///< any: a token may hold a part of a character
  double log_prob = 0;  ///< finite, <= 0; whether before or after the temperature is the server's choice
};

/// What a model said.
struct ChatReply {
  std::string text;
  std::string refusal;        ///< why the model declined, where the server tells that apart from the text
  std::string finish_reason;  ///< "stop", "length": cut at max_tokens, "content_filter"; empty: not told
  std::vector<TokenLogProb> log_probs;  ///< empty: not asked for, not told, told as nonsense, or cached
  TokenCount tokens;
  double cost = 0;      ///< in the currency of the client's prices; 0 if cached
  int attempts = 0;     ///< requests that were sent; 0 if cached
  bool cached = false;  ///< it was in the cache: nothing was sent
};

/// Why there is no reply.
enum class FailureKind {
  Connection,  ///< refused, reset, cut off, no such host
  TimedOut,    ///< no answer in time, or one that stalled
  RateLimited,
  Server,     ///< HTTP 5xx
  Rejected,   ///< HTTP 4xx, an invalid certificate: asking again would not help
  Malformed,  ///< no HTTP, no JSON, or not a completion
  TooLarge,
  Redirected,  ///< redirects are not followed: the key and the pictures go where the config says
  Budget,      ///< a limit of the config was reached; nothing was sent
  Cancelled,
};
[[nodiscard]] std::string_view name(FailureKind kind);

struct ChatFailure {
  FailureKind kind = FailureKind::Connection;
  std::string message;  ///< one line, without the key
  int http_status = 0;  ///< 0: there was none
  int attempts = 0;     ///< requests that were sent
  /// Whether the same request may well succeed later.
  [[nodiscard]] bool retryable() const;
};
[[nodiscard]] std::string to_string(const ChatFailure& failure);
/// For callers that have nothing but errors: Network, or InvalidInput for what the config should change.
[[nodiscard]] Error to_error(const ChatFailure& failure);

using ChatOutcome = tl::expected<ChatReply, ChatFailure>;

}  // namespace metaspatial::chat
