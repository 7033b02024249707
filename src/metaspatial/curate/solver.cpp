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

bool leans_on(const SceneGraph& graph, int i, int target) {
  return std::ranges::any_of(graph.objects[static_cast<std::size_t>(i)].relations,
                             [&](const scene::Relation& r) {
                               const ObjectRef* ref = std::get_if<ObjectRef>(&r.target);
                               return ref != nullptr && ref->index == target;
                             });
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
    const std::vector<int> order = dependency_order(graph, priority);
    std::vector<int> queue = order;
    std::ranges::reverse(queue);  // the next one at the end
    int ejections = static_cast<int>(8 * n);
    while (!queue.empty()) {
      const int i = queue.back();
      queue.pop_back();
      if (placer.placed(i) || placer.place(i, rng, wish)) continue;
      failed = i;
      // Make room for it: what stands where it belongs is placed again later; or what it leans on, if there
      // is no place for it there at all.
      std::vector<int> out;
      if (ejections-- <= 0) break;
      const std::vector<int> targets = targets_of(graph, i);
      const bool uproot = !targets.empty() && rng.chance(0.3);
      if (!uproot && placer.place_ejecting(i, rng, out)) {
        failed = -1;
      } else {
        if (targets.empty()) break;
        out = {rng.pick(targets), i};
        for (std::size_t k = 0; k < out.size(); ++k) {
          placer.remove(out[k]);
          for (std::size_t j = 0; j < n; ++j)
            if (placer.placed(static_cast<int>(j)) &&
                std::ranges::find(out, static_cast<int>(j)) == out.end() &&
                leans_on(graph, static_cast<int>(j), out[k]))
              out.push_back(static_cast<int>(j));
        }
        failed = -1;
      }
      std::vector<int> rank(n);
      for (std::size_t k = 0; k < order.size(); ++k)
        rank[static_cast<std::size_t>(order[k])] = static_cast<int>(k);
      std::ranges::sort(out, [&](int a, int b) {
        return rank[static_cast<std::size_t>(a)] > rank[static_cast<std::size_t>(b)];
      });
      queue.insert(queue.end(), out.begin(), out.end());
    }
    if (failed < 0) {
      if (physics::check(graph, placer.layout(), physics::physical_rules()).faults.empty())
        return placer.layout();
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

double mean_gap_m(const SceneGraph& graph, const Layout& layout, double enough_m) {
  const std::size_t n = graph.objects.size();
  std::vector<double> gap_m(n, enough_m);
  for (std::size_t i = 0; i < n; ++i) {
    const Vec3& p = layout.poses[i].position_m;
    const scene::Vec2 half = scene::half_extent_m(graph.objects[i].size_m, layout.poses[i].yaw_rad);
    for (std::size_t j = i + 1; j < n; ++j) {
      if (leans_on(graph, static_cast<int>(i), static_cast<int>(j)) ||
          leans_on(graph, static_cast<int>(j), static_cast<int>(i)))
        continue;
      const Vec3& q = layout.poses[j].position_m;
      const double heights = 0.5 * (graph.objects[i].size_m.z() + graph.objects[j].size_m.z());
      if (std::abs(p.z() - q.z()) >= heights) continue;
      const scene::Vec2 other = scene::half_extent_m(graph.objects[j].size_m, layout.poses[j].yaw_rad);
      const scene::Vec2 apart = (p - q).head<2>().cwiseAbs() - half - other;
      const double distance = std::max(0.0, apart.maxCoeff());
      gap_m[i] = std::min(gap_m[i], distance);
      gap_m[j] = std::min(gap_m[j], distance);
    }
  }
  double sum = 0;
  for (const double gap : gap_m) sum += gap;
  return n == 0 ? enough_m : sum / static_cast<double>(n);
}

std::optional<Layout> solve_roomy(const SceneGraph& graph, Rng& rng, int candidates,
                                  const SolveOptions& options) {
  std::optional<Layout> best = solve(graph, rng, options);
  if (!best || candidates <= 1) return best;
  double most_m = mean_gap_m(graph, *best);
  for (int k = 1; k < candidates; ++k) {
    std::optional<Layout> other = solve(graph, rng, options);
    if (!other) continue;
    const double gap_m = mean_gap_m(graph, *other);
    if (gap_m > most_m) {
      most_m = gap_m;
      best = std::move(other);
    }
  }
  return best;
}

Correction correct(const SceneGraph& graph, const Layout& flawed, Rng& rng, const SolveOptions& options) {
  const std::size_t n = graph.objects.size();
  Correction best;
  best.layout = flawed;
  best.moved.assign(n, false);
  physics::Report report = physics::check(graph, flawed, physics::physical_rules());
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
  bool stuck = false;
  for (int attempt = 0; attempt < 8 && least > 0; ++attempt) {
    Placer placer(graph, options.grid_m);
    for (std::size_t i = 0; i < n; ++i)
      if (!moves[i]) placer.put(static_cast<int>(i), flawed.poses[i]);
    std::vector<double> priority(n);
    for (std::size_t i = 0; i < n; ++i)
      priority[i] =
          static_cast<double>(n - i) + (attempt > 0 ? rng.uniform(0, 0.7 * static_cast<double>(n)) : 0.0);
    const std::vector<int> order = dependency_order(graph, priority);
    std::vector<std::size_t> rank(n);
    for (std::size_t k = 0; k < n; ++k) rank[static_cast<std::size_t>(order[k])] = k;
    // What is right where it is gives way last.
    std::vector<double> worth(n);
    for (std::size_t i = 0; i < n; ++i) worth[i] = moves[i] ? 1.0 : 6.0;
    std::vector<int> queue(order.rbegin(), order.rend());
    int steps = static_cast<int>(8 * n);
    std::vector<int> visits(n, 0);
    stuck = false;
    while (!queue.empty()) {
      const int i = queue.back();
      queue.pop_back();
      if (placer.placed(i)) continue;
      const Vec3 from = flawed.poses[static_cast<std::size_t>(i)].position_m;
      Placer::Wish wish;
      wish.keep_access = false;
      // What had to give way more than once looks farther, or two neighbours would push each other for ever.
      const bool restless = visits[static_cast<std::size_t>(i)]++ >= 2;
      if (restless ? placer.place(i, rng, wish) : placer.place_nearest(i, from, wish)) continue;
      if (steps-- <= 0) {
        stuck = true;
        break;
      }
      // Only by taking with it what relates to it, or by driving out what stands there.
      std::vector<int> out;
      wish.may_break = true;
      if (placer.place_nearest(i, from, wish)) {
        out = placer.broken_by(i);
      } else if (const std::vector<int> targets = targets_of(graph, i);
                 (targets.empty() || rng.chance(0.75)) && placer.place_ejecting(i, rng, out, worth)) {
      } else if (!targets.empty()) {
        // No place beside its target where that is: the target is looked for anew, away from where it was.
        const int target = rng.pick(targets);
        out = {target, i};
        placer.remove(target);
        for (std::size_t j = 0; j < n; ++j)
          if (placer.placed(static_cast<int>(j)) && leans_on(graph, static_cast<int>(j), target))
            out.push_back(static_cast<int>(j));
        Placer::Wish anew;
        if (placer.place(target, rng, anew)) out.erase(out.begin());
      } else {
        stuck = true;
        break;
      }
      for (const int j : out) placer.remove(j);
      std::ranges::sort(out, [&](int x, int y) {
        return rank[static_cast<std::size_t>(x)] > rank[static_cast<std::size_t>(y)];
      });
      queue.insert(queue.end(), out.begin(), out.end());
    }
    if (stuck) continue;
    report = physics::check(graph, placer.layout(), physics::physical_rules());
    if (report.faults.size() < least) {
      least = report.faults.size();
      best.layout = placer.layout();
    }
  }
  if (least > 0) {
    // Beyond repair: a new layout is the honest answer.
    if (std::optional<Layout> fresh = solve(graph, rng, {options.grid_m, 20})) {
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
