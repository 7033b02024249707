#pragma once

#include "metaspatial/base/error.hpp"

namespace metaspatial::app {

inline constexpr int kExitDone = 0;
inline constexpr int kExitInput = 1;   ///< the input is at fault
inline constexpr int kExitUsage = 2;   ///< the command line is at fault
inline constexpr int kExitSystem = 3;  ///< disk, network or memory

/// The one table from errors to exit codes.
[[nodiscard]] constexpr int exit_code(ErrorCode code) {
  switch (code) {
    case ErrorCode::InvalidInput:
    case ErrorCode::NotFound:
      return kExitInput;
    case ErrorCode::Usage:
      return kExitUsage;
    case ErrorCode::Io:
    case ErrorCode::Network:
    case ErrorCode::OutOfMemory:
      return kExitSystem;
  }
  return kExitSystem;
}

}  // namespace metaspatial::app
