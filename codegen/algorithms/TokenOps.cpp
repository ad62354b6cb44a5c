//===- TokenOps.cpp - ops on each token by itself -------------------------===//
#include "codegen/algorithms/Algorithms.h"
#include "codegen/algorithms/Elementary.h"

using namespace Halide;

namespace swin::codegen {
namespace {

/// The sum of a row's partial sums, pairwise: short chains, and lane l meets lane l + half.
Expr sumOfLanes(const Func &sums, const std::vector<Var> &position) {
  std::vector<Expr> terms;
  for (int lane = 0; lane < panelWidth; ++lane)
    terms.push_back(sums(at(lane, position)));
  for (size_t half = terms.size() / 2; half > 0; half /= 2)
    for (size_t i = 0; i < half; ++i)
      terms[i] = terms[i] + terms[i + half];
  return terms[0];
}

} // namespace

Value layerNorm(Composer &composer, const Node &node) {
  const Value &input = composer.operand(node, 0);
  const std::vector<Var> &position = input.position;
  int32_t channels = static_cast<int32_t>(input.channels), width = static_cast<int32_t>(paddedChannels(channels));
  Var lane("lane"), c = composer.c;
  Func first("norm_first"), sum("norm_sum"), mean("norm_mean"), squares("norm_squares"), scale("norm_scale"),
      value("norm");

  // Two passes over a row that lies in the first cache, its first element taken off: a large mean, which f32 could
  // not hold to the precision of the differences, is never formed.
  constexpr int32_t panel = panelWidth;
  first(position) = input.func(at(Expr(0), position));
  auto shifted = [&](const Expr &channel) { return input.func(at(channel, position)) - first(position); };
  // Strict, or the two numbers that are taken off one after the other become one again.
  auto centred = [&](const Expr &channel) { return strict_float(shifted(channel) - mean(position)); };
  // Pad lanes are zero, and not so any more without the first element.
  auto inside = [&](const Expr &channel, const Expr &term) {
    return width == channels ? term : select(channel < channels, term, 0.0f);
  };
  RDom k(0, width / panel, "k");
  Expr place = k * panel + lane;
  sum(at(lane, position)) = 0.0f;
  sum(at(lane, position)) += inside(place, shifted(place));
  mean(position) = sumOfLanes(sum, position) / static_cast<float>(channels);
  RDom k2(0, width / panel, "k2");
  Expr place2 = k2 * panel + lane;
  Expr difference = inside(place2, centred(place2));
  squares(at(lane, position)) = 0.0f;
  squares(at(lane, position)) += difference * difference;
  scale(position) = 1.0f / sqrt(sumOfLanes(squares, position) / static_cast<float>(channels) +
                                static_cast<float>(node.floats.at("epsilon")));

  Expr normed = centred(c) * scale(position);
  // Gain and offset are zero behind the last channel; without them the pad lanes need it said.
  if (node.operands.size() == 3)
    normed = normed * composer.buffer(node, 1)(c) + composer.buffer(node, 2)(c);
  else
    normed = inside(c, normed);
  value(at(c, position)) = normed;

  Step step(Step::Kind::Norm, value, width);
  step.sums = {sum, squares};
  step.scalars = {first, mean, scale};
  return composer.addStep(std::move(step), input, channels);
}

Value product(Composer &composer, const Node &node, const Value &input, int64_t terms) {
  const TensorType &weight = composer.type(node, 1);
  require(weight.dims.size() == 3 && weight.dims[1] == terms && weight.dims[2] == panelWidth,
          "the weight of swin." + node.op + " must be packed to panels of " + std::to_string(panelWidth) + " rows of " +
              std::to_string(terms));
  int64_t channels = composer.resultType(node).dims.back();
  int32_t panel = static_cast<int32_t>(panelWidth), length = static_cast<int32_t>(terms);
  ImageParam &weights = composer.buffer(node, 1);
  Var c = composer.c;
  Func accumulator("product_sum"), value("product");
  RDom k(0, length, "k");
  accumulator(at(c, input.position)) = node.operands.size() > 2 ? Expr(composer.buffer(node, 2)(c)) : Expr(0.0f);
  accumulator(at(c, input.position)) +=
      input.func(at(k, input.position)) * weights(((c / panel) * length + k) * panel + c % panel);
  value(at(c, input.position)) = accumulator(at(c, input.position));

  Step step(Step::Kind::Product, value, paddedChannels(channels));
  step.terms = terms;
  step.accumulator = accumulator;
  step.sum = value;
  return composer.addStep(std::move(step), input, channels);
}

Value linear(Composer &composer, const Node &node) {
  if (hasSums(composer.graph, node))
    return fastProduct(composer, node);
  const Value &input = composer.operand(node, 0);
  return product(composer, node, input, input.channels);
}

Value elementwise(Composer &composer, const Node &node) {
  const Value &input = composer.operand(node, 0);
  const Elementwise &op = *elementwiseOf(node.op);
  Var c = composer.c;
  Func value(node.op);
  Expr result = op.function(input.func(at(Expr(c), input.position)));
  if (!op.keepsZero && input.channels != paddedChannels(input.channels))
    result = select(c < static_cast<int32_t>(input.channels), result, 0.0f);
  value(at(c, input.position)) = result;
  return composer.extendStep(value, {&input});
}

Value leakyRelu(Composer &composer, const Node &node) {
  const Value &input = composer.operand(node, 0);
  Func value("leaky_relu");
  Expr x = input.func(at(Expr(composer.c), input.position));
  value(at(composer.c, input.position)) = select(x > 0.0f, x, static_cast<float>(node.floats.at("slope")) * x);
  return composer.extendStep(value, {&input});
}

Value affine(Composer &composer, const Node &node) {
  const Value &input = composer.operand(node, 0);
  Var c = composer.c;
  Func value("affine");
  // Constants are followed by zeros, so that pad lanes stay 0.
  value(at(c, input.position)) =
      input.func(at(Expr(c), input.position)) * composer.buffer(node, 1)(c) + composer.buffer(node, 2)(c);
  return composer.extendStep(value, {&input});
}

Value add(Composer &composer, const Node &node) {
  Value lhs = composer.operand(node, 0), rhs = composer.operand(node, 1);
  if (lhs.half || rhs.half) {
    lhs = quartersOf(composer, lhs);
    rhs = quartersOf(composer, rhs);
  }
  require(lhs.position.size() == rhs.position.size(), "operands of swin.add lie differently");
  Func value("add");
  value(at(composer.c, lhs.position)) =
      lhs.func(at(Expr(composer.c), lhs.position)) + rhs.func(at(Expr(composer.c), lhs.position));
  return composer.extendStep(value, {&lhs, &rhs});
}

Value addPosition(Composer &composer, const Node &node) {
  const Value &input = composer.operand(node, 0);
  bool map = composer.ofMaps();
  require(map || !composer.places, "swin.add_position is for rows of a map, not for windows");
  const std::vector<int64_t> &sizes = node.ints.at("map");
  int32_t tokens = static_cast<int32_t>(sizes[0] * sizes[1]), channels = static_cast<int32_t>(input.channels);
  Var c = composer.c;
  Expr token = map ? composer.y * static_cast<int32_t>(sizes[1]) + composer.x
                   : (composer.paired ? min(composer.row, tokens - 1) : remainder(input.position.front(), tokens));
  // Rows of the constant have no padding: behind a row stands the next one, and behind the last nothing may be read.
  bool padded = paddedChannels(channels) != channels;
  int32_t last = tokens * channels - 1;
  Expr address = token * channels + c;
  address = unsafe_promise_clamped(padded ? min(address, last) : address, 0, last);
  Expr position = composer.buffer(node, 1)(address);
  Func value("positioned");
  value(at(c, input.position)) =
      input.func(at(Expr(c), input.position)) + (padded ? select(c < channels, position, 0.0f) : position);
  return composer.extendStep(value, {&input});
}

} // namespace swin::codegen
