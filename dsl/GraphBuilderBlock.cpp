//===- GraphBuilderBlock.cpp - one block of any family --------------------===//
#include "dsl/GraphBuilderLayers.h"

#include "llvm/ADT/STLFunctionalExtras.h"

#include <algorithm>
#include <cmath>

using namespace mlir;

namespace swin::dsl {
namespace {

/// Temperatures of cosine attention are at most that, before exp.
const double maxLogitScale = std::log(100.0);

ShiftRule shiftRule(BlockGeometry::Rule rule) {
  switch (rule) {
  case BlockGeometry::Rule::Never:
    return ShiftRule::Never;
  case BlockGeometry::Rule::Axis:
    return ShiftRule::Axis;
  case BlockGeometry::Rule::Map:
    return ShiftRule::Map;
  }
  llvm_unreachable("rule of a shift");
}

class Block {
public:
  Block(Layers &layers, const std::string &layer, size_t stage, int64_t block)
      : layers(layers), spec(layers.spec), form(layers.form), builder(layers.builder), stage(stage), block(block),
        name(layer), mixing(name + (form.mixing == BlockForm::Mixing::Tokens ? ".spatial_mlp" : ".attn")),
        channels(spec.channels(stage)), heads(spec.stages[stage].heads),
        geometry(blockGeometry(spec, layers.semantics, stage, block)) {}

  Value add(Value x) {
    x = addBranch(mixing, ".norm1", x, [&](Value map) { return mix(map, x); });
    x = addBranch(name + ".mlp", ".norm2", x, [&](Value map) { return mlp(map); });
    return hasExtraNorm(spec, stage, block) ? layers.norm(name + ".norm3", x, spec.layerNormEpsilon) : x;
  }

private:
  Location at(const Twine &layer) { return layers.at(layer); }

  /// `x` and what the branch makes of it, normed in front or behind.
  Value addBranch(const std::string &layer, const char *norm, Value x, llvm::function_ref<Value(Value)> branch) {
    Value added = form.normsBehind ? branch(x) : layers.norm(name + norm, x, spec.layerNormEpsilon);
    added = form.normsBehind ? layers.norm(name + norm, added, spec.layerNormEpsilon) : branch(added);
    return AddOp::create(builder, at(layer), x.getType(), x, added);
  }

  Value mlp(Value x) {
    Value hidden = layers.linear(name + ".mlp.fc1", x, spec.hidden(stage));
    hidden = activate(hidden);
    return layers.linear(name + ".mlp.fc2", hidden, channels);
  }

  Value activate(Value x) {
    Location place = at(name + ".mlp");
    switch (spec.activation) {
    case Activation::Gelu:
      return GeluOp::create(builder, place, x.getType(), x);
    case Activation::GeluTanh:
      return GeluTanhOp::create(builder, place, x.getType(), x);
    case Activation::QuickGelu:
      return QuickGeluOp::create(builder, place, x.getType(), x);
    case Activation::Silu:
      return SiluOp::create(builder, place, x.getType(), x);
    case Activation::Relu:
      return ReluOp::create(builder, place, x.getType(), x);
    }
    llvm_unreachable("activation");
  }

  //===------------------------------------------------------------------===//
  // From a map to windows and back
  //===------------------------------------------------------------------===//

  /// From `map`, of the size of the block's input `x`, to one of that size.
  Value mix(Value map, Value x) {
    Value padded = layers.rules.rollsFirst ? pad(shift(map, 1)) : shift(pad(map), 1);
    Size window = geometry.window;
    Dims dims = dimsOf(padded);
    Dims cut = {dims[0], divided(dims[1], window[0], false), divided(dims[2], window[1], false), window[0] * window[1],
                channels};
    Value windows = WindowPartitionOp::create(builder, at(mixing), layers.tensor(cut), padded, layers.numbers(window));
    windows = form.mixing == BlockForm::Mixing::Tokens ? mixTokens(windows) : attend(windows);
    Value whole =
        WindowReverseOp::create(builder, at(mixing), padded.getType(), windows, layers.numbers(geometry.window));
    return layers.rules.rollsFirst ? shift(crop(whole, x), -1) : crop(shift(whole, -1), x);
  }

  /// Without attention nothing tells tokens apart that a roll brought together: there zeros take their place.
  bool rolls() const { return form.mixing != BlockForm::Mixing::Tokens && geometry.shift != Size{0, 0}; }
  bool padsBefore() const { return form.mixing == BlockForm::Mixing::Tokens && geometry.shift != Size{0, 0}; }
  DenseI64ArrayAttr before() {
    if (!padsBefore())
      return {};
    return layers.numbers({geometry.window[0] - geometry.shift[0], geometry.window[1] - geometry.shift[1]});
  }
  /// Maps of restoration models are whole windows from the start, but for windows that were clipped.
  bool isWhole() const { return spec.restoration && geometry.window == spec.stages[stage].window; }
  bool pads() const { return padsBefore() || !(layers.rules.needsWindows || isWhole()); }

  ShiftRuleAttr ruleOfShift() {
    return ShiftRuleAttr::get(builder.getContext(), rolls() ? shiftRule(geometry.rule) : ShiftRule::Never);
  }

  Value shift(Value map, int64_t sign) {
    if (!rolls())
      return map;
    return CyclicShiftOp::create(builder, at(mixing), map.getType(), map,
                                 layers.numbers({sign * geometry.shift[0], sign * geometry.shift[1]}),
                                 layers.numbers(geometry.window), ruleOfShift());
  }

  Value pad(Value map) {
    if (!pads())
      return map;
    Dims dims = dimsOf(map);
    DenseI64ArrayAttr first = before();
    for (int axis : {0, 1}) {
      int64_t window = geometry.window[axis], size = dims[1 + axis];
      if (first && !ShapedType::isDynamic(size))
        size += first[axis];
      dims[1 + axis] = times(divided(size, window, true), window);
    }
    return PadOp::create(builder, at(mixing), layers.tensor(dims), map, layers.numbers(geometry.window), first);
  }

  Value crop(Value map, Value like) {
    if (!pads())
      return map;
    return CropOp::create(builder, at(mixing), like.getType(), map, like, before(), /*factor=*/DenseI64ArrayAttr());
  }

  //===------------------------------------------------------------------===//
  // Inside windows
  //===------------------------------------------------------------------===//

  Value mixTokens(Value windows) {
    int64_t tokens = geometry.window[0] * geometry.window[1];
    Value weight = layers.param(mixing + ".weight", {heads * tokens, tokens, 1});
    Value bias = layers.param(mixing + ".bias", heads * tokens);
    return TokenMixingOp::create(builder, at(mixing), windows.getType(), windows, weight, bias,
                                 builder.getI64IntegerAttr(heads));
  }

  Value attend(Value windows) {
    Value qkv = queriesKeysValues(windows);
    Value table = positionTable(), cosine = temperatures();
    double scale = cosine ? 1 : 1 / std::sqrt(static_cast<double>(channels / heads));
    windows = WindowAttentionOp::create(builder, at(mixing), windows.getType(), qkv, table, cosine,
                                        builder.getI64IntegerAttr(heads), layers.number(scale),
                                        layers.numbers(geometry.window), layers.numbers(geometry.shift), ruleOfShift());
    return layers.linear(mixing + ".proj", windows, channels);
  }

  Value queriesKeysValues(Value windows) {
    const std::string layer = mixing + ".qkv";
    if (form.keyBias || !spec.qkvBias)
      return layers.linear(layer, windows, 3 * channels, spec.qkvBias);
    Value weight = layers.param(layer + ".weight", {3 * channels, channels});
    Value query = layers.param(mixing + ".q_bias", channels), value = layers.param(mixing + ".v_bias", channels);
    Value bias = QkvBiasOp::create(builder, at(layer), layers.tensor(3 * channels), query, value);
    return layers.linear(layer, windows, weight, bias);
  }

  Value temperatures() {
    if (form.mixing != BlockForm::Mixing::CosineAttention)
      return {};
    Value logits = layers.param(mixing + ".logit_scale", logitScaleShape(form, heads));
    return LogitScaleOp::create(builder, at(mixing), layers.tensor(heads), logits, layers.number(maxLogitScale));
  }

  /// A bias for each relative position and head, ((2 wh - 1)(2 ww - 1), heads).
  Value positionTable() {
    int64_t rows = (2 * geometry.window[0] - 1) * (2 * geometry.window[1] - 1);
    if (form.bias == BlockForm::Bias::Table)
      return layers.param(mixing + ".relative_position_bias_table", {rows, heads});
    const PositionMlp &mlp = positionMlpOf(form.bias);
    Value table = layers.linear(mixing + mlp.first, positions(rows), mlp.hidden);
    table = ReluOp::create(builder, at(mixing), table.getType(), table);
    table = layers.linear(mixing + mlp.second, table, heads, mlp.secondBias);
    if (form.bias != BlockForm::Bias::SquashedMlp)
      return table;
    table = SigmoidOp::create(builder, at(mixing), table.getType(), table);
    return ScaleRowsOp::create(builder, at(mixing), table.getType(), table, layers.numbers({0, rows}),
                               layers.number(16));
  }

  Value positions(int64_t rows) {
    bool squashed = form.bias == BlockForm::Bias::SquashedMlp;
    std::array<double, 2> steps = {1, 1};
    if (squashed)
      steps = positionSteps(spec.stages[stage], geometry.window);
    double gain = squashed ? 1 / std::log(8.0) : 1;
    return LogCoordsOp::create(builder, at(mixing), layers.tensor({rows, 2}), layers.numbers(geometry.window),
                               builder.getDenseF64ArrayAttr(steps), layers.number(gain));
  }

  Layers &layers;
  const Spec &spec;
  const BlockForm &form;
  OpBuilder &builder;
  const size_t stage;
  const int64_t block;
  const std::string name, mixing; ///< layers: of the block, and of what mixes its tokens
  const int64_t channels, heads;
  const BlockGeometry geometry;
};

} // namespace

Value addBlock(Layers &layers, const std::string &layer, size_t stage, int64_t block, Value x) {
  return Block(layers, layer, stage, block).add(x);
}

} // namespace swin::dsl
