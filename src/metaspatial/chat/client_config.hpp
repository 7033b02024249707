#pragma once

#include <cstdint>
#include <string>

#include "metaspatial/base/config.hpp"
#include "metaspatial/chat/budget.hpp"
#include "metaspatial/chat/http.hpp"

namespace metaspatial::chat {

/// Where a model is and how it is asked; docs/JUDGE.md lists the keys.
struct ClientConfig {
  std::string base_url;     ///< "http://127.0.0.1:8000/v1"; "/chat/completions" is appended
  std::string model;        ///< as the server calls it
  std::string api_key_env;  ///< the environment variable that holds the key; empty: no key is sent
  HttpLimits http;
  int max_retries = 4;          ///< of one request, after the first attempt
  double backoff_base_s = 0.5;  ///< before the first retry; doubles with each, times 0.5 to 1 by chance
  double backoff_cap_s = 30;    ///< the longest of these waits
  double longest_retry_after_s = 120;  ///< a server that asks to wait longer has failed
  int max_concurrency = 8;             ///< requests under way at once
  BudgetLimits budget;
  Prices prices;
  bool keep_replies = true;  ///< false: no cache at all, for a model that changes or is drawn from
  std::string cache;         ///< SQLite file; empty: replies are kept in memory, for the client's life
  std::uint64_t seed = 0;    ///< of the jitter
};

/// Reads the keys below `section` ("judge." for "judge.base_url").
///
/// Errors   those of the reader.
void read_client_config(ConfigReader& reader, const std::string& section, ClientConfig& config);

/// Whether a config can be used at all.
///
/// Errors   InvalidInput naming the key: no http(s) address, an address with a user, a query or a fragment,
///          no model, a cost limit without prices.
[[nodiscard]] Result<void> check_client_config(const ClientConfig& config, const std::string& section);

}  // namespace metaspatial::chat
