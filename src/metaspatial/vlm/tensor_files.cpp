#include "metaspatial/vlm/tensor_files.hpp"

#include <algorithm>
#include <cstring>

#include <ATen/Functions.h>
#include <c10/util/Exception.h>
#include <fmt/format.h>

namespace metaspatial::vlm {

namespace {

// Read at a time: few enough that a model takes little more than its own memory, and far above a page.
constexpr std::size_t kPortionBytes = std::size_t{4} << 20;

at::ScalarType scalar_type(DType dtype) {
  switch (dtype) {
    case DType::F32:
      return at::kFloat;
    case DType::BF16:
      return at::kBFloat16;
    case DType::F16:
      return at::kHalf;
    case DType::I64:
      return at::kLong;
  }
  return at::kFloat;
}

}  // namespace

bool is_storage_type(at::ScalarType type) {
  return type == at::kFloat || type == at::kBFloat16 || type == at::kHalf;
}

bool is_floating(DType dtype) {
  return dtype != DType::I64;
}

DType dtype_of(at::ScalarType type) {
  METASPATIAL_CHECK(is_storage_type(type), "a type that weights are stored in");
  return type == at::kFloat ? DType::F32 : type == at::kHalf ? DType::F16 : DType::BF16;
}

std::vector<std::string> names_in_files(const std::string& name) {
  std::vector<std::string> names{name};
  if (name.starts_with("model.")) names.push_back("model.language_model." + name.substr(6));
  if (name.starts_with("visual.")) names.push_back("model." + name);
  return names;
}

std::string shape_text(const std::vector<std::int64_t>& shape) {
  return fmt::format("({})", fmt::join(shape, ", "));
}

Result<at::Tensor> read_tensor(const SafetensorsFile& file, const TensorView& view,
                               std::optional<at::ScalarType> type, const std::string& where) {
  const at::ScalarType stored = scalar_type(view.dtype);
  const std::size_t item = item_bytes(view.dtype);
  try {
    at::Tensor out = at::empty(view.shape, type.value_or(stored));
    const at::Tensor flat = out.view({-1});
    // The bytes of a file lie at any address: they are copied before they are numbers.
    const std::size_t portion = std::min(kPortionBytes, view.bytes.size());
    const bool same = out.scalar_type() == stored;
    const at::Tensor buffer = at::empty({same ? 0 : static_cast<std::int64_t>(portion / item)}, stored);
    for (std::size_t done = 0; done < view.bytes.size(); done += portion) {
      const auto bytes = view.bytes.subspan(done, std::min(portion, view.bytes.size() - done));
      if (same) {
        std::memcpy(static_cast<std::byte*>(out.data_ptr()) + done, bytes.data(), bytes.size());
      } else {
        std::memcpy(buffer.data_ptr(), bytes.data(), bytes.size());
        const auto count = static_cast<std::int64_t>(bytes.size() / item);
        flat.narrow(0, static_cast<std::int64_t>(done / item), count).copy_(buffer.narrow(0, 0, count));
      }
      file.drop(bytes);
    }
    return out;
  } catch (const c10::Error&) {
    return fail(ErrorCode::OutOfMemory, fmt::format("no memory for a tensor {}", shape_text(view.shape)),
                where);
  }
}

bool same_bytes(const SafetensorsFile& file, const TensorView& a, const TensorView& b) {
  if (a.dtype != b.dtype || a.shape != b.shape) return false;
  for (std::size_t done = 0; done < a.bytes.size(); done += kPortionBytes) {
    const std::size_t count = std::min(kPortionBytes, a.bytes.size() - done);
    const auto of_a = a.bytes.subspan(done, count);
    const auto of_b = b.bytes.subspan(done, count);
    const bool same = std::memcmp(of_a.data(), of_b.data(), count) == 0;
    file.drop(of_a);
    file.drop(of_b);
    if (!same) return false;
  }
  return true;
}

}  // namespace metaspatial::vlm
