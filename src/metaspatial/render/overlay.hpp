#pragma once

#include <vector>

#include "metaspatial/assets/room_shell.hpp"
#include "metaspatial/scene/graph.hpp"

namespace metaspatial::render {

/// A coloured convex polygon in the room, drawn unlit over the picture. The renderer does not know what it
/// means.
///
/// Units    metres; colour is sRGB in [0, 1], `opacity` in [0, 1].
/// Frame    room frame; the points are coplanar and in order around a convex outline.
struct Overlay {
  std::vector<scene::Vec3> points_m;
  scene::Vec3 color = scene::Vec3(1, 0, 0);
  double opacity = 1;
  bool on_top = true;  ///< false: hidden by what stands in front of it
};

/// A line on the horizontal plane through `a`, `width_m` wide.
[[nodiscard]] Overlay line_overlay(const scene::Vec3& a, const scene::Vec3& b, double width_m,
                                   const scene::Vec3& color, double opacity = 1);
/// A horizontal disc, or the sector of it between two angles (counter-clockwise from +x).
[[nodiscard]] Overlay disc_overlay(const scene::Vec3& centre, double radius_m, const scene::Vec3& color,
                                   double opacity = 1, double from_rad = 0, double to_rad = 2 * scene::kPi);
/// A horizontal rectangle.
[[nodiscard]] Overlay rectangle_overlay(double x_lo, double x_hi, double y_lo, double y_hi, double z,
                                        const scene::Vec3& color, double opacity = 1);

using assets::kWallThickness_m;
/// How far View::Top shows beyond the room on every side at least.
[[nodiscard]] double plan_margin_m(const scene::RoomSize& size);

/// A ruler in the margin around a plan view: ticks each half metre, longer ones each metre, and along the
/// south and north sides a band whose colour tells x (blue at 0 m to red at 12 m), along the west and east
/// sides one whose colour tells y (blue at 0 m to green at 12 m): absolute positions that a small vision
/// model can read.
///
/// Frame    drawn outside the walls, inside the margin that View::Top leaves.
[[nodiscard]] std::vector<Overlay> plan_ruler_overlays(const scene::RoomSize& size);

}  // namespace metaspatial::render
