#include "metaspatial/reward/json_scanner.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <string>

#include "metaspatial/base/json.hpp"
#include "metaspatial/base/rng.hpp"

namespace metaspatial::reward {
namespace {

TEST(JsonScanner, NumbersFollowTheGrammar) {
  const auto value = [](std::string_view text) -> std::string {
    JsonScanner scan(text, 0, text.size());
    double number = 0;
    if (!scan.read_number(number)) return "none";
    return std::to_string(scan.at()) + ":" + std::to_string(number);
  };
  EXPECT_EQ(value("2.05,"), "4:2.050000");
  EXPECT_EQ(value("-0"), "2:-0.000000");
  EXPECT_EQ(value("1e2"), "3:100.000000");
  EXPECT_EQ(value("1E+2"), "4:100.000000");
  EXPECT_EQ(value("1e999"), "5:inf");
  EXPECT_EQ(value("-1e999"), "6:-inf");
  EXPECT_EQ(value("1e-999"), "6:0.000000");
  EXPECT_EQ(value("0.001e999"), "9:inf");
  EXPECT_EQ(value("0.0e999"), "7:0.000000");
  EXPECT_EQ(value("123e-999"), "8:0.000000");
  EXPECT_EQ(value("1e99999999999999999999"), "22:inf");
  EXPECT_EQ(value("0." + std::string(400, '0') + "1"), "403:0.000000");
  EXPECT_EQ(value(std::string(400, '9')), "400:inf");
  for (const std::string_view bad :
       {"", "+1", ".5", "1.", "01", "1e", "1e+", "-", "NaN", "Infinity", "\"1\""})
    EXPECT_EQ(value(bad), "none") << bad;
}

TEST(JsonScanner, StringsAreDecodedAndChecked) {
  const auto decoded = [](std::string_view text) -> std::string {
    JsonScanner scan(text, 0, text.size());
    std::string result;
    return scan.read_string(&result) && scan.finished() ? result : "none";
  };
  EXPECT_EQ(decoded(R"("bed_1")"), "bed_1");
  EXPECT_EQ(decoded(R"("a\n\"\\\/\u0041")"), "a\n\"\\/A");
  EXPECT_EQ(decoded(R"("\u00e9\u20ac\ud83d\ude00")"), "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80");
  EXPECT_EQ(decoded(R"("\ud83d")"), "none");  // lone high surrogate
  EXPECT_EQ(decoded(R"("\ude00")"), "none");  // lone low surrogate
  EXPECT_EQ(decoded(R"("\ud83d\u0041")"), "none");
  EXPECT_EQ(decoded("\"a\tb\""), "none");          // raw control character
  EXPECT_EQ(decoded("\"\xC0\xAF\""), "none");      // overlong
  EXPECT_EQ(decoded("\"\xED\xA0\x80\""), "none");  // surrogate in UTF-8
  EXPECT_EQ(decoded("\"\xF4\x90\x80\x80\""), "none");
  EXPECT_EQ(decoded("\"\xE2\x82\""), "none");  // cut short
  EXPECT_EQ(decoded(R"("open)"), "none");
  EXPECT_EQ(decoded(R"("\x41")"), "none");
}

TEST(JsonScanner, DepthIsLimitedWithoutRecursion) {
  const std::string deep(1000000, '[');
  EXPECT_FALSE(is_json(deep, 1 << 30));
  const std::string closed = std::string(100, '[') + std::string(100, ']');
  EXPECT_TRUE(is_json(closed, 100));
  EXPECT_FALSE(is_json(closed, 99));
  JsonScanner scan(closed, 0, closed.size());
  bool too_deep = false;
  EXPECT_FALSE(scan.skip_value(99, too_deep));
  EXPECT_TRUE(too_deep);
  EXPECT_EQ(scan.at(), 0U);
}

/// Random text that is JSON or close to it.
std::string random_json(Rng& rng, int depth) {
  const auto space = [&rng] {
    static constexpr std::array<std::string_view, 4> kSpaces = {"", "", " ", "\n\t"};
    return std::string(rng.pick(kSpaces));
  };
  std::string result = space();
  switch (depth <= 0 ? 2 + rng.below(3) : rng.below(5)) {
    case 0: {
      result += "[";
      const std::size_t n = rng.below(4);
      for (std::size_t i = 0; i < n; ++i) result += (i > 0 ? "," : "") + random_json(rng, depth - 1);
      result += space() + "]";
      break;
    }
    case 1: {
      result += "{";
      const std::size_t n = rng.below(4);
      for (std::size_t i = 0; i < n; ++i)
        result += (i > 0 ? "," : "") + space() + "\"k" + std::to_string(i) + "\"" + space() + ":" +
                  random_json(rng, depth - 1);
      result += space() + "}";
      break;
    }
    case 2: {
      static constexpr std::array<std::string_view, 16> kNumbers = {
          "0",    "-0", "1.5", "-2.05e3", "1e-5", "12",  "3E+2", "1e400",
          "0.10", "01", ".5",  "1.",      "-",    "NaN", "+1",   "1e"};
      result += rng.pick(std::span(kNumbers).first(rng.chance(0.9) ? 9 : 16));
      break;
    }
    case 3: {
      static constexpr std::array<std::string_view, 12> kStrings = {
          R"("")",        R"("bed_1")", R"("\u00e9")",          R"("\ud83d\ude00")",
          "\"\xC3\xA9\"", R"("\\\"")",  R"("\ud83d")",          "\"\xC0\x80\"",
          "\"\n\"",       R"("\q")",    "\"\xF0\x9F\x98\x80\"", R"("x)"};
      result += rng.pick(std::span(kStrings).first(rng.chance(0.9) ? 6 : 12));
      break;
    }
    default: {
      static constexpr std::array<std::string_view, 5> kWords = {"true", "false", "null", "True", "nul"};
      result += rng.pick(std::span(kWords).first(rng.chance(0.9) ? 3 : 5));
    }
  }
  return result + space();
}

TEST(JsonScanner, AcceptsExactlyWhatAnotherParserAccepts) {
  const std::uint64_t seed = 4711;
  Rng rng(seed);
  int accepted = 0;
  int rejected = 0;
  for (int trial = 0; trial < 20000; ++trial) {
    std::string text = random_json(rng, 4);
    if (!text.empty() && rng.chance(0.3)) {  // break it at random
      static constexpr std::string_view kBytes = "[]{},:\"\\0e.-x \xFF\x01";
      const std::size_t at = rng.below(text.size());
      if (rng.chance(0.5)) {
        text[at] = kBytes[rng.below(kBytes.size())];
      } else {
        text.erase(at, 1);
      }
    }
    // nlohmann rejects numbers beyond the range of double, the grammar does not: compare where it agrees.
    const bool ours = is_json(text, 64);
    bool out_of_range = false;
    bool theirs = true;
    try {
      const auto parsed = nlohmann::json::parse(text);
      EXPECT_FALSE(parsed.is_discarded());
    } catch (const nlohmann::json::out_of_range&) {
      out_of_range = true;
    } catch (const nlohmann::json::parse_error&) {
      theirs = false;
    }
    if (out_of_range) continue;
    ASSERT_EQ(ours, theirs) << "seed " << seed << ", trial " << trial << ": " << text;
    (ours ? accepted : rejected) += 1;
  }
  EXPECT_GT(accepted, 3000);
  EXPECT_GT(rejected, 3000);
}

}  // namespace
}  // namespace metaspatial::reward
