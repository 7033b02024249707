#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <limits>
#include <optional>

#include "metaspatial/physics/py_value.hpp"

namespace metaspatial::physics::reference {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// The nearest double to a JSON number's text; too large becomes infinite, too small becomes zero, as in
// Python.
double float_from_text(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc::result_out_of_range) return value;
  // Out of range on which side? The power of ten of the leading digit tells: no borderline case gets here.
  const double sign = text.starts_with('-') ? -1.0 : 1.0;
  const std::size_t exponent_at = text.find_first_of("eE");
  const std::string_view mantissa = text.substr(0, exponent_at);
  const std::size_t first = mantissa.find_first_of("123456789");
  if (first == std::string_view::npos) return sign * 0.0;
  const std::size_t point = std::min(mantissa.find('.'), mantissa.size());
  double power = first < point ? static_cast<double>(point - first - 1) : -static_cast<double>(first - point);
  if (exponent_at != std::string_view::npos) {
    std::string_view digits = text.substr(exponent_at + 1);
    const bool negative = digits.starts_with('-');
    if (negative || digits.starts_with('+')) digits.remove_prefix(1);
    double exponent = 0;
    for (const char digit : digits) exponent = std::min(exponent * 10 + (digit - '0'), 1e300);
    power += negative ? -exponent : exponent;
  }
  return power > 0 ? sign * std::numeric_limits<double>::infinity() : sign * 0.0;
}

// Reads left to right and fails at the first fault, as Python's scanner does: which fault comes first decides
// the class of the error.
class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  PyResult<PyValue> parse() {
    try {
      if (text_.starts_with("\xef\xbb\xbf")) fail("unexpected UTF-8 BOM");
      skip_space();
      PyValue value = read_value(0);
      skip_space();
      if (at_ != text_.size()) fail("extra data");
      return value;
    } catch (PyError& error) {
      return tl::unexpected<PyError>(std::move(error));
    }
  }

 private:
  [[noreturn]] void fail(std::string_view what) const {
    throw PyError{PyErrorKind::JsonDecodeError, fmt::format("{} at byte {}", what, at_)};
  }
  [[nodiscard]] char peek(std::size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }
  void skip_space() {
    while (peek() == ' ' || peek() == '\t' || peek() == '\n' || peek() == '\r') ++at_;
  }
  bool take(std::string_view word) {
    if (!text_.substr(at_).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }

  PyValue read_value(int depth) {
    switch (peek()) {
      case '"':
        ++at_;
        return PyValue(read_text());
      case '{':
      case '[':
        if (depth >= kMaxJsonDepth) {
          throw PyError{PyErrorKind::RecursionError, "maximum recursion depth exceeded while decoding JSON"};
        }
        return text_[at_++] == '{' ? read_object(depth + 1) : read_array(depth + 1);
      case 'n':
        if (take("null")) return PyValue();
        break;
      case 't':
        if (take("true")) return PyValue(true);
        break;
      case 'f':
        if (take("false")) return PyValue(false);
        break;
      case 'N':
        if (take("NaN")) return PyValue(std::numeric_limits<double>::quiet_NaN());
        break;
      case 'I':
        if (take("Infinity")) return PyValue(std::numeric_limits<double>::infinity());
        break;
      case '-':
        if (take("-Infinity")) return PyValue(-std::numeric_limits<double>::infinity());
        return read_number();
      default:
        return read_number();
    }
    fail("expected a value");
  }

  PyValue read_number() {
    std::size_t end = at_ + (peek() == '-' ? 1 : 0);
    const std::size_t first_digit = end;
    const auto digit_at = [&](std::size_t i) { return i < text_.size() && is_digit(text_[i]); };
    if (!digit_at(end)) fail("expected a value");
    if (text_[end] == '0') {
      ++end;
    } else {
      while (digit_at(end)) ++end;
    }
    const std::size_t digits_end = end;
    if (end < text_.size() && text_[end] == '.' && digit_at(end + 1)) {
      ++end;
      while (digit_at(end)) ++end;
    }
    if (end < text_.size() && (text_[end] == 'e' || text_[end] == 'E')) {
      const bool sign = end + 1 < text_.size() && (text_[end + 1] == '+' || text_[end + 1] == '-');
      std::size_t exponent_end = end + (sign ? 2 : 1);
      if (digit_at(exponent_end)) {
        while (digit_at(exponent_end)) ++exponent_end;
        end = exponent_end;
      }
    }
    const std::string_view number = text_.substr(at_, end - at_);
    if (end == digits_end) {
      const std::string_view digits = text_.substr(first_digit, digits_end - first_digit);
      if (digits.size() > kMaxIntegerDigits) {
        throw PyError{
            PyErrorKind::ValueError,
            fmt::format("Exceeds the limit ({} digits) for integer string conversion: value has {} digits",
                        kMaxIntegerDigits, digits.size())};
      }
      at_ = end;
      return PyValue(Integer::from_decimal(digits, number.starts_with('-')));
    }
    at_ = end;
    return PyValue(float_from_text(number));
  }

  std::optional<std::uint32_t> hex4(std::size_t from) const {
    if (from + 4 > text_.size()) return std::nullopt;
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(text_.data() + from, text_.data() + from + 4, value, 16);
    if (error != std::errc() || end != text_.data() + from + 4) return std::nullopt;
    return value;
  }

  std::string read_text() {
    std::string result;
    for (;;) {
      std::size_t end = at_;
      while (end < text_.size() && text_[end] != '"' && text_[end] != '\\' &&
             static_cast<unsigned char>(text_[end]) >= 0x20) {
        ++end;
      }
      result.append(text_.substr(at_, end - at_));
      at_ = end;
      if (at_ == text_.size()) fail("unterminated string");
      const char c = text_[at_++];
      if (c == '"') return result;
      if (c != '\\') fail("control character in a string");
      const char escape = peek();
      ++at_;
      switch (escape) {
        case '"':
          result.push_back('"');
          break;
        case '\\':
          result.push_back('\\');
          break;
        case '/':
          result.push_back('/');
          break;
        case 'b':
          result.push_back('\b');
          break;
        case 'f':
          result.push_back('\f');
          break;
        case 'n':
          result.push_back('\n');
          break;
        case 'r':
          result.push_back('\r');
          break;
        case 't':
          result.push_back('\t');
          break;
        case 'u': {
          auto code_point = hex4(at_);
          if (!code_point) fail("invalid \\u escape");
          at_ += 4;
          if (*code_point >= 0xd800 && *code_point < 0xdc00 && peek() == '\\' && peek(1) == 'u') {
            const auto low = hex4(at_ + 2);
            if (!low) fail("invalid \\u escape");
            if (*low >= 0xdc00 && *low < 0xe000) {
              at_ += 6;
              code_point = 0x10000 + ((*code_point - 0xd800) << 10) + (*low - 0xdc00);
            }
          }
          append_utf8(result, *code_point);
          break;
        }
        default:
          fail("invalid escape");
      }
    }
  }

  PyValue read_array(int depth) {
    PyValue::List elements;
    skip_space();
    if (take("]")) return PyValue(std::move(elements));
    for (;;) {
      elements.push_back(read_value(depth));
      skip_space();
      if (take("]")) return PyValue(std::move(elements));
      if (!take(",")) fail("expected ',' or ']'");
      skip_space();
    }
  }

  PyValue read_object(int depth) {
    std::vector<std::string> keys;
    std::vector<PyValue> values;
    skip_space();
    if (take("}")) return PyValue(Dict());
    for (;;) {
      if (!take("\"")) fail("expected a key in double quotes");
      keys.push_back(read_text());
      skip_space();
      if (!take(":")) fail("expected ':'");
      skip_space();
      values.push_back(read_value(depth));
      skip_space();
      if (take("}")) return PyValue(Dict(std::move(keys), std::move(values)));
      if (!take(",")) fail("expected ',' or '}'");
      skip_space();
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

void dump_text(std::string_view text, std::string& out) {
  out.push_back('"');
  const auto escape16 = [&](std::uint32_t unit) {
    fmt::format_to(std::back_inserter(out), "\\u{:04x}", unit);
  };
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    if (lead < 0x80) {
      ++i;
      if (lead == '"' || lead == '\\') {
        out.push_back('\\');
        out.push_back(static_cast<char>(lead));
      } else if (lead < 0x20 || lead == 0x7f) {
        escape16(lead);
      } else {
        out.push_back(static_cast<char>(lead));
      }
      continue;
    }
    std::size_t end = i + 1;
    while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80U) ++end;
    std::uint32_t code_point = lead & (0x7fU >> std::min<std::size_t>(end - i, 7));
    for (std::size_t k = i + 1; k < end; ++k)
      code_point = code_point << 6 | (static_cast<unsigned char>(text[k]) & 0x3fU);
    if (code_point >= 0x10000) {
      escape16(0xd800 + ((code_point - 0x10000) >> 10 & 0x3ffU));
      escape16(0xdc00 + ((code_point - 0x10000) & 0x3ffU));
    } else {
      escape16(code_point);
    }
    i = end;
  }
  out.push_back('"');
}

void dump_value(const PyValue& value, std::string& out) {
  if (value.is_none()) {
    out += "null";
  } else if (const auto* flag = value.as<bool>()) {
    out += *flag ? "true" : "false";
  } else if (const auto* whole = value.as<Integer>()) {
    out += whole->to_string();
  } else if (const auto* number = value.as<double>()) {
    if (std::isnan(*number)) {
      out += "\"NaN\"";
    } else if (std::isinf(*number)) {
      out += *number > 0 ? "\"Infinity\"" : "\"-Infinity\"";
    } else {
      std::string text = fmt::format("{}", *number);  // the shortest text that reads back as the same double
      if (text.find_first_of(".e") == std::string::npos) text += ".0";
      out += text;
    }
  } else if (const auto* text = value.as<std::string>()) {
    dump_text(*text, out);
  } else if (const auto* list = value.as<PyValue::List>()) {
    out.push_back('[');
    for (std::size_t i = 0; i < list->size(); ++i) {
      if (i > 0) out += ", ";
      dump_value((*list)[i], out);
    }
    out.push_back(']');
  } else {
    const Dict& dict = *value.as<Dict>();
    out.push_back('{');
    for (std::size_t i = 0; i < dict.size(); ++i) {
      if (i > 0) out += ", ";
      dump_text(dict.keys()[i], out);
      out += ": ";
      dump_value(dict.values()[i], out);
    }
    out.push_back('}');
  }
}

}  // namespace

PyResult<PyValue> parse_py_json(std::string_view text) {
  return Parser(text).parse();
}

PyResult<PyValue> parse_py_json_bytes(std::string_view bytes) {
  if (!is_strict_utf8(bytes)) {
    return tl::unexpected<PyError>(PyError{PyErrorKind::UnicodeDecodeError, "the file is not UTF-8"});
  }
  return parse_py_json(bytes);
}

std::string dump_py_json(const PyValue& value) {
  std::string out;
  dump_value(value, out);
  return out;
}

}  // namespace metaspatial::physics::reference
