#include "metaspatial/judge/grade_reply.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <optional>
#include <system_error>
#include <vector>

#include "metaspatial/judge/lenient_json.hpp"

namespace metaspatial::judge {

namespace {

constexpr std::size_t kLongestReply = std::size_t{64} << 10;
constexpr std::size_t kLongestComment = 1000;
constexpr int kMostCandidates = 200;  // places where an object may open

using Object = LenientValue::Object;

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

/// "1. Colour-Scheme & Material Choices" as "color_scheme_and_material_choices".
std::string normalised(std::string_view text) {
  std::string out;
  for (const char c : lower(text)) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0) {
      out += c;
    } else if (c == '&') {
      out += out.empty() || out.back() == '_' ? "and_" : "_and_";
    } else if (!out.empty() && out.back() != '_') {
      out += '_';
    }
  }
  while (!out.empty() && out.back() == '_') out.pop_back();
  std::size_t digits = 0;
  while (digits < out.size() && std::isdigit(static_cast<unsigned char>(out[digits])) != 0) ++digits;
  if (digits > 0 && digits < out.size() && out[digits] == '_') out.erase(0, digits + 1);
  if (out.starts_with("colour")) out.erase(4, 1);
  return out;
}

/// The category that a key names: its full name, or a shortening that can mean no other.
std::optional<std::size_t> category_of(std::string_view key) {
  if (key.size() > 200) return std::nullopt;
  static constexpr std::array<std::array<std::string_view, 5>, 5> kShort = {
      {{"realism", "realism_and_3d_consistency", "realism_and_geometric_consistency",
        "realism_3d_geometric_consistency", "realism_and_3d_geometry"},
       {"functionality", "functionality_and_activity_alignment", "functionality_and_activity_based",
        "functionality_activity_based_alignment", "functionality_and_activity"},
       {"layout", "furniture_layout", "layout_furniture", "layout_and_furnishing", "layout_and_furnitures"},
       {"color_scheme", "color_scheme_and_materials", "color_and_material_choices", "color_and_materials",
        "color_scheme_material_choices"},
       {"overall_aesthetic", "overall_aesthetics", "overall_aesthetics_and_atmosphere",
        "overall_aesthetic_atmosphere", "aesthetic_and_atmosphere"}}};
  const std::string name = normalised(key);
  for (std::size_t c = 0; c < kGradeNames.size(); ++c)
    if (name == kGradeNames[c] || std::ranges::find(kShort[c], name) != kShort[c].end()) return c;
  return std::nullopt;
}

bool names_a_grade(std::string_view key) {
  const std::string name = lower(key);
  return name == "grade" || name == "score" || name == "rating";
}
bool names_a_comment(std::string_view key) {
  const std::string name = lower(key);
  return name == "comment" || name == "comments" || name == "reason" || name == "reasoning" ||
         name == "explanation" || name == "justification" || name == "rationale";
}
bool names_a_category(std::string_view key) {
  const std::string name = lower(key);
  return name == "criterion" || name == "criteria" || name == "category" || name == "aspect" ||
         name == "name";
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front())) != 0) text.remove_prefix(1);
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())) != 0) text.remove_suffix(1);
  return text;
}

/// Takes "8", "8.5", "8/10" or "8 out of 10" from the front of a text; what is left must not go on with it.
std::optional<double> take_grade(std::string_view& text) {
  std::string_view rest = trimmed(text);
  if (rest.empty() || std::isdigit(static_cast<unsigned char>(rest.front())) == 0) return std::nullopt;
  double grade = 0;
  const auto [end, error] =
      std::from_chars(rest.data(), rest.data() + rest.size(), grade, std::chars_format::fixed);
  if (error != std::errc()) return std::nullopt;
  rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
  const std::string_view behind = trimmed(rest);
  const auto take = [&](std::string_view word) {
    if (!behind.starts_with(word)) return false;
    const std::string_view whole = trimmed(behind.substr(word.size()));
    if (!whole.starts_with("10")) return false;
    const std::string_view after = whole.substr(2);
    if (!after.empty() &&
        (std::isalnum(static_cast<unsigned char>(after.front())) != 0 || after.front() == '.') &&
        !(after.front() == '.' &&
          (after.size() == 1 || std::isspace(static_cast<unsigned char>(after[1])) != 0)))
      return false;
    text = after;
    return true;
  };
  if (take("/") || take("out of")) return grade;
  text = rest;
  return grade;
}

struct Found {
  std::optional<double> grade;
  std::string comment;
};

/// Collects the grades of a reply; the first trouble stays.
class Collector {
 public:
  void complain(std::size_t category, std::string_view what) {
    if (!trouble_.empty()) return;
    trouble_ = fmt::format("{}: {}", kGradeNames[category], what);
    for (char& c : trouble_)
      if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') c = ' ';
  }

  void add(std::size_t category, double grade, std::string comment) {
    if (!(grade >= 1 && grade <= 10))
      return complain(category, fmt::format("the grade {:g} is outside of 1 to 10", grade));
    Found& found = found_[category];
    if (found.grade && *found.grade != grade)
      return complain(category, fmt::format("two different grades, {:g} and {:g}", *found.grade, grade));
    found.grade = grade;
    if (comment.size() > kLongestComment) comment.resize(kLongestComment);
    if (found.comment.empty()) found.comment = std::move(comment);
  }

  /// A value that stands where a grade should.
  void add(std::size_t category, const LenientValue& value, std::string comment) {
    if (const auto* number = std::get_if<double>(&value.value))
      return add(category, *number, std::move(comment));
    if (std::holds_alternative<bool>(value.value))
      return complain(category, "the grade is true or false, not a number");
    if (std::holds_alternative<LenientValue::Null>(value.value))
      return complain(category, "the grade is null");
    const auto* text = std::get_if<std::string>(&value.value);
    if (const auto* word = std::get_if<LenientValue::Word>(&value.value)) text = &word->text;
    if (text == nullptr) return complain(category, "there is no grade, but something with parts");
    std::string_view rest = *text;
    const auto grade = take_grade(rest);
    if (!grade || !trimmed(rest).empty())
      return complain(category,
                      fmt::format("the grade \"{}\" is no number from 1 to 10", text->substr(0, 40)));
    add(category, *grade, std::move(comment));
  }

  /// {"grade": 8, "comment": "..."}.
  void add_graded(std::size_t category, const Object& object) {
    std::string comment;
    for (const auto& [key, value] : object)
      if (const auto* text = std::get_if<std::string>(&value.value); text != nullptr && names_a_comment(key))
        comment = *text;
    bool any = false;
    for (const auto& [key, value] : object) {
      if (!names_a_grade(key)) continue;
      add(category, value, comment);
      any = true;
    }
    if (!any) complain(category, "there is no grade");
  }

  /// Looks for categories in a value, through wrappers and lists.
  void collect(const LenientValue& value) {
    if (const auto* list = std::get_if<LenientValue::Array>(&value.value)) {
      for (const LenientValue& item : *list) collect(item);
    }
    const auto* object = std::get_if<Object>(&value.value);
    if (object == nullptr) return;
    bool any = false;
    for (const auto& [key, member] : *object) {
      // A list has {"criterion": "layout_and_furniture", "grade": 8}.
      const auto* name = std::get_if<std::string>(&member.value);
      if (name != nullptr && names_a_category(key)) {
        if (const auto category = category_of(*name)) {
          add_graded(*category, *object);
          any = true;
        }
      }
      const auto category = category_of(key);
      if (!category) continue;
      any = true;
      if (const auto* graded = std::get_if<Object>(&member.value)) {
        add_graded(*category, *graded);
      } else {
        add(*category, member, {});
      }
    }
    if (any) return;
    for (const auto& [key, member] : *object) collect(member);
  }

  [[nodiscard]] bool any() const {
    return !trouble_.empty() ||
           std::ranges::any_of(found_, [](const Found& f) { return f.grade.has_value(); });
  }

  [[nodiscard]] tl::expected<ReadGrades, std::string> result() const {
    if (!trouble_.empty()) return tl::unexpected(trouble_);
    ReadGrades read;
    for (std::size_t c = 0; c < found_.size(); ++c) {
      if (!found_[c].grade) return tl::unexpected(fmt::format("{}: there is no grade", kGradeNames[c]));
      read.grades.values[c] = *found_[c].grade;
      read.comments[c] = found_[c].comment;
    }
    return read;
  }

 private:
  std::array<Found, 5> found_;
  std::string trouble_;
};

/// "- **Layout and furniture**: 8/10, tidy" or the row of a table. A bare number counts only at the end of
/// its line or cell: "Layout: 3 chairs" is no grade, and neither is "Layout: 7-8".
void collect_line(std::string_view line, Collector& collector) {
  const auto strip = [](std::string_view text, std::string_view what) {
    const std::size_t begin = text.find_first_not_of(what);
    return begin == std::string_view::npos ? std::string_view() : text.substr(begin);
  };
  line = strip(line, " \t*#_`-|>");
  const std::size_t split = line.find_first_of(":|=");
  if (split == std::string_view::npos) return;
  const auto category = category_of(line.substr(0, split));
  if (!category) return;
  std::string_view rest = strip(line.substr(split + 1), " \t*_`");
  if (line[split] == '|') rest = rest.substr(0, rest.find('|'));
  const std::string_view before = rest;
  const auto grade = take_grade(rest);
  if (!grade) return;
  const std::string_view taken = before.substr(0, before.size() - rest.size());
  const bool of_ten = taken.find_first_of("/o") != std::string_view::npos;
  const std::string_view behind = strip(rest, " \t*_`.\r");
  if (of_ten || behind.empty()) collector.add(*category, *grade, std::string(trimmed(behind)));
}

}  // namespace

tl::expected<ReadGrades, std::string> read_grade_reply(std::string_view reply) {
  if (reply.size() > kLongestReply) return tl::unexpected(std::string("the reply is longer than 64 KiB"));
  if (const std::size_t thought = reply.rfind("</think>"); thought != std::string_view::npos) {
    reply.remove_prefix(thought + 8);
  } else if (trimmed(reply).starts_with("<think>")) {
    return tl::unexpected(std::string("the reply ends within its thoughts"));
  }
  if (trimmed(reply).empty()) return tl::unexpected(std::string("the reply is empty"));
  Collector collector;
  bool opened = false;
  int candidates = 0;
  for (std::size_t at = reply.find_first_of("{[");
       at != std::string_view::npos && candidates < kMostCandidates;
       at = reply.find_first_of("{[", at), ++candidates) {
    opened = opened || reply[at] == '{';
    if (const auto value = read_lenient_json(reply, at)) {
      collector.collect(*value);
    } else {
      ++at;
    }
  }
  if (!collector.any()) {
    for (std::size_t begin = 0; begin < reply.size();) {
      const std::size_t end = std::min(reply.find('\n', begin), reply.size());
      collect_line(reply.substr(begin, end - begin), collector);
      begin = end + 1;
    }
  }
  if (!collector.any())
    return tl::unexpected(std::string(opened ? "the JSON is broken or holds no category"
                                             : "the reply holds no JSON and names no category with a grade"));
  return collector.result();
}

}  // namespace metaspatial::judge
