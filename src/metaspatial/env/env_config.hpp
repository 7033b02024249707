#pragma once

#include "metaspatial/base/config.hpp"
#include "metaspatial/env/episode.hpp"

namespace metaspatial::env {

/// Reads the keys under "env." and "reward." that pretraining, training and scoring share; "reward.stages."
/// is training's own.
void read_env_config(ConfigReader& reader, EnvConfig& config);

}  // namespace metaspatial::env
