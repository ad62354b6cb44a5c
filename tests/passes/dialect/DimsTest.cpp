//===- DimsTest.cpp - sizes of results as run-time arithmetic -------------===//
// Each op's formula, evaluated at sizes that do and do not divide.
//===----------------------------------------------------------------------===//
#include "passes/dialect/Swin.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Parser/Parser.h"
#include "llvm/ADT/DenseMap.h"
#include "gtest/gtest.h"

#include <stdexcept>

using namespace mlir;
using namespace swin;

namespace {

using Sizes = std::vector<int64_t>;

/// What a formula's value is; only the arithmetic that Dims.cpp promises.
int64_t valueOf(Value value) {
  Operation *op = value.getDefiningOp();
  if (auto constant = dyn_cast<arith::ConstantIntOp>(op))
    return constant.value();
  int64_t lhs = valueOf(op->getOperand(0)), rhs = valueOf(op->getOperand(1));
  if (isa<arith::AddIOp>(op))
    return lhs + rhs;
  if (isa<arith::MulIOp>(op))
    return lhs * rhs;
  if (isa<arith::DivUIOp>(op))
    return lhs / rhs;
  throw std::runtime_error(op->getName().getStringRef().str());
}

/// Sizes of the last op's result in a function whose arguments have `sizes`. `after`: more of the module.
Sizes dims(const std::string &body, const std::vector<Sizes> &sizes, const std::string &arguments,
           const std::string &after = "") {
  MLIRContext context;
  context.loadDialect<SwinDialect, func::FuncDialect, arith::ArithDialect>();
  auto module =
      parseSourceString<ModuleOp>("func.func @f(" + arguments + ") {\n" + body + "\nreturn\n}\n" + after, &context);
  if (!module)
    return {};
  auto function = module->lookupSymbol<func::FuncOp>("f");
  Block &block = function.getBody().front();
  OpBuilder builder(block.getTerminator());
  llvm::DenseMap<Value, SmallVector<Value>> known;
  for (auto [argument, own] : llvm::zip(block.getArguments(), sizes))
    for (int64_t size : own)
      known[argument].push_back(arith::ConstantIntOp::create(builder, function.getLoc(), size, 64));
  SmallVector<Operation *> graph;
  for (Operation &op : block)
    if (isa<DimsOpInterface>(op))
      graph.push_back(&op);
  Sizes result;
  for (Operation *op : graph) {
    SmallVector<SmallVector<Value>> operands;
    for (Value operand : op->getOperands())
      operands.push_back(known.lookup(operand));
    SmallVector<Value> own = cast<DimsOpInterface>(op).buildResultDims(builder, operands);
    result.clear();
    for (Value size : own)
      result.push_back(valueOf(size));
    known[op->getResult(0)] = own;
  }
  return result;
}

Sizes ofMap(const std::string &op, const Sizes &sizes) {
  return dims("%0 = " + op, {sizes}, "%x: tensor<?x?x?x8xf32>");
}

const std::string map = " : tensor<?x?x?x8xf32>";

TEST(Dims, SameAsTheOperand) {
  Sizes sizes = {2, 5, 9, 8};
  for (const char *activation : {"gelu", "gelu_tanh", "quick_gelu", "silu", "relu", "sigmoid"})
    EXPECT_EQ(ofMap(std::string("swin.") + activation + " %x" + map, sizes), sizes) << activation;
  EXPECT_EQ(ofMap("swin.layer_norm %x epsilon 1.0e-5" + map, sizes), sizes);
  EXPECT_EQ(ofMap("swin.add %x, %x" + map, sizes), sizes);
  EXPECT_EQ(ofMap("swin.leaky_relu %x slope 0.1" + map, sizes), sizes);
  EXPECT_EQ(dims("%0 = swin.affine %x by %s, %s : tensor<?x?x?x8xf32>, tensor<8xf32>, tensor<8xf32>\n"
                 "%1 = swin.batch_norm %0, %s, %s, %s, %s epsilon 1.0e-5 : tensor<?x?x?x8xf32>, tensor<8xf32>, "
                 "tensor<8xf32>, tensor<8xf32>, tensor<8xf32>",
                 {sizes, {8}}, "%x: tensor<?x?x?x8xf32>, %s: tensor<8xf32>"),
            sizes);
  EXPECT_EQ(ofMap("swin.check_size %x min [1, 1] multiple [1, 1]" + map, sizes), sizes);
  EXPECT_EQ(ofMap("swin.check_size %x min [1, 1] multiple [1, 1] max [9, 9]" + map, sizes), sizes);
  EXPECT_EQ(ofMap("swin.cyclic_shift %x by [1, 1] window [2, 2] never" + map, sizes), sizes);
  EXPECT_EQ(dims("%0 = swin.add_position %x, %p map [5, 9] : tensor<?x?x?x8xf32>, tensor<45x8xf32>", {sizes, {45, 8}},
                 "%x: tensor<?x?x?x8xf32>, %p: tensor<45x8xf32>"),
            sizes);
}

TEST(Dims, Rounded) {
  EXPECT_EQ(ofMap("swin.pad %x to_multiple_of [4, 3]" + map + " -> tensor<?x?x?x8xf32>", {2, 5, 9, 8}),
            (Sizes{2, 8, 9, 8}));
  EXPECT_EQ(ofMap("swin.pad %x to_multiple_of [1, 1]" + map + " -> tensor<?x?x?x8xf32>", {2, 5, 9, 8}),
            (Sizes{2, 5, 9, 8}));
  // 5 + 3 is two windows of 4, 9 + 1 is no multiple of 3.
  EXPECT_EQ(ofMap("swin.pad %x to_multiple_of [4, 3] before [3, 1]" + map + " -> tensor<?x?x?x8xf32>", {2, 5, 9, 8}),
            (Sizes{2, 8, 12, 8}));
  EXPECT_EQ(ofMap("swin.patch_merging %x" + map + " -> tensor<?x?x?x32xf32>", {2, 5, 8, 8}), (Sizes{2, 3, 4, 32}));
  auto embed = [](const std::string &pad, int64_t h, int64_t w) {
    return dims("%0 = swin.patch_embed %x, %w, %b patch [4, 2] " + pad +
                    " : (tensor<?x3x?x?xf32>, tensor<8x3x4x2xf32>, tensor<8xf32>) -> tensor<?x?x?x8xf32>",
                {{2, 3, h, w}, {8, 3, 4, 2}, {8}},
                "%x: tensor<?x3x?x?xf32>, %w: tensor<8x3x4x2xf32>, %b: tensor<8xf32>");
  };
  EXPECT_EQ(embed("", 15, 17), (Sizes{2, 3, 8, 8}));
  EXPECT_EQ(embed("pad", 15, 17), (Sizes{2, 4, 9, 8}));
  EXPECT_EQ(embed("pad", 16, 18), (Sizes{2, 4, 9, 8}));
  EXPECT_EQ(embed("", 3, 1), (Sizes{2, 0, 0, 8}));
}

TEST(Dims, Windows) {
  std::string partition = "%0 = swin.window_partition %x window [2, 3]" + map + " -> tensor<?x?x?x6x8xf32>\n";
  std::vector<Sizes> sizes = {{2, 4, 9, 8}};
  std::string argument = "%x: tensor<?x?x?x8xf32>";
  EXPECT_EQ(dims(partition, sizes, argument), (Sizes{2, 2, 3, 6, 8}));
  std::string reverse = "%1 = swin.window_reverse %0 window [2, 3] : tensor<?x?x?x6x8xf32> -> tensor<?x?x?x8xf32>";
  EXPECT_EQ(dims(partition + reverse, sizes, argument), (Sizes{2, 4, 9, 8}));
  EXPECT_EQ(dims("%0 = swin.window_attention %x, %t heads 2 scale 1.0 window [2, 2] shift [0, 0] never : "
                 "(tensor<?x?x?x4x24xf32>, tensor<9x2xf32>) -> tensor<?x?x?x4x8xf32>",
                 {{2, 5, 7, 4, 24}, {9, 2}}, "%x: tensor<?x?x?x4x24xf32>, %t: tensor<9x2xf32>"),
            (Sizes{2, 5, 7, 4, 8}));
  EXPECT_EQ(dims("%0 = swin.token_mixing %x, %w, %b heads 2 : tensor<?x?x?x4x8xf32>, tensor<8x4xf32>, tensor<8xf32>",
                 {{2, 5, 7, 4, 8}, {8, 4}, {8}}, "%x: tensor<?x?x?x4x8xf32>, %w: tensor<8x4xf32>, %b: tensor<8xf32>"),
            (Sizes{2, 5, 7, 4, 8}));
}

TEST(Dims, OtherOperandsAndOrders) {
  EXPECT_EQ(dims("%0 = swin.crop %x like %y : tensor<?x?x?x8xf32>, tensor<?x?x?x4xf32> -> tensor<?x?x?x8xf32>",
                 {{2, 8, 9, 8}, {2, 5, 7, 4}}, "%x: tensor<?x?x?x8xf32>, %y: tensor<?x?x?x4xf32>"),
            (Sizes{2, 5, 7, 8}));
  EXPECT_EQ(dims("%0 = swin.crop %x like %y before [3, 2] : tensor<?x?x?x8xf32>, tensor<?x?x?x4xf32> -> "
                 "tensor<?x?x?x8xf32>",
                 {{2, 8, 9, 8}, {2, 5, 7, 4}}, "%x: tensor<?x?x?x8xf32>, %y: tensor<?x?x?x4xf32>"),
            (Sizes{2, 5, 7, 8}));
  EXPECT_EQ(ofMap("swin.mean_pool %x" + map + " -> tensor<?x8xf32>", {2, 5, 9, 8}), (Sizes{2, 8}));
  EXPECT_EQ(ofMap("swin.channels_first %x" + map + " -> tensor<?x8x?x?xf32>", {2, 5, 9, 8}), (Sizes{2, 8, 5, 9}));
  EXPECT_EQ(dims("%0 = swin.linear %x, %w : (tensor<?x?x8xf32>, tensor<3x8xf32>) -> tensor<?x?x3xf32>",
                 {{2, 5, 8}, {3, 8}}, "%x: tensor<?x?x8xf32>, %w: tensor<3x8xf32>"),
            (Sizes{2, 5, 3}));
}

TEST(Dims, Convolutions) {
  auto convolved = [](const std::string &attributes, int64_t h, int64_t w) {
    Sizes sizes = dims("%0 = swin.conv2d %x, %w " + attributes +
                           " : (tensor<?x?x?x8xf32>, tensor<4x8x3x5xf32>) -> tensor<?x?x?x4xf32>",
                       {{2, h, w, 8}, {4, 8, 3, 5}}, "%x: tensor<?x?x?x8xf32>, %w: tensor<4x8x3x5xf32>");
    EXPECT_EQ(dims("%0 = swin.depthwise_conv2d %x, %w " + attributes +
                       " : (tensor<?x?x?x4xf32>, tensor<4x1x3x5xf32>) -> tensor<?x?x?x4xf32>",
                   {{2, h, w, 4}, {4, 1, 3, 5}}, "%x: tensor<?x?x?x4xf32>, %w: tensor<4x1x3x5xf32>"),
              sizes);
    return sizes;
  };
  EXPECT_EQ(convolved("kernel [3, 5] stride [1, 1] padding [1, 2]", 6, 9), (Sizes{2, 6, 9, 4}));
  EXPECT_EQ(convolved("kernel [3, 5] stride [2, 3] padding [1, 0]", 6, 9), (Sizes{2, 3, 2, 4}));
  EXPECT_EQ(convolved("kernel [3, 5] stride [2, 3] padding [0, 2]", 7, 10), (Sizes{2, 3, 4, 4}));
  // One token less than the kernel covers: no place for it.
  EXPECT_EQ(convolved("kernel [3, 5] stride [2, 3] padding [0, 0]", 2, 4), (Sizes{2, 0, 0, 4}));
}

TEST(Dims, Resizes) {
  const std::string same = " -> tensor<?x?x?x8xf32>";
  EXPECT_EQ(ofMap("swin.reflect_pad %x to_multiple_of [4, 3]" + map + same, {2, 5, 9, 8}), (Sizes{2, 8, 9, 8}));
  EXPECT_EQ(ofMap("swin.pixel_shuffle %x by 2" + map + " -> tensor<?x?x?x2xf32>", {2, 5, 9, 8}), (Sizes{2, 10, 18, 2}));
  EXPECT_EQ(ofMap("swin.resize %x nearest by [2, 3] : (tensor<?x?x?x8xf32>)" + same, {2, 5, 9, 8}),
            (Sizes{2, 10, 27, 8}));
  EXPECT_EQ(ofMap("swin.adaptive_pool %x to [6, 3]" + map + " -> tensor<?x6x3x8xf32>", {2, 5, 9, 8}),
            (Sizes{2, 6, 3, 8}));
  auto like = [](const std::string &op) {
    return dims("%0 = swin." + op + " -> tensor<?x?x?x8xf32>", {{2, 50, 90, 8}, {2, 5, 7, 4}},
                "%x: tensor<?x?x?x8xf32>, %y: tensor<?x?x?x4xf32>");
  };
  const std::string both = "tensor<?x?x?x8xf32>, tensor<?x?x?x4xf32>";
  EXPECT_EQ(like("resize %x bilinear like %y : (" + both + ")"), (Sizes{2, 5, 7, 8}));
  EXPECT_EQ(like("resize %x bicubic like %y by [4, 2] : (" + both + ")"), (Sizes{2, 20, 14, 8}));
  EXPECT_EQ(like("crop %x like %y by [4, 2] : " + both), (Sizes{2, 20, 14, 8}));
  EXPECT_EQ(dims("%0 = swin.concat %x, %y : " + both + " -> tensor<?x?x?x12xf32>", {{2, 5, 7, 8}, {2, 5, 7, 4}},
                 "%x: tensor<?x?x?x8xf32>, %y: tensor<?x?x?x4xf32>"),
            (Sizes{2, 5, 7, 12}));
  EXPECT_EQ(dims("%0 = swin.channels_last %x : tensor<?x3x?x?xf32> -> tensor<?x?x?x3xf32>", {{2, 3, 5, 9}},
                 "%x: tensor<?x3x?x?xf32>"),
            (Sizes{2, 5, 9, 3}));
}

TEST(Dims, StaticSizesAreConstants) {
  EXPECT_EQ(dims("%0 = swin.param \"w\" : tensor<20x8xf32>", {}, ""), (Sizes{20, 8}));
  std::string argument = "%w: tensor<20x8xf32>, %t: tensor<9x2xf32>, %g: tensor<8xf32>";
  std::vector<Sizes> sizes = {{20, 8}, {9, 2}, {8}};
  EXPECT_EQ(dims("%0 = swin.pack %w : tensor<20x8xf32> -> tensor<2x8x16xf32>", sizes, argument), (Sizes{2, 8, 16}));
  EXPECT_EQ(
      dims("%0 = swin.pack_sums %w : tensor<32x64xf32> -> tensor<7x1x32x16xf32>", {{32, 64}}, "%w: tensor<32x64xf32>"),
      (Sizes{7, 1, 32, 16}));
  EXPECT_EQ(dims("%0 = swin.expand_bias %t window [2, 2] : tensor<9x2xf32> -> tensor<2x4x16xf32>", sizes, argument),
            (Sizes{2, 4, 16}));
  EXPECT_EQ(dims("%0 = swin.log_coords window [8, 4] step [1.0, 1.0] gain 1.0 : tensor<105x2xf32>", {}, ""),
            (Sizes{105, 2}));
  EXPECT_EQ(dims("%0 = swin.logit_scale %g max 4.6 : tensor<8xf32> -> tensor<8xf32>", sizes, argument), (Sizes{8}));
  EXPECT_EQ(dims("%0 = swin.qkv_bias %g, %g : tensor<8xf32>, tensor<8xf32> -> tensor<24xf32>", sizes, argument),
            (Sizes{24}));
  EXPECT_EQ(dims("%0 = swin.literal [1.0, 2.0] : tensor<2xf32>", {}, ""), (Sizes{2}));
  EXPECT_EQ(dims("%0 = swin.batch_scale %g, %g epsilon 0.1 : tensor<8xf32>", sizes, argument), (Sizes{8}));
  EXPECT_EQ(dims("%0 = swin.batch_offset %g, %g, %g : tensor<8xf32>", sizes, argument), (Sizes{8}));
  EXPECT_EQ(dims("%0 = swin.scale_outputs %w by %s : tensor<8x2x3x3xf32>, tensor<8xf32>\n"
                 "%1 = swin.ungroup %0 groups 4 : tensor<8x2x3x3xf32> -> tensor<8x8x3x3xf32>",
                 {{8, 2, 3, 3}, {8}}, "%w: tensor<8x2x3x3xf32>, %s: tensor<8xf32>"),
            (Sizes{8, 8, 3, 3}));
  EXPECT_EQ(dims("%0 = swin.scale_rows %w rows [0, 1] by 0.5 : tensor<20x8xf32>", sizes, argument), (Sizes{20, 8}));
  EXPECT_EQ(dims("%0 = swin.scale_columns %w by %g : tensor<20x8xf32>, tensor<8xf32>", sizes, argument),
            (Sizes{20, 8}));
}

TEST(Dims, CallsAreTheirKernels) {
  EXPECT_EQ(dims("%0 = swin.call @k(%x) : (tensor<?x?x?x8xf32>) -> tensor<?x?x?x32xf32>", {{2, 5, 9, 8}},
                 "%x: tensor<?x?x?x8xf32>", R"(
swin.kernel @k tokens activations 1 (%x: tensor<?x?x?x8xf32>) -> tensor<?x?x?x32xf32> {
  %0 = swin.patch_merging %x : tensor<?x?x?x8xf32> -> tensor<?x?x?x32xf32>
  %1 = swin.gelu %0 : tensor<?x?x?x32xf32>
  swin.yield %1 : tensor<?x?x?x32xf32>
})"),
            (Sizes{2, 3, 5, 32}));
}

} // namespace
