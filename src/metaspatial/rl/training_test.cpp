// Slow tests: a tiny model is trained for a few steps, killed and resumed.
#include <ATen/ATen.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "metaspatial/base/files.hpp"
#include "metaspatial/base/json.hpp"
#include "metaspatial/base/parallel.hpp"
#include "metaspatial/chat/hostile_server.hpp"
#include "metaspatial/render/png.hpp"
#include "metaspatial/rl/estimators.hpp"
#include "metaspatial/rl/pretrain.hpp"
#include "metaspatial/rl/results.hpp"
#include "metaspatial/rl/tiny_run.hpp"
#include "metaspatial/rl/trainer.hpp"
#include "metaspatial/rl/turn_credit.hpp"
#include "metaspatial/vlm/safetensors.hpp"

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

std::string from_base64(std::string_view text) {
  static constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string bytes;
  unsigned bits = 0;
  int count = 0;
  for (const char c : text) {
    const std::size_t digit = kDigits.find(c);
    if (digit == std::string_view::npos) break;
    bits = bits << 6U | static_cast<unsigned>(digit);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes += static_cast<char>(static_cast<unsigned char>(bits >> static_cast<unsigned>(count) & 0xffU));
  }
  return bytes;
}

Conversation dialogue_of(const Json& messages) {
  Conversation dialogue;
  for (const Json& message : messages) {
    Message out;
    out.role = message["role"] == "assistant" ? Role::Assistant
               : message["role"] == "system"  ? Role::System
                                              : Role::User;
    if (message["content"].is_string()) {
      out.parts.emplace_back(message["content"].get<std::string>());
    } else {
      for (const Json& part : message["content"]) {
        if (part["type"] == "text") {
          out.parts.emplace_back(part["text"].get<std::string>());
          continue;
        }
        const auto url = part["image_url"]["url"].get<std::string>();
        auto image = render::read_png(from_base64(std::string_view(url).substr(url.find(',') + 1)));
        EXPECT_TRUE(image);
        out.parts.emplace_back(std::make_shared<const Image>(*std::move(image)));
      }
    }
    dialogue.push_back(std::move(out));
  }
  return dialogue;
}

/// What a server that serves the model in `folder` answers, tokens and log-probs included: the chat template,
/// the pictures and the sampling are its own, as they are vLLM's.
std::string served(const fs::path& folder, const Json& body) {
  const auto processor = vlm::Processor::load(folder);
  const auto model = vlm::Model::load(folder);
  EXPECT_TRUE(processor && model) << folder;
  vlm::PositionCursor cursor = processor->cursor();
  vlm::GenerationGroup group;
  group.prefix = *processor->encode(dialogue_of(body["messages"]), true, cursor);
  group.suffixes.resize(1);
  group.cursors = {cursor};
  group.seeds = {body.value("seed", std::uint64_t{0})};
  vlm::SamplingParams sampling;
  sampling.temperature = body["temperature"].get<double>();
  sampling.max_new_tokens = body["max_tokens"].get<int>();
  const vlm::Generation written = vlm::generate(*model, {&group, 1}, sampling).front().front();
  Json tokens = Json::array();
  for (std::size_t k = 0; k < written.ids.size(); ++k) {
    Json bytes = Json::array();
    for (const char c : processor->tokenizer().token_bytes(written.ids[k]))
      bytes.push_back(static_cast<unsigned>(static_cast<unsigned char>(c)));
    tokens.push_back(Json{{"token", "?"}, {"logprob", written.log_probs[k]}, {"bytes", std::move(bytes)}});
  }
  return dump_json(Json{
      {"choices",
       {{{"message", {{"role", "assistant"}, {"content", eval::response_text(*processor, written)}}},
         {"finish_reason", written.finished ? "stop" : "length"},
         {"logprobs", {{"content", std::move(tokens)}}}}}},
      {"usage", {{"prompt_tokens", group.prefix.ids.size()}, {"completion_tokens", written.ids.size()}}}});
}

class TrainingTest : public ::testing::Test {
 protected:
  void SetUp() override {
    set_thread_budget(2);
    folder_ = fs::temp_directory_path() / fmt::format("metaspatial_training_test_{}", ::getpid());
    fs::remove_all(folder_);
    pretrain_ = tiny_pretraining(folder_ / "pretrain");
    train_ = tiny_training(pretrain_.output, folder_ / "train");
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
  EXPECT_EQ(bytes(fs::path(train_.output) / "samples.jsonl"),
            bytes(fs::path(other.output) / "samples.jsonl"));
  EXPECT_NE(bytes(fs::path(train_.output) / "samples.jsonl"), "");

  const auto summary = write_results(train_, *whole);
  ASSERT_TRUE(summary) << to_string(summary.error());
  for (const char* key : {"reward", "format", "faulty_objects", "colliding_objects", "out_of_room",
                          "broken_relations", "collision_reference", "constraint_reference"}) {
    EXPECT_TRUE((*summary)["before"].contains(key)) << key;
    EXPECT_TRUE((*summary)["after"].contains(std::string(key) + "_readable")) << key;
  }
  EXPECT_TRUE(fs::exists(fs::path(train_.output) / "report.html"));
}

// Two steps with every estimator, every turn credit and every kind of loss: finite, and the same after a
// kill.
TEST_F(TrainingTest, EveryAlgorithmTrainsAndGoesOnWithTheSameBytes) {
  pretrain_.steps = 1;
  ASSERT_TRUE(pretrain(pretrain_));
  train_.total_steps = 2;
  train_.rooms_per_step = 2;
  train_.rooms_per_update = 1;
  train_.max_response_tokens = 16;
  train_.val_every = 0;
  train_.final_rooms = 0;
  std::vector<std::pair<std::string, TrainConfig>> runs;
  const auto run = [&](std::string name, const std::function<void(TrainConfig&)>& change) {
    TrainConfig config = train_;
    change(config);
    runs.emplace_back(std::move(name), std::move(config));
  };
  for (const Estimator& each : estimators())
    run(std::string(each.name), [&](TrainConfig& c) { c.credit.estimator = each.name; });
  for (const TurnCredit& each : turn_credits())
    run(std::string(each.name), [&](TrainConfig& c) { c.credit.turn_credit = each.name; });
  run("kl_in_reward", [](TrainConfig& c) {
    c.credit.estimator = "reinforce_plus_plus";
    c.credit.turn_credit = "improvement";
    c.use_kl_loss = false;
    c.use_kl_in_reward = true;
    c.kl_penalty = KlPenalty::Full;
    c.kl_adaptive = true;
    c.kl_horizon = 100;
  });
  run("gspo_full_kl", [](TrainConfig& c) {
    c.loss_type = PolicyLossKind::Gspo;
    c.loss_avg_mode = LossMean::SequenceMean;
    c.kl_penalty = KlPenalty::Full;
    c.kl_adaptive = true;
    c.kl_horizon = 100;
  });
  run("dapo_spo", [](TrainConfig& c) {
    c.clip_ratio_high = 0.28;
    c.clip_ratio_dual = 3;
    c.ppo_epochs = 2;
    c.credit.overlong = {true, 8, 1.0};
    c.credit.object_credit = 1;
    c.credit.spo = true;
    c.use_dynamic_bsz = true;
    c.max_token_len = 400;
  });
  run("critic_warmup", [](TrainConfig& c) {
    c.credit.estimator = "bi_level_gae";
    c.credit.turn_credit = "per_turn_return";
    c.critic.warmup_steps = 1;
    c.critic.learning_rate = 1e-3;
  });
  for (auto& [name, config] : runs) {
    config.output = (folder_ / name).string();
    const auto whole = train(config);
    ASSERT_TRUE(whole) << name << ": " << to_string(whole.error());
    const std::string weights = bytes(folder_ / name / "model" / "model.safetensors");
    const std::string metrics = bytes(folder_ / name / "metrics.jsonl");
    EXPECT_NE(weights, bytes(fs::path(pretrain_.output) / "model.safetensors")) << name;
    EXPECT_EQ(metrics.find("null"), std::string::npos)
        << name << metrics;  // as JSON writes what is not finite
    const bool adapts = name == "kl_in_reward" || name == "gspo_full_kl";
    EXPECT_EQ(metrics.find("actor/kl_coef") != std::string::npos, adapts) << name;
    EXPECT_EQ(metrics.find("critic/vf_loss") != std::string::npos, estimator(config.credit.estimator).critic)
        << name;
    fs::remove_all(folder_ / name / "model");
    fs::remove_all(folder_ / name / "checkpoints" / "global_step_2");
    ASSERT_TRUE(fs::exists(folder_ / name / "checkpoints" / "global_step_1"));
    ASSERT_TRUE(train(config)) << name;
    EXPECT_EQ(bytes(folder_ / name / "model" / "model.safetensors"), weights) << name;
    EXPECT_EQ(bytes(folder_ / name / "metrics.jsonl"), metrics) << name;
    fs::remove_all(folder_ / name);
  }
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

TEST_F(TrainingTest, ABudgetOfSecondsEndsARunAfterItsStepWithAllItsFiles) {
  pretrain_.steps = 100000;
  pretrain_.max_seconds = 1e-9;  // any step takes longer
  ASSERT_TRUE(pretrain(pretrain_));
  EXPECT_TRUE(fs::exists(fs::path(pretrain_.output) / "checkpoints" / "global_step_1"));
  EXPECT_TRUE(fs::exists(fs::path(pretrain_.output) / "model.safetensors"));
  const std::string lines = bytes(fs::path(pretrain_.output) / "metrics.jsonl");
  EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), 1);
  ASSERT_TRUE(pretrain(pretrain_)) << "the budget is used up: nothing is left to do";
  EXPECT_EQ(lines, bytes(fs::path(pretrain_.output) / "metrics.jsonl"));

  train_.total_steps = 100000;
  train_.max_seconds = 1e-9;
  const auto seconds = train(train_);
  ASSERT_TRUE(seconds) << to_string(seconds.error());
  EXPECT_TRUE(fs::exists(fs::path(train_.output) / "checkpoints" / "global_step_1"));
  EXPECT_FALSE(fs::exists(fs::path(train_.output) / "checkpoints" / "global_step_2"));
  EXPECT_EQ(*train(train_), *seconds) << "a run that is done takes no more time";
  ASSERT_TRUE(write_results(train_, *seconds));
  EXPECT_TRUE(fs::exists(fs::path(train_.output) / "model" / "model.safetensors"));
}

TEST_F(TrainingTest, CheckpointingAndMicroBatchesTrainTheSame) {
  pretrain_.steps = 2;
  ASSERT_TRUE(pretrain(pretrain_));
  train_.total_steps = 1;
  train_.val_every = 0;
  train_.final_rooms = 0;
  ASSERT_TRUE(train(train_));
  TrainConfig checkpointed = train_;
  checkpointed.gradient_checkpointing = true;
  checkpointed.output = (folder_ / "checkpointed").string();
  ASSERT_TRUE(train(checkpointed));
  EXPECT_EQ(bytes(fs::path(train_.output) / "model" / "model.safetensors"),
            bytes(fs::path(checkpointed.output) / "model" / "model.safetensors"));
  TrainConfig packed = train_;
  packed.use_dynamic_bsz = true;
  packed.max_token_len = 200;  // less than a room
  packed.output = (folder_ / "packed").string();
  ASSERT_TRUE(train(packed));
  const auto first_line = [&](const TrainConfig& config) {
    const std::string text = bytes(fs::path(config.output) / "metrics.jsonl");
    return parse_json(text.substr(0, text.find('\n')), "metrics.jsonl").value();
  };
  const Json one = first_line(train_), other = first_line(packed);
  for (const char* key : {"actor/pg_loss", "actor/kl_loss", "actor/entropy_loss", "actor/grad_norm"})
    EXPECT_NEAR(one[key].get<double>(), other[key].get<double>(),
                1e-4 * (0.1 + std::abs(one[key].get<double>())))
        << key;
}

TEST_F(TrainingTest, ARunThatCannotFitIsRefusedBeforeItBegins) {
  pretrain_.steps = 2;
  ASSERT_TRUE(pretrain(pretrain_));
  train_.rollouts_per_room = 1000;
  train_.max_response_tokens = 60000;
  train_.rooms_per_step = 2;
  const auto refused = train(train_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::OutOfMemory);
  for (const char* part : {"does not fit", "GiB of", "worker.actor.use_dynamic_bsz: true"})
    EXPECT_NE(refused.error().message.find(part), std::string::npos)
        << part << ": " << refused.error().message;
  EXPECT_FALSE(fs::exists(fs::path(train_.output) / "metrics.jsonl"));
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

TEST_F(TrainingTest, AnInterruptedTrainingOfAnAdapterEndsWithTheSameBytes) {
  ASSERT_TRUE(pretrain(pretrain_));
  for (const bool bf16 : {false, true}) {
    train_.trainable.lora_rank = 4;
    train_.trainable.lora_alpha = 8;
    train_.trainable.frozen.vision_tower = true;
    train_.trainable.bf16_weights = bf16;
    train_.kl_coef = 0.5;
    train_.entropy_coeff = 0.01;  // learns something whatever the rewards are
    train_.output = (folder_ / (bf16 ? "adapter_bf16" : "adapter")).string();
    const auto whole = train(train_);
    ASSERT_TRUE(whole) << to_string(whole.error());
    TrainConfig other = train_;
    other.output += "_interrupted";
    ASSERT_TRUE(train(other));
    fs::remove_all(fs::path(other.output) / "checkpoints" / "global_step_3");
    fs::remove_all(fs::path(other.output) / "adapter");
    fs::remove_all(fs::path(other.output) / "model");
    ASSERT_TRUE(train(other));
    for (const char* file : {"model/model.safetensors", "adapter/adapter_model.safetensors",
                             "adapter/adapter_config.json", "metrics.jsonl"})
      EXPECT_EQ(bytes(fs::path(train_.output) / file), bytes(fs::path(other.output) / file)) << file;

    // Checkpoints are the adapter and its moments alone.
    const fs::path checkpoint = fs::path(train_.output) / "checkpoints" / "global_step_3";
    EXPECT_FALSE(fs::exists(checkpoint / "model.safetensors"));
    EXPECT_EQ(bytes(checkpoint / "adapter_model.safetensors"),
              bytes(fs::path(train_.output) / "adapter" / "adapter_model.safetensors"));
    const auto moments = vlm::SafetensorsFile::open(checkpoint / "optimizer.safetensors");
    ASSERT_TRUE(moments);
    for (const auto& [name, view] : moments->tensors()) {
      EXPECT_NE(name.find(".lora_"), std::string::npos) << name;
      EXPECT_EQ(name.find("visual.blocks"), std::string::npos) << name;
      EXPECT_EQ(view.dtype, vlm::DType::F32);
    }

    // The trained model is the base with the adapter merged, and all else of it is the base.
    auto base = vlm::Model::load(train_.model_path, load_options(train_.trainable));
    ASSERT_TRUE(base);
    const auto before = base->replica().parameters();
    const auto after = vlm::Model::load(fs::path(train_.output) / "model", {.type = std::nullopt});
    ASSERT_TRUE(after) << to_string(after.error());
    const auto trained = after->parameters();
    int changed = 0;
    for (std::size_t i = 0; i < before.size(); ++i) {
      EXPECT_EQ(trained[i].tensor.scalar_type(), bf16 ? at::kBFloat16 : at::kFloat);
      const bool same = before[i].tensor.equal(trained[i].tensor);
      changed += same ? 0 : 1;
      if (before[i].name.starts_with("visual.blocks") || before[i].name.find("norm") != std::string::npos) {
        EXPECT_TRUE(same) << before[i].name;
      }
    }
    EXPECT_GT(changed, 5);
    ASSERT_TRUE(base->load_adapter(fs::path(train_.output) / "adapter"));
    ASSERT_TRUE(base->save(folder_ / "merged", {.type = std::nullopt}));
    EXPECT_EQ(bytes(folder_ / "merged" / "model.safetensors"),
              bytes(fs::path(train_.output) / "model" / "model.safetensors"));
  }
  train_.trainable.lora_rank = 8;
  const auto refused = train(train_);
  ASSERT_FALSE(refused);
  EXPECT_NE(to_string(refused.error()).find("adapter is not the one"), std::string::npos)
      << to_string(refused.error());
}

TEST_F(TrainingTest, FrozenPartsStayAsTheyAreAndHaveNoMoments) {
  ASSERT_TRUE(pretrain(pretrain_));
  PretrainConfig next = pretrain_;
  next.model_path = pretrain_.output;
  next.trainable.frozen = {.vision_tower = true, .projector = true, .language_model = false};
  next.output = (folder_ / "frozen").string();
  ASSERT_TRUE(pretrain(next));
  PretrainConfig killed = next;
  killed.output = (folder_ / "killed").string();
  ASSERT_TRUE(pretrain(killed));
  fs::remove_all(fs::path(killed.output) / "checkpoints" / "global_step_4");
  ASSERT_TRUE(pretrain(killed));
  EXPECT_EQ(bytes(fs::path(next.output) / "model.safetensors"),
            bytes(fs::path(killed.output) / "model.safetensors"));
  const auto before = vlm::Model::load(pretrain_.output);
  const auto after = vlm::Model::load(next.output);
  ASSERT_TRUE(before && after);
  const auto a = before->parameters();
  const auto b = after->parameters();
  for (std::size_t i = 0; i < a.size(); ++i)
    EXPECT_EQ(a[i].tensor.equal(b[i].tensor), a[i].name.starts_with("visual.")) << a[i].name;
  const auto moments = vlm::SafetensorsFile::open(fs::path(next.output) / "checkpoints" / "global_step_4" /
                                                  "optimizer.safetensors");
  ASSERT_TRUE(moments);
  for (const auto& [name, view] : moments->tensors())
    EXPECT_EQ(name.find("visual."), std::string::npos) << name;

  next.trainable.frozen.language_model = true;
  next.output = (folder_ / "nothing").string();
  const auto refused = pretrain(next);
  ASSERT_FALSE(refused);
  EXPECT_NE(to_string(refused.error()).find("nothing to learn"), std::string::npos);
}

TEST_F(TrainingTest, AWarmStartOfAnAdapterEndsWithTheSameBytesAlsoAfterAKill) {
  ASSERT_TRUE(pretrain(pretrain_));
  PretrainConfig whole = pretrain_;
  whole.model_path = pretrain_.output;
  whole.trainable.lora_rank = 2;
  whole.output = (folder_ / "whole").string();
  const auto done = pretrain(whole);
  ASSERT_TRUE(done) << to_string(done.error());
  PretrainConfig killed = whole;
  killed.output = (folder_ / "killed").string();
  ASSERT_TRUE(pretrain(killed));
  fs::remove_all(fs::path(killed.output) / "checkpoints" / "global_step_4");
  ASSERT_TRUE(pretrain(killed));
  for (const char* file : {"model.safetensors", "adapter/adapter_model.safetensors"})
    EXPECT_EQ(bytes(fs::path(whole.output) / file), bytes(fs::path(killed.output) / file)) << file;
  whole.model_path.clear();
  whole.output = (folder_ / "fresh").string();
  EXPECT_FALSE(pretrain(whole)) << "an adapter lies on a model that is there";
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
  const auto model_keys = [](const char* keys) {
    return read_train_config(
        Json::parse(fmt::format(R"({{"worker": {{"actor": {{"model": {{{}}}}}}}}})", keys)), "x.yaml");
  };
  const auto adapter = model_keys(
      R"("lora_rank": 8, "lora_alpha": 32, "target_modules": ["q_proj"], "exclude_modules": ".*visual.*",
         "freeze_vision_tower": true, "freeze_projector": true, "torch_dtype": "bfloat16")");
  ASSERT_TRUE(adapter) << to_string(adapter.error());
  EXPECT_EQ(adapter->trainable.lora_rank, 8);
  EXPECT_EQ(adapter->trainable.lora_alpha, 32);
  EXPECT_TRUE(adapter->trainable.frozen.projector && !adapter->trainable.frozen.language_model);
  const vlm::LoraConfig lora = lora_config(adapter->trainable, "base");
  EXPECT_TRUE(*vlm::is_target(lora, "model.layers.1.self_attn.q_proj"));
  EXPECT_FALSE(*vlm::is_target(lora, "visual.blocks.1.attn.q_proj"));
  EXPECT_TRUE(model_keys(R"("target_modules": "all-linear")"));
  EXPECT_FALSE(model_keys(R"("target_modules": 3)"));
  EXPECT_FALSE(model_keys(R"("lora_rank": -1)"));
  EXPECT_FALSE(model_keys(R"("torch_dtype": "float64")"));
  EXPECT_FALSE(model_keys(R"("torch_dtype": "bfloat16")")) << "weights that learn are float32";
}

TEST_F(TrainingTest, LearnsFromTheAnswersOfAServerThatHasItsWeights) {
  const fs::path nano = METASPATIAL_SOURCE_DIR "/models/nano";
  train_.model_path = nano.string();
  train_.max_response_tokens = 400;
  train_.rooms_per_step = 2;
  train_.rooms_per_update = 2;
  train_.total_steps = 2;
  train_.val_every = 0;
  train_.schedule.warmup_steps = 0;
  train_.rollout_endpoint = true;
  train_.policy.endpoint = true;
  train_.policy.remote.log_probs = true;
  train_.policy.remote.client.model = "policy";
  train_.policy.remote.client.max_concurrency = 2;
  train_.policy.remote.client.max_retries = 0;
  train_.sync_command = fmt::format("echo $2 >> '{}'", (folder_ / "synced").string());
  fs::create_directories(folder_);
  const auto lines = [&](const std::string& name, const fs::path& weights, int fails_at) {
    train_.output = (folder_ / name).string();
    chat::HostileServer server([&](const chat::Received& r, chat::Exchange& exchange) {
      if (r.index == fails_at) return exchange.answer(400, "out of luck");
      exchange.answer(200, served(weights.empty() ? fs::path(train_.output) / "rollout_weights" : weights,
                                  *parse_json(r.body, "body")));
    });
    train_.policy.remote.client.base_url = server.base_url();
    const auto done = train(train_);
    EXPECT_TRUE(done) << to_string(done.error());
    std::vector<Json> out;
    const std::string metrics = bytes(fs::path(train_.output) / "metrics.jsonl");
    for (std::size_t begin = 0; begin < metrics.size(); begin = metrics.find('\n', begin) + 1)
      out.push_back(*parse_json(metrics.substr(begin, metrics.find('\n', begin) - begin), "metrics.jsonl"));
    EXPECT_EQ(out.size(), 2U);
    out.resize(2);
    return out;
  };
  const auto good = lines("synced_run", {}, -1);
  for (const Json& line : good) {
    EXPECT_EQ(line["rollout/failed"], 0.0);
    EXPECT_GT(line["rollout/told_tokens"].get<double>(), 0.9) << dump_json(line);
    EXPECT_LT(line["rollout/logprob_gap"].get<double>(), 1e-4) << dump_json(line);
    EXPECT_LT(line["actor/logprob_gap"].get<double>(), 1e-5) << "the old log-probs are the learner's own";
    EXPECT_GT(line["actor/grad_norm"].get<double>(), 0);
    EXPECT_GT(line["reward/format"].get<double>(), 0.5);
  }
  EXPECT_EQ(bytes(folder_ / "synced"), "0\n1\n");

  // A server that keeps its old weights is seen in the gap, and a request that fails in its share.
  const auto stale = lines("stale_run", nano, 3);
  EXPECT_LT(stale[0]["rollout/logprob_gap"].get<double>(), 1e-4);
  EXPECT_GT(stale[1]["rollout/logprob_gap"].get<double>(), 1e-3) << dump_json(stale[1]);
  EXPECT_GT(stale[0]["rollout/failed"].get<double>(), 0);
  EXPECT_LT(stale[0]["rollout/failed"].get<double>(), 0.5);

  train_.output = (folder_ / "refused").string();
  train_.sync_command = "exit 3";
  const auto refused = train(train_);
  ASSERT_FALSE(refused);
  EXPECT_NE(to_string(refused.error()).find("sync_command: exited with 3"), std::string::npos);
  const auto config = [](const char* json) { return read_train_config(*parse_json(json, "x"), "x.yaml"); };
  EXPECT_FALSE(config(R"({"worker": {"rollout": {"name": "endpoint"}}})")) << "weights would be stale";
  EXPECT_FALSE(config(R"({"worker": {"rollout": {"name": "endpoint", "sync_command": "true"}},
                          "policy": {"cache": "replies.sqlite"}})"));
  EXPECT_FALSE(config(R"({"worker": {"rollout": {"name": "endpoint", "sync_command": "true"}},
                          "policy": {"top_p": 0.9}})"))
      << "what is drawn otherwise than learned from";
  EXPECT_TRUE(config(R"({"worker": {"rollout": {"name": "endpoint", "sync_command": "true"}},
                         "policy": {"base_url": "http://h/v1", "model": "m", "logprobs": true}})"));
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
  for (const std::size_t good : {std::size_t{0}, std::size_t{1}}) {
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
