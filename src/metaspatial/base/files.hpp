#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

#include "metaspatial/base/error.hpp"

namespace metaspatial {

/// Reads a whole file.
///
/// Errors   NotFound if it does not exist, InvalidInput if it is a directory or larger than `max_bytes`, Io.
[[nodiscard]] Result<std::string> read_file(const std::filesystem::path& path,
                                            std::size_t max_bytes = std::size_t{1} << 30);

/// Writes a file so that a reader (or a crash) sees the old bytes or the new ones, never a part: a temporary
/// file in the same folder, flushed to disk, then renamed. Creates the parent folders.
///
/// Errors   Io (disk full, no permission); the old file is then untouched.
[[nodiscard]] Result<void> write_file_atomic(const std::filesystem::path& path, std::string_view bytes);

}  // namespace metaspatial
