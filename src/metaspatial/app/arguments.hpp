#pragma once

#include <string>
#include <string_view>

#include "metaspatial/base/error.hpp"
#include "metaspatial/scene/graph.hpp"

namespace metaspatial::app {

/// Reads a room's size as people type it: "6x4x3" or "6x4x2.8", metres, length x width x height.
///
/// Errors   Usage if it is anything else, or a side is not in (0, 100].
[[nodiscard]] Result<scene::RoomSize> parse_size(std::string_view text);

/// The bytes of a file, or of standard input for "-".
[[nodiscard]] Result<std::string> read_input(const std::string& path);

/// Writes a file atomically, or to standard output for "" and "-".
[[nodiscard]] Result<void> write_output(const std::string& path, std::string_view bytes);

}  // namespace metaspatial::app
