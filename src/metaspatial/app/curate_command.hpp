#pragma once

#include "metaspatial/app/command.hpp"

namespace metaspatial::app {

/// `metaspatial curate`: from descriptions to a data set of rooms.
void add_curate_command(Program& program);

}  // namespace metaspatial::app
