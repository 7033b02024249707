#include "metaspatial/eval/evaluate.hpp"

#include <gtest/gtest.h>

#include "metaspatial/env/test_room.hpp"

namespace metaspatial::eval {
namespace {

class EvaluateTest : public ::testing::Test {
 protected:
  void SetUp() override {
    env_.picture_px = 56;
    env_.max_turns = 2;
    room_ = env::make_room(std::make_shared<render::Device>(), test_.graph, env_);
  }
  RolloutGroup group_of(const std::vector<std::string>& answers) {
    RolloutGroup group{room_, nullptr, {}};
    group.rollouts.push_back({env::Episode(room_, env_), {}, {}});
    for (const auto& answer : answers) group.rollouts.back().episode.step(answer);
    return group;
  }
  std::string answer(const scene::Layout& layout) { return env::answer_text(test_.graph, layout, {}); }

  env::TestRoom test_ = env::test_room();
  env::EnvConfig env_;
  std::shared_ptr<const env::Room> room_;
};

TEST_F(EvaluateTest, AnUnreadableAnswerCountsAsAllFaults) {
  const RolloutGroup group = group_of({"nonsense"});
  const Json json = metrics_json(metrics_by_turn({&group, 1}, 1).front());
  EXPECT_EQ(json["format"], 0.0);
  EXPECT_EQ(json["faulty_objects"], 1.0);
  EXPECT_EQ(json["collision_reference"], 1.0);
  EXPECT_TRUE(json["faulty_objects_readable"].is_null());
}

TEST_F(EvaluateTest, SharesAreOfObjects) {
  scene::Layout bad = test_.good;
  bad.poses[2].position_m.x() = 4.6;  // the rug sticks out of the room, one object of three
  const RolloutGroup group = group_of({answer(bad)});
  const RoomMetrics metrics = metrics_by_turn({&group, 1}, 1).front().front();
  EXPECT_TRUE(metrics.readable);
  EXPECT_NEAR(metrics.out_of_room, 1.0 / 3.0, 1e-12);
  EXPECT_EQ(metrics.colliding_objects, 0.0);
}

TEST_F(EvaluateTest, TurnsAreComparedObjectByObject) {
  scene::Layout first = test_.good;
  first.poses[2].position_m.x() = 4.6;           // faulty
  scene::Layout second = test_.good;             // fixed; bed copied
  second.poses[1].position_m = {2.5, 0.3, 0.3};  // the good nightstand is broken
  const RolloutGroup group = group_of({answer(first), answer(second)});
  const Json json = turn_comparison({&group, 1}, 0, 1);
  EXPECT_EQ(json["rooms"], 1);
  EXPECT_EQ(json["fix_rate"], 1.0);
  EXPECT_EQ(json["copy_rate"], 0.5);
  EXPECT_EQ(json["break_rate"], 0.5);
}

TEST_F(EvaluateTest, PairsNeedBothAnswersReadable) {
  const RolloutGroup group = group_of({"nonsense", answer(test_.good)});
  EXPECT_EQ(turn_comparison({&group, 1}, 0, 1)["rooms"], 0);
}

TEST_F(EvaluateTest, TheSolverIsFaultlessInItsOwnRoomAndChanceIsNot) {
  EvalRooms rooms;
  rooms.solved.push_back({test_.graph, test_.good});
  EXPECT_EQ(solver_bound(rooms, env_).front().faulty_objects, 0.0);
  EXPECT_GT(random_bound(rooms, env_, 1).front().faulty_objects, 0.0);
}

TEST(SuitedEnv, TheBuiltInModelGetsThePicturesAndPromptsThatItWasTrainedOn) {
  const auto processor = vlm::Processor::load(METASPATIAL_SOURCE_DIR "/models/nano");
  ASSERT_TRUE(processor) << processor.error().message;
  const env::EnvConfig env = suited_env(*processor);
  EXPECT_EQ(env.style, env::PromptStyle::Compact);
  EXPECT_EQ(env.picture_px, 112);
}

}  // namespace
}  // namespace metaspatial::eval
