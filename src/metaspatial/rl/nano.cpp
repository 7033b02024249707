#include "metaspatial/rl/nano.hpp"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <cmath>
#include <string>
#include <vector>

#include "metaspatial/base/files.hpp"
#include "metaspatial/env/prompt.hpp"
#include "metaspatial/vlm/nano_tokenizer.hpp"
#include "metaspatial/vlm/tokenizer.hpp"

namespace metaspatial::rl {

namespace {

constexpr double kEmbeddingStd = 0.05;  // of the other embeddings, see vlm::Model::random

/// sin and cos of the value at wavelengths from 0.2 m to 25.6 m, so that near numbers start near each other
/// and a linear map can add an offset. Scaled to the norm of a random embedding.
void write_fourier(float* row, int width, double value_m) {
  const int pairs = 8;
  const double scale = kEmbeddingStd * std::sqrt(static_cast<double>(width) / (2.0 * pairs)) * std::sqrt(2.0);
  for (int p = 0; p < pairs && 2 * p + 1 < width; ++p) {
    const double angle = 2.0 * 3.14159265358979323846 * value_m / (0.2 * std::pow(2.0, p));
    row[2 * p] = static_cast<float>(scale * std::sin(angle));
    row[2 * p + 1] = static_cast<float>(scale * std::cos(angle));
  }
}

}  // namespace

Result<vlm::Model> create_nano(const std::filesystem::path& directory, const NanoSize& size,
                               std::uint64_t seed) {
  const std::vector<std::string> pieces = env::compact_vocabulary();
  const Json tokenizer_json = vlm::make_nano_tokenizer(pieces);
  METASPATIAL_TRY_VOID(write_file_atomic(directory / "tokenizer.json", dump_json(tokenizer_json, 1) + "\n"));
  METASPATIAL_TRY_VOID(write_file_atomic(directory / "tokenizer_config.json",
                                         dump_json(vlm::make_nano_tokenizer_config(), 1) + "\n"));
  vlm::ImageProcessorConfig image;
  image.min_pixels = image.max_pixels = size.picture_px * size.picture_px;
  METASPATIAL_TRY_VOID(write_file_atomic(directory / "preprocessor_config.json",
                                         dump_json(vlm::image_processor_config_json(image), 1) + "\n"));
  METASPATIAL_TRY(const vlm::Tokenizer tokenizer,
                  vlm::Tokenizer::parse(dump_json(tokenizer_json), "the nano tokenizer"));
  const auto id = [&](std::string_view piece) {
    const auto found = tokenizer.find(piece);
    METASPATIAL_CHECK(found.has_value(), fmt::format("the nano tokenizer lacks '{}'", piece));
    return *found;
  };

  vlm::VlmConfig config;
  config.vocab_size = tokenizer.vocab_size();
  config.hidden_size = size.hidden_size;
  config.intermediate_size = size.intermediate_size;
  config.num_hidden_layers = size.num_hidden_layers;
  config.num_attention_heads = size.num_attention_heads;
  config.num_key_value_heads = size.num_key_value_heads;
  config.head_dim = size.head_dim;
  config.max_position_embeddings = 8192;
  config.rope_theta = 1e4;
  config.mrope_section = {size.head_dim / 4, size.head_dim / 8, size.head_dim / 8};
  config.tie_word_embeddings = true;
  config.vision.depth = size.vision_depth;
  config.vision.hidden_size = size.vision_hidden_size;
  config.vision.intermediate_size = size.vision_intermediate_size;
  config.vision.num_heads = size.vision_num_heads;
  config.vision.fullatt_block_indexes = {size.vision_depth - 1};
  config.vision.out_hidden_size = size.hidden_size;
  config.image_token_id = id("<|image_pad|>");
  config.vision_start_token_id = id("<|vision_start|>");
  config.vision_end_token_id = id("<|vision_end|>");
  config.eos_token_id = id("<|im_end|>");
  config.pad_token_id = id("<|endoftext|>");
  config.positions.structured = true;
  config.positions.line_tokens = {id(env::kLinePiece), id(env::kEntryPiece)};
  config.positions.message_token = id("<|im_start|>");
  config.positions.assistant_token = id("assistant\n");

  Rng rng{seed, 0x6e616e6f};
  vlm::Model model = vlm::Model::random(config, rng);
  for (const auto& [name, tensor] : model.parameters()) {
    if (name.find("embed_tokens") == std::string::npos) continue;
    float* weights = tensor.detach().data_ptr<float>();
    for (const auto& piece : pieces) {
      const double value = env::compact_number(piece);
      if (!std::isnan(value))
        write_fourier(weights + static_cast<std::int64_t>(id(piece)) * size.hidden_size, size.hidden_size,
                      value);
    }
  }
  return model;
}

Result<void> copy_model_files(const std::filesystem::path& from, const std::filesystem::path& to) {
  for (const char* name :
       {"tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json",
        "preprocessor_config.json", "video_preprocessor_config.json", "processor_config.json",
        "generation_config.json", "chat_template.jinja", "chat_template.json", "vocab.json", "merges.txt"}) {
    auto bytes = read_file(from / name);
    if (!bytes && bytes.error().code == ErrorCode::NotFound) continue;
    if (!bytes) return tl::unexpected<Error>(bytes.error());
    METASPATIAL_TRY_VOID(write_file_atomic(to / name, *bytes));
  }
  return {};
}

}  // namespace metaspatial::rl
