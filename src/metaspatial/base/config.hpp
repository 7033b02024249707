#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "metaspatial/base/error.hpp"
#include "metaspatial/base/json.hpp"

namespace metaspatial {

/// Reads typed values out of a nested config by dotted keys, strictly: a wrong type, a value out of range or
/// a key that nobody reads or that stands twice is an error that names the key and what was expected. Values
/// keep their defaults if absent.
///
///     ConfigReader reader(json, "demo.yaml");
///     reader.read("worker.actor.optim.lr", config.lr, 0.0, 1.0);
///     METASPATIAL_TRY_VOID(reader.finish());
class ConfigReader {
 public:
  ConfigReader(const Json& json, std::string_view where);

  void read(std::string_view key, double& value, double low, double high);
  void read(std::string_view key, int& value, int low, int high);
  void read(std::string_view key, std::uint64_t& value);
  void read(std::string_view key, bool& value);
  void read(std::string_view key, std::optional<bool>& value);
  void read(std::string_view key, std::string& value);
  /// Any value but a group of keys; what it has to be is the caller's to say.
  void read(std::string_view key, Json& value);
  /// One of the given words.
  void read(std::string_view key, std::string& value, std::span<const std::string_view> words);

  /// The first error met, or the first key that was not read.
  [[nodiscard]] Result<void> finish() const;

 private:
  const Json* take(std::string_view key);
  void complain(std::string_view key, std::string expected);
  std::string where_;
  std::map<std::string, const Json*, std::less<>> leaves_;
  std::map<std::string, bool, std::less<>> used_;
  std::vector<Error> errors_;
};

/// Sets a value by its dotted key in a nested config: "a.b.c=3". The text after "=" is JSON if it parses as
/// such (numbers, true, [1, 2]), else a string.
///
/// Errors   InvalidInput if there is no "=", if the key has an empty part or more than 32, or if it runs
///          through something that is not an object; the config is then unchanged.
[[nodiscard]] Result<void> apply_override(Json& config, std::string_view assignment);

}  // namespace metaspatial
