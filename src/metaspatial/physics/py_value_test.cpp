#include "metaspatial/physics/py_value.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

#include "metaspatial/base/rng.hpp"

namespace metaspatial::physics::reference {
namespace {

PyValue parsed(std::string_view text) {
  PyResult<PyValue> value = parse_py_json(text);
  EXPECT_TRUE(value) << text << ": " << (value ? "" : value.error().message);
  return value ? *value : PyValue();
}
std::string error_of(std::string_view text) {
  const PyResult<PyValue> value = parse_py_json(text);
  return value ? "none" : std::string(name(value.error().kind));
}
template <typename Operation>
std::string raised(Operation operation) {
  try {
    operation();
  } catch (const PyError& error) {
    return std::string(name(error.kind));
  }
  return "none";
}
Integer power_of_two(int exponent) {
  Integer result(1);
  for (int i = 0; i < exponent; ++i) result = result + result;
  return result;
}

TEST(Integer, DecimalTextSurvives) {
  const std::string digits = "123456789012345678901234567890123456789000000000000000000000000001";
  EXPECT_EQ(Integer::from_decimal(digits, true).to_string(), "-" + digits);
  EXPECT_EQ(Integer::from_decimal("000", true).to_string(), "0");
  EXPECT_EQ(Integer(std::numeric_limits<std::int64_t>::min()).to_string(), "-9223372036854775808");
  EXPECT_EQ(power_of_two(128).to_string(), "340282366920938463463374607431768211456");
}

TEST(Integer, ArithmeticMatchesSmallIntegers) {
  Rng rng(7);
  for (int i = 0; i < 2000; ++i) {
    const auto a = static_cast<std::int64_t>(rng.next()) >> (32 + rng.below(31));
    const auto b = static_cast<std::int64_t>(rng.next()) >> (32 + rng.below(31));
    EXPECT_EQ(Integer(a) + Integer(b), Integer(a + b));
    EXPECT_EQ(Integer(a) - Integer(b), Integer(a - b));
    EXPECT_EQ(Integer(a) * Integer(b), Integer(a * b));
    EXPECT_EQ(Integer(a) <=> Integer(b), a <=> b);
    // Both are exact in a double, so the quotient of doubles is the rounded true quotient.
    if (b == 0) continue;
    EXPECT_EQ(*Integer::divide(Integer(a), Integer(b)), static_cast<double>(a) / static_cast<double>(b));
  }
}

TEST(Integer, ConversionRoundsOnceTiesToEven) {
  const Integer base = power_of_two(53);
  EXPECT_EQ(*(base + Integer(1)).to_double(), 0x1p53);        // a tie, down to even
  EXPECT_EQ(*(base + Integer(3)).to_double(), 0x1p53 + 4);    // a tie, up to even
  const Integer big = power_of_two(200) + power_of_two(147);  // a tie; the sticky bit below decides
  EXPECT_EQ(*big.to_double(), 0x1p200);
  EXPECT_EQ(*(big + Integer(1)).to_double(), 0x1p200 + 0x1p148);
  EXPECT_EQ(*(power_of_two(1024) - power_of_two(970)).to_double() > 0, true);
  EXPECT_FALSE(power_of_two(1024).to_double());
  // The quotient may fit where the dividend does not.
  EXPECT_EQ(*Integer::divide(power_of_two(1024), Integer(2)), 0x1p1023);
  EXPECT_FALSE(Integer::divide(power_of_two(1025), Integer(2)));
  EXPECT_EQ(*Integer::divide(power_of_two(5000), power_of_two(4999) * Integer(3)), 2.0 / 3.0);
}

TEST(Integer, ComparesExactlyWithDoubles) {
  EXPECT_TRUE((power_of_two(53) + Integer(1)).compare(0x1p53) > 0);
  EXPECT_TRUE(Integer(3).compare(3.5) < 0);
  EXPECT_TRUE(Integer(-3).compare(-3.5) > 0);
  EXPECT_TRUE(power_of_two(2000).compare(std::numeric_limits<double>::infinity()) < 0);
  EXPECT_TRUE(Integer(0).compare(std::nan("")) == std::partial_ordering::unordered);
  EXPECT_EQ(Integer::truncated(-1e22).to_string(), "-10000000000000000000000");
  EXPECT_EQ(Integer::truncated(7.99).to_string(), "7");
}

TEST(PyJson, TakesWhatPythonTakes) {
  EXPECT_TRUE(is_nan(parsed("NaN")));
  EXPECT_EQ(*parsed("-Infinity").as<double>(), -std::numeric_limits<double>::infinity());
  EXPECT_EQ(*parsed("1e400").as<double>(), std::numeric_limits<double>::infinity());
  EXPECT_EQ(*parsed("-1e-400").as<double>(), 0.0);
  EXPECT_EQ(*parsed("1e99999999999999999999").as<double>(), std::numeric_limits<double>::infinity());
  EXPECT_EQ(*parsed("0e99999999999").as<double>(), 0.0);
  EXPECT_EQ(parsed("-0").as<Integer>()->to_string(), "0");
  EXPECT_EQ(*parsed("\"\\ud83d\\ude00\\ud83d\"").as<std::string>(), "\xf0\x9f\x98\x80\xed\xa0\xbd");
  EXPECT_EQ(parsed(std::string(4300, '9')).as<Integer>()->to_string(), std::string(4300, '9'));
  EXPECT_EQ(parsed(" [1 , {\"a\":\tnull}\r\n] ").as<PyValue::List>()->size(), 2U);
}

TEST(PyJson, RepeatedKeysKeepTheLastValueAtTheFirstPlace) {
  const PyValue value = parsed(R"({"a": 1, "b": 2, "a": 3, "c": 4, "b": 5})");
  EXPECT_EQ(dump_py_json(value), R"({"a": 3, "b": 5, "c": 4})");
}

TEST(PyJson, RejectsWhatPythonRejects) {
  for (const char* text : {"",
                           "01",
                           "1.",
                           ".5",
                           "+1",
                           "1e",
                           "-",
                           "-NaN",
                           "NaNx",
                           "[1,]",
                           "{\"a\":1,}",
                           "{a:1}",
                           "'a'",
                           "\"\x01\"",
                           "\"\\x41\"",
                           "\"\\u12\"",
                           "\"\\ud83d\\u12\"",
                           "\"a",
                           "[1 2]",
                           "\xef\xbb\xbf[]",
                           "1_0",
                           "[",
                           "{",
                           "nul"}) {
    EXPECT_EQ(error_of(text), "JSONDecodeError") << text;
  }
}

TEST(PyJson, FailsAtTheFirstFault) {
  EXPECT_EQ(error_of(std::string(4301, '1')), "ValueError");
  EXPECT_EQ(error_of("[-" + std::string(4301, '1') + ", oops"), "ValueError");
  EXPECT_EQ(error_of("[oops, " + std::string(4301, '1')), "JSONDecodeError");
  EXPECT_EQ(error_of(std::string(100'000, '[')), "RecursionError");
  std::string objects;
  for (int i = 0; i < 100'000; ++i) objects += "{\"a\":";
  EXPECT_EQ(error_of(objects), "RecursionError");
  EXPECT_EQ(parse_py_json_bytes("\"\xed\xa0\x80\"").error().kind, PyErrorKind::UnicodeDecodeError);
  EXPECT_EQ(parse_py_json_bytes("\"\xc0\xaf\"").error().kind, PyErrorKind::UnicodeDecodeError);
}

TEST(PyJson, RandomBytesNeverCrashAndDumpsReadBack) {
  Rng rng(11);
  const std::string alphabet = "[]{}\",:0123456789.eE+-\\untfalsNaIifiy \x80\xed\xa0";
  for (int i = 0; i < 20'000; ++i) {
    std::string text;
    for (std::size_t k = rng.below(24); k > 0; --k) text.push_back(rng.pick(alphabet));
    const PyResult<PyValue> value = parse_py_json(text);
    if (!value || !is_strict_utf8(text)) continue;
    const std::string dumped = dump_py_json(*value);
    const PyResult<PyValue> again = parse_py_json(dumped);
    ASSERT_TRUE(again) << text << " -> " << dumped;
    EXPECT_EQ(dump_py_json(*again), dumped);
  }
}

TEST(PyValue, BoolsCountAsIntegers) {
  EXPECT_EQ(dump_py_json(PyValue(true) + PyValue(true)), "2");
  EXPECT_EQ(dump_py_json(PyValue(true) / PyValue(2)), "0.5");
  EXPECT_TRUE(equals_number(PyValue(false), 0.0));
}

TEST(PyValue, ArithmeticRaisesAsPython) {
  const PyValue huge = parsed("1" + std::string(400, '0'));
  EXPECT_EQ(raised([&] { (void)(huge + PyValue(1.0)); }), "OverflowError");
  EXPECT_EQ(raised([&] { (void)(huge / PyValue(2)); }), "OverflowError");
  EXPECT_EQ(raised([&] { (void)(huge + PyValue(1)); }), "none");
  EXPECT_EQ(raised([&] { (void)(PyValue("a") / PyValue(2)); }), "TypeError");
  EXPECT_EQ(raised([&] { (void)(PyValue() * PyValue(2.0)); }), "TypeError");
  EXPECT_EQ(raised([&] { (void)less(PyValue(1), PyValue("a")); }), "TypeError");
  EXPECT_EQ(raised([&] { (void)item(PyValue("a"), "x"); }), "TypeError");
  EXPECT_EQ(raised([&] { (void)item(parsed("{}"), "x"); }), "KeyError");
}

TEST(PyValue, MinAndMaxKeepTheFirstBesideNan) {
  const PyValue nan(std::nan(""));
  EXPECT_TRUE(is_nan(max(nan, PyValue(1.0))));
  EXPECT_EQ(*max(PyValue(1.0), nan).as<double>(), 1.0);
  EXPECT_TRUE(is_nan(min(nan, PyValue(1.0))));
}

TEST(PyValue, EqualityKeyIsPythonsEquality) {
  const auto same = [](std::string_view a, std::string_view b) {
    return equality_key(parsed(a)) == equality_key(parsed(b));
  };
  EXPECT_TRUE(same("1", "1.0"));
  EXPECT_TRUE(same("1", "true"));
  EXPECT_TRUE(same("-0.0", "0"));
  EXPECT_TRUE(same("[1, {\"a\": 2, \"b\": 3}]", "[1.0, {\"b\": 3, \"a\": 2.0}]"));
  EXPECT_TRUE(same("[NaN]", "[NaN]"));
  EXPECT_FALSE(same("9007199254740993", "9007199254740992.0"));
  EXPECT_FALSE(same("\"1\"", "1"));
  EXPECT_FALSE(same("null", "0"));
  EXPECT_FALSE(same("[\"a\", \"b\"]", "[\"a,s1:b\"]"));
}

TEST(PyValue, IntReadsTextAsPython) {
  EXPECT_EQ(to_int(PyValue(" +1_0\xc2\xa0")).to_string(), "10");
  EXPECT_EQ(to_int(PyValue("\xd9\xa7")).to_string(), "7");  // Arabic-Indic seven
  EXPECT_EQ(to_int(PyValue(-7.99)).to_string(), "-7");
  for (const char* text : {"", "7.5", "_1", "1__0", "1_", "x", "+", "- 1"}) {
    EXPECT_EQ(raised([&] { (void)to_int(PyValue(text)); }), "ValueError") << text;
  }
  EXPECT_EQ(raised([] { (void)to_int(PyValue(std::nan(""))); }), "ValueError");
  EXPECT_EQ(raised([] { (void)to_int(PyValue(HUGE_VAL)); }), "OverflowError");
  EXPECT_EQ(raised([] { (void)to_int(PyValue()); }), "TypeError");
}

TEST(PyValue, SpaceIsPythons) {
  for (const char* space :
       {"\t", "\v", "\x1c", "\x1f", "\xc2\x85", "\xc2\xa0", "\xe2\x80\xa8", "\xe3\x80\x80"}) {
    EXPECT_EQ(strip(std::string(space) + "a" + space), "a");
  }
  for (const char* other : {"\xe2\x80\x8b", "\xef\xbb\xbf"}) {  // U+200B, U+FEFF
    EXPECT_EQ(leading_space(other), 0U);
  }
  EXPECT_EQ(code_points("a\xc3\xa9\xf0\x9f\x98\x80\xed\xa0\xbd"), 4U);
}

TEST(Dict, SetAndEraseKeepOrder) {
  Dict dict;
  for (const char* key : {"d", "a", "c", "b"}) dict.set(key, PyValue(key));
  dict.erase("a");
  dict.erase("missing");
  dict.set("c", PyValue(1));
  EXPECT_EQ(dump_py_json(PyValue(dict)), R"({"d": "d", "c": 1, "b": "b"})");
  EXPECT_EQ(dict.find("a"), nullptr);
  EXPECT_EQ(*dict.find("b")->as<std::string>(), "b");
}

}  // namespace
}  // namespace metaspatial::physics::reference
