#pragma once

#include <vector>

#include "metaspatial/physics/fault.hpp"
#include "metaspatial/physics/neighbours.hpp"
#include "metaspatial/physics/prepared_room.hpp"

/// Whether the room looks orderly: along the walls, at the walls, in rows.
namespace metaspatial::physics {

/// What is measured of one object, whether or not it is a fault.
struct AlignmentReport {
  double angle_rad = 0;  ///< to the nearest wall or neighbour modulo 90 degrees, in [0, 45 degrees]
  double flush_m = 0;    ///< the shorter way to stand at the wall behind it, or free of it
  double row_m = 0;      ///< the shorter way to stand in its row, or apart from it
  /// What is beyond the tolerances, one radian counting as one metre.
  double excess_m = 0;
};
/// Checks object `i` and appends its faults.
[[nodiscard]] AlignmentReport check_alignment(const PreparedRoom& room, const Neighbours& neighbours, int i,
                                              std::vector<Fault>& faults);

}  // namespace metaspatial::physics
