#pragma once

#include "metaspatial/app/command.hpp"

namespace metaspatial::app {

/// `metaspatial judge`: grades for furnished rooms.
void add_judge_command(Program& program);

}  // namespace metaspatial::app
