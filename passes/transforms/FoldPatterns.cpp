//===- FoldPatterns.cpp - rewrites that expose constants ------------------===//
// Each pattern asks a function `why not` first; the same functions give the
// remarks, so that a remark cannot say something else than what happened.
//===----------------------------------------------------------------------===//
#include "passes/transforms/FoldPatterns.h"

#include "passes/transforms/FoldMaps.h"
#include "passes/transforms/Values.h"

#include "mlir/IR/Remarks.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;

namespace swin::passes {
namespace {

/// Finds the linear map that the gain and offset of `norm` can go into: the next op but for those that
/// only move tokens. Empty, or the reason why there is none.
std::string whyNotAffine(LayerNormOp norm, LinearOp &linear) {
  Value value = norm.getResult();
  while (true) {
    Operation *maker = value.getDefiningOp();
    if (!value.hasOneUse())
      return (maker == norm ? "its result has " : "the result of " + maker->getName().getStringRef().str() + " has ") +
             usersOf(value);
    Operation *user = *value.user_begin();
    if (isa<PadOp>(user))
      return "a padded token must be zero behind the norm";
    if (isa<CyclicShiftOp, WindowPartitionOp>(user)) {
      value = user->getResult(0);
      continue;
    }
    linear = dyn_cast<LinearOp>(user);
    if (!linear || linear.getInput() != value)
      return ("its user is " + user->getName().getStringRef() + ", not swin.linear").str();
    break;
  }
  if (!isConstant(norm.getGamma()) || !isConstant(norm.getBeta()) || !isConstant(linear.getWeight()) ||
      (linear.getBias() && !isConstant(linear.getBias())))
    return "gain, offset, weight or bias is no constant";
  return typeOf(linear.getWeight()).getRank() == 2 ? "" : "the weight is packed already";
}

struct FoldAffine : OpRewritePattern<LayerNormOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(LayerNormOp norm, PatternRewriter &rewriter) const override {
    if (!norm.getGamma())
      return failure();
    LinearOp linear;
    if (std::string why = whyNotAffine(norm, linear); !why.empty())
      return rewriter.notifyMatchFailure(norm, why);
    Location loc = linear.getLoc();
    rewriter.setInsertionPoint(linear);
    int64_t rows = typeOf(linear.getResult()).getShape().back();
    // W (g x + b) + c = (W diag g) x + (W b + c).
    Value bias = LinearOp::create(rewriter, loc, RankedTensorType::get({rows}, rewriter.getF32Type()), norm.getBeta(),
                                  linear.getWeight(), linear.getBias());
    Value weight =
        ScaleColumnsOp::create(rewriter, loc, linear.getWeight().getType(), linear.getWeight(), norm.getGamma());
    rewriter.replaceOpWithNewOp<LinearOp>(linear, linear.getType(), linear.getInput(), weight, bias);
    rewriter.modifyOpInPlace(norm, [&] {
      norm.getGammaMutable().clear();
      norm.getBetaMutable().clear();
    });
    return success();
  }
};

/// Empty if the score scale can go into the query rows of the map before.
std::string whyNotScale(WindowAttentionOp attention) {
  if (attention.getCosine())
    return "cosines do not depend on the length of queries";
  auto linear = attention.getQkv().getDefiningOp<LinearOp>();
  if (!linear)
    return "its queries, keys and values do not come from swin.linear";
  if (!linear.getResult().hasOneUse())
    return "the result of its linear map has several users";
  if (!isConstant(linear.getWeight()) || (linear.getBias() && !isConstant(linear.getBias())))
    return "weight or bias is no constant";
  return typeOf(linear.getWeight()).getRank() == 2 ? "" : "the weight is packed already";
}

struct FoldScale : OpRewritePattern<WindowAttentionOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(WindowAttentionOp attention, PatternRewriter &rewriter) const override {
    double scale = attention.getScale().convertToDouble();
    if (scale == 1.0)
      return failure();
    if (std::string why = whyNotScale(attention); !why.empty())
      return rewriter.notifyMatchFailure(attention, why);
    auto linear = attention.getQkv().getDefiningOp<LinearOp>();
    rewriter.setInsertionPoint(linear);
    int64_t queries[] = {0, typeOf(attention.getResult()).getShape().back()};
    auto scaled = [&](Value value) -> Value {
      if (!value)
        return value;
      return ScaleRowsOp::create(rewriter, linear.getLoc(), value.getType(), value,
                                 rewriter.getDenseI64ArrayAttr(queries), rewriter.getF64FloatAttr(scale));
    };
    Value weight = scaled(linear.getWeight()), bias = scaled(linear.getBias());
    rewriter.replaceOpWithNewOp<LinearOp>(linear, linear.getType(), linear.getInput(), weight, bias);
    rewriter.modifyOpInPlace(attention, [&] { attention.setScale(APFloat(1.0)); });
    return success();
  }
};

RankedTensorType expandedType(WindowAttentionOp attention) {
  int64_t tokens = attention.getWindow()[0] * attention.getWindow()[1];
  return RankedTensorType::get({int64_t(attention.getHeads()), tokens, (tokens + panel - 1) / panel * panel},
                               typeOf(attention.getBias()).getElementType());
}

/// Empty if the position bias can be expanded to one number per pair of tokens.
std::string whyNotExpand(WindowAttentionOp attention, int64_t maxBytes) {
  if (!isConstant(attention.getBias()))
    return "the position bias is no constant";
  // In floating point, since nothing bounds the product of heads and pairs.
  double bytes = sizeof(float);
  for (int64_t size : expandedType(attention).getShape())
    bytes *= static_cast<double>(size);
  if (bytes > static_cast<double>(maxBytes))
    return llvm::formatv("the expanded position bias has {0:f0} bytes, more than max-expanded-bias = {1}", bytes,
                         maxBytes);
  return "";
}

struct ExpandBias : OpRewritePattern<WindowAttentionOp> {
  ExpandBias(MLIRContext *context, int64_t maxBytes) : OpRewritePattern(context), maxBytes(maxBytes) {}
  LogicalResult matchAndRewrite(WindowAttentionOp attention, PatternRewriter &rewriter) const override {
    if (typeOf(attention.getBias()).getRank() != 2)
      return failure();
    if (std::string why = whyNotExpand(attention, maxBytes); !why.empty())
      return rewriter.notifyMatchFailure(attention, why);
    Value bias = ExpandBiasOp::create(rewriter, attention.getLoc(), expandedType(attention), attention.getBias(),
                                      attention.getWindowAttr());
    rewriter.modifyOpInPlace(attention, [&] { attention.getBiasMutable().assign(bias); });
    return success();
  }
  int64_t maxBytes;
};

/// Packs the weight of a map of activations. Maps of constants are computed here
/// and keep theirs.
template <typename OpT> struct PackWeight : OpRewritePattern<OpT> {
  using OpRewritePattern<OpT>::OpRewritePattern;
  LogicalResult matchAndRewrite(OpT op, PatternRewriter &rewriter) const override {
    RankedTensorType type = typeOf(op.getWeight());
    int64_t rows = typeOf(op.getResult()).getShape().back();
    // Unpacked (N, ...) or packed (panels, K, 16); a matrix of three dimensions is always packed, and a linear map's
    // weight of four is sums.
    bool done = type.getRank() == 3 || (std::is_same_v<OpT, LinearOp> && type.getRank() == 4);
    if (done || !isConstant(op.getWeight()) || isConstant(op->getOperand(0)))
      return failure();
    auto packed =
        RankedTensorType::get({(rows + panel - 1) / panel, type.getNumElements() / rows, panel}, type.getElementType());
    Value weight = PackOp::create(rewriter, op.getLoc(), packed, op.getWeight());
    rewriter.modifyOpInPlace(op, [&] { op.getWeightMutable().assign(weight); });
    return success();
  }
};

} // namespace

void populateFoldPatterns(RewritePatternSet &patterns, int64_t maxExpandedBias) {
  MLIRContext *context = patterns.getContext();
  patterns.add<FoldAffine, FoldScale>(context);
  patterns.add<ExpandBias>(context, maxExpandedBias);
  populateMapPatterns(patterns);
}

void populatePackPatterns(RewritePatternSet &patterns) {
  patterns.add<PackWeight<LinearOp>, PackWeight<PatchEmbedOp>, PackWeight<DepthwiseConv2dOp>>(patterns.getContext());
  populateMapPackPatterns(patterns);
}

void remarkUnfolded(func::FuncOp forward, int64_t maxExpandedBias) {
  auto missed = [](Operation *op, const char *what, const std::string &why) {
    if (!why.empty())
      remark::missed(op->getLoc(), remark::RemarkOpts::name("FoldConstants").category("swin-fold-constants"))
          << what << remark::reason("{0}", why);
  };
  forward.walk([&](Operation *op) {
    LinearOp behind;
    if (auto norm = dyn_cast<LayerNormOp>(op); norm && norm.getGamma())
      missed(op, "gain and offset of a norm stay", whyNotAffine(norm, behind));
    auto attention = dyn_cast<WindowAttentionOp>(op);
    if (attention && attention.getScale().convertToDouble() != 1.0)
      missed(op, "scale of scores stays", whyNotScale(attention));
    if (attention && typeOf(attention.getBias()).getRank() == 2)
      missed(op, "position bias stays compact", whyNotExpand(attention, maxExpandedBias));
    Unfolded map = unfoldedOf(op);
    missed(op, map.what, map.why);
  });
}

} // namespace swin::passes
