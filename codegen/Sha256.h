//===- Sha256.h - SHA-256 of much data ------------------------------------===//
#ifndef SWIN_CODEGEN_SHA256_H
#define SWIN_CODEGEN_SHA256_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/SHA256.h"

#include <array>
#include <cstdint>
#include <string>

namespace swin::codegen {

/// FIPS 180-4. As llvm::SHA256, but with the processor's instructions for it, where it has them several times as
/// fast: the weights of a large model are most of what a second run of the compiler reads.
class Sha256 {
public:
  Sha256();
  void update(llvm::ArrayRef<uint8_t> data);
  /// Of all data so far, in hexadecimal; nothing more can be added then.
  std::string finish();

private:
  static constexpr size_t blockBytes = 64;

  bool isFast; ///< else `plain` does it all
  llvm::SHA256 plain;
  std::array<uint32_t, 8> state;
  std::array<uint8_t, blockBytes> rest; ///< of a block that is not full
  uint64_t length = 0;
};

} // namespace swin::codegen

#endif // SWIN_CODEGEN_SHA256_H
