#include "metaspatial/physics/navigability.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <limits>
#include <utility>

#include "metaspatial/base/error.hpp"
#include "metaspatial/physics/rules.hpp"
#include "metaspatial/scene/kinds.hpp"

namespace metaspatial::physics {
namespace {

using scene::Opening;
using scene::OpeningKind;
using scene::Pose;
using scene::SceneObject;
using scene::Wall;

constexpr double kInfinity = std::numeric_limits<double>::infinity();
/// Edges of a polygonal floor this near to a wall's direction, or to each other's line, count as on it.
constexpr double kSameLine_m = 1e-6;
constexpr int kMaxCells = 1024;
/// Half extents beyond this are cut: no floor is that large, and sums stay finite.
constexpr double kMaxHalf_m = 1e9;

double cross(const Vec2& a, const Vec2& b) {
  return a.x() * b.y() - a.y() * b.x();
}
bool along_x(Wall wall) {
  return wall == Wall::South || wall == Wall::North;
}
Vec2 outward(Wall wall) {
  switch (wall) {
    case Wall::South:
      return {0, -1};
    case Wall::North:
      return {0, 1};
    case Wall::East:
      return {1, 0};
    case Wall::West:
      return {-1, 0};
  }
  return {0, 0};
}
/// Whether an edge of the floor faces the wall's way; `orientation` is 1 for a counterclockwise floor, else
/// -1.
bool faces(Wall wall, const Vec2& edge, double orientation) {
  const double off = along_x(wall) ? edge.y() : edge.x();
  return std::abs(off) <= kSameLine_m &&
         orientation * Vec2(edge.y(), -edge.x()).dot(outward(wall)) > kSameLine_m;
}

/// A rectangle and everything within `radius_m` of it: the outline around its centre, row by row.
class GrownRectangle {
 public:
  /// `axis` is the unit vector of the first half extent, in the room frame.
  GrownRectangle(Vec2 axis, double half_along_m, double half_across_m, double radius_m)
      : radius_(radius_m), squared_(radius_m * radius_m) {
    // Exact axes, cos(pi / 2) is not quite 0: no nearly level edges, no slopes beyond 1e12.
    if (std::abs(axis.x()) < 1e-12) axis = Vec2(0, std::copysign(1.0, axis.y()));
    if (std::abs(axis.y()) < 1e-12) axis = Vec2(std::copysign(1.0, axis.x()), 0);
    double along = std::min(half_along_m, kMaxHalf_m);
    double across = std::min(half_across_m, kMaxHalf_m);
    for (int turns = 0; turns < 3 && !(axis.x() > 0 && axis.y() >= 0); ++turns) {
      axis = Vec2(axis.y(), -axis.x());
      std::swap(along, across);
    }
    // Going up the right-hand side: the bottom corner, an edge along `axis`, the right corner, an edge across
    // it, the top corner.
    const Vec2 up = along * axis;
    const Vec2 over = across * Vec2(-axis.y(), axis.x());
    bottom_ = -up - over;
    right_ = up - over;
    top_ = up + over;
    low_edge_y_ = bottom_.y() - radius_ * axis.x();
    right_arc_y_ = right_.y() - radius_ * axis.x();
    high_edge_y_ = right_.y() + radius_ * axis.y();
    top_arc_y_ = top_.y() + radius_ * axis.y();
    low_edge_x_ = bottom_.x() + radius_ * axis.y();
    high_edge_x_ = right_.x() + radius_ * axis.x();
    low_slope_ = axis.y() > 0 ? axis.x() / axis.y() : 0;
    high_slope_ = -axis.y() / axis.x();
  }
  /// Half of its extent along y, and along x.
  [[nodiscard]] double half_y_m() const { return top_.y() + radius_; }
  [[nodiscard]] double half_x_m() const { return right_.x() + radius_; }
  /// The right end of the row at height `y` over the centre, |y| <= half_y_m(). The left end is -right_m(-y).
  [[nodiscard]] double right_m(double y) const {
    if (y < right_arc_y_) {
      if (y < low_edge_y_) return bottom_.x() + arc(y - bottom_.y());
      return low_edge_x_ + (y - low_edge_y_) * low_slope_;
    }
    if (y < high_edge_y_) return right_.x() + arc(y - right_.y());
    if (y < top_arc_y_) return high_edge_x_ + (y - high_edge_y_) * high_slope_;
    return top_.x() + arc(y - top_.y());
  }

 private:
  [[nodiscard]] double arc(double y) const { return std::sqrt(std::max(0.0, squared_ - y * y)); }

  double radius_, squared_;
  Vec2 bottom_, right_, top_;  ///< corners, from the centre
  double low_edge_y_, right_arc_y_, high_edge_y_, top_arc_y_;
  double low_edge_x_, high_edge_x_;
  double low_slope_, high_slope_;  ///< dx / dy of the two edges
};

GrownRectangle grown(const SceneObject& object, const Pose& pose, double radius_m) {
  return {scene::right_axis(pose.yaw_rad), 0.5 * std::max(0.0, object.size_m.x()),
          0.5 * std::max(0.0, object.size_m.y()), radius_m};
}

/// Index of the first of `count` cells whose centre lies at or beyond `at_m`; `count` if none does.
int first_cell(double at_m, double first_m, double cell_m, int count) {
  const double at = std::clamp((at_m - first_m) / cell_m, 0.0, static_cast<double>(count));
  return count - static_cast<int>(count - at);
}
/// One past the last cell whose centre lies at or before `at_m`.
int end_cell(double at_m, double first_m, double cell_m, int count) {
  return static_cast<int>(std::clamp((at_m - first_m) / cell_m + 1, 0.0, static_cast<double>(count)));
}

/// Calls visit(row, begin, end) for the cells under a shape around `centre_m` until it returns true; returns
/// whether it did.
template <typename Visit>
bool visit_rows(const FloorMap& grid, const Vec2& centre_m, const GrownRectangle& shape, Visit visit) {
  const double scale = 1 / grid.cell_m;
  const double columns = grid.columns;
  // From here on in cells, the south-west centre at 0.
  const double x = (centre_m.x() - grid.first_m.x()) * scale;
  const double reach_x = shape.half_x_m() * scale;
  if (!(x + reach_x >= 0 && x - reach_x < columns)) return false;
  const double half_y = shape.half_y_m();
  const int first = first_cell(centre_m.y() - half_y, grid.first_m.y(), grid.cell_m, grid.rows);
  const int end = end_cell(centre_m.y() + half_y, grid.first_m.y(), grid.cell_m, grid.rows);
  for (int row = first; row < end; ++row) {
    const double y = grid.first_m.y() + row * grid.cell_m - centre_m.y();
    const double left = std::clamp(x - shape.right_m(-y) * scale, 0.0, columns);
    const double right = std::clamp(x + shape.right_m(y) * scale + 1, 0.0, columns);
    const int begin_column = grid.columns - static_cast<int>(columns - left);
    const int end_column = static_cast<int>(right);
    if (begin_column < end_column && visit(row, begin_column, end_column)) return true;
  }
  return false;
}

/// Calls visit(word, mask) for the words of cells [begin, end) of a row until it returns true.
template <typename Visit>
bool visit_words(const FloorMap& grid, int row, int begin, int end, Visit visit) {
  const std::size_t start = static_cast<std::size_t>(row) * static_cast<std::size_t>(grid.words_per_row);
  const auto first = static_cast<std::size_t>(begin);
  const auto last = static_cast<std::size_t>(end - 1);
  const std::uint64_t from = ~std::uint64_t{0} << (first % 64);
  const std::uint64_t until = ~std::uint64_t{0} >> (63 - last % 64);
  if (first / 64 == last / 64) return visit(start + first / 64, from & until);
  if (visit(start + first / 64, from)) return true;
  for (std::size_t word = first / 64 + 1; word < last / 64; ++word)
    if (visit(start + word, ~std::uint64_t{0})) return true;
  return visit(start + last / 64, until);
}

void set_cells(const FloorMap& grid, std::vector<std::uint64_t>& bits, int row, int begin, int end) {
  visit_words(grid, row, begin, end, [&bits](std::size_t word, std::uint64_t mask) {
    bits[word] |= mask;
    return false;
  });
}

void clear_cells(const FloorMap& grid, std::vector<std::uint64_t>& bits, const Vec2& centre_m,
                 const GrownRectangle& shape) {
  visit_rows(grid, centre_m, shape, [&](int row, int begin, int end) {
    return visit_words(grid, row, begin, end, [&bits](std::size_t word, std::uint64_t mask) {
      bits[word] &= ~mask;
      return false;
    });
  });
}

bool any_cell(const FloorMap& grid, const std::vector<std::uint64_t>& bits, const Vec2& centre_m,
              const GrownRectangle& shape) {
  return visit_rows(grid, centre_m, shape, [&](int row, int begin, int end) {
    return visit_words(grid, row, begin, end,
                       [&bits](std::size_t word, std::uint64_t mask) { return (bits[word] & mask) != 0; });
  });
}

bool finite(const SceneObject& object, const Pose& pose) {
  return std::isfinite(object.size_m.sum() + pose.position_m.sum() + pose.yaw_rad);
}
double top_of(const SceneObject& object, const Pose& pose) {
  return pose.position_m.z() + 0.5 * object.size_m.z();
}
double bottom_of(const SceneObject& object, const Pose& pose) {
  return pose.position_m.z() - 0.5 * object.size_m.z();
}
bool flat(const SceneObject& object) {
  return scene::kind_or_default(object.kind).flat;
}
/// Whether it stands in the way between the two heights.
bool in_the_way(const SceneObject& object, const Pose& pose, const NavigabilityRules& rules) {
  return top_of(object, pose) > rules.obstacle_low_m + kRounding_m &&
         bottom_of(object, pose) < rules.obstacle_high_m - kRounding_m && !flat(object);
}
bool over_footprint(const SceneObject& object, const Pose& pose, const Vec2& p_m) {
  const Vec2 d = p_m - pose.position_m.head<2>();
  return std::abs(d.dot(scene::right_axis(pose.yaw_rad))) <= 0.5 * object.size_m.x() + kRounding_m &&
         std::abs(d.dot(scene::front_axis(pose.yaw_rad))) <= 0.5 * object.size_m.y() + kRounding_m;
}

}  // namespace

const Navigability& NavigabilityChecker::check(const SceneGraph& graph, const Layout& layout,
                                               const NavigabilityRules& rules,
                                               std::span<const Vec2> floor_m) {
  METASPATIAL_CHECK(layout.poses.size() == graph.objects.size(), "one pose per object");
  METASPATIAL_CHECK(rules.person_width_m > 2 * kRounding_m && rules.cell_m > 0,
                    "a person and cells of some size");
  const Vec2 far_corner(graph.size.length_m, graph.size.width_m);
  const std::array<Vec2, 4> rectangle = {Vec2(0, 0), Vec2(far_corner.x(), 0), far_corner,
                                         Vec2(0, far_corner.y())};
  const bool rectangular = floor_m.empty();
  if (rectangular) floor_m = rectangle;

  double doubled_m2 = 0;
  for (std::size_t k = 0; k < floor_m.size(); ++k)
    doubled_m2 += cross(floor_m[k] - floor_m[0], floor_m[(k + 1) % floor_m.size()] - floor_m[0]);
  const double orientation = doubled_m2 < 0 ? -1 : 1;
  result_.floor_m2 = 0.5 * std::abs(doubled_m2);

  lay_grid(rules, floor_m);
  find_doorways(graph, floor_m, orientation);
  if (rectangular) {
    for (int row = 0; row < grid_.rows; ++row) set_cells(grid_, free_, row, 0, grid_.columns);
  } else {
    fill_floor(floor_m);
  }
  // Touching is allowed: what is grown by a little less than the radius is closed.
  carve_walls(floor_m, orientation, 0.5 * rules.person_width_m - kRounding_m);
  carve_objects(graph, layout, rules);
  find_runs();
  join_runs();
  enter();
  reach_objects(graph, layout, rules);
  return result_;
}

FloorMap NavigabilityChecker::map() const {
  FloorMap map = grid_;
  map.free = free_;
  map.reached = reached_;
  return map;
}

void NavigabilityChecker::lay_grid(const NavigabilityRules& rules, std::span<const Vec2> floor_m) {
  Vec2 lo = floor_m[0];
  Vec2 hi = floor_m[0];
  for (const Vec2& corner : floor_m) {
    lo = lo.cwiseMin(corner);
    hi = hi.cwiseMax(corner);
  }
  const Vec2 size = hi - lo;
  grid_.cell_m = std::max(rules.cell_m, size.maxCoeff() / kMaxCells);
  const auto cells = [this](double length_m) {
    // 6 / 0.05 may be a little more than 120.
    return static_cast<int>(std::clamp(std::ceil(length_m / grid_.cell_m - 1e-9), 1.0, 1.0 * kMaxCells));
  };
  grid_.columns = cells(size.x());
  grid_.rows = cells(size.y());
  grid_.words_per_row = (grid_.columns + 63) / 64;
  grid_.first_m = 0.5 * (lo + hi) - 0.5 * grid_.cell_m * Vec2(grid_.columns - 1, grid_.rows - 1);
  const std::size_t words =
      static_cast<std::size_t>(grid_.rows) * static_cast<std::size_t>(grid_.words_per_row);
  free_.assign(words, 0);
  reached_.assign(words, 0);
}

void NavigabilityChecker::find_doorways(const SceneGraph& graph, std::span<const Vec2> floor_m,
                                        double orientation) {
  doorways_.clear();
  for (const Opening& opening : graph.openings) {
    if (opening.kind != OpeningKind::Door) continue;
    const double wall_length = std::max(0.0, graph.size.wall_length_m(opening.wall));
    const double lo = std::clamp(opening.centre_m - 0.5 * opening.width_m, 0.0, wall_length);
    const double hi = std::clamp(opening.centre_m + 0.5 * opening.width_m, 0.0, wall_length);
    if (!(lo < hi)) continue;
    const int along = along_x(opening.wall) ? 0 : 1;
    const double side = outward(opening.wall)[1 - along];
    double outermost = -kInfinity;
    for (std::size_t k = 0; k < floor_m.size(); ++k) {
      const Vec2& a = floor_m[k];
      const Vec2& b = floor_m[(k + 1) % floor_m.size()];
      if (!faces(opening.wall, b - a, orientation)) continue;
      const double centre = 0.5 * (lo + hi);
      if (centre < std::min(a[along], b[along]) - kRounding_m) continue;
      if (centre > std::max(a[along], b[along]) + kRounding_m) continue;
      outermost = std::max(outermost, side * a[1 - along]);
    }
    if (outermost > -kInfinity) doorways_.push_back({opening.wall, side * outermost, lo, hi});
  }
}

void NavigabilityChecker::fill_floor(std::span<const Vec2> floor_m) {
  for (int row = 0; row < grid_.rows; ++row) {
    // Just above and just below, so that a row along an edge is inside whichever side the floor is on.
    for (const double off : {-kRounding_m, kRounding_m}) {
      const double y = grid_.first_m.y() + row * grid_.cell_m + off;
      crossings_.clear();
      for (std::size_t k = 0; k < floor_m.size(); ++k) {
        const Vec2& a = floor_m[k];
        const Vec2& b = floor_m[(k + 1) % floor_m.size()];
        if ((a.y() <= y) == (b.y() <= y)) continue;
        crossings_.push_back(a.x() + (y - a.y()) / (b.y() - a.y()) * (b.x() - a.x()));
      }
      std::sort(crossings_.begin(), crossings_.end());
      for (std::size_t k = 0; k + 1 < crossings_.size(); k += 2) {
        const int begin =
            first_cell(crossings_[k] - kRounding_m, grid_.first_m.x(), grid_.cell_m, grid_.columns);
        const int end =
            end_cell(crossings_[k + 1] + kRounding_m, grid_.first_m.x(), grid_.cell_m, grid_.columns);
        if (begin < end) set_cells(grid_, free_, row, begin, end);
      }
    }
  }
}

void NavigabilityChecker::carve_walls(std::span<const Vec2> floor_m, double orientation, double radius_m) {
  const auto carve = [&](const Vec2& a, const Vec2& b) {
    const double length = (b - a).norm();
    const Vec2 axis = length > 0 ? Vec2((b - a) / length) : Vec2(1, 0);
    clear_cells(grid_, free_, 0.5 * (a + b), GrownRectangle(axis, 0.5 * length, 0, radius_m));
  };
  for (std::size_t k = 0; k < floor_m.size(); ++k) {
    const Vec2& a = floor_m[k];
    const Vec2& b = floor_m[(k + 1) % floor_m.size()];
    cuts_.clear();
    int along = 0;
    for (const Doorway& door : doorways_) {
      if (!faces(door.wall, b - a, orientation)) continue;
      along = along_x(door.wall) ? 0 : 1;
      if (std::abs(a[1 - along] - door.line_m) <= kSameLine_m) cuts_.emplace_back(door.lo_m, door.hi_m);
    }
    if (cuts_.empty()) {
      carve(a, b);
      continue;
    }
    std::sort(cuts_.begin(), cuts_.end(), [](const Vec2& u, const Vec2& v) { return u.x() < v.x(); });
    // What the doors leave of the edge, end points included: those are the jambs.
    const Vec2& low = a[along] < b[along] ? a : b;
    const Vec2& high = a[along] < b[along] ? b : a;
    const auto point_at = [&](double t) {
      Vec2 p = low;
      p[along] = std::min(t, high[along]);
      return p;
    };
    double from = low[along];
    for (const Vec2& cut : cuts_) {
      if (cut.x() >= from) carve(point_at(from), point_at(cut.x()));
      from = std::max(from, cut.y());
    }
    if (from <= high[along]) carve(point_at(from), high);
  }
}

void NavigabilityChecker::carve_objects(const SceneGraph& graph, const Layout& layout,
                                        const NavigabilityRules& rules) {
  const double radius_m = 0.5 * rules.person_width_m - kRounding_m;
  result_.reachable.assign(graph.objects.size(), 0);
  for (std::size_t i = 0; i < graph.objects.size(); ++i) {
    const SceneObject& object = graph.objects[i];
    const Pose& pose = layout.poses[i];
    if (!finite(object, pose)) continue;
    if (in_the_way(object, pose, rules)) {
      clear_cells(grid_, free_, pose.position_m.head<2>(), grown(object, pose, radius_m));
    } else {
      result_.reachable[i] = 1;
    }
  }
}

void NavigabilityChecker::find_runs() {
  runs_.clear();
  first_run_.clear();
  const auto words = static_cast<std::size_t>(grid_.words_per_row);
  for (int row = 0; row < grid_.rows; ++row) {
    first_run_.push_back(static_cast<int>(runs_.size()));
    const std::uint64_t* line = free_.data() + static_cast<std::size_t>(row) * words;
    int open = -1;  // start of a run that goes on to the end of the word before
    for (std::size_t word = 0; word < words; ++word) {
      const int base = static_cast<int>(word) * 64;
      std::uint64_t rest = line[word];
      int at = 0;
      while (at < 64) {
        if (open < 0) {
          if (rest == 0) break;
          const int skip = std::countr_zero(rest);
          at += skip;
          rest >>= skip;
          open = base + at;
        }
        const int length =
            std::countr_one(rest);  // ends at the word's end at the latest: zeros are shifted in
        at += length;
        if (at >= 64) break;
        rest >>= length;
        runs_.push_back({open, base + at, 0, 0, false});
        open = -1;
      }
    }
    if (open >= 0) runs_.push_back({open, grid_.columns, 0, 0, false});
  }
  first_run_.push_back(static_cast<int>(runs_.size()));
}

void NavigabilityChecker::join_runs() {
  const auto run = [this](int i) -> Run& { return runs_[static_cast<std::size_t>(i)]; };
  const auto find = [&run](int i) {
    while (run(i).root != i) {
      run(i).root = run(run(i).root).root;
      i = run(i).root;
    }
    return i;
  };
  for (int i = 0; i < static_cast<int>(runs_.size()); ++i) run(i).root = i;
  for (std::size_t row = 1; row + 1 < first_run_.size(); ++row) {
    int below = first_run_[row - 1];
    const int below_end = first_run_[row];
    for (int i = below_end; i < first_run_[row + 1]; ++i) {
      // Cells that share a corner touch: an end, being one past the last cell, may equal a beginning.
      while (below < below_end && run(below).end < run(i).begin) ++below;
      for (int k = below; k < below_end && run(k).begin <= run(i).end; ++k) {
        const int a = find(i);
        const int b = find(k);
        // The lower index stands for the region: roots come before what they stand for.
        run(std::max(a, b)).root = std::min(a, b);
      }
    }
  }
  result_.regions = 0;
  for (int i = 0; i < static_cast<int>(runs_.size()); ++i) {
    Run& mine = run(i);
    mine.root = run(mine.root).root;
    run(mine.root).cells += mine.end - mine.begin;
    if (mine.root == i) ++result_.regions;
  }
}

void NavigabilityChecker::enter() {
  result_.from_door = !doorways_.empty();
  for (const Doorway& door : doorways_) {
    // In rooms so large that a doorway may fall between two cells, the nearest cells are its own.
    const double widen = std::max(0.0, grid_.cell_m - 0.5 * (door.hi_m - door.lo_m)) + kRounding_m;
    const double depth = grid_.cell_m + kRounding_m;
    const int along = along_x(door.wall) ? 0 : 1;
    const double side = outward(door.wall)[1 - along];
    Vec2 lo;
    Vec2 hi;
    lo[along] = door.lo_m - widen;
    hi[along] = door.hi_m + widen;
    lo[1 - along] = door.line_m - (side > 0 ? depth : kRounding_m);
    hi[1 - along] = door.line_m + (side > 0 ? kRounding_m : depth);
    const int begin = first_cell(lo.x(), grid_.first_m.x(), grid_.cell_m, grid_.columns);
    const int end = end_cell(hi.x(), grid_.first_m.x(), grid_.cell_m, grid_.columns);
    const int last_row = end_cell(hi.y(), grid_.first_m.y(), grid_.cell_m, grid_.rows);
    for (int row = first_cell(lo.y(), grid_.first_m.y(), grid_.cell_m, grid_.rows); row < last_row; ++row) {
      for (int i = first_run_[static_cast<std::size_t>(row)];
           i < first_run_[static_cast<std::size_t>(row) + 1]; ++i) {
        const Run& run = runs_[static_cast<std::size_t>(i)];
        if (run.begin < end && run.end > begin) runs_[static_cast<std::size_t>(run.root)].seen = true;
      }
    }
  }
  if (!result_.from_door && !runs_.empty())
    std::ranges::max_element(runs_, {}, &Run::cells)->seen = true;  // the first of equals: the southernmost

  std::int64_t free = 0;
  std::int64_t reached = 0;
  for (int row = 0; row < grid_.rows; ++row) {
    for (int i = first_run_[static_cast<std::size_t>(row)]; i < first_run_[static_cast<std::size_t>(row) + 1];
         ++i) {
      const Run& run = runs_[static_cast<std::size_t>(i)];
      free += run.end - run.begin;
      if (!runs_[static_cast<std::size_t>(run.root)].seen) continue;
      reached += run.end - run.begin;
      set_cells(grid_, reached_, row, run.begin, run.end);
    }
  }
  const double cell_m2 = grid_.cell_m * grid_.cell_m;
  result_.free_m2 = static_cast<double>(free) * cell_m2;
  result_.reachable_m2 = static_cast<double>(reached) * cell_m2;
  result_.share = free > 0 ? static_cast<double>(reached) / static_cast<double>(free) : 0;
}

void NavigabilityChecker::reach_objects(const SceneGraph& graph, const Layout& layout,
                                        const NavigabilityRules& rules) {
  const std::size_t n = graph.objects.size();
  waiting_.clear();
  const double radius_m = 0.5 * rules.person_width_m + rules.reach_m + kRounding_m;
  for (std::size_t i = 0; i < n; ++i) {
    if (result_.reachable[i] != 0) continue;  // not in the way, says carve_objects()
    const SceneObject& object = graph.objects[i];
    const Pose& pose = layout.poses[i];
    if (!finite(object, pose)) continue;
    bool reachable = false;
    if (!object.on_floor) {
      const SupportModes modes = support_modes(graph, static_cast<int>(i));
      reachable = !modes.floor && !modes.on_top;
    }
    reachable =
        reachable || any_cell(grid_, reached_, pose.position_m.head<2>(), grown(object, pose, radius_m));
    if (reachable) {
      result_.reachable[i] = 1;
    } else if (bottom_of(object, pose) > rules.obstacle_low_m) {
      waiting_.push_back(static_cast<int>(i));
    }
  }
  // A vase in the middle of a large table is reached as the table is; a book on a box on it takes two rounds.
  constexpr double kGap_m = Rules{}.support_slop_m + kRounding_m;
  const auto carried = [&](int index) {
    const auto i = static_cast<std::size_t>(index);
    const Pose& pose = layout.poses[i];
    const double bottom_m = bottom_of(graph.objects[i], pose);
    for (std::size_t j = 0; j < n; ++j) {
      if (result_.reachable[j] == 0) continue;
      if (std::abs(top_of(graph.objects[j], layout.poses[j]) - bottom_m) > kGap_m) continue;
      if (!over_footprint(graph.objects[j], layout.poses[j], pose.position_m.head<2>())) continue;
      result_.reachable[i] = 1;
      return true;
    }
    return false;
  };
  for (std::size_t before = waiting_.size() + 1; before != waiting_.size();) {
    before = waiting_.size();
    std::erase_if(waiting_, carried);
  }
}

Navigability navigability(const SceneGraph& graph, const Layout& layout, const NavigabilityRules& rules,
                          std::span<const Vec2> floor_m) {
  NavigabilityChecker checker;
  return checker.check(graph, layout, rules, floor_m);
}

std::vector<std::string> describe_navigability(const SceneGraph& graph, const Navigability& navigability) {
  METASPATIAL_CHECK(navigability.reachable.size() == graph.objects.size(), "one entry per object");
  constexpr double kWorthSaying_m2 = 0.05;
  std::vector<std::string> lines;
  std::string doors;
  int count = 0;
  for (const Opening& opening : graph.openings) {
    if (opening.kind != OpeningKind::Door) continue;
    doors += fmt::format("{}{}", count++ > 0 ? " or " : "", opening.id);
  }
  const double lost_m2 = navigability.free_m2 - navigability.reachable_m2;
  if (navigability.free_m2 <= 0) {
    lines.emplace_back("no floor is left to walk on");
  } else if (navigability.from_door && navigability.reachable_m2 <= 0) {
    lines.push_back(fmt::format("none of the {:.1f} m2 of walkable floor can be reached from {}",
                                navigability.free_m2, doors));
  } else if (lost_m2 >= kWorthSaying_m2) {
    lines.push_back(navigability.from_door
                        ? fmt::format("{:.1f} of {:.1f} m2 of walkable floor cannot be reached from {}",
                                      lost_m2, navigability.free_m2, doors)
                        : fmt::format("{:.1f} of {:.1f} m2 of walkable floor are cut off from the rest",
                                      lost_m2, navigability.free_m2));
  }
  const std::string_view from = !navigability.from_door ? "the largest stretch of floor"
                                : count == 1            ? "the door"
                                                        : "any door";
  for (std::size_t i = 0; i < graph.objects.size(); ++i)
    if (navigability.reachable[i] == 0)
      lines.push_back(fmt::format("{} cannot be reached from {}", graph.objects[i].id, from));
  return lines;
}

}  // namespace metaspatial::physics
