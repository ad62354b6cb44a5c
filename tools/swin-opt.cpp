//===- swin-opt.cpp - run passes on swin modules by hand ------------------===//
// For tests and for looking at what a pass does. Constants come from a hash of
// their names, since a module says nothing about their values.
//===----------------------------------------------------------------------===//
#include "passes/dialect/Swin.h"
#include "passes/reference/ConstantStore.h"
#include "passes/transforms/Pipelines.h"
#include "tools/HashedConstants.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlow.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/DialectRegistry.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "mlir/Transforms/Passes.h"

int main(int argc, char **argv) {
  swin::ref::ConstantStore store;
  store.setFallback(swin::tools::hashedConstant);
  swin::passes::registerPasses(&store);
  mlir::registerCanonicalizerPass();
  mlir::registerCSEPass();
  mlir::DialectRegistry registry;
  registry.insert<mlir::func::FuncDialect, mlir::arith::ArithDialect, mlir::cf::ControlFlowDialect,
                  mlir::LLVM::LLVMDialect, swin::SwinDialect>();
  return mlir::asMainReturnCode(mlir::MlirOptMain(argc, argv, "Runs passes on swin modules\n", registry));
}
