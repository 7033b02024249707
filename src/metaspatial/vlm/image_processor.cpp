#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "metaspatial/vlm/sequence.hpp"

namespace metaspatial::vlm {

namespace {

// Pixels of a picture that is read at all: 16,384 squared.
constexpr std::size_t kMaxImagePixels = std::size_t{1} << 28;
constexpr int kMaxWeightBits = 22;
constexpr int kMaxAspect = 200;  // Qwen2-VL's image processor refuses more

/// Keys' cubic with a = -0.5.
double cubic(double x) {
  constexpr double a = -0.5;
  x = std::abs(x);
  if (x < 1.0) return ((a + 2.0) * x - (a + 3.0)) * x * x + 1.0;
  if (x < 2.0) return (((x - 5.0) * x + 8.0) * x - 4.0) * a;
  return 0.0;
}

/// For every output pixel of one axis: where its window of input pixels begins and their weights.
struct Windows {
  std::size_t taps = 0;  // weights per output pixel, zero-filled
  std::vector<int> first;
  std::vector<int> count;
  std::vector<std::int32_t> weights;  // whole numbers of 2^-bits: sums are exact and the same everywhere
  int bits = 0;
};

Windows windows(int in, int out) {
  const double scale = static_cast<double>(in) / out;
  const double stretch =
      std::max(scale, 1.0);  // antialias: the kernel covers every input pixel when shrinking
  const double support = 2.0 * stretch;
  Windows result;
  result.taps = static_cast<std::size_t>(std::ceil(support)) * 2 + 1;
  result.first.resize(static_cast<std::size_t>(out));
  result.count.resize(static_cast<std::size_t>(out));
  std::vector<double> exact(static_cast<std::size_t>(out) * result.taps);
  for (int o = 0; o < out; ++o) {
    const double centre = (o + 0.5) * scale;
    const int first = std::max(0, static_cast<int>(centre - support + 0.5));
    const int count = std::min(in, static_cast<int>(centre + support + 0.5)) - first;
    double* weights = &exact[static_cast<std::size_t>(o) * result.taps];
    double sum = 0.0;
    for (int i = 0; i < count; ++i) {
      weights[i] = cubic((i + first - centre + 0.5) / stretch);
      sum += weights[i];
    }
    for (int i = 0; i < count; ++i) weights[i] /= sum;
    result.first[static_cast<std::size_t>(o)] = first;
    result.count[static_cast<std::size_t>(o)] = count;
  }
  // As many bits as let the largest weight fit 16 bits with its sign: torchvision's choice.
  const double largest = *std::max_element(exact.begin(), exact.end());
  while (result.bits < kMaxWeightBits &&
         static_cast<int>(0.5 + largest * (1 << (result.bits + 1))) < (1 << 15))
    ++result.bits;
  result.weights.reserve(exact.size());
  for (const double weight : exact)
    result.weights.push_back(
        static_cast<std::int32_t>(weight * (1 << result.bits) + (weight < 0.0 ? -0.5 : 0.5)));
  return result;
}

std::uint8_t rounded(std::int32_t sum, int bits) {
  return static_cast<std::uint8_t>(std::clamp(sum >> bits, 0, 255));
}

/// Rows first, then columns, with 8-bit pixels between: equal to torchvision's resizing of 8-bit tensors, bit
/// for bit. Pillow keeps more bits of a weight, and newer ones choose the order.
Image resize_bicubic(const Image& image, int width, int height) {
  Image wide = image;
  if (width != image.width_px) {
    const Windows across = windows(image.width_px, width);
    wide = Image(width, image.height_px);
    for (int y = 0; y < image.height_px; ++y) {
      for (int x = 0; x < width; ++x) {
        const auto at = static_cast<std::size_t>(x);
        const std::uint8_t* in = image.at(across.first[at], y);
        const std::int32_t* weight = &across.weights[at * across.taps];
        const std::int32_t half = 1 << (across.bits - 1);
        std::int32_t red = half;
        std::int32_t green = half;
        std::int32_t blue = half;
        for (int i = 0; i < across.count[at]; ++i, in += 3) {
          red += in[0] * weight[i];
          green += in[1] * weight[i];
          blue += in[2] * weight[i];
        }
        std::uint8_t* out = wide.at(x, y);
        out[0] = rounded(red, across.bits);
        out[1] = rounded(green, across.bits);
        out[2] = rounded(blue, across.bits);
      }
    }
  }
  if (height == wide.height_px) return wide;
  const Windows down = windows(wide.height_px, height);
  Image result(width, height);
  const std::size_t row_bytes = static_cast<std::size_t>(width) * 3;
  std::vector<std::int32_t> sums(row_bytes);
  for (int y = 0; y < height; ++y) {
    const auto at = static_cast<std::size_t>(y);
    std::fill(sums.begin(), sums.end(), 1 << (down.bits - 1));
    for (int i = 0; i < down.count[at]; ++i) {
      const std::int32_t weight = down.weights[at * down.taps + static_cast<std::size_t>(i)];
      const std::uint8_t* in = wide.at(0, down.first[at] + i);
      for (std::size_t k = 0; k < row_bytes; ++k) sums[k] += in[k] * weight;
    }
    std::uint8_t* out = result.at(0, y);
    for (std::size_t k = 0; k < row_bytes; ++k) out[k] = rounded(sums[k], down.bits);
  }
  return result;
}

}  // namespace

std::array<int, 2> smart_resize(int height, int width, int factor, int min_pixels, int max_pixels) {
  const double h = std::max(height, 1);
  const double w = std::max(width, 1);
  const double f = std::max(factor, 1);
  // nearbyint rounds halves to even, as the Python this follows does. A side shorter than half a block
  // becomes 0, so that the picture counts as too small.
  double new_h = std::nearbyint(h / f) * f;
  double new_w = std::nearbyint(w / f) * f;
  if (new_h * new_w > max_pixels) {
    const double shrink = std::sqrt(h * w / std::max(max_pixels, 1));
    new_h = std::max(f, std::floor(h / shrink / f) * f);
    new_w = std::max(f, std::floor(w / shrink / f) * f);
  } else if (new_h * new_w < min_pixels) {
    const double grow = std::sqrt(min_pixels / (h * w));
    new_h = std::ceil(h * grow / f) * f;
    new_w = std::ceil(w * grow / f) * f;
  }
  new_h = std::max(new_h, f);  // only where min_pixels is 0
  new_w = std::max(new_w, f);
  constexpr double kLargest = 1 << 30;
  return {static_cast<int>(std::min(new_h, kLargest)), static_cast<int>(std::min(new_w, kLargest))};
}

Result<ImagePatches> preprocess_image(const Image& image, const ImageProcessorConfig& config) {
  const int longer = std::max(image.width_px, image.height_px);
  const int shorter = std::min(image.width_px, image.height_px);
  if (shorter <= 0) return invalid("the picture is empty; expected at least one pixel");
  const std::size_t pixels =
      static_cast<std::size_t>(image.width_px) * static_cast<std::size_t>(image.height_px);
  if (pixels > kMaxImagePixels || image.pixels.size() != pixels * 3)
    return invalid(
        fmt::format("a picture of {} x {} pixels with {} bytes; expected 3 bytes a pixel, at most {} pixels",
                    image.width_px, image.height_px, image.pixels.size(), kMaxImagePixels));
  if (static_cast<double>(longer) / shorter > kMaxAspect)
    return invalid(fmt::format("a picture of {} x {} pixels; expected an aspect ratio of at most {}",
                               image.width_px, image.height_px, kMaxAspect));
  const int patch = config.patch_size;
  const int merge = config.merge_size;
  const auto [height, width] =
      smart_resize(image.height_px, image.width_px, patch * merge, config.min_pixels, config.max_pixels);
  if (static_cast<std::size_t>(height) * static_cast<std::size_t>(width) > kMaxImagePixels)
    return invalid(fmt::format("the picture would be resized to {} x {} pixels; expected at most {} pixels",
                               width, height, kMaxImagePixels));

  Image resized;
  const Image* source = &image;
  if (width != image.width_px || height != image.height_px) {
    resized = resize_bicubic(image, width, height);
    source = &resized;
  }

  std::array<std::array<float, 256>, 3> normalized{};
  for (std::size_t channel = 0; channel < 3; ++channel) {
    for (std::size_t value = 0; value < 256; ++value) {
      // In float from here on, as the reference processor does.
      const auto scaled = static_cast<float>(static_cast<double>(value) * (1.0 / 255.0));
      normalized[channel][value] = (scaled - static_cast<float>(config.image_mean[channel])) /
                                   static_cast<float>(config.image_std[channel]);
    }
  }

  ImagePatches out;
  out.grid_h = height / patch;
  out.grid_w = width / patch;
  const auto patch_area = static_cast<std::size_t>(patch) * static_cast<std::size_t>(patch);
  const auto frames = static_cast<std::size_t>(config.temporal_patch_size);
  out.patches.resize(static_cast<std::size_t>(out.grid_h) * static_cast<std::size_t>(out.grid_w) * 3 *
                     frames * patch_area);
  float* to = out.patches.data();
  // Patches of one merge block follow each other: block row, block column, row in the block, column in the
  // block.
  for (int block_y = 0; block_y < out.grid_h; block_y += merge) {
    for (int block_x = 0; block_x < out.grid_w; block_x += merge) {
      for (int in_block = 0; in_block < merge * merge; ++in_block) {
        const int y0 = (block_y + in_block / merge) * patch;
        const int x0 = (block_x + in_block % merge) * patch;
        for (std::size_t channel = 0; channel < 3; ++channel) {
          const float* frame = to;
          for (int y = 0; y < patch; ++y) {
            const std::uint8_t* row = source->at(x0, y0 + y) + channel;
            for (int x = 0; x < patch; ++x) *to++ = normalized[channel][row[3 * x]];
          }
          // A still picture is a film of equal frames.
          for (std::size_t copy = 1; copy < frames; ++copy) to = std::copy_n(frame, patch_area, to);
        }
      }
    }
  }
  return out;
}

}  // namespace metaspatial::vlm
