#include "metaspatial/rl/collector.hpp"

#include <gtest/gtest.h>

#include <set>

#include "metaspatial/rl/curriculum.hpp"

namespace metaspatial::rl {
namespace {

Json json_of(std::string_view text) {
  return *parse_json(text, "test");
}

TEST(Curriculum, StagesFollowEachOther) {
  const auto curriculum = read_curriculum(
      json_of(R"([{"until": 0.25, "max_objects": 5, "max_turns": 1}, {"until": 0.5, "max_floor_m2": 20}])"),
      "data.curriculum", "test");
  ASSERT_TRUE(curriculum) << to_string(curriculum.error());
  EXPECT_EQ(curriculum->at(0).max_objects, 5);
  EXPECT_EQ(curriculum->at(0).max_turns, 1);
  EXPECT_EQ(curriculum->at(0.25).max_objects, 0);
  EXPECT_EQ(curriculum->at(0.25).max_floor_m2, 20);
  EXPECT_EQ(curriculum->at(0.5).max_floor_m2, 0);
  EXPECT_EQ(Curriculum().at(0).max_turns, 0);
}

TEST(Curriculum, BadOnesNameTheKey) {
  for (const char* text :
       {R"(3)", R"([4])", R"([{"until": 0}])", R"([{"until": 0.5}, {"until": 0.5}])",
        R"([{"until": 0.5, "max_object": 3}])", R"([{"until": 1, "max_objects": "few"}])"}) {
    const auto curriculum = read_curriculum(json_of(text), "data.curriculum", "test");
    ASSERT_FALSE(curriculum) << text;
    EXPECT_NE(to_string(curriculum.error()).find("data.curriculum"), std::string::npos)
        << to_string(curriculum.error());
  }
}

/// Answers some dialogues with nothing that can be read, and others with the room's solution.
class HalfReadable final : public eval::Policy {
 public:
  [[nodiscard]] Result<std::shared_ptr<const eval::Question>> read(const Conversation&) const override {
    return std::shared_ptr<const eval::Question>();
  }
  [[nodiscard]] Result<std::vector<std::vector<eval::PolicyOutcome>>> answer(
      std::span<const eval::DialogueGroup> groups, const vlm::SamplingParams&) override {
    std::vector<std::vector<eval::PolicyOutcome>> out;
    for (const eval::DialogueGroup& group : groups) {
      std::vector<eval::PolicyOutcome> outcomes;
      // Every third room is answered in two ways, the others always alike.
      const bool differs = asked_++ % 3 == 0;
      for (std::size_t g = 0; g < group.seeds.size(); ++g) {
        eval::PolicyAnswer answer;
        answer.text = differs && g == 0 ? "<think>well</think><answer>[]</answer>" : "nothing";
        outcomes.emplace_back(std::move(answer));
      }
      out.push_back(std::move(outcomes));
    }
    return out;
  }
  [[nodiscard]] eval::PolicyUsage usage() const override { return {}; }

 private:
  std::size_t asked_ = 0;
};

class CollectorTest : public ::testing::Test {
 protected:
  void SetUp() override {
    config_.env.picture_px = 56;
    config_.env.max_turns = 2;
    config_.rooms_per_step = 4;
    config_.rollouts_per_room = 2;
    config_.train_descriptions = METASPATIAL_SOURCE_DIR "/data/descriptions/heldout.json";
    auto source = eval::RoomSource::open(config_.train_descriptions, 1);
    ASSERT_TRUE(source);
    source_.emplace(*std::move(source));
  }
  Result<Experience> collect(int step, double progress) {
    HalfReadable policy;
    Collector collector(config_, *source_, std::make_shared<render::Device>(), policy, processes_);
    answered_ = 0;
    return collector.collect(step, progress, config_.env.reward,
                             [&](std::span<const eval::RolloutGroup> groups) { answered_ += groups.size(); });
  }

  TrainConfig config_;
  ProcessGroup processes_;  // alone
  std::optional<eval::RoomSource> source_;
  std::size_t answered_ = 0;
};

TEST_F(CollectorTest, PlaysTheRoomsOfItsStep) {
  const auto first = collect(0, 0);
  const auto second = collect(1, 0);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->groups().size(), 4U);
  EXPECT_EQ(first->played.size(), 4U);
  EXPECT_EQ(answered_, 4U);
  EXPECT_EQ(first->groups()[0].room->graph->room_name, source_->room(0).graph.room_name);
  EXPECT_EQ(second->groups()[0].room->graph->user_preference, source_->room(4).graph.user_preference);
}

TEST_F(CollectorTest, RoomsThatTellNothingAreReplaced) {
  config_.online_filtering = true;
  config_.env.max_turns = 1;
  const auto made = collect(0, 0);
  ASSERT_TRUE(made);
  EXPECT_EQ(made->groups().size(), 4U);
  EXPECT_EQ(answered_, 4U);
  EXPECT_GE(made->played.size(), 8U);
  for (std::size_t i = 0; i < made->played.size(); ++i) {
    const auto& rollouts = made->played[i].rollouts;
    const auto& first = rollouts[0].episode.turns()[0];
    const bool equal = first.reward.total == rollouts[1].episode.turns()[0].reward.total;
    EXPECT_EQ(equal, i >= made->learned) << i;
  }
  config_.max_try_make_batch = 1;
  const auto few = collect(0, 0);
  ASSERT_TRUE(few);
  EXPECT_LT(few->learned, 4U);
  EXPECT_GE(few->learned, 1U);
  EXPECT_EQ(few->played.size(), 4U);
}

TEST_F(CollectorTest, TheCurriculumChoosesRoomsAndTurns) {
  config_.curriculum.stages = {{0.5, 5, 0, 1}};
  const auto easy = collect(3, 0.49);
  ASSERT_TRUE(easy);
  EXPECT_EQ(easy->turns, 1);
  for (const auto& group : easy->groups()) {
    EXPECT_LE(group.room->graph->objects.size(), 5U);
    for (const auto& rollout : group.rollouts) EXPECT_EQ(rollout.episode.turns().size(), 1U);
  }
  const auto hard = collect(3, 0.5);
  ASSERT_TRUE(hard);
  EXPECT_EQ(hard->turns, 2);
  config_.curriculum.stages = {{1, 1, 0.5, 1}};
  const auto none = collect(0, 0);
  ASSERT_FALSE(none);
  EXPECT_NE(to_string(none.error()).find("data.curriculum"), std::string::npos) << to_string(none.error());
}

}  // namespace
}  // namespace metaspatial::rl
