#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "metaspatial/base/error.hpp"

namespace metaspatial {

/// One line of a stream, without its newline.
struct StreamLine {
  std::size_t number = 0;  ///< from 1; blank lines are counted
  std::string text;        ///< empty if it was too long
  bool too_long = false;
};

/// How much of a stream is held at once.
struct LineLimits {
  std::size_t max_line_bytes = std::size_t{16} << 20;  ///< a longer line is thrown away as it is read
  std::size_t max_batch_bytes = std::size_t{4} << 20;  ///< a batch is full when its lines reach this
};

/// Reads a stream line by line, in batches of what is there: a file comes in full batches, and of a pipe
/// whose writer waits for an answer every complete line comes right away. Move-only.
///
/// Threads  one at a time.
class LineReader {
 public:
  /// Opens a file, or takes standard input for "-".
  ///
  /// Errors   NotFound, InvalidInput for a folder, Io.
  [[nodiscard]] static Result<LineReader> open(const std::string& path, const LineLimits& limits = {});

  LineReader(LineReader&& other) noexcept;
  LineReader& operator=(LineReader&&) = delete;
  LineReader(const LineReader&) = delete;
  LineReader& operator=(const LineReader&) = delete;
  ~LineReader();

  /// Waits until a line is complete, then takes those that are, `max_lines` at most. Blank lines are left
  /// out; the last line needs no newline. Empty at the end of the stream, and only there.
  ///
  /// Errors   Io.
  /// Cost     memory of max_line_bytes + max_batch_bytes, whatever the stream holds.
  [[nodiscard]] Result<std::vector<StreamLine>> next(std::size_t max_lines);

  /// "standard input" or the path: for messages.
  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  LineReader() = default;
  bool take(StreamLine& line);
  [[nodiscard]] bool readable_now() const;
  [[nodiscard]] Result<void> fill();

  std::string name_;
  LineLimits limits_;
  int fd_ = -1;
  bool owned_ = false;
  bool end_ = false;
  bool too_long_ = false;     ///< the line at the front lost its beginning
  std::string buffer_;        ///< what was read
  std::size_t begin_ = 0;     ///< in buffer_: where the line at the front begins
  std::size_t searched_ = 0;  ///< in buffer_: no newline before this
  std::size_t number_ = 0;
};

}  // namespace metaspatial
