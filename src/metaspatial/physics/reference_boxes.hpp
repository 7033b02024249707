#pragma once

#include <array>
#include <string_view>

#include "metaspatial/physics/py_value.hpp"

namespace metaspatial::physics::reference {

/// x_min, x_max, y_min, y_max, z_min, z_max of the region in which an object's centre satisfies a constraint.
///
/// Units    metres, in the room frame.
/// Shape    as the reference returns it: a bound may be an int where the scene had one, and min > max
/// happens.
using Box = std::array<PyValue, 6>;

/// The region of "`object` is `preposition` `target`" by the reference's rules, in the order of its
/// operations.
///
/// Errors   throws PyError where the reference raises: KeyError for an unknown preposition or a missing
/// field,
///          UnboundLocalError for a target turned by other than 0, 90, 180, 270 degrees (sideways, above,
///          corner), TypeError, OverflowError.
/// Source   I-Design's constraint functions as MetaSpatial uses them; the surprises are in docs/REFERENCE.md.
[[nodiscard]] Box constraint_box(const PyValue& preposition, const PyValue& object, const PyValue& target,
                                 const PyValue& is_adjacent, const PyValue& is_on_the_floor,
                                 const PyValue& room);

}  // namespace metaspatial::physics::reference
