#pragma once

#include <vector>

#include "metaspatial/physics/fault.hpp"
#include "metaspatial/physics/neighbours.hpp"
#include "metaspatial/physics/prepared_room.hpp"

/// Whether things can be used where they stand: what they face, what they are for, and whether people get at
/// them.
namespace metaspatial::physics {

/// The angle from an object's front to a footprint, as seen from the object's centre: 0 if the ray ahead
/// meets it, else to its nearest corner; clockwise positive. 0 where the centre is inside of the footprint.
[[nodiscard]] double facing_angle_rad(const Box& object, const Box& target);

/// What use asks of one object: the excess over the tolerances, in metres and radians, and the faults.
struct UseReport {
  double facing_rad = 0;  ///< angle between its front and what it should face
  double partner_m = 0;   ///< gap to the table or screen that it is for
  double access_m = 0;    ///< width that its functional sides lack
  /// What is beyond the tolerances, one radian counting as one metre: 0 for an object that can be used.
  /// Continuous in the poses: with several tables or screens, the best one counts.
  double excess_m = 0;
};
/// Checks object `i` and appends its faults.
[[nodiscard]] UseReport check_use(const PreparedRoom& room, const Neighbours& neighbours, int i,
                                  std::vector<Fault>& faults);

}  // namespace metaspatial::physics
