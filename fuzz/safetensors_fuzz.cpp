// Weight files and their index: any bytes are tensors that lie in the file, none over another, or an error in
// one line.
//
// Input    the file; where it begins with "{" it is also read as model.safetensors.index.json.

#include <algorithm>
#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "bytes.hpp"
#include "metaspatial/base/error.hpp"
#include "metaspatial/vlm/safetensors.hpp"

namespace metaspatial::fuzz {
namespace {

void check_line(const Error& error) {
  METASPATIAL_CHECK(!error.message.empty() && to_string(error).find('\n') == std::string::npos,
                    "an error is one line");
}

void check_tensors(std::span<const std::byte> file, const std::map<std::string, vlm::TensorView>& tensors) {
  std::vector<std::span<const std::byte>> spans;
  for (const auto& [name, view] : tensors) {
    std::size_t bytes = vlm::item_bytes(view.dtype);
    for (const std::int64_t n : view.shape) bytes *= static_cast<std::size_t>(n);
    METASPATIAL_CHECK(bytes == view.bytes.size(), "as many bytes as the shape says");
    if (view.bytes.empty()) continue;
    METASPATIAL_CHECK(view.bytes.data() >= file.data() + 8 &&
                          view.bytes.data() + view.bytes.size() <= file.data() + file.size(),
                      "within the file");
    spans.push_back(view.bytes);
  }
  std::sort(spans.begin(), spans.end(), [](const auto& a, const auto& b) { return a.data() < b.data(); });
  for (std::size_t i = 1; i < spans.size(); ++i)
    METASPATIAL_CHECK(spans[i - 1].data() + spans[i - 1].size() <= spans[i].data(),
                      "no byte is two tensors'");
}

}  // namespace
}  // namespace metaspatial::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace metaspatial;
  const auto bytes = std::as_bytes(std::span(data, size));
  if (const auto tensors = vlm::read_safetensors(bytes, "file"))
    fuzz::check_tensors(bytes, *tensors);
  else
    fuzz::check_line(tensors.error());
  const std::string text{fuzz::text_of(data, size)};
  if (!text.starts_with('{')) return 0;
  if (const auto files = vlm::read_safetensors_index(text, "index")) {
    for (const auto& [name, file] : *files)
      METASPATIAL_CHECK(!file.empty() && file.find('/') == std::string::npos && file != ".." && file != ".",
                        "a name in the same folder");
  } else {
    fuzz::check_line(files.error());
  }
  return 0;
}
