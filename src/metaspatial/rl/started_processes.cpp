#include "metaspatial/rl/started_processes.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

namespace metaspatial::rl {

Started started() {
  const auto variable = [](const char* name) {
    const char* value = std::getenv(name);
    return std::string(value == nullptr ? "" : value);
  };
  return {variable("METASPATIAL_SCENARIO"), variable("METASPATIAL_FOLDER")};
}

int free_port() {
  const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(::bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  socklen_t length = sizeof address;
  EXPECT_EQ(::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &length), 0);
  ::close(listener);
  return ntohs(address.sin_port);
}

std::vector<int> run_scenario(const std::string& scenario, int size, const std::string& folder) {
  const int port = free_port();
  std::vector<pid_t> children;
  for (int rank = 0; rank < size; ++rank) {
    std::vector<std::string> variables{fmt::format("RANK={}", rank),
                                       fmt::format("WORLD_SIZE={}", size),
                                       fmt::format("MASTER_PORT={}", port),
                                       "MASTER_ADDR=127.0.0.1",
                                       "OMP_NUM_THREADS=1",
                                       "METASPATIAL_SCENARIO=" + scenario,
                                       "METASPATIAL_FOLDER=" + folder};
    for (char** variable = environ; *variable != nullptr; ++variable) variables.emplace_back(*variable);
    std::vector<char*> environment;
    for (std::string& variable : variables) environment.push_back(variable.data());
    environment.push_back(nullptr);
    std::string program = "/proc/self/exe", filter = "--gtest_filter=Scenario.OfAStartedProcess";
    std::vector<char*> arguments{program.data(), filter.data(), nullptr};
    pid_t child = 0;
    EXPECT_EQ(::posix_spawn(&child, program.c_str(), nullptr, nullptr, arguments.data(), environment.data()),
              0);
    children.push_back(child);
  }
  std::vector<int> states;
  for (const pid_t child : children) {
    int state = 0;
    EXPECT_EQ(::waitpid(child, &state, 0), child);
    states.push_back(state);
  }
  return states;
}

}  // namespace metaspatial::rl
