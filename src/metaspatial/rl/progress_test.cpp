#include "metaspatial/rl/progress.hpp"

#include <gtest/gtest.h>

namespace metaspatial::rl {
namespace {

TEST(Progress, TheLineSaysWhatTheStepDid) {
  StepProgress step;
  step.step = 12;
  step.steps = 40;
  step.reward = 0.7342;
  step.format = 0.984;
  step.colliding = 0.123;
  step.written_per_s = 1234;
  step.learned_per_s = 45678;
  step.left_s = 230;
  const std::string line = progress_line(step);
  EXPECT_EQ(line, "step 12/40  reward 0.734  format 98 %  colliding 12 %  1.2k/45.7k tokens/s  3m50s left");
  constexpr std::size_t kLogPrefix = 34;  // "[2026-01-02 03:04:05.678] [info] "
  EXPECT_LE(kLogPrefix + line.size(), 120U);
  step.reward.reset();
  step.written_per_s = 999.6;
  step.learned_per_s = 123456;
  EXPECT_EQ(progress_line(step),
            "step 12/40  reward none  format 98 %  colliding 12 %  1.0k/123k tokens/s  3m50s left");
}

TEST(Progress, DurationsAreShort) {
  EXPECT_EQ(short_duration(-1), "0s");
  EXPECT_EQ(short_duration(59.4), "59s");
  EXPECT_EQ(short_duration(59.6), "1m00s");
  EXPECT_EQ(short_duration(3599), "59m59s");
  EXPECT_EQ(short_duration(3600 + 5 * 60), "1h05m");
}

TEST(TimeLeft, CountsValidationsAndCheckpointsToCome) {
  // 10 of 25 steps took 20 s. To come: 15 steps at 2 s; validations at 15, 20, 25; checkpoints at 16, 24 and
  // the end, 25.
  TimeLeft left(Budget{25, 0}, 5, 8);
  EXPECT_DOUBLE_EQ(left.seconds(10, 20), 30);
  left.validated(7);
  left.saved(0.5);
  EXPECT_DOUBLE_EQ(left.seconds(10, 20), 30 + 3 * 7 + 3 * 0.5);
  EXPECT_DOUBLE_EQ(left.seconds(25, 50), 0);
  EXPECT_DOUBLE_EQ(left.seconds(0, 0), 0);
}

TEST(TimeLeft, ABudgetOfSecondsEndsEarlier) {
  // 9 s are left of 29: four and a half steps, so the fifth, 15, is the last one, with the only validation.
  TimeLeft left(Budget{1000, 29}, 5, 100);
  left.validated(7);
  EXPECT_DOUBLE_EQ(left.seconds(10, 20), 9 + 7);
  TimeLeft never(Budget{1000, 29}, 0, 100);
  never.validated(7);
  EXPECT_DOUBLE_EQ(never.seconds(10, 20), 9);
}

}  // namespace
}  // namespace metaspatial::rl
