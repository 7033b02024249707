#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "metaspatial/base/error.hpp"

namespace metaspatial {

/// Insertion-ordered JSON: what we write keeps its order, so the same value gives the same bytes.
using Json = nlohmann::ordered_json;

struct JsonLimits {
  std::size_t max_bytes = std::size_t{64} << 20;
  int max_depth = 64;
};

/// Parses strict JSON (RFC 8259) from hostile bytes.
///
/// Errors   InvalidInput with line and column, or the limit that was passed. Never throws, never recurses
///          deeper than the limit.
[[nodiscard]] Result<Json> parse_json(std::string_view text, std::string_view where,
                                      const JsonLimits& limits = {});

/// Nesting depth of a JSON text, counted without parsing it; strings are skipped.
[[nodiscard]] int json_depth(std::string_view text);

/// Compact JSON text in which any invalid UTF-8 is replaced by U+FFFD instead of throwing.
[[nodiscard]] std::string dump_json(const Json& value, int indent = -1);

}  // namespace metaspatial
