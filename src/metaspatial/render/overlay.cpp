#include "metaspatial/render/overlay.hpp"

#include <algorithm>
#include <cmath>

namespace metaspatial::render {

using scene::Vec3;

Overlay line_overlay(const Vec3& a, const Vec3& b, double width_m, const Vec3& color, double opacity) {
  const Vec3 along = b - a;
  const double length_m = along.head<2>().norm();
  const Vec3 side = length_m > 0 ? Vec3(-along.y() / length_m, along.x() / length_m, 0) : Vec3(1, 0, 0);
  const Vec3 half = 0.5 * width_m * side;
  return {{a - half, b - half, b + half, a + half}, color, opacity, true};
}

Overlay disc_overlay(const Vec3& centre, double radius_m, const Vec3& color, double opacity, double from_rad,
                     double to_rad) {
  Overlay overlay{{}, color, opacity, true};
  const bool whole = to_rad - from_rad >= 2 * scene::kPi - 1e-9;
  const int steps = std::max(3, static_cast<int>(std::ceil((to_rad - from_rad) / (scene::kPi / 16))));
  if (!whole) overlay.points_m.push_back(centre);
  for (int i = 0; i <= steps - (whole ? 1 : 0); ++i) {
    const double angle = from_rad + (to_rad - from_rad) * i / steps;
    overlay.points_m.push_back(centre + radius_m * Vec3(std::cos(angle), std::sin(angle), 0));
  }
  return overlay;
}

Overlay rectangle_overlay(double x_lo, double x_hi, double y_lo, double y_hi, double z, const Vec3& color,
                          double opacity) {
  return {{Vec3(x_lo, y_lo, z), Vec3(x_hi, y_lo, z), Vec3(x_hi, y_hi, z), Vec3(x_lo, y_hi, z)},
          color,
          opacity,
          true};
}

double plan_margin_m(const scene::RoomSize& size) {
  const auto side = [](double value_m) {
    return std::isfinite(value_m) ? std::clamp(value_m, 0.1, 1000.0) : 1.0;
  };
  return kWallThickness_m + 0.09 * std::max(side(size.length_m), side(size.width_m));
}

std::vector<Overlay> plan_ruler_overlays(const scene::RoomSize& size) {
  std::vector<Overlay> overlays;
  if (!std::isfinite(size.length_m) || !std::isfinite(size.width_m)) return overlays;
  const double length_m = std::clamp(size.length_m, 0.0, 100.0);
  const double width_m = std::clamp(size.width_m, 0.0, 100.0);
  const double space_m = plan_margin_m(size) - kWallThickness_m;
  // From the wall outwards: ticks over the first 45 % of the margin, the colour band over the next 40 %.
  const double near_m = kWallThickness_m + 0.03 * space_m;
  const double minor_m = kWallThickness_m + 0.22 * space_m;
  const double major_m = kWallThickness_m + 0.42 * space_m;
  const double band_lo_m = kWallThickness_m + 0.48 * space_m;
  const double band_hi_m = kWallThickness_m + 0.95 * space_m;
  constexpr double kFull_m = 12.0;  // where the ramps end: the longest side the numbers of a prompt cover
  constexpr double kStep_m = 0.1;
  const auto ramp = [](double at_m, bool along_x) {
    const double t = std::clamp(at_m / kFull_m, 0.0, 1.0);
    return along_x ? Vec3(t, 0.12, 1 - t) : Vec3(0.12, t, 1 - t);
  };
  for (int axis = 0; axis < 2; ++axis) {
    const bool along_x = axis == 0;
    const double end_m = along_x ? length_m : width_m;
    const double other_m = along_x ? width_m : length_m;
    const auto rectangle = [&](double s0, double s1, double d0, double d1, bool far, const Vec3& color) {
      const double lo = far ? other_m + d0 : -d1;
      const double hi = far ? other_m + d1 : -d0;
      overlays.push_back(along_x ? rectangle_overlay(s0, s1, lo, hi, 0, color)
                                 : rectangle_overlay(lo, hi, s0, s1, 0, color));
    };
    for (const bool far : {false, true}) {
      const int steps = static_cast<int>(std::ceil(end_m / kStep_m - 1e-9));
      for (int i = 0; i < steps; ++i) {
        const double s0 = i * kStep_m;
        const double s1 = std::min(end_m, s0 + kStep_m);
        rectangle(s0, s1, band_lo_m, band_hi_m, far, ramp(0.5 * (s0 + s1), along_x));
      }
      const double half_m = 0.004 * std::max(length_m, width_m);
      for (int i = 0; 0.5 * i <= end_m + 1e-9; ++i) {
        const double s = 0.5 * i;
        rectangle(s - half_m, s + half_m, near_m, i % 2 == 0 ? major_m : minor_m, far,
                  Vec3(0.95, 0.95, 0.95));
      }
    }
  }
  return overlays;
}

}  // namespace metaspatial::render
