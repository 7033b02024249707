#pragma once

#include <ATen/core/Tensor.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "metaspatial/base/error.hpp"

/// Several processes that train one model. Every collective is called by all of them, in the same order.
namespace metaspatial::rl {

/// Where a process stands among those that train together.
struct ProcessPlace {
  int rank = 0;
  int size = 1;
  int local_rank = 0;                        ///< among those of its machine
  std::string master_address = "127.0.0.1";  ///< of the machine with rank 0
  int master_port = 29500;                   ///< on which rank 0 waits for the others
};

/// The place that a launcher gave this process, by the variables of torchrun (RANK, WORLD_SIZE, LOCAL_RANK),
/// Open MPI (OMPI_COMM_WORLD_RANK, _SIZE, _LOCAL_RANK) or MPICH (PMI_RANK, PMI_SIZE), and for all of them
/// MASTER_ADDR and MASTER_PORT. Rank 0 of 1 where there are none.
///
/// torchrun's agent holds MASTER_PORT itself (TORCHELASTIC_USE_AGENT_STORE); the next port is taken then.
///
/// Errors   Usage for a value that is no number or out of range, for one of a pair without the other, and for
///          MPI processes on several machines without MASTER_ADDR.
[[nodiscard]] Result<ProcessPlace> process_place(
    const std::function<std::optional<std::string>(const char*)>& variable);
/// The same from the process' own environment.
[[nodiscard]] Result<ProcessPlace> process_place();

/// Collectives over libtorch's c10d with Gloo. Tensors on a GPU travel through the CPU.
///
/// `what` says what is exchanged, as it completes "while exchanging ..." in an error. Sums are added in the
/// order of ranks: the same tensors on the same number of processes give the same bytes, and the same ones on
/// every process.
///
/// Errors   of every collective: Network, naming `what`, if another process is gone, or did not come within
///          the time-out. The group is of no use after that.
/// Threads  one at a time.
class ProcessGroup {
 public:
  /// A process alone: every collective gives back its own.
  ProcessGroup();
  ProcessGroup(ProcessGroup&&) noexcept;
  ProcessGroup& operator=(ProcessGroup&&) noexcept;
  ~ProcessGroup();

  /// Waits for all processes of `place` and connects them.
  ///
  /// Errors   Network if they are not there within the time-out; Usage if this build has no Gloo and there is
  ///          more than one process.
  [[nodiscard]] static Result<ProcessGroup> open(const ProcessPlace& place,
                                                 std::chrono::milliseconds timeout);

  [[nodiscard]] int rank() const;
  [[nodiscard]] int size() const;
  [[nodiscard]] bool first() const { return rank() == 0; }
  [[nodiscard]] bool alone() const { return size() == 1; }

  /// Everybody's bytes, by rank.
  [[nodiscard]] Result<std::vector<std::string>> all_gather(std::string_view bytes, std::string_view what);
  /// Replaces every tensor by its sum over the processes.
  ///
  /// Shape    the same tensors everywhere, float32 or float64, contiguous.
  [[nodiscard]] Result<void> all_reduce_sum(std::span<const at::Tensor> tensors, std::string_view what);
  /// Replaces a tensor by that of rank 0. REQUIRES it to be contiguous.
  [[nodiscard]] Result<void> broadcast(const at::Tensor& tensor, std::string_view what);
  /// This process' part of the sum of everybody's `flat`.
  ///
  /// Shape    (n size) -> (n), float32.
  [[nodiscard]] Result<at::Tensor> reduce_scatter_sum(const at::Tensor& flat, std::string_view what);
  /// Writes everybody's part, by rank, into `flat`.
  ///
  /// Shape    (n) -> (n size), float32.
  [[nodiscard]] Result<void> all_gather_into(const at::Tensor& flat, const at::Tensor& part,
                                             std::string_view what);
  /// Everybody's part, by rank, for rank 0; undefined elsewhere.
  ///
  /// Shape    (n) -> (n size), float32, on the CPU.
  [[nodiscard]] Result<at::Tensor> gather(const at::Tensor& part, std::string_view what);
  /// Returns when all have come here.
  [[nodiscard]] Result<void> barrier(std::string_view what);
  /// What happened here, if it went well everywhere; else the error of the lowest rank that has one: so that
  /// all of them end, and for the same reason.
  [[nodiscard]] Result<void> agree(const Result<void>& here, std::string_view what);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;  ///< null: alone
};

}  // namespace metaspatial::rl
