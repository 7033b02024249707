#include <ATen/ATen.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "metaspatial/base/files.hpp"
#include "metaspatial/chat/hostile_server.hpp"
#include "metaspatial/env/prompt.hpp"
#include "metaspatial/env/test_room.hpp"
#include "metaspatial/rl/adamw.hpp"
#include "metaspatial/rl/advantages.hpp"
#include "metaspatial/rl/credit.hpp"
#include "metaspatial/rl/gradient_workers.hpp"
#include "metaspatial/rl/losses.hpp"
#include "metaspatial/rl/micro_batches.hpp"
#include "metaspatial/rl/policy_update.hpp"
#include "metaspatial/rl/rollout_server.hpp"
#include "metaspatial/vlm/nano_tokenizer.hpp"
#include "metaspatial/vlm/test_model.hpp"

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

TEST(MicroBatches, GroupsStayWholeWhereTheyFit) {
  // 10 + 3 * 5 = 25, 10 + 40 = 50, 20 + 5 = 25, one without suffixes: budget 50 takes 50 | 25 + 25.
  const std::vector<GroupTokens> groups{{10, {5, 5, 5}}, {10, {40}}, {20, {5}}, {7, {}}};
  const auto packs = micro_batches(groups, 50);
  ASSERT_EQ(packs.size(), 2U);
  EXPECT_EQ(packs[0].tokens, 50);
  EXPECT_EQ(packs[0].parts, (std::vector<GroupPart>{{1, 0, 1}}));
  EXPECT_EQ(packs[1].tokens, 50);
  EXPECT_EQ(packs[1].parts, (std::vector<GroupPart>{{0, 0, 3}, {2, 0, 1}}));
}

TEST(MicroBatches, AGroupOverTheBudgetIsCutBetweenSuffixes) {
  // Prefix 10, budget 32: suffixes 12 and 9 | 30 alone is 40, over the budget | 2 and 3.
  const std::vector<GroupTokens> groups{{10, {12, 9, 30, 2, 3}}};
  const auto packs = micro_batches(groups, 32);
  ASSERT_EQ(packs.size(), 3U);
  EXPECT_EQ(packs[0].parts, (std::vector<GroupPart>{{0, 2, 1}}));
  EXPECT_EQ(packs[0].tokens, 40);
  EXPECT_EQ(packs[1].parts, (std::vector<GroupPart>{{0, 0, 2}}));
  EXPECT_EQ(packs[1].tokens, 31);
  EXPECT_EQ(packs[2].parts, (std::vector<GroupPart>{{0, 3, 2}}));
  EXPECT_EQ(packs[2].tokens, 15);
}

TEST(MicroBatches, EverySuffixIsInOnePackWithinTheBudget) {
  Rng rng(5);
  for (int trial = 0; trial < 200; ++trial) {
    std::vector<GroupTokens> groups(1 + rng.below(8));
    for (GroupTokens& group : groups) {
      group.prefix = static_cast<std::int64_t>(rng.below(60));
      group.suffixes.resize(rng.below(9));
      for (std::int64_t& suffix : group.suffixes) suffix = 1 + static_cast<std::int64_t>(rng.below(50));
    }
    std::vector<std::vector<int>> seen(groups.size());
    for (std::size_t g = 0; g < groups.size(); ++g) seen[g].assign(groups[g].suffixes.size(), 0);
    for (const MicroBatch& pack : micro_batches(groups, 128)) {
      std::int64_t tokens = 0;
      for (const GroupPart& part : pack.parts) {
        tokens += groups[part.group].prefix;
        for (std::size_t s = part.first; s < part.first + part.count; ++s) {
          tokens += groups[part.group].suffixes[s];
          ++seen[part.group][s];
        }
      }
      EXPECT_EQ(tokens, pack.tokens);
      EXPECT_LE(tokens, 128);
    }
    for (const auto& of_group : seen)
      for (const int times : of_group) EXPECT_EQ(times, 1) << "trial " << trial;
  }
}

at::Tensor noise(Rng& rng, std::int64_t n, double scale) {
  at::Tensor out = at::empty({n}, at::kFloat);
  for (std::int64_t i = 0; i < n; ++i) out.data_ptr<float>()[i] = static_cast<float>(scale * rng.normal());
  return out;
}

// A room with a picture of its own, `answers` answers of which the model wrote the second half.
TrainingGroup random_training_group(const vlm::VlmConfig& c, Rng& rng, int answers, int merged_rows) {
  TrainingGroup out;
  auto picture = std::make_shared<vlm::ImagePatches>();
  picture->grid_h = 2 * merged_rows;
  picture->grid_w = 4;
  for (int i = 0; i < picture->grid_h * picture->grid_w * 24; ++i)
    picture->patches.push_back(static_cast<float>(rng.normal()));
  vlm::PositionCursor cursor(c);
  const auto text = [&](int n, vlm::PositionCursor& at, vlm::Sequence& sequence) {
    for (int i = 0; i < n; ++i) {
      sequence.ids.push_back(static_cast<vlm::TokenId>(2 + rng.below(48)));
      sequence.positions.push_back(at.next(sequence.ids.back()));
    }
  };
  vlm::Sequence& prefix = out.sequences.prefix;
  cursor.image(merged_rows, 2, prefix.positions);
  prefix.ids.assign(static_cast<std::size_t>(merged_rows * 2), c.image_token_id);
  prefix.images.push_back(picture);
  text(5, cursor, prefix);
  for (int g = 0; g < answers; ++g) {
    const int length = 4 + static_cast<int>(rng.below(20));
    vlm::PositionCursor own = cursor;
    text(length, own, out.sequences.suffixes.emplace_back());
    at::Tensor mask = at::zeros({length});
    mask.narrow(0, length / 2, length - length / 2).fill_(1.0);
    out.answer_tokens += length - length / 2;
    out.mask.push_back(mask);
    out.advantage.push_back(noise(rng, length, 1.0));
    out.old_log_prob.push_back(noise(rng, length, 0.5) - 4.0);
  }
  return out;
}

// The loss of an update and its gradients do not depend on how it is cut into micro-batches.
TEST(PolicyUpdate, MicroBatchesAddUpToTheWhole) {
  Rng rng(6);
  const vlm::Model model = vlm::Model::random(vlm::tiny_config(), rng);
  const vlm::Model reference = vlm::Model::random(vlm::tiny_config(), rng).clone();
  std::vector<TrainingGroup> groups;
  for (int i = 0; i < 4; ++i) groups.push_back(random_training_group(vlm::tiny_config(), rng, 1 + i, 1 + i));
  groups.push_back(random_training_group(vlm::tiny_config(), rng, 0, 2));
  TrainConfig config;
  config.entropy_coeff = 0.01;
  config.temperature = 0.9;
  std::vector<GroupTokens> lengths;
  double answer_tokens = 0;
  for (const TrainingGroup& group : groups) {
    lengths.push_back(group_tokens(group));
    answer_tokens += group.answer_tokens;
  }
  struct Outcome {
    double loss = 0;
    LossParts parts;
    std::vector<at::Tensor> gradients;
    std::size_t batches = 0;
  };
  double responses = 0;
  for (const TrainingGroup& group : groups) responses += static_cast<double>(group.mask.size());
  UpdateScale scale{answer_tokens, responses, config.kl_coef, &reference};
  const auto outcome = [&](std::int64_t budget, int n_workers) {  // budget 0: room by room, as on a CPU
    GradientWorkers workers(model, n_workers);
    const bool full = config.kl_penalty == KlPenalty::Full;
    for (TrainingGroup& group : groups) {
      group.ref_log_prob.assign(group.mask.size(), {});
      group.ref_hidden.assign(full ? group.mask.size() : 0, {});
    }
    std::vector<MicroBatch> batches = micro_batches(lengths, budget);
    if (budget == 0) {
      batches.clear();
      for (std::size_t i = 0; i < groups.size(); ++i) batches.push_back({{{i, 0, groups[i].mask.size()}}, 1});
    }
    const std::vector<double> costs(batches.size(), 1.0);
    workers.each(costs, [&](std::size_t i) { score_reference(reference, groups, batches[i], 0.9, full); });
    std::vector<LossParts> parts(batches.size());
    std::vector<double> losses(batches.size());
    Outcome out;
    out.gradients = workers.run(costs, [&](const vlm::Model& replica, std::size_t i) {
      const at::Tensor loss = budget == 0
                                  ? group_loss(replica, groups[i], config, scale, parts[i])
                                  : micro_batch_loss(replica, groups, batches[i], config, scale, parts[i]);
      losses[i] = loss.defined() ? loss.item<double>() : 0.0;
      return loss;
    });
    for (const double loss : losses) out.loss += loss;
    for (const LossParts& part : parts) out.parts += part;
    out.batches = batches.size();
    return out;
  };
  struct Case {
    PolicyLossKind kind;
    LossMean mean;
    KlPenalty kl;
    std::vector<std::pair<int, int>> budgets;
  };
  for (const Case& c :
       {Case{PolicyLossKind::Default,
             LossMean::Token,
             KlPenalty::LowVarKl,
             {{120, 1}, {60, 2}, {30, 1}, {1, 3}, {0, 2}}},
        Case{PolicyLossKind::Gspo, LossMean::SequenceMean, KlPenalty::Full, {{60, 2}, {0, 2}}},
        Case{PolicyLossKind::GspoToken, LossMean::SequenceSum, KlPenalty::Mse, {{60, 1}, {0, 1}}},
        Case{PolicyLossKind::Cispo, LossMean::SequenceSumNorm, KlPenalty::Abs, {{60, 1}, {0, 1}}}}) {
    config.loss_type = c.kind;
    config.loss_avg_mode = c.mean;
    config.kl_penalty = c.kl;
    const Outcome whole = outcome(1000000, 1);
    EXPECT_EQ(whole.batches, 1U);
    EXPECT_EQ(whole.parts.tokens, answer_tokens);
    for (const auto& [budget, n_workers] : c.budgets) {
      const Outcome split = outcome(budget, n_workers);
      EXPECT_GT(split.batches, 1U);
      EXPECT_NEAR(split.loss, whole.loss, 1e-5 * std::abs(whole.loss)) << budget;
      EXPECT_EQ(split.parts.tokens, answer_tokens) << budget;
      for (const auto part :
           {&LossParts::policy, &LossParts::kl, &LossParts::entropy, &LossParts::clipped, &LossParts::gap})
        EXPECT_NEAR(split.parts.*part, whole.parts.*part, 1e-4 * (1.0 + std::abs(whole.parts.*part)))
            << budget;
      for (std::size_t p = 0; p < whole.gradients.size(); ++p) {
        const double norm = whole.gradients[p].norm().item<double>();
        EXPECT_LT((split.gradients[p] - whole.gradients[p]).norm().item<double>(), 1e-4 * norm + 1e-7)
            << budget << " parameter " << p;
      }
    }
  }
}

TEST(Credit, WhatTheJudgeFailedOnIsLeftOutOfItsGroup) {
  const env::TestRoom test = env::test_room();
  env::EnvConfig env;
  env.picture_px = 56;
  env.max_turns = 1;
  const auto room = env::make_room(std::make_shared<render::Device>(), test.graph, env);
  const auto processor = vlm::Processor::load(METASPATIAL_SOURCE_DIR "/models/nano");
  ASSERT_TRUE(processor) << processor.error().message;
  eval::RolloutGroup group{room, nullptr, {}};
  const std::vector<reward::Looks> looks = {0.2, reward::Looks::failed(), 0.8};
  for (const reward::Looks& grade : looks) {
    eval::Rollout rollout{env::Episode(room, env), {}, {}};
    rollout.episode.take_answer(env::answer_text(test.graph, test.good, {}));
    rollout.episode.finish_turn(grade);
    eval::TurnTokens tokens;
    tokens.generation.ids = {5, 6};
    rollout.turns.push_back(std::move(tokens));
    group.rollouts.push_back(std::move(rollout));
  }
  for (const std::string_view kind : turn_credit_names()) {
    CreditConfig credit;
    credit.turn_credit = kind;
    const auto learned = assign_credit(group, *processor, credit);
    ASSERT_EQ(learned.size(), 2U);
    EXPECT_EQ(learned[0].rollout, 0U);
    EXPECT_EQ(learned[1].rollout, 2U);
    // A group of two: as if the third had never been played.
    EXPECT_LT(learned[0].advantages[0], -0.5F);
    EXPECT_FLOAT_EQ(learned[0].advantages[0] + learned[1].advantages[0], 0);
  }
}

TEST(Credit, ATrajectoryThatLacksAnAnswerIsLeftOutOfItsGroup) {
  const env::TestRoom test = env::test_room();
  env::EnvConfig env;
  env.picture_px = 56;
  env.max_turns = 2;
  const auto room = env::make_room(std::make_shared<render::Device>(), test.graph, env);
  const auto processor = vlm::Processor::load(METASPATIAL_SOURCE_DIR "/models/nano");
  ASSERT_TRUE(processor) << processor.error().message;
  const std::string good = env::answer_text(test.graph, test.good, {});
  eval::RolloutGroup group{room, nullptr, {}};
  const std::vector<std::vector<std::string>> answers = {{"no", "no"}, {good}, {good, good}, {}};
  for (const auto& texts : answers) {
    eval::Rollout rollout{env::Episode(room, env), {}, {}};
    for (const std::string& text : texts) {
      rollout.episode.step(text);
      eval::TurnTokens tokens;
      tokens.generation.ids = {5, 6};
      rollout.turns.push_back(std::move(tokens));
    }
    if (texts.size() < 2) rollout.failure = eval::PolicyFailure{Error{ErrorCode::Network, "gone", {}}};
    group.rollouts.push_back(std::move(rollout));
  }
  const auto learned = assign_credit(group, *processor, CreditConfig());
  ASSERT_EQ(learned.size(), 4U);  // two turns of the first and of the third
  for (const LearnedTurn& turn : learned) EXPECT_EQ(turn.rollout % 2, 0U);
  EXPECT_LT(learned[0].advantages[0], -0.5F);
  EXPECT_FLOAT_EQ(learned[0].advantages[0] + learned[1].advantages[0], 0);
  // Turn by turn, the answers that came can be compared.
  CreditConfig improvement;
  improvement.turn_credit = "improvement";
  EXPECT_EQ(assign_credit(group, *processor, improvement).size(), 5U);
}

TEST(RolloutServer, LoadsEachStepsWeightsOnceAndFailsLoudly) {
  const auto run = std::filesystem::temp_directory_path() / fmt::format("metaspatial_rollout_{}", ::getpid());
  std::filesystem::create_directories(run);
  int saved = 0;
  const auto save = [&saved](const std::filesystem::path& folder) -> Result<void> {
    std::filesystem::create_directories(folder);
    return write_file_atomic(folder / "weights", std::to_string(++saved));
  };
  const std::string log = (run / "log").string();
  RolloutServer server({fmt::format("echo \"$(cat \"$1/weights\") before step $2\" >> '{}'", log), {}}, run,
                       nullptr);
  ASSERT_TRUE(server.load(save, 0));
  ASSERT_TRUE(server.load(save, 0));
  ASSERT_TRUE(server.load(save, 1));
  EXPECT_EQ(saved, 2);
  EXPECT_EQ(read_file(log).value_or(""), "1 before step 0\n2 before step 1\n");
  RolloutServer broken({"exit 7", {}}, run, nullptr);
  const auto failed = broken.load(save, 0);
  ASSERT_FALSE(failed);
  EXPECT_EQ(to_string(failed.error()), "worker.rollout.sync_command: exited with 7; expected 0");
  EXPECT_FALSE(RolloutServer({"kill -9 $$", {}}, run, nullptr).load(save, 0));

  // vLLM's adapter endpoint; the second time it declines.
  chat::HostileServer endpoint([](const chat::Received& r, chat::Exchange& exchange) {
    exchange.answer(r.index == 0 ? 200 : 400, "no adapter of this rank");
  });
  chat::ClientConfig config;
  config.base_url = endpoint.base_url();
  config.model = "policy";
  const auto client = chat::Client::create(config);
  ASSERT_TRUE(client);
  RolloutServer adapters({{}, "policy"}, run, client->get());
  ASSERT_TRUE(adapters.load(save, 0));
  const chat::Received request = endpoint.received().at(0);
  EXPECT_TRUE(request.head.starts_with("POST /v1/load_lora_adapter")) << request.head;
  const auto body = parse_json(request.body, "body");
  EXPECT_EQ((*body)["lora_name"], "policy");
  EXPECT_EQ((*body)["lora_path"], (run / "rollout_weights").string());
  const auto refused = adapters.load(save, 1);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("no adapter of this rank"), std::string::npos);
  std::filesystem::remove_all(run);
}

}  // namespace
}  // namespace metaspatial::rl
