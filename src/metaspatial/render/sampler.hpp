#pragma once

#include <array>
#include <bit>
#include <cstddef>
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
      : pixel_(mixed(pixel)), reversed_sample_(reversed(sample)) {
    while (mask_ < samples - 1 && mask_ != 0xffffffffU) mask_ = mask_ << 1 | 1;
  }

  std::array<float, 4> next() {
    const std::uint32_t seed = mixed(pixel_ + 0x9e3779b9U * ++call_);
    // Only the bits that tell samples apart matter: the others would shift all of them alike.
    const std::uint32_t index = reversed(hashed(reversed_sample_, seed)) & mask_;
    // Points with their bits reversed, as the hash wants them: the first dimension is the index itself.
    std::array<std::uint32_t, 4> x{index, 0, 0, 0};
    for (std::uint32_t bits = index; bits != 0; bits &= bits - 1) {
      const auto bit = static_cast<std::size_t>(std::countr_zero(bits));
      for (std::size_t d = 1; d < 4; ++d) x[d] ^= kDirections[bit][d - 1];
    }
    std::array<float, 4> result;
    for (std::uint32_t d = 0; d < 4; ++d)
      result[d] =
          static_cast<float>(reversed(hashed(x[d], mixed(seed ^ (0x85ebca6bU * (d + 1))))) >> 8) * 0x1p-24F;
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
  /// Owen's scrambling of numbers whose bits are reversed.
  static constexpr std::uint32_t hashed(std::uint32_t x, std::uint32_t seed) {
    x ^= x * 0x3d20adeaU;
    x += seed;
    x *= seed >> 16 | 1;
    x ^= x * 0x05526c56U;
    return x ^ x * 0x53a22864U;
  }
  /// Direction numbers of dimensions 2 to 4, bits reversed (Joe and Kuo 2008).
  static constexpr std::array<std::array<std::uint32_t, 3>, 32> kDirections = [] {
    constexpr std::uint32_t degree[3] = {1, 2, 3};
    constexpr std::uint32_t coefficients[3] = {0, 1, 1};
    constexpr std::uint32_t first[3][3] = {{1, 0, 0}, {1, 3, 0}, {1, 3, 1}};
    std::array<std::array<std::uint32_t, 3>, 32> result{};
    for (std::size_t d = 0; d < 3; ++d) {
      std::array<std::uint32_t, 32> v{};
      for (std::uint32_t i = 0; i < 32; ++i) {
        if (i < degree[d]) {
          v[i] = first[d][i] << (31 - i);
          continue;
        }
        v[i] = v[i - degree[d]] ^ v[i - degree[d]] >> degree[d];
        for (std::uint32_t k = 1; k < degree[d]; ++k)
          if ((coefficients[d] >> (degree[d] - 1 - k) & 1) != 0) v[i] ^= v[i - k];
      }
      for (std::size_t i = 0; i < 32; ++i)
        for (std::uint32_t bit = 0; bit < 32; ++bit) result[i][d] |= (v[i] >> bit & 1) << (31 - bit);
    }
    return result;
  }();

  std::uint32_t pixel_;
  std::uint32_t reversed_sample_;
  std::uint32_t mask_ = 0;
  std::uint32_t call_ = 0;
};

}  // namespace metaspatial::render
