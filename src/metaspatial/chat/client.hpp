#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "metaspatial/base/error.hpp"
#include "metaspatial/base/json.hpp"
#include "metaspatial/chat/budget.hpp"
#include "metaspatial/chat/cache.hpp"
#include "metaspatial/chat/chat.hpp"
#include "metaspatial/chat/client_config.hpp"
#include "metaspatial/chat/wire.hpp"

namespace metaspatial::chat {

/// What a client did so far.
struct ClientUsage {
  Spent spent;
  std::int64_t replies = 0;  ///< from the server
  std::int64_t cache_hits = 0;
  std::int64_t failures = 0;  ///< requests that ended without a reply, after all retries
  std::int64_t retries = 0;
};

/// One question of a batch.
struct ChatSample {
  const ChatRequest* request = nullptr;
  int sample = 0;
};

/// A client of one endpoint. Asks the cache first; retries what may pass, with growing waits of random length
/// and as a server's Retry-After asks; spends no more than its budget.
///
/// The key is read from the environment once. It is sent as a bearer token to the configured address and
/// nowhere else; messages, the cache and logs do not hold it, also where a server sends it back.
///
/// Threads  safe from several at once; one request each, max_concurrency of them under way. A request that
///          waits to be repeated keeps its place, so that a server in trouble is asked less.
class Client {
 public:
  /// A cache that cannot be used is one warning, and the client goes on with one in memory.
  ///
  /// Errors   those of check_client_config; InvalidInput if the key's variable is not set or holds what a
  ///          header cannot.
  [[nodiscard]] static Result<std::unique_ptr<Client>> create(ClientConfig config,
                                                              const std::string& section = {});
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// Asks for one sample of a request: waits for a place, then for the reply. Sample i is cached apart from
  /// sample j.
  ///
  /// Errors   a failure of one of the kinds of FailureKind; `stop` ends any wait with Cancelled.
  [[nodiscard]] ChatOutcome complete(const ChatRequest& request, int sample = 0,
                                     const std::stop_token& stop = {});

  /// Asks for several samples, max_concurrency at once.
  ///
  /// Shape    one outcome per sample, in order.
  [[nodiscard]] std::vector<ChatOutcome> complete_all(std::span<const ChatSample> samples,
                                                      const std::stop_token& stop = {});

  /// Takes a reply out of the cache that turned out to be of no use.
  void forget(const ChatRequest& request, int sample);

  /// POSTs to another path of the same server ("/load_lora_adapter"), once, with the same key.
  ///
  /// Errors   Network without an answer or for a 5xx, InvalidInput for any other status that is not a 2xx.
  [[nodiscard]] Result<void> post(std::string_view path, const Json& body, const std::stop_token& stop = {});

  [[nodiscard]] ClientUsage usage() const;
  [[nodiscard]] const ClientConfig& config() const { return config_; }

 private:
  class Place;
  using Clock = std::chrono::steady_clock;
  explicit Client(ClientConfig config);

  [[nodiscard]] ChatRequest with_model(const ChatRequest& request) const;
  [[nodiscard]] std::optional<ChatReply> cached(const std::string& key);
  void keep(const std::string& key, const ChatRequest& request, const ChatReply& reply);
  void cache_failed(const Error& error);
  [[nodiscard]] ChatOutcome ask(const ChatRequest& request, int sample, const std::string& key,
                                HttpConnection& connection, const std::stop_token& stop);
  [[nodiscard]] ChatOutcome attempt(const ChatRequest& request, int sample, const Dialect& dialect,
                                    HttpConnection& connection, const std::stop_token& stop,
                                    std::string& retry_after, std::optional<Dialect>& learned);
  [[nodiscard]] bool sleep_until(Clock::time_point when, const std::stop_token& stop);
  [[nodiscard]] std::string redact(std::string text) const;

  const ClientConfig config_;
  std::string url_;
  std::string key_;
  std::vector<std::string> headers_;
  Budget budget_;

  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::vector<HttpConnection> free_;  ///< the places that nobody has
  Dialect dialect_;
  Clock::time_point not_before_;  ///< a server that is asked too much has named this time
  std::unique_ptr<Cache> cache_;
  ClientUsage usage_;
};

}  // namespace metaspatial::chat
