#include <gtest/gtest.h>

#include <cmath>

#include "metaspatial/app/arguments.hpp"
#include "metaspatial/app/command.hpp"
#include "metaspatial/app/exit_code.hpp"

namespace metaspatial::app {
namespace {

int run(Program& program, std::vector<std::string> words) {
  words.insert(words.begin(), "metaspatial");
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  return run_program(program, static_cast<int>(words.size()), argv.data());
}

TEST(Size, IsThreeLengths) {
  const auto size = parse_size("6x4.5x2.8");
  ASSERT_TRUE(size);
  EXPECT_EQ(size->length_m, 6);
  EXPECT_EQ(size->width_m, 4.5);
  EXPECT_EQ(size->height_m, 2.8);
}

TEST(Size, AnythingElseIsAUsageError) {
  for (const char* text : {"", "6", "6x4", "6x4x", "6x4x3x2", "6x4x0", "6x-4x3", "nanx4x3", "infx4x3",
                           "6x4x3m", " 6x4x3", "1e2x4x3", "6x4x101", "x4x3", "6,4,3"}) {
    const auto size = parse_size(text);
    ASSERT_FALSE(size) << text;
    EXPECT_EQ(exit_code(size.error().code), kExitUsage);
  }
}

TEST(Program, ExitCodesFollowTheTable) {
  struct Case {
    ErrorCode error;
    int exit;
  };
  for (const Case c :
       {Case{ErrorCode::InvalidInput, 1}, Case{ErrorCode::NotFound, 1}, Case{ErrorCode::Usage, 2},
        Case{ErrorCode::Io, 3}, Case{ErrorCode::Network, 3}, Case{ErrorCode::OutOfMemory, 3}}) {
    Program program("test");
    program.add("go", "goes", "metaspatial go",
                [c]() -> Result<int> { return fail(c.error, "why", "where"); });
    testing::internal::CaptureStderr();
    EXPECT_EQ(run(program, {"go"}), c.exit);
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "metaspatial: where: why\n");
  }
}

TEST(Program, WrongArgumentsAreUsageErrors) {
  for (const auto& words :
       std::vector<std::vector<std::string>>{{"fly"}, {"go", "--fast"}, {"go", "there"}, {}}) {
    Program program("test");
    program.add("go", "goes", "metaspatial go", []() -> Result<int> { return 0; });
    testing::internal::CaptureStderr();
    EXPECT_EQ(run(program, words), kExitUsage);
    EXPECT_FALSE(testing::internal::GetCapturedStderr().empty());
  }
}

TEST(Program, HelpEndsWithAnExample) {
  Program program("test");
  program.add("go", "goes", "metaspatial go there", []() -> Result<int> { return 0; });
  testing::internal::CaptureStdout();
  EXPECT_EQ(run(program, {"go", "--help"}), kExitDone);
  EXPECT_NE(testing::internal::GetCapturedStdout().find("Example:\n  metaspatial go there"),
            std::string::npos);
}

TEST(Program, ExceptionsAndOutOfMemoryAreSystemErrors) {
  Program program("test");
  program.add("go", "goes", "metaspatial go", []() -> Result<int> { throw std::bad_alloc(); });
  testing::internal::CaptureStderr();
  EXPECT_EQ(run(program, {"go"}), kExitSystem);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "metaspatial: out of memory\n");
}

TEST(Program, ErrorsAreOneLineWithoutControlCharacters) {
  testing::internal::CaptureStderr();
  report_error({ErrorCode::InvalidInput, "a\nb\x1b[31m", "file\r"});
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "metaspatial: file : a b [31m\n");
}

}  // namespace
}  // namespace metaspatial::app
