#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace metaspatial::rl {

/// Lengths of a group: its shared prefix (picture tokens included) and each of its suffixes.
struct GroupTokens {
  std::int64_t prefix = 0;
  std::vector<std::int64_t> suffixes;
};

/// Suffixes [first, first + count) of a group, with its prefix.
struct GroupPart {
  std::size_t group = 0;
  std::size_t first = 0;
  std::size_t count = 0;
  bool operator==(const GroupPart&) const = default;
};

/// Parts that go through the model as one pack of `tokens` tokens.
struct MicroBatch {
  std::vector<GroupPart> parts;
  std::int64_t tokens = 0;
};

/// Shares the groups out among packs of at most `budget` tokens. A group stays whole where it fits a pack;
/// one that is over the budget is cut between suffixes, each part reading the prefix again. A suffix that is
/// over the budget with its prefix alone is a pack of its own, over the budget. Groups without suffixes are
/// left out. The same lengths give the same packs.
///
/// Shape    parts of a pack in ascending (group, first); every suffix in exactly one part.
/// Source   first-fit decreasing, Johnson 1973: at most 11/9 of the fewest packs and one more.
[[nodiscard]] std::vector<MicroBatch> micro_batches(std::span<const GroupTokens> groups, std::int64_t budget);

/// The work of each pack, as GradientWorkers shares it out: its tokens.
[[nodiscard]] std::vector<double> token_costs(std::span<const MicroBatch> batches);

}  // namespace metaspatial::rl
