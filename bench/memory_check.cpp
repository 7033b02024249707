// Peak memory of real training steps (random weights, gradients by GradientWorkers, AdamW) beside the memory
// plan: `memory_check` runs the built-in shapes, each in a process of its own;
// `memory_check plan` prints the plan of Qwen2.5-VL's sizes;
// `memory_check CONFIG.json [workers=1] [tokens=1024] [checkpointing=0|1]` runs one.

#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>
#include <fmt/format.h>

#include "metaspatial/base/files.hpp"
#include "metaspatial/base/json.hpp"
#include "metaspatial/rl/adamw.hpp"
#include "metaspatial/rl/gradient_workers.hpp"
#include "metaspatial/rl/run_memory.hpp"
#include "metaspatial/vlm/memory_plan.hpp"
#include "metaspatial/vlm/model.hpp"

namespace metaspatial {
namespace {

struct Case {
  std::string shape;  // a built-in name or a config.json
  int workers = 1;
  int tokens = 1024;  // of a micro-batch
  bool checkpointing = false;
};

vlm::VlmConfig built_in(const std::string& name) {
  vlm::VlmConfig c;
  c.rope_theta = 10000.0;
  c.head_dim = 64;
  c.mrope_section = {16, 8, 8};
  c.vision.depth = 4;
  c.vision.hidden_size = 256;
  c.vision.intermediate_size = 512;
  c.vision.num_heads = 4;
  c.vision.fullatt_block_indexes = {3};
  if (name == "30M") {
    c.vocab_size = 8192;
    c.hidden_size = 384;
    c.intermediate_size = 1536;
    c.num_hidden_layers = 10;
    c.num_attention_heads = 6;
    c.num_key_value_heads = 2;
    c.tie_word_embeddings = true;
  } else if (name == "150M") {
    c.vocab_size = 32000;
    c.hidden_size = 768;
    c.intermediate_size = 2560;
    c.num_hidden_layers = 16;
    c.num_attention_heads = 12;
    c.num_key_value_heads = 2;
    c.tie_word_embeddings = true;
  } else {  // 400M
    c.vocab_size = 50000;
    c.hidden_size = 1024;
    c.intermediate_size = 3584;
    c.num_hidden_layers = 24;
    c.num_attention_heads = 16;
    c.num_key_value_heads = 4;
  }
  c.image_token_id = c.vocab_size - 4;
  c.vision_start_token_id = c.vocab_size - 3;
  c.vision_end_token_id = c.vocab_size - 2;
  c.eos_token_id = c.vocab_size - 1;
  c.pad_token_id = 0;
  c.vision.out_hidden_size = c.hidden_size;
  return c;
}

// "VmRSS" or "VmHWM", bytes.
double process_memory(const std::string& key) {
  std::ifstream status("/proc/self/status");
  std::string word;
  double kib = 0;
  while (status >> word)
    if (word == key + ":" && status >> kib) return kib * 1024;
  return 0;
}

// A quarter of the tokens is the prefix, with a picture of 8 x 8 tokens; the rest are four suffixes.
vlm::SequenceGroup training_group(const vlm::VlmConfig& config, int tokens, Rng& rng) {
  const auto& v = config.vision;
  auto picture = std::make_shared<vlm::ImagePatches>();
  picture->grid_h = picture->grid_w = 8 * v.spatial_merge_size;
  const int numbers = v.in_channels * v.temporal_patch_size * v.patch_size * v.patch_size;
  picture->patches.resize(static_cast<std::size_t>(picture->grid_h * picture->grid_w * numbers));
  for (float& value : picture->patches) value = static_cast<float>(rng.uniform());
  vlm::PositionCursor cursor(config);
  const auto text = [&](int count, vlm::PositionCursor& at, vlm::Sequence& out) {
    for (int i = 0; i < count; ++i) {
      out.ids.push_back(
          static_cast<vlm::TokenId>(rng.below(static_cast<std::uint64_t>(config.vocab_size - 4))));
      out.positions.push_back(at.next(out.ids.back()));
    }
  };
  vlm::SequenceGroup group;
  cursor.image(8, 8, group.prefix.positions);
  group.prefix.ids.assign(64, config.image_token_id);
  group.prefix.images.push_back(picture);
  text(tokens / 4 - 64, cursor, group.prefix);
  for (int g = 0; g < 4; ++g) {
    vlm::PositionCursor own = cursor;
    text(tokens * 3 / 16, own, group.suffixes.emplace_back());
  }
  return group;
}

int run(const Case& c) {
  vlm::VlmConfig config;
  if (c.shape.ends_with(".json")) {
    const auto text = read_file(c.shape);
    const auto json = text ? parse_json(*text, c.shape) : Result<Json>(tl::unexpected(text.error()));
    const auto read =
        json ? vlm::read_config(*json, c.shape) : Result<vlm::VlmConfig>(tl::unexpected(json.error()));
    if (!read) {
      std::fprintf(stderr, "%s\n", to_string(read.error()).c_str());
      return 1;
    }
    config = *read;
  } else {
    config = built_in(c.shape);
  }
  rl::return_large_blocks(std::int64_t{1} << 40);  // as a large run has it
  at::empty({1 << 20}).add_(1.0);                  // libtorch is loaded now
  const double before = process_memory("VmRSS");

  vlm::TrainingShape shape;
  shape.weights = vlm::count_weights(config);
  shape.checkpointing = c.checkpointing;
  shape.workers = c.workers;
  shape.tokens = c.tokens;
  shape.scored_tokens = c.tokens * 3 / 4;
  shape.patches = 64 * config.vision.spatial_merge_size * config.vision.spatial_merge_size;
  const vlm::MemoryPlan plan = vlm::plan_memory(config, shape);
  const auto fits = vlm::check_memory(plan, vlm::available_memory(at::kCPU), c.shape, "Nothing was run.");
  if (!fits) {
    std::fprintf(stderr, "%s\n", to_string(fits.error()).c_str());
    return 1;
  }

  Rng rng(1);
  vlm::Model model = vlm::Model::random(config, rng);
  model.use_gradient_checkpointing(c.checkpointing);
  rl::AdamW optimizer(model.parameters(), {});
  rl::GradientWorkers workers(model, c.workers);
  std::vector<vlm::SequenceGroup> groups;
  for (int i = 0; i < 2 * c.workers; ++i) groups.push_back(training_group(config, c.tokens, rng));
  double norm = 0;
  for (int step = 0; step < 2; ++step) {
    const auto gradients =
        workers.run(std::vector<double>(groups.size(), 1.0), [&](const vlm::Model& replica, std::size_t i) {
          at::Tensor loss = at::zeros({});
          const auto all = replica.score({&groups[i], 1});
          for (const auto& scores : all[0]) loss = loss - scores.log_prob.sum();
          return loss / c.tokens;
        });
    norm = optimizer.step(gradients, 1e-4);
  }
  if (!(norm > 0)) {
    std::fprintf(stderr, "no gradient\n");
    return 1;
  }
  const double peak = process_memory("VmHWM") - before;
  const double planned = static_cast<double>(plan.total());
  constexpr double kGiB = 1024.0 * 1024.0 * 1024.0;
  fmt::print(
      "{:>6} {:5.0f}M  workers {}  tokens {:5}  checkpointing {}  planned {:6.2f} GiB  measured {:6.2f} GiB  "
      "{:+5.1f} %  ({})\n",
      c.shape, static_cast<double>(shape.weights.trainable) / 1e6, c.workers, c.tokens,
      c.checkpointing ? 1 : 0, planned / kGiB, peak / kGiB, 100.0 * (planned / peak - 1.0), plan.parts());
  return 0;
}

// The plan alone for Qwen2.5-VL's sizes on a GPU: nothing is run.
int print_plans() {
  for (const bool large : {false, true}) {
    vlm::VlmConfig config;  // 3B
    config.tie_word_embeddings = !large;
    if (large) {
      config.vocab_size = 152064;
      config.hidden_size = 3584;
      config.intermediate_size = 18944;
      config.num_hidden_layers = 28;
      config.num_attention_heads = 28;
      config.num_key_value_heads = 4;
      config.vision.out_hidden_size = 3584;
    }
    const vlm::WeightCounts all = vlm::count_weights(config);
    for (const bool adapter : {false, true}) {
      for (const bool checkpointing : {false, true}) {
        vlm::TrainingShape shape;
        shape.weights = all;
        if (adapter) {  // rank 16 on the decoder's maps, the rest frozen in bfloat16
          const std::int64_t q = config.num_attention_heads * config.head_size();
          const std::int64_t kv = config.num_key_value_heads * config.head_size();
          const std::int64_t sides =
              4 * config.hidden_size + 2 * q + 2 * kv + 3 * (config.hidden_size + config.intermediate_size);
          shape.weights = {16 * sides * config.num_hidden_layers, all.trainable};
          shape.frozen_bytes = 2;
          shape.vision_trains = shape.head_trains = false;
        }
        shape.path = vlm::ComputePath::Flash;
        shape.checkpointing = checkpointing;
        shape.tokens = 16384;
        shape.scored_tokens = 8192;
        shape.patches = 8192;  // eight pictures of 448 x 448
        shape.attended_keys = 2 * shape.tokens;
        const vlm::MemoryPlan plan = vlm::plan_memory(config, shape);
        fmt::print("{} {} checkpointing {}: {:.1f} GiB ({})\n", large ? "7B" : "3B",
                   adapter ? "LoRA" : "full", checkpointing ? 1 : 0,
                   static_cast<double>(plan.total()) / (1024.0 * 1024.0 * 1024.0), plan.parts());
      }
    }
  }
  return 0;
}

int run_in_a_process(const char* program, const Case& c) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::execl(program, program, c.shape.c_str(), fmt::format("workers={}", c.workers).c_str(),
            fmt::format("tokens={}", c.tokens).c_str(),
            fmt::format("checkpointing={}", c.checkpointing ? 1 : 0).c_str(), nullptr);
    std::_Exit(127);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

}  // namespace
}  // namespace metaspatial

int main(int argc, char** argv) {
  using metaspatial::Case;
  if (argc > 1 && std::string(argv[1]) == "plan") return metaspatial::print_plans();
  if (argc > 1) {
    Case c;
    c.shape = argv[1];
    for (int i = 2; i < argc; ++i) {
      const std::string word = argv[i];
      const int value = std::atoi(word.substr(word.find('=') + 1).c_str());
      if (word.starts_with("workers=")) c.workers = value;
      if (word.starts_with("tokens=")) c.tokens = value;
      if (word.starts_with("checkpointing=")) c.checkpointing = value != 0;
    }
    return metaspatial::run(c);
  }
  int worst = 0;
  for (const auto& [shape, tokens] :
       std::vector<std::pair<std::string, int>>{{"30M", 1024}, {"150M", 512}, {"400M", 512}})
    for (const bool checkpointing : {false, true})
      worst =
          std::max(worst, metaspatial::run_in_a_process("/proc/self/exe", {shape, 1, tokens, checkpointing}));
  worst = std::max(worst, metaspatial::run_in_a_process("/proc/self/exe", {"30M", 2, 1024, false}));
  return worst;
}
