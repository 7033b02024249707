#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "metaspatial/scene/graph.hpp"

/// Where a person can walk in a furnished room, and what they can get to.
namespace metaspatial::physics {

using scene::Layout;
using scene::SceneGraph;
using scene::Vec2;

/// Whose floor it is, and how finely it is looked at.
struct NavigabilityRules {
  double person_width_m = 0.4;   ///< a disc of this diameter walks; > 0
  double cell_m = 0.05;          ///< side of a grid cell; > 0; grows where a side would have over 1,024 cells
  double obstacle_low_m = 0.05;  ///< what ends at or below this is stepped over: rugs, thresholds, mats
  double obstacle_high_m = 1.8;  ///< what begins at or above this is walked under
  /// An object is reachable if the person's rim comes this near to its footprint. The person's centre sits on
  /// the grid, so up to 0.07 m of it are lost; less than the depth of a bookshelf (0.3 m), so that nothing is
  /// reached through one.
  double reach_m = 0.25;
};

/// The walkable floor of a layout: every place where the *centre* of the person may be.
struct Navigability {
  double floor_m2 = 0;      ///< area of the whole floor, exact
  double free_m2 = 0;       ///< walkable: cells farther than the person's radius from walls and obstacles
  double reachable_m2 = 0;  ///< walkable and reachable from the doors; without doors, the largest region
  double share = 0;        ///< reachable / free, in [0, 1]; 0 where no floor is free or every door is blocked
  int regions = 0;         ///< connected regions of the walkable floor
  bool from_door = false;  ///< whether the reachable floor is what the doors lead to
  /// One per object, 1 if the reachable floor comes near enough to its footprint, or to that of something
  /// reachable it stands on. Always 1 for what hangs on a wall or from the ceiling, begins above
  /// `obstacle_high_m`, ends below `obstacle_low_m`, or is flat (a rug): nobody has to walk up to those.
  std::vector<std::uint8_t> reachable;
};

/// The grid behind a Navigability, for pictures. Borrowed from a NavigabilityChecker until its next check.
struct FloorMap {
  int columns = 0;
  int rows = 0;
  int words_per_row = 0;
  double cell_m = 0;
  Vec2 first_m = Vec2::Zero();             ///< centre of the south-west cell; the margins around are equal
  std::span<const std::uint64_t> free;     ///< [rows, words_per_row], column c is bit c % 64 of word c / 64
  std::span<const std::uint64_t> reached;  ///< the same shape; a subset of `free`

  [[nodiscard]] Vec2 centre_m(int column, int row) const { return first_m + cell_m * Vec2(column, row); }
  [[nodiscard]] bool is_free(int column, int row) const { return bit(free, column, row); }
  [[nodiscard]] bool is_reached(int column, int row) const { return bit(reached, column, row); }

 private:
  [[nodiscard]] bool bit(std::span<const std::uint64_t> bits, int column, int row) const {
    const auto word = static_cast<std::size_t>(row) * static_cast<std::size_t>(words_per_row) +
                      static_cast<std::size_t>(column) / 64;
    return (bits[word] >> (static_cast<unsigned>(column) % 64U) & 1U) != 0;
  }
};

/// Finds the walkable floor again and again without allocating.
///
/// Frame    room frame; `floor_m` is a simple polygon, counterclockwise; empty means the rectangle of
///          `graph.size`. A door lies in the outermost edge that runs along its wall and spans its centre; a
///          door without such an edge (a slanted wall) is left out.
/// Shape    one pose per object. REQUIRES finite sizes and poses, positive `person_width_m` and `cell_m`.
///          Objects beside the room are no obstacles, but for what stands in a doorway.
/// Threads  one checker per thread.
/// Cost     O(rows of all grown obstacles + words of the grid + runs of free cells); a 6 x 5 m room with 20
///          objects takes 12 us. Allocates only until its buffers have grown to the room and the objects.
/// Source   the "navigability" of SceneEval (Tam et al. 2025, metrics/navigability.py at 116881e, after
///          PhyScene's walkable_metric.py): free floor eroded by the robot, boxes grown by it, share of the
///          largest 8-connected region, 0 if there is none.
///          Differs: a disc 0.4 m wide instead of a 0.2 m square (round corners, exact distances instead of
///          thick contours cut to whole pixels); cells of 0.05 m laid out evenly instead of 256 x 256 pixels
///          around the floor, so that mirrored or turned rooms give the same share to the digit; obstacles
///          are what stands between 0.05 and 1.8 m (there: whatever has its centre below 2 m, rugs
///          included); the floor is what the doors lead to, where there are doors (there: a TODO); whether
///          each object can be reached.
///
/// Distances are compared with 1e-9 m to spare; touching is allowed. A gap of `person_width_m + cell_m` is
/// always passable, at any angle; one of less than 0.387 m never is (two cells that share a corner are up to
/// 3 mm farther from an obstacle's round corner than the point half way, and a doorway is entered by cells up
/// to 0.05 m from its narrowest place); between the two it depends on where the cells lie. Walls are solid
/// but for the doors: in a doorway the centre may come up to the threshold, the rim clear of the jambs. A
/// person enters by any free cell in a doorway, within a cell of the threshold. Above cells of 0.28 m (rooms
/// longer than 280 m) two cells may touch across a thin obstacle.
class NavigabilityChecker {
 public:
  /// Borrowed until the next call.
  const Navigability& check(const SceneGraph& graph, const Layout& layout,
                            const NavigabilityRules& rules = {}, std::span<const Vec2> floor_m = {});
  /// The grid of the last check.
  [[nodiscard]] FloorMap map() const;

 private:
  /// A stretch of free cells in one row.
  struct Run {
    int begin = 0;
    int end = 0;        ///< one past the last cell
    int root = 0;       ///< index of the run that stands for the region
    int cells = 0;      ///< of the region, at its root
    bool seen = false;  ///< whether the region is reached, at its root
  };
  /// The gap that a door leaves in the floor's edge.
  struct Doorway {
    scene::Wall wall = scene::Wall::South;
    double line_m = 0;  ///< y of a south or north wall, x of an east or west wall
    double lo_m = 0;    ///< along the wall
    double hi_m = 0;
  };

  void lay_grid(const NavigabilityRules& rules, std::span<const Vec2> floor_m);
  void find_doorways(const SceneGraph& graph, std::span<const Vec2> floor_m, double orientation);
  void fill_floor(std::span<const Vec2> floor_m);
  void carve_walls(std::span<const Vec2> floor_m, double orientation, double radius_m);
  void carve_objects(const SceneGraph& graph, const Layout& layout, const NavigabilityRules& rules);
  void find_runs();
  void join_runs();
  void enter();
  void reach_objects(const SceneGraph& graph, const Layout& layout, const NavigabilityRules& rules);

  Navigability result_;
  FloorMap grid_;  ///< its spans are set by map() alone
  std::vector<std::uint64_t> free_;
  std::vector<std::uint64_t> reached_;
  std::vector<Run> runs_;
  std::vector<int> first_run_;  ///< per row, and one past the last
  std::vector<Doorway> doorways_;
  std::vector<Vec2> cuts_;         ///< scratch: stretches of one edge
  std::vector<double> crossings_;  ///< scratch: of one row
  std::vector<int> waiting_;       ///< scratch: objects that may be reached by what carries them
};

/// The same, once.
[[nodiscard]] Navigability navigability(const SceneGraph& graph, const Layout& layout,
                                        const NavigabilityRules& rules = {},
                                        std::span<const Vec2> floor_m = {});

/// "5.2 of 11.8 m2 of walkable floor cannot be reached from door_1", "bookshelf_2 cannot be reached from the
/// door". States the facts, never the remedy; less than 0.05 m2 (it would print as 0.0) is not worth a line.
///
/// Shape    the floor first, then the objects in order; empty if all is well.
[[nodiscard]] std::vector<std::string> describe_navigability(const SceneGraph& graph,
                                                             const Navigability& navigability);

}  // namespace metaspatial::physics
