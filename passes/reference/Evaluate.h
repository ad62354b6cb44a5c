//===- Evaluate.h - one function per op -----------------------------------===//
// Inside of the interpreter. An op's function may assume that the op is verified and
// that each operand has a shape its type allows; what only the sizes of a run can
// break it checks itself, before it takes memory.
//===----------------------------------------------------------------------===//
#ifndef SWIN_PASSES_REFERENCE_EVALUATE_H
#define SWIN_PASSES_REFERENCE_EVALUATE_H

#include "passes/dialect/Swin.h"
#include "passes/reference/Interpreter.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/Twine.h"

#include <array>
#include <string>
#include <vector>

namespace swin::ref {

using Operands = llvm::ArrayRef<const Tensor *>;
using Result = llvm::Expected<Tensor>;

/// The name of the layer an op was made for, from the NameLoc in its location; "" without one.
std::string layerOf(mlir::Location location);
inline std::string layerOf(mlir::Operation *op) { return layerOf(op->getLoc()); }

/// "2x3x4".
std::string shapeText(llvm::ArrayRef<int64_t> shape);

/// An op that runs, the layer that errors name, and how many threads may work on it.
struct Site {
  mlir::Operation *op;
  std::string layer;
  unsigned threads = 1;

  /// "LAYER: OP WHAT".
  llvm::Error refuse(const llvm::Twine &what) const;
  /// Zeros. Error: 2^31 or more values.
  Result zeros(std::vector<int64_t> shape) const;
  /// Error: `shape` is none of `type`, or has an empty dimension; `what` begins the text ("gives", "gets").
  llvm::Error fits(const char *what, llvm::ArrayRef<int64_t> shape, mlir::Type type) const;
};

/// The value of a graph op (swin.param, swin.call excepted) on operands whose shapes fit its operand types.
Result evaluate(const Site &site, Operands operands);

/// The offsets that `rule` leaves of `offsets` on a map of `size` {height, width} tokens.
std::array<int64_t, 2> effectiveShift(llvm::ArrayRef<int64_t> offsets, llvm::ArrayRef<int64_t> window, ShiftRule rule,
                                      std::array<int64_t, 2> size);

// ConstantOps.cpp
Result scaleRows(const Site &site, ScaleRowsOp op, Operands operands);
Result scaleColumns(const Site &site, ScaleColumnsOp op, Operands operands);
Result pack(const Site &site, PackOp op, Operands operands);
Result packSums(const Site &site, PackSumsOp op, Operands operands);
Result expandBias(const Site &site, ExpandBiasOp op, Operands operands);
Result logCoords(const Site &site, LogCoordsOp op, Operands operands);
Result logitScale(const Site &site, LogitScaleOp op, Operands operands);
Result qkvBias(const Site &site, QkvBiasOp op, Operands operands);
// TokenOps.cpp
Result layerNorm(const Site &site, LayerNormOp op, Operands operands);
Result linear(const Site &site, LinearOp op, Operands operands);
Result add(const Site &site, AddOp op, Operands operands);
Result addPosition(const Site &site, AddPositionOp op, Operands operands);
/// An op `f` without attributes, with MLIR's Elementwise trait: `result = f(input)` for each element.
Result elementwise(const Site &site, Operands operands);
// MapOps.cpp
Result patchEmbed(const Site &site, PatchEmbedOp op, Operands operands);
Result patchMerging(const Site &site, PatchMergingOp op, Operands operands);
Result checkSize(const Site &site, CheckSizeOp op, Operands operands);
Result meanPool(const Site &site, MeanPoolOp op, Operands operands);
Result channelsFirst(const Site &site, ChannelsFirstOp op, Operands operands);
// WindowOps.cpp
Result pad(const Site &site, PadOp op, Operands operands);
Result crop(const Site &site, CropOp op, Operands operands);
Result cyclicShift(const Site &site, CyclicShiftOp op, Operands operands);
Result windowPartition(const Site &site, WindowPartitionOp op, Operands operands);
Result windowReverse(const Site &site, WindowReverseOp op, Operands operands);
// ConvolutionOps.cpp
Result conv2d(const Site &site, Conv2dOp op, Operands operands);
Result depthwiseConv2d(const Site &site, DepthwiseConv2dOp op, Operands operands);
Result affine(const Site &site, AffineOp op, Operands operands);
Result batchNorm(const Site &site, BatchNormOp op, Operands operands);
Result leakyRelu(const Site &site, LeakyReluOp op, Operands operands);
Result literal(const Site &site, LiteralOp op, Operands operands);
Result batchScale(const Site &site, BatchScaleOp op, Operands operands);
Result batchOffset(const Site &site, BatchOffsetOp op, Operands operands);
Result scaleOutputs(const Site &site, ScaleOutputsOp op, Operands operands);
Result ungroup(const Site &site, UngroupOp op, Operands operands);
// ResizeOps.cpp
Result channelsLast(const Site &site, ChannelsLastOp op, Operands operands);
Result reflectPad(const Site &site, ReflectPadOp op, Operands operands);
Result pixelShuffle(const Site &site, PixelShuffleOp op, Operands operands);
Result resize(const Site &site, ResizeOp op, Operands operands);
Result adaptivePool(const Site &site, AdaptivePoolOp op, Operands operands);
Result concat(const Site &site, ConcatOp op, Operands operands);
// Attention.cpp
Result windowAttention(const Site &site, WindowAttentionOp op, Operands operands);
/// P of that op in one window {image, row, column}: heads x tokens x tokens, [h, a, b] is how much the result of head h
/// at token a has of token b.
Result attentionWeights(const Site &site, WindowAttentionOp op, Operands operands, std::array<int64_t, 3> window);
Result tokenMixing(const Site &site, TokenMixingOp op, Operands operands);

} // namespace swin::ref

#endif // SWIN_PASSES_REFERENCE_EVALUATE_H
