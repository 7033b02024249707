#pragma once

#include <memory>
#include <span>
#include <vector>

#include <ATen/core/Tensor.h>

#include "metaspatial/vlm/ops.hpp"
#include "metaspatial/vlm/sequence.hpp"
#include "metaspatial/vlm/weights.hpp"

namespace metaspatial::vlm {

/// Rows whose last hidden state is wanted: the last layer computes no others.
enum class Wanted {
  Predictions,  ///< the rows that predict the suffixes' tokens: the prefix's last, all of a suffix but its
                ///< last
  LastRows,     ///< the last row of each suffix, or the prefix's if the suffix is empty
};

/// The tokens of many groups, one after another without padding: prefix, suffix 0, suffix 1, ... of group 0,
/// then group 1. Row r of every tensor of the decoder is token r.
struct PackedTokens {
  std::vector<std::int64_t> ids;                            // (T)
  std::vector<PositionId> positions;                        // (T)
  std::vector<std::shared_ptr<const ImagePatches>> images;  // each picture once, however often it is shown
  std::vector<std::int64_t> image_rows;                     // rows that are picture tokens
  std::vector<std::int64_t> image_sources;                  // and their rows of the vision tower's output
  std::vector<ops::AttentionSpan> spans;
  std::vector<std::int64_t> wanted_rows;         // (R), ascending within a group
  std::vector<ops::AttentionSpan> wanted_spans;  // the same queries, numbered 0 to R
};

/// A prefix and its suffixes, borrowed.
struct GroupView {
  const Sequence* prefix;
  std::span<const Sequence> suffixes;
};

/// REQUIRES as many picture tokens as the pictures give, and ids within the vocabulary.
[[nodiscard]] PackedTokens pack(const VlmConfig& config, std::span<const GroupView> groups, Wanted wanted);

/// Multimodal rope's angles: half of a head's frequencies, each turned by the position id of its section.
///
/// Shape    (T, E / 2), float32. Source  Qwen2-VL (Wang et al. 2024), 2.1.
[[nodiscard]] at::Tensor rope_angles(const VlmConfig& config, std::span<const PositionId> positions);

/// Keys (after rope) and values of one layer.   Shape  (T, K * E) each.
struct KeysValues {
  at::Tensor keys, values;
};

/// Runs vision tower and decoder.
///
/// Shape    -> (R, D): the wanted rows after the final norm. `cache`, if given, receives every layer's keys
/// and
///          values of all rows. `bf16`: see ops::linear().
[[nodiscard]] at::Tensor decode(const Model::Impl& model, const PackedTokens& tokens, bool bf16,
                                std::vector<KeysValues>* cache = nullptr);

/// Values as an int64 tensor.
[[nodiscard]] at::Tensor long_tensor(const std::vector<std::int64_t>& values);

}  // namespace metaspatial::vlm
