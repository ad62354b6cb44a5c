//===- FoldMaps.cpp - rewrites of convolutions and affine maps ------------===//
// As in FoldPatterns.cpp, functions `why not` decide and give the remarks.
//===----------------------------------------------------------------------===//
#include "passes/transforms/FoldMaps.h"

#include "passes/transforms/Values.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace swin::passes {
namespace {

/// Empty if `norm` can become an affine map of its constants.
std::string whyNotAffine(BatchNormOp norm) {
  return llvm::all_of(norm->getOperands().drop_front(), isConstant) ? ""
                                                                    : "gain, offset or statistics are no constants";
}

struct FoldBatchNorm : OpRewritePattern<BatchNormOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(BatchNormOp norm, PatternRewriter &rewriter) const override {
    if (std::string why = whyNotAffine(norm); !why.empty())
      return rewriter.notifyMatchFailure(norm, why);
    Location loc = norm.getLoc();
    Type type = norm.getGamma().getType();
    Value scale = BatchScaleOp::create(rewriter, loc, type, norm.getGamma(), norm.getVariance(), norm.getEpsilonAttr());
    Value offset = BatchOffsetOp::create(rewriter, loc, type, scale, norm.getBeta(), norm.getMean());
    rewriter.replaceOpWithNewOp<AffineOp>(norm, norm.getType(), norm.getInput(), scale, offset);
    return success();
  }
};

/// Value s + o, of constants: what becomes of the offset or bias in front of an affine map.
Value affineOf(PatternRewriter &rewriter, Location loc, Value value, AffineOp affine) {
  Value scaled = ScaleOutputsOp::create(rewriter, loc, value.getType(), value, affine.getScale());
  return AddOp::create(rewriter, loc, value.getType(), scaled, affine.getOffset());
}

/// Two affine maps are one.
struct FoldTwoAffines : OpRewritePattern<AffineOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(AffineOp affine, PatternRewriter &rewriter) const override {
    auto first = affine.getInput().getDefiningOp<AffineOp>();
    if (!first || !first->hasOneUse() || !isConstant(affine.getScale()) || !isConstant(affine.getOffset()) ||
        !isConstant(first.getScale()) || !isConstant(first.getOffset()))
      return failure();
    Value scale = ScaleOutputsOp::create(rewriter, affine.getLoc(), first.getScale().getType(), first.getScale(),
                                         affine.getScale());
    Value offset = affineOf(rewriter, affine.getLoc(), first.getOffset(), affine);
    Location both = rewriter.getFusedLoc({affine.getLoc(), first.getLoc()});
    rewriter.replaceOp(affine, AffineOp::create(rewriter, both, affine.getType(), first.getInput(), scale, offset));
    return success();
  }
};

/// Empty if scale and offset can go into the weight and the bias of the map before.
std::string whyNotWeight(AffineOp affine) {
  if (!isConstant(affine.getScale()) || !isConstant(affine.getOffset()))
    return "scale or offset is no constant";
  Operation *maker = affine.getInput().getDefiningOp();
  if (!isa_and_nonnull<Conv2dOp, DepthwiseConv2dOp, LinearOp, PatchEmbedOp>(maker))
    return ("it stands behind " + (maker ? maker->getName().getStringRef() : llvm::StringRef("the image")) +
            ", not behind a convolution or linear map")
        .str();
  std::string name = maker->getName().getStringRef().str();
  if (!maker->hasOneUse())
    return "the result of " + name + " has " + usersOf(affine.getInput());
  if (!llvm::all_of(maker->getOperands().drop_front(), isConstant))
    return "weight or bias of " + name + " is no constant";
  return typeOf(maker->getOperand(1)).getRank() == 3 ? "the weight is packed already" : "";
}

struct FoldIntoWeight : OpRewritePattern<AffineOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(AffineOp affine, PatternRewriter &rewriter) const override {
    if (std::string why = whyNotWeight(affine); !why.empty())
      return rewriter.notifyMatchFailure(affine, why);
    // (W x + b) s + o = (diag(s) W) x + (b s + o).
    Operation *maker = affine.getInput().getDefiningOp();
    auto fold = [&](auto map) {
      Location loc = map.getLoc();
      Value weight =
          ScaleOutputsOp::create(rewriter, loc, map.getWeight().getType(), map.getWeight(), affine.getScale());
      Value bias = map.getBias() ? affineOf(rewriter, loc, map.getBias(), affine) : affine.getOffset();
      rewriter.moveOpBefore(map, affine);
      rewriter.modifyOpInPlace(map, [&] {
        map.getWeightMutable().assign(weight);
        map.getBiasMutable().assign(bias);
        map->setLoc(rewriter.getFusedLoc({affine.getLoc(), map.getLoc()})); // its result is that of `affine` now
      });
      rewriter.replaceOp(affine, map.getResult());
    };
    llvm::TypeSwitch<Operation *>(maker).Case<Conv2dOp, DepthwiseConv2dOp, LinearOp, PatchEmbedOp>(fold);
    return success();
  }
};

int64_t groupsOf(Conv2dOp conv) { return conv.getGroups().value_or(1); }

/// Empty if the groups of `conv` can become zeros of its weight, or channels by themselves.
std::string whyNotUngrouped(Conv2dOp conv) { return isConstant(conv.getWeight()) ? "" : "the weight is no constant"; }

struct FoldGroups : OpRewritePattern<Conv2dOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(Conv2dOp conv, PatternRewriter &rewriter) const override {
    int64_t groups = groupsOf(conv), inputs = channelsOf(conv.getInput()), outputs = channelsOf(conv.getResult());
    if (groups == 1)
      return failure();
    if (std::string why = whyNotUngrouped(conv); !why.empty())
      return rewriter.notifyMatchFailure(conv, why);
    if (groups == inputs && inputs == outputs) {
      rewriter.replaceOpWithNewOp<DepthwiseConv2dOp>(conv, conv.getType(), conv.getInput(), conv.getWeight(),
                                                     conv.getBias(), conv.getKernelAttr(), conv.getStrideAttr(),
                                                     conv.getPaddingAttr());
      return success();
    }
    auto type =
        RankedTensorType::get({outputs, inputs, conv.getKernel()[0], conv.getKernel()[1]}, rewriter.getF32Type());
    Value weight =
        UngroupOp::create(rewriter, conv.getLoc(), type, conv.getWeight(), rewriter.getI64IntegerAttr(groups));
    rewriter.modifyOpInPlace(conv, [&] {
      conv.getWeightMutable().assign(weight);
      conv.removeGroupsAttr();
    });
    return success();
  }
};

/// Whether a pixel of the result is a linear map of the same pixel.
bool isOfOnePixel(Conv2dOp conv) {
  auto all = [](ArrayRef<int64_t> sizes, int64_t value) {
    return llvm::all_of(sizes, [&](int64_t size) { return size == value; });
  };
  return all(conv.getKernel(), 1) && all(conv.getStride(), 1) && all(conv.getPadding(), 0);
}

struct PackConvolution : OpRewritePattern<Conv2dOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(Conv2dOp conv, PatternRewriter &rewriter) const override {
    RankedTensorType type = typeOf(conv.getWeight());
    if (type.getRank() == 3 || groupsOf(conv) != 1 || !isConstant(conv.getWeight()) || isConstant(conv.getInput()))
      return failure();
    ArrayRef<int64_t> shape = type.getShape(); // E C kh kw
    auto packed = RankedTensorType::get({(shape[0] + panel - 1) / panel, type.getNumElements() / shape[0], panel},
                                        type.getElementType());
    Location loc = conv.getLoc();
    if (isOfOnePixel(conv)) {
      Value weight = PackOp::create(rewriter, loc, packed, conv.getWeight());
      rewriter.replaceOpWithNewOp<LinearOp>(conv, conv.getType(), conv.getInput(), weight, conv.getBias());
      return success();
    }
    auto last = RankedTensorType::get({shape[0], shape[2], shape[3], shape[1]}, type.getElementType());
    Value weight = PackOp::create(rewriter, loc, packed, ChannelsLastOp::create(rewriter, loc, last, conv.getWeight()));
    rewriter.modifyOpInPlace(conv, [&] {
      conv.getWeightMutable().assign(weight);
      conv.removeGroupsAttr();
    });
    return success();
  }
};

} // namespace

void populateMapPatterns(RewritePatternSet &patterns) {
  patterns.add<FoldBatchNorm, FoldTwoAffines, FoldIntoWeight, FoldGroups>(patterns.getContext());
}

void populateMapPackPatterns(RewritePatternSet &patterns) { patterns.add<PackConvolution>(patterns.getContext()); }

Unfolded unfoldedOf(Operation *op) {
  if (auto norm = dyn_cast<BatchNormOp>(op))
    return {"a batch norm stays", whyNotAffine(norm)};
  if (auto affine = dyn_cast<AffineOp>(op))
    return {"scale and offset stay", whyNotWeight(affine)};
  if (auto conv = dyn_cast<Conv2dOp>(op); conv && groupsOf(conv) > 1)
    return {"groups of a convolution stay", whyNotUngrouped(conv)};
  return {};
}

} // namespace swin::passes
