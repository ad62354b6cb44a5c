//===- FastMatmul.cpp - which linear maps are products of seven products --===//
// Strassen's algorithm in Winograd's variant: a weight becomes sums of its quarters at
// compile time, an eighth of the multiplications goes, and constants grow to 7/4. One
// decision serves all instruction sets, since they share the weights. What it was
// fitted to: docs/Rationale.md.
//===----------------------------------------------------------------------===//
#include "passes/transforms/FoldPatterns.h"
#include "passes/transforms/Values.h"

#include "mlir/IR/Remarks.h"

#include <array>

using namespace mlir;

namespace swin::passes {
namespace {

/// Fewer channels than these do not pay for the sums of activations.
constexpr int64_t leastChannels = 96;
/// Of so few tokens an image every weight is read for too few products: 7/4 of them take longer to come from memory.
constexpr int64_t leastTokens = 64;

using MapSize = std::array<int64_t, 2>;

/// Height and width of a map for an image of `image` pixels; what padding to whole windows adds is left out.
MapSize sizeOf(Value map, MapSize image) {
  while (Operation *op = map.getDefiningOp()) {
    if (auto merging = dyn_cast<PatchMergingOp>(op)) {
      MapSize inner = sizeOf(merging.getInput(), image);
      return {(inner[0] + 1) / 2, (inner[1] + 1) / 2};
    }
    if (auto embed = dyn_cast<PatchEmbedOp>(op))
      return {image[0] / embed.getPatch()[0], image[1] / embed.getPatch()[1]};
    map = op->getNumOperands() ? op->getOperand(0) : Value();
    if (!map)
      break;
  }
  return image;
}

/// Empty if `linear` is to read sums, or the reason why not.
std::string whyNotSums(LinearOp linear, MapSize image) {
  RankedTensorType input = typeOf(linear.getInput()), result = typeOf(linear.getResult());
  if (input.getRank() != 4)
    return "it is no map of a feature map's tokens";
  if (typeOf(linear.getWeight()).getRank() != 2 || !isConstant(linear.getWeight()) || isConstant(linear.getInput()))
    return "the weight is packed already or no constant";
  for (int64_t channels : {input.getShape().back(), result.getShape().back()})
    if (channels % (2 * panel) != 0 || channels < leastChannels)
      return "there are " + std::to_string(channels) + " channels, which is less than " +
             std::to_string(leastChannels) + " or no multiple of " + std::to_string(2 * panel);
  if (image[0] > 0) {
    MapSize size = sizeOf(linear.getInput(), image);
    if (int64_t tokens = size[0] * size[1]; tokens < leastTokens)
      return "an image has " + std::to_string(tokens) + " tokens there, less than " + std::to_string(leastTokens);
  }
  return "";
}

remark::RemarkOpts remarkName() { return remark::RemarkOpts::name("FastMatmul").category("swin-fold-constants"); }

struct PackSums : OpRewritePattern<LinearOp> {
  PackSums(MLIRContext *context, MapSize image) : OpRewritePattern(context, /*benefit=*/2), image(image) {}
  LogicalResult matchAndRewrite(LinearOp linear, PatternRewriter &rewriter) const override {
    if (std::string why = whyNotSums(linear, image); !why.empty())
      return rewriter.notifyMatchFailure(linear, why);
    ArrayRef<int64_t> shape = typeOf(linear.getWeight()).getShape();
    auto sums = RankedTensorType::get({7, shape[0] / (2 * panel), shape[1] / 2, panel}, rewriter.getF32Type());
    remark::passed(linear.getLoc(), remarkName()) << "the product is one of seven smaller ones";
    Value weight = PackSumsOp::create(rewriter, linear.getLoc(), sums, linear.getWeight());
    rewriter.modifyOpInPlace(linear, [&] { linear.getWeightMutable().assign(weight); });
    return success();
  }
  MapSize image;
};

} // namespace

void populateFastPackPatterns(RewritePatternSet &patterns, int64_t height, int64_t width) {
  patterns.add<PackSums>(patterns.getContext(), MapSize{height, width});
}

void remarkPlainProducts(func::FuncOp forward, int64_t height, int64_t width) {
  for (auto linear : forward.getOps<LinearOp>()) {
    if (isConstant(linear.getInput()) || typeOf(linear.getWeight()).getRank() != 2)
      continue;
    if (std::string why = whyNotSums(linear, {height, width}); !why.empty())
      remark::missed(linear.getLoc(), remarkName())
          << "the product is none of seven smaller ones" << remark::reason("{0}", why);
  }
}

} // namespace swin::passes
