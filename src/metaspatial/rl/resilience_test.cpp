// Slow tests: a run that is killed, or whose disk is full, goes on as if nothing had been.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <csignal>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <string>
#include <thread>

#include "metaspatial/base/files.hpp"
#include "metaspatial/base/parallel.hpp"
#include "metaspatial/rl/tiny_run.hpp"

namespace metaspatial::rl {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr const char* kModel = "METASPATIAL_TEST_MODEL";
constexpr const char* kOutput = "METASPATIAL_TEST_OUTPUT";
constexpr const char* kLimit = "METASPATIAL_TEST_FILE_LIMIT";

std::string bytes(const fs::path& path) {
  return read_file(path).value_or("missing " + path.string());
}

/// What a run has to carry over: the optimiser, curriculum, stages, the best model.
TrainConfig eventful(const fs::path& model, const fs::path& output) {
  TrainConfig config = tiny_training(model, output);
  config.total_steps = 6;
  config.save_every = 2;
  config.entropy_coeff = 0.01;  // the tiny model's answers are mostly worth the same
  config.curriculum.stages = {{0.5, 8, 0, 1}};
  config.stages = {.enabled = true, .physics_after_format = 0, .looks_after_physics = 0, .patience = 2};
  return config;
}

/// The process that the tests below start and kill: this program with another filter.
TEST(ResilienceChild, DISABLED_Trains) {
  const char* model = std::getenv(kModel);
  const char* output = std::getenv(kOutput);
  if (model == nullptr || output == nullptr) GTEST_SKIP() << "started by ResilienceTest only";
  if (const char* limit = std::getenv(kLimit)) {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit bound{static_cast<rlim_t>(std::atol(limit)), static_cast<rlim_t>(std::atol(limit))};
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &bound), 0);
  }
  set_thread_budget(2);
  const auto done = train(eventful(model, output));
  ASSERT_TRUE(done) << to_string(done.error());
}

class ResilienceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / fmt::format("metaspatial_resilience_test_{}", ::getpid());
    fs::remove_all(folder_);
    set_thread_budget(2);
    ASSERT_TRUE(pretrain(tiny_pretraining(folder_ / "pretrain")));
  }
  void TearDown() override { fs::remove_all(folder_); }

  /// Starts the child on a run; its output goes to <run>.log.
  [[nodiscard]] pid_t start(const fs::path& run, const std::string& file_limit = {}) const {
    const std::string model = (folder_ / "pretrain").string();
    const std::string log = run.string() + ".log";
    const pid_t pid = ::fork();
    if (pid != 0) return pid;
    ::setenv(kModel, model.c_str(), 1);
    ::setenv(kOutput, run.c_str(), 1);
    if (!file_limit.empty()) ::setenv(kLimit, file_limit.c_str(), 1);
    if (std::freopen(log.c_str(), "w", stdout) == nullptr) std::_Exit(3);
    ::dup2(::fileno(stdout), STDERR_FILENO);
    ::execl("/proc/self/exe", "resilience_child", "--gtest_also_run_disabled_tests",
            "--gtest_filter=ResilienceChild.DISABLED_Trains", nullptr);
    std::_Exit(127);
  }
  /// Whether it ended with exit code 0.
  static bool succeeded(pid_t pid) {
    int status = 0;
    return ::waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0;
  }
  void expect_same(const fs::path& run, const fs::path& other) const {
    for (const char* file : {"model/model.safetensors", "best/model.safetensors", "best/best.json",
                             "metrics.jsonl", "checkpoints/global_step_6/optimizer.safetensors"})
      EXPECT_EQ(bytes(run / file), bytes(other / file)) << file << " of " << other;
  }

  fs::path folder_;
};

TEST_F(ResilienceTest, ARunKilledTwentyTimesEndsWithTheSameBytes) {
  const fs::path whole = folder_ / "whole";
  const auto begin = Clock::now();
  ASSERT_TRUE(succeeded(start(whole))) << bytes(whole.string() + ".log");
  const std::chrono::duration<double> seconds = Clock::now() - begin;
  ASSERT_NE(bytes(whole / "model" / "model.safetensors"), bytes(folder_ / "pretrain" / "model.safetensors"));

  std::mt19937_64 random(std::random_device{}());
  std::uniform_real_distribution<double> moment(0.1, 1.0);
  std::string moments;
  int kills = 0;
  for (int run = 0; kills < 20; ++run) {
    const fs::path killed = folder_ / fmt::format("killed_{}", run);
    for (bool done = false; !done;) {
      const pid_t child = start(killed);
      // Towards the end of its lifetime mostly, where there are files to be damaged.
      const double at = seconds.count() * moment(random);
      const auto deadline = Clock::now() + std::chrono::duration<double>(at);
      int status = 0;
      while (::waitpid(child, &status, WNOHANG) == 0 && Clock::now() < deadline)
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
      if (::kill(child, SIGKILL) == 0 && ::waitpid(child, &status, 0) == child && WIFSIGNALED(status)) {
        ++kills;
        moments += fmt::format(" {:.2f}", at);
        continue;
      }
      ASSERT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << bytes(killed.string() + ".log");
      done = true;
    }
    expect_same(whole, killed);
    ASSERT_FALSE(HasFailure()) << "killed after these seconds:" << moments;
  }
}

TEST_F(ResilienceTest, AFullDiskIsOneClearErrorAndLosesNothing) {
  const fs::path whole = folder_ / "whole";
  ASSERT_TRUE(succeeded(start(whole))) << bytes(whole.string() + ".log");
  const fs::path full = folder_ / "full";
  // No file may be as large as a checkpoint's weights.
  ASSERT_FALSE(succeeded(start(full, "100000")));
  const std::string log = bytes(full.string() + ".log");
  EXPECT_NE(log.find("cannot write"), std::string::npos) << log;
  EXPECT_TRUE(!fs::exists(full / "checkpoints") || fs::is_empty(full / "checkpoints"));
  // There is room again: from its checkpoints, if it had any.
  ASSERT_TRUE(succeeded(start(full))) << bytes(full.string() + ".log");
  expect_same(whole, full);

  // The same with a checkpoint already there, which stays.
  for (const char* later : {"global_step_6"}) fs::remove_all(full / "checkpoints" / later);
  fs::remove_all(full / "model");
  const std::string kept = bytes(full / "checkpoints" / "global_step_4" / "model.safetensors");
  ASSERT_FALSE(succeeded(start(full, "100000")));
  EXPECT_EQ(kept, bytes(full / "checkpoints" / "global_step_4" / "model.safetensors"));
  ASSERT_TRUE(succeeded(start(full))) << bytes(full.string() + ".log");
  expect_same(whole, full);
}

}  // namespace
}  // namespace metaspatial::rl
