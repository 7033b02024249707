#include "metaspatial/physics/py_integer.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace metaspatial::physics::reference {
namespace {

constexpr std::size_t kLimbBits = 32;
constexpr std::uint64_t kLow32 = 0xffffffffU;

// mantissa * 2^exponent with `sticky` for lost lower bits, rounded once to 53 bits, ties to even.
// REQUIRES the top bit of the mantissa to be set.
std::optional<double> round_to_double(std::uint64_t mantissa, bool sticky, int exponent) {
  constexpr int kDropped = 11;  // 64 - 53
  std::uint64_t kept = mantissa >> kDropped;
  const std::uint64_t lost = mantissa & ((std::uint64_t{1} << kDropped) - 1);
  constexpr std::uint64_t kHalf = std::uint64_t{1} << (kDropped - 1);
  if (lost > kHalf || (lost == kHalf && (sticky || (kept & 1) != 0))) ++kept;
  const double value = std::ldexp(static_cast<double>(kept), exponent + kDropped);
  if (std::isinf(value)) return std::nullopt;
  return value;
}

}  // namespace

Integer::Integer(std::int64_t value) : negative_(value < 0) {
  std::uint64_t magnitude = static_cast<std::uint64_t>(value);
  if (negative_) magnitude = std::uint64_t{0} - magnitude;
  for (; magnitude != 0; magnitude >>= kLimbBits)
    limbs_.push_back(static_cast<std::uint32_t>(magnitude & kLow32));
}

void Integer::normalise() {
  while (!limbs_.empty() && limbs_.back() == 0) limbs_.pop_back();
  if (limbs_.empty()) negative_ = false;
}

Integer Integer::from_decimal(std::string_view digits, bool negative) {
  Integer result;
  constexpr std::size_t kChunk = 9;
  for (std::size_t i = 0; i < digits.size();) {
    const std::size_t end = std::min(digits.size(), i == 0 ? (digits.size() - 1) % kChunk + 1 : i + kChunk);
    std::uint64_t scale = 1;
    std::uint64_t carry = 0;
    for (; i < end; ++i) {
      carry = carry * 10 + static_cast<std::uint64_t>(digits[i] - '0');
      scale *= 10;
    }
    for (std::uint32_t& limb : result.limbs_) {
      carry += limb * scale;
      limb = static_cast<std::uint32_t>(carry & kLow32);
      carry >>= kLimbBits;
    }
    if (carry != 0) result.limbs_.push_back(static_cast<std::uint32_t>(carry));
  }
  result.negative_ = negative;
  result.normalise();
  return result;
}

Integer Integer::truncated(double value) {
  int exponent = 0;
  const double fraction = std::frexp(std::trunc(std::abs(value)), &exponent);
  Integer result(static_cast<std::int64_t>(std::ldexp(fraction, 53)));
  if (exponent >= 53) {
    result.limbs_ = shift_left(result.limbs_, static_cast<std::size_t>(exponent - 53));
  } else {
    result = Integer(static_cast<std::int64_t>(std::trunc(std::abs(value))));
  }
  result.negative_ = value < 0;
  result.normalise();
  return result;
}

std::size_t Integer::bits_of(const Limbs& a) {
  return a.empty() ? 0 : a.size() * kLimbBits - static_cast<std::size_t>(std::countl_zero(a.back()));
}
std::size_t Integer::bit_length() const {
  return bits_of(limbs_);
}

std::string Integer::to_string() const {
  if (limbs_.empty()) return "0";
  constexpr std::uint64_t kBillion = 1'000'000'000;
  Limbs rest = limbs_;
  std::string reversed;
  while (!rest.empty()) {
    std::uint64_t remainder = 0;
    for (std::size_t i = rest.size(); i-- > 0;) {
      const std::uint64_t part = (remainder << kLimbBits) | rest[i];
      rest[i] = static_cast<std::uint32_t>(part / kBillion);
      remainder = part % kBillion;
    }
    while (!rest.empty() && rest.back() == 0) rest.pop_back();
    for (int digit = 0; digit < 9 && (remainder != 0 || !rest.empty()); ++digit) {
      reversed.push_back(static_cast<char>('0' + remainder % 10));
      remainder /= 10;
    }
  }
  if (negative_) reversed.push_back('-');
  std::reverse(reversed.begin(), reversed.end());
  return reversed;
}

std::optional<double> Integer::to_double() const {
  const std::size_t bits = bit_length();
  std::uint64_t top = 0;
  bool sticky = false;
  if (bits <= 64) {
    for (std::size_t i = limbs_.size(); i-- > 0;) top = (top << kLimbBits) | limbs_[i];
    if (bits <= 53) return negative_ ? -static_cast<double>(top) : static_cast<double>(top);
    top <<= 64 - bits;
  } else {
    const std::size_t lowest = bits - 64;
    for (std::size_t bit = 64; bit-- > 0;) {
      const std::size_t at = lowest + bit;
      top = (top << 1) | ((limbs_[at / kLimbBits] >> (at % kLimbBits)) & 1U);
    }
    for (std::size_t at = 0; at < lowest && !sticky;) {
      if (at % kLimbBits == 0 && at + kLimbBits <= lowest) {
        sticky = limbs_[at / kLimbBits] != 0;
        at += kLimbBits;
      } else {
        sticky = ((limbs_[at / kLimbBits] >> (at % kLimbBits)) & 1U) != 0;
        ++at;
      }
    }
  }
  const auto magnitude = round_to_double(top, sticky, static_cast<int>(bits) - 64);
  if (!magnitude) return std::nullopt;
  return negative_ ? -*magnitude : *magnitude;
}

int Integer::compare_magnitude(const Limbs& a, const Limbs& b) {
  if (a.size() != b.size()) return a.size() < b.size() ? -1 : 1;
  for (std::size_t i = a.size(); i-- > 0;) {
    if (a[i] != b[i]) return a[i] < b[i] ? -1 : 1;
  }
  return 0;
}

Integer::Limbs Integer::add_magnitude(const Limbs& a, const Limbs& b) {
  Limbs sum;
  sum.reserve(std::max(a.size(), b.size()) + 1);
  std::uint64_t carry = 0;
  for (std::size_t i = 0; i < std::max(a.size(), b.size()) || carry != 0; ++i) {
    carry += (i < a.size() ? std::uint64_t{a[i]} : 0) + (i < b.size() ? std::uint64_t{b[i]} : 0);
    sum.push_back(static_cast<std::uint32_t>(carry & kLow32));
    carry >>= kLimbBits;
  }
  return sum;
}

Integer::Limbs Integer::subtract_magnitude(const Limbs& a, const Limbs& b) {
  Limbs difference = a;
  std::uint64_t borrow = 0;
  for (std::size_t i = 0; i < difference.size(); ++i) {
    const std::uint64_t taken = (i < b.size() ? std::uint64_t{b[i]} : 0) + borrow;
    borrow = difference[i] < taken ? 1 : 0;
    difference[i] =
        static_cast<std::uint32_t>((std::uint64_t{difference[i]} + (borrow << kLimbBits) - taken) & kLow32);
  }
  while (!difference.empty() && difference.back() == 0) difference.pop_back();
  return difference;
}

Integer::Limbs Integer::shift_left(const Limbs& a, std::size_t bits) {
  if (a.empty()) return a;
  Limbs shifted(bits / kLimbBits, 0);
  const std::size_t rest = bits % kLimbBits;
  std::uint64_t carry = 0;
  for (const std::uint32_t limb : a) {
    carry |= std::uint64_t{limb} << rest;
    shifted.push_back(static_cast<std::uint32_t>(carry & kLow32));
    carry >>= kLimbBits;
  }
  if (carry != 0) shifted.push_back(static_cast<std::uint32_t>(carry));
  return shifted;
}

Integer operator+(const Integer& a, const Integer& b) {
  Integer result;
  if (a.negative_ == b.negative_) {
    result.limbs_ = Integer::add_magnitude(a.limbs_, b.limbs_);
    result.negative_ = a.negative_;
  } else if (Integer::compare_magnitude(a.limbs_, b.limbs_) >= 0) {
    result.limbs_ = Integer::subtract_magnitude(a.limbs_, b.limbs_);
    result.negative_ = a.negative_;
  } else {
    result.limbs_ = Integer::subtract_magnitude(b.limbs_, a.limbs_);
    result.negative_ = b.negative_;
  }
  result.normalise();
  return result;
}

Integer operator-(const Integer& a, const Integer& b) {
  Integer minus_b = b;
  minus_b.negative_ = !b.negative_ && !b.is_zero();
  return a + minus_b;
}

Integer operator*(const Integer& a, const Integer& b) {
  Integer result;
  result.limbs_.assign(a.limbs_.size() + b.limbs_.size(), 0);
  for (std::size_t i = 0; i < a.limbs_.size(); ++i) {
    std::uint64_t carry = 0;
    for (std::size_t j = 0; j < b.limbs_.size() || carry != 0; ++j) {
      carry += result.limbs_[i + j];
      if (j < b.limbs_.size()) carry += std::uint64_t{a.limbs_[i]} * b.limbs_[j];
      result.limbs_[i + j] = static_cast<std::uint32_t>(carry & kLow32);
      carry >>= kLimbBits;
    }
  }
  result.negative_ = a.negative_ != b.negative_;
  result.normalise();
  return result;
}

std::strong_ordering operator<=>(const Integer& a, const Integer& b) {
  if (a.negative_ != b.negative_)
    return a.negative_ ? std::strong_ordering::less : std::strong_ordering::greater;
  const int order = Integer::compare_magnitude(a.limbs_, b.limbs_);
  return (a.negative_ ? -order : order) <=> 0;
}

std::partial_ordering Integer::compare(double other) const {
  if (std::isnan(other)) return std::partial_ordering::unordered;
  if (std::isinf(other)) return other > 0 ? std::partial_ordering::less : std::partial_ordering::greater;
  if (bit_length() <= 53) return *to_double() <=> other;
  const std::strong_ordering whole = *this <=> truncated(other);
  if (whole != std::strong_ordering::equal) return whole;
  return 0.0 <=> other - std::trunc(other);
}

std::optional<double> Integer::divide(const Integer& a, const Integer& b) {
  if (a.is_zero()) return b.negative_ ? -0.0 : 0.0;
  if (a.bit_length() <= 53 && b.bit_length() <= 53) return *a.to_double() / *b.to_double();
  const double sign = a.negative_ == b.negative_ ? 1.0 : -1.0;
  const std::size_t bits_a = a.bit_length();
  const std::size_t bits_b = b.bit_length();
  // Scaled so that the quotient has 63 or 64 bits.
  const auto shift = static_cast<int>(bits_b) + 63 - static_cast<int>(bits_a);
  Limbs rest = shift > 0 ? shift_left(a.limbs_, static_cast<std::size_t>(shift)) : a.limbs_;
  const Limbs divisor = shift < 0 ? shift_left(b.limbs_, static_cast<std::size_t>(-shift)) : b.limbs_;
  std::uint64_t quotient = 0;
  for (std::size_t bit = 64; bit-- > 0;) {
    const Limbs part = shift_left(divisor, bit);
    if (compare_magnitude(rest, part) < 0) continue;
    rest = subtract_magnitude(rest, part);
    quotient |= std::uint64_t{1} << bit;
  }
  const bool sticky = !rest.empty();
  const int lift = std::countl_zero(quotient);
  const auto magnitude = round_to_double(quotient << lift, sticky, -shift - lift);
  if (!magnitude) return std::nullopt;
  return sign * *magnitude;
}

}  // namespace metaspatial::physics::reference
