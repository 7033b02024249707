#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include <c10/core/Device.h>

#include "metaspatial/base/error.hpp"
#include "metaspatial/vlm/config.hpp"
#include "metaspatial/vlm/lora.hpp"

namespace metaspatial::vlm {

/// Numbers in a model's weights.
struct WeightCounts {
  std::int64_t trainable = 0;
  std::int64_t frozen = 0;
};
/// Of the model that a config describes, without making it. `trainable` is asked about every weight by its
/// Hugging Face name; empty: all are.
[[nodiscard]] WeightCounts count_weights(const VlmConfig& config,
                                         const std::function<bool(const std::string&)>& trainable = {});

/// With an adapter on it: the model is frozen, and the adapter's matrices are what trains.
///
/// Errors   those of is_target().
[[nodiscard]] Result<WeightCounts> count_weights(const VlmConfig& config, const LoraConfig& adapter);

/// The operations that a training step takes; see ops.hpp.
enum class ComputePath {
  Cpu,    ///< float32 on a CPU (with or without bf16)
  Aten,   ///< float32 elsewhere
  Flash,  ///< bf16 on a GPU
};

/// How a model is trained, as far as memory depends on it.
struct TrainingShape {
  WeightCounts weights;  ///< with the adapters of a LoRA, if there is one
  int frozen_bytes = 4;  ///< of a frozen weight: 4 in float32, 2 in bfloat16
  ComputePath path = ComputePath::Cpu;
  bool checkpointing = false;
  bool vision_trains = true;  ///< any weight of the vision tower does
  bool head_trains = true;    ///< the output matrix does
  int workers = 1;            ///< replicas that work at once
  bool reference = false;     ///< a frozen copy of the weights, for a KL term
  bool several_steps = true;  ///< more than one micro-batch per worker and update
  // The largest micro-batch:
  std::int64_t tokens = 0;         ///< through the decoder, prefixes once
  std::int64_t scored_tokens = 0;  ///< of them, whose log-probabilities are wanted
  std::int64_t patches = 0;        ///< of its pictures
  std::int64_t attended_keys = 0;  ///< sum over sequences of the keys they see: a prefix once per suffix
  // Rollouts:
  std::int64_t cached_tokens = 0;  ///< tokens in the key/value cache at once; 0: no rollouts here
  bool writer = false;             ///< a copy in bfloat16 beside the weights writes them (on a GPU)
};

/// Of keys and values, all layers.
[[nodiscard]] std::int64_t cache_bytes_per_token(const VlmConfig& config, std::int64_t number_bytes);

/// Bytes that training needs at its peak, beside the program itself.
///
/// Rollouts and gradients take turns: the peak is the larger of both.
struct MemoryPlan {
  std::int64_t weights = 0;
  std::int64_t reference = 0;
  std::int64_t critic = 0;       ///< weights, moments; add_critic()
  std::int64_t optimizer = 0;    ///< AdamW's moments, and on a GPU its intermediate results
  std::int64_t gradients = 0;    ///< of all workers, and those that wait to be added
  std::int64_t activations = 0;  ///< kept from the forward pass for the backward pass
  std::int64_t working = 0;      ///< a layer's gradients (with checkpointing all of a layer), or the logits
  std::int64_t rollouts = 0;     ///< key/value cache, and the weights as generation packs them

  [[nodiscard]] std::int64_t total() const;
  /// "weights 11.5, gradients 11.5, ... GiB"
  [[nodiscard]] std::string parts() const;
};
/// Source   counted from decoder.cpp, vision_tower.cpp, ops.cpp and aten_ops.cpp: what each operation keeps;
///          bench/memory_check.cpp measures it.
[[nodiscard]] MemoryPlan plan_memory(const VlmConfig& config, const TrainingShape& shape);

/// Adds a critic, which trains when `plan`'s model does not: its weights and moments stay beside the others,
/// and the larger of both needs what is only there in between.
void add_critic(MemoryPlan& plan, const MemoryPlan& critic);

/// Bytes that this process may still take: on a CPU what the system says is available, within the limits of
/// its control groups; on a GPU what is free there. Nothing where it cannot be told.
[[nodiscard]] std::optional<std::int64_t> available_memory(at::Device device);

/// "needs 61.2 GiB of 139.0 GiB: weights ...".
///
/// Errors   OutOfMemory if it does not fit; the message has the numbers and `advice`, what to change.
[[nodiscard]] Result<std::string> check_memory(const MemoryPlan& plan, std::optional<std::int64_t> available,
                                               std::string_view where, std::string_view advice);

}  // namespace metaspatial::vlm
