#pragma once

#include <filesystem>

#include "metaspatial/base/error.hpp"
#include "metaspatial/env/episode.hpp"

namespace metaspatial::app {

/// Reads how answers are scored from a YAML config: its sections `env`, `reward` and `judge`. The file may be
/// that of a training run: other sections are not looked at, and neither are the stages of its reward, for an
/// answer is scored with everything. `reward.rules` of the result are the tolerances. A model as judge is not
/// opened yet. An empty path gives the defaults.
///
/// Errors   those of read_config; InvalidInput naming the key.
[[nodiscard]] Result<env::EnvConfig> read_scoring_config(const std::filesystem::path& path);

}  // namespace metaspatial::app
