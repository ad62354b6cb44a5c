//===- ReportGraph.h - what a report says of the module -------------------===//
// Read off the module while it becomes something else. An op's location carries its number through the passes: what
// takes an op's place has its location, what takes that of several has all of theirs.
//===----------------------------------------------------------------------===//
#ifndef SWIN_CODEGEN_REPORTGRAPH_H
#define SWIN_CODEGEN_REPORTGRAPH_H

#include "codegen/Report.h"

#include "mlir/IR/BuiltinOps.h"

namespace swin::codegen {

/// Lists the ops of @forward before all passes, as they are in `work`, and numbers them in their locations.
void reportGraph(const Work &work, CompileReport &report);

/// Which of them each call computes: for a module whose kernels have just been formed. Numbers go from all locations.
void reportOrigins(mlir::ModuleOp graph, CompileReport &report);

/// Calls, the arena and outputs of a module whose memory is planned, `work` what it computes.
void reportCalls(mlir::ModuleOp graph, const Work &work, CompileReport &report);

} // namespace swin::codegen

#endif // SWIN_CODEGEN_REPORTGRAPH_H
