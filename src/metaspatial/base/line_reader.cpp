#include "metaspatial/base/line_reader.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <system_error>
#include <utility>

namespace metaspatial {

namespace {

constexpr std::size_t kReadBytes = std::size_t{1} << 18;

std::string errno_text() {
  return std::generic_category().message(errno);
}

bool blank(std::string_view text) {
  return text.find_first_not_of(" \t\r") == std::string_view::npos;
}

}  // namespace

Result<LineReader> LineReader::open(const std::string& path, const LineLimits& limits) {
  LineReader reader;
  reader.limits_ = limits;
  if (path == "-") {
    reader.name_ = "standard input";
    reader.fd_ = STDIN_FILENO;
    return reader;
  }
  reader.name_ = path;
  reader.fd_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  reader.owned_ = true;
  if (reader.fd_ < 0) {
    return fail(errno == ENOENT || errno == ENOTDIR ? ErrorCode::NotFound : ErrorCode::Io,
                fmt::format("cannot open: {}", errno_text()), path);
  }
  struct stat info {};
  if (::fstat(reader.fd_, &info) == 0 && S_ISDIR(info.st_mode))
    return invalid("is a folder; expected a file", path);
  return reader;
}

LineReader::LineReader(LineReader&& other) noexcept
    : name_(std::move(other.name_)),
      limits_(other.limits_),
      fd_(std::exchange(other.fd_, -1)),
      owned_(std::exchange(other.owned_, false)),
      end_(other.end_),
      too_long_(other.too_long_),
      buffer_(std::move(other.buffer_)),
      begin_(other.begin_),
      searched_(other.searched_),
      number_(other.number_) {}

LineReader::~LineReader() {
  if (owned_ && fd_ >= 0) ::close(fd_);
}

/// Takes the line at the front if it is complete, blank or not.
bool LineReader::take(StreamLine& line) {
  const std::size_t newline = buffer_.find('\n', searched_);
  const bool whole = newline != std::string::npos;
  const std::size_t stop = whole ? newline : buffer_.size();
  if (stop - begin_ > limits_.max_line_bytes) too_long_ = true;
  if (!whole && too_long_) {
    buffer_.clear();
    begin_ = searched_ = 0;
  } else if (!whole) {
    searched_ = stop;
  }
  // The last line may do without a newline.
  if (!whole && !(end_ && (begin_ < buffer_.size() || too_long_))) return false;
  line.number = ++number_;
  line.too_long = std::exchange(too_long_, false);
  line.text.clear();
  if (!line.too_long) line.text.assign(buffer_, begin_, stop - begin_);
  begin_ = searched_ = std::min(buffer_.size(), stop + 1);
  return true;
}

bool LineReader::readable_now() const {
  pollfd wanted{fd_, POLLIN, 0};
  return ::poll(&wanted, 1, 0) > 0;
}

Result<void> LineReader::fill() {
  buffer_.erase(0, begin_);
  searched_ -= begin_;
  begin_ = 0;
  const std::size_t before = buffer_.size();
  buffer_.resize(before + kReadBytes);
  ssize_t n = 0;
  while ((n = ::read(fd_, buffer_.data() + before, kReadBytes)) < 0) {
    if (errno == EINTR) continue;
    if (errno == EAGAIN || errno == EWOULDBLOCK) {  // the writer's end may have made it non-blocking
      pollfd wanted{fd_, POLLIN, 0};
      ::poll(&wanted, 1, -1);
      continue;
    }
    return fail(ErrorCode::Io, fmt::format("cannot read: {}", errno_text()), name_);
  }
  buffer_.resize(before + static_cast<std::size_t>(n));
  end_ = n == 0;
  return {};
}

Result<std::vector<StreamLine>> LineReader::next(std::size_t max_lines) {
  std::vector<StreamLine> lines;
  std::size_t bytes = 0;
  StreamLine line;
  while (true) {
    while (lines.size() < max_lines && bytes < limits_.max_batch_bytes && take(line)) {
      if (!line.too_long && blank(line.text)) continue;
      bytes += line.text.size();
      lines.push_back(std::exchange(line, {}));
    }
    const bool full = lines.size() >= max_lines || bytes >= limits_.max_batch_bytes;
    // Who waits for an answer writes nothing more: what is complete must not wait for what is not there.
    if (full || end_ || (!lines.empty() && !readable_now())) return lines;
    METASPATIAL_TRY_VOID(fill());
  }
}

}  // namespace metaspatial
