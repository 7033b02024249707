#include "metaspatial/rl/credit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "metaspatial/rl/advantages.hpp"

namespace metaspatial::rl {

namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

bool overlaps(const reward::ByteRange& range, std::size_t begin, std::size_t end) {
  return !range.empty() && begin < range.end && range.begin < end;
}

/// Calls body(token, begin, end) with the bytes of every token.
template <typename Body>
void each_token(std::span<const vlm::TokenId> ids, const vlm::Tokenizer& tokenizer, const Body& body) {
  std::size_t begin = 0;
  for (std::size_t k = 0; k < ids.size(); ++k) {
    const std::size_t end = begin + tokenizer.token_bytes(ids[k]).size();
    body(k, begin, end);
    begin = end;
  }
}

EstimatorConfig estimator_config(const CreditConfig& config) {
  return {config.gamma, config.lam, config.high_level_gamma, config.normalise_by_std};
}

TurnCreditConfig turn_credit_config(const CreditConfig& config) {
  return {config.gamma, config.last_turn_weight};
}

/// R_1 to R_T; what was not played is the last reward again, or missing.
std::vector<double> rewards_of(const PlayedTrajectory& played, std::size_t turns) {
  std::vector<double> rewards;
  for (const PlayedTurn& turn : played.turns) rewards.push_back(turn.reward);
  rewards.resize(std::max(turns, rewards.size()),
                 played.complete && !rewards.empty() ? rewards.back() : kNone);
  return rewards;
}

/// What is taken from a turn's reward, all its tokens together.
double penalty_of(const PlayedTurn& turn) {
  double sum = -turn.overlong;
  for (const double kl : turn.kl) sum += kl;
  return sum;
}

std::size_t longest(const PlayedRoom& room, bool with_greedy) {
  std::size_t turns = 0;
  for (const PlayedTrajectory& played : room.rollouts) turns = std::max(turns, played.turns.size());
  if (with_greedy && room.greedy) turns = std::max(turns, room.greedy->turns.size());
  return turns;
}

/// S_1 to S_T of one trajectory.
std::vector<double> scores_of(const PlayedTrajectory& played, std::size_t turns, const TurnCredit& credit,
                              const CreditConfig& config) {
  const std::vector<double> rewards = rewards_of(played, turns);
  std::vector<double> scores = credit.scores({rewards, played.turns.size()}, turn_credit_config(config));
  const bool lacks = !played.complete || std::ranges::any_of(rewards, [](double r) { return std::isnan(r); });
  if (credit.whole && lacks) std::ranges::fill(scores, kNone);
  for (std::size_t t = 0; t < played.turns.size(); ++t) {
    const double penalty = penalty_of(played.turns[t]);
    if (penalty == 0) continue;
    if (credit.penalty_from == PenaltyFrom::Turn) {
      scores[t] -= penalty;
    } else if (credit.penalty_from == PenaltyFrom::EveryTurn) {
      for (double& score : scores) score -= std::pow(config.gamma, static_cast<double>(t)) * penalty;
    } else {
      for (std::size_t s = 0; s <= t; ++s)
        scores[s] -= std::pow(config.gamma, static_cast<double>(t - s)) * penalty;
    }
  }
  return scores;
}

/// S_t of a greedy trajectory. It has one in every turn: where it had stopped, its room stays as it is.
std::vector<double> greedy_scores(const PlayedTrajectory& greedy, std::size_t turns, const TurnCredit& credit,
                                  const CreditConfig& config) {
  const std::vector<double> rewards = rewards_of(greedy, turns);
  return credit.scores({rewards, turns}, turn_credit_config(config));
}

/// scores[t][g] of a room.
std::vector<std::vector<double>> room_scores(const PlayedRoom& room, std::size_t turns,
                                             const TurnCredit& credit, const CreditConfig& config) {
  std::vector<std::vector<double>> scores(turns, std::vector<double>(room.rollouts.size(), kNone));
  for (std::size_t g = 0; g < room.rollouts.size(); ++g) {
    if (room.rollouts[g].turns.empty()) continue;
    const std::vector<double> of_rollout = scores_of(room.rollouts[g], turns, credit, config);
    for (std::size_t t = 0; t < turns; ++t) scores[t][g] = of_rollout[t];
  }
  return scores;
}

/// Adds the credit of objects and axes to the advantages of one turn of a room.
class PartCredit {
 public:
  PartCredit(const PlayedRoom& room, std::size_t turn, std::span<const double> scores,
             const TurnCredit& credit, const CreditConfig& config)
      : config_(config) {
    std::size_t objects = 0;
    for (const PlayedTrajectory& played : room.rollouts)
      for (const PlayedTurn& each : played.turns) objects = std::max(objects, each.objects.size());
    const std::size_t n = room.rollouts.size();
    of_part_.resize(objects);
    for (std::size_t o = 0; o < objects; ++o) {
      for (std::size_t column = 0; column < (config.per_axis ? 4U : 1U); ++column) {
        std::vector<double> parts(n);
        for (std::size_t g = 0; g < n; ++g)
          parts[g] = part_score(room.rollouts[g], turn, o, column, credit.gains && !config.spo);
        std::vector<double>& out = of_part_[o][column];
        if (config.spo)
          out = spo_advantages(scores, parts);
        else if (credit.over_keep && turn > 0)
          out = gain_advantages(parts, config.credit_clip, 0.05);
        else
          out = part_credit(parts, config.credit_clip);
      }
    }
  }

  void add(const PlayedTurn& turn, std::size_t rollout, std::vector<float>& advantages) const {
    for (std::size_t i = 0; i < turn.parts.size();) {
      // A token that several numbers share carries the mean of theirs.
      const std::size_t token = turn.parts[i].token;
      double sum = 0;
      double count = 0;
      for (; i < turn.parts.size() && turn.parts[i].token == token; ++i, ++count)
        sum += of_part_[turn.parts[i].object][column(turn.parts[i])][rollout];
      const double credit = sum / count;
      // Of 3D-SPO lambda is the share: it takes the place of the trajectory's advantage.
      const double more = config_.spo ? credit - static_cast<double>(advantages[token]) : credit;
      advantages[token] += static_cast<float>(config_.object_credit * more);
    }
  }

 private:
  [[nodiscard]] std::size_t column(const TokenPart& part) const {
    return config_.per_axis ? static_cast<std::size_t>(part.axis + 1) : 0;
  }

  /// NaN where the turn has no layout, or its judge failed.
  static double part_score(const PlayedTrajectory& played, std::size_t turn, std::size_t object,
                           std::size_t column, bool gain) {
    const auto of = [&](std::size_t t) {
      const auto& objects = played.turns[t].objects;
      return objects.empty() ? kNone : objects[object][column];
    };
    if (turn >= played.turns.size()) return kNone;
    return gain && turn > 0 ? of(turn) - of(turn - 1) : of(turn);
  }

  const CreditConfig& config_;
  std::vector<std::array<std::vector<double>, 4>> of_part_;  // [object][axis + 1][rollout]
};

std::vector<LearnedTurn> credit_by_group(const PlayedRoom& room, const Estimator& estimator,
                                         const TurnCredit& credit, const CreditConfig& config) {
  std::vector<LearnedTurn> learned;
  METASPATIAL_CHECK(!estimator.greedy || room.greedy, "this estimator needs a greedy trajectory");
  const std::size_t turns = longest(room, estimator.greedy);
  const auto scores = room_scores(room, turns, credit, config);
  std::vector<double> greedy(turns, 0.0);
  if (estimator.greedy) {
    const auto& turns_of = room.greedy->turns;
    const bool lacks = !room.greedy->complete || turns_of.empty() ||
                       std::ranges::any_of(turns_of, [](const auto& t) { return std::isnan(t.reward); });
    if (lacks) return learned;
    greedy = greedy_scores(*room.greedy, turns, credit, config);
  }
  for (std::size_t t = 0; t < turns; ++t) {
    const std::vector<double> advantages =
        credit.over_keep && t > 0 ? gain_advantages(scores[t])
                                  : estimator.of_group({scores[t], greedy[t]}, estimator_config(config));
    for (std::size_t g = 0; g < room.rollouts.size(); ++g) {
      const auto& played = room.rollouts[g].turns;
      if (t >= played.size() || !std::isfinite(scores[t][g])) continue;
      learned.push_back({g, t, std::vector<float>(played[t].tokens, static_cast<float>(advantages[g])), {}});
    }
  }
  return learned;
}

/// Of one trajectory, or of one turn where turns end.
std::vector<Gae> credit_by_token(const PlayedTrajectory& played, std::size_t first, std::size_t count,
                                 std::span<const double> payments, const Estimator& estimator,
                                 const CreditConfig& config) {
  std::vector<std::vector<double>> rewards, values;
  for (std::size_t t = first; t < first + count; ++t) {
    const PlayedTurn& turn = played.turns[t];
    std::vector<double> of_tokens(turn.tokens, 0.0);
    for (std::size_t k = 0; k < turn.kl.size(); ++k) of_tokens[k] -= turn.kl[k];
    of_tokens.back() += payments[t] + turn.overlong;
    rewards.push_back(std::move(of_tokens));
    METASPATIAL_CHECK(!estimator.critic || turn.values.size() == turn.tokens, "a value per token");
    values.push_back(turn.values);
  }
  return estimator.of_tokens({rewards, values}, estimator_config(config));
}

std::vector<LearnedTurn> credit_by_token(const PlayedRoom& room, const Estimator& estimator,
                                         const TurnCredit& credit, const CreditConfig& config) {
  std::vector<std::vector<LearnedTurn>> by_turn(longest(room, false));
  const auto take = [&](std::size_t rollout, std::size_t turn, const Gae& gae) {
    LearnedTurn learned{rollout, turn, {gae.advantages.begin(), gae.advantages.end()}, {}};
    if (estimator.critic) learned.returns.assign(gae.returns.begin(), gae.returns.end());
    by_turn[turn].push_back(std::move(learned));
  };
  for (std::size_t g = 0; g < room.rollouts.size(); ++g) {
    const PlayedTrajectory& played = room.rollouts[g];
    const std::size_t count = played.turns.size();
    const bool empty = std::ranges::any_of(played.turns, [](const auto& turn) { return turn.tokens == 0; });
    if (count == 0 || empty) continue;
    const std::vector<double> rewards = rewards_of(played, by_turn.size());
    const auto missing = [](double r) { return std::isnan(r); };
    if (credit.turn_ends) {
      const std::vector<double> payments = credit.payments({rewards, count}, turn_credit_config(config));
      for (std::size_t t = 0; t < count; ++t)
        if (!missing(payments[t]))
          take(g, t, credit_by_token(played, t, 1, payments, estimator, config).front());
      continue;
    }
    if (!played.complete || std::ranges::any_of(rewards, missing)) continue;
    const std::vector<double> payments = credit.payments({rewards, count}, turn_credit_config(config));
    const auto of_turns = credit_by_token(played, 0, count, payments, estimator, config);
    for (std::size_t t = 0; t < count; ++t) take(g, t, of_turns[t]);
  }
  std::vector<LearnedTurn> learned;
  for (auto& turns : by_turn) std::ranges::move(turns, std::back_inserter(learned));
  return learned;
}

/// Whitens the advantages of all tokens of a step.
void whiten_step(std::vector<std::vector<LearnedTurn>>& rooms) {
  std::vector<std::vector<double>> all;
  for (const auto& room : rooms)
    for (const LearnedTurn& turn : room) all.emplace_back(turn.advantages.begin(), turn.advantages.end());
  whiten(all);
  std::size_t next = 0;
  for (auto& room : rooms)
    for (LearnedTurn& turn : room) {
      std::ranges::transform(all[next++], turn.advantages.begin(),
                             [](double a) { return static_cast<float>(a); });
    }
}

}  // namespace

Result<void> check_credit(const CreditConfig& config, std::string_view where) {
  const bool by_group = estimator(config.estimator).of_group != nullptr;
  const bool over_keep = turn_credit(config.turn_credit).over_keep;
  if (config.spo && (config.estimator != "grpo" || !config.normalise_by_std || over_keep))
    return invalid(
        "key 'algorithm.object_credit_kind': spo needs adv_estimator: grpo, norm_adv_by_std: true and "
        "another "
        "turn_credit than improvement_over_keep",
        std::string(where));
  if (config.spo && config.object_credit > 1)
    return invalid("key 'algorithm.object_credit': expected at most 1, the share that spo has",
                   std::string(where));
  if (!by_group && over_keep)
    return invalid(fmt::format("key 'algorithm.turn_credit': improvement_over_keep compares whole turns, {} "
                               "goes token by token; expected improvement",
                               config.estimator),
                   std::string(where));
  return {};
}

std::vector<TokenPart> entry_parts(std::span<const vlm::TokenId> ids, const vlm::Tokenizer& tokenizer,
                                   std::span<const reward::EntryRanges> entries) {
  std::vector<TokenPart> parts;
  each_token(ids, tokenizer, [&](std::size_t token, std::size_t begin, std::size_t end) {
    for (std::size_t o = 0; o < entries.size(); ++o) {
      if (!overlaps(entries[o].entry, begin, end)) continue;
      const bool x = overlaps(entries[o].x, begin, end);
      const bool y = overlaps(entries[o].y, begin, end);
      const bool z = overlaps(entries[o].z, begin, end);
      parts.push_back({token, o, x ? 0 : y ? 1 : z ? 2 : -1});
      break;
    }
  });
  return parts;
}

std::vector<TokenPart> number_parts(std::span<const vlm::TokenId> ids, const vlm::Tokenizer& tokenizer,
                                    std::span<const reward::EntryRanges> entries) {
  std::vector<TokenPart> parts;
  each_token(ids, tokenizer, [&](std::size_t token, std::size_t begin, std::size_t end) {
    for (std::size_t o = 0; o < entries.size(); ++o) {
      const reward::EntryRanges& entry = entries[o];
      if (!overlaps(entry.entry, begin, end)) continue;
      for (const auto& [axis, range] :
           {std::pair{0, &entry.x}, {1, &entry.y}, {2, &entry.z}, {-1, &entry.z_angle}})
        if (overlaps(*range, begin, end)) parts.push_back({token, o, axis});
    }
  });
  return parts;
}

PlayedTrajectory played_trajectory(const eval::Rollout& rollout) {
  PlayedTrajectory played;
  played.complete = !rollout.failure;
  for (std::size_t t = 0; t < rollout.turns.size(); ++t) {
    const reward::Reward& reward = rollout.episode.turns()[t].reward;
    // Where the judge failed there is no number, and none is made up: the turn is left out.
    METASPATIAL_CHECK(std::isfinite(reward.total) || !reward.complete(), "a reward is not finite");
    PlayedTurn& turn = played.turns.emplace_back();
    turn.reward = reward.complete() ? reward.total : kNone;
    turn.tokens = rollout.turns[t].generation.ids.size();
  }
  return played;
}

double return_of(const PlayedTrajectory& played, std::size_t turns, double gamma) {
  return trajectory_return(rewards_of(played, turns), gamma);
}

PlayedRoom played_room(const eval::RolloutGroup& group, const vlm::Processor& processor,
                       const CreditConfig& config, std::int64_t max_response_tokens) {
  PlayedRoom room;
  for (const eval::Rollout& rollout : group.rollouts) {
    PlayedTrajectory played = played_trajectory(rollout);
    for (std::size_t t = 0; t < played.turns.size(); ++t) {
      const env::Turn& turn = rollout.episode.turns()[t];
      const auto& ids = rollout.turns[t].generation.ids;
      PlayedTurn& out = played.turns[t];
      if (config.overlong.enabled)
        out.overlong = overlong_penalty(static_cast<std::int64_t>(ids.size()), max_response_tokens,
                                        config.overlong.buffer_tokens, config.overlong.penalty_factor);
      if (config.object_credit > 0 && turn.reward.readable() && turn.reward.complete()) {
        for (const reward::ObjectScore& score : turn.reward.objects)
          out.objects.push_back({score.total, score.axis[0], score.axis[1], score.axis[2]});
        const auto& entries = turn.parsed.entries;
        out.parts = config.spo || config.numbers_only ? number_parts(ids, processor.tokenizer(), entries)
                                                      : entry_parts(ids, processor.tokenizer(), entries);
        // 3D-SPO knows positions alone.
        if (config.spo) std::erase_if(out.parts, [](const TokenPart& part) { return part.axis < 0; });
      }
    }
    room.rollouts.push_back(std::move(played));
  }
  return room;
}

std::vector<std::vector<LearnedTurn>> assign_credit(std::span<const PlayedRoom> rooms,
                                                    const CreditConfig& config) {
  const Estimator& chosen = estimator(config.estimator);
  const TurnCredit& credit = turn_credit(config.turn_credit);
  std::vector<std::vector<LearnedTurn>> learned;
  for (const PlayedRoom& room : rooms)
    learned.push_back(chosen.of_group != nullptr ? credit_by_group(room, chosen, credit, config)
                                                 : credit_by_token(room, chosen, credit, config));
  if (chosen.whiten) whiten_step(learned);
  if (config.object_credit <= 0) return learned;
  for (std::size_t r = 0; r < rooms.size(); ++r) {
    const auto scores = room_scores(rooms[r], longest(rooms[r], false), credit, config);
    std::optional<PartCredit> parts;
    for (std::size_t i = 0; i < learned[r].size(); ++i) {
      LearnedTurn& turn = learned[r][i];
      if (i == 0 || learned[r][i - 1].turn != turn.turn)
        parts.emplace(rooms[r], turn.turn, scores[turn.turn], credit, config);
      parts->add(rooms[r].rollouts[turn.rollout].turns[turn.turn], turn.rollout, turn.advantages);
    }
  }
  return learned;
}

std::vector<LearnedTurn> assign_credit(const eval::RolloutGroup& group, const vlm::Processor& processor,
                                       const CreditConfig& config) {
  const PlayedRoom room = played_room(group, processor, config);
  return std::move(assign_credit(std::span(&room, 1), config).front());
}

}  // namespace metaspatial::rl
