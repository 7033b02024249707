#pragma once

#include <Eigen/Geometry>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "metaspatial/assets/mesh.hpp"

namespace metaspatial::assets {

/// Puts simple solids together into a model: furniture here, the shell of a room in `render`.
///
/// Units    metres.
/// Frame    while building: x and y centred, z up from the floor; finish() moves the origin to the box's
/// centre.
class Builder {
 public:
  /// Index of a material, added if it is new (materials are compared by name).
  int material(const Material& material);

  /// A block with flat faces.
  void box(const Vec3f& lo, const Vec3f& hi, int m);
  /// A block whose edges are planed off by `edge_m` and shaded round: no corner of real furniture is sharp.
  void bevel_box(const Vec3f& lo, const Vec3f& hi, float edge_m, int m);
  /// A block with rounded edges and corners, shaded smoothly: cushions, mattresses, tubs. With one
  /// step and a radius of no more than 12.5 mm it is bevelled.
  void soft_box(const Vec3f& lo, const Vec3f& hi, float radius, int m, int steps = 2);
  /// A cushion: thick in the middle, thin at its rim; `flat_axis` is its thin direction (0, 1, 2).
  void pillow(const Vec3f& lo, const Vec3f& hi, int flat_axis, int m);
  /// A frustum from a to b with radii ra and rb; caps at both ends.
  void cone(const Vec3f& a, const Vec3f& b, float ra, float rb, int m, int sides = 14);
  void cylinder(const Vec3f& a, const Vec3f& b, float r, int m, int sides = 14) {
    cone(a, b, r, r, m, sides);
  }
  void ellipsoid(const Vec3f& centre, const Vec3f& radii, int m, int sides = 14);
  /// A body of revolution about the vertical through (x, y); points are (radius, z), from below to above.
  void lathe(float x, float y, std::span<const std::pair<float, float>> profile, int m, int sides = 18);
  /// A ring lying across `axis` (0, 1, 2).
  void torus(const Vec3f& centre, float radius, float thickness, int axis, int m, int sides = 20);
  /// A tube along a polyline.
  void tube(std::span<const Vec3f> points, float r, int m, int sides = 8);
  /// A convex or star-shaped outline in the x-z plane, extruded from y_lo to y_hi.
  void prism_xz(std::span<const std::pair<float, float>> outline, float y_lo, float y_hi, int m);
  /// The same in the x-y plane, from z_lo to z_hi.
  void prism_xy(std::span<const std::pair<float, float>> outline, float z_lo, float z_hi, int m);
  /// The same in the y-z plane, from x_lo to x_hi.
  void prism_yz(std::span<const std::pair<float, float>> outline, float x_lo, float x_hi, int m);
  void quad(const Vec3f& a, const Vec3f& b, const Vec3f& c, const Vec3f& d, int m);
  /// A bent, pointed leaf from `root` along `direction`, `up` side up.
  void leaf(const Vec3f& root, const Vec3f& direction, const Vec3f& up, float length, float width, int m);

  /// Everything added until pop() is moved by `transform` first.
  void push(const Eigen::Affine3f& transform) { stack_.push_back(stack_.back() * transform); }
  void pop() { stack_.pop_back(); }

  /// From now on every block and prism is larger than the one before by this much on each side (at most sixty
  /// times), so that of two faces in one plane the later one is seen, not a speckle of both.
  void lift_parts(float step_m) { lift_step_m_ = step_m; }

  /// The model, stretched (slightly, if the parts were laid out well) to fill a box of this size exactly.
  [[nodiscard]] Model finish(const Vec3f& size_m) &&;
  /// The model as it was built, in the frame it was built in.
  [[nodiscard]] Model take() && { return std::move(model_); }

 private:
  std::uint32_t vertex(const Vec3f& p, const Vec3f& n);
  void triangle(std::uint32_t a, std::uint32_t b, std::uint32_t c, int m);
  void prism(std::span<const Vec3f> bottom, std::span<const Vec3f> top, int m);
  void begin_flat_part();

  Model model_;
  float lift_step_m_ = 0;
  float lift_m_ = 0;  ///< along the normals of the part being built
  int flat_parts_ = 0;
  std::vector<Eigen::Affine3f> stack_{Eigen::Affine3f::Identity()};
};

}  // namespace metaspatial::assets
