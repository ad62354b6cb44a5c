//===- Values.h - small questions about values and ops of @forward --------===//
#ifndef SWIN_PASSES_TRANSFORMS_VALUES_H
#define SWIN_PASSES_TRANSFORMS_VALUES_H

#include "passes/dialect/Swin.h"

#include "mlir/IR/Location.h"

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
  std::string name;
  op->getLoc()->walk([&](mlir::Location loc) {
    if (auto named = mlir::dyn_cast<mlir::NameLoc>(loc)) {
      name = named.getName().str();
      return mlir::WalkResult::interrupt();
    }
    return mlir::WalkResult::advance();
  });
  return name.empty() ? op->getName().getStringRef().str() : name;
}

} // namespace swin::passes

#endif // SWIN_PASSES_TRANSFORMS_VALUES_H
