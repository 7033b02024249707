#include "metaspatial/app/scoring_config.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "metaspatial/app/yaml_config.hpp"
#include "metaspatial/base/config.hpp"
#include "metaspatial/base/json.hpp"
#include "metaspatial/env/env_config.hpp"
#include "metaspatial/reward/reward_config.hpp"

namespace metaspatial::app {

namespace {

constexpr std::array<std::string_view, 3> kSections{"env", "reward", "judge"};

/// Whether a key of the file, "env" or in one piece "env.looks", belongs to a section that is read.
bool is_read(std::string_view key) {
  return std::ranges::any_of(
      kSections, [&](std::string_view section) { return key.substr(0, key.find('.')) == section; });
}

}  // namespace

Result<env::EnvConfig> read_scoring_config(const std::filesystem::path& path) {
  METASPATIAL_TRY(const Json json, read_config(path, {}));
  Json sections = Json::object();
  for (const auto& [key, value] : json.items())
    if (is_read(key)) sections[key] = value;
  ConfigReader reader(sections, path.string());
  env::EnvConfig config;
  env::read_env_config(reader, config);
  reward::StageSchedule training_only;
  reward::read_stage_schedule(reader, training_only);
  METASPATIAL_TRY_VOID(reader.finish());
  return config;
}

}  // namespace metaspatial::app
