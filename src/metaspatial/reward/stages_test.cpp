#include "metaspatial/reward/stages.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

namespace metaspatial::reward {
namespace {

StageSchedule schedule_of(int patience) {
  return {.enabled = true, .physics_after_format = 0.9, .looks_after_physics = 0.6, .patience = patience};
}

TEST(Stages, WaitForTheMeanOfTheNewestSteps) {
  Stages stages(schedule_of(3));
  EXPECT_EQ(stages.stage(), Stage::Format);
  stages.observe(1.0, 0);
  stages.observe(1.0, 0);
  EXPECT_EQ(stages.stage(), Stage::Format) << "two steps are not three";
  stages.observe(0.2, 0);  // mean 0.733
  EXPECT_EQ(stages.stage(), Stage::Format);
  stages.observe(0.99, 0);  // 1, 0.2, 0.99
  stages.observe(0.99, 0);  // 0.2, 0.99, 0.99
  EXPECT_EQ(stages.stage(), Stage::Format);
  stages.observe(0.85, 0);  // 0.99, 0.99, 0.85: mean 0.943, though the last one alone is below
  EXPECT_EQ(stages.stage(), Stage::Physics);
}

TEST(Stages, EveryStageCountsItsOwnStepsAndNoneGoesBack) {
  Stages stages(schedule_of(2));
  stages.observe(1, 1);
  stages.observe(1, 1);
  EXPECT_EQ(stages.stage(), Stage::Physics) << "one stage at a time";
  stages.observe(0, 0.6);
  EXPECT_EQ(stages.stage(), Stage::Physics);
  stages.observe(0, 0.6);
  EXPECT_EQ(stages.stage(), Stage::Looks) << "a threshold that is reached is enough";
  for (int i = 0; i < 5; ++i) stages.observe(0, 0);
  EXPECT_EQ(stages.stage(), Stage::Looks);
}

TEST(Stages, OffIsTheWholeRewardFromTheStart) {
  Stages stages{StageSchedule{}};
  EXPECT_EQ(stages.stage(), Stage::Looks);
  stages.observe(0, 0);
  EXPECT_EQ(stages.stage(), Stage::Looks);
  ASSERT_TRUE(stages.restore(Stages(schedule_of(3)).state()));
  EXPECT_EQ(stages.stage(), Stage::Looks) << "also behind a run in stages";
}

TEST(Stages, LeaveOutWhatComesLater) {
  SceneGraph graph;
  graph.size = {4, 3, 3};
  graph.objects.resize(1);
  graph.objects[0].id = "box_1";
  graph.objects[0].size_m = {1, 1, 1};
  Layout layout;
  layout.poses.push_back({{2, 1.5, 1.5}, 0});  // a metre above the floor
  const RewardConfig whole;
  const Reward full = score_layout(graph, layout, whole, 0.25);
  ASSERT_LT(full.physics, 1);

  Stages stages(schedule_of(1));
  EXPECT_EQ(score_layout(graph, layout, stages.staged(whole), 0.25).total, 1) << "format alone";
  ParsedResponse unreadable;
  unreadable.format = 0.4;
  EXPECT_DOUBLE_EQ(score_parsed(graph, unreadable, stages.staged(whole)).total, 0.4);

  stages.observe(1, 0);
  // 0.3 for format; 0.5 and the 0.2 of looks for physics.
  EXPECT_DOUBLE_EQ(score_layout(graph, layout, stages.staged(whole), 0.25).total, 0.3 + 0.7 * full.physics);
  EXPECT_EQ(score_layout(graph, layout, stages.staged(whole), 0.25).physics, full.physics);

  stages.observe(1, 1);
  EXPECT_EQ(score_layout(graph, layout, stages.staged(whole), 0.25).total, full.total);
}

TEST(Stages, GoOnFromTheirState) {
  const std::vector<double> format{0.31, 0.95, 0.97, 0.91, 0.2, 0.9, 0.9, 0.1, 0.3, 0.5};
  const std::vector<double> physics{0.1, 0.2, 0.3, 0.5, 1.0 / 3, 0.62, 0.7, 0.8, 0.1, 0.9};
  for (std::size_t cut = 0; cut <= format.size(); ++cut) {
    Stages whole(schedule_of(3));
    Stages first(schedule_of(3));
    for (std::size_t i = 0; i < cut; ++i) first.observe(format[i], physics[i]);
    Stages second(schedule_of(3));
    // As a file keeps it.
    ASSERT_TRUE(second.restore(parse_json(dump_json(first.state()), "state").value()));
    EXPECT_EQ(second.state(), first.state());
    for (std::size_t i = 0; i < format.size(); ++i) {
      whole.observe(format[i], physics[i]);
      if (i >= cut) second.observe(format[i], physics[i]);
    }
    EXPECT_EQ(second.state(), whole.state()) << "cut at " << cut;
    EXPECT_EQ(whole.stage(), Stage::Looks);
  }
}

TEST(Stages, RefuseAStateThatIsNone) {
  Stages stages(schedule_of(2));
  stages.observe(0.5, 0.5);
  const Json before = stages.state();
  for (const char* text :
       {"null", "3", "{}", R"({"stage": 1, "recent": []})", R"({"stage": "fame", "recent": []})",
        R"({"stage": "physics"})", R"({"stage": "physics", "recent": [2]})",
        R"({"stage": "physics", "recent": ["a"]})", R"({"stage": "physics", "recent": [-1]})"}) {
    EXPECT_FALSE(stages.restore(parse_json(text, "state").value())) << text;
    EXPECT_EQ(stages.state(), before) << text;
  }
  // A run that was more patient: its newest steps.
  ASSERT_TRUE(stages.restore(Json::parse(R"({"stage": "physics", "recent": [0.1, 0.2, 0.3]})")));
  EXPECT_EQ(dump_json(stages.state()), R"({"stage":"physics","recent":[0.2,0.3]})");
}

}  // namespace
}  // namespace metaspatial::reward
