#pragma once

#include "metaspatial/base/image.hpp"
#include "metaspatial/judge/grades.hpp"
#include "metaspatial/physics/rules.hpp"
#include "metaspatial/scene/graph.hpp"

/// Grades for how a furnished room works and looks, measured by rules. No model looks at anything here.
namespace metaspatial::judge {

/// Measures the five grades of a layout; docs/JUDGE.md says what each is made of.
///
/// `picture`, of any view, replaces the colours that the renderer would give to the objects' materials; null
/// or empty is fine. Which features count depends on the question alone: an answer cannot make one disappear.
///
/// Units    metres, radians.
/// Shape    `report` is the check of this very layout; REQUIRES one pose and one object report per object.
///          Continuous in the poses (up to the report's own tolerances) and the same, up to rounding, for any
///          order of the objects. Finite for every finite layout.
/// Threads  const on its arguments.
/// Cost     O(n^2) for n objects with a small constant: under 0.1 ms for 12.
[[nodiscard]] Grades measured_grades(const scene::SceneGraph& graph, const scene::Layout& layout,
                                     const physics::Report& report, const Image* picture);

}  // namespace metaspatial::judge
