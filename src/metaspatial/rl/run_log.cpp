#include "metaspatial/rl/run_log.hpp"

#include <algorithm>
#include <chrono>
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

double now_s() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

/// What a line of metrics.jsonl and its line of timing.jsonl are in an event file.
std::string event_records(const Json& metrics, const Json& timing) {
  const Json time = timing.value("wall_time", Json());
  const double wall_time_s = time.is_number() ? time.get<double>() : 0.0;
  Json figures = timing;
  figures.erase("wall_time");
  return scalars_record(metrics, wall_time_s) + scalars_record(figures, wall_time_s, "timing/");
}

}  // namespace

Result<void> read_loggers(ConfigReader& reader, std::string_view where, Loggers& loggers) {
  Json names = Json::array();
  if (loggers.console) names.push_back("console");
  if (loggers.tensorboard) names.push_back("tensorboard");
  reader.read("trainer.logger", names);
  if (!names.is_array()) names = Json::array({names});
  loggers = {false, false};
  for (const Json& name : names) {
    if (name == "console")
      loggers.console = true;
    else if (name == "tensorboard")
      loggers.tensorboard = true;
    else
      return invalid(
          "key 'trainer.logger': expected a list of console and tensorboard, got " + dump_json(name),
          std::string(where));
  }
  return {};
}

Result<RunLog> RunLog::open(const std::filesystem::path& run, std::int64_t step, bool tensorboard) {
  RunLog log;
  log.run_ = run;
  METASPATIAL_TRY(log.metrics_, keep_until(run / "metrics.jsonl", step));
  METASPATIAL_TRY(const auto timing, keep_until(run / "timing.jsonl", step));
  if (std::filesystem::exists(run / "samples.jsonl")) {
    METASPATIAL_TRY(log.samples_, keep_until(run / "samples.jsonl", step));
  }
  if (!tensorboard) return log;
  const double opened_s = now_s();
  std::string records = file_version_record(opened_s) + session_start_record(opened_s);
  // Both files get a line at a time; one that has no partner (a disk that was full) has no time either.
  for (std::size_t i = 0; i < std::max(log.metrics_.size(), timing.size()); ++i)
    records += event_records(i < log.metrics_.size() ? log.metrics_[i] : Json::object(),
                             i < timing.size() ? timing[i] : Json::object());
  METASPATIAL_TRY(log.events_, EventFile::create(run / "tensorboard", opened_s, records));
  return log;
}

Result<void> RunLog::write_samples(const Json& line) {
  return append_line(run_ / "samples.jsonl", line);
}

Result<void> RunLog::write(const Json& metrics, Json timing) {
  timing["wall_time"] = now_s();
  METASPATIAL_TRY_VOID(append_line(run_ / "metrics.jsonl", metrics));
  METASPATIAL_TRY_VOID(append_line(run_ / "timing.jsonl", timing));
  if (events_) METASPATIAL_TRY_VOID(events_->append(event_records(metrics, timing)));
  metrics_.push_back(metrics);
  return {};
}

}  // namespace metaspatial::rl
