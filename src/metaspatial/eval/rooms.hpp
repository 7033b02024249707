#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

#include "metaspatial/base/error.hpp"
#include "metaspatial/base/rng.hpp"
#include "metaspatial/env/episode.hpp"
#include "metaspatial/scene/io.hpp"

namespace metaspatial::eval {

/// A designed room with the solver's layout: proof that it is possible.
struct SolvedRoom {
  scene::SceneGraph graph;
  scene::Layout solution;
};

/// An endless, reproducible supply of rooms from a file of descriptions: room `index` is made from a
/// description drawn by (seed, index) and nothing else, by the built-in designer and the solver.
///
/// Threads  const and safe to share.
class RoomSource {
 public:
  /// Errors   those of reading the file; InvalidInput if no description is usable. Single bad entries are
  /// left out.
  [[nodiscard]] static Result<RoomSource> open(const std::filesystem::path& descriptions, std::uint64_t seed);

  /// Cost     about 2 ms. Descriptions whose room cannot be solved are passed over for the next draw.
  [[nodiscard]] SolvedRoom room(std::uint64_t index) const;
  [[nodiscard]] std::size_t descriptions() const { return descriptions_.size(); }

 private:
  std::vector<scene::RoomDescription> descriptions_;
  std::uint64_t seed_ = 0;
};

/// The first `count` rooms of a source whose signatures differ from each other, in order.
[[nodiscard]] std::vector<SolvedRoom> distinct_rooms(const RoomSource& source, std::size_t count);

}  // namespace metaspatial::eval
