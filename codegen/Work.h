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
  int64_t macs = 0; ///< of all calls
};

struct Work {
  int64_t macs = 0; ///< multiply-adds of linear maps, convolutions and attention, padding included
  std::vector<OutputShape> outputs;
  /// Pixels along height and width that are a whole number of all windows: a piece of the image that begins at a
  /// multiple of these has its windows where they are in the image.
  std::array<int64_t, 2> multiple = {1, 1};
  std::map<std::string, KernelWork> kernels; ///< empty before kernels are formed
  /// How often maps are shifted or padded at this size.
  int irregular = 0;
  bool isRefused = false; ///< whether a check_size refuses this size; ops may refuse it yet
};

/// For @forward, with kernels or without, on `n` images of `h` x `w` pixels. Error: a
/// size is no formula of these three.
llvm::Expected<Work> measureWork(mlir::ModuleOp module, int64_t n, int64_t h, int64_t w);

} // namespace swin::codegen

#endif // SWIN_CODEGEN_WORK_H
