#include "metaspatial/env/annotations.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "metaspatial/physics/box.hpp"
#include "metaspatial/physics/openings.hpp"
#include "metaspatial/physics/relations.hpp"
#include "metaspatial/render/drawing.hpp"
#include "metaspatial/render/guides.hpp"
#include "metaspatial/scene/floor_plan.hpp"

namespace metaspatial::env {
namespace {

using physics::Box;
using physics::ConvexPolygon;
using physics::Fault;
using physics::FaultGroup;
using physics::FaultKind;
using render::Label;
using render::Stroke;
using scene::Vec2;
using scene::Vec3;

const Vec3 kWhite(1, 1, 1);
const Vec3 kRed(0.96, 0.17, 0.15);
const Vec3 kRedWords(1.0, 0.64, 0.58);
const Vec3 kAmber(1.0, 0.7, 0.12);
const Vec3 kAmberWords(1.0, 0.83, 0.45);
const Vec3 kGreen(0.36, 0.86, 0.56);
const Vec3 kGreenWords(0.75, 1.0, 0.82);
const Vec3 kGrey(0.72, 0.74, 0.78);
const Vec3 kDoorWords(1.0, 0.78, 0.6);
const Vec3 kWindowWords(0.72, 0.88, 1.0);
const Vec3 kGridLine(0.97, 0.98, 1.0);

Vec3 at_height(const Vec2& p, double z) {
  return {p.x(), p.y(), z};
}

/// Draws all that was asked for over one picture; words come last, so that none is painted over.
class Annotator {
 public:
  Annotator(Image& picture, const render::RoomScene& room, const render::RenderOptions& options,
            const Annotations& what, const physics::Rules& rules)
      : graph_(room.graph()),
        room_(room),
        options_(options),
        what_(what),
        rules_(rules),
        drawing_(picture, room, options),
        plan_(options.view == render::View::Top) {
    if (!room.layout()) return;
    layout_ = *room.layout();
    layout_.poses.resize(graph_.objects.size(), {Vec3::Constant(std::nan("")), 0});
    whole_ = true;
    for (std::size_t i = 0; i < graph_.objects.size(); ++i) {
      const scene::Pose& pose = layout_.poses[i];
      whole_ = whole_ && pose.position_m.allFinite() && std::isfinite(pose.yaw_rad) &&
               pose.position_m.cwiseAbs().maxCoeff() < 1e4;
      boxes_.emplace_back(graph_.objects[i].size_m, pose);
    }
  }

  void draw() {
    if (what_.grid) grid();
    if (whole_ && (what_.relations || what_.faults)) {
      report_ = physics::check(graph_, layout_, rules_);
      if (what_.faults) faults();
      if (what_.relations) relations();
    }
    if (what_.labels || what_.faults) ids();
    if (what_.grid) drawing_.compass();
    std::vector<Label> labels = std::move(fixed_);
    for (auto* more : {&ids_, &words_, &asides_}) labels.insert(labels.end(), more->begin(), more->end());
    drawing_.labels(labels);
  }

 private:
  [[nodiscard]] const Box& box(int i) const { return boxes_[static_cast<std::size_t>(i)]; }

  void say(std::vector<Label>& where, const Vec3& at_m, std::string words, const Vec3& color, double size,
           bool beside, bool optional) {
    const Vec2 p = drawing_.place_px(at_m);
    if (!p.allFinite() || p.x() < 0 || p.y() < 0 || p.x() >= options_.width_px || p.y() >= options_.height_px)
      return;
    where.push_back({{{std::move(words), color}}, p.x(), p.y(), size, beside, optional});
  }

  void polyline(std::vector<Vec3> points, const Vec3& color, double width, double hidden, double opacity = 1,
                bool dashed = false, double halo = 1) {
    Stroke stroke;
    stroke.points_m = std::move(points);
    stroke.color = color;
    stroke.width = width;
    stroke.hidden = hidden;
    stroke.opacity = opacity;
    stroke.dashed = dashed;
    stroke.halo = halo;
    drawing_.line(stroke);
  }

  void fill(std::vector<Vec3> points, const Vec3& color, double opacity, bool on_top = true) {
    if (points.size() < 3) return;
    drawing_.fill({std::move(points), color, opacity, on_top});
  }

  /// The edges of a box, or its outline in a plan.
  void outline(const Box& b, const Vec3& color, bool dashed = false) {
    const auto corners = b.corners_m();
    const auto ring = [&](double z) {
      std::vector<Vec3> points;
      for (std::size_t k = 0; k <= 4; ++k) points.push_back(at_height(corners[k % 4], z));
      return points;
    };
    constexpr double kThin = 0.45;  // the dark edge, where lines lie close together
    if (plan_) {
      polyline(ring(b.top_m()), color, 1.8, 1, 1, dashed, kThin);
      return;
    }
    constexpr double kHidden = 0.3;
    polyline(ring(b.top_m()), color, 1.6, kHidden, 1, dashed, kThin);
    polyline(ring(b.bottom_m()), color, 1.6, kHidden, 1, dashed, kThin);
    for (const Vec2& c : corners)
      polyline({at_height(c, b.bottom_m()), at_height(c, b.top_m())}, color, 1.6, kHidden, 1, dashed, kThin);
  }

  /// An upright prism, filled; in a plan its top.
  void prism(const ConvexPolygon& base, double lo_m, double hi_m, const Vec3& color) {
    std::vector<Vec3> top;
    for (std::size_t k = 0; k < base.count; ++k) top.push_back(at_height(base.corners_m[k], hi_m));
    if (top.size() < 3) return;
    if (!plan_) {
      for (std::size_t k = 0; k < base.count; ++k) {
        const Vec2& p = base.corners_m[k];
        const Vec2& q = base.corners_m[(k + 1) % base.count];
        fill({at_height(p, lo_m), at_height(q, lo_m), at_height(q, hi_m), at_height(p, hi_m)}, color, 0.28);
      }
    }
    fill(top, color, plan_ ? 0.6 : 0.42);
    top.push_back(top.front());
    polyline(std::move(top), color, 1, 1);
  }

  static Vec2 middle_of(const ConvexPolygon& polygon) {
    Vec2 sum = Vec2::Zero();
    for (std::size_t k = 0; k < polygon.count; ++k) sum += polygon.corners_m[k];
    return sum / static_cast<double>(std::max<std::size_t>(1, polygon.count));
  }

  // Grid ------------------------------------------------------------------------------------------------

  void grid() {
    const double length_m = std::clamp(graph_.size.length_m, 0.0, 100.0);
    const double width_m = std::clamp(graph_.size.width_m, 0.0, 100.0);
    if (!(length_m > 0) || !(width_m > 0)) return;
    constexpr double kAbove_m = 0.004;
    for (const bool along_x : {true, false}) {
      const double end_m = along_x ? length_m : width_m;
      const double other_m = along_x ? width_m : length_m;
      const auto place = [&](double s, double d, double z) {
        return along_x ? Vec3(s, d, z) : Vec3(d, s, z);
      };
      for (int k = 0; k <= static_cast<int>(std::floor(end_m + 1e-9)); ++k) {
        for (const auto& [from, to] : inside(k, along_x, other_m))
          polyline({place(k, from, kAbove_m), place(k, to, kAbove_m)}, kGridLine, 0.8, 0, 0.42, false, 0);
        if (options_.view == render::View::Eye) continue;
        // Coordinates stand outside, on the sides that are open to the camera.
        const Vec2 side = open_side();
        const double off_m =
            plan_ ? 0.5 * (render::plan_margin_m(graph_.size) + render::kWallThickness_m) : 0.32;
        const bool low = along_x ? side.y() < 0 : side.x() < 0;
        const Vec3 at = place(k, low ? -off_m : other_m + off_m, 0);
        coordinate(at, fmt::format("{}", k));
      }
    }
    if (options_.view == render::View::Eye) return;
    const Vec2 side = open_side();
    const double off_m = plan_ ? 0.5 * (render::plan_margin_m(graph_.size) + render::kWallThickness_m) : 0.32;
    coordinate({length_m + 0.35, side.y() < 0 ? -off_m : width_m + off_m, 0}, "x m");
    coordinate({side.x() < 0 ? -off_m : length_m + off_m, width_m + 0.35, 0}, "y m");
  }

  void coordinate(const Vec3& at, std::string words) {
    say(fixed_, at, std::move(words), kGridLine, 0.85, false, true);
    if (!fixed_.empty()) fixed_.back().fixed = true;
  }

  /// The parts of a grid line that are floor.
  [[nodiscard]] std::vector<std::pair<double, double>> inside(double k, bool along_x, double other_m) const {
    if (graph_.floor_m.size() < 3) return {{0, other_m}};
    std::vector<double> cuts;
    // A hair inside of the line's own coordinate: walls often lie on whole metres.
    const double at = k + 1e-6;
    for (std::size_t i = 0; i < graph_.floor_m.size(); ++i) {
      Vec2 p = graph_.floor_m[i];
      Vec2 q = graph_.floor_m[(i + 1) % graph_.floor_m.size()];
      if (!along_x) {
        std::swap(p.x(), p.y());
        std::swap(q.x(), q.y());
      }
      if ((p.x() > at) != (q.x() > at))
        cuts.push_back(p.y() + (at - p.x()) / (q.x() - p.x()) * (q.y() - p.y()));
    }
    std::sort(cuts.begin(), cuts.end());
    std::vector<std::pair<double, double>> parts;
    for (std::size_t i = 0; i + 1 < cuts.size(); i += 2) parts.emplace_back(cuts[i], cuts[i + 1]);
    return parts;
  }

  /// Signs of the two walls that are open to the camera: (-1, -1) for west and south.
  [[nodiscard]] Vec2 open_side() const {
    if (plan_) return {-1, -1};
    const Vec2 forward = render::camera_model(room_, options_).forward.head<2>();
    return {forward.x() > 0 ? -1 : 1, forward.y() > 0 ? -1 : 1};
  }

  // Relations -------------------------------------------------------------------------------------------

  /// Where the arrow of a relation ends, seen from the object.
  [[nodiscard]] Vec3 relation_end(int i, const scene::Relation& relation) const {
    const Box& b = box(i);
    if (const auto* other = std::get_if<scene::ObjectRef>(&relation.target)) {
      const Box& t = box(other->index);
      const Vec2 from = b.centre_m.head<2>();
      const Vec2 way = t.centre_m.head<2>() - from;
      // Up to the border of the other's footprint; to its top, where the object stands over or in it.
      double enter = 0;
      const Vec2 start = t.local(from);
      const Vec2 step(way.dot(t.right), way.dot(t.front));
      bool inside = true;
      for (int axis = 0; axis < 2; ++axis) {
        if (std::abs(start[axis]) <= t.half_m[axis]) continue;
        inside = false;
        if (step[axis] != 0)
          enter = std::max(enter, ((start[axis] > 0 ? 1 : -1) * t.half_m[axis] - start[axis]) / step[axis]);
      }
      if (inside) return {from.x(), from.y(), t.top_m()};
      return at_height(from + std::min(1.0, enter + 0.03) * way, t.centre_m.z());
    }
    const auto element = std::get<scene::Element>(relation.target);
    const double length_m = graph_.size.length_m;
    const double width_m = graph_.size.width_m;
    if (element == scene::Element::Ceiling) return {b.centre_m.x(), b.centre_m.y(), graph_.size.height_m};
    if (element == scene::Element::Middle) {
      const Vec2 middle = graph_.floor_m.size() >= 3 ? scene::centroid_m(graph_.floor_m)
                                                     : Vec2(0.5 * length_m, 0.5 * width_m);
      return at_height(middle, b.centre_m.z());
    }
    const scene::Wall wall = *scene::wall_of(element);
    const bool corner = relation.preposition == scene::Preposition::InCorner;
    const Vec2 p = b.centre_m.head<2>();
    Vec2 best = p;
    double best_m = 1e9;
    const auto consider = [&](const Vec2& a, const Vec2& c) {
      const Vec2 along = c - a;
      double t = std::clamp((p - a).dot(along) / std::max(1e-12, along.squaredNorm()), 0.0, 1.0);
      if (corner) t = t < 0.5 ? 0 : 1;
      const Vec2 q = a + t * along;
      if ((q - p).norm() < best_m) {
        best_m = (q - p).norm();
        best = q;
      }
    };
    const scene::FloorPlan outline(graph_.floor_m, graph_.size);
    for (const scene::WallSegment& w : outline.walls)
      if (w.wall == wall)
        consider(w.lo_m * w.along + w.offset_m * w.inward, w.hi_m * w.along + w.offset_m * w.inward);
    if (outline.rectangle()) {
      const std::array<Vec2, 4> c = {Vec2(0, 0), Vec2(length_m, 0), Vec2(length_m, width_m),
                                     Vec2(0, width_m)};
      switch (wall) {
        case scene::Wall::South:
          consider(c[0], c[1]);
          break;
        case scene::Wall::East:
          consider(c[1], c[2]);
          break;
        case scene::Wall::North:
          consider(c[2], c[3]);
          break;
        case scene::Wall::West:
          consider(c[3], c[0]);
          break;
      }
    }
    return at_height(best, b.centre_m.z());
  }

  void relation_arrow(int i, const scene::Relation& relation, const Vec3& color, const std::string& words,
                      const Vec3& words_color, bool optional) {
    if (const auto* other = std::get_if<scene::ObjectRef>(&relation.target))
      if (other->index < 0 || other->index >= static_cast<int>(boxes_.size()) || other->index == i) return;
    const Vec3 from = box(i).centre_m;
    const Vec3 to = relation_end(i, relation);
    Stroke stroke;
    stroke.points_m = {from, to};
    stroke.color = color;
    stroke.arrow = true;
    stroke.width = 1.7;
    drawing_.line(stroke);
    if (!words.empty()) say(asides_, 0.5 * (from + to), words, words_color, 0.85, true, optional);
  }

  void relations() {
    for (std::size_t i = 0; i < graph_.objects.size(); ++i) {
      const auto& relations = graph_.objects[i].relations;
      for (std::size_t r = 0; r < relations.size(); ++r) {
        const bool broken =
            std::any_of(report_.faults.begin(), report_.faults.end(), [&](const Fault& fault) {
              return fault.kind == FaultKind::Relation && fault.object == static_cast<int>(i) &&
                     fault.other == static_cast<int>(r);
            });
        // Drawn among the faults already.
        if (broken && what_.faults) continue;
        const bool possible = physics::satisfiable(graph_, static_cast<int>(i), static_cast<int>(r), rules_);
        relation_arrow(static_cast<int>(i), relations[r],
                       broken     ? kRed
                       : possible ? kGreen
                                  : kGrey,
                       std::string(scene::name(relations[r].preposition)),
                       broken     ? kRedWords
                       : possible ? kGreenWords
                                  : kGrey,
                       true);
      }
    }
  }

  // Faults ----------------------------------------------------------------------------------------------

  void faults() {
    faulty_.assign(graph_.objects.size(), 0);
    const auto mark = [&](int i, char grade) {
      char& now = faulty_[static_cast<std::size_t>(i)];
      now = std::max(now, grade);
    };
    for (const Fault& fault : report_.faults) {
      const char grade = group_of(fault.kind) == FaultGroup::Physical ? 2 : 1;
      mark(fault.object, grade);
      if (fault.kind == FaultKind::Overlap) mark(fault.other, grade);
    }
    for (std::size_t i = 0; i < faulty_.size(); ++i)
      if (faulty_[i] == 1) outline(boxes_[i], kAmber);
    for (std::size_t i = 0; i < faulty_.size(); ++i)
      if (faulty_[i] == 2) outline(boxes_[i], kRed);
    for (const Fault& fault : report_.faults)
      if (group_of(fault.kind) != FaultGroup::Physical) draw_fault(fault, kAmber);
    for (const Fault& fault : report_.faults)
      if (group_of(fault.kind) == FaultGroup::Physical) draw_fault(fault, kRed);
    fault_words();
  }

  /// Every object's largest physical fault is told, the others where there is room.
  void fault_words() {
    std::vector<const Fault*> order;
    for (const Fault& fault : report_.faults) order.push_back(&fault);
    const auto physical = [](const Fault& fault) { return group_of(fault.kind) == FaultGroup::Physical; };
    std::stable_sort(order.begin(), order.end(), [&](const Fault* a, const Fault* b) {
      return std::pair(physical(*a), a->magnitude) > std::pair(physical(*b), b->magnitude);
    });
    std::vector<char> told(graph_.objects.size(), 0);
    std::vector<std::pair<int, std::string>> said;
    std::vector<Label> first;
    std::vector<Label> more;
    for (const Fault* fault : order) {
      // Two walls of one corner are missed by the same distance.
      const std::pair<int, std::string> words{fault->object, physics::brief(graph_, *fault)};
      if (std::find(said.begin(), said.end(), words) != said.end()) continue;
      said.push_back(words);
      char& done = told[static_cast<std::size_t>(fault->object)];
      const bool must = physical(*fault) && done == 0;
      done = 1;
      say(must ? first : more, fault_place(*fault), words.second, physical(*fault) ? kRedWords : kAmberWords,
          0.92, true, !must);
    }
    words_ = std::move(first);
    words_.insert(words_.end(), more.begin(), more.end());
  }

  /// The part of an object beyond the walls of the rectangle around the room, one piece per wall.
  [[nodiscard]] std::vector<ConvexPolygon> outside(int i) const {
    const auto corners = box(i).corners_m();
    std::vector<ConvexPolygon> pieces;
    const auto beyond = [&](const Vec2& inwards, double at_m) {
      ConvexPolygon piece(corners);
      piece.clip(inwards, at_m);
      if (piece.count >= 3 && piece.area_m2() > 1e-6) pieces.push_back(piece);
    };
    beyond({1, 0}, 0);
    beyond({-1, 0}, -graph_.size.length_m);
    beyond({0, 1}, 0);
    beyond({0, -1}, -graph_.size.width_m);
    const scene::FloorPlan plan(graph_.floor_m, graph_.size);
    for (const scene::Pocket& pocket : plan.pockets) {
      ConvexPolygon piece(corners);
      for (std::size_t k = 0; k < 4 && piece.count >= 3; ++k) {
        const Vec2& a = pocket.corners_m[k];
        const Vec2 along = pocket.corners_m[(k + 1) % 4] - a;
        if (along.norm() < 1e-9) continue;
        const Vec2 out(along.y(), -along.x());
        piece.clip(out, out.dot(a));
      }
      if (piece.count >= 3 && piece.area_m2() > 1e-6) pieces.push_back(piece);
    }
    return pieces;
  }

  /// What an opening wants to keep free, as a box from its lower to its upper edge.
  void zone(int opening, const Vec3& color) {
    const scene::Opening& o = graph_.openings[static_cast<std::size_t>(opening)];
    const auto [x0, x1, y0, y1] = physics::clear_zone_m(graph_, o);
    const double z = o.kind == scene::OpeningKind::Door ? 0.01 : o.bottom_m;
    std::vector<Vec3> ring = {{x0, y0, z}, {x1, y0, z}, {x1, y1, z}, {x0, y1, z}};
    fill(ring, color, 0.3, o.kind == scene::OpeningKind::Window || plan_);
    ring.push_back(ring.front());
    polyline(std::move(ring), color, 1.2, 0.5, 1, true);
  }

  void draw_fault(const Fault& fault, const Vec3& color) {
    const Box& b = box(fault.object);
    switch (fault.kind) {
      case FaultKind::Overlap: {
        const Box& other = box(fault.other);
        prism(physics::common_footprint(b, other), std::max(b.bottom_m(), other.bottom_m()),
              std::min(b.top_m(), other.top_m()), color);
        break;
      }
      case FaultKind::OutOfRoom:
        for (const ConvexPolygon& piece : outside(fault.object)) prism(piece, b.bottom_m(), b.top_m(), color);
        break;
      case FaultKind::Relation:
        relation_arrow(fault.object,
                       graph_.objects[static_cast<std::size_t>(fault.object)]
                           .relations[static_cast<std::size_t>(fault.other)],
                       color, "", color, true);
        break;
      case FaultKind::Support: {
        // From its underside to where it would be held: the gap that is measured.
        const Vec3 from = b.centre_m - Vec3(0, 0, b.half_m.z());
        Box there = b;
        there.centre_m += fault.push_m;
        polyline({from, from + fault.push_m}, color, 1.8, 1, 1, true);
        if (!plan_) {
          std::vector<Vec3> ring;
          for (const Vec2& c : there.corners_m()) ring.push_back(at_height(c, there.bottom_m() + 0.005));
          fill(ring, color, 0.15, false);
          ring.push_back(ring.front());
          polyline(std::move(ring), color, 1.2, 0.5, 0.8, true);
        }
        break;
      }
      case FaultKind::DoorBlocked:
      case FaultKind::WindowBlocked:
        zone(fault.other, color);
        break;
      case FaultKind::Facing: {
        const double z = b.top_m();
        const Vec2 centre = b.centre_m.head<2>();
        Stroke front;
        front.points_m = {at_height(centre, z), at_height(centre + (b.half_m.y() + 0.35) * b.front, z)};
        front.color = color;
        front.arrow = true;
        drawing_.line(front);
        if (fault.other >= 0)
          polyline({at_height(centre, z), box(fault.other).centre_m}, color, 1.2, 1, 0.9, true);
        break;
      }
      case FaultKind::TooFar:
        polyline({b.centre_m, box(fault.other).centre_m}, color, 1.2, 1, 0.9, true);
        break;
      case FaultKind::Access: {
        const bool across = fault.side == physics::Side::Front || fault.side == physics::Side::Back;
        const Vec2 out = fault.side == physics::Side::Front  ? b.front
                         : fault.side == physics::Side::Back ? Vec2(-b.front)
                         : fault.side == physics::Side::Left ? Vec2(-b.right)
                                                             : b.right;
        const Vec2 along = across ? b.right : b.front;
        const double half = across ? b.half_m.x() : b.half_m.y();
        const double off = across ? b.half_m.y() : b.half_m.x();
        const Vec2 c = b.centre_m.head<2>();
        const double z = b.bottom_m() + 0.01;
        std::vector<Vec3> ring;
        for (const auto& [s, d] :
             {std::pair{-half, off}, std::pair{half, off}, std::pair{half, off + rules_.access_depth_m},
              std::pair{-half, off + rules_.access_depth_m}})
          ring.push_back(at_height(c + s * along + d * out, z));
        fill(ring, color, 0.45, plan_);
        ring.push_back(ring.front());
        polyline(std::move(ring), color, 1, 0.4);
        break;
      }
      case FaultKind::Turned:
      case FaultKind::NotFlush:
      case FaultKind::OutOfRow:
        break;  // the outline says it
    }
  }

  /// What a fault's words name.
  [[nodiscard]] Vec3 fault_place(const Fault& fault) const {
    const Box& b = box(fault.object);
    const Vec3 top = b.centre_m + Vec3(0, 0, b.half_m.z());
    switch (fault.kind) {
      case FaultKind::Overlap: {
        const Box& other = box(fault.other);
        return at_height(middle_of(physics::common_footprint(b, other)), std::min(b.top_m(), other.top_m()));
      }
      case FaultKind::OutOfRoom: {
        const auto pieces = outside(fault.object);
        return pieces.empty() ? top : at_height(middle_of(pieces.front()), b.top_m());
      }
      case FaultKind::Relation: {
        const auto& relation = graph_.objects[static_cast<std::size_t>(fault.object)]
                                   .relations[static_cast<std::size_t>(fault.other)];
        return 0.5 * (b.centre_m + relation_end(fault.object, relation));
      }
      case FaultKind::Support:
        return b.centre_m - Vec3(0, 0, b.half_m.z()) + 0.5 * fault.push_m;
      default:
        return top;
    }
  }

  // Ids -------------------------------------------------------------------------------------------------

  /// Names what is seen, at the place of each object that lies deepest inside of what is seen of it.
  void ids() {
    const std::vector<int> seen = render::render_object_ids(room_, options_);
    const int width = options_.width_px;
    const int height = options_.height_px;
    const auto index = [&](int x, int y) {
      return static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x);
    };
    // How far each pixel is from the border of what it shows, in city blocks: two sweeps.
    std::vector<int> deep(seen.size());
    const auto at = [&](int x, int y, int id) {
      return x < 0 || y < 0 || x >= width || y >= height || seen[index(x, y)] != id ? 0 : deep[index(x, y)];
    };
    for (int y = 0; y < height; ++y)
      for (int x = 0; x < width; ++x) {
        const int id = seen[index(x, y)];
        deep[index(x, y)] = 1 + std::min(at(x - 1, y, id), at(x, y - 1, id));
      }
    for (int y = height - 1; y >= 0; --y)
      for (int x = width - 1; x >= 0; --x) {
        const int id = seen[index(x, y)];
        int& d = deep[index(x, y)];
        d = std::min(d, 1 + std::min(at(x + 1, y, id), at(x, y + 1, id)));
      }
    struct Seen {
      double count = 0;
      Vec2 sum = Vec2::Zero();
      Vec2 place = Vec2::Zero();
      double best = -1e9;
    };
    std::vector<Seen> of(graph_.objects.size());
    const auto visit = [&](auto&& with) {
      for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x)
          if (const int id = seen[index(x, y)]; id >= 0) with(of[static_cast<std::size_t>(id)], x, y);
    };
    visit([](Seen& s, int x, int y) {
      s.count += 1;
      s.sum += Vec2(x + 0.5, y + 0.5);
    });
    visit([&](Seen& s, int x, int y) {
      const Vec2 here(x + 0.5, y + 0.5);
      const double score = deep[index(x, y)] - 0.35 * (here - s.sum / s.count).norm();
      if (score <= s.best) return;
      s.best = score;
      s.place = here;
    });
    const double least = 2e-4 * width * height;
    for (std::size_t i = 0; i < of.size(); ++i) {
      const char grade = faulty_.empty() ? char{0} : faulty_[i];
      if (!what_.labels && grade == 0) continue;
      if (of[i].count < std::min(40.0, std::max(12.0, least))) continue;
      const Vec3 color = grade == 2 ? kRedWords : grade == 1 ? kAmberWords : kWhite;
      ids_.push_back({{{graph_.objects[i].id, what_.labels ? kWhite : color}},
                      of[i].place.x(),
                      of[i].place.y(),
                      1,
                      false,
                      false});
    }
    // Small things have less room for their names.
    std::stable_sort(ids_.begin(), ids_.end(),
                     [](const Label& a, const Label& b) { return a.y_px < b.y_px; });
    if (what_.labels) opening_ids();
  }

  /// Names doors and windows that are seen, also those of walls that are cut away.
  void opening_ids() {
    for (const scene::Opening& o : graph_.openings) {
      const physics::ClearZone zone = physics::clear_zone(graph_.size, o);
      const Vec2 at = 0.5 * (zone.along_lo_m + zone.along_hi_m) * zone.along + zone.wall_m * zone.inward;
      // In a plan on the wall; else a little before it, where a door's leaf does not hide it.
      const Vec3 place = plan_ ? at_height(at - 0.5 * render::kWallThickness_m * zone.inward, 0.4)
                               : at_height(at + 0.06 * zone.inward, o.bottom_m + 0.5 * o.height_m);
      if (!plan_ && drawing_.hidden(place)) continue;
      say(ids_, place, o.id, o.kind == scene::OpeningKind::Door ? kDoorWords : kWindowWords, 0.92, false,
          true);
    }
  }

  const scene::SceneGraph& graph_;
  const render::RoomScene& room_;
  const render::RenderOptions& options_;
  const Annotations& what_;
  const physics::Rules& rules_;
  render::Drawing drawing_;
  bool plan_;
  bool whole_ = false;  ///< every object has a place
  scene::Layout layout_;
  std::vector<Box> boxes_;
  physics::Report report_;
  std::vector<char> faulty_;  ///< 2: physically, 1: to use or in its order
  std::vector<Label> fixed_, ids_, words_, asides_;
};

}  // namespace

void annotate(Image& picture, const render::RoomScene& room, const render::RenderOptions& options,
              const Annotations& what, const physics::Rules& rules) {
  if (!what.any()) return;
  render::RenderOptions exact = options;
  exact.width_px = picture.width_px;
  exact.height_px = picture.height_px;
  Annotator(picture, room, exact, what, rules).draw();
}

}  // namespace metaspatial::env
