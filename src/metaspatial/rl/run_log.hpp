#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "metaspatial/base/error.hpp"
#include "metaspatial/base/json.hpp"

namespace metaspatial::rl {

/// The lines of a run: metrics.jsonl, the same bytes for the same run, and timing.jsonl, wall-clock figures.
class RunLog {
 public:
  /// Opens a run's files; lines past `step` (from a run that was killed after its last checkpoint) are cut.
  [[nodiscard]] static Result<RunLog> open(const std::filesystem::path& run, std::int64_t step);
  [[nodiscard]] Result<void> write(const Json& metrics, const Json& timing);
  /// Every line of metrics.jsonl so far.
  [[nodiscard]] const std::vector<Json>& metrics() const { return metrics_; }

 private:
  std::filesystem::path run_;
  std::vector<Json> metrics_;
};

}  // namespace metaspatial::rl
