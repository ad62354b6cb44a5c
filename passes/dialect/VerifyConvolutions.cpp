//===- VerifyConvolutions.cpp - constraints on convolutions and maps of channels ===//
// As Verify.cpp says.
//===----------------------------------------------------------------------===//
#include "passes/dialect/Verify.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>

using namespace mlir;

namespace swin {

using namespace verify;

namespace {

/// Two sizes each, and padding that leaves no kernel without a token of the map.
LogicalResult verifyTaps(Operation *op, Sizes kernel, Sizes stride, Sizes padding) {
  if (failed(verifyPair(op, "kernel", kernel)) || failed(verifyPair(op, "stride", stride)))
    return failure();
  if (padding.size() != 2)
    return op->emitOpError("padding must have two sizes, [height, width], but has ") << padding.size();
  for (int axis : {0, 1})
    if (padding[axis] < 0 || padding[axis] >= kernel[axis])
      return op->emitOpError("padding along ") << mapAxes[1 + axis] << " must be in [0, " << kernel[axis]
                                               << "), less than the kernel, but is " << padding[axis];
  return success();
}

/// Batch and map of the result of a convolution whose taps are right.
LogicalResult verifyConvolved(Operation *op, Sizes input, Sizes result, Sizes kernel, Sizes stride, Sizes padding) {
  for (int axis : {0, 1}) {
    int64_t size = input[1 + axis], least = kernel[axis] - 2 * padding[axis];
    if (failed(verifyExtent(op, axis, size, "the operand")))
      return failure();
    if (!ShapedType::isDynamic(size) && size < least)
      return op->emitOpError() << mapAxes[1 + axis] << " of the operand must be at least " << least
                               << " so that the kernel fits, but is " << size;
  }
  return verifyMapSizes(op, input, result, ", places of the kernel", [&](int axis, int64_t size) {
    return (size + 2 * padding[axis] - kernel[axis]) / stride[axis] + 1;
  });
}

/// A weight for `outputs` channels of `inputs` each, as it is or packed with `inputs` as the fast dimension.
LogicalResult verifyWeight(Operation *op, Sizes weight, int64_t outputs, int64_t inputs, Sizes kernel) {
  std::optional<int64_t> columns = product({kernel[0], kernel[1], inputs});
  if (!columns || !product({ceilDiv(outputs, panel), *columns, panel}))
    return op->emitOpError("weight must have at most ") << maxElements << " elements, but would have more";
  if (weight.size() == 3)
    return verifyShape(op, "packed weight", weight, {ceilDiv(outputs, panel), *columns, panel},
                       ", panels x kernel and inputs x 16");
  return verifyShape(op, "weight", weight, {outputs, inputs, kernel[0], kernel[1]}, ", outputs x inputs x kernel");
}

/// Channels of `value`, which are its last dimension.
LogicalResult verifyChannels(Operation *op, Value value) {
  Sizes shape = shapeOf(value);
  if (shape.empty())
    return op->emitOpError("needs tokens with channels, but the operand has no dimension");
  return verifyStatic(op, "channels of the operand", shape.back());
}

} // namespace

LogicalResult Conv2dOp::verify() {
  Sizes input = shapeOf(getInput()), result = shapeOf(getResult());
  if (failed(verifyTaps(*this, getKernel(), getStride(), getPadding()))) // conv2d_c1
    return failure();
  if (failed(verifyStatic(*this, "channels of the operand", input[3])) ||
      failed(verifyStatic(*this, "channels of the result", result[3])))
    return failure();
  int64_t groups = getGroups() ? getGroupsAttr().getInt() : 1; // conv2d_c5
  if (groups < 1 || input[3] % groups || result[3] % groups)
    return emitOpError("groups must divide the ")
           << input[3] << " channels of the operand and the " << result[3] << " of the result, but are " << groups;
  if (groups > 1 && shapeOf(getWeight()).size() == 3)
    return emitOpError("a packed weight is one of a single group, but there are ") << groups << " groups";
  if (failed(verifyWeight(*this, shapeOf(getWeight()), result[3], input[3] / groups, getKernel()))) // conv2d_c2
    return failure();
  if (getBias() && failed(verifyVector(*this, "bias", getBias(), result[3], "the result's channels"))) // conv2d_c3
    return failure();
  return verifyConvolved(*this, input, result, getKernel(), getStride(), getPadding()); // conv2d_c4
}

LogicalResult DepthwiseConv2dOp::verify() {
  Sizes input = shapeOf(getInput()), result = shapeOf(getResult());
  if (failed(verifyTaps(*this, getKernel(), getStride(), getPadding()))) // depthwise_conv2d_c1
    return failure();
  if (failed(verifyStatic(*this, "channels of the operand", input[3])))
    return failure();
  if (failed(verifyWeight(*this, shapeOf(getWeight()), input[3], 1, getKernel()))) // depthwise_conv2d_c2
    return failure();
  if (getBias() && // depthwise_conv2d_c3
      failed(verifyVector(*this, "bias", getBias(), input[3], "the operand's channels")))
    return failure();
  if (failed(verifySize(*this, "channels of the result", result[3], input[3], " as in the operand")))
    return failure(); // depthwise_conv2d_c4
  return verifyConvolved(*this, input, result, getKernel(), getStride(), getPadding());
}

LogicalResult AffineOp::verify() {
  if (failed(verifyChannels(*this, getInput()))) // affine_c1
    return failure();
  int64_t channels = shapeOf(getInput()).back();
  if (failed(verifyVector(*this, "scale", getScale(), channels, "the operand's channels")))
    return failure();
  return verifyVector(*this, "offset", getOffset(), channels, "the operand's channels");
}

LogicalResult BatchNormOp::verify() {
  if (failed(verifyChannels(*this, getInput()))) // batch_norm_c1
    return failure();
  int64_t channels = shapeOf(getInput()).back();
  std::pair<StringRef, Value> vectors[] = {
      {"gamma", getGamma()}, {"beta", getBeta()}, {"mean", getMean()}, {"variance", getVariance()}};
  for (auto [what, vector] : vectors)
    if (failed(verifyVector(*this, what, vector, channels, "the operand's channels")))
      return failure();
  return verifyEpsilon(*this, getEpsilon().convertToDouble()); // batch_norm_c2
}

LogicalResult LeakyReluOp::verify() {
  if (double slope = getSlope().convertToDouble(); !std::isfinite(slope)) // leaky_relu_c1
    return emitOpError("slope must be a finite number, but is ") << slope;
  return success();
}

LogicalResult LiteralOp::verify() {
  ArrayRef<double> values = getValues(); // literal_c1
  if (values.empty())
    return emitOpError("needs at least one value, but there is none");
  for (auto [index, value] : llvm::enumerate(values))
    if (!std::isfinite(static_cast<float>(value)))
      return emitOpError("value ") << index << " must be a finite number of f32, but is " << value;
  return verifyVector(*this, "the result", getResult(), static_cast<int64_t>(values.size()), "the values");
}

LogicalResult BatchScaleOp::verify() {
  return verifyEpsilon(*this, getEpsilon().convertToDouble()); // batch_scale_c1
}

LogicalResult ScaleOutputsOp::verify() {
  Sizes shape = shapeOf(getInput()); // scale_outputs_c1
  if (shape.empty())
    return emitOpError("needs a weight of N x ..., but has a number without dimensions");
  if (failed(verifyStatic(*this, "outputs of the weight", shape[0])))
    return failure();
  return verifyVector(*this, "scale", getScale(), shape[0], "the weight's outputs");
}

LogicalResult UngroupOp::verify() {
  Sizes weight = shapeOf(getInput());
  for (auto [d, size] : llvm::enumerate(weight))
    if (failed(verifyStatic(*this, "dimension " + Twine(d) + " of the weight", size)))
      return failure();
  int64_t groups = getGroupsAttr().getInt(); // ungroup_c1
  if (groups < 1 || weight[0] % groups)
    return emitOpError("groups must divide the ") << weight[0] << " outputs of the weight, but are " << groups;
  if (!product({weight[0], groups, weight[1], weight[2], weight[3]})) // ungroup_c2
    return emitOpError("an ungrouped weight must have at most ") << maxElements << " elements, but would have more";
  return verifyShape(*this, "the result", shapeOf(getResult()), {weight[0], groups * weight[1], weight[2], weight[3]},
                     ", outputs x groups times inputs x kernel");
}

} // namespace swin
