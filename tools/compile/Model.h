//===- Model.h - from a command line to a graph ---------------------------===//
#ifndef SWIN_TOOLS_COMPILE_MODEL_H
#define SWIN_TOOLS_COMPILE_MODEL_H

#include "codegen/Info.h"
#include "dsl/Diagnostics.h"
#include "passes/reference/ConstantStore.h"
#include "tools/compile/ModelOptions.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"

#include <functional>
#include <string>
#include <vector>

namespace swin::tools {

struct Model {
  codegen::ModelDescription description;
  std::string spec;                        ///< JSON, all defaults filled in
  mlir::OwningOpRef<mlir::ModuleOp> graph; ///< unless only the spec is wanted
  ref::ConstantStore constants;
  std::string size; ///< with -v: parameters and multiply-adds, a line
  /// An error at a layer that the description says itself; empty for families, whose ops are ours.
  std::function<dsl::Diagnostic(const std::string &layer, const std::string &what)> errorAt;
  std::vector<dsl::Diagnostic> notes; ///< what a user has to know though nothing is wrong
};

/// Reads the description and, if they are wanted, the weights, and builds the graph. Each thing that is wrong with them
/// becomes an entry in `errors`.
void loadModel(const ModelOptions &options, mlir::MLIRContext &context, Model &model,
               std::vector<dsl::Diagnostic> &errors);

/// What --arch help prints: the names that --arch knows, one a line.
std::string architecturesText();

} // namespace swin::tools

#endif // SWIN_TOOLS_COMPILE_MODEL_H
