#include "metaspatial/env/env_config.hpp"

#include <gtest/gtest.h>

#include <string>

namespace metaspatial::env {
namespace {

TEST(EnvConfig, ReadsTheEpisodeAndTheReward) {
  const Json json = Json::parse(
      R"({"env": {"max_turns": 3, "prompt_style": "full", "view": "corner", "picture_px": 56,
                  "samples_per_pixel": 2, "feedback_words": false, "feedback_picture": false,
                  "allow_keep": false, "looks": false, "system_message": "Hello."},
          "reward": {"looks_weight": 0.5, "rules": {"overlap_slop_m": 0.03}}})");
  ConfigReader reader(json, "x.yaml");
  EnvConfig config;
  read_env_config(reader, config);
  ASSERT_TRUE(reader.finish());
  EXPECT_EQ(config.max_turns, 3);
  EXPECT_EQ(config.style, PromptStyle::Full);
  EXPECT_EQ(config.view, render::View::Corner);
  EXPECT_EQ(config.picture_px, 56);
  EXPECT_EQ(config.samples_per_pixel, 2);
  EXPECT_FALSE(config.feedback_words || config.feedback_picture || config.allow_keep || config.looks);
  EXPECT_EQ(config.system_message, "Hello.");
  EXPECT_EQ(config.reward.looks_weight, 0.5);
  EXPECT_EQ(config.reward.rules.overlap_slop_m, 0.03);
}

TEST(EnvConfig, ErrorsNameTheKey) {
  const Json json = Json::parse(R"({"reward": {"format_weight": -1}})");
  ConfigReader reader(json, "x.yaml");
  EnvConfig config;
  read_env_config(reader, config);
  const auto done = reader.finish();
  ASSERT_FALSE(done);
  EXPECT_NE(to_string(done.error()).find("x.yaml: key 'reward.format_weight'"), std::string::npos);
}

}  // namespace
}  // namespace metaspatial::env
