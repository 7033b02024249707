#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>
#include <c10/core/GradMode.h>

#include "metaspatial/vlm/model.hpp"

/// A tiny model and sequences for it, for tests.
namespace metaspatial::vlm {

inline VlmConfig tiny_config(bool tied = true) {
  VlmConfig c;
  c.vocab_size = 53;
  c.hidden_size = 24;
  c.intermediate_size = 40;
  c.num_hidden_layers = 2;
  c.num_attention_heads = 4;
  c.num_key_value_heads = 2;
  c.head_dim = 8;
  c.rope_theta = 10000.0;
  c.mrope_section = {2, 1, 1};
  c.tie_word_embeddings = tied;
  c.image_token_id = 50;
  c.vision_start_token_id = 51;
  c.vision_end_token_id = 52;
  c.eos_token_id = 1;
  c.pad_token_id = 0;
  c.vision.depth = 2;
  c.vision.hidden_size = 16;
  c.vision.intermediate_size = 20;
  c.vision.num_heads = 2;
  c.vision.patch_size = 2;
  c.vision.window_size = 8;
  c.vision.fullatt_block_indexes = {1};
  c.vision.out_hidden_size = 24;
  return c;
}

inline std::shared_ptr<const ImagePatches> random_picture(const VlmConfig& c, Rng& rng, int grid_h,
                                                          int grid_w) {
  auto out = std::make_shared<ImagePatches>();
  out->grid_h = grid_h;
  out->grid_w = grid_w;
  const int size =
      c.vision.in_channels * c.vision.temporal_patch_size * c.vision.patch_size * c.vision.patch_size;
  for (int i = 0; i < grid_h * grid_w * size; ++i) out->patches.push_back(static_cast<float>(rng.normal()));
  return out;
}

// Random text, with a picture in the middle if there is one.
inline Sequence random_sequence(const VlmConfig& c, Rng& rng, int tokens, PositionCursor& cursor,
                                const std::shared_ptr<const ImagePatches>& picture = nullptr) {
  Sequence out;
  const auto text = [&](int n) {
    for (int i = 0; i < n; ++i) {
      out.ids.push_back(static_cast<TokenId>(2 + rng.below(48)));
      out.positions.push_back(cursor.next(out.ids.back()));
    }
  };
  text(tokens / 2);
  if (picture) {
    const int rows = picture->grid_h / c.vision.spatial_merge_size;
    const int columns = picture->grid_w / c.vision.spatial_merge_size;
    cursor.image(rows, columns, out.positions);
    out.ids.insert(out.ids.end(), static_cast<std::size_t>(rows * columns), c.image_token_id);
    out.images.push_back(picture);
  }
  text(tokens - tokens / 2);
  return out;
}

inline Sequence joined(const Sequence& a, const Sequence& b) {
  Sequence out = a;
  out.ids.insert(out.ids.end(), b.ids.begin(), b.ids.end());
  out.positions.insert(out.positions.end(), b.positions.begin(), b.positions.end());
  out.images.insert(out.images.end(), b.images.begin(), b.images.end());
  return out;
}

// Weights drawn larger than a fresh model's, biases included, so that every term matters.
inline Model lively_model(const VlmConfig& config, Rng& rng) {
  Model model = Model::random(config, rng);
  const c10::AutoGradMode no_gradient(false);
  for (NamedTensor& parameter : model.parameters()) {
    float* data = parameter.tensor.data_ptr<float>();
    const bool spread = parameter.name.ends_with(".bias") ||
                        parameter.name.find("norm") != std::string::npos ||
                        parameter.name.find("ln_q") != std::string::npos;
    for (std::int64_t i = 0; i < parameter.tensor.numel(); ++i) {
      if (spread) data[i] += static_cast<float>(0.2 * rng.normal());
      if (parameter.name.find("embed_tokens") != std::string::npos) data[i] *= 10.0F;
    }
  }
  return model;
}

inline std::vector<SequenceGroup> random_groups(const VlmConfig& c, Rng& rng) {
  const auto first = random_picture(c, rng, 8, 12);  // 2 x 3 windows of 2 x 2 units
  const auto second = random_picture(c, rng, 6, 4);  // windows cut by the edge
  std::vector<SequenceGroup> groups(3);
  const std::vector<std::vector<int>> lengths{{7, 1, 12}, {5}, {9, 0, 70}};
  for (std::size_t b = 0; b < groups.size(); ++b) {
    PositionCursor cursor(c);
    groups[b].prefix = random_sequence(c, rng, 6 + static_cast<int>(b) * 5, cursor, b == 1 ? nullptr : first);
    for (std::size_t g = 0; g < lengths[b].size(); ++g) {
      PositionCursor own = cursor;
      groups[b].suffixes.push_back(random_sequence(c, rng, lengths[b][g], own,
                                                   b == 2 && g == 2   ? first
                                                   : b == 0 && g == 0 ? second
                                                                      : nullptr));
    }
  }
  return groups;
}

inline double difference(const at::Tensor& a, const at::Tensor& b) {
  return a.numel() == 0 ? 0.0 : (a - b).abs().max().item<double>();
}

}  // namespace metaspatial::vlm
