//===- Weights.h - constants as bytes -------------------------------------===//
// What a library's weights are, wherever they lie: in an object (WeightsObject.h) or in
// a file beside the library.
//===----------------------------------------------------------------------===//
#ifndef SWIN_CODEGEN_WEIGHTS_H
#define SWIN_CODEGEN_WEIGHTS_H

#include "passes/reference/ConstantStore.h"
#include "passes/transforms/WeightLayout.h"

#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"

#include <cstdint>
#include <string>

namespace swin::codegen {

/// By what weights are known again.
struct WeightsDigest {
  std::string sha256;    ///< in hexadecimal
  uint64_t checksum = 0; ///< see runtime/WeightsFormat.h
};

/// Errors, all at once: constants that the store lacks or has in another size.
llvm::Error checkConstants(const passes::WeightLayout &layout, const ref::ConstantStore &store);

/// Of constants in the bytes that `layout` says. Errors: those of checkConstants.
llvm::Expected<WeightsDigest> digestConstants(const passes::WeightLayout &layout, const ref::ConstantStore &store);

/// Writes these bytes, of constants that were checked; each is erased from `store` once it is written.
void writeConstants(llvm::raw_ostream &stream, const passes::WeightLayout &layout, ref::ConstantStore &store);

/// Bytes of the file that writeWeightsFile makes.
int64_t weightsFileBytes(const passes::WeightLayout &layout);

/// Writes the constants to `path`, behind the header of runtime/WeightsFormat.h, and erases each from `store` once it
/// is written. `digest` is theirs. Errors: those of checkConstants; a file that cannot be written, which may be there
/// in part.
llvm::Error writeWeightsFile(const std::string &path, const passes::WeightLayout &layout, const WeightsDigest &digest,
                             ref::ConstantStore &store);

} // namespace swin::codegen

#endif // SWIN_CODEGEN_WEIGHTS_H
