#include "metaspatial/base/files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>

namespace metaspatial {

namespace {
std::string errno_text() {
  return std::generic_category().message(errno);
}
}  // namespace

Result<std::string> read_file(const std::filesystem::path& path, std::size_t max_bytes) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    return fail(errno == ENOENT || errno == ENOTDIR ? ErrorCode::NotFound : ErrorCode::Io,
                fmt::format("cannot open: {}", errno_text()), path.string());
  }
  struct Closer {
    int fd;
    ~Closer() { ::close(fd); }
  } closer{fd};
  struct stat info {};
  if (::fstat(fd, &info) == 0 && S_ISDIR(info.st_mode))
    return invalid("is a folder; expected a file", path.string());
  std::string bytes;
  if (S_ISREG(info.st_mode))
    bytes.reserve(std::min<std::size_t>(static_cast<std::size_t>(info.st_size), max_bytes));
  char buffer[1 << 16];
  while (true) {
    const ssize_t n = ::read(fd, buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return fail(ErrorCode::Io, fmt::format("cannot read: {}", errno_text()), path.string());
    if (n == 0) return bytes;
    bytes.append(buffer, static_cast<std::size_t>(n));
    if (bytes.size() > max_bytes)
      return invalid(fmt::format("is larger than the limit of {} bytes", max_bytes), path.string());
  }
}

Result<void> write_file_atomic(const std::filesystem::path& path, std::string_view bytes) {
  std::error_code error;
  if (path.has_parent_path()) {
    std::filesystem::create_directories(path.parent_path(), error);
    if (error)
      return fail(ErrorCode::Io, fmt::format("cannot create folder: {}", error.message()),
                  path.parent_path().string());
  }
  const std::string temporary = fmt::format("{}.tmp.{}", path.string(), ::getpid());
  const int fd = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0) return fail(ErrorCode::Io, fmt::format("cannot write: {}", errno_text()), path.string());
  std::size_t done = 0;
  bool good = true;
  while (good && done < bytes.size()) {
    const ssize_t n = ::write(fd, bytes.data() + done, bytes.size() - done);
    if (n < 0 && errno == EINTR) continue;
    good = n > 0;
    if (good) done += static_cast<std::size_t>(n);
  }
  good = good && ::fsync(fd) == 0;
  std::string reason = good ? "" : errno_text();
  ::close(fd);
  if (good && ::rename(temporary.c_str(), path.c_str()) != 0) {
    good = false;
    reason = errno_text();
  }
  if (!good) {
    ::unlink(temporary.c_str());
    return fail(ErrorCode::Io, fmt::format("cannot write: {}", reason), path.string());
  }
  return {};
}

}  // namespace metaspatial
