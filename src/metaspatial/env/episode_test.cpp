#include "metaspatial/env/episode.hpp"

#include <gtest/gtest.h>

#include "metaspatial/env/test_room.hpp"

namespace metaspatial::env {
namespace {

class EpisodeTest : public ::testing::Test {
 protected:
  void SetUp() override {
    config_.picture_px = 56;
    config_.max_turns = 3;
    room_ = make_room(std::make_shared<render::Device>(), test_.graph, config_);
  }
  TestRoom test_ = test_room();
  EnvConfig config_;
  std::shared_ptr<const Room> room_;
};

TEST_F(EpisodeTest, AGoodAnswerIsFaultless) {
  Episode episode(room_, config_);
  EXPECT_TRUE(episode.continuation().empty());
  const Turn& turn = episode.step(answer_text(test_.graph, test_.good, {}));
  EXPECT_EQ(turn.reward.format, 1.0) << turn.parsed.reason;
  EXPECT_TRUE(turn.reward.report.faults.empty());
  EXPECT_FALSE(episode.done());
}

TEST_F(EpisodeTest, ReadablePromptsBeginWithTheSystemMessageOfTheTemplate) {
  const Episode episode(room_, config_);
  EXPECT_EQ(episode.question().size(), 1U);
  config_.style = PromptStyle::Full;
  const Conversation question = episode.question();
  ASSERT_EQ(question.size(), 2U);
  EXPECT_EQ(question[0].role, Role::System);
  EXPECT_EQ(std::get<std::string>(question[0].parts[0]), "You are a helpful assistant.");
  config_.system_message = "";
  EXPECT_EQ(episode.question().size(), 1U);
  config_.style = PromptStyle::Compact;
  config_.system_message = "Furnish.";
  EXPECT_EQ(std::get<std::string>(episode.question()[0].parts[0]), "Furnish.");
}

TEST_F(EpisodeTest, LaterTurnsShowTheAnswerItsPictureAndItsFaults) {
  Episode episode(room_, config_);
  scene::Layout bad = test_.good;
  bad.poses[0].position_m.x() = 4.8;
  episode.step(answer_text(test_.graph, bad, {}));
  const Conversation messages = episode.continuation();
  ASSERT_EQ(messages.size(), 2U);
  EXPECT_EQ(messages[0].role, Role::Assistant);
  EXPECT_NE(std::get<std::string>(messages[0].parts[0]).find("\"x\": 4.8"), std::string::npos);
  const auto& picture = std::get<std::shared_ptr<const Image>>(messages[1].parts[0]);
  EXPECT_NE(*picture, *room_->picture);
  EXPECT_NE(std::get<std::string>(messages[1].parts[1]).find("bed_1; out of room"), std::string::npos);
}

TEST_F(EpisodeTest, KeepEndsWithTheSameRewardAndOnlyAfterALayout) {
  Episode episode(room_, config_);
  EXPECT_EQ(episode.step(std::string(kKeepAnswer)).parsed.status, reward::ResponseStatus::KeepNotAllowed);
  const double reward = episode.step(answer_text(test_.graph, test_.good, {})).reward.total;
  EXPECT_EQ(episode.step(std::string(kKeepAnswer)).reward.total, reward);
  EXPECT_TRUE(episode.done());
}

TEST_F(EpisodeTest, AnyBytesAreAnAnswer) {
  for (const std::string& text : {std::string(), std::string(100, '\0'), std::string("\xff\xfe{[<answer>"),
                                  std::string("<think></think><answer>[[[[[</answer>")}) {
    Episode episode(room_, config_);
    const Turn& turn = episode.step(text);
    EXPECT_FALSE(turn.layout.has_value());
    EXPECT_LT(turn.reward.total, 0.3);
    EXPECT_EQ(episode.continuation().size(), 2U);
  }
}

TEST_F(EpisodeTest, FeedbackCanBeBlanked) {
  config_.feedback_words = false;
  config_.feedback_picture = false;
  Episode episode(room_, config_);
  episode.step(answer_text(test_.graph, test_.good, {}));
  const Conversation messages = episode.continuation();
  EXPECT_EQ(std::get<std::shared_ptr<const Image>>(messages[1].parts[0]), room_->picture);
  EXPECT_EQ(std::get<std::string>(messages[1].parts[1]), "again");
}

}  // namespace
}  // namespace metaspatial::env
