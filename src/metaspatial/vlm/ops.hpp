#pragma once

#include <cstdint>
#include <vector>

#include <ATen/core/Tensor.h>

/// The tensor operations of the transformer that plain ATen has no fused form of. Each has a fast path for
/// float32 on a CPU (one thread) and falls back to ATen elsewhere; both have gradients. Weights of another
/// type than the activations (stored in bfloat16) are used as the activations' type, and what requires no
/// gradient costs none.
namespace metaspatial::vlm::ops {

/// Consecutive query rows of one sequence and the keys that they see: all of the prefix's, and of their own
/// sequence's either all (`causal` false) or those up to their own place: query i sees own_offset + i + 1
/// keys.
struct AttentionSpan {
  std::int64_t query_begin = 0;
  std::int64_t query_count = 0;
  std::int64_t own_begin = 0;   ///< first key row of the own sequence
  std::int64_t own_count = 0;   ///< number of its keys; causal: own_offset + query_count
  std::int64_t own_offset = 0;  ///< causal: place of the first query in its sequence
  std::int64_t prefix_begin = 0;
  std::int64_t prefix_count = 0;
  std::int64_t causal = 1;
};

/// The spans as a tensor (spans, 8) of int64.
[[nodiscard]] at::Tensor span_tensor(const std::vector<AttentionSpan>& spans);

/// While one lives, float32 on a CPU takes the path of other devices and types on its thread, and `bf16`
/// means what it means on a GPU: so that this path can be tested and measured anywhere. What is scored under
/// it must go backward under it.
class AtenOnly {
 public:
  AtenOnly();
  ~AtenOnly();
  AtenOnly(const AtenOnly&) = delete;
  AtenOnly& operator=(const AtenOnly&) = delete;

 private:
  bool before_;
};

/// Sequences of like length, padded to the longest among them, so that one call computes all of them.
struct AttentionBucket {
  std::int64_t sequences = 0, queries = 0, keys = 0;  ///< n, Lq, Lk
  at::Tensor query_rows;                              ///< (n * Lq) rows of q; padding repeats a row
  at::Tensor key_rows;                                ///< (n * Lk) rows of k and v
  at::Tensor visible;   ///< (n, 1, Lq, Lk) bool; undefined where a query sees all keys, or as `causal` says
  bool causal = false;  ///< no padding, Lq == Lk, query i sees keys 0 to i
};

/// Every span as a sequence of its own for FlashAttention: its queries lie as they are, its keys are gathered
/// (a prefix once per suffix).
struct FlashPlan {
  at::Tensor key_rows;              ///< rows of k and v of all sequences, one after another
  at::Tensor query_ends, key_ends;  ///< (sequences + 1) int32: where each begins, and where the last one ends
  std::int64_t sequences = 0;
  std::int64_t longest_query = 0;
  std::int64_t longest_keys = 0;
  bool causal = false;
};

/// Spans made ready for attention on tensors of one kind, once for all layers: `spans` alone for float32 on a
/// CPU, `flash` for bf16 on a GPU, `buckets` elsewhere.
struct AttentionPlan {
  at::Tensor spans;  ///< (spans, 8) int64, on the CPU
  FlashPlan flash;
  std::vector<AttentionBucket> buckets;
  at::Tensor row_places;  ///< (Tq) where each query row stands in the buckets' results one after another
};
/// `like` has the device and type of what attention() will be given, `bf16` the value.
///
/// REQUIRES off the fast path: every query row 0 to Tq - 1 in exactly one span; for bf16 on a GPU in order,
/// and all spans causal or none.
[[nodiscard]] AttentionPlan attention_plan(const std::vector<AttentionSpan>& spans, const at::Tensor& like,
                                           bool bf16);

/// x as the factor of linear maps: rounded to bfloat16 where linear() would do that on every call, else x.
[[nodiscard]] at::Tensor factor(const at::Tensor& x, bool bf16);

/// x weight^T + bias. With `bf16`, factors are rounded to bfloat16 and summed in float32, forward and
/// backward, where the CPU has the instruction: twice the speed. On a GPU the result is bfloat16 then.
///
/// Shape    x (T, in), weight (out, in), bias (out) or undefined -> (T, out).
[[nodiscard]] at::Tensor linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                                bool bf16);

/// factor(x / sqrt(mean(x^2) + eps) * weight, bf16).   Shape  x (T, D), weight (D) -> (T, D).
[[nodiscard]] at::Tensor rms_norm(const at::Tensor& x, const at::Tensor& weight, double eps,
                                  bool bf16 = false);

/// silu(gate) * up, elementwise.
[[nodiscard]] at::Tensor swiglu(const at::Tensor& gate, const at::Tensor& up);

/// Rotates the two halves of every head by the row's angles.
///
/// Shape    x (T, heads * E), cos and sin (T, E / 2) -> (T, heads * E).
[[nodiscard]] at::Tensor rope(const at::Tensor& x, const at::Tensor& cos, const at::Tensor& sin);

/// softmax(q k^T / sqrt(E)) v within the spans, without padding: rows of all sequences stand one after
/// another.
///
/// Shape    q (Tq, H * E), k and v (T, K * E), spans of span_tensor() -> (Tq, H * E); H a multiple of K.
/// Every
///          query row is in exactly one span.
[[nodiscard]] at::Tensor attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                                   const at::Tensor& spans, std::int64_t heads, std::int64_t kv_heads);
/// The same for a plan.
///
/// With `bf16` on a GPU (libtorch 2.6 or newer) FlashAttention over sequences of different lengths; elsewhere
/// off the fast path scaled_dot_product_attention() over buckets, fused where libtorch has it (on CPUs from
/// 2.1 on), on 1.13 plain products. Work is linear in the number of sequences on every path.
[[nodiscard]] at::Tensor attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                                   const AttentionPlan& plan, std::int64_t heads, std::int64_t kv_heads,
                                   bool bf16);

struct TokenScoreTensors {
  at::Tensor log_prob;
  at::Tensor entropy;
};
/// log softmax(hidden weight^T / temperature) at the targets, and the entropy of that distribution, a few
/// rows at a time: the logits (R, V) never exist at once. `bf16`: see linear(); statistics are float32.
///
/// Shape    hidden (R, D), weight (V, D), targets (R) int64 -> (R) float32 each.
[[nodiscard]] TokenScoreTensors token_scores(const at::Tensor& hidden, const at::Tensor& weight,
                                             const at::Tensor& targets, double temperature,
                                             bool bf16 = false);

/// sum over words of p (log p - log q), p = softmax(hidden weight^T / temperature) and q of the reference's,
/// a few rows at a time, in ATen's operations on every device. Gradients to hidden and weight alone.
///
/// Shape    hidden (R, D), weight (V, D), reference_hidden (R, D'), reference_weight (V, D') -> (R) float32.
[[nodiscard]] at::Tensor full_kl(const at::Tensor& hidden, const at::Tensor& weight,
                                 const at::Tensor& reference_hidden, const at::Tensor& reference_weight,
                                 double temperature, bool bf16 = false);

/// BLAS with threads of its own would fight with the callers' workers: makes it single-threaded, once.
void use_single_threaded_blas();

namespace plain {
/// The same in ATen alone: what the fast paths are tested against.
[[nodiscard]] at::Tensor rms_norm(const at::Tensor& x, const at::Tensor& weight, double eps);
[[nodiscard]] at::Tensor swiglu(const at::Tensor& gate, const at::Tensor& up);
[[nodiscard]] at::Tensor rope(const at::Tensor& x, const at::Tensor& cos, const at::Tensor& sin);
[[nodiscard]] at::Tensor attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                                   const at::Tensor& spans, std::int64_t heads, std::int64_t kv_heads);
[[nodiscard]] TokenScoreTensors token_scores(const at::Tensor& hidden, const at::Tensor& weight,
                                             const at::Tensor& targets, double temperature);
}  // namespace plain

}  // namespace metaspatial::vlm::ops
