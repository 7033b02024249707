#include <Eigen/Geometry>
#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "metaspatial/render/camera.hpp"
#include "metaspatial/render/render.hpp"
#include "metaspatial/render/shading.hpp"
#include "metaspatial/render/top_level.hpp"

namespace metaspatial::render {
namespace {

constexpr float kEverything = 1e9F;
constexpr float kSkyReach_m = 0.9F;   // how far around a point the sky may be hidden: contact shadows
constexpr float kSunRadius = 0.11F;   // tangent of the key light's half angle: soft shadows
constexpr float kMaxRadiance = 1.6F;  // brighter samples would make edges against lamps jagged

/// One sample of the picture.
struct Sample {
  Hit hit;
  Surface surface;
  Vec3f direction = Vec3f::Zero();
  Vec3f added = Vec3f::Zero();   ///< what glass in front adds
  Vec3f passed = Vec3f::Ones();  ///< what it lets through
  bool solid() const { return hit.owner != kNothing; }
};

/// Draws a preview.
///
/// The picture's (width + 1) x (height + 1) pixel corners are sampled once. A pixel whose four corners see
/// the same surface is their mean; at an edge it is sampled again, several times. The visible shares of sun
/// and sky at a corner are single rays, each in one of sixteen directions that repeat every 4 x 4 corners,
/// averaged over the 4 x 4 neighbours on the same surface: sixteen directions for each, the same everywhere,
/// so no noise.
class Preview {
 public:
  Preview(const RoomScene& room, const RenderOptions& options)
      : options_(options),
        camera_(make_camera(room, options)),
        world_(room, options.view),
        light_(light_for(options.view, camera_)) {
    width_ = clamped_side_px(options.width_px);
    height_ = clamped_side_px(options.height_px);
    columns_ = width_ + 1;
    rows_ = height_ + 1;
  }

  Image draw() {
    sample_corners();
    sample_lights();
    average_lights();
    shade_corners();
    resolve();
    for (const Overlay& overlay : world_.shell().marks) paint(overlay);
    for (const Overlay& overlay : options_.overlays) paint(overlay);
    Image image(width_, height_);
    for (std::size_t i = 0; i < pixels_.size(); ++i)
      for (int c = 0; c < 3; ++c)
        image.pixels[3 * i + static_cast<std::size_t>(c)] = srgb_byte(pixels_[i][c]);
    return image;
  }

 private:
  [[nodiscard]] std::size_t corner(int x, int y) const {
    return static_cast<std::size_t>(y) * static_cast<std::size_t>(columns_) + static_cast<std::size_t>(x);
  }

  void trace(std::span<const Eigen::Vector2f> places_px, std::vector<Sample>& samples) {
    const std::size_t n = places_px.size();
    samples.assign(n, {});
    rays_.resize(n);
    hits_.assign(n, {});
    for (std::size_t i = 0; i < n; ++i) {
      const auto ray = camera_.ray(places_px[i].x(), places_px[i].y());
      rays_[i] = {ray.origin, 1e-3F, ray.direction, kEverything};
      samples[i].direction = ray.direction;
    }
    world_.intersect(rays_, hits_);
    for (std::size_t i = 0; i < n; ++i) {
      Sample& sample = samples[i];
      sample.hit = hits_[i];
      if (!sample.solid()) continue;
      sample.surface = world_.surface(sample.hit, sample.direction);
      // Through up to four panes of glass; glass is lit without shadows.
      for (int layer = 0; layer < 4 && sample.surface.opacity < 1; ++layer) {
        const float footprint_m = camera_.footprint_m(sample.hit.distance_m);
        const Vec3f seen = shade(sample.surface, sample.direction, footprint_m, light_, 0.8F, 0.9F);
        sample.added += sample.surface.opacity * sample.passed.cwiseProduct(seen);
        const Vec3f tint = 0.6F * Vec3f::Ones() + 0.4F * sample.surface.material->base_color;
        sample.passed = sample.passed.cwiseProduct((1 - sample.surface.opacity) * tint);
        const float gone_m = sample.surface.next_m;
        const QueryRay onward{rays_[i].origin, gone_m + 1e-3F, sample.direction, kEverything};
        world_.intersect(std::span(&onward, 1), std::span(&sample.hit, 1));
        if (!sample.solid()) break;
        sample.surface = world_.surface(sample.hit, sample.direction);
      }
    }
  }

  void sample_corners() {
    std::vector<Eigen::Vector2f> places;
    places.reserve(static_cast<std::size_t>(columns_) * static_cast<std::size_t>(rows_));
    for (int y = 0; y < rows_; ++y)
      for (int x = 0; x < columns_; ++x) places.emplace_back(x, y);
    trace(places, corners_);
  }

  [[nodiscard]] QueryRay sun_ray(const Surface& s, std::size_t pattern) const {
    const Eigen::Vector2f& d = disc_offsets()[pattern];
    const Vec3f side = light_.sun_direction.cross(Vec3f::UnitX()).normalized();
    const Vec3f other = light_.sun_direction.cross(side);
    const Vec3f direction = (light_.sun_direction + kSunRadius * (d.x() * side + d.y() * other)).normalized();
    // Surfaces that look away are dark anyway.
    const bool away = s.flat_normal.dot(direction) <= 0;
    return {s.position_m + 1e-3F * s.flat_normal, 1e-4F, direction, away ? -1.0F : 50.0F};
  }

  [[nodiscard]] QueryRay sky_ray(const Surface& s, std::size_t pattern) const {
    const Vec3f& n = s.flat_normal;
    // Duff et al. 2017, a frame around a normal without branches on its components.
    const float sign = std::copysign(1.0F, n.z());
    const float a = -1 / (sign + n.z());
    const float b = n.x() * n.y() * a;
    const Vec3f u(1 + sign * n.x() * n.x() * a, sign * b, -sign * n.x());
    const Vec3f v(b, sign + n.y() * n.y() * a, -n.y());
    const Vec3f& d = hemisphere_directions()[pattern];
    return {s.position_m + 1e-3F * n, 1e-4F, d.x() * u + d.y() * v + d.z() * n, kSkyReach_m};
  }

  void sample_lights() {
    const std::size_t n = corners_.size();
    rays_.assign(n, QueryRay{Vec3f::Zero(), 0, Vec3f::UnitZ(), -1});
    sun_raw_.resize(n);
    sky_raw_.resize(n);
    const auto pattern = [](int x, int y) { return static_cast<std::size_t>((x & 3) + 4 * (y & 3)); };
    for (int y = 0; y < rows_; ++y)
      for (int x = 0; x < columns_; ++x)
        if (const Sample& s = corners_[corner(x, y)]; s.solid())
          rays_[corner(x, y)] = sun_ray(s.surface, pattern(x, y));
    world_.visible(rays_, sun_raw_);
    for (int y = 0; y < rows_; ++y)
      for (int x = 0; x < columns_; ++x)
        if (const Sample& s = corners_[corner(x, y)]; s.solid())
          rays_[corner(x, y)] = sky_ray(s.surface, pattern(x, y));
    world_.visible(rays_, sky_raw_);
  }

  /// Whether two samples lie on one smooth surface.
  [[nodiscard]] bool together(const Sample& a, const Sample& b) const {
    if (a.hit.owner != b.hit.owner || a.surface.normal.dot(b.surface.normal) < 0.9F) return false;
    const Vec3f apart = b.surface.position_m - a.surface.position_m;
    const float off = std::abs(apart.dot(a.surface.flat_normal));
    return off <= 0.01F + 0.15F * apart.norm();
  }

  void average_lights() {
    sun_.resize(corners_.size());
    sky_.resize(corners_.size());
    for (int y = 0; y < rows_; ++y) {
      for (int x = 0; x < columns_; ++x) {
        const std::size_t i = corner(x, y);
        const Sample& self = corners_[i];
        if (!self.solid()) continue;
        int count = 0;
        int sun = 0;
        int sky = 0;
        for (int v = std::max(0, y - 1); v <= std::min(rows_ - 1, y + 2); ++v) {
          for (int u = std::max(0, x - 1); u <= std::min(columns_ - 1, x + 2); ++u) {
            const std::size_t j = corner(u, v);
            const Sample& other = corners_[j];
            if (!other.solid() || (i != j && !together(self, other))) continue;
            ++count;
            sun += sun_raw_[j];
            sky += sky_raw_[j];
          }
        }
        sun_[i] = static_cast<float>(sun) / static_cast<float>(count);
        sky_[i] = static_cast<float>(sky) / static_cast<float>(count);
      }
    }
  }

  [[nodiscard]] Vec3f radiance(const Sample& sample, float sun, float sky, float y_px) const {
    Vec3f behind;
    if (sample.solid()) {
      const float footprint_m = camera_.footprint_m(sample.hit.distance_m);
      behind = shade(sample.surface, sample.direction, footprint_m, light_, sun, sky);
    } else {
      behind = background(options_.view, y_px / camera_.height_px);
    }
    return (sample.added + sample.passed.cwiseProduct(behind)).cwiseMin(kMaxRadiance);
  }

  void shade_corners() {
    colors_.resize(corners_.size());
    for (int y = 0; y < rows_; ++y)
      for (int x = 0; x < columns_; ++x) {
        const std::size_t i = corner(x, y);
        colors_[i] = radiance(corners_[i], sun_[i], sky_[i], static_cast<float>(y));
      }
  }

  /// Whether a pixel's four corners need no closer look.
  [[nodiscard]] bool smooth(const std::array<std::size_t, 4>& at) const {
    const Sample& a = corners_[at[0]];
    for (std::size_t k = 1; k < 4; ++k) {
      const Sample& b = corners_[at[k]];
      if (a.hit.owner != b.hit.owner) return false;
      if (!a.solid()) continue;
      if (a.surface.material != b.surface.material || !together(a, b)) return false;
      if ((a.passed - b.passed).cwiseAbs().maxCoeff() > 0.02F) return false;
    }
    return true;
  }

  void resolve() {
    pixels_.resize(static_cast<std::size_t>(width_) * static_cast<std::size_t>(height_));
    depth_.resize(pixels_.size());
    std::vector<std::size_t> edges;
    for (int y = 0; y < height_; ++y) {
      for (int x = 0; x < width_; ++x) {
        const std::array<std::size_t, 4> at = {corner(x, y), corner(x + 1, y), corner(x, y + 1),
                                               corner(x + 1, y + 1)};
        const std::size_t pixel =
            static_cast<std::size_t>(y) * static_cast<std::size_t>(width_) + static_cast<std::size_t>(x);
        float depth = kEverything;
        for (const std::size_t i : at)
          if (corners_[i].solid())
            depth = std::min(depth, (corners_[i].surface.position_m - camera_.origin).dot(camera_.forward));
        depth_[pixel] = depth;
        if (smooth(at))
          pixels_[pixel] = 0.25F * (colors_[at[0]] + colors_[at[1]] + colors_[at[2]] + colors_[at[3]]);
        else
          edges.push_back(pixel);
      }
    }
    const int extra = std::clamp(options_.samples_per_pixel, 1, 64);
    std::vector<Eigen::Vector2f> offsets;
    for (int k = 0; k < extra; ++k) {
      // The R2 sequence of Roberts 2018: any count is well spread over the pixel.
      const auto wrap = [](double v) { return static_cast<float>(v - std::floor(v)); };
      offsets.emplace_back(wrap(0.5 + 0.7548776662466927 * k), wrap(0.5 + 0.5698402909980532 * k));
    }
    std::vector<Eigen::Vector2f> places;
    places.reserve(edges.size() * offsets.size());
    for (const std::size_t pixel : edges) {
      const Eigen::Vector2f base(static_cast<float>(pixel % static_cast<std::size_t>(width_)),
                                 static_cast<float>(pixel / static_cast<std::size_t>(width_)));
      for (const Eigen::Vector2f& offset : offsets) places.push_back(base + offset);
    }
    std::vector<Sample> samples;
    trace(places, samples);
    // Light at an edge sample: that of the corners on the same surface, else rays of its own.
    std::vector<std::size_t> alone;
    std::vector<std::pair<float, float>> lights(samples.size(), {1.0F, 1.0F});
    for (std::size_t e = 0; e < edges.size(); ++e) {
      const int x = static_cast<int>(edges[e] % static_cast<std::size_t>(width_));
      const int y = static_cast<int>(edges[e] / static_cast<std::size_t>(width_));
      for (std::size_t k = 0; k < offsets.size(); ++k) {
        const std::size_t s = e * offsets.size() + k;
        if (!samples[s].solid()) continue;
        float count = 0;
        float sun = 0;
        float sky = 0;
        for (const std::size_t i : {corner(x, y), corner(x + 1, y), corner(x, y + 1), corner(x + 1, y + 1)}) {
          if (!corners_[i].solid() || !together(samples[s], corners_[i])) continue;
          count += 1;
          sun += sun_[i];
          sky += sky_[i];
        }
        if (count > 0)
          lights[s] = {sun / count, sky / count};
        else
          alone.push_back(s);
      }
    }
    constexpr std::size_t kOwn = 4;
    rays_.clear();
    for (const std::size_t s : alone)
      for (std::size_t k = 0; k < kOwn; ++k) rays_.push_back(sun_ray(samples[s].surface, (4 * k + s) % 16));
    std::vector<std::uint8_t> free(rays_.size());
    world_.visible(rays_, free);
    for (std::size_t a = 0; a < alone.size(); ++a) {
      float sum = 0;
      for (std::size_t k = 0; k < kOwn; ++k) sum += free[a * kOwn + k];
      lights[alone[a]].first = sum / kOwn;
    }
    rays_.clear();
    for (const std::size_t s : alone)
      for (std::size_t k = 0; k < kOwn; ++k) rays_.push_back(sky_ray(samples[s].surface, (4 * k + s) % 16));
    world_.visible(rays_, free);
    for (std::size_t a = 0; a < alone.size(); ++a) {
      float sum = 0;
      for (std::size_t k = 0; k < kOwn; ++k) sum += free[a * kOwn + k];
      lights[alone[a]].second = sum / kOwn;
    }
    for (std::size_t e = 0; e < edges.size(); ++e) {
      Vec3f sum = Vec3f::Zero();
      for (std::size_t k = 0; k < offsets.size(); ++k) {
        const std::size_t s = e * offsets.size() + k;
        sum += radiance(samples[s], lights[s].first, lights[s].second, places[s].y());
      }
      pixels_[edges[e]] = sum / static_cast<float>(offsets.size());
    }
  }

  /// Blends a polygon over the picture, anti-aliased by 4 x 4 samples a pixel.
  void paint(const Overlay& overlay) {
    if (overlay.points_m.size() < 3 || overlay.points_m.size() > 1000 || !(overlay.opacity > 0)) return;
    // Clipped against a plane just in front of the camera.
    constexpr float kNear_m = 0.05F;
    std::vector<Vec3f> clipped;
    for (std::size_t i = 0; i < overlay.points_m.size(); ++i) {
      const Vec3f a = overlay.points_m[i].cast<float>();
      const Vec3f b = overlay.points_m[(i + 1) % overlay.points_m.size()].cast<float>();
      if (!a.allFinite() || !b.allFinite()) return;
      const float da = (a - camera_.origin).dot(camera_.forward) - kNear_m;
      const float db = (b - camera_.origin).dot(camera_.forward) - kNear_m;
      if (da >= 0) clipped.push_back(a);
      if ((da < 0) != (db < 0)) clipped.push_back(a + da / (da - db) * (b - a));
    }
    if (clipped.size() < 3) return;
    std::vector<Vec3f> outline;
    Vec3f lo = Vec3f::Constant(1e9F);
    Vec3f hi = -lo;
    for (const Vec3f& p : clipped) {
      outline.push_back(camera_.project(p));
      lo = lo.cwiseMin(outline.back());
      hi = hi.cwiseMax(outline.back());
    }
    if (hi.x() <= 0 || hi.y() <= 0 || lo.x() >= camera_.width_px || lo.y() >= camera_.height_px) return;
    const float turn = [&] {
      float area = 0;
      for (std::size_t i = 0; i < outline.size(); ++i) {
        const Vec3f& p = outline[i];
        const Vec3f& q = outline[(i + 1) % outline.size()];
        area += p.x() * q.y() - q.x() * p.y();
      }
      return area >= 0 ? 1.0F : -1.0F;
    }();
    // Inverse depth is linear over a projected plane; over a parallel projection depth itself is.
    const Vec3f plane_normal = [&] {
      Vec3f n = Vec3f::Zero();
      for (std::size_t i = 1; i + 1 < clipped.size(); ++i)
        n += (clipped[i] - clipped[0]).cross(clipped[i + 1] - clipped[0]);
      return n;
    }();
    Vec3f color;
    for (int c = 0; c < 3; ++c) {
      const double s = std::clamp(overlay.color[c], 0.0, 1.0);
      color[c] = static_cast<float>(s <= 0.04045 ? s / 12.92 : std::pow((s + 0.055) / 1.055, 2.4));
    }
    const int x0 = std::clamp(static_cast<int>(std::floor(lo.x())), 0, width_ - 1);
    const int x1 = std::clamp(static_cast<int>(std::ceil(hi.x())), 0, width_);
    const int y0 = std::clamp(static_cast<int>(std::floor(lo.y())), 0, height_ - 1);
    const int y1 = std::clamp(static_cast<int>(std::ceil(hi.y())), 0, height_);
    for (int y = y0; y < y1; ++y) {
      for (int x = x0; x < x1; ++x) {
        int inside = 0;
        for (int k = 0; k < 16; ++k) {
          const float px = static_cast<float>(x) + (static_cast<float>(k & 3) + 0.5F) / 4;
          const float py = static_cast<float>(y) + (static_cast<float>(k >> 2) + 0.5F) / 4;
          bool in = true;
          for (std::size_t i = 0; in && i < outline.size(); ++i) {
            const Vec3f& p = outline[i];
            const Vec3f& q = outline[(i + 1) % outline.size()];
            in = turn * ((q.x() - p.x()) * (py - p.y()) - (q.y() - p.y()) * (px - p.x())) >= 0;
          }
          inside += in ? 1 : 0;
        }
        if (inside == 0) continue;
        const std::size_t pixel =
            static_cast<std::size_t>(y) * static_cast<std::size_t>(width_) + static_cast<std::size_t>(x);
        if (!overlay.on_top) {
          const auto ray = camera_.ray(static_cast<float>(x) + 0.5F, static_cast<float>(y) + 0.5F);
          const float slope = plane_normal.dot(ray.direction);
          if (std::abs(slope) > 1e-12F) {
            const float t = plane_normal.dot(clipped[0] - ray.origin) / slope;
            const float depth = t * ray.direction.dot(camera_.forward);
            if (depth > depth_[pixel] + 0.01F) continue;
          }
        }
        const float share =
            static_cast<float>(std::min(overlay.opacity, 1.0)) * static_cast<float>(inside) / 16;
        pixels_[pixel] = pixels_[pixel] + share * (color - pixels_[pixel]);
      }
    }
  }

  const RenderOptions& options_;
  Camera camera_;
  TopLevel world_;
  Light light_;
  int width_ = 0, height_ = 0, columns_ = 0, rows_ = 0;
  std::vector<QueryRay> rays_;
  std::vector<Hit> hits_;
  std::vector<Sample> corners_;
  std::vector<std::uint8_t> sun_raw_, sky_raw_;
  std::vector<float> sun_, sky_;
  std::vector<Vec3f> colors_, pixels_;
  std::vector<float> depth_;
};

}  // namespace

Image render_preview(const RoomScene& room, const RenderOptions& options) {
  return Preview(room, options).draw();
}

std::vector<int> render_object_ids(const RoomScene& room, const RenderOptions& options) {
  const Camera camera = make_camera(room, options);
  const TopLevel world(room, options.view);
  const int width = clamped_side_px(options.width_px);
  const int height = clamped_side_px(options.height_px);
  std::vector<QueryRay> rays;
  rays.reserve(static_cast<std::size_t>(width) * static_cast<std::size_t>(height));
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      const auto ray = camera.ray(static_cast<float>(x) + 0.5F, static_cast<float>(y) + 0.5F);
      rays.push_back({ray.origin, 1e-3F, ray.direction, kEverything});
    }
  std::vector<Hit> hits(rays.size());
  world.intersect(rays, hits);
  std::vector<int> ids(rays.size());
  for (std::size_t i = 0; i < ids.size(); ++i) ids[i] = hits[i].owner;
  return ids;
}

PixelPosition project(const RoomScene& room, const RenderOptions& options, const scene::Vec3& point_m) {
  const Vec3f p = make_camera(room, options).project(point_m.cast<float>());
  return {static_cast<double>(p.x()), static_cast<double>(p.y()), p.z() > 0};
}

}  // namespace metaspatial::render
