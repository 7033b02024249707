#include "metaspatial/vlm/nano_tokenizer.hpp"

#include <algorithm>
#include <unordered_set>
#include <vector>

#include "metaspatial/base/error.hpp"
#include "metaspatial/vlm/byte_alphabet.hpp"

namespace metaspatial::vlm {

namespace {

/// Qwen2.5's pre-tokenizer: contractions, words with one leading non-letter, single digits, punctuation,
/// newlines.
constexpr const char* kPattern = R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N})"
                                 R"(| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

/// The messages as Processor::encode lays them out.
constexpr const char* kChatTemplate =
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n"
    "{% if message['content'] is string %}{{ message['content'] }}"
    "{% else %}{% for part in message['content'] %}"
    "{% if part['type'] == 'image' or 'image' in part or 'image_url' in part %}"
    "<|vision_start|><|image_pad|><|vision_end|>"
    "{% elif 'text' in part %}{{ part['text'] }}{% endif %}"
    "{% endfor %}{% endif %}<|im_end|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}";

Json added_token(std::size_t id, std::string_view content, bool special) {
  return {{"id", id},        {"content", content},  {"single_word", false}, {"lstrip", false},
          {"rstrip", false}, {"normalized", false}, {"special", special}};
}

}  // namespace

Json make_nano_tokenizer(std::span<const std::string> added_tokens,
                         std::span<const std::pair<std::string, std::string>> merges) {
  std::vector<std::string> vocabulary;
  for (int byte = 0; byte < 256; ++byte) {
    const char one = static_cast<char>(byte);
    vocabulary.push_back(to_byte_alphabet({&one, 1}));
  }
  std::sort(vocabulary.begin(), vocabulary.end(), [](const std::string& a, const std::string& b) {
    return a.size() != b.size() ? a.size() < b.size() : a < b;  // by code point: GPT-2's order
  });
  std::unordered_set<std::string> known(vocabulary.begin(), vocabulary.end());
  Json merge_list = Json::array();
  for (const auto& [left_bytes, right_bytes] : merges) {
    const std::string left = to_byte_alphabet(left_bytes);
    const std::string right = to_byte_alphabet(right_bytes);
    METASPATIAL_CHECK(known.contains(left) && known.contains(right), "a merge's parts come before it");
    METASPATIAL_CHECK(known.insert(left + right).second, "a merge makes a new token");
    vocabulary.push_back(left + right);
    merge_list.push_back(left + " " + right);
  }
  Json vocab = Json::object();
  for (std::size_t id = 0; id < vocabulary.size(); ++id) vocab[vocabulary[id]] = id;

  Json added = Json::array();
  std::unordered_set<std::string> listed;
  for (const auto token : kSpecialTokens) {
    METASPATIAL_CHECK(!known.contains(std::string(token)), "a special token is not a merge");
    listed.insert(std::string(token));
    added.push_back(added_token(vocabulary.size() + added.size(), token, true));
  }
  std::size_t next_id = vocabulary.size() + kSpecialTokens.size();
  for (const auto& token : added_tokens) {
    METASPATIAL_CHECK(!token.empty() && listed.insert(token).second,
                      "added tokens are not empty and all different");
    if (const auto same = vocab.find(token); same != vocab.end()) {
      // ASCII stands for itself in the byte alphabet: "," or a merge is already a token and keeps its id.
      METASPATIAL_CHECK(from_byte_alphabet(token) == token,
                        "an added token is not text of the byte alphabet");
      added.push_back(added_token(same->get<std::size_t>(), token, false));
    } else {
      added.push_back(added_token(next_id++, token, false));
    }
  }

  const Json byte_level = {
      {"type", "ByteLevel"}, {"add_prefix_space", false}, {"trim_offsets", false}, {"use_regex", false}};
  const Json split = {
      {"type", "Split"}, {"pattern", {{"Regex", kPattern}}}, {"behavior", "Isolated"}, {"invert", false}};
  return {{"version", "1.0"},
          {"truncation", nullptr},
          {"padding", nullptr},
          {"added_tokens", std::move(added)},
          {"normalizer", {{"type", "NFC"}}},
          {"pre_tokenizer", {{"type", "Sequence"}, {"pretokenizers", Json::array({split, byte_level})}}},
          {"post_processor", byte_level},
          {"decoder", byte_level},
          {"model",
           {{"type", "BPE"},
            {"dropout", nullptr},
            {"unk_token", nullptr},
            {"continuing_subword_prefix", ""},
            {"end_of_word_suffix", ""},
            {"fuse_unk", false},
            {"byte_fallback", false},
            {"ignore_merges", false},
            {"vocab", std::move(vocab)},
            {"merges", std::move(merge_list)}}}};
}

Json make_nano_tokenizer_config() {
  return {{"add_bos_token", false},
          {"add_prefix_space", false},
          {"bos_token", nullptr},
          {"chat_template", kChatTemplate},
          {"clean_up_tokenization_spaces", false},
          {"eos_token", "<|im_end|>"},
          {"errors", "replace"},
          {"model_max_length", 131072},
          {"pad_token", "<|endoftext|>"},
          {"split_special_tokens", false},
          {"tokenizer_class", "Qwen2Tokenizer"},
          {"unk_token", nullptr}};
}

}  // namespace metaspatial::vlm
