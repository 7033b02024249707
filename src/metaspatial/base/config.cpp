#include "metaspatial/base/config.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>

namespace metaspatial {

namespace {

void flatten(const Json& json, const std::string& prefix,
             std::map<std::string, const Json*, std::less<>>& out) {
  if (!json.is_object()) {
    out[prefix] = &json;
    return;
  }
  for (const auto& [key, value] : json.items())
    flatten(value, prefix.empty() ? key : prefix + "." + key, out);
}

}  // namespace

ConfigReader::ConfigReader(const Json& json, std::string_view where) : where_(where) {
  if (!json.is_object() && !json.is_null()) {
    errors_.push_back({ErrorCode::InvalidInput, "is not a config; expected keys and values", where_});
    return;
  }
  if (json.is_object()) flatten(json, "", leaves_);
}

const Json* ConfigReader::take(std::string_view key) {
  const auto found = leaves_.find(key);
  if (found == leaves_.end()) return nullptr;
  used_[std::string(key)] = true;
  return found->second;
}

void ConfigReader::complain(std::string_view key, std::string expected) {
  errors_.push_back({ErrorCode::InvalidInput, fmt::format("key '{}': expected {}", key, expected), where_});
}

void ConfigReader::read(std::string_view key, double& value, double low, double high) {
  const Json* json = take(key);
  if (json == nullptr) return;
  if (!json->is_number() || !std::isfinite(json->get<double>()) || json->get<double>() < low ||
      json->get<double>() > high)
    return complain(key, fmt::format("a number from {} to {}", low, high));
  value = json->get<double>();
}

void ConfigReader::read(std::string_view key, int& value, int low, int high) {
  const Json* json = take(key);
  if (json == nullptr) return;
  if (!json->is_number_integer() || json->get<std::int64_t>() < low || json->get<std::int64_t>() > high)
    return complain(key, fmt::format("a whole number from {} to {}", low, high));
  value = json->get<int>();
}

void ConfigReader::read(std::string_view key, std::uint64_t& value) {
  const Json* json = take(key);
  if (json == nullptr) return;
  if (!json->is_number_unsigned() && !(json->is_number_integer() && json->get<std::int64_t>() >= 0))
    return complain(key, "a whole number, not negative");
  value = json->get<std::uint64_t>();
}

void ConfigReader::read(std::string_view key, bool& value) {
  const Json* json = take(key);
  if (json == nullptr) return;
  if (!json->is_boolean()) return complain(key, "true or false");
  value = json->get<bool>();
}

void ConfigReader::read(std::string_view key, std::string& value) {
  const Json* json = take(key);
  if (json == nullptr) return;
  if (!json->is_string()) return complain(key, "text");
  value = json->get<std::string>();
}

void ConfigReader::read(std::string_view key, std::string& value, std::span<const std::string_view> words) {
  std::string text = value;
  read(key, text);
  for (const auto word : words) {
    if (text == word) {
      value = text;
      return;
    }
  }
  complain(key, fmt::format("one of {}", fmt::join(words, ", ")));
}

Result<void> ConfigReader::finish() const {
  if (!errors_.empty()) return tl::unexpected<Error>(errors_.front());
  for (const auto& [key, value] : leaves_) {
    if (!used_.contains(key) && !(value->is_object() && value->empty()))
      return invalid(fmt::format("key '{}' is not known", key), where_);
  }
  return {};
}

Result<void> apply_override(Json& config, std::string_view assignment) {
  const auto equals = assignment.find('=');
  if (equals == std::string_view::npos || equals == 0)
    return invalid(fmt::format("'{}' is not an override; expected key.key=value", assignment));
  const std::string_view key = assignment.substr(0, equals);
  const std::string_view text = assignment.substr(equals + 1);
  auto parsed = parse_json(text, "override");
  Json* node = &config;
  std::size_t begin = 0;
  while (true) {
    const auto dot = key.find('.', begin);
    const std::string part(
        key.substr(begin, dot == std::string_view::npos ? std::string_view::npos : dot - begin));
    if (part.empty() || !(node->is_object() || node->is_null()))
      return invalid(
          fmt::format("override '{}': '{}' is not a group of keys", assignment, key.substr(0, begin)));
    node = &(*node)[part];
    if (dot == std::string_view::npos) break;
    begin = dot + 1;
  }
  *node = parsed ? *parsed : Json(std::string(text));
  return {};
}

}  // namespace metaspatial
