//===- Values.h - small questions about values and ops of @forward --------===//
#ifndef SWIN_PASSES_TRANSFORMS_VALUES_H
#define SWIN_PASSES_TRANSFORMS_VALUES_H

#include "passes/dialect/Swin.h"
#include "passes/reference/Evaluate.h"

#include <string>

namespace swin::passes {

/// The value whose memory `value` is: a size check computes nothing.
inline mlir::Value storageOf(mlir::Value value) {
  while (auto check = value.getDefiningOp<CheckSizeOp>())
    value = check.getInput();
  return value;
}

/// The name of the layer an op was made for, from its location; else the op's name.
inline std::string layerName(mlir::Operation *op) {
  std::string name = ref::layerOf(op);
  return name.empty() ? op->getName().getStringRef().str() : name;
}

} // namespace swin::passes

#endif // SWIN_PASSES_TRANSFORMS_VALUES_H
