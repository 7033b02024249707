#include "metaspatial/physics/bounds.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>
#include <vector>

namespace metaspatial::physics {
namespace {

using scene::FloorPlan;
using scene::Pocket;
using scene::RoomSize;

/// Where the centre of a box must not be for one pocket to stay out of it: the pocket grown by the box,
/// convex.
struct Forbidden {
  std::array<Vec2, 16> corners_m;  // counterclockwise
  std::size_t count = 0;

  Forbidden(const Pocket& pocket, const Box& box) {
    // The hull (monotone chain) of all sums of corners.
    std::array<Vec2, 16> sums;
    std::size_t n = 0;
    for (const Vec2& p : pocket.corners_m)
      for (const double x : {-box.half_m.x(), box.half_m.x()})
        for (const double y : {-box.half_m.y(), box.half_m.y()})
          sums[n++] = p + x * box.right + y * box.front;
    std::sort(sums.begin(), sums.end(),
              [](const Vec2& a, const Vec2& b) { return a.x() != b.x() ? a.x() < b.x() : a.y() < b.y(); });
    std::array<Vec2, 33> hull;
    std::size_t k = 0;
    const auto left_turn = [&hull, &k](const Vec2& p) {
      const Vec2 a = hull[k - 1] - hull[k - 2];
      const Vec2 b = p - hull[k - 2];
      return a.x() * b.y() - a.y() * b.x() > 0;
    };
    for (std::size_t i = 0; i < n; ++i) {
      while (k >= 2 && !left_turn(sums[i])) --k;
      hull[k++] = sums[i];
    }
    const std::size_t lower = k + 1;
    for (std::size_t i = n - 1; i-- > 0;) {
      while (k >= lower && !left_turn(sums[i])) --k;
      hull[k++] = sums[i];
    }
    count = std::min(k > 1 ? k - 1 : k, corners_m.size());
    std::copy_n(hull.begin(), count, corners_m.begin());
  }

  /// Whether p is inside by more than rounding.
  [[nodiscard]] bool contains(const Vec2& p) const {
    for (std::size_t i = 0; i < count; ++i) {
      const Vec2& a = corners_m[i];
      const Vec2 side = corners_m[i + 1 == count ? 0 : i + 1] - a;
      const double length = side.norm();
      if (length > 0 && side.x() * (p.y() - a.y()) - side.y() * (p.x() - a.x()) <= kRounding_m * length)
        return false;
    }
    return count >= 3;
  }
};

/// How far p is from the floor; 0 on it.
double off_floor_m(const RoomSize& size, const FloorPlan& plan, const Vec2& p) {
  bool outside = p.x() < 0 || p.y() < 0 || p.x() > size.length_m || p.y() > size.width_m;
  for (const Pocket& pocket : plan.pockets) {
    bool inside = true;
    for (std::size_t k = 0; k < pocket.corners_m.size(); ++k) {
      const Vec2& a = pocket.corners_m[k];
      const Vec2 side = pocket.corners_m[(k + 1) % pocket.corners_m.size()] - a;
      // A side of no length but rounding decides nothing.
      inside = inside && side.x() * (p.y() - a.y()) - side.y() * (p.x() - a.x()) >= -1e-12;
    }
    outside = outside || inside;
  }
  if (!outside) return 0;
  double nearest = std::numeric_limits<double>::infinity();
  for (const scene::WallSegment& wall : plan.walls) {
    const double along = std::clamp(wall.along.dot(p), wall.lo_m, wall.hi_m);
    nearest = std::min(nearest, (wall.along * along + wall.inward * wall.offset_m - p).norm());
  }
  return nearest;
}

/// How far a box reaches off a polygonal floor, in plan.
double overhang_m(const RoomSize& size, const FloorPlan& plan, const Box& box) {
  double most = 0;
  for (const Vec2& corner : box.corners_m()) most = std::max(most, off_floor_m(size, plan, corner));
  for (const scene::WallSegment& wall : plan.walls) {
    if (wall.corner_hi) continue;
    const Vec2 outer = wall.along * wall.hi_m + wall.inward * wall.offset_m;
    const Vec2 inside = box.half_m.head<2>() - box.local(outer).cwiseAbs();
    most = std::max(most, inside.minCoeff());
  }
  return most;
}

/// The shortest move in plan that brings the box onto a polygonal floor; nothing if there is none.
///
/// Where its centre may be is the rectangle less the box's extents, less all grown pockets. The nearest such
/// point is a foot of the perpendicular on one of their sides, or a point where two of those meet.
std::optional<Vec2> move_onto_floor(const RoomSize& size, const FloorPlan& plan, const Box& box) {
  const Vec2 lo = box.extent_m;
  const Vec2 hi = Vec2(size.length_m, size.width_m) - box.extent_m;
  if (lo.x() > hi.x() + kRounding_m || lo.y() > hi.y() + kRounding_m) return std::nullopt;
  const Vec2 centre = box.centre_m.head<2>();
  std::vector<Forbidden> forbidden;
  forbidden.reserve(plan.pockets.size());
  for (const Pocket& pocket : plan.pockets) forbidden.emplace_back(pocket, box);

  double best2 = std::numeric_limits<double>::infinity();
  Vec2 best = Vec2::Zero();
  const auto consider = [&](const Vec2& p) {
    const double d2 = (p - centre).squaredNorm();
    if (!(d2 < best2)) return;
    if (((p - lo).array() < -kRounding_m).any() || ((hi - p).array() < -kRounding_m).any()) return;
    for (const Forbidden& f : forbidden)
      if (f.contains(p)) return;
    best2 = d2;
    best = p - centre;
  };
  consider(centre);
  if (best2 == 0) return best;

  struct Edge {
    Vec2 from, to;
  };
  std::vector<Edge> edges;
  const std::array<Vec2, 4> frame = {lo, Vec2(hi.x(), lo.y()), hi, Vec2(lo.x(), hi.y())};
  for (std::size_t i = 0; i < frame.size(); ++i) edges.push_back({frame[i], frame[(i + 1) % frame.size()]});
  for (const Forbidden& f : forbidden)
    for (std::size_t i = 0; i < f.count; ++i)
      edges.push_back({f.corners_m[i], f.corners_m[i + 1 == f.count ? 0 : i + 1]});
  const auto nearest_on = [&centre](const Edge& edge) -> Vec2 {
    const Vec2 d = edge.to - edge.from;
    const double length2 = d.squaredNorm();
    const double t = length2 > 0 ? std::clamp((centre - edge.from).dot(d) / length2, 0.0, 1.0) : 0.0;
    return edge.from + t * d;
  };
  for (const Edge& edge : edges) consider(nearest_on(edge));
  for (std::size_t i = 0; i < edges.size(); ++i) {
    if ((nearest_on(edges[i]) - centre).squaredNorm() >= best2) continue;
    for (std::size_t j = i + 1; j < edges.size(); ++j) {
      const Vec2 a = edges[i].to - edges[i].from;
      const Vec2 b = edges[j].to - edges[j].from;
      const double cross = a.x() * b.y() - a.y() * b.x();
      if (std::abs(cross) < 1e-15) continue;
      const Vec2 d = edges[j].from - edges[i].from;
      const double t = (d.x() * b.y() - d.y() * b.x()) / cross;
      const double u = (d.x() * a.y() - d.y() * a.x()) / cross;
      if (t >= 0 && t <= 1 && u >= 0 && u <= 1) consider(edges[i].from + t * a);
    }
  }
  if (!std::isfinite(best2)) return std::nullopt;
  return best;
}

}  // namespace

OutOfRoom out_of_room(const RoomSize& size, const FloorPlan& plan, const Box& box) {
  OutOfRoom result;
  const Vec3 extent(box.extent_m.x(), box.extent_m.y(), box.half_m.z());
  const Vec3 room(size.length_m, size.width_m, size.height_m);
  for (int axis = 0; axis < 3; ++axis) {
    const double p = box.centre_m[axis];
    const double below = extent[axis] - p;
    const double beyond = p + extent[axis] - room[axis];
    result.distance_m = std::max({result.distance_m, below, beyond});
    if (2 * extent[axis] > room[axis]) {
      result.move_m[axis] = 0.5 * room[axis] - p;
    } else if (below > 0) {
      result.move_m[axis] = below;
    } else if (beyond > 0) {
      result.move_m[axis] = -beyond;
    }
  }
  if (plan.rectangle()) return result;
  const double upright =
      std::max({0.0, extent.z() - box.centre_m.z(), box.centre_m.z() + extent.z() - room.z()});
  const auto move = move_onto_floor(size, plan, box);
  result.move_m.head<2>() = move.value_or(Vec2::Zero());
  double plain = overhang_m(size, plan, box);
  if (plain < kRounding_m && move && move->norm() > kRounding_m) plain = move->norm();
  result.distance_m = std::max(plain, upright);
  return result;
}

double area_on_floor_m2(const RoomSize& size, const FloorPlan& plan, const ConvexPolygon& footprint) {
  ConvexPolygon inside = footprint;
  inside.clip(Vec2(1, 0), size.length_m);
  inside.clip(Vec2(-1, 0), 0);
  inside.clip(Vec2(0, 1), size.width_m);
  inside.clip(Vec2(0, -1), 0);
  if (inside.count < 3) return 0;
  double area = inside.area_m2();
  for (const Pocket& pocket : plan.pockets) {
    ConvexPolygon part = inside;
    for (std::size_t k = 0; k < pocket.corners_m.size() && part.count >= 3; ++k) {
      const Vec2& corner = pocket.corners_m[k];
      const Vec2 side = pocket.corners_m[(k + 1) % pocket.corners_m.size()] - corner;
      if (side.squaredNorm() < kRounding_m * kRounding_m) continue;
      const Vec2 outwards(side.y(), -side.x());  // counterclockwise corners: the inside is on the left
      part.clip(outwards, outwards.dot(corner));
    }
    if (part.count >= 3) area -= part.area_m2();
  }
  return std::max(0.0, area);
}

double outside_share(const RoomSize& size, const FloorPlan& plan, const Box& box) {
  const ConvexPolygon footprint{box.corners_m()};
  const double area = footprint.area_m2();
  const double on_floor = area > 1e-12 ? std::min(1.0, area_on_floor_m2(size, plan, footprint) / area)
                                       : (out_of_room(size, plan, box).distance_m > 0 ? 0.0 : 1.0);
  const double height = 2 * box.half_m.z();
  const double inside = std::min(box.top_m(), size.height_m) - std::max(box.bottom_m(), 0.0);
  const double upright = height > 1e-12 ? std::clamp(inside / height, 0.0, 1.0) : (inside >= 0 ? 1.0 : 0.0);
  return std::clamp(1 - on_floor * upright, 0.0, 1.0);
}

}  // namespace metaspatial::physics
