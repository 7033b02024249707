#pragma once

#include <string>

#include "metaspatial/assets/export_scene.hpp"
#include "metaspatial/base/error.hpp"
#include "metaspatial/scene/graph.hpp"

namespace metaspatial::assets {

/// A furnished room as a Python script for Blender (room.blend.py): run, it builds collections, meshes,
/// Principled materials with packed pictures, area lights of the right size, cameras, and settings for
/// Cycles; with an argument after `--` it saves a .blend file or renders. Needs no other file. Its code is
/// blender_room.py, its data one line of JSON and one of base64.
///
/// Units    metres; lights in watts that give the radiance of our pictures.
/// Frame    the room's, Z up, which is Blender's.
/// Shape    same arguments, same bytes. Tested with Blender 3.4.
/// Errors   those of export_scene().
/// Threads  safe to call from several threads at once.
/// Cost     export_scene(), and about 20 ms for twelve objects: meshes are compressed.
[[nodiscard]] Result<std::string> room_blender_script(const scene::SceneGraph& graph,
                                                      const scene::Layout& layout,
                                                      const ExportOptions& options = {});

}  // namespace metaspatial::assets
