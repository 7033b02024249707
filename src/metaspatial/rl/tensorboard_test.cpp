#include "metaspatial/rl/tensorboard.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <filesystem>
#include <limits>
#include <map>
#include <numeric>
#include <utility>
#include <vector>

#include "metaspatial/base/files.hpp"
#include "metaspatial/rl/run_log.hpp"

namespace metaspatial::rl {
namespace {

namespace fs = std::filesystem;

// ---- a reader of its own: bit by bit, nothing shared with the writer
// ---------------------------------------

std::uint32_t slow_crc32c(std::string_view bytes) {
  std::uint32_t crc = 0xffffffffU;
  for (const char c : bytes) {
    crc ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) crc = (crc & 1U) != 0 ? crc >> 1U ^ 0x82f63b78U : crc >> 1U;
  }
  return ~crc;
}

std::uint64_t little_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) value = value << 8U | static_cast<unsigned char>(bytes[i]);
  return value;
}

bool crc_is_right(std::string_view bytes, std::string_view stored) {
  const auto masked = static_cast<std::uint32_t>(little_endian(stored)) - 0xa282ead8U;
  return (masked << 15U | masked >> 17U) == slow_crc32c(bytes);
}

std::vector<std::string> records_of(std::string_view file) {
  std::vector<std::string> records;
  while (!file.empty()) {
    EXPECT_GE(file.size(), 16U);
    const auto length = static_cast<std::size_t>(little_endian(file.substr(0, 8)));
    EXPECT_TRUE(crc_is_right(file.substr(0, 8), file.substr(8, 4)));
    EXPECT_LE(length + 16, file.size());
    if (length + 16 > file.size()) break;
    EXPECT_TRUE(crc_is_right(file.substr(12, length), file.substr(12 + length, 4)));
    records.emplace_back(file.substr(12, length));
    file.remove_prefix(length + 16);
  }
  return records;
}

/// One field of a protobuf message: a number, or the bytes of a longer one.
struct Field {
  unsigned number = 0;
  std::uint64_t value = 0;
  std::string bytes;
};
std::vector<Field> fields_of(std::string_view message) {
  std::vector<Field> fields;
  const auto varint = [&message] {
    std::uint64_t value = 0;
    for (unsigned shift = 0; !message.empty(); shift += 7) {
      const auto byte = static_cast<unsigned char>(message.front());
      message.remove_prefix(1);
      value |= std::uint64_t{byte & 0x7fU} << shift;
      if ((byte & 0x80U) == 0) break;
    }
    return value;
  };
  while (!message.empty()) {
    const std::uint64_t key = varint();
    Field field{static_cast<unsigned>(key >> 3U), 0, {}};
    const std::uint64_t wire = key & 7U;
    if (wire == 0) {
      field.value = varint();
    } else {
      const std::size_t size = wire == 1 ? 8 : wire == 5 ? 4 : static_cast<std::size_t>(varint());
      field.bytes = message.substr(0, size);
      if (wire != 2) field.value = little_endian(field.bytes);
      message.remove_prefix(std::min(size, message.size()));
    }
    fields.push_back(std::move(field));
  }
  return fields;
}

/// One event, as far as the tests ask.
struct Event {
  double wall_time_s = 0;
  std::int64_t step = 0;
  std::string file_version;
  bool restart = false;
  std::map<std::string, float> scalars;
};
Event event_of(const std::string& record) {
  Event event;
  for (const Field& field : fields_of(record)) {
    if (field.number == 1) event.wall_time_s = std::bit_cast<double>(field.value);
    if (field.number == 2) event.step = static_cast<std::int64_t>(field.value);
    if (field.number == 3) event.file_version = field.bytes;
    if (field.number == 7) event.restart = fields_of(field.bytes).at(0).value == 1;
    if (field.number != 5) continue;
    for (const Field& value : fields_of(field.bytes)) {
      const auto parts = fields_of(value.bytes);
      EXPECT_EQ(parts.size(), 2U);
      EXPECT_EQ(parts[0].number, 1U);
      EXPECT_EQ(parts[1].number, 2U);
      event.scalars[parts[0].bytes] = std::bit_cast<float>(static_cast<std::uint32_t>(parts[1].value));
    }
  }
  return event;
}

std::vector<Event> events_of(std::string_view file) {
  std::vector<Event> events;
  for (const std::string& record : records_of(file)) events.push_back(event_of(record));
  return events;
}

std::vector<fs::path> files_in(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) files.push_back(entry.path());
  return files;
}

std::string text_of(const fs::path& path) {
  const auto text = read_file(path);
  EXPECT_TRUE(text) << path;
  return text.value_or(std::string());
}

class TensorBoardTest : public ::testing::Test {
 protected:
  void SetUp() override { fs::remove_all(folder_); }
  void TearDown() override { fs::remove_all(folder_); }
  fs::path folder_ = fs::temp_directory_path() / fmt::format("metaspatial_tensorboard_test_{}", ::getpid());
};

// ---- tests
// -------------------------------------------------------------------------------------------------

TEST(TensorBoard, Crc32cOfThePublishedVectors) {
  std::string ascending(32, '\0');
  std::iota(ascending.begin(), ascending.end(), '\0');
  // RFC 3720, appendix B.4: 32 bytes of zeroes, of ones, 0 to 31, 31 to 0.
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8a9136aaU);
  EXPECT_EQ(crc32c(std::string(32, '\xff')), 0x62a8ab43U);
  EXPECT_EQ(crc32c(ascending), 0x46dd794eU);
  EXPECT_EQ(crc32c(std::string(ascending.rbegin(), ascending.rend())), 0x113fdb5cU);
  EXPECT_EQ(crc32c("123456789"), 0xe3069283U);  // the check value of every catalogue of CRCs
  EXPECT_EQ(crc32c(""), 0U);
}

TEST(TensorBoard, AScalarByHand) {
  // Event{wall_time: 1.5, step: 300, summary: {value: {tag: "a/b", simple_value: -2}}}, encoded by hand.
  const std::string expected(
      "\x09\x00\x00\x00\x00\x00\x00\xf8\x3f"  // field 1, fixed64: 1.5
      "\x10\xac\x02"                          // field 2, varint: 300
      "\x2a\x0c"                              // field 5, 12 bytes: Summary
      "\x0a\x0a"                              // field 1, 10 bytes: Summary.Value
      "\x0a\x03"
      "a/b"                   // field 1: tag
      "\x15\x00\x00\x00\xc0"  // field 2, fixed32: -2
      ,
      26);
  const auto records = records_of(scalars_record(Json{{"step", 300}, {"b", -2}}, 1.5, "a/"));
  ASSERT_EQ(records.size(), 1U);
  EXPECT_EQ(records[0], expected);
}

TEST(TensorBoard, WhatIsNoFiniteNumberIsLeftOut) {
  EXPECT_TRUE(scalars_record(Json{{"step", 1},
                                  {"name", "text"},
                                  {"none", nullptr},
                                  {"flag", true},
                                  {"list", {1, 2}},
                                  {"inf", std::numeric_limits<double>::infinity()},
                                  {"nan", std::nan("")}},
                             1.0)
                  .empty());
}

TEST_F(TensorBoardTest, HoldsWhatTheLinesHold) {
  auto log = RunLog::open(folder_, -1, true);
  ASSERT_TRUE(log);
  ASSERT_TRUE(log->write(Json{{"step", 1}, {"critic/score/mean", 0.5}, {"stages/stage", "format"}},
                         Json{{"step", 1}, {"seconds", 2.5}}));
  ASSERT_TRUE(
      log->write(Json{{"step", 2}, {"critic/score/mean", nullptr}}, Json{{"step", 2}, {"seconds", 5}}));
  const auto files = files_in(folder_ / "tensorboard");
  ASSERT_EQ(files.size(), 1U);
  EXPECT_TRUE(files[0].filename().string().starts_with("events.out.tfevents."));
  const auto events = events_of(text_of(files[0]));
  ASSERT_EQ(events.size(), 5U);
  EXPECT_EQ(events[0].file_version, "brain.Event:2");
  EXPECT_TRUE(events[1].restart);
  EXPECT_EQ(events[2].step, 1);
  EXPECT_EQ(events[2].scalars, (std::map<std::string, float>{{"critic/score/mean", 0.5F}}));
  EXPECT_EQ(events[3].scalars, (std::map<std::string, float>{{"timing/seconds", 2.5F}}));
  EXPECT_EQ(events[4].scalars, (std::map<std::string, float>{{"timing/seconds", 5.0F}}));
  EXPECT_GE(events[2].wall_time_s, events[0].wall_time_s);
}

TEST_F(TensorBoardTest, AResumedRunHasTheEventsOfAnUnbrokenOne) {
  const auto lines = [](int step) {
    return std::pair(Json{{"step", step}, {"loss", 1.0 / step}}, Json{{"step", step}, {"seconds", step}});
  };
  const auto write = [&lines](RunLog& log, int step) {
    const auto [metrics, timing] = lines(step);
    ASSERT_TRUE(log.write(metrics, timing));
  };
  fs::path first;
  std::string before;
  {
    auto log = RunLog::open(folder_, -1, true);
    ASSERT_TRUE(log);
    for (int step = 1; step <= 4; ++step) write(*log, step);
    first = files_in(folder_ / "tensorboard").at(0);
    before = text_of(first);
  }
  // Killed in the middle of a record, and of the atomic write of an earlier one; its checkpoint is of step 2.
  ASSERT_TRUE(write_file_atomic(first, before.substr(0, before.size() - 5)));
  ASSERT_TRUE(write_file_atomic(first.string() + ".tmp.1", "half"));
  auto log = RunLog::open(folder_, 2, true);
  ASSERT_TRUE(log);
  for (int step = 3; step <= 5; ++step) write(*log, step);
  // The one that a TensorBoard may be reading stays; the new one comes after it and begins anew.
  auto files = files_in(folder_ / "tensorboard");
  std::ranges::sort(files);
  ASSERT_EQ(files.size(), 2U);
  EXPECT_EQ(files[0], first);
  const auto events = events_of(text_of(files[1]));
  EXPECT_TRUE(events.at(1).restart);
  ASSERT_EQ(events.size(), 2U + 2 * 5);
  const auto old = events_of(before);
  for (int step = 1; step <= 5; ++step) {
    const auto at = static_cast<std::size_t>(2 * step);
    EXPECT_EQ(events[at].step, step);
    EXPECT_EQ(events[at].scalars, (std::map<std::string, float>{{"loss", static_cast<float>(1.0 / step)}}));
    EXPECT_EQ(events[at + 1].scalars,
              (std::map<std::string, float>{{"timing/seconds", static_cast<float>(step)}}));
    if (step <= 2) {
      EXPECT_EQ(events[at].wall_time_s, old.at(at).wall_time_s);  // the first run's
    }
  }
}

TEST_F(TensorBoardTest, OfManyResumesTwoFilesAreKept) {
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(RunLog::open(folder_, 0, true));
  EXPECT_EQ(files_in(folder_ / "tensorboard").size(), 2U);
}

TEST(Loggers, AreAListOrAName) {
  const auto read = [](const char* text) -> Result<Loggers> {
    const auto json = parse_json(text, "test");
    EXPECT_TRUE(json);
    ConfigReader reader(*json, "test");
    Loggers loggers;
    METASPATIAL_TRY_VOID(read_loggers(reader, "test", loggers));
    METASPATIAL_TRY_VOID(reader.finish());
    return loggers;
  };
  EXPECT_TRUE(read("{}")->console && read("{}")->tensorboard);
  const auto one = read(R"({"trainer": {"logger": ["console"]}})");
  ASSERT_TRUE(one);
  EXPECT_TRUE(one->console);
  EXPECT_FALSE(one->tensorboard);
  const auto name = read(R"({"trainer": {"logger": "tensorboard"}})");
  ASSERT_TRUE(name);
  EXPECT_TRUE(name->tensorboard);
  EXPECT_FALSE(name->console);
  const auto none = read(R"({"trainer": {"logger": []}})");
  ASSERT_TRUE(none);
  EXPECT_FALSE(none->tensorboard || none->console);
  for (const char* bad : {R"({"trainer": {"logger": ["wandb"]}})", R"({"trainer": {"logger": 3}})"}) {
    const auto refused = read(bad);
    ASSERT_FALSE(refused) << bad;
    EXPECT_NE(refused.error().message.find("trainer.logger"), std::string::npos);
  }
}

TEST_F(TensorBoardTest, WithoutItThereIsNoFolder) {
  auto log = RunLog::open(folder_, -1);
  ASSERT_TRUE(log);
  ASSERT_TRUE(log->write(Json{{"step", 1}}, Json{{"step", 1}}));
  EXPECT_FALSE(fs::exists(folder_ / "tensorboard"));
  EXPECT_TRUE(fs::exists(folder_ / "metrics.jsonl"));
}

}  // namespace
}  // namespace metaspatial::rl
