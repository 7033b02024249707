#pragma once

#include <ctime>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "metaspatial/chat/chat.hpp"

/// The bytes of the protocol: POST <base_url>/chat/completions.
namespace metaspatial::chat {

/// What a server understands of a request; found out by its refusals, see learn_from_refusal().
struct Dialect {
  bool schema = true;                  ///< response_format with a JSON schema
  bool max_completion_tokens = false;  ///< the newer name of max_tokens
  bool temperature = true;             ///< another one than the server's own
  bool include_stop = true;            ///< vLLM's word for a stop text that is a part of the reply
  bool log_probs = true;
  friend bool operator==(const Dialect&, const Dialect&) = default;
};

/// The body of a request; pictures are data URLs.
///
/// Shape    same request, same bytes. REQUIRES that every picture has bytes.
[[nodiscard]] std::string request_body(const ChatRequest& request, int sample, const Dialect& dialect = {});

/// What a refused request teaches: a server that answers 400 or 422 with a word about response_format gets
/// none from then on.
///
/// Returns  the dialect to try next, or nothing if the refusal is about something else.
[[nodiscard]] std::optional<Dialect> learn_from_refusal(const Dialect& tried, int http_status,
                                                        std::string_view body);

/// Reads the body of a 200 from hostile bytes. Content may be a string or a list of parts; tokens that are
/// not told, or told as nonsense, are left estimated and 0.
///
/// Returns  the reply, or what is wrong with the body in one line.
[[nodiscard]] tl::expected<ChatReply, std::string> read_completion(std::string_view body);

/// What a server says of its trouble: the "message" of an error body, or the beginning of any other; one line
/// of at most 200 bytes.
[[nodiscard]] std::string error_text(std::string_view body);

/// A Retry-After header: seconds, also with decimals, or an HTTP date, then counted from `now`.
///
/// Returns  seconds >= 0, or nothing if it is neither.
[[nodiscard]] std::optional<double> retry_after_s(std::string_view header, std::time_t now);

/// A guess of what a request costs before it is sent: a token per four bytes of text, 1,000 per picture
/// (between what common models take for one of 512 px: 250 to 1,500), and the whole of max_tokens.
[[nodiscard]] TokenCount estimate_tokens(const ChatRequest& request);

}  // namespace metaspatial::chat
