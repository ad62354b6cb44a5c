//===- FastProduct.cpp - products of rows by seven products of quarters ----===//
// Winograd's variant of Strassen's algorithm (S. Winograd, On multiplication of 2 x 2
// matrices, 1971). Its sums of weights are constants (swin.pack_sums), those of
// activations are made once for all outputs, and those of products are initial values
// of other products, so that most of them cost nothing but a read.
//===----------------------------------------------------------------------===//
#include "codegen/algorithms/Algorithms.h"

using namespace Halide;

namespace swin::codegen {
namespace {

/// What the products multiply with the weight's parts, in their order.
std::vector<Expr> partsOf(const std::vector<Expr> &a) {
  Expr s1 = a[2] + a[3], s2 = s1 - a[0];
  return {a[0], a[1], a[1] - s2, a[3], s1, s2, a[0] - a[2]};
}

} // namespace

bool hasSums(const KernelGraph &graph) {
  for (const Node &node : graph.nodes)
    if (hasSums(graph, node))
      return true;
  return false;
}

Value quartersOf(Composer &composer, const Value &value) {
  if (value.half)
    return value;
  Value quarters = value;
  quarters.half = value.channels / 2;
  quarters.position = {composer.pair, composer.image, composer.quarter};
  quarters.func = Func("quarters");
  Expr channel = composer.c + composer.quarter % 2 * static_cast<int32_t>(quarters.half);
  quarters.func(at(composer.c, quarters.position)) =
      value.func(channel, composer.pair * 2 + composer.quarter / 2, composer.image);
  return quarters;
}

Value rowsOf(Composer &composer, const Value &value) {
  int32_t panel = panelWidth, panels = static_cast<int32_t>(value.half) / panel;
  Var c = composer.c, row = composer.row;
  // By panels, in which it is plain that a vector's channels are neighbours.
  Expr number = c / panel;
  Func rows("rows");
  rows(c, row, composer.image) =
      value.func(number % panels * panel + c % panel, row / 2, composer.image, row % 2 * 2 + number / panels);
  Value like = value;
  like.half = 0;
  like.position = composer.rowPosition();
  return composer.addStep(Step(Step::Kind::Gather, rows, value.channels), like, value.channels);
}

Value fastProduct(Composer &composer, const Node &node) {
  require(composer.graph.kind == KernelKind::Tokens, "a weight of sums is for kernels of tokens");
  const Value input = quartersOf(composer, composer.operand(node, 0));
  int32_t half = static_cast<int32_t>(composer.resultType(node).dims.back() / 2);
  int32_t terms = static_cast<int32_t>(input.half), panel = panelWidth;
  require(composer.type(node, 1).dims == std::vector<int64_t>{7, half / panel, terms, panel},
          "the weight of swin.linear must be seven sums of quarters, panels of 16 x " + std::to_string(terms));
  ImageParam &weights = composer.buffer(node, 1);
  Var c = composer.c, pair = composer.pair, image = composer.image, quarter = composer.quarter, part("part");

  SevenProducts seven;
  seven.half = half;
  seven.parts = Func("parts");
  std::vector<Expr> quarters;
  for (int i = 0; i < 4; ++i)
    quarters.push_back(input.func(c, pair, image, i));
  seven.parts(c, pair, image, part) = mux(part, partsOf(quarters));

  auto bias = [&](int side) {
    return node.operands.size() > 2 ? Expr(composer.buffer(node, 2)(c + side * half)) : Expr(0.0f);
  };
  size_t count = 0;
  // The product of part `number`, added to `initial`.
  auto product = [&](int number, const Expr &initial) {
    Func accumulator("fast_sum"), value("fast_product");
    RDom k(0, terms, "k");
    accumulator(c, pair, image) = initial;
    accumulator(c, pair, image) += seven.parts(k, pair, image, number) *
                                   weights(((number * (half / panel) + c / panel) * terms + k) * panel + c % panel);
    value(c, pair, image) = accumulator(c, pair, image);
    seven.accumulators[count] = accumulator;
    seven.values[count++] = value;
    return Expr(value(c, pair, image));
  };
  Expr p1 = product(0, 0.0f);
  Expr upperLeft = product(1, p1 + bias(0));
  Expr u2 = product(5, p1), u3 = product(6, u2);
  Expr p5 = product(4, 0.0f);
  Expr upperRight = product(2, u2 + p5 + bias(1));
  Expr lowerLeft = product(3, u3 + bias(0));
  Func value("product");
  value(c, pair, image, quarter) = mux(quarter, {upperLeft, upperRight, lowerLeft, u3 + p5 + bias(1)});

  Step step(Step::Kind::Product, value, 2 * half);
  step.terms = 2 * terms;
  step.seven = seven;
  Value result = composer.addStep(std::move(step), input, 2 * half);
  result.half = half;
  return result;
}

} // namespace swin::codegen
