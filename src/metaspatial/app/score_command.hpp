#pragma once

#include "metaspatial/app/command.hpp"

namespace metaspatial::app {

/// `metaspatial score`: what responses are worth, and why.
void add_score_command(Program& program);

}  // namespace metaspatial::app
