#include <Eigen/Geometry>
#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "metaspatial/render/bsdf.hpp"
#include "metaspatial/render/camera.hpp"
#include "metaspatial/render/paint.hpp"
#include "metaspatial/render/render.hpp"
#include "metaspatial/render/shading.hpp"
#include "metaspatial/render/top_level.hpp"

namespace metaspatial::render {
namespace {

constexpr float kEverything = 1e9F;
constexpr float kSkyReach_m = 0.9F;  // how far around a point the sky may be hidden: contact shadows
constexpr float kLongestReach_m = 1.1F;
constexpr float kSunRadius = 0.11F;   // tangent of the key light's half angle: soft shadows
constexpr float kMaxRadiance = 1.6F;  // brighter samples would make edges against lamps jagged

/// One sample of the picture.
struct Sample {
  Vec3f position_m;
  Vec3f normal;
  Vec3f flat_normal;
  Vec3f color;   ///< of the surface, its pattern included
  Vec3f added;   ///< what glass in front adds
  Vec3f passed;  ///< what it lets through
  const assets::Material* material;
  /// Samples with the same number that is not 0 lie on one flat triangle.
  std::uint64_t plane;
  int owner;

  [[nodiscard]] bool solid() const { return owner != kNothing; }
};

/// What a picture needs while it is made. Kept for the thread's next picture, because fresh pages cost a
/// quarter of a small picture's time; given back if it was a large one.
struct Scratch {
  std::vector<QueryRay> rays;
  std::vector<Hit> hits;
  std::vector<Eigen::Vector2f> places_px;
  std::vector<Sample> corners, samples;
  std::vector<std::uint64_t> planes;  ///< of the corners
  std::vector<std::uint8_t> sun_raw, sky_raw;
  std::vector<float> sun, sky, wide_sky;
  std::vector<Vec3f> colors, pixels;
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
  Preview(const RoomScene& room, const RenderOptions& options, Scratch& scratch)
      : options_(options),
        camera_(make_camera(room, options)),
        world_(room, options.view, camera_),
        light_(light_for(options.view, camera_)),
        scratch_(scratch),
        walls_(options.view != View::Top) {
    width_ = clamped_side_px(options.width_px);
    height_ = clamped_side_px(options.height_px);
    columns_ = width_ + 1;
    rows_ = height_ + 1;
    const Vec3f side = light_.sun_direction.cross(Vec3f::UnitX()).normalized();
    const Vec3f other = light_.sun_direction.cross(side);
    for (std::size_t i = 0; i < 16; ++i) {
      const Eigen::Vector2f& d = disc_offsets()[i];
      sun_directions_[i] = (light_.sun_direction + kSunRadius * (d.x() * side + d.y() * other)).normalized();
    }
    // What is near hides more rays than what is far: the contact shadow fades with the distance.
    for (std::size_t i = 0; i < 64; ++i)
      sky_reach_m_[i] = 0.1F + kLongestReach_m * (static_cast<float>((i * 27) % 64) + 0.5F) / 64;
  }

  Image draw() {
    sample_corners();
    sample_lights();
    average_lights();
    if (walls_) widen_sky();
    shade_corners();
    resolve();
    const Canvas canvas{camera_, [this](int x, int y) { return depth_m(x, y); }};
    for (const Overlay& overlay : world_.shell().marks) paint(overlay, canvas, scratch_.pixels);
    for (const Overlay& overlay : options_.overlays) paint(overlay, canvas, scratch_.pixels);
    Image image(width_, height_);
    for (std::size_t i = 0; i < scratch_.pixels.size(); ++i)
      for (int c = 0; c < 3; ++c)
        image.pixels[3 * i + static_cast<std::size_t>(c)] = srgb_byte(scratch_.pixels[i][c]);
    return image;
  }

 private:
  [[nodiscard]] std::size_t corner(int x, int y) const {
    return static_cast<std::size_t>(y) * static_cast<std::size_t>(columns_) + static_cast<std::size_t>(x);
  }
  [[nodiscard]] std::size_t pixel(int x, int y) const {
    return static_cast<std::size_t>(y) * static_cast<std::size_t>(width_) + static_cast<std::size_t>(x);
  }

  void take(const Hit& hit, const Surface& surface, Sample& sample) const {
    sample.owner = hit.owner;
    sample.position_m = surface.position_m;
    sample.normal = surface.normal;
    sample.flat_normal = surface.flat_normal;
    sample.material = surface.material;
    sample.color = surface_color(surface, camera_.footprint_m(hit.distance_m));
    sample.plane =
        surface.flat ? (static_cast<std::uint64_t>(hit.instance) + 1) << 32 | hit.triangle : std::uint64_t{0};
  }

  void trace(std::span<const Eigen::Vector2f> places_px, std::vector<Sample>& samples) {
    const std::size_t n = places_px.size();
    auto& rays = scratch_.rays;
    auto& hits = scratch_.hits;
    samples.resize(n);
    rays.resize(n);
    hits.resize(n);
    for (std::size_t i = 0; i < n; ++i) {
      const auto ray = camera_.ray(places_px[i].x(), places_px[i].y());
      rays[i] = {ray.origin, 1e-3F, ray.direction, kEverything};
    }
    world_.intersect(rays, hits);
    for (std::size_t i = 0; i < n; ++i) {
      Sample& sample = samples[i];
      sample.added = Vec3f::Zero();
      sample.passed = Vec3f::Ones();
      sample.owner = hits[i].owner;
      sample.plane = 0;
      if (!sample.solid()) continue;
      const Vec3f& direction = rays[i].direction;
      Surface surface = world_.surface(hits[i], direction);
      // Through up to four panes of glass; glass is lit without shadows.
      for (int layer = 0; layer < 4 && surface.opacity < 1; ++layer) {
        const Vec3f color = surface_color(surface, camera_.footprint_m(hits[i].distance_m));
        const Vec3f seen =
            shade(*surface.material, color, surface.normal, direction, light_, 0.8F, 0.9F, power_);
        glass_ = true;
        sample.added += surface.opacity * sample.passed.cwiseProduct(seen);
        const Vec3f tint = 0.6F * Vec3f::Ones() + 0.4F * surface.material->base_color;
        sample.passed = sample.passed.cwiseProduct((1 - surface.opacity) * tint);
        const QueryRay onward{rays[i].origin, surface.next_m + 1e-3F, direction, kEverything};
        world_.intersect(std::span(&onward, 1), std::span(&hits[i], 1));
        sample.owner = hits[i].owner;
        if (!sample.solid()) break;
        surface = world_.surface(hits[i], direction);
      }
      if (sample.solid() && walls_ && is_mirror(surface.material->metallic, surface.material->roughness)) {
        const Vec3f& normal = surface.normal;
        const QueryRay reflected{surface.position_m + 1e-3F * surface.flat_normal, 1e-3F,
                                 direction - 2 * direction.dot(normal) * normal, kEverything};
        const float way_m = hits[i].distance_m;
        sample.passed = sample.passed.cwiseProduct(0.92F * surface.material->base_color);
        world_.intersect(std::span(&reflected, 1), std::span(&hits[i], 1));
        sample.owner = hits[i].owner;
        if (sample.solid()) surface = world_.surface(hits[i], reflected.direction);
        hits[i].distance_m += way_m;
        glass_ = true;
      }
      if (sample.solid()) take(hits[i], surface, sample);
    }
  }

  void sample_corners() {
    auto& places = scratch_.places_px;
    places.clear();
    for (int y = 0; y < rows_; ++y)
      for (int x = 0; x < columns_; ++x) places.emplace_back(x, y);
    trace(places, scratch_.corners);
    scratch_.planes.clear();
    for (const Sample& sample : scratch_.corners) scratch_.planes.push_back(sample.plane);
  }

  [[nodiscard]] QueryRay sun_ray(const Sample& s, std::size_t pattern) const {
    const Vec3f& direction = sun_directions_[pattern];
    // Surfaces that look away are dark anyway.
    const bool away = s.flat_normal.dot(direction) <= 0;
    return {s.position_m + 1e-3F * s.flat_normal, 1e-4F, direction, away ? -1.0F : 50.0F};
  }

  [[nodiscard]] QueryRay sky_ray(const Sample& s, std::size_t pattern) const {
    const Vec3f& n = s.flat_normal;
    const Vec3f& d = walls_ ? many_hemisphere_directions()[pattern] : hemisphere_directions()[pattern];
    const float reach_m = walls_ ? sky_reach_m_[pattern] : kSkyReach_m;
    return {s.position_m + 1e-3F * n, 1e-4F, NormalFrame(n).from_local(d), reach_m};
  }

  void sample_lights() {
    const auto& corners = scratch_.corners;
    auto& rays = scratch_.rays;
    const std::size_t n = corners.size();
    rays.assign(n, QueryRay{Vec3f::Zero(), 0, Vec3f::UnitZ(), -1});
    scratch_.sun_raw.resize(n);
    scratch_.sky_raw.resize(n);
    const auto pattern = [](int x, int y) { return static_cast<std::size_t>((x & 3) + 4 * (y & 3)); };
    for (int y = 0; y < rows_; ++y)
      for (int x = 0; x < columns_; ++x)
        if (const Sample& s = corners[corner(x, y)]; s.solid())
          rays[corner(x, y)] = sun_ray(s, pattern(x, y));
    world_.visible(rays, scratch_.sun_raw);
    for (int y = 0; y < rows_; ++y)
      for (int x = 0; x < columns_; ++x)
        if (const Sample& s = corners[corner(x, y)]; s.solid())
          rays[corner(x, y)] = sky_ray(s, pattern(x, y));
    world_.visible(rays, scratch_.sky_raw);
  }

  /// Whether two samples lie on one smooth surface.
  [[nodiscard]] static bool together(const Sample& a, const Sample& b) {
    if (a.plane != 0 && a.plane == b.plane) return true;
    if (a.owner != b.owner || a.normal.dot(b.normal) < 0.9F) return false;
    const Vec3f apart = b.position_m - a.position_m;
    const float off = std::abs(apart.dot(a.flat_normal));
    return off <= 0.01F + 0.15F * apart.norm();
  }

  void average_lights() {
    const auto& corners = scratch_.corners;
    scratch_.sun.resize(corners.size());
    scratch_.sky.resize(corners.size());
    for (int y = 0; y < rows_; ++y) {
      for (int x = 0; x < columns_; ++x) {
        const std::size_t i = corner(x, y);
        const Sample& self = corners[i];
        if (!self.solid()) continue;
        const int x0 = std::max(0, x - 1);
        const int x1 = std::min(columns_ - 1, x + 2);
        const int y0 = std::max(0, y - 1);
        const int y1 = std::min(rows_ - 1, y + 2);
        const bool flat = on_one_plane(x0, x1, y0, y1, self.plane);
        int count = 0;
        int sun = 0;
        int sky = 0;
        for (int v = y0; v <= y1; ++v) {
          for (int u = x0; u <= x1; ++u) {
            const std::size_t j = corner(u, v);
            if (!flat && (!corners[j].solid() || (i != j && !together(self, corners[j])))) continue;
            ++count;
            sun += scratch_.sun_raw[j];
            sky += scratch_.sky_raw[j];
          }
        }
        scratch_.sun[i] = static_cast<float>(sun) / static_cast<float>(count);
        scratch_.sky[i] = static_cast<float>(sky) / static_cast<float>(count);
      }
    }
  }

  /// Widens the average of the sky to 8 x 8 corners: the mean of four neighbouring averages.
  void widen_sky() {
    const auto& corners = scratch_.corners;
    auto& wide = scratch_.wide_sky;
    wide.resize(corners.size());
    for (int y = 0; y < rows_; ++y) {
      for (int x = 0; x < columns_; ++x) {
        const std::size_t i = corner(x, y);
        if (!corners[i].solid()) continue;
        float count = 0;
        float sky = 0;
        for (const int v : {y - 2, y + 2}) {
          for (const int u : {x - 2, x + 2}) {
            if (u < 0 || v < 0 || u >= columns_ || v >= rows_) continue;
            const std::size_t j = corner(u, v);
            if (!corners[j].solid() || !together(corners[i], corners[j])) continue;
            count += 1;
            sky += scratch_.sky[j];
          }
        }
        wide[i] = count > 0 ? sky / count : scratch_.sky[i];
      }
    }
    std::swap(scratch_.sky, wide);
  }

  /// Whether all corners of a window lie on this flat triangle.
  [[nodiscard]] bool on_one_plane(int x0, int x1, int y0, int y1, std::uint64_t plane) const {
    if (plane == 0) return false;
    for (int v = y0; v <= y1; ++v)
      for (int u = x0; u <= x1; ++u)
        if (scratch_.planes[corner(u, v)] != plane) return false;
    return true;
  }

  [[nodiscard]] Vec3f radiance(const Sample& sample, float sun, float sky, const Eigen::Vector2f& place_px) {
    Vec3f behind;
    if (sample.solid()) {
      const Vec3f direction = camera_.ray(place_px.x(), place_px.y()).direction;
      behind = shade(*sample.material, sample.color, sample.normal, direction, light_, sun, sky, power_);
    } else {
      behind = background(options_.view, place_px.y() / camera_.height_px);
    }
    return (sample.added + sample.passed.cwiseProduct(behind)).cwiseMin(kMaxRadiance);
  }

  void shade_corners() {
    scratch_.colors.resize(scratch_.corners.size());
    for (int y = 0; y < rows_; ++y)
      for (int x = 0; x < columns_; ++x) {
        const std::size_t i = corner(x, y);
        scratch_.colors[i] = radiance(scratch_.corners[i], scratch_.sun[i], scratch_.sky[i],
                                      Eigen::Vector2f(static_cast<float>(x), static_cast<float>(y)));
      }
  }

  [[nodiscard]] std::array<std::size_t, 4> corners_of(int x, int y) const {
    return {corner(x, y), corner(x + 1, y), corner(x, y + 1), corner(x + 1, y + 1)};
  }

  /// Whether a pixel's four corners need no closer look.
  [[nodiscard]] bool smooth(const std::array<std::size_t, 4>& at) const {
    const Sample& a = scratch_.corners[at[0]];
    for (std::size_t k = 1; k < 4; ++k) {
      const Sample& b = scratch_.corners[at[k]];
      if (a.owner != b.owner) return false;
      if (!a.solid()) continue;
      if (a.material != b.material || !together(a, b)) return false;
      if ((a.passed - b.passed).cwiseAbs().maxCoeff() > 0.02F) return false;
    }
    return true;
  }

  void resolve() {
    scratch_.pixels.resize(static_cast<std::size_t>(width_) * static_cast<std::size_t>(height_));
    std::vector<std::pair<int, int>> edges;
    for (int y = 0; y < height_; ++y) {
      for (int x = 0; x < width_; ++x) {
        const auto at = corners_of(x, y);
        const auto& colors = scratch_.colors;
        const std::uint64_t plane = scratch_.planes[at[0]];
        const bool flat = !glass_ && plane != 0 && plane == scratch_.planes[at[1]] &&
                          plane == scratch_.planes[at[2]] && plane == scratch_.planes[at[3]];
        if (flat || smooth(at))
          scratch_.pixels[pixel(x, y)] =
              0.25F * (colors[at[0]] + colors[at[1]] + colors[at[2]] + colors[at[3]]);
        else
          edges.emplace_back(x, y);
      }
    }
    const int extra = std::clamp(options_.samples_per_pixel, 1, 64);
    std::vector<Eigen::Vector2f> offsets;
    for (int k = 0; k < extra; ++k) {
      // The R2 sequence of Roberts 2018: any count is well spread over the pixel.
      const auto wrap = [](double v) { return static_cast<float>(v - std::floor(v)); };
      offsets.emplace_back(wrap(0.5 + 0.7548776662466927 * k), wrap(0.5 + 0.5698402909980532 * k));
    }
    // In parts that fit a cache; eight rays are traced together, so parts are multiples of eight.
    constexpr std::size_t kPart = 128;
    for (std::size_t first = 0; first < edges.size(); first += kPart)
      resolve_edges(std::span(edges).subspan(first, std::min(kPart, edges.size() - first)), first, offsets);
  }

  /// Draws pixels at edges; `number` is that of the first, so that the picture does not depend on the parts.
  void resolve_edges(std::span<const std::pair<int, int>> edges, std::size_t number,
                     std::span<const Eigen::Vector2f> offsets) {
    auto& places = scratch_.places_px;
    auto& samples = scratch_.samples;
    auto& rays = scratch_.rays;
    places.clear();
    for (const auto& [x, y] : edges)
      for (const Eigen::Vector2f& offset : offsets)
        places.push_back(Eigen::Vector2f(static_cast<float>(x), static_cast<float>(y)) + offset);
    trace(places, samples);
    // Light at an edge sample: that of the corners on the same surface, else rays of its own.
    std::vector<std::size_t> alone;
    std::vector<std::pair<float, float>> lights(samples.size(), {1.0F, 1.0F});
    for (std::size_t e = 0; e < edges.size(); ++e) {
      const auto at = corners_of(edges[e].first, edges[e].second);
      for (std::size_t k = 0; k < offsets.size(); ++k) {
        const std::size_t s = e * offsets.size() + k;
        if (!samples[s].solid()) continue;
        float count = 0;
        float sun = 0;
        float sky = 0;
        for (const std::size_t i : at) {
          if (!scratch_.corners[i].solid() || !together(samples[s], scratch_.corners[i])) continue;
          count += 1;
          sun += scratch_.sun[i];
          sky += scratch_.sky[i];
        }
        if (count > 0)
          lights[s] = {sun / count, sky / count};
        else
          alone.push_back(s);
      }
    }
    constexpr std::size_t kOwn = 4;
    std::vector<std::uint8_t> free(alone.size() * kOwn);
    const auto share = [&](std::size_t a) {
      float sum = 0;
      for (std::size_t k = 0; k < kOwn; ++k) sum += free[a * kOwn + k];
      return sum / kOwn;
    };
    const auto pattern = [&](std::size_t s, std::size_t k) {
      return (4 * k + number * offsets.size() + s) % 16;
    };
    rays.clear();
    for (const std::size_t s : alone)
      for (std::size_t k = 0; k < kOwn; ++k) rays.push_back(sun_ray(samples[s], pattern(s, k)));
    world_.visible(rays, free);
    for (std::size_t a = 0; a < alone.size(); ++a) lights[alone[a]].first = share(a);
    rays.clear();
    for (const std::size_t s : alone)
      for (std::size_t k = 0; k < kOwn; ++k)
        rays.push_back(sky_ray(samples[s], (walls_ ? 4 : 1) * pattern(s, k)));
    world_.visible(rays, free);
    for (std::size_t a = 0; a < alone.size(); ++a) lights[alone[a]].second = share(a);
    for (std::size_t e = 0; e < edges.size(); ++e) {
      Vec3f sum = Vec3f::Zero();
      for (std::size_t k = 0; k < offsets.size(); ++k) {
        const std::size_t s = e * offsets.size() + k;
        sum += radiance(samples[s], lights[s].first, lights[s].second, places[s]);
      }
      scratch_.pixels[pixel(edges[e].first, edges[e].second)] = sum / static_cast<float>(offsets.size());
    }
  }

  /// How far the nearest of a pixel's corners is.
  [[nodiscard]] float depth_m(int x, int y) const {
    float depth = kEverything;
    for (const std::size_t i : corners_of(x, y))
      if (const Sample& s = scratch_.corners[i]; s.solid())
        depth = std::min(depth, (s.position_m - camera_.origin).dot(camera_.forward));
    return depth;
  }

  const RenderOptions& options_;
  Camera camera_;
  TopLevel world_;
  Light light_;
  Scratch& scratch_;
  std::array<Vec3f, 16> sun_directions_;
  std::array<float, 64> sky_reach_m_;
  PowerMemo power_;
  bool walls_ = false;  ///< walls are seen from the side
  bool glass_ = false;  ///< something transparent was seen
  int width_ = 0, height_ = 0, columns_ = 0, rows_ = 0;
};

}  // namespace

Image render_preview(const RoomScene& room, const RenderOptions& options) {
  constexpr std::size_t kKeep = 600 * 600;
  thread_local Scratch scratch;
  Image image = Preview(room, options, scratch).draw();
  if (scratch.pixels.size() > kKeep) scratch = {};
  return image;
}

PixelPosition project(const RoomScene& room, const RenderOptions& options, const scene::Vec3& point_m) {
  const Vec3f p = make_camera(room, options).project(point_m.cast<float>());
  return {static_cast<double>(p.x()), static_cast<double>(p.y()), p.z() > 0};
}

}  // namespace metaspatial::render
