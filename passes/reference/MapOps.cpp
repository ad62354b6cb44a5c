//===- MapOps.cpp - ops on whole maps -------------------------------------===//
#include "passes/reference/Evaluate.h"
#include "passes/reference/Product.h"

#include "llvm/Support/MathExtras.h"

#include <algorithm>
#include <optional>

namespace swin::ref {
namespace {

std::string times(int64_t height, int64_t width) { return std::to_string(height) + " x " + std::to_string(width); }

/// Pixels of one row of patches, one patch after the other, each in the order of the weight (channel, y, x);
/// 0 outside the image.
void gatherPatches(const Tensor &image, int64_t b, int64_t i, llvm::ArrayRef<int64_t> patch,
                   std::vector<double> &patches) {
  int64_t channels = image.shape[1], height = image.shape[2], width = image.shape[3];
  int64_t ph = patch[0], pw = patch[1];
  int64_t inputs = channels * ph * pw, columns = static_cast<int64_t>(patches.size()) / inputs;
  for (int64_t j = 0; j < columns; ++j)
    for (int64_t c = 0; c < channels; ++c)
      for (int64_t y = 0; y < ph; ++y)
        for (int64_t x = 0; x < pw; ++x) {
          int64_t row = i * ph + y, column = j * pw + x;
          bool inside = row < height && column < width;
          patches[j * inputs + (c * ph + y) * pw + x] =
              inside ? image.values[((b * channels + c) * height + row) * width + column] : 0.0;
        }
}

} // namespace

Result patchEmbed(const Site &site, PatchEmbedOp op, Operands operands) {
  const Tensor &image = *operands[0], &weight = *operands[1], &bias = *operands[2];
  bool packed = weight.shape.size() == 3;
  llvm::ArrayRef<int64_t> patch = op.getPatch();
  int64_t outputs = bias.shape[0], channels = image.shape[1];
  // The weight's shape bounds the patch, whose area may overflow.
  bool fits = packed
                  ? weight.shape[0] == int64_t(llvm::divideCeil(outputs, panelWidth)) &&
                        weight.shape[2] == panelWidth && weight.shape[1] % channels == 0 &&
                        weight.shape[1] / channels / patch[0] == patch[1] && weight.shape[1] / channels % patch[0] == 0
                  : weight.shape == std::vector<int64_t>{outputs, channels, patch[0], patch[1]};
  if (!fits)
    return site.refuse("needs a weight for " + llvm::Twine(channels) + " channels, patches of " +
                       times(patch[0], patch[1]) + " and " + llvm::Twine(outputs) + " outputs, but it is " +
                       shapeText(weight.shape));
  auto patchesAlong = [&](int axis) {
    int64_t size = image.shape[2 + axis];
    return op.getPad() ? static_cast<int64_t>(llvm::divideCeil(size, patch[axis])) : size / patch[axis];
  };
  int64_t rows = patchesAlong(0), columns = patchesAlong(1), inputs = channels * patch[0] * patch[1];
  if (rows < 1 || columns < 1)
    return site.refuse("needs an image of at least one patch of " + times(patch[0], patch[1]) + " pixels, but it is " +
                       times(image.shape[2], image.shape[3]));
  Result result = site.zeros({image.shape[0], rows, columns, outputs});
  if (!result)
    return result;
  std::vector<double> panels;
  if (!packed)
    panels = packPanels(weight.values.data(), outputs, inputs);
  std::vector<double> patches(columns * inputs);
  for (int64_t b = 0; b < image.shape[0]; ++b)
    for (int64_t i = 0; i < rows; ++i) {
      gatherPatches(image, b, i, patch, patches);
      multiplyRows(patches.data(), columns, inputs, packed ? weight.values.data() : panels.data(), outputs,
                   bias.values.data(), &result->values[(b * rows + i) * columns * outputs], site.threads);
    }
  return result;
}

Result patchMerging(const Site &site, PatchMergingOp, Operands operands) {
  const Tensor &input = *operands[0];
  int64_t height = input.shape[1], width = input.shape[2], channels = input.shape[3];
  int64_t rows = (height + 1) / 2, columns = (width + 1) / 2;
  if (channels > INT32_MAX)
    return site.refuse("needs less than 2^31 channels");
  Result result = site.zeros({input.shape[0], rows, columns, 4 * channels});
  if (!result)
    return result;
  double *to = result->values.data();
  for (int64_t b = 0; b < input.shape[0]; ++b)
    for (int64_t i = 0; i < rows; ++i)
      for (int64_t j = 0; j < columns; ++j)
        for (int64_t q : {0, 1})
          for (int64_t p : {0, 1}) {
            int64_t h = 2 * i + p, w = 2 * j + q;
            if (h < height && w < width)
              std::copy_n(&input.values[((b * height + h) * width + w) * channels], channels, to);
            to += channels;
          }
  return result;
}

Result checkSize(const Site &site, CheckSizeOp op, Operands operands) {
  // In the words in which the library refuses the size.
  auto refuse = [&](const std::string &what) {
    return llvm::createStringError((site.layer.empty() ? "swin.check_size" : site.layer) + " needs a map " + what +
                                   " tokens; this one is " + times(operands[0]->shape[1], operands[0]->shape[2]));
  };
  llvm::ArrayRef<int64_t> min = op.getMin(), multiple = op.getMultiple();
  std::optional<llvm::ArrayRef<int64_t>> max = op.getMax();
  bool exact = max == min;
  for (int axis : {0, 1}) {
    int64_t size = operands[0]->shape[1 + axis];
    if (size < min[axis])
      return refuse((exact ? "of exactly " : "of at least ") + times(min[0], min[1]));
    if (max && size > (*max)[axis])
      return refuse((exact ? "of exactly " : "of at most ") + times((*max)[0], (*max)[1]));
    if (size % multiple[axis])
      return refuse("whose size is a multiple of " + times(multiple[0], multiple[1]));
  }
  return *operands[0];
}

Result meanPool(const Site &site, MeanPoolOp, Operands operands) {
  const Tensor &input = *operands[0];
  int64_t tokens = input.shape[1] * input.shape[2], channels = input.shape[3];
  Result result = site.zeros({input.shape[0], channels});
  if (!result)
    return result;
  for (size_t i = 0; i < input.values.size(); ++i) {
    int64_t position = static_cast<int64_t>(i), b = position / channels / tokens;
    result->values[b * channels + position % channels] += input.values[i];
  }
  for (double &value : result->values)
    value /= static_cast<double>(tokens);
  return result;
}

Result channelsFirst(const Site &, ChannelsFirstOp, Operands operands) {
  const Tensor &input = *operands[0];
  int64_t batch = input.shape[0], tokens = input.shape[1] * input.shape[2], channels = input.shape[3];
  Tensor result = {{batch, channels, input.shape[1], input.shape[2]}, std::vector<double>(input.values.size())};
  for (int64_t b = 0; b < batch; ++b)
    for (int64_t t = 0; t < tokens; ++t)
      for (int64_t c = 0; c < channels; ++c)
        result.values[(b * channels + c) * tokens + t] = input.values[(b * tokens + t) * channels + c];
  return result;
}

} // namespace swin::ref
