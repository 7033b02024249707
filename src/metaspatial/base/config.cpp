#include "metaspatial/base/config.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <limits>

namespace metaspatial {

namespace {

/// Parts of an override's key: far more than any config has, and few enough for what walks through a config.
constexpr std::size_t kMostParts = 32;

/// The leaves of a config by their dotted keys: all but groups that hold keys. Calls `twice` with a key that
/// two of them have, such as {"a.b": 1, "a": {"b": 2}}.
template <typename Twice>
void flatten(const Json& group, const std::string& prefix,
             std::map<std::string, const Json*, std::less<>>& out, const Twice& twice) {
  for (const auto& [name, value] : group.items()) {
    const std::string key = prefix + name;
    if (value.is_object() && !value.empty()) {
      flatten(value, key + ".", out, twice);
    } else if (!out.emplace(key, &value).second) {
      twice(key);
    }
  }
}

}  // namespace

ConfigReader::ConfigReader(const Json& json, std::string_view where) : where_(where) {
  if (!json.is_object() && !json.is_null()) {
    errors_.push_back({ErrorCode::InvalidInput, "is not a config; expected keys and values", where_});
    return;
  }
  if (json.is_object())
    flatten(json, "", leaves_, [this](const std::string& key) {
      errors_.push_back({ErrorCode::InvalidInput, fmt::format("key '{}' stands twice", key), where_});
    });
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
  // What only the unsigned type holds would wrap to a negative number.
  if (!json->is_number_integer() ||
      (json->is_number_unsigned() && json->get<std::uint64_t>() > std::numeric_limits<int>::max()) ||
      json->get<std::int64_t>() < low || json->get<std::int64_t>() > high)
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
  std::optional<bool> given;
  read(key, given);
  value = given.value_or(value);
}

void ConfigReader::read(std::string_view key, std::optional<bool>& value) {
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

void ConfigReader::read(std::string_view key, Json& value) {
  const Json* json = take(key);
  if (json != nullptr) value = *json;
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
  std::vector<std::string> parts;
  for (std::size_t begin = 0; begin <= key.size(); begin += parts.back().size() + 1)
    parts.emplace_back(key.substr(begin, key.find('.', begin) - begin));
  if (parts.size() > kMostParts)
    return invalid(
        fmt::format("an override's key has {} parts; at most {} are read", parts.size(), kMostParts));
  // Nothing is changed until all of the key is known to be fine.
  const Json* group = &config;
  std::string path;
  for (const std::string& part : parts) {
    if (part.empty() || (group != nullptr && !group->is_object() && !group->is_null()))
      return invalid(fmt::format("override '{}': '{}' is not a group of keys", assignment, path));
    path += part + ".";
    if (group == nullptr || group->is_null()) {
      group = nullptr;  // this and what follows will be made
    } else {
      const auto found = group->find(part);
      group = found == group->end() ? nullptr : &*found;
    }
  }
  auto parsed = parse_json(text, "override");
  Json* node = &config;
  for (const std::string& part : parts) node = &(*node)[part];
  *node = parsed ? *std::move(parsed) : Json(std::string(text));
  return {};
}

}  // namespace metaspatial
