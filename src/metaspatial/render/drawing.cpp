#include "metaspatial/render/drawing.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

#include "metaspatial/base/error.hpp"
#include "metaspatial/render/camera.hpp"
#include "metaspatial/render/guides.hpp"
#include "metaspatial/render/labels.hpp"
#include "metaspatial/render/paint.hpp"
#include "metaspatial/render/text.hpp"

namespace metaspatial::render {
namespace {

using scene::Vec2;
using scene::Vec3;

constexpr double kFar = 1e9;
const Vec3 kDark(0.06, 0.07, 0.09);

void blend(std::uint8_t* pixel, const Vec3& color, double share) {
  for (int c = 0; c < 3; ++c) {
    const double mixed = pixel[c] + share * (255 * std::clamp(color[c], 0.0, 1.0) - pixel[c]);
    pixel[c] = static_cast<std::uint8_t>(std::clamp(std::lround(mixed), 0L, 255L));
  }
}

double distance_to_segment(const Vec2& p, const Vec2& a, const Vec2& b) {
  const Vec2 along = b - a;
  const double length2 = along.squaredNorm();
  const double t = length2 > 0 ? std::clamp((p - a).dot(along) / length2, 0.0, 1.0) : 0.0;
  return (p - a - t * along).norm();
}

/// How far every pixel's centre is from a shape, negative inside: what is drawn in one colour is covered
/// once, however many pieces it has.
class Shape {
 public:
  /// Holds what lies within the rectangle and the picture; `margin_px` is how far edges and halos reach.
  Shape(const Image& image, const Vec2& lo_px, const Vec2& hi_px, double margin_px) {
    const auto clamped = [](double v, int limit) {
      return static_cast<int>(std::clamp(v, 0.0, static_cast<double>(limit)));
    };
    x0_ = clamped(std::floor(lo_px.x() - margin_px), image.width_px);
    y0_ = clamped(std::floor(lo_px.y() - margin_px), image.height_px);
    x1_ = clamped(std::ceil(hi_px.x() + margin_px), image.width_px);
    y1_ = clamped(std::ceil(hi_px.y() + margin_px), image.height_px);
    margin_px_ = margin_px;
    if (x0_ < x1_ && y0_ < y1_)
      distance_.assign(static_cast<std::size_t>(x1_ - x0_) * static_cast<std::size_t>(y1_ - y0_),
                       static_cast<float>(kFar));
  }

  void add_segment(const Vec2& a, const Vec2& b, double radius_px) {
    const double reach = radius_px + margin_px_;
    visit(a.cwiseMin(b), a.cwiseMax(b), reach,
          [&](const Vec2& p) { return distance_to_segment(p, a, b) - radius_px; });
  }
  void add_line(std::span<const Vec2> points, double radius_px) {
    if (points.size() == 1)
      add_segment(points[0], points[0], std::max(0.95, 1.45 * radius_px));  // a dot, to be seen as one
    for (std::size_t i = 0; i + 1 < points.size(); ++i) add_segment(points[i], points[i + 1], radius_px);
  }
  void add_triangle(const std::array<Vec2, 3>& t) {
    const Vec2 lo = t[0].cwiseMin(t[1]).cwiseMin(t[2]);
    const Vec2 hi = t[0].cwiseMax(t[1]).cwiseMax(t[2]);
    visit(lo, hi, margin_px_, [&](const Vec2& p) {
      double edge = kFar;
      int left = 0;
      int right = 0;
      for (std::size_t i = 0; i < 3; ++i) {
        const Vec2& a = t[i];
        const Vec2& b = t[(i + 1) % 3];
        edge = std::min(edge, distance_to_segment(p, a, b));
        const double side = (b - a).x() * (p - a).y() - (b - a).y() * (p - a).x();
        left += side >= 0 ? 1 : 0;
        right += side <= 0 ? 1 : 0;
      }
      return left == 3 || right == 3 ? -edge : edge;
    });
  }
  /// Blends the shape, grown by `grow_px`.
  void blend_into(Image& image, const Vec3& color, double opacity, double grow_px) const {
    if (distance_.empty()) return;
    for (int y = y0_; y < y1_; ++y)
      for (int x = x0_; x < x1_; ++x) {
        const double share =
            std::clamp(0.5 + grow_px - static_cast<double>(distance_[index(x, y)]), 0.0, 1.0);
        if (share > 0) blend(image.at(x, y), color, opacity * share);
      }
  }

 private:
  [[nodiscard]] std::size_t index(int x, int y) const {
    return static_cast<std::size_t>(y - y0_) * static_cast<std::size_t>(x1_ - x0_) +
           static_cast<std::size_t>(x - x0_);
  }
  template <typename Distance>
  void visit(const Vec2& lo, const Vec2& hi, double reach_px, Distance&& distance) {
    if (distance_.empty() || !lo.allFinite() || !hi.allFinite()) return;
    const auto within = [](double v, int from, int to) {
      return static_cast<int>(std::clamp(v, static_cast<double>(from), static_cast<double>(to)));
    };
    const int xa = within(std::floor(lo.x() - reach_px), x0_, x1_);
    const int xb = within(std::ceil(hi.x() + reach_px), x0_, x1_);
    const int ya = within(std::floor(lo.y() - reach_px), y0_, y1_);
    const int yb = within(std::ceil(hi.y() + reach_px), y0_, y1_);
    for (int y = ya; y < yb; ++y)
      for (int x = xa; x < xb; ++x) {
        float& d = distance_[index(x, y)];
        d = std::min(d, static_cast<float>(distance(Vec2(x + 0.5, y + 0.5))));
      }
  }

  int x0_ = 0, y0_ = 0, x1_ = 0, y1_ = 0;
  double margin_px_ = 0;
  std::vector<float> distance_;
};

}  // namespace

double capital_px(int width_px, int height_px) {
  return std::max(6.5, 0.0168 * std::min(width_px, height_px));
}

void draw_text(Image& image, double x_px, double y_px, std::string_view text, double capital_px,
               const Vec3& color) {
  const double radius = std::max(0.55, 0.068 * capital_px);
  const double halo = std::max(1.3, 0.2 * capital_px);
  // On the pixel grid upright and level strokes are sharp.
  const Vec2 origin(std::floor(x_px) + 0.5, std::floor(y_px) + 0.5);
  const double width = text_width_px(text, capital_px);
  Shape shape(image, origin - Vec2(0, 1.1 * capital_px), origin + Vec2(width, 0.4 * capital_px),
              radius + halo + 1);
  for (const Stem& stem : text_stems(text, capital_px)) {
    Stem at = stem;
    for (Vec2& p : at) p += origin;
    shape.add_line(at, radius);
  }
  shape.blend_into(image, kDark, 0.78, halo);
  shape.blend_into(image, color, 1, 0);
}

struct Drawing::Impl {
  Image& image;
  const RoomScene& room;
  RenderOptions options;
  Canvas canvas;
  std::vector<float> depth_m;
  double scale;  ///< of widths

  Impl(Image& picture, const RoomScene& scene, const RenderOptions& made_with)
      : image(picture),
        room(scene),
        options(made_with),
        canvas{make_camera(scene, made_with), [this](int x, int y) { return depth(x, y); }},
        scale(std::min(picture.width_px, picture.height_px) / 512.0) {
    METASPATIAL_CHECK(image.width_px == static_cast<int>(canvas.camera.width_px) &&
                          image.height_px == static_cast<int>(canvas.camera.height_px),
                      "the picture has the size of the options");
  }

  float depth(int x, int y) {
    if (depth_m.empty()) depth_m = render_depth(room, options);
    return depth_m[static_cast<std::size_t>(y) * static_cast<std::size_t>(image.width_px) +
                   static_cast<std::size_t>(x)];
  }

  /// Whether something stands in front of a projected point.
  bool hidden(const Vec3f& at) {
    const int x = static_cast<int>(std::floor(at.x()));
    const int y = static_cast<int>(std::floor(at.y()));
    if (x < 0 || y < 0 || x >= image.width_px || y >= image.height_px) return false;
    const float slack = 0.015F + (canvas.camera.parallel ? 0 : 0.012F * at.z());
    return at.z() > depth(x, y) + slack;
  }

  /// A line as pieces of which each is seen or hidden.
  struct Piece {
    std::vector<Vec2> points;
    bool seen = true;
  };
  std::vector<Piece> pieces_of(const Stroke& stroke) {
    const Camera& camera = canvas.camera;
    constexpr float kNear_m = 0.05F;
    std::vector<Piece> pieces;
    double along_px = 0;  // for dashes
    bool joined = false;
    for (std::size_t i = 0; i + 1 < stroke.points_m.size(); ++i) {
      Vec3f a = stroke.points_m[i].cast<float>();
      Vec3f b = stroke.points_m[i + 1].cast<float>();
      if (!a.allFinite() || !b.allFinite()) return {};
      const float da = (a - camera.origin).dot(camera.forward) - kNear_m;
      const float db = (b - camera.origin).dot(camera.forward) - kNear_m;
      if (da < 0 && db < 0) {
        joined = false;
        continue;
      }
      if (da < 0) a = a + da / (da - db) * (b - a);
      if (db < 0) b = b + db / (db - da) * (a - b);
      const Vec3f pa = camera.project(a);
      const Vec3f pb = camera.project(b);
      const double length_px = static_cast<double>((pb - pa).head<2>().norm());
      const int steps = static_cast<int>(std::clamp(std::ceil(length_px / 1.5), 1.0, 3000.0));
      for (int k = 0; k < steps; ++k) {
        const Vec3f p = camera.project(a + static_cast<float>(k) / static_cast<float>(steps) * (b - a));
        const Vec3f q = camera.project(a + static_cast<float>(k + 1) / static_cast<float>(steps) * (b - a));
        const Vec2 from = p.head<2>().cast<double>();
        const Vec2 to = q.head<2>().cast<double>();
        const double step_px = (to - from).norm();
        along_px += step_px;
        if (stroke.dashed && std::fmod(along_px, 9 * scale) > 5.5 * scale) {
          joined = false;
          continue;
        }
        const bool seen = stroke.hidden >= 1 || !hidden(0.5F * (p + q));
        if (!joined || pieces.empty() || pieces.back().seen != seen) pieces.push_back({{from}, seen});
        pieces.back().points.push_back(to);
        joined = true;
      }
    }
    return pieces;
  }

  void line(const Stroke& stroke) {
    if (stroke.points_m.size() < 2 || !(stroke.opacity > 0)) return;
    auto pieces = pieces_of(stroke);
    const double radius = 0.5 * std::max(1.0, stroke.width * scale);
    const double halo = stroke.halo * std::max(0.7, scale);
    std::optional<std::array<Vec2, 3>> head;
    if (stroke.arrow && !pieces.empty() && pieces.back().points.size() > 1) {
      const Vec2 tip = pieces.back().points.back();
      const Vec2 before = canvas.camera.project(stroke.points_m[stroke.points_m.size() - 2].cast<float>())
                              .head<2>()
                              .cast<double>();
      const double way = (tip - before).norm();
      if (way > 1e-6 && std::isfinite(way)) {
        const Vec2 forward = (tip - before) / way;
        const double size = std::min(radius * 2 + 5 * scale, std::max(3.0, 0.8 * way));
        const Vec2 side(-forward.y(), forward.x());
        head = std::array<Vec2, 3>{tip, tip - size * forward + 0.45 * size * side,
                                   tip - size * forward - 0.45 * size * side};
        // The line ends inside of the head, not at its tip.
        auto& last = pieces.back().points;
        while (last.size() > 2 && (last.back() - tip).norm() < 0.7 * size) last.pop_back();
      }
    }
    for (const bool seen : {false, true}) {
      Vec2 lo(kFar, kFar);
      Vec2 hi(-kFar, -kFar);
      bool any = false;
      for (const Piece& piece : pieces) {
        if (piece.seen != seen) continue;
        any = true;
        for (const Vec2& p : piece.points) {
          lo = lo.cwiseMin(p);
          hi = hi.cwiseMax(p);
        }
      }
      if (!any) continue;
      const bool with_head = head && pieces.back().seen == seen;
      if (with_head)
        for (const Vec2& p : *head) {
          lo = lo.cwiseMin(p);
          hi = hi.cwiseMax(p);
        }
      Shape shape(image, lo, hi, radius + halo + 1);
      for (const Piece& piece : pieces)
        if (piece.seen == seen) shape.add_line(piece.points, radius);
      if (with_head) shape.add_triangle(*head);
      const double opacity = stroke.opacity * (seen ? 1 : stroke.hidden);
      if (halo > 0) shape.blend_into(image, kDark, 0.45 * opacity, halo);
      shape.blend_into(image, stroke.color, opacity, 0);
    }
  }
};

Drawing::Drawing(Image& image, const RoomScene& room, const RenderOptions& options)
    : impl_(std::make_unique<Impl>(image, room, options)) {}
Drawing::~Drawing() = default;

bool Drawing::hidden(const Vec3& point_m) const {
  const Vec3f p = impl_->canvas.camera.project(point_m.cast<float>());
  return !(p.z() > 0.05F) || impl_->hidden(p);
}

void Drawing::fill(const Overlay& overlay) {
  for_each_covered(overlay, impl_->canvas, [&](std::size_t i, float share) {
    blend(&impl_->image.pixels[3 * i], overlay.color, static_cast<double>(share));
  });
}

void Drawing::line(const Stroke& stroke) {
  impl_->line(stroke);
}

void Drawing::labels(std::span<const Label> labels) {
  Image& image = impl_->image;
  const double capital = capital_px(image.width_px, image.height_px);
  const std::vector<PlacedLabel> placed = place_labels(labels, image.width_px, image.height_px);
  for (const PlacedLabel& p : placed) {
    if (!p.led) continue;
    const Vec2 named(p.label->x_px, p.label->y_px);
    const Vec2 end = p.area.nearest(named);
    Shape shape(image, named.cwiseMin(end), named.cwiseMax(end), 5 * impl_->scale + 3);
    shape.add_segment(named, end, 0.5 * std::max(1.0, impl_->scale));
    shape.add_segment(named, named, 1.8 * std::max(0.7, impl_->scale));
    shape.blend_into(image, kDark, 0.6, std::max(1.0, impl_->scale));
    shape.blend_into(image, p.label->lines.front().color, 1, 0);
  }
  for (const PlacedLabel& p : placed) {
    const double size = capital * p.label->size;
    double baseline = p.area.lo.y() + 1.3 * size;
    for (const Label::Line& line : p.label->lines) {
      const double width = text_width_px(line.text, size);
      draw_text(image, 0.5 * (p.area.lo.x() + p.area.hi.x() - width), baseline, line.text, size, line.color);
      baseline += kLabelLineStep * size;
    }
  }
}

void Drawing::compass() {
  Image& image = impl_->image;
  const double capital = capital_px(image.width_px, image.height_px);
  const double radius = 2.6 * capital;
  // Of the four corners the one that shows least of the room.
  const double reach = radius + 1.9 * capital;
  Vec2 centre(image.width_px - reach, reach);
  int least = std::numeric_limits<int>::max();
  for (const bool top : {true, false})
    for (const bool right : {true, false}) {
      const Vec2 here(right ? image.width_px - reach : reach, top ? reach : image.height_px - reach);
      int shown = 0;
      for (int dy = -8; dy <= 8; ++dy)
        for (int dx = -8; dx <= 8; ++dx) {
          const int x = std::clamp(static_cast<int>(here.x() + dx * reach / 8), 0, image.width_px - 1);
          const int y = std::clamp(static_cast<int>(here.y() + dy * reach / 8), 0, image.height_px - 1);
          shown += std::isfinite(impl_->depth(x, y)) ? 1 : 0;
        }
      if (shown < least) {
        least = shown;
        centre = here;
      }
    }
  // North and east as the picture shows them at the middle of the floor, without the perspective.
  const Camera& camera = impl_->canvas.camera;
  const auto shown = [&](const Vec3f& d) {
    return Vec2(static_cast<double>(d.dot(camera.right)), -static_cast<double>(d.dot(camera.up)));
  };
  const Vec2 north = radius * shown(Vec3f::UnitY());
  const Vec2 east = radius * shown(Vec3f::UnitX());
  const double scale = std::max(0.7, impl_->scale);
  const auto draw = [&](auto&& add, const Vec3& color) {
    Shape shape(image, centre - Vec2(reach, reach), centre + Vec2(reach, reach), 4 * scale);
    add(shape);
    shape.blend_into(image, kDark, 0.5, scale);
    shape.blend_into(image, color, 1, 0);
  };
  draw(
      [&](Shape& shape) {
        std::vector<Vec2> ring;
        for (int k = 0; k <= 48; ++k) {
          const double angle = 2 * scene::kPi * k / 48;
          ring.push_back(centre + std::cos(angle) * east + std::sin(angle) * north);
        }
        shape.add_line(ring, 0.5 * scale);
      },
      Vec3(0.85, 0.87, 0.9));
  draw(
      [&](Shape& shape) {
        shape.add_triangle({centre - 0.75 * north, centre + 0.22 * east, centre - 0.22 * east});
      },
      Vec3(0.85, 0.87, 0.9));
  draw(
      [&](Shape& shape) {
        shape.add_triangle({centre + 0.75 * north, centre + 0.22 * east, centre - 0.22 * east});
      },
      Vec3(0.93, 0.3, 0.22));
  const double way = north.norm();
  const Vec2 beyond = centre + (way > 1e-6 ? Vec2(north * (1 + 0.95 * capital / way)) : Vec2(0, -radius));
  draw_text(image, beyond.x() - 0.5 * text_width_px("N", capital), beyond.y() + 0.5 * capital, "N", capital,
            Vec3(1, 1, 1));
}

Vec2 Drawing::place_px(const Vec3& point_m) const {
  const Vec3f p = impl_->canvas.camera.project(point_m.cast<float>());
  if (!(p.z() > 0.05F)) return Vec2::Constant(std::numeric_limits<double>::quiet_NaN());
  return p.head<2>().cast<double>();
}

}  // namespace metaspatial::render
