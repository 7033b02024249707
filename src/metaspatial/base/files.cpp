#include "metaspatial/base/files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

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

Result<FileWriter> FileWriter::create(const std::filesystem::path& path) {
  std::error_code error;
  if (path.has_parent_path()) {
    std::filesystem::create_directories(path.parent_path(), error);
    if (error)
      return fail(ErrorCode::Io, fmt::format("cannot create folder: {}", error.message()),
                  path.parent_path().string());
  }
  FileWriter writer;
  writer.path_ = path;
  writer.temporary_ = fmt::format("{}.tmp.{}", path.string(), ::getpid());
  writer.fd_ = ::open(writer.temporary_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (writer.fd_ < 0) {
    writer.temporary_.clear();
    return fail(ErrorCode::Io, fmt::format("cannot write: {}", errno_text()), path.string());
  }
  return writer;
}

FileWriter::FileWriter(FileWriter&& other) noexcept
    : path_(std::move(other.path_)),
      temporary_(std::exchange(other.temporary_, {})),
      fd_(std::exchange(other.fd_, -1)) {}

FileWriter& FileWriter::operator=(FileWriter&& other) noexcept {
  if (this != &other) {
    discard();
    path_ = std::move(other.path_);
    temporary_ = std::exchange(other.temporary_, {});
    fd_ = std::exchange(other.fd_, -1);
  }
  return *this;
}

FileWriter::~FileWriter() {
  discard();
}

void FileWriter::discard() {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  if (!temporary_.empty()) ::unlink(std::exchange(temporary_, {}).c_str());
}

Result<void> FileWriter::write(std::string_view bytes) {
  METASPATIAL_CHECK(fd_ >= 0, "a file that was renamed takes no more bytes");
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd_, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return fail(ErrorCode::Io, fmt::format("cannot write: {}", errno_text()), path_.string());
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return {};
}

Result<void> FileWriter::commit() {
  METASPATIAL_CHECK(fd_ >= 0, "a file is renamed once");
  if (::fsync(fd_) != 0 || ::rename(temporary_.c_str(), path_.c_str()) != 0)
    return fail(ErrorCode::Io, fmt::format("cannot write: {}", errno_text()), path_.string());
  temporary_.clear();
  ::close(std::exchange(fd_, -1));
  return {};
}

Result<void> write_file_atomic(const std::filesystem::path& path, std::string_view bytes) {
  METASPATIAL_TRY(FileWriter writer, FileWriter::create(path));
  METASPATIAL_TRY_VOID(writer.write(bytes));
  return writer.commit();
}

}  // namespace metaspatial
