//===- MapChain.h - which graph ops one kernel of maps can compute --------===//
// The rules of grouping for kernels of kinds `conv` and `map`. In front of a
// convolution stands a tree of ops that only move tokens or change each alone; behind
// it a line of such ops, which ends in the address of the store.
//===----------------------------------------------------------------------===//
#ifndef SWIN_PASSES_TRANSFORMS_MAPCHAIN_H
#define SWIN_PASSES_TRANSFORMS_MAPCHAIN_H

#include "passes/transforms/KernelChain.h"

#include <optional>

namespace swin::passes {

/// Whether `op`, a crop or cyclic_shift, moves tokens back from windows.
bool movesWindows(mlir::Operation *op);

/// Whether `op` belongs behind a convolution, with what stands between them.
bool followsConvolution(mlir::Operation *op);

/// Whether `op` belongs behind a linear map, a norm, a gather of patches or windows, with elementwise ops between.
bool followsRows(mlir::Operation *op);

/// The kind of the kernel that ends in `last` if that is `conv` or `map`.
std::optional<KernelKind> mapKindOf(mlir::Operation *last);

/// The largest kernel of kind `kind`, which is mapKindOf(last), that ends in `last`.
void growMapChain(mlir::Operation *last, KernelKind kind, MissedFn missed, KernelChain &chain);

/// Emits errors for what kernels of kinds `conv` and `map` cannot express.
mlir::LogicalResult checkMapChain(const KernelChain &chain);

/// "conv_3x3_60_add", "conv_3x3_256_up2", "depthwise_7x7_64", "pool_6x6_768", "concat_96", "resize_150", "map_64".
std::string describeMapChain(const KernelChain &chain);

} // namespace swin::passes

#endif // SWIN_PASSES_TRANSFORMS_MAPCHAIN_H
