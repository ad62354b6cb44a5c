//===- CompiledKernel.h - run a compiled kernel against its meaning -------===//
#ifndef SWIN_TESTS_CODEGEN_KERNELS_COMPILEDKERNEL_H
#define SWIN_TESTS_CODEGEN_KERNELS_COMPILEDKERNEL_H

#include "codegen/KernelGraph.h"
#include "codegen/tuning/KernelMemory.h"
#include "codegen/tuning/LoadedKernel.h"
#include "passes/reference/Interpreter.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace swin::test {

/// What differs from one run of a kernel to the next.
struct RunOptions {
  int threads = 1;
  int64_t shiftH = 0, shiftW = 0;
};

/// The one `swin.kernel` of a module, compiled for one instruction set and loaded.
class CompiledKernel {
public:
  /// Failures are test failures; `good()` says whether there is something to run.
  /// `schedule` is compileKernel's.
  CompiledKernel(const std::string &module, const std::string &isa, const std::string &schedule = "");
  bool good() const { return code.address() != nullptr; }

  const codegen::KernelGraph &graph() const { return kernelGraph; }
  /// What it computes, by the interpreter.
  ref::Tensor expected(const std::vector<ref::Tensor> &arguments) const;
  /// What it computes, by itself. Checks that pad lanes of the result are 0, that nothing
  /// around the result was written and that scratch is no more than was said.
  /// `shape` is the result's.
  ref::Tensor run(const std::vector<ref::Tensor> &arguments, const std::vector<int64_t> &shape,
                  const RunOptions &options = {}) const;

private:
  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  codegen::KernelGraph kernelGraph;
  int64_t scratchBytes = 0;
  tuning::LoadedKernel code;
};

/// A map's size, and those of further activations where they differ from it.
struct MapSize {
  int64_t batch, height, width;
  std::vector<std::array<int64_t, 2>> others = {};
};

/// Puts numbers of a test's own into a kernel's arguments.
using AdjustArguments = std::function<void(std::vector<ref::Tensor> &)>;

/// Compiles the kernel of `module` for every usable instruction set and compares it with its meaning at each size, on
/// one thread and on three: results differ by `limit` of their magnitude at most, and not by a bit between threads.
/// Prints the largest difference after `label`. Arguments are `hazards`, adjusted.
void checkKernel(const std::string &module, const std::string &label, const std::vector<MapSize> &sizes, double limit,
                 RunOptions options = {}, const AdjustArguments &adjust = {});

/// Runs a kernel whose result has its map's shape for a batch and for each image of it: bits must be the same.
void checkImages(const CompiledKernel &kernel, const std::vector<ref::Tensor> &arguments, const RunOptions &options);

/// Instruction sets that kernels can be compiled for and this machine has.
std::vector<std::string> usableIsas();

/// tuning::hazards of batch x height x width.
std::vector<ref::Tensor> hazards(const codegen::KernelGraph &graph, int64_t batch, int64_t height, int64_t width,
                                 unsigned seed = 1);

std::vector<ref::Tensor> hazards(const codegen::KernelGraph &graph, const MapSize &size, unsigned seed = 1);

using tuning::difference;
using tuning::isImage;

} // namespace swin::test

#endif // SWIN_TESTS_CODEGEN_KERNELS_COMPILEDKERNEL_H
