#include "metaspatial/app/scene_files.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <ctime>
#include <utility>

#include "metaspatial/base/parallel.hpp"

namespace metaspatial::app {

namespace {

std::string key_of(const SceneFiles::Wanted& wanted) {
  const auto& size = wanted.size;
  return size ? fmt::format("{}\n{} {} {}", wanted.file, size->length_m, size->width_m, size->height_m)
              : wanted.file + "\n";
}

std::int64_t nanoseconds(const timespec& time) {
  return static_cast<std::int64_t>(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
}

}  // namespace

SceneFiles::SceneFiles(std::filesystem::path folder, std::size_t capacity)
    : folder_(std::move(folder)), capacity_(capacity) {}

std::optional<SceneFiles::Stamp> SceneFiles::stamp_of(const std::filesystem::path& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return std::nullopt;
  return Stamp{info.st_dev, info.st_ino, info.st_size, nanoseconds(info.st_mtim)};
}

/// File times advance in steps of several milliseconds: within one, a file may be written twice and look the
/// same.
bool SceneFiles::settled(const Stamp& stamp) {
  constexpr std::int64_t kStep_ns = 100'000'000;
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return nanoseconds(now) - stamp.modified_ns > kStep_ns;
}

std::vector<SceneFiles::Entry> SceneFiles::get(std::span<const Wanted> wanted) {
  struct Missing {
    const Wanted* wanted;
    std::string key;
    std::optional<Stamp> stamp;  ///< set if the file may be kept
    Entry scene;
  };
  std::vector<Missing> missing;
  std::map<std::string, std::size_t> missing_by_key;
  std::map<std::string, Entry> found;
  std::vector<std::string> keys;
  for (const Wanted& one : wanted) {
    const std::string& key = keys.emplace_back(key_of(one));
    if (found.contains(key) || missing_by_key.contains(key)) continue;
    std::optional<Stamp> stamp = stamp_of(folder_ / one.file);
    const auto at = by_key_.find(key);
    if (at != by_key_.end() && stamp && at->second->stamp == *stamp) {
      kept_.splice(kept_.begin(), kept_, at->second);
      found[key] = at->second->scene;
      continue;
    }
    if (stamp && !settled(*stamp)) stamp.reset();
    missing_by_key[key] = missing.size();
    missing.push_back({&one, key, stamp, nullptr});
  }
  parallel_for(missing.size(), [&](std::size_t i) {
    const Wanted& one = *missing[i].wanted;
    missing[i].scene =
        std::make_shared<const Result<scene::Scene>>(scene::read_scene_file(folder_ / one.file, one.size));
  });
  for (const Missing& read : missing) {
    if (const auto at = by_key_.find(read.key); at != by_key_.end()) {
      kept_.erase(at->second);
      by_key_.erase(at);
    }
    if (!read.stamp || !*read.scene) continue;
    kept_.push_front({read.key, *read.stamp, read.scene});
    by_key_[read.key] = kept_.begin();
  }
  while (kept_.size() > capacity_) {
    by_key_.erase(kept_.back().key);
    kept_.pop_back();
  }
  std::vector<Entry> entries;
  for (const std::string& key : keys) {
    const auto at = found.find(key);
    entries.push_back(at != found.end() ? at->second : missing[missing_by_key.at(key)].scene);
  }
  return entries;
}

}  // namespace metaspatial::app
