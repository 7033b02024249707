#include "metaspatial/rl/credit.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "metaspatial/rl/advantages.hpp"

namespace metaspatial::rl {

namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

bool overlaps(const reward::ByteRange& range, std::size_t begin, std::size_t end) {
  return !range.empty() && begin < range.end && range.begin < end;
}

/// The score of a part in a turn, or NaN where that turn has no layout, or its judge failed.
double part_score(const env::Turn& turn, std::size_t object, int axis) {
  if (!turn.reward.readable() || !turn.reward.complete()) return kNone;
  const auto& score = turn.reward.objects[object];
  return axis < 0 ? score.total : score.axis[axis];
}

}  // namespace

std::vector<TokenPart> token_parts(std::span<const vlm::TokenId> ids, const vlm::Tokenizer& tokenizer,
                                   std::span<const reward::EntryRanges> entries) {
  std::vector<TokenPart> parts(ids.size());
  std::size_t begin = 0;
  for (std::size_t t = 0; t < ids.size(); ++t) {
    const std::size_t end = begin + tokenizer.token_bytes(ids[t]).size();
    for (std::size_t o = 0; o < entries.size(); ++o) {
      if (!overlaps(entries[o].entry, begin, end)) continue;
      parts[t].object = static_cast<int>(o);
      if (overlaps(entries[o].x, begin, end))
        parts[t].axis = 0;
      else if (overlaps(entries[o].y, begin, end))
        parts[t].axis = 1;
      else if (overlaps(entries[o].z, begin, end))
        parts[t].axis = 2;
      break;
    }
    begin = end;
  }
  return parts;
}

std::vector<LearnedTurn> assign_credit(const eval::RolloutGroup& group, const vlm::Processor& processor,
                                       const CreditConfig& config) {
  const std::size_t n = group.rollouts.size();
  std::size_t turns = 0;
  for (const auto& rollout : group.rollouts) turns = std::max(turns, rollout.turns.size());
  const std::size_t objects = group.room->graph->objects.size();

  std::vector<double> returns;
  for (const auto& rollout : group.rollouts) {
    // A trajectory that lacks an answer has no return.
    if (rollout.failure) {
      returns.push_back(kNone);
      continue;
    }
    std::vector<double> rewards;
    for (const auto& turn : rollout.episode.turns()) {
      // Where the judge failed there is no number, and none is made up: the trajectory is left out.
      METASPATIAL_CHECK(std::isfinite(turn.reward.total) || !turn.reward.complete(),
                        "a reward is not finite");
      rewards.push_back(turn.reward.total);
    }
    // A trajectory that stopped early keeps its room: the last reward stands for the turns it did not use.
    if (!rewards.empty()) rewards.resize(turns, rewards.back());
    returns.push_back(trajectory_return(rewards, config.gamma));
  }
  const std::vector<double> trajectory = grpo_advantages(returns, config.normalise_by_std);

  std::vector<LearnedTurn> learned;
  for (std::size_t t = 0; t < turns; ++t) {
    const auto gain = [&](std::size_t g, auto score) {
      const auto& played = group.rollouts[g].episode.turns();
      if (t >= played.size()) return kNone;
      const double now = score(played[t]);
      return config.improvement && t > 0 ? now - score(played[t - 1]) : now;
    };
    const bool over_keep = config.improvement && config.over_keep && t > 0;
    std::vector<double> advantages = trajectory;
    if (config.improvement) {
      std::vector<double> gains(n);
      for (std::size_t g = 0; g < n; ++g)
        gains[g] = gain(g, [](const env::Turn& turn) { return turn.reward.total; });
      advantages = over_keep ? gain_advantages(gains) : grpo_advantages(gains, config.normalise_by_std);
    }
    // credit[object][axis + 1][rollout]
    std::vector<std::array<std::vector<double>, 4>> credit(objects);
    if (config.object_credit > 0) {
      for (std::size_t o = 0; o < objects; ++o) {
        for (int axis = -1; axis < (config.per_axis ? 3 : 0); ++axis) {
          std::vector<double> scores(n);
          for (std::size_t g = 0; g < n; ++g)
            scores[g] = gain(g, [&](const env::Turn& turn) { return part_score(turn, o, axis); });
          credit[o][static_cast<std::size_t>(axis + 1)] =
              over_keep ? gain_advantages(scores, config.credit_clip, 0.05)
                        : part_credit(scores, config.credit_clip);
        }
      }
    }
    for (std::size_t g = 0; g < n; ++g) {
      const auto& played = group.rollouts[g].episode.turns();
      if (t >= played.size()) continue;
      if (!std::isfinite(config.improvement ? gain(g, [](const env::Turn& turn) { return turn.reward.total; })
                                            : returns[g]))
        continue;
      const auto& ids = group.rollouts[g].turns[t].generation.ids;
      LearnedTurn turn{g, t, std::vector<float>(ids.size(), static_cast<float>(advantages[g]))};
      if (config.object_credit > 0 && played[t].reward.readable()) {
        const auto parts = token_parts(ids, processor.tokenizer(), played[t].parsed.entries);
        for (std::size_t k = 0; k < ids.size(); ++k) {
          if (parts[k].object < 0) continue;
          const std::size_t column = config.per_axis ? static_cast<std::size_t>(parts[k].axis + 1) : 0;
          turn.advantages[k] += static_cast<float>(
              config.object_credit * credit[static_cast<std::size_t>(parts[k].object)][column][g]);
        }
      }
      learned.push_back(std::move(turn));
    }
  }
  return learned;
}

}  // namespace metaspatial::rl
