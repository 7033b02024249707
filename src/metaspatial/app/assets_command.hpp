#pragma once

#include "metaspatial/app/command.hpp"

namespace metaspatial::app {

/// `metaspatial assets import|list|show`: libraries of models from elsewhere.
void add_assets_command(Program& program);

}  // namespace metaspatial::app
