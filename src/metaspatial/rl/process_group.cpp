#include "metaspatial/rl/process_group.hpp"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <limits>
#include <utility>

#ifdef METASPATIAL_HAS_GLOO
// What the library was built with; its headers hide the classes without it.
#ifndef USE_C10D_GLOO
#define USE_C10D_GLOO
#endif
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>
#endif

namespace metaspatial::rl {

namespace {

using Variables = std::function<std::optional<std::string>(const char*)>;

Result<std::optional<int>> number(const Variables& variable, const char* name, int least, int most) {
  const auto text = variable(name);
  if (!text) return std::optional<int>();
  int value = 0;
  const char* end = text->data() + text->size();
  const auto parsed = std::from_chars(text->data(), end, value);
  if (parsed.ec != std::errc() || parsed.ptr != end || value < least || value > most)
    return fail(ErrorCode::Usage,
                fmt::format("'{}': expected a whole number from {} to {}", *text, least, most), name);
  return std::optional<int>(value);
}

/// The variables of one launcher.
struct Launcher {
  const char* rank;
  const char* size;
  const char* local_rank;
};
constexpr int kMostProcesses = 65536;

}  // namespace

Result<ProcessPlace> process_place(const Variables& variable) {
  ProcessPlace place;
  for (const Launcher& launcher :
       {Launcher{"RANK", "WORLD_SIZE", "LOCAL_RANK"},
        Launcher{"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_LOCAL_RANK"},
        Launcher{"PMI_RANK", "PMI_SIZE", "MPI_LOCALRANKID"}}) {
    METASPATIAL_TRY(const auto size, number(variable, launcher.size, 1, kMostProcesses));
    METASPATIAL_TRY(const auto rank, number(variable, launcher.rank, 0, size.value_or(kMostProcesses) - 1));
    if (!rank && !size) continue;
    if (!rank || !size)
      return fail(ErrorCode::Usage,
                  fmt::format("is set, and {} is not", rank ? launcher.size : launcher.rank),
                  rank ? launcher.rank : launcher.size);
    METASPATIAL_TRY(const auto local_rank, number(variable, launcher.local_rank, 0, kMostProcesses));
    place.rank = *rank;
    place.size = *size;
    place.local_rank = local_rank.value_or(*rank);
    break;
  }
  METASPATIAL_TRY(const auto port, number(variable, "MASTER_PORT", 1, 65534));
  place.master_port = port.value_or(place.master_port);
  if (variable("TORCHELASTIC_USE_AGENT_STORE").value_or("") == "True") ++place.master_port;
  const auto address = variable("MASTER_ADDR");
  METASPATIAL_TRY(const auto here, number(variable, "OMPI_COMM_WORLD_LOCAL_SIZE", 1, kMostProcesses));
  if (!address && here && *here < place.size)
    return fail(ErrorCode::Usage,
                "processes on several machines need it: the address of the machine with rank 0 "
                "(mpirun -x MASTER_ADDR=...)",
                "MASTER_ADDR");
  place.master_address = address.value_or(place.master_address);
  return place;
}

Result<ProcessPlace> process_place() {
  return process_place([](const char* name) -> std::optional<std::string> {
    const char* value = std::getenv(name);
    return value == nullptr || *value == '\0' ? std::nullopt : std::optional<std::string>(value);
  });
}

#ifdef METASPATIAL_HAS_GLOO

class ProcessGroup::Impl {
 public:
  Impl(const ProcessPlace& place, std::chrono::milliseconds timeout)
      : rank_(place.rank), size_(place.size), timeout_(timeout) {
    c10d::TCPStoreOptions options;
    options.port = static_cast<std::uint16_t>(place.master_port);
    options.isServer = rank_ == 0;
    options.numWorkers = static_cast<std::size_t>(size_);
    options.timeout = timeout;
    store_ = c10::make_intrusive<c10d::TCPStore>(place.master_address, options);
    auto gloo = c10d::ProcessGroupGloo::Options::create(timeout);
    const char* interface = std::getenv("GLOO_SOCKET_IFNAME");
    const bool one_machine = place.master_address == "localhost" || place.master_address.starts_with("127.");
    gloo->devices = {interface != nullptr && *interface != '\0'
                         ? c10d::ProcessGroupGloo::createDeviceForInterface(interface)
                     : one_machine ? c10d::ProcessGroupGloo::createDeviceForHostname("127.0.0.1")
                                   : c10d::ProcessGroupGloo::createDefaultDevice()};
    gloo->threads = 1;  // one collective at a time
    gloo_ = c10::make_intrusive<c10d::ProcessGroupGloo>(store_, rank_, size_, gloo);
  }

  [[nodiscard]] int rank() const { return rank_; }
  [[nodiscard]] int size() const { return size_; }

  /// Runs a collective of c10d; what it throws becomes the error of a lost process.
  template <typename Body>
  Result<void> run(std::string_view what, const Body& body) {
    try {
      body(*gloo_)->wait();
      return {};
    } catch (const std::exception& e) {
      std::string reason = e.what();
      reason = reason.substr(0, reason.find('\n'));  // c10's messages end with a stack
      return fail(ErrorCode::Network,
                  fmt::format("process {} of {}: another process is gone or did not come within {} s "
                              "(trainer.process_timeout_s), while exchanging {}: {}",
                              rank_, size_, std::chrono::duration<double>(timeout_).count(), what, reason));
    }
  }

  /// Shape    (n) bytes or numbers -> (n size)
  Result<at::Tensor> all_gather(const at::Tensor& part, std::string_view what) {
    std::vector<at::Tensor> input{part.contiguous()};
    const at::Tensor all = at::empty({part.numel() * size_}, part.options());
    std::vector<std::vector<at::Tensor>> output{all.chunk(size_)};
    if (part.numel() == 0) return all;
    METASPATIAL_TRY_VOID(run(what, [&](auto& gloo) { return gloo.allgather(output, input); }));
    return all;
  }
  /// Shape    (n size) -> (n size): part r is what process r had for this one.
  Result<at::Tensor> all_to_all(const at::Tensor& parts, std::string_view what) {
    at::Tensor input = parts.contiguous();
    at::Tensor output = at::empty_like(input);
    std::vector<std::int64_t> equal;
    METASPATIAL_TRY_VOID(
        run(what, [&](auto& gloo) { return gloo.alltoall_base(output, input, equal, equal); }));
    return output;
  }

 private:
  int rank_;
  int size_;
  std::chrono::milliseconds timeout_;
  c10::intrusive_ptr<c10d::TCPStore> store_;
  c10::intrusive_ptr<c10d::ProcessGroupGloo> gloo_;
};

Result<ProcessGroup> ProcessGroup::open(const ProcessPlace& place, std::chrono::milliseconds timeout) {
  ProcessGroup group;
  if (place.size == 1) return group;
  try {
    group.impl_ = std::make_unique<Impl>(place, timeout);
  } catch (const std::exception& e) {
    std::string reason = e.what();
    return fail(
        ErrorCode::Network,
        fmt::format("process {} of {} could not meet the others within {} s: {}", place.rank, place.size,
                    std::chrono::duration<double>(timeout).count(), reason.substr(0, reason.find('\n'))),
        fmt::format("{}:{}", place.master_address, place.master_port));
  }
  // c10d connects its pairs when they are first used, or not at all where nothing is exchanged.
  METASPATIAL_TRY_VOID(group.barrier("their first greeting"));
  return group;
}

#else

class ProcessGroup::Impl {
 public:
  [[nodiscard]] int rank() const { return 0; }
  [[nodiscard]] int size() const { return 1; }
  template <typename Body>
  Result<void> run(std::string_view, const Body&) {
    return {};
  }
  Result<at::Tensor> all_gather(const at::Tensor& part, std::string_view) { return part; }
  Result<at::Tensor> all_to_all(const at::Tensor& parts, std::string_view) { return parts; }
};

Result<ProcessGroup> ProcessGroup::open(const ProcessPlace& place, std::chrono::milliseconds) {
  if (place.size == 1) return ProcessGroup();
  return fail(
      ErrorCode::Usage,
      fmt::format("{} processes: this build has no Gloo (install libgloo-dev and build again)", place.size));
}

#endif

ProcessGroup::ProcessGroup() = default;
ProcessGroup::ProcessGroup(ProcessGroup&&) noexcept = default;
ProcessGroup& ProcessGroup::operator=(ProcessGroup&&) noexcept = default;
ProcessGroup::~ProcessGroup() = default;

int ProcessGroup::rank() const {
  return impl_ ? impl_->rank() : 0;
}
int ProcessGroup::size() const {
  return impl_ ? impl_->size() : 1;
}

Result<std::vector<std::string>> ProcessGroup::all_gather(std::string_view bytes, std::string_view what) {
  if (!impl_) return std::vector<std::string>{std::string(bytes)};
  const at::Tensor length = at::full({1}, static_cast<std::int64_t>(bytes.size()), at::kLong);
  METASPATIAL_TRY(const at::Tensor lengths, impl_->all_gather(length, what));
  const auto* of_rank = lengths.data_ptr<std::int64_t>();
  // Gloo gathers parts of one length.
  const std::int64_t longest = *std::max_element(of_rank, of_rank + size());
  const at::Tensor part = at::zeros({longest}, at::kByte);
  if (!bytes.empty()) std::memcpy(part.data_ptr(), bytes.data(), bytes.size());
  METASPATIAL_TRY(const at::Tensor all, impl_->all_gather(part, what));
  std::vector<std::string> out;
  for (int r = 0; r < size(); ++r)
    out.emplace_back(static_cast<const char*>(all.data_ptr()) + r * longest,
                     static_cast<std::size_t>(of_rank[r]));
  return out;
}

Result<void> ProcessGroup::all_reduce_sum(std::span<const at::Tensor> tensors, std::string_view what) {
  if (!impl_) return {};
  for (const at::Tensor& tensor : tensors) {
    METASPATIAL_TRY(const at::Tensor all,
                    impl_->all_gather(tensor.detach().reshape({-1}).to(at::kCPU), what));
    const auto parts = all.chunk(size());
    at::Tensor sum = parts.front().clone();
    for (std::size_t r = 1; r < parts.size(); ++r) sum.add_(parts[r]);
    tensor.detach().copy_(sum.view(tensor.sizes()));
  }
  return {};
}

Result<void> ProcessGroup::broadcast(const at::Tensor& tensor, std::string_view what) {
  if (!impl_) return {};
  std::vector<at::Tensor> on_cpu{tensor.detach().to(at::kCPU)};
  METASPATIAL_TRY_VOID(impl_->run(what, [&](auto& gloo) { return gloo.broadcast(on_cpu); }));
  if (!first() && !tensor.device().is_cpu()) tensor.detach().copy_(on_cpu.front());
  return {};
}

Result<at::Tensor> ProcessGroup::reduce_scatter_sum(const at::Tensor& flat, std::string_view what) {
  METASPATIAL_CHECK(flat.dim() == 1 && flat.numel() % size() == 0, "one part per process");
  if (!impl_) return flat;
  METASPATIAL_TRY(const at::Tensor parts, impl_->all_to_all(flat.detach().to(at::kCPU), what));
  const auto of_rank = parts.chunk(size());
  at::Tensor sum = of_rank.front().clone();
  for (std::size_t r = 1; r < of_rank.size(); ++r) sum.add_(of_rank[r]);
  return sum.to(flat.device());
}

Result<void> ProcessGroup::all_gather_into(const at::Tensor& flat, const at::Tensor& part,
                                           std::string_view what) {
  METASPATIAL_CHECK(flat.numel() == part.numel() * size(), "one part per process");
  if (!impl_) {
    flat.detach().copy_(part);
    return {};
  }
  METASPATIAL_TRY(const at::Tensor all, impl_->all_gather(part.detach().to(at::kCPU), what));
  flat.detach().copy_(all);
  return {};
}

Result<at::Tensor> ProcessGroup::gather(const at::Tensor& part, std::string_view what) {
  const at::Tensor here = part.detach().to(at::kCPU).contiguous();
  if (!impl_) return here;
  std::vector<at::Tensor> input{here};
  at::Tensor all;
  std::vector<std::vector<at::Tensor>> output;
  if (first()) {
    all = at::empty({here.numel() * size()}, here.options());
    output.push_back(all.chunk(size()));
  }
  METASPATIAL_TRY_VOID(impl_->run(what, [&](auto& gloo) { return gloo.gather(output, input); }));
  return all;
}

Result<void> ProcessGroup::barrier(std::string_view what) {
  METASPATIAL_TRY(const auto all, all_gather("", what));
  static_cast<void>(all);
  return {};
}

Result<void> ProcessGroup::agree(const Result<void>& here, std::string_view what) {
  if (!impl_) return here;
  // The code as one byte, then message and place.
  std::string bytes;
  if (!here) {
    const Error& error = here.error();
    bytes += static_cast<char>(error.code);
    bytes += error.message + '\0' + error.where;
  }
  METASPATIAL_TRY(const auto all, all_gather(bytes, what));
  if (!here) return here;
  for (int r = 0; r < size(); ++r) {
    const std::string_view told = all[static_cast<std::size_t>(r)];
    if (told.empty()) continue;
    const std::size_t end = std::min(told.find('\0', 1), told.size() - 1);
    return fail(static_cast<ErrorCode>(told[0]), fmt::format("process {}: {}", r, told.substr(1, end - 1)),
                std::string(told.substr(end + 1)));
  }
  return {};
}

}  // namespace metaspatial::rl
