#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "metaspatial/base/json.hpp"

namespace metaspatial::vlm {

/// Qwen's special tokens, in the order in which a built-in tokenizer holds them.
inline constexpr std::array<std::string_view, 6> kSpecialTokens{
    "<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|vision_start|>", "<|vision_end|>", "<|image_pad|>"};

/// A tokenizer.json in Hugging Face's form: the 256 bytes (in GPT-2's order), one token per merge,
/// kSpecialTokens, then `added_tokens` (not special), each kind in the order given; Qwen2.5's pre-tokenizer,
/// no normaliser.
///
/// `merges` are pairs of byte strings; every part is a byte or the sum of an earlier pair. Added tokens are
/// found in a text before anything else, from the left, the longest first, wherever they stand: with "12.25"
/// and "5", "12.255" is "12.25" and "5"; with "1.2" alone, "1.25" is "1.2" and the byte "5".
///
/// REQUIRES valid merges as said, and added tokens that are not empty, valid UTF-8 and pairwise different.
/// ASCII that is a byte or a merge already keeps that id; other text must not read as a token in the byte
/// alphabet ("\u00e9" does).
[[nodiscard]] Json make_nano_tokenizer(std::span<const std::string> added_tokens,
                                       std::span<const std::pair<std::string, std::string>> merges = {});

/// The tokenizer_config.json beside it, with a ChatML template that takes text and pictures, for other
/// readers.
[[nodiscard]] Json make_nano_tokenizer_config();

}  // namespace metaspatial::vlm
