//===- Work.h - shapes and multiply-adds of a model at one size -----------===//
#ifndef SWIN_CODEGEN_WORK_H
#define SWIN_CODEGEN_WORK_H

#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/Error.h"

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace swin::codegen {

struct OutputShape {
  std::string name;
  std::string layout; ///< one letter per dimension: "NK", "NHWC", "NCHW"
  std::vector<int64_t> shape;
};

struct KernelWork {
  int calls = 0;
  int64_t macs = 0, bytes = 0; ///< of all calls
};

/// One call of a kernel.
struct CallWork {
  std::string kernel;
  std::vector<std::vector<int64_t>> activations; ///< shapes of what it gets besides constants
  std::array<int64_t, 2> shift = {0, 0};         ///< along height and width, as the driver passes it
  std::vector<int64_t> result;                   ///< shape
  int64_t macs = 0;
  // Of a call in @forward:
  int64_t bytes = 0;        ///< read and written, each value once, as NAME_work counts them
  int64_t weightsBytes = 0; ///< of these, constants
  int64_t resultBytes = 0;  ///< of the result in memory, padding of rows included
};

/// An op of @forward that is in no kernel.
struct OpWork {
  mlir::Operation *op;
  std::vector<int64_t> shape; ///< of its result
  int64_t macs = 0;
};

struct Work {
  int64_t macs = 0; ///< multiply-adds of linear maps, convolutions and attention, padding included
  std::vector<OutputShape> outputs;
  /// Pixels along height and width that are a whole number of all windows: a piece of the image that begins at a
  /// multiple of these has its windows where they are in the image.
  std::array<int64_t, 2> multiple = {1, 1};
  std::map<std::string, KernelWork> kernels; ///< empty before kernels are formed
  std::vector<CallWork> calls;               ///< of kernels, in order
  std::vector<OpWork> ops;                   ///< in order
  /// How often maps are shifted or padded at this size.
  int irregular = 0;
  bool isRefused = false; ///< whether a check_size refuses this size; ops may refuse it yet
};

/// For @forward, with kernels or without, on `n` images of `h` x `w` pixels. Error: a
/// size is no formula of these three.
llvm::Expected<Work> measureWork(mlir::ModuleOp module, int64_t n, int64_t h, int64_t w);

/// For the first `swin.kernel` of a module and activations of these shapes. Error: none is there, or other shapes than
/// its arguments have.
llvm::Expected<CallWork> measureCall(mlir::ModuleOp module, const std::vector<std::vector<int64_t>> &activations);

} // namespace swin::codegen

#endif // SWIN_CODEGEN_WORK_H
