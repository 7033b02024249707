#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "metaspatial/assets/export_scene.hpp"
#include "metaspatial/base/error.hpp"
#include "metaspatial/scene/graph.hpp"

namespace metaspatial::assets {

/// A room in USD's text form and the pictures that it refers to, which USD text cannot hold.
struct UsdFiles {
  std::string layer;                                          ///< the .usda file
  std::vector<std::pair<std::string, std::string>> textures;  ///< path relative to it, bytes
};

/// A furnished room as a USD layer: `/room` with `floor`, walls, openings and, under `furniture`, a component
/// for each object, whose id, kind, style, material and size are its customData. Names become identifiers;
/// `displayName` keeps the id. Shared meshes are instances of prototypes; materials are UsdPreviewSurface.
///
/// Units    metres (metersPerUnit = 1); lights have the radiance of our pictures.
/// Frame    the room's, Z up (upAxis = "Z"); an object's own axes are x right, y front, z up.
/// Shape    pictures are referred to as `texture_folder` + name. Same arguments, same bytes.
/// Errors   those of export_scene().
/// Threads  safe to call from several threads at once.
/// Cost     export_scene(), and about 10 ms for twelve objects: numbers become text.
[[nodiscard]] Result<UsdFiles> room_usda(const scene::SceneGraph& graph, const scene::Layout& layout,
                                         const ExportOptions& options = {},
                                         std::string_view texture_folder = "textures/");

/// The same as one file that carries its pictures: a .usdz package (ZIP, stored, each file's bytes at a
/// multiple of 64).
[[nodiscard]] Result<std::string> room_usdz(const scene::SceneGraph& graph, const scene::Layout& layout,
                                            const ExportOptions& options = {});

}  // namespace metaspatial::assets
