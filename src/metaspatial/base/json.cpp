#include "metaspatial/base/json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace metaspatial {

namespace {

// ordered_json looks every key up linearly, so an object with many keys costs their square: hostile files
// would take hours. No format of ours has objects of more than a few dozen keys; tokenizers have a
// vocabulary.
constexpr std::size_t kMostKeys = 10'000;

/// Calls visit(c) for every character of a JSON text that is not inside a string, quotes left out.
template <typename Visit>
void visit_outside_strings(std::string_view text, Visit visit) {
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\')
        ++i;
      else if (c == '"')
        in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else {
      visit(c);
    }
  }
}

/// The largest number of keys in one object, counted without parsing.
std::size_t most_keys(std::string_view text) {
  std::vector<std::size_t> open;
  std::size_t most = 0;
  visit_outside_strings(text, [&](char c) {
    if (c == '{' || c == '[') {
      open.push_back(0);
    } else if ((c == '}' || c == ']') && !open.empty()) {
      open.pop_back();
    } else if (c == ':' && !open.empty()) {
      most = std::max(most, ++open.back());
    }
  });
  return most;
}

/// The message for a text that stops being JSON at byte `at`.
std::string not_json_at(std::string_view text, std::size_t at) {
  const auto before = text.substr(0, at);
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const auto newline = before.rfind('\n');
  const std::size_t column = newline == std::string_view::npos ? at : at - newline - 1;
  return fmt::format("not valid JSON at line {}, column {}", line, column);
}

}  // namespace

int json_depth(std::string_view text) {
  int depth = 0;
  int deepest = 0;
  visit_outside_strings(text, [&](char c) {
    if (c == '[' || c == '{') {
      deepest = std::max(deepest, ++depth);
    } else if (c == ']' || c == '}') {
      --depth;
    }
  });
  return deepest;
}

Result<Json> parse_json(std::string_view text, std::string_view where, const JsonLimits& limits) {
  if (text.size() > limits.max_bytes)
    return invalid(fmt::format("is {} bytes of JSON; the limit is {}", text.size(), limits.max_bytes),
                   std::string(where));
  if (json_depth(text) > limits.max_depth)
    return invalid(fmt::format("JSON is nested deeper than {} levels", limits.max_depth), std::string(where));
  if (most_keys(text) > kMostKeys)
    return invalid(fmt::format("holds an object of more than {} keys", kMostKeys), std::string(where));
  // The parser takes a zero byte for the end of the text and would not look at what follows.
  const std::size_t zero = text.find('\0');
  try {
    Json value = Json::parse(text);
    if (zero != std::string_view::npos) return invalid(not_json_at(text, zero + 1), std::string(where));
    return value;
  } catch (const nlohmann::json::parse_error& error) {
    return invalid(not_json_at(text, std::min<std::size_t>(error.byte, text.size())), std::string(where));
  } catch (const nlohmann::json::exception& error) {
    return invalid(fmt::format("not valid JSON: {}", error.what()), std::string(where));
  }
}

std::string dump_json(const Json& value, int indent) {
  return value.dump(indent, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace metaspatial
