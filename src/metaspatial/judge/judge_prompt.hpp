#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "metaspatial/base/json.hpp"
#include "metaspatial/chat/chat.hpp"

namespace metaspatial::judge {

/// The version of the words below. Grades of different versions are not comparable.
inline constexpr int kPromptVersion = 1;

/// A picture and what it shows, in words for the model: "The room from above one corner, ...".
struct LabelledPicture {
  std::string label;
  std::shared_ptr<const std::string> png;
};

/// What a model is asked: the five categories, what each grade means, the wish, the pictures, the form of the
/// reply. Temperature, tokens and seed are left to the caller.
///
/// The wish is a user's words: it is quoted, cut at 4,000 bytes, and announced as data.
[[nodiscard]] chat::ChatRequest judge_request(std::string_view wish,
                                              std::span<const LabelledPicture> pictures);

/// The JSON schema of the reply: per category of kGradeNames {"comment": text, "grade": 1 to 10}, the comment
/// first, so that a model writes its reason before its number.
[[nodiscard]] Json judge_schema();

}  // namespace metaspatial::judge
