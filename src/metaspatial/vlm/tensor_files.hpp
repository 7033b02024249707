#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "metaspatial/base/error.hpp"
#include "metaspatial/vlm/safetensors.hpp"

/// Tensors of libtorch from and to safetensors files.
namespace metaspatial::vlm {

/// float32, bfloat16 or float16.
[[nodiscard]] bool is_storage_type(at::ScalarType type);
[[nodiscard]] bool is_floating(DType dtype);
/// REQUIRES is_storage_type(type).
[[nodiscard]] DType dtype_of(at::ScalarType type);

/// Both layouts' names of a weight or module whose name before transformers 4.52 is `name`: that one, and the
/// newer one if it differs.
[[nodiscard]] std::vector<std::string> names_in_files(const std::string& name);

/// "(3, 4)".
[[nodiscard]] std::string shape_text(const std::vector<std::int64_t>& shape);

/// A copy of a tensor of a file, on the CPU, in `type` or as it is stored.
///
/// REQUIRES is_floating(view.dtype), `view` of `file`.
/// Errors   OutOfMemory.
/// Cost     the copy's memory and a few MiB: the file's pages are given back as they are read.
[[nodiscard]] Result<at::Tensor> read_tensor(const SafetensorsFile& file, const TensorView& view,
                                             std::optional<at::ScalarType> type, const std::string& where);

/// Whether two tensors of a file are the same: type, shape, bytes.
[[nodiscard]] bool same_bytes(const SafetensorsFile& file, const TensorView& a, const TensorView& b);

}  // namespace metaspatial::vlm
