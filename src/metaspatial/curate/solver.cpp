#include "metaspatial/curate/solver.hpp"

#include <algorithm>
#include <cmath>

#include "metaspatial/curate/placer.hpp"

namespace metaspatial::curate {
namespace {

using scene::ObjectRef;
using scene::Vec3;

/// Objects that i relates to.
std::vector<int> targets_of(const SceneGraph& graph, int i) {
  std::vector<int> targets;
  for (const scene::Relation& r : graph.objects[static_cast<std::size_t>(i)].relations) {
    const ObjectRef* ref = std::get_if<ObjectRef>(&r.target);
    if (ref != nullptr && ref->index != i) targets.push_back(ref->index);
  }
  return targets;
}

}  // namespace

std::optional<Layout> solve(const SceneGraph& graph, Rng& rng, const SolveOptions& options) {
  const std::size_t n = graph.objects.size();
  if (n == 0) return Layout{};
  std::vector<double> weight(n);
  for (std::size_t i = 0; i < n; ++i) {
    const Vec3& size = graph.objects[i].size_m;
    weight[i] = size.x() * size.y() * (graph.objects[i].on_floor ? 1.0 : 0.1);
  }
  std::vector<double> bump(n, 0.0);
  for (int attempt = 0; attempt < options.max_tries; ++attempt) {
    std::vector<double> priority(n);
    for (std::size_t i = 0; i < n; ++i) priority[i] = weight[i] * rng.uniform(0.5, 1.0) + bump[i];
    Placer placer(graph, options.grid_m);
    Placer::Wish wish;
    // The first attempts insist on free functional sides, the later ones only prefer them.
    wish.relax = attempt >= 6;
    wish.keep_access = attempt < options.max_tries * 2 / 3;
    wish.thorough = attempt >= 2;
    int failed = -1;
    for (const int i : dependency_order(graph, priority)) {
      if (placer.place(i, rng, wish)) continue;
      failed = i;
      break;
    }
    if (failed < 0) {
      if (physics::check(graph, placer.layout()).faults.empty()) return placer.layout();
      continue;
    }
    // What failed, and what it leans on, is placed earlier from now on.
    std::vector<int> chain = {failed};
    for (std::size_t k = 0; k < chain.size() && chain.size() < n; ++k)
      for (const int target : targets_of(graph, chain[k]))
        if (std::ranges::find(chain, target) == chain.end()) chain.push_back(target);
    for (const int i : chain) bump[static_cast<std::size_t>(i)] += 1.0;
  }
  return {};
}

Correction correct(const SceneGraph& graph, const Layout& flawed, Rng& rng, const SolveOptions& options) {
  const std::size_t n = graph.objects.size();
  Correction best;
  best.layout = flawed;
  best.moved.assign(n, false);
  physics::Report report = physics::check(graph, flawed);
  best.clean = report.faults.empty();
  if (best.clean || n == 0) return best;

  // Who has to move: those with a fault of their own, and one of each colliding pair.
  std::vector<char> moves(n, 0);
  for (const physics::Fault& fault : report.faults)
    if (fault.kind != physics::FaultKind::Overlap) moves[static_cast<std::size_t>(fault.object)] = 1;
  const auto burden = [&](int i) {
    double sum = graph.objects[static_cast<std::size_t>(i)].size_m.head<2>().prod();
    for (std::size_t j = 0; j < n; ++j)
      for (const int target : targets_of(graph, static_cast<int>(j))) sum += target == i ? 10.0 : 0.0;
    return sum;
  };
  for (const physics::Fault& fault : report.faults) {
    if (fault.kind != physics::FaultKind::Overlap) continue;
    const std::size_t a = static_cast<std::size_t>(fault.object);
    const std::size_t b = static_cast<std::size_t>(fault.other);
    if (moves[a] || moves[b]) continue;
    moves[burden(fault.object) < burden(fault.other) ? a : b] = 1;
  }

  std::size_t least = report.faults.size();
  for (int attempt = 0; attempt < 6; ++attempt) {
    Placer placer(graph, options.grid_m);
    for (std::size_t i = 0; i < n; ++i)
      if (!moves[i]) placer.put(static_cast<int>(i), flawed.poses[i]);
    std::vector<double> priority(n);
    for (std::size_t i = 0; i < n; ++i)
      priority[i] =
          static_cast<double>(n - i) + (attempt > 0 ? rng.uniform(0, 0.5 * static_cast<double>(n)) : 0.0);
    const std::vector<int> order = dependency_order(graph, priority);
    bool widened = false;
    for (std::size_t k = 0; k < order.size(); ++k) {
      const int i = order[k];
      const std::size_t si = static_cast<std::size_t>(i);
      if (!moves[si]) continue;
      Placer::Wish wish;
      wish.keep_access = false;
      if (placer.place_nearest(i, flawed.poses[si].position_m, wish)) continue;
      // Only by taking with it what relates to it.
      wish.may_break = true;
      if (placer.place_nearest(i, flawed.poses[si].position_m, wish)) {
        for (const int j : placer.broken_by(i)) {
          placer.remove(j);
          moves[static_cast<std::size_t>(j)] = 1;
          widened = true;
        }
        continue;
      }
      // No place beside what stands: its targets and whatever is nearest to it may move as well next time.
      std::vector<int> blockers = targets_of(graph, i);
      double nearest = 1e9;
      int close = -1;
      for (std::size_t j = 0; j < n; ++j) {
        if (moves[j] || j == si || !placer.placed(static_cast<int>(j))) continue;
        const double d = (flawed.poses[j].position_m - flawed.poses[si].position_m).squaredNorm();
        if (d < nearest) {
          nearest = d;
          close = static_cast<int>(j);
        }
      }
      if (close >= 0) blockers.push_back(close);
      for (const int j : blockers) moves[static_cast<std::size_t>(j)] = 1;
      placer.put(i, flawed.poses[si]);
      widened = true;
    }
    bool complete = true;
    for (std::size_t i = 0; i < n; ++i) complete = complete && placer.placed(static_cast<int>(i));
    if (complete) {
      report = physics::check(graph, placer.layout());
      if (report.faults.size() < least) {
        least = report.faults.size();
        best.layout = placer.layout();
      }
      if (least == 0) break;
      for (const physics::Fault& fault : report.faults) {
        widened = widened || !moves[static_cast<std::size_t>(fault.object)];
        moves[static_cast<std::size_t>(fault.object)] = 1;
      }
    }
    if (!widened && complete && attempt > 2) break;
  }
  if (least > 0 && std::ranges::count(moves, 1) * 2 > static_cast<std::ptrdiff_t>(n)) {
    // Most of the room would move anyway: a new layout is the honest repair.
    if (std::optional<Layout> fresh = solve(graph, rng, {options.grid_m, 10})) {
      best.layout = *std::move(fresh);
      least = 0;
    }
  }
  best.clean = least == 0;
  for (std::size_t i = 0; i < n; ++i)
    best.moved[i] = (best.layout.poses[i].position_m - flawed.poses[i].position_m).norm() > 1e-9 ||
                    std::abs(best.layout.poses[i].yaw_rad - flawed.poses[i].yaw_rad) > 1e-9;
  return best;
}

}  // namespace metaspatial::curate
