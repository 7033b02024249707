#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "metaspatial/base/error.hpp"

namespace metaspatial::vlm {

enum class DType { F32, BF16, F16, I64 };

/// One tensor of a file: borrowed bytes of the mapped file.
struct TensorView {
  DType dtype = DType::F32;
  std::vector<std::int64_t> shape;
  std::span<const std::byte> bytes;
};

/// A memory-mapped .safetensors file, or a sharded set named by model.safetensors.index.json.
///
/// Errors   every offset, shape and size is checked against the file before a view is handed out.
class SafetensorsFile {
 public:
  [[nodiscard]] static Result<SafetensorsFile> open(const std::filesystem::path& file_or_directory);
  [[nodiscard]] const std::map<std::string, TensorView>& tensors() const { return tensors_; }
  ~SafetensorsFile();
  SafetensorsFile(SafetensorsFile&&) noexcept;
  SafetensorsFile& operator=(SafetensorsFile&&) noexcept;

 private:
  SafetensorsFile() = default;
  struct Mapping {
    void* address = nullptr;
    std::size_t size = 0;
  };
  std::vector<Mapping> mappings_;
  std::map<std::string, TensorView> tensors_;
};

/// Writes one file atomically; tensors in name order, so the same tensors give the same bytes.
[[nodiscard]] Result<void> write_safetensors(const std::filesystem::path& path,
                                             const std::map<std::string, TensorView>& tensors,
                                             const std::map<std::string, std::string>& metadata = {});

}  // namespace metaspatial::vlm
