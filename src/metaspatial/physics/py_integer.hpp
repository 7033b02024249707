#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace metaspatial::physics::reference {

/// An integer of any size, as Python's: the reference reads `1` and a number of 4300 digits with the same
/// type, and its arithmetic is exact until a float takes part.
///
/// Cost     schoolbook; meant for the rare huge number, not for speed.
class Integer {
 public:
  Integer() = default;
  explicit Integer(std::int64_t value);
  /// REQUIRES only ASCII digits.
  [[nodiscard]] static Integer from_decimal(std::string_view digits, bool negative);
  /// Towards zero. REQUIRES a finite value.
  [[nodiscard]] static Integer truncated(double value);

  [[nodiscard]] bool is_zero() const { return limbs_.empty(); }
  [[nodiscard]] bool is_negative() const { return negative_; }
  [[nodiscard]] std::size_t bit_length() const;
  [[nodiscard]] std::string to_string() const;
  /// The nearest double, ties to even; nothing if it is too large for one.
  [[nodiscard]] std::optional<double> to_double() const;

  friend Integer operator+(const Integer& a, const Integer& b);
  friend Integer operator-(const Integer& a, const Integer& b);
  friend Integer operator*(const Integer& a, const Integer& b);
  friend bool operator==(const Integer&, const Integer&) = default;
  friend std::strong_ordering operator<=>(const Integer& a, const Integer& b);
  /// Exact: the integer is not rounded first. NaN is unordered.
  [[nodiscard]] std::partial_ordering compare(double other) const;

  /// a / b rounded once, ties to even; nothing if it is too large for a double. REQUIRES b != 0 and a
  /// quotient that is zero or a normal double in size.
  [[nodiscard]] static std::optional<double> divide(const Integer& a, const Integer& b);

 private:
  using Limbs = std::vector<std::uint32_t>;  // least significant first, no leading zeros; empty is 0
  [[nodiscard]] static int compare_magnitude(const Limbs& a, const Limbs& b);
  [[nodiscard]] static Limbs add_magnitude(const Limbs& a, const Limbs& b);
  [[nodiscard]] static Limbs subtract_magnitude(const Limbs& a, const Limbs& b);  // REQUIRES a >= b
  [[nodiscard]] static Limbs shift_left(const Limbs& a, std::size_t bits);
  [[nodiscard]] static std::size_t bits_of(const Limbs& a);
  void normalise();

  bool negative_ = false;
  Limbs limbs_;
};

}  // namespace metaspatial::physics::reference
