#include "metaspatial/app/output_stream.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <system_error>
#include <utility>

namespace metaspatial::app {

Result<OutputStream> OutputStream::open(const std::string& path) {
  OutputStream stream;
  if (path.empty() || path == "-") {
    std::fflush(stdout);  // what was printed comes first
    std::signal(SIGPIPE, SIG_IGN);
    return stream;
  }
  METASPATIAL_TRY(FileWriter file, FileWriter::create(path));
  stream.file_ = std::move(file);
  return stream;
}

Result<bool> OutputStream::write(std::string_view bytes) {
  if (file_) {
    METASPATIAL_TRY_VOID(file_->write(bytes));
    return true;
  }
  while (!bytes.empty()) {
    const ssize_t n = ::write(STDOUT_FILENO, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 &&
        (errno == EAGAIN || errno == EWOULDBLOCK)) {  // the reader's end may have made it non-blocking
      pollfd wanted{STDOUT_FILENO, POLLOUT, 0};
      ::poll(&wanted, 1, -1);
      continue;
    }
    if (n < 0 && errno == EPIPE) return false;
    if (n < 0)
      return fail(ErrorCode::Io, fmt::format("cannot write: {}", std::generic_category().message(errno)),
                  "standard output");
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

Result<void> OutputStream::finish() {
  if (!file_) return {};
  return file_->commit();
}

}  // namespace metaspatial::app
