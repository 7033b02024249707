#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "metaspatial/base/error.hpp"

namespace metaspatial::vlm {

using TokenId = std::int32_t;

/// A byte-level BPE tokenizer read from a Hugging Face tokenizer.json: GPT-2 byte alphabet, the file's
/// pre-tokenizer pattern (PCRE2, UTF), merges by rank, NFC normaliser if named, added tokens matched first,
/// longest first.
///
/// Threads  const and safe to share. Copies are cheap (shared immutable tables).
class Tokenizer {
 public:
  /// Errors   InvalidInput for anything that is not such a tokenizer; names the key.
  [[nodiscard]] static Result<Tokenizer> load(const std::filesystem::path& tokenizer_json);
  [[nodiscard]] static Result<Tokenizer> parse(std::string_view json, std::string_view where);

  /// Token ids of any bytes; invalid UTF-8 is first replaced by U+FFFD. Added tokens in the text become their
  /// ids.
  [[nodiscard]] std::vector<TokenId> encode(std::string_view text) const;
  /// The bytes of the tokens, special tokens included unless skipped. Unknown ids add nothing.
  [[nodiscard]] std::string decode(std::span<const TokenId> ids, bool skip_special = false) const;
  /// The bytes that one token adds to a decoded text: for mapping byte ranges of a response to its tokens.
  [[nodiscard]] std::string_view token_bytes(TokenId id) const;
  /// The id of a token by its text, added tokens included.
  [[nodiscard]] std::optional<TokenId> find(std::string_view token) const;
  /// One past the largest id.
  [[nodiscard]] int vocab_size() const;

 private:
  struct Tables;
  std::shared_ptr<const Tables> tables_;
};

}  // namespace metaspatial::vlm
