//===- ModuleText.h - a module as text -------------------------------------===//
#ifndef SWIN_CODEGEN_MODULETEXT_H
#define SWIN_CODEGEN_MODULETEXT_H

#include "mlir/IR/BuiltinOps.h"

#include <string>

namespace swin::codegen {

std::string textOf(mlir::ModuleOp module, bool locations); ///< that the parser reads
std::string hashOf(const std::string &text);               ///< SHA-256, in hexadecimal

} // namespace swin::codegen

#endif // SWIN_CODEGEN_MODULETEXT_H
