//===- WeightLayout.cpp - where each constant lies in the weights ---------===//
#include "passes/transforms/WeightLayout.h"

#include "passes/dialect/Swin.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace swin::passes {

const WeightPlace *WeightLayout::find(std::string_view name) const {
  auto place = llvm::find_if(places, [&](const WeightPlace &candidate) { return candidate.name == name; });
  return place == places.end() ? nullptr : &*place;
}

WeightLayout layoutWeights(ModuleOp module) {
  WeightLayout layout;
  auto forward = module.lookupSymbol<func::FuncOp>("forward");
  if (!forward)
    return layout;
  llvm::StringSet<> seen;
  forward.walk([&](ParamOp param) {
    if (!seen.insert(param.getName()).second)
      return;
    auto type = cast<RankedTensorType>(param.getType());
    WeightPlace place;
    place.name = param.getName().str();
    place.shape.assign(type.getShape().begin(), type.getShape().end());
    place.elements = type.getNumElements();
    place.offset = layout.bytes;
    place.bytes = llvm::alignTo(place.elements * sizeof(float), 64);
    layout.bytes += place.bytes;
    layout.places.push_back(std::move(place));
  });
  return layout;
}

} // namespace swin::passes
