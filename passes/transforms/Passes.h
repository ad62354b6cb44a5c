//===- Passes.h - the compiler's passes on the swin dialect ---------------===//
// Documentation of each: Passes.td. The generated create functions take the
// options; fold-constants also takes the store it reads and extends.
//===----------------------------------------------------------------------===//
#ifndef SWIN_PASSES_TRANSFORMS_PASSES_H
#define SWIN_PASSES_TRANSFORMS_PASSES_H

#include "mlir/Pass/Pass.h"

#include <memory>

namespace swin::ref {
class ConstantStore;
} // namespace swin::ref

namespace swin::passes {

#define GEN_PASS_DECL
#include "passes/transforms/Passes.h.inc"

/// `store` outlives the pass; it gains the folded entries and loses unused ones.
std::unique_ptr<mlir::Pass> createFoldConstants(ref::ConstantStore *store, const FoldConstantsOptions &options = {});

/// Makes the passes known to command lines. `store` outlives every pass pipeline
/// built from them.
void registerPasses(ref::ConstantStore *store);

} // namespace swin::passes

#endif // SWIN_PASSES_TRANSFORMS_PASSES_H
