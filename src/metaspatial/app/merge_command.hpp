#pragma once

#include "metaspatial/app/command.hpp"

namespace metaspatial::app {

/// `metaspatial merge`: a model, with or without an adapter, as a checkpoint of another type or in shards.
void add_merge_command(Program& program);

}  // namespace metaspatial::app
