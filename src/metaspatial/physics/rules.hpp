#pragma once

#include <vector>

#include "metaspatial/physics/box.hpp"
#include "metaspatial/physics/fault.hpp"
#include "metaspatial/physics/neighbours.hpp"
#include "metaspatial/physics/prepared_room.hpp"
#include "metaspatial/scene/graph.hpp"

/// What is wrong with a layout, per object, in metres and in words: our rules.
namespace metaspatial::physics {

/// What is wrong with one object: the raw material of rewards and per-object credit.
struct ObjectReport {
  double overlap_m = 0;                 ///< deepest penetration with any other object
  double out_m = 0;                     ///< distance out of the room
  double relation_m = 0;                ///< largest distance to a relation's region
  Vec3 relation_axis_m = Vec3::Zero();  ///< the same per room axis (largest absolute move needed on each)
  double support_m = 0;                 ///< gap under the object, or how far its centre is off its support
  double blocked_m = 0;                 ///< intrusion into door swings and window zones
  double use_m = 0;                     ///< UseReport::excess_m; 0 if use is not checked
  double alignment_m = 0;               ///< AlignmentReport::excess_m; 0 if alignment is not checked
  int relations = 0;                    ///< how many relations it has
  int broken_relations = 0;
  int unsatisfiable_relations = 0;  ///< relations that no layout satisfies
  bool colliding = false;
  bool out = false;
  bool unsupported = false;
  bool blocking = false;
  bool unusable = false;    ///< has a fault of use
  bool misaligned = false;  ///< has a fault of alignment
  /// Whether it has a physical fault: the primary measure. Use and alignment are counted beside it.
  [[nodiscard]] bool faulty() const {
    return colliding || out || unsupported || blocking || broken_relations > 0;
  }
};

/// Everything that is wrong with a layout.
struct Report {
  std::vector<Fault> faults;          ///< sorted by (object, kind, other)
  std::vector<ObjectReport> objects;  ///< one per object
  /// Overlaps as rewards count them: the faults, but of two things that belong on the floor and of which one
  /// is not there, the overlap that they would have if both were put down. Else a tower would have none.
  std::vector<Fault> graded_overlaps;
  int colliding_pairs = 0;
  int relations = 0;
  int broken_relations = 0;
  int unsatisfiable_relations =
      0;  ///< relations that no layout satisfies: the room's fault, not counted as broken

  /// Shares in [0, 1]; 0 for a room without objects (relations). Unsatisfiable relations are in neither part
  /// of the relation share.
  [[nodiscard]] double faulty_share() const;
  [[nodiscard]] double colliding_share() const;
  [[nodiscard]] double out_share() const;
  [[nodiscard]] double broken_relation_share() const;
  [[nodiscard]] double blocking_share() const;
  [[nodiscard]] double unsupported_share() const;
  [[nodiscard]] double unusable_share() const;
  [[nodiscard]] double misaligned_share() const;
};

/// Checks a layout against our rules: everything that boxes can tell. Walking, settling and real meshes are
/// asked for by name: navigability.hpp, settling.hpp, mesh_contact.hpp.
///
/// Units    metres, radians. Shape  one pose per object; REQUIRES finite poses.
/// Threads  const on its arguments.
/// Cost     O(n + k) for k pairs of boxes that are near each other, plus O(n log n) to sort the faults.
[[nodiscard]] Report check(const SceneGraph& graph, const Layout& layout, const Rules& rules = {});

/// The same for many layouts of one room: makes it ready once, and allocates nothing per layout once it has
/// met one with as many faults.
///
/// Threads  one checker per thread; they may share the room.
class Checker {
 public:
  /// REQUIRES `room` to outlive the checker. `loop_up_to`: see Neighbours.
  explicit Checker(const PreparedRoom& room, std::size_t loop_up_to = 48);
  void check(const Layout& layout, Report& report);
  /// The report stands until the next call.
  const Report& check(const Layout& layout) {
    check(layout, report_);
    return report_;
  }
  [[nodiscard]] const PreparedRoom& room() const { return *room_; }

 private:
  const PreparedRoom* room_;
  std::vector<Box> boxes_;
  Neighbours neighbours_;
  Report report_;
};

}  // namespace metaspatial::physics
