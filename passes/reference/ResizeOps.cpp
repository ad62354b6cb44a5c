//===- ResizeOps.cpp - maps of other sizes and layouts --------------------===//
#include "passes/reference/Evaluate.h"
#include "passes/reference/MoveTokens.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace swin::ref {
namespace {

/// A token of a map's axis, and what it counts.
struct Tap {
  int64_t position;
  double weight;
};

/// The cubic convolution kernel with a = -3/4 at the distance x >= 0, at most 2.
double cubic(double x) {
  constexpr double a = -0.75;
  return x <= 1 ? ((a + 2) * x - (a + 3)) * x * x + 1 : ((a * x - 5 * a) * x + 8 * a) * x - 4 * a;
}

/// What position i of an axis of `to` tokens is made of, on one of `from` tokens.
std::vector<Tap> tapsOf(Interpolation how, int64_t i, int64_t from, int64_t to) {
  double place = (static_cast<double>(i) + 0.5) * static_cast<double>(from) / static_cast<double>(to) - 0.5;
  switch (how) {
  case Interpolation::Nearest:
    return {{i * from / to, 1.0}};
  case Interpolation::Bilinear: {
    double inside = std::max(place, 0.0);
    auto first = static_cast<int64_t>(std::floor(inside));
    double rest = inside - static_cast<double>(first);
    return {{first, 1 - rest}, {std::min(first + 1, from - 1), rest}};
  }
  case Interpolation::Bicubic: {
    auto first = static_cast<int64_t>(std::floor(place));
    double rest = place - static_cast<double>(first);
    std::vector<Tap> taps;
    for (int64_t k = -1; k <= 2; ++k)
      taps.push_back({std::clamp(first + k, int64_t(0), from - 1), cubic(std::abs(rest - static_cast<double>(k)))});
    return taps;
  }
  }
  llvm_unreachable("kind of interpolation");
}

/// `result[b, h, w] = sum over rows(h) and columns(w) of their weights times input[b, row, column]`.
void combineTokens(const Tensor &input, Tensor &result, llvm::ArrayRef<std::vector<Tap>> rows,
                   llvm::ArrayRef<std::vector<Tap>> columns) {
  int64_t height = input.shape[1], width = input.shape[2], channels = input.shape[3];
  for (int64_t b = 0; b < result.shape[0]; ++b)
    for (int64_t h = 0; h < result.shape[1]; ++h)
      for (int64_t w = 0; w < result.shape[2]; ++w) {
        double *to = tokenOf(result, b, h, w);
        for (const Tap &row : rows[h])
          for (const Tap &column : columns[w]) {
            const double *from = &input.values[((b * height + row.position) * width + column.position) * channels];
            for (int64_t c = 0; c < channels; ++c)
              to[c] += row.weight * column.weight * from[c];
          }
      }
}

} // namespace

Result channelsLast(const Site &, ChannelsLastOp, Operands operands) {
  const Tensor &input = *operands[0];
  int64_t batch = input.shape[0], channels = input.shape[1], tokens = input.shape[2] * input.shape[3];
  Tensor result = {{batch, input.shape[2], input.shape[3], channels}, std::vector<double>(input.values.size())};
  for (int64_t b = 0; b < batch; ++b)
    for (int64_t t = 0; t < tokens; ++t)
      for (int64_t c = 0; c < channels; ++c)
        result.values[(b * tokens + t) * channels + c] = input.values[(b * channels + c) * tokens + t];
  return result;
}

Result reflectPad(const Site &site, ReflectPadOp op, Operands operands) {
  const Tensor &input = *operands[0];
  std::vector<int64_t> shape = input.shape;
  for (int axis : {0, 1}) {
    int64_t size = input.shape[1 + axis];
    shape[1 + axis] = static_cast<int64_t>(llvm::alignTo(size, op.getWindow()[axis]));
    if (int64_t added = shape[1 + axis] - size; added >= size)
      return site.refuse(llvm::Twine("needs a map whose ") + axisNames[axis] + " is more than the " +
                         llvm::Twine(added) + " that are added to it, but it is " + llvm::Twine(size));
  }
  Result result = site.zeros(std::move(shape));
  auto mirrored = [](int64_t size) {
    return [size](int64_t position) { return position < size ? position : 2 * size - 2 - position; };
  };
  if (result)
    moveTokens(input, *result, mirrored(input.shape[1]), mirrored(input.shape[2]));
  return result;
}

Result pixelShuffle(const Site &site, PixelShuffleOp op, Operands operands) {
  const Tensor &input = *operands[0];
  int64_t r = op.getFactorAttr().getInt(), channels = input.shape[3] / (r * r);
  Result result = site.zeros({input.shape[0], input.shape[1] * r, input.shape[2] * r, channels});
  if (!result)
    return result;
  const double *from = input.values.data();
  for (int64_t b = 0; b < input.shape[0]; ++b)
    for (int64_t h = 0; h < input.shape[1]; ++h)
      for (int64_t w = 0; w < input.shape[2]; ++w)
        for (int64_t c = 0; c < channels; ++c)
          for (int64_t i = 0; i < r; ++i)
            for (int64_t j = 0; j < r; ++j)
              tokenOf(*result, b, h * r + i, w * r + j)[c] = *from++;
  return result;
}

Result resize(const Site &site, ResizeOp op, Operands operands) {
  const Tensor &input = *operands[0], &like = *operands.back(); // of itself without `like`
  if (like.shape[0] != input.shape[0])
    return site.refuse("needs maps of one batch, but they are " + llvm::Twine(input.shape[0]) + " and " +
                       llvm::Twine(like.shape[0]));
  auto [rowFactor, columnFactor] = timesLike(op.getFactor());
  Result result = site.zeros({input.shape[0], like.shape[1] * rowFactor, like.shape[2] * columnFactor, input.shape[3]});
  if (!result)
    return result;
  std::vector<std::vector<Tap>> taps[2];
  for (int axis : {0, 1})
    for (int64_t i = 0; i < result->shape[1 + axis]; ++i)
      taps[axis].push_back(tapsOf(op.getInterpolation(), i, input.shape[1 + axis], result->shape[1 + axis]));
  combineTokens(input, *result, taps[0], taps[1]);
  return result;
}

Result adaptivePool(const Site &site, AdaptivePoolOp op, Operands operands) {
  const Tensor &input = *operands[0];
  llvm::ArrayRef<int64_t> size = op.getSize();
  Result result = site.zeros({input.shape[0], size[0], size[1], input.shape[3]});
  if (!result)
    return result;
  std::vector<std::vector<Tap>> parts[2];
  for (int axis : {0, 1})
    for (int64_t i = 0, extent = input.shape[1 + axis]; i < size[axis]; ++i) {
      int64_t begin = i * extent / size[axis];
      auto end = static_cast<int64_t>(llvm::divideCeil((i + 1) * extent, size[axis]));
      std::vector<Tap> &part = parts[axis].emplace_back();
      for (int64_t position = begin; position < end; ++position)
        part.push_back({position, 1.0 / static_cast<double>(end - begin)});
    }
  combineTokens(input, *result, parts[0], parts[1]);
  return result;
}

Result concat(const Site &site, ConcatOp, Operands operands) {
  std::vector<int64_t> shape = operands.front()->shape;
  shape[3] = 0;
  for (const Tensor *input : operands) {
    if (!std::equal(shape.begin(), shape.begin() + 3, input->shape.begin()))
      return site.refuse("needs maps of one size, but they are " + shapeText(operands.front()->shape) + " and " +
                         shapeText(input->shape));
    shape[3] += input->shape[3];
  }
  Result result = site.zeros(shape);
  if (!result)
    return result;
  int64_t tokens = shape[0] * shape[1] * shape[2], first = 0;
  for (const Tensor *input : operands) {
    int64_t channels = input->shape[3];
    for (int64_t t = 0; t < tokens; ++t)
      std::copy_n(&input->values[t * channels], channels, &result->values[t * shape[3] + first]);
    first += channels;
  }
  return result;
}

} // namespace swin::ref
