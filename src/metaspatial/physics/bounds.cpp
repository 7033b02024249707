#include "metaspatial/physics/bounds.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace metaspatial::physics {
namespace {

using scene::FloorPlan;
using scene::Pocket;
using scene::RoomSize;

/// The overlap of a box with a pocket, in plan: the least over the separating axes. The push may lead back
/// into the room only, not through the pocket and out on its far side: so it must not point out of the
/// rectangle.
Contact pocket_contact(const RoomSize& size, const Pocket& pocket, const Box& box) {
  Contact best;
  best.depth_m = std::numeric_limits<double>::infinity();
  const Vec2 centre = box.centre_m.head<2>();
  const auto consider = [&](const Vec2& n) {
    double lo = std::numeric_limits<double>::infinity();
    double hi = -lo;
    for (const Vec2& corner : pocket.corners_m) {
      lo = std::min(lo, n.dot(corner));
      hi = std::max(hi, n.dot(corner));
    }
    const double middle = n.dot(centre);
    const double half = box.along(n);
    for (const double sign : {1.0, -1.0}) {
      const double overlap = sign > 0 ? hi - (middle - half) : (middle + half) - lo;
      if (overlap <= 0) {
        best.depth_m = 0;
        return false;
      }
      const Vec2 pushed = centre + sign * overlap * n;
      const bool inside =
          pushed.x() >= 0 && pushed.y() >= 0 && pushed.x() <= size.length_m && pushed.y() <= size.width_m;
      if (inside && overlap < best.depth_m - kRounding_m) {
        best.depth_m = overlap;
        best.push_m = Vec3(sign * overlap * n.x(), sign * overlap * n.y(), 0);
      }
    }
    return true;
  };
  for (std::size_t k = 0; k < pocket.corners_m.size(); ++k) {
    const Vec2 side = pocket.corners_m[(k + 1) % pocket.corners_m.size()] - pocket.corners_m[k];
    const double length = side.norm();
    if (length < kRounding_m) continue;
    if (!consider(Vec2(side.y(), -side.x()) / length)) return {};
  }
  if (!consider(box.right) || !consider(box.front)) return {};
  if (!std::isfinite(best.depth_m)) return {};  // every way out leads out of the room: the walls' matter
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
  for (const Pocket& pocket : plan.pockets) {
    const Contact contact = pocket_contact(size, pocket, box);
    if (contact.depth_m <= 0) continue;
    result.distance_m = std::max(result.distance_m, contact.depth_m);
    for (int axis = 0; axis < 2; ++axis)
      if (std::abs(contact.push_m[axis]) > std::abs(result.move_m[axis]))
        result.move_m[axis] = contact.push_m[axis];
  }
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
