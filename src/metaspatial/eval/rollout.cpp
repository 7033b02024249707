#include "metaspatial/eval/rollout.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <mutex>
#include <optional>

#include "metaspatial/base/parallel.hpp"
#include "metaspatial/base/rng.hpp"

namespace metaspatial::eval {

Result<std::vector<RolloutGroup>> play(Policy& policy,
                                       std::span<const std::shared_ptr<const env::Room>> rooms,
                                       const env::EnvConfig& env, const PlayOptions& options) {
  std::vector<std::optional<RolloutGroup>> made(rooms.size());
  std::mutex mutex;
  std::optional<Error> error;
  const auto report = [&](const Error& e) {
    const std::scoped_lock lock(mutex);
    if (!error) error = e;
  };
  parallel_for(rooms.size(), [&](std::size_t i) {
    auto question = policy.read(env::Episode(rooms[i], env).question());
    if (!question) return report(question.error());
    RolloutGroup group{rooms[i], std::move(*question), {}};
    for (int g = 0; g < options.group_size; ++g)
      group.rollouts.push_back({env::Episode(rooms[i], env), {}, {}});
    made[i] = std::move(group);
  });
  if (error) return tl::unexpected<Error>(*error);
  std::vector<RolloutGroup> groups;
  for (auto& group : made) groups.push_back(std::move(*group));

  struct Slot {
    std::size_t group;
    std::size_t rollout;
  };
  for (int turn = 0; turn < env.max_turns; ++turn) {
    std::vector<DialogueGroup> requests;
    std::vector<std::vector<Slot>> slots;
    for (std::size_t i = 0; i < groups.size(); ++i) {
      DialogueGroup request;
      std::vector<Slot> members;
      for (std::size_t g = 0; g < groups[i].rollouts.size(); ++g) {
        if (groups[i].rollouts[g].episode.done() || groups[i].rollouts[g].failure) continue;
        members.push_back({i, g});
        Rng key{options.seed, static_cast<std::uint64_t>(i), static_cast<std::uint64_t>(g),
                static_cast<std::uint64_t>(turn)};
        request.seeds.push_back(key.next());
      }
      if (members.empty()) continue;
      request.question = env::Episode(groups[i].room, env).question();
      request.tokens = groups[i].question;
      request.continuations.resize(members.size());
      requests.push_back(std::move(request));
      slots.push_back(std::move(members));
    }
    if (requests.empty()) break;
    std::vector<std::pair<std::size_t, std::size_t>> work;
    for (std::size_t r = 0; r < requests.size(); ++r) {
      for (std::size_t k = 0; k < slots[r].size(); ++k) work.emplace_back(r, k);
    }
    parallel_for(work.size(), [&](std::size_t w) {
      const auto [r, k] = work[w];
      const Slot slot = slots[r][k];
      requests[r].continuations[k] = groups[slot.group].rollouts[slot.rollout].episode.continuation();
    });
    METASPATIAL_TRY(auto outcomes, policy.answer(requests, options.sampling));
    parallel_for(work.size(), [&](std::size_t w) {
      const auto [r, k] = work[w];
      Rollout& rollout = groups[slots[r][k].group].rollouts[slots[r][k].rollout];
      if (!outcomes[r][k]) {
        rollout.failure = std::move(outcomes[r][k]).error();
        return;
      }
      rollout.episode.take_answer(std::move(outcomes[r][k]->text));
      rollout.turns.push_back(std::move(outcomes[r][k]->tokens));
    });
    // Everything is graded in one batch: a model as judge is asked about all rooms at once.
    std::vector<env::Episode*> episodes;
    const PolicyFailure* failure = nullptr;
    for (const auto& [r, k] : work) {
      Rollout& rollout = groups[slots[r][k].group].rollouts[slots[r][k].rollout];
      if (!rollout.failure) {
        episodes.push_back(&rollout.episode);
      } else if (failure == nullptr) {
        failure = &*rollout.failure;
      }
    }
    if (episodes.empty() && turn == 0)
      return fail(failure->error.code,
                  fmt::format("none of {} questions got an answer; the first: {}", work.size(),
                              failure->error.message),
                  failure->error.where);
    if (failure != nullptr)
      spdlog::warn("turn {}: {} of {} dialogues got no answer and are left out; the first: {}", turn + 1,
                   work.size() - episodes.size(), work.size(), to_string(failure->error));
    env::finish_turns(episodes, env);
  }
  return groups;
}

AnswerCounts count_answers(std::span<const RolloutGroup> groups) {
  AnswerCounts counts;
  for (const RolloutGroup& group : groups) {
    for (const Rollout& rollout : group.rollouts) {
      counts.missing += rollout.failure ? 1 : 0;
      for (const env::Turn& turn : rollout.episode.turns()) {
        ++counts.answers;
        counts.readable += turn.reward.readable() ? 1 : 0;
      }
      for (const TurnTokens& turn : rollout.turns) counts.unfinished += turn.generation.finished ? 0 : 1;
    }
  }
  return counts;
}

}  // namespace metaspatial::eval
