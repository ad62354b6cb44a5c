//===- Evaluate.cpp - one function per op ---------------------------------===//
#include "passes/reference/Evaluate.h"

#include "mlir/IR/Location.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;

namespace swin::ref {
namespace {

/// As the library says it: its kernels count the elements of a buffer in int32.
constexpr int64_t maxElements = (int64_t(1) << 31) - 1;

template <typename OpT, Result (*function)(const Site &, OpT, Operands)>
Result typed(const Site &site, Operands operands) {
  return function(site, cast<OpT>(site.op), operands);
}

struct Row {
  llvm::StringRef op;
  Result (*function)(const Site &, Operands);
};

template <typename OpT, Result (*function)(const Site &, OpT, Operands)> Row row() {
  return {OpT::getOperationName(), typed<OpT, function>};
}

llvm::ArrayRef<Row> table() {
  static const Row rows[] = {
      row<ScaleRowsOp, scaleRows>(),
      row<ScaleColumnsOp, scaleColumns>(),
      row<PackOp, pack>(),
      row<PackSumsOp, packSums>(),
      row<ExpandBiasOp, expandBias>(),
      row<LogCoordsOp, logCoords>(),
      row<LogitScaleOp, logitScale>(),
      row<QkvBiasOp, qkvBias>(),
      row<LayerNormOp, layerNorm>(),
      row<LinearOp, linear>(),
      row<AddOp, add>(),
      row<AddPositionOp, addPosition>(),
      row<PatchEmbedOp, patchEmbed>(),
      row<PatchMergingOp, patchMerging>(),
      row<CheckSizeOp, checkSize>(),
      row<MeanPoolOp, meanPool>(),
      row<ChannelsFirstOp, channelsFirst>(),
      row<PadOp, pad>(),
      row<CropOp, crop>(),
      row<CyclicShiftOp, cyclicShift>(),
      row<WindowPartitionOp, windowPartition>(),
      row<WindowReverseOp, windowReverse>(),
      row<WindowAttentionOp, windowAttention>(),
      row<TokenMixingOp, tokenMixing>(),
      row<Conv2dOp, conv2d>(),
      row<DepthwiseConv2dOp, depthwiseConv2d>(),
      row<AffineOp, affine>(),
      row<BatchNormOp, batchNorm>(),
      row<LeakyReluOp, leakyRelu>(),
      row<LiteralOp, literal>(),
      row<BatchScaleOp, batchScale>(),
      row<BatchOffsetOp, batchOffset>(),
      row<ScaleOutputsOp, scaleOutputs>(),
      row<UngroupOp, ungroup>(),
      row<ChannelsLastOp, channelsLast>(),
      row<ReflectPadOp, reflectPad>(),
      row<PixelShuffleOp, pixelShuffle>(),
      row<ResizeOp, resize>(),
      row<AdaptivePoolOp, adaptivePool>(),
      row<ConcatOp, concat>(),
  };
  return rows;
}

} // namespace

std::string layerOf(Location location) {
  std::string name;
  location->walk([&](Location loc) {
    auto named = dyn_cast<NameLoc>(loc);
    if (!named)
      return WalkResult::advance();
    name = named.getName().str();
    return WalkResult::interrupt();
  });
  return name;
}

std::string shapeText(llvm::ArrayRef<int64_t> shape) {
  std::string text;
  for (int64_t extent : shape)
    text += (text.empty() ? "" : "x") + std::to_string(extent);
  return text;
}

llvm::Error Site::refuse(const llvm::Twine &what) const {
  std::string place = layer.empty() ? "" : layer + ": ";
  return llvm::createStringError(place + op->getName().getStringRef() + " " + what);
}

Result Site::zeros(std::vector<int64_t> shape) const {
  int64_t count = 1;
  for (int64_t extent : shape) {
    // A division, as the product may overflow.
    if (extent > maxElements / count)
      return refuse("would give " + shapeText(shape) + ", which are 2^31 or more values");
    count *= extent;
  }
  return Tensor{std::move(shape), std::vector<double>(count)};
}

llvm::Error Site::fits(const char *what, llvm::ArrayRef<int64_t> shape, Type type) const {
  llvm::ArrayRef<int64_t> wanted = cast<RankedTensorType>(type).getShape();
  bool good = shape.size() == wanted.size() && llvm::all_of(shape, [](int64_t extent) { return extent >= 1; }) &&
              llvm::all_of(llvm::zip_equal(shape, wanted), [](auto pair) {
                return ShapedType::isDynamic(std::get<1>(pair)) || std::get<0>(pair) == std::get<1>(pair);
              });
  if (good)
    return llvm::Error::success();
  std::string typeText;
  llvm::raw_string_ostream(typeText) << type;
  return refuse(llvm::Twine(what) + " " + shapeText(shape) + ", but the type is " + typeText);
}

Result evaluate(const Site &site, Operands operands) {
  const Row *found =
      llvm::find_if(table(), [&](const Row &row) { return site.op->getName().getStringRef() == row.op; });
  bool inTable = found != table().end();
  if (!inTable && !site.op->hasTrait<OpTrait::Elementwise>())
    return site.refuse("has no value of its own");
  Result result = inTable ? found->function(site, operands) : elementwise(site, operands);
  if (!result)
    return result;
  if (llvm::Error error = site.fits("gives", result->shape, site.op->getResult(0).getType()))
    return error;
  return result;
}

std::array<int64_t, 2> effectiveShift(llvm::ArrayRef<int64_t> offsets, llvm::ArrayRef<int64_t> window, ShiftRule rule,
                                      std::array<int64_t, 2> size) {
  bool covered[2] = {size[0] <= window[0], size[1] <= window[1]};
  std::array<int64_t, 2> shift = {offsets[0], offsets[1]};
  for (int axis : {0, 1})
    if ((rule == ShiftRule::Axis && covered[axis]) || (rule == ShiftRule::Map && (covered[0] || covered[1])))
      shift[axis] = 0;
  return shift;
}

} // namespace swin::ref
