#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "metaspatial/base/error.hpp"
#include "metaspatial/base/files.hpp"

namespace metaspatial::app {

/// Where a command's lines go as they are made: standard output, each piece at once; or a file, which appears
/// whole when it is finished.
///
/// Threads  one at a time. On standard output SIGPIPE is ignored from here on, so that a reader who leaves is
///          an answer of write() and not a signal.
class OutputStream {
 public:
  /// Standard output for "" and "-".
  ///
  /// Errors   those of FileWriter::create.
  [[nodiscard]] static Result<OutputStream> open(const std::string& path);

  [[nodiscard]] bool is_file() const { return file_.has_value(); }

  /// Whether there is still someone to write for: false once the reader of standard output has left.
  ///
  /// Errors   Io.
  [[nodiscard]] Result<bool> write(std::string_view bytes);

  /// Gives the file its name; nothing to do on standard output. REQUIRES that it was not called before.
  [[nodiscard]] Result<void> finish();

 private:
  OutputStream() = default;
  std::optional<FileWriter> file_;
};

}  // namespace metaspatial::app
