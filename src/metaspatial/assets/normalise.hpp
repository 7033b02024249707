#pragma once

#include <string>
#include <vector>

#include "metaspatial/assets/asset_metadata.hpp"
#include "metaspatial/assets/gltf_reader.hpp"
#include "metaspatial/assets/mesh.hpp"
#include "metaspatial/base/error.hpp"

namespace metaspatial::assets {

/// A model in our object frame and in metres, and what had to be assumed for that.
struct NormalisedAsset {
  Model model;
  bool front_known = false;
  std::vector<std::string> notes;  ///< a sentence each
};

/// Turns a model into the object frame, scales it to metres and puts its origin at the centre of its box.
///
/// Up is what the metadata say, else +Y. The front is what they say, else +Z (-Y if +Z is up). The size is
/// what they say (it is always scaled evenly), else the file's. Then, a size that no thing of the kind has is
/// taken for centimetres, millimetres or inches, if one of these makes it plausible, else scaled to the
/// kind's usual size; of an unknown kind, anything between 2 cm and 6 m is plausible.
///
/// Frame    out: the object's own (mesh.hpp).
/// Errors   InvalidInput if up and front are one line.
[[nodiscard]] Result<NormalisedAsset> normalised(GltfModel gltf, const AssetMetadata& metadata,
                                                 const scene::Kind* kind);

/// A mesh read from our own GLB (model_glb) back in the object's frame.
void turn_from_gltf(Model& model);

}  // namespace metaspatial::assets
