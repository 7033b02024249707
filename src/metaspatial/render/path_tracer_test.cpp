#include "metaspatial/render/path_tracer.hpp"

#include <gtest/gtest.h>

#include <Eigen/Geometry>
#include <array>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "metaspatial/assets/builder.hpp"
#include "metaspatial/base/parallel.hpp"
#include "metaspatial/render/bsdf.hpp"
#include "metaspatial/render/sampler.hpp"
#include "metaspatial/render/tone.hpp"

/// Pictures of scenes whose radiance is known by hand.
namespace metaspatial::render {
namespace {

constexpr float kPi = 3.14159265F;

assets::Material white(float albedo, float roughness = 1, float metallic = 0) {
  return {.name = "m", .base_color = Vec3f::Constant(albedo), .roughness = roughness, .metallic = metallic};
}

/// A world of one mesh.
struct World {
  Device device;
  std::unique_ptr<TopLevel> top;
  explicit World(assets::Builder builder) {
    top = std::make_unique<TopLevel>(device, Shell{std::move(builder).take(), {}});
  }
};

/// A camera that sees one place from above, a few pixels wide.
Camera camera_at(const Vec3f& origin, const Vec3f& towards, float half_width = 0.02F) {
  Camera camera;
  camera.origin = origin;
  camera.forward = (towards - origin).normalized();
  camera.right = std::abs(camera.forward.z()) > 0.99F
                     ? Vec3f(Vec3f::UnitX())
                     : Vec3f(camera.forward.cross(Vec3f::UnitZ()).normalized());
  camera.up = camera.right.cross(camera.forward);
  camera.half_width = camera.half_height = half_width;
  camera.width_px = camera.height_px = 8;
  return camera;
}

/// Mean radiance of the picture's pixels (of grey scenes).
float seen(const World& world, const Camera& camera, const Lighting& lighting, int samples, int bounces) {
  PathSettings settings;
  settings.width_px = settings.height_px = 8;
  settings.samples_per_pixel = samples;
  settings.max_bounces = bounces;
  settings.clamp = 1e9F;
  const RadiancePicture picture = trace_paths(*world.top, camera, lighting, settings);
  double sum = 0;
  for (const Vec3f& c : picture.radiance) sum += static_cast<double>(c.sum()) / 3;
  return static_cast<float>(sum / static_cast<double>(picture.radiance.size()));
}

assets::Builder floor_of(const assets::Material& material, float half_m = 50) {
  assets::Builder builder;
  const int m = builder.material(material);
  builder.quad({-half_m, -half_m, 0}, {half_m, -half_m, 0}, {half_m, half_m, 0}, {-half_m, half_m, 0}, m);
  return builder;
}

TEST(PathTracer, AWhiteBallUnderAWhiteSkyIsAsWhiteAsTheSky) {
  Lighting lighting;
  lighting.sky = {Vec3f::Ones(), Vec3f::Ones()};
  for (const float metallic : {0.0F, 1.0F}) {
    for (const float roughness : {0.05F, 0.3F, 0.6F, 1.0F}) {
      assets::Builder builder;
      builder.ellipsoid(Vec3f::Zero(), Vec3f::Ones(), builder.material(white(1, roughness, metallic)), 64);
      const World world(std::move(builder));
      const float radiance = seen(world, camera_at({0, -4, 0.5F}, Vec3f::Zero(), 0.15F), lighting, 256, 32);
      EXPECT_NEAR(radiance, 1, 0.02) << "roughness " << roughness << " metallic " << metallic;
    }
  }
}

TEST(PathTracer, AGreyBoxClosedAroundALightFillsWithTheGeometricSeries) {
  // The furnace: inside a closed box whose walls all glow with 1 and reflect a half, radiance is 1 / (1 -
  // 1/2).
  assets::Builder builder;
  assets::Material material = white(0.5F);
  material.emission = Vec3f::Constant(0.5F);  // below what counts as a lamp: found by chance alone
  builder.box({-1, -1, -1}, {1, 1, 1}, builder.material(material));
  const World world(std::move(builder));
  const float radiance = seen(world, camera_at({0.2F, 0.1F, 0}, {1, 0.3F, 0.2F}, 0.5F), {}, 256, 64);
  // A specular layer of 4 % lies over the base: what is reflected in all is a little more than a half.
  const Bsdf bsdf(Vec3f::Constant(0.5F), 1, 0, Vec3f(0, 0, 1));
  const float albedo = bsdf.albedo().x();
  EXPECT_NEAR(radiance, 0.5F / (1 - albedo), 0.03);
  EXPECT_NEAR(albedo, 0.5F, 0.05);
}

TEST(PathTracer, APointLightFollowsTheInverseSquareAndTheCosine) {
  // L = albedo / pi * I cos / d^2; the floor is rough, its layer adds what Bsdf says.
  const World world(floor_of(white(0.6F)));
  for (const Vec3f& light : {Vec3f(0, 0, 2), Vec3f(1.5F, 0.5F, 1), Vec3f(-3, 0, 1.2F)}) {
    Lighting lighting;
    lighting.points = {{light, Vec3f::Constant(7)}};
    const Camera camera = camera_at({0.3F, -0.2F, 3}, Vec3f::Zero(), 0.001F);
    const NormalFrame frame(Vec3f::UnitZ());
    const Bsdf bsdf(Vec3f::Constant(0.6F), 1, 0, frame.to_local(-camera.forward));
    const float expected = bsdf.at(frame.to_local(light.normalized())).value.x() * 7 / light.squaredNorm();
    EXPECT_NEAR(seen(world, camera, lighting, 4, 1), expected, 2e-3F * expected);
    const float lambert = 0.6F / kPi * 7 * light.z() / light.norm() / light.squaredNorm();
    EXPECT_NEAR(expected, lambert, 0.12F * lambert);
  }
}

TEST(PathTracer, ARectangleLightSendsWhatItsFormFactorSays) {
  // Source: the form factor from a small patch to a parallel rectangle a x b at height c with a corner
  // straight above: (A / sqrt(1+A^2) atan(B / sqrt(1+A^2)) + B / sqrt(1+B^2) atan(A / sqrt(1+B^2))) / (2 pi),
  // A = a / c.
  const auto corner = [](float a, float b) {
    const float p = std::sqrt(1 + a * a);
    const float q = std::sqrt(1 + b * b);
    return (a / p * std::atan(b / p) + b / q * std::atan(a / q)) / (2 * kPi);
  };
  const World world(floor_of(white(0.5F)));
  Lighting lighting;
  lighting.rectangles = {{Vec3f(0, 0, 1.5F), Vec3f(0, 1, 0), Vec3f(0.75F, 0, 0), Vec3f::Constant(3)}};
  const float form_factor = 4 * corner(1 / 1.5F, 0.75F / 1.5F);
  const Camera camera = camera_at({0, 0, 1}, Vec3f::Zero(), 0.001F);
  const float radiance = seen(world, camera, lighting, 1024, 1);
  // Diffuse part by the form factor; the layer's part by numerical integration over the rectangle.
  const Bsdf bsdf(Vec3f::Constant(0.5F), 1, 0, Vec3f::UnitZ());
  double integral = 0;
  constexpr int kSteps = 200;
  for (int i = 0; i < kSteps; ++i)
    for (int j = 0; j < kSteps; ++j) {
      const Vec3f p((static_cast<float>(i) + 0.5F) / kSteps * 1.5F - 0.75F,
                    (static_cast<float>(j) + 0.5F) / kSteps * 2 - 1, 1.5F);
      const Vec3f d = p.normalized();
      integral +=
          static_cast<double>(bsdf.at(d).value.x() * d.z() / p.squaredNorm() * 3 / kSteps / kSteps * 3);
    }
  EXPECT_NEAR(radiance, static_cast<float>(integral), 2e-3F * radiance);
  EXPECT_NEAR(radiance, 0.5F * 3 * form_factor, 0.1F * radiance);
}

TEST(PathTracer, NothingShinesThroughAWallOrBackwards) {
  assets::Builder builder = floor_of(white(0.5F));
  builder.box({-2, -2, 0.5F}, {2, 2, 0.6F}, builder.material(white(0.5F)));
  const World world(std::move(builder));
  const Camera camera = camera_at({0, -0.3F, 0.4F}, Vec3f::Zero(), 0.001F);
  Lighting below;
  below.rectangles = {{Vec3f(0, 0, 3), Vec3f(0, 1, 0), Vec3f(1, 0, 0), Vec3f::Ones()}};
  EXPECT_EQ(seen(world, camera, below, 16, 1), 0);
  Lighting backwards;
  backwards.rectangles = {{Vec3f(0, 0, 0.3F), Vec3f(1, 0, 0), Vec3f(0, 1, 0), Vec3f::Ones()}};
  EXPECT_EQ(seen(world, camera, backwards, 16, 1), 0);
}

TEST(PathTracer, AGlowingPanelGivesWhatARectangleOfItsSizeGives) {
  // Triangles that glow are sampled by area, rectangles by solid angle: two ways to one number. The gap
  // between both is the layer's: none.
  const Camera camera = camera_at({0, -0.5F, 0.4F}, Vec3f::Zero(), 0.001F);
  Lighting lighting;
  lighting.rectangles = {{Vec3f(0, 0, 1), Vec3f(0, 0.5F, 0), Vec3f(0.5F, 0, 0), Vec3f::Constant(2)}};
  const World dark(floor_of(white(0.7F)));
  const float expected = seen(dark, camera, lighting, 1024, 1);

  auto device = std::make_shared<Device>();
  scene::SceneGraph graph;
  graph.size = {4, 4, 3};
  scene::SceneObject panel;
  panel.id = "panel_1";
  panel.size_m = {1, 1, 0.02};
  graph.objects = {panel};
  assets::Builder builder;
  assets::Material glow = white(0);
  glow.emission = Vec3f::Constant(2);
  builder.quad({-0.5F, -0.5F, 0}, {0.5F, -0.5F, 0}, {0.5F, 0.5F, 0}, {-0.5F, 0.5F, 0},
               builder.material(glow));
  const std::array<std::shared_ptr<const assets::Model>, 1> models{
      std::make_shared<const assets::Model>(std::move(builder).take())};
  scene::Layout layout;
  layout.poses.resize(1);
  layout.poses[0].position_m = {2, 2, 1};
  const RoomScene room(device, graph, layout, models);
  const RenderOptions options;
  TopLevel world(room, View::Corner, make_camera(room, options));
  Camera at = camera_at({2, 1.5F, 0.4F}, {2, 2, 0}, 0.001F);
  PathSettings settings;
  settings.width_px = settings.height_px = 8;
  settings.samples_per_pixel = 1024;
  settings.max_bounces = 1;
  const RadiancePicture picture = trace_paths(world, at, {}, settings);
  // The room's floor is another colour: compare what falls on it.
  const Hit hit = world.intersect(QueryRay{at.origin, 1e-3F, at.forward, 100});
  const Surface surface = world.surface(hit, at.forward);
  const NormalFrame frame(Vec3f::UnitZ());
  const auto ratio_of = [&](const Vec3f& color, float roughness) {
    const Bsdf bsdf(color, roughness, 0, frame.to_local(-at.forward));
    return bsdf.at(Vec3f::UnitZ()).value;
  };
  const float floor_red = ratio_of(surface.material->base_color, surface.material->roughness).x();
  const float grey = ratio_of(Vec3f::Constant(0.7F), 1).x();
  double red = 0;
  for (const Vec3f& c : picture.radiance) red += static_cast<double>(c.x()) / 64;
  EXPECT_NEAR(red / static_cast<double>(floor_red), static_cast<double>(expected / grey),
              0.15 * static_cast<double>(expected / grey));
}

TEST(PathTracer, OneThreadAndManyGiveTheSameBytes) {
  scene::SceneGraph graph;
  graph.size = {4, 3, 2.6};
  scene::SceneObject lamp;
  lamp.id = "floor_lamp_1";
  lamp.kind = "floor_lamp";
  lamp.size_m = {0.4, 0.4, 1.6};
  graph.objects = {lamp};
  graph.openings = {{"window_1", scene::OpeningKind::Window, scene::Wall::North, 2.0, 1.2, 0.9, 1.2}};
  scene::Layout layout;
  layout.poses.resize(1);
  layout.poses[0].position_m = {2, 2, 0.8};
  const RoomScene room(std::make_shared<Device>(), graph, layout);
  RenderOptions options;
  options.width_px = 50;
  options.height_px = 37;
  options.samples_per_pixel = 4;
  for (const View view : {View::Corner, View::Eye}) {
    options.view = view;
    set_thread_budget(1);
    const Image one = render_path_traced(room, options);
    set_thread_budget(4);
    EXPECT_EQ(one, render_path_traced(room, options));
    EXPECT_NE(one, render_path_traced(room, options, {.seed = 1}));
  }
}

TEST(PathSampler, FillsEveryDimensionAndMostSquaresEvenly) {
  for (std::uint32_t pixel = 0; pixel < 20; ++pixel) {
    std::array<std::array<int, 16>, 4> bins{};
    std::array<int, 16> cells{};
    for (std::uint32_t s = 0; s < 16; ++s) {
      PathSampler sampler(pixel, s, 16);
      sampler.next();
      const auto r = sampler.next();
      for (std::size_t d = 0; d < 4; ++d) ++bins[d][static_cast<std::size_t>(r[d] * 16)];
      ++cells[static_cast<std::size_t>(r[1] * 4) * 4 + static_cast<std::size_t>(r[2] * 4)];
    }
    for (const auto& dimension : bins)
      for (const int n : dimension) EXPECT_EQ(n, 1);
    for (const int n : cells) EXPECT_EQ(n, 1);
  }
}

TEST(Bsdf, SamplesWhatItSays) {
  // The mean of value / pdf over samples is the albedo, and densities integrate to the share of samples used.
  for (const float roughness : {0.1F, 0.4F, 0.9F}) {
    for (const float metallic : {0.0F, 1.0F}) {
      for (const float cosine : {0.15F, 0.5F, 0.95F}) {
        const Vec3f wo(std::sqrt(1 - cosine * cosine), 0, cosine);
        const Bsdf bsdf(Vec3f(0.8F, 0.5F, 0.2F), roughness, metallic, wo);
        Vec3f mean = Vec3f::Zero();
        double density = 0;
        double used = 0;  // samples that do not end below the surface
        constexpr std::uint32_t kCount = 16384;
        for (std::uint32_t i = 0; i < kCount; ++i) {
          PathSampler sampler(3, i, kCount);
          const auto r = sampler.next();
          const Bsdf::Sample sample = bsdf.sample(r[0], r[1], r[2]);
          mean += sample.weight / kCount;
          used += sample.pdf > 0 ? 1.0 / kCount : 0.0;
          const float z = r[3];
          const float phi = 2 * kPi * r[1];
          const float radius = std::sqrt(1 - z * z);
          density +=
              static_cast<double>(bsdf.at(Vec3f(radius * std::cos(phi), radius * std::sin(phi), z)).pdf) * 2 *
              static_cast<double>(kPi) / kCount;
        }
        const std::string where = "roughness " + std::to_string(roughness) + " metallic " +
                                  std::to_string(metallic) + " cosine " + std::to_string(cosine);
        for (int c = 0; c < 3; ++c) EXPECT_NEAR(mean[c], bsdf.albedo()[c], 0.02) << where;
        // A narrow lobe is too thin for so few points.
        if (roughness > 0.2F) {
          EXPECT_NEAR(density, used, 0.02) << where;
        }
      }
    }
  }
}

TEST(Tone, KeepsOrderAndEnds) {
  EXPECT_EQ(filmic(0), 0);
  EXPECT_LE(filmic(100), 1);
  EXPECT_GT(filmic(100), 0.98F);
  for (float x = 0; x < 4; x += 0.01F) EXPECT_LT(filmic(x), filmic(x + 0.01F) + 1e-6F);
  EXPECT_NEAR(filmic(0.4F), 0.4F, 0.01F);
}

}  // namespace
}  // namespace metaspatial::render
