#include "metaspatial/vlm/tokenizer.hpp"

#include <fmt/format.h>
#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <queue>
#include <unordered_map>
#include <utility>

#include "metaspatial/base/files.hpp"
#include "metaspatial/base/json.hpp"
#include "metaspatial/vlm/byte_alphabet.hpp"
#include "metaspatial/vlm/unicode_versions.hpp"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

namespace metaspatial::vlm {

namespace {

// A std::map-based JSON: an insertion-ordered one looks every key up by a walk, which is quadratic in the
// 150,000 entries of a real vocabulary.
using TableJson = nlohmann::json;

constexpr std::size_t kMaxFileBytes = std::size_t{128} << 20;
constexpr int kMaxJsonDepth = 32;
// Four million: 25 times the largest Qwen vocabulary. Bounds the tables that an id indexes.
constexpr std::int64_t kMaxTokenId = (std::int64_t{1} << 22) - 1;
constexpr std::size_t kMaxAddedTokenBytes = 1024;
constexpr std::size_t kMaxAddedTokens = 65536;
// Steps of the regular expression engine on one match; a pattern that needs more is not a pre-tokenizer.
constexpr std::uint32_t kMatchLimit = 50'000'000;
// Words up to here are merged by scanning a small array, longer ones with a heap.
constexpr std::size_t kSmallWord = 48;

/// GPT-2's pattern, which a ByteLevel pre-tokenizer uses when it stands alone.
constexpr std::string_view kGpt2Pattern =
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";

/// Length of the valid UTF-8 sequence at `i`, or 0; `bad` is then how many bytes one U+FFFD stands for (the
/// longest start of a valid sequence, at least one: the practice recommended by Unicode 15, 3.9).
std::size_t utf8_length(std::string_view text, std::size_t i, std::size_t& bad) {
  const auto byte = [&](std::size_t k) { return static_cast<unsigned char>(text[k]); };
  const unsigned char lead = byte(i);
  bad = 1;
  if (lead < 0x80) return 1;
  std::size_t length = 0;
  unsigned char low = 0x80;
  unsigned char high = 0xBF;
  if (lead >= 0xC2 && lead <= 0xDF) {
    length = 2;
  } else if (lead >= 0xE0 && lead <= 0xEF) {
    length = 3;
    if (lead == 0xE0) low = 0xA0;
    if (lead == 0xED) high = 0x9F;
  } else if (lead >= 0xF0 && lead <= 0xF4) {
    length = 4;
    if (lead == 0xF0) low = 0x90;
    if (lead == 0xF4) high = 0x8F;
  } else {
    return 0;
  }
  for (std::size_t k = 1; k < length; ++k) {
    if (i + k >= text.size() || byte(i + k) < low || byte(i + k) > high) {
      bad = k;
      return 0;
    }
    low = 0x80;
    high = 0xBF;
  }
  return length;
}

bool is_valid_utf8(std::string_view text) {
  std::size_t bad = 0;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t n = utf8_length(text, i, bad);
    if (n == 0) return false;
    i += n;
  }
  return true;
}

std::string replace_invalid_utf8(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 16);
  for (std::size_t i = 0; i < text.size();) {
    std::size_t bad = 0;
    if (const std::size_t n = utf8_length(text, i, bad); n != 0) {
      out.append(text.substr(i, n));
      i += n;
    } else {
      out.append("\xEF\xBF\xBD");
      i += bad;
    }
  }
  return out;
}

void append_nfc(std::string_view text, std::string& out) {
  utf8proc_uint8_t* mapped = nullptr;
  const utf8proc_ssize_t n = utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                          static_cast<utf8proc_ssize_t>(text.size()), &mapped,
                                          static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
  if (n >= 0 && mapped != nullptr) {
    out.append(reinterpret_cast<const char*>(mapped), static_cast<std::size_t>(n));
  } else {
    out.append(text);
  }
  std::free(mapped);
}

bool is_young_mark(std::string_view character) {
  if (static_cast<unsigned char>(character.front()) < 0xDF) return false;  // below U+07C0
  utf8proc_int32_t point = 0;
  if (utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(character.data()),
                       static_cast<utf8proc_ssize_t>(character.size()), &point) < 0)
    return false;
  const auto code = static_cast<char32_t>(point);
  const auto* range = std::lower_bound(kYoungMarks.begin(), kYoungMarks.end(), code,
                                       [](const auto& entry, char32_t c) { return entry.second < c; });
  return range != kYoungMarks.end() && range->first <= code;
}

/// NFC of valid UTF-8 by Unicode 9 (see kYoungMarks). Text below U+0300 is its own NFC, so most text is not
/// touched.
std::string nfc(std::string_view text) {
  const bool may_change =
      std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) >= 0xCC; });
  if (!may_change) return std::string(text);
  std::string out;
  std::size_t done = 0;
  std::size_t bad = 0;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = std::max<std::size_t>(1, utf8_length(text, i, bad));
    if (is_young_mark(text.substr(i, length))) {
      if (i > done) append_nfc(text.substr(done, i - done), out);
      out.append(text.substr(i, length));
      done = i + length;
    }
    i += length;
  }
  if (done < text.size()) append_nfc(text.substr(done), out);
  return out;
}

/// A trie over bytes for leftmost-longest matching.
class Trie {
 public:
  void insert(std::string_view text, TokenId id) {
    if (nodes_.empty()) nodes_.emplace_back();
    std::int32_t node = 0;
    for (const char c : text) {
      const auto byte = static_cast<unsigned char>(c);
      std::int32_t& child = child_slot(node, byte);
      if (child == 0) {
        const auto fresh = static_cast<std::int32_t>(nodes_.size());
        child = fresh;  // before emplace_back: it may move the nodes
        nodes_.emplace_back();
        node = fresh;
      } else {
        node = child;
      }
    }
    nodes_[static_cast<std::size_t>(node)].id = id;
    starts_[static_cast<unsigned char>(text.front())] = true;
  }
  [[nodiscard]] bool empty() const { return nodes_.empty(); }
  [[nodiscard]] bool starts(char c) const { return starts_[static_cast<unsigned char>(c)]; }

  /// The longest token at `from`: its id, or -1; `length` is its bytes.
  [[nodiscard]] TokenId longest(std::string_view text, std::size_t from, std::size_t& length) const {
    TokenId found = -1;
    std::int32_t node = 0;
    for (std::size_t i = from; i < text.size(); ++i) {
      const auto& children = nodes_[static_cast<std::size_t>(node)].children;
      const auto byte = static_cast<unsigned char>(text[i]);
      const auto child = std::lower_bound(children.begin(), children.end(), byte,
                                          [](const auto& entry, unsigned char b) { return entry.first < b; });
      if (child == children.end() || child->first != byte) break;
      node = child->second;
      if (const TokenId id = nodes_[static_cast<std::size_t>(node)].id; id >= 0) {
        found = id;
        length = i + 1 - from;
      }
    }
    return found;
  }

 private:
  struct Node {
    std::vector<std::pair<unsigned char, std::int32_t>> children;  // sorted by byte
    TokenId id = -1;
  };
  std::int32_t& child_slot(std::int32_t node, unsigned char byte) {
    auto& children = nodes_[static_cast<std::size_t>(node)].children;
    auto at = std::lower_bound(children.begin(), children.end(), byte,
                               [](const auto& entry, unsigned char b) { return entry.first < b; });
    if (at == children.end() || at->first != byte) at = children.insert(at, {byte, 0});
    return at->second;
  }
  std::vector<Node> nodes_;
  std::array<bool, 256> starts_{};
};

/// (left id, right id) -> (rank, merged id), open addressing: the inner loop of the merging.
class MergeTable {
 public:
  struct Merge {
    std::uint64_t key = kEmpty;
    std::int32_t rank = 0;
    TokenId merged = 0;
  };
  void reserve(std::size_t merges) {
    std::size_t size = 16;
    while (size < merges * 2) size *= 2;
    slots_.assign(size, Merge{});
  }
  /// REQUIRES at most as many different pairs as were reserved.
  void insert(TokenId left, TokenId right, std::int32_t rank, TokenId merged) {
    slots_[slot(key_of(left, right))] = {key_of(left, right), rank, merged};
  }
  [[nodiscard]] const Merge* find(TokenId left, TokenId right) const {
    const Merge& merge = slots_[slot(key_of(left, right))];
    return merge.key == kEmpty ? nullptr : &merge;
  }

 private:
  static constexpr std::uint64_t kEmpty = ~std::uint64_t{0};
  static std::uint64_t key_of(TokenId left, TokenId right) {
    return static_cast<std::uint64_t>(static_cast<std::uint32_t>(left)) << 32 |
           static_cast<std::uint32_t>(right);
  }
  [[nodiscard]] std::size_t slot(std::uint64_t key) const {
    std::uint64_t mixed = key * 0x9E3779B97F4A7C15ULL;
    mixed ^= mixed >> 32;
    std::size_t at = static_cast<std::size_t>(mixed) & (slots_.size() - 1);
    while (slots_[at].key != kEmpty && slots_[at].key != key) at = (at + 1) & (slots_.size() - 1);
    return at;
  }
  std::vector<Merge> slots_;
};

struct PatternDeleter {
  void operator()(pcre2_code* code) const { pcre2_code_free(code); }
};
struct MatchDataDeleter {
  void operator()(pcre2_match_data* data) const { pcre2_match_data_free(data); }
};
struct MatchContextDeleter {
  void operator()(pcre2_match_context* context) const { pcre2_match_context_free(context); }
};
using Pattern = std::unique_ptr<pcre2_code, PatternDeleter>;
using MatchData = std::unique_ptr<pcre2_match_data, MatchDataDeleter>;
using MatchContext = std::unique_ptr<pcre2_match_context, MatchContextDeleter>;

/// The pattern for PCRE2, with the classes that the tokenizers library's engine has: \s and \S are Unicode's
/// White_Space (PCRE2's own also has U+180E, which stopped being a space in Unicode 6.3), \p{L} and \p{N} are
/// those of Unicode 16.
std::string for_pcre2(std::string_view pattern) {
  std::string out;
  bool in_class = false;
  const auto with = [&](std::string_view property, std::string_view young) {
    out += fmt::format("{}{}{}{}", in_class ? "" : "[", property, young, in_class ? "" : "]");
  };
  for (std::size_t i = 0; i < pattern.size();) {
    const std::string_view rest = pattern.substr(i);
    std::size_t length = rest.front() == '\\' && rest.size() > 1 ? 2 : 1;
    if (rest.starts_with("\\s")) {
      out += "\\p{White_Space}";
    } else if (rest.starts_with("\\S")) {
      out += "\\P{White_Space}";
    } else if (rest.starts_with("\\p{L}")) {
      length = 5;
      with("\\p{L}", kYoungLetters);
    } else if (rest.starts_with("\\p{N}")) {
      length = 5;
      with("\\p{N}", kYoungNumbers);
    } else {
      if (rest.front() == '[') in_class = true;
      if (rest.front() == ']') in_class = false;
      out += rest.substr(0, length);
    }
    i += length;
  }
  return out;
}

Result<Pattern> compile_pattern(std::string_view written, std::string_view where) {
  const std::string pattern = for_pcre2(written);
  int code = 0;
  PCRE2_SIZE offset = 0;
  // UCP: \d, \w by Unicode properties, as in the engine that these patterns were written for. \C could
  // cut a character in two.
  Pattern compiled(pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern.data()), pattern.size(),
                                 PCRE2_UTF | PCRE2_UCP | PCRE2_NEVER_BACKSLASH_C, &code, &offset, nullptr));
  if (!compiled) {
    std::array<PCRE2_UCHAR, 160> text{};
    pcre2_get_error_message(code, text.data(), text.size());
    return invalid(fmt::format("key 'pre_tokenizer': the pattern does not compile at byte {}: {}", offset,
                               reinterpret_cast<const char*>(text.data())),
                   std::string(where));
  }
  // Without JIT (no executable memory allowed) the interpreter gives the same matches.
  (void)pcre2_jit_compile(compiled.get(), PCRE2_JIT_COMPLETE);
  return compiled;
}

}  // namespace

struct Tokenizer::Tables {
  std::vector<std::string> bytes;                       // by id
  std::vector<bool> special;                            // by id
  std::unordered_map<std::string_view, TokenId> ids;    // into `bytes`
  std::unordered_map<std::string_view, TokenId> words;  // what merging turns into one token: a shortcut
  std::array<TokenId, 256> byte_ids{};
  MergeTable merges;
  Trie raw_tokens;         // added tokens that are matched before the normaliser
  Trie normalized_tokens;  // and those matched after it
  bool nfc = false;
  std::vector<Pattern> patterns;  // each cuts the pieces of the one before

  // Merges the bytes of one word; the lowest rank first, of equal ranks the leftmost.
  void merge_small(std::string_view word, std::vector<TokenId>& out) const {
    std::array<TokenId, kSmallWord> parts{};
    std::array<std::int32_t, kSmallWord> ranks{};  // of (parts[i], parts[i + 1])
    constexpr std::int32_t kNone = std::numeric_limits<std::int32_t>::max();
    std::size_t n = word.size();
    const auto rank_at = [&](std::size_t i) {
      const auto* merge = i + 1 < n ? merges.find(parts[i], parts[i + 1]) : nullptr;
      return merge == nullptr ? kNone : merge->rank;
    };
    for (std::size_t i = 0; i < n; ++i) parts[i] = byte_ids[static_cast<unsigned char>(word[i])];
    for (std::size_t i = 0; i < n; ++i) ranks[i] = rank_at(i);
    while (n > 1) {
      const auto best = static_cast<std::size_t>(
          std::min_element(ranks.begin(), ranks.begin() + static_cast<std::ptrdiff_t>(n)) - ranks.begin());
      if (ranks[best] == kNone) break;
      parts[best] = merges.find(parts[best], parts[best + 1])->merged;
      for (std::size_t i = best + 1; i + 1 < n; ++i) {
        parts[i] = parts[i + 1];
        ranks[i] = ranks[i + 1];
      }
      --n;
      ranks[best] = rank_at(best);
      if (best > 0) ranks[best - 1] = rank_at(best - 1);
    }
    out.insert(out.end(), parts.begin(), parts.begin() + static_cast<std::ptrdiff_t>(n));
  }

  void merge_large(std::string_view word, std::vector<TokenId>& out) const {
    struct Part {
      TokenId id;
      std::int64_t previous;
      std::int64_t next;
      bool dead = false;
    };
    struct Candidate {
      std::int32_t rank;
      std::int64_t left;
      TokenId left_id;
      TokenId right_id;
      bool operator<(const Candidate& other) const {  // the queue's top is the smallest (rank, left)
        return rank != other.rank ? rank > other.rank : left > other.left;
      }
    };
    const auto n = static_cast<std::int64_t>(word.size());
    std::vector<Part> parts(word.size());
    std::priority_queue<Candidate> queue;
    const auto at = [&](std::int64_t i) -> Part& { return parts[static_cast<std::size_t>(i)]; };
    const auto offer = [&](std::int64_t left) {
      if (left < 0 || at(left).next >= n) return;
      const TokenId left_id = at(left).id;
      const TokenId right_id = at(at(left).next).id;
      if (const auto* merge = merges.find(left_id, right_id))
        queue.push({merge->rank, left, left_id, right_id});
    };
    for (std::int64_t i = 0; i < n; ++i)
      at(i) = {byte_ids[static_cast<unsigned char>(word[static_cast<std::size_t>(i)])], i - 1, i + 1};
    for (std::int64_t i = 0; i < n; ++i) offer(i);
    while (!queue.empty()) {
      const Candidate best = queue.top();
      queue.pop();
      Part& left = at(best.left);
      // Stale: one of the two was merged away or into something else since.
      if (left.dead || left.next >= n || left.id != best.left_id || at(left.next).id != best.right_id)
        continue;
      left.id = merges.find(best.left_id, best.right_id)->merged;
      Part& right = at(left.next);
      right.dead = true;
      left.next = right.next;
      if (left.next < n) at(left.next).previous = best.left;
      offer(best.left);
      offer(left.previous);
    }
    for (std::int64_t i = 0; i < n; i = at(i).next) out.push_back(at(i).id);
  }

  void encode_word(std::string_view word, std::vector<TokenId>& out) const {
    if (word.empty()) return;
    if (const auto found = words.find(word); found != words.end()) {
      out.push_back(found->second);
    } else if (word.size() <= kSmallWord) {
      merge_small(word, out);
    } else {
      merge_large(word, out);
    }
  }

  struct Matcher {
    MatchData data;
    MatchContext context;
  };

  // Cuts `piece` by pattern `level` and what lies between its matches, and so on down the patterns.
  void encode_piece(std::string_view piece, std::size_t level, const Matcher& matcher,
                    std::vector<TokenId>& out) const {
    if (piece.empty()) return;
    if (level == patterns.size()) return encode_word(piece, out);
    const auto* subject = reinterpret_cast<PCRE2_SPTR>(piece.data());
    std::size_t done = 0;
    while (done < piece.size()) {
      constexpr std::uint32_t kOptions = PCRE2_NO_UTF_CHECK | PCRE2_NOTEMPTY;
      int count = pcre2_match(patterns[level].get(), subject, piece.size(), done, kOptions,
                              matcher.data.get(), matcher.context.get());
      if (count == PCRE2_ERROR_JIT_STACKLIMIT) {
        count = pcre2_match(patterns[level].get(), subject, piece.size(), done, kOptions | PCRE2_NO_JIT,
                            matcher.data.get(), matcher.context.get());
      }
      // No more matches, or a pattern that gave up: the rest is one piece, still losing no byte.
      if (count < 0) break;
      const PCRE2_SIZE* ends = pcre2_get_ovector_pointer(matcher.data.get());
      const std::size_t from = ends[0];
      const std::size_t to = ends[1];
      if (from < done || to <= from || to > piece.size()) break;  // \K can move the start of a match
      const std::string_view gap = piece.substr(done, from - done);
      const std::string_view match = piece.substr(from, to - from);
      // The next level shares the match data; the ends were copied out above.
      encode_piece(gap, level + 1, matcher, out);
      encode_piece(match, level + 1, matcher, out);
      done = to;
    }
    encode_piece(piece.substr(done), level + 1, matcher, out);
  }

  template <typename Between>
  static void split_tokens(const Trie& trie, std::string_view text, std::vector<TokenId>& out,
                           const Between& between) {
    std::size_t done = 0;
    if (!trie.empty()) {
      for (std::size_t i = 0; i < text.size();) {
        std::size_t length = 0;
        const TokenId id = trie.starts(text[i]) ? trie.longest(text, i, length) : -1;
        if (id < 0) {
          ++i;
          continue;
        }
        if (i > done) between(text.substr(done, i - done));
        out.push_back(id);
        i += length;
        done = i;
      }
    }
    if (done < text.size()) between(text.substr(done));
  }

  void encode(std::string_view text, std::vector<TokenId>& out) const {
    const Matcher matcher{MatchData(pcre2_match_data_create(64, nullptr)),
                          MatchContext(pcre2_match_context_create(nullptr))};
    METASPATIAL_CHECK(matcher.data && matcher.context, "no memory for a regular expression's match");
    pcre2_set_match_limit(matcher.context.get(), kMatchLimit);
    split_tokens(raw_tokens, text, out, [&](std::string_view raw) {
      std::string changed;
      if (nfc) {
        changed = vlm::nfc(raw);
        raw = changed;
      }
      split_tokens(normalized_tokens, raw, out,
                   [&](std::string_view piece) { encode_piece(piece, 0, matcher, out); });
    });
  }

  Result<void> add_vocabulary(const TableJson& vocab, std::string_view where);
  Result<void> add_merges(const TableJson& merge_list, std::string_view where);
  Result<void> add_added_tokens(const TableJson& tokens, std::string_view where);
  Result<void> add_pre_tokenizer(const TableJson& json, std::string_view where);
  void index_words(bool ignore_merges);

 private:
  std::vector<bool> used_;      // by id
  std::vector<bool> is_bytes_;  // by id: a vocabulary entry written in the byte alphabet
  // While reading: tokens as the file writes them, borrowed from its JSON.
  std::unordered_map<std::string_view, TokenId> written_;
};

namespace {

tl::unexpected<Error> bad_key(std::string_view key, std::string_view expected, std::string_view where) {
  return invalid(fmt::format("key '{}': expected {}", key, expected), std::string(where));
}

const TableJson* member(const TableJson& object, const char* key) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(key);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

/// A boolean member, or the default where it is absent or null; nothing if it is something else.
std::optional<bool> flag(const TableJson& object, const char* key, bool otherwise) {
  const TableJson* value = member(object, key);
  if (value == nullptr) return otherwise;
  if (!value->is_boolean()) return std::nullopt;
  return value->get<bool>();
}

std::string_view type_of(const TableJson& object) {
  const TableJson* type = member(object, "type");
  return type != nullptr && type->is_string() ? std::string_view(type->get_ref<const std::string&>())
                                              : std::string_view();
}

std::optional<TokenId> token_id(const TableJson& value) {
  if (!value.is_number_integer()) return std::nullopt;
  if (value.is_number_unsigned() && value.get<std::uint64_t>() > static_cast<std::uint64_t>(kMaxTokenId))
    return std::nullopt;
  const auto id = value.get<std::int64_t>();
  if (id < 0 || id > kMaxTokenId) return std::nullopt;
  return static_cast<TokenId>(id);
}

/// A name from a file, short enough for an error line.
std::string shown(std::string_view text) {
  std::string out = "'";
  for (const char c : text.substr(0, 40)) out.push_back(static_cast<unsigned char>(c) < 0x20 ? '?' : c);
  out += text.size() > 40 ? "...'" : "'";
  return replace_invalid_utf8(out);
}

Result<TableJson> parse_tables(std::string_view text, std::string_view where) {
  if (text.size() > kMaxFileBytes)
    return invalid(fmt::format("is {} bytes of JSON; the limit is {}", text.size(), kMaxFileBytes),
                   std::string(where));
  if (json_depth(text) > kMaxJsonDepth)
    return invalid(fmt::format("JSON is nested deeper than {} levels", kMaxJsonDepth), std::string(where));
  try {
    return TableJson::parse(text);
  } catch (const TableJson::parse_error& error) {
    return invalid(fmt::format("not valid JSON at byte {}", error.byte), std::string(where));
  } catch (const TableJson::exception& error) {
    return invalid(fmt::format("not valid JSON: {}", error.what()), std::string(where));
  }
}

/// Whether the only normaliser is NFC (true) or there is none (false); nothing for any other.
std::optional<bool> reads_as_nfc(const TableJson* normalizer) {
  if (normalizer == nullptr) return false;
  const auto type = type_of(*normalizer);
  if (type == "NFC") return true;
  if (type != "Sequence") return std::nullopt;
  const TableJson* list = member(*normalizer, "normalizers");
  if (list == nullptr || !list->is_array()) return std::nullopt;
  for (const auto& entry : *list)
    if (type_of(entry) != "NFC") return std::nullopt;
  return !list->empty();
}

/// Whether a post-processor leaves the ids of a text alone: ByteLevel only sets offsets, and transformers 5
/// writes a template that is the text itself.
bool adds_no_token(const TableJson& post) {
  const auto type = type_of(post);
  const TableJson* parts = member(post, type == "Sequence" ? "processors" : "single");
  if (type == "ByteLevel") return true;
  if ((type != "Sequence" && type != "TemplateProcessing") || parts == nullptr || !parts->is_array())
    return false;
  return std::all_of(parts->begin(), parts->end(), [&](const TableJson& part) {
    return type == "Sequence" ? adds_no_token(part) : member(part, "Sequence") != nullptr;
  });
}

}  // namespace

Result<void> Tokenizer::Tables::add_vocabulary(const TableJson& vocab, std::string_view where) {
  TokenId largest = -1;
  for (const auto& [text, value] : vocab.items()) {
    const auto id = token_id(value);
    if (!id)
      return bad_key("model.vocab", fmt::format("an id in 0..{} for {}", kMaxTokenId, shown(text)), where);
    largest = std::max(largest, *id);
  }
  const auto size = static_cast<std::size_t>(largest + 1);
  bytes.resize(size);
  special.resize(size);
  used_.resize(size);
  is_bytes_.resize(size);
  written_.reserve(vocab.size());
  for (const auto& [text, value] : vocab.items()) {
    const auto id = static_cast<std::size_t>(*token_id(value));
    if (used_[id])
      return bad_key("model.vocab", fmt::format("one token for id {}; {} is another", id, shown(text)),
                     where);
    if (text.empty())
      return bad_key("model.vocab", fmt::format("a token that is not empty for id {}", id), where);
    used_[id] = true;
    written_.emplace(text, static_cast<TokenId>(id));
    if (auto decoded = from_byte_alphabet(text)) {
      bytes[id] = std::move(*decoded);
      is_bytes_[id] = true;
    } else {
      bytes[id] = text;
    }
  }
  for (std::size_t byte = 0; byte < 256; ++byte) {
    const char one = static_cast<char>(byte);
    const auto found = written_.find(to_byte_alphabet({&one, 1}));
    if (found == written_.end())
      return bad_key("model.vocab", fmt::format("a token for every byte; byte {} has none", byte), where);
    byte_ids[byte] = found->second;
  }
  return {};
}

Result<void> Tokenizer::Tables::add_merges(const TableJson& merge_list, std::string_view where) {
  merges.reserve(merge_list.size());
  std::int32_t rank = 0;
  std::string joined;
  for (const auto& entry : merge_list) {
    std::string_view left;
    std::string_view right;
    if (entry.is_string()) {
      const std::string_view text = entry.get_ref<const std::string&>();
      const auto space = text.find(' ');
      if (space != std::string_view::npos && text.find(' ', space + 1) == std::string_view::npos) {
        left = text.substr(0, space);
        right = text.substr(space + 1);
      }
    } else if (entry.is_array() && entry.size() == 2 && entry[0].is_string() && entry[1].is_string()) {
      left = entry[0].get_ref<const std::string&>();
      right = entry[1].get_ref<const std::string&>();
    }
    if (left.empty() || right.empty())
      return bad_key("model.merges", fmt::format("\"a b\" or [\"a\", \"b\"] at entry {}", rank), where);
    joined.assign(left).append(right);
    const auto left_id = written_.find(left);
    const auto right_id = written_.find(right);
    const auto merged_id = written_.find(joined);
    if (left_id == written_.end() || right_id == written_.end() || merged_id == written_.end())
      return bad_key("model.merges",
                     fmt::format("parts and their sum in model.vocab at entry {} ({} {})", rank, shown(left),
                                 shown(right)),
                     where);
    // A pair named twice keeps its last rank, as in the tokenizers library.
    merges.insert(left_id->second, right_id->second, rank, merged_id->second);
    ++rank;
  }
  return {};
}

Result<void> Tokenizer::Tables::add_added_tokens(const TableJson& tokens, std::string_view where) {
  if (!tokens.is_array()) return bad_key("added_tokens", "a list", where);
  if (tokens.size() > kMaxAddedTokens)
    return bad_key("added_tokens", fmt::format("at most {} entries", kMaxAddedTokens), where);
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const auto key = fmt::format("added_tokens[{}]", i);
    const TableJson* content = member(tokens[i], "content");
    const TableJson* id_value = member(tokens[i], "id");
    if (content == nullptr || !content->is_string() || id_value == nullptr)
      return bad_key(key, "an object with 'id' and 'content'", where);
    const auto& text = content->get_ref<const std::string&>();
    const auto id = token_id(*id_value);
    if (!id) return bad_key(key + ".id", fmt::format("an id in 0..{}", kMaxTokenId), where);
    if (text.empty() || text.size() > kMaxAddedTokenBytes)
      return bad_key(key + ".content", fmt::format("1 to {} bytes", kMaxAddedTokenBytes), where);
    for (const char* name : {"single_word", "lstrip", "rstrip"}) {
      const auto value = flag(tokens[i], name, false);
      if (!value || *value)
        return bad_key(fmt::format("{}.{}", key, name), "false (the only kind that is built)", where);
    }
    const auto is_special = flag(tokens[i], "special", false);
    if (!is_special) return bad_key(key + ".special", "true or false", where);
    const auto is_normalized = flag(tokens[i], "normalized", !*is_special);
    if (!is_normalized) return bad_key(key + ".normalized", "true or false", where);

    const auto at = static_cast<std::size_t>(*id);
    if (at >= bytes.size()) {
      bytes.resize(at + 1);
      special.resize(at + 1);
      used_.resize(at + 1);
      is_bytes_.resize(at + 1);
    }
    const auto known = written_.find(text);
    if (known != written_.end() ? known->second != *id : static_cast<bool>(used_[at]))
      return bad_key(key,
                     fmt::format("an id of its own; {} has id {}, which is taken or differs from model.vocab",
                                 shown(text), *id),
                     where);
    const bool stays_bytes = known != written_.end() && is_bytes_[at];
    written_.emplace(text, *id);  // may invalidate `known`
    used_[at] = true;
    // An added token is its text, byte for byte, also where that text could be read in the byte alphabet.
    if (!stays_bytes) bytes[at] = text;
    special[at] = *is_special;
    if (*is_normalized) {
      normalized_tokens.insert(nfc ? vlm::nfc(text) : text, *id);
    } else {
      raw_tokens.insert(text, *id);
    }
  }
  return {};
}

Result<void> Tokenizer::Tables::add_pre_tokenizer(const TableJson& json, std::string_view where) {
  std::vector<const TableJson*> steps;
  if (type_of(json) == "Sequence") {
    const TableJson* list = member(json, "pretokenizers");
    if (list == nullptr || !list->is_array() || list->empty() || list->size() > 8)
      return bad_key("pre_tokenizer.pretokenizers", "a list of 1 to 8", where);
    for (const auto& step : *list) steps.push_back(&step);
  } else {
    steps.push_back(&json);
  }
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const TableJson& step = *steps[i];
    if (i + 1 == steps.size()) {
      if (type_of(step) != "ByteLevel")
        return bad_key("pre_tokenizer", "ByteLevel, or a Sequence of Split and, last, ByteLevel", where);
      const auto prefix_space = flag(step, "add_prefix_space", true);
      if (!prefix_space || *prefix_space) return bad_key("pre_tokenizer.add_prefix_space", "false", where);
      const auto use_regex = flag(step, "use_regex", true);
      if (!use_regex) return bad_key("pre_tokenizer.use_regex", "true or false", where);
      if (*use_regex) {
        METASPATIAL_TRY(Pattern pattern, compile_pattern(kGpt2Pattern, where));
        patterns.push_back(std::move(pattern));
      }
      continue;
    }
    if (type_of(step) != "Split")
      return bad_key("pre_tokenizer", "ByteLevel, or a Sequence of Split and, last, ByteLevel", where);
    const TableJson* behavior = member(step, "behavior");
    const auto invert = flag(step, "invert", false);
    if (behavior == nullptr || *behavior != "Isolated" || !invert || *invert)
      return bad_key("pre_tokenizer", "a Split of behavior 'Isolated' that is not inverted", where);
    const TableJson* pattern_json = member(step, "pattern");
    const TableJson* regex = pattern_json == nullptr ? nullptr : member(*pattern_json, "Regex");
    if (regex == nullptr || !regex->is_string() || regex->get_ref<const std::string&>().size() > 65536)
      return bad_key("pre_tokenizer.pattern", "{\"Regex\": a pattern of at most 65536 bytes}", where);
    METASPATIAL_TRY(Pattern pattern, compile_pattern(regex->get_ref<const std::string&>(), where));
    patterns.push_back(std::move(pattern));
  }
  return {};
}

void Tokenizer::Tables::index_words(bool ignore_merges) {
  std::vector<TokenId> merged;
  words.reserve(bytes.size());
  ids.reserve(bytes.size());
  for (std::size_t id = 0; id < bytes.size(); ++id) {
    if (!is_bytes_[id]) continue;
    merged.clear();
    if (!ignore_merges) {
      if (bytes[id].size() <= kSmallWord) {
        merge_small(bytes[id], merged);
      } else {
        merge_large(bytes[id], merged);
      }
    }
    if (ignore_merges || (merged.size() == 1 && merged[0] == static_cast<TokenId>(id)))
      words.emplace(bytes[id], static_cast<TokenId>(id));
  }
  for (std::size_t id = bytes.size(); id-- > 0;)  // from the top: of two of one text, the added one
    if (used_[id]) ids.emplace(bytes[id], static_cast<TokenId>(id));
  written_ = {};
}

Result<Tokenizer> Tokenizer::load(const std::filesystem::path& tokenizer_json) {
  METASPATIAL_TRY(const std::string text, read_file(tokenizer_json, kMaxFileBytes));
  return parse(text, tokenizer_json.string());
}

Result<Tokenizer> Tokenizer::parse(std::string_view json, std::string_view where) {
  METASPATIAL_TRY(const TableJson root, parse_tables(json, where));
  const TableJson* model = member(root, "model");
  if (model == nullptr) return bad_key("model", "an object of type BPE", where);
  // Older files leave the type out.
  if (const auto type = type_of(*model);
      !(type == "BPE" || (type.empty() && member(*model, "merges") != nullptr)))
    return bad_key("model.type", "BPE", where);
  if (member(*model, "dropout") != nullptr) return bad_key("model.dropout", "null", where);
  for (const char* key : {"continuing_subword_prefix", "end_of_word_suffix"}) {
    const TableJson* affix = member(*model, key);
    if (affix != nullptr && *affix != "")
      return bad_key(fmt::format("model.{}", key), "null or empty", where);
  }
  const auto byte_fallback = flag(*model, "byte_fallback", false);
  if (!byte_fallback || *byte_fallback) return bad_key("model.byte_fallback", "false", where);
  const auto ignore_merges = flag(*model, "ignore_merges", false);
  if (!ignore_merges) return bad_key("model.ignore_merges", "true or false", where);
  const TableJson* vocab = member(*model, "vocab");
  if (vocab == nullptr || !vocab->is_object())
    return bad_key("model.vocab", "an object of tokens and ids", where);
  const TableJson* merge_list = member(*model, "merges");
  if (merge_list == nullptr || !merge_list->is_array()) return bad_key("model.merges", "a list", where);
  const TableJson* pre_tokenizer = member(root, "pre_tokenizer");
  if (pre_tokenizer == nullptr)
    return bad_key("pre_tokenizer", "ByteLevel, alone or last in a Sequence", where);

  if (const TableJson* post = member(root, "post_processor"); post != nullptr && !adds_no_token(*post))
    return bad_key("post_processor", "one that adds no tokens to a text", where);

  auto tables = std::make_shared<Tables>();
  const auto with_nfc = reads_as_nfc(member(root, "normalizer"));
  if (!with_nfc) return bad_key("normalizer", "null or NFC", where);
  tables->nfc = *with_nfc;
  METASPATIAL_TRY_VOID(tables->add_vocabulary(*vocab, where));
  METASPATIAL_TRY_VOID(tables->add_merges(*merge_list, where));
  if (const TableJson* added = member(root, "added_tokens"))
    METASPATIAL_TRY_VOID(tables->add_added_tokens(*added, where));
  METASPATIAL_TRY_VOID(tables->add_pre_tokenizer(*pre_tokenizer, where));
  tables->index_words(*ignore_merges);

  Tokenizer tokenizer;
  tokenizer.tables_ = std::move(tables);
  return tokenizer;
}

std::vector<TokenId> Tokenizer::encode(std::string_view text) const {
  std::vector<TokenId> out;
  out.reserve(text.size() / 3 + 8);
  if (is_valid_utf8(text)) {
    tables_->encode(text, out);
  } else {
    tables_->encode(replace_invalid_utf8(text), out);
  }
  return out;
}

std::string Tokenizer::decode(std::span<const TokenId> ids, bool skip_special) const {
  std::string out;
  for (const TokenId id : ids) {
    if (id < 0 || id >= vocab_size()) continue;
    if (skip_special && tables_->special[static_cast<std::size_t>(id)]) continue;
    out += tables_->bytes[static_cast<std::size_t>(id)];
  }
  return out;
}

std::string_view Tokenizer::token_bytes(TokenId id) const {
  if (id < 0 || id >= vocab_size()) return {};
  return tables_->bytes[static_cast<std::size_t>(id)];
}

std::optional<TokenId> Tokenizer::find(std::string_view token) const {
  const auto found = tables_->ids.find(token);
  if (found == tables_->ids.end()) return std::nullopt;
  return found->second;
}

int Tokenizer::vocab_size() const {
  return static_cast<int>(tables_->bytes.size());
}

}  // namespace metaspatial::vlm
