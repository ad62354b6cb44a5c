//===- GraphBuilder.cpp - a spec becomes a graph --------------------------===//
#include "dsl/GraphBuilder.h"

#include "dsl/Rules.h"
#include "passes/dialect/Swin.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/Verifier.h"

#include <algorithm>
#include <cmath>
#include <map>

using namespace mlir;

namespace swin::dsl {
namespace {

/// Of all norms but those of blocks and the final one.
constexpr double plainEpsilon = 1e-5;

/// Sizes of a tensor, ShapedType::kDynamic where unknown.
using Dims = SmallVector<int64_t>;

int64_t divided(int64_t size, int64_t divisor, bool up) {
  if (ShapedType::isDynamic(size))
    return size;
  return (size + (up ? divisor - 1 : 0)) / divisor;
}

int64_t times(int64_t size, int64_t factor) { return ShapedType::isDynamic(size) ? size : size * factor; }

Dims dimsOf(Value value) { return Dims(cast<RankedTensorType>(value.getType()).getShape()); }

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

class Builder {
public:
  Builder(const Spec &spec, Semantics semantics, MLIRContext &context)
      : spec(spec), semantics(semantics), rules(rulesOf(semantics)), builder(&context) {}

  OwningOpRef<ModuleOp> build() {
    OwningOpRef<ModuleOp> module = ModuleOp::create(builder, builder.getUnknownLoc());
    builder.setInsertionPointToEnd(module->getBody());
    auto free = [](int64_t size) { return size == 0 ? ShapedType::kDynamic : size; };
    Type image = tensor({free(spec.batch), spec.imageChannels, free(spec.fixed[0]), free(spec.fixed[1])});
    auto forward = func::FuncOp::create(builder, at("forward"), "forward", builder.getFunctionType(image, {}));
    builder.setInsertionPointToEnd(forward.addEntryBlock());
    std::vector<std::string> names = outputsOf(spec, semantics);
    addNetwork(forward.getArgument(0), names);
    for (const std::string &name : names)
      OutputOp::create(builder, at(name), results.at(name), name);
    func::ReturnOp::create(builder, at("forward"));
    return module;
  }

private:
  Location at(const Twine &layer) { return NameLoc::get(builder.getStringAttr(layer)); }
  RankedTensorType tensor(ArrayRef<int64_t> dims) { return RankedTensorType::get(dims, builder.getF32Type()); }

  //===------------------------------------------------------------------===//
  // Parts that have parameters
  //===------------------------------------------------------------------===//

  Value param(const std::string &name, ArrayRef<int64_t> shape) {
    return ParamOp::create(builder, at(StringRef(name).rsplit('.').first), tensor(shape), name);
  }

  Value norm(const std::string &layer, Value x, double epsilon) {
    int64_t channels = dimsOf(x).back();
    Value gamma = param(layer + ".weight", channels), beta = param(layer + ".bias", channels);
    return LayerNormOp::create(builder, at(layer), x.getType(), x, gamma, beta, builder.getF64FloatAttr(epsilon));
  }

  Value linear(const std::string &layer, Value x, int64_t outputs, bool bias = true) {
    Dims dims = dimsOf(x);
    Value weight = param(layer + ".weight", {outputs, dims.back()});
    Value added = bias ? param(layer + ".bias", outputs) : Value();
    dims.back() = outputs;
    return LinearOp::create(builder, at(layer), tensor(dims), x, weight, added);
  }

  //===------------------------------------------------------------------===//
  // The network
  //===------------------------------------------------------------------===//

  /// Fills `results` with at least `names`, and builds nothing that none of them needs.
  void addNetwork(Value image, ArrayRef<std::string> names) {
    auto wanted = [&](const std::string &name) { return llvm::is_contained(names, name); };
    bool pooled = wanted("features") || wanted("logits");
    size_t count = spec.stages.size();
    auto stageName = [](size_t stage) { return "stage" + std::to_string(stage + 1); };
    while (!pooled && count > 1 && !wanted(stageName(count - 1)))
      --count;

    Value x = embed(image);
    for (size_t stage = 0; stage < count; ++stage) {
      if (stage > 0)
        x = merge(stage - 1, x);
      x = addStage(stage, x);
      if (wanted(stageName(stage)))
        results[stageName(stage)] = stageMap(stage, x);
    }
    if (!pooled)
      return;
    x = norm("norm", x, spec.layerNormEpsilon);
    Value features = MeanPoolOp::create(builder, at("avgpool"), tensor({dimsOf(x)[0], dimsOf(x)[3]}), x);
    results["features"] = features;
    if (wanted("logits"))
      results["logits"] = linear("head", features, spec.numClasses);
  }

  Value embed(Value image) {
    Value weight = param("patch_embed.proj.weight", {spec.embedding, spec.imageChannels, spec.patch[0], spec.patch[1]});
    Value bias = param("patch_embed.proj.bias", spec.embedding);
    Dims dims = dimsOf(image);
    Dims result = {dims[0], divided(dims[2], spec.patch[0], rules.padsImage),
                   divided(dims[3], spec.patch[1], rules.padsImage), spec.embedding};
    auto op = PatchEmbedOp::create(builder, at("patch_embed.proj"), tensor(result), image, weight, bias,
                                   builder.getDenseI64ArrayAttr(spec.patch), /*pad=*/UnitAttr());
    op.setPad(rules.padsImage);
    return spec.patchNorm ? norm("patch_embed.norm", op, plainEpsilon) : op.getResult();
  }

  Value addStage(size_t stage, Value x) {
    std::string layer = "layers." + std::to_string(stage);
    Size window = blockGeometry(spec, semantics, stage, 0).window;
    if (rules.needsOneWindow)
      x = checkSize(layer, x, window, {1, 1});
    if (rules.needsWindows)
      x = checkSize(layer, x, {1, 1}, window);
    for (int64_t block = 0; block < spec.stages[stage].depth; ++block)
      x = addBlock(stage, block, x);
    return x;
  }

  Value checkSize(const std::string &layer, Value x, Size min, Size multiple) {
    return CheckSizeOp::create(builder, at(layer), x.getType(), x, builder.getDenseI64ArrayAttr(min),
                               builder.getDenseI64ArrayAttr(multiple), /*max=*/DenseI64ArrayAttr());
  }

  Value addBlock(size_t stage, int64_t block, Value x) {
    std::string name = "layers." + std::to_string(stage) + ".blocks." + std::to_string(block);
    Value attended = attention(name + ".attn", x, norm(name + ".norm1", x, spec.layerNormEpsilon), stage,
                               blockGeometry(spec, semantics, stage, block));
    x = AddOp::create(builder, at(name + ".attn"), x.getType(), x, attended);
    Value hidden = norm(name + ".norm2", x, spec.layerNormEpsilon);
    hidden = linear(name + ".mlp.fc1", hidden, spec.hidden(stage));
    hidden = GeluOp::create(builder, at(name + ".mlp"), hidden.getType(), hidden);
    hidden = linear(name + ".mlp.fc2", hidden, spec.channels(stage));
    return AddOp::create(builder, at(name + ".mlp"), x.getType(), x, hidden);
  }

  /// From the normed map of a block to what is added to the block's input `x`.
  Value attention(const std::string &layer, Value x, Value map, size_t stage, const BlockGeometry &geometry) {
    Value padded = rules.rollsFirst ? pad(layer, shift(layer, map, geometry, 1), geometry.window)
                                    : shift(layer, pad(layer, map, geometry.window), geometry, 1);
    Value windows = attendWindows(layer, padded, stage, geometry);
    Value whole = WindowReverseOp::create(builder, at(layer), padded.getType(), windows,
                                          builder.getDenseI64ArrayAttr(geometry.window));
    return rules.rollsFirst ? shift(layer, crop(layer, whole, x), geometry, -1)
                            : crop(layer, shift(layer, whole, geometry, -1), x);
  }

  Value attendWindows(const std::string &layer, Value map, size_t stage, const BlockGeometry &geometry) {
    int64_t channels = spec.channels(stage), heads = spec.stages[stage].heads;
    Size window = geometry.window;
    Dims dims = dimsOf(map);
    Dims cut = {dims[0], divided(dims[1], window[0], false), divided(dims[2], window[1], false), window[0] * window[1],
                channels};
    auto windowAttr = builder.getDenseI64ArrayAttr(window);
    Value windows = WindowPartitionOp::create(builder, at(layer), tensor(cut), map, windowAttr);
    Value qkv = linear(layer + ".qkv", windows, 3 * channels, spec.qkvBias);
    Value table = param(layer + ".relative_position_bias_table", {(2 * window[0] - 1) * (2 * window[1] - 1), heads});
    double scale = 1 / std::sqrt(static_cast<double>(channels / heads));
    windows = WindowAttentionOp::create(builder, at(layer), tensor(cut), qkv, table, /*cosine=*/Value(),
                                        builder.getI64IntegerAttr(heads), builder.getF64FloatAttr(scale), windowAttr,
                                        builder.getDenseI64ArrayAttr(geometry.shift), ruleOf(geometry));
    return linear(layer + ".proj", windows, channels);
  }

  ShiftRuleAttr ruleOf(const BlockGeometry &geometry) {
    bool shifted = geometry.shift != Size{0, 0};
    return ShiftRuleAttr::get(builder.getContext(), shifted ? shiftRule(geometry.rule) : ShiftRule::Never);
  }

  Value shift(const std::string &layer, Value map, const BlockGeometry &geometry, int64_t sign) {
    if (geometry.shift == Size{0, 0})
      return map;
    return CyclicShiftOp::create(builder, at(layer), map.getType(), map,
                                 builder.getDenseI64ArrayAttr({sign * geometry.shift[0], sign * geometry.shift[1]}),
                                 builder.getDenseI64ArrayAttr(geometry.window), ruleOf(geometry));
  }

  Value pad(const std::string &layer, Value map, Size window) {
    if (rules.needsWindows)
      return map;
    Dims dims = dimsOf(map);
    for (int axis : {0, 1})
      dims[1 + axis] = times(divided(dims[1 + axis], window[axis], true), window[axis]);
    return PadOp::create(builder, at(layer), tensor(dims), map, builder.getDenseI64ArrayAttr(window),
                         /*before=*/DenseI64ArrayAttr());
  }

  Value crop(const std::string &layer, Value map, Value like) {
    return rules.needsWindows
               ? map
               : CropOp::create(builder, at(layer), like.getType(), map, like, /*before=*/DenseI64ArrayAttr())
                     .getResult();
  }

  Value merge(size_t stage, Value x) {
    std::string layer = "layers." + std::to_string(stage) + ".downsample";
    if (rules.needsWindows)
      x = checkSize(layer, x, {1, 1}, {2, 2});
    Dims dims = dimsOf(x);
    Dims merged = {dims[0], divided(dims[1], 2, true), divided(dims[2], 2, true), 4 * dims[3]};
    x = PatchMergingOp::create(builder, at(layer), tensor(merged), x);
    x = norm(layer + ".norm", x, plainEpsilon);
    return linear(layer + ".reduction", x, 2 * dims[3], /*bias=*/false);
  }

  /// What the source gives as the map of a stage.
  Value stageMap(size_t stage, Value x) {
    if (!rules.isBackbone)
      return x;
    std::string layer = stageNorm(semantics, stage);
    x = norm(layer, x, plainEpsilon);
    Dims dims = dimsOf(x);
    return ChannelsFirstOp::create(builder, at(layer), tensor({dims[0], dims[3], dims[1], dims[2]}), x);
  }

  const Spec &spec;
  Semantics semantics;
  const Rules &rules;
  OpBuilder builder;
  std::map<std::string, Value> results;
};

} // namespace

OwningOpRef<ModuleOp> buildGraph(const Spec &spec, Semantics semantics, MLIRContext &context) {
  context.loadDialect<func::FuncDialect, SwinDialect>();
  OwningOpRef<ModuleOp> module = Builder(spec, semantics, context).build();
  if (failed(verify(*module)))
    return nullptr;
  return module;
}

} // namespace swin::dsl
