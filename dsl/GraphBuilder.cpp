//===- GraphBuilder.cpp - a spec becomes a graph --------------------------===//
#include "dsl/GraphBuilder.h"

#include "dsl/GraphBuilderLayers.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Verifier.h"

#include <map>

using namespace mlir;

namespace swin::dsl {
namespace {

/// Of all norms but those of blocks and the final one.
constexpr double plainEpsilon = 1e-5;

class Builder : Layers {
public:
  using Layers::Layers;

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
  /// Fills `results` with at least `names`, and builds nothing that none of them needs.
  void addNetwork(Value image, ArrayRef<std::string> names) {
    if (spec.restoration) {
      results = addRestoration(*this, image, names);
      return;
    }
    auto wanted = [&](const std::string &name) { return llvm::is_contained(names, name); };
    bool segmented = spec.segmentation && wanted("logits");
    bool pooled = !segmented && (wanted("features") || wanted("logits"));
    size_t count = spec.stages.size();
    auto stageName = [](size_t stage) { return "stage" + std::to_string(stage + 1); };
    while (!pooled && !segmented && count > 1 && !wanted(stageName(count - 1)))
      --count;

    Value x = embed(image);
    SmallVector<Value> maps;
    for (size_t stage = 0; stage < count; ++stage) {
      if (stage > 0)
        x = merge(stage - 1, x);
      x = addStage(stage, x);
      if (!segmented && !wanted(stageName(stage)))
        continue;
      maps.push_back(stageMap(stage, x));
      if (wanted(stageName(stage)))
        results[stageName(stage)] = rules.channelsFirst ? channelsFirst(mapLayer(stage), maps.back()) : maps.back();
    }
    if (segmented)
      results["logits"] = addSegmentation(*this, maps, image);
    if (!pooled)
      return;
    if (form.finalNorm && spec.finalNorm)
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
                                   numbers(spec.patch), /*pad=*/UnitAttr());
    op.setPad(rules.padsImage);
    Value x = spec.patchNorm ? norm("patch_embed.norm", op, plainEpsilon) : op.getResult();
    return spec.positionEmbedding ? addPosition(x) : x;
  }

  Value addPosition(Value x) {
    const std::string name = "absolute_pos_embed";
    Size map = builtMap(spec, semantics, 0);
    x = CheckSizeOp::create(builder, at(name), x.getType(), x, numbers(map), numbers({1, 1}), numbers(map));
    Value position = param(name, {1, map[0] * map[1], spec.embedding});
    return AddPositionOp::create(builder, at(name), x.getType(), x, position, numbers(map));
  }

  Value addStage(size_t stage, Value x) {
    std::string layer = "layers." + std::to_string(stage);
    Size window = blockGeometry(spec, semantics, stage, 0).window;
    if (rules.needsOneWindow)
      x = checkSize(layer, x, window, {1, 1});
    if (rules.needsWindows)
      x = checkSize(layer, x, {1, 1}, window);
    for (int64_t block = 0; block < spec.stages[stage].depth; ++block)
      x = addBlock(*this, layer + ".blocks." + std::to_string(block), stage, block, x);
    return x;
  }

  Value merge(size_t stage, Value x) {
    std::string layer = "layers." + std::to_string(stage) + ".downsample";
    if (rules.needsWindows)
      x = checkSize(layer, x, {1, 1}, {2, 2});
    Dims dims = dimsOf(x);
    Dims merged = {dims[0], divided(dims[1], 2, true), divided(dims[2], 2, true), 4 * dims[3]};
    x = PatchMergingOp::create(builder, at(layer), tensor(merged), x);
    if (!form.reducesFirst)
      x = norm(layer + ".norm", x, plainEpsilon);
    x = linear(layer + ".reduction", x, 2 * dims[3], /*bias=*/false);
    return form.reducesFirst ? norm(layer + ".norm", x, plainEpsilon) : x;
  }

  std::string mapLayer(size_t stage) const {
    return rules.normsMaps ? stageNorm(semantics, stage) : "layers." + std::to_string(stage);
  }

  /// What the source gives as the map of a stage, channels last.
  Value stageMap(size_t stage, Value x) { return rules.normsMaps ? norm(mapLayer(stage), x, plainEpsilon) : x; }

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

std::vector<Parameter> parametersOfGraph(const Spec &spec, Semantics semantics) {
  MLIRContext context(MLIRContext::Threading::DISABLED);
  ScopedDiagnosticHandler quiet(&context, [](Diagnostic &) { return success(); });
  OwningOpRef<ModuleOp> module = buildGraph(spec, semantics, context);
  std::map<std::string, std::vector<int64_t>> shapes;
  if (module)
    module->walk([&](ParamOp op) {
      ArrayRef<int64_t> shape = cast<RankedTensorType>(op.getType()).getShape();
      shapes.emplace(op.getName().str(), shape.vec());
    });
  std::vector<Parameter> parameters;
  for (auto &[name, shape] : shapes)
    parameters.push_back({name, shape});
  return parameters;
}

} // namespace swin::dsl
