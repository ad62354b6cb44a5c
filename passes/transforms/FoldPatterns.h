//===- FoldPatterns.h - rewrites that expose constants --------------------===//
#ifndef SWIN_PASSES_TRANSFORMS_FOLDPATTERNS_H
#define SWIN_PASSES_TRANSFORMS_FOLDPATTERNS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/PatternMatch.h"

#include <cstdint>

namespace swin::passes {

/// Rewrites that change weights. None needs the values of constants: what is to be
/// computed becomes ops on params.
void populateFoldPatterns(mlir::RewritePatternSet &patterns, int64_t maxExpandedBias);

/// Packs weights; to be applied when nothing changes them any more.
void populatePackPatterns(mlir::RewritePatternSet &patterns);

/// Packs weights of wide linear maps of a map's tokens as sums (swin.pack_sums), where products of these are faster for
/// images of `height` x `width` pixels; 0 = large ones. To be applied with the former, before which it goes.
void populateFastPackPatterns(mlir::RewritePatternSet &patterns, int64_t height, int64_t width);

/// Missed remarks for the products of activations that will not be such, with the reason; before weights are packed.
void remarkPlainProducts(mlir::func::FuncOp forward, int64_t height, int64_t width);

/// Missed remarks for what the patterns left as it was, with the reason.
void remarkUnfolded(mlir::func::FuncOp forward, int64_t maxExpandedBias);

} // namespace swin::passes

#endif // SWIN_PASSES_TRANSFORMS_FOLDPATTERNS_H
