#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "metaspatial/base/error.hpp"
#include "metaspatial/base/json.hpp"

/// TensorBoard's event files, written without TensorFlow and without protobuf: four kinds of message with
/// eight fields in all.
///
/// Source   tensorflow/core/lib/io/record_writer.h (framing), tensorflow/core/util/event.proto,
///          tensorflow/core/framework/summary.proto; the encoding of protocol buffers,
///          protobuf.dev/programming-guides/encoding.
namespace metaspatial::rl {

/// CRC-32C (Castagnoli, reflected polynomial 0x82f63b78), as iSCSI defines it.
///
/// Source   RFC 3720, appendix B.4, whose vectors the test has.
[[nodiscard]] std::uint32_t crc32c(std::string_view bytes);

/// One record of an event file: length (8 bytes, little-endian), masked CRC of the length, the bytes, masked
/// CRC of the bytes. Masked: rotated right by 15 bits, plus 0xa282ead8.
[[nodiscard]] std::string event_record(std::string_view event);

/// The record that every event file begins with: `file_version` "brain.Event:2".
[[nodiscard]] std::string file_version_record(double wall_time_s);

/// The record (SessionLog START at step 0) that has a TensorBoard which is looking at the run forget all that
/// it read so far: after it stands what is true now.
[[nodiscard]] std::string session_start_record(double wall_time_s);

/// One event with a scalar per finite number of a line of metrics.jsonl, "step" excepted, under the line's
/// keys after `prefix`, in the line's order. Values are float32, as TensorBoard's are. Empty if there is
/// none.
///
/// REQUIRES a JSON object.
[[nodiscard]] std::string scalars_record(const Json& line, double wall_time_s, std::string_view prefix = {});

/// The event file of a run.
///
/// Threads  one at a time.
class EventFile {
 public:
  /// Makes a new file with these records in `folder`, which is made if need be. Its name sorts after those of
  /// the event files there, of which the newest stays, for a TensorBoard that is reading it, and the others
  /// go: the records are to begin with file_version_record() and session_start_record(), which make up for
  /// it.
  ///
  /// Errors   Io.
  [[nodiscard]] static Result<EventFile> create(const std::filesystem::path& folder, double wall_time_s,
                                                std::string_view records);
  /// Errors   Io (disk full).
  [[nodiscard]] Result<void> append(std::string_view records);
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace metaspatial::rl
