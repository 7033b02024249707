#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>

#include "metaspatial/chat/chat.hpp"

namespace metaspatial::chat {

/// What may be spent over a client's life. 0 is no limit.
struct BudgetLimits {
  std::int64_t max_requests = 0;  ///< HTTP requests, repeated ones included
  std::int64_t max_tokens = 0;    ///< read and written
  double max_cost = 0;            ///< in the currency of the prices
};

/// Per million tokens, in any currency.
struct Prices {
  double prompt = 0;
  double completion = 0;
  [[nodiscard]] double of(const TokenCount& tokens) const {
    return (static_cast<double>(tokens.prompt) * prompt +
            static_cast<double>(tokens.completion) * completion) /
           1e6;
  }
};

/// What was spent.
struct Spent {
  std::int64_t requests = 0;
  std::int64_t prompt_tokens = 0;
  std::int64_t completion_tokens = 0;
  std::int64_t estimated =
      0;  ///< requests whose tokens are a guess: the server did not tell, or never answered
  double cost = 0;
};

/// Keeps several requests at once within limits: each takes its estimate before it is sent and gives the rest
/// back when its true size is known. So a limit is passed by no more than estimates are too small.
///
/// Threads  safe from several at once.
class Budget {
 public:
  Budget(const BudgetLimits& limits, const Prices& prices) : limits_(limits), prices_(prices) {}

  /// Takes one request of about this size, or says which limit it would pass and takes nothing.
  [[nodiscard]] std::optional<std::string> take(const TokenCount& estimate);
  /// Puts what a taken request really used in place of its estimate.
  ///
  /// Returns  its cost.
  double settle(const TokenCount& estimate, const TokenCount& used);

  [[nodiscard]] Spent spent() const;

 private:
  const BudgetLimits limits_;
  const Prices prices_;
  mutable std::mutex mutex_;
  Spent spent_;
  std::int64_t taken_tokens_ = 0;  ///< by requests under way
  double taken_cost_ = 0;
};

}  // namespace metaspatial::chat
