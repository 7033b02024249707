#pragma once

#include "metaspatial/base/error.hpp"

namespace metaspatial::app {

/// Runs this program's own command line in `count` processes on this machine, which find each other by the
/// variables that torchrun sets (RANK, WORLD_SIZE, LOCAL_RANK, MASTER_ADDR, MASTER_PORT), and waits for them.
/// Rank 0 has the terminal; of another process its errors are shown if it is the first to fail. When one
/// fails, the others are given ten seconds to end by themselves, and are then told to (SIGTERM). They end,
/// too, if this process does.
///
/// REQUIRES  a process without threads: it is copied by fork().
/// Errors    Io if a process cannot be started, or if one is ended by a signal.
/// Returns   0, or the exit code of the first process that failed.
[[nodiscard]] Result<int> run_processes(int count);

}  // namespace metaspatial::app
