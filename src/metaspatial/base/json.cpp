#include "metaspatial/base/json.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace metaspatial {

int json_depth(std::string_view text) {
  int depth = 0;
  int deepest = 0;
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
    } else if (c == '[' || c == '{') {
      deepest = std::max(deepest, ++depth);
    } else if (c == ']' || c == '}') {
      --depth;
    }
  }
  return deepest;
}

Result<Json> parse_json(std::string_view text, std::string_view where, const JsonLimits& limits) {
  if (text.size() > limits.max_bytes)
    return invalid(fmt::format("is {} bytes of JSON; the limit is {}", text.size(), limits.max_bytes),
                   std::string(where));
  if (json_depth(text) > limits.max_depth)
    return invalid(fmt::format("JSON is nested deeper than {} levels", limits.max_depth), std::string(where));
  try {
    return Json::parse(text);
  } catch (const nlohmann::json::parse_error& error) {
    const std::size_t at = std::min<std::size_t>(error.byte, text.size());
    const auto before = text.substr(0, at);
    const auto line = 1 + std::count(before.begin(), before.end(), '\n');
    const auto newline = before.rfind('\n');
    const std::size_t column = newline == std::string_view::npos ? at : at - newline - 1;
    return invalid(fmt::format("not valid JSON at line {}, column {}", line, column), std::string(where));
  } catch (const nlohmann::json::exception& error) {
    return invalid(fmt::format("not valid JSON: {}", error.what()), std::string(where));
  }
}

std::string dump_json(const Json& value, int indent) {
  return value.dump(indent, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace metaspatial
