#include "metaspatial/render/labels.hpp"

#include <cmath>
#include <optional>
#include <utility>

#include "metaspatial/render/text.hpp"

namespace metaspatial::render {
namespace {

using scene::Vec2;

constexpr double kFar = 1e9;

/// The size of a label, its dark edge included.
Vec2 label_size_px(const Label& label, double capital) {
  double width = 0;
  for (const Label::Line& line : label.lines) width = std::max(width, text_width_px(line.text, capital));
  const double height = capital * (kLabelLineStep * (static_cast<double>(label.lines.size()) - 1) + 1);
  // Room for what hangs below the baseline, and a rim.
  return {width + 0.7 * capital, height + 0.85 * capital};
}

/// Places labels one after the other, see Drawing::labels.
class Placer {
 public:
  Placer(double width_px, double height_px, double capital) : size_(width_px, height_px), capital_(capital) {}

  std::vector<PlacedLabel> place(std::span<const Label> labels) {
    for (const Label& label : labels) {
      const Vec2 anchor(label.x_px, label.y_px);
      if (label.lines.empty() || !anchor.allFinite()) continue;
      if (const auto placed = best(label, anchor)) placed_.push_back(*placed);
    }
    return std::move(placed_);
  }

 private:
  [[nodiscard]] std::optional<PlacedLabel> best(const Label& label, const Vec2& anchor) const {
    const double capital = capital_ * label.size;
    const Vec2 half = 0.5 * label_size_px(label, capital);
    std::optional<PlacedLabel> best;
    double best_cost = kFar;
    const auto consider = [&](const Vec2& centre) {
      PlacedLabel candidate{&label, {centre - half, centre + half}, false};
      const Vec2 rim(2, 2);
      // Pushed back into the picture, if it sticks out.
      const Vec2 in = centre.cwiseMax(half + rim).cwiseMin(size_ - half - rim);
      if ((size_ - 2 * half - 2 * rim).minCoeff() < 0) return;
      candidate.area = {in - half, in + half};
      if (label.beside && candidate.area.distance(anchor) < 0.5 * capital) return;
      for (const PlacedLabel& other : placed_)
        if (candidate.area.meets(other.area, Vec2(0.5 * capital_, 1))) return;
      const double away = candidate.area.distance(anchor);
      candidate.led = away > 1.2 * capital;
      double cost = (in - anchor).norm() + 0.8 * away;
      const Vec2 end = candidate.area.nearest(anchor);
      for (const PlacedLabel& other : placed_) {
        const Vec2 named(other.label->x_px, other.label->y_px);
        if (candidate.area.distance(named) < 0.6 * capital) cost += 3 * capital;  // hides what that names
        if (other.led && candidate.area.meets(other.area.nearest(named), named)) cost += 8 * capital;
        if (candidate.led && other.area.meets(anchor, end)) cost += 8 * capital;
      }
      if (label.optional && cost > 9 * capital) return;
      if (cost < best_cost) {
        best_cost = cost;
        best = candidate;
      }
    };
    if (!label.beside) consider(anchor);
    if (label.fixed) return best_cost < 0.5 * capital ? best : std::nullopt;
    for (int ring = 1; ring <= 24; ++ring) {
      const double out = ring * 0.9 * capital;
      if (best && out > best_cost) break;
      const int directions = ring < 4 ? 12 : 24;
      for (int k = 0; k < directions; ++k) {
        const double angle = 2 * scene::kPi * k / directions;
        const Vec2 direction(std::cos(angle), -std::sin(angle));
        // Wide labels have to go further sideways until they are off their place.
        consider(anchor + Vec2(direction.x() * (half.x() + out), direction.y() * (half.y() + out)));
        if (!label.beside) consider(anchor + out * direction);
      }
    }
    return best;
  }

  Vec2 size_;
  double capital_;
  std::vector<PlacedLabel> placed_;
};

}  // namespace

std::vector<PlacedLabel> place_labels(std::span<const Label> labels, int width_px, int height_px) {
  return Placer(width_px, height_px, capital_px(width_px, height_px)).place(labels);
}

}  // namespace metaspatial::render
