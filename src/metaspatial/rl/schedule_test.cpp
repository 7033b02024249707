#include "metaspatial/rl/schedule.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace metaspatial::rl {
namespace {

TEST(Schedule, LinearWithWarmUpByHand) {
  const LrSchedule schedule{.decay = LrDecay::Linear, .warmup_steps = 3, .min_lr_ratio = 0.1};
  const Budget budget{.steps = 40};
  EXPECT_DOUBLE_EQ(schedule.rate(4e-4, budget, 0, 0), 1e-4);
  EXPECT_DOUBLE_EQ(schedule.rate(4e-4, budget, 2, 0), 3e-4);
  // Half of the steps are done: 1 - 0.9 / 2.
  EXPECT_DOUBLE_EQ(schedule.rate(4e-4, budget, 20, 0), 4e-4 * 0.55);
  EXPECT_DOUBLE_EQ(schedule.rate(4e-4, budget, 40, 0), 4e-4 * 0.1);
}

TEST(Schedule, CosineBeginsWhereWarmUpEnds) {
  const LrSchedule schedule{.decay = LrDecay::Cosine, .warmup_steps = 20, .min_lr_ratio = 0.2};
  const Budget budget{.steps = 100};
  EXPECT_DOUBLE_EQ(schedule.rate(1, budget, 0, 0), 1.0 / 21);
  EXPECT_DOUBLE_EQ(schedule.rate(1, budget, 20, 0), 1.0);
  // Halfway between the steps 20 and 100: the mean of 1 and 0.2.
  EXPECT_NEAR(schedule.rate(1, budget, 60, 0), 0.6, 1e-12);
  EXPECT_NEAR(schedule.rate(1, budget, 40, 0), 0.2 + 0.8 * (1 + std::sqrt(0.5)) / 2, 1e-12);
  EXPECT_NEAR(schedule.rate(1, budget, 100, 0), 0.2, 1e-12);
}

TEST(Schedule, ConstantStaysAfterWarmUp) {
  const LrSchedule schedule{.decay = LrDecay::Constant, .warmup_steps = 1, .min_lr_ratio = 0.1};
  EXPECT_DOUBLE_EQ(schedule.rate(2, {.steps = 10}, 0, 0), 1.0);
  EXPECT_DOUBLE_EQ(schedule.rate(2, {.steps = 10}, 9, 0), 2.0);
}

TEST(Schedule, GoesByTheBudgetThatIsUsedFaster) {
  const LrSchedule schedule{.decay = LrDecay::Linear, .warmup_steps = 0, .min_lr_ratio = 0};
  const Budget budget{.steps = 100, .seconds = 360};
  EXPECT_DOUBLE_EQ(schedule.rate(1, budget, 10, 90), 0.75);
  EXPECT_DOUBLE_EQ(schedule.rate(1, budget, 50, 90), 0.5);
  EXPECT_TRUE(budget.spent(100, 1));
  EXPECT_FALSE(budget.spent(0, 0));
  // 36 steps of 9.9 s: 3.6 s are left, another step would end 6.3 s late. Of 9.7 s: 10.8 s are left, and it
  // would end 1.1 s early.
  EXPECT_TRUE(budget.spent(36, 356.4));
  EXPECT_FALSE(budget.spent(36, 349.2));
  // The last step may end late: its rate is that of the end, not a negative one.
  EXPECT_DOUBLE_EQ(schedule.rate(1, budget, 50, 400), 0);
  // 50 steps took 90 s: 90 s for the other 50, although 270 s are left.
  EXPECT_DOUBLE_EQ(budget.seconds_left(50, 90), 90);
  EXPECT_DOUBLE_EQ(budget.seconds_left(10, 90), 270);
}

TEST(Schedule, WarmUpByRatioFollowsTheBudget) {
  const LrSchedule schedule{.decay = LrDecay::Constant, .warmup_ratio = 0.1};
  // In steps: 10 of 100.
  EXPECT_DOUBLE_EQ(schedule.rate(1, {.steps = 100}, 4, 0), 5.0 / 11);
  EXPECT_DOUBLE_EQ(schedule.rate(1, {.steps = 100}, 10, 0), 1.0);
  // In seconds: after 18 of 360 s half of the warm-up is over, whatever the step.
  EXPECT_DOUBLE_EQ(schedule.rate(1, {.steps = 100, .seconds = 360}, 1, 18), 6.0 / 11);
  EXPECT_DOUBLE_EQ(schedule.rate(1, {.steps = 100, .seconds = 360}, 1, 36), 1.0);
}

TEST(Schedule, ReadsItsKeysAndRefusesUnknownTypes) {
  LrSchedule schedule;
  const auto json = parse_json(
      R"({"optim": {"lr_scheduler_type": "cosine", "lr_warmup_steps": 7, "lr_warmup_ratio": 0.25,
                    "min_lr_ratio": 0.5}})",
      "test");
  ASSERT_TRUE(json.has_value());
  ConfigReader reader(*json, "test");
  read_lr_schedule(reader, "optim", schedule);
  ASSERT_TRUE(reader.finish().has_value());
  EXPECT_EQ(schedule.decay, LrDecay::Cosine);
  EXPECT_EQ(schedule.warmup_steps, 7);
  EXPECT_EQ(schedule.warmup_ratio, 0.25);
  EXPECT_EQ(schedule.min_lr_ratio, 0.5);

  const auto bad = parse_json(R"({"optim": {"lr_scheduler_type": "step"}})", "test");
  ConfigReader refused(*bad, "test");
  read_lr_schedule(refused, "optim", schedule);
  const auto finished = refused.finish();
  ASSERT_FALSE(finished.has_value());
  EXPECT_NE(finished.error().message.find("cosine"), std::string::npos) << finished.error().message;
}

}  // namespace
}  // namespace metaspatial::rl
