#pragma once

#include <string_view>

#include <c10/core/Device.h>

#include "metaspatial/base/error.hpp"

namespace metaspatial::vlm {

/// The device "cpu" or "cuda", ready for use.
///
/// The GPU's half of libtorch is a library of its own. A program that does not link it (see
/// cmake/torch.cmake) loads it here, by name, so that the same program also runs where there is no CUDA.
///
/// REQUIRES for cuda: called before other uses of libtorch that ask for CUDA.
/// Errors   InvalidInput for another name, and for cuda where libtorch has none or there is no GPU.
[[nodiscard]] Result<at::Device> compute_device(std::string_view name);

}  // namespace metaspatial::vlm
