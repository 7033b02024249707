#include "metaspatial/rl/non_finite.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <limits>

#include "metaspatial/env/test_room.hpp"
#include "metaspatial/vlm/test_model.hpp"

namespace metaspatial::rl {
namespace {

class BlameTest : public ::testing::Test {
 protected:
  void SetUp() override {
    env_.picture_px = 56;
    const auto room = env::make_room(std::make_shared<render::Device>(), env::test_room().graph, env_);
    for (int i = 0; i < 2; ++i) {
      groups_.push_back({room, nullptr, {}});
      TrainingGroup& group = training_.emplace_back();
      vlm::PositionCursor cursor(vlm::tiny_config());
      group.sequences.prefix = vlm::random_sequence(vlm::tiny_config(), rng_, 6, cursor);
      for (std::size_t g = 0; g < 3; ++g) {
        vlm::PositionCursor own = cursor;
        group.sequences.suffixes.push_back(vlm::random_sequence(vlm::tiny_config(), rng_, 5, own));
        for (auto* of : {&group.mask, &group.advantage, &group.old_log_prob, &group.ref_log_prob})
          of->push_back(at::ones({5}));
        group.sources.push_back({g % 2, g});
      }
    }
  }
  [[nodiscard]] std::string blamed() const { return blame(model_, groups_, training_, 1.0); }

  Rng rng_{3};
  vlm::Model model_ = vlm::Model::random(vlm::tiny_config(), rng_);
  env::EnvConfig env_;
  std::vector<eval::RolloutGroup> groups_;
  std::vector<TrainingGroup> training_;
};

TEST_F(BlameTest, NamesTheAnswerAndTheNumber) {
  EXPECT_EQ(blamed(), "no single answer is to blame");
  training_[1].advantage[2][3] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(blamed(), "room 'test_room', rollout 1, turn 3: its advantage is not finite");
  training_[0].ref_log_prob[1][0] = -std::numeric_limits<float>::infinity();
  EXPECT_EQ(blamed(), "room 'test_room', rollout 2, turn 2: its reference log-prob is not finite");
}

TEST_F(BlameTest, FindsTheAnswerThatHasTheTokenWithBrokenWeights) {
  // Token 7 is in the second answer of the second room alone.
  for (TrainingGroup& group : training_) {
    for (auto& id : group.sequences.prefix.ids) id = id == 7 ? 8 : id;
    for (vlm::Sequence& suffix : group.sequences.suffixes)
      for (auto& id : suffix.ids) id = id == 7 ? 8 : id;
  }
  training_[1].sequences.suffixes[1].ids[2] = 7;
  auto untied = vlm::tiny_config(false);
  model_ = vlm::Model::random(untied, rng_);
  for (const auto& [name, tensor] : model_.parameters())
    if (name.find("embed_tokens") != std::string::npos)
      tensor.detach()[7].fill_(std::numeric_limits<float>::quiet_NaN());
  EXPECT_EQ(blamed(), "room 'test_room', rollout 2, turn 2: its log-prob is not finite");
}

}  // namespace
}  // namespace metaspatial::rl
