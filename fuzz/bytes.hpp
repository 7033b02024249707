#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace metaspatial::fuzz {

/// The bytes of a fuzzer as text.
[[nodiscard]] inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};  // NOLINT: libFuzzer's type is unsigned
}

/// Choices made from the bytes of a fuzzer, first come, first served; 0 once they are used up. The same bytes
/// give the same choices on every platform.
class Bytes {
 public:
  explicit Bytes(std::string_view bytes) : bytes_(bytes) {}

  [[nodiscard]] bool empty() const { return at_ >= bytes_.size(); }
  unsigned byte() { return empty() ? 0U : static_cast<unsigned char>(bytes_[at_++]); }
  /// In [0, n); REQUIRES 0 < n <= 256.
  std::size_t below(std::size_t n) { return byte() % n; }
  bool flag() { return (byte() & 1U) != 0; }
  /// In [0, 1], 24 bits.
  double unit() {
    const unsigned high = byte();
    const unsigned middle = byte();
    return ((high << 8U | middle) << 8U | byte()) / static_cast<double>(0xFFFFFF);
  }
  /// What is left.
  [[nodiscard]] std::string_view rest() const { return bytes_.substr(at_); }

 private:
  std::string_view bytes_;
  std::size_t at_ = 0;
};

}  // namespace metaspatial::fuzz
