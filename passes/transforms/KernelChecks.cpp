//===- KernelChecks.cpp - what the ops of one kernel must agree in --------===//
// A kernel of windows has one size, one window and one shift; code generation takes
// each from one op and relies on the others being the same.
//===----------------------------------------------------------------------===//
#include "passes/transforms/KernelChain.h"
#include "passes/transforms/MapChain.h"
#include "passes/transforms/Values.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir;

namespace swin::passes {
namespace {

/// The value that `value` has its height and width from, as far as ops say so that
/// change nothing about them.
Value sizeSource(Value value) {
  while (value.getDefiningOp() && keepsSize(value.getDefiningOp()))
    value = value.getDefiningOp()->getOperand(0);
  return value;
}

/// Whether an op reads rows of a map there, not a constant.
bool readsMap(OpOperand &operand) {
  return operand.getOperandNumber() == 0 || isa<AddOp, CropOp, ConcatOp, ResizeOp>(operand.getOwner());
}

/// The ops of windows that must agree, null where there is none.
class WindowsParts {
public:
  /// Emits an error where there are two of what is expected once.
  LogicalResult read(const KernelChain &chain) {
    bool behind = false, good = true;
    auto once = [&](auto &place, auto op, const char *where) {
      if (!place)
        place = op;
      else
        good &= succeeded(op->emitOpError("is the second one ") << where << " the windows; one is expected");
    };
    for (Operation *op : chain.ops) {
      const char *where = behind ? "behind" : "in front of";
      if (auto cyclic = dyn_cast<CyclicShiftOp>(op))
        once(behind ? back : shift, cyclic, where);
      else if (auto found = dyn_cast<PadOp>(op))
        once(pad, found, where);
      else if (auto found = dyn_cast<CropOp>(op))
        once(crop, found, where);
      else if (auto found = dyn_cast<WindowPartitionOp>(op))
        partition = found;
      else if (auto found = dyn_cast<WindowReverseOp>(op))
        reverse = found;
      else if (auto found = dyn_cast<WindowAttentionOp>(op))
        attention = found;
      behind |= isa<WindowAttentionOp, TokenMixingOp>(op);
    }
    return success(good);
  }

  LogicalResult checkSizes() {
    auto sameWindow = [&](Operation *op, ArrayRef<int64_t> window) -> LogicalResult {
      if (window == partition.getWindow())
        return success();
      return op->emitOpError("has window [")
             << window << "], but the map is cut to windows of [" << partition.getWindow() << "]";
    };
    if (failed(sameWindow(reverse, reverse.getWindow())) ||
        (attention && failed(sameWindow(attention, attention.getWindow()))) ||
        (pad && failed(sameWindow(pad, pad.getWindow()))))
      return failure();
    if (pad && !crop)
      return pad.emitOpError("needs a swin.crop behind the windows that cuts the map to its size again");
    if (crop && !pad)
      return crop.emitOpError("must undo the padding of its kernel, but nothing is padded");
    if (!pad)
      return success();
    std::array<int64_t, 2> added = tokensInFront(pad.getBefore()), cut = tokensInFront(crop.getBefore());
    if (added != cut)
      return crop.emitOpError("must undo the padding of its kernel, but cuts off [")
             << ArrayRef(cut) << "] tokens in front where [" << ArrayRef(added) << "] were added";
    return success();
  }

  /// The two rolls and the mask must agree.
  LogicalResult checkShifts() {
    SmallVector<int64_t> before = offsetsOf(shift), after = offsetsOf(back);
    SmallVector<int64_t> undone = llvm::map_to_vector(after, [](int64_t offset) { return -offset; });
    if (!attention) {
      if (before != undone)
        return (back ? back : shift).emitOpError("the map is rolled by [")
               << before << "] in front of the windows, but by [" << after << "] behind them";
      if (shift && (shift.getUnlessCovered() != back.getUnlessCovered() || shift.getWindow() != back.getWindow()))
        return back.emitOpError("and the shift in front of the windows differ in window or in when they vanish");
      return success();
    }
    auto expect = [&](CyclicShiftOp op, bool agrees, const char *where) -> LogicalResult {
      if (!agrees)
        return (op ? op.getOperation() : attention.getOperation())->emitOpError("the map is rolled by [")
               << offsetsOf(op) << "] " << where << " the attention, but its mask is for shift ["
               << attention.getShift() << "]";
      if (op && (op.getUnlessCovered() != attention.getUnlessCovered() || op.getWindow() != attention.getWindow()))
        return op.emitOpError("and its window_attention differ in window or in when the shift vanishes");
      return success();
    };
    return failure(failed(expect(shift, attention.getShift() == ArrayRef(before), "before")) ||
                   failed(expect(back, attention.getShift() == ArrayRef(undone), "after")));
  }

  CropOp crop;

private:
  static SmallVector<int64_t> offsetsOf(CyclicShiftOp op) {
    return op ? SmallVector<int64_t>(op.getOffsets()) : SmallVector<int64_t>{0, 0};
  }

  CyclicShiftOp shift, back;
  PadOp pad;
  WindowPartitionOp partition;
  WindowReverseOp reverse;
  WindowAttentionOp attention;
};

LogicalResult checkWindows(const KernelChain &chain) {
  WindowsParts parts;
  if (failed(parts.read(chain)) || failed(parts.checkSizes()))
    return failure();
  if (parts.crop) {
    if (sizeSource(parts.crop.getLike()) != sizeSource(chain.input()))
      return parts.crop.emitOpError("must undo the padding of its kernel, but cuts to the size of another map");
    parts.crop.getLikeMutable().assign(chain.input());
  }
  return parts.checkShifts();
}

} // namespace

LogicalResult checkChain(const KernelChain &chain) {
  Operation *last = chain.ops.back();
  if (isa<ChannelsFirstOp>(last) && (!last->hasOneUse() || !isa<OutputOp>(*last->user_begin())))
    return last->emitOpError("gives the layout of an output, so its one user must be swin.output");
  // Rows of activations have a pitch, constants do not.
  for (Operation *op : chain.ops)
    for (OpOperand &operand : op->getOpOperands()) {
      bool activation = readsMap(operand);
      if (activation == static_cast<bool>(operand.get().getDefiningOp<ParamOp>()))
        return op->emitOpError("operand ") << operand.getOperandNumber() << " must be "
                                           << (activation ? "computed from the image" : "a constant of the model");
    }
  switch (chain.kind) {
  case KernelKind::Windows:
    return checkWindows(chain);
  case KernelKind::Conv:
  case KernelKind::Map:
    return checkMapChain(chain);
  case KernelKind::Tokens:
  case KernelKind::Pool:
    return success();
  }
  llvm_unreachable("kind of kernel");
}

} // namespace swin::passes
