#include "metaspatial/app/scoring_config.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <string_view>

#include "metaspatial/base/files.hpp"

namespace metaspatial::app {
namespace {

namespace fs = std::filesystem;

class ScoringConfig : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / fmt::format("metaspatial_scoring_config_test_{}", ::getpid());
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }
  fs::path file(std::string_view name, std::string_view text) const {
    EXPECT_TRUE(write_file_atomic(folder_ / name, text));
    return folder_ / name;
  }
  fs::path folder_;
};

TEST_F(ScoringConfig, TakesItsSectionsOutOfATrainingConfig) {
  const auto config = read_scoring_config(file("train.yaml",
                                               "trainer:\n  max_steps: 3\n  no_such_key: 1\n"
                                               "env:\n  looks: false\n"
                                               "reward:\n  physics_weight: 0.9\n  rules:\n"
                                               "    overlap_slop_m: 0.05\n"
                                               "  stages:\n    enabled: true\n"
                                               "reward.format_weight: 0.4\n"));
  ASSERT_TRUE(config) << to_string(config.error());
  EXPECT_FALSE(config->looks);
  EXPECT_EQ(config->reward.physics_weight, 0.9);
  EXPECT_EQ(config->reward.format_weight, 0.4);
  EXPECT_EQ(config->reward.rules.overlap_slop_m, 0.05);
  EXPECT_EQ(config->reward.looks_weight, reward::RewardConfig{}.looks_weight);
}

TEST_F(ScoringConfig, ShippedConfigsAreRead) {
  for (const auto& entry : fs::recursive_directory_iterator(METASPATIAL_SOURCE_DIR "/configs")) {
    if (entry.path().extension() != ".yaml") continue;
    const auto config = read_scoring_config(entry.path());
    EXPECT_TRUE(config) << to_string(config.error());
  }
  EXPECT_TRUE(read_scoring_config(""));
}

TEST_F(ScoringConfig, ErrorsNameFileAndKey) {
  const auto error_of = [&](std::string_view text) {
    const auto config = read_scoring_config(file("bad.yaml", text));
    return config ? std::string() : to_string(config.error());
  };
  EXPECT_NE(error_of("reward:\n  looks_wieght: 1\n").find("bad.yaml: key 'reward.looks_wieght' is not known"),
            std::string::npos);
  EXPECT_NE(error_of("env:\n  looks: maybe\n").find("bad.yaml: key 'env.looks'"), std::string::npos);
  const auto absent = read_scoring_config(folder_ / "absent.yaml");
  ASSERT_FALSE(absent);
  EXPECT_EQ(absent.error().code, ErrorCode::NotFound);
}

}  // namespace
}  // namespace metaspatial::app
