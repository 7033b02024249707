#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <vector>

#include "metaspatial/physics/py_value.hpp"
#include "metaspatial/physics/reference_boxes.hpp"

/// The checker of the public Python reference, bit for bit and quirk for quirk (docs/REFERENCE.md): the slow
/// path, over a JSON value with Python's semantics. The fast path for well-formed scenes is
/// reference_flat.hpp.
///
/// Units    metres and degrees, as in the files.
/// Threads  const on their arguments (or on their own copy); safe to call from several threads at once.
namespace metaspatial::physics::reference {

/// Entries of a scene that are still checked; more is a MemoryError. Far above any real room: it bounds the
/// time that a hostile file can take.
inline constexpr std::size_t kMaxEntries = 20'000;
/// Colliding pairs that are listed; the count and the ratio always cover all.
inline constexpr std::size_t kMaxListedPairs = 20'000;

struct Collisions {
  double ratio = 0;
  std::size_t count = 0;
  std::vector<std::array<std::size_t, 2>> pairs;  ///< entry indices, in the reference's order
  std::optional<PyError> error;
  std::array<std::size_t, 2> error_at = {0, 0};  ///< the pair on which it was raised
};

/// Pairs of boxes that collide, over all pairs of entries, the layout elements included.
///
/// Cost     O(n^2) comparisons of doubles; every entry's box is made once.
[[nodiscard]] Collisions check_collisions(const PyValue& scene);

struct Constraints {
  double ratio = 0;
  std::vector<std::size_t> violating;  ///< entry indices, in order; on an error those found before it
  std::optional<PyError> error;
  std::optional<std::size_t> error_at;  ///< the entry that was being checked
};

/// Objects whose centre satisfies none of their constraints, over all entries but the last six.
///
/// `room` is [length, width, height]. Takes a copy of the scene because the reference fills in missing
/// rotations as it goes, and later objects see them.
[[nodiscard]] Constraints check_constraints(PyValue scene, const PyValue& room);

struct PossiblePositions {
  std::vector<Box> boxes;  ///< one per constraint whose target has a position, layout elements first
  PyValue rotation;        ///< the angle that the reference writes into the object
  std::optional<PyError> error;
};

/// The regions of each entry but the last six, each found by id in the scene as given.
[[nodiscard]] std::vector<PossiblePositions> possible_positions(PyValue scene, const PyValue& room);

}  // namespace metaspatial::physics::reference
