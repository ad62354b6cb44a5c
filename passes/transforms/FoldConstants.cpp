//===- FoldConstants.cpp - compute what does not depend on the image ------===//
// See Passes.td. First patterns turn the graph so that constants stand alone
// (FoldPatterns.cpp), then each op on constants becomes a param.
//===----------------------------------------------------------------------===//
#include "passes/dialect/Swin.h"
#include "passes/reference/ConstantStore.h"
#include "passes/reference/Interpreter.h"
#include "passes/transforms/FoldPatterns.h"
#include "passes/transforms/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/Dominance.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/CSE.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace swin::passes {

#define GEN_PASS_DEF_FOLDCONSTANTS
#include "passes/transforms/Passes.h.inc"

namespace {

/// What an op did to its first operand, as the end of the new entry's name.
llvm::StringRef suffixOf(Operation *op) {
  return llvm::TypeSwitch<Operation *, llvm::StringRef>(op)
      .Case<ScaleRowsOp>([](auto) { return "scaled"; })
      .Case<ScaleColumnsOp>([](auto) { return "norm"; })
      .Case<PackOp>([](auto) { return "packed"; })
      .Case<ExpandBiasOp>([](auto) { return "expanded"; })
      .Default([](Operation *other) { return other->getName().stripDialect(); });
}

std::string_view view(llvm::StringRef text) { return {text.data(), text.size()}; }

struct FoldConstants : impl::FoldConstantsBase<FoldConstants> {
  FoldConstants(ref::ConstantStore *store, const FoldConstantsOptions &options) : store(store) {
    maxExpandedBias = options.maxExpandedBias;
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

  void dropIfUnused(ParamOp param) {
    if (!param->use_empty())
      return;
    std::string name = param.getName().str();
    param.erase();
    if (--uses[name] == 0) {
      uses.erase(name);
      store->erase(name);
    }
  }

  LogicalResult evaluate(Operation *op) {
    auto isParam = [](Value value) { return static_cast<bool>(value.getDefiningOp<ParamOp>()); };
    if (!isa<DimsOpInterface>(op) || isa<ParamOp, CallOp, CheckSizeOp>(op) || op->getNumOperands() == 0 ||
        !llvm::all_of(op->getOperands(), isParam))
      return success();
    std::vector<const ref::Constant *> operands;
    std::string base = name(op);
    for (Value operand : op->getOperands()) {
      auto param = operand.getDefiningOp<ParamOp>();
      auto shape = cast<RankedTensorType>(param.getType()).getShape();
      std::vector<int64_t> sizes(shape.begin(), shape.end());
      const ref::Constant *constant = store->find(view(param.getName()), sizes);
      if (!constant || constant->shape != sizes)
        return param.emitOpError("\"") << param.getName() << "\" is " << (constant ? "of another shape" : "not")
                                       << " in the constant store";
      operands.push_back(constant);
    }
    auto shape = cast<RankedTensorType>(op->getResult(0).getType()).getShape();
    FailureOr<std::vector<float>> values = ref::evaluateOnConstants(op, operands);
    if (failed(values))
      return failure();
    store->add(base, std::vector<int64_t>(shape.begin(), shape.end()), std::move(*values));
    ++uses[base];
    OpBuilder builder(op);
    Value folded = ParamOp::create(builder, op->getLoc(), op->getResult(0).getType(), base);
    SmallVector<ParamOp> params;
    for (Value operand : op->getOperands())
      params.push_back(operand.getDefiningOp<ParamOp>());
    op->getResult(0).replaceAllUsesWith(folded);
    op->erase();
    llvm::SmallPtrSet<Operation *, 4> dropped;
    for (ParamOp param : params)
      if (dropped.insert(param).second)
        dropIfUnused(param);
    return success();
  }

  /// A readable name for the result of `op`, unused so far.
  std::string name(Operation *op) {
    auto paramName = [](Value value) { return value.getDefiningOp<ParamOp>().getName().str(); };
    std::string base = paramName(op->getOperand(0)) + ":" + suffixOf(op).str();
    if (auto linear = dyn_cast<LinearOp>(op))
      // The offset of a norm behind a map: what becomes of the map's bias.
      base = linear.getBias() ? paramName(linear.getBias()) + ":norm" : paramName(linear.getWeight()) + ":offset";
    std::string unique = base;
    for (int n = 2; uses.contains(unique); ++n)
      unique = base + ":" + std::to_string(n);
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
