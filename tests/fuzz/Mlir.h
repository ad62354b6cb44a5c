//===- Mlir.h - MLIR for targets -------------------------------------------===//
#ifndef SWIN_TESTS_FUZZ_MLIR_H
#define SWIN_TESTS_FUZZ_MLIR_H

#include "mlir/IR/MLIRContext.h"

namespace swin::fuzz {

/// With the dialects of graphs and one thread; says nothing of errors. It is another one now and then, since a context
/// keeps all types and attributes that it has seen.
mlir::MLIRContext &context();

} // namespace swin::fuzz

#endif // SWIN_TESTS_FUZZ_MLIR_H
