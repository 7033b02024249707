#pragma once

#include <vector>

#include "metaspatial/render/camera.hpp"

namespace metaspatial::render {

/// What the first surface of a pixel is like, on average, and how sure its light is. Internal to `render`.
struct PixelGuide {
  Vec3f albedo = Vec3f::Zero();
  Vec3f normal = Vec3f::Zero();
  Vec3f position_m = Vec3f::Zero();
  Vec3f emitted = Vec3f::Zero();  ///< seen directly, of radiance: without noise
  float square = 0;               ///< mean square of a sample's light, without its albedo
};

/// Colours below count as this where light is told apart from colour.
inline constexpr float kLeastAlbedo = 0.03F;

/// Takes the noise out of a path-traced picture: light (radiance without the surface's own colour) is
/// averaged with that of neighbours on the same surface as far as the samples' variance allows, in widening
/// rings. What has no noise is left as it is: with more samples the result goes to the same picture.
///
/// Shape    width * height entries, rows from the top; `samples` per pixel.
/// Threads  uses the thread budget; the same bytes with any number of threads.
/// Cost     up to 0.6 us of processor time per pixel.
/// Source   Dammertz et al. 2010 (edge-avoiding a-trous wavelets), Schied et al. 2017 (variance-guided);
/// without
///          their history over time.
void denoise(std::vector<Vec3f>& radiance, const std::vector<float>& shown,
             const std::vector<PixelGuide>& guides, int width_px, int height_px, int samples);

}  // namespace metaspatial::render
