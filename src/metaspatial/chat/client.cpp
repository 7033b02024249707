#include "metaspatial/chat/client.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdlib>
#include <ctime>
#include <thread>
#include <utility>

#include "metaspatial/base/rng.hpp"
#include "metaspatial/chat/encoding.hpp"

namespace metaspatial::chat {

namespace {

// Shorter ones may stand in any text; no endpoint gives such keys out.
constexpr std::size_t kShortestSecret = 4;

ChatFailure failure(FailureKind kind, std::string message, int status = 0) {
  return ChatFailure{kind, std::move(message), status, 0};
}

FailureKind kind_of(HttpEnd end) {
  switch (end) {
    case HttpEnd::Answered:
    case HttpEnd::Connection:
      return FailureKind::Connection;
    case HttpEnd::TimedOut:
      return FailureKind::TimedOut;
    case HttpEnd::TooLarge:
      return FailureKind::TooLarge;
    case HttpEnd::NotHttp:
      return FailureKind::Malformed;
    case HttpEnd::Refused:
      return FailureKind::Rejected;
    case HttpEnd::Cancelled:
      return FailureKind::Cancelled;
  }
  return FailureKind::Connection;
}

FailureKind kind_of_status(int status) {
  if (status == 429) return FailureKind::RateLimited;
  if (status >= 500) return FailureKind::Server;
  if (status == 408 || status == 425) return FailureKind::TimedOut;
  if (status >= 300 && status < 400) return FailureKind::Redirected;
  if (status >= 400) return FailureKind::Rejected;
  return FailureKind::Malformed;
}

std::string cache_key(const ChatRequest& request, int sample) {
  return sha256_hex(fmt::format("metaspatial chat 1\n{}\n{}", sample, request_body(request, sample)));
}

}  // namespace

/// A place among the requests under way, with its connection; given back at the end.
class Client::Place {
 public:
  Place(Client& client, const std::stop_token& stop) : client_(client) {
    std::unique_lock lock(client_.mutex_);
    if (!client_.changed_.wait(lock, stop, [&] { return !client_.free_.empty(); })) return;
    connection_ = std::move(client_.free_.back());
    client_.free_.pop_back();
  }
  ~Place() {
    if (!connection_) return;
    {
      const std::scoped_lock lock(client_.mutex_);
      client_.free_.push_back(*std::move(connection_));
    }
    client_.changed_.notify_all();
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  [[nodiscard]] HttpConnection* connection() { return connection_ ? &*connection_ : nullptr; }

 private:
  Client& client_;
  std::optional<HttpConnection> connection_;
};

Client::Client(ClientConfig config) : config_(std::move(config)), budget_(config_.budget, config_.prices) {
  for (int i = 0; i < config_.max_concurrency; ++i) free_.emplace_back();
}
Client::~Client() = default;

Result<std::unique_ptr<Client>> Client::create(ClientConfig config, const std::string& section) {
  METASPATIAL_TRY_VOID(check_client_config(config, section));
  std::unique_ptr<Client> client(new Client(std::move(config)));
  client->url_ = client->config_.base_url;
  while (client->url_.ends_with('/')) client->url_.pop_back();
  if (!client->url_.ends_with("/chat/completions")) client->url_ += "/chat/completions";
  client->headers_ = {"Content-Type: application/json", "Accept: application/json"};
  if (const std::string& variable = client->config_.api_key_env; !variable.empty()) {
    const char* key = std::getenv(variable.c_str());
    if (key == nullptr || *key == '\0')
      return invalid(
          fmt::format("the environment variable '{}' is not set; expected the API key in it", variable),
          section + "api_key_env");
    client->key_ = key;
    if (client->key_.size() < kShortestSecret || std::ranges::any_of(client->key_, [](char c) {
          return static_cast<unsigned char>(c) <= ' ' || c >= '\x7f';
        }))
      return invalid(
          fmt::format("the environment variable '{}' holds no API key: expected {} or more printable "
                      "characters without spaces",
                      variable, kShortestSecret),
          section + "api_key_env");
    client->headers_.push_back("Authorization: Bearer " + client->key_);
  }
  if (!client->config_.keep_replies) return client;
  auto cache = Cache::open(client->config_.cache);
  if (!cache) {
    client->cache_failed(cache.error());
  } else {
    client->cache_ = *std::move(cache);
  }
  return client;
}

ChatRequest Client::with_model(const ChatRequest& request) const {
  ChatRequest copy = request;
  if (copy.model.empty()) copy.model = config_.model;
  return copy;
}

void Client::cache_failed(const Error& error) {
  spdlog::warn("{}; going on with replies kept in memory", to_string(error));
  auto memory = Cache::open({});
  cache_ = memory ? *std::move(memory) : nullptr;
}

std::optional<ChatReply> Client::cached(const std::string& key) {
  const std::scoped_lock lock(mutex_);
  if (cache_ == nullptr) return std::nullopt;
  auto found = cache_->find(key);
  if (!found) {
    cache_failed(found.error());
    return std::nullopt;
  }
  if (*found) ++usage_.cache_hits;
  return *std::move(found);
}

void Client::keep(const std::string& key, const ChatRequest& request, const ChatReply& reply) {
  // A refusal, or a reply cut off by a filter, may be another one next time.
  if (reply.text.empty() || !reply.refusal.empty()) return;
  const std::scoped_lock lock(mutex_);
  if (cache_ == nullptr) return;
  if (const auto stored = cache_->store(key, request.model, reply); !stored) cache_failed(stored.error());
}

void Client::forget(const ChatRequest& request, int sample) {
  const std::string key = cache_key(with_model(request), sample);
  const std::scoped_lock lock(mutex_);
  if (cache_ == nullptr) return;
  if (const auto erased = cache_->erase(key); !erased) cache_failed(erased.error());
}

std::string Client::redact(std::string text) const {
  if (key_.empty()) return text;
  for (std::size_t at = text.find(key_); at != std::string::npos; at = text.find(key_, at))
    text.replace(at, key_.size(), "***");
  return text;
}

bool Client::sleep_until(Clock::time_point when, const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  // Nobody makes the condition true: only time and `stop` end the wait.
  changed_.wait_until(lock, stop, when, [] { return false; });
  return !stop.stop_requested();
}

ChatOutcome Client::complete(const ChatRequest& unnamed, int sample, const std::stop_token& stop) {
  const ChatRequest request = with_model(unnamed);
  const std::string key = cache_key(request, sample);
  if (auto reply = cached(key)) return *std::move(reply);
  ChatOutcome outcome = tl::unexpected(failure(FailureKind::Cancelled, "no request was sent"));
  {
    Place place(*this, stop);
    if (HttpConnection* connection = place.connection()) {
      // Somebody may have asked the same in the meantime.
      if (auto reply = cached(key)) return *std::move(reply);
      outcome = ask(request, sample, key, *connection, stop);
      if (outcome) keep(key, request, *outcome);
    }
  }
  const std::scoped_lock lock(mutex_);
  ++(outcome ? usage_.replies : usage_.failures);
  return outcome;
}

ChatOutcome Client::ask(const ChatRequest& request, int sample, const std::string& key,
                        HttpConnection& connection, const std::stop_token& stop) {
  Rng jitter{config_.seed, hash_bytes(key)};
  double backoff_s = config_.backoff_base_s;
  int sent = 0;
  for (int tries = 0;; ++tries) {
    Clock::time_point not_before;
    {
      const std::scoped_lock lock(mutex_);
      not_before = not_before_;
    }
    if (not_before > Clock::now() && !sleep_until(not_before, stop))
      return tl::unexpected(failure(FailureKind::Cancelled, "while waiting for the server's permission"));
    // A server that refuses a part of the form is asked again without it, at once.
    std::string retry_after;
    ChatOutcome outcome = tl::unexpected(failure(FailureKind::Cancelled, {}));
    std::optional<Dialect> learned;
    for (int forms = 0; forms == 0 || (learned && forms < 6); ++forms) {
      Dialect dialect;
      {
        const std::scoped_lock lock(mutex_);
        dialect = dialect_;
      }
      learned.reset();
      outcome = attempt(request, sample, dialect, connection, stop, retry_after, learned);
      if (outcome || outcome.error().kind != FailureKind::Budget) ++sent;
      if (!learned) break;
      // Others may have learned something else meanwhile.
      const std::scoped_lock lock(mutex_);
      dialect_.schema = dialect_.schema && learned->schema;
      dialect_.max_completion_tokens = dialect_.max_completion_tokens || learned->max_completion_tokens;
      dialect_.temperature = dialect_.temperature && learned->temperature;
      dialect_.include_stop = dialect_.include_stop && learned->include_stop;
      dialect_.log_probs = dialect_.log_probs && learned->log_probs;
    }
    if (outcome) {
      outcome->attempts = sent;
      return outcome;
    }
    outcome.error().attempts = sent;
    if (!outcome.error().retryable() || tries >= config_.max_retries) return outcome;
    double wait_s = jitter.uniform(0.5, 1.0) * std::min(backoff_s, config_.backoff_cap_s);
    backoff_s *= 2;
    if (const auto asked_s = retry_after_s(retry_after, std::time(nullptr))) {
      if (*asked_s > config_.longest_retry_after_s) {
        outcome.error().message +=
            fmt::format("; it asks to wait {:.0f} s, which is longer than we do", *asked_s);
        return outcome;
      }
      wait_s = std::max(wait_s, *asked_s);
      if (outcome.error().kind == FailureKind::RateLimited) {
        // The limit is the endpoint's, so whoever asks next waits as well.
        const std::scoped_lock lock(mutex_);
        not_before_ = std::max(not_before_, Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                                               std::chrono::duration<double>(*asked_s)));
      }
    }
    {
      const std::scoped_lock lock(mutex_);
      ++usage_.retries;
    }
    const auto when =
        Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(wait_s));
    if (!sleep_until(when, stop)) {
      ChatFailure cancelled = failure(FailureKind::Cancelled, "while waiting to try again");
      cancelled.attempts = sent;
      return tl::unexpected(std::move(cancelled));
    }
  }
}

ChatOutcome Client::attempt(const ChatRequest& request, int sample, const Dialect& dialect,
                            HttpConnection& connection, const std::stop_token& stop, std::string& retry_after,
                            std::optional<Dialect>& learned) {
  if (stop.stop_requested()) return tl::unexpected(failure(FailureKind::Cancelled, "no request was sent"));
  const TokenCount estimate = estimate_tokens(request);
  if (auto limit = budget_.take(estimate))
    return tl::unexpected(failure(FailureKind::Budget, *std::move(limit)));
  const HttpAnswer answer =
      connection.post(url_, headers_, request_body(request, sample, dialect), config_.http, stop);
  retry_after = answer.retry_after;
  if (answer.end != HttpEnd::Answered) {
    // The server may have worked, and charged, for an answer that never came; it did not without a
    // connection.
    const bool perhaps_charged = answer.end == HttpEnd::TimedOut || answer.end == HttpEnd::TooLarge ||
                                 answer.end == HttpEnd::Cancelled || answer.status != 0;
    budget_.settle(estimate, perhaps_charged ? estimate : TokenCount{});
    return tl::unexpected(
        failure(kind_of(answer.end), fmt::format("{}: {}", url_, answer.detail), answer.status));
  }
  if (answer.status != 200) {
    budget_.settle(estimate, TokenCount{});
    learned = learn_from_refusal(dialect, answer.status, answer.body);
    std::string message = fmt::format("HTTP {}", answer.status);
    if (answer.status >= 300 && answer.status < 400) {
      message += fmt::format(" to '{}', which is not followed", error_text(redact(answer.location)));
    } else if (const std::string text = redact(error_text(redact(answer.body))); !text.empty()) {
      message += ": " + text;
    }
    return tl::unexpected(failure(kind_of_status(answer.status), std::move(message), answer.status));
  }
  auto reply = read_completion(redact(answer.body));
  if (!reply) {
    budget_.settle(estimate, estimate);
    return tl::unexpected(
        failure(FailureKind::Malformed, fmt::format("{}: {}", url_, reply.error()), answer.status));
  }
  if (reply->tokens.estimated) {
    reply->tokens = estimate;
    // What it wrote is known, if only as text.
    reply->tokens.completion =
        std::min<std::int64_t>(estimate.completion, static_cast<std::int64_t>(reply->text.size() / 4 + 1));
  }
  reply->text = redact(std::move(reply->text));  // JSON may have spelt it in escapes
  reply->cost = budget_.settle(estimate, reply->tokens);
  return *std::move(reply);
}

std::vector<ChatOutcome> Client::complete_all(std::span<const ChatSample> samples,
                                              const std::stop_token& stop) {
  std::vector<ChatOutcome> outcomes(samples.size(),
                                    tl::unexpected(failure(FailureKind::Cancelled, "no request was sent")));
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (std::size_t i = next++; i < samples.size(); i = next++)
      outcomes[i] = complete(*samples[i].request, samples[i].sample, stop);
  };
  // These threads wait for the network; the thread budget is for those that compute.
  std::vector<std::jthread> threads;
  const std::size_t wanted = std::min(samples.size(), static_cast<std::size_t>(config_.max_concurrency));
  for (std::size_t t = 1; t < wanted; ++t) threads.emplace_back(work);
  work();
  threads.clear();
  return outcomes;
}

Result<void> Client::post(std::string_view path, const Json& body, const std::stop_token& stop) {
  std::string url = url_.substr(0, url_.size() - std::string_view("/chat/completions").size());
  url += path;
  HttpConnection connection;
  const HttpAnswer answer = connection.post(url, headers_, dump_json(body), config_.http, stop);
  if (answer.end != HttpEnd::Answered) return fail(ErrorCode::Network, redact(answer.detail), url);
  if (answer.status >= 200 && answer.status < 300) return {};
  return fail(answer.status >= 500 ? ErrorCode::Network : ErrorCode::InvalidInput,
              fmt::format("HTTP {}: {}", answer.status, redact(error_text(redact(answer.body)))), url);
}

ClientUsage Client::usage() const {
  const std::scoped_lock lock(mutex_);
  ClientUsage usage = usage_;
  usage.spent = budget_.spent();
  return usage;
}

}  // namespace metaspatial::chat
