#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "metaspatial/base/error.hpp"
#include "metaspatial/eval/rollout.hpp"
#include "metaspatial/rl/adamw.hpp"
#include "metaspatial/rl/process_group.hpp"

/// A training step shared out among processes. Each plays its rooms and computes their gradients; answers,
/// sums and weights are exchanged, so that every process then knows what one process alone would know.
namespace metaspatial::rl {

/// The process that plays each room of a step, and learns from it: the rooms of every update are shared out
/// by their numbers of objects, which is what an answer's length goes by.
///
/// Shape    one rank per room. The same rooms give the same ranks on every process.
[[nodiscard]] std::vector<int> owners_of_rooms(std::span<const std::shared_ptr<const env::Room>> rooms,
                                               std::size_t rooms_per_update, int processes);

/// Everybody's value, by rank.
template <typename T>
[[nodiscard]] Result<std::vector<T>> gather_values(ProcessGroup& group, const T& value,
                                                   std::string_view what) {
  static_assert(std::is_trivially_copyable_v<T>);
  METASPATIAL_TRY(const std::vector<std::string> bytes,
                  group.all_gather({reinterpret_cast<const char*>(&value), sizeof value}, what));
  std::vector<T> values(bytes.size());
  for (std::size_t r = 0; r < bytes.size(); ++r) {
    METASPATIAL_CHECK(bytes[r].size() == sizeof value, "the processes of a group are one program");
    std::memcpy(&values[r], bytes[r].data(), sizeof value);
  }
  return values;
}
/// Their sum by `+=`, in the order of ranks.
template <typename T>
[[nodiscard]] Result<T> sum_over(ProcessGroup& group, const T& value, std::string_view what) {
  METASPATIAL_TRY(const std::vector<T> values, gather_values(group, value, what));
  T sum = values.front();
  for (std::size_t r = 1; r < values.size(); ++r) sum += values[r];
  return sum;
}

/// eval::play() in the rooms of this process, and everybody's trajectories. Those of others are played again
/// from the answers and the judge's grades: they have rewards, layouts, faults, tokens and log-probs, but no
/// question, no prompts and no positions. The judge grades every answer once, on the process that played it.
/// With several processes PlayOptions::answered is called once, with all groups, when all is graded.
///
/// Shape    one group per room, in order; owners[i]: the rank that plays room i.
/// Errors   those of play() on any process, everywhere; InvalidInput if two processes score an answer
/// otherwise
///          (their builds, CPUs or configs differ).
[[nodiscard]] Result<std::vector<eval::RolloutGroup>> play_together(
    ProcessGroup& group, std::span<const int> owners, eval::Policy& policy,
    std::span<const std::shared_ptr<const env::Room>> rooms, const env::EnvConfig& env,
    const eval::PlayOptions& options, std::string_view what);

/// Numbers of the tokens of answers: [room][answer][token].
using TokenNumbers = std::vector<std::vector<std::vector<double>>>;

/// Fills in the rooms of `numbers` that other processes have.
///
/// Shape    `numbers` and `here`: one entry per room; here[r]: whether this process has those of room r.
///          Every room is one process's.
[[nodiscard]] Result<void> share_numbers(ProcessGroup& group, const std::vector<bool>& here,
                                         TokenNumbers& numbers, std::string_view what);

/// AdamW::step() with the sum of everybody's gradients: each process gets the sum for its shard, updates it,
/// and all get the new weights.
///
/// REQUIRES  the shard of `optimizer` to be the process' place in the group.
/// Returns   the norm of the sum before clipping; if it is not finite nothing is changed anywhere.
[[nodiscard]] Result<double> optimizer_step(ProcessGroup& group, AdamW& optimizer,
                                            const std::vector<at::Tensor>& gradients, double learning_rate,
                                            std::string_view what);

/// AdamW::state() of all shards, on rank 0; empty elsewhere.
[[nodiscard]] Result<std::map<std::string, at::Tensor>> gather_state(ProcessGroup& group,
                                                                     const AdamW& optimizer,
                                                                     std::string_view what);

}  // namespace metaspatial::rl
