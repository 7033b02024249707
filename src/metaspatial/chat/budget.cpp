#include "metaspatial/chat/budget.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace metaspatial::chat {

std::optional<std::string> Budget::take(const TokenCount& estimate) {
  const std::scoped_lock lock(mutex_);
  if (limits_.max_requests > 0 && spent_.requests + 1 > limits_.max_requests)
    return fmt::format("{} requests are allowed, and were sent", limits_.max_requests);
  const std::int64_t tokens =
      spent_.prompt_tokens + spent_.completion_tokens + taken_tokens_ + estimate.total();
  if (limits_.max_tokens > 0 && tokens > limits_.max_tokens)
    return fmt::format("{} tokens are allowed; {} are used, and this request may take {}", limits_.max_tokens,
                       tokens - estimate.total(), estimate.total());
  const double cost = spent_.cost + taken_cost_ + prices_.of(estimate);
  if (limits_.max_cost > 0 && cost > limits_.max_cost)
    return fmt::format("a cost of {:.4f} is allowed; {:.4f} is used, and this request may cost {:.4f}",
                       limits_.max_cost, cost - prices_.of(estimate), prices_.of(estimate));
  ++spent_.requests;
  taken_tokens_ += estimate.total();
  taken_cost_ += prices_.of(estimate);
  return std::nullopt;
}

double Budget::settle(const TokenCount& estimate, const TokenCount& used) {
  const std::scoped_lock lock(mutex_);
  taken_tokens_ -= estimate.total();
  // Sums of floating-point numbers need not come back to zero.
  taken_cost_ = taken_tokens_ == 0 ? 0.0 : std::max(0.0, taken_cost_ - prices_.of(estimate));
  spent_.prompt_tokens += used.prompt;
  spent_.completion_tokens += used.completion;
  if (used.estimated) ++spent_.estimated;
  spent_.cost += prices_.of(used);
  return prices_.of(used);
}

Spent Budget::spent() const {
  const std::scoped_lock lock(mutex_);
  return spent_;
}

}  // namespace metaspatial::chat
