#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "metaspatial/base/json.hpp"
#include "metaspatial/scene/graph.hpp"

namespace metaspatial::scene {

/// A sentence and a room size: the input of curation.
struct RoomDescription {
  std::string description;
  RoomSize size;
};

/// Entry by entry, a description or the reason why it cannot be used ("entry 12: height is 0; ...").
struct DescriptionFile {
  std::vector<Result<RoomDescription>> entries;
};
/// Reads the reference's generated_room_descriptions.json: an array of {"description", "size":
/// {"x","y","z"}}.
///
/// Errors   the whole file fails only if it is not a JSON array; a bad entry is an Error in its place.
[[nodiscard]] Result<DescriptionFile> read_descriptions(std::string_view json, std::string_view where);

/// A scene file: the question and, where every object has a position, an answer.
struct Scene {
  SceneGraph graph;
  std::optional<Layout> layout;
};

/// Reads a scene from any of these forms, strictly and with limits (2,000 objects, finite numbers, sizes >=
/// 0):
///  - the reference's array (objects, then layout elements; the room's size is taken from the layout elements
///  or,
///    if given, from `size`);
///  - our row {"room_name", "user_preference", "size_of_room": {"x","y","z"}, "floor": [[x, y], ...],
///    "scene_graph": [...], "openings": [...], "openings_in_text": true};
///  - {"objects": [...], ...} is not accepted.
///
/// Errors   InvalidInput naming file, object, field and what was expected.
[[nodiscard]] Result<Scene> read_scene(const Json& json, std::string_view where,
                                       std::optional<RoomSize> size = {});
[[nodiscard]] Result<Scene> read_scene_file(const std::filesystem::path& path,
                                            std::optional<RoomSize> size = {});

/// The reference's array: objects, then the six layout elements in the order south, north, east, west,
/// middle, ceiling. With a layout, every object gets its `position` and `rotation`.
[[nodiscard]] Json scene_graph_json(const SceneGraph& graph, const Layout* layout = nullptr);
/// Our row: one line of rooms.jsonl, without the image.
[[nodiscard]] Json room_row_json(const SceneGraph& graph, const Layout* layout = nullptr);
[[nodiscard]] Json openings_json(const SceneGraph& graph);
/// [{"new_object_id", "x", "y", "z", "z_angle"}]: a layout on its own, as answers write it.
[[nodiscard]] Json layout_json(const SceneGraph& graph, const Layout& layout);
[[nodiscard]] Result<Layout> read_layout(const Json& json, const SceneGraph& graph, std::string_view where);

/// A number as prompts and answers write it: at most `decimals` digits, no trailing zeros, never "-0".
[[nodiscard]] std::string format_number(double value, int decimals = 2);

}  // namespace metaspatial::scene
