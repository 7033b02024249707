#include "metaspatial/vlm/recompute.hpp"

#include <utility>

#include <ATen/Functions.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/custom_class.h>

namespace metaspatial::vlm {

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::variable_list;
using Body = std::function<at::Tensor(const at::Tensor&)>;

/// A body as autograd's context can hold it.
struct HeldBody : torch::CustomClassHolder {
  explicit HeldBody(Body b) : body(std::move(b)) {}
  Body body;
};

class Recompute : public Function<Recompute> {
 public:
  // `anchor` needs a gradient even if x does not: a first layer's weights do.
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const at::Tensor& /*anchor*/,
                            const Body& body) {
    context->save_for_backward({x});
    context->saved_data["body"] = at::IValue::make_capsule(c10::make_intrusive<HeldBody>(body));
    return body(x);  // gradient mode is off in here
  }
  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list saved = context->get_saved_variables();
    const auto held = context->saved_data["body"].toCapsule();
    const at::Tensor x = saved[0].detach().set_requires_grad(context->needs_input_grad(0));
    at::Tensor y;
    {
      const c10::AutoGradMode with_gradient(true);
      y = static_cast<const HeldBody&>(*held).body(x);
    }
    if (y.requires_grad()) y.backward(gradients[0]);
    return {x.grad(), at::Tensor(), at::Tensor()};
  }
};

}  // namespace

at::Tensor recomputed(const at::Tensor& x, Body body) {
  return Recompute::apply(x, at::empty({0}, x.options().requires_grad(c10::nullopt)).set_requires_grad(true),
                          body);
}

}  // namespace metaspatial::vlm
