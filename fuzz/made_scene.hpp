#pragma once

#include "bytes.hpp"
#include "metaspatial/scene/graph.hpp"

namespace metaspatial::fuzz {

/// A question and an answer made from bytes.
struct MadeScene {
  scene::SceneGraph graph;
  scene::Layout layout;
};

/// Makes a scene that scene::read_scene would accept: up to 12 objects with every preposition and target,
/// openings within their walls, sizes and places that are mostly on a grid, so that faces meet, and now and
/// then 0, tiny or 1e6 m.
[[nodiscard]] MadeScene make_scene(Bytes& bytes);

}  // namespace metaspatial::fuzz
