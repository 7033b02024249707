#pragma once

#include <cstdint>
#include <filesystem>

#include "metaspatial/base/error.hpp"
#include "metaspatial/base/json.hpp"
#include "metaspatial/vlm/config.hpp"
#include "metaspatial/vlm/model.hpp"

/// The built-in nano model: Qwen2.5-VL with small numbers and a tokenizer whose added tokens are the pieces
/// of Compact prompts and answers.
namespace metaspatial::rl {

/// Its sizes. The defaults are about a million parameters, 4 MB.
struct NanoSize {
  int hidden_size = 128;
  int num_hidden_layers = 4;
  int num_attention_heads = 4;
  int num_key_value_heads = 2;
  int head_dim = 32;
  int intermediate_size = 352;
  int vision_hidden_size = 64;
  int vision_depth = 3;
  int vision_num_heads = 4;
  int vision_intermediate_size = 160;
  int picture_px = 112;  ///< side of the square picture that the image processor makes
};

/// Makes a fresh nano: embeddings of number tokens start as Fourier features of their value, everything else
/// as Model::random. The tokenizer's files are written to `directory`; the weights are the caller's to save.
///
/// Errors   Io.
/// Source   initialisation and sizes: small experiments with models of this size on one CPU core, see
/// docs/NANO.md.
[[nodiscard]] Result<vlm::Model> create_nano(const std::filesystem::path& directory, const NanoSize& size,
                                             std::uint64_t seed);

/// The files that make a directory a model besides weights and config: copied beside saved weights.
[[nodiscard]] Result<void> copy_model_files(const std::filesystem::path& from,
                                            const std::filesystem::path& to);

}  // namespace metaspatial::rl
