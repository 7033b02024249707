#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

/// Float32 loops of the CPU fast path, built for several instruction sets and chosen once at run time.
///
/// Every row's result depends on that row alone, in a fixed order of operations: the same row gives the same
/// bytes whatever else is in the batch. BLAS does not promise that; generation relies on it.
/// Pointers need no alignment. Matrices are row-major; `ld*` is the distance of rows in floats.
namespace metaspatial::vlm::kernels {

/// Columns of a packed weight panel and keys of a block of transposed keys.
constexpr std::int64_t kPanel = 32;

struct Table {
  const char* name;

  /// C (M, N) = A (M, K) B (K, N), or C += A B. Each element is one chain of fused multiply-adds over k.
  void (*gemm)(std::int64_t m, std::int64_t n, std::int64_t k, const float* a, std::int64_t lda,
               const float* b, std::int64_t ldb, float* c, std::int64_t ldc, bool accumulate);
  /// y (rows, ldy) = or += x (rows, in) weight^T with the weight (out, in) read where it lies, float32 or the
  /// bits of bfloat16, sums in float32. Each element is summed in one order, whatever `rows` is.
  void (*stored_product)(std::int64_t rows, std::int64_t in, std::int64_t out, const float* x,
                         const float* weight, float* y, std::int64_t ldy, bool accumulate);
  void (*stored_product_bf16)(std::int64_t rows, std::int64_t in, std::int64_t out, const float* x,
                              const std::uint16_t* weight, float* y, std::int64_t ldy, bool accumulate);
  /// y (rows, out) = x (rows, in) weight^T + bias, weight (out, in); bias may be null. `in` and `out` are
  /// multiples of 16. `scratch` has linear_scratch(in, out) floats, for the two below as well.
  void (*linear)(std::int64_t rows, std::int64_t in, std::int64_t out, const float* x, const float* weight,
                 const float* bias, float* y, float* scratch);
  /// grad_x (rows, in) = grad_y (rows, out) weight.
  void (*linear_grad_input)(std::int64_t rows, std::int64_t in, std::int64_t out, const float* grad_y,
                            const float* weight, float* grad_x, float* scratch);
  /// grad_weight (out, in) = grad_y^T x.
  void (*linear_grad_weight)(std::int64_t rows, std::int64_t in, std::int64_t out, const float* grad_y,
                             const float* x, float* grad_weight, float* scratch);
  /// The same with factors rounded to bfloat16 and sums in float32; null where the CPU has no such
  /// instruction.
  decltype(linear) linear_bf16;
  decltype(linear_grad_input) linear_grad_input_bf16;
  decltype(linear_grad_weight) linear_grad_weight_bf16;
  std::int64_t (*linear_scratch)(std::int64_t in, std::int64_t out);
  /// sums (width) of the columns of x (rows, width).
  void (*column_sums)(std::int64_t rows, std::int64_t width, const float* x, float* sums);
  /// y = x / sqrt(mean(x^2) + eps) * weight; inverse_rms (rows) may be null.
  void (*rms_norm)(std::int64_t rows, std::int64_t width, const float* x, const float* weight, float eps,
                   float* y, float* inverse_rms);
  /// grad_x is written, grad_weight is added to.
  void (*rms_norm_backward)(std::int64_t rows, std::int64_t width, const float* x, const float* weight,
                            const float* inverse_rms, const float* grad_y, float* grad_x, float* grad_weight);
  /// y = silu(gate) * up, n numbers.
  void (*swiglu)(std::int64_t n, const float* gate, const float* up, float* y);
  void (*swiglu_backward)(std::int64_t n, const float* gate, const float* up, const float* grad_y,
                          float* grad_gate, float* grad_up);
  /// Rotates each head of each row: with halves (a, b) of a head, (a cos - b sin, b cos + a sin).
  /// `sign` -1 turns back. cos, sin: (rows, head / 2).
  void (*rope)(std::int64_t rows, std::int64_t heads, std::int64_t head, const float* x, std::int64_t ldx,
               const float* cos, const float* sin, float sign, float* y);
  /// x[0, valid) <- exp(scale x - max) and [valid, padded) <- 0; returns their sum in `sum` and max in `max`.
  void (*exp_row)(float* x, std::int64_t valid, std::int64_t padded, float scale, float* max, float* sum);
  /// x[0, valid) <- exp(scale x - lse), [valid, padded) <- 0.
  void (*probability_row)(float* x, std::int64_t valid, std::int64_t padded, float scale, float lse);
  /// x <- x * factor, n numbers.
  void (*scale_row)(float* x, std::int64_t n, float factor);
  /// grad <- p * (grad - delta) * scale, n numbers.
  void (*softmax_backward_row)(const float* p, std::int64_t n, float delta, float scale, float* grad);
  float (*dot)(const float* a, const float* b, std::int64_t n);
};

/// The table for this CPU.
[[nodiscard]] const Table& table();
/// The plain table of the baseline instruction set, to test the others against.
[[nodiscard]] const Table& baseline_table();
/// Every table that this CPU can run, the baseline's first.
[[nodiscard]] std::vector<const Table*> supported_tables();

}  // namespace metaspatial::vlm::kernels
