#include "metaspatial/vlm/tokenizer.hpp"

#include <gtest/gtest.h>

#include "metaspatial/base/json.hpp"
#include "metaspatial/base/rng.hpp"
#include "metaspatial/vlm/byte_alphabet.hpp"
#include "metaspatial/vlm/nano_tokenizer.hpp"

namespace metaspatial::vlm {
namespace {

using Ids = std::vector<TokenId>;
using Merges = std::vector<std::pair<std::string, std::string>>;

Json nano_json(const std::vector<std::string>& added, const Merges& merges = {}) {
  return make_nano_tokenizer(added, merges);
}

Tokenizer parse(const Json& json) {
  auto tokenizer = Tokenizer::parse(dump_json(json), "test");
  EXPECT_TRUE(tokenizer) << to_string(tokenizer.error());
  return *tokenizer;
}

Tokenizer nano(const std::vector<std::string>& added, const Merges& merges = {}) {
  return parse(nano_json(added, merges));
}

std::vector<std::string> pieces(const Tokenizer& tokenizer, std::string_view text) {
  std::vector<std::string> out;
  for (const TokenId id : tokenizer.encode(text)) out.emplace_back(tokenizer.token_bytes(id));
  return out;
}

using Pieces = std::vector<std::string>;

std::string error_of(const Json& json) {
  const auto tokenizer = Tokenizer::parse(dump_json(json), "test");
  return tokenizer ? "no error" : to_string(tokenizer.error());
}

// Random text of characters of one to four bytes, spaces and newlines among them.
std::string random_text(Rng& rng, std::size_t characters) {
  static const std::vector<std::string> kCharacters{"a",
                                                    "b",
                                                    "Z",
                                                    "7",
                                                    " ",
                                                    " ",
                                                    "\n",
                                                    "\t",
                                                    "'s",
                                                    "!",
                                                    "\xC3\xA9",
                                                    "e\xCC\x81",
                                                    "\xE4\xB8\xAD",
                                                    "\xF0\x9F\x98\x80",
                                                    "\xC2\xA0",
                                                    "1.25"};
  std::string text;
  for (std::size_t i = 0; i < characters; ++i) text += rng.pick(kCharacters);
  return text;
}

TEST(ByteAlphabet, HasGpt2sCharacters) {
  EXPECT_EQ(to_byte_alphabet(" a\n"),
            "\xC4\xA0"
            "a\xC4\x8A");                           // U+0120, a, U+010A
  EXPECT_EQ(to_byte_alphabet("\xFF"), "\xC3\xBF");  // U+00FF stands for itself
  EXPECT_EQ(to_byte_alphabet("\xAD"), "\xC5\x83");  // the last of the hidden ones: U+0143
  EXPECT_EQ(from_byte_alphabet(" "), std::nullopt);
  for (int byte = 0; byte < 256; ++byte) {
    const std::string one(1, static_cast<char>(byte));
    EXPECT_EQ(from_byte_alphabet(to_byte_alphabet(one)), one);
  }
}

TEST(NanoTokenizer, NumbersBytesThenMergesThenSpecialsThenAdded) {
  const auto tokenizer = nano({"<object>", "0.05"}, {{"t", "h"}});
  EXPECT_EQ(tokenizer.find("!"), 0);    // GPT-2's order begins with "!"
  EXPECT_EQ(tokenizer.find(" "), 220);  // 188 visible bytes, then 0..32
  EXPECT_EQ(tokenizer.find("th"), 256);
  EXPECT_EQ(tokenizer.find("<|endoftext|>"), 257);
  EXPECT_EQ(tokenizer.find("<|image_pad|>"), 262);
  EXPECT_EQ(tokenizer.find("<object>"), 263);
  EXPECT_EQ(tokenizer.find("0.05"), 264);
  EXPECT_EQ(tokenizer.find("thing"), std::nullopt);
  EXPECT_EQ(tokenizer.vocab_size(), 265);
  EXPECT_EQ(tokenizer.encode("<object>0.05"), (Ids{263, 264}));
  EXPECT_EQ(tokenizer.decode(Ids{258, 263}), "<|im_start|><object>");
  EXPECT_EQ(tokenizer.decode(Ids{258, 263}, true), "<object>");  // added, but not special
}

TEST(NanoTokenizer, AddedTokenThatIsAByteKeepsItsId) {
  const auto tokenizer = nano({",", "0.05"});
  EXPECT_EQ(tokenizer.vocab_size(), 256 + 6 + 1);
  EXPECT_EQ(pieces(tokenizer, "0.05,"), (Pieces{"0.05", ","}));
}

TEST(NanoTokenizer, ChatTemplateIsText) {
  EXPECT_TRUE(make_nano_tokenizer_config()["chat_template"].is_string());
}

TEST(Tokenizer, AddedTokensAreLeftmostLongest) {
  const auto tokenizer = nano({"1.2", "1.25", "12.25", "2.5"});
  EXPECT_EQ(pieces(tokenizer, "1.25"), (Pieces{"1.25"}));
  EXPECT_EQ(pieces(tokenizer, "1.2"), (Pieces{"1.2"}));
  // Leftmost before longest, then the rest as it comes.
  EXPECT_EQ(pieces(tokenizer, "12.255"), (Pieces{"12.25", "5"}));
  EXPECT_EQ(pieces(tokenizer, "12.5"), (Pieces{"1", "2.5"}));
  EXPECT_EQ(pieces(tokenizer, "1.2.5"), (Pieces{"1.2", ".", "5"}));
  EXPECT_EQ(pieces(tokenizer, "x1.251.2"), (Pieces{"x", "1.25", "1.2"}));
  // A longer token that fails late falls back to the shorter one inside it.
  EXPECT_EQ(pieces(nano({"ab", "abcde"}), "abcdabcde"), (Pieces{"ab", "c", "d", "abcde"}));
}

TEST(Tokenizer, MergesByRankNotByLength) {
  // Ranks: l+l, h+e, he+ll, hell+o.
  const auto tokenizer = nano({}, {{"l", "l"}, {"h", "e"}, {"he", "ll"}, {"hell", "o"}});
  EXPECT_EQ(pieces(tokenizer, "hello"), (Pieces{"hello"}));
  EXPECT_EQ(pieces(tokenizer, "helllo"), (Pieces{"hell", "l", "o"}));  // of "lll" the left pair merges
  // b+c before a+b: "abc" becomes a, bc although "ab" would come first from the left.
  EXPECT_EQ(pieces(nano({}, {{"b", "c"}, {"a", "b"}}), "abc"), (Pieces{"a", "bc"}));
  // A token that no order of merging reaches is never produced: c+d takes the c that "abc" would need.
  EXPECT_EQ(pieces(nano({}, {{"c", "d"}, {"a", "b"}, {"ab", "c"}, {"abc", "d"}}), "abcd"),
            (Pieces{"ab", "cd"}));
}

TEST(Tokenizer, MergesDoNotCrossPreTokens) {
  const auto tokenizer = nano({}, {{"a", " "}, {" ", "a"}, {"1", "2"}});
  EXPECT_EQ(pieces(tokenizer, "a a"), (Pieces{"a", " a"}));
  EXPECT_EQ(pieces(tokenizer, "12"), (Pieces{"1", "2"}));  // Qwen's pattern takes digits one by one
}

// Repeated "lowest rank, leftmost" by search: the definition.
Ids merge_slowly(const Tokenizer& tokenizer, const Merges& merges, std::string_view word) {
  Pieces parts;
  for (const char c : word) parts.emplace_back(1, c);
  for (bool merged = true; merged;) {
    merged = false;
    for (const auto& [left, right] : merges) {
      for (std::size_t i = 0; i + 1 < parts.size() && !merged; ++i) {
        if (parts[i] != left || parts[i + 1] != right) continue;
        parts[i] += right;
        parts.erase(parts.begin() + static_cast<std::ptrdiff_t>(i) + 1);
        merged = true;
      }
      if (merged) break;
    }
  }
  Ids ids;
  for (const auto& part : parts) ids.push_back(*tokenizer.find(part));
  return ids;
}

TEST(Tokenizer, ShortAndLongWordsMergeAsTheDefinitionSays) {
  const Merges merges{{"a", "b"},  {"b", "a"},   {"a", "a"},   {"ab", "a"},
                      {"aa", "b"}, {"ab", "ab"}, {"aba", "b"}, {"abab", "abab"}};
  // "ab"+"ab" and "aba"+"b" are one token: keep the first.
  Merges used(merges);
  used.erase(used.begin() + 6);
  const auto tokenizer = nano({}, used);
  Rng rng(7);
  for (int round = 0; round < 300; ++round) {
    std::string word;
    const std::size_t length = 1 + rng.below(round % 3 == 0 ? 200 : 40);
    for (std::size_t i = 0; i < length; ++i) word += rng.chance(0.6) ? 'a' : 'b';
    EXPECT_EQ(tokenizer.encode(word), merge_slowly(tokenizer, used, word)) << word;
  }
}

TEST(Tokenizer, RoundTripsEveryValidTextWithoutANormaliser) {
  Json json = nano_json({"1.25", "bed", "\xE4\xB8\xAD"}, {{"a", "b"}});
  json["normalizer"] = nullptr;
  const auto tokenizer = parse(json);
  Rng rng(11);
  for (int round = 0; round < 300; ++round) {
    const auto text = random_text(rng, rng.below(60));
    EXPECT_EQ(tokenizer.decode(tokenizer.encode(text)), text);
  }
  std::string all;
  for (char c = 0; c < 127; ++c) all.push_back(c);
  EXPECT_EQ(tokenizer.decode(tokenizer.encode(all)), all);
  EXPECT_TRUE(tokenizer.encode("").empty());
}

TEST(Tokenizer, ReplacesInvalidUtf8) {
  const auto tokenizer = nano({});
  const auto decoded = [&](std::string_view text) { return tokenizer.decode(tokenizer.encode(text)); };
  const std::string bad = "\xEF\xBF\xBD";
  EXPECT_EQ(decoded("a\xFFz"), "a" + bad + "z");
  EXPECT_EQ(decoded("\xC3"), bad);                                // cut off
  EXPECT_EQ(decoded("\xE4\xB8z"), bad + "z");                     // two bytes of three: one replacement
  EXPECT_EQ(decoded("\xC0\xAF"), bad + bad);                      // overlong
  EXPECT_EQ(decoded("\xED\xA0\x80"), bad + bad + bad);            // a surrogate
  EXPECT_EQ(decoded("\xF4\x90\x80\x80"), bad + bad + bad + bad);  // above U+10FFFF
  Rng rng(3);
  for (int round = 0; round < 200; ++round) {
    std::string text;
    for (std::size_t i = rng.below(100); i > 0; --i) text.push_back(static_cast<char>(rng.below(256)));
    const auto once = decoded(text);
    EXPECT_EQ(decoded(once), once);
  }
}

TEST(Tokenizer, NormalisesToNfcWhereNamed) {
  Json json = nano_json({"caf\xC3\xA9"});
  json["normalizer"] = nullptr;
  EXPECT_EQ(parse(json).decode(parse(json).encode("e\xCC\x81")), "e\xCC\x81");
  json["normalizer"] = {{"type", "NFC"}};
  const auto tokenizer = parse(json);
  EXPECT_EQ(tokenizer.decode(tokenizer.encode("e\xCC\x81")), "\xC3\xA9");
  // A token that is matched in the raw text does not see its decomposed spelling; one matched in the
  // normalised text does.
  EXPECT_GT(tokenizer.encode("cafe\xCC\x81").size(), 1U);
  json["added_tokens"][6]["normalized"] = true;
  EXPECT_EQ(parse(json).encode("cafe\xCC\x81").size(), 1U);
}

// The pre-tokenizer's classes and NFC are those of the tokenizers library, whatever Unicode our libraries
// know.
TEST(Tokenizer, ClassesAreThoseOfTheTokenizersLibrary) {
  // "\xE1\xA0\x8E" is U+180E: no space, so one piece with "!" before it.
  const auto piece = nano({}, {{"!", "\xE1"}, {"\xA0", "\x8E"}});
  EXPECT_EQ(piece.encode("!\xE1\xA0\x8E").size(), 2U);
  // U+1D2C0, a number since Unicode 15, is a piece of its own: nothing merges with "!" before it.
  const auto number = nano({}, {{"!", "\xF0"}});
  EXPECT_EQ(number.encode("!\xF0\x9D\x8B\x80").size(), 5U);
  // U+1E030, a letter since Unicode 15, ends a piece of punctuation: the "!" before it merges with nothing.
  EXPECT_EQ(number.encode("!!\xF0\x9E\x80\xB0").size(), 6U);
}

TEST(Tokenizer, NfcIsThatOfUnicode9) {
  const auto tokenizer = nano({});
  const auto normalised = [&](const char* text) { return tokenizer.decode(tokenizer.encode(text)); };
  // U+0323 goes before U+0301, and composes with the a: U+1EA1 U+0301.
  EXPECT_EQ(normalised("a\xCC\x81\xCC\xA3"), "\xE1\xBA\xA1\xCC\x81");
  // U+08D3 (Unicode 11) has the class of U+0323, but nothing goes past it, it itself goes nowhere, and what
  // follows it does not reach the a.
  EXPECT_EQ(normalised("a\xCC\xB4\xE0\xA3\x93\xCC\xB4"), "a\xCC\xB4\xE0\xA3\x93\xCC\xB4");
  EXPECT_EQ(normalised("a\xE0\xA3\x93\xCC\x81"), "a\xE0\xA3\x93\xCC\x81");
}

TEST(Tokenizer, ReadsMergesAsPairsAndByteLevelAlone) {
  Json json = nano_json({}, {{" ", "a"}, {"1", "2"}});
  json["model"]["merges"] = Json::array({Json::array({"\xC4\xA0", "a"}), Json::array({"1", "2"})});
  json["pre_tokenizer"] = {{"type", "ByteLevel"}, {"add_prefix_space", false}, {"trim_offsets", true}};
  // GPT-2's pattern keeps a number together.
  EXPECT_EQ(pieces(parse(json), "a a12"), (Pieces{"a", " a", "12"}));
}

TEST(Tokenizer, IgnoresMergesForWholeWordsWhereTold) {
  // c+d comes first, so merging alone gives ab, cd.
  Json json = nano_json({}, {{"c", "d"}, {"a", "b"}, {"ab", "c"}, {"abc", "d"}});
  EXPECT_EQ(pieces(parse(json), "abcd"), (Pieces{"ab", "cd"}));
  json["model"]["ignore_merges"] = true;
  EXPECT_EQ(pieces(parse(json), "abcd"), (Pieces{"abcd"}));
}

TEST(Tokenizer, RefusesWhatIsNotBuiltAndNamesTheKey) {
  const Json good = nano_json({"x1"}, {{"a", "b"}});
  const auto with = [&](const char* pointer, const Json& value) {
    Json changed = good;
    changed[Json::json_pointer(pointer)] = value;
    return error_of(changed);
  };
  EXPECT_EQ(error_of(good), "no error");
  EXPECT_NE(with("/model/type", "Unigram").find("model.type"), std::string::npos);
  EXPECT_NE(with("/model/dropout", 0.1).find("model.dropout"), std::string::npos);
  EXPECT_NE(with("/model/byte_fallback", true).find("byte_fallback"), std::string::npos);
  EXPECT_NE(with("/model/vocab/ab", -1).find("model.vocab"), std::string::npos);
  EXPECT_NE(with("/model/vocab/ab", 3000000000U).find("model.vocab"), std::string::npos);
  EXPECT_NE(with("/model/vocab/ab", 5).find("model.vocab"), std::string::npos);  // taken
  EXPECT_NE(with("/model/vocab", Json::object()).find("every byte"), std::string::npos);
  EXPECT_NE(with("/model/merges/0", "a q q").find("model.merges"), std::string::npos);
  EXPECT_NE(with("/model/merges/0", "a z").find("model.merges"), std::string::npos);
  EXPECT_NE(with("/normalizer", {{"type", "NFKC"}}).find("normalizer"), std::string::npos);
  EXPECT_NE(with("/pre_tokenizer", nullptr).find("pre_tokenizer"), std::string::npos);
  EXPECT_NE(with("/pre_tokenizer/pretokenizers/0/behavior", "Removed").find("Isolated"), std::string::npos);
  EXPECT_NE(with("/pre_tokenizer/pretokenizers/0/pattern/Regex", "(").find("does not compile"),
            std::string::npos);
  EXPECT_NE(with("/pre_tokenizer/pretokenizers/1/add_prefix_space", true).find("add_prefix_space"),
            std::string::npos);
  EXPECT_NE(with("/added_tokens/6/lstrip", true).find("added_tokens[6].lstrip"), std::string::npos);
  EXPECT_NE(with("/added_tokens/6/content", "").find("added_tokens[6].content"), std::string::npos);
  EXPECT_NE(with("/added_tokens/6/id", 3).find("added_tokens[6]"), std::string::npos);
  EXPECT_NE(with("/post_processor", {{"type", "BertProcessing"}}).find("post_processor"), std::string::npos);
  EXPECT_NE(with("/post_processor", {{"type", "TemplateProcessing"},
                                     {"single",
                                      {{{"SpecialToken", {{"id", "<s>"}, {"type_id", 0}}}},
                                       {{"Sequence", {{"id", "A"}, {"type_id", 0}}}}}}})
                .find("post_processor"),
            std::string::npos);
  EXPECT_EQ(
      with("/post_processor", {{"type", "TemplateProcessing"},
                               {"single", Json::array({{{"Sequence", {{"id", "A"}, {"type_id", 0}}}}})}}),
      "no error");
  EXPECT_FALSE(Tokenizer::parse("", "test"));
  EXPECT_FALSE(Tokenizer::parse("[]", "test"));
  EXPECT_FALSE(Tokenizer::parse("{\"model\":", "test"));
  EXPECT_FALSE(Tokenizer::parse(std::string(100000, '['), "test"));
  const auto missing = Tokenizer::load("/nonexistent/tokenizer.json");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::NotFound);
}

TEST(Tokenizer, UnknownIdsAddNothing) {
  const auto tokenizer = nano({});
  EXPECT_EQ(tokenizer.decode(Ids{-1, 0, 1 << 30}), "!");
  EXPECT_EQ(tokenizer.token_bytes(-5), "");
  EXPECT_EQ(tokenizer.token_bytes(tokenizer.vocab_size()), "");
  // Ids need not be without gaps; a gap has no bytes.
  Json json = nano_json({"x1"});
  json["added_tokens"][6]["id"] = 1000;
  const auto sparse = parse(json);
  EXPECT_EQ(sparse.vocab_size(), 1001);
  EXPECT_EQ(sparse.decode(Ids{999, 1000}), "x1");
}

TEST(Tokenizer, LongHostileTextsEndSoon) {
  const auto tokenizer = nano({"1.25"}, {{"a", "a"}, {"aa", "aa"}, {" ", " "}});
  for (const char c : {'a', ' ', '\n', '!', '1'}) {
    const std::string text(200000, c);
    EXPECT_EQ(tokenizer.decode(tokenizer.encode(text)), text);
  }
  // A pattern that backtracks without end gives up and loses no byte.
  Json json = nano_json({});
  json["pre_tokenizer"]["pretokenizers"][0]["pattern"]["Regex"] = "(a+)+$";
  const auto slow = parse(json);
  const std::string trap = std::string(40, 'a') + "!";
  EXPECT_EQ(slow.decode(slow.encode(trap)), trap);
}

TEST(Tokenizer, FlippedBytesNeverCrash) {
  const std::string good = dump_json(nano_json({"1.25", "bed"}, {{"a", "b"}, {"ab", "c"}}));
  Rng rng(17);
  int read = 0;
  for (int round = 0; round < 400; ++round) {
    std::string text = good;
    for (std::size_t flips = 1 + rng.below(4); flips > 0; --flips)
      text[rng.below(text.size())] = static_cast<char>(rng.below(256));
    if (round % 5 == 0) text.resize(rng.below(text.size()));
    const auto tokenizer = Tokenizer::parse(text, "test");
    if (!tokenizer) {
      EXPECT_FALSE(tokenizer.error().message.empty());
      continue;
    }
    ++read;
    (void)tokenizer->decode(tokenizer->encode("a bed at 1.25, abc"));
  }
  EXPECT_GT(read, 0);
}

}  // namespace
}  // namespace metaspatial::vlm
