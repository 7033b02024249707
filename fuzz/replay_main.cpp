// Replays a corpus through a fuzz target without libFuzzer: each file as it is, then with a number of small
// changes, the same on every run.
//
//     fuzz_response [--changes N] FILE-OR-FOLDER...
//
// If the target ends the program, the input is written to ./crash-input and a line says where it came from.

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "metaspatial/base/files.hpp"
#include "metaspatial/base/rng.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

using metaspatial::Rng;

constexpr std::size_t kLongest = 1 << 16;

/// What is being run, for the signal handler.
struct Current {
  std::string input;
  std::string origin;
};
Current& current() {
  static Current value;
  return value;
}

/// Only calls that POSIX allows in a signal handler.
extern "C" void report_crash(int number) {
  const Current& now = current();
  const int file = open("crash-input", O_CREAT | O_TRUNC | O_WRONLY, 0644);
  if (file >= 0) {
    if (write(file, now.input.data(), now.input.size()) < 0) _exit(1);
    close(file);
  }
  if (write(STDERR_FILENO, now.origin.data(), now.origin.size()) < 0) _exit(1);
  std::signal(number, SIG_DFL);
  std::raise(number);
}

void run(std::string input, std::string_view path, int change) {
  current().origin = fmt::format("replay: {}, change {}; the input is in ./crash-input\n", path, change);
  current().input = std::move(input);
  // A copy of exactly this size, so that the address sanitizer sees a read past its end.
  const std::vector<std::uint8_t> bytes(current().input.begin(), current().input.end());
  LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
}

/// One to four changes: bytes, pieces, numbers and words that parsers trip over.
std::string changed(std::string text, const std::string& other, Rng& rng) {
  static constexpr std::array<std::string_view, 24> kPieces = {"0",
                                                               "-0",
                                                               "1e999",
                                                               "-1e-999",
                                                               "NaN",
                                                               "Infinity",
                                                               "null",
                                                               "true",
                                                               "[",
                                                               "]",
                                                               "{",
                                                               "}",
                                                               "\"",
                                                               "\\",
                                                               "\\ud800",
                                                               "\\u0000",
                                                               ",",
                                                               ":",
                                                               "\xff",
                                                               "\xed\xa0\x80",
                                                               "\xf0\x9f\x98\x80",
                                                               "</answer>",
                                                               "9007199254740993",
                                                               "\xef\xbb\xbf"};
  for (std::size_t n = 1 + rng.below(4); n > 0; --n) {
    const std::size_t at = rng.below(text.size() + 1);
    const std::size_t length = std::min(1 + rng.below(16), text.size() - at);
    switch (rng.below(7)) {
      case 0:
        if (at < text.size()) text[at] = static_cast<char>(rng.below(256));
        break;
      case 1:
        text.erase(at, length);
        break;
      case 2:
        text.insert(at, rng.pick(kPieces));
        break;
      case 3:
        text.replace(at, length, rng.pick(kPieces));
        break;
      case 4:
        text.insert(rng.below(text.size() + 1), text.substr(at, 4 * length));
        break;
      case 5:
        text.resize(at);
        break;
      default:
        text = text.substr(0, at) + other.substr(rng.below(other.size() + 1));
    }
  }
  if (text.size() > kLongest) text.resize(kLongest);
  return text;
}

std::vector<std::string> files_of(const std::vector<std::string>& places) {
  namespace fs = std::filesystem;
  std::vector<std::string> files;
  for (const std::string& place : places) {
    if (!fs::is_directory(place)) {
      files.push_back(place);
      continue;
    }
    for (const auto& entry : fs::recursive_directory_iterator(place))
      if (entry.is_regular_file()) files.push_back(entry.path().string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> places(argv + 1, argv + argc);
  int changes = 0;
  if (places.size() >= 2 && places[0] == "--changes") {
    const std::string& text = places[1];
    if (std::from_chars(text.data(), text.data() + text.size(), changes).ec != std::errc{}) changes = -1;
    places.erase(places.begin(), places.begin() + 2);
  }
  if (places.empty() || changes < 0) {
    fmt::print(stderr, "usage: {} [--changes N] FILE-OR-FOLDER...\n", argv[0]);
    return 2;
  }
  for (const int number : {SIGABRT, SIGSEGV, SIGFPE, SIGILL, SIGBUS}) std::signal(number, report_crash);
  std::vector<std::string> texts;
  const std::vector<std::string> files = files_of(places);
  for (const std::string& file : files) {
    auto text = metaspatial::read_file(file);
    if (!text) {
      fmt::print(stderr, "replay: {}\n", metaspatial::to_string(text.error()));
      return 1;
    }
    texts.push_back(*std::move(text));
  }
  if (texts.empty()) {
    fmt::print(stderr, "replay: the corpus is empty\n");
    return 1;
  }
  for (std::size_t i = 0; i < texts.size(); ++i) {
    run(texts[i], files[i], 0);
    Rng rng{metaspatial::hash_bytes(texts[i])};
    for (int change = 1; change <= changes; ++change)
      run(changed(texts[i], rng.pick(texts), rng), files[i], change);
  }
  fmt::print("{} files, {} inputs\n", texts.size(), texts.size() * (1 + static_cast<std::size_t>(changes)));
  return 0;
}
