//===- Verify.cpp - constraints of the swin ops ---------------------------===//
// One sentence per broken constraint: the axis, the bound, the value. `// opname_cN`
// marks where constraint N of SwinOps.td is checked; tests have the same names.
// Everything the parser accepts ends here in an error or is right: arrays of any
// length, any rank, sizes whose products overflow.
//===----------------------------------------------------------------------===//
#include "passes/dialect/Swin.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/Twine.h"

#include <cmath>
#include <optional>

using namespace mlir;

namespace swin {
namespace {

constexpr int64_t panel = 16;
/// No tensor has more elements, at compile time or at run time (32-bit indices in kernels).
constexpr int64_t maxElements = INT32_MAX;
constexpr const char *mapAxes[] = {"batch", "height", "width", "channels"};

RankedTensorType typeOf(Value value) { return cast<RankedTensorType>(value.getType()); }

/// A size as the user wrote it.
std::string text(int64_t size) { return ShapedType::isDynamic(size) ? "?" : std::to_string(size); }

/// Sizes, of which the dynamic ones are absent; absent too where the number is too large.
using Size = std::optional<int64_t>;

int64_t ceilDiv(int64_t value, int64_t divisor) { return value / divisor + (value % divisor != 0); }

/// The product of sizes that are not negative; empty if it is larger than a tensor can be.
Size product(ArrayRef<int64_t> factors) {
  int64_t result = 1;
  for (int64_t factor : factors) {
    if (factor < 0 || (factor > 0 && result > maxElements / factor))
      return std::nullopt;
    result *= factor;
  }
  return result;
}

/// Tokens of a window that `verifyWindow` accepted.
int64_t tokensOf(ArrayRef<int64_t> window) { return window[0] * window[1]; }

/// Entries of the table of relative positions, (2 wh - 1)(2 ww - 1).
int64_t tableRows(ArrayRef<int64_t> window) { return (2 * window[0] - 1) * (2 * window[1] - 1); }

/// Two sizes >= 1 whose window is a tensor's size at most. `what`: "window", "patch".
LogicalResult verifyPair(Operation *op, StringRef what, ArrayRef<int64_t> sizes) {
  if (sizes.size() != 2)
    return op->emitOpError() << what << " must have two sizes, [height, width], but has " << sizes.size();
  for (int axis : {0, 1})
    if (sizes[axis] < 1)
      return op->emitOpError() << what << " " << mapAxes[1 + axis] << " must be at least 1, but is " << sizes[axis];
  if (!product({sizes[0], sizes[1], 4}))
    return op->emitOpError() << what << " of " << sizes[0] << " x " << sizes[1] << " is larger than any map";
  return success();
}

/// `found` must be `expected`, dynamic where it is dynamic.
LogicalResult verifySize(Operation *op, const llvm::Twine &what, int64_t found, int64_t expected,
                         const llvm::Twine &why = "") {
  if (found == expected)
    return success();
  return op->emitOpError() << what << " must be " << text(expected) << why << ", but is " << text(found);
}

/// Channels, and what else must be known while compiling.
LogicalResult verifyStatic(Operation *op, const llvm::Twine &what, int64_t size) {
  if (ShapedType::isDynamic(size) || size < 1 || size > maxElements)
    return op->emitOpError() << what << " must be a number from 1 to " << maxElements << ", but is " << text(size);
  return success();
}

LogicalResult verifyVector(Operation *op, StringRef what, Value vector, int64_t entries, StringRef of) {
  int64_t size = typeOf(vector).getDimSize(0);
  if (size == entries)
    return success();
  return op->emitOpError() << what << " must have " << entries << " entries, one for each of " << of << ", but has "
                           << text(size);
}

/// A shape of constants: dimension by dimension.
LogicalResult verifyShape(Operation *op, StringRef what, ArrayRef<int64_t> found, ArrayRef<int64_t> expected,
                          const llvm::Twine &why = "") {
  if (found == expected)
    return success();
  auto list = [](ArrayRef<int64_t> sizes) { return llvm::join(llvm::map_range(sizes, text), " x "); };
  return op->emitOpError() << what << " must be " << list(expected) << why << ", but is "
                           << (found.empty() ? "a number without dimensions" : list(found));
}

/// The sizes of a result that an op computes from another size on height and width.
template <typename SizeFn>
LogicalResult verifyMapSizes(Operation *op, ArrayRef<int64_t> input, ArrayRef<int64_t> result, StringRef why,
                             SizeFn sizeOf) {
  if (failed(verifySize(op, "batch of the result", result[0], input[0], " as in the operand")))
    return failure();
  for (int axis : {0, 1}) {
    int64_t size = input[1 + axis];
    int64_t expected = ShapedType::isDynamic(size) ? size : sizeOf(axis, size);
    if (failed(verifySize(op, Twine(mapAxes[1 + axis]) + " of the result", result[1 + axis], expected, why)))
      return failure();
  }
  return success();
}

} // namespace

//===----------------------------------------------------------------------===//
// Constants
//===----------------------------------------------------------------------===//

LogicalResult ParamOp::verify() {
  RankedTensorType type = typeOf(getResult());
  for (auto [d, size] : llvm::enumerate(type.getShape())) // param_c1
    if (ShapedType::isDynamic(size) || size < 1)
      return emitOpError() << "dimension " << d << " of a constant must be a number >= 1, but is " << text(size);
  if (getName().empty()) // param_c2
    return emitOpError("needs the name of its entry in the constant store, but the name is empty");
  if (!product(type.getShape())) // param_c3
    return emitOpError() << "a constant must have at most " << maxElements << " elements, but has more";
  return success();
}

LogicalResult ScaleRowsOp::verify() {
  RankedTensorType type = typeOf(getInput());
  if (type.getRank() == 0 || type.isDynamicDim(0)) // scale_rows_c1
    return emitOpError("needs a constant with rows, but its first dimension is ")
           << (type.getRank() == 0 ? "missing" : "dynamic");
  ArrayRef<int64_t> rows = getRows();
  if (rows.size() != 2)
    return emitOpError("rows must be [begin, end], but has ") << rows.size() << " entries";
  if (rows[0] < 0 || rows[0] > rows[1] || rows[1] > type.getDimSize(0))
    return emitOpError("rows must be in order inside [0, ")
           << type.getDimSize(0) << "], but are [" << rows[0] << ", " << rows[1] << "]";
  return success();
}

LogicalResult ScaleColumnsOp::verify() {
  int64_t columns = typeOf(getInput()).getDimSize(1); // scale_columns_c1
  if (failed(verifyStatic(*this, "columns of the matrix", columns)))
    return failure();
  return verifyVector(*this, "scale", getScale(), columns, "the matrix' columns");
}

LogicalResult PackOp::verify() {
  ArrayRef<int64_t> shape = typeOf(getInput()).getShape(); // pack_c1
  if (shape.empty())
    return emitOpError("needs a weight of N x ..., but has a number without dimensions");
  for (auto [d, size] : llvm::enumerate(shape))
    if (failed(verifyStatic(*this, "dimension " + Twine(d) + " of the weight", size)))
      return failure();
  Size columns = product(shape.drop_front());
  int64_t panels = ceilDiv(shape[0], panel);
  if (!columns || !product({panels, *columns, panel}))
    return emitOpError("a packed weight must have at most ") << maxElements << " elements, but would have more";
  return verifyShape(*this, "the result", typeOf(getResult()).getShape(), {panels, *columns, panel},
                     ", panels x inputs x 16");
}

LogicalResult ExpandBiasOp::verify() {
  ArrayRef<int64_t> window = getWindow();
  if (failed(verifyPair(*this, "window", window))) // expand_bias_c1
    return failure();
  ArrayRef<int64_t> table = typeOf(getTable()).getShape();
  if (failed(verifyStatic(*this, "heads of the table", table[1])) ||
      failed(verifySize(*this, "rows of the table", table[0], tableRows(window), ", (2 wh - 1)(2 ww - 1)")))
    return failure();
  int64_t tokens = tokensOf(window); // expand_bias_c2
  int64_t lanes = ceilDiv(tokens, panel) * panel;
  if (!product({table[1], tokens, lanes}))
    return emitOpError("an expanded bias must have at most ") << maxElements << " elements, but would have more";
  return verifyShape(*this, "the result", typeOf(getResult()).getShape(), {table[1], tokens, lanes},
                     ", heads x tokens x tokens rounded up to 16");
}

//===----------------------------------------------------------------------===//
// Token-wise ops
//===----------------------------------------------------------------------===//

LogicalResult LayerNormOp::verify() {
  ArrayRef<int64_t> shape = typeOf(getInput()).getShape();
  if (shape.empty())
    return emitOpError("needs tokens with channels, but the operand has no dimension");
  if (failed(verifyStatic(*this, "channels of the operand", shape.back()))) // layer_norm_c1
    return failure();
  if (getGamma() && failed(verifyVector(*this, "gamma", getGamma(), shape.back(), "the operand's channels")))
    return failure();
  if (getBeta() && failed(verifyVector(*this, "beta", getBeta(), shape.back(), "the operand's channels")))
    return failure();
  double epsilon = getEpsilon().convertToDouble();
  if (!std::isfinite(epsilon) || epsilon <= 0) // layer_norm_c2
    return emitOpError("epsilon must be greater than 0, but is ") << epsilon;
  if (!getGamma() != !getBeta()) // layer_norm_c3
    return emitOpError("gamma and beta come together or not at all, but only ")
           << (getGamma() ? "gamma" : "beta") << " is there";
  return success();
}

LogicalResult LinearOp::verify() {
  ArrayRef<int64_t> input = typeOf(getInput()).getShape(), result = typeOf(getResult()).getShape();
  ArrayRef<int64_t> weight = typeOf(getWeight()).getShape();
  if (input.empty() || result.empty())
    return emitOpError("needs tokens with channels, but ")
           << (input.empty() ? "the operand" : "the result") << " has no dimension";
  bool packed = weight.size() == 3;
  if (weight.size() != 2 && !packed)
    return emitOpError("weight must be a matrix N x K or packed to panels x K x 16, but has ")
           << weight.size() << " dimensions";
  if (failed(verifyStatic(*this, "channels of the operand", input.back())) || // linear_c1
      failed(verifySize(*this, "inputs of the weight", weight[1], input.back(), ", the operand's channels")))
    return failure();
  int64_t outputs = result.back(); // linear_c2
  if (failed(verifyStatic(*this, "channels of the result", outputs)))
    return failure();
  if (packed && failed(verifySize(*this, "rows of a panel of the weight", weight[2], panel)))
    return failure();
  if (failed(verifySize(*this, packed ? "panels of the weight" : "outputs of the weight", weight[0],
                        packed ? ceilDiv(outputs, panel) : outputs,
                        " for " + Twine(outputs) + " channels of the result")))
    return failure();
  if (getBias() && failed(verifyVector(*this, "bias", getBias(), outputs, "the result's channels"))) // linear_c3
    return failure();
  if (input.size() != result.size()) // linear_c4
    return emitOpError("result must have ") << input.size() << " dimensions as the operand, but has " << result.size();
  for (size_t d = 0; d + 1 < input.size(); ++d)
    if (failed(
            verifySize(*this, "dimension " + Twine(d) + " of the result", result[d], input[d], " as in the operand")))
      return failure();
  return success();
}

//===----------------------------------------------------------------------===//
// Ops on maps
//===----------------------------------------------------------------------===//

LogicalResult PatchEmbedOp::verify() {
  ArrayRef<int64_t> patch = getPatch();
  if (failed(verifyPair(*this, "patch", patch))) // patch_embed_c1
    return failure();
  ArrayRef<int64_t> image = typeOf(getImage()).getShape(), result = typeOf(getResult()).getShape();
  ArrayRef<int64_t> weight = typeOf(getWeight()).getShape();
  if (image.size() != 4) // patch_embed_c2
    return emitOpError("image must have 4 dimensions, B x C x H x W, but has ") << image.size();
  if (failed(verifyStatic(*this, "channels of the image", image[1])) ||
      failed(verifyStatic(*this, "channels of the result", result[3])))
    return failure();
  Size inputs = product({image[1], patch[0], patch[1]});
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
  ArrayRef<int64_t> input = typeOf(getInput()).getShape(), result = typeOf(getResult()).getShape();
  if (failed(verifyStatic(*this, "channels of the operand", input[3]))) // patch_merging_c1
    return failure();
  if (failed(verifySize(*this, "channels of the result", result[3], 4 * input[3], ", 4 times the operand's")))
    return failure();
  return verifyMapSizes(*this, input, result, ", half the operand's rounded up", // patch_merging_c2
                        [](int, int64_t size) { return ceilDiv(size, 2); });
}

LogicalResult CheckSizeOp::verify() {
  std::pair<StringRef, ArrayRef<int64_t>> lists[] = {{"min", getMin()}, {"multiple", getMultiple()}};
  for (auto [what, sizes] : lists) // check_size_c1
    if (failed(verifyPair(*this, what, sizes)))
      return failure();
  return success();
}

LogicalResult PadOp::verify() {
  ArrayRef<int64_t> window = getWindow();
  if (failed(verifyPair(*this, "window", window))) // pad_c1
    return failure();
  ArrayRef<int64_t> input = typeOf(getInput()).getShape(), result = typeOf(getResult()).getShape();
  for (int axis : {0, 1}) // pad_c2
    if (!ShapedType::isDynamic(input[1 + axis]) && input[1 + axis] > INT64_MAX - window[axis])
      return emitOpError() << mapAxes[1 + axis] << " of the operand is too large to pad: " << input[1 + axis];
  if (failed(verifyMapSizes(*this, input, result, ", whole windows",
                            [&](int axis, int64_t size) { return ceilDiv(size, window[axis]) * window[axis]; })))
    return failure();
  return verifySize(*this, "channels of the result", result[3], input[3], " as in the operand");
}

LogicalResult CropOp::verify() {
  ArrayRef<int64_t> input = typeOf(getInput()).getShape(), like = typeOf(getLike()).getShape();
  ArrayRef<int64_t> result = typeOf(getResult()).getShape();
  for (int d : {0, 1, 2}) // crop_c1
    if (failed(verifySize(*this, Twine(mapAxes[d]) + " of the result", result[d], like[d], " as in `like`")))
      return failure();
  if (failed(verifySize(*this, "channels of the result", result[3], input[3], " as in the operand")))
    return failure();
  if (failed(verifySize(*this, "batch of `like`", like[0], input[0], " as in the operand"))) // crop_c2
    return failure();
  for (int d : {1, 2})
    if (!ShapedType::isDynamic(input[d]) && !ShapedType::isDynamic(like[d]) && like[d] > input[d])
      return emitOpError() << mapAxes[d] << " of `like` must be at most the operand's " << input[d] << ", but is "
                           << like[d];
  return success();
}

LogicalResult CyclicShiftOp::verify() {
  ArrayRef<int64_t> offsets = getOffsets(), window = getWindow();
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
  ArrayRef<int64_t> window = getWindow();
  if (failed(verifyPair(*this, "window", window))) // window_partition_c1
    return failure();
  ArrayRef<int64_t> input = typeOf(getInput()).getShape(), result = typeOf(getResult()).getShape();
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
  ArrayRef<int64_t> window = getWindow();
  if (failed(verifyPair(*this, "window", window))) // window_reverse_c1
    return failure();
  ArrayRef<int64_t> input = typeOf(getInput()).getShape(), result = typeOf(getResult()).getShape();
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
  ArrayRef<int64_t> qkv = typeOf(getQkv()).getShape(), result = typeOf(getResult()).getShape();
  int64_t heads = getHeadsAttr().getInt(), channels = result[4];
  if (failed(verifyStatic(*this, "channels of the result", channels))) // window_attention_c1
    return failure();
  if (heads < 1 || channels % heads != 0)
    return emitOpError("heads must divide the result's ") << channels << " channels, but is " << heads;
  if (failed(verifySize(*this, "channels of the operand", qkv[4], 3 * channels, // window_attention_c2
                        ", 3 times the result's " + Twine(channels))))
    return failure();
  constexpr const char *names[] = {"batch", "rows of windows", "columns of windows", "tokens"};
  for (int d : {0, 1, 2, 3})
    if (failed(verifySize(*this, Twine(names[d]) + " of the result", result[d], qkv[d], " as in the operand")))
      return failure();
  ArrayRef<int64_t> window = getWindow(); // window_attention_c3
  if (failed(verifyPair(*this, "window", window)) ||
      failed(verifySize(*this, "tokens of the operand", qkv[3], tokensOf(window), ", those of a window")))
    return failure();
  ArrayRef<int64_t> bias = typeOf(getBias()).getShape(); // window_attention_c4
  if (bias.size() == 3) {
    int64_t tokens = tokensOf(window);
    if (failed(verifyShape(*this, "expanded bias", bias, {heads, tokens, ceilDiv(tokens, panel) * panel},
                           ", heads x tokens x tokens rounded up to 16")))
      return failure();
  } else if (failed(verifyShape(*this, "bias", bias, {tableRows(window), heads}, ", (2 wh - 1)(2 ww - 1) x heads"))) {
    return failure();
  }
  ArrayRef<int64_t> shift = getShift(); // window_attention_c5
  if (shift.size() != 2)
    return emitOpError("needs two shifts, [height, width], but has ") << shift.size();
  for (int axis : {0, 1})
    if (shift[axis] < 0 || shift[axis] >= window[axis])
      return emitOpError("shift along ") << mapAxes[1 + axis] << " must be in [0, " << window[axis] << "), but is "
                                         << shift[axis];
  return success();
}

LogicalResult MeanPoolOp::verify() {
  ArrayRef<int64_t> input = typeOf(getInput()).getShape(); // mean_pool_c1
  return verifyShape(*this, "the result", typeOf(getResult()).getShape(), {input[0], input[3]},
                     ", the operand's batch x channels");
}

LogicalResult ChannelsFirstOp::verify() {
  ArrayRef<int64_t> input = typeOf(getInput()).getShape(); // channels_first_c1
  return verifyShape(*this, "the result", typeOf(getResult()).getShape(), {input[0], input[3], input[1], input[2]},
                     ", the operand's batch x channels x height x width");
}

LogicalResult OutputOp::verify() {
  if (getName().empty()) // output_c1
    return emitOpError("needs a name, but the name is empty");
  return success();
}

//===----------------------------------------------------------------------===//
// Kernel level
//===----------------------------------------------------------------------===//

// Runs before the ops inside are verified.
LogicalResult KernelOp::verify() {
  Block &body = getBody().front();
  FunctionType type = getFunctionType();
  if (body.getArgumentTypes() != type.getInputs()) { // kernel_c1
    if (body.getNumArguments() != type.getNumInputs())
      return emitOpError("region must have ")
             << type.getNumInputs() << " arguments as the function type, but has " << body.getNumArguments();
    for (auto [index, found, expected] : llvm::enumerate(body.getArgumentTypes(), type.getInputs()))
      if (found != expected)
        return emitOpError("region argument ")
               << index << " must be " << expected << " as the function type says, but is " << found;
  }
  for (auto [index, input] : llvm::enumerate(type.getInputs()))
    if (auto tensor = dyn_cast<RankedTensorType>(input); !tensor || !tensor.getElementType().isF32())
      return emitOpError("argument ") << index << " must be a ranked tensor of f32, but is " << input;

  if (type.getNumResults() != 1) // kernel_c2
    return emitOpError("must have one result, but its function type has ") << type.getNumResults();
  Operation *last = body.empty() ? nullptr : &body.back();
  if (!isa_and_nonnull<YieldOp>(last))
    return emitOpError("must end in swin.yield");
  if (last->getNumOperands() == 1 && last->getOperand(0).getType() != type.getResult(0))
    return last->emitOpError("gives ") << last->getOperand(0).getType() << ", but the kernel's result is "
                                       << type.getResult(0);

  for (Operation &op : body) // kernel_c3
    if (&op != last && (!isa<DimsOpInterface>(op) || isa<ParamOp, CheckSizeOp, CallOp>(op)))
      return op.emitOpError("cannot be in a kernel, which holds graph ops alone")
             << (isa<ParamOp>(op) ? "; constants are its arguments" : "");

  int64_t activations = getActivationsAttr().getInt(); // kernel_c4
  if (activations < 1 || activations > int64_t(type.getNumInputs()))
    return emitOpError("activations must be between 1 and the number of arguments, ")
           << type.getNumInputs() << ", but is " << activations;
  return success();
}

LogicalResult CallOp::verifySymbolUses(SymbolTableCollection &symbols) {
  auto kernel = symbols.lookupNearestSymbolFrom<KernelOp>(*this, getCalleeAttr()); // call_c1
  if (!kernel)
    return emitOpError("calls @") << getCallee() << ", but there is no kernel of that name";
  FunctionType type = kernel.getFunctionType(); // call_c2
  if (type.getNumInputs() != getOperands().size())
    return emitOpError("needs ") << type.getNumInputs() << " operands for @" << getCallee() << ", but has "
                                 << getOperands().size();
  for (auto [index, found, expected] : llvm::enumerate(getOperands().getTypes(), type.getInputs()))
    if (found != expected)
      return emitOpError("operand ") << index << " of @" << getCallee() << " must be " << expected << ", but is "
                                     << found;
  if (type.getResult(0) != getType())
    return emitOpError("result of @") << getCallee() << " is " << type.getResult(0) << ", but the call's is "
                                      << getType();
  return success();
}

LogicalResult CallOp::verify() {
  if (getSlot() && getOutput()) // call_c3
    return emitOpError("has slot ") << getSlotAttr().getInt() << " and output " << getOutputAttr().getInt()
                                    << " as its result's place, but a value has one place";
  if (IntegerAttr place = getSlot() ? getSlotAttr() : getOutputAttr(); place && place.getInt() < 0)
    return emitOpError("place must be a number >= 0, but is ") << place.getInt();
  return success();
}

} // namespace swin
