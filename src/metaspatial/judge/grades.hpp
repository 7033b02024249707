#pragma once

#include <array>
#include <string_view>

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

}  // namespace metaspatial::judge
