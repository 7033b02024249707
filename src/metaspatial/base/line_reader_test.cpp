#include "metaspatial/base/line_reader.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "metaspatial/base/files.hpp"

namespace metaspatial {
namespace {

namespace fs = std::filesystem;

class LineReaderTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / fmt::format("metaspatial_line_reader_test_{}", ::getpid());
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  LineReader reader_of(std::string_view text, const LineLimits& limits = {}) {
    const fs::path path = folder_ / "lines";
    EXPECT_TRUE(write_file_atomic(path, text));
    auto reader = LineReader::open(path.string(), limits);
    EXPECT_TRUE(reader);
    return std::move(*reader);
  }
  /// Every line as "number:text", "number:too long" for those that are.
  static std::vector<std::string> all(LineReader reader, std::size_t batch) {
    std::vector<std::string> out;
    while (true) {
      const auto lines = reader.next(batch);
      EXPECT_TRUE(lines);
      if (!lines || lines->empty()) return out;
      EXPECT_LE(lines->size(), batch);
      for (const StreamLine& line : *lines)
        out.push_back(fmt::format("{}:{}", line.number, line.too_long ? "too long" : line.text));
    }
  }
  using Lines = std::vector<std::string>;

  fs::path folder_;
};

TEST_F(LineReaderTest, TheLastLineNeedsNoNewline) {
  EXPECT_EQ(all(reader_of("a\nb"), 8), (Lines{"1:a", "2:b"}));
  EXPECT_EQ(all(reader_of("a\nb\n"), 8), (Lines{"1:a", "2:b"}));
  EXPECT_EQ(all(reader_of("a"), 8), (Lines{"1:a"}));
  EXPECT_EQ(all(reader_of(""), 8), Lines{});
}

TEST_F(LineReaderTest, BlankLinesAreCountedAndLeftOut) {
  EXPECT_EQ(all(reader_of("\n \t\r\na\r\n\nb\n  "), 1), (Lines{"3:a\r", "5:b"}));
  EXPECT_EQ(all(reader_of("\n\n\n"), 1), Lines{});
}

TEST_F(LineReaderTest, ALongLineIsThrownAwayAlone) {
  const LineLimits limits{.max_line_bytes = 4, .max_batch_bytes = 1000};
  EXPECT_EQ(all(reader_of("abcd\nabcde\nf", limits), 8), (Lines{"1:abcd", "2:too long", "3:f"}));
  EXPECT_EQ(all(reader_of("a\nabcde", limits), 8), (Lines{"1:a", "2:too long"}));
  // Over several reads of the stream, in the middle and at the end.
  const std::string huge(std::size_t{1} << 20, 'x');
  EXPECT_EQ(all(reader_of(huge + "\nb\n" + huge, limits), 8), (Lines{"1:too long", "2:b", "3:too long"}));
}

TEST_F(LineReaderTest, AnyBatchesGiveTheSameLines) {
  std::string text;
  Lines expected;
  for (int i = 1; i <= 3000; ++i) {
    const std::string line(static_cast<std::size_t>(i % 701), static_cast<char>('a' + i % 26));
    text += line + "\n";
    if (!line.empty()) expected.push_back(fmt::format("{}:{}", i, line));
  }
  for (const std::size_t batch : {1, 7, 256, 100000}) {
    EXPECT_EQ(all(reader_of(text), batch), expected) << batch;
    EXPECT_EQ(all(reader_of(text, {.max_line_bytes = 1000, .max_batch_bytes = 100}), batch), expected);
  }
}

TEST_F(LineReaderTest, ABatchHoldsWhatItsLimitSays) {
  LineReader reader = reader_of("aaaa\nbbbb\ncccc\ndddd\n", {.max_line_bytes = 100, .max_batch_bytes = 8});
  const auto lines = reader.next(100);
  ASSERT_TRUE(lines);
  EXPECT_EQ(lines->size(), 2U);
}

TEST_F(LineReaderTest, OfAPipeComesWhatIsThere) {
  const fs::path path = folder_ / "pipe";
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  const int hold = ::open(path.c_str(), O_RDWR | O_CLOEXEC);  // so that neither end waits for the other
  ASSERT_GE(hold, 0);
  auto reader = LineReader::open(path.string());
  ASSERT_TRUE(reader);
  const auto put = [&](std::string_view text) {
    return ::write(hold, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  };
  ASSERT_TRUE(put("a\nb\nbegun"));
  auto lines = reader->next(256);
  ASSERT_TRUE(lines);
  ASSERT_EQ(lines->size(), 2U);
  EXPECT_EQ((*lines)[1].text, "b");
  ASSERT_TRUE(put(" and ended\n"));
  lines = reader->next(256);
  ASSERT_TRUE(lines);
  ASSERT_EQ(lines->size(), 1U);
  EXPECT_EQ(lines->front().text, "begun and ended");
  ::close(hold);
  lines = reader->next(256);
  ASSERT_TRUE(lines);
  EXPECT_TRUE(lines->empty());
}

TEST_F(LineReaderTest, WhatCannotBeOpenedIsNamed) {
  const auto absent = LineReader::open((folder_ / "absent").string());
  ASSERT_FALSE(absent);
  EXPECT_EQ(absent.error().code, ErrorCode::NotFound);
  EXPECT_NE(to_string(absent.error()).find("absent"), std::string::npos);
  const auto folder = LineReader::open(folder_.string());
  ASSERT_FALSE(folder);
  EXPECT_EQ(folder.error().code, ErrorCode::InvalidInput);
}

}  // namespace
}  // namespace metaspatial
