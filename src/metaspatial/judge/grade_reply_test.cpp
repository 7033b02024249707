#include "metaspatial/judge/grade_reply.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <string>

#include "metaspatial/base/json.hpp"

namespace metaspatial::judge {
namespace {

using Five = std::array<double, 5>;

/// A reply with one text in place of each grade.
std::string reply_with(const std::array<std::string, 5>& grades) {
  std::string text = "{";
  for (std::size_t c = 0; c < 5; ++c)
    text += (c > 0 ? ", \"" : "\"") + std::string(kGradeNames[c]) + "\": {\"grade\": " + grades[c] +
            ", \"comment\": \"c" + std::to_string(c) + "\"}";
  return text + "}";
}
std::string reply_with(const std::string& first) {
  return reply_with({first, "7", "7", "9", "8"});
}

void expect_grades(const std::string& reply, const Five& expected) {
  const auto read = read_grade_reply(reply);
  ASSERT_TRUE(read) << read.error() << "\n" << reply;
  EXPECT_EQ(read->grades.values, expected) << reply;
}
void expect_failure(const std::string& reply, const std::string& reason) {
  const auto read = read_grade_reply(reply);
  ASSERT_FALSE(read) << reply;
  EXPECT_NE(read.error().find(reason), std::string::npos) << read.error() << "\n" << reply;
}

// What the public reference makes of these replies is in the file (docs/REFERENCE.md); this is what a careful
// reader makes of them. Every record is decided; docs/JUDGE.md has the table.
TEST(GradeReply, EveryRecordedReplyIsDecided) {
  const std::filesystem::path path = std::filesystem::path(METASPATIAL_GOLDEN_DIR) / "judge_replies.jsonl";
  std::ifstream file(path);
  if (!file) GTEST_SKIP() << path << " is not there";
  const Five usual{8, 7, 7, 9, 8};
  const std::map<std::string, Five> read = {{"fenced", usual},
                                            {"fenced_compact", usual},
                                            {"no_fence", usual},
                                            {"plain_fence", usual},
                                            {"string_number", usual},
                                            {"float_grades", {7.5, 6.25, 8.333, 9.005, 2.675}},
                                            {"extra_key", usual},
                                            {"flat_numbers", usual},
                                            {"trailing_comma", usual},
                                            {"escaped_quote_in_comment", usual},
                                            {"escaped_newline_in_comment", usual},
                                            {"backslash_in_comment", usual},
                                            {"bad_python_escape", usual},
                                            {"triple_quote_in_comment", usual},
                                            {"slash_escape", usual},
                                            {"crlf", usual}};
  const std::map<std::string, std::string> refused = {
      {"two_fences", "two different grades, 8 and 1"},
      {"empty_reply", "the reply is empty"},
      {"refusal", "holds no JSON"},
      {"unknown_grade", "the grade \"unknown\" is no number"},
      {"null_grade", "the grade is null"},
      {"true_grade", "the grade is true or false"},
      {"huge", "outside of 1 to 10"},
      {"nan_grade", "the grade \"NaN\" is no number"},
      {"infinity_grade", "the grade \"Infinity\" is no number"},
      {"null", "holds no JSON"},
      {"sum_zero", "the grade 0 is outside of 1 to 10"},
      {"sample_in_prompt_style_broken", "the JSON is broken"}};
  std::size_t decided = 0;
  for (std::string line; std::getline(file, line);) {
    const auto record = parse_json(line, path.string());
    ASSERT_TRUE(record) << to_string(record.error());
    const std::string category = (*record)["category"].get<std::string>();
    const std::string reply = (*record)["reply"].get<std::string>();
    SCOPED_TRACE(category);
    if (const auto good = read.find(category); good != read.end()) {
      expect_grades(reply, good->second);
    } else {
      const auto bad = refused.find(category);
      ASSERT_NE(bad, refused.end()) << "nobody has decided what this reply says";
      expect_failure(reply, bad->second);
    }
    ++decided;
  }
  EXPECT_EQ(decided, read.size() + refused.size());
}

TEST(GradeReply, CommentsComeWithTheirGrades) {
  const auto read = read_grade_reply("```json\n" + reply_with("8") + "\n```");
  ASSERT_TRUE(read);
  for (std::size_t c = 0; c < 5; ++c) EXPECT_EQ(read->comments[c], "c" + std::to_string(c));
}

TEST(GradeReply, GradesMayBeWrittenAsText) {
  for (const char* eight : {"8", "8.0", "8.", "8/10", "'8'", "\"8\"", "\" 8 \"", "\"8.0\"", "\"8/10\"",
                            "\"8 / 10\"", "\"8 out of 10\""})
    expect_grades(reply_with(eight), {8, 7, 7, 9, 8});
  expect_grades(reply_with("1"), {1, 7, 7, 9, 8});
  expect_grades(reply_with("10"), {10, 7, 7, 9, 8});
}

TEST(GradeReply, WhatIsNoGradeIsNeverTakenForOne) {
  for (const char* bad :
       {"\"\"",       "\"eight\"",  "\"7-8\"", "7-8",        "\"80%\"", "\"8/5\"", "\"8/100\"",
        "\"8 of 9\"", "\"8,5\"",    "\"-8\"",  "\"+\"",      "\"0x8\"", "[8]",     "[]",
        "{}",         "true",       "None",    "nan",        "-inf",    "1e999",   "\"8 chairs\"",
        "\"8e0\"",    "\"8/10.5\"", "\"8 8\"", "\"about 8\""})
    expect_failure(reply_with(bad), std::string(kGradeNames[0]));
  for (const char* outside : {"0", "0.99", "10.01", "11", "100", "-3", "\"0\"", "\"11/10\"", "1e15"})
    expect_failure(reply_with(outside), "outside of 1 to 10");
}

TEST(GradeReply, FormIsForgiven) {
  const Five usual{8, 7, 7, 9, 8};
  const std::string json = reply_with("8");
  expect_grades("Here are my grades:\n\n" + json + "\n\nI hope this helps {smile}.", usual);
  expect_grades("<think>Maybe {\"layout_and_furniture\": 2}?</think>" + json, usual);
  expect_grades("~~~\n" + json + "\n~~~", usual);
  expect_grades("{\"grades\": " + json + "}", usual);
  expect_grades("[" + json + "]", usual);
  expect_grades(json + json, usual);                         // said twice, the same
  expect_grades("{\"verdict\": {\"room\": " + json, usual);  // the wrapper was never closed
  expect_grades(
      "{'Realism and 3D Geometric Consistency': {'grade': 8, 'comment': 'It's \"fine\"'},\n"
      " 'Functionality and Activity-Based Alignment': {'score': 7},\n"
      " \"3. Layout & Furniture\": {'rating': '7/10',},\n"
      " Colour_Scheme_And_Material_Choices: 9, // good\n"
      " \"overall aesthetic and atmosphere\": {\"grade\": 8, \"comment\": \"a \"cosy\" room\n with a "
      "rug\"},\n}",
      usual);
  expect_grades(
      R"([{"criterion": "Realism", "grade": 8}, {"criterion": "functionality", "grade": 7},
          {"criterion": "Layout", "grade": 7}, {"criterion": "Color scheme", "grade": 9},
          {"criterion": "Overall aesthetic", "grade": 8, "comment": "nice"}])",
      usual);
}

TEST(GradeReply, ProseIsReadLineByLine) {
  const Five usual{8, 7, 7, 9, 8};
  expect_grades(
      "Sure! My grades:\n"
      "1. **Realism and 3D geometric consistency**: 8/10 - nothing floats\n"
      "2. **Functionality and activity-based alignment:** 7\n"
      "- Layout and furniture: 7 out of 10, tidy\n"
      "* Color scheme and material choices = 9.\n"
      "Overall aesthetic and atmosphere: **8**\n",
      usual);
  expect_grades(
      "| Category | Grade | Why |\n|---|---|---|\n"
      "| Realism and 3D geometric consistency | 8 | ok |\n| Functionality | 7 | ok |\n| Layout | 7/10 | ok "
      "|\n"
      "| Color scheme | 9 | ok |\n| Overall aesthetic | 8 | ok |\n",
      usual);
  const std::string others = "Realism: 8\nFunctionality: 7\nColor scheme: 9\nOverall aesthetic: 8\n";
  for (const char* bad : {"Layout: 3 chairs are in the way", "Layout: 7-8", "Layout: good", "Layout 7",
                          "The grade is 7", "Layout: 70%"})
    expect_failure(others + bad, "layout_and_furniture: there is no grade");
  expect_failure(others + "Layout: 7\nLayout: 8", "two different grades");
}

TEST(GradeReply, WhatIsMissingIsMissing) {
  expect_failure("{}", "holds no category");
  expect_failure("[1, 2, 3, 4, 5]", "no JSON and names no category");
  expect_failure("8 7 7 9 8", "no JSON and names no category");
  expect_failure("{\"grade\": 8, \"comment\": \"all of it\"}", "holds no category");
  expect_failure("{\"layout_and_furniture\": 8}", "realism_and_3d_geometric_consistency: there is no grade");
  expect_failure("{\"layout_and_furniture\": {\"comment\": \"8\"}}",
                 "layout_and_furniture: there is no grade");
  expect_failure("{\"layout\": 8, \"furniture\": 3}", "realism");
  expect_failure("<think>{\"layout\": 8", "within its thoughts");
  const std::string json = reply_with("8");
  for (std::size_t cut = 0; cut + 1 < json.size(); ++cut)
    EXPECT_FALSE(read_grade_reply(json.substr(0, cut))) << "cut after " << cut << " bytes";
}

TEST(GradeReply, HostileBytesEndSoon) {
  for (const std::string& unit :
       {std::string("{"), std::string("["), std::string("{\"a\":"), std::string("{\""), std::string("\""),
        std::string("/*"), std::string("{a:'"), std::string("\\u"), std::string("{\"layout\":"),
        std::string(1, '\0'), std::string("\xff"), std::string("\" "), std::string("[{'")}) {
    std::string text;
    while (text.size() + unit.size() <= 65536) text += unit;
    EXPECT_FALSE(read_grade_reply(text));
  }
  expect_failure(std::string(65537, ' '), "longer than 64 KiB");
}

}  // namespace
}  // namespace metaspatial::judge
