#include "metaspatial/chat/http.hpp"

#include <curl/curl.h>
#include <dlfcn.h>
#include <strings.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <string_view>
#include <type_traits>

namespace metaspatial::chat {

namespace {

constexpr std::size_t kMostHeaderBytes = std::size_t{256} << 10;
constexpr std::size_t kStallBytes = 1024;
constexpr int kLongestWait_ms = 250;

/// The functions of libcurl that are used, from the library as it is opened when the first request is made:
/// it brings thirty other libraries with it, which would double the time in which a command without a network
/// starts.
struct Curl {
  decltype(&curl_global_init) global_init = nullptr;
  decltype(&curl_easy_init) easy_init = nullptr;
  decltype(&curl_easy_reset) easy_reset = nullptr;
  decltype(&curl_easy_cleanup) easy_cleanup = nullptr;
  decltype(&curl_easy_setopt) easy_setopt = nullptr;
  decltype(&curl_easy_getinfo) easy_getinfo = nullptr;
  decltype(&curl_easy_strerror) easy_strerror = nullptr;
  decltype(&curl_slist_append) slist_append = nullptr;
  decltype(&curl_slist_free_all) slist_free_all = nullptr;
  decltype(&curl_multi_init) multi_init = nullptr;
  decltype(&curl_multi_cleanup) multi_cleanup = nullptr;
  decltype(&curl_multi_add_handle) multi_add_handle = nullptr;
  decltype(&curl_multi_remove_handle) multi_remove_handle = nullptr;
  decltype(&curl_multi_perform) multi_perform = nullptr;
  decltype(&curl_multi_poll) multi_poll = nullptr;
  decltype(&curl_multi_wakeup) multi_wakeup = nullptr;
  decltype(&curl_multi_info_read) multi_info_read = nullptr;
  std::string trouble;  ///< why it cannot be used; else empty

  Curl() {
    void* library = ::dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);  // stays open: others may use it, too
    if (library == nullptr) {
      trouble = "libcurl cannot be loaded; expected libcurl.so.4, Debian's package libcurl4";
      return;
    }
    const auto find = [&](auto& function, const char* name) {
      function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(::dlsym(library, name));
      if (function == nullptr)
        trouble = std::string("libcurl is too old; expected ") + name + " (7.85 or newer)";
    };
    find(global_init, "curl_global_init");
    find(easy_init, "curl_easy_init");
    find(easy_reset, "curl_easy_reset");
    find(easy_cleanup, "curl_easy_cleanup");
    find(easy_setopt, "curl_easy_setopt");
    find(easy_getinfo, "curl_easy_getinfo");
    find(easy_strerror, "curl_easy_strerror");
    find(slist_append, "curl_slist_append");
    find(slist_free_all, "curl_slist_free_all");
    find(multi_init, "curl_multi_init");
    find(multi_cleanup, "curl_multi_cleanup");
    find(multi_add_handle, "curl_multi_add_handle");
    find(multi_remove_handle, "curl_multi_remove_handle");
    find(multi_perform, "curl_multi_perform");
    find(multi_poll, "curl_multi_poll");
    find(multi_wakeup, "curl_multi_wakeup");
    find(multi_info_read, "curl_multi_info_read");
    if (trouble.empty() && global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) trouble = "libcurl does not start";
  }
};

/// Opened once, whichever thread is first.
const Curl& curl() {
  static const Curl opened;
  return opened;
}

struct CleanEasy {
  void operator()(CURL* easy) const { curl().easy_cleanup(easy); }
};
struct CleanMulti {
  void operator()(CURLM* multi) const { curl().multi_cleanup(multi); }
};
struct FreeList {
  void operator()(curl_slist* list) const { curl().slist_free_all(list); }
};

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

HttpConnection::HttpConnection() : state_(std::make_unique<State>()) {}
HttpConnection::HttpConnection(HttpConnection&& other) noexcept = default;
HttpConnection& HttpConnection::operator=(HttpConnection&& other) noexcept = default;
HttpConnection::~HttpConnection() = default;

HttpAnswer HttpConnection::post(const std::string& url, const std::vector<std::string>& headers,
                                const std::string& body, const HttpLimits& limits,
                                const std::stop_token& stop) {
  using Clock = std::chrono::steady_clock;
  HttpAnswer answer;
  const Curl& api = curl();
  if (!api.trouble.empty()) {
    answer.end = HttpEnd::Refused;
    answer.detail = api.trouble;
    return answer;
  }
  if (state_->easy == nullptr) state_->easy.reset(api.easy_init());
  if (state_->multi == nullptr) state_->multi.reset(api.multi_init());
  CURL* easy = state_->easy.get();
  CURLM* multi = state_->multi.get();
  if (easy == nullptr || multi == nullptr) {
    answer.detail = "no memory for a connection";
    return answer;
  }
  Receiver receiver{&answer, limits.max_body_bytes};
  api.easy_reset(easy);                                      // options only: an open connection stays
  curl_slist* first = api.slist_append(nullptr, "Expect:");  // no round trip before large pictures
  for (const std::string& header : headers) first = api.slist_append(first, header.c_str());
  const std::unique_ptr<curl_slist, FreeList> list(first);
  api.easy_setopt(easy, CURLOPT_URL, url.c_str());
  api.easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  api.easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  api.easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  api.easy_setopt(easy, CURLOPT_HTTPHEADER, list.get());
  api.easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
  api.easy_setopt(easy, CURLOPT_POSTFIELDS, body.data());
  api.easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, milliseconds(limits.connect_timeout_s));
  api.easy_setopt(easy, CURLOPT_TIMEOUT_MS, milliseconds(limits.timeout_s));
  api.easy_setopt(easy, CURLOPT_MAXFILESIZE_LARGE, static_cast<curl_off_t>(limits.max_body_bytes));
  api.easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
  api.easy_setopt(easy, CURLOPT_WRITEDATA, &receiver);
  api.easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header);
  api.easy_setopt(easy, CURLOPT_HEADERDATA, &receiver);
  if (is_this_machine(url)) api.easy_setopt(easy, CURLOPT_PROXY, "");

  CURLcode code = CURLE_OK;
  bool cancelled = false;
  bool stalled = false;
  {
    const std::stop_callback wake(stop, [multi, &api] { api.multi_wakeup(multi); });
    api.multi_add_handle(multi, easy);
    std::size_t bytes = 0;  // at the beginning of the window
    Clock::time_point window;
    while (true) {
      int running = 0;
      if (api.multi_perform(multi, &running) != CURLM_OK) {
        code = CURLE_FAILED_INIT;
        break;
      }
      if (running == 0) {
        int left = 0;
        while (const CURLMsg* message = api.multi_info_read(multi, &left))
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
      api.multi_poll(multi, nullptr, 0, kLongestWait_ms, nullptr);
    }
    api.multi_remove_handle(multi, easy);
  }
  long status = 0;
  api.easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
  answer.status = static_cast<int>(status);
  if (cancelled) {
    answer.end = HttpEnd::Cancelled;
  } else if (stalled) {
    answer.end = HttpEnd::TimedOut;
    answer.detail = "the answer stalled";
  } else {
    answer.end = end_of(code, receiver.too_large);
    if (answer.end != HttpEnd::Answered) answer.detail = api.easy_strerror(code);
  }
  return answer;
}

}  // namespace metaspatial::chat
