// Tokens per second of the nano shape on one core. The loss and the number of tokens are checked before
// timing.

#include <chrono>

#include <benchmark/benchmark.h>

#include <ATen/Functions.h>
#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <c10/core/GradMode.h>

#include <unistd.h>

#include "metaspatial/base/parallel.hpp"
#include "metaspatial/vlm/generate.hpp"
#include "metaspatial/vlm/kernels.hpp"
#include "metaspatial/vlm/model.hpp"
#include "metaspatial/vlm/weights.hpp"

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

std::vector<GenerationGroup> prompts(const VlmConfig& config, std::int64_t groups, std::int64_t rows,
                                     int tokens, bool picture, Rng& rng) {
  std::vector<GenerationGroup> out(static_cast<std::size_t>(groups));
  for (GenerationGroup& group : out) {
    PositionCursor cursor(config);
    group.prefix = picture ? prompt(tokens, cursor, rng) : text(tokens, cursor, rng);
    for (std::int64_t g = 0; g < rows; ++g) {
      group.suffixes.emplace_back();
      group.cursors.push_back(cursor);
      group.seeds.push_back(rng.next());
    }
  }
  return out;
}

// The rate of the matrix kernel on matrices that stay in the cache: what shares of the peak are shares of.
void matrix_peak(benchmark::State& state) {
  constexpr std::int64_t kSize = 96;
  std::vector<float> a(kSize * kSize, 1.0F), b(kSize * kSize, 0.5F), c(kSize * kSize);
  for (auto _ : state) {
    for (std::int64_t j = 0; j < kSize; j += kernels::kPanel)
      kernels::table().gemm(kSize, kernels::kPanel, kSize, a.data(), kSize, b.data() + j * kSize,
                            kernels::kPanel, c.data() + j, kSize, false);
    benchmark::DoNotOptimize(c.data());
  }
  if (c[0] != 48.0F) state.SkipWithError("the product is wrong");
  state.counters["FLOP/s"] =
      benchmark::Counter(2.0 * kSize * kSize * kSize, benchmark::Counter::kIsIterationInvariantRate,
                         benchmark::Counter::kIs1000);
}
BENCHMARK(matrix_peak)->Unit(benchmark::kMicrosecond);

// What memory gives to as many threads as there are cores, each summing a part of 1 GiB.
void memory_bandwidth(benchmark::State& state) {
  const at::Tensor words = at::ones({std::int64_t{1} << 28}, at::kFloat);
  constexpr std::size_t kParts = 64;
  const std::int64_t part = words.numel() / static_cast<std::int64_t>(kParts);
  std::vector<float> sums(kParts);
  for (auto _ : state) {
    parallel_for(kParts, [&](std::size_t i) {
      const float* from = words.data_ptr<float>() + static_cast<std::int64_t>(i) * part;
      sums[i] = kernels::table().dot(from, from, part);
    });
    benchmark::DoNotOptimize(sums.data());
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) * words.numel() *
                          std::int64_t{sizeof(float)});
}
BENCHMARK(memory_bandwidth)->Unit(benchmark::kMillisecond)->UseRealTime();

// Argument: rows that share a prompt of 600 tokens. Its reading and the first token of each.
void shared_prefill(benchmark::State& state) {
  Rng rng(3);
  const Model model = Model::random(nano_shape(), rng);
  const auto groups = prompts(model.config(), 1, state.range(0), 600, true, rng);
  Generator generator(model);
  const SamplingParams sampling{.top_p = 0.95, .max_new_tokens = 1};
  if (!generator.generate(groups, sampling)) state.SkipWithError("generation failed");
  for (auto _ : state) {
    generator.forget();
    const auto out = generator.generate(groups, sampling);
    if ((*out)[0].back().ids.size() != 1) state.SkipWithError("a token is missing");
  }
}
BENCHMARK(shared_prefill)->Arg(1)->Arg(8)->MeasureProcessCPUTime()->Unit(benchmark::kMillisecond);

// Arguments: groups, rows of each, threads: as in sample(), with a Generator that keeps its panels.
void sample_kept(benchmark::State& state) {
  Rng rng(2);
  VlmConfig config = nano_shape();
  config.eos_token_id = -1;
  const Model model = Model::random(config, rng);
  {
    const c10::AutoGradMode no_gradient(false);
    for (NamedTensor& parameter : model.parameters())
      if (parameter.name == "model.norm.weight") parameter.tensor.mul_(10.0);
  }
  const auto groups = prompts(config, state.range(0), state.range(1), 200, true, rng);
  Generator generator(model, {.threads = static_cast<int>(state.range(2))});
  std::size_t tokens = 0;
  for (auto _ : state) {
    generator.forget();
    const auto out = generator.generate(groups, {.top_p = 0.95, .max_new_tokens = 150});
    for (const auto& group : *out)
      for (const Generation& made : group) tokens += made.ids.size();
  }
  if (tokens != state.iterations() * static_cast<std::size_t>(state.range(0) * state.range(1) * 150))
    state.SkipWithError("tokens are missing");
  state.counters["tokens/s"] = benchmark::Counter(static_cast<double>(tokens), benchmark::Counter::kIsRate);
}
BENCHMARK(sample_kept)->ArgsProduct({{8}, {16}, {1, 2}})->UseRealTime()->Unit(benchmark::kMillisecond);

// Qwen2.5-VL-3B's decoder with random bfloat16 weights. Argument: rows. Prompts of 32 tokens, 16 more each.
void decode_3b(benchmark::State& state) {
  VlmConfig config;  // the 3B shape is the default
  config.tie_word_embeddings = true;
  config.vision = nano_shape().vision;
  config.vision.out_hidden_size = config.hidden_size;
  config.eos_token_id = -1;
  const double gib =
      static_cast<double>(sysconf(_SC_AVPHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGESIZE)) / (1 << 30);
  if (gib < 7.5) {
    state.SkipWithError("needs 7.5 GiB of free memory");
    return;
  }
  Rng rng(4);
  VlmConfig one_layer = nano_shape();
  Model model = Model::random(one_layer, rng);
  auto& impl = const_cast<Model::Impl&>(model.impl());
  impl.config = config;
  impl.layers.resize(static_cast<std::size_t>(config.num_hidden_layers));
  std::int64_t bytes = 0;  // that a token's step reads
  visit_weights(impl, [&](const std::string& name, at::Tensor& tensor, const std::vector<std::int64_t>& shape,
                          Init init) {
    tensor = at::empty(shape, at::kBFloat16);
    auto* bits = static_cast<std::uint16_t*>(tensor.data_ptr());
    // Signs and the last bits at random around 1 / 64: a linear map of 2048 inputs then keeps the scale.
    for (std::int64_t i = 0; i < tensor.numel(); ++i)
      bits[i] = init == Init::Norm   ? std::uint16_t{0x3f80}
                : init == Init::Bias ? std::uint16_t{0}
                                     : static_cast<std::uint16_t>((rng.next() & 0x803f) | 0x3c80);
    if (!name.starts_with("visual.")) bytes += static_cast<std::int64_t>(tensor.nbytes());
  });
  const auto groups = prompts(config, state.range(0), 1, 32, false, rng);
  Generator generator(model, {.threads = 2});
  const SamplingParams sampling{.top_p = 0.95, .max_new_tokens = 17};
  double prefill_s = 0;
  std::size_t tokens = 0;
  for (auto _ : state) {
    state.PauseTiming();
    generator.forget();
    const auto begin = std::chrono::steady_clock::now();
    SamplingParams first = sampling;
    first.max_new_tokens = 1;
    if (!generator.generate(groups, first)) state.SkipWithError("generation failed");
    prefill_s += std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    state.ResumeTiming();
    // The prompts are cached: one token of each is read again, then 16 steps follow.
    const auto out = generator.generate(groups, sampling);
    for (const auto& group : *out) tokens += group[0].ids.size();
  }
  state.counters["tokens/s"] = benchmark::Counter(static_cast<double>(tokens), benchmark::Counter::kIsRate);
  state.counters["weights B/s"] =
      benchmark::Counter(static_cast<double>(bytes) * 17.0 * static_cast<double>(state.iterations()),
                         benchmark::Counter::kIsRate);
  state.counters["prefill tokens/s"] =
      32.0 * static_cast<double>(state.range(0)) * static_cast<double>(state.iterations()) / prefill_s;
}
BENCHMARK(decode_3b)->Arg(1)->Arg(8)->Iterations(1)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace metaspatial::vlm
