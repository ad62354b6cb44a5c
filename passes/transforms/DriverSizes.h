//===- DriverSizes.h - sizes of a planned model as run-time arithmetic ----===//
// Builds i64 arithmetic (arith dialect) for the sizes of everything in @forward
// from batch, height and width of the image. Correct for sizes that `plan`
// accepts; for those nothing overflows.
//===----------------------------------------------------------------------===//
#ifndef SWIN_PASSES_TRANSFORMS_DRIVERSIZES_H
#define SWIN_PASSES_TRANSFORMS_DRIVERSIZES_H

#include "passes/dialect/Swin.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/SmallVector.h"

#include <array>

namespace swin::passes {

class DriverSizes {
public:
  /// Arithmetic is created at `builder`'s insertion point of the time of the call.
  /// `n`, `h`, `w`: i64, of the image, @forward's one argument.
  DriverSizes(mlir::OpBuilder &builder, mlir::func::FuncOp forward, mlir::Value n, mlir::Value h, mlir::Value w);

  /// Computes what follows from `op`. Ops are added in the order of the program.
  void add(mlir::Operation *op);

  /// i64 per dimension of an added value.
  llvm::ArrayRef<mlir::Value> dims(mlir::Value value) const { return dimsOf.find(value)->second; }
  /// Floats from a row of an added value to the next: its channels if rows are not padded, which is so if `dense` (or
  /// if it is the image), else channels rounded up to 16.
  mlir::Value pitch(mlir::Value value, bool dense);
  /// Floats in the buffer of an added value.
  mlir::Value elements(mlir::Value value, bool dense);
  /// Batch, height and width of an added value: what a kernel gets.
  std::array<mlir::Value, 3> kernelSize(mlir::Value value);
  /// Effective shift along height and width of an added call; 0 if its kernel has none.
  std::array<mlir::Value, 2> shift(CallOp call) const { return shiftOf.find(call)->second; }
  /// Pixels of the image that one token of `value` stands for, per axis; 0 if unknown.
  std::array<int64_t, 2> pixelsPerToken(mlir::Value value) const { return pixelsOf.lookup(value); }

  // Small arithmetic.
  mlir::Value constant(int64_t value);
  mlir::Value product(llvm::ArrayRef<mlir::Value> factors);
  /// The bytes of that many floats, rounded up to 64.
  mlir::Value alignedBytes(mlir::Value elements);
  mlir::Value max(mlir::Value a, mlir::Value b);

private:
  void addCall(CallOp call);
  void addPixels(mlir::Operation *op, llvm::ArrayRef<std::array<int64_t, 2>> operands, mlir::Value result);
  std::array<mlir::Value, 2> effectiveShift(CyclicShiftOp op, llvm::ArrayRef<mlir::Value> dims);

  mlir::OpBuilder &builder;
  mlir::Location loc;
  llvm::DenseMap<mlir::Value, llvm::SmallVector<mlir::Value>> dimsOf;
  llvm::DenseMap<mlir::Value, std::array<int64_t, 2>> pixelsOf;
  llvm::DenseMap<mlir::Operation *, std::array<mlir::Value, 2>> shiftOf;
};

} // namespace swin::passes

#endif // SWIN_PASSES_TRANSFORMS_DRIVERSIZES_H
