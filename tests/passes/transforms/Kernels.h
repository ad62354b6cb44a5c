//===- Kernels.h - a model of the front end as planned calls of kernels ---===//
#ifndef SWIN_TESTS_PASSES_TRANSFORMS_KERNELS_H
#define SWIN_TESTS_PASSES_TRANSFORMS_KERNELS_H

#include "dsl/GraphBuilder.h"
#include "passes/dialect/Swin.h"
#include "passes/reference/ConstantStore.h"
#include "passes/transforms/Pipelines.h"
#include "tools/HashedConstants.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <iterator>
#include <vector>

namespace swin::test {

inline bool isActivation(mlir::Operation &op) {
  return op.hasTrait<mlir::OpTrait::Elementwise>() && op.getNumOperands() == 1;
}

/// A model as planned calls of kernels.
struct Kernels {
  Kernels(const dsl::Spec &spec, dsl::Semantics semantics) : module(dsl::buildGraph(spec, semantics, context)) {
    ref::ConstantStore store;
    store.setFallback(tools::hashedConstant);
    mlir::PassManager manager(&context);
    passes::buildKernelsPipeline(manager, {}, &store);
    good = module && succeeded(manager.run(*module));
    if (!good)
      return;
    for (auto call : module->lookupSymbol<mlir::func::FuncOp>("forward").getOps<CallOp>()) {
      calls.push_back(call);
      slots = std::max(slots, call.getSlot() ? static_cast<int64_t>(*call.getSlot()) + 1 : 0);
    }
  }

  KernelOp callee(CallOp call) { return module->lookupSymbol<KernelOp>(call.getCallee()); }
  template <typename... OpTs> static size_t count(KernelOp kernel) {
    return static_cast<size_t>(llvm::count_if(kernel.getBody().getOps(), llvm::IsaPred<OpTs...>));
  }
  /// Calls of kernels that hold an op of whom `is` holds.
  template <typename Is> std::vector<CallOp> withAny(Is is) {
    std::vector<CallOp> found;
    llvm::copy_if(calls, std::back_inserter(found),
                  [&](CallOp call) { return llvm::any_of(callee(call).getBody().getOps(), is); });
    return found;
  }
  template <typename... OpTs> std::vector<CallOp> with() { return withAny(llvm::IsaPred<OpTs...>); }

  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  bool good = false;
  std::vector<CallOp> calls;
  int64_t slots = 0;
};

} // namespace swin::test

#endif // SWIN_TESTS_PASSES_TRANSFORMS_KERNELS_H
