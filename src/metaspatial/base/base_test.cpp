#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <iterator>
#include <utility>
#include <vector>

#include "metaspatial/base/config.hpp"
#include "metaspatial/base/files.hpp"
#include "metaspatial/base/json.hpp"
#include "metaspatial/base/parallel.hpp"
#include "metaspatial/base/rng.hpp"

namespace metaspatial {
namespace {

TEST(Rng, SameKeySameStream) {
  Rng a{1, 2, 3};
  Rng b{1, 2, 3};
  Rng c{1, 3, 2};
  const auto first = a.next();
  EXPECT_EQ(first, b.next());
  EXPECT_NE(first, c.next());
}

TEST(Rng, NormalHasUnitVariance) {
  Rng rng(7);
  double sum = 0;
  double squares = 0;
  const int n = 20000;
  for (int i = 0; i < n; ++i) {
    const double x = rng.normal();
    sum += x;
    squares += x * x;
  }
  EXPECT_NEAR(sum / n, 0, 0.03);
  EXPECT_NEAR(squares / n, 1, 0.04);
}

TEST(Json, DepthIsLimited) {
  const std::string deep(100000, '[');
  const auto parsed = parse_json(deep, "deep.json");
  ASSERT_FALSE(parsed);
  EXPECT_NE(to_string(parsed.error()).find("nested deeper"), std::string::npos);
}

TEST(Json, ErrorNamesLineAndColumn) {
  const auto parsed = parse_json("{\n  \"a\": nope\n}", "x.json");
  ASSERT_FALSE(parsed);
  EXPECT_NE(to_string(parsed.error()).find("x.json: not valid JSON at line 2"), std::string::npos);
}

TEST(Json, KeysPerObjectAreLimited) {
  // 80,000 keys in one object once took 15 s to read.
  const auto object_of = [](int keys) {
    std::string text = "{";
    for (int i = 0; i < keys; ++i) text += (i ? ",\"" : "\"") + std::to_string(i) + "\":0";
    return text + "}";
  };
  EXPECT_TRUE(parse_json(object_of(1000), "x.json"));
  EXPECT_FALSE(parse_json(object_of(80000), "x.json"));
  EXPECT_TRUE(parse_json(R"(["::::", {"a": 1}])", "x.json"));
}

TEST(Json, BracketsInStringsDoNotCount) {
  EXPECT_EQ(json_depth(R"(["[[[[\"[", 1])"), 1);
}

// A file was read as JSON although garbage followed a zero byte: the parser takes that for the end.
TEST(Json, AZeroByteIsNotTheEnd) {
  using namespace std::string_view_literals;
  const auto error = parse_json("{\"a\": 1}\n\0 }}"sv, "x.json");
  ASSERT_FALSE(error);
  EXPECT_EQ(to_string(error.error()), "x.json: not valid JSON at line 2, column 1");
  EXPECT_FALSE(parse_json("[]\0"sv, "x.json"));
  EXPECT_FALSE(parse_json("\"a\0b\""sv, "x.json"));
  EXPECT_TRUE(parse_json(R"("a\u0000b")", "x.json"));
}

TEST(Json, TenMegabytesOfOneCharacterAreNoTrouble) {
  constexpr std::size_t kMany = 10'000'000;
  for (const char c : std::string_view("\0 \"\\[:-7\xC3", 9))
    EXPECT_FALSE(parse_json(std::string(kMany, c), "x.json")) << static_cast<int>(c);
  std::string pairs;
  for (std::size_t i = 0; i < kMany / 2; ++i) pairs += "[]";
  EXPECT_FALSE(parse_json(pairs, "x.json"));
  EXPECT_FALSE(parse_json(std::string(kMany / 2, '[') + std::string(kMany / 2, ']'), "x.json"));
  EXPECT_TRUE(parse_json('"' + std::string(kMany, 'x') + '"', "x.json"));
}

TEST(Config, ReadsOverridesAndNamesWhatIsWrong) {
  Json json = Json::parse(R"({"actor": {"lr": 0.001, "name": "a"}, "typo": 1})");
  ASSERT_TRUE(apply_override(json, "actor.lr=0.5"));
  ASSERT_TRUE(apply_override(json, "actor.kind=plain"));
  EXPECT_FALSE(apply_override(json, "actor.lr.deep=1"));
  EXPECT_FALSE(apply_override(json, "no value"));
  double lr = 0;
  std::string name;
  std::string kind;
  ConfigReader reader(json, "x.yaml");
  reader.read("actor.lr", lr, 0, 1);
  reader.read("actor.name", name);
  reader.read("actor.kind", kind);
  EXPECT_EQ(lr, 0.5);
  EXPECT_EQ(kind, "plain");
  EXPECT_EQ(to_string(reader.finish().error()), "x.yaml: key 'typo' is not known");
  ConfigReader strict(json, "x.yaml");
  strict.read("actor.lr", lr, 0, 0.1);
  EXPECT_EQ(to_string(strict.finish().error()), "x.yaml: key 'actor.lr': expected a number from 0 to 0.1");
}

TEST(Config, AnAbsentSwitchIsNeitherOnNorOff) {
  const Json json = Json::parse(R"({"on": false, "wrong": 1})");
  std::optional<bool> on, absent, wrong;
  ConfigReader reader(json, "x.yaml");
  reader.read("on", on);
  reader.read("absent", absent);
  EXPECT_EQ(on, std::optional(false));
  EXPECT_FALSE(absent);
  reader.read("wrong", wrong);
  EXPECT_FALSE(wrong);
  EXPECT_EQ(to_string(reader.finish().error()), "x.yaml: key 'wrong': expected true or false");
}

// `a.b..c=1` failed but left empty groups behind; a key of a hundred thousand parts nested as deep.
TEST(Config, AnOverrideThatFailsChangesNothing) {
  Json json = Json::parse(R"({"a": {"b": 1}, "none": null})");
  const std::string before = dump_json(json);
  for (const char* bad : {"a.c..d=1", "new.=1", ".=1", "=1", "a.b.c=1", "new.group.=1"})
    EXPECT_FALSE(apply_override(json, bad)) << bad;
  std::string deep = "d";
  for (int i = 0; i < 100'000; ++i) deep += ".d";
  EXPECT_FALSE(apply_override(json, deep + "=1"));
  EXPECT_EQ(dump_json(json), before);
  EXPECT_TRUE(apply_override(json, "none.x=[1, 2]"));
  EXPECT_TRUE(apply_override(json, "a.c.d=text"));
  EXPECT_EQ(dump_json(json), R"({"a":{"b":1,"c":{"d":"text"}},"none":{"x":[1,2]}})");
}

// 18446744073709551615 was read as -1.
TEST(Config, HugeWholeNumbersDoNotWrap) {
  const Json json = Json::parse(R"({"level": 18446744073709551615})");
  int level = 3;
  ConfigReader reader(json, "x.yaml");
  reader.read("level", level, -5, 5);
  EXPECT_EQ(to_string(reader.finish().error()), "x.yaml: key 'level': expected a whole number from -5 to 5");
  EXPECT_EQ(level, 3);
}

// Of {"a.b": 1, "a": {"b": 2}} the second won, {"": {"a": 1}} was read as {"a": 1}, and {"lr": {}} as
// nothing.
TEST(Config, KeysThatAreNotWhatTheySeemAreErrors) {
  const auto error = [](std::string_view text) {
    const Json json = Json::parse(text);
    double lr = 0.5;
    ConfigReader reader(json, "x.yaml");
    reader.read("optim.lr", lr, 0, 1);
    const auto done = reader.finish();
    return done ? std::string("none") : to_string(done.error());
  };
  EXPECT_EQ(error(R"({"optim": {"lr": 0.1}})"), "none");
  EXPECT_EQ(error(R"({"optim.lr": 0.1})"), "none");
  EXPECT_EQ(error(R"({"optim": {}, "nothing": {}})"), "none");
  EXPECT_EQ(error(R"({"optim.lr": 0.1, "optim": {"lr": 0.2}})"), "x.yaml: key 'optim.lr' stands twice");
  EXPECT_EQ(error(R"({"": {"optim": {"lr": 0.1}}})"), "x.yaml: key '.optim.lr' is not known");
  EXPECT_EQ(error(R"({"optim": {"lr": {}}})"), "x.yaml: key 'optim.lr': expected a number from 0 to 1");
}

TEST(Files, AtomicWriteRoundTrips) {
  const auto folder = std::filesystem::temp_directory_path() / "metaspatial_base_test";
  const auto path = folder / "sub" / "file.txt";
  ASSERT_TRUE(write_file_atomic(path, "hello"));
  EXPECT_EQ(read_file(path).value(), "hello");
  EXPECT_FALSE(read_file(path, 3));
  EXPECT_EQ(read_file(folder / "none").error().code, ErrorCode::NotFound);
  std::filesystem::remove_all(folder);
}

TEST(Files, WhatIsWrittenInPiecesAppearsWholeOrNotAtAll) {
  const auto folder = std::filesystem::temp_directory_path() / "metaspatial_base_test_pieces";
  const auto path = folder / "sub" / "file.txt";
  {
    auto writer = FileWriter::create(path);
    ASSERT_TRUE(writer);
    ASSERT_TRUE(writer->write("one "));
    EXPECT_FALSE(std::filesystem::exists(path));
    FileWriter moved = std::move(*writer);
    ASSERT_TRUE(moved.write("two"));
    ASSERT_TRUE(moved.commit());
  }
  EXPECT_EQ(read_file(path).value_or(""), "one two");
  {
    auto writer = FileWriter::create(path);
    ASSERT_TRUE(writer);
    ASSERT_TRUE(writer->write("three"));
  }
  EXPECT_EQ(read_file(path).value_or(""), "one two");
  const std::filesystem::directory_iterator files(path.parent_path());
  EXPECT_EQ(std::distance(files, {}), 1) << "no temporary file is left";
  std::filesystem::remove_all(folder);
}

TEST(Parallel, EveryIndexOnce) {
  std::vector<std::atomic<int>> seen(1000);
  parallel_for(seen.size(), [&](std::size_t i) { seen[i]++; });
  for (const auto& count : seen) EXPECT_EQ(count.load(), 1);
}

}  // namespace
}  // namespace metaspatial
