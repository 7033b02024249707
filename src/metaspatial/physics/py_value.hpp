#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>
#include <variant>
#include <vector>

#include "metaspatial/physics/py_integer.hpp"

/// A JSON value that behaves as Python's does: what the reference rules compute with, because their answer to
/// a malformed scene follows from Python's types (true is 1, text cannot be halved, 10^400 cannot become a
/// float).
///
/// Errors   The operations below *throw* PyError where Python raises: a formula with thirty operations, each
/// of
///          which may raise, is readable no other way. Every function of the reference_*.hpp headers catches
///          it and returns it as a value.
namespace metaspatial::physics::reference {

/// The class of a Python exception.
enum class PyErrorKind {
  AttributeError,
  Exception,
  FileNotFoundError,
  IndexError,
  JsonDecodeError,
  KeyError,
  MemoryError,
  OSError,
  OverflowError,
  RecursionError,
  SyntaxError,
  TypeError,
  UnboundLocalError,
  UnicodeDecodeError,
  UnicodeEncodeError,
  ValueError,
  ZeroDivisionError,
};
[[nodiscard]] std::string_view name(PyErrorKind kind);

/// A Python exception: its class, and words close to Python's.
struct PyError {
  PyErrorKind kind = PyErrorKind::Exception;
  std::string message;
};

template <typename T>
using PyResult = tl::expected<T, PyError>;

class PyValue;

/// A dict with text keys, in order of first insertion; of repeated keys the last value stays, at the first
/// place.
class Dict {
 public:
  Dict();
  Dict(std::vector<std::string> keys, std::vector<PyValue> values);
  Dict(const Dict&);
  Dict(Dict&&) noexcept;
  Dict& operator=(const Dict&);
  Dict& operator=(Dict&&) noexcept;
  ~Dict();

  /// Cost  O(log n); the pointers hold until the next set() or erase().
  [[nodiscard]] const PyValue* find(std::string_view key) const;
  [[nodiscard]] PyValue* find(std::string_view key);
  void set(std::string_view key, PyValue value);
  void erase(std::string_view key);

  [[nodiscard]] std::size_t size() const { return keys_.size(); }
  [[nodiscard]] const std::vector<std::string>& keys() const { return keys_; }
  [[nodiscard]] const std::vector<PyValue>& values() const { return values_; }

 private:
  [[nodiscard]] std::size_t place(std::string_view key) const;  // in sorted_

  std::vector<std::string> keys_;
  std::vector<PyValue> values_;
  std::vector<std::uint32_t> sorted_;  // indices of keys_, by key
};

/// None, bool, int, float, str, list or dict.
///
/// Text is UTF-8, except that a lone surrogate (which a JSON escape can make) is stored as its own three
/// bytes.
class PyValue {
 public:
  using List = std::vector<PyValue>;

  PyValue() = default;
  explicit PyValue(bool value) : value_(value) {}
  explicit PyValue(int value) : value_(Integer(value)) {}
  explicit PyValue(std::size_t value) : value_(Integer(static_cast<std::int64_t>(value))) {}
  explicit PyValue(double value) : value_(value) {}
  explicit PyValue(Integer value) : value_(std::move(value)) {}
  explicit PyValue(std::string value) : value_(std::move(value)) {}
  explicit PyValue(std::string_view value) : value_(std::string(value)) {}
  explicit PyValue(const char* value) : value_(std::string(value)) {}
  explicit PyValue(List value) : value_(std::move(value)) {}
  explicit PyValue(Dict value) : value_(std::move(value)) {}

  [[nodiscard]] bool is_none() const { return std::holds_alternative<std::monostate>(value_); }
  template <typename T>
  [[nodiscard]] const T* as() const {
    return std::get_if<T>(&value_);
  }
  template <typename T>
  [[nodiscard]] T* as() {
    return std::get_if<T>(&value_);
  }
  /// bool, int or float.
  [[nodiscard]] bool is_number() const { return value_.index() >= 1 && value_.index() <= 3; }
  /// "NoneType", "bool", "int", "float", "str", "list", "dict".
  [[nodiscard]] std::string_view type_name() const;

 private:
  std::variant<std::monostate, bool, Integer, double, std::string, List, Dict> value_;
};

/// Builds a dict from pairs: for results.
[[nodiscard]] PyValue make_dict(std::vector<std::pair<std::string, PyValue>> items);

// Operations; each throws PyError where Python raises.

/// value[key]: KeyError if a dict lacks it, TypeError if value is no dict.
[[nodiscard]] const PyValue& item(const PyValue& value, std::string_view key);
/// value[index] of a list (IndexError past its end); TypeError for what cannot be indexed.
[[nodiscard]] PyValue item(const PyValue& value, std::size_t index);
/// `key in value`: a key of a dict, a part of a text, an element of a list.
[[nodiscard]] bool contains(const PyValue& value, std::string_view key);
/// value.<method>() is a thing of dicts only: AttributeError otherwise.
[[nodiscard]] const Dict& as_dict(const PyValue& value, std::string_view method);
/// What a for loop would visit: elements, keys or characters.
[[nodiscard]] PyValue::List iterate(const PyValue& value);
/// len(value); a text counts in code points.
[[nodiscard]] std::size_t length(const PyValue& value);
/// value[:-6].
[[nodiscard]] PyValue without_last_six(const PyValue& value);

[[nodiscard]] bool truthy(const PyValue& value);
/// TypeError for lists and dicts, which cannot be looked up in a dict.
void require_hashable(const PyValue& value);
/// Text that is the same for two values if and only if Python's == holds between them as elements of a
/// container (there, the one NaN that JSON has equals itself).
[[nodiscard]] std::string equality_key(const PyValue& value);
[[nodiscard]] bool is_nan(const PyValue& value);
[[nodiscard]] bool equals_number(const PyValue& value, double number);

/// Only numbers support these here. Python also joins and repeats texts and lists, but wherever the reference
/// does that, the next operation on the result raises TypeError as well.
[[nodiscard]] PyValue operator+(const PyValue& a, const PyValue& b);
[[nodiscard]] PyValue operator-(const PyValue& a, const PyValue& b);
[[nodiscard]] PyValue operator*(const PyValue& a, const PyValue& b);
[[nodiscard]] PyValue operator/(const PyValue& a, const PyValue& b);
[[nodiscard]] bool less(const PyValue& a, const PyValue& b);
[[nodiscard]] bool less_equal(const PyValue& a, const PyValue& b);
/// Python's max(a, b) and min(a, b): the first unless the second is strictly beyond it, which decides about
/// NaN.
[[nodiscard]] PyValue max(const PyValue& a, const PyValue& b);
[[nodiscard]] PyValue min(const PyValue& a, const PyValue& b);
/// float(number); OverflowError if it is too large.
[[nodiscard]] double to_float(const PyValue& number);
/// int(value), of numbers and of text.
[[nodiscard]] Integer to_int(const PyValue& value);

// Text.

/// Bytes of the white space character (Python's `\s` on text) at the start of `text`, or 0.
[[nodiscard]] std::size_t leading_space(std::string_view text);
[[nodiscard]] std::string_view strip(std::string_view text);
[[nodiscard]] std::size_t code_points(std::string_view text);
/// True for UTF-8 that Python's strict decoder takes: no surrogates, no overlong forms.
[[nodiscard]] bool is_strict_utf8(std::string_view bytes);
void append_utf8(std::string& text, std::uint32_t code_point);

// JSON as Python's json module reads and writes it (py_json.cpp).

/// Nesting that is still read. Python's limit depends on the depth of the caller's stack; this is its value
/// for a scorer called near the top of a program.
inline constexpr int kMaxJsonDepth = 985;
/// Digits of an integer that are still read.
inline constexpr std::size_t kMaxIntegerDigits = 4300;

/// json.loads(text): NaN, Infinity and integers of up to 4300 digits pass, repeated keys keep the last.
///
/// Errors   JsonDecodeError with the offset, ValueError (too many digits), RecursionError (too deep).
[[nodiscard]] PyResult<PyValue> parse_py_json(std::string_view text);
/// The same for a file's bytes: also UnicodeDecodeError.
[[nodiscard]] PyResult<PyValue> parse_py_json_bytes(std::string_view bytes);
/// One line of ASCII JSON; numbers that are not finite become the texts "NaN", "Infinity", "-Infinity".
[[nodiscard]] std::string dump_py_json(const PyValue& value);

}  // namespace metaspatial::physics::reference
