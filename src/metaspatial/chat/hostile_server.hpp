#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

/// For tests: an HTTP server on the loopback that does what a script says, and misbehaves as it likes.
namespace metaspatial::chat {

/// A request as it came in.
struct Received {
  int index = 0;  ///< from 0, in the order of arrival
  std::string head;
  std::string body;
};

/// What a script can do to whoever asked. Never throws; sending to one who has left does nothing.
class Exchange {
 public:
  Exchange(int fd, std::stop_token stop, std::atomic<int>& at_once, const std::atomic<int>& most_at_once)
      : fd_(fd), stop_(std::move(stop)), at_once_(at_once), most_at_once_(most_at_once) {}
  /// Raw bytes. False if nobody reads any more.
  bool send(std::string_view bytes);
  /// A whole answer; `headers` are lines with "\r\n".
  void answer(int status, std::string_view body, std::string_view headers = {});
  /// Sleeps, but not past the server's end.
  void wait(double seconds);
  /// Waits until as many requests as this have waited at the same time, ever; 5 s at most.
  void wait_for_company(int requests);
  /// Ends the connection with a reset.
  void reset();

 private:
  friend class HostileServer;
  /// From the first byte of the answer on, whoever asked may ask again.
  void leave();
  int fd_;
  std::stop_token stop_;
  std::atomic<int>& at_once_;
  const std::atomic<int>& most_at_once_;
  bool left_ = false;
};

/// A chat completion whose message is `text`, 100 tokens read and 10 written.
[[nodiscard]] std::string completion_json(std::string_view text);

class HostileServer {
 public:
  using Script = std::function<void(const Received&, Exchange&)>;
  /// Listens at a free port of 127.0.0.1. The script runs on a thread per connection.
  explicit HostileServer(Script script);
  ~HostileServer();
  HostileServer(const HostileServer&) = delete;
  HostileServer& operator=(const HostileServer&) = delete;

  [[nodiscard]] std::string base_url() const;  ///< ends in "/v1"
  [[nodiscard]] std::vector<Received> received() const;
  [[nodiscard]] int requests() const { return static_cast<int>(received().size()); }
  /// The most requests that waited for an answer's first byte at the same time.
  [[nodiscard]] int most_at_once() const { return most_at_once_; }

 private:
  void accept_all(const std::stop_token& stop);
  void serve(int fd, const std::stop_token& stop);

  Script script_;
  int listener_ = -1;
  int port_ = 0;
  mutable std::mutex mutex_;
  std::vector<Received> received_;
  std::atomic<int> at_once_ = 0;
  std::atomic<int> most_at_once_ = 0;
  std::vector<std::jthread> connections_;  ///< touched by the accepting thread, then by the destructor
  std::jthread acceptor_;
};

}  // namespace metaspatial::chat
