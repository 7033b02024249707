#include "metaspatial/vlm/ops.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <optional>
#include <utility>

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>

#include "metaspatial/base/rng.hpp"
#include "metaspatial/vlm/aten_ops.hpp"
#include "metaspatial/vlm/kernels.hpp"
#include "metaspatial/vlm/tensor_memory.hpp"

namespace metaspatial::vlm {
namespace {

at::Tensor noise(Rng& rng, std::vector<std::int64_t> shape) {
  at::Tensor out = at::empty(shape, at::kFloat);
  for (std::int64_t i = 0; i < out.numel(); ++i) out.data_ptr<float>()[i] = static_cast<float>(rng.normal());
  return out;
}

double difference(const at::Tensor& a, const at::Tensor& b) {
  return (a - b).abs().max().item<double>();
}

using Op = std::function<at::Tensor(const std::vector<at::Tensor>&)>;

// Values and gradients of `fast` against `plain` for the same inputs and the same gradient of the output.
void expect_same(const std::vector<at::Tensor>& inputs, const Op& fast, const Op& plain, double tolerance) {
  std::vector<at::Tensor> results, gradients;
  at::Tensor weight;
  Rng rng(99);
  for (const Op& op : {plain, fast}) {
    std::vector<at::Tensor> leaves;
    for (const at::Tensor& input : inputs) leaves.push_back(input.clone().set_requires_grad(true));
    const at::Tensor out = op(leaves);
    if (!weight.defined()) weight = noise(rng, out.sizes().vec());
    (out * weight).sum().backward();
    results.push_back(out.detach());
    for (const at::Tensor& leaf : leaves) gradients.push_back(leaf.grad());
  }
  EXPECT_LT(difference(results[0], results[1]), tolerance);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const double scale = std::max(1.0, gradients[i].abs().max().item<double>());
    EXPECT_LT(difference(gradients[i], gradients[i + inputs.size()]), tolerance * scale)
        << "gradient of input " << i;
  }
}

TEST(Ops, LinearEqualsPlain) {
  Rng rng(8);
  for (const auto& [in, out] : {std::pair<std::int64_t, std::int64_t>{48, 80}, {16, 32}, {352, 64}}) {
    for (const std::int64_t rows : {513, 600}) {
      const std::vector<at::Tensor> inputs{noise(rng, {rows, in}), noise(rng, {out, in}) / std::sqrt(in),
                                           noise(rng, {out})};
      const Op plain = [](const auto& x) { return at::linear(x[0], x[1], x[2]); };
      expect_same(
          inputs, [](const auto& x) { return ops::linear(x[0], x[1], x[2], false); }, plain, 2e-5);
      // Eight bits of mantissa: a rounding of 2^-9 per factor, of random sign.
      expect_same(
          inputs, [](const auto& x) { return ops::linear(x[0], x[1], x[2], true); }, plain, 0.03);
    }
  }
}

TEST(Kernels, LinearMapsOfEveryInstructionSetAgree) {
  Rng rng(9);
  const std::int64_t rows = 301, in = 48, out = 80;
  const at::Tensor x = noise(rng, {rows, in}), weight = noise(rng, {out, in}), grad = noise(rng, {rows, out});
  for (const kernels::Table* table : {&kernels::table(), &kernels::baseline_table()}) {
    at::Tensor scratch = at::empty({table->linear_scratch(in, out)});
    at::Tensor y = at::empty({rows, out}), grad_x = at::empty({rows, in}), grad_weight = at::empty({out, in});
    table->linear(rows, in, out, x.data_ptr<float>(), weight.data_ptr<float>(), nullptr, y.data_ptr<float>(),
                  scratch.data_ptr<float>());
    table->linear_grad_input(rows, in, out, grad.data_ptr<float>(), weight.data_ptr<float>(),
                             grad_x.data_ptr<float>(), scratch.data_ptr<float>());
    table->linear_grad_weight(rows, in, out, grad.data_ptr<float>(), x.data_ptr<float>(),
                              grad_weight.data_ptr<float>(), scratch.data_ptr<float>());
    EXPECT_LT(difference(y, at::matmul(x, weight.t())), 1e-4) << table->name;
    EXPECT_LT(difference(grad_x, at::matmul(grad, weight)), 1e-4) << table->name;
    EXPECT_LT(difference(grad_weight, at::matmul(grad.t(), x)), 1e-3) << table->name;
  }
}

TEST(Ops, RmsNormEqualsPlain) {
  Rng rng(1);
  for (const std::int64_t width : {8, 37, 128})
    expect_same(
        {noise(rng, {5, width}), noise(rng, {width})},
        [](const auto& in) { return ops::rms_norm(in[0], in[1], 1e-6); },
        [](const auto& in) { return ops::plain::rms_norm(in[0], in[1], 1e-6); }, 1e-5);
}

TEST(Ops, SwigluEqualsPlain) {
  Rng rng(2);
  expect_same(
      {noise(rng, {3, 53}) * 4, noise(rng, {3, 53})},
      [](const auto& in) { return ops::swiglu(in[0], in[1]); },
      [](const auto& in) { return ops::plain::swiglu(in[0], in[1]); }, 1e-5);
}

TEST(Ops, RopeEqualsPlainAlsoOnColumnsOfAWiderTensor) {
  Rng rng(3);
  const at::Tensor angles = noise(rng, {7, 4}) * 10;
  expect_same(
      {noise(rng, {7, 40})},
      [&](const auto& in) { return ops::rope(in[0].narrow(1, 8, 24), angles.cos(), angles.sin()); },
      [&](const auto& in) { return ops::plain::rope(in[0].narrow(1, 8, 24), angles.cos(), angles.sin()); },
      1e-5);
}

TEST(Ops, AttentionEqualsPlain) {
  Rng rng(4);
  // A prefix of 70 rows, two suffixes of 90 and 3 that see it, one query in the middle of a sequence, and a
  // window without causality.
  const std::vector<ops::AttentionSpan> spans{{0, 70, 0, 70, 0, 0, 0, 1},
                                              {70, 90, 70, 90, 0, 0, 70, 1},
                                              {160, 3, 160, 3, 0, 0, 70, 1},
                                              {163, 2, 70, 40, 38, 0, 70, 1},
                                              {165, 20, 163, 20, 0, 0, 0, 0}};
  const at::Tensor packed = ops::span_tensor(spans);
  for (const std::int64_t head : {8, 20, 32}) {
    const std::int64_t heads = 4;
    const std::int64_t kv_heads = 2;
    expect_same(
        {noise(rng, {185, heads * head}), noise(rng, {185, kv_heads * head}),
         noise(rng, {185, kv_heads * head})},
        [&](const auto& in) { return ops::attention(in[0], in[1], in[2], packed, heads, kv_heads); },
        [&](const auto& in) { return ops::plain::attention(in[0], in[1], in[2], packed, heads, kv_heads); },
        2e-5);
  }
}

TEST(Ops, AttentionOfGatheredSequencesEqualsPlain) {
  // Off the CPU's fast path (here: float64) all sequences run at once, as on a GPU.
  Rng rng(14);
  const std::vector<std::vector<ops::AttentionSpan>> cases{
      // A prefix, two suffixes that see it, an empty one, and one query in the middle of a sequence.
      {{0, 70, 0, 70, 0, 0, 0, 1},
       {70, 90, 70, 90, 0, 0, 70, 1},
       {160, 3, 160, 3, 0, 0, 70, 1},
       {163, 0, 163, 0, 0, 0, 70, 1},
       {163, 2, 70, 40, 38, 0, 70, 1}},
      // Windows, each of which sees itself.
      {{0, 64, 0, 64, 0, 0, 0, 0}, {64, 20, 64, 20, 0, 0, 0, 0}, {84, 81, 84, 81, 0, 0, 0, 0}}};
  for (const auto& spans : cases) {
    const std::int64_t heads = 4, kv_heads = 2, head = 8;
    const at::Tensor packed = ops::span_tensor(spans);
    const std::vector<at::Tensor> inputs{noise(rng, {165, heads * head}).to(at::kDouble),
                                         noise(rng, {165, kv_heads * head}).to(at::kDouble),
                                         noise(rng, {165, kv_heads * head}).to(at::kDouble)};
    const ops::AttentionPlan plan = ops::attention_plan(spans, inputs[0], false);
    ASSERT_FALSE(plan.buckets.empty());
    expect_same(
        inputs,
        [&](const auto& in) { return ops::attention(in[0], in[1], in[2], plan, heads, kv_heads, false); },
        [&](const auto& in) { return ops::plain::attention(in[0], in[1], in[2], packed, heads, kv_heads); },
        1e-9);
  }
}

TEST(Ops, AttentionWorkIsLinearInTheSequences) {
  // Sequences of all lengths from 1 to 200 after one of 3000: what the buckets compute, padding included,
  // must stay near what the sequences need, and far from all padded to the longest.
  std::vector<ops::AttentionSpan> spans;
  std::int64_t rows = 0;
  double needed = 0;
  for (std::int64_t length = 0; length <= 200; ++length) {
    const std::int64_t count = length == 0 ? 3000 : length;
    spans.push_back({rows, count, rows, count, 0, 0, 0, 1});
    rows += count;
    needed += static_cast<double>(count * count);
  }
  at::Tensor places;
  const auto buckets = ops::aten::attention_buckets(spans, rows, at::kCPU, places);
  double done = 0;
  for (const ops::AttentionBucket& bucket : buckets)
    done += static_cast<double>(bucket.sequences * bucket.queries * bucket.keys);
  EXPECT_LT(done, 1.25 * 1.25 * needed);
  EXPECT_LT(buckets.size(), 30U);
  // The long one alone needs no mask: fused kernels take causality as a flag.
  EXPECT_TRUE(buckets.back().causal);
  EXPECT_FALSE(buckets.back().visible.defined());
}

// Values and gradients in ATen's operations against the plain ones, in float32 and float64.
TEST(Ops, AtensOwnBackwardPassesEqualPlain) {
  Rng rng(15);
  const ops::AtenOnly scope;
  for (const at::ScalarType type : {at::kFloat, at::kDouble}) {
    const double tolerance = type == at::kDouble ? 1e-12 : 1e-5;
    const auto typed = [&](std::vector<at::Tensor> inputs) {
      for (at::Tensor& x : inputs) x = x.to(type);
      return inputs;
    };
    expect_same(
        typed({noise(rng, {5, 37}), noise(rng, {37})}),
        [](const auto& in) { return ops::rms_norm(in[0], in[1], 1e-6); },
        [](const auto& in) { return ops::plain::rms_norm(in[0], in[1], 1e-6); }, tolerance);
    expect_same(
        typed({noise(rng, {3, 53}) * 4, noise(rng, {3, 53})}),
        [](const auto& in) { return ops::swiglu(in[0], in[1]); },
        [](const auto& in) { return ops::plain::swiglu(in[0], in[1]); }, tolerance);
    const at::Tensor angles = (noise(rng, {7, 4}) * 10).to(type);
    expect_same(
        typed({noise(rng, {7, 40})}),
        [&](const auto& in) { return ops::rope(in[0].narrow(1, 8, 24), angles.cos(), angles.sin()); },
        [&](const auto& in) { return ops::plain::rope(in[0].narrow(1, 8, 24), angles.cos(), angles.sin()); },
        tolerance);
  }
}

// With bf16 the factors of a linear map are rounded: the same numbers, rounded by hand, in float64.
TEST(Ops, Bf16LinearOfAtenIsTheRoundedFactorsProduct) {
  Rng rng(16);
  const ops::AtenOnly scope;
  const at::Tensor x = noise(rng, {9, 40}).set_requires_grad(true);
  const at::Tensor weight = noise(rng, {24, 40}).set_requires_grad(true);
  const at::Tensor bias = noise(rng, {24}).set_requires_grad(true);
  const at::Tensor grad = noise(rng, {9, 24}).to(at::kBFloat16);
  const at::Tensor y = ops::linear(x, weight, bias, true);
  ASSERT_EQ(y.scalar_type(), at::kBFloat16);
  y.backward(grad);
  const auto exact = [](const at::Tensor& t) { return t.detach().to(at::kBFloat16).to(at::kDouble); };
  const auto near = [](const at::Tensor& got, const at::Tensor& want) {
    // A rounding of the result is 2^-9 of it; sums of terms that cancel lose a little more.
    return difference(got.to(at::kDouble), want) < 6e-3 * want.abs().max().item<double>();
  };
  EXPECT_TRUE(near(y.detach(), at::matmul(exact(x), exact(weight).t()) + exact(bias)));
  EXPECT_TRUE(near(x.grad(), at::matmul(exact(grad), exact(weight))));
  EXPECT_TRUE(near(weight.grad(), at::matmul(exact(grad).t(), exact(x))));
  EXPECT_TRUE(near(bias.grad(), exact(grad).sum(0)));
  EXPECT_EQ(weight.grad().scalar_type(), at::kFloat);
}

// What is kept for the backward pass with bf16, in bytes: activations in bfloat16, no float32 copies, and the
// weights not at all.
TEST(Ops, Bf16KeepsNoFloat32Activations) {
  Rng rng(17);
  const std::int64_t rows = 64, width = 32, inner = 96;
  const at::Tensor x = noise(rng, {rows, width}).set_requires_grad(true);
  const at::Tensor norm = noise(rng, {width}).set_requires_grad(true);
  const at::Tensor gate = noise(rng, {inner, width}).set_requires_grad(true);
  const at::Tensor up = noise(rng, {inner, width}).set_requires_grad(true);
  const at::Tensor down = noise(rng, {width, inner}).set_requires_grad(true);
  const at::Tensor angles = noise(rng, {rows, 8});
  const at::Tensor cos = angles.cos(), sin = angles.sin();
  const ops::AtenOnly scope;
  const TensorMemory memory;
  const std::int64_t before = memory.now();
  at::Tensor y;
  {
    const at::Tensor normed = ops::rms_norm(x, norm, 1e-6, true);
    const at::Tensor turned = ops::rope(normed, cos, sin);
    y = ops::linear(ops::swiglu(ops::linear(turned, gate, {}, true), ops::linear(turned, up, {}, true)), down,
                    {}, true);
  }
  // turned; gate and up's results and their product; y; and rms_norm's number per row.
  const std::int64_t kept = 2 * rows * (width + 3 * inner + width) + 4 * rows;
  EXPECT_EQ(memory.now() - before, kept);
}

TEST(Ops, TokenScoresEqualPlain) {
  Rng rng(5);
  at::Tensor targets = at::empty({150}, at::kLong);
  for (std::int64_t i = 0; i < 150; ++i)
    targets.data_ptr<std::int64_t>()[i] = static_cast<std::int64_t>(rng.below(61));
  const auto joined = [](const ops::TokenScoreTensors& s) { return at::stack({s.log_prob, s.entropy}); };
  for (const double temperature : {1.0, 0.7})
    expect_same(
        {noise(rng, {150, 24}), noise(rng, {61, 24})},
        [&](const auto& in) { return joined(ops::token_scores(in[0], in[1], targets, temperature)); },
        [&](const auto& in) { return joined(ops::plain::token_scores(in[0], in[1], targets, temperature)); },
        5e-5);
}

at::Tensor random_targets(Rng& rng, std::int64_t rows, std::int64_t vocabulary) {
  at::Tensor targets = at::empty({rows}, at::kLong);
  for (std::int64_t i = 0; i < rows; ++i)
    targets.data_ptr<std::int64_t>()[i] =
        static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(vocabulary)));
  return targets;
}

TEST(Ops, AtensTokenScoresEqualPlainAcrossChunks) {
  Rng rng(18);
  const ops::AtenOnly scope;
  // Rows so wide that a chunk holds 100 of them.
  const std::int64_t vocabulary = ops::aten::kLogitBytesCpu / 4 / 100, rows = 130;
  ASSERT_EQ(ops::aten::logit_rows(rows, vocabulary, ops::aten::kLogitBytesCpu), 100);
  const at::Tensor targets = random_targets(rng, rows, vocabulary);
  const auto joined = [](const ops::TokenScoreTensors& s) { return at::stack({s.log_prob, s.entropy}); };
  expect_same(
      {noise(rng, {rows, 3}).to(at::kDouble), noise(rng, {vocabulary, 3}).to(at::kDouble)},
      [&](const auto& in) { return joined(ops::token_scores(in[0], in[1], targets, 0.7)); },
      [&](const auto& in) {  // plain::token_scores() takes its statistics in float32
        const at::Tensor log_p = at::log_softmax(at::matmul(in[0], in[1].t()) / 0.7, -1);
        return at::stack({log_p.gather(1, targets.unsqueeze(1)).squeeze(1), -(log_p.exp() * log_p).sum(-1)});
      },
      2e-5);
}

TEST(Ops, FullKlIsThatOfTheDistributionsAcrossChunks) {
  Rng rng(21);
  // Rows so wide that a chunk holds 100 of them.
  const std::int64_t vocabulary = ops::aten::kLogitBytesCpu / 4 / 100, rows = 130;
  const at::Tensor reference = noise(rng, {rows, 2}).to(at::kDouble);
  const at::Tensor reference_weight = noise(rng, {vocabulary, 2}).to(at::kDouble);
  const Op plain = [&](const auto& in) {
    const at::Tensor log_p = at::log_softmax(at::matmul(in[0], in[1].t()) / 0.7, -1);
    const at::Tensor log_q = at::log_softmax(at::matmul(reference, reference_weight.t()) / 0.7, -1);
    return (log_p.exp() * (log_p - log_q)).sum(-1);
  };
  expect_same(
      {noise(rng, {rows, 3}).to(at::kDouble), noise(rng, {vocabulary, 3}).to(at::kDouble)},
      [&](const auto& in) { return ops::full_kl(in[0], in[1], reference, reference_weight, 0.7); }, plain,
      2e-5);
  // Of a distribution to itself: nothing, and no slope.
  const at::Tensor hidden = noise(rng, {7, 3}), weight = noise(rng, {11, 3});
  const at::Tensor leaf = hidden.clone().set_requires_grad(true);
  const at::Tensor none = ops::full_kl(leaf, weight, hidden, weight, 1.0);
  none.sum().backward();
  EXPECT_LT(none.abs().max().item<double>(), 1e-6);
  EXPECT_LT(leaf.grad().abs().max().item<double>(), 1e-6);
}

TEST(Ops, AtensTokenScoresInBf16AreCloseToPlain) {
  Rng rng(19);
  const ops::AtenOnly scope;
  const std::int64_t rows = 150, vocabulary = 61;
  const at::Tensor targets = random_targets(rng, rows, vocabulary);
  // Once as float32 with bf16 factors, once with bfloat16 tensors.
  for (const bool stored : {false, true}) {
    std::vector<at::Tensor> values, hidden_gradients, weight_gradients;
    const at::Tensor hidden = noise(rng, {rows, 24}).to(at::kBFloat16).to(at::kFloat);
    const at::Tensor weight = noise(rng, {vocabulary, 24}).to(at::kBFloat16).to(at::kFloat);
    for (const bool plain : {true, false}) {
      const auto leaf = [&](const at::Tensor& x) {
        return x.to(stored && !plain ? at::kBFloat16 : at::kFloat, false, true).set_requires_grad(true);
      };
      const at::Tensor h = leaf(hidden), w = leaf(weight);
      const auto scores = plain ? ops::plain::token_scores(h, w, targets, 0.9)
                                : ops::token_scores(h, w, targets, 0.9, !stored);
      EXPECT_EQ(scores.log_prob.scalar_type(), at::kFloat);
      (scores.log_prob * at::linspace(-1, 1, rows) + 0.3 * scores.entropy).sum().backward();
      values.push_back(at::stack({scores.log_prob, scores.entropy}).detach());
      hidden_gradients.push_back(h.grad().to(at::kFloat));
      weight_gradients.push_back(w.grad().to(at::kFloat));
    }
    const auto relative = [](const std::vector<at::Tensor>& pair) {
      return (pair[0] - pair[1]).norm().item<double>() / pair[0].norm().item<double>();
    };
    EXPECT_LT(relative(values), 5e-3) << stored;
    EXPECT_LT(relative(hidden_gradients), 1e-2) << stored;
    EXPECT_LT(relative(weight_gradients), 1e-2) << stored;
  }
}

TEST(Ops, TokenScoresStayWithinTheirChunk) {
  Rng rng(20);
  const std::int64_t rows = 1500, width = 8, vocabulary = 50000;  // all logits: 300 MB
  const at::Tensor targets = random_targets(rng, rows, vocabulary);
  const at::Tensor hidden = noise(rng, {rows, width}).set_requires_grad(true);
  const at::Tensor weight = noise(rng, {vocabulary, width}).set_requires_grad(true);
  for (const int path : {0, 1, 2}) {  // the CPU's, ATen's in float32, ATen's with bf16
    std::optional<ops::AtenOnly> scope;
    if (path > 0) scope.emplace();
    TensorMemory memory;
    const std::int64_t before = memory.now();
    memory.reset_peak();
    const auto scores = ops::token_scores(hidden, weight, targets, 1.0, path == 2);
    (scores.log_prob + 0.1 * scores.entropy).sum().backward();
    const std::int64_t small = 4 * (2 * weight.numel() + 2 * hidden.numel() + 16 * rows);
    EXPECT_LT(memory.peak() - before, 5 * ops::aten::kLogitBytesCpu / 2 + small) << path;
    hidden.mutable_grad() = at::Tensor();
    weight.mutable_grad() = at::Tensor();
  }
}

TEST(Kernels, MatrixRowsDoNotDependOnTheirNeighbours) {
  Rng rng(6);
  const std::int64_t rows = 41, inner = 45, columns = 83;
  const at::Tensor a = noise(rng, {rows, inner});
  const at::Tensor b = noise(rng, {inner, columns});
  for (const kernels::Table* table : {&kernels::table(), &kernels::baseline_table()}) {
    at::Tensor all = at::zeros({rows, columns});
    table->gemm(rows, columns, inner, a.data_ptr<float>(), inner, b.data_ptr<float>(), columns,
                all.data_ptr<float>(), columns, false);
    EXPECT_LT(difference(all, at::matmul(a, b)), 1e-4) << table->name;
    for (std::int64_t r = 0; r < rows; ++r) {
      at::Tensor one = at::zeros({1, columns});
      table->gemm(1, columns, inner, a.data_ptr<float>() + r * inner, inner, b.data_ptr<float>(), columns,
                  one.data_ptr<float>(), columns, false);
      EXPECT_TRUE(at::equal(one[0], all[r])) << table->name << " row " << r;
    }
  }
}

TEST(Kernels, ExponentialsOfARowEqualTheLibrarys) {
  Rng rng(7);
  for (const kernels::Table* table : {&kernels::table(), &kernels::baseline_table()}) {
    for (const std::int64_t valid : {1, 15, 16, 17, 100}) {
      const std::int64_t padded = (valid + 15) / 16 * 16;
      at::Tensor row = noise(rng, {padded}) * 10;
      const at::Tensor kept = row.narrow(0, 0, valid).clone() * 0.5;
      row.narrow(0, valid, padded - valid).fill_(std::nan(""));
      float max = 0, sum = 0;
      table->exp_row(row.data_ptr<float>(), valid, padded, 0.5F, &max, &sum);
      const at::Tensor expected = (kept - kept.max()).exp();
      EXPECT_FLOAT_EQ(max, kept.max().item<float>());
      EXPECT_LT(difference(row.narrow(0, 0, valid), expected), 1e-6);
      EXPECT_NEAR(sum, expected.sum().item<float>(), 1e-4);
      EXPECT_EQ(row.narrow(0, valid, padded - valid).abs().sum().item<float>(), 0.0F);
    }
  }
}

}  // namespace
}  // namespace metaspatial::vlm
