//===- VerifyResizes.cpp - constraints on maps of other sizes and layouts -===//
// As Verify.cpp says.
//===----------------------------------------------------------------------===//
#include "passes/dialect/Verify.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir;

namespace swin {

using namespace verify;

LogicalResult ChannelsLastOp::verify() {
  Sizes input = shapeOf(getInput()); // channels_last_c1
  return verifyShape(*this, "the result", shapeOf(getResult()), {input[0], input[2], input[3], input[1]},
                     ", the operand's batch x height x width x channels");
}

LogicalResult ReflectPadOp::verify() {
  Sizes input = shapeOf(getInput()), result = shapeOf(getResult()), window = getWindow();
  if (failed(verifyPair(*this, "window", window))) // reflect_pad_c1
    return failure();
  auto padded = [&](int axis, int64_t size) { return ceilDiv(size, window[axis]) * window[axis]; };
  for (int axis : {0, 1}) // reflect_pad_c3
    if (int64_t size = input[1 + axis]; !ShapedType::isDynamic(size)) {
      if (failed(verifyExtent(*this, axis, size, "the operand")))
        return failure();
      if (int64_t added = padded(axis, size) - size; added >= size)
        return emitOpError() << mapAxes[1 + axis] << " of the operand must be more than the " << added
                             << " that are added to it, but is " << size;
    }
  if (failed(verifyMapSizes(*this, input, result, ", whole windows", padded))) // reflect_pad_c2
    return failure();
  return verifySize(*this, "channels of the result", result[3], input[3], " as in the operand");
}

LogicalResult PixelShuffleOp::verify() {
  Sizes input = shapeOf(getInput()), result = shapeOf(getResult());
  int64_t factor = getFactorAttr().getInt();
  if (failed(verifyUpTo64(*this, "factor", factor))) // pixel_shuffle_c1
    return failure();
  if (failed(verifyStatic(*this, "channels of the result", result[3])) || // pixel_shuffle_c2
      failed(verifySize(*this, "channels of the operand", input[3], result[3] * factor * factor,
                        ", factor^2 times the result's " + Twine(result[3]))))
    return failure();
  for (int axis : {0, 1})
    if (failed(verifyExtent(*this, axis, input[1 + axis], "the operand")))
      return failure();
  return verifyMapSizes(*this, input, result, ", factor times the operand's",
                        [&](int, int64_t size) { return size * factor; });
}

LogicalResult ResizeOp::verify() {
  Sizes input = shapeOf(getInput()), result = shapeOf(getResult());
  if (failed(verifyFactor(*this, getFactor()))) // resize_c1
    return failure();
  Sizes like = getLike() ? shapeOf(getLike()) : input; // resize_c2
  StringRef whose = getLike() ? "`like`" : "the operand";
  if (failed(verifySize(*this, "batch of `like`", like[0], input[0], " as in the operand")))
    return failure();
  for (int axis : {0, 1})
    if (failed(verifyExtent(*this, axis, like[1 + axis], whose)))
      return failure();
  if (failed(verifyMapSizes(*this, like, result, (", that of " + whose + " times its factor").str(),
                            [&](int axis, int64_t size) { return size * timesLike(getFactor())[axis]; })))
    return failure();
  return verifySize(*this, "channels of the result", result[3], input[3], " as in the operand");
}

LogicalResult AdaptivePoolOp::verify() {
  Sizes input = shapeOf(getInput()), result = shapeOf(getResult()), size = getSize();
  if (size.size() != 2) // adaptive_pool_c1
    return emitOpError("size must have two entries, [height, width], but has ") << size.size();
  for (int axis : {0, 1})
    if (failed(verifyUpTo64(*this, Twine("size along ") + mapAxes[1 + axis], size[axis])))
      return failure();
  return verifyShape(*this, "the result", result, {input[0], size[0], size[1], input[3]}, // adaptive_pool_c2
                     ", the operand's batch x size x channels");
}

LogicalResult ConcatOp::verify() {
  if (getInputs().empty()) // concat_c1
    return emitOpError("needs at least one map, but there is none");
  Sizes result = shapeOf(getResult()); // concat_c2
  int64_t channels = 0;
  for (auto [index, input] : llvm::enumerate(getInputs())) {
    Sizes shape = shapeOf(input);
    for (int d : {0, 1, 2})
      if (failed(verifySize(*this, Twine(mapAxes[d]) + " of map " + Twine(index), shape[d], result[d],
                            " as in the result")))
        return failure();
    if (failed(verifyStatic(*this, "channels of map " + Twine(index), shape[3])))
      return failure();
    channels += shape[3];
  }
  return verifySize(*this, "channels of the result", result[3], channels, ", those of all maps together");
}

} // namespace swin
