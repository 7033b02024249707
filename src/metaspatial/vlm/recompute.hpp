#pragma once

#include <functional>

#include <ATen/core/Tensor.h>

namespace metaspatial::vlm {

/// body(x), of whose intermediate results nothing is kept for the backward pass but x: there body runs again
/// (gradient checkpointing).
///
/// Gradients are those of body(x), bit for bit where its operations give the same bits twice. What body
/// captures must stay the same until the backward pass; leaves that it captures get their gradients added to
/// .grad, so that backward() is the only way to them (not autograd::grad()).
///
/// REQUIRES that something needs a gradient: x, or a leaf that body captures.
/// Threads  any, each with its own graph; backward passes may nest.
/// Cost     one more forward pass of body.
/// Source   Chen et al. 2016, Training Deep Nets with Sublinear Memory Cost.
[[nodiscard]] at::Tensor recomputed(const at::Tensor& x, std::function<at::Tensor(const at::Tensor&)> body);

}  // namespace metaspatial::vlm
