#include "metaspatial/scene/floor_plan.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace metaspatial::scene {
namespace {

double cross(const Vec2& a, const Vec2& b) {
  return a.x() * b.y() - a.y() * b.x();
}

/// A side that a horizontal slab cuts; the bounding rectangle's own sides are those without an index.
struct Side {
  int index = -1;
  Vec2 from_m, to_m;
  [[nodiscard]] double x_at(double y) const {
    const double t = (y - from_m.y()) / (to_m.y() - from_m.y());
    return from_m.x() + t * (to_m.x() - from_m.x());
  }
};

/// A trapezoid between two sides.
struct Gap {
  int left = 0;
  int right = 0;
  Pocket pocket;
};

/// Cuts the rectangle into horizontal slabs at every corner's height: between two of them all sides are
/// straight, so what lies outside, or inside, is trapezoids; those that go on between the same two sides are
/// joined.
std::vector<Pocket> trapezoids_of(std::span<const Vec2> floor_m, const RoomSize& size, bool outside) {
  constexpr double kThin_m = 1e-9;
  const std::size_t n = floor_m.size();
  std::vector<double> cuts = {0, size.width_m};
  for (const Vec2& p : floor_m) cuts.push_back(std::clamp(p.y(), 0.0, size.width_m));
  std::ranges::sort(cuts);
  const Side west{-1, {0, 0}, {0, size.width_m}};
  const Side east{-2, {size.length_m, 0}, {size.length_m, size.width_m}};

  std::vector<Pocket> done;
  std::vector<Gap> open;  // those that the slab below ended with
  for (std::size_t c = 0; c + 1 < cuts.size(); ++c) {
    const double y0 = cuts[c];
    const double y1 = cuts[c + 1];
    if (y1 - y0 <= kThin_m) continue;
    std::vector<Side> sides;
    for (std::size_t i = 0; i < n; ++i) {
      const Vec2& a = floor_m[i];
      const Vec2& b = floor_m[(i + 1) % n];
      const double middle = 0.5 * (y0 + y1);
      if ((a.y() < middle) != (b.y() < middle)) sides.push_back({static_cast<int>(i), a, b});
    }
    std::ranges::sort(sides, {}, [&](const Side& side) { return side.x_at(0.5 * (y0 + y1)); });
    std::vector<Gap> gaps;
    // The sides go in, out, in, out, from west to east.
    for (std::size_t k = outside ? 0 : 1; k <= sides.size(); k += 2) {
      const Side& left = k == 0 ? west : sides[k - 1];
      const Side& right = k == sides.size() ? east : sides[k];
      const Pocket pocket{{Vec2(left.x_at(y0), y0), Vec2(right.x_at(y0), y0), Vec2(right.x_at(y1), y1),
                           Vec2(left.x_at(y1), y1)}};
      if (twice_area_m2(pocket.corners_m) > kThin_m) gaps.push_back({left.index, right.index, pocket});
    }
    for (Gap& below : open) {
      const auto same = std::ranges::find_if(
          gaps, [&](const Gap& gap) { return gap.left == below.left && gap.right == below.right; });
      if (same == gaps.end()) {
        done.push_back(below.pocket);
      } else {
        same->pocket.corners_m[0] = below.pocket.corners_m[0];
        same->pocket.corners_m[1] = below.pocket.corners_m[1];
      }
    }
    open = std::move(gaps);
  }
  for (const Gap& gap : open) done.push_back(gap.pocket);
  return done;
}

}  // namespace

FloorPlan::FloorPlan(std::span<const Vec2> floor_m, const RoomSize& size) {
  const std::size_t n = floor_m.size();
  if (n < 3) return;
  for (std::size_t i = 0; i < n; ++i) {
    const Vec2& before = floor_m[(i + n - 1) % n];
    const Vec2& from = floor_m[i];
    const Vec2& to = floor_m[(i + 1) % n];
    const Vec2& after = floor_m[(i + 2) % n];
    WallSegment segment;
    segment.along = (to - from).normalized();
    segment.inward = Vec2(-segment.along.y(), segment.along.x());
    segment.inward_yaw_rad = std::atan2(segment.inward.x(), segment.inward.y());
    segment.offset_m = segment.inward.dot(from);
    segment.lo_m = segment.along.dot(from);
    segment.hi_m = segment.along.dot(to);
    if (std::abs(segment.inward.y()) >= std::abs(segment.inward.x()))
      segment.wall = segment.inward.y() > 0 ? Wall::South : Wall::North;
    else
      segment.wall = segment.inward.x() > 0 ? Wall::West : Wall::East;
    segment.corner_lo = cross(from - before, to - from) > 0;
    segment.corner_hi = cross(to - from, after - to) > 0;
    walls.push_back(segment);
  }
  pockets = trapezoids_of(floor_m, size, true);
}

std::vector<std::array<Vec2, 4>> floor_parts_m(std::span<const Vec2> floor_m, const RoomSize& size) {
  std::vector<std::array<Vec2, 4>> parts;
  for (const Pocket& part : trapezoids_of(floor_m, size, false)) parts.push_back(part.corners_m);
  return parts;
}

bool encloses(std::span<const Vec2> polygon_m, const Vec2& p_m) {
  bool inside = false;
  for (std::size_t i = 0; i < polygon_m.size(); ++i) {
    const Vec2& a = polygon_m[i];
    const Vec2& b = polygon_m[(i + 1) % polygon_m.size()];
    if ((a.y() > p_m.y()) == (b.y() > p_m.y())) continue;
    if (p_m.x() < a.x() + (p_m.y() - a.y()) / (b.y() - a.y()) * (b.x() - a.x())) inside = !inside;
  }
  return inside;
}

Vec2 centroid_m(std::span<const Vec2> polygon_m) {
  const Vec2 origin = polygon_m.front();
  Vec2 sum = Vec2::Zero();
  double twice = 0;
  for (std::size_t i = 1; i + 1 < polygon_m.size(); ++i) {
    const Vec2 a = polygon_m[i] - origin;
    const Vec2 b = polygon_m[i + 1] - origin;
    sum += cross(a, b) * (a + b) / 3;
    twice += cross(a, b);
  }
  return origin + sum / twice;
}

double twice_area_m2(std::span<const Vec2> polygon_m) {
  double twice = 0;
  for (std::size_t i = 0; i < polygon_m.size(); ++i)
    twice += cross(polygon_m[i], polygon_m[(i + 1) % polygon_m.size()]);
  return twice;
}

bool crosses_itself(std::span<const Vec2> polygon_m) {
  const std::size_t n = polygon_m.size();
  const auto side_of = [](const Vec2& a, const Vec2& b, const Vec2& p) { return cross(b - a, p - a); };
  const auto on_segment = [](const Vec2& a, const Vec2& b, const Vec2& p) {
    return (p - a).dot(p - b) <= 0;  // for a p on the line through a and b
  };
  const auto touch = [&](const Vec2& a, const Vec2& b, const Vec2& c, const Vec2& d) {
    const double c_side = side_of(a, b, c);
    const double d_side = side_of(a, b, d);
    const double a_side = side_of(c, d, a);
    const double b_side = side_of(c, d, b);
    if (c_side * d_side < 0 && a_side * b_side < 0) return true;
    return (c_side == 0 && on_segment(a, b, c)) || (d_side == 0 && on_segment(a, b, d)) ||
           (a_side == 0 && on_segment(c, d, a)) || (b_side == 0 && on_segment(c, d, b));
  };
  for (std::size_t i = 0; i < n; ++i) {
    const Vec2& a = polygon_m[i];
    const Vec2& b = polygon_m[(i + 1) % n];
    if (a == b) return true;
    // Neighbours share a corner: they must not fold back onto each other.
    const Vec2& next = polygon_m[(i + 2) % n];
    if (side_of(a, b, next) == 0 && (a - b).dot(next - b) > 0) return true;
    for (std::size_t j = i + 2; j < n; ++j)
      if ((j + 1) % n != i && touch(a, b, polygon_m[j], polygon_m[(j + 1) % n])) return true;
  }
  return false;
}

}  // namespace metaspatial::scene
