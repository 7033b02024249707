#include "metaspatial/chat/client_config.hpp"

#include <algorithm>
#include <string_view>

namespace metaspatial::chat {

namespace {

void read_count(ConfigReader& reader, const std::string& key, std::int64_t& value) {
  auto count = static_cast<std::uint64_t>(value);
  reader.read(key, count);
  value = static_cast<std::int64_t>(std::min<std::uint64_t>(count, std::uint64_t{1} << 62));
}

}  // namespace

void read_client_config(ConfigReader& reader, const std::string& section, ClientConfig& config) {
  const auto key = [&section](const char* name) { return section + name; };
  reader.read(key("base_url"), config.base_url);
  reader.read(key("model"), config.model);
  reader.read(key("api_key_env"), config.api_key_env);
  reader.read(key("connect_timeout_s"), config.http.connect_timeout_s, 0.01, 3600);
  reader.read(key("timeout_s"), config.http.timeout_s, 0.01, 86400);
  reader.read(key("stall_s"), config.http.stall_s, 0.01, 86400);
  reader.read(key("max_retries"), config.max_retries, 0, 100);
  reader.read(key("backoff_base_s"), config.backoff_base_s, 0, 3600);
  reader.read(key("backoff_cap_s"), config.backoff_cap_s, 0, 86400);
  reader.read(key("longest_retry_after_s"), config.longest_retry_after_s, 0, 86400);
  reader.read(key("concurrency"), config.max_concurrency, 1, 256);
  read_count(reader, key("max_requests"), config.budget.max_requests);
  read_count(reader, key("max_tokens_total"), config.budget.max_tokens);
  reader.read(key("max_cost"), config.budget.max_cost, 0, 1e9);
  reader.read(key("price_per_million_prompt"), config.prices.prompt, 0, 1e9);
  reader.read(key("price_per_million_completion"), config.prices.completion, 0, 1e9);
  reader.read(key("cache"), config.cache);
}

Result<void> check_client_config(const ClientConfig& config, const std::string& section) {
  const std::string_view url = config.base_url;
  const std::string url_key = section + "base_url";
  if (!url.starts_with("http://") && !url.starts_with("https://"))
    return invalid("expected the address of an OpenAI-compatible server, like \"http://127.0.0.1:8000/v1\"",
                   url_key);
  const std::string_view authority = url.substr(url.find("://") + 3);
  if (authority.empty() || authority.front() == '/') return invalid("the address names no host", url_key);
  // An address is shown in messages, so it must not hold a secret.
  if (url.find_first_of("@?#") != std::string_view::npos ||
      std::ranges::any_of(url, [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == '\x7f'; }))
    return invalid(
        "expected an address without user, query and fragment; a key belongs into the variable of " +
            section + "api_key_env",
        url_key);
  if (config.model.empty())
    return invalid("expected the model's name as the server calls it", section + "model");
  if (config.budget.max_cost > 0 && config.prices.prompt + config.prices.completion <= 0)
    return invalid("a limit of cost needs prices: " + section + "price_per_million_prompt and _completion",
                   section + "max_cost");
  return {};
}

}  // namespace metaspatial::chat
