#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <span>

#include "metaspatial/assets/palette.hpp"
#include "metaspatial/render/camera.hpp"

namespace metaspatial::render {

using assets::luminance;

/// Display light in [0, 1] of a channel of scene light: a film's curve, with a toe, a straight middle and a
/// shoulder that reaches white slowly. Internal to `render`.
///
/// Source   Uchimura 2017, HDR Theory and Practice: maximum 1, contrast 1, linear part 0.4 from 0.22 on,
/// black 1.33.
[[nodiscard]] float filmic(float radiance);

/// The factor that brings a picture's mean (of logarithms, the darkest and brightest twentieth left out) to a
/// middle tone, or its brightest twelfth below white, whichever is less; from one stop less to two more.
[[nodiscard]] float exposure_of(std::span<const Vec3f> radiance, std::span<const float> shown);

/// sRGB coding of display light.
[[nodiscard]] std::uint8_t coded_srgb(float display);

}  // namespace metaspatial::render
