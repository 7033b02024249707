#pragma once

#include <array>
#include <string_view>

#include "metaspatial/base/image.hpp"
#include "metaspatial/physics/rules.hpp"
#include "metaspatial/scene/graph.hpp"

/// Grades for how a furnished room works and looks, measured by rules. No model looks at anything here.
namespace metaspatial::judge {

/// The five categories, in the order of Grades::values.
inline constexpr std::array<std::string_view, 5> kGradeNames = {
    "realism_and_3d_geometric_consistency", "functionality_and_activity_based_alignment",
    "layout_and_furniture", "color_scheme_and_material_choices", "overall_aesthetic_and_atmosphere"};

/// One grade per category of kGradeNames, each in [1, 10].
struct Grades {
  std::array<double, 5> values{1, 1, 1, 1, 1};
  /// The mean of (grade - 1) / 9, in [0, 1].
  [[nodiscard]] double mean01() const;
};

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
