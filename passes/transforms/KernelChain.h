//===- KernelChain.h - which graph ops one kernel can compute -------------===//
// The rules of grouping, apart from the rewriting that follows from them. A chain
// is grown from its last op backwards along one operand each (the main operand);
// everything else that an op reads comes into the kernel as an argument.
//===----------------------------------------------------------------------===//
#ifndef SWIN_PASSES_TRANSFORMS_KERNELCHAIN_H
#define SWIN_PASSES_TRANSFORMS_KERNELCHAIN_H

#include "passes/dialect/Swin.h"

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/SmallVector.h"

#include <string>

namespace swin::passes {

/// Ops in program order; the last one gives the kernel's result.
struct KernelChain {
  KernelKind kind = KernelKind::Tokens;
  llvm::SmallVector<mlir::Operation *> ops;

  /// What the first op reads; its batch, height and width are the kernel's sizes.
  mlir::Value input() const { return ops.front()->getOperand(0); }
};

/// Called with an op that would have to be computed first and the reason why it is
/// not part of the kernel.
using MissedFn = llvm::function_ref<void(mlir::Operation *op, const std::string &reason)>;

/// The longest chain that ends in `last` and is one kernel. Emits an error and
/// fails if `last` is no op of a kernel, or part of windows whose other ops cannot
/// be in the same kernel; `chain` then holds what belongs together.
mlir::LogicalResult growChain(mlir::Operation *last, MissedFn missed, KernelChain &chain);

/// Emits errors for what a kernel's signature and its one effective shift cannot express,
/// with how it would be right, and makes every crop one to the size of the chain's input.
mlir::LogicalResult checkChain(const KernelChain &chain);

/// A name that says what the kernel does: "windows_96_7x7_shift", "mixing_96_7x7",
/// "mlp_96", "mlp_96_norm" (of its sum), "merge_192", "head_1000", "conv_3x3_60_add".
std::string describeChain(const KernelChain &chain);

/// The op that would continue a chain through `value`, or null if none can: arguments,
/// constants, results of other kernels and size checks.
mlir::Operation *continuation(mlir::Value value);

/// The op that would do so but for checks of the value's size, which stand between kernels; null if there are none.
mlir::Operation *makerBehindCheck(mlir::Value value);
constexpr char checkBetween[] = "a check of its size stands between the two";

} // namespace swin::passes

#endif // SWIN_PASSES_TRANSFORMS_KERNELCHAIN_H
