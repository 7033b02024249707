#pragma once

#include <string>

#include "metaspatial/base/error.hpp"
#include "metaspatial/scene/graph.hpp"

namespace metaspatial::assets {

/// A furnished room as a binary glTF 2.0 file (.glb), for Blender, game engines, viewers and web pages.
///
/// One node per wall, opening and object, named by its id ("south_wall", "door_1", "sofa_1"); an object's
/// node carries its kind, style, material and size as `extras`. Objects that look the same share one mesh.
/// There is no ceiling, so that viewers can look in from above; node `camera` does so.
///
/// Units    metres.
/// Frame    glTF's, Y up: the room's (x, y, z) becomes (x, z, -y), its origin stays. Meshes of objects face
/// +Z
///          as glTF asks, so yaw 0 (north) is a node turned by 180 degrees about Y.
/// Shape    same graph and layout, same bytes. Colours, roughness, metal, glow and glass are exported;
/// procedural
///          grain (wood, tiles, weave) is not.
/// Errors   InvalidInput if an object has no pose, or one that is not finite or further than 1000 km away
/// (the
///          message names the object), or if the file would pass glTF's 4 GB.
/// Threads  safe to call from several threads at once.
/// Cost     1.5 to 4 ms for twelve objects.
[[nodiscard]] Result<std::string> room_glb(const scene::SceneGraph& graph, const scene::Layout& layout);

}  // namespace metaspatial::assets
