#include "metaspatial/reward/reference_reward.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <sstream>
#include <string>

#include "metaspatial/base/files.hpp"
#include "metaspatial/base/rng.hpp"

namespace metaspatial::reward::reference {
namespace {

using namespace physics::reference;

const std::filesystem::path kGolden = METASPATIAL_GOLDEN_DIR;

std::string object(std::string_view id) {
  return fmt::format(R"({{"new_object_id": "{}", "position": {{"x": 1, "y": 1, "z": 0.5}},
      "size_in_meters": {{"length": 1, "width": 1, "height": 1}}, "rotation": {{"z_angle": 0}}, "is_on_the_floor": true,
      "placement": {{"room_layout_elements": [{{"layout_element_id": "middle of the room", "preposition": "on"}}],
                     "objects_in_room": []}}}})",
                     id);
}
// n objects in a 6 x 4 x 3 room whose last six entries are floors without a place, except the first.
SceneReader scene_of(int n) {
  std::string text = "[";
  for (int i = 0; i < n; ++i) text += object(fmt::format("o{}", i)) + ",";
  text +=
      R"({"new_object_id": "middle of the room", "position": {"x": 3, "y": 2, "z": 0}, "rotation": {"z_angle": 0},
             "size_in_meters": {"length": 6, "width": 4, "height": 0}})";
  for (int i = 0; i < 5; ++i) text += fmt::format(R"(, {{"new_object_id": "e{}"}})", i);
  text += "]";
  return [text]() -> PyResult<std::string> { return text; };
}
PyValue size_of_room() {
  return *parse_py_json(R"({"x": 6, "y": 4, "z": 3})");
}
std::string placed(std::string_view id, std::string_view x) {
  return fmt::format(R"({{"new_object_id": "{}", "x": {}, "y": 2, "z": 0.5}})", id, x);
}
std::string response(std::string_view answer) {
  return fmt::format("<think>hm</think><answer>{}</answer>", answer);
}
JudgeOutcome grades(double each) {
  std::string text = "{";
  for (const char* category :
       {"realism_and_3d_geometric_consistency", "functionality_and_activity_based_alignment",
        "layout_and_furniture", "color_scheme_and_material_choices", "overall_aesthetic_and_atmosphere"}) {
    text += fmt::format(R"({}"{}": {{"mean": {}, "std": 0.0}})", text.size() > 1 ? "," : "", category, each);
  }
  return {*parse_py_json(text + "}"), false};
}
double format_of(std::string_view text, int n = 2) {
  const PyResult<double> reward = format_reward(text, scene_of(n));
  EXPECT_TRUE(reward) << text;
  return reward.value_or(-1);
}
std::string format_error_of(std::string_view text, int n = 2) {
  const PyResult<double> reward = format_reward(text, scene_of(n));
  return reward ? "none" : std::string(name(reward.error().kind));
}
double total_of(std::string_view answer, int n, const JudgeOutcome& judge) {
  const Score result = score(response(answer), scene_of(n), size_of_room(), judge);
  EXPECT_FALSE(result.total_error) << result.total_error->message;
  return result.total.value_or(-1);
}

TEST(ReferenceFormat, TagsDecideFirst) {
  EXPECT_EQ(format_of(""), 0);
  EXPECT_EQ(format_of("<answer>[]</answer>"), 0);
  EXPECT_EQ(format_of("<think>a</think> so <answer>[]</answer>"), 0);
  EXPECT_EQ(format_of("<think>a</think> so </think><answer>[]</answer>"), 0.5);
  EXPECT_EQ(format_of("<think>a</think><answer>[]</answer> bye"), 0);
  EXPECT_EQ(format_of("\xc2\x85<think></think>\xe2\x80\xa8<answer>\x1c[]</answer>\n\n"), 0.5);
  EXPECT_EQ(format_of("\xe2\x80\x8b<think></think><answer>[]</answer>"), 0);  // U+200B is no white space
  EXPECT_EQ(format_of("<think></answer>"), 0);
  EXPECT_EQ(format_of("<think></think><answer></answer"), 0);
}

TEST(ReferenceFormat, TheFirstAnswerAnywhereIsRead) {
  EXPECT_EQ(format_of("<think><answer>[1, 2]</answer></think><answer>oops</answer>"), 1);
  EXPECT_EQ(format_of("<think>a</think><answer>oops</answer><answer>[1, 2]</answer>"), 0.1);
  EXPECT_EQ(format_of(response(R"(["</answer>", 1])")), 0.1);
}

TEST(ReferenceFormat, OnlyTheLengthIsCounted) {
  EXPECT_EQ(format_of(response("[1, null]")), 1);
  EXPECT_EQ(format_of(response(R"("ab")")), 1);
  EXPECT_EQ(format_of(response(R"("\ud83d\ude00\u00e9")")), 1);
  EXPECT_EQ(format_of(response(R"({"a": 1, "b": 2, "a": 3})")), 1);
  EXPECT_EQ(format_of(response("[1]")), 0.5);
  EXPECT_EQ(format_of(response("null")), 0.1);
  EXPECT_EQ(format_of(response("[1, 2],")), 0.1);
}

TEST(ReferenceFormat, SomeErrorsEscape) {
  EXPECT_EQ(format_error_of(response("3")), "TypeError");
  EXPECT_EQ(format_error_of(response("true")), "TypeError");
  EXPECT_EQ(format_error_of(response("[" + std::string(4301, '1') + "]")), "ValueError");
  EXPECT_EQ(format_error_of(response(std::string(100'000, '['))), "RecursionError");
  const SceneReader missing = []() -> PyResult<std::string> {
    return tl::unexpected<PyError>(PyError{PyErrorKind::FileNotFoundError, ""});
  };
  EXPECT_EQ(*format_reward(response("oops"), missing), 0.1);  // the file is opened only for readable JSON
  EXPECT_EQ(format_reward(response("[]"), missing).error().kind, PyErrorKind::FileNotFoundError);
}

TEST(ReferenceTotal, GradesMinusPhysics) {
  const std::string good = fmt::format("[{}, {}]", placed("o0", "1"), placed("o1", "4"));
  EXPECT_EQ(total_of(good, 2, grades(8)), 40.0 / 50 + 0.5);
  EXPECT_EQ(total_of(good, 2, grades(7.99)), 35.0 / 50 + 0.5);  // each mean is truncated
  const std::string crowded = fmt::format("[{}, {}]", placed("o0", "4"), placed("o1", "4"));
  EXPECT_EQ(total_of(crowded, 2, grades(8)), 40.0 / 50 + 0.5 - 0.2 * (1.0 / 28));
  const std::string outside = fmt::format("[{}, {}]", placed("o0", "1"), placed("o1", "9"));
  EXPECT_EQ(total_of(outside, 2, grades(8)), 40.0 / 50 + 0.5 - 0.2 * 0.0 - 0.2 * 0.5);
}

TEST(ReferenceTotal, Sentinels) {
  const std::string good = fmt::format("[{}, {}]", placed("o0", "1"), placed("o1", "9"));
  EXPECT_EQ(total_of(good, 2, grades(0)), 0.5);
  EXPECT_EQ(total_of(good, 2, grades(2)), 0.7);
  EXPECT_EQ(total_of(good, 2, {PyValue(), true}), 0.5);
  EXPECT_EQ(total_of(R"({"a": 1, "b": 2})", 2, grades(8)), 0.7);  // no layout at all
  EXPECT_EQ(total_of(R"("a")", 1, grades(8)), 0.5);
  EXPECT_EQ(total_of("[]", 0, grades(8)), 0.7);
  EXPECT_EQ(total_of("[1, 2]", 2, grades(8)), 0.5);
  EXPECT_EQ(total_of(fmt::format("[{}, {}]", placed("o0", "1"), placed("nope", "1")), 2, grades(8)), 0.5);
  EXPECT_EQ(total_of("[1]", 2, grades(8)), 0.25);
}

TEST(ReferenceTotal, ErrorsNameTheirStage) {
  const auto error = [](std::string_view x, const JudgeOutcome& judge, const PyValue& size) {
    const Score result = score(response(fmt::format("[{}]", placed("o0", x))), scene_of(1), size, judge);
    return result.total_error ? fmt::format("{} {}", name(result.total_error->kind), name(result.error_stage))
                              : "none";
  };
  EXPECT_EQ(error("\"1\"", grades(8), size_of_room()), "TypeError check_collisions");
  EXPECT_EQ(error("1" + std::string(400, '0'), grades(8), size_of_room()), "OverflowError check_collisions");
  EXPECT_EQ(error("1", grades(8), PyValue()), "TypeError check_constraints");
  EXPECT_EQ(error("1", {PyValue("8"), false}, size_of_room()), "TypeError grade_sum");
  EXPECT_EQ(error("NaN", grades(8), size_of_room()), "none");
}

TEST(ReferenceTotal, RandomTextNeverCrashes) {
  Rng rng(17);
  const std::vector<std::string> pieces = {
      "<think>",       "</think>", "<answer>", "</answer>", "[",   "]", "{",       "}",        "\"",  ",",
      "new_object_id", ":",        "o0",       "1",         "NaN", " ", "\\ud800", "\xc2\x85", "\xff"};
  const SceneReader scene = scene_of(1);
  for (int i = 0; i < 20'000; ++i) {
    std::string text = rng.chance(0.7) ? "<think></think><answer>" : "";
    for (std::size_t k = rng.below(20); k > 0; --k) text += rng.pick(pieces);
    if (rng.chance(0.7)) text += "</answer>";
    const Score result = score(text, scene, size_of_room(), grades(8));
    EXPECT_TRUE(result.total.has_value() != result.total_error.has_value());
  }
}

TEST(JudgeReply, FencedTextPassesThroughAPythonLiteral) {
  const auto mean = [](const std::string& reply) {
    const PyResult<PyValue> read = read_judge_reply(reply);
    if (!read) return std::string(name(read.error().kind));
    return dump_py_json(item(item(*read, "layout_and_furniture"), "mean"));
  };
  const std::string body = R"({"layout_and_furniture": {"grade": 8.125, "comment": "COMMENT"}})";
  const auto with = [&](std::string_view comment) {
    std::string text = "```json\n" + body + "\n```";
    return text.replace(text.find("COMMENT"), 7, comment);
  };
  EXPECT_EQ(mean(body), "8.12");  // exactly between: the even digit
  EXPECT_EQ(mean(with("fine")), "8.12");
  EXPECT_EQ(mean(with(R"(a \"word\")")), "0");  // the quotes are bare once the literal is read
  EXPECT_EQ(mean(with(R"(two\nlines)")), "0");
  EXPECT_EQ(mean(with(R"(a\\b)")), "8.12");
  EXPECT_EQ(mean(with(R"(\x41)")), "8.12");
  EXPECT_EQ(mean(with("'''")), "SyntaxError");
  EXPECT_EQ(mean(with(std::string_view("\0", 1))), "ValueError");
  EXPECT_EQ(mean("I cannot see it"), "0");
  EXPECT_EQ(mean("```json\n5\n```"), "TypeError");
}

class Golden : public testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(kGolden / "responses.jsonl")) GTEST_SKIP() << "no vectors at " << kGolden;
  }
};

std::string class_of(const PyValue* error) {
  return error != nullptr ? *item(*error, "class").as<std::string>() : "none";
}
std::string class_of(const std::optional<PyError>& error) {
  return error ? std::string(name(error->kind)) : "none";
}

TEST_F(Golden, EveryResponseOfTheReference) {
  std::istringstream lines(*read_file(kGolden / "responses.jsonl"));
  int rows = 0;
  for (std::string line; std::getline(lines, line);) {
    const PyValue row = *parse_py_json_bytes(line);
    SCOPED_TRACE(*item(row, "id").as<std::string>());
    const SceneReader read_scene = [&]() -> PyResult<std::string> {
      if (truthy(item(row, "room_missing"))) {
        return tl::unexpected<PyError>(PyError{PyErrorKind::FileNotFoundError, ""});
      }
      return *read_file(kGolden / "scenes" / *item(row, "scene").as<std::string>());
    };
    const JudgeOutcome judge{item(row, "grades"), !item(row, "judge_raises").is_none()};
    const std::string& text = *item(row, "response").as<std::string>();
    const Score result = score(text, read_scene, item(row, "size_of_room"), judge);
    const Dict& want = *row.as<Dict>();
    EXPECT_EQ(class_of(result.format_error), class_of(want.find("format_error")));
    EXPECT_EQ(class_of(result.total_error), class_of(want.find("total_error")));
    if (result.total_error) {
      EXPECT_EQ(name(result.error_stage), *item(item(row, "total_error"), "stage").as<std::string>());
    } else {
      EXPECT_EQ(*result.total, to_float(item(row, "total")));
    }
    if (result.format) {
      EXPECT_EQ(*result.format, to_float(item(row, "format_reward")));
    }
    EXPECT_EQ(result.judge_called, truthy(item(row, "judge_called")));
    if (result.collision_ratio) {
      EXPECT_EQ(*result.collision_ratio, to_float(item(row, "collision_ratio")));
    }
    if (result.constraint_ratio) {
      EXPECT_EQ(*result.constraint_ratio, to_float(item(row, "constraint_ratio")));
    }
    ++rows;
  }
  EXPECT_GT(rows, 0);
}

TEST_F(Golden, EveryJudgeReplyOfTheReference) {
  std::istringstream lines(*read_file(kGolden / "judge_replies.jsonl"));
  int rows = 0;
  for (std::string line; std::getline(lines, line);) {
    const PyValue row = *parse_py_json_bytes(line);
    SCOPED_TRACE(*item(row, "id").as<std::string>());
    const PyResult<PyValue> read = read_judge_reply(*item(row, "reply").as<std::string>());
    const PyValue* want = row.as<Dict>()->find("grades");
    ASSERT_EQ(read.has_value(), want != nullptr);
    ++rows;
    if (!read) {
      EXPECT_EQ(name(read.error().kind), class_of(row.as<Dict>()->find("error")));
      continue;
    }
    // Numbers that are not finite are texts in the vectors.
    EXPECT_EQ(equality_key(*parse_py_json(dump_py_json(*read))), equality_key(*want));
  }
  EXPECT_GT(rows, 0);
}

}  // namespace
}  // namespace metaspatial::reward::reference
