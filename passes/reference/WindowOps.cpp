//===- WindowOps.cpp - from maps to windows and back ----------------------===//
// All of them move tokens.
//===----------------------------------------------------------------------===//
#include "passes/reference/Evaluate.h"
#include "passes/reference/MoveTokens.h"

#include <algorithm>
#include <array>

namespace swin::ref {
namespace {

/// A position `by` tokens further on.
auto ahead(int64_t by) {
  return [by](int64_t position) { return position + by; };
}

} // namespace

Result pad(const Site &site, PadOp op, Operands operands) {
  const Tensor &input = *operands[0];
  std::vector<int64_t> shape = input.shape;
  std::array<int64_t, 2> before = tokensInFront(op.getBefore());
  for (int axis : {0, 1}) {
    int64_t window = op.getWindow()[axis];
    // A window beyond any tensor, so that the sum cannot overflow.
    if (window > INT32_MAX)
      return site.refuse(llvm::Twine("needs a window of less than 2^31 tokens in ") + axisNames[axis]);
    shape[1 + axis] = (shape[1 + axis] + before[axis] + window - 1) / window * window;
  }
  Result result = site.zeros(std::move(shape));
  if (result)
    moveTokens(input, *result, ahead(-before[0]), ahead(-before[1]));
  return result;
}

Result crop(const Site &site, CropOp op, Operands operands) {
  const Tensor &input = *operands[0], &like = *operands[1];
  if (like.shape[0] != input.shape[0])
    return site.refuse("needs maps of one batch, but they are " + llvm::Twine(input.shape[0]) + " and " +
                       llvm::Twine(like.shape[0]));
  std::array<int64_t, 2> before = tokensInFront(op.getBefore());
  std::vector<int64_t> shape = {input.shape[0], like.shape[1], like.shape[2], input.shape[3]};
  for (int axis : {0, 1}) {
    int64_t size = input.shape[1 + axis], wanted = shape[1 + axis] *= timesLike(op.getFactor())[axis];
    if (before[axis] > size - wanted) // a difference, as the sum may overflow
      return site.refuse(llvm::Twine("needs a map whose ") + axisNames[axis] + " " + llvm::Twine(size) +
                         " is at least " + llvm::Twine(wanted) +
                         (before[axis] ? " behind the first " + std::to_string(before[axis]) : ""));
  }
  Result result = site.zeros(std::move(shape));
  if (result)
    moveTokens(input, *result, ahead(before[0]), ahead(before[1]));
  return result;
}

Result cyclicShift(const Site &site, CyclicShiftOp op, Operands operands) {
  const Tensor &input = *operands[0];
  int64_t height = input.shape[1], width = input.shape[2];
  auto [dy, dx] = effectiveShift(op.getOffsets(), op.getWindow(), op.getUnlessCovered(), {height, width});
  auto rolled = [](int64_t offset, int64_t size) {
    return [offset = (offset % size + size) % size, size](int64_t position) { return (position + offset) % size; };
  };
  Result result = site.zeros(input.shape);
  if (result)
    moveTokens(input, *result, rolled(dy, height), rolled(dx, width));
  return result;
}

Result windowPartition(const Site &site, WindowPartitionOp op, Operands operands) {
  const Tensor &input = *operands[0];
  int64_t wh = op.getWindow()[0], ww = op.getWindow()[1];
  for (int axis : {0, 1})
    if (int64_t size = input.shape[1 + axis], window = op.getWindow()[axis]; size % window)
      return site.refuse(llvm::Twine("needs a map whose ") + axisNames[axis] + " " + llvm::Twine(size) +
                         " is a multiple of " + llvm::Twine(window));
  int64_t rows = input.shape[1] / wh, columns = input.shape[2] / ww, channels = input.shape[3];
  Result result = site.zeros({input.shape[0], rows, columns, wh * ww, channels});
  if (!result)
    return result;
  double *to = result->values.data();
  for (int64_t b = 0; b < input.shape[0]; ++b)
    for (int64_t i = 0; i < rows; ++i)
      for (int64_t j = 0; j < columns; ++j)
        for (int64_t r = 0; r < wh; ++r)
          for (int64_t s = 0; s < ww; ++s, to += channels)
            copyToken(input, b, i * wh + r, j * ww + s, to);
  return result;
}

Result windowReverse(const Site &site, WindowReverseOp op, Operands operands) {
  const Tensor &input = *operands[0];
  int64_t rows = input.shape[1], columns = input.shape[2], tokens = input.shape[3], channels = input.shape[4];
  int64_t wh = op.getWindow()[0], ww = op.getWindow()[1];
  if (tokens % wh || tokens / wh != ww)
    return site.refuse("needs windows of " + llvm::Twine(wh) + " x " + llvm::Twine(ww) + " tokens, but they have " +
                       llvm::Twine(tokens));
  Result result = site.zeros({input.shape[0], rows * wh, columns * ww, channels});
  if (!result)
    return result;
  const double *from = input.values.data();
  for (int64_t b = 0; b < input.shape[0]; ++b)
    for (int64_t i = 0; i < rows; ++i)
      for (int64_t j = 0; j < columns; ++j)
        for (int64_t r = 0; r < wh; ++r)
          for (int64_t s = 0; s < ww; ++s, from += channels)
            std::copy_n(from, channels, tokenOf(*result, b, i * wh + r, j * ww + s));
  return result;
}

} // namespace swin::ref
