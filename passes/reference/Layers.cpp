//===- Layers.cpp - values of a graph by name ------------------------------===//
#include "passes/reference/Layers.h"

#include "passes/dialect/Swin.h"
#include "passes/reference/Evaluate.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;

namespace swin::ref {
namespace {

/// "linear" of `swin.linear`.
std::string shortName(Operation *op) { return op->getName().stripDialect().str(); }

/// The ops of @forward whose results follow from the image, in order.
std::vector<Operation *> opsOnTheImage(func::FuncOp forward) {
  llvm::DenseSet<Value> known(forward.args_begin(), forward.args_end());
  std::vector<Operation *> ops;
  for (Operation &op : forward.getBody().front())
    if (op.getNumResults() == 1 && llvm::any_of(op.getOperands(), [&](Value value) { return known.contains(value); })) {
      known.insert(op.getResult(0));
      ops.push_back(&op);
    }
  return ops;
}

} // namespace

std::vector<std::pair<std::string, Value>> namedValues(func::FuncOp forward) {
  std::vector<Operation *> ops = opsOnTheImage(forward);
  std::vector<std::string> layers;
  llvm::StringMap<Operation *> last;
  for (Operation *op : ops)
    last[layers.emplace_back(layerOf(op))] = op;

  // Layers have their names before ops do, whatever a description calls them.
  llvm::StringSet<> taken;
  for (const auto &entry : last)
    taken.insert(entry.first());
  std::vector<std::pair<std::string, Value>> values;
  for (auto [op, layer] : llvm::zip_equal(ops, layers)) {
    std::string name = layer;
    if (layer.empty() || last[layer] != op) {
      std::string first = name = (layer.empty() ? "" : layer + ":") + shortName(op);
      for (int number = 2; !taken.insert(name).second; ++number)
        name = first + "." + std::to_string(number);
    }
    values.emplace_back(std::move(name), op->getResult(0));
  }
  return values;
}

llvm::Expected<NamedTensors> interpretLayers(ModuleOp module, ConstantStore &store, const Tensor &image,
                                             const LayerObserver &observe, unsigned threads) {
  llvm::DenseMap<Operation *, std::string> names;
  if (auto forward = module.lookupSymbol<func::FuncOp>("forward"); forward && forward.getBody().hasOneBlock())
    for (auto &[name, value] : namedValues(forward))
      names[value.getDefiningOp()] = name;
  auto observeOp = [&](Operation *op, const Tensor &result) {
    auto named = names.find(op);
    return named == names.end() ? llvm::Error::success() : observe(named->second, result);
  };
  return interpretOps(module, store, image, observeOp, threads);
}

} // namespace swin::ref
