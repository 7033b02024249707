#include "metaspatial/eval/rollout.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>

#include "metaspatial/env/test_room.hpp"

namespace metaspatial::eval {
namespace {

using std::chrono_literals::operator""s;

/// Answers with a text that names the seed that it was asked with, or with a layout.
class TextPolicy final : public Policy {
 public:
  explicit TextPolicy(std::string layout = {}) : layout_(std::move(layout)) {}
  [[nodiscard]] Result<std::shared_ptr<const Question>> read(const Conversation&) const override {
    return std::shared_ptr<const Question>();
  }
  [[nodiscard]] Result<std::vector<std::vector<PolicyOutcome>>> answer(std::span<const DialogueGroup> groups,
                                                                       const vlm::SamplingParams&) override {
    std::vector<std::vector<PolicyOutcome>> out;
    for (const DialogueGroup& group : groups) {
      std::vector<PolicyOutcome> outcomes;
      for (const std::uint64_t seed : group.seeds) {
        PolicyAnswer answer;
        answer.text = layout_.empty() ? std::to_string(seed) : layout_;
        outcomes.emplace_back(std::move(answer));
      }
      out.push_back(std::move(outcomes));
    }
    const std::scoped_lock lock(mutex_);
    ++calls_;
    called_.notify_all();
    return out;
  }
  [[nodiscard]] PolicyUsage usage() const override { return {}; }
  /// Waits until it was asked `calls` times; false after five seconds.
  bool wait_for_calls(int calls) {
    std::unique_lock lock(mutex_);
    return called_.wait_for(lock, 5s, [&] { return calls_ >= calls; });
  }
  void note_answered() {
    const std::scoped_lock lock(mutex_);
    answered_ = true;
    called_.notify_all();
  }
  bool wait_for_answered() {
    std::unique_lock lock(mutex_);
    return called_.wait_for(lock, 5s, [&] { return answered_; });
  }

 private:
  std::string layout_;
  std::mutex mutex_;
  std::condition_variable called_;
  int calls_ = 0;
  bool answered_ = false;
};

/// Grades the answers of two waves, of two and of three rooms, in two turns. Gives no grade before the policy
/// has been asked about the other wave, and the last ones not before everything is answered.
class WaitingJudge final : public judge::Judge {
 public:
  explicit WaitingJudge(TextPolicy& policy) : policy_(policy) {}
  [[nodiscard]] std::vector<judge::JudgeOutcome> grade(std::span<const judge::Question> questions,
                                                       const std::stop_token&) const override {
    const bool second_wave = questions.size() == 3;
    const int turn = ++(second_wave ? turns_of_second_ : turns_of_first_);
    bool came = policy_.wait_for_calls(turn == 1 ? (second_wave ? 3 : 2) : 4);
    if (turn == 2) came = came && policy_.wait_for_answered();
    if (!came) waited_in_vain_ = true;
    std::vector<judge::JudgeOutcome> outcomes;
    for (std::size_t i = 0; i < questions.size(); ++i) outcomes.emplace_back(judge::Verdict{});
    return outcomes;
  }
  [[nodiscard]] std::string name() const override { return "waiting"; }
  [[nodiscard]] bool waited_in_vain() const { return waited_in_vain_; }

 private:
  TextPolicy& policy_;
  mutable std::atomic<int> turns_of_first_{0};
  mutable std::atomic<int> turns_of_second_{0};
  mutable std::atomic<bool> waited_in_vain_{false};
};

class RolloutTest : public ::testing::Test {
 protected:
  void SetUp() override {
    env_.picture_px = 56;
    env_.max_turns = 2;
    room_ = env::make_room(std::make_shared<render::Device>(), test_.graph, env_);
  }
  std::vector<std::string> responses(const PlayOptions& options, std::size_t rooms) {
    TextPolicy policy;
    const std::vector<std::shared_ptr<const env::Room>> all(rooms, room_);
    const auto groups = play(policy, all, env_, options);
    EXPECT_TRUE(groups);
    std::vector<std::string> out;
    for (const auto& group : *groups)
      for (const auto& rollout : group.rollouts)
        for (const auto& turn : rollout.episode.turns()) out.push_back(turn.response);
    return out;
  }

  env::TestRoom test_ = env::test_room();
  env::EnvConfig env_;
  std::shared_ptr<const env::Room> room_;
};

TEST_F(RolloutTest, WavesChangeNoAnswer) {
  PlayOptions options;
  options.group_size = 2;
  options.seed = 5;
  const auto whole = responses(options, 5);
  EXPECT_EQ(whole.size(), 5U * 2U * 2U);
  for (const int waves : {2, 3, 9}) {
    options.waves = waves;
    EXPECT_EQ(responses(options, 5), whole) << waves;
  }
}

TEST_F(RolloutTest, ARoomIsPlayedByItsKeyAlone) {
  PlayOptions options;
  options.seed = 5;
  const auto whole = responses(options, 4);
  options.room_keys = {2, 3};
  const auto half = responses(options, 2);
  EXPECT_EQ(half, std::vector(whole.begin() + 4, whole.end()));
}

TEST_F(RolloutTest, ThePolicyIsAskedWhileTheJudgeIs) {
  TextPolicy policy(env::answer_text(test_.graph, test_.good, {}));
  const auto judge = std::make_shared<WaitingJudge>(policy);
  env_.judge_config.vlm = true;
  env_.judge = judge;
  PlayOptions options;
  options.waves = 2;
  std::size_t answered = 0;
  options.answered = [&](std::span<const RolloutGroup> groups) {
    answered += groups.size();
    if (answered == 5) policy.note_answered();
  };
  const std::vector<std::shared_ptr<const env::Room>> rooms(5, room_);
  const auto groups = play(policy, rooms, env_, options);
  ASSERT_TRUE(groups);
  EXPECT_EQ(answered, 5U);
  EXPECT_FALSE(judge->waited_in_vain());
  for (const auto& group : *groups) EXPECT_EQ(group.rollouts.front().episode.turns().size(), 2U);
}

}  // namespace
}  // namespace metaspatial::eval
