//===- Dims.cpp - sizes of results as integer arithmetic ------------------===//
// One formula per op, in i64 and unsigned where it divides: sizes are not negative.
// Only addition, multiplication and division are used, which every consumer can
// fold or lower. Assumes verified ops.
//===----------------------------------------------------------------------===//
#include "passes/dialect/Swin.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;

namespace swin {
namespace {

using Dims = SmallVector<Value>;

/// Arithmetic at an op's place.
class Formula {
public:
  Formula(OpBuilder &builder, Operation *op) : builder(builder), op(op) {}

  /// The sizes of the op's result: constants where its type is static, else what `dynamic(d)` builds.
  Dims result(llvm::function_ref<Value(int64_t)> dynamic) {
    Dims dims;
    for (auto [d, size] : llvm::enumerate(cast<RankedTensorType>(op->getResult(0).getType()).getShape()))
      dims.push_back(ShapedType::isDynamic(size) ? dynamic(d) : constant(size));
    return dims;
  }

  Value constant(int64_t value) { return arith::ConstantIntOp::create(builder, op->getLoc(), value, 64); }
  Value plus(Value value, int64_t term) {
    return term == 0 ? value : arith::AddIOp::create(builder, op->getLoc(), value, constant(term));
  }
  Value times(Value value, int64_t factor) {
    return factor == 1 ? value : arith::MulIOp::create(builder, op->getLoc(), value, constant(factor));
  }
  Value floorDiv(Value value, int64_t divisor) {
    return divisor == 1 ? value : arith::DivUIOp::create(builder, op->getLoc(), value, constant(divisor));
  }
  Value ceilDiv(Value value, int64_t divisor) { return floorDiv(plus(value, divisor - 1), divisor); }

private:
  OpBuilder &builder;
  Operation *op;
};

/// An op whose result has the sizes of its first operand where they are dynamic.
Dims sameDims(OpBuilder &builder, Operation *op, ArrayRef<Dims> operands) {
  return Formula(builder, op).result([&](int64_t d) { return operands[0][d]; });
}

/// An op on constants: its type is static.
Dims staticDims(OpBuilder &builder, Operation *op) {
  Formula formula(builder, op);
  return formula.result([](int64_t) -> Value { llvm_unreachable("constants have static sizes"); });
}

/// Height and width are those of a map times `factor`.
Dims scaledDims(OpBuilder &builder, Operation *op, ArrayRef<Value> map, std::optional<ArrayRef<int64_t>> factor) {
  Formula formula(builder, op);
  return formula.result(
      [&](int64_t d) { return d == 1 || d == 2 ? formula.times(map[d], timesLike(factor)[d - 1]) : map[d]; });
}

/// Of a convolution: floor((size + 2 padding - kernel) / stride) + 1, written so that what is divided is not negative
/// for maps that end at most a stride in front of the kernel's end.
Dims convolvedDims(OpBuilder &builder, Operation *op, ArrayRef<Value> map, ArrayRef<int64_t> kernel,
                   ArrayRef<int64_t> stride, ArrayRef<int64_t> padding) {
  Formula formula(builder, op);
  return formula.result([&](int64_t d) {
    if (d == 0)
      return map[0];
    int64_t axis = d - 1;
    return formula.floorDiv(formula.plus(map[d], 2 * padding[axis] - kernel[axis] + stride[axis]), stride[axis]);
  });
}

} // namespace

#define SWIN_SAME_DIMS(OP)                                                                                             \
  Dims OP::buildResultDims(OpBuilder &builder, ArrayRef<Dims> operandDims) {                                           \
    return sameDims(builder, *this, operandDims);                                                                      \
  }
SWIN_SAME_DIMS(ScaleRowsOp)
SWIN_SAME_DIMS(ScaleColumnsOp)
SWIN_SAME_DIMS(LayerNormOp)
SWIN_SAME_DIMS(LinearOp)
SWIN_SAME_DIMS(GeluOp)
SWIN_SAME_DIMS(GeluTanhOp)
SWIN_SAME_DIMS(QuickGeluOp)
SWIN_SAME_DIMS(SiluOp)
SWIN_SAME_DIMS(ReluOp)
SWIN_SAME_DIMS(SigmoidOp)
SWIN_SAME_DIMS(LeakyReluOp)
SWIN_SAME_DIMS(AffineOp)
SWIN_SAME_DIMS(BatchNormOp)
SWIN_SAME_DIMS(BatchScaleOp)
SWIN_SAME_DIMS(BatchOffsetOp)
SWIN_SAME_DIMS(ScaleOutputsOp)
SWIN_SAME_DIMS(ConcatOp)
SWIN_SAME_DIMS(AdaptivePoolOp)
SWIN_SAME_DIMS(AddOp)
SWIN_SAME_DIMS(AddPositionOp)
SWIN_SAME_DIMS(CheckSizeOp)
SWIN_SAME_DIMS(CyclicShiftOp)
SWIN_SAME_DIMS(WindowAttentionOp)
SWIN_SAME_DIMS(TokenMixingOp)
SWIN_SAME_DIMS(MeanPoolOp)
#undef SWIN_SAME_DIMS

#define SWIN_STATIC_DIMS(OP)                                                                                           \
  Dims OP::buildResultDims(OpBuilder &builder, ArrayRef<Dims>) { return staticDims(builder, *this); }
SWIN_STATIC_DIMS(ParamOp)
SWIN_STATIC_DIMS(PackOp)
SWIN_STATIC_DIMS(PackSumsOp)
SWIN_STATIC_DIMS(ExpandBiasOp)
SWIN_STATIC_DIMS(LogCoordsOp)
SWIN_STATIC_DIMS(LogitScaleOp)
SWIN_STATIC_DIMS(QkvBiasOp)
SWIN_STATIC_DIMS(LiteralOp)
SWIN_STATIC_DIMS(UngroupOp)
#undef SWIN_STATIC_DIMS

Dims PatchEmbedOp::buildResultDims(OpBuilder &builder, ArrayRef<Dims> operandDims) {
  Formula formula(builder, *this);
  return formula.result([&](int64_t d) {
    if (d == 0)
      return operandDims[0][0];
    // Height and width are dimensions 2 and 3 of the image.
    int64_t patch = getPatch()[d - 1];
    return getPad() ? formula.ceilDiv(operandDims[0][d + 1], patch) : formula.floorDiv(operandDims[0][d + 1], patch);
  });
}

Dims PatchMergingOp::buildResultDims(OpBuilder &builder, ArrayRef<Dims> operandDims) {
  Formula formula(builder, *this);
  return formula.result([&](int64_t d) { return d == 0 ? operandDims[0][0] : formula.ceilDiv(operandDims[0][d], 2); });
}

Dims PadOp::buildResultDims(OpBuilder &builder, ArrayRef<Dims> operandDims) {
  Formula formula(builder, *this);
  return formula.result([&](int64_t d) {
    if (d == 0)
      return operandDims[0][0];
    int64_t window = getWindow()[d - 1], before = tokensInFront(getBefore())[d - 1];
    return formula.times(formula.ceilDiv(formula.plus(operandDims[0][d], before), window), window);
  });
}

Dims CropOp::buildResultDims(OpBuilder &builder, ArrayRef<Dims> operandDims) {
  return scaledDims(builder, *this, operandDims[1], getFactor());
}

Dims Conv2dOp::buildResultDims(OpBuilder &builder, ArrayRef<Dims> operandDims) {
  return convolvedDims(builder, *this, operandDims[0], getKernel(), getStride(), getPadding());
}

Dims DepthwiseConv2dOp::buildResultDims(OpBuilder &builder, ArrayRef<Dims> operandDims) {
  return convolvedDims(builder, *this, operandDims[0], getKernel(), getStride(), getPadding());
}

Dims ReflectPadOp::buildResultDims(OpBuilder &builder, ArrayRef<Dims> operandDims) {
  Formula formula(builder, *this);
  return formula.result([&](int64_t d) {
    if (d == 0)
      return operandDims[0][0];
    int64_t window = getWindow()[d - 1];
    return formula.times(formula.ceilDiv(operandDims[0][d], window), window);
  });
}

Dims PixelShuffleOp::buildResultDims(OpBuilder &builder, ArrayRef<Dims> operandDims) {
  int64_t factor[] = {getFactorAttr().getInt(), getFactorAttr().getInt()};
  return scaledDims(builder, *this, operandDims[0], factor);
}

Dims ResizeOp::buildResultDims(OpBuilder &builder, ArrayRef<Dims> operandDims) {
  return scaledDims(builder, *this, operandDims[getLike() ? 1 : 0], getFactor());
}

Dims WindowPartitionOp::buildResultDims(OpBuilder &builder, ArrayRef<Dims> operandDims) {
  Formula formula(builder, *this);
  return formula.result(
      [&](int64_t d) { return d == 0 ? operandDims[0][0] : formula.floorDiv(operandDims[0][d], getWindow()[d - 1]); });
}

Dims WindowReverseOp::buildResultDims(OpBuilder &builder, ArrayRef<Dims> operandDims) {
  Formula formula(builder, *this);
  return formula.result(
      [&](int64_t d) { return d == 0 ? operandDims[0][0] : formula.times(operandDims[0][d], getWindow()[d - 1]); });
}

Dims ChannelsFirstOp::buildResultDims(OpBuilder &builder, ArrayRef<Dims> operandDims) {
  return Formula(builder, *this).result([&](int64_t d) {
    constexpr int64_t from[] = {0, 3, 1, 2};
    return operandDims[0][from[d]];
  });
}

Dims ChannelsLastOp::buildResultDims(OpBuilder &builder, ArrayRef<Dims> operandDims) {
  return Formula(builder, *this).result([&](int64_t d) {
    constexpr int64_t from[] = {0, 2, 3, 1};
    return operandDims[0][from[d]];
  });
}

Dims CallOp::buildResultDims(OpBuilder &builder, ArrayRef<Dims> operandDims) {
  auto kernel = SymbolTable::lookupNearestSymbolFrom<KernelOp>(*this, getCalleeAttr());
  Block &body = kernel.getBody().front();
  llvm::DenseMap<Value, Dims> dimsOf;
  for (auto [argument, dims] : llvm::zip(body.getArguments(), operandDims))
    dimsOf[argument] = dims;
  for (Operation &op : body.without_terminator()) {
    SmallVector<Dims> inner;
    for (Value operand : op.getOperands())
      inner.push_back(dimsOf.lookup(operand));
    Dims dims = cast<DimsOpInterface>(op).buildResultDims(builder, inner);
    dimsOf[op.getResult(0)] = std::move(dims);
  }
  return dimsOf.lookup(cast<YieldOp>(body.getTerminator()).getValue());
}

} // namespace swin
