#pragma once

#include "metaspatial/assets/mesh.hpp"
#include "metaspatial/scene/graph.hpp"

namespace metaspatial::assets {

/// Builds the furniture of an object from its kind, size, style and material: a bed has a headboard, pillows
/// and a duvet, a piano has keys. Unknown kinds become a plain chest-like block.
///
/// Units    metres. Sizes are clamped to [0.005, 100] per axis; a size that is not finite counts as 0.5.
/// Frame    the object's own; the mesh fills its box exactly: the box of its vertices is the object's size.
/// Shape    same object (kind, size, style, material, variation of its id), same bytes.
[[nodiscard]] Model make_model(const scene::SceneObject& object);

/// Which of a few looks of its kind an object gets (the order of books, the shape of a plant), from its id.
[[nodiscard]] int variation_of(const scene::SceneObject& object);

}  // namespace metaspatial::assets
