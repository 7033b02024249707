#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace metaspatial::judge {

/// A value of JSON as models write it. Members keep their order, and repeated keys stay.
struct LenientMember;
struct LenientValue {
  struct Null {};
  /// Something that is no value of JSON, kept for messages: "unknown", "7-8", "NaN".
  struct Word {
    std::string text;
  };
  using Array = std::vector<LenientValue>;
  using Object = std::vector<LenientMember>;
  std::variant<Null, bool, double, Word, std::string, Array, Object> value;
};
struct LenientMember {
  std::string key;
  LenientValue value;
};

/// Reads one object or array that opens at text[at], from hostile bytes. Beside RFC 8259 it takes trailing
/// commas, single quotes, unquoted keys, line breaks and unescaped quotation marks in strings (one that is
/// followed by none of , : } ] does not end a string), // and /* */ comments, and bare words as values.
///
/// Returns  the value, `at` moved behind it; nothing (and `at` as it was) if there is none, or deeper than 16
///          levels.
[[nodiscard]] std::optional<LenientValue> read_lenient_json(std::string_view text, std::size_t& at);

}  // namespace metaspatial::judge
