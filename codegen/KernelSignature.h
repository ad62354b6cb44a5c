//===- KernelSignature.h - what a kernel is known by ----------------------===//
#ifndef SWIN_CODEGEN_KERNELSIGNATURE_H
#define SWIN_CODEGEN_KERNELSIGNATURE_H

#include "codegen/KernelGraph.h"

#include <cstdint>
#include <string>
#include <vector>

namespace swin::codegen {

const char *kindName(KernelKind kind); ///< "tokens" ...

/// Two kernels with the same structure differ in sizes only.
struct KernelSignature {
  std::string hash;             ///< SHA-256, in hexadecimal, of the kernel without its name
  std::string structure;        ///< kind and ops with what they read, a text without sizes
  std::vector<int64_t> extents; ///< of activations, ops' results and integer attributes, -1 = known at run time only
};

KernelSignature signatureOf(const KernelGraph &graph);

/// How far apart two kernels are: the sum of |log2(a / b)| over the different pairs of sizes a and b that stand at one
/// place, so that channels count once, however many ops have as many. Infinite where that is not defined (a mask that
/// only one of them has) or structures differ. A size that only one knows counts nothing.
double distance(const KernelSignature &a, const KernelSignature &b);

} // namespace swin::codegen

#endif // SWIN_CODEGEN_KERNELSIGNATURE_H
