//===- Verify.cpp - constraints on constants and tokens -------------------===//
// One sentence per broken constraint: the axis, the bound, the value. `// opname_cN`
// marks where constraint N of the op's description (*Ops.td) is checked; tests have
// the same names. Maps and windows: VerifyMaps.cpp. Convolutions and what belongs to
// them: VerifyConvolutions.cpp. Maps of other sizes: VerifyResizes.cpp. Kernels: VerifyKernels.cpp.
//===----------------------------------------------------------------------===//
#include "passes/dialect/Verify.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

#include <cmath>

using namespace mlir;

namespace swin {
namespace verify {

Sizes shapeOf(Value value) { return cast<RankedTensorType>(value.getType()).getShape(); }

std::string text(int64_t size) { return ShapedType::isDynamic(size) ? "?" : std::to_string(size); }

int64_t ceilDiv(int64_t value, int64_t divisor) { return value / divisor + (value % divisor != 0); }

std::optional<int64_t> product(Sizes factors) {
  int64_t result = 1;
  for (int64_t factor : factors) {
    if (factor < 0 || (factor > 0 && result > maxElements / factor))
      return std::nullopt;
    result *= factor;
  }
  return result;
}

int64_t tokensOf(Sizes window) { return window[0] * window[1]; }

int64_t tableRows(Sizes window) { return (2 * window[0] - 1) * (2 * window[1] - 1); }

LogicalResult verifyPair(Operation *op, StringRef what, Sizes sizes) {
  if (sizes.size() != 2)
    return op->emitOpError() << what << " must have two sizes, [height, width], but has " << sizes.size();
  for (int axis : {0, 1})
    if (sizes[axis] < 1)
      return op->emitOpError() << what << " " << mapAxes[1 + axis] << " must be at least 1, but is " << sizes[axis];
  if (!product({sizes[0], sizes[1], 4}))
    return op->emitOpError() << what << " of " << sizes[0] << " x " << sizes[1] << " is larger than any map";
  return success();
}

LogicalResult verifyBefore(Operation *op, std::optional<Sizes> before) {
  if (!before)
    return success();
  if (before->size() != 2)
    return op->emitOpError() << "`before` must have two entries, [top, left], but has " << before->size();
  for (int axis : {0, 1})
    if ((*before)[axis] < 0)
      return op->emitOpError() << "`before` along " << mapAxes[1 + axis] << " must be at least 0, but is "
                               << (*before)[axis];
  return success();
}

LogicalResult verifyUpTo64(Operation *op, const Twine &what, int64_t number) {
  if (number < 1 || number > 64)
    return op->emitOpError() << what << " must be a number from 1 to 64, but is " << number;
  return success();
}

LogicalResult verifyFactor(Operation *op, std::optional<Sizes> factor) {
  if (!factor)
    return success();
  if (factor->size() != 2)
    return op->emitOpError() << "factor must have two entries, [height, width], but has " << factor->size();
  for (int axis : {0, 1})
    if (failed(verifyUpTo64(op, Twine("factor along ") + mapAxes[1 + axis], (*factor)[axis])))
      return failure();
  return success();
}

LogicalResult verifyEpsilon(Operation *op, double epsilon) {
  if (!std::isfinite(epsilon) || epsilon <= 0)
    return op->emitOpError("epsilon must be greater than 0, but is ") << epsilon;
  return success();
}

LogicalResult verifyExtent(Operation *op, int axis, int64_t size, StringRef of) {
  if (ShapedType::isDynamic(size) || size <= maxElements)
    return success();
  return op->emitOpError() << mapAxes[1 + axis] << " of " << of << " must be at most " << maxElements << ", but is "
                           << size;
}

LogicalResult verifySize(Operation *op, const Twine &what, int64_t found, int64_t expected, const Twine &why) {
  if (found == expected)
    return success();
  return op->emitOpError() << what << " must be " << text(expected) << why << ", but is " << text(found);
}

LogicalResult verifyStatic(Operation *op, const Twine &what, int64_t size) {
  if (ShapedType::isDynamic(size) || size < 1 || size > maxElements)
    return op->emitOpError() << what << " must be a number from 1 to " << maxElements << ", but is " << text(size);
  return success();
}

LogicalResult verifyVector(Operation *op, StringRef what, Value vector, int64_t entries, StringRef of) {
  int64_t size = shapeOf(vector)[0];
  if (size == entries)
    return success();
  return op->emitOpError() << what << " must have " << entries << " entries, one for each of " << of << ", but has "
                           << text(size);
}

LogicalResult verifyShape(Operation *op, StringRef what, Sizes found, Sizes expected, const Twine &why) {
  if (found == expected)
    return success();
  auto list = [](Sizes sizes) { return llvm::join(llvm::map_range(sizes, text), " x "); };
  return op->emitOpError() << what << " must be " << list(expected) << why << ", but is "
                           << (found.empty() ? "a number without dimensions" : list(found));
}

LogicalResult verifyMapSizes(Operation *op, Sizes input, Sizes result, StringRef why,
                             llvm::function_ref<int64_t(int, int64_t)> sizeOf) {
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

LogicalResult verifyHeads(Operation *op, int64_t heads, int64_t channels) {
  if (failed(verifyStatic(op, "channels of the result", channels)))
    return failure();
  if (heads < 1 || channels % heads != 0)
    return op->emitOpError() << "heads must divide the result's " << channels << " channels, but is " << heads;
  return success();
}

} // namespace verify

using namespace verify;

//===----------------------------------------------------------------------===//
// Constants
//===----------------------------------------------------------------------===//

LogicalResult ParamOp::verify() {
  Sizes shape = shapeOf(getResult());
  for (auto [d, size] : llvm::enumerate(shape)) // param_c1
    if (ShapedType::isDynamic(size) || size < 1)
      return emitOpError() << "dimension " << d << " of a constant must be a number >= 1, but is " << text(size);
  if (getName().empty()) // param_c2
    return emitOpError("needs the name of its entry in the constant store, but the name is empty");
  if (!product(shape)) // param_c3
    return emitOpError() << "a constant must have at most " << maxElements << " elements, but has more";
  return success();
}

LogicalResult ScaleRowsOp::verify() {
  Sizes shape = shapeOf(getInput());
  if (shape.empty() || ShapedType::isDynamic(shape[0])) // scale_rows_c1
    return emitOpError("needs a constant with rows, but its first dimension is ")
           << (shape.empty() ? "missing" : "dynamic");
  Sizes rows = getRows();
  if (rows.size() != 2)
    return emitOpError("rows must be [begin, end], but has ") << rows.size() << " entries";
  if (rows[0] < 0 || rows[0] > rows[1] || rows[1] > shape[0])
    return emitOpError("rows must be in order inside [0, ")
           << shape[0] << "], but are [" << rows[0] << ", " << rows[1] << "]";
  return success();
}

LogicalResult ScaleColumnsOp::verify() {
  int64_t columns = shapeOf(getInput())[1]; // scale_columns_c1
  if (failed(verifyStatic(*this, "columns of the matrix", columns)))
    return failure();
  return verifyVector(*this, "scale", getScale(), columns, "the matrix' columns");
}

LogicalResult PackOp::verify() {
  Sizes shape = shapeOf(getInput()); // pack_c1
  if (shape.empty())
    return emitOpError("needs a weight of N x ..., but has a number without dimensions");
  for (auto [d, size] : llvm::enumerate(shape))
    if (failed(verifyStatic(*this, "dimension " + Twine(d) + " of the weight", size)))
      return failure();
  std::optional<int64_t> columns = product(shape.drop_front());
  int64_t panels = ceilDiv(shape[0], panel);
  if (!columns || !product({panels, *columns, panel}))
    return emitOpError("a packed weight must have at most ") << maxElements << " elements, but would have more";
  return verifyShape(*this, "the result", shapeOf(getResult()), {panels, *columns, panel}, ", panels x inputs x 16");
}

LogicalResult PackSumsOp::verify() {
  Sizes shape = shapeOf(getInput());
  const char *names[] = {"outputs of the weight", "inputs of the weight"};
  for (int d : {0, 1}) { // pack_sums_c1
    if (failed(verifyStatic(*this, names[d], shape[d])))
      return failure();
    if (shape[d] % (2 * panel) != 0)
      return emitOpError() << names[d] << " must be a multiple of " << 2 * panel << ", but is " << shape[d];
  }
  if (!product({shape[0], shape[1], 2})) // pack_sums_c2
    return emitOpError("a packed weight must have at most ") << maxElements << " elements, but would have more";
  return verifyShape(*this, "the result", shapeOf(getResult()), sumsShape(shape[0], shape[1]),
                     ", parts x panels x inputs x 16");
}

LogicalResult ExpandBiasOp::verify() {
  Sizes window = getWindow();
  if (failed(verifyPair(*this, "window", window))) // expand_bias_c1
    return failure();
  Sizes table = shapeOf(getTable());
  if (failed(verifyStatic(*this, "heads of the table", table[1])) ||
      failed(verifySize(*this, "rows of the table", table[0], tableRows(window), ", (2 wh - 1)(2 ww - 1)")))
    return failure();
  int64_t tokens = tokensOf(window); // expand_bias_c2
  int64_t lanes = ceilDiv(tokens, panel) * panel;
  if (!product({table[1], tokens, lanes}))
    return emitOpError("an expanded bias must have at most ") << maxElements << " elements, but would have more";
  return verifyShape(*this, "the result", shapeOf(getResult()), {table[1], tokens, lanes},
                     ", heads x tokens x tokens rounded up to 16");
}

LogicalResult LogCoordsOp::verify() {
  Sizes window = getWindow();
  if (failed(verifyPair(*this, "window", window))) // log_coords_c1
    return failure();
  ArrayRef<double> step = getStep(); // log_coords_c2
  if (step.size() != 2)
    return emitOpError("needs two steps, [height, width], but has ") << step.size();
  for (int axis : {0, 1})
    if (!std::isfinite(step[axis]) || step[axis] <= 0)
      return emitOpError("step along ") << mapAxes[1 + axis] << " must be a number greater than 0, but is "
                                        << step[axis];
  if (double gain = getGain().convertToDouble(); !std::isfinite(gain))
    return emitOpError("gain must be a finite number, but is ") << gain;
  return verifyShape(*this, "the result", shapeOf(getResult()), {tableRows(window), 2}, // log_coords_c3
                     ", (2 wh - 1)(2 ww - 1) x 2");
}

LogicalResult LogitScaleOp::verify() {
  std::optional<int64_t> entries = product(shapeOf(getInput())); // logit_scale_c1
  if (!entries || *entries < 1)
    return emitOpError("needs a constant of 1 to ")
           << maxElements << " entries, but the operand is " << getInput().getType();
  if (failed(verifyVector(*this, "the result", getResult(), *entries, "the operand's")))
    return failure();
  if (double max = getMax().convertToDouble(); !std::isfinite(max)) // logit_scale_c2
    return emitOpError("max must be a finite number, but is ") << max;
  return success();
}

LogicalResult QkvBiasOp::verify() {
  int64_t channels = shapeOf(getQuery())[0]; // qkv_bias_c1
  if (failed(verifyStatic(*this, "entries of the queries' bias", channels)) ||
      failed(verifyVector(*this, "the values' bias", getValue(), channels, "the queries' bias")))
    return failure();
  return verifySize(*this, "entries of the result", shapeOf(getResult())[0], 3 * channels,
                    ", 3 times the queries' " + Twine(channels));
}

//===----------------------------------------------------------------------===//
// Token-wise ops
//===----------------------------------------------------------------------===//

LogicalResult LayerNormOp::verify() {
  Sizes shape = shapeOf(getInput());
  if (shape.empty())
    return emitOpError("needs tokens with channels, but the operand has no dimension");
  if (failed(verifyStatic(*this, "channels of the operand", shape.back()))) // layer_norm_c1
    return failure();
  if (getGamma() && failed(verifyVector(*this, "gamma", getGamma(), shape.back(), "the operand's channels")))
    return failure();
  if (getBeta() && failed(verifyVector(*this, "beta", getBeta(), shape.back(), "the operand's channels")))
    return failure();
  if (failed(verifyEpsilon(*this, getEpsilon().convertToDouble()))) // layer_norm_c2
    return failure();
  if (!getGamma() != !getBeta()) // layer_norm_c3
    return emitOpError("gamma and beta come together or not at all, but only ")
           << (getGamma() ? "gamma" : "beta") << " is there";
  return success();
}

/// Constraints 1 and 2 of a linear map, whose weight has two to four dimensions.
static LogicalResult verifyWeight(LinearOp op, Sizes weight, int64_t inputs, int64_t outputs) {
  if (weight.size() == 4) {
    if (inputs % (2 * panel) != 0 || outputs % (2 * panel) != 0)
      return op.emitOpError() << "a weight of sums needs multiples of " << 2 * panel << " channels, but maps " << inputs
                              << " to " << outputs;
    return verifyShape(op, "the weight of sums", weight, sumsShape(outputs, inputs), ", parts x panels x inputs x 16");
  }
  bool packed = weight.size() == 3;
  if (failed(verifySize(op, "inputs of the weight", weight[1], inputs, ", the operand's channels")) ||
      (packed && failed(verifySize(op, "rows of a panel of the weight", weight[2], panel))))
    return failure();
  return verifySize(op, packed ? "panels of the weight" : "outputs of the weight", weight[0],
                    packed ? ceilDiv(outputs, panel) : outputs, " for " + Twine(outputs) + " channels of the result");
}

LogicalResult LinearOp::verify() {
  Sizes input = shapeOf(getInput()), result = shapeOf(getResult());
  Sizes weight = shapeOf(getWeight());
  if (input.empty() || result.empty())
    return emitOpError("needs tokens with channels, but ")
           << (input.empty() ? "the operand" : "the result") << " has no dimension";
  if (weight.size() < 2 || weight.size() > 4)
    return emitOpError(
               "weight must be a matrix N x K or packed to panels x K x 16 or 7 x panels x K / 2 x 16, but has ")
           << weight.size() << " dimensions";
  if (failed(verifyStatic(*this, "channels of the operand", input.back()))) // linear_c1
    return failure();
  int64_t outputs = result.back(); // linear_c2
  if (failed(verifyStatic(*this, "channels of the result", outputs)) ||
      failed(verifyWeight(*this, weight, input.back(), outputs)))
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

LogicalResult AddPositionOp::verify() {
  Sizes map = getMap(), input = shapeOf(getInput());
  if (failed(verifyPair(*this, "map", map))) // add_position_c1
    return failure();
  for (int axis : {0, 1}) // add_position_c2
    if (!ShapedType::isDynamic(input[1 + axis]) &&
        failed(verifySize(*this, Twine(mapAxes[1 + axis]) + " of the operand", input[1 + axis], map[axis],
                          ", the embedding's")))
      return failure();
  if (failed(verifyStatic(*this, "channels of the operand", input[3]))) // add_position_c3
    return failure();
  std::optional<int64_t> expected = product({map[0], map[1], input[3]}), found = product(shapeOf(getPosition()));
  if (expected && found == expected)
    return success();
  return emitOpError("position must have ")
         << map[0] << " x " << map[1] << " x " << input[3] << " elements, but is " << getPosition().getType();
}

} // namespace swin
