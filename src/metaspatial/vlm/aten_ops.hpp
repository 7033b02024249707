#pragma once

#include <cstdint>
#include <vector>

#include <ATen/core/Tensor.h>

#include "metaspatial/vlm/ops.hpp"

/// The operations of ops.hpp where there is no fast path (other devices, other types): ATen's, with backward
/// passes that keep little. Inputs of any floating type; sums and statistics in float32 (float64 for
/// float64).
///
/// Threads  safe to call from several threads at once.
namespace metaspatial::vlm::ops::aten {

/// The type of sums and statistics for numbers of `type`.
[[nodiscard]] at::ScalarType sum_type(at::ScalarType type);

/// x weight^T + bias with factors and result in bfloat16. Keeps x in bfloat16 and the weight as it is: its
/// rounded copy is made again in the backward pass.
[[nodiscard]] at::Tensor linear_bf16(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias);

/// ops::rms_norm() with a result of type `out`. Keeps x and a number per row.
[[nodiscard]] at::Tensor rms_norm(const at::Tensor& x, const at::Tensor& weight, double eps,
                                  at::ScalarType out);

/// Keeps gate and up.
[[nodiscard]] at::Tensor swiglu(const at::Tensor& gate, const at::Tensor& up);

/// Keeps only the angles; the result has x's type.
[[nodiscard]] at::Tensor rope(const at::Tensor& x, const at::Tensor& cos, const at::Tensor& sin);

/// Shares the spans out among buckets. `row_places` (Tq): where each query row stands in the buckets' results
/// one after another.
///
/// Cost     padding adds at most a quarter to either length of a sequence, so that the work is linear in
///          the number of sequences, however different their lengths.
[[nodiscard]] std::vector<AttentionBucket> attention_buckets(const std::vector<AttentionSpan>& spans,
                                                             std::int64_t query_rows, at::Device device,
                                                             at::Tensor& row_places);

/// scaled_dot_product_attention() of libtorch 2, which picks a fused kernel where it has one; on 1.13 plain
/// products and a softmax.
[[nodiscard]] at::Tensor attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                                   const std::vector<AttentionBucket>& buckets, const at::Tensor& row_places,
                                   std::int64_t heads, std::int64_t kv_heads);

/// Bytes of one chunk of logits in token_scores().
constexpr std::int64_t kLogitBytesCpu = std::int64_t{64} << 20;
constexpr std::int64_t kLogitBytesGpu = std::int64_t{512} << 20;
/// Rows of logits that exist at once, of `rows` in all.
[[nodiscard]] std::int64_t logit_rows(std::int64_t rows, std::int64_t vocabulary, std::int64_t bytes);

/// ops::token_scores(): logits of logit_rows() rows at a time, computed again in the backward pass. Besides
/// the gradients there are at most two chunks in the sums' type and one in the factors'. Gradients are
/// summed in the sums' type over chunks. `bf16`: factors are rounded to bfloat16.
[[nodiscard]] TokenScoreTensors token_scores(const at::Tensor& hidden, const at::Tensor& weight,
                                             const at::Tensor& targets, double temperature, bool bf16);

/// ops::full_kl(): logit_rows() rows at a time; there are at most four chunks in the sums' type.
[[nodiscard]] at::Tensor full_kl(const at::Tensor& hidden, const at::Tensor& weight,
                                 const at::Tensor& reference_hidden, const at::Tensor& reference_weight,
                                 double temperature, bool bf16);

}  // namespace metaspatial::vlm::ops::aten
