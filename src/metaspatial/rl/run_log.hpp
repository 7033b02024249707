#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

#include "metaspatial/base/config.hpp"
#include "metaspatial/base/error.hpp"
#include "metaspatial/base/json.hpp"
#include "metaspatial/rl/tensorboard.hpp"

namespace metaspatial::rl {

/// Where a run is followed beside metrics.jsonl and timing.jsonl, which are always written.
struct Loggers {
  bool console = true;      ///< a line per step
  bool tensorboard = true;  ///< an event file
};

/// Reads trainer.logger: a list of "console" and "tensorboard", or one of them.
///
/// Errors   InvalidInput for anything else.
[[nodiscard]] Result<void> read_loggers(ConfigReader& reader, std::string_view where, Loggers& loggers);

/// The lines of a run: metrics.jsonl, the same bytes for the same run, and timing.jsonl, wall-clock figures.
/// TensorBoard's event file, in tensorboard/, holds what they hold and nothing else: those of metrics.jsonl
/// under their keys, those of timing.jsonl under "timing/<key>".
class RunLog {
 public:
  /// Opens a run's files; lines past `step` (from a run that was killed after its last checkpoint) are cut
  /// and, with `tensorboard`, the event file is written anew from the others; without, one that is there
  /// stays.
  ///
  /// Errors   of files.
  [[nodiscard]] static Result<RunLog> open(const std::filesystem::path& run, std::int64_t step,
                                           bool tensorboard = false);
  /// Adds a line to each file; `timing` gets "wall_time", seconds since 1970.
  ///
  /// Errors   Io (disk full): what was written before is whole.
  [[nodiscard]] Result<void> write(const Json& metrics, Json timing);
  /// Adds a line to samples.jsonl, which is cut as metrics.jsonl is: what the model answers in a few rooms.
  [[nodiscard]] Result<void> write_samples(const Json& line);
  /// The lines of samples.jsonl when the run was opened.
  [[nodiscard]] const std::vector<Json>& samples() const { return samples_; }
  /// Every line of metrics.jsonl so far.
  [[nodiscard]] const std::vector<Json>& metrics() const { return metrics_; }

 private:
  std::filesystem::path run_;
  std::vector<Json> metrics_;
  std::vector<Json> samples_;
  std::optional<EventFile> events_;
};

}  // namespace metaspatial::rl
