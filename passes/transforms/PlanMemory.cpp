//===- PlanMemory.cpp - give every value between two kernels a place ------===//
// See Passes.td. Slots are numbered in the order in which they are first needed.
//===----------------------------------------------------------------------===//
#include "passes/dialect/Swin.h"
#include "passes/transforms/Passes.h"
#include "passes/transforms/Values.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLExtras.h"

#include <algorithm>

using namespace mlir;

namespace swin::passes {

#define GEN_PASS_DEF_PLANMEMORY
#include "passes/transforms/Passes.h.inc"

namespace {

struct PlanMemory : impl::PlanMemoryBase<PlanMemory> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    auto forward = module.lookupSymbol<func::FuncOp>("forward");
    if (!forward || !forward.getBody().hasOneBlock()) {
      module.emitError("has no function @forward of one block");
      return signalPassFailure();
    }
    Block &block = forward.getBody().front();
    if (failed(checkOps(block)) || failed(placeOutputs(block)))
      return signalPassFailure();
    placeSlots(block);
  }

private:
  LogicalResult checkOps(Block &block) {
    bool good = true;
    for (Operation &op : block.without_terminator())
      if (!isa<ParamOp, CallOp, CheckSizeOp, OutputOp>(op)) {
        op.emitOpError("is not in a kernel; run swin-form-kernels first");
        good = false;
      }
    return success(good);
  }

  LogicalResult placeOutputs(Block &block) {
    Builder builder(&getContext());
    for (auto call : block.getOps<CallOp>()) {
      call.removeOutputAttr();
      call.removeSlotAttr();
    }
    int64_t number = 0;
    for (auto output : block.getOps<OutputOp>()) {
      auto call = storageOf(output.getValue()).getDefiningOp<CallOp>();
      if (!call)
        return output.emitOpError("is not the result of a kernel");
      if (call.getOutput())
        return output.emitOpError("is the same value as output ")
               << *call.getOutput() << "; one value has one place, run swin-form-kernels first";
      call.setOutputAttr(builder.getI64IntegerAttr(number++));
    }
    return success();
  }

  void placeSlots(Block &block) {
    llvm::DenseMap<Value, Operation *> lastUse;
    for (Operation &op : block)
      for (Value operand : op.getOperands())
        lastUse[storageOf(operand)] = &op;

    Builder builder(&getContext());
    SmallVector<bool> used; // slots, by number
    for (Operation &op : block) {
      if (auto call = dyn_cast<CallOp>(op); call && !call.getOutput()) {
        auto slot = std::distance(used.begin(), llvm::find(used, false));
        if (slot == static_cast<int64_t>(used.size()))
          used.push_back(true);
        // A result that nothing reads needs a place only while its kernel runs.
        used[slot] = lastUse.contains(call.getResult());
        call.setSlotAttr(builder.getI64IntegerAttr(slot));
      }
      for (Value operand : op.getOperands()) {
        Value value = storageOf(operand);
        auto call = value.getDefiningOp<CallOp>();
        if (call && call.getSlot() && lastUse.lookup(value) == &op)
          used[*call.getSlot()] = false;
      }
    }
  }
};

} // namespace
} // namespace swin::passes
