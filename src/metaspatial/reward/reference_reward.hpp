#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "metaspatial/physics/py_value.hpp"

/// The reward of the public Python reference, bit for bit and quirk for quirk (docs/REFERENCE.md).
namespace metaspatial::reward::reference {

using physics::reference::PyError;
using physics::reference::PyResult;
using physics::reference::PyValue;

/// Reads the room's scene file: its bytes, or what opening it raises. The reference opens the file only after
/// the response's tags and JSON were fine, so a missing room shows late; hence a function.
using SceneReader = std::function<PyResult<std::string>()>;

/// 0 (tags), 0.1 (no JSON in the answer), 0.5 (another count than the scene has objects) or 1.
///
/// Errors   what escapes from the reference: a bare number as the answer (TypeError), more than 4300 digits
///          (ValueError), nesting of about a thousand (RecursionError), a missing or broken scene file.
[[nodiscard]] PyResult<double> format_reward(std::string_view response, const SceneReader& read_scene);

/// What the judge returned for the picture: normally a dict of {"mean", "std"} per category; or that it
/// raised.
struct JudgeOutcome {
  PyValue grades;
  bool raises = false;
};

/// The step of the reference in which an error was raised.
enum class Stage { Format, GradeSum, CheckCollisions, CheckConstraints };
[[nodiscard]] std::string_view name(Stage stage);

struct Score {
  std::optional<double> format;
  std::optional<PyError> format_error;
  std::optional<double> total;
  std::optional<PyError> total_error;
  Stage error_stage = Stage::Format;
  bool judge_called = false;  ///< the response was good enough to be drawn and graded
  std::optional<PyValue>
      judge_result;  ///< what the reference's judging step gave: grades, or a sentinel 0 or 10
  std::optional<double> collision_ratio;
  std::optional<double> constraint_ratio;
};

/// The reference's total: 0.5 * format below 1; otherwise 0.5 + grades / 50 - 0.2 * collision ratio - 0.2 *
/// constraint ratio, with the sentinels 0 (0.5) and 10 (0.7) in place of the grades.
///
/// `size_of_room` is {"x", "y", "z"} in metres.
[[nodiscard]] Score score(std::string_view response, const SceneReader& read_scene,
                          const PyValue& size_of_room, const JudgeOutcome& judge);

/// The reference's reading of a judge's reply: {category: {"mean", "std"}} for the five categories.
///
/// Errors   what the reference raises (it catches that later and takes 0 as the grades).
///          Differs: a `\N{...}` escape and text that closes and reopens the Python literal are SyntaxErrors
///          here.
[[nodiscard]] PyResult<PyValue> read_judge_reply(std::string_view reply);

}  // namespace metaspatial::reward::reference
