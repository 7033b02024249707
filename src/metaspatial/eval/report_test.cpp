#include "metaspatial/eval/report.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "metaspatial/base/files.hpp"
#include "metaspatial/base/rng.hpp"
#include "metaspatial/eval/metric_names.hpp"
#include "metaspatial/eval/svg_chart.hpp"
#include "metaspatial/render/png.hpp"

namespace metaspatial::eval {
namespace {

Image noise_picture(int side_px, std::uint64_t seed) {
  Rng rng(seed);
  Image image(side_px, side_px);
  for (auto& value : image.pixels) value = static_cast<std::uint8_t>(rng.below(256));
  return image;
}

/// Made-up data that uses every part of the page.
ReportData made_up() {
  ReportData data;
  data.title = "A made-up run";
  data.subtitle = "Numbers of a test, not of a model.";
  Rng rng(7);
  for (int step = 1; step <= 60; ++step) {
    const double t = step / 60.0;
    Json line;
    line["step"] = step;
    line["critic/score/mean"] = 0.55 + 0.3 * t + 0.02 * rng.normal();
    line["critic/score/min"] = 0.2 + 0.3 * t;
    line["critic/score/max"] = 0.9 + 0.1 * t;
    line["reward/format"] = 0.7 + 0.29 * t;
    line["reward/physics"] = 0.4 + 0.4 * t + 0.01 * rng.normal();
    line["env/faulty_objects"] = 0.8 - 0.4 * t + 0.03 * rng.normal();
    line["env/colliding_objects"] = 0.3 - 0.2 * t + 0.02 * rng.normal();
    line["env/out_of_room"] = 0.2 * std::exp(-4 * t);
    line["env/broken_relations"] = 0.7 - 0.4 * t;
    line["response_length/mean"] = 140 + 10 * rng.normal();
    line["actor/kl_loss"] = 0.02 * t;
    line["actor/entropy_loss"] = 3.2 - 2 * t;
    line["actor/pg_clipfrac"] = 0.04 + 0.01 * rng.normal();
    line["actor/pg_loss"] = 0.01 * rng.normal();
    line["actor/grad_norm"] = 1.4 + 0.2 * rng.normal();
    line["actor/lr"] = 1e-3 * (1 - t);
    line["timing/rollout_seconds"] = 1.2;
    data.metrics.push_back(line);
    if (step % 15 == 0) {
      Json val;
      val["step"] = step;
      val["val/reward"] = 0.56 + 0.28 * t;
      val["val/faulty_objects"] = 0.78 - 0.36 * t;
      val["val/colliding_objects"] = 0.28 - 0.17 * t;
      data.metrics.push_back(val);
    }
  }
  const auto column = [](double reward, double format, double share) {
    Json json;
    json["reward"] = reward;
    json["reward_stderr"] = 0.004;
    json["format"] = format;
    for (const char* key : {"faulty_objects", "colliding_objects", "out_of_room", "broken_relations",
                            "collision_reference", "constraint_reference"}) {
      json[key] = share;
      json[std::string(key) + "_readable"] = share * 0.9;
    }
    return json;
  };
  data.summary["before"] = column(0.612, 0.912, 0.62);
  data.summary["before"]["share_of_something_new"] = 0.7;
  data.summary["after"] = column(0.834, 0.984, 0.31);
  data.summary["bounds"]["random"] = column(0.55, 1, 0.8);
  data.summary["bounds"]["solver"] = column(0.99, 1, 0);
  data.summary["train_seconds"] = 812.5;
  data.summary["heldout_rooms"] = 160;
  data.summary["rules_version"] = 1;
  data.summary["seeds"] = "1";
  for (const char* feedback : {"both", "picture", "words", "blank"})
    data.summary["turn_ablation"].push_back(Json{{"feedback", feedback},
                                                 {"reward_1", 0.8},
                                                 {"reward_2", 0.85},
                                                 {"faulty_1", 0.31},
                                                 {"copy_rate", 0.1},
                                                 {"fix_rate", 0.4},
                                                 {"break_rate", 0.05},
                                                 {"rooms", 128}});
  for (const char* shown : {"true", "swapped", "blank"})
    data.summary["picture_ablation"].push_back(
        Json{{"picture", shown}, {"blocked_rate", 0.04}, {"blocked_rate_stderr", 0.006}});
  for (int i = 0; i < 12; ++i) {
    ReportRoom room;
    room.name = fmt::format("room_{}", i);
    room.wish = "A cozy library with an oak desk, two leather armchairs and tall bookshelves.";
    room.caption = "5 x 4 x 2.8 m, 9 objects";
    room.before = noise_picture(24, 100 + static_cast<std::uint64_t>(i));
    room.after = noise_picture(24, 200 + static_cast<std::uint64_t>(i));
    room.faults_before = {"desk_1 overlaps bookshelf_1 by 0.21 m",
                          "armchair_1 reaches 0.10 m out of the room"};
    if (i % 3 == 0) room.faults_after = {"desk_1 overlaps bookshelf_1 by 0.04 m"};
    data.rooms.push_back(std::move(room));
  }
  data.trajectory_wish = "A kitchen for two.";
  for (std::size_t i = 0; i < 3; ++i) {
    ReportTurn turn;
    turn.picture = noise_picture(24, 300 + i);
    turn.response =
        "<think>left of bed_1: 2.0 - 0.9 - 0.25</think>\n<answer>[{\"new_object_id\": \"bed_1\", \"x\": "
        "2.0}]</answer>";
    turn.faults.assign(3 - i, "table_1 overlaps chair_1 by 0.12 m");
    turn.reward = 0.6 + 0.1 * static_cast<double>(i);
    data.trajectory.push_back(std::move(turn));
  }
  return data;
}

std::size_t count(std::string_view text, std::string_view part) {
  std::size_t n = 0;
  for (std::size_t at = text.find(part); at != std::string_view::npos; at = text.find(part, at + part.size()))
    ++n;
  return n;
}

std::string decode_base64(std::string_view text) {
  std::string bytes;
  unsigned bits = 0;
  int held = 0;
  for (const char c : text) {
    unsigned digit = 0;
    if (c >= 'A' && c <= 'Z')
      digit = static_cast<unsigned>(c - 'A');
    else if (c >= 'a' && c <= 'z')
      digit = static_cast<unsigned>(c - 'a') + 26;
    else if (c >= '0' && c <= '9')
      digit = static_cast<unsigned>(c - '0') + 52;
    else if (c == '+')
      digit = 62;
    else if (c == '/')
      digit = 63;
    else
      break;
    bits = (bits << 6U | digit) & 0xffffffU;
    held += 6;
    if (held >= 8) {
      held -= 8;
      bytes += static_cast<char>(bits >> static_cast<unsigned>(held) & 0xffU);
    }
  }
  return bytes;
}

TEST(Report, EveryPartHasItsSection) {
  const std::string page = report_html(made_up());
  for (const char* id :
       {"results", "rooms", "curves", "trajectory", "turn_ablation", "picture_ablation", "run"}) {
    EXPECT_EQ(count(page, fmt::format("<section id=\"{}\">", id)), 1U) << id;
    EXPECT_EQ(count(page, fmt::format("href=\"#{}\"", id)), 1U) << id;
  }
  EXPECT_EQ(count(page, "<article class=\"room\">"), 12U);
  EXPECT_EQ(count(page, "<article class=\"turn\""), 3U);
  EXPECT_EQ(count(page, "src=\"data:image/png;base64,"), 27U);
  // 14 known charts with data and the one key not known.
  EXPECT_EQ(count(page, "<figure class=\"chart\""), 15U);
  EXPECT_NE(page.find("<th>random</th>"), std::string::npos);
}

TEST(Report, ASliderGoesThroughTheTurnsOfARoom) {
  ReportData data;
  ReportSample sample;
  sample.name = "room_1";
  sample.wish = "A <quiet> bedroom";
  const auto turn = [](double reward, std::optional<double> physics) {
    ReportTurn made;
    made.picture = noise_picture(8, 1);
    made.response = "[1]";
    made.reward = reward;
    made.physics = physics;
    return made;
  };
  sample.episodes = {{"before training", {turn(0.25, 0.5), turn(0.5, std::nullopt), turn(0.75, 1.0)}},
                     {"after 40 steps", {turn(0.875, 0.9), turn(std::nan(""), {})}}};
  data.samples = {sample};
  sample.episodes = {{"after 40 steps", {turn(1, 1.0)}}};
  data.samples.push_back(sample);  // one turn: nothing to slide
  data.samples.push_back({"empty", "", "", {}});
  const std::string page = report_html(data);
  EXPECT_EQ(count(page, "<article class=\"sample\">"), 2U);
  EXPECT_EQ(count(page, "<article class=\"turn\""), 6U);
  EXPECT_EQ(count(page, "type=\"range\""), 1U);
  EXPECT_NE(page.find("min=\"1\" max=\"3\""), std::string::npos);
  EXPECT_EQ(count(page, "class=\"slider\" hidden"), 1U);  // shown by the script only
  EXPECT_EQ(count(page, "class=\"turn away"), 0U);        // without it every turn is
  EXPECT_EQ(count(page, "no grade"), 1U);
  EXPECT_EQ(count(page, "physics 0.500"), 1U);
  EXPECT_EQ(page.find("<quiet>"), std::string::npos);
  EXPECT_EQ(count(page, "--columns:2"), 1U);
}

TEST(Report, EmptyDataGivesAnEmptyPage) {
  const std::string page = report_html(ReportData{});
  EXPECT_EQ(count(page, "<section"), 0U);
  EXPECT_EQ(count(page, "</html>"), 1U);
}

TEST(Report, LoadsNothingFromElsewhere) {
  const std::string page = report_html(made_up());
  for (const char* outside : {"http://", "https://", "<link", "@import", "src=\"/", "url("})
    EXPECT_EQ(page.find(outside), std::string::npos) << outside;
}

TEST(Report, SameDataSameBytes) {
  EXPECT_EQ(report_html(made_up()), report_html(made_up()));
}

TEST(Report, PicturesAreTheOnesGiven) {
  // Sides of 1, 2 and 3 give all three base64 paddings sooner or later; each must decode to its picture.
  for (int side_px = 1; side_px <= 6; ++side_px) {
    ReportData data;
    ReportTurn turn;
    turn.picture = noise_picture(side_px, 5);
    data.trajectory.push_back(turn);
    const std::string page = report_html(data);
    const std::string_view head = "base64,";
    const std::size_t at = page.find(head) + head.size();
    const std::string bytes = decode_base64(std::string_view(page).substr(at));
    EXPECT_EQ(bytes, render::png_bytes(turn.picture));
  }
}

TEST(Report, ModelTextIsNeverMarkup) {
  ReportData data;
  data.title = "<script>alert(1)</script>";
  ReportTurn turn;
  turn.response = "</pre><img src=x onerror=alert(1)> {{title}} \xff\xfe & 'quotes'";
  turn.faults = {"<b>bold</b>"};
  data.trajectory.push_back(turn);
  data.trajectory_wish = "\"><script>";
  data.metrics = {Json{{"step", 1}, {"a\"><script>", 0.5}}, Json{{"step", 2}, {"a\"><script>", 0.7}}};
  data.summary["before"] = Json{{"<i>key</i>", 1.5}};
  data.summary["<b>"] = Json::array({Json{{"<u>", "<s>"}}});
  const std::string page = report_html(data);
  EXPECT_EQ(count(page, "<script"), 1U);  // the page's own
  EXPECT_EQ(page.find("<img src=x"), std::string::npos);
  EXPECT_NE(page.find("{{title}}"), std::string::npos);  // a text is shown as it is
  for (const char* tag : {"<b>b", "<i>", "<u>", "<s>"}) EXPECT_EQ(page.find(tag), std::string::npos) << tag;
}

TEST(Report, OddMetricsAreLeftOut) {
  ReportData data;
  data.metrics = {Json(3), Json{{"critic/score/mean", 0.5}},
                  Json{{"step", "one"}, {"critic/score/mean", 0.5}},
                  Json{{"step", 1}, {"critic/score/mean", nullptr}, {"actor/lr", "fast"}},
                  Json{{"step", 2}, {"critic/score/mean", std::numeric_limits<double>::infinity()}}};
  EXPECT_EQ(count(report_html(data), "<figure"), 0U);
  data.metrics.push_back(Json{{"step", 3}, {"critic/score/mean", 0.25}});
  const std::string page = report_html(data);
  EXPECT_EQ(count(page, "<figure"), 1U);
  EXPECT_EQ(count(page, "nan"), 0U);
  EXPECT_EQ(count(page, "inf"), 0U);
}

TEST(Report, ValidationLiesInTheChartOfItsMetric) {
  ReportData data;
  data.metrics = {Json{{"step", 1}, {"env/faulty_objects", 0.5}},
                  Json{{"step", 2}, {"env/faulty_objects", 0.4}, {"val/env/faulty_objects", 0.45}},
                  Json{{"step", 2}, {"val/env/only_validated", 0.1}}};
  const std::string page = report_html(data);
  EXPECT_EQ(count(page, "<figure"), 2U);
  EXPECT_NE(page.find("45.0 %"), std::string::npos);
  EXPECT_NE(page.find("50.0 % → 40.0 %"), std::string::npos);
}

TEST(Report, SpreadsStandWithTheirValues) {
  ReportData data;
  data.summary["picture_ablation"] =
      Json::array({Json{{"picture", "blank"}, {"blocked_rate", 0.25}, {"blocked_rate_stderr", 0.031}}});
  const std::string page = report_html(data);
  EXPECT_NE(page.find("<td>25.0 % <small>± 3.1 %</small></td>"), std::string::npos);
  EXPECT_EQ(page.find("blocked rate stderr"), std::string::npos);
}

TEST(Chart, PointsLieWhereTheirValuesSay) {
  // Two steps, values 0 and 1: the curve runs from the lower left to the upper right corner of the plot.
  Chart chart;
  chart.title = "t";
  chart.steps = {0, 10};
  chart.train = {0.0, 1.0};
  const std::string figure = chart_figure(chart);
  EXPECT_NE(figure.find("<path class=\"smooth\" d=\"M44.0 174.0L350.0 8.0\"/>"), std::string::npos) << figure;
}

TEST(Chart, ConstantAndHugeValuesStillGiveAFigure) {
  for (const double value : {0.0, -3.0, 1e-300, 1e300, 0.7}) {
    Chart chart;
    chart.title = "t";
    chart.steps = {1, 2, 3};
    chart.train = {value, value, value};
    const std::string figure = chart_figure(chart);
    EXPECT_LT(count(figure, "class=\"grid\""), 20U) << value;
    EXPECT_GE(count(figure, "class=\"grid\""), 2U) << value;
    EXPECT_EQ(count(figure, "nan"), 0U) << value;
  }
}

TEST(Summary, TableSaysWhatTheNumbersSay) {
  const std::string table = summary_table(made_up().summary);
  EXPECT_NE(table.find("Faulty objects"), std::string::npos);
  EXPECT_NE(table.find("62.0 %"), std::string::npos);
  EXPECT_NE(table.find("31.0 %"), std::string::npos);
  EXPECT_NE(table.find("+7.2 points"), std::string::npos);  // 0.912 to 0.984
  EXPECT_NE(table.find("-50 %"), std::string::npos);        // 0.62 to 0.31
  EXPECT_NE(table.find("+0.222"), std::string::npos);       // 0.612 to 0.834
  EXPECT_EQ(table.find("T = "), std::string::npos);
  // A better temperature becomes a column, and the change is from there: 0.5 to 0.31 is -38 %.
  Json summary = made_up().summary;
  summary["before_best_temperature"] = Json{{"temperature", 0.5}, {"faulty_objects", 0.5}};
  const std::string with_best = summary_table(summary);
  EXPECT_NE(with_best.find("untrained, at T = 0.5"), std::string::npos);
  EXPECT_NE(with_best.find("-38 %"), std::string::npos);
  EXPECT_TRUE(summary_table(Json()).empty());
  EXPECT_TRUE(summary_table(Json{{"before", 3}}).empty());
}

TEST(Summary, GroupsKeepOursAndTheReferencesApart) {
  const auto groups = summary_groups(made_up().summary);
  ASSERT_EQ(groups.size(), 4U);
  EXPECT_EQ(groups[0].metrics.front().key, "reward");
  EXPECT_EQ(groups[1].metrics.size(), 2U);
  EXPECT_EQ(groups[2].metrics.size(), 6U);
  ASSERT_EQ(groups[3].metrics.size(), 1U);
  EXPECT_EQ(groups[3].metrics[0].key, "share_of_something_new");
}

}  // namespace
}  // namespace metaspatial::eval
