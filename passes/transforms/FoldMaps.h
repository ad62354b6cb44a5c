//===- FoldMaps.h - rewrites of convolutions and affine maps --------------===//
// What FoldPatterns.h does to ops on maps.
//===----------------------------------------------------------------------===//
#ifndef SWIN_PASSES_TRANSFORMS_FOLDMAPS_H
#define SWIN_PASSES_TRANSFORMS_FOLDMAPS_H

#include "mlir/IR/PatternMatch.h"

#include <string>

namespace swin::passes {

/// Batch norms become affine maps, those go into the weights before them, and convolutions lose their groups.
void populateMapPatterns(mlir::RewritePatternSet &patterns);

/// Packs weights of convolutions; those of one pixel become linear maps.
void populateMapPackPatterns(mlir::RewritePatternSet &patterns);

/// What stays of `op` although these patterns are there to change it, and why; empty if nothing does.
struct Unfolded {
  const char *what = "";
  std::string why;
};
Unfolded unfoldedOf(mlir::Operation *op);

} // namespace swin::passes

#endif // SWIN_PASSES_TRANSFORMS_FOLDMAPS_H
