#pragma once

#include <cstdint>
#include <vector>

#include "metaspatial/render/denoise.hpp"
#include "metaspatial/render/lights.hpp"
#include "metaspatial/render/render.hpp"
#include "metaspatial/render/top_level.hpp"

namespace metaspatial::render {

/// What a path tracer is asked for. Internal to `render`.
struct PathSettings {
  int width_px = 512;
  int height_px = 512;
  int samples_per_pixel = 64;
  int max_bounces = 6;  ///< how often light may be scattered on its way; 1: direct light alone
  std::uint32_t seed = 0;
  float clamp = 10;  ///< radiance of one indirect contribution at most: rare bright paths become spots
};

/// A picture in linear light.
///
/// Shape    width * height entries, rows from the top. `shown` is the share of a pixel that is not
/// background;
///          background has no radiance.
struct RadiancePicture {
  std::vector<Vec3f> radiance;
  std::vector<float> shown;
  std::vector<PixelGuide> guides;
};

/// Traces paths from the camera: at each surface one light is asked for its light and one direction is
/// followed, both weighed by what the other would have found (multiple importance sampling), until nothing is
/// left.
///
/// Shape    a function of its arguments: the same bytes with one thread or many.
/// Threads  uses the thread budget.
[[nodiscard]] RadiancePicture trace_paths(const TopLevel& world, const Camera& camera,
                                          const Lighting& lighting, const PathSettings& settings);

}  // namespace metaspatial::render
