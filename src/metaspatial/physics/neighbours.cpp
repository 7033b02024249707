#include "metaspatial/physics/neighbours.hpp"

#include <algorithm>
#include <cmath>

namespace metaspatial::physics {
namespace {

/// A box that covers more cells than this is kept in a list of its own: a hall's carpet is near everything.
constexpr std::int64_t kLargeCells = 64;

}  // namespace

Neighbours::Range Neighbours::range_of(const Vec2& lo_m, const Vec2& hi_m) const {
  const auto index = [this](double x, double origin, int n) {
    const double c = std::floor((x - origin) / cell_m_);
    return static_cast<std::int32_t>(std::clamp(c, 0.0, static_cast<double>(n - 1)));
  };
  return {index(lo_m.x(), origin_m_.x(), nx_), index(hi_m.x(), origin_m_.x(), nx_),
          index(lo_m.y(), origin_m_.y(), ny_), index(hi_m.y(), origin_m_.y(), ny_)};
}

void Neighbours::build(std::span<const Box> boxes) {
  boxes_ = boxes;
  const std::size_t n = boxes.size();
  gridded_ = n > loop_up_to_;
  if (!gridded_) return;

  Vec2 lo = boxes[0].centre_m.head<2>();
  Vec2 hi = lo;
  double extent = 0;
  for (const Box& box : boxes) {
    lo = lo.cwiseMin(box.centre_m.head<2>() - box.extent_m);
    hi = hi.cwiseMax(box.centre_m.head<2>() + box.extent_m);
    extent += box.extent_m.sum();
  }
  const Vec2 size = (hi - lo).cwiseMax(1e-6);
  const auto count = static_cast<double>(n);
  // A cell is about as large as a box, and there are not many more cells than boxes, however far they are
  // apart.
  cell_m_ = std::max(extent / count, 1e-6);
  cell_m_ = std::max({cell_m_, std::sqrt(size.x() * size.y() / (2 * count)), size.maxCoeff() / (4 * count)});
  origin_m_ = lo;
  nx_ = static_cast<int>(std::ceil(size.x() / cell_m_)) + 1;
  ny_ = static_cast<int>(std::ceil(size.y() / cell_m_)) + 1;

  // Counting sort: how many boxes per cell, where each cell starts, then the boxes.
  ranges_.resize(n);
  large_.clear();
  starts_.assign(static_cast<std::size_t>(nx_) * static_cast<std::size_t>(ny_) + 1, 0);
  const auto for_cells = [&](const Range& r, auto&& body) {
    for (int y = r.y0; y <= r.y1; ++y)
      for (int x = r.x0; x <= r.x1; ++x) body(static_cast<std::size_t>(y * nx_ + x));
  };
  for (std::size_t i = 0; i < n; ++i) {
    const Vec2 centre = boxes[i].centre_m.head<2>();
    Range r = range_of(centre - boxes[i].extent_m, centre + boxes[i].extent_m);
    if (std::int64_t{r.x1 - r.x0 + 1} * std::int64_t{r.y1 - r.y0 + 1} > kLargeCells) {
      r = {};
      large_.push_back(static_cast<int>(i));
    }
    ranges_[i] = r;
    for_cells(r, [&](std::size_t c) { ++starts_[c + 1]; });
  }
  for (std::size_t c = 1; c < starts_.size(); ++c) starts_[c] += starts_[c - 1];
  members_.resize(static_cast<std::size_t>(starts_.back()));
  // Filling moves every start to its end, which is the next one's start: shifted back afterwards.
  for (std::size_t i = 0; i < n; ++i)
    for_cells(ranges_[i],
              [&](std::size_t c) { members_[static_cast<std::size_t>(starts_[c]++)] = static_cast<int>(i); });
  for (std::size_t c = starts_.size() - 1; c > 0; --c) starts_[c] = starts_[c - 1];
  starts_[0] = 0;
}

}  // namespace metaspatial::physics
