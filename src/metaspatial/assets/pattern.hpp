#pragma once

#include <Eigen/Core>
#include <string>

#include "metaspatial/assets/mesh.hpp"

/// The procedural grain of materials: one definition for pictures, which evaluate it at every point, and for
/// files, which carry it as a texture that repeats.
namespace metaspatial::assets {

/// The rectangle after which a pattern repeats when it is laid out as a texture; zero: it never does.
///
/// Units    metres along u and v of pattern_uv_m().
struct PatternTile {
  float u_m = 0;
  float v_m = 0;
};

/// The tile that shows a pattern with its own frequencies (planks, tiles and bricks whole); zero for `None`.
[[nodiscard]] PatternTile tile_of(Pattern pattern);

/// Where a point lies on the flat pattern: u along the grain, v across it.
///
/// Units    metres.
/// Frame    `position_m` and `normal` are in the object's own frame (the room's, for its shell).
///          Projection is along the normal's main axis, except that floors are always seen from above.
[[nodiscard]] Eigen::Vector2f pattern_uv_m(Pattern pattern, const Vec3f& position_m, const Vec3f& normal);
/// The object's directions in which pattern_uv_m() grows: columns u and v, unit length, at right angles.
[[nodiscard]] Eigen::Matrix<float, 3, 2> pattern_axes(Pattern pattern, const Vec3f& normal);

/// Base colour with the material's pattern, faded out where it is finer than `footprint_m`.
///
/// Units    linear colour; `footprint_m` > 0 is the side of a pixel on the surface.
/// Frame    as in pattern_uv_m().
/// Shape    with a `tile` the result repeats after it, in u and v.
/// Threads  safe to call from several threads at once.
/// Cost     about 0.1 us.
[[nodiscard]] Vec3f patterned_color(const Material& material, const Vec3f& position_m, const Vec3f& normal,
                                    float footprint_m, const PatternTile& tile = {});

/// A pattern laid out as pictures whose edges meet.
///
/// Shape    PNG files; row 0 is the upper edge, where v is largest. `normal_png` is empty for patterns
///          without joints.
struct PatternTexture {
  PatternTile tile;
  std::string color_png;        ///< sRGB; times `color_factor` it is the patterned colour
  std::string normal_png;       ///< glTF's tangent space: x along u, y along v
  Vec3f color_factor{1, 1, 1};  ///< may exceed 1 where a pattern brightens a white material
};

/// The texture of a material's pattern. All but bricks are made once per process and only tinted here.
///
/// Shape    REQUIRES material.pattern != Pattern::None. Same material, same bytes.
/// Threads  safe to call from several threads at once.
/// Cost     about 10 ms for the first of a pattern, then a copy.
[[nodiscard]] PatternTexture pattern_texture(const Material& material);

}  // namespace metaspatial::assets
