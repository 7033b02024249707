#include "metaspatial/chat/wire.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>

#include "metaspatial/chat/encoding.hpp"

namespace metaspatial::chat {

namespace {

constexpr std::size_t kLongestErrorText = 200;
constexpr std::int64_t kTokensPerPicture = 1000;
constexpr std::int64_t kMostTokens = 1'000'000'000;  // beyond this a server's count is nonsense

std::string_view role_name(Role role) {
  switch (role) {
    case Role::System:
      return "system";
    case Role::User:
      return "user";
    case Role::Assistant:
      return "assistant";
  }
  return "user";
}

Json message_json(const ChatMessage& message) {
  const bool only_text = std::ranges::all_of(
      message.parts, [](const ChatPart& part) { return std::holds_alternative<std::string>(part); });
  if (only_text) {
    // Chat templates of small servers know a system message as a string only.
    std::string text;
    for (const ChatPart& part : message.parts) text += std::get<std::string>(part);
    return Json{{"role", role_name(message.role)}, {"content", std::move(text)}};
  }
  Json content = Json::array();
  for (const ChatPart& part : message.parts) {
    if (const auto* text = std::get_if<std::string>(&part)) {
      content.push_back(Json{{"type", "text"}, {"text", *text}});
    } else {
      const Picture& picture = std::get<Picture>(part);
      METASPATIAL_CHECK(picture.png != nullptr && !picture.png->empty(), "a picture has bytes");
      content.push_back(Json{{"type", "image_url"},
                             {"image_url", {{"url", "data:image/png;base64," + base64(*picture.png)}}}});
    }
  }
  return Json{{"role", role_name(message.role)}, {"content", std::move(content)}};
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

/// On one line, without control characters, cut at a character's boundary.
std::string one_line(std::string_view text) {
  std::string line;
  for (const char c : text) {
    if (line.size() >= kLongestErrorText && (static_cast<unsigned char>(c) & 0xc0U) != 0x80U) break;
    if (line.size() >= kLongestErrorText + 3) break;
    const bool blank = static_cast<unsigned char>(c) <= ' ' || c == '\x7f';
    if (!blank) line += c;
    if (blank && !line.empty() && line.back() != ' ') line += ' ';
  }
  while (!line.empty() && line.back() == ' ') line.pop_back();
  return line;
}

const Json* member(const Json& json, const char* key) {
  if (!json.is_object()) return nullptr;
  const auto found = json.find(key);
  return found == json.end() ? nullptr : &*found;
}

std::string string_member(const Json& json, const char* key) {
  const Json* value = member(json, key);
  return value != nullptr && value->is_string() ? value->get<std::string>() : std::string();
}

/// The tokens of {"content": [{"token", "logprob", "bytes"}]}. All or none: with a gap they are of no use.
std::vector<TokenLogProb> token_log_probs(const Json& choice) {
  const Json* told = member(choice, "logprobs");
  const Json* content = told != nullptr ? member(*told, "content") : nullptr;
  if (content == nullptr || !content->is_array()) return {};
  std::vector<TokenLogProb> tokens;
  for (const Json& entry : *content) {
    const Json* value = member(entry, "logprob");
    if (value == nullptr || !value->is_number()) return {};
    TokenLogProb token;
    token.log_prob = value->get<double>();
    if (!std::isfinite(token.log_prob) || token.log_prob > 1e-3) return {};
    token.log_prob = std::min(token.log_prob, 0.0);  // a rounding error above
    const Json* bytes = member(entry, "bytes");
    if (bytes == nullptr || !bytes->is_array()) {
      token.bytes = string_member(entry, "token");
    } else {
      for (const Json& byte : *bytes) {
        if (!byte.is_number_unsigned() || byte.get<std::uint64_t>() > 255) return {};
        token.bytes += static_cast<char>(static_cast<unsigned char>(byte.get<std::uint64_t>()));
      }
    }
    tokens.push_back(std::move(token));
  }
  return tokens;
}

/// The text of a message's content: a string, or the texts of a list of parts.
std::optional<std::string> content_text(const Json& content) {
  if (content.is_null()) return std::string();
  if (content.is_string()) return content.get<std::string>();
  if (!content.is_array()) return std::nullopt;
  std::string text;
  for (const Json& part : content) {
    if (part.is_string()) {
      text += part.get<std::string>();
    } else if (part.is_object()) {
      text += string_member(part, "text");
    } else {
      return std::nullopt;
    }
  }
  return text;
}

/// The message of an error in any of the forms that servers use: {"error": {"message"}}, {"error": "..."},
/// {"message"}, {"detail"}; empty if there is none.
std::string message_of_error(const Json& json) {
  const Json* error = member(json, "error");
  if (error != nullptr && error->is_string()) return error->get<std::string>();
  for (const Json* place : {error, &json}) {
    if (place == nullptr) continue;
    for (const char* key : {"message", "detail"})
      if (std::string text = string_member(*place, key); !text.empty()) return text;
  }
  return {};
}

std::optional<std::int64_t> token_member(const Json& usage, const char* key) {
  const Json* value = member(usage, key);
  if (value == nullptr || !value->is_number()) return std::nullopt;
  const double number = value->get<double>();
  if (!(number >= 0 && number <= static_cast<double>(kMostTokens))) return std::nullopt;
  return static_cast<std::int64_t>(number);
}

}  // namespace

std::string request_body(const ChatRequest& request, int sample, const Dialect& dialect) {
  Json body{{"model", request.model}, {"messages", Json::array()}};
  for (const ChatMessage& message : request.messages) body["messages"].push_back(message_json(message));
  body[dialect.max_completion_tokens ? "max_completion_tokens" : "max_tokens"] = request.max_tokens;
  if (dialect.temperature) body["temperature"] = request.temperature;
  if (request.top_p < 1) body["top_p"] = request.top_p;
  if (request.top_k > 0) body["top_k"] = request.top_k;
  if (!request.stop.empty()) {
    body["stop"] = request.stop;
    if (dialect.include_stop) body["include_stop_str_in_output"] = true;
  }
  if (request.log_probs && dialect.log_probs) body["logprobs"] = true;
  if (request.seed) body["seed"] = *request.seed + static_cast<std::uint64_t>(sample);
  if (dialect.schema && !request.schema.is_null())
    body["response_format"] =
        Json{{"type", "json_schema"},
             {"json_schema", {{"name", request.schema_name}, {"strict", true}, {"schema", request.schema}}}};
  return dump_json(body);
}

std::optional<Dialect> learn_from_refusal(const Dialect& tried, int http_status, std::string_view body) {
  if (http_status != 400 && http_status != 422) return std::nullopt;
  const std::string text = lower(body);
  const auto says = [&text](const char* word) { return text.find(word) != std::string::npos; };
  Dialect next = tried;
  if (says("response_format") || says("json_schema") || says("structured output") || says("grammar")) {
    next.schema = false;
  } else if (says("max_completion_tokens")) {
    next.max_completion_tokens = true;
  } else if (says("include_stop_str_in_output")) {
    next.include_stop = false;
  } else if (says("logprobs")) {
    next.log_probs = false;
  } else if (says("temperature")) {
    next.temperature = false;
  }
  return next == tried ? std::nullopt : std::optional(next);
}

tl::expected<ChatReply, std::string> read_completion(std::string_view body) {
  const Result<Json> json = parse_json(body, "");
  if (!json) return tl::unexpected("the body is " + json.error().message);
  if (!json->is_object()) return tl::unexpected(std::string("the body is no JSON object"));
  const Json* choices = member(*json, "choices");
  if (choices == nullptr) {
    const std::string message = message_of_error(*json);
    return tl::unexpected(message.empty() ? std::string("\"choices\" is missing")
                                          : "an error in place of a completion: " + one_line(message));
  }
  if (!choices->is_array()) return tl::unexpected(std::string("\"choices\" is no list"));
  if (choices->empty()) return tl::unexpected(std::string("\"choices\" is empty"));
  const Json& choice = choices->front();
  const Json* message = member(choice, "message");
  if (message == nullptr || !message->is_object())
    return tl::unexpected(std::string("\"choices[0].message\" is missing or no object"));
  ChatReply reply;
  reply.refusal = string_member(*message, "refusal");
  reply.finish_reason = string_member(choice, "finish_reason");
  if (const Json* content = member(*message, "content")) {
    std::optional<std::string> text = content_text(*content);
    if (!text) return tl::unexpected(std::string("\"choices[0].message.content\" is neither text nor parts"));
    reply.text = *std::move(text);
    if (reply.refusal.empty() && content->is_array())
      for (const Json& part : *content) reply.refusal += string_member(part, "refusal");
  } else if (reply.refusal.empty()) {
    return tl::unexpected(std::string("\"choices[0].message.content\" is missing"));
  }
  reply.log_probs = token_log_probs(choice);
  const Json* usage = member(*json, "usage");
  const auto prompt = usage != nullptr ? token_member(*usage, "prompt_tokens") : std::nullopt;
  const auto completion = usage != nullptr ? token_member(*usage, "completion_tokens") : std::nullopt;
  reply.tokens = {prompt.value_or(0), completion.value_or(0), !prompt || !completion};
  return reply;
}

std::string error_text(std::string_view body) {
  if (const Result<Json> json = parse_json(body, "")) {
    if (const std::string message = message_of_error(*json); !message.empty()) return one_line(message);
  }
  return one_line(body.substr(0, 4 * kLongestErrorText));
}

std::optional<double> retry_after_s(std::string_view header, std::time_t now) {
  while (!header.empty() && header.front() == ' ') header.remove_prefix(1);
  while (!header.empty() && (header.back() == ' ' || header.back() == '\r')) header.remove_suffix(1);
  if (header.empty()) return std::nullopt;
  double seconds = 0;
  const auto [end, error] = std::from_chars(header.data(), header.data() + header.size(), seconds);
  if (error == std::errc() && end == header.data() + header.size())
    return std::isfinite(seconds) && seconds >= 0 ? std::optional(seconds) : std::nullopt;
  // RFC 9110, section 5.6.7: the one form that servers may send, "Sun, 06 Nov 1994 08:49:37 GMT".
  std::tm date{};
  const std::string text(header);
  const char* rest = ::strptime(text.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &date);
  if (rest == nullptr || *rest != '\0' || text.size() != header.size()) return std::nullopt;
  const std::time_t when = ::timegm(&date);
  return std::max(0.0, std::difftime(when, now));
}

TokenCount estimate_tokens(const ChatRequest& request) {
  TokenCount count;
  count.estimated = true;
  count.completion = request.max_tokens;
  for (const ChatMessage& message : request.messages)
    for (const ChatPart& part : message.parts) {
      const auto* text = std::get_if<std::string>(&part);
      count.prompt += text != nullptr ? static_cast<std::int64_t>(text->size() / 4 + 1) : kTokensPerPicture;
    }
  return count;
}

}  // namespace metaspatial::chat
