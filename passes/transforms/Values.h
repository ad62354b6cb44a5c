//===- Values.h - small questions about values and ops of @forward --------===//
#ifndef SWIN_PASSES_TRANSFORMS_VALUES_H
#define SWIN_PASSES_TRANSFORMS_VALUES_H

#include "passes/dialect/Swin.h"
#include "passes/reference/Evaluate.h"

#include "llvm/ADT/STLExtras.h"

#include <string>

namespace swin::passes {

/// The value whose memory `value` is: a size check computes nothing.
inline mlir::Value storageOf(mlir::Value value) {
  while (auto check = value.getDefiningOp<CheckSizeOp>())
    value = check.getInput();
  return value;
}

/// Whether a value is made of params only, or of nothing at all.
inline bool isConstant(mlir::Value value) {
  mlir::Operation *op = value.getDefiningOp();
  return op && mlir::isa<DimsOpInterface>(op) && !mlir::isa<CallOp>(op) && llvm::all_of(op->getOperands(), isConstant);
}

/// Whether `op` is a function of each element of its one operand.
inline bool isActivation(mlir::Operation *op) {
  return op->hasTrait<mlir::OpTrait::Elementwise>() && op->getNumOperands() == 1;
}

/// The name of the layer an op was made for, from its location; else the op's name.
inline std::string layerName(mlir::Operation *op) {
  std::string name = ref::layerOf(op);
  return name.empty() ? op->getName().getStringRef().str() : name;
}

} // namespace swin::passes

#endif // SWIN_PASSES_TRANSFORMS_VALUES_H
