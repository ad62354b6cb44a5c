//===- FormKernels.cpp - group graph ops into kernels ---------------------===//
// See Passes.td. Works from the last op to the first, so that a chain is grown
// from its result; calls stand where the last op of the chain stood.
//===----------------------------------------------------------------------===//
#include "passes/dialect/Swin.h"
#include "passes/transforms/KernelChain.h"
#include "passes/transforms/MapChain.h"
#include "passes/transforms/Passes.h"
#include "passes/transforms/Values.h"

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
    checkBehindPosition(block);
    moveSizes(block);
    copyLayouts(block);

    SmallVector<KernelChain> chains;
    llvm::DenseSet<Operation *> taken;
    bool good = true;
    for (Operation &op : llvm::reverse(block)) {
      if (!isGraphOp(op) || taken.contains(&op))
        continue;
      if (isConstant(op.getResult(0))) {
        if (llvm::none_of(op.getUsers(),
                          [](Operation *user) { return isGraphOp(*user) && isConstant(user->getResult(0)); }))
          good &= succeeded(op.emitOpError("depends on constants only; run swin-fold-constants first"));
        continue;
      }
      std::string layer = ref::layerOf(&op);
      auto missed = [&](Operation *stop, const std::string &reason) {
        remark::missed(stop->getLoc(), remarkName())
            << (stop->getName().getStringRef() + " is not computed in the kernel of " + op.getName().getStringRef() +
                (layer.empty() ? "" : " at ") + layer)
                   .str()
            << remark::reason("{0}", reason);
      };
      KernelChain &chain = chains.emplace_back();
      good &= succeeded(growChain(&op, missed, chain)) && succeeded(checkChain(chain));
      taken.insert(chain.ops.begin(), chain.ops.end());
    }
    if (!good)
      return failure();
    nameByValues(chains);
    for (KernelChain &chain : llvm::reverse(chains))
      outline(chain, table);
    return success();
  }

  /// Of several chains with ops of one layer, the last one first, the last makes the layer's value. The result of one
  /// before it is named as that value is, LAYER:OP (passes/reference/Layers.h).
  static void nameByValues(ArrayRef<KernelChain> chains) {
    llvm::StringSet<> later;
    for (const KernelChain &chain : chains) {
      Operation *last = chain.ops.back();
      std::string layer = ref::layerOf(last);
      if (!layer.empty() && later.contains(layer)) {
        auto name = StringAttr::get(last->getContext(), layer + ":" + last->getName().stripDialect());
        last->setLoc(NameLoc::get(name, last->getLoc()));
      }
      later.insert(layer);
      for (Operation *op : chain.ops)
        if (!isa<ChannelsLastOp>(op)) // the layout of the image is an address, wherever that is read
          later.insert(ref::layerOf(op));
    }
  }

  /// What speaks of a map's size can do so behind its position embedding, too, and does not part the two kernels then.
  static void checkBehindPosition(Block &block) {
    for (auto position : block.getOps<AddPositionOp>())
      while (auto check = position.getInput().getDefiningOp<CheckSizeOp>()) {
        if (!check.getResult().hasOneUse())
          break;
        position.getResult().replaceAllUsesWith(check.getResult());
        position.getInputMutable().assign(check.getInput());
        check.getInputMutable().assign(position.getResult());
        check->moveAfter(position);
      }
  }

  /// What is read of a map whose size counts alone is taken from a value that is there anyway: what made it may be part
  /// of a kernel then.
  static void moveSizes(Block &block) {
    llvm::SmallSetVector<Operation *, 8> read;
    for (Operation &op : block)
      if (OpOperand *size = sizeOperand(&op)) {
        read.insert(size->get().getDefiningOp());
        size->assign(isa<CropOp>(op) && movesWindows(&op) ? frontOfWindows(size->get()) : keptOfSize(size->get()));
      }
    while (!read.empty()) {
      Operation *op = read.pop_back_val();
      if (!op || !op->use_empty())
        continue;
      for (Value operand : op->getOperands())
        read.insert(operand.getDefiningOp());
      op->erase();
    }
  }

  /// A layout is the address of a read or of a store: each kernel that reads the image makes a map of it, and each
  /// output of a map with its channels first is a store of its own.
  static void copyLayouts(Block &block) {
    for (Operation &op : llvm::make_early_inc_range(block)) {
      bool image = isa<ChannelsLastOp>(op) && !isConstant(op.getResult(0));
      bool output = isa<ChannelsFirstOp>(op) && llvm::all_of(op.getUsers(), llvm::IsaPred<OutputOp>);
      if ((!image && !output) || op.hasOneUse())
        continue;
      for (OpOperand &use : llvm::make_early_inc_range(op.getUses()))
        use.set(OpBuilder(use.getOwner()).clone(op)->getResult(0));
      op.erase();
    }
  }

  /// Whether more than the size of a map is read.
  static bool readsValues(OpOperand &use) { return &use != sizeOperand(use.getOwner()); }

  /// The map before the norm and the shift in front of windows, which are those that nothing else reads.
  static Value frontOfWindows(Value size) {
    while (isa_and_nonnull<LayerNormOp, CyclicShiftOp>(size.getDefiningOp()) &&
           llvm::count_if(size.getUses(), readsValues) == 1)
      size = size.getDefiningOp()->getOperand(0);
    return size;
  }

  /// A value of the size of `size` that a kernel writes even if nothing else read it; `size` itself if none is near.
  static Value keptOfSize(Value size) {
    auto sizes = [](Value map) { return cast<RankedTensorType>(map.getType()).getShape().drop_back(); };
    Value kept = size;
    while (!isKept(kept)) {
      Operation *maker = kept.getDefiningOp();
      if (!keepsSize(maker) || sizes(kept) != sizes(maker->getOperand(0)))
        return size;
      kept = maker->getOperand(0);
    }
    return kept;
  }

  static bool isKept(Value value) {
    Operation *maker = value.getDefiningOp();
    if (!maker || isa<ChannelsLastOp, CheckSizeOp, CallOp>(maker))
      return true;
    llvm::SmallPtrSet<Operation *, 2> readers;
    for (OpOperand &use : value.getUses())
      if (readsValues(use))
        readers.insert(use.getOwner());
    if (readers.size() != 1)
      return !readers.empty();
    // Between two kernels that have no op in common.
    return isa<Conv2dOp, DepthwiseConv2dOp, ResizeOp, ConcatOp>(*readers.begin()) &&
           (followsConvolution(maker) || followsRows(maker));
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
    // It is called as its result, and stands for all of its ops.
    SmallVector<Location> places = {last->getLoc()};
    for (Operation *op : chain.ops)
      places.push_back(op->getLoc());
    result.replaceAllUsesWith(call(builder, builder.getFusedLoc(places), kernel, operands));
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
