//===- Mlir.cpp - MLIR for targets -----------------------------------------===//
#include "tests/fuzz/Mlir.h"

#include "passes/dialect/Swin.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Diagnostics.h"

#include <memory>

namespace swin::fuzz {

mlir::MLIRContext &context() {
  constexpr int mostUses = 2000;
  static std::unique_ptr<mlir::MLIRContext> current;
  static int uses = 0;
  if (current && ++uses < mostUses)
    return *current;
  uses = 0;
  current = std::make_unique<mlir::MLIRContext>(mlir::MLIRContext::Threading::DISABLED);
  current->loadDialect<mlir::func::FuncDialect, SwinDialect>();
  current->getDiagEngine().registerHandler([](mlir::Diagnostic &) { return mlir::success(); });
  return *current;
}

} // namespace swin::fuzz
