#pragma once

#include <filesystem>
#include <span>
#include <string>

#include "metaspatial/base/error.hpp"
#include "metaspatial/base/json.hpp"

namespace metaspatial::app {

/// Reads a YAML config from hostile text. No anchors and aliases; at most 32 levels.
///
/// Errors   InvalidInput with `where` and line.
[[nodiscard]] Result<Json> parse_config(const std::string& text, const std::string& where);

/// Reads a YAML config and applies dotted overrides ("trainer.max_steps=10") to it. An empty path is an empty
/// config.
///
/// Errors   InvalidInput with file and line; NotFound.
[[nodiscard]] Result<Json> read_config(const std::filesystem::path& path,
                                       std::span<const std::string> overrides);

}  // namespace metaspatial::app
