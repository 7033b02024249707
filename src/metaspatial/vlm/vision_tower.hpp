#pragma once

#include <memory>
#include <vector>

#include <ATen/core/Tensor.h>

#include "metaspatial/vlm/sequence.hpp"
#include "metaspatial/vlm/weights.hpp"

namespace metaspatial::vlm {

/// Where one picture's patches stand and which of them see each other.
///
/// A unit is the merge x merge block of patches that becomes one token; patches arrive unit by unit.
struct VisionLayout {
  std::vector<std::int64_t> window_order;                       ///< unit at each place of the window order
  std::vector<std::int64_t> window_units;                       ///< units of each window, in that order
  std::vector<std::array<std::int32_t, 2>> patch_rows_columns;  ///< of every patch, in arrival order
};
[[nodiscard]] VisionLayout vision_layout(const VisionConfig& config, int grid_h, int grid_w);

/// Turns pictures into the decoder's tokens, all pictures at once.
///
/// Shape    -> (sum of grid_h * grid_w / merge^2, D), pictures in order, each one's tokens row by row.
[[nodiscard]] at::Tensor vision_tower(const Model::Impl& model,
                                      const std::vector<std::shared_ptr<const ImagePatches>>& images,
                                      bool bf16 = false);

}  // namespace metaspatial::vlm
