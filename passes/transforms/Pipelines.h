//===- Pipelines.h - the compiler's way through the passes ----------------===//
// Plain functions: swin-compile runs them, swin-opt registers them as
// --swin-kernels and --swin-driver.
//===----------------------------------------------------------------------===//
#ifndef SWIN_PASSES_TRANSFORMS_PIPELINES_H
#define SWIN_PASSES_TRANSFORMS_PIPELINES_H

#include "passes/transforms/Passes.h"

#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassOptions.h"

#include <string>

namespace swin::passes {

/// A graph becomes planned calls of kernels.
struct KernelsOptions : mlir::PassPipelineOptions<KernelsOptions> {
  Option<int64_t> maxExpandedBias{*this, "max-expanded-bias", llvm::cl::init(8388608),
                                  llvm::cl::desc("largest expanded position bias of one attention (bytes)")};
  Option<bool> fastMatmul{*this, "fast-matmul", llvm::cl::init(false),
                          llvm::cl::desc("products of seven smaller products where they are faster")};
  Option<int64_t> height{*this, "height", llvm::cl::init(0),
                         llvm::cl::desc("height of images that this is decided for (pixels); 0 = large")};
  Option<int64_t> width{*this, "width", llvm::cl::init(0), llvm::cl::desc("width of these images (pixels)")};
};

/// swin-fold-constants, swin-form-kernels, swin-plan-memory. `store` outlives the
/// pass manager.
void buildKernelsPipeline(mlir::OpPassManager &manager, const KernelsOptions &options, ref::ConstantStore *store);

/// Planned calls become the driver of a library.
struct DriverOptions : mlir::PassPipelineOptions<DriverOptions> {
  Option<std::string> prefix{*this, "prefix", llvm::cl::init("model"), llvm::cl::desc("begins every symbol")};
  ListOption<std::string> isas{*this, "isas", llvm::cl::desc("instruction sets, best first")};
  Option<std::string> info{*this, "info", llvm::cl::init("{}"), llvm::cl::desc("what NAME_info returns (JSON text)")};
  Option<int64_t> scratchBytes{*this, "scratch-bytes", llvm::cl::init(0),
                               llvm::cl::desc("what one thread needs for kernel temporaries (bytes)")};
  Option<int32_t> testHeight{*this, "test-height", llvm::cl::init(0),
                             llvm::cl::desc("height of the self-test's images (pixels); 0 = no self-test")};
  Option<int32_t> testWidth{*this, "test-width", llvm::cl::init(0),
                            llvm::cl::desc("width of the self-test's images (pixels)")};
  Option<int32_t> testBatch{*this, "test-batch", llvm::cl::init(1), llvm::cl::desc("number of the self-test's images")};
  Option<std::string> weightsSha256{*this, "weights-sha256", llvm::cl::init(""),
                                    llvm::cl::desc("in hexadecimal, of weights that are in a file of their own")};
  Option<uint64_t> weightsChecksum{*this, "weights-checksum", llvm::cl::init(0), llvm::cl::desc("of these weights")};
};

/// swin-lower-to-llvm.
void buildDriverPipeline(mlir::OpPassManager &manager, const DriverOptions &options);

} // namespace swin::passes

#endif // SWIN_PASSES_TRANSFORMS_PIPELINES_H
