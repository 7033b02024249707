#pragma once

#include <vector>

#include "metaspatial/assets/mesh.hpp"
#include "metaspatial/render/camera.hpp"
#include "metaspatial/render/overlay.hpp"

namespace metaspatial::render {

/// The room itself as one view shows it. Internal to `render`.
///
/// Frame    room frame.
struct Shell {
  assets::Model model;
  std::vector<Overlay> marks;  ///< openings of walls that are cut away, door swings, windows in the plan
};

/// `eye` is the corner view's camera: of a polygonal floor the walls that floor lies behind are cut away.
[[nodiscard]] Shell build_shell(const scene::SceneGraph& graph, View view, CameraCorner corner,
                                const Vec3f& eye);

/// The colours that say door and window in every view, sRGB.
inline const scene::Vec3 kDoorColor(0.94, 0.43, 0.12);
inline const scene::Vec3 kWindowColor(0.36, 0.74, 0.98);

}  // namespace metaspatial::render
