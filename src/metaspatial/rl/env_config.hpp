#pragma once

#include "metaspatial/base/config.hpp"
#include "metaspatial/env/episode.hpp"

namespace metaspatial::rl {

/// Reads the keys under "env." that pretraining, training and evaluation share.
void read_env_config(ConfigReader& reader, env::EnvConfig& config);

}  // namespace metaspatial::rl
