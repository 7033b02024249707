#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
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

/// A name from a file in quotes, short enough and clean enough for an error line.
[[nodiscard]] std::string shown(std::string_view text);

/// Bytes of one value.
[[nodiscard]] std::size_t item_bytes(DType dtype);

/// The tensors of a file that is in memory, as views into it: every offset, shape and size is checked.
///
/// Errors   InvalidInput in one line that names `where` and, if there is one, the tensor.
/// Cost     O(n log n) for n tensors; the data are not read.
[[nodiscard]] Result<std::map<std::string, TensorView>> read_safetensors(std::span<const std::byte> file,
                                                                         const std::string& where);
/// model.safetensors.index.json: the name of the file that holds each tensor, none of which leads out of the
/// folder.
///
/// Errors   InvalidInput in one line.
[[nodiscard]] Result<std::map<std::string, std::string>> read_safetensors_index(std::string_view text,
                                                                                const std::string& where);

/// A memory-mapped .safetensors file, or a sharded set named by model.safetensors.index.json (of a folder
/// with both, the single file counts, as in transformers).
///
/// Errors   every offset, shape and size is checked against the file before a view is handed out. Index and
///          shards have to agree: a tensor in two files, in none, or in one that the index does not name is
///          InvalidInput.
class SafetensorsFile {
 public:
  [[nodiscard]] static Result<SafetensorsFile> open(const std::filesystem::path& file_or_directory);
  [[nodiscard]] const std::map<std::string, TensorView>& tensors() const { return tensors_; }
  /// Gives back the memory of pages whose bytes were read; they are read from the file again if need be.
  /// REQUIRES `bytes` to be a part of a view's.
  void drop(std::span<const std::byte> bytes) const;
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

/// Type and shape of a tensor whose bytes come later.
struct TensorPlan {
  DType dtype = DType::F32;
  std::vector<std::int64_t> shape;
};
/// The bytes of a tensor, good until the next call.
using TensorBytes = std::function<std::span<const std::byte>(const std::string& name)>;

/// Writes one file atomically; tensors in name order, so the same tensors give the same bytes. `bytes` is
/// called once per tensor, in that order: only one needs to be in memory at a time.
///
/// Errors   Io (disk full, no permission); the old file is then untouched.
[[nodiscard]] Result<void> write_safetensors(const std::filesystem::path& path,
                                             const std::map<std::string, TensorPlan>& tensors,
                                             const TensorBytes& bytes,
                                             const std::map<std::string, std::string>& metadata = {});
/// The same for tensors that are all in memory.
[[nodiscard]] Result<void> write_safetensors(const std::filesystem::path& path,
                                             const std::map<std::string, TensorView>& tensors,
                                             const std::map<std::string, std::string>& metadata = {});

}  // namespace metaspatial::vlm
