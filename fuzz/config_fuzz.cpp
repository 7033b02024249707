// Configs: whatever the file and the overrides say, every value that was read is within its range.
//
// Input    a JSON config, then overrides, each on a line of its own: everything up to the first line break
//          that is followed by neither white space nor a bracket is the config.

#include <array>
#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>

#include "bytes.hpp"
#include "metaspatial/base/config.hpp"
#include "metaspatial/base/error.hpp"
#include "metaspatial/base/json.hpp"

namespace metaspatial::fuzz {
namespace {

constexpr std::array<std::string_view, 2> kWords = {"grpo", "gspo"};

void read_all(const Json& json) {
  ConfigReader reader(json, "file");
  double rate = 0.5;
  double factor = 0;
  int steps = 10;
  int level = 0;
  std::uint64_t seed = 1;
  bool flag = false;
  std::string text = "text";
  std::string word = "grpo";
  reader.read("optim.lr", rate, 0.0, 1.0);
  reader.read("optim.factor", factor, -1e300, 1e300);
  reader.read("trainer.steps", steps, 1, 1000000);
  reader.read("trainer.level", level, -5, 5);
  reader.read("seed", seed);
  reader.read("a.b.c.flag", flag);
  reader.read("text", text);
  reader.read("word", word, kWords);
  METASPATIAL_CHECK(rate >= 0 && rate <= 1 && std::abs(factor) <= 1e300, "numbers within their range");
  METASPATIAL_CHECK(steps >= 1 && steps <= 1000000 && level >= -5 && level <= 5,
                    "whole numbers within theirs");
  METASPATIAL_CHECK(word == kWords[0] || word == kWords[1], "one of the words");
  const Result<void> done = reader.finish();
  if (!done) {
    METASPATIAL_CHECK(!done.error().message.empty(), "an error has words");
    return;
  }
  const auto same = [&json](const char* place, double value) {
    const Json::json_pointer pointer(place);
    return !json.contains(pointer) || json.at(pointer).get<double>() == value;
  };
  METASPATIAL_CHECK(json.is_null() || (same("/optim/lr", rate) && same("/optim/factor", factor) &&
                                       same("/trainer/steps", steps) && same("/trainer/level", level)),
                    "the numbers are the file's");
}

void check_config(std::string_view text) {
  std::size_t end = text.find('\n');
  while (end != std::string_view::npos && end + 1 < text.size() &&
         std::string_view(" \t\r\n{}[]\"").find(text[end + 1]) != std::string_view::npos)
    end = text.find('\n', end + 1);
  Json json = Json::object();
  if (auto file = parse_json(text.substr(0, end), "file")) {
    read_all(*file);
    json = *std::move(file);
  }
  while (end != std::string_view::npos) {
    const std::size_t begin = end + 1;
    end = text.find('\n', begin);
    const std::string_view line = text.substr(begin, end == std::string_view::npos ? end : end - begin);
    const std::string before = dump_json(json);
    const Result<void> done = apply_override(json, line);
    METASPATIAL_CHECK(done || dump_json(json) == before, "an override that fails changes nothing");
  }
  METASPATIAL_CHECK(json_depth(dump_json(json)) <= 128, "overrides do not nest without end");
  read_all(json);
}

}  // namespace
}  // namespace metaspatial::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  metaspatial::fuzz::check_config(metaspatial::fuzz::text_of(data, size));
  return 0;
}
