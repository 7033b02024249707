#include "metaspatial/rl/micro_batches.hpp"

#include <algorithm>
#include <functional>
#include <numeric>
#include <tuple>
#include <utility>

namespace metaspatial::rl {

std::vector<MicroBatch> micro_batches(std::span<const GroupTokens> groups, std::int64_t budget) {
  std::vector<MicroBatch> pieces;  // a part each
  for (std::size_t g = 0; g < groups.size(); ++g) {
    const GroupTokens& group = groups[g];
    const std::int64_t whole = std::accumulate(group.suffixes.begin(), group.suffixes.end(), group.prefix);
    // Over the budget: as few parts as fit, filled in order.
    MicroBatch piece;
    for (std::size_t s = 0; s < group.suffixes.size(); ++s) {
      if (!piece.parts.empty() && whole > budget && piece.tokens + group.suffixes[s] > budget) {
        pieces.push_back(piece);
        piece = {};
      }
      if (piece.parts.empty()) piece = {{{g, s, 0}}, group.prefix};
      ++piece.parts.front().count;
      piece.tokens += group.suffixes[s];
    }
    if (!piece.parts.empty()) pieces.push_back(std::move(piece));
  }
  std::ranges::stable_sort(pieces, std::greater<>{}, &MicroBatch::tokens);
  std::vector<MicroBatch> packs;
  for (const MicroBatch& piece : pieces) {
    const auto fits = [&](const MicroBatch& pack) { return pack.tokens + piece.tokens <= budget; };
    const auto pack = std::ranges::find_if(packs, fits);
    if (pack == packs.end()) {
      packs.push_back(piece);
    } else {
      pack->parts.push_back(piece.parts.front());
      pack->tokens += piece.tokens;
    }
  }
  for (MicroBatch& pack : packs)
    std::ranges::sort(pack.parts, {}, [](const GroupPart& part) { return std::tie(part.group, part.first); });
  return packs;
}

std::vector<double> token_costs(std::span<const MicroBatch> batches) {
  std::vector<double> costs;
  for (const MicroBatch& batch : batches) costs.push_back(static_cast<double>(batch.tokens));
  return costs;
}

}  // namespace metaspatial::rl
