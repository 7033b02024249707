#include "metaspatial/vlm/memory_plan.hpp"

#include <dlfcn.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <functional>
#include <limits>
#include <numeric>
#include <sstream>
#include <vector>

#include <fmt/format.h>

#include "metaspatial/base/files.hpp"
#include "metaspatial/vlm/aten_ops.hpp"
#include "metaspatial/vlm/generate.hpp"
#include "metaspatial/vlm/weights.hpp"

namespace metaspatial::vlm {

namespace {

/// Gibibytes, or mebibytes where the whole is less than one.
struct Unit {
  explicit Unit(std::int64_t whole)
      : bytes(whole >= std::int64_t{1} << 30 ? 1073741824.0 : 1048576.0),
        name(whole >= std::int64_t{1} << 30 ? "GiB" : "MiB") {}
  double operator()(std::int64_t n) const { return static_cast<double>(n) / bytes; }
  double bytes;
  const char* name;
};
constexpr std::int64_t kFloatBytes = 4;

/// Bytes that a layer keeps for its backward pass: per row, and once for what its keys need.
struct LayerBytes {
  std::int64_t per_row = 0;    ///< of all that depends on queries and of the MLP
  std::int64_t per_input = 0;  ///< of the layer's input and its norm: rows that only give keys and values
  std::int64_t per_key = 0;    ///< keys and values
  std::int64_t widest = 0;     ///< per row, while gradients of the MLP exist
};

/// A decoder layer, or a vision block with `heads` of `head` numbers, `kv_heads` for keys and values.
LayerBytes layer_bytes(ComputePath path, std::int64_t width, std::int64_t inner, std::int64_t heads,
                       std::int64_t kv_heads, std::int64_t head) {
  const std::int64_t q = heads * head, kv = kv_heads * head;
  LayerBytes out;
  switch (path) {
    case ComputePath::Cpu:
      // Input, its norm | q, mixed values, log-sum-exps, x after attention, its norm, gate, up, product.
      out.per_input = kFloatBytes * (2 * width + 1);
      out.per_row = kFloatBytes * (2 * q + heads + 2 * width + 1 + 3 * inner);
      out.per_key = kFloatBytes * 2 * kv;
      out.widest = kFloatBytes * (2 * inner + 2 * width);
      break;
    case ComputePath::Aten:
      // As above; attention's result once more in order, keys and values repeated for their query heads.
      out.per_input = kFloatBytes * (2 * width + 1);
      out.per_row = kFloatBytes * (3 * q + heads + 2 * width + 1 + 3 * inner);
      out.per_key = kFloatBytes * 2 * q;
      out.widest = kFloatBytes * (3 * inner + 2 * width);
      break;
    case ComputePath::Flash:
      // x stays float32, all else is bfloat16; log-sum-exps and rms are float32.
      out.per_input = kFloatBytes * (width + 1) + 2 * width;
      out.per_row = 2 * 2 * q + kFloatBytes * heads + kFloatBytes * (width + 1) + 2 * (width + 3 * inner);
      out.per_key = 2 * 2 * kv;
      out.widest = 2 * 3 * inner + kFloatBytes * 2 * width;
      break;
  }
  return out;
}

std::optional<std::int64_t> number_in(const std::filesystem::path& path) {
  const auto text = read_file(path);
  std::int64_t value = 0;
  if (!text || std::from_chars(text->data(), text->data() + text->size(), value).ec != std::errc{})
    return std::nullopt;
  return value;
}

/// The number after `key` in a text of lines "key number".
std::optional<std::int64_t> entry(const std::string& text, std::string_view key) {
  std::istringstream lines(text);
  std::string word;
  std::int64_t value = 0;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    if (words >> word && word == key && words >> value) return value;
  }
  return std::nullopt;
}

std::optional<std::int64_t> available_on_cpu() {
  std::optional<std::int64_t> least;
  const auto at_most = [&](std::int64_t bytes) {
    least =
        std::min(least.value_or(std::numeric_limits<std::int64_t>::max()), std::max<std::int64_t>(bytes, 0));
  };
  if (const auto meminfo = read_file("/proc/meminfo"))
    if (const auto kib = entry(*meminfo, "MemAvailable:")) at_most(*kib * 1024);
  // Control groups, version 2: every limit from our group up. What a group holds of files can be given back.
  std::filesystem::path group = "/sys/fs/cgroup";
  if (const auto mine = read_file("/proc/self/cgroup")) {
    const auto at = mine->find("0::/");
    if (at != std::string::npos) group /= mine->substr(at + 4, mine->find('\n', at) - at - 4);
  }
  for (;; group = group.parent_path()) {
    const auto limit = number_in(group / "memory.max");  // "max" is no number
    const auto used = number_in(group / "memory.current");
    if (limit && used) {
      const auto stat = read_file(group / "memory.stat");
      at_most(*limit - *used + (stat ? entry(*stat, "inactive_file").value_or(0) : 0));
    }
    if (group == "/sys/fs/cgroup" || !group.has_relative_path()) break;
  }
  // Version 1.
  const auto limit = number_in("/sys/fs/cgroup/memory/memory.limit_in_bytes");
  const auto used = number_in("/sys/fs/cgroup/memory/memory.usage_in_bytes");
  if (limit && used) {
    const auto stat = read_file("/sys/fs/cgroup/memory/memory.stat");
    at_most(*limit - *used + (stat ? entry(*stat, "total_inactive_file").value_or(0) : 0));
  }
  return least;
}

std::optional<std::int64_t> available_on_gpu() {
  // compute_device() has loaded the GPU's half of libtorch, and CUDA's runtime with it.
  using MemGetInfo = int (*)(std::size_t*, std::size_t*);
  const auto get = reinterpret_cast<MemGetInfo>(dlsym(RTLD_DEFAULT, "cudaMemGetInfo"));
  std::size_t free = 0, total = 0;
  if (get == nullptr || get(&free, &total) != 0) return std::nullopt;
  return static_cast<std::int64_t>(free);
}

using Shape = std::vector<std::int64_t>;

std::int64_t numbers(const Shape& shape) {
  return std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>{});
}

}  // namespace

WeightCounts count_weights(const VlmConfig& config,
                           const std::function<bool(const std::string&)>& trainable) {
  const std::unique_ptr<Model::Impl> shapes = empty_model(config);
  WeightCounts out;
  visit_weights(*shapes, [&](const std::string& name, const at::Tensor&, const Shape& shape, Init) {
    (!trainable || trainable(name) ? out.trainable : out.frozen) += numbers(shape);
  });
  return out;
}

Result<WeightCounts> count_weights(const VlmConfig& config, const LoraConfig& adapter) {
  const std::unique_ptr<Model::Impl> shapes = empty_model(config);
  WeightCounts out;
  std::string map;
  Result<bool> wanted = false;
  std::optional<Error> error;
  visit_maps_and_weights(
      *shapes,
      [&](const std::string& name, const at::Tensor&, const Shape& shape, Init) {
        out.frozen += numbers(shape);
        if (wanted && *wanted && name == map + ".weight")
          out.trainable += adapter.rank * (shape[0] + numbers(shape) / shape[0]);
      },
      [&](const std::string& name, const Linear&) {
        map = name;
        wanted = is_target(adapter, name);
        if (!wanted && !error) error = wanted.error();
      });
  if (error) return tl::unexpected<Error>(*error);
  return out;
}

std::int64_t MemoryPlan::total() const {
  return weights + reference + critic + optimizer + std::max(gradients + activations + working, rollouts);
}

std::string MemoryPlan::parts() const {
  const Unit unit(total());
  std::string out = fmt::format("weights {:.1f}", unit(weights));
  if (reference > 0) out += fmt::format(", reference {:.1f}", unit(reference));
  if (critic > 0) out += fmt::format(", critic {:.1f}", unit(critic));
  if (optimizer > 0) out += fmt::format(", optimiser {:.1f}", unit(optimizer));
  if (gradients + activations + working > 0)
    out += fmt::format(", gradients {:.1f}, activations {:.1f}, working {:.1f}", unit(gradients),
                       unit(activations), unit(working));
  if (rollouts > 0)
    out += fmt::format("{} rollouts {:.1f}", gradients > 0 ? "; in place of the last three" : ",",
                       unit(rollouts));
  return out + ' ' + unit.name;
}

std::int64_t cache_bytes_per_token(const VlmConfig& config, std::int64_t number_bytes) {
  return 2 * number_bytes * config.num_hidden_layers * config.num_key_value_heads * config.head_size();
}

MemoryPlan plan_memory(const VlmConfig& config, const TrainingShape& shape) {
  const VisionConfig& vision = config.vision;
  const std::int64_t all = kFloatBytes * shape.weights.trainable + shape.frozen_bytes * shape.weights.frozen;
  const std::int64_t width = config.hidden_size, vocabulary = config.vocab_size;
  const std::int64_t workers = shape.workers, layers = config.num_hidden_layers;
  const std::int64_t head_matrix = vocabulary * width;
  MemoryPlan plan;
  plan.weights = all;
  plan.reference = shape.reference ? all : 0;
  plan.optimizer = 2 * kFloatBytes * shape.weights.trainable;
  if (shape.path != ComputePath::Cpu)  // two numbers for each of the tensors that are updated at once
    plan.optimizer +=
        2 * kFloatBytes * std::min(shape.weights.trainable, std::max<std::int64_t>(head_matrix, 64 << 20));

  if (shape.tokens > 0) {
    // A tied matrix gets a gradient from either end: the first waits for the second. Where earlier
    // micro-batches have left a gradient, the new one stands beside it before it is added.
    const std::int64_t waiting =
        shape.head_trains ? (config.tie_word_embeddings ? 1 : 0) + (shape.several_steps ? 1 : 0) : 0;
    plan.gradients = workers * kFloatBytes * (shape.weights.trainable + waiting * head_matrix);

    const LayerBytes layer =
        layer_bytes(shape.path, width, config.intermediate_size, config.num_attention_heads,
                    config.num_key_value_heads, config.head_size());
    const std::int64_t keys =
        shape.path == ComputePath::Cpu ? shape.tokens : std::max(shape.tokens, shape.attended_keys);
    const std::int64_t full = shape.tokens * (layer.per_input + layer.per_row) + keys * layer.per_key;
    // Of the last layer only the scored rows; then their norm and the head's rows.
    const std::int64_t last = shape.tokens * layer.per_input + keys * layer.per_key +
                              shape.scored_tokens * (layer.per_row + kFloatBytes * 4 * width);
    const std::int64_t between = shape.tokens * kFloatBytes * width;  // a layer's input
    std::int64_t kept = shape.checkpointing ? layers * between : (layers - 1) * full + last;
    std::int64_t working = layers > 1 ? shape.tokens * layer.widest : shape.scored_tokens * layer.widest;
    if (shape.checkpointing) working += layers > 1 ? full : last;

    const std::int64_t patch_numbers = static_cast<std::int64_t>(vision.in_channels) *
                                       vision.temporal_patch_size * vision.patch_size * vision.patch_size;
    const std::int64_t tower_width = vision.hidden_size;
    LayerBytes block = layer_bytes(shape.path, tower_width, vision.intermediate_size, vision.num_heads,
                                   vision.num_heads, tower_width / vision.num_heads);
    // On the CPU the values are a part of q, k and v's common result, which stays.
    if (shape.path == ComputePath::Cpu) block.per_key += kFloatBytes * 2 * tower_width;
    const std::int64_t of_block = shape.patches * (block.per_input + block.per_row + block.per_key);
    const std::int64_t ends =
        shape.patches * kFloatBytes * (patch_numbers + 4 * tower_width + vision.out_hidden_size / 2);
    if (shape.patches > 0 && shape.vision_trains) {
      kept +=
          ends + vision.depth * (shape.checkpointing ? shape.patches * kFloatBytes * tower_width : of_block);
      // When the tower's backward pass begins the decoder's activations are gone.
      if (shape.checkpointing)
        working = std::max(working, of_block + shape.patches * block.widest - layers * between);
    }

    const bool gpu = shape.path != ComputePath::Cpu;
    const std::int64_t rows =
        gpu ? ops::aten::logit_rows(shape.scored_tokens, vocabulary, ops::aten::kLogitBytesGpu)
            : std::min<std::int64_t>(shape.scored_tokens, 128);
    // In float32 twice on a GPU, once on a CPU; with bf16 also rounded, and so is the matrix.
    std::int64_t logits = rows * vocabulary * (gpu ? 2 * kFloatBytes : kFloatBytes);
    if (shape.path == ComputePath::Flash)
      logits += 2 * (rows * vocabulary + (shape.head_trains ? 2 : 1) * head_matrix);
    plan.activations = workers * kept;
    plan.working = workers * std::max(working, logits);
  }

  if (shape.cached_tokens > 0) {
    const WeightCounts decoder =
        count_weights(config, [](const std::string& name) { return !name.starts_with("visual."); });
    const std::int64_t packed = decoder.trainable + (config.tie_word_embeddings ? head_matrix : 0);
    const std::int64_t cache = shape.cached_tokens * cache_bytes_per_token(config, shape.writer ? 2 : 4);
    if (shape.writer) {  // its weights, and those of the decoder once more, stacked; neither goes in between
      plan.weights += 2 * (shape.weights.trainable + shape.weights.frozen + packed) + cache;
    } else {
      const bool copied = shape.frozen_bytes == 4 && kFloatBytes * packed <= kPackLimitBytes;
      plan.rollouts = cache + (copied ? kFloatBytes * packed : 0);
    }
  }
  return plan;
}

void add_critic(MemoryPlan& plan, const MemoryPlan& critic) {
  plan.critic += critic.weights + critic.optimizer;
  const auto passing = [](const MemoryPlan& of) { return of.gradients + of.activations + of.working; };
  if (passing(critic) <= passing(plan)) return;
  plan.gradients = critic.gradients;
  plan.activations = critic.activations;
  plan.working = critic.working;
}

std::optional<std::int64_t> available_memory(at::Device device) {
  return device.is_cpu() ? available_on_cpu() : available_on_gpu();
}

Result<std::string> check_memory(const MemoryPlan& plan, std::optional<std::int64_t> available,
                                 std::string_view where, std::string_view advice) {
  const Unit unit(plan.total());
  const std::string of = available ? fmt::format(" of {:.1f} {}", unit(*available), unit.name) : "";
  const std::string text =
      fmt::format("needs {:.1f} {}{}: {}", unit(plan.total()), unit.name, of, plan.parts());
  if (available && plan.total() > *available)
    return fail(ErrorCode::OutOfMemory, fmt::format("this run {}; it does not fit. {}", text, advice),
                std::string(where));
  return text;
}

}  // namespace metaspatial::vlm
