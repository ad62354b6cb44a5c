//===- MoveTokens.h - maps whose tokens stand elsewhere -------------------===//
// Inside of the interpreter: an op that moves tokens is a function from a token of the
// result to the token of the input that stands there.
//===----------------------------------------------------------------------===//
#ifndef SWIN_PASSES_REFERENCE_MOVETOKENS_H
#define SWIN_PASSES_REFERENCE_MOVETOKENS_H

#include "passes/reference/Interpreter.h"

#include <algorithm>

namespace swin::ref {

/// Of messages.
constexpr const char *axisNames[] = {"height", "width"};

/// Copies the token at (b, h, w) of `from`, a map, to `to`.
inline void copyToken(const Tensor &from, int64_t b, int64_t h, int64_t w, double *to) {
  int64_t channels = from.shape[3];
  std::copy_n(&from.values[((b * from.shape[1] + h) * from.shape[2] + w) * channels], channels, to);
}

/// The token (b, h, w) of a map.
inline double *tokenOf(Tensor &map, int64_t b, int64_t h, int64_t w) {
  return &map.values[((b * map.shape[1] + h) * map.shape[2] + w) * map.shape[3]];
}

/// `result[b, h, w] = input[b, rows(h), columns(w)]` where both are inside the input, else what it was.
template <typename RowT, typename ColumnT>
void moveTokens(const Tensor &input, Tensor &result, RowT rowOf, ColumnT columnOf) {
  for (int64_t b = 0; b < result.shape[0]; ++b)
    for (int64_t h = 0; h < result.shape[1]; ++h)
      for (int64_t w = 0; w < result.shape[2]; ++w)
        if (int64_t row = rowOf(h), column = columnOf(w);
            row >= 0 && column >= 0 && row < input.shape[1] && column < input.shape[2])
          copyToken(input, b, row, column, tokenOf(result, b, h, w));
}

} // namespace swin::ref

#endif // SWIN_PASSES_REFERENCE_MOVETOKENS_H
