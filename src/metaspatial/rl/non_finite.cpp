#include "metaspatial/rl/non_finite.hpp"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <utility>
#include <vector>

namespace metaspatial::rl {

namespace {

bool finite(const at::Tensor& numbers) {
  return at::isfinite(numbers).all().item<bool>();
}

/// What is wrong with suffix g of a group; nothing if its numbers are finite.
std::string_view fault(const vlm::Model& model, const TrainingGroup& group, std::size_t g,
                       double temperature) {
  const auto at_suffix = [g](const std::vector<at::Tensor>& of) { return g < of.size() && !finite(of[g]); };
  if (at_suffix(group.advantage)) return "its advantage";
  if (at_suffix(group.old_log_prob)) return "its log-prob at generation";
  if (at_suffix(group.ref_log_prob)) return "its reference log-prob";
  const vlm::SequenceGroup alone{group.sequences.prefix, {group.sequences.suffixes[g]}};
  const auto replica = model.replica();
  const auto scores = replica.score({&alone, 1}, temperature);
  const at::Tensor log_prob = scores[0][0].log_prob;
  if (!finite(log_prob.detach())) return "its log-prob";
  const at::Tensor mask = group.mask[g].to(log_prob.device());
  const at::Tensor loss = (log_prob * mask).sum();
  if (!loss.requires_grad()) return {};
  loss.backward();
  for (const auto& [name, tensor] : replica.trainable_parameters())
    if (tensor.grad().defined() && !finite(tensor.grad())) return "its gradient";
  return {};
}

}  // namespace

std::string blame(const vlm::Model& model, std::span<const eval::RolloutGroup> groups,
                  std::span<const TrainingGroup> training, double temperature) {
  for (std::size_t i = 0; i < training.size(); ++i) {
    if (!training[i].here) continue;
    for (std::size_t g = 0; g < training[i].mask.size(); ++g) {
      const std::string_view what = fault(model, training[i], g, temperature);
      if (what.empty()) continue;
      const TrainingGroup::Source source = training[i].sources[g];
      return fmt::format("room '{}', rollout {}, turn {}: {} is not finite", groups[i].room->graph->room_name,
                         source.rollout + 1, source.turn + 1, what);
    }
  }
  return "no single answer is to blame";
}

}  // namespace metaspatial::rl
