#include "metaspatial/vlm/weights.hpp"

#include "metaspatial/vlm/ops.hpp"

namespace metaspatial::vlm {

at::Tensor apply(const Linear& linear, const at::Tensor& x, bool bf16) {
  return ops::linear(x, linear.weight, linear.bias, bf16);
}

at::Tensor merged_weight(const Linear& linear) {
  return linear.weight;
}

}  // namespace metaspatial::vlm
