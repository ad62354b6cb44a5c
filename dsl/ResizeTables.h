//===- ResizeTables.h - position tables of another size -------------------===//
// A table of biases has a row per relative position, one of 2 window - 1 along each
// axis, a position embedding one per token. A model with other windows or another map
// than its weights gets new rows from the old ones, as the source of the weights makes
// them.
//===----------------------------------------------------------------------===//
#ifndef SWIN_DSL_RESIZETABLES_H
#define SWIN_DSL_RESIZETABLES_H

#include "dsl/Spec.h"

namespace swin::dsl {

/// The number whose square is `value`, or 0.
int64_t squareRoot(int64_t value);
/// The square window whose table of biases has that many rows, or 0.
int64_t windowOfTable(int64_t rows);

enum class Resizing {
  None,      ///< the source refuses
  Bicubic,   ///< cubic convolution (a = -0.75) between centres of cells, values beyond the border are those at it
  Geometric, ///< linear between positions whose distances grow geometrically from the middle, ends go on
};
/// How a source resizes tables of biases, and position embeddings.
Resizing tableResizing(Semantics semantics);
Resizing positionResizing(Semantics semantics);

/// `values` are from[0] x from[1] x channels; the result is to[0] x to[1] x channels. Sizes are positive, for Geometric
/// odd; `how` is not None.
std::vector<float> resized(const std::vector<float> &values, Size from, Size to, int64_t channels, Resizing how);

} // namespace swin::dsl

#endif // SWIN_DSL_RESIZETABLES_H
