#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "metaspatial/base/error.hpp"
#include "metaspatial/base/rng.hpp"
#include "metaspatial/vlm/config.hpp"
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

/// Qwen2.5-VL with its weights.
///
/// Threads  forward passes without gradient may run from several threads at once. For training in several
///          threads, each takes a replica(): the same storage, its own gradients.
class Model {
 public:
  /// Fresh weights: linear ~ N(0, 1/fan_in), output projections of residual branches also / sqrt(2 layers),
  /// embeddings N(0, 0.05^2), norms 1.
  [[nodiscard]] static Model random(const VlmConfig& config, Rng& rng);
  /// config.json and *.safetensors of a Hugging Face directory.
  [[nodiscard]] static Result<Model> load(const std::filesystem::path& directory);
  /// Writes model.safetensors and config.json; tokenizer files are the caller's to copy.
  [[nodiscard]] Result<void> save(const std::filesystem::path& directory) const;

  Model(Model&&) noexcept;
  Model& operator=(Model&&) noexcept;
  ~Model();

  [[nodiscard]] const VlmConfig& config() const;
  /// Every parameter once (tied embeddings are one), in a fixed order.
  [[nodiscard]] std::vector<NamedTensor> parameters() const;
  [[nodiscard]] std::int64_t parameter_count() const;
  /// A model on the same storage whose parameters are leaves of their own (own .grad).
  [[nodiscard]] Model replica() const;
  /// A copy on another device or of another type, its parameters leaves of their own. Elsewhere than in
  /// float32 on the CPU score() runs in ATen's operations, and returns tensors of its device; generate() and
  /// logits_reference() need float32 on the CPU.
  [[nodiscard]] Model to(at::Device device, at::ScalarType type = at::kFloat) const;
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
  };
  [[nodiscard]] std::vector<std::vector<TokenScores>> score(std::span<const SequenceGroup> groups,
                                                            double temperature = 1.0) const;
  /// Lets score() round the factors of linear maps to bfloat16, sums in float32, forward and backward:
  /// about 1.4 times the speed on CPUs with AVX512_BF16, no effect on others. Log-probabilities then differ
  /// from generate()'s, which stays in float32, by about 1e-2. Off at first; replica() and clone() inherit
  /// it. On a GPU it is activations, too, and attention is fused (FlashAttention; libtorch 2.6 or newer).
  void use_bf16(bool on);

  /// The slow, readable reference: one sequence, no packing, no cache. Logits (T, V).
  [[nodiscard]] at::Tensor logits_reference(const Sequence& sequence) const;

  struct Impl;
  [[nodiscard]] const Impl& impl() const { return *impl_; }

 private:
  explicit Model(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace metaspatial::vlm
