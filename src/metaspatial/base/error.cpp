#include "metaspatial/base/error.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>

namespace metaspatial {

std::string to_string(const Error& error) {
  return error.where.empty() ? error.message : fmt::format("{}: {}", error.where, error.message);
}

void check_failed(const char* condition, const char* file, int line, std::string_view message) {
  fmt::print(stderr, "{}:{}: internal error: {} ({})\n", file, line, message, condition);
  std::abort();
}

}  // namespace metaspatial
