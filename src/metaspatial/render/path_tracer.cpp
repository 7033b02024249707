#include "metaspatial/render/path_tracer.hpp"

#include <Eigen/Geometry>
#include <algorithm>
#include <array>
#include <cmath>

#include "metaspatial/base/parallel.hpp"
#include "metaspatial/render/bsdf.hpp"
#include "metaspatial/render/paint.hpp"
#include "metaspatial/render/sampler.hpp"
#include "metaspatial/render/shading.hpp"
#include "metaspatial/render/tone.hpp"

namespace metaspatial::render {
namespace {

constexpr float kFar_m = 1e9F;
constexpr float kBlurred_m = 0.3F;
constexpr int kMostPanes = 8;
constexpr int kTile_px = 16;
constexpr int kReach_px = 1;  // of the pixel filter, around the pixel

/// A surface with everything its pictures say.
struct Scatterer {
  Vec3f color;
  Vec3f normal;  ///< shading
  Vec3f emission;
  float roughness, metallic;
};

Scatterer scatterer(const Surface& surface, const Vec3f& direction, float footprint_m) {
  const assets::Material& material = *surface.material;
  Scatterer s{surface_color(surface, footprint_m), surface.normal, material.emission, material.roughness,
              material.metallic};
  if (surface.textures != nullptr) {
    const float width = surface.uv_per_m * footprint_m;
    if (surface.textures->metallic_roughness) {
      const auto t = surface.textures->metallic_roughness->at(surface.uv, width);
      s.roughness *= t.y();
      s.metallic *= t.z();
    }
    if (surface.textures->emission)
      s.emission = s.emission.cwiseProduct(surface.textures->emission->at(surface.uv, width).head<3>());
    if (surface.textures->normal && surface.has_tangents) {
      const Vec3f t = 2 * surface.textures->normal->at(surface.uv, width).head<3>() - Vec3f::Ones();
      const auto& frame = surface.tangent_frame;
      Vec3f n = material.normal_scale * (t.x() * frame[0] + t.y() * frame[1]) + t.z() * frame[2];
      if (n.dot(surface.normal) < 0) n = n - 2 * n.dot(surface.normal) * surface.normal;
      if (n.norm() > 1e-6F) s.normal = n.normalized();
    }
  }
  // A shading normal that looks away from the viewer would make black edges: bend it back.
  const float facing = s.normal.dot(direction);
  if (facing > -0.02F) s.normal = (s.normal - (facing + 0.02F) * direction).normalized();
  return s;
}

class Tracer {
 public:
  Tracer(const TopLevel& world, const Camera& camera, const Lighting& lighting, const PathSettings& settings)
      : world_(world), camera_(camera), lighting_(lighting), picker_(lighting, world), settings_(settings) {}

  /// Radiance along a camera ray, and whether it met anything.
  struct Seen {
    Vec3f radiance = Vec3f::Zero();
    bool anything = false;
    Vec3f albedo = Vec3f::Ones();  ///< of the first surface that is no mirror
    Vec3f normal = Vec3f::Zero();
    Vec3f position_m = Vec3f::Zero();  ///< from the camera, mirrors unfolded
    Vec3f emitted = Vec3f::Zero();     ///< of `radiance`: what that surface sends by itself
  };
  [[nodiscard]] Seen follow(const Camera::Ray& first, PathSampler& sampler) const {
    Seen seen;
    Vec3f throughput = Vec3f::Ones();
    QueryRay ray{first.origin, 1e-3F, first.direction, kFar_m};
    float pdf = 0;  // of the ray's direction; 0: the camera's or a mirror's
    bool mirrored = false;
    LightPicker::Chances chances;  // at the ray's origin
    float way_m = 0;
    const auto add = [&](const Vec3f& radiance, int bounce) {
      Vec3f c = throughput.cwiseProduct(radiance);
      if (bounce > 1) {
        const float most = c.maxCoeff();
        if (most > settings_.clamp) c *= settings_.clamp / most;
      }
      seen.radiance += c;
    };
    int panes = 0;
    for (int bounce = 0;;) {
      const Hit hit = world_.intersect(ray);
      const float reach_m = hit.owner == kNothing ? kFar_m : hit.distance_m;
      if (pdf > 0) {
        add(picker_.rectangles_along(ray.origin, ray.direction, reach_m, chances, pdf), bounce);
      } else if (mirrored) {
        chances.any = false;
        add(picker_.rectangles_along(ray.origin, ray.direction, reach_m, chances, 1), bounce);
      }
      if (hit.owner == kNothing) {
        if (bounce > 0) add(lighting_.sky.radiance(ray.direction), bounce);
        break;
      }
      const Surface surface = world_.surface(hit, ray.direction);
      if (surface.opacity < 1) {
        // One of the picture's other numbers would do as well; panes are few and near the camera.
        const float choice = sampler.next()[0];
        if (choice >= surface.opacity) {
          if (++panes > kMostPanes) break;
          const bool glass = surface.opacity > 0 && surface.material->alpha_cutoff <= 0;
          if (glass)
            throughput = throughput.cwiseProduct(0.6F * Vec3f::Ones() + 0.4F * surface.material->base_color);
          ray.near_m = surface.next_m + 1e-3F;
          continue;
        }
      }
      seen.anything = true;
      way_m += hit.distance_m;
      // What lies deeper is blurred by the surfaces before it: only its mean colour matters.
      const float footprint_m = bounce == 0 ? camera_.footprint_m(way_m) : kBlurred_m;
      const Scatterer s = scatterer(surface, ray.direction, footprint_m);
      if (pdf == 0 && seen.normal.isZero() && !is_mirror(s.metallic, s.roughness)) {
        seen.albedo = throughput.cwiseProduct(s.color);
        seen.normal = s.normal;
        seen.position_m = way_m * first.direction;
        seen.emitted = throughput.cwiseProduct(s.emission);
      }
      if (s.emission.maxCoeff() > 0) {
        // The camera, and mirrors, see what it shows; walls get what it gives.
        const bool direct = bounce == 0 || pdf == 0;
        float weight = 1;
        if (!direct) {
          const float other = picker_.pdf_of(hit.instance, hit.triangle, surface.flat_normal, ray.direction,
                                             hit.distance_m, chances);
          weight = pdf * pdf / (pdf * pdf + other * other);
          if (other > 0) weight *= lighting_.lamp_gain;
        }
        add(weight * s.emission, bounce);
      }
      if (bounce >= settings_.max_bounces) break;
      const Vec3f place =
          surface.position_m + 1e-4F * (1 + surface.position_m.cwiseAbs().maxCoeff()) * surface.flat_normal;
      if (is_mirror(s.metallic, s.roughness)) {
        throughput = throughput.cwiseProduct(0.95F * s.color);
        ray = {place, 1e-4F, ray.direction - 2 * ray.direction.dot(s.normal) * s.normal, kFar_m};
        pdf = 0;
        mirrored = true;
        ++bounce;
        continue;
      }
      const NormalFrame frame(s.normal);
      const Bsdf bsdf(s.color, s.roughness, s.metallic, frame.to_local(-ray.direction));
      picker_.chances(place, s.normal, chances);
      if (chances.any) {
        const auto r = sampler.next();
        const LightPicker::Sample light = picker_.sample(chances, r[0], r[1], r[2]);
        if (light.distance_m > 0 && light.direction.dot(surface.flat_normal) > 0) {
          const Vec3f wi = frame.to_local(light.direction);
          const Bsdf::Value there = bsdf.at(wi);
          Vec3f value = there.value.cwiseProduct(light.radiance);
          if (light.pdf > 0) {
            const float own = there.pdf;
            value *= light.pdf * light.pdf / (light.pdf * light.pdf + own * own);
          }
          const QueryRay shadow{place, 0, light.direction, light.distance_m * (1 - 1e-4F) - 1e-4F};
          if (value.maxCoeff() > 0 && world_.visible(shadow)) add(value, bounce + 1);
        }
      }
      const auto r = sampler.next();
      const Bsdf::Sample next = bsdf.sample(r[0], r[1], r[2]);
      const Vec3f direction = frame.from_local(next.wi);
      if (!(next.pdf > 0) || direction.dot(surface.flat_normal) <= 0) break;
      throughput = throughput.cwiseProduct(next.weight);
      if (bounce >= 1) {
        const float survival = std::min(0.95F, throughput.maxCoeff());
        if (r[3] >= survival) break;
        throughput /= survival;
      }
      if (!(throughput.maxCoeff() > 0)) break;
      ray = {place, 0, direction, kFar_m};
      pdf = next.pdf;
      mirrored = false;
      ++bounce;
    }
    if (!seen.radiance.allFinite()) seen.radiance.setZero();
    return seen;
  }

 private:
  const TopLevel& world_;
  const Camera& camera_;
  const Lighting& lighting_;
  LightPicker picker_;
  const PathSettings& settings_;
};

/// Weights of a sample, at `offset` in [0, 1) of its pixel, for that pixel and the ones before and after it:
/// a bell that ends at 1.5 pixels (a quadratic B-spline).
std::array<float, 3> filter_weights(float offset) {
  const float d = offset - 0.5F;
  return {0.5F * (0.5F - d) * (0.5F - d), 0.75F - d * d, 0.5F * (0.5F + d) * (0.5F + d)};
}

/// Everything that is summed over the samples of a pixel, weighted.
struct Sums {
  static constexpr std::size_t kRadiance = 0, kAlbedo = 3, kNormal = 6, kPosition = 9, kEmitted = 12,
                               kShown = 15, kSquare = 16, kWeight = 17;
  std::array<float, 18> numbers{};

  static Sums of(const Tracer::Seen& seen) {
    Sums sums;
    if (seen.anything) {
      const auto put = [&](std::size_t first, const Vec3f& v) {
        for (int c = 0; c < 3; ++c) sums.numbers[first + static_cast<std::size_t>(c)] = v[c];
      };
      put(kRadiance, seen.radiance);
      put(kAlbedo, seen.albedo);
      put(kNormal, seen.normal);
      put(kPosition, seen.position_m);
      put(kEmitted, seen.emitted);
      const Vec3f light = (seen.radiance - seen.emitted).cwiseQuotient(seen.albedo.cwiseMax(kLeastAlbedo));
      const float bright = luminance(light);
      sums.numbers[kSquare] = bright * bright;
      sums.numbers[kShown] = 1;
    }
    sums.numbers[kWeight] = 1;
    return sums;
  }
  void add(float weight, const Sums& other) {
    for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] += weight * other.numbers[i];
  }
};

}  // namespace

RadiancePicture trace_paths(const TopLevel& world, const Camera& camera, const Lighting& lighting,
                            const PathSettings& settings) {
  const int width = settings.width_px;
  const int height = settings.height_px;
  const Tracer tracer(world, camera, lighting, settings);
  const int columns = (width + kTile_px - 1) / kTile_px;
  const int rows = (height + kTile_px - 1) / kTile_px;
  constexpr int kSide = kTile_px + 2 * kReach_px;
  struct Tile {
    std::array<Sums, kSide * kSide> sums;
  };
  std::vector<Tile> tiles(static_cast<std::size_t>(columns) * static_cast<std::size_t>(rows));
  const auto samples = static_cast<std::uint32_t>(std::max(1, settings.samples_per_pixel));
  parallel_for(tiles.size(), [&](std::size_t index) {
    Tile& tile = tiles[index];
    const int x0 = static_cast<int>(index % static_cast<std::size_t>(columns)) * kTile_px;
    const int y0 = static_cast<int>(index / static_cast<std::size_t>(columns)) * kTile_px;
    for (int y = y0; y < std::min(height, y0 + kTile_px); ++y) {
      for (int x = x0; x < std::min(width, x0 + kTile_px); ++x) {
        const std::uint32_t pixel = static_cast<std::uint32_t>(y) * 8192U + static_cast<std::uint32_t>(x) +
                                    settings.seed * 0x9e3779b1U;
        for (std::uint32_t s = 0; s < samples; ++s) {
          PathSampler sampler(pixel, s, samples);
          const auto r = sampler.next();
          const auto seen =
              tracer.follow(camera.ray(static_cast<float>(x) + r[0], static_cast<float>(y) + r[1]), sampler);
          const Sums value = Sums::of(seen);
          const auto across = filter_weights(r[0]);
          const auto down = filter_weights(r[1]);
          for (int v = -kReach_px; v <= kReach_px; ++v) {
            for (int u = -kReach_px; u <= kReach_px; ++u) {
              const float w = across[static_cast<std::size_t>(u + 1)] * down[static_cast<std::size_t>(v + 1)];
              const auto i =
                  static_cast<std::size_t>((y - y0 + v + kReach_px) * kSide + x - x0 + u + kReach_px);
              tile.sums[i].add(w, value);
            }
          }
        }
      }
    }
  });
  // Tiles share their borders; added in their order, so that the sum does not depend on the threads.
  const std::size_t count = static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
  std::vector<Sums> sums(count);
  for (std::size_t index = 0; index < tiles.size(); ++index) {
    const int x0 = static_cast<int>(index % static_cast<std::size_t>(columns)) * kTile_px - kReach_px;
    const int y0 = static_cast<int>(index / static_cast<std::size_t>(columns)) * kTile_px - kReach_px;
    for (int v = std::max(0, -y0); v < std::min(kSide, height - y0); ++v) {
      for (int u = std::max(0, -x0); u < std::min(kSide, width - x0); ++u) {
        const auto to = static_cast<std::size_t>(y0 + v) * static_cast<std::size_t>(width) +
                        static_cast<std::size_t>(x0 + u);
        sums[to].add(1, tiles[index].sums[static_cast<std::size_t>(v * kSide + u)]);
      }
    }
  }
  RadiancePicture picture;
  picture.radiance.resize(count, Vec3f::Zero());
  picture.shown.resize(count, 0);
  picture.guides.resize(count);
  for (std::size_t i = 0; i < count; ++i) {
    const Sums& sum = sums[i];
    const float weight = sum.numbers[Sums::kWeight];
    if (!(weight > 0)) continue;
    const auto vector = [&](std::size_t first) {
      return Vec3f(Vec3f(sum.numbers[first], sum.numbers[first + 1], sum.numbers[first + 2]) / weight);
    };
    picture.radiance[i] = vector(Sums::kRadiance);
    picture.shown[i] = sum.numbers[Sums::kShown] / weight;
    picture.guides[i] = {vector(Sums::kAlbedo), vector(Sums::kNormal), vector(Sums::kPosition),
                         vector(Sums::kEmitted), sum.numbers[Sums::kSquare] / weight};
  }
  return picture;
}

Image render_path_traced(const RoomScene& room, const RenderOptions& options, const PathOptions& path) {
  const Camera camera = make_camera(room, options);
  const TopLevel world(room, options.view, camera);
  const Lighting lighting = lighting_of(room, options.view, camera);
  PathSettings settings;
  settings.width_px = clamped_side_px(options.width_px);
  settings.height_px = clamped_side_px(options.height_px);
  settings.samples_per_pixel = std::clamp(options.samples_per_pixel, 1, 65536);
  settings.max_bounces = std::clamp(path.max_bounces, 1, 64);
  settings.seed = path.seed;
  RadiancePicture picture = trace_paths(world, camera, lighting, settings);
  if (path.denoise)
    denoise(picture.radiance, picture.shown, picture.guides, settings.width_px, settings.height_px,
            settings.samples_per_pixel);
  const float exposure = exposure_of(picture.radiance, picture.shown);
  std::vector<Vec3f> pixels(picture.radiance.size());
  for (std::size_t i = 0; i < pixels.size(); ++i) {
    const auto row = static_cast<float>(i / static_cast<std::size_t>(settings.width_px));
    const Vec3f behind = background(options.view, (row + 0.5F) / static_cast<float>(settings.height_px));
    const float shown = picture.shown[i];
    for (int c = 0; c < 3; ++c) {
      const float front = shown > 0 ? filmic(exposure * picture.radiance[i][c] / shown) : 0.0F;
      pixels[i][c] = shown * front + (1 - shown) * behind[c];
    }
  }
  const Canvas canvas{
      camera, [&](int x, int y) {
        const auto ray = camera.ray(static_cast<float>(x) + 0.5F, static_cast<float>(y) + 0.5F);
        const Hit hit = world.intersect(QueryRay{ray.origin, 1e-3F, ray.direction, kFar_m});
        return hit.owner == kNothing ? kFar_m : hit.distance_m * ray.direction.dot(camera.forward);
      }};
  for (const Overlay& overlay : world.shell().marks) paint(overlay, canvas, pixels);
  for (const Overlay& overlay : options.overlays) paint(overlay, canvas, pixels);
  Image image(settings.width_px, settings.height_px);
  for (std::size_t i = 0; i < pixels.size(); ++i)
    for (int c = 0; c < 3; ++c) image.pixels[3 * i + static_cast<std::size_t>(c)] = coded_srgb(pixels[i][c]);
  return image;
}

}  // namespace metaspatial::render
