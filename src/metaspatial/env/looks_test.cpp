#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <string>
#include <vector>

#include "metaspatial/chat/hostile_server.hpp"
#include "metaspatial/env/env_config.hpp"
#include "metaspatial/env/episode.hpp"
#include "metaspatial/env/test_room.hpp"

namespace metaspatial::env {
namespace {

using chat::Exchange;
using chat::HostileServer;
using chat::Received;

std::string all(double grade) {
  Json json;
  for (const std::string_view name : judge::kGradeNames) json[std::string(name)] = Json{{"grade", grade}};
  return chat::completion_json(dump_json(json));
}

/// Episodes whose looks a model behind a test's server grades.
class LooksTest : public ::testing::Test {
 protected:
  void serve(HostileServer::Script script) {
    server_ = std::make_unique<HostileServer>(std::move(script));
    const Json json{{"env", {{"picture_px", 56}, {"max_turns", 2}}},
                    {"judge",
                     {{"kind", "vlm"},
                      {"base_url", server_->base_url()},
                      {"model", "m"},
                      {"picture_px", 28},
                      {"samples_per_pixel", 1},
                      {"max_retries", 0},
                      {"timeout_s", 5}}}};
    ConfigReader reader(json, "test");
    read_env_config(reader, config_);
    const auto read = reader.finish();
    ASSERT_TRUE(read) << to_string(read.error());
    const auto opened = open_judge(config_);
    ASSERT_TRUE(opened) << to_string(opened.error());
    room_ = make_room(std::make_shared<render::Device>(), test_.graph, config_);
  }
  [[nodiscard]] std::string answer() const { return answer_text(test_.graph, test_.good, {}); }

  TestRoom test_ = test_room();
  EnvConfig config_;
  std::unique_ptr<HostileServer> server_;
  std::shared_ptr<const Room> room_;
};

TEST_F(LooksTest, TheModelsGradeIsPartOfTheReward) {
  serve([](const Received&, Exchange& exchange) { exchange.answer(200, all(5.5)); });
  EXPECT_EQ(judge_name(config_), "m");
  Episode episode(room_, config_);
  const Turn& turn = episode.step(answer());
  EXPECT_EQ(turn.reward.looks_state, reward::LooksState::Graded);
  EXPECT_DOUBLE_EQ(*turn.reward.looks, 0.5);
  EXPECT_DOUBLE_EQ(turn.reward.total, score_in_env(test_.graph, test_.good, config_).total);
  EXPECT_EQ(server_->requests(), 1) << "the same room is not asked about twice";
}

TEST_F(LooksTest, AJudgeThatFailsLeavesNoNumberAndTheEpisodeGoesOn) {
  serve([](const Received&, Exchange& exchange) { exchange.answer(500, "down"); });
  Episode episode(room_, config_);
  const Turn& turn = episode.step(answer());
  EXPECT_EQ(turn.reward.looks_state, reward::LooksState::Failed);
  EXPECT_FALSE(turn.reward.complete());
  EXPECT_TRUE(std::isnan(turn.reward.total));
  EXPECT_FALSE(turn.reward.looks.has_value());
  EXPECT_EQ(turn.reward.format, 1);
  EXPECT_GT(turn.reward.physics, 0.9);
  const std::string words = std::get<std::string>(episode.continuation().at(1).parts.at(1));
  EXPECT_EQ(words.find("nan"), std::string::npos) << words;
  episode.step(answer());
  EXPECT_TRUE(episode.done());
}

TEST_F(LooksTest, UnreadableAnswersAreNotSentToTheJudge) {
  serve([](const Received&, Exchange& exchange) { exchange.answer(200, all(5)); });
  Episode episode(room_, config_);
  const Turn& turn = episode.step("no room here");
  EXPECT_TRUE(turn.reward.complete());
  EXPECT_TRUE(std::isfinite(turn.reward.total));
  EXPECT_EQ(server_->requests(), 0);
}

TEST_F(LooksTest, AGradeThatCountsNothingIsNotPaidFor) {
  serve([](const Received&, Exchange& exchange) { exchange.answer(200, all(5)); });
  config_.reward.looks_weight = 0;
  Episode episode(room_, config_);
  EXPECT_EQ(episode.step(answer()).reward.looks_state, reward::LooksState::NotWanted);
  EXPECT_EQ(server_->requests(), 0);
}

TEST_F(LooksTest, ManyTurnsAreGradedAtOnceAndOnlyThoseThatFailedHaveNoTotal) {
  // Four layouts; the server knows every second request only.
  std::atomic<int> asked = 0;
  serve([&](const Received&, Exchange& exchange) {
    const int i = asked++;
    exchange.wait_for_company(2);
    if (i % 2 == 0)
      exchange.answer(200, all(8));
    else
      exchange.answer(200, chat::completion_json("It looks like an 8 to me."));
  });
  std::vector<Episode> episodes(5, Episode(room_, config_));
  std::vector<Episode*> taken;
  for (std::size_t i = 0; i < episodes.size(); ++i) {
    scene::Layout layout = test_.good;
    layout.poses[2].position_m.x() -= 0.2 * static_cast<double>(i);
    episodes[i].take_answer(i == 4 ? "nothing" : answer_text(test_.graph, layout, {}));
    taken.push_back(&episodes[i]);
  }
  EXPECT_FALSE(episodes[4].to_grade().has_value());
  finish_turns(taken, config_);
  EXPECT_EQ(server_->requests(), 4);
  EXPECT_GE(server_->most_at_once(), 2);
  int graded = 0;
  int failed = 0;
  for (const Episode& episode : episodes) {
    ASSERT_EQ(episode.turns().size(), 1U);
    const reward::Reward& reward = episode.turns().back().reward;
    graded += reward.looks_state == reward::LooksState::Graded ? 1 : 0;
    failed += reward.looks_state == reward::LooksState::Failed ? 1 : 0;
    EXPECT_EQ(std::isfinite(reward.total), reward.complete());
  }
  EXPECT_EQ(graded, 2);
  EXPECT_EQ(failed, 2);
}

TEST(MeasuredLooks, OneBatchGivesTheNumbersOfSingleSteps) {
  const TestRoom test = test_room();
  EnvConfig config;
  config.picture_px = 56;
  EXPECT_EQ(judge_name(config), "measured");
  const auto room = make_room(std::make_shared<render::Device>(), test.graph, config);
  Episode alone(room, config);
  Episode batched(room, config);
  const std::string answer = answer_text(test.graph, test.good, {});
  const double total = alone.step(answer).reward.total;
  batched.take_answer(answer);
  Episode* const episodes[] = {&batched};
  finish_turns(episodes, config);
  EXPECT_EQ(batched.turns().back().reward.total, total);
  EXPECT_EQ(score_in_env(test.graph, test.good, config).total, total);
}

}  // namespace
}  // namespace metaspatial::env
