#pragma once

#include "metaspatial/base/config.hpp"
#include "metaspatial/env/episode.hpp"

namespace metaspatial::env {

/// Reads the keys under "env.", "reward." and "judge." that pretraining, training and scoring share;
/// "reward.stages." is training's own. A model as judge is not opened yet, see open_judge().
void read_env_config(ConfigReader& reader, EnvConfig& config);

}  // namespace metaspatial::env
