#pragma once

#include "metaspatial/app/command.hpp"

namespace metaspatial::app {

/// `metaspatial check`: what is wrong with furnished rooms.
void add_check_command(Program& program);

}  // namespace metaspatial::app
