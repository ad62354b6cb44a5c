//===- DriverSizes.cpp - sizes of a planned model as run-time arithmetic --===//
#include "passes/transforms/DriverSizes.h"

#include "passes/transforms/Values.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace swin::passes {

DriverSizes::DriverSizes(OpBuilder &builder, func::FuncOp forward, Value n, Value h, Value w)
    : builder(builder), loc(forward.getLoc()) {
  Value image = forward.getArgument(0);
  int64_t channels = cast<RankedTensorType>(image.getType()).getDimSize(1);
  dimsOf[image] = {n, constant(channels), h, w};
  pixelsOf[image] = {1, 1};
}

void DriverSizes::add(Operation *op) {
  if (auto call = dyn_cast<CallOp>(op))
    return addCall(call);
  auto sized = dyn_cast<DimsOpInterface>(op);
  if (!sized)
    return;
  SmallVector<SmallVector<Value>> operandDims;
  SmallVector<std::array<int64_t, 2>> pixels;
  for (Value operand : op->getOperands()) {
    operandDims.push_back(dimsOf.lookup(operand));
    pixels.push_back(pixelsOf.lookup(operand));
  }
  dimsOf[op->getResult(0)] = sized.buildResultDims(builder, operandDims);
  addPixels(op, pixels, op->getResult(0));
}

void DriverSizes::addCall(CallOp call) {
  auto kernel = SymbolTable::lookupNearestSymbolFrom<KernelOp>(call, call.getCalleeAttr());
  Block &body = kernel.getBody().front();
  // Kernels are shared by calls of different sizes: their values get sizes per call.
  for (auto [argument, operand] : llvm::zip(body.getArguments(), call.getOperands())) {
    SmallVector<Value> sizes = dimsOf.lookup(operand);
    dimsOf[argument] = std::move(sizes);
    pixelsOf[argument] = pixelsOf.lookup(operand);
  }
  std::array<Value, 2> shift = {constant(0), constant(0)};
  bool found = false;
  for (Operation &op : body.without_terminator()) {
    add(&op);
    if (auto cyclic = dyn_cast<CyclicShiftOp>(op); cyclic && !found) {
      shift = effectiveShift(cyclic, dims(cyclic.getInput()));
      found = true;
    }
  }
  shiftOf[call] = shift;
  Value yielded = cast<YieldOp>(body.getTerminator()).getValue();
  SmallVector<Value> sizes = dimsOf.lookup(yielded);
  dimsOf[call.getResult()] = std::move(sizes);
  pixelsOf[call.getResult()] = pixelsOf.lookup(yielded);
}

void DriverSizes::addPixels(Operation *op, ArrayRef<std::array<int64_t, 2>> operands, Value result) {
  std::array<int64_t, 2> pixels = operands.empty() ? std::array<int64_t, 2>{0, 0} : operands.front();
  auto larger = [&](ArrayRef<int64_t> by) { pixels = {pixels[0] * by[0], pixels[1] * by[1]}; };
  // Of less than a pixel nothing is said.
  auto smaller = [&](std::array<int64_t, 2> by) {
    for (int axis : {0, 1})
      pixels[axis] = pixels[axis] % by[axis] == 0 ? pixels[axis] / by[axis] : 0;
  };
  llvm::TypeSwitch<Operation *>(op)
      .Case<PatchEmbedOp>([&](auto embed) { larger(embed.getPatch()); })
      .Case<PatchMergingOp>([&](auto) { larger({2, 2}); })
      .Case<Conv2dOp, DepthwiseConv2dOp>([&](auto conv) { larger(conv.getStride()); })
      .Case<PixelShuffleOp>([&](auto shuffle) {
        auto factor = static_cast<int64_t>(shuffle.getFactor());
        smaller({factor, factor});
      })
      .Case<ResizeOp>([&](auto resize) {
        if (resize.getLike())
          pixels = operands.back();
        smaller(timesLike(resize.getFactor()));
      })
      .Case<AdaptivePoolOp>([&](auto) { pixels = {0, 0}; });
  pixelsOf[result] = pixels;
}

std::array<Value, 2> DriverSizes::effectiveShift(CyclicShiftOp op, ArrayRef<Value> dims) {
  std::array<Value, 2> offsets = {constant(op.getOffsets()[0]), constant(op.getOffsets()[1])};
  if (op.getUnlessCovered() == ShiftRule::Never)
    return offsets;
  std::array<Value, 2> covered;
  for (int axis : {0, 1})
    covered[axis] =
        arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::sle, dims[1 + axis], constant(op.getWindow()[axis]));
  if (op.getUnlessCovered() == ShiftRule::Map)
    covered[0] = covered[1] = arith::OrIOp::create(builder, loc, covered[0], covered[1]);
  for (int axis : {0, 1})
    offsets[axis] = arith::SelectOp::create(builder, loc, covered[axis], constant(0), offsets[axis]);
  return offsets;
}

Value DriverSizes::pitch(Value value, bool dense) {
  if (dense || isa<BlockArgument>(value))
    return dims(value).back();
  return constant((channelsOf(value) + panel - 1) / panel * panel);
}

Value DriverSizes::elements(Value value, bool dense) {
  SmallVector<Value> factors(dims(value));
  factors.back() = pitch(value, dense);
  return product(factors);
}

std::array<Value, 3> DriverSizes::kernelSize(Value value) {
  ArrayRef<Value> sizes = dims(value);
  if (sizes.size() != 4)
    return {sizes[0], constant(1), constant(1)};
  if (isa<BlockArgument>(value)) // the image: channels first
    return {sizes[0], sizes[2], sizes[3]};
  return {sizes[0], sizes[1], sizes[2]};
}

Value DriverSizes::constant(int64_t value) { return arith::ConstantIntOp::create(builder, loc, value, 64); }

Value DriverSizes::product(ArrayRef<Value> factors) {
  Value result = factors.front();
  for (Value factor : factors.drop_front())
    result = arith::MulIOp::create(builder, loc, result, factor);
  return result;
}

Value DriverSizes::alignedBytes(Value elements) {
  constexpr int64_t floats = slotAlignment / sizeof(float);
  Value most = arith::AddIOp::create(builder, loc, elements, constant(floats - 1));
  Value groups = arith::DivUIOp::create(builder, loc, most, constant(floats));
  return arith::MulIOp::create(builder, loc, groups, constant(slotAlignment));
}

Value DriverSizes::max(Value a, Value b) { return arith::MaxSIOp::create(builder, loc, a, b); }

} // namespace swin::passes
