#include "metaspatial/vlm/ops.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <mutex>

#ifndef METASPATIAL_WITHOUT_BLAS  // tools/gpu_check: ATen does everything
#include <cblas.h>
#endif

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>
#include <torch/csrc/autograd/custom_function.h>

#include "metaspatial/base/error.hpp"
#include "metaspatial/vlm/aten_ops.hpp"
#include "metaspatial/vlm/kernels.hpp"
#include "metaspatial/vlm/torch_version.hpp"

namespace metaspatial::vlm::ops {

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::variable_list;

constexpr int kSpanFields = 8;
static_assert(sizeof(AttentionSpan) == kSpanFields * sizeof(std::int64_t), "copied into a tensor as it is");

thread_local bool aten_only = false;

bool fast(const at::Tensor& x) {
#ifdef METASPATIAL_WITHOUT_BLAS
  return false;
#endif
  return x.device().is_cpu() && x.scalar_type() == at::kFloat && !aten_only;
}

// Whether results are bfloat16, too.
bool rounded(const at::Tensor& x, bool bf16) {
  return bf16 && (x.is_cuda() || aten_only);
}

const AttentionSpan* span_data(const at::Tensor& spans) {
  return reinterpret_cast<const AttentionSpan*>(spans.data_ptr<std::int64_t>());
}

// Row-major C (m, n) = alpha op(A) op(B) + beta C.
void sgemm(bool transpose_a, bool transpose_b, std::int64_t m, std::int64_t n, std::int64_t k, float alpha,
           const float* a, std::int64_t lda, const float* b, std::int64_t ldb, float beta, float* c,
           std::int64_t ldc) {
#ifndef METASPATIAL_WITHOUT_BLAS
  cblas_sgemm(CblasRowMajor, transpose_a ? CblasTrans : CblasNoTrans, transpose_b ? CblasTrans : CblasNoTrans,
              static_cast<int>(m), static_cast<int>(n), static_cast<int>(k), alpha, a, static_cast<int>(lda),
              b, static_cast<int>(ldb), beta, c, static_cast<int>(ldc));
#endif
}

// Below this many rows the packing of the weight is not worth while.
constexpr std::int64_t kLinearRows = 512;
constexpr std::int64_t kLinearAlign = 16;

class LinearMap : public Function<LinearMap> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x_any, const at::Tensor& weight_any,
                            const c10::optional<at::Tensor>& bias, bool bf16) {
    const at::Tensor x = x_any.contiguous();
    const at::Tensor weight = weight_any.to(at::kFloat).contiguous();
    const kernels::Table& kernel = kernels::table();
    const std::int64_t out = weight.size(0);
    at::Tensor y = at::empty({x.size(0), out}, x.options());
    at::Tensor scratch = at::empty({kernel.linear_scratch(x.size(1), out)}, x.options());
    (bf16 ? kernel.linear_bf16 : kernel.linear)(
        x.size(0), x.size(1), out, x.data_ptr<float>(), weight.data_ptr<float>(),
        bias ? bias->data_ptr<float>() : nullptr, y.data_ptr<float>(), scratch.data_ptr<float>());
    context->save_for_backward({x, weight_any});
    context->saved_data["bf16"] = bf16;
    context->saved_data["biased"] = bias.has_value();
    return y;
  }
  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list saved = context->get_saved_variables();
    const at::Tensor& x = saved[0];
    const at::Tensor weight = saved[1].to(at::kFloat).contiguous();
    const bool bf16 = context->saved_data["bf16"].toBool();
    const at::Tensor grad = gradients[0].contiguous();
    const kernels::Table& kernel = kernels::table();
    const std::int64_t rows = x.size(0);
    const std::int64_t in = x.size(1);
    const std::int64_t out = weight.size(0);
    at::Tensor scratch = at::empty({kernel.linear_scratch(in, out)}, x.options());
    at::Tensor grad_x, grad_weight, grad_bias;  // of what is not frozen
    if (context->needs_input_grad(0)) {
      grad_x = at::empty_like(x);
      (bf16 ? kernel.linear_grad_input_bf16 : kernel.linear_grad_input)(
          rows, in, out, grad.data_ptr<float>(), weight.data_ptr<float>(), grad_x.data_ptr<float>(),
          scratch.data_ptr<float>());
    }
    if (context->needs_input_grad(1)) {
      grad_weight = at::empty_like(weight);
      (bf16 ? kernel.linear_grad_weight_bf16 : kernel.linear_grad_weight)(
          rows, in, out, grad.data_ptr<float>(), x.data_ptr<float>(), grad_weight.data_ptr<float>(),
          scratch.data_ptr<float>());
    }
    if (context->saved_data["biased"].toBool() && context->needs_input_grad(2)) {
      grad_bias = at::empty({out}, x.options());
      kernel.column_sums(rows, out, grad.data_ptr<float>(), grad_bias.data_ptr<float>());
    }
    return {grad_x, grad_weight, grad_bias, at::Tensor()};
  }
};

// A map whose weight is stored in another type than x has. What autograd would keep for the backward pass, a
// copy of the weight in x's type, is made twice instead: all copies of a model at once would be another
// model.
class MixedLinear : public Function<MixedLinear> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const at::Tensor& weight,
                            const c10::optional<at::Tensor>& bias) {
    context->save_for_backward({x, weight});
    if (!bias) return at::linear(x, weight.to(x.scalar_type()));
    context->saved_data["bias"] = static_cast<std::int64_t>(bias->scalar_type());
    return at::linear(x, weight.to(x.scalar_type()), bias->to(x.scalar_type()));
  }
  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list saved = context->get_saved_variables();
    const at::Tensor& grad = gradients[0];
    at::Tensor grad_x, grad_weight, grad_bias;
    if (context->needs_input_grad(0)) grad_x = at::matmul(grad, saved[1].to(grad.scalar_type()));
    if (context->needs_input_grad(1)) grad_weight = at::matmul(grad.t(), saved[0]).to(saved[1].scalar_type());
    const auto bias = context->saved_data.find("bias");
    if (bias != context->saved_data.end() && context->needs_input_grad(2))
      grad_bias = grad.sum(0).to(static_cast<at::ScalarType>(bias->second.toInt()));
    return {grad_x, grad_weight, grad_bias};
  }
};

class RmsNorm : public Function<RmsNorm> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x_any, const at::Tensor& weight,
                            double eps) {
    const at::Tensor x = x_any.contiguous();
    at::Tensor y = at::empty_like(x);
    at::Tensor inverse = at::empty({x.size(0)}, x.options());
    kernels::table().rms_norm(x.size(0), x.size(1), x.data_ptr<float>(), weight.data_ptr<float>(),
                              static_cast<float>(eps), y.data_ptr<float>(), inverse.data_ptr<float>());
    context->save_for_backward({x, weight, inverse});
    return y;
  }
  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list saved = context->get_saved_variables();
    const at::Tensor grad = gradients[0].contiguous();
    at::Tensor grad_x = at::empty_like(saved[0]);
    at::Tensor grad_weight = at::zeros_like(saved[1]);
    kernels::table().rms_norm_backward(grad.size(0), grad.size(1), saved[0].data_ptr<float>(),
                                       saved[1].data_ptr<float>(), saved[2].data_ptr<float>(),
                                       grad.data_ptr<float>(), grad_x.data_ptr<float>(),
                                       grad_weight.data_ptr<float>());
    return {grad_x, grad_weight, at::Tensor()};
  }
};

class Swiglu : public Function<Swiglu> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& gate_any, const at::Tensor& up_any) {
    const at::Tensor gate = gate_any.contiguous();
    const at::Tensor up = up_any.contiguous();
    at::Tensor y = at::empty_like(gate);
    kernels::table().swiglu(gate.numel(), gate.data_ptr<float>(), up.data_ptr<float>(), y.data_ptr<float>());
    context->save_for_backward({gate, up});
    return y;
  }
  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list saved = context->get_saved_variables();
    const at::Tensor grad = gradients[0].contiguous();
    at::Tensor grad_gate = at::empty_like(grad);
    at::Tensor grad_up = at::empty_like(grad);
    kernels::table().swiglu_backward(grad.numel(), saved[0].data_ptr<float>(), saved[1].data_ptr<float>(),
                                     grad.data_ptr<float>(), grad_gate.data_ptr<float>(),
                                     grad_up.data_ptr<float>());
    return {grad_gate, grad_up};
  }
};

at::Tensor rotated(const at::Tensor& x_any, const at::Tensor& cos, const at::Tensor& sin, float sign) {
  const at::Tensor x = x_any.stride(1) == 1 ? x_any : x_any.contiguous();
  at::Tensor y = at::empty({x.size(0), x.size(1)}, x.options());
  const std::int64_t head = 2 * cos.size(1);
  kernels::table().rope(x.size(0), x.size(1) / head, head, x.data_ptr<float>(), x.stride(0),
                        cos.data_ptr<float>(), sin.data_ptr<float>(), sign, y.data_ptr<float>());
  return y;
}

class Rope : public Function<Rope> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const at::Tensor& cos,
                            const at::Tensor& sin) {
    context->save_for_backward({cos, sin});
    return rotated(x, cos, sin, 1.0F);
  }
  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list saved = context->get_saved_variables();
    return {rotated(gradients[0], saved[0], saved[1], -1.0F), at::Tensor(), at::Tensor()};
  }
};

// Rows of query by keys of one head: big enough for BLAS to be at speed, small enough to stay in the cache.
constexpr std::int64_t kTileRows = 64;
// Row functions of the kernels work on whole vectors of up to this many floats.
constexpr std::int64_t kRowAlign = 16;

std::int64_t round_up(std::int64_t n, std::int64_t step) {
  return (n + step - 1) / step * step;
}

// A tile: queries [first, first + rows) of a span and the keys that any of them sees.
struct Tile {
  std::int64_t first = 0, rows = 0;
  std::int64_t own = 0;     // own keys seen by the last row
  std::int64_t keys = 0;    // prefix_count + own
  std::int64_t stride = 0;  // of the score buffer
  // Keys seen by row i of the tile.
  std::int64_t visible(const AttentionSpan& span, std::int64_t i) const {
    return span.causal != 0 ? span.prefix_count + span.own_offset + first + i + 1 : keys;
  }
};

Tile tile_of(const AttentionSpan& span, std::int64_t first) {
  Tile tile;
  tile.first = first;
  tile.rows = std::min(kTileRows, span.query_count - first);
  tile.own = span.causal != 0 ? span.own_offset + first + tile.rows : span.own_count;
  tile.keys = span.prefix_count + tile.own;
  tile.stride = round_up(tile.keys, kRowAlign);
  return tile;
}

// scores (rows, keys) = q k^T, or with v for k and any rows for q.
void tile_products(const AttentionSpan& span, const Tile& tile, const float* rows, std::int64_t row_stride,
                   const float* keys, std::int64_t key_stride, std::int64_t head, float* out) {
  if (span.prefix_count > 0)
    sgemm(false, true, tile.rows, span.prefix_count, head, 1.0F, rows, row_stride,
          keys + span.prefix_begin * key_stride, key_stride, 0.0F, out, tile.stride);
  if (tile.own > 0)
    sgemm(false, true, tile.rows, tile.own, head, 1.0F, rows, row_stride, keys + span.own_begin * key_stride,
          key_stride, 0.0F, out + span.prefix_count, tile.stride);
}

// out (rows, head) += weights (rows, keys) values.
void tile_mix(const AttentionSpan& span, const Tile& tile, const float* weights, const float* values,
              std::int64_t value_stride, std::int64_t head, bool accumulate, float* out,
              std::int64_t out_stride) {
  float beta = accumulate ? 1.0F : 0.0F;
  if (span.prefix_count > 0) {
    sgemm(false, false, tile.rows, head, span.prefix_count, 1.0F, weights, tile.stride,
          values + span.prefix_begin * value_stride, value_stride, beta, out, out_stride);
    beta = 1.0F;
  }
  if (tile.own > 0)
    sgemm(false, false, tile.rows, head, tile.own, 1.0F, weights + span.prefix_count, tile.stride,
          values + span.own_begin * value_stride, value_stride, beta, out, out_stride);
}

// grad (keys, head) += weights^T (keys, rows) rows (rows, head).
void tile_scatter(const AttentionSpan& span, const Tile& tile, const float* weights, const float* rows,
                  std::int64_t row_stride, std::int64_t head, float* grad, std::int64_t grad_stride) {
  if (span.prefix_count > 0)
    sgemm(true, false, span.prefix_count, head, tile.rows, 1.0F, weights, tile.stride, rows, row_stride, 1.0F,
          grad + span.prefix_begin * grad_stride, grad_stride);
  if (tile.own > 0)
    sgemm(true, false, tile.own, head, tile.rows, 1.0F, weights + span.prefix_count, tile.stride, rows,
          row_stride, 1.0F, grad + span.own_begin * grad_stride, grad_stride);
}

std::int64_t largest_tile(const at::Tensor& spans) {
  std::int64_t largest = 0;
  for (std::int64_t s = 0; s < spans.size(0); ++s) {
    const AttentionSpan& span = span_data(spans)[s];
    largest = std::max(largest, round_up(span.prefix_count + span.own_count, kRowAlign));
  }
  return largest * kTileRows;
}

// Attention by tiles; the backward pass computes the probabilities again from the log-sum-exp of each row, as
// in FlashAttention (Dao et al. 2022), so that memory is linear in the number of tokens.
class Attention : public Function<Attention> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& q_any, const at::Tensor& k_any,
                            const at::Tensor& v_any, const at::Tensor& spans, std::int64_t heads,
                            std::int64_t kv_heads) {
    const auto rows_of = [](const at::Tensor& x) { return x.stride(1) == 1 ? x : x.contiguous(); };
    const at::Tensor q = rows_of(q_any);
    const at::Tensor k = rows_of(k_any);
    const at::Tensor v = rows_of(v_any);
    const std::int64_t head = q.size(1) / heads;
    const float scale = 1.0F / std::sqrt(static_cast<float>(head));
    at::Tensor out = at::empty({q.size(0), q.size(1)}, q.options());
    at::Tensor lse = at::empty({heads, q.size(0)}, q.options());
    at::Tensor buffer = at::empty({largest_tile(spans)}, q.options());
    float* scores = buffer.data_ptr<float>();
    const kernels::Table& kernel = kernels::table();
    for (std::int64_t s = 0; s < spans.size(0); ++s) {
      const AttentionSpan& span = span_data(spans)[s];
      for (std::int64_t h = 0; h < heads; ++h) {
        const std::int64_t kv = h / (heads / kv_heads);
        const float* q_head = q.data_ptr<float>() + h * head;
        const float* k_head = k.data_ptr<float>() + kv * head;
        const float* v_head = v.data_ptr<float>() + kv * head;
        float* out_head = out.data_ptr<float>() + h * head;
        for (std::int64_t first = 0; first < span.query_count; first += kTileRows) {
          const Tile tile = tile_of(span, first);
          const std::int64_t row = span.query_begin + first;
          tile_products(span, tile, q_head + row * q.stride(0), q.stride(0), k_head, k.stride(0), head,
                        scores);
          float factor[kTileRows];
          for (std::int64_t i = 0; i < tile.rows; ++i) {
            float max = 0;
            float sum = 0;
            kernel.exp_row(scores + i * tile.stride, tile.visible(span, i), tile.stride, scale, &max, &sum);
            factor[i] = 1.0F / sum;
            lse.data_ptr<float>()[h * q.size(0) + row + i] = max + std::log(sum);
          }
          float* out_tile = out_head + row * out.stride(0);
          tile_mix(span, tile, scores, v_head, v.stride(0), head, false, out_tile, out.stride(0));
          for (std::int64_t i = 0; i < tile.rows; ++i)
            kernel.scale_row(out_tile + i * out.stride(0), head, factor[i]);
        }
      }
    }
    context->save_for_backward({q, k, v, out, lse, spans});
    context->saved_data["heads"] = heads;
    context->saved_data["kv_heads"] = kv_heads;
    return out;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list saved = context->get_saved_variables();
    const at::Tensor &q = saved[0], &k = saved[1], &v = saved[2], &out = saved[3], &lse = saved[4],
                     &spans = saved[5];
    const std::int64_t heads = context->saved_data["heads"].toInt();
    const std::int64_t kv_heads = context->saved_data["kv_heads"].toInt();
    const at::Tensor grad = gradients[0].contiguous();
    const std::int64_t head = q.size(1) / heads;
    const float scale = 1.0F / std::sqrt(static_cast<float>(head));
    at::Tensor grad_q = at::empty({q.size(0), q.size(1)}, q.options());
    at::Tensor grad_k = at::zeros({k.size(0), k.size(1)}, q.options());
    at::Tensor grad_v = at::zeros({v.size(0), v.size(1)}, q.options());
    at::Tensor buffer = at::empty({2, largest_tile(spans)}, q.options());
    float* p = buffer.data_ptr<float>();
    float* grad_p = p + buffer.size(1);
    const kernels::Table& kernel = kernels::table();
    for (std::int64_t s = 0; s < spans.size(0); ++s) {
      const AttentionSpan& span = span_data(spans)[s];
      for (std::int64_t h = 0; h < heads; ++h) {
        const std::int64_t kv = h / (heads / kv_heads);
        const float* k_head = k.data_ptr<float>() + kv * head;
        const float* v_head = v.data_ptr<float>() + kv * head;
        float* grad_k_head = grad_k.data_ptr<float>() + kv * head;
        float* grad_v_head = grad_v.data_ptr<float>() + kv * head;
        for (std::int64_t first = 0; first < span.query_count; first += kTileRows) {
          const Tile tile = tile_of(span, first);
          const std::int64_t row = span.query_begin + first;
          const float* q_tile = q.data_ptr<float>() + row * q.stride(0) + h * head;
          const float* out_tile = out.data_ptr<float>() + row * out.stride(0) + h * head;
          const float* grad_tile = grad.data_ptr<float>() + row * grad.stride(0) + h * head;
          float* grad_q_tile = grad_q.data_ptr<float>() + row * grad_q.stride(0) + h * head;
          tile_products(span, tile, q_tile, q.stride(0), k_head, k.stride(0), head, p);
          for (std::int64_t i = 0; i < tile.rows; ++i)
            kernel.probability_row(p + i * tile.stride, tile.visible(span, i), tile.stride, scale,
                                   lse.data_ptr<float>()[h * q.size(0) + row + i]);
          tile_scatter(span, tile, p, grad_tile, grad.stride(0), head, grad_v_head, grad_v.stride(0));
          tile_products(span, tile, grad_tile, grad.stride(0), v_head, v.stride(0), head, grad_p);
          for (std::int64_t i = 0; i < tile.rows; ++i) {
            const float delta =
                kernel.dot(out_tile + i * out.stride(0), grad_tile + i * grad.stride(0), head);
            kernel.softmax_backward_row(p + i * tile.stride, tile.stride, delta, scale,
                                        grad_p + i * tile.stride);
          }
          tile_mix(span, tile, grad_p, k_head, k.stride(0), head, false, grad_q_tile, grad_q.stride(0));
          tile_scatter(span, tile, grad_p, q_tile, q.stride(0), head, grad_k_head, grad_k.stride(0));
        }
      }
    }
    return {grad_q, grad_k, grad_v, at::Tensor(), at::Tensor(), at::Tensor()};
  }
};

// Rows of logits that exist at once: 128 of 700 fit the second-level cache, 64 MiB at Qwen's vocabulary.
constexpr std::int64_t kScoreRows = 128;

class TokenScores : public Function<TokenScores> {
 public:
  static variable_list forward(AutogradContext* context, const at::Tensor& hidden_any,
                               const at::Tensor& weight_any, const at::Tensor& targets, double temperature) {
    const at::Tensor hidden = hidden_any.contiguous();
    const at::Tensor weight = weight_any.to(at::kFloat).contiguous();
    const std::int64_t rows = hidden.size(0);
    const std::int64_t width = hidden.size(1);
    const std::int64_t vocabulary = weight.size(0);
    const std::int64_t stride = round_up(vocabulary, kRowAlign);
    at::Tensor log_prob = at::empty({rows}, hidden.options());
    at::Tensor entropy = at::empty({rows}, hidden.options());
    at::Tensor lse = at::empty({rows}, hidden.options());
    at::Tensor buffer = at::empty({std::min(rows, kScoreRows) + 1, stride}, hidden.options());
    float* logits = buffer.data_ptr<float>();
    const kernels::Table& kernel = kernels::table();
    const float scale = static_cast<float>(1.0 / temperature);
    for (std::int64_t first = 0; first < rows; first += kScoreRows) {
      const std::int64_t count = std::min(kScoreRows, rows - first);
      sgemm(false, true, count, vocabulary, width, scale, hidden.data_ptr<float>() + first * width, width,
            weight.data_ptr<float>(), width, 0.0F, logits, stride);
      float* exponentials = logits + count * stride;
      for (std::int64_t i = 0; i < count; ++i) {
        const float* row = logits + i * stride;
        std::memcpy(exponentials, row, static_cast<std::size_t>(vocabulary) * sizeof(float));
        float max = 0;
        float sum = 0;
        kernel.exp_row(exponentials, vocabulary, stride, 1.0F, &max, &sum);
        const float row_lse = max + std::log(sum);
        lse.data_ptr<float>()[first + i] = row_lse;
        log_prob.data_ptr<float>()[first + i] = row[targets.data_ptr<std::int64_t>()[first + i]] - row_lse;
        entropy.data_ptr<float>()[first + i] = row_lse - kernel.dot(exponentials, row, vocabulary) / sum;
      }
    }
    context->save_for_backward({hidden, weight_any, targets, lse, entropy});
    context->saved_data["temperature"] = temperature;
    return {log_prob, entropy};
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list saved = context->get_saved_variables();
    const at::Tensor &hidden = saved[0], &targets = saved[2], &lse = saved[3], &entropy = saved[4];
    const at::Tensor weight = saved[1].to(at::kFloat).contiguous();
    const bool learns = context->needs_input_grad(1);
    const std::int64_t rows = hidden.size(0);
    const std::int64_t width = hidden.size(1);
    const std::int64_t vocabulary = weight.size(0);
    const std::int64_t stride = round_up(vocabulary, kRowAlign);
    const float scale = static_cast<float>(1.0 / context->saved_data["temperature"].toDouble());
    const auto given = [&](const at::Tensor& gradient) {
      return gradient.defined() ? gradient.contiguous() : at::zeros({rows}, hidden.options());
    };
    const at::Tensor grad_log_prob = given(gradients[0]);
    const at::Tensor grad_entropy = given(gradients[1]);
    at::Tensor grad_hidden = at::empty_like(hidden);
    at::Tensor grad_weight = learns ? at::zeros_like(weight) : at::Tensor();
    at::Tensor buffer = at::empty({std::min(rows, kScoreRows) + 1, stride}, hidden.options());
    float* logits = buffer.data_ptr<float>();
    const kernels::Table& kernel = kernels::table();
    for (std::int64_t first = 0; first < rows; first += kScoreRows) {
      const std::int64_t count = std::min(kScoreRows, rows - first);
      const float* hidden_rows = hidden.data_ptr<float>() + first * width;
      sgemm(false, true, count, vocabulary, width, scale, hidden_rows, width, weight.data_ptr<float>(), width,
            0.0F, logits, stride);
      float* p = logits + count * stride;
      for (std::int64_t i = 0; i < count; ++i) {
        float* row = logits + i * stride;
        const float row_lse = lse.data_ptr<float>()[first + i];
        const float g = grad_log_prob.data_ptr<float>()[first + i];
        const float g_entropy = grad_entropy.data_ptr<float>()[first + i];
        std::memcpy(p, row, static_cast<std::size_t>(vocabulary) * sizeof(float));
        kernel.probability_row(p, vocabulary, stride, 1.0F, row_lse);
        // d log p_t / d l_j = [j = t] - p_j and dH / d l_j = -p_j (log p_j + H).
        const float constant = g + g_entropy * (entropy.data_ptr<float>()[first + i] - row_lse);
        for (std::int64_t j = 0; j < vocabulary; ++j)
          row[j] = -p[j] * (constant + g_entropy * row[j]) * scale;
        row[targets.data_ptr<std::int64_t>()[first + i]] += g * scale;
      }
      sgemm(false, false, count, width, vocabulary, 1.0F, logits, stride, weight.data_ptr<float>(), width,
            0.0F, grad_hidden.data_ptr<float>() + first * width, width);
      if (learns)
        sgemm(true, false, vocabulary, width, count, 1.0F, logits, stride, hidden_rows, width, 1.0F,
              grad_weight.data_ptr<float>(), width);
    }
    return {grad_hidden, grad_weight, at::Tensor(), at::Tensor()};
  }
};

#if METASPATIAL_TORCH_AT_LEAST(2, 6)
FlashPlan flash_plan(const std::vector<AttentionSpan>& spans, at::Device device) {
  FlashPlan plan;
  std::vector<std::int64_t> rows;
  std::vector<std::int32_t> query_ends{0}, key_ends{0};
  std::int64_t queries = 0;
  for (const AttentionSpan& span : spans) {
    if (span.query_count == 0) continue;
    METASPATIAL_CHECK(span.query_begin == queries, "attention plan: queries in order");
    METASPATIAL_CHECK(span.causal == 0 || span.own_count == span.own_offset + span.query_count,
                      "attention plan: own keys");
    plan.causal = span.causal != 0;
    queries += span.query_count;
    for (std::int64_t i = 0; i < span.prefix_count; ++i) rows.push_back(span.prefix_begin + i);
    for (std::int64_t i = 0; i < span.own_count; ++i) rows.push_back(span.own_begin + i);
    ++plan.sequences;
    plan.longest_query = std::max(plan.longest_query, span.query_count);
    plan.longest_keys = std::max(plan.longest_keys, span.prefix_count + span.own_count);
    query_ends.push_back(static_cast<std::int32_t>(queries));
    key_ends.push_back(static_cast<std::int32_t>(rows.size()));
  }
  const auto on_device = [&](const auto& values, at::ScalarType type) {
    at::Tensor out = at::empty({static_cast<std::int64_t>(values.size())}, type);
    std::memcpy(out.data_ptr(), values.data(), values.size() * sizeof(values[0]));
    return out.to(device);
  };
  plan.key_rows = on_device(rows, at::kLong);
  plan.query_ends = on_device(query_ends, at::kInt);
  plan.key_ends = on_device(key_ends, at::kInt);
  return plan;
}
#endif

}  // namespace

at::Tensor span_tensor(const std::vector<AttentionSpan>& spans) {
  at::Tensor out = at::empty({static_cast<std::int64_t>(spans.size()), kSpanFields}, at::kLong);
  if (!spans.empty())
    std::memcpy(out.data_ptr<std::int64_t>(), spans.data(), spans.size() * sizeof(AttentionSpan));
  return out;
}

AtenOnly::AtenOnly() : before_(aten_only) {
  aten_only = true;
}
AtenOnly::~AtenOnly() {
  aten_only = before_;
}

AttentionPlan attention_plan(const std::vector<AttentionSpan>& spans, const at::Tensor& like,
                             [[maybe_unused]] bool bf16) {
  AttentionPlan plan;
  plan.spans = span_tensor(spans);
  std::int64_t queries = 0;
  for (const AttentionSpan& span : spans) queries += span.query_count;
  if (fast(like) || queries == 0) return plan;
#if METASPATIAL_TORCH_AT_LEAST(2, 6)
  if (bf16 && like.is_cuda()) {
    const auto uniform = [&](const AttentionSpan& span) { return span.causal == spans.front().causal; };
    METASPATIAL_CHECK(std::all_of(spans.begin(), spans.end(), uniform), "attention plan: all causal or none");
    plan.flash = flash_plan(spans, like.device());
    return plan;
  }
#endif
  plan.buckets = aten::attention_buckets(spans, queries, like.device(), plan.row_places);
  return plan;
}

at::Tensor factor(const at::Tensor& x, bool bf16) {
  return rounded(x, bf16) ? x.to(at::kBFloat16) : x;
}

at::Tensor linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, bool bf16) {
  if (rounded(x, bf16)) return aten::linear_bf16(x, weight, bias);
  bf16 = bf16 && kernels::table().linear_bf16 != nullptr;
  const bool packed = fast(x) && x.size(0) > 0 && x.size(1) % kLinearAlign == 0 &&
                      weight.size(0) % kLinearAlign == 0 && (bf16 || x.size(0) >= kLinearRows);
  const c10::optional<at::Tensor> some = bias.defined() ? c10::make_optional(bias) : c10::nullopt;
  const at::ScalarType type = x.scalar_type();
  const bool mixed = weight.scalar_type() != type || (bias.defined() && bias.scalar_type() != type);
  if (!packed) return mixed ? MixedLinear::apply(x, weight, some) : at::linear(x, weight, bias);
  return LinearMap::apply(x, weight, bias.defined() ? c10::make_optional(bias.to(type)) : c10::nullopt, bf16);
}

at::Tensor rms_norm(const at::Tensor& x, const at::Tensor& stored, double eps, bool bf16) {
  const at::Tensor weight = stored.to(x.scalar_type());
  if (fast(x)) return RmsNorm::apply(x, weight, eps);
#if METASPATIAL_TORCH_AT_LEAST(2, 9)
  if (x.is_cuda()) return factor(at::rms_norm(x, {x.size(1)}, weight, eps), bf16);
#endif
  return aten::rms_norm(x, weight, eps, rounded(x, bf16) ? at::kBFloat16 : x.scalar_type());
}

at::Tensor swiglu(const at::Tensor& gate, const at::Tensor& up) {
  return fast(gate) ? Swiglu::apply(gate, up) : aten::swiglu(gate, up);
}

at::Tensor rope(const at::Tensor& x, const at::Tensor& cos, const at::Tensor& sin) {
  return fast(x) ? Rope::apply(x, cos, sin) : aten::rope(x, cos, sin);
}

at::Tensor attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const at::Tensor& spans,
                     std::int64_t heads, std::int64_t kv_heads) {
  METASPATIAL_CHECK(heads % kv_heads == 0 && k.size(0) == v.size(0), "attention: shapes");
  return fast(q) ? Attention::apply(q, k, v, spans, heads, kv_heads)
                 : plain::attention(q, k, v, spans, heads, kv_heads);
}

at::Tensor attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const AttentionPlan& plan,
                     std::int64_t heads, std::int64_t kv_heads, bool bf16) {
  const at::Tensor qf = factor(q, bf16), kf = factor(k, bf16), vf = factor(v, bf16);
#if METASPATIAL_TORCH_AT_LEAST(2, 6)
  if (plan.flash.sequences > 0) {
    // Causality counts from the end: the last query of a sequence sees all of its keys, as in AttentionSpan.
    const FlashPlan& flash = plan.flash;
    const std::int64_t head = q.size(1) / heads;
    const auto gathered = [&](const at::Tensor& x) {
      return x.index_select(0, flash.key_rows).reshape({-1, kv_heads, head});
    };
    const auto mixed = at::_flash_attention_forward(qf.reshape({-1, heads, head}), gathered(kf), gathered(vf),
                                                    flash.query_ends, flash.key_ends, flash.longest_query,
                                                    flash.longest_keys, 0.0, flash.causal, false);
    return std::get<0>(mixed).reshape({q.size(0), q.size(1)});
  }
#endif
  if (plan.buckets.empty()) return attention(qf, kf, vf, plan.spans, heads, kv_heads);
  return aten::attention(qf, kf, vf, plan.buckets, plan.row_places, heads, kv_heads);
}

TokenScoreTensors token_scores(const at::Tensor& hidden, const at::Tensor& weight, const at::Tensor& targets,
                               double temperature, bool bf16) {
  METASPATIAL_CHECK(temperature > 0, "token_scores: temperature");
  if (!fast(hidden)) return aten::token_scores(hidden, weight, targets, temperature, rounded(hidden, bf16));
  const variable_list out = TokenScores::apply(hidden, weight, targets, temperature);
  return {out[0], out[1]};
}

at::Tensor full_kl(const at::Tensor& hidden, const at::Tensor& weight, const at::Tensor& reference_hidden,
                   const at::Tensor& reference_weight, double temperature, bool bf16) {
  METASPATIAL_CHECK(temperature > 0, "full_kl: temperature");
  METASPATIAL_CHECK(weight.size(0) == reference_weight.size(0) && hidden.size(0) == reference_hidden.size(0),
                    "full_kl: the same vocabulary and the same tokens");
  return aten::full_kl(hidden, weight, reference_hidden, reference_weight, temperature,
                       rounded(hidden, bf16));
}

void use_single_threaded_blas() {
#ifndef METASPATIAL_WITHOUT_BLAS
  static std::once_flag once;
  std::call_once(once, [] { openblas_set_num_threads(1); });
#endif
}

namespace plain {

at::Tensor rms_norm(const at::Tensor& x, const at::Tensor& weight, double eps) {
  const at::Tensor wide = x.to(x.scalar_type() == at::kBFloat16 ? at::kFloat : x.scalar_type());
  return weight * (wide * at::rsqrt(wide.pow(2).mean(-1, true) + eps)).to(x.scalar_type());
}

at::Tensor swiglu(const at::Tensor& gate, const at::Tensor& up) {
  return at::silu(gate) * up;
}

at::Tensor rope(const at::Tensor& x, const at::Tensor& cos, const at::Tensor& sin) {
  // (a, b) -> (a cos - b sin, b cos + a sin), both halves at once.
  const at::Tensor halves = x.reshape({x.size(0), -1, 2, cos.size(1)});
  const at::Tensor turn = at::stack({-sin, sin}, 1).unsqueeze(1);  // (T, 1, 2, E / 2)
  return at::addcmul(halves * cos.unsqueeze(1).unsqueeze(1), halves.flip(2), turn)
      .reshape({x.size(0), x.size(1)})
      .to(x.scalar_type());
}

at::Tensor attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const at::Tensor& spans,
                     std::int64_t heads, std::int64_t kv_heads) {
  const std::int64_t head = q.size(1) / heads;
  // (T, n * E) -> (H, T, E), key and value heads repeated for their query heads.
  const auto by_head = [&](const at::Tensor& x, std::int64_t n) {
    return x.reshape({x.size(0), n, 1, head})
        .expand({x.size(0), n, heads / n, head})
        .reshape({-1, heads, head})
        .transpose(0, 1);
  };
  std::vector<at::Tensor> outs;
  std::vector<at::Tensor> rows;
  for (std::int64_t s = 0; s < spans.size(0); ++s) {
    const AttentionSpan& span = span_data(spans)[s];
    if (span.query_count == 0) continue;
    const auto keys_of = [&](const at::Tensor& x) {
      return by_head(at::cat({x.narrow(0, span.prefix_begin, span.prefix_count),
                              x.narrow(0, span.own_begin, span.own_count)}),
                     kv_heads);
    };
    at::Tensor scores = at::matmul(by_head(q.narrow(0, span.query_begin, span.query_count), heads),
                                   keys_of(k).transpose(1, 2)) /
                        std::sqrt(static_cast<double>(head));
    if (span.causal != 0) {
      const auto longs = q.options().dtype(at::kLong);
      const at::Tensor last = at::arange(span.query_count, longs) + (span.prefix_count + span.own_offset);
      const at::Tensor key = at::arange(span.prefix_count + span.own_count, longs);
      scores =
          scores.masked_fill(key.unsqueeze(0) > last.unsqueeze(1), -std::numeric_limits<double>::infinity());
    }
    const at::Tensor mixed = at::matmul(at::softmax(scores, -1), keys_of(v));
    outs.push_back(mixed.transpose(0, 1).reshape({span.query_count, q.size(1)}));
    rows.push_back(at::arange(span.query_begin, span.query_begin + span.query_count, at::kLong));
  }
  if (outs.empty()) return at::zeros_like(q);
  return at::zeros_like(q).index_copy(0, at::cat(rows).to(q.device()), at::cat(outs));
}

TokenScoreTensors token_scores(const at::Tensor& hidden, const at::Tensor& weight, const at::Tensor& targets,
                               double temperature) {
  const at::Tensor log_p = at::log_softmax(
      at::matmul(hidden, weight.to(hidden.scalar_type()).t()).to(at::kFloat) / temperature, -1);
  return {log_p.gather(1, targets.unsqueeze(1)).squeeze(1), -(log_p.exp() * log_p).sum(-1)};
}

}  // namespace plain

}  // namespace metaspatial::vlm::ops
