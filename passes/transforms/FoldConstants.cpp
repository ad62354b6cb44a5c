//===- FoldConstants.cpp - compute what does not depend on the image ------===//
// See Passes.td. First patterns turn the graph so that constants stand alone
// (FoldPatterns.cpp), then each op on constants becomes a param.
//===----------------------------------------------------------------------===//
#include "passes/reference/ConstantStore.h"
#include "passes/reference/Interpreter.h"
#include "passes/transforms/FoldPatterns.h"
#include "passes/transforms/Passes.h"
#include "passes/transforms/Values.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/Dominance.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/CSE.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace swin::passes {

#define GEN_PASS_DEF_FOLDCONSTANTS
#include "passes/transforms/Passes.h.inc"

namespace {

/// What an op did to its first operand, as the end of the new entry's name; empty if there is nothing to say.
llvm::StringRef suffixOf(Operation *op) {
  return llvm::TypeSwitch<Operation *, llvm::StringRef>(op)
      .Case<ScaleRowsOp>([](auto) { return "scaled"; })
      .Case<ScaleColumnsOp>([](auto) { return "norm"; })
      .Case<PackOp>([](auto) { return "packed"; })
      .Case<PackSumsOp>([](auto) { return "sums"; })
      .Case<ExpandBiasOp>([](auto) { return "expanded"; })
      .Case<LogitScaleOp>([](auto) { return "exp"; })
      .Case<QkvBiasOp>([](auto) { return "qkv"; })
      .Case<BatchScaleOp>([](auto) { return "scale"; })
      .Case<BatchOffsetOp>([](auto) { return "offset"; })
      .Case<ScaleOutputsOp>([](auto) { return "affine"; })
      .Case<UngroupOp>([](auto) { return "ungrouped"; })
      .Case<AddOp, ChannelsLastOp>([](auto) { return ""; })
      .Default([](Operation *other) { return other->getName().stripDialect(); });
}

std::string_view view(llvm::StringRef text) { return {text.data(), text.size()}; }

struct FoldConstants : impl::FoldConstantsBase<FoldConstants> {
  FoldConstants(ref::ConstantStore *store, const FoldConstantsOptions &options) : store(store) {
    maxExpandedBias = options.maxExpandedBias;
    fastMatmul = options.fastMatmul;
    height = options.height;
    width = options.width;
  }
  FoldConstants(const FoldConstants &other) : FoldConstantsBase(other), store(other.store) {}

  void runOnOperation() override {
    ModuleOp module = getOperation();
    auto forward = module.lookupSymbol<func::FuncOp>("forward");
    if (!forward || !forward.getBody().hasOneBlock() || !store) {
      module.emitError(store ? "has no function @forward of one block" : "no constant store to fold with");
      return signalPassFailure();
    }
    uses.clear();
    llvm::StringMap<int> before = countParams(forward);

    RewritePatternSet patterns(&getContext());
    populateFoldPatterns(patterns, maxExpandedBias);
    if (failed(applyPatternsGreedily(forward, std::move(patterns))))
      return signalPassFailure();
    remarkUnfolded(forward, maxExpandedBias);
    RewritePatternSet packing(&getContext());
    populatePackPatterns(packing);
    if (fastMatmul) {
      remarkPlainProducts(forward, height, width);
      populateFastPackPatterns(packing, height, width);
    }
    if (failed(applyPatternsGreedily(forward, std::move(packing))))
      return signalPassFailure();
    DominanceInfo dominance;
    IRRewriter rewriter(&getContext());
    eliminateCommonSubExpressions(rewriter, dominance, forward);

    // What nobody reads any more, now and after each evaluation.
    uses = countParams(forward);
    for (const auto &name : before.keys())
      if (!uses.contains(name))
        store->erase(view(name));
    for (auto param : llvm::make_early_inc_range(forward.getOps<ParamOp>()))
      dropIfUnused(param);
    for (Operation &op : llvm::make_early_inc_range(forward.getBody().front()))
      if (failed(evaluate(&op)))
        return signalPassFailure();
  }

private:
  static llvm::StringMap<int> countParams(func::FuncOp forward) {
    llvm::StringMap<int> count;
    for (auto param : forward.getOps<ParamOp>())
      ++count[param.getName()];
    return count;
  }

  /// Erases a constant that nothing reads and what only it has read; entries of the store with their last param.
  void dropIfUnused(Operation *op) {
    // What an op has read may also have been read by another one of them: each is in the set once while it is there.
    llvm::SmallSetVector<Operation *, 4> last;
    last.insert(op);
    while (!last.empty()) {
      Operation *unread = last.pop_back_val();
      if (!unread->use_empty())
        continue;
      if (auto param = dyn_cast<ParamOp>(unread)) {
        std::string name = param.getName().str();
        if (--uses[name] == 0) {
          uses.erase(name);
          store->erase(name);
        }
      }
      for (Value operand : unread->getOperands())
        last.insert(operand.getDefiningOp());
      unread->erase();
    }
  }

  /// Makes `op` a param if it is a constant that something else than a constant needs: an expression of constants is
  /// rounded once.
  LogicalResult evaluate(Operation *op) {
    auto inConstant = [](Operation *user) { return user->getNumResults() == 1 && isConstant(user->getResult(0)); };
    if (!isa<DimsOpInterface>(op) || isa<ParamOp>(op) || !isConstant(op->getResult(0)) ||
        llvm::all_of(op->getUsers(), inConstant))
      return success();
    FailureOr<ref::Tensor> result = compute(op->getResult(0));
    if (failed(result))
      return failure();
    std::string name = unused(nameOf(op->getResult(0)));
    store->add(name, std::move(result->shape), std::vector<float>(result->values.begin(), result->values.end()));
    ++uses[name];
    OpBuilder builder(op);
    Value folded = ParamOp::create(builder, op->getLoc(), op->getResult(0).getType(), name);
    op->getResult(0).replaceUsesWithIf(folded, [&](OpOperand &use) { return !inConstant(use.getOwner()); });
    dropIfUnused(op);
    return success();
  }

  FailureOr<ref::Tensor> compute(Value value) {
    Operation *op = value.getDefiningOp();
    if (auto param = dyn_cast<ParamOp>(op)) {
      auto shape = cast<RankedTensorType>(param.getType()).getShape();
      std::vector<int64_t> sizes(shape.begin(), shape.end());
      const ref::Constant *constant = store->find(view(param.getName()), sizes);
      if (!constant || constant->shape != sizes)
        return param.emitOpError("\"") << param.getName() << "\" is " << (constant ? "of another shape" : "not")
                                       << " in the constant store";
      return ref::Tensor{sizes, std::vector<double>(constant->data, constant->data + constant->size())};
    }
    std::vector<ref::Tensor> operands;
    for (Value operand : op->getOperands()) {
      FailureOr<ref::Tensor> tensor = compute(operand);
      if (failed(tensor))
        return failure();
      operands.push_back(std::move(*tensor));
    }
    return ref::evaluateOnConstants(op, operands);
  }

  /// A readable name for a constant: its main operand's and what happened to that.
  static std::string nameOf(Value value) {
    Operation *op = value.getDefiningOp();
    if (auto param = dyn_cast<ParamOp>(op))
      return param.getName().str();
    Value base = op->getNumOperands() > 0 ? op->getOperand(0) : Value();
    std::string suffix = suffixOf(op).str();
    if (auto linear = dyn_cast<LinearOp>(op)) {
      // The offset of a norm behind a map is what becomes of the map's bias.
      bool offset = cast<RankedTensorType>(linear.getType()).getRank() == 1;
      base = offset && linear.getBias() ? linear.getBias() : linear.getWeight();
      if (offset)
        suffix = linear.getBias() ? "norm" : "offset";
    }
    if (auto offset = dyn_cast<BatchOffsetOp>(op))
      base = offset.getBeta();
    return (base ? nameOf(base) : layerName(op)) + (suffix.empty() ? "" : ":" + suffix);
  }

  std::string unused(const std::string &name) {
    std::string unique = name;
    for (int n = 2; uses.contains(unique); ++n)
      unique = name + ":" + std::to_string(n);
    return unique;
  }

  ref::ConstantStore *store;
  llvm::StringMap<int> uses; // params of @forward by name
};

} // namespace

std::unique_ptr<Pass> createFoldConstants(ref::ConstantStore *store, const FoldConstantsOptions &options) {
  return std::make_unique<FoldConstants>(store, options);
}

} // namespace swin::passes
