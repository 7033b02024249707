#include "metaspatial/physics/box.hpp"

#include <algorithm>
#include <limits>

namespace metaspatial::physics {

Box::Box(const Vec3& size_m, const scene::Pose& pose) {
  const double c = std::cos(pose.yaw_rad);
  const double s = std::sin(pose.yaw_rad);
  centre_m = pose.position_m;
  half_m = 0.5 * size_m;
  right = {c, -s};
  front = {s, c};
  extent_m = {std::abs(c) * half_m.x() + std::abs(s) * half_m.y(),
              std::abs(s) * half_m.x() + std::abs(c) * half_m.y()};
  yaw_rad = pose.yaw_rad;
}

std::array<Vec2, 4> Box::corners_m() const {
  const Vec2 centre = centre_m.head<2>();
  const Vec2 x = half_m.x() * right;
  const Vec2 y = half_m.y() * front;
  return {centre - x - y, centre + x - y, centre + x + y, centre - x + y};
}

std::optional<Contact> box_contact(const Box& a, const Box& b) {
  const Vec2 between = (a.centre_m - b.centre_m).head<2>();
  const double up_reach = a.half_m.z() + b.half_m.z();
  const double up = a.centre_m.z() - b.centre_m.z();
  const double up_overlap = up_reach - std::abs(up);
  if (up_overlap <= 0) return std::nullopt;

  Contact contact;
  contact.depth_m = std::numeric_limits<double>::infinity();
  contact.share = 1;
  const auto consider = [&contact](double overlap, double smaller_half, const Vec3& push) {
    contact.share = std::min(contact.share, smaller_half > 0 ? 0.5 * overlap / smaller_half : 1.0);
    if (overlap < contact.depth_m - kRounding_m) {
      contact.depth_m = overlap;
      contact.push_m = push * overlap;
    }
  };
  // Boxes turned by a multiple of 90 degrees to each other share their axes; b's two add nothing then.
  const bool parallel = std::abs(a.right.dot(b.right) * a.right.dot(b.front)) < 1e-12;
  const std::array<Vec2, 4> axes = {a.right, a.front, b.right, b.front};
  for (std::size_t k = 0; k < (parallel ? 2U : 4U); ++k) {
    const Vec2& n = axes[k];
    const double half_a = a.along(n);
    const double half_b = b.along(n);
    const double d = between.dot(n);
    const double overlap = half_a + half_b - std::abs(d);
    if (overlap <= 0) return std::nullopt;
    const double sign = d < 0 ? -1.0 : 1.0;
    consider(overlap, std::min(half_a, half_b), Vec3(sign * n.x(), sign * n.y(), 0));
  }
  consider(up_overlap, std::min(a.half_m.z(), b.half_m.z()), Vec3(0, 0, up < 0 ? -1.0 : 1.0));
  return contact;
}

Vec2 move_over(const Box& b, const Vec2& p_m) {
  const Vec2 d = b.local(p_m);
  return b.right * (std::clamp(d.x(), -b.half_m.x(), b.half_m.x()) - d.x()) +
         b.front * (std::clamp(d.y(), -b.half_m.y(), b.half_m.y()) - d.y());
}

ConvexPolygon::ConvexPolygon(std::span<const Vec2> corners)
    : count(std::min(corners.size(), corners_m.size())) {
  std::copy_n(corners.begin(), count, corners_m.begin());
}

double ConvexPolygon::area_m2() const {
  double twice = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const Vec2& p = corners_m[i];
    const Vec2& q = corners_m[i + 1 == count ? 0 : i + 1];
    twice += p.x() * q.y() - q.x() * p.y();
  }
  return 0.5 * std::abs(twice);
}

void ConvexPolygon::clip(const Vec2& inside, double limit_m) {
  std::array<Vec2, 16> cut;
  std::size_t kept = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const Vec2& from = corners_m[i];
    const Vec2& to = corners_m[i + 1 == count ? 0 : i + 1];
    const double room_from = limit_m - inside.dot(from);
    const double room_to = limit_m - inside.dot(to);
    // Rounding may claim a crossing too many: a corner beyond the last is a repeated one.
    if (room_from >= 0 && kept < cut.size()) cut[kept++] = from;
    if ((room_from >= 0) != (room_to >= 0) && kept < cut.size())
      cut[kept++] = from + (room_from / (room_from - room_to)) * (to - from);
  }
  std::copy_n(cut.begin(), kept, corners_m.begin());
  count = kept;
}

ConvexPolygon common_footprint(const Box& a, const Box& b) {
  ConvexPolygon polygon;
  if (((a.centre_m - b.centre_m).head<2>().cwiseAbs().array() > (a.extent_m + b.extent_m).array()).any())
    return polygon;
  polygon = ConvexPolygon(b.corners_m());
  const Vec2 centre = a.centre_m.head<2>();
  for (const Vec2& n : {a.right, a.front}) {
    const double half = a.along(n);
    const double middle = n.dot(centre);
    polygon.clip(n, middle + half);
    polygon.clip(-n, half - middle);
  }
  if (polygon.count < 3) polygon.count = 0;
  return polygon;
}

double footprint_gap_m(const Box& a, const Box& b) {
  const Vec2 between = (a.centre_m - b.centre_m).head<2>();
  bool apart = false;
  for (const Vec2& n : {a.right, a.front, b.right, b.front})
    apart = apart || std::abs(between.dot(n)) > a.along(n) + b.along(n);
  if (!apart) return 0;
  // Two rectangles that are apart are nearest at a corner of one of them.
  double nearest = std::numeric_limits<double>::infinity();
  for (const Vec2& p : b.corners_m()) nearest = std::min(nearest, move_over(a, p).squaredNorm());
  for (const Vec2& p : a.corners_m()) nearest = std::min(nearest, move_over(b, p).squaredNorm());
  return std::sqrt(nearest);
}

}  // namespace metaspatial::physics
