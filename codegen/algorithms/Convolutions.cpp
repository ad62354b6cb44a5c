//===- Convolutions.cpp - sums over the tokens around one -----------------===//
#include "codegen/algorithms/Algorithms.h"

using namespace Halide;

namespace swin::codegen {
namespace {

struct Geometry {
  int32_t rows, columns, strideRows, strideColumns, padRows, padColumns;
};

Geometry geometryOf(const Node &node) {
  auto at = [&](const char *name, int axis) { return static_cast<int32_t>(node.ints.at(name)[axis]); };
  return {at("kernel", 0), at("kernel", 1), at("stride", 0), at("stride", 1), at("padding", 0), at("padding", 1)};
}

/// The map with zeros around it, read from its first row and column of zeros on. Tokens further out are tails of
/// register tiles: they read something of the map, and nothing of it is stored.
Func surrounded(Composer &composer, const Value &input, const Geometry &geometry) {
  Var c = composer.c, x = composer.x, y = composer.y, image = composer.image;
  Expr column = x - geometry.padColumns, row = y - geometry.padRows;
  Expr inside = Internal::const_true();
  if (geometry.padColumns)
    inside = inside && column >= 0 && column < input.width;
  if (geometry.padRows)
    inside = inside && row >= 0 && row < input.height;
  auto token = [&](const Func &func, const Expr &channel) {
    Expr value = func(channel, clamp(column, 0, input.width - 1), clamp(row, 0, input.height - 1), image);
    return geometry.padColumns || geometry.padRows ? select(inside, value, 0.0f) : value;
  };
  Func block("surrounded");
  if (input.pieces.empty()) {
    block(c, x, y, image) = token(input.func, c);
    return block;
  }
  // Part by part: which map a channel comes from is no question within a loop.
  block(c, x, y, image) = undef<float>();
  for (const MapResult::Piece &piece : input.pieces) {
    RDom channel(0, piece.channels, "channel");
    block(piece.first + channel, x, y, image) = token(piece.value, channel);
  }
  return block;
}

} // namespace

bool isConvolved(const Composer &composer, const Value &value) {
  return value.step >= 0 && composer.pipeline.steps[value.step].kind == Step::Kind::Convolve;
}

Value convolve(Composer &composer, const Node &node) {
  const Value &input = composer.operand(node, 0);
  require(composer.graph.kind == KernelKind::Conv && composer.pipeline.steps.empty(),
          "a kernel of kind conv has one convolution, and no other kind has any");
  Geometry geometry = geometryOf(node);
  bool depthwise = node.op == "depthwise_conv2d";
  int32_t channels = static_cast<int32_t>(input.channels), panel = static_cast<int32_t>(panelWidth);
  int32_t outputs = static_cast<int32_t>(composer.resultType(node).dims.back());
  int32_t terms = geometry.rows * geometry.columns * (depthwise ? 1 : channels);
  const std::vector<int64_t> &packed = composer.type(node, 1).dims;
  require(packed == std::vector<int64_t>{paddedChannels(outputs) / panelWidth, terms, panelWidth},
          "the weight of swin." + node.op + " must be packed to panels of " + std::to_string(panelWidth) +
              " channels of " + std::to_string(terms));

  Value map = input;
  auto count = [](const Expr &size, int32_t padding, int32_t kernel, int32_t stride) {
    return (size + (2 * padding - kernel)) / stride + 1;
  };
  map.height = count(input.height, geometry.padRows, geometry.rows, geometry.strideRows);
  map.width = count(input.width, geometry.padColumns, geometry.columns, geometry.strideColumns);
  map.factor = 1;
  map.shifted = false;

  Func block = surrounded(composer, input, geometry);
  composer.addStep(Step(Step::Kind::Gather, block, paddedChannels(channels)), input, channels);

  Var c = composer.c, x = composer.x, y = composer.y, image = composer.image;
  ImageParam &weights = composer.buffer(node, 1);
  Func sums("convolution_sum"), value("convolution");
  sums(c, x, y, image) = node.operands.size() > 2 ? Expr(composer.buffer(node, 2)(c)) : Expr(0.0f);
  auto add = [&](const Expr &channel, const Expr &term, const Expr &column, const Expr &row) {
    sums(c, x, y, image) += block(channel, x * geometry.strideColumns + column, y * geometry.strideRows + row, image) *
                            weights(((c / panel) * terms + term) * panel + c % panel);
  };
  if (depthwise) {
    RDom k(0, geometry.columns, 0, geometry.rows, "k");
    add(c, k.y * geometry.columns + k.x, k.x, k.y);
  } else {
    RDom k(0, channels, 0, geometry.columns, 0, geometry.rows, "k");
    add(k.x, (k.z * geometry.columns + k.y) * channels + k.x, k.y, k.z);
  }
  value(c, x, y, image) = sums(c, x, y, image);

  Step step(Step::Kind::Convolve, value, paddedChannels(outputs));
  step.terms = terms;
  step.accumulator = sums;
  step.sum = value;
  step.convolution = Convolution{
      depthwise, channels, outputs, geometry.rows, geometry.columns, geometry.strideRows, geometry.strideColumns};
  return composer.addStep(std::move(step), map, outputs);
}

} // namespace swin::codegen
