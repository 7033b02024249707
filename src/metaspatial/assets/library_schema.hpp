#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

#include "metaspatial/assets/sqlite.hpp"
#include "metaspatial/base/error.hpp"

/// The tables of library.sqlite: internal to the asset library. docs/ASSETS.md describes them.
namespace metaspatial::assets {

inline constexpr const char* kLibraryFile = "library.sqlite";
inline constexpr std::int64_t kApplicationId = 0x4d53414c;  // "MSAL"
inline constexpr std::int64_t kSchemaVersion = 1;

/// Errors   InvalidInput if the file is something else or of another version.
[[nodiscard]] Result<void> check_schema(const Database& database, std::string_view where);
/// Makes the tables of a new file; REQUIRES that no other process writes.
[[nodiscard]] Result<void> create_schema(Database& database);

/// 16 hexadecimal digits of a hash of bytes.
[[nodiscard]] std::string checksum_of(std::string_view bytes);

}  // namespace metaspatial::assets
