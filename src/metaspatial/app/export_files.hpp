#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

#include "metaspatial/assets/export_scene.hpp"
#include "metaspatial/base/error.hpp"
#include "metaspatial/render/room_scene.hpp"
#include "metaspatial/scene/graph.hpp"

namespace metaspatial::app {

/// The endings of files that a room can be exported as, for messages.
inline constexpr std::string_view kExportEndings = ".glb, .usda, .usdz or .blend.py";

/// Whether a file of this name can be written by write_export().
[[nodiscard]] bool can_export(const std::filesystem::path& out);

/// The cameras of our pictures of this room, `corner` and `eye`, square.
///
/// Shape    `side_px` is the picture's: in a square room two corner views are as good, and it decides.
/// Cost     nothing worth mentioning; the scene is what costs.
[[nodiscard]] std::vector<assets::ExportCamera> picture_cameras(const render::RoomScene& room,
                                                                int side_px = 512);

/// Writes a room in the format that the file's name asks for, each file atomically. What a .usda needs beside
/// it goes to the folder `<name>_textures`, before the .usda itself.
///
/// Errors   Usage if the ending is none of kExportEndings; those of assets::export_scene(); Io.
[[nodiscard]] Result<void> write_export(const std::filesystem::path& out, const scene::SceneGraph& graph,
                                        const scene::Layout& layout, const assets::ExportOptions& options);

}  // namespace metaspatial::app
