#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace metaspatial::chat {

struct HttpLimits {
  double connect_timeout_s = 10;
  double timeout_s = 120;  ///< of the whole exchange
  double stall_s = 30;     ///< an answer that has begun and brings less than 1 KiB in this time is given up
  std::size_t max_body_bytes = std::size_t{8} << 20;
};

/// How an exchange ended.
enum class HttpEnd {
  Answered,    ///< with any status
  Connection,  ///< refused, reset, cut off, no such host
  TimedOut,    ///< the whole time, or a stall
  TooLarge,
  NotHttp,
  Refused,  ///< an invalid certificate or address: asking again would not help
  Cancelled,
};

struct HttpAnswer {
  HttpEnd end = HttpEnd::Connection;
  std::string detail;  ///< why, if not Answered
  int status = 0;      ///< 0: none came
  std::string body;
  std::string retry_after;  ///< the header's value; empty if absent
  std::string location;     ///< the same
};

/// One connection after another to a server, kept open between requests where the server allows it.
///
/// Redirects are never followed: what is sent goes to the address that was given. Answers are not
/// decompressed, so that a small one cannot become a large one. Addresses of this machine go past any proxy.
///
/// Threads  one at a time.
class HttpConnection {
 public:
  HttpConnection();
  HttpConnection(HttpConnection&& other) noexcept;
  HttpConnection& operator=(HttpConnection&& other) noexcept;
  ~HttpConnection();

  /// POSTs a JSON body. `headers` are whole lines, "Name: value".
  ///
  /// Errors   none: how it ended is in the answer.
  [[nodiscard]] HttpAnswer post(const std::string& url, const std::vector<std::string>& headers,
                                const std::string& body, const HttpLimits& limits,
                                const std::stop_token& stop);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace metaspatial::chat
