#pragma once

#include <optional>
#include <string>
#include <vector>

#include "metaspatial/base/image.hpp"
#include "metaspatial/base/json.hpp"

/// The report page of a training run.
namespace metaspatial::eval {

/// A held-out room furnished before and after training.
struct ReportRoom {
  std::string name;
  std::string wish;     ///< the user's sentence
  std::string caption;  ///< what to know beside the wish: size, number of objects
  Image before;
  Image after;
  std::vector<std::string> faults_before;  ///< in words, as physics::describe says them
  std::vector<std::string> faults_after;
};

/// One turn of a trajectory: what the model answered, and what became of it.
struct ReportTurn {
  Image picture;         ///< the room as this answer furnished it; empty if the answer could not be read
  std::string response;  ///< the model's text, any bytes
  std::vector<std::string> faults;
  double reward = 0;                            ///< NaN: none, the judge gave no grade
  std::optional<double> format = std::nullopt;  ///< the reward's parts, where they are known
  std::optional<double> physics = std::nullopt;
  std::optional<double> looks = std::nullopt;
};

/// One trajectory, with when it was played: "before training".
struct ReportEpisode {
  std::string label;
  std::vector<ReportTurn> turns;
};

/// Trajectories in one room, side by side.
struct ReportSample {
  std::string name;
  std::string wish;
  std::string caption;
  std::vector<ReportEpisode> episodes;
};

/// Everything the page shows. A part that is empty gets no section.
struct ReportData {
  std::string title;
  std::string subtitle;       ///< one or two sentences: which model, which rooms, how trained
  std::vector<Json> metrics;  ///< the lines of metrics.jsonl; a line without "step" is left out
  Json summary;               ///< summary.json
  std::vector<ReportRoom> rooms;
  std::vector<ReportSample> samples;
  std::string trajectory_title;
  std::string trajectory_wish;
  std::vector<ReportTurn> trajectory;
};

/// The report as one HTML file that opens offline: styles, script, curves (SVG) and pictures (PNG) are
/// inside.
///
/// Metrics  keys are drawn by name: "critic/score/mean" with its min and max as a band, "env/...",
/// "actor/...";
///          "val/<key>" lies in the chart of <key>; keys not known here get a chart in "All other metrics".
/// Errors   none: values that are not finite numbers are gaps, texts are escaped, unknown entries of the
/// summary
///          are shown as they are.
/// Threads  const on its argument; same data, same bytes.
[[nodiscard]] std::string report_html(const ReportData& data);

/// The before/after table of a summary as plain text for the terminal: one row per metric; random and solver
/// beside it where the summary has them.
[[nodiscard]] std::string summary_table(const Json& summary);

}  // namespace metaspatial::eval
