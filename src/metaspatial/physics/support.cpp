#include "metaspatial/physics/support.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <utility>

#include "metaspatial/base/error.hpp"
#include "metaspatial/physics/neighbours.hpp"
#include "metaspatial/physics/prepared_room.hpp"
#include "metaspatial/scene/kinds.hpp"

namespace metaspatial::physics {
namespace {

using scene::Element;
using scene::ObjectRef;
using scene::Preposition;
using scene::Relation;

/// How far p is outside of the convex hull of some points, as the shortest move; zero inside.
///
/// Cost     O(points^2): for the few corners of a few contact areas.
Vec2 move_into_hull(std::span<const Vec2> points, const Vec2& p) {
  // Outside, the nearest point of the hull is on a segment between two of the points; inside, p is in one of
  // the triangles that any point forms with two others.
  for (std::size_t a = 1; a < points.size(); ++a)
    for (std::size_t b = a + 1; b < points.size(); ++b) {
      const auto side = [&p](const Vec2& u, const Vec2& v) {
        return (v.x() - u.x()) * (p.y() - u.y()) - (v.y() - u.y()) * (p.x() - u.x());
      };
      const double s0 = side(points[0], points[a]);
      const double s1 = side(points[a], points[b]);
      const double s2 = side(points[b], points[0]);
      if ((s0 >= 0 && s1 >= 0 && s2 >= 0) || (s0 <= 0 && s1 <= 0 && s2 <= 0)) {
        const double area = (points[a] - points[0]).x() * (points[b] - points[0]).y() -
                            (points[a] - points[0]).y() * (points[b] - points[0]).x();
        if (std::abs(area) > 1e-12) return Vec2::Zero();
      }
    }
  Vec2 best = points[0] - p;
  for (std::size_t a = 0; a < points.size(); ++a)
    for (std::size_t b = a + 1; b < points.size(); ++b) {
      const Vec2 d = points[b] - points[a];
      const double length2 = d.squaredNorm();
      const double t = length2 > 0 ? std::clamp((p - points[a]).dot(d) / length2, 0.0, 1.0) : 0.0;
      const Vec2 move = points[a] + t * d - p;
      if (move.squaredNorm() < best.squaredNorm()) best = move;
    }
  return best;
}

/// Whether the question puts `object` on or into `other`.
bool put_into(const scene::SceneObject& object, int other) {
  return std::any_of(object.relations.begin(), object.relations.end(), [other](const Relation& relation) {
    const auto* ref = std::get_if<ObjectRef>(&relation.target);
    return ref != nullptr && ref->index == other &&
           (relation.preposition == Preposition::On || relation.preposition == Preposition::InMiddle ||
            relation.preposition == Preposition::InCorner);
  });
}

class Search {
 public:
  Search(const PreparedRoom& room, const Neighbours& neighbours, int i)
      : room_(room), neighbours_(neighbours), i_(i), box_(neighbours.boxes()[static_cast<std::size_t>(i)]) {}

  SupportGap gap() {
    const PreparedObject& mine = room_.objects[static_cast<std::size_t>(i_)];
    const double slop = room_.rules.support_slop_m;
    if (mine.modes.floor) {
      on_floor();
      if (best_.gap_m > slop)
        tops([&](int j) {  // rugs that lie on the floor themselves
          return room_.objects[static_cast<std::size_t>(j)].flat &&
                 std::abs(neighbours_.boxes()[static_cast<std::size_t>(j)].bottom_m()) <= slop + kRounding_m;
        });
    }
    if (mine.modes.on_top) {
      tops([](int) { return true; });
      if (best_.gap_m > slop) across_tops();
      // Nothing else is in the room: the question offers no top to stand on, the floor has to do.
      if (neighbours_.boxes().size() == 1) on_floor();
    }
    if (mine.modes.wall) walls();
    if (mine.modes.ceiling) {
      const double up = room_.graph->size.height_m - box_.top_m();
      best_.consider(std::abs(up), slop, Vec3(0, 0, up));
    }
    return best_;
  }

 private:
  void on_floor() {
    best_.consider(std::abs(box_.bottom_m()), room_.rules.support_slop_m, Vec3(0, 0, -box_.bottom_m()));
  }

  template <typename Accept>
  void tops(Accept&& accept) {
    const double slop = room_.rules.support_slop_m;
    const Vec2 centre = box_.centre_m.head<2>();
    neighbours_.outwards_from(
        centre,
        [&](int j) {
          if (j == i_ || !accept(j)) return;
          const Box& below = neighbours_.boxes()[static_cast<std::size_t>(j)];
          double up = below.top_m() - box_.bottom_m();
          const PreparedObject& holder = room_.objects[static_cast<std::size_t>(j)];
          // Between the boards of a shelf, on the seat of a sofa: any height within its box will do.
          if (holder.holds_inside && up > 0 &&
              put_into(*room_.objects[static_cast<std::size_t>(i_)].object, j))
            up = std::max(0.0, below.bottom_m() - box_.bottom_m());
          if (std::abs(up) - slop >= best_.gap_m - best_.slop_m) return;
          const Vec2 over = move_over(below, centre);
          best_.consider(std::hypot(over.x(), over.y(), up), slop, Vec3(over.x(), over.y(), up));
        },
        [&](double distance_m) { return distance_m - slop < best_.gap_m - best_.slop_m; });
  }

  /// A board across two crates: its centre over the hull of where it rests.
  void across_tops() {
    std::array<Vec2, 64> points;
    std::size_t count = 0;
    int tops = 0;
    const double slop = room_.rules.support_slop_m;
    double worst = 0;
    Vec3 lift = Vec3::Zero();
    const Vec2 centre = box_.centre_m.head<2>();
    neighbours_.for_each_near(centre - box_.extent_m, centre + box_.extent_m, [&](int j) {
      if (j == i_) return;
      const Box& below = neighbours_.boxes()[static_cast<std::size_t>(j)];
      const double up = below.top_m() - box_.bottom_m();
      if (std::abs(up) > slop + kRounding_m) return;
      const ConvexPolygon contact = common_footprint(box_, below);
      if (contact.count < 3 || count + contact.count > points.size()) return;
      std::copy_n(contact.corners_m.begin(), contact.count,
                  points.begin() + static_cast<std::ptrdiff_t>(count));
      count += contact.count;
      ++tops;
      if (std::abs(up) > worst) {
        worst = std::abs(up);
        lift.z() = up;
      }
    });
    if (tops < 2) return;
    const Vec2 over = move_into_hull(std::span<const Vec2>(points).first(count), centre);
    best_.consider(std::hypot(over.x(), over.y(), worst), slop, Vec3(over.x(), over.y(), lift.z()));
  }

  void walls() {
    const double slop = room_.rules.wall_gap_m;
    if (room_.plan.rectangle()) {
      const scene::RoomSize& size = room_.graph->size;
      const std::array<std::pair<double, Vec3>, 4> walls = {{
          {box_.centre_m.y() - box_.extent_m.y(), Vec3(0, -1, 0)},
          {size.width_m - box_.centre_m.y() - box_.extent_m.y(), Vec3(0, 1, 0)},
          {size.length_m - box_.centre_m.x() - box_.extent_m.x(), Vec3(1, 0, 0)},
          {box_.centre_m.x() - box_.extent_m.x(), Vec3(-1, 0, 0)},
      }};
      for (const auto& [gap, outwards] : walls) best_.consider(std::abs(gap), slop, outwards * gap);
      return;
    }
    const Vec2 centre = box_.centre_m.head<2>();
    for (const scene::WallSegment& wall : room_.plan.walls) {
      const double gap = wall.inward.dot(centre) - wall.offset_m - box_.along(wall.inward);
      const double at = wall.along.dot(centre);
      const double beside = std::clamp(at, wall.lo_m, wall.hi_m) - at;
      const Vec2 move = -gap * wall.inward + beside * wall.along;
      best_.consider(std::hypot(gap, beside), slop, Vec3(move.x(), move.y(), 0));
    }
  }

  const PreparedRoom& room_;
  const Neighbours& neighbours_;
  int i_;
  const Box& box_;
  SupportGap best_;
};

}  // namespace

SupportModes support_modes(const SceneGraph& graph, int i) {
  METASPATIAL_CHECK(i >= 0 && static_cast<std::size_t>(i) < graph.objects.size(), "an object of this graph");
  const scene::SceneObject& object = graph.objects[static_cast<std::size_t>(i)];
  SupportModes modes;
  if (object.on_floor) {
    modes.floor = true;
    return modes;
  }
  bool above = false;
  for (const Relation& relation : object.relations) {
    if (const auto* element = std::get_if<Element>(&relation.target)) {
      if (*element == Element::Ceiling && relation.preposition != Preposition::Under) modes.ceiling = true;
      if (scene::wall_of(*element) && relation.preposition == Preposition::On) modes.wall = true;
    } else if (const scene::SceneObject* target = target_object(graph, i, relation)) {
      if (relation.preposition == Preposition::On) modes.on_top = true;
      if (relation.preposition == Preposition::Above) above = true;
      if ((relation.preposition == Preposition::InMiddle || relation.preposition == Preposition::InCorner) &&
          holds_inside(*target))
        modes.on_top = true;
    }
  }
  const scene::SupportKind kind = scene::kind_or_default(object.kind).support;
  // "lamp above the table" may stand or hang; a picture above a sofa hangs.
  if (above && kind != scene::SupportKind::Wall && kind != scene::SupportKind::Ceiling) modes.on_top = true;
  // A thing on top that also names a wall ("on the shelf, on the north wall") stands on its top.
  if (modes.on_top && kind == scene::SupportKind::OnTop) modes.wall = false;
  if (modes.on_top || modes.wall || modes.ceiling) return modes;
  switch (kind) {
    case scene::SupportKind::OnTop:
      modes.on_top = true;
      break;
    case scene::SupportKind::Wall:
      modes.wall = true;
      break;
    case scene::SupportKind::Ceiling:
      modes.ceiling = true;
      break;
    case scene::SupportKind::Floor:
      // The question says that it is not on the floor and nothing says on what: anything may hold it.
      modes.on_top = modes.wall = modes.ceiling = true;
      break;
  }
  return modes;
}

SupportGap support_gap(const PreparedRoom& room, const Neighbours& neighbours, int i) {
  return Search(room, neighbours, i).gap();
}

}  // namespace metaspatial::physics
