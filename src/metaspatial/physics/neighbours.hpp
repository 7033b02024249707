#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "metaspatial/physics/box.hpp"

namespace metaspatial::physics {

/// Who is near whom in plan: a uniform grid over the boxes' extents, or nothing but a loop where there are
/// few. Rebuilt for every layout without allocating, once it has seen one as large.
///
/// Cost     build O(n); a query O(boxes in the cells it covers). Large boxes are looked at by every query.
class Neighbours {
 public:
  /// Up to this many boxes a loop is faster than a grid. Both find the same boxes.
  explicit Neighbours(std::size_t loop_up_to = 48) : loop_up_to_(loop_up_to) {}

  /// REQUIRES `boxes` to outlive the queries.
  void build(std::span<const Box> boxes);
  [[nodiscard]] std::span<const Box> boxes() const { return boxes_; }

  /// Calls visit(i, j), i < j, once for every pair whose extents in plan meet.
  template <typename Visit>
  void for_each_pair(Visit&& visit) const {
    const auto n = static_cast<int>(boxes_.size());
    if (!gridded_) {
      for (int i = 0; i < n; ++i)
        for (int j = i + 1; j < n; ++j)
          if (meet(i, j)) visit(i, j);
      return;
    }
    for (std::size_t k = 0; k < large_.size(); ++k)
      for (int j = 0; j < n; ++j) {
        const int i = large_[k];
        // Of two large ones, the first in the list speaks.
        if (j == i || (is_large(j) && j < i)) continue;
        if (meet(i, j)) visit(i < j ? i : j, i < j ? j : i);
      }
    for (int y = 0; y < ny_; ++y)
      for (int x = 0; x < nx_; ++x) {
        const auto here = cell(x, y);
        for (std::size_t k = 0; k < here.size(); ++k)
          for (std::size_t l = k + 1; l < here.size(); ++l) {
            const int i = here[k];
            const int j = here[l];
            if (!meet(i, j)) continue;
            // Both may share several cells: the pair belongs to the first of them.
            const Range& a = ranges_[static_cast<std::size_t>(i)];
            const Range& b = ranges_[static_cast<std::size_t>(j)];
            if (x == (a.x0 > b.x0 ? a.x0 : b.x0) && y == (a.y0 > b.y0 ? a.y0 : b.y0))
              visit(i < j ? i : j, i < j ? j : i);
          }
      }
  }

  /// Calls visit(j) for every box whose extents meet the rectangle; some may be visited twice.
  template <typename Visit>
  void for_each_near(const Vec2& lo_m, const Vec2& hi_m, Visit&& visit) const {
    const auto test = [&](int j) {
      const Box& b = boxes_[static_cast<std::size_t>(j)];
      if (b.centre_m.x() - b.extent_m.x() <= hi_m.x() && b.centre_m.x() + b.extent_m.x() >= lo_m.x() &&
          b.centre_m.y() - b.extent_m.y() <= hi_m.y() && b.centre_m.y() + b.extent_m.y() >= lo_m.y())
        visit(j);
    };
    if (!gridded_) {
      for (int j = 0; j < static_cast<int>(boxes_.size()); ++j) test(j);
      return;
    }
    for (const int j : large_) test(j);
    const Range range = range_of(lo_m, hi_m);
    for (int y = range.y0; y <= range.y1; ++y)
      for (int x = range.x0; x <= range.x1; ++x)
        for (const int j : cell(x, y)) test(j);
  }

  /// Calls visit(j) for boxes in order of growing distance in plan from `p_m`, roughly: before each ring of
  /// cells, goes on only while wanted(d) holds, where all boxes still to come are at least `d` metres away.
  template <typename Visit, typename Wanted>
  void outwards_from(const Vec2& p_m, Visit&& visit, Wanted&& wanted) const {
    if (!gridded_) {
      for (int j = 0; j < static_cast<int>(boxes_.size()); ++j) visit(j);
      return;
    }
    for (const int j : large_) visit(j);
    const Range at = range_of(p_m, p_m);
    for (int ring = 0; ring < nx_ + ny_; ++ring) {
      if (ring > 0 && !wanted((ring - 1) * cell_m_)) return;
      const auto row = [&](int y, int step) {
        if (y < 0 || y >= ny_) return;
        for (int x = at.x0 - ring; x <= at.x0 + ring; x += step)
          if (x >= 0 && x < nx_)
            for (const int j : cell(x, y)) visit(j);
      };
      row(at.y0 - ring, 1);
      for (int y = at.y0 - ring + 1; y < at.y0 + ring; ++y) row(y, 2 * ring);
      if (ring > 0) row(at.y0 + ring, 1);
    }
  }

 private:
  struct Range {
    std::int32_t x0 = 0, x1 = -1, y0 = 0, y1 = -1;
  };
  [[nodiscard]] bool meet(int i, int j) const {
    const Box& a = boxes_[static_cast<std::size_t>(i)];
    const Box& b = boxes_[static_cast<std::size_t>(j)];
    return std::abs(a.centre_m.x() - b.centre_m.x()) < a.extent_m.x() + b.extent_m.x() &&
           std::abs(a.centre_m.y() - b.centre_m.y()) < a.extent_m.y() + b.extent_m.y();
  }
  [[nodiscard]] bool is_large(int j) const { return ranges_[static_cast<std::size_t>(j)].x1 < 0; }
  [[nodiscard]] std::span<const int> cell(int x, int y) const {
    const auto c = static_cast<std::size_t>(y * nx_ + x);
    return std::span<const int>(members_).subspan(static_cast<std::size_t>(starts_[c]),
                                                  static_cast<std::size_t>(starts_[c + 1] - starts_[c]));
  }
  [[nodiscard]] Range range_of(const Vec2& lo_m, const Vec2& hi_m) const;

  std::size_t loop_up_to_;
  std::span<const Box> boxes_;
  bool gridded_ = false;
  double cell_m_ = 1;
  Vec2 origin_m_ = Vec2::Zero();
  int nx_ = 0;
  int ny_ = 0;
  std::vector<Range> ranges_;
  std::vector<int> starts_;
  std::vector<int> members_;
  std::vector<int> large_;
};

}  // namespace metaspatial::physics
