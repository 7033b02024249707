#include "metaspatial/rl/samples.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <utility>

#include "metaspatial/env/prompt.hpp"
#include "metaspatial/env/test_room.hpp"
#include "metaspatial/rl/step_metrics.hpp"

namespace metaspatial::rl {
namespace {

/// A room in which one trajectory of two turns was played: an unreadable answer, then a good one.
struct Played {
  std::shared_ptr<render::Device> device = std::make_shared<render::Device>();
  env::TestRoom test = env::test_room();
  env::EnvConfig env;
  eval::RolloutGroup group;

  Played() {
    env.picture_px = 56;
    env.max_turns = 2;
    group.room = env::make_room(device, test.graph, env);
    group.rollouts.push_back({env::Episode(group.room, env), {}, {}});
    for (const std::string& answer :
         {std::string("</pre> no \xff"), env::answer_text(test.graph, test.good, {})}) {
      group.rollouts[0].episode.step(answer);
      eval::TurnTokens tokens;
      tokens.generation.ids.resize(answer.size() < 20 ? 3 : 9);
      group.rollouts[0].turns.push_back(std::move(tokens));
    }
  }
};

TEST(Samples, TheReportShowsWhatWasPlayed) {
  const Played played;
  const auto& turns = played.group.rollouts[0].episode.turns();
  // As they come from the file.
  std::vector<Json> lines;
  for (const int step : {0, 5, 10})
    lines.push_back(*parse_json(dump_json(sample_line(step, {&played.group, 1})), "test"));
  const auto samples = report_samples(lines, played.device);
  ASSERT_TRUE(samples) << samples.error().message;
  ASSERT_EQ(samples->size(), 1U);
  const eval::ReportSample& sample = samples->front();
  EXPECT_EQ(sample.wish, played.test.graph.user_preference);
  ASSERT_EQ(sample.episodes.size(), 2U);
  EXPECT_EQ(sample.episodes[0].label, "before training");
  EXPECT_EQ(sample.episodes[1].label, "after 10 steps");
  for (const eval::ReportEpisode& episode : sample.episodes) {
    ASSERT_EQ(episode.turns.size(), 2U);
    EXPECT_TRUE(episode.turns[0].picture.pixels.empty());
    EXPECT_EQ(episode.turns[0].faults, faults_in_words(turns[0], played.test.graph));
    EXPECT_TRUE(episode.turns[0].faults.at(0).starts_with("unreadable"));
    EXPECT_EQ(episode.turns[1].response, turns[1].response);
    EXPECT_DOUBLE_EQ(episode.turns[1].reward, turns[1].reward.total);
    EXPECT_DOUBLE_EQ(*episode.turns[1].physics, turns[1].reward.physics);
    // The picture drawn from the file is that of the layout in memory.
    EXPECT_EQ(episode.turns[1].picture.pixels, portrait(played.group.room->scene, turns[1].layout).pixels);
    EXPECT_NE(episode.turns[1].picture.pixels, portrait(played.group.room->scene, std::nullopt).pixels);
  }
}

TEST(Samples, ALineThatIsNoneIsAnError) {
  const auto device = std::make_shared<render::Device>();
  EXPECT_TRUE(report_samples({}, device)->empty());
  for (const char* bad :
       {"3", "{}", R"({"step": 1, "rooms": 4})", R"({"step": 1, "rooms": [5]})",
        R"({"step": "one", "rooms": []})", R"({"step": 1, "rooms": [{"room": {}, "turns": []}]})"}) {
    const Json line = *parse_json(bad, "test");
    EXPECT_FALSE(report_samples({&line, 1}, device)) << bad;
  }
}

TEST(StepMetrics, LengthsAndPartsByHand) {
  const Played played;
  const auto& turns = played.group.rollouts[0].episode.turns();
  const Json line = rollout_metrics({&played.group, 1}, 2);
  EXPECT_DOUBLE_EQ(line["response_length/mean"].get<double>(), 6);
  EXPECT_DOUBLE_EQ(line["response_length/min"].get<double>(), 3);
  EXPECT_DOUBLE_EQ(line["response_length/max"].get<double>(), 9);
  EXPECT_DOUBLE_EQ(line["critic/score/min"].get<double>(), turns[0].reward.total);
  EXPECT_DOUBLE_EQ(line["critic/score/max"].get<double>(), turns[1].reward.total);
  EXPECT_DOUBLE_EQ(line["reward/physics"].get<double>(),
                   (turns[0].reward.physics + turns[1].reward.physics) / 2);
  EXPECT_DOUBLE_EQ(line["reward/looks"].get<double>(), *turns[1].reward.looks);  // the only grade
  const TokenCounts counts = count_tokens({&played.group, 1});
  EXPECT_DOUBLE_EQ(counts.written, 12);
  EXPECT_DOUBLE_EQ(counts.all, 12);  // no question and no prompts here
}

}  // namespace
}  // namespace metaspatial::rl
