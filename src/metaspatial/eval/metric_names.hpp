#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "metaspatial/base/json.hpp"

/// How metrics are called and written, the same in the report page and in the terminal.
namespace metaspatial::eval {

enum class Unit {
  Number,   ///< three decimals
  Share,    ///< in [0, 1], written in per cent
  Count,    ///< a whole number
  Seconds,  ///< written as minutes and seconds
};
enum class Better { Higher, Lower, Neither };

/// One row of the before/after table.
struct SummaryMetric {
  std::string key;         ///< "faulty_objects"
  std::string_view label;  ///< "Faulty objects"; empty for a key not known here
  std::string_view note;   ///< what it counts, in one line
  Unit unit = Unit::Number;
  Better better = Better::Neither;
};

/// A titled run of rows.
struct SummaryGroup {
  std::string_view title;
  std::vector<SummaryMetric> metrics;
};

/// The rows a summary has, in order: ours, the reference's, the same over readable answers only, and what
/// else its "before" and "after" hold as numbers. Groups without rows are left out.
[[nodiscard]] std::vector<SummaryGroup> summary_groups(const Json& summary);

/// The number at summary[column][key]; nothing if it is absent or not finite. "bounds/random" steps inside.
[[nodiscard]] std::optional<double> summary_number(const Json& summary, std::string_view column,
                                                   const std::string& key);

/// The columns a summary has, as paths for summary_number and headings.
struct SummaryColumn {
  std::string_view path;
  std::string heading;
};
[[nodiscard]] std::vector<SummaryColumn> summary_columns(const Json& summary);
/// The column that "after" is compared with: the untrained model at its best temperature where that was
/// measured, else as it is; empty if there is no comparison.
[[nodiscard]] std::string_view baseline_column(const Json& summary);

[[nodiscard]] std::string format_metric(double value, Unit unit);
/// "-41 %" (relative) for a share of faults, "+7.2 points" for other shares, "+0.120" for other numbers;
/// empty for counts and times.
[[nodiscard]] std::string format_change(double before, double after, const SummaryMetric& metric);
/// The unit of a key not known here, by its ending ("..._rate", "..._seconds").
[[nodiscard]] Unit guess_unit(std::string_view key, const Json& value);
/// "copy_rate" -> "copy rate".
[[nodiscard]] std::string words_from_key(std::string_view key);

/// One chart of a training metric.
struct ChartMetric {
  std::string_view key;
  std::string_view title;
  Unit unit = Unit::Number;
};
/// The charts drawn first, in order.
[[nodiscard]] const std::vector<ChartMetric>& chart_metrics();

}  // namespace metaspatial::eval
