//===- EmitObject.h - a module of the LLVM dialect becomes an object ------===//
// Position-independent code for any processor of an architecture; no C compiler is
// involved.
//===----------------------------------------------------------------------===//
#ifndef SWIN_CODEGEN_EMITOBJECT_H
#define SWIN_CODEGEN_EMITOBJECT_H

#include "codegen/Architecture.h"
#include "codegen/ObjectFiles.h"

#include "mlir/IR/BuiltinOps.h"

#include <string>

namespace swin::codegen {

/// Translates `module` (LLVM dialect only), optimises it and gives the object, named
/// `name` inside. If `text` is given, it receives the optimised LLVM IR. The same
/// module gives the same bytes. Registers the translations with the module's context.
llvm::Expected<ObjectBytes> emitObject(mlir::ModuleOp module, const std::string &name, const Architecture &architecture,
                                       std::string *text = nullptr);

} // namespace swin::codegen

#endif // SWIN_CODEGEN_EMITOBJECT_H
