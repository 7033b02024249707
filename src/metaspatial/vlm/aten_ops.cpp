#include "metaspatial/vlm/aten_ops.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <map>
#include <utility>

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>
#include <torch/csrc/autograd/custom_function.h>

#include "metaspatial/base/error.hpp"
#include "metaspatial/vlm/torch_version.hpp"

namespace metaspatial::vlm::ops::aten {

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::variable_list;

class LinearBf16 : public Function<LinearBf16> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x_any, const at::Tensor& weight,
                            const c10::optional<at::Tensor>& bias) {
    const at::Tensor x = x_any.to(at::kBFloat16);
    context->save_for_backward({x, weight});
    context->saved_data["biased"] = bias.has_value();
    context->saved_data["x_type"] = x_any.scalar_type();
    return at::linear(x, weight.to(at::kBFloat16), bias ? bias->to(at::kBFloat16) : at::Tensor());
  }
  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list saved = context->get_saved_variables();
    const at::Tensor &x = saved[0], &weight = saved[1];
    const at::Tensor grad = gradients[0].to(at::kBFloat16);
    at::Tensor grad_x, grad_weight, grad_bias;
    if (context->needs_input_grad(0))
      grad_x = at::matmul(grad, weight.to(at::kBFloat16)).to(context->saved_data["x_type"].toScalarType());
    if (context->needs_input_grad(1)) grad_weight = at::matmul(grad.t(), x).to(weight.scalar_type());
    if (context->saved_data["biased"].toBool() && context->needs_input_grad(2))
      grad_bias = grad.sum(0, /*keepdim=*/false, at::kFloat);
    return {grad_x, grad_weight, grad_bias};
  }
};

class RmsNorm : public Function<RmsNorm> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const at::Tensor& weight,
                            double eps, at::ScalarType out) {
    const at::Tensor wide = x.to(sum_type(x.scalar_type()));
    const at::Tensor inverse = wide.square().mean(-1, true).add_(eps).rsqrt_();  // (T, 1)
    context->save_for_backward({x, weight, inverse});
    return (wide * inverse).mul_(weight).to(out);
  }
  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list saved = context->get_saved_variables();
    const at::Tensor &x = saved[0], &weight = saved[1], &inverse = saved[2];
    const at::Tensor grad = gradients[0].to(inverse.scalar_type());
    const at::Tensor normed = x.to(inverse.scalar_type()) * inverse;
    at::Tensor grad_x, grad_weight;
    if (context->needs_input_grad(1)) grad_weight = (grad * normed).sum(0).to(weight.scalar_type());
    if (context->needs_input_grad(0)) {
      // With n = x / rms and h = grad weight: (h - n mean(h n)) / rms.
      const at::Tensor h = grad * weight;
      grad_x = (h - normed * (h * normed).mean(-1, true)).mul_(inverse).to(x.scalar_type());
    }
    return {grad_x, grad_weight, at::Tensor(), at::Tensor()};
  }
};

class Swiglu : public Function<Swiglu> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& gate, const at::Tensor& up) {
    context->save_for_backward({gate, up});
    return at::silu(gate).mul_(up);
  }
  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list saved = context->get_saved_variables();
    const at::Tensor &gate = saved[0], &up = saved[1];
    return {at::silu_backward(gradients[0] * up, gate), at::silu(gate).mul_(gradients[0])};
  }
};

// (a, b) -> (a cos - sign b sin, b cos + sign a sin) for the halves of every head.
at::Tensor rotated(const at::Tensor& x, const at::Tensor& cos, const at::Tensor& sin, double sign) {
  const at::ScalarType wide = sum_type(x.scalar_type());
  const std::int64_t half = cos.size(1);
  const at::Tensor halves = x.reshape({x.size(0), -1, 2, half});
  const at::Tensor a = halves.select(2, 0).to(wide), b = halves.select(2, 1).to(wide);
  const at::Tensor c = cos.to(wide).unsqueeze(1), s = (sin.to(wide) * sign).unsqueeze(1);
  at::Tensor out = at::empty({x.size(0), halves.size(1), 2, half}, x.options());
  out.select(2, 0).copy_((a * c).sub_(b * s));
  out.select(2, 1).copy_((b * c).add_(a * s));
  return out.view({x.size(0), x.size(1)});
}

class Rope : public Function<Rope> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const at::Tensor& cos,
                            const at::Tensor& sin) {
    context->save_for_backward({cos, sin});
    return rotated(x, cos, sin, 1.0);
  }
  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list saved = context->get_saved_variables();
    return {rotated(gradients[0], saved[0], saved[1], -1.0), at::Tensor(), at::Tensor()};
  }
};

/// Calls body(first, count) for portions of rows whose logits may exist at once.
template <typename F>
void each_chunk(const at::Tensor& h, const at::Tensor& w, F&& body) {
  const std::int64_t rows = h.size(0);
  const std::int64_t step = logit_rows(rows, w.size(0), h.is_cuda() ? kLogitBytesGpu : kLogitBytesCpu);
  for (std::int64_t first = 0; first < rows; first += step) body(first, std::min(step, rows - first));
}

at::Tensor chunk_logits(const at::Tensor& h, const at::Tensor& w, std::int64_t first, std::int64_t count,
                        double temperature) {
  return at::matmul(h.narrow(0, first, count), w.t()).to(sum_type(h.scalar_type())).div_(temperature);
}

class TokenScores : public Function<TokenScores> {
 public:
  static variable_list forward(AutogradContext* context, const at::Tensor& hidden, const at::Tensor& weight,
                               const at::Tensor& targets, double temperature, at::ScalarType factor) {
    const at::Tensor h = hidden.to(factor);
    const at::Tensor w = weight.to(factor);
    const auto sums = hidden.options().dtype(sum_type(factor));
    at::Tensor log_prob = at::empty({h.size(0)}, sums);
    at::Tensor entropy = at::empty({h.size(0)}, sums);
    at::Tensor lse = at::empty({h.size(0)}, sums);
    each_chunk(h, w, [&](std::int64_t first, std::int64_t count) {
      const at::Tensor logits = chunk_logits(h, w, first, count, temperature);
      const at::Tensor max = logits.amax(1, true);
      at::Tensor exponentials = (logits - max).exp_();
      const at::Tensor sum = exponentials.sum(1);
      const at::Tensor chunk_lse = max.squeeze(1) + sum.log();
      lse.narrow(0, first, count).copy_(chunk_lse);
      log_prob.narrow(0, first, count)
          .copy_(logits.gather(1, targets.narrow(0, first, count).unsqueeze(1)).squeeze(1) - chunk_lse);
      entropy.narrow(0, first, count).copy_(chunk_lse - exponentials.mul_(logits).sum(1) / sum);
    });
    context->save_for_backward({h, weight, targets, lse, entropy});
    context->saved_data["temperature"] = temperature;
    context->saved_data["hidden_type"] = hidden.scalar_type();
    context->set_materialize_grads(false);
    return {log_prob, entropy};
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list saved = context->get_saved_variables();
    const at::Tensor &h = saved[0], &weight = saved[1], &targets = saved[2], &lse = saved[3],
                     &entropy = saved[4];
    const double temperature = context->saved_data["temperature"].toDouble();
    const at::Tensor w = weight.to(h.scalar_type());
    at::Tensor grad_hidden, grad_weight;
    if (context->needs_input_grad(0)) grad_hidden = at::empty(h.sizes(), lse.options());
    if (context->needs_input_grad(1)) grad_weight = at::zeros(w.sizes(), lse.options());
    const at::Tensor grad_log_prob = gradients[0].defined() ? gradients[0] : at::zeros_like(lse);
    each_chunk(h, w, [&](std::int64_t first, std::int64_t count) {
      const auto rows = [&](const at::Tensor& x) { return x.narrow(0, first, count).unsqueeze(1); };
      at::Tensor p = chunk_logits(h, w, first, count, temperature);  // becomes the logits' gradient
      const at::Tensor g = rows(grad_log_prob);
      // d log p_t / d l_j = [j = t] - p_j and dH / d l_j = -p_j (log p_j + H).
      if (gradients[1].defined()) {
        const at::Tensor g_entropy = rows(gradients[1]);
        at::Tensor log_p = p.sub_(rows(lse));
        p = log_p.exp();
        log_p.add_(rows(entropy)).mul_(g_entropy).add_(g);
        p.mul_(log_p).neg_();
      } else {
        p.sub_(rows(lse)).exp_().mul_(-g);
      }
      p.scatter_add_(1, rows(targets), g.contiguous()).div_(temperature);
      const at::Tensor grad_logits = p.to(h.scalar_type());
      if (grad_hidden.defined()) grad_hidden.narrow(0, first, count).copy_(at::matmul(grad_logits, w));
      if (!grad_weight.defined()) return;
      const at::Tensor h_rows = h.narrow(0, first, count);
      if (grad_weight.scalar_type() == h.scalar_type())
        grad_weight.addmm_(grad_logits.t(), h_rows);
      else
        grad_weight.add_(at::matmul(grad_logits.t(), h_rows));
    });
    if (grad_hidden.defined())
      grad_hidden = grad_hidden.to(context->saved_data["hidden_type"].toScalarType());
    if (grad_weight.defined()) grad_weight = grad_weight.to(weight.scalar_type());
    return {grad_hidden, grad_weight, at::Tensor(), at::Tensor(), at::Tensor()};
  }
};

/// KL of two heads' distributions; the rows' logits are computed again in the backward pass.
class FullKl : public Function<FullKl> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& hidden, const at::Tensor& weight,
                            const at::Tensor& reference_hidden, const at::Tensor& reference_weight,
                            double temperature, at::ScalarType factor) {
    const at::Tensor h = hidden.to(factor), g = reference_hidden.to(factor);
    const at::Tensor w = weight.to(factor), v = reference_weight.to(factor);
    at::Tensor kl = at::empty({h.size(0)}, hidden.options().dtype(sum_type(factor)));
    each_chunk(h, w, [&](std::int64_t first, std::int64_t count) {
      at::Tensor log_p = log_probs(h, w, first, count, temperature);
      const at::Tensor p = log_p.exp();
      log_p.sub_(log_probs(g, v, first, count, temperature)).mul_(p);
      kl.narrow(0, first, count).copy_(log_p.sum(1));
    });
    context->save_for_backward({h, weight, g, reference_weight, kl});
    context->saved_data["temperature"] = temperature;
    context->saved_data["hidden_type"] = hidden.scalar_type();
    return kl;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list saved = context->get_saved_variables();
    const at::Tensor &h = saved[0], &weight = saved[1], &g = saved[2], &kl = saved[4];
    const double temperature = context->saved_data["temperature"].toDouble();
    const at::Tensor w = weight.to(h.scalar_type()), v = saved[3].to(h.scalar_type());
    at::Tensor grad_hidden, grad_weight;
    if (context->needs_input_grad(0)) grad_hidden = at::empty(h.sizes(), kl.options());
    if (context->needs_input_grad(1)) grad_weight = at::zeros(w.sizes(), kl.options());
    each_chunk(h, w, [&](std::int64_t first, std::int64_t count) {
      const auto rows = [&](const at::Tensor& x) { return x.narrow(0, first, count).unsqueeze(1); };
      // dKL / d l_j = p_j (log p_j - log q_j - KL).
      at::Tensor grad = log_probs(h, w, first, count, temperature);
      const at::Tensor p = grad.exp();
      grad.sub_(log_probs(g, v, first, count, temperature)).sub_(rows(kl)).mul_(p);
      const at::Tensor grad_logits = grad.mul_(rows(gradients[0])).div_(temperature).to(h.scalar_type());
      if (grad_hidden.defined()) grad_hidden.narrow(0, first, count).copy_(at::matmul(grad_logits, w));
      if (grad_weight.defined()) grad_weight.add_(at::matmul(grad_logits.t(), h.narrow(0, first, count)));
    });
    if (grad_hidden.defined())
      grad_hidden = grad_hidden.to(context->saved_data["hidden_type"].toScalarType());
    if (grad_weight.defined()) grad_weight = grad_weight.to(weight.scalar_type());
    return {grad_hidden, grad_weight, at::Tensor(), at::Tensor(), at::Tensor(), at::Tensor()};
  }

 private:
  static at::Tensor log_probs(const at::Tensor& h, const at::Tensor& w, std::int64_t first,
                              std::int64_t count, double temperature) {
    return at::log_softmax(chunk_logits(h, w, first, count, temperature), -1);
  }
};

// The next of 4 sizes per octave: at most a quarter more.
std::int64_t rounded_length(std::int64_t n) {
  std::int64_t step = 1;
  while (8 * step <= n) step *= 2;
  return (n + step - 1) / step * step;
}

template <typename T>
at::Tensor on_device(const std::vector<T>& values, at::ScalarType type, at::Device device) {
  at::Tensor out = at::empty({static_cast<std::int64_t>(values.size())}, type);
  if (!values.empty()) std::memcpy(out.data_ptr(), values.data(), values.size() * sizeof(T));
  return out.to(device);
}

}  // namespace

at::ScalarType sum_type(at::ScalarType type) {
  return type == at::kDouble ? at::kDouble : at::kFloat;
}

at::Tensor linear_bf16(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) {
  return LinearBf16::apply(x, weight, bias.defined() ? c10::make_optional(bias) : c10::nullopt);
}

at::Tensor rms_norm(const at::Tensor& x, const at::Tensor& weight, double eps, at::ScalarType out) {
  return RmsNorm::apply(x, weight, eps, out);
}

at::Tensor swiglu(const at::Tensor& gate, const at::Tensor& up) {
  return Swiglu::apply(gate, up);
}

at::Tensor rope(const at::Tensor& x, const at::Tensor& cos, const at::Tensor& sin) {
  return Rope::apply(x, cos, sin);
}

std::vector<AttentionBucket> attention_buckets(const std::vector<AttentionSpan>& spans,
                                               std::int64_t query_rows, at::Device device,
                                               at::Tensor& row_places) {
  std::map<std::array<std::int64_t, 3>, std::vector<const AttentionSpan*>> members;
  for (const AttentionSpan& span : spans) {
    if (span.query_count == 0) continue;
    METASPATIAL_CHECK(span.causal == 0 || span.own_count == span.own_offset + span.query_count,
                      "attention: own keys");
    members[{rounded_length(span.query_count), rounded_length(span.prefix_count + span.own_count),
             span.causal}]
        .push_back(&span);
  }
  std::vector<std::int64_t> places(static_cast<std::size_t>(query_rows), -1);
  std::vector<AttentionBucket> out;
  std::int64_t done = 0;  // rows of earlier buckets
  for (const auto& [shape, bucket_spans] : members) {
    AttentionBucket bucket;
    bucket.sequences = static_cast<std::int64_t>(bucket_spans.size());
    for (const AttentionSpan* span : bucket_spans) {
      bucket.queries = std::max(bucket.queries, span->query_count);
      bucket.keys = std::max(bucket.keys, span->prefix_count + span->own_count);
    }
    const bool causal = shape[2] != 0;
    const bool padded = std::any_of(bucket_spans.begin(), bucket_spans.end(), [&](const AttentionSpan* span) {
      return span->query_count != bucket.queries || span->prefix_count + span->own_count != bucket.keys;
    });
    bucket.causal = causal && !padded && bucket.queries == bucket.keys;
    std::vector<std::int64_t> queries, keys, counts, last_seen;
    for (std::size_t s = 0; s < bucket_spans.size(); ++s) {
      const AttentionSpan& span = *bucket_spans[s];
      const std::int64_t count = span.prefix_count + span.own_count;
      for (std::int64_t i = 0; i < bucket.queries; ++i) {
        queries.push_back(span.query_begin + std::min(i, span.query_count - 1));
        if (i >= span.query_count) continue;
        std::int64_t& place = places[static_cast<std::size_t>(span.query_begin + i)];
        METASPATIAL_CHECK(place < 0, "attention: a query row in two spans");
        place = done + static_cast<std::int64_t>(s) * bucket.queries + i;
      }
      for (std::int64_t i = 0; i < bucket.keys; ++i) {
        const std::int64_t k = std::min(i, count - 1);
        keys.push_back(k < span.prefix_count ? span.prefix_begin + k
                                             : span.own_begin + (k - span.prefix_count));
      }
      counts.push_back(count);
      last_seen.push_back(count - span.query_count);  // by query 0, where it is causal
    }
    done += bucket.sequences * bucket.queries;
    bucket.query_rows = on_device(queries, at::kLong, device);
    bucket.key_rows = on_device(keys, at::kLong, device);
    if (!bucket.causal && (causal || padded)) {
      const auto longs = at::TensorOptions(at::kLong).device(device);
      const at::Tensor key = at::arange(bucket.keys, longs).view({1, 1, 1, -1});
      bucket.visible = key.lt(on_device(counts, at::kLong, device).view({-1, 1, 1, 1}))
                           .expand({bucket.sequences, 1, bucket.queries, bucket.keys});
      if (causal)
        bucket.visible =
            bucket.visible.logical_and(key.le(at::arange(bucket.queries, longs).view({1, 1, -1, 1}) +
                                              on_device(last_seen, at::kLong, device).view({-1, 1, 1, 1})));
    }
    out.push_back(std::move(bucket));
  }
  METASPATIAL_CHECK(std::find(places.begin(), places.end(), -1) == places.end(),
                    "attention: a query row in no span");
  row_places = on_device(places, at::kLong, device);
  return out;
}

at::Tensor attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                     const std::vector<AttentionBucket>& buckets, const at::Tensor& row_places,
                     std::int64_t heads, std::int64_t kv_heads) {
  const std::int64_t head = q.size(1) / heads;
  std::vector<at::Tensor> outs;
  for (const AttentionBucket& bucket : buckets) {
    // (rows, n * E) -> (sequences, heads, longest, E), key and value heads repeated for their query heads.
    const auto by_head = [&](const at::Tensor& x, const at::Tensor& rows, std::int64_t length,
                             std::int64_t n) {
      return x.index_select(0, rows)
          .reshape({bucket.sequences, length, n, 1, head})
          .expand({bucket.sequences, length, n, heads / n, head})
          .reshape({bucket.sequences, length, heads, head})
          .transpose(1, 2);
    };
    const at::Tensor qs = by_head(q, bucket.query_rows, bucket.queries, heads);
    const at::Tensor ks = by_head(k, bucket.key_rows, bucket.keys, kv_heads);
    const at::Tensor vs = by_head(v, bucket.key_rows, bucket.keys, kv_heads);
#if METASPATIAL_TORCH_AT_LEAST(2, 0)
    const at::Tensor mixed = at::scaled_dot_product_attention(
        qs, ks, vs, bucket.visible.defined() ? c10::make_optional(bucket.visible) : c10::nullopt, 0.0,
        bucket.causal);
#else
    at::Tensor scores = at::matmul(qs, ks.transpose(2, 3)) / std::sqrt(static_cast<double>(head));
    at::Tensor visible = bucket.visible;
    if (bucket.causal) visible = at::ones({bucket.queries, bucket.keys}, q.options().dtype(at::kBool)).tril();
    if (visible.defined())
      scores = scores.masked_fill(visible.logical_not(), -std::numeric_limits<double>::infinity());
    const at::Tensor mixed =
        at::matmul(at::softmax(scores, -1, sum_type(q.scalar_type())).to(q.scalar_type()), vs);
#endif
    outs.push_back(mixed.transpose(1, 2).reshape({bucket.sequences * bucket.queries, q.size(1)}));
  }
  return (outs.size() == 1 ? outs[0] : at::cat(outs)).index_select(0, row_places);
}

std::int64_t logit_rows(std::int64_t rows, std::int64_t vocabulary, std::int64_t bytes) {
  const std::int64_t row_bytes = vocabulary * static_cast<std::int64_t>(sizeof(float));
  return std::clamp<std::int64_t>(bytes / row_bytes, 1, std::max<std::int64_t>(rows, 1));
}

TokenScoreTensors token_scores(const at::Tensor& hidden, const at::Tensor& weight, const at::Tensor& targets,
                               double temperature, bool bf16) {
  const at::ScalarType factor = bf16 ? at::kBFloat16 : hidden.scalar_type();
  const variable_list out = TokenScores::apply(hidden, weight, targets, temperature, factor);
  return {out[0].to(at::kFloat), out[1].to(at::kFloat)};
}

at::Tensor full_kl(const at::Tensor& hidden, const at::Tensor& weight, const at::Tensor& reference_hidden,
                   const at::Tensor& reference_weight, double temperature, bool bf16) {
  const at::ScalarType factor = bf16 ? at::kBFloat16 : hidden.scalar_type();
  return FullKl::apply(hidden, weight, reference_hidden, reference_weight, temperature, factor)
      .to(at::kFloat);
}

}  // namespace metaspatial::vlm::ops::aten
