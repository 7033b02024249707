#pragma once

#include <optional>
#include <vector>

#include "metaspatial/base/rng.hpp"
#include "metaspatial/physics/rules.hpp"
#include "metaspatial/scene/graph.hpp"

/// From a sentence to a furnished room without a model: designer, solver, corrector, data sets.
namespace metaspatial::curate {

using scene::Layout;
using scene::Pose;
using scene::SceneGraph;

/// How a layout is searched.
struct SolveOptions {
  double grid_m = 0.05;  ///< centres lie on multiples of this, where the room's size allows it
  int max_tries = 60;    ///< restarts before the graph counts as unsolvable
};

/// Finds a layout without any physical fault (physics::physical_rules).
///
/// Units    metres; x and y on the grid, but for what belongs to a slanted wall and stands flush with it; z
/// as the
///          support demands (a rug of 0.02 m: 0.01).
/// Shape    one pose per object, yaws resolved; nothing if no layout was found in `max_tries` restarts.
/// Threads  const on its arguments.
/// Cost     about 0.1 ms for a room of ten objects that is easily solved.
[[nodiscard]] std::optional<Layout> solve(const SceneGraph& graph, Rng& rng,
                                          const SolveOptions& options = {});

/// How much room the objects of a layout have: the mean over objects of the horizontal gap to the nearest
/// other object that shares its height and is not related to it, at most `enough_m` each.
///
/// Units    metres. Frame    boxes count as axis-aligned, exact for cardinal yaws.
[[nodiscard]] double mean_gap_m(const SceneGraph& graph, const Layout& layout, double enough_m = 0.4);

/// Of up to `candidates` solutions the one with the largest mean_gap_m; nothing if the first search fails.
[[nodiscard]] std::optional<Layout> solve_roomy(const SceneGraph& graph, Rng& rng, int candidates,
                                                const SolveOptions& options = {});

/// A repaired layout.
struct Correction {
  Layout layout;
  std::vector<bool> moved;  ///< per object: its pose differs from the flawed layout's
  bool clean = false;       ///< no fault is left
};

/// Repairs a layout with few and small moves: an object without fault stays exactly where it is unless
/// something it relates to had to move; a faulty one goes to the nearest valid place on the grid. Of two
/// colliding objects one moves. Where that fails, faultless neighbours may be moved as well; `clean` says
/// whether all faults are gone.
///
/// Shape    REQUIRES one finite pose per object.
/// Cost     about a millisecond for a room of ten objects.
[[nodiscard]] Correction correct(const SceneGraph& graph, const Layout& flawed, Rng& rng,
                                 const SolveOptions& options = {});

}  // namespace metaspatial::curate
