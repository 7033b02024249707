#pragma once

#include <vector>

#include "metaspatial/scene/kinds.hpp"

namespace metaspatial::scene {

/// Builds the catalogue's entries, in no particular order. Internal to this module: use all_kinds().
[[nodiscard]] std::vector<Kind> catalogue_entries();

}  // namespace metaspatial::scene
