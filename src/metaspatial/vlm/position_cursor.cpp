#include <algorithm>
#include <limits>

#include "metaspatial/vlm/sequence.hpp"

namespace metaspatial::vlm {

namespace {

// Saturates instead of overflowing: a hostile config may scale a long text's columns beyond 32 bits.
std::int32_t product(std::int64_t scale, std::int64_t value) {
  constexpr std::int64_t kMax = std::numeric_limits<std::int32_t>::max();
  return static_cast<std::int32_t>(std::min(scale * value, kMax));
}

}  // namespace

PositionId PositionCursor::next(TokenId token) {
  const PositionScheme& scheme = config_->positions;
  if (!scheme.structured) {
    const std::int32_t at = index_++;
    return {at, at, at};
  }
  if (after_message_token_) in_answer_ = token == scheme.assistant_token;
  after_message_token_ = token == scheme.message_token;
  if (after_message_token_) {
    in_answer_ = false;
    line_ = 0;
    column_ = 0;
  } else if (std::find(scheme.line_tokens.begin(), scheme.line_tokens.end(), token) !=
             scheme.line_tokens.end()) {
    ++line_;
    column_ = 0;
  }
  const std::int64_t column = std::int64_t{column_++} + (in_answer_ ? scheme.answer_column_offset : 0);
  return {index_++, product(scheme.line_scale, line_), product(scheme.column_scale, column)};
}

void PositionCursor::image(int merged_rows, int merged_columns, std::vector<PositionId>& out) {
  const PositionScheme& scheme = config_->positions;
  const std::int32_t first = index_;
  for (std::int32_t row = 0; row < merged_rows; ++row) {
    for (std::int32_t column = 0; column < merged_columns; ++column) {
      if (scheme.structured) {
        out.push_back({first, product(scheme.line_scale, row), product(scheme.column_scale, column)});
      } else {
        out.push_back({first, first + row, first + column});
      }
    }
  }
  if (scheme.structured) {
    after_message_token_ = false;
    index_ += merged_rows * merged_columns;
    column_ += merged_rows * merged_columns;
  } else {
    index_ += std::max(merged_rows, merged_columns);
  }
}

}  // namespace metaspatial::vlm
