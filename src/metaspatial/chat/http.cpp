#include "metaspatial/chat/http.hpp"

#include <curl/curl.h>
#include <strings.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <string_view>

#include "metaspatial/base/error.hpp"

namespace metaspatial::chat {

namespace {

constexpr std::size_t kMostHeaderBytes = std::size_t{256} << 10;
constexpr std::size_t kStallBytes = 1024;
constexpr int kLongestWait_ms = 250;

struct CleanEasy {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct CleanMulti {
  void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
};
struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

/// Before the first handle, once: the library's own set-up is not safe in threads.
void set_up_curl() {
  static const CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT);
  METASPATIAL_CHECK(code == CURLE_OK, "libcurl starts");
}

/// What the callbacks fill.
struct Receiver {
  HttpAnswer* answer = nullptr;
  std::size_t max_body_bytes = 0;
  std::size_t header_bytes = 0;
  bool too_large = false;
};

std::size_t take_body(const char* data, std::size_t, std::size_t bytes, void* user) {
  auto& receiver = *static_cast<Receiver*>(user);
  if (bytes > receiver.max_body_bytes - receiver.answer->body.size()) {
    receiver.too_large = true;
    return CURL_WRITEFUNC_ERROR;
  }
  receiver.answer->body.append(data, bytes);
  return bytes;
}

std::size_t take_header(const char* data, std::size_t, std::size_t bytes, void* user) {
  auto& receiver = *static_cast<Receiver*>(user);
  receiver.header_bytes += bytes;
  if (receiver.header_bytes > kMostHeaderBytes) {
    receiver.too_large = true;
    return CURL_WRITEFUNC_ERROR;
  }
  const std::string_view line(data, bytes);
  const auto value_of = [&line](std::string_view name) -> std::optional<std::string> {
    if (line.size() <= name.size() || line[name.size()] != ':' ||
        ::strncasecmp(line.data(), name.data(), name.size()) != 0)
      return std::nullopt;
    std::string_view value = line.substr(name.size() + 1);
    while (!value.empty() && (value.front() == ' ' || value.front() == '\t')) value.remove_prefix(1);
    while (!value.empty() && (value.back() == '\r' || value.back() == '\n' || value.back() == ' '))
      value.remove_suffix(1);
    return std::string(value);
  };
  if (auto value = value_of("retry-after")) receiver.answer->retry_after = *std::move(value);
  if (auto value = value_of("location")) receiver.answer->location = *std::move(value);
  return bytes;
}

HttpEnd end_of(CURLcode code, bool too_large) {
  if (too_large) return HttpEnd::TooLarge;
  switch (code) {
    case CURLE_OK:
      return HttpEnd::Answered;
    case CURLE_OPERATION_TIMEDOUT:
      return HttpEnd::TimedOut;
    case CURLE_FILESIZE_EXCEEDED:
      return HttpEnd::TooLarge;
    case CURLE_UNSUPPORTED_PROTOCOL:  // also an answer that opens with anything but "HTTP/"
    case CURLE_WEIRD_SERVER_REPLY:
      return HttpEnd::NotHttp;
    case CURLE_URL_MALFORMAT:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
    case CURLE_SSL_INVALIDCERTSTATUS:
      return HttpEnd::Refused;
    default:
      return HttpEnd::Connection;
  }
}

bool is_this_machine(const std::string& url) {
  const std::size_t begin = url.find("://");
  if (begin == std::string::npos) return false;
  const std::string_view host = std::string_view(url).substr(begin + 3);
  for (const std::string_view name : {"localhost", "127.0.0.1", "[::1]"})
    if (host.starts_with(name) &&
        (host.size() == name.size() || host[name.size()] == ':' || host[name.size()] == '/'))
      return true;
  return false;
}

long milliseconds(double seconds) {
  return static_cast<long>(std::clamp(std::ceil(seconds * 1000), 1.0, 1e9));
}

}  // namespace

struct HttpConnection::State {
  std::unique_ptr<CURL, CleanEasy> easy;
  std::unique_ptr<CURLM, CleanMulti> multi;
};

HttpConnection::HttpConnection() : state_(std::make_unique<State>()) {
  set_up_curl();
  state_->easy.reset(curl_easy_init());
  state_->multi.reset(curl_multi_init());
  METASPATIAL_CHECK(state_->easy != nullptr && state_->multi != nullptr, "libcurl has memory");
}
HttpConnection::HttpConnection(HttpConnection&& other) noexcept = default;
HttpConnection& HttpConnection::operator=(HttpConnection&& other) noexcept = default;
HttpConnection::~HttpConnection() = default;

HttpAnswer HttpConnection::post(const std::string& url, const std::vector<std::string>& headers,
                                const std::string& body, const HttpLimits& limits,
                                const std::stop_token& stop) {
  using Clock = std::chrono::steady_clock;
  CURL* easy = state_->easy.get();
  CURLM* multi = state_->multi.get();
  HttpAnswer answer;
  Receiver receiver{&answer, limits.max_body_bytes};
  curl_easy_reset(easy);                                      // options only: an open connection stays
  curl_slist* first = curl_slist_append(nullptr, "Expect:");  // no round trip before large pictures
  for (const std::string& header : headers) first = curl_slist_append(first, header.c_str());
  const std::unique_ptr<curl_slist, FreeList> list(first);
  curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, list.get());
  curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
  curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body.data());
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, milliseconds(limits.connect_timeout_s));
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, milliseconds(limits.timeout_s));
  curl_easy_setopt(easy, CURLOPT_MAXFILESIZE_LARGE, static_cast<curl_off_t>(limits.max_body_bytes));
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &receiver);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, &receiver);
  if (is_this_machine(url)) curl_easy_setopt(easy, CURLOPT_PROXY, "");

  CURLcode code = CURLE_OK;
  bool cancelled = false;
  bool stalled = false;
  {
    const std::stop_callback wake(stop, [multi] { curl_multi_wakeup(multi); });
    curl_multi_add_handle(multi, easy);
    std::size_t bytes = 0;  // at the beginning of the window
    Clock::time_point window;
    while (true) {
      int running = 0;
      if (curl_multi_perform(multi, &running) != CURLM_OK) {
        code = CURLE_FAILED_INIT;
        break;
      }
      if (running == 0) {
        int left = 0;
        while (const CURLMsg* message = curl_multi_info_read(multi, &left))
          if (message->msg == CURLMSG_DONE) code = message->data.result;
        break;
      }
      if (stop.stop_requested()) {
        cancelled = true;
        break;
      }
      // A model may think for long before its first byte; from then on the bytes must keep coming.
      const std::size_t received = receiver.header_bytes + answer.body.size();
      const auto now = Clock::now();
      if (received > 0 && (bytes == 0 || received - bytes >= kStallBytes)) {
        bytes = received;
        window = now;
      } else if (bytes > 0 && std::chrono::duration<double>(now - window).count() > limits.stall_s) {
        stalled = true;
        break;
      }
      curl_multi_poll(multi, nullptr, 0, kLongestWait_ms, nullptr);
    }
    curl_multi_remove_handle(multi, easy);
  }
  long status = 0;
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
  answer.status = static_cast<int>(status);
  if (cancelled) {
    answer.end = HttpEnd::Cancelled;
  } else if (stalled) {
    answer.end = HttpEnd::TimedOut;
    answer.detail = "the answer stalled";
  } else {
    answer.end = end_of(code, receiver.too_large);
    if (answer.end != HttpEnd::Answered) answer.detail = curl_easy_strerror(code);
  }
  return answer;
}

}  // namespace metaspatial::chat
