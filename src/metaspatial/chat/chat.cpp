#include "metaspatial/chat/chat.hpp"

#include <fmt/format.h>

namespace metaspatial::chat {

std::string_view name(FailureKind kind) {
  switch (kind) {
    case FailureKind::Connection:
      return "connection";
    case FailureKind::TimedOut:
      return "timed out";
    case FailureKind::RateLimited:
      return "rate limited";
    case FailureKind::Server:
      return "server error";
    case FailureKind::Rejected:
      return "rejected";
    case FailureKind::Malformed:
      return "malformed reply";
    case FailureKind::TooLarge:
      return "reply too large";
    case FailureKind::Redirected:
      return "redirected";
    case FailureKind::Budget:
      return "budget exhausted";
    case FailureKind::Cancelled:
      return "cancelled";
  }
  return "unknown";
}

bool ChatFailure::retryable() const {
  switch (kind) {
    case FailureKind::Connection:
    case FailureKind::TimedOut:
    case FailureKind::RateLimited:
    case FailureKind::Server:
    case FailureKind::Malformed:
      return true;
    case FailureKind::Rejected:
    case FailureKind::TooLarge:
    case FailureKind::Redirected:
    case FailureKind::Budget:
    case FailureKind::Cancelled:
      return false;
  }
  return false;
}

std::string to_string(const ChatFailure& failure) {
  std::string text(name(failure.kind));
  if (!failure.message.empty()) text += ": " + failure.message;
  if (failure.attempts > 1) text += fmt::format(" (after {} attempts)", failure.attempts);
  return text;
}

Error to_error(const ChatFailure& failure) {
  const bool config = failure.kind == FailureKind::Rejected || failure.kind == FailureKind::Redirected ||
                      failure.kind == FailureKind::Budget;
  return Error{config ? ErrorCode::InvalidInput : ErrorCode::Network, to_string(failure), {}};
}

}  // namespace metaspatial::chat
