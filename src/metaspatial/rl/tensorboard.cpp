#include "metaspatial/rl/tensorboard.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <fstream>
#include <system_error>
#include <vector>

#include "metaspatial/base/files.hpp"

namespace metaspatial::rl {

namespace {

constexpr std::string_view kFileName = "events.out.tfevents.";
constexpr std::string_view kSuffix = ".metaspatial";

constexpr std::array<std::uint32_t, 256> crc32c_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1U) ^ ((crc & 1U) != 0 ? 0x82f63b78U : 0U);
    table[byte] = crc;
  }
  return table;
}

template <class Unsigned>
void append_little_endian(std::string& out, Unsigned value) {
  for (std::size_t i = 0; i < sizeof value; ++i)
    out += static_cast<char>(static_cast<unsigned char>(value >> (8 * i) & 0xffU));
}

void append_masked_crc(std::string& out, std::string_view bytes) {
  append_little_endian(out, std::rotr(crc32c(bytes), 15) + 0xa282ead8U);
}

/// The fields of one protobuf message, appended in the order of the calls.
class Message {
 public:
  /// An int64, int32 or enum.
  Message& varint(unsigned field, std::int64_t value) {
    raw_varint(std::uint64_t{field} << 3U);
    raw_varint(static_cast<std::uint64_t>(value));
    return *this;
  }
  Message& fixed64(unsigned field, double value) {
    raw_varint(std::uint64_t{field} << 3U | 1U);
    append_little_endian(bytes_, std::bit_cast<std::uint64_t>(value));
    return *this;
  }
  Message& fixed32(unsigned field, float value) {
    raw_varint(std::uint64_t{field} << 3U | 5U);
    append_little_endian(bytes_, std::bit_cast<std::uint32_t>(value));
    return *this;
  }
  /// A string, bytes, or another message.
  Message& bytes(unsigned field, std::string_view value) {
    raw_varint(std::uint64_t{field} << 3U | 2U);
    raw_varint(value.size());
    bytes_ += value;
    return *this;
  }
  [[nodiscard]] const std::string& encoded() const { return bytes_; }

 private:
  void raw_varint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7U)
      bytes_ += static_cast<char>(static_cast<unsigned char>(value | 0x80U));
    bytes_ += static_cast<char>(value);
  }
  std::string bytes_;
};

// Field numbers of event.proto and summary.proto.
constexpr unsigned kEventWallTime = 1;
constexpr unsigned kEventStep = 2;
constexpr unsigned kEventFileVersion = 3;
constexpr unsigned kEventSummary = 5;
constexpr unsigned kEventSessionLog = 7;
constexpr unsigned kSessionLogStatus = 1;
constexpr std::int64_t kSessionLogStart = 1;
constexpr unsigned kSummaryValue = 1;
constexpr unsigned kValueTag = 1;
constexpr unsigned kValueSimple = 2;

Message event(double wall_time_s, std::int64_t step) {
  Message message;
  message.fixed64(kEventWallTime, wall_time_s);
  if (step != 0) message.varint(kEventStep, step);
  return message;
}

/// The event files of a folder, and the highest number in their names.
struct FoundFiles {
  std::vector<std::filesystem::path> paths;
  std::filesystem::path newest_path;
  std::int64_t newest = -1;
};
FoundFiles event_files(const std::filesystem::path& folder) {
  FoundFiles found;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(kFileName)) continue;
    found.paths.push_back(entry.path());
    std::int64_t number = 0;
    const char* begin = name.data() + kFileName.size();
    const auto [end, bad] = std::from_chars(begin, name.data() + name.size(), number);
    // Whatever else has such a name (an atomic write that was cut off) is not one of ours.
    if (bad != std::errc() || std::string_view(end) != kSuffix || number <= found.newest) continue;
    found.newest = number;
    found.newest_path = entry.path();
  }
  return found;
}

}  // namespace

std::uint32_t crc32c(std::string_view bytes) {
  static constexpr auto kTable = crc32c_table();
  std::uint32_t crc = 0xffffffffU;
  for (const char c : bytes) crc = kTable[(crc ^ static_cast<unsigned char>(c)) & 0xffU] ^ (crc >> 8U);
  return crc ^ 0xffffffffU;
}

std::string event_record(std::string_view event) {
  std::string out;
  append_little_endian(out, static_cast<std::uint64_t>(event.size()));
  append_masked_crc(out, out);
  out += event;
  append_masked_crc(out, event);
  return out;
}

std::string file_version_record(double wall_time_s) {
  return event_record(event(wall_time_s, 0).bytes(kEventFileVersion, "brain.Event:2").encoded());
}

std::string session_start_record(double wall_time_s) {
  const Message log = Message().varint(kSessionLogStatus, kSessionLogStart);
  return event_record(event(wall_time_s, 0).bytes(kEventSessionLog, log.encoded()).encoded());
}

std::string scalars_record(const Json& line, double wall_time_s, std::string_view prefix) {
  Message summary;
  for (const auto& [key, value] : line.items()) {
    if (key == "step" || !value.is_number()) continue;
    const double number = value.get<double>();
    if (!std::isfinite(number)) continue;
    const Message scalar = Message()
                               .bytes(kValueTag, std::string(prefix) + key)
                               .fixed32(kValueSimple, static_cast<float>(number));
    summary.bytes(kSummaryValue, scalar.encoded());
  }
  if (summary.encoded().empty()) return {};
  return event_record(event(wall_time_s, line.value("step", std::int64_t{0}))
                          .bytes(kEventSummary, summary.encoded())
                          .encoded());
}

Result<EventFile> EventFile::create(const std::filesystem::path& folder, double wall_time_s,
                                    std::string_view records) {
  const FoundFiles old = event_files(folder);
  // TensorBoard reads a folder's files in the order of their names.
  const std::int64_t number = std::max(static_cast<std::int64_t>(wall_time_s), old.newest + 1);
  EventFile file;
  file.path_ = folder / fmt::format("{}{:010}{}", kFileName, number, kSuffix);
  METASPATIAL_TRY_VOID(write_file_atomic(file.path_, records));
  for (const std::filesystem::path& path : old.paths) {
    // A TensorBoard that is reading it goes on to the new file only if it is still there.
    if (path == old.newest_path) continue;
    std::error_code error;
    std::filesystem::remove(path, error);
    if (error) return fail(ErrorCode::Io, "cannot remove: " + error.message(), path.string());
  }
  return file;
}

Result<void> EventFile::append(std::string_view records) {
  std::ofstream file(path_, std::ios::app | std::ios::binary);
  file << records;
  file.flush();
  if (!file) return fail(ErrorCode::Io, "cannot write", path_.string());
  return {};
}

}  // namespace metaspatial::rl
