//===- DriverWork.cpp - what each call of a kernel computes, moves, leaves -===//
// Work is counted by ops, not by what a schedule makes of them.
//===----------------------------------------------------------------------===//
#include "passes/transforms/DriverFunctions.h"
#include "passes/transforms/Values.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace swin::passes {
namespace {

int64_t product(ArrayRef<int64_t> factors) {
  int64_t result = 1;
  for (int64_t factor : factors)
    result *= factor;
  return result;
}

} // namespace

int64_t macsPerElement(Operation *op) {
  if (op->getNumResults() != 1 || isConstant(op->getResult(0)))
    return 0;
  return llvm::TypeSwitch<Operation *, int64_t>(op)
      .Case<LinearOp>([](auto linear) { return channelsOf(linear.getInput()); })
      .Case<PatchEmbedOp>([](auto embed) { return typeOf(embed.getImage()).getDimSize(1) * product(embed.getPatch()); })
      .Case<Conv2dOp>([](auto conv) {
        int64_t groups = conv.getGroups() ? conv.getGroupsAttr().getInt() : 1;
        return channelsOf(conv.getInput()) / groups * product(conv.getKernel());
      })
      .Case<DepthwiseConv2dOp>([](auto conv) { return product(conv.getKernel()); })
      .Case<WindowAttentionOp>([](auto attention) { return 2 * typeOf(attention.getResult()).getDimSize(3); })
      .Case<TokenMixingOp>([](auto mixing) { return typeOf(mixing.getResult()).getDimSize(3); })
      .Default(int64_t(0));
}

void DriverFunctions::emitWork() {
  auto nothing = LLVM::LLVMVoidType::get(module.getContext());
  auto function = begin("work", {i64, i64, i64, pointer, pointer}, nothing);
  Value take = function.getArgument(3), context = function.getArgument(4);
  auto takeType = LLVM::LLVMFunctionType::get(nothing, {pointer, i32, i64, i64});
  DriverSizes sizes(builder, forward, function.getArgument(0), function.getArgument(1), function.getArgument(2));
  int64_t number = 0;
  for (Operation &op : forward.getBody().front()) {
    sizes.add(&op);
    auto call = dyn_cast<CallOp>(op);
    if (!call)
      continue;
    KernelOp kernel = calleeOf(call);
    Block &body = kernel.getBody().front();
    Value macs = sizes.constant(0), floats = sizes.elements(call.getResult(), kernel.getDense());
    for (Operation &inner : body.without_terminator())
      if (int64_t each = macsPerElement(&inner)) {
        SmallVector<Value> factors(sizes.dims(inner.getResult(0)));
        factors.push_back(sizes.constant(each));
        macs = arith::AddIOp::create(builder, loc, macs, sizes.product(factors));
      }
    for (auto [argument, operand] : llvm::zip(body.getArguments(), call.getOperands())) {
      if (!isRead(argument))
        continue;
      // Of a constant whole groups of 16, wherever its rows end; see WeightLayout.h.
      Value read = operand.getDefiningOp<ParamOp>() ? sizes.constant((typeOf(operand).getNumElements() + 15) / 16 * 16)
                                                    : sizes.elements(storageOf(operand), false);
      floats = arith::AddIOp::create(builder, loc, floats, read);
    }
    Value bytes = arith::MulIOp::create(builder, loc, floats, sizes.constant(sizeof(float)));
    Value index = LLVM::ConstantOp::create(builder, loc, i32, number++);
    LLVM::CallOp::create(builder, loc, takeType, ValueRange{take, context, index, macs, bytes});
  }
  LLVM::ReturnOp::create(builder, loc, ValueRange{});
}

void DriverFunctions::emitResults() {
  auto nothing = LLVM::LLVMVoidType::get(module.getContext());
  auto function = begin("results", {i64, i64, i64, pointer, pointer}, nothing);
  Value take = function.getArgument(3), context = function.getArgument(4);
  auto takeType = LLVM::LLVMFunctionType::get(nothing, {pointer, i32, i32, i64, i64, i64, i64});
  DriverSizes sizes(builder, forward, function.getArgument(0), function.getArgument(1), function.getArgument(2));
  for (Operation &op : forward.getBody().front())
    sizes.add(&op);
  SmallVector<Value> offsets = slotOffsets(sizes);
  auto int32 = [&](int64_t value) -> Value { return LLVM::ConstantOp::create(builder, loc, i32, value); };
  for (auto [number, call] : llvm::enumerate(forward.getOps<CallOp>())) {
    ArrayRef<Value> dims = sizes.dims(call.getResult());
    bool isOutput = call.getOutput().has_value();
    Value pitch = sizes.pitch(call.getResult(), calleeOf(call).getDense());
    LLVM::CallOp::create(builder, loc, takeType,
                         ValueRange{take, context, int32(static_cast<int64_t>(number)),
                                    int32(isOutput ? static_cast<int64_t>(*call.getOutput()) : -1),
                                    isOutput ? sizes.constant(0) : offsets[*call.getSlot()],
                                    sizes.product(dims.drop_back()), dims.back(), pitch});
  }
  LLVM::ReturnOp::create(builder, loc, ValueRange{});
}

} // namespace swin::passes
