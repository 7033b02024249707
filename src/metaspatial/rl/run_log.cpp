#include "metaspatial/rl/run_log.hpp"

#include <fstream>
#include <string>

#include "metaspatial/base/files.hpp"

namespace metaspatial::rl {

namespace {

Result<void> append_line(const std::filesystem::path& path, const Json& line) {
  std::ofstream file(path, std::ios::app | std::ios::binary);
  file << dump_json(line) << '\n';
  file.flush();
  if (!file) return fail(ErrorCode::Io, "cannot write", path.string());
  return {};
}

/// The lines up to `step`; a last line that was cut off by a crash is dropped.
Result<std::vector<Json>> keep_until(const std::filesystem::path& path, std::int64_t step) {
  std::vector<Json> kept;
  auto text = read_file(path);
  if (text) {
    std::size_t begin = 0;
    while (begin < text->size()) {
      const std::size_t end = text->find('\n', begin);
      if (end == std::string::npos) break;
      auto line = parse_json(std::string_view(*text).substr(begin, end - begin), path.string());
      if (!line || !line->is_object()) break;
      if (line->value("step", std::int64_t{0}) <= step) kept.push_back(std::move(*line));
      begin = end + 1;
    }
  } else if (text.error().code != ErrorCode::NotFound) {
    return tl::unexpected<Error>(text.error());
  }
  std::string out;
  for (const Json& line : kept) out += dump_json(line) + "\n";
  METASPATIAL_TRY_VOID(write_file_atomic(path, out));
  return kept;
}

}  // namespace

Result<RunLog> RunLog::open(const std::filesystem::path& run, std::int64_t step) {
  RunLog log;
  log.run_ = run;
  METASPATIAL_TRY(log.metrics_, keep_until(run / "metrics.jsonl", step));
  METASPATIAL_TRY(const auto timing, keep_until(run / "timing.jsonl", step));
  static_cast<void>(timing);
  return log;
}

Result<void> RunLog::write(const Json& metrics, const Json& timing) {
  METASPATIAL_TRY_VOID(append_line(run_ / "metrics.jsonl", metrics));
  METASPATIAL_TRY_VOID(append_line(run_ / "timing.jsonl", timing));
  metrics_.push_back(metrics);
  return {};
}

}  // namespace metaspatial::rl
