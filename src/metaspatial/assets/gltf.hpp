#pragma once

#include <string>

#include "metaspatial/assets/export_scene.hpp"
#include "metaspatial/base/error.hpp"
#include "metaspatial/scene/graph.hpp"

namespace metaspatial::assets {

/// A furnished room as a binary glTF 2.0 file (.glb), for Blender, game engines, viewers and web pages.
///
/// One node per wall, opening and object, named by its id ("south_wall", "door_1", "sofa_1"); an object's
/// node carries its id, kind, style, material and size as `extras`. Objects that look the same share one
/// mesh. There is no ceiling, so that viewers can look in from above; node `overview` is a camera that does
/// so. Textures are embedded, patterns among them; lights are KHR_lights_punctual, a spot for each rectangle.
///
/// Units    metres; lights in candela or relative to our pictures (LightUnits).
/// Frame    glTF's, Y up: the room's (x, y, z) becomes (x, z, -y), its origin stays. Meshes of objects
///          face +Z as glTF asks, so yaw 0 (north) is a node turned by 180 degrees about Y.
/// Shape    same graph, layout and options, same bytes.
/// Errors   those of export_scene().
/// Threads  safe to call from several threads at once.
/// Cost     export_scene(), and about as much again.
[[nodiscard]] Result<std::string> room_glb(const scene::SceneGraph& graph, const scene::Layout& layout,
                                           const ExportOptions& options = {});

}  // namespace metaspatial::assets
