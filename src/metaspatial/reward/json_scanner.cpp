#include "metaspatial/reward/json_scanner.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <limits>
#include <system_error>
#include <vector>

namespace metaspatial::reward {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// Length of the well-formed UTF-8 sequence that starts at `i`, or 0.
///
/// Source   Unicode 15, table 3-7.
std::size_t utf8_length(std::string_view text, std::size_t i) {
  const auto byte = [&](std::size_t k) -> unsigned {
    return i + k < text.size() ? static_cast<unsigned char>(text[i + k]) : 0U;
  };
  const auto follows = [&](std::size_t k, unsigned lo = 0x80, unsigned hi = 0xBF) {
    return byte(k) >= lo && byte(k) <= hi;
  };
  const unsigned lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return follows(1) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF)
    return follows(1, lead == 0xE0 ? 0xA0 : 0x80, lead == 0xED ? 0x9F : 0xBF) && follows(2) ? 3 : 0;
  if (lead >= 0xF0 && lead <= 0xF4)
    return follows(1, lead == 0xF0 ? 0x90 : 0x80, lead == 0xF4 ? 0x8F : 0xBF) && follows(2) && follows(3) ? 4
                                                                                                          : 0;
  return 0;
}

void append_utf8(std::string& out, std::uint32_t code) {
  const auto put = [&out](std::uint32_t byte) { out += static_cast<char>(static_cast<unsigned char>(byte)); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0 | code >> 6);
    put(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    put(0xE0 | code >> 12);
    put(0x80 | (code >> 6 & 0x3F));
    put(0x80 | (code & 0x3F));
  } else {
    put(0xF0 | code >> 18);
    put(0x80 | (code >> 12 & 0x3F));
    put(0x80 | (code >> 6 & 0x3F));
    put(0x80 | (code & 0x3F));
  }
}

/// Four hexadecimal digits at `i`.
bool read_hex4(std::string_view text, std::size_t i, std::uint32_t& value) {
  if (i + 4 > text.size()) return false;
  value = 0;
  for (std::size_t k = 0; k < 4; ++k) {
    const char c = text[i + k];
    std::uint32_t digit = 0;
    if (is_digit(c)) {
      digit = static_cast<std::uint32_t>(c - '0');
    } else if (c >= 'a' && c <= 'f') {
      digit = static_cast<std::uint32_t>(c - 'a' + 10);
    } else if (c >= 'A' && c <= 'F') {
      digit = static_cast<std::uint32_t>(c - 'A' + 10);
    } else {
      return false;
    }
    value = value << 4 | digit;
  }
  return true;
}

/// The power of ten of the first digit that is not 0, for a number by the grammar; saturates far beyond a
/// double's range.
long decimal_exponent(std::string_view number) {
  constexpr long kFar = 1000000000;
  const std::size_t e = std::min(number.find_first_of("eE"), number.size());
  const std::string_view mantissa = number.substr(0, e);
  const std::size_t point = std::min(mantissa.find('.'), mantissa.size());
  const std::size_t first = mantissa.find_first_of("123456789");
  if (first == std::string_view::npos) return -kFar;
  const long exponent = static_cast<long>(point) - static_cast<long>(first) - (first < point ? 1 : 0);
  long written = 0;
  bool negative = false;
  for (std::size_t i = e + 1; i < number.size(); ++i) {
    if (number[i] == '-') negative = true;
    if (is_digit(number[i])) written = std::min(kFar, written * 10 + (number[i] - '0'));
  }
  return exponent + (negative ? -written : written);
}

}  // namespace

void JsonScanner::skip_space() {
  while (at_ < text_.size()) {
    const char c = text_[at_];
    if (c != ' ' && c != '\t' && c != '\n' && c != '\r') return;
    ++at_;
  }
}

bool JsonScanner::read_char(char expected) {
  if (finished() || text_[at_] != expected) return false;
  ++at_;
  return true;
}

bool JsonScanner::read_word(std::string_view word) {
  if (text_.substr(at_, word.size()) != word) return false;
  at_ += word.size();
  return true;
}

bool JsonScanner::read_string(std::string* decoded) {
  if (peek() != '"') return false;
  if (decoded != nullptr) decoded->clear();
  std::size_t i = at_ + 1;
  while (i < text_.size()) {
    const char c = text_[i];
    if (c == '"') {
      at_ = i + 1;
      return true;
    }
    if (static_cast<unsigned char>(c) < 0x20) return false;
    if (c != '\\') {
      const std::size_t length = utf8_length(text_, i);
      if (length == 0) return false;
      if (decoded != nullptr) decoded->append(text_, i, length);
      i += length;
      continue;
    }
    if (i + 1 >= text_.size()) return false;
    const char escape = text_[i + 1];
    i += 2;
    char plain = 0;
    switch (escape) {
      case '"':
      case '\\':
      case '/':
        plain = escape;
        break;
      case 'b':
        plain = '\b';
        break;
      case 'f':
        plain = '\f';
        break;
      case 'n':
        plain = '\n';
        break;
      case 'r':
        plain = '\r';
        break;
      case 't':
        plain = '\t';
        break;
      case 'u': {
        std::uint32_t code = 0;
        if (!read_hex4(text_, i, code)) return false;
        i += 4;
        if (code >= 0xDC00 && code <= 0xDFFF) return false;
        if (code >= 0xD800 && code <= 0xDBFF) {
          std::uint32_t low = 0;
          if (text_.substr(i, 2) != "\\u" || !read_hex4(text_, i + 2, low) || low < 0xDC00 || low > 0xDFFF)
            return false;
          i += 6;
          code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
        }
        if (decoded != nullptr) append_utf8(*decoded, code);
        continue;
      }
      default:
        return false;
    }
    if (decoded != nullptr) *decoded += plain;
  }
  return false;
}

bool JsonScanner::read_number(double& value) {
  std::size_t i = at_;
  const auto digit_at = [&](std::size_t k) { return k < text_.size() && is_digit(text_[k]); };
  if (i < text_.size() && text_[i] == '-') ++i;
  if (!digit_at(i)) return false;
  if (text_[i] == '0') {
    ++i;
    if (digit_at(i)) return false;  // 007
  } else {
    while (digit_at(i)) ++i;
  }
  if (i < text_.size() && text_[i] == '.') {
    ++i;
    if (!digit_at(i)) return false;
    while (digit_at(i)) ++i;
  }
  if (i < text_.size() && (text_[i] == 'e' || text_[i] == 'E')) {
    ++i;
    if (i < text_.size() && (text_[i] == '+' || text_[i] == '-')) ++i;
    if (!digit_at(i)) return false;
    while (digit_at(i)) ++i;
  }
  double parsed = 0;
  const std::from_chars_result result = std::from_chars(text_.data() + at_, text_.data() + i, parsed);
  if (result.ec == std::errc::result_out_of_range) {
    // Too small is zero; too large is infinity, which no field accepts.
    parsed = decimal_exponent(text_.substr(at_, i - at_)) > 0 ? std::numeric_limits<double>::infinity() : 0.0;
    if (text_[at_] == '-') parsed = -parsed;
  } else if (result.ec != std::errc{}) {
    return false;
  }
  value = parsed;
  at_ = i;
  return true;
}

bool JsonScanner::skip_value(int max_depth, bool& too_deep) {
  too_deep = false;
  const std::size_t start = at_;
  const auto stop = [&] {
    at_ = start;
    return false;
  };
  std::vector<char> open;  // the brackets that wait for their partners
  double ignored = 0;
  while (true) {
    skip_space();
    const char c = peek();
    bool value_done = true;
    if (c == '[' || c == '{') {
      if (static_cast<int>(open.size()) >= max_depth) {
        too_deep = true;
        return stop();
      }
      ++at_;
      skip_space();
      if (peek() == (c == '[' ? ']' : '}')) {
        ++at_;
      } else {
        open.push_back(c);
        value_done = false;
        if (c == '{') {
          if (!read_string(nullptr)) return stop();
          skip_space();
          if (!read_char(':')) return stop();
        }
      }
    } else if (c == '"') {
      if (!read_string(nullptr)) return stop();
    } else if (!read_word("true") && !read_word("false") && !read_word("null") && !read_number(ignored)) {
      return stop();
    }
    while (value_done) {
      if (open.empty()) return true;
      skip_space();
      if (read_char(',')) {
        if (open.back() == '{') {
          skip_space();
          if (!read_string(nullptr)) return stop();
          skip_space();
          if (!read_char(':')) return stop();
        }
        break;
      }
      if (!read_char(open.back() == '[' ? ']' : '}')) return stop();
      open.pop_back();
    }
  }
}

bool is_json(std::string_view text, int max_depth) {
  JsonScanner scanner(text, 0, text.size());
  bool too_deep = false;
  scanner.skip_space();
  if (!scanner.skip_value(max_depth, too_deep)) return false;
  scanner.skip_space();
  return scanner.finished();
}

}  // namespace metaspatial::reward
