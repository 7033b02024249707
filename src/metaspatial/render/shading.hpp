#pragma once

#include <Eigen/Core>
#include <array>
#include <cstdint>

#include "metaspatial/render/camera.hpp"
#include "metaspatial/render/top_level.hpp"

namespace metaspatial::render {

/// The preview's light: one soft key light and a sky, both without falloff. Internal to `render`.
struct Light {
  Vec3f sun_direction;  ///< towards the light
  Vec3f sun;            ///< radiance a white wall facing it would send, shadow excluded
  Vec3f sky_up;         ///< ambient on surfaces that look up
  Vec3f sky_down;       ///< ambient on surfaces that look down: light from the floor
  float bounced = 0;  ///< share of the ambient light that reaches what the sky does not: off walls and floor
};
[[nodiscard]] Light light_for(View view, const Camera& camera);

/// Base colour with the vertices', the texture's, and the material's pattern, faded out where it is finer
/// than a pixel.
[[nodiscard]] Vec3f surface_color(const Surface& surface, float footprint_m);

/// The last power that was taken: neighbours often ask for the same.
struct PowerMemo {
  float base = 0;
  float exponent = 1;
  float value = 0;

  [[nodiscard]] float power(float b, float e);
};

/// Radiance towards the viewer of a surface of this (patterned) colour; `sun` and `sky` are the visible
/// shares of both lights in [0, 1].
[[nodiscard]] Vec3f shade(const assets::Material& material, const Vec3f& color, const Vec3f& normal,
                          const Vec3f& direction, const Light& light, float sun, float sky, PowerMemo& memo);

/// Radiance of the picture's background, a gentle gradient from above to below.
[[nodiscard]] Vec3f background(View view, float y_share);

/// Tone curve and sRGB coding of one channel of linear radiance.
[[nodiscard]] std::uint8_t srgb_byte(float radiance);

/// Directions of a cosine-weighted hemisphere around z, and offsets on a disc, each well spread.
[[nodiscard]] const std::array<Vec3f, 16>& hemisphere_directions();
[[nodiscard]] const std::array<Vec3f, 64>& many_hemisphere_directions();
[[nodiscard]] const std::array<Eigen::Vector2f, 16>& disc_offsets();

}  // namespace metaspatial::render
