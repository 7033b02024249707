#pragma once

#include "metaspatial/app/command.hpp"

namespace metaspatial::app {

/// `metaspatial render`: a picture of a room.
void add_render_command(Program& program);

}  // namespace metaspatial::app
