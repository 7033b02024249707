#pragma once

#include <string>
#include <string_view>

#include "metaspatial/assets/mesh.hpp"
#include "metaspatial/base/error.hpp"

namespace metaspatial::assets {

/// One model as a binary glTF 2.0 file, with its textures as they were read.
///
/// Scene 0, the default, holds `full`; if there is a `preview`, which REQUIRES the same materials, scene 1
/// holds it. Patterns are not written; a texture without its encoded bytes is left out.
///
/// Frame    glTF's: Y up, metres, the object's front along +Z; origin at the centre of its box.
/// Shape    same models, same bytes. read_glb reads it back: positions exactly, factors to single precision.
/// Errors   InvalidInput if it would have more than 2 GiB.
[[nodiscard]] Result<std::string> model_glb(const Model& full, const Model* preview, std::string_view name);

}  // namespace metaspatial::assets
