#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "metaspatial/base/error.hpp"
#include "metaspatial/base/json.hpp"

/// The Qwen2.5-VL architecture: vision tower, decoder, tokenizer, image processor, generation. Knows no
/// scenes.
///
/// Shape glossary   B groups  G suffixes of a group  P prefix tokens  S suffix tokens  T tokens  V vocabulary
///                  D hidden size  H query heads  K key/value heads  E head size  H W pixels
namespace metaspatial::vlm {

/// The vision tower, names as in a Hugging Face config.json ("vision_config").
struct VisionConfig {
  int depth = 32;
  int hidden_size = 1280;
  int intermediate_size = 3420;
  int num_heads = 16;
  int in_channels = 3;
  int patch_size = 14;
  int temporal_patch_size = 2;
  int spatial_merge_size = 2;
  int window_size = 112;  ///< pixels; rounded down to whole merged tokens
  std::vector<int> fullatt_block_indexes{7, 15, 23, 31};
  int out_hidden_size = 2048;
};

/// How rope position ids (temporal, height, width) are given to tokens.
struct PositionScheme {
  /// Standard: Qwen2.5-VL's. Structured: temporal = token index; height = line_scale * line, where the k-th
  /// line token of a message opens line k (line 0 before the first); width = column_scale * (tokens since the
  /// line began), plus answer_column_offset columns in an assistant's message. Image tokens have height
  /// line_scale * row and width column_scale * column.
  bool structured = false;
  std::vector<std::int32_t> line_tokens;  ///< tokens that open an object's line
  std::int32_t message_token = -1;        ///< <|im_start|>
  std::int32_t assistant_token = -1;      ///< the role token that follows it in the assistant's messages
  int line_scale = 100;
  int column_scale = 1000;
  int answer_column_offset = 16;
};

/// A whole model: one architecture serves every size.
struct VlmConfig {
  int vocab_size = 151936;
  int hidden_size = 2048;
  int intermediate_size = 11008;
  int num_hidden_layers = 36;
  int num_attention_heads = 16;
  int num_key_value_heads = 2;
  std::optional<int> head_dim;  ///< default hidden_size / num_attention_heads
  int max_position_embeddings = 128000;
  double rms_norm_eps = 1e-6;
  double rope_theta = 1000000.0;
  std::vector<int> mrope_section{16, 24, 24};
  bool tie_word_embeddings = false;
  VisionConfig vision;
  std::int32_t image_token_id = 151655;
  std::int32_t video_token_id = -1;  ///< not used here; other readers of config.json demand the key
  std::int32_t vision_start_token_id = 151652;
  std::int32_t vision_end_token_id = 151653;
  std::int32_t eos_token_id = 151645;             ///< <|im_end|>
  std::vector<std::int32_t> other_eos_token_ids;  ///< end an answer, too (generation_config.json's list)
  std::int32_t pad_token_id = 151643;
  PositionScheme positions;  ///< key "metaspatial_positions"; other readers ignore it

  [[nodiscard]] int head_size() const { return head_dim.value_or(hidden_size / num_attention_heads); }
  [[nodiscard]] bool ends_answer(std::int32_t token) const {
    return token == eos_token_id || std::find(other_eos_token_ids.begin(), other_eos_token_ids.end(),
                                              token) != other_eos_token_ids.end();
  }
};

/// Reads a Hugging Face config.json, of transformers 4 (flat or nested "text_config", "rope_scaling",
/// "torch_dtype") or 5 ("rope_parameters", "dtype"), and checks every value's range. What the model code here
/// does not do (sliding windows, other rope types, other activations, Qwen2-VL) is refused.
///
/// Errors   InvalidInput naming the key and what was expected.
[[nodiscard]] Result<VlmConfig> read_config(const Json& json, std::string_view where);
/// A model directory's config.json and, if it is there, the list of ends in its generation_config.json.
[[nodiscard]] Result<VlmConfig> load_config(const std::filesystem::path& directory);
[[nodiscard]] Json config_json(const VlmConfig& config);

/// preprocessor_config.json, or "image_processor" of a processor_config.json: what smart_resize needs.
struct ImageProcessorConfig {
  int min_pixels = 56 * 56;
  int max_pixels = 28 * 28 * 1280;
  std::array<double, 3> image_mean{0.48145466, 0.4578275, 0.40821073};
  std::array<double, 3> image_std{0.26862954, 0.26130258, 0.27577711};
  int patch_size = 14;
  int temporal_patch_size = 2;
  int merge_size = 2;
};
[[nodiscard]] Result<ImageProcessorConfig> read_image_processor_config(const Json& json,
                                                                       std::string_view where);
[[nodiscard]] Json image_processor_config_json(const ImageProcessorConfig& config);

}  // namespace metaspatial::vlm
