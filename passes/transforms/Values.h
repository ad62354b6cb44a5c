//===- Values.h - small questions about values and ops of @forward --------===//
#ifndef SWIN_PASSES_TRANSFORMS_VALUES_H
#define SWIN_PASSES_TRANSFORMS_VALUES_H

#include "passes/dialect/Swin.h"
#include "passes/reference/Evaluate.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Sequence.h"
#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/ADT/SmallVector.h"

#include <string>

namespace swin::passes {

/// Slots of the arena begin at multiples of these bytes, and there is no arena of fewer.
constexpr int64_t slotAlignment = 64;

/// The value whose memory `value` is: a size check computes nothing.
inline mlir::Value storageOf(mlir::Value value) {
  while (auto check = value.getDefiningOp<CheckSizeOp>())
    value = check.getInput();
  return value;
}

/// Whether a value is made of params only, or of nothing at all.
inline bool isConstant(mlir::Value value) {
  // Without recursion: a graph may be deep.
  llvm::SmallVector<mlir::Operation *> open = {value.getDefiningOp()};
  llvm::SmallPtrSet<mlir::Operation *, 8> seen;
  while (!open.empty()) {
    mlir::Operation *op = open.pop_back_val();
    if (!op || !mlir::isa<DimsOpInterface>(op) || mlir::isa<CallOp>(op))
      return false;
    if (seen.insert(op).second)
      for (mlir::Value operand : llvm::reverse(op->getOperands())) // the first one is seldom constant
        open.push_back(operand.getDefiningOp());
  }
  return true;
}

/// Whether `op` is a function of each element of its one operand.
inline bool isActivation(mlir::Operation *op) {
  return op->hasTrait<mlir::OpTrait::Elementwise>() && op->getNumOperands() == 1;
}

/// Whether `op` works on each token of a map or row alone and leaves its channels what they are, and is no norm.
inline bool isPointwise(mlir::Operation *op) {
  return mlir::isa<AddOp, AddPositionOp, AffineOp>(op) || isActivation(op);
}

/// Multiply-adds for each element of the result of `op`: of linear maps, convolutions and attention (scores, then
/// weighted values), padding included. 0 for all else, and for what the compiler computes.
int64_t macsPerElement(mlir::Operation *op);

inline bool isConvolution(mlir::Operation *op) { return mlir::isa<Conv2dOp, DepthwiseConv2dOp>(op); }

/// Whether the result of `op` has batch, height and width of its first operand, at all sizes.
inline bool keepsSize(mlir::Operation *op) {
  auto same = [](llvm::ArrayRef<int64_t> kernel, llvm::ArrayRef<int64_t> stride, llvm::ArrayRef<int64_t> padding) {
    return llvm::all_of(llvm::seq<size_t>(0, 2),
                        [&](size_t axis) { return stride[axis] == 1 && 2 * padding[axis] + 1 == kernel[axis]; });
  };
  if (auto conv = mlir::dyn_cast<Conv2dOp>(op))
    return same(conv.getKernel(), conv.getStride(), conv.getPadding());
  if (auto conv = mlir::dyn_cast<DepthwiseConv2dOp>(op))
    return same(conv.getKernel(), conv.getStride(), conv.getPadding());
  return mlir::isa<LayerNormOp, LinearOp, CheckSizeOp, CyclicShiftOp, BatchNormOp>(op) || isPointwise(op);
}

/// The operand of which `op` reads nothing but the size, or null.
inline mlir::OpOperand *sizeOperand(mlir::Operation *op) {
  if (auto crop = mlir::dyn_cast<CropOp>(op))
    return &crop.getLikeMutable();
  if (auto resize = mlir::dyn_cast<ResizeOp>(op); resize && resize.getLike())
    return &*resize.getLikeMutable().begin();
  return nullptr;
}

/// Whether a kernel reads values of its argument, and not only its size.
inline bool isRead(mlir::BlockArgument argument) {
  return llvm::any_of(argument.getUses(), [](mlir::OpOperand &use) { return sizeOperand(use.getOwner()) != &use; });
}

/// Output channels of a packed weight's panel.
inline constexpr int64_t panel = 16;

inline mlir::RankedTensorType typeOf(mlir::Value value) { return mlir::cast<mlir::RankedTensorType>(value.getType()); }

/// The last dimension.
inline int64_t channelsOf(mlir::Value value) { return typeOf(value).getShape().back(); }

/// "3 users".
inline std::string usersOf(mlir::Value value) { return std::to_string(value.getNumUses()) + " users"; }

/// The name of the layer an op was made for, from its location; else the op's name.
inline std::string layerName(mlir::Operation *op) {
  std::string name = ref::layerOf(op);
  return name.empty() ? op->getName().getStringRef().str() : name;
}

} // namespace swin::passes

#endif // SWIN_PASSES_TRANSFORMS_VALUES_H
