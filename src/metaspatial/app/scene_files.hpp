#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "metaspatial/base/error.hpp"
#include "metaspatial/scene/io.hpp"

namespace metaspatial::app {

/// Scene files by name. The most recently used are kept, so that many answers to one room read it once; a
/// file that has changed is read again.
///
/// Threads  one at a time.
class SceneFiles {
 public:
  /// What is asked for: a file, and the room's size if that is given apart from it.
  struct Wanted {
    std::string file;
    std::optional<scene::RoomSize> size;
  };
  using Entry = std::shared_ptr<const Result<scene::Scene>>;

  /// Relative names are looked for in `folder`; `capacity` scenes are kept.
  explicit SceneFiles(std::filesystem::path folder, std::size_t capacity = 1024);

  /// The scenes that are asked for, in order. An entry lives as long as someone holds it.
  ///
  /// Errors   those of read_scene_file, in their entries; a failure is not kept.
  /// Cost     reads what is missing on the thread budget, each file once.
  [[nodiscard]] std::vector<Entry> get(std::span<const Wanted> wanted);

  [[nodiscard]] std::size_t size() const { return kept_.size(); }

 private:
  /// What tells a file from an older one of the same name.
  struct Stamp {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::int64_t bytes = 0;
    std::int64_t modified_ns = 0;
    friend bool operator==(const Stamp&, const Stamp&) = default;
  };
  struct Kept {
    std::string key;
    Stamp stamp;
    Entry scene;
  };
  static std::optional<Stamp> stamp_of(const std::filesystem::path& path);
  static bool settled(const Stamp& stamp);

  std::filesystem::path folder_;
  std::size_t capacity_;
  std::list<Kept> kept_;  ///< the most recently used first
  std::map<std::string, std::list<Kept>::iterator> by_key_;
};

}  // namespace metaspatial::app
