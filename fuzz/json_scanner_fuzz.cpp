// The reward's JSON scanner against another parser: both take the same texts and read the same strings and
// numbers.
//
// Input    the text.

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "bytes.hpp"
#include "metaspatial/base/error.hpp"
#include "metaspatial/base/json.hpp"
#include "metaspatial/reward/json_scanner.hpp"

namespace metaspatial::fuzz {
namespace {

constexpr int kDepth = 64;

void check_text(std::string_view text) {
  reward::JsonScanner scan(text, 0, text.size());
  scan.skip_space();
  const std::size_t begin = scan.at();
  bool too_deep = false;
  bool ours = scan.skip_value(kDepth, too_deep);
  METASPATIAL_CHECK(ours || scan.at() == begin, "a scanner stays where it is if it reads nothing");
  scan.skip_space();
  METASPATIAL_CHECK(scan.at() <= text.size(), "a scanner stays in its text");
  ours = ours && scan.finished();
  METASPATIAL_CHECK(ours == reward::is_json(text, kDepth), "is_json says the same");
  const Result<Json> file = parse_json(text, "text", {.max_bytes = 1 << 20, .max_depth = kDepth});
  METASPATIAL_CHECK(!file || !too_deep, "files have the same limit of depth");
  if (too_deep) return;

  // The other parser takes a byte order mark at the start and stops at a zero byte.
  if (text.starts_with("\xEF\xBB\xBF") || text.find('\0') != std::string_view::npos) {
    METASPATIAL_CHECK(!ours, "neither a byte order mark nor a zero byte is JSON");
    METASPATIAL_CHECK(!file || text.starts_with("\xEF\xBB\xBF"), "a zero byte is not JSON in files either");
    return;
  }
  nlohmann::json value;
  bool theirs = true;
  try {
    value = nlohmann::json::parse(text);
  } catch (const nlohmann::json::out_of_range&) {
    return;  // 1e999 is JSON, but not for it
  } catch (const nlohmann::json::parse_error&) {
    theirs = false;
  }
  METASPATIAL_CHECK(ours == theirs, "both parsers take the same texts");
  METASPATIAL_CHECK(file.has_value() == theirs, "files are read by the same rules");
  if (!theirs) return;
  reward::JsonScanner again(text, begin, text.size());
  if (value.is_string()) {
    std::string read;
    METASPATIAL_CHECK(again.read_string(&read) && read == value.get<std::string>(), "the same string");
  } else if (value.is_number()) {
    double read = 0;
    METASPATIAL_CHECK(again.read_number(read), "a number");
    // An integer is exact there and rounded here.
    const double expected = value.get<double>();
    METASPATIAL_CHECK(read == expected, "the same number");
  }
}

}  // namespace
}  // namespace metaspatial::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  metaspatial::fuzz::check_text(metaspatial::fuzz::text_of(data, size));
  return 0;
}
