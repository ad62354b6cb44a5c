//===- Problem.h - a kernel of a model that wants a schedule --------------===//
#ifndef SWIN_CODEGEN_TUNING_PROBLEM_H
#define SWIN_CODEGEN_TUNING_PROBLEM_H

#include "codegen/KernelGraph.h"
#include "codegen/KernelSignature.h"

#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/Error.h"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace swin::tuning {

/// What a call of a kernel gets besides buffers, and how many calls get the same.
struct CallSize {
  int64_t batch = 1, height = 1, width = 1;   ///< of the first activation
  std::vector<std::array<int64_t, 2>> others; ///< height and width of further activations (kinds conv and map)
  int64_t shiftHeight = 0, shiftWidth = 0;    ///< what the driver passes
  std::vector<int64_t> result;                ///< shape of the result
  int64_t macs = 0;                           ///< of one call
  int64_t calls = 1;
  bool operator==(const CallSize &) const = default;
};

/// A kernel with the calls of a model at one size. What is tuned is the time of all calls.
struct Problem {
  codegen::KernelGraph graph;
  codegen::KernelSignature signature;
  std::vector<CallSize> calls;
  std::vector<CallSize> small; ///< its calls in the same model at small images: sizes that go together, for checks
  std::string module;          ///< the kernel alone as text of MLIR, which can be interpreted

  int64_t macs() const;      ///< of all calls
  std::string sizes() const; ///< for people and records: "2 x 1x56x56", with a comma between two
};

/// The kernels of a graph behind buildKernelsPipeline (passes/transforms/Pipelines.h), at `batch` images of height x
/// width pixels, the one with the most multiply-adds first. Error: sizes that are no formula of these, or a size that
/// the model refuses.
llvm::Expected<std::vector<Problem>> problemsOf(mlir::ModuleOp module, int64_t batch, int64_t height, int64_t width);

} // namespace swin::tuning

#endif // SWIN_CODEGEN_TUNING_PROBLEM_H
