#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

/// Errors as values. Three kinds of trouble are kept apart in this project: an *outcome* (a bad layout) is a
/// plain value, an *expected failure* (file, request, config) is a Result, a *bug* is METASPATIAL_CHECK.
namespace metaspatial {

enum class ErrorCode {
  InvalidInput,  ///< the input is at fault: exit code 1
  NotFound,      ///< a file or a named thing does not exist: exit code 1
  Usage,         ///< the command line is at fault: exit code 2
  Io,            ///< disk trouble: exit code 3
  Network,       ///< exit code 3
  OutOfMemory,   ///< exit code 3
};

/// What went wrong, where, and what was expected, in one line for a person.
struct Error {
  ErrorCode code = ErrorCode::InvalidInput;
  std::string message;  ///< "field 'size' is missing; expected {\"x\", \"y\", \"z\"} in metres"
  std::string where;    ///< "rooms.json, entry 12"; may be empty
};

/// "where: message", or the message alone if there is no place.
[[nodiscard]] std::string to_string(const Error& error);

template <typename T>
using Result = tl::expected<T, Error>;

/// Shorthand for a failed Result.
[[nodiscard]] inline tl::unexpected<Error> fail(ErrorCode code, std::string message, std::string where = {}) {
  return tl::unexpected<Error>(Error{code, std::move(message), std::move(where)});
}
[[nodiscard]] inline tl::unexpected<Error> invalid(std::string message, std::string where = {}) {
  return fail(ErrorCode::InvalidInput, std::move(message), std::move(where));
}

[[noreturn]] void check_failed(const char* condition, const char* file, int line, std::string_view message);

}  // namespace metaspatial

/// A bug if false: always on. Nothing from a file, a request or a model may reach one unvalidated.
#define METASPATIAL_CHECK(condition, message)                                                 \
  do {                                                                                        \
    if (!(condition)) ::metaspatial::check_failed(#condition, __FILE__, __LINE__, (message)); \
  } while (false)

/// Returns the error of a Result-valued expression, or binds its value: METASPATIAL_TRY(auto x, read(...));
#define METASPATIAL_CONCAT_(a, b) a##b
#define METASPATIAL_CONCAT(a, b) METASPATIAL_CONCAT_(a, b)
#define METASPATIAL_TRY(declaration, expression) \
  METASPATIAL_TRY_(METASPATIAL_CONCAT(metaspatial_try_, __LINE__), declaration, expression)
#define METASPATIAL_TRY_(temporary, declaration, expression)                                   \
  auto temporary = (expression);                                                               \
  if (!temporary) return ::tl::unexpected<::metaspatial::Error>(std::move(temporary).error()); \
  declaration = *std::move(temporary)
/// The same for Result<void>: returns the error, if any.
#define METASPATIAL_TRY_VOID(expression)                                                      \
  do {                                                                                        \
    auto metaspatial_try_void = (expression);                                                 \
    if (!metaspatial_try_void)                                                                \
      return ::tl::unexpected<::metaspatial::Error>(std::move(metaspatial_try_void).error()); \
  } while (false)
