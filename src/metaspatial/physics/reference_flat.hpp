#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "metaspatial/base/error.hpp"
#include "metaspatial/physics/py_value.hpp"
#include "metaspatial/scene/graph.hpp"

/// The reference's rules on flat arrays of doubles: the fast path for well-formed scenes. It gives the same
/// numbers to the bit as reference_rules.hpp, which tests hold it to.
namespace metaspatial::physics::reference {

/// One entry of a scene: an object or a layout element.
struct FlatEntry {
  std::array<double, 3> position_m = {0, 0, 0};  ///< centre of the box
  std::array<double, 3> size_m = {0, 0, 0};      ///< length, width, height
  double angle_deg = 0;  ///< `z_angle`: clockwise from north, never reduced modulo 360
  bool on_floor = true;
  bool thin = false;                      ///< never collides
  std::optional<scene::Element> element;  ///< if its id names a layout element
};

/// "entry is <preposition> <target>".
struct FlatConstraint {
  std::uint32_t entry = 0;
  std::uint32_t target = 0;
  scene::Preposition preposition = scene::Preposition::On;
  bool adjacent = true;
};

struct FlatVerdict {
  double collision_ratio = 0;   ///< colliding pairs over all pairs of entries
  double constraint_ratio = 0;  ///< violating objects over objects
  std::uint32_t colliding_pairs = 0;
  std::uint32_t violating = 0;
  friend bool operator==(const FlatVerdict&, const FlatVerdict&) = default;
};

/// Largest size over smallest is 40 or more, and none is 0.
[[nodiscard]] bool is_thin(const std::array<double, 3>& size_m);

/// A scene made ready for checking many layouts: sizes, angles and relations are folded into constants.
///
/// Units    metres, degrees.
/// Threads  const after construction.
class FlatScene {
 public:
  /// `entries` are the objects, then the six layout elements; `constraints` are sorted by entry.
  ///
  /// Errors   InvalidInput where the reference would raise (a sideways, above or corner target turned by
  /// other than
  ///          0, 90, 180, 270), if a number is not finite or beyond 1e100, or if an index is out of range.
  [[nodiscard]] static Result<FlatScene> make(std::span<const FlatEntry> entries,
                                              std::span<const FlatConstraint> constraints,
                                              const std::array<double, 3>& room_m);

  /// Nothing if the scene is not plainly well-formed (a field missing or of another type, an id twice, a
  /// number not finite or too large to be exact, an extra size): then only check_collisions and
  /// check_constraints know.
  [[nodiscard]] static std::optional<FlatScene> from(const PyValue& scene, const PyValue& room);

  /// The room of `graph` with its objects turned by `yaws_rad` (one per object). Angles within 1e-6 degrees
  /// of a quarter turn count as that.
  [[nodiscard]] static Result<FlatScene> from(const scene::SceneGraph& graph,
                                              std::span<const double> yaws_rad);

  [[nodiscard]] std::size_t objects() const { return objects_; }

  /// Checks the objects at the positions they were made with.
  [[nodiscard]] FlatVerdict check() const { return check(own_positions_m_); }
  /// Checks the objects elsewhere; the layout elements stay.
  ///
  /// Shape    one position per object; REQUIRES coordinates within +-1e100.
  /// Cost     O(n^2 + constraints), one allocation; under 5 us for 20 objects (bench/physics_bench.cpp).
  [[nodiscard]] FlatVerdict check(std::span<const std::array<double, 3>> positions_m) const;

 private:
  // Bounds of a region on one axis, from the target's centre c: low = c + low_1 + low_2, high = c + high_1 +
  // high_2, with c taken as 0 where a bound does not depend on the target.
  struct AxisRule {
    double low_1 = 0, low_2 = 0, high_1 = 0, high_2 = 0;
    bool low_from_target = true, high_from_target = true;
    bool ordered = false;
    double low_least = 0, low_most = 0;    // low = max(low_least, min(low, low_most))
    double high_least = 0, high_most = 0;  // high = max(high_least, min(high, high_most))
  };
  struct Rule {
    std::uint32_t entry = 0;
    std::uint32_t target = 0;
    std::array<AxisRule, 3> axes;
  };
  [[nodiscard]] static std::optional<Rule> make_rule(const FlatConstraint& constraint,
                                                     const FlatEntry& object, const FlatEntry& target,
                                                     const std::array<double, 3>& room_m);
  [[nodiscard]] std::uint32_t count_violating(std::span<const std::array<double, 3>> positions_m) const;
  [[nodiscard]] std::uint32_t count_colliding(std::span<const std::array<double, 3>> positions_m) const;

  std::size_t objects_ = 0;
  std::size_t entries_ = 0;
  std::vector<std::array<double, 3>> own_positions_m_;     // of the objects
  std::vector<std::array<double, 3>> layout_positions_m_;  // of the other entries
  std::vector<std::uint32_t> solid_;                       // objects that are not thin
  std::vector<std::array<double, 3>> solid_half_m_;        // their half sizes on the room's axes
  std::vector<std::array<double, 3>> fixed_low_m_;         // boxes of the layout elements that are not thin
  std::vector<std::array<double, 3>> fixed_high_m_;
  std::uint32_t fixed_pairs_ = 0;           // layout elements colliding with each other
  std::vector<Rule> rules_;                 // sorted by entry
  std::vector<std::uint32_t> rules_begin_;  // objects_ + 1 offsets into rules_
};

/// The reference's two ratios of a layout of ours, turned as its poses say.
///
/// Errors   InvalidInput where the reference would raise; see FlatScene::make.
[[nodiscard]] Result<FlatVerdict> reference_verdict(const scene::SceneGraph& graph,
                                                    const scene::Layout& layout);

}  // namespace metaspatial::physics::reference
