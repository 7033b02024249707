// Slow tests: a tiny model is trained for a few steps, killed and resumed.
#include <ATen/ATen.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "metaspatial/base/files.hpp"
#include "metaspatial/base/parallel.hpp"
#include "metaspatial/rl/pretrain.hpp"
#include "metaspatial/rl/results.hpp"
#include "metaspatial/rl/trainer.hpp"

namespace metaspatial::rl {
namespace {

namespace fs = std::filesystem;

/// Grades the first `good` questions of every batch and fails on the others.
class FailingJudge final : public judge::Judge {
 public:
  explicit FailingJudge(std::size_t good) : good_(good) {}
  [[nodiscard]] std::vector<judge::JudgeOutcome> grade(std::span<const judge::Question> questions,
                                                       const std::stop_token&) const override {
    std::vector<judge::JudgeOutcome> outcomes;
    for (std::size_t i = 0; i < questions.size(); ++i) {
      if (i < good_)
        outcomes.emplace_back(judge::Verdict{});
      else
        outcomes.emplace_back(tl::unexpected(judge::JudgeFailure{"down", 1, 1}));
    }
    return outcomes;
  }
  [[nodiscard]] std::string name() const override { return "failing"; }

 private:
  std::size_t good_;
};

class TrainingTest : public ::testing::Test {
 protected:
  void SetUp() override {
    set_thread_budget(2);
    folder_ = fs::temp_directory_path() / fmt::format("metaspatial_training_test_{}", ::getpid());
    fs::remove_all(folder_);
    pretrain_.descriptions = METASPATIAL_SOURCE_DIR "/data/descriptions/train.json";
    pretrain_.nano.hidden_size = 32;
    pretrain_.nano.num_hidden_layers = 2;
    pretrain_.nano.num_attention_heads = 2;
    pretrain_.nano.num_key_value_heads = 1;
    pretrain_.nano.head_dim = 16;
    pretrain_.nano.intermediate_size = 64;
    pretrain_.nano.vision_hidden_size = 16;
    pretrain_.nano.vision_depth = 2;
    pretrain_.nano.vision_num_heads = 2;
    pretrain_.nano.vision_intermediate_size = 32;
    pretrain_.env.picture_px = 112;
    pretrain_.steps = 4;
    pretrain_.rooms_per_step = 4;
    pretrain_.save_every = 2;
    pretrain_.output = (folder_ / "pretrain").string();
    train_.train_descriptions = pretrain_.descriptions;
    train_.val_descriptions = METASPATIAL_SOURCE_DIR "/data/descriptions/heldout.json";
    train_.model_path = pretrain_.output;
    train_.env.picture_px = 112;
    train_.rooms_per_step = 3;
    train_.rooms_per_update = 2;
    train_.rollouts_per_room = 2;
    train_.max_response_tokens = 24;
    train_.total_steps = 3;
    train_.save_every = 1;
    train_.val_every = 2;
    train_.val_rooms = 4;
    train_.final_rooms = 6;
    train_.output = (folder_ / "train").string();
  }
  void TearDown() override { fs::remove_all(folder_); }
  static std::string bytes(const fs::path& path) {
    return read_file(path).value_or("missing " + path.string());
  }

  fs::path folder_;
  PretrainConfig pretrain_;
  TrainConfig train_;
};

TEST_F(TrainingTest, AnInterruptedPretrainingEndsWithTheSameBytes) {
  ASSERT_TRUE(pretrain(pretrain_));
  PretrainConfig other = pretrain_;
  other.output = (folder_ / "interrupted").string();
  ASSERT_TRUE(pretrain(other));
  // As after a kill behind step 2: the later checkpoint and weights are gone, the log has lines too many.
  fs::remove_all(fs::path(other.output) / "checkpoints" / "global_step_4");
  ASSERT_TRUE(fs::exists(fs::path(other.output) / "checkpoints" / "global_step_2"));
  fs::remove(fs::path(other.output) / "model.safetensors");
  ASSERT_TRUE(pretrain(other));
  EXPECT_EQ(bytes(fs::path(pretrain_.output) / "model.safetensors"),
            bytes(fs::path(other.output) / "model.safetensors"));
  EXPECT_EQ(bytes(fs::path(pretrain_.output) / "metrics.jsonl"),
            bytes(fs::path(other.output) / "metrics.jsonl"));
}

TEST_F(TrainingTest, BatchesMadeAheadAreTheSameBatches) {
  pretrain_.steps = 3;
  ASSERT_TRUE(pretrain(pretrain_));
  PretrainConfig ahead = pretrain_;
  ahead.loaders = 5;
  ahead.output = (folder_ / "ahead").string();
  ASSERT_TRUE(pretrain(ahead));
  EXPECT_EQ(bytes(fs::path(pretrain_.output) / "model.safetensors"),
            bytes(fs::path(ahead.output) / "model.safetensors"));
}

TEST_F(TrainingTest, AnInterruptedPretrainingWithRepeatsEndsWithTheSameBytes) {
  pretrain_.steps = 8;
  pretrain_.repeat_after = 2;
  pretrain_.loaders = 2;
  ASSERT_TRUE(pretrain(pretrain_));
  PretrainConfig killed = pretrain_;
  killed.output = (folder_ / "killed").string();
  killed.loaders = 1;
  ASSERT_TRUE(pretrain(killed));
  fs::remove_all(fs::path(killed.output) / "checkpoints" / "global_step_8");
  ASSERT_TRUE(pretrain(killed));
  EXPECT_EQ(bytes(fs::path(pretrain_.output) / "model.safetensors"),
            bytes(fs::path(killed.output) / "model.safetensors"));
}

TEST_F(TrainingTest, AnInterruptedTrainingEndsWithTheSameBytesAndWritesItsResults) {
  ASSERT_TRUE(pretrain(pretrain_));
  const auto whole = train(train_);
  ASSERT_TRUE(whole) << to_string(whole.error());
  TrainConfig other = train_;
  other.output = (folder_ / "interrupted").string();
  ASSERT_TRUE(train(other));
  fs::remove_all(fs::path(other.output) / "checkpoints" / "global_step_3");
  ASSERT_TRUE(fs::exists(fs::path(other.output) / "checkpoints" / "global_step_2"));
  ASSERT_TRUE(train(other));
  EXPECT_EQ(bytes(fs::path(train_.output) / "model" / "model.safetensors"),
            bytes(fs::path(other.output) / "model" / "model.safetensors"));
  EXPECT_EQ(bytes(fs::path(train_.output) / "metrics.jsonl"),
            bytes(fs::path(other.output) / "metrics.jsonl"));

  const auto summary = write_results(train_, *whole);
  ASSERT_TRUE(summary) << to_string(summary.error());
  for (const char* key : {"reward", "format", "faulty_objects", "colliding_objects", "out_of_room",
                          "broken_relations", "collision_reference", "constraint_reference"}) {
    EXPECT_TRUE((*summary)["before"].contains(key)) << key;
    EXPECT_TRUE((*summary)["after"].contains(std::string(key) + "_readable")) << key;
  }
  EXPECT_TRUE(fs::exists(fs::path(train_.output) / "report.html"));
}

TEST_F(TrainingTest, AnInterruptedTrainingInStagesEndsWithTheSameBytes) {
  ASSERT_TRUE(pretrain(pretrain_));
  train_.val_every = 0;
  train_.save_every = 1;
  train_.keep_checkpoints = 10;
  train_.total_steps = 5;
  // Thresholds that any answers reach, so that this tiny model gets through all stages: two steps in each.
  train_.stages = {.enabled = true, .physics_after_format = 0, .looks_after_physics = 0, .patience = 2};
  const auto whole = train(train_);
  ASSERT_TRUE(whole) << to_string(whole.error());
  std::vector<std::string> stages;
  const std::string metrics = bytes(fs::path(train_.output) / "metrics.jsonl");
  for (std::size_t begin = 0; begin < metrics.size(); begin = metrics.find('\n', begin) + 1)
    stages.push_back(Json::parse(metrics.substr(begin, metrics.find('\n', begin) - begin))["stages/stage"]);
  EXPECT_EQ(stages, (std::vector<std::string>{"format", "format", "physics", "physics", "looks"}));

  // Killed behind every step: in the middle of a stage's wait, and at its end.
  for (int kept = 1; kept < train_.total_steps; ++kept) {
    TrainConfig other = train_;
    other.output = (folder_ / fmt::format("killed_{}", kept)).string();
    fs::copy(train_.output, other.output, fs::copy_options::recursive);
    fs::remove_all(fs::path(other.output) / "model");
    for (int step = kept + 1; step <= train_.total_steps; ++step)
      fs::remove_all(fs::path(other.output) / "checkpoints" / fmt::format("global_step_{}", step));
    ASSERT_TRUE(train(other));
    EXPECT_EQ(bytes(fs::path(train_.output) / "model" / "model.safetensors"),
              bytes(fs::path(other.output) / "model" / "model.safetensors"))
        << kept;
    EXPECT_EQ(metrics, bytes(fs::path(other.output) / "metrics.jsonl")) << kept;
  }

  const fs::path state = fs::path(train_.output) / "checkpoints" / "global_step_5" / "state.json";
  Json damaged = Json::parse(bytes(state));
  damaged["stages"]["stage"] = "fame";
  ASSERT_TRUE(write_file_atomic(state, dump_json(damaged)));
  const auto refused = train(train_);
  ASSERT_FALSE(refused);
  EXPECT_NE(to_string(refused.error()).find("state.json: stages: stage 'fame'"), std::string::npos)
      << to_string(refused.error());
}

TEST_F(TrainingTest, OwnAnswersAreTheStartingModelsAlsoAfterAKill) {
  ASSERT_TRUE(pretrain(pretrain_));
  PretrainConfig whole = pretrain_;
  whole.model_path = pretrain_.output;
  whole.demonstrations.own = 0.8;
  whole.output = (folder_ / "whole").string();
  ASSERT_TRUE(pretrain(whole));
  PretrainConfig killed = whole;
  killed.output = (folder_ / "killed").string();
  ASSERT_TRUE(pretrain(killed));
  fs::remove_all(fs::path(killed.output) / "checkpoints" / "global_step_4");
  ASSERT_TRUE(pretrain(killed));
  EXPECT_EQ(bytes(fs::path(whole.output) / "model.safetensors"),
            bytes(fs::path(killed.output) / "model.safetensors"));
}

TEST_F(TrainingTest, AVisionTowerIsTakenOverAndNothingElse) {
  pretrain_.steps = 1;
  ASSERT_TRUE(pretrain(pretrain_));
  PretrainConfig other = pretrain_;
  other.seed = 99;
  other.output = (folder_ / "other").string();
  ASSERT_TRUE(pretrain(other));
  PretrainConfig joined = pretrain_;
  joined.model_path = pretrain_.output;
  joined.vision_path = other.output;
  joined.learning_rate = 0;  // so that the weights stay what they were put together from
  joined.output = (folder_ / "joined").string();
  ASSERT_TRUE(pretrain(joined));
  const auto weights = [](const std::string& directory) {
    auto model = vlm::Model::load(directory);
    EXPECT_TRUE(model);
    return model->parameters();
  };
  const auto decoder = weights(pretrain_.output);
  const auto tower = weights(other.output);
  const auto both = weights(joined.output);
  for (std::size_t i = 0; i < both.size(); ++i) {
    const bool seen = both[i].name.starts_with("visual.");
    EXPECT_TRUE(both[i].tensor.equal((seen ? tower : decoder)[i].tensor)) << both[i].name;
  }

  PretrainConfig wider = other;
  wider.nano.hidden_size = 48;
  wider.seed = 7;
  wider.vision_path = other.output;
  wider.learning_rate = 0;
  wider.output = (folder_ / "wider_decoder").string();
  ASSERT_TRUE(pretrain(wider));
  const auto wide = weights(wider.output);
  for (std::size_t i = 0; i < wide.size(); ++i) {
    if (!wide[i].name.starts_with("visual.")) continue;
    EXPECT_EQ(wide[i].tensor.equal(tower[i].tensor), !wide[i].name.starts_with("visual.merger.mlp.2."))
        << wide[i].name;
  }

  pretrain_.nano.vision_hidden_size = 32;
  pretrain_.output = (folder_ / "wider").string();
  ASSERT_TRUE(pretrain(pretrain_));
  joined.vision_path = pretrain_.output;
  joined.output = (folder_ / "refused").string();
  const auto refused = pretrain(joined);
  ASSERT_FALSE(refused);
  EXPECT_NE(to_string(refused.error()).find("does not fit"), std::string::npos) << to_string(refused.error());
  EXPECT_FALSE(fs::exists(joined.output));
}

TEST_F(TrainingTest, BadInputIsOneClearErrorAndLeavesNothing) {
  train_.model_path = (folder_ / "nothing_here").string();
  const auto trained = train(train_);
  ASSERT_FALSE(trained);
  EXPECT_NE(to_string(trained.error()).find("nothing_here"), std::string::npos);
  EXPECT_FALSE(fs::exists(train_.output));
  EXPECT_FALSE(read_train_config(Json::parse(R"({"trainer": {"max_steps": 0}})"), "x.yaml"));
  pretrain_.demonstrations.own = 0.5;
  EXPECT_FALSE(pretrain(pretrain_)) << "a fresh model has no answers of its own";
  EXPECT_FALSE(fs::exists(pretrain_.output));
  EXPECT_FALSE(read_train_config(Json::parse(R"({"trainer": {"max_stepz": 3}})"), "x.yaml"));
  EXPECT_FALSE(read_train_config(Json::parse(R"({"algorithm": {"adv_estimator": "magic"}})"), "x.yaml"));
  EXPECT_FALSE(read_train_config(Json::parse(R"({"reward": {"stages": {"patience": 0}}})"), "x.yaml"));
  EXPECT_TRUE(read_train_config(Json::parse(R"({"reward": {"stages": {"enabled": true}}})"), "x.yaml"));
}

TEST_F(TrainingTest, AJudgeThatFailsEndsNoRun) {
  // A model whose answers can be read, so that the judge is asked.
  train_.model_path = METASPATIAL_SOURCE_DIR "/models/nano";
  train_.max_response_tokens = 400;
  train_.env.max_turns = 1;
  train_.rooms_per_step = 2;
  train_.total_steps = 1;
  train_.val_every = 0;
  train_.env.judge_config.vlm = true;
  for (const std::size_t good : {std::size_t{0}, std::size_t{2}}) {
    train_.output = (folder_ / fmt::format("judge_{}", good)).string();
    train_.env.judge = std::make_shared<FailingJudge>(good);
    const auto done = train(train_);
    ASSERT_TRUE(done) << to_string(done.error());
    const std::string metrics = bytes(fs::path(train_.output) / "metrics.jsonl");
    const auto line = parse_json(metrics.substr(0, metrics.find('\n')), "metrics.jsonl");
    ASSERT_TRUE(line) << metrics;
    EXPECT_GT((*line)["judge/failed"].get<double>(), 0) << metrics;
    if (good == 0) {
      EXPECT_EQ((*line)["judge/failed"], 1.0);
    } else {
      EXPECT_LT((*line)["judge/failed"].get<double>(), 1);
      EXPECT_TRUE((*line)["critic/score/mean"].is_number());
    }
    EXPECT_TRUE((*line)["actor/grad_norm"].is_number());
  }
}

}  // namespace
}  // namespace metaspatial::rl
