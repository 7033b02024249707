// Our half of scripts/compare_transformers.sh: the same weights, tokens and pictures as
// compare_transformers.py makes, trained on and continued with all cores. Prints one JSON line; the script
// checks the answers against each other.
//
// vlm_compare MODEL_DIR train|generate|peak THREADS SEQUENCES PROMPT SUFFIX GROUP

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <thread>
#include <vector>

#include <ATen/Functions.h>
#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "metaspatial/vlm/generate.hpp"
#include "metaspatial/vlm/model.hpp"
#include "metaspatial/vlm/ops.hpp"

namespace metaspatial::vlm {
namespace {

struct Workload {
  int threads = 2;
  int sequences = 32;  // in all
  int prompt = 200;    // tokens before what is learned or made, picture included
  int suffix = 150;    // tokens learned or made
  int group = 1;       // sequences that share a prompt
};

constexpr int kGrid = 16;  // patches per side of the picture: 224 pixels

// The numbers of both halves: a hash of the place, so that no file need pass between them.
std::uint32_t hash(std::uint32_t x) {
  x = (x ^ (x >> 16)) * 0x45d9f3bU;
  x = (x ^ (x >> 16)) * 0x45d9f3bU;
  return x ^ (x >> 16);
}

Sequence text(const VlmConfig& config, std::uint32_t key, int count, PositionCursor& cursor) {
  Sequence out;
  for (int i = 0; i < count; ++i) {
    out.ids.push_back(static_cast<TokenId>(hash(key * 1000003U + static_cast<std::uint32_t>(i)) %
                                           static_cast<std::uint32_t>(config.image_token_id - 16)));
    out.positions.push_back(cursor.next(out.ids.back()));
  }
  return out;
}

Sequence prompt(const VlmConfig& config, std::uint32_t key, int count, PositionCursor& cursor) {
  const VisionConfig& v = config.vision;
  auto picture = std::make_shared<ImagePatches>();
  picture->grid_h = kGrid;
  picture->grid_w = kGrid;
  const int values = kGrid * kGrid * v.in_channels * v.temporal_patch_size * v.patch_size * v.patch_size;
  for (int i = 0; i < values; ++i)
    picture->patches.push_back(
        static_cast<float>(hash(key * 7919U + static_cast<std::uint32_t>(i)) % 2001U) / 1000.0F - 1.0F);
  const int side = kGrid / v.spatial_merge_size;
  Sequence out;
  out.ids.push_back(config.vision_start_token_id);
  out.positions.push_back(cursor.next(out.ids.back()));
  cursor.image(side, side, out.positions);
  out.ids.insert(out.ids.end(), static_cast<std::size_t>(side) * static_cast<std::size_t>(side),
                 config.image_token_id);
  out.images.push_back(picture);
  const Sequence rest = text(config, key, count - static_cast<int>(out.ids.size()), cursor);
  out.ids.insert(out.ids.end(), rest.ids.begin(), rest.ids.end());
  out.positions.insert(out.positions.end(), rest.positions.begin(), rest.positions.end());
  return out;
}

double seconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

// Forward and backward of every sequence, an equal share of the groups per thread.
void train(Model& model, const Workload& w) {
  std::vector<SequenceGroup> groups;
  for (int b = 0; b < w.sequences / w.group; ++b) {
    PositionCursor cursor(model.config());
    SequenceGroup group;
    group.prefix = prompt(model.config(), static_cast<std::uint32_t>(b), w.prompt, cursor);
    for (int g = 0; g < w.group; ++g) {
      PositionCursor own = cursor;
      group.suffixes.push_back(
          text(model.config(), static_cast<std::uint32_t>(1000 + b * w.group + g), w.suffix, own));
    }
    groups.push_back(std::move(group));
  }
  const auto threads = static_cast<std::size_t>(w.threads);
  std::vector<Model> replicas;
  for (std::size_t t = 0; t < threads; ++t) replicas.push_back(model.replica());
  std::vector<double> losses(threads);
  const auto step = [&] {
    std::vector<std::jthread> pool;
    for (std::size_t t = 0; t < threads; ++t)
      pool.emplace_back([&, t] {
        at::set_num_threads(1);
        losses[t] = 0;
        for (NamedTensor& parameter : replicas[t].parameters())
          parameter.tensor.mutable_grad() = at::Tensor();
        for (std::size_t b = t; b < groups.size(); b += threads) {
          const auto scores = replicas[t].score({&groups[b], 1});
          at::Tensor loss = at::zeros({});
          for (const auto& suffix : scores[0]) loss = loss - suffix.log_prob.sum();
          losses[t] += loss.item<double>();
          loss.backward();
        }
      });
  };
  step();
  double best = 1e30;
  for (int round = 0; round < 5; ++round) {
    const auto begin = std::chrono::steady_clock::now();
    step();
    best = std::min(best, seconds_since(begin));
  }
  double loss = 0;
  for (const double share : losses) loss += share;
  double gradient = 0;  // of the final norm: a check that costs nothing
  for (const Model& replica : replicas)
    for (const NamedTensor& parameter : replica.parameters())
      if (parameter.name == "model.norm.weight") gradient += parameter.tensor.grad().sum().item<double>();
  fmt::print(R"({{"seconds": {:.4f}, "tokens_per_s": {:.0f}, "loss": {:.6g}, "gradient": {:.6g}}})"
             "\n",
             best, w.sequences * (w.prompt + w.suffix) / best, loss, gradient);
}

void generate_all(const Model& model, const Workload& w) {
  std::vector<GenerationGroup> groups;
  for (int b = 0; b < w.sequences / w.group; ++b) {
    PositionCursor cursor(model.config());
    GenerationGroup group;
    group.prefix = prompt(model.config(), static_cast<std::uint32_t>(b), w.prompt, cursor);
    for (int g = 0; g < w.group; ++g) {
      group.suffixes.emplace_back();
      group.cursors.push_back(cursor);
      group.seeds.push_back(1);
    }
    groups.push_back(std::move(group));
  }
  double best = 1e30;
  std::vector<std::vector<Generation>> made;
  std::size_t tokens = 0;
  for (int round = 0; round < 4; ++round) {
    const auto begin = std::chrono::steady_clock::now();
    made = generate(model, groups, {.temperature = 0, .max_new_tokens = w.suffix}, w.threads);
    best = std::min(best, seconds_since(begin));
  }
  for (const auto& group : made)
    for (const Generation& row : group) tokens += row.ids.size();
  std::vector<std::vector<TokenId>> ids;
  for (const auto& group : made) ids.push_back(group[0].ids);
  fmt::print(R"({{"seconds": {:.4f}, "tokens_per_s": {:.0f}, "tokens": {}, "ids": {}}})"
             "\n",
             best, static_cast<double>(tokens) / best, tokens, ids);
}

// Float32 matrix multiplication by ATen on all threads: what the machine can do.
void peak(const Workload& w) {
  at::set_num_threads(w.threads);
  const std::int64_t n = 2048;
  const at::Tensor a = at::ones({n, n});
  const at::Tensor b = at::ones({n, n});
  double best = 1e30;
  for (int round = 0; round < 5; ++round) {
    const auto begin = std::chrono::steady_clock::now();
    const at::Tensor c = at::matmul(a, b);
    if (c.data_ptr<float>()[0] != static_cast<float>(n)) std::abort();
    best = std::min(best, seconds_since(begin));
  }
  fmt::print("{{\"gflops\": {:.1f}}}\n", 2.0 * static_cast<double>(n * n * n) / best / 1e9);
}

}  // namespace
}  // namespace metaspatial::vlm

int main(int argc, char** argv) {
  using namespace metaspatial::vlm;
  if (argc != 8) {
    fmt::print(stderr, "vlm_compare MODEL_DIR train|generate|peak THREADS SEQUENCES PROMPT SUFFIX GROUP\n");
    return 2;
  }
  const Workload workload{std::atoi(argv[3]), std::atoi(argv[4]), std::atoi(argv[5]), std::atoi(argv[6]),
                          std::atoi(argv[7])};
  const std::string_view job = argv[2];
  if (job == "peak") {
    peak(workload);
    return 0;
  }
  auto model = Model::load(argv[1]);
  if (!model) {
    fmt::print(stderr, "{}\n", model.error().message);
    return 1;
  }
  if (job == "train") {
    train(*model, workload);
  } else {
    generate_all(*model, workload);
  }
  return 0;
}
