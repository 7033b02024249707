// A judge's replies: whatever a model says, grades that are taken are grades.
//
// Input    the reply.

#include <string>
#include <string_view>

#include "bytes.hpp"
#include "metaspatial/base/error.hpp"
#include "metaspatial/judge/grade_reply.hpp"

namespace metaspatial::fuzz {
namespace {

void check_reply(std::string_view reply) {
  const auto read = judge::read_grade_reply(reply);
  if (!read) {
    METASPATIAL_CHECK(!read.error().empty(), "a failure has a reason");
    METASPATIAL_CHECK(read.error().find('\n') == std::string::npos, "the reason is one line");
    return;
  }
  for (const double grade : read->grades.values)
    METASPATIAL_CHECK(grade >= 1 && grade <= 10, "every grade is from 1 to 10");
  for (const std::string& comment : read->comments)
    METASPATIAL_CHECK(comment.size() <= 1000, "comments are cut");
  // Words behind a reply say nothing about the grades.
  const auto more = judge::read_grade_reply(std::string(reply) + "\nThat is all.");
  METASPATIAL_CHECK(more || reply.size() + 14 > (std::size_t{64} << 10),
                    "closing words do not make it unreadable");
  METASPATIAL_CHECK(!more || more->grades.values == read->grades.values, "closing words change no grade");
}

}  // namespace
}  // namespace metaspatial::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  metaspatial::fuzz::check_reply(metaspatial::fuzz::text_of(data, size));
  return 0;
}
