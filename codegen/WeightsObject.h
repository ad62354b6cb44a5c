//===- WeightsObject.h - the weights as a relocatable object on disk ------===//
// Streams constants from the store into a file.
//===----------------------------------------------------------------------===//
#ifndef SWIN_CODEGEN_WEIGHTSOBJECT_H
#define SWIN_CODEGEN_WEIGHTSOBJECT_H

#include "codegen/Architecture.h"
#include "codegen/Weights.h"

namespace swin::codegen {

/// Writes an ELF64 relocatable file for `architecture` to `path`: one read-only section,
/// aligned to 64 bytes, that holds the constants as `layout` says, and the hidden
/// symbol `symbol` at its beginning. Each constant is erased from `store` once it is
/// written. Errors: those of checkConstants; weights of 2^31 bytes or more, which code in
/// the same library could not address; a file that cannot be written. On error the file
/// may be there in part.
llvm::Error writeWeightsObject(const std::string &path, const std::string &symbol, const passes::WeightLayout &layout,
                               ref::ConstantStore &store, const Architecture &architecture = x86_64);

} // namespace swin::codegen

#endif // SWIN_CODEGEN_WEIGHTSOBJECT_H
