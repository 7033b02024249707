#pragma once

#include <torch/version.h>

/// What newer versions of libtorch have fused; older ones take the plain operations.
#define METASPATIAL_TORCH_AT_LEAST(major, minor) \
  (TORCH_VERSION_MAJOR > (major) || (TORCH_VERSION_MAJOR == (major) && TORCH_VERSION_MINOR >= (minor)))
