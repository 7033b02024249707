#include "metaspatial/reward/response.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "metaspatial/base/json.hpp"
#include "metaspatial/base/rng.hpp"
#include "metaspatial/scene/io.hpp"

namespace metaspatial::reward {
namespace {

SceneGraph two_things() {
  SceneGraph graph;
  graph.size = {5, 4, 3};
  for (const char* id : {"bed_1", "lamp_1"}) {
    scene::SceneObject object;
    object.id = id;
    object.kind = scene::kind_from_id(id);
    object.size_m = {1, 1, 1};
    graph.objects.push_back(object);
  }
  graph.objects[1].file_yaw_rad = scene::kPi;
  return graph;
}

std::string answer(std::string_view inside) {
  return "<think>hm</think>\n<answer>" + std::string(inside) + "</answer>\n";
}
constexpr std::string_view kBed = R"({"new_object_id":"bed_1","x":2.0,"y":0.35,"z":0.5})";
constexpr std::string_view kLamp =
    R"({"new_object_id":"lamp_1","why":"by the \"bed\"","x":1,"y":-2e0,"z":0.5,"z_angle":90})";
std::string list(std::string_view a, std::string_view b) {
  return "[" + std::string(a) + "," + std::string(b) + "]";
}

TEST(Response, AGoodAnswerIsReadWithItsPlaces) {
  const SceneGraph graph = two_things();
  const std::string text = answer("[" + std::string(kLamp) + ", " + std::string(kBed) + "]");
  const ParsedResponse response = parse_response(graph, text);
  ASSERT_EQ(response.status, ResponseStatus::Ok) << response.reason;
  EXPECT_DOUBLE_EQ(response.format, 1);
  EXPECT_EQ(response.think, "hm");
  ASSERT_EQ(response.layout.poses.size(), 2U);
  EXPECT_TRUE(response.layout.poses[0].position_m.isApprox(scene::Vec3(2, 0.35, 0.5)));
  EXPECT_TRUE(response.layout.poses[1].position_m.isApprox(scene::Vec3(1, -2, 0.5)));
  EXPECT_DOUBLE_EQ(response.layout.poses[0].yaw_rad, 0);
  EXPECT_NEAR(response.layout.poses[1].yaw_rad, scene::kPi / 2, 1e-12);  // answered, not the file's 180

  const auto bytes = [&](const ByteRange& range) {
    return text.substr(range.begin, range.end - range.begin);
  };
  EXPECT_EQ(bytes(response.entries[0].entry), kBed);
  EXPECT_EQ(bytes(response.entries[1].entry), kLamp);
  EXPECT_EQ(bytes(response.entries[0].x), "2.0");
  EXPECT_EQ(bytes(response.entries[0].y), "0.35");
  EXPECT_EQ(bytes(response.entries[0].z), "0.5");
  EXPECT_TRUE(response.entries[0].z_angle.empty());
  EXPECT_TRUE(response.entries[0].why.empty());
  EXPECT_EQ(bytes(response.entries[1].y), "-2e0");
  EXPECT_EQ(bytes(response.entries[1].z_angle), "90");
  EXPECT_EQ(bytes(response.entries[1].why), R"("by the \"bed\"")");
}

TEST(Response, WithoutAnAngleTheYawIsTheFiles) {
  const auto response =
      parse_response(two_things(), answer(list(kBed, R"({"new_object_id":"lamp_1","x":1,"y":1,"z":1})")));
  ASSERT_EQ(response.status, ResponseStatus::Ok);
  EXPECT_NEAR(response.layout.poses[1].yaw_rad, scene::kPi, 1e-12);
}

TEST(Response, IdsMayBeEscaped) {
  const auto response = parse_response(
      two_things(), answer(list(kBed, R"({"new_object_id":"\u006camp_1","x":1,"y":1,"z":1})")));
  EXPECT_EQ(response.status, ResponseStatus::Ok) << response.reason;
}

TEST(Response, KeepIsAnAnswerOnlyWhereAllowed) {
  EXPECT_EQ(parse_response(two_things(), answer("keep")).status, ResponseStatus::KeepNotAllowed);
  ParseOptions options;
  options.allow_keep = true;
  EXPECT_EQ(parse_response(two_things(), answer(" keep\n"), options).status, ResponseStatus::Keep);
  EXPECT_EQ(parse_response(two_things(), answer("keep it"), options).status, ResponseStatus::NotJson);
  EXPECT_EQ(parse_response(two_things(), answer("\"keep\""), options).status, ResponseStatus::NotAList);
  EXPECT_EQ(parse_response(two_things(), answer("Keep"), options).status, ResponseStatus::NotJson);
}

TEST(Response, AnAnswerInsideTheThoughtDoesNotCount) {
  const std::string good = list(kBed, kLamp);
  EXPECT_EQ(parse_response(two_things(), "<think><answer>" + good + "</answer></think>").status,
            ResponseStatus::NoAnswer);
  EXPECT_EQ(
      parse_response(two_things(), "<think><answer>" + good + "</answer></think><answer>[]</answer>").status,
      ResponseStatus::WrongIds);
  EXPECT_EQ(
      parse_response(two_things(), "<think><answer>[]</answer></think><answer>" + good + "</answer>").status,
      ResponseStatus::Ok);
}

struct Exploit {
  std::string name;
  std::string text;
  ResponseStatus status;
};

std::vector<Exploit> exploits() {
  using S = ResponseStatus;
  const std::string good = list(kBed, kLamp);
  const auto bed = [](std::string_view fields) {
    return answer(list(R"({"new_object_id":"bed_1",)" + std::string(fields) + "}", kLamp));
  };
  const std::string lone_surrogate =
      answer(list(R"({"new_object_id":"bed\ud800","x":1,"y":1,"z":1})", kLamp));
  std::vector<Exploit> all = {
      {"nothing", "", S::NoThink},
      {"no thought", "<answer>" + good + "</answer>", S::NoThink},
      {"thought not closed", "<think><answer>" + good + "</answer>", S::NoThink},
      {"byte order mark", "\xEF\xBB\xBF" + answer(good), S::NoThink},
      {"words before", "Sure! " + answer(good), S::NoThink},
      {"no answer", "<think></think>" + good, S::NoAnswer},
      {"answer not closed", "<think></think><answer>" + good, S::NoAnswer},
      {"words between", "<think></think>so<answer>" + good + "</answer>", S::ExtraText},
      {"second closing of the thought", "<think></think></think><answer>" + good + "</answer>", S::ExtraText},
      {"words after", answer(good) + "done", S::ExtraText},
      {"bytes of NUL after", answer(good) + std::string(3, '\0'), S::ExtraText},
      {"several answers", answer(good) + "<answer>" + good + "</answer>", S::SeveralAnswers},
      {"answer in answer", answer("<answer>" + good + "</answer>"), S::SeveralAnswers},
      {"code fence", answer("```json\n" + good + "\n```"), S::NotJson},
      {"empty answer", answer(""), S::NotJson},
      {"dict", answer(R"({"bed_1":{"x":1,"y":1,"z":1},"lamp_1":{"x":1,"y":1,"z":1}})"), S::NotAList},
      {"dict of the right length", answer(R"({"a":1,"b":2})"), S::NotAList},
      {"string of the right length", answer(R"("ab")"), S::NotAList},
      {"number", answer("2"), S::NotAList},
      {"null", answer("null"), S::NotAList},
      {"list twice", answer(good + good), S::NotJson},
      {"trailing comma", answer("[" + std::string(kBed) + "," + std::string(kLamp) + ",]"), S::NotJson},
      {"cut short", answer("[" + std::string(kBed) + ","), S::NotJson},
      {"comment", answer("[/* */" + std::string(kBed) + "," + std::string(kLamp) + "]"), S::NotJson},
      {"single quotes", answer("[{'new_object_id':'bed_1','x':1,'y':1,'z':1}]"), S::NotJson},
      {"empty list", answer("[]"), S::WrongIds},
      {"one missing", answer("[" + std::string(kBed) + "]"), S::WrongIds},
      {"one twice", answer(list(kBed, kBed)), S::WrongIds},
      {"all and one twice",
       answer("[" + std::string(kBed) + "," + std::string(kLamp) + "," + std::string(kBed) + "]"),
       S::WrongIds},
      {"a foreign id", answer(list(kBed, R"({"new_object_id":"sofa_1","x":1,"y":1,"z":1})")), S::WrongIds},
      {"id in another case", answer(list(kBed, R"({"new_object_id":"Lamp_1","x":1,"y":1,"z":1})")),
       S::WrongIds},
      {"id with a space", answer(list(kBed, R"({"new_object_id":"lamp_1 ","x":1,"y":1,"z":1})")),
       S::WrongIds},
      {"list of numbers", answer("[1,2]"), S::BadField},
      {"list of strings", answer(R"(["bed_1","lamp_1"])"), S::BadField},
      {"nested lists", answer("[[" + std::string(kBed) + "],[" + std::string(kLamp) + "]]"), S::BadField},
      {"numeric id", answer(list(R"({"new_object_id":1,"x":1,"y":1,"z":1})", kLamp)), S::BadField},
      {"text as number", bed(R"("x":"1","y":1,"z":1)"), S::BadField},
      {"true as number", bed(R"("x":true,"y":1,"z":1)"), S::BadField},
      {"null as number", bed(R"("x":null,"y":1,"z":1)"), S::BadField},
      {"list as number", bed(R"("x":[1],"y":1,"z":1)"), S::BadField},
      {"NaN", bed(R"("x":NaN,"y":1,"z":1)"), S::NotJson},
      {"Infinity", bed(R"("x":-Infinity,"y":1,"z":1)"), S::NotJson},
      {"leading zero", bed(R"("x":01,"y":1,"z":1)"), S::NotJson},
      {"1e308", bed(R"("x":1e308,"y":1,"z":1)"), S::BadField},
      {"1e999", bed(R"("x":1e999,"y":1,"z":1)"), S::BadField},
      {"an infinite angle", bed(R"("x":1,"y":1,"z":1,"z_angle":1e999)"), S::BadField},
      {"no z", bed(R"("x":1,"y":1)"), S::BadField},
      {"x twice", bed(R"("x":1,"x":2,"y":1,"z":1)"), S::BadField},
      {"id twice", bed(R"("new_object_id":"bed_1","x":1,"y":1,"z":1)"), S::BadField},
      {"an unknown field", bed(R"("x":1,"y":1,"z":1,"size":[0,0,0])"), S::BadField},
      {"why is no text", bed(R"("x":1,"y":1,"z":1,"why":{})"), S::BadField},
      {"lone surrogate", lone_surrogate, S::NotJson},
      {"malformed UTF-8", answer("[\"\xFF\"]"), S::NotJson},
      {"a million brackets", "<think></think><answer>" + std::string(900000, '[') + "</answer>", S::TooDeep},
      {"deep why", bed(R"("x":1,"y":1,"z":1,"why":)" + std::string(100, '[') + std::string(100, ']')),
       S::TooDeep},
      {"ten megabytes of brackets", "<think></think><answer>" + std::string(10 << 20, '[') + "</answer>",
       S::TooLarge},
      {"ten megabytes of thought", "<think>" + std::string(10 << 20, 'x') + answer(good), S::TooLarge},
      {"closing tag in why", bed(R"("x":1,"y":1,"z":1,"why":"</answer>")"), S::SeveralAnswers},
  };
  return all;
}

TEST(Response, ExploitsAreOutcomesWithAReason) {
  for (const Exploit& exploit : exploits()) {
    const ParsedResponse response = parse_response(two_things(), exploit.text);
    EXPECT_EQ(name(response.status), name(exploit.status)) << exploit.name << ": " << response.reason;
    EXPECT_FALSE(response.reason.empty()) << exploit.name;
    EXPECT_EQ(response.reason.find('\n'), std::string::npos) << exploit.name;
    EXPECT_LT(response.reason.size(), 200U) << exploit.name;
    EXPECT_LE(response.format, 0.9) << exploit.name;
    EXPECT_TRUE(response.layout.poses.empty()) << exploit.name;
  }
}

TEST(Response, FormatClimbsWithWhatIsRight) {
  const SceneGraph graph = two_things();
  const std::vector<std::string> ladder = {
      "bed at 2, 0.35",
      "<think>hm</think> bed at 2, 0.35",
      "<think>hm</think> here: <answer>" + list(kBed, kLamp) + "</answer>",
      answer("bed at 2"),
      answer("{}"),
      answer("[]"),
      answer("[" + std::string(kBed) + "]"),
      answer(R"([{"x":1},{"y":2}])"),
      answer(list(kBed, kBed)),
      answer(list(kBed, kLamp)),
  };
  double last = -1;
  for (const std::string& text : ladder) {
    const double format = parse_response(graph, text).format;
    EXPECT_GT(format, last) << text;
    last = format;
  }
  EXPECT_DOUBLE_EQ(last, 1);
}

TEST(Response, AManyObjectedRoomIsReadInAnyOrder) {
  SceneGraph graph;
  std::string text = "[";
  for (int i = 0; i < 500; ++i) {
    scene::SceneObject object;
    object.id = "box_" + std::to_string(i);
    graph.objects.push_back(object);
    text += std::string(i > 0 ? "," : "") + R"({"new_object_id":"box_)" + std::to_string(499 - i) +
            R"(","x":)" + std::to_string(499 - i) + R"(,"y":0,"z":0})";
  }
  const ParsedResponse response = parse_response(graph, answer(text + "]"));
  ASSERT_EQ(response.status, ResponseStatus::Ok) << response.reason;
  for (int i = 0; i < 500; ++i)
    EXPECT_EQ(response.layout.poses[static_cast<std::size_t>(i)].position_m.x(), i);
}

TEST(Response, TenMegabytesOfNonsenseAreOutcomes) {
  using S = ResponseStatus;
  constexpr std::size_t kMany = 10'000'000;
  const SceneGraph graph = two_things();
  EXPECT_EQ(parse_response(graph, std::string(kMany, '[')).status, S::TooLarge);
  ParseOptions options;
  options.max_bytes = 4 * kMany;
  const auto status = [&](const std::string& text) { return parse_response(graph, text, options).status; };
  for (int c = 0; c < 256; c += 5)
    EXPECT_EQ(status(std::string(kMany / 10, static_cast<char>(c))), S::NoThink) << c;
  EXPECT_EQ(status(answer(std::string(kMany, '['))), S::TooDeep);
  EXPECT_EQ(status(answer(std::string(kMany, '{'))), S::NotJson);
  EXPECT_EQ(status(answer(std::string(kMany, '7'))), S::NotAList);  // a number
  EXPECT_EQ(status(answer('"' + std::string(kMany, 'x') + '"')), S::NotAList);
  EXPECT_EQ(status(answer('[' + std::string(kMany, ' ') + ']')), S::WrongIds);
  EXPECT_EQ(status(answer(R"([{"new_object_id":")" + std::string(kMany, 'x') + R"(","x":1,"y":1,"z":1}])")),
            S::WrongIds);
  EXPECT_EQ(status(answer("[{\"" + std::string(kMany, 'k') + "\":1}]")), S::BadField);
  std::string many = "[1";
  for (std::size_t i = 0; i < kMany / 20; ++i) many += ",1";
  EXPECT_EQ(status(answer(many + "]")), S::BadField);
  std::string tags;
  for (std::size_t i = 0; i < kMany / 10; ++i) tags += "</think><answer>";
  EXPECT_EQ(status("<think>" + tags), S::NoAnswer);
}

/// Ids of every kind of text that JSON can hold, and the smallest and largest code point of each length.
std::vector<std::string> unicode_ids() {
  return {"sofa_1",
          "\xE5\xBA\x8A_1",                                // Chinese
          "\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x9A\x80",  // an emoji joined of two
          "\xD7\x9E\xD7\x99\xD7\x98\xD7\x94",              // right to left
          "\xE2\x80\xAE"
          "gnal",  // a direction override
          "e\xCC\x81",
          "\xC3\xA9",  // an accent, combining and composed
          "\xEF\xBB\xBF"
          "bom",
          "a\xE2\x80\xA8"
          "b",
          "\xC2\xA0",  // invisible
          "\x7F",
          "\xC2\x80",
          "\xDF\xBF",
          "\xE0\xA0\x80",
          "\xED\x9F\xBF",
          "\xEE\x80\x80",
          "\xEF\xBF\xBF",
          "\xF0\x90\x80\x80",
          "\xF4\x8F\xBF\xBF",
          std::string("zero\0byte", 9),
          "line\nbreak",
          "tab\t",
          "\"quoted\"",
          "back\\slash",
          "{}",
          "\\u0041"};
}

TEST(Response, IdsMayHoldAnyText) {
  Json file = Json::object();
  file["size_of_room"] = {{"x", 9}, {"y", 9}, {"z", 3}};
  file["scene_graph"] = Json::array();
  double x = 0;
  for (const std::string& id : unicode_ids())
    file["scene_graph"].push_back({{"new_object_id", id},
                                   {"size_in_meters", {{"length", 0.1}, {"width", 0.1}, {"height", 0.1}}},
                                   {"position", {{"x", x += 0.25}, {"y", 1}, {"z", 0.05}}}});
  // Raw UTF-8 and \uXXXX, with surrogate pairs, in the file as in the answer.
  for (const bool ascii_file : {false, true}) {
    const auto json = parse_json(file.dump(-1, ' ', ascii_file), "file");
    ASSERT_TRUE(json);
    const auto scene = scene::read_scene(*json, "file");
    ASSERT_TRUE(scene) << to_string(scene.error());
    ASSERT_TRUE(scene->layout);
    for (const bool ascii_answer : {false, true}) {
      const std::string text = scene::layout_json(scene->graph, *scene->layout).dump(-1, ' ', ascii_answer);
      const ParsedResponse response = parse_response(scene->graph, answer(text));
      ASSERT_EQ(response.status, ResponseStatus::Ok) << response.reason;
      for (std::size_t i = 0; i < unicode_ids().size(); ++i) {
        EXPECT_EQ(scene->graph.objects[i].id, unicode_ids()[i]);
        EXPECT_EQ(response.layout.poses[i].position_m, scene->layout->poses[i].position_m);
      }
    }
  }
}

TEST(Response, RandomBytesNeverBreakIt) {
  const std::uint64_t seed = 99;
  Rng rng(seed);
  const SceneGraph graph = two_things();
  const std::string good = answer(list(kBed, kLamp));
  for (int trial = 0; trial < 20000; ++trial) {
    std::string text = good;
    const std::size_t edits = 1 + rng.below(4);
    for (std::size_t k = 0; k < edits; ++k) {
      const std::size_t at = rng.below(text.size());
      switch (rng.below(3)) {
        case 0:
          text[at] = static_cast<char>(rng.below(256));
          break;
        case 1:
          text.erase(at, 1 + rng.below(8));
          break;
        default:
          text.insert(at, text.substr(rng.below(text.size()), rng.below(30)));
      }
      if (text.empty()) text = "<";
    }
    const ParsedResponse response = parse_response(graph, text);
    EXPECT_EQ(response.readable(), response.format == 1) << "seed " << seed << ", trial " << trial;
    EXPECT_GE(response.format, 0);
    if (response.readable()) {
      ASSERT_EQ(response.layout.poses.size(), 2U);
      for (const scene::Pose& pose : response.layout.poses) {
        EXPECT_TRUE(pose.position_m.allFinite());
        EXPECT_TRUE(std::isfinite(pose.yaw_rad));
      }
      for (const EntryRanges& ranges : response.entries) {
        EXPECT_LT(ranges.entry.begin, ranges.x.begin);
        EXPECT_LE(ranges.x.end, ranges.entry.end);
        EXPECT_LE(ranges.entry.end, text.size());
      }
    }
  }
}

}  // namespace
}  // namespace metaspatial::reward
