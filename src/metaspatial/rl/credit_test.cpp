// Credit of turns, tokens, objects and axes against numbers worked out by hand.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "metaspatial/base/files.hpp"
#include "metaspatial/base/rng.hpp"
#include "metaspatial/env/prompt.hpp"
#include "metaspatial/rl/credit.hpp"
#include "metaspatial/vlm/nano_tokenizer.hpp"

namespace metaspatial::rl {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

/// A trajectory whose turns have these rewards and two tokens each.
PlayedTrajectory played(const std::vector<double>& rewards, std::size_t tokens = 2) {
  PlayedTrajectory out;
  for (const double reward : rewards) {
    PlayedTurn turn;
    turn.reward = reward;
    turn.tokens = tokens;
    out.turns.push_back(turn);
  }
  return out;
}

PlayedRoom room_of(const std::vector<std::vector<double>>& rewards) {
  PlayedRoom room;
  for (const auto& of_rollout : rewards) room.rollouts.push_back(played(of_rollout));
  return room;
}

CreditConfig config_of(const std::string& estimator, const std::string& turn_credit) {
  CreditConfig config;
  config.estimator = estimator;
  config.turn_credit = turn_credit;
  return config;
}

/// The advantage of token k of a turn; NaN if the turn is left out.
double advantage(const std::vector<LearnedTurn>& learned, std::size_t rollout, std::size_t turn,
                 std::size_t token = 0) {
  for (const LearnedTurn& each : learned)
    if (each.rollout == rollout && each.turn == turn) return static_cast<double>(each.advantages[token]);
  return kNan;
}

std::vector<LearnedTurn> learned_of(const PlayedRoom& room, const CreditConfig& config) {
  return assign_credit(std::span(&room, 1), config).front();
}

void expect_near(const std::vector<double>& got, const std::vector<double>& expected, double tolerance) {
  ASSERT_EQ(got.size(), expected.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    if (std::isnan(expected[i])) {
      EXPECT_TRUE(std::isnan(got[i])) << i;
    } else {
      EXPECT_NEAR(got[i], expected[i], tolerance) << i;
    }
  }
}

TEST(Estimators, GrpoPasskPaysTheBestForItsLead) {
  // Of 1, 4, 2: the best is 2 ahead, std sqrt(7 / 3).
  expect_near(grpo_passk_advantages(std::vector<double>{1, 4, 2}, false), {0, 2, 0}, 1e-12);
  expect_near(grpo_passk_advantages(std::vector<double>{1, 4, kNan, 2}, true, 0.0),
              {0, 2 / std::sqrt(7.0 / 3), 0, 0}, 1e-12);
  expect_near(grpo_passk_advantages(std::vector<double>{3, 3}), {0, 0}, 1e-12);
  expect_near(grpo_passk_advantages(std::vector<double>{3}), {0}, 1e-12);
}

TEST(Estimators, CentredComparesALoneTrajectoryWithNothing) {
  expect_near(centred_advantages(std::vector<double>{1, kNan, 4}), {-1.5, 0, 1.5}, 1e-12);
  expect_near(centred_advantages(std::vector<double>{kNan, 3}), {0, 3}, 1e-12);
}

TEST(Estimators, EveryNameIsInTheTableOnceAndHasOneFunction) {
  std::vector<std::string_view> names = estimator_names();
  for (const std::string_view name : names) {
    const Estimator& each = estimator(name);
    EXPECT_NE(each.of_group == nullptr, each.of_tokens == nullptr) << name;
    EXPECT_FALSE(each.formula.empty() || each.source.empty()) << name;
  }
  std::ranges::sort(names);
  EXPECT_EQ(std::ranges::adjacent_find(names), names.end());
}

// docs/ALGORITHMS.md has the tables' rows; what fails is the line that it lacks.
TEST(Estimators, TheDocumentationHasEveryRow) {
  const auto docs = read_file(METASPATIAL_SOURCE_DIR "/docs/ALGORITHMS.md");
  ASSERT_TRUE(docs);
  std::vector<std::string> rows;
  for (const Estimator& each : estimators())
    rows.push_back(fmt::format("| `{}` | {} | {} |\n", each.name, each.formula, each.source));
  for (const TurnCredit& each : turn_credits())
    rows.push_back(fmt::format("| `{}` | {} |\n", each.name, each.formula));
  for (const std::string& row : rows) EXPECT_NE(docs->find(row), std::string::npos) << row;
}

// What a group estimator gives does not depend on the order of the trajectories, nor (but for pass@k and the
// comparison with a greedy answer) on a reward that all have in common; NaN entries are as if they were not
// there.
TEST(Estimators, GroupEstimatorsDoNotDependOnOrderOrCompany) {
  Rng rng(3);
  for (const Estimator& each : estimators()) {
    if (each.of_group == nullptr) continue;
    for (int round = 0; round < 20; ++round) {
      std::vector<double> scores(5);
      for (double& score : scores) score = rng.uniform();
      const std::vector<double> plain = each.of_group({scores, 0.3}, {});
      std::vector<double> turned(scores.rbegin(), scores.rend());
      std::vector<double> of_turned = each.of_group({turned, 0.3}, {});
      std::ranges::reverse(of_turned);
      expect_near(of_turned, plain, 1e-12);
      std::vector<double> with_hole = scores;
      with_hole.insert(with_hole.begin() + 2, kNan);
      std::vector<double> of_hole = each.of_group({with_hole, 0.3}, {});
      EXPECT_EQ(of_hole[2], 0.0) << each.name;
      of_hole.erase(of_hole.begin() + 2);
      expect_near(of_hole, plain, 1e-12);
      double sum = 0;
      for (const double a : plain) sum += a;
      if (!each.greedy && each.name != "grpo_passk") {
        EXPECT_NEAR(sum, 0, 1e-9) << each.name;
      }
      for (double& score : scores) score += 7;
      expect_near(each.of_group({scores, 7.3}, {}), plain, 1e-9);
    }
  }
}

TEST(TurnCredits, ByHand) {
  // Three turns were possible; this trajectory kept its room after two: 0.4, 0.9 and 0.9 again.
  const std::vector<double> rewards{0.4, 0.9, 0.9};
  const TurnRewards of{rewards, 2};
  const TurnCreditConfig config{.gamma = 0.5, .last_turn_weight = 0.25};
  const auto scores = [&](const char* name) { return turn_credit(name).scores(of, config); };
  const auto payments = [&](const char* name) { return turn_credit(name).payments(of, config); };
  const double whole = 0.4 + 0.45 + 0.225;
  expect_near(scores("trajectory"), {whole, whole, whole}, 1e-12);
  expect_near(payments("trajectory"), {0.4, 0.9 + 0.45}, 1e-12);
  expect_near(scores("improvement"), {0.4, 0.5, kNan}, 1e-12);
  expect_near(payments("improvement"), {0.4, 0.5}, 1e-12);
  expect_near(scores("improvement_over_keep"), {0.4, 0.5, kNan}, 1e-12);
  const double last = 0.25 * 0.9 + 0.75 * 2.2 / 3;
  expect_near(scores("last_turn"), {last, last, last}, 1e-12);
  expect_near(payments("last_turn"), {0.1, 0.225 + 0.225 + 0.225}, 1e-12);  // their sum is the score
  expect_near(scores("best_turn"), {0.9, 0.9, 0.9}, 1e-12);
  expect_near(payments("best_turn"), {0.4, 0.5}, 1e-12);
  expect_near(scores("per_turn"), {0.4, 0.9, kNan}, 1e-12);
  expect_near(payments("per_turn"), {0.4, 0.9}, 1e-12);
  expect_near(scores("per_turn_return"), {whole, 0.9 + 0.45, 0.9}, 1e-12);
  // A best turn in the middle: what came after it is worth what it reached itself.
  const std::vector<double> fallen{0.4, 0.9, 0.2};
  expect_near(turn_credit("best_turn").scores({fallen, 3}, config), {0.9, 0.9, 0.2}, 1e-12);
  expect_near(turn_credit("best_turn").payments({fallen, 3}, config), {0.4, 0.5, 0.0}, 1e-12);
  const std::vector<double> missing{0.4, kNan, 0.2};
  expect_near(turn_credit("best_turn").scores({missing, 3}, config), {kNan, kNan, 0.2}, 1e-12);
}

TEST(Credit, GroupEstimatorsCompareTheSameTurn) {
  const PlayedRoom room = room_of({{0.2, 0.6}, {0.4, 0.5}, {0.6}});
  // Per turn: 0.2 0.4 0.6 in turn 1; 0.6 and 0.5 in turn 2, which the third did not play.
  auto learned = learned_of(room, config_of("rloo", "per_turn"));
  ASSERT_EQ(learned.size(), 5U);
  EXPECT_NEAR(advantage(learned, 0, 0), 0.2 - 0.5, 1e-6);
  EXPECT_NEAR(advantage(learned, 2, 0), 0.6 - 0.3, 1e-6);
  EXPECT_NEAR(advantage(learned, 0, 1), 0.1, 1e-6);
  EXPECT_NEAR(advantage(learned, 1, 1), -0.1, 1e-6);
  EXPECT_TRUE(std::isnan(advantage(learned, 2, 1)));
  // Return from there on: the third's room, worth 0.6, stands in turn 2, too.
  learned = learned_of(room, config_of("rloo", "per_turn_return"));
  EXPECT_NEAR(advantage(learned, 0, 0), 0.8 - (0.9 + 1.2) / 2, 1e-6);
  EXPECT_NEAR(advantage(learned, 0, 1), 0.6 - (0.5 + 0.6) / 2, 1e-6);
  // The trajectory's return is every turn's.
  learned = learned_of(room, config_of("rloo", "trajectory"));
  EXPECT_NEAR(advantage(learned, 0, 0), 0.8 - (0.9 + 1.2) / 2, 1e-6);
  EXPECT_EQ(advantage(learned, 0, 0), advantage(learned, 0, 1));
}

TEST(Credit, RemaxComparesWithTheGreedyTrajectory) {
  PlayedRoom room = room_of({{0.2, 0.6}, {0.4, 0.5}});
  room.greedy = played({0.5});  // and kept it
  auto learned = learned_of(room, config_of("remax", "trajectory"));
  EXPECT_NEAR(advantage(learned, 0, 0), 0.8 - 1.0, 1e-6);
  EXPECT_NEAR(advantage(learned, 1, 1), 0.9 - 1.0, 1e-6);
  learned = learned_of(room, config_of("remax", "improvement"));
  EXPECT_NEAR(advantage(learned, 0, 0), 0.2 - 0.5, 1e-6);
  EXPECT_NEAR(advantage(learned, 0, 1), 0.4 - 0.0, 1e-6);
  learned = learned_of(room, config_of("remax", "per_turn"));
  EXPECT_NEAR(advantage(learned, 1, 1), 0.5 - 0.5, 1e-6);
  // Without a greedy answer there is nothing to compare with.
  room.greedy->complete = false;
  EXPECT_TRUE(learned_of(room, config_of("remax", "trajectory")).empty());
  room.greedy = played({kNan});
  EXPECT_TRUE(learned_of(room, config_of("remax", "trajectory")).empty());
}

TEST(Credit, ReinforcePlusPlusGoesThroughTheTokensOfAllTurns) {
  const std::vector<PlayedRoom> rooms{room_of({{0.5, 1.0}}), room_of({{2.0}})};
  CreditConfig config = config_of("reinforce_plus_plus", "trajectory");
  config.gamma = 0.5;
  const auto learned = assign_credit(rooms, config);
  // Tokens of the first: rewards 0, 0.5, 0, 1. The second kept nothing: it had one turn only, of one.
  std::vector<double> g{0.5 * (0.5 + 0.5 * 0.5), 0.5 + 0.25, 0.5, 1.0, 1.0, 2.0};
  double mean = 0;
  for (const double x : g) mean += x / 6;
  double squares = 0;
  for (const double x : g) squares += (x - mean) * (x - mean);
  for (double& x : g) x = (x - mean) / std::sqrt(squares / 5 + 1e-8);
  EXPECT_NEAR(advantage(learned[0], 0, 0, 0), g[0], 1e-5);
  EXPECT_NEAR(advantage(learned[0], 0, 0, 1), g[1], 1e-5);
  EXPECT_NEAR(advantage(learned[0], 0, 1, 0), g[2], 1e-5);
  EXPECT_NEAR(advantage(learned[0], 0, 1, 1), g[3], 1e-5);
  EXPECT_NEAR(advantage(learned[1], 0, 0, 0), g[4], 1e-5);
  EXPECT_NEAR(advantage(learned[1], 0, 0, 1), g[5], 1e-5);
  EXPECT_TRUE(learned[0][0].returns.empty());
  // With turns that end, nothing of turn 2 reaches turn 1: 0.25, 0.5, 0.5, 1, 1, 2.
  config.turn_credit = "per_turn";
  const auto apart = assign_credit(rooms, config);
  EXPECT_NEAR((advantage(apart[0], 0, 0, 1) - advantage(apart[0], 0, 0, 0)) /
                  (advantage(apart[1], 0, 0, 1) - advantage(apart[1], 0, 0, 0)),
              0.25 / 1.0, 1e-5);
}

TEST(Credit, ReinforcePlusPlusBaselineWhitensOverTheStep) {
  // Less the means: -0.1, 0.1 | -0.3, 0.3, two tokens each.
  const std::vector<PlayedRoom> rooms{room_of({{0.4}, {0.6}}), room_of({{0.0}, {0.6}})};
  const auto learned = assign_credit(rooms, config_of("reinforce_plus_plus_baseline", "trajectory"));
  const double std = std::sqrt((4 * 0.01 + 4 * 0.09) / 7);
  EXPECT_NEAR(advantage(learned[0], 0, 0), -0.1 / std, 1e-5);
  EXPECT_NEAR(advantage(learned[1], 1, 0, 1), 0.3 / std, 1e-5);
}

TEST(Credit, GaeTakesTheCriticsValuesAndGivesItReturns) {
  PlayedRoom room = room_of({{0.5, 1.0}});
  room.rollouts[0].turns[0].values = {0.1, 0.2};
  room.rollouts[0].turns[1].values = {0.3, 0.4};
  CreditConfig config = config_of("gae", "trajectory");
  config.gamma = 0.9;
  config.lam = 0.8;
  const auto learned = learned_of(room, config);
  // Backwards: 1 - 0.4; 0 + 0.9 0.4 - 0.3; 0.5 + 0.9 0.3 - 0.2; 0 + 0.9 0.2 - 0.1.
  const double a3 = 0.6, a2 = 0.06 + 0.72 * a3, a1 = 0.57 + 0.72 * a2, a0 = 0.08 + 0.72 * a1;
  ASSERT_EQ(learned.size(), 2U);
  EXPECT_NEAR(static_cast<double>(learned[0].returns[0]), a0 + 0.1, 1e-6);
  EXPECT_NEAR(static_cast<double>(learned[0].returns[1]), a1 + 0.2, 1e-6);
  EXPECT_NEAR(static_cast<double>(learned[1].returns[0]), a2 + 0.3, 1e-6);
  EXPECT_NEAR(static_cast<double>(learned[1].returns[1]), a3 + 0.4, 1e-6);
  const double mean = (a0 + a1 + a2 + a3) / 4;
  double squares = 0;
  for (const double a : {a0, a1, a2, a3}) squares += (a - mean) * (a - mean);
  EXPECT_NEAR(advantage(learned, 0, 0, 0), (a0 - mean) / std::sqrt(squares / 3), 1e-4);
  EXPECT_NEAR(advantage(learned, 0, 1, 1), (a3 - mean) / std::sqrt(squares / 3), 1e-4);
  // Bi-level: the turns' values are those at their last tokens.
  config.estimator = "bi_level_gae";
  config.high_level_gamma = 0.7;
  const auto two = learned_of(room, config);
  const double t2 = 1.0 - 0.4, t1 = 0.5 + 0.7 * 0.4 - 0.2 + 0.7 * 0.8 * t2;
  EXPECT_NEAR(static_cast<double>(two[0].returns[1]), t1 + 0.2, 1e-6);
  EXPECT_NEAR(static_cast<double>(two[1].returns[1]), 1.0, 1e-6);
  EXPECT_NEAR(static_cast<double>(two[0].returns[0]), 0.9 * 0.2 + 0.72 * t1, 1e-6);
}

TEST(Credit, PenaltiesAreTakenFromTheScoresOfTheirTurns) {
  PlayedRoom room = room_of({{0.2, 0.6}, {0.4, 0.5}});
  PlayedTurn& second = room.rollouts[0].turns[1];
  second.kl = {0.05, 0.02};
  second.overlong = -0.03;  // 0.1 in all
  CreditConfig config = config_of("rloo", "trajectory");
  config.gamma = 0.5;
  EXPECT_NEAR(advantage(learned_of(room, config), 0, 0), 0.2 + 0.5 * 0.5 - (0.4 + 0.25), 1e-6);
  config.turn_credit = "improvement";
  EXPECT_NEAR(advantage(learned_of(room, config), 0, 0), 0.2 - 0.4, 1e-6);
  EXPECT_NEAR(advantage(learned_of(room, config), 0, 1), (0.4 - 0.1) - 0.1, 1e-6);
  config.turn_credit = "per_turn_return";
  EXPECT_NEAR(advantage(learned_of(room, config), 0, 0), 0.2 + 0.5 * 0.5 - (0.4 + 0.25), 1e-6);
  EXPECT_NEAR(advantage(learned_of(room, config), 0, 1), 0.5 - 0.5, 1e-6);
  // Token by token they stand where they belong.
  config.estimator = "gae";
  config.turn_credit = "trajectory";
  config.gamma = 1;
  for (auto& rollout : room.rollouts)
    for (PlayedTurn& turn : rollout.turns) turn.values = {0, 0};
  const auto learned = learned_of(room, config);
  EXPECT_NEAR(static_cast<double>(learned[2].returns[1]), 0.6 - 0.02 - 0.03, 1e-6);
  EXPECT_NEAR(static_cast<double>(learned[2].returns[0]), 0.6 - 0.05 - 0.05, 1e-6);
}

// Two rollouts, one object; tokens 0 (its x), 1 (the rest of its entry) and 2 (no object's).
PlayedRoom room_with_parts() {
  PlayedRoom room;
  const std::vector<double> rewards{0.2, 0.8};
  const std::vector<double> scores{0.9, 0.1};
  const std::vector<double> x_scores{0.3, 0.5};
  for (std::size_t g = 0; g < 2; ++g) {
    PlayedTrajectory each = played({rewards[g]}, 3);
    each.turns[0].objects = {{scores[g], x_scores[g], 1, 1}};
    each.turns[0].parts = {{0, 0, 0}, {1, 0, -1}};
    room.rollouts.push_back(each);
  }
  return room;
}

TEST(Credit, ObjectsAndAxesAreAddedByHand) {
  const PlayedRoom room = room_with_parts();
  CreditConfig config;
  config.object_credit = 2;
  const double a = 0.3 / (std::sqrt(0.18) + 1e-6);  // GRPO of the better one
  const double object = 0.4 / (std::sqrt(0.32) + 0.05), axis = 0.1 / (std::sqrt(0.02) + 0.05);
  auto learned = learned_of(room, config);
  EXPECT_NEAR(advantage(learned, 1, 0, 0), a + 2 * axis, 1e-5);
  EXPECT_NEAR(advantage(learned, 1, 0, 1), a - 2 * object, 1e-5);
  EXPECT_NEAR(advantage(learned, 1, 0, 2), a, 1e-5);
  config.per_axis = false;
  learned = learned_of(room, config);
  EXPECT_NEAR(advantage(learned, 1, 0, 0), a - 2 * object, 1e-5);
  // lambda 0 is the plain estimator, to the byte.
  config.object_credit = 0;
  const auto none = learned_of(room, config);
  PlayedRoom bare = room;
  for (auto& rollout : bare.rollouts) rollout.turns[0].objects.clear(), rollout.turns[0].parts.clear();
  config.object_credit = 2;
  const auto plain = learned_of(bare, config);
  for (std::size_t i = 0; i < 2; ++i) EXPECT_EQ(none[i].advantages, plain[i].advantages);
}

TEST(Credit, SpoTakesThePlaceOfTheAdvantageOnCoordinates) {
  PlayedRoom room = room_with_parts();
  for (auto& rollout : room.rollouts)
    std::erase_if(rollout.turns[0].parts, [](auto p) { return p.axis < 0; });
  CreditConfig config;
  config.spo = true;
  config.object_credit = 1;
  config.per_axis = false;
  const double std = std::sqrt(0.18) + 1e-6;
  auto learned = learned_of(room, config);
  EXPECT_NEAR(advantage(learned, 0, 0, 0), (0.2 * 0.9 - 0.5) / std, 1e-5);
  EXPECT_NEAR(advantage(learned, 1, 0, 0), (0.8 * 0.1 - 0.5) / std, 1e-5);
  EXPECT_NEAR(advantage(learned, 1, 0, 1), 0.3 / std, 1e-5);
  config.object_credit = 0.5;  // half way from GRPO
  learned = learned_of(room, config);
  EXPECT_NEAR(advantage(learned, 1, 0, 0), 0.5 * (0.3 + 0.8 * 0.1 - 0.5) / std, 1e-5);
  config.per_axis = true;
  config.object_credit = 1;
  EXPECT_NEAR(advantage(learned_of(room, config), 1, 0, 0), (0.8 * 0.5 - 0.5) / std, 1e-5);
}

TEST(Credit, ATokenOfSeveralNumbersCarriesTheirMean) {
  PlayedRoom room = room_with_parts();
  for (auto& rollout : room.rollouts) rollout.turns[0].parts = {{0, 0, 0}, {0, 0, 1}};
  CreditConfig config;
  config.object_credit = 1;
  const double a = 0.3 / (std::sqrt(0.18) + 1e-6);
  const double x = 0.1 / (std::sqrt(0.02) + 0.05);  // y is the same in both: nothing
  EXPECT_NEAR(advantage(learned_of(room, config), 1, 0, 0), a + x / 2, 1e-5);
}

TEST(Credit, EveryEstimatorAndTurnCreditIsFiniteAndKnowsNothingOfWhatIsLeftOut) {
  Rng rng(17);
  for (const Estimator& each : estimators()) {
    for (const TurnCredit& turns : turn_credits()) {
      CreditConfig config = config_of(std::string(each.name), std::string(turns.name));
      if (!check_credit(config, "test")) continue;
      std::vector<PlayedRoom> rooms(3);
      for (PlayedRoom& room : rooms) {
        for (int g = 0; g < 4; ++g) {
          std::vector<double> rewards;
          for (std::uint64_t t = 0; t < 1 + rng.below(3); ++t) rewards.push_back(rng.uniform());
          PlayedTrajectory one = played(rewards);
          for (PlayedTurn& turn : one.turns) turn.values = {rng.uniform(), rng.uniform()};
          room.rollouts.push_back(one);
        }
        room.greedy = played({rng.uniform(), rng.uniform()});
      }
      rooms[1].rollouts.resize(1);  // a group of one
      const auto all = assign_credit(rooms, config);
      for (const auto& room : all)
        for (const LearnedTurn& turn : room) {
          ASSERT_EQ(turn.advantages.size(), 2U);
          EXPECT_EQ(turn.returns.size(), each.critic ? 2U : 0U);
          for (const float a : turn.advantages) EXPECT_TRUE(std::isfinite(a)) << each.name << turns.name;
        }
      // One more whose only turn has no reward, and one that lacks its first answer.
      for (PlayedRoom& room : rooms) {
        PlayedTrajectory ungraded = played({kNan});
        ungraded.turns[0].values = {0.5, 0.5};
        room.rollouts.push_back(ungraded);
        room.rollouts.push_back(PlayedTrajectory{{}, false});
      }
      const auto again = assign_credit(rooms, config);
      for (std::size_t r = 0; r < rooms.size(); ++r) {
        ASSERT_EQ(again[r].size(), all[r].size()) << each.name << ' ' << turns.name;
        for (std::size_t i = 0; i < all[r].size(); ++i)
          EXPECT_EQ(again[r][i].advantages, all[r][i].advantages) << each.name << ' ' << turns.name;
      }
    }
  }
}

TEST(Credit, PartsThatDoNotGoTogetherAreRefused) {
  CreditConfig config;
  EXPECT_TRUE(check_credit(config, "test"));
  config.spo = true;
  config.object_credit = 1;
  EXPECT_TRUE(check_credit(config, "test"));
  config.object_credit = 2;
  EXPECT_FALSE(check_credit(config, "test"));
  config.object_credit = 1;
  config.estimator = "rloo";
  EXPECT_FALSE(check_credit(config, "test"));
  EXPECT_FALSE(check_credit(config_of("gae", "improvement_over_keep"), "test"));
}

class TokenParts : public ::testing::Test {
 protected:
  TokenParts()
      : tokenizer_(
            *vlm::Tokenizer::parse(dump_json(vlm::make_nano_tokenizer(env::compact_vocabulary())), "nano")) {
    graph_.size = {6, 4, 3};
    for (const char* id : {"bed_1", "desk_1"}) {
      scene::SceneObject object;
      object.id = id;
      object.kind = scene::kind_from_id(id);
      object.size_m = {1, 1, 1};
      graph_.objects.push_back(object);
    }
  }

  static std::string answer(const std::string& entries, const std::string& think = "x 1") {
    return "<think>" + think + "</think><answer>" + entries + "</answer>";
  }

  /// What the tokens of (object, axis) say, one after another.
  std::string text_of(const std::string& text, bool numbers, std::size_t object, int axis) const {
    const auto parsed = reward::parse_response(graph_, text);
    EXPECT_EQ(parsed.status, reward::ResponseStatus::Ok) << parsed.reason;
    const auto ids = tokenizer_.encode(text);
    std::string out;
    for (const TokenPart& part : numbers ? number_parts(ids, tokenizer_, parsed.entries)
                                         : entry_parts(ids, tokenizer_, parsed.entries))
      if (part.object == object && part.axis == axis) out += tokenizer_.token_bytes(ids[part.token]);
    return out;
  }

  /// The parts of an answer that is cut into these tokens, which are bytes of the text.
  std::vector<TokenPart> parts_of_bytes(const std::string& text) const {
    const auto parsed = reward::parse_response(graph_, text);
    const auto ids = tokenizer_.encode(text);
    return number_parts(ids, tokenizer_, parsed.entries);
  }

  vlm::Tokenizer tokenizer_;
  scene::SceneGraph graph_;
};

TEST_F(TokenParts, AnEntryIsItsObjectsAndANumberItsAxis) {
  const std::string text = answer(
      R"([{"new_object_id":"desk_1","why":"x 2","x": 1.5,"y": 2,"z": 0.5},{"new_object_id":"bed_1","x": 3,"y": 3,"z": 0.5}])");
  EXPECT_EQ(text_of(text, false, 1, 0), " 1.5");
  const std::string of_bed = text_of(text, false, 0, -1);
  EXPECT_NE(of_bed.find("bed_1"), std::string::npos);
  EXPECT_EQ(of_bed.find("desk_1"), std::string::npos);
  EXPECT_EQ(of_bed.find('3'), std::string::npos);
}

TEST_F(TokenParts, NumbersAloneHoldNumbers) {
  // Escapes, text of several bytes, brackets, numbers and whole entries in a string; exponents, signs, yaw.
  const std::string text = answer(
      R"([{"why":"\"x\": 9, 椅子 \\ {\"new_object_id\":\"bed_1\",\"x\": 8}]","new_object_id":"desk_1","x":-1.5e0,"y":2.50E+00,"z":5e-1,"z_angle":90},)"
      R"({"x":3,"new_object_id":"bed_1","y":3.25,"z":0.5}])",
      R"(I put "x": 7 there. [{"new_object_id":"bed_1","x":1}])");
  const auto digits = [](std::string of) {
    std::erase_if(of, [](char c) { return c == ':' || c == ',' || c == ' ' || c == '"' || c == '}'; });
    return of;
  };
  EXPECT_EQ(digits(text_of(text, true, 1, 0)), "-1.5e0");
  EXPECT_EQ(digits(text_of(text, true, 1, 1)), "2.50E+00");
  EXPECT_EQ(digits(text_of(text, true, 1, 2)), "5e-1");
  EXPECT_EQ(digits(text_of(text, true, 1, -1)), "90");
  EXPECT_EQ(digits(text_of(text, true, 0, 0)), "3");
  EXPECT_EQ(digits(text_of(text, true, 0, 1)), "3.25");
  EXPECT_EQ(digits(text_of(text, true, 0, 2)), "0.5");
  EXPECT_EQ(text_of(text, true, 0, -1), "");
}

// Against a slow reading: a token is a number's if any of its bytes lies in the number's range.
TEST_F(TokenParts, EveryByteCountsInRandomAnswers) {
  Rng rng(5);
  for (int round = 0; round < 60; ++round) {
    const auto number = [&] {
      const std::vector<std::string> forms{"1", "0.25", "-0.5", "1e0", "2.5E-1", "3.125", "12.75", "1e+01"};
      return forms[rng.below(forms.size())];
    };
    const auto space = [&] { return std::string(rng.below(3), ' '); };
    std::string entries = "[";
    for (const char* id : {"desk_1", "bed_1"}) {
      if (entries.size() > 1) entries += space() + "," + space();
      entries += "{" + space() + "\"new_object_id\":" + space() + "\"" + id + "\"";
      for (const char* key : {"x", "y", "z"})
        entries += space() + "," + space() + "\"" + key + "\"" + space() + ":" + space() + number();
      if (rng.below(2) == 0) entries += ",\"why\":\"1 äö \\\"2\\\" {}\"";
      entries += space() + "}";
    }
    const std::string text = answer(entries + "]");
    const auto parsed = reward::parse_response(graph_, text);
    ASSERT_EQ(parsed.status, reward::ResponseStatus::Ok) << text;
    const auto ids = tokenizer_.encode(text);
    std::vector<std::size_t> token_of_byte;
    for (std::size_t k = 0; k < ids.size(); ++k)
      token_of_byte.insert(token_of_byte.end(), tokenizer_.token_bytes(ids[k]).size(), k);
    ASSERT_EQ(token_of_byte.size(), text.size());
    std::vector<TokenPart> expected;
    for (std::size_t k = 0; k < ids.size(); ++k)
      for (std::size_t o = 0; o < 2; ++o)
        for (int axis = 0; axis < 3; ++axis) {
          const auto& entry = parsed.entries[o];
          const auto& range = axis == 0 ? entry.x : axis == 1 ? entry.y : entry.z;
          bool any = false;
          for (std::size_t byte = range.begin; byte < range.end; ++byte) any |= token_of_byte[byte] == k;
          if (any) expected.push_back({k, o, axis});
        }
    EXPECT_EQ(number_parts(ids, tokenizer_, parsed.entries), expected) << text;
  }
}

TEST_F(TokenParts, ATokenThatTwoNumbersShareIsBoth) {
  // Ranges as they would be where one token holds the end of one object's number and the start of another's.
  const auto ids = tokenizer_.encode("<think>");  // one token of seven bytes
  ASSERT_EQ(ids.size(), 1U);
  std::vector<reward::EntryRanges> entries(2);
  entries[0].entry = {0, 4};
  entries[0].z = {1, 2};
  entries[1].entry = {4, 7};
  entries[1].x = {6, 9};
  const std::vector<TokenPart> both{{0, 0, 2}, {0, 1, 0}};
  EXPECT_EQ(number_parts(ids, tokenizer_, entries), both);
  EXPECT_EQ(entry_parts(ids, tokenizer_, entries), (std::vector<TokenPart>{{0, 0, 2}}));
}

TEST_F(TokenParts, WhatCannotBeReadHasNone) {
  const std::string bed = R"({"new_object_id":"bed_1","x":3,"y":3,"z":0.5})";
  const std::string desk = R"({"new_object_id":"desk_1","x":1,"y":2,"z":0.5})";
  const std::vector<std::string> texts = {
      answer("[" + bed + "," + bed + "]"),                                              // an id twice
      answer("[" + bed + "," + desk + "," + desk + "]"),                                // one too many
      answer("[" + bed + R"(,{"new_object_id":"desk_1","x":{"x":1},"y":2,"z":0.5}])"),  // nested
      answer("[" + bed + R"(,{"new_object_id":"desk_1","x":1,"y":2,"z":0.5,"w":7}])"),  // unknown key
      answer("[" + bed + R"(,{"new_object_id":"desk_1","x":1,"x":1,"y":2,"z":0.5}])"),  // a key twice
      answer("[" + bed + "," + desk + "]") + answer("[" + bed + "," + desk + "]"),      // two answers
      answer("[" + bed + "," + desk),                                                   // cut off inside
      "<think>x</think><answer>[" + bed + "," + desk.substr(0, desk.size() - 6),        // cut off in a number
      answer("[" + bed + R"(,{"new_object_id":"desk_1","x":"1","y":2,"z":0.5}])"),      // a string
      answer("[" + bed + R"(,{"new_object_id":"desk_1","x":1e999,"y":2,"z":0.5}])"),    // not finite
      "",
  };
  for (const std::string& text : texts) EXPECT_TRUE(parts_of_bytes(text).empty()) << text;
}

}  // namespace
}  // namespace metaspatial::rl
