#include "metaspatial/physics/py_value.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>

namespace metaspatial::physics::reference {
namespace {

[[noreturn]] void raise(PyErrorKind kind, std::string message) {
  throw PyError{kind, std::move(message)};
}

[[noreturn]] void raise_operands(std::string_view sign, const PyValue& a, const PyValue& b) {
  if (sign == "+" && (a.as<std::string>() != nullptr || a.as<PyValue::List>() != nullptr)) {
    raise(PyErrorKind::TypeError, fmt::format("can only concatenate {} (not \"{}\") to {}", a.type_name(),
                                              b.type_name(), a.type_name()));
  }
  raise(PyErrorKind::TypeError,
        fmt::format("unsupported operand type(s) for {}: '{}' and '{}'", sign, a.type_name(), b.type_name()));
}

// A bool takes part in arithmetic as 0 or 1.
std::optional<Integer> whole(const PyValue& value) {
  if (const auto* flag = value.as<bool>()) return Integer(*flag ? 1 : 0);
  if (const auto* number = value.as<Integer>()) return *number;
  return std::nullopt;
}

template <typename OnIntegers, typename OnFloats>
PyValue arithmetic(std::string_view sign, const PyValue& a, const PyValue& b, OnIntegers on_integers,
                   OnFloats on_floats) {
  if (!a.is_number() || !b.is_number()) raise_operands(sign, a, b);
  if (a.as<double>() == nullptr && b.as<double>() == nullptr)
    return PyValue(on_integers(*whole(a), *whole(b)));
  return PyValue(on_floats(to_float(a), to_float(b)));
}

std::partial_ordering compare(std::string_view sign, const PyValue& a, const PyValue& b) {
  if (!a.is_number() || !b.is_number()) {
    // Python also orders two texts or two lists; the reference only does so where the winner meets a number
    // next, which raises the same class of error.
    raise(PyErrorKind::TypeError, fmt::format("'{}' not supported between instances of '{}' and '{}'", sign,
                                              a.type_name(), b.type_name()));
  }
  const auto* float_a = a.as<double>();
  const auto* float_b = b.as<double>();
  if (float_a != nullptr && float_b != nullptr) return *float_a <=> *float_b;
  if (float_b != nullptr) return whole(a)->compare(*float_b);
  if (float_a != nullptr) return 0 <=> whole(b)->compare(*float_a);
  return *whole(a) <=> *whole(b);
}

struct SpaceRange {
  std::uint32_t first;
  std::uint32_t last;
};
// Characters for which Python's str.isspace() holds.
constexpr SpaceRange kSpaces[] = {{0x09, 0x0d},     {0x1c, 0x20},     {0x85, 0x85},     {0xa0, 0xa0},
                                  {0x1680, 0x1680}, {0x2000, 0x200a}, {0x2028, 0x2029}, {0x202f, 0x202f},
                                  {0x205f, 0x205f}, {0x3000, 0x3000}};
// The zeros of the Unicode 14 decimal digit blocks (category Nd): int() reads any of them.
constexpr std::uint32_t kDigitZeros[] = {
    0x30,    0x660,   0x6f0,   0x7c0,   0x966,   0x9e6,   0xa66,   0xae6,   0xb66,   0xbe6,   0xc66,
    0xce6,   0xd66,   0xde6,   0xe50,   0xed0,   0xf20,   0x1040,  0x1090,  0x17e0,  0x1810,  0x1946,
    0x19d0,  0x1a80,  0x1a90,  0x1b50,  0x1bb0,  0x1c40,  0x1c50,  0xa620,  0xa8d0,  0xa900,  0xa9d0,
    0xa9f0,  0xaa50,  0xabf0,  0xff10,  0x104a0, 0x10d30, 0x11066, 0x110f0, 0x11136, 0x111d0, 0x112f0,
    0x11450, 0x114d0, 0x11650, 0x116c0, 0x11730, 0x118e0, 0x11950, 0x11c50, 0x11d50, 0x11da0, 0x16a60,
    0x16ac0, 0x16b50, 0x1d7ce, 0x1d7d8, 0x1d7e2, 0x1d7ec, 0x1d7f6, 0x1e140, 0x1e2f0, 0x1e950, 0x1fbf0};

// The character at the start of text that this module itself decoded, hence well-formed up to surrogates.
struct Character {
  std::uint32_t code_point = 0;
  std::size_t bytes = 1;
};
Character first_character(std::string_view text) {
  const auto byte = [&](std::size_t i) {
    return i < text.size() ? static_cast<std::uint32_t>(static_cast<unsigned char>(text[i])) : 0U;
  };
  const std::uint32_t lead = byte(0);
  if (lead < 0xc0) return {lead, 1};
  if (lead < 0xe0) return {(lead & 0x1fU) << 6 | (byte(1) & 0x3fU), 2};
  if (lead < 0xf0) return {(lead & 0x0fU) << 12 | (byte(1) & 0x3fU) << 6 | (byte(2) & 0x3fU), 3};
  return {(lead & 0x07U) << 18 | (byte(1) & 0x3fU) << 12 | (byte(2) & 0x3fU) << 6 | (byte(3) & 0x3fU), 4};
}

}  // namespace

std::string_view name(PyErrorKind kind) {
  switch (kind) {
    case PyErrorKind::AttributeError:
      return "AttributeError";
    case PyErrorKind::Exception:
      return "Exception";
    case PyErrorKind::FileNotFoundError:
      return "FileNotFoundError";
    case PyErrorKind::IndexError:
      return "IndexError";
    case PyErrorKind::JsonDecodeError:
      return "JSONDecodeError";
    case PyErrorKind::KeyError:
      return "KeyError";
    case PyErrorKind::MemoryError:
      return "MemoryError";
    case PyErrorKind::OSError:
      return "OSError";
    case PyErrorKind::OverflowError:
      return "OverflowError";
    case PyErrorKind::RecursionError:
      return "RecursionError";
    case PyErrorKind::SyntaxError:
      return "SyntaxError";
    case PyErrorKind::TypeError:
      return "TypeError";
    case PyErrorKind::UnboundLocalError:
      return "UnboundLocalError";
    case PyErrorKind::UnicodeDecodeError:
      return "UnicodeDecodeError";
    case PyErrorKind::UnicodeEncodeError:
      return "UnicodeEncodeError";
    case PyErrorKind::ValueError:
      return "ValueError";
    case PyErrorKind::ZeroDivisionError:
      return "ZeroDivisionError";
  }
  return "Exception";
}

// Dict: defined here, where PyValue is complete.

Dict::Dict() = default;
Dict::Dict(const Dict&) = default;
Dict::Dict(Dict&&) noexcept = default;
Dict& Dict::operator=(const Dict&) = default;
Dict& Dict::operator=(Dict&&) noexcept = default;
Dict::~Dict() = default;

Dict::Dict(std::vector<std::string> keys, std::vector<PyValue> values)
    : keys_(std::move(keys)), values_(std::move(values)), sorted_(keys_.size()) {
  std::iota(sorted_.begin(), sorted_.end(), 0U);
  std::sort(sorted_.begin(), sorted_.end(), [&](std::uint32_t a, std::uint32_t b) {
    const int order = keys_[a].compare(keys_[b]);
    return order != 0 ? order < 0 : a < b;
  });
  // In each run of equal keys the first place receives the last value; the others go.
  std::vector<bool> repeated(keys_.size(), false);
  bool any = false;
  for (std::size_t i = 0; i < sorted_.size();) {
    std::size_t end = i + 1;
    while (end < sorted_.size() && keys_[sorted_[end]] == keys_[sorted_[i]]) repeated[sorted_[end++]] = true;
    if (end > i + 1) {
      values_[sorted_[i]] = std::move(values_[sorted_[end - 1]]);
      any = true;
    }
    i = end;
  }
  if (!any) return;
  std::vector<std::uint32_t> moved_to(keys_.size());
  std::size_t kept = 0;
  for (std::size_t i = 0; i < keys_.size(); ++i) {
    if (repeated[i]) continue;
    moved_to[i] = static_cast<std::uint32_t>(kept);
    if (kept != i) {
      keys_[kept] = std::move(keys_[i]);
      values_[kept] = std::move(values_[i]);
    }
    ++kept;
  }
  std::erase_if(sorted_, [&](std::uint32_t i) { return repeated[i]; });
  for (std::uint32_t& i : sorted_) i = moved_to[i];
  keys_.resize(kept);
  values_.resize(kept);
}

std::size_t Dict::place(std::string_view key) const {
  const auto at =
      std::lower_bound(sorted_.begin(), sorted_.end(), key,
                       [&](std::uint32_t i, std::string_view wanted) { return keys_[i] < wanted; });
  return static_cast<std::size_t>(at - sorted_.begin());
}

const PyValue* Dict::find(std::string_view key) const {
  const std::size_t at = place(key);
  if (at == sorted_.size() || keys_[sorted_[at]] != key) return nullptr;
  return &values_[sorted_[at]];
}
PyValue* Dict::find(std::string_view key) {
  return const_cast<PyValue*>(std::as_const(*this).find(key));
}

void Dict::set(std::string_view key, PyValue value) {
  if (PyValue* found = find(key)) {
    *found = std::move(value);
    return;
  }
  sorted_.insert(sorted_.begin() + static_cast<std::ptrdiff_t>(place(key)),
                 static_cast<std::uint32_t>(keys_.size()));
  keys_.emplace_back(key);
  values_.push_back(std::move(value));
}

void Dict::erase(std::string_view key) {
  const std::size_t at = place(key);
  if (at == sorted_.size() || keys_[sorted_[at]] != key) return;
  const std::uint32_t gone = sorted_[at];
  sorted_.erase(sorted_.begin() + static_cast<std::ptrdiff_t>(at));
  for (std::uint32_t& i : sorted_) i -= i > gone ? 1U : 0U;
  keys_.erase(keys_.begin() + gone);
  values_.erase(values_.begin() + gone);
}

std::string_view PyValue::type_name() const {
  constexpr std::string_view kNames[] = {"NoneType", "bool", "int", "float", "str", "list", "dict"};
  return kNames[value_.index()];
}

PyValue make_dict(std::vector<std::pair<std::string, PyValue>> items) {
  std::vector<std::string> keys;
  std::vector<PyValue> values;
  for (auto& [key, value] : items) {
    keys.push_back(std::move(key));
    values.push_back(std::move(value));
  }
  return PyValue(Dict(std::move(keys), std::move(values)));
}

const PyValue& item(const PyValue& value, std::string_view key) {
  if (const auto* dict = value.as<Dict>()) {
    if (const PyValue* found = dict->find(key)) return *found;
    raise(PyErrorKind::KeyError, fmt::format("'{}'", key));
  }
  if (value.as<PyValue::List>() != nullptr) {
    raise(PyErrorKind::TypeError, "list indices must be integers or slices, not str");
  }
  if (value.as<std::string>() != nullptr) {
    raise(PyErrorKind::TypeError, "string indices must be integers, not 'str'");
  }
  raise(PyErrorKind::TypeError, fmt::format("'{}' object is not subscriptable", value.type_name()));
}

PyValue item(const PyValue& value, std::size_t index) {
  if (const auto* list = value.as<PyValue::List>()) {
    if (index < list->size()) return (*list)[index];
    raise(PyErrorKind::IndexError, "list index out of range");
  }
  if (value.as<std::string>() != nullptr) {
    const PyValue::List characters = iterate(value);
    if (index < characters.size()) return characters[index];
    raise(PyErrorKind::IndexError, "string index out of range");
  }
  if (value.as<Dict>() != nullptr) raise(PyErrorKind::KeyError, fmt::format("{}", index));
  raise(PyErrorKind::TypeError, fmt::format("'{}' object is not subscriptable", value.type_name()));
}

bool contains(const PyValue& value, std::string_view key) {
  if (const auto* dict = value.as<Dict>()) return dict->find(key) != nullptr;
  if (const auto* text = value.as<std::string>()) return text->find(key) != std::string::npos;
  if (const auto* list = value.as<PyValue::List>()) {
    return std::any_of(list->begin(), list->end(), [&](const PyValue& element) {
      const auto* text = element.as<std::string>();
      return text != nullptr && *text == key;
    });
  }
  raise(PyErrorKind::TypeError, fmt::format("argument of type '{}' is not iterable", value.type_name()));
}

const Dict& as_dict(const PyValue& value, std::string_view method) {
  if (const auto* dict = value.as<Dict>()) return *dict;
  raise(PyErrorKind::AttributeError,
        fmt::format("'{}' object has no attribute '{}'", value.type_name(), method));
}

PyValue::List iterate(const PyValue& value) {
  if (const auto* list = value.as<PyValue::List>()) return *list;
  PyValue::List parts;
  if (const auto* dict = value.as<Dict>()) {
    for (const std::string& key : dict->keys()) parts.emplace_back(key);
    return parts;
  }
  if (const auto* text = value.as<std::string>()) {
    for (std::string_view rest = *text; !rest.empty();) {
      const std::size_t bytes = std::min(first_character(rest).bytes, rest.size());
      parts.emplace_back(rest.substr(0, bytes));
      rest.remove_prefix(bytes);
    }
    return parts;
  }
  raise(PyErrorKind::TypeError, fmt::format("'{}' object is not iterable", value.type_name()));
}

std::size_t length(const PyValue& value) {
  if (const auto* list = value.as<PyValue::List>()) return list->size();
  if (const auto* dict = value.as<Dict>()) return dict->size();
  if (const auto* text = value.as<std::string>()) return code_points(*text);
  raise(PyErrorKind::TypeError, fmt::format("object of type '{}' has no len()", value.type_name()));
}

PyValue without_last_six(const PyValue& value) {
  constexpr std::size_t kLast = 6;
  if (const auto* list = value.as<PyValue::List>()) {
    const std::size_t kept = list->size() > kLast ? list->size() - kLast : 0;
    return PyValue(PyValue::List(list->begin(), list->begin() + static_cast<std::ptrdiff_t>(kept)));
  }
  if (const auto* text = value.as<std::string>()) {
    std::size_t dropped = 0;
    std::size_t end = text->size();
    while (end > 0 && dropped < kLast) {
      --end;
      if ((static_cast<unsigned char>((*text)[end]) & 0xc0U) != 0x80U) ++dropped;
    }
    return PyValue(text->substr(0, end));
  }
  if (value.as<Dict>() != nullptr) raise(PyErrorKind::TypeError, "unhashable type: 'slice'");
  raise(PyErrorKind::TypeError, fmt::format("'{}' object is not subscriptable", value.type_name()));
}

bool truthy(const PyValue& value) {
  if (value.is_none()) return false;
  if (const auto* flag = value.as<bool>()) return *flag;
  if (const auto* number = value.as<Integer>()) return !number->is_zero();
  if (const auto* number = value.as<double>()) return *number != 0.0;
  return length(value) != 0;
}

void require_hashable(const PyValue& value) {
  if (value.as<PyValue::List>() != nullptr || value.as<Dict>() != nullptr) {
    raise(PyErrorKind::TypeError, fmt::format("unhashable type: '{}'", value.type_name()));
  }
}

std::string equality_key(const PyValue& value) {
  if (value.is_none()) return "n";
  if (const auto number = whole(value)) return "i" + number->to_string();
  if (const auto* number = value.as<double>()) {
    if (std::isnan(*number)) return "fnan";
    if (std::isinf(*number)) return *number > 0 ? "finf" : "f-inf";
    if (*number == std::trunc(*number)) return "i" + Integer::truncated(*number).to_string();
    return fmt::format("f{:a}", *number);
  }
  // Texts carry their length, so that no text can imitate a structure.
  if (const auto* text = value.as<std::string>()) return fmt::format("s{}:{}", text->size(), *text);
  std::string key;
  if (const auto* list = value.as<PyValue::List>()) {
    key = "[";
    for (const PyValue& element : *list) key += equality_key(element) + ",";
    return key + "]";
  }
  const Dict& dict = *value.as<Dict>();
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < dict.size(); ++i) {
    parts.push_back(
        fmt::format("{}:{}={}", dict.keys()[i].size(), dict.keys()[i], equality_key(dict.values()[i])));
  }
  std::sort(parts.begin(), parts.end());
  key = "{";
  for (const std::string& part : parts) key += part + ",";
  return key + "}";
}

bool is_nan(const PyValue& value) {
  const auto* number = value.as<double>();
  return number != nullptr && std::isnan(*number);
}

bool equals_number(const PyValue& value, double number) {
  return value.is_number() && compare("==", value, PyValue(number)) == 0;
}

PyValue operator+(const PyValue& a, const PyValue& b) {
  return arithmetic("+", a, b, std::plus<Integer>(), std::plus<double>());
}
PyValue operator-(const PyValue& a, const PyValue& b) {
  return arithmetic("-", a, b, std::minus<Integer>(), std::minus<double>());
}
PyValue operator*(const PyValue& a, const PyValue& b) {
  return arithmetic("*", a, b, std::multiplies<Integer>(), std::multiplies<double>());
}
PyValue operator/(const PyValue& a, const PyValue& b) {
  return arithmetic(
      "/", a, b,
      [](const Integer& x, const Integer& y) {
        if (y.is_zero()) raise(PyErrorKind::ZeroDivisionError, "division by zero");
        const auto quotient = Integer::divide(x, y);
        if (!quotient) raise(PyErrorKind::OverflowError, "integer division result too large for a float");
        return *quotient;
      },
      [](double x, double y) {
        if (y == 0.0) raise(PyErrorKind::ZeroDivisionError, "float division by zero");
        return x / y;
      });
}

bool less(const PyValue& a, const PyValue& b) {
  return compare("<", a, b) < 0;
}
bool less_equal(const PyValue& a, const PyValue& b) {
  return compare("<=", a, b) <= 0;
}
PyValue max(const PyValue& a, const PyValue& b) {
  return compare(">", b, a) > 0 ? b : a;
}
PyValue min(const PyValue& a, const PyValue& b) {
  return compare("<", b, a) < 0 ? b : a;
}

double to_float(const PyValue& number) {
  if (const auto* value = number.as<double>()) return *value;
  const auto value = whole(number)->to_double();
  if (!value) raise(PyErrorKind::OverflowError, "int too large to convert to float");
  return *value;
}

Integer to_int(const PyValue& value) {
  if (const auto number = whole(value)) return *number;
  if (const auto* number = value.as<double>()) {
    if (std::isnan(*number)) raise(PyErrorKind::ValueError, "cannot convert float NaN to integer");
    if (std::isinf(*number)) raise(PyErrorKind::OverflowError, "cannot convert float infinity to integer");
    return Integer::truncated(*number);
  }
  const auto* text = value.as<std::string>();
  if (text == nullptr) {
    raise(PyErrorKind::TypeError,
          fmt::format("int() argument must be a string, a bytes-like object or a real number, not '{}'",
                      value.type_name()));
  }
  std::string_view rest = strip(*text);
  const bool negative = rest.starts_with('-');
  if (negative || rest.starts_with('+')) rest.remove_prefix(1);
  std::string digits;
  bool after_digit = false;  // an underscore stands only between two digits
  while (!rest.empty()) {
    const Character character = first_character(rest);
    rest.remove_prefix(std::min(character.bytes, rest.size()));
    if (character.code_point == '_' && after_digit) {
      after_digit = false;
      continue;
    }
    const auto* zero = std::find_if(std::begin(kDigitZeros), std::end(kDigitZeros), [&](std::uint32_t first) {
      return character.code_point >= first && character.code_point < first + 10;
    });
    if (zero == std::end(kDigitZeros)) {
      after_digit = false;
      break;
    }
    digits.push_back(static_cast<char>('0' + (character.code_point - *zero)));
    after_digit = true;
  }
  if (!after_digit) raise(PyErrorKind::ValueError, "invalid literal for int() with base 10");
  if (digits.size() > kMaxIntegerDigits) {
    raise(PyErrorKind::ValueError, "Exceeds the limit (4300 digits) for integer string conversion");
  }
  return Integer::from_decimal(digits, negative);
}

std::size_t leading_space(std::string_view text) {
  if (text.empty()) return 0;
  const Character character = first_character(text);
  for (const SpaceRange& range : kSpaces) {
    if (character.code_point >= range.first && character.code_point <= range.last) return character.bytes;
  }
  return 0;
}

std::string_view strip(std::string_view text) {
  while (const std::size_t bytes = leading_space(text)) text.remove_prefix(bytes);
  while (!text.empty()) {
    std::size_t start = text.size() - 1;
    while (start > 0 && (static_cast<unsigned char>(text[start]) & 0xc0U) == 0x80U) --start;
    if (leading_space(text.substr(start)) == 0) break;
    text = text.substr(0, start);
  }
  return text;
}

std::size_t code_points(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; }));
}

bool is_strict_utf8(std::string_view bytes) {
  for (std::size_t i = 0; i < bytes.size();) {
    const auto lead = static_cast<unsigned char>(bytes[i]);
    const std::size_t count = lead < 0x80   ? 1
                              : lead < 0xc2 ? 0
                              : lead < 0xe0 ? 2
                              : lead < 0xf0 ? 3
                              : lead < 0xf5 ? 4
                                            : 0;
    if (count == 0 || i + count > bytes.size()) return false;
    for (std::size_t k = 1; k < count; ++k) {
      if ((static_cast<unsigned char>(bytes[i + k]) & 0xc0U) != 0x80U) return false;
    }
    const std::uint32_t code_point = first_character(bytes.substr(i)).code_point;
    if (count == 3 && (code_point < 0x800 || (code_point >= 0xd800 && code_point < 0xe000))) return false;
    if (count == 4 && (code_point < 0x10000 || code_point > 0x10ffff)) return false;
    i += count;
  }
  return true;
}

void append_utf8(std::string& text, std::uint32_t code_point) {
  const auto push = [&](std::uint32_t byte) { text.push_back(static_cast<char>(byte)); };
  if (code_point < 0x80) {
    push(code_point);
  } else if (code_point < 0x800) {
    push(0xc0U | code_point >> 6);
    push(0x80U | (code_point & 0x3fU));
  } else if (code_point < 0x10000) {
    push(0xe0U | code_point >> 12);
    push(0x80U | (code_point >> 6 & 0x3fU));
    push(0x80U | (code_point & 0x3fU));
  } else {
    push(0xf0U | code_point >> 18);
    push(0x80U | (code_point >> 12 & 0x3fU));
    push(0x80U | (code_point >> 6 & 0x3fU));
    push(0x80U | (code_point & 0x3fU));
  }
}

}  // namespace metaspatial::physics::reference
