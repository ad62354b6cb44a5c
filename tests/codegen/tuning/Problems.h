//===- Problems.h - kernels to try schedules on ---------------------------===//
#ifndef SWIN_TESTS_CODEGEN_TUNING_PROBLEMS_H
#define SWIN_TESTS_CODEGEN_TUNING_PROBLEMS_H

#include "codegen/KernelGraphBuilder.h"
#include "codegen/Work.h"
#include "codegen/tuning/KernelMemory.h"
#include "codegen/tuning/Problem.h"
#include "passes/dialect/Swin.h"

#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"
#include "gtest/gtest.h"

#include <string>
#include <vector>

namespace swin::test {

/// The kernel of a module's text, called once on a map.
inline tuning::Problem problemOf(const std::string &text, const std::vector<int64_t> &map) {
  mlir::MLIRContext context;
  context.loadDialect<SwinDialect>();
  auto module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
  if (!module) {
    ADD_FAILURE() << "the module does not parse:\n" << text;
    return {};
  }
  tuning::Problem problem;
  problem.graph = llvm::cantFail(codegen::buildKernelGraph(*module->getOps<KernelOp>().begin()));
  problem.signature = codegen::signatureOf(problem.graph);
  problem.calls = {tuning::callSize(problem.graph, llvm::cantFail(codegen::measureCall(*module, {map})))};
  problem.module = text;
  return problem;
}

} // namespace swin::test

#endif // SWIN_TESTS_CODEGEN_TUNING_PROBLEMS_H
