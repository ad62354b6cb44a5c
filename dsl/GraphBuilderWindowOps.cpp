//===- GraphBuilderWindowOps.cpp - windows and constants as nodes ---------===//
// As GraphBuilderOps.cpp.
//===----------------------------------------------------------------------===//
#include "dsl/GraphBuilderNodes.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>

using namespace mlir;

namespace swin::dsl {
namespace {

using Kind = GraphParameter::Kind;

const std::vector<std::string> shiftRules = {"never", "axis", "map"};

ShiftRuleAttr shiftRule(NodeBuilder &node) {
  return ShiftRuleAttr::get(node.builder.getContext(),
                            static_cast<ShiftRule>(node.choice("unless_covered", shiftRules, 0)));
}

void cyclicShift(NodeBuilder &node) {
  Value x = node.map();
  Size offsets = node.size("by", -limits::multiple, limits::multiple);
  Size window = node.size("window", 1, limits::multiple + 1, Size{std::abs(offsets[0]) + 1, std::abs(offsets[1]) + 1});
  ShiftRuleAttr rule = shiftRule(node);
  if (!node.failed())
    node.give<CyclicShiftOp>(Form::Map, dimsOf(x), x, node.attribute(offsets), node.attribute(window), rule);
}

void windowPartition(NodeBuilder &node) {
  Value x = node.map();
  Size window = node.size("window", 1, limits::window);
  if (node.failed())
    return;
  Dims dims = dimsOf(x);
  Dims result = {dims[0], divided(dims[1], window[0], false), divided(dims[2], window[1], false), window[0] * window[1],
                 dims[3]};
  node.give<WindowPartitionOp>(Form::Windows, result, x, node.attribute(window));
}

void windowReverse(NodeBuilder &node) {
  Value x = node.windows();
  Size window = node.size("window", 1, limits::window);
  if (node.failed())
    return;
  Dims dims = dimsOf(x);
  Dims result = {dims[0], times(dims[1], window[0]), times(dims[2], window[1]), dims[4]};
  node.give<WindowReverseOp>(Form::Map, result, x, node.attribute(window));
}

void windowAttention(NodeBuilder &node) {
  Value qkv = node.windows();
  Size window = node.size("window", 1, limits::window), shift = node.size("shift", 0, limits::window, Size{0, 0});
  int64_t heads = node.integer("heads", 1, limits::heads);
  ShiftRuleAttr rule = shiftRule(node);
  bool isCosine = node.saysWeight("cosine");
  if (node.failed())
    return;
  Dims dims = dimsOf(qkv);
  int64_t channels = dims[4] / 3;
  if (dims[4] % 3)
    return node.error("", "reads " + std::to_string(dims[4]) + " channels",
                      "expected queries, keys and values, equally many of each");
  if (channels % heads)
    return node.error("heads", std::to_string(heads) + " heads do not divide " + std::to_string(channels) + " channels",
                      "expected a divisor");
  dims[4] = channels;
  double scale = node.number("scale", isCosine ? 1 : 1 / std::sqrt(static_cast<double>(channels / heads)));
  if (!std::isfinite(scale))
    return node.error("scale", "found a number that is not finite");
  Value table = node.weight("table", "relative_position_bias_table", {(2 * window[0] - 1) * (2 * window[1] - 1), heads},
                            Kind::Offset);
  Value cosine = isCosine ? node.weight("cosine", "cosine", {heads}, Kind::Gain) : Value();
  node.give<WindowAttentionOp>(Form::Windows, dims, qkv, table, cosine, node.builder.getI64IntegerAttr(heads),
                               node.attribute(scale), node.attribute(window), node.attribute(shift), rule);
}

void tokenMixing(NodeBuilder &node) {
  Value x = node.windows();
  int64_t heads = node.integer("heads", 1, limits::heads);
  if (node.failed())
    return;
  Dims dims = dimsOf(x);
  Value weight = node.weight("weight", "weight", {heads * dims[3], dims[3], 1});
  Value bias = node.weight("bias", "bias", {heads * dims[3]}, Kind::Offset);
  node.give<TokenMixingOp>(Form::Windows, dims, x, weight, bias, node.builder.getI64IntegerAttr(heads));
}

//===----------------------------------------------------------------------===//
// Constants
//===----------------------------------------------------------------------===//

void param(NodeBuilder &node) {
  std::vector<int64_t> shape = node.integers("shape", 1, 6);
  if (llvm::any_of(shape, [](int64_t size) { return size < 1; }))
    node.error("shape", "found a size below 1", "expected sizes of at least 1");
  if (Value value = node.weight("value", "", shape); value)
    node.keep(value);
}

void literal(NodeBuilder &node) {
  std::vector<double> values = node.numbers("values", 1, limits::literal);
  if (!node.failed())
    node.give<LiteralOp>(Form::Constant, {static_cast<int64_t>(values.size())},
                         node.builder.getDenseF64ArrayAttr(values));
}

void logCoords(NodeBuilder &node) {
  Size window = node.size("window", 1, limits::window);
  std::vector<double> step = {1, 1};
  if (node.has("step"))
    step = node.numbers("step", 2, 2);
  double gain = node.number("gain", 1);
  if (!node.failed())
    node.give<LogCoordsOp>(Form::Constant, {(2 * window[0] - 1) * (2 * window[1] - 1), 2}, node.attribute(window),
                           node.builder.getDenseF64ArrayAttr(step), node.attribute(gain));
}

void logitScale(NodeBuilder &node) {
  int64_t heads = node.integer("heads", 1, limits::heads);
  double max = node.number("max", std::log(100.0));
  Value logits = node.weight("logits", "", {heads, 1, 1}, Kind::Temperature);
  if (!node.failed())
    node.give<LogitScaleOp>(Form::Constant, {heads}, logits, node.attribute(max));
}

void qkvBias(NodeBuilder &node) {
  int64_t channels = node.integer("channels", 1, limits::channels);
  Value query = node.weight("query", "q_bias", {channels}, Kind::Offset);
  Value value = node.weight("value", "v_bias", {channels}, Kind::Offset);
  node.give<QkvBiasOp>(Form::Constant, {3 * channels}, query, value);
}

void scaleRows(NodeBuilder &node) {
  Value x = node.constant();
  double factor = node.number("by");
  if (node.failed())
    return;
  std::vector<int64_t> rows = {0, dimsOf(x)[0]};
  if (node.has("rows"))
    rows = node.integers("rows", 2, 2);
  node.give<ScaleRowsOp>(Form::Constant, dimsOf(x), x, node.attribute(rows), node.attribute(factor));
}

using Inputs = GraphOp::Inputs;

} // namespace

std::vector<GraphOp> windowOps() {
  return {
      {"cyclic_shift", Inputs::One, {"by", "window", "unless_covered"}, {}, cyclicShift},
      {"token_mixing", Inputs::One, {"heads"}, {"weight", "bias"}, tokenMixing},
      {"window_attention",
       Inputs::One,
       {"heads", "scale", "window", "shift", "unless_covered"},
       {"table", "cosine"},
       windowAttention},
      {"window_partition", Inputs::One, {"window"}, {}, windowPartition},
      {"window_reverse", Inputs::One, {"window"}, {}, windowReverse},
  };
}

std::vector<GraphOp> constantOps() {
  return {
      {"literal", Inputs::None, {"values"}, {}, literal},
      {"log_coords", Inputs::None, {"window", "step", "gain"}, {}, logCoords},
      {"logit_scale", Inputs::None, {"heads", "max"}, {"logits"}, logitScale},
      {"param", Inputs::None, {"shape"}, {"value"}, param},
      {"qkv_bias", Inputs::None, {"channels"}, {"query", "value"}, qkvBias},
      {"scale_rows", Inputs::One, {"rows", "by"}, {}, scaleRows},
  };
}

} // namespace swin::dsl
