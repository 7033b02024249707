#include "metaspatial/judge/vlm_judge.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <string>

#include "metaspatial/base/json.hpp"
#include "metaspatial/chat/hostile_server.hpp"
#include "metaspatial/judge/judge_prompt.hpp"

namespace metaspatial::judge {
namespace {

using chat::completion_json;
using chat::Exchange;
using chat::HostileServer;
using chat::Received;

std::string grades_json(const std::array<double, 5>& grades) {
  Json json;
  for (std::size_t c = 0; c < 5; ++c)
    json[std::string(kGradeNames[c])] = Json{{"comment", "seen"}, {"grade", grades[c]}};
  return dump_json(json);
}

class VlmJudgeTest : public ::testing::Test {
 protected:
  void SetUp() override {
    graph_.user_preference = "A \"quiet\" study.";
    graph_.size = {4, 3, 2.5};
    scene::SceneObject desk;
    desk.id = "desk_1";
    desk.kind = "desk";
    desk.size_m = {1.4, 0.7, 0.75};
    graph_.objects.push_back(desk);
    layout_.poses.push_back({{2, 2.6, 0.375}, 0});
    config_.client.model = "judge-model";
    config_.client.max_retries = 0;
    config_.client.http.timeout_s = 5;
    config_.picture_px = 32;
    config_.samples_per_pixel = 1;
  }
  std::vector<JudgeOutcome> ask(HostileServer::Script script) {
    server_ = std::make_unique<HostileServer>(std::move(script));
    config_.client.base_url = server_->base_url();
    auto judge = make_vlm_judge(config_);
    EXPECT_TRUE(judge) << to_string(judge.error());
    judge_ = *judge;
    return ask_again();
  }
  std::vector<JudgeOutcome> ask_again() {
    const Question question{&graph_, &layout_, nullptr};
    return judge_->grade({&question, 1});
  }

  scene::SceneGraph graph_;
  scene::Layout layout_;
  VlmJudgeConfig config_;
  std::unique_ptr<HostileServer> server_;
  std::shared_ptr<const Judge> judge_;
};

TEST_F(VlmJudgeTest, AsksWithWishPicturesRubricAndSchema) {
  const auto outcomes = ask([](const Received&, Exchange& exchange) {
    exchange.answer(200,
                    completion_json("Here you are:\n```json\n" + grades_json({8, 7, 7, 9, 8}) + "\n```"));
  });
  ASSERT_EQ(outcomes.size(), 1U);
  ASSERT_TRUE(outcomes[0]) << outcomes[0].error().reason;
  EXPECT_EQ(outcomes[0]->grades().values, (std::array<double, 5>{8, 7, 7, 9, 8}));
  EXPECT_EQ(outcomes[0]->categories[2].comment, "seen");
  EXPECT_EQ(outcomes[0]->categories[2].spread, 0);
  const auto body = parse_json(server_->received().at(0).body, "body");
  ASSERT_TRUE(body);
  const Json& messages = (*body)["messages"];
  for (const std::string_view name : kGradeNames)
    EXPECT_NE(messages[0]["content"].get<std::string>().find(name), std::string::npos);
  EXPECT_NE(messages[0]["content"].get<std::string>().find("10: nothing could be better."),
            std::string::npos);
  const Json& parts = messages[1]["content"];
  ASSERT_EQ(parts.size(), 6U);  // wish, two labelled pictures, form
  EXPECT_NE(parts[0]["text"].get<std::string>().find(R"("A \"quiet\" study.")"), std::string::npos);
  EXPECT_TRUE(
      parts[2]["image_url"]["url"].get<std::string>().starts_with("data:image/png;base64,iVBORw0KGgo"));
  EXPECT_NE(parts[2]["image_url"]["url"], parts[4]["image_url"]["url"]) << "corner and plan";
  EXPECT_EQ((*body)["response_format"]["json_schema"]["schema"]["required"].size(), 5U);
  EXPECT_EQ(judge_->name(), "judge-model");
  EXPECT_EQ(judge_->usage().prompt_tokens, 100);
}

TEST_F(VlmJudgeTest, SamplesHaveAMeanAndASpread) {
  config_.samples = 3;
  config_.client.max_concurrency = 1;
  std::atomic<int> next = 0;
  const auto outcomes = ask([&](const Received&, Exchange& exchange) {
    const double grade = std::array{4.0, 6.0, 8.0}[static_cast<std::size_t>(next++ % 3)];
    exchange.answer(200, completion_json(grades_json({grade, 5, 5, 5, 5})));
  });
  ASSERT_TRUE(outcomes[0]) << outcomes[0].error().reason;
  EXPECT_DOUBLE_EQ(outcomes[0]->categories[0].mean, 6);
  EXPECT_DOUBLE_EQ(outcomes[0]->categories[0].spread, 2);
  EXPECT_DOUBLE_EQ(outcomes[0]->categories[1].spread, 0);
  EXPECT_EQ(outcomes[0]->samples, 3);
  const auto again = ask_again();
  EXPECT_EQ(again[0]->cached, 3);
  EXPECT_DOUBLE_EQ(again[0]->categories[0].mean, 6);
  EXPECT_EQ(server_->requests(), 3);
}

TEST_F(VlmJudgeTest, FailedSamplesAreLeftOutAndToldWhileMostAreGood) {
  config_.samples = 3;
  config_.client.max_concurrency = 1;
  const auto script = [](int failures) {
    return [failures](const Received& r, Exchange& exchange) {
      exchange.answer(200, completion_json(r.index < failures ? "I would say it is nice: 8."
                                                              : grades_json({3, 3, 3, 3, 3})));
    };
  };
  auto outcomes = ask(script(1));
  ASSERT_TRUE(outcomes[0]) << outcomes[0].error().reason;
  EXPECT_EQ(outcomes[0]->failed, 1);
  EXPECT_DOUBLE_EQ(outcomes[0]->categories[0].mean, 3) << "no grade is made up for the one that failed";

  outcomes = ask(script(2));
  ASSERT_FALSE(outcomes[0]);
  EXPECT_EQ(outcomes[0].error().failed, 2);
  EXPECT_NE(outcomes[0].error().reason.find("2 of 3 samples have no grades"), std::string::npos);
  // What could not be read is asked again; what could comes from the cache.
  const auto again = ask_again();
  ASSERT_TRUE(again[0]) << again[0].error().reason;
  EXPECT_EQ(again[0]->cached, 1);
  EXPECT_EQ(server_->requests(), 5);
}

TEST_F(VlmJudgeTest, EveryFailureIsAStateWithAReason) {
  const std::vector<std::pair<HostileServer::Script, std::string>> cases = {
      {[](const Received&, Exchange& e) { e.answer(500, "down"); }, "server error: HTTP 500: down"},
      {[](const Received&, Exchange& e) { e.reset(); }, "connection"},
      {[](const Received&, Exchange& e) { e.answer(200, "{}"); }, "malformed reply"},
      {[](const Received&, Exchange& e) {
         e.answer(200, R"({"choices":[{"message":{"content":null,"refusal":"I cannot see pictures."}}]})");
       },
       "the model declines: I cannot see pictures."},
      {[](const Received&, Exchange& e) {
         e.answer(200, R"({"choices":[{"message":{"content":"{\"realism\": {"},"finish_reason":"length"}]})");
       },
       "cut off at max_tokens"},
      {[](const Received&, Exchange& e) {
         e.answer(200, completion_json(grades_json({0, 5, 5, 5, 5})));
       },
       "outside of 1 to 10"},
      {[](const Received&, Exchange& e) { e.answer(200, completion_json("{\"layout\": 5}")); },
       "there is no grade"}};
  for (const auto& [script, reason] : cases) {
    const auto outcomes = ask(script);
    ASSERT_FALSE(outcomes[0]) << reason;
    EXPECT_NE(outcomes[0].error().reason.find(reason), std::string::npos) << outcomes[0].error().reason;
  }
}

TEST_F(VlmJudgeTest, ABatchRunsAtOnceInOrderAndAsksTheSameOnce) {
  config_.client.max_concurrency = 4;
  std::vector<scene::Layout> layouts(6, layout_);
  for (std::size_t i = 0; i < layouts.size(); ++i)
    layouts[i].poses[0].position_m.x() = 1 + 0.5 * static_cast<double>(i % 4);  // 4 and 5 are 0 and 1 again
  ask([](const Received& r, Exchange& exchange) {
    if (r.index > 0) exchange.wait_for_company(2);  // the first question comes alone
    // A grade that the request's own bytes decide.
    const double grade = 1 + static_cast<double>(std::hash<std::string>()(r.body) % 10);
    exchange.answer(200, completion_json(grades_json({grade, 5, 5, 5, 5})));
  });
  std::vector<Question> questions;
  for (const scene::Layout& layout : layouts) questions.push_back({&graph_, &layout, nullptr});
  const auto outcomes = judge_->grade(questions);
  ASSERT_EQ(outcomes.size(), 6U);
  for (const auto& outcome : outcomes) ASSERT_TRUE(outcome);
  EXPECT_EQ(outcomes[4]->categories[0].mean, outcomes[0]->categories[0].mean);
  EXPECT_EQ(outcomes[5]->categories[0].mean, outcomes[1]->categories[0].mean);
  EXPECT_LE(server_->requests(), 1 + 4) << "four different pictures, and the one of the first question";
  EXPECT_GE(server_->most_at_once(), 2);
  EXPECT_LE(server_->most_at_once(), 4);
  for (std::size_t i = 0; i < 4; ++i)
    EXPECT_EQ(judge_->grade({&questions[i], 1})[0]->categories[0].mean, outcomes[i]->categories[0].mean);
}

TEST(JudgeConfigKeys, AreReadAndChecked) {
  const auto json = parse_json(R"({"judge": {"kind": "vlm", "base_url": "http://127.0.0.1:1/v1", "model": "m",
      "samples": 3, "views": "corner", "timeout_s": 7, "max_retries": 1, "concurrency": 2, "max_requests": 9,
      "cache": "c.sqlite", "price_per_million_prompt": 2}})",
                               "judge.yaml");
  ASSERT_TRUE(json);
  JudgeConfig config;
  ConfigReader reader(*json, "judge.yaml");
  read_judge_config(reader, config);
  ASSERT_TRUE(reader.finish());
  EXPECT_TRUE(config.vlm);
  EXPECT_EQ(config.model.samples, 3);
  EXPECT_EQ(config.model.views, std::vector{render::View::Corner});
  EXPECT_EQ(config.model.client.http.timeout_s, 7);
  EXPECT_EQ(config.model.client.max_concurrency, 2);
  EXPECT_EQ(config.model.client.budget.max_requests, 9);
  EXPECT_EQ(config.model.client.cache, "c.sqlite");
  EXPECT_EQ((*make_judge({}, {}))->name(), "measured");
  JudgeConfig nowhere;
  nowhere.vlm = true;
  const auto judge = make_judge(nowhere, {});
  ASSERT_FALSE(judge);
  EXPECT_NE(to_string(judge.error()).find("judge.base_url"), std::string::npos);
}

TEST(Views, AreWordsWithCommas) {
  EXPECT_EQ(*parse_views("corner,top"), (std::vector{render::View::Corner, render::View::Top}));
  for (const char* bad : {"", "corner,", "side", "top,top"}) EXPECT_FALSE(parse_views(bad)) << bad;
}

}  // namespace
}  // namespace metaspatial::judge
