#pragma once

#include <cstddef>
#include <functional>
#include <span>

#include "metaspatial/render/camera.hpp"
#include "metaspatial/render/overlay.hpp"

namespace metaspatial::render {

/// What painting over a picture needs to know of it. Internal to `render`.
struct Canvas {
  Camera camera;
  /// Distance along the view axis, in metres, of what a pixel shows: large where it shows nothing. Asked only
  /// for overlays that are not on top.
  std::function<float(int x_px, int y_px)> depth_m;
};

/// Calls visit(index, share) for every pixel that an overlay covers, where `share` in (0, 1] is what of the
/// pixel takes its colour: opacity times coverage by 4 x 4 samples. Polygons of less than 3 or more than
/// 1,000 corners, or with a corner that is not finite, cover nothing.
///
/// Shape    indices into width_px * height_px pixels, rows from the top.
/// Cost     O(pixels under the polygon's bounding rectangle).
void for_each_covered(const Overlay& overlay, const Canvas& canvas,
                      const std::function<void(std::size_t index, float share)>& visit);

/// Blends an overlay over a picture that has no tone curve yet.
///
/// Shape    linear radiance, width_px * height_px of the camera, rows from the top.
void paint(const Overlay& overlay, const Canvas& canvas, std::span<Vec3f> pixels);

}  // namespace metaspatial::render
