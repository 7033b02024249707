// Pictures of one room: 6 x 4 x 3 m, twelve instances of a knot of 63,000 triangles, on the thread budget.
//
//     render_bench                              times previews, rebuilding and paths in this process
//     render_bench --scene DIR                  writes the scene for other renderers: knot.obj, scene.json
//     render_bench --picture DIR SIDE SAMPLES   reads DIR, traces paths, writes DIR/ours.png
//     render_bench --error DIR SIDE SAMPLES N   error of SAMPLES against N samples, relative, root mean
//     square
//
// scripts/compare_blender.sh runs the last three beside Blender's Cycles.
#include <benchmark/benchmark.h>

#include <fmt/format.h>
#include <Eigen/Geometry>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "metaspatial/base/files.hpp"
#include "metaspatial/base/json.hpp"
#include "metaspatial/render/camera.hpp"
#include "metaspatial/render/path_tracer.hpp"
#include "metaspatial/render/png.hpp"
#include "metaspatial/render/render.hpp"

namespace {

using namespace metaspatial;
using render::Vec3f;

constexpr int kAlong = 1050;
constexpr int kAround = 30;
constexpr std::size_t kInstances = 12;

/// A trefoil knot, as a tube, in a box of 1 x 1 x 0.45 m: 63,000 triangles.
std::shared_ptr<const assets::Model> knot() {
  assets::Model model;
  assets::Mesh& mesh = model.mesh;
  const auto centre = [](double t) -> Eigen::Vector3d {
    return Eigen::Vector3d(std::sin(t) + 2 * std::sin(2 * t), std::cos(t) - 2 * std::cos(2 * t),
                           -std::sin(3 * t)) /
           7;
  };
  for (int i = 0; i < kAlong; ++i) {
    const double t = 2 * scene::kPi * i / kAlong;
    const Eigen::Vector3d p = centre(t);
    const Eigen::Vector3d along = (centre(t + 1e-4) - p).normalized();
    const Eigen::Vector3d side = along.cross(Eigen::Vector3d::UnitZ()).normalized();
    const Eigen::Vector3d up = side.cross(along);
    for (int j = 0; j < kAround; ++j) {
      const double a = 2 * scene::kPi * j / kAround;
      const Eigen::Vector3d n = std::cos(a) * side + std::sin(a) * up;
      mesh.positions_m.push_back((p + (0.07 + 0.008 * std::cos(7 * a + 40 * t)) * n).cast<float>());
      mesh.normals.push_back(n.cast<float>());
    }
  }
  const auto at = [](int i, int j) {
    return static_cast<std::uint32_t>((i % kAlong) * kAround + j % kAround);
  };
  for (int i = 0; i < kAlong; ++i)
    for (int j = 0; j < kAround; ++j) {
      mesh.triangles.push_back({at(i, j), at(i + 1, j), at(i + 1, j + 1)});
      mesh.triangles.push_back({at(i, j), at(i + 1, j + 1), at(i, j + 1)});
    }
  mesh.material_of.assign(mesh.triangles.size(), 0);
  model.materials = {{.name = "clay", .base_color = Vec3f(0.6F, 0.35F, 0.2F), .roughness = 0.5F}};
  model.size_m = {1, 1, 0.45F};
  return std::make_shared<const assets::Model>(std::move(model));
}

scene::SceneGraph graph() {
  scene::SceneGraph graph;
  graph.size = {6, 4, 3};
  for (std::size_t i = 0; i < kInstances; ++i) {
    scene::SceneObject object;
    object.id = fmt::format("knot_{}", i + 1);
    object.kind = "statue";
    object.size_m = {1, 1, 0.45};
    graph.objects.push_back(object);
  }
  return graph;
}

scene::Layout layout(double turn_rad = 0) {
  scene::Layout layout;
  for (std::size_t i = 0; i < kInstances; ++i) {
    const auto column = static_cast<double>(i % 4);
    const auto row = static_cast<double>(i / 4);
    layout.poses.push_back(
        {{0.9 + 1.4 * column, 0.75 + 1.25 * row, 0.25 + 0.2 * row}, turn_rad + 0.5 * static_cast<double>(i)});
  }
  return layout;
}

/// The light of the comparison, the same for every renderer: a square under the ceiling and a window's.
render::Lighting lighting() {
  render::Lighting lighting;
  lighting.rectangles = {{Vec3f(3, 2, 2.95F), Vec3f(0, 0.75F, 0), Vec3f(1, 0, 0), Vec3f::Constant(3)},
                         {Vec3f(5.95F, 2, 1.6F), Vec3f(0, 0, 0.6F), Vec3f(0, 0.7F, 0), Vec3f(4, 4.2F, 4.6F)}};
  return lighting;
}

/// The room alone, of one grey: five boxes, seen from inside a corner.
render::Shell shell() {
  assets::Builder builder;
  const int m = builder.material({.name = "paint", .base_color = Vec3f::Constant(0.7F), .roughness = 1});
  builder.box({-0.1F, -0.1F, -0.1F}, {6.1F, 4.1F, 0}, m);
  builder.box({-0.1F, -0.1F, 3}, {6.1F, 4.1F, 3.1F}, m);
  builder.box({-0.1F, -0.1F, 0}, {0, 4.1F, 3}, m);
  builder.box({6, -0.1F, 0}, {6.1F, 4.1F, 3}, m);
  builder.box({0, -0.1F, 0}, {6, 0, 3}, m);
  builder.box({0, 4, 0}, {6, 4.1F, 3}, m);
  return {std::move(builder).take(), {}};
}

render::Camera camera(int side_px) {
  render::Camera camera;
  camera.origin = Vec3f(0.3F, 0.3F, 2.3F);
  camera.forward = (Vec3f(4.0F, 2.6F, 0.2F) - camera.origin).normalized();
  camera.right = camera.forward.cross(Vec3f::UnitZ()).normalized();
  camera.up = camera.right.cross(camera.forward);
  camera.half_width = camera.half_height = std::tan(0.5F * 75 * 3.14159265F / 180);
  camera.width_px = camera.height_px = static_cast<float>(side_px);
  return camera;
}

render::PathSettings settings(int side_px, int samples) {
  render::PathSettings settings;
  settings.width_px = settings.height_px = side_px;
  settings.samples_per_pixel = samples;
  settings.max_bounces = 5;
  settings.clamp = 1e9F;
  return settings;
}

render::RoomScene room(const std::shared_ptr<render::Device>& device,
                       const std::shared_ptr<const assets::Model>& model) {
  const std::vector<std::shared_ptr<const assets::Model>> models(kInstances, model);
  return {device, graph(), layout(), models};
}

int write_scene(const std::string& directory) {
  const auto model = knot();
  std::string obj;
  for (const Vec3f& p : model->mesh.positions_m)
    obj += fmt::format("v {:.6f} {:.6f} {:.6f}\n", p.x(), p.y(), p.z());
  for (const Vec3f& n : model->mesh.normals)
    obj += fmt::format("vn {:.5f} {:.5f} {:.5f}\n", n.x(), n.y(), n.z());
  for (const auto& t : model->mesh.triangles)
    obj += fmt::format("f {0}//{0} {1}//{1} {2}//{2}\n", t[0] + 1, t[1] + 1, t[2] + 1);
  const auto triple = [](const auto& v) { return Json::array({v.x(), v.y(), v.z()}); };
  Json json;
  json["size_m"] = {6, 4, 3};
  for (const auto& pose : layout().poses)
    json["instances"].push_back({{"position_m", triple(pose.position_m)}, {"yaw_rad", pose.yaw_rad}});
  for (const auto& light : lighting().rectangles)
    json["lights"].push_back({{"centre_m", triple(light.centre_m)},
                              {"half_u_m", triple(light.half_u_m)},
                              {"half_v_m", triple(light.half_v_m)},
                              {"radiance", triple(light.radiance)}});
  const auto c = camera(800);
  json["camera"] = {{"origin_m", triple(c.origin)}, {"forward", triple(c.forward)}, {"fov_deg", 75}};
  json["walls"] = {{"base_color", {0.7, 0.7, 0.7}}, {"roughness", 1}};
  json["clay"] = {{"base_color", {0.6, 0.35, 0.2}}, {"roughness", 0.5}};
  const auto wrote = write_file_atomic(directory + "/knot.obj", obj);
  const auto also = write_file_atomic(directory + "/scene.json", dump_json(json));
  return wrote && also ? 0 : 1;
}

/// Reads the knot as another renderer has to.
std::shared_ptr<const assets::Model> read_knot(const std::string& directory) {
  auto model = std::make_shared<assets::Model>(*knot());
  model->mesh.positions_m.clear();
  model->mesh.normals.clear();
  model->mesh.triangles.clear();
  std::FILE* file = std::fopen((directory + "/knot.obj").c_str(), "r");
  if (file == nullptr) return nullptr;
  char line[256];
  while (std::fgets(line, sizeof line, file) != nullptr) {
    char* at = line + 2;
    if (line[0] == 'f') {
      std::array<std::uint32_t, 3> t{};
      for (auto& corner : t) {
        corner = static_cast<std::uint32_t>(std::strtoul(at, &at, 10) - 1);
        while (*at != ' ' && *at != '\0' && *at != '\n') ++at;
      }
      model->mesh.triangles.push_back(t);
      continue;
    }
    Vec3f p;
    if (line[1] == 'n') ++at;
    for (int k = 0; k < 3; ++k) p[k] = std::strtof(at, &at);
    (line[1] == 'n' ? model->mesh.normals : model->mesh.positions_m).push_back(p);
  }
  std::fclose(file);
  return model;
}

/// The same room and light through the renderer's inner parts, so that nothing of ours is left out or added.
class Comparison {
 public:
  explicit Comparison(const std::shared_ptr<const assets::Model>& model)
      : room_(room(device_, model)), world_(room_, shell()) {}
  [[nodiscard]] render::RadiancePicture trace(int side_px, int samples, std::uint32_t seed = 0) const {
    render::PathSettings s = settings(side_px, samples);
    s.seed = seed;
    return render::trace_paths(world_, camera(side_px), lighting(), s);
  }

 private:
  std::shared_ptr<render::Device> device_ = std::make_shared<render::Device>();
  render::RoomScene room_;
  render::TopLevel world_;
};

int picture(const std::string& directory, int side_px, int samples) {
  const auto model = read_knot(directory);
  if (!model) return 1;
  const Comparison comparison(model);
  const auto traced = comparison.trace(side_px, samples);
  Image image(side_px, side_px);
  for (std::size_t i = 0; i < traced.radiance.size(); ++i)
    for (int c = 0; c < 3; ++c)
      image.pixels[3 * i + static_cast<std::size_t>(c)] =
          static_cast<std::uint8_t>(255 * std::pow(std::clamp(traced.radiance[i][c], 0.0F, 1.0F), 1 / 2.2F));
  return render::write_png(directory + "/ours.png", image) ? 0 : 1;
}

int error(const std::string& directory, int side_px, int samples, int reference) {
  const auto model = read_knot(directory);
  if (!model) return 1;
  const Comparison comparison(model);
  const auto truth = comparison.trace(side_px, reference, 1);
  const auto start = std::chrono::steady_clock::now();
  const auto traced = comparison.trace(side_px, samples);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  double square = 0;
  double mean = 0;
  for (std::size_t i = 0; i < truth.radiance.size(); ++i) {
    square += static_cast<double>((traced.radiance[i] - truth.radiance[i]).squaredNorm()) / 3;
    mean += static_cast<double>(truth.radiance[i].sum()) / 3;
  }
  const auto n = static_cast<double>(truth.radiance.size());
  fmt::print(
      "{{\"renderer\": \"ours\", \"side_px\": {}, \"samples\": {}, \"reference\": {}, \"mean\": {:.4f}, "
      "\"relative_rms\": {:.4f}, \"seconds\": {:.3f}}}\n",
      side_px, samples, reference, mean / n, std::sqrt(square / n) / (mean / n), seconds);
  return 0;
}

void BM_Preview(benchmark::State& state) {
  const render::RoomScene scene = room(std::make_shared<render::Device>(), knot());
  render::RenderOptions options;
  options.width_px = options.height_px = static_cast<int>(state.range(0));
  options.samples_per_pixel = static_cast<int>(state.range(1));
  for (auto _ : state) benchmark::DoNotOptimize(render::render_preview(scene, options));
}
BENCHMARK(BM_Preview)
    ->ArgNames({"side", "samples"})
    ->Args({256, 1})
    ->Args({256, 8})
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

/// One primary ray and one shadow ray a pixel, in packets.
void BM_Rays(benchmark::State& state) {
  const auto side = static_cast<int>(state.range(0));
  const render::RoomScene scene = room(std::make_shared<render::Device>(), knot());
  const render::TopLevel world(scene, shell());
  const render::Camera eye = camera(side);
  std::vector<render::QueryRay> rays;
  for (int y = 0; y < side; ++y)
    for (int x = 0; x < side; ++x) {
      const auto ray = eye.ray(static_cast<float>(x) + 0.5F, static_cast<float>(y) + 0.5F);
      rays.push_back({ray.origin, 1e-3F, ray.direction, 1e9F});
    }
  std::vector<render::Hit> hits(rays.size());
  std::vector<render::QueryRay> shadows(rays.size());
  std::vector<std::uint8_t> free(rays.size());
  for (auto _ : state) {
    world.intersect(rays, hits);
    for (std::size_t i = 0; i < rays.size(); ++i) {
      const Vec3f place = rays[i].origin + hits[i].distance_m * rays[i].direction;
      const Vec3f to_light = Vec3f(3, 2, 2.9F) - place;
      const float distance = to_light.norm();
      shadows[i] = {place, 1e-3F, to_light / distance, distance};
    }
    world.visible(shadows, free);
    benchmark::DoNotOptimize(free.data());
  }
  state.SetItemsProcessed(state.iterations() * 2 * side * side);
}
BENCHMARK(BM_Rays)->ArgName("side")->Arg(256)->Unit(benchmark::kMillisecond)->UseRealTime();

/// New places for all objects, and the structure that rays need.
void BM_Replace(benchmark::State& state) {
  render::RoomScene scene = room(std::make_shared<render::Device>(), knot());
  const render::Camera eye = render::make_camera(scene, {});
  double turn = 0;
  for (auto _ : state) {
    scene.set_layout(layout(turn += 0.1));
    benchmark::DoNotOptimize(render::TopLevel(scene, render::View::Corner, eye));
  }
}
BENCHMARK(BM_Replace)->Unit(benchmark::kMillisecond)->UseRealTime();

void BM_Paths(benchmark::State& state) {
  const Comparison comparison(knot());
  for (auto _ : state)
    benchmark::DoNotOptimize(
        comparison.trace(static_cast<int>(state.range(0)), static_cast<int>(state.range(1))));
}
BENCHMARK(BM_Paths)
    ->ArgNames({"side", "samples"})
    ->Args({512, 8})
    ->Args({800, 16})
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  const auto number = [&](std::size_t i) { return std::stoi(words[i]); };
  if (words.size() == 2 && words[0] == "--scene") return write_scene(words[1]);
  if (words.size() == 4 && words[0] == "--picture") return picture(words[1], number(2), number(3));
  if (words.size() == 5 && words[0] == "--error") return error(words[1], number(2), number(3), number(4));
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
