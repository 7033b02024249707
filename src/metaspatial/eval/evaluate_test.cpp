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

scene::Layout layout_of(const std::vector<scene::Vec3>& places) {
  scene::Layout layout;
  for (const auto& place : places) {
    scene::Pose pose;
    pose.position_m = place;
    layout.poses.push_back(pose);
  }
  return layout;
}

TEST(LayoutDiversity, ByHand) {
  const scene::Layout a = layout_of({{0, 0, 0}, {1, 1, 0}});
  const scene::Layout b = layout_of({{3, 4, 0}, {1, 1, 0}});  // the first object is 5 m away, the other stays
  const std::vector<scene::Layout> two{a, b};
  ASSERT_TRUE(layout_diversity(two));
  EXPECT_DOUBLE_EQ(layout_diversity(two)->position_spread_m, 2.5);
  EXPECT_DOUBLE_EQ(layout_diversity(two)->distinct, 1.0);
  // Of the three pairs one is 0 m and two are 2.5 m apart.
  const std::vector<scene::Layout> three{a, b, a};
  EXPECT_DOUBLE_EQ(layout_diversity(three)->position_spread_m, 5.0 / 3.0);
  EXPECT_DOUBLE_EQ(layout_diversity(three)->distinct, 2.0 / 3.0);
  EXPECT_FALSE(layout_diversity(std::span(three).first(1)));
}

TEST(LayoutDiversity, IsAMeanOverRoomsWithTwoLayouts) {
  const scene::Layout a = layout_of({{0, 0, 0}});
  const scene::Layout b = layout_of({{0, 0, 1}});
  const scene::Layout c = layout_of({{0, 3, 0}});
  const std::vector<std::vector<scene::Layout>> rooms{{a, b}, {a}, {a, c}, {}};
  const Json json = diversity_json(rooms);
  EXPECT_EQ(json["rooms"], 2);
  EXPECT_EQ(json["layouts"], 2.0);
  EXPECT_DOUBLE_EQ(json["position_spread_m"].get<double>(), 2.0);
  // Standard deviation sqrt(2) of the values 1 and 3, over the square root of two rooms.
  EXPECT_NEAR(json["position_spread_m_stderr"].get<double>(), 1.0, 1e-12);
  EXPECT_EQ(json["distinct"], 1.0);
  EXPECT_TRUE(diversity_json({})["position_spread_m"].is_null());
}

TEST_F(EvaluateTest, DiversityIsOfReadableAnswersAndTheSolverVariesLessThanChance) {
  scene::Layout moved = test_.good;
  moved.poses[0].position_m.x() += 0.3;
  RolloutGroup group = group_of({answer(test_.good)});
  for (const std::string& text : {std::string("nonsense"), answer(moved)}) {
    group.rollouts.push_back({env::Episode(room_, env_), {}, {}});
    group.rollouts.back().episode.step(text);
  }
  const auto layouts = answered_layouts({&group, 1});
  ASSERT_EQ(layouts.front().size(), 2U);
  EXPECT_NEAR(layout_diversity(layouts.front())->position_spread_m,
              0.3 / static_cast<double>(test_.good.poses.size()), 1e-9);

  EvalRooms rooms;
  rooms.solved.push_back({test_.graph, test_.good});
  const double random_m = random_diversity(rooms, 8, 1)["position_spread_m"].get<double>();
  const double solver_m = solver_diversity(rooms, 8, 1)["position_spread_m"].get<double>();
  EXPECT_GT(random_m, solver_m) << "relations leave less room than chance takes";
  EXPECT_GT(solver_m, 0);
}

TEST_F(EvaluateTest, RoundingToACoarseGridCostsTheSolverItsFaultlessness) {
  EvalRooms rooms;
  rooms.solved.push_back({test_.graph, test_.good});
  // To whole metres: the furniture no longer stands on the floor.
  EXPECT_GT(solver_bound(rooms, env_, 1).front().faulty_objects, 0.0);
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
