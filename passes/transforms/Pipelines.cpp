//===- Pipelines.cpp - the compiler's way through the passes --------------===//
#include "passes/transforms/Pipelines.h"

#include "mlir/Pass/PassRegistry.h"

using namespace mlir;

namespace swin::passes {

void buildKernelsPipeline(OpPassManager &manager, const KernelsOptions &options, ref::ConstantStore *store) {
  FoldConstantsOptions folding;
  folding.maxExpandedBias = options.maxExpandedBias;
  folding.fastMatmul = options.fastMatmul;
  folding.height = options.height;
  folding.width = options.width;
  manager.addPass(createFoldConstants(store, folding));
  manager.addPass(createFormKernels());
  manager.addPass(createPlanMemory());
}

void buildDriverPipeline(OpPassManager &manager, const DriverOptions &options) {
  LowerToLlvmOptions lowering;
  lowering.prefix = options.prefix;
  lowering.isas.assign(options.isas.begin(), options.isas.end());
  lowering.info = options.info;
  lowering.scratchBytes = options.scratchBytes;
  lowering.testHeight = options.testHeight;
  lowering.testWidth = options.testWidth;
  lowering.weightsSha256 = options.weightsSha256;
  lowering.weightsChecksum = options.weightsChecksum;
  lowering.testBatch = options.testBatch;
  manager.addPass(createLowerToLlvm(std::move(lowering)));
}

void registerPasses(ref::ConstantStore *store) {
  registerPass([store] { return createFoldConstants(store); });
  registerPass([] { return createFormKernels(); });
  registerPass([] { return createPlanMemory(); });
  registerPass([] { return createLowerToLlvm(); });
  PassPipelineRegistration<KernelsOptions>("swin-kernels", "A graph becomes planned calls of kernels",
                                           [store](OpPassManager &manager, const KernelsOptions &options) {
                                             buildKernelsPipeline(manager, options, store);
                                           });
  PassPipelineRegistration<DriverOptions>("swin-driver", "Planned calls become the driver of a library",
                                          buildDriverPipeline);
}

} // namespace swin::passes
