#pragma once

#include <array>
#include <optional>
#include <span>
#include <vector>

#include "metaspatial/base/rng.hpp"
#include "metaspatial/physics/rules.hpp"
#include "metaspatial/scene/floor_plan.hpp"
#include "metaspatial/scene/graph.hpp"
#include "metaspatial/scene/kinds.hpp"

/// The common ground of designer, solver and corrector: a room that is partly furnished, and the search for a
/// place for one more object in it.
namespace metaspatial::curate {

using scene::Layout;
using scene::Pose;
using scene::SceneGraph;
using scene::Vec3;

/// A partly furnished room. Borrows the graph, which may grow at its end between calls.
///
/// Places are looked for in the rectangle around the floor; on a polygonal floor those are refused whose
/// footprint leaves it.
class Placer {
 public:
  /// What is demanded of a place beyond having no fault.
  struct Wish {
    bool strict = false;      ///< a relation without any region is a failure instead of being ignored
    bool keep_access = true;  ///< look for places that leave functional sides free
    bool relax = true;        ///< if there are none, take others
    bool thorough = true;     ///< where chance finds nothing, look at every grid point
    bool may_break = false;   ///< relations of placed objects towards this one may break
  };

  Placer(const SceneGraph& graph, double grid_m);

  /// Takes notice of objects that were appended to the graph, or forgets those that were removed from its
  /// end.
  void resize();
  [[nodiscard]] const Layout& layout() const { return layout_; }
  [[nodiscard]] bool placed(int i) const { return placed_[static_cast<std::size_t>(i)]; }
  /// Puts object i there, unchecked.
  void put(int i, const Pose& pose);
  void remove(int i) { placed_[static_cast<std::size_t>(i)] = false; }

  /// Looks for a random place of object i among the placed ones, ideal places first, and puts it there.
  bool place(int i, Rng& rng, const Wish& wish);
  /// Looks for the valid place nearest to `from_m` and puts object i there.
  bool place_nearest(int i, const Vec3& from_m, const Wish& wish);
  /// Puts object i where it drives out little, ideal places first: `ejected` are the objects that collided
  /// with it or related to it there, no longer placed. False if there is no region for it at all.
  bool place_ejecting(int i, Rng& rng, std::vector<int>& ejected, std::span<const double> worth = {});
  /// Placed objects whose relations towards i do not hold.
  [[nodiscard]] std::vector<int> broken_by(int i) const;
  /// Placed objects that collide with i.
  [[nodiscard]] std::vector<int> colliding_with(int i) const;
  /// True if the relation holds (within half of the rules' tolerance).
  [[nodiscard]] bool holds(int i, int r) const;
  /// True if the floor is a polygon and object i at this pose reaches beyond it.
  [[nodiscard]] bool off_floor(int i, const Pose& pose) const;
  /// Chooses the z of an object at this place as its support demands; nothing if it has no single height.
  [[nodiscard]] std::optional<double> fixed_z_m(int i) const;

 private:
  struct Box {
    Vec3 lo_m, hi_m;
    /// Where in the box a demand in a turned frame holds, if one does: along a slanted wall.
    std::optional<physics::RelationRegion> along;
  };
  struct Facts {
    const scene::Kind* kind = nullptr;
    bool flat = false;
  };
  struct Search {
    std::vector<Box> boxes;  ///< where every axis-aligned demand holds
    std::vector<std::vector<physics::RelationRegion>>
        turned;  ///< demands with a frame that is not axis-aligned, all their regions
    std::array<std::vector<double>, 2> ideal_m;  ///< preferred x and y
    bool unsatisfiable = false;
  };

  [[nodiscard]] Search search(int i, bool strict, Rng* rng) const;
  [[nodiscard]] Vec3 draw_m(int i, const Search& s, double ideal_chance, Rng& rng) const;
  [[nodiscard]] bool fits(int i, const Vec3& p_m, const Search& s, const Wish& wish, bool access);
  [[nodiscard]] bool overlap(int i, const Vec3& p_m, double yaw_i_rad, int j) const;
  [[nodiscard]] bool exempt(int i, int j) const;
  [[nodiscard]] bool blocks_opening(int i, const Vec3& p_m) const;
  [[nodiscard]] bool keeps_access(int i, const Vec3& p_m) const;
  [[nodiscard]] double snap_m(double v, double lo, double hi) const;
  [[nodiscard]] double hanging_z_m(int i, const Box& box, Rng* rng) const;

  const SceneGraph& graph_;
  scene::FloorPlan plan_;
  double grid_m_;
  physics::Rules rules_;
  Layout layout_;
  std::vector<char> placed_;
  std::vector<Facts> facts_;
  std::vector<std::array<double, 4>> zones_m_;
};

/// An order in which every object comes after what it relates to, where the graph allows it: among the
/// objects that are ready, the one with the highest priority first.
[[nodiscard]] std::vector<int> dependency_order(const SceneGraph& graph, const std::vector<double>& priority);

}  // namespace metaspatial::curate
