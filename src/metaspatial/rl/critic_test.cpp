// The critic: its values, its gradients against autograd's, and what a checkpoint of it holds.

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <memory>
#include <vector>

#include "metaspatial/base/files.hpp"
#include "metaspatial/rl/critic.hpp"
#include "metaspatial/rl/losses.hpp"
#include "metaspatial/vlm/test_model.hpp"

namespace metaspatial::rl {
namespace {

class CriticTest : public ::testing::Test {
 protected:
  CriticTest() : folder_(std::filesystem::temp_directory_path() / fmt::format("critic_test_{}", ::getpid())) {
    Rng rng(8);
    EXPECT_TRUE(vlm::Model::random(vlm::tiny_config(), rng).save(folder_ / "start"));
    for (int i = 0; i < 3; ++i) groups_.push_back(group(rng, 2));
    for (const TrainingGroup& each : groups_) {
      lengths_.push_back(group_tokens(each));
      tokens_ += each.answer_tokens;
      responses_ += static_cast<double>(each.mask.size());
    }
  }
  ~CriticTest() override { std::filesystem::remove_all(folder_); }

  static TrainingGroup group(Rng& rng, int suffixes) {
    TrainingGroup out;
    vlm::PositionCursor cursor(vlm::tiny_config());
    out.sequences.prefix = vlm::random_sequence(vlm::tiny_config(), rng, 7, cursor);
    for (int s = 0; s < suffixes; ++s) {
      const std::int64_t length = 4 + static_cast<std::int64_t>(rng.below(5));
      vlm::PositionCursor own = cursor;
      out.sequences.suffixes.push_back(
          vlm::random_sequence(vlm::tiny_config(), rng, static_cast<int>(length), own));
      at::Tensor mask = at::ones({length}), returns = at::zeros({length});
      mask.narrow(0, 0, 2).zero_();
      for (std::int64_t k = 0; k < length; ++k) returns[k] = rng.normal();
      out.mask.push_back(mask);
      out.returns.push_back(returns);
      out.answer_tokens += static_cast<double>(length - 2);
      out.all_tokens += static_cast<double>(length);
    }
    return out;
  }

  std::unique_ptr<Critic> open(const std::optional<std::filesystem::path>& checkpoint, int workers = 1) {
    CriticConfig config;
    config.learning_rate = 0.01;
    config.loss_avg_mode = mean_;
    auto critic = Critic::open(config, folder_ / "start", checkpoint, 1, {.workers = workers});
    EXPECT_TRUE(critic) << to_string(critic.error());
    return std::move(*critic);
  }

  void update(Critic& critic, int step, std::int64_t budget = 1000000) {
    const auto batches = micro_batches(lengths_, budget);
    critic.predict(groups_, batches);
    ValueParts parts;
    const auto gradients = critic.gradients(groups_, batches, tokens_, responses_, 10, parts);
    EXPECT_EQ(parts.tokens, tokens_);
    ProcessGroup alone;
    const auto norm = critic.step(alone, gradients, step, "the gradients");
    EXPECT_TRUE(norm && std::isfinite(*norm));
  }

  std::filesystem::path folder_;
  std::vector<TrainingGroup> groups_;
  std::vector<GroupTokens> lengths_;
  double tokens_ = 0;
  double responses_ = 0;
  LossMean mean_ = LossMean::Token;
};

TEST_F(CriticTest, StartsAtZeroAndLearnsTheReturns) {
  const auto critic = open({});
  const auto batches = micro_batches(lengths_, 1000000);
  critic->predict(groups_, batches);
  EXPECT_EQ(groups_[0].old_value[0].abs().max().item<double>(), 0.0);
  const auto loss = [&] {
    critic->predict(groups_, batches);
    double sum = 0;
    for (const TrainingGroup& each : groups_)
      for (std::size_t g = 0; g < each.mask.size(); ++g)
        sum += ((each.old_value[g] - each.returns[g]).square() * each.mask[g]).sum().item<double>();
    return sum;
  };
  const double before = loss();
  for (int step = 0; step < 20; ++step) update(*critic, step);
  EXPECT_LT(loss(), 0.5 * before);
}

TEST_F(CriticTest, GradientsAreThoseOfTheLossHoweverItIsCut) {
  for (const LossMean mean : {LossMean::Token, LossMean::SequenceMean}) {
    mean_ = mean;
    const auto critic = open({});
    update(*critic, 0);  // a head that is not 0
    critic->predict(groups_, micro_batches(lengths_, 1000000));
    // By autograd, through trunk and head at once.
    const vlm::Model model = critic->model().replica();
    const at::Tensor weight = critic->head_weight().clone().set_requires_grad(true);
    std::vector<vlm::SequenceGroup> sequences;
    for (const TrainingGroup& each : groups_) sequences.push_back(each.sequences);
    const auto hidden = model.hidden(sequences);
    // The bias is what the values of predict() have beside w h.
    at::Tensor total = at::zeros({});
    const at::Tensor bias =
        (groups_[0].old_value[0] - at::linear(hidden[0][0], weight).squeeze(1)).detach().mean();
    for (std::size_t b = 0; b < groups_.size(); ++b)
      for (std::size_t g = 0; g < groups_[b].mask.size(); ++g) {
        const at::Tensor value = at::linear(hidden[b][g], weight).squeeze(1) + bias;
        const at::Tensor& mask = groups_[b].mask[g];
        const double count = mask.sum().item<double>();
        const double divisor = mean == LossMean::Token ? tokens_ : responses_ * count;
        total = total + (0.5 * (value - groups_[b].returns[g]).square() * mask).sum() / divisor;
      }
    total.backward();
    const auto trunk = model.trainable_parameters();
    for (const auto& [budget, workers] : {std::pair{1000000, 1}, {20, 1}, {20, 2}}) {
      const auto split = open({}, workers);
      update(*split, 0);
      const auto batches = micro_batches(lengths_, budget);
      split->predict(groups_, batches);
      ValueParts parts;
      const auto gradients = split->gradients(groups_, batches, tokens_, responses_, 10, parts);
      ASSERT_EQ(gradients.size(), trunk.size() + 2);
      for (std::size_t p = 0; p < trunk.size(); ++p) {
        if (!trunk[p].tensor.grad().defined()) continue;
        const double norm = trunk[p].tensor.grad().norm().item<double>();
        EXPECT_LT((gradients[p] - trunk[p].tensor.grad()).norm().item<double>(), 1e-3 * norm + 1e-6)
            << trunk[p].name;
      }
      const at::Tensor& of_weight = gradients[trunk.size()];
      EXPECT_GT(of_weight.norm().item<double>(), 1e-4);
      EXPECT_LT((of_weight - weight.grad()).norm().item<double>(), 1e-4);
    }
  }
}

TEST_F(CriticTest, ACheckpointGoesOnWithTheSameBytes) {
  const auto critic = open({});
  update(*critic, 0);
  update(*critic, 1);
  ASSERT_TRUE(critic->save(folder_ / "checkpoint", critic->optimizer().state()));
  const auto resumed = open(folder_ / "checkpoint");
  EXPECT_EQ(resumed->optimizer().steps(), 2);
  update(*critic, 2);
  update(*resumed, 2);
  ASSERT_TRUE(critic->save(folder_ / "a", critic->optimizer().state()));
  ASSERT_TRUE(resumed->save(folder_ / "b", resumed->optimizer().state()));
  for (const char* file :
       {"model.safetensors", "value_head.safetensors", "optimizer.safetensors", "state.json"})
    EXPECT_EQ(read_file(folder_ / "a" / "critic" / file).value_or("none"),
              read_file(folder_ / "b" / "critic" / file).value_or("missing"))
        << file;
  // One of another shape, or none, is one clear error.
  std::filesystem::remove(folder_ / "a" / "critic" / "value_head.safetensors");
  EXPECT_FALSE(Critic::open({}, folder_ / "start", folder_ / "a", 1, {}));
  std::filesystem::remove_all(folder_ / "b" / "critic");
  EXPECT_FALSE(Critic::open({}, folder_ / "start", folder_ / "b", 1, {}));
}

}  // namespace
}  // namespace metaspatial::rl
