#include "metaspatial/eval/rollout.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <future>
#include <mutex>
#include <optional>
#include <utility>

#include "metaspatial/base/parallel.hpp"
#include "metaspatial/base/rng.hpp"
#include "metaspatial/base/stopwatch.hpp"

namespace metaspatial::eval {

namespace {

/// Rooms [first, first + count) that are played together, and the grading of their last answers.
struct Wave {
  std::size_t first = 0;
  std::size_t count = 0;
  std::future<void> grading;
  bool done = false;  ///< no dialogue of it goes on
};

struct Slot {
  std::size_t group;
  std::size_t rollout;
};

/// Plays one turn of a wave, up to the grading of its answers, which goes on by itself where it may take
/// waiting for a model.
class Player {
 public:
  Player(Policy& policy, const env::EnvConfig& env, const PlayOptions& options,
         std::vector<RolloutGroup>& groups)
      : policy_(policy),
        env_(env),
        options_(options),
        groups_(groups),
        times_(options.times != nullptr ? *options.times : unwanted_) {}

  [[nodiscard]] Result<void> turn(Wave& wave, int turn);

 private:
  /// The dialogues of a wave that wait for an answer, and whose they are.
  void ask(const Wave& wave, int turn, std::vector<DialogueGroup>& requests,
           std::vector<std::vector<Slot>>& slots) const;
  [[nodiscard]] Rollout& rollout(const Slot& slot) { return groups_[slot.group].rollouts[slot.rollout]; }

  Policy& policy_;
  const env::EnvConfig& env_;
  const PlayOptions& options_;
  std::vector<RolloutGroup>& groups_;
  PlayTimes unwanted_;
  PlayTimes& times_;
};

void Player::ask(const Wave& wave, int turn, std::vector<DialogueGroup>& requests,
                 std::vector<std::vector<Slot>>& slots) const {
  for (std::size_t i = wave.first; i < wave.first + wave.count; ++i) {
    DialogueGroup request;
    std::vector<Slot> members;
    const std::uint64_t room = options_.room_keys.empty() ? i : options_.room_keys[i];
    for (std::size_t g = 0; g < groups_[i].rollouts.size(); ++g) {
      if (groups_[i].rollouts[g].episode.done() || groups_[i].rollouts[g].failure) continue;
      members.push_back({i, g});
      Rng key{options_.seed, room, static_cast<std::uint64_t>(g), static_cast<std::uint64_t>(turn)};
      request.seeds.push_back(key.next());
    }
    if (members.empty()) continue;
    request.question = env::Episode(groups_[i].room, env_).question();
    request.tokens = groups_[i].question;
    request.continuations.resize(members.size());
    requests.push_back(std::move(request));
    slots.push_back(std::move(members));
  }
}

/// Waits for the grades of a wave's last answers.
void finish(Wave& wave, PlayTimes& times) {
  if (!wave.grading.valid()) return;
  const Stopwatch watch;
  wave.grading.get();
  times.judge += watch.wall_s();
}

Result<void> Player::turn(Wave& wave, int turn) {
  finish(wave, times_);
  Stopwatch watch;
  const auto environment = [&watch, this] {
    times_.environment += watch.wall_s();
    times_.environment_cpu += watch.process_cpu_s();
  };
  std::vector<DialogueGroup> requests;
  std::vector<std::vector<Slot>> slots;
  ask(wave, turn, requests, slots);
  wave.done = requests.empty();
  if (wave.done) return {};
  std::vector<std::pair<std::size_t, std::size_t>> work;
  for (std::size_t r = 0; r < requests.size(); ++r) {
    for (std::size_t k = 0; k < slots[r].size(); ++k) work.emplace_back(r, k);
  }
  parallel_for(work.size(), [&](std::size_t w) {
    const auto [r, k] = work[w];
    requests[r].continuations[k] = rollout(slots[r][k]).episode.continuation();
  });
  environment();
  watch = {};
  METASPATIAL_TRY(auto outcomes, policy_.answer(requests, options_.sampling));
  times_.generation += watch.wall_s();
  watch = {};
  parallel_for(work.size(), [&](std::size_t w) {
    const auto [r, k] = work[w];
    Rollout& of = rollout(slots[r][k]);
    if (!outcomes[r][k]) {
      of.failure = std::move(outcomes[r][k]).error();
      return;
    }
    of.episode.take_answer(std::move(outcomes[r][k]->text));
    of.turns.push_back(std::move(outcomes[r][k]->tokens));
  });
  // Everything is graded in one batch: a model as judge is asked about all rooms at once.
  std::vector<env::Episode*> episodes;
  const PolicyFailure* failure = nullptr;
  for (const auto& [r, k] : work) {
    Rollout& of = rollout(slots[r][k]);
    if (!of.failure) {
      episodes.push_back(&of.episode);
    } else if (failure == nullptr) {
      failure = &*of.failure;
    }
  }
  if (episodes.empty() && turn == 0)
    return fail(
        failure->error.code,
        fmt::format("none of {} questions got an answer; the first: {}", work.size(), failure->error.message),
        failure->error.where);
  if (failure != nullptr)
    spdlog::warn("turn {}: {} of {} dialogues got no answer and are left out; the first: {}", turn + 1,
                 work.size() - episodes.size(), work.size(), to_string(failure->error));
  const auto grade = [episodes = std::move(episodes), &env = env_] { env::finish_turns(episodes, env); };
  if (env_.judge != nullptr)
    wave.grading = std::async(std::launch::async, grade);
  else
    grade();
  environment();
  return {};
}

}  // namespace

Result<std::vector<RolloutGroup>> play(Policy& policy,
                                       std::span<const std::shared_ptr<const env::Room>> rooms,
                                       const env::EnvConfig& env, const PlayOptions& options) {
  METASPATIAL_CHECK(options.room_keys.empty() || options.room_keys.size() == rooms.size(),
                    "play: a key per room");
  PlayTimes unwanted;
  PlayTimes& times = options.times != nullptr ? *options.times : unwanted;
  const Stopwatch watch;
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
  times.generation += watch.wall_s();

  const std::size_t n_waves = std::clamp<std::size_t>(static_cast<std::size_t>(std::max(1, options.waves)), 1,
                                                      std::max<std::size_t>(1, groups.size()));
  std::vector<Wave> waves(n_waves);  // declared after the groups: grading ends before they go
  for (std::size_t w = 0; w < n_waves; ++w) {
    waves[w].first = groups.size() * w / n_waves;
    waves[w].count = groups.size() * (w + 1) / n_waves - waves[w].first;
  }
  Player player(policy, env, options, groups);
  for (int turn = 0; turn < env.max_turns; ++turn) {
    for (Wave& wave : waves)
      if (!wave.done) METASPATIAL_TRY_VOID(player.turn(wave, turn));
  }
  for (Wave& wave : waves) {
    if (options.answered) options.answered(std::span(groups).subspan(wave.first, wave.count));
  }
  for (Wave& wave : waves) finish(wave, times);
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
