//===- VerifyKernels.cpp - constraints on kernels and their calls ---------===//
// As Verify.cpp says.
//===----------------------------------------------------------------------===//
#include "passes/dialect/Verify.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir;

namespace swin {

using namespace verify;

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
    if (&op != last && (!isa<DimsOpInterface>(op) || op.getNumOperands() == 0 || isa<CheckSizeOp, CallOp>(op)))
      return op.emitOpError("cannot be in a kernel, which holds graph ops alone")
             << (isa<ParamOp, LogCoordsOp, LiteralOp>(op) ? "; constants are its arguments" : "");

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
