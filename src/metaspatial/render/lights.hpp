#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "metaspatial/render/camera.hpp"
#include "metaspatial/render/top_level.hpp"

namespace metaspatial::render {

/// A rectangle that shines to one side. Rays pass it; the camera does not see it.
///
/// Units    radiance is linear; metres.
/// Frame    room frame; it shines along half_u x half_v.
struct RectangleLight {
  Vec3f centre_m, half_u_m, half_v_m, radiance;
};
/// A point that shines to all sides.
struct PointLight {
  Vec3f position_m, intensity;
};
/// Light from outside of everything: a gradient from below to above.
struct SkyLight {
  Vec3f above = Vec3f::Zero();
  Vec3f below = Vec3f::Zero();
  [[nodiscard]] Vec3f radiance(const Vec3f& direction) const {
    const float t = 0.5F * (direction.z() + 1);
    return below + t * (above - below);
  }
};

/// The light of one picture. Internal to `render`.
struct Lighting {
  std::vector<RectangleLight> rectangles;
  std::vector<PointLight> points;
  SkyLight sky;
  /// What glows lights its surroundings by this much more than it shows to the camera: a lamp whose picture
  /// is white already is much brighter than white.
  float lamp_gain = 1;
};

/// The light of a room as a view shows it: windows and ceiling light, and for a room without its ceiling a
/// soft box in its place and a key light behind the viewer.
[[nodiscard]] Lighting lighting_of(const RoomScene& room, View view, const Camera& camera);

/// Picks lights for places: nearer, larger, brighter ones more often.
///
/// Threads  const; safe to share.
class LightPicker {
 public:
  static constexpr std::size_t kMost = 32;  ///< the largest ones; others are found by chance alone

  LightPicker(const Lighting& lighting, const TopLevel& world);

  /// The chances of all lights at one place.
  struct Chances {
    std::array<float, kMost> share;  ///< of every light; sums to 1 if `any`
    Vec3f place_m;
    bool any = false;
  };
  /// `normal`: what looks away from it gets nothing. A place that lets nothing be seen has `any` false.
  void chances(const Vec3f& place_m, const Vec3f& normal, Chances& out) const;

  struct Sample {
    Vec3f direction = Vec3f::UnitZ();
    float distance_m = 0;
    Vec3f radiance = Vec3f::Zero();  ///< divided by `pdf`, unless it is a point: then its share of irradiance
    float pdf = 0;                   ///< per solid angle, the choice of the light included; 0 for points
  };
  [[nodiscard]] Sample sample(const Chances& chances, float choice, float u, float v) const;

  /// What rectangles send along a ray from a place with these chances up to `far_m`, each weighed against the
  /// density `pdf` with which the ray was chosen (power heuristic).
  [[nodiscard]] Vec3f rectangles_along(const Vec3f& origin_m, const Vec3f& direction, float far_m,
                                       const Chances& chances, float pdf) const;
  /// Density with which sample() would have found this glowing triangle; 0 if it never does.
  [[nodiscard]] float pdf_of(std::uint32_t instance, std::uint32_t triangle, const Vec3f& flat_normal,
                             const Vec3f& direction, float distance_m, const Chances& chances) const;

 private:
  struct Lamp {
    std::uint32_t instance = 0;
    Vec3f centre_m;
    float radius_m = 0;
    float area_m2 = 0;
    float power = 0;  ///< luminance times area
    std::vector<std::array<Vec3f, 3>> corners_m;
    std::vector<Vec3f> radiance;
    std::vector<float> cumulative;  ///< shares of area
    std::vector<bool> glows;        ///< by triangle of the mesh
  };

  /// A rectangle with what every place asks of it.
  struct Rectangle {
    Vec3f centre_m, x, y, normal, radiance;
    float half_x_m = 0, half_y_m = 0, area_m2 = 0, luminance = 0;
  };
  struct SphericalRectangle;

  std::vector<Rectangle> rectangles_;
  std::vector<PointLight> points_;
  std::vector<Lamp> lamps_;
};

}  // namespace metaspatial::render
