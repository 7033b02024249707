#include "metaspatial/app/arguments.hpp"

#include <charconv>
#include <cstdio>

#include "metaspatial/base/files.hpp"

namespace metaspatial::app {

Result<scene::RoomSize> parse_size(std::string_view text) {
  const auto wrong = [&] {
    return fail(ErrorCode::Usage,
                "expected length x width x height in metres, each in (0, 100], like 6x4x3; got '" +
                    std::string(text) + "'",
                "--size");
  };
  double sides_m[3] = {};
  const char* at = text.data();
  const char* const end = at + text.size();
  for (int i = 0; i < 3; ++i) {
    if (i > 0) {
      if (at == end || (*at != 'x' && *at != 'X')) return wrong();
      ++at;
    }
    const auto [rest, error] = std::from_chars(at, end, sides_m[i], std::chars_format::fixed);
    if (error != std::errc() || !(sides_m[i] > 0) || !(sides_m[i] <= 100)) return wrong();
    at = rest;
  }
  if (at != end) return wrong();
  return scene::RoomSize{sides_m[0], sides_m[1], sides_m[2]};
}

Result<std::string> read_input(const std::string& path) {
  if (path != "-") return read_file(path);
  constexpr std::size_t limit = std::size_t{1} << 30;
  std::string bytes;
  char buffer[1 << 16];
  while (const std::size_t n = std::fread(buffer, 1, sizeof buffer, stdin)) {
    bytes.append(buffer, n);
    if (bytes.size() > limit) return invalid("more than 1 GiB", "standard input");
  }
  if (std::ferror(stdin) != 0) return fail(ErrorCode::Io, "cannot be read", "standard input");
  return bytes;
}

Result<void> write_output(const std::string& path, std::string_view bytes) {
  if (!path.empty() && path != "-") return write_file_atomic(path, bytes);
  if (std::fwrite(bytes.data(), 1, bytes.size(), stdout) != bytes.size())
    return fail(ErrorCode::Io, "cannot be written", "standard output");
  return {};
}

}  // namespace metaspatial::app
