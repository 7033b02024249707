#pragma once

#include <array>
#include <cstdint>

namespace metaspatial::render {

/// Well-spread random numbers of one path. Internal to `render`.
///
/// Each call of next() is four dimensions of a Sobol sequence, its points shuffled and Owen-scrambled anew,
/// so that any two calls are independent of each other and the samples of a pixel fill each four dimensions
/// evenly.
///
/// Shape    numbers in [0, 1); a function of (pixel, sample, number of the call) alone.
/// Source   Burley 2020, Practical Hash-based Owen Scrambling; the hash is the one of Laine and Karras 2011
/// with
///          Vegdahl's constants.
class PathSampler {
 public:
  /// `sample` < `samples`; `pixel` is any number that tells pixels (and pictures) apart.
  PathSampler(std::uint32_t pixel, std::uint32_t sample, std::uint32_t samples)
      : pixel_(mixed(pixel)), sample_(sample) {
    while (mask_ < samples - 1 && mask_ != 0xffffffffU) mask_ = mask_ << 1 | 1;
  }

  std::array<float, 4> next() {
    const std::uint32_t seed = mixed(pixel_ + 0x9e3779b9U * ++call_);
    // Only the bits that tell samples apart matter: the others would shift all of them alike.
    const std::uint32_t index = scrambled(sample_, seed) & mask_;
    std::array<std::uint32_t, 4> x{};
    x[0] = reversed(index);
    for (std::uint32_t bits = index, bit = 0; bits != 0; bits >>= 1, ++bit) {
      if ((bits & 1) == 0) continue;
      for (std::size_t d = 1; d < 4; ++d) x[d] ^= kDirections[d - 1][bit];
    }
    std::array<float, 4> result;
    for (std::uint32_t d = 0; d < 4; ++d)
      result[d] = static_cast<float>(scrambled(x[d], mixed(seed ^ (0x85ebca6bU * (d + 1)))) >> 8) * 0x1p-24F;
    return result;
  }

 private:
  static constexpr std::uint32_t reversed(std::uint32_t x) {
    x = (x >> 1 & 0x55555555U) | (x & 0x55555555U) << 1;
    x = (x >> 2 & 0x33333333U) | (x & 0x33333333U) << 2;
    x = (x >> 4 & 0x0f0f0f0fU) | (x & 0x0f0f0f0fU) << 4;
    x = (x >> 8 & 0x00ff00ffU) | (x & 0x00ff00ffU) << 8;
    return x >> 16 | x << 16;
  }
  static constexpr std::uint32_t mixed(std::uint32_t x) {
    x ^= x >> 16;
    x *= 0x7feb352dU;
    x ^= x >> 15;
    x *= 0x846ca68bU;
    return x ^ x >> 16;
  }
  static constexpr std::uint32_t scrambled(std::uint32_t x, std::uint32_t seed) {
    x = reversed(x);
    x ^= x * 0x3d20adeaU;
    x += seed;
    x *= seed >> 16 | 1;
    x ^= x * 0x05526c56U;
    x ^= x * 0x53a22864U;
    return reversed(x);
  }
  /// Direction numbers of dimensions 2 to 4 (Joe and Kuo 2008): degree, coefficients, first numbers.
  static constexpr std::array<std::array<std::uint32_t, 32>, 3> kDirections = [] {
    constexpr std::uint32_t degree[3] = {1, 2, 3};
    constexpr std::uint32_t coefficients[3] = {0, 1, 1};
    constexpr std::uint32_t first[3][3] = {{1, 0, 0}, {1, 3, 0}, {1, 3, 1}};
    std::array<std::array<std::uint32_t, 32>, 3> v{};
    for (std::size_t d = 0; d < 3; ++d) {
      for (std::uint32_t i = 0; i < 32; ++i) {
        if (i < degree[d]) {
          v[d][i] = first[d][i] << (31 - i);
          continue;
        }
        v[d][i] = v[d][i - degree[d]] ^ v[d][i - degree[d]] >> degree[d];
        for (std::uint32_t k = 1; k < degree[d]; ++k)
          if ((coefficients[d] >> (degree[d] - 1 - k) & 1) != 0) v[d][i] ^= v[d][i - k];
      }
    }
    return v;
  }();

  std::uint32_t pixel_;
  std::uint32_t sample_;
  std::uint32_t mask_ = 0;
  std::uint32_t call_ = 0;
};

}  // namespace metaspatial::render
