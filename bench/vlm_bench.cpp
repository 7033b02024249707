// Tokens per second of the nano shape on one core. The loss and the number of tokens are checked before
// timing.

#include <benchmark/benchmark.h>

#include <ATen/Functions.h>
#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <c10/core/GradMode.h>

#include "metaspatial/vlm/generate.hpp"
#include "metaspatial/vlm/model.hpp"

namespace metaspatial::vlm {
namespace {

VlmConfig nano_shape() {
  VlmConfig c;
  c.vocab_size = 704;
  c.hidden_size = 128;
  c.intermediate_size = 352;
  c.num_hidden_layers = 4;
  c.num_attention_heads = 4;
  c.num_key_value_heads = 2;
  c.rope_theta = 10000.0;
  c.mrope_section = {8, 4, 4};
  c.tie_word_embeddings = true;
  c.image_token_id = 700;
  c.vision_start_token_id = 701;
  c.vision_end_token_id = 702;
  c.eos_token_id = 703;
  c.vision.depth = 2;
  c.vision.hidden_size = 64;
  c.vision.intermediate_size = 176;
  c.vision.num_heads = 4;
  c.vision.fullatt_block_indexes = {1};
  c.vision.out_hidden_size = 128;
  return c;
}

Sequence text(int tokens, PositionCursor& cursor, Rng& rng) {
  Sequence out;
  for (int i = 0; i < tokens; ++i) {
    out.ids.push_back(static_cast<TokenId>(rng.below(700)));
    out.positions.push_back(cursor.next(out.ids.back()));
  }
  return out;
}

// 64 picture tokens (224 x 224) and text.
Sequence prompt(int tokens, PositionCursor& cursor, Rng& rng) {
  auto picture = std::make_shared<ImagePatches>();
  picture->grid_h = 16;
  picture->grid_w = 16;
  picture->patches.resize(256 * 1176);
  for (float& value : picture->patches) value = static_cast<float>(rng.uniform());
  Sequence out;
  cursor.image(8, 8, out.positions);
  out.ids.assign(64, 700);
  out.images.push_back(picture);
  const Sequence rest = text(tokens - 64, cursor, rng);
  out.ids.insert(out.ids.end(), rest.ids.begin(), rest.ids.end());
  out.positions.insert(out.positions.end(), rest.positions.begin(), rest.positions.end());
  return out;
}

// Arguments: groups, suffixes per group, bfloat16 linear maps or not. Prefixes of 200 tokens (picture
// included), suffixes of 150.
void score_and_backward(benchmark::State& state) {
  at::set_num_threads(1);
  Rng rng(1);
  Model model = Model::random(nano_shape(), rng);
  model.use_bf16(state.range(2) != 0);
  std::vector<SequenceGroup> groups(static_cast<std::size_t>(state.range(0)));
  std::int64_t tokens = 0;
  for (SequenceGroup& group : groups) {
    PositionCursor cursor(model.config());
    group.prefix = prompt(200, cursor, rng);
    tokens += 200;
    for (std::int64_t g = 0; g < state.range(1); ++g) {
      PositionCursor own = cursor;
      group.suffixes.push_back(text(150, own, rng));
      tokens += 150;
    }
  }
  for (auto _ : state) {
    at::Tensor loss = at::zeros({});
    for (const auto& group : model.score(groups))
      for (const auto& scores : group) loss = loss - scores.log_prob.sum();
    if (!(loss.item<float>() > 0)) state.SkipWithError("the loss is not a loss");
    loss.backward();
  }
  state.counters["tokens/s"] =
      benchmark::Counter(static_cast<double>(tokens), benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK(score_and_backward)
    ->ArgsProduct({{2}, {8}, {0, 1}})
    ->ArgsProduct({{8}, {1}, {0, 1}})
    ->Unit(benchmark::kMillisecond);

// Arguments: groups, suffixes per group. Every row makes 150 tokens after a prompt of 200; the end-of-turn
// token is none of the vocabulary's.
void sample(benchmark::State& state) {
  Rng rng(2);
  VlmConfig config = nano_shape();
  config.eos_token_id = -1;  // never drawn: all rows run to the limit
  const Model model = Model::random(config, rng);
  {
    // A fresh model's distributions are flat; a trained one's are not, and top-p costs by what it has to look
    // at.
    const c10::AutoGradMode no_gradient(false);
    for (NamedTensor& parameter : model.parameters())
      if (parameter.name == "model.norm.weight") parameter.tensor.mul_(10.0);
  }
  std::vector<GenerationGroup> groups(static_cast<std::size_t>(state.range(0)));
  for (GenerationGroup& group : groups) {
    PositionCursor cursor(model.config());
    group.prefix = prompt(200, cursor, rng);
    for (std::int64_t g = 0; g < state.range(1); ++g) {
      group.suffixes.emplace_back();
      group.cursors.push_back(cursor);
      group.seeds.push_back(rng.next());
    }
  }
  std::size_t tokens = 0;
  for (auto _ : state)
    for (const auto& group : generate(model, groups, {.top_p = 0.95, .max_new_tokens = 150}))
      for (const Generation& made : group) tokens += made.ids.size();
  state.counters["tokens/s"] = benchmark::Counter(static_cast<double>(tokens), benchmark::Counter::kIsRate);
}
BENCHMARK(sample)->Args({8, 16})->Args({128, 1})->Args({1, 8})->Args({1, 1})->MeasureProcessCPUTime()->Unit(
    benchmark::kMillisecond);

}  // namespace
}  // namespace metaspatial::vlm
