#include "metaspatial/vlm/vision_tower.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>
#include <c10/core/GradMode.h>

#include "metaspatial/base/error.hpp"
#include "metaspatial/vlm/decoder.hpp"
#include "metaspatial/vlm/ops.hpp"
#include "metaspatial/vlm/recompute.hpp"

namespace metaspatial::vlm {

namespace {

constexpr double kVisionRopeTheta = 10000.0;
constexpr double kVisionEps = 1e-6;

/// What every block needs beside its weights.
struct BlockContext {
  std::int64_t heads = 0;
  bool bf16 = false;
  at::Tensor cos, sin;  // (N, E / 2)
  ops::AttentionPlan windows, wholes;
};

/// x (N, Dv) -> (N, Dv).
at::Tensor run_block(const VisionBlock& block, const BlockContext& c, bool whole, at::Tensor x) {
  const at::Tensor qkv = apply(block.qkv, ops::rms_norm(x, block.norm1, kVisionEps, c.bf16), c.bf16);
  const std::vector<at::Tensor> parts = qkv.split(x.size(1), 1);
  const at::Tensor mixed =
      ops::attention(ops::rope(parts[0], c.cos, c.sin), ops::rope(parts[1], c.cos, c.sin), parts[2],
                     whole ? c.wholes : c.windows, c.heads, c.heads, c.bf16);
  x = x + apply(block.proj, mixed, c.bf16);
  const at::Tensor normed = ops::rms_norm(x, block.norm2, kVisionEps, c.bf16);
  const at::Tensor inner = ops::swiglu(apply(block.gate, normed, c.bf16), apply(block.up, normed, c.bf16));
  return x + apply(block.down, inner, c.bf16);
}

}  // namespace

VisionLayout vision_layout(const VisionConfig& config, int grid_h, int grid_w) {
  const int merge = config.spatial_merge_size;
  const int window = std::max(1, config.window_size / merge / config.patch_size);  // units per window side
  const int rows = grid_h / merge;
  const int columns = grid_w / merge;
  VisionLayout out;
  for (int top = 0; top < rows; top += window) {
    for (int left = 0; left < columns; left += window) {
      const int bottom = std::min(top + window, rows);
      const int right = std::min(left + window, columns);
      for (int r = top; r < bottom; ++r)
        for (int c = left; c < right; ++c) out.window_order.push_back(r * columns + c);
      out.window_units.push_back((bottom - top) * (right - left));
    }
  }
  for (int r = 0; r < rows; ++r)
    for (int c = 0; c < columns; ++c)
      for (int i = 0; i < merge; ++i)
        for (int j = 0; j < merge; ++j) out.patch_rows_columns.push_back({r * merge + i, c * merge + j});
  return out;
}

at::Tensor vision_tower(const Model::Impl& model,
                        const std::vector<std::shared_ptr<const ImagePatches>>& images, bool bf16) {
  const VisionConfig& config = model.config.vision;
  const VisionWeights& weights = model.vision;
  const std::int64_t unit = config.spatial_merge_size * config.spatial_merge_size;
  const std::int64_t heads = config.num_heads;
  const std::int64_t head = config.hidden_size / heads;
  const at::Tensor& kernel = weights.patch_embed.weight;
  const std::int64_t patch_size = kernel.numel() / kernel.size(0);

  // The tower works in window order: order[i] is the unit that stands at place i, over all pictures.
  std::vector<std::int64_t> order, place_of_unit;
  std::vector<ops::AttentionSpan> windows, wholes;
  std::int64_t patches = 0;
  for (const auto& image : images) patches += static_cast<std::int64_t>(image->grid_h) * image->grid_w;
  const at::Device device = kernel.device();
  at::Tensor pixels =
      at::empty({patches, patch_size}, at::TensorOptions(at::kFloat).pinned_memory(device.is_cuda()));
  at::Tensor angles = at::empty({patches, head / 2}, at::kFloat);  // row angles, then column angles
  const auto whole_span = [](std::int64_t begin, std::int64_t count) {
    return ops::AttentionSpan{begin, count, begin, count, 0, 0, 0, 0};
  };
  std::int64_t done = 0;  // patches of earlier pictures
  for (const auto& image : images) {
    const std::int64_t count = static_cast<std::int64_t>(image->grid_h) * image->grid_w;
    METASPATIAL_CHECK(static_cast<std::int64_t>(image->patches.size()) == count * patch_size,
                      "picture: patches");
    METASPATIAL_CHECK(
        image->grid_h % config.spatial_merge_size == 0 && image->grid_w % config.spatial_merge_size == 0,
        "picture: grid");
    const VisionLayout layout = vision_layout(config, image->grid_h, image->grid_w);
    std::int64_t place = done;
    for (const std::int64_t units : layout.window_units) {
      windows.push_back(whole_span(place, units * unit));
      place += units * unit;
    }
    wholes.push_back(whole_span(done, count));
    const std::int64_t first_unit = done / unit;
    place_of_unit.resize(static_cast<std::size_t>(first_unit + count / unit));
    for (std::size_t i = 0; i < layout.window_order.size(); ++i) {
      const std::int64_t from = layout.window_order[i];
      place_of_unit[static_cast<std::size_t>(first_unit + from)] = first_unit + static_cast<std::int64_t>(i);
      order.push_back(first_unit + from);
      const std::int64_t to_patch = done + static_cast<std::int64_t>(i) * unit;
      std::memcpy(pixels.data_ptr<float>() + to_patch * patch_size,
                  image->patches.data() + from * unit * patch_size,
                  static_cast<std::size_t>(unit * patch_size) * sizeof(float));
      for (std::int64_t p = 0; p < unit; ++p) {
        const auto [row, column] = layout.patch_rows_columns[static_cast<std::size_t>(from * unit + p)];
        float* out = angles.data_ptr<float>() + (to_patch + p) * (head / 2);
        for (std::int64_t f = 0; f < head / 4; ++f) {
          const float frequency = static_cast<float>(
              1.0 / std::pow(kVisionRopeTheta, static_cast<double>(4 * f) / static_cast<double>(head)));
          out[f] = static_cast<float>(row) * frequency;
          out[head / 4 + f] = static_cast<float>(column) * frequency;
        }
      }
    }
    done += count;
  }
  angles = angles.to(device);
  const auto context = std::make_shared<BlockContext>();
  context->heads = heads;
  context->bf16 = bf16;
  context->cos = angles.cos();
  context->sin = angles.sin();
  const at::ScalarType type = kernel.scalar_type() == at::kDouble ? at::kDouble : at::kFloat;
  at::Tensor x = apply(flattened(weights.patch_embed), pixels.to(device, type, /*non_blocking=*/true),
                       /*bf16=*/false);  // (N, Dv)
  context->windows = ops::attention_plan(windows, x, bf16);
  context->wholes = ops::attention_plan(wholes, x, bf16);
  for (std::size_t i = 0; i < weights.blocks.size(); ++i) {
    const VisionBlock& block = weights.blocks[i];
    const auto& full = config.fullatt_block_indexes;
    const bool whole = std::find(full.begin(), full.end(), static_cast<int>(i)) != full.end();
    const bool gradient = c10::GradMode::is_enabled() && (x.requires_grad() || trainable(block));
    if (model.checkpointing && gradient)
      x = recomputed(x, [block, context, whole](const at::Tensor& input) {
        return run_block(block, *context, whole, input);
      });
    else
      x = run_block(block, *context, whole, std::move(x));
  }
  at::Tensor merged =
      ops::rms_norm(x, weights.ln_q, kVisionEps, bf16).reshape({-1, unit * config.hidden_size});
  merged = apply(weights.merge_out, at::gelu(apply(weights.merge_in, merged, bf16)), bf16);
  return merged.index_select(0, long_tensor(place_of_unit).to(device));
}

}  // namespace metaspatial::vlm
