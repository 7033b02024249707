#include "metaspatial/reward/reference_reward.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <unordered_map>
#include <utility>

#include "metaspatial/physics/reference_rules.hpp"

namespace metaspatial::reward::reference {
namespace {

using namespace physics::reference;  // the Python operations

constexpr std::string_view kThinkOpen = "<think>";
constexpr std::string_view kThinkClose = "</think>";
constexpr std::string_view kAnswerOpen = "<answer>";
constexpr std::string_view kAnswerClose = "</answer>";
// In the order in which the reference adds their means.
constexpr std::string_view kCategories[] = {
    "overall_aesthetic_and_atmosphere", "color_scheme_and_material_choices", "layout_and_furniture",
    "functionality_and_activity_based_alignment", "realism_and_3d_geometric_consistency"};

std::string_view skip_space(std::string_view text) {
  while (const std::size_t bytes = leading_space(text)) text.remove_prefix(bytes);
  return text;
}

// <think> ... </think> <answer> ... </answer> and white space around; anything may stand inside the tags,
// also more tags. So it is enough to find one "</think> <answer>" that leaves room for the last "</answer>".
bool has_tags(std::string_view response) {
  std::string_view rest = strip(response);
  if (!rest.starts_with(kThinkOpen) || !rest.ends_with(kAnswerClose)) return false;
  rest.remove_prefix(kThinkOpen.size());
  if (rest.size() < kAnswerClose.size()) return false;
  rest.remove_suffix(kAnswerClose.size());
  for (std::size_t at = rest.find(kThinkClose); at != std::string_view::npos;
       at = rest.find(kThinkClose, at + 1)) {
    if (skip_space(rest.substr(at + kThinkClose.size())).starts_with(kAnswerOpen)) return true;
  }
  return false;
}

// The text of the first <answer> ... </answer> anywhere, also within the thoughts. None if it is no JSON.
PyValue read_answer(std::string_view response) {
  const std::size_t open = response.find(kAnswerOpen);
  if (open == std::string_view::npos) return PyValue();
  std::string_view rest = response.substr(open + kAnswerOpen.size());
  const std::size_t close = rest.find(kAnswerClose);
  if (close == std::string_view::npos) return PyValue();
  PyResult<PyValue> answer = parse_py_json(strip(rest.substr(0, close)));
  if (answer) return *std::move(answer);
  if (answer.error().kind == PyErrorKind::JsonDecodeError) return PyValue();
  throw std::move(answer).error();
}

PyValue read_scene_file(const SceneReader& read_scene) {
  PyResult<std::string> bytes = read_scene();
  if (!bytes) throw std::move(bytes).error();
  PyResult<PyValue> scene = parse_py_json_bytes(*bytes);
  if (!scene) throw std::move(scene).error();
  return *std::move(scene);
}

// format_reward with the answer and the scene that it read, for the steps after it.
struct Read {
  double format = 0;
  PyValue answer;
  PyValue scene;
};
Read read(std::string_view response, const SceneReader& read_scene) {
  Read result;
  if (!has_tags(response)) return result;
  result.answer = read_answer(response);
  result.format = 0.1;
  if (result.answer.is_none()) return result;
  result.scene = read_scene_file(read_scene);
  const PyValue objects = without_last_six(result.scene);
  result.format = length(result.answer) != length(objects) ? 0.5 : 1.0;
  return result;
}

// Moves the scene's objects to where the answer puts them. False if an id is unknown; other trouble raises.
bool place_objects(const PyValue& answer, PyValue& scene) {
  auto& entries = *scene.as<PyValue::List>();
  const PyValue::List objects = *without_last_six(scene).as<PyValue::List>();
  std::unordered_map<std::string, std::size_t> index;  // of a repeated id the last object counts
  for (std::size_t i = 0; i < objects.size(); ++i) {
    const PyValue& id = item(objects[i], "new_object_id");
    require_hashable(id);
    index.insert_or_assign(equality_key(id), i);
  }
  for (const PyValue& placed : *answer.as<PyValue::List>()) {
    const PyValue& id = item(placed, "new_object_id");
    require_hashable(id);
    const auto found = index.find(equality_key(id));
    if (found == index.end()) return false;
    for (const std::string_view axis : {"x", "y", "z"}) {
      const PyValue& coordinate = item(placed, axis);
      PyValue& entry = entries[found->second];
      (void)item(entry, "position");
      auto* position = entry.as<Dict>()->find("position")->as<Dict>();
      if (position == nullptr)
        throw PyError{PyErrorKind::TypeError, "the position does not support item assignment"};
      position->set(axis, coordinate);
    }
  }
  return true;
}

// The judging step: 10 stands for "error" with an empty answer or a wrong count, 0 for everything else that
// failed.
PyValue judge_answer(Read& read, const JudgeOutcome& judge, bool& called) {
  if (read.answer.as<PyValue::List>() == nullptr) read.answer = PyValue(PyValue::List{read.answer});
  const std::size_t count = length(read.answer);
  if (count == 0) return PyValue(10);
  try {
    // The ids are collected before the counts are compared.
    const PyValue::List objects = iterate(without_last_six(read.scene));
    for (const PyValue& object : objects) require_hashable(item(object, "new_object_id"));
    if (count != objects.size()) return PyValue(10);
    if (!place_objects(read.answer, read.scene)) return PyValue(0);
    called = true;
    if (judge.raises) return PyValue(0);
  } catch (const PyError&) {
    return PyValue(0);
  }
  return judge.grades;
}

PyValue sum_of_grades(const PyValue& grades) {
  if (grades.as<Dict>() == nullptr) return grades;
  Integer sum;
  for (const std::string_view category : kCategories)
    sum = sum + to_int(item(item(grades, category), "mean"));
  return PyValue(std::move(sum));
}

}  // namespace

std::string_view name(Stage stage) {
  switch (stage) {
    case Stage::Format:
      return "format";
    case Stage::GradeSum:
      return "grade_sum";
    case Stage::CheckCollisions:
      return "check_collisions";
    case Stage::CheckConstraints:
      return "check_constraints";
  }
  return "format";
}

PyResult<double> format_reward(std::string_view response, const SceneReader& read_scene) {
  try {
    return read(response, read_scene).format;
  } catch (PyError& error) {
    return tl::unexpected<PyError>(std::move(error));
  }
}

Score score(std::string_view response, const SceneReader& read_scene, const PyValue& size_of_room,
            const JudgeOutcome& judge) {
  Score result;
  Stage& stage = result.error_stage;
  try {
    Read response_read;
    try {
      response_read = read(response, read_scene);
    } catch (const PyError& error) {
      result.format_error = error;
      throw;
    }
    const double format = response_read.format;
    result.format = format;
    if (format != 1.0) {
      result.total = 0.5 * format;
      return result;
    }
    const PyValue judged = judge_answer(response_read, judge, result.judge_called);
    result.judge_result = judged;
    stage = Stage::GradeSum;
    const PyValue sum = sum_of_grades(judged);
    if (equals_number(sum, 0)) {
      result.total = 0.5 * format;
      return result;
    }
    if (equals_number(sum, 10)) {
      result.total = 0.5 * format + to_float(sum / PyValue(50));
      return result;
    }
    stage = Stage::CheckCollisions;
    Collisions collisions = check_collisions(response_read.scene);
    if (collisions.error) throw *std::move(collisions.error);
    result.collision_ratio = collisions.ratio;
    stage = Stage::CheckConstraints;
    const PyValue room(
        PyValue::List{item(size_of_room, "x"), item(size_of_room, "y"), item(size_of_room, "z")});
    Constraints constraints = check_constraints(response_read.scene, room);
    if (constraints.error) throw *std::move(constraints.error);
    result.constraint_ratio = constraints.ratio;
    stage = Stage::GradeSum;
    result.total =
        to_float(sum / PyValue(50)) + 0.5 * format - 0.2 * collisions.ratio - 0.2 * constraints.ratio;
  } catch (PyError& error) {
    result.total_error = std::move(error);
  }
  return result;
}

// --- The judge's reply -----------------------------------------------------------------------------------
namespace {

[[noreturn]] void raise(PyErrorKind kind, std::string message) {
  throw PyError{kind, std::move(message)};
}

bool is_octal(char c) {
  return c >= '0' && c <= '7';
}

// What Python makes of the text between triple single quotes: the reference passes fenced replies through
// such a literal, so escapes are decoded once before the JSON is read.
std::string python_literal(std::string_view text) {
  if (text.find('\0') != std::string_view::npos) {
    raise(PyErrorKind::ValueError, "source code string cannot contain null bytes");
  }
  if (!is_strict_utf8(text)) raise(PyErrorKind::UnicodeEncodeError, "surrogates not allowed");
  std::string source;  // line ends as Python's tokenizer reads them
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\r') {
      source.push_back(text[i]);
      continue;
    }
    source.push_back('\n');
    if (i + 1 < text.size() && text[i + 1] == '\n') ++i;
  }
  std::string result;
  for (std::size_t i = 0; i < source.size();) {
    if (source.compare(i, 3, "'''") == 0) raise(PyErrorKind::SyntaxError, "the literal ends early");
    if (source[i] == '\'' && source.find_first_not_of('\'', i) == std::string::npos) {
      raise(PyErrorKind::SyntaxError, "the literal ends early");
    }
    if (source[i] != '\\') {
      result.push_back(source[i++]);
      continue;
    }
    if (++i == source.size()) raise(PyErrorKind::SyntaxError, "the literal does not end");
    const char escape = source[i++];
    const auto read_hex = [&](std::size_t digits) {
      std::uint32_t code_point = 0;
      const char* const begin = source.data() + i;
      if (i + digits > source.size()) raise(PyErrorKind::SyntaxError, "truncated escape");
      const auto [end, error] = std::from_chars(begin, begin + digits, code_point, 16);
      if (error != std::errc() || end != begin + digits || code_point > 0x10ffff) {
        raise(PyErrorKind::SyntaxError, "truncated or illegal escape");
      }
      i += digits;
      append_utf8(result, code_point);
    };
    switch (escape) {
      case '\n':
        break;
      case '\\':
      case '\'':
      case '"':
        result.push_back(escape);
        break;
      case 'a':
        result.push_back('\a');
        break;
      case 'b':
        result.push_back('\b');
        break;
      case 'f':
        result.push_back('\f');
        break;
      case 'n':
        result.push_back('\n');
        break;
      case 'r':
        result.push_back('\r');
        break;
      case 't':
        result.push_back('\t');
        break;
      case 'v':
        result.push_back('\v');
        break;
      case 'x':
        read_hex(2);
        break;
      case 'u':
        read_hex(4);
        break;
      case 'U':
        read_hex(8);
        break;
      case 'N':
        raise(PyErrorKind::SyntaxError, "named characters are not read");
      default:
        if (is_octal(escape)) {
          auto code_point = static_cast<std::uint32_t>(escape - '0');
          for (int digit = 1; digit < 3 && i < source.size() && is_octal(source[i]); ++digit, ++i) {
            code_point = code_point * 8 + static_cast<std::uint32_t>(source[i] - '0');
          }
          append_utf8(result, code_point);
        } else {
          result.push_back('\\');
          result.push_back(escape);
        }
    }
  }
  return result;
}

// round(value, 2): to the nearest decimal of the exact value.
PyValue round_2(double value) {
  if (!std::isfinite(value)) return PyValue(value);
  const std::string text = fmt::format("{:.2f}", value);
  double rounded = 0;
  std::from_chars(text.data(), text.data() + text.size(), rounded);
  return PyValue(rounded);
}

PyValue read_grades(std::string_view reply) {
  constexpr std::string_view kFence = "```json";
  const std::size_t open = reply.find(kFence);
  std::size_t close = std::string_view::npos;
  if (open != std::string_view::npos) close = reply.find("```", open + kFence.size());
  std::string text(reply);
  if (close != std::string_view::npos) {
    text = python_literal(strip(reply.substr(open + kFence.size(), close - open - kFence.size())));
  }
  PyResult<PyValue> grading = parse_py_json(text);
  if (!grading && grading.error().kind != PyErrorKind::JsonDecodeError) throw std::move(grading).error();

  // The reference collects the grades in the order of its prompt, then takes their means.
  constexpr std::size_t kCount = std::size(kCategories);
  std::array<std::optional<PyValue>, kCount> grades;
  for (std::size_t k = kCount; grading && k-- > 0;) {
    const std::string_view category = kCategories[k];
    if (!contains(*grading, category) || !contains(item(*grading, category), "grade")) continue;
    const PyValue& grade = item(item(*grading, category), "grade");
    if (grade.is_number()) grades[k] = grade;
  }
  std::vector<std::pair<std::string, PyValue>> results;
  for (std::size_t k = kCount; k-- > 0;) {
    PyValue mean(0);
    PyValue deviation(0);
    if (grades[k]) {
      const double value = to_float(*grades[k] / PyValue(1));
      mean = round_2(value);
      deviation = PyValue(std::isfinite(value) ? 0.0 : std::nan(""));
    }
    results.emplace_back(std::string(kCategories[k]), make_dict({{"mean", mean}, {"std", deviation}}));
  }
  return make_dict(std::move(results));
}

}  // namespace

PyResult<PyValue> read_judge_reply(std::string_view reply) {
  try {
    return read_grades(reply);
  } catch (PyError& error) {
    return tl::unexpected<PyError>(std::move(error));
  }
}

}  // namespace metaspatial::reward::reference
