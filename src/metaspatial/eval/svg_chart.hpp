#pragma once

#include <optional>
#include <string>
#include <vector>

#include "metaspatial/eval/metric_names.hpp"

namespace metaspatial::eval {

/// A curve over training steps with an optional band and an optional curve on held-out rooms.
///
/// Shape    every vector is empty or has one entry per step; an absent value is a gap.
struct Chart {
  std::string title;
  Unit unit = Unit::Number;
  std::vector<double> steps;  ///< increasing
  std::vector<std::optional<double>> train;
  std::vector<std::optional<double>> low;
  std::vector<std::optional<double>> high;
  std::vector<std::optional<double>> held_out;
};

/// The text with &, <, >, " and ' written as entities.
[[nodiscard]] std::string escape_html(std::string_view text);

/// A <figure class="chart"> with inline SVG; `data-chart` carries the values for the pointer. Empty if the
/// chart has no value at all.
[[nodiscard]] std::string chart_figure(const Chart& chart);

}  // namespace metaspatial::eval
