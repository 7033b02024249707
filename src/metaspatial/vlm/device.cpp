#include "metaspatial/vlm/device.hpp"

#include <dlfcn.h>

#include <ATen/Context.h>
#include <fmt/format.h>

namespace metaspatial::vlm {

Result<at::Device> compute_device(std::string_view name) {
  if (name == "cpu") return at::Device(at::kCPU);
  if (name != "cuda") return invalid(fmt::format("device: expected cpu or cuda, got '{}'", name));
  // Before libtorch is first asked about CUDA: it remembers the answer. Never closed: what the library
  // registers stays for the life of the process.
  std::string reason = "no GPU is found";
  if (dlopen("libtorch_cuda.so", RTLD_NOW | RTLD_GLOBAL) == nullptr) {
    const char* error = dlerror();
    if (error != nullptr) reason = error;
  }
  if (!at::hasCUDA()) return invalid("device cuda: " + reason);
  return at::Device(at::kCUDA, 0);
}

}  // namespace metaspatial::vlm
