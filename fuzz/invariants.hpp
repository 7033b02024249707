#pragma once

#include "metaspatial/scene/graph.hpp"

/// What must hold whatever the input: each function ends the program where it does not.
namespace metaspatial::fuzz {

/// Ids are unique, references point at another object, numbers are finite and within the limits of scene
/// files.
void check_graph(const scene::SceneGraph& graph);

/// The report of physics::check and the reward of a layout are finite, within their bounds and consistent
/// with each other, and every fault can be put into words.
///
/// Shape    REQUIRES one finite pose per object.
void check_layout(const scene::SceneGraph& graph, const scene::Layout& layout);

}  // namespace metaspatial::fuzz
