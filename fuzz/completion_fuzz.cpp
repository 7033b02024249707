// Bodies of OpenAI-compatible servers: completions, errors, and the header that asks to wait.
//
// Input    a body; its first line is also read as a Retry-After header.

#include <cmath>
#include <string>
#include <string_view>

#include "bytes.hpp"
#include "metaspatial/base/error.hpp"
#include "metaspatial/chat/wire.hpp"

namespace metaspatial::fuzz {
namespace {

void check_body(std::string_view body) {
  const auto reply = chat::read_completion(body);
  if (reply) {
    METASPATIAL_CHECK(reply->tokens.prompt >= 0 && reply->tokens.completion >= 0, "tokens are counts");
    METASPATIAL_CHECK(!reply->cached && reply->cost == 0, "a body says nothing of the cache and of prices");
  } else {
    METASPATIAL_CHECK(!reply.error().empty() && reply.error().find('\n') == std::string::npos,
                      "what is wrong is one line");
  }
  const std::string error = chat::error_text(body);
  METASPATIAL_CHECK(error.size() <= 204 && error.find('\n') == std::string::npos, "one short line");
  for (const int status : {200, 400, 422, 500}) {
    chat::Dialect dialect;
    // Each refusal takes something away, so asking again ends.
    for (int i = 0; const auto next = chat::learn_from_refusal(dialect, status, body); ++i) {
      METASPATIAL_CHECK(i < 3 && (status == 400 || status == 422), "there are three things to learn");
      dialect = *next;
    }
  }
  const auto wait_s = chat::retry_after_s(body.substr(0, body.find('\n')), 784111777);
  METASPATIAL_CHECK(!wait_s || (std::isfinite(*wait_s) && *wait_s >= 0), "a wait is a time");
}

}  // namespace
}  // namespace metaspatial::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  metaspatial::fuzz::check_body(metaspatial::fuzz::text_of(data, size));
  return 0;
}
