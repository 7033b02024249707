#pragma once

#include <array>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "metaspatial/judge/grades.hpp"

namespace metaspatial::judge {

/// What a model's reply says.
struct ReadGrades {
  Grades grades;
  std::array<std::string, 5> comments;  ///< empty where there is none; at most 1,000 bytes each
};

/// Reads the five grades of a model's reply from hostile bytes: lenient about the form, strict about the
/// meaning.
///
/// Taken as form: prose and code fences around, thoughts before `</think>`, trailing commas, single quotes,
/// unquoted keys, quotation marks inside comments, comments in the JSON, other spellings of the categories
/// ("Colour scheme", "1. Realism and 3D Geometric Consistency"), a wrapper, a list, a bare number for a
/// category; grades as "8", "8/10" or "8 out of 10"; without any JSON, lines like "**Layout and furniture**:
/// 8/10".
///
/// Never taken: a number that stands at no category, a boolean, null, a word, a range, a percentage, a number
/// outside [1, 10] (nothing is clamped), two different grades of one category, a reply in which a category is
/// missing.
///
/// Returns  the grades, or in one line why there are none.
/// Cost     linear in the text for any reply that was meant to be one; bounded for all others. At most 64 KiB
///          are read.
[[nodiscard]] tl::expected<ReadGrades, std::string> read_grade_reply(std::string_view reply);

}  // namespace metaspatial::judge
