//===- Pool.cpp - reductions over a map -----------------------------------===//
#include "codegen/algorithms/Algorithms.h"

using namespace Halide;

namespace swin::codegen {

Value meanPool(Composer &composer, const Node &node) {
  const Value &input = composer.operand(node, 0);
  Value vector = input;
  Var image("image"), c = composer.c;
  vector.position = {image};
  vector.height = vector.width = 1;
  Expr tokens = input.height * input.width;
  Func sum("pool_sum"), mean("pool");
  RDom token(0, tokens, "token");
  sum(c, image) = 0.0f;
  sum(c, image) += input.func(c, image * tokens + token);
  mean(c, image) = sum(c, image) / cast<float>(tokens);
  Step step(Step::Kind::Pool, mean, paddedChannels(input.channels));
  step.accumulator = sum;
  return composer.addStep(std::move(step), vector, input.channels);
}

} // namespace swin::codegen
