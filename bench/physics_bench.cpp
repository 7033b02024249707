#include <benchmark/benchmark.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "metaspatial/base/rng.hpp"
#include "metaspatial/physics/reference_flat.hpp"
#include "metaspatial/physics/reference_rules.hpp"

// The reference's rules on rooms of n random boxes with two constraints each (one to a wall or the floor, one
// to another object), all turned by quarters: the scenes on which the Python reference was timed.
namespace {

using namespace metaspatial;
using namespace metaspatial::physics::reference;

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
      flat->check().constraint_ratio != check_constraints(scene, room()).ratio) {
    std::fputs("the fast path differs from the slow one\n", stderr);
    std::exit(1);
  }
  return *flat;
}

void reference_fast(benchmark::State& state) {
  Rng rng(1);
  const FlatScene flat = checked(scene_of(static_cast<std::size_t>(state.range(0)), rng));
  for (auto _ : state) benchmark::DoNotOptimize(flat.check());
  state.counters["layouts"] =
      benchmark::Counter(static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
}
BENCHMARK(reference_fast)
    ->Arg(5)
    ->Arg(10)
    ->Arg(20)
    ->Arg(50)
    ->Arg(100)
    ->Arg(200)
    ->Unit(benchmark::kMicrosecond);

void reference_slow(benchmark::State& state) {
  Rng rng(1);
  const PyValue scene = scene_of(static_cast<std::size_t>(state.range(0)), rng);
  (void)checked(scene);
  for (auto _ : state) {
    benchmark::DoNotOptimize(check_collisions(scene));
    benchmark::DoNotOptimize(check_constraints(scene, room()));
  }
  state.counters["layouts"] =
      benchmark::Counter(static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
}
BENCHMARK(reference_slow)->Arg(5)->Arg(20)->Arg(100)->Unit(benchmark::kMicrosecond);

}  // namespace
