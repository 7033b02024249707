#include "metaspatial/judge/lenient_json.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdint>
#include <system_error>
#include <utility>

namespace metaspatial::judge {

namespace {

constexpr int kDeepest = 16;

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}
bool is_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

void append_utf8(std::string& out, std::uint32_t code) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xc0 | (code >> 6));
    out += static_cast<char>(0x80 | (code & 63));
  } else if (code < 0x10000) {
    out += static_cast<char>(0xe0 | (code >> 12));
    out += static_cast<char>(0x80 | ((code >> 6) & 63));
    out += static_cast<char>(0x80 | (code & 63));
  } else {
    out += static_cast<char>(0xf0 | (code >> 18));
    out += static_cast<char>(0x80 | ((code >> 12) & 63));
    out += static_cast<char>(0x80 | ((code >> 6) & 63));
    out += static_cast<char>(0x80 | (code & 63));
  }
}

class Reader {
 public:
  Reader(std::string_view text, std::size_t at) : text_(text), at_(at) {}

  std::optional<LenientValue> value(int depth) {
    if (depth > kDeepest) return std::nullopt;
    skip();
    switch (peek()) {
      case '{':
        return object(depth);
      case '[':
        return array(depth);
      case '"':
      case '\'': {
        auto text = string();
        if (!text) return std::nullopt;
        return LenientValue{*std::move(text)};
      }
      default:
        return bare();
    }
  }

  [[nodiscard]] std::size_t at() const { return at_; }

 private:
  [[nodiscard]] char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  void skip() {
    while (at_ < text_.size()) {
      if (is_space(text_[at_])) {
        ++at_;
      } else if (text_.substr(at_).starts_with("//")) {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else if (text_.substr(at_).starts_with("/*")) {
        const std::size_t end = text_.find("*/", at_ + 2);
        at_ = end == std::string_view::npos ? text_.size() : end + 2;
      } else {
        return;
      }
    }
  }

  /// Whether the quotation mark at `at` ends its string: what follows can only follow a string.
  [[nodiscard]] bool ends_string(std::size_t at) const {
    do ++at;
    while (at < text_.size() && is_space(text_[at]));
    if (at >= text_.size()) return true;
    const char c = text_[at];
    return c == ',' || c == ':' || c == '}' || c == ']' || text_.substr(at).starts_with("//") ||
           text_.substr(at).starts_with("/*");
  }

  std::optional<std::uint32_t> hex4(std::size_t at) const {
    if (at + 4 > text_.size()) return std::nullopt;
    std::uint32_t code = 0;
    const char* begin = text_.data() + at;
    const auto [end, error] = std::from_chars(begin, begin + 4, code, 16);
    if (error != std::errc() || end != begin + 4) return std::nullopt;
    return code;
  }

  void escape(std::string& out) {
    const char c = text_[at_++];
    switch (c) {
      case 'n':
        out += '\n';
        return;
      case 't':
        out += '\t';
        return;
      case 'r':
      case 'b':
      case 'f':
        out += ' ';
        return;
      case 'u': {
        const auto high = hex4(at_);
        if (!high) break;
        at_ += 4;
        std::uint32_t code = *high;
        if (code >= 0xd800 && code < 0xdc00 && text_.substr(at_).starts_with("\\u")) {
          const auto low = hex4(at_ + 2);
          if (low && *low >= 0xdc00 && *low < 0xe000) {
            at_ += 6;
            code = 0x10000 + ((code - 0xd800) << 10) + (*low - 0xdc00);
          }
        }
        append_utf8(out, code >= 0xd800 && code < 0xe000 ? 0xfffd : code);
        return;
      }
      default:
        break;
    }
    out += c;
  }

  std::optional<std::string> string() {
    const char quote = text_[at_++];
    std::string out;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '\\' && at_ + 1 < text_.size()) {
        ++at_;
        escape(out);
        continue;
      }
      if (c == quote && ends_string(at_)) {
        ++at_;
        return out;
      }
      out += c;
      ++at_;
    }
    return std::nullopt;
  }

  /// A number, true, null, or whatever else stands there up to the next , } ] or line break.
  std::optional<LenientValue> bare() {
    const std::size_t begin = at_;
    while (at_ < text_.size() &&
           std::string_view(",}]{[\"'\n\r:").find(text_[at_]) == std::string_view::npos &&
           !text_.substr(at_).starts_with("//") && !text_.substr(at_).starts_with("/*"))
      ++at_;
    std::string_view word = text_.substr(begin, at_ - begin);
    while (!word.empty() && is_space(word.back())) word.remove_suffix(1);
    if (word.empty()) return std::nullopt;
    if (word == "true" || word == "True") return LenientValue{true};
    if (word == "false" || word == "False") return LenientValue{false};
    if (word == "null" || word == "None") return LenientValue{LenientValue::Null{}};
    double number = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
    // Out of range, "nan" and "inf" stay words: they are no numbers of JSON.
    if (error == std::errc() && end == word.data() + word.size() &&
        (std::isdigit(static_cast<unsigned char>(word.back())) != 0 || word.back() == '.'))
      return LenientValue{number};
    return LenientValue{LenientValue::Word{std::string(word)}};
  }

  std::optional<std::string> key() {
    if (peek() == '"' || peek() == '\'') return string();
    const std::size_t begin = at_;
    while (at_ < text_.size() && is_word(text_[at_])) ++at_;
    if (at_ == begin) return std::nullopt;
    return std::string(text_.substr(begin, at_ - begin));
  }

  /// Goes past the comma behind a member. False if there is neither one, nor the end, nor a new line in its
  /// place.
  bool next(char close) {
    const std::size_t before = at_;
    skip();
    if (peek() == ',') {
      ++at_;
      skip();
      return true;
    }
    return peek() == close || text_.substr(before, at_ - before).find('\n') != std::string_view::npos;
  }

  std::optional<LenientValue> object(int depth) {
    ++at_;
    LenientValue::Object members;
    skip();
    while (peek() != '}') {
      auto name = key();
      if (!name) return std::nullopt;
      skip();
      if (peek() != ':') return std::nullopt;
      ++at_;
      auto member = value(depth + 1);
      if (!member || !next('}')) return std::nullopt;
      members.push_back({*std::move(name), *std::move(member)});
    }
    ++at_;
    return LenientValue{std::move(members)};
  }

  std::optional<LenientValue> array(int depth) {
    ++at_;
    LenientValue::Array items;
    skip();
    while (peek() != ']') {
      auto item = value(depth + 1);
      if (!item || !next(']')) return std::nullopt;
      items.push_back(*std::move(item));
    }
    ++at_;
    return LenientValue{std::move(items)};
  }

  std::string_view text_;
  std::size_t at_;
};

}  // namespace

std::optional<LenientValue> read_lenient_json(std::string_view text, std::size_t& at) {
  if (at >= text.size() || (text[at] != '{' && text[at] != '[')) return std::nullopt;
  Reader reader(text, at);
  auto value = reader.value(0);
  if (value) at = reader.at();
  return value;
}

}  // namespace metaspatial::judge
