// One environment turn: read an answer, judge it, draw the room it makes, say what is wrong with it.
#include <benchmark/benchmark.h>

#include <string>

#include "metaspatial/curate/designer.hpp"
#include "metaspatial/curate/flawed.hpp"
#include "metaspatial/env/episode.hpp"

namespace {

using namespace metaspatial;

void BM_EnvTurn(benchmark::State& state) {
  env::EnvConfig config;
  config.picture_px = static_cast<int>(state.range(0));
  config.max_turns = 2;
  Rng rng(1);
  const scene::RoomDescription description{
      "A living room with a sofa, two armchairs, a coffee table on a rug, a television on a stand, a "
      "bookshelf, a "
      "desk with an office chair, a floor lamp and a potted plant.",
      {7, 6, 3}};
  const auto made = curate::design_and_solve(description, rng);
  if (!made) {
    state.SkipWithError("the room could not be designed");
    return;
  }
  const auto room = env::make_room(std::make_shared<render::Device>(), made->graph, config);
  const auto flawed = curate::imperfect_layout(made->graph, made->layout, rng);
  const std::string answer = env::answer_text(made->graph, flawed, {});
  // The answer is checked before anything is timed.
  if (!env::Episode(room, config).step(answer).layout) {
    state.SkipWithError("the answer could not be read");
    return;
  }
  for (auto _ : state) {
    env::Episode episode(room, config);
    episode.step(answer);
    benchmark::DoNotOptimize(episode.continuation());
  }
  state.counters["objects"] = static_cast<double>(made->graph.objects.size());
  state.counters["turns/s"] =
      benchmark::Counter(static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
}
BENCHMARK(BM_EnvTurn)->ArgName("px")->Arg(112)->Arg(224)->Arg(256)->Unit(benchmark::kMillisecond);

}  // namespace
