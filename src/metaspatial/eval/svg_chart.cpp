#include "metaspatial/eval/svg_chart.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace metaspatial::eval {
namespace {

using Values = std::vector<std::optional<double>>;

constexpr double kWidth = 360;
constexpr double kHeight = 196;
constexpr double kLeft = 44;
constexpr double kRight = 10;
constexpr double kTop = 8;
constexpr double kBottom = 22;

/// The smallest of 1, 2, 5 times a power of ten that is not below `x`.
double nice_step(double x) {
  const double power = std::pow(10.0, std::floor(std::log10(x)));
  for (const double factor : {1.0, 2.0, 5.0})
    if (factor * power >= x * (1 - 1e-9)) return factor * power;
  return 10 * power;
}

struct Axis {
  double low = 0;
  double high = 1;
  double step = 0.25;
};

Axis axis_for(double low, double high, int ticks) {
  if (high - low < 1e-12 * std::max({1.0, std::abs(low), std::abs(high)})) {
    const double pad = low == 0 ? 1 : std::abs(low) * 0.1;
    low -= low > 0 || low < 0 ? pad : 0;
    high += pad;
  }
  Axis axis;
  axis.step = nice_step((high - low) / ticks);
  axis.low = std::floor(low / axis.step + 1e-9) * axis.step;
  axis.high = std::ceil(high / axis.step - 1e-9) * axis.step;
  return axis;
}

std::string tick_text(double value, Unit unit) {
  if (unit == Unit::Share) return fmt::format("{:.4g}%", 100 * value);
  if (std::abs(value) < 1e-12) return "0";
  if (std::abs(value) >= 1e4) return fmt::format("{:.3g}k", value / 1000);
  return fmt::format("{:.4g}", value);
}

/// Mean over the values of up to four neighbours on each side; a gap stays a gap.
Values smoothed(const Values& values) {
  constexpr std::ptrdiff_t reach = 4;
  const auto n = static_cast<std::ptrdiff_t>(values.size());
  Values result(values.size());
  for (std::ptrdiff_t i = 0; i < n; ++i) {
    if (!values[static_cast<std::size_t>(i)]) continue;
    double sum = 0;
    int count = 0;
    for (std::ptrdiff_t j = std::max<std::ptrdiff_t>(0, i - reach); j <= std::min(n - 1, i + reach); ++j) {
      if (const auto& value = values[static_cast<std::size_t>(j)]) {
        sum += *value;
        ++count;
      }
    }
    result[static_cast<std::size_t>(i)] = sum / count;
  }
  return result;
}

class Canvas {
 public:
  Canvas(const Chart& chart, Axis y) : chart_(chart), y_(y) {
    first_ = chart.steps.front();
    last_ = chart.steps.back();
  }
  [[nodiscard]] double x(double step) const {
    const double span = last_ - first_;
    const double part = span > 0 ? (step - first_) / span : 0.5;
    return kLeft + part * (kWidth - kLeft - kRight);
  }
  [[nodiscard]] double y(double value) const {
    const double part = std::clamp((value - y_.low) / (y_.high - y_.low), 0.0, 1.0);
    return kHeight - kBottom - part * (kHeight - kTop - kBottom);
  }
  [[nodiscard]] std::string polyline(const Values& values, std::string_view style, bool bridge_gaps) const {
    std::string path;
    bool pen_down = false;
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (!values[i]) {
        pen_down = pen_down && bridge_gaps;
        continue;
      }
      path += fmt::format("{}{:.1f} {:.1f}", pen_down ? 'L' : 'M', x(chart_.steps[i]), y(*values[i]));
      pen_down = true;
    }
    return path.empty() ? std::string() : fmt::format("<path class=\"{}\" d=\"{}\"/>", style, path);
  }
  [[nodiscard]] std::string band() const {
    if (chart_.low.empty() || chart_.high.empty()) return {};
    std::string there;
    std::string back;
    for (std::size_t i = 0; i < chart_.steps.size(); ++i) {
      if (!chart_.low[i] || !chart_.high[i]) continue;
      there += fmt::format("{:.1f},{:.1f} ", x(chart_.steps[i]), y(*chart_.high[i]));
      back = fmt::format("{:.1f},{:.1f} ", x(chart_.steps[i]), y(*chart_.low[i])) + back;
    }
    return there.empty() ? std::string()
                         : fmt::format("<polygon class=\"band\" points=\"{}{}\"/>", there, back);
  }
  [[nodiscard]] std::string dots(const Values& values, std::string_view style) const {
    std::string dots;
    for (std::size_t i = 0; i < values.size(); ++i)
      if (values[i])
        dots += fmt::format("<circle class=\"{}\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3.5\"/>", style,
                            x(chart_.steps[i]), y(*values[i]));
    return dots;
  }
  [[nodiscard]] std::string grid() const {
    std::string grid;
    for (double value = y_.low; value <= y_.high + 0.5 * y_.step; value += y_.step) {
      const double at = y(value);
      grid += fmt::format(
          "<line class=\"grid\" x1=\"{}\" x2=\"{}\" y1=\"{:.1f}\" y2=\"{:.1f}\"/>"
          "<text class=\"tick\" text-anchor=\"end\" x=\"{}\" y=\"{:.1f}\">{}</text>",
          kLeft, kWidth - kRight, at, at, kLeft - 6, at + 3.5, tick_text(value, chart_.unit));
    }
    const double span = last_ - first_;
    const double step = span > 0 ? std::max(1.0, nice_step(span / 5)) : 1;
    for (double value = std::ceil(first_ / step) * step; value <= last_ + 1e-9; value += step)
      grid += fmt::format("<text class=\"tick\" text-anchor=\"middle\" x=\"{:.1f}\" y=\"{}\">{:.6g}</text>",
                          x(value), kHeight - 6, value);
    return grid;
  }
  /// What the script needs to answer the pointer: the place of every step and the values as texts.
  [[nodiscard]] Json pointer_data() const {
    Json data;
    data["width"] = kWidth;
    data["steps"] = Json::array();
    data["x"] = Json::array();
    for (const double step : chart_.steps) {
      data["steps"].push_back(step);
      data["x"].push_back(std::round(x(step) * 10) / 10);
    }
    data["series"] = Json::array();
    const auto add = [&](std::string_view name, const Values& values) {
      if (values.empty()) return;
      Json texts = Json::array();
      for (const auto& value : values)
        texts.push_back(value ? format_metric(*value, chart_.unit) : std::string());
      data["series"].push_back(Json{{"name", std::string(name)}, {"text", std::move(texts)}});
    };
    add("training", chart_.train);
    add("most", chart_.high);
    add("least", chart_.low);
    add("held-out", chart_.held_out);
    return data;
  }

 private:
  const Chart& chart_;
  Axis y_;
  double first_ = 0;
  double last_ = 0;
};

/// "0.412 → 0.731": the first and the last value, of the smoothed curve where there is one.
std::string first_and_last(const Values& values, Unit unit) {
  std::optional<double> first;
  std::optional<double> last;
  for (const auto& value : values) {
    if (!value) continue;
    if (!first) first = value;
    last = value;
  }
  if (!first) return {};
  return format_metric(*first, unit) + " → " + format_metric(*last, unit);
}

}  // namespace

std::string escape_html(std::string_view text) {
  std::string escaped;
  escaped.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\'':
        escaped += "&#39;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

std::string chart_figure(const Chart& chart) {
  double low = std::numeric_limits<double>::infinity();
  double high = -low;
  for (const Values* values : {&chart.train, &chart.low, &chart.high, &chart.held_out}) {
    for (const auto& value : *values) {
      if (!value) continue;
      low = std::min(low, *value);
      high = std::max(high, *value);
    }
  }
  if (chart.steps.empty() || low > high) return {};
  // A scale that begins at zero where zero is near shows proportions as they are.
  if (low > 0 && low < 0.35 * high) low = 0;
  const Canvas canvas(chart, axis_for(low, high, 4));

  const auto present =
      std::count_if(chart.train.begin(), chart.train.end(), [](const auto& v) { return v.has_value(); });
  const bool smooth = present >= 20;
  const Values curve = smooth ? smoothed(chart.train) : chart.train;

  std::string figure = fmt::format(
      "<figure class=\"chart\" data-chart=\"{}\"><figcaption><b>{}</b><span>{}</span></figcaption>"
      "<svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}\">",
      escape_html(dump_json(canvas.pointer_data())), escape_html(chart.title),
      first_and_last(present > 0 ? curve : chart.held_out, chart.unit), kWidth, kHeight,
      escape_html(chart.title + " over training steps"));
  figure += canvas.grid();
  figure += canvas.band();
  if (smooth) figure += canvas.polyline(chart.train, "raw", false);
  figure += canvas.polyline(curve, "smooth", false);
  if (present == 1) figure += canvas.dots(chart.train, "dot train");
  figure += canvas.polyline(chart.held_out, "held", true);
  figure += canvas.dots(chart.held_out, "dot");
  figure += fmt::format("<line class=\"cross\" x1=\"0\" x2=\"0\" y1=\"{}\" y2=\"{}\"/></svg></figure>\n",
                        kTop, kHeight - kBottom);
  return figure;
}

}  // namespace metaspatial::eval
