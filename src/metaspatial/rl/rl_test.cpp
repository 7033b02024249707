#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "metaspatial/env/prompt.hpp"
#include "metaspatial/env/test_room.hpp"
#include "metaspatial/rl/adamw.hpp"
#include "metaspatial/rl/advantages.hpp"
#include "metaspatial/rl/credit.hpp"
#include "metaspatial/rl/gradient_workers.hpp"
#include "metaspatial/rl/losses.hpp"
#include "metaspatial/vlm/nano_tokenizer.hpp"

namespace metaspatial::rl {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

TEST(Advantages, ReturnIsDiscounted) {
  EXPECT_DOUBLE_EQ(trajectory_return(std::vector<double>{1.0, 2.0, 4.0}, 0.5), 1.0 + 1.0 + 1.0);
}

TEST(Advantages, GrpoByHand) {
  // mean 2, deviations -1 0 1, sample standard deviation 1.
  const auto a = grpo_advantages(std::vector<double>{1.0, 2.0, 3.0}, true, 0.0);
  EXPECT_NEAR(a[0], -1.0, 1e-12);
  EXPECT_NEAR(a[1], 0.0, 1e-12);
  EXPECT_NEAR(a[2], 1.0, 1e-12);
  const auto b = grpo_advantages(std::vector<double>{1.0, 2.0, 6.0}, false);
  EXPECT_NEAR(b[2], 3.0, 1e-12);
  EXPECT_EQ(grpo_advantages(std::vector<double>{5.0})[0], 0.0);
}

TEST(Advantages, ASampleWithoutANumberIsLeftOutOfItsGroup) {
  const double none = std::numeric_limits<double>::quiet_NaN();
  const std::vector<double> with{1.0, none, 3.0};
  const std::vector<double> without{1.0, 3.0};
  const auto a = grpo_advantages(with, true);
  const auto b = grpo_advantages(without, true);
  EXPECT_EQ(a[0], b[0]);
  EXPECT_EQ(a[1], 0);
  EXPECT_EQ(a[2], b[1]);
}

TEST(Advantages, PartCreditIsZeroMeanAndSkipsUnreadable) {
  const auto c = part_credit(std::vector<double>{0.2, kNan, 0.4, 0.9}, 10.0);
  EXPECT_NEAR(c[0] + c[2] + c[3], 0.0, 1e-12);
  EXPECT_EQ(c[1], 0.0);
  EXPECT_LT(c[0], c[2]);
  // The published modulation explodes where the group hardly differs; this one stays within its clip.
  for (const double v : part_credit(std::vector<double>{1.0, 1.0, 1.0, 0.6}, 3.0))
    EXPECT_LE(std::abs(v), 3.0);
}

TEST(Advantages, GainsAreComparedWithDoingNothing) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const std::vector<double> gains{0.3, 0.0, -0.4, nan};
  const double rms = std::sqrt((0.09 + 0.16) / 3);
  const std::vector<double> advantages = gain_advantages(gains, 3.0, 0.02);
  EXPECT_NEAR(advantages[0], 0.3 / (rms + 0.02), 1e-12);
  EXPECT_EQ(advantages[1], 0.0) << "keeping is worth nothing, whatever the others did";
  EXPECT_NEAR(advantages[2], -0.4 / (rms + 0.02), 1e-12);
  EXPECT_EQ(advantages[3], 0.0);
  EXPECT_EQ(gain_advantages(std::vector<double>{-1.0, -0.001}, 0.5, 0.02)[0], -0.5);
}

TEST(Losses, ClippedSurrogateByHand) {
  const auto log_prob = at::tensor({std::log(0.6F), std::log(0.3F), std::log(0.6F)});
  const auto old_log_prob = at::tensor({std::log(0.4F), std::log(0.4F), std::log(0.4F)});
  const auto advantage = at::tensor({1.0F, 1.0F, -1.0F});
  const PolicyLoss loss = policy_loss(log_prob, old_log_prob, advantage, 0.2, 0.2);
  // Ratios 1.5, 0.75, 1.5: the first is clipped to 1.2, the others are not (the pessimistic side).
  EXPECT_NEAR(loss.per_token[0].item<double>(), -1.2, 1e-6);
  EXPECT_NEAR(loss.per_token[1].item<double>(), -0.75, 1e-6);
  EXPECT_NEAR(loss.per_token[2].item<double>(), 1.5, 1e-6);
  EXPECT_EQ(loss.clipped[0].item<double>(), 1.0);
  EXPECT_EQ(loss.clipped[2].item<double>(), 0.0);
}

TEST(Losses, SurrogateGradientIsThatOfThePolicyGradient) {
  auto log_prob = at::tensor({-1.0F, -2.0F}).requires_grad_(true);
  const auto advantage = at::tensor({0.5F, -2.0F});
  policy_loss(log_prob, log_prob.detach(), advantage, 0.2, 0.2).per_token.sum().backward();
  // At ratio 1 the gradient is -A.
  EXPECT_NEAR(log_prob.grad()[0].item<double>(), -0.5, 1e-6);
  EXPECT_NEAR(log_prob.grad()[1].item<double>(), 2.0, 1e-6);
}

TEST(Losses, LowVarKlByHand) {
  const auto kl = low_var_kl(at::tensor({-1.0F, -1.0F}), at::tensor({-1.0F, -1.5F}));
  EXPECT_NEAR(kl[0].item<double>(), 0.0, 1e-7);
  EXPECT_NEAR(kl[1].item<double>(), std::exp(-0.5) + 0.5 - 1.0, 1e-6);
}

TEST(AdamW, FirstStepsByHand) {
  auto w = at::tensor({1.0F, 1.0F});
  AdamWConfig config;
  config.beta2 = 0.999;
  config.weight_decay = 0;
  config.max_grad_norm = 0;
  AdamW optimizer({{"w", w}}, config);
  optimizer.step({at::tensor({3.0F, -0.5F})}, 0.1);
  // The first step of Adam has the size of the rate whatever the gradient is.
  EXPECT_NEAR(w[0].item<double>(), 0.9, 1e-6);
  EXPECT_NEAR(w[1].item<double>(), 1.1, 1e-6);
}

TEST(AdamW, ClipsTheGlobalNormAndRefusesNonFinite) {
  auto w = at::tensor({1.0F});
  AdamWConfig config;
  config.max_grad_norm = 1.0;
  AdamW optimizer({{"w", w}}, config);
  EXPECT_NEAR(optimizer.step({at::tensor({-5.0F})}, 0.0), 5.0, 1e-6);
  EXPECT_NEAR(optimizer.state().at("exp_avg.w").item<double>(), -0.1, 1e-6);
  EXPECT_FALSE(std::isfinite(optimizer.step({at::tensor({std::numeric_limits<float>::quiet_NaN()})}, 0.1)));
  EXPECT_EQ(w.item<double>(), 1.0);
  EXPECT_EQ(optimizer.steps(), 1);
}

TEST(AdamW, AllTensorsAtOnceIsTheSameUpdate) {
  // What parameters on a GPU get, here on the CPU.
  at::manual_seed(3);
  std::vector<vlm::NamedTensor> loop, foreach;
  for (const auto& shape : {std::vector<std::int64_t>{5, 7}, {11}, {2, 3}}) {
    loop.push_back({"p" + std::to_string(loop.size()), at::randn(shape)});
    foreach
      .push_back({loop.back().name, loop.back().tensor.clone()});
  }
  AdamWConfig config;
  AdamW one(loop, config);
  config.foreach = true;
  AdamW other(foreach, config);
  for (int step = 0; step < 5; ++step) {
    // Above and below the norm that is clipped; one tensor without a gradient.
    const double size = step % 2 == 0 ? 3.0 : 0.01;
    const std::vector<at::Tensor> gradients{at::randn({5, 7}) * size, at::randn({11}) * size, at::Tensor()};
    const double norm = one.step(gradients, 0.01);
    EXPECT_NEAR(other.step(gradients, 0.01), norm, 1e-5 * norm);
  }
  for (std::size_t i = 0; i < loop.size(); ++i)
    EXPECT_LT((loop[i].tensor - foreach[i].tensor).abs().max().item<double>(), 1e-5) << i;
  const at::Tensor before = foreach[0].tensor.clone();
  EXPECT_FALSE(std::isfinite(other.step({at::full({5, 7}, kNan), at::zeros({11}), at::zeros({2, 3})}, 0.01)));
  EXPECT_TRUE(at::equal(before, foreach[0].tensor));
}

TEST(GradientWorkers, WorkIsSharedOutEvenlyAndInOrder) {
  const std::vector<double> costs{3, 9, 4, 4, 2};
  const auto shares = balanced(costs, 2);
  EXPECT_EQ(shares, (std::vector<std::vector<std::size_t>>{{1, 4}, {0, 2, 3}}));  // 11 and 11
  EXPECT_EQ(balanced({}, 2), std::vector<std::vector<std::size_t>>(2));
}

TEST(Credit, TokensOfAnObjectAreThoseThatHoldItsBytes) {
  const auto pieces = env::compact_vocabulary();
  const auto tokenizer = vlm::Tokenizer::parse(dump_json(vlm::make_nano_tokenizer(pieces)), "nano");
  ASSERT_TRUE(tokenizer);
  scene::SceneGraph graph;
  graph.size = {6, 4, 3};
  for (const char* id : {"bed_1", "desk_1"}) {
    scene::SceneObject object;
    object.id = id;
    object.kind = scene::kind_from_id(id);
    object.size_m = {1, 1, 1};
    graph.objects.push_back(object);
  }
  const std::string text =
      R"(<think>x 1</think><answer>[{"new_object_id":"desk_1","why":"x 2","x": 1.5,"y": 2,"z": 0.5},{"new_object_id":"bed_1","x": 3,"y": 3,"z": 0.5}]</answer>)";
  const auto parsed = reward::parse_response(graph, text);
  ASSERT_EQ(parsed.status, reward::ResponseStatus::Ok) << parsed.reason;
  const auto ids = tokenizer->encode(text);
  const auto parts = token_parts(ids, *tokenizer, parsed.entries);
  std::string of_desk_x;
  std::string of_bed;
  std::string of_none;
  for (std::size_t t = 0; t < ids.size(); ++t) {
    const auto bytes = tokenizer->token_bytes(ids[t]);
    if (parts[t].object == 1 && parts[t].axis == 0) of_desk_x += bytes;
    if (parts[t].object == 0) of_bed += bytes;
    if (parts[t].object < 0) of_none += bytes;
  }
  EXPECT_EQ(of_desk_x, " 1.5");
  EXPECT_NE(of_bed.find("bed_1"), std::string::npos);
  EXPECT_EQ(of_bed.find("desk_1"), std::string::npos);
  EXPECT_EQ(of_none.find(" 1.5"), std::string::npos);
}

TEST(Credit, WhatTheJudgeFailedOnIsLeftOutOfItsGroup) {
  const env::TestRoom test = env::test_room();
  env::EnvConfig env;
  env.picture_px = 56;
  env.max_turns = 1;
  const auto room = env::make_room(std::make_shared<render::Device>(), test.graph, env);
  const auto processor = vlm::Processor::load(METASPATIAL_SOURCE_DIR "/models/nano");
  ASSERT_TRUE(processor) << processor.error().message;
  const vlm::VlmConfig shape;
  eval::RolloutGroup group{room, eval::Question{{}, vlm::PositionCursor(shape)}, {}};
  const std::vector<reward::Looks> looks = {0.2, reward::Looks::failed(), 0.8};
  for (const reward::Looks& grade : looks) {
    eval::Rollout rollout{env::Episode(room, env), {}};
    rollout.episode.take_answer(env::answer_text(test.graph, test.good, {}));
    rollout.episode.finish_turn(grade);
    eval::TurnTokens tokens;
    tokens.generation.ids = {5, 6};
    rollout.turns.push_back(std::move(tokens));
    group.rollouts.push_back(std::move(rollout));
  }
  for (const bool improvement : {false, true}) {
    CreditConfig credit;
    credit.improvement = improvement;
    const auto learned = assign_credit(group, *processor, credit);
    ASSERT_EQ(learned.size(), 2U);
    EXPECT_EQ(learned[0].rollout, 0U);
    EXPECT_EQ(learned[1].rollout, 2U);
    // A group of two: as if the third had never been played.
    EXPECT_LT(learned[0].advantages[0], -0.5F);
    EXPECT_FLOAT_EQ(learned[0].advantages[0] + learned[1].advantages[0], 0);
  }
}

}  // namespace
}  // namespace metaspatial::rl
