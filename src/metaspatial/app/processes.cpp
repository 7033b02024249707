#include "metaspatial/app/processes.hpp"

#include <fmt/format.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "metaspatial/base/files.hpp"

namespace metaspatial::app {

namespace {

constexpr std::chrono::seconds kToEndByThemselves{10};

tl::unexpected<Error> system_failure(const char* what) {
  return fail(ErrorCode::Io, fmt::format("{}: {}", what, std::strerror(errno)), "--processes");
}

/// A port of this machine that is free now.
Result<int> free_port() {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (listener < 0) return system_failure("no socket");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  const bool bound = ::bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
                     ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &length) == 0;
  ::close(listener);
  if (!bound) return system_failure("no free port");
  return static_cast<int>(ntohs(address.sin_port));
}

struct Child {
  pid_t process = 0;
  int errors = -1;  ///< a file in memory with what it wrote to stderr; -1: the terminal
  bool running = true;
};

/// The rest of a child's life after fork(); comes back only if the program cannot be started.
void become(const Child& child, int rank, pid_t parent, std::vector<char*>& arguments,
            const std::vector<std::pair<std::string, std::string>>& variables) {
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != parent) ::_exit(3);  // it ended before we asked to be told
  for (const auto& [name, value] : variables) ::setenv(name.c_str(), value.c_str(), 1);
  const std::string own = std::to_string(rank);
  ::setenv("RANK", own.c_str(), 1);
  ::setenv("LOCAL_RANK", own.c_str(), 1);
  if (child.errors >= 0) {
    ::dup2(child.errors, STDERR_FILENO);
    if (std::freopen("/dev/null", "w", stdout) == nullptr) return;
  }
  ::execv("/proc/self/exe", arguments.data());
}

void show_errors(const Child& child) {
  if (child.errors < 0) return;
  ::lseek(child.errors, 0, SEEK_SET);
  std::array<char, 4096> buffer{};
  for (ssize_t n = 0; (n = ::read(child.errors, buffer.data(), buffer.size())) > 0;)
    std::fwrite(buffer.data(), 1, static_cast<std::size_t>(n), stderr);
}

/// Waits for all children; the wait() state and rank of the first that failed.
struct Failure {
  int rank = 0;
  int state = 0;
};
std::optional<Failure> wait_for(std::vector<Child>& children) {
  std::optional<Failure> failure;
  std::optional<std::chrono::steady_clock::time_point> failed_at;
  std::size_t running = children.size();
  while (running > 0) {
    int state = 0;
    const pid_t ended = ::waitpid(-1, &state, failed_at ? WNOHANG : 0);
    for (std::size_t r = 0; ended > 0 && r < children.size(); ++r) {
      if (children[r].process != ended) continue;
      children[r].running = false;
      --running;
      if (state == 0 || failure) continue;
      failure = Failure{static_cast<int>(r), state};
      failed_at = std::chrono::steady_clock::now();
      show_errors(children[r]);
    }
    if (ended != 0) continue;
    if (std::chrono::steady_clock::now() - *failed_at > kToEndByThemselves)
      for (const Child& child : children)
        if (child.running) ::kill(child.process, SIGTERM);
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  return failure;
}

}  // namespace

Result<int> run_processes(int count) {
  METASPATIAL_TRY(std::string command_line, read_file("/proc/self/cmdline"));
  std::vector<char*> arguments;
  for (std::size_t at = 0; at < command_line.size(); at += std::strlen(command_line.data() + at) + 1)
    arguments.push_back(command_line.data() + at);
  arguments.push_back(nullptr);
  METASPATIAL_TRY(const int port, free_port());
  const std::vector<std::pair<std::string, std::string>> variables{{"WORLD_SIZE", std::to_string(count)},
                                                                   {"MASTER_ADDR", "127.0.0.1"},
                                                                   {"MASTER_PORT", std::to_string(port)}};
  std::fflush(nullptr);
  std::vector<Child> children;
  const pid_t parent = ::getpid();
  for (int rank = 0; rank < count; ++rank) {
    Child child;
    if (rank > 0) child.errors = ::memfd_create("errors", MFD_CLOEXEC);
    child.process = rank > 0 && child.errors < 0 ? -1 : ::fork();
    if (child.process == 0) {
      become(child, rank, parent, arguments, variables);
      ::_exit(3);
    }
    if (child.process < 0) {
      const auto error = system_failure("a process cannot be started");
      for (const Child& other : children) ::kill(other.process, SIGTERM);
      return error;
    }
    children.push_back(child);
  }
  const auto failure = wait_for(children);
  for (const Child& child : children)
    if (child.errors >= 0) ::close(child.errors);
  if (!failure) return 0;
  if (WIFSIGNALED(failure->state))
    return fail(ErrorCode::Io,
                fmt::format("process {} of {} was ended by signal {} ({})", failure->rank, count,
                            WTERMSIG(failure->state), ::strsignal(WTERMSIG(failure->state))),
                "--processes");
  return WEXITSTATUS(failure->state);
}

}  // namespace metaspatial::app
