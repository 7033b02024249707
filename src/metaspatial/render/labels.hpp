#pragma once

#include <algorithm>
#include <span>
#include <vector>

#include "metaspatial/render/drawing.hpp"
#include "metaspatial/scene/graph.hpp"

/// Where labels go. Internal to `render`.
namespace metaspatial::render {

/// A rectangle of the picture.
struct Area {
  scene::Vec2 lo = scene::Vec2::Zero();
  scene::Vec2 hi = scene::Vec2::Zero();

  /// Whether another is nearer than the gap in both directions.
  [[nodiscard]] bool meets(const Area& other, const scene::Vec2& gap) const {
    return ((lo - other.hi).array() < gap.array()).all() && ((other.lo - hi).array() < gap.array()).all();
  }
  [[nodiscard]] double distance(const scene::Vec2& p) const {
    return (p - p.cwiseMax(lo).cwiseMin(hi)).norm();
  }
  [[nodiscard]] scene::Vec2 nearest(const scene::Vec2& p) const { return p.cwiseMax(lo).cwiseMin(hi); }
  /// Whether a line from a to b passes.
  [[nodiscard]] bool meets(const scene::Vec2& a, const scene::Vec2& b) const {
    double t0 = 0;
    double t1 = 1;
    const scene::Vec2 d = b - a;
    for (int axis = 0; axis < 2; ++axis) {
      if (d[axis] == 0) {
        if (a[axis] < lo[axis] || a[axis] > hi[axis]) return false;
        continue;
      }
      const double u = (lo[axis] - a[axis]) / d[axis];
      const double v = (hi[axis] - a[axis]) / d[axis];
      t0 = std::max(t0, std::min(u, v));
      t1 = std::min(t1, std::max(u, v));
    }
    return t0 <= t1;
  }
};

/// Where a label went.
struct PlacedLabel {
  const Label* label = nullptr;
  Area area;
  bool led = false;  ///< a line leads to what it names
};

inline constexpr double kLabelLineStep = 1.75;  ///< from line to line, in capitals

/// Finds a place for one label after the other: none covers another or leaves the picture, and each is as
/// near to what it names as those before it leave room for.
///
/// Units    pixels. Shape  at most one entry per label, in their order; REQUIRES `labels` to outlive it.
/// Cost     O(labels squared) with some hundred places tried for each.
[[nodiscard]] std::vector<PlacedLabel> place_labels(std::span<const Label> labels, int width_px,
                                                    int height_px);

}  // namespace metaspatial::render
