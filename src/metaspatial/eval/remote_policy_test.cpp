#include "metaspatial/eval/remote_policy.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "metaspatial/chat/hostile_server.hpp"
#include "metaspatial/env/test_room.hpp"
#include "metaspatial/eval/evaluate.hpp"
#include "metaspatial/eval/policy_config.hpp"
#include "metaspatial/eval/rollout.hpp"

namespace metaspatial::eval {
namespace {

using chat::completion_json;
using chat::Exchange;
using chat::HostileServer;
using chat::Received;

Json body_of(const Received& received) {
  auto json = parse_json(received.body, "body");
  EXPECT_TRUE(json) << received.body.substr(0, 200);
  return json.value_or(Json());
}

std::string text_of(const Json& part) {
  return part["text"].get<std::string>();
}

/// A completion with a finish reason and log-probs.
std::string reply_json(const std::string& text, const std::string& finish, const Json& log_probs = {}) {
  Json json = *parse_json(completion_json(text), "reply");
  json["choices"][0]["finish_reason"] = finish;
  if (!log_probs.is_null()) json["choices"][0]["logprobs"] = Json{{"content", log_probs}};
  return dump_json(json);
}

class RemotePolicyTest : public ::testing::Test {
 protected:
  void SetUp() override {
    env_ = suited_env(PolicyConfig(), nullptr);
    env_.picture_px = 56;
    env_.max_turns = 1;
    room_ = env::make_room(std::make_shared<render::Device>(), test_.graph, env_);
    good_ = env::answer_text(test_.graph, test_.good, {});
    config_.client.model = "served";
    config_.client.http = {.connect_timeout_s = 2, .timeout_s = 5, .stall_s = 5, .max_body_bytes = 1 << 20};
    config_.client.max_retries = 1;
    config_.client.backoff_base_s = 0.001;
    config_.client.backoff_cap_s = 0.01;
    options_.sampling.temperature = 0.5;
    options_.sampling.max_new_tokens = 300;
    options_.seed = 3;
  }
  void serve(HostileServer::Script script, const vlm::Processor* processor = nullptr) {
    server_ = std::make_unique<HostileServer>(std::move(script));
    config_.client.base_url = server_->base_url();
    auto policy = RemotePolicy::open(config_, "policy.", processor);
    ASSERT_TRUE(policy) << to_string(policy.error());
    policy_ = *std::move(policy);
  }
  Result<std::vector<RolloutGroup>> played(int rooms = 1) {
    return play(*policy_,
                std::vector<std::shared_ptr<const env::Room>>(static_cast<std::size_t>(rooms), room_), env_,
                options_);
  }
  static vlm::Processor nano() {
    auto processor = vlm::Processor::load(METASPATIAL_SOURCE_DIR "/models/nano");
    EXPECT_TRUE(processor);
    return *std::move(processor);
  }

  env::TestRoom test_ = env::test_room();
  env::EnvConfig env_;
  std::shared_ptr<const env::Room> room_;
  std::string good_;
  RemoteConfig config_;
  PlayOptions options_;
  std::unique_ptr<HostileServer> server_;
  std::unique_ptr<RemotePolicy> policy_;
};

TEST_F(RemotePolicyTest, AGroupIsAskedAtOnceWithPictureWordsAndSampling) {
  options_.group_size = 3;
  options_.sampling.top_p = 0.9;
  options_.sampling.top_k = 20;
  config_.stop = "</answer>";
  serve([&](const Received&, Exchange& exchange) {
    exchange.wait_for_company(3);
    exchange.answer(200, completion_json(good_));
  });
  const auto groups = played();
  ASSERT_TRUE(groups) << to_string(groups.error());
  EXPECT_EQ(server_->most_at_once(), 3);
  std::set<std::uint64_t> seeds;
  for (const Received& received : server_->received()) {
    const Json body = body_of(received);
    EXPECT_EQ(body["model"], "served");
    EXPECT_EQ(body["temperature"], 0.5);
    EXPECT_EQ(body["top_p"], 0.9);
    EXPECT_EQ(body["top_k"], 20);
    EXPECT_EQ(body["max_tokens"], 300);
    EXPECT_EQ(body["stop"], Json::array({"</answer>"}));
    EXPECT_EQ(body["include_stop_str_in_output"], true);
    EXPECT_FALSE(body.contains("logprobs"));
    seeds.insert(body["seed"].get<std::uint64_t>());
    ASSERT_EQ(body["messages"].size(), 2U);
    EXPECT_EQ(body["messages"][0], (Json{{"role", "system"}, {"content", "You are a helpful assistant."}}));
    const Json& parts = body["messages"][1]["content"];
    ASSERT_EQ(parts.size(), 2U);
    EXPECT_TRUE(
        parts[0]["image_url"]["url"].get<std::string>().starts_with("data:image/png;base64,iVBORw0KGgo"));
    EXPECT_EQ(text_of(parts[1]), env::question_text(test_.graph, env::PromptStyle::Full));
  }
  EXPECT_EQ(seeds.size(), 3U);
  EXPECT_LT(*seeds.rbegin(), 1ULL << 31);
  ASSERT_EQ(groups->front().rollouts.size(), 3U);
  EXPECT_EQ(groups->front().question, nullptr);
  for (const Rollout& rollout : groups->front().rollouts) {
    EXPECT_TRUE(rollout.episode.turns().front().reward.readable());
    EXPECT_TRUE(rollout.turns.front().generation.finished);
    EXPECT_TRUE(rollout.turns.front().generation.ids.empty());
  }
}

TEST_F(RemotePolicyTest, ALaterTurnIsTheQuestionTheAnswerAndItsFeedback) {
  env_.max_turns = 3;
  serve([&](const Received& r, Exchange& exchange) {
    exchange.answer(200, completion_json(r.index == 0   ? "I would rather not."
                                         : r.index == 1 ? good_
                                                        : "keep"));
  });
  const auto groups = played();
  ASSERT_TRUE(groups) << to_string(groups.error());
  const auto received = server_->received();
  ASSERT_EQ(received.size(), 3U);
  const Json first = body_of(received[0])["messages"];
  const Json second = body_of(received[1])["messages"];
  const Json third = body_of(received[2])["messages"];
  ASSERT_EQ(second.size(), 4U);
  EXPECT_EQ(second[0], first[0]);
  EXPECT_EQ(second[1], first[1]);
  EXPECT_EQ(second[2], (Json{{"role", "assistant"}, {"content", "I would rather not."}}));
  EXPECT_EQ(second[3]["content"][0]["image_url"]["url"], first[1]["content"][0]["image_url"]["url"])
      << "nothing stands in the room";
  EXPECT_TRUE(text_of(second[3]["content"][1]).starts_with("Your answer could not be read: "));
  // Turn 3 shows the last answer, as the local model sees it; not the one before.
  ASSERT_EQ(third.size(), 4U);
  EXPECT_EQ(third[2]["content"], good_);
  EXPECT_NE(third[3]["content"][0]["image_url"]["url"], first[1]["content"][0]["image_url"]["url"])
      << "the furnished room";
  EXPECT_TRUE(text_of(third[3]["content"][1]).starts_with("The picture shows the room as you furnished it."));
  EXPECT_EQ(groups->front().rollouts.front().episode.turns().size(), 3U);
}

TEST_F(RemotePolicyTest, TheLocalModelReadsWhatTheServersTemplateWouldMakeOfTheMessages) {
  const vlm::Processor processor = nano();
  env::Episode episode(room_, env_);
  env_.max_turns = 2;
  episode.step("I would rather not.");
  Conversation whole = episode.question();
  for (const Message& message : episode.continuation()) whole.push_back(message);
  vlm::PositionCursor cursor = processor.cursor();
  const auto rendered = processor.encode(whole, true, cursor);
  ASSERT_TRUE(rendered);
  const auto question = encode_question(processor, episode.question());
  ASSERT_TRUE(question);
  vlm::PositionCursor after = question->cursor;
  const auto continuation = encode_continuation(processor, episode.continuation(), after);
  ASSERT_TRUE(continuation);
  vlm::Sequence pieces = question->tokens;
  // The question ends with the head of the assistant's message, which the whole dialogue has only once.
  append(pieces, *continuation);
  EXPECT_EQ(pieces.ids, rendered->ids);
  EXPECT_EQ(pieces.positions, rendered->positions);
  ASSERT_EQ(chat_messages(whole).size(), 4U);
}

TEST_F(RemotePolicyTest, WhatFailedIsInNoMeanAndSaysWhy) {
  options_.group_size = 4;
  config_.client.max_concurrency = 1;
  serve([&](const Received& r, Exchange& exchange) {
    if (r.index == 1) return exchange.answer(400, R"({"error": {"message": "no such picture"}})");
    exchange.answer(200, completion_json(r.index == 2 ? "nonsense" : good_));
  });
  const auto groups = played();
  ASSERT_TRUE(groups) << to_string(groups.error());
  const auto& rollouts = groups->front().rollouts;
  EXPECT_FALSE(rollouts[0].failure);
  ASSERT_TRUE(rollouts[1].failure);
  EXPECT_NE(rollouts[1].failure->error.message.find("no such picture"), std::string::npos);
  EXPECT_TRUE(rollouts[1].episode.turns().empty());
  const AnswerCounts counts = count_answers(*groups);
  EXPECT_EQ(counts.answers, 3);
  EXPECT_EQ(counts.readable, 2);
  EXPECT_EQ(counts.missing, 1);
  const Json means = metrics_json(metrics_by_turn(*groups, 1).front());
  EXPECT_EQ(means["rooms"], 3);
  EXPECT_DOUBLE_EQ(means["format"].get<double>(), 2.0 / 3);
  EXPECT_EQ(policy_->usage().asked, 4);
  EXPECT_EQ(policy_->usage().failed, 1);
}

TEST_F(RemotePolicyTest, ATurnThatNeverCameIsNoRoomThatWasKept) {
  env_.max_turns = 2;
  options_.group_size = 2;
  config_.client.max_concurrency = 1;
  serve([&](const Received& r, Exchange& exchange) {
    if (r.index == 3) return exchange.answer(400, "no");
    exchange.answer(200, completion_json(good_));
  });
  const auto groups = played();
  ASSERT_TRUE(groups) << to_string(groups.error());
  const auto by_turn = metrics_by_turn(*groups, 2);
  EXPECT_EQ(by_turn[0].size(), 2U);
  EXPECT_EQ(by_turn[1].size(), 1U);
  EXPECT_EQ(turn_comparison(*groups, 0, 1)["rooms"], 1);
}

TEST_F(RemotePolicyTest, AServerThatAnswersNothingIsAnError) {
  serve([](const Received&, Exchange& exchange) { exchange.answer(503, "starting"); });
  auto groups = played(2);
  ASSERT_FALSE(groups);
  EXPECT_EQ(groups.error().code, ErrorCode::Network);
  EXPECT_NE(groups.error().message.find("none of 2 questions got an answer"), std::string::npos)
      << groups.error().message;
  EXPECT_NE(groups.error().message.find("starting"), std::string::npos);
  serve([](const Received&, Exchange& exchange) { exchange.answer(404, "no model 'served'"); });
  groups = played();
  ASSERT_FALSE(groups);
  EXPECT_EQ(groups.error().code, ErrorCode::InvalidInput) << "the config should change";
}

TEST_F(RemotePolicyTest, ABudgetEndsTheAskingAndKeepsWhatWasAnswered) {
  options_.group_size = 5;
  config_.client.max_concurrency = 1;
  config_.client.budget.max_requests = 3;
  config_.client.prices = {.prompt = 10, .completion = 100};
  serve([&](const Received&, Exchange& exchange) { exchange.answer(200, completion_json(good_)); });
  const auto groups = played();
  ASSERT_TRUE(groups) << to_string(groups.error());
  EXPECT_EQ(count_answers(*groups).answers, 3);
  EXPECT_EQ(count_answers(*groups).missing, 2);
  EXPECT_EQ(server_->requests(), 3);
  PolicyConfig config;
  config.endpoint = true;
  const Json usage = usage_json(config, policy_->usage());
  EXPECT_EQ(usage["failed"], 2);
  EXPECT_DOUBLE_EQ(usage["failed_share"].get<double>(), 0.4);
  EXPECT_EQ(usage["requests"], 3);
  EXPECT_NEAR(usage["cost"].get<double>(), 3 * 0.002, 1e-9);
}

TEST_F(RemotePolicyTest, AGreedyAnswerHasNoSeedAndIsAskedForOnce) {
  options_.sampling.temperature = 0;
  serve([&](const Received&, Exchange& exchange) { exchange.answer(200, completion_json(good_)); });
  ASSERT_TRUE(played());
  options_.seed = 99;
  ASSERT_TRUE(played());
  EXPECT_EQ(server_->requests(), 1);
  EXPECT_FALSE(body_of(server_->received().front()).contains("seed"));
  EXPECT_EQ(policy_->usage().cached, 1);
  config_.client.keep_replies = false;
  serve([&](const Received&, Exchange& exchange) { exchange.answer(200, completion_json(good_)); });
  ASSERT_TRUE(played());
  ASSERT_TRUE(played());
  EXPECT_EQ(server_->requests(), 2);
}

TEST_F(RemotePolicyTest, AServerWithoutExtrasIsAskedWithoutThem) {
  config_.log_probs = true;
  config_.stop = "</answer>";
  serve([&](const Received& r, Exchange& exchange) {
    const Json body = body_of(r);
    for (const char* extra : {"include_stop_str_in_output", "logprobs"})
      if (body.contains(extra))
        return exchange.answer(422, fmt::format(R"({{"detail": "Unexpected fields: {{'{}'}}"}})", extra));
    exchange.answer(200, completion_json(good_));
  });
  const auto groups = played();
  ASSERT_TRUE(groups) << to_string(groups.error());
  EXPECT_EQ(server_->requests(), 3);
  EXPECT_TRUE(groups->front().rollouts.front().episode.turns().front().reward.readable());
}

TEST_F(RemotePolicyTest, HostileRepliesAreAnswersOrFailuresAndNothingElse) {
  struct Case {
    std::string body;
    std::optional<std::string> answer;  ///< nothing: a failure
  };
  const std::vector<Case> cases = {
      {"", std::nullopt},
      {"{}", std::nullopt},
      {"[" + std::string(5000, '[') + "]", std::nullopt},
      {R"({"choices": [{"message": {"content": 7}}]})", std::nullopt},
      {reply_json("half of it", "content_filter"), std::nullopt},
      {std::string(2 << 20, ' '), std::nullopt},  // more than max_body_bytes
      {reply_json("", "stop"), ""},
      {reply_json("<answer>[{\"new_object_id\"", "length"), "<answer>[{\"new_object_id\""},
      {R"({"choices": [{"message": {"content": null, "refusal": "I cannot."}}]})", "I cannot."},
      {R"({"choices": [{"message": {"content": "a\u0000b"}, "finish_reason": 7}]})", std::string("a\0b", 3)},
      {R"({"choices": [{"message": {"content": "\ud800"}}]})", std::nullopt},  // a lone surrogate is no JSON
      {reply_json("text", "stop", Json::array({{{"token", "text"}, {"logprob", "much"}}})), "text"},
      {reply_json("text", "stop", Json::array({{{"token", 5}}})), "text"},
      {reply_json("text", "stop", Json::object()), "text"},
  };
  config_.client.max_retries = 0;
  config_.log_probs = true;
  for (std::size_t i = 0; i < cases.size(); ++i) {
    // A good answer stands beside it, so that a failure is not all there is.
    options_.group_size = 2;
    config_.client.max_concurrency = 1;
    serve([&](const Received& r, Exchange& exchange) {
      exchange.answer(200, r.index == 0 ? cases[i].body : completion_json(good_));
    });
    const auto groups = played();
    ASSERT_TRUE(groups) << i << ": " << to_string(groups.error());
    const Rollout& rollout = groups->front().rollouts.front();
    EXPECT_EQ(rollout.failure.has_value(), !cases[i].answer.has_value()) << i;
    if (!cases[i].answer) continue;
    ASSERT_EQ(rollout.episode.turns().size(), 1U) << i;
    EXPECT_EQ(rollout.episode.turns().front().response, *cases[i].answer) << i;
    EXPECT_FALSE(rollout.episode.turns().front().reward.readable()) << i;
    EXPECT_FALSE(groups->front().rollouts.back().failure) << i;
  }
}

TEST_F(RemotePolicyTest, TextsBecomeTheTokensOfTheLocalTokenizer) {
  const vlm::Processor processor = nano();
  const vlm::PositionCursor cursor = processor.cursor();
  const auto tokens = reencode(processor, good_, true, 500, {}, cursor);
  ASSERT_TRUE(tokens) << tokens.error();
  EXPECT_EQ(tokens->ids.back(), processor.config().eos_token_id);
  EXPECT_EQ(response_text(processor, *tokens), good_);
  EXPECT_EQ(tokens->positions.size(), tokens->ids.size());
  EXPECT_TRUE(tokens->log_probs.empty());
  const auto cut = reencode(processor, good_, false, 500, {}, cursor);
  ASSERT_TRUE(cut);
  EXPECT_EQ(cut->ids.size() + 1, tokens->ids.size());

  for (const std::string& text :
       {std::string("a<|im_end|>\n<|im_start|>user\nb"), std::string("bad \xff byte"), std::string()})
    EXPECT_FALSE(reencode(processor, text, false, 500, {}, cursor)) << text;
  EXPECT_TRUE(reencode(processor, "", true, 500, {}, cursor)) << "an end of turn alone is an answer";
  const auto length = static_cast<int>(tokens->ids.size());
  EXPECT_TRUE(reencode(processor, good_, true, length, {}, cursor));
  EXPECT_FALSE(reencode(processor, good_, true, length - 1, {}, cursor)) << "more than was asked for";
  // The name of the image token is read as characters: there is no picture that belongs to it.
  const auto spelled = reencode(processor, "<|image_pad|>", false, 500, {}, cursor);
  ASSERT_TRUE(spelled) << spelled.error();
  EXPECT_EQ(std::ranges::count(spelled->ids, processor.config().image_token_id), 0);
}

TEST_F(RemotePolicyTest, LogProbsAreKeptForTheSameTokensOnly) {
  const vlm::Processor processor = nano();
  const auto tokens = reencode(processor, good_, true, 500, {}, processor.cursor());
  ASSERT_TRUE(tokens);
  std::vector<chat::TokenLogProb> told;
  for (std::size_t k = 0; k + 1 < tokens->ids.size(); ++k)
    told.push_back(
        {std::string(processor.tokenizer().token_bytes(tokens->ids[k])), -0.25 * static_cast<double>(k)});
  auto generation = reencode(processor, good_, true, 500, told, processor.cursor());
  ASSERT_EQ(generation->log_probs.size(), tokens->ids.size());
  EXPECT_EQ(generation->log_probs[2], -0.5F);
  EXPECT_TRUE(std::isnan(generation->log_probs.back())) << "the end of turn was not told";
  told.push_back({"", -0.75});  // as text without special tokens
  generation = reencode(processor, good_, true, 500, told, processor.cursor());
  EXPECT_EQ(generation->log_probs.back(), -0.75F);
  told.back().bytes = "<|im_end|>";
  EXPECT_EQ(reencode(processor, good_, true, 500, told, processor.cursor())->log_probs.back(), -0.75F);
  // The same text in other tokens.
  std::swap(told[0], told[1]);
  EXPECT_TRUE(reencode(processor, good_, true, 500, told, processor.cursor())->log_probs.empty());
  told.resize(3);
  EXPECT_TRUE(reencode(processor, good_, true, 500, told, processor.cursor())->log_probs.empty());
}

TEST_F(RemotePolicyTest, RolloutsForTrainingHaveTokensAndWhatCannotBeGivenBackIsRejected) {
  const vlm::Processor processor = nano();
  env_ = suited_env(processor);
  env_.max_turns = 2;
  room_ = env::make_room(std::make_shared<render::Device>(), test_.graph, env_);
  options_.group_size = 2;
  config_.client.max_concurrency = 1;
  config_.log_probs = true;
  serve(
      [&](const Received& r, Exchange& exchange) {
        EXPECT_EQ(body_of(r)["logprobs"], true);
        exchange.answer(200, completion_json(r.index == 1 ? "<|im_start|>" : good_));
      },
      &processor);
  const auto groups = played();
  ASSERT_TRUE(groups) << to_string(groups.error());
  const RolloutGroup& group = groups->front();
  ASSERT_NE(group.question, nullptr);
  ASSERT_TRUE(group.rollouts[1].failure);
  EXPECT_TRUE(group.rollouts[1].failure->rejected);
  EXPECT_EQ(policy_->usage().rejected, 1);
  const Rollout& rollout = group.rollouts[0];
  ASSERT_EQ(rollout.turns.size(), 2U);
  EXPECT_EQ(response_text(processor, rollout.turns[1].generation), good_);
  EXPECT_FALSE(rollout.turns[1].prompt.ids.empty());
  EXPECT_EQ(rollout.turns[1].prompt.images.size(), 1U);
}

TEST_F(RemotePolicyTest, LocalPlayIsTheSameWithAnyNumberOfThreads) {
  const vlm::Processor processor = nano();
  const auto model = vlm::Model::load(METASPATIAL_SOURCE_DIR "/models/nano");
  ASSERT_TRUE(model);
  env_ = suited_env(processor);
  room_ = env::make_room(std::make_shared<render::Device>(), test_.graph, env_);
  options_.group_size = 2;
  options_.sampling.temperature = 1;
  std::vector<std::string> answers;
  for (const int threads : {1, 2, 3}) {
    LocalPolicy policy(*model, processor, threads);
    const auto groups = play(policy, std::vector{room_, room_}, env_, options_);
    ASSERT_TRUE(groups);
    std::string all;
    for (const auto& group : *groups)
      for (const auto& rollout : group.rollouts)
        for (const auto& turn : rollout.episode.turns()) all += turn.response + "\n";
    answers.push_back(all);
    EXPECT_EQ(policy.usage().asked, 8);
  }
  EXPECT_EQ(answers[0], answers[1]);
  EXPECT_EQ(answers[0], answers[2]);
}

TEST(PolicyConfig, ReadsItsSectionAndSuitsTheModel) {
  PolicyConfig config;
  const Json json = *parse_json(R"({"policy": {"kind": "endpoint", "base_url": "http://h/v1", "model": "m",
      "top_p": 0.8, "picture_px": 336, "system_message": "", "view": "corner", "concurrency": 32}})",
                                "x");
  ConfigReader reader(json, "x.yaml");
  read_policy_config(reader, config);
  ASSERT_TRUE(reader.finish());
  EXPECT_TRUE(config.endpoint);
  EXPECT_EQ(config.remote.client.base_url, "http://h/v1");
  EXPECT_EQ(config.remote.client.max_concurrency, 32);
  const env::EnvConfig env = suited_env(config, nullptr);
  EXPECT_EQ(env.style, env::PromptStyle::Full);
  EXPECT_EQ(env.picture_px, 336);
  EXPECT_EQ(env.view, render::View::Corner);
  EXPECT_EQ(env.system_message, "");
  EXPECT_EQ(suited_max_tokens(config, env), 2048);
  const Json wrong = *parse_json(R"({"policy": {"top_p": 7}})", "x");
  ConfigReader strict(wrong, "x.yaml");
  read_policy_config(strict, config);
  EXPECT_FALSE(strict.finish());
}

}  // namespace
}  // namespace metaspatial::eval
