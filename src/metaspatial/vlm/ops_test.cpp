#include "metaspatial/vlm/ops.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <utility>

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>

#include "metaspatial/base/rng.hpp"
#include "metaspatial/vlm/kernels.hpp"

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
    const ops::AttentionPlan plan = ops::attention_plan(spans, inputs[0]);
    ASSERT_TRUE(plan.key_rows.defined());
    expect_same(
        inputs,
        [&](const auto& in) { return ops::attention(in[0], in[1], in[2], plan, heads, kv_heads, false); },
        [&](const auto& in) { return ops::plain::attention(in[0], in[1], in[2], packed, heads, kv_heads); },
        1e-9);
  }
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
