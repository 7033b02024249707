#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

#include "metaspatial/base/error.hpp"

namespace metaspatial {

/// Reads a whole file.
///
/// Errors   NotFound if it does not exist, InvalidInput if it is a directory or larger than `max_bytes`, Io.
[[nodiscard]] Result<std::string> read_file(const std::filesystem::path& path,
                                            std::size_t max_bytes = std::size_t{1} << 30);

/// A file that is written piece by piece and appears whole: a reader (or a crash) sees the old bytes or the
/// new ones, never a part. The pieces go to a temporary file in the same folder, which commit() renames;
/// without commit() it is removed, and the old file stays. Move-only.
///
/// Threads  one at a time.
class FileWriter {
 public:
  /// Creates the parent folders and the temporary file.
  ///
  /// Errors   Io (no permission, a parent that is no folder).
  [[nodiscard]] static Result<FileWriter> create(const std::filesystem::path& path);

  FileWriter(FileWriter&& other) noexcept;
  FileWriter& operator=(FileWriter&& other) noexcept;
  FileWriter(const FileWriter&) = delete;
  FileWriter& operator=(const FileWriter&) = delete;
  ~FileWriter();

  /// Appends to the temporary file.
  ///
  /// Errors   Io (disk full).
  [[nodiscard]] Result<void> write(std::string_view bytes);
  /// Flushes to disk and renames. REQUIRES that it was not called before.
  ///
  /// Errors   Io; the old file is then untouched.
  [[nodiscard]] Result<void> commit();

 private:
  FileWriter() = default;
  void discard();
  std::filesystem::path path_;
  std::string temporary_;  ///< empty once renamed or removed
  int fd_ = -1;
};

/// Writes a file as FileWriter does, in one go.
///
/// Errors   Io (disk full, no permission); the old file is then untouched.
[[nodiscard]] Result<void> write_file_atomic(const std::filesystem::path& path, std::string_view bytes);

}  // namespace metaspatial
