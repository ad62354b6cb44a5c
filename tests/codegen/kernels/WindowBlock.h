//===- WindowBlock.h - what a block does in windows, as a kernel's text ---===//
#ifndef SWIN_TESTS_CODEGEN_KERNELS_WINDOWBLOCK_H
#define SWIN_TESTS_CODEGEN_KERNELS_WINDOWBLOCK_H

#include "tests/codegen/kernels/CompiledKernel.h"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace swin::test {

enum class Order { NoPadding, ShiftFirst, PadFirst };

/// The windows part of a block: attention, or token mixing with none of its linear maps.
struct WindowBlock {
  int64_t channels, heads, inner; ///< inner: channels of all heads together
  int64_t rows, columns;          ///< of a window
  int64_t shiftH = 0, shiftW = 0;
  Order order = Order::ShiftFirst;
  bool norm = true, affine = false, bias = true, projection = true, residual = true, compact = false, dense = false;
  double scale = 1;
  bool cosine = false, normBehind = false, mixing = false;
  int64_t top = 0, left = 0; ///< padding in front of the map

  /// The kernel, with all of `Arguments` whether it reads them or not.
  std::string text() const;
};

/// The constants of a WindowBlock's kernel by their numbers.
struct Arguments {
  enum { Map, Gain, Offset, QkvWeight, QkvBias, Table, Projection, ProjectionBias, Cosine, Mixing, MixingBias };
};

/// Rows of `hazards` that are 300 large become 0: where they are added to a result of about 1, or normed without
/// anything of their size behind it, little is left of a bound that goes by the largest number.
void zeroLargeRows(std::vector<ref::Tensor> &arguments);

/// checkKernel within the bound for sums of some hundred terms in f32, softmax of scores of about 10 and rows of
/// `hazards` that are 300 large.
void checkBlock(const WindowBlock &block, const std::vector<MapSize> &sizes, const AdjustArguments &adjust = {});

} // namespace swin::test

#endif // SWIN_TESTS_CODEGEN_KERNELS_WINDOWBLOCK_H
