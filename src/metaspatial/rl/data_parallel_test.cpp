// Slow tests: a run of several processes beside one of one, and what is left when a process is killed.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <csignal>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "metaspatial/base/files.hpp"
#include "metaspatial/base/json.hpp"
#include "metaspatial/base/parallel.hpp"
#include "metaspatial/rl/data_parallel.hpp"
#include "metaspatial/rl/started_processes.hpp"
#include "metaspatial/rl/trainer.hpp"
#include "metaspatial/vlm/model.hpp"

namespace metaspatial::rl {
namespace {

namespace fs = std::filesystem;

/// Answers that can be read, so that there is something to compare; one thread per process.
TrainConfig small_run(const fs::path& output) {
  set_thread_budget(1);
  at::set_num_threads(1);
  TrainConfig config;
  config.train_descriptions = METASPATIAL_SOURCE_DIR "/data/descriptions/train.json";
  config.val_descriptions = METASPATIAL_SOURCE_DIR "/data/descriptions/heldout.json";
  config.model_path = METASPATIAL_SOURCE_DIR "/models/nano";
  config.env.picture_px = 112;
  config.rooms_per_step = 3;
  config.rooms_per_update = 2;
  config.rollouts_per_room = 2;
  config.max_response_tokens = 400;
  config.kl_coef = 0.1;
  config.learning_rate = 1e-4;
  config.schedule.warmup_steps = 0;
  config.total_steps = 2;
  config.save_every = 1;
  config.keep_checkpoints = 5;
  config.val_every = 2;
  config.val_rooms = 2;
  config.final_rooms = 0;
  config.threads = 1;
  config.process_timeout_s = 120;
  config.output = output.string();
  return config;
}

/// With all that needs numbers of other processes' answers: values and the KL penalty of every token.
TrainConfig critic_run(const fs::path& output) {
  TrainConfig config = small_run(output);
  config.credit.estimator = "gae";
  config.credit.lam = 0.9;
  config.critic.learning_rate = 1e-3;
  config.use_kl_loss = false;
  config.use_kl_in_reward = true;
  config.val_every = 0;
  config.total_steps = 3;
  return config;
}

std::vector<Json> metrics(const fs::path& run) {
  std::vector<Json> lines;
  const std::string text = read_file(run / "metrics.jsonl").value_or("");
  for (std::size_t begin = 0; begin < text.size(); begin = text.find('\n', begin) + 1)
    lines.push_back(*parse_json(text.substr(begin, text.find('\n', begin) - begin), "metrics.jsonl"));
  return lines;
}

bool is_computed(const std::string& key) {
  return key.starts_with("actor/") || key.starts_with("critic/v") || key == "critic/grad_norm";
}

/// Everything that is measured of answers is the same number; losses, values and norms are within rounding.
void expect_same_metrics(const fs::path& a, const fs::path& b) {
  const std::vector<Json> one = metrics(a), other = metrics(b);
  ASSERT_EQ(one.size(), other.size());
  for (std::size_t i = 0; i < one.size(); ++i) {
    for (const auto& [key, value] : one[i].items()) {
      ASSERT_TRUE(other[i].contains(key)) << key;
      if (is_computed(key)) {
        EXPECT_NEAR(value.get<double>(), other[i][key].get<double>(), 1e-5) << i << " " << key;
      } else {
        EXPECT_EQ(value, other[i][key]) << i << " " << key;
      }
    }
  }
}

void train_here(const TrainConfig& config) {
  const auto place = process_place();
  ASSERT_TRUE(place);
  auto group = ProcessGroup::open(*place, std::chrono::seconds(120));
  ASSERT_TRUE(group) << to_string(group.error());
  const auto done = train(config, *group);
  EXPECT_TRUE(done) << to_string(done.error());
}

/// The last process is killed while the others are in step 2.
void train_until_one_is_killed(const std::string& folder) {
  const auto place = process_place();
  ASSERT_TRUE(place);
  auto group = ProcessGroup::open(*place, std::chrono::seconds(120));
  ASSERT_TRUE(group) << to_string(group.error());
  std::jthread killer;
  if (group->rank() == group->size() - 1)
    killer = std::jthread([&] {
      while (!fs::exists(fs::path(folder) / "checkpoints" / "global_step_1"))
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
      ::raise(SIGKILL);
    });
  const auto lost = train(small_run(folder), *group);
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().code, ErrorCode::Network) << to_string(lost.error());
  EXPECT_NE(lost.error().message.find("another process is gone"), std::string::npos);
}

TEST(Scenario, OfAStartedProcess) {
  const Started what = started();
  if (what.scenario.empty()) GTEST_SKIP() << "for processes that these tests start";
  if (what.scenario == "train") return train_here(small_run(what.folder));
  if (what.scenario == "critic") return train_here(critic_run(what.folder));
  if (what.scenario == "killed") return train_until_one_is_killed(what.folder);
  FAIL() << "no scenario " << what.scenario;
}

class DataParallelTest : public ::testing::Test {
 protected:
  /// A run of one process, which the others are compared with.
  static void SetUpTestSuite() {
    folder_ = fs::temp_directory_path() / fmt::format("metaspatial_data_parallel_test_{}", ::getpid());
    fs::remove_all(folder_);
    const auto done = train(small_run(folder_ / "one"));
    ASSERT_TRUE(done) << to_string(done.error());
  }
  static void TearDownTestSuite() { fs::remove_all(folder_); }

  inline static fs::path folder_;
};

TEST_F(DataParallelTest, SeveralProcessesLearnWhatOneDoesAndAnyNumberGoesOn) {
  const fs::path one = folder_ / "one", two = folder_ / "two", three = folder_ / "three";
  const fs::path cut = folder_ / "one_cut";
  for (const Json& line : metrics(one)) {
    if (!line.contains("actor/grad_norm")) continue;
    EXPECT_GT(line["actor/grad_norm"].get<double>(), 1e-3) << "there is something to learn";
    EXPECT_GT(line["reward/format"].get<double>(), 0.5);
  }
  EXPECT_EQ(run_scenario("train", 2, two.string()), (std::vector<int>{0, 0}));
  expect_same_metrics(one, two);
  EXPECT_EQ(run_scenario("train", 3, three.string()), (std::vector<int>{0, 0, 0}));
  expect_same_metrics(one, three);

  // The form of a checkpoint does not tell the number of processes: what two began one ends, and the reverse.
  fs::copy(one, cut, fs::copy_options::recursive);
  for (const fs::path& run : {cut, two}) {
    fs::remove_all(run / "checkpoints" / "global_step_2");
    fs::remove_all(run / "model");
  }
  const auto ended = train(small_run(two));
  ASSERT_TRUE(ended) << to_string(ended.error());
  EXPECT_EQ(run_scenario("train", 2, cut.string()), (std::vector<int>{0, 0}));
  expect_same_metrics(one, cut);
  expect_same_metrics(one, two);
  const auto first = vlm::Model::load(cut / "model"), second = vlm::Model::load(two / "model");
  ASSERT_TRUE(first && second);
  const auto a = first->parameters(), b = second->parameters();
  for (std::size_t p = 0; p < a.size(); ++p)
    EXPECT_LE((a[p].tensor - b[p].tensor).abs().max().item<float>(), 4e-4F) << a[p].name;  // 2 steps of 1e-4
}

TEST_F(DataParallelTest, ValuesAndPenaltiesAreThoseOfOneProcess) {
  const fs::path one = folder_ / "critic_one", two = folder_ / "critic_two", cut = folder_ / "critic_cut";
  const auto done = train(critic_run(one));
  ASSERT_TRUE(done) << to_string(done.error());
  const std::vector<Json> lines = metrics(one);
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_GT(std::abs(lines[1]["critic/vpred_mean"].get<double>()), 1e-4) << "the head starts at 0 and learns";
  EXPECT_NE(lines[2]["actor/kl_penalty"].get<double>(), 0.0);
  EXPECT_EQ(run_scenario("critic", 2, two.string()), (std::vector<int>{0, 0}));
  expect_same_metrics(one, two);
  // What one began two end: the critic's moments, too, are saved whole.
  fs::copy(one, cut, fs::copy_options::recursive);
  fs::remove_all(cut / "checkpoints" / "global_step_3");
  fs::remove_all(cut / "checkpoints" / "global_step_2");
  fs::remove_all(cut / "model");
  EXPECT_EQ(run_scenario("critic", 2, cut.string()), (std::vector<int>{0, 0}));
  expect_same_metrics(one, cut);
}

TEST_F(DataParallelTest, AKilledProcessEndsTheRunAndLeavesAGoodCheckpoint) {
  const fs::path run = folder_ / "killed";
  const auto states = run_scenario("killed", 2, run.string());
  EXPECT_EQ(states[0], 0);
  EXPECT_TRUE(WIFSIGNALED(states[1]) && WTERMSIG(states[1]) == SIGKILL);
  ASSERT_TRUE(fs::exists(run / "checkpoints" / "global_step_1"));
  EXPECT_FALSE(fs::exists(run / "checkpoints" / "global_step_2"));
  const auto ended = train(small_run(run));
  ASSERT_TRUE(ended) << to_string(ended.error());
  expect_same_metrics(folder_ / "one", run);
}

TEST(OwnersOfRooms, ShareOutEveryUpdateByObjects) {
  std::vector<std::shared_ptr<const env::Room>> rooms;
  scene::SceneGraph empty;
  empty.size = {4, 3, 2.5};
  for (const std::size_t objects : {8U, 4U, 6U, 6U, 3U}) {
    scene::SceneGraph graph = empty;
    graph.objects.resize(objects);
    rooms.push_back(std::make_shared<const env::Room>(
        env::Room{std::make_shared<const scene::SceneGraph>(graph), nullptr,
                  render::RoomScene(std::make_shared<render::Device>(), empty)}));
  }
  // First update of three rooms: 12 against 8 + 10; then 10 and 7.
  EXPECT_EQ(owners_of_rooms(rooms, 3, 2), (std::vector<int>{0, 1, 1, 0, 1}));
  EXPECT_EQ(owners_of_rooms(rooms, 3, 1), (std::vector<int>(5, 0)));
  for (const int owner : owners_of_rooms(rooms, 3, 4)) EXPECT_LT(owner, 4);
}

}  // namespace
}  // namespace metaspatial::rl
