//===- FormKernels.cpp - group graph ops into kernels ---------------------===//
// See Passes.td. Works from the last op to the first, so that a chain is grown
// from its result; calls stand where the last op of the chain stood.
//===----------------------------------------------------------------------===//
#include "passes/dialect/Swin.h"
#include "passes/transforms/KernelChain.h"
#include "passes/transforms/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Remarks.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;

namespace swin::passes {

#define GEN_PASS_DEF_FORMKERNELS
#include "passes/transforms/Passes.h.inc"

namespace {

constexpr int64_t rowAlignment = 16;

remark::RemarkOpts remarkName() { return remark::RemarkOpts::name("FormKernels").category("swin-form-kernels"); }

bool isGraphOp(Operation &op) { return isa<DimsOpInterface>(op) && !isa<ParamOp, CheckSizeOp, CallOp>(op); }

/// Whether all that happens to the value is that it becomes one output.
bool isOnlyOutput(Value value) { return value.hasOneUse() && isa<OutputOp>(*value.user_begin()); }

/// Whether the rows of a value of this type have no padding in a kernel's layout.
bool isUnpadded(Value value) {
  auto type = cast<RankedTensorType>(value.getType());
  return type.getDimSize(type.getRank() - 1) % rowAlignment == 0;
}

/// The value that `value` has its height and width from, as far as ops say so that
/// change nothing about them.
Value sizeSource(Value value) {
  while (isa_and_nonnull<LayerNormOp, LinearOp, GeluOp, AddOp, CheckSizeOp, CyclicShiftOp>(value.getDefiningOp()))
    value = value.getDefiningOp()->getOperand(0);
  return value;
}

/// Kernels by what they do: their text with the name left out.
class KernelTable {
public:
  explicit KernelTable(ModuleOp module) : module(module) {
    for (Operation &op : *module.getBody())
      if (auto symbol = dyn_cast<SymbolOpInterface>(op)) {
        names.insert(symbol.getName());
        if (auto kernel = dyn_cast<KernelOp>(op))
          byText.try_emplace(textOf(kernel), kernel);
      }
  }

  /// Takes `kernel`, which stands in no block. Returns it, or the equal one that was
  /// there already and erases `kernel`.
  KernelOp add(KernelOp kernel, const std::string &name) {
    auto [entry, isNew] = byText.try_emplace(textOf(kernel), kernel);
    if (!isNew) {
      kernel.erase();
      return entry->second;
    }
    std::string unique = name;
    for (int n = 2; !names.insert(unique).second; ++n)
      unique = name + "_" + std::to_string(n);
    kernel.setSymName(unique);
    module.getBody()->push_back(kernel);
    return kernel;
  }

private:
  static std::string textOf(KernelOp kernel) {
    auto name = kernel.getSymNameAttr();
    kernel.setSymName("kernel");
    std::string text;
    llvm::raw_string_ostream stream(text);
    kernel.print(stream, OpPrintingFlags().useLocalScope());
    kernel.setSymNameAttr(name);
    return text;
  }

  ModuleOp module;
  llvm::StringSet<> names;
  llvm::StringMap<KernelOp> byText;
};

/// A kernel in no block with a body that `fill` writes; arguments are `activations`
/// followed by `constants`. `fill` returns the value to yield.
KernelOp makeKernel(Location loc, KernelKind kind, ArrayRef<Value> activations, ArrayRef<Value> constants,
                    Type resultType, bool dense, llvm::function_ref<Value(OpBuilder &, IRMapping &)> fill) {
  OpBuilder builder(loc.getContext());
  SmallVector<Value> arguments(activations);
  llvm::append_range(arguments, constants);
  SmallVector<Type> types = llvm::to_vector(llvm::map_range(arguments, [](Value v) { return v.getType(); }));
  auto kernel =
      KernelOp::create(builder, loc, "kernel", kind, builder.getFunctionType(types, resultType), activations.size());
  kernel.setDense(dense);
  Block *body = builder.createBlock(&kernel.getBody());
  IRMapping map;
  for (Value argument : arguments)
    map.map(argument, body->addArgument(argument.getType(), argument.getLoc()));
  builder.setInsertionPointToEnd(body);
  Value result = fill(builder, map);
  YieldOp::create(builder, loc, result);
  return kernel;
}

struct FormKernels : impl::FormKernelsBase<FormKernels> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    auto forward = module.lookupSymbol<func::FuncOp>("forward");
    if (!forward || !forward.getBody().hasOneBlock()) {
      module.emitError("has no function @forward of one block");
      return signalPassFailure();
    }
    Block &block = forward.getBody().front();
    KernelTable table(module);
    for (auto output : block.getOps<OutputOp>())
      while (auto check = output.getValue().getDefiningOp<CheckSizeOp>())
        output.getValueMutable().assign(check.getInput());
    if (failed(formChains(block, table)) || failed(copyOutputs(block, table)))
      return signalPassFailure();
  }

private:
  LogicalResult formChains(Block &block, KernelTable &table) {
    // The size of a crop is that of the map before the norm: what is inside the chain has one user then.
    for (auto crop : block.getOps<CropOp>())
      while (isa_and_nonnull<LayerNormOp, CyclicShiftOp>(crop.getLike().getDefiningOp()))
        crop.getLikeMutable().assign(crop.getLike().getDefiningOp()->getOperand(0));

    SmallVector<KernelChain> chains;
    llvm::DenseSet<Operation *> taken;
    bool good = true;
    for (Operation &op : llvm::reverse(block)) {
      if (!isGraphOp(op) || taken.contains(&op))
        continue;
      auto missed = [&](Operation *stop, const std::string &reason) {
        remark::missed(stop->getLoc(), remarkName())
            << (stop->getName().getStringRef() + " is not computed in the kernel of " + op.getName().getStringRef())
                   .str()
            << remark::reason("{0}", reason);
      };
      KernelChain &chain = chains.emplace_back();
      good &= succeeded(growChain(&op, missed, chain)) && succeeded(checkChain(chain));
      taken.insert(chain.ops.begin(), chain.ops.end());
    }
    if (!good)
      return failure();
    for (KernelChain &chain : llvm::reverse(chains))
      outline(chain, table);
    return success();
  }

  /// What a kernel's signature cannot express, with how it would be right.
  LogicalResult checkChain(KernelChain &chain) {
    Operation *last = chain.ops.back();
    if (chain.input().getDefiningOp<ParamOp>())
      return last->emitOpError("depends on constants only; run swin-fold-constants first");
    Value result = last->getResult(0);
    if (isa<ChannelsFirstOp>(last) && !isOnlyOutput(result))
      return last->emitOpError("gives the layout of an output, so its one user must be swin.output");
    CyclicShiftOp shift, back;
    WindowAttentionOp attention;
    for (Operation *op : chain.ops) {
      if (auto crop = dyn_cast<CropOp>(op)) {
        if (sizeSource(crop.getLike()) != sizeSource(chain.input()))
          return crop.emitOpError("must undo the padding of its kernel, but cuts to the size of another map");
        crop.getLikeMutable().assign(chain.input());
      } else if (auto found = dyn_cast<WindowAttentionOp>(op)) {
        attention = found;
      } else if (auto cyclic = dyn_cast<CyclicShiftOp>(op)) {
        CyclicShiftOp &side = attention ? back : shift;
        if (side)
          return cyclic.emitOpError("is the second shift on one side of the attention; one is expected");
        side = cyclic;
      }
    }
    return attention ? checkShifts(attention, shift, back) : success();
  }

  /// One kernel has one effective shift: the two rolls and the mask must agree.
  static LogicalResult checkShifts(WindowAttentionOp attention, CyclicShiftOp shift, CyclicShiftOp back) {
    SmallVector<int64_t> none = {0, 0};
    auto expect = [&](CyclicShiftOp op, int64_t sign) -> LogicalResult {
      ArrayRef<int64_t> offsets = op ? op.getOffsets() : ArrayRef<int64_t>(none);
      for (auto [offset, of] : llvm::zip(offsets, attention.getShift()))
        if (offset != sign * of)
          return (op ? op.getOperation() : attention.getOperation())->emitOpError("the map is rolled by [")
                 << offsets << "] " << (sign > 0 ? "before" : "after") << " the attention, but its mask is for shift ["
                 << attention.getShift() << "]";
      if (op && (op.getUnlessCovered() != attention.getUnlessCovered() || op.getWindow() != attention.getWindow()))
        return op.emitOpError("and its window_attention differ in window or in when the shift vanishes");
      return success();
    };
    return failure(failed(expect(shift, 1)) || failed(expect(back, -1)));
  }

  void outline(KernelChain &chain, KernelTable &table) {
    llvm::SmallPtrSet<Operation *, 16> inside(chain.ops.begin(), chain.ops.end());
    llvm::SmallSetVector<Value, 4> activations;
    llvm::SmallSetVector<Value, 8> constants;
    activations.insert(chain.input());
    for (Operation *op : chain.ops)
      for (Value operand : op->getOperands()) {
        if (operand.getDefiningOp<ParamOp>())
          constants.insert(operand);
        else if (!inside.contains(operand.getDefiningOp()))
          activations.insert(operand);
      }
    Operation *last = chain.ops.back();
    Value result = last->getResult(0);
    bool dense = isOnlyOutput(result) && (isa<ChannelsFirstOp>(last) || !isUnpadded(result));
    auto kernel = makeKernel(last->getLoc(), chain.kind, activations.getArrayRef(), constants.getArrayRef(),
                             result.getType(), dense, [&](OpBuilder &builder, IRMapping &map) {
                               for (Operation *op : chain.ops)
                                 builder.clone(*op, map);
                               return map.lookup(result);
                             });
    std::string name = describeChain(chain);
    kernel = table.add(kernel, name);
    remark::passed(last->getLoc(), remarkName())
        << (Twine(chain.ops.size()) + " ops are kernel " + kernel.getSymName()).str();
    OpBuilder builder(last);
    SmallVector<Value> operands(activations.getArrayRef());
    llvm::append_range(operands, constants);
    result.replaceAllUsesWith(call(builder, last->getLoc(), kernel, operands));
    for (Operation *op : llvm::reverse(chain.ops))
      op->erase();
  }

  static Value call(OpBuilder &builder, Location loc, KernelOp kernel, ValueRange operands) {
    return CallOp::create(builder, loc, kernel.getFunctionType().getResult(0), kernel.getSymName(), operands,
                          /*slot=*/IntegerAttr(), /*output=*/IntegerAttr());
  }

  /// Outputs that cannot be written by the kernel that computes them: padded rows
  /// that other kernels read, and a value that is an output already.
  LogicalResult copyOutputs(Block &block, KernelTable &table) {
    llvm::DenseSet<Value> written;
    for (auto output : llvm::make_early_inc_range(block.getOps<OutputOp>())) {
      Value value = output.getValue();
      auto producer = value.getDefiningOp<CallOp>();
      if (!producer)
        return output.emitOpError("is the ") << (isa<BlockArgument>(value) ? "image" : "constant") << " itself";
      bool second = !written.insert(value).second;
      auto callee = getOperation().lookupSymbol<KernelOp>(producer.getCallee());
      if (!second && (isUnpadded(value) || callee.getDense()))
        continue;
      auto type = cast<RankedTensorType>(value.getType());
      auto kernel = makeKernel(output.getLoc(), KernelKind::Tokens, value, {}, type, /*dense=*/!isUnpadded(value),
                               [&](OpBuilder &, IRMapping &map) { return map.lookup(value); });
      kernel = table.add(kernel, "copy_" + std::to_string(type.getShape().back()));
      remark::missed(output.getLoc(), remarkName())
          << ("output \"" + output.getName() + "\" is written by a copy").str()
          << remark::reason("{0}", second ? "the value is another output, too"
                                          : "kernels read it with padded rows, the caller without");
      OpBuilder builder(output);
      output.getValueMutable().assign(call(builder, output.getLoc(), kernel, value));
    }
    return success();
  }
};

} // namespace
} // namespace swin::passes
