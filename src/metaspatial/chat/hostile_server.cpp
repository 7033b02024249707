#include "metaspatial/chat/hostile_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "metaspatial/base/error.hpp"
#include "metaspatial/base/json.hpp"

namespace metaspatial::chat {

void Exchange::leave() {
  if (!left_) --at_once_;
  left_ = true;
}

bool Exchange::send(std::string_view bytes) {
  leave();
  while (!bytes.empty() && !stop_.stop_requested()) {
    const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return bytes.empty();
}

void Exchange::answer(int status, std::string_view body, std::string_view headers) {
  std::string text = "HTTP/1.1 " + std::to_string(status) + " Status\r\nContent-Type: application/json\r\n";
  text += "Content-Length: " + std::to_string(body.size()) + "\r\nConnection: close\r\n";
  text += headers;
  text += "\r\n";
  text += body;
  send(text);
}

void Exchange::wait(double seconds) {
  std::mutex mutex;
  std::condition_variable_any changed;
  std::unique_lock lock(mutex);
  changed.wait_for(lock, stop_, std::chrono::duration<double>(seconds), [] { return false; });
}

void Exchange::wait_for_company(int requests) {
  for (int i = 0; i < 5000 && most_at_once_ < requests && !stop_.stop_requested(); ++i) wait(0.001);
}

void Exchange::reset() {
  const linger now{1, 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

std::string completion_json(std::string_view text) {
  return dump_json(Json{
      {"id", "x"},
      {"object", "chat.completion"},
      {"choices",
       {{{"index", 0}, {"message", {{"role", "assistant"}, {"content", text}}}, {"finish_reason", "stop"}}}},
      {"usage", {{"prompt_tokens", 100}, {"completion_tokens", 10}, {"total_tokens", 110}}}});
}

HostileServer::HostileServer(Script script) : script_(std::move(script)) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  const bool listens = listener_ >= 0 &&
                       ::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                       ::listen(listener_, 128) == 0 &&
                       ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  METASPATIAL_CHECK(listens, "the test's server listens");
  port_ = ntohs(address.sin_port);
  acceptor_ = std::jthread([this](const std::stop_token& stop) { accept_all(stop); });
}

HostileServer::~HostileServer() {
  acceptor_.request_stop();
  acceptor_.join();
  for (auto& connection : connections_) connection.request_stop();
  connections_.clear();
  ::close(listener_);
}

std::string HostileServer::base_url() const {
  return "http://127.0.0.1:" + std::to_string(port_) + "/v1";
}

std::vector<Received> HostileServer::received() const {
  const std::scoped_lock lock(mutex_);
  return received_;
}

void HostileServer::accept_all(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    pollfd ready{listener_, POLLIN, 0};
    if (::poll(&ready, 1, 20) <= 0) continue;
    const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) continue;
    connections_.emplace_back([this, fd](const std::stop_token& token) { serve(fd, token); });
  }
}

void HostileServer::serve(int fd, const std::stop_token& stop) {
  const timeval patience{10, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  std::string bytes;
  std::size_t head_end = std::string::npos;
  std::size_t wanted = 0;
  std::string buffer(1 << 16, '\0');
  while (head_end == std::string::npos || bytes.size() < wanted) {
    const ssize_t got = ::recv(fd, buffer.data(), buffer.size(), 0);
    if (got <= 0) break;
    bytes.append(buffer.data(), static_cast<std::size_t>(got));
    if (head_end == std::string::npos) {
      head_end = bytes.find("\r\n\r\n");
      const std::size_t at = bytes.find("Content-Length: ");
      if (head_end != std::string::npos && at < head_end)
        wanted = head_end + 4 + static_cast<std::size_t>(std::strtoull(bytes.c_str() + at + 16, nullptr, 10));
    }
  }
  if (head_end != std::string::npos && bytes.size() >= wanted) {
    Received received;
    received.head = bytes.substr(0, head_end);
    received.body = bytes.substr(head_end + 4);
    {
      const std::scoped_lock lock(mutex_);
      received.index = static_cast<int>(received_.size());
      received_.push_back(received);
    }
    const int now = ++at_once_;
    int most = most_at_once_;
    while (now > most && !most_at_once_.compare_exchange_weak(most, now)) {
    }
    Exchange exchange(fd, stop, at_once_, most_at_once_);
    script_(received, exchange);
    exchange.leave();
  }
  ::close(fd);
}

}  // namespace metaspatial::chat
