//===- VerifyMaps.cpp - constraints on maps and windows -------------------===//
// As Verify.cpp says.
//===----------------------------------------------------------------------===//
#include "passes/dialect/Verify.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir;

namespace swin {

using namespace verify;

//===----------------------------------------------------------------------===//
// Ops on maps
//===----------------------------------------------------------------------===//

LogicalResult PatchEmbedOp::verify() {
  Sizes patch = getPatch();
  if (failed(verifyPair(*this, "patch", patch))) // patch_embed_c1
    return failure();
  Sizes image = shapeOf(getImage()), result = shapeOf(getResult());
  Sizes weight = shapeOf(getWeight());
  if (image.size() != 4) // patch_embed_c2
    return emitOpError("image must have 4 dimensions, B x C x H x W, but has ") << image.size();
  if (failed(verifyStatic(*this, "channels of the image", image[1])) ||
      failed(verifyStatic(*this, "channels of the result", result[3])))
    return failure();
  std::optional<int64_t> inputs = product({image[1], patch[0], patch[1]});
  if (!inputs || !product({ceilDiv(result[3], panel), *inputs, panel}))
    return emitOpError("weight must have at most ") << maxElements << " elements, but would have more";
  if (weight.size() == 3) {
    if (failed(verifyShape(*this, "packed weight", weight, {ceilDiv(result[3], panel), *inputs, panel},
                           ", panels x inputs x 16")))
      return failure();
  } else if (failed(verifyShape(*this, "weight", weight, {result[3], image[1], patch[0], patch[1]},
                                ", result's x image's channels x patch"))) {
    return failure();
  }
  if (failed(verifyVector(*this, "bias", getBias(), result[3], "the result's channels"))) // patch_embed_c3
    return failure();
  int64_t map[] = {image[0], image[2], image[3]}; // patch_embed_c4
  return verifyMapSizes(
      *this, map, result, getPad() ? ", patches rounded up" : ", whole patches",
      [&](int axis, int64_t size) { return getPad() ? ceilDiv(size, patch[axis]) : size / patch[axis]; });
}

LogicalResult PatchMergingOp::verify() {
  Sizes input = shapeOf(getInput()), result = shapeOf(getResult());
  if (failed(verifyStatic(*this, "channels of the operand", input[3]))) // patch_merging_c1
    return failure();
  if (failed(verifySize(*this, "channels of the result", result[3], 4 * input[3], ", 4 times the operand's")))
    return failure();
  return verifyMapSizes(*this, input, result, ", half the operand's rounded up", // patch_merging_c2
                        [](int, int64_t size) { return ceilDiv(size, 2); });
}

LogicalResult CheckSizeOp::verify() {
  Sizes min = getMin();
  if (failed(verifyPair(*this, "min", min)) || failed(verifyPair(*this, "multiple", getMultiple()))) // check_size_c1
    return failure();
  std::optional<Sizes> max = getMax();
  if (!max)
    return success();
  if (failed(verifyPair(*this, "max", *max)))
    return failure();
  for (int axis : {0, 1}) // check_size_c2
    if (min[axis] > (*max)[axis])
      return emitOpError("min ") << mapAxes[1 + axis] << " must be at most the " << (*max)[axis] << " of max, but is "
                                 << min[axis];
  return success();
}

LogicalResult MeanPoolOp::verify() {
  Sizes input = shapeOf(getInput()); // mean_pool_c1
  return verifyShape(*this, "the result", shapeOf(getResult()), {input[0], input[3]},
                     ", the operand's batch x channels");
}

LogicalResult ChannelsFirstOp::verify() {
  Sizes input = shapeOf(getInput()); // channels_first_c1
  return verifyShape(*this, "the result", shapeOf(getResult()), {input[0], input[3], input[1], input[2]},
                     ", the operand's batch x channels x height x width");
}

LogicalResult OutputOp::verify() {
  if (getName().empty()) // output_c1
    return emitOpError("needs a name, but the name is empty");
  return success();
}

//===----------------------------------------------------------------------===//
// Ops on windows
//===----------------------------------------------------------------------===//

LogicalResult PadOp::verify() {
  Sizes window = getWindow();
  if (failed(verifyPair(*this, "window", window))) // pad_c1
    return failure();
  if (failed(verifyBefore(*this, getBefore()))) // pad_c3
    return failure();
  std::array<int64_t, 2> before = tokensInFront(getBefore());
  for (int axis : {0, 1})
    if (before[axis] >= window[axis])
      return emitOpError("`before` along ")
             << mapAxes[1 + axis] << " must be less than the window's " << window[axis] << ", but is " << before[axis];
  Sizes input = shapeOf(getInput()), result = shapeOf(getResult());
  for (int axis : {0, 1}) // pad_c2
    if (!ShapedType::isDynamic(input[1 + axis]) && input[1 + axis] > INT64_MAX - before[axis] - window[axis])
      return emitOpError() << mapAxes[1 + axis] << " of the operand is too large to pad: " << input[1 + axis];
  if (failed(verifyMapSizes(*this, input, result, ", whole windows", [&](int axis, int64_t size) {
        return ceilDiv(size + before[axis], window[axis]) * window[axis];
      })))
    return failure();
  return verifySize(*this, "channels of the result", result[3], input[3], " as in the operand");
}

LogicalResult CropOp::verify() {
  Sizes input = shapeOf(getInput()), like = shapeOf(getLike()), result = shapeOf(getResult());
  if (failed(verifyFactor(*this, getFactor()))) // crop_c4
    return failure();
  for (int axis : {0, 1})
    if (failed(verifyExtent(*this, axis, like[1 + axis], "`like`")))
      return failure();
  std::string why = getFactor() ? ", that of `like` times its factor" : " as in `like`";
  if (failed(verifyMapSizes(*this, like, result, why, // crop_c1
                            [&](int axis, int64_t size) { return size * timesLike(getFactor())[axis]; })))
    return failure();
  if (failed(verifySize(*this, "channels of the result", result[3], input[3], " as in the operand")))
    return failure();
  if (failed(verifyBefore(*this, getBefore()))) // crop_c3
    return failure();
  if (failed(verifySize(*this, "batch of `like`", like[0], input[0], " as in the operand"))) // crop_c2
    return failure();
  for (int axis : {0, 1}) {
    int64_t before = tokensInFront(getBefore())[axis];
    int64_t outer = input[1 + axis], inner = result[1 + axis];
    if (ShapedType::isDynamic(outer) || (ShapedType::isDynamic(inner) ? 0 : inner) <= outer - before)
      continue;
    InFlightDiagnostic error = emitOpError()
                               << mapAxes[1 + axis] << " of the result must be at most the operand's " << outer;
    if (before)
      error << " without the " << before << " of `before`";
    return error << ", but is " << text(inner);
  }
  return success();
}

LogicalResult CyclicShiftOp::verify() {
  Sizes offsets = getOffsets(), window = getWindow();
  if (offsets.size() != 2) // cyclic_shift_c1
    return emitOpError("needs two offsets, [height, width], but has ") << offsets.size();
  if (failed(verifyPair(*this, "window", window)))
    return failure();
  for (int axis : {0, 1}) // cyclic_shift_c2
    if (offsets[axis] <= -window[axis] || offsets[axis] >= window[axis])
      return emitOpError("offset along ") << mapAxes[1 + axis] << " must be between -" << window[axis] << " and "
                                          << window[axis] << ", both excluded, but is " << offsets[axis];
  return success();
}

LogicalResult WindowPartitionOp::verify() {
  Sizes window = getWindow();
  if (failed(verifyPair(*this, "window", window))) // window_partition_c1
    return failure();
  Sizes input = shapeOf(getInput()), result = shapeOf(getResult());
  for (int axis : {0, 1}) // window_partition_c2
    if (!ShapedType::isDynamic(input[1 + axis]) && input[1 + axis] % window[axis] != 0)
      return emitOpError() << mapAxes[1 + axis] << " of the map must be a multiple of the window's " << window[axis]
                           << ", but is " << input[1 + axis];
  if (failed(verifyMapSizes(*this, input, result, ", one per window",
                            [&](int axis, int64_t size) { return size / window[axis]; })) ||
      failed(verifySize(*this, "tokens of the result", result[3], tokensOf(window), ", those of a window")))
    return failure();
  return verifySize(*this, "channels of the result", result[4], input[3], " as in the operand");
}

LogicalResult WindowReverseOp::verify() {
  Sizes window = getWindow();
  if (failed(verifyPair(*this, "window", window))) // window_reverse_c1
    return failure();
  Sizes input = shapeOf(getInput()), result = shapeOf(getResult());
  if (failed(verifySize(*this, "tokens of the operand", input[3], tokensOf(window), ", those of a window")))
    return failure(); // window_reverse_c2
  for (int axis : {0, 1})
    if (!ShapedType::isDynamic(input[1 + axis]) && input[1 + axis] > INT64_MAX / window[axis])
      return emitOpError() << (axis ? "columns" : "rows") << " of windows are too many: " << input[1 + axis];
  if (failed(verifyMapSizes(*this, input, result, ", windows times the window's",
                            [&](int axis, int64_t size) { return size * window[axis]; })))
    return failure();
  return verifySize(*this, "channels of the result", result[3], input[4], " as in the operand");
}

LogicalResult WindowAttentionOp::verify() {
  Sizes qkv = shapeOf(getQkv()), result = shapeOf(getResult());
  int64_t heads = getHeadsAttr().getInt(), channels = result[4];
  if (failed(verifyHeads(*this, heads, channels))) // window_attention_c1
    return failure();
  if (failed(verifySize(*this, "channels of the operand", qkv[4], 3 * channels, // window_attention_c2
                        ", 3 times the result's " + Twine(channels))))
    return failure();
  constexpr const char *names[] = {"batch", "rows of windows", "columns of windows", "tokens"};
  for (int d : {0, 1, 2, 3})
    if (failed(verifySize(*this, Twine(names[d]) + " of the result", result[d], qkv[d], " as in the operand")))
      return failure();
  Sizes window = getWindow(); // window_attention_c3
  if (failed(verifyPair(*this, "window", window)) ||
      failed(verifySize(*this, "tokens of the operand", qkv[3], tokensOf(window), ", those of a window")))
    return failure();
  Sizes bias = shapeOf(getBias()); // window_attention_c4
  if (bias.size() == 3) {
    int64_t tokens = tokensOf(window);
    if (failed(verifyShape(*this, "expanded bias", bias, {heads, tokens, ceilDiv(tokens, panel) * panel},
                           ", heads x tokens x tokens rounded up to 16")))
      return failure();
  } else if (failed(verifyShape(*this, "bias", bias, {tableRows(window), heads}, ", (2 wh - 1)(2 ww - 1) x heads"))) {
    return failure();
  }
  Sizes shift = getShift(); // window_attention_c5
  if (shift.size() != 2)
    return emitOpError("needs two shifts, [height, width], but has ") << shift.size();
  for (int axis : {0, 1})
    if (shift[axis] < 0 || shift[axis] >= window[axis])
      return emitOpError("shift along ") << mapAxes[1 + axis] << " must be in [0, " << window[axis] << "), but is "
                                         << shift[axis];
  if (getCosine()) // window_attention_c6
    return verifyVector(*this, "cosine", getCosine(), heads, "the heads");
  return success();
}

LogicalResult TokenMixingOp::verify() {
  Sizes input = shapeOf(getInput()), weight = shapeOf(getWeight());
  int64_t heads = getHeadsAttr().getInt(), tokens = input[3];
  if (failed(verifyHeads(*this, heads, input[4]))) // token_mixing_c1
    return failure();
  if (failed(verifyStatic(*this, "tokens of the operand", tokens))) // token_mixing_c2
    return failure();
  int64_t expected[] = {heads * tokens, tokens, 1};
  bool isKernel = weight.size() == 3; // of the grouped convolution
  if (failed(verifyShape(*this, "weight", weight, Sizes(expected).take_front(isKernel ? 3 : 2),
                         isKernel ? ", heads tokens x tokens x 1" : ", heads tokens x tokens")))
    return failure();
  return verifyVector(*this, "bias", getBias(), heads * tokens, "the weight's rows"); // token_mixing_c3
}

} // namespace swin
