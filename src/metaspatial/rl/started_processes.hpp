#pragma once

#include <string>
#include <vector>

/// For tests among real processes: a test program starts itself again, as fork() alone is not safe behind
/// libtorch's threads. The test `Scenario.OfAStartedProcess` of the program does what it is told by
/// started().
namespace metaspatial::rl {

/// What this process was started for; empty if by a person.
struct Started {
  std::string scenario;
  std::string folder;
};
[[nodiscard]] Started started();

/// A port of this machine that is free now.
[[nodiscard]] int free_port();

/// Starts `size` processes with torchrun's variables and waits for them.
///
/// Returns  their wait() states, by rank: 0 if all expectations held.
[[nodiscard]] std::vector<int> run_scenario(const std::string& scenario, int size,
                                            const std::string& folder = {});

}  // namespace metaspatial::rl
