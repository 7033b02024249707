#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <utility>

namespace metaspatial {

/// A small seeded random number generator, the same on every platform.
///
/// Threads  one per thread; a value type, cheap to copy. Key a fresh one per unit of work instead of sharing.
/// Source   xoshiro256**, Blackman and Vigna 2018; seeded through splitmix64.
class Rng {
 public:
  explicit Rng(std::uint64_t seed) { reseed(seed); }
  /// A stream keyed by several numbers, e.g. {seed, step, room, rollout, turn}: any two different keys give
  /// unrelated streams.
  Rng(std::initializer_list<std::uint64_t> key) {
    std::uint64_t mixed = 0x9e3779b97f4a7c15ULL;
    for (const std::uint64_t part : key)
      mixed = splitmix(mixed ^ splitmix_value(part + 0x632be59bd9b4e019ULL));
    reseed(mixed);
  }

  std::uint64_t next() {
    const std::uint64_t result = rotl(state_[1] * 5, 7) * 9;
    const std::uint64_t t = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= t;
    state_[3] = rotl(state_[3], 45);
    return result;
  }
  /// In [0, 1), 53 bits.
  double uniform() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }
  double uniform(double low, double high) { return low + (high - low) * uniform(); }
  /// In [0, n); REQUIRES n > 0. The bias of the modulo is below n / 2^64.
  std::size_t below(std::size_t n) { return static_cast<std::size_t>(next() % n); }
  bool chance(double probability) { return uniform() < probability; }
  /// Standard normal, Box-Muller; two draws each call so that the stream is easy to reason about.
  double normal() {
    const double u = 1.0 - uniform();
    const double v = uniform();
    return std::sqrt(-2.0 * std::log(u)) * std::cos(6.283185307179586 * v);
  }
  template <typename T>
  void shuffle(std::span<T> items) {
    for (std::size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[below(i)]);
  }
  template <typename Container>
  const auto& pick(const Container& items) {
    return items[below(items.size())];
  }

 private:
  static std::uint64_t rotl(std::uint64_t x, int k) { return (x << k) | (x >> (64 - k)); }
  static std::uint64_t splitmix_value(std::uint64_t x) {
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
    return x ^ (x >> 31);
  }
  static std::uint64_t splitmix(std::uint64_t x) { return splitmix_value(x + 0x9e3779b97f4a7c15ULL); }
  void reseed(std::uint64_t seed) {
    for (auto& word : state_) {
      seed += 0x9e3779b97f4a7c15ULL;
      word = splitmix_value(seed);
    }
  }
  std::array<std::uint64_t, 4> state_{};
};

/// A 64-bit hash of bytes, the same on every platform (FNV-1a). For keys and state hashes, not for security.
[[nodiscard]] inline std::uint64_t hash_bytes(std::span<const char> bytes,
                                              std::uint64_t seed = 0xcbf29ce484222325ULL) {
  for (const char c : bytes) {
    seed ^= static_cast<unsigned char>(c);
    seed *= 0x100000001b3ULL;
  }
  return seed;
}

}  // namespace metaspatial
