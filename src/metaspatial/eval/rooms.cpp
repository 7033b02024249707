#include "metaspatial/eval/rooms.hpp"

#include <set>

#include "metaspatial/base/files.hpp"
#include "metaspatial/curate/designer.hpp"

namespace metaspatial::eval {

Result<RoomSource> RoomSource::open(const std::filesystem::path& descriptions, std::uint64_t seed) {
  METASPATIAL_TRY(const std::string text, read_file(descriptions));
  METASPATIAL_TRY(scene::DescriptionFile file, scene::read_descriptions(text, descriptions.string()));
  RoomSource source;
  source.seed_ = seed;
  for (auto& entry : file.entries) {
    if (!entry) continue;
    Rng rng{seed};
    if (curate::design_and_solve(*entry, rng)) source.descriptions_.push_back(std::move(*entry));
  }
  if (source.descriptions_.empty())
    return invalid("holds no usable room description; expected [{\"description\", \"size\"}, ...]",
                   descriptions.string());
  return source;
}

SolvedRoom RoomSource::room(std::uint64_t index) const {
  Rng rng{seed_, index, 0x726f6f6d};
  while (true) {
    // Every description was solved once on opening, so some draw succeeds.
    auto made = curate::design_and_solve(descriptions_[rng.below(descriptions_.size())], rng);
    if (made) return {std::move(made->graph), std::move(made->layout)};
  }
}

std::vector<SolvedRoom> distinct_rooms(const RoomSource& source, std::size_t count) {
  std::vector<SolvedRoom> rooms;
  std::set<std::uint64_t> seen;
  for (std::uint64_t index = 0; rooms.size() < count && index < 50 * count; ++index) {
    SolvedRoom room = source.room(index);
    if (seen.insert(curate::signature(room.graph)).second) rooms.push_back(std::move(room));
  }
  return rooms;
}

}  // namespace metaspatial::eval
