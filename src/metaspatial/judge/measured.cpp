#include "metaspatial/judge/measured.hpp"

#include <Eigen/Core>
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "metaspatial/assets/palette.hpp"
#include "metaspatial/base/error.hpp"
#include "metaspatial/physics/bounds.hpp"
#include "metaspatial/physics/box.hpp"
#include "metaspatial/scene/floor_plan.hpp"
#include "metaspatial/scene/kinds.hpp"

namespace metaspatial::judge {
namespace {

using scene::Kind;
using scene::Shape;
using scene::Vec2;
using scene::Vec3;

// Every length, share and weight of this file is a design choice, listed with its reason in docs/JUDGE.md.
constexpr double kStripDepth_m = 0.6;
constexpr double kBodyMargin_m = 0.3;
constexpr int kFloorSamples = 12;    // per side of the floor
constexpr int kLightSamples = 6;     // per side of the floor
constexpr int kPictureSamples = 24;  // per side of the picture

// Not-a-number counts as nothing, so that no arithmetic accident can become a grade.
double unit(double x) {
  return x >= 0 ? std::min(x, 1.0) : 0.0;
}
double smoothstep(double lo, double hi, double x) {
  const double t = unit((x - lo) / (hi - lo));
  return t * t * (3 - 2 * t);
}
/// 1 at zero, a half at `half`, falling smoothly to 0 on both sides.
double falloff(double x, double half) {
  const double t = x / half;
  return 1 / (1 + t * t);
}
/// 1 from `lo` to `hi`, falling smoothly to 0 at `zero_lo` and `zero_hi`.
double band(double zero_lo, double lo, double hi, double zero_hi, double x) {
  return smoothstep(zero_lo, lo, x) * (1 - smoothstep(hi, zero_hi, x));
}

/// A weighted mean to which only what applies is added.
class Mean {
 public:
  void add(double value, double weight = 1) {
    sum_ += weight * unit(value);
    weight_ += weight;
  }
  void add(const Mean& features, double weight) {
    if (features.applies()) add(features.value(0), weight);
  }
  [[nodiscard]] bool applies() const { return weight_ > 0; }
  [[nodiscard]] double value(double if_none) const { return applies() ? sum_ / weight_ : if_none; }

 private:
  double sum_ = 0;
  double weight_ = 0;
};

/// A rectangle on the floor with its own axes.
struct Rect {
  Vec2 centre_m = Vec2::Zero();
  Vec2 half_m = Vec2::Zero();
  Vec2 right{1, 0};
  Vec2 front{0, 1};

  [[nodiscard]] Vec2 local(const Vec2& p_m) const {
    const Vec2 d = p_m - centre_m;
    return {d.dot(right), d.dot(front)};
  }
  /// 0 inside.
  [[nodiscard]] double distance_m(const Vec2& p_m) const {
    return (local(p_m).cwiseAbs() - half_m).cwiseMax(0.0).norm();
  }
  /// Half the width of the rectangle seen along the other axis of `axis`.
  [[nodiscard]] double half_along_m(const Vec2& axis) const {
    return half_m.x() * std::abs(axis.dot(right)) + half_m.y() * std::abs(axis.dot(front));
  }
  [[nodiscard]] double area_m2() const { return 4 * half_m.x() * half_m.y(); }
};

/// The area of the intersection: b's polygon, clipped by a's four sides in a's frame.
double overlap_m2(const Rect& a, const Rect& b) {
  if ((b.centre_m - a.centre_m).norm() >= a.half_m.norm() + b.half_m.norm()) return 0;
  const Vec2 centre = a.local(b.centre_m);
  const Vec2 x = b.half_m.x() * Vec2(b.right.dot(a.right), b.right.dot(a.front));
  const Vec2 y = b.half_m.y() * Vec2(b.front.dot(a.right), b.front.dot(a.front));
  const std::array<Vec2, 4> corners = {centre - x - y, centre + x - y, centre + x + y, centre - x + y};
  physics::ConvexPolygon common(corners);
  for (const int axis : {0, 1})
    for (const double sign : {1.0, -1.0}) common.clip(sign * Vec2::Unit(axis), a.half_m[axis]);
  return common.count < 3 ? 0.0 : common.area_m2();
}

double share(double part, double whole) {
  return whole > 1e-9 ? unit(part / whole) : 0.0;
}

/// One object as the features see it.
struct Piece {
  const scene::SceneObject* object = nullptr;
  const Kind* kind = nullptr;
  Rect plan;
  double yaw_rad = 0;
  double z_lo_m = 0;
  double z_hi_m = 0;
  bool stands = false;  // on the floor, and no rug
  bool hangs = false;   // on a wall
  bool seat = false;
  bool table = false;
  bool focus = false;     // what seats look at: tables, screens, boards, fires, pianos
  bool screen = false;    // a focus that is looked at from afar
  double in_the_way = 0;  // [0, 1]: how much a walking body would bump into it
  double visible = 0;     // [0, 1]: share of its box that is in the room and in no other box
};

bool is_seat(const Kind& kind) {
  if (kind.shape == Shape::Stool) return true;
  return kind.functional.front &&
         (kind.shape == Shape::Seat || kind.shape == Shape::Sofa || kind.shape == Shape::Bench);
}
bool is_table(const Kind& kind) {
  return kind.shape == Shape::Table || kind.shape == Shape::RoundTable || kind.shape == Shape::Desk ||
         kind.shape == Shape::Counterbar || kind.shape == Shape::Piano;
}
bool is_screen(const Kind& kind) {
  if (kind.name == "tv_stand" || kind.shape == Shape::Fireplace || kind.shape == Shape::Whiteboard)
    return true;
  return kind.shape == Shape::Screen && kind.support == scene::SupportKind::Wall;
}
bool is_light(const Kind& kind) {
  if (kind.name == "baby_mobile") return false;
  if (kind.shape == Shape::Lamp || kind.shape == Shape::CeilingLamp) return true;
  return kind.name == "floor_lamp" || kind.name == "softbox" || kind.name == "string_lights" ||
         kind.name == "neon_sign" || kind.name == "candle";
}
bool is_decor(const Kind& kind) {
  switch (kind.shape) {
    case Shape::Plant:
    case Shape::Tree:
    case Shape::Picture:
    case Shape::Mirror:
    case Shape::Vase:
    case Shape::Statue:
    case Shape::Clock:
    case Shape::Curtain:
    case Shape::Rug:
      return true;
    default:
      return false;
  }
}
bool hangs_at_eye_height(const Kind& kind) {
  return kind.shape == Shape::Picture || kind.shape == Shape::Mirror || kind.shape == Shape::Clock;
}
/// A chair pushed in is neither in the table's way nor hidden by it.
bool belong_together(const Piece& a, const Piece& b) {
  return (a.seat && b.table) || (b.seat && a.table);
}

double interval_overlap(double lo_a, double hi_a, double lo_b, double hi_b) {
  return std::max(0.0, std::min(hi_a, hi_b) - std::max(lo_a, lo_b));
}

/// The measures of one layout; made once per call.
class Judge {
 public:
  Judge(const scene::SceneGraph& graph, const scene::Layout& layout, const physics::Report& report)
      : graph_(graph), report_(report) {
    const Vec2 half = 0.5 * Vec2(bounded(graph.size.length_m), bounded(graph.size.width_m));
    room_ = {.centre_m = half, .half_m = half.cwiseMax(0.005)};
    room_height_m_ = bounded(graph.size.height_m);
    centre_m_ = half;
    if (graph.floor_m.size() >= 3 && scene::twice_area_m2(graph.floor_m) > 1e-9) {
      plan_ = scene::FloorPlan(graph.floor_m, graph.size);
      centre_m_ = scene::centroid_m(graph.floor_m);
    }
    pieces_.reserve(graph.objects.size());
    for (std::size_t i = 0; i < graph.objects.size(); ++i) add_piece(static_cast<int>(i), layout.poses[i]);
    measure_visibility();
    measure_floor();
  }

  [[nodiscard]] Grades grades(const Image* picture) const {
    // What cannot be seen cannot earn: the share of the furniture that shows scales every grade but the
    // first, which has the faults themselves.
    const std::array<double, 5> shares = {realism(), seen_ * functionality(), seen_ * layout(),
                                          seen_ * color(picture), seen_ * atmosphere()};
    Grades result;
    for (std::size_t k = 0; k < shares.size(); ++k) result.values[k] = 1 + 9 * unit(shares[k]);
    return result;
  }

 private:
  // Far beyond any room, near enough that squares and products stay exact to the millimetre.
  static double bounded(double x) { return std::clamp(x, -1e5, 1e5); }

  void add_piece(int i, const scene::Pose& pose) {
    const scene::SceneObject& object = graph_.objects[static_cast<std::size_t>(i)];
    Piece piece;
    piece.object = &object;
    piece.kind = &scene::kind_or_default(object.kind);
    piece.yaw_rad = std::remainder(pose.yaw_rad, 2 * scene::kPi);
    const Vec3 p = pose.position_m.unaryExpr(&bounded);
    const Vec3 half = 0.5 * object.size_m.unaryExpr(&bounded);
    piece.plan = {.centre_m = p.head<2>(),
                  .half_m = half.head<2>(),
                  .right = scene::right_axis(piece.yaw_rad),
                  .front = scene::front_axis(piece.yaw_rad)};
    piece.z_lo_m = p.z() - half.z();
    piece.z_hi_m = p.z() + half.z();
    const physics::SupportModes held = physics::support_modes(graph_, i);
    piece.stands = held.floor && !piece.kind->flat;
    piece.hangs = held.wall && !held.floor;
    piece.seat = piece.stands && is_seat(*piece.kind);
    piece.table = piece.stands && is_table(*piece.kind);
    piece.screen = is_screen(*piece.kind);
    piece.focus = piece.table || piece.screen;
    // Over the head and flat on the floor nobody bumps into things.
    piece.in_the_way = piece.kind->flat
                           ? 0.0
                           : (1 - smoothstep(1.4, 1.8, piece.z_lo_m)) * smoothstep(0.02, 0.1, piece.z_hi_m);
    pieces_.push_back(piece);
  }

  /// The part of a rectangle that lies on the room's floor.
  [[nodiscard]] double on_floor_m2(const Rect& r) const {
    if (plan_.rectangle()) return overlap_m2(room_, r);
    const Vec2 x = r.half_m.x() * r.right;
    const Vec2 y = r.half_m.y() * r.front;
    const std::array<Vec2, 4> corners = {r.centre_m - x - y, r.centre_m + x - y, r.centre_m + x + y,
                                         r.centre_m - x + y};
    return physics::area_on_floor_m2(graph_.size, plan_, physics::ConvexPolygon(corners));
  }

  /// Calls visit(point) for those of `count` x `count` points of the bounding rectangle that are floor, and
  /// says how many there are.
  template <typename Visit>
  int for_each_floor_sample(int count, Visit&& visit) const {
    int visited = 0;
    for (int row = 0; row < count; ++row)
      for (int column = 0; column < count; ++column) {
        const Vec2 p_m = sample_m(row, column, count);
        if (!plan_.rectangle() && !scene::encloses(graph_.floor_m, p_m)) continue;
        visit(p_m);
        ++visited;
      }
    return visited;
  }

  void measure_visibility() {
    Mean seen;
    for (Piece& piece : pieces_) {
      const double height = piece.z_hi_m - piece.z_lo_m;
      const double area = piece.plan.area_m2();
      piece.visible = share(on_floor_m2(piece.plan), area) *
                      share(interval_overlap(piece.z_lo_m, piece.z_hi_m, 0, room_height_m_), height);
      double hidden = 0;
      for (const Piece& other : pieces_) {
        if (&other == &piece || other.kind->flat || belong_together(piece, other)) continue;
        const double common = interval_overlap(piece.z_lo_m, piece.z_hi_m, other.z_lo_m, other.z_hi_m);
        if (common > 0) hidden += share(common, height) * share(overlap_m2(piece.plan, other.plan), area);
      }
      piece.visible *= 1 - unit(hidden);
      seen.add(piece.visible);
    }
    seen_ = seen.value(0);
  }

  // The walkable and the covered share of the floor, from a grid of points whose distances to the furniture
  // are exact: smooth in the poses, and things on top of each other cover their floor once.
  void measure_floor() {
    std::vector<const Piece*> in_the_way;
    for (const Piece& piece : pieces_)
      if (piece.in_the_way > 0) in_the_way.push_back(&piece);
    const double count = for_each_floor_sample(kFloorSamples, [](const Vec2&) {});
    for_each_floor_sample(kFloorSamples, [&](const Vec2& p_m) {
      double near = 0;
      double covered = 0;
      for (const Piece* piece : in_the_way) {
        const double d_m = piece->plan.distance_m(p_m);
        if (d_m >= kBodyMargin_m) continue;
        near = std::max(near, piece->in_the_way * (1 - smoothstep(0, kBodyMargin_m, d_m)));
        covered = std::max(covered, piece->in_the_way * (1 - smoothstep(0, 0.1, d_m)));
      }
      walkable_ += (1 - near) / count;
      covered_ += covered / count;
    });
  }

  [[nodiscard]] Vec2 sample_m(int row, int column, int count) const {
    return {2 * room_.half_m.x() * (column + 0.5) / count, 2 * room_.half_m.y() * (row + 0.5) / count};
  }

  // --- realism_and_3d_geometric_consistency --------------------------------------------------------------

  [[nodiscard]] double realism() const {
    if (pieces_.empty()) return 0;
    Mean mean;
    double worst = 1;
    for (const physics::ObjectReport& object : report_.objects) {
      const double sound =
          falloff(object.overlap_m, 0.2) * falloff(object.out_m, 0.2) * falloff(object.support_m, 0.2);
      mean.add(sound);
      worst = std::min(worst, unit(sound));
    }
    return 0.7 * mean.value(0) + 0.3 * worst;
  }

  // --- functionality_and_activity_based_alignment --------------------------------------------------------

  /// The free share of a strip along a side of `piece`; what lies beyond a wall is not free.
  [[nodiscard]] double free_share(const Piece& piece, const Vec2& out, double half_depth_m,
                                  double half_width_m) const {
    const bool along_front = std::abs(out.dot(piece.plan.front)) > 0.5;
    Rect strip = piece.plan;
    strip.centre_m += (half_depth_m + 0.5 * kStripDepth_m) * out;
    strip.half_m =
        along_front ? Vec2(half_width_m, 0.5 * kStripDepth_m) : Vec2(0.5 * kStripDepth_m, half_width_m);
    const double area = strip.area_m2();
    if (area < 1e-9) return 0;
    double free = on_floor_m2(strip);
    for (const Piece& other : pieces_) {
      if (&other == &piece || other.in_the_way <= 0 || belong_together(piece, other)) continue;
      free -= other.in_the_way * overlap_m2(strip, other.plan);
    }
    return unit(free / area);
  }

  [[nodiscard]] Mean clear_sides() const {
    Mean all;
    for (const Piece& piece : pieces_) {
      if (!piece.stands) continue;
      const scene::FunctionalSides& sides = piece.kind->functional;
      const Vec2 half = piece.plan.half_m;
      Mean own;
      const auto side = [&](bool wanted, const Vec2& out, double depth_m, double width_m) {
        // A nightstand beside the bed is no obstacle: four fifths free are as good as all.
        if (wanted) own.add(smoothstep(0, 0.8, free_share(piece, out, depth_m, width_m)));
      };
      side(sides.front, piece.plan.front, half.y(), half.x());
      side(sides.back, -piece.plan.front, half.y(), half.x());
      side(sides.right, piece.plan.right, half.x(), half.y());
      side(sides.left, -piece.plan.right, half.x(), half.y());
      all.add(own, 1);
    }
    return all;
  }

  /// How well `seat` looks at a target whose half width across the line of sight is `half_width_m`.
  static double looks_at(const Piece& seat, const Vec2& target_m, double half_width_m) {
    const Vec2 p = seat.plan.local(target_m);
    const double miss = std::max(0.0, std::abs(p.x()) - half_width_m);
    // The 0.1 m keeps the angle continuous when the two centres coincide.
    return smoothstep(0, 1, p.y() / std::sqrt(p.y() * p.y() + miss * miss + 0.01));
  }

  [[nodiscard]] Mean facing() const {
    Mean all;
    for (const Piece& seat : pieces_) {
      if (!seat.seat) continue;
      // A seat may look into the room; one at a table or before a screen does better.
      double best = 0.6 * looks_at(seat, centre_m_, 0);
      for (const Piece& focus : pieces_) {
        if (&focus == &seat || !focus.focus) continue;
        const double gap_m = std::max(0.0, focus.plan.distance_m(seat.plan.centre_m) - seat.plan.half_m.y());
        const double near = focus.screen ? 1 - smoothstep(4, 7, gap_m) : 1 - smoothstep(0.6, 2, gap_m);
        best = std::max(best,
                        near * looks_at(seat, focus.plan.centre_m, focus.plan.half_along_m(seat.plan.right)));
      }
      all.add(best);
    }
    return all;
  }

  [[nodiscard]] Mean open_doors() const {
    Mean mean;
    if (graph_.openings.empty()) return mean;
    double clear = 1;
    for (const physics::ObjectReport& object : report_.objects) clear *= falloff(object.blocked_m, 0.2);
    mean.add(clear);
    return mean;
  }

  [[nodiscard]] double functionality() const {
    Mean mean;
    mean.add(clear_sides(), 0.45);
    mean.add(facing(), 0.3);
    mean.add(open_doors(), 0.25);
    return mean.value(1);
  }

  // --- layout_and_furniture ------------------------------------------------------------------------------

  /// How well the piece stands (hangs) with its back to a wall, or touches one with any side. A wall of a
  /// polygonal floor ends where it ends.
  [[nodiscard]] double at_wall(const Piece& piece, bool any_side, double half_gap_m) const {
    double best = 0;
    for (const scene::WallSegment& wall : plan_.walls) {
      const double along_m = wall.along.dot(piece.plan.centre_m);
      const double beyond_m = std::max({0.0, wall.lo_m - along_m, along_m - wall.hi_m});
      const double gap_m =
          wall.inward.dot(piece.plan.centre_m) - wall.offset_m - piece.plan.half_along_m(wall.inward);
      const double c = piece.plan.front.dot(wall.inward);
      const double turned =
          any_side ? 0.5 + 0.5 * std::cos(4 * (piece.yaw_rad - wall.inward_yaw_rad)) : c * std::max(0.0, c);
      best = std::max(best, turned * falloff(std::hypot(gap_m, beyond_m), half_gap_m));
    }
    if (!plan_.rectangle()) return best;
    const std::array<Vec2, 4> inward = {Vec2(0, 1), Vec2(0, -1), Vec2(-1, 0), Vec2(1, 0)};
    for (const Vec2& n : inward) {
      const double to_centre_m = (piece.plan.centre_m - room_.centre_m).dot(n) + room_.half_along_m(n);
      const double gap_m = to_centre_m - piece.plan.half_along_m(n);
      const double c = piece.plan.front.dot(n);
      const double turned = any_side ? 0.5 + 0.5 * std::cos(4 * piece.yaw_rad) : c * std::max(0.0, c);
      best = std::max(best, turned * falloff(gap_m, half_gap_m));
    }
    return best;
  }

  [[nodiscard]] Mean backs_to_walls() const {
    Mean all;
    for (const Piece& piece : pieces_)
      if (piece.kind->against_wall && (piece.stands || piece.hangs)) all.add(at_wall(piece, false, 0.2));
    return all;
  }

  /// 1 for neighbours that touch, 0 from a metre on.
  static double nearness(const Piece& a, const Piece& b) {
    const Vec2 d = (a.plan.centre_m - b.plan.centre_m).cwiseAbs();
    const Vec2 x(1, 0);
    const Vec2 y(0, 1);
    const Vec2 gap(d.x() - a.plan.half_along_m(x) - b.plan.half_along_m(x),
                   d.y() - a.plan.half_along_m(y) - b.plan.half_along_m(y));
    return 1 - smoothstep(0.3, 1, gap.cwiseMax(0.0).norm());
  }

  /// How well a face or the middle of `a` is in line with one of `b`, on the better axis of `b`.
  static double in_line(const Piece& a, const Piece& b) {
    double best = 0;
    for (const Vec2& axis : {b.plan.right, b.plan.front}) {
      const double d_m = (a.plan.centre_m - b.plan.centre_m).dot(axis);
      const double half_a_m = a.plan.half_along_m(axis);
      const double half_b_m = b.plan.half_along_m(axis);
      for (const double offset_m : {d_m, d_m + half_a_m - half_b_m, d_m - half_a_m + half_b_m})
        best = std::max(best, falloff(offset_m, 0.1));
    }
    return best;
  }

  [[nodiscard]] double layout() const {
    Mean aligned;
    Mean flush;
    Vec2 centre_m = Vec2::Zero();
    double floor_m2 = 0;
    for (const Piece& piece : pieces_) {
      if (!piece.stands) continue;
      double along = 0.5 + 0.5 * std::cos(4 * piece.yaw_rad);
      for (const scene::WallSegment& wall : plan_.walls)
        along = std::max(along, 0.5 + 0.5 * std::cos(4 * (piece.yaw_rad - wall.inward_yaw_rad)));
      double line = at_wall(piece, true, 0.05);
      for (const Piece& other : pieces_) {
        if (&other == &piece || !other.stands) continue;
        const double near = nearness(piece, other);
        if (near <= 0) continue;
        const double parallel = 0.5 + 0.5 * std::cos(4 * (piece.yaw_rad - other.yaw_rad));
        // Two things turned together look better than one alone, not as good as along the walls.
        along = std::max(along, 0.6 * near * parallel);
        line = std::max(line, near * parallel * in_line(piece, other));
      }
      aligned.add(along);
      flush.add(line);
      const double area = piece.plan.area_m2();
      centre_m += area * piece.plan.centre_m;
      floor_m2 += area;
    }
    Mean mean;
    mean.add(backs_to_walls(), 0.3);
    mean.add(aligned, 0.2);
    mean.add(flush, 0.15);
    if (floor_m2 > 1e-9) {
      const Vec2 offset = (centre_m / floor_m2 - centre_m_).cwiseQuotient(room_.half_m);
      mean.add(1 - smoothstep(0.25, 0.9, offset.norm()), 0.15);
      mean.add(smoothstep(0.1, 0.5, walkable_), 0.2);
    }
    return mean.value(1);
  }

  // --- color_scheme_and_material_choices -----------------------------------------------------------------

  /// Statistics of a set of weighted colours in OKLab.
  class Colors {
   public:
    /// `rgb` is linear, in [0, 1].
    /// Source   Ottosson, "A perceptual color space for image processing" (2020).
    void add(const Eigen::Vector3d& rgb, double weight) {
      const double l = std::cbrt(0.4122214708 * rgb[0] + 0.5363325363 * rgb[1] + 0.0514459929 * rgb[2]);
      const double m = std::cbrt(0.2119034982 * rgb[0] + 0.6806995451 * rgb[1] + 0.1073969566 * rgb[2]);
      const double s = std::cbrt(0.0883024619 * rgb[0] + 0.2817188376 * rgb[1] + 0.6299787005 * rgb[2]);
      const double light = 0.2104542553 * l + 0.7936177850 * m - 0.0040720468 * s;
      const Vec2 ab(1.9779984951 * l - 2.4285922050 * m + 0.4505937099 * s,
                    0.0259040371 * l + 0.7827717662 * m - 0.8086757660 * s);
      const double chroma = ab.norm();
      weight_ += weight;
      light_ += weight * light;
      light_squared_ += weight * light * light;
      if (chroma < 1e-6) return;
      chroma_ += weight * chroma;
      hue_ += weight * ab;
      double_hue_ += weight / chroma * Vec2(ab.x() * ab.x() - ab.y() * ab.y(), 2 * ab.x() * ab.y());
    }
    [[nodiscard]] double light() const { return weight_ > 0 ? light_ / weight_ : 0.0; }
    [[nodiscard]] double contrast() const {
      if (weight_ <= 0) return 0;
      return std::sqrt(std::max(0.0, light_squared_ / weight_ - light() * light()));
    }
    /// 1 for greys, for one family of hues and for two opposite ones; near 0 for hues all around the wheel.
    [[nodiscard]] double harmony() const {
      if (weight_ <= 0) return 0;
      const double neutral = 0.02 * weight_;
      return (std::max(hue_.norm(), double_hue_.norm()) + neutral) / (chroma_ + neutral);
    }

   private:
    double weight_ = 0;
    double light_ = 0;
    double light_squared_ = 0;
    double chroma_ = 0;
    Vec2 hue_ = Vec2::Zero();
    Vec2 double_hue_ = Vec2::Zero();
  };

  /// How many different words there are, each weighted by what it covers: 1 for one, k for k equal ones.
  class Words {
   public:
    void add(std::string_view word, double weight) {
      if (word.empty()) return;
      const auto found = std::ranges::find(words_, word, &Entry::word);
      if (found == words_.end())
        words_.push_back({word, weight});
      else
        found->weight += weight;
    }
    [[nodiscard]] bool any() const { return !words_.empty(); }
    [[nodiscard]] double effective_number() const {
      double sum = 0;
      double squares = 0;
      for (const Entry& entry : words_) sum += entry.weight;
      for (const Entry& entry : words_) squares += entry.weight * entry.weight;
      return squares > 1e-18 ? sum * sum / squares : 1.0;
    }

   private:
    struct Entry {
      std::string_view word;
      double weight = 0;
    };
    std::vector<Entry> words_;
  };

  /// About what the eye sees of the box: its mean silhouette is a quarter of its surface.
  static double shown_m2(const Piece& piece) {
    const Vec3& s = piece.object->size_m;
    const double m2 = 0.5 * (s.x() * s.y() + s.y() * s.z() + s.z() * s.x());
    return piece.visible * std::clamp(m2, 0.0, 1e6);
  }

  [[nodiscard]] Colors object_colors() const {
    struct Known {
      const scene::SceneObject* object = nullptr;
      Eigen::Vector3d rgb = Eigen::Vector3d::Zero();
    };
    std::vector<Known> known;  // six chairs of a set share one palette
    Colors colors;
    for (const Piece& piece : pieces_) {
      const scene::SceneObject& object = *piece.object;
      auto found = std::ranges::find_if(known, [&](const Known& k) {
        return k.object->kind == object.kind && k.object->style == object.style &&
               k.object->material == object.material;
      });
      if (found == known.end()) {
        const assets::Palette palette = assets::palette_of(object, piece.kind->default_material);
        known.push_back({&object, palette.main.base_color.cast<double>()});
        found = known.end() - 1;
      }
      colors.add(found->rgb, shown_m2(piece));
    }
    return colors;
  }

  static bool usable(const Image* picture) {
    return picture != nullptr && picture->width_px > 0 && picture->height_px > 0 &&
           picture->pixels.size() ==
               static_cast<std::size_t>(picture->width_px) * static_cast<std::size_t>(picture->height_px) * 3;
  }

  static Colors picture_colors(const Image& picture) {
    static const std::array<double, 256> linear = [] {
      std::array<double, 256> table{};
      for (std::size_t i = 0; i < table.size(); ++i) {
        const double s = static_cast<double>(i) / 255;
        table[i] = s <= 0.04045 ? s / 12.92 : std::pow((s + 0.055) / 1.055, 2.4);
      }
      return table;
    }();
    Colors colors;
    for (int row = 0; row < kPictureSamples; ++row)
      for (int column = 0; column < kPictureSamples; ++column) {
        const auto at = [](int k, int size) {
          return static_cast<int>((std::int64_t{2} * k + 1) * size / (2 * kPictureSamples));
        };
        const std::uint8_t* p = picture.at(at(column, picture.width_px), at(row, picture.height_px));
        colors.add({linear[p[0]], linear[p[1]], linear[p[2]]}, 1);
      }
    return colors;
  }

  [[nodiscard]] double color(const Image* picture) const {
    if (pieces_.empty()) return 0;
    Words styles;
    Words materials;
    for (const Piece& piece : pieces_) {
      styles.add(piece.object->style, shown_m2(piece));
      materials.add(piece.object->material, shown_m2(piece));
    }
    Mean mean;
    if (styles.any()) mean.add(falloff(styles.effective_number() - 1, 2), 0.3);
    if (materials.any()) mean.add(band(0, 2, 5, 10, materials.effective_number()), 0.2);
    const bool seen = usable(picture);
    const Colors colors = seen ? picture_colors(*picture) : object_colors();
    mean.add(smoothstep(0.2, 0.9, colors.harmony()), 0.3);
    mean.add(band(0, 0.08, 0.25, 0.4, colors.contrast()), 0.2);
    if (seen) mean.add(band(0.2, 0.45, 0.85, 0.97, colors.light()), 0.2);
    return mean.value(0);
  }

  // --- overall_aesthetic_and_atmosphere ------------------------------------------------------------------

  [[nodiscard]] Mean lighting() const {
    struct Source {
      Vec2 position_m = Vec2::Zero();
      double strength = 0;
    };
    std::vector<Source> sources;
    for (const Piece& piece : pieces_)
      if (is_light(*piece.kind)) sources.push_back({piece.plan.centre_m, 0.8 * piece.visible});
    for (const scene::Opening& opening : graph_.openings) {
      if (opening.kind != scene::OpeningKind::Window) continue;
      const double along_m = bounded(opening.centre_m);
      const Vec2 size_m = 2 * room_.half_m;
      Vec2 p_m = Vec2::Zero();
      switch (opening.wall) {
        case scene::Wall::South:
          p_m = {along_m, 0};
          break;
        case scene::Wall::North:
          p_m = {along_m, size_m.y()};
          break;
        case scene::Wall::East:
          p_m = {size_m.x(), along_m};
          break;
        case scene::Wall::West:
          p_m = {0, along_m};
          break;
      }
      sources.push_back({p_m, 0.6});
    }
    Mean mean;
    if (sources.empty()) return mean;
    double sum = 0;
    double darkest = 1;
    const double samples = for_each_floor_sample(kLightSamples, [&](const Vec2& p_m) {
      double dark = 1;
      for (const Source& source : sources)
        dark *= 1 - source.strength * falloff((p_m - source.position_m).norm(), 2);
      sum += 1 - dark;
      darkest = std::min(darkest, 1 - dark);
    });
    mean.add(0.6 * smoothstep(0.1, 0.7, samples > 0 ? sum / samples : 0.0) +
             0.4 * smoothstep(0.05, 0.4, darkest));
    return mean;
  }

  [[nodiscard]] Mean decoration() const {
    Mean spread;
    Mean height;
    double count = 0;
    for (const Piece& piece : pieces_) {
      if (!is_decor(*piece.kind)) continue;
      count += piece.visible;
      double nearest_m = 1e9;
      for (const Piece& other : pieces_)
        if (&other != &piece && is_decor(*other.kind))
          nearest_m = std::min(nearest_m, (piece.plan.centre_m - other.plan.centre_m).norm());
      spread.add(piece.visible * smoothstep(0, 1, nearest_m));
      if (piece.hangs && hangs_at_eye_height(*piece.kind))
        height.add(band(0.7, 1.2, 1.9, 2.5, 0.5 * (piece.z_lo_m + piece.z_hi_m)));
    }
    Mean mean;
    if (!spread.applies()) return mean;
    mean.add(1 - std::exp(-0.7 * count), 0.4);
    mean.add(spread, 0.35);
    mean.add(height, 0.25);
    return mean;
  }

  [[nodiscard]] double atmosphere() const {
    Mean mean;
    mean.add(lighting(), 0.35);
    mean.add(decoration(), 0.3);
    mean.add(band(0.02, 0.18, 0.5, 0.85, covered_), 0.35);
    return mean.value(0);
  }

  const scene::SceneGraph& graph_;
  const physics::Report& report_;
  Rect room_;              ///< the rectangle around the floor
  scene::FloorPlan plan_;  ///< of a polygonal floor
  Vec2 centre_m_{0, 0};    ///< of the floor's area
  double room_height_m_ = 0;
  std::vector<Piece> pieces_;
  double seen_ = 0;
  double walkable_ = 0;
  double covered_ = 0;
};

}  // namespace

Grades measured_grades(const scene::SceneGraph& graph, const scene::Layout& layout,
                       const physics::Report& report, const Image* picture) {
  METASPATIAL_CHECK(layout.poses.size() == graph.objects.size(), "one pose per object");
  METASPATIAL_CHECK(report.objects.size() == graph.objects.size(), "one object report per object");
  return Judge(graph, layout, report).grades(picture);
}

}  // namespace metaspatial::judge
