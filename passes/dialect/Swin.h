//===- Swin.h - the swin dialect in C++ -----------------------------------===//
#ifndef SWIN_PASSES_DIALECT_SWIN_H
#define SWIN_PASSES_DIALECT_SWIN_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "passes/dialect/SwinDialect.h.inc"
#include "passes/dialect/SwinEnums.h.inc"

#define GET_ATTRDEF_CLASSES
#include "passes/dialect/SwinAttrs.h.inc"

#include "passes/dialect/SwinInterfaces.h.inc"

#define GET_OP_CLASSES
#include "passes/dialect/SwinOps.h.inc"

#include <array>
#include <optional>

namespace swin {

/// Tokens in front of a map, {height, width}, by the attribute `before` of a verified pad or crop; none without it.
inline std::array<int64_t, 2> tokensInFront(std::optional<llvm::ArrayRef<int64_t>> before) {
  return before ? std::array<int64_t, 2>{(*before)[0], (*before)[1]} : std::array<int64_t, 2>{0, 0};
}

/// How often the sizes of another map count, {height, width}, by the attribute `factor` of a verified crop or resize;
/// once without it.
inline std::array<int64_t, 2> timesLike(std::optional<llvm::ArrayRef<int64_t>> factor) {
  return factor ? std::array<int64_t, 2>{(*factor)[0], (*factor)[1]} : std::array<int64_t, 2>{1, 1};
}

} // namespace swin

#endif // SWIN_PASSES_DIALECT_SWIN_H
