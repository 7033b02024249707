#include "metaspatial/eval/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "metaspatial/eval/metric_names.hpp"
#include "metaspatial/eval/report_template.hpp"
#include "metaspatial/eval/svg_chart.hpp"
#include "metaspatial/render/png.hpp"

namespace metaspatial::eval {
namespace {

/// Base64 of RFC 4648, section 4.
std::string base64(std::string_view bytes) {
  constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const auto byte = [&](std::size_t k) -> unsigned {
      return i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0U;
    };
    const unsigned group = byte(0) << 16U | byte(1) << 8U | byte(2);
    text += digits[group >> 18U & 63U];
    text += digits[group >> 12U & 63U];
    text += i + 1 < bytes.size() ? digits[group >> 6U & 63U] : '=';
    text += i + 2 < bytes.size() ? digits[group & 63U] : '=';
  }
  return text;
}

std::string picture(const Image& image, std::string_view description) {
  if (image.pixels.empty()) return {};
  return fmt::format(
      "<img alt=\"{}\" width=\"{}\" height=\"{}\" loading=\"lazy\" src=\"data:image/png;base64,{}\">",
      escape_html(description), image.width_px, image.height_px, base64(render::png_bytes(image)));
}

std::string fault_count(std::size_t n) {
  if (n == 0) return "no faults";
  return n == 1 ? "1 fault" : fmt::format("{} faults", n);
}

std::string fault_list(const std::vector<std::string>& faults) {
  if (faults.empty()) return {};
  std::string list = "<ul>";
  for (const std::string& fault : faults) list += "<li>" + escape_html(fault) + "</li>";
  return list + "</ul>";
}

struct Section {
  std::string id;
  std::string heading;
  std::string body;
};

// ---- numbers ----------------------------------------------------------------------------------------------

std::string standard_error(const Json& summary, std::string_view column, const SummaryMetric& metric) {
  for (const std::string_view suffix : {"_stderr", "_se"})
    if (const auto error = summary_number(summary, column, metric.key + std::string(suffix)))
      return " <small>± " + format_metric(*error, metric.unit) + "</small>";
  return {};
}

std::string change_cell(const Json& summary, const SummaryMetric& metric) {
  const auto before = summary_number(summary, baseline_column(summary), metric.key);
  const auto after = summary_number(summary, "after", metric.key);
  if (!before || !after) return "<td></td>";
  const std::string text = format_change(*before, *after, metric);
  const double gain = metric.better == Better::Lower ? *before - *after : *after - *before;
  std::string_view style;
  if (metric.better != Better::Neither && gain != 0) style = gain > 0 ? " class=\"good\"" : " class=\"bad\"";
  return fmt::format("<td{}>{}</td>", style, text);
}

std::string label_of(const SummaryMetric& metric) {
  return metric.label.empty() ? words_from_key(metric.key) : std::string(metric.label);
}

Section results_section(const Json& summary) {
  const std::vector<SummaryColumn> columns = summary_columns(summary);
  const std::vector<SummaryGroup> groups = summary_groups(summary);
  if (columns.empty() || groups.empty()) return {};
  const bool has_change = !baseline_column(summary).empty();
  std::string table = "<div class=\"scroll\"><table><thead><tr><th></th>";
  for (const SummaryColumn& column : columns) {
    table += fmt::format("<th>{}</th>", escape_html(column.heading));
    if (has_change && column.path == "after") table += "<th>change</th>";
  }
  table += "</tr></thead><tbody>\n";
  for (const SummaryGroup& group : groups) {
    table += fmt::format("<tr class=\"group\"><th colspan=\"{}\">{}</th></tr>\n",
                         columns.size() + (has_change ? 2U : 1U), escape_html(group.title));
    for (const SummaryMetric& metric : group.metrics) {
      table += "<tr><th>" + escape_html(label_of(metric));
      if (!metric.note.empty()) table += "<small>" + escape_html(metric.note) + "</small>";
      table += "</th>";
      for (const SummaryColumn& column : columns) {
        const bool after = column.path == "after";
        const auto value = summary_number(summary, column.path, metric.key);
        table += after ? "<td class=\"after\">" : "<td>";
        if (value) table += format_metric(*value, metric.unit) + standard_error(summary, column.path, metric);
        table += "</td>";
        if (has_change && after) table += change_cell(summary, metric);
      }
      table += "</tr>\n";
    }
  }
  table += "</tbody></table></div>\n";
  std::string intro =
      "Rooms the model has never seen, one answer each, no search and no repair. An unreadable answer counts "
      "as "
      "100 % of every fault.";
  if (baseline_column(summary) == "before_best_temperature")
    intro +=
        " The untrained model is also shown at the temperature at which it makes the fewest faults; the "
        "change is "
        "from there.";
  if (columns.back().path.starts_with("bounds/"))
    intro += " Beside the models: placing at random, and the solver, which knows the rules.";
  return {"results", "Before and after", "<p>" + intro + "</p>\n" + table};
}

std::string tiles(const Json& summary) {
  std::string tiles;
  for (const std::string_view key :
       {"reward", "faulty_objects", "colliding_objects", "out_of_room", "broken_relations", "format"}) {
    const auto before = summary_number(summary, baseline_column(summary), std::string(key));
    const auto after = summary_number(summary, "after", std::string(key));
    if (!before || !after) continue;
    for (const SummaryGroup& group : summary_groups(summary)) {
      for (const SummaryMetric& metric : group.metrics) {
        if (metric.key != key) continue;
        tiles += fmt::format(
            "<div class=\"tile\"><div class=\"name\">{}</div><div class=\"value\">{}</div>"
            "<div class=\"was\">untrained {}</div></div>\n",
            metric.label, format_metric(*after, metric.unit), format_metric(*before, metric.unit));
      }
    }
  }
  return tiles.empty() ? tiles : "<div class=\"tiles\">\n" + tiles + "</div>\n";
}

/// A table of an array of flat objects: the given columns, or all in the order in which their keys first
/// appear. The spread of a column ("..._stderr") stands in its cells.
std::string generic_table(const Json& rows, std::vector<std::string> keys = {}) {
  constexpr std::string_view spread = "_stderr";
  const bool all = keys.empty();
  for (const Json& row : rows) {
    if (!row.is_object()) return {};
    for (const auto& [key, value] : row.items()) {
      if (!all || value.is_structured() || key.ends_with(spread)) continue;
      if (std::find(keys.begin(), keys.end(), key) == keys.end()) keys.push_back(key);
    }
  }
  if (keys.empty()) return {};
  std::string table = "<div class=\"scroll\"><table><thead><tr>";
  for (const std::string& key : keys) table += "<th>" + escape_html(words_from_key(key)) + "</th>";
  table += "</tr></thead><tbody>\n";
  for (const Json& row : rows) {
    table += "<tr>";
    for (const std::string& key : keys) {
      std::string text;
      const Json value = row.value(key, Json());
      if (value.is_number()) {
        const Unit unit = guess_unit(key, value);
        text = format_metric(value.get<double>(), unit);
        if (const auto error = summary_number(row, {}, key + std::string(spread)))
          text += " <small>± " + format_metric(*error, unit) + "</small>";
      } else if (value.is_string()) {
        text = escape_html(value.get<std::string>());
      } else if (!value.is_null()) {
        text = escape_html(dump_json(value));
      }
      table += "<td>" + text + "</td>";
    }
    table += "</tr>\n";
  }
  return table + "</tbody></table></div>\n";
}

std::vector<Section> table_sections(const Json& summary) {
  std::vector<Section> sections;
  if (!summary.is_object()) return sections;
  struct KnownTable {
    std::string_view key;
    std::string_view heading;
    std::string_view intro;
    std::vector<std::string> columns = {};
  };
  const std::array known{
      KnownTable{
          "turn_ablation", "Does it use the feedback?",
          "The same rooms answered twice. Between the two answers the model is shown its own furnished room, "
          "its "
          "faults in words, both, or nothing; rooms are paired, and count where both answers can be read."},
      KnownTable{"picture_ablation", "Does it use the picture?",
                 "Rooms whose doors and windows are only in the picture. The model is given the true "
                 "picture, another "
                 "room's, or a blank one; the table tells how often something then blocks an opening."},
      KnownTable{"before_by_temperature",
                 "The untrained model by temperature",
                 "What training is compared with is the untrained model at its best.",
                 {"temperature", "reward", "format", "faulty_objects", "colliding_objects", "out_of_room",
                  "broken_relations"}},
  };
  for (const KnownTable& table : known) {
    const std::string key(table.key);
    if (!summary.contains(key) || !summary[key].is_array()) continue;
    const std::string body = generic_table(summary[key], table.columns);
    if (body.empty()) continue;
    sections.push_back({key, std::string(table.heading), fmt::format("<p>{}</p>\n{}", table.intro, body)});
  }
  for (const auto& [key, value] : summary.items()) {
    if (!value.is_array() || value.empty()) continue;
    if (std::any_of(known.begin(), known.end(),
                    [&k = key](const KnownTable& table) { return table.key == k; }))
      continue;
    const std::string body = generic_table(value);
    if (body.empty()) continue;
    std::string heading = words_from_key(key);
    if (!heading.empty() && heading[0] >= 'a' && heading[0] <= 'z')
      heading[0] = static_cast<char>(heading[0] - 'a' + 'A');
    sections.push_back({fmt::format("table_{}", sections.size()), heading, body});
  }
  return sections;
}

Section facts_section(const Json& summary) {
  if (!summary.is_object()) return {};
  std::string facts;
  for (const auto& [key, value] : summary.items()) {
    if (value.is_structured() || value.is_null()) continue;
    std::string text;
    if (value.is_number()) {
      text = format_metric(value.get<double>(), guess_unit(key, value));
    } else {
      text = value.is_string() ? value.get<std::string>() : dump_json(value);
    }
    facts += "<dt>" + escape_html(words_from_key(key)) + "</dt><dd>" + escape_html(text) + "</dd>\n";
  }
  if (facts.empty()) return {};
  return {"run", "The run", "<dl class=\"facts\">\n" + facts + "</dl>\n"};
}

// ---- curves -----------------------------------------------------------------------------------------------

using Curve = std::map<double, double>;  // value by step

Section curves_section(const std::vector<Json>& metrics) {
  std::map<std::string, Curve, std::less<>> curves;
  std::vector<std::string> order;
  for (const Json& line : metrics) {
    if (!line.is_object() || !line.contains("step") || !line["step"].is_number()) continue;
    const double step = line["step"].get<double>();
    if (!std::isfinite(step)) continue;
    for (const auto& [key, value] : line.items()) {
      if (key == "step" || !value.is_number() || !std::isfinite(value.get<double>())) continue;
      if (!curves.contains(key)) order.push_back(key);
      curves[key][step] = value.get<double>();
    }
  }
  if (curves.empty()) return {};

  std::set<std::string, std::less<>> drawn;
  const auto find = [&](const std::string& key) -> const Curve* {
    const auto at = curves.find(key);
    if (at == curves.end()) return nullptr;
    drawn.insert(key);
    return &at->second;
  };
  const auto figure = [&](const std::string& key, std::string title, Unit unit) {
    const Curve* train = find(key);
    // Validation lines call a metric by its whole key or by its last word.
    const Curve* held_out = find("val/" + key);
    if (held_out == nullptr) held_out = find("val/" + key.substr(key.find_last_of('/') + 1));
    const Curve* low = nullptr;
    const Curve* high = nullptr;
    if (key.ends_with("/mean")) {
      const std::string stem = key.substr(0, key.size() - 4);
      low = find(stem + "min");
      high = find(stem + "max");
      find("val/" + stem + "min");  // the held-out curve has no band
      find("val/" + stem + "max");
    }
    if (held_out == nullptr && key == "critic/score/mean") held_out = find("val/reward");
    std::set<double> steps;
    for (const Curve* curve : {train, held_out, low, high})
      if (curve != nullptr)
        for (const auto& [step, value] : *curve) steps.insert(step);
    Chart chart;
    chart.title = std::move(title);
    chart.unit = unit;
    chart.steps.assign(steps.begin(), steps.end());
    const auto values = [&](const Curve* curve) {
      std::vector<std::optional<double>> result;
      if (curve == nullptr) return result;
      for (const double step : chart.steps) {
        const auto at = curve->find(step);
        result.push_back(at == curve->end() ? std::nullopt : std::optional<double>(at->second));
      }
      return result;
    };
    chart.train = values(train);
    chart.held_out = values(held_out);
    chart.low = values(low);
    chart.high = values(high);
    return chart_figure(chart);
  };

  std::string main_charts;
  std::string turn_charts;
  for (int turn = 1; curves.contains(fmt::format("env/reward_turn_{}", turn)); ++turn)
    turn_charts +=
        figure(fmt::format("env/reward_turn_{}", turn), fmt::format("Reward of turn {}", turn), Unit::Number);
  for (const ChartMetric& metric : chart_metrics())
    main_charts += figure(std::string(metric.key), std::string(metric.title), metric.unit);
  std::string other_charts;
  for (const std::string& key : order) {
    if (drawn.contains(key)) continue;
    const bool validation = key.starts_with("val/");
    const std::string train_key = validation ? key.substr(4) : key;
    const bool edge = (train_key.ends_with("/min") || train_key.ends_with("/max")) &&
                      curves.contains(train_key.substr(0, train_key.size() - 3) + "mean");
    if (edge) continue;
    other_charts += figure(train_key, train_key, guess_unit(train_key, Json(0.5)));
  }

  std::string body =
      "<div class=\"legend\">"
      "<span><svg width=\"26\" height=\"10\"><path class=\"smooth\" d=\"M1 5H25\"/></svg>training, mean of "
      "nine "
      "steps (faint: every step)</span>"
      "<span><svg width=\"26\" height=\"12\"><rect class=\"band\" width=\"26\" height=\"12\"/></svg>least to "
      "most "
      "within a step</span>"
      "<span><svg width=\"26\" height=\"10\"><path class=\"held\" d=\"M1 5H25\"/><circle class=\"dot\" "
      "cx=\"13\" "
      "cy=\"5\" r=\"3.5\"/></svg>held-out rooms</span></div>\n";
  if (!main_charts.empty() || !turn_charts.empty())
    body += "<div class=\"charts\">\n" + main_charts + turn_charts + "</div>\n";
  if (!other_charts.empty())
    body +=
        "<details style=\"margin-top:16px\"><summary>All other metrics</summary><div class=\"charts\" "
        "style=\"margin-top:12px\">\n" +
        other_charts + "</div></details>\n";
  return {"curves", "How it learned", body};
}

// ---- pictures ---------------------------------------------------------------------------------------------

Section rooms_section(const std::vector<ReportRoom>& rooms) {
  if (rooms.empty()) return {};
  std::string body =
      "<p>The same wish and the same objects, furnished before and after training. Click a picture to "
      "enlarge it.</p>\n<div class=\"rooms\">\n";
  for (const ReportRoom& room : rooms) {
    body += "<article class=\"room\"><div class=\"pair\">";
    const auto side = [&](const Image& image, std::string_view when, std::size_t faults) {
      body += fmt::format("<div>{}<span class=\"tag\">{} · {}</span></div>",
                          picture(image, fmt::format("{}, {}", room.name, when)), when, fault_count(faults));
    };
    side(room.before, "before", room.faults_before.size());
    side(room.after, "after", room.faults_after.size());
    body += "</div><div class=\"text\"><p class=\"wish\">" + escape_html(room.wish) +
            "</p><p class=\"caption\">" + escape_html(room.name);
    if (!room.caption.empty()) body += " · " + escape_html(room.caption);
    body += "</p>";
    if (!room.faults_before.empty() || !room.faults_after.empty())
      body += "<details><summary>Faults</summary><div class=\"faultlists\"><div>before" +
              fault_list(room.faults_before) + "</div><div>after" + fault_list(room.faults_after) +
              "</div></div></details>";
    body += "</div></article>\n";
  }
  return {"rooms", "Rooms it had never seen", body + "</div>\n"};
}

/// A turn of a trajectory; `number` counts from 1.
std::string turn_article(const ReportTurn& turn, std::size_t number) {
  std::string title = std::isfinite(turn.reward)
                          ? "reward " + format_metric(turn.reward, Unit::Number) + " · "
                          : std::string("no grade · ");
  title += fault_count(turn.faults.size());
  std::string parts;
  const auto add = [&parts](std::string_view name, const std::optional<double>& value) {
    if (!value) return;
    parts += fmt::format("{}{} {}", parts.empty() ? "" : " · ", name, format_metric(*value, Unit::Number));
  };
  add("format", turn.format);
  add("physics", turn.physics);
  add("looks", turn.looks);
  if (!parts.empty()) parts = "<p class=\"parts\">" + parts + "</p>";
  return fmt::format(
      "<article class=\"turn\" data-turn=\"{}\"><div class=\"shot\">{}</div><div class=\"text\">"
      "<h4>Turn {}<span>{}</span></h4>{}{}<details><summary>Its answer</summary><pre>{}</pre></details></div>"
      "</article>\n",
      number,
      turn.picture.pixels.empty() ? "<p class=\"none\">This answer could not be read: no picture.</p>"
                                  : picture(turn.picture, fmt::format("the room after turn {}", number)),
      number, title, parts, fault_list(turn.faults), escape_html(turn.response));
}

std::string sample_article(const ReportSample& sample) {
  std::size_t turns = 0;
  for (const ReportEpisode& episode : sample.episodes) turns = std::max(turns, episode.turns.size());
  if (turns == 0) return {};
  std::string body =
      "<article class=\"sample\"><div class=\"head\"><h3>" + escape_html(sample.name) + "</h3>";
  if (!sample.wish.empty()) body += "<p class=\"wish\">“" + escape_html(sample.wish) + "”</p>";
  if (!sample.caption.empty()) body += "<p class=\"caption\">" + escape_html(sample.caption) + "</p>";
  // Without a script all turns stand one under another, and there is no slider.
  if (turns > 1)
    body += fmt::format(
        "<label class=\"slider\" hidden>Turn <output>1</output> of {0}"
        "<input type=\"range\" min=\"1\" max=\"{0}\" value=\"1\" step=\"1\"></label>",
        turns);
  body += fmt::format("</div><div class=\"episodes\" style=\"--columns:{}\">", sample.episodes.size());
  for (const ReportEpisode& episode : sample.episodes) {
    body += "<div class=\"episode\">";
    if (!episode.label.empty()) body += "<p class=\"when\">" + escape_html(episode.label) + "</p>";
    for (std::size_t t = 0; t < episode.turns.size(); ++t) body += turn_article(episode.turns[t], t + 1);
    body += "</div>";
  }
  return body + "</div></article>\n";
}

Section trajectory_section(const ReportData& data) {
  std::string body;
  if (!data.trajectory.empty())
    body += sample_article({data.trajectory_title.empty() ? "One trajectory" : data.trajectory_title,
                            data.trajectory_wish,
                            {},
                            {{{}, data.trajectory}}});
  for (const ReportSample& sample : data.samples) body += sample_article(sample);
  if (body.empty()) return {};
  return {
      "trajectory", "Turn by turn",
      "<p>After each turn the model sees its own room and its faults, and answers again. Move a slider, with "
      "the pointer or the arrow keys, to go through the turns of a room.</p>\n<div class=\"samples\">\n" +
          body + "</div>\n"};
}

/// Replaces every {{name}} of the template once; what is put in is not read again.
std::string fill(std::string_view page, const std::map<std::string, std::string, std::less<>>& values) {
  std::string filled;
  while (true) {
    const std::size_t open = page.find("{{");
    const std::size_t close = open == std::string_view::npos ? open : page.find("}}", open);
    if (close == std::string_view::npos) return filled.append(page);
    filled.append(page.substr(0, open));
    const auto value = values.find(page.substr(open + 2, close - open - 2));
    METASPATIAL_CHECK(value != values.end(),
                      "web/report.html has a placeholder that report_html does not fill");
    filled += value->second;
    page.remove_prefix(close + 2);
  }
}

}  // namespace

std::string report_html(const ReportData& data) {
  std::vector<Section> sections;
  sections.push_back(results_section(data.summary));
  sections.push_back(rooms_section(data.rooms));
  sections.push_back(curves_section(data.metrics));
  sections.push_back(trajectory_section(data));
  for (Section& section : table_sections(data.summary)) sections.push_back(std::move(section));
  sections.push_back(facts_section(data.summary));
  std::string navigation;
  std::string body = tiles(data.summary);
  for (const Section& section : sections) {
    if (section.body.empty()) continue;
    navigation += fmt::format("<a href=\"#{}\">{}</a>", section.id, escape_html(section.heading));
    body += fmt::format("<section id=\"{}\">\n<h2>{}</h2>\n{}</section>\n", section.id,
                        escape_html(section.heading), section.body);
  }
  return fill(kReportTemplate, {{"title", escape_html(data.title)},
                                {"subtitle", escape_html(data.subtitle)},
                                {"navigation", navigation},
                                {"sections", body}});
}

std::string summary_table(const Json& summary) {
  const std::vector<SummaryColumn> columns = summary_columns(summary);
  const std::vector<SummaryGroup> groups = summary_groups(summary);
  if (columns.empty() || groups.empty()) return {};
  constexpr int label_width = 31;
  const auto cell_width = [](const SummaryColumn& column) {
    return std::max<std::size_t>(12, column.heading.size() + 3);
  };
  std::string text = fmt::format("{:<{}}", "", label_width);
  for (const SummaryColumn& column : columns)
    text += fmt::format("{:>{}}", column.heading, cell_width(column));
  const std::string_view baseline = baseline_column(summary);
  if (!baseline.empty()) text += fmt::format("{:>14}", "change");
  text += '\n';
  for (const SummaryGroup& group : groups) {
    text += fmt::format("{}\n", group.title);
    for (const SummaryMetric& metric : group.metrics) {
      text += fmt::format("  {:<{}}", label_of(metric), label_width - 2);
      for (const SummaryColumn& column : columns) {
        const auto value = summary_number(summary, column.path, metric.key);
        text += fmt::format("{:>{}}", value ? format_metric(*value, metric.unit) : "", cell_width(column));
      }
      const auto before = summary_number(summary, baseline, metric.key);
      const auto after = summary_number(summary, "after", metric.key);
      if (!baseline.empty() && before && after)
        text += fmt::format("{:>14}", format_change(*before, *after, metric));
      text += '\n';
    }
  }
  return text;
}

}  // namespace metaspatial::eval
