#include "metaspatial/eval/rollout.hpp"

#include <atomic>
#include <mutex>
#include <optional>

#include "metaspatial/base/parallel.hpp"
#include "metaspatial/base/rng.hpp"

namespace metaspatial::eval {

std::string response_text(const vlm::Processor& processor, const vlm::Generation& generation) {
  std::span<const vlm::TokenId> ids = generation.ids;
  if (!ids.empty() && ids.back() == processor.config().eos_token_id) ids = ids.first(ids.size() - 1);
  return processor.tokenizer().decode(ids);
}

Result<std::vector<RolloutGroup>> play(const vlm::Model& model, const vlm::Processor& processor,
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
    auto question = encode_question(processor, env::Episode(rooms[i], env).question());
    if (!question) return report(question.error());
    RolloutGroup group{rooms[i], std::move(*question), {}};
    for (int g = 0; g < options.group_size; ++g) group.rollouts.push_back({env::Episode(rooms[i], env), {}});
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
    std::vector<vlm::GenerationGroup> requests;
    std::vector<std::vector<Slot>> slots;
    for (std::size_t i = 0; i < groups.size(); ++i) {
      vlm::GenerationGroup request;
      std::vector<Slot> members;
      for (std::size_t g = 0; g < groups[i].rollouts.size(); ++g) {
        if (groups[i].rollouts[g].episode.done()) continue;
        members.push_back({i, g});
        request.cursors.push_back(groups[i].question.cursor);
        Rng key{options.seed, static_cast<std::uint64_t>(i), static_cast<std::uint64_t>(g),
                static_cast<std::uint64_t>(turn)};
        request.seeds.push_back(key.next());
      }
      if (members.empty()) continue;
      request.prefix = groups[i].question.tokens;
      request.suffixes.resize(members.size());
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
      auto tokens =
          encode_continuation(processor, groups[slot.group].rollouts[slot.rollout].episode.continuation(),
                              requests[r].cursors[k]);
      if (!tokens) return report(tokens.error());
      requests[r].suffixes[k] = std::move(*tokens);
    });
    if (error) return tl::unexpected<Error>(*error);
    std::vector<std::vector<vlm::Generation>> generations =
        vlm::generate(model, requests, options.sampling, options.threads);
    // Everything is graded in one batch: a model as judge is asked about all rooms at once.
    std::vector<env::Episode*> episodes(work.size());
    parallel_for(work.size(), [&](std::size_t w) {
      const auto [r, k] = work[w];
      Rollout& rollout = groups[slots[r][k].group].rollouts[slots[r][k].rollout];
      rollout.episode.take_answer(response_text(processor, generations[r][k]));
      rollout.turns.push_back({std::move(requests[r].suffixes[k]), std::move(generations[r][k])});
      episodes[w] = &rollout.episode;
    });
    env::finish_turns(episodes, env);
  }
  return groups;
}

}  // namespace metaspatial::eval
