#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "metaspatial/base/error.hpp"
#include "metaspatial/base/rng.hpp"
#include "metaspatial/vlm/config.hpp"
#include "metaspatial/vlm/lora.hpp"
#include "metaspatial/vlm/sequence.hpp"

namespace metaspatial::vlm {

/// A prefix that several continuations share: the picture and the question, then G answers (or G dialogues
/// that go on from there). Computing the prefix once is exact and nearly halves the work of a group.
///
/// `suffixes[g].positions` continue the prefix's. Pictures may be in the prefix and in the suffixes.
struct SequenceGroup {
  Sequence prefix;
  std::vector<Sequence> suffixes;
};

/// Weights by their Hugging Face names ("model.layers.0.self_attn.q_proj.weight", "visual.blocks.0...").
struct NamedTensor {
  std::string name;
  at::Tensor tensor;
};

struct LoadOptions {
  /// Of the weights in memory: float32, bfloat16, float16; none: each as it is stored.
  std::optional<at::ScalarType> type = at::kFloat;
  at::Device device = at::kCPU;
  /// Where `type` is none: float16 as float32, exactly. For answering on a CPU, which does not compute in
  /// float16.
  bool widen_float16 = false;
};
/// For answering: what is stored in bfloat16 stays so, half the memory of float32.
inline const LoadOptions kForAnswering{.type = std::nullopt, .device = at::kCPU, .widen_float16 = true};

struct SaveOptions {
  /// Of the weights in the file: float32, bfloat16, float16; none: each as it is in memory.
  std::optional<at::ScalarType> type = at::kFloat;
  /// Larger models are split into several files; a tensor that is larger has one of its own.
  std::int64_t max_shard_bytes = 5'000'000'000;
};

/// The parts of a model that are not to learn.
struct FrozenParts {
  bool vision_tower = false;  ///< patch embedding and blocks
  bool projector = false;     ///< "visual.merger": from the tower's width to the decoder's
  bool language_model = false;
};

/// Qwen2.5-VL with its weights.
///
/// Weights may be stored in less than float32: what is computed on a CPU is float32 arithmetic on the stored
/// values. A low-rank adapter (LoRA) may lie on its linear maps, in float32.
///
/// Threads  forward passes without gradient may run from several threads at once. For training in several
///          threads, each takes a replica(): the same storage, its own gradients.
class Model {
 public:
  /// Fresh weights: linear ~ N(0, 1/fan_in), output projections of residual branches also / sqrt(2 layers),
  /// embeddings N(0, 0.05^2), norms 1.
  [[nodiscard]] static Model random(const VlmConfig& config, Rng& rng);
  /// Weights for measurements, drawn by ATen where they are to lie: N(0, 0.02^2), norms 1. No start for
  /// training.
  [[nodiscard]] static Model noise(const VlmConfig& config, at::ScalarType type, at::Device device);
  /// config.json and *.safetensors of a Hugging Face directory, in one file or several; names as in published
  /// checkpoints or as newer transformers write them.
  ///
  /// Errors   NotFound; InvalidInput in one line if config and weights do not belong together: a tensor that
  ///          is missing, of another shape, there twice, or of no use (rotary frequencies that old versions
  ///          wrote are skipped, and an output head that equals the embedding it is tied to). OutOfMemory.
  /// Cost     the memory of the weights in their type and a few MiB: the files are mapped, and their pages
  ///          given back as they are read.
  [[nodiscard]] static Result<Model> load(const std::filesystem::path& directory,
                                          const LoadOptions& options = {});
  /// Writes config.json and the weights, an adapter merged into them, in the form of published checkpoints:
  /// model.safetensors, or model-00001-of-0000N.safetensors and model.safetensors.index.json. Tokenizer files
  /// are the caller's to copy. The same weights give the same bytes.
  ///
  /// Everything is written under other names first, then renamed: a full disk leaves the old model as it was.
  /// An index is only there while the files that it names are. Weight files of an earlier save that are not
  /// part of this one are removed.
  /// Errors   Io; InvalidInput for another type.
  /// Cost     memory for one tensor.
  [[nodiscard]] Result<void> save(const std::filesystem::path& directory,
                                  const SaveOptions& options = {}) const;

  Model(Model&&) noexcept;
  Model& operator=(Model&&) noexcept;
  ~Model();

  [[nodiscard]] const VlmConfig& config() const;
  /// Every parameter once (tied embeddings are one), in a fixed order; without an adapter's.
  [[nodiscard]] std::vector<NamedTensor> parameters() const;
  [[nodiscard]] std::int64_t parameter_count() const;
  /// What learns, in a fixed order: parameters that are not frozen, then those of the adapter.
  [[nodiscard]] std::vector<NamedTensor> trainable_parameters() const;
  /// Parameters of these parts, an adapter's included, require no gradient any more; all others are as they
  /// were.
  void freeze(const FrozenParts& parts);

  /// Lays a fresh low-rank adapter on the linear maps that the config names; the model itself is frozen. A is
  /// drawn uniformly from +-1 / sqrt(in), B is 0, as PEFT does it: the model answers as before.
  ///
  /// REQUIRES no adapter so far.
  /// Errors   InvalidInput for dropout, a rank below 1, or a pattern that meets no linear map or one that
  ///          cannot carry an adapter here (embedding, output head).
  [[nodiscard]] Result<void> add_adapter(const LoraConfig& config, Rng& rng);
  /// Takes the adapter of a directory in PEFT's form (adapter_config.json, adapter_model.safetensors), names
  /// in either layout; the model itself is frozen.
  ///
  /// REQUIRES no adapter so far.
  /// Errors   NotFound; InvalidInput in one line, see read_lora_config(); a tensor that has no place here, or
  ///          of another shape.
  [[nodiscard]] Result<void> load_adapter(const std::filesystem::path& directory);
  /// Writes it in that form, in transformers' layout since 4.52.
  ///
  /// REQUIRES an adapter. Errors  Io.
  [[nodiscard]] Result<void> save_adapter(const std::filesystem::path& directory) const;
  [[nodiscard]] const std::optional<LoraConfig>& adapter() const;
  /// The same storage without the adapter, nothing of it trainable: the policy from before the training, at
  /// no cost in memory.
  [[nodiscard]] Model without_adapter() const;

  /// A model on the same storage whose parameters are leaves of their own (own .grad); what is frozen stays
  /// so.
  [[nodiscard]] Model replica() const;
  /// A copy on another device or of another type, its parameters leaves of their own; what is frozen stays
  /// so, and an adapter stays in float32 at least. Elsewhere than on the CPU score() runs in ATen's
  /// operations, and returns tensors of its device; logits_reference() needs the CPU.
  [[nodiscard]] Model to(at::Device device, at::ScalarType type = at::kFloat) const;
  /// The same, each weight in the type that it has.
  [[nodiscard]] Model to_device(at::Device device) const;
  [[nodiscard]] at::Device device() const;
  /// A deep copy: the frozen reference policy.
  [[nodiscard]] Model clone() const;

  /// Log-probabilities of the suffixes' own tokens and the entropies of the distributions they came from,
  /// with gradient if grad mode is on.
  ///
  /// Shape    out[b][g]: (S_bg) float32 each; entry s is log p(suffix token s | prefix, suffix tokens < s) at
  ///          temperature `temperature`. Image tokens give 0.
  struct TokenScores {
    at::Tensor log_prob;
    at::Tensor entropy;
    at::Tensor hidden{};  ///< hidden()'s, if `keep_hidden`
  };
  [[nodiscard]] std::vector<std::vector<TokenScores>> score(std::span<const SequenceGroup> groups,
                                                            double temperature = 1.0,
                                                            bool keep_hidden = false) const;
  /// What the decoder knows before each of the suffixes' tokens: the last hidden state, after the final norm,
  /// of the token before it. What a head of another kind (a critic's) reads; with gradient if grad mode is
  /// on.
  ///
  /// Shape    out[b][g]: (S_bg, D), in float32 unless activations are not; row s belongs to suffix token s. A
  ///          first token without a prefix has nothing before it: its row is that of itself.
  [[nodiscard]] std::vector<std::vector<at::Tensor>> hidden(std::span<const SequenceGroup> groups) const;
  /// KL(this || reference) of the next token's distribution, over the whole vocabulary, from what hidden()
  /// gave for the same tokens in each of them: sum over words of p (log p - log q) at `temperature`. With
  /// gradient to `own` and this model's head; none to the reference. Logits (S, V) never exist at once: a few
  /// rows at a time, computed again in the backward pass.
  ///
  /// Shape    own (S, D), of_reference (S, D') -> (S) float32. REQUIRES the same vocabulary and device.
  [[nodiscard]] at::Tensor full_kl(const at::Tensor& own, const Model& reference,
                                   const at::Tensor& of_reference, double temperature = 1.0) const;
  /// Lets score() round the factors of linear maps to bfloat16, sums in float32, forward and backward:
  /// about 1.4 times the speed on CPUs with AVX512_BF16, no effect on others. Log-probabilities then differ
  /// from generate()'s, which stays in float32, by about 1e-2. Off at first; replica() and clone() inherit
  /// it. On a GPU it is activations, too, and attention is fused (FlashAttention; libtorch 2.6 or newer).
  void use_bf16(bool on);
  /// Lets score() keep, for the backward pass, the input of every decoder layer and vision block alone and
  /// compute the rest again there: the same gradients with a fraction of the memory, for a third more work.
  /// Gradients are then reached by backward() only. Off at first; replica() and clone() inherit it.
  void use_gradient_checkpointing(bool on);

  /// The slow, readable reference: one sequence, no packing, no cache. Logits (T, V).
  [[nodiscard]] at::Tensor logits_reference(const Sequence& sequence) const;

  struct Impl;
  [[nodiscard]] const Impl& impl() const { return *impl_; }

 private:
  explicit Model(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace metaspatial::vlm
