//===- Interpreter.h - the meaning of the dialect -------------------------===//
// Naive loops in double, one function per op. Graph level and kernel level: a
// `swin.call` runs its kernel's region on the operands. Nothing here is fast, all of
// it is to be read.
//===----------------------------------------------------------------------===//
#ifndef SWIN_PASSES_REFERENCE_INTERPRETER_H
#define SWIN_PASSES_REFERENCE_INTERPRETER_H

#include "passes/reference/ConstantStore.h"

#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/LogicalResult.h"

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace swin::ref {

/// Row-major values.
struct Tensor {
  std::vector<int64_t> shape;
  std::vector<double> values;
};

/// Outputs in the order of the swin.output ops.
using NamedTensors = std::vector<std::pair<std::string, Tensor>>;

/// Runs @forward of `module` (any stage from the graph to planned calls) on `image`
/// (B x C x H x W). Errors: a size that a check_size or an op refuses, a constant that is
/// not in the store or has another shape, a value that is read after its slot was written
/// again; the text begins with the layer's name.
llvm::Expected<NamedTensors> interpret(mlir::ModuleOp module, ConstantStore &store, const Tensor &image);

/// Called after each `swin.call` with its result; an error of it ends the run.
using CallObserver = std::function<llvm::Error(mlir::Operation *call, const Tensor &result)>;
/// The same with `threads` threads at the products, which changes no bit of the result.
llvm::Expected<NamedTensors> interpret(mlir::ModuleOp module, ConstantStore &store, const Tensor &image,
                                       const CallObserver &observe, unsigned threads);

/// Called after each op of @forward that computes something, with its result; an error of it ends the run.
using OpObserver = std::function<llvm::Error(mlir::Operation *op, const Tensor &result)>;
/// The same, but every op is observed; those within kernels are not.
llvm::Expected<NamedTensors> interpretOps(mlir::ModuleOp module, ConstantStore &store, const Tensor &image,
                                          const OpObserver &observe, unsigned threads);

/// Runs one kernel, an op with the trait of a `swin.kernel`, on its arguments, with `threads` as above.
llvm::Expected<Tensor> interpretKernel(mlir::Operation *kernel, const std::vector<Tensor> &arguments,
                                       unsigned threads = 1);

/// The result of a graph op on constants, computed in double. Failure: the error is emitted
/// at the op.
mlir::FailureOr<Tensor> evaluateOnConstants(mlir::Operation *op, const std::vector<Tensor> &operands);

} // namespace swin::ref

#endif // SWIN_PASSES_REFERENCE_INTERPRETER_H
