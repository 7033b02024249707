// Built and run by scripts/gpu_check.sh. Needs no tokenizer and no checkpoint: weights and tokens are random.

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <ATen/Context.h>
#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>
#include <c10/core/GradMode.h>
#include <dlfcn.h>
#include <fmt/format.h>

#include "metaspatial/base/parallel.hpp"
#include "metaspatial/base/rng.hpp"
#include "metaspatial/rl/losses.hpp"
#include "metaspatial/vlm/device.hpp"
#include "metaspatial/vlm/generate.hpp"
#include "metaspatial/vlm/memory_plan.hpp"
#include "metaspatial/vlm/model.hpp"
#include "metaspatial/vlm/ops.hpp"
#include "metaspatial/vlm/tokenizer.hpp"

// What this program links without: TBB, and PCRE2 for stop texts and for adapters' patterns, which it does not use.
namespace metaspatial {

void parallel_for(std::size_t n, const std::function<void(std::size_t)>& body) {
  for (std::size_t i = 0; i < n; ++i) body(i);
}

namespace vlm {

std::string_view Tokenizer::token_bytes(TokenId) const {
  std::abort();
}
Result<bool> is_target(const LoraConfig&, const std::string&) {
  std::abort();
}

}  // namespace vlm
}  // namespace metaspatial

namespace metaspatial::vlm {

namespace {

struct Options {
  std::set<std::string> jobs;
  std::string device = "cuda";
  std::string shape = "3b";
  std::int64_t tokens = 4096;  // of a packed training batch
  int sequences = 64;          // generated at once
  int prompt = 512;
  int new_tokens = 128;
};

int failures = 0;

void report(const std::string& what, double worst, double allowed) {
  const bool good = worst <= allowed;
  if (!good) ++failures;
  fmt::print("{:4} {}: {:.3g} (allowed {:.3g})\n", good ? "ok" : "FAIL", what, worst, allowed);
}

/// Published sizes (config.json of the checkpoints), or one that takes a second anywhere.
VlmConfig shape_of(const std::string& name) {
  VlmConfig c;  // 3B
  c.tie_word_embeddings = true;
  if (name == "7b") {
    c.vocab_size = 152064;
    c.hidden_size = 3584;
    c.intermediate_size = 18944;
    c.num_hidden_layers = 28;
    c.num_attention_heads = 28;
    c.num_key_value_heads = 4;
    c.tie_word_embeddings = false;
    c.vision.out_hidden_size = 3584;
  } else if (name == "tiny") {
    c.vocab_size = 512;
    c.hidden_size = 128;
    c.intermediate_size = 256;
    c.num_hidden_layers = 3;
    c.num_attention_heads = 4;
    c.num_key_value_heads = 2;
    c.mrope_section = {8, 4, 4};
    c.image_token_id = 500;
    c.vision_start_token_id = 501;
    c.vision_end_token_id = 502;
    c.eos_token_id = 503;
    c.pad_token_id = 504;
    c.vision.depth = 2;
    c.vision.hidden_size = 64;
    c.vision.intermediate_size = 128;
    c.vision.num_heads = 4;
    c.vision.fullatt_block_indexes = {1};
    c.vision.out_hidden_size = 128;
  } else if (name != "3b") {
    fmt::print(stderr, "gpu_check: --shape: expected 3b, 7b or tiny\n");
    std::exit(2);
  }
  return c;
}

Sequence text(const VlmConfig& config, int count, PositionCursor& cursor, Rng& rng) {
  Sequence out;
  for (int i = 0; i < count; ++i) {
    out.ids.push_back(static_cast<TokenId>(rng.below(static_cast<std::uint64_t>(config.image_token_id - 16))));
    out.positions.push_back(cursor.next(out.ids.back()));
  }
  return out;
}

void append(Sequence& a, Sequence b) {
  a.ids.insert(a.ids.end(), b.ids.begin(), b.ids.end());
  a.positions.insert(a.positions.end(), b.positions.begin(), b.positions.end());
  a.images.insert(a.images.end(), b.images.begin(), b.images.end());
}

/// A picture of grid x grid patches and text, `count` tokens in all.
Sequence prompt(const VlmConfig& config, int grid, int count, PositionCursor& cursor, Rng& rng) {
  const VisionConfig& v = config.vision;
  auto picture = std::make_shared<ImagePatches>();
  picture->grid_h = picture->grid_w = grid;
  picture->patches.resize(static_cast<std::size_t>(grid * grid * v.in_channels * v.temporal_patch_size *
                                                   v.patch_size * v.patch_size));
  for (float& value : picture->patches) value = static_cast<float>(rng.normal());
  const int side = grid / v.spatial_merge_size;
  Sequence out = text(config, 4, cursor, rng);
  cursor.image(side, side, out.positions);
  out.ids.insert(out.ids.end(), static_cast<std::size_t>(side * side), config.image_token_id);
  out.images.push_back(picture);
  append(out, text(config, count - static_cast<int>(out.ids.size()), cursor, rng));
  return out;
}

SequenceGroup training_group(const VlmConfig& config, int grid, int prefix, int suffixes, int suffix, Rng& rng) {
  PositionCursor cursor(config);
  SequenceGroup group;
  group.prefix = prompt(config, grid, prefix, cursor, rng);
  for (int g = 0; g < suffixes; ++g) {
    PositionCursor own = cursor;
    group.suffixes.push_back(text(config, suffix, own, rng));
  }
  return group;
}

at::Tensor all_scores(const Model& model, const std::vector<SequenceGroup>& groups) {
  std::vector<at::Tensor> out;
  for (const auto& group : model.score(groups))
    for (const auto& suffix : group) out.push_back(suffix.log_prob);
  return at::cat(out);
}

/// Runs and waits for the device.
double seconds(const at::Device& device, const std::function<void()>& body) {
  const auto wait = [&] {
    if (device.is_cuda()) (void)at::zeros({1}, at::TensorOptions(device)).item<float>();
  };
  wait();
  const auto begin = std::chrono::steady_clock::now();
  body();
  wait();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

double relative(const at::Tensor& a, const at::Tensor& b) {
  const at::Tensor x = a.detach().to(at::kCPU, at::kDouble);
  const at::Tensor y = b.detach().to(at::kCPU, at::kDouble);
  return ((x - y).norm() / y.norm().clamp_min(1e-12)).item<double>();
}

void parity(const at::Device& device) {
  const VlmConfig config = shape_of("tiny");
  Rng rng(1);
  const Model cpu = Model::random(config, rng);
  std::vector<SequenceGroup> groups{training_group(config, 16, 90, 3, 17, rng),
                                    training_group(config, 12, 60, 2, 31, rng)};
  const at::Tensor expected = all_scores(cpu, groups);
  (-expected.sum()).backward();
  for (const bool bf16 : {false, true}) {
    for (const bool checkpointing : {false, true}) {
      std::optional<ops::AtenOnly> as_on_a_gpu;
      if (device.is_cpu()) as_on_a_gpu.emplace();
      Model model = cpu.to(device);
      model.use_bf16(bf16);
      model.use_gradient_checkpointing(checkpointing);
      const at::Tensor log_prob = all_scores(model, groups);
      const std::string name = fmt::format("{}{}", bf16 ? "bfloat16" : "float32", checkpointing ? ", checkpointed" : "");
      report(name + ": log-probabilities, relative", relative(log_prob, expected), bf16 ? 2e-2 : 1e-4);
      (-log_prob.sum()).backward();
      double worst = 0;
      const auto ours = model.parameters();
      const auto theirs = cpu.parameters();
      for (std::size_t i = 0; i < ours.size(); ++i)
        worst = std::max(worst, relative(ours[i].tensor.grad(), theirs[i].tensor.grad()));
      report(name + ": gradients, worst parameter, relative", worst, bf16 ? 1e-1 : 1e-3);
    }
  }
}

void losses(const at::Device& device) {
  const at::Tensor log_prob = at::randn({4096}) * 0.3 - 2.0;
  const at::Tensor old = log_prob + at::randn({4096}) * 0.2;
  const at::Tensor advantage = at::randn({4096});
  const auto there = [&](const at::Tensor& x) { return x.to(device); };
  report("policy_loss", relative(rl::policy_loss(there(log_prob), there(old), there(advantage), 0.2, 0.3).per_token,
                                 rl::policy_loss(log_prob, old, advantage, 0.2, 0.3).per_token), 1e-5);
  report("low_var_kl", relative(rl::low_var_kl(there(log_prob), there(old)), rl::low_var_kl(log_prob, old)), 1e-4);
}

std::vector<GenerationGroup> generation_groups(const VlmConfig& config, int grid, int prefix, int groups, int each,
                                               Rng& rng) {
  std::vector<GenerationGroup> out;
  for (int b = 0; b < groups; ++b) {
    PositionCursor cursor(config);
    GenerationGroup group;
    group.prefix = prompt(config, grid, prefix, cursor, rng);
    for (int g = 0; g < each; ++g) {
      group.suffixes.emplace_back();
      group.cursors.push_back(cursor);
      group.seeds.push_back(rng.next());
    }
    out.push_back(std::move(group));
  }
  return out;
}

/// Greedy answers of both devices, and the log-probabilities that go with them.
void answers(const at::Device& device) {
  const VlmConfig config = shape_of("tiny");
  Rng rng(2);
  const Model cpu = Model::random(config, rng);
  const Model model = cpu.to(device);
  const auto groups = generation_groups(config, 12, 60, 3, 4, rng);
  const SamplingParams sampling{.temperature = 0, .max_new_tokens = 40};
  Generator here(cpu, {.path = DecodePath::Tensors});
  Generator there(model, {.path = DecodePath::Tensors});
  const auto a = here.generate(groups, sampling);
  const auto b = there.generate(groups, sampling);
  if (!a || !b) {
    fmt::print("FAIL generation: {}\n", !a ? a.error().message : b.error().message);
    ++failures;
    return;
  }
  double different = 0, tokens = 0, gap = 0;
  for (std::size_t g = 0; g < a->size(); ++g)
    for (std::size_t k = 0; k < (*a)[g].size(); ++k) {
      const Generation &x = (*a)[g][k], &y = (*b)[g][k];
      bool parted = false;
      for (std::size_t t = 0; t < std::min(x.ids.size(), y.ids.size()); ++t) {
        parted = parted || x.ids[t] != y.ids[t];
        tokens += 1;
        different += parted ? 1 : 0;
        if (!parted) gap = std::max(gap, static_cast<double>(std::abs(x.log_probs[t] - y.log_probs[t])));
      }
    }
  report("greedy answers: share of tokens that differ", different / tokens, 0.05);
  report("log-probabilities of equal tokens, worst gap", gap, 1e-3);
}

double peak_flops(const at::Device& device, bool tiny) {
  const std::int64_t n = tiny ? 512 : 8192;
  const at::Tensor a = at::randn({n, n}, at::TensorOptions(device).dtype(at::kBFloat16));
  const at::Tensor b = at::randn({n, n}, at::TensorOptions(device).dtype(at::kBFloat16));
  at::Tensor c = at::matmul(a, b);
  const double time = seconds(device, [&] {
    for (int i = 0; i < 10; ++i) c = at::matmul(a, b);
  });
  return 10.0 * 2.0 * static_cast<double>(n) * static_cast<double>(n) * static_cast<double>(n) / time;
}

double bandwidth(const at::Device& device, bool tiny) {
  const at::Tensor a = at::ones({tiny ? 1 << 22 : 1 << 29}, at::TensorOptions(device).dtype(at::kFloat));
  at::Tensor b = at::empty_like(a);
  b.copy_(a);
  const double time = seconds(device, [&] {
    for (int i = 0; i < 10; ++i) b.copy_(a);
  });
  return 10.0 * 2.0 * static_cast<double>(a.nbytes()) / time;  // read and written
}

std::int64_t free_bytes() {
  using MemGetInfo = int (*)(std::size_t*, std::size_t*);
  const auto get = reinterpret_cast<MemGetInfo>(dlsym(RTLD_DEFAULT, "cudaMemGetInfo"));
  std::size_t free = 0, total = 0;
  return get != nullptr && get(&free, &total) == 0 ? static_cast<std::int64_t>(free) : 0;
}

/// Forward and backward of packed batches in bfloat16 with float32 weights.
void train(const at::Device& device, const Options& options) {
  const bool tiny = options.shape == "tiny";
  const VlmConfig config = shape_of(options.shape);
  const std::int64_t free_before = device.is_cuda() ? free_bytes() : 0;
  const double peak = peak_flops(device, tiny);
  Rng rng(3);
  Model model = Model::noise(config, at::kFloat, device);
  model.use_bf16(true);
  model.use_gradient_checkpointing(true);
  // Rooms of a 448 px picture, 512 tokens of question and eight answers of 192.
  std::vector<SequenceGroup> groups;
  TrainingShape shape;
  shape.weights = count_weights(config);
  shape.path = device.is_cuda() ? ComputePath::Flash : ComputePath::Aten;
  shape.checkpointing = true;
  shape.several_steps = false;
  const int grid = tiny ? 16 : 32;
  const int prefix = tiny ? 100 : 512;
  const int suffix = tiny ? 20 : 192;
  while (shape.tokens + prefix + suffix <= options.tokens) {
    const int count = static_cast<int>(std::min<std::int64_t>(8, (options.tokens - shape.tokens - prefix) / suffix));
    groups.push_back(training_group(config, grid, prefix, count, suffix, rng));
    shape.tokens += prefix + count * suffix;
    shape.scored_tokens += count * suffix;
    shape.patches += grid * grid;
    shape.attended_keys += prefix + count * (prefix + suffix);
  }
  const auto step = [&] {
    for (NamedTensor& parameter : model.parameters()) parameter.tensor.mutable_grad() = at::Tensor();
    (-all_scores(model, groups).mean()).backward();
  };
  step();
  const double time = seconds(device, [&] {
    for (int i = 0; i < 3; ++i) step();
  }) / 3;
  // Of the linear maps: 2 per weight and token forward, 4 backward; what checkpointing computes twice is not counted.
  double decoder = 0, tower = 0;
  const double head = static_cast<double>(config.vocab_size) * config.hidden_size;
  for (const NamedTensor& parameter : model.parameters()) {
    if (parameter.tensor.dim() < 2 || parameter.name == "model.embed_tokens.weight" || parameter.name == "lm_head.weight")
      continue;
    const bool merger = parameter.name.starts_with("visual.merger");
    const double weights = static_cast<double>(parameter.tensor.numel());
    if (parameter.name.starts_with("visual.")) {
      tower += merger ? weights / 4 : weights;
    } else {
      decoder += weights;
    }
  }
  const double flops = 6.0 * (decoder * static_cast<double>(shape.tokens) + head * static_cast<double>(shape.scored_tokens) +
                              tower * static_cast<double>(shape.patches));
  fmt::print("train {}: {} tokens in {:.3f} s, {:.0f} tokens/s, {:.1f} TFLOP/s in linear maps = {:.1f} % of the measured {:.1f}\n",
             options.shape, shape.tokens, time, static_cast<double>(shape.tokens) / time, flops / time / 1e12,
             100 * flops / time / peak, peak / 1e12);
  if (device.is_cuda()) {
    MemoryPlan plan = plan_memory(config, shape);
    plan.optimizer = 0;  // no optimiser here
    const double used = static_cast<double>(free_before - free_bytes());
    fmt::print("memory: plan {:.1f} GiB without the optimiser ({}), taken from the GPU {:.1f} GiB: {:+.1f} %\n",
               static_cast<double>(plan.total()) / (1 << 30), plan.parts(), used / (1 << 30),
               100 * (used / static_cast<double>(plan.total()) - 1));
  }
}

void generate(const at::Device& device, const Options& options) {
  const bool tiny = options.shape == "tiny";
  VlmConfig config = shape_of(options.shape);
  config.eos_token_id = config.image_token_id;  // never drawn: all rows run to the limit
  const double most = bandwidth(device, tiny);
  const Model model = Model::noise(config, at::kBFloat16, device);
  Rng rng(4);
  const auto groups = generation_groups(config, tiny ? 16 : 32, tiny ? 100 : options.prompt, options.sequences / 8, 8, rng);
  Generator generator(model, {.rows_in_flight = options.sequences, .cache_bytes = std::int64_t{16} << 30});
  const auto run = [&](int tokens) {
    const auto made = generator.generate(groups, {.max_new_tokens = tokens});
    if (!made) {
      fmt::print("FAIL generation: {}\n", made.error().message);
      ++failures;
    }
  };
  run(8);  // the prompts are cached from here on
  const double start = seconds(device, [&] { run(8); });
  const double all = seconds(device, [&] { run(8 + options.new_tokens); });
  const double per_step = (all - start) / options.new_tokens;
  double weights = 0;  // read in every step: all of the decoder's, and the output head
  for (const NamedTensor& parameter : model.parameters())
    if (!parameter.name.starts_with("visual.") &&
        (parameter.name != "model.embed_tokens.weight" || config.tie_word_embeddings))
      weights += static_cast<double>(parameter.tensor.nbytes());
  const double token_bytes = 2.0 * 2.0 * config.num_hidden_layers * config.num_key_value_heads * config.head_size();
  const double keys = token_bytes * options.sequences *
                      ((tiny ? 100 : options.prompt) + 8 + static_cast<double>(options.new_tokens) / 2);
  fmt::print("generate {}: {} sequences, {:.2f} ms a step, {:.0f} tokens/s; {:.2f} GB a step = {:.1f} % of the measured {:.0f} GB/s "
             "(every sequence's keys counted; {:.1f} % with a prompt's keys read once)\n",
             options.shape, options.sequences, 1e3 * per_step, options.sequences / per_step, (weights + keys) / 1e9,
             100 * (weights + keys) / per_step / most, most / 1e9,
             100 * (weights + keys - token_bytes * 7.0 / 8.0 * options.sequences * (tiny ? 100 : options.prompt)) / per_step / most);
}

int run(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument == "--help" || (argument.starts_with("--") && i + 1 == argc)) {
      fmt::print("gpu_check [parity] [losses] [answers] [train] [generate] (none: all) [--device cuda|cpu] [--shape 3b|7b|tiny]\n"
                 "          [--tokens 4096] [--sequences 64] [--prompt 512] [--new-tokens 128]\n");
      return argument == "--help" ? 0 : 2;
    }
    if (argument == "--device") options.device = argv[++i];
    else if (argument == "--shape") options.shape = argv[++i];
    else if (argument == "--tokens") options.tokens = std::atoll(argv[++i]);
    else if (argument == "--sequences") options.sequences = std::atoi(argv[++i]);
    else if (argument == "--prompt") options.prompt = std::atoi(argv[++i]);
    else if (argument == "--new-tokens") options.new_tokens = std::atoi(argv[++i]);
    else options.jobs.insert(argument);
  }
  const auto device = compute_device(options.device);
  if (!device) {
    fmt::print(stderr, "gpu_check: {}\n", device.error().message);
    return 1;
  }
  at::globalContext().setAllowTF32CuBLAS(false);
  const auto wanted = [&](const char* job) { return options.jobs.empty() || options.jobs.contains(job); };
  if (wanted("parity")) parity(*device);
  if (wanted("losses")) losses(*device);
  if (wanted("answers")) answers(*device);
  if (wanted("train")) train(*device, options);
  if (wanted("generate")) generate(*device, options);
  return failures == 0 ? 0 : 1;
}

}  // namespace
}  // namespace metaspatial::vlm

int main(int argc, char** argv) {
  return metaspatial::vlm::run(argc, argv);
}
