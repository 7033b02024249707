#include "metaspatial/chat/cache.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "metaspatial/base/files.hpp"

namespace metaspatial::chat {
namespace {

class CacheTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / ("metaspatial_cache_" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder_);
    path_ = folder_ / "cache.sqlite";
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  static ChatReply reply(std::string text) {
    ChatReply made;
    made.text = std::move(text);
    made.finish_reason = "stop";
    made.tokens = {100, 10, false};
    return made;
  }
  std::filesystem::path folder_;
  std::filesystem::path path_;
};

TEST_F(CacheTest, KeepsRepliesAcrossOpenings) {
  const std::string text = std::string("zero \0 byte, \xff, \"quotes\"", 24);
  {
    auto cache = Cache::open(path_);
    ASSERT_TRUE(cache) << to_string(cache.error());
    EXPECT_FALSE((*cache)->find("k")->has_value());
    ASSERT_TRUE((*cache)->store("k", "m", reply("old")));
    ASSERT_TRUE((*cache)->store("k", "m", reply(text)));
  }
  auto cache = Cache::open(path_);
  ASSERT_TRUE(cache) << to_string(cache.error());
  const auto found = (*cache)->find("k");
  ASSERT_TRUE(found && *found);
  EXPECT_EQ((*found)->text, text);
  EXPECT_EQ((*found)->tokens.prompt, 100);
  EXPECT_TRUE((*found)->cached);
  ASSERT_TRUE((*cache)->erase("k"));
  EXPECT_FALSE((*cache)->find("k")->has_value());
}

TEST_F(CacheTest, AnythingButOurFileIsOneClearErrorAndStaysAsItIs) {
  for (const std::string& bytes :
       {std::string("not a database, and long enough to have a header of 100 bytes: ") +
            std::string(200, 'x'),
        "SQLite format 3" + std::string(1, '\0') + std::string(500, '\xff')}) {
    ASSERT_TRUE(write_file_atomic(path_, bytes));
    const auto cache = Cache::open(path_);
    ASSERT_FALSE(cache);
    EXPECT_EQ(cache.error().code, ErrorCode::InvalidInput) << to_string(cache.error());
    EXPECT_NE(to_string(cache.error()).find("cache.sqlite: the cache cannot be used"), std::string::npos);
    EXPECT_EQ(*read_file(path_), bytes);
  }
  const auto folder = Cache::open(folder_);
  ASSERT_FALSE(folder);
  EXPECT_EQ(folder.error().code, ErrorCode::Io) << to_string(folder.error());
}

TEST_F(CacheTest, SeveralProcessesShareAFileFromItsFirstMoment) {
  constexpr int kProcesses = 4;
  constexpr int kReplies = 25;
  std::vector<pid_t> children;
  for (int process = 0; process < kProcesses; ++process) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      auto cache = Cache::open(path_);
      bool ok = cache.has_value();
      for (int i = 0; ok && i < kReplies; ++i)
        ok = (*cache)->store(std::to_string(process) + "/" + std::to_string(i), "m", reply("r")).has_value();
      ::_exit(ok ? 0 : 1);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  }
  auto cache = Cache::open(path_);
  ASSERT_TRUE(cache) << to_string(cache.error());
  for (int process = 0; process < kProcesses; ++process)
    for (int i = 0; i < kReplies; ++i)
      EXPECT_TRUE((*cache)->find(std::to_string(process) + "/" + std::to_string(i))->has_value());
}

TEST_F(CacheTest, SeveralThreadsShareAHandle) {
  auto cache = Cache::open({});
  ASSERT_TRUE(cache);
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 50; ++i) {
        const std::string key = std::to_string((t + i) % 20);
        EXPECT_TRUE((*cache)->store(key, "m", reply(key)));
        const auto found = (*cache)->find(key);
        EXPECT_TRUE(found && *found && (*found)->text == key);
      }
    });
}

}  // namespace
}  // namespace metaspatial::chat
