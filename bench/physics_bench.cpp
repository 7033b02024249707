#include <benchmark/benchmark.h>

#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "metaspatial/assets/library.hpp"
#include "metaspatial/base/rng.hpp"
#include "metaspatial/physics/mesh_contact.hpp"
#include "metaspatial/physics/navigability.hpp"
#include "metaspatial/physics/reference_flat.hpp"
#include "metaspatial/physics/reference_rules.hpp"
#include "metaspatial/physics/rules.hpp"
#include "metaspatial/physics/settling.hpp"
#include "metaspatial/reward/response.hpp"
#include "metaspatial/reward/reward.hpp"
#include "metaspatial/scene/kinds.hpp"

namespace {

using namespace metaspatial;
using namespace metaspatial::physics::reference;
using physics::Vec3;

[[noreturn]] void wrong(const char* what) {
  std::fprintf(stderr, "wrong answer, nothing is timed: %s\n", what);
  std::exit(1);
}

// ---------------------------------------------------------------------------------------- reference rules
//
// Rooms of n random boxes with two constraints each (one to a wall or the floor, one to another object), all
// turned by quarters: the scenes on which the Python reference was timed.

PyValue vector_of(const char* a, double x, const char* b, double y, const char* c, double z) {
  return make_dict({{a, PyValue(x)}, {b, PyValue(y)}, {c, PyValue(z)}});
}

PyValue scene_of(std::size_t n, Rng& rng) {
  constexpr double kLength = 8, kWidth = 6, kHeight = 3;
  const std::vector<std::string> elements = {"south_wall", "north_wall",         "east_wall",
                                             "west_wall",  "middle of the room", "ceiling"};
  const std::vector<std::string> words = {"left of", "right of", "in front", "behind", "on", "above"};
  PyValue::List entries;
  const auto entry = [&](const std::string& id, PyValue position, PyValue size, double angle) {
    return std::vector<std::pair<std::string, PyValue>>{
        {"new_object_id", PyValue(id)},
        {"position", std::move(position)},
        {"size_in_meters", std::move(size)},
        {"rotation", make_dict({{"z_angle", PyValue(angle)}})}};
  };
  for (std::size_t i = 0; i < n; ++i) {
    auto fields = entry(
        "object_" + std::to_string(i),
        vector_of("x", rng.uniform(0, kLength), "y", rng.uniform(0, kWidth), "z", rng.uniform(0, kHeight)),
        vector_of("length", rng.uniform(0.3, 2), "width", rng.uniform(0.3, 1), "height", rng.uniform(0.3, 2)),
        90.0 * static_cast<double>(rng.below(4)));
    const std::string other = "object_" + std::to_string((i + 1 + rng.below(n - 1)) % n);
    PyValue::List to_layout = {
        make_dict({{"layout_element_id", PyValue(elements[rng.below(5)])}, {"preposition", PyValue("on")}})};
    PyValue::List to_objects = {make_dict({{"object_id", PyValue(other)},
                                           {"preposition", PyValue(rng.pick(words))},
                                           {"is_adjacent", PyValue(rng.chance(0.5))}})};
    fields.emplace_back("is_on_the_floor", PyValue(rng.chance(0.7)));
    fields.emplace_back("placement", make_dict({{"room_layout_elements", PyValue(std::move(to_layout))},
                                                {"objects_in_room", PyValue(std::move(to_objects))}}));
    entries.push_back(make_dict(std::move(fields)));
  }
  const std::array<std::array<double, 7>, 6> layout = {
      {{kLength / 2, 0, kHeight / 2, kLength, 0, kHeight, 0},
       {kLength / 2, kWidth, kHeight / 2, kLength, 0, kHeight, 180},
       {kLength, kWidth / 2, kHeight / 2, kWidth, 0, kHeight, 270},
       {0, kWidth / 2, kHeight / 2, kWidth, 0, kHeight, 90},
       {kLength / 2, kWidth / 2, 0, kLength, kWidth, 0, 0},
       {kLength / 2, kWidth / 2, kHeight, kLength, kWidth, 0, 0}}};
  for (std::size_t e = 0; e < 6; ++e) {
    const auto& row = layout[e];
    entries.push_back(
        make_dict(entry(elements[e], vector_of("x", row[0], "y", row[1], "z", row[2]),
                        vector_of("length", row[3], "width", row[4], "height", row[5]), row[6])));
  }
  return PyValue(std::move(entries));
}

PyValue room() {
  return PyValue(PyValue::List{PyValue(8), PyValue(6), PyValue(3)});
}

// Both paths must agree before either is timed.
FlatScene checked(const PyValue& scene) {
  const auto flat = FlatScene::from(scene, room());
  if (!flat || flat->check().collision_ratio != check_collisions(scene).ratio ||
      flat->check().constraint_ratio != check_constraints(scene, room()).ratio)
    wrong("the reference's fast path differs from its slow one");
  return *flat;
}

void BM_Physics_Reference(benchmark::State& state) {
  Rng rng(1);
  const FlatScene flat = checked(scene_of(static_cast<std::size_t>(state.range(0)), rng));
  for (auto _ : state) benchmark::DoNotOptimize(flat.check());
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_Physics_Reference)
    ->ArgName("objects")
    ->Arg(5)
    ->Arg(20)
    ->Arg(100)
    ->Arg(200)
    ->Unit(benchmark::kMicrosecond);

void BM_Physics_ReferenceSlow(benchmark::State& state) {
  Rng rng(1);
  const PyValue scene = scene_of(static_cast<std::size_t>(state.range(0)), rng);
  (void)checked(scene);
  for (auto _ : state) {
    benchmark::DoNotOptimize(check_collisions(scene));
    benchmark::DoNotOptimize(check_constraints(scene, room()));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_Physics_ReferenceSlow)->ArgName("objects")->Arg(20)->Unit(benchmark::kMicrosecond);

// ---------------------------------------------------------------------------------------------- our rules

struct Furnished {
  scene::SceneGraph graph;
  scene::Layout layout;
};

/// n things of the catalogue at random places, one per 2.4 m2, with the relations, the facings and the doors
/// of a real room; a quarter stands on others, a fifth is turned by no quarter.
Furnished furnished(std::size_t n, std::uint64_t seed) {
  Rng rng(seed);
  Furnished result;
  scene::SceneGraph& graph = result.graph;
  const double area = 2.4 * static_cast<double>(n);
  graph.size = {std::sqrt(area * 4 / 3), std::sqrt(area * 3 / 4), 3};
  constexpr std::array kOnFloor = {"bed",     "wardrobe", "desk",         "office_chair",
                                   "sofa",    "tv_stand", "bookshelf",    "armchair",
                                   "dresser", "rug",      "dining_table", "dining_chair"};
  constexpr std::array kOnTop = {"table_lamp", "vase", "book_stack", "small_plant"};
  constexpr std::array kWords = {scene::Preposition::LeftOf, scene::Preposition::RightOf,
                                 scene::Preposition::InFront, scene::Preposition::Behind};
  std::vector<int> tops;
  for (std::size_t i = 0; i < n; ++i) {
    const bool on_top = !tops.empty() && rng.chance(0.25);
    scene::SceneObject object;
    object.kind = on_top ? rng.pick(kOnTop) : rng.pick(kOnFloor);
    object.id = object.kind + "_" + std::to_string(i);
    object.size_m = scene::kind_or_default(object.kind).size_m;
    object.on_floor = !on_top;
    scene::Pose pose;
    pose.position_m = Vec3(rng.uniform(0.5, graph.size.length_m - 0.5),
                           rng.uniform(0.5, graph.size.width_m - 0.5), 0.5 * object.size_m.z());
    pose.yaw_rad = rng.chance(0.8) ? 0.5 * scene::kPi * static_cast<double>(rng.below(4)) : rng.uniform(0, 6);
    if (on_top) {
      const int under = rng.pick(tops);
      object.relations.push_back({scene::Preposition::On, scene::ObjectRef{under}, true});
      const auto u = static_cast<std::size_t>(under);
      pose.position_m = result.layout.poses[u].position_m;
      pose.position_m.z() += 0.5 * (graph.objects[u].size_m.z() + object.size_m.z());
    } else {
      if (rng.chance(0.6))
        object.relations.push_back({scene::Preposition::On, static_cast<scene::Element>(rng.below(4)), true});
      if (i > 0 && rng.chance(0.6))
        object.relations.push_back(
            {rng.pick(kWords), scene::ObjectRef{static_cast<int>(rng.below(i))}, rng.chance(0.5)});
      if (rng.chance(0.3)) object.facing = static_cast<scene::Element>(rng.below(4));
      if (scene::kind_or_default(object.kind).holds_things) tops.push_back(static_cast<int>(i));
    }
    graph.objects.push_back(object);
    result.layout.poses.push_back(pose);
  }
  for (const auto kind : {scene::OpeningKind::Door, scene::OpeningKind::Window}) {
    scene::Opening opening;
    opening.id = kind == scene::OpeningKind::Door ? "door_1" : "window_1";
    opening.kind = kind;
    opening.wall = kind == scene::OpeningKind::Door ? scene::Wall::South : scene::Wall::North;
    opening.centre_m = 0.5 * graph.size.length_m;
    graph.openings.push_back(opening);
  }
  return result;
}

/// Everything is counted, alignment too.
reward::RewardConfig everything() {
  reward::RewardConfig config;
  config.alignment_weight = 0.05;
  return config;
}

/// The grid and the plain loop over all pairs must find the same.
void check_answer(const Furnished& room) {
  if (room.graph.objects.size() > 2000) return;  // the loop takes too long
  const physics::PreparedRoom prepared(room.graph);
  physics::Checker loop(prepared, room.graph.objects.size());
  physics::Checker grid(prepared, 0);
  const physics::Report& a = loop.check(room.layout);
  const physics::Report& b = grid.check(room.layout);
  if (a.faults.size() != b.faults.size() || a.faults.empty()) wrong("grid and loop find different faults");
  for (std::size_t k = 0; k < a.faults.size(); ++k)
    if (a.faults[k].kind != b.faults[k].kind || a.faults[k].object != b.faults[k].object ||
        std::abs(a.faults[k].magnitude - b.faults[k].magnitude) > 1e-9)
      wrong("grid and loop find different faults");
}

/// All faults that boxes can tell, and the reward with its parts, for one more layout of a known room.
void BM_Physics_Default(benchmark::State& state) {
  const Furnished room = furnished(static_cast<std::size_t>(state.range(0)), 1);
  check_answer(room);
  reward::LayoutScorer scorer(room.graph, everything());
  for (auto _ : state) benchmark::DoNotOptimize(scorer.score(room.layout).total);
  state.SetItemsProcessed(state.iterations());
  state.SetComplexityN(state.range(0));
}
BENCHMARK(BM_Physics_Default)
    ->ArgName("objects")
    ->Arg(20)
    ->Arg(200)
    ->Arg(2000)
    ->Arg(20000)
    ->Unit(benchmark::kMicrosecond)
    ->Complexity(benchmark::oNLogN);

/// The same for a room that is met for the first time.
void BM_Physics_DefaultNewRoom(benchmark::State& state) {
  const Furnished room = furnished(static_cast<std::size_t>(state.range(0)), 1);
  check_answer(room);
  const reward::RewardConfig config = everything();
  for (auto _ : state) benchmark::DoNotOptimize(reward::score_layout(room.graph, room.layout, config));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_Physics_DefaultNewRoom)
    ->ArgName("objects")
    ->Arg(20)
    ->Arg(200)
    ->Arg(2000)
    ->Unit(benchmark::kMicrosecond);

void BM_Physics_Navigability(benchmark::State& state) {
  const Furnished room = furnished(static_cast<std::size_t>(state.range(0)), 1);
  physics::NavigabilityChecker checker;
  if (checker.check(room.graph, room.layout).free_m2 <= 0) wrong("nowhere to walk");
  for (auto _ : state) benchmark::DoNotOptimize(checker.check(room.graph, room.layout).share);
}
BENCHMARK(BM_Physics_Navigability)->ArgName("objects")->Arg(20)->Arg(200)->Unit(benchmark::kMicrosecond);

/// Fifteen things with the faults of random places: two seconds of gravity.
void BM_Physics_Settle(benchmark::State& state) {
  const Furnished room = furnished(static_cast<std::size_t>(state.range(0)), 1);
  if (physics::settle(room.graph, room.layout).objects.size() != room.graph.objects.size()) wrong("settling");
  for (auto _ : state) benchmark::DoNotOptimize(physics::settle(room.graph, room.layout).unstable);
}
BENCHMARK(BM_Physics_Settle)->ArgName("objects")->Arg(15)->Unit(benchmark::kMillisecond);

/// Fifteen things as the meshes that are drawn, prepared before.
void BM_Physics_MeshContacts(benchmark::State& state) {
  const Furnished room = furnished(static_cast<std::size_t>(state.range(0)), 1);
  assets::ModelCache models;
  std::vector<physics::CollisionMesh> meshes;
  for (const scene::SceneObject& object : room.graph.objects) {
    const auto model = models.get(object);
    meshes.push_back(physics::CollisionMesh::from({model->mesh.positions_m, model->mesh.triangles}));
  }
  std::vector<const physics::CollisionMesh*> mesh_of;
  for (const physics::CollisionMesh& mesh : meshes) mesh_of.push_back(&mesh);
  for (auto _ : state) benchmark::DoNotOptimize(physics::mesh_contacts(room.graph, room.layout, mesh_of));
}
BENCHMARK(BM_Physics_MeshContacts)->ArgName("objects")->Arg(15)->Unit(benchmark::kMillisecond);

/// A response of 3 kB: read, checked against the schema, its format graded.
void BM_Response_Parse(benchmark::State& state) {
  const Furnished room = furnished(20, 1);
  std::string text = "<think>" + std::string(1600, 'x') + "</think><answer>[";
  for (std::size_t i = 0; i < room.graph.objects.size(); ++i) {
    const Vec3& p = room.layout.poses[i].position_m;
    char entry[160];
    std::snprintf(entry, sizeof entry, "%s{\"new_object_id\": \"%s\", \"x\": %.2f, \"y\": %.2f, \"z\": %.3f}",
                  i == 0 ? "" : ", ", room.graph.objects[i].id.c_str(), p.x(), p.y(), p.z());
    text += entry;
  }
  text += "]</answer>";
  if (text.size() < 2800 || reward::parse_response(room.graph, text).format != 1)
    wrong("the response is not read");
  for (auto _ : state) benchmark::DoNotOptimize(reward::parse_response(room.graph, text).format);
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}
BENCHMARK(BM_Response_Parse)->Unit(benchmark::kMicrosecond);

// ------------------------------------------------------------------------------------------------ batches

double seconds_on(int threads, const auto& work) {
  const auto begin = std::chrono::steady_clock::now();
  std::vector<std::thread> others;
  for (int t = 1; t < threads; ++t) others.emplace_back([&work, t] { work(t); });
  work(0);
  for (std::thread& other : others) other.join();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

/// 100,000 layouts of a room of 12 objects, on one thread and on two, beside a loop of plain arithmetic.
/// `share` is the speed-up of the layouts over that of the arithmetic.
void BM_Physics_Batch(benchmark::State& state) {
  const Furnished room = furnished(12, 2);
  constexpr int kLayouts = 100000;
  Rng rng(3);
  std::vector<scene::Layout> layouts(512, room.layout);
  for (scene::Layout& layout : layouts)
    for (scene::Pose& pose : layout.poses) pose.position_m += 0.3 * Vec3(rng.normal(), rng.normal(), 0);
  const auto score = [&](int threads) {
    return seconds_on(threads, [&](int t) {
      reward::LayoutScorer scorer(room.graph);
      double sum = 0;
      for (int k = t; k < kLayouts; k += threads)
        sum += scorer.score(layouts[static_cast<std::size_t>(k) % layouts.size()]).total;
      benchmark::DoNotOptimize(sum);
    });
  };
  const auto arithmetic = [&](int threads) {
    return seconds_on(threads, [&](int) {
      double x = 1;
      for (int k = 0; k < 400000000 / threads; ++k) x = x * 0.999999 + 1e-7;
      benchmark::DoNotOptimize(x);
    });
  };
  double one = 0, two = 0, plain_one = 0, plain_two = 0;
  for (auto _ : state) {
    one += score(1);
    two += score(2);
    plain_one += arithmetic(1);
    plain_two += arithmetic(2);
  }
  state.counters["layouts_per_s_1"] = kLayouts * static_cast<double>(state.iterations()) / one;
  state.counters["layouts_per_s_2"] = kLayouts * static_cast<double>(state.iterations()) / two;
  state.counters["speedup"] = one / two;
  state.counters["arithmetic_speedup"] = plain_one / plain_two;
  state.counters["share"] = (one / two) / (plain_one / plain_two);
}
BENCHMARK(BM_Physics_Batch)->Iterations(3)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
