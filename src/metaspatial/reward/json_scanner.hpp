#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace metaspatial::reward {

/// A cursor over strict JSON (RFC 8259) that knows its byte offsets. Every read_ function consumes one token
/// and returns false, without moving, if something else stands there.
///
/// Errors   none thrown; the caller decides what a false means.
/// Cost     linear, no recursion; strings allocate only where asked to decode.
class JsonScanner {
 public:
  JsonScanner(std::string_view text, std::size_t begin, std::size_t end)
      : text_(text.substr(0, end)), at_(begin) {}

  [[nodiscard]] std::size_t at() const { return at_; }
  [[nodiscard]] bool finished() const { return at_ >= text_.size(); }
  /// The next byte, or '\0' at the end.
  [[nodiscard]] char peek() const { return finished() ? '\0' : text_[at_]; }
  void skip_space();
  bool read_char(char expected);
  /// A string in quotes; its decoded text goes to `*decoded` unless null. Escapes are decoded, surrogate
  /// pairs joined; a lone surrogate, a control character or malformed UTF-8 is no string.
  bool read_string(std::string* decoded);
  /// A number by the grammar of RFC 8259. `value` may be infinite: the grammar has no limit ("1e999").
  bool read_number(double& value);
  /// Any value. `too_deep` is set where `max_depth` was what stopped it.
  bool skip_value(int max_depth, bool& too_deep);

 private:
  bool read_word(std::string_view word);

  std::string_view text_;
  std::size_t at_;
};

/// Whether the text is exactly one JSON value with white space around it.
[[nodiscard]] bool is_json(std::string_view text, int max_depth);

}  // namespace metaspatial::reward
