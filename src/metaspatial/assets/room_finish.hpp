#pragma once

#include "metaspatial/assets/mesh.hpp"
#include "metaspatial/scene/graph.hpp"

namespace metaspatial::assets {

/// What the parts of a room are made of.
struct ShellMaterials {
  Material floor, wall, ceiling, skirting, frame, door, door_panel, handle, pane;
};

/// The finishes of a room: what its wish says of walls and floor ("sage green walls, an oak floor"), else
/// what suits its style ("Victorian") and its use ("nursery").
///
/// Shape    same words, same finishes. Only the first 2,000 bytes of the wish are read.
[[nodiscard]] ShellMaterials finishes_of(const scene::SceneGraph& graph);

/// The finishes of a plan: few and fixed, for the built-in model was trained on pictures of them.
[[nodiscard]] ShellMaterials plan_finishes_of(const scene::SceneGraph& graph);

}  // namespace metaspatial::assets
