#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace metaspatial {

/// An 8-bit sRGB picture, rows from the top, no padding.
///
/// Shape    pixels.size() == width_px * height_px * 3.
struct Image {
  int width_px = 0;
  int height_px = 0;
  std::vector<std::uint8_t> pixels;

  Image() = default;
  Image(int width, int height)
      : width_px(width),
        height_px(height),
        pixels(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3) {}
  [[nodiscard]] std::uint8_t* at(int x, int y) {
    return &pixels[(static_cast<std::size_t>(y) * static_cast<std::size_t>(width_px) +
                    static_cast<std::size_t>(x)) *
                   3];
  }
  [[nodiscard]] const std::uint8_t* at(int x, int y) const {
    return &pixels[(static_cast<std::size_t>(y) * static_cast<std::size_t>(width_px) +
                    static_cast<std::size_t>(x)) *
                   3];
  }
  friend bool operator==(const Image&, const Image&) = default;
};

}  // namespace metaspatial
