//===- ConvolutionOps.cpp - convolutions and maps of channels -------------===//
// A convolution is a linear map of what its kernel covers: taps in row-major order, the channels of each
// side by side.
//===----------------------------------------------------------------------===//
#include "passes/reference/Evaluate.h"
#include "passes/reference/MoveTokens.h"
#include "passes/reference/Product.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace swin::ref {
namespace {

/// Where the kernel of a convolution stands on a map.
struct Places {
  const Tensor &input;
  llvm::ArrayRef<int64_t> kernel, stride, padding;
  std::array<int64_t, 2> count = {}; ///< rows and columns of the result

  int64_t taps() const { return kernel[0] * kernel[1]; }

  /// `channels` channels from `first` of what the kernel covers at row i, column j: taps x channels; 0 outside the map.
  void gather(int64_t b, int64_t i, int64_t j, int64_t first, int64_t channels, double *covered) const {
    int64_t height = input.shape[1], width = input.shape[2];
    for (int64_t y = 0; y < kernel[0]; ++y)
      for (int64_t x = 0; x < kernel[1]; ++x, covered += channels) {
        int64_t h = i * stride[0] + y - padding[0], w = j * stride[1] + x - padding[1];
        if (h >= 0 && w >= 0 && h < height && w < width)
          std::copy_n(&input.values[((b * height + h) * width + w) * input.shape[3] + first], channels, covered);
        else
          std::fill_n(covered, channels, 0.0);
      }
  }
};

template <typename OpT> llvm::Expected<Places> placesOf(const Site &site, OpT op, const Tensor &input) {
  Places places = {input, op.getKernel(), op.getStride(), op.getPadding()};
  for (int axis : {0, 1}) {
    int64_t size = input.shape[1 + axis] + 2 * places.padding[axis];
    if (size < places.kernel[axis])
      return site.refuse(llvm::Twine("needs a map whose ") + axisNames[axis] + " is at least " +
                         llvm::Twine(places.kernel[axis] - 2 * places.padding[axis]) +
                         " so that the kernel fits, but it is " + llvm::Twine(input.shape[1 + axis]));
    places.count[axis] = (size - places.kernel[axis]) / places.stride[axis] + 1;
  }
  return places;
}

/// Panels for the `outputs` outputs from `first` of a weight (E, C, kh, kw), its inputs in the order of Places::gather.
std::vector<double> panelsOf(const Tensor &weight, int64_t first, int64_t outputs) {
  int64_t channels = weight.shape[1], taps = weight.shape[2] * weight.shape[3];
  std::vector<double> ordered(outputs * channels * taps);
  for (int64_t e = 0; e < outputs; ++e)
    for (int64_t c = 0; c < channels; ++c)
      for (int64_t t = 0; t < taps; ++t)
        ordered[(e * taps + t) * channels + c] = weight.values[((first + e) * channels + c) * taps + t];
  return packPanels(ordered.data(), outputs, channels * taps);
}

} // namespace

Result conv2d(const Site &site, Conv2dOp op, Operands operands) {
  const Tensor &input = *operands[0], &weight = *operands[1];
  const Tensor *bias = operands.size() == 3 ? operands[2] : nullptr;
  llvm::Expected<Places> places = placesOf(site, op, input);
  if (!places)
    return places.takeError();
  auto [rows, columns] = places->count;
  int64_t batch = input.shape[0], total = op.getType().getShape().back();
  Result result = site.zeros({batch, rows, columns, total});
  if (!result)
    return result;
  int64_t groups = op.getGroups() ? op.getGroupsAttr().getInt() : 1;
  int64_t channels = input.shape[3] / groups, outputs = total / groups, inputs = places->taps() * channels;
  // A few places at once: enough to read a panel from the cache, and no copy of the whole map for each tap.
  constexpr int64_t atOnce = 32;
  std::vector<double> covered(atOnce * inputs), values(atOnce * outputs);
  for (int64_t g = 0; g < groups; ++g) {
    std::vector<double> panels = weight.shape.size() == 3 ? weight.values : panelsOf(weight, g * outputs, outputs);
    const double *offsets = bias ? &bias->values[g * outputs] : nullptr;
    for (int64_t begin = 0; begin < batch * rows * columns; begin += atOnce) {
      int64_t count = std::min(atOnce, batch * rows * columns - begin);
      for (int64_t p = 0; p < count; ++p) {
        int64_t place = begin + p;
        places->gather(place / columns / rows, place / columns % rows, place % columns, g * channels, channels,
                       &covered[p * inputs]);
      }
      multiplyRows(covered.data(), count, inputs, panels.data(), outputs, offsets, values.data(), site.threads);
      for (int64_t p = 0; p < count; ++p)
        std::copy_n(&values[p * outputs], outputs, &result->values[(begin + p) * total + g * outputs]);
    }
  }
  return result;
}

Result depthwiseConv2d(const Site &site, DepthwiseConv2dOp op, Operands operands) {
  const Tensor &input = *operands[0], &weight = *operands[1];
  const Tensor *bias = operands.size() == 3 ? operands[2] : nullptr;
  llvm::Expected<Places> places = placesOf(site, op, input);
  if (!places)
    return places.takeError();
  auto [rows, columns] = places->count;
  int64_t batch = input.shape[0], channels = input.shape[3], taps = places->taps();
  Result result = site.zeros({batch, rows, columns, channels});
  if (!result)
    return result;
  bool packed = weight.shape.size() == 3;
  auto weightOf = [&](int64_t c, int64_t t) {
    return weight.values[packed ? (c / panelWidth * taps + t) * panelWidth + c % panelWidth : c * taps + t];
  };
  std::vector<double> covered(taps * channels);
  double *to = result->values.data();
  for (int64_t b = 0; b < batch; ++b)
    for (int64_t i = 0; i < rows; ++i)
      for (int64_t j = 0; j < columns; ++j, to += channels) {
        places->gather(b, i, j, 0, channels, covered.data());
        for (int64_t t = 0; t < taps; ++t)
          for (int64_t c = 0; c < channels; ++c)
            to[c] += covered[t * channels + c] * weightOf(c, t);
        for (int64_t c = 0; bias && c < channels; ++c)
          to[c] += bias->values[c];
      }
  return result;
}

Result affine(const Site &, AffineOp, Operands operands) {
  Tensor result = *operands[0];
  const std::vector<double> &scale = operands[1]->values, &offset = operands[2]->values;
  for (size_t i = 0; i < result.values.size(); ++i)
    result.values[i] = result.values[i] * scale[i % scale.size()] + offset[i % scale.size()];
  return result;
}

Result batchNorm(const Site &, BatchNormOp op, Operands operands) {
  Tensor result = *operands[0];
  const std::vector<double> &gamma = operands[1]->values, &beta = operands[2]->values;
  const std::vector<double> &mean = operands[3]->values, &variance = operands[4]->values;
  double epsilon = op.getEpsilon().convertToDouble();
  for (size_t i = 0; i < result.values.size(); ++i) {
    size_t c = i % gamma.size();
    result.values[i] = (result.values[i] - mean[c]) / std::sqrt(variance[c] + epsilon) * gamma[c] + beta[c];
  }
  return result;
}

Result leakyRelu(const Site &, LeakyReluOp op, Operands operands) {
  Tensor result = *operands[0];
  double slope = op.getSlope().convertToDouble();
  for (double &value : result.values)
    value = value > 0 ? value : slope * value;
  return result;
}

Result literal(const Site &site, LiteralOp op, Operands) {
  llvm::ArrayRef<double> values = op.getValues();
  Result result = site.zeros({static_cast<int64_t>(values.size())});
  if (result)
    std::transform(values.begin(), values.end(), result->values.begin(),
                   [](double value) { return static_cast<float>(value); });
  return result;
}

Result batchScale(const Site &, BatchScaleOp op, Operands operands) {
  Tensor result = *operands[0];
  double epsilon = op.getEpsilon().convertToDouble();
  for (size_t c = 0; c < result.values.size(); ++c)
    result.values[c] /= std::sqrt(operands[1]->values[c] + epsilon);
  return result;
}

Result batchOffset(const Site &, BatchOffsetOp, Operands operands) {
  Tensor result = *operands[1];
  for (size_t c = 0; c < result.values.size(); ++c)
    result.values[c] -= operands[2]->values[c] * operands[0]->values[c];
  return result;
}

Result scaleOutputs(const Site &, ScaleOutputsOp, Operands operands) {
  Tensor result = *operands[0];
  const std::vector<double> &scale = operands[1]->values;
  size_t inputs = result.values.size() / scale.size();
  for (size_t i = 0; i < result.values.size(); ++i)
    result.values[i] *= scale[i / inputs];
  return result;
}

Result ungroup(const Site &site, UngroupOp op, Operands operands) {
  const Tensor &weight = *operands[0];
  int64_t groups = op.getGroupsAttr().getInt(), outputs = weight.shape[0], channels = weight.shape[1];
  int64_t taps = weight.shape[2] * weight.shape[3];
  Result result = site.zeros({outputs, groups * channels, weight.shape[2], weight.shape[3]});
  if (!result)
    return result;
  for (int64_t e = 0; e < outputs; ++e) {
    int64_t g = e / (outputs / groups);
    std::copy_n(&weight.values[e * channels * taps], channels * taps,
                &result->values[(e * groups + g) * channels * taps]);
  }
  return result;
}

} // namespace swin::ref
