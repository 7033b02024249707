#pragma once

#include "metaspatial/app/command.hpp"

namespace metaspatial::app {

/// `metaspatial export`: a furnished room as a file of other programs.
void add_export_command(Program& program);

}  // namespace metaspatial::app
